//! SQL of `journal.db`.

pub mod gathered;
mod identities;
pub mod read;
pub mod upkeep;
pub mod withheld;

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use identities::{Identities, Known};
use withheld::HandedOn;

use super::{Checkpoint, Schema, checkpoint, open_writer, word};
use crate::model::{Answer, EntryId, Identity, KeyId, Provider, Route, Timestamp};
use crate::store::StoreError;

pub const SCHEMA: Schema = Schema {
    name: "journal.db",
    cache_kib: 8 * 1024,
    // A thread of the journal moves them earlier.
    log_pages_max: 8_000,
    migrations: &[
        include_str!("../../../migrations/sqlite/journal/0001_entries.sql"),
        include_str!("../../../migrations/sqlite/journal/0002_recent_identities.sql"),
        include_str!("../../../migrations/sqlite/journal/0003_recent_identities_by_commit.sql"),
        include_str!("../../../migrations/sqlite/journal/0004_forward.sql"),
    ],
};

/// Labels and scopes remembered by the writer. When full it starts over: looking one up again is
/// cheap, remembering every word a sender can invent is not.
const REMEMBERED_MAX: usize = 20_000;

/// What many entries have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    pub provider: Provider,
    pub route: Route,
    /// The free word of `/hooks/{channel}`.
    pub channel: Option<String>,
    pub key: KeyId,
    pub event_type: Option<String>,
    pub answer: Answer,
    /// Whether the key allows the project and publisher that the envelope names. What it does not
    /// allow is kept, and makes no record.
    pub admitted: bool,
    pub reason: Option<String>,
}

/// How an entry comes into the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From its sender. A repetition is one more delivery, and counted.
    Received,
    /// Out of a log. What is known already is that very delivery, told once more.
    Imported,
}

/// An entry on its way into the journal.
#[derive(Debug)]
pub struct PackedEntry {
    pub received_at: Timestamp,
    pub label: Label,
    pub note: Option<String>,
    pub identity: Identity,
    /// Length of the body before packing.
    pub bytes: usize,
    pub dictionary: Option<i64>,
    pub packed: Vec<u8>,
    /// For those it is handed on to.
    pub handed_on: Option<HandedOn>,
    pub way: Way,
}

/// What became of an appended entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The entry's own number, or that of the one it repeats.
    pub entry: EntryId,
    pub duplicate: bool,
}

/// An entry as stored, its body still packed.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    pub id: EntryId,
    pub received_at: Timestamp,
    pub label: Label,
    pub note: Option<String>,
    pub bytes: i64,
    pub dictionary: Option<i64>,
    pub packed: Vec<u8>,
}

/// The one writing connection.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    next: i64,
    identities: Identities,
    labels: HashMap<Label, i64>,
    scopes: HashMap<String, i64>,
}

impl Writer {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open_writer(path, &SCHEMA)?;
        // The newest row is never removed (retention keeps it), so ids are never used twice.
        let last: i64 =
            connection.query_row("select coalesce(max(id), 0) from entry", [], |row| row.get(0))?;
        let identities = Identities::open(&connection)?;
        let labels = known_labels(&connection)?;
        Ok(Self { connection, next: last + 1, identities, labels, scopes: HashMap::new() })
    }

    /// Number of the newest entry, 0 when there is none.
    #[must_use]
    pub fn last(&self) -> EntryId {
        EntryId(self.next - 1)
    }

    /// Put a dictionary on record; returns its number. Safe to repeat.
    pub fn dictionary(&self, name: &str, bytes: &[u8]) -> Result<i64, StoreError> {
        self.connection.execute(
            "insert into dictionary (name, bytes)
             values (?1, ?2)
             on conflict (name) do nothing",
            params![name, bytes],
        )?;
        let id = self.connection.query_row(
            "select id
               from dictionary
              where name = ?1",
            [name],
            |row| row.get(0),
        )?;
        Ok(id)
    }

    /// All dictionaries on record.
    pub fn dictionaries(&self) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
        dictionaries(&self.connection)
    }

    /// Write something and flush it: the file can be trusted again.
    pub fn probe(&self) -> Result<(), StoreError> {
        self.connection.execute(
            "insert into probe (id, count)
             values (1, 1)
             on conflict (id) do update set count = count + 1",
            [],
        )?;
        Ok(())
    }

    /// Store a batch in one transaction. When this returns, all of it is on disk; when it fails,
    /// none of it may be acknowledged and this writer must not be used again.
    pub fn append(&mut self, batch: &[PackedEntry]) -> Result<Vec<Appended>, StoreError> {
        if self.labels.len() > REMEMBERED_MAX {
            self.labels.clear();
        }
        if self.scopes.len() > REMEMBERED_MAX {
            self.scopes.clear();
        }
        let transaction = self.connection.unchecked_transaction()?;
        let mut outcome = Vec::with_capacity(batch.len());
        let mut next = self.next;
        {
            // Looked up once for all: this is what every sender waits for.
            let mut identities = self.identities.batch(&transaction)?;
            let mut insert = transaction.prepare_cached(
                "insert into entry (id, received_at, label, bytes, note, dictionary, packed)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for entry in batch {
                let scope = intern_scope(&transaction, &mut self.scopes, &entry.identity.scope)?;
                let Identity { ordinal, digest, .. } = entry.identity;
                let known = Known { scope, ordinal, digest };
                if let Some(original) = identities.find(&known)? {
                    if entry.way == Way::Received {
                        repeat(&transaction, original, entry.received_at)?;
                    }
                    outcome.push(Appended { entry: original, duplicate: true });
                    continue;
                }
                identities.add(known, next);
                let label = intern_label(&transaction, &mut self.labels, &entry.label)?;
                insert.execute(params![
                    next,
                    entry.received_at.0,
                    label,
                    i64::try_from(entry.bytes).unwrap_or(i64::MAX),
                    entry.note,
                    entry.dictionary,
                    entry.packed,
                ])?;
                if let Some(HandedOn { targets, sealed }) = &entry.handed_on {
                    transaction
                        .prepare_cached(
                            "insert into withheld (entry, targets, sealed)
                             values (?1, ?2, ?3)",
                        )?
                        .execute(params![next, targets, sealed])?;
                }
                outcome.push(Appended { entry: EntryId(next), duplicate: false });
                next += 1;
            }
            identities.end()?;
        }
        transaction.commit()?;
        self.next = next;
        Ok(outcome)
    }

    /// Move what the log holds into the file, so that the next commit starts the log anew.
    pub fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        checkpoint(&self.connection)
    }

    /// Close without moving the log into the file: after trouble, nothing is written that was not
    /// asked for.
    pub fn abandon(self) {
        let no_checkpoint = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(no_checkpoint, true) {
            tracing::debug!(%error, "Could not switch off the closing checkpoint");
        }
    }
}

fn repeat(
    transaction: &Transaction<'_>,
    original: EntryId,
    at: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "insert into duplicate (entry, at)
             values (?1, ?2)",
        )?
        .execute(params![original.0, at.0])?;
    Ok(())
}

fn intern_scope(
    transaction: &Transaction<'_>,
    known: &mut HashMap<String, i64>,
    name: &str,
) -> Result<i64, StoreError> {
    if let Some(id) = known.get(name) {
        return Ok(*id);
    }
    transaction
        .prepare_cached("insert into scope (name) values (?1) on conflict (name) do nothing")?
        .execute([name])?;
    let id = transaction
        .prepare_cached("select id from scope where name = ?1")?
        .query_row([name], |row| row.get(0))?;
    known.insert(name.to_owned(), id);
    Ok(id)
}

fn intern_label(
    transaction: &Transaction<'_>,
    known: &mut HashMap<Label, i64>,
    label: &Label,
) -> Result<i64, StoreError> {
    if let Some(id) = known.get(label) {
        return Ok(*id);
    }
    // Not unique in the schema: the writer knows the newest, and a row more of an older one is cheaper
    // than an index over seven columns.
    transaction
        .prepare_cached(
            "insert into label (provider, route, channel, key_id, event_type, answer, admitted, reason)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            label.provider.as_str(),
            label.route.as_str(),
            label.channel,
            label.key.0,
            label.event_type,
            label.answer.as_str(),
            label.admitted,
            label.reason,
        ])?;
    let id = transaction.last_insert_rowid();
    known.insert(label.clone(), id);
    Ok(id)
}

/// The newest labels on record: entries go, labels do not, so none is written twice without need.
fn known_labels(connection: &Connection) -> Result<HashMap<Label, i64>, StoreError> {
    let mut statement = connection.prepare(
        "select provider, route, channel, key_id, event_type, answer, admitted, reason, id
           from label
          order by id desc
          limit ?1",
    )?;
    let limit = i64::try_from(REMEMBERED_MAX).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| Ok((label_from_row(row, 0)?, row.get(8)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// From eight columns in the order of the schema.
fn label_from_row(row: &Row<'_>, first: usize) -> Result<Label, rusqlite::Error> {
    Ok(Label {
        provider: word(row, first, Provider::parse)?,
        route: word(row, first + 1, Route::parse)?,
        channel: row.get(first + 2)?,
        key: KeyId(row.get(first + 3)?),
        event_type: row.get(first + 4)?,
        answer: word(row, first + 5, Answer::parse)?,
        admitted: row.get(first + 6)?,
        reason: row.get(first + 7)?,
    })
}

const ENTRY_COLUMNS: &str = "e.id, e.received_at, e.bytes, e.note, e.dictionary, e.packed,
        l.provider, l.route, l.channel, l.key_id, l.event_type, l.answer, l.admitted, l.reason";

fn entry_from_row(row: &Row<'_>) -> Result<StoredEntry, rusqlite::Error> {
    Ok(StoredEntry {
        id: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        bytes: row.get(2)?,
        note: row.get(3)?,
        dictionary: row.get(4)?,
        packed: row.get(5)?,
        label: label_from_row(row, 6)?,
    })
}

/// All dictionaries on record, oldest first: `(number, name, bytes)`.
pub fn dictionaries(connection: &Connection) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
    let mut statement =
        connection.prepare_cached("select id, name, bytes from dictionary order by id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Entries after `after`, oldest first, until `limit` entries or `bytes_max` of bodies; at least one.
pub fn entries_after(
    connection: &Connection,
    after: EntryId,
    limit: usize,
    bytes_max: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {ENTRY_COLUMNS}
           from entry e
           join label l on l.id = e.label
          where e.id > ?1
          order by e.id
          limit ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    up_to(statement.query_map(params![after.0, limit], entry_from_row)?, bytes_max)
}

/// Entries until `bytes_max` of bodies; at least one.
fn up_to(
    rows: impl Iterator<Item = Result<StoredEntry, rusqlite::Error>>,
    bytes_max: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut entries = Vec::new();
    let mut bytes = 0_usize;
    for entry in rows {
        let entry = entry?;
        bytes = bytes.saturating_add(usize::try_from(entry.bytes).unwrap_or(usize::MAX));
        if bytes > bytes_max && !entries.is_empty() {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// One entry.
pub fn entry(connection: &Connection, id: EntryId) -> Result<Option<StoredEntry>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {ENTRY_COLUMNS}
           from entry e
           join label l on l.id = e.label
          where e.id = ?1"
    ))?;
    Ok(statement.query_row([id.0], entry_from_row).optional()?)
}

/// First entry received at or after a time: the place where a range of times begins.
pub fn first_entry_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Option<EntryId>, StoreError> {
    // By necessity a search by halves: times have no index (each would cost a page write per
    // entry), but they grow with the id, clock corrections aside.
    let (mut low, mut high): (i64, i64) = connection.query_row(
        "select coalesce(min(id), 1), coalesce(max(id), 0) + 1
           from entry",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let end = high;
    let mut statement = connection.prepare_cached(
        "select id, received_at
           from entry
          where id >= ?1
          order by id
          limit 1",
    )?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> =
            statement.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((id, received_at)) if received_at < since.0 => low = id + 1,
            Some(_) => high = middle,
            None => high = middle,
        }
    }
    Ok((low < end).then_some(EntryId(low)))
}

/// Times at which an entry arrived again, oldest first.
pub fn duplicates_of(
    connection: &Connection,
    entry: EntryId,
    limit: usize,
) -> Result<Vec<Timestamp>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select at
           from duplicate
          where entry = ?1
          order by id
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![entry.0, limit], |row| Ok(Timestamp(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Duplicates after a place in their own order: `(place, entry, at)`.
pub fn duplicates_after(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, EntryId, Timestamp)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, entry, at
           from duplicate
          where id > ?1
          order by id
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after, limit], |row| {
        Ok((row.get(0)?, EntryId(row.get(1)?), Timestamp(row.get(2)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
