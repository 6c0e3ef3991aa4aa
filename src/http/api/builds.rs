//! Builds: the list and the one.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::{
    AspectState as Progress, List, Outcome, OutcomeDetail, Provider, State, Time, time,
};
use crate::hub::Hub;
use crate::model::{self, Aspect, AspectState, BuildId, BuildResult, BuildState};
use crate::store::sqlite::books::read::builds::{
    self as store, AskedRow, BuildFilter, BuildPlace, BuildRow, Found,
};

use super::query::{Asked, Place};
use super::read_books;

/// A build.
#[derive(Debug, Serialize, ToSchema)]
pub struct Build {
    /// `UUIDv5` of its strongest identity: the same on every installation.
    #[schema(value_type = Uuid)]
    pub id: String,
    pub provider: Provider,
    /// Two sources may be called the same; this tells them apart.
    #[schema(value_type = Uuid)]
    pub source_id: String,
    #[schema(required)]
    pub source: Option<String>,
    /// Its name if known, else its GUID.
    #[schema(required)]
    pub project: Option<String>,
    #[schema(required)]
    pub pipeline: Option<String>,
    #[schema(required)]
    pub pipeline_name: Option<String>,
    #[schema(required)]
    pub number: Option<i64>,
    #[schema(required)]
    pub label: Option<String>,
    #[schema(required)]
    pub external_id: Option<String>,
    #[schema(required)]
    pub url: Option<String>,
    pub attempt: u32,
    pub state: State,
    /// `null` until there is one; a waiting build shows the result so far.
    #[schema(required)]
    pub result: Option<Outcome>,
    #[schema(required)]
    pub result_detail: Option<OutcomeDetail>,
    /// The provider's own word.
    #[schema(required)]
    pub raw_result: Option<String>,
    #[schema(required)]
    pub branch: Option<String>,
    #[schema(required)]
    pub commit: Option<String>,
    #[schema(required)]
    pub message: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    #[schema(required)]
    pub requested_by: Option<String>,
    #[schema(required)]
    pub pull_request: Option<PullRequest>,
    /// Who told of it: `hook`; where no hook did, `reporter` (`creel report` and its like), else `ingest`
    /// (clients of BuildButler).
    pub origin: String,
    #[schema(required)]
    pub queued_at: Option<Time>,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub finished_at: Option<Time>,
    #[schema(required)]
    pub queue_ms: Option<i64>,
    #[schema(required)]
    pub duration_ms: Option<i64>,
    /// Totals of published tests; `null` where there are none.
    #[schema(required)]
    pub tests: Option<Tests>,
    #[schema(required)]
    pub enrichment: Option<Enrichment>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PullRequest {
    pub number: i64,
    /// Branch it wants to enter.
    #[schema(required)]
    pub target: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Tests {
    pub total: u64,
    pub passed: u64,
    pub failed: u64,
    /// Ended without a verdict.
    pub errored: u64,
    pub skipped: u64,
}

impl From<model::TestTotals> for Tests {
    fn from(totals: model::TestTotals) -> Self {
        let model::TestTotals { total, passed, failed, errored, skipped } = totals;
        Self { total, passed, failed, errored, skipped }
    }
}

impl Tests {
    #[must_use]
    pub fn totals(&self) -> model::TestTotals {
        let Self { total, passed, failed, errored, skipped } = *self;
        model::TestTotals { total, passed, failed, errored, skipped }
    }
}

/// How far asking the provider has come. `null` for providers that cannot be asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrichment {
    pub steps: Progress,
    pub logs: Progress,
    pub tests: Progress,
    pub changes: Progress,
    pub artifacts: Progress,
    pub annotations: Progress,
    /// Why something is not done, in a sentence.
    #[schema(required)]
    pub reason: Option<String>,
}

/// Where no token was given.
pub const NO_TOKEN: &str = "no token was given for this source";

impl Enrichment {
    fn of(provider: model::Provider, asked: &AskedRow) -> Option<Self> {
        if Aspect::of(provider).is_empty() {
            return None;
        }
        let found = |aspect: Aspect| asked.aspects.iter().find(|(of, _, _)| *of == aspect);
        let state =
            |aspect| found(aspect).map_or_else(|| asked.unasked(provider, aspect), |it| it.1);
        let worst = asked.aspects.iter().filter(|(_, state, _)| *state != AspectState::Done);
        let reason = worst
            .max_by_key(|(aspect, state, _)| (*state, std::cmp::Reverse(*aspect)))
            .and_then(|(_, _, reason)| reason.clone())
            .or_else(|| {
                let is_silent = asked.aspects.is_empty() && !asked.is_wanted;
                let why = if asked.can_ask { NOT_ASKED } else { NO_TOKEN };
                is_silent.then(|| why.to_owned())
            });
        Some(Self {
            steps: state(Aspect::Steps).into(),
            logs: state(Aspect::Logs).into(),
            tests: state(Aspect::Tests).into(),
            changes: state(Aspect::Changes).into(),
            artifacts: state(Aspect::Artifacts).into(),
            annotations: state(Aspect::Annotations).into(),
            reason: reason.map(mask::text::shown),
        })
    }
}

/// A build from before there was a token.
pub const NOT_ASKED: &str = "the provider was not asked about this build";

impl From<BuildRow> for Build {
    fn from(row: BuildRow) -> Self {
        Self {
            id: row.public_id,
            provider: row.provider.into(),
            source_id: row.source_id.to_string(),
            source: row.source,
            project: row.project,
            pipeline: row.pipeline,
            pipeline_name: row.pipeline_name,
            number: row.number,
            label: row.label.map(mask::text::shown),
            external_id: row.external_id,
            url: row.url.map(mask::text::shown),
            attempt: row.attempt,
            state: row.state.into(),
            result: row.result.map(Into::into),
            result_detail: row.result_detail.map(Into::into),
            raw_result: row.raw_result,
            branch: row.branch.map(mask::text::shown),
            commit: row.commit,
            message: row.message.map(mask::text::shown),
            reason: row.reason.map(mask::text::shown),
            requested_by: row.requested_by.map(mask::text::shown),
            pull_request: row
                .pull_request
                .map(|pull| PullRequest { number: pull.number, target: pull.target }),
            origin: row.origin,
            queued_at: time(row.queued_at),
            started_at: time(row.started_at),
            finished_at: time(row.finished_at),
            queue_ms: row.queue_ms,
            duration_ms: row.duration_ms,
            tests: row.tests.as_deref().and_then(|totals| serde_json::from_str(totals).ok()),
            enrichment: Enrichment::of(row.provider, &row.asked),
        }
    }
}

impl Place for BuildPlace {
    const LIST: &'static str = "builds";

    fn numbers(&self) -> Vec<i64> {
        let (high, low) = self.id.0.as_u64_pair();
        vec![self.sort_at, high.cast_signed(), low.cast_signed()]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [sort_at, high, low] = numbers else { return None };
        let id = Uuid::from_u64_pair(high.cast_unsigned(), low.cast_unsigned());
        Some(Self { sort_at: *sort_at, id: BuildId(id) })
    }
}

/// Builds, newest first.
#[utoipa::path(
    get, path = "/api/v1/builds", operation_id = "listBuilds", tag = "builds",
    params(
        ("provider" = Option<Provider>, Query, description = "Family of the sender"),
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("project" = Option<String>, Query, description = "Name or GUID"),
        ("pipeline" = Option<String>, Query, description = "Slug, name or the provider's own id"),
        ("branch" = Option<String>, Query, description = "Without `refs/heads/`"),
        ("pull_request" = Option<i64>, Query, description = "Number of the pull request it is of"),
        ("state" = Option<State>, Query, description = "How far it has come"),
        ("result" = Option<Outcome>, Query, description = "How it ended"),
        ("since" = Option<String>, Query, description = "Not older than this: RFC 3339, or a day"),
        ("until" = Option<String>, Query, description = "Older than this"),
        ("q" = Option<String>, Query, description = "A word in pipeline, label, number, project, branch, commit, message or person"),
        ("external_id" = Option<String>, Query, description = "The provider's own id"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of builds; filters without an index may return a short page with a cursor", body = List<Build>))
)]
pub async fn list(Shared(hub): Shared<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let filter = filter(&mut asked)?;
    let (limit, after) = (asked.limit()?, asked.cursor::<BuildPlace>()?);
    let link = asked.done()?;
    let page = read_books(&hub, move |books| store::builds(books, &filter, after, limit)).await?;
    let items: Vec<Build> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.as_ref()))
}

/// Which builds are asked for.
pub fn filter(asked: &mut Asked) -> Result<BuildFilter, Problem> {
    Ok(BuildFilter {
        provider: asked.word("provider", &model::Provider::ALL, model::Provider::as_str)?,
        source: asked.text("source")?,
        project: asked.text("project")?,
        pipeline: asked.text("pipeline")?,
        branch: asked.text("branch")?.map(|branch| short_branch(&branch)),
        pull_request: asked.number("pull_request")?,
        state: asked.word("state", &BuildState::ALL, BuildState::as_str)?,
        result: asked.word("result", &BuildResult::ALL, BuildResult::as_str)?,
        since: asked.time("since")?,
        until: asked.time("until")?,
        text: asked.text("q")?,
        external_id: asked.text("external_id")?,
    })
}

/// One build. An id that was merged into another redirects.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}", operation_id = "getBuild", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "The build", body = Build),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn one(
    Shared(hub): Shared<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    match find(&hub, &id).await? {
        Ok(row) => Ok(Json(Build::from(row)).into_response()),
        Err(moved) => Ok(moved.to("", &uri)),
    }
}

/// The same build lives at another id.
#[derive(Debug)]
pub struct Moved(String);

impl Moved {
    /// Where it lives.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// Redirect to the page of the other build that ends in `rest`, with the question that was
    /// asked: a key in it has to come along, too.
    pub fn to(self, rest: &str, asked: &Uri) -> Response {
        let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = format!("/api/v1/builds/{}{rest}{query}", self.0);
        (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
    }
}

/// The build of an id, or where it has gone.
pub async fn find(hub: &Hub, id: &str) -> Result<Result<BuildRow, Moved>, Problem> {
    let nothing = || Problem::new(Code::NotFound, "there is no build with this id");
    let id = Uuid::try_parse(id).map_err(|_| nothing())?.to_string();
    let found = read_books(hub, move |books| store::build_by_public_id(books, &id)).await?;
    match found {
        Found::Here(row) => Ok(Ok(row)),
        Found::Moved(id) => Ok(Err(Moved(id))),
        Found::Nowhere => Err(nothing()),
    }
}

fn short_branch(branch: &str) -> String {
    branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned()
}
