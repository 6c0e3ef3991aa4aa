//! SQLite: one file, one writing connection, a pool of reading ones.

mod admit;
pub mod beside;
pub mod books;
pub mod journal;
mod pool;

use std::path::Path;
use std::time::Duration;

use rusqlite::{OpenFlags, Row};

pub use admit::admit;
pub use pool::ReadPool;
/// A connection, named here so that other rooms can pass one along without knowing the engine.
pub use rusqlite::Connection;

use super::StoreError;

/// "creel" in the header of each file, so that `file` and we can tell.
const APPLICATION_ID: i64 = 0x6372_656c;

/// Of a file that exists, for one thread at a time.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// How long a connection waits for a lock. Writers never meet; this covers a backup or a shell.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// A database file and the steps that lead to its newest schema.
#[derive(Debug)]
pub struct Schema {
    pub name: &'static str,
    /// Memory of the writing connection for pages.
    pub cache_kib: i64,
    /// Pages in the log before a commit moves them into the file. Measured: more makes rarer but
    /// longer stalls, truncating the log makes the next commits allocate again.
    pub log_pages_max: i64,
    /// In order; `user_version` counts how many have been taken.
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The newest version this binary knows.
    #[must_use]
    pub fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }
}

/// Open for writing; creates the file and brings its schema up to date.
pub fn open_writer(path: &Path, schema: &Schema) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // The first look at the content.
    connection
        .query_row("pragma application_id", [], |_| Ok(()))
        .map_err(|error| foreign(error, path))?;
    // Only effective before the first table: freed pages can be given back in small steps later.
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", schema.log_pages_max)?;
    connection.pragma_update(None, "cache_size", -schema.cache_kib)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // References are written in the order that costs least (a build's facts before its row), so
    // they hold at every commit, not at every statement. The tests check them.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.set_prepared_statement_cache_capacity(128);
    migrate(&mut connection, path, schema)?;
    Ok(connection)
}

/// Open for moving the log into the file, beside the writer; both exist.
pub fn open_checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, FLAGS)?;
    connection.pragma_update(None, "synchronous", "full")?;
    // A checkpoint does nothing on a connection that has read nothing yet.
    connection.query_row("pragma user_version", [], |_| Ok(()))?;
    Ok(connection)
}

/// How far a checkpoint came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Pages in the log.
    pub log: i64,
    /// Those of them that are in the file as well, flushed. When all are, the next commit starts the
    /// log from its beginning.
    pub moved: i64,
}

/// Move what the log holds into the file, waiting for nobody.
pub fn checkpoint(connection: &Connection) -> Result<Checkpoint, StoreError> {
    Ok(connection.query_row("pragma wal_checkpoint(passive)", [], |row| {
        Ok(Checkpoint { log: row.get(1)?, moved: row.get(2)? })
    })?)
}

/// How a file is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Space {
    pub page_bytes: i64,
    pub pages: i64,
    /// Of those, how many hold nothing; they are filled again before the file grows.
    pub free_pages: i64,
}

impl Space {
    #[must_use]
    pub fn bytes(self) -> i64 {
        self.pages * self.page_bytes
    }

    #[must_use]
    pub fn used_bytes(self) -> i64 {
        (self.pages - self.free_pages) * self.page_bytes
    }

    #[must_use]
    pub fn free_bytes(self) -> i64 {
        self.free_pages * self.page_bytes
    }

    /// Bytes in pages that became free.
    #[must_use]
    pub fn freed_since(self, before: Self) -> i64 {
        ((self.free_pages - before.free_pages) * self.page_bytes).max(0)
    }
}

/// What a removal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freed {
    pub rows: usize,
    /// In whole pages.
    pub bytes: i64,
}

impl std::ops::AddAssign for Freed {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

/// How a file is filled, in the eyes of a connection.
pub fn space(connection: &Connection) -> Result<Space, StoreError> {
    let number = |sql: &str| -> Result<i64, StoreError> {
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    };
    Ok(Space {
        page_bytes: number("pragma page_size")?,
        pages: number("pragma page_count")?,
        free_pages: number("pragma freelist_count")?,
    })
}

/// Give freed pages at the end of a file back, at most so many: what lies behind them is moved.
fn shrink(connection: &Connection, pages: i64) -> Result<Freed, StoreError> {
    let before = space(connection)?;
    {
        // A row per page: it is only done when all were asked for.
        let mut statement = connection.prepare(&format!("pragma incremental_vacuum({pages})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    let given_back = before.pages - space(connection)?.pages;
    let rows = usize::try_from(given_back).unwrap_or(0);
    Ok(Freed { rows, bytes: given_back * before.page_bytes })
}

/// Open for reading; the file must exist.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, FLAGS)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // Not opened read-only: a reader must be able to build the index of the log after a crash.
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Whether this version understands a file that another process may have open; one that is not there is
/// no trouble.
pub fn check_version(path: &Path, schema: &Schema) -> Result<(), StoreError> {
    if !path.exists() {
        return Ok(());
    }
    admit::known_schema(&open_reader(path)?, path, schema)?;
    Ok(())
}

/// A word of a closed list out of a row.
fn word<T>(
    row: &Row<'_>,
    index: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, rusqlite::Error> {
    let text = row.get_ref(index)?.as_str()?;
    parse(text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Text,
            format!("unknown word `{text}`").into(),
        )
    })
}

/// The error of a first look at a file: it may be no database at all.
fn foreign(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign { path: path.to_owned() },
        _ => error.into(),
    }
}

fn migrate(connection: &mut Connection, path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let found = admit::known_schema(connection, path, schema)?;
    for (index, migration) in schema.migrations.iter().enumerate().skip(found) {
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        // Of a new file there is nothing to tell.
        if found > 0 {
            tracing::info!(
                database = schema.name,
                version,
                "Brought the schema of {} to version {version}",
                schema.name
            );
        }
    }
    Ok(())
}
