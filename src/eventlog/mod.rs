//! The event log as a file: one line per entry, each sealed by what stands before it.
//!
//! A log is made of lines of JSON: a header, the entries, a footer. Each ends with a member `hash`: the
//! SHA-256 over the hash of the line before (64 hexadecimal letters; zeros before the first) and the
//! line itself without that member. So a line that is changed, left out or put in breaks every line
//! after it, and a log without its footer was cut. `docs/operate/backup.md` has the definition for
//! those who check a log without Creel.

mod chain;
pub mod export;
pub mod read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::journal::{Entry, Label, NewEntry, Way};
use crate::model::{Answer, EntryId, Identity, KeyId, Provider, Route, Timestamp};
use crate::providers::{HookRequest, look};

/// Version of the format.
pub const FORMAT: u32 = 1;

/// Longest line: the largest body, twice, and its headers.
pub const LINE_BYTES_MAX: usize = 40 * 1024 * 1024;

/// One line of a log, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    Header(Header),
    Entry(Box<EntryLine>),
    Footer(Footer),
}

/// What the log is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// Version of the Creel that wrote it.
    pub creel: String,
    pub exported_at: Timestamp,
    pub range: Range,
    pub bodies: Bodies,
}

/// Which entries were asked for. `None`: no limit on that side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub from: Option<EntryId>,
    pub to: Option<EntryId>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bodies {
    /// Secrets in them are masked, as on every way out.
    Masked,
    /// Byte for byte as they were sent.
    Verbatim,
}

/// Ends the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    pub entries: u64,
    /// Entries that could not be read from the disk, and are not in the log.
    pub damaged: Vec<EntryId>,
    /// Made-up entries, which are nobody's history.
    pub samples: u64,
    /// Hash of the line before this one.
    pub head: String,
}

/// An accepted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
    /// Its number where it was exported.
    pub entry: EntryId,
    pub received_at: Timestamp,
    pub provider: String,
    pub route: String,
    pub channel: Option<String>,
    /// Name of the key it came with.
    pub key: Option<String>,
    pub event_type: Option<String>,
    pub answer: String,
    /// Whether the key allowed its project and publisher.
    pub admitted: bool,
    pub reason: Option<String>,
    pub identity: Option<IdentityLine>,
    /// Masked when they were stored.
    pub headers: Vec<(String, String)>,
    /// The body where it is UTF-8, else `body_base64`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_base64: Option<String>,
}

/// What makes the delivery the same delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityLine {
    pub scope: String,
    pub ordinal: i64,
    /// 16 bytes in hexadecimal.
    pub digest: String,
}

impl EntryLine {
    #[must_use]
    pub fn new(entry: Entry, key: Option<&str>, identity: Option<Identity>, body: &[u8]) -> Self {
        let label = entry.label;
        let text = std::str::from_utf8(body).ok().filter(|text| is_short_in_json(text));
        Self {
            entry: entry.id,
            received_at: entry.received_at,
            provider: label.provider.as_str().to_owned(),
            route: label.route.as_str().to_owned(),
            channel: label.channel,
            key: key.map(str::to_owned),
            event_type: label.event_type,
            answer: label.answer.as_str().to_owned(),
            admitted: label.admitted,
            reason: entry.note.or(label.reason),
            identity: identity.map(|identity| IdentityLine {
                scope: identity.scope,
                ordinal: identity.ordinal,
                digest: hex::encode(identity.digest),
            }),
            headers: entry.headers,
            body: text.map(str::to_owned),
            body_base64: text.is_none().then(|| BASE64.encode(body)),
        }
    }

    /// The entry, on its way into a journal where it was told by `key`; else what is wrong with it.
    pub fn into_entry(self, key: KeyId) -> Result<NewEntry, String> {
        let unknown = |what: &str, word: &str| format!("there is no {what} `{word}`");
        let provider =
            Provider::parse(&self.provider).ok_or_else(|| unknown("provider", &self.provider))?;
        let route = Route::parse(&self.route).ok_or_else(|| unknown("route", &self.route))?;
        let answer = Answer::parse(&self.answer).ok_or_else(|| unknown("answer", &self.answer))?;
        let body = match (self.body, self.body_base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(text)) => {
                BASE64.decode(text).map_err(|error| format!("its body is no base64: {error}"))?
            }
            _ => return Err("it has to have either `body` or `body_base64`".to_owned()),
        };
        let identity = match self.identity {
            Some(identity) => Identity {
                scope: identity.scope,
                ordinal: identity.ordinal,
                digest: hex::decode(&identity.digest)
                    .ok()
                    .and_then(|digest| digest.try_into().ok())
                    .ok_or("the digest of its identity is not 16 bytes in hexadecimal")?,
            },
            // As the door would have told it.
            None => {
                let request = HookRequest { route, headers: &self.headers, body: &body };
                look(&request, self.channel.as_deref()).peek.identity
            }
        };
        // As the door divides them: reasons that differ from body to body stay with the entry.
        let (label_reason, note) = match answer {
            Answer::Parked => (None, self.reason),
            _ => (self.reason, None),
        };
        Ok(NewEntry {
            received_at: self.received_at,
            label: Label {
                provider,
                route,
                channel: self.channel,
                key,
                event_type: self.event_type,
                answer,
                admitted: self.admitted,
                reason: label_reason,
            },
            note,
            identity,
            headers: self.headers,
            body: body.into(),
            // Receivers in the same house got it when it came.
            handed_on: None,
            way: Way::Imported,
        })
    }
}

/// Whether a text takes at most twice its length in JSON; base64 is better for what does not, and the
/// length of a line stays bounded.
fn is_short_in_json(text: &str) -> bool {
    let escaped: usize = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum();
    escaped <= text.len() * 2
}
