//! A log as it came, byte for byte but for secrets.

use std::io;
use std::ops::Range;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::{Places, damaged, open, place, row};
use crate::http::api::blocking;
use crate::http::api::query::Asked;
use crate::http::download::{DOWNLOAD_WAIT_MAX, in_pieces};
use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask;
use crate::hub::Hub;
use crate::logs::Pieces;
use crate::store::logs::LogReader;
use crate::store::sqlite::books::read::logs::LogRow;

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
    let mut leaving = Leaving::of(log, range, row);
    let body = in_pieces(place, DOWNLOAD_WAIT_MAX, move || leaving.next());
    Ok((status, answer, body).into_response())
}

/// The bytes that a `Range` asks for of `length`. What is no range of bytes asks for all (`Some(None)`), a range that
/// is not there for nothing (`None`).
fn range_of(range: &str, length: u64) -> Option<Option<Range<u64>>> {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Some(None);
    };
    // More digits than any log has bytes are a number as well.
    let number = |text: &str| {
        let text = text.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
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

#[cfg(test)]
mod tests {
    use super::range_of;

    #[test]
    fn ranges_are_read_as_browsers_and_curl_write_them() {
        assert_eq!(range_of("bytes=0-9", 100), Some(Some(0..10)));
        assert_eq!(range_of("bytes=90-", 100), Some(Some(90..100)));
        assert_eq!(range_of("bytes=90-1000", 100), Some(Some(90..100)));
        assert_eq!(range_of("bytes=90-99999999999999999999", 100), Some(Some(90..100)));
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
