//! When two turn out to be one.
//!
//! A build may be told of first by a weak key and by a strong one later; a source first by name,
//! then by GUID. The survivor takes over keys, facts and events; the other's public id redirects.
//! Which of two survives makes no difference outside: public ids follow from the keys.
//! Folds are left to the caller: it folds the survivor's facts anew.

use rusqlite::params;

use super::Ledger;
use super::records::{LATEST_PIPELINE, LATEST_PROJECT, distinct};
use crate::store::StoreError;

/// Records that took over facts: to be folded anew.
#[derive(Debug, Default)]
pub struct Stale {
    pub builds: Vec<i64>,
    pub subjects: Vec<i64>,
}

impl Ledger<'_> {
    /// Let `winner` take over everything of `loser`. The caller folds `winner` anew.
    pub fn merge_builds(&self, winner: i64, loser: i64) -> Result<(), StoreError> {
        for sql in [
            "update fact set build = ?1 where build = ?2",
            "update event set build = ?1 where build = ?2",
            "update build_key set build = ?1 where build = ?2",
            "update build_alias set build = ?1 where build = ?2",
            "update build
                set received_at = min(received_at,
                                      (select received_at from build where id = ?2))
              where id = ?1",
            "insert into build_alias (public_id, build)
             select public_id, ?1
               from build
              where id = ?2
             on conflict (public_id) do update set build = excluded.build",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        for sql in [
            // What was told of both is told of the survivor; the rest is asked again.
            "update or ignore api_set set build = ?1 where build = ?2",
            "update or ignore enrichment set build = ?1 where build = ?2",
            "update or ignore errand set build = ?1 where build = ?2",
            "update or ignore log set build = ?1 where build = ?2",
            "update build
                set tests = coalesce(tests, (select tests from build where id = ?2))
              where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        self.move_sets(winner, loser)?;
        self.settle_suites(winner)?;
        self.move_reports(winner, loser)?;
        self.forget_told(loser)?;
        for sql in ["delete from step where build = ?1", "delete from build where id = ?1"] {
            self.transaction.prepare_cached(sql)?.execute([loser])?;
        }
        Ok(())
    }

    /// Let source `winner` take over everything of `loser`. The entries of `loser` are queued to
    /// be read again: what both told of once more becomes an event and its echo.
    pub(super) fn merge_sources(
        &self,
        winner: i64,
        loser: i64,
        stale: &mut Stale,
    ) -> Result<(), StoreError> {
        tracing::info!(winner, loser, "Two sources turned out to be one");
        for sql in [
            // Queued at time 0: they were due before anything an operator asked for.
            "insert into replay (entry, queued_at)
             select entry, 0
               from event
              where source = ?1
             on conflict (entry) do nothing",
            "delete from happening
              where entry in (select entry from event where source = ?1)",
        ] {
            self.transaction.prepare_cached(sql)?.execute([loser])?;
        }
        let pipelines = format!(
            "insert into pipeline (source, key, slug, name, said_at)
             select ?1, key, slug, name, said_at
               from pipeline
              where source = ?2
             {LATEST_PIPELINE}"
        );
        let projects = format!(
            "insert into project (source, guid, name, said_at)
             select ?1, guid, name, said_at
               from project
              where source = ?2
             {LATEST_PROJECT}"
        );
        for sql in [
            &pipelines,
            "update pipeline
                set default_branch = there.default_branch,
                    default_said_at = there.default_said_at
               from pipeline there
              where pipeline.source = ?1 and there.source = ?2
                and there.key = pipeline.key and there.default_branch is not null
                and (pipeline.default_branch is null
                     or (there.default_said_at, there.default_branch)
                        > (pipeline.default_said_at, pipeline.default_branch))",
            &projects,
            "update build
                set pipeline = (select there.id
                                  from pipeline here
                                  join pipeline there
                                    on there.source = ?1 and there.key = here.key
                                 where here.id = build.pipeline)
              where source = ?2 and pipeline is not null",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        self.move_tests(winner, loser)?;
        for build in self.column("select id from build where source = ?1", loser)? {
            self.move_build(build, winner, stale)?;
        }
        for subject in self.column("select id from subject where source = ?1", loser)? {
            self.move_subject(subject, winner, stale)?;
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
            "update source
                set first_seen_at = min(first_seen_at,
                        (select first_seen_at from source other where other.id = ?2)),
                    last_event_at = max(last_event_at,
                        (select last_event_at from source other where other.id = ?2))
              where id = ?1",
            "update source_word set source = ?1 where source = ?2",
            "update event set source = ?1 where source = ?2",
            "update or ignore errand set source = ?1 where source = ?2",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        self.move_told_agents(winner, loser)?;
        // Listed again with the next question.
        self.forget_agents(loser)?;
        for sql in [
            "delete from source_hour where source = ?1",
            "delete from source_lag where source = ?1",
            "delete from source_api_key where source = ?1",
            "delete from project where source = ?1",
            "delete from pipeline where source = ?1",
            "delete from errand where source = ?1",
            "delete from source where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([loser])?;
        }
        self.name_source(winner)
    }

    /// Give a build to another source; merges it there with the build of the same key, if any.
    pub fn move_build(&self, build: i64, source: i64, stale: &mut Stale) -> Result<(), StoreError> {
        let keys = self.keys_of_build(build)?;
        let there = distinct(&self.builds_by_keys(source, &keys)?);
        self.transaction
            .prepare_cached("delete from build_key where build = ?1")?
            .execute([build])?;
        if let Some((same, others)) = there.split_first() {
            self.add_build_keys(source, &keys, *same)?;
            for other in others.iter().chain([&build]) {
                self.merge_builds(*same, *other)?;
            }
            stale.builds.push(*same);
            return self.settle_public_id(*same, source);
        }
        self.add_build_keys(source, &keys, build)?;
        self.transaction
            .prepare_cached(
                "update build
                    set source = ?2, provider = (select provider from source where id = ?2)
                  where id = ?1",
            )?
            .execute(params![build, source])?;
        self.transaction
            .prepare_cached("update or replace errand set source = ?2 where build = ?1")?
            .execute(params![build, source])?;
        self.settle_public_id(build, source)
    }

    /// Give a subject to another source; merges it there with the subject of the same key, if any.
    fn move_subject(&self, subject: i64, source: i64, stale: &mut Stale) -> Result<(), StoreError> {
        let same = self.column_of(
            "select there.id
               from subject here
               join subject there
                 on there.source = ?2 and there.kind = here.kind and there.key = here.key
              where here.id = ?1",
            params![subject, source],
        )?;
        if let Some(same) = same.first() {
            for sql in [
                "update fact set subject = ?1 where subject = ?2",
                "update event set subject = ?1 where subject = ?2",
                "update subject_alias set subject = ?1 where subject = ?2",
                "update or ignore subject_told set subject = ?1 where subject = ?2",
                "insert into subject_alias (public_key, subject)
                 select public_key, ?1
                   from subject
                  where id = ?2
                 on conflict (public_key) do update set subject = excluded.subject",
            ] {
                self.transaction.prepare_cached(sql)?.execute(params![same, subject])?;
            }
            for sql in
                ["delete from subject_told where subject = ?1", "delete from subject where id = ?1"]
            {
                self.transaction.prepare_cached(sql)?.execute([subject])?;
            }
            stale.subjects.push(*same);
            return Ok(());
        }
        self.transaction
            .prepare_cached("update subject set source = ?2 where id = ?1")?
            .execute(params![subject, source])?;
        self.settle_public_key(subject)
    }

    pub(super) fn column(&self, sql: &str, id: i64) -> Result<Vec<i64>, StoreError> {
        self.column_of(sql, params![id])
    }

    fn column_of(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
