//! Tests of a build: results page by page, the sets they came in.

mod sorted;

use rusqlite::{Connection, Row, params};

use super::{Page, holds, text};
use crate::model::{TestStatus, TestTotals, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::{Origin, failure_text, status_number, status_of};

/// Results that are looked at for one page of a search. Each costs more than a build does: its names, and
/// what it said, stand elsewhere.
const LOOKED_AT_MAX: usize = 8_000;

/// Which results of a build are wanted.
#[derive(Debug, Clone, Default)]
pub struct ResultFilter {
    pub status: Option<TestStatus>,
    /// A part of suite, class or name.
    pub text: Option<String>,
    /// Name of their job.
    pub job: Option<String>,
    /// Public id of the only test that is wanted.
    pub case: Option<String>,
    /// Those of tries that another took the place of, too.
    pub all_attempts: bool,
}

impl ResultFilter {
    /// A condition on results `r`, by the number that the parameter [`Self::case`] has. Of one test
    /// each of the four outcomes is looked into: the primary key leads there.
    fn is_case(&self, number: usize) -> String {
        match self.case {
            Some(_) => format!(
                "r.status in (0, 1, 2, 3)
                 and r.test_case = (select id from test_case where public_id = ?{number})"
            ),
            None => format!("?{number} is null"),
        }
    }
}

/// In which order results are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The worst first, then as the tests were first met.
    #[default]
    Outcome,
    /// The longest first.
    Duration,
    Name,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Outcome, Self::Duration, Self::Name];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Duration => "duration",
            Self::Name => "name",
        }
    }
}

/// Place of a result: the worst first, then as the tests were first met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultPlace {
    pub status: i64,
    pub case: i64,
    pub set: i64,
    pub nth: i64,
}

/// A result of a build.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    pub place: ResultPlace,
    pub case_id: String,
    pub suite: Option<String>,
    pub class: Option<String>,
    pub name: String,
    pub variant: Option<String>,
    pub status: TestStatus,
    pub duration_ms: Option<f64>,
    pub is_retried: bool,
    pub message: Option<String>,
    pub stack: Option<String>,
    pub job: Option<String>,
    pub agent: Option<String>,
    /// Of the job.
    pub attempt: i64,
    /// How the test is; `None`: nothing speaks against it.
    pub case_status: Option<i64>,
}

/// A set of results.
#[derive(Debug, Clone, PartialEq)]
pub struct SetRow {
    pub id: i64,
    pub origin: Origin,
    pub name: Option<String>,
    pub job: Option<String>,
    pub attempt: i64,
    pub variant: Option<String>,
    pub agent: Option<String>,
    pub at: Timestamp,
    pub is_counted: bool,
    pub totals: TestTotals,
    pub retried: i64,
    pub duration_ms: Option<f64>,
    /// JSON.
    pub files: String,
}

/// What of a result is read, whatever the order.
const COLUMNS: &str = "r.status, r.test_case, r.test_set, r.nth, r.duration_us, r.is_retried,
                c.public_id, c.suite, c.class, c.name, c.variant,
                s.job, s.agent, s.attempt, f.message, f.stack, a.status";

/// What it is read from, by the letters of [`COLUMNS`].
const TABLES: &str = "test_result r
           join test_set s on s.id = r.test_set and s.build = r.build and s.state = 'whole'
           join test_case c on c.id = r.test_case
           left join test_status a on a.test_case = r.test_case
           left join test_failure f
             on f.test_case = r.test_case and f.build = r.build and f.test_set = r.test_set
            and f.nth = r.nth";

/// One page of a build's results.
pub fn results(
    connection: &Connection,
    build: i64,
    filter: &ResultFilter,
    (sort, after): (Sort, Option<ResultPlace>),
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let lower = filter.text.as_ref().map(|text| text.to_lowercase());
    match sort {
        Sort::Outcome => by_outcome(connection, build, (filter, lower.as_deref()), after, limit),
        Sort::Duration => {
            sorted::by_duration(connection, build, (filter, lower.as_deref()), after, limit)
        }
        Sort::Name => sorted::by_name(connection, build, (filter, lower.as_deref()), after, limit),
    }
}

fn by_outcome(
    connection: &Connection,
    build: i64,
    (filter, lower): (&ResultFilter, Option<&str>),
    after: Option<ResultPlace>,
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let after = after.unwrap_or(ResultPlace { status: -1, case: 0, set: 0, nth: 0 });
    let mut statement = connection.prepare_cached(&format!(
        "select {COLUMNS}
           from {TABLES}
          where r.build = ?1
            and (r.status, r.test_case, r.test_set, r.nth) > (?2, ?3, ?4, ?5)
            and (?6 is null or r.status = ?6)
            and (s.is_counted or ?7)
            and (?8 is null or s.job = ?8)
            and {}
          order by r.status, r.test_case, r.test_set, r.nth",
        filter.is_case(9)
    ))?;
    let status = filter.status.map(status_number);
    let mut rows = statement.query(params![
        build,
        after.status,
        after.case,
        after.set,
        after.nth,
        status,
        filter.all_attempts,
        filter.job,
        filter.case
    ])?;
    let (mut items, mut examined) = (Vec::new(), 0);
    let mut last = None;
    while let Some(row) = rows.next()? {
        let place = place_of(row)?;
        if items.len() == limit || examined == LOOKED_AT_MAX {
            return Ok(Page { items, next: last });
        }
        examined += 1;
        last = Some(place);
        if holds_word(row, [7, 8, 9], lower)? {
            items.push(result_from_row(row)?);
        }
    }
    Ok(Page { items, next: None })
}

fn place_of(row: &Row<'_>) -> Result<ResultPlace, StoreError> {
    Ok(ResultPlace { status: row.get(0)?, case: row.get(1)?, set: row.get(2)?, nth: row.get(3)? })
}

/// Whether suite, class or name hold a word.
fn holds_word(row: &Row<'_>, columns: [usize; 3], lower: Option<&str>) -> Result<bool, StoreError> {
    let Some(lower) = lower else { return Ok(true) };
    for column in columns {
        if holds(text(row, column)?, lower) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn result_from_row(row: &Row<'_>) -> Result<ResultRow, StoreError> {
    let place = place_of(row)?;
    let stack: Option<Vec<u8>> = row.get(15)?;
    let duration: Option<i64> = row.get(4)?;
    Ok(ResultRow {
        place,
        case_id: row.get(6)?,
        suite: row.get(7)?,
        class: row.get(8)?,
        name: row.get(9)?,
        variant: row.get(10)?,
        status: status_of(place.status)?,
        duration_ms: duration.map(|duration| duration as f64 / 1_000.0),
        is_retried: row.get(5)?,
        message: row.get(14)?,
        stack: stack.map(|stack| failure_text(&stack)).transpose()?,
        job: row.get(11)?,
        agent: row.get(12)?,
        attempt: row.get(13)?,
        case_status: row.get(16)?,
    })
}

/// The sets of a build: those that count first, then as they were told.
pub fn sets(connection: &Connection, build: i64) -> Result<Vec<SetRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, origin, name, job, attempt, variant, agent, at, is_counted, total, passed,
                failed, errored, skipped, retried, duration_ms, files
           from test_set
          where build = ?1 and state = 'whole'
          order by is_counted desc, id",
    )?;
    let count = |row: &Row<'_>, column| -> rusqlite::Result<u64> {
        Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
    };
    let rows = statement.query_map([build], |row| {
        let origin: String = row.get(1)?;
        Ok(SetRow {
            id: row.get(0)?,
            // The schema knows no other words.
            origin: Origin::parse(&origin).unwrap_or(Origin::Report),
            name: row.get(2)?,
            job: row.get(3)?,
            attempt: row.get(4)?,
            variant: row.get(5)?,
            agent: row.get(6)?,
            at: Timestamp(row.get(7)?),
            is_counted: row.get(8)?,
            totals: TestTotals {
                total: count(row, 9)?,
                passed: count(row, 10)?,
                failed: count(row, 11)?,
                errored: count(row, 12)?,
                skipped: count(row, 13)?,
            },
            retried: row.get(14)?,
            duration_ms: row.get(15)?,
            files: row.get(16)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
