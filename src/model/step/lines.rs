//! What the steps of a build mean for each other and for it.

use std::collections::HashMap;

use super::{Step, StepKind, StepRef, progress};
use crate::model::{BuildResult, BuildState, Jobs, ResultDetail, StepSummary, Timestamp};

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
pub(super) const RETRIES_MAX: u32 = 100;

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
