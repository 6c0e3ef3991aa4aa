//! Classic releases and their deployments: the same subjects that hooks tell of.

use super::answers::object;
use crate::model::{Deployment, SubjectFact, SubjectKind, SubjectRef, Timestamp, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::{Label, shape};
use crate::providers::azure_devops::payload::{self, Identity, Links, Project};
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
        tries: Vec<Try> = "deploySteps",
    }
}

shape! {
    Approval {
        status: String = "status",
        is_automated: bool = "isAutomated",
    }
}

shape! {
    /// One try of a deployment. It tells when it was queued and changed; when it ran, its jobs tell.
    Try {
        attempt: i64 = "attempt",
        for_whom: Identity = "requestedFor",
        by_whom: Identity = "requestedBy",
        queued_on: Timestamp = "queuedOn",
        modified_on: Timestamp = "lastModifiedOn",
        phases: Vec<Phase> = "releaseDeployPhases",
    }
}

shape! {
    Phase {
        jobs: Vec<PhaseJob> = "deploymentJobs",
    }
}

shape! {
    PhaseJob {
        job: Job = "job",
    }
}

shape! {
    Job {
        started_on: Timestamp = "startTime",
        finished_on: Timestamp = "finishTime",
    }
}

/// A release as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseTold {
    /// Of the release, and of the deployment to each of its environments that has begun.
    pub facts: Vec<SubjectFact>,
    /// Something is still to come, as far as it tells.
    pub outlook: Outlook,
}

/// What is still to come of a release. Ordered: the most is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlook {
    /// Every deployment has ended.
    Over,
    /// To some environment it has not gone; nobody knows whether it will.
    Open,
    /// A deployment waits, for a person or for its hour.
    Waiting,
    Running,
}

/// A release with its deployments. `None` where the answer is empty.
pub fn release(answer: &Answer) -> Result<Option<ReleaseTold>, Unreadable> {
    let told: Option<Release> = object(answer)?;
    Ok(told.map(|release| ReleaseTold {
        facts: facts(&release, answer.at),
        outlook: outlook(&release),
    }))
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
        let fact = deployed(release, environment, at)?;
        let has_ended = !matches!(state, "running" | "waiting");
        Some(SubjectFact {
            state: Some(state.to_owned()),
            project: own.project.clone(),
            deployment: Some(latest_try(environment, has_ended)),
            ..fact
        })
    });
    let below: Vec<SubjectFact> = below.collect();
    std::iter::once(own).chain(below).map(SubjectFact::with_bounded_texts).collect()
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

fn outlook(release: &Release) -> Outlook {
    if payload::is(release.status.as_deref(), "abandoned") {
        return Outlook::Over;
    }
    let environments = release.environments.iter().flatten();
    let outlooks = environments.map(|environment| match state(environment) {
        Some("running") => Outlook::Running,
        Some("waiting") => Outlook::Waiting,
        Some(_) => Outlook::Over,
        None if payload::is(environment.status.as_deref(), "scheduled") => Outlook::Waiting,
        None => Outlook::Open,
    });
    outlooks.max().unwrap_or(Outlook::Over)
}

/// The latest try of a deployment.
fn latest_try(environment: &Environment, has_ended: bool) -> Deployment {
    let tries = environment.tries.iter().flatten();
    let Some(latest) = tries.max_by_key(|one| one.attempt) else {
        return Deployment { environment: environment.name.clone(), ..Deployment::default() };
    };
    let phases = latest.phases.iter().flatten();
    let jobs = phases.flat_map(|phase| phase.jobs.iter().flatten());
    let jobs = jobs.filter_map(|job| job.job.as_ref());
    let ended = jobs.clone().filter_map(|job| job.finished_on).max();
    let who = |who: &Option<Identity>| who.as_ref().and_then(|who| who.display_name.clone());
    Deployment {
        environment: environment.name.clone(),
        attempt: latest.attempt.and_then(|attempt| u32::try_from(attempt).ok()),
        by: who(&latest.for_whom).or_else(|| who(&latest.by_whom)),
        queued_at: latest.queued_on,
        started_at: jobs.filter_map(|job| job.started_on).min(),
        finished_at: if has_ended { ended.or(latest.modified_on) } else { None },
    }
}

fn deployed(release: &Release, environment: &Environment, at: Timestamp) -> Option<SubjectFact> {
    let key = format!("{}/{}", real(release.id.as_ref())?, real(environment.id.as_ref())?);
    let title = match (&release.name, &environment.name) {
        (Some(release), Some(environment)) => Some(format!("{release} → {environment}")),
        (release, environment) => release.as_ref().or(environment.as_ref()).cloned(),
    };
    let subject = SubjectRef { kind: SubjectKind::Deployment, key };
    Some(SubjectFact { title, url: page(release), ..SubjectFact::about(subject, Some(at)) })
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
    use crate::providers::azure_devops::rest::fixtures::answer;

    fn facts_of(body: &Value) -> Vec<SubjectFact> {
        release(&answer(body)).unwrap().unwrap().facts
    }

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
            {"id": 530, "name": "Quayside", "status": "rejected", "deploySteps": [
                {"attempt": 2, "requestedFor": {"displayName": "Ada Quay"},
                 "requestedBy": {"displayName": "a schedule"}, "queuedOn": "2026-02-13T14:00:00Z",
                 "lastModifiedOn": "2026-02-13T14:30:00Z", "releaseDeployPhases": [
                    {"deploymentJobs": [
                        {"job": {"startTime": "2026-02-13T14:02:00Z", "finishTime": "2026-02-13T14:05:00Z"}},
                        {"job": {"startTime": "2026-02-13T14:01:00Z", "finishTime": "2026-02-13T14:09:00Z"}}
                    ]}
                 ]},
                {"attempt": 1, "queuedOn": "2026-02-13T12:00:00Z"}
            ]},
            {"id": 531, "name": "Sea", "status": "notStarted"}
        ]));
        let facts = facts_of(&body);
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
          deployment:
            environment: Quayside
            attempt: 2
            by: Ada Quay
            queued_at: "2026-02-13T14:00:00.000Z"
            started_at: "2026-02-13T14:01:00.000Z"
            finished_at: "2026-02-13T14:09:00.000Z"
        "#);
    }

    #[test]
    fn hooks_and_answers_tell_of_the_same_subjects() {
        let body = told(&json!([{"id": 530, "name": "Quayside", "status": "rejected"}]));
        let facts = facts_of(&body);
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
            let facts = facts_of(&told(&environment));
            assert_eq!(facts.get(1).and_then(|it| it.state.as_deref()), expected, "{status}");
        }
    }

    #[test]
    fn what_is_still_to_come_of_a_release_is_what_the_busiest_environment_says() {
        let asked = json!([{"status": "pending", "isAutomated": false}]);
        let environment = |status: &str| json!({"id": 1, "status": status});
        let waiting = json!({"id": 2, "status": "inProgress", "preDeployApprovals": asked});
        for (environments, expected) in [
            (json!([environment("succeeded"), environment("rejected")]), Outlook::Over),
            (json!([environment("succeeded"), environment("notStarted")]), Outlook::Open),
            (json!([environment("notStarted"), environment("scheduled")]), Outlook::Waiting),
            (json!([environment("succeeded"), waiting]), Outlook::Waiting),
            (json!([environment("inProgress"), environment("notStarted")]), Outlook::Running),
            (json!([]), Outlook::Over),
        ] {
            let told = release(&answer(&told(&environments))).unwrap().unwrap();
            assert_eq!(told.outlook, expected, "{environments}");
        }
        let mut abandoned = told(&json!([environment("notStarted")]));
        abandoned["status"] = json!("abandoned");
        assert_eq!(release(&answer(&abandoned)).unwrap().unwrap().outlook, Outlook::Over);
    }

    #[test]
    fn a_try_that_tells_of_no_jobs_ended_when_it_was_changed_last() {
        let tries = json!([{"attempt": 1, "lastModifiedOn": "2026-02-13T14:30:00Z"}]);
        for (status, finished) in [("succeeded", true), ("inProgress", false)] {
            let body = told(&json!([{"id": 530, "status": status, "deploySteps": tries}]));
            let deployment = facts_of(&body)[1].deployment.clone().unwrap();
            assert_eq!(deployment.finished_at.is_some(), finished, "{status}");
        }
    }
}
