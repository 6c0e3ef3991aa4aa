-- Identities that are not in their table yet, one row for all that came with one commit: written in
-- the order of arrival, read only at start. `last` is the newest entry of the commit; `packed` holds
-- for each how far its entry lies before that one, and scope, ordinal and digest.
create table recent_identities (
    last integer primary key,
    packed blob not null
);

insert into identity (scope, ordinal, digest, entry)
select scope, ordinal, digest, entry
  from recent_identity
 where true
on conflict (scope, ordinal, digest) do nothing;

drop table recent_identity;
