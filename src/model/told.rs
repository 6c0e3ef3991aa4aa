//! What a provider tells when it is asked, beside builds and steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BuildFact, StepFact, Timestamp};

/// What one answer says of a build: facts as those of a hook, but replaced as a set when it is asked
/// again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildFact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepFact>,
}

/// A commit that is part of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Lower-case hash; of another version control its own number.
    pub commit: String,
    pub author: Option<String>,
    /// May have many lines.
    pub message: Option<String>,
    pub at: Option<Timestamp>,
    /// Where people read it.
    pub url: Option<String>,
}

/// A file, or a folder of files, that a build left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The provider's own id.
    pub key: String,
    pub name: String,
    pub path: Option<String>,
    /// The provider's own word: `Container`, `PipelineArtifact`, a MIME type.
    pub kind: Option<String>,
    pub bytes: Option<i64>,
    /// Key of the step that made it.
    pub step: Option<String>,
    /// Page or download at the provider, for people who are signed in there.
    pub url: Option<String>,
    /// `finished`, `expired`, `deleted`, where the provider tells.
    pub state: Option<String>,
}

/// How an annotation looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationStyle {
    Success,
    Info,
    Warning,
    Error,
}

/// A note that a build's own steps left on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// One of each name per build: a later one takes its place.
    pub context: String,
    pub style: AnnotationStyle,
    /// As the provider keeps it: never to be shown as it is.
    pub html: String,
    /// Greater stands above.
    pub priority: i64,
    /// Key of the step it belongs to, else it is the build's.
    pub step: Option<String>,
    pub at: Option<Timestamp>,
}

/// The log of one step, as a provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogListed {
    /// The provider's own id of it within the build.
    pub key: String,
    pub lines: Option<i64>,
    /// Last written to.
    pub changed_at: Option<Timestamp>,
}

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    Online,
    Busy,
    /// Takes no more jobs, on purpose.
    Paused,
    Offline,
    /// Went away without a word.
    Lost,
    Unknown,
}

impl AgentState {
    pub const ALL: [Self; 6] =
        [Self::Online, Self::Busy, Self::Paused, Self::Offline, Self::Lost, Self::Unknown];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Paused => "paused",
            Self::Offline => "offline",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A machine that runs jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The provider's own id: `{pool}/{agent}` of Azure DevOps, Buildkite's UUID.
    pub key: String,
    pub name: String,
    /// Pool or queue.
    pub pool: Option<String>,
    pub version: Option<String>,
    pub os: Option<String>,
    pub hostname: Option<String>,
    pub state: AgentState,
    /// Whether it may take jobs.
    pub is_enabled: bool,
    pub connected_at: Option<Timestamp>,
    /// Last change of its state, or end of its last job.
    pub last_seen_at: Option<Timestamp>,
    pub job: Option<AgentJob>,
    /// Where people look at it.
    pub url: Option<String>,
}

/// What an agent is busy with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentJob {
    /// Words by which the build is known: `(scheme, key)`, as in a hook.
    pub build_keys: Vec<(String, String)>,
    /// Key of the step within it.
    pub step: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    pub since: Option<Timestamp>,
}

/// A machine as a reporter saw it at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAgent {
    /// Unique within its source.
    pub name: String,
    pub state: AgentState,
    pub labels: Vec<String>,
    /// With its architecture, as the CI writes them.
    pub os: Option<String>,
    /// What it is busy with, as people call it.
    pub job: Option<String>,
}

/// A pool of agents, or a queue that jobs wait in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub key: String,
    pub name: String,
    /// The provider's own machines: a changing set that says little.
    pub is_hosted: bool,
    /// Number of agents, where it is told.
    pub size: Option<i64>,
}

/// A set of test results that was published together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    pub key: String,
    pub name: Option<String>,
    /// Whether all of it is there.
    pub is_complete: bool,
    pub totals: TestTotals,
    /// Name of the stage it came from.
    pub stage: Option<String>,
    /// Name of the job it came from, and the job's attempt.
    pub job: Option<String>,
    pub attempt: Option<u32>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestTotals {
    pub total: u64,
    pub passed: u64,
    pub failed: u64,
    /// Ended without a verdict: broke off, timed out.
    pub errored: u64,
    pub skipped: u64,
}

impl TestTotals {
    /// So many tests more that ended so.
    pub fn count(&mut self, status: TestStatus, tests: u64) {
        let slot = match status {
            TestStatus::Passed => &mut self.passed,
            TestStatus::Failed => &mut self.failed,
            TestStatus::Errored => &mut self.errored,
            TestStatus::Skipped => &mut self.skipped,
        };
        *slot = slot.saturating_add(tests);
        self.total = self.total.saturating_add(tests);
    }
}

impl std::iter::Sum for TestTotals {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

impl std::ops::AddAssign for TestTotals {
    fn add_assign(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.errored = self.errored.saturating_add(other.errored);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestStatus {
    Passed,
    Failed,
    Errored,
    Skipped,
}

impl TestStatus {
    pub const ALL: [Self; 4] = [Self::Passed, Self::Failed, Self::Errored, Self::Skipped];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
        }
    }
}

/// One result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Unique within its run; of a sub-result `{parent}/{sequence}`.
    pub key: String,
    /// Assembly, file or suite.
    pub suite: Option<String>,
    /// Full name where the provider has one.
    pub name: String,
    pub status: TestStatus,
    pub duration_ms: Option<f64>,
    pub message: Option<String>,
    pub stack: Option<String>,
    pub agent: Option<String>,
    pub started_at: Option<Timestamp>,
    /// Tries and rows of one test, in their order.
    pub parts: Vec<TestResult>,
    /// Whether the parts are tries of the same: the last one counts.
    pub is_rerun: bool,
}

/// Who a token belongs to, and what it is good for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    pub who: Option<String>,
    /// `None` where the provider does not tell.
    pub scopes: Option<Vec<String>>,
    pub expires_at: Option<Timestamp>,
}

/// How bad a finding of a scanner is: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Unknown,
}

impl Severity {
    /// The severity of a lower-case word, as scanners call it.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "critical" | "blocker" => Some(Self::Critical),
            "high" | "error" | "major" => Some(Self::High),
            "medium" | "moderate" | "warning" => Some(Self::Medium),
            "low" | "note" | "minor" => Some(Self::Low),
            "info" | "informational" | "negligible" => Some(Self::Info),
            "unknown" | "undefined" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// What a report of a scanner says of itself, where its shape is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityReport {
    pub tool: Option<String>,
    pub name: Option<String>,
    pub counts: Option<BTreeMap<Severity, u64>>,
}
