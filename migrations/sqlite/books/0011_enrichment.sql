-- What the providers told when they were asked, what is still to be asked, and logs.

-- The last answer of each kind for a build: facts like those of entries, replaced as a set.
create table api_set (
    id integer primary key,
    build integer not null references build (id),
    -- build, timeline, timeline:GUID of an older attempt, jobs, changes, artifacts, annotations, tests.
    name text not null,
    at integer not null,
    -- What was asked, without host: GET /build/builds/4211/timeline
    call text not null,
    decoder integer not null,
    -- JSON, compressed.
    says blob not null,
    unique (build, name)
);

-- How far asking has come, by build and aspect.
create table enrichment (
    build integer not null references build (id),
    aspect text not null,
    state text not null check (state in ('pending', 'done', 'unavailable', 'failed')),
    -- Of what is not done: a stable word, and a sentence.
    code text,
    reason text,
    tries integer not null default 0,
    at integer not null,
    primary key (build, aspect)
) without rowid;

-- What is to be asked. Rows go when it is done, or given up.
create table errand (
    id integer primary key,
    source integer not null references source (id),
    -- 0: about the source itself.
    build integer not null,
    kind text not null,
    -- Which one of several: the provider's key of a log.
    what text not null default '',
    -- The ingest key of the delivery that caused it; 0 when none did.
    key_id integer not null default 0,
    -- Lower goes first: fresh failures before what is only nice to have.
    rank integer not null,
    due_at integer not null,
    tries integer not null default 0,
    -- Grows whenever it is wanted again: what was wanted while it was under way is done once more.
    wanted integer not null default 1,
    unique (source, build, kind, what)
);

create index errand_due on errand (source, rank, due_at);
create index errand_by_build on errand (build) where build <> 0;

create table log (
    id integer primary key,
    -- UUIDv5 of the build's public id and the provider's key: the address of the log.
    public_id text not null unique,
    build integer not null references build (id),
    -- The step it is the log of.
    step text not null,
    attempt integer not null,
    -- The provider's own key of it within the build.
    provider_key text not null,
    state text not null check (state in ('pending', 'done', 'unavailable', 'failed')),
    code text,
    reason text,
    lines integer not null default 0,
    bytes integer not null default 0,
    stored_bytes integer not null default 0,
    errors integer not null default 0,
    warnings integer not null default 0,
    -- Whether it was all there when it was read: that of a running job is not.
    is_complete integer not null default 0,
    -- What was left out, as a sentence.
    cut text,
    -- Where the logs of its tasks begin in it: a JSON list of [step key, attempt, first line, lines].
    parts text,
    at integer not null,
    -- Name of the file below `logs/`; null unless it is kept here.
    file text,
    unique (build, provider_key),
    check ((state = 'done') = (file is not null))
);

create index log_by_age on log (at, id, stored_bytes) where file is not null;
create index log_by_file on log (file) where file is not null;

-- How large the files of all logs were, beside what is known of the databases.
alter table storage_size add column logs_bytes integer not null default 0;
alter table storage_size add column logs_reclaimed_bytes integer not null default 0;

-- Totals of the tests of a build, as JSON; null while there are none.
alter table build add column tests text;

-- Who ran what, for the pages of agents.
alter table step add column agent text;
alter table step add column queue text;
alter table step add column queued_at integer;
alter table step add column started_at integer;
alter table step add column finished_at integer;

create index step_by_start on step (started_at) where kind = 'job' and started_at is not null;
