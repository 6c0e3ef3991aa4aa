//! Who sends and how they are doing; who was turned away.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::view::{Details, List, Provider, Time};
use crate::hub::Hub;
use crate::model::{self, Timestamp};
use crate::store::sqlite::books::read::sources::{self as store, RefusalRow, SourceRow};

use super::access::{SourceAccess, settle};
use super::query::{Asked, Place};
use super::{blocking, read_books};
use crate::store::StoreError;

/// A source that has not been heard of for this long is silent.
const SILENT_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// A sender.
#[derive(Debug, Serialize, ToSchema)]
pub struct Source {
    #[schema(value_type = Uuid)]
    pub id: String,
    pub provider: Provider,
    /// What people call it, else its GUID.
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub base_url: Option<String>,
    pub last_event_at: Time,
    pub events_24h: i64,
    pub duplicates_24h: i64,
    pub parked_24h: i64,
    /// Requests turned away that came with a key of this source. Those without a known key are in
    /// `/refusals` alone: they may be anybody's.
    pub refused_24h: i64,
    /// What 95 of 100 events stay below on their way from the happening to here: an upper bound,
    /// since delays are counted by powers of 2 in milliseconds.
    #[schema(required)]
    pub lag_p95_ms: Option<i64>,
    /// Least that came along with an event.
    pub details: Details,
    pub health: Health,
    /// With which tokens the provider is asked about it; `null` for one that is not asked.
    #[schema(required)]
    pub access: Option<SourceAccess>,
}

/// `silent`: nothing for 24 hours; `degraded`: something was parked or refused, hooks leave out
/// details, or its token has ended, is refused or ends soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Healthy,
    Degraded,
    Silent,
}

impl Health {
    fn of(row: &SourceRow, access: Option<&SourceAccess>, now: Timestamp) -> Self {
        if now.0 - row.last_event_at.0 > SILENT_MS {
            return Self::Silent;
        }
        let troubled = row.parked_24h > 0
            || row.refused_24h > 0
            || access.is_some_and(SourceAccess::needs_somebody);
        if troubled || row.details != model::Details::All { Self::Degraded } else { Self::Healthy }
    }
}

impl Source {
    fn new(row: SourceRow, access: Option<SourceAccess>, now: Timestamp) -> Self {
        Self {
            health: Health::of(&row, access.as_ref(), now),
            access,
            id: row.public_id.to_string(),
            provider: row.provider.into(),
            name: row.name,
            base_url: row.base_url,
            last_event_at: row.last_event_at.into(),
            events_24h: row.events_24h,
            duplicates_24h: row.duplicates_24h,
            parked_24h: row.parked_24h,
            refused_24h: row.refused_24h,
            lag_p95_ms: row.lag_p95_ms,
            details: row.details.into(),
        }
    }
}

/// Place of a source: its row.
struct SourcePlace(i64);

impl Place for SourcePlace {
    const LIST: &'static str = "sources";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// Senders, in the order they were first heard of.
#[utoipa::path(
    get, path = "/api/v1/sources", operation_id = "listSources", tag = "sources",
    params(
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of sources", body = List<Source>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let (limit, after) = (asked.limit()?, asked.cursor::<SourcePlace>()?);
    let link = asked.done()?;
    let after = after.map_or(0, |place| place.0);
    let now = hub.clock().now();
    let (page, rows, asked) = blocking(&hub, move |hub| {
        settle(hub)?;
        let page = hub.books().read(|books| store::sources(books, after, limit, now))?;
        let (rows, asked) = hub.vault().look()?;
        Ok::<_, StoreError>((page, rows, asked))
    })
    .await?;
    let access = |row: &SourceRow| {
        let source = asked.iter().find(|source| source.id == row.id)?;
        SourceAccess::of(source, &rows, now)
    };
    let items: Vec<Source> = page
        .items
        .into_iter()
        .map(|row| {
            let access = access(&row);
            Source::new(row, access, now)
        })
        .collect();
    Ok(link.page(items, page.next.map(SourcePlace).as_ref()))
}

/// Requests that were turned away for one reason within one minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal {
    pub id: i64,
    /// The last of them.
    pub at: Time,
    pub provider: Provider,
    pub route: String,
    /// Code of the problem document they were answered with.
    pub code: String,
    /// The key that was sent, when it is one of ours.
    #[schema(required)]
    pub key_id: Option<i64>,
    pub count: i64,
    /// Where the last of them came from.
    pub address: String,
}

impl From<RefusalRow> for Refusal {
    fn from(row: RefusalRow) -> Self {
        Self {
            id: row.id,
            at: row.at.into(),
            provider: row.provider.into(),
            route: row.route,
            code: row.code,
            key_id: row.key.map(|key| key.0),
            count: row.count,
            address: row.address,
        }
    }
}

/// Place of a refusal: its row.
struct RefusalPlace(i64);

impl Place for RefusalPlace {
    const LIST: &'static str = "refusals";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// Requests that were turned away in the last week, newest first.
#[utoipa::path(
    get, path = "/api/v1/refusals", operation_id = "listRefusals", tag = "sources",
    params(
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of refusals", body = List<Refusal>))
)]
pub async fn refusals(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let (limit, before) = (asked.limit()?, asked.cursor::<RefusalPlace>()?);
    let link = asked.done()?;
    let before = before.map_or(i64::MAX, |place| place.0);
    let page = read_books(&hub, move |books| store::refusals(books, before, limit)).await?;
    let items: Vec<Refusal> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.map(RefusalPlace).as_ref()))
}
