-- What retention has done, a row per class of data that it has looked at.
create table retention (
    class text primary key,
    -- End of the last run that looked at all of the class.
    last_run_at integer,
    -- Since the beginning. Bytes in whole pages.
    removed integer not null default 0,
    reclaimed_bytes integer not null default 0,
    -- Older than the limit, but still needed: as of the last run.
    held integer not null default 0
) without rowid;

-- Up to which entry bodies had been removed, and when: since when a body is gone.
create table body_removal (
    last_entry integer primary key,
    at integer not null
);

-- How large everything was: hourly for two days, then daily. Bytes in use, not of the files.
create table storage_size (
    hour integer primary key,
    journal_bytes integer not null,
    books_bytes integer not null,
    -- What retention had reclaimed in each by then: with it, what was written follows.
    journal_reclaimed_bytes integer not null,
    books_reclaimed_bytes integer not null,
    -- Number of the newest entry by then.
    entries integer not null
);
