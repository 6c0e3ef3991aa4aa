//! Fails now, and not for the first time.

use std::collections::VecDeque;

use super::super::history::{History, Point};
use super::super::{Broken, Monitor, Outcome, Rules, TestedBuild};
use super::bell::Bell;
use super::{Because, Evidence, Watching};
use crate::model::Timestamp;

pub(super) struct Breaking<'a> {
    settings: &'a Broken,
    /// Of each branch, if others come from it.
    branches: Vec<Option<Branch<'a>>>,
}

struct Branch<'a> {
    bell: Bell,
    /// Of the newest runs, whether they failed.
    window: VecDeque<bool>,
    failed: u32,
    /// The first of the failures in a row that go on to the newest run, and how many they are.
    fails_since: Option<&'a TestedBuild>,
    in_a_row: u32,
    passes: u32,
}

impl<'a> Breaking<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let is_on = rules.is_on(Monitor::Broken);
        let branches = history.branches.iter();
        let branches = branches.map(|build| build.on_default.then(|| Branch::new(is_on))).collect();
        Self { settings: &rules.monitors.broken, branches }
    }

    pub(super) fn hear(&mut self, point: &Point<'a>) {
        if let Some(branch) = &mut self.branches[point.branch] {
            branch.hear(point, self.settings);
        }
    }

    pub(super) fn lapse(&mut self, until: Timestamp) {
        for branch in self.branches.iter_mut().flatten() {
            if branch.bell.was_quiet(self.settings.recover.absent_days, until) {
                branch.forget();
            }
        }
    }

    pub(super) fn begin_epoch(&mut self, at: Timestamp) {
        for branch in self.branches.iter_mut().flatten() {
            branch.bell.begin_epoch(at);
            branch.forget();
        }
    }

    /// The longest failing of those that fail.
    pub(super) fn watching(&self) -> Option<Watching> {
        let failing = self.branches.iter().flatten().filter_map(|branch| {
            let since = branch.fails_since?;
            Some((since, branch.in_a_row))
        });
        let (build, in_a_row) = failing.min_by(|(a, _), (b, _)| a.order(b))?;
        Some(Watching::Fails { since: build.at, build: build.id, in_a_row })
    }

    /// In the order in which their alarms began.
    pub(super) fn into_bells(self) -> Vec<Bell> {
        let mut bells: Vec<Bell> =
            self.branches.into_iter().flatten().map(|branch| branch.bell).collect();
        bells.sort_by_key(|bell| bell.open.as_ref().map(|alarm| (alarm.since, alarm.build)));
        bells
    }
}

impl<'a> Branch<'a> {
    fn new(is_on: bool) -> Self {
        Self {
            bell: Bell::new(Monitor::Broken, is_on),
            window: VecDeque::new(),
            failed: 0,
            fails_since: None,
            in_a_row: 0,
            passes: 0,
        }
    }

    fn hear(&mut self, point: &Point<'a>, settings: &Broken) {
        let has_failed = point.outcome == Outcome::Failed;
        self.bell.heard(point.build.at);
        self.window.push_back(has_failed);
        self.failed += u32::from(has_failed);
        if self.window.len() > settings.alarm.of_runs as usize
            && self.window.pop_front() == Some(true)
        {
            self.failed -= 1;
        }
        if has_failed {
            self.fails_since.get_or_insert(point.build);
            self.in_a_row += 1;
            self.passes = 0;
        } else {
            (self.fails_since, self.in_a_row) = (None, 0);
            self.passes += 1;
            if self.passes >= settings.recover.passes {
                self.bell.silence(point.build.at, Because::Runs);
            }
        }
        let (failed, in_a_row) = (self.failed, self.in_a_row);
        let runs = u32::try_from(self.window.len()).unwrap_or(u32::MAX);
        let is_mostly_failing = runs >= settings.alarm.min_runs
            && f64::from(failed) * 100.0 >= settings.alarm.percent * f64::from(runs);
        let branch = || point.build.branch.as_deref().map(str::to_owned);
        let evidence = || Evidence::Broken { branch: branch(), in_a_row, failed, runs };
        if let Some(since) = self.fails_since
            && (in_a_row >= settings.alarm.in_a_row || is_mostly_failing)
        {
            self.bell.ring(since, evidence);
        }
        self.bell.stands(evidence);
    }

    fn forget(&mut self) {
        self.window.clear();
        (self.failed, self.fails_since) = (0, None);
        (self.in_a_row, self.passes) = (0, 0);
    }
}
