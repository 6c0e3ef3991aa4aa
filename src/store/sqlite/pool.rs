//! Reading connections, handed out one at a time.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::open_reader;
use crate::store::StoreError;

/// At most this many connections read one file at a time; more readers wait for a place.
const READERS_MAX: usize = 8;

/// Connections that only read. A reader holds its snapshot for one query or one page, never while
/// a client is slow: long readers keep the log from being recycled.
#[derive(Debug)]
pub struct ReadPool {
    path: PathBuf,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    out: usize,
}

impl ReadPool {
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Run one read. Blocks: call it from a blocking thread.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = self.take()?;
        // Given back also when the read panics.
        let _place = Place { pool: self };
        let result = read(&connection);
        // A connection that met an error is not trusted with the next read.
        if result.is_ok() {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).idle.push(connection);
        }
        result
    }

    /// Close the idle connections, so that the next read opens the file anew.
    pub fn forget(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).idle.clear();
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.out >= READERS_MAX {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.out += 1;
        if let Some(connection) = state.idle.pop() {
            return Ok(connection);
        }
        drop(state);
        open_reader(&self.path).inspect_err(|_| drop(Place { pool: self }))
    }
}

/// One of the places of a pool, taken as long as it lives.
struct Place<'p> {
    pool: &'p ReadPool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.pool.state.lock().unwrap_or_else(PoisonError::into_inner).out -= 1;
        self.pool.freed.notify_one();
    }
}
