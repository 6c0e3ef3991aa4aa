//! Sample data: made-up hooks that came with a key of their own, and can be taken away again.
//!
//! To remove them, their entries are read once more, as nothing: so what real senders told of the
//! same records stays. The entries themselves stay in the journal, which forgets by age alone.

use rusqlite::{Connection, OptionalExtension, params};

use super::Ledger;
use crate::model::{EntryId, KeyId, Timestamp};
use crate::store::StoreError;

/// The newest load of sample data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRow {
    pub key: KeyId,
    pub is_removed: bool,
    /// What it made and is still here.
    pub sources: i64,
    pub builds: i64,
    pub events: i64,
}

/// The newest load, if there ever was one.
pub fn newest_sample(connection: &Connection) -> Result<Option<SampleRow>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select m.key_id, m.removed_at is not null,
                    (select count(*) from source_api_key k where k.key_id = m.key_id),
                    (select count(*)
                       from build
                      where source in (select source
                                         from source_api_key k
                                        where k.key_id = m.key_id)),
                    (select count(*)
                       from event
                      where source in (select source
                                         from source_api_key k
                                        where k.key_id = m.key_id))
               from sample m
              order by m.key_id desc
              limit 1",
        )?
        .query_row([], |row| {
            Ok(SampleRow {
                key: KeyId(row.get(0)?),
                is_removed: row.get(1)?,
                sources: row.get(2)?,
                builds: row.get(3)?,
                events: row.get(4)?,
            })
        })
        .optional()?)
}

/// Keys of the loads.
#[derive(Debug, Default)]
pub struct SampleKeys {
    pub kept: Vec<KeyId>,
    pub removed: Vec<KeyId>,
}

pub fn sample_keys(connection: &Connection) -> Result<SampleKeys, StoreError> {
    let mut statement =
        connection.prepare_cached("select key_id, removed_at is not null from sample")?;
    let mut rows = statement.query([])?;
    let mut keys = SampleKeys::default();
    while let Some(row) = rows.next()? {
        let is_removed: bool = row.get(1)?;
        let list = if is_removed { &mut keys.removed } else { &mut keys.kept };
        list.push(KeyId(row.get(0)?));
    }
    Ok(keys)
}

/// Whether a source is known by one of these words: GUID of a collection, slug of an organisation.
pub fn is_known(connection: &Connection, keys: &[&str]) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "select 1
           from source_word
          where key = ?1 and source is not null",
    )?;
    for key in keys {
        if statement.exists([key])? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Ledger<'_> {
    pub fn insert_sample(&self, key: KeyId, now: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("insert into sample (key_id, loaded_at) values (?1, ?2)")?
            .execute(params![key.0, now.0])?;
        Ok(())
    }

    /// Have all that its sources told read again; what came with this key is forgotten by it.
    pub fn remove_sample(&self, key: KeyId, now: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update sample set removed_at = ?2 where key_id = ?1 and removed_at is null",
            )?
            .execute(params![key.0, now.0])?;
        self.transaction
            .prepare_cached(
                "insert into replay (entry, queued_at)
                 select entry, ?2
                   from event
                  where source in (select source from source_api_key where key_id = ?1)
                 on conflict (entry) do nothing",
            )?
            .execute(params![key.0, now.0])?;
        Ok(())
    }

    /// Sources that only a removed load told of go with it; tells which were looked at.
    pub fn forget_sources_of(&self, key: KeyId) -> Result<Vec<i64>, StoreError> {
        let sources = self.column("select source from source_api_key where key_id = ?1", key.0)?;
        for source in &sources {
            let is_told_of = self
                .transaction
                .prepare_cached(
                    "select 1 from event where source = ?1
                      union all
                     select 1 from build where source = ?1
                      union all
                     select 1 from subject where source = ?1
                      limit 1",
                )?
                .exists([source])?;
            if !is_told_of {
                self.forget_source(*source)?;
            }
        }
        self.transaction
            .prepare_cached("delete from source_api_key where key_id = ?1")?
            .execute([key.0])?;
        Ok(sources)
    }

    fn forget_source(&self, source: i64) -> Result<(), StoreError> {
        self.forget_agents(source)?;
        self.forget_told_agents(source)?;
        for pipeline in self.column("select id from pipeline where source = ?1", source)? {
            self.forget_cases_of(pipeline)?;
        }
        for sql in [
            "delete from source_link
              where exists
                    (select 1
                       from source_word w
                      where w.source = ?1
                        and w.provider = source_link.provider
                        and ((w.scheme, w.key) = (source_link.scheme, source_link.key)
                             or (w.scheme, w.key) = (source_link.to_scheme, source_link.to_key)))",
            "delete from source_hint
              where (provider, scheme, key) in
                    (select provider, scheme, key from source_word where source = ?1)",
            "delete from source_word where source = ?1",
            "delete from errand where source = ?1",
            "delete from source_hour where source = ?1",
            "delete from source_lag where source = ?1",
            "delete from source_api_key where source = ?1",
            "delete from project where source = ?1",
            "delete from pipeline where source = ?1",
            "delete from source where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([source])?;
        }
        Ok(())
    }

    /// An entry that is read no more was not the first to tell of anything.
    pub fn forget_happening(&self, entry: EntryId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from happening where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }
}
