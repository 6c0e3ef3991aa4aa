//! Agents as reporters saw them: the last word on each.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::records::to_json;
use crate::model::{EntryId, Timestamp, ToldAgent};
use crate::store::StoreError;

/// How long an agent is remembered that nobody tells of any more.
const KEPT_MS: i64 = 30 * 24 * Timestamp::MILLIS_PER_HOUR;

impl Ledger<'_> {
    /// The source that an event told of.
    pub fn source_of_event(&self, entry: EntryId) -> Result<Option<i64>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select source from event where entry = ?1")?
            .query_row([entry.0], |row| row.get(0))
            .optional()?
            .flatten())
    }

    /// Some agents of a source are so. Of two words on one the later entry's counts.
    pub fn tell_agents(
        &self,
        source: i64,
        entry: EntryId,
        at: Timestamp,
        agents: &[ToldAgent],
    ) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "insert into told_agent (source, name, state, labels, os, job, entry, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict (source, name) do update
                set state = excluded.state, labels = excluded.labels,
                    os = coalesce(excluded.os, os), job = excluded.job,
                    entry = excluded.entry, at = excluded.at
              where excluded.entry >= told_agent.entry",
        )?;
        for agent in agents {
            statement.execute(params![
                source,
                agent.name,
                agent.state.as_str(),
                to_json(&agent.labels)?,
                agent.os,
                agent.job,
                entry.0,
                at.0
            ])?;
        }
        self.transaction
            .prepare_cached("delete from told_agent where at < ?1")?
            .execute([at.0.saturating_sub(KEPT_MS)])?;
        Ok(())
    }

    /// A source takes over what was told of another's agents.
    pub(in crate::store::sqlite::books) fn move_told_agents(
        &self,
        winner: i64,
        loser: i64,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into told_agent (source, name, state, labels, os, job, entry, at)
                 select ?1, name, state, labels, os, job, entry, at
                   from told_agent
                  where source = ?2
                 on conflict (source, name) do update
                    set state = excluded.state, labels = excluded.labels,
                        os = coalesce(excluded.os, os), job = excluded.job,
                        entry = excluded.entry, at = excluded.at
                  where excluded.entry >= told_agent.entry",
            )?
            .execute([winner, loser])?;
        self.forget_told_agents(loser)
    }

    pub(in crate::store::sqlite::books) fn forget_told_agents(
        &self,
        source: i64,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from told_agent where source = ?1")?
            .execute([source])?;
        Ok(())
    }

    /// What an entry told is taken back.
    pub(in crate::store::sqlite::books) fn take_back_agents(
        &self,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from told_agent where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }
}
