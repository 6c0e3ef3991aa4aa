//! Pass and failure on one commit.

use std::collections::{HashMap, VecDeque};

use super::super::figures::{days_ms, in_days};
use super::super::history::{History, Point};
use super::super::{BothWays, Monitor, Outcome, Rules};
use super::bell::Bell;
use super::{Because, Evidence};
use crate::model::Timestamp;

pub(super) struct Contradicting<'a> {
    settings: &'a BothWays,
    pub bell: Bell,
    is_in_scope: Vec<bool>,
    /// How the newest run of a commit ended in a lane, when, and in which build.
    newest: HashMap<(&'a str, &'a str), (Outcome, Timestamp, i64)>,
    /// When there were events lately.
    events: VecDeque<Timestamp>,
    last_event_at: Option<Timestamp>,
    /// Passes since the last event.
    clean_runs: u32,
}

impl<'a> Contradicting<'a> {
    pub(super) fn new(history: &History<'a>, rules: &Rules<'a>) -> Self {
        let settings = &rules.monitors.both_ways;
        let branches = history.branches.iter();
        Self {
            settings,
            bell: Bell::new(Monitor::BothWays, rules.is_on(Monitor::BothWays)),
            is_in_scope: branches.map(|build| settings.branches.has_branch_of(build)).collect(),
            newest: HashMap::new(),
            events: VecDeque::new(),
            last_event_at: None,
            clean_runs: 0,
        }
    }

    pub(super) fn hear(&mut self, history: &History<'a>, point: &Point<'a>) {
        if !self.is_in_scope[point.branch] {
            return;
        }
        let build = point.build;
        if point.outcome != Outcome::Passed {
            self.bell.heard(build.at);
        }
        if let Some(other_build) = self.contradicts(history, point) {
            let oldest = build.at.0 - days_ms(self.settings.alarm.within_days);
            self.events.retain(|at| at.0 >= oldest);
            self.events.push_back(build.at);
            self.last_event_at = Some(build.at);
            self.clean_runs = 0;
            let events = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
            if events >= self.settings.alarm.events {
                let commit = build.commit.as_deref().map(str::to_owned);
                self.bell.ring(build, || Evidence::BothWays { commit, other_build, events });
            }
        } else if point.outcome == Outcome::Passed {
            self.clean_runs += 1;
            let recover = &self.settings.recover;
            let is_old = self.last_event_at.is_some_and(|at| in_days(at, recover.days) <= build.at);
            if self.clean_runs >= recover.or_clean_runs
                || (self.clean_runs >= recover.clean_runs && is_old)
            {
                self.bell.silence(build.at, Because::Runs);
            }
        }
    }

    /// The build that ended otherwise on the same commit: this one itself, when it passed on retry.
    fn contradicts(&mut self, history: &History<'a>, point: &Point<'a>) -> Option<i64> {
        let build = point.build;
        let oldest = build.at.0 - days_ms(self.settings.alarm.within_days);
        let mut other = None;
        for result in history.lanes_of(point) {
            if result.outcome == Outcome::RetriedPass {
                other = other.or(Some(build.id));
            }
            let Some(commit) = build.commit.as_deref() else { continue };
            let newest = (result.outcome, build.at, build.id);
            if let Some((before, at, id)) = self.newest.insert((result.lane, commit), newest)
                && at.0 >= oldest
                && (before == Outcome::Failed) != (result.outcome == Outcome::Failed)
            {
                other = other.or(Some(id));
            }
        }
        other
    }

    pub(super) fn lapse(&mut self, until: Timestamp) {
        let recover = &self.settings.recover;
        if self.clean_runs >= recover.clean_runs
            && let Some(at) = self.last_event_at.map(|at| in_days(at, recover.days))
            && at <= until
        {
            // If it is not over already: then by the run that was the last to be wanted.
            self.bell.silence(at, Because::Runs);
        }
        if self.bell.was_quiet(recover.quiet_days, until) {
            self.forget();
        }
    }

    pub(super) fn begin_epoch(&mut self, at: Timestamp) {
        self.bell.begin_epoch(at);
        self.forget();
    }

    fn forget(&mut self) {
        self.newest.clear();
        self.events.clear();
        (self.last_event_at, self.clean_runs) = (None, 0);
    }
}
