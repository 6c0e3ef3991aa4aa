//! `POST /ingest/agents`: machines as they were at one moment. A body may hold all of an instance or
//! one of them, and does not say which: who is not in it is not gone.

use super::words::plain;
use crate::model::{AgentState, ToldAgent};
use crate::providers::members::Members;

/// Agents of one body.
const AGENTS_MAX: usize = 10_000;

/// Bytes of a word that is told of an agent.
const WORD_MAX: usize = 1_000;

/// Labels of one agent, where they come as a list.
const LABELS_MAX: usize = 100;

/// The agents of a body that have a name.
#[must_use]
pub fn read(members: &Members<'_>) -> Vec<ToldAgent> {
    let listed = members.list("agents").unwrap_or_default();
    let objects = listed.into_iter().filter_map(Members::of);
    objects.filter_map(|agent| told(&agent)).take(AGENTS_MAX).collect()
}

fn told(agent: &Members<'_>) -> Option<ToldAgent> {
    let text = |name| agent.text(name).filter(|text| text.len() <= WORD_MAX);
    let labels = match agent.list("labels") {
        Some(list) => list
            .iter()
            .filter_map(|raw| serde_json::from_str(raw.get()).ok())
            .filter(|label: &String| label.len() <= WORD_MAX)
            .take(LABELS_MAX)
            .collect(),
        None => text("labels")
            .map(|labels| {
                labels.split(',').map(|label| label.trim().to_owned()).collect::<Vec<String>>()
            })
            .unwrap_or_default(),
    };
    let job = text("currentJob");
    let state = match agent.text("status").map(|word| plain(&word)).as_deref() {
        Some("online" | "idle") => AgentState::Online,
        Some("building" | "busy" | "running" | "active") => AgentState::Busy,
        Some("offline" | "disconnected") => AgentState::Offline,
        Some("paused" | "disabled") => AgentState::Paused,
        None if job.is_some() => AgentState::Busy,
        _ => AgentState::Unknown,
    };
    let os = match (text("os"), text("arch")) {
        (Some(os), Some(arch)) => Some(format!("{os} {arch}")),
        (os, arch) => os.or(arch),
    };
    Some(ToldAgent {
        name: text("name")?,
        state,
        labels: labels.into_iter().filter(|label| !label.is_empty()).collect(),
        os,
        job: job.filter(|_| state == AgentState::Busy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_told_by_their_names() {
        let body = br#"{"agents": [
            {"name": "vm-1", "status": "BUILDING", "currentJob": "CI #8", "labels": "linux, x64,",
             "os": "Linux", "arch": "X64", "executors": 1},
            {"name": "vm-2", "status": "offline", "currentJob": "stale", "labels": ["gpu"]},
            {"status": "ONLINE"}, 3
        ]}"#;
        let agents = read(&Members::of_body(body).unwrap());
        assert_eq!(agents.len(), 2);
        assert_eq!(agents[0].state, AgentState::Busy);
        assert_eq!(agents[0].labels, ["linux", "x64"]);
        assert_eq!(agents[0].os.as_deref(), Some("Linux X64"));
        assert_eq!(agents[0].job.as_deref(), Some("CI #8"));
        assert_eq!((agents[1].state, &agents[1].job), (AgentState::Offline, &None));
        assert_eq!(agents[1].labels, ["gpu"]);
    }
}
