//! Which files of logs there are by the books, and which of them are old.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, params};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::FLAGS;
use crate::store::sqlite::books::Ledger;

/// A log that is kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLog {
    pub id: i64,
    pub at: Timestamp,
    pub stored_bytes: i64,
    pub file: String,
}

/// All logs that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptLogs {
    pub stored_bytes: i64,
    pub oldest_at: Option<Timestamp>,
}

pub fn kept_logs(connection: &Connection) -> Result<KeptLogs, StoreError> {
    Ok(connection
        .prepare_cached(
            "select coalesce(sum(stored_bytes), 0), min(at)
               from log indexed by log_by_age
              where file is not null",
        )?
        .query_row([], |row| {
            let oldest: Option<i64> = row.get(1)?;
            Ok(KeptLogs { stored_bytes: row.get(0)?, oldest_at: oldest.map(Timestamp) })
        })?)
}

/// The oldest logs that were fetched before a time.
pub fn logs_before(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<KeptLog>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, at, stored_bytes, file
           from log indexed by log_by_age
          where file is not null and at < ?1
          order by at, id
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![before.0, limit], |row| {
        Ok(KeptLog {
            id: row.get(0)?,
            at: Timestamp(row.get(1)?),
            stored_bytes: row.get(2)?,
            file: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Names of the files of a group.
pub fn log_files_of(connection: &Connection, group: &str) -> Result<HashSet<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select file
           from log indexed by log_by_file
          where file >= ?1 || '/' and file < ?1 || '0'",
    )?;
    let rows = statement.query_map([group], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Names of the files of all logs, with their sizes.
///
/// None in books from before there were logs.
pub fn log_files(connection: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let mut known =
        connection.prepare("select 1 from sqlite_schema where type = 'table' and name = 'log'")?;
    if !known.exists([])? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(
        "select file, stored_bytes
           from log indexed by log_by_file
          where file is not null
          order by file",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Say in books that nobody has open that these files are not here.
pub fn forget_files(path: &Path, files: &[&str]) -> Result<(), StoreError> {
    let mut connection = Connection::open_with_flags(path, FLAGS)?;
    let transaction = connection.transaction()?;
    for file in files {
        transaction.execute(
            "update log
                set state = 'unavailable', code = 'removed', reason = 'it was not in the backup',
                    file = null, stored_bytes = 0
              where file = ?1",
            [file],
        )?;
    }
    transaction.commit()?;
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    Ok(())
}

impl Ledger<'_> {
    /// The file of a log is to go: from here on it is nobody's. Not so where the log has another by now.
    pub fn give_up_log(&self, log: &KeptLog, reason: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update log
                    set state = 'unavailable', code = 'removed', reason = ?2, file = null,
                        stored_bytes = 0
                  where id = ?1 and file = ?3",
            )?
            .execute(params![log.id, reason, log.file])?;
        Ok(())
    }
}
