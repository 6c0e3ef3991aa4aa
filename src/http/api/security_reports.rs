//! Reports of security scanners, as reporters sent them.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask;
use crate::http::view::{List, Time};
use crate::hub::Hub;
use crate::store::sqlite::books::security::{self as store, ReportRow};

use super::builds::find;
use super::query::Asked;
use super::read_books;

/// A report of a scanner: what it says of itself, as far as its shape is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityReport {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(value_type = Uuid)]
    pub build_id: String,
    pub entry_id: i64,
    #[schema(required)]
    pub tool: Option<String>,
    #[schema(required)]
    pub name: Option<String>,
    /// Findings by severity: `critical`, `high`, `medium`, `low`, `info`, `unknown`.
    #[schema(required, value_type = Option<std::collections::BTreeMap<String, u64>>)]
    pub counts: Option<Box<RawValue>>,
    pub bytes: i64,
    /// Whether it can be had here; one of more than 4 MiB lies with its entry alone.
    pub is_kept: bool,
    pub at: Time,
}

impl From<ReportRow> for SecurityReport {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.public_id,
            build_id: row.build,
            entry_id: row.entry.0,
            tool: row.tool.map(mask::text::shown),
            name: row.name.map(mask::text::shown),
            counts: row.counts.and_then(|counts| RawValue::from_string(counts).ok()),
            bytes: row.bytes,
            is_kept: row.is_kept,
            at: row.at.into(),
        }
    }
}

/// The security reports of a build, the newest first.
#[utoipa::path(
    get, path = "/api/v1/security-reports", operation_id = "listSecurityReports", tag = "builds",
    params(("build" = Uuid, Query, description = "Id of the build")),
    responses((status = 200, description = "At most 500 reports", body = List<SecurityReport>))
)]
pub async fn list(Shared(hub): Shared<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let build = asked.text("build")?;
    asked.done()?;
    let build = build.ok_or_else(|| Problem::new(Code::BadRequest, "`build` is missing"))?;
    // An id that the build had before is as good.
    let mut found = find(&hub, &build).await?;
    if let Err(moved) = found {
        found = find(&hub, moved.id()).await?;
    }
    let Ok(build) = found else {
        return Err(Problem::new(Code::NotFound, "there is no build with this id"));
    };
    let rows = read_books(&hub, move |books| store::reports(books, build.id)).await?;
    let items: Vec<SecurityReport> = rows.into_iter().map(Into::into).collect();
    Ok(Json(List { items, next_cursor: None }).into_response())
}

/// A security report as it was sent, but for secrets in it.
#[utoipa::path(
    get, path = "/api/v1/security-reports/{id}", operation_id = "getSecurityReport", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the report")),
    responses((status = 200, description = "The body that was sent", body = serde_json::Value),
              (status = 410, description = "It was too large to be kept beside its entry", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn one(
    Shared(hub): Shared<Hub>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Box<RawValue>>, Problem> {
    asked.done()?;
    let content = read_books(&hub, move |books| store::report_content(books, &id)).await?;
    match content {
        Some(Some(content)) => Ok(Json(mask::body::shown(&content))),
        Some(None) => Err(Problem::new(
            Code::BodyGone,
            "the report is larger than 4 MiB: its entry holds it, as long as bodies are kept",
        )),
        None => Err(Problem::new(Code::NotFound, "there is no security report with this id")),
    }
}
