//! Whole moves: a sender that keeps sending while its receiver's place is taken over. All that is edited
//! at the sender is the address; no event is lost, and none is recorded or handed on twice.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::hex_hmac;
use crate::support::http::request;
use crate::support::receiver::{Received, Receiver, Reply};
use crate::support::server::{Server, eventually, make_key};

const SECRET: &str = "an-old-secret-of-theirs";

/// Events sent in each of the three parts of a move.
const PART: u64 = 40;

/// A hook as its sender is configured: everything but the host.
struct Hook {
    target: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// The id that says which event this is, whichever provider sends it.
fn id_of(body: &Value) -> String {
    let id = body["id"].as_str().or_else(|| body["service"]["id"].as_str());
    id.expect("an id").to_owned()
}

/// A kind of move.
struct Move {
    /// The old receiver, which answers as it always did.
    receiver: Receiver,
    /// What its sender sends.
    hook: fn(u64) -> Hook,
    /// How the new server is told of the old secret.
    variable: Option<&'static str>,
}

fn azure_body(number: u64) -> Vec<u8> {
    json!({
        "subscriptionId": "7f9c0c1e-0000-4000-8000-000000000001",
        "notificationId": number,
        "id": format!("7f9c0c1e-0000-4000-9000-{number:012}"),
        "eventType": "build.complete",
        "publisherId": "tfs",
        "resource": {"id": 9_000 + number, "status": "completed", "result": "succeeded",
                     "finishTime": "2026-02-13T14:30:02Z",
                     "definition": {"id": 7, "name": "shop-ci"}},
        "resourceContainers": {"collection": {"id": "d7a1c6b2-90f3-4a88-8a0b-3f5f7f6f2e01"}}
    })
    .to_string()
    .into_bytes()
}

fn buildkite_body(number: u64) -> Vec<u8> {
    json!({"event": "ping", "service": {"id": format!("service-{number}")}})
        .to_string()
        .into_bytes()
}

/// A receiver of the first guide: its secret, then the type, then what it remembers.
fn first_guide(is_known: impl Fn(&Received) -> bool + Send + Sync + 'static) -> Receiver {
    let seen: Mutex<BTreeSet<String>> = Mutex::default();
    Receiver::answering(move |received| {
        if received.path() != "/webhooks/azure-devops" {
            return 404.into();
        }
        if !is_known(received) {
            return (401, json!({"error": "Unauthorized"})).into();
        }
        let body = received.json();
        if body["eventType"].is_null() {
            return (400, json!({"error": "Missing eventType"})).into();
        }
        let is_new = seen.lock().expect("not poisoned").insert(body["notificationId"].to_string());
        match is_new {
            true => (200, json!({"received": true})).into(),
            false => (200, json!({"received": true, "duplicate": true})).into(),
        }
    })
}

/// A receiver of the second guide: it works before it answers.
fn second_guide() -> Receiver {
    Receiver::answering(|received| {
        let is_its_own = received.path().starts_with("/hooks/");
        match (is_its_own, received.header("x-hook-secret") == Some(SECRET)) {
            (false, _) => 404.into(),
            (true, false) => (401, json!({"error": "Invalid secret"})).into(),
            (true, true) => (200, json!({"status": "processed"})).into(),
        }
    })
}

/// A tenant of BuildButler: the key where each provider's form has it.
fn buildbutler() -> Receiver {
    Receiver::answering(|received| {
        let is_known = match received.path() {
            "/webhooks/azure" => received.target.contains(&format!("apiKey={SECRET}")),
            "/webhooks/buildkite" => received.header("x-buildkite-token") == Some(SECRET),
            "/webhooks/gitlab" => received.header("x-gitlab-token") == Some(SECRET),
            _ => return 404.into(),
        };
        if is_known { Reply::from(200) } else { 401.into() }
    })
}

fn send(address: SocketAddr, hook: &Hook) -> u16 {
    let headers: Vec<(&str, &str)> =
        hook.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    request(address, "POST", hook.target, &headers, &hook.body).status
}

fn serve(data: &Path, variable: Option<&str>, forward: Option<&str>) -> Server {
    Server::start_with(data, |command| {
        if let Some(variable) = variable {
            command.env(variable, SECRET);
        }
        if let Some(url) = forward {
            command.env("CREEL_FORWARD__URL", url);
        }
    })
}

/// Before, during and after. Every tenth hook of each part is sent twice, as providers do.
fn moves(Move { mut receiver, hook, variable }: Move) {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let reader = make_key(&data, "read");
    if variable.is_none() {
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
            .args(["key", "create", "--name", "old", "--scope", "ingest", "--value", "env:OLD_KEY"])
            .arg("--data")
            .arg(&data)
            .env("OLD_KEY", SECRET)
            .output()
            .expect("runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let offer = |address: SocketAddr, numbers: std::ops::Range<u64>| {
        for number in numbers {
            for _ in 0..=u64::from(number % 10 == 0) {
                assert_eq!(send(address, &hook(number)), 200, "event {number}");
            }
        }
    };
    offer(receiver.address, 0..PART);

    // Creel stands in front; the receiver goes on, and is away for a while.
    let server = serve(&data, variable, Some(&receiver.url("{path}")));
    offer(server.address, PART..PART + PART / 2);
    receiver.goes_away();
    offer(server.address, PART + PART / 2..2 * PART);
    receiver.comes_back();
    let wanted = usize::try_from(2 * PART).expect("few");
    let ids = |got: &[Received]| got.iter().map(|got| id_of(&got.json())).collect::<Vec<_>>();
    eventually("the old receiver has all", || {
        ids(&receiver.got()).into_iter().collect::<BTreeSet<_>>().len() == wanted
    });
    let forwards = || server.get("/api/v1/forwards", &reader).json()["items"][0].clone();
    eventually("and took all", || forwards()["state"] == "idle");
    let told = forwards();
    assert_eq!(
        (&told["taken"], &told["refused"], &told["failed"]),
        (&json!(PART), &json!(0), &json!(0))
    );
    server.stop();

    // The old receiver is not needed any more.
    receiver.goes_away();
    let server = serve(&data, variable, None);
    offer(server.address, 2 * PART..3 * PART);
    server.wait_until_read(&reader);

    let handed_on: Vec<_> =
        receiver.got().into_iter().filter(|got| got.header("x-creel-entry").is_some()).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for id in ids(&handed_on) {
        *counts.entry(id).or_default() += 1;
    }
    let often: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(counts.len() == wanted / 2 && often.is_empty(), "handed on twice: {often:?}");

    let events = server.all("/api/v1/events", &reader);
    assert_eq!(events.len(), wanted, "everything since the move, once");
    let repeated: i64 = events.iter().filter_map(|event| event["duplicates"].as_i64()).sum();
    assert_eq!(repeated, 8, "and what came twice is told");
    if events[0]["provider"] == "azure_devops" {
        assert_eq!(server.all("/api/v1/builds", &reader).len(), wanted);
    }
}

#[test]
fn the_receiver_of_the_first_guide() {
    moves(Move {
        receiver: first_guide(|received| received.header("x-webhook-secret") == Some(SECRET)),
        hook: |number| Hook {
            target: "/webhooks/azure-devops",
            headers: vec![("x-webhook-secret", SECRET.to_owned())],
            body: azure_body(number),
        },
        variable: Some("WEBHOOK_SECRET"),
    });
}

#[test]
fn the_receiver_of_the_first_guide_with_signatures() {
    moves(Move {
        receiver: first_guide(|received| {
            let signature = hex_hmac(SECRET, &[&received.body]);
            received.header("x-hub-signature") == Some(&signature)
        }),
        hook: |number| Hook {
            target: "/webhooks/azure-devops",
            headers: vec![("x-hub-signature", hex_hmac(SECRET, &[&azure_body(number)]))],
            body: azure_body(number),
        },
        variable: Some("WEBHOOK_SECRET"),
    });
}

#[test]
fn the_receiver_of_the_second_guide_with_its_channels() {
    moves(Move {
        receiver: second_guide(),
        hook: |number| Hook {
            target: if number % 2 == 0 { "/hooks/receive" } else { "/hooks/builds" },
            headers: vec![("x-hook-secret", SECRET.to_owned())],
            body: azure_body(number),
        },
        variable: Some("HOOK_SECRET"),
    });
}

#[test]
fn a_tenant_of_buildbutler_with_azure_devops() {
    moves(Move {
        receiver: buildbutler(),
        hook: |number| Hook {
            target: "/webhooks/azure?apiKey=an-old-secret-of-theirs&azpToken=not-a-real-pat",
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: azure_body(number),
        },
        variable: None,
    });
}

#[test]
fn a_tenant_of_buildbutler_with_buildkite() {
    moves(Move {
        receiver: buildbutler(),
        hook: |number| Hook {
            target: "/webhooks/buildkite?buildkiteToken=not-a-real-token",
            headers: vec![("x-buildkite-token", SECRET.to_owned())],
            body: buildkite_body(number),
        },
        variable: None,
    });
}

#[test]
fn a_tenant_of_buildbutler_with_gitlab() {
    moves(Move {
        receiver: buildbutler(),
        hook: |number| Hook {
            target: "/webhooks/gitlab",
            headers: vec![("x-gitlab-token", SECRET.to_owned())],
            body: json!({"object_kind": "pipeline", "id": format!("pipeline-{number}")})
                .to_string()
                .into_bytes(),
        },
        variable: None,
    });
}
