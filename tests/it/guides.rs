//! The requests that two well-known guides print, sent as printed: their answers and their shapes.

use serde_json::{Value, json};

use crate::support::http::request;
use crate::support::server::{Server, creel, make_key};

const SECRET: &str = "your-hook-secret-here";

/// The try-out of the guides: a push without ids, containers or a publisher.
fn try_out() -> Vec<u8> {
    json!({
        "subscriptionId": "test-sub-1",
        "notificationId": 1,
        "eventType": "git.push",
        "message": {"text": "Ada pushed 2 commits to main"},
        "resource": {
            "repository": {"name": "my-app"},
            "refUpdates": [{"name": "refs/heads/main"}],
            "pushedBy": {"displayName": "Ada"},
            "commits": [
                {"commitId": "0a1b2c3d", "comment": "Fix sign-in"},
                {"commitId": "4e5f6071", "comment": "Update tests"}
            ]
        }
    })
    .to_string()
    .into_bytes()
}

struct Moved {
    server: Server,
    reader: String,
    _directory: tempfile::TempDir,
}

/// A team that comes with its own variable names.
fn moved(variable: &str) -> Moved {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let reader = make_key(&data, "read,admin");
    let server = Server::start_with(&data, |command| {
        command.env(variable, SECRET);
    });
    Moved { server, reader, _directory: directory }
}

#[test]
fn the_try_out_is_taken_and_counted_as_printed() {
    let moved = moved("HOOK_SECRET");
    let server = &moved.server;
    assert!(server.said().contains("HOOK_SECRET"), "the origin is printed: {}", server.said());
    let send =
        |secret: &str| server.post("/hooks/receive", &[("x-hook-secret", secret)], &try_out());

    let answer = send(SECRET);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let accepted = answer.json();
    assert_eq!((&accepted["received"], &accepted["status"]), (&json!(true), &json!("skipped")));
    let again = send(SECRET).json();
    assert_eq!((&again["duplicate"], &again["status"]), (&json!(true), &json!("duplicate")));
    let refused = send("wrong");
    assert_eq!(refused.status, 401);
    assert!(refused.json()["error"].is_string());
    assert_eq!(request(server.address, "POST", "/hooks/receive", &[], &try_out()).status, 401);

    let bearer = format!("Bearer {}", moved.reader);
    let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
    let metrics = request(server.address, "GET", "/metrics", &headers, b"").json();
    assert_eq!(metrics["byEventType"]["git.push"].as_i64(), Some(1), "{metrics}");
    assert_eq!(metrics["byChannel"], json!({}));
    assert_eq!(metrics["errors"], 0);
    assert!(metrics["totalReceived"].is_i64() && metrics["lastEvent"].is_string(), "{metrics}");

    server.wait_until_read(&moved.reader);
    let health = request(server.address, "GET", "/hooks/health", &[], b"");
    assert_eq!(health.status, 200);
    let health = health.json();
    assert_eq!(health["registeredHandlers"], json!([]));
    assert!(health["processedCount"].as_i64() >= Some(1), "{health}");
    assert!(health["uptime"].is_number() && health["status"].is_string());

    let logs = server.get("/logs?eventType=git.push", &moved.reader).json();
    assert_eq!(logs["count"], 1, "{logs}");
    let event = &logs["events"][0];
    assert_eq!(event["subscriptionId"], "test-sub-1");
    assert_eq!(event["notificationId"], 1);
    assert_eq!(event["message"], "Ada pushed 2 commits to main");
    assert_eq!(event["resource"]["repository"]["name"], "my-app");
}

#[test]
fn the_other_guides_receiver_answers_at_its_address_with_its_secret() {
    let moved = moved("WEBHOOK_SECRET");
    let server = &moved.server;
    let body = json!({
        "subscriptionId": "7a61c1f0-0000-4000-8000-000000000001",
        "notificationId": 12,
        "id": "7a61c1f0-0000-4000-9000-000000000012",
        "eventType": "workitem.updated",
        "publisherId": "tfs",
        "resource": {
            "id": 3, "workItemId": 77, "rev": 4,
            "fields": {"System.State": {"oldValue": "Active", "newValue": "Resolved"}},
            "revision": {"id": 77, "rev": 4, "fields": {"System.Title": "Sign-in fails",
                         "System.State": "Resolved", "System.WorkItemType": "Bug"}}
        },
        "resourceContainers": {"collection": {"id": "d7a1c6b2-90f3-4a88-8a0b-3f5f7f6f2e01"}},
        "createdDate": "2026-03-02T10:00:00Z"
    })
    .to_string()
    .into_bytes();
    let headers = [("x-webhook-secret", SECRET), ("content-type", "application/json")];
    let answer = server.post("/webhooks/azure-devops", &headers, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    server.wait_until_read(&moved.reader);

    let health = request(server.address, "GET", "/webhooks/health", &[], b"").json();
    for member in ["status", "uptime", "received", "processed", "errors", "lastEvent"] {
        assert!(health.get(member).is_some(), "{member} is missing: {health}");
    }
    assert_eq!(health["eventCounts"]["workitem.updated"], 1);
    assert!(health["minutesSinceLastEvent"].is_number() && health["metrics"]["byType"].is_object());
    assert!(health["sources"].is_array());

    assert_eq!(request(server.address, "GET", "/webhooks/metrics", &[], b"").status, 401);
    let metrics = server.get("/webhooks/metrics", &moved.reader).json();
    assert_eq!(metrics["byType"]["state-change:Active->Resolved"], 1, "{metrics}");
    assert_eq!(metrics["byType"]["workitem.updated"], 1);
}

#[test]
fn keys_of_the_environment_are_listed_without_their_value_and_changed_there() {
    let moved = moved("HOOK_SECRET");
    let answer = moved.server.get("/api/v1/keys", &moved.reader);
    assert!(!answer.text().contains(SECRET), "{}", answer.text());
    let keys = answer.json();
    let key = &keys["items"][0];
    assert_eq!(key["name"], "environment variable HOOK_SECRET");
    assert_eq!((&key["source"], &key["scopes"]), (&json!("environment"), &json!(["ingest"])));
    assert_eq!(keys["items"][1]["source"], "made");
    let page = moved.server.get("/api/v1/keys?limit=1", &moved.reader).json();
    let cursor = page["next_cursor"].as_str().expect("more");
    let rest = moved.server.get(&format!("/api/v1/keys?cursor={cursor}"), &moved.reader).json();
    // Not the whole key: the time of its last use is on its way.
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["items"][0]["id"], keys["items"][1]["id"]);

    let listed = creel(moved.server.data(), &["key", "list"]);
    let said = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(said.contains("HOOK_SECRET") && !said.contains(SECRET), "{said}");
    let revoked = creel(moved.server.data(), &["key", "revoke", "-1"]);
    let said = String::from_utf8_lossy(&revoked.stderr).into_owned();
    assert!(!revoked.status.success() && said.contains("HOOK_SECRET"), "{said}");
}

#[test]
fn logs_are_cut_where_asked_and_know_their_parameters() {
    let moved = moved("HOOK_SECRET");
    for number in 1..=3 {
        let mut body: Value = serde_json::from_slice(&try_out()).expect("JSON");
        body["notificationId"] = number.into();
        let headers = [("x-hook-secret", SECRET)];
        let answer = moved.server.post("/hooks/receive", &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 200);
    }
    let logs = |query: &str| moved.server.get(&format!("/logs?{query}"), &moved.reader);
    let page = logs("limit=2").json();
    assert_eq!((&page["count"], &page["truncated"]), (&json!(2), &json!(true)));
    let cursor = page["next_cursor"].as_str().expect("more");
    let rest = logs(&format!("limit=2&cursor={cursor}")).json();
    assert_eq!((&rest["count"], &rest["truncated"]), (&json!(1), &json!(false)));
    for (query, named) in [("limit=0", "limit"), ("limit=1001", "1000"), ("colour=red", "colour")] {
        let problem = logs(query);
        assert_eq!(problem.status, 400, "{query}");
        assert!(problem.text().contains(named), "{}", problem.text());
    }
}

#[test]
fn health_is_unhealthy_before_the_first_event_and_still_answers_200() {
    let moved = moved("HOOK_SECRET");
    let answer = request(moved.server.address, "GET", "/webhooks/health", &[], b"");
    assert_eq!(answer.status, 200);
    let health: Value = answer.json();
    assert_eq!(
        (&health["status"], &health["minutesSinceLastEvent"]),
        (&json!("unhealthy"), &json!(-1))
    );
}

#[test]
fn a_foreign_project_is_kept_and_not_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let server = Server::start_with(&data, |command| {
        command.env("WEBHOOK_SECRET", SECRET);
        command.env("AZURE_PROJECT_ID", "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55");
    });
    let send = |project: &str| {
        let body = json!({
            "eventType": "build.complete", "resource": {"id": 5},
            "resourceContainers": {"project": {"id": project}}
        });
        let headers = [("x-webhook-secret", SECRET)];
        server.post("/webhooks/azure-devops", &headers, body.to_string().as_bytes()).json()
    };
    assert_eq!(send("6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55")["status"], "stored");
    let foreign = send("11111111-1b7a-4a0d-9f43-2f6f4f0c1a55");
    assert_eq!(foreign["status"], "skipped");
    assert!(
        foreign["reason"].as_str().is_some_and(|reason| reason.contains("project")),
        "{foreign}"
    );
}
