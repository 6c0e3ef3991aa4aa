-- The journal: every accepted request, before it is answered. Rows of `entry` are never updated.

-- Dictionaries that bodies are packed with. A row is here before the first entry that needs it.
create table dictionary (
    id integer primary key,
    name text not null unique,
    bytes blob not null
);

-- What many entries have in common, written once.
create table label (
    id integer primary key,
    provider text not null,
    route text not null,
    channel text,
    key_id integer not null,
    event_type text,
    answer text not null check (answer in ('stored', 'test', 'skipped', 'parked')),
    -- Whether the key allows the project and publisher the envelope names.
    admitted integer not null check (admitted in (0, 1)),
    reason text
);

create table entry (
    id integer primary key,
    received_at integer not null,
    label integer not null references label (id),
    -- Length of the body as sent (after decompression).
    bytes integer not null,
    -- Why it could not be read, where the reason differs from entry to entry.
    note text,
    dictionary integer references dictionary (id),
    packed blob not null
);

-- The scopes of identities: a subscription, a sender's delivery ids.
create table scope (
    id integer primary key,
    name text not null unique
);

-- What makes a delivery the same delivery, for ever: identities outlive bodies.
create table identity (
    scope integer not null references scope (id),
    ordinal integer not null,
    digest blob not null check (length(digest) = 16),
    entry integer not null,
    primary key (scope, ordinal, digest)
) without rowid;

-- Deliveries that were already known, one row each.
create table duplicate (
    id integer primary key,
    entry integer not null,
    at integer not null
);

create index duplicate_by_entry on duplicate (entry);

-- Written when the file is opened again after trouble: proves that a flush works.
create table probe (
    id integer primary key check (id = 1),
    count integer not null
);
