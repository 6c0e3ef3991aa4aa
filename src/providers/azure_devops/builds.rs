//! `build.complete`, in both of its versions, and in what the two published descriptions of it
//! make of them. The version string is not asked: the shape tells.

use super::address;
use super::decode::{Delivery, Outline};
use super::git::{branch, commit, pull_request_number};
use super::payload::{self, Build, BuildId, Definition, Identity};
use crate::model::{
    Authority, BuildFact, BuildResult, Completion, EventKind, Phase, PipelineSaid, PullRequest,
    Subject, Timestamp, Unreadable,
};

/// Standing of a REST build: it knows everything.
const WEIGHT_REST: u8 = 3;

/// Standing of the older shape, which lacks the project's name and packs branch and commit.
const WEIGHT_OLD: u8 = 1;

/// How far a build has come, as its `status` says.
pub(super) enum Progress {
    Under(Phase),
    Done,
}

pub(super) fn completed(delivery: &Delivery<'_>, build: &Build) -> Result<Outline, Unreadable> {
    let progress = progress(build.status.as_deref());
    let kind = match progress {
        Progress::Done => EventKind::BuildFinished,
        Progress::Under(Phase::Running) => EventKind::BuildStarted,
        Progress::Under(Phase::Queued) => EventKind::BuildQueued,
    };
    let happened_at = match progress {
        Progress::Done => build.finish_time,
        Progress::Under(Phase::Running) => build.start_time,
        Progress::Under(Phase::Queued) => build.queue_time,
    };
    let at = happened_at.or(delivery.created_at);
    let Some(id) = build_id(build)? else { return Ok(Outline { at, ..Outline::of(kind) }) };

    let beside = Beside {
        told_at: delivery.created_at,
        project_id: delivery.project_id.as_deref(),
        base_url: delivery.source.base_url.as_deref(),
    };
    let weight = if is_rest_shape(build) { WEIGHT_REST } else { WEIGHT_OLD };
    let fact = BuildFact { at, weight, ..fact(build, id, Some(&progress), &beside) };
    Ok(Outline { at, subject: Some(subject(id)), build: Some(fact), ..Outline::of(kind) })
}

/// What is known beside a build's own words.
pub(super) struct Beside<'a> {
    /// When these words were said.
    pub told_at: Option<Timestamp>,
    pub project_id: Option<&'a str>,
    pub base_url: Option<&'a str>,
}

/// All that a build object says, by whatever way it came; how far it is trusted is its reader's.
pub(super) fn fact(
    build: &Build,
    id: i64,
    progress: Option<&Progress>,
    beside: &Beside<'_>,
) -> BuildFact {
    let (old_branch, old_commit) = unpack(build.source_get_version.as_deref());
    let source_branch = build.source_branch.as_deref().or(old_branch);
    let project_id = project_id(build).or_else(|| beside.project_id.map(str::to_owned));
    BuildFact {
        phase: match progress {
            Some(Progress::Under(phase)) => Some(*phase),
            Some(Progress::Done) | None => None,
        },
        completion: match progress {
            Some(Progress::Done) => Some(completion(build, beside.told_at)),
            Some(Progress::Under(_)) | None => None,
        },
        queued_at: build.queue_time,
        started_at: build.start_time,
        project: project_name(build),
        pipeline: pipeline(build.definition.as_ref()),
        label: build.build_number.as_ref().map(|it| it.0.clone()).or_else(|| build.name.clone()),
        url: build
            .links
            .as_ref()
            .and_then(|links| address::link(links.web.as_ref()?.href.as_deref()?))
            .or_else(|| web_url(beside.base_url, project_id.as_deref(), id)),
        project_id,
        branch: build_branch(build, source_branch),
        commit: commit(build.source_version.as_deref().or(old_commit)),
        reason: build.reason.clone(),
        requested_by: requested_by(build),
        pull_request: pull_request(build, source_branch),
        ..about(id)
    }
}

/// The event's subject: a build is known by its id, within its source.
pub(super) fn subject(id: i64) -> Subject {
    Subject::Build { keys: vec![("build_id".to_owned(), id.to_string())] }
}

/// A fact that says nothing yet but which build it is about.
pub(super) fn about(id: i64) -> BuildFact {
    BuildFact { number: Some(id), external_id: Some(id.to_string()), ..BuildFact::default() }
}

pub(super) fn pipeline(definition: Option<&Definition>) -> Option<PipelineSaid> {
    let definition = definition?;
    let name = definition.name.clone();
    let key = match (&definition.id, &name) {
        (Some(id), _) => id.0.clone(),
        // Hand-written bodies name a pipeline without its number.
        (None, Some(name)) => format!("name={name}"),
        (None, None) => return None,
    };
    Some(PipelineSaid { key, slug: None, name, default_branch: None })
}

pub(super) fn display_name(identity: Option<&Identity>) -> Option<String> {
    identity?.display_name.clone()
}

/// The build's page. Its address follows from base, project and id on every host, given that the
/// base is known to the organisation or the collection.
pub(super) fn web_url(base: Option<&str>, project: Option<&str>, id: i64) -> Option<String> {
    let (base, project) = (base?, project?);
    address::base(base).filter(|base| base.is_whole)?;
    Some(format!("{base}/{project}/_build/results?buildId={id}"))
}

/// The build's id: its own word, else what its addresses tell. `None` when nothing is told.
fn build_id(build: &Build) -> Result<Option<i64>, Unreadable> {
    told_id(found_id(build), &[("resource.id", build.id)])
}

pub(super) fn found_id(build: &Build) -> Option<i64> {
    let from = |url: &Option<String>| address::last_number(url.as_deref()?);
    let known = build.id.and_then(BuildId::known);
    known.or_else(|| from(&build.uri)).or_else(|| from(&build.url))
}

/// An id that was found somewhere. Where none was, and what stands in its place is no id, the event
/// cannot be said to be about any build.
pub(super) fn told_id(
    found: Option<i64>,
    places: &[(&str, Option<BuildId>)],
) -> Result<Option<i64>, Unreadable> {
    let odd = places.iter().find(|(_, id)| *id == Some(BuildId::Unreadable));
    match (found, odd) {
        (None, Some((path, _))) => Err(Unreadable {
            reason: "the id of a build is a whole number above 0".to_owned(),
            path: (*path).to_owned(),
        }),
        (found, _) => Ok(found),
    }
}

/// The event is named "complete", so only an explicit word to the contrary is believed.
fn progress(status: Option<&str>) -> Progress {
    let is = |word| payload::is(status, word);
    if is("inProgress") || is("cancelling") {
        Progress::Under(Phase::Running)
    } else if is("notStarted") || is("postponed") {
        Progress::Under(Phase::Queued)
    } else {
        Progress::Done
    }
}

fn completion(build: &Build, told_at: Option<Timestamp>) -> Completion {
    let raw = raw_result(build);
    Completion {
        authority: Authority::Build,
        at: build.finish_time,
        told_at,
        result: raw.and_then(payload::result).unwrap_or(BuildResult::Unknown),
        raw: raw.map(str::to_owned),
        detail: payload::detail(raw),
    }
}

/// The word for the result: 2.0 says it in `result`, 1.0 in `status`. The `AsyncAPI` description
/// has both members, and anything at all in the first.
fn raw_result(build: &Build) -> Option<&str> {
    let result = build.result.as_deref();
    let status = build.status.as_deref().filter(|word| !is_lifecycle(word));
    let is_known = |word: &&str| payload::result(word).is_some();
    result.filter(is_known).or(status.filter(is_known)).or(result).or(status)
}

/// Words that a REST build's `status` can be, none of which is a result.
fn is_lifecycle(status: &str) -> bool {
    const WORDS: [&str; 7] =
        ["none", "inProgress", "completed", "cancelling", "postponed", "notStarted", "all"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(status))
}

fn is_rest_shape(build: &Build) -> bool {
    build.status.as_deref().map_or(build.result.is_some(), is_lifecycle)
}

/// Branch and commit of `LG:refs/heads/main:<sha>`, or the changeset of `C123`.
fn unpack(packed: Option<&str>) -> (Option<&str>, Option<&str>) {
    let Some(packed) = packed else { return (None, None) };
    match packed.strip_prefix("LG:").unwrap_or(packed).rsplit_once(':') {
        Some((branch, commit)) => (Some(branch).filter(|it| !it.is_empty()), Some(commit)),
        None => (None, Some(packed)),
    }
}

/// A pull request build runs on a merge ref; people know it by the branch that wants in.
fn build_branch(build: &Build, source_branch: Option<&str>) -> Option<String> {
    let source_branch = source_branch?;
    if pull_request_number(source_branch).is_none() {
        return branch(source_branch);
    }
    branch(build.trigger.as_ref()?.pull_request_branch.as_deref()?)
}

fn pull_request(build: &Build, source_branch: Option<&str>) -> Option<PullRequest> {
    let trigger = build.trigger.as_ref();
    let number = pull_request_number(source_branch?)?;
    Some(PullRequest {
        number: trigger.and_then(|it| it.pull_request_number).unwrap_or(number),
        target: trigger.and_then(|it| branch(it.pull_request_target.as_deref()?)),
    })
}

fn project_name(build: &Build) -> Option<String> {
    let of_definition = || build.definition.as_ref()?.project.as_ref();
    build.project.as_ref().and_then(|it| it.name.clone()).or_else(|| of_definition()?.name.clone())
}

fn project_id(build: &Build) -> Option<String> {
    let of_definition = || build.definition.as_ref()?.project.as_ref();
    build
        .project
        .as_ref()
        .and_then(|it| address::guid(it.id.as_deref()?))
        .or_else(|| address::guid(of_definition()?.id.as_deref()?))
}

fn requested_by(build: &Build) -> Option<String> {
    let of_request = || display_name(build.requests.as_ref()?.first()?.requested_for.as_ref());
    display_name(build.requested_for.as_ref())
        .or_else(|| display_name(build.requested_by.as_ref()))
        .or_else(of_request)
}

#[cfg(test)]
mod tests;
