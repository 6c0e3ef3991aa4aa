-- Identities that came lately, in the order they came. They are moved to `identity` in sorted
-- slices: see src/store/sqlite/journal/identities.rs.
create table recent_identity (
    entry integer primary key,
    scope integer not null references scope (id),
    ordinal integer not null,
    digest blob not null check (length(digest) = 16)
);
