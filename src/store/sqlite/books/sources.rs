//! Who sends: identities of sources, their hours, and the requests that were turned away.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use crate::model::{Details, KeyId, Provider, SourceKey, SourceRef, SourceScheme, Timestamp};
use crate::store::StoreError;

/// One event as the hour of its source counts it.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub received_at: Timestamp,
    pub parked: bool,
    pub details: Option<Details>,
    pub delay_ms: Option<i64>,
}

/// A request that was turned away, summed per minute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refusal {
    pub minute: i64,
    pub provider: Provider,
    pub route: String,
    /// Stable code of the problem document.
    pub code: String,
    pub key: Option<KeyId>,
}

impl Ledger<'_> {
    /// Find the source by any of its keys, or make it. Keys that were not known are added to it;
    /// two sources that turn out to be one are merged.
    pub fn source(
        &self,
        source: &SourceRef,
        received_at: Timestamp,
        said_at: Timestamp,
    ) -> Result<i64, StoreError> {
        let provider = source.provider.as_str();
        let mut found: Option<i64> = None;
        let mut others = Vec::new();
        for key in &source.keys {
            let Some(id) = self.source_by_key(provider, key)? else { continue };
            match found {
                None => found = Some(id),
                Some(first) if first != id => others.push(id),
                Some(_) => {}
            }
        }
        let anonymous = source.keys.is_empty();
        if anonymous {
            let key = SourceKey { scheme: SourceScheme::Name, key: String::new() };
            found = self.source_by_key(provider, &key)?;
        }
        // A weak word (a name) may point to a source whose strong words say otherwise: a renamed
        // organisation whose name was taken by another. Strong words win.
        if let Some(id) = found
            && self.contradicts(id, &source.keys)?
        {
            found = None;
        }
        let id = match found {
            Some(id) => id,
            None => self.create_source(source, received_at, said_at)?,
        };
        for other in others {
            if other != id && !self.contradicts(other, &source.keys)? {
                self.merge_sources(id, other)?;
            }
        }
        let keys: &[SourceKey] = &source.keys;
        for key in keys {
            self.add_source_key(provider, key, id)?;
        }
        if anonymous {
            let key = SourceKey { scheme: SourceScheme::Name, key: String::new() };
            self.add_source_key(provider, &key, id)?;
        }
        self.describe_source(id, source, said_at)?;
        Ok(id)
    }

    fn source_by_key(&self, provider: &str, key: &SourceKey) -> Result<Option<i64>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select source
                   from source_key
                  where provider = ?1 and scheme = ?2 and key = ?3",
            )?
            .query_row(params![provider, key.scheme.as_str(), key.key], |row| row.get(0))
            .optional()?)
    }

    /// Whether the source is known by another word of a scheme that has only one (a GUID).
    fn contradicts(&self, source: i64, keys: &[SourceKey]) -> Result<bool, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select 1
               from source_key
              where source = ?1 and scheme = ?2 and key <> ?3
                and not exists (select 1
                                  from source_key same
                                 where same.source = ?1 and same.scheme = ?2 and same.key = ?3)
              limit 1",
        )?;
        for key in keys.iter().filter(|key| key.scheme == SourceScheme::Collection) {
            if statement.exists(params![source, key.scheme.as_str(), key.key])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn create_source(
        &self,
        source: &SourceRef,
        received_at: Timestamp,
        said_at: Timestamp,
    ) -> Result<i64, StoreError> {
        self.transaction
            .prepare_cached(
                "insert into source (provider, name, base_url, said_at, first_seen_at, last_event_at)
                 values (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![
                source.provider.as_str(),
                source.name,
                source.base_url,
                said_at.0,
                received_at.0
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    fn add_source_key(&self, provider: &str, key: &SourceKey, id: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into source_key (provider, scheme, key, source)
                 values (?1, ?2, ?3, ?4)
                 on conflict (provider, scheme, key) do nothing",
            )?
            .execute(params![provider, key.scheme.as_str(), key.key, id])?;
        Ok(())
    }

    fn describe_source(
        &self,
        id: i64,
        source: &SourceRef,
        said_at: Timestamp,
    ) -> Result<(), StoreError> {
        if source.name.is_none() && source.base_url.is_none() {
            return Ok(());
        }
        // Latest word wins; of two of the same time the greater, so that order does not matter.
        self.transaction
            .prepare_cached(
                "update source
                    set name = coalesce(?2, name),
                        base_url = coalesce(?3, base_url),
                        said_at = ?4
                  where id = ?1
                    and (said_at, coalesce(name, ''), coalesce(base_url, ''))
                      < (?4, coalesce(?2, name, ''), coalesce(?3, base_url, ''))",
            )?
            .execute(params![id, source.name, source.base_url, said_at.0])?;
        Ok(())
    }

    /// Count an event for its source (`by` 1), or take a counted one back (`by` -1).
    pub fn hear_source(&self, source: i64, heard: Heard, by: i64) -> Result<(), StoreError> {
        let hour = heard.received_at.hour();
        let is = |details| i64::from(heard.details == Some(details)) * by;
        self.transaction
            .prepare_cached(
                "insert into source_hour (source, hour, events, parked, minimal, none)
                 values (?1, ?2, ?3, ?4, ?5, ?6)
                 on conflict (source, hour) do update
                    set events = events + excluded.events,
                        parked = parked + excluded.parked,
                        minimal = minimal + excluded.minimal,
                        none = none + excluded.none",
            )?
            .execute(params![
                source,
                hour,
                by,
                i64::from(heard.parked) * by,
                is(Details::Minimal),
                is(Details::None),
            ])?;
        if let Some(delay_ms) = heard.delay_ms {
            let bucket = i64::from(64 - delay_ms.max(0).leading_zeros());
            self.transaction
                .prepare_cached(
                    "insert into source_lag (source, hour, bucket, events)
                     values (?1, ?2, ?3, ?4)
                     on conflict (source, hour, bucket) do update
                        set events = events + excluded.events",
                )?
                .execute(params![source, hour, bucket, by])?;
        }
        if by > 0 {
            self.transaction
                .prepare_cached(
                    "update source
                        set last_event_at = max(last_event_at, ?2),
                            first_seen_at = min(first_seen_at, ?2)
                      where id = ?1",
                )?
                .execute(params![source, heard.received_at.0])?;
        }
        Ok(())
    }

    /// Count a repeated delivery for the source of its entry.
    pub fn repeat_source(&self, source: i64, at: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into source_hour (source, hour, duplicates)
                 values (?1, ?2, 1)
                 on conflict (source, hour) do update
                    set duplicates = duplicates + 1",
            )?
            .execute(params![source, at.hour()])?;
        Ok(())
    }

    /// Remember that the source's events come with this key.
    pub fn source_uses_key(&self, source: i64, key: KeyId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into source_api_key (source, key_id)
                 values (?1, ?2)
                 on conflict (source, key_id) do nothing",
            )?
            .execute(params![source, key.0])?;
        Ok(())
    }

    /// Add refusals; returns the number of their row.
    pub fn refuse(
        &self,
        refusal: &Refusal,
        count: i64,
        last_at: Timestamp,
        last_address: &str,
    ) -> Result<i64, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into refusal (minute, provider, route, code, key_id, count, last_at, last_address)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 on conflict (minute, provider, route, code, key_id) do update
                    set count = count + excluded.count,
                        last_at = max(last_at, excluded.last_at),
                        last_address = excluded.last_address
                 returning id",
            )?
            .query_row(
                params![
                    refusal.minute,
                    refusal.provider.as_str(),
                    refusal.route,
                    refusal.code,
                    refusal.key.map_or(0, |key| key.0),
                    count,
                    last_at.0,
                    last_address,
                ],
                |row| row.get(0),
            )?)
    }

    /// Forget refusals older than a minute.
    pub fn forget_refusals_before(&self, minute: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from refusal where minute < ?1")?
            .execute([minute])?;
        Ok(())
    }
}
