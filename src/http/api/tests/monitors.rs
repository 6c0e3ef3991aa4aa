//! The settings of the monitors, and what others would say.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::assess::{Status, monitors, preview};
use crate::http::api::sent::Sent;
use crate::http::error::{Code, Fault, Problem, ProblemDocument};
use crate::http::view::Time;
use crate::hub::Hub;
use crate::insights::tests::{Monitors, PRESETS};
use crate::live::Change;
use crate::model::{Action, By, Deed};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::list::case;
use crate::store::sqlite::books::test_sets::marked::marked_pipelines;
use crate::store::sqlite::books::test_sets::status::saved_monitors;

use super::super::query::Asked;
use super::super::{blocking, read_books};
use super::item::{Shown, TestCase, items};
use super::list::Marker;
use super::shape::MonitorsShape;

/// Tests of each list; the counts are whole.
const ITEMS_MAX: usize = 500;

/// Looking ahead reads what is known of all tests: one at a time, however fast somebody turns a knob.
#[derive(Debug, Clone)]
pub struct Ahead(Arc<Semaphore>);

impl Default for Ahead {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// The settings that hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonitorSettings {
    #[schema(value_type = MonitorsShape)]
    pub monitors: Monitors,
    pub presets: Vec<MonitorPreset>,
    /// `null` while nobody has changed them.
    #[schema(required)]
    pub updated_at: Option<Time>,
    #[schema(required)]
    pub updated_by: Option<Marker>,
    /// Pipelines of which the tests are still to be assessed by them.
    pub waiting: i64,
}

/// Settings that can be chosen whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonitorPreset {
    pub key: &'static str,
    pub name: &'static str,
    #[schema(value_type = MonitorsShape)]
    pub monitors: Monitors,
}

/// What other settings would say.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonitorPreview {
    /// Tests that would be broken or flaky, the worst first, at most 500.
    pub flagged: Vec<PreviewedTest>,
    /// Those that are, and would not be.
    pub no_longer: Vec<TestCase>,
    pub counts: PreviewCounts,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewedTest {
    #[serde(flatten)]
    pub item: TestCase,
    /// It is neither broken nor flaky by the settings that hold.
    pub is_new: bool,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PreviewCounts {
    pub broken: i64,
    pub flaky: i64,
    pub watching: i64,
    pub healthy: i64,
    pub new: i64,
    pub no_longer: i64,
}

fn settings(books: &Connection) -> Result<MonitorSettings, StoreError> {
    let saved = saved_monitors(books)?;
    let presets = PRESETS.iter().map(|preset| MonitorPreset {
        key: preset.key,
        name: preset.name,
        monitors: (preset.monitors)(),
    });
    Ok(MonitorSettings {
        monitors: monitors(books)?,
        presets: presets.collect(),
        updated_at: saved.as_ref().map(|saved| saved.updated_at.into()),
        updated_by: saved.map(|saved| Marker { kind: saved.who_kind, name: saved.who_name }),
        waiting: marked_pipelines(books)?,
    })
}

/// By which settings tests are judged.
#[utoipa::path(
    get, path = "/api/v1/test-monitors", operation_id = "getTestMonitors", tag = "tests",
    responses((status = 200, description = "The settings that hold, and those that can be chosen", body = MonitorSettings))
)]
pub async fn show(State(hub): State<Hub>, asked: Asked) -> Result<Json<MonitorSettings>, Problem> {
    asked.done()?;
    Ok(Json(read_books(&hub, settings).await?))
}

/// Judge all tests by other settings from now on. What is left out is as it is by default.
#[utoipa::path(
    put, path = "/api/v1/test-monitors", operation_id = "setTestMonitors", tag = "tests",
    request_body = MonitorsShape,
    responses((status = 200, description = "The settings that hold", body = MonitorSettings),
              (status = 422, description = "They cannot hold: `errors` says which and why", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn set(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
    Sent(wish): Sent<Monitors>,
) -> Result<Response, Problem> {
    asked.done()?;
    check(&wish)?;
    let held = blocking(&hub, move |hub| {
        let json = serde_json::to_string(&wish).map_err(|error| Problem::internal(&error))?;
        let deed = Deed::of(Action::MonitorsChanged).on("test_monitors", &"tests", None);
        let commit = hub.books().write(|ledger| {
            ledger.save_monitors(&json, &by)?;
            ledger.audit(&by, &deed)?;
            ledger.next_commit()
        })?;
        hub.bell().ring(commit, vec![Change::tests()]);
        Ok::<_, Problem>(hub.books().read(settings)?)
    });
    Ok(Json(held.await?).into_response())
}

/// What other settings would say of the tests that there are. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/test-monitors/preview", operation_id = "previewTestMonitors", tag = "tests",
    request_body = MonitorsShape,
    responses((status = 200, description = "At most 500 tests of each list; the counts are whole", body = MonitorPreview),
              (status = 422, description = "They cannot hold: `errors` says which and why", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn look_ahead(
    State(hub): State<Hub>,
    Extension(ahead): Extension<Ahead>,
    asked: Asked,
    Sent(wish): Sent<Monitors>,
) -> Result<Response, Problem> {
    asked.done()?;
    check(&wish)?;
    let turn = ahead.0.acquire_owned().await.map_err(|error| Problem::internal(&error))?;
    let now = hub.clock().now();
    let answer = read_books(&hub, move |books| {
        // Also of one that nobody waits for any more.
        let _turn = turn;
        let found = preview(books, &monitors(books)?, &wish, now)?;
        let mut counts = PreviewCounts::default();
        let (mut flagged, mut is_new, mut no_longer) = (Vec::new(), Vec::new(), Vec::new());
        for test in found.tests {
            match test.opinion.status {
                Status::Broken => counts.broken += 1,
                Status::Flaky => counts.flaky += 1,
                Status::Watching => counts.watching += 1,
                Status::Healthy => {}
            }
            let (is, was) = (test.is_flagged(), test.was_flagged());
            counts.new += i64::from(is && !was);
            counts.no_longer += i64::from(was && !is);
            let list = match (is, was) {
                (true, _) if flagged.len() < ITEMS_MAX => {
                    is_new.push(!was);
                    &mut flagged
                }
                (false, true) if no_longer.len() < ITEMS_MAX => &mut no_longer,
                _ => continue,
            };
            if let Some(case) = case(books, test.case)? {
                list.push(Shown { case, opinion: test.opinion });
            } else if is {
                is_new.pop();
            }
        }
        counts.healthy = found.total - counts.broken - counts.flaky - counts.watching;
        let flagged = items(books, flagged)?.into_iter().zip(is_new);
        Ok(MonitorPreview {
            flagged: flagged.map(|(item, is_new)| PreviewedTest { item, is_new }).collect(),
            no_longer: items(books, no_longer)?,
            counts,
        })
    });
    Ok(Json(answer.await?).into_response())
}

/// All that is wrong with settings, at once.
fn check(monitors: &Monitors) -> Result<(), Problem> {
    let Err(found) = monitors.check() else { return Ok(()) };
    let faults: Vec<Fault> = found
        .iter()
        .map(|wrong| Fault {
            detail: wrong.reason.clone(),
            pointer: format!("#/{}", wrong.field.replace('.', "/")),
        })
        .collect();
    let all: Vec<String> = found.iter().map(ToString::to_string).collect();
    Err(Problem { errors: faults, ..Problem::new(Code::Invalid, all.join("; ")) })
}
