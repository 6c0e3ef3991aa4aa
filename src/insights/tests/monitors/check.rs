//! Settings that cannot hold: named with their field, all at once.

use std::fmt;

use serde::Serialize;

use super::super::Patterns;
use super::{BothWays, Broken, FailureRate, FlipRate, Monitor, Monitors};

impl Monitors {
    /// What is wrong with them; all of it at once.
    pub fn check(&self) -> Result<(), Vec<Invalid>> {
        let mut found = Vec::new();
        self.both_ways.check(&mut Checked { monitor: Monitor::BothWays, found: &mut found });
        self.flips.check(&mut Checked { monitor: Monitor::Flips, found: &mut found });
        self.failures.check(&mut Checked { monitor: Monitor::Failures, found: &mut found });
        self.broken.check(&mut Checked { monitor: Monitor::Broken, found: &mut found });
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// A setting that cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invalid {
    /// `flips.alarm.percent`
    pub field: String,
    /// Goes on where the field's name ends.
    pub reason: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.field, self.reason)
    }
}

/// Runs that a monitor can look back at; what is kept of a test reaches no further.
const RUNS_MAX: u32 = 500;

/// Longer than this nothing of a test is looked at.
const DAYS_MAX: u32 = 365;

struct Checked<'a> {
    monitor: Monitor,
    found: &'a mut Vec<Invalid>,
}

impl Checked<'_> {
    fn wrong(&mut self, member: &str, reason: String) {
        self.found.push(Invalid { field: format!("{}.{member}", self.monitor.as_str()), reason });
    }

    fn scope(&mut self, branches: &Patterns, pipelines: &Patterns) {
        self.patterns("branches", branches);
        self.patterns("pipelines", pipelines);
    }

    /// The runs that a monitor looks back at, and those of a breakage.
    fn window(&mut self, runs: u32, breakage: u32) {
        self.within("runs", runs, 2, RUNS_MAX);
        self.within("breakage", breakage, 0, RUNS_MAX);
    }

    /// How many of the runs that it looks back at it wants at least.
    fn min_runs(&mut self, min_runs: u32, runs: u32) {
        self.within("alarm.min_runs", min_runs, 1, RUNS_MAX);
        let name = format!("{}.runs", self.monitor.as_str());
        self.part("alarm.min_runs", min_runs, (&name, runs));
    }

    fn patterns(&mut self, member: &str, patterns: &Patterns) {
        if let Some(reason) = patterns.wrong() {
            self.wrong(member, reason);
        }
    }

    fn within(&mut self, member: &str, value: u32, least: u32, most: u32) {
        if !(least..=most).contains(&value) {
            self.wrong(member, format!("is {value}; it has to be from {least} to {most}"));
        }
    }

    fn days(&mut self, member: &str, value: u32) {
        self.within(member, value, 1, DAYS_MAX);
    }

    fn percent(&mut self, member: &str, value: f64) {
        if !(0.0..=100.0).contains(&value) {
            self.wrong(member, format!("is {value}; it has to be from 0 to 100"));
        }
    }

    /// A part that cannot be larger than the whole.
    fn part(&mut self, member: &str, value: u32, whole: (&str, u32)) {
        if value > whole.1 {
            let (name, whole) = whole;
            let reason = format!("is {value}, and `{name}` is {whole}: it could never hold");
            self.wrong(member, reason);
        }
    }
}

impl BothWays {
    fn check(&self, checked: &mut Checked<'_>) {
        let Self { on: _, branches, pipelines, alarm, recover } = self;
        checked.scope(branches, pipelines);
        checked.within("alarm.events", alarm.events, 1, RUNS_MAX);
        checked.days("alarm.within_days", alarm.within_days);
        checked.within("recover.days", recover.days, 0, DAYS_MAX);
        checked.within("recover.clean_runs", recover.clean_runs, 1, RUNS_MAX);
        checked.within("recover.or_clean_runs", recover.or_clean_runs, 1, RUNS_MAX);
        checked.days("recover.quiet_days", recover.quiet_days);
    }
}

impl FlipRate {
    fn check(&self, checked: &mut Checked<'_>) {
        let Self { on: _, branches, pipelines, runs, count: _, breakage, alarm, recover } = self;
        checked.scope(branches, pipelines);
        checked.window(*runs, *breakage);
        checked.percent("alarm.percent", alarm.percent);
        checked.within("alarm.flips", alarm.flips, 1, RUNS_MAX);
        checked.part("alarm.flips", alarm.flips, ("flips.runs", *runs));
        checked.min_runs(alarm.min_runs, *runs);
        checked.percent("recover.percent", recover.percent);
        if recover.percent > 0.0 && recover.percent >= alarm.percent {
            let (recovers, alarms) = (recover.percent, alarm.percent);
            let reason =
                format!("is {recovers}; it has to be below `flips.alarm.percent` ({alarms})");
            checked.wrong("recover.percent", reason);
        }
        if recover.flips >= alarm.flips {
            let (recovers, alarms) = (recover.flips, alarm.flips);
            let reason =
                format!("is {recovers}; it has to be below `flips.alarm.flips` ({alarms})");
            checked.wrong("recover.flips", reason);
        }
        checked.days("recover.quiet_days", recover.quiet_days);
    }
}

impl FailureRate {
    fn check(&self, checked: &mut Checked<'_>) {
        let Self { on: _, branches, pipelines, runs, bounds: _, breakage, alarm, recover } = self;
        checked.scope(branches, pipelines);
        checked.window(*runs, *breakage);
        checked.percent("alarm.above_percent", alarm.above_percent);
        if let Some(below) = alarm.below_percent {
            checked.percent("alarm.below_percent", below);
            if below <= alarm.above_percent {
                let above = alarm.above_percent;
                let reason = format!(
                    "is {below}; it has to be above `failures.alarm.above_percent` ({above})"
                );
                checked.wrong("alarm.below_percent", reason);
            }
        }
        checked.min_runs(alarm.min_runs, *runs);
        checked.percent("recover.percent", recover.percent);
        if recover.percent > alarm.above_percent {
            let (recovers, above) = (recover.percent, alarm.above_percent);
            let reason = format!(
                "is {recovers}; it must not be above `failures.alarm.above_percent` ({above})"
            );
            checked.wrong("recover.percent", reason);
        }
        checked.days("recover.quiet_days", recover.quiet_days);
    }
}

impl Broken {
    fn check(&self, checked: &mut Checked<'_>) {
        let Self { on: _, alarm, recover } = self;
        checked.within("alarm.in_a_row", alarm.in_a_row, 1, RUNS_MAX);
        checked.percent("alarm.percent", alarm.percent);
        checked.within("alarm.of_runs", alarm.of_runs, 1, RUNS_MAX);
        checked.within("alarm.min_runs", alarm.min_runs, 1, RUNS_MAX);
        checked.part("alarm.min_runs", alarm.min_runs, ("broken.alarm.of_runs", alarm.of_runs));
        checked.within("recover.passes", recover.passes, 1, RUNS_MAX);
        checked.days("recover.absent_days", recover.absent_days);
    }
}
