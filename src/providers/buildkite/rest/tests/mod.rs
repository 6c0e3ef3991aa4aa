//! What the answers of the API mean, as specifications.

mod builds;
mod steps;

use serde_json::{Value, json};

use super::*;
use crate::model::{
    ANSWERED, BuildFact, BuildFold, BuildResult, BuildState, ResultDetail, StepFact, StepKind,
    StepSummary, Timestamp, Unreadable,
};
use crate::providers::buildkite::decode::decode;
use crate::providers::rest::{Answer, Head};
use crate::providers::{HookRequest, Route, dates};

const BUILD_URL: &str = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/7";
const BUILD_ID: &str = "0190c0de-0000-4000-8000-000000000007";

pub(super) fn at(time: &str) -> Timestamp {
    dates::parse(&format!("2026-05-04T{time}Z")).expect("a time")
}

pub(super) fn answer(body: &Value, time: &str) -> Answer {
    let head = Head { status: 200, headers: Vec::new() };
    Answer { head, body: body.to_string().into_bytes(), at: at(time) }
}

fn with(mut value: Value, more: &Value) -> Value {
    let (Some(object), Some(more)) = (value.as_object_mut(), more.as_object()) else {
        panic!("objects")
    };
    object.extend(more.clone());
    value
}

fn a_build(more: &Value) -> Value {
    let build = json!({
        "id": BUILD_ID, "url": BUILD_URL, "web_url": "https://buildkite.com/acme/shop/builds/7",
        "number": 7, "state": "running", "blocked": false, "branch": "main",
        "commit": "4F2A9C0D4F2A9C0D4F2A9C0D4F2A9C0D4F2A9C0D", "message": "Sell more\n\nMuch more",
        "source": "webhook", "creator": {"name": "Ada"},
        "created_at": "2026-05-04T10:00:00.000Z", "scheduled_at": "2026-05-04T10:00:00.000Z",
        "started_at": "2026-05-04T10:00:05.000Z", "finished_at": null,
        "pipeline": {"slug": "shop", "name": "Shop", "default_branch": "main"},
    });
    with(build, more)
}

fn a_job(id: &str, more: &Value) -> Value {
    let job = json!({
        "id": id, "type": "script", "name": "Test", "state": "passed", "exit_status": 0,
        "web_url": format!("https://buildkite.com/acme/shop/builds/7#{id}"),
        "agent_query_rules": ["queue=big", "os=linux"], "agent": {"name": "builder-1"},
        "created_at": "2026-05-04T10:00:00.000Z", "scheduled_at": "2026-05-04T10:00:01.000Z",
        "runnable_at": "2026-05-04T10:00:02.000Z", "started_at": "2026-05-04T10:00:05.000Z",
        "finished_at": "2026-05-04T10:01:00.000Z",
    });
    with(job, more)
}

fn steps_of(jobs: &[Value]) -> Vec<StepFact> {
    let body = a_build(&json!({"jobs": jobs}));
    build(&answer(&body, "10:02:00")).expect("read").steps
}

fn step<'f>(facts: &'f [StepFact], key: &str) -> &'f StepFact {
    facts.iter().find(|fact| fact.step.key == key).unwrap_or_else(|| panic!("no {key}"))
}

fn parent_of(facts: &[StepFact], key: &str) -> Option<String> {
    step(facts, key).parent.as_ref().map(|parent| parent.key.clone())
}

/// A webhook, read.
fn hook(event: &str, objects: &Value) -> crate::model::Reading {
    let body = with(json!({"event": event}), objects).to_string();
    let request = HookRequest { route: Route::Buildkite, headers: &[], body: body.as_bytes() };
    decode(&request).expect("read")
}

fn state(fold: &BuildFold) -> (BuildState, Option<BuildResult>) {
    let record = fold.record(&StepSummary::default());
    (record.state, record.result)
}

#[test]
fn a_token_goes_unasked_to_the_vendors_own_host_only() {
    for (base, is_own) in [
        (BASE, true),
        ("https://api.buildkite.com/v2/organizations/acme", true),
        ("https://API.Buildkite.com:443/v2", true),
        ("http://api.buildkite.com/v2", false),
        ("https://api.buildkite.com:8443/v2", false),
        ("https://api.buildkite.com@evil.example/v2", false),
        ("https://api.buildkite.com.evil.example/v2", false),
        ("https://evil.example\\@api.buildkite.com/v2", false),
        ("https://evil.example/https://api.buildkite.com/v2", false),
        ("https://buildkite.com/v2", false),
        ("https://api.buildkite.com\n.evil.example/v2", false),
        ("", false),
    ] {
        assert_eq!(is_own_domain(base), is_own, "{base}");
    }
}
