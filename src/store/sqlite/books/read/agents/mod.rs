//! Agents, what they ran, and how long jobs waited for them.
//!
//! Three tell of agents: a provider that is asked lists them, hooks tell of their comings and goings
//! (Buildkite's do), and jobs name who ran them. None of them knows all: a list is some minutes old, a
//! hook may be lost, a job names an agent and nothing more. They are put together when they are read;
//! who told what is in `list`, `hooks` and `jobs`, and `roll` makes one of them.

mod jobs;
mod queues;
mod roll;
mod waits;

pub use jobs::{RunFilter, RunPlace, RunRow, runs};
pub use queues::{QueueRow, queues};
pub use roll::{AgentRow, JobNow, ToldBy};

use rusqlite::Connection;

use super::sources::sources_named;
use crate::model::{AgentState, Timestamp};
use crate::store::StoreError;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Agents on the roll: those on lists first, then those that hooks tell of.
const AGENTS_MAX: i64 = 20_000;

/// Which agents are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AgentFilter {
    /// Name, base address or GUID.
    pub source: Option<String>,
    pub pool: Option<String>,
    pub state: Option<AgentState>,
    /// A part of the name, the host's name or the pool.
    pub text: Option<String>,
}

/// The wanted agents, pool by pool and by name.
pub fn agents(
    connection: &Connection,
    filter: &AgentFilter,
    now: Timestamp,
) -> Result<Vec<AgentRow>, StoreError> {
    let sources = match &filter.source {
        Some(name) => Some(sources_named(connection, name)?),
        None => None,
    };
    let lower = filter.text.as_ref().map(|text| text.to_lowercase());
    let jobs = jobs::recent(connection, now)?;
    let mut agents = roll::Roll::call(connection, &jobs, now)?.into_rows(connection)?;
    agents.retain(|agent| {
        let texts = [Some(&agent.name), agent.hostname.as_ref(), agent.pool.as_ref()];
        sources.as_ref().is_none_or(|sources| sources.contains(&agent.source))
            && filter.pool.as_ref().is_none_or(|pool| agent.pool.as_ref() == Some(pool))
            && filter.state.is_none_or(|state| agent.state == state)
            && lower.as_ref().is_none_or(|lower| {
                texts.into_iter().flatten().any(|text| text.to_lowercase().contains(lower))
            })
    });
    Ok(agents)
}
