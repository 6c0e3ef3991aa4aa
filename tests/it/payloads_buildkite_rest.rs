//! Answers of Buildkite's API that others have captured and documented.
//!
//! As with webhooks the bodies are not in this repository; what is kept is our reading of them, with
//! names and texts taken out.

use std::fs;

use creel::html;
use creel::model::{Provider, Timestamp};
use creel::providers::buildkite::rest::{self, JobsTold};
use creel::providers::rest::{Accept, Answer, Call, Head, Host, judge, pacing};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::payloads_buildkite::{any_body, with_one_key_less, without_peoples_words};
use crate::support::payloads;

/// What kind of body a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Build,
    Builds,
    Job,
    Jobs,
    Log,
    Agent,
    Token,
    Artifact,
    Artifacts,
    Annotation,
    Annotations,
    Organizations,
    Pipeline,
    Pipelines,
    /// What an error says of itself, with the status that it comes with.
    Error(u16),
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Build,
        Self::Builds,
        Self::Job,
        Self::Jobs,
        Self::Log,
        Self::Agent,
        Self::Token,
        Self::Artifact,
        Self::Artifacts,
        Self::Annotation,
        Self::Annotations,
        Self::Organizations,
        Self::Pipeline,
        Self::Pipelines,
        Self::Error(429),
    ];
}

/// The kind of each file, by the beginning of its name.
const READ: [(&str, Kind); 28] = [
    ("derived__bash-example__job-log", Kind::Log),
    ("docs__access-token__", Kind::Token),
    ("docs__agents__get-an-agent", Kind::Agent),
    ("docs__annotations__create", Kind::Annotation),
    ("docs__annotations__list", Kind::Annotations),
    ("docs__artifacts__get", Kind::Artifact),
    ("docs__artifacts__list", Kind::Artifacts),
    // The second sample on that page is one job of the build: a trigger step.
    ("docs__builds__get-a-build-2", Kind::Job),
    ("docs__builds__list", Kind::Builds),
    // Also what is answered to writing: it is the build.
    ("docs__builds__", Kind::Build),
    ("docs__jobs__get-a-job-s-log", Kind::Log),
    ("docs__jobs__list-jobs", Kind::Jobs),
    ("docs__jobs__reprioritize", Kind::Job),
    ("docs__jobs__retry", Kind::Job),
    ("docs__organizations__list", Kind::Organizations),
    ("docs__pipelines__list", Kind::Pipelines),
    ("docs__pipelines__get-a-pipeline", Kind::Pipeline),
    ("docs__rate-limits__", Kind::Error(429)),
    ("real__export-builds__", Kind::Build),
    ("real__kevinburke__job-log", Kind::Log),
    ("real__roadie__pipeline", Kind::Pipeline),
    ("real__", Kind::Builds),
    ("sourcelab__accessToken", Kind::Token),
    ("sourcelab__annotations", Kind::Annotations),
    ("sourcelab__errorResponse", Kind::Error(422)),
    ("sourcelab__getBuild", Kind::Build),
    ("sourcelab__listPipelines", Kind::Pipelines),
    ("sourcelab__organizations", Kind::Organizations),
];

/// Bodies that nothing is made of, and why.
const UNREAD: [(&str, &str); 15] = [
    ("docs__artifacts__download", "leads to another host, where no token may go"),
    ("docs__clusters-queues__", "takes a right (read_clusters) that is not asked for"),
    ("docs__clusters__", "takes a right (read_clusters) that is not asked for"),
    ("docs__jobs__get-a-job-s-environment", "holds secrets: never asked for"),
    ("docs__meta__", "addresses that webhooks come from: told by their signature instead"),
    ("docs__organizations-notification-services__", "set-up of webhooks, which writes"),
    ("docs__pipelines__archive", "answer to writing"),
    ("docs__pipelines__enable", "answer to writing"),
    ("docs__pipelines__get-github", "set-up of another provider"),
    ("docs__pipelines__update", "answer to writing"),
    ("docs__test-engine-", "another product, with tokens of its own"),
    ("docs__user__", "who a token belongs to is told with its rights"),
    ("sourcelab__meta", "addresses that webhooks come from: told by their signature instead"),
    ("sourcelab__ping", "answer of a service that is gone"),
    ("sourcelab__user", "who a token belongs to is told with its rights"),
];

/// Every body, by the name of its file.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = payloads() else { return Vec::new() };
    let mut bodies: Vec<_> = fs::read_dir(folder.join("buildkite/api"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            Some((name, fs::read(&path).unwrap()))
        })
        .collect();
    bodies.sort();
    bodies
}

fn kind_of(name: &str) -> Option<Kind> {
    let is_unread = UNREAD.iter().any(|(start, _)| name.starts_with(start));
    let kind = READ.iter().find(|(start, _)| name.starts_with(start)).map(|(_, kind)| *kind);
    kind.filter(|_| !is_unread)
}

fn answer(body: Vec<u8>) -> Answer {
    let link = "<https://api.buildkite.com/v2/x?page=2&per_page=100>; rel=\"next\"";
    let headers = vec![("link".to_owned(), link.to_owned())];
    Answer { head: Head { status: 200, headers }, body, at: Timestamp(1_780_000_000_000) }
}

/// A list of one out of an object, as the reader of lists wants it.
fn as_list(body: &[u8]) -> Vec<u8> {
    [b"[", body, b"]"].concat()
}

fn call() -> Call {
    Call {
        host: Host::Main,
        path: "/x".to_owned(),
        query: Vec::new(),
        accept: Accept::Json,
        what: "the build",
        right: "read_builds",
        bytes_max: 1,
    }
}

/// All that Creel makes of an answer.
fn look_at(kind: Kind, body: &[u8]) -> Value {
    let listed = as_list(body);
    let whole = answer(body.to_vec());
    let list = answer(listed);
    let told = |build: &rest::BuildTold| json!({"keys": build.keys, "fact": build.fact, "steps": build.steps});
    let jobs = |body: &Answer| {
        let mut jobs = JobsTold::default();
        let next = jobs.add(body)?;
        Ok(json!({"steps": jobs.facts(body.at), "next": next}))
    };
    let read = match kind {
        Kind::Build => rest::build(&whole).map(|build| told(&build)),
        Kind::Builds => rest::builds(&whole, 1).map(|page| {
            let builds: Vec<_> = page.items.iter().map(told).collect();
            json!({"items": builds, "next": page.next})
        }),
        Kind::Job => {
            let body = [b"{\"items\": ", list.body.as_slice(), b"}"].concat();
            jobs(&answer(body))
        }
        Kind::Jobs => jobs(&whole),
        // What becomes of the text is told with the logs.
        Kind::Log => rest::log_content(body)
            .map(|text| json!({"bytes": text.len(), "lines": text.lines().count()})),
        Kind::Agent => rest::agent(&whole).map(|agent| json!(agent)),
        Kind::Token => rest::token(&whole).map(|token| {
            let missing = token.scopes.as_deref().map(rest::missing_rights);
            json!({"token": token, "missing": missing})
        }),
        Kind::Artifact => rest::artifacts(&list, 1).map(|page| json!(page.items)),
        Kind::Artifacts => rest::artifacts(&whole, 1).map(|page| json!(page.items)),
        Kind::Annotation => rest::annotations(&list, 1).map(|page| json!(page.items)),
        Kind::Annotations => rest::annotations(&whole, 1).map(|page| json!(page.items)),
        Kind::Organizations => rest::organizations(&whole, 1).map(|page| json!(page.items)),
        Kind::Pipeline => rest::pipelines(&list, 1).map(|page| json!(page.items)),
        Kind::Pipelines => rest::pipelines(&whole, 1).map(|page| json!(page.items)),
        Kind::Error(status) => {
            let head = Head { status, headers: Vec::new() };
            let refusal = judge(Provider::Buildkite, &call(), &head, body).unwrap_err();
            Ok(json!({"refusal": refusal.code(), "says": refusal.to_string()}))
        }
    };
    read.unwrap_or_else(
        |unreadable| json!({"unreadable": unreadable.reason, "path": unreadable.path}),
    )
}

/// The same, as everything that it might be.
pub fn read_by_all(body: &[u8]) {
    for kind in Kind::ALL {
        look_at(kind, body);
    }
}

/// In place of HTML, the shape that is left of it.
fn without_html(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(html)) = object.get("html") {
                let mut nodes = json!(html::read(html, |_| None));
                without(&mut nodes, &["text"]);
                object.insert("html".to_owned(), nodes);
            }
            object.values_mut().for_each(without_html);
        }
        Value::Array(list) => list.iter_mut().for_each(without_html),
        _ => {}
    }
}

fn without(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(_) if keys.contains(&key.as_str()) => *value = json!("[text]"),
                    _ => without(value, keys),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| without(item, keys)),
        _ => {}
    }
}

#[test]
fn every_answer_is_read_as_its_snapshot_says() {
    for (name, body) in bodies() {
        let Some(kind) = kind_of(&name) else { continue };
        let mut seen = look_at(kind, &body);
        assert_eq!(seen.get("unreadable"), None, "{name}");
        without_html(&mut seen);
        without_peoples_words(&mut seen);
        without(&mut seen, &["who", "hostname"]);
        insta::assert_yaml_snapshot!(name, seen);
    }
}

#[test]
fn every_answer_has_a_reader_or_a_reason_to_have_none() {
    let bodies = bodies();
    for (name, _) in &bodies {
        let is_unread = UNREAD.iter().any(|(start, _)| name.starts_with(start));
        assert!(is_unread != kind_of(name).is_some(), "{name}: what is made of it?");
    }
    for start in READ.iter().map(|(start, _)| start).chain(UNREAD.iter().map(|(start, _)| start)) {
        let is_there = bodies.iter().any(|(name, _)| name.starts_with(start));
        assert!(is_there || bodies.is_empty(), "{start} is not among the bodies");
    }
}

#[test]
fn an_answer_without_any_one_of_its_keys_is_still_read_as_far_as_it_goes() {
    for (name, body) in bodies() {
        let Some(kind) = kind_of(&name) else { continue };
        // The larger collections repeat what the smaller ones say.
        if body.len() > 20_000 {
            continue;
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut unread = 0;
        for variant in with_one_key_less(&body) {
            let seen = look_at(kind, variant.to_string().as_bytes());
            unread += u32::from(seen.get("unreadable").is_some());
        }
        // The text of a log, missing or null; of all else a part is enough.
        assert!(unread <= 2, "{name}: {unread} variants could not be read");
    }
}

proptest! {
    #[test]
    fn no_json_makes_the_readers_panic(body in any_body()) {
        let text = body.to_string();
        read_by_all(text.as_bytes());
        read_by_all(format!("[{text}]").as_bytes());
        read_by_all(format!(r#"{{"id": "b", "jobs": [{text}], "items": [{text}]}}"#).as_bytes());
    }

    #[test]
    fn no_bytes_make_the_readers_panic(body: Vec<u8>) {
        read_by_all(&body);
    }

    #[test]
    fn no_head_makes_the_judge_panic(
        status: u16,
        names in proptest::collection::vec("ratelimit-(user-)?(remaining|limit|reset)|retry-after|content-type|link", 0..6),
        values in proptest::collection::vec("[0-9]{0,25}|-1|1e9|application/json|<[^>]{0,9}>; rel=\"next\"", 6),
        body: Vec<u8>,
    ) {
        let headers = names.into_iter().zip(values).collect();
        let head = Head { status, headers };
        let _ = judge(Provider::Buildkite, &call(), &head, &body);
        let _ = pacing(Provider::Buildkite, &head, Timestamp(0));
        let answer = Answer { head, body: b"[]".to_vec(), at: Timestamp(0) };
        let page = rest::artifacts(&answer, 7).unwrap();
        prop_assert!(page.next.is_none_or(|next| next > 7));
    }
}
