//! Puts a backup where a server can start on it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::logs::FOLDER;
use crate::store::sqlite::beside::{Look, complaints, open_beside, schema_version};
use crate::store::sqlite::books::keys::forget_sealed;
use crate::store::sqlite::books::retention::logs::forget_files;
use crate::store::sqlite::books::{self, ENTRIES, position};
use crate::store::sqlite::journal::withheld::forget_all_withheld;
use crate::store::sqlite::journal::{self, read::span};
use crate::store::sqlite::{Connection, Schema};

use super::{
    DATABASES, FORMAT, FileError, MANIFEST, MANIFEST_BYTES_MAX, Manifest, Progress, SECRETS_KEY,
    SecretsKey, at, pass_through, sync_directory,
};

/// In the names of files that are not known to be whole.
const PARTIAL: &str = ".partial";

/// What may lie in a directory that counts as empty: the lock, a key that was put in its place before, and
/// what a disk of its own begins with.
const NOTHING: [&str; 3] = ["creel.lock", SECRETS_KEY, "lost+found"];

/// What becomes of secrets that only the secrets key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    Kept,
    /// For who has lost the key: signing secrets, provider tokens, and what waits to be handed on are
    /// forgotten.
    Forgotten,
}

/// What to put back, and where.
#[derive(Debug)]
pub struct Wish<'a> {
    pub from: &'a Path,
    /// A directory that is empty; its lock is held by the caller.
    pub data: &'a Path,
    /// Where the settings say that the secrets key is.
    pub secrets_key: &'a Path,
    pub sealed: Sealed,
}

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{} is not empty; a backup is put into a directory of its own", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is no backup: it has no {MANIFEST}", .0.display())]
    NoManifest(PathBuf),
    #[error("{}/{MANIFEST} cannot be read: {what}", path.display())]
    Unreadable { path: PathBuf, what: String },
    #[error(
        "the backup was made by Creel {creel}, which is newer than this one ({})",
        env!("CARGO_PKG_VERSION")
    )]
    Newer { creel: String },
    #[error("{} is not what was backed up: {what}", path.display())]
    Changed { path: PathBuf, what: String },
    #[error("the books of the backup have read up to entry {read}, its journal ends at {last}")]
    JournalBehind { read: i64, last: i64 },
    #[error("{} holds another key than the backup", .0.display())]
    OtherKey(PathBuf),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    File(#[from] FileError),
}

impl RestoreError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotEmpty(_) => "name a new directory with --data",
            Self::NoManifest(_) => {
                "name the directory that `creel backup` made; one without a manifest was never \
                 finished"
            }
            Self::Unreadable { .. } | Self::Changed { .. } | Self::JournalBehind { .. } => {
                "copy it again from where it came from, or take another backup: this one cannot be \
                 trusted"
            }
            Self::Newer { .. } => "restore it with that version, or a later one",
            Self::OtherKey(_) => {
                "set server.secrets_key to another place, or move that key away if nothing needs it"
            }
            Self::Store(_) | Self::File(_) => return None,
        })
    }
}

/// What a restored directory needs before a server starts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is in its place, or nothing needs it.
    Settled,
    /// Secrets are sealed and their key is not there.
    Missing,
}

/// Read a backup's manifest and judge it.
pub fn manifest(from: &Path) -> Result<Manifest, RestoreError> {
    let path = from.join(MANIFEST);
    let file = File::open(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            RestoreError::NoManifest(from.to_owned())
        }
        _ => at(&path)(error).into(),
    })?;
    let mut text = Vec::new();
    file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(at(&path))?;
    let unreadable = |what: String| RestoreError::Unreadable { path: from.to_owned(), what };
    // The version first: a newer manifest may have another shape.
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    let format = value["format"].as_u64().ok_or_else(|| unreadable("it has no format".into()))?;
    if format > u64::from(FORMAT) {
        let creel = value["creel"].as_str().unwrap_or("of an unknown version").to_owned();
        return Err(RestoreError::Newer { creel });
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| unreadable(error.to_string()))?;
    for schema in DATABASES {
        let file = manifest.file(schema.name);
        let file = file.ok_or_else(|| unreadable(format!("it lists no {}", schema.name)))?;
        if file.schema.is_some_and(|found| found > schema.version()) {
            return Err(RestoreError::Newer { creel: manifest.creel });
        }
    }
    Ok(manifest)
}

/// Refuse a directory that holds anything but what an interrupted restore left there.
pub fn refuse_unless_empty(data: &Path) -> Result<(), RestoreError> {
    let listed = match std::fs::read_dir(data) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(data)(error).into()),
    };
    for entry in listed {
        let name = entry.map_err(at(data))?.file_name();
        let name = name.to_string_lossy();
        if !NOTHING.contains(&name.as_ref()) && !name.contains(PARTIAL) {
            return Err(RestoreError::NotEmpty(data.to_owned()));
        }
    }
    Ok(())
}

impl Wish<'_> {
    /// Put it back: copied and compared first, in place only when all of it is sound. Blocks.
    pub fn restore(
        &self,
        manifest: &Manifest,
        mut each: impl FnMut(Progress<'_>),
    ) -> Result<KeyState, RestoreError> {
        // What is forgotten needs no key.
        let brings_key = match self.sealed {
            Sealed::Kept => self.brought_key(manifest)?,
            Sealed::Forgotten => None,
        };
        let restored = self
            .copy_and_check(manifest, &mut each)
            .and_then(|()| brings_key.as_deref().map_or(Ok(()), |bytes| self.write_key(bytes)));
        if let Err(error) = restored {
            let _ = std::fs::remove_dir_all(self.partial(FOLDER));
            for schema in DATABASES {
                let _ = std::fs::remove_file(self.partial(schema.name));
            }
            return Err(error);
        }
        // Logs first: books that name them would be missing them otherwise.
        if manifest.logs().next().is_some() {
            let path = self.data.join(FOLDER);
            std::fs::rename(self.partial(FOLDER), &path).map_err(at(&path))?;
        }
        // The journal before the books: with it alone, the books can be made again.
        for schema in DATABASES {
            let path = self.data.join(schema.name);
            std::fs::rename(self.partial(schema.name), &path).map_err(at(&path))?;
        }
        sync_directory(self.data)?;
        let is_needed =
            manifest.secrets_key != SecretsKey::NotNeeded && self.sealed == Sealed::Kept;
        Ok(match is_needed && !self.secrets_key.exists() {
            true => KeyState::Missing,
            false => KeyState::Settled,
        })
    }

    fn copy_and_check(
        &self,
        manifest: &Manifest,
        each: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), RestoreError> {
        for schema in DATABASES {
            self.copy(manifest, schema, each)?;
        }
        self.copy_logs(manifest, each)?;
        let journal = self.checked(&journal::SCHEMA)?;
        let books = self.checked(&books::SCHEMA)?;
        let read = position(&books, ENTRIES)?;
        let last = span(&journal)?.map_or(0, |(_, last)| last.0);
        if read > last {
            return Err(RestoreError::JournalBehind { read, last });
        }
        drop((journal, books));
        if self.sealed == Sealed::Forgotten {
            forget_sealed(&self.partial(books::SCHEMA.name))?;
            forget_all_withheld(&self.partial(journal::SCHEMA.name))?;
        }
        let left_out: Vec<&str> = manifest
            .logs_left_out
            .iter()
            .filter_map(|name| name.strip_prefix(FOLDER)?.strip_prefix('/'))
            .collect();
        if !left_out.is_empty() {
            forget_files(&self.partial(books::SCHEMA.name), &left_out)?;
        }
        for schema in DATABASES {
            remove_log(&self.partial(schema.name))?;
        }
        Ok(())
    }

    fn copy(
        &self,
        manifest: &Manifest,
        schema: &Schema,
        each: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), RestoreError> {
        let Some(record) = manifest.file(schema.name) else { return Ok(()) };
        let (from, to) = (self.from.join(schema.name), self.partial(schema.name));
        remove_log(&to)?;
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&to)
            .map_err(at(&to))?;
        let tell = |bytes| each(Progress { file: schema.name, bytes, of: record.bytes });
        let (bytes, sha256) = pass_through(&from, &mut file, tell).map_err(at(&from))?;
        file.sync_all().map_err(at(&to))?;
        let changed = |what| RestoreError::Changed { path: from.clone(), what };
        if bytes != record.bytes {
            return Err(changed(format!("it has {bytes} bytes instead of {}", record.bytes)));
        }
        match sha256 == record.sha256 {
            true => Ok(()),
            false => Err(changed("its SHA-256 differs".to_owned())),
        }
    }

    fn copy_logs(
        &self,
        manifest: &Manifest,
        each: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), RestoreError> {
        // What an interrupted restore has left.
        let partial = self.partial(FOLDER);
        let _ = std::fs::remove_dir_all(&partial);
        let of = manifest.logs().map(|log| log.bytes).sum();
        let mut done = 0;
        let mut groups = BTreeSet::new();
        for log in manifest.logs() {
            let from = self.from.join(&log.name);
            let to = partial.join(log.name.trim_start_matches(FOLDER).trim_start_matches('/'));
            let group = to.parent().unwrap_or(&partial);
            if groups.insert(group.to_owned()) {
                std::fs::create_dir_all(group).map_err(at(group))?;
            }
            let mut file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&to)
                .map_err(at(&to))?;
            let (bytes, sha256) = pass_through(&from, &mut file, |_| {}).map_err(at(&from))?;
            file.sync_all().map_err(at(&to))?;
            let changed = |what| RestoreError::Changed { path: from.clone(), what };
            if bytes != log.bytes {
                return Err(changed(format!("it has {bytes} bytes instead of {}", log.bytes)));
            }
            if sha256 != log.sha256 {
                return Err(changed("its SHA-256 differs".to_owned()));
            }
            done += bytes;
            each(Progress { file: FOLDER, bytes: done, of });
        }
        for group in &groups {
            sync_directory(group)?;
        }
        if !groups.is_empty() {
            sync_directory(&partial)?;
        }
        Ok(())
    }

    /// Open a copy and look it through.
    fn checked(&self, schema: &Schema) -> Result<Connection, RestoreError> {
        let path = self.partial(schema.name);
        let connection = open_beside(&path)?;
        schema_version(&connection, &path, schema)?;
        let said = complaints(&connection, Look::Quick)?;
        match said.first() {
            None => Ok(connection),
            Some(first) => Err(RestoreError::Changed {
                path: self.from.join(schema.name),
                what: format!("SQLite finds it damaged: {first}"),
            }),
        }
    }

    /// The key that lies in the backup, if it is to be put in place.
    fn brought_key(&self, manifest: &Manifest) -> Result<Option<Vec<u8>>, RestoreError> {
        let Some(record) = manifest.file(SECRETS_KEY) else { return Ok(None) };
        let path = self.from.join(SECRETS_KEY);
        let mut bytes = Vec::new();
        let (_, sha256) = pass_through(&path, &mut bytes, |_| {}).map_err(at(&path))?;
        if sha256 != record.sha256 {
            let what = "its SHA-256 differs".to_owned();
            return Err(RestoreError::Changed { path, what });
        }
        match std::fs::read(self.secrets_key) {
            Ok(there) if there == bytes => Ok(None),
            Ok(_) => Err(RestoreError::OtherKey(self.secrets_key.to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some(bytes)),
            Err(error) => Err(at(self.secrets_key)(error).into()),
        }
    }

    fn write_key(&self, bytes: &[u8]) -> Result<(), RestoreError> {
        use std::io::Write;
        let path = self.secrets_key;
        // As a whole: half a key would be another key to the next try.
        let mut partial = path.as_os_str().to_owned();
        partial.push(PARTIAL);
        let partial = PathBuf::from(partial);
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)
            .map_err(at(&partial))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(&partial))?;
        std::fs::rename(&partial, path).map_err(at(path))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok(sync_directory(parent.unwrap_or(Path::new(".")))?)
    }

    fn partial(&self, name: &str) -> PathBuf {
        self.data.join(format!("{name}{PARTIAL}"))
    }
}

/// Remove what SQLite puts beside a file that was opened.
fn remove_log(database: &Path) -> Result<(), FileError> {
    for end in ["-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(end);
        let path = PathBuf::from(path);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(at(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
