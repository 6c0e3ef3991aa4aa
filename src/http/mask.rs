//! What must not be kept or shown: headers and query strings are masked before they are stored,
//! bodies (stored as they came) on every way out.

use axum::http::{HeaderMap, Uri};
use serde_json::Value;

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
                Ok(text) if open && text.len() <= VALUE_LENGTH_MAX => text.to_owned(),
                _ => MASK.to_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
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

/// Names of members whose value is a secret wherever they stand.
const SECRET_MEMBERS: [&str; 14] = [
    "access_token",
    "accesstoken",
    "apikey",
    "api_key",
    "authorization",
    "azptoken",
    "badge_url",
    "basicauthpassword",
    "buildkitetoken",
    "password",
    "secret",
    "sessiontoken",
    "token",
    "webhook_url",
];

/// Mask the secrets of a body that is about to be shown: members with a telling name, and
/// credentials inside addresses.
pub fn body(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let name = name.to_ascii_lowercase();
                let name = name.as_str();
                if SECRET_MEMBERS.contains(&name) && !member.is_null() {
                    // The shape stays: a member that was an object is still one.
                    mask_leaves(member);
                } else {
                    body(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(body),
        Value::String(text) => {
            if let Some(masked) = text_masked(text) {
                *text = masked;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_leaves(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(mask_leaves),
        Value::Array(items) => items.iter_mut().for_each(mask_leaves),
        Value::Null => {}
        Value::String(_) | Value::Bool(_) | Value::Number(_) => *value = MASK.into(),
    }
}

/// Parameters of addresses that are secrets.
const SECRET_PARAMETERS: [&str; 9] = [
    "apikey",
    "azptoken",
    "buildkitetoken",
    "token",
    "access_token",
    "sig",
    "code",
    "secret",
    "password",
];

/// The text with secrets in addresses masked; `None` when there are none.
#[must_use]
pub fn text_masked(text: &str) -> Option<String> {
    if !text.contains("://") && !text.contains('?') {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(at) = rest.find(['?', '&']) {
        let (before, after) = rest.split_at(at + 1);
        masked.push_str(before);
        let end = after
            .find(|c: char| {
                c == '&' || c == '#' || c == '"' || c == '\'' || c == '<' || c.is_whitespace()
            })
            .unwrap_or(after.len());
        let (pair, tail) = after.split_at(end);
        match pair.split_once('=') {
            Some((name, value))
                if !value.is_empty()
                    && SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) =>
            {
                masked.push_str(name);
                masked.push('=');
                masked.push_str(MASK);
                changed = true;
            }
            _ => masked.push_str(pair),
        }
        rest = tail;
    }
    masked.push_str(rest);
    // user:password@host
    if let Some(start) = masked.find("://") {
        let authority = start + 3;
        let end = masked[authority..].find(['/', '?', '#']).map_or(masked.len(), |n| authority + n);
        if let Some(at) = masked[authority..end].rfind('@')
            && masked[authority..authority + at].contains(':')
        {
            masked.replace_range(authority..authority + at, MASK);
            changed = true;
        }
    }
    changed.then_some(masked)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_headers_known_to_be_harmless_keep_their_value() {
        let mut map = HeaderMap::new();
        map.insert("content-type", "application/json".parse().unwrap());
        map.insert("x-team-password", "not-a-real-secret".parse().unwrap());
        map.insert("authorization", "Bearer not-a-real-secret".parse().unwrap());
        let kept = headers(&map);
        assert!(kept.contains(&("content-type".to_owned(), "application/json".to_owned())));
        assert!(kept.contains(&("x-team-password".to_owned(), MASK.to_owned())));
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

    #[test]
    fn a_body_is_shown_without_its_secrets_and_in_its_shape() {
        let mut value = json!({
            "pipeline": {"badge_url": "https://badge.example/abc.svg", "slug": "web"},
            "sessionToken": {"token": "abc", "validTo": null},
            "url": "https://ada:hunter2@example.com/x?apiKey=abc&page=2",
            "message": "see https://example.com/?page=2"
        });
        body(&mut value);
        assert_eq!(
            value,
            json!({
                "pipeline": {"badge_url": "***", "slug": "web"},
                "sessionToken": {"token": "***", "validTo": null},
                "url": "https://***@example.com/x?apiKey=***&page=2",
                "message": "see https://example.com/?page=2"
            })
        );
    }
}
