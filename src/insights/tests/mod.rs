//! What the history of a test tells: whether it flakes or is broken, since when, and by which runs.
//!
//! In goes what the books hold: the [`Run`]s of one test, in whatever order they came. Out come a
//! [`Verdict`] ([`judge`]), the [`Sentence`] under a failure ([`sentence`]), the first bad build
//! ([`first_bad`]) and what changed between two builds ([`compare`]). Nothing is remembered between
//! two calls: a verdict follows from runs, settings and the time alone, so a build that arrives late,
//! a changed setting and a preview need no machinery of their own.
//!
//! What the words mean, and what each threshold costs, stands in `docs/flaky-tests.md`.

mod came_to;
mod compare;
mod figures;
mod first_bad;
mod guard;
mod history;
mod judge;
mod monitors;
mod scope;
mod sentence;

use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;

use crate::model::Timestamp;

pub use came_to::{CameTo, Ended};
pub use compare::{Difference, Differences, compare};
pub use figures::{Lost, Percentiles, Rate, lost, percentiles};
pub use first_bad::{FirstBad, Suspects, first_bad};
pub use guard::{Exclusion, infrastructure};
pub use judge::{
    Alarm, Because, Evidence, FLAKED_DAYS, Flips, Health, Numbers, Over, PAST_MAX, Verdict,
    Watching, judge,
};
pub use monitors::{
    BothWays, BothWaysAlarm, BothWaysRecover, Bounds, Broken, BrokenAlarm, BrokenRecover,
    FailureRate, FailureRateAlarm, FailureRateRecover, FlipCount, FlipRate, FlipRateAlarm,
    FlipRateRecover, Invalid, Monitor, Monitors, PRESETS, Preset, Rules,
};
pub use scope::Patterns;
pub use sentence::{PASSES_MIN, Sentence, sentence};

/// How a test ended in one run, the worst last. A skipped one did not run: it never gets here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    /// Failed and passed within one run of its runner.
    RetriedPass,
    /// Failed, broke off or timed out, and was not tried again, or failed at every try.
    Failed,
}

/// The build that a test ran in: one value for all tests of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedBuild {
    pub id: i64,
    /// When it started. Builds are taken in this order; those of one moment by number, then by commit
    /// and branch, and by id only where nothing else tells them apart: ids follow the order of
    /// arrival, and that must not matter.
    pub at: Timestamp,
    pub number: Option<i64>,
    /// What people call it.
    pub label: Option<Arc<str>>,
    /// It ran on a branch that others come from.
    pub on_default: bool,
    pub branch: Option<Arc<str>>,
    pub commit: Option<Arc<str>>,
    /// Tests that failed in it for good; 1 when this one turned it red alone. 0 where unknown.
    pub failed_tests: u64,
}

impl TestedBuild {
    /// `#812`; where it has no number, its label.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.number, &self.label) {
            (Some(number), _) => format!("#{number}"),
            (None, Some(label)) => label.to_string(),
            (None, None) => format!("the build of {}", self.at),
        }
    }
}

/// How one test ended in one try of a job. A build may have several, of jobs and of tries: they count
/// as one run of the test, by the rule of [`CameTo`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub build: Arc<TestedBuild>,
    /// The job it ran in, without numbers of shards: only results of one lane are tries of the same.
    pub lane: Arc<str>,
    pub outcome: Outcome,
    /// By the infrastructure guard ([`infrastructure`]): left out of everything.
    pub excluded: bool,
}

impl Run {
    #[must_use]
    pub fn came_to(&self) -> CameTo {
        CameTo { outcome: self.outcome, excluded: self.excluded }
    }

    /// Which of two runs goes first: by build, those of one build by lane.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        self.build.order(&other.build).then_with(|| self.lane.cmp(&other.lane))
    }
}

#[cfg(test)]
mod fixtures;
