//! Reading a body within bounds: size, time, and memory over all requests together.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Code, Problem};

/// Largest body, after decompression. Azure DevOps sends at most 2 MB, reports can be larger.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Grain of the memory budget.
const GRAIN: usize = 4 * 1024;

/// How long a body waits for its share of the memory before its sender is asked to come back.
const BUDGET_WAIT_MAX: Duration = Duration::from_secs(3);

/// What of a body that is too large is read all the same, and thrown away, and how long that may take. Most
/// clients read an answer only when all is sent, and of one that hangs up before they tell nothing.
const SPILL_BYTES_MAX: usize = 128 * 1024 * 1024;
const SPILL_TIME_MAX: Duration = Duration::from_secs(10);
/// Who sends nothing for so long waits for an answer.
const SPILL_PAUSE_MAX: Duration = Duration::from_secs(1);

/// Memory for bodies that are on their way in.
#[derive(Debug, Clone)]
pub struct BodyBudget {
    grains: Arc<Semaphore>,
    slow_sender: Duration,
}

/// A body in memory, and its share of the budget.
#[derive(Debug)]
pub struct Received {
    /// As it came over the wire: what signatures are made over.
    pub raw: Bytes,
    share: Option<OwnedSemaphorePermit>,
}

/// What a body says, and its share of the budget.
#[derive(Debug)]
pub struct Content {
    pub bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

impl BodyBudget {
    #[must_use]
    pub fn new(bytes: usize, slow_sender: Duration) -> Self {
        // At least one largest body, or none could ever be received.
        let grains = (bytes.max(2 * BODY_BYTES_MAX) / GRAIN).min(Semaphore::MAX_PERMITS);
        Self { grains: Arc::new(Semaphore::new(grains)), slow_sender }
    }

    /// Read a body to its end. One that waits for leave to be sent (`Expect: 100-continue`) is not asked for
    /// where it is too large.
    pub async fn receive(
        &self,
        mut body: Body,
        declared: Option<u64>,
        waits_for_leave: bool,
    ) -> Result<Received, Problem> {
        let is_too_large = declared.is_some_and(|length| length > BODY_BYTES_MAX as u64);
        let read = match is_too_large {
            true => Ok(None),
            false => tokio::time::timeout(self.slow_sender, self.read(&mut body)).await.map_err(
                |_| {
                    let limit = self.slow_sender.as_secs();
                    let what = format!("the body was not complete after {limit} s");
                    Problem::new(Code::BodyTooSlow, what)
                },
            )?,
        };
        if let Some(received) = read? {
            return Ok(received);
        }
        if !(is_too_large && waits_for_leave) {
            let time = SPILL_TIME_MAX.min(self.slow_sender);
            // Whether it came to its end makes no difference to the answer.
            let _ = tokio::time::timeout(time, spill(&mut body)).await;
        }
        Err(Problem::new(Code::BodyTooLarge, format!("a body has at most {BODY_BYTES_MAX} bytes")))
    }

    /// `None`: it is too large.
    async fn read(&self, body: &mut Body) -> Result<Option<Received>, Problem> {
        // Most bodies come in one piece, which is kept as it is.
        let mut whole = Bytes::new();
        let mut pieces = BytesMut::new();
        let mut share: Option<OwnedSemaphorePermit> = None;
        let mut granted = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                Problem::new(Code::BodyIncomplete, "the body ended before its declared length")
            })?;
            let Ok(chunk) = frame.into_data() else { continue };
            let length = whole.len() + pieces.len() + chunk.len();
            if length > BODY_BYTES_MAX {
                return Ok(None);
            }
            let needed = length.div_ceil(GRAIN);
            if needed > granted {
                let more = u32::try_from(needed - granted).unwrap_or(u32::MAX);
                let permit = self.wait_for(more).await?;
                match &mut share {
                    Some(held) => held.merge(permit),
                    None => share = Some(permit),
                }
                granted = needed;
            }
            if whole.is_empty() && pieces.is_empty() {
                whole = chunk;
                continue;
            }
            pieces.extend_from_slice(&std::mem::take(&mut whole));
            pieces.extend_from_slice(&chunk);
        }
        let raw = if pieces.is_empty() { whole } else { pieces.freeze() };
        Ok(Some(Received { raw, share }))
    }

    /// A body without its content encoding. Decompressed away from the threads that answer others,
    /// and within the budget: nobody knows beforehand how much comes out.
    pub async fn decoded(&self, received: Received, encoding: &str) -> Result<Content, Problem> {
        if !is_gzip(encoding) {
            return Ok(Content { bytes: received.raw, _share: received.share });
        }
        let mut share = self.wait_for(grains_of(BODY_BYTES_MAX)).await?;
        // The packed body keeps its share as long as it is there, also when its sender is gone.
        let unpacking = move || {
            let Received { raw, share } = received;
            let bytes = unpacked(raw);
            drop(share);
            bytes
        };
        let bytes = tokio::task::spawn_blocking(unpacking)
            .await
            .map_err(|error| Problem::internal(&error))??;
        let unused = grains_of(BODY_BYTES_MAX) - grains_of(bytes.len());
        drop(share.split(usize::try_from(unused).unwrap_or(0)));
        Ok(Content { bytes, _share: Some(share) })
    }

    async fn wait_for(&self, grains: u32) -> Result<OwnedSemaphorePermit, Problem> {
        let busy =
            || Problem::new(Code::Busy, "too many bodies are on their way in; send it again");
        tokio::time::timeout(BUDGET_WAIT_MAX, Arc::clone(&self.grains).acquire_many_owned(grains))
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())
    }
}

/// Read on, and keep nothing.
async fn spill(body: &mut Body) {
    let mut left = SPILL_BYTES_MAX;
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(SPILL_PAUSE_MAX, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(length) else { return };
        left = rest;
    }
}

fn grains_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(GRAIN)).unwrap_or(u32::MAX)
}

fn is_gzip(encoding: &str) -> bool {
    let encoding = encoding.trim();
    encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip")
}

/// Unpack gzip. What is not what it claims to be stays as it is, since a body is kept first and
/// looked at later.
fn unpacked(raw: Bytes) -> Result<Bytes, Problem> {
    let mut plain = Vec::new();
    // One byte more than allowed tells a body that is too large from one that just fits.
    let mut reader =
        flate2::read::MultiGzDecoder::new(raw.as_ref()).take(BODY_BYTES_MAX as u64 + 1);
    if reader.read_to_end(&mut plain).is_err() {
        return Ok(raw);
    }
    if plain.len() > BODY_BYTES_MAX {
        return Err(Problem::new(
            Code::BodyTooLarge,
            format!("a body has at most {BODY_BYTES_MAX} bytes after decompression"),
        ));
    }
    Ok(plain.into())
}
