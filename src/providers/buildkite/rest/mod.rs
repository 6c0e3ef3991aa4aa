//! Asking Buildkite: what an answer's status and headers mean.

use std::time::Duration;

use crate::providers::address::host;
use crate::providers::rest::{Accept, Call, Head, Pacing, Refusal};

/// Where its API lives, for all organisations.
pub const BASE: &str = "https://api.buildkite.com/v2";

/// Whether a token may go to this base unasked.
pub fn is_own_domain(base: &str) -> bool {
    base.starts_with("https://")
        && host(base).is_some_and(|host| host.eq_ignore_ascii_case("api.buildkite.com"))
}

/// `{"message": "..."}`, as all errors say it.
fn told(start: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(start).ok()?;
    let message = value.get("message").and_then(serde_json::Value::as_str)?.trim();
    (!message.is_empty()).then(|| message.chars().take(500).collect())
}

/// What a status means. 404 also stands for "not allowed" (facts of its documentation and users).
pub fn judge(call: &Call, head: &Head, start: &[u8]) -> Result<(), Refusal> {
    let wait = pacing(head).wait;
    match head.status {
        200..=299 if call.accept == Accept::Text => Ok(()),
        200..=299 => {
            let kind = head.header("content-type").unwrap_or("no content type");
            if kind.to_ascii_lowercase().contains("json") {
                return Ok(());
            }
            Err(Refusal::Unreadable(crate::model::Unreadable {
                reason: format!("it is no JSON but {kind}"),
                path: ".".to_owned(),
            }))
        }
        401 => Err(Refusal::Credential(told(start).unwrap_or_else(|| "401".to_owned()))),
        403 => Err(Refusal::Forbidden { right: call.right.to_owned(), told: told(start) }),
        404 => Err(Refusal::Missing { told: told(start) }),
        410 => Err(Refusal::Gone),
        429 => Err(Refusal::Throttled { wait }),
        status @ 500.. => Err(Refusal::Unwell { status, wait }),
        status => Err(Refusal::Rejected { status, told: told(start) }),
    }
}

/// The organisation's limit and the user's: of both the tighter one counts. There is no
/// `Retry-After`; `*-Reset` tells the seconds that are left.
pub fn pacing(head: &Head) -> Pacing {
    let number = |name: &str| head.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let of = |kind: &str| {
        let remaining = number(&format!("ratelimit-{kind}remaining"))?;
        let limit = number(&format!("ratelimit-{kind}limit"));
        let reset = number(&format!("ratelimit-{kind}reset")).map(Duration::from_secs);
        Some((remaining, limit, reset))
    };
    let limits = [of(""), of("user-")];
    let used_up = limits.iter().flatten().filter(|(remaining, _, _)| *remaining == 0);
    let wait = used_up.filter_map(|(_, _, reset)| *reset).max();
    let wait = number("retry-after").map(Duration::from_secs).max(wait);
    let tightest = limits.into_iter().flatten().min_by_key(|(remaining, _, _)| *remaining);
    let Some((remaining, limit, reset)) = tightest else {
        return Pacing { wait, ..Pacing::default() };
    };
    Pacing { wait, remaining: Some(remaining), limit, reset }
}
