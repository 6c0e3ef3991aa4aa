//! The sentence under a failing test: the first that fits.

use serde::Serialize;

use super::figures::{counted, days_ms};
use super::first_bad::{Failing, Suspects};
use super::history::{History, Point};
use super::{Exclusion, FLAKED_DAYS, Outcome, Run, TestedBuild, Verdict};
use crate::model::Timestamp;

/// With fewer passes before it nobody can say that a failure is new.
pub const PASSES_MIN: u32 = 5;

/// A flaky test that fails so often in a row is broken as well.
const IN_A_ROW: u32 = 3;

/// Runs that are looked back on for "passed 41 of 41".
const LOOKED_BACK_MAX: usize = 100;

/// What to make of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Sentence {
    /// It failed on this branch before, and passed in no build since.
    BrokenSince {
        build: i64,
        name: String,
        /// Failing runs in a row, this one included.
        runs: u32,
        suspects: Option<Suspects>,
    },
    /// It passed until now.
    NewFailure {
        passed: u32,
        runs: u32,
        /// The default branch; `None` where that tells too little, and all runs were counted.
        branch: Option<String>,
    },
    /// It failed on the default branch before this build began.
    AlsoOnDefault {
        build: i64,
        name: String,
        branch: Option<String>,
        runs: u32,
    },
    /// A monitor of flaky tests is in alarm.
    KnownFlaky {
        /// Failed, or passed on retry.
        failed: u32,
        runs: u32,
        days: u32,
        last_flake_at: Option<Timestamp>,
    },
    LittleHistory {
        runs: u32,
    },
    /// The infrastructure guard leaves the result out: nothing is to be made of it.
    LeftOut {
        because: Exclusion,
    },
}

/// What to make of the failure of a test in `build`, from its runs before (those of `build` and after
/// it are passed over) and from the verdict on it. Of a result that the infrastructure guard leaves out
/// there is [`Sentence::LeftOut`] to say instead.
#[must_use]
pub fn sentence(runs: &[Run], build: &TestedBuild, verdict: &Verdict) -> Sentence {
    let mut history = History::of(runs);
    history.points.retain(|point| point.build.order(build).is_lt());
    let points = &history.points;
    let is_here = |point: &&Point<'_>| {
        point.build.branch == build.branch && point.build.on_default == build.on_default
    };
    let here = Failing::at_the_end_of(points.iter().filter(is_here));
    let default = history.default_branch();
    let on_default = || points.iter().filter(|point| Some(point.branch) == default);
    let there = match build.on_default {
        true => None,
        false => Failing::at_the_end_of(on_default()),
    };
    // One failure of a flaky test tells nothing; several in a row do.
    let least = if verdict.is_flaky() { IN_A_ROW } else { 1 };
    let also = there.filter(|failing| failing.runs >= least);

    if let Some(Failing { bad, runs, .. }) = here.filter(|failing| failing.runs + 1 >= least)
        && also.is_none()
    {
        let (build, name) = (bad.id, bad.name());
        return Sentence::BrokenSince { build, name, runs: runs + 1, suspects: None };
    }
    if !verdict.is_flaky() && also.is_none() {
        let of_default = tally(on_default().rev().take(LOOKED_BACK_MAX));
        let of_all = tally(points.iter().rev().take(LOOKED_BACK_MAX));
        let name = default.and_then(|place| history.branches[place].branch.as_deref());
        if of_default.passed >= PASSES_MIN {
            let Tally { passed, runs } = of_default;
            let branch = Some(name.unwrap_or("the default branch").to_owned());
            return Sentence::NewFailure { passed, runs, branch };
        }
        if of_all.passed >= PASSES_MIN {
            let Tally { passed, runs } = of_all;
            return Sentence::NewFailure { passed, runs, branch: None };
        }
    }
    if let Some(Failing { bad, runs, .. }) = also {
        let branch = bad.branch.as_deref().map(str::to_owned);
        return Sentence::AlsoOnDefault { build: bad.id, name: bad.name(), branch, runs };
    }
    if verdict.is_flaky() {
        let from = build.at.0 - days_ms(FLAKED_DAYS);
        let Tally { passed, runs } = tally(points.iter().filter(|point| point.build.at.0 > from));
        let flaked = points.iter().rev().find(|point| point.outcome != Outcome::Passed);
        return Sentence::KnownFlaky {
            failed: runs - passed,
            runs,
            days: FLAKED_DAYS,
            last_flake_at: flaked.map(|point| point.build.at),
        };
    }
    Sentence::LittleHistory { runs: u32::try_from(points.len()).unwrap_or(u32::MAX) }
}

struct Tally {
    /// At once, not on retry.
    passed: u32,
    runs: u32,
}

fn tally<'p, 'a: 'p>(points: impl Iterator<Item = &'p Point<'a>>) -> Tally {
    points.fold(Tally { passed: 0, runs: 0 }, |tally, point| Tally {
        passed: tally.passed + u32::from(point.outcome == Outcome::Passed),
        runs: tally.runs + 1,
    })
}

impl Sentence {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BrokenSince { .. } => "broken_since",
            Self::NewFailure { .. } => "new_failure",
            Self::AlsoOnDefault { .. } => "also_on_default",
            Self::KnownFlaky { .. } => "known_flaky",
            Self::LittleHistory { .. } => "little_history",
            Self::LeftOut { .. } => "left_out",
        }
    }

    /// The build that it names.
    #[must_use]
    pub fn build(&self) -> Option<i64> {
        match self {
            Self::BrokenSince { build, .. } | Self::AlsoOnDefault { build, .. } => Some(*build),
            Self::NewFailure { .. }
            | Self::KnownFlaky { .. }
            | Self::LittleHistory { .. }
            | Self::LeftOut { .. } => None,
        }
    }

    /// With what came between the last pass and the first failure, where that is known.
    #[must_use]
    pub fn suspecting(mut self, found: Suspects) -> Self {
        if let Self::BrokenSince { suspects, .. } = &mut self {
            *suspects = Some(found);
        }
        self
    }

    /// For people, without a full stop.
    #[must_use]
    pub fn text(&self, now: Timestamp) -> String {
        match self {
            Self::BrokenSince { name, suspects: Some(suspects), .. } if suspects.commits > 0 => {
                format!("Broken since {name} ({})", suspects.text())
            }
            Self::BrokenSince { name, runs, .. } => {
                format!("Broken since {name} ({})", counted(*runs, "run"))
            }
            Self::NewFailure { passed, runs, branch } => {
                let place =
                    branch.as_ref().map_or("before".to_owned(), |name| format!("on {name}"));
                format!("New failure: passed {passed} of {runs} {place}, likely this change")
            }
            Self::AlsoOnDefault { name, branch, .. } => {
                let branch = branch.as_deref().unwrap_or("the default branch");
                format!("Also failing on {branch} since {name}: not caused here")
            }
            Self::KnownFlaky { failed, runs, days, last_flake_at } => {
                let text = format!("Known flaky: failed {failed} of {runs} in {days} days");
                match last_flake_at {
                    Some(at) => format!("{text}; last flake {}", ago(*at, now)),
                    None => text,
                }
            }
            Self::LittleHistory { runs } => {
                format!("Not enough history ({})", counted(*runs, "run"))
            }
            Self::LeftOut { because } => format!("Tells nothing of the test: {}", because.text()),
        }
    }
}

/// `2 h ago`
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now.0 - at.0).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2_880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests;
