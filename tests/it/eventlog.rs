//! The event log as a file: carried elsewhere whole, and believed only when it is.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::http::{Client, request};
use crate::support::load::{builds, post, stories};
use crate::support::server::{Server, creel, make_key, prepared};

const SECRET: &str = "not-a-real-password";

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Bodies that a careless copy would change.
fn odd_bodies() -> Vec<Vec<u8>> {
    vec![
        b"\xff\xfe\x00binary\x80".to_vec(),
        br#"{"half": "\ud83d", "a": 1, "a": 2, "big": 123456789012345678901234567890.0}"#.to_vec(),
        b"\xef\xbb\xbf{\"bom\": true}\n".to_vec(),
        b"".to_vec(),
        b"\0\0\0".to_vec(),
        b" [1,\t2 ]\r\n".to_vec(),
        "text, with \u{2028} and \u{1f41f}".as_bytes().to_vec(),
        format!("{{\"long\": \"{}\"}}", "x\\n".repeat(200_000)).into_bytes(),
        b"\x01".repeat(5_000),
        format!("{{\"password\": \"{SECRET}\"}}").into_bytes(),
    ]
}

/// Data with whole builds, odd bodies and a repetition; its key, and the server on it.
fn filled() -> (tempfile::TempDir, PathBuf, String, Server) {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    let mut client = Client::connect(server.address).expect("connected");
    let hooks = stories(60);
    for hook in hooks.iter().chain(&hooks[..3]) {
        post(&mut client, hook, &key).expect("answered");
    }
    for body in odd_bodies() {
        let headers = [("x-api-key", key.as_str()), ("x-team-secret", SECRET)];
        let answer = request(server.address, "POST", "/hooks/odd", &headers, &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    server.wait_until_read(&key);
    (directory, data, key, server)
}

fn export(data: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = creel(data, &[&["events", "export"], arguments].concat());
    assert!(output.status.success(), "{}", words(&output));
    output.stdout
}

fn import(data: &Path, log: &Path) -> Output {
    creel(data, &["events", "import", log.to_str().expect("a path"), "--json"])
}

fn imported(output: &Output) -> (i64, i64) {
    assert!(output.status.success(), "{}", words(output));
    let counts: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    (counts["stored"].as_i64().expect("stored"), counts["known"].as_i64().expect("known"))
}

fn lines(log: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(log).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The entries of a log, without what is another's elsewhere: number and hash.
fn entries(log: &[u8]) -> Vec<Value> {
    let mut entries: Vec<Value> =
        lines(log).into_iter().filter(|line| line["line"] == "entry").collect();
    for entry in &mut entries {
        let entry = entry.as_object_mut().expect("an object");
        entry.remove("entry");
        entry.remove("hash");
    }
    entries
}

fn written(directory: &tempfile::TempDir, log: &[u8]) -> PathBuf {
    let path = directory.path().join("events.ndjson");
    std::fs::write(&path, log).expect("written");
    path
}

#[test]
fn what_is_exported_and_imported_is_the_same_entries_and_the_same_builds() {
    let (directory, data, key, server) = filled();
    let log = export(&data, &["--verbatim"]);
    let original = builds(&server, &key);
    let path = written(&directory, &log);

    let elsewhere = directory.path().join("elsewhere");
    let reading = make_key(&elsewhere, "read");
    let count = i64::try_from(entries(&log).len()).expect("few");
    assert_eq!(count, 60 + 10);
    assert_eq!(imported(&import(&elsewhere, &path)), (count, 0));
    let again = entries(&export(&elsewhere, &["--verbatim"]));
    for (number, (before, after)) in entries(&log).iter().zip(&again).enumerate() {
        assert!(before == after, "entry {}, byte for byte and in its place", number + 1);
    }
    assert_eq!(again.len(), entries(&log).len());
    assert_eq!(imported(&import(&elsewhere, &path)), (0, count), "twice changes nothing");

    let there = Server::start(&elsewhere);
    there.wait_until_read(&reading);
    assert_eq!(builds(&there, &reading), original);
    let repeated: Vec<Value> = there
        .all("/api/v1/events", &reading)
        .into_iter()
        .filter(|event| event["duplicates"] != 0)
        .collect();
    assert!(repeated.is_empty(), "an import is no repetition: {repeated:?}");
    assert_eq!(imported(&import(&elsewhere, &path)), (0, count), "nor with a server running");

    // What was carried over is known: its sender may send it again.
    let sending = make_key(&elsewhere, "ingest");
    let mut client = Client::connect(there.address).expect("connected");
    let (_, answer) = post(&mut client, &stories(1)[0], &sending).expect("answered");
    assert_eq!(answer["status"], "duplicate");
}

#[test]
fn an_import_into_a_running_server_is_read_at_once() {
    let (directory, data, key, server) = filled();
    let path = written(&directory, &export(&data, &["--to", "60"]));
    let original = builds(&server, &key);
    let elsewhere = directory.path().join("elsewhere");
    let reading = make_key(&elsewhere, "read");
    let there = Server::start(&elsewhere);
    assert_eq!(imported(&import(&elsewhere, &path)), (60, 0));
    there.wait_until_read(&reading);
    assert_eq!(builds(&there, &reading), original);
}

#[test]
fn entries_belong_to_the_key_of_the_same_name_or_to_none() {
    let (directory, data, _, _server) = filled();
    let path = written(&directory, &export(&data, &[]));
    let keys_of = |data: &Path| -> Vec<i64> {
        let journal = rusqlite::Connection::open(data.join("journal.db")).expect("opens");
        let mut keys = journal.prepare("select distinct key_id from label").expect("prepared");
        let keys = keys.query_map([], |row| row.get(0)).expect("queried");
        keys.map(|key| key.expect("read")).collect()
    };
    let named = directory.path().join("named");
    for name in ["other", "test"] {
        let create = creel(&named, &["key", "create", "--name", name, "--scope", "ingest"]);
        assert!(create.status.success());
    }
    import(&named, &path);
    assert_eq!(keys_of(&named), [2]);
    let nameless = directory.path().join("nameless");
    import(&nameless, &path);
    assert_eq!(keys_of(&nameless), [0]);
}

#[test]
fn secrets_of_bodies_are_masked_unless_they_are_asked_for() {
    let (_directory, data, _, _server) = filled();
    let masked = export(&data, &[]);
    assert!(!String::from_utf8(masked.clone()).expect("UTF-8").contains(SECRET));
    assert_eq!(lines(&masked)[0]["bodies"], "masked");

    let output = creel(&data, &["events", "export", "--verbatim"]);
    assert!(words(&output).contains("may hold secrets"), "{}", words(&output));
    let verbatim = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(verbatim.matches(SECRET).count(), 1, "in the body; headers are masked for ever");
    // What holds no secret is the same in both.
    let odd = |log: &[u8]| -> Vec<Value> {
        entries(log).into_iter().filter(|entry| entry["channel"] == "odd").collect()
    };
    let (masked, verbatim) = (odd(&masked), odd(verbatim.as_bytes()));
    assert_eq!(masked[..9], verbatim[..9]);
    assert_eq!(masked[9]["body"], r#"{"password": "***"}"#);
}

#[test]
fn a_range_is_exported_by_number_and_by_time() {
    let (_directory, data, _, _server) = filled();
    let numbers = |arguments: &[&str]| -> Vec<i64> {
        lines(&export(&data, arguments)).iter().filter_map(|line| line["entry"].as_i64()).collect()
    };
    assert_eq!(numbers(&["--from", "3", "--to", "5"]), [3, 4, 5]);
    assert_eq!(numbers(&["--from", "69"]), [69, 70]);
    assert_eq!(numbers(&["--since", "2100-01-01T00:00:00Z"]), [0_i64; 0]);
    assert_eq!(numbers(&["--until", "2100-01-01T00:00:00Z"]).len(), 70);
}

#[test]
fn a_log_that_is_not_whole_is_refused_before_anything_is_stored() {
    let (directory, data, _, server) = filled();
    let log = export(&data, &[]);
    drop(server);
    let text = String::from_utf8(log).expect("UTF-8");
    let whole: Vec<&str> = text.split_inclusive('\n').collect();
    let joined = |lines: &[&str]| lines.concat();
    let changed = whole[4].replacen("\"admitted\":true", "\"admitted\":false", 1);
    assert_ne!(changed, whole[4]);
    let newer = whole[0].replacen("\"format\":1", "\"format\":2", 1);
    let cases = [
        (
            "a changed line",
            joined(&[&whole[..4], &[changed.as_str()], &whole[5..]].concat()),
            "line 5:",
        ),
        ("a missing line", joined(&[&whole[..4], &whole[5..]].concat()), "line 5:"),
        ("a doubled line", joined(&[&whole[..5], &whole[4..]].concat()), "line 6:"),
        ("no header", joined(&whole[1..]), "line 1:"),
        ("no footer", joined(&whole[..whole.len() - 1]), "cut"),
        ("half a line", text[..text.len() - 20].to_owned(), "cut"),
        ("something after it", format!("{text}{{}}\n"), "footer"),
        ("a newer format", joined(&[&[newer.as_str()], &whole[1..]].concat()), "format 2"),
        ("nothing", String::new(), "empty"),
        ("another file", "hello\n".to_owned(), "line 1:"),
    ];
    for (what, log, told) in cases {
        let path = written(&directory, log.as_bytes());
        let elsewhere = directory.path().join("elsewhere");
        let output = import(&elsewhere, &path);
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(words(&output).contains(told), "{what}: {}", words(&output));
        assert!(!elsewhere.exists(), "{what}: nothing was made on the way");
        let verdict = creel(&data, &["doctor", "--export", path.to_str().expect("a path")]);
        assert_eq!(verdict.status.code(), Some(1), "{what}");
        let verdict = String::from_utf8(verdict.stdout).expect("UTF-8");
        assert!(verdict.contains(told), "{what}: {verdict}");
    }
    let path = written(&directory, text.as_bytes());
    let verdict = creel(&data, &["doctor", "--export", path.to_str().expect("a path")]);
    let said = String::from_utf8(verdict.stdout).expect("UTF-8");
    assert!(verdict.status.success() && said.contains("70 entries"), "{said}");
}

/// The script that docs/operate/backup.md gives to those who have no Creel at hand.
#[test]
fn a_log_is_verified_by_the_ten_lines_in_the_documentation() {
    let (directory, data, _, _server) = filled();
    let log = export(&data, &[]);
    let path = written(&directory, &log);
    let document = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate/backup.md"),
    )
    .expect("read");
    let script = document.split("```python\n").nth(1).expect("a script");
    let script = script.split("```").next().expect("its end");
    let verify = |path: &Path| {
        Command::new("python3").args(["-c", script]).arg(path).stdin(Stdio::null()).output()
    };
    let Ok(output) = verify(&path) else {
        eprintln!("python3 is not there: the script of docs/operate/backup.md was not tried");
        return;
    };
    assert!(output.status.success(), "{}", words(&output));
    let mut changed = log;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&path, changed).expect("written");
    assert!(!verify(&path).expect("runs").status.success(), "a changed byte is seen");
}
