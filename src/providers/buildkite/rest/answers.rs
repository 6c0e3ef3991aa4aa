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
        300..=399 if call.accept == Accept::Elsewhere && head.header("location").is_some() => {
            Ok(())
        }
        // Nothing else that is asked for here redirects; what does is no Buildkite, or another address.
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
        Accept::Elsewhere => false,
    }
}

fn unexpected(accept: Accept, kind: &str) -> Refusal {
    let wanted = match accept {
        Accept::Json => "JSON",
        Accept::Text => "text",
        Accept::Elsewhere => "redirect",
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
    of: Option<u64>,
    reset: Option<Duration>,
}

/// The organisation's limit and the user's: of both the tighter one counts. There is no
/// `Retry-After` (a proxy may send one); `*-Reset` tells the seconds that are left.
pub fn pacing(head: &Head) -> Pacing {
    let number = |name: &str| head.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let seconds = |name: &str| number(name).map(Duration::from_secs);
    let limits = ["", "user-"].map(|whose| Limit {
        remaining: number(&format!("ratelimit-{whose}remaining")),
        of: number(&format!("ratelimit-{whose}limit")),
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
        limit: tightest.and_then(|limit| limit.of),
        reset: tightest.and_then(|limit| limit.reset),
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Head { status, headers }
    }

    fn code(status: u16, headers: &[(&str, &str)], body: &str) -> Option<&'static str> {
        let judged = judge(&calls::token(), &head(status, headers), body.as_bytes());
        judged.err().map(|refusal| refusal.code())
    }

    #[test]
    fn a_status_means_what_the_provider_means_by_it() {
        for (status, expected) in [
            (200, None),
            (302, Some("rejected")),
            (400, Some("rejected")),
            (401, Some("token_refused")),
            (403, Some("token_lacks_scope")),
            (404, Some("not_found")),
            (410, Some("gone")),
            (422, Some("rejected")),
            (429, Some("rate_limited")),
            (500, Some("provider_unwell")),
            (503, Some("provider_unwell")),
        ] {
            assert_eq!(code(status, &[], "{}"), expected, "{status}");
        }
    }

    #[test]
    fn a_page_for_people_is_no_answer() {
        let html = [("content-type", "text/html; charset=utf-8")];
        assert_eq!(code(200, &html, "<html>"), Some("unreadable"));
        assert_eq!(code(200, &[("content-type", "application/json; charset=utf-8")], "{}"), None);
        let place = calls::BuildPlace {
            organization: "acme".to_owned(),
            pipeline: "shop".to_owned(),
            number: 7,
        };
        let log = place.log("j1");
        assert!(judge(&log, &head(200, &html), b"<html>").is_err());
        assert!(judge(&log, &head(200, &[("content-type", "text/plain")]), b"~~~").is_ok());
        assert!(judge(&log, &head(200, &[("content-type", "binary/octet-stream")]), b"").is_ok());
    }

    #[test]
    fn the_words_of_the_provider_are_passed_on() {
        let says = |status, body: &str| {
            judge(&calls::token(), &head(status, &[]), body.as_bytes()).unwrap_err().to_string()
        };
        assert_eq!(
            says(401, r#"{"message": "No such token"}"#),
            "the token was refused: No such token"
        );
        assert_eq!(says(401, ""), "the token was refused: 401");
        let body = r#"{"message": "Validation Failed", "errors": [{"field": "state", "code": "invalid"}, 7]}"#;
        assert_eq!(
            says(422, body),
            "the provider answered 422: Validation Failed (state: invalid)"
        );
        let endless = format!(r#"{{"message": "{}"}}"#, "x".repeat(5_000));
        assert!(says(400, &endless).len() < 600);
    }

    #[test]
    fn the_tighter_of_two_limits_counts_and_one_used_up_is_waited_for() {
        let limits = [
            ("ratelimit-limit", "200"),
            ("ratelimit-remaining", "120"),
            ("ratelimit-reset", "50"),
            ("ratelimit-user-limit", "50"),
            ("ratelimit-user-remaining", "7"),
            ("ratelimit-user-reset", "20"),
        ];
        let seconds = |n| Some(Duration::from_secs(n));
        let told = pacing(&head(200, &limits));
        let expected =
            Pacing { wait: None, remaining: Some(7), limit: Some(50), reset: seconds(20) };
        assert_eq!(told, expected);

        let mut used_up = limits;
        used_up[4].1 = "0";
        assert_eq!(pacing(&head(200, &used_up)).wait, seconds(20));
        used_up[1].1 = "0";
        assert_eq!(pacing(&head(429, &used_up)).wait, seconds(50), "both: the longer one");
        assert_eq!(pacing(&head(429, &limits)).wait, seconds(50), "refused in spite of numbers");
        assert_eq!(pacing(&head(503, &[("retry-after", "9")])).wait, seconds(9));
        assert_eq!(pacing(&head(200, &[])), Pacing::default());
    }

    #[test]
    fn a_refusal_without_headers_tells_the_wait_in_its_body() {
        let body = br#"{"message": "Too many", "scope": "rest_user", "limit": 50, "reset": 42}"#;
        let refusal = judge(&calls::token(), &head(429, &[]), body).unwrap_err();
        assert_eq!(refusal, Refusal::Throttled { wait: Some(Duration::from_secs(42)) });
        let refusal = judge(&calls::token(), &head(429, &[]), b"slow down").unwrap_err();
        assert_eq!(refusal, Refusal::Throttled { wait: None });
    }
}
