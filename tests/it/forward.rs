//! A receiver that was there before gets everything that Creel accepts: as it was sent, in order, once,
//! whatever becomes of it meanwhile.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use creel::forward::answer::away_pause;
use creel::model::Timestamp;
use creel::outbound::Client;
use creel::workers::forwarder::{Forwarder, Progress, tidy_up};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::desk::{Desk, NOW};
use crate::support::receiver::{Received, Receiver, Reply};

const SECRET: &str = "not-a-real-hook-secret";

type Headers = Vec<(String, Vec<u8>)>;

/// A hook as its sender sends it.
#[derive(Debug, Clone)]
struct Sent {
    target: String,
    headers: Headers,
    body: Vec<u8>,
}

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

/// A push of our own; every byte of it counts.
fn push(number: u64) -> Vec<u8> {
    format!(
        "{{ \"subscriptionId\":\"7f9c0c1e-0000-4000-8000-000000000001\", \"notificationId\":{number},\n \
         \"id\":\"7f9c0c1e-0000-4000-9000-{number:012}\", \"eventType\":\"git.push\", \
         \"publisherId\":\"tfs\", \"resource\":{{\"x\":1.0,\"name\":\"Gr\u{fc}\u{df}e\"}} }}\n"
    )
    .into_bytes()
}

fn hex_hmac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

/// The places for a key, one after the other.
fn hook(number: u64, now: Timestamp) -> Sent {
    let body = push(number);
    let json = header("content-type", "application/json; charset=utf-8");
    let sent = |target: &str, secret: (String, Vec<u8>)| Sent {
        target: target.to_owned(),
        headers: vec![json.clone(), secret],
        body: body.clone(),
    };
    match number % 7 {
        0 => sent("/webhooks/azure-devops", header("x-webhook-secret", SECRET)),
        1 => sent("/hooks/receive", header("x-hook-secret", SECRET)),
        2 => sent(&format!("/webhooks/azure?apiKey={SECRET}"), header("x-team", "blue")),
        3 => {
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("hook:{SECRET}"));
            sent("/hooks/pushes", header("authorization", &format!("Basic {basic}")))
        }
        4 => sent("/webhooks/gitlab", header("x-gitlab-token", SECRET)),
        5 => {
            let body = format!("{{\"event\":\"agent.lost\",\"agent\":{{\"id\":\"a-{number}\"}}}}");
            let request = format!("1f0c5d5e-0000-4000-8000-{number:012}");
            Sent {
                target: "/webhooks/buildkite".to_owned(),
                headers: vec![
                    json,
                    header("x-buildkite-event", "agent.lost"),
                    header("x-buildkite-request", &request),
                    header("x-buildkite-token", SECRET),
                ],
                body: body.into_bytes(),
            }
        }
        _ => {
            let body = format!("{{\"event\":\"ping\",\"service\":{{\"id\":\"s-{number}\"}}}}");
            let seconds = (now.0 / 1_000).to_string();
            let signature = hex_hmac(SECRET, &[seconds.as_bytes(), b".", body.as_bytes()]);
            let signed = format!("timestamp={seconds},signature={signature}");
            Sent {
                target: "/webhooks/buildkite".to_owned(),
                headers: vec![json, header("x-buildkite-signature", &signed)],
                body: body.into_bytes(),
            }
        }
    }
}

/// A receiver that looks at the secret as hand-written ones do, over the bytes as they came.
fn checks_its_secret(received: &Received) -> Reply {
    let plain = ["x-webhook-secret", "x-hook-secret", "x-gitlab-token", "x-buildkite-token"];
    let basic = received.header("authorization").and_then(|text| {
        let text = text.strip_prefix("Basic ")?;
        let text = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        Some(text.ends_with(format!(":{SECRET}").as_bytes()))
    });
    let signed = received.header("x-buildkite-signature").and_then(|text| {
        let (timestamp, signature) = text.strip_prefix("timestamp=")?.split_once(",signature=")?;
        Some(hex_hmac(SECRET, &[timestamp.as_bytes(), b".", &received.body]) == signature)
    });
    let knows = plain.iter().any(|name| received.header(name) == Some(SECRET))
        || basic == Some(true)
        || signed == Some(true)
        || received.target.ends_with(&format!("?apiKey={SECRET}"));
    match knows {
        true => (200, json!({"received": true})).into(),
        false => (401, json!({"error": "Invalid webhook secret"})).into(),
    }
}

fn desk_with(settings: &[(&str, &str)]) -> Desk {
    let secret = [("WEBHOOK_SECRET", SECRET)];
    Desk::open_with(&settings.iter().copied().chain(secret).collect::<Vec<_>>())
}

fn desk_before(receiver: &Receiver, path: &str) -> Desk {
    desk_with(&[("CREEL_FORWARD__URL", &receiver.url(path))])
}

/// What a sender gets to hear, without any key but its own.
fn send(desk: &Desk, sent: &Sent) -> (u16, Value) {
    let mut request = Request::builder().method("POST").uri(&sent.target);
    for (name, value) in &sent.headers {
        request = request.header(name, value.as_slice());
    }
    let answer = desk.send(request.body(Body::from(sent.body.clone())).expect("a request"));
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).expect("JSON"))
}

fn taken(desk: &Desk, sent: &Sent) -> i64 {
    let (status, answer) = send(desk, sent);
    assert_eq!(status, 200, "{answer}");
    answer["entry_id"].as_i64().expect("an entry")
}

fn forwarder_of(desk: &Desk, place: usize) -> Forwarder {
    let client = Client::new().expect("a client");
    let target = &desk.hub.forwards().targets()[place];
    desk.wait(Forwarder::begin(&desk.hub, target, &client)).expect("begins")
}

fn step(desk: &Desk, forwarder: &mut Forwarder) -> Progress {
    desk.wait(forwarder.step()).expect("a step")
}

/// Hand on all that waits; the clock goes on by itself where the worker would wait.
fn run(desk: &Desk, forwarder: &mut Forwarder) {
    for _ in 0..10_000 {
        match step(desk, forwarder) {
            Progress::Idle => {
                desk.wait(forwarder.settle()).expect("settled");
                return;
            }
            Progress::Moved => {}
            Progress::Waiting(until) => {
                let now = desk.hub.clock().now();
                let left = u64::try_from(until.0 - now.0).expect("later");
                desk.hub.clock().advance(Duration::from_millis(left));
            }
        }
    }
    panic!("it never came to an end");
}

fn told(desk: &Desk) -> Vec<Value> {
    desk.get_json("/api/v1/forwards")["items"].as_array().expect("items").clone()
}

/// What must be in a request of the receiver, from what the sender sent.
fn assert_as_sent(sent: &Sent, entry: i64, got: &Received) {
    assert_eq!(got.entry(), entry);
    assert_eq!(got.body, sent.body, "byte for byte");
    assert_eq!(got.target, sent.target);
    for (name, value) in &sent.headers {
        let found: Vec<_> = got.headers.iter().filter(|(n, _)| n == name).collect();
        assert_eq!(found.len(), 1, "{name}: {:?}", got.headers);
        assert_eq!(&found[0].1, value, "{name}");
    }
}

#[test]
fn a_receiver_that_was_away_for_a_day_gets_everything_in_order_as_it_was_sent() {
    let mut receiver = Receiver::answering(checks_its_secret);
    let desk = desk_before(&receiver, "{path}");
    let mut forwarder = forwarder_of(&desk, 0);
    receiver.goes_away();

    let mut sent = Vec::new();
    let day = NOW.plus(Duration::from_hours(24));
    let mut tries = 0;
    for number in 0.. {
        let now = desk.hub.clock().now();
        if now >= day {
            break;
        }
        let hook = hook(number, now);
        sent.push((taken(&desk, &hook), hook));
        let next = now.plus(Duration::from_mins(5));
        while desk.hub.clock().now() < next {
            let Progress::Waiting(until) = step(&desk, &mut forwarder) else {
                panic!("nobody is there to take it")
            };
            let pause = u64::try_from(until.0 - desk.hub.clock().now().0).expect("later");
            assert!(pause <= 60_000, "a minute at most: {pause}");
            tries += 1;
            desk.hub.clock().advance(Duration::from_millis(pause));
        }
    }
    assert!(sent.len() > 250 && tries < 3_000, "{} hooks, {tries} tries", sent.len());
    let waiting = told(&desk).remove(0);
    assert_eq!(waiting["state"], "waiting", "{waiting}");
    assert_eq!(waiting["lag_entries"], sent.len());
    assert_eq!(waiting["problem"]["reason"], "connection refused");
    assert_eq!(waiting["problem"]["since"], json!(NOW), "{waiting}");
    assert_eq!(waiting["oldest_waiting_at"], json!(NOW));

    receiver.comes_back();
    run(&desk, &mut forwarder);
    let got = receiver.got();
    assert_eq!(got.len(), sent.len(), "each once");
    for ((entry, sent), got) in sent.iter().zip(&got) {
        assert_as_sent(sent, *entry, got);
        assert_eq!(checks_its_secret(got).status, 200, "{got:?}");
    }
    let idle = told(&desk).remove(0);
    assert_eq!((&idle["state"], &idle["lag_entries"]), (&json!("idle"), &json!(0)), "{idle}");
    assert_eq!((&idle["taken"], &idle["refused"]), (&json!(sent.len()), &json!(0)), "{idle}");
    assert_eq!(idle["problem"], Value::Null);
}

#[test]
fn no_secret_is_stored_in_clear_and_none_is_kept_longer_than_needed() {
    let receiver = Receiver::start();
    let desk = desk_before(&receiver, "/in");
    let mut forwarder = forwarder_of(&desk, 0);
    for number in 0..7 {
        taken(&desk, &hook(number, NOW));
    }
    let withheld = || -> i64 {
        let journal = rusqlite::Connection::open(desk.data().join("journal.db")).expect("opens");
        journal.query_row("select count(*) from withheld", [], |row| row.get(0)).expect("counted")
    };
    assert_eq!(withheld(), 7);
    for file in ["journal.db", "journal.db-wal", "books.db", "books.db-wal"] {
        let bytes = std::fs::read(desk.data().join(file)).unwrap_or_default();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{file}");
    }
    run(&desk, &mut forwarder);
    assert_eq!(receiver.got().len(), 7);
    assert_eq!(withheld(), 0);
}

#[test]
fn what_a_sender_does_not_get_accepted_or_repeats_is_not_handed_on_and_a_test_delivery_is() {
    let receiver = Receiver::start();
    let desk = desk_with(&[
        ("CREEL_FORWARD__URL", &receiver.url("/in")),
        ("AZURE_PROJECT_ID", "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55"),
    ]);
    let mut forwarder = forwarder_of(&desk, 0);
    let own = "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55";
    let body = |number: u64, project: &str, subscription: &str| {
        let body = json!({
            "subscriptionId": subscription, "notificationId": number,
            "id": format!("7f9c0c1e-0000-4000-9000-{number:012}"),
            "eventType": "build.complete", "publisherId": "tfs", "resource": {"id": number},
            "resourceContainers": {"project": {"id": project}}
        });
        Sent { body: body.to_string().into_bytes(), ..hook(0, NOW) }
    };
    let subscription = "7f9c0c1e-0000-4000-8000-000000000002";
    let good = body(90, own, subscription);
    let mut refused = good.clone();
    refused.headers[1] = header("x-webhook-secret", "wrong");
    assert_eq!(send(&desk, &refused).0, 401);
    taken(&desk, &good);
    assert_eq!(send(&desk, &good).1["status"], "duplicate");
    let foreign = body(91, "11111111-1b7a-4a0d-9f43-2f6f4f0c1a55", subscription);
    assert_eq!(send(&desk, &foreign).1["status"], "skipped");
    let zero = "00000000-0000-0000-0000-000000000000";
    let trial = body(92, "be9b3917-87e6-42a4-a549-2bc06a7a878f", zero);
    let (_, answer) = send(&desk, &trial);
    assert_eq!(answer["status"], "test", "{answer}");
    let nonsense = Sent { body: b"not JSON".to_vec(), ..good.clone() };
    assert_eq!(send(&desk, &nonsense).1["status"], "parked");
    run(&desk, &mut forwarder);
    let bodies: Vec<_> = receiver.got().into_iter().map(|got| got.body).collect();
    assert!(bodies == [good.body, trial.body, nonsense.body], "{} bodies", bodies.len());
}

#[test]
fn one_event_that_the_receiver_fails_on_does_not_hold_up_those_after_it_for_ever() {
    let receiver = Receiver::answering(|received| {
        let is_bad = received.json()["notificationId"] == 1;
        if is_bad { 500.into() } else { 204.into() }
    });
    let desk = desk_before(&receiver, "/in");
    let mut forwarder = forwarder_of(&desk, 0);
    let entries: Vec<i64> = [0, 1, 7].map(|number| taken(&desk, &hook(number, NOW))).into();
    run(&desk, &mut forwarder);

    let got: Vec<i64> = receiver.got().iter().map(Received::entry).collect();
    let mut expected = vec![entries[0]];
    expected.extend([entries[1]; 8]);
    expected.push(entries[2]);
    assert_eq!(got, expected, "eight tries, and none out of its turn");
    let took = desk.hub.clock().now().0 - NOW.0;
    assert!((480_000..660_000).contains(&took), "about ten minutes: {took} ms");
    let told = told(&desk).remove(0);
    assert_eq!((&told["taken"], &told["failed"]), (&json!(2), &json!(1)), "{told}");
    let passed = &told["passed_over"][0];
    assert_eq!((&passed["entry_id"], &passed["outcome"]), (&json!(entries[1]), &json!("failed")));
    assert_eq!(passed["reason"], "answered 500, 8 times");
}

#[test]
fn what_the_receiver_does_not_want_is_passed_over_at_once_and_told() {
    for (status, reason) in [
        (400, "answered 400"),
        (401, "answered 401"),
        (302, "answered 302, a redirect, which is not followed"),
    ] {
        let receiver = Receiver::answering(move |received| {
            let is_bad = received.json()["notificationId"] == 1;
            let headers = vec![("location", "http://127.0.0.1:1/".to_owned())];
            Reply { status: if is_bad { status } else { 200 }, headers, ..Reply::default() }
        });
        let desk = desk_before(&receiver, "/in");
        let mut forwarder = forwarder_of(&desk, 0);
        for number in [0, 1, 7] {
            taken(&desk, &hook(number, NOW));
        }
        run(&desk, &mut forwarder);
        assert_eq!(desk.hub.clock().now(), NOW, "nobody waits for it");
        assert_eq!(receiver.got().len(), 3);
        let told = told(&desk).remove(0);
        assert_eq!((&told["taken"], &told["refused"]), (&json!(2), &json!(1)), "{told}");
        assert_eq!(told["passed_over"][0]["reason"], reason);
    }
}

#[test]
fn a_receiver_that_asks_to_wait_is_left_alone_for_as_long() {
    let receiver = Receiver::answering(|_| Reply {
        status: 429,
        headers: vec![("retry-after", "77".to_owned())],
        ..Reply::default()
    });
    let desk = desk_before(&receiver, "/in");
    let mut forwarder = forwarder_of(&desk, 0);
    taken(&desk, &hook(0, NOW));
    let until = NOW.plus(Duration::from_secs(77));
    assert_eq!(step(&desk, &mut forwarder), Progress::Waiting(until));
    assert_eq!(step(&desk, &mut forwarder), Progress::Waiting(until), "not before its time");
    assert_eq!(receiver.got().len(), 1);
    desk.hub.clock().advance(Duration::from_secs(77));
    step(&desk, &mut forwarder);
    assert_eq!(receiver.got().len(), 2);
    assert!(away_pause(2, 0) >= Duration::from_secs(1));
}

#[test]
fn each_receiver_gets_what_it_is_for_and_waits_for_nobody() {
    let mut azure = Receiver::start();
    let rest = Receiver::start();
    let desk = desk_with(&[
        ("CREEL_FORWARD__OLD__URL", &azure.url("/in?apiKey=own")),
        ("CREEL_FORWARD__OLD__ONLY", "azure, pushes"),
        ("CREEL_FORWARD__REST__URL", &rest.url("{path}")),
        ("CREEL_FORWARD__REST__ONLY", "buildkite,gitlab,***"),
    ]);
    let (mut old, mut other) = (forwarder_of(&desk, 0), forwarder_of(&desk, 1));
    azure.goes_away();
    for number in 0..7 {
        taken(&desk, &hook(number, NOW));
    }
    // A key in the path: the entry does not hold it, the receiver gets it.
    let in_path = Sent { target: format!("/hooks/{SECRET}"), ..hook(14, NOW) };
    let hidden = taken(&desk, &in_path);
    assert_eq!(desk.get_json(&format!("/api/v1/events/{hidden}"))["channel"], "***");
    assert!(matches!(step(&desk, &mut old), Progress::Waiting(_)));
    run(&desk, &mut other);
    let targets: Vec<_> = rest.got().into_iter().map(|got| got.target).collect();
    let buildkite = "/webhooks/buildkite";
    assert_eq!(targets, ["/webhooks/gitlab", buildkite, buildkite, in_path.target.as_str()]);
    let lags: Vec<_> = told(&desk).iter().map(|one| one["lag_entries"].clone()).collect();
    assert_eq!(lags, [json!(4), json!(0)]);
    assert_eq!(told(&desk)[0]["url"], format!("http://{}/in?apiKey=***", azure.address));

    azure.comes_back();
    run(&desk, &mut old);
    let targets: Vec<_> = azure.got().into_iter().map(|got| got.target).collect();
    assert_eq!(targets, ["/in?apiKey=own"; 4], "the operator's own word counts");
}

#[test]
fn a_packed_body_goes_on_unpacked_and_a_chain_of_addresses_grows() {
    let receiver = Receiver::start();
    let desk = desk_before(&receiver, "/in");
    let mut forwarder = forwarder_of(&desk, 0);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, &push(3)).expect("packed");
    let mut packed = hook(0, NOW);
    packed.body = packer.finish().expect("packed");
    packed.headers.push(header("content-encoding", "gzip"));
    packed.headers.push(header("x-forwarded-for", "198.51.100.7"));
    packed.headers.push(header("user-agent", "VSServices/19.0"));
    packed.headers.push(("x-latin".to_owned(), b"gr\xfc\xdfe".to_vec()));
    taken(&desk, &packed);
    run(&desk, &mut forwarder);
    let got = receiver.got().remove(0);
    assert_eq!(got.body, push(3));
    assert_eq!(got.header("content-encoding"), None);
    assert_eq!(got.header("x-forwarded-for"), Some("198.51.100.7, 0.0.0.0"));
    assert_eq!(got.header("user-agent"), Some("VSServices/19.0"));
    let latin = got.headers.iter().find(|(name, _)| name == "x-latin").expect("handed on");
    assert_eq!(latin.1, b"gr\xfc\xdfe");
    assert_eq!(got.header("host"), Some(receiver.address.to_string().as_str()));
}

#[test]
fn a_new_receiver_begins_with_what_comes_and_one_that_is_gone_is_forgotten() {
    let receiver = Receiver::start();
    let without = desk_with(&[]);
    taken(&without, &hook(0, NOW));
    let settings = [("CREEL_FORWARD__URL", receiver.url("/in"))];
    let settings: Vec<_> = settings.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let with = without.reopened_with(
        &settings.iter().copied().chain([("WEBHOOK_SECRET", SECRET)]).collect::<Vec<_>>(),
    );
    let mut forwarder = forwarder_of(&with, 0);
    let new = taken(&with, &hook(7, NOW));
    run(&with, &mut forwarder);
    assert_eq!(receiver.got().iter().map(Received::entry).collect::<Vec<_>>(), [new]);
    // It stands still, then goes from the settings: what waited for it is nobody's any more.
    taken(&with, &hook(14, NOW));
    drop(forwarder);
    let without = with.reopened_with(&[("WEBHOOK_SECRET", SECRET)]);
    without.wait(tidy_up(&without.hub)).expect("tidied");
    let count = |file: &str, sql: &str| -> i64 {
        let database = rusqlite::Connection::open(without.data().join(file)).expect("opens");
        database.query_row(sql, [], |row| row.get(0)).expect("counted")
    };
    assert_eq!(count("journal.db", "select count(*) from withheld"), 0);
    assert_eq!(count("books.db", "select count(*) from cursor where name like 'forward:%'"), 0);
    let again = without.reopened_with(
        &settings.iter().copied().chain([("WEBHOOK_SECRET", SECRET)]).collect::<Vec<_>>(),
    );
    let mut forwarder = forwarder_of(&again, 0);
    let newest = taken(&again, &hook(21, NOW));
    run(&again, &mut forwarder);
    let got: Vec<_> = receiver.got().iter().map(Received::entry).collect();
    assert_eq!(got, [new, newest], "and nothing of the time between");
}

#[test]
fn how_far_behind_a_receiver_is_stands_in_the_metrics() {
    let mut receiver = Receiver::start();
    let desk = desk_with(&[("CREEL_FORWARD__MEASURED__URL", &receiver.url("/in"))]);
    let mut forwarder = forwarder_of(&desk, 0);
    receiver.goes_away();
    for number in [0, 7, 14] {
        taken(&desk, &hook(number, NOW));
    }
    step(&desk, &mut forwarder);
    desk.hub.clock().advance(Duration::from_secs(90));
    let metrics = || {
        let (_, text) = desk.request("GET", "/metrics", &[], b"");
        String::from_utf8(text).expect("text")
    };
    let told = metrics();
    for line in [
        "creel_forward_lag_entries{target=\"measured\"} 3",
        "creel_forward_oldest_age_seconds{target=\"measured\"} 90",
        "creel_forward_sent_total{target=\"measured\",outcome=\"taken\"} 0",
        "creel_forward_failures_total{target=\"measured\"} 1",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    receiver.comes_back();
    run(&desk, &mut forwarder);
    let told = metrics();
    assert!(told.contains("creel_forward_lag_entries{target=\"measured\"} 0"), "{told}");
    assert!(told.contains("sent_total{target=\"measured\",outcome=\"taken\"} 3"), "{told}");
}
