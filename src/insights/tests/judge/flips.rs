//! How often the outcome changes.

use super::super::history::{History, Point};
use super::super::{FlipCount, FlipRate, Monitor, Outcome, Rules};
use super::bell::Bell;
use super::considered::Considered;
use super::window::{Scope, Window};
use super::{Evidence, Flips};

pub(super) struct Flipping<'a> {
    settings: &'a FlipRate,
    pub window: Window<'a>,
}

impl<'a> Flipping<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let settings = &rules.monitors.flips;
        let scope = Scope {
            branches: &settings.branches,
            breakage: settings.breakage,
            runs: settings.runs,
            min_runs: settings.alarm.min_runs,
            quiet_days: settings.recover.quiet_days,
        };
        Self { settings, window: Window::new(Monitor::Flips, &scope, history, rules) }
    }

    pub(super) fn hear(&mut self, point: &Point<'a>) {
        let count = self.settings.count;
        if !self.window.hear(point, |run| is_flip(count, run)) {
            return;
        }
        let Flips { flips, considered, .. } = self.numbers();
        let percent = f64::from(flips) * 100.0 / f64::from(considered.max(1));
        let (alarm, recover) = (&self.settings.alarm, &self.settings.recover);
        let is_alarming = flips >= alarm.flips && percent >= alarm.percent;
        let is_recovered = flips <= recover.flips || percent <= recover.percent;
        self.window.conclude(point, (is_alarming, is_recovered), evidence);
    }

    pub(super) fn into_bell(self) -> Bell {
        self.window.into_bell(evidence)
    }

    pub(super) fn numbers(&self) -> Flips {
        let window = &self.window;
        Flips { flips: window.hits(), considered: window.considered(), wanted: window.wanted() }
    }
}

fn evidence(window: &Window<'_>) -> Evidence {
    Evidence::Flips {
        flips: window.hits(),
        considered: window.considered(),
        builds: window.hit_builds(),
    }
}

fn is_flip(count: FlipCount, run: &Considered<'_>) -> bool {
    let failed = |outcome: Outcome| outcome == Outcome::Failed;
    match count {
        FlipCount::IntoFailing => match run.outcome {
            Outcome::Passed => false,
            Outcome::RetriedPass => true,
            Outcome::Failed => run.before.is_some_and(|before| !failed(before)),
        },
        FlipCount::BothDirections => {
            run.before.is_some_and(|before| failed(before) != failed(run.outcome))
        }
    }
}
