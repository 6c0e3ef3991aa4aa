//! Errors a person meets: what went wrong, why, and what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::server::{Server, creel, eventually, make_key, prepared};

const PUSH: &[u8] =
    br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn serve(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_creel"))
        .arg("serve")
        .args(arguments)
        .arg("--data")
        .arg(data)
        .envs(environment.iter().copied())
        .output()
        .expect("runs")
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("an address").to_string();
    let output = serve(&directory.path().join("data"), &["--listen", &address], &[]);
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains(&address) && said.contains("hint:") && said.contains("--listen"),
        "{said}"
    );
}

#[test]
fn a_directory_in_use_names_the_process_and_its_files_stay_untouched() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let server = Server::start(&data);
    let output = serve(&data, &["--listen", "127.0.0.1:0"], &[]);
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("in use") && said.contains(&server.pid().to_string()), "{said}");
    assert!(said.contains("hint:"), "{said}");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("written");
    let output = serve(&file.join("data"), &["--listen", "127.0.0.1:0"], &[]);
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("cannot use the data directory") && said.contains("hint:"), "{said}");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    make_key(&data, "ingest");
    for name in ["journal.db", "books.db"] {
        let path = data.join(name);
        let connection = rusqlite::Connection::open(&path).expect("opens");
        let version: i64 =
            connection.query_row("pragma user_version", [], |row| row.get(0)).expect("read");
        connection.pragma_update(None, "user_version", 999).expect("written");
        drop(connection);
        let output = serve(&data, &["--listen", "127.0.0.1:0"], &[]);
        let said = words(&output);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said.contains(name) && said.contains("newer Creel") && said.contains("hint:"),
            "{said}"
        );
        let connection = rusqlite::Connection::open(&path).expect("opens");
        connection.pragma_update(None, "user_version", version).expect("written");
    }
    Server::start(&data).stop();
}

#[test]
fn a_wrong_setting_names_the_nearest_and_exits_with_2() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let output =
        serve(&data, &["--listen", "127.0.0.1:0"], &[("CREEL_SERVER__LISSTEN", "127.0.0.1:1")]);
    assert_eq!(output.status.code(), Some(2));
    let said = words(&output);
    assert!(said.contains("CREEL_SERVER__LISSTEN") && said.contains("`server.listen`"), "{said}");
    assert!(!data.exists(), "nothing was made on the way");

    let settings = directory.path().join("settings.toml");
    std::fs::write(&settings, "[limits]\ndisc_low = \"1GiB\"\n").expect("written");
    let output = serve(&data, &["--config", settings.to_str().expect("a path")], &[]);
    let said = words(&output);
    assert!(said.contains("settings.toml:2") && said.contains("`limits.disk_low`"), "{said}");
}

#[test]
fn the_files_are_for_their_owner_only() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let server = Server::start(&data);
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("secrets.key")), 0o600);
    assert_eq!(mode(&data.join("control.sock")), 0o600);
    let said = server.stop();
    assert!(said.contains("Stopped"), "{said}");
    assert!(!data.join("control.sock").exists());
}

#[test]
fn a_lost_secrets_key_is_missed_by_name_and_not_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let make = ["key", "create", "--name", "signed", "--scope", "ingest", "--signing"];
    let made = creel(&data, &make);
    assert!(made.status.success(), "{}", words(&made));
    std::fs::remove_file(data.join("secrets.key")).expect("removed");
    let output = creel(&data, &["key", "list"]);
    let said = words(&output);
    assert!(!output.status.success() && said.contains("secrets.key"), "{said}");
    assert!(said.contains("restore the secrets key"), "{said}");
    assert!(!data.join("secrets.key").exists(), "a new key would open nothing");
}

#[test]
fn a_journal_that_does_not_belong_to_the_books_is_refused() {
    let (_directory, data, key) = prepared();
    {
        let server = Server::start(&data);
        assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], PUSH).status, 200);
        server.wait_until_read(&key);
        server.stop();
    }
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    let said = words(&creel(&data, &["events", "list"]));
    assert!(said.contains("ends at entry 0") && said.contains("read up to entry 1"), "{said}");
    assert!(said.contains("hint: put the journal.db back"), "{said}");
}

#[test]
fn a_first_key_is_made_where_the_server_looks() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let server = Server::start(&data);
    let listed = words(&creel(&data, &["key", "list"]));
    let place = format!("--data {}", std::fs::canonicalize(&data).expect("there").display());
    assert!(listed.contains(&place), "{listed}");
    let said = server.stop();
    assert!(said.contains(&place), "{said}");
    let elsewhere = directory.path().join("elsewhere");
    let made = creel(&elsewhere, &["key", "create", "--name", "k", "--scope", "read"]);
    assert!(words(&made).contains("Made the data directory"), "{}", words(&made));
}

#[test]
fn commands_work_with_and_without_a_running_server() {
    let (_directory, data, key) = prepared();
    {
        let server = Server::start(&data);
        assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], PUSH).status, 200);
        server.wait_until_read(&key);
        let listed = creel(&data, &["events", "list"]);
        assert!(String::from_utf8_lossy(&listed.stdout).contains("git.push"), "{}", words(&listed));
        server.stop();
    }
    let listed = creel(&data, &["events", "list", "--json"]);
    let page: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(page["items"][0]["type"], "git.push");
    let replayed = creel(&data, &["events", "replay", "--json"]);
    let queued: serde_json::Value = serde_json::from_slice(&replayed.stdout).expect("JSON");
    assert_eq!(queued["queued"], 1);
    let shown = creel(&data, &["events", "show", "1"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("shop"));
    let missing = creel(&data, &["events", "show", "7"]);
    assert_eq!(missing.status.code(), Some(1));
    let unread = creel(&data, &["events", "replay", "7"]);
    assert_eq!(unread.status.code(), Some(1), "{}", words(&unread));
    let nonsense = creel(&data, &["events", "list", "--status", "nope"]);
    assert_eq!(nonsense.status.code(), Some(2), "{}", words(&nonsense));
    let tail = creel(&data, &["events", "tail"]);
    assert!(words(&tail).contains("creel serve"), "{}", words(&tail));
}

#[test]
fn who_only_looks_makes_no_data_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    for arguments in [
        &["events", "list"] as &[&str],
        &["events", "show", "1"],
        &["events", "replay"],
        &["events", "tail"],
        &["key", "list"],
        &["key", "revoke", "1"],
    ] {
        let output = creel(&data, arguments);
        let said = words(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let named = format!("no Creel data at {}", data.display());
        assert!(said.contains(&named) && said.contains("creel serve"), "{arguments:?}: {said}");
        assert!(!data.exists(), "{arguments:?} made {}", data.display());
    }
    // An empty directory stays empty.
    std::fs::create_dir(&data).expect("made");
    assert_eq!(creel(&data, &["events", "list"]).status.code(), Some(1));
    assert_eq!(std::fs::read_dir(&data).expect("listed").count(), 0);
}

#[test]
fn a_missing_file_is_not_replaced_by_an_empty_one_in_silence() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], PUSH).status, 200);
    server.wait_until_read(&key);
    server.stop();
    let journal = data.join("journal.db");
    let kept = std::fs::read(&journal).expect("read");
    std::fs::remove_file(&journal).expect("removed");
    let output = serve(&data, &["--listen", "127.0.0.1:0"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("journal.db ends at entry 0"), "{}", words(&output));
    assert!(!journal.exists(), "whoever looks next must see that it is missing");

    std::fs::write(&journal, kept).expect("written");
    std::fs::write(data.join("books.db"), "").expect("cut");
    let server = Server::start(&data);
    eventually("it says what is gone", || server.said().contains("keys and people are gone"));
    server.stop();
}
