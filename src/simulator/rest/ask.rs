//! A request as the REST side looks at it, and what it answers.

use std::io;

use axum::body::{self, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::Timestamp;
use crate::simulator::clock::Tick;

/// The most that anybody has to send.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Lines of a long log are sent in pieces of about this size.
const PIECE_BYTES: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    pub method: String,
    /// The path's parts in lower case, decoded: providers do not tell cases apart.
    pub parts: Vec<String>,
    /// The same as they were written.
    pub written: Vec<String>,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    Bytes(Vec<u8>),
    /// Made while it is sent.
    Pieces(Box<dyn Iterator<Item = Vec<u8>> + Send>),
    /// The connection breaks after these bytes of a longer body.
    Broken(Vec<u8>),
    /// So many bytes at a time, with this pause between them.
    Slow(Vec<u8>, std::time::Duration),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) | Self::Broken(bytes) | Self::Slow(bytes, _) => {
                write!(f, "{} bytes", bytes.len())
            }
            Self::Pieces(_) => f.write_str("pieces"),
        }
    }
}

impl Ask {
    /// A `GET` of a path with its query, as tests write it.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::of("GET", target)
    }

    #[must_use]
    pub fn of(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let written: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decoded(name), decoded(&value.replace('+', " ")))
            })
            .collect();
        Self {
            method: method.to_owned(),
            parts: written.iter().map(|part| part.to_lowercase()).collect(),
            written,
            query,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Read a request off the wire.
    pub(super) async fn read(request: Request) -> Result<Self, Answer> {
        let (head, body) = request.into_parts();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut ask = Self::of(head.method.as_str(), target);
        for (name, value) in &head.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            ask.headers.push((name.as_str().to_owned(), value));
        }
        match body::to_bytes(body, BODY_BYTES_MAX).await {
            Ok(bytes) => ask.body = bytes.to_vec(),
            Err(_) => return Err(Answer::text(413, "too large")),
        }
        Ok(ask)
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter; names do not tell cases apart.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter.
    pub fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.query
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.query(name)?.parse().ok()
    }

    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.query(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// A time; an error is what stands there in its place.
    pub fn moment(&self, name: &str) -> Result<Option<Tick>, &str> {
        let Some(text) = self.query(name) else { return Ok(None) };
        match Timestamp::parse_rfc3339(text) {
            Some(at) => Ok(Some(Tick::of(at))),
            None => Err(text),
        }
    }

    #[must_use]
    pub fn accepts(&self, kind: &str) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains(kind))
    }

    /// `http://127.0.0.1:4100`: where whoever asks sees the simulator.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1:4100"))
    }

    /// Lower-case parts, to match on.
    #[must_use]
    pub fn path(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }
}

impl Answer {
    #[must_use]
    pub fn json(status: u16, value: &Value) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        let kind = "application/json; charset=utf-8".to_owned();
        Self { status, headers: vec![("content-type", kind)], body: Body::Bytes(body) }
    }

    #[must_use]
    pub fn text(status: u16, text: impl Into<Vec<u8>>) -> Self {
        let kind = "text/plain; charset=utf-8".to_owned();
        Self { status, headers: vec![("content-type", kind)], body: Body::Bytes(text.into()) }
    }

    #[must_use]
    pub fn html(status: u16, text: &str) -> Self {
        let kind = "text/html; charset=utf-8".to_owned();
        let body = Body::Bytes(text.as_bytes().to_vec());
        Self { status, headers: vec![("content-type", kind)], body }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Lines, sent as they are made. `write` puts one into a buffer, with its end.
    pub fn lines<L, W>(lines: L, mut write: W) -> Self
    where
        L: Iterator + Send + 'static,
        W: FnMut(L::Item, &mut Vec<u8>) + Send + 'static,
    {
        let mut lines = lines;
        let pieces = std::iter::from_fn(move || {
            let mut piece = Vec::with_capacity(PIECE_BYTES + 1_024);
            while piece.len() < PIECE_BYTES {
                let Some(line) = lines.next() else { break };
                write(line, &mut piece);
            }
            (!piece.is_empty()).then_some(piece)
        });
        let kind = "text/plain; charset=utf-8".to_owned();
        let body = Body::Pieces(Box::new(pieces));
        Self { status: 200, headers: vec![("content-type", kind)], body }
    }

    /// The whole body, however it is made.
    #[must_use]
    pub fn whole(self) -> Vec<u8> {
        match self.body {
            Body::Bytes(bytes) | Body::Broken(bytes) | Body::Slow(bytes, _) => bytes,
            Body::Pieces(pieces) => pieces.flatten().collect(),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let body = match self.body {
            Body::Bytes(bytes) => body::Body::from(bytes),
            Body::Pieces(pieces) => body::Body::from_stream(tokio_stream::iter(
                pieces.map(|piece| Ok::<_, io::Error>(Bytes::from(piece))),
            )),
            Body::Broken(bytes) => {
                let broken = Err(io::Error::other("the script breaks the connection here"));
                body::Body::from_stream(tokio_stream::iter([Ok(Bytes::from(bytes)), broken]))
            }
            Body::Slow(bytes, pause) => {
                let pieces: Vec<Bytes> = bytes
                    .chunks(bytes.len().div_ceil(8).max(1))
                    .map(Bytes::copy_from_slice)
                    .collect();
                use tokio_stream::StreamExt as _;
                let pieces = tokio_stream::iter(pieces).then(move |piece| async move {
                    tokio::time::sleep(pause).await;
                    Ok::<_, io::Error>(piece)
                });
                body::Body::from_stream(pieces)
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
