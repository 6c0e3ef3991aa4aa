//! Jobs: script, trigger and block steps of a build, in our words.
//!
//! A retry is a job of its own, with an id of its own. So the attempt of every step is 1; what ties
//! the two together is `retry_of` on the new one and `superseded` on the old one.

use super::builds::{self, KnownBuild, Standing, WEIGHT_JOB_EVENT};
use super::decode::{event_id, source};
use super::payload::{Body, Job, queue_of};
use crate::model::{
    BuildResult, BuildState, Details, Event, EventKind, Reading, ResultDetail, StepFact, StepKind,
    StepRef, Timestamp, Unreadable,
};
use crate::providers::address::link;

/// Read an event whose subject is a job. Its build object is as good a word on the build as that
/// of a build event, and often an earlier one.
pub fn read(event_type: &str, body: &Body) -> Result<Reading, Unreadable> {
    let build = KnownBuild::of(body)?;
    let unnamed = Job::default();
    let job = body.job.as_ref().unwrap_or(&unnamed);
    let standing = Standing::of(build.payload, None).at_unblock(build.payload, job.unblocked_at);
    let told_at = build.payload.newest_at().max(job.newest_at());
    let steps = facts(job, Some(event_type));
    let at = moment(event_type, job);

    let mut fact = build.fact(standing, WEIGHT_JOB_EVENT, told_at);
    fact.active_at = fact.active_at.max(active_at(job));
    Ok(Reading {
        event: Event {
            kind: kind(event_type, job, &steps),
            provider_event_id: job.id.as_deref().and_then(|id| {
                let state = job.state.as_deref().unwrap_or_default();
                event_id(event_type, &id.to_lowercase(), state, at)
            }),
            at: at.or(told_at),
            source: source(body),
            subject: Some(build.subject()),
            details: Details::All,
        },
        build: Some(fact),
        steps,
        subjects: Vec::new(),
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    })
}

/// Proof of work: when the job started, or a person let the build go on.
///
/// Later than a finish, it re-opens the build, so it must hold nothing that a job of the first
/// attempt can tell after the end: neither `finished_at` nor `expired_at`. The times before the
/// start count only for a retry, whose very existence is the proof.
fn active_at(job: &Job) -> Option<Timestamp> {
    let is_retry = job.retry_source.as_ref().is_some_and(|source| source.job_id.is_some());
    let of_retry = if is_retry { job.scheduled_at.max(job.created_at) } else { None };
    job.started_at.max(job.unblocked_at).max(of_retry)
}

fn kind(event_type: &str, job: &Job, steps: &[StepFact]) -> EventKind {
    let own = job.id.as_deref().map(key);
    let is_finished = steps
        .iter()
        .find(|step| Some(&step.step.key) == own.as_ref())
        .is_none_or(|step| step.state == Some(BuildState::Finished));
    match event_type {
        "job.started" => EventKind::StepStarted,
        "job.finished" if is_finished => EventKind::StepFinished,
        // Sent while the job was on its way again.
        "job.finished" => EventKind::StepStarted,
        "job.activated" => EventKind::ApprovalFinished,
        // `job.scheduled` and `job.promised_exit_status`: no kind of ours, though their facts count.
        _ => EventKind::Other,
    }
}

/// The time that belongs to the event.
fn moment(event_type: &str, job: &Job) -> Option<Timestamp> {
    match event_type {
        "job.scheduled" => job.runnable_at.or(job.scheduled_at).or(job.created_at),
        "job.started" => job.started_at,
        "job.finished" => job.finished_at.or(job.unblocked_at),
        "job.activated" => job.unblocked_at,
        "job.promised_exit_status" => job.promised_exit_status_at,
        _ => None,
    }
}

/// All that a job object says: of itself, of its group, of the jobs before and after it.
pub fn facts(job: &Job, event_type: Option<&str>) -> Vec<StepFact> {
    let Some(id) = job.id.as_deref() else { return Vec::new() };
    let kind = match job.kind.as_deref() {
        // A boundary between steps, not a step.
        Some("waiter" | "wait") => return Vec::new(),
        Some("manual" | "block" | "input") => StepKind::Gate,
        _ => StepKind::Job,
    };
    let group =
        job.group_key.as_deref().map(|group| StepRef { key: format!("stage:{group}"), attempt: 1 });
    let previous = job.retry_source.as_ref().and_then(|source| source.job_id.as_deref());
    let next = job.retried_in_job_id.as_deref();
    let end = Outcome::of(job, kind, event_type);

    let own = StepFact {
        parent: group.clone(),
        at: job.newest_at(),
        name: name(job),
        state: Some(end.state),
        result: end.result,
        raw_result: end.result.and(job.state.clone()),
        detail: end.detail,
        queued_at: queued_at(job),
        started_at: job.started_at,
        finished_at: end.result.and(job.finished_at.or(job.unblocked_at)),
        agent: job.agent.as_ref().and_then(|agent| agent.name.clone()),
        created_at: job.created_at,
        queue: queue(job, kind),
        exit_status: job.exit_status,
        by: job.unblocked_by.as_ref().and_then(builds::name),
        url: url(job),
        soft_failed: job.soft_failed == Some(true) && end.result.is_some(),
        superseded: next.is_some() || job.retried == Some(true),
        retry_of: previous.map(key),
        ..StepFact::about(step(id), kind)
    };
    let stage = group.map(|group| StepFact {
        name: job.group_key.clone(),
        ..StepFact::about(group, StepKind::Stage)
    });
    let superseded = previous
        .map(|previous| StepFact { superseded: true, ..StepFact::about(step(previous), kind) });
    let retry =
        next.map(|next| StepFact { retry_of: Some(key(id)), ..StepFact::about(step(next), kind) });
    stage.into_iter().chain([own]).chain(superseded).chain(retry).collect()
}

/// When it could run and began to wait for an agent. Before that it waits for other jobs, and is
/// scheduled all the same; where the moment is not told, it is when it was scheduled at the earliest.
fn queued_at(job: &Job) -> Option<Timestamp> {
    let waits_for_others = job.started_at.is_none()
        && matches!(
            job.state.as_deref(),
            Some("pending" | "waiting" | "blocked" | "limiting" | "limited")
        );
    job.runnable_at.or(job.scheduled_at.filter(|_| !waits_for_others))
}

/// The queue that a job waits in. An agent is asked for by tags; without a tag for a queue it is the
/// one named `default`.
fn queue(job: &Job, kind: StepKind) -> Option<String> {
    if kind == StepKind::Gate || !is_command(job) {
        return None;
    }
    let rules = job.agent_query_rules.as_deref();
    let of_agent = || job.agent.as_ref().and_then(|agent| agent.queue());
    let queue = rules.and_then(queue_of).or_else(of_agent);
    queue.or_else(|| rules.map(|_| "default")).map(str::to_owned)
}

/// Whether an agent runs it. The type was not told in the form of 2015.
pub(super) fn is_command(job: &Job) -> bool {
    job.kind.as_deref().is_none_or(|kind| matches!(kind, "script" | "command"))
}

/// Where people look at it: of a trigger step that is the build that it made.
fn url(job: &Job) -> Option<String> {
    let triggered = job.triggered_build.as_ref().and_then(|build| build.web_url.as_deref());
    triggered.or(job.web_url.as_deref()).and_then(link)
}

pub(super) fn key(id: &str) -> String {
    format!("job:{}", id.trim().to_lowercase())
}

fn step(id: &str) -> StepRef {
    StepRef { key: key(id), attempt: 1 }
}

/// The label as people wrote it, emoji codes and all, else what the job runs.
pub(super) fn name(job: &Job) -> Option<String> {
    let first_line = || {
        let command = job.command.as_deref()?;
        command.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    };
    job.name
        .clone()
        .or_else(|| job.label.clone())
        .or_else(first_line)
        .or_else(|| job.step_key.clone())
}

/// How far a job has come, and how it went.
struct Outcome {
    state: BuildState,
    result: Option<BuildResult>,
    detail: Option<ResultDetail>,
}

impl Outcome {
    fn of(job: &Job, kind: StepKind, event_type: Option<&str>) -> Self {
        let is_over = job.finished_at.is_some();
        let Some(state) = job.state.as_deref() else {
            return match event_type {
                Some("job.activated") => Self::finished(BuildResult::Success, None),
                Some("job.finished") => Self::by_exit(job),
                _ if is_over => Self::by_exit(job),
                Some("job.scheduled") => Self::in_progress(BuildState::Queued),
                Some("job.started" | "job.promised_exit_status") => {
                    Self::in_progress(BuildState::Running)
                }
                _ => Self::underway(job),
            };
        };
        match state.to_ascii_lowercase().as_str() {
            "pending" | "waiting" | "limiting" | "limited" | "platform_limiting"
            | "platform_limited" | "scheduled" | "reserved" | "assigned" | "accepted" => {
                Self::in_progress(BuildState::Queued)
            }
            "running" | "canceling" | "timing_out" => Self::in_progress(BuildState::Running),
            "blocked" => Self::in_progress(BuildState::Waiting),
            // A gate that a person opened is done; a job behind it may now be queued.
            "unblocked" if kind != StepKind::Gate && !is_over => {
                Self::in_progress(BuildState::Queued)
            }
            "passed" | "unblocked" => Self::finished(BuildResult::Success, None),
            "failed" => {
                Self::failed(job, agent_failed(job).then_some(ResultDetail::Infrastructure))
            }
            "timed_out" => Self::failed(job, Some(ResultDetail::Timeout)),
            "expired" => Self::failed(job, Some(ResultDetail::NoAgent)),
            "canceled" => Self::finished(BuildResult::Aborted, None),
            "skipped" | "broken" | "blocked_failed" | "unblocked_failed" | "waiting_failed" => {
                Self::finished(BuildResult::Skipped, None)
            }
            "finished" => Self::by_exit(job),
            _ if is_over => Self::finished(BuildResult::Unknown, None),
            _ => Self::underway(job),
        }
    }

    fn in_progress(state: BuildState) -> Self {
        Self { state, result: None, detail: None }
    }

    /// In progress, by a word we do not know.
    fn underway(job: &Job) -> Self {
        let has_started = job.started_at.is_some();
        Self::in_progress(if has_started { BuildState::Running } else { BuildState::Queued })
    }

    fn finished(result: BuildResult, detail: Option<ResultDetail>) -> Self {
        Self { state: BuildState::Finished, result: Some(result), detail }
    }

    /// Failed; softly where the pipeline says that the build goes on regardless.
    fn failed(job: &Job, detail: Option<ResultDetail>) -> Self {
        let is_soft = job.soft_failed == Some(true);
        Self::finished(if is_soft { BuildResult::Unstable } else { BuildResult::Failure }, detail)
    }

    /// Over, by a word that does not say how it went.
    fn by_exit(job: &Job) -> Self {
        match (job.passed, job.exit_status) {
            (Some(true), _) | (None, Some(0)) => Self::finished(BuildResult::Success, None),
            (Some(false), _) | (None, Some(_)) => {
                Self::failed(job, agent_failed(job).then_some(ResultDetail::Infrastructure))
            }
            (None, None) => Self::finished(BuildResult::Unknown, None),
        }
    }
}

/// Whether a job failed because its agent did, not its command: the agent was stopped or would not
/// run it, or was lost (`exit_status` -1, which a cancelled job has as well).
fn agent_failed(job: &Job) -> bool {
    match job.signal_reason.as_deref() {
        Some("agent_stop" | "agent_refused" | "agent_incompatible" | "stack_error") => true,
        Some("cancel") => false,
        _ => job.exit_status == Some(-1),
    }
}
