//! The results of two builds, test by test.

use std::collections::HashMap;

use rusqlite::Connection;

use super::history::Hit;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::status_of;

/// All results of a build, also those of sets that do not count.
pub fn results_of(connection: &Connection, build: i64) -> Result<Vec<Hit>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select test_case, test_set, nth, status, is_retried, duration_us
           from test_result
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Hit {
            case: row.get(0)?,
            build,
            set: row.get(1)?,
            nth: row.get(2)?,
            status: status_of(row.get(3)?)?,
            is_retried: row.get(4)?,
            duration_us: row.get(5)?,
        });
    }
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
