//! Figures: shares with how sure they are, percentiles, time lost.

use std::time::Duration;

use serde::Serialize;

use super::history::{History, Point};
use super::{Outcome, Run};
use crate::model::{Timestamp, percentile};

/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.96;

/// How many of how many, and between which shares the truth lies with 95 % (Wilson), in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    pub failed: u32,
    pub considered: u32,
    pub low: f64,
    pub high: f64,
}

impl Rate {
    #[must_use]
    pub fn of(failed: u32, considered: u32) -> Self {
        if considered == 0 {
            return Self { failed, considered, low: 0.0, high: 100.0 };
        }
        let n = f64::from(considered);
        let share = f64::from(failed) / n;
        let scale = 1.0 + Z * Z / n;
        let centre = (share + Z * Z / (2.0 * n)) / scale;
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
        // At the ends the root is not exact.
        let low = if failed == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if failed == considered { 1.0 } else { (centre + half).min(1.0) };
        Self { failed, considered, low: low * 100.0, high: high * 100.0 }
    }

    /// Failed of considered, in percent; 0 where nothing was considered.
    #[must_use]
    pub fn plain(&self) -> f64 {
        f64::from(self.failed) * 100.0 / f64::from(self.considered.max(1))
    }

    /// `failed 7 of 20 (18 to 57 %)`
    #[must_use]
    pub fn text(&self) -> String {
        let Self { failed, considered, low, high } = self;
        format!("failed {failed} of {considered} ({low:.0} to {high:.0} %)")
    }
}

/// Of values as they were measured: half, and 95 of 100, are at most as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    pub p50: i64,
    pub p95: i64,
}

/// Half, and 95 of 100. Sorts what it is given.
#[must_use]
pub fn percentiles(values: &mut [i64]) -> Option<Percentiles> {
    Some(Percentiles { p50: percentile(values, 50)?, p95: percentile(values, 95)? })
}

/// What a test cost: builds that it alone turned red, each of which somebody ran again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lost {
    pub builds: u32,
    /// Builds times the median of the job's duration; `None` where no duration is known.
    pub lost_ms: Option<i64>,
}

/// What a test cost in so many days before `now`. `job_ms` are durations of the job it runs in.
#[must_use]
pub fn lost(runs: &[Run], job_ms: &mut [i64], days: u32, now: Timestamp) -> Lost {
    let from = Timestamp(now.0 - days_ms(days));
    let history = History::of(runs);
    let is_lost = |point: &&Point<'_>| {
        let Point { build, outcome, .. } = point;
        let is_lately = build.at > from && build.at <= now;
        is_lately && *outcome == Outcome::Failed && build.failed_tests == 1
    };
    let builds = u32::try_from(history.points.iter().filter(is_lost).count()).unwrap_or(u32::MAX);
    let lost_ms = percentiles(job_ms).map(|job| job.p50.saturating_mul(i64::from(builds)));
    Lost { builds, lost_ms }
}

#[must_use]
pub(super) fn days_ms(days: u32) -> i64 {
    i64::from(days) * 24 * Timestamp::MILLIS_PER_HOUR
}

/// So many days later.
#[must_use]
pub(super) fn in_days(at: Timestamp, days: u32) -> Timestamp {
    at.plus(Duration::from_hours(24 * u64::from(days)))
}

/// `1 run`, `41 runs`
#[must_use]
pub(super) fn counted(number: u32, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::super::TestedBuild;
    use super::super::fixtures::{hour, hourly, main_runs, on_main};
    use super::*;

    #[test]
    fn lost_are_builds_that_the_test_alone_turned_red_lately() {
        let mut runs = main_runs("PFPFxR");
        let among_others = |at| TestedBuild { failed_tests: 2, ..on_main(at) };
        runs.extend(hourly(6, "F", among_others));
        let minutes = [4, 6, 50].map(|minutes| minutes * 60_000);
        let at = |days, now| lost(&runs, &mut minutes.clone(), days, now);
        let found = at(14, hour(9));
        assert_eq!((found.builds, found.lost_ms), (2, Some(12 * 60_000)));
        assert_eq!(at(14, hour(14 * 24 + 2)).builds, 1, "the older one is of the past");
        assert_eq!(at(14, hour(2)).builds, 1, "the younger one is yet to come");
        assert_eq!(lost(&runs, &mut [], 14, hour(9)).lost_ms, None);
    }

    #[test]
    fn a_share_of_few_is_less_sure_than_the_same_share_of_many() {
        let text = |failed, considered| Rate::of(failed, considered).text();
        assert_eq!(text(7, 20), "failed 7 of 20 (18 to 57 %)");
        assert_eq!(text(70, 200), "failed 70 of 200 (29 to 42 %)");
        assert_eq!(text(0, 20), "failed 0 of 20 (0 to 16 %)");
        assert_eq!(text(20, 20), "failed 20 of 20 (84 to 100 %)");
        assert_eq!(text(0, 0), "failed 0 of 0 (0 to 100 %)");
    }

    #[test]
    fn no_failure_in_189_runs_is_below_two_percent() {
        assert!(Rate::of(0, 188).high > 2.0);
        assert!(Rate::of(0, 189).high <= 2.0);
    }
}
