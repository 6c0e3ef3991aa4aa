//! The doctor says what is wrong and what to do, also where nothing else works any more.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::server::{Server, creel, make_key, prepared};

/// A finding: check, mark, what is said.
type Found = (String, String, String);

fn examine(data: &Path, arguments: &[&str]) -> (i32, Vec<Found>) {
    let output = creel(data, &[&["doctor", "--json"], arguments].concat());
    (output.status.code().expect("a code"), findings(&output))
}

fn findings(output: &Output) -> Vec<Found> {
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = report["items"].as_array().expect("items");
    for item in items.iter().filter(|item| item["mark"] != "ok") {
        assert!(item["hint"].is_string(), "without a hint: {item}");
    }
    items
        .iter()
        .map(|item| (text(&item["check"]), text(&item["mark"]), text(&item["finding"])))
        .collect()
}

/// The only trouble there is, as a check and words of it.
#[track_caller]
fn assert_only_trouble(found: &(i32, Vec<Found>), check: &str, words: &[&str]) {
    let (code, findings) = found;
    let troubles: Vec<&Found> = findings.iter().filter(|(_, mark, _)| mark == "trouble").collect();
    assert_eq!((*code, troubles.len()), (1, 1), "{findings:?}");
    assert_eq!(troubles[0].0, check, "{troubles:?}");
    for word in words {
        assert!(troubles[0].2.contains(word), "{word}: {troubles:?}");
    }
}

#[track_caller]
fn assert_well(found: &(i32, Vec<Found>)) {
    assert_eq!(found.0, 0, "{:?}", found.1);
}

fn noted(found: &(i32, Vec<Found>), check: &str, word: &str) -> bool {
    found.1.iter().any(|(c, mark, says)| c == check && mark == "note" && says.contains(word))
}

fn books(data: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data.join("books.db")).expect("opens")
}

fn now_ms() -> i64 {
    creel::model::Timestamp::now().0
}

#[test]
fn sound_data_is_called_so_with_a_server_and_without() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let body = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;
    server.post("/webhooks/azure", &[("x-api-key", &key)], body);
    server.wait_until_read(&key);
    let running = examine(&data, &["--full"]);
    assert_well(&running);
    assert!(running.1.iter().any(|(check, _, says)| check == "server" && says.contains("runs")));
    server.stop();
    assert_well(&examine(&data, &[]));
    let lines = creel(&data, &["doctor"]);
    assert!(lines.status.success());
    let lines = String::from_utf8(lines.stdout).expect("UTF-8");
    assert!(lines.contains("ok       journal") && lines.contains("hint: "), "{lines}");
}

#[test]
fn looking_changes_nothing() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    server.post("/webhooks/azure", &[("x-api-key", &key)], b"{\"eventType\":\"git.push\"}");
    server.kill();
    let list = || {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(&data)
            .expect("listed")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file() && !path.to_string_lossy().ends_with("-shm"))
            .map(|path| (path.display().to_string(), std::fs::read(&path).expect("read")))
            .collect();
        files.sort();
        files
    };
    let before = list();
    examine(&data, &["--full"]);
    assert_eq!(list(), before);
}

#[test]
fn a_damaged_file_is_a_finding_and_no_panic() {
    let (_directory, data, _) = prepared();
    let path = data.join("journal.db");
    let whole = std::fs::read(&path).expect("read");
    let mut damaged = whole.clone();
    for byte in &mut damaged[4_096..16_384] {
        *byte = 0xa5;
    }
    std::fs::write(&path, damaged).expect("written");
    assert_only_trouble(&examine(&data, &[]), "journal", &["journal.db"]);
    std::fs::write(&path, b"this is a letter, and no database at all").expect("written");
    assert_only_trouble(&examine(&data, &[]), "journal", &["not a Creel database"]);
    std::fs::write(&path, whole).expect("written");
    assert_well(&examine(&data, &[]));
}

#[test]
fn missing_files_and_directories_are_named() {
    let (directory, data, _) = prepared();
    assert_only_trouble(&examine(&directory.path().join("none"), &[]), "directory", &["none"]);
    std::fs::rename(data.join("books.db"), directory.path().join("books.db")).expect("moved");
    assert_only_trouble(&examine(&data, &[]), "books", &["there is no"]);
}

#[test]
fn data_of_a_newer_release_is_called_so() {
    let (_directory, data, _) = prepared();
    books(&data).pragma_update(None, "user_version", 999).expect("written");
    assert_only_trouble(&examine(&data, &[]), "books", &["newer Creel", "999"]);
}

#[test]
fn data_of_an_older_release_is_looked_at_as_far_as_it_goes() {
    let (_directory, data, _) = prepared();
    let books = books(&data);
    books.execute_batch("alter table api_key drop column in_address_at").expect("dropped");
    books.pragma_update(None, "user_version", 7).expect("written");
    let found = examine(&data, &[]);
    assert_well(&found);
    assert!(noted(&found, "books", "schema 7"), "{found:?}");
}

#[test]
fn books_that_are_beyond_their_journal_are_trouble() {
    let (_directory, data, _) = prepared();
    books(&data)
        .execute("insert or replace into cursor (name, position) values ('entries', 50)", [])
        .expect("written");
    assert_only_trouble(&examine(&data, &[]), "places", &["entry 50", "ends at 0"]);
}

#[test]
fn an_event_whose_entry_is_gone_is_trouble() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    for number in 0..3 {
        let body = format!(r#"{{"eventType":"git.push","id":"{number}"}}"#);
        server.post("/webhooks/azure", &[("x-api-key", &key)], body.as_bytes());
    }
    server.wait_until_read(&key);
    server.stop();
    let journal = rusqlite::Connection::open(data.join("journal.db")).expect("opens");
    journal.execute("delete from entry where id = 2", []).expect("deleted");
    drop(journal);
    assert_only_trouble(&examine(&data, &[]), "places", &["1 events", "entry 2"]);
}

#[test]
fn what_went_with_its_age_is_no_trouble_though_older_ones_that_were_parked_stay() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let send = |body: &str| {
        server.post("/webhooks/azure", &[("x-api-key", &key)], body.as_bytes());
    };
    send("this is no JSON");
    (0..3).for_each(|number| send(&format!(r#"{{"eventType":"git.push","id":"{number}"}}"#)));
    server.wait_until_read(&key);
    server.stop();
    let journal = rusqlite::Connection::open(data.join("journal.db")).expect("opens");
    journal.execute("delete from entry where id in (2, 3)", []).expect("deleted");
    drop(journal);
    let (_, found) = examine(&data, &[]);
    assert!(found.iter().any(|(check, mark, _)| check == "places" && mark == "ok"), "{found:?}");
}

#[test]
fn a_server_that_does_not_answer_is_named() {
    let (_directory, data, _) = prepared();
    let server = Server::start(&data);
    std::fs::remove_file(data.join("control.sock")).expect("removed");
    let holder = format!("process {} holds", server.pid());
    assert_only_trouble(&examine(&data, &[]), "server", &[&holder]);
}

#[test]
fn a_server_that_is_stuck_is_named_and_the_rest_is_looked_at() {
    let (_directory, data, _) = prepared();
    let server = Server::start(&data);
    server.signal(rustix::process::Signal::STOP);
    let found = examine(&data, &[]);
    server.signal(rustix::process::Signal::CONT);
    assert_only_trouble(&found, "server", &["has not answered"]);
    assert!(found.1.len() > 5, "{found:?}");
    server.stop();
}

#[test]
fn rights_are_looked_at() {
    let (_directory, data, _) = prepared();
    let open_to = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    open_to(&data, 0o755);
    assert_only_trouble(&examine(&data, &[]), "directory", &["755"]);
    open_to(&data, 0o700);
    let key = data.join("secrets.key");
    open_to(&key, 0o644);
    assert_only_trouble(&examine(&data, &[]), "secrets key", &["644"]);
    open_to(&key, 0o600);
    assert_well(&examine(&data, &[]));
}

#[test]
fn a_secrets_key_that_opens_nothing_is_trouble_and_a_missing_one_as_well() {
    let (_directory, data, _) = prepared();
    let create = ["key", "create", "--name", "signs", "--scope", "ingest", "--signing"];
    assert!(creel(&data, &create).status.success());
    assert_well(&examine(&data, &[]));
    std::fs::write(data.join("secrets.key"), [9; 32]).expect("written");
    assert_only_trouble(&examine(&data, &[]), "secrets key", &["replaced"]);
    std::fs::remove_file(data.join("secrets.key")).expect("removed");
    assert_only_trouble(&examine(&data, &[]), "secrets key", &["cannot be read"]);
}

#[test]
fn settings_that_are_not_understood_are_one_finding_among_others() {
    let (directory, data, _) = prepared();
    let settings = directory.path().join("settings.toml");
    std::fs::write(&settings, "[limits]\ndisc_low = \"1GiB\"\n").expect("written");
    let found = examine(&data, &["--config", settings.to_str().expect("a path")]);
    assert_only_trouble(&found, "settings", &["disc_low", "limits.disk_low"]);
    assert!(found.1.iter().any(|(check, mark, _)| check == "journal" && mark == "ok"));
}

#[test]
fn a_revoked_key_that_is_still_tried_is_trouble() {
    let (_directory, data, _) = prepared();
    let key = make_key(&data, "ingest");
    assert!(creel(&data, &["key", "revoke", "2"]).status.success());
    let server = Server::start(&data);
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], b"{}").status, 401);
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", "stranger")], b"{}").status, 401);
    server.stop();
    let found = examine(&data, &[]);
    assert_only_trouble(&found, "refused", &["key_revoked", "test (2)"]);
    assert!(noted(&found, "refused", "key_unknown"), "{found:?}");

    let later = now_ms() + 3_600_000;
    books(&data).execute("update api_key set last_used_at = ?1", [later]).expect("written");
    let found = examine(&data, &[]);
    assert_well(&found);
    assert!(noted(&found, "refused", "key_revoked"), "it was used since: {found:?}");
}

#[test]
fn keys_in_addresses_and_keys_that_nobody_uses_are_noted() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let body = b"{\"eventType\":\"git.push\"}";
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], body).status, 200);
    server.stop();
    assert!(!noted(&examine(&data, &[]), "keys", "?apiKey="));
    let server = Server::start(&data);
    assert_eq!(server.post(&format!("/webhooks/azure?apiKey={key}"), &[], body).status, 200);
    server.stop();
    let found = examine(&data, &[]);
    assert_well(&found);
    assert!(noted(&found, "keys", "?apiKey="), "{found:?}");

    let long_ago = now_ms() - 40 * 24 * 3_600_000;
    let books = books(&data);
    books
        .execute("update api_key set last_used_at = ?1, in_address_at = null", [long_ago])
        .expect("written");
    assert!(noted(&examine(&data, &[]), "keys", "not used for more than 30 days"));
    books
        .execute("update api_key set last_used_at = null, created_at = ?1", [long_ago])
        .expect("written");
    assert!(noted(&examine(&data, &[]), "keys", "never used"));
}

#[test]
fn what_could_not_be_read_is_trouble_while_it_is_fresh() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    server.post("/webhooks/azure", &[("x-api-key", &key)], b"this is no JSON");
    server.wait_until_read(&key);
    server.stop();
    assert_only_trouble(&examine(&data, &[]), "parked", &["1 events", "entry 1"]);
    let long_ago = now_ms() - 40 * 24 * 3_600_000;
    books(&data).execute("update event set received_at = ?1", [long_ago]).expect("written");
    let found = examine(&data, &[]);
    assert_well(&found);
    assert!(noted(&found, "parked", "entry 1"), "{found:?}");
}

#[test]
fn a_source_that_fell_silent_is_trouble() {
    let (_directory, data, _) = prepared();
    let books = books(&data);
    let hour = now_ms() / 3_600_000;
    let last = (hour - 30) * 3_600_000;
    books
        .execute(
            "insert into source (id, provider, name, first_seen_at, last_event_at, scheme, key)
             values (1, 'buildkite', 'acme', 0, ?1, 'name', 'acme')",
            [last],
        )
        .expect("written");
    for heard in hour - 130..=hour - 30 {
        books
            .execute("insert into source_hour (source, hour, events) values (1, ?1, 3)", [heard])
            .expect("written");
    }
    assert_only_trouble(&examine(&data, &[]), "sources", &["acme", "30 hours"]);
}

#[test]
fn a_clock_that_was_set_back_is_trouble() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    server.post("/webhooks/azure", &[("x-api-key", &key)], b"{\"eventType\":\"git.push\"}");
    server.wait_until_read(&key);
    server.stop();
    let journal = rusqlite::Connection::open(data.join("journal.db")).expect("opens");
    let tomorrow = now_ms() + 24 * 3_600_000;
    journal.execute("update entry set received_at = ?1", [tomorrow]).expect("written");
    drop(journal);
    assert_only_trouble(&examine(&data, &[]), "clock", &["in the future"]);
}

#[test]
fn the_address_and_the_proxies_are_looked_at() {
    let (directory, data, _) = prepared();
    let settings = directory.path().join("settings.toml");
    let with = |text: &str| {
        std::fs::write(&settings, text).expect("written");
        examine(&data, &["--config", settings.to_str().expect("a path")])
    };
    assert!(noted(&with(""), "address", "not set"));
    let plain = with("[server]\npublic_url = \"http://creel.example.com\"\n");
    assert_only_trouble(&plain, "address", &["not encrypted"]);
    let behind = with("[server]\npublic_url = \"https://creel.example.com\"\n");
    assert!(noted(&behind, "address", "proxy"), "{behind:?}");
    let all = with("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]\n");
    assert_only_trouble(&all, "proxies", &["everybody"]);
    let missing = with("[tls]\ncert = \"none.pem\"\nkey = \"none.key\"\n");
    assert_only_trouble(&missing, "certificate", &["none.pem"]);
}
