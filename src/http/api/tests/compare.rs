//! Two builds side by side, test by test.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::TestStatus;
use crate::hub::Hub;
use crate::insights::tests::{CaseResult, Difference, Differences, Ended, Health, compare};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::builds::{BuildRow, Found, build_by_public_id};
use crate::store::sqlite::books::read::cases::compared::{
    ResultOf, bad_statuses, namesakes, pipeline_of, results_of,
};
use crate::store::sqlite::books::read::cases::list::case;
use crate::store::sqlite::books::test_sets::status_of as stored_status;

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

/// What a test came to in a build.
#[derive(Debug, Clone, Copy)]
struct CameTo {
    ended: Ended,
    status: i64,
    duration_us: Option<i64>,
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
    let mut before = results_of(books, base.id)?;
    if from != to {
        // Of another pipeline: tests that are called the same are the same here.
        let same = namesakes(books, from, to)?;
        for result in &mut before {
            result.case = same.get(&result.case).copied().unwrap_or(result.case);
        }
        before.sort_by_key(|result| (result.case, result.set, result.nth));
    }
    let (before, after) = (came_to(&before), came_to(&results_of(books, head.id)?));
    let statuses = bad_statuses(books, to)?;
    let health = |case: i64| match statuses.get(&case) {
        Some(status) => crate::assess::status_of(*status),
        None => Health::Healthy,
    };
    let results = |of: &HashMap<i64, CameTo>| -> Vec<CaseResult> {
        of.iter().map(|(case, it)| CaseResult { case: *case, ended: it.ended }).collect()
    };
    let found = compare(&results(&before), &results(&after), health);
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
                base: before.get(id).and_then(ComparedResult::of),
                head: after.get(id).and_then(ComparedResult::of),
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

/// What each test came to: within one set a pass after failures is a pass on retry, and of several sets
/// the worst counts. The results are in order.
fn came_to(results: &[ResultOf]) -> HashMap<i64, CameTo> {
    let mut found: HashMap<i64, CameTo> = HashMap::new();
    for of_set in results.chunk_by(|a, b| (a.case, a.set) == (b.case, b.set)) {
        let Some(this) = CameTo::of(of_set) else { continue };
        found
            .entry(of_set[0].case)
            .and_modify(|held| {
                if this.ended > held.ended {
                    *held = this;
                }
            })
            .or_insert(this);
    }
    found
}

impl CameTo {
    fn of(of_set: &[ResultOf]) -> Option<Self> {
        const SKIPPED: i64 = 2;
        const PASSED: i64 = 3;
        let ran = || of_set.iter().filter(|result| result.status != SKIPPED);
        let last = ran().next_back().or(of_set.last())?;
        let ended = match last.status {
            SKIPPED => Ended::Skipped,
            PASSED if ran().any(|it| it.is_retried || it.status != PASSED) => Ended::RetriedPass,
            PASSED => Ended::Passed,
            _ => Ended::Failed,
        };
        Some(Self { ended, status: last.status, duration_us: last.duration_us })
    }
}

impl ComparedResult {
    fn of(it: &CameTo) -> Option<Self> {
        Some(Self {
            outcome: match it.ended {
                Ended::Skipped => RunOutcome::Skipped,
                Ended::Passed => RunOutcome::Passed,
                Ended::RetriedPass => RunOutcome::Retried,
                Ended::Failed => RunOutcome::Failed,
            },
            status: stored_status(it.status)?.into(),
            duration_ms: it.duration_us.map(|us| us as f64 / 1_000.0),
        })
    }
}
