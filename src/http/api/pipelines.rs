//! Pipelines: how each is doing, at a glance.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{List, Outcome, Provider, State as Progress, Time, time};
use crate::hub::Hub;
use crate::store::sqlite::books::read::pipelines::{
    self as store, PipelineFilter, PipelinePlace, PipelineRow, StripRow,
};

use super::query::{Asked, Place};
use super::read_books;

/// A pipeline, with the newest builds of the branch that matters most.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a build calls these two the same")]
pub struct Pipeline {
    pub provider: Provider,
    /// Two sources may be called the same; this tells them apart.
    #[schema(value_type = Uuid)]
    pub source_id: String,
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub project: Option<String>,
    /// Slug, else name, else the provider's own id: what the filter `pipeline` of builds takes.
    pub pipeline: String,
    #[schema(required)]
    pub pipeline_name: Option<String>,
    /// What `builds` are of: the default branch where the provider tells it (Buildkite does), else
    /// `main`, `master`, `trunk` or `develop`, whichever has builds, else the busiest branch; `null`:
    /// no branch is known, and they are of all.
    #[schema(required)]
    pub branch: Option<String>,
    /// Whether `branch` may be taken for the default: it is told, or called so, or has five builds
    /// and half of the last 50.
    pub branch_is_default: bool,
    /// Builds that go on now, of all branches.
    pub running: i64,
    pub last_build_at: Time,
    /// At most 30, newest first, without those of pull requests.
    pub builds: Vec<PipelineBuild>,
}

/// A build in the history of a pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineBuild {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(required)]
    pub number: Option<i64>,
    #[schema(required)]
    pub label: Option<String>,
    pub state: Progress,
    #[schema(required)]
    pub result: Option<Outcome>,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub finished_at: Option<Time>,
    #[schema(required)]
    pub queue_ms: Option<i64>,
    #[schema(required)]
    pub duration_ms: Option<i64>,
}

impl From<StripRow> for PipelineBuild {
    fn from(row: StripRow) -> Self {
        Self {
            id: row.public_id,
            number: row.number,
            label: row.label.map(mask::text::shown),
            state: row.state.into(),
            result: row.result.map(Into::into),
            started_at: time(row.started_at),
            finished_at: time(row.finished_at),
            queue_ms: row.queue_ms,
            duration_ms: row.duration_ms,
        }
    }
}

impl From<PipelineRow> for Pipeline {
    fn from(row: PipelineRow) -> Self {
        Self {
            provider: row.provider.into(),
            source_id: row.source_id.to_string(),
            source: row.source,
            project: row.project,
            pipeline: row.pipeline,
            pipeline_name: row.pipeline_name,
            branch: row.branch.map(mask::text::shown),
            branch_is_default: row.branch_is_default,
            running: row.running,
            last_build_at: row.last_build_at.into(),
            builds: row.builds.into_iter().map(Into::into).collect(),
        }
    }
}

impl Place for PipelinePlace {
    const LIST: &'static str = "pipelines";

    fn numbers(&self) -> Vec<i64> {
        vec![self.last_at, self.id]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [last_at, id] = numbers else { return None };
        Some(Self { last_at: *last_at, id: *id })
    }
}

/// Pipelines, the one with the newest build first.
#[utoipa::path(
    get, path = "/api/v1/pipelines", operation_id = "listPipelines", tag = "builds",
    params(
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("project" = Option<String>, Query, description = "Name or GUID"),
        ("q" = Option<String>, Query, description = "A part of the name or slug"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of pipelines", body = List<Pipeline>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let filter = PipelineFilter {
        source: asked.text("source")?,
        project: asked.text("project")?,
        text: asked.text("q")?,
        ..PipelineFilter::default()
    };
    let (limit, after) = (asked.limit()?, asked.cursor::<PipelinePlace>()?);
    let link = asked.done()?;
    let page =
        read_books(&hub, move |books| store::pipelines(books, &filter, after, limit)).await?;
    let items: Vec<Pipeline> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.as_ref()))
}
