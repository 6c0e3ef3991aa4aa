-- Which source a delivery belongs to follows from all words that were ever heard together, not from
-- what came first: see src/store/sqlite/books/identity.rs.

-- The word that a source is known by: the strongest of its deliveries.
alter table source add column scheme text not null default 'name';
alter table source add column key text not null default '';

update source
   set (scheme, key) =
       (select scheme, key
          from source_key
         where source = source.id
         order by case scheme when 'collection' then 0 when 'account' then 1 else 2 end, key
         limit 1)
 where exists (select 1 from source_key where source = source.id);

create unique index source_by_key on source (provider, scheme, key);

-- Every word by which a source can be known.
create table source_word (
    provider text not null,
    scheme text not null,
    key text not null,
    -- The source it stands for. Null for a word that was heard with two of them and never alone.
    source integer references source (id),
    -- Whether deliveries came of which it was the strongest word.
    leads integer not null,
    -- What those deliveries call the source and its address; of each the latest word.
    name text,
    name_at integer,
    base_url text,
    base_url_at integer,
    primary key (provider, scheme, key)
) without rowid;

insert into source_word (provider, scheme, key, source, leads, name, name_at, base_url, base_url_at)
select k.provider, k.scheme, k.key, k.source, is_own,
       iif(is_own, s.name, null), iif(is_own and s.name is not null, s.said_at, null),
       iif(is_own, s.base_url, null), iif(is_own and s.base_url is not null, s.said_at, null)
  from (select provider, scheme, key, source,
               exists (select 1
                         from source own
                        where own.id = source_key.source
                          and own.scheme = source_key.scheme
                          and own.key = source_key.key) as is_own
          from source_key) k
  join source s on s.id = k.source;

create index source_word_by_source on source_word (source);

-- Which weaker word was heard together with which strongest one.
create table source_link (
    provider text not null,
    scheme text not null,
    key text not null,
    to_scheme text not null,
    to_key text not null,
    primary key (provider, scheme, key, to_scheme, to_key)
) without rowid;

insert into source_link (provider, scheme, key, to_scheme, to_key)
select k.provider, k.scheme, k.key, s.scheme, s.key
  from source_key k
  join source s on s.id = k.source
 where (k.scheme, k.key) <> (s.scheme, s.key) and k.scheme <> s.scheme;

create index source_link_by_target on source_link (provider, to_scheme, to_key);

drop table source_key;
alter table source drop column said_at;

-- Entries whose strongest word is one that may come to stand for another source: then they are
-- read again.
create table source_hint (
    entry integer primary key,
    provider text not null,
    scheme text not null,
    key text not null
);

create index source_hint_by_word on source_hint (provider, scheme, key);

create index event_by_echo on event (echo_of) where echo_of is not null;

-- ---------------------------------------------------------------- addresses of subjects

-- Public keys a subject had before more was known of its source.
create table subject_alias (
    public_key text primary key,
    subject integer not null references subject (id)
) without rowid;

create index subject_alias_by_subject on subject_alias (subject);

-- The address held the number of a row, which tells what came first.
insert into subject_alias (public_key, subject)
select public_key, id
  from subject;

update subject
   set public_key =
       (select s.provider || ':'
               || iif(s.scheme = iif(s.provider = 'azure_devops', 'collection', 'name'),
                      '', s.scheme || '=')
               || replace(replace(s.key, '%', '%25'), ':', '%3A')
               || ':' || subject.kind || ':' || subject.key
          from source s
         where s.id = subject.source);
