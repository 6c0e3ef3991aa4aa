//! The runs of one test, newest first, and what it said when it failed.

use rusqlite::{Connection, params};

use super::super::{EXAMINED_MAX, Page};
use crate::model::{BuildResult, BuildState, TestStatus, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::{failure_text, status_of};

/// Failures whose messages are counted, the newest.
const MESSAGES_OF_MAX: i64 = 500;

/// A result of a test, with its build.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    pub place: RunPlace,
    pub build_public_id: String,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub started_at: Option<Timestamp>,
    pub pull_request: Option<i64>,
    pub status: TestStatus,
    pub is_retried: bool,
    pub is_counted: bool,
    pub duration_ms: Option<f64>,
    pub attempt: i64,
    pub agent: Option<String>,
    pub job: Option<String>,
    pub message: Option<String>,
    pub stack: Option<String>,
}

/// Place of a result: that of its build, then its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunPlace {
    pub sort_at: i64,
    pub build: i64,
    pub set: i64,
    pub nth: i64,
    pub status: i64,
}

/// One page of the results of a test, newest first: also skipped ones, and those of tries that
/// another took the place of.
pub fn runs(
    connection: &Connection,
    (case, pipeline): (i64, i64),
    branch: Option<&str>,
    after: Option<RunPlace>,
    limit: usize,
) -> Result<Page<RunRow, RunPlace>, StoreError> {
    let last = RunPlace { sort_at: i64::MAX, build: i64::MAX, set: 0, nth: 0, status: 0 };
    let mut place = after.unwrap_or(last);
    let mut builds = connection.prepare_cached(
        "select id, sort_at, branch
           from build indexed by build_with_tests
          where pipeline is nullif(?1, 0) and tests is not null and sort_at <= ?2
          order by sort_at desc, id desc",
    )?;
    let mut rows = builds.query(params![pipeline, place.sort_at])?;
    let (mut items, mut examined) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (build, sort_at): (i64, i64) = (row.get(0)?, row.get(1)?);
        if sort_at == place.sort_at && build > place.build {
            continue;
        }
        if examined == EXAMINED_MAX {
            return Ok(Page { items, next: Some(place) });
        }
        examined += 1;
        if let Some(wanted) = branch
            && row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)? != Some(wanted)
        {
            place = behind(sort_at, build);
            continue;
        }
        for run in of_build(connection, case, (build, sort_at))? {
            // Within one build in the order in which sets came.
            let is_before = after.is_some_and(|after| {
                (run.place.sort_at, run.place.build) == (after.sort_at, after.build)
                    && (run.place.set, run.place.nth, run.place.status)
                        <= (after.set, after.nth, after.status)
            });
            if is_before {
                continue;
            }
            if items.len() == limit {
                return Ok(Page { items, next: Some(place) });
            }
            place = run.place;
            items.push(run);
        }
        if (place.sort_at, place.build) != (sort_at, build) {
            // Nothing of it: the next page goes on behind it.
            place = behind(sort_at, build);
        }
    }
    Ok(Page { items, next: None })
}

/// Where the next page goes on, once all of a build was looked at.
fn behind(sort_at: i64, build: i64) -> RunPlace {
    RunPlace { sort_at, build, set: i64::MAX, nth: i64::MAX, status: i64::MAX }
}

fn of_build(
    connection: &Connection,
    case: i64,
    (build, sort_at): (i64, i64),
) -> Result<Vec<RunRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select r.test_set, r.nth, r.status, r.is_retried, s.is_counted, r.duration_us, s.attempt,
                s.agent, s.job, f.message, f.stack, b.public_id, b.number, b.label, b.branch,
                b.commit_id, b.state, b.result, b.started_at, b.pull_request
           from test_result r
           join test_set s on s.id = r.test_set and s.build = r.build and s.state = 'whole'
           join build b on b.id = r.build
           left join test_failure f
             on f.test_case = r.test_case and f.build = r.build and f.test_set = r.test_set
            and f.nth = r.nth
          where r.build = ?1 and r.status in (0, 1, 2, 3) and r.test_case = ?2
            and s.origin = (select origin from test_set where build = ?1 and is_counted limit 1)
          order by r.test_set, r.nth, r.status",
    )?;
    let mut rows = statement.query([build, case])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let status: i64 = row.get(2)?;
        let state: String = row.get(16)?;
        let result: Option<String> = row.get(17)?;
        let stack: Option<Vec<u8>> = row.get(10)?;
        let duration: Option<i64> = row.get(5)?;
        let damaged = |what| StoreError::Row { table: "build", what };
        found.push(RunRow {
            place: RunPlace { sort_at, build, set: row.get(0)?, nth: row.get(1)?, status },
            status: status_of(status)?,
            is_retried: row.get(3)?,
            is_counted: row.get(4)?,
            duration_ms: duration.map(|duration| duration as f64 / 1_000.0),
            attempt: row.get(6)?,
            agent: row.get(7)?,
            job: row.get(8)?,
            message: row.get(9)?,
            stack: stack.map(|stack| failure_text(&stack)).transpose()?,
            build_public_id: row.get(11)?,
            number: row.get(12)?,
            label: row.get(13)?,
            branch: row.get(14)?,
            commit: row.get(15)?,
            state: BuildState::parse(&state).ok_or_else(|| damaged(format!("state `{state}`")))?,
            result: result.as_deref().and_then(BuildResult::parse),
            started_at: row.get::<_, Option<i64>>(18)?.map(Timestamp),
            pull_request: row.get(19)?,
        });
    }
    Ok(found)
}

/// What a test said in its newest failures: message, build and time.
pub fn messages(
    connection: &Connection,
    case: i64,
) -> Result<Vec<(String, i64, Timestamp)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select f.message, f.build, b.sort_at
           from test_failure f
           join test_set s on s.id = f.test_set and s.is_counted
           join build b on b.id = f.build
          where f.test_case = ?1 and f.message is not null
            and f.status <> 2 and (f.status <> 3 or f.is_retried)
          order by b.sort_at desc
          limit ?2",
    )?;
    let rows = statement.query_map([case, MESSAGES_OF_MAX], |row| {
        Ok((row.get(0)?, row.get(1)?, Timestamp(row.get(2)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
