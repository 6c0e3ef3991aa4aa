//! `creel demo`: the real binary with a history of its own.

use creel::simulator::world::identities;

use crate::support::http::request;
use crate::support::server::{Server, eventually};

#[test]
fn the_demo_has_a_history_goes_on_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let demo = Server::demo(directory.path());
    // Everything was read before it said where it is.
    let get = |target: &str| {
        let answer = request(demo.address, "GET", target, &[], b"");
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    };
    let session = get("/api/v1/session");
    assert_eq!(session["via"], "demo");
    assert_eq!(session["setup_needed"], false);
    assert_eq!(get("/api/v1/events?status=pending")["items"], serde_json::json!([]));
    let sources = get("/api/v1/sources");
    let names: Vec<&str> =
        sources["items"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    let known = identities();
    assert!(names.contains(&&*known.organisation) && names.contains(&&*known.slug), "{names:?}");

    let builds = get("/api/v1/builds?limit=500");
    assert_eq!(builds["items"].as_array().unwrap().len(), 500);
    // Something is going on, whatever the time is.
    eventually("a build runs", || {
        !get("/api/v1/builds?state=running")["items"].as_array().unwrap().is_empty()
    });
    assert!(!get("/api/v1/builds?result=failure")["items"].as_array().unwrap().is_empty());
    let lists = ["/api/v1/subjects?kind=pull_request", "/api/v1/subjects?kind=work_item"];
    for list in lists {
        assert!(!get(list)["items"].as_array().unwrap().is_empty(), "{list}");
    }
    // Jobs reported their tests, and of one pipeline a test is broken since yesterday.
    let tested =
        builds["items"].as_array().unwrap().iter().filter(|build| !build["tests"].is_null());
    assert!(tested.count() > 150);
    let red = get("/api/v1/builds?pipeline=checkout-api&branch=main&result=failure&limit=3");
    let mut names = Vec::new();
    for build in red["items"].as_array().unwrap() {
        assert_eq!(build["tests"]["failed"], 1, "{build}");
        let id = build["id"].as_str().unwrap();
        let failed = get(&format!("/api/v1/builds/{id}/tests?status=failed"));
        assert!(
            failed["items"][0]["message"].as_str().unwrap().contains("panicked at"),
            "{failed}"
        );
        names.push(failed["items"][0]["name"].as_str().unwrap().to_owned());
    }
    names.dedup();
    assert_eq!((red["items"].as_array().unwrap().len(), names.len()), (3, 1), "{names:?}");
    // Entries stand in the order of their receipt.
    let events = get("/api/v1/events?limit=500");
    let received: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["received_at"].as_str().unwrap())
        .collect();
    assert!(received.is_sorted_by(|later, earlier| later >= earlier));
    // Hooks were received when they were sent, not all at once.
    let lag = sources["items"][0]["lag_p95_ms"].as_i64().expect("a lag");
    assert!(lag < 600_000, "{lag}");

    let newest = get("/api/v1/events?limit=1")["items"][0]["entry_id"].as_i64().expect("a number");
    eventually("the organisations go on working", || {
        let now = get("/api/v1/events?limit=1");
        now["items"][0]["entry_id"].as_i64().is_some_and(|entry| entry > newest)
    });
    // Keys are made here as anywhere, and a page of somebody else makes none.
    let key = br#"{"name": "k", "scopes": ["ingest"]}"#;
    let foreign = [("origin", "https://evil.test")];
    assert_eq!(request(demo.address, "POST", "/api/v1/keys", &foreign, key).status, 403);
    assert_eq!(request(demo.address, "POST", "/api/v1/keys", &[], key).status, 201);

    // A name that somebody else may have made to lead here makes nobody an administrator.
    let named = [("host", "evil.test"), ("origin", "http://evil.test")];
    assert_eq!(request(demo.address, "POST", "/api/v1/keys", &named, key).status, 401);

    demo.stop();
    let left = std::fs::read_dir(directory.path()).expect("listed").count();
    assert_eq!(left, 0, "the data is gone");
}
