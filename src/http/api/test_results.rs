//! Tests of a build.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{List, TestStatus, Time};
use crate::hub::Hub;
use crate::model;
use crate::store::sqlite::books::read::test_sets::{
    self as store, ResultFilter, ResultPlace, ResultRow, SetRow,
};
use crate::store::sqlite::books::test_sets::waiting_filings;

use super::builds::{Tests, find};
use super::query::{Asked, Place};
use super::read_books;

/// One run of one test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    /// Unique within its build.
    pub id: String,
    /// The test, whatever build it ran in.
    #[schema(value_type = uuid::Uuid)]
    pub case_id: String,
    #[schema(required)]
    pub suite: Option<String>,
    #[schema(required)]
    pub class: Option<String>,
    pub name: String,
    /// An axis of a matrix.
    #[schema(required)]
    pub variant: Option<String>,
    pub status: TestStatus,
    #[schema(required)]
    pub duration_ms: Option<f64>,
    #[schema(required)]
    pub message: Option<String>,
    #[schema(required)]
    pub stack: Option<String>,
    /// Of its job.
    pub attempt: i64,
    #[schema(required)]
    pub agent: Option<String>,
    #[schema(required)]
    pub job: Option<String>,
    /// It passed only when its runner tried it again.
    pub is_retried: bool,
}

/// Results that came together.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestSet {
    pub id: String,
    /// `report`, `ingest`, `collector`, `api`, `artifact`: who told of them.
    pub origin: &'static str,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub job: Option<String>,
    pub attempt: i64,
    #[schema(required)]
    pub variant: Option<String>,
    #[schema(required)]
    pub agent: Option<String>,
    pub at: Time,
    /// Whether they are part of the build's totals: of several who tell of one build, one counts, and
    /// of a job that was tried again, the last try.
    pub is_counted: bool,
    #[serde(flatten)]
    pub totals: Tests,
    /// Of the passed: only when they were tried again.
    pub retried: i64,
    #[schema(required)]
    pub duration_ms: Option<f64>,
    /// The files they came in.
    #[schema(value_type = Vec<serde_json::Value>)]
    pub files: Box<RawValue>,
}

/// The sets of a build.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestSets {
    pub items: Vec<TestSet>,
    /// Reports that are stored and not yet filed.
    pub waiting: i64,
}

impl Place for ResultPlace {
    const LIST: &'static str = "results";

    fn numbers(&self) -> Vec<i64> {
        vec![self.status, self.case, self.set, self.nth]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [status, case, set, nth] = numbers else { return None };
        Some(Self { status: *status, case: *case, set: *set, nth: *nth })
    }
}

impl From<ResultRow> for TestResult {
    fn from(row: ResultRow) -> Self {
        let ResultPlace { status, case, set, nth } = row.place;
        let shown = |text: Option<String>| text.map(mask::text::shown);
        Self {
            id: format!("{set}-{case}-{status}-{nth}"),
            case_id: row.case_id,
            suite: shown(row.suite),
            class: shown(row.class),
            name: mask::text::shown(row.name),
            variant: row.variant,
            status: row.status.into(),
            duration_ms: row.duration_ms,
            message: shown(row.message),
            stack: shown(row.stack),
            attempt: row.attempt,
            agent: row.agent,
            job: row.job,
            is_retried: row.is_retried,
        }
    }
}

impl From<SetRow> for TestSet {
    fn from(row: SetRow) -> Self {
        Self {
            id: row.id.to_string(),
            origin: row.origin.as_str(),
            name: row.name,
            job: row.job,
            attempt: row.attempt,
            variant: row.variant,
            agent: row.agent,
            at: row.at.into(),
            is_counted: row.is_counted,
            totals: row.totals.into(),
            retried: row.retried,
            duration_ms: row.duration_ms,
            files: RawValue::from_string(row.files).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

/// The tests of a build, those that did not pass first.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/tests", operation_id = "listBuildTests", tag = "tests",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the build"),
        ("status" = Option<TestStatus>, Query, description = "How they ended"),
        ("q" = Option<String>, Query, description = "A word in suite, class or name"),
        ("attempts" = Option<String>, Query, description = "`last` (if nothing is said), or `all`: also of tries that another took the place of"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of results", body = List<TestResult>),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn list(
    Shared(hub): Shared<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let filter = ResultFilter {
        status: asked.word("status", &model::TestStatus::ALL, model::TestStatus::as_str)?,
        text: asked.text("q")?,
        all_attempts: asked.word("attempts", &["last", "all"], |word| word)? == Some("all"),
    };
    let (limit, after) = (asked.limit()?, asked.cursor::<ResultPlace>()?);
    let link = asked.done()?;
    let build = match find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/tests", &uri)),
    };
    let page = read_books(&hub, move |books| store::results(books, build, &filter, after, limit));
    let page = page.await?;
    let items: Vec<TestResult> = page.items.into_iter().map(Into::into).collect();
    Ok(link.page(items, page.next.as_ref()))
}

/// Where the tests of a build come from.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/test-sets", operation_id = "listTestSets", tag = "tests",
    params(("id" = uuid::Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "Sets of results, those that count first", body = TestSets),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn sets(
    Shared(hub): Shared<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/test-sets", &uri)),
    };
    let read = move |books: &_| Ok((store::sets(books, build)?, waiting_filings(books, build)?));
    let (items, waiting) = read_books(&hub, read).await?;
    let items = items.into_iter().map(Into::into).collect();
    Ok(Json(TestSets { items, waiting }).into_response())
}
