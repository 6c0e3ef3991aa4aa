//! Why a build is red.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::mask;
use crate::hub::Hub;
use crate::insights::why::{self as insight, Excerpt, LogLine, TOLD_MAX, WhyKind};
use crate::model::{BuildResult, BuildState, Step, StepRef};
use crate::store::sqlite::books::read::builds::BuildRow;
use crate::store::sqlite::books::read::logs::{LogPlace, log_by_public_id, log_places};
use crate::store::sqlite::books::records;

use super::query::Asked;
use super::steps::id_of;
use super::{blocking, builds};

/// Lines read at the end of a failing step's log: programs sum up there.
const TAIL: u64 = 150;

/// Lines read that look like errors.
const ERRORS_MAX: usize = 60;

/// Lines read after each of them: what it is about follows.
const AFTER: u64 = 4;

/// Characters of a line that are looked at.
const LINE_CHARS_MAX: usize = 400;

/// A line of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyLine)]
pub struct Line {
    pub n: i64,
    pub text: String,
}

/// One reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// `test_failure`, `compile_error`, `timeout`, `agent_lost` and others; `unknown` where nothing tells.
    pub kind: String,
    pub sentence: String,
    #[schema(required)]
    pub step_id: Option<String>,
    #[schema(required)]
    pub log_id: Option<String>,
    /// The line of that log that tells.
    #[schema(required)]
    pub line: Option<i64>,
    /// That line and what belongs to it.
    pub lines: Vec<Line>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// One per step that failed by itself, what broke first first; at most five.
    pub items: Vec<Reason>,
    /// The first of them, in short; `null` while nothing is wrong.
    #[schema(required)]
    pub sentence: Option<String>,
    /// Steps that failed by themselves, all of them.
    pub failed_steps: usize,
}

/// Why a build is red: which step, which line of its log, and a sentence.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/why", operation_id = "getWhy", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "The reasons; none of a build that is not red", body = Why),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn one(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build,
        Err(moved) => return Ok(moved.to("/why", &uri)),
    };
    let why = blocking(&hub, move |hub| reasons(hub, &build)).await?;
    Ok(Json(why).into_response())
}

fn reasons(hub: &Hub, build: &BuildRow) -> Result<Why, crate::store::StoreError> {
    let (steps, places) = hub
        .books()
        .read(|books| Ok((records::steps(books, build.id)?, log_places(books, build.id)?)))?;
    let steps: Vec<(StepRef, Step)> =
        steps.into_iter().map(|(at, fold)| (at, fold.record())).collect();
    let is_red = !matches!(
        build.result,
        Some(BuildResult::Success | BuildResult::Skipped | BuildResult::Unknown)
    );
    let failing = if is_red { insight::failing(&steps) } else { Vec::new() };
    let mut items = Vec::new();
    for (at, step) in failing.iter().take(TOLD_MAX) {
        let job = step.parent.as_ref().and_then(|job| steps.iter().find(|(other, _)| other == job));
        // A task has its part of the job's log; where that is not known, all of it is read, unless the
        // task says itself what is wrong.
        let own = places.get(at);
        let place = own.or_else(|| places.get(step.parent.as_ref()?));
        let to_read = own.or_else(|| place.filter(|_| !insight::tells_itself(step)));
        let excerpt = to_read.map(|place| excerpt(hub, place)).unwrap_or_default();
        let why = insight::why(at, step, job.map(|(_, job)| job), &excerpt);
        items.push(Reason {
            kind: why.kind.as_str().to_owned(),
            sentence: mask::text::shown(why.sentence),
            step_id: why.step.as_ref().map(id_of),
            log_id: place.map(|place| place.log.clone()),
            line: why.line,
            lines: why
                .lines
                .into_iter()
                .map(|line| Line { n: line.n, text: mask::text::shown(line.text) })
                .collect(),
        });
    }
    if build.result == Some(BuildResult::Aborted) && build.state == BuildState::Finished {
        let why = insight::canceled();
        let kind = WhyKind::Canceled.as_str().to_owned();
        items.insert(
            0,
            Reason {
                kind,
                sentence: why.sentence,
                step_id: None,
                log_id: None,
                line: None,
                lines: Vec::new(),
            },
        );
        items.truncate(TOLD_MAX);
    }
    let sentence = items.first().map(|reason| reason.sentence.clone());
    Ok(Why { items, sentence, failed_steps: failing.len() })
}

/// The lines of a step's log that may tell. A log that cannot be read tells nothing.
fn excerpt(hub: &Hub, place: &LogPlace) -> Excerpt {
    match read(hub, place) {
        Ok(excerpt) => excerpt,
        Err(error) => {
            tracing::warn!(
                log.id = place.log,
                error,
                "Could not read a log to say why a build failed"
            );
            Excerpt::default()
        }
    }
}

fn read(hub: &Hub, place: &LogPlace) -> Result<Excerpt, String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    let row =
        hub.books().read(|books| log_by_public_id(books, &place.log)).map_err(|e| told(&e))?;
    let Some(file) = row.and_then(|row| row.file) else { return Ok(Excerpt::default()) };
    let mut reader = hub.logs().read(&file).map_err(|error| told(&error))?;
    let outline = reader.outline().map_err(|error| told(&error))?;
    let number = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    let first = number(place.from).unwrap_or(1).max(1);
    let count = number(place.lines).unwrap_or_else(|| reader.line_count());
    let end = first.saturating_add(count);
    let mut spans: Vec<(u64, u64)> = outline
        .errors
        .iter()
        .map(|(n, _)| *n)
        .filter(|n| (first..end).contains(n))
        .take(ERRORS_MAX)
        .map(|n| (n.saturating_sub(1).max(first), (n + AFTER + 1).min(end)))
        .collect();
    spans.push((end.saturating_sub(TAIL).max(first), end));
    spans.sort_unstable();
    let mut lines = Vec::new();
    let mut next = first;
    for (from, to) in spans {
        let from = from.max(next);
        let Some(count) = to.checked_sub(from).filter(|count| *count > 0) else { continue };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for line in reader.lines(from, count, LINE_CHARS_MAX).map_err(|error| told(&error))? {
            let n = i64::try_from(line.n).unwrap_or(i64::MAX);
            lines.push(LogLine { n, text: line.text() });
        }
        next = to;
    }
    Ok(Excerpt { lines })
}
