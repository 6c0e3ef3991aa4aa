//! Taking away what is old enough. Counters and sums stay: they belong to the record of what was.

use rusqlite::params;

use crate::model::{EntryId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::records::{Says, facts_of_entry};
use crate::store::sqlite::{Space, space};

impl Ledger<'_> {
    /// How the books are filled, in the middle of this transaction.
    pub fn space(&self) -> Result<Space, StoreError> {
        space(self.transaction)
    }

    /// Forget the line of an event. What it says of a record that is still kept stays with that, but
    /// for what others have overtaken: a repository is told of for years.
    pub fn forget_event(&self, entry: EntryId) -> Result<(), StoreError> {
        for fact in facts_of_entry(self.transaction, entry)? {
            let is_needed = match (&fact.says, fact.subject) {
                (Says::Subject(says), Some(subject)) => {
                    self.open_subject(subject)?.0.rests_on(says)
                }
                // What was counted stays counted.
                (Says::Change(_), _) | (Says::Subject(_), None) => false,
                (Says::Build(_) | Says::Step(_), _) => true,
            };
            if !is_needed {
                self.transaction
                    .prepare_cached("delete from fact where id = ?1")?
                    .execute([fact.id])?;
            }
        }
        let was_parked: bool = self
            .transaction
            .prepare_cached("select 1 from event where entry = ?1 and status = 'parked'")?
            .exists([entry.0])?;
        if was_parked {
            // It says how many there are, not how many there were.
            self.count("parked", -1)?;
        }
        for sql in [
            "delete from happening where entry = ?1",
            "delete from source_hint where entry = ?1",
            "delete from replay where entry = ?1",
            // What waited for a build that nobody ever told of.
            "delete from filing where entry = ?1 and name is not null",
            "delete from event where entry = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([entry.0])?;
        }
        Ok(())
    }

    /// Forget a build with all that is known of it, and its pipeline with the last of its builds.
    pub fn forget_build(&self, build: i64) -> Result<(), StoreError> {
        let pipelines = "select pipeline from build where id = ?1 and pipeline is not null";
        let pipelines = self.column(pipelines, build)?;
        for sql in [
            // Goes with its event: read again, that must not be counted once more.
            "update fact set build = null where build = ?1 and kind = 'change'",
            "delete from fact where build = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([build])?;
        }
        self.delete_build(build)?;
        for pipeline in pipelines {
            let is_gone = self
                .transaction
                .prepare_cached(
                    "delete from pipeline
                      where id = ?1 and not exists (select 1 from build where pipeline = ?1)",
                )?
                .execute([pipeline])?
                > 0;
            if is_gone {
                // Its tests go with it; their results are removed with the builds' sets.
                self.forget_cases_of(pipeline)?;
            }
        }
        Ok(())
    }

    /// Forget a pull request, a work item, or another subject.
    pub fn forget_subject(&self, subject: i64) -> Result<(), StoreError> {
        for sql in [
            "update fact set subject = null where subject = ?1 and kind = 'change'",
            "delete from fact where subject = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([subject])?;
        }
        self.delete_subject(subject)
    }

    /// Forget sums of hours before this one, at most so many rows; tells how many.
    pub fn forget_hours(&self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut removed = 0;
        for source in self.column("select id from source where id > ?1", 0)? {
            for sql in [
                "delete from source_hour
                  where (source, hour) in
                        (select source, hour
                           from source_hour
                          where source = ?1 and hour < ?2
                          limit ?3)",
                "delete from source_lag
                  where (source, hour, bucket) in
                        (select source, hour, bucket
                           from source_lag
                          where source = ?1 and hour < ?2
                          limit ?3)",
            ] {
                removed += self.transaction.prepare_cached(sql)?.execute(params![
                    source,
                    before_hour,
                    limit
                ])?;
            }
        }
        removed += self
            .transaction
            .prepare_cached("delete from storage_size where hour < ?1")?
            .execute([before_hour])?;
        Ok(removed)
    }

    /// Forget refusals of before a time.
    pub fn forget_old_refusals(&self, before: Timestamp) -> Result<(), StoreError> {
        self.forget_refusals_before(before.0.div_euclid(60_000))
    }
}
