-- Agents and pools as the providers listed them. What hooks and jobs tell of agents lies with those.

-- A pool, or (key '') all agents of a source that lists them without pools. Both tables are replaced as a
-- whole, source by source.
create table agent_pool (
    source integer not null references source (id),
    -- The provider's own key.
    key text not null,
    name text,
    -- The provider's own machines: a changing set that is not listed.
    is_hosted integer not null,
    -- When its agents were listed last; null when they were not.
    agents_at integer,
    primary key (source, key)
) without rowid;

-- An agent of such a list.
create table agent (
    source integer not null,
    pool_key text not null,
    key text not null,
    name text not null,
    -- What people call the pool or queue.
    pool text,
    version text,
    os text,
    hostname text,
    state text not null,
    is_enabled integer not null,
    connected_at integer,
    last_seen_at integer,
    -- What it is busy with, as JSON.
    job text,
    url text,
    primary key (source, pool_key, key),
    foreign key (source, pool_key) references agent_pool (source, key)
) without rowid;

-- Jobs that wait for an agent: few, whatever the books hold.
create index step_waiting on step (build) where kind = 'job' and state = 'queued';
