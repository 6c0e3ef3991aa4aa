//! Steps: stages, jobs, tasks and gates of a build. Each attempt of a step is a step of its own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::said::{earliest, latest};
use super::{ANSWERED, BuildResult, BuildState, Jobs, ResultDetail, Said, StepSummary, Timestamp};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    Warning,
    Error,
}

impl IssueKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that the provider noted on a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issue {
    pub kind: IssueKind,
    pub message: String,
    /// In the step's own log, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
}

/// What one message says of one step. Everything it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFact {
    #[serde(flatten)]
    pub step: StepRef,
    pub kind: StepKind,
    /// How far this kind of message is trusted for names and other attributes: what the provider
    /// answered goes before what it sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight: u8,
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
    /// Key of the step whose retry this is, where each try has a key of its own. The attempt shown is
    /// then at least the length of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// Which of several tries that share this key it is, where they are not numbered: of ends that tell no
    /// time, that of the greatest counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<i64>,
    /// When it told of itself, as a reporter in it does: what is over was over by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// When the provider made it, before it could run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Pool or queue that it waits in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// What it runs, where that has a name of its own: `CmdLine@2.237.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<i64>,
    /// Who let it go on, of a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its page at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The provider's key of its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues: Option<Vec<Issue>>,
    /// Providers list some issues and count all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning_count: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(weight: &u8) -> bool {
    *weight == 0
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
            turn: None,
            reported_at: None,
            weight: 0,
            created_at: None,
            queue: None,
            task: None,
            exit_status: None,
            by: None,
            url: None,
            log: None,
            issues: None,
            error_count: None,
            warning_count: None,
        }
    }
}

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
    pub created_at: Option<Timestamp>,
    pub queue: Option<String>,
    pub task: Option<String>,
    pub exit_status: Option<i64>,
    pub by: Option<String>,
    pub url: Option<String>,
    pub log: Option<String>,
    pub issues: Vec<Issue>,
    pub error_count: i64,
    pub warning_count: i64,
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
    pub finished_at: Option<Timestamp>,
}

/// Longest chain of retries that is followed; a longer one (or a loop) counts as this many.
const RETRIES_MAX: u32 = 100;

/// Which try of its kind each step is: the attempt that it tells, or where each try has a key of its
/// own, its place in the chain of retries. Azure DevOps tells both.
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
            (line.step.clone(), line.step.attempt.max(length + 1))
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
    let jobs = counting().filter(|line| line.kind == StepKind::Job).map(|line| Jobs {
        are_over: line.state == BuildState::Finished,
        result: line.result.unwrap_or(BuildResult::Unknown),
        finished_at: line.finished_at,
    });
    StepSummary {
        jobs: jobs.reduce(|one, other| Jobs {
            are_over: one.are_over && other.are_over,
            result: one.result.max(other.result),
            finished_at: one.finished_at.max(other.finished_at),
        }),
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
