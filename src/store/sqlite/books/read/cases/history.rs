//! The history of tests: the builds of a pipeline that are looked back at, the sets of results in them,
//! and the results of some tests.
//!
//! There is no index from a test to its results. What failed is found by `test_failure`, what passed by
//! a look into each build; tests that stand side by side (those of one report do) share a look.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::pipelines::branch;
use crate::model::{BuildResult, ResultDetail, TestStatus, TestTotals, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::{status_number, status_of};

/// Builds with tests of a pipeline that are looked back at, the newest. Monitors look at 500 runs at
/// most, of some branches.
const BUILDS_MAX: i64 = 1_000;

/// Tests that nobody asked for and that a look passes over, before another look is cheaper.
const PASSED_OVER_MAX: i64 = 8;

/// A build that has tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedRow {
    pub id: i64,
    pub sort_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub branch: Option<String>,
    pub is_of_pull_request: bool,
    pub commit: Option<String>,
    pub result: Option<BuildResult>,
    pub detail: Option<ResultDetail>,
    /// JSON.
    pub totals: Option<String>,
    pub duration_ms: Option<i64>,
}

/// A set of results that counts in its build, or is an earlier try of one that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOf {
    pub id: i64,
    pub build: i64,
    pub slot: String,
    /// Which try of the job: its number, and where the provider counts none, the order of the tries.
    pub attempt: (i64, i64),
    /// The job, of one that the provider has retried: a try by itself.
    pub retried_job: Option<String>,
    pub totals: TestTotals,
    /// How its job ended, where that is known.
    pub job: Option<(Option<BuildResult>, Option<ResultDetail>)>,
}

/// What a pipeline is called, and its default branch where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    pub names: Vec<String>,
    pub default_branch: Option<String>,
    /// Builds of it tell branches.
    pub has_branches: bool,
}

/// A result of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub case: i64,
    pub build: i64,
    pub set: i64,
    pub nth: i64,
    pub status: TestStatus,
    pub is_retried: bool,
    pub duration_us: Option<i64>,
}

/// Pipeline 0 stands for builds that tell none.
fn row_of(pipeline: i64) -> Option<i64> {
    (pipeline != 0).then_some(pipeline)
}

pub fn called(connection: &Connection, pipeline: i64) -> Result<Called, StoreError> {
    let mut statement =
        connection.prepare_cached("select slug, name, key from pipeline where id = ?1")?;
    let mut rows = statement.query([pipeline])?;
    // Gone with its last build, or never there: builds that tell none.
    let Some(row) = rows.next()? else { return Ok(Called::default()) };
    let mut names = Vec::new();
    for column in 0..3 {
        names.extend(row.get::<_, Option<String>>(column)?);
    }
    let (branch, is_default) = branch(connection, pipeline)?;
    let has_branches = branch.is_some();
    Ok(Called { names, default_branch: branch.filter(|_| is_default), has_branches })
}

/// The builds of a pipeline that are looked back at, the newest first.
pub fn tested_builds(connection: &Connection, pipeline: i64) -> Result<Vec<TestedRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, sort_at, started_at, number, label, branch, pull_request is not null, commit_id,
                result, result_detail, tests, duration_ms
           from build indexed by build_with_tests
          where pipeline is ?1 and tests is not null
          order by sort_at desc
          limit ?2",
    )?;
    let rows = statement.query_map(params![row_of(pipeline), BUILDS_MAX], |row| {
        let word = |column| row.get::<_, Option<String>>(column);
        Ok(TestedRow {
            id: row.get(0)?,
            sort_at: Timestamp(row.get(1)?),
            started_at: row.get::<_, Option<i64>>(2)?.map(Timestamp),
            number: row.get(3)?,
            label: row.get(4)?,
            branch: row.get(5)?,
            is_of_pull_request: row.get(6)?,
            commit: row.get(7)?,
            result: word(8)?.as_deref().and_then(BuildResult::parse),
            detail: word(9)?.as_deref().and_then(ResultDetail::parse),
            totals: row.get(10)?,
            duration_ms: row.get(11)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The sets of those builds: of each build those of the origin that counts.
pub fn sets_since(
    connection: &Connection,
    pipeline: i64,
    since: Timestamp,
) -> Result<Vec<SetOf>, StoreError> {
    let of_pipeline = "build b indexed by build_with_tests
          cross join test_set s on s.build = b.id
          where b.pipeline is ?1 and b.tests is not null and b.sort_at >= ?2";
    sets_where(connection, of_pipeline, params![row_of(pipeline), since.0])
}

/// The sets of one build, of the origin that counts.
pub fn sets_of(connection: &Connection, build: i64) -> Result<Vec<SetOf>, StoreError> {
    let of_build = "build b cross join test_set s on s.build = b.id where b.id = ?1";
    sets_where(connection, of_build, params![build])
}

fn sets_where(
    connection: &Connection,
    builds: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<SetOf>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select s.id, s.build, s.slot, s.attempt, s.total, s.passed, s.failed, s.errored, s.skipped,
                s.turn, s.job_id
           from {builds} and s.state = 'whole'
            and s.origin = (select origin from test_set where build = b.id and is_counted limit 1)"
    ))?;
    let mut of_job = connection.prepare_cached(
        "select result, detail, superseded
           from step
          where build = ?1 and key in (?2, ?3) and kind = 'job'
          order by attempt = ?4 desc, attempt desc
          limit 1",
    )?;
    let count = |row: &rusqlite::Row<'_>, column| -> rusqlite::Result<u64> {
        Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
    };
    let rows = statement.query_map(params, |row| {
        let (build, slot): (i64, String) = (row.get(1)?, row.get(2)?);
        let attempt: (i64, i64) = (row.get(3)?, row.get(9)?);
        let id: Option<String> = row.get(10)?;
        let keys = [id.as_deref().unwrap_or_default(), &slot].map(|word| format!("job:{word}"));
        let told = of_job
            .query_row(params![build, keys[0], keys[1], attempt.0], |row| {
                let word = |column| row.get::<_, Option<String>>(column);
                let result = word(0)?.as_deref().and_then(BuildResult::parse);
                let detail = word(1)?.as_deref().and_then(ResultDetail::parse);
                Ok((result, detail, row.get::<_, bool>(2)?))
            })
            .optional()?;
        Ok(SetOf {
            id: row.get(0)?,
            build,
            slot,
            attempt,
            retried_job: id.filter(|_| told.is_some_and(|(_, _, is_retried)| is_retried)),
            job: told.map(|(result, detail, _)| (result, detail)),
            totals: TestTotals {
                total: count(row, 4)?,
                passed: count(row, 5)?,
                failed: count(row, 6)?,
                errored: count(row, 7)?,
                skipped: count(row, 8)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where tests failed, or passed on retry. `cases` are in order.
pub fn bad_hits(connection: &Connection, cases: &[i64]) -> Result<Vec<Hit>, StoreError> {
    let [skipped, passed] = [TestStatus::Skipped, TestStatus::Passed].map(status_number);
    hits(connection, &bad_sql(), params![looks(cases), skipped, passed], cases)
}

fn bad_sql() -> String {
    format!(
        "{LOOKS}
         select f.test_case, f.build, f.test_set, f.nth, f.status, f.is_retried, f.duration_us
           from look l
          cross join test_failure f on f.test_case between l.first and l.last
          where f.status <> ?2 and (f.status <> ?3 or f.is_retried)"
    )
}

/// Where tests passed at once in the builds of a pipeline since a time. `cases` are in order.
pub fn passes_since(
    connection: &Connection,
    pipeline: i64,
    since: Timestamp,
    cases: &[i64],
) -> Result<Vec<Hit>, StoreError> {
    let passed = status_number(TestStatus::Passed);
    let params = params![looks(cases), passed, row_of(pipeline), since.0];
    hits(connection, &passes_sql(), params, cases)
}

fn passes_sql() -> String {
    // The builds are read from their index alone. All looks into one build follow each other: its
    // results lie side by side, so each page of the file is read once.
    format!(
        "{LOOKS}
         select r.test_case, r.build, r.test_set, r.nth, r.status, r.is_retried, r.duration_us
           from build b indexed by build_with_tests
          cross join look l
          cross join test_result r
             on r.build = b.id and r.status = ?2 and r.test_case between l.first and l.last
          where b.pipeline is ?3 and b.tests is not null and b.sort_at >= ?4 and not r.is_retried"
    )
}

/// The first parameter as a table of looks.
const LOOKS: &str = "with look (first, last) as materialized (
             select value ->> 0, value ->> 1 from json_each(?1))";

/// What is found of these tests, which are in order.
fn hits(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    cases: &[i64],
) -> Result<Vec<Hit>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut hits = Vec::new();
    while let Some(row) = rows.next()? {
        let case = row.get(0)?;
        if cases.binary_search(&case).is_ok() {
            hits.push(Hit {
                case,
                build: row.get(1)?,
                set: row.get(2)?,
                nth: row.get(3)?,
                status: status_of(row.get(4)?)?,
                is_retried: row.get(5)?,
                duration_us: row.get(6)?,
            });
        }
    }
    Ok(hits)
}

/// Tests in order as spans that hold few others: a JSON list of pairs.
fn looks(cases: &[i64]) -> String {
    let pairs: Vec<String> =
        spans(cases).iter().map(|(first, last)| format!("[{first},{last}]")).collect();
    format!("[{}]", pairs.join(","))
}

fn spans(cases: &[i64]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for &case in cases {
        match spans.last_mut() {
            Some((_, last)) if case - *last <= PASSED_OVER_MAX => *last = case,
            _ => spans.push((case, case)),
        }
    }
    spans
}

/// What people call builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildName {
    pub public_id: String,
    pub number: Option<i64>,
    pub label: Option<String>,
}

/// What builds are called; those that are gone are left out.
pub fn build_names(
    connection: &Connection,
    builds: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, BuildName>, StoreError> {
    let mut statement =
        connection.prepare_cached("select public_id, number, label from build where id = ?1")?;
    let mut names = HashMap::new();
    for build in builds {
        if names.contains_key(&build) {
            continue;
        }
        let mut rows = statement.query([build])?;
        if let Some(row) = rows.next()? {
            let (public_id, number, label) = (row.get(0)?, row.get(1)?, row.get(2)?);
            names.insert(build, BuildName { public_id, number, label });
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;
    use crate::store::sqlite::books::Books;

    #[test]
    fn results_are_found_by_the_key_of_their_table() {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        for (sql, key) in [
            (bad_sql(), "f USING PRIMARY KEY (test_case>? AND test_case<?)"),
            (
                passes_sql(),
                "r USING PRIMARY KEY (build=? AND status=? AND test_case>? AND test_case<?)",
            ),
        ] {
            let plan = books.read(|connection| {
                let mut statement = connection.prepare(&format!("explain query plan {sql}"))?;
                let count = statement.parameter_count();
                let rows = statement
                    .query_map(params_from_iter(vec![0; count]), |row| row.get::<_, String>(3))?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?.join("\n"))
            });
            let plan = plan.unwrap();
            assert!(plan.contains(key), "{plan}");
        }
    }

    #[test]
    fn tests_that_stand_side_by_side_share_a_look() {
        assert_eq!(looks(&[]), "[]");
        assert_eq!(looks(&[7]), "[[7,7]]");
        assert_eq!(looks(&[1, 2, 3, 11, 20, 21]), "[[1,11],[20,21]]");
    }
}
