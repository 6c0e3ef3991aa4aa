//! The whole server hands on: it is killed in the middle, and its receiver never answers. Nothing is lost,
//! what is repeated is the one entry that was on its way, and nobody else waits.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::http::Client;
use crate::support::receiver::{Received, Receiver};
use crate::support::server::{Server, eventually, prepared};

const ROUNDS: i64 = 5;

const HOOKS_PER_ROUND: i64 = 150;

fn post(server: &Server, key: &str, numbers: std::ops::Range<i64>) {
    let mut client = Client::connect(server.address).expect("connected");
    for number in numbers {
        let body = format!(
            "{{\"subscriptionId\":\"7f9c0c1e-0000-4000-8000-000000000001\",\"notificationId\":{number},\
              \"id\":\"7f9c0c1e-0000-4000-9000-{number:012}\",\"eventType\":\"git.push\"}}"
        );
        let headers = [("x-webhook-secret", key), ("content-type", "application/json")];
        let answer = client.send("POST", "/webhooks/azure", &headers, body.as_bytes());
        assert_eq!(answer.expect("answered").status, 200);
    }
}

#[test]
fn a_kill_in_the_middle_of_handing_on_loses_nothing_and_repeats_one_entry_at_most() {
    let (_directory, data, key) = prepared();
    // Slow enough that a round is never through when its end comes.
    let receiver = Receiver::answering(|_| {
        std::thread::park_timeout(Duration::from_millis(2));
        200.into()
    });
    let url = receiver.url("/in");
    let start = || {
        Server::start_with(&data, |command| {
            command.env("CREEL_FORWARD__URL", &url);
        })
    };
    let mut interrupted = 0;
    for round in 0..ROUNDS {
        let server = start();
        let before = receiver.got().len();
        post(&server, &key, round * HOOKS_PER_ROUND..(round + 1) * HOOKS_PER_ROUND);
        eventually("some were handed on", || receiver.got().len() > before + 10);
        server.kill();
        let reached = receiver.got().last().map_or(0, Received::entry);
        interrupted += usize::from(reached < (round + 1) * HOOKS_PER_ROUND);
    }
    assert!(interrupted > 0, "no round was interrupted: the test proves nothing");

    let server = start();
    let all = ROUNDS * HOOKS_PER_ROUND;
    eventually("all arrived", || receiver.got().last().is_some_and(|last| last.entry() == all));
    let forwards = || server.get("/api/v1/forwards", &key).json()["items"][0].clone();
    eventually("it says so", || forwards()["state"] == "idle");
    let got = receiver.got();
    let mut entries: Vec<i64> = got.iter().map(Received::entry).collect();
    assert!(entries.is_sorted(), "in order: {entries:?}");
    let received = entries.len();
    entries.dedup();
    let repeated = received - entries.len();
    assert_eq!(entries, (1..=all).collect::<Vec<_>>(), "every entry");
    assert!(
        repeated <= usize::try_from(ROUNDS).expect("few"),
        "{repeated} repeated in {ROUNDS} kills"
    );
    assert!(got.iter().all(|got| got.header("x-webhook-secret") == Some(key.as_str())));
    println!(
        "{ROUNDS} kills, {interrupted} in the middle: {all} entries arrived, {repeated} twice"
    );
    let said = server.stop();
    assert!(!said.contains(&key), "no secret in the log");
}

/// What goes out carries secrets: it goes to the address that is meant and to nobody between.
#[test]
fn proxies_of_the_environment_see_nothing() {
    let (_directory, data, key) = prepared();
    let (receiver, proxy) = (Receiver::start(), Receiver::start());
    let server = Server::start_with(&data, |command| {
        command.env("CREEL_FORWARD__URL", receiver.url("/in"));
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env(name, proxy.url(""));
        }
    });
    post(&server, &key, 0..1);
    eventually("it arrived somewhere", || !receiver.got().is_empty() || !proxy.got().is_empty());
    assert_eq!((receiver.got().len(), proxy.got().len()), (1, 0));
}

#[test]
fn a_receiver_that_never_answers_holds_up_neither_senders_nor_a_stop() {
    let (_directory, data, key) = prepared();
    // Connections are made by the kernel; nobody reads them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/in", silent.local_addr().expect("an address"));
    let server = Server::start_with(&data, |command| {
        command.env("CREEL_FORWARD__URL", &url).env("CREEL_FORWARD__TIMEOUT", "2m");
    });
    let begun = Instant::now();
    post(&server, &key, 0..50);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let forwards = || server.get("/api/v1/forwards", &key).json()["items"][0].clone();
    eventually("they wait", || forwards()["lag_entries"] == 50);
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    let receiver = Receiver::start();
    let url = receiver.url("/in");
    let _server = Server::start_with(&data, |command| {
        command.env("CREEL_FORWARD__URL", &url);
    });
    eventually("all arrived", || receiver.got().len() == 50);
}
