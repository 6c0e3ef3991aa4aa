//! The messenger: asks providers with a token.
//!
//! In comes an [`Access`] (a token and where it may go) and a `Call` of `providers::rest`; out comes an
//! answer that is what was asked for, whole or while it arrives, or the reason why there is none. A token
//! goes only where [`Vouched`] says: an address out of a payload or an answer is never followed, nor is a
//! redirect; what a provider keeps with somebody else is fetched there without it (`elsewhere`). Nobody waits in here for a turn: who comes too early is told how long, and does other work.
//! What to ask, what an answer means, and when to try again, others decide.

mod credential;
mod elsewhere;
mod entra;
mod guard;
mod meter;
mod pace;
mod permits;
mod standing;
mod stream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

pub use credential::{AUTHORITY, Credential, EntraApp};
pub use guard::{NotVouched, Vouched, base_address, is_own};
pub use standing::Standing;
pub use stream::Stream;

use crate::clock::Clock;
use crate::model::{AccessId, Provider, Timestamp};
use crate::outbound::{Client, Incoming, Method, Outgoing, Patience, SendError};
use crate::providers::azure_devops::rest::{areas, calls};
use crate::providers::rest::{Accept, Answer, Call, Head, Host, Refusal, judge, pacing};
use crate::secrets::Secret;
use meter::Meter;
use permits::Permits;
use standing::Standings;

/// What is read of an answer that was not asked for, for the provider's own words in it.
const REFUSAL_BYTES_MAX: usize = 8 * 1024;

/// Where a base has its services is asked again after this.
const AREAS_KEPT: Duration = Duration::from_hours(12);

/// Bases whose services are remembered; of more, all are asked anew.
const AREAS_MAX: usize = 1_000;

/// A token, and where it may go.
#[derive(Debug, Clone)]
pub struct Access {
    pub id: AccessId,
    pub vouched: Vouched,
    pub credential: Credential,
    /// Rights that it was found to lack, as the provider's pages call them.
    pub lacks: Vec<String>,
}

/// How long answers may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub patience: Patience,
    /// For the whole of one that is read into memory.
    pub small: Duration,
    /// For the whole of one that is read while it arrives: a log of a gigabyte.
    pub large: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The slowest lists of large organisations take this long to begin.
            patience: Patience { head: Duration::from_mins(1), idle: Duration::from_secs(30) },
            small: Duration::from_mins(3),
            large: Duration::from_hours(1),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is one, of another kind than was asked for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody there, no trust in the certificate, or the answer broke off.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the provider did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The token is not sent there.
    #[error(transparent)]
    NotVouched(#[from] NotVouched),
    /// Nothing was asked: the token has been used as often as it may be for now.
    #[error("the token's share of requests is used up; to wait {} s", .0.as_secs().max(1))]
    Later(Duration),
}

impl AskError {
    /// A stable word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Unreachable(_) => "unreachable",
            Self::Timeout(_) => "timeout",
            Self::NotVouched(_) => "base_not_confirmed",
            Self::Later(_) => "rate_limited",
        }
    }

    /// Whether the same question may be answered later, with nothing changed by anybody.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_passing(),
            Self::Unreachable(_) | Self::Timeout(_) | Self::Later(_) => true,
            Self::NotVouched(_) => false,
        }
    }
}

impl From<SendError> for AskError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Timeout(after) => Self::Timeout(after),
            SendError::Unreachable(_) | SendError::Broken(_) => {
                Self::Unreachable(error.to_string())
            }
        }
    }
}

/// By base: when its services were asked for, and where it says they live.
type Areas = HashMap<String, (Duration, Vec<(Host, String)>)>;

/// Asks providers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Messenger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    clock: Clock,
    limits: Limits,
    permits: Permits,
    entra: entra::Desk,
    standings: Standings,
    /// By base.
    areas: Mutex<Areas>,
}

impl Messenger {
    #[must_use]
    pub fn new(client: Client, clock: Clock) -> Self {
        Self::with_limits(client, clock, Limits::default())
    }

    #[must_use]
    pub fn with_limits(client: Client, clock: Clock, limits: Limits) -> Self {
        Self {
            inner: Arc::new(Inner {
                client,
                clock,
                limits,
                permits: Permits::default(),
                entra: entra::Desk::default(),
                standings: Standings::default(),
                areas: Mutex::default(),
            }),
        }
    }

    /// Ask, and read the whole answer: at most `call.bytes_max` of it.
    pub async fn ask(&self, access: &Access, call: &Call) -> Result<Answer, AskError> {
        let vouched = self.whereabouts(access, call).await?;
        self.ask_at(access, &vouched, call).await
    }

    /// Ask, and get the answer while it arrives. How much of it is read is for the caller to bound.
    pub async fn ask_stream(&self, access: &Access, call: &Call) -> Result<Stream, AskError> {
        let vouched = self.whereabouts(access, call).await?;
        self.noted(access, call, self.send(access, &vouched, call, self.inner.limits.large).await)
    }

    /// How the tokens that were used have fared.
    #[must_use]
    pub fn standings(&self) -> Vec<(AccessId, Standing)> {
        self.inner.standings.all()
    }

    /// Another token has taken the place of one, or none: what was said of it counts no more.
    pub fn forget(&self, id: AccessId) {
        self.inner.standings.forget(id);
    }

    async fn ask_at(
        &self,
        access: &Access,
        vouched: &Vouched,
        call: &Call,
    ) -> Result<Answer, AskError> {
        let outcome = match self.send(access, vouched, call, self.inner.limits.small).await {
            Ok(stream) => stream.whole(call.bytes_max).await,
            Err(error) => Err(error),
        };
        self.noted(access, call, outcome)
    }

    fn noted<T>(
        &self,
        access: &Access,
        call: &Call,
        outcome: Result<T, AskError>,
    ) -> Result<T, AskError> {
        let now = self.inner.clock.now();
        self.inner.standings.note(access.id, call.right, outcome.as_ref().map(|_| ()), now);
        outcome
    }

    /// The hosts of a base, with those that it names itself where it has to be asked.
    async fn whereabouts(&self, access: &Access, call: &Call) -> Result<Vouched, AskError> {
        let mut vouched = access.vouched.clone();
        if call.host == Host::Main || !vouched.is_to_learn() {
            return Ok(vouched);
        }
        let now = self.inner.clock.up();
        let known =
            self.areas().get(vouched.base()).filter(|(at, _)| now < *at + AREAS_KEPT).cloned();
        let places = match known {
            Some((_, places)) => places,
            None => {
                let places = self.ask_for_areas(access, &vouched).await?;
                let mut areas = self.areas();
                if areas.len() >= AREAS_MAX {
                    areas.clear();
                }
                areas.insert(vouched.base().to_owned(), (now, places.clone()));
                places
            }
        };
        for (host, location) in places {
            if !vouched.learn(host, &location) {
                tracing::debug!(
                    base = vouched.base(),
                    "A service it names elsewhere gets no token"
                );
            }
        }
        Ok(vouched)
    }

    async fn ask_for_areas(
        &self,
        access: &Access,
        vouched: &Vouched,
    ) -> Result<Vec<(Host, String)>, AskError> {
        match self.ask_at(access, vouched, &calls::resource_areas()).await {
            Ok(answer) => areas(&answer.body)
                .map_err(|unreadable| AskError::Refused(Refusal::Unreadable(unreadable))),
            // A server too old to be asked has all on one base.
            Err(AskError::Refused(
                Refusal::Missing { .. } | Refusal::Gone | Refusal::Rejected { .. },
            )) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn areas(&self) -> MutexGuard<'_, Areas> {
        self.inner.areas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One question over the wire. What comes back is what was asked for, or an error.
    async fn send(
        &self,
        access: &Access,
        vouched: &Vouched,
        call: &Call,
        whole: Duration,
    ) -> Result<Stream, AskError> {
        let Inner { client, clock, limits, permits, .. } = &*self.inner;
        let provider = vouched.provider();
        let url = vouched.url(call)?;
        let begun = clock.up();
        let permit =
            permits.take(provider, access.credential.fingerprint(), begun).map_err(|wait| {
                meter::waited(provider);
                AskError::Later(wait)
            })?;
        let mut meter = Meter::of(provider);
        let outcome = async {
            let authorization = self.authorization(&access.credential, begun).await?;
            let outgoing = Outgoing {
                method: Method::GET,
                url,
                headers: headers(provider, call, &authorization),
                body: Bytes::new(),
                timeout: whole,
            };
            let mut incoming = client.fetch(outgoing, limits.patience).await?;
            meter.answered(clock.up().saturating_sub(begun));
            let now = clock.now();
            let head =
                Head { status: incoming.status, headers: std::mem::take(&mut incoming.headers) };
            permit.told(&pacing(provider, &head, now), clock.up());
            self.judged(access, call, &head, &mut incoming).await?;
            let at = head.header("date").and_then(date).unwrap_or(now);
            Ok((head, at, incoming))
        }
        .await;
        match outcome {
            Ok((head, at, incoming)) => Ok(Stream::new(head, at, incoming, meter, permit)),
            Err(error) => {
                meter.failed(&error);
                Err(error)
            }
        }
    }

    async fn judged(
        &self,
        access: &Access,
        call: &Call,
        head: &Head,
        incoming: &mut Incoming,
    ) -> Result<(), AskError> {
        let provider = access.vouched.provider();
        let start = match head.status {
            200..=299 => Vec::new(),
            // The answer stands, also if its words break off.
            _ => start(incoming, REFUSAL_BYTES_MAX).await.unwrap_or_default(),
        };
        let verdict = judge(provider, call, head, &start).map_err(|refusal| match refusal {
            // Azure DevOps says of a right that is missing no more than that the token is wrong.
            Refusal::Credential(told) if access.lacks.iter().any(|right| right == call.right) => {
                Refusal::Forbidden { right: call.right.to_owned(), told: Some(told) }
            }
            refusal => refusal,
        });
        if let (Err(Refusal::Credential(_)), Credential::Entra(app)) =
            (&verdict, &access.credential)
        {
            self.inner.entra.forget(app);
        }
        verdict.map_err(AskError::Refused)
    }

    async fn authorization(
        &self,
        credential: &Credential,
        now: Duration,
    ) -> Result<Secret, AskError> {
        Ok(match credential {
            Credential::Pat(token) => credential::basic(token),
            Credential::Bearer(token) => credential::bearer(token),
            Credential::Entra(app) => {
                let Inner { client, limits, entra, .. } = &*self.inner;
                credential::bearer(&entra.token(app, client, limits, now).await?)
            }
        })
    }
}

/// The beginning of a body, all of a short one.
async fn start(incoming: &mut Incoming, bytes_max: usize) -> Result<Vec<u8>, AskError> {
    let mut start = Vec::new();
    while start.len() < bytes_max {
        let Some(piece) = incoming.chunk().await? else { break };
        start.extend_from_slice(&piece[..piece.len().min(bytes_max - start.len())]);
    }
    Ok(start)
}

fn headers(provider: Provider, call: &Call, authorization: &Secret) -> Vec<(String, Vec<u8>)> {
    let accept: &[u8] = match call.accept {
        Accept::Json | Accept::Elsewhere => b"application/json",
        Accept::Text => b"text/plain",
    };
    let mut headers = vec![
        ("accept".to_owned(), accept.to_vec()),
        ("authorization".to_owned(), authorization.reveal().as_bytes().to_vec()),
    ];
    if provider == Provider::AzureDevops {
        // Rather a 401 than the way to a page for people.
        headers.push(("x-tfs-fedauthredirect".to_owned(), b"Suppress".to_vec()));
    }
    headers
}

/// `Date`: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}
