//! Jobs of a build as they stand: those of the build's answer, the list with its cursor, one by one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::builds::standing;
use super::{Answer, Call, address, log, message, more, not_found, part, scene};
use crate::simulator::buildkite::{Job, Part, STEPS};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::truth::Truth;
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{JobCourse, PipelineCourse};

const SALT_WAITER: u64 = 97;

/// Jobs of a page, when nobody says how many, and at most.
const PER_PAGE: u64 = 30;
const PER_PAGE_MAX: u64 = 100;

/// A job of the pipeline, or the wait between two.
#[derive(Clone, Copy)]
pub enum Known<'a> {
    Job(usize, &'a JobCourse),
    Waiter { id: Guid, is_over: bool },
}

impl Known<'_> {
    fn id(&self) -> Guid {
        match self {
            Self::Job(_, job) => job.job.id,
            Self::Waiter { id, .. } => *id,
        }
    }

    pub fn state(&self, now: Tick) -> &'static str {
        match self {
            Self::Job(_, course) => at(course, now).state,
            Self::Waiter { is_over: true, .. } => "passed",
            Self::Waiter { is_over: false, .. } => "waiting",
        }
    }
}

/// The job as it stands.
pub fn at(course: &JobCourse, now: Tick) -> Job {
    let mut job = course.job.clone();
    if job.finished_at.is_none_or(|at| now < at) {
        job.state = if course.is_gate { "blocked" } else { "running" };
        job.exit_status = None;
        job.signal_reason = None;
        job.soft_failed = false;
        job.finished_at = None;
        if job.started_at.is_none_or(|at| now < at) {
            if !course.is_gate {
                job.state = "scheduled";
            }
            job.started_at = None;
        }
    }
    let is_retried = job.finished_at.is_some() && course.retried_at.is_none_or(|at| at <= now);
    if !is_retried {
        job.retried_in = None;
    }
    job
}

/// Jobs that there are by now, in the order of the pipeline; with those that were retried, or only the
/// newest try of each.
pub fn known(course: &PipelineCourse, now: Tick, with_retried: bool) -> Vec<Known<'_>> {
    let mut known = Vec::new();
    let has_wait = course.jobs.iter().any(|job| job.job.step == 0)
        && course.jobs.iter().any(|job| job.job.step > 0);
    let mut waits = has_wait;
    for (nth, job) in course.jobs.iter().enumerate() {
        // A gate is there from when the build came to it.
        let since = if job.is_gate { gate_since(course, job) } else { job.job.created_at };
        if now < since {
            continue;
        }
        if waits && job.job.step > 0 {
            waits = false;
            known.push(Known::Waiter { id: waiter(course), is_over: true });
        }
        if with_retried || at(job, now).retried_in.is_none() {
            known.push(Known::Job(nth, job));
        }
    }
    if waits && !known.is_empty() {
        known.push(Known::Waiter { id: waiter(course), is_over: false });
    }
    known
}

/// When the build stopped at its gate.
fn gate_since(course: &PipelineCourse, gate: &JobCourse) -> Tick {
    let blocked = course.turns.iter().find(|(_, build)| build.blocked);
    blocked.map_or(gate.job.created_at, |(at, _)| *at)
}

fn waiter(course: &PipelineCourse) -> Guid {
    let build = course.build();
    Dice::seeded(&[SALT_WAITER, build.pipeline as u64, build.number])
        .guid_at(build.created_at.timestamp())
}

/// The place of a job that is there by now.
pub fn place(course: &PipelineCourse, id: &str, now: Tick) -> Option<usize> {
    known(course, now, true).into_iter().find_map(|known| match known {
        Known::Job(nth, job) if job.job.id.text() == id => Some(nth),
        _ => None,
    })
}

/// A job of whatever build.
pub fn anywhere(call: &Call<'_>, id: &str) -> Option<(Arc<PipelineCourse>, usize)> {
    let archive = call.rest.archive();
    archive.builds().chain(archive.giant_builds()).find_map(|course| {
        let is_there = course.jobs.iter().any(|job| job.job.id.text() == id);
        let nth = is_there.then(|| place(course, id, call.now)).flatten()?;
        Some((Arc::clone(course), nth))
    })
}

pub fn route(call: &Call<'_>, course: &PipelineCourse, nth: usize, path: &[&str]) -> Answer {
    let job = &course.jobs[nth];
    match path {
        [] => Answer::json(200, &shown(call, course, Known::Job(nth, job))),
        ["log" | "log.txt" | "log.html"] => log::answer(call, course, job, path[0]),
        ["artifacts", rest @ ..] => more::artifacts(call, course, Some(nth), rest),
        ["annotations"] => more::annotations(call, course, Some(nth)),
        ["env"] => message(403, "Forbidden: Your access token doesn't have the read_job_env scope"),
        _ => not_found("Not Found"),
    }
}

/// `…/builds/{number}/jobs`: a cursor names the last job that was given.
pub fn list(call: &Call<'_>, course: &PipelineCourse) -> Answer {
    let ask = call.ask;
    // Unlike in the build's own answer.
    let with_retried = ask.query("include_retried_jobs") != Some("false");
    let states: Vec<&str> = ask.all("state").chain(ask.all("state[]")).collect();
    let key = ask.query("step_key");
    let mut all = known(course, call.now, with_retried);
    all.retain(|known| {
        let fits = match known {
            Known::Job(_, job) => key.is_none_or(|key| STEPS[job.job.step].0 == key),
            Known::Waiter { .. } => key.is_none(),
        };
        fits && (states.is_empty() || states.contains(&known.state(call.now)))
    });
    let per_page = ask.number("per_page").unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    let size = usize::try_from(per_page).unwrap_or(30);
    let place = |id: &str| all.iter().position(|known| known.id().text() == id);
    let start = match (ask.query("after"), ask.query("before")) {
        (Some(after), _) => place(after).map(|nth| nth + 1),
        (None, Some(before)) => place(before).map(|nth| nth.saturating_sub(size)),
        (None, None) => Some(0),
    };
    let Some(start) = start else { return message(422, "Invalid cursor") };
    let end = all.len().min(start + size);
    let mut links = json!({ "self": address(call, &[("per_page", per_page.to_string())]) });
    let to = |name: &str, known: &Known<'_>| {
        address(call, &[(name, known.id().text()), ("per_page", per_page.to_string())])
    };
    if end < all.len() {
        links["next"] = Value::from(to("after", &all[end - 1]));
    }
    if start > 0 {
        links["prev"] = Value::from(to("before", &all[start]));
    }
    let items = shown_all(call, course, &all[start..end]);
    Answer::json(200, &json!({ "items": items, "links": links }))
}

pub fn shown_all(call: &Call<'_>, course: &PipelineCourse, all: &[Known<'_>]) -> Vec<Value> {
    all.iter().map(|known| shown(call, course, *known)).collect()
}

fn shown(call: &Call<'_>, course: &PipelineCourse, known: Known<'_>) -> Value {
    let Known::Job(nth, job_course) = known else {
        return json!({
            "id": known.id().text(),
            "graphql_id": null,
            "type": "waiter",
            "state": known.state(call.now),
            "web_url": null,
        });
    };
    let Some(build) = standing(course, call.now) else { return Value::Null };
    let job = at(job_course, call.now);
    let (state, finished_at) = (job.state, job.finished_at);
    let retries = job.retries;
    let scene = scene(build.clone(), job.clone(), course.agent);
    let mut shown = part(call, &scene, Part::Job);
    if job_course.is_gate {
        let is_open = finished_at.is_some();
        return json!({
            "id": job.id.text(),
            "graphql_id": shown["graphql_id"],
            "type": "manual",
            "label": ":rocket: Release to production",
            "state": state,
            "web_url": null,
            "unblocked_by": if is_open { part(call, &scene, Part::Build)["creator"].clone() } else { Value::Null },
            "unblocked_at": finished_at.map(super::time),
            "unblockable": !is_open,
            "unblock_url": format!("{}/v2/organizations/acme/unblock/{nth}", call.ask.origin()),
        });
    }
    if let Some((index, total)) = job_course.parallel {
        shown["parallel_group_index"] = Value::from(index);
        shown["parallel_group_total"] = Value::from(total);
    }
    shown["retries_count"] = Value::from(retries);
    if state == "scheduled" {
        shown["agent"] = Value::Null;
    }
    shown
}

/// Why the build failed in the end.
pub fn truth(course: &PipelineCourse) -> Option<Truth> {
    let (_, last) = course.turns.last()?;
    if last.state != "failed" {
        return None;
    }
    let job = course
        .jobs
        .iter()
        .rfind(|job| job.cause.is_some() && job.job.retried_in.is_none() && !job.job.soft_failed)?;
    let cause = job.cause?;
    let line = match cause {
        Cause::NoAgent | Cause::AgentLost => None,
        _ => log::reason(course, job),
    };
    Some(Truth { cause, step: job.job.id.text(), line })
}
