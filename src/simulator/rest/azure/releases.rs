//! Classic releases, their environments, deployments and approvals, as the hooks told them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call, error, list, nowhere, page, person, time, words};
use crate::simulator::azure_devops::{ENVIRONMENTS, Project, RunResult, Scene, Shape};
use crate::simulator::clock::Tick;
use crate::simulator::story::course::ReleaseCourse;
use crate::simulator::world::contoso;

/// Places of environments that a release goes to, in their order.
const WAY: [usize; 2] = [2, 3];

/// Below `{project}/_apis/release`, on the host for releases.
pub fn route(call: &Call<'_>, project: usize, of: &Project, path: &[&str]) -> Answer {
    match path {
        ["releases"] => {
            let wanted = call.ask.number("definitionId");
            let found: Vec<Value> = releases(call, project)
                .filter(|release| wanted.is_none_or(|wanted| definition(release) == wanted))
                .map(|release| shown(call, of, &release))
                .collect();
            let top = call.ask.number("$top").unwrap_or(50).clamp(1, 100);
            // The token is the id of the first of the next page.
            let token = call.ask.number("continuationToken");
            let rest: Vec<Value> = found
                .into_iter()
                .skip_while(|one| token.is_some_and(|token| one["id"].as_u64() > Some(token)))
                .collect();
            let next = rest.get(usize::try_from(top).unwrap_or(usize::MAX));
            let next = next.map(|one| one["id"].to_string());
            let answer = list(&page(call, &rest, top));
            match next {
                Some(next) => answer.with("x-ms-continuationtoken", next),
                None => answer,
            }
        }
        ["releases", id] => {
            let found = id.parse().ok().and_then(|id: u64| call.rest.archive().release(id));
            let found = found.filter(|release| is_here(release, project));
            match found.filter(|release| told(release, call.now).next().is_some()) {
                Some(release) => Answer::json(200, &shown(call, of, &release)),
                None => error(
                    404,
                    &format!("VS402881: Release with ID {id} does not exist."),
                    "ReleaseNotFoundException",
                ),
            }
        }
        ["deployments"] => {
            let found: Vec<Value> = releases(call, project)
                .flat_map(|release| deployments(call, of, &release))
                .collect();
            list(&page(call, &found, 100))
        }
        ["approvals"] => {
            let filter = call.ask.query("statusFilter").or(Some("pending"));
            let wanted = words::flags(filter.filter(|word| *word != "0"), words::APPROVALS);
            let is_among = |status: &str| {
                wanted.is_empty() || wanted.iter().any(|one| one == status || one == "undefined")
            };
            let found: Vec<Value> = releases(call, project)
                .filter_map(|release| approval(call, &release))
                .filter(|one| is_among(one["status"].as_str().unwrap_or_default()))
                .collect();
            list(&page(call, &found, 100))
        }
        ["definitions"] => {
            let here = contoso().pipelines.iter().filter(|one| one.project == project);
            let known: Vec<Value> = here
                .filter(|one| one.name == "warehouse-sync")
                .map(|one| json!({ "id": one.id, "name": format!("{}.release", one.name) }))
                .collect();
            list(&known)
        }
        _ => nowhere(call),
    }
}

fn is_here(release: &ReleaseCourse, project: usize) -> bool {
    let first = release.scenes.first();
    first.is_some_and(|first| contoso().pipelines[first.build.pipeline].project == project)
}

fn definition(release: &ReleaseCourse) -> u64 {
    release.scenes.first().map_or(0, |first| contoso().pipelines[first.build.pipeline].id)
}

/// Those of a project that were created by now, newest first.
fn releases(call: &Call<'_>, project: usize) -> impl Iterator<Item = Arc<ReleaseCourse>> + use<> {
    let archive = call.rest.archive();
    let now = call.now;
    let found: Vec<_> = archive
        .releases()
        .rev()
        .filter(|(_, release)| is_here(release, project) && told(release, now).next().is_some())
        .map(|(_, release)| Arc::clone(release))
        .collect();
    found.into_iter()
}

/// What has been told of a release by now.
fn told(release: &ReleaseCourse, now: Tick) -> impl Iterator<Item = &Scene<'static>> {
    release.scenes.iter().filter(move |scene| scene.created_at <= now)
}

/// Status of a release's environment.
fn status(release: &ReleaseCourse, place: usize, now: Tick) -> &'static str {
    let of_place = told(release, now).filter(|scene| scene.stage_place == place);
    let last = of_place.filter(|scene| {
        matches!(scene.shape, Shape::DeploymentStarted | Shape::DeploymentCompleted)
    });
    match last.last() {
        None => "notStarted",
        Some(scene) if scene.shape == Shape::DeploymentStarted => "inProgress",
        Some(scene) => match scene.build.result {
            RunResult::Succeeded => "succeeded",
            RunResult::PartiallySucceeded => "partiallySucceeded",
            RunResult::Canceled => "canceled",
            // A failed deployment reads `rejected`.
            _ => "rejected",
        },
    }
}

/// The release as its hooks show it, with each environment as it stands.
fn shown(call: &Call<'_>, of: &Project, release: &ReleaseCourse) -> Value {
    let Some(first) = release.scenes.first() else { return Value::Null };
    let body = String::from_utf8_lossy(&first.release_body())
        .replace("https://vsrm.dev.azure.com/contoso/", &call.host_base(super::Host::Releases));
    let mut shown: Value = serde_json::from_str(&body).unwrap_or_default();
    let template = shown["environments"][0].clone();
    let environments: Vec<Value> = (1_u64..)
        .zip(WAY)
        .map(|(rank, place)| {
            let id = first.build.id * 4 + place as u64;
            let mut environment = template.clone();
            environment["id"] = Value::from(id);
            environment["definitionEnvironmentId"] = Value::from(id);
            environment["name"] = Value::from(ENVIRONMENTS[place]);
            environment["rank"] = Value::from(rank);
            environment["status"] = Value::from(status(release, place, call.now));
            environment["deploySteps"] = json!(tries(call, release, place));
            if place == WAY[1] {
                environment["preDeployApprovals"] = json!(approval(call, release).as_slice());
            }
            environment
        })
        .collect();
    shown["environments"] = Value::from(environments);
    shown["projectReference"] = json!({ "id": of.id.text(), "name": of.name });
    if let Some(last) = told(release, call.now).last() {
        shown["modifiedOn"] = time(last.created_at);
    }
    shown
}

/// Nothing is tried twice.
fn tries(call: &Call<'_>, release: &ReleaseCourse, place: usize) -> Vec<Value> {
    let find = |shape| {
        told(release, call.now).find(|scene| scene.shape == shape && scene.stage_place == place)
    };
    let Some(begun) = find(Shape::DeploymentStarted) else { return Vec::new() };
    let ended = find(Shape::DeploymentCompleted);
    let id = begun.build.id * 10 + place as u64;
    let status = match status(release, place, call.now) {
        "rejected" | "canceled" => "failed",
        other => other,
    };
    let job = json!({
        "id": id,
        "name": "Release",
        "status": status,
        "startTime": time(begun.created_at),
        "finishTime": ended.map(|ended| time(ended.created_at)),
    });
    vec![json!({
        "id": id,
        "deploymentId": id,
        "attempt": 1,
        "reason": "automated",
        "status": status,
        "operationStatus": if ended.is_some() { "Approved" } else { "PhaseInProgress" },
        "hasStarted": true,
        "requestedBy": person(begun.build.by),
        "requestedFor": person(begun.build.by),
        "queuedOn": time(begun.created_at.minus_ms(2_500)),
        "lastModifiedOn": time(ended.unwrap_or(begun).created_at),
        "releaseDeployPhases": [{
            "id": id,
            "rank": 1,
            "name": "Agent job",
            "phaseType": "agentBasedDeployment",
            "status": status,
            "deploymentJobs": [{ "job": job, "tasks": [] }],
        }],
        "issues": [],
    })]
}

fn deployments(call: &Call<'_>, of: &Project, release: &ReleaseCourse) -> Vec<Value> {
    let Some(first) = release.scenes.first() else { return Vec::new() };
    let id = first.build.id;
    let begun = told(release, call.now).filter(|scene| scene.shape == Shape::DeploymentStarted);
    begun
        .map(|scene| {
            let place = scene.stage_place;
            let ended = told(release, call.now).find(|other| {
                other.shape == Shape::DeploymentCompleted && other.stage_place == place
            });
            let status = match status(release, place, call.now) {
                "rejected" | "canceled" => "failed",
                other => other,
            };
            json!({
                "id": id * 10 + place as u64,
                "release": { "id": id, "name": format!("Release-{id}"), "url": format!(
                    "{}{}/_apis/Release/releases/{id}", call.host_base(super::Host::Releases), of.id.text()
                ) },
                "releaseDefinition": {
                    "id": definition(release),
                    "name": format!("{}.release", contoso().pipelines[first.build.pipeline].name),
                },
                "releaseEnvironment": { "id": id * 4 + place as u64, "name": ENVIRONMENTS[place] },
                "projectReference": { "id": of.id.text(), "name": of.name },
                "definitionEnvironmentId": id * 4 + place as u64,
                "attempt": 1,
                "reason": "automated",
                "deploymentStatus": status,
                "operationStatus": if ended.is_some() { "Approved" } else { "PhaseInProgress" },
                "requestedBy": person(first.build.by),
                "requestedFor": person(first.build.by),
                "queuedOn": time(scene.created_at.minus_ms(2_500)),
                "startedOn": time(scene.created_at),
                "completedOn": ended.map(|ended| time(ended.created_at)),
                "lastModifiedOn": time(ended.unwrap_or(scene).created_at),
            })
        })
        .collect()
}

/// What somebody is asked before the last environment.
fn approval(call: &Call<'_>, release: &ReleaseCourse) -> Option<Value> {
    let first = release.scenes.first()?;
    let find = |shape| told(release, call.now).find(|scene| scene.shape == shape);
    let asked = find(Shape::DeploymentApprovalPending)?;
    let answered = find(Shape::DeploymentApprovalCompleted);
    let id = first.build.id;
    Some(json!({
        "id": id * 10 + 1,
        "revision": 1 + u64::from(answered.is_some()),
        "approvalType": "preDeploy",
        "status": if answered.is_some() { "approved" } else { "pending" },
        "comments": "",
        "isAutomated": false,
        "isNotificationOn": false,
        "trialNumber": 1,
        "attempt": 1,
        "rank": 1,
        "createdOn": time(asked.created_at),
        "modifiedOn": time(answered.unwrap_or(asked).created_at),
        "approver": person(asked.other),
        "approvedBy": answered.map(|answered| person(answered.other)),
        "release": { "id": id, "name": format!("Release-{id}") },
        "releaseDefinition": { "id": definition(release) },
        "releaseEnvironment": { "id": id * 4 + WAY[1] as u64, "name": ENVIRONMENTS[WAY[1]] },
    }))
}
