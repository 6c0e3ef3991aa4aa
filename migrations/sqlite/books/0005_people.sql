-- People who sign in, the one-time links by which they choose a password, and their sessions.

create table person (
    id integer primary key,
    name text not null,
    -- The name as it is compared: without regard to case.
    name_folded text not null unique,
    role text not null check (role in ('viewer', 'editor', 'admin')),
    -- PHC string (argon2id). Null: was invited and has not chosen one yet.
    password text,
    created_at integer not null,
    disabled_at integer,
    last_seen_at integer
);

create table person_link (
    -- SHA-256 of the token in the link.
    hash blob primary key,
    person integer not null references person (id),
    expires_at integer not null
) without rowid;

create index person_link_by_person on person_link (person);

create table session (
    id integer primary key,
    person integer not null references person (id),
    -- SHA-256 of the token in the cookie.
    hash blob not null unique,
    created_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    -- Where it was begun, for people who look for a session that is not theirs.
    address text,
    user_agent text
);

create index session_by_person on session (person);

-- Pages ask for what is going on: few of many builds.
create index build_unfinished on build (sort_at, public_id) where state <> 'finished';
