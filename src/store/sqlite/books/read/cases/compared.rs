//! The results of two builds, test by test.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::store::StoreError;

/// A counted result of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultOf {
    pub case: i64,
    pub set: i64,
    pub nth: i64,
    /// As it is stored: the worst first.
    pub status: i64,
    pub is_retried: bool,
    pub duration_us: Option<i64>,
}

/// All counted results of a build, by test, set and place within it.
pub fn results_of(connection: &Connection, build: i64) -> Result<Vec<ResultOf>, StoreError> {
    let mut counted =
        connection.prepare_cached("select id from test_set where build = ?1 and is_counted")?;
    let counted: Vec<i64> =
        counted.query_map([build], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(
        "select test_case, test_set, nth, status, is_retried, duration_us
           from test_result
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let set = row.get(1)?;
        if counted.contains(&set) {
            found.push(ResultOf {
                case: row.get(0)?,
                set,
                nth: row.get(2)?,
                status: row.get(3)?,
                is_retried: row.get(4)?,
                duration_us: row.get(5)?,
            });
        }
    }
    found.sort_unstable_by_key(|result| (result.case, result.set, result.nth));
    Ok(found)
}

/// Tests of two pipelines that are called the same: from those of `from` to those of `to`.
pub fn namesakes(
    connection: &Connection,
    from: i64,
    to: i64,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select here.id, there.id
           from test_case here
           join test_case there on there.pipeline = ?2 and there.digest = here.digest
          where here.pipeline = ?1",
    )?;
    let rows = statement.query_map([from, to], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How the bad tests of a pipeline are.
pub fn bad_statuses(
    connection: &Connection,
    pipeline: i64,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut statement = connection
        .prepare_cached("select test_case, status from test_status where pipeline = ?1")?;
    let rows = statement.query_map([pipeline], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The pipeline of a build, 0 where it tells none.
pub fn pipeline_of(connection: &Connection, build: i64) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("select coalesce(pipeline, 0) from build where id = ?1")?
        .query_row([build], |row| row.get(0))?)
}
