//! The interpreters: from a stored request to one provider-neutral [`Reading`].
//!
//! Each provider has the same files: `hook.rs` (what the envelope alone tells: the answer to give
//! and the delivery's identity), `payload.rs` (the provider's words), `decode.rs` (from those words
//! to ours). All of it is pure. What happens to a reading is decided in `workers` and `store`.

pub mod azure_devops;
pub mod buildkite;
pub mod dates;

use sha2::{Digest, Sha256};

use crate::model::{Answer, Provider, Reading, Timestamp, Unreadable};

/// Where a request arrived: decides who interprets it and what an unreadable body is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `/webhooks/azure`, `/webhooks/azure-devops`, `/hooks/receive`.
    Azure,
    /// `/webhooks/buildkite`.
    Buildkite,
    /// `/webhooks/github`: stored whole until a decoder exists.
    Github,
    /// `/webhooks/gitlab`: stored whole until a decoder exists.
    Gitlab,
    /// `/hooks/{channel}`: an Azure DevOps envelope, or anything else.
    Channel,
}

impl Route {
    const ALL: [Self; 5] =
        [Self::Azure, Self::Buildkite, Self::Github, Self::Gitlab, Self::Channel];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Buildkite => "buildkite",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Channel => "channel",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

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

/// What the envelope alone tells. Cheap: runs before the answer, on every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    pub provider: Provider,
    pub answer: Answer,
    /// A sentence for the sender, where the answer needs one (`skipped`, `parked`, `test`).
    pub reason: Option<String>,
    pub event_type: Option<String>,
    pub identity: Identity,
    /// Azure project GUID and name, as far as the envelope tells; for keys that allow some only.
    pub projects: Vec<String>,
    pub publisher: Option<String>,
}

/// What makes a delivery the same delivery. Unique for ever, in the commit that stores it.
///
/// Ordered by (scope, ordinal, digest): `ordinal` grows with time, so that new identities land at
/// the end of their index instead of all over it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Interned by the journal: `azure:<subscription>`, `buildkite:request`, `channel:<name>`.
    pub scope: String,
    /// A number that counts up (notification), or the hour of the happening.
    pub ordinal: i64,
    pub digest: [u8; 16],
}

impl Identity {
    /// The first 16 bytes of a SHA-256 over the parts, each with its length in front.
    #[must_use]
    pub fn digest(parts: &[&[u8]]) -> [u8; 16] {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize()[..16]);
        digest
    }

    /// Identity of a body that carries no id of its own: its digest, under the hour it tells of.
    #[must_use]
    pub fn of_body(scope: &str, hour: Option<Timestamp>, parts: &[&[u8]]) -> Self {
        Self {
            scope: scope.to_owned(),
            ordinal: hour.map_or(0, Timestamp::hour),
            digest: Self::digest(parts),
        }
    }
}

/// Look at the envelope: which answer, which identity. `channel` is the free word of
/// `/hooks/{channel}`: the same foreign body on two channels is two deliveries.
#[must_use]
pub fn peek(request: &HookRequest<'_>, channel: Option<&str>) -> Peek {
    match request.route {
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
        Route::Gitlab => opaque(request, Provider::Gitlab, "x-gitlab-event", "idempotency-key"),
    }
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
        projects: Vec::new(),
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
        Provider::Github | Provider::Gitlab | Provider::Other => None,
    }
}

/// Version of the decoder that reads a provider's entries; grows with every change that reads an
/// old body differently, so that an operator can replay what an older one has read.
#[must_use]
pub fn decoder_version(provider: Provider) -> i64 {
    match provider {
        Provider::AzureDevops => azure_devops::decode::VERSION,
        Provider::Buildkite => buildkite::decode::VERSION,
        Provider::Github | Provider::Gitlab | Provider::Other => 0,
    }
}

/// Parse JSON into a payload type; what is wrong is told with its path. The whole body is read: one
/// that goes on after its value, or is not UTF-8, is not JSON.
pub(crate) fn parse<'de, T: serde::Deserialize<'de>>(body: &'de [u8]) -> Result<T, Unreadable> {
    let unreadable = |reason: String| Unreadable { reason, path: ".".to_owned() };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        Unreadable { path: error.path().to_string(), reason: error.into_inner().to_string() }
    })?;
    deserializer.end().map_err(|error| unreadable(error.to_string()))?;
    Ok(value)
}
