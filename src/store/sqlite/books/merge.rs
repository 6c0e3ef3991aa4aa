//! When two turn out to be one.
//!
//! A build may be told of first by a weak key and by a strong one later; a source first by name,
//! then by GUID. The survivor takes over keys, facts and events; the other's public id redirects.
//! Folds are left to the caller: it folds the survivor's facts anew.

use rusqlite::params;

use super::Ledger;
use crate::model::{EntryId, Provider, SubjectKind};
use crate::store::StoreError;

impl Ledger<'_> {
    /// Let `winner` take over everything of `loser`. The caller folds `winner` anew.
    pub fn merge_builds(&self, winner: i64, loser: i64) -> Result<(), StoreError> {
        for sql in [
            "update fact set build = ?1 where build = ?2",
            "update event set build = ?1 where build = ?2",
            "update build_key set build = ?1 where build = ?2",
            "update build_alias set build = ?1 where build = ?2",
            "insert into build_alias (public_id, build)
             select public_id, ?1
               from build
              where id = ?2",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        for sql in ["delete from step where build = ?1", "delete from build where id = ?1"] {
            self.transaction.prepare_cached(sql)?.execute([loser])?;
        }
        Ok(())
    }

    /// Let source `winner` take over everything of `loser`. Entries whose records both had are
    /// queued to be read again: that folds them under their one identity.
    pub(super) fn merge_sources(&self, winner: i64, loser: i64) -> Result<(), StoreError> {
        tracing::info!(winner, loser, "Two sources turned out to be one");
        let entries = self.column(
            "select entry
               from event
              where source = ?1
              order by entry",
            loser,
        )?;
        for build in self.column("select id from build where source = ?1", loser)? {
            self.move_build(build, winner)?;
        }
        for (id, provider, kind, key) in self.subjects_of(loser)? {
            self.move_subject(id, provider, kind, &key, winner)?;
        }
        for sql in [
            "insert into source_hour (source, hour, events, duplicates, parked, minimal, none)
             select ?1, hour, events, duplicates, parked, minimal, none
               from source_hour
              where source = ?2
             on conflict (source, hour) do update
                set events = events + excluded.events,
                    duplicates = duplicates + excluded.duplicates,
                    parked = parked + excluded.parked,
                    minimal = minimal + excluded.minimal,
                    none = none + excluded.none",
            "insert into source_lag (source, hour, bucket, events)
             select ?1, hour, bucket, events
               from source_lag
              where source = ?2
             on conflict (source, hour, bucket) do update
                set events = events + excluded.events",
            "insert into source_api_key (source, key_id)
             select ?1, key_id
               from source_api_key
              where source = ?2
             on conflict (source, key_id) do nothing",
            "insert into project (source, guid, name, said_at)
             select ?1, guid, name, said_at
               from project
              where source = ?2
             on conflict (source, guid) do nothing",
            "update source
                set first_seen_at = min(first_seen_at,
                        (select first_seen_at from source other where other.id = ?2)),
                    last_event_at = max(last_event_at,
                        (select last_event_at from source other where other.id = ?2))
              where id = ?1",
            "update source_key set source = ?1 where source = ?2",
            "update event set source = ?1 where source = ?2",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        for sql in [
            "delete from source_hour where source = ?1",
            "delete from source_lag where source = ?1",
            "delete from source_api_key where source = ?1",
            "delete from project where source = ?1",
            "delete from pipeline where source = ?1",
            "delete from source where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([loser])?;
        }
        // Reading an entry again folds its build and subject under the one source. Queued at time
        // 0: they were due before anything an operator asked for.
        let entries: Vec<EntryId> = entries.into_iter().map(EntryId).collect();
        self.queue_replay(&entries, crate::model::Timestamp(0))?;
        Ok(())
    }

    /// Give a build to another source; merges it there with the build of the same key, if any.
    fn move_build(&self, build: i64, source: i64) -> Result<(), StoreError> {
        let keys: Vec<(String, String)> = {
            let mut statement = self
                .transaction
                .prepare_cached("select scheme, key from build_key where build = ?1")?;
            let rows = statement.query_map([build], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let there = self.builds_by_keys(source, &keys)?;
        self.transaction
            .prepare_cached("delete from build_key where build = ?1")?
            .execute([build])?;
        if let Some(same) = there.first() {
            self.add_build_keys(source, &keys, *same)?;
            self.merge_builds(*same, build)?;
            return Ok(());
        }
        self.add_build_keys(source, &keys, build)?;
        self.transaction
            .prepare_cached("update build set source = ?2, pipeline = null where id = ?1")?
            .execute(params![build, source])?;
        Ok(())
    }

    fn move_subject(
        &self,
        subject: i64,
        provider: Provider,
        kind: SubjectKind,
        key: &str,
        source: i64,
    ) -> Result<(), StoreError> {
        let same = self.column_of(
            "select id from subject where source = ?1 and kind = ?2 and key = ?3",
            params![source, kind.as_str(), key],
        )?;
        if let Some(same) = same.first() {
            for sql in [
                "update fact set subject = ?1 where subject = ?2",
                "update event set subject = ?1 where subject = ?2",
            ] {
                self.transaction.prepare_cached(sql)?.execute(params![same, subject])?;
            }
            self.transaction
                .prepare_cached("delete from subject where id = ?1")?
                .execute([subject])?;
            return Ok(());
        }
        let public_key = super::records::public_key(source, provider, kind, key);
        self.transaction
            .prepare_cached("update subject set source = ?2, public_key = ?3 where id = ?1")?
            .execute(params![subject, source, public_key])?;
        Ok(())
    }

    fn subjects_of(
        &self,
        source: i64,
    ) -> Result<Vec<(i64, Provider, SubjectKind, String)>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select u.id, s.provider, u.kind, u.key
               from subject u
               join source s on s.id = u.source
              where u.source = ?1",
        )?;
        let mut rows = statement.query([source])?;
        let mut subjects = Vec::new();
        while let Some(row) = rows.next()? {
            let provider: String = row.get(1)?;
            let kind: String = row.get(2)?;
            let word = |what: &str| StoreError::Row { table: "subject", what: what.to_owned() };
            subjects.push((
                row.get(0)?,
                Provider::parse(&provider).ok_or_else(|| word(&provider))?,
                SubjectKind::parse(&kind).ok_or_else(|| word(&kind))?,
                row.get(3)?,
            ));
        }
        Ok(subjects)
    }

    fn column(&self, sql: &str, id: i64) -> Result<Vec<i64>, StoreError> {
        self.column_of(sql, params![id])
    }

    fn column_of(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
