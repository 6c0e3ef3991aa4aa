//! What came out of assessing tests, what people said of them, and the settings that it is done by.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{By, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

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
                "insert into test_status (test_case, pipeline, name, status, since, alarms,
                        figures, judged_at)
                 select id, ?2, name, ?3, ?4, ?5, ?6, ?7
                   from test_case
                  where id = ?1
                    and ?8 is (select max(at) from test_fixed where test_case = ?1)
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
