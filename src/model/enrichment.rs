//! What is asked of the provider about a build, and how far that has come.

use serde::{Deserialize, Serialize};

use super::{BuildResult, BuildState, Provider, Timestamp};

/// One kind of thing that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The build itself, its stages, jobs and tasks.
    Steps,
    Logs,
    /// Results of tests that were published.
    Tests,
    Changes,
    Artifacts,
    Annotations,
}

impl Aspect {
    pub const ALL: [Self; 6] =
        [Self::Steps, Self::Logs, Self::Tests, Self::Changes, Self::Artifacts, Self::Annotations];

    /// What can be asked about the builds of a provider.
    #[must_use]
    pub fn of(provider: Provider) -> &'static [Self] {
        match provider {
            Provider::AzureDevops => {
                &[Self::Steps, Self::Logs, Self::Tests, Self::Changes, Self::Artifacts]
            }
            Provider::Buildkite => {
                // Of reports among its artifacts.
                &[
                    Self::Steps,
                    Self::Logs,
                    Self::Tests,
                    Self::Changes,
                    Self::Artifacts,
                    Self::Annotations,
                ]
            }
            _ => &[],
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Logs => "logs",
            Self::Tests => "tests",
            Self::Changes => "changes",
            Self::Artifacts => "artifacts",
            Self::Annotations => "annotations",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| aspect.as_str() == text)
    }
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AspectState {
    /// It will be asked, or asked again.
    Pending,
    /// All of it is here.
    Done,
    /// It cannot be had, and asking again would not help unless something is changed.
    Unavailable,
    /// It could not be had, after all tries.
    Failed,
}

impl AspectState {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Done, Self::Unavailable, Self::Failed];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What is to be asked next about a build or a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrandKind {
    /// The build itself; what else is to be asked follows from the answer.
    Build,
    Timeline,
    Changes,
    Artifacts,
    Annotations,
    Tests,
    /// One log.
    Log,
    /// The agents of a source.
    Agents,
    /// One release of a source, with its deployments.
    Release,
}

impl ErrandKind {
    pub const ALL: [Self; 9] = [
        Self::Build,
        Self::Timeline,
        Self::Changes,
        Self::Artifacts,
        Self::Annotations,
        Self::Tests,
        Self::Log,
        Self::Agents,
        Self::Release,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Timeline => "timeline",
            Self::Changes => "changes",
            Self::Artifacts => "artifacts",
            Self::Annotations => "annotations",
            Self::Tests => "tests",
            Self::Log => "log",
            Self::Agents => "agents",
            Self::Release => "release",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What it brings for a build.
    #[must_use]
    pub fn aspect(self) -> Option<Aspect> {
        match self {
            Self::Build | Self::Timeline => Some(Aspect::Steps),
            Self::Changes => Some(Aspect::Changes),
            Self::Artifacts => Some(Aspect::Artifacts),
            Self::Annotations => Some(Aspect::Annotations),
            Self::Tests => Some(Aspect::Tests),
            Self::Log => Some(Aspect::Logs),
            Self::Agents | Self::Release => None,
        }
    }
}

/// What goes first. Lower is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// A build has just failed: somebody is looking.
    Failure = 0,
    /// The log of what failed.
    FailureLog = 1,
    /// Asked for by hand.
    Wish = 2,
    /// A build goes on, or somebody looks at it.
    Running = 3,
    /// What a source says of itself.
    Source = 4,
    /// A build has just ended well.
    Success = 5,
    /// Logs of what went well.
    Log = 6,
    /// What happened before there was anybody to ask.
    History = 7,
    HistoryLog = 8,
}

/// What ended before this is history: nobody waits for it.
pub const FRESH_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

impl Rank {
    /// How soon a build is to be asked about. `ended_at`: of one that goes on, the last that is known.
    #[must_use]
    pub fn of(
        state: BuildState,
        result: Option<BuildResult>,
        ended_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        match (state, result) {
            _ if now.0 - ended_at.0 > FRESH_MS => Self::History,
            (BuildState::Finished, Some(BuildResult::Success | BuildResult::Skipped)) => {
                Self::Success
            }
            (BuildState::Finished, _) => Self::Failure,
            _ => Self::Running,
        }
    }

    /// How soon the logs of a build are to be fetched that is asked about so soon.
    #[must_use]
    pub fn of_logs(self) -> Self {
        match self {
            Self::Failure | Self::FailureLog => Self::FailureLog,
            Self::Wish => Self::Wish,
            Self::Running | Self::Source | Self::Success | Self::Log => Self::Log,
            Self::History | Self::HistoryLog => Self::HistoryLog,
        }
    }

    pub const ALL: [Self; 9] = [
        Self::Failure,
        Self::FailureLog,
        Self::Wish,
        Self::Running,
        Self::Source,
        Self::Success,
        Self::Log,
        Self::History,
        Self::HistoryLog,
    ];
}

/// Something to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    pub kind: ErrandKind,
    /// Which one of several: the provider's key of a log or a release; else empty.
    pub what: String,
    pub rank: Rank,
    pub due_at: Timestamp,
}

impl Errand {
    #[must_use]
    pub fn new(kind: ErrandKind, rank: Rank, due_at: Timestamp) -> Self {
        Self { kind, what: String::new(), rank, due_at }
    }
}
