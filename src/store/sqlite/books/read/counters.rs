//! Counters that belong to the record.

use rusqlite::Connection;

use super::events::{Reached, reached};
use crate::store::StoreError;

/// Counters shown at a time: senders invent event types, and each is a counter.
const COUNTERS_MAX: usize = 1_000;

/// What was counted up to a place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    pub reached: Reached,
    pub received: i64,
    pub duplicates: i64,
    pub parked: i64,
    /// By event type.
    pub types: Vec<(String, i64)>,
    /// By `from->to` of a state change.
    pub state_changes: Vec<(String, i64)>,
}

/// All counters, and the place they count up to.
pub fn counters(connection: &Connection) -> Result<Counters, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let reached = reached(&snapshot)?;
    let one = |name: &str| -> Result<i64, StoreError> {
        Ok(snapshot
            .prepare_cached("select coalesce(max(count), 0) from counter where name = ?1")?
            .query_row([name], |row| row.get(0))?)
    };
    Ok(Counters {
        reached,
        received: one("received")?,
        duplicates: one("duplicates")?,
        parked: one("parked")?,
        types: named(&snapshot, "type:")?,
        state_changes: named(&snapshot, "state-change:")?,
    })
}

/// Counters whose name begins with `prefix`, without it.
fn named(connection: &Connection, prefix: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select name, count
           from counter
          where name >= ?1 and name < ?2 and count > 0
          order by count desc, name
          limit ?3",
    )?;
    // The colon's successor ends the range of names that begin with the prefix.
    let end = prefix.replace(':', ";");
    let limit = i64::try_from(COUNTERS_MAX).unwrap_or(i64::MAX);
    let rows = statement.query_map(rusqlite::params![prefix, end, limit], |row| {
        let name: String = row.get(0)?;
        Ok((name[prefix.len()..].to_owned(), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
