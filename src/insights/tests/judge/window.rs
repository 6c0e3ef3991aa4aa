//! What the monitors of flips and of failures have in common: the newest considered runs, and how many
//! of them speak against the test.

use std::collections::VecDeque;

use super::super::history::{History, Point};
use super::super::{Monitor, Outcome, Patterns, Rules};
use super::bell::Bell;
use super::considered::{Considered, Sieve};
use super::{Because, Evidence, Watching};
use crate::model::Timestamp;

/// Of which runs, and how many of them.
pub(super) struct Scope<'s> {
    pub branches: &'s Patterns,
    pub breakage: u32,
    pub runs: u32,
    /// With fewer considered runs there is no alarm.
    pub min_runs: u32,
    pub quiet_days: u32,
}

pub(super) struct Window<'a> {
    monitor: Monitor,
    bell: Bell,
    sieve: Sieve<'a>,
    runs_max: usize,
    min_runs: u32,
    quiet_days: u32,
    /// The newest considered runs: the build, and whether it speaks against the test.
    newest: VecDeque<(i64, bool)>,
    hits: u32,
    /// There would be an alarm with more runs.
    early_since: Option<Timestamp>,
}

impl<'a> Window<'a> {
    pub(super) fn new(
        monitor: Monitor,
        scope: &Scope<'_>,
        history: &History<'a>,
        rules: &Rules<'_>,
    ) -> Self {
        Self {
            monitor,
            bell: Bell::new(monitor, rules.is_on(monitor)),
            sieve: Sieve::new(history, scope.branches, scope.breakage),
            runs_max: usize::try_from(scope.runs).unwrap_or(usize::MAX),
            min_runs: scope.min_runs,
            quiet_days: scope.quiet_days,
            newest: VecDeque::new(),
            hits: 0,
            early_since: None,
        }
    }

    /// Take in what is considered now that this run is known. Says whether the run is of any concern.
    pub(super) fn hear(
        &mut self,
        point: &Point<'a>,
        is_hit: impl Fn(&Considered<'_>) -> bool,
    ) -> bool {
        if !self.sieve.has(point) {
            return false;
        }
        if point.outcome != Outcome::Passed {
            self.bell.heard(point.build.at);
        }
        let Self { sieve, newest, hits, runs_max, .. } = self;
        sieve.hear(point, |run| {
            let hit = is_hit(&run);
            newest.push_back((run.build.id, hit));
            *hits += u32::from(hit);
            if newest.len() > *runs_max
                && let Some((_, hit)) = newest.pop_front()
            {
                *hits -= u32::from(hit);
            }
        });
        true
    }

    /// Give alarm, or take it back, by what was heard up to this run.
    pub(super) fn conclude(
        &mut self,
        point: &Point<'a>,
        (is_alarming, is_recovered): (bool, bool),
        evidence: impl FnOnce(&Self) -> Evidence,
    ) {
        let is_early = is_alarming && self.considered() < self.min_runs;
        self.early_since = is_early.then(|| self.early_since.unwrap_or(point.build.at));
        if is_alarming && !is_early {
            if self.bell.is_on() && self.bell.is_silent() {
                let evidence = evidence(self);
                self.bell.ring(point.build, || evidence);
            }
        } else if is_recovered {
            self.bell.silence(point.build.at, Because::Runs);
        }
    }

    pub(super) fn lapse(&mut self, until: Timestamp) {
        if self.bell.was_quiet(self.quiet_days, until) {
            self.forget();
        }
    }

    pub(super) fn begin_epoch(&mut self, at: Timestamp) {
        self.bell.begin_epoch(at);
        self.forget();
    }

    fn forget(&mut self) {
        self.sieve.forget();
        self.newest.clear();
        (self.hits, self.early_since) = (0, None);
    }

    /// With what speaks for an alarm that is open by now.
    pub(super) fn into_bell(mut self, evidence: impl FnOnce(&Self) -> Evidence) -> Bell {
        if !self.bell.is_silent() {
            let evidence = evidence(&self);
            self.bell.stands(|| evidence);
        }
        self.bell
    }

    pub(super) fn considered(&self) -> u32 {
        u32::try_from(self.newest.len()).unwrap_or(u32::MAX)
    }

    /// Considered runs that speak against the test.
    pub(super) fn hits(&self) -> u32 {
        self.hits
    }

    /// Their builds, oldest first.
    pub(super) fn hit_builds(&self) -> Vec<i64> {
        self.newest.iter().filter(|(_, hit)| *hit).map(|(build, _)| *build).collect()
    }

    /// Considered runs that are wanted.
    pub(super) fn wanted(&self) -> u32 {
        self.min_runs
    }

    pub(super) fn watching(&self) -> Option<Watching> {
        let since = self.early_since.filter(|_| self.bell.is_on())?;
        let (considered, wanted) = (self.considered(), self.wanted());
        Some(Watching::FewRuns { since, monitor: self.monitor, considered, wanted })
    }
}
