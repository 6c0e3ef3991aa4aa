//! The log: one event per line for programs, and no secret in it for anybody.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::server::{Server, creel, prepared};

/// Everything of a life: started with settings, hooks good and bad, a sign-in, a stop.
fn lived(change: impl FnOnce(&mut Command)) -> (String, Vec<String>) {
    let (_directory, data, key) = prepared();
    let output = creel(&data, &["user", "create", "--name", "Ada", "--role", "admin", "--json"]);
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let link = made["link"].as_str().expect("a link");
    let token = link.split_once("token=").expect("a token").1.to_owned();
    let server = Server::start_with(&data, |command| {
        command.env("RUST_LOG", "trace").env("CREEL_LIMITS__CONNECTIONS", "100");
        change(command);
    });
    let password = "not-a-real-password";
    let body = json!({"token": token, "password": password}).to_string();
    let type_ = [("content-type", "application/json")];
    assert_eq!(server.post("/api/v1/setup", &type_, body.as_bytes()).status, 200);
    let hook = br#"{"eventType": "build.complete", "resource": {"note": "in-the-body"}}"#;
    let target = format!("/webhooks/azure?apiKey={key}&azpToken=a-token-of-the-provider");
    assert_eq!(server.post(&target, &[], hook).status, 200);
    assert_eq!(server.post("/webhooks/azure?apiKey=a-wrong-key", &[], hook).status, 401);
    let header = [("authorization", "Bearer another-wrong-key")];
    assert_eq!(server.post("/webhooks/azure", &header, b"{").status, 401);
    assert_eq!(server.get("/api/v1/builds?q=words-of-a-question", &key).status, 200);
    assert_eq!(server.get("/api/v1/builds?colour=words-of-a-mistake", &key).status, 400);
    server.wait_until_read(&key);
    let secrets = [
        &key,
        &token,
        password,
        "in-the-body",
        "a-token-of-the-provider",
        "a-wrong-key",
        "another-wrong-key",
        "words-of-a",
    ];
    (server.stop(), secrets.map(ToOwned::to_owned).to_vec())
}

fn assert_harmless(said: &str, secrets: &[String]) {
    assert!(said.contains("Stopped"), "{said}");
    for secret in secrets {
        assert!(!said.contains(secret.as_str()), "{secret} stands in the log:\n{said}");
    }
}

#[test]
fn a_log_for_programs_is_objects_and_nothing_else() {
    let (said, secrets) = lived(|command| {
        command.env("CREEL_LOG__FORMAT", "json");
    });
    assert_harmless(&said, &secrets);
    let events: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for event in &events {
        for name in ["timestamp", "level", "target", "message"] {
            assert!(event[name].is_string(), "{name}: {event}");
        }
        assert!(event["fields"].is_null(), "flat: {event}");
    }
    let find = |message: &str| {
        let is = |event: &&Value| event["message"].as_str().is_some_and(|m| m.contains(message));
        events.iter().find(is).unwrap_or_else(|| panic!("{message}: {said}"))
    };
    assert!(find("Creel listens on")["server.url"].as_str().expect("text").starts_with("http://"));
    let setting = find("limits.connections is set by environment variable");
    assert_eq!(setting["setting"], "limits.connections");
    assert_eq!(find("Refused")["request_id"].as_str().map(str::len), Some(36));
}

#[test]
fn a_log_for_people_holds_no_secret_either() {
    let (said, secrets) = lived(|command| {
        command.env("NO_COLOR", "1");
    });
    assert_harmless(&said, &secrets);
    assert!(!said.contains('\u{1b}'), "no colours: {said}");
}

#[test]
fn a_start_that_fails_says_so_where_programs_read() {
    let (_directory, data, _) = prepared();
    let server = Server::start(&data);
    let output = Command::new(env!("CARGO_BIN_EXE_creel"))
        .env_clear()
        .env("CREEL_LOG__FORMAT", "json")
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    let last: Value = serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["level"], "ERROR");
    assert!(last["message"].as_str().expect("text").contains("is in use by another creel"));
    assert!(last["hint"].as_str().expect("text").contains("stop that process first"), "{last}");
    assert!(said.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{said}");
    server.stop();
}

#[test]
fn the_first_administrators_link_is_for_people_alone() {
    let (_directory, data, _) = prepared();
    let text = Server::start(&data).stop();
    assert!(text.contains("/setup#token="), "{text}");
    let json = Server::start_with(&data, |command| {
        command.env("CREEL_LOG__FORMAT", "json");
    });
    let json = json.stop();
    assert!(json.contains("Nobody can sign in yet"), "{json}");
    assert!(!json.contains("token"), "{json}");
}
