use std::path::PathBuf;

use crate::version::VERSION;

/// What can go wrong with a database file, by what the caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Made by a later Creel: opening it could lose what this version does not know.
    #[error(
        "{} was written by a newer Creel: its schema is {found}, and Creel {VERSION} knows none after {known}",
        path.display()
    )]
    Newer { path: PathBuf, found: i64, known: usize },
    /// Not ours.
    #[error("{} is not a Creel database", path.display())]
    Foreign { path: PathBuf },
    #[error("the file system cannot take more: {0}")]
    Full(#[source] rusqlite::Error),
    #[error("{0}")]
    Sql(#[source] rusqlite::Error),
    /// A row holds a word this version does not know.
    #[error("unreadable row in {table}: {what}")]
    Row { table: &'static str, what: String },
    #[error("cannot pack or unpack a body: {0}")]
    Pack(#[source] std::io::Error),
}

impl StoreError {
    /// Whether one row or value is at fault, and not the file: trying again will not help, going
    /// on without it will.
    #[must_use]
    pub fn is_about_a_row(&self) -> bool {
        use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
        match self {
            Self::Row { .. } | Self::Pack(_) => true,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(code) => matches!(code, ConstraintViolation | TooBig | TypeMismatch),
                // Not SQLite's own: a column that does not hold what it should.
                None => true,
            },
            Self::Newer { .. } | Self::Foreign { .. } | Self::Full(_) => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(error),
            _ => Self::Sql(error),
        }
    }
}
