-- What the history of tests tells. Settings and fixed marks apart, all of it follows from results and is
-- made anew at will.

-- Tests that something speaks against: they failed, or passed on retry, in a build that is looked back
-- at, or somebody marked them fixed. All others are healthy and have no row.
create table test_status (
    test_case integer primary key,
    -- That of the test.
    pipeline integer not null,
    -- That of the test: lists are sorted by it.
    name text not null,
    -- 0 broken, 1 flaky, 2 watching, 3 healthy: the worst stand first.
    status integer not null,
    since integer,
    -- JSON: alarms that are open and over, and what lists show.
    alarms text not null,
    figures text not null,
    judged_at integer not null
);

create index test_status_by_pipeline on test_status (pipeline);
create index test_status_bad on test_status (judged_at) where status < 3;
create index test_status_by_name on test_status (status, name, test_case, pipeline) where status < 3;

-- When somebody said that a test is fixed: what was before counts no more.
create table test_fixed (
    test_case integer not null,
    at integer not null,
    who_kind text not null,
    who_name text,
    primary key (test_case, at)
) without rowid;

-- What is to be assessed anew.
create table test_mark (
    pipeline integer not null,
    -- Whose results have changed; 0: all tests of the pipeline.
    build integer not null,
    -- Grows whenever it is wanted again: what was wanted while it was under way is done once more.
    wanted integer not null default 1,
    primary key (pipeline, build)
) without rowid;

-- The settings of the monitors, once somebody has changed them.
create table test_monitors (
    id integer primary key check (id = 1),
    -- JSON.
    monitors text not null,
    updated_at integer not null,
    who_kind text not null,
    who_name text
);

create index test_case_by_name on test_case (name, id);
create index test_case_by_pipeline on test_case (pipeline, name, id);

insert into test_mark (pipeline, build)
select distinct pipeline, 0
  from test_case;
