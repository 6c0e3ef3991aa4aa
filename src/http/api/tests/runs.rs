//! The runs of a test, and the build in which it began to fail.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::assess::{Culprit, Past, culprit, fixed_times, monitors, opinion};
use crate::http::api::asked::Change;
use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{List, Outcome, State as Progress, TestStatus, Time, time};
use crate::hub::Hub;
use crate::insights::tests::{Ended, Exclusion};
use crate::model;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::builds::{BuildRow, build};
use crate::store::sqlite::books::read::cases::runs::{self as store, RunPlace, RunRow};

use super::super::query::{Asked, Place};
use super::super::read_books;
use super::item::RunOutcome;
use super::list::find;

/// A result of a test. Tries are results of their own.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestRun {
    /// Unique within the test.
    pub id: String,
    pub build: RunBuild,
    pub status: TestStatus,
    pub outcome: RunOutcome,
    #[schema(required)]
    pub duration_ms: Option<f64>,
    /// Of its job.
    pub attempt: i64,
    #[schema(required)]
    pub agent: Option<String>,
    #[schema(required)]
    pub job: Option<String>,
    #[schema(required)]
    pub message: Option<String>,
    #[schema(required)]
    pub stack: Option<String>,
    /// Not one of a try that another took the place of.
    pub is_counted: bool,
    /// By the infrastructure guard: left out of everything.
    pub excluded: bool,
    /// "16 of 20 tests failed at once".
    #[schema(required)]
    pub excluded_because: Option<String>,
}

/// A build, in few words.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunBuild {
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    #[schema(required)]
    pub number: Option<i64>,
    #[schema(required)]
    pub label: Option<String>,
    #[schema(required)]
    pub branch: Option<String>,
    #[schema(required)]
    pub commit: Option<String>,
    pub state: Progress,
    #[schema(required)]
    pub result: Option<Outcome>,
    #[schema(required)]
    pub started_at: Option<Time>,
    /// Its place in lists: the earliest time that is known.
    pub at: Time,
    #[schema(required)]
    pub pull_request: Option<i64>,
}

/// Since when a test fails on a branch, and by which commits.
#[derive(Debug, Serialize, ToSchema)]
pub struct FirstBad {
    /// `passes`; `flaky`: before it began to fail, so that the build need not be to blame; `found`.
    pub kind: &'static str,
    #[schema(required)]
    pub branch: Option<String>,
    /// The last that passed.
    #[schema(required)]
    pub good: Option<RunBuild>,
    /// The first that failed after it.
    #[schema(required)]
    pub bad: Option<RunBuild>,
    /// Failing runs.
    pub runs: u32,
    pub commits: Vec<Change>,
    /// The provider listed all commits between the two.
    pub is_exact: bool,
    #[schema(required)]
    pub says: Option<String>,
    /// Both commits side by side, at the provider.
    #[schema(required)]
    pub url: Option<String>,
}

impl Place for RunPlace {
    const LIST: &'static str = "runs";

    fn numbers(&self) -> Vec<i64> {
        vec![self.sort_at, self.build, self.set, self.nth, self.status]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [sort_at, build, set, nth, status] = numbers else { return None };
        Some(Self { sort_at: *sort_at, build: *build, set: *set, nth: *nth, status: *status })
    }
}

impl TestRun {
    fn of(row: RunRow, exclusion: Option<Exclusion>) -> Self {
        let shown = |text: Option<String>| text.map(mask::text::shown);
        let RunPlace { build: _, set, nth, sort_at, .. } = row.place;
        Self {
            id: format!("{set}-{nth}-{}", row.place.status),
            build: RunBuild {
                id: row.build_public_id,
                number: row.number,
                label: shown(row.label),
                branch: shown(row.branch),
                commit: row.commit,
                state: row.state.into(),
                result: row.result.map(Into::into),
                started_at: time(row.started_at),
                at: model::Timestamp(sort_at).into(),
                pull_request: row.pull_request,
            },
            status: row.status.into(),
            outcome: Ended::of(row.status, row.is_retried).into(),
            duration_ms: row.duration_ms,
            attempt: row.attempt,
            agent: shown(row.agent),
            job: shown(row.job),
            message: shown(row.message),
            stack: shown(row.stack),
            is_counted: row.is_counted,
            excluded: exclusion.is_some(),
            excluded_because: exclusion.map(|exclusion| exclusion.text()),
        }
    }
}

impl From<BuildRow> for RunBuild {
    fn from(row: BuildRow) -> Self {
        Self {
            id: row.public_id,
            number: row.number,
            label: row.label.map(mask::text::shown),
            branch: row.branch.map(mask::text::shown),
            commit: row.commit,
            state: row.state.into(),
            result: row.result.map(Into::into),
            started_at: time(row.started_at),
            at: row.first_known_at.into(),
            pull_request: row.pull_request.map(|pull| pull.number),
        }
    }
}

/// The results of a test, newest first.
#[utoipa::path(
    get, path = "/api/v1/tests/{case_id}/runs", operation_id = "listTestRuns", tag = "tests",
    params(
        ("case_id" = uuid::Uuid, Path, description = "Id of the test"),
        ("branch" = Option<String>, Query, description = "Of builds of this branch"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of results", body = List<TestRun>))
)]
pub async fn list(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let branch = asked.text("branch")?;
    let (limit, after) = (asked.limit()?, asked.cursor::<RunPlace>()?);
    let link = asked.done()?;
    let case = find(&hub, &id).await?;
    let (items, next) = read_books(&hub, move |books| {
        let of = (case.id, case.pipeline);
        let page = store::runs(books, of, branch.as_deref(), after, limit)?;
        let past = Past::load(books, case.pipeline)?;
        let item = |row: RunRow| {
            let exclusion = past.exclusion(row.place.set);
            TestRun::of(row, exclusion)
        };
        Ok((page.items.into_iter().map(item).collect::<Vec<_>>(), page.next))
    })
    .await?;
    Ok(link.page(items, next.as_ref()))
}

/// Where a test began to fail on a branch, and which commits may have done it.
#[utoipa::path(
    get, path = "/api/v1/tests/{case_id}/first-bad", operation_id = "getFirstBad", tag = "tests",
    params(
        ("case_id" = uuid::Uuid, Path, description = "Id of the test"),
        ("branch" = Option<String>, Query, description = "The default branch if nothing is said"),
    ),
    responses((status = 200, description = "The last build that passed, the first that failed, and what is between", body = FirstBad))
)]
pub async fn first_bad(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let branch = asked.text("branch")?;
    asked.done()?;
    let case = find(&hub, &id).await?;
    let now = hub.clock().now();
    let found = read_books(&hub, move |books| {
        let past = Past::load(books, case.pipeline)?;
        let mut history = past.histories(books, &[case.id])?.remove(&case.id).unwrap_or_default();
        let fixed = fixed_times(books, case.id)?;
        let (verdict, _) = opinion(&past, &mut history, &fixed, &monitors(books)?, now);
        let found = culprit(books, &history.runs, branch.as_deref(), &verdict)?;
        let branch = branch.or_else(|| past.called.default_branch.clone());
        FirstBad::of(books, found, branch)
    });
    Ok(Json(found.await?).into_response())
}

impl FirstBad {
    fn of(books: &Connection, found: Culprit, branch: Option<String>) -> Result<Self, StoreError> {
        let told = |row: Option<i64>| -> Result<Option<RunBuild>, StoreError> {
            let Some(row) = row else { return Ok(None) };
            Ok(build(books, row)?.map(RunBuild::from))
        };
        Ok(Self {
            kind: found.kind.as_str(),
            branch: branch.map(mask::text::shown),
            good: told(found.good)?,
            bad: told(found.bad)?,
            runs: found.runs,
            commits: found.commits.into_iter().map(Change::from).collect(),
            is_exact: found.is_exact,
            says: found.says.map(mask::text::shown),
            url: found.url.map(mask::text::shown),
        })
    }
}
