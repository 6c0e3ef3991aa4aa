//! What is to be assessed of tests: marks, set by whatever changes results, and what they are about.

use rusqlite::{Connection, params};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// The build of a mark that stands for all tests of its pipeline.
const ALL: i64 = 0;

/// Results of a build have changed, or all that is known of a pipeline's tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub build: Option<i64>,
    wanted: i64,
}

impl Ledger<'_> {
    /// What is known of the tests of a build has changed.
    pub fn mark_tests(&self, build: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_mark (pipeline, build)
                 select coalesce(pipeline, 0), id
                   from build
                  where id = ?1
                 on conflict (pipeline, build) do update set wanted = wanted + 1",
            )?
            .execute([build])?;
        Ok(())
    }

    /// A job of a build is told of: how it ended may say that its tests say nothing. In builds that ended
    /// well none did.
    pub fn mark_tests_by_job(&self, build: i64) -> Result<(), StoreError> {
        let matters = self
            .transaction
            .prepare_cached(
                "select 1
                   from build
                  where id = ?1 and tests is not null and result is not 'success'",
            )?
            .exists([build])?;
        if matters { self.mark_tests(build) } else { Ok(()) }
    }

    /// The build with its tests goes, or to another pipeline: what is left there is looked at anew.
    pub fn mark_tests_around(&self, build: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_mark (pipeline, build)
                 select coalesce(pipeline, 0), ?2
                   from build
                  where id = ?1 and tests is not null
                 on conflict (pipeline, build) do update set wanted = wanted + 1",
            )?
            .execute([build, ALL])?;
        Ok(())
    }

    /// All tests of a pipeline are to be assessed anew.
    pub fn mark_pipeline(&self, pipeline: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_mark (pipeline, build)
                 select pipeline, ?2
                   from test_case
                  where pipeline = ?1
                  limit 1
                 on conflict (pipeline, build) do update set wanted = wanted + 1",
            )?
            .execute([pipeline, ALL])?;
        Ok(())
    }

    /// All there are.
    pub fn mark_all_tests(&self) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_mark (pipeline, build)
                 select distinct pipeline, ?1
                   from test_case
                  where true
                 on conflict (pipeline, build) do update set wanted = wanted + 1",
            )?
            .execute([ALL])?;
        Ok(())
    }

    /// A pipeline was assessed, as far as these marks wanted it.
    pub fn unmark_tests(&self, pipeline: i64, marks: &[Mark]) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "delete from test_mark where pipeline = ?1 and build = ?2 and wanted = ?3",
        )?;
        for mark in marks {
            statement.execute(params![pipeline, mark.build.unwrap_or(ALL), mark.wanted])?;
        }
        Ok(())
    }
}

/// The first pipeline after one, in the order of rows, that is to be assessed; after the last one the
/// first again.
pub fn marked_pipeline(connection: &Connection, after: i64) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select coalesce((select min(pipeline) from test_mark where pipeline > ?1),
                             (select min(pipeline) from test_mark))",
        )?
        .query_row([after], |row| row.get(0))?)
}

/// How many pipelines are still to be assessed.
pub fn marked_pipelines(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("select count(distinct pipeline) from test_mark")?
        .query_row([], |row| row.get(0))?)
}

pub fn marks(connection: &Connection, pipeline: i64) -> Result<Vec<Mark>, StoreError> {
    let mut statement =
        connection.prepare_cached("select build, wanted from test_mark where pipeline = ?1")?;
    let rows = statement.query_map([pipeline], |row| {
        let build: i64 = row.get(0)?;
        Ok(Mark { build: (build != ALL).then_some(build), wanted: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The tests that marks are about, in order: those that something spoke against so far, and those that
/// something may speak against now.
pub fn marked_cases(
    connection: &Connection,
    pipeline: i64,
    marks: &[Mark],
) -> Result<Vec<i64>, StoreError> {
    let mut cases: Vec<i64> = Vec::new();
    let mut gather = |sql: &str, of: i64| -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([of])?;
        while let Some(row) = rows.next()? {
            cases.push(row.get(0)?);
        }
        Ok(())
    };
    gather("select test_case from test_status where pipeline = ?1", pipeline)?;
    for mark in marks {
        match mark.build {
            Some(build) => gather(
                "select f.test_case
                   from test_set s
                   join test_failure f indexed by test_failure_by_set on f.test_set = s.id
                  where s.build = ?1",
                build,
            )?,
            None => gather(
                "select c.id
                   from test_case c indexed by test_case_by_pipeline
                  where c.pipeline = ?1
                    and exists (select 1 from test_failure where test_case = c.id)",
                pipeline,
            )?,
        }
    }
    cases.sort_unstable();
    cases.dedup();
    Ok(cases)
}

/// Tests of one pipeline that were bad when they were judged last, before a time: waiting may have
/// mended them.
pub fn due_cases(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<Option<(i64, Vec<i64>)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select pipeline, test_case
           from test_status indexed by test_status_bad
          where status < 3 and judged_at <= ?1
          order by judged_at
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([before.0, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    let Some((pipeline, _)) = rows.first().copied() else { return Ok(None) };
    let of_it = rows.into_iter().filter(|(of, _)| *of == pipeline).map(|(_, case)| case);
    let mut cases: Vec<i64> = of_it.collect();
    cases.sort_unstable();
    Ok(Some((pipeline, cases)))
}
