//! What goes wrong between a question and its answer: for which routes, how often, until when. Part of
//! the same script as the faults of hooks, as `[[rest]]`; `docs/simulator.md` explains each word.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::{Answer, Ask, Body, Rest, azure};
use crate::model::Timestamp;
use crate::simulator::delivery::Whose;
use crate::simulator::dice::Dice;

const SALT_MISHAP: u64 = 93;

/// The longest that an answer is held back, in seconds.
pub const WAIT_S_MAX: u32 = 300;

/// Something that goes wrong with requests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RestFault {
    pub fault: Mishap,
    /// Whose; both providers' when it is not said.
    #[serde(default)]
    pub provider: Option<Whose>,
    /// How the path ends: `builds/*/timeline`, with `*` for any part and `**` at the end for all that
    /// may follow. Every request when it is not said.
    #[serde(default)]
    pub route: Option<String>,
    /// How often, from 0 to 1.
    #[serde(default = "always")]
    pub share: f64,
    /// How many times at most.
    #[serde(default)]
    pub times: Option<u32>,
    /// Seconds after the beginning, and for how long; to the end when it is not said.
    #[serde(default)]
    pub after_s: u32,
    #[serde(default)]
    pub for_s: Option<u32>,
    /// How long `hang` and `slow` take, and what `Retry-After` says.
    #[serde(default = "some_seconds")]
    pub wait_s: u32,
}

/// What can go wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// 500
    Error,
    /// 503
    Unavailable,
    /// 429
    TooMany,
    /// Nothing comes for a while, and then 504.
    Hang,
    /// The connection breaks in the middle of the body.
    Cut,
    /// The sign-in page, as success.
    SignIn,
    /// 404, though it is there: somebody may not see it.
    Hidden,
    /// 403
    Forbidden,
    /// 401
    Unauthorized,
    /// The body comes in small pieces.
    Slow,
    /// The body ends in the middle, as if it were whole.
    Garbage,
    /// All is well, but one is asked to wait before the next.
    RetryAfter,
}

/// The words of a `[[rest]]`, and of its `fault`.
pub const WORDS: [&str; 8] =
    ["fault", "provider", "route", "share", "times", "after_s", "for_s", "wait_s"];
#[rustfmt::skip]
pub const MISHAPS: [&str; 12] = [
    "error", "unavailable", "too_many", "hang", "cut", "sign_in", "hidden", "forbidden",
    "unauthorized", "slow", "garbage", "retry_after",
];

fn always() -> f64 {
    1.0
}

fn some_seconds() -> u32 {
    5
}

impl RestFault {
    /// Always, with every request.
    #[must_use]
    pub fn new(fault: Mishap) -> Self {
        Self {
            fault,
            provider: None,
            route: None,
            share: always(),
            times: None,
            after_s: 0,
            for_s: None,
            wait_s: some_seconds(),
        }
    }

    /// Only the first so many requests to routes that end so.
    #[must_use]
    pub fn first(fault: Mishap, times: u32, route: &str) -> Self {
        Self { times: Some(times), route: Some(route.to_owned()), ..Self::new(fault) }
    }

    /// What is senseless about it.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.share) {
            return Some(format!(
                "the share of a `[[rest]]` is {}; it must be from 0 to 1",
                self.share
            ));
        }
        (self.wait_s > WAIT_S_MAX)
            .then(|| format!("`wait_s` is {}; it must be {WAIT_S_MAX} at most", self.wait_s))
    }

    fn fits(&self, ask: &Ask, passed_ms: i64) -> bool {
        let parts = &ask.parts;
        let whose = match parts.first().map(String::as_str) {
            Some("v2") => Whose::Buildkite,
            Some("store" | "entra") => return self.route.is_some() && self.is_route(parts),
            _ => Whose::Azure,
        };
        let from = i64::from(self.after_s) * 1_000;
        let is_time = passed_ms >= from
            && self.for_s.is_none_or(|for_s| passed_ms < from + i64::from(for_s) * 1_000);
        is_time && self.provider.is_none_or(|wanted| wanted == whose) && self.is_route(parts)
    }

    fn is_route(&self, parts: &[String]) -> bool {
        let Some(route) = &self.route else { return true };
        let route = route.to_lowercase();
        let wanted: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
        let fits = |parts: &[String], wanted: &[&str]| {
            parts.len() == wanted.len()
                && parts.iter().zip(wanted).all(|(part, wanted)| *wanted == "*" || part == wanted)
        };
        match wanted.split_last() {
            Some((&"**", wanted)) => parts.windows(wanted.len()).any(|parts| fits(parts, wanted)),
            _ => parts
                .len()
                .checked_sub(wanted.len())
                .is_some_and(|start| fits(&parts[start..], &wanted)),
        }
    }
}

/// The script of a running REST side, and how often each of its faults has come.
#[derive(Debug)]
pub struct Mishaps {
    begun: Timestamp,
    /// With how many requests it fitted, and how many it befell.
    faults: Vec<(RestFault, u64, u32)>,
}

impl Mishaps {
    pub fn new(faults: Vec<RestFault>, begun: Timestamp) -> Self {
        Self { begun, faults: faults.into_iter().map(|fault| (fault, 0, 0)).collect() }
    }

    /// What befalls a request: the first of the script that fits.
    pub fn befall(&mut self, ask: &Ask, now: Timestamp) -> Option<RestFault> {
        let passed_ms = now.0 - self.begun.0;
        for (nth, (fault, fitted, befell)) in (0_u64..).zip(&mut self.faults) {
            if fault.times.is_some_and(|times| *befell >= times) || !fault.fits(ask, passed_ms) {
                continue;
            }
            *fitted += 1;
            let roll = Dice::seeded(&[SALT_MISHAP, nth, *fitted]).below(1_000_000);
            if f64::from(roll) < fault.share * 1_000_000.0 {
                *befell += 1;
                return Some(fault.clone());
            }
        }
        None
    }
}

/// The spoiled answer.
pub async fn answer(rest: &Rest, ask: &Ask, fault: RestFault) -> Answer {
    let wait = Duration::from_secs(fault.wait_s.into());
    let is_buildkite = ask.parts.first().is_some_and(|first| first == "v2");
    let told = |status: u16, text: &str| {
        let body = if is_buildkite {
            json!({ "message": text })
        } else {
            json!({
                "$id": "1",
                "innerException": null,
                "message": text,
                "typeName": "Microsoft.Simulated.VssServiceException, Microsoft.Simulated",
                "typeKey": "VssServiceException",
                "errorCode": 0,
                "eventId": 3000,
            })
        };
        Answer::json(status, &body)
    };
    let retry_after = fault.wait_s.to_string();
    match fault.fault {
        Mishap::Error => told(500, "TF400898: An Internal Error Occurred."),
        Mishap::Unavailable => {
            told(503, "The service is unavailable.").with("retry-after", retry_after)
        }
        Mishap::TooMany if is_buildkite => told(429, "You have exceeded your API rate limit.")
            .with("ratelimit-remaining", "0")
            .with("ratelimit-reset", retry_after),
        Mishap::TooMany => told(429, "TF400733: The request has been canceled: too many of them.")
            .with("retry-after", retry_after),
        Mishap::Hang => {
            tokio::time::sleep(wait).await;
            Answer::html(504, "<html><title>504 Gateway Time-out</title></html>")
        }
        Mishap::SignIn => azure::sign_in_page(),
        Mishap::Hidden => told(404, "It does not exist, or you do not have permission to see it."),
        Mishap::Forbidden => told(403, "Forbidden: Your access token lacks a scope for this."),
        Mishap::Unauthorized => told(401, "Your access token is not good any more."),
        Mishap::RetryAfter => rest.answer(ask).with("retry-after", retry_after),
        Mishap::Cut | Mishap::Slow | Mishap::Garbage => {
            let Answer { status, headers, body } = rest.answer(ask);
            let mut bytes = Answer { status, headers: Vec::new(), body }.whole();
            let body = match fault.fault {
                Mishap::Slow => Body::Slow(bytes, wait / 8),
                spoiled => {
                    bytes.truncate(bytes.len() / 2);
                    if spoiled == Mishap::Cut { Body::Broken(bytes) } else { Body::Bytes(bytes) }
                }
            };
            Answer { status, headers, body }
        }
    }
}
