//! Rows of steps.

use rusqlite::{Connection, OptionalExtension, params};

use super::{damaged, from_json, to_json};
use crate::model::{
    BuildResult, BuildState, ResultDetail, Step, StepFold, StepKind, StepLine, StepRef, Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

impl Ledger<'_> {
    pub fn open_step(&self, build: i64, step: &StepRef) -> Result<Option<StepFold>, StoreError> {
        let fold: Option<String> = self
            .transaction
            .prepare_cached(
                "select fold
                   from step
                  where build = ?1 and key = ?2 and attempt = ?3",
            )?
            .query_row(params![build, step.key, step.attempt], |row| row.get(0))
            .optional()?;
        fold.map(|text| from_json("step", &text)).transpose()
    }

    pub fn save_step(&self, build: i64, step: &StepRef, fold: &StepFold) -> Result<(), StoreError> {
        let record = fold.record();
        self.transaction
            .prepare_cached(
                "insert into step (build, key, attempt, kind, state, result, detail, soft_failed,
                        superseded, retry_of, fold, agent, queue, queued_at, started_at,
                        finished_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 on conflict (build, key, attempt) do update
                    set kind = excluded.kind, state = excluded.state, result = excluded.result,
                        detail = excluded.detail, soft_failed = excluded.soft_failed,
                        superseded = excluded.superseded, retry_of = excluded.retry_of,
                        fold = excluded.fold, agent = excluded.agent, queue = excluded.queue,
                        queued_at = excluded.queued_at, started_at = excluded.started_at,
                        finished_at = excluded.finished_at",
            )?
            .execute(params![
                build,
                step.key,
                step.attempt,
                record.kind.as_str(),
                record.state.as_str(),
                record.result.map(BuildResult::as_str),
                record.detail.map(ResultDetail::as_str),
                record.soft_failed,
                record.superseded,
                record.retry_of,
                to_json(fold)?,
                record.agent,
                record.queue,
                record.queued_at.map(|at| at.0),
                record.started_at.map(|at| at.0),
                record.finished_at.map(|at| at.0),
            ])?;
        Ok(())
    }

    pub fn delete_steps(&self, build: i64) -> Result<(), StoreError> {
        self.transaction.prepare_cached("delete from step where build = ?1")?.execute([build])?;
        Ok(())
    }

    pub fn is_step_over(&self, build: i64, step: &StepRef) -> Result<bool, StoreError> {
        is_step_over(self.transaction, build, step)
    }

    pub fn step_lines(&self, build: i64) -> Result<Vec<StepLine>, StoreError> {
        step_lines(self.transaction, build)
    }
}

/// Whether a step has ended, as far as is known. One that nobody knows has.
pub fn is_step_over(
    connection: &Connection,
    build: i64,
    step: &StepRef,
) -> Result<bool, StoreError> {
    let state: Option<String> = connection
        .prepare_cached(
            "select state
               from step
              where build = ?1 and key = ?2 and attempt = ?3",
        )?
        .query_row(params![build, step.key, step.attempt], |row| row.get(0))
        .optional()?;
    Ok(state.is_none_or(|state| state == BuildState::Finished.as_str()))
}

/// What a build wants to know of its steps.
pub fn step_lines(connection: &Connection, build: i64) -> Result<Vec<StepLine>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, attempt, kind, state, result, detail, soft_failed, superseded, retry_of,
                finished_at
           from step
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(2)?;
        let state: String = row.get(3)?;
        lines.push(StepLine {
            step: StepRef { key: row.get(0)?, attempt: row.get(1)? },
            kind: StepKind::parse(&kind).ok_or_else(|| damaged("step", &kind))?,
            state: BuildState::parse(&state).ok_or_else(|| damaged("step", &state))?,
            result: row.get::<_, Option<String>>(4)?.as_deref().and_then(BuildResult::parse),
            detail: row.get::<_, Option<String>>(5)?.as_deref().and_then(ResultDetail::parse),
            soft_failed: row.get(6)?,
            superseded: row.get(7)?,
            retry_of: row.get(8)?,
            finished_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        });
    }
    Ok(lines)
}

/// All steps of a build with their folds.
pub fn steps(connection: &Connection, build: i64) -> Result<Vec<(StepRef, StepFold)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, attempt, fold
           from step
          where build = ?1
          order by key, attempt",
    )?;
    let mut rows = statement.query([build])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let fold: String = row.get(2)?;
        steps.push((StepRef { key: row.get(0)?, attempt: row.get(1)? }, from_json("step", &fold)?));
    }
    Ok(steps)
}

/// The tasks of a job. Of all that a large build is made of, only what names the job is read.
pub fn tasks_of(
    connection: &Connection,
    build: i64,
    job: &StepRef,
) -> Result<Vec<(StepRef, Step)>, StoreError> {
    let named = to_json(&job.key)?;
    let mut statement = connection.prepare_cached(
        "select key, attempt, fold
           from step
          where build = ?1 and kind = ?2 and instr(fold, ?3) > 0
          order by key, attempt",
    )?;
    let mut rows = statement.query(params![build, StepKind::Task.as_str(), named])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        let fold: String = row.get(2)?;
        let task = from_json::<StepFold>("step", &fold)?.record();
        if task.parent.as_ref() == Some(job) {
            tasks.push((StepRef { key: row.get(0)?, attempt: row.get(1)? }, task));
        }
    }
    Ok(tasks)
}
