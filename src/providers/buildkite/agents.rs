//! Agents: connected, lost, gone.
//!
//! Only agent events tell of agents. A job event names one too, but with an agent per job it would
//! fill the list with machines that live for minutes.

use super::decode::{event_id, missing, source};
use super::payload::{Agent, Body};
use crate::model::{
    Details, Event, EventKind, Reading, Subject, SubjectFact, SubjectKind, SubjectRef, Timestamp,
    Unreadable,
};
use crate::providers::address::link;

/// Read an event whose subject is an agent.
pub fn read(event_type: &str, body: &Body) -> Result<Reading, Unreadable> {
    let agent = body.agent.as_ref().ok_or_else(|| missing("agent"))?;
    let key = agent
        .id
        .as_deref()
        .map(|id| id.trim().to_lowercase())
        .or_else(|| agent.name.clone())
        .ok_or_else(|| missing("agent.id"))?;
    let (state, kind) = state(event_type);
    let happened_at = moment(event_type, agent);
    // The newest date orders the states of an agent where their own is not told.
    let at = happened_at.or_else(|| agent.newest_at());

    let subject = SubjectRef { kind: SubjectKind::Agent, key };
    Ok(Reading {
        event: Event {
            kind,
            provider_event_id: event_id(
                event_type,
                &subject.key,
                state.unwrap_or_default(),
                happened_at,
            ),
            at,
            source: source(body),
            subject: Some(Subject::Other(subject.clone())),
            details: Details::All,
        },
        build: None,
        steps: Vec::new(),
        subjects: vec![SubjectFact {
            title: agent.name.clone(),
            state: state.map(str::to_owned),
            url: agent.web_url.as_deref().and_then(link),
            ..SubjectFact::about(subject, at)
        }],
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    })
}

fn state(event_type: &str) -> (Option<&'static str>, EventKind) {
    match event_type {
        "agent.connected" => (Some("connected"), EventKind::AgentConnected),
        "agent.lost" => (Some("lost"), EventKind::AgentLost),
        "agent.disconnected" => (Some("disconnected"), EventKind::AgentDisconnected),
        "agent.stopping" => (Some("stopping"), EventKind::AgentDisconnected),
        "agent.stopped" => (Some("stopped"), EventKind::AgentDisconnected),
        "agent.blocked" => (Some("blocked"), EventKind::Other),
        _ => (None, EventKind::Other),
    }
}

/// The time that belongs to the event. Stopping and blocking have none.
fn moment(event_type: &str, agent: &Agent) -> Option<Timestamp> {
    match event_type {
        "agent.connected" => agent.connected_at,
        "agent.lost" => agent.lost_at,
        "agent.disconnected" => agent.disconnected_at,
        "agent.stopped" => agent.stopped_at,
        _ => None,
    }
}
