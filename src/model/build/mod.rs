//! Builds: what one message says of a build, the fold of all such words, and the record that
//! follows from the fold.

mod fact;
mod fold;
mod record;

use serde::{Deserialize, Serialize};

pub use fact::{
    ANSWERED, Approval, Authority, BuildFact, Completion, Phase, PipelineSaid, PullRequest,
};
pub use fold::BuildFold;
pub use record::{Build, Cause, Jobs, StepSummary};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    Queued,
    Running,
    /// For a person: an approval, or an unblock.
    Waiting,
    Finished,
}

impl BuildState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Waiting, Self::Finished];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Finished => "finished",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Ordered by which wins when two finishes have the same time: the worst news does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildResult {
    Unknown,
    Skipped,
    Success,
    Unstable,
    Aborted,
    Failure,
}

impl BuildResult {
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Skipped, Self::Success, Self::Unstable, Self::Aborted, Self::Failure];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Success => "success",
            Self::Unstable => "unstable",
            Self::Aborted => "aborted",
            Self::Failure => "failure",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// Why a build or step ended as it did, where the provider tells more than the result.
/// Ordered by which explains a build best when its steps differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultDetail {
    /// A person or an approval said no.
    Rejected,
    /// No agent took the job in time.
    NoAgent,
    /// It ran longer than allowed.
    Timeout,
    /// The agent or the service failed, not the code.
    Infrastructure,
}

impl ResultDetail {
    pub const ALL: [Self; 4] = [Self::Rejected, Self::NoAgent, Self::Timeout, Self::Infrastructure];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::NoAgent => "no_agent",
            Self::Timeout => "timeout",
            Self::Infrastructure => "infrastructure",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == text)
    }
}

#[cfg(test)]
mod tests;
