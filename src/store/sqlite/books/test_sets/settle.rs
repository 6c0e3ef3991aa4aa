//! Which sets of a build count, and what they come to.

use std::collections::{BTreeSet, HashMap};

use rusqlite::params;
use serde::Deserialize;

use super::sets::{Origin, SetEnd};
use crate::model::TestTotals;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::records::to_json;

/// A whole set among those of its origin and key.
struct Held {
    id: i64,
    report: String,
    part: i64,
    /// Its reporter gave it a name, which is part of the key.
    is_named: bool,
    /// Names of the files it came in.
    files: BTreeSet<String>,
}

/// A whole set of a build, as far as it matters for what counts.
struct Whole {
    id: i64,
    origin: String,
    slot: String,
    /// Of one slot the greatest counts.
    order: (i64, i64),
    is_retried_job: bool,
    is_counted: bool,
    totals: TestTotals,
}

#[derive(Deserialize)]
struct Named {
    file: String,
}

impl Held {
    /// Whether this one, told later, stands in for another of its key. Two reports of one job are two,
    /// unless they have one name or are of the same files; parts of one report are never each other.
    fn replaces(&self, earlier: &Self) -> bool {
        if !self.report.is_empty() && self.report == earlier.report {
            return self.part == earlier.part;
        }
        if self.is_named {
            return true;
        }
        let have_none = self.files.is_empty() && earlier.files.is_empty();
        have_none || !self.files.is_disjoint(&earlier.files)
    }
}

impl Ledger<'_> {
    /// A set is whole: it takes the place of those that it replaces. Returns whether it counts from
    /// here on.
    pub fn end_set(&self, set: i64, end: &SetEnd) -> Result<bool, StoreError> {
        let Some(build) = self.build_of_set(set)? else { return Ok(false) };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.transaction
            .prepare_cached(
                "update test_set
                    set state = 'whole', total = ?2, passed = ?3, failed = ?4, errored = ?5,
                        skipped = ?6, retried = ?7, duration_ms = ?8, digest = ?9, files = ?10,
                        mark = ?11
                  where id = ?1",
            )?
            .execute(params![
                set,
                number(end.totals.total),
                number(end.totals.passed),
                number(end.totals.failed),
                number(end.totals.errored),
                number(end.totals.skipped),
                number(end.retried),
                end.duration_ms,
                end.digest,
                end.files,
                end.mark
            ])?;
        self.replace_sets(build, set)?;
        self.settle_tests(build)?;
        Ok(self
            .transaction
            .prepare_cached("select is_counted from test_set where id = ?1")?
            .query_row([set], |row| row.get(0))?)
    }

    /// Let go of the sets of one key that others of it took the place of. The order is that in which
    /// they were told, whatever was filed last.
    fn replace_sets(&self, build: i64, set: i64) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select id, report, part, files, origin = ?3 and name is not null
               from test_set
              where build = ?1 and state = 'whole'
                and (origin, key) = (select origin, key from test_set where id = ?2)
              order by entry desc, at desc, id desc",
        )?;
        let reports = Origin::Report.as_str();
        let rows = statement.query_map(params![build, set, reports], |row| {
            let files: String = row.get(3)?;
            // Files without names are none that anything could be told by.
            let files: Vec<Named> = serde_json::from_str(&files).unwrap_or_default();
            Ok(Held {
                id: row.get(0)?,
                report: row.get(1)?,
                part: row.get(2)?,
                is_named: row.get(4)?,
                files: files.into_iter().map(|named| named.file).collect(),
            })
        })?;
        let mut stay: Vec<Held> = Vec::new();
        for held in rows {
            let held = held?;
            if stay.iter().any(|later| later.replaces(&held)) {
                self.transaction
                    .prepare_cached(
                        "update test_set set state = 'gone', is_counted = 0 where id = ?1",
                    )?
                    .execute([held.id])?;
            } else {
                stay.push(held);
            }
        }
        Ok(())
    }

    /// Let the totals of a build follow from its sets: those of one origin, of each slot the last try,
    /// and none of a job that was retried.
    pub fn settle_tests(&self, build: i64) -> Result<(), StoreError> {
        let sets = self.whole_sets(build)?;
        let mut last: HashMap<(&str, &str), (i64, i64)> = HashMap::new();
        for set in &sets {
            let order = last.entry((&set.origin, &set.slot)).or_insert(set.order);
            *order = set.order.max(*order);
        }
        let is_last = |set: &Whole| {
            !set.is_retried_job && last.get(&(&*set.origin, &*set.slot)) == Some(&set.order)
        };
        let mut best: Option<(Origin, TestTotals)> = None;
        for origin in Origin::ALL {
            let mut sum = TestTotals::default();
            let of_origin = |set: &&Whole| set.origin == origin.as_str() && is_last(set);
            let totals: Vec<_> = sets.iter().filter(of_origin).map(|set| set.totals).collect();
            for totals in &totals {
                sum += *totals;
            }
            let knows_more = best.is_none_or(|(_, held)| sum.total > held.total);
            if !totals.is_empty() && knows_more {
                best = Some((origin, sum));
            }
        }
        let counted = best.map(|(origin, _)| origin.as_str());
        for set in &sets {
            let is_counted = counted == Some(set.origin.as_str()) && is_last(set);
            if is_counted != set.is_counted {
                self.transaction
                    .prepare_cached("update test_set set is_counted = ?2 where id = ?1")?
                    .execute(params![set.id, is_counted])?;
            }
        }
        let totals = best.map(|(_, totals)| totals).filter(|totals| totals.total > 0);
        let totals = totals.map(|totals| to_json(&totals)).transpose()?;
        self.set_tests(build, totals.as_deref())?;
        self.mark_tests(build)
    }

    fn whole_sets(&self, build: i64) -> Result<Vec<Whole>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select s.id, s.origin, s.slot, s.attempt, s.turn, s.is_counted, s.total, s.passed,
                    s.failed, s.errored, s.skipped,
                    exists (select 1
                              from step t
                             where t.build = s.build and t.key = 'job:' || s.job_id
                               and t.superseded)
               from test_set s
              where s.build = ?1 and s.state = 'whole'",
        )?;
        let count = |row: &rusqlite::Row<'_>, column| -> rusqlite::Result<u64> {
            Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
        };
        let rows = statement.query_map([build], |row| {
            Ok(Whole {
                id: row.get(0)?,
                origin: row.get(1)?,
                slot: row.get(2)?,
                order: (row.get(3)?, row.get(4)?),
                is_counted: row.get(5)?,
                totals: TestTotals {
                    total: count(row, 6)?,
                    passed: count(row, 7)?,
                    failed: count(row, 8)?,
                    errored: count(row, 9)?,
                    skipped: count(row, 10)?,
                },
                is_retried_job: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Jobs of a build were retried: what they told of tests does not count any more.
    pub fn settle_retried(&self, build: i64) -> Result<(), StoreError> {
        let has_sets = self
            .transaction
            .prepare_cached(
                "select exists (select 1 from test_set where build = ?1 and job_id is not null)",
            )?
            .query_row([build], |row| row.get(0))?;
        if has_sets { self.settle_tests(build) } else { Ok(()) }
    }
}
