//! Agents: the list has only those that are there; one by one, also those that are gone.

use serde_json::{Value, json};

use super::builds::standing;
use super::{Answer, Call, jobs, not_found, paged, part, scene};
use crate::simulator::buildkite::{Job, Part, Scene, Shape};
use crate::simulator::rest::archive::Machine;
use crate::simulator::world::acme;

pub fn route(call: &Call<'_>, path: &[&str]) -> Answer {
    let machines: Vec<Machine> = call.rest.archive().machines().collect();
    let machines = machines.into_iter().filter(|one| one.agent.connected_at <= call.now);
    match path {
        [] => {
            let all = machines
                .filter(|one| one.gone.is_none_or(|(at, _)| call.now < at))
                .map(|one| shown(call, one))
                .filter(|agent| {
                    ["name", "hostname", "version"].into_iter().all(|name| {
                        call.ask.query(name).is_none_or(|wanted| agent[name] == *wanted)
                    })
                })
                .collect();
            paged(call, all, |agent| agent)
        }
        [id] => match machines.map(|one| shown(call, one)).find(|agent| agent["id"] == **id) {
            Some(agent) => Answer::json(200, &agent),
            None => not_found("No agent found"),
        },
        _ => not_found("Not Found"),
    }
}

fn shown(call: &Call<'_>, machine: Machine) -> Value {
    let build = acme().build(machine.agent.number, machine.agent.connected_at);
    let idle = Job::new(&build, 0, 0, machine.agent.connected_at);
    let gone = machine.gone.filter(|(at, _)| *at <= call.now);
    let scene = Scene {
        shape: gone.map_or(Shape::AgentConnected, |(_, shape)| shape),
        sent_at: gone.map_or(machine.agent.connected_at, |(at, _)| at),
        ..scene(build, idle, Some(machine.agent))
    };
    let mut agent = part(call, &scene, Part::Agent);
    let (job, last) = work(call, machine);
    agent["job"] = job;
    agent["last_job_finished_at"] = last;
    agent
}

/// The job that an agent runs now, and when its last one ended.
fn work(call: &Call<'_>, machine: Machine) -> (Value, Value) {
    let archive = call.rest.archive();
    let mut running = Value::Null;
    let mut last = None;
    let mine = archive
        .builds()
        .filter(|course| course.agent.is_some_and(|agent| agent.number == machine.agent.number));
    for course in mine {
        let Some(build) = standing(course, call.now) else { continue };
        for job in &course.jobs {
            let now = jobs::at(job, call.now);
            last = last.max(now.finished_at.filter(|_| !job.is_gate && now.started_at.is_some()));
            if now.state == "running" && job.job.created_at <= call.now && now.started_at.is_some()
            {
                let scene = scene(build.clone(), now, course.agent);
                running = part(call, &scene, Part::Job);
                running["agent"] = Value::Null;
            }
        }
    }
    (running, json!(last.map(super::time)))
}
