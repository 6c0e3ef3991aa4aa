//! What is to be assessed of tests, what came out, and what people said of it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{By, Timestamp};
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

/// What came out of assessing a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    pub case: i64,
    /// The worst first.
    pub status: i64,
    pub since: Option<Timestamp>,
    /// JSON.
    pub alarms: String,
    /// JSON.
    pub figures: String,
}

/// Somebody marked a test fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    pub at: Timestamp,
    pub who_kind: String,
    pub who_name: Option<String>,
}

/// The settings of the monitors as somebody left them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedMonitors {
    /// JSON.
    pub monitors: String,
    pub updated_at: Timestamp,
    pub who_kind: String,
    pub who_name: Option<String>,
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

    /// Keep what came out of assessing a test, unless somebody has marked it fixed meanwhile: then it
    /// has been assessed since.
    pub fn keep_assessed(
        &self,
        pipeline: i64,
        assessed: &Assessed,
        fixed_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_status (test_case, pipeline, status, since, alarms, figures,
                        judged_at)
                 select ?1, ?2, ?3, ?4, ?5, ?6, ?7
                  where ?8 is (select max(at) from test_fixed where test_case = ?1)
                 on conflict (test_case) do update
                    set pipeline = excluded.pipeline, status = excluded.status,
                        since = excluded.since, alarms = excluded.alarms,
                        figures = excluded.figures, judged_at = excluded.judged_at",
            )?
            .execute(params![
                assessed.case,
                pipeline,
                assessed.status,
                assessed.since.map(|at| at.0),
                assessed.alarms,
                assessed.figures,
                now.0,
                fixed_at.map(|at| at.0)
            ])?;
        Ok(())
    }

    /// Nothing speaks against a test any more.
    pub fn forget_assessed(&self, case: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "delete from test_status
                  where test_case = ?1
                    and not exists (select 1 from test_fixed where test_case = ?1)",
            )?
            .execute([case])?;
        Ok(())
    }

    pub fn mark_fixed(&self, case: i64, by: &By) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_fixed (test_case, at, who_kind, who_name)
                 values (?1, ?2, ?3, ?4)
                 on conflict (test_case, at) do nothing",
            )?
            .execute(params![case, by.at.0, by.actor.kind(), by.actor.name()])?;
        Ok(())
    }

    /// Keep the settings of the monitors; all tests are assessed by them.
    pub fn save_monitors(&self, monitors: &str, by: &By) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into test_monitors (id, monitors, updated_at, who_kind, who_name)
                 values (1, ?1, ?2, ?3, ?4)
                 on conflict (id) do update
                    set monitors = excluded.monitors, updated_at = excluded.updated_at,
                        who_kind = excluded.who_kind, who_name = excluded.who_name",
            )?
            .execute(params![monitors, by.at.0, by.actor.kind(), by.actor.name()])?;
        self.mark_all_tests()
    }

    /// What is said of tests of one pipeline goes with them to another; of a test that is there
    /// already, what is said there stays.
    pub(in crate::store::sqlite::books) fn move_assessed(
        &self,
        gone: i64,
        stays: i64,
    ) -> Result<(), StoreError> {
        for sql in [
            "update or ignore test_fixed set test_case = ?2 where test_case = ?1",
            "delete from test_fixed where test_case = ?1 and ?2",
            "delete from test_status where test_case = ?1 and ?2",
        ] {
            self.transaction.prepare_cached(sql)?.execute([gone, stays])?;
        }
        Ok(())
    }

    /// The tests of a pipeline go, with all that is said of them: rows of theirs may be given anew.
    pub(in crate::store::sqlite::books) fn forget_cases_of(
        &self,
        pipeline: i64,
    ) -> Result<(), StoreError> {
        for sql in [
            "delete from test_fixed
              where test_case in (select id from test_case where pipeline = ?1)",
            "delete from test_status
              where test_case in (select id from test_case where pipeline = ?1)",
            "delete from test_mark where pipeline = ?1",
            "delete from test_case where pipeline = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([pipeline])?;
        }
        Ok(())
    }

    /// Remove tests that nobody has results of any more, unless something is on its way that may
    /// bring them back. Returns how many.
    pub fn forget_cases(&self, gone: &[GoneCase]) -> Result<usize, StoreError> {
        let is_settled: bool = self
            .transaction
            .prepare_cached(
                "select not exists (select 1
                                      from filing
                                     where kind = 'tests' and name is null)
                    and not exists (select 1 from replay)
                    and not exists (select 1
                                      from test_set
                                     where state <> 'whole' and state = 'filling')",
            )?
            .query_row([], |row| row.get(0))?;
        if !is_settled {
            return Ok(0);
        }
        let mut removed = 0;
        for case in gone {
            let is_gone = self
                .transaction
                .prepare_cached("delete from test_case where id = ?1 and last_at = ?2")?
                .execute([case.id, case.last_at])?
                > 0;
            if !is_gone {
                // It ran again meanwhile.
                continue;
            }
            for sql in [
                "delete from test_status where test_case = ?1",
                "delete from test_fixed where test_case = ?1",
            ] {
                self.transaction.prepare_cached(sql)?.execute([case.id])?;
            }
            removed += 1;
        }
        Ok(removed)
    }
}

/// A test that nobody has results of any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoneCase {
    id: i64,
    last_at: i64,
}

/// Tests that ran last before the oldest results that are kept of their pipeline.
pub fn gone_cases(connection: &Connection, limit: usize) -> Result<Vec<GoneCase>, StoreError> {
    let mut statement = connection.prepare_cached(
        "with oldest as materialized (
             select p.pipeline,
                    (select min(s.at)
                       from build b indexed by build_with_tests
                       join test_set s on s.build = b.id and s.state = 'whole'
                      where b.pipeline is nullif(p.pipeline, 0) and b.tests is not null) as at
               from (select distinct pipeline from test_case) p)
         select c.id, c.last_at
           from oldest o
           join test_case c indexed by test_case_by_pipeline on c.pipeline = o.pipeline
          where o.at is null or c.last_at + ?2 < o.at
          limit ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit, super::cases::LAST_AT_MS], |row| {
        Ok(GoneCase { id: row.get(0)?, last_at: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
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

/// What was made of a test, as it is kept.
pub fn assessed(connection: &Connection, case: i64) -> Result<Option<Assessed>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select status, since, alarms, figures from test_status where test_case = ?1",
        )?
        .query_row([case], |row| {
            Ok(Assessed {
                case,
                status: row.get(0)?,
                since: row.get::<_, Option<i64>>(1)?.map(Timestamp),
                alarms: row.get(2)?,
                figures: row.get(3)?,
            })
        })
        .optional()?)
}

/// When a test was marked fixed, oldest first.
pub fn fixed(connection: &Connection, case: i64) -> Result<Vec<Fixed>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select at, who_kind, who_name from test_fixed where test_case = ?1 order by at",
    )?;
    let rows = statement.query_map([case], |row| {
        Ok(Fixed { at: Timestamp(row.get(0)?), who_kind: row.get(1)?, who_name: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn saved_monitors(connection: &Connection) -> Result<Option<SavedMonitors>, StoreError> {
    Ok(connection
        .prepare_cached("select monitors, updated_at, who_kind, who_name from test_monitors")?
        .query_row([], |row| {
            Ok(SavedMonitors {
                monitors: row.get(0)?,
                updated_at: Timestamp(row.get(1)?),
                who_kind: row.get(2)?,
                who_name: row.get(3)?,
            })
        })
        .optional()?)
}
