//! Classic releases: the release itself, and the deployments of its stages ("environments").

use super::address;
use super::decode::{Delivery, Outline};
use super::json::Label;
use super::payload::{self, Environment, Release, ReleaseEvent};
use crate::model::{EventKind, SubjectFact, SubjectKind, SubjectRef, Timestamp};

pub(super) fn release(delivery: &Delivery<'_>, event: &ReleaseEvent) -> Outline {
    let release = event.release.as_ref();
    let is_abandoned = delivery.event_type.ends_with("release-abandoned-event");
    let (kind, at) = if is_abandoned {
        (EventKind::ReleaseAbandoned, release.and_then(|it| it.modified_on))
    } else {
        (EventKind::ReleaseCreated, release.and_then(|it| it.created_on))
    };
    let at = at.or(delivery.created_at);
    let fact = release.and_then(|release| {
        let key = real(release.id.as_ref())?.to_owned();
        let subject = SubjectRef { kind: SubjectKind::Release, key };
        let state = if is_abandoned { Some("abandoned") } else { release.status.as_deref() };
        Some(SubjectFact {
            title: release.name.clone(),
            state: state.map(str::to_lowercase),
            project: project(event),
            url: page(Some(release)),
            ..SubjectFact::about(subject, delivery.created_at.or(at))
        })
    });
    Outline::about(kind, at, fact)
}

pub(super) fn deployment(delivery: &Delivery<'_>, event: &ReleaseEvent) -> Outline {
    let is_started = delivery.event_type.ends_with("deployment-started-event");
    let completed_on = event.deployment.as_ref().and_then(|it| it.completed_on);
    let (kind, at) = if is_started {
        (EventKind::DeploymentStarted, None)
    } else {
        (EventKind::DeploymentFinished, completed_on)
    };
    let at = at.or(delivery.created_at);
    let environment = event.environment.as_ref();
    let status = environment.and_then(|it| it.status.as_deref());
    let state = match (is_started, status.and_then(outcome)) {
        (_, Some(outcome)) => Some(outcome),
        // It says `queued` at this moment: the deployment has begun, its first phase has not.
        (true, None) => Some("running"),
        (false, None) => status.map(|_| "unknown"),
    };
    let fact = deployment_fact(event, environment, state, delivery.created_at.or(at));
    Outline::about(kind, at, fact)
}

/// Somebody is asked, or has answered. A "no" ends the deployment; a "yes" may be one of several,
/// and what follows has an event of its own, so it is no kind of ours.
pub(super) fn approval(delivery: &Delivery<'_>, event: &ReleaseEvent) -> Outline {
    let approval = event.approval.as_ref();
    let is_pending = delivery.event_type.ends_with("approval-pending-event");
    let is_rejected = payload::is(approval.and_then(|it| it.status.as_deref()), "rejected");
    let (kind, state) = match (is_pending, is_rejected) {
        (true, _) => (EventKind::DeploymentWaiting, Some("waiting")),
        (false, true) => (EventKind::DeploymentFinished, Some("failure")),
        (false, false) => (EventKind::Other, None),
    };
    let at = approval.and_then(|it| if is_pending { it.created_on } else { it.modified_on });
    let at = at.or(delivery.created_at);
    let environment =
        approval.and_then(|it| it.environment.as_ref()).or(event.environment.as_ref());
    let fact = deployment_fact(event, environment, state, delivery.created_at.or(at));
    Outline::about(kind, at, fact)
}

fn deployment_fact(
    event: &ReleaseEvent,
    environment: Option<&Environment>,
    state: Option<&str>,
    at: Option<Timestamp>,
) -> Option<SubjectFact> {
    let releases = [
        event.release.as_ref(),
        event.approval.as_ref().and_then(|it| it.release.as_ref()),
        environment.and_then(|it| it.release.as_ref()),
    ];
    let release_id = releases
        .iter()
        .find_map(|release| real(release.as_ref()?.id.as_ref()))
        .or_else(|| real(environment?.release_id.as_ref()))?;
    let environment_id = real(environment?.id.as_ref())?;
    let release_name = releases.iter().find_map(|release| release.as_ref()?.name.as_deref());
    let title = match (release_name, environment.and_then(|it| it.name.as_deref())) {
        (Some(release), Some(environment)) => Some(format!("{release} → {environment}")),
        (release, environment) => release.or(environment).map(str::to_owned),
    };
    let key = format!("{release_id}/{environment_id}");
    let subject = SubjectRef { kind: SubjectKind::Deployment, key };
    Some(SubjectFact {
        title,
        state: state.map(str::to_owned),
        project: project(event),
        url: releases.iter().find_map(|release| page(*release)),
        ..SubjectFact::about(subject, at)
    })
}

/// How a deployment ended, in our words; `None` while it has not. Failed ones read `rejected`.
fn outcome(status: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 6] = [
        ("succeeded", "success"),
        ("partiallySucceeded", "unstable"),
        ("rejected", "failure"),
        // Of the AsyncAPI description, and of deployments read by REST.
        ("failed", "failure"),
        ("canceled", "aborted"),
        ("cancelled", "aborted"),
    ];
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(status)).map(|(_, ours)| *ours)
}

/// An id that names something: samples leave them at 0.
fn real(id: Option<&Label>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| *id != "0")
}

fn project(event: &ReleaseEvent) -> Option<String> {
    let of_release = || event.release.as_ref()?.project.as_ref()?.name.clone();
    event.project.as_ref().and_then(|it| it.name.clone()).or_else(of_release)
}

fn page(release: Option<&Release>) -> Option<String> {
    address::link(release?.links.as_ref()?.web.as_ref()?.href.as_deref()?)
}
