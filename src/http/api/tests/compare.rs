//! Two builds side by side, test by test.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::assess::{TestEnd, ended_in, status_of};
use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::TestStatus;
use crate::hub::Hub;
use crate::insights::tests::{Difference, Differences, Ended, Health, compare};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::builds::{BuildRow, Found, build_by_public_id};
use crate::store::sqlite::books::read::cases::compared::{bad_statuses, namesakes, pipeline_of};
use crate::store::sqlite::books::read::cases::list::case;

use super::super::builds::Build;
use super::super::query::Asked;
use super::super::read_books;
use super::item::{RunOutcome, TestHealth};

/// Tests of each list; the counts are whole.
const ITEMS_MAX: usize = 500;

/// Two builds, and the tests that did not end in both as they did in the other.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    pub base: Build,
    pub head: Build,
    pub counts: ComparisonCounts,
    /// Passed, and fail now.
    pub regressions: Vec<ComparedTest>,
    /// Failed, and pass now.
    pub fixed: Vec<ComparedTest>,
    /// Only in `head`.
    pub new: Vec<ComparedTest>,
    /// Only in `base`.
    pub gone: Vec<ComparedTest>,
    /// Passed on retry, or changed and known to be flaky.
    pub flaky: Vec<ComparedTest>,
    /// Skipped in one of them only.
    pub other: Vec<ComparedTest>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonCounts {
    pub regressions: usize,
    pub fixed: usize,
    pub new: usize,
    pub gone: usize,
    pub flaky: usize,
    pub other: usize,
}

/// A test in both builds; `null` where it is not there.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedTest {
    #[schema(value_type = uuid::Uuid)]
    pub case_id: String,
    #[schema(required)]
    pub suite: Option<String>,
    #[schema(required)]
    pub class: Option<String>,
    pub name: String,
    #[schema(required)]
    pub variant: Option<String>,
    #[schema(required)]
    pub base: Option<ComparedResult>,
    #[schema(required)]
    pub head: Option<ComparedResult>,
    /// How it is by now.
    pub case_status: TestHealth,
}

/// All results of a test in a build, taken together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedResult {
    pub outcome: RunOutcome,
    /// Of the result that counts.
    pub status: TestStatus,
    #[schema(required)]
    pub duration_ms: Option<f64>,
}

/// The tests that changed from one build to another.
#[utoipa::path(
    get, path = "/api/v1/compare", operation_id = "compareBuilds", tag = "tests",
    params(
        ("base" = uuid::Uuid, Query, description = "Id of the build before"),
        ("head" = uuid::Uuid, Query, description = "Id of the build after"),
    ),
    responses((status = 200, description = "At most 500 tests of each list; the counts are whole", body = Comparison),
              (status = 404, description = "One of the builds is not there: `detail` names it", body = crate::http::error::ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn show(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let base = asked.text("base")?;
    let head = asked.text("head")?;
    asked.done()?;
    let (base, head) = (find(&hub, "base", base).await?, find(&hub, "head", head).await?);
    let answer = read_books(&hub, move |books| comparison(books, base, head)).await?;
    Ok(Json(answer).into_response())
}

/// The build of an id that it has, or had.
async fn find(hub: &Hub, name: &str, id: Option<String>) -> Result<BuildRow, Problem> {
    let missing = || {
        let what = format!("the parameter `{name}` is missing: it is the id of a build");
        Problem::new(Code::BadRequest, what)
    };
    let id = id.ok_or_else(missing)?;
    let nothing =
        || Problem::new(Code::NotFound, format!("`{name}`: there is no build with this id"));
    let id = uuid::Uuid::try_parse(&id).map_err(|_| nothing())?.to_string();
    let found = read_books(hub, move |books| match build_by_public_id(books, &id)? {
        Found::Moved(id) => build_by_public_id(books, &id),
        found => Ok(found),
    });
    match found.await? {
        Found::Here(row) => Ok(row),
        Found::Moved(_) | Found::Nowhere => Err(nothing()),
    }
}

fn comparison(
    books: &Connection,
    base: BuildRow,
    head: BuildRow,
) -> Result<Comparison, StoreError> {
    let (from, to) = (pipeline_of(books, base.id)?, pipeline_of(books, head.id)?);
    let (mut before, after) = (ended_in(books, &base)?, ended_in(books, &head)?);
    if from != to {
        // Of another pipeline: tests that are called the same are the same here.
        let same = namesakes(books, from, to)?;
        let here = |(case, end)| (same.get(&case).copied().unwrap_or(case), end);
        before = before.into_iter().map(here).collect();
    }
    let statuses = bad_statuses(books, to)?;
    let health = |case: i64| match statuses.get(&case) {
        Some(status) => status_of(*status),
        None => Health::Healthy,
    };
    let ended = |of: &BTreeMap<i64, TestEnd>| -> BTreeMap<i64, Ended> {
        of.iter().map(|(case, end)| (*case, end.ended)).collect()
    };
    let found = compare(&ended(&before), &ended(&after), health);
    let Differences { regressions, fixed, new, gone, flaky, other } = &found;
    let items = |list: &[Difference]| -> Result<Vec<ComparedTest>, StoreError> {
        let mut items = Vec::with_capacity(list.len().min(ITEMS_MAX));
        for Difference { case: id, .. } in list.iter().take(ITEMS_MAX) {
            let Some(row) = case(books, *id)? else { continue };
            let shown = |text: Option<String>| text.map(mask::text::shown);
            items.push(ComparedTest {
                case_id: row.public_id,
                suite: shown(row.suite),
                class: shown(row.class),
                name: mask::text::shown(row.name),
                variant: shown(row.variant),
                base: before.get(id).map(ComparedResult::of),
                head: after.get(id).map(ComparedResult::of),
                case_status: health(*id).into(),
            });
        }
        items.sort_by(|a, b| (&a.suite, &a.class, &a.name).cmp(&(&b.suite, &b.class, &b.name)));
        Ok(items)
    };
    Ok(Comparison {
        counts: ComparisonCounts {
            regressions: regressions.len(),
            fixed: fixed.len(),
            new: new.len(),
            gone: gone.len(),
            flaky: flaky.len(),
            other: other.len(),
        },
        regressions: items(regressions)?,
        fixed: items(fixed)?,
        new: items(new)?,
        gone: items(gone)?,
        flaky: items(flaky)?,
        other: items(other)?,
        base: base.into(),
        head: head.into(),
    })
}

impl ComparedResult {
    fn of(end: &TestEnd) -> Self {
        Self {
            outcome: end.ended.into(),
            status: end.status.into(),
            duration_ms: end.duration_us.map(|us| us as f64 / 1_000.0),
        }
    }
}
