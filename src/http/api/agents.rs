//! Agents and queues: who is there, who runs what, who waits and for how long.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::{
    AgentState, List, Outcome, Provider, State as Progress, Time, ToldBy, time,
};
use crate::hub::Hub;
use crate::model::{self, Timestamp};
use crate::store::sqlite::books::read::agents::{
    self as store, AgentFilter, AgentRow, JobNow, QueueRow, RunFilter, RunPlace, RunRow,
};

use super::query::{Asked, Place};
use super::read_books;
use super::steps::id_of;

/// Jobs of one page, and at most.
const RUNS_DEFAULT: usize = 500;
const RUNS_MAX: usize = 5_000;

/// What is looked at unless asked otherwise, and at most.
const WINDOW_DEFAULT_MS: i64 = 24 * 3_600_000;
const WINDOW_MAX_MS: i64 = 7 * 24 * 3_600_000;

/// A machine that runs jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(value_type = Uuid)]
    pub source_id: String,
    pub provider: Provider,
    pub name: String,
    /// Pool of Azure DevOps, queue of Buildkite.
    #[schema(required)]
    pub pool: Option<String>,
    #[schema(required)]
    pub version: Option<String>,
    #[schema(required)]
    pub os: Option<String>,
    #[schema(required)]
    pub hostname: Option<String>,
    /// Words by which jobs ask for it, where a reporter told them.
    pub labels: Vec<String>,
    pub state: AgentState,
    /// Whether it takes jobs.
    pub is_enabled: bool,
    pub told_by: ToldBy,
    #[schema(required)]
    pub connected_at: Option<Time>,
    #[schema(required)]
    pub last_seen_at: Option<Time>,
    /// What it is busy with.
    #[schema(required)]
    pub job: Option<AgentJob>,
    /// Jobs that it began within the last 24 hours, and how many of them failed.
    pub jobs_24h: i64,
    pub failures_24h: i64,
    /// Its page at the provider.
    #[schema(required)]
    pub url: Option<String>,
}

/// What an agent is busy with.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentJob {
    /// `null` when nothing is known of that build here.
    #[schema(required, value_type = Option<Uuid>)]
    pub build_id: Option<String>,
    #[schema(required)]
    pub step_id: Option<String>,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub since: Option<Time>,
}

/// A job on an agent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentRun {
    #[schema(value_type = Uuid)]
    pub agent_id: String,
    pub agent: String,
    #[schema(required)]
    pub pool: Option<String>,
    #[schema(value_type = Uuid)]
    pub build_id: String,
    pub step_id: String,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub pipeline: Option<String>,
    pub state: Progress,
    #[schema(required)]
    pub result: Option<Outcome>,
    /// When it could have run, where the provider tells.
    #[schema(required)]
    pub queued_at: Option<Time>,
    pub started_at: Time,
    #[schema(required)]
    pub finished_at: Option<Time>,
}

/// A queue of Buildkite, or a pool of Azure DevOps.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queue {
    #[schema(value_type = Uuid)]
    pub source_id: String,
    pub provider: Provider,
    /// `null`: of jobs that name none.
    #[schema(required)]
    pub pool: Option<String>,
    /// The provider's own machines.
    pub is_hosted: bool,
    /// Jobs that could run and do not.
    pub waiting: i64,
    /// When the first of them could have run, where the provider tells.
    #[schema(required)]
    pub waiting_since: Option<Time>,
    pub running: i64,
    /// Agents that are there, and those of them that are at work.
    pub online: i64,
    pub busy: i64,
    /// What half of the jobs of the last 24 hours, and all but 5 %, did not wait longer than.
    #[schema(required)]
    pub wait_p50_ms: Option<i64>,
    #[schema(required)]
    pub wait_p95_ms: Option<i64>,
    /// Azure DevOps does not tell when a job could have run: such waits are at least as long.
    pub is_estimated: bool,
    /// `wait_p95_ms` hour by hour; the last of the 24 is the last hour, `null`: no job began in it.
    pub waits: Vec<Option<i64>>,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            id: row.id.to_string(),
            source_id: row.source_id.to_string(),
            provider: row.provider.into(),
            name: row.name,
            pool: row.pool,
            version: row.version,
            os: row.os,
            hostname: row.hostname,
            labels: row.labels,
            state: row.state.into(),
            is_enabled: row.is_enabled,
            told_by: row.told_by.into(),
            connected_at: time(row.connected_at),
            last_seen_at: time(row.last_seen_at),
            job: row.job.map(Into::into),
            jobs_24h: row.jobs,
            failures_24h: row.failures,
            url: row.url.map(mask::text::shown),
        }
    }
}

impl From<JobNow> for AgentJob {
    fn from(job: JobNow) -> Self {
        Self {
            build_id: job.build,
            step_id: job.step.as_ref().map(id_of),
            name: job.name.map(mask::text::shown),
            since: time(job.since),
        }
    }
}

impl From<RunRow> for AgentRun {
    fn from(row: RunRow) -> Self {
        Self {
            agent_id: row.agent_id.to_string(),
            agent: row.agent,
            pool: row.pool,
            build_id: row.build,
            step_id: id_of(&row.step),
            name: row.name.map(mask::text::shown),
            pipeline: row.pipeline,
            state: row.state.into(),
            result: row.result.map(Into::into),
            queued_at: time(row.queued_at),
            started_at: row.started_at.into(),
            finished_at: time(row.finished_at),
        }
    }
}

impl From<QueueRow> for Queue {
    fn from(row: QueueRow) -> Self {
        Self {
            source_id: row.source_id.to_string(),
            provider: row.provider.into(),
            pool: row.pool,
            is_hosted: row.is_hosted,
            waiting: row.waiting,
            waiting_since: time(row.waiting_since),
            running: row.running,
            online: row.online,
            busy: row.busy,
            wait_p50_ms: row.wait_p50_ms,
            wait_p95_ms: row.wait_p95_ms,
            is_estimated: row.is_estimated,
            waits: row.hours_p95_ms.to_vec(),
        }
    }
}

/// How many agents were shown so far.
struct AgentPlace(usize);

impl Place for AgentPlace {
    const LIST: &'static str = "agents";

    fn numbers(&self) -> Vec<i64> {
        vec![i64::try_from(self.0).unwrap_or(i64::MAX)]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [shown] = numbers else { return None };
        usize::try_from(*shown).ok().map(Self)
    }
}

impl Place for RunPlace {
    const LIST: &'static str = "runs";

    fn numbers(&self) -> Vec<i64> {
        vec![self.started_at, i64::try_from(self.shown).unwrap_or(i64::MAX)]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [started_at, shown] = numbers else { return None };
        Some(Self { started_at: *started_at, shown: usize::try_from(*shown).ok()? })
    }
}

/// Agents, source by source, pool by pool and by name.
#[utoipa::path(
    get, path = "/api/v1/agents", operation_id = "listAgents", tag = "agents",
    params(
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("pool" = Option<String>, Query, description = "Name of the pool or queue"),
        ("state" = Option<AgentState>, Query, description = "What it is doing"),
        ("q" = Option<String>, Query, description = "A part of its name, its host's or its pool's"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of agents", body = List<Agent>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let states = &model::AgentState::ALL;
    let filter = AgentFilter {
        source: asked.text("source")?,
        pool: asked.text("pool")?,
        state: asked.word("state", states, model::AgentState::as_str)?,
        text: asked.text("q")?,
    };
    let (limit, after) = (asked.limit()?, asked.cursor::<AgentPlace>()?);
    let link = asked.done()?;
    let now = hub.clock().now();
    let agents = read_books(&hub, move |books| store::agents(books, &filter, now)).await?;
    let begin = after.map_or(0, |place| place.0).min(agents.len());
    let end = agents.len().min(begin + limit);
    let next = (end < agents.len()).then_some(AgentPlace(end));
    let page = agents.into_iter().skip(begin).take(limit);
    let items: Vec<Agent> = page.map(Into::into).collect();
    Ok(link.page(items, next.as_ref()))
}

/// Jobs on agents, the newest first.
#[utoipa::path(
    get, path = "/api/v1/agents/runs", operation_id = "listAgentRuns", tag = "agents",
    params(
        ("since" = Option<String>, Query, description = "At work after this time: 24 hours before `until`"),
        ("until" = Option<String>, Query, description = "At work before this time: now. At most 7 days after `since`"),
        ("agent" = Option<Uuid>, Query, description = "Id of an agent"),
        ("pool" = Option<String>, Query, description = "Name of the pool or queue"),
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 500, at most 5000"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of jobs", body = List<AgentRun>))
)]
pub async fn runs(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let now = hub.clock().now();
    let until = asked.time("until")?.unwrap_or(now);
    let since = asked.time("since")?;
    let since = since.unwrap_or(Timestamp(until.0.saturating_sub(WINDOW_DEFAULT_MS)));
    let window = until.0.saturating_sub(since.0);
    if !(0..=WINDOW_MAX_MS).contains(&window) {
        let detail = "the parameter `since` is to lie before `until`, and at most 7 days";
        return Err(Problem::new(Code::BadRequest, detail));
    }
    let agent =
        asked.parsed("agent", "it is the id of an agent", |text| Uuid::try_parse(text).ok())?;
    let (pool, source) = (asked.text("pool")?, asked.text("source")?);
    let filter = RunFilter { since, until, agent, pool, source };
    let limit = asked.limit_up_to(RUNS_MAX, RUNS_DEFAULT)?;
    let after = asked.cursor::<RunPlace>()?;
    let link = asked.done()?;
    let (rows, next) =
        read_books(&hub, move |books| store::runs(books, &filter, after, limit, now)).await?;
    let items: Vec<AgentRun> = rows.into_iter().map(Into::into).collect();
    Ok(link.page(items, next.as_ref()))
}

/// Queues and pools: who waits, who works, and how long jobs waited within the last 24 hours.
#[utoipa::path(
    get, path = "/api/v1/queues", operation_id = "listQueues", tag = "agents",
    params(
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
    ),
    responses((status = 200, description = "All queues", body = List<Queue>))
)]
pub async fn queues(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let source = asked.text("source")?;
    let link = asked.done()?;
    let now = hub.clock().now();
    let rows = read_books(&hub, move |books| store::queues(books, source.as_deref(), now)).await?;
    let items: Vec<Queue> = rows.into_iter().map(Into::into).collect();
    Ok(link.page(items, None::<&AgentPlace>))
}
