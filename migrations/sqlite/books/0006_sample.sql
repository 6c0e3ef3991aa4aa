-- Loads of sample data. What came with the key of a load that was removed is no longer read.
create table sample (
    key_id integer primary key,
    loaded_at integer not null,
    removed_at integer
);
