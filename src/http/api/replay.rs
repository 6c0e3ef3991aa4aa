//! Have entries read again: by number, or by what they are.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::hub::Hub;
use crate::model::{Action, By, Deed, EntryId, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::read::events::{ReplayFilter, event_view, to_replay};
use crate::store::sqlite::journal::upkeep::aged;

use super::blocking;
use super::events::{Status, body_rule, entry_id, is_forgotten, nothing_of, read_type};
use super::query::{Asked, read_time};
use super::sent::Sent;

/// Entries looked at per transaction: the processor writes in between.
const BATCH_MAX: usize = 5_000;

/// Entries that will be read again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queued {
    pub queued: usize,
    /// Left as they are: their bodies are no longer kept, and what was read of them stays.
    pub gone: usize,
}

/// Which entries to read again. Empty: all that were read.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayWish)]
pub struct Wish {
    /// First entry, or the time from which on they were received.
    from: Option<End>,
    /// Last entry, or the time before which they were received.
    to: Option<End>,
    /// The provider's own word, bare or as `azure:git.push`.
    r#type: Option<String>,
    /// `done` or `parked`.
    status: Option<String>,
    provider: Option<String>,
    /// Only entries read by a decoder older than this.
    decoder_below: Option<i64>,
}

/// An end of a range: the number of an entry, or a time.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged, expecting = "the number of an entry or a time")]
#[schema(as = RangeEnd)]
pub enum End {
    Entry(i64),
    Time(String),
}

impl End {
    fn split(
        end: Option<&Self>,
        name: &str,
    ) -> Result<(Option<EntryId>, Option<Timestamp>), Problem> {
        match end {
            None => Ok((None, None)),
            Some(Self::Entry(entry)) => Ok((Some(EntryId(*entry)), None)),
            Some(Self::Time(text)) => match (text.parse().ok(), read_time(text)) {
                (Some(entry), _) => Ok((Some(EntryId(entry)), None)),
                (None, Some(at)) => Ok((None, Some(at))),
                (None, None) => Err(bad(name, text, "the number of an entry or a time")),
            },
        }
    }
}

impl Wish {
    fn filter(&self) -> Result<ReplayFilter, Problem> {
        let (from, since) = End::split(self.from.as_ref(), "from")?;
        let (to, until) = End::split(self.to.as_ref(), "to")?;
        let (of_type, type_name) = match &self.r#type {
            Some(name) => read_type(name),
            None => (None, None),
        };
        let provider = match &self.provider {
            Some(word) => {
                let words = Provider::ALL.map(Provider::as_str).join(", ");
                Some(Provider::parse(word).ok_or_else(|| bad("provider", word, &words))?)
            }
            None => of_type,
        };
        let parked = match self.status.as_deref() {
            None => None,
            Some(word) if word == Status::Parked.as_str() => Some(true),
            Some(word) if word == Status::Done.as_str() => Some(false),
            Some(word) => return Err(bad("status", word, "done or parked")),
        };
        Ok(ReplayFilter {
            from,
            to,
            since,
            until,
            provider,
            type_name,
            parked,
            decoder_below: self.decoder_below,
        })
    }
}

fn bad(name: &str, value: &str, expected: &str) -> Problem {
    let detail = format!("the member `{name}` is `{value}`; it is one of {expected}");
    Problem::new(Code::BadRequest, detail)
}

/// Read one entry again: its records are folded anew.
#[utoipa::path(
    post, path = "/api/v1/events/{entry_id}/replay", operation_id = "replayEvent", tag = "events",
    params(("entry_id" = i64, Path, description = "Number of the entry")),
    responses((status = 200, description = "It will be read again", body = Queued),
              (status = 410, description = "Its body is no longer kept (`body_gone`)", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn one(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Queued>, Problem> {
    asked.done()?;
    let entry = entry_id(&id)?;
    match blocking(&hub, move |hub| queue_one(hub, entry, &by)).await? {
        One::Queued => {
            hub.nudge();
            Ok(Json(Queued { queued: 1, gone: 0 }))
        }
        One::BodyGone => {
            let rule = body_rule(&hub);
            let detail = format!("entry {entry} cannot be read again, its body is gone: {rule}");
            Err(Problem::new(Code::BodyGone, detail))
        }
        One::Nothing => Err(nothing_of(&hub, entry).await?),
    }
}

/// What became of the wish to read an entry again.
enum One {
    Queued,
    BodyGone,
    Nothing,
}

fn queue_one(hub: &Hub, entry: EntryId, by: &By) -> Result<One, StoreError> {
    let stored = hub.journal().entry(entry)?;
    let is_read = hub.books().read(|books| event_view(books, entry))?.is_some();
    match (&stored, is_read) {
        (None, false) => return Ok(One::Nothing),
        (None, true) => return Ok(One::BodyGone),
        (Some(stored), false) if is_forgotten(hub, stored)? => return Ok(One::Nothing),
        (Some(_), _) => {}
    }
    let deed = Deed::of(Action::EventsReplayed).on("event", &entry, None);
    hub.books().write(|ledger| {
        ledger.audit(by, &deed)?;
        // What was not read yet is about to be, for the first time.
        if is_read {
            ledger.queue_replay(&[entry], by.at)?;
        }
        Ok(One::Queued)
    })
}

/// Read entries again, by range, type, status, sender or decoder.
#[utoipa::path(
    post, path = "/api/v1/events/replay", operation_id = "replayEvents", tag = "events",
    request_body = Wish,
    responses((status = 200, description = "These many will be read again that were not queued already", body = Queued))
)]
pub async fn many(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
    Sent(wish): Sent<Wish>,
) -> Result<Json<Queued>, Problem> {
    asked.done()?;
    let filter = wish.filter()?;
    let queued = blocking(&hub, move |hub| {
        // Many transactions follow: what was asked for is on record before the first.
        let detail = serde_json::to_value(&wish).unwrap_or_default();
        let deed = Deed::of(Action::EventsReplayed).with(detail);
        hub.books().write(|ledger| ledger.audit(&by, &deed))?;
        queue_many(hub, &filter, by.at)
    })
    .await?;
    hub.nudge();
    Ok(Json(queued))
}

fn queue_many(hub: &Hub, filter: &ReplayFilter, now: Timestamp) -> Result<Queued, StoreError> {
    let mut all = Queued { queued: 0, gone: 0 };
    let mut after = EntryId(0);
    loop {
        let (entries, looked_at) =
            hub.books().read(|books| to_replay(books, filter, after, BATCH_MAX))?;
        let Some(last) = looked_at else { return Ok(all) };
        let stored: Vec<EntryId> = hub
            .journal()
            .read(|journal| aged(journal, &entries))?
            .into_iter()
            .map(|stored| stored.entry)
            .collect();
        all.gone += entries.len() - stored.len();
        if !stored.is_empty() {
            all.queued += hub.books().write(|ledger| ledger.queue_replay(&stored, now))?;
        }
        after = last;
    }
}
