//! What the envelope alone tells: the answer to give, and the delivery's identity.
//!
//! Runs before the answer on every request, so it reads the body once, borrows from it, and looks
//! inside no object unless the delivery has no id.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::fields::{self, Object};
use crate::model::{Answer, Provider, Timestamp};
use crate::providers::{HookRequest, Identity, Peek, dates};

const EVENT_HEADER: &str = "x-buildkite-event";
const REQUEST_HEADER: &str = "x-buildkite-request";

/// Longest event type that is kept. Buildkite's longest has 34 characters; a body can hold any.
const EVENT_TYPE_CHARS_MAX: usize = 100;

/// What an event type is about, and with it whether it makes a build record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Build,
    Job,
    Agent,
    ClusterToken,
    Ping,
    /// Sent by way of Amazon `EventBridge`, in a form of its own.
    EventBridge,
    Unknown,
}

impl Topic {
    pub(super) fn of(event_type: &str, is_event_bridge: bool) -> Self {
        match event_type {
            _ if is_event_bridge => Self::EventBridge,
            "build.scheduled" | "build.running" | "build.failing" | "build.finished"
            | "build.skipped" => Self::Build,
            // Words of other doors (documentation samples, notifications, REST filters) that people
            // replay by hand. The state in the body counts anyway.
            "build.started" | "build.blocked" | "build.passed" | "build.failed"
            | "build.canceled" | "build.not_run" => Self::Build,
            "job.scheduled"
            | "job.started"
            | "job.finished"
            | "job.activated"
            | "job.promised_exit_status" => Self::Job,
            "ping" => Self::Ping,
            _ if event_type.starts_with("agent.") => Self::Agent,
            _ if event_type.starts_with("cluster_token.") => Self::ClusterToken,
            _ => Self::Unknown,
        }
    }
}

/// The event type: the body's word, else the header's, else that of an `EventBridge` body.
pub(super) fn event_type<'a>(
    request: &'a HookRequest<'_>,
    in_body: Option<&'a str>,
    detail_type: Option<&'a str>,
) -> Option<&'a str> {
    let word = [in_body, request.header(EVENT_HEADER), detail_type]
        .into_iter()
        .flatten()
        .map(str::trim)
        .find(|word| !word.is_empty())?;
    let end = word.char_indices().nth(EVENT_TYPE_CHARS_MAX).map_or(word.len(), |(at, _)| at);
    Some(&word[..end])
}

/// Look at the envelope: which answer, which identity.
#[must_use]
pub fn peek(request: &HookRequest<'_>) -> Peek {
    let read = Envelope::read(request.body);
    let unread = Envelope::default();
    let envelope = read.as_ref().unwrap_or(&unread);
    let detail_type = envelope.detail_type.as_deref();
    let event_type = event_type(request, envelope.event.as_deref(), detail_type);

    let (answer, reason) = match (&read, event_type) {
        (Err(error), _) => (Answer::Parked, Some(format!("the body is not JSON: {error}"))),
        (Ok(_), None) => (
            Answer::Parked,
            Some(
                "no event type: neither `event` in the body nor the header X-Buildkite-Event"
                    .to_owned(),
            ),
        ),
        (Ok(_), Some(event_type)) => {
            answer(event_type, Topic::of(event_type, detail_type.is_some()))
        }
    };
    Peek {
        provider: Provider::Buildkite,
        answer,
        reason,
        event_type: event_type.map(str::to_owned),
        identity: identity(request, envelope, event_type),
        publisher: None,
    }
}

fn answer(event_type: &str, topic: Topic) -> (Answer, Option<String>) {
    let reason = match topic {
        Topic::Build | Topic::Job => return (Answer::Stored, None),
        Topic::Ping => "a ping: Buildkite can reach this address".to_owned(),
        Topic::Agent => "tells of an agent, not of a build".to_owned(),
        Topic::ClusterToken => "tells of a cluster token, not of a build".to_owned(),
        Topic::EventBridge => {
            "an Amazon EventBridge body: kept whole, only webhooks are read".to_owned()
        }
        Topic::Unknown => format!("kept whole: `{event_type}` is no event type known here"),
    };
    (Answer::Skipped, Some(reason))
}

/// The id that Buildkite gives a delivery, else the body itself.
///
/// The id alone counts: the body of a repetition may differ, since it tells the state of the build
/// when it was sent. Today's ids begin with a time in milliseconds, so their first half is a number
/// that counts up.
fn identity(
    request: &HookRequest<'_>,
    envelope: &Envelope<'_>,
    event_type: Option<&str>,
) -> Identity {
    const SCOPE: &str = "buildkite:request";
    match request.header(REQUEST_HEADER).map(str::trim).filter(|id| !id.is_empty()) {
        Some(id) => match Uuid::try_parse(id) {
            Ok(id) => Identity {
                scope: SCOPE.to_owned(),
                ordinal: id.as_u64_pair().0.cast_signed(),
                digest: id.into_bytes(),
            },
            Err(_) => Identity::of_body(SCOPE, None, &[id.as_bytes()]),
        },
        None => Identity::of_body(
            "buildkite:body",
            envelope.newest_at(),
            &[event_type.unwrap_or_default().as_bytes(), request.body],
        ),
    }
}

/// The top of a body, borrowed. Reading it proves that the whole body is JSON.
#[derive(Debug, Default)]
struct Envelope<'a> {
    event: Option<Cow<'a, str>>,
    detail_type: Option<Cow<'a, str>>,
    build: Option<&'a RawValue>,
    job: Option<&'a RawValue>,
    agent: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, NotJson> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.trim_ascii().is_empty() {
            return Err(NotJson::Empty);
        }
        let text = std::str::from_utf8(body).map_err(|_| NotJson::NotText)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let envelope = fields::object(&mut deserializer).map_err(NotJson::Unsound)?;
        deserializer.end().map_err(NotJson::Unsound)?;
        Ok(envelope.unwrap_or_default())
    }

    /// The newest date of the objects that events are about: places the identity of a body near
    /// those of its time.
    fn newest_at(&self) -> Option<Timestamp> {
        [self.build, self.job, self.agent]
            .into_iter()
            .flatten()
            .filter_map(|object| serde_json::from_str::<Object<Dates<'_>>>(object.get()).ok()?.0)
            .flat_map(Dates::told)
            .max()
    }
}

#[derive(Debug, thiserror::Error)]
enum NotJson {
    #[error("it is empty")]
    Empty,
    #[error("it is not UTF-8")]
    NotText,
    #[error(transparent)]
    Unsound(serde_json::Error),
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Event,
    #[serde(rename = "detail-type")]
    DetailType,
    Build,
    Job,
    Agent,
    #[serde(other)]
    Other,
}

// By hand, because a derived reader calls a body unsound that holds a key twice.
impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnvelopeVisitor;

        impl<'de> Visitor<'de> for EnvelopeVisitor {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        Key::Event => envelope.event = map.next_value::<Word>()?.0,
                        Key::DetailType => envelope.detail_type = map.next_value::<Word>()?.0,
                        Key::Build => envelope.build = Some(map.next_value()?),
                        Key::Job => envelope.job = Some(map.next_value()?),
                        Key::Agent => envelope.agent = Some(map.next_value()?),
                        Key::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(envelope)
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Word<'a>(#[serde(borrow, deserialize_with = "fields::borrowed_word")] Option<Cow<'a, str>>);

/// Dates that move with the event, as far as bodies agree on them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Dates<'a> {
    #[serde(borrow, rename = "created_at", deserialize_with = "fields::borrowed_text")]
    created: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "started_at", deserialize_with = "fields::borrowed_text")]
    started: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "finished_at", deserialize_with = "fields::borrowed_text")]
    finished: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "connected_at", deserialize_with = "fields::borrowed_text")]
    connected: Option<Cow<'a, str>>,
}

impl Dates<'_> {
    fn told(self) -> impl Iterator<Item = Timestamp> {
        [self.created, self.started, self.finished, self.connected]
            .into_iter()
            .flatten()
            .filter_map(|text| dates::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Route;

    const REQUEST_ID: &str = "019c2a77-5b10-7c3e-9d51-0a4f6f1b2c3d";

    fn peek_with(headers: &[(&str, &str)], body: &str) -> Peek {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        peek(&HookRequest { route: Route::Buildkite, headers: &headers, body: body.as_bytes() })
    }

    fn answer_to(body: &str) -> Answer {
        peek_with(&[], body).answer
    }

    #[test]
    fn builds_and_jobs_are_stored_and_everything_else_is_skipped_with_a_reason() {
        for (event, expected) in [
            ("build.scheduled", Answer::Stored),
            ("build.running", Answer::Stored),
            ("build.failing", Answer::Stored),
            ("build.finished", Answer::Stored),
            ("build.skipped", Answer::Stored),
            ("build.started", Answer::Stored),
            ("job.scheduled", Answer::Stored),
            ("job.started", Answer::Stored),
            ("job.finished", Answer::Stored),
            ("job.activated", Answer::Stored),
            ("job.promised_exit_status", Answer::Stored),
            ("ping", Answer::Skipped),
            ("agent.connected", Answer::Skipped),
            ("agent.lost", Answer::Skipped),
            ("agent.reborn", Answer::Skipped),
            ("cluster_token.registration_blocked", Answer::Skipped),
            ("build.levitated", Answer::Skipped),
            ("package.published", Answer::Skipped),
        ] {
            let peek = peek_with(&[], &format!(r#"{{"event": "{event}"}}"#));
            assert_eq!(peek.answer, expected, "{event}");
            assert_eq!(peek.event_type.as_deref(), Some(event));
            assert_eq!(peek.reason.is_some(), expected == Answer::Skipped, "{event}");
        }
    }

    #[test]
    fn the_event_type_of_the_body_comes_before_that_of_the_header() {
        let header = [("x-buildkite-event", "build.running")];
        for (body, expected) in [
            (r#"{"event": "build.finished"}"#, "build.finished"),
            (r#"{"event": null}"#, "build.running"),
            (r#"{"event": {"name": "build.finished"}}"#, "build.running"),
            (r#"{"event": " "}"#, "build.running"),
            (r#"{"event": 5}"#, "build.running"),
            (r#"{"project": {}}"#, "build.running"),
        ] {
            assert_eq!(peek_with(&header, body).event_type.as_deref(), Some(expected), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_not_json_or_has_no_event_type_is_parked() {
        for body in [
            "",
            "  \n",
            "event=build.finished",
            r#"{"event": "build.finished""#,
            r#"{"event": "build.finished"} and more"#,
            r#"{"event": "build.finished", "build": {"number": 01}}"#,
            "{}",
            "[]",
            "7",
            r#"{"build": {}}"#,
            r#"{"event": 5}"#,
        ] {
            let peek = peek_with(&[], body);
            assert_eq!(peek.answer, Answer::Parked, "{body}");
            assert!(peek.reason.is_some(), "{body}");
        }
        let not_text =
            HookRequest { route: Route::Buildkite, headers: &[], body: b"{\"a\":\"\xff\"}" };
        assert_eq!(peek(&not_text).answer, Answer::Parked);
    }

    #[test]
    fn a_body_that_is_not_json_is_parked_even_when_the_header_names_its_event() {
        let peek = peek_with(&[("x-buildkite-event", "build.finished")], "not json");
        assert_eq!(peek.answer, Answer::Parked);
        assert_eq!(peek.event_type.as_deref(), Some("build.finished"));
    }

    #[test]
    fn a_byte_order_mark_and_a_repeated_key_are_no_reason_to_park() {
        assert_eq!(answer_to("\u{feff}{\"event\": \"build.finished\"}"), Answer::Stored);
        assert_eq!(answer_to(r#"{"event": "ping", "event": "build.finished"}"#), Answer::Stored);
    }

    #[test]
    fn an_event_bridge_body_is_skipped_under_its_own_word() {
        let body = r#"{"detail-type": "Build Finished", "detail": {"build": {"uuid": "1"}}}"#;
        let peek = peek_with(&[], body);
        assert_eq!(peek.answer, Answer::Skipped);
        assert_eq!(peek.event_type.as_deref(), Some("Build Finished"));
    }

    #[test]
    fn an_endless_event_type_is_cut() {
        let peek = peek_with(&[], &format!(r#"{{"event": "{}"}}"#, "ä".repeat(5000)));
        assert_eq!(peek.event_type.unwrap().chars().count(), EVENT_TYPE_CHARS_MAX);
    }

    #[test]
    fn the_request_id_alone_tells_deliveries_apart() {
        let of = |id: &str, body: &str| peek_with(&[("x-buildkite-request", id)], body).identity;
        let first = of(REQUEST_ID, r#"{"event": "build.finished", "build": {"state": "running"}}"#);
        let again = of(REQUEST_ID, r#"{"event": "build.finished", "build": {"state": "passed"}}"#);
        assert_eq!(first, again);
        assert_eq!(first.scope, "buildkite:request");
        assert_ne!(first, of("019c2a77-5b10-7c3e-9d51-0a4f6f1b2c3e", "{}"));
        // A later id has a greater number: it starts with the time.
        let later = of("019c2a77-5b11-7000-8000-000000000000", "{}");
        assert!(first < later);
        // A sender in between may use ids of its own.
        assert_eq!(of("delivery 7", "{}"), of("delivery 7", "[]"));
        assert_ne!(of("delivery 7", "{}"), of("delivery 8", "{}"));
    }

    #[test]
    fn without_a_request_id_the_body_is_the_identity_under_its_hour() {
        let of = |body: &str| peek_with(&[], body).identity;
        let body = r#"{"event": "build.running", "build": {"id": "b1",
            "created_at": "2026-03-02 10:00:00 UTC", "started_at": "2026-03-02T11:00:00.000Z"}}"#;
        let identity = of(body);
        assert_eq!(identity, of(body));
        assert_eq!(identity.scope, "buildkite:body");
        let started_at = dates::parse("2026-03-02 11:00:00 UTC").unwrap();
        assert_eq!(identity.ordinal, started_at.hour());
        assert_ne!(identity, of(&body.replace("b1", "b2")));
        assert_eq!(of("{}").ordinal, 0);
    }

    #[test]
    fn the_same_body_under_another_event_header_is_another_delivery() {
        let body = r#"{"build": {"id": "b1"}, "project": {}}"#;
        let of = |event: &str| peek_with(&[("x-buildkite-event", event)], body).identity;
        assert_ne!(of("build.running"), of("build.finished"));
    }
}
