//! The look before the first write: are the files of a directory ours, and does this version know
//! their schema? A directory of a newer Creel is left as it is, byte for byte: not one of its files is
//! brought up to date before another one turns out to be too new.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};

use super::beside::{open_beside, open_immutable};
use super::{APPLICATION_ID, FLAGS, Schema, books, foreign, journal};
use crate::store::StoreError;

/// Whether the databases in a directory may be opened. Those that are not there yet may be made.
pub fn admit(directory: &Path) -> Result<(), StoreError> {
    for schema in [&journal::SCHEMA, &books::SCHEMA] {
        let path = directory.join(schema.name);
        if path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            known_schema(&look(&path)?, &path, schema)?;
        }
    }
    Ok(())
}

/// The schema a file has: how many migrations it has taken, at most as many as there are.
pub fn known_schema(
    connection: &Connection,
    path: &Path,
    schema: &Schema,
) -> Result<usize, StoreError> {
    let pragma = |name: &str| -> Result<i64, StoreError> {
        connection
            .query_row(&format!("pragma {name}"), [], |row| row.get(0))
            .map_err(|error| foreign(error, path))
    };
    let application = pragma("application_id")?;
    let found = pragma("user_version")?;
    let has_tables = connection
        .query_row("select 1 from sqlite_schema limit 1", [], |_| Ok(()))
        .optional()?
        .is_some();
    if application != APPLICATION_ID && has_tables {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let known = schema.migrations.len();
    match usize::try_from(found) {
        Ok(found) if found <= known => Ok(found),
        _ => Err(StoreError::Newer { path: path.to_owned(), found, known }),
    }
}

/// Open so that nothing changes by it: neither the file nor its log, and no file comes beside them.
fn look(path: &Path) -> Result<Connection, StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = Path::new(&log);
    if log.metadata().is_ok_and(|metadata| metadata.len() > 0) {
        // What stands in the log counts too. Held alone, its index is in memory and not in a file.
        let connection = Connection::open_with_flags(path, FLAGS)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let looked = connection.query_row("pragma application_id", [], |_| Ok(()));
        let is_read_by_others = looked.is_err_and(|error| {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
        });
        // A backup, an export, the doctor: then the index is in a file already, and none comes by
        // looking beside them.
        return if is_read_by_others { open_beside(path) } else { Ok(connection) };
    }
    open_immutable(path)
}
