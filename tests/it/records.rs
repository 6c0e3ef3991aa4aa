//! What becomes of stored hooks: echoes count once, identities meet, a fixed reader takes back what
//! a faulty one wrote, and sources say how they are.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::desk::Desk;

const COLLECTION: &str = "d7a1c6b2-90f3-4a88-8a0b-3f5f7f6f2e01";
const ACCOUNT: &str = "e4b2c7d3-11a4-4b99-9b1c-406f80710f02";

/// An Azure DevOps body with an identity of its own.
#[expect(clippy::needless_pass_by_value, reason = "always called with a literal")]
fn azure(subscription: u32, notification: u32, event: u32, kind: &str, resource: Value) -> Value {
    json!({
        "subscriptionId": format!("5b000000-0000-4000-8000-{subscription:012}"),
        "notificationId": notification,
        "id": format!("5b000000-0000-4000-9000-{event:012}"),
        "eventType": kind,
        "publisherId": "tfs",
        "resource": resource,
        "resourceVersion": "1.0",
        "resourceContainers": {
            "collection": {"id": COLLECTION, "baseUrl": "https://dev.azure.com/contoso/"},
            "account": {"id": ACCOUNT, "baseUrl": "https://dev.azure.com/contoso/"}
        },
        "createdDate": "2026-03-02T10:00:00Z"
    })
}

fn resolved(subscription: u32) -> Value {
    let resource = json!({
        "id": 2, "workItemId": 77, "rev": 4,
        "fields": {"System.State": {"oldValue": "Active", "newValue": "Resolved"}},
        "revision": {"id": 77, "rev": 4, "fields": {
            "System.Title": "Sign-in fails", "System.State": "Resolved",
            "System.TeamProject": "Web", "System.WorkItemType": "Bug"}}
    });
    azure(subscription, 1, 9, "workitem.updated", resource)
}

fn finished(build: i64, result: &str, finish: &str) -> Value {
    let resource = json!({
        "id": build, "buildNumber": format!("20260302.{build}"), "status": "completed",
        "result": result, "startTime": "2026-03-02T09:50:00Z", "finishTime": finish,
        "definition": {"id": 7, "name": "shop-ci"},
        "project": {"id": "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55", "name": "Web"},
        "sourceBranch": "refs/heads/main"
    });
    azure(
        1,
        u32::try_from(build).expect("small"),
        u32::try_from(build).expect("small"),
        "build.complete",
        resource,
    )
}

impl Desk {
    /// Change the books behind everyone's back, as a faulty version would have left them.
    fn tamper(&self, sql: &str) {
        let books = rusqlite::Connection::open(self.data().join("books.db")).expect("opens");
        books.execute_batch(sql).expect("tampered");
    }

    fn post_azure(&self, body: &Value) -> Value {
        self.post("/webhooks/azure", &[], body.to_string().as_bytes())
    }

    fn read(&self, target: &str) -> Value {
        let (status, body) = self.request("GET", target, &[], b"");
        let value: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(status, 200, "{value}");
        value
    }
}

#[test]
fn two_subscriptions_that_match_one_happening_are_an_event_and_its_echo() {
    let desk = Desk::open();
    desk.post_azure(&resolved(1));
    desk.post_azure(&resolved(2));
    desk.step_all();
    let events = desk.read("/api/v1/events");
    assert_eq!(events["items"][1]["echo_of"], Value::Null);
    assert_eq!(events["items"][0]["echo_of"], events["items"][1]["entry_id"], "{events}");
    let metrics = desk.read("/webhooks/metrics");
    assert_eq!(metrics["byType"]["state-change:Active->Resolved"], 1, "counted once: {metrics}");
    let subjects = desk.read("/api/v1/subjects?kind=work_item");
    assert_eq!(subjects["items"][0]["state"], "Resolved");
    assert_eq!(subjects["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn samples_that_share_an_event_id_are_no_echoes() {
    let desk = Desk::open();
    for name in ["shop", "cart"] {
        let mut body =
            azure(0, 1, 5, "git.push", json!({"repository": {"id": name, "name": name}}));
        body["subscriptionId"] = "00000000-0000-0000-0000-000000000000".into();
        assert_eq!(desk.post_azure(&body)["duplicate"], false);
    }
    desk.step_all();
    for event in desk.read("/api/v1/events")["items"].as_array().expect("items") {
        assert_eq!(event["echo_of"], Value::Null, "{event}");
    }
}

#[test]
fn what_a_faulty_reader_wrote_is_taken_back_by_reading_again() {
    let desk = Desk::open();
    desk.post_azure(&finished(4_211, "failed", "2026-03-02T09:58:00Z"));
    desk.post_azure(&resolved(1));
    desk.step_all();
    let right = desk.records();

    // A reader that took every failure for a success, and saw a second build that was never there.
    desk.tamper(
        "update fact set says = replace(says, '\"failure\"', '\"success\"'), decoder = 0;
         update build set result = 'success', fold = replace(fold, '\"failure\"', '\"success\"');
         update event set decoder = 0;",
    );
    assert_ne!(desk.records(), right);

    let (status, answer) = desk.request(
        "POST",
        "/api/v1/events/replay",
        &[("content-type".to_owned(), "application/json".to_owned())],
        br#"{"decoder_below": 1}"#,
    );
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((status.as_u16(), &answer["queued"]), (200, &json!(2)), "{answer}");
    desk.step_all();
    assert_eq!(desk.records(), right);
}

#[test]
fn a_parked_event_is_read_again_when_the_decoder_is_newer() {
    let desk = Desk::open();
    desk.post(
        "/webhooks/azure",
        &[],
        b"{\"eventType\": \"build.complete\", \"resource\": \"a text\"}",
    );
    desk.step_all();
    let parked = desk.read("/api/v1/events/1");
    assert_eq!((&parked["status"], &parked["answer"]), (&json!("parked"), &json!("stored")));
    assert!(parked["reason"].is_string() && parked["path"] == "resource", "{parked}");

    let processor = creel::workers::processor::Processor::of(&desk.hub);
    assert_eq!(processor.queue_parked().expect("queued"), 0, "this decoder has tried already");
    desk.tamper("update event set decoder = 0");
    assert_eq!(processor.queue_parked().expect("queued"), 1, "an older one had");
}

#[test]
fn a_build_known_by_number_first_and_by_uuid_later_is_one_build() {
    let uuid = "0195a7c0-1111-7000-8000-000000000042";
    let url = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/42";
    let by_number = json!({
        "event": "build.running",
        "build": {"url": url, "number": 42, "state": "running", "created_at": "2026-03-02 10:00:00 UTC"},
        "pipeline": {"slug": "shop"}
    });
    let whole = json!({
        "event": "build.finished",
        "build": {"id": uuid, "url": url, "number": 42, "state": "passed", "blocked": false,
                  "created_at": "2026-03-02 10:00:00 UTC", "started_at": "2026-03-02 10:00:05 UTC",
                  "finished_at": "2026-03-02 10:04:00 UTC"},
        "pipeline": {"slug": "shop", "name": "Shop"}
    });
    // Known by UUID from another message, before the number is known to be the same build.
    let by_uuid = json!({
        "event": "build.scheduled",
        "build": {"id": uuid, "state": "scheduled", "created_at": "2026-03-02 10:00:00 UTC",
                  "web_url": "https://buildkite.com/acme/shop"},
        "pipeline": {"url": "https://api.buildkite.com/v2/organizations/acme/pipelines/shop"}
    });
    let orders = [
        [&by_number, &whole, &by_uuid],
        [&by_uuid, &by_number, &whole],
        [&whole, &by_uuid, &by_number],
    ];
    let mut seen = Vec::new();
    for order in orders {
        let desk = Desk::open();
        for body in order {
            desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
            desk.step_all();
        }
        let builds = desk.read("/api/v1/builds");
        assert_eq!(builds["items"].as_array().map(Vec::len), Some(1), "{builds}");
        let build = &builds["items"][0];
        assert_eq!(build["external_id"], uuid);
        assert_eq!((&build["state"], &build["result"]), (&json!("finished"), &json!("success")));
        seen.push(build.clone());
    }
    assert!(seen.iter().all(|build| *build == seen[0]), "{seen:?}");
}

#[test]
fn an_id_from_before_a_merge_leads_to_the_build() {
    let desk = Desk::open();
    let url = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/43";
    let uuid = "0195a7c0-1111-7000-8000-000000000043";
    let post = |body: Value| {
        desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
        desk.step_all();
    };
    post(json!({"event": "build.running", "pipeline": {"slug": "shop"},
                "build": {"url": url, "number": 43, "state": "running"}}));
    let old = desk.read("/api/v1/builds")["items"][0]["id"].as_str().expect("an id").to_owned();
    post(
        json!({"event": "build.scheduled", "pipeline": {"url": "https://api.buildkite.com/v2/organizations/acme/pipelines/shop"},
                "build": {"id": uuid, "state": "scheduled"}}),
    );
    post(json!({"event": "build.finished", "pipeline": {"slug": "shop"},
                "build": {"id": uuid, "url": url, "number": 43, "state": "failed",
                          "finished_at": "2026-03-02 10:04:00 UTC"}}));
    let builds = desk.read("/api/v1/builds");
    assert_eq!(builds["items"].as_array().map(Vec::len), Some(1), "{builds}");
    let new = builds["items"][0]["id"].as_str().expect("an id").to_owned();
    for id in [&old, &new] {
        let (status, _) = desk.request("GET", &format!("/api/v1/builds/{id}"), &[], b"");
        let expected = if *id == new { 200 } else { 301 };
        assert_eq!(status.as_u16(), expected, "{id}");
    }
}

#[test]
fn a_source_known_by_name_first_and_by_guid_later_is_one_source() {
    let mut by_name = finished(1, "succeeded", "2026-03-02T09:58:00Z");
    by_name["resourceContainers"] = Value::Null;
    by_name["resource"]["url"] = "https://dev.azure.com/contoso/_apis/build/Builds/1".into();
    let mut by_guid = finished(2, "failed", "2026-03-02T09:59:00Z");
    by_guid["resourceContainers"] = json!({"collection": {"id": COLLECTION}});
    let whole = finished(3, "succeeded", "2026-03-02T10:00:00Z");
    for order in
        [[&by_name, &by_guid, &whole], [&whole, &by_guid, &by_name], [&by_guid, &whole, &by_name]]
    {
        let desk = Desk::open();
        for body in order {
            desk.post_azure(body);
            desk.step_all();
        }
        let sources = desk.read("/api/v1/sources");
        assert_eq!(sources["items"].as_array().map(Vec::len), Some(1), "{sources}");
        assert_eq!(sources["items"][0]["name"], "contoso");
        let builds = desk.read("/api/v1/builds?source=contoso");
        assert_eq!(builds["items"].as_array().map(Vec::len), Some(3), "{builds}");
        assert!(builds["items"].as_array().expect("items").iter().all(|b| b["project"] == "Web"));
    }
}

/// A build whose delivery knows these words of its source only.
fn told_by(build: i64, collection: Option<&str>, account: Option<&str>, name: bool) -> Value {
    let mut body = finished(build, "failed", "2026-03-02T09:58:00Z");
    body["resourceContainers"] = json!({});
    if let Some(id) = collection {
        body["resourceContainers"]["collection"] = json!({"id": id});
    }
    if let Some(id) = account {
        body["resourceContainers"]["account"] = json!({"id": id});
    }
    if name {
        body["resource"]["url"] = "https://dev.azure.com/contoso/_apis/build/Builds/1".into();
    }
    body
}

fn ids(desk: &Desk, target: &str, member: &str) -> Vec<String> {
    let page = desk.read(target);
    let items = page["items"].as_array().expect("items");
    let mut ids: Vec<_> =
        items.iter().map(|item| item[member].as_str().expect("an id").to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn public_ids_follow_from_the_best_word_for_a_source_and_the_old_ones_lead_there() {
    let by_name = told_by(1, None, None, true);
    let by_collection = told_by(2, Some(COLLECTION), None, false);
    let by_account = told_by(3, None, Some(ACCOUNT), false);
    let whole = told_by(4, Some(COLLECTION), Some(ACCOUNT), true);
    let pushed = {
        let repository = json!({"id": "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5", "name": "shop",
                                "url": "https://dev.azure.com/contoso/_apis/git/repositories/1"});
        let mut body = azure(1, 90, 90, "git.push", json!({"repository": repository}));
        body["resourceContainers"] = json!({});
        body
    };
    let mut seen = Vec::new();
    for order in [
        [&by_name, &pushed, &by_collection, &by_account, &whole],
        [&whole, &by_account, &by_collection, &pushed, &by_name],
        [&by_account, &by_name, &whole, &by_collection, &pushed],
    ] {
        let desk = Desk::open();
        let mut before = Vec::new();
        for body in order {
            desk.post_azure(body);
            desk.step_all();
            before.extend(ids(&desk, "/api/v1/builds", "id").into_iter().map(|id| ("builds", id)));
            let keys = ids(&desk, "/api/v1/subjects", "key");
            before.extend(keys.into_iter().map(|key| ("subjects", key)));
        }
        let now = ["builds?", "subjects?", "sources?"].map(|list| {
            let member = if list == "subjects?" { "key" } else { "id" };
            ids(&desk, &format!("/api/v1/{list}"), member)
        });
        assert_eq!((now[0].len(), now[2].len()), (4, 1), "{now:?}");
        assert_eq!(
            now[1],
            [format!("azure_devops:{COLLECTION}:repository:2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5")]
        );
        for (list, id) in before {
            let (status, _) = desk.request("GET", &format!("/api/v1/{list}/{id}"), &[], b"");
            let is_now = now.iter().flatten().any(|known| *known == id);
            let expected = if list == "subjects" || is_now { 200 } else { 301 };
            assert_eq!(status.as_u16(), expected, "{list} {id}");
        }
        seen.push(now);
    }
    assert!(seen.iter().all(|ids| *ids == seen[0]), "{seen:?}");
}

#[test]
fn a_name_that_two_collections_have_stands_for_neither() {
    let other = "d7a1c6b2-90f3-4a88-8a0b-3f5f7f6f2e02";
    let by_name = told_by(1, None, None, true);
    let (first, second) =
        (told_by(1, Some(COLLECTION), None, true), told_by(1, Some(other), None, true));
    let mut seen = Vec::new();
    for order in
        [[&by_name, &first, &second], [&first, &second, &by_name], [&second, &by_name, &first]]
    {
        let desk = Desk::open();
        for body in order {
            let mut body = body.clone();
            // Three deliveries of three subscriptions.
            body["subscriptionId"] = json!(body["resourceContainers"].to_string());
            desk.post_azure(&body);
            desk.step_all();
        }
        assert_eq!(ids(&desk, "/api/v1/sources", "id").len(), 3);
        assert_eq!(ids(&desk, "/api/v1/builds", "id").len(), 3);
        seen.push(desk.records());
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn a_source_says_when_its_hooks_come_with_less_than_all_details() {
    let desk = Desk::open();
    let details = |desk: &Desk| desk.read("/api/v1/sources")["items"][0]["details"].clone();
    desk.post_azure(&finished(1, "succeeded", "2026-03-02T09:58:00Z"));
    desk.step_all();
    assert_eq!(details(&desk), "all");
    desk.post_azure(&azure(
        1,
        50,
        50,
        "build.complete",
        json!({"id": 2, "url": "https://dev.azure.com/contoso/x/_apis/build/Builds/2"}),
    ));
    desk.step_all();
    assert_eq!(details(&desk), "minimal");
    desk.post_azure(&azure(1, 51, 51, "build.complete", Value::Null));
    desk.step_all();
    assert_eq!(details(&desk), "none");
    let source = desk.read("/api/v1/sources")["items"][0].clone();
    assert_eq!(source["health"], "degraded", "{source}");
}

#[test]
fn a_test_delivery_is_shown_and_makes_no_record() {
    let desk = Desk::open();
    let mut body = finished(1, "succeeded", "2026-03-02T09:58:00Z");
    body["resourceContainers"] =
        json!({"collection": {"id": "c12d0eb8-e382-443b-9f9c-c52cba5014c2"}});
    assert_eq!(desk.post_azure(&body)["status"], "test");
    desk.step_all();
    assert_eq!(desk.read("/api/v1/events")["items"][0]["answer"], "test");
    assert_eq!(desk.read("/api/v1/builds")["items"], json!([]));
    assert_eq!(desk.read("/api/v1/sources")["items"], json!([]));
}

#[test]
fn one_build_of_both_versions_and_of_its_run_has_one_result() {
    let desk = Desk::open();
    let finish = "2026-03-02T09:58:00.1234567Z";
    let two = finished(5, "partiallySucceeded", finish);
    let one = azure(
        2,
        1,
        5,
        "build.complete",
        json!({
            "id": 5, "buildNumber": "20260302.5", "status": "partiallySucceeded", "finishTime": finish,
            "startTime": "2026-03-02T09:50:00Z", "definition": {"id": 7, "name": "shop-ci"},
            "sourceGetVersion": "LG:refs/heads/main:9F3C2AB1D4E5F60718293A4B5C6D7E8F90A1B2C3"
        }),
    );
    let mut run = azure(
        3,
        1,
        6,
        "ms.vss-pipelines.run-state-changed-event",
        json!({
            "run": {"id": 5, "name": "20260302.5", "state": "completed", "result": "succeeded",
                    "finishedDate": "2026-03-02T09:58:00.9Z", "pipeline": {"id": 7, "name": "shop-ci"}}
        }),
    );
    run["publisherId"] = "pipelines".into();
    for body in [&run, &one, &two] {
        desk.post_azure(body);
    }
    desk.step_all();
    let builds = desk.read("/api/v1/builds");
    assert_eq!(builds["items"].as_array().map(Vec::len), Some(1), "{builds}");
    let build = &builds["items"][0];
    assert_eq!((&build["result"], &build["attempt"]), (&json!("unstable"), &json!(1)), "{build}");
    assert_eq!(build["commit"], "9f3c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3");
    assert_eq!(build["raw_result"], "partiallySucceeded");
}

#[test]
fn an_event_of_a_build_that_names_none_says_so() {
    let desk = Desk::open();
    let answer = desk.post_azure(&json!({"eventType": "build.complete", "resource": {}}));
    assert_eq!(answer["status"], "stored");
    desk.step_all();
    let event = desk.read("/api/v1/events/1");
    assert_eq!(event["builds"], json!([]));
    assert!(event["reason"].as_str().is_some_and(|reason| reason.contains("build")), "{event}");
}

#[test]
fn subscriptions_whose_names_differ_in_case_are_two() {
    let desk = Desk::open();
    for (subscription, build) in [("Team-A", 800), ("team-a", 801)] {
        let mut body = finished(build, "failed", "2026-03-02T09:58:00Z");
        body["subscriptionId"] = subscription.into();
        body["notificationId"] = 80.into();
        body["id"] = "e80".into();
        assert_eq!(desk.post_azure(&body)["status"], "stored", "{subscription}");
    }
    desk.step_all();
    assert_eq!(desk.read("/api/v1/builds")["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn builds_of_one_time_stand_in_the_order_of_their_ids_on_every_page() {
    let bodies: Vec<Value> =
        (1..12).map(|build| finished(build, "failed", "2026-03-02T09:58:00Z")).collect();
    let mut seen = Vec::new();
    for forwards in [true, false] {
        let desk = Desk::open();
        let mut bodies: Vec<&Value> = bodies.iter().collect();
        if !forwards {
            bodies.reverse();
        }
        for body in bodies {
            desk.post_azure(body);
        }
        desk.step_all();
        let mut ids = Vec::new();
        let mut target = "/api/v1/builds?limit=4".to_owned();
        loop {
            let page = desk.read(&target);
            let items = page["items"].as_array().expect("items");
            ids.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            target = format!("/api/v1/builds?limit=4&cursor={cursor}");
        }
        let mut sorted = ids.clone();
        sorted.sort();
        sorted.reverse();
        assert_eq!(ids, sorted);
        seen.push(ids);
    }
    assert_eq!(seen[0].len(), 11);
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_build_id_that_is_no_id_is_parked_with_its_path() {
    let desk = Desk::open();
    let odd = ["-5", "0", "12.5", "true", "{}", "92233720368547758080"];
    for (place, id) in odd.iter().enumerate() {
        let mut body = finished(1, "failed", "2026-03-02T09:58:00Z");
        body["subscriptionId"] = format!("subscription-{place}").into();
        body["resource"]["id"] = serde_json::from_str(id).expect("JSON");
        assert_eq!(desk.post_azure(&body)["status"], "stored", "{id}");
    }
    desk.step_all();
    let events = desk.read("/api/v1/events?status=parked");
    let items = events["items"].as_array().expect("items");
    assert_eq!(items.len(), odd.len(), "{events}");
    for item in items {
        let event = desk.read(&format!("/api/v1/events/{}", item["entry_id"]));
        assert_eq!(event["path"], "resource.id", "{event}");
        assert!(event["reason"].as_str().is_some_and(|it| it.contains("whole number")), "{event}");
    }
    assert_eq!(desk.read("/api/v1/builds")["items"], json!([]));
    // Its envelope says whom it comes from, and that source does not look well.
    let source = &desk.read("/api/v1/sources")["items"][0];
    assert_eq!(source["parked_24h"], odd.len(), "{source}");
    assert_eq!(source["health"], "degraded", "{source}");
}

#[test]
fn a_stage_that_is_tried_again_reopens_its_build_without_telling_a_start() {
    for (state, expected) in [("running", "running"), ("waiting", "waiting")] {
        let stage = json!({"runId": 6, "stage": {"name": "Ship", "state": state, "attempt": 2}});
        let again = azure(2, 1, 77, "ms.vss-pipelines.stage-state-changed-event", stage);
        let first = finished(6, "failed", "2026-03-02T09:58:00Z");
        let second = {
            let mut body = finished(6, "succeeded", "2026-03-02T10:30:00Z");
            body["notificationId"] = 60.into();
            body["id"] = "5b000000-0000-4000-9000-000000000060".into();
            body
        };
        let orders =
            [[&first, &again, &second], [&again, &first, &second], [&second, &again, &first]];
        for (place, order) in orders.into_iter().enumerate() {
            let desk = Desk::open();
            for (told, body) in order.into_iter().enumerate() {
                desk.post_azure(body);
                desk.step_all();
                let build = desk.read("/api/v1/builds")["items"][0].clone();
                let shown = (&build["state"], &build["attempt"], &build["result"]);
                if told == 1 && place < 2 {
                    assert_eq!(shown, (&json!(expected), &json!(2), &Value::Null), "{build}");
                }
                if told == 2 {
                    let over = (&json!("finished"), &json!(2), &json!("success"));
                    assert_eq!(shown, over, "{build}");
                }
            }
        }
    }
}

#[test]
fn a_pipeline_is_called_what_the_latest_message_called_it_in_any_order() {
    // (build, time of the message, name): the build that was queued first is told of last.
    let told = [
        (1, "2026-03-02T10:00:00Z", Some("shop-ci (new)")),
        (2, "2026-03-02T09:30:00Z", Some("shop-ci (old)")),
        (3, "2026-03-02T10:30:00Z", None),
        (4, "2026-03-02T08:00:00Z", Some("shop-ci (first)")),
    ];
    let body = |(build, at, name): (i64, &str, Option<&str>)| {
        let mut body = finished(build, "succeeded", at);
        body["createdDate"] = at.into();
        body["resource"]["definition"]["name"] = name.map_or(Value::Null, Value::from);
        body
    };
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
    for (order, together) in orders.into_iter().flat_map(|order| [(order, true), (order, false)]) {
        let desk = Desk::open();
        for index in order {
            desk.post_azure(&body(told[index]));
            if !together {
                desk.step_all();
            }
        }
        desk.step_all();
        let builds = desk.read("/api/v1/builds");
        let names: Vec<_> = builds["items"]
            .as_array()
            .expect("builds")
            .iter()
            .map(|build| build["pipeline"].clone())
            .collect();
        assert_eq!(names, vec![json!("shop-ci (new)"); 4], "{order:?}, together: {together}");
    }
}

#[test]
fn a_damaged_entry_is_parked_and_holds_up_nobody() {
    let desk = Desk::open();
    desk.post_azure(&finished(1, "succeeded", "2026-03-02T10:00:00Z"));
    desk.post_azure(&finished(2, "succeeded", "2026-03-02T10:00:00Z"));
    let journal = rusqlite::Connection::open(desk.data().join("journal.db")).expect("opens");
    journal.execute("update entry set packed = x'00' where id = 1", []).expect("damaged");
    desk.step_all();
    let event = desk.read("/api/v1/events/1");
    assert_eq!(event["status"], "parked");
    let reason = event["reason"].as_str().expect("a reason");
    assert!(reason.contains("damaged"), "{reason}");
    assert_eq!(desk.read("/api/v1/builds")["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_address_with_a_thousand_tokens_is_stored_and_read() {
    let desk = Desk::open();
    let target = format!("/webhooks/azure?{}", "azpToken=a&".repeat(2_600));
    let body = finished(1, "succeeded", "2026-03-02T10:00:00Z").to_string();
    let answer = desk.post(&target, &[], body.as_bytes());
    assert_eq!(answer["status"], "stored");
    desk.step_all();
    assert_eq!(desk.read("/api/v1/builds")["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_number_that_a_new_pipeline_gives_again_makes_another_build() {
    let build = |uuid: &str, state: &str| {
        json!({
            "event": "build.finished",
            "build": {"id": uuid, "number": 1, "state": state, "finished_at": "2026-03-02 10:04:00 UTC",
                      "url": "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/1"},
            "pipeline": {"slug": "shop"}
        })
    };
    let old = build("0195a7c0-1111-7000-8000-000000000001", "passed");
    let new = build("0195a7c0-2222-7000-8000-000000000001", "failed");
    for order in [[&old, &new], [&new, &old]] {
        let desk = Desk::open();
        for body in order {
            desk.post("/webhooks/buildkite", &[], body.to_string().as_bytes());
            desk.step_all();
        }
        let builds = desk.read("/api/v1/builds");
        let mut seen: Vec<_> = builds["items"]
            .as_array()
            .expect("builds")
            .iter()
            .map(|build| (build["external_id"].to_string(), build["result"].to_string()))
            .collect();
        seen.sort();
        let expected = [(&old, "success"), (&new, "failure")]
            .map(|(body, result)| (body["build"]["id"].to_string(), format!("\"{result}\"")));
        assert_eq!(seen, expected, "{builds}");
    }
}

#[test]
fn a_build_that_goes_on_with_the_start_it_had_is_no_echo_of_its_first_start() {
    let desk = Desk::open();
    let body = json!({
        "event": "build.running",
        "build": {"id": "0195a7c0-1111-7000-8000-000000000044", "number": 44, "state": "running",
                  "started_at": "2026-03-02 10:00:05 UTC", "created_at": "2026-03-02 10:00:00 UTC",
                  "url": "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/44"},
        "pipeline": {"slug": "shop"}
    });
    let mut delivery = 0;
    let mut post = || {
        delivery += 1;
        let id = ("x-buildkite-request".to_owned(), format!("delivery-{delivery}"));
        desk.post("/webhooks/buildkite", &[id], body.to_string().as_bytes());
        desk.step_all();
        desk.read(&format!("/api/v1/events/{delivery}"))["echo_of"].clone()
    };
    assert_eq!(post(), Value::Null);
    desk.hub.clock().advance(Duration::from_secs(2));
    assert_eq!(post(), 1, "a second service tells of the same start");
    desk.hub.clock().advance(Duration::from_mins(5));
    assert_eq!(post(), Value::Null, "somebody unblocked it");
    desk.hub.clock().advance(Duration::from_secs(2));
    assert_eq!(post(), 3, "which the second service tells of as well");
}

#[test]
fn an_event_that_is_to_be_read_again_waits_until_it_was() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/build_complete.json");
    desk.post("/webhooks/azure", &[], b"no json");
    desk.step_all();
    let entries = |query: &str| -> Vec<i64> {
        let page = desk.read(&format!("/api/v1/events?{query}"));
        let items = page["items"].as_array().expect("events").iter();
        items.filter_map(|event| event["entry_id"].as_i64()).collect()
    };
    assert_eq!((entries("status=done"), entries("status=parked")), (vec![1], vec![2]));
    for entry in [1, 2] {
        let (status, _) = desk.request("POST", &format!("/api/v1/events/{entry}/replay"), &[], b"");
        assert!(status.is_success());
    }
    assert_eq!(entries("status=pending"), [2, 1]);
    assert_eq!((entries("status=done"), entries("status=parked")), (vec![], vec![]));
    assert_eq!(desk.read("/api/v1/events/1")["status"], "pending");
    desk.step_all();
    assert_eq!((entries("status=done"), entries("status=parked")), (vec![1], vec![2]));
}

#[test]
fn a_channel_may_be_called_what_a_page_is_called() {
    let desk = Desk::open();
    let answer = desk.post("/hooks/health", &[], b"{}");
    assert_eq!(answer["status"], "skipped");
    assert_eq!(desk.read("/hooks/health")["status"], "healthy");
}

#[test]
fn a_fact_that_cannot_be_read_hides_no_other() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/run_started.json");
    desk.post_fixture("azure_devops/build_complete.json");
    desk.step_all();
    let results = || -> Vec<Value> {
        let builds = desk.read("/api/v1/builds");
        builds["items"].as_array().expect("builds").iter().map(|b| b["result"].clone()).collect()
    };
    let before = results();
    desk.tamper("update fact set says = '{' where entry = 1");
    for entry in [1, 2] {
        desk.request("POST", &format!("/api/v1/events/{entry}/replay"), &[], b"");
    }
    desk.step_all();
    assert_eq!(results(), before);
    for entry in [1, 2] {
        assert_eq!(desk.read(&format!("/api/v1/events/{entry}"))["status"], "done");
    }
}
