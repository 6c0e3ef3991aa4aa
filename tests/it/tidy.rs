//! The walls of the house: who may import whom, which crate belongs to which room, and which
//! licences may enter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Room by room: whom it may know. `model` knows nobody; everything points that way.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("html", &[]),
    ("secrets", &[]),
    ("version", &[]),
    ("clock", &["model"]),
    // Which artifacts are reports is a setting.
    ("config", &["reports", "secrets"]),
    ("signatures", &["model"]),
    // How a reported build ended may follow from its tests alone.
    ("providers", &["model", "reports"]),
    // The clock, since its REST side says how things stand now, and tests set what now is.
    ("simulator", &["clock", "model"]),
    ("live", &["model"]),
    // What counts as an error in a log is known there.
    ("insights", &["model", "logs"]),
    // Bytes in, lines out; it knows nobody's build.
    ("logs", &[]),
    // A file in, tests out; who asked for it is not known there.
    ("reports", &["model"]),
    // Between the books, which hold results, and `insights`, which judges them.
    ("assess", &["insights", "model", "store"]),
    ("traces", &[]),
    // Files of logs have a shape of their own.
    ("store", &["logs", "model", "version"]),
    ("journal", &["model", "store"]),
    ("tally", &["model", "store"]),
    ("outbound", &[]),
    // It asks with what `providers` makes, and lets them judge the answer.
    ("fetch", &["clock", "model", "outbound", "providers", "secrets"]),
    ("forward", &["config", "journal", "model", "outbound", "secrets"]),
    ("keys", &["config", "model", "secrets", "store"]),
    ("access", &["clock", "fetch", "model", "outbound", "providers", "secrets", "store"]),
    ("people", &["model", "secrets", "store"]),
    ("backup", &["logs", "model", "secrets", "store"]),
    // What the door would make of an entry whose identity is not told: `peek`.
    ("eventlog", &["journal", "model", "providers", "store"]),
    // Everything that has something sealed in it.
    ("rotation", &["access", "forward", "hub", "journal", "keys", "model", "secrets", "store"]),
    // It looks at what all the others look after; of the door, at the certificate.
    ("doctor", &["access", "config", "http", "hub", "keys", "logs", "model", "secrets", "store"]),
    (
        "hub",
        &[
            "access", "clock", "config", "forward", "journal", "keys", "live", "model", "people",
            "secrets", "store", "tally",
        ],
    ),
    (
        "workers",
        &[
            "access",
            "assess",
            "clock",
            "config",
            "fetch",
            "forward",
            "hub",
            "insights",
            "journal",
            "live",
            "logs",
            "model",
            "outbound",
            "providers",
            "reports",
            "secrets",
            "store",
        ],
    ),
    (
        "http",
        &[
            "access",
            "assess",
            "clock",
            "config",
            "eventlog",
            "fetch",
            "forward",
            "html",
            "hub",
            "insights",
            "journal",
            "keys",
            "live",
            "logs",
            "model",
            "people",
            "providers",
            "reports",
            "rotation",
            "secrets",
            "signatures",
            "simulator",
            "store",
            "traces",
            "version",
        ],
    ),
    (
        "cli",
        &[
            "access",
            "backup",
            "clock",
            "config",
            "doctor",
            "eventlog",
            "http",
            "hub",
            "journal",
            "keys",
            "model",
            "outbound",
            "reports",
            "secrets",
            "simulator",
            "store",
            "traces",
            "version",
            "workers",
        ],
    ),
    ("main", &["cli"]),
];

/// Crates that one room has for itself.
const BELONGS: &[(&str, &[&str])] = &[
    ("argon2", &["people"]),
    ("html5gum", &["html"]),
    ("libc", &["journal"]),
    ("opentelemetry", &["traces"]),
    ("encoding_rs", &["reports"]),
    ("multer", &["providers"]),
    ("quick_xml", &["http", "reports"]),
    ("rusqlite", &["store"]),
    ("rust_embed", &["http"]),
    ("axum", &["http", "simulator"]),
    ("hyper", &["http", "simulator"]),
    ("reqwest", &["outbound"]),
    ("utoipa", &["http"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("globset", &["cli", "reports"]),
    ("walkdir", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("chacha20poly1305", &["secrets"]),
];

/// Words that a room must not use.
const FORBIDDEN: [(&str, &[&str]); 7] = [
    ("html", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("logs", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("model", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("providers", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("insights", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("reports", &["std::fs", "std::net", "std::env", "tokio::"]),
    ("simulator", &["std::fs", "std::env"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("listed").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Lines of code by room, with the file's name and without comments and tests.
fn rooms() -> BTreeMap<String, Vec<(String, String)>> {
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut rooms: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for path in files {
        let inside = path.strip_prefix(&source).expect("inside").to_string_lossy().into_owned();
        if inside == "lib.rs" || inside.ends_with("tests.rs") || inside.ends_with("fixtures.rs") {
            continue;
        }
        let room = inside.split('/').next().expect("a name").trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&path).expect("read");
        for line in text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")) {
            let code = line.trim();
            if !code.starts_with("//") {
                rooms.entry(room.clone()).or_default().push((inside.clone(), code.to_owned()));
            }
        }
    }
    rooms
}

/// The rooms that a line of code names: `crate::store::...`, `use crate::{store, model}`.
fn named(code: &str) -> Vec<String> {
    code.match_indices("crate::")
        .flat_map(|(at, word)| {
            let rest = &code[at + word.len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""),
            };
            names
                .split(',')
                .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
                .filter(|name| !name.is_empty())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    let may_know: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut broken = Vec::new();
    for (room, lines) in rooms() {
        let Some(allowed) = may_know.get(room.as_str()) else {
            broken.push(format!("src/{room} has no line in tests/it/tidy.rs"));
            continue;
        };
        for (file, code) in lines {
            for other in named(&code) {
                let is_room = may_know.contains_key(other.as_str());
                if is_room && other != room && !allowed.contains(&other.as_str()) {
                    broken.push(format!("src/{file}: {room} must not know {other}: {code}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What the history of a test tells follows from values of the vocabulary alone.
#[test]
fn the_monitors_of_tests_know_only_the_vocabulary() {
    let rooms = rooms();
    let lines = rooms["insights"].iter().filter(|(file, _)| file.starts_with("insights/tests/"));
    let broken: Vec<String> = lines
        .filter(|(_, code)| named(code).iter().any(|other| other != "model"))
        .map(|(file, code)| format!("src/{file}: {code}"))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn each_crate_stays_in_its_room() {
    let mut broken = Vec::new();
    for (room, lines) in rooms() {
        for (file, code) in lines {
            for (crate_name, homes) in BELONGS {
                let used = code.contains(&format!("{crate_name}::"))
                    || code.contains(&format!("use {crate_name};"));
                if used && !homes.contains(&room.as_str()) {
                    broken.push(format!("src/{file}: {crate_name} belongs to {homes:?}: {code}"));
                }
            }
            for (name, words) in FORBIDDEN {
                for word in words.iter().filter(|word| room == name && code.contains(**word)) {
                    broken.push(format!("src/{file}: {room} must not use {word}: {code}"));
                }
            }
            let reads_environment = code.contains("std::env::var") || code.contains("env::vars");
            if reads_environment && !["cli", "config"].contains(&room.as_str()) {
                broken.push(format!("src/{file}: settings come from config: {code}"));
            }
            if code.contains("\"/tmp/") || code.contains("\"/work/") {
                broken.push(format!("src/{file}: a place of one machine: {code}"));
            }
            if code.contains("todo!(") || code.contains("unimplemented!(") {
                broken.push(format!("src/{file}: unfinished: {code}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn sql_stands_in_the_store_only() {
    let mut broken = Vec::new();
    for (room, lines) in rooms() {
        for (file, code) in lines {
            let lower = code.to_lowercase();
            let is_sql = ["\"select ", "\"insert into", "\"update ", "\"delete from", "\"pragma "]
                .iter()
                .any(|start| lower.contains(start));
            if is_sql && room != "store" {
                broken.push(format!("src/{file}: {code}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows() {
    let allowed: BTreeSet<String> = {
        let text = std::fs::read_to_string(root().join("deny.toml")).expect("read");
        let table: toml::Table = text.parse().expect("TOML");
        let list = table["licenses"]["allow"].as_array().expect("a list").clone();
        list.into_iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100);
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| {
            let licence = package["license"].as_str().unwrap_or_default();
            !is_allowed(licence, &allowed)
        })
        .map(|package| {
            format!("{} {}: {}", package["name"], package["version"], package["license"])
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// `A OR B`, `A AND B`, `A/B`, with parentheses around alternatives: true when one can comply.
fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let licence = licence.replace('/', " OR ");
    if licence.trim().is_empty() {
        return false;
    }
    licence.split(" AND ").all(|part| {
        part.trim_matches(|c| c == '(' || c == ')')
            .split(" OR ")
            .any(|one| allowed.contains(one.trim().trim_matches(|c| c == '(' || c == ')')))
    })
}

#[test]
fn files_stay_readable() {
    let mut long: BTreeMap<String, usize> = BTreeMap::new();
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    for path in files {
        let lines = std::fs::read_to_string(&path).expect("read").lines().count();
        if lines > 1_000 {
            long.insert(path.display().to_string(), lines);
        }
    }
    assert!(long.is_empty(), "these want to be rooms: {long:?}");
}

/// `make torture` runs all that is tried with made-up input, with far more of it.
#[test]
fn the_torture_takes_every_property() {
    let script = std::fs::read_to_string(root().join("scripts/torture")).expect("read");
    let filter = script.split_once("test(/").and_then(|(_, rest)| rest.split_once("/)"));
    let filter = regex::Regex::new(filter.expect("a filter").0).expect("a pattern");
    let mut left_out = Vec::new();
    let mut count = 0;
    for folder in ["src", "tests/it"] {
        let folder = root().join(folder);
        let mut files = Vec::new();
        rust_files(&folder, &mut files);
        for path in files {
            let text = std::fs::read_to_string(&path).expect("read");
            if !text.lines().any(|line| line.trim() == "proptest! {") {
                continue;
            }
            count += 1;
            let below = path.strip_prefix(&folder).expect("below").with_extension("");
            let names: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let module = format!("{}::", names.join("::").trim_end_matches("::mod"));
            if !filter.is_match(&module) {
                left_out.push(module);
            }
        }
    }
    assert!(count > 10, "{count} files with properties");
    assert!(left_out.is_empty(), "not in the filter of scripts/torture: {left_out:?}");
}
