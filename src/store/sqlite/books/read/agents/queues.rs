//! Queues and pools: who waits, who works, and how long jobs waited.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::roll::{self, Roll};
use super::waits::{self, hour_of};
use super::{DAY_MS, jobs};
use crate::model::{AgentState, Provider, SourceId, Timestamp, percentile};
use crate::store::StoreError;
use crate::store::sqlite::books::read::sources::sources_named;

/// Jobs that wait now, as far as they are counted.
const WAITING_MAX: i64 = 20_000;

/// A job that waits longer waits for nobody: its end was lost.
const WAITING_GOOD_MS: i64 = 7 * DAY_MS;

/// A queue of Buildkite or a pool of Azure DevOps, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    pub source_id: SourceId,
    pub provider: Provider,
    /// `None`: of jobs that name none.
    pub pool: Option<String>,
    /// The provider's own machines.
    pub is_hosted: bool,
    pub waiting: i64,
    /// When the first of those that wait could have run.
    pub waiting_since: Option<Timestamp>,
    pub running: i64,
    /// Agents that are there, and those of them that are at work.
    pub online: i64,
    pub busy: i64,
    /// Of the jobs that began within a day.
    pub wait_p50_ms: Option<i64>,
    pub wait_p95_ms: Option<i64>,
    /// Some of the waits begin with a guess.
    pub is_estimated: bool,
    /// The same by hour, the last one being the last hour.
    pub hours_p95_ms: [Option<i64>; 24],
}

#[derive(Debug, Default)]
struct Tally {
    is_hosted: bool,
    waiting: i64,
    waiting_since: Option<Timestamp>,
    running: i64,
    online: i64,
    busy: i64,
    is_estimated: bool,
    waits: Vec<i64>,
    by_hour: [Vec<i64>; 24],
}

/// All queues and pools with jobs, or with agents of one's own; source by source and by name.
pub fn queues(
    connection: &Connection,
    source: Option<&str>,
    now: Timestamp,
) -> Result<Vec<QueueRow>, StoreError> {
    let wanted = match source {
        Some(name) => Some(sources_named(connection, name)?),
        None => None,
    };
    let recent = jobs::recent(connection, now)?;
    let waits = waits::waits(connection, &recent)?;
    let roll = Roll::call(connection, &recent, now)?;
    let mut tallies: BTreeMap<(i64, Option<String>), Tally> = BTreeMap::new();

    for (job, wait) in recent.iter().zip(waits) {
        let pool = job.queue.clone().or_else(|| roll.pool_of(job.source, job.agent.as_deref()?));
        let tally = tallies.entry((job.source, pool)).or_default();
        tally.running += i64::from(job.is_running());
        if let Some(wait) = wait {
            tally.is_estimated |= wait.is_estimated;
            tally.waits.push(wait.ms);
            tally.by_hour[hour_of(job.started_at, now)].push(wait.ms);
        }
    }
    count_waiting(connection, &mut tallies, now)?;
    for (source, pool, state) in roll.states() {
        let is_there = matches!(state, AgentState::Online | AgentState::Busy | AgentState::Paused);
        if is_there {
            let tally = tallies.entry((source, pool.map(str::to_owned))).or_default();
            tally.online += 1;
            tally.busy += i64::from(state == AgentState::Busy);
        }
    }
    note_pools(connection, &mut tallies)?;

    let sources = roll::sources(connection)?;
    let rows = tallies.into_iter().filter_map(|((source, pool), tally)| {
        let (source_id, provider) = sources.get(&source).copied()?;
        let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&source));
        is_wanted.then(|| tally.row(source_id, provider, pool))
    });
    Ok(rows.collect())
}

impl Tally {
    fn row(mut self, source_id: SourceId, provider: Provider, pool: Option<String>) -> QueueRow {
        QueueRow {
            source_id,
            provider,
            pool,
            is_hosted: self.is_hosted,
            waiting: self.waiting,
            waiting_since: self.waiting_since,
            running: self.running,
            online: self.online,
            busy: self.busy,
            wait_p50_ms: percentile(&mut self.waits, 50),
            wait_p95_ms: percentile(&mut self.waits, 95),
            is_estimated: self.is_estimated,
            hours_p95_ms: self.by_hour.map(|mut waits| percentile(&mut waits, 95)),
        }
    }
}

/// Jobs that could run and do not, of builds that go on.
fn count_waiting(
    connection: &Connection,
    tallies: &mut BTreeMap<(i64, Option<String>), Tally>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // A job of Azure DevOps is in a pool when it waits for an agent of it; before that it is in none.
    let mut statement = connection.prepare_cached(
        "select b.source, s.queue, s.queued_at
           from step s indexed by step_waiting
           join build b on b.id = s.build
          where s.kind = 'job' and s.state = 'queued' and b.state <> 'finished'
            and b.sort_at >= ?1
            and (s.queued_at is not null or b.provider = 'azure_devops' and s.queue is not null)
          order by s.build desc
          limit ?2",
    )?;
    let since = now.0.saturating_sub(WAITING_GOOD_MS);
    let mut rows = statement.query(params![since, WAITING_MAX])?;
    while let Some(row) = rows.next()? {
        let tally = tallies.entry((row.get(0)?, row.get(1)?)).or_default();
        let since = row.get::<_, Option<i64>>(2)?.map(Timestamp);
        tally.waiting += 1;
        tally.waiting_since = match (tally.waiting_since, since) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(())
}

/// Pools of one's own are there also when nothing happens in them.
fn note_pools(
    connection: &Connection,
    tallies: &mut BTreeMap<(i64, Option<String>), Tally>,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("select source, name, is_hosted from agent_pool where name is not null")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = (row.get(0)?, Some(row.get(1)?));
        let is_hosted: bool = row.get(2)?;
        if is_hosted {
            if let Some(tally) = tallies.get_mut(&key) {
                tally.is_hosted = true;
            }
        } else {
            tallies.entry(key).or_default();
        }
    }
    Ok(())
}
