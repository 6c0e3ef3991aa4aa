//! Everything but builds that has a timeline: pull requests, work items, repositories, releases,
//! deployments, agents.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::{List, SubjectKind, Time, time};
use crate::hub::Hub;
use crate::model::{self, EntryId};
use crate::store::StoreError;
use crate::store::sqlite::books::read::events::{self, EventFilter};
use crate::store::sqlite::books::read::subjects::{
    self as store, SubjectFilter, SubjectPlace, SubjectRow,
};

use super::events::{Event, with_repeats};
use super::query::{Asked, Place, cursor_text};
use super::{blocking, read_books};

/// A subject.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    /// Its address here.
    pub key: String,
    pub kind: SubjectKind,
    #[schema(required)]
    pub title: Option<String>,
    /// `open`, `merged`, ... where there is a common word; the project's own for work items.
    #[schema(required)]
    pub state: Option<String>,
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub project: Option<String>,
    #[schema(required)]
    pub url: Option<String>,
    /// When something last happened to it, as far as it was told.
    #[schema(required)]
    pub last_event_at: Option<Time>,
    /// Of a deployment that its provider was asked about: the latest try.
    #[schema(required)]
    pub deployment: Option<Deployment>,
}

/// A try to bring a release into an environment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deployment {
    #[schema(required)]
    pub environment: Option<String>,
    /// Counted from 1.
    #[schema(required)]
    pub attempt: Option<u32>,
    /// Who wanted it.
    #[schema(required)]
    pub requested_by: Option<String>,
    #[schema(required)]
    pub queued_at: Option<Time>,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub finished_at: Option<Time>,
}

impl From<model::Deployment> for Deployment {
    fn from(told: model::Deployment) -> Self {
        Self {
            environment: told.environment.map(mask::text::shown),
            attempt: told.attempt,
            requested_by: told.by.map(mask::text::shown),
            queued_at: time(told.queued_at),
            started_at: time(told.started_at),
            finished_at: time(told.finished_at),
        }
    }
}

/// A subject and what happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectDetail {
    #[serde(flatten)]
    pub subject: Subject,
    /// Newest first; `cursor` and `limit` of the address page through it.
    pub events: List<Event>,
}

impl From<SubjectRow> for Subject {
    fn from(row: SubjectRow) -> Self {
        Self {
            key: row.public_key,
            kind: row.kind.into(),
            title: row.title.map(mask::text::shown),
            state: row.state,
            source: row.source,
            project: row.project,
            url: row.url,
            last_event_at: time(row.last_event_at),
            deployment: row.deployment.map(Into::into),
        }
    }
}

impl Place for SubjectPlace {
    const LIST: &'static str = "subjects";

    fn numbers(&self) -> Vec<i64> {
        vec![self.last_event_at, self.id]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [last_event_at, id] = numbers else { return None };
        Some(Self { last_event_at: *last_event_at, id: *id })
    }
}

/// Subjects, the one with the newest event first.
#[utoipa::path(
    get, path = "/api/v1/subjects", operation_id = "listSubjects", tag = "subjects",
    params(
        ("kind" = Option<SubjectKind>, Query, description = "What it is"),
        ("state" = Option<String>, Query, description = "Its state"),
        ("q" = Option<String>, Query, description = "A word in title, key or project"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of subjects", body = List<Subject>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let kinds = &model::SubjectKind::ALL;
    let filter = SubjectFilter {
        kind: asked.word("kind", kinds, model::SubjectKind::as_str)?,
        state: asked.text("state")?,
        text: asked.text("q")?,
    };
    let (limit, after) = (asked.limit()?, asked.cursor::<SubjectPlace>()?);
    let link = asked.done()?;
    let page = read_books(&hub, move |books| store::subjects(books, &filter, after, limit)).await?;
    let items: Vec<Subject> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.as_ref()))
}

/// One subject with its timeline.
#[utoipa::path(
    get, path = "/api/v1/subjects/{key}", operation_id = "getSubject", tag = "subjects",
    params(
        ("key" = String, Path, description = "Key of the subject; may hold `:` and `/`, bare or encoded"),
        ("limit" = Option<u16>, Query, description = "Events of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`events.next_cursor` of the page before"),
    ),
    responses((status = 200, description = "The subject", body = SubjectDetail))
)]
pub async fn one(
    State(hub): State<Hub>,
    Path(key): Path<String>,
    mut asked: Asked,
) -> Result<Json<SubjectDetail>, Problem> {
    let (limit, before) = (asked.limit()?, asked.cursor::<EntryId>()?);
    asked.done()?;
    let found = blocking(&hub, move |hub| detail(hub, &key, before, limit)).await?;
    found.map(Json).ok_or_else(|| Problem::new(Code::NotFound, "there is no subject with this key"))
}

fn detail(
    hub: &Hub,
    key: &str,
    before: Option<EntryId>,
    limit: usize,
) -> Result<Option<SubjectDetail>, StoreError> {
    let Some(row) = hub.books().read(|books| store::subject(books, key))? else {
        return Ok(None);
    };
    let filter = EventFilter { subject: Some(row.public_key.clone()), ..EventFilter::default() };
    let (page, reached) =
        hub.books().read(|books| events::events(books, &filter, before, limit))?;
    let items = with_repeats(hub, page.items.into_iter(), reached)?;
    let next_cursor = cursor_text(page.next.as_ref());
    Ok(Some(SubjectDetail { subject: row.into(), events: List { items, next_cursor } }))
}
