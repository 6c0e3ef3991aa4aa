//! The unhappy front door: whatever comes, the answer is right, a known sender loses nothing, and
//! memory stays bounded.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::http::{Client, request};
use crate::support::server::{Server, creel, eventually, make_key};

struct House {
    server: Server,
    key: String,
    directory: tempfile::TempDir,
}

fn house() -> House {
    house_with(|_| {})
}

fn house_with(change: impl FnOnce(&mut std::process::Command)) -> House {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "ingest,read,admin");
    House { server: Server::start_with(&data, change), key, directory }
}

impl House {
    fn hook(&self, body: &[u8]) -> (u16, Value) {
        let answer = self.server.post("/webhooks/azure", &[("x-api-key", &self.key)], body);
        (answer.status, answer.json())
    }

    fn entries(&self) -> usize {
        self.server.all("/api/v1/events", &self.key).len()
    }
}

/// A push of our own, small and of no interest.
fn push(number: u64) -> Vec<u8> {
    json!({
        "subscriptionId": "7f9c0c1e-0000-4000-8000-000000000001",
        "notificationId": number,
        "id": format!("7f9c0c1e-0000-4000-9000-{number:012}"),
        "eventType": "git.push",
        "publisherId": "tfs",
        "resource": {"repository": {"id": "7f9c0c1e-0000-4000-a000-000000000001", "name": "shop"}},
        "createdDate": "2026-03-02T10:00:00Z"
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_request_without_a_good_key_is_refused_and_nothing_is_stored() {
    let house = house();
    let data = house.server.data();
    let revoked = make_key(data, "ingest");
    let keys = house.server.get("/api/v1/keys", &house.key).json();
    let id = keys["items"].as_array().expect("keys").last().expect("a key")["id"].clone();
    assert!(creel(data, &["key", "revoke", &id.to_string()]).status.success());
    let reader = make_key(data, "read");

    for (key, status, code) in [
        (None, 401, "key_missing"),
        (Some("creel_wrong"), 401, "key_unknown"),
        (Some(revoked.as_str()), 401, "key_revoked"),
        (Some(reader.as_str()), 403, "scope_missing"),
    ] {
        let headers: Vec<_> = key.iter().map(|key| ("x-api-key", *key)).collect();
        let answer = house.server.post("/webhooks/azure", &headers, &push(1));
        let problem = answer.json();
        assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["error"], problem["detail"]);
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    }
    assert_eq!(house.entries(), 0);
}

#[test]
fn any_key_that_may_is_enough_wherever_it_stands() {
    let house = house();
    let data = house.server.data();
    let (reader, ingest) = (make_key(data, "read"), make_key(data, "ingest"));
    let send = |target: &str, headers: &[(&str, &str)]| {
        let answer = house.server.post(target, headers, &push(1));
        (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    let bearer = format!("Bearer {ingest}");
    for (target, headers) in [
        ("/webhooks/azure", [("x-api-key", reader.as_str()), ("authorization", bearer.as_str())]),
        ("/webhooks/azure", [("x-api-key", "creel_wrong"), ("authorization", bearer.as_str())]),
        ("/webhooks/azure", [("x-api-key", reader.as_str()), ("x-hook-secret", ingest.as_str())]),
    ] {
        assert_eq!(send(target, &headers).0, 200, "{target}");
    }
    let target = format!("/webhooks/azure?apiKey={ingest}");
    assert_eq!(send(&target, &[("x-api-key", &reader)]).0, 200);
    // When none may, the valid one is the one to speak of.
    for headers in [
        [("x-api-key", "creel_wrong"), ("x-hook-secret", reader.as_str())],
        [("x-api-key", reader.as_str()), ("x-hook-secret", "creel_wrong")],
    ] {
        assert_eq!(send("/webhooks/azure", &headers), (403, "scope_missing".to_owned()));
    }

    // Reading is judged alike.
    let headers = [("x-api-key", ingest.as_str()), ("x-hook-secret", reader.as_str())];
    let answer = request(house.server.address, "GET", "/api/v1/builds", &headers, b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_key_made_or_revoked_counts_from_the_next_request_on() {
    let house = house();
    let fresh = make_key(house.server.data(), "ingest");
    let send =
        |number| house.server.post("/webhooks/azure", &[("x-api-key", &fresh)], &push(number));
    assert_eq!(send(1).status, 200);
    assert!(creel(house.server.data(), &["key", "revoke", "2"]).status.success());
    assert_eq!(send(2).status, 401);
}

#[test]
fn the_key_may_come_in_any_of_the_usual_ways() {
    let house = house();
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("anyone:{}", house.key));
    let ways: Vec<(String, Vec<(&str, String)>)> = [
        ("x-api-key", house.key.clone()),
        ("authorization", format!("Bearer {}", house.key)),
        ("authorization", house.key.clone()),
        ("authorization", format!("Basic {basic}")),
        ("x-hook-secret", house.key.clone()),
        ("x-webhook-secret", house.key.clone()),
        ("x-buildkite-token", house.key.clone()),
        ("x-gitlab-token", house.key.clone()),
    ]
    .into_iter()
    .map(|header| ("/webhooks/azure".to_owned(), vec![header]))
    .chain([(format!("/webhooks/azure?apiKey={}", house.key), vec![])])
    .collect();
    for (number, (target, headers)) in (1..).zip(ways) {
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = house.server.post(&target, &headers, &push(number));
        assert_eq!(answer.status, 200, "{headers:?} {}", answer.text());
        assert_eq!(answer.json()["duplicate"], false);
    }
}

#[test]
fn every_route_and_alias_takes_hooks_and_answers_other_methods_with_405() {
    let house = house();
    let routes = [
        "/webhooks/azure",
        "/webhooks/azure-devops",
        "/hooks/receive",
        "/hooks/pushes",
        "/webhooks/buildkite",
        "/webhooks/github",
        "/webhooks/gitlab",
    ];
    for (number, route) in (1..).zip(routes) {
        let answer = house.server.post(route, &[("x-api-key", &house.key)], &push(number));
        assert_eq!(answer.status, 200, "{route}: {}", answer.text());
        // With a slash at the end it is the same address.
        let slashed = format!("{route}/");
        let again = house.server.post(&slashed, &[("x-api-key", &house.key)], &push(number));
        assert_eq!(again.json()["status"], "duplicate", "{slashed}: {}", again.text());
        let answer = request(house.server.address, "PUT", route, &[], b"");
        assert_eq!(answer.status, 405, "{route}");
        assert_eq!(answer.header("allow"), Some("POST"), "{route}");
    }
}

#[test]
fn what_cannot_be_read_is_kept_and_says_so() {
    let house = house();
    let deep = format!(
        "{{\"eventType\":\"build.complete\",\"resource\":{}1{}}}",
        "{\"a\":".repeat(2_000),
        "}".repeat(2_000)
    );
    for (body, status) in [
        (b"not json at all".as_slice(), "parked"),
        (b"", "parked"),
        (b"[1,2,3]", "parked"),
        (b"{\"eventType\": 7}", "parked"),
        (b"{\"eventType\":\"git.push\",\"resource\":", "parked"),
        (b"\xff\xfe\x00\x01", "parked"),
        (b"{\"eventType\":\"never.heard.of\"}", "skipped"),
        (deep.as_bytes(), "stored"),
    ] {
        let (code, answer) = house.hook(body);
        assert_eq!((code, answer["status"].as_str()), (200, Some(status)), "{answer}");
        if status != "stored" {
            assert!(answer["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{answer}");
        }
    }
    house.server.wait_until_read(&house.key);
    let parked = house.server.all("/api/v1/events?status=parked", &house.key);
    // The deep one is JSON, and what lies deep in it is of no interest: read, not parked.
    assert_eq!(parked.len(), 6, "{parked:?}");
}

#[test]
fn a_body_is_taken_up_to_sixteen_mebibytes_and_not_a_byte_more() {
    let house = house();
    let sized = |bytes: usize| {
        let mut body =
            b"{\"eventType\":\"build.complete\",\"resource\":{\"id\":1,\"fill\":\"".to_vec();
        body.resize(bytes - 3, b'x');
        body.extend_from_slice(b"\"}}");
        body
    };
    let limit = 16 * 1024 * 1024;
    assert_eq!(house.hook(&sized(limit)).0, 200);
    let answer = house.server.post("/webhooks/azure", &[("x-api-key", &house.key)], b"");
    assert_eq!(answer.status, 200, "an empty body is kept too");
    let mut client = Client::connect(house.server.address).expect("connected");
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ncontent-length: {}\r\n\r\n",
        house.key,
        limit + 1
    );
    client.write(head.as_bytes()).expect("written");
    let answer = client.read_answer().expect("an answer before the body");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body_too_large")));
}

#[test]
fn who_sends_all_of_a_body_before_it_reads_is_told_all_the_same_that_it_is_too_large() {
    let house = house();
    // As JavaScript and Python send: what is not taken breaks their pipe, and no answer is read.
    for (declares, bytes) in [(true, 40 << 20), (true, (16 << 20) + 1), (false, 24 << 20)] {
        let mut client = Client::connect(house.server.address).expect("connected");
        let length = match declares {
            true => format!("content-length: {bytes}"),
            false => "transfer-encoding: chunked".to_owned(),
        };
        let key = &house.key;
        let head = format!(
            "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{length}\r\n\r\n"
        );
        client.write(head.as_bytes()).expect("written");
        if !declares {
            client.write(format!("{bytes:x}\r\n").as_bytes()).expect("written");
        }
        client.write(&vec![b' '; bytes]).expect("all of it was taken");
        if !declares {
            client.write(b"\r\n0\r\n\r\n").expect("written");
        }
        let answer = client.read_answer().expect("an answer");
        assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body_too_large")));
    }
    let mut client = Client::connect(house.server.address).expect("connected");
    let key = &house.key;
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n"
    );
    client.write(head.as_bytes()).expect("written");
    // Nobody asks for what will not be taken.
    assert_eq!(client.read_answer().expect("an answer").status, 413);
}

#[test]
fn compressed_bodies_are_read_and_bombs_are_not() {
    let house = house();
    let gzip = |plain: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).expect("packed");
        encoder.finish().expect("packed")
    };
    let send = |body: &[u8], encoding: &str| {
        let headers = [("x-api-key", house.key.as_str()), ("content-encoding", encoding)];
        house.server.post("/webhooks/azure", &headers, body)
    };
    assert_eq!(send(&gzip(&push(1)), "gzip").json()["status"], "skipped");
    // The same delivery, not packed: the identity is that of the content.
    assert_eq!(house.hook(&push(1)).1["status"], "duplicate");

    let bomb = gzip(&vec![b' '; 256 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    let answer = send(&bomb, "gzip");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body_too_large")));
    let (_, peak) = house.server.memory_kib();
    assert!(peak < 256 * 1024, "the bomb went off: {peak} KiB at the peak");
}

#[test]
fn a_body_that_is_not_packed_as_it_claims_is_kept_as_it_came() {
    let house = house();
    let send = |route: &str, body: &[u8], encoding: &str| {
        let headers = [("x-api-key", house.key.as_str()), ("content-encoding", encoding)];
        let answer = house.server.post(route, &headers, body);
        assert_eq!(answer.status, 200, "{route} {encoding}: {}", answer.text());
        answer.json()["status"].as_str().expect("a status").to_owned()
    };
    assert_eq!(send("/webhooks/azure", b"not gzip", "gzip"), "parked");
    assert_eq!(send("/webhooks/azure", b"\x1f\x8b\x08\x00 cut off", "gzip"), "parked");
    assert_eq!(send("/webhooks/buildkite", b"\x0b\x02\x80{}\x03", "br"), "parked");
    assert_eq!(send("/hooks/anything", b"\x0b\x02\x80{}\x03", "br"), "skipped");
    // JSON that was never packed is what it is.
    assert_eq!(send("/webhooks/azure", &push(1), "gzip"), "skipped");
    assert_eq!(house.hook(&push(1)).1["status"], "duplicate");
    house.server.wait_until_read(&house.key);
    let shown = house.server.get("/api/v1/events/1", &house.key).json();
    assert_eq!((&shown["body"], &shown["status"]), (&json!("not gzip"), &json!("parked")));
    // A stranger's is refused before it is looked at.
    let stranger =
        house.server.post("/webhooks/azure", &[("content-encoding", "gzip")], b"not gzip");
    assert_eq!(stranger.status, 401);
}

#[test]
fn chunked_bodies_and_expect_continue_are_understood() {
    let house = house();
    let mut client = Client::connect(house.server.address).expect("connected");
    let body = push(1);
    let (first, second) = body.split_at(40);
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        house.key
    );
    client.write(head.as_bytes()).expect("written");
    for chunk in [first, second] {
        client.write(format!("{:x}\r\n", chunk.len()).as_bytes()).expect("written");
        client.write(chunk).expect("written");
        client.write(b"\r\n").expect("written");
    }
    client.write(b"0\r\n\r\n").expect("written");
    assert_eq!(client.read_answer().expect("answered").status, 200);

    let body = push(2);
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        house.key,
        body.len()
    );
    client.write(head.as_bytes()).expect("written");
    assert_eq!(client.read_one().expect("answered").status, 100);
    client.write(&body).expect("written");
    assert_eq!(client.read_answer().expect("answered").status, 200);
}

#[test]
fn a_body_that_ends_early_is_not_stored() {
    let house = house();
    let mut client = Client::connect(house.server.address).expect("connected");
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ncontent-length: 500\r\n\r\n",
        house.key
    );
    client.write(head.as_bytes()).expect("written");
    client.write(&push(1)[..100]).expect("written");
    client.end_sending().expect("ended");
    // An answer or a closed connection: either way the sender knows that it was not taken.
    if let Ok(answer) = client.read_answer() {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("body_incomplete")));
    }
    assert_eq!(house.entries(), 0);
}

#[test]
fn a_thousand_slow_connections_hold_up_nobody() {
    let house = house_with(|command| {
        command.env("CREEL_LIMITS__SLOW_SENDER", "2s");
    });
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ncontent-length: 5000\r\n\r\n{{",
        house.key
    );
    let mut slow: Vec<Client> = (0..1_000)
        .map(|_| {
            let mut client = Client::connect(house.server.address).expect("connected");
            client.write(head.as_bytes()).expect("written");
            client
        })
        .collect();
    for number in 1..=50 {
        assert_eq!(house.hook(&push(number)).0, 200);
    }
    let (_, peak) = house.server.memory_kib();
    println!("peak with 1,000 slow connections: {} MiB", peak / 1024);
    assert!(peak < 128 * 1024, "{peak} KiB at the peak");
    for client in &mut slow {
        let answer = client.read_answer().expect("told that it was too slow");
        assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("body_too_slow")));
    }
    assert_eq!(house.entries(), 50, "nothing was lost meanwhile");
}

fn hex_hmac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

#[test]
fn signatures_prove_the_sender_and_old_ones_do_not() {
    let secret = "not-a-real-signing-secret";
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "read,ingest");
    // A brought secret comes by the environment, as the command line would show it to everyone.
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
        .args(["key", "create", "--name", "signed", "--scope", "ingest", "--signing"])
        .args(["--value", "env:SIGNING_SECRET", "--json", "--data"])
        .arg(&data)
        .env("SIGNING_SECRET", secret)
        .output()
        .expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let server = Server::start(&data);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();

    let body = br#"{"event":"ping","service":{"id":"7f9c0c1e-0000-4000-8000-000000000009"}}"#;
    let sign = |time: u64, body: &[u8]| {
        let time = time.to_string();
        let signature = hex_hmac(secret, &[time.as_bytes(), b".", body]);
        format!("timestamp={time},signature={signature}")
    };
    let send = |signature: &str| {
        let answer =
            server.post("/webhooks/buildkite", &[("x-buildkite-signature", signature)], body);
        (answer.status, answer.json())
    };
    let good = sign(now, body);
    assert_eq!(send(&good).1["status"], "skipped");
    assert_eq!(send(&good).1["status"], "duplicate", "sent again: the same delivery");
    let (status, problem) = send(&sign(now - 3_600, body));
    assert_eq!((status, problem["code"].as_str()), (401, Some("signature_stale")));
    let (status, problem) = send(&sign(now, b"another body"));
    assert_eq!((status, problem["code"].as_str()), (401, Some("signature_bad")));
    assert_eq!(send("timestamp=1").0, 401);

    let push = push(1);
    let hub = hex_hmac(secret, &[&push]);
    for (number, (name, value)) in
        [("x-hub-signature", hub.clone()), ("x-hub-signature-256", format!("sha256={hub}"))]
            .into_iter()
            .enumerate()
    {
        let answer = server.post("/hooks/receive", &[(name, &value)], &push);
        let expected = if number == 0 { "skipped" } else { "duplicate" };
        assert_eq!(answer.json()["status"], expected, "{}", answer.text());
    }
    assert_eq!(server.all("/api/v1/events", &key).len(), 2);
}

#[test]
fn a_key_can_be_limited_to_a_project_a_network_and_a_rate() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let settings = directory.path().join("creel.toml");
    std::fs::write(
        &settings,
        "[networks]\noffice = [\"192.0.2.0/24\"]\nhere = [\"127.0.0.0/8\"]\n",
    )
    .expect("written");
    let make = |name: &str, more: &[&str]| {
        let mut arguments =
            vec!["key", "create", "--name", name, "--scope", "ingest", "--scope", "read", "--json"];
        arguments.extend(more);
        let output = creel(&data, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        made["key"].as_str().expect("a key").to_owned()
    };
    let office = make("office", &["--network", "office"]);
    let here = make("here", &["--network", "here", "--project", "Web"]);
    let seldom = make("seldom", &["--per-minute", "3"]);
    let server = Server::start(&data);
    let send = |key: &str, body: &[u8]| {
        let answer = server.post("/webhooks/azure", &[("x-api-key", key)], body);
        (answer.status, answer.header("retry-after").is_some(), answer.json())
    };

    assert_eq!(send(&office, &push(1)).2["code"], "network_not_allowed");
    let build = |project: &str| {
        json!({
            "eventType": "build.complete",
            "resource": {"id": 7, "status": "completed", "result": "succeeded",
                         "project": {"name": project}}
        })
        .to_string()
        .into_bytes()
    };
    assert_eq!(send(&here, &build("Web")).2["status"], "stored");
    let (status, _, answer) = send(&here, &build("Secret"));
    assert_eq!((status, answer["status"].as_str()), (200, Some("skipped")));
    assert!(answer["reason"].as_str().is_some_and(|reason| reason.contains("project")));
    // A release tells the GUID alone, and nobody knows that it is not Web's.
    let unnamed = json!({
        "eventType": "build.complete", "resource": {"id": 8},
        "resourceContainers": {"project": {"id": "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55"}}
    });
    assert_eq!(send(&here, unnamed.to_string().as_bytes()).2["status"], "stored");

    let answers: Vec<_> = (10..14).map(|number| send(&seldom, &push(number))).collect();
    let codes: Vec<_> = answers.iter().map(|(status, _, _)| *status).collect();
    assert_eq!(codes, [200, 200, 200, 503], "a known sender is asked to come back, never refused");
    assert!(answers[3].1, "and told when");

    let unknown =
        creel(&data, &["key", "create", "--name", "x", "--scope", "ingest", "--network", "home"]);
    let words = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && words.contains("here, office"), "{words}");
}

#[test]
fn a_stranger_over_the_rate_is_told_to_slow_down() {
    let house = house_with(|command| {
        command.env("CREEL_LIMITS__UNKNOWN_PER_MINUTE", "5");
    });
    let codes: Vec<u16> =
        (0..8).map(|_| house.server.post("/webhooks/azure", &[], b"{}").status).collect();
    assert_eq!(codes, [401, 401, 401, 401, 401, 429, 429, 429]);
    // The same address with a good key is not a stranger.
    assert_eq!(house.hook(&push(1)).0, 200);
}

#[test]
fn no_secret_is_found_in_logs_databases_or_answers() {
    let secrets = ["plainly-fake-azp-token-1", "plainly-fake-bk-token-2", "plainly-fake-header-3"];
    let house = house_with(|command| {
        command.env("RUST_LOG", "trace");
    });
    let target = format!(
        "/webhooks/azure?apiKey={}&azpToken={}&buildkiteToken={}",
        house.key, secrets[0], secrets[1]
    );
    let answer = house.server.post(&target, &[("x-team-secret", secrets[2])], &push(1));
    assert_eq!(answer.status, 200);
    house.server.wait_until_read(&house.key);
    let mut shown = house.server.get("/api/v1/events/1", &house.key).text();
    shown.push_str(&house.server.get("/api/v1/keys", &house.key).text());
    shown.push_str(&house.server.get("/api/v1/events", &house.key).text());
    shown.push_str(&house.server.get("/metrics", &house.key).text());
    let wrong = house.server.post("/webhooks/azure?apiKey=plainly-fake-wrong-4", &[], b"{}");
    shown.push_str(&wrong.text());
    shown.push_str(&house.server.said());
    let data = house.directory.path().join("data");
    let mut haystacks = vec![("answers and logs".to_owned(), shown.into_bytes())];
    for file in std::fs::read_dir(&data).expect("listed").filter_map(Result::ok) {
        if file.file_type().is_ok_and(|kind| kind.is_file()) {
            haystacks.push((
                file.file_name().to_string_lossy().into_owned(),
                std::fs::read(file.path()).expect("read"),
            ));
        }
    }
    assert!(haystacks.len() >= 4, "both databases and their logs were looked at");
    let key = house.key.as_str();
    for secret in secrets.into_iter().chain([key, "plainly-fake-wrong-4"]) {
        for (name, haystack) in &haystacks {
            let found = haystack.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret stands in {name}");
        }
    }
}

#[test]
fn a_channel_is_any_word_and_keeps_what_comes() {
    let house = house();
    for (number, word) in (1..).zip(["pushes", "caf%C3%A9", "%ff%fe", "a%2Fb"]) {
        let target = format!("/hooks/{word}");
        let answer = house.server.post(&target, &[("x-api-key", &house.key)], &push(number));
        assert_eq!(answer.status, 200, "{word}: {}", answer.text());
        let stranger = house.server.post(&target, &[], &push(number));
        assert_eq!(stranger.status, 401, "{word}");
    }
    house.server.wait_until_read(&house.key);
    let events = house.server.all("/api/v1/events", &house.key);
    let channels: Vec<_> = events.iter().rev().filter_map(|e| e["channel"].as_str()).collect();
    assert_eq!(channels, ["pushes", "caf\u{e9}", "\u{fffd}\u{fffd}", "a/b"]);
}

#[test]
fn a_stop_closes_the_port_only_after_what_had_begun() {
    let house = house();
    let mut slow = Client::connect(house.server.address).expect("connected");
    let body = push(1);
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        house.key,
        body.len()
    );
    slow.write(head.as_bytes()).expect("written");
    assert_eq!(slow.read_one().expect("answered").status, 100, "it has begun");
    slow.write(&body[..10]).expect("written");

    house.server.terminate();
    eventually("readiness is off", || house.server.get("/readyz", &house.key).status == 503);
    // Well beyond the notice that a balancer is given.
    let (begun, mut number) = (Instant::now(), 2);
    while begun.elapsed() < Duration::from_secs(1) {
        let answer =
            house.server.post("/webhooks/azure", &[("x-api-key", &house.key)], &push(number));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"));
        number += 1;
    }
    slow.write(&body[10..]).expect("written");
    assert_eq!(slow.read_answer().expect("answered").status, 200);
    let House { server, key, directory } = house;
    let data = server.data().to_owned();
    server.ended();
    // All of them are there after the next start.
    let server = Server::start(&data);
    server.wait_until_read(&key);
    assert_eq!(server.all("/api/v1/events", &key).len() as u64, number - 1);
    drop(directory);
}

#[test]
fn a_refused_request_does_not_cost_the_next_one_on_its_connection() {
    let house = house();
    let mut client = Client::connect(house.server.address).expect("connected");
    let head = |key: &str, more: &str, length: usize| {
        format!(
            "POST /webhooks/azure HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{more}content-length: {length}\r\n\r\n"
        )
    };
    // The body comes in a packet of its own, as many clients send it.
    for number in 0..20 {
        client.write(head("creel_wrong", "", 2).as_bytes()).expect("written");
        client.write(b"{}").expect("written");
        let refused = client.read_answer().expect("answered");
        assert_eq!((refused.status, refused.header("connection")), (401, None));
        let body = push(100 + number);
        client.write(head(&house.key, "", body.len()).as_bytes()).expect("written");
        client.write(&body).expect("written");
        assert_eq!(client.read_answer().expect("answered").status, 200);
    }

    // What would take long to read is not read, and the answer says so.
    for (more, length) in [("", 5_000_000), ("expect: 100-continue\r\n", 2)] {
        let mut client = Client::connect(house.server.address).expect("connected");
        client.write(head("creel_wrong", more, length).as_bytes()).expect("written");
        let refused = client.read_answer().expect("answered");
        assert_eq!((refused.status, refused.header("connection")), (401, Some("close")));
    }
}
