//! The unit files and the container file: read by those who will, and true to what the binary needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::server::{Server, creel, prepared};
use crate::support::tools::tool;

fn integrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The settings of the service, in order: name and value.
fn service() -> Vec<(String, String)> {
    read(integrations().join("systemd/creel.service"))
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn setting(name: &str) -> String {
    let found = service().into_iter().find(|(n, _)| n == name);
    found.unwrap_or_else(|| panic!("the unit sets no {name}")).1
}

/// A copy of the units with a binary that is there, for those who look.
fn copied() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let units = integrations().join("systemd");
    let drop_ins = directory.path().join("creel.service.d");
    std::fs::create_dir(&drop_ins).expect("made");
    let unit = read(units.join("creel.service"))
        .replace("/usr/local/bin/creel", env!("CARGO_BIN_EXE_creel"));
    std::fs::write(directory.path().join("creel.service"), unit).expect("written");
    for name in ["creel.socket", "creel.service.d/secrets-key.conf"] {
        std::fs::copy(units.join(name), directory.path().join(name)).expect("copied");
    }
    directory
}

#[test]
fn systemd_has_nothing_against_the_units() {
    let Some(analyze) = tool("systemd-analyze") else { return };
    let directory = copied();
    let output = Command::new(analyze)
        .args(["verify", "--man=no"])
        .arg(directory.path().join("creel.service"))
        .arg(directory.path().join("creel.socket"))
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    // What it has to say of other units of the machine is not about ours.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("creel")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

/// `systemd-analyze security` calls up to 2.0 OK; what is left is the network and its own user's files.
#[test]
fn little_is_exposed_by_the_service() {
    let Some(analyze) = tool("systemd-analyze") else { return };
    let directory = copied();
    let output = Command::new(analyze)
        .args(["security", "--offline=yes", "--threshold=20"])
        .arg(directory.path().join("creel.service"))
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let level = said.lines().rfind(|line| line.contains("Overall exposure"));
    assert!(output.status.success(), "{said}");
    println!("{}", level.expect("a level").trim());
}

/// Names of system calls in a set of systemd's, sets within it included.
fn calls(analyze: &Path, set: &str) -> BTreeSet<String> {
    let output =
        Command::new(analyze).args(["syscall-filter", set]).output().expect("systemd-analyze runs");
    let listed = String::from_utf8(output.stdout).expect("text");
    let mut found = BTreeSet::new();
    for name in listed.lines().filter(|line| line.starts_with(' ')).map(str::trim) {
        match name {
            _ if name.starts_with('#') => {}
            _ if name.starts_with('@') => found.extend(calls(analyze, name)),
            _ => {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// A server under a trace of its system calls receives, reads, answers commands and stops: the unit
/// allows each of them, memory that is written is never executed, and no other kind of socket is made.
#[test]
fn the_sandbox_allows_all_that_the_server_does() {
    let (Some(analyze), Some(strace)) = (tool("systemd-analyze"), tool("strace")) else { return };
    let allowed = Command::new(&strace).args(["-o", "/dev/null", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        println!("strace is not allowed here: skipped");
        return;
    }
    let (directory, data, key) = prepared();
    let trace = directory.path().join("trace");
    let server = Server::start_traced(&strace, &trace, &data);
    let push = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], push).status, 200);
    server.wait_until_read(&key);
    assert_eq!(server.get("/metrics", &key).status, 200);
    assert_eq!(server.get("/api/v1/builds", &key).status, 200);
    assert!(creel(&data, &["events", "list"]).status.success());
    assert!(
        creel(&data, &["user", "create", "--name", "bob", "--role", "viewer"]).status.success()
    );
    server.stop_traced();

    let mut may: BTreeSet<String> = BTreeSet::new();
    for (_, filter) in service().iter().filter(|(name, _)| name == "SystemCallFilter") {
        match filter.strip_prefix('~') {
            None => may.extend(calls(&analyze, filter)),
            Some(without) => {
                let without = calls(&analyze, without);
                may.retain(|call| !without.contains(call));
            }
        }
    }
    assert!(may.len() > 100, "{may:?}");
    let families: Vec<String> =
        setting("RestrictAddressFamilies").split(' ').map(ToOwned::to_owned).collect();
    let text = read(&trace);
    let mut made = BTreeSet::new();
    // Behind the thread's number.
    for line in text.lines().filter_map(|line| line.split_once(' ')).map(|(_, call)| call.trim()) {
        let Some((name, arguments)) = line.split_once('(') else { continue };
        if name.is_empty()
            || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            continue;
        }
        made.insert(name.to_owned());
        let is_both = arguments.contains("PROT_WRITE") && arguments.contains("PROT_EXEC");
        assert!(!is_both, "MemoryDenyWriteExecute: {line}");
        assert!(
            name != "mprotect" || !arguments.contains("PROT_EXEC"),
            "MemoryDenyWriteExecute: {line}"
        );
        if name == "socket" {
            assert!(families.iter().any(|family| arguments.starts_with(family)), "{line}");
        }
    }
    if rustix::process::geteuid().is_root() {
        // SQLite gives a file to the owner of the one beside it, when it is root; the unit's user is not.
        made.remove("fchown");
    }
    let refused: Vec<&String> = made.difference(&may).collect();
    assert!(refused.is_empty(), "the unit does not allow {refused:?}");
    assert!(made.contains("fdatasync") && made.contains("accept4"), "{made:?}");
    println!("{} kinds of system calls, all allowed", made.len());
}

#[test]
fn a_stop_has_the_time_it_needs() {
    // `creel serve` ends within 20 s of SIGTERM.
    let wait: u32 = setting("TimeoutStopSec").parse().expect("seconds");
    assert!((20..=90).contains(&wait), "{wait}");
    let file = read(integrations().join("container/Containerfile"));
    assert!(file.contains(&format!("--stop-timeout {wait}")), "containers get it too");
}

/// The instructions of the container file: word and rest, lines that go on joined.
fn instructions() -> Vec<(String, String)> {
    read(integrations().join("container/Containerfile"))
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\\\n", " ")
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()))
        .collect()
}

/// No engine runs here, so this is what can be told without one: stages and files that are named exist,
/// and the last stage runs the binary, as nobody in particular, with its data outside.
#[test]
fn the_container_file_holds_together() {
    let root = integrations().join("..");
    let known = [
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "RUN",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ];
    let (mut stages, mut arguments, mut last) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (word, rest) in instructions() {
        assert!(known.contains(&word.as_str()), "{word}");
        match word.as_str() {
            "ARG" => {
                arguments.insert(rest.split('=').next().expect("a name").to_owned());
            }
            "FROM" => {
                let image = rest.split(' ').next().expect("an image");
                let name = image.strip_prefix("${").and_then(|i| i.strip_suffix('}'));
                assert!(arguments.contains(name.expect("an argument")), "{image}");
                stages.extend(rest.split_once(" AS ").map(|(_, name)| name.to_owned()));
                last.clear();
            }
            "COPY" => {
                let words: Vec<&str> = rest.split_whitespace().collect();
                let (from, paths): (Vec<&str>, Vec<&str>) =
                    words.iter().partition(|word| word.starts_with("--"));
                match from.iter().find_map(|word| word.strip_prefix("--from=")) {
                    Some(stage) => assert!(stages.iter().any(|s| s == stage), "{rest}"),
                    None => {
                        for path in &paths[..paths.len() - 1] {
                            assert!(root.join(path).exists(), "{path} is not in the repository");
                        }
                    }
                }
            }
            _ => {}
        }
        last.push((word, rest));
    }
    let said = |word: &str| {
        let found = last.iter().rfind(|(w, _)| w == word).map(|(_, rest)| rest.clone());
        found.unwrap_or_else(|| panic!("the last stage has no {word}"))
    };
    let user = said("USER");
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    let volume = said("VOLUME");
    assert!(said("ENV").contains(&format!("CREEL_SERVER__DATA={volume}")));
    assert!(last.iter().any(|(word, rest)| word == "COPY"
        && rest.contains(&format!("--chown={user}"))
        && rest.ends_with(&volume)));
    // Neither needs a shell, which is not there.
    let run: Vec<String> = serde_json::from_str(&said("ENTRYPOINT")).expect("a list");
    let command: Vec<String> = serde_json::from_str(&said("CMD")).expect("a list");
    assert_eq!(
        (run.concat().as_str(), command.concat().as_str()),
        ("/usr/local/bin/creel", "serve")
    );
    let (_, check) = said("HEALTHCHECK")
        .split_once("CMD ")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a check");
    let check: Vec<String> = serde_json::from_str(&check).expect("a list");
    assert_eq!(check, ["/usr/local/bin/creel", "ready"]);
    // One list of what stays outside, under the names that podman and docker know.
    assert_eq!(read(root.join(".containerignore")), read(root.join(".dockerignore")));
}

/// The base has the C library and nothing else that a program could be linked with.
#[test]
fn the_binary_needs_the_c_library_alone() {
    let output = Command::new("ldd").arg(env!("CARGO_BIN_EXE_creel")).output().expect("ldd runs");
    let listed = String::from_utf8(output.stdout).expect("text");
    let needed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(|path| path.rsplit('/').next().expect("a name"))
        .collect();
    assert!(!needed.is_empty(), "{listed}");
    for library in needed {
        let name = library.split('.').next().expect("a name");
        let is_there = ["linux-vdso", "libc", "libm", "libgcc_s", "libdl", "libpthread", "librt"]
            .contains(&name)
            || name.starts_with("ld-linux");
        assert!(is_there, "{library} is not in the base of the container");
    }
}
