//! The fold of a step: what all facts of one attempt come to, in whatever order they came.

use serde::{Deserialize, Serialize};

use super::{Issue, Step, StepFact, StepKind, StepRef, progress};
use crate::model::said::{earliest, latest};
use crate::model::{ANSWERED, BuildResult, BuildState, ResultDetail, Said, Timestamp};

/// The result of a step as its fold holds it: the latest finish, at equal times the worst news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Ending {
    finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn: Option<i64>,
    result: BuildResult,
    raw: Option<String>,
    detail: Option<ResultDetail>,
}

/// The fold of all facts of one step (of one attempt).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepFold {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<StepKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<StepRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Said<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<BuildState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<Ending>,
    /// As the provider answered: within one try, no message knows better.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<Ending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Said<String>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    soft_failed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    superseded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_status: Option<Said<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<Said<Vec<Issue>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_count: Option<Said<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning_count: Option<Said<i64>>,
}

impl StepFold {
    /// Another try took its place.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.superseded
    }

    /// Let the fold hear a fact. Returns the names of the fields whose value the fact now gives.
    pub fn absorb(&mut self, fact: &StepFact) -> Vec<&'static str> {
        let mut given = Vec::new();
        let mut note = |name: &'static str, gives: bool| {
            if gives {
                given.push(name);
            }
        };
        // Equal for all facts of a step, but for a fact that only knows the key: the greater stays.
        self.kind = self.kind.max(Some(fact.kind));
        if fact.parent > self.parent {
            self.parent.clone_from(&fact.parent);
        }
        let (w, at) = (fact.weight, fact.at);
        note("name", Said::hear(&mut self.name, w, at, fact.name.clone()));
        note("order", Said::hear(&mut self.order, w, at, fact.order));
        let state_gains = fact.state.map(progress) > self.state.map(progress);
        if state_gains {
            self.state = fact.state;
        }
        note("state", state_gains);
        if let Some(result) = fact.result {
            let ending = Ending {
                finished_at: fact.finished_at,
                turn: fact.turn,
                result,
                raw: fact.raw_result.clone(),
                detail: fact.detail,
            };
            let is_answer = fact.weight >= ANSWERED;
            let is_shown = is_answer || self.answered.is_none();
            let slot = if is_answer { &mut self.answered } else { &mut self.ending };
            let gains = slot.as_ref().is_none_or(|held| *held < ending);
            if gains {
                *slot = Some(ending);
            }
            note("result", gains && is_shown);
        }
        note("queued_at", earliest(&mut self.queued_at, fact.queued_at));
        // A job that is handed to a second agent starts twice; the run that counts is the last.
        note("started_at", latest(&mut self.started_at, fact.started_at));
        note("agent", Said::hear(&mut self.agent, w, at, fact.agent.clone()));
        latest(&mut self.reported_at, fact.reported_at);
        note("created_at", earliest(&mut self.created_at, fact.created_at));
        note("queue", Said::hear(&mut self.queue, w, at, fact.queue.clone()));
        note("task", Said::hear(&mut self.task, w, at, fact.task.clone()));
        note("exit_status", Said::hear(&mut self.exit_status, w, at, fact.exit_status));
        note("by", Said::hear(&mut self.by, w, at, fact.by.clone()));
        note("url", Said::hear(&mut self.url, w, at, fact.url.clone()));
        note("log", Said::hear(&mut self.log, w, at, fact.log.clone()));
        note("issues", Said::hear(&mut self.issues, w, at, fact.issues.clone()));
        Said::hear(&mut self.error_count, w, at, fact.error_count);
        Said::hear(&mut self.warning_count, w, at, fact.warning_count);
        note("soft_failed", fact.soft_failed && !self.soft_failed);
        self.soft_failed |= fact.soft_failed;
        note("superseded", fact.superseded && !self.superseded);
        self.superseded |= fact.superseded;
        if fact.retry_of > self.retry_of {
            self.retry_of.clone_from(&fact.retry_of);
            note("retry_of", true);
        }
        given
    }

    /// Read the record out of the fold.
    #[must_use]
    pub fn record(&self) -> Step {
        let ending = self.answered.as_ref().or(self.ending.as_ref());
        let state = match (ending, self.state) {
            (Some(_), _) => BuildState::Finished,
            (None, state) => state.unwrap_or(BuildState::Queued),
        };
        Step {
            kind: self.kind.unwrap_or(StepKind::Job),
            parent: self.parent.clone(),
            name: self.name.as_ref().map(|said| said.value.clone()),
            order: self.order.as_ref().map(|said| said.value),
            state,
            is_told: ending.is_some() || self.state.is_some(),
            result: ending
                .map(|e| e.result)
                .or((state == BuildState::Finished).then_some(BuildResult::Unknown)),
            raw_result: ending.and_then(|e| e.raw.clone()),
            detail: ending.and_then(|e| e.detail),
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at: ending.and_then(|e| e.finished_at.or(self.reported_at)),
            agent: self.agent.as_ref().map(|said| said.value.clone()),
            soft_failed: self.soft_failed,
            superseded: self.superseded,
            retry_of: self.retry_of.clone(),
            created_at: self.created_at,
            queue: value(self.queue.as_ref()),
            task: value(self.task.as_ref()),
            exit_status: value(self.exit_status.as_ref()),
            by: value(self.by.as_ref()),
            url: value(self.url.as_ref()),
            log: value(self.log.as_ref()),
            issues: value(self.issues.as_ref()).unwrap_or_default(),
            error_count: value(self.error_count.as_ref()).unwrap_or(0),
            warning_count: value(self.warning_count.as_ref()).unwrap_or(0),
        }
    }
}

fn value<T: Clone>(slot: Option<&Said<T>>) -> Option<T> {
    slot.map(|said| said.value.clone())
}
