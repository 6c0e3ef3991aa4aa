//! Steps: stages, jobs, tasks and gates of a build. Each attempt of a step is a step of its own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::said::{earliest, latest};
use super::{BuildResult, BuildState, ResultDetail, Said, StepSummary, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Stage,
    Job,
    Task,
    /// Something that holds the build until a person or a check lets it go on.
    Gate,
}

impl StepKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Job => "job",
            Self::Task => "task",
            Self::Gate => "gate",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stage, Self::Job, Self::Task, Self::Gate].into_iter().find(|k| k.as_str() == text)
    }
}

/// Which step of a build: its key within the build, and the attempt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// Unique within the build: `stage:Test`, `job:22222222-...`.
    pub key: String,
    pub attempt: u32,
}

/// What one message says of one step. Everything it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFact {
    #[serde(flatten)]
    pub step: StepRef,
    pub kind: StepKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<StepRef>,
    /// Provider time of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Place among its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// How far it has come; within one attempt a step only goes forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BuildState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<BuildResult>,
    /// The provider's own word for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_result: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ResultDetail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Failed, but allowed to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft_failed: bool,
    /// A later try took its place: it no longer counts for the build.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// Key of the step whose retry this is, where each try has a key of its own (Buildkite). The
    /// attempt shown is then the length of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
}

impl StepFact {
    /// A fact that says nothing yet but which step it is about.
    #[must_use]
    pub fn about(step: StepRef, kind: StepKind) -> Self {
        Self {
            step,
            kind,
            parent: None,
            at: None,
            name: None,
            order: None,
            state: None,
            result: None,
            raw_result: None,
            detail: None,
            queued_at: None,
            started_at: None,
            finished_at: None,
            agent: None,
            soft_failed: false,
            superseded: false,
            retry_of: None,
        }
    }
}

/// The result of a step as its fold holds it: the latest finish, at equal times the worst news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Ending {
    finished_at: Option<Timestamp>,
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
}

/// The record of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub kind: StepKind,
    pub parent: Option<StepRef>,
    pub name: Option<String>,
    pub order: Option<i64>,
    pub state: BuildState,
    /// Some event told the state of the step itself.
    #[serde(skip)]
    pub is_told: bool,
    pub result: Option<BuildResult>,
    pub raw_result: Option<String>,
    pub detail: Option<ResultDetail>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub agent: Option<String>,
    pub soft_failed: bool,
    pub superseded: bool,
    pub retry_of: Option<String>,
}

/// How far a step has come. Unlike a build, which waits in the middle of its run, a step is held
/// before it starts: running is the later state.
fn progress(state: BuildState) -> u8 {
    match state {
        BuildState::Queued => 0,
        BuildState::Waiting => 1,
        BuildState::Running => 2,
        BuildState::Finished => 3,
    }
}

impl StepFold {
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
        note("name", Said::hear(&mut self.name, 0, fact.at, fact.name.clone()));
        note("order", Said::hear(&mut self.order, 0, fact.at, fact.order));
        let state_gains = fact.state.map(progress) > self.state.map(progress);
        if state_gains {
            self.state = fact.state;
        }
        note("state", state_gains);
        if let Some(result) = fact.result {
            let ending = Ending {
                finished_at: fact.finished_at,
                result,
                raw: fact.raw_result.clone(),
                detail: fact.detail,
            };
            let gains = self.ending.as_ref().is_none_or(|held| *held < ending);
            if gains {
                self.ending = Some(ending);
            }
            note("result", gains);
        }
        note("queued_at", earliest(&mut self.queued_at, fact.queued_at));
        // A job that is handed to a second agent starts twice; the run that counts is the last.
        note("started_at", latest(&mut self.started_at, fact.started_at));
        note("agent", Said::hear(&mut self.agent, 0, fact.at, fact.agent.clone()));
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
        let state = match (&self.ending, self.state) {
            (Some(_), _) => BuildState::Finished,
            (None, state) => state.unwrap_or(BuildState::Queued),
        };
        let ending = self.ending.as_ref();
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
            finished_at: ending.and_then(|e| e.finished_at),
            agent: self.agent.as_ref().map(|said| said.value.clone()),
            soft_failed: self.soft_failed,
            superseded: self.superseded,
            retry_of: self.retry_of.clone(),
        }
    }
}

/// Let stages that nobody told of themselves be what their jobs make of them: Buildkite has no events of
/// groups, and an Azure job names its stage.
pub fn settle_stages(steps: &mut [(StepRef, Step)]) {
    let mut below: HashMap<StepRef, Vec<usize>> = HashMap::new();
    for (index, (_, step)) in steps.iter().enumerate() {
        if let Some(parent) = step.parent.as_ref().filter(|_| !step.superseded) {
            below.entry(parent.clone()).or_default().push(index);
        }
    }
    for index in 0..steps.len() {
        let (step, stage) = &steps[index];
        let Some(jobs) = below.get(step).filter(|_| stage.kind == StepKind::Stage) else {
            continue;
        };
        if stage.is_told {
            continue;
        }
        let jobs: Vec<&Step> = jobs.iter().map(|job| &steps[*job].1).collect();
        let all = |state| jobs.iter().all(|job| job.state == state);
        let state = match () {
            () if all(BuildState::Finished) => BuildState::Finished,
            () if all(BuildState::Queued) => BuildState::Queued,
            () if jobs.iter().all(|job| progress(job.state) <= progress(BuildState::Waiting)) => {
                BuildState::Waiting
            }
            () => BuildState::Running,
        };
        let is_over = state == BuildState::Finished;
        let result = jobs.iter().filter_map(|job| job.result).max().filter(|_| is_over);
        let queued_at = jobs.iter().filter_map(|job| job.queued_at).min();
        let started_at = jobs.iter().filter_map(|job| job.started_at).min();
        let finished_at = jobs.iter().filter_map(|job| job.finished_at).max().filter(|_| is_over);
        let stage = &mut steps[index].1;
        (stage.state, stage.result) = (state, result);
        stage.queued_at = stage.queued_at.or(queued_at);
        stage.started_at = stage.started_at.or(started_at);
        stage.finished_at = finished_at;
    }
}

/// The part of a step's record that its build is interested in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    pub step: StepRef,
    pub kind: StepKind,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub detail: Option<ResultDetail>,
    pub soft_failed: bool,
    pub superseded: bool,
    pub retry_of: Option<String>,
}

/// Longest chain of retries that is followed; a longer one (or a loop) counts as this many.
const RETRIES_MAX: u32 = 100;

/// Which try of its kind each step is: its own attempt, or where each try has a key of its own, its
/// place in the chain of retries.
#[must_use]
pub fn attempts(lines: &[StepLine]) -> HashMap<StepRef, u32> {
    let before: HashMap<&str, &str> = lines
        .iter()
        .filter_map(|line| Some((line.step.key.as_str(), line.retry_of.as_deref()?)))
        .collect();
    lines
        .iter()
        .map(|line| {
            let mut length = 0;
            let mut key = line.step.key.as_str();
            while let Some(previous) = before.get(key) {
                length += 1;
                if length >= RETRIES_MAX {
                    break;
                }
                key = previous;
            }
            (line.step.clone(), line.step.attempt.saturating_add(length))
        })
        .collect()
}

/// What the steps of a build add to its record.
#[must_use]
pub fn summarise(lines: &[StepLine]) -> StepSummary {
    let mut newest: HashMap<&str, u32> = HashMap::new();
    for line in lines {
        let held = newest.entry(&line.step.key).or_default();
        *held = line.step.attempt.max(*held);
    }
    let counting = || {
        lines.iter().filter(|line| {
            !line.superseded && newest.get(line.step.key.as_str()) == Some(&line.step.attempt)
        })
    };
    // Stages fail because of their jobs; the jobs know why.
    let failed: Vec<_> = counting()
        .filter(|line| line.kind != StepKind::Stage && line.result == Some(BuildResult::Failure))
        .map(|line| line.detail)
        .collect();
    StepSummary {
        attempt: attempts(lines).into_values().max().unwrap_or(1),
        soft_failed: counting().any(|line| line.soft_failed),
        waiting: counting().any(|line| {
            line.state == BuildState::Waiting
                && matches!(line.kind, StepKind::Stage | StepKind::Gate)
        }),
        detail: if failed.iter().all(Option::is_some) {
            failed.into_iter().flatten().max()
        } else {
            None
        },
    }
}

#[cfg(test)]
mod tests;
