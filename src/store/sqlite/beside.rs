//! A file read beside whoever writes it: by backups, exports and the doctor.
//!
//! Readers of a log hinder no writer, in whatever process they are. What they keep from happening is
//! that the log begins anew, so it grows while a state is held.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::admit::known_schema;
use super::{Schema, open_reader};
use crate::store::StoreError;

/// What a path may not show in the address of a file.
const IN_ADDRESS: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// Pages copied between two flushes of the copy; half a megabyte. What is flushed in small pieces never
/// stands before a sender's own flush as a heap.
const PAGES_PER_STEP: i32 = 128;

/// Longest rest between two steps. A rest is twice as long as the step was: senders have the disk
/// for two thirds of the time.
const REST_MAX: Duration = Duration::from_millis(500);

/// Complaints of a check that are told; a broken file has thousands.
const COMPLAINTS_MAX: usize = 5;

/// Open a file that exists, for reading alone. Closing leaves its log as it is: whoever only looks
/// changes nothing.
pub fn open_beside(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_reader(path).map_err(|error| match &error {
        StoreError::Sql(cause)
            if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) =>
        {
            StoreError::Foreign { path: path.to_owned() }
        }
        _ => error,
    })?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Version of the schema of a file; an error if the file is not ours, or a newer one's.
pub fn schema_version(
    connection: &Connection,
    path: &Path,
    schema: &Schema,
) -> Result<i64, StoreError> {
    let found = known_schema(connection, path, schema)?;
    Ok(i64::try_from(found).unwrap_or(i64::MAX))
}

/// How thoroughly a file is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Every page, without comparing indexes with their tables.
    Quick,
    Full,
}

/// What SQLite has to say against a file; empty when it is sound. Takes long on a large one.
pub fn complaints(connection: &Connection, look: Look) -> Result<Vec<String>, StoreError> {
    let pragma = match look {
        Look::Quick => format!("pragma quick_check({COMPLAINTS_MAX})"),
        Look::Full => format!("pragma integrity_check({COMPLAINTS_MAX})"),
    };
    let mut statement = connection.prepare(&pragma)?;
    let said = statement.query_map([], |row| row.get(0))?;
    let said: Vec<String> = said.collect::<Result<_, _>>()?;
    Ok(said.into_iter().filter(|line| line != "ok").collect())
}

/// The same of a copy that nobody writes to: nothing is made beside it for the look.
pub fn complaints_of_copy(path: &Path) -> Result<Vec<String>, StoreError> {
    complaints(&open_immutable(path)?, Look::Quick)
}

/// Open a file that has no log and that nobody writes to: nothing comes beside it.
pub fn open_immutable(path: &Path) -> Result<Connection, StoreError> {
    let path = percent_encode(path.as_os_str().as_bytes(), IN_ADDRESS);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?)
}

/// One state of a file, held as long as this lives.
#[derive(Debug)]
pub struct Snapshot {
    connection: Connection,
    version: i64,
    pages: i64,
    page_bytes: i64,
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub bytes: u64,
    pub of: u64,
}

/// How a copy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyEnd {
    Whole,
    /// As the caller wished.
    Stopped,
}

impl Snapshot {
    pub fn hold(path: &Path, schema: &Schema) -> Result<Self, StoreError> {
        let connection = open_beside(path)?;
        connection.execute_batch("begin")?;
        // The first look decides which state is held.
        connection.query_row("select 1 from sqlite_schema limit 1", [], |_| Ok(())).optional()?;
        let version = schema_version(&connection, path, schema)?;
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0));
        let (pages, page_bytes) = (number("pragma page_count")?, number("pragma page_size")?);
        Ok(Self { connection, version, pages, page_bytes })
    }

    /// For reads of the state.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Size of the copy.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.pages * self.page_bytes).unwrap_or(0)
    }

    /// Copy the state page by page into a new file, flushed when this returns. `each` is told after
    /// every step and can end it.
    pub fn copy(
        &self,
        to: &Path,
        mut each: impl FnMut(Copied) -> ControlFlow<()>,
    ) -> Result<CopyEnd, CopyError> {
        let file = File::options().write(true).create_new(true).mode(0o600).open(to)?;
        let mut target = Connection::open(to).map_err(StoreError::from)?;
        // Nothing is rolled back: what is not whole is thrown away.
        for (name, value) in [("journal_mode", "off"), ("synchronous", "off")] {
            target.pragma_update(None, name, value).map_err(StoreError::from)?;
        }
        {
            let backup = Backup::new(&self.connection, &mut target).map_err(StoreError::from)?;
            loop {
                let begun = Instant::now();
                let step = backup.step(PAGES_PER_STEP).map_err(StoreError::from)?;
                file.sync_data()?;
                let left = i64::from(backup.progress().remaining);
                let bytes = u64::try_from((self.pages - left) * self.page_bytes).unwrap_or(0);
                if each(Copied { bytes, of: self.bytes() }).is_break() {
                    return Ok(CopyEnd::Stopped);
                }
                if step == StepResult::Done {
                    break;
                }
                std::thread::sleep((begun.elapsed() * 2).min(REST_MAX));
            }
        }
        target.close().map_err(|(_, error)| StoreError::from(error))?;
        file.sync_all()?;
        Ok(CopyEnd::Whole)
    }
}

/// What can go wrong on the way from one file to another.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] std::io::Error),
}
