//! Every Azure DevOps body we have ever got hold of, read and compared with what was read before.
//!
//! The bodies are other people's and stay outside the repository, under `CREEL_PAYLOADS` (default
//! `../shared/payloads`); without them these tests pass and say that they did nothing. What is
//! kept here is our own reading of them, without anybody's name, title or message.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says that it was skipped")]

use std::collections::{BTreeMap, HashMap};

use creel::model::{Answer, Details, EventKind, Provider, Reading, Unreadable};
use creel::providers::{self, HookRequest, Peek, Route};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::payloads;

/// A body and the name its snapshot goes by.
pub struct Sample {
    pub name: String,
    pub body: Vec<u8>,
}

/// All recorded bodies, the guides', and messages made after the `AsyncAPI` description.
pub fn samples() -> Vec<Sample> {
    let Some(folder) = payloads() else { return Vec::new() };
    let mut samples = Vec::new();
    for (prefix, part) in
        [("docs", "azure-devops"), ("captured", "azure-devops/captured"), ("guides", "guides")]
    {
        let Ok(files) = std::fs::read_dir(folder.join(part)) else { continue };
        for path in files.map(|file| file.unwrap().path()) {
            if path.extension().is_some_and(|it| it == "json") {
                let stem = path.file_stem().unwrap().to_string_lossy();
                let body = std::fs::read(&path).unwrap();
                samples.push(Sample { name: format!("{prefix}__{stem}"), body });
            }
        }
    }
    let description = folder.join("asyncapi/azure-devops-service-hooks.2.6.yaml");
    if let Ok(text) = std::fs::read_to_string(description) {
        samples.extend(described(&serde_yaml_ng::from_str(&text).unwrap()));
    }
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

fn arriving(body: &[u8]) -> HookRequest<'_> {
    HookRequest { route: Route::Azure, headers: &[], body }
}

fn peek(body: &[u8]) -> Peek {
    providers::look(&arriving(body), None).peek
}

fn read(body: &[u8]) -> Result<Reading, Unreadable> {
    providers::decode(Provider::AzureDevops, &arriving(body)).expect("there is a decoder")
}

#[test]
fn every_recorded_body_is_read_as_before() {
    for sample in samples() {
        let request = arriving(&sample.body);
        let looked = providers::look(&request, None);
        let projects = looked.projects(&request);
        let peek = looked.peek;
        let mut shown = json!({
            "answer": peek.answer,
            "reason": peek.reason,
            "event_type": peek.event_type,
            "identity": {
                "scope": peek.identity.scope,
                "ordinal": peek.identity.ordinal,
            },
            "projects": projects,
            "publisher": peek.publisher,
        });
        shown["reading"] = match read(&sample.body) {
            Ok(reading) => serde_json::to_value(reading).unwrap(),
            Err(error) => json!({"unreadable": error.to_string()}),
        };
        conceal(&mut shown);
        insta::with_settings!({
            snapshot_path => "snapshots/azure_devops",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_yaml_snapshot!(sample.name, shown);
        });
    }
}

/// Replace what people wrote by its length: it is theirs, and we only need to know it was found.
fn conceal(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text)
                        if ["requested_by", "title", "message"].contains(&key.as_str()) =>
                    {
                        *text = format!("({} characters)", text.chars().count());
                    }
                    member => conceal(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(conceal),
        _ => {}
    }
}

#[test]
fn no_two_bodies_are_taken_for_one_delivery() {
    let mut seen: HashMap<_, Sample> = HashMap::new();
    for sample in samples() {
        let identity = peek(&sample.body).identity;
        if let Some(other) = seen.get(&identity) {
            assert_eq!(other.body, sample.body, "{} and {}", other.name, sample.name);
        }
        seen.insert(identity, sample);
    }
}

#[test]
fn the_same_body_again_is_the_same_delivery() {
    for sample in samples() {
        assert_eq!(peek(&sample.body), peek(&sample.body), "{}", sample.name);
    }
}

/// Which build is meant cannot be told: the one oddity besides those of the envelope that counts.
fn is_odd_build_id(error: &Unreadable) -> bool {
    ["resource.id", "resource.run.id", "resource.runId"].contains(&error.path.as_str())
}

#[test]
fn a_body_with_one_member_gone_or_odd_is_still_read() {
    for sample in samples() {
        let body = sample.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&sample.body);
        let whole: Value = serde_json::from_slice(body).unwrap();
        for pointer in pointers(&whole) {
            let odd = [json!(null), json!(""), json!([]), json!({}), json!(0), json!("odd")];
            for replacement in odd.map(Some).into_iter().chain([None]) {
                let bent = with(&whole, &pointer, replacement.clone());
                let bent = bent.to_string();
                let peek = peek(bent.as_bytes());
                let is_essential = pointer == "/eventType" || pointer == "/resource";
                if let Err(error) = read(bent.as_bytes()) {
                    assert!(
                        is_essential || peek.event_type.is_none() || is_odd_build_id(&error),
                        "{}: {pointer} as {replacement:?}: {error}",
                        sample.name
                    );
                }
            }
        }
    }
}

/// Addresses of all members of all objects in a value.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let visit = |prefix: &str, key: &str, value: &Value| {
        let own = format!("{prefix}/{}", key.replace('~', "~0").replace('/', "~1"));
        let below = pointers(value).into_iter().map(|below| format!("{own}{below}"));
        (own.clone(), below.collect::<Vec<_>>())
    };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let (own, below) = visit("", key, member);
                found.push(own);
                found.extend(below);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.extend(visit("", &index.to_string(), item).1);
            }
        }
        _ => {}
    }
    found
}

fn with(whole: &Value, pointer: &str, replacement: Option<Value>) -> Value {
    let mut body = whole.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let members = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match replacement {
        Some(value) => members.insert(key, value),
        None => members.remove(&key),
    };
    body
}

/// Messages after an `AsyncAPI` 2.6 description: per channel one with the first word of every
/// enumeration, and one more for each other word.
fn described(description: &Value) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (channel, about) in description["channels"].as_object().unwrap() {
        let message = follow(description, &about["subscribe"]["message"]);
        let schema = follow(description, &message["payload"]);
        let mut words = BTreeMap::new();
        let mut first = made_after(description, schema, "", &mut words);
        if !words.contains_key("/eventType") {
            first["eventType"] = json!(channel);
        }
        let mut add = |note: &str, message: &Value| {
            let name = format!("asyncapi__{channel}{note}");
            samples.push(Sample { name, body: message.to_string().into_bytes() });
        };
        add("", &first);
        for (pointer, others) in words {
            for word in others.into_iter().skip(1) {
                let key = pointer.rsplit('/').next().unwrap();
                let text = word.as_str().unwrap().to_owned();
                add(&format!("__{key}-{text}"), &with(&first, &pointer, Some(word)));
            }
        }
    }
    samples
}

fn follow<'a>(description: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap(),
        None => node,
    }
}

fn made_after(
    description: &Value,
    schema: &Value,
    pointer: &str,
    words: &mut BTreeMap<String, Vec<Value>>,
) -> Value {
    let schema = follow(description, schema);
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(members) = made_after(description, part, pointer, words) {
                whole.extend(members);
            }
        }
        return Value::Object(whole);
    }
    if let Some(choices) = schema["enum"].as_array() {
        words.insert(pointer.to_owned(), choices.clone());
        return choices[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let mut members = Map::new();
            for (key, part) in schema["properties"].as_object().into_iter().flatten() {
                let below = format!("{pointer}/{key}");
                members.insert(key.clone(), made_after(description, part, &below, words));
            }
            match &schema["additionalProperties"] {
                Value::Bool(true) => {
                    members.insert("System.State".to_owned(), json!("Active"));
                }
                part @ Value::Object(_) => {
                    let below = format!("{pointer}/System.State");
                    let made = made_after(description, part, &below, words);
                    members.insert("System.State".to_owned(), made);
                }
                _ => {}
            }
            Value::Object(members)
        }
        Some("array") => json!([made_after(description, &schema["items"], "", words)]),
        Some("integer") => json!(17),
        Some("string") if schema["format"] == "date-time" => json!("2026-02-13T14:30:00Z"),
        Some("string") => json!("string"),
        _ => json!(pointer.rsplit('/').next()),
    }
}

#[test]
fn the_described_messages_are_accepted() {
    for sample in samples().into_iter().filter(|it| it.name.starts_with("asyncapi__")) {
        let peek = peek(&sample.body);
        let expected =
            if sample.name.contains("build.") { Answer::Stored } else { Answer::Skipped };
        assert_eq!(peek.answer, expected, "{}", sample.name);
        let reading = read(&sample.body).unwrap();
        assert_ne!(reading.event.kind, EventKind::Other, "{}", sample.name);
        assert_eq!(reading.event.details, Details::All, "{}", sample.name);
        assert!(reading.event.subject.is_some(), "{}", sample.name);
    }
}

/// Words that stand in real bodies, so that made-up ones get past the first look.
fn word() -> impl Strategy<Value = String> {
    let known = [
        "id",
        "url",
        "name",
        "status",
        "state",
        "result",
        "resource",
        "run",
        "stage",
        "job",
        "stages",
        "fields",
        "revision",
        "System.State",
        "oldValue",
        "newValue",
        "repository",
        "project",
        "definition",
        "pullRequestId",
        "release",
        "environment",
        "approval",
        "startTime",
        "finishTime",
        "createdDate",
        "attempt",
        "_links",
        "web",
        "href",
        "sourceBranch",
        "sourceGetVersion",
        "resourceContainers",
        "collection",
        "baseUrl",
        "subscriptionId",
        "notificationId",
        "eventType",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    let known = [
        "completed",
        "inProgress",
        "succeeded",
        "waiting",
        "refs/pull/7/merge",
        "LG:refs/heads/x:ab",
        "https://dev.azure.com/lumen-works/x/_apis/build/Builds/9",
        "https://é@ü:1/ö?buildId=3",
        "0001-01-01T00:00:00",
        "2026-02-13T14:30:00Z",
        "c12d0eb8-e382-443b-9f9c-c52cba5014c2",
        "://",
    ];
    prop_oneof![2 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,40}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn event_type() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "build.complete",
        "git.push",
        "git.pullrequest.merged",
        "git.repo.renamed",
        "tfvc.checkin",
        "workitem.updated",
        "workitem.created",
        "ms.vss-code.git-pullrequest-comment-event",
        "ms.vss-pipelines.run-state-changed-event",
        "ms.vss-pipelines.stage-state-changed-event",
        "ms.vss-pipelines.job-state-changed-event",
        "ms.vss-pipelinechecks-events.approval-pending",
        "ms.vss-release.release-created-event",
        "ms.vss-release.deployment-completed-event",
        "ms.vss-release.deployment-approval-completed-event",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_json_makes_the_reader_panic(body in any_json()) {
        let text = body.to_string();
        peek(text.as_bytes());
        let _ = read(text.as_bytes());
    }

    #[test]
    fn no_resource_makes_the_reader_panic(
        event_type in event_type(),
        resource in any_json(),
        containers in any_json(),
    ) {
        let body = json!({"eventType": event_type, "resource": resource,
            "resourceContainers": containers});
        let text = body.to_string();
        prop_assert_ne!(peek(text.as_bytes()).answer, Answer::Parked);
        let is_readable = resource.is_object() || resource.is_null();
        match read(text.as_bytes()) {
            Err(error) if is_odd_build_id(&error) => prop_assert!(is_readable),
            reading => prop_assert_eq!(reading.is_ok(), is_readable),
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        peek(&body);
        let _ = read(&body);
    }
}
