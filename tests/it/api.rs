//! Reading: every address of `/api/v1` and of the guides answers in its shape, says by name what it
//! does not understand, and shows no secret.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, Response};
use creel::http::error::Code;
use creel::model::{CommitNo, EntryId};
use creel::simulator::build_story;
use http_body_util::BodyExt;
use insta::{assert_json_snapshot, assert_snapshot};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};

/// A desk that received and read one Azure DevOps and one Buildkite build with their steps, a push,
/// and a test.
fn busy_desk() -> Desk {
    let desk = Desk::open();
    for name in [
        "azure_devops/run_started.json",
        "azure_devops/stage_waiting.json",
        "azure_devops/job_completed.json",
        "azure_devops/build_complete.json",
        "azure_devops/push.json",
        "azure_devops/work_item_updated.json",
        "azure_devops/test_button.json",
        "buildkite/build.running.json",
        "buildkite/job.finished.json",
        "buildkite/build.finished.json",
    ] {
        desk.post_fixture(name);
    }
    desk.step_all();
    desk
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("items")
}

fn ids(page: &Value) -> Vec<&str> {
    items(page).iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

fn text(answer: &Response<Vec<u8>>) -> String {
    String::from_utf8_lossy(answer.body()).into_owned()
}

fn header<'r, B>(answer: &'r Response<B>, name: &str) -> Option<&'r str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// A GET with this key.
fn get(target: &str, key: &str) -> Request<Body> {
    let request = Request::get(target).header("authorization", format!("Bearer {key}"));
    request.body(Body::empty()).expect("a request")
}

/// Post `count` finished builds, numbered from `first`, a second apart. Even ones fail.
fn post_builds(desk: &Desk, first: u64, count: u64) {
    for number in first..first + count {
        let minute = 10 + number / 60;
        let at = format!("2026-03-02T10:{minute}:{:02}Z", number % 60);
        let body = json!({
            "subscriptionId": "7f9c0c1e-0000-4000-8000-000000000001",
            "notificationId": number,
            "id": format!("7f9c0c1e-0000-4000-9000-{number:012}"),
            "eventType": "build.complete",
            "publisherId": "tfs",
            "resource": {
                "id": number,
                "buildNumber": format!("20260302.{number}"),
                "status": "completed",
                "result": if number % 2 == 0 { "failed" } else { "succeeded" },
                "queueTime": at, "startTime": at, "finishTime": at,
                "definition": {"id": number % 3, "name": format!("ci-{}", number % 3)},
                "project": {"id": "7f9c0c1e-0000-4000-a000-000000000001", "name": "Web"},
                "sourceBranch": if number % 4 == 0 { "refs/heads/main" } else { "refs/heads/topic" },
                "sourceVersion": "9f3c0000000000000000000000000000000000aa",
            },
            "resourceVersion": "2.0",
            "resourceContainers": {
                "collection": {"id": "7f9c0c1e-0000-4000-b000-000000000001"},
                "account": {"id": "7f9c0c1e-0000-4000-c000-000000000001", "baseUrl": "https://dev.azure.com/harbour/"},
                "project": {"id": "7f9c0c1e-0000-4000-a000-000000000001"},
            },
            "createdDate": at,
        });
        desk.post("/webhooks/azure", &[], body.to_string().as_bytes());
    }
    desk.step_all();
}

// ------------------------------------------------------------------ builds

#[test]
fn builds_are_listed_newest_first_in_their_shape() {
    let desk = busy_desk();
    assert_json_snapshot!(desk.get_json("/api/v1/builds"));
}

#[test]
fn one_build_is_the_same_as_in_the_list() {
    let desk = busy_desk();
    let page = desk.get_json("/api/v1/builds");
    for build in items(&page) {
        let id = build["id"].as_str().expect("an id");
        assert_eq!(&desk.get_json(&format!("/api/v1/builds/{id}")), build);
        // Ids are read in any spelling of a UUID.
        assert_eq!(&desk.get_json(&format!("/api/v1/builds/{}", id.to_uppercase())), build);
    }
}

#[test]
fn steps_stand_in_the_order_of_their_tree() {
    let desk = busy_desk();
    let page = desk.get_json("/api/v1/builds");
    for (name, id) in ["buildkite", "azure"].into_iter().zip(ids(&page)) {
        let steps = desk.get_json(&format!("/api/v1/builds/{id}/steps"));
        assert_json_snapshot!(format!("steps_{name}"), steps);
    }
}

#[test]
fn facts_tell_where_the_record_has_its_fields_from() {
    let desk = busy_desk();
    desk.post_fixture("azure_devops/build_complete_1_0.json");
    desk.step_all();
    let page = desk.get_json("/api/v1/builds?source=lumen-works");
    let id = ids(&page)[0].to_owned();
    let facts = desk.get_json(&format!("/api/v1/builds/{id}/facts"));
    assert_json_snapshot!(facts);

    // The pages of a list together are the list.
    let mut paged = Vec::new();
    let mut target = format!("/api/v1/builds/{id}/facts?limit=1");
    loop {
        let page = desk.get_json(&target);
        paged.extend(items(&page).clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        target = format!("/api/v1/builds/{id}/facts?limit=1&cursor={cursor}");
    }
    assert_eq!(&paged, items(&facts));
}

#[test]
fn each_filter_finds_its_builds_and_no_others() {
    let desk = Desk::open();
    post_builds(&desk, 1, 12);
    desk.post_fixture("buildkite/build.finished.json");
    desk.step_all();
    let numbers = |query: &str| -> Vec<i64> {
        let page = desk.get_json(&format!("/api/v1/builds?{query}"));
        items(&page).iter().map(|build| build["number"].as_i64().expect("a number")).collect()
    };
    assert_eq!(numbers("provider=buildkite"), [42]);
    assert_eq!(numbers("source=acme"), [42]);
    assert_eq!(numbers("source=HARBOUR").len(), 12, "whatever the case");
    assert_eq!(numbers("source=https://dev.azure.com/harbour").len(), 12, "by address");
    assert_eq!(numbers("source=7f9c0c1e-0000-4000-b000-000000000001").len(), 12, "by GUID");
    assert_eq!(numbers("source=nobody"), [0_i64; 0]);
    assert_eq!(numbers("project=Web").len(), 12);
    assert_eq!(numbers("project=7F9C0C1E-0000-4000-a000-000000000001").len(), 12, "by GUID");
    assert_eq!(numbers("pipeline=ci-0"), [12, 9, 6, 3]);
    assert_eq!(numbers("pipeline=0"), [12, 9, 6, 3], "by the provider's own id");
    assert_eq!(numbers("pipeline=shop-ci"), [42], "by slug");
    assert_eq!(numbers("pipeline=Shop%20CI"), [42], "by name");
    assert_eq!(numbers("pipeline=ci-0&branch=main"), [12]);
    assert_eq!(numbers("branch=main"), [42, 12, 8, 4]);
    assert_eq!(numbers("branch=refs/heads/main"), [42, 12, 8, 4]);
    assert_eq!(numbers("branch=refs%2Fheads%2Fmain"), [42, 12, 8, 4]);
    assert_eq!(numbers("branch=refs/heads/main&pipeline=ci-0"), [12]);
    assert_eq!(numbers("state=running"), [0_i64; 0]);
    assert_eq!(numbers("result=failure"), [12, 10, 8, 6, 4, 2]);
    assert_eq!(numbers("result=failure&pipeline=ci-1"), [10, 4]);
    assert_eq!(numbers("external_id=7"), [7]);
    assert_eq!(numbers("q=20260302.11"), [11]);
    assert_eq!(numbers("q=TOPIC&result=failure"), [10, 6, 2]);
    assert_eq!(numbers("q=shop"), [42], "in the pipeline's name");
    assert_eq!(numbers("since=2026-03-02T10:10:11Z&until=2026-03-03"), [12, 11]);
    assert_eq!(numbers("until=2026-03-02T10:10:03Z"), [2, 1]);
    assert_eq!(numbers("branch="), numbers(""), "an empty filter is none");
}

#[test]
fn pages_neither_repeat_nor_lose_a_build_while_new_ones_arrive() {
    let desk = Desk::open();
    post_builds(&desk, 1, 10);
    let mut seen = Vec::new();
    let mut target = "/api/v1/builds?limit=3&q=topic".to_owned();
    let mut next_number = 100;
    loop {
        let answer = desk.send(get(&target, &desk.key));
        let page: Value = serde_json::from_slice(answer.body()).expect("JSON");
        seen.extend(items(&page).iter().map(|build| build["number"].as_i64().expect("a number")));
        let link = header(&answer, "link").map(str::to_owned);
        assert_eq!(link.is_some(), page["next_cursor"].is_string());
        let Some(link) = link else { break };
        // The link leads to the next page, with the same question.
        let address = link.strip_prefix('<').and_then(|l| l.split_once(">; rel=\"next\""));
        target = address.expect("a link").0.to_owned();
        assert!(target.contains("q=topic"), "{target}");
        post_builds(&desk, next_number, 2);
        next_number += 2;
    }
    assert_eq!(seen, [10, 9, 7, 6, 5, 3, 2, 1]);
}

#[test]
fn an_id_that_was_merged_redirects_to_the_build() {
    let desk = Desk::open();
    post_builds(&desk, 1, 2);
    let page = desk.get_json("/api/v1/builds");
    let [winner, loser] = ids(&page)[..] else { panic!("two builds") };
    desk.hub.books().write(|ledger| ledger.merge_builds(2, 1)).expect("merged");

    for rest in ["", "/steps", "/facts", "/steps?limit=7", "/facts?limit=7&apiKey=a%26b"] {
        let answer = desk.send(get(&format!("/api/v1/builds/{loser}{rest}"), &desk.key));
        assert_eq!(answer.status(), 301);
        // The question comes along.
        let location = format!("/api/v1/builds/{winner}{rest}");
        assert_eq!(header(&answer, "location"), Some(location.as_str()));
    }
    let events = desk.get_json(&format!("/api/v1/events?subject=build:{loser}"));
    assert_eq!(items(&events).len(), 2, "its old id still names its events");
}

// ------------------------------------------------------------------ events

#[test]
fn events_are_listed_newest_first_in_their_shape() {
    let desk = busy_desk();
    assert_json_snapshot!(desk.get_json("/api/v1/events"));
}

#[test]
fn one_event_is_shown_with_headers_body_and_facts_and_without_secrets() {
    let desk = busy_desk();
    let secret = "not-a-real-secret";
    let push = std::fs::read_to_string("tests/fixtures/azure_devops/push.json").expect("read");
    let mut push: Value = serde_json::from_str(&push).expect("JSON");
    push["notificationId"] = 977.into();
    push["sessionToken"] = json!({"token": secret});
    push["resource"]["url"] = format!("https://ada:{secret}@example.com/?sig={secret}").into();
    let target = format!("/webhooks/azure?apiKey={}&extra={secret}", desk.key);
    let headers = [("x-team-secret".to_owned(), secret.to_owned())];
    let entry = desk.post(&target, &headers, push.to_string().as_bytes())["entry_id"].clone();
    desk.post(&target, &headers, push.to_string().as_bytes());
    desk.step_all();

    let mut event = desk.get_json(&format!("/api/v1/events/{entry}"));
    let shown = event.to_string();
    assert!(!shown.contains(secret) && !shown.contains(&desk.key), "{shown}");
    assert_eq!(event["echo_of"], 5, "the same push was told of before");
    event["body"]["resource"]["commits"] = "[commits]".into();
    assert_json_snapshot!(event);

    let first = desk.get_json("/api/v1/events/5");
    assert_eq!(first["echoes"], json!([entry]));
}

#[test]
fn a_body_is_shown_as_it_was_sent() {
    let desk = Desk::open();
    let body = r#"{ "eventType":"git.push", "a":1, "a":2, "big":123456789012345678901234.500,
  "text":"\u00e9" }"#;
    desk.post("/webhooks/azure", &[], body.as_bytes());
    let (_, shown) = desk.request("GET", "/api/v1/events/1", &[], b"");
    let shown = String::from_utf8(shown).expect("text");
    assert!(shown.contains(&format!("\"body\":{body},")), "{shown}");
}

#[test]
fn secrets_in_texts_and_keys_in_addresses_are_not_shown() {
    let desk = Desk::open();
    let key = desk.key.clone();
    let body = json!({
        "eventType": "build.complete",
        "message": {"text": format!("sent with {key}")},
        "resource": {
            "id": 7, "status": "completed", "result": "failed",
            "log": "curl -H 'Authorization: Bearer plainly-fake-token'",
            "reason": "Server=db;Uid=ada;Pwd=plainly fake pwd;Database=x",
        },
    });
    desk.post("/webhooks/azure", &[], body.to_string().as_bytes());
    // Where the word of a channel belongs.
    let (status, _) = desk.request("POST", &format!("/hooks/{key}?channel=web"), &[], b"{}");
    assert_eq!(status, 200, "the event is kept");
    desk.step_all();
    for target in ["/api/v1/events", "/api/v1/events/1", "/api/v1/events/2", "/api/v1/builds"] {
        let shown = desk.get_json(target).to_string();
        for secret in [key.as_str(), "plainly-fake-token", "fake pwd"] {
            assert!(!shown.contains(secret), "{target}: {shown}");
        }
    }
    let event = desk.get_json("/api/v1/events/2");
    assert_eq!(event["channel"], "***");
    assert_eq!(event["headers"][":target"], "/hooks/***?channel=web");
}

#[test]
fn an_event_is_listed_before_it_is_read() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/build_complete.json");
    desk.post_fixture("azure_devops/build_complete.json");
    desk.post("/hooks/other", &[], b"hello");
    let page = desk.get_json("/api/v1/events");
    assert_json_snapshot!(page);
    let event = desk.get_json("/api/v1/events/1");
    assert_eq!((&event["status"], &event["kind"]), (&json!("pending"), &Value::Null));
    assert_eq!(event["duplicates"], json!([{"at": NOW}]));
    assert_eq!(event["body"]["eventType"], "build.complete");

    let entries = |query: &str| entries_of(&desk, query);
    assert_eq!(entries("status=pending"), [2, 1]);
    assert_eq!(entries("status=done"), [0_i64; 0]);
    assert_eq!(entries("type=azure:build.complete"), [1]);
    assert_eq!(entries("channel=other"), [2]);
    assert_eq!(entries("kind=build.finished"), [0_i64; 0], "nobody knows yet");
    assert_eq!(entries("limit=1"), [2]);

    desk.step_all();
    assert_eq!(entries("status=pending"), [0_i64; 0]);
    assert_eq!(entries("kind=build.finished"), [1]);
    assert_eq!(desk.get_json("/api/v1/events?status=done")["items"][1]["duplicates"], 1);
}

fn entries_of(desk: &Desk, query: &str) -> Vec<i64> {
    let page = desk.get_json(&format!("/api/v1/events?{query}"));
    items(&page).iter().map(|event| event["entry_id"].as_i64().expect("a number")).collect()
}

#[test]
fn each_filter_finds_its_events_and_no_others() {
    let desk = busy_desk();
    desk.post("/webhooks/azure", &[], b"no JSON at all");
    desk.step_all();
    let entries = |query: &str| entries_of(&desk, query);
    let all: Vec<i64> = (1..=11).rev().collect();
    assert_eq!(entries(""), all);
    assert_eq!(entries("type=git.push"), [5]);
    assert_eq!(entries("type=azure:git.push"), [5]);
    assert_eq!(entries("type=buildkite:git.push"), [0_i64; 0]);
    assert_eq!(entries("type=buildkite:*"), [10, 9, 8]);
    assert_eq!(entries("kind=push"), [5]);
    assert_eq!(entries("source=acme"), [10, 9, 8]);
    assert_eq!(entries("source=acme&kind=step.finished"), [9]);
    assert_eq!(entries("status=parked"), [11]);
    assert_eq!(entries("status=parked&type=git.push"), [0_i64; 0]);
    assert_eq!(entries("q=PUSH"), [5]);
    assert_eq!(entries("q=11"), [11]);
    assert_eq!(entries("since=2026-01-01"), all);
    assert_eq!(entries("until=2026-01-01"), [0_i64; 0]);
    let page = desk.get_json("/api/v1/builds?source=acme");
    let build = format!("subject=build:{}", ids(&page)[0]);
    assert_eq!(entries(&build), [10, 9, 8]);

    let parked = desk.get_json("/api/v1/events/11");
    assert_eq!((&parked["status"], &parked["answer"]), (&json!("parked"), &json!("parked")));
    assert_eq!((&parked["path"], &parked["body"]), (&json!("."), &json!("no JSON at all")));
}

#[test]
fn pages_of_events_run_from_what_waits_into_what_was_read() {
    let desk = Desk::open();
    post_builds(&desk, 1, 3);
    for number in 0..3 {
        desk.post("/hooks/other", &[], format!("hello {number}").as_bytes());
    }
    for limit in 1..=7 {
        let mut seen = Vec::new();
        let mut query = format!("limit={limit}");
        loop {
            let page = desk.get_json(&format!("/api/v1/events?{query}"));
            seen.extend(items(&page).iter().filter_map(|event| event["entry_id"].as_i64()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("limit={limit}&cursor={cursor}");
        }
        assert_eq!(seen, [6, 5, 4, 3, 2, 1], "limit {limit}");
    }
}

#[test]
fn replayed_entries_are_read_again() {
    let desk = busy_desk();
    let before = desk.get_json("/api/v1/builds");
    let post = |target: &str, body: &str| {
        let (status, answer) = desk.request("POST", target, &[], body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        (status.as_u16(), answer)
    };
    assert_eq!(post("/api/v1/events/1/replay", ""), (200, json!({"queued": 1, "gone": 0})));
    assert_eq!(post("/api/v1/events/999/replay", "").0, 404);
    assert_eq!(
        post("/api/v1/events/replay", "{}"),
        (200, json!({"queued": 9, "gone": 0})),
        "one was queued"
    );
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/builds"), before);

    for (wish, queued) in [
        (json!({"from": 3, "to": 5}), 3),
        (json!({"from": "3", "to": null, "status": "done", "provider": "buildkite"}), 3),
        (json!({"type": "azure:git.push"}), 1),
        (json!({"decoder_below": 1}), 0),
        (json!({"from": NOW}), 10),
        (json!({"to": "2026-01-01"}), 0),
    ] {
        assert_eq!(post("/api/v1/events/replay", &wish.to_string()).1["queued"], queued, "{wish}");
        desk.step_all();
    }
    for (wish, detail) in [
        (json!({"since": 1}), "the member `since` is not understood: unknown field"),
        (json!({"status": "pending"}), "the member `status` is `pending`"),
        (json!({"from": "soon"}), "the member `from` is `soon`"),
        (json!({"from": [1]}), "the member `from` is not understood"),
    ] {
        let (status, problem) = post("/api/v1/events/replay", &wish.to_string());
        assert_eq!(status, 400, "{wish}");
        assert!(problem["detail"].as_str().expect("a sentence").starts_with(detail), "{problem}");
        assert!(!problem.to_string().contains("struct"), "a word of ours: {problem}");
    }
}

#[test]
fn a_replay_wakes_who_waits_for_work() {
    let desk = busy_desk();
    desk.request("POST", "/api/v1/events/1/replay", &[], b"");
    // Would wait for ever.
    desk.wait(desk.hub.nudged());
}

// ------------------------------------------------------------------ subjects, sources

#[test]
fn subjects_are_listed_and_shown_with_their_timeline() {
    let desk = busy_desk();
    let page = desk.get_json("/api/v1/subjects");
    assert_json_snapshot!(page);
    assert_eq!(items(&desk.get_json("/api/v1/subjects?kind=repository")).len(), 1);
    assert_eq!(items(&desk.get_json("/api/v1/subjects?q=nothing-like-it")).len(), 0);
    for subject in items(&page) {
        let key = subject["key"].as_str().expect("a key");
        let encoded = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
        for spelled in [key, &encoded] {
            let found = desk.get_json(&format!("/api/v1/subjects/{spelled}"));
            assert_eq!(found["key"], key);
            assert!(found["events"]["items"].is_array(), "{found}");
        }
    }
    let item = desk.get_json("/api/v1/subjects?kind=work_item");
    let key = items(&item)[0]["key"].as_str().expect("a key");
    assert_json_snapshot!("subject", desk.get_json(&format!("/api/v1/subjects/{key}")));
}

#[test]
fn sources_tell_how_they_are_doing() {
    let desk = busy_desk();
    desk.post_fixture("azure_devops/build_complete.json");
    desk.send(
        Request::post("/webhooks/buildkite")
            .header("x-buildkite-token", "not-a-key")
            .body(Body::from("{}"))
            .expect("a request"),
    );
    desk.step_all();
    assert_json_snapshot!(desk.get_json("/api/v1/sources"));
    assert_json_snapshot!("refusals", desk.get_json("/api/v1/refusals"));

    desk.hub.clock().advance(std::time::Duration::from_hours(25));
    let health = |page: &Value| -> Vec<Value> {
        items(page).iter().map(|source| source["health"].clone()).collect()
    };
    assert_eq!(health(&desk.get_json("/api/v1/sources")), ["silent", "silent"]);
}

// ------------------------------------------------------------------ keys

#[test]
fn a_key_is_made_listed_and_revoked_and_its_secret_told_once() {
    let desk = Desk::open();
    let wish = json!({"name": "azure", "scopes": ["ingest", "read"], "limits": {"per_minute": 60}});
    let (status, made) = desk.request("POST", "/api/v1/keys", &[], wish.to_string().as_bytes());
    let made: Value = serde_json::from_slice(&made).expect("JSON");
    assert_eq!(status, 201, "{made}");
    let secret = made["key"].as_str().expect("a key").to_owned();
    assert_eq!(desk.send(get("/api/v1/builds", &secret)).status(), 200);

    let brought =
        json!({"name": "old", "scopes": ["ingest"], "signing": true, "value": "not-a-real-secret"});
    let (status, _) = desk.request("POST", "/api/v1/keys", &[], brought.to_string().as_bytes());
    assert_eq!(status, 201);
    let (status, _) = desk.request("POST", "/api/v1/keys", &[], brought.to_string().as_bytes());
    assert_eq!(status, 409, "the same secret twice");

    let mut keys = desk.get_json("/api/v1/keys");
    assert!(!keys.to_string().contains(&secret));
    assert!(!keys.to_string().contains("not-a-real-secret"));
    for key in keys["items"].as_array_mut().expect("items") {
        assert_eq!(key["prefix"].as_str().is_some_and(str::is_empty), key["name"] == "old");
        key["prefix"] = "[prefix]".into();
    }
    assert_json_snapshot!(keys);

    let id = &made["id"];
    let (status, _) = desk.request("DELETE", &format!("/api/v1/keys/{id}"), &[], b"");
    assert_eq!(status, 204);
    assert_eq!(desk.send(get("/api/v1/builds", &secret)).status(), 401, "from the next request on");
    let (status, _) = desk.request("DELETE", &format!("/api/v1/keys/{id}"), &[], b"");
    assert_eq!(status, 404);
}

#[test]
fn a_wish_for_a_key_is_refused_with_what_is_wrong() {
    let desk = Desk::open();
    for (wish, detail) in [
        ("{", "the body is not understood"),
        (r#"{"scopes": ["read"]}"#, "the body is not understood: missing field `name`"),
        (r#"{"name": "x", "scopes": ["root"]}"#, "the member `scopes`: there is no scope `root`"),
        (r#"{"name": "x", "scopes": []}"#, "the member `scopes`: a key needs at least one"),
        (r#"{"name": "", "scopes": ["read"]}"#, "the name of a key"),
        (r#"{"name": "a\u0000b", "scopes": ["read"]}"#, "the name of a key"),
        ("[]", "the body is a list; it has to be an object"),
        ("7", "the body is not understood: invalid type: integer `7`, expected an object with"),
        (r#"{"name": "x", "scopes": ["read"], "limits": 7}"#, "the member `limits` is not"),
        (
            r#"{"name": "x", "scopes": ["read"], "value": " with blanks around "}"#,
            "a secret that is brought",
        ),
        (r#"{"name": "x", "scopes": ["read"], "colour": 1}"#, "the member `colour`"),
        (
            r#"{"name": "x", "scopes": ["read"], "limits": {"networks": ["home"]}}"#,
            "there is no network",
        ),
        (
            r#"{"name": "x", "scopes": ["read"], "limits": {"projects": [" "]}}"#,
            "a project or publisher",
        ),
    ] {
        let (status, problem) = desk.request("POST", "/api/v1/keys", &[], wish.as_bytes());
        let problem: Value = serde_json::from_slice(&problem).expect("JSON");
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("bad_request")), "{wish}");
        assert!(problem["detail"].as_str().expect("a sentence").starts_with(detail), "{problem}");
        assert!(!problem.to_string().contains("struct"), "a word of ours: {problem}");
    }
}

// ------------------------------------------------------------------ refusals

#[test]
fn key_and_scope_are_judged_before_everything_else() {
    let desk = Desk::open();
    let reader = desk.make_key("reader", "read");
    let sender = desk.make_key("sender", "ingest");
    let ask = |method: &str, target: &str, key: Option<&str>| {
        let mut request = Request::builder().method(method).uri(target);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let answer = desk.send(request.body(Body::from("{")).expect("a request"));
        let problem: Value = serde_json::from_slice(answer.body()).expect("a problem");
        (answer.status().as_u16(), problem["code"].as_str().unwrap_or_default().to_owned())
    };
    for (method, target) in [
        ("GET", "/api/v1/builds?limit=many"),
        ("GET", "/api/v1/builds/nonsense"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1/"),
        ("GET", "/api/v1"),
        ("PUT", "/api/v1/builds"),
        ("POST", "/api/v1/keys"),
        ("GET", "/api/v1/live"),
        ("GET", "/logs?date=never"),
        ("GET", "/metrics"),
        ("GET", "/webhooks/metrics"),
    ] {
        assert_eq!(ask(method, target, None), (401, "key_missing".to_owned()), "{method} {target}");
        assert_eq!(ask(method, target, Some("wrong")).1, "key_unknown", "{method} {target}");
        let (status, code) = ask(method, target, Some(&sender));
        assert_eq!((status, code.as_str()), (403, "scope_missing"), "{method} {target}");
    }
    for (method, target) in [
        ("GET", "/api/v1/keys"),
        ("POST", "/api/v1/keys"),
        ("DELETE", "/api/v1/keys/1"),
        ("POST", "/api/v1/events/1/replay"),
        ("POST", "/api/v1/nothing"),
    ] {
        assert_eq!(ask(method, target, Some(&reader)).0, 403, "{method} {target}");
    }
    assert_eq!(ask("GET", "/api/v1/nothing", Some(&reader)), (404, "not_found".to_owned()));
    let (status, code) = ask("PUT", "/api/v1/builds", Some(&desk.key));
    assert_eq!((status, code.as_str()), (405, "method_not_allowed"));
}

#[test]
fn what_is_not_understood_is_named() {
    let desk = Desk::open();
    let problem = |target: &str| {
        let answer = desk.send(get(target, &desk.key));
        assert_eq!(header(&answer, "content-type"), Some("application/problem+json"), "{target}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&answer, "cache-control"), Some("no-store"));
        let problem: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(problem["error"], problem["detail"]);
        format!("{} {}", answer.status().as_u16(), problem["detail"].as_str().expect("a sentence"))
    };
    let targets = [
        "/api/v1/builds?limit=0",
        "/api/v1/builds?limit=501",
        "/api/v1/builds?limit=all",
        "/api/v1/builds?cursor=abc",
        "/api/v1/builds?state=done",
        "/api/v1/builds?result=red",
        "/api/v1/builds?provider=hudson",
        "/api/v1/builds?since=yesterday",
        "/api/v1/builds?colour=red",
        "/api/v1/builds?q=a&q=b",
        "/api/v1/builds/1",
        "/api/v1/builds/00000000-0000-4000-8000-000000000000",
        "/api/v1/builds/00000000-0000-4000-8000-000000000000/steps",
        "/api/v1/builds/00000000-0000-4000-8000-000000000000/facts",
        "/api/v1/events?kind=explosion",
        "/api/v1/events?status=lost",
        "/api/v1/events/0",
        "/api/v1/events/x",
        "/api/v1/events/99",
        "/api/v1/subjects?kind=build",
        "/api/v1/subjects/azure_devops:contoso:work_item:9",
        "/api/v1/live?last_event_id=x",
        "/logs?date=2026-02-30",
    ];
    let problems: Vec<String> =
        targets.iter().map(|target| format!("{target}\n  {}", problem(target))).collect();
    assert_snapshot!(problems.join("\n"));
}

#[test]
fn a_cursor_of_another_list_is_not_taken() {
    let desk = Desk::open();
    post_builds(&desk, 1, 2);
    let page = desk.get_json("/api/v1/builds?limit=1");
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let answer = desk.send(get(&format!("/api/v1/events?cursor={cursor}"), &desk.key));
    assert_eq!(answer.status(), 400);
}

#[test]
fn a_link_to_the_next_page_does_not_repeat_the_key() {
    let desk = Desk::open();
    post_builds(&desk, 1, 2);
    let target = format!("/api/v1/builds?limit=1&apiKey={}", desk.key);
    let answer = desk.send(Request::get(&target).body(Body::empty()).expect("a request"));
    assert_eq!(answer.status(), 200);
    assert!(!header(&answer, "link").expect("a link").contains(&desk.key));
}

// ------------------------------------------------------------------ live

/// The next message of a stream, as its lines.
fn next_message(desk: &Desk, body: &mut Body) -> String {
    desk.wait(async {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(5), body.frame());
        let frame = frame.await.expect("in time").expect("not the end").expect("no error");
        String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text")
    })
}

fn listen(desk: &Desk, last: Option<i64>) -> Body {
    let mut request = Request::get("/api/v1/live").header("x-api-key", &desk.key);
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let answer = desk.open_stream(request.body(Body::empty()).expect("a request"));
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    answer.into_body()
}

#[test]
fn changes_are_told_as_they_are_committed() {
    let desk = Desk::open();
    let mut stream = listen(&desk, None);
    assert_eq!(next_message(&desk, &mut stream), ": listening\nretry: 2000\nid: 0\n\n");
    desk.post_fixture("buildkite/build.finished.json");
    desk.step_all();
    let build = desk.get_json("/api/v1/builds")["items"][0]["id"].clone();
    let source = desk.get_json("/api/v1/sources")["items"][0]["id"].clone();
    let told: Vec<String> = (0..3).map(|_| next_message(&desk, &mut stream)).collect();
    assert_eq!(
        told,
        [
            format!("data: {{\"kind\":\"build\",\"id\":{build},\"version\":2}}\n\n"),
            "data: {\"kind\":\"event\",\"id\":1,\"version\":2}\n\n".to_owned(),
            // Only the last one says that the commit was heard of.
            format!("data: {{\"kind\":\"source\",\"id\":{source},\"version\":2}}\nid: 2\n\n"),
        ]
    );
}

#[test]
fn a_listener_takes_up_where_it_stopped_or_starts_over() {
    let desk = Desk::open();
    for name in ["azure_devops/push.json", "azure_devops/build_complete.json"] {
        desk.post_fixture(name);
        desk.step_all();
    }
    let newest = desk.hub.bell().newest();
    // The first was the key's.
    assert_eq!(newest, CommitNo(3));

    let told = next_message(&desk, &mut listen(&desk, Some(2)));
    assert!(told.contains("\"version\":3"), "{told}");
    let told = next_message(&desk, &mut listen(&desk, Some(3)));
    assert!(told.starts_with(": listening"), "{told}");
    for unknown in [77, -1] {
        let told = next_message(&desk, &mut listen(&desk, Some(unknown)));
        assert_eq!(told, "event: reset\nretry: 2000\nid: 3\ndata: {\"version\":3}\n\n");
    }
    let request = get("/api/v1/live?last_event_id=2", &desk.key);
    let told = next_message(&desk, &mut desk.open_stream(request).into_body());
    assert!(told.contains("\"version\":3"), "{told}");
}

#[test]
fn keys_ring_and_a_revoked_one_hears_no_more() {
    let desk = Desk::open();
    let mut stream = listen(&desk, None);
    next_message(&desk, &mut stream);
    let wish = br#"{"name": "reader", "scopes": ["read"]}"#;
    let (status, made) = desk.request("POST", "/api/v1/keys", &[], wish);
    assert_eq!(status, 201);
    let made: Value = serde_json::from_slice(&made).expect("JSON");
    assert_eq!(
        next_message(&desk, &mut stream),
        "data: {\"kind\":\"key\",\"id\":2,\"version\":2}\nid: 2\n\n"
    );
    let request = get("/api/v1/live", made["key"].as_str().expect("a key"));
    let readers = desk.open_stream(request).into_body();
    assert_eq!(desk.request("DELETE", "/api/v1/keys/2", &[], b"").0, 204);
    // Would wait for ever.
    desk.wait(readers.collect()).expect("an end");
    assert!(next_message(&desk, &mut stream).contains("\"version\":3"), "others hear on");
}

#[test]
fn listeners_are_let_go_when_the_server_stops_and_are_not_too_many() {
    let desk = Desk::open();
    let streams: Vec<Body> = (0..256).map(|_| listen(&desk, None)).collect();
    let one_more = desk.open_stream(get("/api/v1/live", &desk.key));
    assert_eq!(one_more.status(), 503);
    assert_eq!(header(&one_more, "retry-after"), Some("1"));

    desk.hub.drain();
    for stream in streams {
        // Would wait for ever.
        let heard = desk.wait(stream.collect()).expect("an end").to_bytes();
        assert!(heard.len() < 100);
    }
    assert_eq!(desk.hub.bell().listeners(), 0);
}

// ------------------------------------------------------------------ the guides' addresses

/// The try-out of the second guide: no id, no publisher, no version, no containers.
fn try_out() -> Vec<u8> {
    json!({
        "subscriptionId": "test-sub-1",
        "notificationId": 1,
        "eventType": "git.push",
        "message": {"text": "Ada pushed to shop"},
        "resource": {
            "repository": {"name": "shop"},
            "pushedBy": {"displayName": "Ada"},
            "refUpdates": [{"name": "refs/heads/main"}],
        },
    })
    .to_string()
    .into_bytes()
}

#[test]
fn the_guides_see_their_own_shapes_before_and_after_an_event() {
    let desk = Desk::open();
    let fresh = desk.get_json("/webhooks/health");
    assert_eq!((&fresh["status"], &fresh["lastEvent"]), (&json!("unhealthy"), &Value::Null));
    assert_eq!(fresh["minutesSinceLastEvent"], -1);

    desk.post("/hooks/receive", &[], &try_out());
    desk.post("/hooks/receive", &[], &try_out());
    desk.post("/hooks/receive", &[], b"no JSON");
    let metrics = || {
        let accept = ("accept".to_owned(), "application/json".to_owned());
        let (_, body) = desk.request("GET", "/metrics", &[accept], b"");
        serde_json::from_slice::<Value>(&body).expect("JSON")
    };
    let unread = metrics();
    assert_eq!(unread["totalReceived"], 3, "counted before it was read");
    assert_eq!(unread["byEventType"]["git.push"], 1);
    desk.post_fixture("azure_devops/work_item_updated.json");
    desk.step_all();
    desk.hub.clock().advance(std::time::Duration::from_secs(61 * 60 + 30));

    let answers = json!({
        "/webhooks/health": desk.get_json("/webhooks/health"),
        "/webhooks/metrics": desk.get_json("/webhooks/metrics"),
        "/hooks/health": desk.get_json("/hooks/health"),
        "/metrics": metrics(),
        "/logs": desk.get_json("/logs?eventType=git.push"),
    });
    assert_json_snapshot!(answers);
    let health = Request::get("/webhooks/health").body(Body::empty()).expect("a request");
    assert_eq!(desk.send(health).status(), 200, "open to everyone");
}

#[test]
fn a_days_log_is_capped_and_goes_on_with_a_cursor() {
    let desk = Desk::open();
    let large = "x".repeat(3 << 20);
    for number in 0..4 {
        let body = json!({"eventType": "other", "id": number, "resource": {"text": large}});
        desk.post("/hooks/large", &[], body.to_string().as_bytes());
    }
    let day = NOW.to_string()[..10].to_owned();
    let first = desk.get_json(&format!("/logs?date={day}"));
    assert_eq!((&first["count"], &first["truncated"]), (&json!(2), &json!(true)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = desk.get_json(&format!("/logs?date={day}&cursor={cursor}"));
    assert_eq!((&second["count"], &second["truncated"]), (&json!(2), &json!(false)));
    assert_eq!(desk.get_json("/logs?date=2026-01-01")["count"], 0);
}

#[test]
fn prometheus_finds_known_series_from_the_first_scrape_on() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/build_complete.json");
    let answer = desk.send(get("/metrics", &desk.key));
    assert!(
        header(&answer, "content-type").expect("a type").starts_with("text/plain; version=0.0.4")
    );
    let text = text(&answer);
    let known: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    for name in [
        "creel_build_info",
        "creel_hooks_received_total",
        "creel_hooks_answer_duration_seconds_bucket",
        "creel_journal_commit_duration_seconds_bucket",
        "creel_journal_batch_entries_bucket",
        "creel_journal_queue_depth",
        "creel_entries_total",
        "creel_duplicates_total",
        "creel_entries_parked",
        "creel_processor_backlog_entries",
        "creel_live_listeners",
        "creel_disk_free_bytes",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    ] {
        assert!(known.contains(name), "{name} is missing: {known:?}");
    }
    assert!(text.contains("creel_processor_backlog_entries 1\n"), "{text}");
    assert!(text.contains("outcome=\"disk_low\"} 0\n"), "{text}");

    desk.step_all();
    let after = self::text(&desk.send(get("/metrics", &desk.key)));
    assert!(after.contains("creel_processor_backlog_entries 0\n"));
    assert!(after.contains("source=\"lumen-works\",id=\""), "{after}");
}

#[test]
fn a_problem_leads_to_a_page_that_explains_it() {
    let desk = Desk::open();
    let open =
        |target: &str| desk.send(Request::get(target).body(Body::empty()).expect("a request"));
    let answer = open("/api/v1/builds");
    let problem: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(problem["type"], "/problems/key_missing");
    assert_eq!(problem["request_id"].as_str(), header(&answer, "x-request-id"));
    let again: Value = serde_json::from_slice(open("/api/v1/builds").body()).expect("JSON");
    assert_ne!(problem["request_id"], again["request_id"]);
    for code in Code::ALL {
        let page = open(&format!("/problems/{}", code.as_str()));
        assert_eq!(page.status(), 200, "{code:?}");
        assert!(text(&page).contains(code.as_str()), "{}", text(&page));
    }
    assert_eq!(open("/problems/nothing").status(), 404);
}

#[test]
fn alive_lists_its_checks_when_asked() {
    let desk = Desk::open();
    let open =
        |target: &str| text(&desk.send(Request::get(target).body(Body::empty()).expect("made")));
    assert_eq!(open("/livez"), "ok");
    let verbose = format!("[+]process ok\ncreel {}\n", creel::version::full());
    assert_eq!(open("/livez?verbose"), verbose);
    assert_eq!(open("/healthz?verbose"), verbose);
}

/// Without pages built in, the notice that says how to get them; else the page that loads them.
#[test]
fn the_page_at_the_root_needs_nothing_from_elsewhere() {
    let desk = Desk::open();
    let open =
        |target: &str| desk.send(Request::get(target).body(Body::empty()).expect("a request"));
    let page = open("/");
    assert_eq!(page.status(), 200);
    let policy = header(&page, "content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'") || policy.starts_with("default-src 'self'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = text(&page);
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    assert!(!html.contains("style="), "the policy allows no inline style");
    let addresses = html.split("href=\"").skip(1).chain(html.split("src=\"").skip(1));
    for part in addresses {
        let target = part.split('"').next().expect("an address");
        // Named for feed readers; the page does not load it, and it takes a key.
        if target == "/builds.atom" {
            continue;
        }
        assert_eq!(open(target).status(), 200, "{target}");
    }
}

#[cfg(feature = "embed-ui")]
#[test]
fn every_address_of_a_page_answers_with_the_page_and_others_say_that_there_is_nothing() {
    let desk = Desk::open();
    let open = |target: &str, accept: &str| {
        let request = Request::get(target).header("accept", accept).body(Body::empty());
        desk.send(request.expect("a request"))
    };
    let index = text(&open("/", "text/html"));
    for target in [
        "/builds",
        "/builds/x",
        "/builds/x/logs/job:y%232",
        "/agents",
        "/events/7",
        "/subjects/a:b/c",
        "/sources/new/azure",
        "/setup",
    ] {
        let page = open(target, "text/html");
        assert_eq!((page.status().as_u16(), text(&page)), (200, index.clone()), "{target}");
        assert_eq!(header(&page, "cache-control"), Some("no-store"), "{target}");
    }
    let lost = open("/nothing/here", "text/html,*/*");
    assert_eq!((lost.status().as_u16(), text(&lost)), (404, index));
    let program = open("/nothing/here", "*/*");
    assert_eq!(header(&program, "content-type"), Some("application/problem+json"));
    let asset = open("/assets/nothing.js", "text/html");
    assert_eq!(asset.status(), 404);
}

#[cfg(feature = "embed-ui")]
#[test]
fn home_and_a_build_say_without_a_script_what_they_can_to_whom_may_read_it() {
    let desk = Desk::open();
    let body = json!({
        "subscriptionId": "7f9c0c1e-0000-4000-8000-000000000001",
        "notificationId": 1,
        "id": "7f9c0c1e-0000-4000-9000-000000000001",
        "eventType": "build.complete",
        "publisherId": "tfs",
        "resource": {
            "id": 7, "buildNumber": "7", "status": "completed", "result": "failed",
            "startTime": "2026-03-02T10:00:00Z", "finishTime": "2026-03-02T10:04:30Z",
            "definition": {"id": 3, "name": "<b>shop</b> & co"},
            "project": {"id": "7f9c0c1e-0000-4000-a000-000000000001", "name": "Web"},
            "sourceBranch": "refs/heads/main",
        },
        "resourceContainers": {"collection": {"id": "7f9c0c1e-0000-4000-b000-000000000001"}},
        "createdDate": "2026-03-02T10:04:31Z",
    });
    desk.post("/webhooks/azure", &[], body.to_string().as_bytes());
    desk.step_all();
    let id = ids(&desk.get_json("/api/v1/builds"))[0].to_owned();

    let read = |target: &str, key: &str| {
        let page = desk.send(get(target, key));
        assert_eq!((page.status().as_u16(), header(&page, "content-encoding")), (200, None));
        text(&page)
    };
    let home = read("/", &desk.key);
    assert!(home.contains("&lt;b&gt;shop&lt;/b&gt; &amp; co, main: failed"), "{home}");
    assert!(home.contains(&format!("href=\"/builds/{id}\"")), "{home}");
    let build = read(&format!("/builds/{id}"), &desk.key);
    assert!(
        build.contains("<title>&lt;b&gt;shop&lt;/b&gt; &amp; co #7: failed · Creel</title>"),
        "{build}"
    );
    assert!(
        build.contains("failed, main, started 2026-03-02T10:00:00.000Z, took 4m 30s"),
        "{build}"
    );
    assert!(!build.contains("<b>"), "{build}");

    // Whoever may not read it, and whoever asks for what is not there, gets the page alone.
    let bare = read("/settings", "creel_wrong");
    for (target, key) in [
        ("/", "creel_wrong"),
        (&*format!("/builds/{id}"), "creel_wrong"),
        ("/builds/x", &*desk.key),
    ] {
        assert_eq!(read(target, key), bare, "{target}");
    }
}

#[test]
fn readiness_says_why_not_in_the_words_that_are_asked_for() {
    let desk = Desk::open();
    desk.hub.drain();
    let (status, text) = desk.request("GET", "/readyz", &[], b"");
    assert_eq!(status, 503);
    assert!(String::from_utf8_lossy(&text).contains("[-]stopping failed"));
    let accept = ("accept".to_owned(), "application/problem+json".to_owned());
    let (status, problem) = desk.request("GET", "/readyz", &[accept], b"");
    let problem: Value = serde_json::from_slice(&problem).expect("JSON");
    assert_eq!((status.as_u16(), &problem["status"]), (503, &json!(503)));
    assert_eq!(problem["detail"], "stopping: the server is stopping");
}

#[test]
fn an_entry_that_is_not_read_yet_is_not_queued_twice() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/push.json");
    let (status, _) = desk.request("POST", "/api/v1/events/1/replay", &[], b"");
    assert_eq!(status, 200);
    desk.step_all();
    assert_eq!(desk.get_json("/webhooks/metrics")["byType"]["git.push"], 1);
    assert_eq!(desk.hub.journal().last(), EntryId(1));
}

#[test]
fn pipelines_show_the_newest_builds_of_the_branch_that_matters() {
    let desk = Desk::open();
    for hook in (0..80).flat_map(|seed| build_story(seed).hooks) {
        desk.post_hook(&hook);
    }
    desk.step_all();
    let all = desk.get_json("/api/v1/pipelines?limit=500");
    let items = all["items"].as_array().expect("items");
    assert!(items.len() > 5, "{}", items.len());
    let times: Vec<&str> = items.iter().map(|i| i["last_build_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "the newest first: {times:?}");
    for item in items {
        let strip = item["builds"].as_array().expect("builds");
        let (pipeline, source) =
            (item["pipeline"].as_str().unwrap(), item["source"].as_str().unwrap());
        let Some(branch) = item["branch"].as_str() else { continue };
        let target =
            format!("/api/v1/builds?pipeline={pipeline}&source={source}&branch={branch}&limit=30");
        let builds = desk.get_json(&target);
        let of_no_pull_request: Vec<&Value> = builds["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|build| build["pull_request"].is_null())
            .map(|build| &build["id"])
            .collect();
        assert_eq!(strip.iter().map(|build| &build["id"]).collect::<Vec<_>>(), of_no_pull_request);
    }
    // Page by page it is the same list.
    let mut paged = Vec::new();
    let mut target = "/api/v1/pipelines?limit=3".to_owned();
    loop {
        let page = desk.get_json(&target);
        paged.extend(page["items"].as_array().expect("items").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        target = format!("/api/v1/pipelines?limit=3&cursor={cursor}");
    }
    assert_eq!(&paged, items);
    let first = &items[0];
    let named =
        desk.get_json(&format!("/api/v1/pipelines?q={}", first["pipeline"].as_str().unwrap()));
    assert!(named["items"].as_array().expect("items").contains(first));
    assert_eq!(desk.get_json("/api/v1/pipelines?source=nobody")["items"], json!([]));
}

fn buildkite_build(number: i64, branch: &str, more: &Value) -> Value {
    let url = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop";
    let mut body = json!({
        "event": "build.finished",
        "build": {
            "id": format!("0195a7c0-1111-7000-8000-{number:012}"), "number": number,
            "url": format!("{url}/builds/{number}"), "state": "passed", "branch": branch,
            "started_at": "2026-03-02T10:00:00Z", "finished_at": "2026-03-02T10:04:00Z",
        },
        "pipeline": {"slug": "shop", "url": url},
    });
    for (name, value) in more.as_object().expect("an object") {
        body["pipeline"][name] = value.clone();
    }
    body
}

#[test]
fn no_branch_is_taken_for_the_default_before_there_is_a_reason() {
    let desk = Desk::open();
    let mut number = 0;
    let mut built = |branch: &str, more: Value| {
        number += 1;
        let body = buildkite_build(number, branch, &more);
        desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
        desk.step_all();
        let pipeline = desk.get_json("/api/v1/pipelines")["items"][0].clone();
        let builds = pipeline["builds"].as_array().expect("builds").len();
        (pipeline["branch"].clone(), pipeline["branch_is_default"] == true, builds)
    };
    assert_eq!(built("topic", json!({})), (json!("topic"), false, 1));
    for count in 2..5 {
        assert_eq!(built("topic", json!({})), (json!("topic"), false, count));
    }
    assert_eq!(built("topic", json!({})), (json!("topic"), true, 5), "most builds are of it");
    assert_eq!(built("main", json!({})), (json!("main"), true, 1), "it is called so");
    let told = json!({"default_branch": "next"});
    assert_eq!(built("topic", told), (json!("next"), true, 0), "the provider says so");
    assert_eq!(built("next", json!({})), (json!("next"), true, 1));
}

#[test]
fn builds_of_a_pull_request_are_found_by_its_number() {
    let desk = Desk::open();
    for (number, pull_request) in
        [(1, json!(null)), (2, json!({"id": "77"})), (3, json!({"id": "8"}))]
    {
        let mut body = buildkite_build(number, "topic", &json!({}));
        body["build"]["pull_request"] = pull_request;
        desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
    }
    desk.step_all();
    let numbers = |query: &str| -> Vec<i64> {
        let page = desk.get_json(&format!("/api/v1/builds?{query}"));
        items(&page).iter().map(|build| build["number"].as_i64().expect("a number")).collect()
    };
    assert_eq!(numbers("pull_request=77"), [2]);
    assert_eq!(numbers("pull_request=77&branch=main"), [0; 0]);
    assert_eq!(numbers("pull_request=9"), [0; 0]);
    let refused = desk.send(get("/api/v1/builds?pull_request=x", &desk.key));
    assert_eq!(refused.status(), 400);
}

#[test]
fn sources_of_one_name_are_told_apart_by_their_ids() {
    let desk = Desk::open();
    post_builds(&desk, 1, 1);
    let mut body = buildkite_build(2, "main", &json!({}));
    body["build"]["url"] =
        "https://api.buildkite.com/v2/organizations/harbour/pipelines/shop/builds/2".into();
    desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
    desk.step_all();
    let sources = desk.get_json("/api/v1/sources");
    let sources: Vec<_> = items(&sources).iter().map(|one| (&one["name"], &one["id"])).collect();
    assert_eq!(sources.iter().filter(|(name, _)| *name == "harbour").count(), 2, "{sources:?}");
    for (_, id) in sources {
        let id = id.as_str().expect("an id");
        for list in ["builds", "pipelines"] {
            let page = desk.get_json(&format!("/api/v1/{list}?source={id}"));
            let ids: Vec<_> = items(&page).iter().map(|item| &item["source_id"]).collect();
            assert_eq!(ids, [id], "{list}");
        }
    }
    assert_eq!(items(&desk.get_json("/api/v1/builds?source=harbour")).len(), 2);
}

#[test]
fn what_says_nothing_of_whose_it_is_is_parked_and_makes_no_source() {
    let desk = Desk::open();
    let body =
        json!({"event": "build.finished", "build": {"id": 5, "number": "x"}, "pipeline": "no"});
    desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
    desk.step_all();
    let event = desk.get_json("/api/v1/events/1");
    assert_eq!((&event["status"], &event["path"]), (&json!("parked"), &json!(".")));
    assert!(event["reason"].as_str().expect("a reason").contains("whose it is"), "{event}");
    for list in ["builds", "sources", "pipelines"] {
        assert_eq!(desk.get_json(&format!("/api/v1/{list}"))["items"], json!([]), "{list}");
    }
}

#[test]
fn a_text_of_megabytes_is_kept_in_the_event_and_cut_in_the_record() {
    let desk = Desk::open();
    let mut body = buildkite_build(1, "main", &json!({}));
    body["build"]["message"] = format!("Fix \u{e9}{}", "\u{e9}".repeat(1_000_000)).into();
    body["build"]["state"] = "s".repeat(1_000_000).into();
    body["build"]["web_url"] = format!("https://buildkite.com/{}", "a".repeat(1_000_000)).into();
    body["pipeline"]["default_branch"] = "d".repeat(1_000_000).into();
    desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
    desk.step_all();
    let builds = desk.get_json("/api/v1/builds");
    let message = items(&builds)[0]["message"].as_str().expect("a message");
    assert!(message.len() < 5_000 && message.starts_with("Fix ") && message.ends_with('…'));
    for list in ["builds", "pipelines"] {
        let page = desk.get_json(&format!("/api/v1/{list}")).to_string();
        assert!(page.len() < 20_000, "{list}: {} bytes", page.len());
    }
    // A part of an address leads elsewhere.
    assert_eq!(items(&builds)[0]["url"], Value::Null);
}

#[test]
fn a_hook_of_ours_at_an_address_that_is_none_is_told_and_counts_for_nobody_else() {
    let desk = Desk::open();
    post_builds(&desk, 1, 1);
    desk.step_all();
    for (target, key) in [
        ("/webhooks/azur", &*desk.key),
        ("/webhooks/azur", "creel_wrong"),
        ("/webhooks/azure", "creel_wrong"),
    ] {
        let request = Request::post(target).header("x-api-key", key).body(Body::from("{}"));
        assert!(desk.send(request.expect("a request")).status().is_client_error());
    }
    desk.step_all();
    let refusals = desk.get_json("/api/v1/refusals");
    let mut told: Vec<_> = items(&refusals)
        .iter()
        .map(|one| format!("{} {} {}", one["code"], one["route"], one["provider"]))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [r#""key_unknown" "azure" "azure_devops""#, r#""not_found" "nowhere" "azure_devops""#,]
    );
    // The stranger at the right address may be anybody; the one at the wrong address is this source.
    let source = desk.get_json("/api/v1/sources")["items"][0].clone();
    assert_eq!(source["refused_24h"], 1, "{source}");
}
