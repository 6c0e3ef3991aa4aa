//! A bell: in alarm or not, and when it was.

use super::super::figures::in_days;
use super::super::{Monitor, TestedBuild};
use super::{Alarm, Because, CAME_BACK_DAYS, Evidence, Over, PAST_MAX};
use crate::model::Timestamp;

#[derive(Debug)]
pub(super) struct Bell {
    monitor: Monitor,
    /// A monitor that is off reckons all the same, for its numbers; it gives no alarm.
    is_on: bool,
    fixed_at: Option<Timestamp>,
    /// The newest run that keeps the monitor from being quiet.
    heard_at: Option<Timestamp>,
    pub open: Option<Alarm>,
    /// The newest last.
    pub past: Vec<Alarm>,
}

impl Bell {
    pub(super) fn new(monitor: Monitor, is_on: bool) -> Self {
        Self { monitor, is_on, fixed_at: None, heard_at: None, open: None, past: Vec::new() }
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    pub(super) fn is_silent(&self) -> bool {
        self.open.is_none()
    }

    /// Give alarm, if it is not given already.
    pub(super) fn ring(&mut self, build: &TestedBuild, evidence: impl FnOnce() -> Evidence) {
        if !self.is_on || self.open.is_some() {
            return;
        }
        let came_back = self.fixed_at.filter(|fixed| build.at <= in_days(*fixed, CAME_BACK_DAYS));
        self.open = Some(Alarm {
            monitor: self.monitor,
            since: build.at,
            build: build.id,
            evidence: evidence(),
            came_back,
            over: None,
        });
    }

    /// How things stand by now, as long as it is in alarm.
    pub(super) fn stands(&mut self, evidence: impl FnOnce() -> Evidence) {
        if let Some(alarm) = &mut self.open {
            alarm.evidence = evidence();
        }
    }

    pub(super) fn silence(&mut self, at: Timestamp, because: Because) {
        let Some(alarm) = self.open.take() else { return };
        if self.past.len() == PAST_MAX {
            self.past.remove(0);
        }
        self.past.push(Alarm { over: Some(Over { at, because }), ..alarm });
    }

    /// A run speaks for the alarm, or for there being one to come.
    pub(super) fn heard(&mut self, at: Timestamp) {
        self.heard_at = Some(at);
    }

    /// Whether it was quiet for so many days before `until`: then an alarm is over, and what was
    /// before is to be forgotten.
    pub(super) fn was_quiet(&mut self, days: u32, until: Timestamp) -> bool {
        let quiet_at = self.heard_at.map(|at| in_days(at, days)).filter(|at| *at <= until);
        if let Some(at) = quiet_at {
            self.silence(at, Because::Quiet);
            self.heard_at = None;
        }
        quiet_at.is_some()
    }

    pub(super) fn begin_epoch(&mut self, at: Timestamp) {
        self.silence(at, Because::MarkedFixed);
        self.heard_at = None;
        self.fixed_at = Some(at);
    }
}
