//! What `make dist` packs: everything that belongs to it, nothing that changes by itself, and the licence of
//! every package that is inside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

#[path = "../support/licences.rs"]
mod licences;

const TARGET: &str = "x86_64-unknown-linux-gnu";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The list against another way of asking what is linked.
#[test]
fn the_licence_of_every_crate_and_package_is_told() {
    let list = licences::list(root(), TARGET).expect("complete");
    let output = cargo()
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--features", "embed-ui", "--target", TARGET, "--format", "{p}"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    let mut crates = 0;
    for line in tree.lines().filter(|line| !line.is_empty() && !line.starts_with("creel v")) {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next().expect("a name"), words.next().expect("a version"));
        let listed = format!("\n  {name} {}: ", version.trim_start_matches('v'));
        let at = list.find(&listed).unwrap_or_else(|| panic!("{line} is not in the list"));
        let entry = list[at + 1..].lines().next().expect("a line");
        assert!(entry.ends_with(']'), "no text of {entry}");
        crates += 1;
    }
    assert!(crates > 150, "{crates}");
    // What C sources and pages are made of.
    for word in ["SQLite, which it brings along", "Copyright (c) Meta Platforms", "Daan Leijen"] {
        assert!(list.contains(word), "{word}");
    }
    if cfg!(feature = "embed-ui") {
        let pages = list.split("Packages of the pages").nth(1).expect("the pages' packages");
        assert!(pages.contains("\n  svelte "), "npm run build writes web/.packages.json");
    }
}

/// Every file below a folder, by its path in there.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("inside").display().to_string();
                found.insert(inside, path);
            }
        }
    }
    found
}

fn pack(out: &Path) -> PathBuf {
    let mut command = Command::new(root().join("scripts/dist"));
    command.arg(env!("CARGO_BIN_EXE_creel")).arg(out);
    let output = command.output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).expect("text").trim())
}

#[test]
fn a_release_holds_all_that_belongs_to_it_and_packs_the_same_twice() {
    let directory = tempfile::tempdir().expect("a directory");
    let archive = pack(&directory.path().join("one"));
    let again = pack(&directory.path().join("two"));
    let bytes = std::fs::read(&archive).expect("read");
    assert!(bytes == std::fs::read(&again).expect("read"), "the same makes the same");
    let sums = std::fs::read_to_string(archive.with_file_name("SHA256SUMS")).expect("read");
    assert!(sums.starts_with(&hex::encode(Sha256::digest(&bytes))), "{sums}");

    let unpacked = directory.path().join("unpacked");
    std::fs::create_dir(&unpacked).expect("made");
    let tar = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&unpacked).status();
    assert!(tar.expect("tar runs").success());
    let name = archive.file_name().expect("a name").to_string_lossy().replace(".tar.gz", "");
    assert!(name.starts_with(concat!("creel-", env!("CARGO_PKG_VERSION"), "-")), "{name}");
    let folder = unpacked.join(name);
    let files = files(&folder);
    for expected in [
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "SHA256SUMS",
        "THIRD-PARTY.txt",
        "completions/_creel",
        "completions/creel.bash",
        "completions/creel.fish",
        "creel",
        "docs/operate/alerts.md",
        "docs/operate/install.md",
        "docs/operate/proxies.md",
        "integrations/caddy/Caddyfile",
        "integrations/container/Containerfile",
        "integrations/grafana/creel.json",
        "integrations/nginx/creel.conf",
        "integrations/prometheus/creel.rules.yml",
        "integrations/systemd/creel.service",
        "integrations/systemd/creel.socket",
        "man/creel-key-create.1",
        "man/creel.1",
    ] {
        assert!(files.contains_key(expected), "{expected} is missing: {:?}", files.keys());
    }
    let checked = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(&folder)
        .status();
    assert!(checked.expect("sha256sum runs").success());
    let sums = std::fs::read_to_string(&files["SHA256SUMS"]).expect("read");
    assert_eq!(sums.lines().count(), files.len() - 1, "every file has its sum");

    let binary = &files["creel"];
    let before = std::fs::metadata(env!("CARGO_BIN_EXE_creel")).expect("there").len();
    assert!(binary.metadata().expect("there").len() < before, "stripped");
    let said = Command::new(binary).arg("--version").output().expect("it runs");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.trim(), format!("creel {}", creel::version::full()));
}
