//! Run, stage, job and approval events. A run is a build: its id is the build's id.

use super::address;
use super::builds::{about, display_name, pipeline, subject, told_id, web_url};
use super::decode::{Delivery, Outline};
use super::git::{branch, commit, pull_request_number};
use super::payload::{self, BuildId, Links, PipelineEvent, Run, Stage, UsedRepository};
use crate::model::{
    Approval, Authority, BuildFact, BuildResult, BuildState, Completion, EventKind, Phase,
    PullRequest, StepFact, StepKind, StepRef, Timestamp, Unreadable,
};

type Read = Result<Outline, Unreadable>;

/// Standing of a run object: it knows less than a build, more than the old shape of one.
const WEIGHT_RUN: u8 = 2;

pub(super) fn run(delivery: &Delivery<'_>, event: &PipelineEvent) -> Read {
    let run = event.run.as_ref();
    let state = run.and_then(|run| run.state.as_deref());
    let (kind, at) = if run.is_some_and(is_complete) {
        (EventKind::BuildFinished, run.and_then(|run| run.finished_date))
    } else if payload::is(state, "inProgress") || payload::is(state, "canceling") {
        (EventKind::BuildStarted, None)
    } else {
        // No state, or one we do not know: the run went on somehow.
        (EventKind::Other, None)
    };
    outline(delivery, event, kind, at)
}

pub(super) fn stage(delivery: &Delivery<'_>, event: &PipelineEvent) -> Read {
    let (kind, at) = step_kind(event.stage.as_ref(), StepKind::Stage);
    outline(delivery, event, kind, at)
}

pub(super) fn job(delivery: &Delivery<'_>, event: &PipelineEvent) -> Read {
    let (kind, at) = step_kind(event.job.as_ref(), StepKind::Job);
    outline(delivery, event, kind, at)
}

pub(super) fn approval(delivery: &Delivery<'_>, event: &PipelineEvent) -> Read {
    let is_done = delivery.event_type.ends_with("approval-completed");
    let said = event.approval.as_ref();
    let kind = if is_done { EventKind::ApprovalFinished } else { EventKind::ApprovalWaiting };
    let at = said.and_then(|it| if is_done { it.modified_on } else { it.created_on });
    let mut outline = outline(delivery, event, kind, at)?;
    if let Some(fact) = &mut outline.build {
        let id = said.and_then(|it| it.id.as_ref());
        fact.approval = id.map(|id| Approval { id: id.0.clone(), done: is_done });
        if !is_done {
            fact.under_way = fact.under_way.max(attempt_id(event));
        }
    }
    Ok(outline)
}

/// What all four have in common: a run, and steps of it. Without the run's id nothing can be said
/// of a build, and the event stands alone.
fn outline(
    delivery: &Delivery<'_>,
    event: &PipelineEvent,
    kind: EventKind,
    at: Option<Timestamp>,
) -> Read {
    let at = at.or(delivery.created_at);
    let Some(id) = run_id(event)? else { return Ok(Outline { at, ..Outline::of(kind) }) };
    Ok(Outline {
        at,
        subject: Some(subject(id)),
        build: Some(build_fact(delivery, event, id, at)),
        steps: steps(event, at),
        ..Outline::of(kind)
    })
}

fn run_id(event: &PipelineEvent) -> Result<Option<i64>, Unreadable> {
    let run = event.run.as_ref();
    let from_url = |url: Option<&str>| address::last_number(url?);
    // Stages and jobs link to the page of their build.
    let pages = [
        run.and_then(|run| page(run.links.as_ref())),
        event.stage.as_ref().and_then(|stage| page(stage.links.as_ref())),
        event.job.as_ref().and_then(|job| page(job.links.as_ref())),
    ];
    let own = run.and_then(|run| run.id);
    let found = [own, event.run_id]
        .into_iter()
        .flatten()
        .find_map(BuildId::known)
        .or_else(|| from_url(run.and_then(|run| run.url.as_deref())))
        .or_else(|| from_url(event.run_url.as_deref()))
        .or_else(|| {
            pages.into_iter().flatten().find_map(|url| address::query_number(url, "buildId"))
        });
    told_id(found, &[("resource.run.id", own), ("resource.runId", event.run_id)])
}

/// The attempt that an approval is asked for.
fn attempt_id(event: &PipelineEvent) -> Option<u32> {
    event.attempt.and_then(|it| u32::try_from(it).ok()).filter(|attempt| *attempt > 0)
}

fn page(links: Option<&Links>) -> Option<&str> {
    links?.web.as_ref()?.href.as_deref()
}

fn build_fact(
    delivery: &Delivery<'_>,
    event: &PipelineEvent,
    id: i64,
    at: Option<Timestamp>,
) -> BuildFact {
    let run = event.run.as_ref();
    let state = run.and_then(|run| run.state.as_deref());
    let is_running = payload::is(state, "inProgress") || payload::is(state, "canceling");
    let own = run.and_then(|run| run.resources.as_ref()?.repositories.as_ref()?.own.as_ref());
    let change = own_repository(event.repositories.as_deref()).and_then(|it| it.change.as_ref());
    let ref_name = own.and_then(|own| own.ref_name.as_deref());
    let version = own.and_then(|own| own.version.as_deref());
    let definition = event.pipeline.as_ref().or(run.and_then(|run| run.pipeline.as_ref()));
    let project_id = event
        .project_id
        .as_deref()
        .and_then(address::guid)
        .or_else(|| delivery.project_id.clone())
        .or_else(|| address::project(event.run_url.as_deref()?));
    let shown = || [&event.job, &event.stage].into_iter().flatten().chain(listed(event));
    BuildFact {
        at,
        weight: WEIGHT_RUN,
        phase: is_running.then_some(Phase::Running),
        completion: run.filter(|run| is_complete(run)).map(|run| completion(delivery, run)),
        active_at: shown().filter_map(worked_at).max(),
        under_way: shown().filter(|step| is_under_way(step)).map(attempt).max(),
        attempt: shown().filter(|step| step.attempt.is_some()).map(attempt).max(),
        queued_at: run.and_then(|run| run.created_date),
        url: run
            .and_then(|run| address::link(page(run.links.as_ref())?))
            .or_else(|| web_url(delivery.source.base_url.as_deref(), project_id.as_deref(), id)),
        project_id,
        pipeline: pipeline(definition),
        label: run.and_then(|run| Some(run.name.as_ref()?.0.clone())),
        branch: ref_name.filter(|it| pull_request_number(it).is_none()).and_then(branch),
        commit: commit(version.or(change.and_then(|it| it.version.as_deref()))),
        message: change.and_then(|it| it.message.clone()),
        requested_by: display_name(event.requested_for.as_ref())
            .or_else(|| display_name(event.requested_by.as_ref())),
        pull_request: ref_name
            .and_then(pull_request_number)
            .map(|number| PullRequest { number, target: None }),
        ..about(id)
    }
}

fn is_complete(run: &Run) -> bool {
    match run.state.as_deref() {
        Some(state) => payload::is(Some(state), "completed"),
        // A run has a result only once it is over.
        None => run.result.as_deref().and_then(payload::result).is_some(),
    }
}

fn completion(delivery: &Delivery<'_>, run: &Run) -> Completion {
    let raw = run.result.as_deref();
    Completion {
        authority: Authority::Run,
        at: run.finished_date,
        told_at: delivery.created_at,
        result: raw.and_then(payload::result).unwrap_or(BuildResult::Unknown),
        raw: raw.map(str::to_owned),
        detail: payload::detail(raw),
    }
}

/// The repository the pipeline itself lives in; documented samples name no alias.
fn own_repository(repositories: Option<&[UsedRepository]>) -> Option<&UsedRepository> {
    let repositories = repositories?;
    let own = repositories.iter().find(|it| payload::is(it.alias.as_deref(), "self"));
    own.or_else(|| repositories.first().filter(|it| it.alias.is_none()))
}

/// When a stage or job shows work going on. A skipped one has a time too, but did nothing.
fn worked_at(step: &Stage) -> Option<Timestamp> {
    step.start_time.filter(|_| !payload::is(step.result.as_deref(), "skipped"))
}

/// Whether a stage or job shows its attempt running, or waiting for a person, a check or an agent.
fn is_under_way(step: &Stage) -> bool {
    let is = |word| payload::is(step.state.as_deref(), word);
    is("running") || is("inProgress") || is("waiting")
}

fn attempt(step: &Stage) -> u32 {
    step.attempt.and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1).max(1)
}

fn listed(event: &PipelineEvent) -> impl Iterator<Item = &Stage> {
    event.stages.iter().flatten()
}

/// What kind of event a stage or job makes, and when it happened.
///
/// A stage or job that is only announced (`notStarted`), and a job that waits for an agent, are
/// none of our kinds: nothing has started, and `step.waiting` means that a person or a check is
/// asked. Their facts are kept all the same.
fn step_kind(step: Option<&Stage>, kind: StepKind) -> (EventKind, Option<Timestamp>) {
    let Some(step) = step else { return (EventKind::Other, None) };
    match state(step, kind) {
        Some(BuildState::Finished) => (EventKind::StepFinished, step.finish_time),
        Some(BuildState::Running) => (EventKind::StepStarted, step.start_time),
        Some(BuildState::Waiting) => (EventKind::StepWaiting, None),
        Some(BuildState::Queued) | None => (EventKind::Other, None),
    }
}

fn state(step: &Stage, kind: StepKind) -> Option<BuildState> {
    let is = |word| payload::is(step.state.as_deref(), word);
    if is("completed") {
        Some(BuildState::Finished)
    } else if is("running") || is("inProgress") {
        Some(BuildState::Running)
    } else if is("waiting") {
        Some(if kind == StepKind::Stage { BuildState::Waiting } else { BuildState::Queued })
    } else if is("notStarted") || is("pending") {
        Some(BuildState::Queued)
    } else {
        step.result.as_deref().and_then(payload::result).map(|_| BuildState::Finished)
    }
}

/// Facts about every stage and job shown.
fn steps(event: &PipelineEvent, at: Option<Timestamp>) -> Vec<StepFact> {
    let stage = event.stage.as_ref();
    let own_stage =
        stage.and_then(|stage| stage_fact(stage, at)).or_else(|| named_stage(event, at));
    let job = event.job.as_ref().and_then(|job| {
        let parent = own_stage.as_ref().map(|stage| stage.step.clone());
        job_fact(job, parent, at)
    });
    let others = listed(event).filter_map(|stage| stage_fact(stage, at));
    own_stage.into_iter().chain(job).chain(others).collect()
}

fn stage_fact(stage: &Stage, at: Option<Timestamp>) -> Option<StepFact> {
    let name = stage.name.clone().or_else(|| address::guid(stage.id.as_deref()?))?;
    let step = StepRef { key: format!("stage:{name}"), attempt: attempt(stage) };
    Some(step_fact(stage, StepKind::Stage, step, at))
}

/// The stage of an approval, which may be told by its name alone.
fn named_stage(event: &PipelineEvent, at: Option<Timestamp>) -> Option<StepFact> {
    let name = event.stage_name.as_ref()?;
    let attempt = attempt_id(event).unwrap_or(1);
    let step = StepRef { key: format!("stage:{name}"), attempt };
    Some(StepFact { at, name: Some(name.clone()), ..StepFact::about(step, StepKind::Stage) })
}

fn job_fact(job: &Stage, parent: Option<StepRef>, at: Option<Timestamp>) -> Option<StepFact> {
    let key = match (job.id.as_deref().and_then(address::guid), &job.name, &parent) {
        (Some(id), _, _) => format!("job:{id}"),
        (None, Some(name), Some(stage)) => {
            let stage = stage.key.strip_prefix("stage:").unwrap_or(&stage.key);
            format!("job:{stage}/{name}")
        }
        (None, Some(name), None) => format!("job:{name}"),
        (None, None, _) => return None,
    };
    let step = StepRef { key, attempt: attempt(job) };
    Some(StepFact { parent, ..step_fact(job, StepKind::Job, step, at) })
}

fn step_fact(told: &Stage, kind: StepKind, step: StepRef, at: Option<Timestamp>) -> StepFact {
    let state = state(told, kind);
    let is_over = state == Some(BuildState::Finished);
    let raw = told.result.as_deref().filter(|_| is_over);
    StepFact {
        at,
        name: told.display_name.clone().or_else(|| told.name.clone()),
        state,
        result: is_over.then(|| raw.and_then(payload::result).unwrap_or(BuildResult::Unknown)),
        raw_result: raw.map(str::to_owned),
        detail: payload::detail(raw),
        // One that is over and has but one time for both tells when it ended: it never began, or the
        // sender did not say (documented sample of the job event).
        started_at: told.start_time.filter(|_| !is_over || told.start_time != told.finish_time),
        finished_at: told.finish_time.filter(|_| is_over),
        ..StepFact::about(step, kind)
    }
}

#[cfg(test)]
mod tests;
