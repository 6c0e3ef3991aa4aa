//! What must not be kept or shown: headers and query strings are masked before they are stored,
//! bodies (stored as they came) on every way out.

pub mod body;
pub mod lines;
pub mod text;

use axum::http::{HeaderMap, Uri};
use serde_json::Value;

use text::KEY_PREFIX;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Headers that are kept as they came, in order; of all others only the name is.
const OPEN_HEADERS: [&str; 24] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "x-buildkite-event",
    "x-buildkite-request",
    "x-github-delivery",
    "x-github-event",
    "x-gitlab-event",
    "x-gitlab-event-uuid",
    "x-gitlab-instance",
    "x-request-id",
    "x-vss-activityid",
    "x-vss-subscriptionid",
];

/// Query parameters that are kept as they came.
const OPEN_PARAMETERS: [&str; 4] = ["api-version", "channel", "event", "source"];

/// Longest header value kept.
const VALUE_LENGTH_MAX: usize = 1_000;

/// Headers kept per entry.
const HEADERS_MAX: usize = 64;

/// The headers to keep, lower-case names, secrets masked. Headers are secret unless known not to
/// be: the name a team gives its secret cannot be foreseen.
#[must_use]
pub fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .take(HEADERS_MAX)
        .map(|(name, value)| {
            let open = OPEN_HEADERS.binary_search(&name.as_str()).is_ok();
            let value = match value.to_str() {
                Ok(text) if open && text.len() <= VALUE_LENGTH_MAX => unkeyed(text),
                _ => MASK.to_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// A harmless value, unless one of our keys stands in it. Only those are looked for: this is done for
/// each header of each request.
fn unkeyed(text: &str) -> String {
    let masked = text.contains(KEY_PREFIX).then(|| text::masked(text)).flatten();
    masked.unwrap_or_else(|| text.to_owned())
}

/// The address a request was sent to, secrets masked.
#[must_use]
pub fn target(uri: &Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let masked: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if !OPEN_PARAMETERS.contains(&name) => format!("{name}={MASK}"),
            // A parameter without a value could be the secret itself.
            None if !pair.is_empty() => MASK.to_owned(),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{}?{}", uri.path(), masked.join("&"))
}

/// Mask the secrets in the texts of a value that is about to be shown.
pub fn value(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(self::value),
        Value::Array(items) => items.iter_mut().for_each(self::value),
        Value::String(text) => {
            if let Some(masked) = text::masked(text) {
                *text = masked;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_known_to_be_harmless_keep_their_value() {
        let mut map = HeaderMap::new();
        map.insert("content-type", "application/json".parse().unwrap());
        map.insert("user-agent", format!("curl {KEY_PREFIX}{}", "x".repeat(43)).parse().unwrap());
        map.insert("x-team-password", "not-a-real-secret".parse().unwrap());
        map.insert("authorization", "Bearer not-a-real-secret".parse().unwrap());
        let kept = headers(&map);
        assert!(kept.contains(&("content-type".to_owned(), "application/json".to_owned())));
        assert!(kept.contains(&("x-team-password".to_owned(), MASK.to_owned())));
        assert!(kept.contains(&("user-agent".to_owned(), "curl ***".to_owned())), "{kept:?}");
        assert!(!format!("{kept:?}").contains("not-a-real-secret"));
    }

    #[test]
    fn the_harmless_headers_are_in_order() {
        assert!(OPEN_HEADERS.is_sorted());
    }

    #[test]
    fn a_query_string_keeps_its_names_only() {
        let uri: Uri = "/webhooks/azure?apiKey=abc&azpToken=def&channel=web&ghi".parse().unwrap();
        assert_eq!(target(&uri), "/webhooks/azure?apiKey=***&azpToken=***&channel=web&***");
    }
}
