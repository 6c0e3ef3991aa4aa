//! From a stored request to one [`Reading`].

use super::hook::Topic;
use super::jobs::{self, Job};
use super::words::Standing;
use crate::model::{
    Authority, BuildFact, BuildResult, Completion, Details, Event, EventKind, Phase, PipelineSaid,
    Provider, PullRequest, Reading, SourceKey, SourceRef, SourceScheme, StepFact, Subject,
    Timestamp, Unreadable,
};
use crate::providers::HookRequest;
use crate::providers::address::{self, link};
use crate::providers::members::Members;

/// Grows with every change that reads an old body differently.
pub const VERSION: i64 = 1;

/// Jobs of one event.
const JOBS_MAX: usize = 10_000;

/// An event of a pipeline tells of it whole; one of a job knows some of it.
const WEIGHT_PIPELINE: u8 = 2;
const WEIGHT_JOB: u8 = 1;

/// Read a stored webhook.
pub fn decode(request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    let body = Members::of_body(request.body)?;
    match Topic::of(&body) {
        Topic::Pipeline => pipeline(&body),
        Topic::Job => job(&body),
        Topic::Other => Ok(reading(EventKind::Other, source(&body), None)),
    }
}

/// A pipeline event.
fn pipeline(body: &Members<'_>) -> Result<Reading, Unreadable> {
    let told = body.object("object_attributes").ok_or_else(|| missing("object_attributes"))?;
    let id = told.number("id").ok_or_else(|| missing("object_attributes.id"))?;
    let project = body.object("project").unwrap_or_default();
    let status = told.text("status").unwrap_or_default();
    let listed = body.list("builds").unwrap_or_default();
    let jobs: Vec<Job> = listed
        .into_iter()
        .take(JOBS_MAX)
        .filter_map(|raw| Job::listed(&Members::of(raw)?))
        .collect();
    let stages: Vec<String> = told
        .list("stages")
        .unwrap_or_default()
        .iter()
        .filter_map(|raw| serde_json::from_str(raw.get()).ok())
        .collect();

    let created_at = told.time("created_at");
    let started_at = jobs.iter().filter_map(|job| job.started_at).min();
    let finished_at = told.time("finished_at");
    let newest = jobs.iter().filter_map(Job::at).max().max(created_at).max(finished_at);
    let standing = Standing::of(&status);
    let completion = |authority, result| {
        Some(Completion {
            authority,
            at: finished_at,
            told_at: newest,
            result,
            raw: Some(told.text("detailed_status").unwrap_or_else(|| status.clone())),
            detail: None,
        })
    };
    let has_failed = jobs.iter().any(|job| job.fact().result == Some(BuildResult::Failure));
    let so_far = if has_failed { BuildResult::Failure } else { BuildResult::Success };
    let (kind, phase, completion) = match standing {
        Standing::Queued => (EventKind::BuildQueued, Some(Phase::Queued), None),
        Standing::Running => (EventKind::BuildStarted, Some(Phase::Running), None),
        Standing::Manual => {
            let block = completion(Authority::Block, so_far);
            (EventKind::BuildWaiting, Some(Phase::Running), block)
        }
        Standing::Ended(result) => {
            (EventKind::BuildFinished, None, completion(Authority::Build, result))
        }
    };
    let is_tag = told.text("tag").is_some_and(|tag| tag == "true");
    let merge = body.object("merge_request");
    let fact = BuildFact {
        at: newest,
        weight: WEIGHT_PIPELINE,
        phase,
        // A job that began after an end is proof that somebody tried again.
        active_at: jobs
            .iter()
            .filter_map(|job| job.started_at)
            .max()
            .filter(|_| standing == Standing::Running),
        completion,
        queued_at: created_at,
        started_at,
        number: told.number("iid"),
        label: told.text("name"),
        url: told.text("url").and_then(|url| link(&url)).or_else(|| page(&project, id)),
        branch: match &merge {
            Some(merge) => merge.text("source_branch"),
            None => told.text("ref").filter(|_| !is_tag),
        },
        commit: told.text("sha").map(|sha| sha.to_lowercase()),
        message: body.object("commit").and_then(|commit| commit.text("message")),
        reason: told.text("source"),
        requested_by: body.object("user").and_then(|user| user.text("name")),
        pull_request: merge.and_then(|merge| {
            Some(PullRequest { number: merge.number("iid")?, target: merge.text("target_branch") })
        }),
        ..about(id, &project)
    };
    let steps = jobs::stages(&stages).chain(jobs.iter().map(Job::fact)).collect();
    let keys = vec![("run".to_owned(), id.to_string())];
    let read = reading(kind, source(body), Some(Subject::Build { keys }));
    let at = finished_at.filter(|_| matches!(standing, Standing::Ended(_))).or(newest);
    Ok(Reading {
        event: Event {
            at,
            provider_event_id: at.map(|at| format!("pipeline:{id}:{status}:{at}")),
            ..read.event
        },
        build: Some(fact),
        steps,
        ..read
    })
}

/// A job event: one job, and which pipeline it is of.
fn job(body: &Members<'_>) -> Result<Reading, Unreadable> {
    let commit = body.object("commit").unwrap_or_default();
    // Older servers tell the pipeline's id as that of the commit.
    let id = body.number("pipeline_id").or_else(|| commit.number("id"));
    let id = id.ok_or_else(|| missing("pipeline_id"))?;
    let job = Job::told(body).ok_or_else(|| missing("build_name"))?;
    let project = body.object("project").unwrap_or_default();
    let is_tag = body.text("tag").is_some_and(|tag| tag == "true");
    let kind = match job.standing {
        Standing::Running => EventKind::StepStarted,
        Standing::Manual => EventKind::StepWaiting,
        Standing::Ended(_) => EventKind::StepFinished,
        Standing::Queued => EventKind::Other,
    };
    let fact = BuildFact {
        at: job.at(),
        weight: WEIGHT_JOB,
        phase: Some(if job.started_at.is_some() { Phase::Running } else { Phase::Queued }),
        started_at: job.started_at,
        branch: body.text("ref").filter(|_| !is_tag),
        commit: body.text("sha").map(|sha| sha.to_lowercase()),
        message: commit.text("message"),
        url: page(&project, id),
        ..about(id, &project)
    };
    let at = job.at();
    let status = body.text("build_status").unwrap_or_default();
    let job_id = body.number("build_id");
    let stage: Vec<String> = job.stage.iter().cloned().collect();
    let mut steps = vec![job.fact()];
    // Its place among the stages is not told.
    steps.extend(jobs::stages(&stage).map(|stage| StepFact { order: None, ..stage }));
    steps.reverse();
    let keys = vec![("run".to_owned(), id.to_string())];
    let read = reading(kind, source(body), Some(Subject::Build { keys }));
    Ok(Reading {
        event: Event {
            at,
            provider_event_id: at.zip(job_id).map(|(at, job)| format!("job:{job}:{status}:{at}")),
            ..read.event
        },
        build: Some(fact),
        steps,
        ..read
    })
}

/// What every event tells of a pipeline.
fn about(id: i64, project: &Members<'_>) -> BuildFact {
    BuildFact {
        external_id: Some(id.to_string()),
        project: project
            .text("path_with_namespace")
            .and_then(|path| Some(path.rsplit_once('/')?.0.to_owned())),
        pipeline: project.text("id").map(|key| PipelineSaid {
            key,
            slug: project.text("path_with_namespace"),
            name: project.text("name"),
            default_branch: project.text("default_branch"),
        }),
        ..BuildFact::default()
    }
}

/// The address of a pipeline, which older servers do not tell.
fn page(project: &Members<'_>, id: i64) -> Option<String> {
    let page = link(&project.text("web_url")?)?;
    Some(format!("{}/-/pipelines/{id}", page.trim_end_matches('/')))
}

/// The server: what stands before the path of the project in its address.
fn source(body: &Members<'_>) -> SourceRef {
    let project = body.object("project").unwrap_or_default();
    let page = project
        .text("web_url")
        .or_else(|| body.object("repository")?.text("homepage"))
        .and_then(|url| link(&url));
    let base = page.as_deref().and_then(|page| {
        let parts = address::parts(page)?;
        // Hooks of older servers tell no path: then it is taken for a server without one of its own.
        let path = project.text("path_with_namespace");
        let before = path.and_then(|path| parts.path.trim_end_matches('/').strip_suffix(&*path));
        let before = before.unwrap_or("");
        Some((format!("{}{}", parts.host_and_port, before.trim_end_matches('/')), parts.scheme))
    });
    let (server, scheme) = base.unzip();
    SourceRef {
        provider: Provider::Gitlab,
        keys: server
            .iter()
            .map(|server| SourceKey { scheme: SourceScheme::Name, key: server.to_lowercase() })
            .collect(),
        name: server.clone(),
        base_url: scheme.zip(server).map(|(scheme, server)| format!("{scheme}://{server}")),
    }
}

fn reading(kind: EventKind, source: SourceRef, subject: Option<Subject>) -> Reading {
    Reading {
        event: Event {
            kind,
            provider_event_id: None,
            at: None::<Timestamp>,
            source,
            subject,
            details: Details::All,
        },
        build: None,
        steps: Vec::new(),
        subjects: Vec::new(),
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    }
}

fn missing(path: &str) -> Unreadable {
    Unreadable { reason: format!("{path} is missing"), path: path.to_owned() }
}
