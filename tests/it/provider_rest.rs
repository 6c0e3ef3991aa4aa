//! The make-believe providers' REST side as others see it: over the wire, and by the vendor's own
//! libraries.

use creel::clock::Clock;
use creel::model::Timestamp;
use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, BIG_LOG, GIANT_PIPELINE, Settings};
use creel::simulator::world::contoso;

use crate::support::http::{Client, request};
use crate::support::providers::Providers;

/// Tuesday, 17 March 2026, 14:30.
const NOW: Timestamp = Timestamp(1_773_757_800_000);

// `:simulated-pat`
const AZURE: (&str, &str) = ("authorization", "Basic OnNpbXVsYXRlZC1wYXQ=");
const BUILDKITE: (&str, &str) = ("authorization", "Bearer simulated-pat");

fn providers() -> Providers {
    let clock = Clock::standing_at(NOW);
    let settings = Settings { limits: Limits::NONE, ..Settings::new(clock) };
    Providers::start(settings, Archive::with_history(1, NOW))
}

#[test]
fn a_log_of_a_million_lines_is_made_while_it_is_sent() {
    let providers = providers();
    let project = &contoso().projects[0].name;
    let target = format!("/contoso/{project}/_apis/build/builds/{BIG_LOG}/logs/3");
    let answer = request(providers.address, "GET", &target, &[AZURE], b"");
    assert_eq!(answer.status, 200);
    let lines = answer.body.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 1_000_002);
    let path = format!("/v2/organizations/acme/pipelines/{GIANT_PIPELINE}/builds/{BIG_LOG}");
    let build = request(providers.address, "GET", &path, &[BUILDKITE], b"").json();
    let job = build["jobs"][0]["id"].as_str().expect("a job");
    let target = format!("{path}/jobs/{job}/log.txt");
    let mut client = Client::connect(providers.address).expect("a connection");
    let ask =
        format!("HEAD {target} HTTP/1.1\r\nhost: x\r\n{}: {}\r\n\r\n", BUILDKITE.0, BUILDKITE.1);
    client.write(ask.as_bytes()).expect("sent");
    let head = client.read_head().expect("a head");
    let tail = [BUILDKITE, ("range", "bytes=-400")];
    let tail = request(providers.address, "GET", &target, &tail, b"");
    assert_eq!((tail.status, tail.body.len()), (206, 400));
    let range = tail.header("content-range").expect("a range");
    assert!(range.ends_with(head.header("content-length").expect("a length")), "{range}");
}

#[test]
fn what_the_script_spoils_is_spoiled_on_the_wire() {
    let providers = providers();
    let route = "_apis/projects";
    let get = || request(providers.address, "GET", "/contoso/_apis/projects", &[AZURE], b"");
    let whole = get();
    assert_eq!(whole.status, 200);
    for (mishap, status) in [
        (Mishap::Error, 500),
        (Mishap::Unavailable, 503),
        (Mishap::TooMany, 429),
        (Mishap::SignIn, 203),
        (Mishap::Hidden, 404),
        (Mishap::Forbidden, 403),
        (Mishap::Unauthorized, 401),
        (Mishap::RetryAfter, 200),
        (Mishap::Slow, 200),
    ] {
        let fault = RestFault { wait_s: 1, ..RestFault::first(mishap, 1, route) };
        providers.rest.set_faults(vec![fault]);
        let answer = get();
        assert_eq!(answer.status, status, "{mishap:?}");
        if matches!(mishap, Mishap::RetryAfter | Mishap::Unavailable) {
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(get().status, 200, "{mishap:?} comes once");
    }
    providers.rest.set_faults(vec![RestFault::first(Mishap::Garbage, 1, route)]);
    let half = get();
    assert!(whole.body.starts_with(&half.body) && half.body.len() < whole.body.len());
    let tally = providers.rest.tally();
    assert_eq!(tally.faults, 10);
    assert_eq!(tally.routes["GET contoso/_apis/projects"], tally.requests);
}
