//! Histories in letters: `P` passed, `F` failed, `R` passed on retry, `x` excluded failure.

use std::sync::Arc;

use super::{Monitors, Outcome, Run, TestedBuild, Verdict, judge};
use crate::model::Timestamp;

pub const HOUR: i64 = Timestamp::MILLIS_PER_HOUR;
pub const DAY: i64 = 24 * HOUR;

#[must_use]
pub fn hour(hour: i64) -> Timestamp {
    Timestamp(hour * HOUR)
}

#[must_use]
pub fn day(day: i64) -> Timestamp {
    Timestamp(day * DAY)
}

/// A build of `main`, of a commit of its own. Its number and id are its hour.
#[must_use]
pub fn on_main(at: i64) -> TestedBuild {
    TestedBuild {
        id: at,
        at: hour(at),
        number: Some(at),
        label: None,
        on_default: true,
        branch: Some("main".into()),
        commit: Some(format!("{at:040x}").into()),
        failed_tests: 1,
    }
}

#[must_use]
pub fn on_branch(at: i64, branch: &str) -> TestedBuild {
    TestedBuild { on_default: false, branch: Some(branch.into()), ..on_main(at) }
}

#[must_use]
pub fn run(build: TestedBuild, letter: char) -> Run {
    let outcome = match letter {
        'P' => Outcome::Passed,
        'R' => Outcome::RetriedPass,
        _ => Outcome::Failed,
    };
    Run { build: Arc::new(build), lane: "unit".into(), outcome, excluded: letter == 'x' }
}

/// One build an hour from the first hour on, on what `build` says.
#[must_use]
pub fn hourly(from: i64, letters: &str, build: impl Fn(i64) -> TestedBuild) -> Vec<Run> {
    (from..).zip(letters.chars()).map(|(at, letter)| run(build(at), letter)).collect()
}

/// One build of `main` an hour, from hour 0 on.
#[must_use]
pub fn main_runs(letters: &str) -> Vec<Run> {
    hourly(0, letters, on_main)
}

/// By default settings, an hour after the newest run.
#[must_use]
pub fn judged(runs: &[Run]) -> Verdict {
    let newest = runs.iter().map(|run| run.build.at).max().unwrap_or_default();
    judged_by(runs, &Monitors::default(), Timestamp(newest.0 + HOUR))
}

#[must_use]
pub fn judged_by(runs: &[Run], monitors: &Monitors, now: Timestamp) -> Verdict {
    judge(runs, &[], &monitors.for_pipeline(&["shop-ci"]), now)
}
