//! What one message says of a build.

use serde::{Deserialize, Serialize};

use super::{BuildResult, ResultDetail};
use crate::model::Timestamp;

/// How far a build has come, as one message tells while it is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Queued,
    Running,
}

/// Who reports a finish. A run's result is coarser than a build's (it knows no `unstable`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A pipeline run's state event: never adds an attempt, yields to a build's own word.
    Run,
    /// The build's own completion.
    Build,
    /// The build stands still behind a block step: it is waiting, not finished.
    Block,
}

/// A message that says a build came to an end (or to a block).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub authority: Authority,
    /// Provider's finish time; absent when the payload holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When the provider made the message: stands in for `at` when the two must be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    pub result: BuildResult,
    /// The provider's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ResultDetail>,
}

/// A pipeline as a build message names it. `key` identifies it within the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PipelineSaid {
    /// Azure: definition id; Buildkite: slug.
    pub key: String,
    /// The word used in addresses and filters; Azure has none and uses the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Without `refs/heads/`. Azure DevOps does not tell it with a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PullRequest {
    pub number: i64,
    /// Branch it wants to enter, without `refs/heads/`.
    pub target: Option<String>,
}

/// One approval of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub id: String,
    pub done: bool,
}

/// Weight of what a provider answered when it was asked: it goes before all that it sent unasked.
pub const ANSWERED: u8 = 4;

/// What one message says of a build. Everything it does not say is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildFact {
    /// Provider time of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far this kind of message is trusted for names and other attributes.
    pub weight: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<Completion>,
    /// Nobody tells how the whole build ends: that follows from its jobs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_jobs: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Proof of work going on at this time (a start, an unblock): later than a finish, it re-opens
    /// the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
    /// Highest attempt that the message shows running or waiting. Above the attempts that are
    /// known to be over, it re-opens the build, also where no time of a start is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_way: Option<u32>,
    /// Highest attempt the message shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<PipelineSaid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
}
