//! What an errand has found, before it is written down.

use std::time::Duration;

use serde_json::Value;

use crate::model::{
    Aspect, AspectState, BuildResult, BuildState, Errand, StepFact, Timestamp, Told,
};
use crate::providers::rest::{Answer, Call};
use crate::store::sqlite::books::records::log_work::PlannedLog;

/// An answer to keep.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    /// `build`, `timeline`, `timeline:GUID`, `jobs`, `changes`.
    pub name: String,
    /// `GET /build/builds/4211/timeline`
    pub call: String,
    pub at: Timestamp,
    pub says: T,
}

impl<T> Kept<T> {
    pub fn of(name: impl Into<String>, call: &Call, answer: &Answer, says: T) -> Self {
        Self { name: name.into(), call: told(call), at: answer.at, says }
    }
}

/// A call as it is shown: without the host, and without what only asks for a page.
pub fn told(call: &Call) -> String {
    format!("GET {}", call.path)
}

/// A list that came page by page, with the answer to the first question.
#[derive(Debug)]
pub struct Listed<T> {
    pub answer: Answer,
    pub items: Vec<T>,
    /// There is more than is followed.
    pub is_cut: bool,
}

/// A log that there is, and when it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLog {
    pub log: PlannedLog,
    pub when: When,
}

/// When a log is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Of a step that failed: somebody is looking for it.
    First,
    /// Of a step of a build that is over.
    InTurn,
    /// It may still be written to: once somebody reads it.
    LookedAt,
}

impl WantedLog {
    /// The log of a step, once there is one.
    pub fn of(step: &StepFact, is_build_over: bool) -> Option<Self> {
        let when = match (step.state?, step.result) {
            (BuildState::Finished, Some(BuildResult::Failure)) => When::First,
            (BuildState::Finished, _) if is_build_over => When::InTurn,
            (BuildState::Finished | BuildState::Running, _) if !is_build_over => When::LookedAt,
            _ => return None,
        };
        let log = PlannedLog { step: step.step.clone(), provider_key: step.log.clone()? };
        Some(Self { log, when })
    }
}

/// All that one errand has found. Written in one transaction, but for the steps of large answers.
#[derive(Debug, Default)]
pub struct Finding {
    pub told: Vec<Kept<Told>>,
    /// What makes no facts: changes, artifacts, annotations, tests.
    pub kept: Vec<Kept<Value>>,
    /// How the aspects stand then.
    pub aspects: Vec<(Aspect, AspectState)>,
    /// Of which the provider lists more than is kept, in a sentence.
    pub cut: Vec<(Aspect, String)>,
    /// What follows from it.
    pub errands: Vec<Errand>,
    pub logs: Vec<WantedLog>,
    /// The build is over, and these are all its logs.
    pub is_all_of_logs: bool,
    /// The build goes on for so long that it is asked about no more until a hook tells of it.
    pub is_unfollowed: bool,
    /// The same is to be asked again after a while.
    pub again: Option<Duration>,
}

impl Finding {
    pub fn done(mut self, aspect: Aspect) -> Self {
        self.aspects.push((aspect, AspectState::Done));
        self
    }

    /// Say so where a list is longer than what is kept of it.
    pub fn cut_if(mut self, is_cut: bool, aspect: Aspect, kept: &str) -> Self {
        if is_cut {
            self.cut.push((aspect, format!("{kept} are kept: the provider lists more")));
        }
        self
    }

    /// Say so where a part of it could not be had.
    pub fn short_if(mut self, is_short: bool, aspect: Aspect, what: &str) -> Self {
        if is_short {
            self.cut.push((aspect, what.to_owned()));
        }
        self
    }

    pub fn pending(mut self, aspect: Aspect) -> Self {
        self.aspects.push((aspect, AspectState::Pending));
        self
    }
}
