-- When a key came last in an address (?apiKey=), where proxies write it into their logs.
alter table api_key add column in_address_at integer;
