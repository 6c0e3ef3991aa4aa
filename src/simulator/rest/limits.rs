//! How often one may ask, as the providers count it.

use super::{Answer, Ask};
use crate::model::Timestamp;

/// Requests in a span; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Buildkite: in a minute, of one user.
    pub user: u32,
    /// Buildkite: in a minute, of the organisation.
    pub organisation: u32,
    /// Azure DevOps: in five minutes, of one user.
    pub azure: u32,
}

impl Default for Limits {
    /// Those of the providers. Azure DevOps counts work, not requests: 200 units are about so many.
    fn default() -> Self {
        Self { user: 50, organisation: 200, azure: 4_000 }
    }
}

impl Limits {
    /// Ask as often as you like.
    pub const NONE: Self = Self { user: 0, organisation: 0, azure: 0 };
}

const MINUTE_MS: i64 = 60_000;

/// How much is used up.
#[derive(Debug)]
pub struct Meters {
    limits: Limits,
    user: Meter,
    organisation: Meter,
    azure: Meter,
}

/// Requests since the beginning of a span.
#[derive(Debug, Clone, Copy)]
struct Meter {
    span_ms: i64,
    begun: i64,
    count: u32,
}

/// What a meter says after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub limit: u32,
    pub count: u32,
    /// Seconds until it begins anew.
    pub reset_s: i64,
}

impl Reading {
    pub fn is_over(self) -> bool {
        self.limit > 0 && self.count > self.limit
    }

    pub fn left(self) -> u32 {
        self.limit.saturating_sub(self.count)
    }
}

impl Meter {
    fn new(span_ms: i64) -> Self {
        Self { span_ms, begun: i64::MIN, count: 0 }
    }

    fn count(&mut self, limit: u32, now: Timestamp) -> Reading {
        if self.begun.saturating_add(self.span_ms) <= now.0 || now.0 < self.begun {
            *self = Self { begun: now.0, ..Self::new(self.span_ms) };
        }
        self.count += 1;
        let left_ms = self.begun + self.span_ms - now.0;
        Reading { limit, count: self.count, reset_s: (left_ms + 999) / 1_000 }
    }
}

impl Meters {
    pub fn new(limits: Limits) -> Self {
        let minute = Meter::new(MINUTE_MS);
        Self { limits, user: minute, organisation: minute, azure: Meter::new(5 * MINUTE_MS) }
    }

    /// A request to Buildkite: of its user, and of the organisation.
    pub fn buildkite(&mut self, now: Timestamp) -> [Reading; 2] {
        [
            self.user.count(self.limits.user, now),
            self.organisation.count(self.limits.organisation, now),
        ]
    }

    /// A request to Azure DevOps.
    pub fn azure(&mut self, now: Timestamp) -> Reading {
        self.azure.count(self.limits.azure, now)
    }
}

/// The headers that Buildkite sends with every answer.
pub fn buildkite_headers(mut answer: Answer, [user, organisation]: [Reading; 2]) -> Answer {
    for (names, word, reading) in [
        (
            ["ratelimit-scope", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
            "rest",
            organisation,
        ),
        (
            [
                "ratelimit-user-scope",
                "ratelimit-user-limit",
                "ratelimit-user-remaining",
                "ratelimit-user-reset",
            ],
            "rest_user",
            user,
        ),
    ] {
        if reading.limit == 0 {
            continue;
        }
        let [scope, limit, remaining, reset] = names;
        answer = answer
            .with(scope, word)
            .with(limit, reading.limit.to_string())
            .with(remaining, reading.left().to_string())
            .with(reset, reading.reset_s.to_string());
    }
    if organisation.limit > 0 && organisation.left() == 0 {
        answer = answer.with("ratelimit-warning", "The organization's limit is used up");
    }
    if user.limit > 0 && user.left() == 0 {
        answer = answer.with("ratelimit-user-warning", "The user's limit is used up");
    }
    answer
}

/// What Buildkite says once a limit is used up. It names no `Retry-After`.
pub fn buildkite_refusal([user, organisation]: [Reading; 2]) -> Answer {
    let (scope, reading) =
        if user.is_over() { ("rest_user", user) } else { ("rest", organisation) };
    let message = format!(
        "You have exceeded your API rate limit. Please wait {} seconds before making more requests.",
        reading.reset_s
    );
    Answer::json(
        429,
        &serde_json::json!({
            "message": message,
            "scope": scope,
            "limit": reading.limit,
            "current": reading.count,
            "reset": reading.reset_s,
        }),
    )
}

/// The headers that Azure DevOps sends once a limit is near, and with `Retry-After` once it delays.
pub fn azure_headers(answer: Answer, reading: Reading, now: Timestamp) -> Answer {
    // Only the last fifth is told.
    if reading.limit == 0 || reading.left() * 5 > reading.limit {
        return answer;
    }
    let delay_ms = if reading.left() * 10 > reading.limit { 0 } else { 250 };
    let answer = answer
        .with("x-ratelimit-resource", "Core/DBCPU")
        .with("x-ratelimit-limit", reading.limit.to_string())
        .with("x-ratelimit-remaining", reading.left().to_string())
        .with("x-ratelimit-delay", format!("{}.{:03}", delay_ms / 1_000, delay_ms % 1_000))
        .with("x-ratelimit-reset", (now.0 / 1_000 + reading.reset_s).to_string());
    match delay_ms {
        0 => answer,
        _ => answer.with("retry-after", "1"),
    }
}

/// Whether somebody asked who is told to wait.
pub fn is_metered(ask: &Ask) -> bool {
    ask.method != "OPTIONS"
}
