//! Sets of results: filled piece by piece, counted when they are whole, and removed piece by piece
//! once another has taken their place.

use std::collections::HashMap;
use std::io::Read;

use rusqlite::{Connection, OptionalExtension, params};

use super::cases::{CaseKey, Scope};
use crate::model::{EntryId, Part, TestStatus, TestTotals, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Effort of compressing stack traces.
const LEVEL: i32 = 3;

/// Longest stack trace that is unpacked: a damaged row must not claim all memory.
const STACK_MAX: u64 = 1 << 20;

/// Who told of results. Of one build those of one origin count: the ones that know most, of equal
/// ones the first in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    Report,
    Ingest,
    Collector,
    Api,
    Artifact,
}

impl Origin {
    pub const ALL: [Self; 5] =
        [Self::Report, Self::Ingest, Self::Collector, Self::Api, Self::Artifact];

    /// Those that entries hold.
    pub const SENT: [Self; 3] = [Self::Report, Self::Ingest, Self::Collector];

    /// Those that the provider is asked for.
    pub const ASKED: [Self; 2] = [Self::Api, Self::Artifact];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Ingest => "ingest",
            Self::Collector => "collector",
            Self::Api => "api",
            Self::Artifact => "artifact",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == text)
    }
}

/// A set, before it has results.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSet {
    pub origin: Origin,
    /// A whole set takes the place of those of its origin and key, unless each is of files of its own.
    pub key: String,
    /// Of one slot the last turn of the highest attempt counts.
    pub slot: String,
    pub attempt: u32,
    pub turn: i64,
    /// The provider's id of the job: once that is retried, what it told does not count.
    pub job_id: Option<String>,
    pub part: Option<Part>,
    pub entry: Option<EntryId>,
    pub name: Option<String>,
    pub job: Option<String>,
    pub variant: Option<String>,
    pub agent: Option<String>,
    pub at: Timestamp,
}

/// One result on its way into a set.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow<'a> {
    pub case: CaseKey<'a>,
    pub status: TestStatus,
    /// Which one of its test within the set, from 1.
    pub nth: u32,
    pub duration_ms: Option<f64>,
    pub is_retried: bool,
    pub message: Option<&'a str>,
    pub stack: Option<&'a str>,
}

/// What a set came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetEnd {
    pub totals: TestTotals,
    pub retried: u64,
    pub duration_ms: Option<f64>,
    pub digest: Vec<u8>,
    /// JSON.
    pub files: String,
    /// How what was asked for stood then; empty where nobody was asked.
    pub mark: String,
}

/// How a status is stored: the worst first.
#[must_use]
pub fn status_number(status: TestStatus) -> i64 {
    match status {
        TestStatus::Errored => 0,
        TestStatus::Failed => 1,
        TestStatus::Skipped => 2,
        TestStatus::Passed => 3,
    }
}

pub fn status_of(number: i64) -> Result<TestStatus, StoreError> {
    let damaged = || StoreError::Row { table: "test_result", what: format!("status {number}") };
    TestStatus::ALL.into_iter().find(|it| status_number(*it) == number).ok_or_else(damaged)
}

impl Ledger<'_> {
    /// Begin a set. It does not count until it ends.
    pub fn begin_set(&self, build: i64, set: &NewSet) -> Result<i64, StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_set (build, origin, key, slot, attempt, turn, job_id, report, part,
                        entry, name, job, variant, agent, at, state)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'filling')",
            )?
            .execute(params![
                build,
                set.origin.as_str(),
                set.key,
                set.slot,
                set.attempt,
                set.turn,
                set.job_id,
                set.part.as_ref().map_or("", |part| &part.id),
                set.part.as_ref().map_or(0, |part| part.index),
                set.entry.map_or(0, |entry| entry.0),
                set.name,
                set.job,
                set.variant,
                set.agent,
                set.at.0
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// The build of a set that is being filled: builds are merged, and removed, meanwhile.
    pub fn build_of_set(&self, set: i64) -> Result<Option<i64>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select build from test_set where id = ?1 and state = 'filling'")?
            .query_row([set], |row| row.get(0))
            .optional()?
            .flatten())
    }

    /// Whether whole sets of an origin are here.
    pub fn has_sets_of(&self, build: i64, origin: Origin) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select 1 from test_set where build = ?1 and origin = ?2 and state = 'whole'",
            )?
            .exists(params![build, origin.as_str()])?)
    }

    /// Put results into a set.
    pub fn add_results<'a>(
        &self,
        (build, set): (i64, i64),
        scope: &Scope,
        rows: impl IntoIterator<Item = ResultRow<'a>>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut result = self.transaction.prepare_cached(
            "insert or replace into test_result (build, status, test_case, test_set, nth,
                    duration_us, is_retried)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut failure = self.transaction.prepare_cached(
            "insert or replace into test_failure (test_case, build, test_set, nth, at, status,
                    is_retried, duration_us, message, stack)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for row in rows {
            let case = self.test_case(scope, &row.case, at)?;
            #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
            let duration = row.duration_ms.map(|ms| (ms * 1_000.0).round() as i64);
            let status = status_number(row.status);
            result.execute(params![build, status, case, set, row.nth, duration, row.is_retried])?;
            let is_bad = matches!(row.status, TestStatus::Failed | TestStatus::Errored);
            if is_bad || row.is_retried || row.message.is_some() {
                let stack = row.stack.map(|stack| zstd::bulk::compress(stack.as_bytes(), LEVEL));
                let stack = stack.transpose().map_err(|error| damaged(&error))?;
                failure.execute(params![
                    case,
                    build,
                    set,
                    row.nth,
                    at.0,
                    status,
                    row.is_retried,
                    duration,
                    row.message,
                    stack
                ])?;
            }
        }
        Ok(())
    }

    /// What an entry told is taken back.
    pub fn take_back_sets(&self, entry: EntryId) -> Result<(), StoreError> {
        self.filing_done(entry)?;
        let builds = self.column(
            "select build
                   from test_set
                  where entry = ?1 and entry <> 0 and build is not null",
            entry.0,
        )?;
        self.transaction
            .prepare_cached(
                "update test_set set state = 'gone', is_counted = 0 where entry = ?1 and entry <> 0",
            )?
            .execute([entry.0])?;
        for build in builds {
            self.settle_tests(build)?;
        }
        Ok(())
    }

    /// A build goes: its sets are removed in pieces, later.
    pub fn orphan_sets(&self, build: i64) -> Result<(), StoreError> {
        self.mark_tests_around(build)?;
        for sql in [
            "update test_set set build = null, state = 'gone', is_counted = 0 where build = ?1",
            "delete from filing where build = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([build])?;
        }
        Ok(())
    }

    /// A build takes over the sets of another.
    pub fn move_sets(&self, winner: i64, loser: i64) -> Result<(), StoreError> {
        self.mark_tests_around(loser)?;
        for sql in [
            "update test_result
                set build = ?1
              where test_set in (select id from test_set where build = ?2)",
            "update test_failure
                set build = ?1
              where test_set in (select id from test_set where build = ?2)",
            "update test_set set build = ?1 where build = ?2",
            "update filing set build = ?1 where build = ?2",
        ] {
            self.transaction.prepare_cached(sql)?.execute(params![winner, loser])?;
        }
        self.rehome_tests(winner)?;
        self.settle_tests(winner)
    }

    /// What was being filled of these origins when the process ended is begun anew.
    pub fn drop_unfinished_sets(&self, origins: &[Origin]) -> Result<(), StoreError> {
        for origin in origins {
            self.transaction
                .prepare_cached(
                    "update test_set
                        set state = 'gone'
                      where state <> 'whole' and state = 'filling' and origin = ?1",
                )?
                .execute([origin.as_str()])?;
        }
        Ok(())
    }

    /// A set is given up before it is whole.
    pub fn drop_set(&self, set: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update test_set set state = 'gone' where id = ?1 and state = 'filling'",
            )?
            .execute([set])?;
        Ok(())
    }

    /// Remove a piece of what has no place any more. Returns whether there is more.
    pub fn sweep_sets(&self, rows: i64) -> Result<bool, StoreError> {
        let gone: Option<i64> = self
            .transaction
            .prepare_cached(
                "select id from test_set where state <> 'whole' and state = 'gone' order by id limit 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(set) = gone else { return Ok(false) };
        let mut removed = 0;
        for sql in [
            "delete from test_failure
              where (test_case, build, test_set, nth) in
                    (select test_case, build, test_set, nth
                       from test_failure indexed by test_failure_by_set
                      where test_set = ?1
                      limit ?2)",
            "delete from test_result
              where (build, status, test_case, test_set, nth) in
                    (select build, status, test_case, test_set, nth
                       from test_result indexed by test_result_by_set
                      where test_set = ?1
                      limit ?2)",
        ] {
            removed += self.transaction.prepare_cached(sql)?.execute(params![set, rows])?;
        }
        if removed == 0 {
            self.transaction
                .prepare_cached("delete from test_set where id = ?1")?
                .execute([set])?;
        }
        Ok(true)
    }
}

/// The whole sets of an origin: how what was asked for stood then, by their keys.
pub fn marks(
    connection: &Connection,
    build: i64,
    origin: Origin,
) -> Result<HashMap<String, String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, mark from test_set where build = ?1 and origin = ?2 and state = 'whole'",
    )?;
    let rows = statement
        .query_map(params![build, origin.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A stack trace as it was.
pub fn failure_text(packed: &[u8]) -> Result<String, StoreError> {
    let decoder = zstd::stream::read::Decoder::new(packed).map_err(|error| damaged(&error))?;
    let mut text = String::new();
    decoder.take(STACK_MAX).read_to_string(&mut text).map_err(|error| damaged(&error))?;
    Ok(text)
}

fn damaged(error: &std::io::Error) -> StoreError {
    StoreError::Row { table: "test_failure", what: error.to_string() }
}
