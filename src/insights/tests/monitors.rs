//! The settings of the monitors: when each gives alarm, and when it takes it back.
//!
//! Every member may be left out, and then holds as in [`Monitors::default`]. What no history could
//! satisfy, or what would alarm and recover at once, is refused by [`Monitors::check`].

mod check;

use serde::{Deserialize, Serialize};

use super::Patterns;
pub use check::Invalid;

/// Who gives alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    Broken,
    BothWays,
    Flips,
    Failures,
}

impl Monitor {
    pub const ALL: [Self; 4] = [Self::Broken, Self::BothWays, Self::Flips, Self::Failures];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::BothWays => "both_ways",
            Self::Flips => "flips",
            Self::Failures => "failures",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|monitor| monitor.as_str() == text)
    }
}

/// All of it. Three monitors tell flaky tests, each by itself; `broken` goes before them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Monitors {
    pub both_ways: BothWays,
    pub flips: FlipRate,
    pub failures: FailureRate,
    pub broken: Broken,
}

/// The same test ended both ways on one commit, within one lane; a pass on retry is that too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BothWays {
    pub on: bool,
    pub branches: Patterns,
    pub pipelines: Patterns,
    pub alarm: BothWaysAlarm,
    pub recover: BothWaysRecover,
}

/// An event is a run that passed on retry, or one that ended unlike the run of that commit and lane
/// before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BothWaysAlarm {
    pub events: u32,
    pub within_days: u32,
}

/// Clean runs are passes since the last event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BothWaysRecover {
    /// So long after the last event, and so many clean runs...
    pub days: u32,
    pub clean_runs: u32,
    /// ...or so many, however soon.
    pub or_clean_runs: u32,
    /// Or so long without any failure.
    pub quiet_days: u32,
}

/// How often the outcome changes from build to build, each branch for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlipRate {
    pub on: bool,
    pub branches: Patterns,
    pub pipelines: Patterns,
    /// It looks at so many runs, the newest that it considers.
    pub runs: u32,
    pub count: FlipCount,
    /// So many failures in a row are a breakage: none of them is considered. As long as it is open
    /// whether a failure begins one, it is not considered either. 0: every run is considered at once.
    pub breakage: u32,
    pub alarm: FlipRateAlarm,
    pub recover: FlipRateRecover,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipCount {
    /// A change into failing, and a pass on retry.
    IntoFailing,
    /// Every change between pass and failure; a pass on retry is a pass.
    BothDirections,
}

/// All of it has to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlipRateAlarm {
    /// Flips of 100 considered runs, at least.
    pub percent: f64,
    /// And so many flips.
    pub flips: u32,
    /// And so many considered runs; with fewer the test is watched.
    pub min_runs: u32,
}

/// One of it is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlipRateRecover {
    /// At most.
    pub percent: f64,
    /// At most.
    pub flips: u32,
    /// So long without any failure; then all before it is forgotten.
    pub quiet_days: u32,
}

/// How often the test fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailureRate {
    pub on: bool,
    pub branches: Patterns,
    pub pipelines: Patterns,
    /// It looks at so many runs, the newest that it considers.
    pub runs: u32,
    pub bounds: Bounds,
    /// As of [`FlipRate`].
    pub breakage: u32,
    pub alarm: FailureRateAlarm,
    pub recover: FailureRateRecover,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// Both ends of the 95 % interval of Wilson.
    Wilson,
    /// Failed of considered, as it is.
    Plain,
}

/// All of it has to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailureRateAlarm {
    /// The lower bound is above.
    pub above_percent: f64,
    /// The upper bound is below; what fails more often is broken rather than flaky.
    pub below_percent: Option<f64>,
    /// With fewer considered runs the test is watched.
    pub min_runs: u32,
}

/// One of it is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailureRateRecover {
    /// The upper bound, at most.
    pub percent: f64,
    /// As of [`FlipRateRecover`].
    pub quiet_days: u32,
}

/// It fails now, and not for the first time. Always of default branches, each for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Broken {
    pub on: bool,
    pub alarm: BrokenAlarm,
    pub recover: BrokenRecover,
}

/// One of it is enough, when the newest run failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokenAlarm {
    /// So many failures in a row...
    pub in_a_row: u32,
    /// ...or so many of 100 of the newest runs, at least.
    pub percent: f64,
    pub of_runs: u32,
    /// As soon as there are so many of them.
    pub min_runs: u32,
}

/// One of it is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokenRecover {
    /// So many passes in a row.
    pub passes: u32,
    /// So long without any run on the branch: it ended, or the test is gone.
    pub absent_days: u32,
}

impl Default for BothWays {
    fn default() -> Self {
        Self {
            on: true,
            branches: Patterns::all(),
            pipelines: Patterns::all(),
            alarm: BothWaysAlarm::default(),
            recover: BothWaysRecover::default(),
        }
    }
}

impl Default for BothWaysAlarm {
    fn default() -> Self {
        Self { events: 1, within_days: 14 }
    }
}

impl Default for BothWaysRecover {
    fn default() -> Self {
        Self { days: 7, clean_runs: 20, or_clean_runs: 100, quiet_days: 30 }
    }
}

impl Default for FlipRate {
    fn default() -> Self {
        Self {
            on: true,
            branches: Patterns::default_branch(),
            pipelines: Patterns::all(),
            runs: 30,
            count: FlipCount::IntoFailing,
            breakage: 3,
            alarm: FlipRateAlarm::default(),
            recover: FlipRateRecover::default(),
        }
    }
}

impl Default for FlipRateAlarm {
    fn default() -> Self {
        // 4 of 30.
        Self { percent: 13.0, flips: 1, min_runs: 10 }
    }
}

impl Default for FlipRateRecover {
    fn default() -> Self {
        Self { percent: 3.0, flips: 0, quiet_days: 30 }
    }
}

impl Default for FailureRate {
    fn default() -> Self {
        Self {
            on: true,
            branches: Patterns::default_branch(),
            pipelines: Patterns::all(),
            // Of fewer than 189 runs without a failure the upper bound is above 2 %.
            runs: 200,
            bounds: Bounds::Wilson,
            breakage: 3,
            alarm: FailureRateAlarm::default(),
            recover: FailureRateRecover::default(),
        }
    }
}

impl Default for FailureRateAlarm {
    fn default() -> Self {
        Self { above_percent: 2.0, below_percent: Some(80.0), min_runs: 20 }
    }
}

impl Default for FailureRateRecover {
    fn default() -> Self {
        Self { percent: 2.0, quiet_days: 30 }
    }
}

impl Default for Broken {
    fn default() -> Self {
        Self { on: true, alarm: BrokenAlarm::default(), recover: BrokenRecover::default() }
    }
}

impl Default for BrokenAlarm {
    fn default() -> Self {
        Self { in_a_row: 3, percent: 80.0, of_runs: 10, min_runs: 5 }
    }
}

impl Default for BrokenRecover {
    fn default() -> Self {
        Self { passes: 1, absent_days: 30 }
    }
}

/// Settings that can be chosen whole.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    pub key: &'static str,
    pub name: &'static str,
    pub monitors: fn() -> Monitors,
}

pub const PRESETS: [Preset; 2] = [
    Preset { key: "default", name: "Creel", monitors: Monitors::default },
    Preset { key: "buildbutler", name: "BuildButler-compatible", monitors: Monitors::buildbutler },
];

impl Monitors {
    /// At least 5 changes between pass and failure in the last 30 runs, or a pass rate below 80 %,
    /// and neither as soon as it no longer holds. There is no smallest number of runs: a test that
    /// failed in its first run has a pass rate of 0 %.
    #[must_use]
    pub fn buildbutler() -> Self {
        Self {
            both_ways: BothWays { on: false, ..BothWays::default() },
            flips: FlipRate {
                runs: 30,
                count: FlipCount::BothDirections,
                breakage: 0,
                alarm: FlipRateAlarm { percent: 0.0, flips: 5, min_runs: 1 },
                recover: FlipRateRecover { percent: 0.0, flips: 4, ..FlipRateRecover::default() },
                ..FlipRate::default()
            },
            failures: FailureRate {
                runs: 30,
                bounds: Bounds::Plain,
                breakage: 0,
                alarm: FailureRateAlarm { above_percent: 20.0, below_percent: None, min_runs: 1 },
                recover: FailureRateRecover { percent: 20.0, ..FailureRateRecover::default() },
                ..FailureRate::default()
            },
            broken: Broken::default(),
        }
    }

    /// The settings as they hold for one pipeline, of which these are all names.
    #[must_use]
    pub fn for_pipeline(&self, names: &[&str]) -> Rules<'_> {
        let is_on = |monitor: &Monitor| match monitor {
            Monitor::Broken => self.broken.on,
            Monitor::BothWays => self.both_ways.on && self.both_ways.pipelines.has_pipeline(names),
            Monitor::Flips => self.flips.on && self.flips.pipelines.has_pipeline(names),
            Monitor::Failures => self.failures.on && self.failures.pipelines.has_pipeline(names),
        };
        Rules { monitors: self, on: Monitor::ALL.into_iter().filter(is_on).collect() }
    }
}

/// The monitors of one pipeline: which of them are on there.
#[derive(Debug, Clone)]
pub struct Rules<'a> {
    pub(super) monitors: &'a Monitors,
    on: Vec<Monitor>,
}

impl Rules<'_> {
    pub(super) fn is_on(&self, monitor: Monitor) -> bool {
        self.on.contains(&monitor)
    }
}

#[cfg(test)]
mod tests;
