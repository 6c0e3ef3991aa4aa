//! Tests: the list, the one, and "mark fixed".

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::assess::{Opinion, Past, Status, assess, fixed_times, keep, monitors, opinion, rank};
use crate::http::error::{Code, Problem};
use crate::http::mask;
use crate::http::view::{Time, time};
use crate::hub::Hub;
use crate::insights::tests::{Lost, lost};
use crate::live::Change;
use crate::model::{Action, By, Deed, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::history::{BuildName, build_names};
use crate::store::sqlite::books::read::cases::list::{
    CaseFilter, CasePlace, CaseRow, Tally, case_by_public_id, cases, pipelines_named, tally,
};
use crate::store::sqlite::books::read::cases::runs::messages;
use crate::store::sqlite::books::test_sets::status::fixed;

use super::super::query::{Asked, Place, cursor_text};
use super::super::{blocking, read_books};
use super::item::{Shown, TestAlarm, TestCase, completed, items};

/// Items of a page: of healthy tests the figures are made while somebody waits.
const LIMIT_MAX: usize = 500;
const LIMIT_DEFAULT: usize = 50;

/// What "lately" is of time lost.
const LOST_DAYS: u32 = 14;

/// Branches and messages of a test that are told.
const BRANCHES_MAX: usize = 50;
const MESSAGES_MAX: usize = 10;

/// Letters of a message that tell it apart from others.
const MESSAGE_MAX: usize = 1_000;

/// A page of tests.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestList {
    pub items: Vec<TestCase>,
    #[schema(required)]
    pub next_cursor: Option<String>,
    pub summary: TestSummary,
}

/// How many tests of the pipeline or source are how, whatever else is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestSummary {
    pub broken: i64,
    pub flaky: i64,
    pub watching: i64,
    pub healthy: i64,
    pub total: i64,
}

/// A test with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestDetail {
    #[serde(flatten)]
    pub item: TestCase,
    /// Since when runs count: somebody marked it fixed.
    #[schema(required)]
    pub epoch_at: Option<Time>,
    #[schema(required)]
    pub marked_fixed_by: Option<Marker>,
    pub flips: TestFlips,
    /// Builds that the infrastructure guard left out.
    pub excluded: u32,
    /// Alarms that are over, the newest last.
    pub past: Vec<PastAlarm>,
    /// Builds that it alone turned red in 14 days, times how long those builds take.
    #[schema(required)]
    pub lost_ms_14d: Option<i64>,
    pub lost_builds_14d: u32,
    #[schema(required)]
    pub default_branch: Option<String>,
    /// Branches that it ran on, the default first.
    pub branches: Vec<String>,
    /// What it said in its newest failures, the commonest first.
    pub messages: Vec<TestMessage>,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Marker {
    /// `person`, `key`, `owner`.
    pub kind: String,
    #[schema(required)]
    pub name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TestFlips {
    pub flips: u32,
    pub considered: u32,
    /// With fewer there is not enough data.
    pub wanted: u32,
}

/// An alarm that is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastAlarm {
    #[serde(flatten)]
    pub alarm: TestAlarm,
    #[schema(required)]
    pub until: Option<Time>,
    /// `runs`, `quiet`, `marked_fixed`.
    #[schema(required)]
    pub because: Option<String>,
}

/// A message of failures.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestMessage {
    pub text: String,
    pub count: u32,
    #[schema(required)]
    pub last_build_id: Option<String>,
    pub last_at: Time,
}

impl Place for CasePlace {
    const LIST: &'static str = "tests";

    fn numbers(&self) -> Vec<i64> {
        vec![self.status, self.case]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [status, case] = numbers else { return None };
        Some(Self { status: *status, case: *case })
    }
}

impl From<Tally> for TestSummary {
    fn from(tally: Tally) -> Self {
        let Tally { broken, flaky, watching, total } = tally;
        Self { broken, flaky, watching, total, healthy: (total - broken - flaky - watching).max(0) }
    }
}

/// Tests, the worst first, then by name.
#[utoipa::path(
    get, path = "/api/v1/tests", operation_id = "listTests", tag = "tests",
    params(
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("pipeline" = Option<String>, Query, description = "Slug, name or the provider's own id"),
        ("status" = Option<super::item::TestHealth>, Query, description = "How they are"),
        ("q" = Option<String>, Query, description = "A word in suite, class or name"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of tests; filters without an index may return a short page with a cursor", body = TestList))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Json<TestList>, Problem> {
    let source = asked.text("source")?;
    let pipeline = asked.text("pipeline")?;
    let status = asked.word("status", &Status::ALL, Status::as_str)?.map(rank);
    let text = asked.text("q")?;
    let limit = asked.limit_up_to(LIMIT_MAX, LIMIT_DEFAULT)?;
    let after = asked.cursor::<CasePlace>()?;
    asked.done()?;
    let now = hub.clock().now();
    let answer = read_books(&hub, move |books| {
        let pipelines = pipelines_named(books, source.as_deref(), pipeline.as_deref())?;
        let filter = CaseFilter { pipelines, text, status };
        let page = cases(books, &filter, after, limit)?;
        let summary = tally(books, filter.pipelines.as_deref())?.into();
        let items = items(books, completed(books, page.items, now)?)?;
        Ok(TestList { items, next_cursor: cursor_text(page.next.as_ref()), summary })
    });
    Ok(Json(answer.await?))
}

/// A test.
#[utoipa::path(
    get, path = "/api/v1/tests/{case_id}", operation_id = "getTest", tag = "tests",
    params(("case_id" = Uuid, Path, description = "Id of the test")),
    responses((status = 200, description = "The test", body = TestDetail))
)]
pub async fn one(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let case = find(&hub, &id).await?;
    let now = hub.clock().now();
    let detail = read_books(&hub, move |books| detail(books, case, now)).await?;
    Ok(Json(detail).into_response())
}

/// Say that a test is fixed: its alarms are over, and what was before counts no more.
#[utoipa::path(
    post, path = "/api/v1/tests/{case_id}/fixed", operation_id = "markTestFixed", tag = "tests",
    params(("case_id" = Uuid, Path, description = "Id of the test")),
    responses((status = 200, description = "The test, as it is now", body = TestDetail))
)]
pub async fn mark_fixed(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let case = find(&hub, &id).await?;
    let detail = blocking(&hub, move |hub| {
        let name = mask::text::shown(case.name.clone());
        let deed = Deed::of(Action::TestMarkedFixed).on("test", &case.public_id, Some(&name));
        hub.books().write(|ledger| {
            ledger.mark_fixed(case.id, &by)?;
            ledger.audit(&by, &deed)
        })?;
        // At once, so that who said so sees it; the assessor leaves it alone.
        let (pipeline, now) = (case.pipeline, hub.clock().now());
        let assessed = hub.books().read(|books| {
            let past = Past::load(books, pipeline)?;
            assess(books, &past, &[case.id], &monitors(books)?, now)
        })?;
        let commit = hub.books().write(|ledger| {
            keep(ledger, pipeline, &assessed, now)?;
            ledger.next_commit()
        })?;
        hub.bell().ring(commit, vec![Change::test(case.id)]);
        hub.books().read(|books| detail(books, case, now))
    })
    .await?;
    Ok(Json(detail).into_response())
}

/// The test of an address.
pub async fn find(hub: &Hub, id: &str) -> Result<CaseRow, Problem> {
    let nothing = || Problem::new(Code::NotFound, "there is no test with this id");
    let id = Uuid::try_parse(id).map_err(|_| nothing())?.to_string();
    read_books(hub, move |books| case_by_public_id(books, &id)).await?.ok_or_else(nothing)
}

fn detail(books: &Connection, case: CaseRow, now: Timestamp) -> Result<TestDetail, StoreError> {
    let past = Past::load(books, case.pipeline)?;
    let mut history = past.histories(books, &[case.id])?.remove(&case.id).unwrap_or_default();
    let fixed_at = fixed_times(books, case.id)?;
    let (_, made) = opinion(&past, &mut history, &fixed_at, &monitors(books)?, now);
    let mut took: Vec<i64> = history
        .runs
        .iter()
        .filter(|run| !run.excluded && run.build.on_default)
        .filter_map(|run| past.build(run.build.id)?.duration_ms)
        .collect();
    let Lost { builds, lost_ms } = lost(&history.runs, &mut took, LOST_DAYS, now);
    let mut branches: Vec<(bool, String)> = history
        .runs
        .iter()
        .filter_map(|run| Some((!run.build.on_default, run.build.branch.as_deref()?.to_owned())))
        .collect();
    branches.sort_unstable();
    branches.dedup();
    branches.truncate(BRANCHES_MAX);
    let mark = fixed(books, case.id)?.into_iter().next_back();
    let names = build_names(books, made.past.iter().map(|alarm| alarm.build))?;
    let Opinion { past: over, figures, .. } = made.clone();
    let [flips, considered, wanted] = figures.flips;
    let messages = counted(books, case.id)?;
    let mut item = items(books, vec![Shown { case, opinion: made }])?;
    let Some(item) = item.pop() else {
        return Err(StoreError::Row { table: "test_case", what: "one made none".to_owned() });
    };
    Ok(TestDetail {
        item,
        epoch_at: time(mark.as_ref().map(|mark| mark.at)),
        marked_fixed_by: mark.map(|mark| Marker { kind: mark.who_kind, name: mark.who_name }),
        flips: TestFlips { flips, considered, wanted },
        excluded: figures.excluded,
        past: over
            .into_iter()
            .map(|alarm| PastAlarm {
                until: time(alarm.until.map(Timestamp)),
                because: alarm.because.clone(),
                alarm: TestAlarm::of(alarm, &names),
            })
            .collect(),
        lost_ms_14d: lost_ms,
        lost_builds_14d: builds,
        default_branch: past.called.default_branch.clone().map(mask::text::shown),
        branches: branches.into_iter().map(|(_, name)| mask::text::shown(name)).collect(),
        messages,
    })
}

/// What a test says when it fails, the commonest first.
fn counted(books: &Connection, case: i64) -> Result<Vec<TestMessage>, StoreError> {
    let mut found: HashMap<String, (u32, i64, Timestamp)> = HashMap::new();
    // Newest first: of equal ones the first is the last that was said.
    for (text, build, at) in messages(books, case)? {
        let text: String = text.trim().chars().take(MESSAGE_MAX).collect();
        found.entry(text).or_insert((0, build, at)).0 += 1;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by(|(a, (m, _, s)), (b, (n, _, t))| (n, t, a).cmp(&(m, s, b)));
    found.truncate(MESSAGES_MAX);
    let names: HashMap<i64, BuildName> =
        build_names(books, found.iter().map(|(_, (_, build, _))| *build))?;
    let message = |(text, (count, build, at)): (String, (u32, i64, Timestamp))| TestMessage {
        text: mask::text::shown(text),
        count,
        last_build_id: names.get(&build).map(|name| name.public_id.clone()),
        last_at: at.into(),
    };
    Ok(found.into_iter().map(message).collect())
}
