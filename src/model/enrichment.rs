//! What is asked of the provider about a build, and how far that has come.

use serde::{Deserialize, Serialize};

/// One kind of thing that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The build itself, its stages, jobs and tasks.
    Steps,
    Logs,
    /// Totals of published test runs.
    Tests,
    Changes,
    Artifacts,
    Annotations,
}

impl Aspect {
    pub const ALL: [Self; 6] =
        [Self::Steps, Self::Logs, Self::Tests, Self::Changes, Self::Artifacts, Self::Annotations];

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
