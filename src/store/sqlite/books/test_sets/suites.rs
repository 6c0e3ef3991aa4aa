//! Sets of clients that send suite by suite, and do not say which of them belong together.
//!
//! A suite of a name that is held already is a newer one if they share a test, and that of another file
//! if they share none. Of suites that are told without their tests, only numbers can be compared: of
//! one name the last one counts.

use rusqlite::{OptionalExtension, params};

use super::sets::{NewSet, Origin, SetEnd};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// A suite that is held.
struct Held {
    id: i64,
    slot: String,
    key: String,
    total: i64,
    has_cases: bool,
}

impl Ledger<'_> {
    /// A set is told that is held to the letter: it is told later now, and that is all. Says whether it is.
    pub fn told_again(&self, build: i64, set: &NewSet) -> Result<bool, StoreError> {
        let entry = set.entry.map_or(0, |entry| entry.0);
        let held: Option<i64> = self
            .transaction
            .prepare_cached(
                "select id
                   from test_set
                  where build = ?1 and state = 'whole' and origin = ?2 and key = ?3",
            )?
            .query_row(params![build, set.origin.as_str(), set.key], |row| row.get(0))
            .optional()?;
        let Some(held) = held else { return Ok(false) };
        self.transaction
            .prepare_cached("update test_set set entry = max(entry, ?2) where id = ?1")?
            .execute(params![held, entry])?;
        // What stands beside it may be older now.
        self.settle_suites(build)?;
        Ok(true)
    }

    /// A suite is whole. It takes the place of older ones, unless a newer one has taken its own.
    pub fn end_suite(&self, set: i64, end: &SetEnd) -> Result<(), StoreError> {
        let build = self.build_of_set(set)?;
        self.end_set(set, end)?;
        match build {
            Some(build) => self.settle_suites(build),
            None => Ok(()),
        }
    }

    /// Of the suites of a build that take each other's place, let the newest stay.
    pub fn settle_suites(&self, build: i64) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select id, slot, key, total,
                    exists (select 1 from test_result where test_set = test_set.id)
               from test_set
              where build = ?1 and state = 'whole' and origin = ?2
              order by entry desc, id desc",
        )?;
        let suites: Vec<Held> = statement
            .query_map(params![build, Origin::Ingest.as_str()], |row| {
                Ok(Held {
                    id: row.get(0)?,
                    slot: row.get(1)?,
                    key: row.get(2)?,
                    total: row.get(3)?,
                    has_cases: row.get(4)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        let mut stay: Vec<&Held> = Vec::with_capacity(suites.len());
        let mut is_changed = false;
        for suite in &suites {
            let mut is_overtaken = false;
            for newer in stay.iter().filter(|newer| newer.slot == suite.slot) {
                is_overtaken = newer.key == suite.key || self.is_same_suite(newer, suite)?;
                if is_overtaken {
                    break;
                }
            }
            if !is_overtaken {
                stay.push(suite);
                continue;
            }
            is_changed = true;
            self.transaction
                .prepare_cached("update test_set set state = 'gone', is_counted = 0 where id = ?1")?
                .execute([suite.id])?;
        }
        if is_changed { self.settle_tests(build) } else { Ok(()) }
    }

    fn is_same_suite(&self, one: &Held, other: &Held) -> Result<bool, StoreError> {
        if !one.has_cases || !other.has_cases {
            // An empty one says nothing of anybody.
            let both_have_numbers = one.total > 0 && other.total > 0;
            return Ok(!one.has_cases && !other.has_cases && both_have_numbers);
        }
        Ok(self
            .transaction
            .prepare_cached(
                "select 1
                   from (select test_case from test_result where test_set = ?1
                         intersect
                         select test_case from test_result where test_set = ?2)
                  limit 1",
            )?
            .exists(params![one.id, other.id])?)
    }
}
