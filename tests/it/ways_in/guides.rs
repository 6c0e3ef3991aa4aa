//! `docs/from-the-guides.md`, row by row.

use serde_json::{Value, json};

use super::{OLD, ask, bring_along, hex_hmac, post, read};
use crate::support::desk::{Desk, NOW};
use crate::support::receiver::Receiver;
use crate::support::server::{Server, creel, eventually, make_key};
use creel::config::Overrides;
use creel::outbound::Client;
use creel::workers::forwarder::Forwarder;

const PROJECT: &str = "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55";

/// An envelope as the guides show it.
fn envelope(subscription: &str, number: u64, event_type: &str) -> Value {
    json!({
        "subscriptionId": subscription,
        "notificationId": number,
        "id": format!("{subscription}/{number}"),
        "eventType": event_type,
        "publisherId": "tfs",
        "message": {"text": format!("event {number}")},
        "resource": {"id": number},
        "resourceContainers": {"project": {"id": PROJECT}},
        "createdDate": "2026-02-13T14:30:00.000Z"
    })
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

/// A team whose receiver was configured by this variable.
fn team(variable: &str) -> Desk {
    Desk::open_with(&[(variable, OLD)])
}

fn webhook(desk: &Desk, body: &[u8]) -> (u16, Value) {
    post(desk, "/webhooks/azure-devops", &[("x-webhook-secret", OLD)], body)
}

fn hook(desk: &Desk, body: &[u8]) -> (u16, Value) {
    post(desk, "/hooks/receive", &[("x-hook-secret", OLD)], body)
}

#[test]
fn g1_the_first_receivers_address_and_header() {
    let (status, answer) = webhook(&team("WEBHOOK_SECRET"), &bytes(&envelope("s", 1, "git.push")));
    assert_eq!((status, &answer["received"]), (200, &json!(true)), "{answer}");
}

#[test]
fn g2_the_second_receivers_address_and_header() {
    let (status, answer) = hook(&team("HOOK_SECRET"), &bytes(&envelope("s", 1, "git.push")));
    assert_eq!((status, &answer["received"]), (200, &json!(true)), "{answer}");
}

#[test]
fn g3_a_channel_is_kept_on_the_event() {
    let desk = team("HOOK_SECRET");
    let headers = [("x-hook-secret", OLD)];
    post(&desk, "/hooks/deployments", &headers, &bytes(&envelope("s", 1, "git.push")));
    hook(&desk, &bytes(&envelope("s", 2, "git.push")));
    desk.step_all();
    let events = desk.get_json("/api/v1/events?channel=deployments");
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "{events}");
}

#[test]
fn g4_the_variables_make_keys_and_can_be_let_go() {
    for variable in ["WEBHOOK_SECRET", "HOOK_SECRET"] {
        let desk = team(variable);
        let listed = desk.get_json("/api/v1/keys");
        assert_eq!(listed["items"][0]["name"], format!("environment variable {variable}"));
        let without = desk.reopened_with(&[]);
        assert_eq!(hook(&without, &bytes(&envelope("s", 1, "git.push"))).0, 401);
        bring_along(&without, OLD, false);
        assert_eq!(hook(&without, &bytes(&envelope("s", 1, "git.push"))).0, 200);
    }
}

#[test]
fn g5_the_port_is_taken_from_its_variable() {
    let environment = [("PORT".to_owned(), "4000".to_owned())];
    let config =
        creel::config::Config::load(&Overrides::default(), &environment).expect("settings");
    assert_eq!(config.listen.to_string(), "127.0.0.1:4000");
}

#[test]
fn g6_the_project_of_the_variable_is_the_one_that_is_recorded() {
    let desk = Desk::open_with(&[("WEBHOOK_SECRET", OLD), ("AZURE_PROJECT_ID", PROJECT)]);
    assert_eq!(webhook(&desk, &bytes(&envelope("s", 1, "build.complete"))).1["status"], "stored");
}

#[test]
fn g7_without_a_secret_everything_is_refused() {
    let desk = Desk::open();
    let body = bytes(&envelope("s", 1, "git.push"));
    for target in ["/webhooks/azure-devops", "/hooks/receive", "/hooks/any"] {
        assert_eq!(post(&desk, target, &[], &body).0, 401, "{target}");
    }
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/events")["items"], json!([]));
}

#[test]
fn g8_there_is_no_default_secret_and_no_prefix_is_enough() {
    let desk = team("HOOK_SECRET");
    let body = bytes(&envelope("s", 1, "git.push"));
    let longer = format!("{OLD}x");
    for wrong in ["your-hook-secret-here", "your-secret-here", "my-secret", &OLD[..5], &longer, ""]
    {
        let headers = [("x-hook-secret", wrong)];
        assert_eq!(post(&desk, "/hooks/receive", &headers, &body).0, 401, "{wrong}");
    }
}

#[test]
fn g9_a_refusal_has_a_member_called_error() {
    let headers = [("x-webhook-secret", "wrong")];
    let body = bytes(&envelope("s", 1, "git.push"));
    let (status, problem) =
        post(&team("WEBHOOK_SECRET"), "/webhooks/azure-devops", &headers, &body);
    assert_eq!(status, 401);
    assert!(problem["error"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    assert_eq!(problem["code"], "key_unknown");
}

#[test]
fn g10_a_signature_counts_over_the_bytes_as_they_were_sent() {
    let desk = team("WEBHOOK_SECRET");
    let sent = b"{ \"eventType\": \"git.push\", \"resource\": {\"size\": 1.0} }";
    let written_anew = b"{\"eventType\":\"git.push\",\"resource\":{\"size\":1}}";
    let send = |signature: &str| {
        let headers = [("x-hub-signature", signature)];
        post(&desk, "/webhooks/azure-devops", &headers, sent)
    };
    let (status, problem) = send(&hex_hmac(OLD, &[written_anew]));
    assert_eq!((status, &problem["code"]), (401, &json!("signature_bad")), "{problem}");
    assert_eq!(send(&hex_hmac(OLD, &[sent])).0, 200);
    assert_eq!(send(&format!("sha256={}", hex_hmac(OLD, &[sent]))).0, 200);
}

#[test]
fn g11_a_body_without_an_event_type_is_kept_and_answered_200() {
    for send in [webhook, hook] {
        let desk = team("WEBHOOK_SECRET");
        let (status, answer) = send(&desk, b"{\"resource\": {}}");
        assert_eq!((status, &answer["status"]), (200, &json!("parked")), "{answer}");
        assert!(answer["reason"].as_str().is_some_and(|r| r.contains("eventType")), "{answer}");
    }
}

#[test]
fn g12_another_project_is_kept_and_answered_200() {
    let other = "11111111-1b7a-4a0d-9f43-2f6f4f0c1a55";
    let desk = Desk::open_with(&[("WEBHOOK_SECRET", OLD), ("AZURE_PROJECT_ID", other)]);
    let (status, answer) = webhook(&desk, &bytes(&envelope("s", 1, "build.complete")));
    assert_eq!((status, &answer["status"]), (200, &json!("skipped")), "{answer}");
    assert!(answer["reason"].as_str().is_some_and(|r| r.contains("project")), "{answer}");
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/builds")["items"], json!([]));
    assert_eq!(desk.get_json("/api/v1/events")["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn g13_the_first_receivers_answers_are_still_there() {
    let desk = team("WEBHOOK_SECRET");
    let body = bytes(&envelope("s", 1, "git.push"));
    let (_, first) = webhook(&desk, &body);
    assert_eq!((&first["received"], &first["duplicate"]), (&json!(true), &json!(false)));
    let (_, second) = webhook(&desk, &body);
    assert_eq!((&second["received"], &second["duplicate"]), (&json!(true), &json!(true)));
    assert_eq!(first["entry_id"], second["entry_id"]);
}

#[test]
fn g14_the_status_says_what_is_known_at_the_answer() {
    let desk = team("HOOK_SECRET");
    let statuses: Vec<_> = ["build.complete", "git.push", "git.push", "some.thing"]
        .iter()
        .zip([1, 2, 2, 3])
        .map(|(kind, number)| hook(&desk, &bytes(&envelope("s", number, kind))).1["status"].clone())
        .collect();
    assert_eq!(statuses, ["stored", "skipped", "duplicate", "skipped"]);
}

#[test]
fn g15_trouble_of_ours_is_answered_so_that_it_is_sent_again() {
    let desk = Desk::open_with(&[("CREEL_LIMITS__DISK_LOW", "1024TiB"), ("HOOK_SECRET", OLD)]);
    let headers = [("x-hook-secret", OLD)];
    let body = bytes(&envelope("s", 1, "git.push"));
    let answer = ask(&desk, "POST", "/hooks/receive", &headers, &body);
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()),
        (503, &b"1"[..])
    );
    let again = desk.reopened_with(&[("HOOK_SECRET", OLD)]);
    assert_eq!(hook(&again, &body).1["duplicate"], false, "nothing was stored by halves");
}

#[test]
fn g16_a_body_may_have_sixteen_mebibytes() {
    let desk = team("HOOK_SECRET");
    let of = |bytes: usize| {
        let mut body = json!({"eventType": "git.push", "resource": {"x": ""}});
        let rest = bytes - body.to_string().len();
        body["resource"]["x"] = "x".repeat(rest).into();
        body.to_string().into_bytes()
    };
    assert_eq!(hook(&desk, &of(2 * 1024 * 1024)).0, 200);
    assert_eq!(hook(&desk, &of(16 * 1024 * 1024)).0, 200);
    assert_eq!(hook(&desk, &of(16 * 1024 * 1024 + 1)).0, 413);
}

#[test]
fn g17_a_known_sender_has_no_rate_and_a_stranger_has() {
    let desk = team("HOOK_SECRET");
    for number in 0..700 {
        assert_eq!(hook(&desk, &bytes(&envelope("s", number, "git.push"))).0, 200, "{number}");
    }
    let body = bytes(&envelope("s", 1, "git.push"));
    let statuses: Vec<_> = (0..700).map(|_| post(&desk, "/hooks/receive", &[], &body).0).collect();
    assert_eq!((statuses[0], statuses[699]), (401, 429));
    assert_eq!(hook(&desk, &body).0, 200, "others do not suffer for it");
}

#[test]
fn g18_an_event_survives_the_process_that_answered_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let reader = make_key(&data, "read");
    let start = || {
        Server::start_with(&data, |command| {
            command.env("HOOK_SECRET", OLD);
        })
    };
    let server = start();
    let headers = [("x-hook-secret", OLD)];
    let body = bytes(&envelope("s", 1, "build.complete"));
    assert_eq!(server.post("/hooks/receive", &headers, &body).status, 200);
    server.kill();
    let server = start();
    server.wait_until_read(&reader);
    assert_eq!(server.all("/api/v1/events", &reader).len(), 1);
}

#[test]
fn g19_a_repetition_is_known_days_later_and_after_a_restart() {
    let desk = team("HOOK_SECRET");
    let body = bytes(&envelope("s", 1, "git.push"));
    assert_eq!(hook(&desk, &body).1["duplicate"], false);
    desk.hub.clock().advance(std::time::Duration::from_hours(36));
    assert_eq!(hook(&desk, &body).1["duplicate"], true);
    let again = desk.reopened_with(&[("HOOK_SECRET", OLD)]);
    assert_eq!(hook(&again, &body).1["duplicate"], true);
}

#[test]
fn g20_two_subscriptions_may_use_the_same_number() {
    let desk = team("WEBHOOK_SECRET");
    for subscription in ["test-sub-1", "test-sub-2"] {
        let body = bytes(&envelope(subscription, 42, "git.push"));
        assert_eq!(webhook(&desk, &body).1["duplicate"], false, "{subscription}");
    }
}

#[test]
fn g21_the_receiver_and_its_handlers_go_on_behind() {
    let receiver = Receiver::answering(|received| {
        let knows = received.header("x-hook-secret") == Some(OLD);
        if knows { (200, json!({"status": "processed"})).into() } else { 401.into() }
    });
    let url = receiver.url("{path}");
    let desk = Desk::open_with(&[("HOOK_SECRET", OLD), ("CREEL_FORWARD__URL", &url)]);
    let body = bytes(&envelope("s", 1, "git.push"));
    hook(&desk, &body);
    let client = Client::new().expect("a client");
    let target = &desk.hub.forwards().targets()[0];
    let mut forwarder = desk.wait(Forwarder::begin(&desk.hub, target, &client)).expect("begins");
    desk.wait(forwarder.step()).expect("a step");
    let got = receiver.got().remove(0);
    assert_eq!((got.path(), &got.body), ("/hooks/receive", &body));
    assert_eq!(read(&desk, "/api/v1/forwards", &[])["items"][0]["taken"], 1);
}

#[test]
fn g22_health_of_the_first_receiver_in_both_its_shapes() {
    let desk = team("WEBHOOK_SECRET");
    let health = || {
        let answer = ask(&desk, "GET", "/webhooks/health", &[], b"");
        assert_eq!(answer.status(), 200);
        serde_json::from_slice::<Value>(answer.body()).expect("JSON")
    };
    let before = health();
    assert_eq!(
        (&before["status"], &before["minutesSinceLastEvent"]),
        (&json!("unhealthy"), &json!(-1))
    );
    webhook(&desk, &bytes(&envelope("s", 1, "git.push")));
    desk.step_all();
    let after = health();
    assert_eq!(
        (&after["status"], &after["received"], &after["processed"]),
        (&json!("healthy"), &json!(1), &json!(1))
    );
    assert_eq!(after["eventCounts"], json!({"git.push": 1}));
    assert_eq!(after["metrics"]["byType"], json!({"git.push": 1}));
    let mut members: Vec<_> = after.as_object().expect("an object").keys().cloned().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "errors",
            "eventCounts",
            "lastEvent",
            "metrics",
            "minutesSinceLastEvent",
            "processed",
            "received",
            "sources",
            "status",
            "uptime"
        ]
    );
    for (minutes, status) in
        [(60, "healthy"), (61, "degraded"), (240, "degraded"), (241, "unhealthy")]
    {
        let since = desk.hub.clock().now().0 - NOW.0;
        let left = minutes * 60_000 - u64::try_from(since).expect("later");
        desk.hub.clock().advance(std::time::Duration::from_millis(left));
        assert_eq!(health()["status"], status, "after {minutes} minutes");
    }
}

#[test]
fn g23_counts_of_the_first_receiver_need_a_key() {
    let desk = team("WEBHOOK_SECRET");
    let mut body = envelope("s", 1, "workitem.updated");
    body["resource"] = json!({
        "id": 3, "workItemId": 77, "rev": 4,
        "fields": {"System.State": {"oldValue": "Active", "newValue": "Resolved"}},
        "revision": {"id": 77, "rev": 4, "fields": {"System.Title": "x", "System.WorkItemType": "Bug"}}
    });
    webhook(&desk, &bytes(&body));
    desk.step_all();
    assert_eq!(ask(&desk, "GET", "/webhooks/metrics", &[], b"").status(), 401);
    assert_eq!(ask(&desk, "GET", "/webhooks/metrics", &[("x-api-key", OLD)], b"").status(), 403);
    let metrics = read(&desk, "/webhooks/metrics", &[]);
    assert_eq!((&metrics["received"], &metrics["errors"]), (&json!(1), &json!(0)), "{metrics}");
    assert_eq!(
        metrics["byType"],
        json!({"workitem.updated": 1, "state-change:Active->Resolved": 1})
    );
    assert!(metrics["lastEvent"].is_string() && metrics["processed"] == 1, "{metrics}");
}

#[test]
fn g24_health_of_the_second_receiver() {
    let desk = team("HOOK_SECRET");
    hook(&desk, &bytes(&envelope("s", 1, "git.push")));
    desk.step_all();
    let answer = ask(&desk, "GET", "/hooks/health", &[], b"");
    let health: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(
        health,
        json!({"status": "healthy", "registeredHandlers": [], "processedCount": 1, "uptime": 0})
    );
}

#[test]
fn g25_counts_of_the_second_receiver_are_json_for_who_asks_for_json() {
    let desk = team("HOOK_SECRET");
    hook(&desk, &bytes(&envelope("s", 1, "git.push")));
    assert_eq!(ask(&desk, "GET", "/metrics", &[("accept", "application/json")], b"").status(), 401);
    let metrics = read(&desk, "/metrics", &[("accept", "application/json")]);
    let last = metrics["lastEvent"].clone();
    assert!(last.is_string());
    assert_eq!(
        metrics,
        json!({"totalReceived": 1, "byEventType": {"git.push": 1}, "byChannel": {}, "errors": 0, "lastEvent": last})
    );
    let bearer = format!("Bearer {}", desk.key);
    let text = ask(&desk, "GET", "/metrics", &[("authorization", &bearer)], b"");
    assert!(String::from_utf8_lossy(text.body()).contains("creel_hooks_received_total"));
}

#[test]
fn g26_the_log_of_a_day_needs_a_key_and_has_its_shape() {
    let desk = team("HOOK_SECRET");
    hook(&desk, &bytes(&envelope("test-sub-1", 1, "git.push")));
    hook(&desk, &bytes(&envelope("test-sub-1", 2, "build.complete")));
    assert_eq!(ask(&desk, "GET", "/logs", &[], b"").status(), 401);
    let today = NOW.to_string();
    let logs = read(&desk, &format!("/logs?date={}&eventType=git.push", &today[..10]), &[]);
    assert_eq!((&logs["count"], &logs["truncated"]), (&json!(1), &json!(false)), "{logs}");
    assert_eq!(logs["date"], today[..10]);
    assert_eq!(
        logs["events"][0],
        json!({"timestamp": NOW, "eventType": "git.push", "subscriptionId": "test-sub-1",
               "notificationId": 1, "message": "event 1", "resource": {"id": 1}})
    );
}

#[test]
fn g27_the_try_out_is_taken_and_known_when_it_comes_again() {
    let desk = team("HOOK_SECRET");
    let body = json!({
        "subscriptionId": "test-sub-1", "notificationId": 1, "eventType": "git.push",
        "message": {"text": "Ada pushed 1 commit to main"},
        "resource": {"repository": {"name": "my-app"}, "refUpdates": [{"name": "refs/heads/main"}],
                     "pushedBy": {"displayName": "Ada"},
                     "commits": [{"commitId": "0a1b2c3d", "comment": "Fix sign-in"}]}
    });
    assert_eq!(hook(&desk, &bytes(&body)).1["status"], "skipped");
    assert_eq!(hook(&desk, &bytes(&body)).1["status"], "duplicate");
}

#[test]
fn g28_what_the_old_receiver_had_is_new_here_once() {
    let desk = team("HOOK_SECRET");
    let body = bytes(&envelope("s", 1, "git.push"));
    // The old one took it before the move; Azure DevOps did not hear the answer and repeats it.
    let answers = [hook(&desk, &body).1, hook(&desk, &body).1];
    assert_eq!(answers.map(|answer| answer["duplicate"].clone()), [json!(false), json!(true)]);
}

#[test]
fn the_commands_of_the_document_start_a_server_that_says_what_it_took_over() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let server = Server::start_with(&data, |command| {
        command.env("HOOK_SECRET", OLD);
    });
    eventually("it says so", || server.said().contains("HOOK_SECRET"));
    assert!(!server.said().contains(OLD));
    let listed = creel(&data, &["key", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("HOOK_SECRET"));
}
