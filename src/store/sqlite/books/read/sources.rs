//! How the senders are doing, and who was turned away.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Page, SOURCE_LABEL, text, word};
use crate::model::{Details, KeyId, Provider, SourceId, Timestamp};
use crate::store::StoreError;

/// Hours that count as "the last 24 hours": this one and those before it.
const HOURS: i64 = 24;

/// A source with what its hours add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub id: i64,
    pub public_id: SourceId,
    pub provider: Provider,
    pub name: Option<String>,
    pub base_url: Option<String>,
    pub last_event_at: Timestamp,
    pub events_24h: i64,
    pub duplicates_24h: i64,
    pub parked_24h: i64,
    pub refused_24h: i64,
    /// Upper bound of the delay that 95 of 100 events stay below.
    pub lag_p95_ms: Option<i64>,
    /// Least that came along with an event, in the last 24 hours or in the last hour with events.
    pub details: Details,
}

/// A refusal as it is shown: summed per minute, route, code and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalRow {
    pub id: i64,
    pub at: Timestamp,
    pub provider: Provider,
    pub route: String,
    pub code: String,
    /// The key that was presented, when it was one of ours.
    pub key: Option<KeyId>,
    pub count: i64,
    pub address: String,
}

/// Sources after a row, in the order they were first heard of.
pub fn sources(
    connection: &Connection,
    after: i64,
    limit: usize,
    now: Timestamp,
) -> Result<Page<SourceRow, i64>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select s.id, s.provider, {SOURCE_LABEL}, s.base_url, s.last_event_at,
                coalesce(sum(h.events), 0), coalesce(sum(h.duplicates), 0),
                coalesce(sum(h.parked), 0), s.scheme, s.key
           from source s
           left join source_hour h on h.source = s.id and h.hour > ?2
          where s.id > ?1
          group by s.id
          order by s.id
          limit ?3"
    ))?;
    let since = now.hour() - HOURS;
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement.query(params![after, since, one_more])?;
    let mut items: Vec<SourceRow> = Vec::new();
    while let Some(row) = rows.next()? {
        if items.len() == limit {
            let next = items.last().map(|source| source.id);
            return Ok(Page { items, next });
        }
        let id = row.get(0)?;
        let provider = word("source", text(row, 1)?, Provider::parse)?;
        items.push(SourceRow {
            id,
            public_id: public_id(row, [1, 8, 9])?,
            provider,
            name: row.get(2)?,
            base_url: row.get(3)?,
            last_event_at: Timestamp(row.get(4)?),
            events_24h: row.get(5)?,
            duplicates_24h: row.get(6)?,
            parked_24h: row.get(7)?,
            refused_24h: refused(connection, id, now)?,
            lag_p95_ms: lag_p95(connection, id, since)?,
            details: details(connection, id, since)?,
        });
    }
    Ok(Page { items, next: None })
}

/// Public id of a source, by its row.
pub fn source_id(connection: &Connection, id: i64) -> Result<Option<SourceId>, StoreError> {
    let mut statement =
        connection.prepare_cached("select provider, scheme, key from source where id = ?1")?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| public_id(row, [0, 1, 2])).transpose()
}

/// From the columns of provider, scheme and key.
pub fn public_id(row: &Row<'_>, columns: [usize; 3]) -> Result<SourceId, StoreError> {
    let [provider, scheme, key] = columns.map(|column| text(row, column));
    Ok(SourceId::of([provider?, scheme?, key?].map(Option::unwrap_or_default)))
}

/// Requests turned away that concern a source: those with one of its keys. Whose a request without
/// a known key is, nobody can tell.
fn refused(connection: &Connection, source: i64, now: Timestamp) -> Result<i64, StoreError> {
    let since = now.0.div_euclid(60_000) - HOURS * 60;
    Ok(connection
        .prepare_cached(
            "select coalesce(sum(count), 0)
               from refusal
              where minute > ?2
                and key_id in (select key_id from source_api_key where source = ?1)",
        )?
        .query_row(params![source, since], |row| row.get(0))?)
}

fn lag_p95(connection: &Connection, source: i64, since: i64) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select bucket, sum(events)
           from source_lag
          where source = ?1 and hour > ?2
          group by bucket
         having sum(events) > 0
          order by bucket",
    )?;
    let rows = statement.query_map(params![source, since], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let buckets: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    let total: i64 = buckets.iter().map(|(_, events)| events).sum();
    let mut below = 0;
    Ok(buckets
        .into_iter()
        .find(|(_, events)| {
            below += events;
            below * 100 >= total * 95
        })
        .map(|(delay_ms, _)| delay_ms))
}

fn details(connection: &Connection, source: i64, since: i64) -> Result<Details, StoreError> {
    let least = |sql: &str, values: &[i64]| -> Result<Option<Details>, StoreError> {
        let sums: Option<(i64, i64, i64)> = connection
            .prepare_cached(sql)?
            .query_row(rusqlite::params_from_iter(values), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        Ok(sums.filter(|(events, ..)| *events > 0).map(|(_, minimal, none)| {
            match (minimal, none) {
                (_, 1..) => Details::None,
                (1.., _) => Details::Minimal,
                _ => Details::All,
            }
        }))
    };
    let lately = least(
        "select coalesce(sum(events), 0), coalesce(sum(minimal), 0), coalesce(sum(none), 0)
           from source_hour
          where source = ?1 and hour > ?2",
        &[source, since],
    )?;
    if let Some(details) = lately {
        return Ok(details);
    }
    let before = least(
        "select events, minimal, none
           from source_hour
          where source = ?1 and events > 0
          order by hour desc
          limit 1",
        &[source],
    )?;
    Ok(before.unwrap_or(Details::All))
}

/// Sources that are called so: by name, base address, GUID or our own id, whatever the case.
pub fn sources_named(connection: &Connection, name: &str) -> Result<Vec<i64>, StoreError> {
    // Installations have tens of sources, not thousands.
    let mut statement = connection.prepare_cached(
        "select id
           from source
          where lower(name) = lower(?1)
             or lower(rtrim(base_url, '/')) = lower(rtrim(?1, '/'))
          union
         select source
           from source_word
          where key = lower(?1) and key <> '' and source is not null",
    )?;
    let rows = statement.query_map([name.trim()], |row| row.get(0))?;
    let mut found: Vec<i64> = rows.collect::<Result<_, _>>()?;
    if let Ok(id) = Uuid::try_parse(name.trim()) {
        let mut all = connection.prepare_cached("select provider, scheme, key, id from source")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            if public_id(row, [0, 1, 2])?.0 == id {
                found.push(row.get(3)?);
            }
        }
    }
    Ok(found)
}

/// Refusals before a row, newest first.
pub fn refusals(
    connection: &Connection,
    before: i64,
    limit: usize,
) -> Result<Page<RefusalRow, i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, last_at, provider, route, code, key_id, count, last_address
           from refusal
          where id < ?1
          order by id desc
          limit ?2",
    )?;
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement.query(params![before, one_more])?;
    let mut items: Vec<RefusalRow> = Vec::new();
    while let Some(row) = rows.next()? {
        if items.len() == limit {
            let next = items.last().map(|refusal| refusal.id);
            return Ok(Page { items, next });
        }
        let key: i64 = row.get(5)?;
        items.push(RefusalRow {
            id: row.get(0)?,
            at: Timestamp(row.get(1)?),
            provider: word("refusal", text(row, 2)?, Provider::parse)?,
            route: row.get(3)?,
            code: row.get(4)?,
            key: (key != 0).then_some(KeyId(key)),
            count: row.get(6)?,
            address: row.get(7)?,
        });
    }
    Ok(Page { items, next: None })
}
