//! The door: everybody who sends hooks or reports comes through here. A hook's envelope is looked at and
//! its body stored; what a reporter sends is looked at whole before it is stored, since it is told what
//! became of it. The sender sees 200 only after the entry is on disk.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use bytes::Bytes;
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::forward::{Head, Withheld};
use crate::hub::Hub;
use crate::journal::{Appended, HandedOn, Label, NewEntry, Way};
use crate::keys::{Key, Scope};
use crate::model::{Answer, Provider, Timestamp};
use crate::providers::reporter::Found;
use crate::providers::{self, HookRequest, Looked, Route};
use crate::secrets::Secret;
use crate::signatures::{self, SignatureError, TOLERANCE};
use crate::store::sqlite::books::sources::Refusal;
use crate::traces;

use super::auth::{self, Judged, Refused};
use super::body::{BodyBudget, Content, Received};
use super::error::{Code, Problem};
use super::hooks::Accepted;
use super::limits::Rates;
use super::{admission, mask, metrics};

/// Provider tokens kept of one address; a sender has one.
const TOKENS_MAX: usize = 4;

/// What the hook routes share besides the hub.
#[derive(Debug, Clone)]
pub struct Door {
    pub hub: Hub,
    pub rates: Arc<Rates>,
    pub budget: BodyBudget,
    /// Reports that are looked at together: each keeps a core busy, and has its body in memory twice.
    pub looks: Arc<Semaphore>,
}

/// A request that is stored.
pub(super) struct Stored {
    pub accepted: Accepted,
    /// What a reporter sent; `None` of hooks, and of what cannot be read.
    pub found: Option<Found>,
}

/// A request that arrived, judged in the order of the fields.
struct Arrival {
    route: Route,
    channel: Option<String>,
    address: Option<IpAddr>,
    headers: HeaderMap,
    uri: Uri,
}

impl Arrival {
    /// The address it was sent to, secrets masked.
    fn target(&self) -> String {
        let target = mask::target(&self.uri);
        if self.channel.as_deref() != Some(mask::MASK) {
            return target;
        }
        let query = target.split_once('?').map(|(_, query)| format!("?{query}"));
        format!("/hooks/{}{}", mask::MASK, query.unwrap_or_default())
    }

    /// Its head as it came.
    fn head(&self) -> Head {
        let headers = self.headers.iter();
        Head {
            target: self.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            from: self.address,
        }
    }
}

/// A request of a known sender, masked, as it goes into the journal.
pub(super) struct Taken {
    pub route: Route,
    pub channel: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub received_at: Timestamp,
}

impl Taken {
    /// What it tells before it is stored.
    pub fn look(&self) -> Looked {
        let request = HookRequest { route: self.route, headers: &self.headers, body: &self.body };
        providers::look(&request, self.channel.as_deref())
    }

    /// The entry, and what its sender is told.
    pub fn entry(mut self, key: &Key, looked: Looked) -> Taking {
        let request = HookRequest { route: self.route, headers: &self.headers, body: &self.body };
        let (answer, admitted, reason) =
            admission::judge(key, &looked.peek, || looked.projects(&request));
        let Looked { peek, found } = looked;
        self.headers.extend(found.as_ref().and_then(Found::note));
        // Reasons that differ from body to body stay with the entry, the others with its label.
        let (label_reason, note) = match answer {
            Answer::Parked => (None, reason.clone()),
            _ => (reason.clone(), None),
        };
        let label = Label {
            provider: peek.provider,
            route: self.route,
            channel: self.channel,
            key: key.id,
            event_type: peek.event_type,
            answer,
            admitted,
            reason: label_reason,
        };
        let entry = NewEntry {
            received_at: self.received_at,
            label,
            note,
            identity: peek.identity,
            headers: self.headers,
            body: self.body,
            handed_on: None,
            way: Way::Received,
        };
        Taking { entry, answer, reason, found }
    }
}

/// What is about to be stored.
pub(super) struct Taking {
    pub entry: NewEntry,
    answer: Answer,
    reason: Option<String>,
    found: Option<Found>,
}

impl Door {
    /// Take a request in: what of it is stored, once it is.
    pub(super) async fn take(
        &self,
        route: Route,
        channel: Option<String>,
        request: Request,
    ) -> Result<Stored, Problem> {
        let begun = Instant::now();
        let peer = auth::peer_of(&request);
        let (parts, body) = request.into_parts();
        let arrival = Arrival {
            route,
            channel,
            address: auth::client_address(&self.hub, peer, &parts.headers),
            headers: parts.headers,
            uri: parts.uri,
        };
        let span = tracing::debug_span!(
            "receive",
            otel.kind = "server",
            http.route = route.as_str(),
            answer = tracing::field::Empty,
            entry.id = tracing::field::Empty,
        );
        let traceparent = arrival.headers.get("traceparent").and_then(|value| value.to_str().ok());
        traces::link(&span, traceparent);
        let outcome = self.take_in(&arrival, body).instrument(span.clone()).await;
        let code = outcome
            .as_ref()
            .map_or_else(|problem| problem.code.as_str(), |one| one.accepted.status);
        metrics::hook_answered(route.as_str(), code, begun.elapsed());
        span.record("answer", code);
        if let Ok(stored) = &outcome {
            span.record("entry.id", stored.accepted.entry_id);
        }
        outcome
    }

    /// From the judged request to the durable entry.
    async fn take_in(&self, arrival: &Arrival, body: Body) -> Result<Stored, Problem> {
        let presented = auth::presented(&arrival.headers, &arrival.uri);
        let judged = auth::judge(&self.hub, &presented, Scope::Ingest, arrival.address);
        let (key, received) = match judged {
            Ok(Judged { key, is_in_address }) => {
                self.admit(&key, is_in_address)?;
                (key, self.read(arrival, body).await?)
            }
            Err(refused) if self.may_be_signed(arrival) => {
                // The signature is made over the body, so the body comes first.
                let received = self.read(arrival, body).await?;
                let key = self
                    .signer(arrival, &received.raw)
                    .map_err(|unsigned| self.refuse(arrival, closer(refused, unsigned)))?;
                self.admit(&key, false)?;
                (key, received)
            }
            Err(refused) => return Err(self.refuse(arrival, refused)),
        };
        let encoding = arrival.headers.get(header::CONTENT_ENCODING).and_then(|v| v.to_str().ok());
        let content = self.budget.decoded(received, encoding.unwrap_or_default()).await?;
        self.append(arrival, &key, content).await
    }

    async fn read(&self, arrival: &Arrival, body: Body) -> Result<Received, Problem> {
        let declared = arrival
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok());
        let expects = arrival.headers.get(header::EXPECT);
        let waits_for_leave =
            expects.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        self.budget.receive(body, declared, waits_for_leave).await
    }

    /// The rate of a known key.
    fn admit(&self, key: &Key, is_in_address: bool) -> Result<(), Problem> {
        let hub = &self.hub;
        let limit = key.limits.per_minute.or(hub.config().limits.known_per_minute);
        if let Some(limit) = limit
            && !self.rates.known(key.id, limit)
        {
            return Err(Problem::new(
                Code::Busy,
                format!("this key sends more than {limit} requests a minute; send it again later"),
            ));
        }
        hub.tally().key_used(key.id, hub.clock().now(), is_in_address);
        Ok(())
    }

    /// Turn a sender away; too many strangers from one address, and it is told to slow down.
    fn refuse(&self, arrival: &Arrival, refused: Refused) -> Problem {
        self.note_refusal(arrival, refused);
        let limit = self.hub.config().limits.unknown_per_minute;
        if refused.code.status() == StatusCode::UNAUTHORIZED
            && let Some(address) = arrival.address
            && !self.rates.unknown(address)
        {
            return Problem {
                retry_after_s: Some(60),
                ..Problem::new(
                    Code::TooManyRequests,
                    format!("more than {limit} requests a minute without a valid key"),
                )
            };
        }
        refused.into()
    }

    fn note_refusal(&self, arrival: &Arrival, refused: Refused) {
        let provider = match arrival.route {
            Route::Azure => Provider::AzureDevops,
            Route::Buildkite => Provider::Buildkite,
            Route::Github => Provider::Github,
            Route::Gitlab => Provider::Gitlab,
            Route::Channel => Provider::Other,
            _ => Provider::Reporter,
        };
        // The path alone: a query string may hold the very key that was refused.
        note(&self.hub, provider, arrival.route.as_str(), refused, arrival.address);
    }

    fn may_be_signed(&self, arrival: &Arrival) -> bool {
        let signed = [
            "x-buildkite-signature",
            "x-hub-signature",
            "x-hub-signature-256",
            "webhook-signature",
        ]
        .iter()
        .any(|name| arrival.headers.contains_key(*name));
        signed && !self.hub.keys().signing().is_empty()
    }

    /// The key whose secret the request is signed with, if it allows this.
    fn signer(&self, arrival: &Arrival, raw: &[u8]) -> Result<Arc<Key>, Refused> {
        let needed = Scope::Ingest;
        let mut code = Code::SignatureBad;
        for key in self.hub.keys().signing() {
            let Some(secret) = key.signing_secret() else { continue };
            match self.verify(arrival, secret, raw) {
                Ok(()) => {
                    auth::permits(&self.hub, &key, needed, arrival.address)?;
                    return Ok(key);
                }
                Err(SignatureError::Stale) => code = Code::SignatureStale,
                Err(SignatureError::Mismatch | SignatureError::Malformed(_)) => {}
            }
        }
        Err(Refused { code, key: None, needed })
    }

    fn verify(&self, arrival: &Arrival, secret: &Secret, raw: &[u8]) -> Result<(), SignatureError> {
        let text = |name: &str| arrival.headers.get(name).and_then(|value| value.to_str().ok());
        let (secret, now) = (secret.reveal(), self.hub.clock().now());
        if let Some(signature) = text("x-buildkite-signature") {
            return signatures::verify_buildkite(signature, secret, raw, now, TOLERANCE);
        }
        if let Some(signature) = text("webhook-signature") {
            let id = text("webhook-id").unwrap_or_default();
            let timestamp = text("webhook-timestamp").unwrap_or_default();
            return signatures::verify_standard_webhooks(
                id, timestamp, signature, secret, raw, now, TOLERANCE,
            );
        }
        // A sender that makes both means the better one.
        let signature = text("x-hub-signature-256").or_else(|| text("x-hub-signature"));
        signatures::verify_hub(signature.unwrap_or_default(), secret, raw)
    }

    async fn append(
        &self,
        arrival: &Arrival,
        key: &Key,
        content: Content,
    ) -> Result<Stored, Problem> {
        let hub = &self.hub;
        let mut headers = vec![(":target".to_owned(), arrival.target())];
        headers.extend(mask::headers(&arrival.headers));
        for (provider, token) in provider_tokens(&arrival.uri) {
            let fingerprint = self.keep_token(provider, key, token).await?;
            headers.push((format!(":token-{}", provider.as_str()), fingerprint));
        }
        let taken = Taken {
            route: arrival.route,
            channel: arrival.channel.clone(),
            headers,
            body: content.bytes.clone(),
            received_at: hub.clock().now(),
        };
        // What was received keeps its share of the memory until the entry is stored.
        let (taken, looked, _content) = self.look(taken, content).await?;
        let Taking { mut entry, answer, reason, found } = taken.entry(key, looked);
        entry.handed_on = self.handed_on(arrival, &entry)?;
        let Appended { entry, duplicate } = hub.journal().append(entry).await?;
        let accepted = Accepted {
            received: true,
            queued: true,
            status: if duplicate { "duplicate" } else { answer.as_str() },
            duplicate,
            entry_id: entry.0,
            reason: match duplicate {
                true => Some(format!("entry {entry} is this delivery already")),
                false => reason,
            },
        };
        Ok(Stored { accepted, found })
    }

    /// Look at a request before it is stored: at a hook in passing, at a report away from the threads
    /// that answer others, since it may take a while.
    async fn look(
        &self,
        taken: Taken,
        content: Content,
    ) -> Result<(Taken, Looked, Content), Problem> {
        if !taken.route.is_of_reporters() {
            let looked = taken.look();
            return Ok((taken, looked, content));
        }
        let turn = Arc::clone(&self.looks).acquire_owned().await;
        let turn = turn.map_err(|error| Problem::internal(&error))?;
        // The share goes along: whoever sent it may be gone before it is read.
        tokio::task::spawn_blocking(move || {
            let looked = taken.look();
            drop(turn);
            (taken, looked, content)
        })
        .await
        .map_err(|error| Problem::internal(&error))
    }

    /// What of a request those it is handed on to need and its entry does not tell.
    fn handed_on(&self, arrival: &Arrival, entry: &NewEntry) -> Result<Option<HandedOn>, Problem> {
        let forwards = self.hub.forwards();
        let Some(targets) = forwards.wanted_by(&entry.label) else { return Ok(None) };
        let withheld = Withheld::between(&arrival.head(), &entry.headers);
        let sealed = forwards.seal(&withheld).map_err(|error| {
            tracing::error!(%error, "Could not seal what is masked of a request");
            Problem::new(Code::CannotStore, "the request cannot be stored now; send it again")
        })?;
        Ok(Some(HandedOn { targets, sealed }))
    }

    /// Seal a provider token on record before the entry that names it; returns its fingerprint.
    async fn keep_token(
        &self,
        provider: Provider,
        key: &Key,
        token: Secret,
    ) -> Result<String, Problem> {
        let (hub, id) = (self.hub.clone(), key.id);
        tokio::task::spawn_blocking(move || hub.keep_token(provider, id, &token))
            .await
            .map_err(|error| Problem::internal(&error))?
            .map_err(|error| {
                tracing::error!(%error, "Could not seal a provider token");
                Problem::new(Code::CannotStore, "the request cannot be stored now; send it again")
            })
    }
}

/// A hook of somebody whom we know, sent to an address that is none: a letter is missing in the
/// provider's form. It is told beside what was refused, where whoever typed it is looking.
pub fn note_mistyped(hub: &Hub, request: &Request) {
    if *request.method() != Method::POST {
        return;
    }
    let address = auth::client_address(hub, auth::peer_of(request), request.headers());
    let presented = auth::presented(request.headers(), request.uri());
    let judged = auth::judge(hub, &presented, Scope::Ingest, address);
    let Ok(Judged { key, .. }) = judged else { return };
    let path = request.uri().path().to_ascii_lowercase();
    let is_like = |words: &[&str]| words.iter().any(|word| path.contains(word));
    let provider = if is_like(&["az", "devops"]) {
        Provider::AzureDevops
    } else if is_like(&["build", "kite"]) {
        Provider::Buildkite
    } else {
        Provider::Other
    };
    let refused = Refused { code: Code::NotFound, key: Some(key.id), needed: Scope::Ingest };
    note(hub, provider, NOWHERE, refused, address);
}

/// Count a request that was turned away.
fn note(hub: &Hub, provider: Provider, route: &str, refused: Refused, address: Option<IpAddr>) {
    let now = hub.clock().now();
    let refusal = Refusal {
        minute: now.0.div_euclid(60_000),
        provider,
        route: route.to_owned(),
        code: refused.code.as_str().to_owned(),
        key: refused.key,
    };
    let address = address.map(|ip| ip.to_string()).unwrap_or_default();
    hub.tally().refused(refusal, now, &address);
}

/// Stands for every address that is none: what somebody typed may hold a key.
const NOWHERE: &str = "nowhere";

/// Which refusal to tell a sender whose key and whose signature both do not help: that of a valid
/// key, else that of the signature.
fn closer(presented: Refused, signed: Refused) -> Refused {
    match presented.code.status() {
        StatusCode::FORBIDDEN => presented,
        _ => Refused { key: signed.key.or(presented.key), ..signed },
    }
}

/// Tokens of the sending CI that came in the address.
fn provider_tokens(uri: &Uri) -> Vec<(Provider, Secret)> {
    auth::query_pairs(uri)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| match name.as_str() {
            "azpToken" => Some((Provider::AzureDevops, Secret::new(value))),
            "buildkiteToken" => Some((Provider::Buildkite, Secret::new(value))),
            _ => None,
        })
        .take(TOKENS_MAX)
        .collect()
}
