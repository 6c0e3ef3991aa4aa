//! How often the test fails.

use super::super::history::{History, Point};
use super::super::{Bounds, FailureRate, Monitor, Outcome, Rate, Rules};
use super::Evidence;
use super::bell::Bell;
use super::window::{Scope, Window};

pub(super) struct Failing<'a> {
    settings: &'a FailureRate,
    pub window: Window<'a>,
}

impl<'a> Failing<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let settings = &rules.monitors.failures;
        let scope = Scope {
            branches: &settings.branches,
            breakage: settings.breakage,
            runs: settings.runs,
            min_runs: settings.alarm.min_runs,
            quiet_days: settings.recover.quiet_days,
        };
        Self { settings, window: Window::new(Monitor::Failures, &scope, history, rules) }
    }

    pub(super) fn hear(&mut self, point: &Point<'a>) {
        if !self.window.hear(point, |run| run.outcome == Outcome::Failed) {
            return;
        }
        let rate = rate(&self.window);
        let (low, high) = match self.settings.bounds {
            Bounds::Wilson => (rate.low, rate.high),
            Bounds::Plain => (rate.plain(), rate.plain()),
        };
        let alarm = &self.settings.alarm;
        let is_alarming =
            low > alarm.above_percent && alarm.below_percent.is_none_or(|below| high < below);
        let is_recovered = high <= self.settings.recover.percent;
        self.window.conclude(point, (is_alarming, is_recovered), |_| Evidence::Failures(rate));
    }

    pub(super) fn into_bell(self) -> Bell {
        self.window.into_bell(|window| Evidence::Failures(rate(window)))
    }

    pub(super) fn rate(&self) -> Rate {
        rate(&self.window)
    }
}

fn rate(window: &Window<'_>) -> Rate {
    Rate::of(window.hits(), window.considered())
}
