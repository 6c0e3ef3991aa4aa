//! How hooks get from a provider to a receiver: who is told, how often, and what is lost on the way.
//!
//! [`azure::Sender`] and [`buildkite::Sender`] are state machines without a clock or a network of
//! their own: they are told what happened and what was answered, each with the time, and say what
//! is to be sent and when to look again. [`Senders`] joins the two behind [`Mischief`], which lets
//! go wrong what a script of [`Faults`] says. [`super::post`] makes requests of the attempts; a test
//! makes calls of them.

pub mod azure;
pub mod buildkite;
mod faults;
mod mischief;

use serde::Serialize;

pub use faults::{Fault, Faults, FaultsError, Moment, Whose};
pub use mischief::Mischief;

use super::world::Happening;
use super::{Hook, dice::Guid};
use crate::model::{Provider, Timestamp};

/// One request that is to be made now.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Names it in [`Senders::answered`].
    pub number: u64,
    pub event: &'static str,
    /// How often this notification was sent before.
    pub before: u32,
    pub fate: Fate,
    /// With the key among its headers.
    pub hook: Hook,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// The connection breaks once the request is sent: the answer is never seen.
    Cut,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Status(u16),
    TimedOut,
    /// Nobody listens, or the connection broke.
    NoConnection,
}

impl Answer {
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

/// Whether a subscription is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    Enabled,
    /// One notification is tried again after ever longer waits; what happens meanwhile is lost.
    OnProbation {
        retries: u32,
    },
    Disabled,
}

/// How a subscription is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    pub id: String,
    pub provider: Provider,
    /// `null` for a webhook that tells of everything.
    pub event: Option<&'static str>,
    #[serde(flatten)]
    pub state: State,
    #[serde(flatten)]
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests, repetitions included.
    pub sent: u64,
    /// Notifications that were accepted.
    pub delivered: u64,
    /// Requests that repeated an earlier one.
    pub retried: u64,
    /// Happenings that nobody will ever be told of.
    pub lost: u64,
    /// Requests that were refused or came to nothing.
    pub failed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.retried += other.retried;
        self.lost += other.lost;
        self.failed += other.failed;
    }
}

/// How a sender proves who it is.
#[derive(Clone)]
pub enum Key {
    None,
    /// Password of basic authentication.
    Password(String),
    /// `X-API-Key`
    Header(String),
    /// `X-Buildkite-Token`
    Token(String),
    /// `X-Buildkite-Signature`
    Signature(String),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password(_) => "Password(***)",
            Self::Header(_) => "Header(***)",
            Self::Token(_) => "Token(***)",
            Self::Signature(_) => "Signature(***)",
        })
    }
}

impl Key {
    /// A key of the same kind that opens nothing.
    fn wrong(&self) -> Self {
        let wrong = "a-key-from-last-year".to_owned();
        match self {
            Self::None => Self::None,
            Self::Password(_) => Self::Password(wrong),
            Self::Header(_) => Self::Header(wrong),
            Self::Token(_) => Self::Token(wrong),
            Self::Signature(_) => Self::Signature(wrong),
        }
    }

    /// The same key as reporters send it.
    fn in_a_header(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Password(key) | Self::Header(key) | Self::Token(key) | Self::Signature(key) => {
                Self::Header(key.clone())
            }
        }
    }

    /// Put the proof among the headers of a hook that is sent at `now` by the sender's clock.
    pub fn sign(&self, hook: &mut Hook, now: Timestamp) {
        use base64::Engine as _;
        use hmac::{KeyInit as _, Mac as _};
        let (name, value) = match self {
            Self::None => return,
            Self::Password(key) => {
                let pair = format!("creel:{key}");
                let word = base64::engine::general_purpose::STANDARD.encode(pair);
                ("authorization", format!("Basic {word}"))
            }
            Self::Header(key) => ("x-api-key", key.clone()),
            Self::Token(key) => ("x-buildkite-token", key.clone()),
            Self::Signature(key) => {
                let second = now.0.div_euclid(1_000);
                let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes())
                    .expect("a key of any length does");
                mac.update(format!("{second}.").as_bytes());
                mac.update(&hook.body);
                let signature = hex::encode(mac.finalize().into_bytes());
                ("x-buildkite-signature", format!("timestamp={second},signature={signature}"))
            }
        };
        hook.headers.push((name.to_owned(), value));
    }
}

/// Both providers, and what goes wrong between them and their receiver.
#[derive(Debug)]
pub struct Senders {
    azure: azure::Sender,
    buildkite: buildkite::Sender,
    /// Jobs that report their tests.
    reporters: buildkite::Sender,
    mischief: Mischief,
    keys: [Key; 2],
}

impl Senders {
    /// `keys` are those of Azure DevOps and of Buildkite.
    #[must_use]
    pub fn new(keys: [Key; 2], mischief: Mischief) -> Self {
        Self {
            azure: azure::Sender::default(),
            buildkite: buildkite::Sender::new(Provider::Buildkite),
            reporters: buildkite::Sender::new(Provider::Reporter),
            mischief,
            keys,
        }
    }

    /// Something happened: whoever subscribed to it is to be told.
    pub fn notify(&mut self, happening: Happening) {
        self.mischief.befall(happening);
    }

    /// What is to be sent now, at most so many requests. Each must be [`Self::answered`].
    pub fn due(&mut self, now: Timestamp, at_most: usize) -> Vec<Attempt> {
        while let Some((happening, came_of)) = self.mischief.next(now) {
            match happening.hook.provider {
                Provider::AzureDevops => self.azure.notify(happening, now),
                Provider::Reporter => self.reporters.notify(happening, now),
                _ => self.buildkite.notify(happening, now),
            }
            self.mischief.count(came_of);
        }
        let mut attempts = self.azure.due(now, at_most);
        attempts.extend(self.buildkite.due(now, at_most - attempts.len()));
        attempts.extend(self.reporters.due(now, at_most - attempts.len()));
        for attempt in &mut attempts {
            let (is_wrong, fate) = self.mischief.of_attempt(attempt.hook.provider, now);
            attempt.fate = fate;
            let [azure, buildkite] = &self.keys;
            let reporter = azure.in_a_header();
            let key = match attempt.hook.provider {
                Provider::AzureDevops => azure,
                Provider::Reporter => &reporter,
                _ => buildkite,
            };
            let key = if is_wrong { &key.wrong() } else { key };
            key.sign(&mut attempt.hook, self.mischief.told(now));
        }
        attempts
    }

    /// What came back for an attempt.
    pub fn answered(&mut self, attempt: &Attempt, answer: Answer, now: Timestamp) {
        match attempt.hook.provider {
            Provider::AzureDevops => self.azure.answered(attempt.number, answer, now),
            Provider::Reporter => self.reporters.answered(attempt.number, answer),
            _ => self.buildkite.answered(attempt.number, answer),
        }
    }

    /// When there is something to do next, as far as it is known.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = [
            self.azure.next_due(),
            self.buildkite.next_due(),
            self.reporters.next_due(),
            self.mischief.next_due(),
        ];
        due.into_iter().flatten().min()
    }

    /// Every subscription that was ever told something, in the order of their ids.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Subscription> {
        let mut all: Vec<_> = self.all().collect();
        all.sort_by(|a, b| (a.provider, a.event, &a.id).cmp(&(b.provider, b.event, &b.id)));
        all
    }

    fn all(&self) -> impl Iterator<Item = Subscription> {
        let once = self.buildkite.webhooks().chain(self.reporters.webhooks());
        self.azure.subscriptions().chain(once)
    }

    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut counts = Counts::default();
        for subscription in self.all() {
            counts += subscription.counts;
        }
        Totals { counts, mischief: self.mischief.done() }
    }

    /// What the providers' clocks say at a moment of the receiver's.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> Timestamp {
        self.mischief.told(now)
    }

    /// Requests that are not answered yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.azure.in_flight() + self.buildkite.in_flight() + self.reporters.in_flight()
    }

    /// Happenings that the world told and no receiver will hear of.
    #[must_use]
    pub fn lost(&self) -> &[Lost] {
        self.azure.lost()
    }
}

/// What was done in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    #[serde(flatten)]
    pub counts: Counts,
    #[serde(flatten)]
    pub mischief: mischief::Done,
}

/// A happening that was lost, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub subscription: Guid,
    /// The build that it was part of.
    pub external_id: Option<String>,
}

#[cfg(test)]
mod tests;
