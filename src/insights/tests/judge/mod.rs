//! The verdict on a test: a replay of its runs, oldest first, through all monitors.
//!
//! Alarm and recovery have thresholds of their own, so the state of a monitor depends on how it came
//! to be. It is not kept: each call replays from the first run on. Time passes between runs too
//! ([`lapse`](Replay::lapse)): what recovers by waiting recovers at its hour, whenever somebody asks.

mod bell;
mod both_ways;
mod broken;
mod considered;
mod failures;
mod flips;
mod window;
mod words;

use serde::{Deserialize, Serialize};

use super::history::History;
use super::{Monitor, Outcome, Rate, Rules, Run};
use crate::model::Timestamp;
use both_ways::Contradicting;
use broken::Breaking;
use failures::Failing;
use flips::Flipping;

/// An alarm that soon after somebody marked the test fixed says that it came back.
const CAME_BACK_DAYS: u32 = 30;

/// What "lately" is of flaky tests: in sentences, and for the first bad build.
pub const FLAKED_DAYS: u32 = 14;

/// Alarms that are over and still told, the newest.
pub const PAST_MAX: usize = 20;

/// How a test is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It fails, and not for the first time: its newest run on a default branch failed, or there were
    /// fewer passes since than recovery wants.
    Broken,
    Flaky,
    /// Too early to say: it would be flaky if there were more runs, or it fails for the first time.
    Watching,
    /// Nothing speaks against it; whether there were runs enough to know, [`Numbers`] tell.
    Healthy,
}

impl Health {
    pub const ALL: [Self; 4] = [Self::Broken, Self::Flaky, Self::Watching, Self::Healthy];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Flaky => "flaky",
            Self::Watching => "watching",
            Self::Healthy => "healthy",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    pub status: Health,
    /// Since when it is so. Of a healthy test when the last alarm ended; `None` if there was none.
    pub since: Option<Timestamp>,
    /// Those that are open, in the order of [`Monitor::ALL`].
    pub alarms: Vec<Alarm>,
    /// Those that are over, the newest last, at most [`PAST_MAX`].
    pub past: Vec<Alarm>,
    /// Why it is watched, also beside alarms.
    pub watching: Option<Watching>,
    pub numbers: Numbers,
}

impl Verdict {
    /// Whether a monitor of flaky tests is in alarm, also when the test is broken as well.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        self.alarms.iter().any(|alarm| alarm.monitor != Monitor::Broken)
    }

    /// Whether a monitor of flaky tests was in alarm at some time between the two.
    #[must_use]
    pub fn was_flaky(&self, from: Timestamp, to: Timestamp) -> bool {
        self.alarms.iter().chain(&self.past).any(|alarm| {
            let is_over_before = alarm.over.is_some_and(|over| over.at < from);
            alarm.monitor != Monitor::Broken && alarm.since <= to && !is_over_before
        })
    }
}

/// A monitor's alarm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alarm {
    pub monitor: Monitor,
    /// When the build started that gave alarm; of broken tests the first of those that fail.
    pub since: Timestamp,
    /// That build.
    pub build: i64,
    /// What speaks for it. While it is open, numbers are those of now; of one that is over, those that
    /// gave alarm, and of a breakage all of its runs.
    pub evidence: Evidence,
    /// Somebody had marked the test fixed at that time, less than 30 days before.
    pub came_back: Option<Timestamp>,
    /// `None` while it is open.
    pub over: Option<Over>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Over {
    pub at: Timestamp,
    pub because: Because,
}

/// What ended an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Runs: the monitor's own measure of recovery.
    Runs,
    /// There was no failure, or no run at all, for long.
    Quiet,
    MarkedFixed,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Evidence {
    BothWays {
        commit: Option<String>,
        /// The build that ended otherwise on the same commit; the same build when it passed on retry.
        other_build: i64,
        /// Within the days of the setting.
        events: u32,
    },
    Flips {
        flips: u32,
        considered: u32,
        /// Those that flipped, oldest first.
        builds: Vec<i64>,
    },
    Failures(Rate),
    Broken {
        branch: Option<String>,
        /// Failures in a row.
        in_a_row: u32,
        /// Of the newest runs on that branch.
        failed: u32,
        runs: u32,
    },
}

/// Why it is too early to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Watching {
    /// The newest run on a default branch failed, and it is open whether that is a breakage.
    Fails { since: Timestamp, build: i64, in_a_row: u32 },
    /// A monitor would give alarm, but for the number of runs.
    FewRuns { since: Timestamp, monitor: Monitor, considered: u32, wanted: u32 },
}

impl Watching {
    fn since(&self) -> Timestamp {
        match self {
            Self::Fails { since, .. } | Self::FewRuns { since, .. } => *since,
        }
    }
}

/// What is known of the test since it was last marked fixed, or ever.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Numbers {
    /// Builds that it ran in, on all branches.
    pub runs: u32,
    pub failed: u32,
    /// Passed on retry.
    pub retried: u32,
    /// Builds that the infrastructure guard left out.
    pub excluded: u32,
    pub last_failed_at: Option<Timestamp>,
    /// As the monitor of failures sees it: its branches, its window.
    pub rate: Rate,
    /// Considered runs that the monitor of failures wants; with fewer there is not enough data.
    pub rate_wanted: u32,
    pub flips: Flips,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flips {
    pub flips: u32,
    pub considered: u32,
    /// Considered runs that the monitor wants.
    pub wanted: u32,
}

/// What the runs of a test come to, in whatever order they are given. `fixed` are the times at which
/// somebody marked it fixed: each closes all alarms and begins a new epoch, in which what was before
/// counts no more.
#[must_use]
pub fn judge(runs: &[Run], fixed: &[Timestamp], rules: &Rules<'_>, now: Timestamp) -> Verdict {
    let history = History::of(runs);
    let now = history.points.last().map_or(now, |newest| newest.build.at.max(now));
    let mut fixed: Vec<Timestamp> = fixed.iter().copied().filter(|at| *at <= now).collect();
    fixed.sort_unstable();
    let mut replay = Replay::new(&history, rules);
    let mut epochs = fixed.into_iter().peekable();
    for point in &history.points {
        while let Some(at) = epochs.next_if(|at| *at <= point.build.at) {
            replay.begin_epoch(at);
        }
        replay.hear(&history, point);
    }
    for at in epochs {
        replay.begin_epoch(at);
    }
    replay.lapse(now);
    replay.verdict(&history)
}

/// All monitors, and what was counted beside them.
struct Replay<'a> {
    both_ways: Contradicting<'a>,
    flips: Flipping<'a>,
    failures: Failing<'a>,
    broken: Breaking<'a>,
    epoch_at: Option<Timestamp>,
    runs: u32,
    failed: u32,
    retried: u32,
    last_failed_at: Option<Timestamp>,
}

impl<'a> Replay<'a> {
    fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        Self {
            both_ways: Contradicting::new(history, rules),
            flips: Flipping::new(history, rules),
            failures: Failing::new(history, rules),
            broken: Breaking::new(history, rules),
            epoch_at: None,
            runs: 0,
            failed: 0,
            retried: 0,
            last_failed_at: None,
        }
    }

    fn hear(&mut self, history: &History<'a>, point: &super::history::Point<'a>) {
        self.lapse(point.build.at);
        self.runs += 1;
        match point.outcome {
            Outcome::Passed => {}
            Outcome::Failed => self.failed += 1,
            Outcome::RetriedPass => self.retried += 1,
        }
        if point.outcome != Outcome::Passed {
            self.last_failed_at = Some(point.build.at);
        }
        self.both_ways.hear(history, point);
        self.flips.hear(point);
        self.failures.hear(point);
        self.broken.hear(point);
    }

    /// What recovers by waiting, until then.
    fn lapse(&mut self, until: Timestamp) {
        self.both_ways.lapse(until);
        self.flips.window.lapse(until);
        self.failures.window.lapse(until);
        self.broken.lapse(until);
    }

    fn begin_epoch(&mut self, at: Timestamp) {
        self.lapse(at);
        self.both_ways.begin_epoch(at);
        self.flips.window.begin_epoch(at);
        self.failures.window.begin_epoch(at);
        self.broken.begin_epoch(at);
        self.epoch_at = Some(at);
        (self.runs, self.failed, self.retried, self.last_failed_at) = (0, 0, 0, None);
    }

    fn verdict(self, history: &History<'a>) -> Verdict {
        let is_of_epoch = |at: Timestamp| self.epoch_at.is_none_or(|epoch| at >= epoch);
        let excluded = history.excluded.iter().filter(|build| is_of_epoch(build.at)).count();
        let numbers = Numbers {
            runs: self.runs,
            failed: self.failed,
            retried: self.retried,
            excluded: u32::try_from(excluded).unwrap_or(u32::MAX),
            last_failed_at: self.last_failed_at,
            rate: self.failures.rate(),
            rate_wanted: self.failures.window.wanted(),
            flips: self.flips.numbers(),
        };
        let watching = self
            .broken
            .watching()
            .or_else(|| self.flips.window.watching())
            .or_else(|| self.failures.window.watching());
        let mut alarms = Vec::new();
        let mut past = Vec::new();
        let bells = self.broken.into_bells().into_iter();
        let others = [self.both_ways.bell, self.flips.into_bell(), self.failures.into_bell()];
        for bell in bells.chain(others) {
            alarms.extend(bell.open);
            past.extend(bell.past);
        }
        past.sort_by_key(|alarm: &Alarm| {
            (alarm.over.map(|over| over.at), alarm.since, alarm.monitor)
        });
        past.drain(..past.len().saturating_sub(PAST_MAX));
        let status = match &alarms[..] {
            [first, ..] if first.monitor == Monitor::Broken => Health::Broken,
            [_, ..] => Health::Flaky,
            [] if watching.is_some() => Health::Watching,
            [] => Health::Healthy,
        };
        let since_of = |is_wanted: fn(&Alarm) -> bool| {
            alarms.iter().filter(|alarm| is_wanted(alarm)).map(|alarm| alarm.since).min()
        };
        let since = match status {
            Health::Broken => since_of(|alarm| alarm.monitor == Monitor::Broken),
            Health::Flaky => since_of(|_| true),
            Health::Watching => watching.map(|watching| watching.since()),
            Health::Healthy => past.last().and_then(|alarm| alarm.over).map(|over| over.at),
        };
        Verdict { status, since, alarms, past, watching, numbers }
    }
}

#[cfg(test)]
mod tests;
