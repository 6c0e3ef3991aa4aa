//! Entries that wait to be read again.

use rusqlite::{Connection, params};

use crate::model::{EntryId, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

impl Ledger<'_> {
    /// Queue entries to be read again; returns how many were not queued yet.
    pub fn queue_replay(&self, entries: &[EntryId], now: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "insert into replay (entry, queued_at)
             values (?1, ?2)
             on conflict (entry) do nothing",
        )?;
        let mut queued = 0;
        for entry in entries {
            queued += statement.execute(params![entry.0, now.0])?;
        }
        Ok(queued)
    }

    /// Queue every parked entry that an older decoder could not read.
    pub fn queue_parked_below(
        &self,
        provider: Provider,
        decoder: i64,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into replay (entry, queued_at)
                 select entry, ?3
                   from event
                  where status = 'parked' and provider = ?1 and decoder < ?2
                 on conflict (entry) do nothing",
            )?
            .execute(params![provider.as_str(), decoder, now.0])?)
    }

    pub fn next_replays(&self, limit: usize) -> Result<Vec<EntryId>, StoreError> {
        let mut statement =
            self.transaction.prepare_cached("select entry from replay order by entry limit ?1")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([limit], |row| Ok(EntryId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn replay_done(&self, entry: EntryId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from replay where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }
}

/// Whether any entry waits to be read again.
pub fn has_replays(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("select 1 from replay limit 1")?.exists([])?)
}
