//! Tests of a build.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::assess::{Culprits, Past, fixed_times, monitors, opinion};
use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::{List, TestStatus, Time};
use crate::hub::Hub;
use crate::insights::tests::{Sentence, sentence};
use crate::model::{self, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::compared::pipeline_of;
use crate::store::sqlite::books::read::cases::history::build_names;
use crate::store::sqlite::books::read::test_sets::{
    self as store, ResultFilter, ResultPlace, ResultRow, SetRow, Sort,
};
use crate::store::sqlite::books::test_sets::waiting_filings;

use super::builds::{Tests, find};
use super::query::{Asked, Place};
use super::read_books;
use super::tests::item::TestHealth;

/// One run of one test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    /// Unique within its build.
    pub id: String,
    /// The test, whatever build it ran in.
    #[schema(value_type = Uuid)]
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
    /// What to make of its failure; `null` where it did not fail.
    #[schema(required)]
    pub sentence: Option<TestSentence>,
    /// How the test is by now, whatever this result.
    pub case_status: TestHealth,
}

/// What to make of a failure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestSentence {
    /// `broken_since`, `new_failure`, `also_on_default`, `known_flaky`, `little_history`;
    /// `left_out`: by the infrastructure guard.
    pub kind: &'static str,
    /// "Broken since #812 (3 commits, 2 authors)"
    pub text: String,
    /// The build that it names.
    #[schema(required)]
    pub build_id: Option<String>,
    #[schema(required)]
    pub number: Option<i64>,
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

/// Place of a result in the order that was asked for.
struct SortedPlace(Sort, ResultPlace);

impl Place for SortedPlace {
    const LIST: &'static str = "results";

    fn numbers(&self) -> Vec<i64> {
        let ResultPlace { status, case, set, nth } = self.1;
        let sort = Sort::ALL.into_iter().position(|sort| sort == self.0);
        vec![sort.and_then(|sort| i64::try_from(sort).ok()).unwrap_or(0), status, case, set, nth]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [sort, status, case, set, nth] = numbers else { return None };
        let sort = Sort::ALL.get(usize::try_from(*sort).ok()?)?;
        let place = ResultPlace { status: *status, case: *case, set: *set, nth: *nth };
        Some(Self(*sort, place))
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
            variant: shown(row.variant),
            status: row.status.into(),
            duration_ms: row.duration_ms,
            message: shown(row.message),
            stack: shown(row.stack),
            attempt: row.attempt,
            agent: shown(row.agent),
            job: shown(row.job),
            is_retried: row.is_retried,
            sentence: None,
            case_status: TestHealth::of_kept(row.case_status),
        }
    }
}

impl From<SetRow> for TestSet {
    fn from(row: SetRow) -> Self {
        let shown = |text: Option<String>| text.map(mask::text::shown);
        Self {
            id: row.id.to_string(),
            origin: row.origin.as_str(),
            name: shown(row.name),
            job: shown(row.job),
            attempt: row.attempt,
            variant: shown(row.variant),
            agent: shown(row.agent),
            at: row.at.into(),
            is_counted: row.is_counted,
            totals: row.totals.into(),
            retried: row.retried,
            duration_ms: row.duration_ms,
            files: mask::body::shown(row.files.as_bytes()),
        }
    }
}

/// The tests of a build, those that did not pass first.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/tests", operation_id = "listBuildTests", tag = "tests",
    params(
        ("id" = Uuid, Path, description = "Id of the build"),
        ("status" = Option<TestStatus>, Query, description = "How they ended"),
        ("q" = Option<String>, Query, description = "A word in suite, class or name"),
        ("job" = Option<String>, Query, description = "Name of the job they ran in"),
        ("case_id" = Option<Uuid>, Query, description = "Of this test alone, each time it ran"),
        ("sort" = Option<String>, Query, description = "`outcome` (if nothing is said): those that did not pass first; `duration`: the longest first; or `name`"),
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
        job: asked.text("job")?,
        case: asked
            .parsed("case_id", "it is the `case_id` of a result", |text| {
                Uuid::try_parse(text).ok()
            })?
            .map(|id| id.to_string()),
        all_attempts: asked.word("attempts", &["last", "all"], |word| word)? == Some("all"),
    };
    let sort = asked.word("sort", &Sort::ALL, Sort::as_str)?.unwrap_or_default();
    let (limit, after) = (asked.limit()?, asked.cursor::<SortedPlace>()?);
    if after.as_ref().is_some_and(|after| after.0 != sort) {
        let what = "the parameter `cursor` is of a list with another `sort`";
        return Err(Problem::new(Code::BadRequest, what));
    }
    let link = asked.done()?;
    let build = match find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/tests", &uri)),
    };
    let now = hub.clock().now();
    let (items, next) = read_books(&hub, move |books| {
        let after = (sort, after.map(|after| after.1));
        let page = store::results(books, build, &filter, after, limit)?;
        let of = |row: &ResultRow| (row.place.case, row.place.set);
        let failed = page.items.iter().filter(|row| is_failed(row)).map(of);
        let sentences = sentences(books, build, &failed.collect::<Vec<_>>(), now)?;
        let item = |row: ResultRow| {
            let sentence = sentences.get(&of(&row)).filter(|_| is_failed(&row)).cloned();
            TestResult { sentence, ..row.into() }
        };
        Ok((page.items.into_iter().map(item).collect::<Vec<TestResult>>(), page.next))
    })
    .await?;
    Ok(link.page(items, next.map(|place| SortedPlace(sort, place)).as_ref()))
}

fn is_failed(row: &ResultRow) -> bool {
    matches!(row.status, model::TestStatus::Failed | model::TestStatus::Errored)
}

/// What to make of failures in a build, by test and set. Of one so old that nobody looks back at it,
/// nothing.
fn sentences(
    books: &Connection,
    build: i64,
    failed: &[(i64, i64)],
    now: Timestamp,
) -> Result<HashMap<(i64, i64), TestSentence>, StoreError> {
    if failed.is_empty() {
        return Ok(HashMap::new());
    }
    let past = Past::load(books, pipeline_of(books, build)?)?;
    let Some(tested) = past.build(build) else { return Ok(HashMap::new()) };
    let counted = failed.iter().filter(|(_, set)| past.exclusion(*set).is_none());
    let mut cases: Vec<i64> = counted.map(|(case, _)| *case).collect();
    cases.sort_unstable();
    cases.dedup();
    let settings = monitors(books)?;
    let mut commits = Culprits::default();
    let mut of_tests: HashMap<i64, Sentence> = HashMap::with_capacity(cases.len());
    for (case, mut history) in past.histories(books, &cases)? {
        let fixed = fixed_times(books, case)?;
        let (verdict, _) = opinion(&past, &mut history, &fixed, &settings, now);
        let mut said = sentence(&history.runs, &tested.build, &verdict);
        if said.kind() == "broken_since"
            && let Some(suspects) = commits.up_to(books, &history.runs, &tested.build, &verdict)?
        {
            said = said.suspecting(suspects);
        }
        of_tests.insert(case, said);
    }
    let names = build_names(books, of_tests.values().filter_map(Sentence::build))?;
    let said = |&(case, set): &(i64, i64)| {
        let sentence = match past.exclusion(set) {
            Some(because) => Sentence::LeftOut { because },
            None => of_tests.get(&case)?.clone(),
        };
        let name = sentence.build().and_then(|build| names.get(&build));
        let told = TestSentence {
            kind: sentence.kind(),
            text: mask::text::shown(sentence.text(now)),
            build_id: name.map(|name| name.public_id.clone()),
            number: name.and_then(|name| name.number),
        };
        Some(((case, set), told))
    };
    Ok(failed.iter().filter_map(said).collect())
}

/// Where the tests of a build come from.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/test-sets", operation_id = "listTestSets", tag = "tests",
    params(("id" = Uuid, Path, description = "Id of the build")),
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
