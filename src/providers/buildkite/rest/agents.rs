//! Agents as the API lists them: those that are there now.

use super::super::address;
use super::super::jobs;
use super::super::payload::{self, Job};
use super::pages::{Page, next_page};
use crate::model::{Agent, AgentJob, AgentState, Unreadable};
use crate::providers::address::link;
use crate::providers::rest::Answer;

/// Agents read of one page.
const PAGE_MAX: usize = 100;

/// Read a page of agents; `page` is its number. One without a name of any kind is left out.
pub fn agents(answer: &Answer, page: u32) -> Result<Page<Agent>, Unreadable> {
    let agents = payload::many::<payload::Agent, PAGE_MAX>(&answer.body)?;
    let items = agents.iter().filter_map(told).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

/// Read one agent.
pub fn agent(answer: &Answer) -> Result<Agent, Unreadable> {
    told(&payload::one(&answer.body)?).ok_or_else(|| super::super::decode::missing("id"))
}

fn told(agent: &payload::Agent) -> Option<Agent> {
    let key =
        agent.id.as_deref().map(|id| id.trim().to_lowercase()).or_else(|| agent.name.clone())?;
    // The last job stays on the agent for a while after its end.
    let job = agent.job.as_deref().filter(|job| job.finished_at.is_none()).map(busy_with);
    let is_paused = agent.paused.unwrap_or(agent.paused_at.is_some());
    let is_stopping = agent.connection_state.as_deref() == Some("stopping");
    let state = match agent.connection_state.as_deref() {
        Some("connected" | "stopping") if job.is_some() => AgentState::Busy,
        Some("connected") if is_paused => AgentState::Paused,
        Some("connected") => AgentState::Online,
        Some("stopping") => AgentState::Paused,
        Some("disconnected" | "stopped" | "never_connected") => AgentState::Offline,
        Some("lost") => AgentState::Lost,
        _ => AgentState::Unknown,
    };
    let last_seen_at = [
        agent.connected_at,
        agent.disconnected_at,
        agent.lost_at,
        agent.stopped_at,
        agent.last_job_finished_at,
    ]
    .into_iter()
    .max()
    .flatten();
    Some(Agent {
        name: agent.name.clone().unwrap_or_else(|| key.clone()),
        key,
        pool: agent.queue().map(str::to_owned),
        version: agent.version.clone(),
        os: os(agent),
        hostname: agent.hostname.clone(),
        state,
        is_enabled: !is_paused && !is_stopping,
        connected_at: agent.connected_at,
        last_seen_at,
        job: job.filter(|_| state == AgentState::Busy),
        url: agent.web_url.as_deref().and_then(link),
    })
}

/// `linux amd64`; older agents tell it in their user agent only.
fn os(agent: &payload::Agent) -> Option<String> {
    let told = [agent.os_id.as_deref(), agent.arch.as_deref()];
    let told: Vec<&str> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        return Some(told.join(" "));
    }
    let inside = agent.user_agent.as_deref()?.split_once('(')?.1.split_once(')')?.0;
    let words: Vec<&str> = inside.split(';').map(str::trim).filter(|w| !w.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn busy_with(job: &Job) -> AgentJob {
    let build =
        [job.build_url.as_deref(), job.web_url.as_deref()].into_iter().flatten().find_map(|url| {
            let address = address::read(url)?;
            Some(format!("{}/{}", address.pipeline?.to_lowercase(), address.number?))
        });
    AgentJob {
        build_keys: build.map(|key| ("number".to_owned(), key)).into_iter().collect(),
        step: job.id.as_deref().map(jobs::key),
        name: jobs::name(job),
        since: job.started_at,
    }
}
