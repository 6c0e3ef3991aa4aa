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
pub(super) fn outcome(status: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 6] = [
        ("succeeded", "success"),
        ("partiallySucceeded", "unstable"),
        ("rejected", "failure"),
        // Of the `AsyncAPI` description, and of deployments read by REST.
        ("failed", "failure"),
        ("canceled", "aborted"),
        ("cancelled", "aborted"),
    ];
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(status)).map(|(_, ours)| *ours)
}

/// An id that names something: samples leave them at 0.
pub(super) fn real(id: Option<&Label>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| *id != "0")
}

fn project(event: &ReleaseEvent) -> Option<String> {
    let of_release = || event.release.as_ref()?.project.as_ref()?.name.clone();
    event.project.as_ref().and_then(|it| it.name.clone()).or_else(of_release)
}

fn page(release: Option<&Release>) -> Option<String> {
    address::link(release?.links.as_ref()?.web.as_ref()?.href.as_deref()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::azure_devops::fixtures::{bent, body, read, read_fixture, subject_of};

    #[test]
    fn a_deployment_is_a_release_in_an_environment() {
        let reading = read_fixture("deployment_completed");
        assert_eq!(reading.event.kind, EventKind::DeploymentFinished);
        insta::assert_yaml_snapshot!(reading.subjects, @r#"
        - subject:
            kind: deployment
            key: 95/530
          revision: 0
          at: "2026-02-13T18:10:03.100Z"
          title: Release-95 → Quayside
          state: failure
          project: Harbour
          url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_release?releaseId=95&_a=release-summary"
        "#);
    }

    #[test]
    fn every_status_of_a_deployment_has_a_word_of_ours() {
        for (status, state) in [
            ("succeeded", "success"),
            ("partiallySucceeded", "unstable"),
            ("rejected", "failure"),
            ("failed", "failure"),
            ("canceled", "aborted"),
            ("vanished", "unknown"),
        ] {
            for event_type in
                ["ms.vss-release.deployment-completed-event", "release.deployment.completed"]
            {
                let changes = [
                    ("/eventType", json!(event_type)),
                    ("/resource/environment/status", json!(status)),
                ];
                let fact = subject_of(&bent("deployment_completed", &changes));
                assert_eq!(fact.state.as_deref(), Some(state), "{status}");
            }
        }
    }

    #[test]
    fn a_started_deployment_runs_though_it_says_queued() {
        let changes = [
            ("/eventType", json!("ms.vss-release.deployment-started-event")),
            ("/resource/environment/status", json!("queued")),
        ];
        let body = bent("deployment_completed", &changes);
        assert_eq!(read(&body).event.kind, EventKind::DeploymentStarted);
        assert_eq!(subject_of(&body).state.as_deref(), Some("running"));
    }

    #[test]
    fn the_release_is_found_wherever_its_id_stands() {
        let described = json!({"release": {"id": 95, "name": "Release-95"},
            "environment": {"id": 530, "name": "Quayside", "status": "succeeded"}});
        let flat = json!({"environment": {"id": "530", "releaseId": 95}});
        let sample = json!({"environment": {"id": 530, "releaseId": 0, "release": {"id": 95}}});
        for resource in [described, flat, sample] {
            let fact = subject_of(&bent("deployment_completed", &[("/resource", resource)]));
            assert_eq!(fact.subject.key, "95/530");
        }
        let nothing =
            bent("deployment_completed", &[("/resource", json!({"environment": {"id": 5}}))]);
        assert_eq!(read(&nothing).event.subject, None);
    }

    #[test]
    fn an_approval_holds_a_deployment_and_a_no_ends_it() {
        let pending = body("deployment_approval_pending");
        assert_eq!(read(&pending).event.kind, EventKind::DeploymentWaiting);
        let fact = subject_of(&pending);
        assert_eq!((fact.subject.key.as_str(), fact.state.as_deref()), ("95/530", Some("waiting")));

        let answered = |answer: &str| -> Value {
            let changes = [
                ("/eventType", json!("ms.vss-release.deployment-approval-completed-event")),
                ("/resource/approval/status", json!(answer)),
            ];
            bent("deployment_approval_pending", &changes)
        };
        let no = answered("rejected");
        assert_eq!(read(&no).event.kind, EventKind::DeploymentFinished);
        assert_eq!(subject_of(&no).state.as_deref(), Some("failure"));
        let yes = answered("approved");
        assert_eq!(read(&yes).event.kind, EventKind::Other);
        assert_eq!(subject_of(&yes).state, None);
    }

    #[test]
    fn a_release_is_created_and_abandoned() {
        let created = read_fixture("release_created");
        assert_eq!(created.event.kind, EventKind::ReleaseCreated);
        assert_eq!(created.subjects[0].state.as_deref(), Some("active"));
        let event_type = json!("ms.vss-release.release-abandoned-event");
        let abandoned = bent("release_created", &[("/eventType", event_type)]);
        assert_eq!(read(&abandoned).event.kind, EventKind::ReleaseAbandoned);
        assert_eq!(subject_of(&abandoned).state.as_deref(), Some("abandoned"));
    }
}
