//! The inbox: lists of events, and what one entry was read as.

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::builds::build_row;
use super::sources::sources_named;
use super::subjects::subject_row;
use super::{Page, SOURCE_LABEL, STREAMS_MAX, holds, merge, text, word};
use crate::model::{Answer, EntryId, EventKind, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::{DUPLICATES, ENTRIES, position};

/// An event as it is shown, with the names that stand in other tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    pub entry: EntryId,
    pub received_at: Timestamp,
    pub provider: Provider,
    pub source: Option<String>,
    pub type_name: Option<String>,
    pub kind: EventKind,
    pub at: Option<Timestamp>,
    /// Public id of the build it is about.
    pub build: Option<String>,
    /// Public key of the subject it is about.
    pub subject: Option<String>,
    pub answer: Answer,
    pub reason: Option<String>,
    /// Where reading failed; makes it parked.
    pub path: Option<String>,
    /// Waits to be read again.
    pub queued: bool,
    pub decoder: i64,
    pub echo_of: Option<EntryId>,
    pub channel: Option<String>,
    pub bytes: i64,
    pub delay_ms: Option<i64>,
    /// As counted up to the place of the processor among the journal's duplicates.
    pub duplicates: i64,
}

/// What became of the reading of an event on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It waits to be read again, whatever it was read as.
    Queued,
    Read,
    Parked,
}

impl EventView {
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(self.queued, self.path.is_some())
    }
}

impl Standing {
    fn of(queued: bool, parked: bool) -> Self {
        match (queued, parked) {
            (true, _) => Self::Queued,
            (false, true) => Self::Parked,
            (false, false) => Self::Read,
        }
    }
}

/// Which events are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub provider: Option<Provider>,
    pub type_name: Option<String>,
    pub kind: Option<EventKind>,
    pub source: Option<String>,
    /// Public key of a subject, or `build:<public id>`.
    pub subject: Option<String>,
    pub standing: Option<Standing>,
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
    pub channel: Option<String>,
    /// A word in type, kind, reason, channel or subject, or the number of the entry.
    pub text: Option<String>,
}

/// How far the books had come when a page was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub entry: EntryId,
    /// Place among the journal's duplicates.
    pub duplicates: i64,
}

/// How far the books have come.
pub fn reached(connection: &Connection) -> Result<Reached, StoreError> {
    Ok(Reached {
        entry: EntryId(position(connection, ENTRIES)?),
        duplicates: position(connection, DUPLICATES)?,
    })
}

/// One page of the wanted events before an entry, newest first, and how far the books had come in
/// the same moment.
pub fn events(
    connection: &Connection,
    filter: &EventFilter,
    before: Option<EntryId>,
    limit: usize,
) -> Result<(Page<EventView, EntryId>, Reached), StoreError> {
    // One snapshot: what is beyond the place reached must not be in the page as well.
    let snapshot = connection.unchecked_transaction()?;
    let reached = reached(&snapshot)?;
    let wanted = Wanted::resolve(&snapshot, filter)?;
    let since = match filter.since {
        Some(since) => first_event_since(&snapshot, since)?,
        None => 0,
    };
    let mut before = before.map_or(i64::MAX, |entry| entry.0);
    if let Some(until) = filter.until {
        before = before.min(first_event_since(&snapshot, until)?);
    }
    let drivers = wanted.drivers(&snapshot)?;
    let mut statements = Vec::with_capacity(drivers.len());
    for driver in &drivers {
        statements.push(snapshot.prepare_cached(&events_sql(driver.condition))?);
    }
    let mut streams = Vec::with_capacity(drivers.len());
    for (driver, statement) in drivers.iter().zip(&mut statements) {
        let bounds = [Value::Integer(since), Value::Integer(before)];
        streams.push(
            statement.query(params_from_iter(bounds.into_iter().chain(driver.value.clone())))?,
        );
    }
    let page = merge(streams, limit, |row| {
        let item = if wanted.matches(row)? { Some(event_from_row(row)?) } else { None };
        Ok((EntryId(row.get(0)?), item))
    })?;
    Ok((page, reached))
}

/// One event.
pub fn event_view(
    connection: &Connection,
    entry: EntryId,
) -> Result<Option<EventView>, StoreError> {
    let mut statement = connection.prepare_cached(&events_sql(""))?;
    let mut rows = statement.query([entry.0, entry.0 + 1])?;
    rows.next()?.map(event_from_row).transpose()
}

/// Entries that told of the same happening later, oldest first.
pub fn echoes_of(
    connection: &Connection,
    event: &EventView,
    limit: usize,
) -> Result<Vec<EntryId>, StoreError> {
    // Echoes have no index of their own: they are looked for among the events that follow with
    // the same type, which is where they are.
    let mut statement = connection.prepare_cached(
        "select entry
           from (select entry, echo_of
                   from event
                  where type is ?1 and entry > ?2
                  order by entry
                  limit ?3)
          where echo_of = ?2
          order by entry
          limit ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement
        .query_map(params![event.type_name, event.entry.0, ECHOES_WITHIN, limit], |row| {
            Ok(EntryId(row.get(0)?))
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When entries were received.
pub fn received_at(
    connection: &Connection,
    entry: EntryId,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(connection
        .prepare_cached("select received_at from event where entry = ?1")?
        .query_row([entry.0], |row| Ok(Timestamp(row.get(0)?)))
        .optional()?)
}

/// Which entries an operator wants to have read again. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct ReplayFilter {
    /// First entry.
    pub from: Option<EntryId>,
    /// Last entry.
    pub to: Option<EntryId>,
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
    pub provider: Option<Provider>,
    pub type_name: Option<String>,
    pub parked: Option<bool>,
    /// Read by a decoder older than this.
    pub decoder_below: Option<i64>,
}

/// The next entries to be read again after `after`, oldest first, and the last one looked at.
pub fn to_replay(
    connection: &Connection,
    filter: &ReplayFilter,
    after: EntryId,
    limit: usize,
) -> Result<(Vec<EntryId>, Option<EntryId>), StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let mut first = filter.from.map_or(0, |from| from.0).max(after.0.saturating_add(1));
    if let Some(since) = filter.since {
        first = first.max(first_event_since(&snapshot, since)?);
    }
    let mut last = filter.to.map_or(i64::MAX, |to| to.0);
    if let Some(until) = filter.until {
        last = last.min(first_event_since(&snapshot, until)?.saturating_sub(1));
    }
    let mut statement = snapshot.prepare_cached(
        "select entry, provider, type, status, decoder
           from event
          where entry between ?1 and ?2
          order by entry
          limit ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![first, last, limit])?;
    let (mut found, mut looked_at) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let entry = EntryId(row.get(0)?);
        looked_at = Some(entry);
        let decoder: i64 = row.get(4)?;
        let wanted = filter.provider.is_none_or(|p| text_is(row, 1, p.as_str()))
            && filter.type_name.as_deref().is_none_or(|name| text_is(row, 2, name))
            && filter.parked.is_none_or(|parked| text_is(row, 3, "parked") == parked)
            && filter.decoder_below.is_none_or(|below| decoder < below);
        if wanted {
            found.push(entry);
        }
    }
    Ok((found, looked_at))
}

/// How many events after the first are searched for echoes: subscriptions that match the same
/// happening are told within seconds.
const ECHOES_WITHIN: i64 = 10_000;

/// The result set that leads through a page.
#[derive(Debug)]
struct Driver {
    condition: &'static str,
    value: Option<Value>,
}

impl Driver {
    fn by(condition: &'static str, value: impl Into<Value>) -> Self {
        Self { condition, value: Some(value.into()) }
    }
}

/// A filter whose words became rows.
#[derive(Debug)]
struct Wanted<'f> {
    filter: &'f EventFilter,
    sources: Option<HashSet<i64>>,
    lower: Option<String>,
}

impl<'f> Wanted<'f> {
    fn resolve(connection: &Connection, filter: &'f EventFilter) -> Result<Self, StoreError> {
        let sources = match &filter.source {
            Some(name) => Some(sources_named(connection, name)?.into_iter().collect()),
            None => None,
        };
        Ok(Self { filter, sources, lower: filter.text.as_ref().map(|text| text.to_lowercase()) })
    }

    /// The narrowest index that has the order of the list; none at all when nothing can match.
    fn drivers(&self, connection: &Connection) -> Result<Vec<Driver>, StoreError> {
        let filter = self.filter;
        if let Some(subject) = &filter.subject {
            let driver = match subject.strip_prefix("build:") {
                Some(id) => build_row(connection, id)?.map(|id| Driver::by("e.build = ?3 and", id)),
                None => {
                    subject_row(connection, subject)?.map(|id| Driver::by("e.subject = ?3 and", id))
                }
            };
            return Ok(driver.into_iter().collect());
        }
        if let Some(condition) = match filter.standing {
            Some(Standing::Queued) => Some("e.entry in (select entry from replay) and"),
            Some(Standing::Parked) => Some("e.status = 'parked' and"),
            Some(Standing::Read) | None => None,
        } {
            return Ok(vec![Driver { condition, value: None }]);
        }
        if let Some(sources) = self.sources.as_ref().filter(|ids| ids.len() <= STREAMS_MAX) {
            return Ok(sources.iter().map(|id| Driver::by("e.source = ?3 and", *id)).collect());
        }
        if let Some(kind) = filter.kind {
            return Ok(vec![Driver::by("e.kind = ?3 and", kind.as_str().to_owned())]);
        }
        if let Some(type_name) = &filter.type_name {
            return Ok(vec![Driver::by("e.type = ?3 and", type_name.clone())]);
        }
        Ok(vec![Driver { condition: "", value: None }])
    }

    fn matches(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let filter = self.filter;
        let received_at: i64 = row.get(1)?;
        let standing = Standing::of(row.get(19)?, text(row, 11)?.is_some());
        let source: Option<i64> = row.get(18)?;
        Ok(filter.provider.is_none_or(|p| text_is(row, 2, p.as_str()))
            && filter.type_name.as_deref().is_none_or(|name| text_is(row, 4, name))
            && filter.kind.is_none_or(|kind| text_is(row, 5, kind.as_str()))
            && filter.channel.as_deref().is_none_or(|name| text_is(row, 14, name))
            && filter.standing.is_none_or(|wanted| wanted == standing)
            && filter.since.is_none_or(|since| received_at >= since.0)
            && filter.until.is_none_or(|until| received_at < until.0)
            && self.sources.as_ref().is_none_or(|ids| source.is_some_and(|id| ids.contains(&id)))
            && self.holds_text(row)?)
    }

    fn holds_text(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let Some(lower) = &self.lower else { return Ok(true) };
        let entry: i64 = row.get(0)?;
        if entry.to_string() == *lower {
            return Ok(true);
        }
        for index in [4, 5, 10, 14] {
            if holds(text(row, index)?, lower) {
                return Ok(true);
            }
        }
        // Kind and key of the subject; the word of its source would be found in all of them.
        let subject = text(row, 8)?.and_then(|key| key.splitn(3, ':').nth(2));
        Ok(holds(subject, lower))
    }
}

fn text_is(row: &Row<'_>, index: usize, wanted: &str) -> bool {
    matches!(text(row, index), Ok(Some(found)) if found == wanted)
}

fn events_sql(condition: &str) -> String {
    format!(
        "select e.entry, e.received_at, e.provider, {SOURCE_LABEL}, e.type, e.kind, e.at,
                b.public_id, u.public_key, e.answer, e.reason, e.path, e.decoder, e.echo_of,
                e.channel, e.bytes, e.delay_ms, e.duplicates, e.source,
                exists (select 1 from replay r where r.entry = e.entry)
           from event e
           left join source s on s.id = e.source
           left join build b on b.id = e.build
           left join subject u on u.id = e.subject
          where {condition} e.entry >= ?1 and e.entry < ?2
          order by e.entry desc"
    )
}

fn event_from_row(row: &Row<'_>) -> Result<EventView, StoreError> {
    Ok(EventView {
        entry: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        provider: word("event", text(row, 2)?, Provider::parse)?,
        source: row.get(3)?,
        type_name: row.get(4)?,
        kind: word("event", text(row, 5)?, EventKind::parse)?,
        at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        build: row.get(7)?,
        subject: row.get(8)?,
        answer: word("event", text(row, 9)?, Answer::parse)?,
        reason: row.get(10)?,
        path: row.get(11)?,
        queued: row.get(19)?,
        decoder: row.get(12)?,
        echo_of: row.get::<_, Option<i64>>(13)?.map(EntryId),
        channel: row.get(14)?,
        bytes: row.get(15)?,
        delay_ms: row.get(16)?,
        duplicates: row.get(17)?,
    })
}

/// The first entry received at or after a time; one past the last when there is none.
fn first_event_since(connection: &Connection, since: Timestamp) -> Result<i64, StoreError> {
    // By necessity a search by halves, as in the journal: times have no index, but they grow with
    // the entry, clock corrections aside.
    let (mut low, mut high): (i64, i64) = connection
        .prepare_cached("select coalesce(min(entry), 1), coalesce(max(entry), 0) + 1 from event")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection.prepare_cached(
        "select entry, received_at
           from event
          where entry >= ?1
          order by entry
          limit 1",
    )?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> =
            statement.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((entry, at)) if at < since.0 => low = entry + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::books::Books;

    #[test]
    fn every_driver_walks_an_index_in_the_order_of_the_list() {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        for (condition, index) in [
            ("e.build = 1 and", "event_by_build"),
            ("e.subject = 1 and", "event_by_subject"),
            ("e.status = 'parked' and", "event_parked"),
            ("e.entry in (select entry from replay) and", "INTEGER PRIMARY KEY"),
            ("e.source = 1 and", "event_by_source"),
            ("e.kind = 'push' and", "event_by_kind"),
            ("e.type = 'git.push' and", "event_by_type"),
            ("", "INTEGER PRIMARY KEY"),
        ] {
            let plan: Vec<String> = books
                .read(|connection| {
                    let sql = format!("explain query plan {}", events_sql(condition));
                    let mut statement = connection.prepare(&sql)?;
                    let rows = statement.query_map([0, 9], |row| row.get(3))?;
                    Ok(rows.collect::<Result<_, _>>()?)
                })
                .unwrap();
            let plan = plan.join("\n");
            assert!(plan.lines().next().unwrap().contains(index), "{condition}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{condition}: {plan}");
        }
    }
}
