-- What a receiver elsewhere needs of an entry and the entry does not tell, as secrets are masked before
-- they are stored: written with the entry where such a receiver is configured, removed once all have it.
-- An entry without a row here is handed on to nobody.
create table withheld (
    entry integer primary key,
    -- Names of those who get it, with a comma between.
    targets text not null,
    -- Target, headers and address of the request that are masked in the entry, sealed.
    sealed blob not null
);

-- Entries that a receiver would not take, so that those after them could follow.
create table passed_over (
    id integer primary key,
    target text not null,
    entry integer not null,
    at integer not null,
    outcome text not null check (outcome in ('refused', 'failed')),
    reason text not null
);

create index passed_over_by_target on passed_over (target, id);
