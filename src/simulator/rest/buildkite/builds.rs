//! Builds: lists with their filters, and one with its jobs.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call, jobs, more, not_found, paged, part, scene};
use crate::simulator::buildkite::{Build, Job, Part};
use crate::simulator::clock::Tick;
use crate::simulator::story::course::PipelineCourse;
use crate::simulator::world::acme;

/// The build as it stands; `None` before it was created.
pub fn standing(course: &PipelineCourse, now: Tick) -> Option<&Build> {
    course.turns.iter().rfind(|(at, _)| *at <= now).map(|(_, build)| build)
}

/// `…/pipelines/{slug}/builds/{number}` and below.
pub fn route(call: &Call<'_>, pipeline: usize, number: &str, path: &[&str]) -> Answer {
    let found = number.parse().ok().and_then(|n: u64| call.rest.archive().build(pipeline, n));
    let found = found.filter(|course| standing(course, call.now).is_some());
    let Some(course) = found else { return not_found("No build found") };
    match path {
        [] => {
            let with_retried = call.ask.is_true("include_retried_jobs");
            let with_jobs = !call.ask.is_true("exclude_jobs");
            let with_pipeline = !call.ask.is_true("exclude_pipeline");
            Answer::json(200, &shown(call, &course, with_jobs, with_retried, with_pipeline))
        }
        ["jobs"] => jobs::list(call, &course),
        ["artifacts", rest @ ..] => more::artifacts(call, &course, None, rest),
        ["annotations"] => more::annotations(call, &course, None),
        ["jobs", id, rest @ ..] => match jobs::place(&course, id, call.now) {
            Some(nth) => jobs::route(call, &course, nth, rest),
            None => not_found("No job found"),
        },
        _ => not_found("Not Found"),
    }
}

fn shown(
    call: &Call<'_>,
    course: &PipelineCourse,
    with_jobs: bool,
    with_retried: bool,
    with_pipeline: bool,
) -> Value {
    let Some(build) = standing(course, call.now) else { return Value::Null };
    let idle = Job::new(build, 0, 0, build.created_at);
    let scene = scene(build.clone(), idle, course.agent);
    let mut shown = part(call, &scene, Part::Build);
    let known = jobs::known(course, call.now, true);
    let mut states = serde_json::Map::new();
    for job in &known {
        let state = job.state(call.now);
        let count = states.get(state).and_then(Value::as_u64).unwrap_or(0);
        states.insert(state.to_owned(), Value::from(count + 1));
    }
    shown["blocked_state"] = if build.blocked { Value::from(build.state) } else { Value::Null };
    shown["job_state_counts"] = json!({ "total": known.len(), "states": states });
    shown["triggered_from"] = Value::Null;
    if with_jobs {
        let wanted = jobs::known(course, call.now, with_retried);
        shown["jobs"] = Value::from(jobs::shown_all(call, course, &wanted));
    }
    if with_pipeline {
        shown["pipeline"] = more::pipeline(call, build.pipeline);
    }
    shown
}

/// Builds of a pipeline, or of all, newest first.
pub fn list(call: &Call<'_>, pipeline: Option<usize>) -> Answer {
    let ask = call.ask;
    let both = |name: &'static str, many: &'static str| -> Vec<String> {
        ask.all(name).chain(ask.all(many)).map(str::to_owned).collect()
    };
    let (branches, states) = (both("branch", "branch[]"), both("state", "state[]"));
    let commits = both("commit", "commit[]");
    let mut moments = Vec::new();
    for name in ["created_from", "created_to", "finished_from"] {
        match ask.moment(name) {
            Ok(at) => moments.push(at),
            Err(_) => {
                return Answer::json(
                    422,
                    &json!({
                        "message": "Validation failed",
                        "errors": [{ "field": name, "code": "invalid" }],
                    }),
                );
            }
        }
    }
    let archive = call.rest.archive();
    let mut found: Vec<Arc<PipelineCourse>> = archive
        .builds()
        .filter(|course| {
            let Some(build) = standing(course, call.now) else { return false };
            let text = |write: &dyn Fn(&mut Vec<u8>)| {
                let mut out = Vec::new();
                write(&mut out);
                String::from_utf8_lossy(&out).into_owned()
            };
            let commit = || build.commit.map_or("HEAD".to_owned(), |sha| text(&|o| sha.write(o)));
            pipeline.is_none_or(|pipeline| build.pipeline == pipeline)
                && (branches.is_empty()
                    || branches.contains(&text(&|out| build.change.write_branch(out))))
                && (states.is_empty() || states.iter().any(|state| is_in(build, state)))
                && (commits.is_empty() || commits.contains(&commit()))
                && moments[0].is_none_or(|from| build.created_at >= from)
                && moments[1].is_none_or(|to| build.created_at < to)
                && moments[2].is_none_or(|from| build.finished_at.is_some_and(|at| at >= from))
        })
        .map(Arc::clone)
        .collect();
    drop(archive);
    found.sort_by_key(|course| std::cmp::Reverse((course.build().created_at, course.build().id)));
    let with_retried = ask.is_true("include_retried_jobs");
    let with_jobs = !ask.is_true("exclude_jobs");
    let with_pipeline = !ask.is_true("exclude_pipeline");
    paged(call, found, |course| shown(call, &course, with_jobs, with_retried, with_pipeline))
}

fn is_in(build: &Build, state: &str) -> bool {
    match state {
        "finished" => build.blocked || matches!(build.state, "passed" | "failed" | "canceled"),
        "blocked" => build.blocked,
        state => !build.blocked && build.state == state,
    }
}

/// `https://buildkite.com/acme/storefront/builds/7`
pub fn web_url(build: &Build) -> String {
    let slug = &acme().pipelines[build.pipeline].slug;
    format!("https://buildkite.com/{}/{slug}/builds/{}", acme().slug, build.number)
}
