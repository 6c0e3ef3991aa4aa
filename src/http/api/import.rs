//! Entries of a log that was exported elsewhere, or here.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::eventlog::EntryLine;
use crate::http::error::{Code, Problem};
use crate::hub::Hub;
use crate::journal::{NewEntry, PACKED_BY_WRITER_MAX};
use crate::model::{Action, By, Deed, KeyId};

use super::blocking;
use super::query::Asked;
use super::sent::Sent;

/// Largest request: a line of a log is shorter.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Appends that wait for one flush together; senders come in between.
const AT_A_TIME: usize = 30;

/// Lines of a log, without its header and footer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `entries`")]
#[schema(as = ImportWish)]
pub struct Wish {
    /// As `creel events export` writes them; who sends them has verified the log.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<EntryLine>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// Entries that were not known yet.
    pub stored: usize,
    /// Entries that were known: nothing has changed by them.
    pub known: usize,
}

/// Take entries in with the time of their receipt and their identity. They get new numbers, and belong
/// to the key of the same name, where there is one. What is known already changes nothing.
#[utoipa::path(
    post, path = "/api/v1/events/import", operation_id = "importEvents", tag = "events",
    request_body = Wish,
    responses((status = 200, description = "On disk; what is new is read next", body = Imported))
)]
pub async fn take_in(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
    Sent(wish): Sent<Wish>,
) -> Result<Json<Imported>, Problem> {
    asked.done()?;
    let entries = new_entries(&hub, wish.entries)?;
    // Before the first is stored: what is on record may not have happened, but not the other way.
    let deed = Deed::of(Action::EventsImported).with(json!({"entries": entries.len()}));
    blocking(&hub, move |hub| hub.books().write(|ledger| ledger.audit(&by, &deed))).await?;
    let mut imported = Imported { stored: 0, known: 0 };
    let mut together = Vec::new();
    let mut entries = entries.into_iter().peekable();
    while let Some(entry) = entries.next() {
        together.push(entry);
        let has_room = together.len() < AT_A_TIME;
        // A large one is packed aside, and others would overtake it.
        let is_mixed =
            entries.peek().is_some_and(is_large) || together.last().is_some_and(is_large);
        if has_room && !is_mixed && entries.peek().is_some() {
            continue;
        }
        // Each is handed to the journal when it is first polled, which happens in their order.
        let appends = together.drain(..).map(|entry| hub.journal().append(entry));
        for appended in join_all(appends).await {
            match appended?.duplicate {
                true => imported.known += 1,
                false => imported.stored += 1,
            }
        }
    }
    Ok(Json(imported))
}

fn is_large(entry: &NewEntry) -> bool {
    entry.body.len() > PACKED_BY_WRITER_MAX
}

/// All of them, or none: the first that is not understood is told with its number.
fn new_entries(hub: &Hub, lines: Vec<EntryLine>) -> Result<Vec<NewEntry>, Problem> {
    let keys = keys_by_name(hub);
    lines
        .into_iter()
        .map(|line| {
            let number = line.entry;
            let key = line.key.as_ref().and_then(|name| keys.get(name)).copied();
            line.into_entry(key.unwrap_or(KeyId::NONE)).map_err(|what| {
                Problem::new(Code::BadRequest, format!("entry {number} is not understood: {what}"))
            })
        })
        .collect()
}

/// Of several of one name, the oldest that still counts.
fn keys_by_name(hub: &Hub) -> HashMap<String, KeyId> {
    let mut keys = hub.keys().list();
    keys.sort_by_key(|key| (key.revoked_at.is_some(), key.id));
    let mut by_name = HashMap::new();
    for key in keys {
        by_name.entry(key.name.clone()).or_insert(key.id);
    }
    by_name
}
