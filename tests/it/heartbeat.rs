//! An outside watcher is told of life as long as events can be stored, and of nothing else.

use std::time::Duration;

use creel::outbound::Client;
use creel::workers::heartbeat::{Beat, Heartbeat};

use crate::support::desk::Desk;
use crate::support::receiver::Receiver;

fn heart(desk: &Desk) -> Heartbeat {
    let settings = desk.hub.config().heartbeat.clone().expect("set");
    let client = Client::new().expect("a client");
    Heartbeat::new(&desk.hub, &settings, client).expect("an address")
}

#[test]
fn the_watcher_is_told_while_events_can_be_stored_and_left_to_wonder_otherwise() {
    let mut watcher = Receiver::start();
    let url = watcher.url("/ping/not-a-real-token?status=up");
    let desk =
        Desk::open_with(&[("CREEL_HEARTBEAT__URL", &url), ("CREEL_HEARTBEAT__EVERY", "30s")]);
    assert_eq!(desk.hub.config().heartbeat.as_ref().expect("set").every, Duration::from_secs(30));
    let mut heart = heart(&desk);
    let last_success = || {
        let (_, text) = desk.request("GET", "/metrics", &[], b"");
        let text = String::from_utf8(text).expect("text");
        let name = "creel_heartbeat_last_success_timestamp_seconds ";
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.parse::<f64>().ok())
    };
    assert_eq!(desk.wait(heart.step()), Beat::Heard);
    let got = watcher.got().remove(0);
    assert_eq!(
        (got.method.as_str(), got.target.as_str()),
        ("GET", "/ping/not-a-real-token?status=up")
    );
    assert!(got.header("user-agent").is_some_and(|agent| agent.starts_with("creel/")), "{got:?}");
    let heard = last_success().expect("measured");
    assert!(heard > 1_700_000_000.0, "{heard}");

    desk.hub.clock().advance(Duration::from_mins(1));
    watcher.goes_away();
    // Either the kept connection is found to have ended, or a new one is refused.
    assert!(matches!(desk.wait(heart.step()), Beat::Lost(_)));
    assert_eq!(last_success(), Some(heard));

    watcher.comes_back();
    desk.hub.drain();
    assert_eq!(desk.wait(heart.step()), Beat::Held("stopping: the server is stopping".to_owned()));
    assert_eq!(watcher.got().len(), 1);
}

#[test]
fn a_watcher_that_answers_with_an_error_did_not_hear_it() {
    let watcher = Receiver::answering(|_| 404.into());
    let desk = Desk::open_with(&[("CREEL_HEARTBEAT__URL", &watcher.url("/ping"))]);
    assert_eq!(desk.wait(heart(&desk).step()), Beat::Lost("answered 404".to_owned()));
}
