//! Tells cargo when the pages inside the binary have changed, and the binary which commit it is made of.
//! It builds nothing itself: without Node a build works, and has no pages.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_EMBED_UI").is_some() {
        println!("cargo::rerun-if-changed=web/dist");
    }
    println!("cargo::rerun-if-env-changed=CREEL_COMMIT");
    if let Some(commit) = told().or_else(asked) {
        println!("cargo::rustc-env=CREEL_COMMIT={commit}");
    }
}

/// What who packs a build says: `HASH DATE`, or the hash alone.
fn told() -> Option<String> {
    let told = std::env::var("CREEL_COMMIT").ok()?;
    let is_one_line = told.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    Some(told.trim().to_owned()).filter(|told| !told.is_empty() && is_one_line)
}

/// What git says of this directory. `None` without git, in an unpacked archive, and in one that lies
/// inside another repository.
fn asked() -> Option<String> {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?).canonicalize().ok()?;
    let top = PathBuf::from(git(&here, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != here {
        return None;
    }
    watch(&here);
    git(&here, &["log", "-1", "--abbrev=7", "--date=short", "--format=%h %cd"])
}

/// Run again when another commit is checked out or made, and at nothing else.
fn watch(here: &Path) {
    // Cargo takes a file that is not there as changed: each is named only where it is.
    let watched = |name: &str| {
        let Some(path) = git(here, &["rev-parse", "--git-path", name]) else { return false };
        let path = here.join(path);
        let is_there = path.exists();
        if is_there {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        is_there
    };
    watched("HEAD");
    let Some(branch) = git(here, &["symbolic-ref", "--quiet", "HEAD"]) else { return };
    // The file of a branch is packed away at times, and made anew by the next commit.
    if !watched(&branch) {
        watched("packed-refs");
        watched("logs/HEAD");
    }
}

fn git(here: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(here).args(arguments).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !said.is_empty()).then_some(said)
}
