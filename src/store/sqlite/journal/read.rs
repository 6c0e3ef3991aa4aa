//! What pages read of the journal besides whole entries: heads without bodies, and sums over what
//! the books have not read yet.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{Answer, EntryId, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::word;

use super::{ENTRY_COLUMNS, StoredEntry, entry_from_row, up_to};

/// Types counted one by one among the entries that wait; of a longer queue, the rest is known by
/// number only.
const TAIL_TYPES_MAX: i64 = 10_000;

/// An entry without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub id: EntryId,
    pub received_at: Timestamp,
    pub bytes: i64,
    pub provider: Provider,
    pub channel: Option<String>,
    pub event_type: Option<String>,
    pub answer: Answer,
    pub reason: Option<String>,
}

/// What the journal holds beyond a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub entries: i64,
    pub duplicates: i64,
    /// By event type; `None` where the envelope names none.
    pub types: Vec<(Option<String>, i64)>,
    /// Receipt of the oldest entry beyond the place.
    pub oldest_at: Option<Timestamp>,
    /// Newest receipt of all, entry or repetition.
    pub last_at: Option<Timestamp>,
}

/// Which entries of a journal are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub after: EntryId,
    pub last: EntryId,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
}

/// Wanted entries, oldest first, until `limit` entries or `bytes_max` of bodies; at least one.
pub fn entries_wanted(
    connection: &Connection,
    wanted: &Wanted,
    limit: usize,
    bytes_max: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    // Each is looked at: times grow with the numbers only where nothing was imported.
    let mut statement = connection.prepare_cached(&format!(
        "select {ENTRY_COLUMNS}
           from entry e
           join label l on l.id = e.label
          where e.id > ?1 and e.id <= ?2 and e.received_at >= ?3 and e.received_at < ?4
          order by e.id
          limit ?5"
    ))?;
    let since = wanted.since.map_or(i64::MIN, |since| since.0);
    let until = wanted.until.map_or(i64::MAX, |until| until.0);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = params![wanted.after.0, wanted.last.0, since, until, limit];
    up_to(statement.query_map(values, entry_from_row)?, bytes_max)
}

/// Oldest and newest entry; `None` of an empty journal.
pub fn span(connection: &Connection) -> Result<Option<(EntryId, EntryId)>, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) = connection.query_row(
        "select (select min(id) from entry), (select max(id) from entry)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(first.zip(last).map(|(first, last)| (EntryId(first), EntryId(last))))
}

fn head_from_row(row: &Row<'_>) -> Result<Head, rusqlite::Error> {
    Ok(Head {
        id: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        bytes: row.get(2)?,
        provider: word(row, 3, Provider::parse)?,
        channel: row.get(4)?,
        event_type: row.get(5)?,
        answer: word(row, 6, Answer::parse)?,
        reason: row.get(7)?,
    })
}

/// Entries before `before` and after `after`, newest first.
pub fn heads_before(
    connection: &Connection,
    before: EntryId,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Head>, StoreError> {
    heads(connection, "desc", (after, before), limit)
}

/// Entries after `after`, oldest first.
pub fn heads_after(
    connection: &Connection,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Head>, StoreError> {
    heads(connection, "asc", (after, EntryId(i64::MAX)), limit)
}

fn heads(
    connection: &Connection,
    order: &str,
    (after, before): (EntryId, EntryId),
    limit: usize,
) -> Result<Vec<Head>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select e.id, e.received_at, e.bytes, l.provider, l.channel, l.event_type, l.answer,
                coalesce(e.note, l.reason)
           from entry e
           join label l on l.id = e.label
          where e.id > ?1 and e.id < ?2
          order by e.id {order}
          limit ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.0, before.0, limit], head_from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How often an entry was repeated after a place among the duplicates.
pub fn repeats_of(connection: &Connection, entry: EntryId, after: i64) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("select count(*) from duplicate where entry = ?1 and id > ?2")?
        .query_row(params![entry.0, after], |row| row.get(0))?)
}

/// What the journal holds beyond a place among the entries and one among the duplicates.
pub fn tail(connection: &Connection, entry: EntryId, duplicate: i64) -> Result<Tail, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let newest_entry: Option<(i64, i64)> = snapshot
        .prepare_cached("select id, received_at from entry order by id desc limit 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let newest_duplicate: Option<(i64, i64)> = snapshot
        .prepare_cached("select id, at from duplicate order by id desc limit 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Both are numbered without gaps: how many there are follows from the last number.
    let beyond =
        |newest: Option<(i64, i64)>, place: i64| newest.map_or(0, |(id, _)| (id - place).max(0));
    let oldest_at = snapshot
        .prepare_cached("select received_at from entry where id > ?1 order by id limit 1")?
        .query_row([entry.0], |row| Ok(Timestamp(row.get(0)?)))
        .optional()?;
    let last_at = [newest_entry, newest_duplicate].into_iter().flatten().map(|(_, at)| at).max();
    Ok(Tail {
        entries: beyond(newest_entry, entry.0),
        duplicates: beyond(newest_duplicate, duplicate),
        types: tail_types(&snapshot, entry)?,
        oldest_at,
        last_at: last_at.map(Timestamp),
    })
}

fn tail_types(
    connection: &Connection,
    after: EntryId,
) -> Result<Vec<(Option<String>, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select l.event_type, count(*)
           from (select label
                   from entry
                  where id > ?1
                  order by id
                  limit ?2) e
           join label l on l.id = e.label
          group by l.event_type",
    )?;
    let rows = statement
        .query_map(params![after.0, TAIL_TYPES_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which of these numbers, which ascend, no entry has.
pub fn without_entry(
    connection: &Connection,
    numbers: &[EntryId],
) -> Result<Vec<EntryId>, StoreError> {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return Ok(Vec::new());
    };
    let mut statement =
        connection.prepare_cached("select id from entry where id between ?1 and ?2 order by id")?;
    let rows = statement.query_map(params![first.0, last.0], |row| Ok(EntryId(row.get(0)?)))?;
    let there: HashSet<EntryId> = rows.collect::<Result<_, _>>()?;
    Ok(numbers.iter().copied().filter(|number| !there.contains(number)).collect())
}

/// The latest receipt among the newest entries.
pub fn latest_receipt(
    connection: &Connection,
    look: usize,
) -> Result<Option<Timestamp>, StoreError> {
    let limit = i64::try_from(look).unwrap_or(i64::MAX);
    let latest: Option<i64> = connection.query_row(
        "select max(received_at)
           from (select received_at from entry order by id desc limit ?1)",
        [limit],
        |row| row.get(0),
    )?;
    Ok(latest.map(Timestamp))
}
