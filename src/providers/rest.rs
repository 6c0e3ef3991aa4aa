//! Asking a provider: what is asked, and what becomes of an answer. Pure: who sends is `fetch`.
//!
//! Each provider's `rest` makes [`Call`]s and reads what comes back into our words. What an answer's
//! status and headers mean is told here by provider: [`judge`] and [`pacing`].

use std::time::Duration;

use super::{azure_devops, buildkite};
use crate::model::{Provider, Timestamp, Unreadable};

/// Which of a provider's hosts a call goes to. What addresses they have, follows from the base:
/// [`hosts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    Main,
    /// Classic releases of Azure DevOps in the cloud.
    Release,
}

/// What kind of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    Json,
    Text,
    /// A redirect to where it is kept.
    Elsewhere,
}

/// One question, but for who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub host: Host,
    /// After the base, beginning with a slash; each part is percent-encoded.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub accept: Accept,
    /// What is asked for, in words that fit after "could not read": `the timeline`.
    pub what: &'static str,
    /// The right that it takes, as the provider's own pages call it: `Build (read)`, `read_builds`.
    pub right: &'static str,
    /// Of a longer answer nothing is read.
    pub bytes_max: u64,
}

/// An answer without its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// First value of a header; `name` is lower-case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A whole answer that is what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub head: Head,
    pub body: Vec<u8>,
    /// When it was true: the provider's own clock where it tells (`Date`), else ours.
    pub at: Timestamp,
}

/// Why there is no such answer. Each says what to do about it by its [`Refusal::code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the token was refused: {0}")]
    Credential(String),
    #[error("the token lacks {right}{}", said(.told))]
    Forbidden { right: String, told: Option<String> },
    /// Hidden things look the same: a 404 does not prove absence.
    #[error("not found, or hidden from this token{}", said(.told))]
    Missing { told: Option<String> },
    #[error("no longer kept by the provider")]
    Gone,
    #[error("asked too often{}", to_wait(.wait))]
    Throttled { wait: Option<Duration> },
    #[error("the provider answered {status}")]
    Unwell { status: u16, wait: Option<Duration> },
    #[error("the answer cannot be read at {}: {}", .0.path, .0.reason)]
    Unreadable(Unreadable),
    #[error("the answer is larger than {bytes_max} bytes")]
    TooLarge { bytes_max: u64 },
    #[error("the provider answered {status}{}", said(.told))]
    Rejected { status: u16, told: Option<String> },
}

fn said(told: &Option<String>) -> String {
    told.as_ref().map(|told| format!(": {told}")).unwrap_or_default()
}

fn to_wait(wait: &Option<Duration>) -> String {
    wait.map(|wait| format!("; to wait {} s", wait.as_secs())).unwrap_or_default()
}

impl Refusal {
    /// A stable word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Credential(_) => "token_refused",
            Self::Forbidden { .. } => "token_lacks_scope",
            Self::Missing { .. } => "not_found",
            Self::Gone => "gone",
            Self::Throttled { .. } => "rate_limited",
            Self::Unwell { .. } => "provider_unwell",
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge { .. } => "too_large",
            Self::Rejected { .. } => "rejected",
        }
    }

    /// Whether the same question may be answered later, with nothing changed by anybody.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unwell { .. } | Self::Unreadable(_))
    }
}

/// What the headers of an answer say of how often may be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pacing {
    /// Nothing more is to be asked for so long; also said with a 200.
    pub wait: Option<Duration>,
    /// How many calls are left until `reset`, of the tightest limit.
    pub remaining: Option<u64>,
    pub limit: Option<u64>,
    pub reset: Option<Duration>,
}

/// What the status and the headers of an answer mean; `start` is the beginning of the body, for the
/// provider's own words (some kilobytes are enough).
pub fn judge(provider: Provider, call: &Call, head: &Head, start: &[u8]) -> Result<(), Refusal> {
    match provider {
        Provider::Buildkite => buildkite::rest::judge(call, head, start),
        _ => azure_devops::rest::judge(call, head, start),
    }
}

/// How often may be asked, as the headers say; `now` for those that tell a time.
#[must_use]
pub fn pacing(provider: Provider, head: &Head, now: Timestamp) -> Pacing {
    match provider {
        Provider::Buildkite => buildkite::rest::pacing(head),
        _ => azure_devops::rest::pacing(head, now),
    }
}

/// Where a provider's calls go to, by [`Host`]. No address ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    pub main: String,
    pub release: String,
}

impl Hosts {
    /// All on one base: Buildkite, and a server of one's own.
    #[must_use]
    pub fn on(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { main: base.clone(), release: base }
    }

    /// Whole address of a call, but for its query.
    #[must_use]
    pub fn address(&self, call: &Call) -> String {
        let base = match call.host {
            Host::Main => &self.main,
            Host::Release => &self.release,
        };
        format!("{base}{}", call.path)
    }
}

/// The hosts that belong to a base address. In the cloud they follow from its name; a server of one's
/// own answers for all.
#[must_use]
pub fn hosts(provider: Provider, base: &str) -> Hosts {
    match provider {
        Provider::AzureDevops => azure_devops::rest::hosts(base),
        _ => Hosts::on(base),
    }
}

/// Whether a base lies in the provider's own domain, so that a token may go there unasked.
#[must_use]
pub fn is_own_domain(provider: Provider, base: &str) -> bool {
    match provider {
        Provider::Buildkite => buildkite::rest::is_own_domain(base),
        Provider::AzureDevops => azure_devops::rest::is_own_domain(base),
        _ => false,
    }
}
