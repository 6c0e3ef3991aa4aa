//! Logs as the enricher leaves them: planned, and fetched.

use creel::logs::Dialect;
use creel::model::StepRef;
use creel::store::sqlite::books::records::log_work::{FetchedLog, PlannedLog, log_public_id};

use super::desk::{Desk, NOW};

/// A desk with one build, and the build's id.
pub fn desk_with_build() -> (Desk, String) {
    with_build(Desk::open())
}

/// The same, on a desk that is there.
pub fn with_build(desk: Desk) -> (Desk, String) {
    desk.post_fixture("buildkite/build.finished.json");
    desk.step_all();
    let builds = desk.get_json("/api/v1/builds");
    let id = builds["items"][0]["id"].as_str().expect("a build").to_owned();
    (desk, id)
}

/// Row of a build.
pub fn row_of(desk: &Desk, build: &str) -> i64 {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    books
        .query_row("select id from build where public_id = ?1", [build], |row| row.get(0))
        .expect("a build")
}

fn planned(key: &str) -> PlannedLog {
    PlannedLog {
        step: StepRef { key: format!("job:{key}"), attempt: 1 },
        provider_key: key.to_owned(),
    }
}

/// A log that is to be fetched; its id.
pub fn plan(desk: &Desk, build: &str, key: &str) -> String {
    let row = row_of(desk, build);
    desk.hub
        .books()
        .write(|ledger| ledger.plan_log(row, build, &planned(key), NOW))
        .expect("planned");
    log_public_id(build, key)
}

/// A log that is here; its id.
pub fn keep(desk: &Desk, build: &str, key: &str, dialect: Dialect, text: &[u8]) -> String {
    let id = plan(desk, build, key);
    let now = desk.hub.clock().now();
    let mut writer = desk.hub.logs().begin(dialect, &id).expect("begun");
    for piece in text.chunks(1000) {
        writer.take(piece).expect("taken");
    }
    let (summary, file) = writer.commit().expect("committed");
    let count = |count: u64| i64::try_from(count).expect("small");
    let fetched = FetchedLog {
        lines: count(summary.lines),
        bytes: count(summary.bytes),
        stored_bytes: count(summary.stored_bytes),
        errors: count(summary.error_count),
        warnings: count(summary.warning_count),
        is_complete: true,
        cut: summary.cut,
        parts: None,
        file,
    };
    let row = row_of(desk, build);
    let replaced = desk
        .hub
        .books()
        .write(|ledger| {
            let log = ledger.log_work(row, key)?.expect("it was planned");
            ledger.log_fetched(log.id, &fetched, now)
        })
        .expect("written");
    if let Some(file) = replaced {
        desk.hub.logs().remove(&file).expect("removed");
    }
    id
}
