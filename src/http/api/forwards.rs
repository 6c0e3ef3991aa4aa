//! Receivers elsewhere that get what was accepted, and how each of them is doing.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::forward::{Standing, Target, Trouble};
use crate::http::error::Problem;
use crate::http::view::{List, Time, time};
use crate::hub::Hub;
use crate::journal::{PassedOutcome, PassedOver, WaitingEntries, passed_over, waiting_entries};
use crate::model::EntryId;
use crate::store::StoreError;
use crate::store::sqlite::books::forwards::{ForwardCounts, forward_counts};

use super::blocking;
use super::query::Asked;

/// Entries shown of those that a target would not take.
const PASSED_OVER_SHOWN: usize = 20;

/// A receiver of `[forward]`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forward {
    pub name: String,
    /// Its address, without what gives access.
    pub url: String,
    /// Routes and channels it gets; empty: all.
    pub only: Vec<String>,
    pub timeout_ms: u64,
    pub state: ForwardState,
    /// Everything up to this entry is done with; `null` until its worker has begun.
    #[schema(required)]
    pub place: Option<i64>,
    /// Entries that wait for it.
    pub lag_entries: i64,
    /// Receipt of the first of them.
    #[schema(required)]
    pub oldest_waiting_at: Option<Time>,
    /// Since the server started.
    #[schema(required)]
    pub last_taken_at: Option<Time>,
    /// Why it waits.
    #[schema(required)]
    pub problem: Option<ForwardProblem>,
    /// Entries it took.
    pub taken: i64,
    /// Entries it said it does not want.
    pub refused: i64,
    /// Entries it failed on again and again, and such as could not be sent.
    pub failed: i64,
    /// The newest of those that it did not take.
    pub passed_over: Vec<PassedOverEntry>,
}

/// `waiting`: for the receiver, which is away or fails on an entry. `idle`: it has everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardState {
    Delivering,
    Waiting,
    Idle,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ForwardProblem {
    /// The entry that could not be handed on.
    pub entry_id: i64,
    /// `connection refused`, `no answer within 10s`, `answered 503`.
    pub reason: String,
    pub since: Time,
    pub tries: u32,
    pub next_try_at: Time,
}

/// An entry that the receiver did not take: those after it went on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassedOverEntry {
    pub entry_id: i64,
    pub at: Time,
    pub outcome: NotTaken,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    Refused,
    Failed,
}

/// All that is read about a target.
struct Known {
    waiting: WaitingEntries,
    counts: ForwardCounts,
    passed_over: Vec<PassedOver>,
}

impl Forward {
    fn new(target: &Target, standing: Standing, known: Known) -> Self {
        let state = match (&standing.trouble, known.waiting.entries) {
            (Some(_), _) => ForwardState::Waiting,
            (None, 0) => ForwardState::Idle,
            (None, _) => ForwardState::Delivering,
        };
        Self {
            name: target.name.clone(),
            url: target.shown(),
            only: target.only.clone(),
            timeout_ms: u64::try_from(target.timeout.as_millis()).unwrap_or(u64::MAX),
            state,
            place: standing.place.map(|place| place.0),
            lag_entries: known.waiting.entries,
            oldest_waiting_at: time(known.waiting.oldest_at),
            last_taken_at: time(standing.last_taken_at),
            problem: standing.trouble.map(Into::into),
            taken: known.counts.taken,
            refused: known.counts.refused,
            failed: known.counts.failed,
            passed_over: known.passed_over.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Trouble> for ForwardProblem {
    fn from(trouble: Trouble) -> Self {
        Self {
            entry_id: trouble.entry.0,
            reason: trouble.why,
            since: trouble.since.into(),
            tries: trouble.tries,
            next_try_at: trouble.next_try_at.into(),
        }
    }
}

impl From<PassedOver> for PassedOverEntry {
    fn from(one: PassedOver) -> Self {
        Self {
            entry_id: one.entry.0,
            at: one.at.into(),
            outcome: match one.outcome {
                PassedOutcome::Refused => NotTaken::Refused,
                PassedOutcome::Failed => NotTaken::Failed,
            },
            reason: one.reason,
        }
    }
}

/// Receivers of `[forward]`, and how each of them is doing.
#[utoipa::path(
    get, path = "/api/v1/forwards", operation_id = "listForwards", tag = "operations",
    responses((status = 200, description = "All of them, in the order of their names", body = List<Forward>))
)]
pub async fn list(State(hub): State<Hub>, asked: Asked) -> Result<Json<List<Forward>>, Problem> {
    asked.done()?;
    let items = blocking(&hub, |hub| {
        let targets = hub.forwards().targets().iter().zip(hub.forwards().standings());
        targets.map(|(target, standing)| read(hub, target, standing)).collect()
    })
    .await?;
    Ok(Json(List { items, next_cursor: None }))
}

fn read(hub: &Hub, target: &Target, standing: Standing) -> Result<Forward, StoreError> {
    let name = target.name.as_str();
    let known = Known {
        waiting: waiting(hub, target, &standing)?,
        counts: hub.books().read(|books| forward_counts(books, name))?,
        passed_over: hub.journal().read(|journal| passed_over(journal, name, PASSED_OVER_SHOWN))?,
    };
    Ok(Forward::new(target, standing, known))
}

/// What waits for each target, by its name. Blocks.
pub fn all_waiting(hub: &Hub) -> Result<Vec<(String, WaitingEntries)>, StoreError> {
    let targets = hub.forwards().targets().iter().zip(hub.forwards().standings());
    targets
        .map(|(target, standing)| Ok((target.name.clone(), waiting(hub, target, &standing)?)))
        .collect()
}

fn waiting(hub: &Hub, target: &Target, standing: &Standing) -> Result<WaitingEntries, StoreError> {
    // Until its worker has begun, nothing is known to wait.
    let Some(place) = standing.place else { return Ok(WaitingEntries::default()) };
    let last: EntryId = hub.journal().last();
    hub.journal().read(|journal| waiting_entries(journal, &target.name, place, last))
}
