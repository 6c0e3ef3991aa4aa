//! `/download/creel`: the server's own binary, for CI jobs that report to it: always the version that
//! understands this server, without a package registry between.
//!
//! It is read from the file that this process was started from, opened at the start: an upgrade may have
//! put another one in its place. A download never holds up a hook: few run at a time, each reads a
//! piece when its client has taken the one before, and its place is free again after a while even when
//! the client takes nothing.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore, oneshot};

use super::error::{Code, Problem, ProblemDocument};
use super::tag;

/// Downloads at a time; the next is asked to come again.
const DOWNLOADS_MAX: usize = 8;

/// A download is through by then, or is cut off: 60 MB in ten minutes is a slow line.
pub const DOWNLOAD_WAIT_MAX: Duration = Duration::from_mins(10);

/// Memory of a download: one piece of this size, twice for a moment.
const PIECE_BYTES: usize = 64 * 1024;

/// What names and proves the bytes of an answer (RFC 9530).
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The binary that runs.
#[derive(Debug, Clone)]
pub struct Own {
    file: Arc<File>,
    /// Its length and hash: read through once, when somebody first asks.
    seen: Arc<OnceCell<Seen>>,
    places: Arc<Semaphore>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    bytes: u64,
    sha256: [u8; 32],
}

/// Nothing where the system does not show a process its own file.
pub fn routes() -> Router {
    let own = match File::open("/proc/self/exe") {
        Ok(file) => Own {
            file: Arc::new(file),
            seen: Arc::default(),
            places: Arc::new(Semaphore::new(DOWNLOADS_MAX)),
        },
        Err(error) => {
            tracing::warn!(%error, "/download/creel is not there: the binary cannot be read");
            return Router::new();
        }
    };
    Router::new()
        .route("/download/creel", get(binary))
        .route("/download/creel.sha256", get(checksum))
        .with_state(own)
}

/// The binary that this server runs, for machines of its kind. `HEAD` answers the same without it.
#[utoipa::path(
    get, path = "/download/creel", operation_id = "downloadCreel", tag = "operations",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of a copy that is there already")),
    responses((status = 200, description = "The binary; `Repr-Digest` carries its SHA-256", body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 304, description = "The copy that `If-None-Match` names is this one"),
              (status = 503, description = "Too many download it now", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn binary(
    State(own): State<Own>,
    method: Method,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let seen = own.seen().await?;
    let tag = format!("\"{}\"", hex::encode(seen.sha256));
    let digest = format!("sha-256=:{}:", STANDARD.encode(seen.sha256));
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, HeaderValue::try_from(tag.as_str()).map_err(internal)?);
    headers.insert(REPR_DIGEST, HeaderValue::try_from(digest).map_err(internal)?);
    // A copy is good for as long as the server says it is the same.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if tag::is_known(&asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let known = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"creel\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    headers.extend(known.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::CONTENT_LENGTH, seen.bytes.into());
    if method == Method::HEAD {
        return Ok((headers, Body::empty()).into_response());
    }
    let Ok(place) = Arc::clone(&own.places).try_acquire_owned() else {
        return Err(Problem::new(Code::Busy, "too many are downloading; come back in a moment"));
    };
    Ok((headers, pieces(own.file, seen.bytes, place, DOWNLOAD_WAIT_MAX)).into_response())
}

/// The SHA-256 of the binary, as `sha256sum --check` reads it.
#[utoipa::path(
    get, path = "/download/creel.sha256", operation_id = "downloadChecksum", tag = "operations",
    responses((status = 200, description = "The hash in hex, and the name `creel`", body = String))
)]
pub async fn checksum(State(own): State<Own>) -> Result<Response, Problem> {
    let seen = own.seen().await?;
    let line = format!("{}  creel\n", hex::encode(seen.sha256));
    Ok(([(header::CACHE_CONTROL, "no-cache")], line).into_response())
}

fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::internal(&error)
}

impl Own {
    async fn seen(&self) -> Result<Seen, Problem> {
        let look = || async {
            let file = Arc::clone(&self.file);
            tokio::task::spawn_blocking(move || Seen::of(&file)).await.map_err(io::Error::other)?
        };
        self.seen.get_or_try_init(look).await.copied().map_err(internal)
    }
}

impl Seen {
    fn of(file: &File) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let mut bytes = 0;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let length = file.read_at(&mut piece, bytes)?;
            if length == 0 {
                return Ok(Self { bytes, sha256: hash.finalize().into() });
            }
            hash.update(&piece[..length]);
            bytes += length as u64;
        }
    }
}

/// A file, piece by piece.
fn pieces(file: Arc<File>, bytes: u64, place: OwnedSemaphorePermit, wait: Duration) -> Body {
    let mut at = 0;
    in_pieces(place, wait, move || {
        if at >= bytes {
            return Ok(None);
        }
        let left = usize::try_from(bytes - at).unwrap_or(PIECE_BYTES);
        let mut piece = vec![0; left.min(PIECE_BYTES)];
        file.read_exact_at(&mut piece, at)?;
        at += piece.len() as u64;
        Ok(Some(piece.into()))
    })
}

/// What leaves piece by piece, until `next` has no more; it may block. The place is held until the last
/// piece was taken, the client has left, or `wait` is over; after that nothing more comes.
pub fn in_pieces<N>(place: OwnedSemaphorePermit, wait: Duration, next: N) -> Body
where
    N: FnMut() -> io::Result<Option<Bytes>> + Send + 'static,
{
    let in_use = hold(place, wait);
    let step = |state: Option<(N, oneshot::Sender<()>)>| async move {
        let (mut next, in_use) = state?;
        if in_use.is_closed() {
            return Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None));
        }
        let made = tokio::task::spawn_blocking(move || {
            let piece = next();
            (piece, next)
        });
        match made.await {
            Ok((Ok(piece), next)) => Some((Ok(piece?), Some((next, in_use)))),
            Ok((Err(error), _)) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    };
    Body::from_stream(stream::unfold(Some((next, in_use)), step))
}

/// Hold a place for who gets pieces: until what is given back is dropped, or `wait` is over, after which it is closed.
/// Nobody asks for the next piece while a client takes nothing, so the clock runs beside it.
fn hold(place: OwnedSemaphorePermit, wait: Duration) -> oneshot::Sender<()> {
    let (in_use, let_go) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let _place = place;
        let _ = tokio::time::timeout(wait, let_go).await;
    });
    in_use
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http_body_util::BodyExt;

    use super::*;

    fn file_of(bytes: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        Arc::new(file)
    }

    #[tokio::test]
    async fn a_file_comes_whole_and_its_place_is_free_again() {
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * PIECE_BYTES + 7).collect();
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().expect("a place");
        let body = pieces(file_of(&bytes), bytes.len() as u64, place, DOWNLOAD_WAIT_MAX);
        assert_eq!(places.available_permits(), 0);
        assert_eq!(body.collect().await.expect("whole").to_bytes(), bytes);
        assert!(places.acquire().await.is_ok());
    }

    #[tokio::test]
    async fn who_takes_nothing_loses_the_place_and_gets_no_more() {
        let bytes = vec![1; 2 * PIECE_BYTES];
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().expect("a place");
        let mut body = pieces(file_of(&bytes), bytes.len() as u64, place, Duration::ZERO);
        drop(places.acquire().await.expect("a place, since the wait is over"));
        assert!(body.frame().await.expect("the end").is_err());
        assert!(body.frame().await.is_none());
    }
}
