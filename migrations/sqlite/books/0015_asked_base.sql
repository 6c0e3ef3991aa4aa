-- The base that an administrator set a token for and that this source is asked at. What deliveries call
-- the source, or its base, does not change it.
alter table source add column asked_base text;
