//! What the status and the headers of an answer mean, whatever was asked.

use std::time::Duration;

use serde::Deserialize;

use super::super::fields::{number, objects, text};
use super::super::payload::one;
use crate::model::Unreadable;
use crate::providers::rest::{Accept, Call, Head, Pacing, Refusal};

/// Characters of the provider's own words that are passed on.
const TOLD_MAX: usize = 500;

/// An error as the API words it: a sentence, the fields that are wrong, and of a limit the seconds
/// until it is lifted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Complaint {
    #[serde(deserialize_with = "text")]
    message: Option<String>,
    #[serde(deserialize_with = "objects::<_, _, 20>")]
    errors: Vec<FieldError>,
    #[serde(deserialize_with = "number")]
    reset: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldError {
    #[serde(deserialize_with = "text")]
    field: Option<String>,
    #[serde(deserialize_with = "text")]
    code: Option<String>,
}

impl Complaint {
    fn of(start: &[u8]) -> Self {
        one(start).unwrap_or_default()
    }

    /// `Validation Failed (commit: missing)`.
    fn words(&self) -> Option<String> {
        let fields: Vec<String> = self
            .errors
            .iter()
            .filter_map(|error| {
                Some(format!("{}: {}", error.field.as_ref()?, error.code.as_ref()?))
            })
            .collect();
        let message = self.message.as_deref().map(str::trim);
        let words = match (message, fields.is_empty()) {
            (Some(message), true) => message.to_owned(),
            (Some(message), false) => format!("{message} ({})", fields.join(", ")),
            (None, true) => return None,
            (None, false) => fields.join(", "),
        };
        Some(words.chars().take(TOLD_MAX).collect())
    }

    fn wait(&self) -> Option<Duration> {
        self.reset.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs)
    }
}

/// What a status means. 404 also stands for "not allowed": the API hides what a token may not see.
pub fn judge(call: &Call, head: &Head, start: &[u8]) -> Result<(), Refusal> {
    let wait = pacing(head).wait;
    let complaint = || Complaint::of(start);
    match head.status {
        // A body without a content type is taken at its word: reading it will show.
        200..=299 => match head.header("content-type") {
            Some(kind) if !is_of(call.accept, kind) => Err(unexpected(call.accept, kind)),
            _ => Ok(()),
        },
        // Nothing that is asked for here redirects; what does is no Buildkite, or another address.
        status @ 300..=399 => Err(Refusal::Rejected {
            status,
            told: Some("a redirect, which is not followed: is the base address right?".to_owned()),
        }),
        401 => Err(Refusal::Credential(complaint().words().unwrap_or_else(|| "401".to_owned()))),
        403 => Err(Refusal::Forbidden { right: call.right.to_owned(), told: complaint().words() }),
        404 => Err(Refusal::Missing { told: complaint().words() }),
        410 => Err(Refusal::Gone),
        429 => Err(Refusal::Throttled { wait: wait.or_else(|| complaint().wait()) }),
        status @ 500.. => Err(Refusal::Unwell { status, wait }),
        status => Err(Refusal::Rejected { status, told: complaint().words() }),
    }
}

/// Text may come under any name, but a page for people is none: that is a proxy or a sign-in.
fn is_of(accept: Accept, kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match accept {
        Accept::Json => kind == "application/json" || kind.ends_with("+json"),
        Accept::Text => kind != "text/html",
    }
}

fn unexpected(accept: Accept, kind: &str) -> Refusal {
    let wanted = match accept {
        Accept::Json => "JSON",
        Accept::Text => "text",
    };
    let kind: String = kind.chars().take(100).collect();
    Refusal::Unreadable(Unreadable {
        reason: format!("it is no {wanted} but {kind}"),
        path: ".".to_owned(),
    })
}

/// One of the two limits, as headers tell it.
#[derive(Debug, Clone, Copy)]
struct Limit {
    remaining: Option<u64>,
    limit: Option<u64>,
    reset: Option<Duration>,
}

/// The organisation's limit and the user's: of both the tighter one counts. There is no
/// `Retry-After` (a proxy may send one); `*-Reset` tells the seconds that are left.
pub fn pacing(head: &Head) -> Pacing {
    let number = |name: &str| head.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let seconds = |name: &str| number(name).map(Duration::from_secs);
    let limits = ["", "user-"].map(|whose| Limit {
        remaining: number(&format!("ratelimit-{whose}remaining")),
        limit: number(&format!("ratelimit-{whose}limit")),
        reset: seconds(&format!("ratelimit-{whose}reset")),
    });
    let used_up = limits.iter().filter(|limit| limit.remaining == Some(0));
    let mut wait = used_up.filter_map(|limit| limit.reset).max();
    if head.status == 429 && wait.is_none() {
        // Used up, whatever the numbers say.
        wait = limits.iter().filter_map(|limit| limit.reset).max();
    }
    let tightest = limits.iter().filter(|limit| limit.remaining.is_some());
    let tightest = tightest.min_by_key(|limit| limit.remaining);
    Pacing {
        wait: seconds("retry-after").max(wait),
        remaining: tightest.and_then(|limit| limit.remaining),
        limit: tightest.and_then(|limit| limit.limit),
        reset: tightest.and_then(|limit| limit.reset),
    }
}
