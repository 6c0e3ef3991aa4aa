//! The interpreters: from a stored request to one provider-neutral [`Reading`].
//!
//! Each provider has the same files: `hook.rs` (what the envelope alone tells: the answer to give
//! and the delivery's identity), `payload.rs` (the provider's words), `decode.rs` (from those words
//! to ours). What they have in common is in [`dates`], `lenient` and `members` (values that never fail). All of
//! it is pure. What happens to a reading is decided in `workers` and `store`.

mod address;
pub mod azure_devops;
pub mod buildkite;
pub mod dates;
pub mod gitlab;
mod lenient;
mod members;
pub mod reporter;
pub mod rest;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::error::Category;

use crate::model::{Answer, EventKind, Provider, Reading, SourceRef, Unreadable};
pub use crate::model::{Identity, Route};

/// A request as received, with just what interpreters may look at.
#[derive(Debug, Clone, Copy)]
pub struct HookRequest<'a> {
    pub route: Route,
    /// Lower-case names.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl HookRequest<'_> {
    /// First value of a header; `name` is lower-case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What a request tells before it is stored.
#[derive(Debug)]
pub struct Looked {
    pub peek: Peek,
    /// What a reporter sent; `None` of hooks, and of what cannot be read.
    pub found: Option<reporter::Found>,
}

/// Look at a request before its answer. `channel` is the free word of `/hooks/{channel}`. Of hooks their
/// envelope is looked at; of what reporters send all of it, since they are told what became of it.
#[must_use]
pub fn look(request: &HookRequest<'_>, channel: Option<&str>) -> Looked {
    if let Some(peek) = peek(request, channel) {
        return Looked { peek, found: None };
    }
    let found = unless_it_breaks(|| reporter::look(request));
    let peek = reporter::peek(request.route, found.as_ref().err());
    Looked { peek, found: found.ok() }
}

/// What is about to be stored is stored, also where looking at it breaks.
fn unless_it_breaks<T>(look: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        let reason = "it could not be looked at (a bug: please report it)".to_owned();
        Err(Unreadable { reason, path: ".".to_owned() })
    })
}

impl Looked {
    /// Azure project GUIDs and names that the request names, for keys that allow some projects only.
    /// `None` where it is not of Azure DevOps, as far as it tells.
    #[must_use]
    pub fn projects(&self, request: &HookRequest<'_>) -> Option<Vec<String>> {
        match (&self.found, request.route) {
            (Some(found), _) => found.projects(),
            (None, Route::Azure | Route::Channel) => Some(azure_devops::hook::projects(request)),
            (None, _) => None,
        }
    }
}

/// What the envelope alone tells. Cheap: runs before the answer, on every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    pub provider: Provider,
    pub answer: Answer,
    /// A sentence for the sender, where the answer needs one (`skipped`, `parked`, `test`).
    pub reason: Option<String>,
    pub event_type: Option<String>,
    pub identity: Identity,
    pub publisher: Option<String>,
}

/// Look at the envelope of a hook: which answer, which identity. The same foreign body on two channels
/// is two deliveries. `None` of what reporters send.
fn peek(request: &HookRequest<'_>, channel: Option<&str>) -> Option<Peek> {
    Some(match request.route {
        Route::Azure => azure_devops::hook::peek(request),
        Route::Channel => {
            let mut peek = azure_devops::hook::peek(request);
            if let (Provider::Other, Some(channel)) = (peek.provider, channel) {
                peek.identity.scope = format!("channel:{channel}");
            }
            peek
        }
        Route::Buildkite => buildkite::hook::peek(request),
        Route::Github => opaque(request, Provider::Github, "x-github-event", "x-github-delivery"),
        Route::Gitlab => gitlab::hook::peek(request),
        Route::Reports
        | Route::Uploads
        | Route::IngestBuilds
        | Route::IngestStages
        | Route::IngestTests
        | Route::IngestAgents
        | Route::IngestLogs
        | Route::IngestSecurity => return None,
    })
}

/// A body that nobody here can read yet: kept whole, told apart by its sender's delivery id.
pub(crate) fn opaque(
    request: &HookRequest<'_>,
    provider: Provider,
    event_header: &str,
    id_header: &str,
) -> Peek {
    let scope = provider.as_str();
    let identity = match request.header(id_header) {
        Some(id) => Identity::of_body(&format!("{scope}:delivery"), None, &[id.as_bytes()]),
        None => Identity::of_body(
            &format!("{scope}:body"),
            None,
            &[request.header(event_header).unwrap_or_default().as_bytes(), request.body],
        ),
    };
    Peek {
        provider,
        answer: Answer::Skipped,
        reason: Some("kept whole: no decoder for this sender exists yet".to_owned()),
        event_type: request.header(event_header).map(str::to_owned),
        identity,
        publisher: None,
    }
}

/// Read a stored request. `None` where no decoder exists: the entry is done, and waits for one.
pub fn decode(
    provider: Provider,
    request: &HookRequest<'_>,
) -> Option<Result<Reading, Unreadable>> {
    match provider {
        Provider::AzureDevops => Some(azure_devops::decode::decode(request)),
        Provider::Buildkite => Some(buildkite::decode::decode(request)),
        Provider::Gitlab => Some(gitlab::decode::decode(request)),
        Provider::Reporter => Some(reporter::decode(request)),
        _ => None,
    }
}

/// Whom a request comes from that cannot be read otherwise. `None` where not even that is told.
#[must_use]
pub fn origin(provider: Provider, request: &HookRequest<'_>) -> Option<SourceRef> {
    let source = match provider {
        Provider::AzureDevops => azure_devops::decode::origin(request),
        Provider::Buildkite => buildkite::decode::origin(request),
        _ => None,
    };
    source.filter(|source| !source.keys.is_empty())
}

/// How far apart two deliveries can tell of one happening, where the same words come to be true
/// again: a build of Buildkite that goes on after a block or a retry says `build.running` with the
/// start it had (stated for both in its webhook documentation), and two services tell of one
/// happening within a second or two.
#[must_use]
pub fn echo_window_ms(provider: Provider, kind: EventKind) -> Option<i64> {
    (provider == Provider::Buildkite && kind == EventKind::BuildStarted).then_some(30_000)
}

/// Version of the decoder that reads a provider's entries; grows with every change that reads an
/// old body differently, so that an operator can replay what an older one has read.
#[must_use]
pub fn decoder_version(provider: Provider) -> i64 {
    match provider {
        Provider::AzureDevops => azure_devops::decode::VERSION,
        Provider::Buildkite => buildkite::decode::VERSION,
        Provider::Gitlab => gitlab::decode::VERSION,
        Provider::Reporter => reporter::VERSION,
        _ => 0,
    }
}

/// How everything begins that gzip has packed.
const GZIP: &[u8] = b"\x1f\x8b";

/// Parse JSON into a payload type; what is wrong is told with its path. The whole body is read: one
/// that goes on after its value, or is not UTF-8, is not JSON.
pub(crate) fn parse<'de, T: serde::Deserialize<'de>>(body: &'de [u8]) -> Result<T, Unreadable> {
    let unreadable = |reason: String| Unreadable { reason, path: ".".to_owned() };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| {
        unreadable(match body.starts_with(GZIP) {
            true => "the body is gzip, and cut short or not sent with `Content-Encoding: gzip`"
                .to_owned(),
            false => format!("the body is not UTF-8: {error}"),
        })
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        Unreadable { path: error.path().to_string(), reason: reason(&error.into_inner()) }
    })?;
    deserializer.end().map_err(|error| unreadable(reason(&error)))?;
    Ok(value)
}

/// What is wrong, for one who does not know the words of a parser of JSON.
fn reason(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data | Category::Io => error.to_string(),
        Category::Syntax | Category::Eof => {
            format!("the body is not JSON: {error}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_when_it_is_looked_at_is_parked_and_not_lost() {
        let broken: Result<(), _> = unless_it_breaks(|| panic!("a reader has a bug"));
        let peek = reporter::peek(Route::Reports, broken.as_ref().err());
        assert_eq!(peek.answer, Answer::Parked);
        assert!(peek.reason.is_some_and(|reason| reason.contains("please report it")));
    }
}
