//! The log of a job: what its agent sent from a terminal, as JSON, as text, whole or its end.

use serde_json::json;

use super::jobs::at;
use super::{Answer, Call, message, not_found};
use crate::simulator::buildkite::STEPS;
use crate::simulator::clock::Tick;
use crate::simulator::rest::Body;
use crate::simulator::rest::logs::{
    self, Kind, Line, Page, Part, Tool, Work, buildkite as dialect,
};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{JobCourse, PipelineCourse};
use crate::simulator::suites;
use crate::simulator::world::acme;

/// Place of the step that takes pictures.
pub const BROWSER_TESTS: usize = 3;

/// `…/jobs/{id}/log`, `.txt`, `.html`
pub fn answer(call: &Call<'_>, course: &PipelineCourse, job: &JobCourse, form: &str) -> Answer {
    let now = at(job, call.now);
    if job.is_gate || now.started_at.is_none() {
        return not_found("No log found");
    }
    let plain = form == "log.txt" || (form == "log" && call.ask.accepts("text/plain"));
    if plain {
        return text(call, course, job);
    }
    if form == "log.html" || call.ask.accepts("text/html") {
        let escaped = String::from_utf8_lossy(&whole(call, course, job))
            .replace('&', "&amp;")
            .replace('<', "&lt;");
        return Answer::html(200, &format!("<pre>{escaped}</pre>"));
    }
    let mut header_times = Vec::new();
    for line in lines(course, job, call.now) {
        if matches!(line.kind, Kind::Section | Kind::Group) {
            header_times.push(line.at.timestamp().0.saturating_mul(1_000_000));
        }
    }
    let content = whole(call, course, job);
    Answer::json(
        200,
        &json!({
            "url": format!("{}/{}", call.ask.origin(), call.ask.written.join("/")),
            "content": String::from_utf8_lossy(&content),
            "size": content.len(),
            "header_times": header_times,
        }),
    )
}

fn text(call: &Call<'_>, course: &PipelineCourse, job: &JobCourse) -> Answer {
    if let Some(range) = call.ask.header("range") {
        let tail = range.strip_prefix("bytes=-").and_then(|tail| tail.parse::<usize>().ok());
        let Some(tail) = tail else {
            return message(400, "Only a range of the last bytes is supported: bytes=-N");
        };
        let whole = whole(call, course, job);
        if whole.is_empty() {
            return message(416, "Range Not Satisfiable");
        }
        let from = whole.len().saturating_sub(tail);
        let range = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
        return Answer { status: 206, ..Answer::text(206, &whole[from..]) }
            .with("content-range", range)
            .with("content-type", "text/plain");
    }
    if call.ask.method == "HEAD" {
        let bytes = bytes(course, job, call.now);
        let mut answer = Answer::text(200, Vec::new()).with("content-type", "text/plain");
        answer.headers.push(("content-length", bytes.to_string()));
        answer.body = Body::Bytes(Vec::new());
        return answer;
    }
    Answer::lines(lines(course, job, call.now), |line, out| dialect::write(&line, out))
        .with("content-type", "text/plain")
}

fn whole(call: &Call<'_>, course: &PipelineCourse, job: &JobCourse) -> Vec<u8> {
    let mut out = Vec::new();
    lines(course, job, call.now).for_each(|line| dialect::write(&line, &mut out));
    out
}

fn bytes(course: &PipelineCourse, job: &JobCourse, now: Tick) -> u64 {
    let mut out = Vec::new();
    let mut bytes = 0;
    for line in lines(course, job, now) {
        out.clear();
        dialect::write(&line, &mut out);
        bytes += out.len() as u64;
    }
    bytes
}

/// What is written by now.
fn lines(
    course: &PipelineCourse,
    job: &JobCourse,
    now: Tick,
) -> Box<dyn Iterator<Item = Line> + Send> {
    let Some(from) = job.job.started_at else { return Box::new(std::iter::empty()) };
    let to = job.job.finished_at.unwrap_or(from);
    let page = page(course, job);
    let is_so_far = move |line: &Line| line.at <= now;
    let Some(count) = course.endless else {
        return Box::new(page.timed(from, to).take_while(is_so_far));
    };
    let span = (to.0 - from.0).max(0);
    let all = i64::try_from(count).unwrap_or(1).max(1);
    let endless = (0..count).map(move |nth| {
        let at = Tick(from.0 + span / all * i64::try_from(nth).unwrap_or(0));
        let hash = (nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let kind = match nth % 100_000 {
            0 => Kind::Group,
            50_000 => Kind::Red,
            _ => Kind::Plain,
        };
        Line { at, kind, text: format!("imported row {nth} of {count}: {hash:016x}") }
    });
    Box::new(endless.take_while(is_so_far))
}

fn page(course: &PipelineCourse, job: &JobCourse) -> Page {
    let slug = &acme().pipelines[course.build().pipeline].slug;
    let (_, _, command) = STEPS[job.job.step];
    let mut page = Page::default();
    page.say(Kind::Section, "Preparing working directory");
    page.say(Kind::Command, format!("cd /buildkite/builds/builder/acme/{slug}"));
    page.say(Kind::Command, format!("git clone -v -- git@github.com:acme/{slug}.git ."));
    page.plain("Cloning into '.'...");
    for percent in [1, 25, 50, 75, 99] {
        page.say(
            Kind::Progress,
            format!("remote: Counting objects: {percent:>3}% ({percent}/100)"),
        );
    }
    page.plain("remote: Counting objects: 100% (100/100), done.");
    page.say(Kind::Command, "git checkout -f FETCH_HEAD");
    page.say(Kind::Section, "Running commands");
    page.say(Kind::Command, command);
    for (part, title) in parts(job) {
        page.say(Kind::Group, title);
        page.append(logs::page(&work(course, job, part)));
        if is_hit(job, part) {
            break;
        }
    }
    finish(job, &mut page);
    page
}

/// Which parts of the work a step does.
fn parts(job: &JobCourse) -> Vec<(Part, &'static str)> {
    let restore = (Part::Restore, ":package: Packages");
    match job.job.step {
        0 => vec![restore, (Part::Lint, ":lint-roller: Lint")],
        1 => vec![restore, (Part::Build, ":hammer: Build")],
        2 | 3 => vec![restore, (Part::Test, ":test_tube: Tests")],
        _ => vec![(Part::Deploy, ":rocket: Deploy")],
    }
}

/// Whether a job fails in this part.
fn is_hit(job: &JobCourse, part: Part) -> bool {
    let parts = parts(job);
    let last = parts.last().map(|(part, _)| *part);
    let hit = match job.cause {
        None => return false,
        Some(Cause::Dependency | Cause::Network) => Some(parts[0].0),
        // What has no part of its own fails in the last.
        Some(_) => last,
    };
    Some(part) == hit
}

fn work<'a>(course: &'a PipelineCourse, job: &JobCourse, part: Part) -> Work<'a> {
    let build = course.build();
    let slug = &acme().pipelines[build.pipeline].slug;
    let seed = seed(job);
    let suite = suites::of_acme(build.pipeline, job.job.step == BROWSER_TESTS);
    Work {
        seed,
        tool: tool(slug, part, suite),
        part,
        product: slug,
        suite,
        cause: job.cause.filter(|_| is_hit(job, part)),
        trouble: course.trouble,
        complains: job.cause.is_none() && seed.is_multiple_of(9),
    }
}

fn tool(slug: &str, part: Part, suite: u64) -> Tool {
    if part == Part::Test { suites::tool(slug, suite) } else { logs::tool_of(slug) }
}

/// Of all that a job says.
pub fn seed(job: &JobCourse) -> u64 {
    let half = |half: u128| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0);
    half(job.job.id.0 >> 64) ^ half(job.job.id.0)
}

fn finish(job: &JobCourse, page: &mut Page) {
    match job.cause {
        None => {
            if job.job.step == 1 {
                page.say(Kind::Section, "Uploading artifacts");
                page.say(Kind::Command, "buildkite-agent artifact upload dist/**/*");
                page.plain("Found 2 files that match \"dist/**/*\", 0 errors");
                // A link, as the agent's own escape codes write it.
                page.plain(
                    "\u{1b}]1339;url=artifact://dist/manifest.json;content=manifest.json\u{7}",
                );
                page.say(Kind::Green, "Artifact uploads completed successfully");
            }
        }
        // Nobody was there to say it.
        Some(Cause::AgentLost | Cause::NoAgent | Cause::Rejected) => {}
        Some(Cause::Timeout) => {
            page.plain("# Received cancellation signal, interrupting");
            page.plain("^^^ +++");
            page.decide(Kind::Red, "Error: The command was interrupted by a signal: terminated");
        }
        Some(Cause::Canceled) => {
            page.plain("# Received cancellation signal, interrupting");
            page.say(Kind::Red, "Error: The command was interrupted by a signal: terminated");
        }
        Some(_) => {
            let status = job.job.exit_status.unwrap_or(1);
            if job.job.step == BROWSER_TESTS {
                page.plain(
                    "\u{1b}]1338;url=artifact://reports/last.png;alt=What was seen last\u{7}",
                );
            }
            page.plain("^^^ +++");
            page.say(Kind::Red, format!("Error: The command exited with status {status}"));
        }
    }
}

/// The text of the line that tells why.
pub fn reason(course: &PipelineCourse, job: &JobCourse) -> Option<String> {
    page(course, job).reason().map(str::to_owned)
}
