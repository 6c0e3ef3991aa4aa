//! Buildkite bodies that others have captured, documented and put together.
//!
//! The bodies are not ours and not in this repository: `CREEL_PAYLOADS` names the folder. What is
//! kept here is our reading of them, with names and texts taken out.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use creel::model::{Provider, Timestamp};
use creel::providers::{self, HookRequest, Route};
use creel::signatures::{TOLERANCE, verify_buildkite};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::payloads;

/// Words that people wrote. Snapshots say only whether there were any.
const PEOPLES_WORDS: [&str; 7] =
    ["agent", "branch", "by", "message", "name", "requested_by", "title"];

fn webhooks() -> Option<PathBuf> {
    payloads().map(|folder| folder.join("buildkite/webhooks"))
}

/// Every webhook body, by the name of its file, in order.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = webhooks() else { return Vec::new() };
    let mut bodies: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            // Not bodies: headers of a delivery, and signatures of one.
            let is_body = !name.ends_with(".headers") && name != "signature-vectors";
            is_body.then(|| (name, fs::read(&path).unwrap()))
        })
        .collect();
    bodies.sort();
    bodies
}

fn request<'a>(headers: &'a [(String, String)], body: &'a [u8]) -> HookRequest<'a> {
    HookRequest { route: Route::Buildkite, headers, body }
}

/// All that Creel makes of a request: the answer, the identity, the reading.
fn look_at(body: &[u8]) -> Value {
    let request = request(&[], body);
    let peek = providers::look(&request, None).peek;
    let reading = match providers::decode(peek.provider, &request) {
        Some(Ok(reading)) => json!(reading),
        Some(Err(unreadable)) => json!({"unreadable": unreadable.reason, "path": unreadable.path}),
        None => Value::Null,
    };
    json!({
        "answer": peek.answer,
        "reason": peek.reason,
        "event_type": peek.event_type,
        "identity": {
            "scope": peek.identity.scope,
            "ordinal": peek.identity.ordinal,
            "digest": peek.identity.digest.map(|byte| format!("{byte:02x}")).concat(),
        },
        "reading": reading,
    })
}

pub fn without_peoples_words(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let is_words = PEOPLES_WORDS.contains(&key.as_str());
                match value {
                    Value::String(_) if is_words => *value = json!("[text]"),
                    _ => without_peoples_words(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(without_peoples_words),
        _ => {}
    }
}

#[test]
fn every_body_is_read_as_its_snapshot_says() {
    for (name, body) in bodies() {
        let mut seen = look_at(&body);
        without_peoples_words(&mut seen);
        insta::assert_yaml_snapshot!(name, seen);
    }
}

#[test]
fn event_bridge_bodies_are_kept_and_make_no_build() {
    let Some(folder) = webhooks() else { return };
    let Ok(files) = fs::read_dir(folder.join("../eventbridge")) else { return };
    for file in files {
        let path = file.unwrap().path();
        let seen = look_at(&fs::read(&path).unwrap());
        assert_eq!(seen["answer"], "skipped", "{}", path.display());
        assert_eq!(seen["reading"]["event"]["kind"], "other", "{}", path.display());
        assert_eq!(seen["reading"].get("build"), None, "{}", path.display());
    }
}

#[test]
fn no_two_bodies_share_an_identity() {
    let mut seen = HashMap::new();
    for (name, body) in bodies() {
        let identity = providers::look(&request(&[], &body), None).peek.identity;
        if let Some((other, other_body)) = seen.insert(identity, (name.clone(), body.clone())) {
            assert_eq!(body, other_body, "{name} and {other} would be one delivery");
        }
    }
}

#[test]
fn a_captured_request_id_is_the_identity_of_its_delivery() {
    let Some(folder) = webhooks() else { return };
    let Ok(captured) = fs::read(folder.join("real__buildkite-swift__ping.headers.json")) else {
        return;
    };
    let captured: HashMap<String, String> = serde_json::from_slice(&captured).unwrap();
    let headers: Vec<(String, String)> = captured.into_iter().collect();
    let peek = providers::look(&request(&headers, b"{}"), None).peek;
    assert_eq!(peek.event_type.as_deref(), Some("ping"));
    assert_eq!(peek.identity.scope, "buildkite:request");
    // The first half of the id: 0x018139324ac5490a.
    assert_eq!(peek.identity.ordinal, 0x0181_3932_4ac5_490a);
}

#[test]
fn the_collected_signatures_are_judged_as_they_should_be() {
    let Some(folder) = webhooks() else { return };
    let Ok(vectors) = fs::read(folder.join("signature-vectors.json")) else { return };
    let vectors: Vec<Value> = serde_json::from_slice(&vectors).unwrap();
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap();
        let body_file = text("body_file").rsplit('/').next().unwrap();
        let body = fs::read(folder.join(body_file)).unwrap();
        // The published request is of 2022; what is judged here is the signature, not its age.
        let now = Timestamp(1_642_080_837_000);
        let header = text("X-Buildkite-Signature");
        let verified = verify_buildkite(header, text("token"), &body, now, TOLERANCE);
        assert_eq!(json!(verified.is_ok()), vector["valid"], "{}: {verified:?}", text("name"));
    }
}

/// Every variant of a value that lacks one key, or has null in its place.
pub fn with_one_key_less(value: &Value) -> Vec<Value> {
    let mut variants = Vec::new();
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let with = |inner: Option<Value>| {
                    let mut object = object.clone();
                    match inner {
                        Some(inner) => object.insert(key.clone(), inner),
                        None => object.remove(key),
                    };
                    Value::Object(object)
                };
                variants.extend([with(None), with(Some(Value::Null))]);
                variants
                    .extend(with_one_key_less(inner).into_iter().map(|inner| with(Some(inner))));
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                for variant in with_one_key_less(inner) {
                    let mut list = list.clone();
                    list[at] = variant;
                    variants.push(Value::Array(list));
                }
            }
        }
        _ => {}
    }
    variants
}

#[test]
fn a_body_without_any_one_of_its_keys_is_still_answered_and_read_or_parked() {
    for (name, body) in bodies() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let was_read = look_at(body.to_string().as_bytes())["reading"]["event"].is_object();
        let mut unread = 0;
        for variant in with_one_key_less(&body) {
            let seen = look_at(variant.to_string().as_bytes());
            unread += u32::from(!seen["reading"]["event"].is_object());
        }
        // The event or the object it is about, missing or null: nothing else is needed.
        assert!(!was_read || unread <= 4, "{name}: {unread} variants could not be read");
    }
}

/// JSON with the keys of webhooks and values that do not belong there.
pub fn any_body() -> impl Strategy<Value = Value> {
    let keys = [
        "event",
        "build",
        "job",
        "pipeline",
        "project",
        "agent",
        "organization",
        "detail-type",
        "detail",
        "id",
        "url",
        "web_url",
        "number",
        "state",
        "blocked",
        "created_at",
        "started_at",
        "finished_at",
        "jobs",
        "pull_request",
        "commit",
        "retry_source",
        "job_id",
        "retried_in_job_id",
        "group_key",
        "type",
        "exit_status",
        "slug",
        "name",
        "command",
    ];
    let words = [
        "",
        "...",
        "build.finished",
        "build.running",
        "job.finished",
        "job.activated",
        "agent.lost",
        "ping",
        "passed",
        "failed",
        "running",
        "blocked",
        "manual",
        "HEAD",
        "42",
        "2026-05-04 09:00:00 UTC",
        "2026-05-04T09:00:00.000Z",
        "9999-12-31 23:59:59 UTC",
        "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/1",
        "https://buildkite.com/organizations//agents",
        "https://",
        "\u{0}\u{1f600}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let key = proptest::sample::select(keys.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => proptest::collection::vec((key, inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_the_interpreter_panic(body in any_body()) {
        look_at(body.to_string().as_bytes());
    }

    #[test]
    fn no_bytes_make_the_interpreter_panic(body: Vec<u8>, event: String) {
        look_at(&body);
        let headers = [("x-buildkite-event".to_owned(), event)];
        let request = request(&headers, &body);
        let _ = providers::look(&request, None).peek;
        let _ = providers::decode(Provider::Buildkite, &request);
    }

    #[test]
    fn an_entry_that_was_answered_as_parked_cannot_be_read_either(body in any_body(), cut in 0_usize..200) {
        let text = body.to_string();
        let end = text.char_indices().nth(cut).map_or(text.len(), |(at, _)| at);
        let seen = look_at(&text.as_bytes()[..end]);
        prop_assert!(seen["answer"] != "parked" || !seen["reading"]["event"].is_object());
    }
}
