//! What backups and the doctor ask of the books.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::access::knows_access;
use super::read::{SOURCE_LABEL, text, word};
use crate::model::{EntryId, KeyId, Provider, Timestamp};
use crate::store::StoreError;

/// How many builds are on record.
pub fn build_count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("select count(*) from build", [], |row| row.get(0))?)
}

/// Names of the keys. Also of books that no server of this version has opened yet.
pub fn key_names(connection: &Connection) -> Result<HashMap<KeyId, String>, StoreError> {
    let mut statement = connection.prepare("select id, name from api_key")?;
    let rows = statement.query_map([], |row| Ok((KeyId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A provider token on record, without the token.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub provider: Provider,
    pub fingerprint: String,
    pub last_seen_at: Timestamp,
}

pub fn tokens(connection: &Connection) -> Result<Vec<TokenRow>, StoreError> {
    let mut statement = connection.prepare(
        "select provider, fingerprint, max(last_seen_at)
           from provider_token
          group by provider, fingerprint
          order by 3",
    )?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(TokenRow {
            provider: word("provider_token", text(row, 0)?, Provider::parse)?,
            fingerprint: row.get(1)?,
            last_seen_at: Timestamp(row.get(2)?),
        });
    }
    Ok(tokens)
}

/// One sealed secret of each kind, to try a secrets key with.
#[derive(Debug, Clone, Default)]
pub struct SealedSamples {
    pub signing_key: Option<Vec<u8>>,
    pub provider_token: Option<Vec<u8>>,
    pub access: Option<Vec<u8>>,
}

pub fn sealed_samples(connection: &Connection) -> Result<SealedSamples, StoreError> {
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).optional();
    Ok(SealedSamples {
        signing_key: one(
            "select sealed from api_key where sealed is not null order by id desc limit 1",
        )?,
        provider_token: one("select sealed from provider_token order by id desc limit 1")?,
        access: match knows_access(connection)? {
            true => one("select sealed from access order by id desc limit 1")?,
            false => None,
        },
    })
}

/// When a source was heard, by the hour.
#[derive(Debug, Clone)]
pub struct SourceHours {
    pub provider: Provider,
    pub name: Option<String>,
    pub last_event_at: Timestamp,
    /// Hours with events, ascending.
    pub hours: Vec<i64>,
}

/// The sources and their hours since one; samples are nobody's habit.
pub fn source_hours(connection: &Connection, since: i64) -> Result<Vec<SourceHours>, StoreError> {
    let mut statement = connection.prepare(&format!(
        "select s.id, s.provider, {SOURCE_LABEL}, s.last_event_at
           from source s
          where not exists (select 1
                              from source_api_key k
                              join sample m on m.key_id = k.key_id
                             where k.source = s.id)
          order by s.id"
    ))?;
    let mut hours = connection.prepare(
        "select hour
           from source_hour
          where source = ?1 and hour >= ?2 and events > 0
          order by hour",
    )?;
    let mut rows = statement.query([])?;
    let mut sources = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let heard = hours.query_map(params![id, since], |row| row.get(0))?;
        sources.push(SourceHours {
            provider: word("source", text(row, 1)?, Provider::parse)?,
            name: row.get(2)?,
            last_event_at: Timestamp(row.get(3)?),
            hours: heard.collect::<Result<_, _>>()?,
        });
    }
    Ok(sources)
}

/// Requests that were turned away for one reason, with one key.
#[derive(Debug, Clone)]
pub struct RefusedSum {
    pub code: String,
    /// `None`: with none of ours.
    pub key: Option<KeyId>,
    pub count: i64,
    pub last_at: Timestamp,
    /// Where the last of them came from.
    pub address: String,
}

/// Requests that were turned away since a minute, most first.
pub fn refused_since(connection: &Connection, minute: i64) -> Result<Vec<RefusedSum>, StoreError> {
    // A bare column beside max() is of the row that has the greatest.
    let mut statement = connection.prepare(
        "select code, key_id, sum(count), max(last_at), last_address
           from refusal
          where minute >= ?1
          group by code, key_id
          order by 3 desc",
    )?;
    let rows = statement.query_map([minute], |row| {
        let key: i64 = row.get(1)?;
        Ok(RefusedSum {
            code: row.get(0)?,
            key: (key != 0).then_some(KeyId(key)),
            count: row.get(2)?,
            last_at: Timestamp(row.get(3)?),
            address: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What could not be read.
#[derive(Debug, Clone)]
pub struct ParkedSum {
    pub count: i64,
    pub newest: EntryId,
    pub newest_at: Timestamp,
    /// Why the newest could not.
    pub reason: Option<String>,
}

pub fn parked(connection: &Connection) -> Result<Option<ParkedSum>, StoreError> {
    let count: i64 =
        connection.query_row("select count(*) from event where status = 'parked'", [], |row| {
            row.get(0)
        })?;
    let newest = connection.query_row(
        "select entry, received_at, reason
           from event
          where status = 'parked'
          order by entry desc
          limit 1",
        [],
        |row| {
            Ok(ParkedSum {
                count,
                newest: EntryId(row.get(0)?),
                newest_at: Timestamp(row.get(1)?),
                reason: row.get(2)?,
            })
        },
    );
    Ok(newest.optional()?)
}

/// Newest events that tell when they happened, and are no samples: receipt minus that time, in
/// milliseconds. Below 0: the provider's clock is ahead of ours.
pub fn newest_delays(connection: &Connection, limit: usize) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare(
        "select received_at - at
           from event
          where at is not null and delay_ms is not null
          order by entry desc
          limit ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A line of the inbox.
#[derive(Debug, Clone, Copy)]
pub struct InboxLine {
    pub entry: EntryId,
    pub received_at: Timestamp,
    pub is_parked: bool,
}

/// Lines of the inbox after an entry, oldest first.
pub fn lines_after(
    connection: &Connection,
    after: EntryId,
    limit: usize,
) -> Result<Vec<InboxLine>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select entry, received_at, status = 'parked'
           from event
          where entry > ?1
          order by entry
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.0, limit], |row| {
        Ok(InboxLine {
            entry: EntryId(row.get(0)?),
            received_at: Timestamp(row.get(1)?),
            is_parked: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
