//! What is kept for how long: what goes, what stays, and what is said of what is gone.

use std::time::Duration;

use axum::http::StatusCode;
use creel::http::feed;
use creel::keys::{KeyLimits, KeyRequest};
use creel::model::By;
use creel::simulator::World;
use creel::store::StoreError;
use creel::store::sqlite::books::{Books, FORWARD, Ledger};
use creel::workers::janitor::{Janitor, Progress};
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW, unpackable};

const BUILD: &str = "azure_devops/build_complete.json";
const PUSH: &str = "azure_devops/push.json";
/// Posted last, so that it is the newest entry, which always stays.
const NEWEST: &str = "azure_devops/run_completed.json";

/// Bodies for two days, events for four, records for six.
const DAYS: [(&str, &str); 3] = [
    ("CREEL_RETENTION__BODIES", "2d"),
    ("CREEL_RETENTION__EVENTS", "4d"),
    ("CREEL_RETENTION__BUILDS", "6d"),
];

fn desk() -> Desk {
    Desk::open_with(&DAYS)
}

fn days(desk: &Desk, days: u64) {
    desk.hub.clock().advance(Duration::from_hours(24 * days));
}

fn answer(desk: &Desk, method: &str, target: &str, body: &[u8]) -> (StatusCode, Value) {
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let (status, body) = desk.request(method, target, &json, body);
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn has_body(desk: &Desk, entry: i64) -> bool {
    !desk.get_json(&format!("/api/v1/events/{entry}"))["body"].is_null()
}

/// Numbers of the entries that a list of events shows, oldest first.
fn lines(desk: &Desk) -> Vec<i64> {
    let events = desk.get_json("/api/v1/events?limit=500");
    let items = events["items"].as_array().expect("items").iter();
    let mut entries: Vec<i64> = items.filter_map(|event| event["entry_id"].as_i64()).collect();
    entries.reverse();
    entries
}

fn class(desk: &Desk, name: &str) -> Value {
    let storage = desk.get_json("/api/v1/storage");
    let classes = storage["classes"].as_array().expect("classes");
    classes.iter().find(|class| class["class"] == name).expect("a class").clone()
}

#[test]
fn a_body_goes_with_its_age_and_what_was_read_of_it_stays() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.step_all();
    let before = desk.records();
    days(&desk, 1);
    desk.tidy_up();
    assert!(has_body(&desk, 1), "it is younger than promised");

    days(&desk, 1);
    desk.post_fixture(NEWEST);
    desk.step_all();
    let with_both = desk.records();
    desk.tidy_up();
    let event = desk.get_json("/api/v1/events/1");
    assert_eq!((&event["body"], &event["headers"]), (&Value::Null, &json!({})));
    assert_eq!(
        event["body_gone"]["reason"],
        "headers and bodies are kept for 2 days (retention.bodies)"
    );
    assert!(event["body_gone"]["at"].is_string(), "{event}");
    assert_eq!(event["status"], "done");
    assert!(!event["facts"].as_array().expect("facts").is_empty());
    assert_eq!(desk.get_json("/api/v1/events/2")["body_gone"], Value::Null);
    assert_ne!(before, with_both);
    assert_eq!(desk.records(), with_both, "records are as they were");

    // The same delivery is known for ever.
    assert_eq!(desk.post_fixture(BUILD)["status"], "duplicate");
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/events/1")["duplicates"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_has_no_body_is_not_read_again_and_that_is_said() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.step_all();
    days(&desk, 3);
    desk.post_fixture(NEWEST);
    desk.step_all();
    desk.tidy_up();
    let before = desk.records();

    let (status, problem) = answer(&desk, "POST", "/api/v1/events/1/replay", b"");
    assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("body_gone")));
    assert!(problem["detail"].as_str().expect("a sentence").contains("retention.bodies"));
    let (status, queued) = answer(&desk, "POST", "/api/v1/events/replay", b"{}");
    assert_eq!((status, queued), (StatusCode::OK, json!({"queued": 1, "gone": 1})));
    desk.step_all();
    assert_eq!(desk.records(), before);
}

#[test]
fn a_line_goes_after_its_body_and_a_record_after_the_last_that_was_heard_of_it() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.post_fixture("azure_devops/work_item_updated.json");
    desk.step_all();
    let builds = desk.get_json("/api/v1/builds");
    let id = builds["items"][0]["id"].as_str().expect("an id").to_owned();
    let counted = desk.get_json("/webhooks/metrics");
    days(&desk, 5);
    desk.post_fixture(PUSH);
    desk.step_all();
    desk.tidy_up();
    assert_eq!(lines(&desk), [3]);
    let (status, problem) = answer(&desk, "GET", "/api/v1/events/1", b"");
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        problem["detail"],
        "entry 1 is no longer kept: events are kept for 4 days (retention.events)"
    );
    let (status, problem) = answer(&desk, "POST", "/api/v1/events/1/replay", b"");
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    let facts = desk.get_json(&format!("/api/v1/builds/{id}/facts"));
    assert!(!facts["items"].as_array().expect("facts").is_empty(), "facts stay with their build");
    assert_eq!(counted["byType"]["build.complete"], 1);
    let still = desk.get_json("/webhooks/metrics");
    assert_eq!(still["byType"]["build.complete"], 1, "counters outlive what they count");

    // Another build, whose row is newer.
    desk.post_fixture("buildkite/build.running.json");
    desk.step_all();
    days(&desk, 2);
    desk.tidy_up();
    assert_eq!(answer(&desk, "GET", &format!("/api/v1/builds/{id}"), b"").0, StatusCode::NOT_FOUND);
    assert_eq!(desk.get_json("/api/v1/subjects?kind=work_item")["items"], json!([]));
    assert_eq!(desk.get_json("/api/v1/builds")["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_late_hook_of_a_removed_build_makes_it_anew_under_its_old_id() {
    let desk = desk();
    desk.post_fixture("azure_devops/run_started.json");
    desk.step_all();
    let id = |desk: &Desk| desk.get_json("/api/v1/builds")["items"][0]["id"].clone();
    let before = id(&desk);
    desk.post_fixture("buildkite/build.running.json");
    desk.step_all();
    days(&desk, 6);
    desk.tidy_up();
    let left = desk.get_json("/api/v1/builds");
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1), "the newest row stays");

    desk.post_fixture("azure_devops/run_completed.json");
    desk.step_all();
    let builds = desk.get_json("/api/v1/builds");
    let again =
        builds["items"].as_array().expect("items").iter().any(|build| build["id"] == before);
    assert!(again, "{builds}");
}

#[test]
fn what_cannot_be_read_keeps_its_body_as_long_as_its_line() {
    let desk = desk();
    let answered = desk.post("/webhooks/azure", &[], b"not json");
    assert_eq!(answered["status"], "parked");
    desk.post_fixture(NEWEST);
    desk.step_all();
    days(&desk, 3);
    desk.tidy_up();
    assert!(has_body(&desk, 1));
    assert_eq!(class(&desk, "bodies")["held"], 1);
    let queued = answer(&desk, "POST", "/api/v1/events/1/replay", b"").1;
    assert_eq!(queued["queued"], 1, "an upgrade can read it");
    desk.step_all();

    days(&desk, 2);
    desk.tidy_up();
    assert_eq!(lines(&desk), [2]);
    let metrics = desk.request("GET", "/metrics", &[], b"").1;
    let metrics = String::from_utf8(metrics).expect("text");
    assert!(metrics.contains("\ncreel_entries_parked 0\n"), "{metrics}");
}

#[test]
fn what_was_not_read_or_not_sent_on_keeps_its_body() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.post_fixture(PUSH);
    days(&desk, 3);
    desk.post_fixture(NEWEST);
    desk.tidy_up();
    assert!(has_body(&desk, 1), "the processor did not read it yet");

    desk.step_all();
    let place = format!("{FORWARD}old-receiver");
    let sent_on = |books: &Books, entry: i64| {
        books.write(|ledger| ledger.set_position(&place, entry)).expect("written");
    };
    sent_on(desk.hub.books(), 1);
    desk.tidy_up();
    assert_eq!([has_body(&desk, 1), has_body(&desk, 2)], [false, true]);
    sent_on(desk.hub.books(), 2);
    desk.tidy_up();
    assert!(!has_body(&desk, 2));
    // Nobody waits longer than the event is kept.
    sent_on(desk.hub.books(), 0);
    desk.post_fixture("azure_devops/job_completed.json");
    desk.step_all();
    days(&desk, 5);
    desk.post_fixture("azure_devops/stage_waiting.json");
    desk.step_all();
    desk.tidy_up();
    assert_eq!(lines(&desk), [5]);
}

#[test]
fn sample_data_can_be_removed_however_old_it_is() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.step_all();
    let before = desk.records();
    let request = KeyRequest {
        name: "sample".to_owned(),
        scopes: "ingest".parse().expect("scopes"),
        signing: false,
        limits: KeyLimits::default(),
        value: None,
    };
    let key = desk.hub.keys().create(&request, &By::creel(NOW)).expect("a key").key;
    let write = |change: &dyn Fn(&Ledger<'_>) -> Result<(), StoreError>| {
        desk.hub.books().write(|ledger| change(ledger)).expect("written");
    };
    write(&|ledger| ledger.insert_sample(key.id, NOW));
    let told = World::between(1, NOW, NOW.plus(Duration::from_hours(3)));
    desk.wait(feed::take_in(&desk.hub, &key, told)).expect("stored");
    desk.step_all();
    let told = desk.hub.journal().last().0 - 1;
    assert!(told > 50, "{told}");

    days(&desk, 7);
    desk.post_fixture(NEWEST);
    desk.step_all();
    desk.tidy_up();
    assert_eq!(class(&desk, "bodies")["held"], told);
    assert_eq!(class(&desk, "events")["held"], told, "by its lines it is found");
    write(&|ledger| ledger.remove_sample(key.id, NOW));
    desk.step_all();
    desk.tidy_up();
    assert_eq!(class(&desk, "bodies")["held"], 0);
    assert_eq!(lines(&desk), [told + 2]);
    // The one real build was told of once more in the end, and is what both hooks make of it.
    let alone = self::desk();
    alone.post_fixture(BUILD);
    alone.post_fixture(NEWEST);
    alone.step_all();
    assert_eq!(desk.records(), alone.records());
    assert_ne!(desk.records(), before);
}

#[test]
fn a_size_lets_the_oldest_go_first_but_nothing_of_the_last_day() {
    let desk = Desk::open_with(&[
        ("CREEL_RETENTION__BODIES", "forever"),
        ("CREEL_RETENTION__EVENTS", "forever"),
        ("CREEL_RETENTION__BODIES_SIZE", "16MiB"),
    ]);
    // Two a day.
    for number in 0..24 {
        desk.post("/hooks/files", &[], &unpackable(number));
        desk.step_all();
        desk.hub.clock().advance(Duration::from_hours(11));
        desk.tidy_up();
    }
    let with_body: Vec<i64> = (1..=24).filter(|entry| has_body(&desk, *entry)).collect();
    assert_eq!(with_body, (9..=24).collect::<Vec<i64>>());
    let storage = desk.get_json("/api/v1/storage");
    let used = storage["files"][0]["used_bytes"].as_i64();
    assert!((Some(15_000_000)..=Some(16 << 20)).contains(&used), "{storage}");
    assert_eq!(class(&desk, "bodies")["removed"], 8);
    assert!(class(&desk, "bodies")["reclaimed_bytes"].as_i64() > Some(8_000_000));
    let reason = desk.get_json("/api/v1/events/3")["body_gone"]["reason"].clone();
    assert!(reason.as_str().expect("a sentence").contains("retention.bodies_size"), "{reason}");

    // A day on which more comes than may be kept: what came stays.
    for number in 24..44 {
        desk.post("/hooks/files", &[], &unpackable(number));
    }
    desk.step_all();
    desk.tidy_up();
    assert!((25..=44).all(|entry| has_body(&desk, entry)));
}

#[test]
fn a_run_is_told_by_storage_and_metrics() {
    let desk = desk();
    assert_eq!(class(&desk, "bodies")["last_run_at"], Value::Null);
    desk.post_fixture(BUILD);
    desk.step_all();
    days(&desk, 3);
    desk.post_fixture(NEWEST);
    desk.step_all();
    desk.tidy_up();
    let bodies = class(&desk, "bodies");
    assert_eq!(bodies["age_ms"], 2 * 24 * 3_600_000);
    assert_eq!((&bodies["removed"], &bodies["held"]), (&json!(1), &json!(0)));
    assert!(bodies["last_run_at"].is_string() && bodies["oldest_at"].is_string());
    let storage = desk.get_json("/api/v1/storage");
    assert_eq!(storage["forecast"]["outlook"], "unknown");
    assert_eq!(storage["history"].as_array().map(Vec::len), Some(1));

    days(&desk, 1);
    desk.tidy_up();
    let storage = desk.get_json("/api/v1/storage");
    assert_eq!(storage["forecast"]["outlook"], "enough", "{storage}");
    let metrics = desk.request("GET", "/metrics", &[], b"").1;
    let metrics = String::from_utf8(metrics).expect("text");
    for line in [
        "creel_retention_removed_total{class=\"bodies\"} 1\n",
        "creel_retention_reclaimed_bytes_total{class=\"events\"} 0\n",
        "creel_retention_held{class=\"builds\"} 0\n",
        "creel_retention_last_run_timestamp_seconds{class=\"aggregates\"} ",
        "creel_retention_oldest_timestamp_seconds{class=\"bodies\"} ",
        "creel_data_bytes{file=\"journal.db\"} ",
        "creel_data_bytes{file=\"books.db-wal\"} ",
        "creel_data_used_bytes{file=\"books.db\"} ",
        "creel_disk_days_left 1825\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    // An hour has to pass until the next run.
    let mut janitor = Janitor::of(&desk.hub);
    assert_eq!(janitor.step().expect("a step"), Progress::Idle);
}

#[test]
fn a_clock_that_is_far_ahead_removes_nothing_before_a_day_has_confirmed_it() {
    let desk = desk();
    desk.post_fixture(BUILD);
    desk.post_fixture(NEWEST);
    desk.step_all();
    // As on a machine that has started and was not told the time yet.
    let ahead = Duration::from_hours(24 * 400);
    let desk = desk.reopened_at(&DAYS, NOW.plus(ahead));
    let mut janitor = Janitor::of(&desk.hub);
    let mut tidy_up = || while janitor.step().expect("a step") == Progress::Worked {};
    tidy_up();
    assert!(has_body(&desk, 1));
    assert_eq!(lines(&desk), [1, 2]);

    // Nobody has set it back: that much time has passed.
    for _ in 0..25 {
        desk.hub.clock().advance(Duration::from_hours(1));
        tidy_up();
    }
    assert_eq!(lines(&desk), [2], "the newest stays");
}
