//! Whether the file of each log is there and whole, and whether there are others.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use crate::logs::{DamagedLog, Reader};
use crate::store::logs::{FOLDER, files, groups};
use crate::store::sqlite::Connection;
use crate::store::sqlite::beside::Look;
use crate::store::sqlite::books::retention::logs::log_files;

use super::Finding;
use super::place::unreadable;

const CHECK: &str = "logs";

/// Files told in one line.
const NAMES_MAX: usize = 3;

pub(super) fn examine(books: &Connection, data: &Path, look: Look) -> Vec<Finding> {
    let kept = match log_files(books) {
        Ok(kept) => kept,
        Err(error) => return vec![unreadable(CHECK, &error)],
    };
    let folder = data.join(FOLDER);
    let (mut missing, mut damaged) = (Vec::new(), Vec::new());
    let (mut count, mut bytes) = (0_usize, 0_i64);
    for (name, stored_bytes) in &kept {
        match examined(&folder.join(name), look) {
            Ok(()) => {
                count += 1;
                bytes += stored_bytes;
            }
            Err(DamagedLog::File(error)) if error.kind() == io::ErrorKind::NotFound => {
                missing.push(name.clone());
            }
            Err(error) => damaged.push(format!("{name}: {error}")),
        }
    }
    let all = all_files(&folder);
    // A server beside this may have fetched and removed logs since they were listed: what has been so all along is
    // told.
    let now: HashSet<String> = match log_files(books) {
        Ok(now) => now.into_iter().map(|(name, _)| name).collect(),
        Err(error) => return vec![unreadable(CHECK, &error)],
    };
    missing.retain(|name| now.contains(name));
    let mut findings = Vec::new();
    if !missing.is_empty() {
        findings.push(Finding::trouble(
            CHECK,
            format!("the files of {} logs are missing: {}", missing.len(), some(&missing)),
            "put them back from a backup into the directory logs; else the pages of these logs say that they cannot be \
             read until retention removes them",
        ));
    }
    if !damaged.is_empty() {
        findings.push(Finding::trouble(
            CHECK,
            format!("{} logs are damaged: {}", damaged.len(), some(&damaged)),
            "put them back from a backup, and look at the disk: other files on it may be damaged as well",
        ));
    }
    let before: HashSet<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    let is_stranger = |name: &String| !now.contains(name) && !before.contains(name.as_str());
    match all.map(|names| names.into_iter().filter(is_stranger).collect::<Vec<_>>()) {
        Ok(strangers) if !strangers.is_empty() => findings.push(Finding::note(
            CHECK,
            format!("{} files are no log that the books know: {}", strangers.len(), some(&strangers)),
            "nothing to do: a crash, or a build that went, leaves such files; the server removes them within an hour or two",
        )),
        Ok(_) => {}
        Err(error) => findings.push(Finding::trouble(
            CHECK,
            format!("{} cannot be listed: {error}", folder.display()),
            "mend its owner and rights",
        )),
    }
    if findings.is_empty() {
        let megabytes = bytes as f64 / 1e6;
        findings.push(Finding::well(CHECK, format!("{count} kept ({megabytes:.1} MB)")));
    }
    findings
}

/// Whether a file is a log; looked through frame by frame only where that was asked for.
fn examined(path: &Path, look: Look) -> Result<(), DamagedLog> {
    let mut log = Reader::open(BufReader::new(File::open(path)?))?;
    match look {
        Look::Quick => Ok(()),
        Look::Full => log.verify(),
    }
}

/// All files of logs that there are.
fn all_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for group in groups(folder)? {
        names.extend(files(folder, &group)?.into_iter().map(|(name, _)| name));
    }
    Ok(names)
}

fn some(names: &[String]) -> String {
    let mut told: Vec<String> = names.iter().take(NAMES_MAX).cloned().collect();
    if names.len() > NAMES_MAX {
        told.push(format!("{} more", names.len() - NAMES_MAX));
    }
    told.join(", ")
}
