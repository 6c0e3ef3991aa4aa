//! Asking Azure DevOps: which calls there are, what an answer's status and headers mean, and what its
//! body tells, in our words.
//!
//! [`calls`] says what can be asked, one file per kind of answer reads it. Bodies are read like those of
//! hooks: every member is optional, a wrong type is not told, unknown words are kept as they are. What
//! is asked for what, and how that is known: `README.md` one room above.

mod agents;
mod answers;
mod areas;
mod artifacts;
mod builds;
pub mod calls;
mod causes;
mod changes;
mod logs;
mod places;
mod releases;
mod test_runs;
mod timeline;
mod tree;
mod who;

#[cfg(test)]
mod fixtures;

use std::time::Duration;

use super::address;
use crate::model::{Timestamp, Unreadable};
use crate::providers::address::{host, parts};
use crate::providers::rest::{Accept, Call, Head, Hosts, Pacing, Refusal};

pub use agents::{agents, pools, queues};
pub use answers::{Cursor, Page};
pub use areas::areas;
pub use artifacts::artifacts;
pub use builds::{BuildTold, WEIGHT_API, build, builds};
pub use changes::changes;
pub use logs::logs;
pub use places::{base_name, is_same_base};
pub use releases::{Outlook, ReleaseTold, release};
pub use test_runs::{Tested, test_cases, test_runs};
pub use timeline::{About, EarlierAttempt, Newest, Timeline, timeline};
pub use who::{Connection, ProjectTold, connection, projects};

/// Longest wait that is believed: the service counts in windows of five minutes.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// The hosts of a base. Source: the vendor's list of allowed domains, and what its SDKs find by
/// `resourceAreas`.
pub fn hosts(base: &str) -> Hosts {
    let base = base.trim_end_matches('/');
    let Some(parts) = parts(base) else { return Hosts::on(base) };
    let name = parts.host.to_ascii_lowercase();
    if name == "dev.azure.com" {
        let at = |host: &str| format!("https://{host}.dev.azure.com{}", parts.path);
        return Hosts { main: base.to_owned(), release: at("vsrm") };
    }
    match name.strip_suffix(".visualstudio.com").filter(|label| !label.contains('.')) {
        Some(label) => {
            let at = |host: &str| format!("https://{label}.{host}.visualstudio.com");
            Hosts { main: base.to_owned(), release: at("vsrm") }
        }
        None => Hosts::on(base),
    }
}

/// Whether a token may go to this base unasked: the vendor's own domain, encrypted.
pub fn is_own_domain(base: &str) -> bool {
    base.starts_with("https://")
        && address::organisation(base).is_some()
        && host(base).is_some_and(|host| {
            let host = host.to_ascii_lowercase();
            host == "dev.azure.com" || host.ends_with(".visualstudio.com")
        })
}

/// What the service says of itself in the beginning of an error's body.
fn told(start: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(start).ok()?.trim_start_matches('\u{feff}');
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let message = value.get("message").and_then(serde_json::Value::as_str)?.trim();
    (!message.is_empty()).then(|| message.chars().take(500).collect())
}

fn is_json(head: &Head) -> bool {
    head.header("content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
    })
}

fn is_html(head: &Head) -> bool {
    head.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("text/html"))
}

/// Whether a redirect leads to where people sign in.
fn is_sign_in(location: Option<&str>) -> bool {
    location.is_none_or(|location| {
        let location = location.to_ascii_lowercase();
        ["_signin", "/signin", "vssps.", "login."].iter().any(|part| location.contains(part))
    })
}

/// A token that is wrong, expired or missing is answered with a sign-in page: with 203, which is a
/// success, with a redirect to it, or with 401 (reported by users of its API; the vendor's SDKs ask
/// for 401 by `X-TFS-FedAuthRedirect: Suppress`).
pub fn judge(call: &Call, head: &Head, start: &[u8]) -> Result<(), Refusal> {
    let sign_in = |how: &str| {
        let told = told(start).map(|told| format!(" ({told})")).unwrap_or_default();
        Err(Refusal::Credential(format!(
            "Azure DevOps answered with {how}: wrong, expired or revoked{told}"
        )))
    };
    let wait = pacing(head, Timestamp(0)).wait;
    let location = head.header("location");
    match head.status {
        203 => sign_in("its sign-in page (203)"),
        300..=399 if is_sign_in(location) => {
            sign_in(&format!("a redirect ({}) to its sign-in page", head.status))
        }
        // An organisation of another name, or no Azure DevOps at all. It is not followed: a token
        // goes to no address that an answer names.
        300..=399 => {
            let to = location.and_then(host).unwrap_or("another address");
            let told = Some(format!("it leads to {to}: is the base address right?"));
            Err(Refusal::Rejected { status: head.status, told })
        }
        200..=299 if is_html(head) => sign_in("its sign-in page"),
        204 => Ok(()),
        // Nothing to tell; readers know that.
        200..=299 if head.header("content-length").is_some_and(|it| it.trim() == "0") => Ok(()),
        200..=299 if call.accept == Accept::Text || is_json(head) => Ok(()),
        200..=299 => {
            let kind = head.header("content-type").unwrap_or("no content type");
            Err(Refusal::Unreadable(Unreadable {
                reason: format!("it is no JSON but {kind}"),
                path: ".".to_owned(),
            }))
        }
        401 => sign_in("401"),
        403 => Err(Refusal::Forbidden { right: call.right.to_owned(), told: told(start) }),
        404 => Err(Refusal::Missing { told: told(start) }),
        410 => Err(Refusal::Gone),
        429 => Err(Refusal::Throttled { wait }),
        status @ 500.. => Err(Refusal::Unwell { status, wait }),
        status => Err(Refusal::Rejected { status, told: told(start) }),
    }
}

/// `Retry-After` and `X-RateLimit-*`: told only close to the limit, and with any status. `Delay` is how
/// long the service held this very call back; the next had better come no sooner than that.
pub fn pacing(head: &Head, now: Timestamp) -> Pacing {
    let number = |name: &str| head.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let delay = head
        .header("x-ratelimit-delay")
        .and_then(|text| text.trim().parse::<f64>().ok())
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .map(|seconds| Duration::from_secs_f64(seconds.min(WAIT_MAX.as_secs_f64())));
    let reset = number("x-ratelimit-reset").map(|seconds| {
        let at = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
        Duration::from_millis(u64::try_from(at.saturating_sub(now.0)).unwrap_or(0))
    });
    Pacing {
        wait: number("retry-after").map(Duration::from_secs).max(delay).map(|it| it.min(WAIT_MAX)),
        remaining: number("x-ratelimit-remaining"),
        limit: number("x-ratelimit-limit"),
        reset,
    }
}

#[cfg(test)]
mod tests;
