//! Sample data: loaded and removed, and nothing of what real senders told is touched by either.

use axum::http::StatusCode;
use creel::simulator::{build_story, once};
use serde_json::Value;

use crate::support::desk::{Desk, NOW};
use crate::support::server::eventually;

fn state(desk: &Desk) -> String {
    desk.get_json("/api/v1/sample")["state"].as_str().expect("a word").to_owned()
}

fn ask(desk: &Desk, method: &str) -> (StatusCode, Value) {
    let (status, body) = desk.request(method, "/api/v1/sample", &[], b"");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Rows of a table of the books.
fn rows(desk: &Desk, table: &str) -> i64 {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    books
        .query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))
        .expect("counted")
}

fn work_until(desk: &Desk, wanted: &str) {
    eventually(wanted, || {
        desk.step_all();
        state(desk) == wanted
    });
}

/// A real sender's hook of an organisation that the sample has not.
fn post_real(desk: &Desk) {
    for name in ["azure_devops/build_complete.json", "azure_devops/work_item_updated.json"] {
        desk.post_fixture(name);
    }
    desk.step_all();
}

#[test]
fn the_sample_is_loaded_and_removed_and_leaves_everything_else_as_it_was() {
    let desk = Desk::open();
    post_real(&desk);
    let before = desk.records();
    let events_before = desk.get_json("/api/v1/events")["items"].as_array().unwrap().len();
    assert_eq!(state(&desk), "absent");
    assert_eq!(ask(&desk, "DELETE").0, StatusCode::CONFLICT);

    let (status, loading) = ask(&desk, "POST");
    assert_eq!((status, &loading["state"]), (StatusCode::ACCEPTED, &"loading".into()));
    assert_eq!(ask(&desk, "POST").0, StatusCode::CONFLICT, "once is enough");
    work_until(&desk, "present");
    let sample = desk.get_json("/api/v1/sample");
    assert!(sample["builds"].as_i64() > Some(400), "{sample}");
    assert_eq!(desk.get_json("/api/v1/sources")["items"].as_array().unwrap().len(), 3);
    let results = rows(&desk, "test_result");
    assert!((8_000..60_000).contains(&results), "{results} test results");
    assert!((300..1_500).contains(&rows(&desk, "test_case")));
    assert_eq!(rows(&desk, "filing"), 0);
    assert_eq!(ask(&desk, "POST").0, StatusCode::CONFLICT, "it is here");

    let (status, removing) = ask(&desk, "DELETE");
    assert_eq!((status, &removing["state"]), (StatusCode::ACCEPTED, &"removing".into()));
    work_until(&desk, "absent");
    assert_eq!(desk.records(), before);
    for table in ["test_case", "test_set", "test_result", "test_failure", "filing"] {
        assert_eq!(rows(&desk, table), 0, "{table}");
    }
    let events = desk.get_json("/api/v1/events");
    assert_eq!(events["items"].as_array().unwrap().len(), events_before);
    let pipelines = desk.get_json("/api/v1/pipelines");
    assert_eq!(pipelines["items"].as_array().unwrap().len(), 1);
    // An entry of it that somebody still has the number of is not there any more.
    let (status, _) = desk.request("GET", "/api/v1/events/100", &[], b"");
    assert_eq!(status, StatusCode::NOT_FOUND);

    assert_eq!(ask(&desk, "POST").0, StatusCode::ACCEPTED, "it can be loaded once more");
    work_until(&desk, "present");
}

#[test]
fn what_a_real_sender_told_of_the_same_organisation_stays_when_the_sample_goes() {
    let desk = Desk::open();
    ask(&desk, "POST");
    work_until(&desk, "present");
    let push = once("buildkite:build.finished", 7, NOW).expect("known").hook;
    desk.post_hook(&push);
    desk.step_all();
    ask(&desk, "DELETE");
    work_until(&desk, "absent");
    let with_sample = desk.records();

    let alone = Desk::open();
    alone.post_hook(&push);
    alone.step_all();
    assert_eq!(with_sample, alone.records());
}

#[test]
fn the_sample_does_not_mix_with_a_real_source_of_its_name() {
    let desk = Desk::open();
    // `acme` sends already.
    for hook in build_story(1).hooks {
        desk.post_hook(&hook);
    }
    desk.step_all();
    let (status, problem) = ask(&desk, "POST");
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("acme"), "{problem}");
    assert_eq!(state(&desk), "absent");
}
