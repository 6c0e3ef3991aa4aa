//! The audit trail: who did what, newest first.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::view::{List, Time};
use crate::hub::Hub;
use crate::model::Action;
use crate::store::sqlite::books::audit::{self as store, AuditFilter, AuditPlace, AuditRow};

use super::query::{Asked, Place};
use super::read_books;

/// One thing that somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditItem)]
pub struct Item {
    pub id: i64,
    pub at: Time,
    pub who: Who,
    /// Of the client; `null` for commands on the server itself.
    #[schema(required)]
    pub address: Option<String>,
    /// `key.created`, `user.role_changed`, ...: a word that keeps its meaning.
    #[schema(value_type = String)]
    pub action: &'static str,
    /// What it was done to.
    #[schema(required)]
    pub on: Option<On>,
    /// What else there is to know, by name. Never a secret.
    pub detail: Value,
    /// The same as a sentence without its subject: "made the key azure, for ingest".
    pub says: String,
}

/// Who did it, as they were called then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditWho)]
pub struct Who {
    /// `person`, `key`, `owner` (a command on the server), `link` (whoever holds a one-time link),
    /// `stranger` (nobody who is known), `creel` (by itself).
    pub kind: String,
    #[schema(required)]
    pub id: Option<i64>,
    #[schema(required)]
    pub name: Option<String>,
}

/// What it was done to, as it was called then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditOn)]
pub struct On {
    /// `key`, `user`, `session`, `event`.
    pub kind: String,
    #[schema(required)]
    pub id: Option<String>,
    #[schema(required)]
    pub name: Option<String>,
}

impl From<AuditRow> for Item {
    fn from(row: AuditRow) -> Self {
        let says = says(&row);
        Self {
            id: row.id,
            at: row.at.into(),
            who: Who { kind: row.who_kind, id: row.who_id, name: row.who_name },
            address: row.address,
            action: row.action.as_str(),
            on: row.on.map(|on| On { kind: on.kind, id: on.id, name: on.name }),
            detail: row.detail,
            says,
        }
    }
}

fn says(row: &AuditRow) -> String {
    let (on, detail) = (row.on.as_ref(), &row.detail);
    let is_own = on.is_some_and(|on| on.name == row.who_name);
    let id = on.and_then(|on| on.id.as_deref()).unwrap_or("?");
    let name = on.and_then(|on| on.name.as_deref()).unwrap_or(id);
    let word = |member: &str| detail[member].as_str().unwrap_or("?");
    match row.action {
        Action::KeyCreated => {
            let scopes = detail["scopes"].as_array().map_or(&[][..], Vec::as_slice);
            let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
            let brought = match detail["brought"] == true {
                true => ", from a secret that was in use already",
                false => "",
            };
            format!("made the key {name}, for {}{brought}", enumerated(&scopes))
        }
        Action::KeyRevoked => format!("revoked the key {name}"),
        Action::UserCreated if detail["first"] == true => {
            format!("became the first administrator, as {name}")
        }
        Action::UserCreated => format!("added {name} as {}", word("role")),
        Action::UserRoleChanged => {
            format!("changed {name} from {} to {}", word("from"), word("to"))
        }
        Action::UserDisabled => format!("disabled {name}"),
        Action::UserEnabled => format!("let {name} in again"),
        Action::UserRemoved => format!("removed {name}"),
        Action::UserReset => format!("gave out a new link for {name}"),
        Action::PasswordChanged if is_own => "changed their password".to_owned(),
        Action::PasswordChanged => format!("chose a password for {name}"),
        Action::SessionStarted => "signed in".to_owned(),
        Action::SessionEnded if is_own => "ended a session of their own".to_owned(),
        Action::SessionEnded => format!("ended a session of {name}"),
        Action::SessionRefused if on.is_some() => {
            format!("was refused when signing in as {name}")
        }
        Action::SessionRefused => "was refused when signing in under an unknown name".to_owned(),
        Action::EventsReplayed if on.is_some() => format!("had event {id} read again"),
        Action::EventsReplayed => format!("had events read again{}", which(detail)),
        Action::EventsImported => format!("imported {} entries of a log", detail["entries"]),
        Action::BuildAskedAgain => format!("had the provider asked again about build {id}"),
        Action::TokenSet => {
            let confirmed = match detail["confirmed"] == true {
                true => ", an address outside the provider's own domain",
                false => "",
            };
            format!("set a token for {name}, to {}{confirmed}", word("purpose"))
        }
        Action::TokenUnset if on.is_some_and(|on| on.name.is_some()) => {
            format!("took the token for {name} away")
        }
        Action::TokenUnset => {
            format!("took a token of {} away that came in an address", word("provider"))
        }
        Action::SecretsRotated => "had everything sealed with a new secrets key".to_owned(),
        Action::SampleLoaded => "loaded the sample data".to_owned(),
        Action::SampleRemoved => "removed the sample data".to_owned(),
        Action::TestMarkedFixed => format!("marked the test {name} fixed"),
        Action::MonitorsChanged => "changed the settings by which tests are judged".to_owned(),
    }
}

/// `ingest, read and admin`.
fn enumerated(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// The choice of a replay: `: from 12, status parked`.
fn which(detail: &Value) -> String {
    let members = detail.as_object().into_iter().flatten();
    let words: Vec<_> = members
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name} {text}"),
            None => format!("{name} {value}"),
        })
        .collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}

impl Place for AuditPlace {
    const LIST: &'static str = "audit";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// What people, keys and commands have changed here, and who signed in, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", operation_id = "listAudit", tag = "audit",
    params(
        ("who" = Option<String>, Query, description = "A name; `person`, `key`, `owner`, `link`, `stranger` or `creel`; or a kind and a number as in `key:7`"),
        ("action" = Option<String>, Query, description = "A word as `key.created`"),
        ("since" = Option<String>, Query, description = "Not older than this: RFC 3339, or a day"),
        ("until" = Option<String>, Query, description = "Older than this"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of what was done; filters may make it a short one with a cursor", body = List<Item>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let filter = AuditFilter {
        who: asked.text("who")?,
        action: asked.word("action", Action::ALL, Action::as_str)?,
        since: asked.time("since")?,
        until: asked.time("until")?,
    };
    let (limit, after) = (asked.limit()?, asked.cursor::<AuditPlace>()?);
    let link = asked.done()?;
    let page = read_books(&hub, move |books| store::audit(books, &filter, after, limit)).await?;
    let items: Vec<Item> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.as_ref()))
}
