//! Where reporters send: stored before it is answered, as hooks are. What was sent is looked at before
//! the answer, so that whoever waits for it in a job's log sees what became of it.

pub mod buildbutler;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::Route;
use crate::providers::reporter::{Found, place};
use crate::reports::{Format, Summary};

use super::api::builds::Tests;
use super::door::{Door, Stored};
use super::error::{Code, Problem};
use super::hooks::{self, Accepted};

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reported {
    pub received: bool,
    /// `stored`: it is on disk, and is filed next.
    pub status: &'static str,
    pub entry_id: i64,
    /// The build it belongs to.
    #[schema(value_type = Option<uuid::Uuid>, required)]
    pub build_id: Option<String>,
    /// The build's page; `null` unless `server.public_url` says where the pages are.
    #[schema(required)]
    pub url: Option<String>,
    pub files: Vec<ReportedFile>,
    /// Of all files together.
    pub tests: Tests,
}

/// A file of a report, as it was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportedFile {
    pub file: String,
    /// `junit`, `trx`, ...; `null` when it is no report of tests.
    #[schema(required)]
    pub format: Option<&'static str>,
    #[serde(flatten)]
    pub totals: Tests,
    /// Where reading ended before the file did, and why.
    #[schema(required)]
    pub error: Option<String>,
    /// What was left out to stay within bounds.
    #[schema(required)]
    pub cut: Option<String>,
}

pub fn routes(door: Door) -> Router {
    Router::new()
        .route("/api/v1/reports", post(report).fallback(hooks::only_post))
        .route("/api/v1/results", post(report).fallback(hooks::only_post))
        .route("/v1/uploads", post(upload).fallback(hooks::only_post))
        .merge(buildbutler::routes())
        .with_state(door)
}

/// Test reports of a build, in any format.
#[utoipa::path(
    post, path = "/api/v1/reports", operation_id = "sendReports", tag = "ingest",
    request_body(
        content = serde_json::Value, content_type = "multipart/form-data",
        description = "Parts `file` (any number), and `ci`: JSON that says which build it is (docs/reporter.md)"
    ),
    responses((status = 200, description = "Stored; filed next", body = Reported))
)]
pub async fn report(State(door): State<Door>, request: Request) -> Response {
    match reported(&door, Route::Reports, request).await {
        Ok(reported) => Json(reported).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Test results in the shape that collectors of Buildkite's Test Engine send.
#[utoipa::path(
    post, path = "/v1/uploads", operation_id = "sendUpload", tag = "ingest",
    request_body(
        content = serde_json::Value, content_type = "multipart/form-data",
        description = "Parts `data`, `format` and `run_env[...]`; or the same as JSON"
    ),
    responses((status = 202, description = "Stored; filed next", body = Reported))
)]
pub async fn upload(State(door): State<Door>, request: Request) -> Response {
    match reported(&door, Route::Uploads, request).await {
        Ok(reported) => (StatusCode::ACCEPTED, Json(reported)).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn reported(door: &Door, route: Route, request: Request) -> Result<Reported, Problem> {
    let Stored { accepted, found } = door.take(route, None, request).await?;
    let Some(Found::Report(report)) = found else { return Err(unplaced(accepted)) };
    let build_id = place::address(&report.ci);
    let tests = report.totals().into();
    let url = door.hub.config().public_url.as_ref().zip(build_id.as_ref());
    Ok(Reported {
        received: true,
        status: accepted.status,
        entry_id: accepted.entry_id,
        url: url.map(|(base, id)| format!("{}/builds/{id}", base.trim_end_matches('/'))),
        build_id,
        files: report.files.into_iter().map(shown).collect(),
        tests,
    })
}

/// Nobody can tell what it is of; it is kept all the same.
fn unplaced(accepted: Accepted) -> Problem {
    let reason = accepted.reason.unwrap_or_default();
    Problem::new(Code::BadRequest, format!("{reason}; it is kept as entry {}", accepted.entry_id))
}

fn shown((file, read): (String, Summary)) -> ReportedFile {
    ReportedFile {
        file,
        format: read.format.map(Format::as_str),
        totals: read.totals.into(),
        error: read.error.map(|error| error.to_string()),
        cut: read.cut,
    }
}
