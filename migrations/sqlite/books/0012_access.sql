-- Tokens by which providers are asked.

-- Set by administrators. A number is never used again: what is told of one must not be told of another.
create table access (
    id integer primary key autoincrement,
    provider text not null,
    -- Where its questions go to: the provider's own domain, or what an administrator confirmed.
    base text not null,
    purpose text not null check (purpose in ('read', 'write')),
    kind text not null check (kind in ('pat', 'entra', 'token')),
    -- Lower-case name of the one source it is for; empty: of all that live on the base.
    organization text not null default '',
    -- The token, or the secret of the application.
    sealed blob not null,
    fingerprint text not null,
    -- Of applications of Entra.
    tenant text,
    client_id text,
    authority text,
    set_at integer not null,
    set_by text,
    -- What is known of it: who it is, a JSON list of its scopes and of those it lacks.
    who text,
    scopes text,
    missing text not null default '[]',
    expires_at integer,
    checked_at integer,
    last_ok_at integer,
    -- What the last question came to, if to nothing good.
    error_at integer,
    error_code text,
    error_reason text,
    unique (provider, base, purpose, organization),
    check ((kind = 'entra') = (tenant is not null and client_id is not null and authority is not null)),
    check ((error_at is null) = (error_code is null) and (error_at is null) = (error_reason is null))
);

-- The same of tokens that came in addresses.
alter table provider_token add column who text;
alter table provider_token add column scopes text;
alter table provider_token add column missing text not null default '[]';
alter table provider_token add column expires_at integer;
alter table provider_token add column checked_at integer;
alter table provider_token add column last_ok_at integer;
alter table provider_token add column error_at integer;
alter table provider_token add column error_code text;
alter table provider_token add column error_reason text;
