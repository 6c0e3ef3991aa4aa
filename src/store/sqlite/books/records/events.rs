//! What the books keep of the entries that were read.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{Answer, Details, EntryId, EventKind, Provider, StateChange, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::word;

use super::facts::{Says, facts_of_entry};

/// What the books keep of an entry that was read (or could not be).
#[derive(Debug, Clone)]
pub struct EventRow {
    pub entry: EntryId,
    pub received_at: Timestamp,
    pub provider: Provider,
    pub source: Option<i64>,
    pub type_name: Option<String>,
    pub kind: EventKind,
    pub build: Option<i64>,
    pub subject: Option<i64>,
    pub occasion: Option<String>,
    pub at: Option<Timestamp>,
    pub answer: Answer,
    pub reason: Option<String>,
    /// Where reading failed; makes the entry parked.
    pub path: Option<String>,
    pub decoder: i64,
    pub echo_of: Option<EntryId>,
    pub channel: Option<String>,
    pub bytes: i64,
    pub delay_ms: Option<i64>,
    pub details: Option<Details>,
}

/// What an entry had been read as, so that it can be taken back.
#[derive(Debug)]
pub struct TakenBack {
    pub event: EventRow,
    pub builds: Vec<i64>,
    pub subjects: Vec<i64>,
    pub changes: Vec<StateChange>,
}

/// A happening, in the words that all who tell of it use alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    pub hour: i64,
    pub digest: [u8; 16],
    /// The same words can be true again: beyond this time apart they are of another happening.
    pub told_within_ms: Option<i64>,
}

impl Ledger<'_> {
    pub fn insert_event(&self, event: &EventRow) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into event (entry, received_at, provider, source, type, kind, build, subject,
                        occasion, at, status, answer, reason, path, decoder, echo_of, channel,
                        bytes, delay_ms, details)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                        ?17, ?18, ?19, ?20)",
            )?
            .execute(params![
                event.entry.0,
                event.received_at.0,
                event.provider.as_str(),
                event.source,
                event.type_name,
                event.kind.as_str(),
                event.build,
                event.subject,
                event.occasion,
                event.at.map(|at| at.0),
                if event.path.is_some() { "parked" } else { "done" },
                event.answer.as_str(),
                event.reason,
                event.path,
                event.decoder,
                event.echo_of.map(|entry| entry.0),
                event.channel,
                event.bytes,
                event.delay_ms,
                event.details.map(Details::as_str),
            ])?;
        Ok(())
    }

    /// The newest entry that was read.
    pub fn newest_event(&self) -> Result<EntryId, StoreError> {
        Ok(EntryId(
            self.transaction
                .prepare_cached("select coalesce(max(entry), 0) from event")?
                .query_row([], |row| row.get(0))?,
        ))
    }

    /// Whether the entry has been read before.
    pub fn has_event(&self, entry: EntryId) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select 1 from event where entry = ?1")?
            .exists([entry.0])?)
    }

    /// Count a repetition of an entry; tells the source it belongs to.
    pub fn repeat_event(&self, entry: EntryId) -> Result<Option<i64>, StoreError> {
        let source: Option<Option<i64>> = self
            .transaction
            .prepare_cached(
                "update event
                    set duplicates = duplicates + 1
                  where entry = ?1
                 returning source",
            )?
            .query_row([entry.0], |row| row.get(0))
            .optional()?;
        Ok(source.flatten())
    }

    /// The entry that told of this happening first, this one if none did.
    pub fn happening(
        &self,
        happening: &Happening,
        entry: EntryId,
        received_at: Timestamp,
    ) -> Result<EntryId, StoreError> {
        let Happening { hour, digest, told_within_ms } = happening;
        let inserted = self
            .transaction
            .prepare_cached(
                "insert into happening (hour, digest, entry)
                 values (?1, ?2, ?3)
                 on conflict (hour, digest) do nothing",
            )?
            .execute(params![hour, digest, entry.0])?;
        if inserted > 0 {
            return Ok(entry);
        }
        let first = EntryId(
            self.transaction
                .prepare_cached("select entry from happening where hour = ?1 and digest = ?2")?
                .query_row(params![hour, digest], |row| row.get(0))?,
        );
        let Some(within) = told_within_ms.filter(|_| first != entry) else { return Ok(first) };
        let first_at: Option<i64> = self
            .transaction
            .prepare_cached("select received_at from event where entry = ?1")?
            .query_row([first.0], |row| row.get(0))
            .optional()?;
        if first_at.is_none_or(|at| (received_at.0 - at).abs() <= within) {
            return Ok(first);
        }
        // It happened once more. Others are about to tell of the later time.
        if first < entry {
            self.transaction
                .prepare_cached("update happening set entry = ?3 where hour = ?1 and digest = ?2")?
                .execute(params![hour, digest, entry.0])?;
        }
        Ok(entry)
    }

    /// Undo what an entry was read as: its event, its facts. `None` when it was never read.
    pub fn take_back(&self, entry: EntryId) -> Result<Option<TakenBack>, StoreError> {
        let Some(event) = event(self.transaction, entry)? else { return Ok(None) };
        let facts = facts_of_entry(self.transaction, entry)?;
        let mut builds: Vec<i64> = facts.iter().filter_map(|fact| fact.build).collect();
        let mut subjects: Vec<i64> = facts.iter().filter_map(|fact| fact.subject).collect();
        builds.extend(event.build);
        subjects.extend(event.subject);
        builds.sort_unstable();
        builds.dedup();
        subjects.sort_unstable();
        subjects.dedup();
        let changes = facts
            .into_iter()
            .filter_map(|fact| match fact.says {
                Says::Change(change) => Some(change),
                _ => None,
            })
            .collect();
        self.take_back_sets(entry)?;
        self.take_back_agents(entry)?;
        self.take_back_reports(entry)?;
        self.transaction.prepare_cached("delete from fact where entry = ?1")?.execute([entry.0])?;
        self.transaction
            .prepare_cached("delete from event where entry = ?1")?
            .execute([entry.0])?;
        // The place as the first to tell stays: an echo must not become a first by a replay.
        Ok(Some(TakenBack { event, builds, subjects, changes }))
    }

    /// Keep the count of repetitions of an entry that is read again.
    pub fn set_duplicates(&self, entry: EntryId, duplicates: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update event set duplicates = ?2 where entry = ?1")?
            .execute(params![entry.0, duplicates])?;
        Ok(())
    }

    pub fn duplicates_of(&self, entry: EntryId) -> Result<i64, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select coalesce(max(duplicates), 0) from event where entry = ?1")?
            .query_row([entry.0], |row| row.get(0))?)
    }
}

const EVENT_COLUMNS: &str = "entry, received_at, provider, source, type, kind, build, subject,
        occasion, at, answer, reason, path, decoder, echo_of, channel, bytes, delay_ms, details";

fn event_from_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        entry: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        provider: word(row, 2, Provider::parse)?,
        source: row.get(3)?,
        type_name: row.get(4)?,
        kind: word(row, 5, EventKind::parse)?,
        build: row.get(6)?,
        subject: row.get(7)?,
        occasion: row.get(8)?,
        at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        answer: word(row, 10, Answer::parse)?,
        reason: row.get(11)?,
        path: row.get(12)?,
        decoder: row.get(13)?,
        echo_of: row.get::<_, Option<i64>>(14)?.map(EntryId),
        channel: row.get(15)?,
        bytes: row.get(16)?,
        delay_ms: row.get(17)?,
        details: row.get::<_, Option<String>>(18)?.as_deref().and_then(Details::parse),
    })
}

/// What an entry was read as.
pub fn event(connection: &Connection, entry: EntryId) -> Result<Option<EventRow>, StoreError> {
    Ok(connection
        .prepare_cached(&format!("select {EVENT_COLUMNS} from event where entry = ?1"))?
        .query_row([entry.0], event_from_row)
        .optional()?)
}
