//! Logs: lines as a terminal shows them, what a log holds, finding in it, and its bytes as they came.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use utoipa::ToSchema;

use crate::http::download::{DOWNLOAD_WAIT_MAX, hold};
use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask;
use crate::http::view::{AspectState, Time};
use crate::hub::Hub;
use crate::logs::{self, DamagedLog, Pieces, Query};
use crate::model::Timestamp;
use crate::store::logs::LogReader;
use crate::store::sqlite::books::read::logs::{LogRow, log_by_public_id};

use super::query::Asked;
use super::{blocking, steps};

/// Lines of a page unless asked otherwise, and at most.
const LINES_DEFAULT: usize = 500;
const LINES_MAX: usize = 5_000;

/// Characters of a line. Of a longer one the beginning is shown, and its length said.
const LINE_CHARS_MAX: usize = 8_192;

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

/// Lines of a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogLines {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(value_type = Uuid)]
    pub build_id: String,
    pub step_id: String,
    pub state: AspectState,
    /// Why it is not here: a stable word, and a sentence.
    #[schema(required)]
    pub code: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    /// Lines of the whole log.
    pub lines: i64,
    pub bytes: i64,
    /// What it takes on disk.
    pub stored_bytes: i64,
    /// Whether its step was over when it was read.
    pub is_complete: bool,
    /// What was left out, as a sentence.
    #[schema(required)]
    pub cut: Option<String>,
    /// Number of the first line that was asked for.
    pub from: u64,
    pub items: Vec<LogLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// From 1.
    pub n: u64,
    #[schema(required)]
    pub at: Option<Time>,
    #[schema(required)]
    pub level: Option<LogLevel>,
    /// Groups that it lies in.
    pub depth: u16,
    pub runs: Vec<LogRun>,
    /// Characters of the whole line, where only its beginning is here.
    #[schema(required)]
    pub cut: Option<usize>,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warning,
    Command,
    Section,
    Debug,
    Group,
}

impl From<logs::Level> for LogLevel {
    fn from(level: logs::Level) -> Self {
        match level {
            logs::Level::Error => Self::Error,
            logs::Level::Warning => Self::Warning,
            logs::Level::Command => Self::Command,
            logs::Level::Section => Self::Section,
            logs::Level::Debug => Self::Debug,
            logs::Level::Group => Self::Group,
        }
    }
}

/// A piece of a line in one style; members that are false or null are not there.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a terminal's manners go with each other freely")]
pub struct LogRun {
    pub text: String,
    /// `red`, `bright-red`, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bg: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub bold: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dim: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub italic: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub underline: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub strike: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub inverse: bool,
    /// Where it leads: http or https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl From<logs::Run> for LogRun {
    fn from(run: logs::Run) -> Self {
        let style = run.style;
        Self {
            text: run.text,
            fg: style.foreground().map(|colour| colour.to_string()),
            bg: style.background().map(|colour| colour.to_string()),
            bold: style.is_bold(),
            dim: style.is_dim(),
            italic: style.is_italic(),
            underline: style.is_underlined(),
            strike: style.is_struck(),
            inverse: style.is_inverse(),
            href: run.href.map(|href| href.to_string()),
        }
    }
}

impl From<logs::Line> for LogLine {
    fn from(mut line: logs::Line) -> Self {
        mask::lines::line(&mut line);
        Self {
            n: line.n,
            at: at(line.at),
            level: line.level.map(Into::into),
            depth: line.depth,
            runs: line.runs.into_iter().map(Into::into).collect(),
            cut: line.cut,
        }
    }
}

fn at(millis: Option<logs::Millis>) -> Option<Time> {
    millis.map(|millis| Timestamp(millis).into())
}

/// What a log holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogOutline {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(value_type = Uuid)]
    pub build_id: String,
    pub step_id: String,
    pub state: AspectState,
    #[schema(required)]
    pub code: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    pub lines: i64,
    pub bytes: i64,
    pub stored_bytes: i64,
    pub is_complete: bool,
    #[schema(required)]
    pub cut: Option<String>,
    /// The first and the last time that is marked in it.
    #[schema(required)]
    pub first_at: Option<Time>,
    #[schema(required)]
    pub last_at: Option<Time>,
    /// At most 10,000.
    pub groups: Vec<LogGroup>,
    /// There are more.
    pub groups_cut: bool,
    /// Lines that tell of errors, at most the first 10,000 of them.
    pub errors: Vec<u64>,
    pub warnings: Vec<u64>,
    /// All of them.
    pub error_count: u64,
    pub warning_count: u64,
}

/// Lines that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogGroup {
    /// Its header.
    pub start: u64,
    /// Its last line.
    pub end: u64,
    pub title: String,
    /// Groups that it lies in.
    pub level: u16,
    /// Whether its lines are shown from the start.
    pub is_open: bool,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub duration_ms: Option<i64>,
}

/// What was found in a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogHits {
    pub state: AspectState,
    #[schema(required)]
    pub reason: Option<String>,
    pub lines_searched: u64,
    /// Lines in which it was found, also those not listed.
    pub total: u64,
    /// There are more than are listed, or time was up before the end.
    pub is_cut: bool,
    pub items: Vec<LogHit>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LogHit {
    pub n: u64,
    /// From and to, in UTF-16 units of the line's text.
    pub spans: Vec<(usize, usize)>,
}

/// The row of a log.
async fn row(hub: &Hub, id: String) -> Result<LogRow, Problem> {
    let found =
        blocking(hub, move |hub| hub.books().read(|books| log_by_public_id(books, &id))).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound, "there is no log with this id"))
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
                _ => Err(damaged(row, &DamagedLog::File(error))),
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
        ("count" = Option<u16>, Query, description = "How many lines: 500, at most 5,000"),
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
                log.lines(from, count, LINE_CHARS_MAX).map_err(|error| damaged(&row, &error))?
            }
            None => Vec::new(),
        };
        Ok(LogLines {
            from,
            items: lines.into_iter().map(Into::into).collect(),
            step_id: steps::id_of(&row.step),
            id: row.public_id,
            build_id: row.build,
            state: row.state.into(),
            code: row.code,
            reason: row.reason.map(mask::text::shown),
            lines: row.lines,
            bytes: row.bytes,
            stored_bytes: row.stored_bytes,
            is_complete: row.is_complete,
            cut: row.cut,
        })
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
        Ok(LogOutline {
            step_id: steps::id_of(&row.step),
            id: row.public_id,
            build_id: row.build,
            state: row.state.into(),
            code: row.code,
            reason: row.reason.map(mask::text::shown),
            lines: row.lines,
            bytes: row.bytes,
            stored_bytes: row.stored_bytes,
            is_complete: row.is_complete,
            cut: row.cut,
            first_at: at(outline.first_at),
            last_at: at(outline.last_at),
            groups: outline.groups.into_iter().map(Into::into).collect(),
            groups_cut: outline.groups_cut,
            errors: outline.errors.into_iter().map(|(n, _)| n).collect(),
            warnings: outline.warnings,
            error_count: outline.error_count,
            warning_count: outline.warning_count,
        })
    })
    .await?;
    Ok(Json(outline).into_response())
}

impl From<logs::Group> for LogGroup {
    fn from(group: logs::Group) -> Self {
        Self {
            start: group.start,
            end: group.end,
            title: mask::text::shown(group.title),
            level: group.level,
            is_open: group.is_open,
            started_at: at(group.started_at),
            duration_ms: group.duration_ms,
        }
    }
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
                .search(&query, mask::text::masked, || begun.elapsed() > SEARCH_TIME_MAX)
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

/// The log as the provider gave it, byte for byte, but for secrets: each of their bytes is a `*`.
#[utoipa::path(
    get, path = "/api/v1/logs/{id}/raw", operation_id = "getRawLog", tag = "logs",
    params(
        ("id" = Uuid, Path, description = "Id of the log"),
        ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-999`, `bytes=1000-`, `bytes=-1000`"),
    ),
    responses((status = 200, description = "The log", body = Vec<u8>, content_type = "text/plain"),
              (status = 206, description = "The bytes that `Range` asks for", body = Vec<u8>, content_type = "text/plain"),
              (status = 416, description = "It has no such bytes: `Content-Range` says how many there are", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 503, description = "Too many are given logs now", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn raw(
    State(hub): State<Hub>,
    Extension(places): Extension<Places>,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let mut row = row(&hub, id).await?;
    let (row, log) = blocking(&hub, move |hub| -> Result<_, Problem> {
        let log = open(hub, &mut row)?;
        Ok((row, log))
    })
    .await?;
    let Some(log) = log else {
        let reason = row.reason.map(mask::text::shown);
        return Err(Problem::new(
            Code::NotFound,
            reason.unwrap_or_else(|| "the log is not here yet".into()),
        ));
    };
    let bytes = log.bytes();
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some(range) = asked.map_or(Some(None), |range| range_of(range, bytes)) else {
        let there_are = [(header::CONTENT_RANGE, format!("bytes */{bytes}"))];
        let problem = Problem::new(Code::RangeInvalid, format!("the log has {bytes} bytes"));
        return Ok((there_are, problem).into_response());
    };
    let place = place(&places.downloads, "are being given logs")?;
    let mut answer = HeaderMap::new();
    let name = format!("attachment; filename=\"{}.log\"", row.public_id);
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(name).map_err(|error| Problem::internal(&error))?,
    );
    let (status, range) = match range {
        None => (StatusCode::OK, 0..bytes),
        Some(range) => {
            let shown = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
            let shown = HeaderValue::try_from(shown).map_err(|error| Problem::internal(&error))?;
            answer.insert(header::CONTENT_RANGE, shown);
            (StatusCode::PARTIAL_CONTENT, range)
        }
    };
    answer.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    let leaving = Leaving::of(log, range, row);
    Ok((status, answer, pieces(leaving, hold(place, DOWNLOAD_WAIT_MAX))).into_response())
}

/// The bytes that a `Range` asks for of `length`. What is no range of bytes asks for all (`Some(None)`), a range that
/// is not there for nothing (`None`).
fn range_of(range: &str, length: u64) -> Option<Option<Range<u64>>> {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Some(None);
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.trim().is_empty() => first..length,
        (None, Some(last)) if first.trim().is_empty() => length.saturating_sub(last)..length,
        _ => return Some(None),
    };
    (range.start < range.end).then_some(Some(range))
}

/// A log on its way out.
struct Leaving {
    pieces: Pieces<io::BufReader<std::fs::File>>,
    mask: mask::lines::RawMask,
    range: Range<u64>,
    /// Where the next bytes begin that leave the mask.
    at: Option<u64>,
    is_over: bool,
    row: LogRow,
}

impl Leaving {
    fn of(log: LogReader, range: Range<u64>, row: LogRow) -> Self {
        let mask = mask::lines::RawMask::new(log.dialect());
        let pieces = log.into_pieces(range.start);
        Self { pieces, mask, range, at: None, is_over: false, row }
    }

    /// The next bytes of the range; none after the last. Blocks.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        while !self.is_over && self.at.is_none_or(|at| at < self.range.end) {
            let piece = self.pieces.next_piece().map_err(|error| {
                // The answer has begun: breaking it off is all that can be said.
                let _ = damaged(&self.row, &error);
                io::Error::other(error)
            })?;
            self.is_over = piece.is_none();
            let begin = *self.at.get_or_insert(piece.as_ref().map_or(0, |(begin, _)| *begin));
            let mut bytes = self.mask.next(piece.map(|(_, piece)| piece));
            let end = begin + bytes.len() as u64;
            self.at = Some(end);
            let within = |place: u64| {
                let place = place.clamp(begin, end) - begin;
                usize::try_from(place).unwrap_or(usize::MAX)
            };
            bytes.truncate(within(self.range.end));
            bytes.drain(..within(self.range.start).min(bytes.len()));
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }
}

fn pieces(leaving: Leaving, in_use: oneshot::Sender<()>) -> Body {
    let next = |state: Option<(Leaving, oneshot::Sender<()>)>| async move {
        let (mut leaving, in_use) = state?;
        if in_use.is_closed() {
            return Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None));
        }
        let read = tokio::task::spawn_blocking(move || (leaving.next(), leaving)).await;
        match read {
            Ok((Ok(Some(piece)), leaving)) => Some((Ok(piece), Some((leaving, in_use)))),
            Ok((Ok(None), _)) => None,
            Ok((Err(error), _)) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    };
    Body::from_stream(stream::unfold(Some((leaving, in_use)), next))
}

#[cfg(test)]
mod tests {
    use super::range_of;

    #[test]
    fn ranges_are_read_as_browsers_and_curl_write_them() {
        assert_eq!(range_of("bytes=0-9", 100), Some(Some(0..10)));
        assert_eq!(range_of("bytes=90-", 100), Some(Some(90..100)));
        assert_eq!(range_of("bytes=90-1000", 100), Some(Some(90..100)));
        assert_eq!(range_of("bytes=-10", 100), Some(Some(90..100)));
        assert_eq!(range_of("bytes=-1000", 100), Some(Some(0..100)));
        // Not there.
        assert_eq!(range_of("bytes=100-", 100), None);
        assert_eq!(range_of("bytes=-0", 100), None);
        assert_eq!(range_of("bytes=0-0", 0), None);
        // Not understood: all of it, as RFC 9110 wants.
        for other in ["lines=0-9", "bytes=9-0", "bytes=a-b", "bytes=0-1,3-4", "bytes"] {
            assert_eq!(range_of(other, 100), Some(None), "{other}");
        }
    }
}
