//! Agent pools, their agents and what they are doing, and the queues of projects.

use serde_json::{Value, json};

use super::builds::label;
use super::plan;
use super::{Answer, Call, error, list, nowhere, person, time};
use crate::simulator::azure_devops::queue_id;
use crate::simulator::clock::Tick;
use crate::simulator::dice::Dice;
use crate::simulator::rest::archive::{HOSTED, OUT_OF_WORK, OWN, Run, worker_name};
use crate::simulator::world::contoso;

const SALT_AGENT: u64 = 92;

/// As builds name them: the provider's machines, and one's own.
const POOLS: [Pool; 2] = [
    Pool { id: 9, name: "Azure Pipelines", hosted: true, size: HOSTED },
    Pool { id: 14, name: "Default", hosted: false, size: OWN },
];

struct Pool {
    id: u64,
    name: &'static str,
    hosted: bool,
    size: usize,
}

/// What an agent does at a moment, and what it did last.
#[derive(Default)]
struct Work {
    assigned: Option<Value>,
    last: Option<(Tick, Value)>,
}

/// `GET _apis/distributedtask/pools[/{id}[/agents[/{id}]]]`
pub fn organisation(call: &Call<'_>, path: &[&str]) -> Answer {
    let find = |id: &str| POOLS.iter().find(|pool| pool.id.to_string() == id);
    let no_pool = |id: &str| {
        error(404, &format!("Agent pool {id} was not found."), "TaskAgentPoolNotFoundException")
    };
    match path {
        ["pools"] => {
            let wanted = call.ask.query("poolName");
            let pools = POOLS.iter().filter(|pool| wanted.is_none_or(|name| pool.name == name));
            list(&pools.map(pool).collect::<Vec<_>>())
        }
        ["pools", id] => find(id).map_or_else(|| no_pool(id), |one| Answer::json(200, &pool(one))),
        ["pools", id, "agents"] => {
            let Some(pool) = find(id) else { return no_pool(id) };
            let wanted = call.ask.query("agentName");
            let agents = agents(call, pool).into_iter();
            list(
                &agents
                    .filter(|one| wanted.is_none_or(|name| one["name"] == *name))
                    .collect::<Vec<_>>(),
            )
        }
        ["pools", id, "agents", agent] => {
            let Some(pool) = find(id) else { return no_pool(id) };
            match agents(call, pool)
                .into_iter()
                .find(|one| one["id"].as_u64() == agent.parse().ok())
            {
                Some(found) => Answer::json(200, &found),
                None => {
                    let message = format!("Agent {agent} was not found in pool {id}.");
                    error(404, &message, "TaskAgentNotFoundException")
                }
            }
        }
        _ => nowhere(call),
    }
}

fn pool(pool: &Pool) -> Value {
    json!({
        "createdOn": time(Tick::BEGIN.minus_ms(400 * 86_400_000)),
        "autoProvision": true,
        "autoUpdate": true,
        "autoSize": true,
        "targetSize": null,
        "agentCloudId": pool.hosted.then_some(1),
        "createdBy": person(0),
        "owner": person(0),
        "id": pool.id,
        "scope": contoso().collection.text(),
        "name": pool.name,
        "isHosted": pool.hosted,
        "poolType": "automation",
        "size": pool.size,
        "isLegacy": false,
        "options": "none",
    })
}

fn agents(call: &Call<'_>, pool: &Pool) -> Vec<Value> {
    let (with_assigned, with_last, with_capabilities) = (
        call.ask.is_true("includeAssignedRequest"),
        call.ask.is_true("includeLastCompletedRequest"),
        call.ask.is_true("includeCapabilities"),
    );
    let mut work: Vec<Work> = (0..pool.size).map(|_| Work::default()).collect();
    if with_assigned || with_last {
        let archive = call.rest.archive();
        let of_pool = archive
            .runs()
            .filter(|run| contoso().pipelines[run.course.build.pipeline].hosted == pool.hosted);
        for run in of_pool {
            note(call, pool, run, &mut work);
        }
    }
    (0..pool.size)
        .zip(work)
        .map(|(nth, work)| {
            let name = worker_name(pool.hosted, nth);
            let mut dice = Dice::seeded(&[SALT_AGENT, pool.id, nth as u64]);
            // The last of one's own is switched off for repair, the one before it is away.
            let place = if pool.hosted { 0 } else { (nth + 1 + OUT_OF_WORK).saturating_sub(OWN) };
            let id = pool.id * 100 + nth as u64;
            let mut agent = json!({
                "_links": { "self": { "href": format!(
                    "{}_apis/distributedtask/pools/{}/agents/{id}", call.base(), pool.id
                ) } },
                "maxParallelism": 1,
                "createdOn": time(Tick::BEGIN.minus_ms(u64::from(dice.between(30, 300)) * 86_400_000)),
                "authorization": { "clientId": dice.guid().text() },
                "id": id,
                "name": name,
                "version": "4.262.0",
                "osDescription": "Ubuntu 24.04.3 LTS, Linux 6.8.0-79-generic",
                "enabled": place < 2,
                "status": if place == 1 { "offline" } else { "online" },
                "provisioningState": "Provisioned",
                "accessPoint": "CodexAccessMapping",
                "statusChangedOn": time(Tick::BEGIN.plus_ms(u64::from(dice.below(3_600_000)))),
            });
            if with_capabilities {
                agent["systemCapabilities"] = json!({
                    "Agent.Name": name,
                    "Agent.OS": "Linux",
                    "Agent.OSArchitecture": "X64",
                    "Agent.Version": "4.262.0",
                    "Agent.ComputerName": name.to_lowercase().replace(' ', "-"),
                });
            }
            if let Some(assigned) = work.assigned.filter(|_| with_assigned) {
                agent["assignedRequest"] = assigned;
            }
            if let Some((_, last)) = work.last.filter(|_| with_last) {
                agent["lastCompletedRequest"] = last;
            }
            agent
        })
        .collect()
}

/// What the jobs of a run mean for the agents of its pool.
fn note(call: &Call<'_>, pool: &Pool, run: &Run, work: &mut [Work]) {
    let course = &run.course;
    let build = &course.build;
    for plan in plan::heads(course) {
        let (stage, nth) = plan.place;
        let number = run.worker_number(stage, nth);
        let Some(work) = work.get_mut(number) else { continue };
        let job = plan.job;
        let Some(began) = job.began.filter(|at| *at <= call.now) else { continue };
        let is_over = job.ended <= call.now;
        if is_over && work.last.as_ref().is_some_and(|(at, _)| *at >= job.ended) {
            continue;
        }
        let mut request = json!({
            "requestId": build.id * 100 + (stage * 10 + nth) as u64,
            "queueTime": time(job.queued),
            "assignTime": time(began),
            "receiveTime": time(began.plus_ms(900)),
            "lockedUntil": time(call.now.plus_ms(600_000)),
            "hostId": contoso().collection.text(),
            "scopeId": contoso().project_of(build.pipeline).id.text(),
            "planType": "Build",
            "planId": build.plan.text(),
            "jobId": plan.id.text(),
            "jobName": plan.name,
            "demands": ["Agent.Version -gtVersion 2.182.1"],
            "definition": {
                "id": contoso().pipelines[build.pipeline].id,
                "name": contoso().pipelines[build.pipeline].name,
            },
            "owner": { "id": build.id, "name": label(build) },
            "poolId": pool.id,
        });
        if is_over {
            request["finishTime"] = time(job.ended);
            request["result"] = Value::from(match job.cause {
                None => "succeeded",
                Some(_) => job.result.of_build(),
            });
            work.last = Some((job.ended, request));
        } else {
            work.assigned = Some(request);
        }
    }
}

/// `GET {project}/_apis/distributedtask/queues[/{id}]`
pub fn project(call: &Call<'_>, project: usize, path: &[&str]) -> Answer {
    let id = contoso().projects[project].id.text();
    let queue = |pool: &Pool| {
        json!({
            "id": queue_id(project, pool.hosted),
            "projectId": id,
            "name": pool.name,
            "pool": {
                "id": pool.id,
                "scope": contoso().collection.text(),
                "name": pool.name,
                "isHosted": pool.hosted,
                "poolType": "automation",
                "size": pool.size,
            },
        })
    };
    let mut queues = POOLS.iter().map(queue);
    match path {
        ["queues"] => {
            let wanted = call.ask.query("queueName");
            list(
                &queues
                    .filter(|one| wanted.is_none_or(|name| one["name"] == *name))
                    .collect::<Vec<_>>(),
            )
        }
        ["queues", id] => match queues.find(|one| one["id"].as_u64() == id.parse().ok()) {
            Some(found) => Answer::json(200, &found),
            None => error(
                404,
                &format!("Agent queue {id} was not found."),
                "TaskAgentQueueNotFoundException",
            ),
        },
        _ => nowhere(call),
    }
}
