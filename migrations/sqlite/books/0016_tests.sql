-- Tests: what reporters sent and providers told, filed as sets.

-- What of an entry is filed apart from its facts, since it is too large to be one.
create table filing (
    entry integer primary key,
    -- Null while nobody knows the build.
    build integer references build (id),
    -- Of one that waits: the name that its reporter gave the build.
    name text,
    kind text not null check (kind in ('tests', 'log', 'agents', 'security', 'facts')),
    tries integer not null default 0,
    due_at integer not null,
    -- Why the last try failed.
    reason text
);

create index filing_due on filing (due_at, entry) where name is null;
create index filing_by_name on filing (name) where name is not null;
create index filing_by_build on filing (build) where build is not null;

-- A test, whatever build it ran in: what is of one suite, class, name and variant in one pipeline.
create table test_case (
    id integer primary key,
    -- 0: the builds tell no pipeline.
    pipeline integer not null,
    -- Of suite, class, name and variant.
    digest blob not null,
    -- UUIDv5 of the pipeline's identity and the digest: the address of the test.
    public_id text not null unique,
    suite text,
    class text,
    name text not null,
    variant text,
    first_at integer not null,
    -- To the day.
    last_at integer not null,
    unique (pipeline, digest)
);

-- Results that were told together. A newer set of the same key takes the place of an older one.
create table test_set (
    id integer primary key,
    -- Null of one that is being removed, and whose build may be gone.
    build integer references build (id),
    origin text not null check (origin in ('report', 'ingest', 'collector', 'api', 'artifact')),
    -- Which one it is among those of its origin in the build.
    key text not null,
    -- Which job they are of: of one slot the highest attempt counts.
    slot text not null,
    attempt integer not null,
    -- Of one attempt the last turn: providers that do not count tries have job ids that grow.
    turn integer not null default 0,
    -- The provider's id of the job. A job that was retried does not count.
    job_id text,
    -- One report that came in several requests: its own id, and which of them this is.
    report text not null default '',
    part integer not null default 0,
    -- The entry that told it; 0 when the provider was asked.
    entry integer not null,
    name text,
    job text,
    variant text,
    agent text,
    at integer not null,
    state text not null check (state in ('filling', 'whole', 'gone')),
    is_counted integer not null default 0,
    total integer not null default 0,
    passed integer not null default 0,
    failed integer not null default 0,
    errored integer not null default 0,
    skipped integer not null default 0,
    -- Of the passed: only when they were tried again.
    retried integer not null default 0,
    duration_ms real,
    -- SHA-256 of all results: the same sent again changes nothing.
    digest blob,
    -- JSON: the files they came in, and what was wrong with them.
    files text not null default '[]',
    -- Of what a provider was asked for: how it stood then. As long as it stands so, it is not asked again.
    mark text not null default '',
    check ((build is null) <= (state = 'gone'))
);

create index test_set_by_build on test_set (build) where build is not null;
create index test_set_by_entry on test_set (entry) where entry <> 0;
create index test_set_unfinished on test_set (id) where state <> 'whole';

-- One run of one test. Clustered by build: all of one are written and read together, and the history
-- of a test is looked up build by build.
create table test_result (
    build integer not null,
    -- 0 errored, 1 failed, 2 skipped, 3 passed: the worst stand first.
    status integer not null,
    test_case integer not null,
    test_set integer not null,
    -- Which one of its set, where a test ran several times.
    nth integer not null,
    duration_us integer,
    is_retried integer not null,
    primary key (build, status, test_case, test_set, nth)
) without rowid;

create index test_result_by_set on test_result (test_set);

-- What tests said that did not pass, or passed only when they were tried again.
create table test_failure (
    test_case integer not null,
    build integer not null,
    test_set integer not null,
    nth integer not null,
    at integer not null,
    -- As the result has them: the history of a test is read without it.
    status integer not null,
    is_retried integer not null,
    duration_us integer,
    message text,
    -- Compressed.
    stack blob,
    primary key (test_case, build, test_set, nth)
) without rowid;

create index test_failure_by_set on test_failure (test_set);

-- The builds of a pipeline that have tests.
create index build_with_tests on build (pipeline, sort_at) where tests is not null;

-- Agents as reporters saw them: the last word on each.
create table told_agent (
    source integer not null references source (id),
    name text not null,
    state text not null,
    -- JSON: a list of words.
    labels text not null,
    os text,
    -- What it was busy with, as people call it.
    job text,
    -- The entry that told it, and its receipt.
    entry integer not null,
    at integer not null,
    primary key (source, name)
) without rowid;

create index told_agent_by_age on told_agent (at);
create index told_agent_by_entry on told_agent (entry);

-- Reports of security scanners. A newer one of the same tool and name takes the place of an older one.
create table security_report (
    id integer primary key,
    public_id text not null unique,
    build integer not null references build (id),
    entry integer not null,
    tool text,
    name text,
    -- JSON: how many findings of which severity; null where the shape is not known.
    counts text,
    bytes integer not null,
    -- Compressed; null of one that is too large to be kept beside its entry.
    content blob,
    at integer not null
);

create index security_report_by_build on security_report (build, id);
create index security_report_by_entry on security_report (entry);

-- Hooks of GitLab are read from here on: those that were kept unread are read now.
insert into replay (entry, queued_at)
select entry, 0
  from event
 where provider = 'gitlab' and decoder = 0
on conflict (entry) do nothing;
