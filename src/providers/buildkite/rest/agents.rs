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

/// Read one agent. Nobody asks for one by itself; jobs tell of those that are no longer listed.
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
    let inside = agent.software.as_deref()?.split_once('(')?.1.split_once(')')?.0;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{answer, at};
    use super::*;

    fn read(more: &serde_json::Value) -> Agent {
        let said = json!({
            "id": "A1", "name": "builder-1", "connection_state": "connected", "hostname": "host-1",
            "version": "3.90.0", "user_agent": "buildkite-agent/3.90.0 (linux; arm64)",
            "meta_data": ["queue=big", "os=linux"], "connected_at": "2026-05-04T10:00:00Z",
            "last_job_finished_at": "2026-05-04T10:30:00Z", "job": null,
            "web_url": "https://buildkite.com/organizations/acme/agents/a1",
        });
        let (mut said, more) = (said.as_object().cloned().unwrap(), more.as_object().cloned());
        said.extend(more.unwrap());
        agent(&answer(&json!(said), "11:00:00")).unwrap()
    }

    #[test]
    fn an_agent_tells_where_it_runs_and_what_it_takes() {
        let agent = read(&json!({}));
        assert_eq!((agent.key.as_str(), agent.name.as_str()), ("a1", "builder-1"));
        assert_eq!(agent.pool.as_deref(), Some("big"));
        assert_eq!(agent.os.as_deref(), Some("linux arm64"));
        assert_eq!(agent.hostname.as_deref(), Some("host-1"));
        assert_eq!(agent.connected_at, Some(at("10:00:00")));
        assert_eq!(agent.last_seen_at, Some(at("10:30:00")));
        let told = read(&json!({"os_id": "mac", "arch": "arm64", "queue": "mac"}));
        assert_eq!((told.os.as_deref(), told.pool.as_deref()), (Some("mac arm64"), Some("mac")));
    }

    #[test]
    fn what_an_agent_does_is_one_of_our_words() {
        let job = json!({"id": "J1", "name": "Test", "started_at": "2026-05-04T10:40:00Z",
            "build_url": "https://api.buildkite.com/v2/organizations/acme/pipelines/Shop/builds/7"});
        let mut over = job.clone();
        over["finished_at"] = json!("2026-05-04T10:41:00Z");
        for (said, state, is_enabled) in [
            (json!({}), AgentState::Online, true),
            (json!({"job": job}), AgentState::Busy, true),
            (json!({"job": over}), AgentState::Online, true),
            (json!({"paused": true}), AgentState::Paused, false),
            (json!({"paused": true, "job": job}), AgentState::Busy, false),
            (
                json!({"paused": false, "paused_at": "2026-05-04T09:00:00Z"}),
                AgentState::Online,
                true,
            ),
            (json!({"connection_state": "stopping"}), AgentState::Paused, false),
            (json!({"connection_state": "stopping", "job": job}), AgentState::Busy, false),
            (json!({"connection_state": "stopped"}), AgentState::Offline, true),
            (json!({"connection_state": "disconnected"}), AgentState::Offline, true),
            (json!({"connection_state": "never_connected"}), AgentState::Offline, true),
            (json!({"connection_state": "lost", "job": job}), AgentState::Lost, true),
            (json!({"connection_state": "dreaming"}), AgentState::Unknown, true),
        ] {
            let agent = read(&said);
            assert_eq!((agent.state, agent.is_enabled), (state, is_enabled), "{said}");
            assert_eq!(agent.job.is_some(), state == AgentState::Busy, "{said}");
        }
        let busy = read(&json!({"job": job})).job.unwrap();
        assert_eq!(busy.build_keys, [("number".to_owned(), "shop/7".to_owned())]);
        assert_eq!(busy.step.as_deref(), Some("job:j1"));
        assert_eq!((busy.name.as_deref(), busy.since), (Some("Test"), Some(at("10:40:00"))));
    }

    #[test]
    fn an_agent_of_no_name_is_left_out() {
        let list = json!([{"name": "builder-1"}, {"version": "3"}, null]);
        let page = agents(&answer(&list, "10:00:00"), 1).unwrap();
        let keys: Vec<_> = page.items.iter().map(|agent| agent.key.as_str()).collect();
        assert_eq!((keys, page.next), (vec!["builder-1"], None));
    }
}
