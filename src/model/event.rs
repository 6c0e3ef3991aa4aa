//! One provider-neutral reading of a journal entry.

use serde::{Deserialize, Serialize};

use super::{
    BuildFact, Details, SourceRef, StateChange, StepFact, SubjectFact, SubjectRef, Timestamp,
};

/// What happened, in our words. The list is closed; rules and filters name these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    #[serde(rename = "build.queued")]
    BuildQueued,
    #[serde(rename = "build.started")]
    BuildStarted,
    #[serde(rename = "build.waiting")]
    BuildWaiting,
    #[serde(rename = "build.finished")]
    BuildFinished,
    #[serde(rename = "step.started")]
    StepStarted,
    #[serde(rename = "step.waiting")]
    StepWaiting,
    #[serde(rename = "step.finished")]
    StepFinished,
    #[serde(rename = "approval.waiting")]
    ApprovalWaiting,
    #[serde(rename = "approval.finished")]
    ApprovalFinished,
    #[serde(rename = "push")]
    Push,
    #[serde(rename = "repository.changed")]
    RepositoryChanged,
    #[serde(rename = "pull_request.created")]
    PullRequestCreated,
    #[serde(rename = "pull_request.updated")]
    PullRequestUpdated,
    #[serde(rename = "pull_request.merged")]
    PullRequestMerged,
    #[serde(rename = "pull_request.merge_failed")]
    PullRequestMergeFailed,
    #[serde(rename = "pull_request.abandoned")]
    PullRequestAbandoned,
    #[serde(rename = "pull_request.commented")]
    PullRequestCommented,
    #[serde(rename = "work_item.created")]
    WorkItemCreated,
    #[serde(rename = "work_item.updated")]
    WorkItemUpdated,
    #[serde(rename = "work_item.deleted")]
    WorkItemDeleted,
    #[serde(rename = "work_item.restored")]
    WorkItemRestored,
    #[serde(rename = "work_item.commented")]
    WorkItemCommented,
    #[serde(rename = "release.created")]
    ReleaseCreated,
    #[serde(rename = "release.abandoned")]
    ReleaseAbandoned,
    #[serde(rename = "deployment.started")]
    DeploymentStarted,
    #[serde(rename = "deployment.waiting")]
    DeploymentWaiting,
    #[serde(rename = "deployment.finished")]
    DeploymentFinished,
    #[serde(rename = "agent.connected")]
    AgentConnected,
    #[serde(rename = "agent.disconnected")]
    AgentDisconnected,
    #[serde(rename = "agent.lost")]
    AgentLost,
    #[serde(rename = "alert.changed")]
    AlertChanged,
    #[serde(rename = "other")]
    Other,
}

impl EventKind {
    pub const ALL: [Self; 32] = [
        Self::BuildQueued,
        Self::BuildStarted,
        Self::BuildWaiting,
        Self::BuildFinished,
        Self::StepStarted,
        Self::StepWaiting,
        Self::StepFinished,
        Self::ApprovalWaiting,
        Self::ApprovalFinished,
        Self::Push,
        Self::RepositoryChanged,
        Self::PullRequestCreated,
        Self::PullRequestUpdated,
        Self::PullRequestMerged,
        Self::PullRequestMergeFailed,
        Self::PullRequestAbandoned,
        Self::PullRequestCommented,
        Self::WorkItemCreated,
        Self::WorkItemUpdated,
        Self::WorkItemDeleted,
        Self::WorkItemRestored,
        Self::WorkItemCommented,
        Self::ReleaseCreated,
        Self::ReleaseAbandoned,
        Self::DeploymentStarted,
        Self::DeploymentWaiting,
        Self::DeploymentFinished,
        Self::AgentConnected,
        Self::AgentDisconnected,
        Self::AgentLost,
        Self::AlertChanged,
        Self::Other,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildQueued => "build.queued",
            Self::BuildStarted => "build.started",
            Self::BuildWaiting => "build.waiting",
            Self::BuildFinished => "build.finished",
            Self::StepStarted => "step.started",
            Self::StepWaiting => "step.waiting",
            Self::StepFinished => "step.finished",
            Self::ApprovalWaiting => "approval.waiting",
            Self::ApprovalFinished => "approval.finished",
            Self::Push => "push",
            Self::RepositoryChanged => "repository.changed",
            Self::PullRequestCreated => "pull_request.created",
            Self::PullRequestUpdated => "pull_request.updated",
            Self::PullRequestMerged => "pull_request.merged",
            Self::PullRequestMergeFailed => "pull_request.merge_failed",
            Self::PullRequestAbandoned => "pull_request.abandoned",
            Self::PullRequestCommented => "pull_request.commented",
            Self::WorkItemCreated => "work_item.created",
            Self::WorkItemUpdated => "work_item.updated",
            Self::WorkItemDeleted => "work_item.deleted",
            Self::WorkItemRestored => "work_item.restored",
            Self::WorkItemCommented => "work_item.commented",
            Self::ReleaseCreated => "release.created",
            Self::ReleaseAbandoned => "release.abandoned",
            Self::DeploymentStarted => "deployment.started",
            Self::DeploymentWaiting => "deployment.waiting",
            Self::DeploymentFinished => "deployment.finished",
            Self::AgentConnected => "agent.connected",
            Self::AgentDisconnected => "agent.disconnected",
            Self::AgentLost => "agent.lost",
            Self::AlertChanged => "alert.changed",
            Self::Other => "other",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// What the sender was told about its request, decided from the envelope alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Makes or changes a build record.
    Stored,
    /// A test delivery or a documented sample: shown in the inbox, never a build.
    Test,
    /// Stored, but of a kind that makes no build record.
    Skipped,
    /// Stored, but not readable: no JSON, or no event type.
    Parked,
}

impl Answer {
    pub const ALL: [Self; 4] = [Self::Stored, Self::Test, Self::Skipped, Self::Parked];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Test => "test",
            Self::Skipped => "skipped",
            Self::Parked => "parked",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }
}

/// What an event is about. Keys are relative to the event's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A build, by the words that identify it within its source: `(scheme, key)`, strongest first.
    Build { keys: Vec<(String, String)> },
    /// A build by a name that its reporter made for it: it may be told of later, and of which source
    /// it is, is not told.
    Named { name: String },
    /// Anything else that has a timeline.
    Other(SubjectRef),
}

/// An event, as a decoder reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub kind: EventKind,
    /// Provider's id of the happening, shared by all subscriptions that match it. `None` for
    /// samples and tests, whose ids repeat: such an event is never an echo.
    pub provider_event_id: Option<String>,
    /// When it happened, as well as the provider tells.
    pub at: Option<Timestamp>,
    pub source: SourceRef,
    pub subject: Option<Subject>,
    /// How much detail the payload carried; says on the source when hooks are minimal.
    pub details: Details,
}

/// All that one entry says: one event and the facts that come with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub event: Event,
    /// About the build that is the event's subject; empty unless the subject is a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildFact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepFact>,
    /// About any other subject (not only the event's own: a job event also tells of its agent).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectFact>,
    /// State changes that count once per happening, however often it is delivered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<StateChange>,
    /// Further addresses of the build: ids that its reporter made, and the one that it was answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What else the entry holds, too large to be a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<FilingKind>,
}

/// What is filed apart from facts, in a lane of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingKind {
    /// Results of tests.
    Tests,
    /// The log of a build.
    Log,
    /// Agents of a source, as they were at one moment.
    Agents,
    /// A report of a security scanner.
    Security,
    /// Nothing but facts, of a build that nobody told of yet: read again once somebody has.
    Facts,
}

impl FilingKind {
    const ALL: [Self; 5] = [Self::Tests, Self::Log, Self::Agents, Self::Security, Self::Facts];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::Log => "log",
            Self::Agents => "agents",
            Self::Security => "security",
            Self::Facts => "facts",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Bytes of a text that a record keeps. A message of ten megabytes would stand in every list; the
/// entry holds it whole.
const TEXT_MAX: usize = 4_096;

impl Reading {
    /// The same reading, with its texts cut to a length that can be shown. What identifies something
    /// is never cut; an address that is too long is none, since a part of it leads elsewhere.
    #[must_use]
    pub fn with_bounded_texts(mut self) -> Self {
        if let Some(build) = &mut self.build {
            let BuildFact { label, branch, message, reason, requested_by, project, .. } = build;
            let texts = [label, branch, message, reason, requested_by, project];
            texts.into_iter().for_each(cut);
            if let Some(pipeline) = &mut build.pipeline {
                [&mut pipeline.name, &mut pipeline.default_branch].into_iter().for_each(cut);
            }
            build.completion.iter_mut().for_each(|completion| cut(&mut completion.raw));
            build.pull_request.iter_mut().for_each(|pull| cut(&mut pull.target));
            drop_long(&mut build.url);
        }
        for step in &mut self.steps {
            let StepFact { name, agent, raw_result, queue, task, by, url, .. } = step;
            [name, agent, raw_result, queue, task, by].into_iter().for_each(cut);
            drop_long(url);
        }
        self.subjects = self.subjects.into_iter().map(SubjectFact::with_bounded_texts).collect();
        self
    }
}

impl SubjectFact {
    /// The same fact, with its texts cut to a length that can be shown.
    #[must_use]
    pub fn with_bounded_texts(mut self) -> Self {
        let Self { title, state, project, url, deployment, .. } = &mut self;
        [title, state, project].into_iter().for_each(cut);
        drop_long(url);
        if let Some(deployment) = deployment {
            [&mut deployment.environment, &mut deployment.by].into_iter().for_each(cut);
        }
        self
    }
}

fn drop_long(address: &mut Option<String>) {
    address.take_if(|address| address.len() > TEXT_MAX);
}

fn cut(text: &mut Option<String>) {
    if let Some(text) = text.as_mut().filter(|text| text.len() > TEXT_MAX) {
        text.truncate(text.floor_char_boundary(TEXT_MAX));
        text.push('…');
    }
}

/// Why an entry could not be read. It is parked with this and read again by a later decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}{}", place(path))]
pub struct Unreadable {
    pub reason: String,
    /// Where in the body: `resource.definition.id`; `.` is the whole.
    pub path: String,
}

fn place(path: &str) -> String {
    match path {
        "." => String::new(),
        path => format!(" at {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_says_where_unless_that_is_everywhere() {
        let told = |path: &str| {
            Unreadable { reason: "expected a number".to_owned(), path: path.to_owned() }.to_string()
        };
        assert_eq!(told("resource.id"), "expected a number at resource.id");
        assert_eq!(told("."), "expected a number");
    }

    #[test]
    fn a_kind_is_spelled_the_same_in_json_and_in_text() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
    }
}
