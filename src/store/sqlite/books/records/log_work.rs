//! Logs as work: which are to be fetched, and what became of it.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::damaged;
use crate::model::{AspectState, ErrandKind, StepRef, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// A log that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLog {
    /// The step it is the log of.
    pub step: StepRef,
    /// The provider's own key of it within the build.
    pub provider_key: String,
}

/// A log that is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedLog {
    pub lines: i64,
    pub bytes: i64,
    pub stored_bytes: i64,
    pub errors: i64,
    pub warnings: i64,
    pub is_complete: bool,
    /// What was left out, as a sentence.
    pub cut: Option<String>,
    /// `[step key, attempt, first line, lines]`, as JSON.
    pub parts: Option<String>,
    /// Name of its file.
    pub file: String,
}

/// A log as asking sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWork {
    pub id: i64,
    pub public_id: String,
    pub step: StepRef,
    pub state: AspectState,
    pub is_complete: bool,
    pub file: Option<String>,
}

/// How the logs of a build stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogTotals {
    pub total: i64,
    pub pending: i64,
    pub done: i64,
    pub unavailable: i64,
    pub failed: i64,
}

/// The address of a log, which follows from its build's and from what the provider calls it.
#[must_use]
pub fn log_public_id(build: &str, provider_key: &str) -> String {
    const NAMESPACE: Uuid = Uuid::from_u128(0x6372_6565_6c5f_4b6c_8f67_5f69_645f_5f5f);
    Uuid::new_v5(&NAMESPACE, format!("{build}\u{1f}{provider_key}").as_bytes()).to_string()
}

impl Ledger<'_> {
    /// Plan a log. Tells whether it has to be fetched: what is here, or cannot be had, is not.
    pub fn plan_log(
        &self,
        build: i64,
        public_id: &str,
        log: &PlannedLog,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.transaction
            .prepare_cached(
                "insert into log (public_id, build, step, attempt, provider_key, state, at)
                 values (?1, ?2, ?3, ?4, ?5, 'pending', ?6)
                 on conflict (build, provider_key) do update
                    set step = excluded.step, attempt = excluded.attempt",
            )?
            .execute(params![
                log_public_id(public_id, &log.provider_key),
                build,
                log.step.key,
                log.step.attempt,
                log.provider_key,
                at.0,
            ])?;
        let found = log_work(self.transaction, build, &log.provider_key)?;
        Ok(found.is_some_and(|log| match log.state {
            AspectState::Pending | AspectState::Failed => true,
            AspectState::Done => !log.is_complete,
            AspectState::Unavailable => false,
        }))
    }

    /// Let the addresses of a build's logs follow from its own, whatever that was when they came.
    pub(super) fn settle_log_ids(&self, build: i64, public_id: &str) -> Result<(), StoreError> {
        let mut logs = self
            .transaction
            .prepare_cached("select id, provider_key, public_id from log where build = ?1")?;
        let logs: Vec<(i64, String, String)> = logs
            .query_map([build], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (log, key, held) in logs {
            let settled = log_public_id(public_id, &key);
            if held != settled {
                self.transaction
                    .prepare_cached("update log set public_id = ?2 where id = ?1")?
                    .execute(params![log, settled])?;
            }
        }
        Ok(())
    }

    pub fn log_work(&self, build: i64, provider_key: &str) -> Result<Option<LogWork>, StoreError> {
        log_work(self.transaction, build, provider_key)
    }

    /// A log is here; returns the file that it takes the place of, which is nobody's any more.
    pub fn log_fetched(
        &self,
        log: i64,
        fetched: &FetchedLog,
        at: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let before: Option<String> = self
            .transaction
            .prepare_cached("select file from log where id = ?1")?
            .query_row([log], |row| row.get(0))?;
        self.transaction
            .prepare_cached(
                "update log
                    set state = 'done', code = null, reason = null, lines = ?2, bytes = ?3,
                        stored_bytes = ?4, errors = ?5, warnings = ?6, is_complete = ?7, cut = ?8,
                        parts = ?9, at = ?10, file = ?11
                  where id = ?1",
            )?
            .execute(params![
                log,
                fetched.lines,
                fetched.bytes,
                fetched.stored_bytes,
                fetched.errors,
                fetched.warnings,
                fetched.is_complete,
                fetched.cut,
                fetched.parts,
                at.0,
                fetched.file,
            ])?;
        Ok(before.filter(|file| *file != fetched.file))
    }

    /// A log is not here, and why. What is here of it already stays; where its end is not to be had,
    /// that is said.
    pub fn log_missing(
        &self,
        log: i64,
        state: AspectState,
        code: &str,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if state != AspectState::Pending {
            self.transaction
                .prepare_cached(
                    "update log
                        set cut = 'its end is missing: ' || ?2, at = ?3
                      where id = ?1 and file is not null and not is_complete and cut is null",
                )?
                .execute(params![log, reason, at.0])?;
        }
        self.transaction
            .prepare_cached(
                "update log
                    set state = ?2, code = ?3, reason = ?4, at = ?5
                  where id = ?1 and file is null",
            )?
            .execute(params![log, state.as_str(), code, reason, at.0])?;
        Ok(())
    }

    /// Logs that were to be fetched once somebody reads them, and that nobody has read: those that are
    /// to be fetched by now have an errand.
    pub fn forget_unread_logs(&self, build: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "delete from log
                  where build = ?1 and state = 'pending' and file is null
                    and not exists (select 1
                                      from errand
                                     where errand.build = log.build and errand.kind = ?2
                                       and errand.what = log.provider_key)",
            )?
            .execute(params![build, ErrandKind::Log.as_str()])?;
        Ok(())
    }

    /// The logs of steps whose lines stand in another log as well; returns their files, which are
    /// nobody's any more.
    pub fn forget_logs_of(&self, build: i64, steps: &[StepRef]) -> Result<Vec<String>, StoreError> {
        let mut forget = self.transaction.prepare_cached(
            "delete from log
              where build = ?1 and step = ?2 and attempt = ?3
             returning provider_key, file",
        )?;
        let mut errand = self
            .transaction
            .prepare_cached("delete from errand where build = ?1 and kind = ?2 and what = ?3")?;
        let mut files = Vec::new();
        for step in steps {
            let gone = forget.query_map(params![build, step.key, step.attempt], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
            })?;
            for (key, file) in gone.collect::<Result<Vec<_>, _>>()? {
                errand.execute(params![build, ErrandKind::Log.as_str(), key])?;
                files.extend(file);
            }
        }
        Ok(files)
    }

    pub fn log_totals(&self, build: i64) -> Result<LogTotals, StoreError> {
        log_totals(self.transaction, build)
    }

    /// Why some log of a build is not here: the code and the sentence that most of them have.
    pub fn log_trouble(
        &self,
        build: i64,
        state: AspectState,
    ) -> Result<Option<(String, String)>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select code, reason
                   from log
                  where build = ?1 and state = ?2 and code is not null and reason is not null
                  group by code, reason
                  order by count(*) desc, code
                  limit 1",
            )?
            .query_row(params![build, state.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }
}

/// A log, by what the provider calls it.
pub fn log_work(
    connection: &Connection,
    build: i64,
    provider_key: &str,
) -> Result<Option<LogWork>, StoreError> {
    let found = connection
        .prepare_cached(
            "select id, public_id, step, attempt, state, is_complete, file
               from log
              where build = ?1 and provider_key = ?2",
        )?
        .query_row(params![build, provider_key], |row| {
            let state: String = row.get(4)?;
            let log = LogWork {
                id: row.get(0)?,
                public_id: row.get(1)?,
                step: StepRef { key: row.get(2)?, attempt: row.get(3)? },
                state: AspectState::Pending,
                is_complete: row.get(5)?,
                file: row.get(6)?,
            };
            Ok((state, log))
        })
        .optional()?;
    let Some((state, log)) = found else { return Ok(None) };
    let state = AspectState::parse(&state).ok_or_else(|| damaged("log", &state))?;
    Ok(Some(LogWork { state, ..log }))
}

/// How the logs of a build stand.
pub fn log_totals(connection: &Connection, build: i64) -> Result<LogTotals, StoreError> {
    Ok(connection
        .prepare_cached(
            "select count(*),
                    count(*) filter (where state = 'pending'
                                        or state = 'done' and not is_complete and cut is null),
                    count(*) filter (where state = 'done'
                                       and (is_complete or cut is not null)),
                    count(*) filter (where state = 'unavailable'),
                    count(*) filter (where state = 'failed')
               from log
              where build = ?1",
        )?
        .query_row([build], |row| {
            Ok(LogTotals {
                total: row.get(0)?,
                pending: row.get(1)?,
                done: row.get(2)?,
                unavailable: row.get(3)?,
                failed: row.get(4)?,
            })
        })?)
}
