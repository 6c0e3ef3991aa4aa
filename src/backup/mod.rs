//! The spare: a data directory copied while it is in use, and put back.
//!
//! A backup is a directory with a copy of each file and [`Manifest`], which is written last: what has
//! none is no backup. The books are held first and the journal right after, so the books never know
//! of an entry that the journal of the same backup lacks. Logs are copied last: what the held books name and retention
//! has removed meanwhile is left out, and said.

pub mod make;
pub mod restore;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{EntryId, Timestamp};
use crate::store::logs::FOLDER;
use crate::store::sqlite::{Schema, books, journal};

/// The manifest's name in a backup.
pub const MANIFEST: &str = "backup.json";

/// Name of the secrets key in a backup, and in a data directory unless the settings say otherwise.
pub const SECRETS_KEY: &str = "secrets.key";

/// Version of the manifest.
pub const FORMAT: u32 = 1;

/// A manifest has some 200 bytes for each log; what is longer is none.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Read and written at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// The database files, in the order in which they are copied: senders wait for the journal's log, so
/// its state is held for the shorter time.
pub(crate) const DATABASES: [&Schema; 2] = [&journal::SCHEMA, &books::SCHEMA];

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the Creel that made it.
    pub creel: String,
    pub made_at: Timestamp,
    pub files: Vec<FileRecord>,
    /// Logs that the books name and that could not be copied: removed meanwhile, or damaged.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub logs_left_out: Vec<String>,
    /// Oldest and newest entry; `None` of an empty journal.
    pub entries: Option<EntryRange>,
    /// Place of the books in the journal: what lies beyond is read after the restore.
    pub read_up_to: EntryId,
    pub builds: i64,
    pub secrets_key: SecretsKey,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub name: String,
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Of a database.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub schema: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRange {
    pub from: EntryId,
    pub to: EntryId,
}

/// The key that opens the sealed secrets of a backup: signing keys, provider tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretsKey {
    /// Beside the files, as it was asked for.
    Inside,
    /// Kept elsewhere, and needed.
    LeftOut,
    /// Nothing is sealed.
    NotNeeded,
}

impl Manifest {
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The files of logs.
    pub fn logs(&self) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().filter(|file| is_log(&file.name))
    }

    /// Bytes of all files together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Whether a file of a backup is a log: one in a group, in the directory of logs. Manifests may have been written by
/// anybody, so nothing else is taken for one.
fn is_log(name: &str) -> bool {
    let mut parts = name.split('/');
    let is_plain =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    parts.next() == Some(FOLDER)
        && parts.next().is_some_and(is_plain)
        && parts.next().is_some_and(is_plain)
        && parts.next().is_none()
}

/// Where work on a backup has come to.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    pub file: &'a str,
    pub bytes: u64,
    pub of: u64,
}

/// A failure that names its file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct FileError {
    pub path: PathBuf,
    pub source: std::io::Error,
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { path, source }
}

/// Length and SHA-256 of what is read from a file and handed on; `each` is told how far it is.
fn pass_through(
    path: &Path,
    to: impl Write,
    each: impl FnMut(u64),
) -> Result<(u64, String), std::io::Error> {
    pass_on(File::open(path)?, to, each)
}

/// The same of a file that is open.
fn pass_on(
    mut file: File,
    mut to: impl Write,
    mut each: impl FnMut(u64),
) -> Result<(u64, String), std::io::Error> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            return Ok((bytes, hex::encode(hasher.finalize())));
        }
        hasher.update(&chunk[..length]);
        to.write_all(&chunk[..length])?;
        bytes += length as u64;
        each(bytes);
    }
}

/// Make what a directory lists durable.
fn sync_directory(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(at(path))
}
