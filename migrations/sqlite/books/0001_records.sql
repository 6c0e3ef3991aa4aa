-- The books: what the entries of the journal mean. All of it but keys and settings can be made
-- again from the journal. Times are milliseconds since 1970, except `hour`.

-- Places the workers have reached: 'entries' and 'duplicates' in the journal, 'commit' counts the
-- commits of this file.
create table cursor (
    name text primary key,
    position integer not null
) without rowid;

-- Entries to be read again.
create table replay (
    entry integer primary key,
    queued_at integer not null
);

-- ---------------------------------------------------------------- senders

create table source (
    id integer primary key,
    provider text not null,
    -- What people call it, and where its API lives: attributes that may change.
    name text,
    base_url text,
    -- Provider time of the words above; the latest wins.
    said_at integer not null,
    first_seen_at integer not null,
    last_event_at integer not null
);

create table source_key (
    provider text not null,
    scheme text not null,
    key text not null,
    source integer not null references source (id),
    primary key (provider, scheme, key)
) without rowid;

create index source_key_by_source on source_key (source);

-- One row per source and hour of receipt.
create table source_hour (
    source integer not null references source (id),
    hour integer not null,
    events integer not null default 0,
    duplicates integer not null default 0,
    parked integer not null default 0,
    -- Of the events, how many came with less than all details.
    minimal integer not null default 0,
    none integer not null default 0,
    primary key (source, hour)
) without rowid;

-- How late events arrive: a count per power of two of milliseconds.
create table source_lag (
    source integer not null references source (id),
    hour integer not null,
    -- Events whose delay is below 2^bucket ms and not below half of that.
    bucket integer not null,
    events integer not null,
    primary key (source, hour, bucket)
) without rowid;

-- Which keys a source's events came with: a refusal of one of them concerns the source.
create table source_api_key (
    source integer not null references source (id),
    key_id integer not null,
    primary key (source, key_id)
) without rowid;

-- Requests that were turned away, per minute, route and reason. Nothing of their content is kept.
create table refusal (
    id integer primary key,
    minute integer not null,
    provider text not null,
    route text not null,
    code text not null,
    -- The key that was presented, when it is one of ours (revoked, wrong scope, bad network);
    -- 0 when it is not.
    key_id integer not null,
    count integer not null,
    last_at integer not null,
    last_address text not null,
    unique (minute, provider, route, code, key_id)
);

-- ---------------------------------------------------------------- events

-- One reading per entry.
create table event (
    entry integer primary key,
    received_at integer not null,
    provider text not null,
    source integer references source (id),
    type text,
    kind text not null,
    -- What it is about: a build, or a subject.
    build integer references build (id),
    subject integer references subject (id),
    occasion text,
    at integer,
    status text not null check (status in ('done', 'parked')),
    answer text not null,
    reason text,
    -- Where in the body reading failed.
    path text,
    decoder integer not null,
    -- The entry that told of the same happening first.
    echo_of integer,
    channel text,
    bytes integer not null,
    delay_ms integer,
    -- How much of the resource came along: none, minimal or all.
    details text,
    duplicates integer not null default 0,
    check ((status = 'parked') = (path is not null))
);

create index event_by_source on event (source, entry);
create index event_by_kind on event (kind, entry);
create index event_by_type on event (type, entry);
create index event_by_build on event (build, entry) where build is not null;
create index event_by_subject on event (subject, entry) where subject is not null;
create index event_parked on event (entry) where status = 'parked';

-- The first entry that told of a happening: later ones are its echoes. Keyed by hour first, so
-- that new keys land together.
create table happening (
    hour integer not null,
    digest blob not null,
    entry integer not null,
    primary key (hour, digest)
) without rowid;

create index happening_by_entry on happening (entry);

-- ---------------------------------------------------------------- facts

-- What an entry says of a subject. A record is the fold of its facts.
create table fact (
    id integer primary key,
    entry integer not null,
    -- Exactly one of the two, but for counted changes that belong to a subject as well.
    build integer references build (id),
    subject integer references subject (id),
    -- build, step, subject or change.
    kind text not null check (kind in ('build', 'step', 'subject', 'change')),
    at integer,
    decoder integer not null,
    says text not null
);

create index fact_by_build on fact (build) where build is not null;
create index fact_by_subject on fact (subject) where subject is not null;
create index fact_by_entry on fact (entry);

-- ---------------------------------------------------------------- records

create table project (
    id integer primary key,
    source integer not null references source (id),
    guid text not null,
    name text not null,
    said_at integer not null,
    unique (source, guid)
);

create table pipeline (
    id integer primary key,
    source integer not null references source (id),
    key text not null,
    slug text,
    name text,
    said_at integer not null,
    unique (source, key)
);

create index pipeline_by_name on pipeline (name);
create index pipeline_by_slug on pipeline (slug);

create table build (
    id integer primary key,
    -- UUIDv5 of the strongest key; the address of the build.
    public_id text not null unique,
    source integer not null references source (id),
    provider text not null,
    pipeline integer references pipeline (id),
    -- Earliest known provider time, else receipt: the place in lists.
    sort_at integer not null,
    received_at integer not null,
    state text not null check (state in ('queued', 'running', 'waiting', 'finished')),
    result text,
    result_detail text,
    raw_result text,
    attempt integer not null,
    project text,
    project_id text,
    number integer,
    label text,
    external_id text,
    url text,
    branch text,
    commit_id text,
    message text,
    reason text,
    requested_by text,
    pull_request integer,
    pull_request_target text,
    origin text not null default 'hook',
    queued_at integer,
    started_at integer,
    finished_at integer,
    queue_ms integer,
    duration_ms integer,
    -- The fold the columns above are read from, as JSON.
    fold text not null,
    -- Commit that changed it last.
    version integer not null
);

create index build_newest on build (sort_at, id);
create index build_by_pipeline on build (pipeline, sort_at, id);
create index build_by_branch on build (pipeline, branch, sort_at, id);
create index build_by_source on build (source, sort_at, id);
create index build_by_result on build (result, sort_at, id);
create index build_by_external_id on build (external_id);

create table build_key (
    source integer not null references source (id),
    scheme text not null,
    key text not null,
    build integer not null references build (id),
    primary key (source, scheme, key)
) without rowid;

create index build_key_by_build on build_key (build);

-- Public ids a build had before two turned out to be one.
create table build_alias (
    public_id text primary key,
    build integer not null references build (id)
) without rowid;

create index build_alias_by_build on build_alias (build);

create table step (
    build integer not null references build (id),
    key text not null,
    attempt integer not null,
    kind text not null,
    state text not null,
    result text,
    detail text,
    soft_failed integer not null,
    superseded integer not null,
    retry_of text,
    fold text not null,
    primary key (build, key, attempt)
) without rowid;

create table subject (
    id integer primary key,
    source integer not null references source (id),
    kind text not null,
    key text not null,
    -- Address of the subject: source, kind and key in one word.
    public_key text not null unique,
    title text,
    state text,
    project text,
    url text,
    last_event_at integer not null,
    fold text not null,
    version integer not null,
    unique (source, kind, key)
);

create index subject_newest on subject (last_event_at, id);
create index subject_by_kind on subject (kind, last_event_at, id);

-- Counters that belong to the record: 'type:git.push', 'change:Active->Resolved'.
create table counter (
    name text primary key,
    count integer not null
) without rowid;

-- ---------------------------------------------------------------- keys and settings

create table api_key (
    id integer primary key,
    name text not null,
    -- First letters of the key, for people who look for it.
    prefix text not null,
    -- SHA-256 of the key.
    hash blob not null unique,
    -- The key itself, sealed, when it also checks signatures: a signature names no key.
    sealed blob,
    -- Comma-separated: ingest, read, admin.
    scopes text not null,
    -- JSON: networks, projects and publishers it is limited to, and a rate.
    limits text not null,
    created_at integer not null,
    last_used_at integer,
    revoked_at integer
);

-- Provider tokens that came with a delivery or were set, sealed.
create table provider_token (
    id integer primary key,
    provider text not null,
    -- The ingest key whose deliveries brought it; 0 when an administrator set it.
    key_id integer not null,
    fingerprint text not null,
    sealed blob not null,
    created_at integer not null,
    last_seen_at integer not null,
    unique (provider, key_id, fingerprint)
);
