//! Tests that nobody has results of any more.

use rusqlite::Connection;

use super::cases::LAST_AT_MS;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// A test that nobody has results of any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoneCase {
    id: i64,
    last_at: i64,
}

impl Ledger<'_> {
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
    let rows = statement.query_map([limit, LAST_AT_MS], |row| {
        Ok(GoneCase { id: row.get(0)?, last_at: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
