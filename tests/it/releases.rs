//! Data of every earlier release opens and answers as it did; that of a newer one is left alone.
//!
//! `tests/fixtures/releases` has a folder for each release, made by its own binary
//! (`scripts/release-fixture`): a data directory, and what that binary answered about it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::body::Body;
use axum::http::Request;
use creel::model::Timestamp;
use creel::secrets::Secret;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use serde_json::Value;
use sha2::Sha256;
use tempfile::TempDir;

use crate::support::desk::Desk;
use crate::support::server::creel;

/// Members that stood there, always null, for what was to come.
const UNKNOWN_THEN: [&str; 1] = ["enrichment"];

/// What a release left behind.
struct Release {
    folder: PathBuf,
    /// `release.json`: keys, a person, known deliveries.
    about: Value,
}

impl Release {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/releases");
        let entries = std::fs::read_dir(folder).expect("releases");
        let mut folders: Vec<_> = entries.map(|entry| entry.expect("listed").path()).collect();
        folders.sort();
        assert!(!folders.is_empty());
        let release = |folder: PathBuf| {
            let about = read_json(&folder.join("release.json"));
            Self { folder, about }
        };
        folders.into_iter().map(release).collect()
    }

    fn version(&self) -> &str {
        self.about["version"].as_str().expect("a version")
    }

    /// What the release answered: `builds` of `GET /api/v1/builds`.
    fn answered(&self, list: &str) -> Vec<Value> {
        items(&read_json(&self.folder.join(format!("{list}.json"))))
    }

    /// A copy of its data, in `data` of a new directory.
    fn unpacked(&self) -> TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path().join("data");
        std::fs::create_dir(&data).expect("made");
        let unpacked = Command::new("tar")
            .arg("-xzf")
            .arg(self.folder.join("data.tar.gz"))
            .arg("-C")
            .arg(&data)
            .status()
            .expect("tar runs");
        assert!(unpacked.success());
        directory
    }

    /// Open a copy of its data with the present code, on the day it was made: what has an age is as
    /// old as it was.
    fn opened(&self) -> Desk {
        let made_at = Timestamp::parse_rfc3339(self.about["made_at"].as_str().expect("a time"));
        let desk = Desk::open_on(self.unpacked(), &[], made_at.expect("a time"));
        desk.step_all();
        desk
    }

    fn key(&self, name: &str) -> &str {
        self.about["keys"][name].as_str().expect("a key")
    }

    fn known(&self, provider: &str) -> (Value, Vec<u8>) {
        let known = self.about["known"][provider].clone();
        let body = std::fs::read(self.folder.join(known["body"].as_str().expect("a file")));
        (known, body.expect("a body"))
    }
}

fn read_json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}

fn items(page: &Value) -> Vec<Value> {
    assert_eq!(page["next_cursor"], Value::Null, "one page");
    page["items"].as_array().expect("items").clone()
}

/// Each item that was answered is answered again, with all its members but those named; later
/// releases may say more.
fn assert_said_again(what: &str, before: &[Value], after: &[Value], id: &str, but: &[&str]) {
    let after: BTreeMap<String, &Value> =
        after.iter().map(|item| (item[id].to_string(), item)).collect();
    assert_eq!(before.len(), after.len(), "{what}: as many as before");
    for old in before {
        let new = after.get(&old[id].to_string()).unwrap_or_else(|| panic!("{what}: lost {old}"));
        for (member, value) in old.as_object().expect("an object") {
            if !but.contains(&member.as_str()) {
                assert_eq!(&new[member], value, "{what} {}: {member}", old[id]);
            }
        }
    }
}

#[test]
fn data_of_every_release_opens_and_answers_as_it_did() {
    for release in Release::all() {
        let desk = release.opened();
        let version = release.version();
        let same = |list: &str, id: &str, but: &[&str]| {
            let after = items(&desk.get_json(&format!("/api/v1/{list}?limit=500")));
            assert_said_again(
                &format!("{version}: {list}"),
                &release.answered(list),
                &after,
                id,
                but,
            );
        };
        same("builds", "id", &UNKNOWN_THEN);
        // What could not be read may be readable now.
        same("events", "entry_id", &["status", "reason", "kind", "subject", "builds"]);
        same("subjects", "key", &[]);
        same("sources", "id", &[]);

        let read = |status: &str| {
            let before = release.answered("events");
            before.into_iter().filter(|event| event["status"] == status).collect::<Vec<_>>()
        };
        assert!(read("pending").is_empty() && !read("parked").is_empty(), "{version}");
        for event in read("done") {
            let now = desk.get_json(&format!("/api/v1/events/{}", event["entry_id"]));
            for member in ["status", "reason", "kind", "subject", "builds"] {
                assert_eq!(now[member], event[member], "{version}: {member} of {event}");
            }
        }
    }
}

/// Facts and bodies are there too: read anew from the first entry on, the same builds come of them.
#[test]
fn data_of_every_release_can_be_read_anew() {
    for release in Release::all() {
        let desk = release.opened();
        let queued = desk.post("/api/v1/events/replay", &[], b"{}");
        assert_eq!(queued["queued"], release.answered("events").len(), "{}", release.version());
        desk.step_all();
        let after = items(&desk.get_json("/api/v1/builds?limit=500"));
        let what = format!("{}: builds read anew", release.version());
        assert_said_again(&what, &release.answered("builds"), &after, "id", &UNKNOWN_THEN);
    }
}

#[test]
fn what_a_release_had_stored_is_a_repetition_for_ever() {
    for release in Release::all() {
        let desk = release.opened();
        let key = ("x-api-key".to_owned(), release.key("ingest").to_owned());
        let again = |target: &str, headers: &[(String, String)], known: &Value, body: &[u8]| {
            let headers = [headers, std::slice::from_ref(&key)].concat();
            let answer = desk.post(target, &headers, body);
            let (version, entry) = (release.version(), &known["entry_id"]);
            assert_eq!(answer["status"], "duplicate", "{version}: {answer}");
            assert_eq!(&answer["entry_id"], entry, "{version}: {answer}");
        };
        let (known, body) = release.known("azure");
        again("/webhooks/azure", &[], &known, &body);
        let (known, body) = release.known("buildkite");
        let text = |member: &str| known[member].as_str().expect("a text").to_owned();
        let headers = [
            ("x-buildkite-event".to_owned(), text("event")),
            ("x-buildkite-request".to_owned(), text("request")),
        ];
        again("/webhooks/buildkite", &headers, &known, &body);
    }
}

#[test]
fn keys_and_people_of_every_release_are_known() {
    for release in Release::all() {
        let desk = release.opened();
        let version = release.version();
        let status = |request: Request<Body>| desk.send(request).status().as_u16();
        let with_key = |method: &str, target: &str, key: &str, body: &str| {
            let request = Request::builder().method(method).uri(target).header("x-api-key", key);
            status(request.body(Body::from(body.to_owned())).expect("a request"))
        };
        let push = r#"{"eventType":"git.push","resource":{"repository":{"id":"r-1"}}}"#;
        assert_eq!(
            with_key("POST", "/webhooks/azure", release.key("ingest"), push),
            200,
            "{version}"
        );
        assert_eq!(with_key("GET", "/api/v1/builds", release.key("ingest"), ""), 403, "{version}");
        assert_eq!(with_key("GET", "/api/v1/keys", release.key("admin"), ""), 200, "{version}");
        let keys = items(&desk.get_json("/api/v1/keys"));
        let revoked = keys.iter().filter(|key| !key["revoked_at"].is_null()).count();
        assert_eq!(revoked, 1, "{version}");

        // A sealed secret opens with the directory's own key file.
        let (_, body) = release.known("buildkite");
        let time = (desk.hub.clock().now().0 / 1_000).to_string();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(release.key("signing").as_bytes()).expect("a key");
        mac.update(format!("{time}.").as_bytes());
        mac.update(&body);
        let signature = hex::encode(mac.finalize().into_bytes());
        let signed = Request::post("/webhooks/buildkite")
            .header("x-buildkite-event", "build.finished")
            .header("x-buildkite-signature", format!("timestamp={time},signature={signature}"))
            .body(Body::from(body))
            .expect("a request");
        assert_eq!(status(signed), 200, "{version}");

        let text = |member: &str| release.about["person"][member].as_str().expect("a text");
        let person = desk.hub.people().sign_in(text("name"), &Secret::new(text("password")));
        assert!(person.is_ok(), "{version}");
    }
}

/// Every file below a directory but the lock, which names the process that looked last.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(directory)
        .expect("listed")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "creel.lock"))
        .map(|path| (path.display().to_string(), std::fs::read(path).expect("read")))
        .collect()
}

/// The other file is of an older schema, and is not brought up to date before the refusal.
#[test]
fn data_of_a_newer_creel_is_refused_with_both_versions_and_left_byte_for_byte() {
    let release = Release::all().swap_remove(0);
    for name in ["journal.db", "books.db"] {
        for is_in_the_log in [false, true] {
            let directory = release.unpacked();
            let data = directory.path().join("data");
            let newer = Connection::open(data.join(name)).expect("opens");
            newer.pragma_update(None, "user_version", 999).expect("written");
            if is_in_the_log {
                // As a newer Creel leaves it that was killed: the word stands in the log alone.
                newer
                    .set_db_config(
                        rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                        true,
                    )
                    .expect("set");
            }
            drop(newer);
            let _ = std::fs::remove_file(data.join(format!("{name}-shm")));
            assert_eq!(data.join(format!("{name}-wal")).exists(), is_in_the_log);
            let before = files(&data);
            for command in [
                &["serve", "--listen", "127.0.0.1:0"] as &[&str],
                &["events", "list"],
                &["key", "create", "--name", "k", "--scope", "read"],
            ] {
                let output = creel(&data, command);
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
                for word in
                    [name, "its schema is 999", env!("CARGO_PKG_VERSION"), "hint: start the newer"]
                {
                    assert!(said.contains(word), "{command:?} does not say {word}: {said}");
                }
                assert!(before == files(&data), "{command:?} changed something beside {name}");
            }
        }
    }
}
