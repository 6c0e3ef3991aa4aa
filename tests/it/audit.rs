//! The audit trail: every change has a row that says whose it is, and there is no row without one.

use axum::body::Body;
use axum::http::Request;
use creel::http::api::openapi::openapi;
use creel::http::auth::Peer;
use creel::keys::{KeyLimits, KeyRequest};
use creel::model::By;
use creel::people::Role;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::assessing::story::{Report, case, send, settle};
use crate::people::{PASSWORD, call, cookie_of, json_of, signed_in, with_ada};
use crate::support::desk::{Desk, NOW};
use crate::support::server::{creel, eventually, prepared};

fn trail(desk: &Desk, query: &str) -> Vec<Value> {
    let page = desk.get_json(&format!("/api/v1/audit?limit=500{query}"));
    page["items"].as_array().expect("items").clone()
}

fn actions(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["action"].as_str().expect("a word")).collect()
}

fn number(desk: &Desk, target: &str, name: &str) -> i64 {
    let page = desk.get_json(target);
    let mut items = page["items"].as_array().expect("items").iter();
    let found = items.find(|item| item["name"] == name || item["user"]["name"] == name);
    found.expect("one of that name")["id"].as_i64().expect("a number")
}

/// Do what an operation is for, as Ada; returns what the trail must tell of it, newest first.
fn done(desk: &Desk, ada: &str, method: &str, path: &str) -> Option<Vec<&'static str>> {
    let by = By::creel(NOW);
    let name = format!("{method} {path}");
    let as_ada = |method: &str, target: &str, body: &Value| {
        let answer = call(desk, method, target, &[("cookie", ada)], body);
        assert!(answer.status().is_success(), "{method} {target}: {}", json_of(&answer));
    };
    let invited = || desk.hub.people().invite(&name, Role::Viewer, &by).expect("invited");
    let nothing = Value::Null;
    Some(match (method, path) {
        ("post", "/api/v1/keys") => {
            as_ada("POST", "/api/v1/keys", &json!({"name": "agents", "scopes": ["ingest"]}));
            vec!["key.created"]
        }
        ("delete", "/api/v1/keys/{id}") => {
            desk.make_key(&name, "read");
            let id = number(desk, "/api/v1/keys", &name);
            as_ada("DELETE", &format!("/api/v1/keys/{id}"), &nothing);
            vec!["key.revoked"]
        }
        ("post", "/api/v1/secrets/rotate") => {
            as_ada("POST", path, &nothing);
            vec!["secrets.rotated"]
        }
        ("put", "/api/v1/access") => {
            as_ada("PUT", path, &json!({"provider": "buildkite", "token": "not-a-real-token"}));
            vec!["token.set"]
        }
        ("delete", "/api/v1/access/{id}") => {
            let wish = json!({"provider": "buildkite", "organization": "acme", "token": "not-a-real-token"});
            as_ada("PUT", "/api/v1/access", &wish);
            let items = desk.get_json("/api/v1/access")["items"].clone();
            let items = items.as_array().expect("items");
            let found = items.iter().find(|item| item["organization"] == "acme").expect("it");
            let id = found["id"].as_str().expect("an id");
            as_ada("DELETE", &format!("/api/v1/access/{id}"), &nothing);
            vec!["token.unset", "token.set"]
        }
        ("post", "/api/v1/builds/{id}/enrichment") => {
            desk.post_fixture("azure_devops/build_complete.json");
            desk.step_all();
            let base = "https://dev.azure.com/contoso";
            let wish =
                json!({"provider": "azure_devops", "base": base, "token": "not-a-real-token"});
            as_ada("PUT", "/api/v1/access", &wish);
            let builds = desk.get_json("/api/v1/builds")["items"].clone();
            let id = builds[0]["id"].as_str().expect("an id").to_owned();
            as_ada("POST", &format!("/api/v1/builds/{id}/enrichment"), &nothing);
            vec!["build.asked_again", "token.set"]
        }
        ("post", "/api/v1/tests/{case_id}/fixed") => {
            send(desk, &Report::of(1, NOW).with("pay", 'F'));
            settle(desk);
            let id = case(desk, "pay")["case_id"].as_str().expect("an id").to_owned();
            as_ada("POST", &format!("/api/v1/tests/{id}/fixed"), &nothing);
            vec!["test.marked_fixed"]
        }
        ("put", "/api/v1/test-monitors") => {
            as_ada("PUT", path, &json!({"broken": {"on": false}}));
            vec!["monitors.changed"]
        }
        // It only looks ahead.
        ("post", "/api/v1/test-monitors/preview") => {
            as_ada("POST", path, &json!({"broken": {"on": false}}));
            vec![]
        }
        ("post", "/api/v1/users") => {
            as_ada("POST", "/api/v1/users", &json!({"name": "Carol", "role": "viewer"}));
            vec!["user.created"]
        }
        ("patch", "/api/v1/users/{id}") => {
            let target = format!("/api/v1/users/{}", invited().person.id);
            as_ada("PATCH", &target, &json!({"role": "editor", "disabled": true}));
            as_ada("PATCH", &target, &json!({"disabled": false}));
            // What is so already is no change.
            as_ada("PATCH", &target, &json!({"role": "editor", "disabled": false}));
            vec!["user.enabled", "user.disabled", "user.role_changed"]
        }
        ("delete", "/api/v1/users/{id}") => {
            as_ada("DELETE", &format!("/api/v1/users/{}", invited().person.id), &nothing);
            vec!["user.removed"]
        }
        ("post", "/api/v1/users/{id}/reset") => {
            as_ada("POST", &format!("/api/v1/users/{}/reset", invited().person.id), &nothing);
            vec!["user.reset"]
        }
        ("post", "/api/v1/session") => {
            let body = json!({"name": "Ada", "password": PASSWORD});
            assert_eq!(call(desk, "POST", path, &[], &body).status(), 200);
            vec!["session.started"]
        }
        ("delete", "/api/v1/session") => {
            let cookie = signed_in(desk, &name, Role::Viewer);
            let answer = call(desk, "DELETE", path, &[("cookie", &cookie)], &nothing);
            assert_eq!(answer.status(), 204);
            vec!["session.ended", "session.started", "password.changed"]
        }
        ("put", "/api/v1/session/password") => {
            let cookie = signed_in(desk, &name, Role::Viewer);
            let body = json!({"current": PASSWORD, "new": "another-unreal-password"});
            assert_eq!(call(desk, "PUT", path, &[("cookie", &cookie)], &body).status(), 204);
            vec!["password.changed", "session.started"]
        }
        ("delete", "/api/v1/sessions/{id}") => {
            signed_in(desk, &name, Role::Viewer);
            let id = number(desk, "/api/v1/sessions", &name);
            as_ada("DELETE", &format!("/api/v1/sessions/{id}"), &nothing);
            vec!["session.ended", "session.started"]
        }
        ("post", "/api/v1/setup") => {
            signed_in(desk, &name, Role::Viewer);
            vec!["session.started", "password.changed"]
        }
        ("post", "/api/v1/events/replay") => {
            as_ada("POST", path, &json!({"status": "parked", "to": 7}));
            vec!["events.replayed"]
        }
        ("post", "/api/v1/events/{entry_id}/replay") => {
            desk.post_fixture("azure_devops/push.json");
            as_ada("POST", "/api/v1/events/1/replay", &nothing);
            desk.step_all();
            as_ada("POST", "/api/v1/events/1/replay", &nothing);
            vec!["events.replayed", "events.replayed"]
        }
        ("post", "/api/v1/events/import") => {
            as_ada("POST", path, &json!({"entries": []}));
            vec!["events.imported"]
        }
        ("post", "/api/v1/sample") => {
            as_ada("POST", path, &nothing);
            vec!["sample.loaded", "key.created"]
        }
        ("delete", "/api/v1/sample") => {
            eventually("the sample is here", || {
                desk.step_all();
                desk.get_json("/api/v1/sample")["state"] == "present"
            });
            as_ada("DELETE", path, &nothing);
            vec!["key.revoked", "sample.removed"]
        }
        _ => return None,
    })
}

/// Operations that are no GET and change nothing.
const CHANGE_NOTHING: [(&str, &str); 2] = [
    ("post", "/api/v1/setup/link"),
    // A look, though what it shows is written down.
    ("post", "/api/v1/access/{id}/check"),
];

#[test]
fn every_operation_that_changes_something_leaves_a_row() {
    let desk = Desk::open();
    let ada = with_ada(&desk);
    let document = openapi();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        // From back to front: what is posted is there to be deleted.
        let methods: Vec<_> = item.as_object().expect("methods").iter().collect();
        for (method, operation) in methods.into_iter().rev() {
            // What senders send is on record in the journal.
            let is_hook = ["hooks", "ingest"].iter().any(|tag| operation["tags"][0] == *tag);
            let changes_nothing = CHANGE_NOTHING.contains(&(method.as_str(), path.as_str()));
            if method == "get" || is_hook || changes_nothing {
                continue;
            }
            let before = trail(&desk, "").len();
            let told = done(&desk, &ada, method, path)
                .unwrap_or_else(|| panic!("{method} {path} is new: do here what it is for"));
            let rows = trail(&desk, "");
            let newest = &rows[..rows.len() - before];
            assert!(actions(newest).starts_with(&told), "{method} {path}: {newest:?}");
            let own = &newest[..told.len()];
            assert!(own.iter().all(|row| row["who"]["kind"] != "creel"), "{own:?}");
            tried += 1;
        }
    }
    assert!(tried >= 15, "{tried}");
}

#[test]
fn a_row_says_who_did_what_and_from_where() {
    let desk = Desk::open();
    let ada = with_ada(&desk);
    let headers = [("cookie", ada.as_str())];
    let key = json!({"name": "azure", "scopes": ["ingest", "read"], "value": "brought-along"});
    assert_eq!(call(&desk, "POST", "/api/v1/keys", &headers, &key).status(), 201);
    let bearer = format!("Bearer {}", desk.key);
    let headers = [("authorization", bearer.as_str())];
    let bob = json!({"name": "Bob", "role": "editor"});
    let bob = json_of(&call(&desk, "POST", "/api/v1/users", &headers, &bob));
    let link = bob["link"].as_str().expect("a link").to_owned();
    let mut request = Request::patch(format!("/api/v1/users/{}", bob["user"]["id"]))
        .body(Body::from("{\"role\": \"viewer\"}"))
        .expect("a request");
    request.extensions_mut().insert(Peer::Owner);
    assert_eq!(desk.send(request).status(), 200);
    let token = link.split_once("token=").expect("a token").1;
    let body = json!({"token": token, "password": PASSWORD});
    let cookie = cookie_of(&call(&desk, "POST", "/api/v1/setup", &[], &body));
    let out = call(&desk, "DELETE", "/api/v1/session", &[("cookie", &cookie)], &Value::Null);
    assert_eq!(out.status(), 204);
    for name in ["bob", "correct horse battery staple"] {
        let body = json!({"name": name, "password": "a-wrong-password"});
        assert_eq!(call(&desk, "POST", "/api/v1/session", &[], &body).status(), 401);
    }

    let rows = trail(&desk, "");
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let who = &row["who"];
            let name = who["name"].as_str().unwrap_or("-");
            let address = row["address"].as_str().unwrap_or("-");
            format!("{} {name} {address}: {}", who["kind"].as_str().unwrap(), row["says"])
        })
        .collect();
    assert_snapshot!(lines.join("\n"));

    // Nothing that opens a door, and nothing that a name field was mistaken for.
    let all = serde_json::to_string(&rows).expect("JSON");
    for secret in ["brought-along", token, PASSWORD, &desk.key[6..], "horse", "a-wrong-password"] {
        assert!(!all.contains(secret), "{secret}");
    }

    assert_eq!(actions(&trail(&desk, "&who=ADA&action=key.created")), ["key.created"]);
    assert_eq!(actions(&trail(&desk, "&who=owner")), ["user.role_changed"]);
    assert_eq!(actions(&trail(&desk, "&who=key:1")), ["user.created"]);
    assert_eq!(trail(&desk, "&since=2030-01-01").len(), 0);
    assert_eq!(trail(&desk, "&until=2030-01-01").len(), rows.len());
    let first = desk.get_json("/api/v1/audit?limit=2");
    let next = first["next_cursor"].as_str().expect("more");
    let second = desk.get_json(&format!("/api/v1/audit?limit=2&cursor={next}"));
    assert_eq!(second["items"][0], rows[2]);
    let (status, problem) = desk.request("GET", "/api/v1/audit?action=key.borrowed", &[], b"");
    assert_eq!(status, 400);
    let detail = String::from_utf8(problem).expect("text");
    assert!(detail.contains("it is one of key.created, key.revoked"), "{detail}");
}

#[test]
fn a_change_and_its_row_are_one() {
    let desk = Desk::open();
    let before = trail(&desk, "").len();
    let request = KeyRequest {
        name: "twice".to_owned(),
        scopes: "ingest".parse().expect("scopes"),
        signing: false,
        limits: KeyLimits::default(),
        value: Some(creel::secrets::Secret::new("the-same-secret")),
    };
    let by = By::creel(NOW);
    desk.hub.keys().create(&request, &by).expect("made");
    desk.hub.keys().create(&request, &by).expect_err("known already");
    assert_eq!(trail(&desk, "").len(), before + 1, "what was refused was not done");

    // A trail that cannot be written keeps the change from being made.
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    books.execute_batch("alter table audit rename to elsewhere").expect("renamed");
    let keys = desk.hub.keys().list().len();
    let other = KeyRequest { value: None, ..request };
    desk.hub.keys().create(&other, &by).expect_err("without a row");
    desk.hub.keys().reload().expect("read");
    assert_eq!(desk.hub.keys().list().len(), keys);
    desk.hub.people().invite("Eve", Role::Admin, &by).expect_err("without a row");
    assert!(desk.hub.people().named("eve").is_none());
}

#[test]
fn commands_are_on_record_as_the_owners() {
    let (_directory, data, _) = prepared();
    let output = creel(&data, &["audit", "--json", "--action", "key.created"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let item = &list["items"][0];
    assert_eq!(item["who"], json!({"kind": "owner", "id": null, "name": null}));
    assert_eq!(item["says"], "made the key test, for ingest and read");
    let output = creel(&data, &["audit", "--since", "yesterday"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let output = creel(&data, &["audit"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("owner") && text.contains("made the key test"), "{text}");
}
