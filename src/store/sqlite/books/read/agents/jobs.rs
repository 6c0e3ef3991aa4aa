//! Jobs by when they began: who ran what.

use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::roll::{self, Roll};
use super::{DAY_MS, HOUR_MS};
use crate::model::{BuildResult, BuildState, StepFold, StepRef, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::read::sources::sources_named;
use crate::store::sqlite::books::read::{EXAMINED_MAX, text, word};
use crate::store::sqlite::books::records::from_json;

/// Jobs of a day that are looked at: the newest. More than two a second, all day long.
const JOBS_MAX: i64 = 200_000;

/// A job that began within a day.
#[derive(Debug, Clone)]
pub(super) struct JobRow {
    pub source: i64,
    pub build: i64,
    pub build_is_over: bool,
    /// When the build began, else was queued.
    pub build_at: Option<Timestamp>,
    pub step: StepRef,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub agent: Option<String>,
    pub queue: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// Columns of a job, as [`job`] reads them.
const COLUMNS: &str = "b.source, s.build, b.state, coalesce(b.started_at, b.queued_at),
       s.key, s.attempt, s.state, s.result, s.agent, s.queue, s.queued_at, s.started_at,
       s.finished_at";

fn job(row: &Row<'_>) -> Result<JobRow, StoreError> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|at| at.map(Timestamp));
    let result = text(row, 7)?;
    Ok(JobRow {
        source: row.get(0)?,
        build: row.get(1)?,
        build_is_over: text(row, 2)? == Some(BuildState::Finished.as_str()),
        build_at: time(3)?,
        step: StepRef { key: row.get(4)?, attempt: row.get(5)? },
        state: word("step", text(row, 6)?, BuildState::parse)?,
        result: result.map(|it| word("step", Some(it), BuildResult::parse)).transpose()?,
        agent: row.get(8)?,
        queue: row.get(9)?,
        queued_at: time(10)?,
        started_at: Timestamp(row.get(11)?),
        finished_at: time(12)?,
    })
}

/// Jobs that began within the last day, the newest first.
pub(super) fn recent(connection: &Connection, now: Timestamp) -> Result<Vec<JobRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {COLUMNS}
           from step s indexed by step_by_start
           join build b on b.id = s.build
          where s.kind = 'job' and s.started_at is not null and s.started_at >= ?1
          order by s.started_at desc
          limit ?2"
    ))?;
    let mut rows = statement.query(params![now.0.saturating_sub(DAY_MS), JOBS_MAX])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(job(row)?);
    }
    Ok(jobs)
}

/// A job on an agent, from begin to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    pub agent_id: Uuid,
    pub agent: String,
    pub build: String,
    pub step: StepRef,
    pub name: Option<String>,
    pub pipeline: Option<String>,
    pub pool: Option<String>,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// Which jobs are wanted.
#[derive(Debug, Clone)]
pub struct RunFilter {
    /// At work at some time between these two.
    pub since: Timestamp,
    pub until: Timestamp,
    pub agent: Option<Uuid>,
    pub pool: Option<String>,
    /// Name, base address or GUID.
    pub source: Option<String>,
}

/// Place of a job: the newest begin first; `shown` of that very millisecond were before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPlace {
    pub started_at: i64,
    pub shown: usize,
}

/// What is at work longer than this is not looked for before the time that is asked about.
const LONGEST_MS: i64 = 24 * HOUR_MS;

/// Jobs that were at work, the newest begin first, from a place on.
pub fn runs(
    connection: &Connection,
    filter: &RunFilter,
    after: Option<RunPlace>,
    limit: usize,
    now: Timestamp,
) -> Result<(Vec<RunRow>, Option<RunPlace>), StoreError> {
    let wanted_sources = match &filter.source {
        Some(name) => Some(sources_named(connection, name)?),
        None => None,
    };
    let sources = roll::sources(connection)?;
    let roll = Roll::call(connection, &recent(connection, now)?, now)?;
    let first = after.map_or(filter.until.0, |after| after.started_at);
    let mut to_skip = after.map_or(0, |after| after.shown);
    let mut statement = connection.prepare_cached(&format!(
        "select {COLUMNS}, b.public_id, coalesce(l.slug, l.name, l.key), s.fold
           from step s indexed by step_by_start
           join build b on b.id = s.build
           left join pipeline l on l.id = b.pipeline
          where s.kind = 'job' and s.started_at is not null and s.agent is not null
            and s.started_at between ?1 and ?2
          order by s.started_at desc, s.build desc, s.key desc, s.attempt desc"
    ))?;
    let since = filter.since.0.saturating_sub(LONGEST_MS);
    let mut rows = statement.query(params![since, first])?;
    let (mut items, mut examined) = (Vec::new(), 0);
    let mut place = RunPlace { started_at: first, shown: to_skip };
    while let Some(row) = rows.next()? {
        let job = job(row)?;
        if job.started_at.0 == first && to_skip > 0 {
            to_skip -= 1;
            continue;
        }
        if items.len() == limit || examined == EXAMINED_MAX {
            return Ok((items, Some(place)));
        }
        examined += 1;
        place = match place.started_at == job.started_at.0 {
            true => RunPlace { shown: place.shown + 1, ..place },
            false => RunPlace { started_at: job.started_at.0, shown: 1 },
        };
        // Of what is at work no more, and whose end was never told, nobody knows when it was.
        let is_at_work = job.is_running();
        let end =
            job.finished_at.map_or(if is_at_work { i64::MAX } else { job.started_at.0 }, |at| at.0);
        let Some(agent) = job.agent.clone() else { continue };
        let Some((source_id, _)) = sources.get(&job.source).copied() else { continue };
        let is_wanted = end >= filter.since.0
            && wanted_sources.as_ref().is_none_or(|sources| sources.contains(&job.source));
        if !is_wanted {
            continue;
        }
        let agent_id = roll.id_of(job.source, source_id, &agent, job.queue.as_deref());
        let pool = job.queue.or_else(|| roll.pool_of(job.source, &agent));
        if filter.agent.is_some_and(|wanted| wanted != agent_id)
            || filter.pool.is_some() && filter.pool != pool
        {
            continue;
        }
        let fold: StepFold = from_json("step", text(row, 15)?.unwrap_or_default())?;
        items.push(RunRow {
            agent_id,
            agent,
            build: row.get(13)?,
            step: job.step,
            name: fold.record().name,
            pipeline: row.get(14)?,
            pool,
            state: job.state,
            result: job.result,
            queued_at: job.queued_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        });
    }
    Ok((items, None))
}
