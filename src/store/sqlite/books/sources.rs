//! How much the sources send, hour by hour, and the requests that were turned away.

use std::collections::BTreeMap;

use rusqlite::params;

use super::Ledger;
use crate::model::{Details, KeyId, Provider, Timestamp};
use crate::store::StoreError;

/// One event as the hour of its source counts it.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub received_at: Timestamp,
    pub parked: bool,
    pub details: Option<Details>,
    pub delay_ms: Option<i64>,
}

/// Events as the hours of their sources count them, summed before they are written.
#[derive(Debug, Default)]
pub struct Hearing {
    hours: BTreeMap<(i64, i64), HourCount>,
    /// By source, hour and power of two of milliseconds.
    lags: BTreeMap<(i64, i64, i64), i64>,
    /// First and last receipt per source.
    seen: BTreeMap<i64, (Timestamp, Timestamp)>,
}

#[derive(Debug, Default)]
struct HourCount {
    events: i64,
    parked: i64,
    minimal: i64,
    none: i64,
}

/// A delay in milliseconds, an eighth too long at most: few of them make many alike.
fn rounded_up(delay_ms: i64) -> i64 {
    let delay = delay_ms.max(0);
    let below_the_first_four_bits = (i64::BITS - delay.leading_zeros()).saturating_sub(4);
    let rest = (1_i64 << below_the_first_four_bits) - 1;
    delay.saturating_add(rest) & !rest
}

impl Hearing {
    /// Count an event of a source (`by` 1), or take a counted one back (`by` -1).
    pub fn add(&mut self, source: i64, heard: Heard, by: i64) {
        let hour = heard.received_at.hour();
        let count = self.hours.entry((source, hour)).or_default();
        count.events += by;
        count.parked += i64::from(heard.parked) * by;
        count.minimal += i64::from(heard.details == Some(Details::Minimal)) * by;
        count.none += i64::from(heard.details == Some(Details::None)) * by;
        if let Some(delay_ms) = heard.delay_ms {
            let bucket = rounded_up(delay_ms);
            *self.lags.entry((source, hour, bucket)).or_default() += by;
        }
        if by > 0 {
            let at = heard.received_at;
            let (first, last) = self.seen.entry(source).or_insert((at, at));
            *first = (*first).min(at);
            *last = (*last).max(at);
        }
    }
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
    /// Count what was heard for the sources.
    pub fn hear_sources(&self, hearing: &Hearing) -> Result<(), StoreError> {
        for ((source, hour), count) in &hearing.hours {
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
                    count.events,
                    count.parked,
                    count.minimal,
                    count.none,
                ])?;
        }
        for ((source, hour, bucket), events) in &hearing.lags {
            self.transaction
                .prepare_cached(
                    "insert into source_lag (source, hour, bucket, events)
                     values (?1, ?2, ?3, ?4)
                     on conflict (source, hour, bucket) do update
                        set events = events + excluded.events",
                )?
                .execute(params![source, hour, bucket, events])?;
        }
        for (source, (first, last)) in &hearing.seen {
            self.transaction
                .prepare_cached(
                    "update source
                        set last_event_at = max(last_event_at, ?3),
                            first_seen_at = min(first_seen_at, ?2)
                      where id = ?1",
                )?
                .execute(params![source, first.0, last.0])?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_told_an_eighth_too_long_at_most() {
        for (delay, told) in [(-5, 0), (0, 0), (7, 7), (15, 15), (17, 18), (1_100, 1_152)] {
            assert_eq!(rounded_up(delay), told);
        }
        for delay in (1..1_000_000).step_by(97).chain([i64::MAX / 3]) {
            let told = rounded_up(delay);
            assert!(told >= delay && told - delay <= delay / 8, "{delay}: {told}");
        }
    }
}
