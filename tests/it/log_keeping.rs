//! Logs over the years: what goes when, what a backup brings back, what the doctor says.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use creel::backup::{make, restore};
use creel::config::{Config, Overrides};
use creel::doctor::{Case, Mark};
use creel::logs::Dialect;
use creel::store::sqlite::beside::Look;
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW, unpackable};
use crate::support::logs::{desk_with_build, keep, with_build};

const NEWEST: &str = "azure_devops/run_completed.json";

fn days(desk: &Desk, days: u64) {
    desk.hub.clock().advance(Duration::from_hours(24 * days));
}

/// Files of logs, whoever names them.
fn files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for group in std::fs::read_dir(data.join("logs")).expect("listed") {
        for file in std::fs::read_dir(group.expect("a group").path()).expect("listed") {
            files.push(file.expect("a file").path());
        }
    }
    files
}

fn class(desk: &Desk) -> Value {
    let storage = desk.get_json("/api/v1/storage");
    let classes = storage["classes"].as_array().expect("classes");
    classes.iter().find(|class| class["class"] == "logs").expect("a class").clone()
}

/// Make files as old as a run has to find them.
fn aged(files: &[PathBuf]) {
    for file in files {
        let file = std::fs::File::options().write(true).open(file).expect("opened");
        file.set_modified(SystemTime::now() - Duration::from_hours(2)).expect("set back");
    }
}

/// What the doctor says of logs.
fn doctor(data: &Path, look: Look) -> Vec<(Mark, String)> {
    let overrides = Overrides { data: Some(data.to_owned()), ..Overrides::default() };
    let config = Config::load(&overrides, &[]).expect("settings");
    let case = Case { config: &config, now: NOW, look, is_running: true };
    let findings = case.examine().into_iter().filter(|finding| finding.check == "logs");
    findings.map(|finding| (finding.mark, finding.says)).collect()
}

#[test]
fn a_log_goes_with_its_age_and_says_so() {
    let (desk, build) = with_build(Desk::open_with(&[("CREEL_RETENTION__LOGS", "2d")]));
    let old = keep(&desk, &build, "old", Dialect::Buildkite, b"old\n");
    days(&desk, 2);
    let young = keep(&desk, &build, "young", Dialect::Buildkite, b"young\n");
    desk.post_fixture(NEWEST);
    desk.step_all();
    assert_eq!(class(&desk)["oldest_at"], json!(NOW.to_string()));
    desk.tidy_up();

    let page = desk.get_json(&format!("/api/v1/logs/{old}"));
    assert_eq!((&page["state"], &page["code"]), (&json!("unavailable"), &json!("removed")));
    assert_eq!(page["reason"], "it was kept for 2 days (retention.logs)");
    assert_eq!(page["items"], json!([]));
    assert_eq!(desk.get_json(&format!("/api/v1/logs/{young}"))["state"], "done");
    assert_eq!(files(&desk.data()).len(), 1);
    let class = class(&desk);
    assert_eq!((&class["file"], &class["removed"]), (&json!("logs/"), &json!(1)));
    assert!(class["reclaimed_bytes"].as_i64().is_some_and(|bytes| bytes > 100));
}

#[test]
fn where_all_are_too_large_the_oldest_go_but_none_of_the_last_day() {
    let (desk, build) = with_build(Desk::open_with(&[("CREEL_RETENTION__LOGS_SIZE", "16MiB")]));
    // Letters, so that nothing in them is taken for a move of the cursor: six bits of each byte are left.
    let megabytes = |number: u64| {
        let random: Vec<u8> = (0..8).flat_map(|part| unpackable(number * 8 + part)).collect();
        let mut log: Vec<u8> = random.iter().map(|byte| b'0' + (byte & 63)).collect();
        log.iter_mut().step_by(100).for_each(|letter| *letter = b'\n');
        log
    };
    let kept: Vec<String> = (0..4)
        .map(|number| {
            let id = keep(
                &desk,
                &build,
                &format!("log-{number}"),
                Dialect::Buildkite,
                &megabytes(number),
            );
            days(&desk, 1);
            id
        })
        .collect();
    let today = keep(&desk, &build, "today", Dialect::Buildkite, &megabytes(9));
    desk.post_fixture(NEWEST);
    desk.step_all();
    desk.tidy_up();
    let state =
        |id: &String| desk.get_json(&format!("/api/v1/logs/{id}/search?q=x"))["reason"].clone();
    let removed = json!("newer logs needed its room (retention.logs_size)");
    assert_eq!(kept.iter().map(state).filter(|reason| *reason == removed).count(), 3);
    assert_eq!((state(&kept[3]), state(&today)), (Value::Null, Value::Null));
}

#[test]
fn a_log_goes_with_its_build_and_what_a_crash_left_goes_too() {
    let settings = [("CREEL_RETENTION__BUILDS", "2d"), ("CREEL_RETENTION__EVENTS", "2d")];
    let (desk, build) = with_build(Desk::open_with(&settings));
    let id = keep(&desk, &build, "a", Dialect::Buildkite, b"a\n");
    // Written, and never named: the machine stopped in between.
    let mut writer = desk.hub.logs().begin(Dialect::Buildkite, &id).expect("begun");
    writer.take(b"b\n").expect("taken");
    writer.commit().expect("committed");
    assert_eq!(files(&desk.data()).len(), 2);
    desk.tidy_up();
    assert_eq!(files(&desk.data()).len(), 2, "somebody may be about to name it");
    days(&desk, 3);
    desk.post_fixture(NEWEST);
    desk.step_all();
    aged(&files(&desk.data()));
    desk.tidy_up();
    assert!(files(&desk.data()).is_empty(), "{:?}", files(&desk.data()));
    let (status, _) = desk.request("GET", &format!("/api/v1/logs/{id}"), &[], b"");
    assert_eq!(status, 404);
}

#[test]
fn storage_counts_the_files_of_logs() {
    let (desk, build) = desk_with_build();
    keep(&desk, &build, "a", Dialect::Buildkite, &unpackable(1));
    let storage = desk.get_json("/api/v1/storage");
    let files = storage["files"].as_array().expect("files");
    let logs = files.iter().find(|file| file["name"] == "logs/").expect("a line");
    assert!(logs["bytes"].as_i64().is_some_and(|bytes| bytes > 1_000_000), "{logs}");
    desk.tidy_up();
    let history = desk.get_json("/api/v1/storage")["history"].clone();
    assert_eq!(history[0]["logs_bytes"], logs["bytes"]);
}

#[test]
fn a_backup_brings_logs_back_and_says_which_it_could_not_take() {
    let (desk, build) = desk_with_build();
    let text = b"one\ntwo\n";
    let whole = keep(&desk, &build, "whole", Dialect::Buildkite, text);
    let lost = keep(&desk, &build, "lost", Dialect::Buildkite, text);
    let lost_file = files(&desk.data())
        .into_iter()
        .find(|file| file.to_string_lossy().contains(&lost))
        .expect("its file");
    std::fs::remove_file(lost_file).expect("removed");

    let spare = tempfile::tempdir().expect("a directory");
    let (from, to) = (spare.path().join("spare"), spare.path().join("restored"));
    let secrets_key = desk.data().join("secrets.key");
    let wish = make::Wish {
        data: &desk.data(),
        secrets_key: &secrets_key,
        with_secrets_key: true,
        disk_low_bytes: 0,
        to: &from,
        now: NOW,
    };
    let manifest = wish.make(|_| ControlFlow::Continue(())).expect("made");
    assert_eq!(manifest.logs().count(), 1);
    assert!(matches!(&manifest.logs_left_out[..], [name] if name.contains(&lost)), "{manifest:?}");

    std::fs::create_dir_all(&to).expect("made");
    let manifest = restore::manifest(&from).expect("read");
    let wish = restore::Wish {
        from: &from,
        data: &to,
        secrets_key: &to.join("secrets.key"),
        sealed: restore::Sealed::Kept,
    };
    wish.restore(&manifest, |_| {}).expect("restored");
    assert!(doctor(&to, Look::Full).iter().all(|(mark, _)| *mark == Mark::Well));
    let restored = tempfile::tempdir().expect("a directory");
    std::fs::rename(&to, restored.path().join("data")).expect("moved");
    let desk = Desk::open_on(restored, &[], NOW);
    let page = desk.get_json(&format!("/api/v1/logs/{whole}"));
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    let page = desk.get_json(&format!("/api/v1/logs/{lost}"));
    assert_eq!(
        (&page["state"], &page["reason"]),
        (&json!("unavailable"), &json!("it was not in the backup"))
    );
}

#[test]
fn a_log_that_was_changed_in_a_backup_is_not_restored() {
    let (desk, build) = desk_with_build();
    keep(&desk, &build, "a", Dialect::Buildkite, b"one\n");
    let spare = tempfile::tempdir().expect("a directory");
    let (from, to) = (spare.path().join("spare"), spare.path().join("restored"));
    let wish = make::Wish {
        data: &desk.data(),
        secrets_key: &desk.data().join("secrets.key"),
        with_secrets_key: false,
        disk_low_bytes: 0,
        to: &from,
        now: NOW,
    };
    let manifest = wish.make(|_| ControlFlow::Continue(())).expect("made");
    let log = from.join(&manifest.logs().next().expect("a log").name);
    let mut bytes = std::fs::read(&log).expect("read");
    bytes[20] ^= 1;
    std::fs::write(&log, bytes).expect("written");
    std::fs::create_dir_all(&to).expect("made");
    let wish = restore::Wish {
        from: &from,
        data: &to,
        secrets_key: &to.join("secrets.key"),
        sealed: restore::Sealed::Kept,
    };
    let error = wish.restore(&manifest, |_| {}).expect_err("refused").to_string();
    assert!(error.contains("its SHA-256 differs"), "{error}");
    assert_eq!(std::fs::read_dir(&to).expect("listed").count(), 0, "nothing is in place");
}

#[test]
fn the_doctor_names_what_is_missing_damaged_or_nobodys() {
    let (desk, build) = desk_with_build();
    for key in ["whole", "missing", "damaged", "torn"] {
        keep(&desk, &build, key, Dialect::Buildkite, "some text\n".repeat(100).as_bytes());
    }
    assert!(
        matches!(&doctor(&desk.data(), Look::Full)[..], [(Mark::Well, says)] if says.starts_with("4 kept"))
    );

    let all = files(&desk.data());
    std::fs::remove_file(&all[0]).expect("removed");
    let mut bytes = std::fs::read(&all[1]).expect("read");
    bytes[20] ^= 0xff;
    std::fs::write(&all[1], bytes).expect("written");
    let bytes = std::fs::read(&all[2]).expect("read");
    std::fs::write(&all[2], &bytes[..bytes.len() - 3]).expect("cut");
    let mut writer = desk.hub.logs().begin(Dialect::Buildkite, "00").expect("begun");
    writer.take(b"x").expect("taken");
    writer.commit().expect("committed");

    let has = |found: &[(Mark, String)], mark: Mark, words: &str| {
        assert!(
            found.iter().any(|(m, says)| *m == mark && says.starts_with(words)),
            "{words}: {found:?}"
        );
    };
    let quick = doctor(&desk.data(), Look::Quick);
    has(&quick, Mark::Trouble, "the files of 1 logs are missing: ");
    has(&quick, Mark::Trouble, "1 logs are damaged: ");
    has(&quick, Mark::Note, "1 files are no log that the books know: ");
    let full = doctor(&desk.data(), Look::Full);
    has(&full, Mark::Trouble, "2 logs are damaged: ");
}
