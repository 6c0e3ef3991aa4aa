//! Copies a data directory, in use or not.

use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::logs::{DamagedLog, Reader};
use crate::model::{EntryId, Timestamp};
use crate::secrets::is_rotating;
use crate::store::StoreError;
use crate::store::logs::FOLDER;
use crate::store::sqlite::beside::{Copied, CopyEnd, CopyError, Snapshot, complaints_of_copy};
use crate::store::sqlite::books::checkup::build_count;
use crate::store::sqlite::books::keys::holds_sealed;
use crate::store::sqlite::books::retention::logs::log_files;
use crate::store::sqlite::books::{self, ENTRIES, position};
use crate::store::sqlite::journal::withheld::holds_withheld;
use crate::store::sqlite::journal::{self, read::span};

use super::{
    EntryRange, FORMAT, FileError, FileRecord, MANIFEST, Manifest, Progress, SECRETS_KEY,
    SecretsKey, at, is_log, pass_on, pass_through, sync_directory,
};

/// How a backup is called as long as it is none.
const PARTIAL: (&str, &str) = (".creel-backup-", ".partial");

/// A backup that has added no file for this long was killed.
const LEFT_BEHIND_AFTER: Duration = Duration::from_hours(24);

/// What is to be backed up, and where to.
#[derive(Debug)]
pub struct Wish<'a> {
    pub data: &'a Path,
    /// The key file, and whether it is to lie beside the data.
    pub secrets_key: &'a Path,
    pub with_secrets_key: bool,
    /// On the disk of the data, this much has to stay free: below it, no hook is accepted.
    pub disk_low_bytes: u64,
    /// A directory that does not exist yet, or is empty.
    pub to: &'a Path,
    pub now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} is not empty; nothing is ever overwritten", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is a disk's own directory, which cannot be put in place as a whole", .0.display())]
    MountPoint(PathBuf),
    #[error("there is no data to back up at {}", .0.display())]
    NoData(PathBuf),
    #[error("the backup takes {needed} bytes, and {} has room for {free}", path.display())]
    NoRoom { path: PathBuf, needed: u64, free: u64 },
    #[error(
        "the backup takes {needed} bytes; of {free} free ones on the disk of the data, {kept} have \
         to stay free (limits.disk_low), or no hook would be accepted any more"
    )]
    WouldFillData { needed: u64, free: u64, kept: u64 },
    #[error("the secrets key cannot be copied: {0}")]
    SecretsKey(#[source] FileError),
    #[error(
        "the secrets key is being replaced: no one key would open what is sealed in the backup"
    )]
    Rotating,
    #[error("{file} is damaged, so its copy is no backup: {what}")]
    Damaged { file: String, what: String },
    #[error("it was interrupted")]
    Stopped,
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    File(#[from] FileError),
    #[error("cannot write the manifest: {0}")]
    Manifest(#[from] serde_json::Error),
}

impl BackupError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotEmpty(_) => "name a new directory, for example with the date in its name",
            Self::MountPoint(_) => "name a directory below it",
            Self::NoData(_) => "say with --data where the data is",
            Self::NoRoom { .. } => "free some room, or choose another disk",
            Self::WouldFillData { .. } => "choose another disk; a spare belongs on one anyway",
            Self::SecretsKey(_) => {
                "mend what keeps it from being read, or leave --with-secrets-key out"
            }
            Self::Rotating => "finish it first: creel secrets rotate",
            Self::Damaged { .. } => {
                "keep the backups that are there: `creel doctor --full` says more, and the newest good one is what \
                 to restore"
            }
            Self::Stopped => "nothing is left of it",
            Self::Store(StoreError::Newer { .. }) => "make the backup with the newer Creel",
            Self::Store(_) => "`creel doctor` looks the files through",
            Self::File(_) | Self::Manifest(_) => return None,
        })
    }
}

impl Wish<'_> {
    /// Make the backup. `each` hears how far it is and can end it: then nothing is left. Blocks.
    pub fn make(
        &self,
        mut each: impl FnMut(Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Manifest, BackupError> {
        if super::DATABASES.iter().any(|schema| !self.data.join(schema.name).exists()) {
            return Err(BackupError::NoData(self.data.to_owned()));
        }
        if is_rotating(self.secrets_key) {
            return Err(BackupError::Rotating);
        }
        let key = std::fs::read(self.secrets_key).ok();
        let parent = self.parent()?;
        // Before the look for room: they may be what has taken it.
        remove_left_behind(&parent);
        // Books first: what they have read, the journal that is held after them has.
        let books = Snapshot::hold(&self.data.join(books::SCHEMA.name), &books::SCHEMA)?;
        let journal = Snapshot::hold(&self.data.join(journal::SCHEMA.name), &journal::SCHEMA)?;
        let logs = log_files(books.connection())?;
        let log_bytes: u64 = logs.iter().map(|(_, bytes)| bytes.unsigned_abs()).sum();
        self.refuse_without_room(&parent, books.bytes() + journal.bytes() + log_bytes)?;

        // Put in place as a whole at the end; what is left behind by a crash is called so.
        let partial = tempfile::Builder::new()
            .prefix(PARTIAL.0)
            .suffix(PARTIAL.1)
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(at(&parent))?;
        let is_sealed = holds_sealed(books.connection())? || holds_withheld(journal.connection())?;
        let mut manifest = Manifest {
            format: FORMAT,
            creel: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: self.now,
            files: Vec::new(),
            logs_left_out: Vec::new(),
            entries: span(journal.connection())?.map(|(from, to)| EntryRange { from, to }),
            read_up_to: EntryId(position(books.connection(), ENTRIES)?),
            builds: build_count(books.connection())?,
            secrets_key: match (is_sealed, self.with_secrets_key) {
                (_, true) => SecretsKey::Inside,
                (true, false) => SecretsKey::LeftOut,
                (false, false) => SecretsKey::NotNeeded,
            },
        };
        // Each state is let go of as soon as it is copied: its log grows as long as it is held.
        for (name, snapshot) in [(journal::SCHEMA.name, journal), (books::SCHEMA.name, books)] {
            let file = copy_database(partial.path(), name, snapshot, &mut each)?;
            manifest.files.push(file);
        }
        self.copy_logs(partial.path(), &logs, log_bytes, &mut manifest, &mut each)?;
        if self.with_secrets_key {
            manifest.files.push(self.copy_secrets_key(partial.path())?);
        }
        // Begun or ended meanwhile, it would be a key for the other half.
        if is_rotating(self.secrets_key) || std::fs::read(self.secrets_key).ok() != key {
            return Err(BackupError::Rotating);
        }
        write_manifest(partial.path(), &manifest)?;
        sync_directory(partial.path())?;
        std::fs::rename(partial.path(), self.to).map_err(at(self.to))?;
        // It is the backup now, and no longer to be removed.
        let _ = partial.keep();
        sync_directory(&parent)?;
        Ok(manifest)
    }

    /// Where the backup will stand, if it can.
    fn parent(&self) -> Result<PathBuf, BackupError> {
        let parent = match self.to.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        match std::fs::read_dir(self.to) {
            Ok(mut listed) => {
                if listed.next().is_some() {
                    return Err(BackupError::NotEmpty(self.to.to_owned()));
                }
                let device = |path: &Path| path.metadata().map(|it| it.dev()).map_err(at(path));
                if device(self.to)? != device(&parent)? {
                    return Err(BackupError::MountPoint(self.to.to_owned()));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir_all(&parent).map_err(at(&parent))?;
            }
            Err(error) => return Err(at(self.to)(error).into()),
        }
        Ok(parent)
    }

    fn refuse_without_room(&self, parent: &Path, needed: u64) -> Result<(), BackupError> {
        let disk = rustix::fs::statvfs(parent).map_err(|error| at(parent)(error.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < needed {
            return Err(BackupError::NoRoom { path: parent.to_owned(), needed, free });
        }
        let device = |path: &Path| path.metadata().map(|it| it.dev()).ok();
        let kept = self.disk_low_bytes;
        if device(parent) == device(self.data) && free - needed < kept {
            return Err(BackupError::WouldFillData { needed, free, kept });
        }
        Ok(())
    }

    /// Copy the logs that the held books name. A file never changes under its name.
    fn copy_logs(
        &self,
        to: &Path,
        logs: &[(String, i64)],
        of: u64,
        manifest: &mut Manifest,
        each: &mut impl FnMut(Progress<'_>) -> ControlFlow<()>,
    ) -> Result<(), BackupError> {
        let folder = to.join(FOLDER);
        let mut done = 0;
        let mut group: Option<PathBuf> = None;
        for (name, stored_bytes) in logs {
            if each(Progress { file: FOLDER, bytes: done, of }).is_break() {
                return Err(BackupError::Stopped);
            }
            let name = format!("{FOLDER}/{name}");
            if !is_log(&name) {
                manifest.logs_left_out.push(name);
                continue;
            }
            let (from, to) = (self.data.join(&name), to.join(&name));
            let directory = to.parent().unwrap_or(&folder);
            if group.as_deref() != Some(directory) {
                if let Some(full) = &group {
                    sync_directory(full)?;
                }
                std::fs::create_dir_all(directory).map_err(at(directory))?;
                group = Some(directory.to_owned());
            }
            let mut log = match File::open(&from) {
                Ok(log) => log,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    manifest.logs_left_out.push(name);
                    continue;
                }
                Err(error) => return Err(at(&from)(error).into()),
            };
            match Reader::open(BufReader::new(&log)) {
                Ok(_) => {}
                // One damaged log is no reason to have no backup at all.
                Err(DamagedLog::File(error)) => return Err(at(&from)(error).into()),
                Err(_) => {
                    manifest.logs_left_out.push(name);
                    continue;
                }
            }
            // The file that is open, since its name may be gone by now.
            log.rewind().map_err(at(&from))?;
            let mut file = new_file(&to)?;
            let (bytes, sha256) = pass_on(log, &mut file, |_| {}).map_err(at(&from))?;
            file.sync_all().map_err(at(&to))?;
            done += stored_bytes.unsigned_abs();
            manifest.files.push(FileRecord { name, bytes, sha256, schema: None });
        }
        if let Some(group) = group {
            sync_directory(&group)?;
            sync_directory(&folder)?;
        }
        Ok(())
    }

    fn copy_secrets_key(&self, to: &Path) -> Result<FileRecord, BackupError> {
        let copy = || -> Result<FileRecord, FileError> {
            let to = to.join(SECRETS_KEY);
            let mut file = new_file(&to)?;
            let (bytes, sha256) =
                pass_through(self.secrets_key, &mut file, |_| {}).map_err(at(self.secrets_key))?;
            file.sync_all().map_err(at(&to))?;
            Ok(FileRecord { name: SECRETS_KEY.to_owned(), bytes, sha256, schema: None })
        };
        copy().map_err(BackupError::SecretsKey)
    }
}

/// Remove what killed backups have left beside where this one will stand: whole copies, which would
/// fill the disk for those to come. One that is still being made is younger.
fn remove_left_behind(parent: &Path) {
    let Ok(listed) = std::fs::read_dir(parent) else { return };
    for entry in listed.filter_map(Result::ok) {
        let name = entry.file_name();
        let is_partial = name
            .to_str()
            .is_some_and(|name| name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1));
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_BEHIND_AFTER));
        if is_partial && is_old {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn copy_database(
    directory: &Path,
    name: &str,
    snapshot: Snapshot,
    each: &mut impl FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<FileRecord, BackupError> {
    let to = directory.join(name);
    let (schema, of) = (Some(snapshot.version()), snapshot.bytes());
    let tell = |copied: Copied| each(Progress { file: name, bytes: copied.bytes, of: copied.of });
    match snapshot.copy(&to, tell) {
        Ok(CopyEnd::Whole) => {}
        Ok(CopyEnd::Stopped) => return Err(BackupError::Stopped),
        Err(CopyError::Store(error)) => return Err(error.into()),
        Err(CopyError::File(error)) => return Err(at(&to)(error).into()),
    }
    drop(snapshot);
    // Both looks take some seconds per gigabyte.
    let mut go_on = || match each(Progress { file: name, bytes: of, of }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(BackupError::Stopped),
    };
    go_on()?;
    // Nobody throws good backups away for one that cannot be restored.
    if let Some(what) = complaints_of_copy(&to)?.into_iter().next() {
        return Err(BackupError::Damaged { file: name.to_owned(), what });
    }
    go_on()?;
    let (bytes, sha256) = pass_through(&to, std::io::sink(), |_| {}).map_err(at(&to))?;
    Ok(FileRecord { name: name.to_owned(), bytes, sha256, schema })
}

fn new_file(path: &Path) -> Result<File, FileError> {
    File::options().write(true).create_new(true).mode(0o600).open(path).map_err(at(path))
}

fn write_manifest(directory: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let path = directory.join(MANIFEST);
    let mut text = serde_json::to_string_pretty(manifest)?;
    text.push('\n');
    let mut file = new_file(&path)?;
    file.write_all(text.as_bytes()).map_err(at(&path))?;
    file.sync_all().map_err(at(&path))?;
    Ok(())
}
