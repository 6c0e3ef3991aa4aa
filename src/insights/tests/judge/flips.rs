//! How often the outcome changes.

use std::collections::VecDeque;

use super::super::history::{History, Point};
use super::super::{FlipCount, FlipRate, Monitor, Outcome, Rules};
use super::bell::Bell;
use super::considered::{Considered, Sieve};
use super::{Because, Evidence, Flips, Watching};
use crate::model::Timestamp;

pub(super) struct Flipping<'a> {
    settings: &'a FlipRate,
    pub bell: Bell,
    sieve: Sieve<'a>,
    /// The newest considered runs: the build, and whether it flipped.
    window: VecDeque<(i64, bool)>,
    flips: u32,
    /// There would be an alarm with more runs.
    early_since: Option<Timestamp>,
}

impl<'a> Flipping<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let settings = &rules.monitors.flips;
        Self {
            settings,
            bell: Bell::new(Monitor::Flips, rules.is_on(Monitor::Flips)),
            sieve: Sieve::new(history, &settings.branches, settings.breakage),
            window: VecDeque::new(),
            flips: 0,
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
        let Self { settings, sieve, window, flips, .. } = self;
        sieve.hear(point, |run| {
            let flipped = is_flip(settings.count, &run);
            window.push_back((run.build.id, flipped));
            *flips += u32::from(flipped);
            if window.len() > settings.runs as usize
                && let Some((_, flipped)) = window.pop_front()
            {
                *flips -= u32::from(flipped);
            }
        });
        let Flips { flips, considered, wanted } = self.numbers();
        let percent = f64::from(flips) * 100.0 / f64::from(considered.max(1));
        let (alarm, recover) = (&self.settings.alarm, &self.settings.recover);
        let is_alarming = flips >= alarm.flips && percent >= alarm.percent;
        let is_early = is_alarming && considered < wanted;
        self.early_since = is_early.then(|| self.early_since.unwrap_or(point.build.at));
        if is_alarming && !is_early {
            let flipped = window_flips(&self.window);
            self.bell.ring(point.build, || Evidence::Flips {
                flips,
                considered,
                builds: flipped.collect(),
            });
        } else if flips <= recover.flips || percent <= recover.percent {
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
        (self.flips, self.early_since) = (0, None);
    }

    pub(super) fn numbers(&self) -> Flips {
        let considered = u32::try_from(self.window.len()).unwrap_or(u32::MAX);
        Flips { flips: self.flips, considered, wanted: self.settings.alarm.min_runs }
    }

    pub(super) fn watching(&self) -> Option<Watching> {
        let Flips { considered, wanted, .. } = self.numbers();
        let since = self.early_since.filter(|_| self.bell.is_on())?;
        Some(Watching::FewRuns { since, monitor: Monitor::Flips, considered, wanted })
    }
}

fn window_flips(window: &VecDeque<(i64, bool)>) -> impl Iterator<Item = i64> {
    window.iter().filter(|(_, flipped)| *flipped).map(|(build, _)| *build)
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
