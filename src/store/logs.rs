//! Files of logs: `logs/3f/NAME.log` below the data directory, one per log that is kept.
//!
//! A file is written under a passing name, flushed, and renamed: under its own name it is whole. The books say
//! which file is whose, in a transaction after that; a file that no row names was left by a crash between the
//! two, or was replaced, and goes once nobody can be about to name it ([`LogFiles::unnamed`]).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::logs::{DamagedLog, Dialect, Intake, Reader, Summary, Taken};

/// The directory within that of the data.
pub const FOLDER: &str = "logs";

/// Where files are that are being written.
const PASSING: &str = "passing";

/// A file younger than this may be about to be named.
const UNNAMED_AGE: Duration = Duration::from_hours(1);

/// A log that is read.
pub type LogReader = Reader<BufReader<File>>;

/// The files of all logs.
#[derive(Debug, Clone)]
pub struct LogFiles {
    folder: PathBuf,
    bytes_max: u64,
}

/// A log that is being written. Dropped before it is committed, it leaves nothing.
#[derive(Debug)]
pub struct LogWriter {
    intake: Option<Intake<BufWriter<File>>>,
    passing: Passing,
    folder: PathBuf,
    name: String,
}

/// A file under its passing name.
#[derive(Debug)]
struct Passing {
    path: PathBuf,
    is_kept: bool,
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl LogFiles {
    /// The logs of a data directory, each kept up to `bytes_max`. What a crash left half-written goes. Blocks.
    pub fn open(data: &Path, bytes_max: u64) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        let passing = folder.join(PASSING);
        fs::create_dir_all(&passing)?;
        for left in fs::read_dir(&passing)? {
            fs::remove_file(left?.path())?;
        }
        Ok(Self { folder, bytes_max })
    }

    /// Bytes of a log that are kept.
    #[must_use]
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// Begin the file of a log. Blocks, as all that follows.
    pub fn begin(&self, dialect: Dialect, log: &str) -> io::Result<LogWriter> {
        // A name of its own: whoever reads the file that it takes the place of reads on.
        let unique = Uuid::now_v7().simple().to_string();
        let first = log.get(..2).filter(|first| first.bytes().all(|b| b.is_ascii_alphanumeric()));
        let name = format!("{}/{log}-{unique}.log", first.unwrap_or("00"));
        let path = self.folder.join(PASSING).join(unique);
        let file = File::options().write(true).create_new(true).open(&path)?;
        let passing = Passing { path, is_kept: false };
        let intake = Intake::with_limit(dialect, BufWriter::new(file), self.bytes_max)?;
        Ok(LogWriter { intake: Some(intake), passing, folder: self.folder.clone(), name })
    }

    pub fn read(&self, name: &str) -> Result<LogReader, DamagedLog> {
        Reader::open(BufReader::new(File::open(self.path(name)?)?))
    }

    /// Remove a file; says how many bytes that gives back. One that is not there gives back none.
    pub fn remove(&self, name: &str) -> io::Result<u64> {
        let path = self.path(name)?;
        let bytes = match path.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        fs::remove_file(&path)?;
        Ok(bytes)
    }

    /// Where a file lies. Names come from the books, which somebody may have edited.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let is_plain = name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']));
        match is_plain {
            true => Ok(self.folder.join(name)),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is none of a log")),
        }
    }

    /// The groups that files lie in, so that they can be looked through one by one.
    pub fn groups(&self) -> io::Result<Vec<String>> {
        groups(&self.folder)
    }

    /// Files of a group that have been there for a while and that `named` does not know.
    pub fn unnamed(
        &self,
        group: &str,
        named: &HashSet<String>,
        now: SystemTime,
    ) -> io::Result<Vec<String>> {
        let mut unnamed = Vec::new();
        for (name, path) in files(&self.folder, group)? {
            let changed = path.metadata()?.modified()?;
            let is_old = now.duration_since(changed).is_ok_and(|age| age >= UNNAMED_AGE);
            if is_old && !named.contains(&name) {
                unnamed.push(name);
            }
        }
        Ok(unnamed)
    }
}

/// The groups of a folder of logs.
pub fn groups(folder: &Path) -> io::Result<Vec<String>> {
    let mut groups = Vec::new();
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(groups),
        listed => listed?,
    };
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != PASSING && entry.file_type()?.is_dir() {
            groups.push(name);
        }
    }
    groups.sort();
    Ok(groups)
}

/// The files of a group: their names as the books spell them, and where they are.
pub fn files(folder: &Path, group: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join(group))? {
        let entry = entry?;
        files.push((format!("{group}/{}", entry.file_name().to_string_lossy()), entry.path()));
    }
    files.sort();
    Ok(files)
}

impl LogWriter {
    /// The next bytes of the log.
    pub fn take(&mut self, bytes: &[u8]) -> io::Result<Taken> {
        match &mut self.intake {
            Some(intake) => intake.take(bytes),
            None => Ok(Taken::Full),
        }
    }

    /// The log is over: its file is flushed and gets its name, which is for the books to keep.
    pub fn commit(mut self) -> io::Result<(Summary, String)> {
        let Some(intake) = self.intake.take() else {
            return Err(io::Error::other("the log was committed before"));
        };
        let (summary, writer) = intake.finish()?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let path = self.folder.join(&self.name);
        let group = path.parent().unwrap_or(&self.folder);
        if !group.is_dir() {
            fs::create_dir_all(group)?;
            File::open(&self.folder)?.sync_all()?;
        }
        fs::rename(&self.passing.path, &path)?;
        self.passing.is_kept = true;
        File::open(group)?.sync_all()?;
        Ok((summary, std::mem::take(&mut self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "3f8e2b1c-0000-5000-8000-000000000001";

    fn logs() -> (tempfile::TempDir, LogFiles) {
        let data = tempfile::tempdir().expect("a directory");
        let logs = LogFiles::open(data.path(), 1 << 20).expect("opened");
        (data, logs)
    }

    fn kept(logs: &LogFiles, text: &str) -> String {
        let mut writer = logs.begin(Dialect::Buildkite, LOG).expect("begun");
        writer.take(text.as_bytes()).expect("taken");
        writer.commit().expect("committed").1
    }

    #[test]
    fn a_log_is_there_once_it_is_committed_and_can_be_removed() {
        let (data, logs) = logs();
        let name = kept(&logs, "one\ntwo\n");
        assert!(name.starts_with("3f/"), "{name}");
        let lines = logs.read(&name).expect("opened").lines(1, 10, 100).expect("read");
        assert_eq!(lines.len(), 2);
        let size = data.path().join("logs").join(&name).metadata().expect("a file").len();
        assert_eq!(logs.remove(&name).expect("removed"), size);
        assert_eq!(logs.remove(&name).expect("nothing to remove"), 0);
        assert!(matches!(logs.read(&name), Err(DamagedLog::File(_))));
    }

    #[test]
    fn a_newer_log_does_not_touch_who_reads_the_older() {
        let (_data, logs) = logs();
        let (older, newer) = (kept(&logs, "older\n"), kept(&logs, "newer\n"));
        assert_ne!(older, newer);
        let mut reader = logs.read(&older).expect("opened");
        logs.remove(&older).expect("removed");
        assert_eq!(reader.lines(1, 1, 100).expect("read")[0].text(), "older");
    }

    #[test]
    fn what_was_not_committed_leaves_nothing() {
        let (data, logs) = logs();
        let passing = data.path().join("logs/passing");
        let count = || fs::read_dir(&passing).expect("listed").count();
        let mut given_up = logs.begin(Dialect::Buildkite, LOG).expect("begun");
        given_up.take(b"text\n").expect("taken");
        assert_eq!(count(), 1);
        drop(given_up);
        assert_eq!(count(), 0);
        // As a crash would leave it.
        std::mem::forget(logs.begin(Dialect::Buildkite, LOG).expect("begun"));
        assert_eq!(count(), 1);
        LogFiles::open(data.path(), 1 << 20).expect("opened again");
        assert_eq!(count(), 0);
    }

    #[test]
    fn files_that_no_row_names_are_found_after_a_while() {
        let (_data, logs) = logs();
        let (named, unnamed) = (kept(&logs, "a\n"), kept(&logs, "b\n"));
        let rows = HashSet::from([named]);
        let groups = logs.groups().expect("listed");
        assert_eq!(groups, ["3f"]);
        let now = SystemTime::now();
        assert!(logs.unnamed("3f", &rows, now).expect("looked").is_empty());
        let later = now + UNNAMED_AGE + Duration::from_secs(1);
        assert_eq!(logs.unnamed("3f", &rows, later).expect("looked"), [unnamed]);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let (_data, logs) = logs();
        for name in ["../books.db", "/etc/passwd", "3f/../../books.db", "", "3f//x"] {
            assert!(logs.read(name).is_err(), "{name}");
        }
    }
}
