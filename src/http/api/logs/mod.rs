//! Logs: lines as a terminal shows them, what a log holds, finding in it, and its bytes as they came.

pub mod raw;
mod view;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask;
use crate::hub::Hub;
use crate::logs::{self, DamagedLog, Query};
use crate::store::logs::LogReader;
use crate::store::sqlite::books::read::logs::{LogRow, log_by_public_id};
use crate::store::sqlite::books::records::looked_at::unread;

use view::{LOOKED_AT_CHARS, LogHit, LogHits, LogLines, LogOutline};

use super::blocking;
use super::query::Asked;

/// Lines of a page unless asked otherwise, and at most.
const LINES_DEFAULT: usize = 500;
const LINES_MAX: usize = 5_000;

/// Lines that a search answers unless asked otherwise, and at most.
const HITS_DEFAULT: usize = 1_000;
const HITS_MAX: usize = 10_000;

/// A search is through by then, or says that it is cut: 200 MB take about a second.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(5);

/// Searches, and logs that leave as they came, at a time: each keeps a thread busy.
const PLACES: usize = 4;

/// Who searches, and who is given bytes.
#[derive(Debug, Clone)]
pub struct Places {
    searches: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        let places = || Arc::new(Semaphore::new(PLACES));
        Self { searches: places(), downloads: places() }
    }
}

fn place(places: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(places)
        .try_acquire_owned()
        .map_err(|_| Problem::new(Code::Busy, format!("too many {what}; come back in a moment")))
}

/// The row of a log that somebody reads: what is not here of it yet is fetched for that.
async fn row(hub: &Hub, id: String) -> Result<LogRow, Problem> {
    let found = blocking(hub, move |hub| {
        let now = hub.clock().now();
        let read = |books: &_| Ok((log_by_public_id(books, &id)?, unread(books, &id, now)?));
        let (found, unread) = hub.books().read(read)?;
        if let Some(unread) = unread
            && let Err(error) = hub.books().write(|ledger| ledger.want_unread(&unread))
        {
            tracing::debug!(%error, "Could not want a log that is read");
        }
        Ok::<_, Problem>(found)
    });
    found.await?.ok_or_else(not_there)
}

fn not_there() -> Problem {
    Problem::new(Code::NotFound, "there is no log with this id")
}

/// The log of a row, open; nothing where it is not here. Blocks.
fn open(hub: &Hub, row: &mut LogRow) -> Result<Option<LogReader>, Problem> {
    let Some(file) = row.file.clone() else { return Ok(None) };
    match hub.logs().read(&file) {
        // A newer one may have taken its place since the row was read.
        Err(DamagedLog::File(error)) if error.kind() == io::ErrorKind::NotFound => {
            let now = hub.books().read(|books| log_by_public_id(books, &row.public_id))?;
            match now {
                Some(now) if now.file.as_ref() != Some(&file) => {
                    *row = now;
                    let Some(file) = &row.file else { return Ok(None) };
                    hub.logs().read(file).map(Some).map_err(|error| damaged(row, &error))
                }
                Some(_) => Err(damaged(row, &DamagedLog::File(error))),
                None => Err(not_there()),
            }
        }
        read => read.map(Some).map_err(|error| damaged(row, &error)),
    }
}

fn damaged(row: &LogRow, error: &DamagedLog) -> Problem {
    let file = row.file.as_deref().unwrap_or_default();
    tracing::error!(log.id = row.public_id, log.file = file, %error, "A log cannot be read");
    let what = "the file of this log cannot be read; `creel doctor` says what is wrong with it";
    Problem::new(Code::Internal, what)
}

/// Lines of a log, as a terminal shows them.
#[utoipa::path(
    get, path = "/api/v1/logs/{id}", operation_id = "getLog", tag = "logs",
    params(
        ("id" = Uuid, Path, description = "Id of the log: `log_id` of a step"),
        ("from" = Option<u64>, Query, description = "Number of the first line, from 1"),
        ("count" = Option<u16>, Query, description = "How many lines: 500, at most 5,000. Fewer come where they are very long: the next page begins after the last of them"),
    ),
    responses((status = 200, description = "The lines; none where the log is not here, and why", body = LogLines))
)]
pub async fn lines(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let from = asked
        .parsed("from", "it is the number of a line, from 1", |text| {
            text.parse().ok().filter(|from| *from >= 1)
        })?
        .unwrap_or(1);
    let expected = format!("it is a number from 1 to {LINES_MAX}");
    let count = asked
        .parsed("count", &expected, |text| {
            text.parse().ok().filter(|count| (1..=LINES_MAX).contains(count))
        })?
        .unwrap_or(LINES_DEFAULT);
    asked.done()?;
    let mut row = row(&hub, id).await?;
    let page = blocking(&hub, move |hub| -> Result<LogLines, Problem> {
        let lines = match open(hub, &mut row)? {
            Some(mut log) => {
                log.lines(from, count, LOOKED_AT_CHARS).map_err(|error| damaged(&row, &error))?
            }
            None => Vec::new(),
        };
        let items = lines.into_iter().map(Into::into).collect();
        Ok(LogLines { log: row.into(), from, items })
    })
    .await?;
    Ok(Json(page).into_response())
}

/// What a log holds: groups, errors, warnings, times.
#[utoipa::path(
    get, path = "/api/v1/logs/{id}/outline", operation_id = "getLogOutline", tag = "logs",
    params(("id" = Uuid, Path, description = "Id of the log")),
    responses((status = 200, description = "The outline; empty where the log is not here, and why", body = LogOutline))
)]
pub async fn outline(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let mut row = row(&hub, id).await?;
    let outline = blocking(&hub, move |hub| -> Result<LogOutline, Problem> {
        let outline = match open(hub, &mut row)? {
            Some(mut log) => log.outline().map_err(|error| damaged(&row, &error))?,
            None => logs::Outline::default(),
        };
        Ok(LogOutline::of(row, outline))
    })
    .await?;
    Ok(Json(outline).into_response())
}

/// Find text in a log.
#[utoipa::path(
    get, path = "/api/v1/logs/{id}/search", operation_id = "searchLog", tag = "logs",
    params(
        ("id" = Uuid, Path, description = "Id of the log"),
        ("q" = String, Query, description = "What to look for"),
        ("regex" = Option<bool>, Query, description = "It is a regular expression"),
        ("case" = Option<bool>, Query, description = "Upper and lower case differ"),
        ("limit" = Option<u16>, Query, description = "Lines that are listed: 1,000, at most 10,000"),
    ),
    responses((status = 200, description = "Where it was found; nowhere where the log is not here, and why", body = LogHits),
              (status = 503, description = "Too many search now", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn search(
    State(hub): State<Hub>,
    Extension(places): Extension<Places>,
    Path(id): Path<String>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let text = asked.text("q")?.unwrap_or_default();
    let mut switch = |name| {
        let word = asked.parsed(name, "it is true or false", |text| text.parse::<bool>().ok())?;
        Ok::<_, Problem>(word.unwrap_or_default())
    };
    let (is_pattern, is_case_sensitive) = (switch("regex")?, switch("case")?);
    let limit = asked.limit_up_to(HITS_MAX, HITS_DEFAULT)?;
    asked.done()?;
    let query = Query::new(&text, is_pattern, is_case_sensitive, limit)
        .map_err(|error| Problem::new(Code::BadRequest, format!("the parameter `q`: {error}")))?;
    let mut row = row(&hub, id).await?;
    let place = place(&places.searches, "are searching in logs")?;
    let found = blocking(&hub, move |hub| -> Result<LogHits, Problem> {
        let _place = place;
        let begun = Instant::now();
        let found = match open(hub, &mut row)? {
            Some(mut log) => log
                .search(&query, masked, || begun.elapsed() > SEARCH_TIME_MAX)
                .map_err(|error| damaged(&row, &error))?,
            None => logs::Found::default(),
        };
        Ok(LogHits {
            state: row.state.into(),
            reason: row.reason.map(mask::text::shown),
            lines_searched: found.lines_searched,
            total: found.total,
            is_cut: found.is_cut,
            items: found
                .items
                .into_iter()
                .map(|hit| LogHit { n: hit.n, spans: hit.spans })
                .collect(),
        })
    })
    .await?;
    Ok(Json(found).into_response())
}

/// A line as it is shown, where that is otherwise than it came.
fn masked(text: &str) -> Option<String> {
    mask::text::may_hold_secrets(text.as_bytes()).then(|| mask::text::masked(text)).flatten()
}
