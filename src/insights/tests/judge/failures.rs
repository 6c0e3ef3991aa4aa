//! How often the test fails.

use std::collections::VecDeque;

use super::super::history::{History, Point};
use super::super::{Bounds, FailureRate, Monitor, Outcome, Rate, Rules};
use super::bell::Bell;
use super::considered::Sieve;
use super::{Because, Evidence, Watching};
use crate::model::Timestamp;

pub(super) struct Failing<'a> {
    settings: &'a FailureRate,
    pub bell: Bell,
    sieve: Sieve<'a>,
    /// Of the newest considered runs, whether they failed.
    window: VecDeque<bool>,
    failed: u32,
    early_since: Option<Timestamp>,
}

impl<'a> Failing<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let settings = &rules.monitors.failures;
        Self {
            settings,
            bell: Bell::new(Monitor::Failures, rules.is_on(Monitor::Failures)),
            sieve: Sieve::new(history, &settings.branches, settings.breakage),
            window: VecDeque::new(),
            failed: 0,
            early_since: None,
        }
    }

    pub(super) fn hear(&mut self, point: &Point<'a>) {
        if !self.sieve.has(point) {
            return;
        }
        if point.outcome != Outcome::Passed {
            self.bell.heard(point.build.at);
        }
        let Self { settings, sieve, window, failed, .. } = self;
        sieve.hear(point, |run| {
            let has_failed = run.outcome == Outcome::Failed;
            window.push_back(has_failed);
            *failed += u32::from(has_failed);
            if window.len() > settings.runs as usize && window.pop_front() == Some(true) {
                *failed -= 1;
            }
        });
        let rate = self.rate();
        let (low, high) = match self.settings.bounds {
            Bounds::Wilson => (rate.low, rate.high),
            Bounds::Plain => (rate.plain(), rate.plain()),
        };
        let alarm = &self.settings.alarm;
        let is_alarming =
            low > alarm.above_percent && alarm.below_percent.is_none_or(|below| high < below);
        let is_early = is_alarming && rate.considered < alarm.min_runs;
        self.early_since = is_early.then(|| self.early_since.unwrap_or(point.build.at));
        if is_alarming && !is_early {
            self.bell.ring(point.build, || Evidence::Failures(rate));
        } else if high <= self.settings.recover.percent {
            self.bell.silence(point.build.at, Because::Runs);
        }
    }

    pub(super) fn lapse(&mut self, until: Timestamp) {
        if self.bell.was_quiet(self.settings.recover.quiet_days, until) {
            self.forget();
        }
    }

    pub(super) fn begin_epoch(&mut self, at: Timestamp) {
        self.bell.begin_epoch(at);
        self.forget();
    }

    fn forget(&mut self) {
        self.sieve.forget();
        self.window.clear();
        (self.failed, self.early_since) = (0, None);
    }

    pub(super) fn rate(&self) -> Rate {
        Rate::of(self.failed, u32::try_from(self.window.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn wanted(&self) -> u32 {
        self.settings.alarm.min_runs
    }

    pub(super) fn watching(&self) -> Option<Watching> {
        let since = self.early_since.filter(|_| self.bell.is_on())?;
        let (considered, wanted) = (self.rate().considered, self.wanted());
        Some(Watching::FewRuns { since, monitor: Monitor::Failures, considered, wanted })
    }
}
