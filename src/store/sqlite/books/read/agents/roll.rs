//! The roll of agents: what lists, hooks and jobs tell, made one.
//!
//! An agent is known by its name within its source, and by its pool where two are called the same: an
//! agent that restarts has another id and is still the same machine to people. Of two words on its state
//! the newer counts.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::jobs::JobRow;
use super::{AGENTS_MAX, DAY_MS};
use crate::model::{
    AgentJob, AgentState, BuildResult, BuildState, Provider, SourceId, StepRef, SubjectKind,
    Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::read::sources::public_id;
use crate::store::sqlite::books::read::word;
use crate::store::sqlite::books::records::{WHOLE_SOURCE, from_json};

/// A list that is older tells nothing of now: the provider is no longer asked, or does not answer.
const LIST_GOOD_MS: i64 = DAY_MS;

/// How long an agent is shown as there that came and was not heard of again.
const CAME_GOOD_MS: i64 = 7 * DAY_MS;

/// How long an agent is shown as there that a reporter saw, and as busy: no job runs longer.
const SEEN_GOOD_MS: i64 = DAY_MS / 24;
const BUSY_GOOD_MS: i64 = DAY_MS / 4;

/// Who told of an agent first of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    /// The provider, when it was asked.
    Api,
    Hook,
    /// Nobody but the jobs it ran.
    Jobs,
    /// What runs in its jobs.
    Reporter,
}

/// An agent as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    pub source: i64,
    pub source_id: SourceId,
    pub provider: Provider,
    /// Its own, in links.
    pub id: Uuid,
    pub name: String,
    pub pool: Option<String>,
    pub version: Option<String>,
    pub os: Option<String>,
    pub hostname: Option<String>,
    /// As reporters tell them.
    pub labels: Vec<String>,
    pub state: AgentState,
    pub is_enabled: bool,
    pub told_by: ToldBy,
    pub connected_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    pub job: Option<JobNow>,
    /// Jobs that it began within a day, and how many of them failed.
    pub jobs: i64,
    pub failures: i64,
    pub url: Option<String>,
}

/// What an agent is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobNow {
    /// Public id of the build, where it is known here.
    pub build: Option<String>,
    pub step: Option<StepRef>,
    pub name: Option<String>,
    pub since: Option<Timestamp>,
}

/// An agent while it is put together.
#[derive(Debug)]
struct Mustered {
    source: i64,
    /// The provider's own key, where one is told.
    key: Option<String>,
    row: Told,
    told_by: ToldBy,
    /// When its state was told.
    word_at: i64,
    jobs: i64,
    failures: i64,
    /// Build and step of the job that it runs, as told by jobs.
    running: Option<(i64, StepRef, Timestamp)>,
    /// When a job on it ended last.
    ended_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Told {
    name: String,
    pool: Option<String>,
    version: Option<String>,
    os: Option<String>,
    hostname: Option<String>,
    labels: Vec<String>,
    state: Option<AgentState>,
    is_enabled: bool,
    connected_at: Option<Timestamp>,
    last_seen_at: Option<Timestamp>,
    job: Option<AgentJob>,
    url: Option<String>,
}

/// Lists that are good: an agent that is not on them is gone.
#[derive(Debug, Default)]
struct Lists {
    /// By source, when all its agents were listed.
    whole: HashMap<i64, i64>,
    /// Pools by their names, and when.
    pools: HashMap<(i64, String), i64>,
}

impl Lists {
    fn listed_at(&self, source: i64, pool: Option<&str>) -> Option<i64> {
        let of_pool = || self.pools.get(&(source, pool?.to_owned())).copied();
        self.whole.get(&source).copied().or_else(of_pool)
    }
}

/// All agents.
#[derive(Debug, Default)]
pub(super) struct Roll {
    agents: Vec<Mustered>,
    by_name: HashMap<(i64, String), Vec<usize>>,
    by_key: HashMap<(i64, String), usize>,
    lists: Lists,
    now: i64,
}

impl Roll {
    pub(super) fn call(
        connection: &Connection,
        jobs: &[JobRow],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut roll = Self { now: now.0, ..Self::default() };
        roll.hear_lists(connection)?;
        roll.hear_hooks(connection)?;
        roll.hear_reporters(connection)?;
        roll.hear_jobs(jobs);
        Ok(roll)
    }

    fn enter(&mut self, agent: Mustered) -> Option<usize> {
        let at = self.agents.len();
        if i64::try_from(at).is_ok_and(|at| at >= AGENTS_MAX) {
            return None;
        }
        self.by_name.entry((agent.source, agent.row.name.clone())).or_default().push(at);
        if let Some(key) = agent.key.clone() {
            self.by_key.insert((agent.source, key), at);
        }
        self.agents.push(agent);
        Some(at)
    }

    fn hear_lists(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let since = self.now.saturating_sub(LIST_GOOD_MS);
        let mut statement = connection.prepare_cached(
            "select source, key, name, agents_at from agent_pool where agents_at >= ?1",
        )?;
        let mut rows = statement.query([since])?;
        while let Some(row) = rows.next()? {
            let (source, key, at): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
            if key == WHOLE_SOURCE {
                self.lists.whole.insert(source, at);
            } else if let Some(name) = row.get(2)? {
                self.lists.pools.insert((source, name), at);
            }
        }
        let mut statement = connection.prepare_cached(
            "select a.source, a.key, a.name, a.pool, a.version, a.os, a.hostname, a.state,
                    a.is_enabled, a.connected_at, a.last_seen_at, a.job, a.url, p.agents_at
               from agent a
               join agent_pool p on p.source = a.source and p.key = a.pool_key
              where p.agents_at >= ?1
              limit ?2",
        )?;
        let mut rows = statement.query(params![since, AGENTS_MAX])?;
        while let Some(row) = rows.next()? {
            let state: String = row.get(7)?;
            let job: Option<String> = row.get(11)?;
            let told = Told {
                name: row.get(2)?,
                pool: row.get(3)?,
                version: row.get(4)?,
                os: row.get(5)?,
                hostname: row.get(6)?,
                labels: Vec::new(),
                state: Some(word("agent", Some(&state), AgentState::parse)?),
                is_enabled: row.get(8)?,
                connected_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
                last_seen_at: row.get::<_, Option<i64>>(10)?.map(Timestamp),
                job: job.map(|job| from_json("agent", &job)).transpose()?,
                url: row.get(12)?,
            };
            let word_at = row.get(13)?;
            self.enter(Mustered::new(row.get(0)?, Some(row.get(1)?), told, ToldBy::Api, word_at));
        }
        Ok(())
    }

    /// Comings and goings, the newest first.
    fn hear_hooks(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(
            "select source, key, title, state, url, last_event_at
               from subject
              where kind = ?1 and last_event_at >= ?2
              order by last_event_at desc
              limit ?3",
        )?;
        let since = self.now.saturating_sub(CAME_GOOD_MS);
        let kind = SubjectKind::Agent.as_str();
        let mut rows = statement.query(params![kind, since, AGENTS_MAX])?;
        while let Some(row) = rows.next()? {
            let (source, key): (i64, String) = (row.get(0)?, row.get(1)?);
            let name: Option<String> = row.get(2)?;
            let name = name.unwrap_or_else(|| key.clone());
            let word: Option<String> = row.get(3)?;
            let at: i64 = row.get(5)?;
            let (state, is_enabled) = came_or_went(word.as_deref());
            let same = self.by_key.get(&(source, key.clone())).copied().or_else(|| {
                // Another id under the same name: it has restarted.
                self.by_name.get(&(source, name.clone()))?.first().copied()
            });
            if let Some(same) = same {
                let agent = &mut self.agents[same];
                if at > agent.word_at {
                    agent.word_at = at;
                    agent.row.state = Some(state);
                    agent.row.is_enabled = is_enabled;
                    agent.row.job = None;
                }
                agent.row.last_seen_at = agent.row.last_seen_at.max(Some(Timestamp(at)));
                continue;
            }
            let is_gone = self.lists.listed_at(source, None).is_some_and(|listed| listed > at);
            let is_old = at < self.now.saturating_sub(DAY_MS);
            if is_old && (is_gone || state != AgentState::Online) {
                continue;
            }
            let told = Told {
                name,
                state: Some(if is_gone && state == AgentState::Online {
                    AgentState::Offline
                } else {
                    state
                }),
                is_enabled,
                connected_at: (state == AgentState::Online).then_some(Timestamp(at)),
                last_seen_at: Some(Timestamp(at)),
                url: row.get(4)?,
                ..Told::default()
            };
            self.enter(Mustered::new(source, Some(key), told, ToldBy::Hook, at));
        }
        Ok(())
    }

    /// What reporters saw. Nobody tells when a machine goes, so what they said of one holds for a while.
    fn hear_reporters(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let since = self.now.saturating_sub(LIST_GOOD_MS);
        let mut statement = connection.prepare_cached(
            "select source, name, state, labels, os, job, at
               from told_agent
              where at >= ?1
              order by at desc, source, name
              limit ?2",
        )?;
        let mut rows = statement.query(params![since, AGENTS_MAX])?;
        while let Some(row) = rows.next()? {
            let (source, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let state: String = row.get(2)?;
            let state = word("told_agent", Some(&state), AgentState::parse)?;
            let labels: String = row.get(3)?;
            let labels: Vec<String> = from_json("told_agent", &labels)?;
            let os: Option<String> = row.get(4)?;
            let job: Option<String> = row.get(5)?;
            let at: i64 = row.get(6)?;
            let good_ms = if state == AgentState::Busy { BUSY_GOOD_MS } else { SEEN_GOOD_MS };
            let is_there = matches!(state, AgentState::Online | AgentState::Busy);
            let is_stale = is_there && at < self.now.saturating_sub(good_ms);
            let state = if is_stale { AgentState::Unknown } else { state };
            let job = job.filter(|_| state == AgentState::Busy).map(|name| AgentJob {
                build_keys: Vec::new(),
                step: None,
                name: Some(name),
                since: None,
            });
            let seen = is_there.then_some(Timestamp(at));
            let called = self.by_name.get(&(source, name.clone()));
            if let Some(same) = called.and_then(|called| called.first()).copied() {
                let agent = &mut self.agents[same];
                if at > agent.word_at {
                    agent.word_at = at;
                    agent.row.state = Some(state);
                    agent.row.job = job;
                }
                agent.row.os = agent.row.os.take().or(os);
                agent.row.labels = labels;
                agent.row.last_seen_at = agent.row.last_seen_at.max(seen);
                continue;
            }
            let told = Told {
                name,
                os,
                labels,
                state: Some(state),
                is_enabled: state != AgentState::Paused,
                last_seen_at: seen,
                job,
                ..Told::default()
            };
            self.enter(Mustered::new(source, None, told, ToldBy::Reporter, at));
        }
        Ok(())
    }

    fn hear_jobs(&mut self, jobs: &[JobRow]) {
        // Those that name their pool first: they tell who of two of one name is meant.
        let (with_pool, without): (Vec<&JobRow>, Vec<&JobRow>) =
            jobs.iter().filter(|job| job.agent.is_some()).partition(|job| job.queue.is_some());
        for job in with_pool.into_iter().chain(without) {
            let Some(name) = job.agent.as_deref() else { continue };
            let known = self.find(job.source, name, job.queue.as_deref());
            let Some(at) = known.or_else(|| self.enter_by_job(job, name)) else { continue };
            let agent = &mut self.agents[at];
            agent.jobs += 1;
            agent.failures += i64::from(job.result == Some(BuildResult::Failure));
            if agent.row.pool.is_none() {
                agent.row.pool.clone_from(&job.queue);
            }
            agent.ended_at = agent.ended_at.max(job.finished_at);
            let seen = job.finished_at.or(Some(job.started_at));
            agent.row.last_seen_at = agent.row.last_seen_at.max(seen);
            if job.is_running()
                && agent.running.as_ref().is_none_or(|(_, _, since)| *since < job.started_at)
            {
                agent.running = Some((job.build, job.step.clone(), job.started_at));
            }
        }
    }

    fn enter_by_job(&mut self, job: &JobRow, name: &str) -> Option<usize> {
        // It ran a job and is on no list of those that are there.
        let listed_at = self.lists.listed_at(job.source, job.queue.as_deref());
        let told = Told {
            name: name.to_owned(),
            pool: job.queue.clone(),
            state: listed_at.map(|_| AgentState::Offline),
            is_enabled: true,
            ..Told::default()
        };
        let word_at = listed_at.unwrap_or(i64::MIN);
        self.enter(Mustered::new(job.source, None, told, ToldBy::Jobs, word_at))
    }

    fn find(&self, source: i64, name: &str, pool: Option<&str>) -> Option<usize> {
        let called = self.by_name.get(&(source, name.to_owned()))?;
        let of = |at: &&usize| self.agents[**at].row.pool.as_deref();
        let same = called.iter().find(|at| of(at) == pool && pool.is_some());
        // Where either does not tell its pool, the name has to do.
        same.or_else(|| called.iter().find(|at| pool.is_none() || of(at).is_none())).copied()
    }

    /// Public id of the agent that ran a job, also of one that is on the roll no more.
    pub(super) fn id_of(
        &self,
        source: i64,
        source_id: SourceId,
        name: &str,
        pool: Option<&str>,
    ) -> Uuid {
        let found = self.find(source, name, pool).map(|at| &self.agents[at]);
        let pool = found.map_or(pool, |agent| agent.row.pool.as_deref());
        agent_id(source_id, pool, name, None)
    }

    /// The pool of an agent, for a job that does not name it.
    pub(super) fn pool_of(&self, source: i64, name: &str) -> Option<String> {
        self.find(source, name, None).and_then(|at| self.agents[at].row.pool.clone())
    }

    /// Pools and the agents that are there, for queues: `(source, pool, state)`.
    pub(super) fn states(&self) -> impl Iterator<Item = (i64, Option<&str>, AgentState)> {
        self.agents.iter().map(|agent| (agent.source, agent.row.pool.as_deref(), self.state(agent)))
    }

    fn state(&self, agent: &Mustered) -> AgentState {
        let Some(told) = agent.row.state else {
            return if agent.running.is_some() { AgentState::Busy } else { AgentState::Unknown };
        };
        let runs_since = agent.running.as_ref().map(|(_, _, since)| since.0);
        // What runs since before the state was told was known then.
        let is_news = runs_since.is_some_and(|since| since >= agent.word_at);
        match (agent.told_by, told) {
            _ if is_news => AgentState::Busy,
            // Hooks tell of no work.
            (ToldBy::Hook, AgentState::Online | AgentState::Paused) if runs_since.is_some() => {
                AgentState::Busy
            }
            (_, AgentState::Busy)
                if runs_since.is_none() && agent.ended_at > Some(Timestamp(agent.word_at)) =>
            {
                AgentState::Online
            }
            // It came long ago, and nothing was heard of it since.
            (ToldBy::Hook, AgentState::Online)
                if agent.jobs == 0 && agent.word_at < self.now.saturating_sub(DAY_MS) =>
            {
                AgentState::Unknown
            }
            (_, told) => told,
        }
    }

    pub(super) fn into_rows(self, connection: &Connection) -> Result<Vec<AgentRow>, StoreError> {
        let sources = sources(connection)?;
        let mut taken = HashSet::new();
        let mut rows = Vec::with_capacity(self.agents.len());
        for agent in &self.agents {
            let Some((source_id, provider)) = sources.get(&agent.source).copied() else { continue };
            let state = self.state(agent);
            let told = &agent.row;
            let mut id = agent_id(source_id, told.pool.as_deref(), &told.name, None);
            if !taken.insert(id) {
                // Two of one name at the same time are told apart by their keys.
                id = agent_id(source_id, told.pool.as_deref(), &told.name, agent.key.as_deref());
                taken.insert(id);
            }
            let job = match state {
                AgentState::Busy => job_now(connection, agent)?,
                _ => None,
            };
            rows.push(AgentRow {
                source: agent.source,
                source_id,
                provider,
                id,
                name: told.name.clone(),
                pool: told.pool.clone(),
                version: told.version.clone(),
                os: told.os.clone(),
                hostname: told.hostname.clone(),
                labels: told.labels.clone(),
                state,
                is_enabled: told.is_enabled,
                told_by: agent.told_by,
                connected_at: told.connected_at,
                last_seen_at: told.last_seen_at,
                job,
                jobs: agent.jobs,
                failures: agent.failures,
                url: told.url.clone(),
            });
        }
        rows.sort_by(|one, other| {
            (one.source, &one.pool, &one.name, one.id).cmp(&(
                other.source,
                &other.pool,
                &other.name,
                other.id,
            ))
        });
        Ok(rows)
    }
}

impl Mustered {
    fn new(source: i64, key: Option<String>, row: Told, told_by: ToldBy, word_at: i64) -> Self {
        Self {
            source,
            key,
            row,
            told_by,
            word_at,
            jobs: 0,
            failures: 0,
            running: None,
            ended_at: None,
        }
    }
}

/// Our word for the state that a hook told, and whether it takes jobs.
fn came_or_went(word: Option<&str>) -> (AgentState, bool) {
    match word {
        Some("connected") => (AgentState::Online, true),
        Some("stopping") => (AgentState::Paused, false),
        Some("disconnected" | "stopped" | "blocked") => (AgentState::Offline, true),
        Some("lost") => (AgentState::Lost, true),
        _ => (AgentState::Unknown, true),
    }
}

/// The namespace of all agents' ids within their source. It never changes.
fn agent_id(source: SourceId, pool: Option<&str>, name: &str, key: Option<&str>) -> Uuid {
    let parts = ["agent", pool.unwrap_or_default(), name, key.unwrap_or_default()];
    Uuid::new_v5(&source.0, parts.join("\u{1f}").as_bytes())
}

/// Public ids and providers of all sources: there are tens.
pub(super) fn sources(
    connection: &Connection,
) -> Result<HashMap<i64, (SourceId, Provider)>, StoreError> {
    let mut statement =
        connection.prepare_cached("select provider, scheme, key, id from source")?;
    let mut rows = statement.query([])?;
    let mut sources = HashMap::new();
    while let Some(row) = rows.next()? {
        let provider: String = row.get(0)?;
        let provider = word("source", Some(&provider), Provider::parse)?;
        sources.insert(row.get(3)?, (public_id(row, [0, 1, 2])?, provider));
    }
    Ok(sources)
}

/// What an agent is busy with: what we know of the step, else what the provider says.
fn job_now(connection: &Connection, agent: &Mustered) -> Result<Option<JobNow>, StoreError> {
    if let Some((build, step, since)) = &agent.running {
        let build = connection
            .prepare_cached("select public_id from build where id = ?1")?
            .query_row([build], |row| row.get(0))
            .optional()?;
        let told = agent.row.job.as_ref();
        let name = told.filter(|job| job.step.as_ref() == Some(&step.key));
        let name = name.and_then(|job| job.name.clone());
        return Ok(Some(JobNow { build, step: Some(step.clone()), name, since: Some(*since) }));
    }
    let Some(job) = &agent.row.job else { return Ok(None) };
    let mut build = None;
    for (scheme, key) in &job.build_keys {
        build = connection
            .prepare_cached(
                "select b.public_id
                   from build_key k
                   join build b on b.id = k.build
                  where k.source = ?1 and k.scheme = ?2 and k.key = ?3",
            )?
            .query_row(params![agent.source, scheme, key], |row| row.get(0))
            .optional()?;
        if build.is_some() {
            break;
        }
    }
    let step = job.step.clone().filter(|_| build.is_some());
    Ok(Some(JobNow {
        build,
        step: step.map(|key| StepRef { key, attempt: 1 }),
        name: job.name.clone(),
        since: job.since,
    }))
}

impl JobRow {
    /// Whether it is at work, as far as is known.
    pub(super) fn is_running(&self) -> bool {
        self.state == BuildState::Running && self.finished_at.is_none() && !self.build_is_over
    }
}
