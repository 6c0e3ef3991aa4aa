//! An answer that is read while it arrives, in pieces of bounded size.

use std::io::Write;
use std::time::Duration;

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};

use super::{Client, Outgoing, SendError, root_cause, unanswered};

/// Compressed bytes that are unpacked at a time: they become a thousand times as many at most.
const PACKED_BYTES_MAX: usize = 4 * 1024;

/// How long an answer may take, besides the time for the whole.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until its status and headers are there.
    pub head: Duration,
    /// Between two pieces of its body.
    pub idle: Duration,
}

/// An answer whose body is on its way. Dropped before its end, the connection is closed.
#[derive(Debug)]
pub struct Incoming {
    pub status: u16,
    /// Lower-case names; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body, where they are told and mean what will be read.
    pub length: Option<u64>,
    response: reqwest::Response,
    unpacking: Option<Unpacking>,
    idle: Duration,
    whole: Duration,
}

#[derive(Debug)]
struct Unpacking {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// Arrived and not unpacked yet.
    packed: Bytes,
    has_begun: bool,
}

impl Client {
    /// Make a request, once, and read its answer while it arrives. It may come compressed, and is
    /// unpacked here.
    pub async fn fetch(
        &self,
        outgoing: Outgoing,
        patience: Patience,
    ) -> Result<Incoming, SendError> {
        let whole = outgoing.timeout;
        let sent =
            self.prepare(outgoing).header(ACCEPT_ENCODING, HeaderValue::from_static("gzip")).send();
        let response = tokio::time::timeout(patience.head, sent)
            .await
            .map_err(|_| SendError::Timeout(patience.head))?
            .map_err(|error| unanswered(&error, whole))?;
        let headers = response.headers();
        let coding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default();
        let unpacking = match coding {
            b"" | b"identity" => None,
            b"gzip" | b"x-gzip" => Some(Unpacking {
                decoder: MultiGzDecoder::new(Vec::new()),
                packed: Bytes::new(),
                has_begun: false,
            }),
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(SendError::Broken(format!(
                    "it came as {other}, which nobody asked for"
                )));
            }
        };
        let length =
            headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Incoming {
            status: response.status().as_u16(),
            length: length.filter(|_| unpacking.is_none()),
            headers: headers
                .iter()
                .filter_map(|(name, value)| {
                    Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
                })
                .collect(),
            response,
            unpacking,
            idle: patience.idle,
            whole,
        })
    }
}

impl Incoming {
    /// The next piece of the body; `None` at its end. A body that ends too early is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        loop {
            if let Some(piece) = self.unpack()? {
                return Ok(Some(piece));
            }
            let arrived = tokio::time::timeout(self.idle, self.response.chunk())
                .await
                .map_err(|_| SendError::Timeout(self.idle))?
                .map_err(|error| match error.is_timeout() {
                    true => SendError::Timeout(self.whole),
                    false => SendError::Broken(root_cause(&error)),
                })?;
            match (&mut self.unpacking, arrived) {
                (None, Some(piece)) if piece.is_empty() => {}
                (None, arrived) => return Ok(arrived),
                (Some(unpacking), Some(packed)) => unpacking.packed = packed,
                (Some(_), None) => return self.last(),
            }
        }
    }

    /// What the next compressed bytes become, if any wait.
    fn unpack(&mut self) -> Result<Option<Bytes>, SendError> {
        let Some(Unpacking { decoder, packed, has_begun }) = &mut self.unpacking else {
            return Ok(None);
        };
        while packed.has_remaining() {
            *has_begun = true;
            let piece = packed.split_to(packed.len().min(PACKED_BYTES_MAX));
            decoder.write_all(&piece).map_err(|error| damaged(&error))?;
            if !decoder.get_ref().is_empty() {
                return Ok(Some(std::mem::take(decoder.get_mut()).into()));
            }
        }
        Ok(None)
    }

    /// What is left when all has arrived; the check sum that ends it has to fit.
    fn last(&mut self) -> Result<Option<Bytes>, SendError> {
        let Some(Unpacking { mut decoder, has_begun, .. }) = self.unpacking.take() else {
            return Ok(None);
        };
        // An empty body has no check sum either, whatever it is said to be.
        if !has_begun {
            return Ok(None);
        }
        decoder.try_finish().map_err(|error| damaged(&error))?;
        let rest = std::mem::take(decoder.get_mut());
        Ok((!rest.is_empty()).then(|| rest.into()))
    }
}

fn damaged(error: &std::io::Error) -> SendError {
    SendError::Broken(format!("it cannot be unpacked ({error})"))
}
