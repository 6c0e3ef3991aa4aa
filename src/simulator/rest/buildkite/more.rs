//! Everything around builds: tokens, the organisation, pipelines, artifacts, annotations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::builds::web_url;
use super::jobs::at;
use super::{Answer, Call, base, message, not_found, paged, part, scene, time};
use crate::simulator::buildkite::{Job, Part, STEPS};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::{limits, store};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{JobCourse, PipelineCourse};
use crate::simulator::suites;
use crate::simulator::suites::reporters::{self, Report};
use crate::simulator::world::acme;

const SALT_ARTIFACT: u64 = 98;
const SALT_NOTE: u64 = 99;

/// What the token may do.
const SCOPES: [&str; 6] = [
    "read_agents",
    "read_artifacts",
    "read_build_logs",
    "read_builds",
    "read_organizations",
    "read_pipelines",
];

pub fn access_token() -> Answer {
    let person = &acme().people[0];
    Answer::json(
        200,
        &json!({
            "uuid": Dice::seeded(&[SALT_NOTE, 1]).guid().text(),
            "scopes": SCOPES,
            "description": "Make-believe token",
            "created_at": "2026-01-05 08:00:00 UTC",
            "expires_at": null,
            "user": { "name": person.name, "email": person.mail },
        }),
    )
}

pub fn user() -> Answer {
    let person = &acme().people[0];
    Answer::json(200, &json!({ "id": person.id.text(), "name": person.name, "email": person.mail }))
}

pub fn organisation(call: &Call<'_>) -> Value {
    let acme = acme();
    let url = format!("{}/organizations/{}", base(call), acme.slug);
    json!({
        "id": acme.id.text(),
        "url": url,
        "web_url": format!("https://buildkite.com/{}", acme.slug),
        "name": acme.name,
        "slug": acme.slug,
        "pipelines_url": format!("{url}/pipelines"),
        "agents_url": format!("{url}/agents"),
        "emojis_url": format!("{url}/emojis"),
        "created_at": time(Tick::BEGIN.minus_ms(90_000_000_000)),
    })
}

pub fn limits(call: &Call<'_>) -> Answer {
    let limits::Limits { user, organisation, .. } = call.rest.settings.limits;
    Answer::json(
        200,
        &json!({ "scopes": { "rest": { "limit": organisation }, "rest_user": { "limit": user } } }),
    )
}

pub fn queues(call: &Call<'_>) -> Answer {
    let queue = json!({
        "id": acme().queue.text(),
        "key": "default",
        "description": "Where all jobs go",
        "dispatch_paused": false,
        "url": format!(
            "{}/organizations/{}/clusters/{}/queues/{}",
            base(call), acme().slug, acme().cluster.text(), acme().queue.text()
        ),
    });
    paged(call, vec![queue], |queue| queue)
}

pub fn pipelines(call: &Call<'_>) -> Answer {
    paged(call, (0..acme().pipelines.len()).collect(), |nth| pipeline(call, nth))
}

pub fn pipeline(call: &Call<'_>, nth: usize) -> Value {
    let mut build = acme().build(nth as u64, call.now);
    build.pipeline = nth;
    let idle = Job::new(&build, 0, 0, build.created_at);
    let mut shown = part(call, &scene(build, idle, None), Part::Pipeline);
    let archive = call.rest.archive();
    let running = archive.builds().filter(|course| {
        course.build().pipeline == nth
            && super::builds::standing(course, call.now)
                .is_some_and(|build| matches!(build.state, "running" | "failing"))
    });
    shown["running_builds_count"] = Value::from(running.count());
    shown["running_jobs_count"] = Value::from(0);
    shown["scheduled_jobs_count"] = Value::from(0);
    shown
}

/// What a job left behind by now.
fn artifacts_of(course: &PipelineCourse, job: &JobCourse, now: Tick) -> Vec<Artifact> {
    let standing = at(job, now);
    if standing.finished_at.is_none() {
        return Vec::new();
    }
    let slug = &acme().pipelines[course.build().pipeline].slug;
    let paths = match job.job.step {
        1 if standing.state == "passed" => {
            vec![format!("dist/{slug}.tar.gz"), "dist/manifest.json".to_owned()]
        }
        // Also those of a job whose tests failed.
        2 | 3 => reporters::of_acme_job(course, job).iter().map(Report::path).collect(),
        _ => Vec::new(),
    };
    let artifact = |(nth, path): (u64, String)| {
        let low = u64::try_from(job.job.id.0 & u128::from(u64::MAX)).unwrap_or(0);
        let mut dice = Dice::seeded(&[SALT_ARTIFACT, low, nth]);
        let (id, seed) = (dice.guid(), dice.throw() >> 16);
        let mut sha = Vec::new();
        dice.sha().write(&mut sha);
        let bytes = u64::from(dice.between(900, 600_000));
        let sha = String::from_utf8_lossy(&sha).into_owned();
        Artifact { id, job: job.job.id, path, bytes, seed, sha }
    };
    (0..).zip(paths).map(artifact).collect()
}

struct Artifact {
    id: Guid,
    job: Guid,
    path: String,
    bytes: u64,
    seed: u64,
    sha: String,
}

/// `…/artifacts`, `…/artifacts/{id}`, `…/artifacts/{id}/download`: of a build, or of one of its jobs.
pub fn artifacts(
    call: &Call<'_>,
    course: &PipelineCourse,
    job: Option<usize>,
    path: &[&str],
) -> Answer {
    const STATES: [&str; 5] = ["new", "error", "finished", "deleted", "expired"];
    let state = call.ask.query("state");
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return message(422, "Validation failed: state is not one of the artifact's states");
    }
    let jobs = course.jobs.iter().enumerate().filter(|(nth, _)| job.is_none_or(|job| job == *nth));
    let all = jobs.flat_map(|(_, job)| artifacts_of(course, job, call.now));
    match path {
        [] => {
            let wanted = call.ask.query("path");
            let all: Vec<Artifact> = all
                .filter(|artifact| wanted.is_none_or(|wanted| matches_glob(wanted, &artifact.path)))
                .filter(|_| state.is_none_or(|state| state == "finished"))
                .collect();
            paged(call, all, |artifact| shown_artifact(call, course, &artifact))
        }
        [id, rest @ ..] => {
            let mut all = all;
            let Some(artifact) = all.find(|artifact| artifact.id.text() == **id) else {
                return not_found("No artifact found");
            };
            match rest {
                [] => Answer::json(200, &shown_artifact(call, course, &artifact)),
                ["download"] => {
                    let name = artifact.path.replace('/', "-");
                    let build = course.build();
                    let job = artifact.job.text();
                    let url = match artifact.path.starts_with("reports/") {
                        true => store::report_address(
                            call.ask,
                            &format!("{}/{}/{job}/{name}", build.pipeline, build.number),
                        ),
                        false => store::address(call.ask, &name, artifact.seed, artifact.bytes),
                    };
                    Answer::json(302, &json!({ "url": url })).with("location", url)
                }
                _ => not_found("Not Found"),
            }
        }
    }
}

fn shown_artifact(call: &Call<'_>, course: &PipelineCourse, artifact: &Artifact) -> Value {
    let build = course.build();
    let slug = &acme().pipelines[build.pipeline].slug;
    let url = format!(
        "{}/organizations/{}/pipelines/{slug}/builds/{}/jobs/{}/artifacts/{}",
        base(call),
        acme().slug,
        build.number,
        artifact.job.text(),
        artifact.id.text()
    );
    let (dirname, filename) = artifact.path.rsplit_once('/').unwrap_or((".", &artifact.path));
    json!({
        "id": artifact.id.text(),
        "job_id": artifact.job.text(),
        "url": url,
        "download_url": format!("{url}/download"),
        "state": "finished",
        "path": artifact.path,
        "dirname": dirname,
        "filename": filename,
        "mime_type": match filename.rsplit('.').next() {
            Some("xml") => "application/xml",
            Some("json") => "application/json",
            _ => "application/x-gzip",
        },
        "file_size": artifact.bytes,
        "glob_path": null,
        "original_path": null,
        "sha1sum": artifact.sha,
    })
}

/// Whether `*` in a pattern can stand for what a path has there.
fn matches_glob(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = &rest[found + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

/// What jobs wrote above the build for people to read.
pub fn annotations(call: &Call<'_>, course: &PipelineCourse, job: Option<usize>) -> Answer {
    let pipeline = &acme().pipelines[course.build().pipeline].slug;
    // What is told anew in a context takes the place of what was told before.
    let mut all = BTreeMap::new();
    for (nth, job_course) in course.jobs.iter().enumerate() {
        let standing = at(job_course, call.now);
        let Some(finished) = standing.finished_at else { continue };
        if job.is_some_and(|job| job != nth) || standing.started_at.is_none() {
            continue;
        }
        if job_course.job.step == 1 && standing.state == "passed" {
            let size = sizes(job_course);
            all.insert("size".to_owned(), note(job_course, "size", "info", &size, finished));
        }
        if !matches!(job_course.job.step, 2 | 3) {
            continue;
        }
        let is_browser = job_course.job.step == super::log::BROWSER_TESTS;
        let suite = suites::of_acme(course.build().pipeline, is_browser);
        let tool = suites::tool(pipeline, suite);
        let (style, html) = match job_course.cause {
            None => ("success", format!("<p>All {} tests passed</p>\n", suites::size(suite))),
            Some(Cause::TestFailure) => {
                let seed = super::log::seed(job_course);
                let mut rows = String::new();
                for number in suites::failing(suite, course.trouble, seed) {
                    let name = suites::case(suite, tool, number).name.replace('<', "&lt;");
                    rows.push_str(&format!("<li><code>{name}</code></li>"));
                }
                let url = web_url(course.build());
                let html = format!(
                    "<p><strong>Tests failed</strong>, see <a href=\"{url}#{}\">the job</a> or \
                     <a href=\"artifact://reports/junit.xml\">the report</a></p>\n<ul>{rows}</ul>\n",
                    job_course.job.id.text()
                );
                ("error", html)
            }
            Some(_) => continue,
        };
        let context = format!("tests-{}", STEPS[job_course.job.step].0);
        let shown = note(job_course, &context, style, &html, finished);
        all.insert(context, shown);
    }
    paged(call, all.into_values().collect(), |annotation| annotation)
}

fn note(job: &JobCourse, context: &str, style: &str, html: &str, finished: Tick) -> Value {
    let at = time(finished.minus_ms(1_000));
    json!({
        "id": Dice::seeded(&[SALT_NOTE, super::log::seed(job)]).guid().text(),
        "context": context,
        "style": style,
        "scope": "build",
        "job_id": null,
        "priority": 3,
        "body_html": html,
        "created_at": at,
        "updated_at": at,
    })
}

/// A table that folds, as Markdown makes it.
fn sizes(job: &JobCourse) -> String {
    let mut dice = Dice::seeded(&[SALT_NOTE, super::log::seed(job), 2]);
    let mut rows = String::new();
    for name in ["app.js", "vendor.js", "style.css"] {
        let (kb, change) = (dice.between(9, 400), dice.below(9));
        rows.push_str(&format!(
            "<tr><td><code>{name}</code></td><td align=\"right\">{kb} kB</td><td>+{change}</td></tr>\n"
        ));
    }
    format!(
        "<details>\n<summary>:package: Sizes</summary>\n<table>\n<thead><tr><th>File</th><th>Size</th>\
         <th>Change</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</details>\n"
    )
}
