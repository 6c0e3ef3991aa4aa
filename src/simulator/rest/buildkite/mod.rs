//! Buildkite below `/v2`.

mod agents;
mod builds;
mod jobs;
mod log;
mod more;

pub use log::{BROWSER_TESTS, seed};

use serde_json::{Value, json};

use super::limits;
use super::{Answer, Ask, Rest, TOKEN, hold};
use crate::simulator::buildkite::{Build, Job, Part, Scene, Shape};
use crate::simulator::clock::Tick;
use crate::simulator::world::acme;

pub use jobs::truth;

/// A request on its way through this room.
struct Call<'a> {
    rest: &'a Rest,
    ask: &'a Ask,
    now: Tick,
}

/// Items of a page, when nobody says how many, and at most.
const PER_PAGE: u64 = 30;
const PER_PAGE_MAX: u64 = 100;

/// Deeper pages of builds are refused.
const DEEPEST: u64 = 10_000;

pub fn answer(rest: &Rest, ask: &Ask, now: Tick) -> Answer {
    let call = Call { rest, ask, now };
    let parts = ask.path();
    if let ["v2", "meta"] = parts.as_slice() {
        return Answer::json(200, &json!({ "webhook_ips": ["192.0.2.0/24", "198.51.100.12"] }));
    }
    let proof = ask.header("authorization").and_then(|proof| proof.split_once(' '));
    let is_known = proof
        .is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token == TOKEN);
    if !is_known {
        rest.count(|tally| tally.unauthorized += 1);
        return message(401, "Authentication required. Please supply a valid API Access Token");
    }
    let readings = hold(&rest.meters).buildkite(now.timestamp());
    let answer = if readings.iter().any(|reading| reading.is_over()) {
        rest.count(|tally| tally.over_limit += 1);
        limits::buildkite_refusal(readings)
    } else {
        route(&call, &parts[1..])
    };
    limits::buildkite_headers(answer, readings)
}

fn route(call: &Call<'_>, path: &[&str]) -> Answer {
    if !matches!(call.ask.method.as_str(), "GET" | "HEAD") {
        return message(403, "Forbidden: Your access token doesn't have the write_builds scope");
    }
    match path {
        ["access-token"] => more::access_token(),
        ["user"] => more::user(),
        ["organizations"] => Answer::json(200, &json!([more::organisation(call)])),
        ["builds"] => builds::list(call, None),
        ["organizations", slug, rest @ ..] if *slug == acme().slug => match rest {
            [] => Answer::json(200, &more::organisation(call)),
            ["builds"] => builds::list(call, None),
            ["agents", rest @ ..] => agents::route(call, rest),
            ["rate_limits"] => more::limits(call),
            ["clusters", _, "queues"] => more::queues(call),
            ["jobs", id, rest @ ..] => match jobs::anywhere(call, id) {
                Some((course, nth)) => jobs::route(call, &course, nth, rest),
                None => not_found("No job found"),
            },
            ["pipelines"] => more::pipelines(call),
            ["pipelines", slug, rest @ ..] => {
                let found = acme().pipelines.iter().position(|pipeline| pipeline.slug == **slug);
                let Some(pipeline) = found else { return not_found("No pipeline found") };
                match rest {
                    [] => Answer::json(200, &more::pipeline(call, pipeline)),
                    ["builds"] => builds::list(call, Some(pipeline)),
                    ["builds", number, rest @ ..] => builds::route(call, pipeline, number, rest),
                    _ => not_found("Not Found"),
                }
            }
            _ => not_found("Not Found"),
        },
        ["organizations", ..] => not_found("No organization found"),
        _ => not_found("Not Found"),
    }
}

fn message(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({ "message": text }))
}

fn not_found(text: &str) -> Answer {
    message(404, text)
}

/// Base of what is below `/v2`, as whoever asks sees it.
fn base(call: &Call<'_>) -> String {
    format!("{}/v2", call.ask.origin())
}

/// A part of a hook's body, in the form of the REST side: other dates, other host.
fn part(call: &Call<'_>, scene: &Scene<'_>, part: Part) -> Value {
    let body = String::from_utf8_lossy(&scene.part(part))
        .replace("https://api.buildkite.com/v2", &base(call));
    let mut value = serde_json::from_str(&body).unwrap_or_default();
    with_rest_dates(&mut value, "");
    value
}

/// `2026-02-13 14:30:00 UTC` becomes `2026-02-13T14:30:00.000Z`. Some are written the old way here too.
fn with_rest_dates(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if name.ends_with("_at") => {
            let Some(civil) = text.strip_suffix(" UTC") else { return };
            *text = format!("{}.000Z", civil.replace(' ', "T"));
        }
        Value::Object(members) => {
            for (name, value) in members {
                with_rest_dates(value, name);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| with_rest_dates(value, name)),
        _ => {}
    }
}

fn time(at: Tick) -> Value {
    let mut out = Vec::with_capacity(24);
    at.write_buildkite(&mut out);
    let mut value = Value::from(String::from_utf8_lossy(&out).into_owned());
    with_rest_dates(&mut value, "_at");
    value
}

/// A scene of nobody's: bodies are taken out of it in parts.
fn scene(
    build: Build,
    job: Job,
    agent: Option<crate::simulator::buildkite::Agent>,
) -> Scene<'static> {
    let number = build.number;
    Scene {
        organisation: acme(),
        shape: Shape::JobFinished,
        sent_at: build.created_at,
        number,
        build,
        job,
        agent,
    }
}

/// A page of a list, with `Link` to its neighbours.
fn paged<T>(call: &Call<'_>, all: Vec<T>, show: impl Fn(T) -> Value) -> Answer {
    let per_page = call.ask.number("per_page").unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    let page = call.ask.number("page").unwrap_or(1).max(1);
    if page * per_page > DEEPEST {
        return message(
            400,
            "Listing builds this deep is not supported. Use created_from and created_to to narrow \
             the list.",
        );
    }
    let count = all.len() as u64;
    let last = count.div_ceil(per_page).max(1);
    let size = usize::try_from(per_page).unwrap_or(30);
    let skip = usize::try_from((page - 1) * per_page).unwrap_or(usize::MAX);
    let shown: Vec<Value> = all.into_iter().skip(skip).take(size).map(show).collect();
    let mut links = Vec::new();
    let mut link = |page: u64, word: &str| {
        links.push(format!(
            "<{}>; rel=\"{word}\"",
            address(call, &[("page", page.to_string()), ("per_page", per_page.to_string()),])
        ));
    };
    if page > 1 {
        link(page - 1, "prev");
        link(1, "first");
    }
    if page < last {
        link(page + 1, "next");
        link(last, "last");
    }
    let answer = Answer::json(200, &Value::from(shown));
    if links.is_empty() { answer } else { answer.with("link", links.join(", ")) }
}

/// The address that was asked for, with these parameters in place of its own.
fn address(call: &Call<'_>, parameters: &[(&str, String)]) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let others = call.ask.query.iter();
    // One cursor at a time.
    let is_kept = |name: &str| {
        !["after", "before"].contains(&name) && parameters.iter().all(|(known, _)| *known != name)
    };
    let others = others.filter(|(name, _)| is_kept(name));
    let others = others.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let own = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let query: Vec<String> = others.chain(own).collect();
    format!("{}/{}?{}", call.ask.origin(), call.ask.written.join("/"), query.join("&"))
}
