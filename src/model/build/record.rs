//! The record of a build, read out of its fold.

use serde::Serialize;

use super::fold::{BuildFold, Finish};
use super::{Authority, BuildResult, BuildState, Phase, PipelineSaid, PullRequest, ResultDetail};
use crate::model::{Said, Timestamp, span_ms};

/// A `run` finish this much after the newest `build.complete` is a new attempt whose own
/// `build.complete` has not arrived yet; below it, both tell of the same finish (they differ by
/// milliseconds).
const SAME_FINISH_MS: i64 = 10_000;

/// What the steps of a build add to its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSummary {
    /// Highest attempt of any step.
    pub attempt: u32,
    /// A last-attempt job failed softly.
    pub soft_failed: bool,
    /// A stage waits for a person or a check.
    pub waiting: bool,
    /// What all failed last-attempt steps together say of the reason: set only when each of them
    /// has one, since one plain failure is a failure of the code.
    pub detail: Option<ResultDetail>,
    /// `None` without jobs.
    pub jobs: Option<Jobs>,
}

/// How the jobs of a build stand, each by its last attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jobs {
    pub are_over: bool,
    /// The worst.
    pub result: BuildResult,
    pub finished_at: Option<Timestamp>,
}

/// What the state of a record follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A finish, or a block.
    Ended(Authority),
    /// A person or a check is asked.
    Asked,
    /// Work with a time, where nothing later ended it.
    Active,
    /// An attempt that was shown under way.
    UnderWay,
    /// The jobs, all of which are over, where nobody tells of the whole.
    Jobs,
    /// What messages say of the build as a whole, if anything.
    Phase,
}

/// How far a build has come, and why.
struct Course<'f> {
    state: BuildState,
    cause: Cause,
    /// What gives the result.
    ended: Option<&'f Finish>,
}

impl Course<'_> {
    fn of(state: BuildState, cause: Cause) -> Self {
        Self { state, cause, ended: None }
    }
}

/// The record of a build: what lists and pages show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    pub attempt: u32,
    pub state: BuildState,
    /// `None` until there is one; a waiting build shows the result so far.
    pub result: Option<BuildResult>,
    pub result_detail: Option<ResultDetail>,
    pub raw_result: Option<String>,
    pub project: Option<String>,
    pub project_id: Option<String>,
    pub pipeline: Option<PipelineSaid>,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub external_id: Option<String>,
    pub url: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub message: Option<String>,
    pub reason: Option<String>,
    pub requested_by: Option<String>,
    pub pull_request: Option<PullRequest>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub queue_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    /// Earliest known provider time: the place of the build in lists.
    pub first_at: Option<Timestamp>,
}

impl BuildFold {
    /// Read the record out of the fold.
    #[must_use]
    pub fn record(&self, steps: &StepSummary) -> Build {
        let Course { state, ended, cause } = self.course(steps);

        let jobs = steps.jobs.filter(|_| cause == Cause::Jobs);
        let mut result = ended.map(|f| f.result).or(jobs.map(|jobs| jobs.result));
        if result == Some(BuildResult::Success) && steps.soft_failed {
            result = Some(BuildResult::Unstable);
        }
        let result_detail = ended.and_then(|f| f.detail).or_else(|| {
            steps
                .detail
                .filter(|_| state == BuildState::Finished && result == Some(BuildResult::Failure))
        });
        let finished_at = ended.filter(|_| state == BuildState::Finished).and_then(|f| f.at);
        let finished_at = finished_at.or(jobs.and_then(|jobs| jobs.finished_at));
        let finishes = u32::try_from(self.finishes.len()).unwrap_or(u32::MAX);
        let attempt = [1, self.attempt.unwrap_or(1), steps.attempt, finishes].into_iter().max();

        Build {
            attempt: attempt.unwrap_or(1),
            state,
            result,
            result_detail,
            raw_result: ended.and_then(|f| f.raw.clone()),
            project: value(&self.project),
            project_id: value(&self.project_id),
            pipeline: value(&self.pipeline).map(|key| PipelineSaid {
                key,
                slug: value(&self.pipeline_slug),
                name: value(&self.pipeline_name),
                // Of the pipeline, not of its builds.
                default_branch: None,
            }),
            number: value(&self.number),
            label: value(&self.label),
            external_id: value(&self.external_id),
            url: value(&self.url),
            branch: value(&self.branch),
            commit: value(&self.commit),
            message: value(&self.message),
            reason: value(&self.reason),
            requested_by: value(&self.requested_by),
            pull_request: value(&self.pull_request),
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at,
            queue_ms: span_ms(self.queued_at, self.started_at),
            duration_ms: span_ms(self.started_at, finished_at),
            first_at: self.first_at,
        }
    }

    /// What the state of the record follows from.
    #[must_use]
    pub fn cause(&self, steps: &StepSummary) -> Cause {
        self.course(steps).cause
    }

    fn course(&self, steps: &StepSummary) -> Course<'_> {
        let active = self.active_at.map_or(i64::MIN, |t| t.0);
        let finish = self.finish();
        // A block as late as the finish belongs to it: the build got past it.
        let block = self.block.as_ref().filter(|b| finish.is_none_or(|(_, f)| b.when > f.when));
        let asked = self.approvals.values().any(|done| !done) || steps.waiting;
        let goes_on = |cause| match asked {
            true => Course::of(BuildState::Waiting, Cause::Asked),
            false => Course::of(BuildState::Running, cause),
        };

        match (finish, block) {
            (_, Some(block)) if block.covers >= active => Course {
                ended: Some(block),
                ..Course::of(BuildState::Waiting, Cause::Ended(Authority::Block))
            },
            (_, Some(_)) => Course::of(BuildState::Running, Cause::Active),
            (Some((_, finish)), None) if finish.when > i64::MIN && finish.covers < active => {
                goes_on(Cause::Active)
            }
            (Some((_, finish)), None) if self.is_attempted_again(finish) => {
                goes_on(Cause::UnderWay)
            }
            (Some((authority, finish)), None) => Course {
                ended: Some(finish),
                ..Course::of(BuildState::Finished, Cause::Ended(authority))
            },
            (None, None) if self.by_jobs && steps.jobs.is_some_and(|jobs| jobs.are_over) => {
                Course::of(BuildState::Finished, Cause::Jobs)
            }
            (None, None) if asked => Course::of(BuildState::Waiting, Cause::Asked),
            (None, None) if self.phase == Some(Phase::Running) => {
                Course::of(BuildState::Running, Cause::Phase)
            }
            (None, None) if self.active_at.is_some() => {
                Course::of(BuildState::Running, Cause::Active)
            }
            (None, None) if self.under_way.is_some() => {
                Course::of(BuildState::Running, Cause::UnderWay)
            }
            (None, None) => Course::of(BuildState::Queued, Cause::Phase),
        }
    }

    /// Whether an attempt above the finished ones was shown under way. A message made before the
    /// finish tells of nothing that came after it, whatever attempts were missed.
    fn is_attempted_again(&self, finish: &Finish) -> bool {
        let Some((attempt, at)) = self.under_way else { return false };
        let over = u32::try_from(self.finishes.len()).unwrap_or(u32::MAX).max(1);
        finish.when > i64::MIN && attempt > over && (at > finish.when || at == i64::MIN)
    }

    /// The finish that counts: the build's own word, unless a run finished clearly later (its own
    /// completion is then still on its way).
    fn finish(&self) -> Option<(Authority, &Finish)> {
        match (&self.build_finish, &self.run_finish) {
            (Some(build), Some(run)) => {
                let worked_between =
                    self.active_at.is_some_and(|t| build.when < t.0 && t.0 <= run.when);
                let is_later = run.when.saturating_sub(build.when) > SAME_FINISH_MS;
                // A build told of with minimal details knows no result; its run may.
                let run_knows_more =
                    build.result == BuildResult::Unknown && run.result != BuildResult::Unknown;
                let run_counts =
                    run_knows_more || build.when != i64::MIN && (worked_between || is_later);
                Some(if run_counts { (Authority::Run, run) } else { (Authority::Build, build) })
            }
            (Some(build), None) => Some((Authority::Build, build)),
            (None, run) => run.as_ref().map(|run| (Authority::Run, run)),
        }
    }
}

fn value<T: Clone>(slot: &Option<Said<T>>) -> Option<T> {
    slot.as_ref().map(|said| said.value.clone())
}
