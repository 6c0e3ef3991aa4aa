//! The inbox: what arrived, what it was read as, and what waits to be read.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::storage;
use crate::http::view::{Answer, List, Provider, Time, time};
use crate::hub::Hub;
use crate::journal::Entry;
use crate::model::{self, EntryId, EventKind};
use crate::store::StoreError;
use crate::store::sqlite::books::read::builds::build as build_row;
use crate::store::sqlite::books::read::events::{
    self as store, EventFilter, EventView, Reached, Standing,
};
use crate::store::sqlite::books::read::{EXAMINED_MAX, Page};
use crate::store::sqlite::books::records::facts_of_entry;
use crate::store::sqlite::books::retention::body_gone_since;
use crate::store::sqlite::books::retention::old::oldest_event;
use crate::store::sqlite::books::sample::sample_keys;
use crate::store::sqlite::journal::duplicates_of;
use crate::store::sqlite::journal::read::{Head, heads_before, repeats_of};

use super::facts::says;
use super::query::{Asked, Link, Place};
use super::{blocking, read_books};

/// Repetitions and echoes listed with one event.
const RELATED_MAX: usize = 500;

/// One accepted request, and what it was read as.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventHead {
    pub entry_id: i64,
    pub received_at: Time,
    pub provider: Provider,
    #[schema(required)]
    pub source: Option<String>,
    /// The provider's own word.
    #[schema(required)]
    pub r#type: Option<String>,
    /// Ours; `null` until it was read.
    #[schema(required)]
    pub kind: Option<&'static str>,
    /// Key of a subject, or `build:` and the id of a build.
    #[schema(required)]
    pub subject: Option<String>,
    pub status: Status,
    pub answer: Answer,
    #[schema(required)]
    pub reason: Option<String>,
    /// The entry that told of the same happening first.
    #[schema(required)]
    pub echo_of: Option<i64>,
    /// The free word of `/hooks/{channel}`.
    #[schema(required)]
    pub channel: Option<String>,
    pub bytes: i64,
    /// From the happening to its receipt.
    #[schema(required)]
    pub delay_ms: Option<i64>,
    /// Ids of the builds it is about.
    pub builds: Vec<String>,
}

/// An event as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    #[serde(flatten)]
    pub head: EventHead,
    /// How often the same delivery came again.
    pub duplicates: i64,
}

/// An event with all that is kept of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventDetail {
    #[serde(flatten)]
    pub head: EventHead,
    /// When the same delivery came again, oldest first (at most 500).
    pub duplicates: Vec<Repetition>,
    /// Lower-case names; secrets masked before they were stored. `:target` is the address.
    pub headers: BTreeMap<String, String>,
    /// Byte for byte as sent, but for its secrets; text where it is not JSON, `null` once it is no
    /// longer kept.
    #[schema(value_type = Value)]
    pub body: Box<RawValue>,
    /// Why there are neither headers nor a body; `null` as long as they are kept.
    #[schema(required)]
    pub body_gone: Option<BodyGone>,
    pub facts: Vec<EventFact>,
    /// Later entries that tell of the same happening.
    pub echoes: Vec<i64>,
    /// Version of the decoder that read it.
    #[schema(required)]
    pub decoder_version: Option<i64>,
    /// Where in the body reading failed, of a parked entry.
    #[schema(required)]
    pub path: Option<String>,
}

/// Headers and body are no longer kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct BodyGone {
    /// End of the run of retention that removed them.
    #[schema(required)]
    pub at: Option<Time>,
    /// By what setting.
    pub reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Repetition {
    pub at: Time,
}

/// Something an entry says, and of what.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventFact {
    #[schema(required)]
    pub provider_at: Option<Time>,
    /// Key of a subject, or `build:` and the id of a build.
    #[schema(required)]
    pub about: Option<String>,
    pub says: Map<String, Value>,
}

/// What became of an entry: waits to be read (for the first time or again), was read, or could not
/// be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventStatus)]
pub enum Status {
    Pending,
    Done,
    Parked,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Done, Self::Parked];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Parked => "parked",
        }
    }
}

impl From<Standing> for Status {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Queued => Self::Pending,
            Standing::Read => Self::Done,
            Standing::Parked => Self::Parked,
        }
    }
}

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Queued,
            Status::Done => Self::Read,
            Status::Parked => Self::Parked,
        }
    }
}

impl From<EventView> for EventHead {
    fn from(event: EventView) -> Self {
        let status = event.standing().into();
        let subject = event.build.as_ref().map(|id| format!("build:{id}"));
        Self {
            entry_id: event.entry.0,
            received_at: event.received_at.into(),
            provider: event.provider.into(),
            source: event.source,
            r#type: event.type_name,
            kind: Some(event.kind.as_str()),
            subject: subject.or(event.subject),
            status,
            answer: event.answer.into(),
            reason: event.reason,
            echo_of: event.echo_of.map(|entry| entry.0),
            channel: event.channel,
            bytes: event.bytes,
            delay_ms: event.delay_ms,
            builds: event.build.into_iter().collect(),
        }
    }
}

impl From<Head> for EventHead {
    fn from(head: Head) -> Self {
        Self {
            entry_id: head.id.0,
            received_at: head.received_at.into(),
            provider: head.provider.into(),
            source: None,
            r#type: head.event_type,
            kind: None,
            subject: None,
            status: Status::Pending,
            answer: head.answer.into(),
            reason: head.reason,
            echo_of: None,
            channel: head.channel,
            bytes: head.bytes,
            delay_ms: None,
            builds: Vec::new(),
        }
    }
}

impl Place for EntryId {
    const LIST: &'static str = "events";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [entry] = numbers else { return None };
        Some(Self(*entry))
    }
}

/// What was asked of the inbox.
#[derive(Debug, Clone, Default)]
struct Wanted {
    filter: EventFilter,
    status: Option<Status>,
}

impl Wanted {
    fn from_query(asked: &mut Asked) -> Result<Self, Problem> {
        let status = asked.word("status", &Status::ALL, Status::as_str)?;
        let (provider, type_name) = match asked.text("type")? {
            Some(name) => read_type(&name),
            None => (None, None),
        };
        let filter = EventFilter {
            provider,
            type_name,
            kind: asked.word("kind", &EventKind::ALL, EventKind::as_str)?,
            source: asked.text("source")?,
            subject: asked.text("subject")?,
            standing: status.map(Into::into),
            since: asked.time("since")?,
            until: asked.time("until")?,
            channel: asked.text("channel")?,
            text: asked.text("q")?,
        };
        Ok(Self { filter, status })
    }

    /// Whether entries can match before they are read: nobody knows yet what they are about.
    fn may_wait(&self) -> bool {
        let filter = &self.filter;
        self.status.is_none_or(|status| status == Status::Pending)
            && filter.kind.is_none()
            && filter.source.is_none()
            && filter.subject.is_none()
    }

    fn matches(&self, head: &Head) -> bool {
        let filter = &self.filter;
        let holds = |text: Option<&str>, lower: &str| {
            text.is_some_and(|text| text.to_lowercase().contains(lower))
        };
        filter.provider.is_none_or(|provider| provider == head.provider)
            && filter.type_name.as_ref().is_none_or(|name| head.event_type.as_ref() == Some(name))
            && filter.channel.as_ref().is_none_or(|name| head.channel.as_ref() == Some(name))
            && filter.since.is_none_or(|since| head.received_at >= since)
            && filter.until.is_none_or(|until| head.received_at < until)
            && filter.text.as_ref().is_none_or(|text| {
                let lower = text.to_lowercase();
                head.id.to_string() == lower
                    || [&head.event_type, &head.reason, &head.channel]
                        .into_iter()
                        .any(|text| holds(text.as_deref(), &lower))
            })
    }
}

/// A type, bare or with its provider in front: `azure:git.push`.
#[must_use]
pub fn read_type(text: &str) -> (Option<model::Provider>, Option<String>) {
    let provider = |prefix: &str| match prefix {
        "azure" | "azure_devops" => Some(model::Provider::AzureDevops),
        "buildkite" => Some(model::Provider::Buildkite),
        "github" => Some(model::Provider::Github),
        "gitlab" => Some(model::Provider::Gitlab),
        _ => None,
    };
    match text.split_once(':').and_then(|(prefix, name)| Some((provider(prefix)?, name))) {
        Some((provider, "*")) => (Some(provider), None),
        Some((provider, name)) => (Some(provider), Some(name.to_owned())),
        None => (None, Some(text.to_owned())),
    }
}

/// Everything that was accepted, newest first.
#[utoipa::path(
    get, path = "/api/v1/events", operation_id = "listEvents", tag = "events",
    params(
        ("type" = Option<String>, Query, description = "The provider's own word, bare or as `azure:git.push`"),
        ("kind" = Option<String>, Query, description = "Ours: `build.finished`, `push`, ..."),
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("subject" = Option<String>, Query, description = "Key of a subject, or `build:` and the id of a build"),
        ("status" = Option<Status>, Query, description = "What became of it"),
        ("since" = Option<String>, Query, description = "Received then or later: RFC 3339, or a day"),
        ("until" = Option<String>, Query, description = "Received before"),
        ("channel" = Option<String>, Query, description = "The free word of `/hooks/{channel}`"),
        ("q" = Option<String>, Query, description = "The number of an entry, or a word in type, kind, reason, channel or subject, whatever the case. Bodies and headers are not searched; of an event that waits to be read, kind and subject are not known yet"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of events", body = List<Event>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let wanted = Wanted::from_query(&mut asked)?;
    let (limit, before) = (asked.limit()?, asked.cursor::<EntryId>()?);
    let link = asked.done()?;
    let page = blocking(&hub, move |hub| page(hub, &wanted, before, limit)).await?;
    Ok(answer(link, page))
}

fn answer(link: Link, page: Page<Event, EntryId>) -> Response {
    link.page(page.items, page.next.as_ref())
}

/// One page of what was asked for: first what waits, then what was read.
fn page(
    hub: &Hub,
    wanted: &Wanted,
    before: Option<EntryId>,
    limit: usize,
) -> Result<Page<Event, EntryId>, StoreError> {
    let (read, reached) =
        hub.books().read(|books| store::events(books, &wanted.filter, before, limit))?;
    let waiting = if wanted.may_wait() {
        pending(hub, wanted, before, reached, limit)?
    } else {
        Page { items: Vec::new(), next: None }
    };
    let mut items = waiting.items;
    let room = limit - items.len();
    let next = match (waiting.next, read.items.get(room)) {
        (Some(next), _) => Some(next),
        // The page ends among what was read: the next one begins after the last that fits.
        (None, Some(_)) => {
            let last = room.checked_sub(1).and_then(|last| read.items.get(last));
            Some(last.map_or(EntryId(reached.entry.0 + 1), |event| event.entry))
        }
        (None, None) => read.next,
    };
    if waiting.next.is_none() {
        items.extend(with_repeats(hub, read.items.into_iter().take(room), reached)?);
    }
    Ok(Page { items, next })
}

/// What waits to be read, newest first.
fn pending(
    hub: &Hub,
    wanted: &Wanted,
    before: Option<EntryId>,
    reached: Reached,
    limit: usize,
) -> Result<Page<Event, EntryId>, StoreError> {
    let before = before.unwrap_or(EntryId(i64::MAX));
    let last = hub.journal().last();
    if last <= reached.entry || before.0 <= reached.entry.0 + 1 {
        return Ok(Page { items: Vec::new(), next: None });
    }
    hub.journal().read(|journal| {
        let heads = heads_before(journal, before, reached.entry, EXAMINED_MAX)?;
        let mut more_wait = heads.len() == EXAMINED_MAX;
        let mut last = None;
        let mut items = Vec::new();
        for head in heads {
            if items.len() == limit {
                more_wait = true;
                break;
            }
            last = Some(head.id);
            if wanted.matches(&head) {
                let duplicates = repeats_of(journal, head.id, reached.duplicates)?;
                items.push(Event { head: head.into(), duplicates });
            }
        }
        let next = last.filter(|_| more_wait);
        Ok(Page { items, next })
    })
}

/// Events with the repetitions that the books have not counted yet.
pub fn with_repeats(
    hub: &Hub,
    events: impl Iterator<Item = EventView>,
    reached: Reached,
) -> Result<Vec<Event>, StoreError> {
    hub.journal().read(|journal| {
        events
            .map(|event| {
                let more = repeats_of(journal, event.entry, reached.duplicates)?;
                Ok(Event { duplicates: event.duplicates + more, head: event.into() })
            })
            .collect()
    })
}

/// One event with its headers and body, secrets masked.
#[utoipa::path(
    get, path = "/api/v1/events/{entry_id}", operation_id = "getEvent", tag = "events",
    params(("entry_id" = i64, Path, description = "Number of the entry")),
    responses((status = 200, description = "The event", body = EventDetail))
)]
pub async fn one(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<EventDetail>, Problem> {
    asked.done()?;
    let entry = entry_id(&id)?;
    match blocking(&hub, move |hub| detail(hub, entry)).await? {
        Some(found) => Ok(Json(found)),
        None => Err(nothing_of(&hub, entry).await?),
    }
}

/// The entry an address names.
pub fn entry_id(text: &str) -> Result<EntryId, Problem> {
    text.parse().ok().filter(|id| *id > 0).map(EntryId).ok_or_else(no_entry)
}

fn no_entry() -> Problem {
    Problem::new(Code::NotFound, "there is no entry with this number")
}

/// Why there is nothing of an entry.
pub async fn nothing_of(hub: &Hub, entry: EntryId) -> Result<Problem, Problem> {
    let oldest = read_books(hub, oldest_event).await?;
    let age = hub.config().retention.events.map(storage::age);
    Ok(match age.filter(|_| entry < oldest) {
        Some(age) => {
            let detail = format!(
                "entry {entry} is no longer kept: events are kept for {age} (retention.events)"
            );
            Problem::new(Code::NotFound, detail)
        }
        None => no_entry(),
    })
}

/// Why bodies go, in a sentence.
pub fn body_rule(hub: &Hub) -> String {
    let keep = hub.config().retention;
    let age = keep.bodies.map_or("for ever".to_owned(), |age| format!("for {}", storage::age(age)));
    match keep.bodies_size {
        None => format!("headers and bodies are kept {age} (retention.bodies)"),
        Some(_) => format!(
            "headers and bodies are kept {age} at most, and less where the journal reaches \
             retention.bodies_size"
        ),
    }
}

fn body_gone(hub: &Hub, entry: EntryId) -> Result<BodyGone, StoreError> {
    let at = hub.books().read(|books| body_gone_since(books, entry))?;
    Ok(BodyGone { at: time(at), reason: body_rule(hub) })
}

fn detail(hub: &Hub, id: EntryId) -> Result<Option<EventDetail>, StoreError> {
    let event = hub.books().read(|books| store::event_view(books, id))?;
    let entry = hub.journal().entry(id)?;
    if event.is_none() && entry.as_ref().map_or(Ok(false), |entry| is_forgotten(hub, entry))? {
        return Ok(None);
    }
    let (decoder_version, path) = match &event {
        Some(event) => (Some(event.decoder), event.path.clone()),
        None => (None, None),
    };
    let (facts, echoes) = match &event {
        Some(event) => hub.books().read(|books| {
            Ok((event_facts(books, id)?, store::echoes_of(books, event, RELATED_MAX)?))
        })?,
        None => (Vec::new(), Vec::new()),
    };
    let head = match (event, &entry) {
        (Some(event), _) => event.into(),
        (None, Some(entry)) => pending_head(entry),
        (None, None) => return Ok(None),
    };
    let duplicates = hub.journal().read(|journal| duplicates_of(journal, id, RELATED_MAX))?;
    Ok(Some(EventDetail {
        head,
        duplicates: duplicates.into_iter().map(|at| Repetition { at: at.into() }).collect(),
        headers: entry.as_ref().map(headers).unwrap_or_default(),
        body: match &entry {
            Some(entry) => mask::body::shown(&entry.body),
            None => RawValue::NULL.to_owned(),
        },
        body_gone: match &entry {
            Some(_) => None,
            None => Some(body_gone(hub, id)?),
        },
        facts,
        echoes: echoes.into_iter().map(|entry| entry.0).collect(),
        decoder_version,
        path,
    }))
}

/// Whether an entry is sample data that was removed.
pub fn is_forgotten(hub: &Hub, entry: &Entry) -> Result<bool, StoreError> {
    Ok(hub.books().read(sample_keys)?.removed.contains(&entry.label.key))
}

fn pending_head(entry: &Entry) -> EventHead {
    let label = &entry.label;
    Head {
        id: entry.id,
        received_at: entry.received_at,
        bytes: entry.bytes,
        provider: label.provider,
        channel: label.channel.clone(),
        event_type: label.event_type.clone(),
        answer: label.answer,
        reason: entry.note.clone().or_else(|| label.reason.clone()),
    }
    .into()
}

/// Headers by name; a repeated one holds its values in order.
fn headers(entry: &Entry) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &entry.headers {
        headers
            .entry(name.clone())
            .and_modify(|held| {
                held.push_str(", ");
                held.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    headers
}

fn event_facts(
    books: &crate::store::sqlite::Connection,
    entry: EntryId,
) -> Result<Vec<EventFact>, StoreError> {
    facts_of_entry(books, entry)?
        .into_iter()
        .map(|fact| {
            let about = match (fact.build, fact.subject) {
                (Some(build), _) => {
                    build_row(books, build)?.map(|row| format!("build:{}", row.public_id))
                }
                (None, Some(subject)) => {
                    crate::store::sqlite::books::read::subjects::subject_key(books, subject)?
                }
                (None, None) => None,
            };
            Ok(EventFact { provider_at: time(fact.at), about, says: says(&fact.says) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_may_carry_its_provider() {
        let azure = Some(model::Provider::AzureDevops);
        assert_eq!(read_type("git.push"), (None, Some("git.push".to_owned())));
        assert_eq!(read_type("azure:git.push"), (azure, Some("git.push".to_owned())));
        assert_eq!(read_type("azure:*"), (azure, None));
        assert_eq!(read_type("odd:word"), (None, Some("odd:word".to_owned())));
    }
}
