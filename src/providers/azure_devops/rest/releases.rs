//! Classic releases and their deployments: the same subjects that hooks tell of.

use super::answers::{Page, list, object};
use crate::model::{SubjectFact, SubjectKind, SubjectRef, Timestamp, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::{Label, shape};
use crate::providers::azure_devops::payload::{self, Links, Project};
use crate::providers::azure_devops::releases::{outcome, real};
use crate::providers::rest::Answer;

shape! {
    Release {
        id: Label = "id",
        name: String = "name",
        status: String = "status",
        project: Project = "projectReference",
        environments: Vec<Environment> = "environments",
        links: Links = "_links",
        page: String = "webAccessUri",
    }
}

shape! {
    Environment {
        id: Label = "id",
        name: String = "name",
        status: String = "status",
        approvals: Vec<Approval> = "preDeployApprovals",
        later_approvals: Vec<Approval> = "postDeployApprovals",
    }
}

shape! {
    Approval {
        status: String = "status",
        is_automated: bool = "isAutomated",
    }
}

shape! {
    Deployment {
        release: Release = "release",
        environment: Environment = "releaseEnvironment",
        status: String = "deploymentStatus",
        /// Finer: `Canceled`, `QueuedForAgent`, `Pending`.
        operation: String = "operationStatus",
        project: Project = "projectReference",
        queued_on: Timestamp = "queuedOn",
        started_on: Timestamp = "startedOn",
        completed_on: Timestamp = "completedOn",
        modified_on: Timestamp = "lastModifiedOn",
    }
}

/// A release, and the deployment to each of its environments that has begun.
pub fn release(answer: &Answer) -> Result<Vec<SubjectFact>, Unreadable> {
    let told: Option<Release> = object(answer)?;
    Ok(told.map(|release| facts(&release, answer.at)).unwrap_or_default())
}

pub fn releases(answer: &Answer) -> Result<Page<SubjectFact>, Unreadable> {
    let told = list::<Release>(answer)?;
    let items = told.iter().flat_map(|release| facts(release, answer.at)).collect();
    Ok(Page::by_token(&answer.head, items))
}

/// Each at the time that it last changed: the list has all tries of one environment.
pub fn deployments(answer: &Answer) -> Result<Page<SubjectFact>, Unreadable> {
    let told = list::<Deployment>(answer)?;
    let items = told.iter().filter_map(deployment).collect();
    Ok(Page::by_token(&answer.head, items))
}

fn facts(release: &Release, at: Timestamp) -> Vec<SubjectFact> {
    let Some(id) = real(release.id.as_ref()) else { return Vec::new() };
    let subject = SubjectRef { kind: SubjectKind::Release, key: id.to_owned() };
    let own = SubjectFact {
        title: release.name.clone(),
        state: release.status.as_deref().map(str::to_lowercase),
        project: release.project.as_ref().and_then(|project| project.name.clone()),
        url: page(release),
        ..SubjectFact::about(subject, Some(at))
    };
    let environments = release.environments.iter().flatten();
    let below = environments.filter_map(|environment| {
        let state = state(environment)?;
        let fact = deployed(release, environment, Some(at))?;
        Some(SubjectFact { state: Some(state.to_owned()), project: own.project.clone(), ..fact })
    });
    let below: Vec<SubjectFact> = below.collect();
    std::iter::once(own).chain(below).collect()
}

/// How far a deployment is. `None`: none has begun.
fn state(environment: &Environment) -> Option<&'static str> {
    let status = environment.status.as_deref()?;
    if let Some(ended) = outcome(status) {
        return Some(ended);
    }
    let is_under_way = payload::is(Some(status), "inProgress");
    if !is_under_way && !payload::is(Some(status), "queued") {
        return None;
    }
    let mut approvals =
        environment.approvals.iter().flatten().chain(environment.later_approvals.iter().flatten());
    let is_asked = approvals.any(|approval| {
        payload::is(approval.status.as_deref(), "pending") && approval.is_automated != Some(true)
    });
    Some(if is_asked { "waiting" } else { "running" })
}

fn deployment(told: &Deployment) -> Option<SubjectFact> {
    let at = told.modified_on.or(told.completed_on).or(told.started_on).or(told.queued_on);
    let fact = deployed(told.release.as_ref()?, told.environment.as_ref()?, at)?;
    let is_operation = |word| payload::is(told.operation.as_deref(), word);
    let status = told.status.as_deref();
    let state = if is_operation("Canceled") || is_operation("Cancelling") {
        Some("aborted")
    } else if payload::is(status, "inProgress") || payload::is(status, "notDeployed") {
        Some(if is_operation("Pending") { "waiting" } else { "running" })
    } else {
        status.map(|status| outcome(status).unwrap_or("unknown"))
    };
    let project = told.project.as_ref().and_then(|project| project.name.clone());
    Some(SubjectFact { state: state.map(str::to_owned), project, ..fact })
}

fn deployed(
    release: &Release,
    environment: &Environment,
    at: Option<Timestamp>,
) -> Option<SubjectFact> {
    let key = format!("{}/{}", real(release.id.as_ref())?, real(environment.id.as_ref())?);
    let title = match (&release.name, &environment.name) {
        (Some(release), Some(environment)) => Some(format!("{release} → {environment}")),
        (release, environment) => release.as_ref().or(environment.as_ref()).cloned(),
    };
    let subject = SubjectRef { kind: SubjectKind::Deployment, key };
    Some(SubjectFact { title, url: page(release), ..SubjectFact::about(subject, at) })
}

fn page(release: &Release) -> Option<String> {
    let of_links = || release.links.as_ref()?.web.as_ref()?.href.as_deref();
    address::link(of_links().or(release.page.as_deref())?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::azure_devops::fixtures::read_fixture;
    use crate::providers::azure_devops::rest::fixtures::{answer, with_token};

    fn told(environments: &Value) -> Value {
        json!({
            "id": 95, "name": "Release-95", "status": "active", "environments": environments,
            "projectReference": {"id": "5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1", "name": "Harbour"},
            "_links": {"web": {"href": "https://dev.azure.com/lumen-works/_release?releaseId=95"}}
        })
    }

    #[test]
    fn a_release_tells_of_the_deployments_that_have_begun() {
        let body = told(&json!([
            {"id": 530, "name": "Quayside", "status": "rejected"},
            {"id": 531, "name": "Sea", "status": "notStarted"}
        ]));
        let facts = release(&answer(&body)).unwrap();
        insta::assert_yaml_snapshot!(facts, @r#"
        - subject:
            kind: release
            key: "95"
          revision: 0
          at: "2026-02-13T15:00:00.000Z"
          title: Release-95
          state: active
          project: Harbour
          url: "https://dev.azure.com/lumen-works/_release?releaseId=95"
        - subject:
            kind: deployment
            key: 95/530
          revision: 0
          at: "2026-02-13T15:00:00.000Z"
          title: Release-95 → Quayside
          state: failure
          project: Harbour
          url: "https://dev.azure.com/lumen-works/_release?releaseId=95"
        "#);
    }

    #[test]
    fn hooks_and_answers_tell_of_the_same_subjects() {
        let body = told(&json!([{"id": 530, "name": "Quayside", "status": "rejected"}]));
        let facts = release(&answer(&body)).unwrap();
        for hook in [read_fixture("release_created"), read_fixture("deployment_completed")] {
            for fact in hook.subjects {
                assert!(facts.iter().any(|it| it.subject == fact.subject), "{:?}", fact.subject);
            }
        }
    }

    #[test]
    fn an_environment_runs_waits_or_has_ended() {
        let asked = json!([{"status": "pending", "isAutomated": false}]);
        for (status, approvals, expected) in [
            ("inProgress", json!([]), Some("running")),
            ("inProgress", asked.clone(), Some("waiting")),
            ("queued", json!([]), Some("running")),
            ("scheduled", json!([]), None),
            ("notStarted", asked, None),
            ("undefined", json!([]), None),
            ("succeeded", json!([]), Some("success")),
            ("partiallySucceeded", json!([]), Some("unstable")),
            ("rejected", json!([]), Some("failure")),
            ("canceled", json!([]), Some("aborted")),
        ] {
            let environment = json!([{"id": 1, "status": status, "preDeployApprovals": approvals}]);
            let facts = release(&answer(&told(&environment))).unwrap();
            assert_eq!(facts.get(1).and_then(|it| it.state.as_deref()), expected, "{status}");
        }
    }

    #[test]
    fn deployments_come_at_their_own_times() {
        let one = |status: &str, operation: &str| {
            json!({
                "id": 1, "release": {"id": 95, "name": "Release-95"},
                "releaseEnvironment": {"id": 530, "name": "Quayside"},
                "deploymentStatus": status, "operationStatus": operation,
                "queuedOn": "2026-02-13T18:00:00Z", "lastModifiedOn": "2026-02-13T18:10:00Z"
            })
        };
        for (status, operation, expected) in [
            ("succeeded", "Approved", "success"),
            ("failed", "PhaseFailed", "failure"),
            ("failed", "Canceled", "aborted"),
            ("inProgress", "PhaseInProgress", "running"),
            ("notDeployed", "Pending", "waiting"),
            ("vanished", "", "unknown"),
        ] {
            let body = json!({"value": [one(status, operation)]});
            let page = deployments(&with_token(&body, "7")).unwrap();
            assert!(page.next.is_some());
            let fact = &page.items[0];
            assert_eq!(fact.state.as_deref(), Some(expected), "{status} {operation}");
            assert_eq!(fact.subject.key, "95/530");
            assert_eq!(fact.at.unwrap().to_string(), "2026-02-13T18:10:00.000Z");
        }
    }
}
