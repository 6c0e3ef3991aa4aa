//! What may be old enough to go, oldest first: a slice at a time, after a place.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{EntryId, Timestamp};
use crate::store::StoreError;

/// The line of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldEvent {
    pub entry: EntryId,
    pub received_at: Timestamp,
}

/// Place of a build or subject in the order of its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlace {
    pub at: i64,
    /// Public id of a build, row of a subject.
    pub tie: String,
}

impl RecordPlace {
    /// Before all others.
    #[must_use]
    pub fn first() -> Self {
        Self { at: i64::MIN, tie: String::new() }
    }
}

/// A record with the last time that something was heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRecord {
    pub id: i64,
    pub place: RecordPlace,
    /// Newest of its own times and of the receipt of its events.
    pub last_at: Timestamp,
}

/// Events after a place.
pub fn events_after(
    connection: &Connection,
    after: EntryId,
    limit: usize,
) -> Result<Vec<OldEvent>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select entry, received_at
           from event
          where entry > ?1
          order by entry
          limit ?2",
    )?;
    let rows = statement.query_map(params![after.0, number(limit)], |row| {
        Ok(OldEvent { entry: EntryId(row.get(0)?), received_at: Timestamp(row.get(1)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Entries of a range that wait to be read again.
pub fn queued_between(
    connection: &Connection,
    first: EntryId,
    last: EntryId,
) -> Result<Vec<EntryId>, StoreError> {
    entries(connection, "select entry from replay where entry between ?1 and ?2", first, last)
}

/// Entries of a range that could not be read.
pub fn parked_between(
    connection: &Connection,
    first: EntryId,
    last: EntryId,
) -> Result<Vec<EntryId>, StoreError> {
    let parked = "select entry from event where status = 'parked' and entry between ?1 and ?2";
    entries(connection, parked, first, last)
}

fn entries(
    connection: &Connection,
    sql: &str,
    first: EntryId,
    last: EntryId,
) -> Result<Vec<EntryId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([first.0, last.0], |row| Ok(EntryId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Builds that began before a time, after a place; but for the newest row, whose number must not be
/// given once more.
pub fn builds_after(
    connection: &Connection,
    after: &RecordPlace,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<OldRecord>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select b.id, b.sort_at, b.public_id,
                max(b.sort_at, b.received_at, coalesce(b.queued_at, b.sort_at),
                    coalesce(b.started_at, b.sort_at), coalesce(b.finished_at, b.sort_at),
                    coalesce((select e.received_at
                                from event e
                               where e.build = b.id
                               order by e.entry desc
                               limit 1), b.sort_at))
           from build b indexed by build_newest
          where (b.sort_at, b.public_id) > (?1, ?2) and b.sort_at < ?3
            and b.id < (select max(id) from build)
          order by b.sort_at, b.public_id
          limit ?4",
    )?;
    let rows =
        statement.query_map(params![after.at, after.tie, before.0, number(limit)], |row| {
            Ok(OldRecord {
                id: row.get(0)?,
                place: RecordPlace { at: row.get(1)?, tie: row.get(2)? },
                last_at: Timestamp(row.get(3)?),
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Subjects whose newest event is from before a time, after a place; but for the newest row.
pub fn subjects_after(
    connection: &Connection,
    after: &RecordPlace,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<OldRecord>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select u.id, u.last_event_at,
                max(u.last_event_at,
                    coalesce((select e.received_at
                                from event e
                               where e.subject = u.id
                               order by e.entry desc
                               limit 1), u.last_event_at))
           from subject u indexed by subject_newest
          where (u.last_event_at, u.id) > (?1, ?2) and u.last_event_at < ?3
            and u.id < (select max(id) from subject)
          order by u.last_event_at, u.id
          limit ?4",
    )?;
    let row_after: i64 = after.tie.parse().unwrap_or(i64::MIN);
    let rows =
        statement.query_map(params![after.at, row_after, before.0, number(limit)], |row| {
            let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(OldRecord {
                id,
                place: RecordPlace { at, tie: id.to_string() },
                last_at: Timestamp(row.get(2)?),
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Of each class in the books, the time of the oldest that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oldest {
    pub event: Option<Timestamp>,
    pub build: Option<Timestamp>,
    pub hour: Option<Timestamp>,
}

pub fn oldest(connection: &Connection) -> Result<Oldest, StoreError> {
    let time = |sql: &str| -> Result<Option<Timestamp>, StoreError> {
        let found: Option<Option<i64>> =
            connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        Ok(found.flatten().map(Timestamp))
    };
    Ok(Oldest {
        event: time("select received_at from event order by entry limit 1")?,
        build: time("select min(sort_at) from build")?,
        // A look per source: its hours have an index of their own.
        hour: time(
            "select min((select min(h.hour) from source_hour h where h.source = s.id)) * 3600000
               from source s",
        )?,
    })
}

/// Number of the oldest event that is kept, 0 when there is none.
pub fn oldest_event(connection: &Connection) -> Result<EntryId, StoreError> {
    Ok(EntryId(
        connection
            .prepare_cached("select coalesce(min(entry), 0) from event")?
            .query_row([], |row| row.get(0))?,
    ))
}

fn number(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::books::Books;

    #[test]
    fn slices_are_found_by_an_index() {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        // Prepared and run: an index that is named in vain would be an error.
        let before = Timestamp(i64::MAX);
        books
            .read(|connection| {
                assert_eq!(builds_after(connection, &RecordPlace::first(), before, 9)?, []);
                assert_eq!(subjects_after(connection, &RecordPlace::first(), before, 9)?, []);
                assert_eq!(parked_between(connection, EntryId(0), EntryId(9))?, []);
                assert_eq!(oldest(connection)?, Oldest::default());
                Ok(())
            })
            .unwrap();
    }
}
