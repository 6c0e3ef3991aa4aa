//! Addresses of the hand-written receivers that published guides show, in their shapes (camelCase,
//! unlike `/api/v1`): who followed them moves here by changing a port.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::middleware;
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::hub::Hub;
use crate::journal::Entry;
use crate::model::{EntryId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::read::EXAMINED_MAX;
use crate::store::sqlite::books::read::counters::counters;
use crate::store::sqlite::books::read::sources::{SourceRow, sources};
use crate::store::sqlite::journal::first_entry_since;
use crate::store::sqlite::journal::read::{heads_after, tail};

use super::api::query::{Asked, cursor_text};
use super::api::{blocking, private};
use super::error::{Code, Problem};
use super::mask;
use super::view::{Time, time};
use super::{auth, wrong_method};

/// Events of one answer of `/logs`.
const LOG_EVENTS_MAX: usize = 1_000;

/// Bodies in one answer of `/logs`.
const LOG_BYTES_MAX: i64 = 8 * 1024 * 1024;

/// Types, and state changes, named in a health answer, which needs no key.
const OPEN_NAMES_MAX: usize = 100;

/// Sources told of in a health answer.
const SOURCES_MAX: usize = 100;

/// Minutes since the last event up to which all is well, and up to which it may be.
const HEALTHY_MAX_MIN: i64 = 60;
const DEGRADED_MAX_MIN: i64 = 240;

pub fn routes(hub: Hub) -> Router {
    let guard = middleware::from_fn_with_state(hub.clone(), auth::guard_read);
    let guarded = Router::new()
        .route("/webhooks/metrics", get(webhooks_metrics))
        .route("/logs", get(logs))
        .method_not_allowed_fallback(wrong_method)
        .layer(guard);
    Router::new()
        .route("/webhooks/health", get(webhooks_health))
        .route("/hooks/health", get(hooks_health))
        .merge(guarded)
        .layer(middleware::from_fn(private))
        .with_state(hub)
}

/// What was received and read so far, up to the newest entry of the journal: a request that was
/// answered is counted, whether or not it has been read.
#[derive(Debug, Default)]
pub struct Totals {
    /// Every accepted request, repetitions included.
    pub received: i64,
    pub duplicates: i64,
    /// Entries that were read.
    pub processed: i64,
    pub parked: i64,
    /// Entries that wait to be read.
    pub backlog: i64,
    pub oldest_waiting_at: Option<Timestamp>,
    pub last_event_at: Option<Timestamp>,
    pub types: BTreeMap<String, i64>,
    pub state_changes: BTreeMap<String, i64>,
}

impl Totals {
    /// Add the counters and what the journal holds beyond them. Blocks.
    pub fn read(hub: &Hub) -> Result<Self, StoreError> {
        let counted = hub.books().read(counters)?;
        let reached = counted.reached;
        let tail =
            hub.journal().read(|journal| tail(journal, reached.entry, reached.duplicates))?;
        let mut types: BTreeMap<String, i64> = counted.types.into_iter().collect();
        for (name, count) in tail.types {
            *types.entry(name.unwrap_or_else(|| "(none)".to_owned())).or_default() += count;
        }
        let duplicates = counted.duplicates + tail.duplicates;
        Ok(Self {
            received: counted.received + tail.entries + duplicates,
            duplicates,
            processed: counted.received,
            parked: counted.parked,
            backlog: tail.entries,
            oldest_waiting_at: tail.oldest_at,
            last_event_at: tail.last_at,
            types,
            state_changes: counted.state_changes.into_iter().collect(),
        })
    }

    /// For those without a key: senders make up types, so the most frequent ones are named and the
    /// others are one.
    fn in_short(self) -> Self {
        Self {
            types: most_frequent(self.types),
            state_changes: most_frequent(self.state_changes),
            ..self
        }
    }

    /// Types and state changes in one map, as the guides print them.
    fn by_type(&self) -> BTreeMap<String, i64> {
        let changes = self.state_changes.iter();
        let changes = changes.map(|(name, count)| (format!("state-change:{name}"), *count));
        self.types.clone().into_iter().chain(changes).collect()
    }
}

fn most_frequent(counts: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    if counts.len() <= OPEN_NAMES_MAX {
        return counts;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let others = counts.split_off(OPEN_NAMES_MAX).into_iter().map(|(_, count)| count).sum();
    counts.into_iter().chain([("(other)".to_owned(), others)]).collect()
}

/// Whether hooks arrive, by the time since the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HooksStatus)]
pub enum Status {
    Healthy,
    Degraded,
    Unhealthy,
}

impl Status {
    fn after(minutes: i64) -> Self {
        match minutes {
            // There was none yet.
            ..=-1 => Self::Unhealthy,
            0..=HEALTHY_MAX_MIN => Self::Healthy,
            _ if minutes <= DEGRADED_MAX_MIN => Self::Degraded,
            _ => Self::Unhealthy,
        }
    }
}

/// Whole minutes since a time; -1 for never.
fn minutes_since(at: Option<Timestamp>, now: Timestamp) -> i64 {
    at.map_or(-1, |at| (now.0 - at.0).max(0) / 60_000)
}

/// The two health answers of the first guide in one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhooksHealth {
    status: Status,
    /// Seconds since the start.
    uptime: i64,
    received: i64,
    processed: i64,
    errors: i64,
    #[schema(required)]
    last_event: Option<Time>,
    /// -1: there was none yet.
    minutes_since_last_event: i64,
    event_counts: BTreeMap<String, i64>,
    metrics: WebhooksMetrics,
    sources: Vec<SourceHealth>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceHealth {
    provider: super::view::Provider,
    #[schema(required)]
    name: Option<String>,
    status: Status,
    last_event: Time,
    minutes_since_last_event: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhooksMetrics {
    received: i64,
    processed: i64,
    errors: i64,
    #[schema(required)]
    last_event: Option<Time>,
    by_type: BTreeMap<String, i64>,
}

impl From<&Totals> for WebhooksMetrics {
    fn from(totals: &Totals) -> Self {
        Self {
            received: totals.received,
            processed: totals.processed,
            errors: totals.parked,
            last_event: time(totals.last_event_at),
            by_type: totals.by_type(),
        }
    }
}

impl SourceHealth {
    fn new(row: SourceRow, now: Timestamp) -> Self {
        let minutes = minutes_since(Some(row.last_event_at), now);
        Self {
            provider: row.provider.into(),
            name: row.name,
            status: Status::after(minutes),
            last_event: row.last_event_at.into(),
            minutes_since_last_event: minutes,
        }
    }
}

fn uptime_s(hub: &Hub) -> i64 {
    (hub.clock().now().0 - hub.started_at().0).max(0) / 1_000
}

/// Whether hooks arrive. Always 200: the body tells, and nobody knows of any while the books cannot
/// be read.
#[utoipa::path(
    get, path = "/webhooks/health", operation_id = "getWebhooksHealth", tag = "guides",
    responses((status = 200, description = "Healthy or not", body = WebhooksHealth))
)]
pub async fn webhooks_health(State(hub): State<Hub>) -> Json<WebhooksHealth> {
    let now = hub.clock().now();
    let (totals, sources) = blocking(&hub, move |hub| {
        let sources = hub.books().read(|books| sources(books, 0, SOURCES_MAX, now))?;
        Ok::<_, StoreError>((Totals::read(hub)?.in_short(), sources.items))
    })
    .await
    .unwrap_or_default();
    let minutes = minutes_since(totals.last_event_at, now);
    Json(WebhooksHealth {
        status: Status::after(minutes),
        uptime: uptime_s(&hub),
        received: totals.received,
        processed: totals.processed,
        errors: totals.parked,
        last_event: time(totals.last_event_at),
        minutes_since_last_event: minutes,
        event_counts: totals.types.clone(),
        metrics: WebhooksMetrics::from(&totals),
        sources: sources.into_iter().map(|row| SourceHealth::new(row, now)).collect(),
    })
}

/// What was received, by type.
#[utoipa::path(
    get, path = "/webhooks/metrics", operation_id = "getWebhooksMetrics", tag = "guides",
    responses((status = 200, description = "Counts since the beginning", body = WebhooksMetrics))
)]
pub async fn webhooks_metrics(State(hub): State<Hub>) -> Result<Json<WebhooksMetrics>, Problem> {
    let totals = blocking(&hub, Totals::read).await?;
    Ok(Json(WebhooksMetrics::from(&totals)))
}

/// The health answer of the second guide.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HooksHealth {
    status: Status,
    /// Types that a rule handles: none, as there are no rules yet.
    registered_handlers: [&'static str; 0],
    processed_count: i64,
    /// Seconds since the start.
    uptime: i64,
}

/// Whether hooks arrive. Always 200: the body tells.
#[utoipa::path(
    get, path = "/hooks/health", operation_id = "getHooksHealth", tag = "guides",
    responses((status = 200, description = "Healthy or not", body = HooksHealth))
)]
pub async fn hooks_health(State(hub): State<Hub>) -> Json<HooksHealth> {
    let totals = blocking(&hub, Totals::read).await.unwrap_or_default();
    Json(HooksHealth {
        status: Status::after(minutes_since(totals.last_event_at, hub.clock().now())),
        registered_handlers: [],
        processed_count: totals.processed,
        uptime: uptime_s(&hub),
    })
}

/// The JSON that the second guide shows at `/metrics`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HooksMetrics {
    total_received: i64,
    by_event_type: BTreeMap<String, i64>,
    /// Deliveries of rules, once there are rules.
    by_channel: BTreeMap<String, ChannelCounts>,
    errors: i64,
    #[schema(required)]
    last_event: Option<Time>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelCounts {
    success: i64,
    error: i64,
}

impl From<&Totals> for HooksMetrics {
    fn from(totals: &Totals) -> Self {
        Self {
            total_received: totals.received,
            by_event_type: totals.types.clone(),
            by_channel: BTreeMap::new(),
            errors: totals.parked,
            last_event: time(totals.last_event_at),
        }
    }
}

/// A day's events as the second guide logs them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Logs {
    date: String,
    events: Vec<LogEvent>,
    count: usize,
    /// The day has more than fits one answer: go on with `cursor`.
    truncated: bool,
    #[schema(required)]
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    timestamp: Time,
    #[schema(required)]
    event_type: Option<String>,
    subscription_id: Value,
    notification_id: Value,
    /// Its text.
    message: Value,
    resource: Value,
}

impl LogEvent {
    fn new(entry: &Entry) -> Self {
        let body = mask::body::shown(&entry.body);
        let mut body: Value = serde_json::from_str(body.get()).unwrap_or_default();
        let text = body.pointer_mut("/message/text").map_or(Value::Null, Value::take);
        let mut member = |name: &str| body.get_mut(name).map_or(Value::Null, Value::take);
        let (subscription_id, notification_id) =
            (member("subscriptionId"), member("notificationId"));
        let resource = member("resource");
        Self {
            timestamp: entry.received_at.into(),
            event_type: entry.label.event_type.clone(),
            subscription_id,
            notification_id,
            message: text,
            // Other senders than Azure DevOps have no such member: the body is the resource.
            resource: if resource.is_null() { body } else { resource },
        }
    }
}

/// A day in UTC: its name, its beginning, and its end.
fn day(text: Option<&str>, now: Timestamp) -> Option<(String, Timestamp, Timestamp)> {
    let date = match text {
        Some(text) => text.parse::<Date>().ok().filter(|date| date.to_string() == text)?,
        None => jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(TimeZone::UTC).date(),
    };
    let begins = |date: Date| {
        let zoned = date.to_zoned(TimeZone::UTC).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    };
    Some((date.to_string(), begins(date)?, begins(date.tomorrow().ok()?)?))
}

/// A day's events, oldest first, secrets masked.
#[utoipa::path(
    get, path = "/logs", operation_id = "getLogs", tag = "guides",
    params(
        ("date" = Option<String>, Query, description = "A day in UTC, `2026-02-13`; today when absent"),
        ("eventType" = Option<String>, Query, description = "The provider's own word"),
        ("limit" = Option<u16>, Query, description = "Events of one answer, at most 1,000; as many as fit when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the answer before"),
    ),
    responses((status = 200, description = "At most 1,000 events and 8 MiB of bodies", body = Logs))
)]
pub async fn logs(State(hub): State<Hub>, mut asked: Asked) -> Result<Json<Logs>, Problem> {
    let date = asked.text("date")?;
    let event_type = asked.text("eventType")?;
    let limit = asked.limit_up_to(LOG_EVENTS_MAX, LOG_EVENTS_MAX)?;
    let after = asked.cursor::<EntryId>()?;
    asked.done()?;
    let Some((date, begins, ends)) = day(date.as_deref(), hub.clock().now()) else {
        let detail = "the parameter `date` is not a day; it is written as 2026-02-13";
        return Err(Problem::new(Code::BadRequest, detail));
    };
    let (events, next) = blocking(&hub, move |hub| {
        let first = hub.journal().read(|journal| first_entry_since(journal, begins))?;
        let Some(first) = first else { return Ok((Vec::new(), None)) };
        let after = after.unwrap_or(EntryId(0)).max(EntryId(first.0 - 1));
        log_page(hub, after, ends, event_type.as_deref(), limit)
    })
    .await?;
    Ok(Json(Logs {
        date,
        count: events.len(),
        truncated: next.is_some(),
        next_cursor: cursor_text(next.as_ref()),
        events,
    }))
}

/// The events after an entry that were received before a time, as many as fit.
fn log_page(
    hub: &Hub,
    after: EntryId,
    before: Timestamp,
    event_type: Option<&str>,
    limit: usize,
) -> Result<(Vec<LogEvent>, Option<EntryId>), StoreError> {
    let heads = hub.journal().read(|journal| heads_after(journal, after, EXAMINED_MAX))?;
    let all_examined = heads.len() < EXAMINED_MAX;
    let (mut events, mut bytes, mut last) = (Vec::new(), 0, after);
    for head in heads {
        if head.received_at >= before {
            return Ok((events, None));
        }
        if event_type.is_none_or(|name| head.event_type.as_deref() == Some(name)) {
            bytes += head.bytes;
            let is_full = events.len() == limit || bytes > LOG_BYTES_MAX;
            if is_full && !events.is_empty() {
                return Ok((events, Some(last)));
            }
            events.extend(hub.journal().entry(head.id)?.as_ref().map(LogEvent::new));
        }
        last = head.id;
    }
    Ok((events, Some(last).filter(|_| !all_examined)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_follows_the_minutes_since_the_last_event() {
        use Status::{Degraded, Healthy, Unhealthy};
        let status = [-1, 0, 60, 61, 240, 241].map(Status::after);
        assert_eq!(status, [Unhealthy, Healthy, Healthy, Degraded, Degraded, Unhealthy]);
    }

    #[test]
    fn what_needs_no_key_names_a_hundred_types_and_counts_all() {
        let counts: BTreeMap<String, i64> = (1..=250).map(|n| (format!("t{n}"), n)).collect();
        let short = most_frequent(counts.clone());
        assert_eq!(short.len(), 101);
        assert_eq!(short["t250"], 250);
        assert!(!short.contains_key("t150") && short.contains_key("t151"));
        assert_eq!(short.values().sum::<i64>(), counts.values().sum::<i64>());
        let few: BTreeMap<String, i64> = [("a".to_owned(), 1)].into();
        assert_eq!(most_frequent(few.clone()), few);
    }

    #[test]
    fn a_day_is_a_day_in_utc() {
        let (name, begins, ends) = day(Some("2026-02-28"), Timestamp(0)).unwrap();
        assert_eq!(name, "2026-02-28");
        assert_eq!(begins.to_string(), "2026-02-28T00:00:00.000Z");
        assert_eq!(ends.to_string(), "2026-03-01T00:00:00.000Z");
        assert_eq!(day(None, Timestamp(0)).unwrap().0, "1970-01-01");
        for bad in ["2026-02-30", "today", "20260213", "2026-2-3", "2026-02-13T00:00:00Z"] {
            assert!(day(Some(bad), Timestamp(0)).is_none(), "{bad}");
        }
    }
}
