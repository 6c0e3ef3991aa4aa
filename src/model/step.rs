//! Steps: stages, jobs, tasks and gates of a build. Each attempt of a step is a step of its own.

mod fold;
mod lines;

use serde::{Deserialize, Serialize};

use super::{BuildResult, BuildState, ResultDetail, Timestamp};

pub use fold::StepFold;
pub use lines::{StepLine, attempts, settle_stages, summarise};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Stage,
    Job,
    Task,
    /// Something that holds the build until a person or a check lets it go on.
    Gate,
}

impl StepKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Job => "job",
            Self::Task => "task",
            Self::Gate => "gate",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stage, Self::Job, Self::Task, Self::Gate].into_iter().find(|k| k.as_str() == text)
    }
}

/// Which step of a build: its key within the build, and the attempt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// Unique within the build: `stage:Test`, `job:22222222-...`.
    pub key: String,
    pub attempt: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    Warning,
    Error,
}

impl IssueKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that the provider noted on a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issue {
    pub kind: IssueKind,
    pub message: String,
    /// In the step's own log, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
}

/// What one message says of one step. Everything it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFact {
    #[serde(flatten)]
    pub step: StepRef,
    pub kind: StepKind,
    /// How far this kind of message is trusted for names and other attributes: what the provider
    /// answered goes before what it sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<StepRef>,
    /// Provider time of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Place among its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// How far it has come; within one attempt a step only goes forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BuildState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<BuildResult>,
    /// The provider's own word for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_result: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ResultDetail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Failed, but allowed to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft_failed: bool,
    /// A later try took its place: it no longer counts for the build.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// Key of the step whose retry this is, where each try has a key of its own. The attempt shown is
    /// then at least the length of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// Which of several tries that share this key it is, where they are not numbered: of ends that tell no
    /// time, that of the greatest counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<i64>,
    /// When it told of itself, as a reporter in it does: what is over was over by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// When the provider made it, before it could run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Pool or queue that it waits in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// What it runs, where that has a name of its own: `CmdLine@2.237.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<i64>,
    /// Who let it go on, of a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its page at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The provider's key of its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues: Option<Vec<Issue>>,
    /// Providers list some issues and count all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning_count: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(weight: &u8) -> bool {
    *weight == 0
}

impl StepFact {
    /// A fact that says nothing yet but which step it is about.
    #[must_use]
    pub fn about(step: StepRef, kind: StepKind) -> Self {
        Self {
            step,
            kind,
            parent: None,
            at: None,
            name: None,
            order: None,
            state: None,
            result: None,
            raw_result: None,
            detail: None,
            queued_at: None,
            started_at: None,
            finished_at: None,
            agent: None,
            soft_failed: false,
            superseded: false,
            retry_of: None,
            turn: None,
            reported_at: None,
            weight: 0,
            created_at: None,
            queue: None,
            task: None,
            exit_status: None,
            by: None,
            url: None,
            log: None,
            issues: None,
            error_count: None,
            warning_count: None,
        }
    }
}

/// The record of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub kind: StepKind,
    pub parent: Option<StepRef>,
    pub name: Option<String>,
    pub order: Option<i64>,
    pub state: BuildState,
    /// Some event told the state of the step itself.
    #[serde(skip)]
    pub is_told: bool,
    pub result: Option<BuildResult>,
    pub raw_result: Option<String>,
    pub detail: Option<ResultDetail>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub agent: Option<String>,
    pub soft_failed: bool,
    pub superseded: bool,
    pub retry_of: Option<String>,
    pub created_at: Option<Timestamp>,
    pub queue: Option<String>,
    pub task: Option<String>,
    pub exit_status: Option<i64>,
    pub by: Option<String>,
    pub url: Option<String>,
    pub log: Option<String>,
    pub issues: Vec<Issue>,
    pub error_count: i64,
    pub warning_count: i64,
}

/// How far a step has come. Unlike a build, which waits in the middle of its run, a step is held
/// before it starts: running is the later state.
fn progress(state: BuildState) -> u8 {
    match state {
        BuildState::Queued => 0,
        BuildState::Waiting => 1,
        BuildState::Running => 2,
        BuildState::Finished => 3,
    }
}

#[cfg(test)]
mod tests;
