-- Who changed what: one row for everything a person or a key has done here, written with the change.
create table audit (
    id integer primary key autoincrement,
    at integer not null,
    who_kind text not null
        check (who_kind in ('person', 'key', 'owner', 'link', 'stranger', 'creel')),
    -- Number and name as they were then: people and keys come and go, their deeds stay.
    who_id integer,
    who_name text,
    address text,
    -- A word as `key.created`.
    action text not null,
    on_kind text,
    on_id text,
    on_name text,
    -- A JSON object; never a secret.
    detail text not null
);
