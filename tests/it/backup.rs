//! A spare that restores: made under load, verified before it is put in place.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use creel::backup::make::{BackupError, Wish};
use creel::model::Timestamp;
use creel::store::sqlite::beside::Snapshot;
use creel::store::sqlite::{Schema, books, journal};
use serde_json::Value;

use crate::support::http::Client;
use crate::support::load::{builds, post, stories};
use crate::support::server::{Server, creel, eventually, prepared};

const SENDERS: usize = 6;

/// Hooks that are sent; the backup begins when a third of them is acknowledged.
const HOOKS: usize = 1_500;

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn backup(data: &Path, to: &Path, more: &[&str]) -> Output {
    let to = to.to_str().expect("a path");
    creel(data, &[&["backup", to, "--json"], more].concat())
}

fn restore(from: &Path, data: &Path, more: &[&str]) -> Output {
    let from = from.to_str().expect("a path");
    creel(data, &[&["restore", from], more].concat())
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", words(output));
}

/// Data with a hook and a key that checks signatures.
fn with_signing_key() -> (tempfile::TempDir, PathBuf) {
    let (directory, data, _) = prepared();
    let create = ["key", "create", "--name", "buildkite", "--scope", "ingest", "--signing"];
    assert_done(&creel(&data, &create));
    (directory, data)
}

#[test]
fn a_backup_under_load_restores_every_acknowledged_hook_and_the_same_builds() {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    let hooks = stories(HOOKS);
    let acknowledged: Mutex<HashMap<usize, i64>> = Mutex::default();
    let count = || acknowledged.lock().expect("not poisoned").len();
    let next = AtomicUsize::new(0);
    let spare = directory.path().join("spare");

    let (before, during, manifest) = std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut client = Client::connect(server.address).expect("connected");
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(hook) = hooks.get(index) else { return };
                    let (status, answer) = post(&mut client, hook, &key).expect("answered");
                    assert_eq!(status, 200, "{answer}");
                    let entry = answer["entry_id"].as_i64().expect("an entry");
                    acknowledged.lock().expect("not poisoned").insert(index, entry);
                }
            });
        }
        eventually("a third is stored", || count() > HOOKS / 3);
        let before = acknowledged.lock().expect("not poisoned").clone();
        let output = backup(&data, &spare, &[]);
        let during = count() - before.len();
        assert_done(&output);
        let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (before, during, made["manifest"].clone())
    });
    assert!(during > 0, "senders were answered while it was made");
    server.wait_until_read(&key);
    let original = builds(&server, &key);
    server.stop();

    let elsewhere = directory.path().join("elsewhere");
    assert_done(&restore(&spare, &elsewhere, &[]));
    let examined = creel(&elsewhere, &["doctor", "--full"]);
    assert_done(&examined);

    let server = Server::start(&elsewhere);
    server.wait_until_read(&key);
    let mut client = Client::connect(server.address).expect("connected");
    for (index, hook) in hooks.iter().enumerate() {
        let (status, answer) = post(&mut client, hook, &key).expect("answered");
        assert_eq!(status, 200, "{answer}");
        if let Some(entry) = before.get(&index) {
            assert_eq!(answer["status"], "duplicate", "hook {index} was acknowledged and is lost");
            assert_eq!(answer["entry_id"], *entry, "it has kept its number");
        }
    }
    assert_done(&creel(&elsewhere, &["events", "replay"]));
    server.wait_until_read(&key);
    assert_eq!(builds(&server, &key), original);
    server.stop();

    let last = manifest["entries"]["to"].as_i64().expect("an entry");
    assert!(manifest["read_up_to"].as_i64().expect("a place") <= last);
    println!("{} acknowledged before, {during} meanwhile, {last} in the backup", before.len());
}

#[test]
fn a_backup_of_resting_data_is_put_back_with_its_keys() {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    let mut client = Client::connect(server.address).expect("connected");
    for hook in stories(30) {
        post(&mut client, &hook, &key).expect("answered");
    }
    server.wait_until_read(&key);
    let original = builds(&server, &key);
    server.stop();

    let spare = directory.path().join("spares/today");
    assert_done(&backup(&data, &spare, &[]));
    let restored = directory.path().join("restored");
    assert_done(&restore(&spare, &restored, &[]));
    let server = Server::start(&restored);
    assert_eq!(builds(&server, &key), original, "the key is known, the builds are there");
    assert!(backup(&restored, &directory.path().join("again"), &[]).status.success());
}

#[test]
fn nothing_is_ever_overwritten() {
    let (directory, data, _) = prepared();
    let spare = directory.path().join("spare");
    std::fs::create_dir(&spare).expect("made");
    assert_done(&backup(&data, &spare, &[]));
    let again = backup(&data, &spare, &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(words(&again).contains("not empty") && words(&again).contains("hint:"));

    let onto = restore(&spare, &data, &[]);
    assert_eq!(onto.status.code(), Some(1));
    assert!(words(&onto).contains("not empty") && words(&onto).contains("hint:"));

    let strange = directory.path().join("strange");
    std::fs::create_dir(&strange).expect("made");
    std::fs::write(strange.join("letter"), "dear").expect("written");
    assert_eq!(restore(&spare, &strange, &[]).status.code(), Some(1));
    assert_eq!(std::fs::read_dir(&strange).expect("listed").count(), 1, "as it was");
}

#[test]
fn an_interrupted_backup_leaves_nothing() {
    let (directory, data, _) = prepared();
    let to = directory.path().join("spares/today");
    let wish = Wish {
        data: &data,
        secrets_key: &data.join("secrets.key"),
        with_secrets_key: false,
        disk_low_bytes: 0,
        to: &to,
        now: Timestamp(0),
    };
    let stopped = wish.make(|_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(BackupError::Stopped)));
    let left = std::fs::read_dir(directory.path().join("spares")).expect("listed").count();
    assert_eq!(left, 0);
}

#[test]
fn a_backup_without_its_manifest_is_none() {
    let (directory, data, _) = prepared();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    std::fs::remove_file(spare.join("backup.json")).expect("removed");
    let restored = directory.path().join("restored");
    let output = restore(&spare, &restored, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("is no backup"), "{}", words(&output));
    assert!(!restored.exists(), "nothing was made on the way");
}

#[test]
fn a_damaged_file_makes_no_backup() {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    for (number, hook) in stories(200).iter().enumerate() {
        let mut client = Client::connect(server.address).expect("connected");
        let (status, answer) = post(&mut client, hook, &key).expect("answered");
        assert_eq!(status, 200, "hook {number}: {answer}");
    }
    server.stop();
    let journal = data.join("journal.db");
    let mut bytes = std::fs::read(&journal).expect("read");
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 8 * 4_096].fill(0xa5);
    std::fs::write(&journal, bytes).expect("written");

    let spare = directory.path().join("spare?#%");
    let output = backup(&data, &spare, &[]);
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("journal.db is damaged") && said.contains("keep the backups"), "{said}");
    assert!(!spare.exists(), "nothing looks like a backup");
}

#[test]
fn a_server_starts_also_while_its_files_are_read() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let snapshot = |schema: &Schema| Snapshot::hold(&data.join(schema.name), schema);
    let (books, journal) =
        (snapshot(&books::SCHEMA).expect("held"), snapshot(&journal::SCHEMA).expect("held"));
    let mut client = Client::connect(server.address).expect("connected");
    let (status, answer) = post(&mut client, &stories(1)[0], &key).expect("answered");
    assert_eq!(status, 200, "{answer}");
    // Its logs stay where they are: somebody reads a state before them.
    server.stop();
    assert!(std::fs::metadata(data.join("journal.db-wal")).is_ok_and(|log| log.len() > 0));

    let server = Server::start(&data);
    assert_eq!(server.get("/api/v1/events/1", &key).status, 200);
    server.stop();
    drop((books, journal));
}

#[test]
fn what_a_killed_backup_left_goes_a_day_later() {
    let (directory, data, _) = prepared();
    let left = |name: &str, hours: u64| {
        let path = directory.path().join(name);
        std::fs::create_dir(&path).expect("made");
        std::fs::write(path.join("journal.db"), "half of it").expect("written");
        let then = SystemTime::now() - Duration::from_hours(hours);
        std::fs::File::open(&path).and_then(|it| it.set_modified(then)).expect("set");
        path
    };
    let (old, young, other) = (
        left(".creel-backup-a.partial", 25),
        left(".creel-backup-b.partial", 1),
        left("mine.partial", 25),
    );
    assert_done(&backup(&data, &directory.path().join("spare"), &[]));
    assert!(!old.exists(), "a whole copy would lie there for ever");
    assert!(young.exists(), "it may be about to be made");
    assert!(other.exists());
}

#[test]
fn a_changed_file_is_not_put_in_place() {
    let (directory, data, _) = prepared();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    for name in ["journal.db", "books.db"] {
        let path = spare.join(name);
        let whole = std::fs::read(&path).expect("read");
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for (bytes, word) in [(&changed[..], "SHA-256"), (&whole[..whole.len() - 1], "bytes")] {
            std::fs::write(&path, bytes).expect("written");
            let restored = directory.path().join("restored");
            let output = restore(&spare, &restored, &[]);
            assert_eq!(output.status.code(), Some(1));
            let said = words(&output);
            assert!(said.contains(name) && said.contains(word) && said.contains("hint:"), "{said}");
            assert!(!restored.join("journal.db").exists() && !restored.join("books.db").exists());
        }
        std::fs::write(&path, whole).expect("written");
    }
    assert_done(&restore(&spare, &directory.path().join("restored"), &[]));
}

#[test]
fn a_backup_of_a_newer_creel_is_refused_with_a_sentence() {
    let (directory, data, _) = prepared();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    let path = spare.join("backup.json");
    let text = std::fs::read_to_string(&path).expect("read");
    let manifest: Value = serde_json::from_str(&text).expect("JSON");
    let mut newer_format = manifest.clone();
    newer_format["format"] = 2.into();
    let mut newer_schema = manifest;
    newer_schema["files"][1]["schema"] = 999.into();
    for mut newer in [newer_format, newer_schema] {
        newer["creel"] = "99.1.0".into();
        std::fs::write(&path, newer.to_string()).expect("written");
        let output = restore(&spare, &directory.path().join("restored"), &[]);
        assert_eq!(output.status.code(), Some(1));
        let said = words(&output);
        assert!(
            said.contains("99.1.0") && said.contains("newer") && said.contains("hint:"),
            "{said}"
        );
        assert!(!directory.path().join("restored").exists());
    }
}

#[test]
fn without_the_secrets_key_a_restore_says_what_will_not_work() {
    let (directory, data) = with_signing_key();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    assert!(!spare.join("secrets.key").exists(), "left out unless asked for");

    let restored = directory.path().join("restored");
    let output = restore(&spare, &restored, &[]);
    assert_done(&output);
    let said = words(&output);
    assert!(said.contains("secrets key is missing") && said.contains("secrets.key"), "{said}");
    let examined = creel(&restored, &["doctor"]);
    assert_eq!(examined.status.code(), Some(1), "the doctor says it as well");

    std::fs::copy(data.join("secrets.key"), restored.join("secrets.key")).expect("copied");
    Server::start(&restored).stop();
}

#[test]
fn who_lost_the_secrets_key_can_go_on_without_what_it_sealed() {
    let (directory, data) = with_signing_key();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    let restored = directory.path().join("restored");
    assert_done(&restore(&spare, &restored, &["--without-secrets"]));
    Server::start(&restored).stop();
    let keys = creel(&restored, &["key", "list", "--json"]);
    let keys: Value = serde_json::from_slice(&keys.stdout).expect("JSON");
    let signing: Vec<bool> =
        keys["items"].as_array().expect("items").iter().map(|key| key["signing"] == true).collect();
    assert_eq!(signing, [false, false], "both keys are there, neither signs");
}

#[test]
fn the_secrets_key_comes_along_when_it_is_asked_for() {
    let (directory, data) = with_signing_key();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &["--with-secrets-key"]));
    let restored = directory.path().join("restored");
    assert_done(&restore(&spare, &restored, &[]));
    assert_done(&creel(&restored, &["doctor"]));
    Server::start(&restored).stop();

    let occupied = directory.path().join("other.key");
    std::fs::write(&occupied, [7; 32]).expect("written");
    let settings = directory.path().join("settings.toml");
    std::fs::write(&settings, format!("[server]\nsecrets_key = {occupied:?}\n")).expect("written");
    let settings = settings.to_str().expect("a path");
    let output = restore(&spare, &directory.path().join("third"), &["--config", settings]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("another key"), "{}", words(&output));
    assert_eq!(std::fs::read(&occupied).expect("read"), [7; 32]);
}

#[test]
fn what_an_interrupted_restore_left_is_no_hindrance() {
    let (directory, data, _) = prepared();
    let spare = directory.path().join("spare");
    assert_done(&backup(&data, &spare, &[]));
    let restored = directory.path().join("restored");
    std::fs::create_dir(&restored).expect("made");
    for name in ["journal.db.partial", "journal.db.partial-wal", "creel.lock"] {
        std::fs::write(restored.join(name), "half").expect("written");
    }
    assert_done(&restore(&spare, &restored, &[]));
    let mut names: Vec<String> = std::fs::read_dir(&restored)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["books.db", "creel.lock", "journal.db"]);
}

#[test]
fn while_the_secrets_key_is_replaced_there_is_no_backup_and_afterwards_one_that_opens() {
    let (directory, data) = with_signing_key();
    let (spare, next) = (directory.path().join("spare"), data.join("secrets.key.next"));
    std::fs::copy(data.join("secrets.key"), &next).expect("as if it was cut short");
    let refused = backup(&data, &spare, &[]);
    assert!(!refused.status.success());
    assert!(words(&refused).contains("the secrets key is being replaced"), "{}", words(&refused));
    assert!(!spare.exists());
    assert_done(&creel(&data, &["secrets", "rotate"]));
    assert!(!next.exists());
    assert_done(&backup(&data, &spare, &["--with-secrets-key"]));
    let anew = directory.path().join("anew");
    assert_done(&restore(&spare, &anew, &[]));
    assert_done(&creel(&anew, &["key", "list"]));
}
