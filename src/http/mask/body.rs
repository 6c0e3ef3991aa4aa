//! A body on its way out: byte for byte as it was sent, but for its secrets.
//!
//! The text is rewritten, not read into values and written anew: members that are there twice,
//! numbers that no machine number holds, order and blanks all stay.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{MASK, text};

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

/// Deepest nesting shown as JSON: many readers give up at 128.
const DEPTH_MAX: usize = 100;

/// A body as it may be shown: JSON where it is, text where not.
#[must_use]
pub fn shown(body: &[u8]) -> Box<RawValue> {
    let content = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let json = std::str::from_utf8(content).ok().and_then(json);
    json.unwrap_or_else(|| {
        let content = String::from_utf8_lossy(content);
        let masked = text::masked(&content);
        let shown = masked.as_deref().unwrap_or(&content);
        serde_json::value::to_raw_value(shown).unwrap_or_else(|_| RawValue::NULL.to_owned())
    })
}

/// A body as it may leave in a log: as it was sent, unless there is a secret in it.
#[must_use]
pub fn masked(body: &[u8]) -> Cow<'_, [u8]> {
    let content = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(content);
    // Only what is all UTF-8 is JSON.
    let is_text = matches!(text, Cow::Borrowed(_));
    if let Some(shown) = is_text.then(|| json(&text)).flatten() {
        return match shown.get() == text.trim_ascii() {
            true => Cow::Borrowed(body),
            false => Cow::Owned(shown.get().as_bytes().to_vec()),
        };
    }
    match text::masked(&text) {
        Some(masked) => Cow::Owned(masked.into_bytes()),
        None => Cow::Borrowed(body),
    }
}

/// An object or a list that is open.
struct Open {
    is_object: bool,
    /// It is the value of a secret member: each leaf is masked, the shape stays.
    is_secret: bool,
}

/// JSON with its secrets masked. `None` where it is not JSON, or nested too deep.
fn json(text: &str) -> Option<Box<RawValue>> {
    // From here on the text is known to be well-formed.
    let text = serde_json::from_str::<&RawValue>(text).ok()?.get();
    let mut shown = String::with_capacity(text.len());
    let mut open: Vec<Open> = Vec::new();
    let (mut is_name, mut is_secret) = (false, false);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let token = &rest[..token_length(first, rest)];
        rest = &rest[token.len()..];
        match first {
            '{' | '[' => {
                open.push(Open { is_object: first == '{', is_secret });
                is_name = first == '{';
                if open.len() > DEPTH_MAX {
                    return None;
                }
            }
            '}' | ']' => {
                open.pop();
            }
            ',' => {
                let around = open.last()?;
                (is_name, is_secret) = (around.is_object, around.is_secret);
            }
            _ => {}
        }
        match first {
            '"' if is_name => {
                let name = unescaped(token).map(|name| name.to_ascii_lowercase());
                is_secret = open.last()?.is_secret
                    || name.is_some_and(|name| SECRET_MEMBERS.contains(&name.as_str()));
                is_name = false;
                shown.push_str(token);
            }
            '"' if is_secret => push_masked(&mut shown),
            '"' => push_text(token, &mut shown),
            // A number, `true` or `false`.
            '-' | '0'..='9' | 't' | 'f' if is_secret => push_masked(&mut shown),
            _ => shown.push_str(token),
        }
    }
    RawValue::from_string(shown).ok()
}

fn push_masked(shown: &mut String) {
    shown.push('"');
    shown.push_str(MASK);
    shown.push('"');
}

/// Show a text: as it was written, unless there is a secret in it.
fn push_text(token: &str, shown: &mut String) {
    let Some(content) = unescaped(token) else {
        // Half of a surrogate pair cannot be read; what stands around it can.
        match text::masked(token) {
            Some(_) => push_masked(shown),
            None => shown.push_str(token),
        }
        return;
    };
    match text::masked(&content).map(|masked| serde_json::to_string(&masked)) {
        Some(Ok(masked)) => shown.push_str(&masked),
        Some(Err(_)) => push_masked(shown),
        None => shown.push_str(token),
    }
}

/// What a text in quotes says; `None` where that is no Unicode.
fn unescaped(token: &str) -> Option<String> {
    serde_json::from_str(token).ok()
}

/// Bytes of the token that `text` begins with. `text` is well-formed JSON from there on.
fn token_length(first: char, text: &str) -> usize {
    let bytes = text.as_bytes();
    match first {
        '"' => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            (at + 1).min(bytes.len())
        }
        '-' | '0'..='9' | 'a'..='z' => text
            .find(|c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace())
            .unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn text_of(body: &str) -> String {
        shown(body.as_bytes()).get().to_owned()
    }

    #[test]
    fn a_body_without_secrets_is_shown_byte_for_byte() {
        for body in [
            r#"{"a":1,"a":2,"big":123456789012345678901234567890.0000,"e":1E400}"#,
            "{ \"z\" : [ true , null ],\n\t\"a\":\"\\u00e9\\/\" }",
            r#""half of a pair: \ud83d""#,
            "[]",
            "-0",
        ] {
            assert_eq!(text_of(body), body);
        }
    }

    #[test]
    fn a_body_is_shown_without_its_secrets_and_in_its_shape() {
        let body = r#"{
  "pipeline": {"badge_url": "https://badge.example/abc.svg", "slug": "web"},
  "session\u0054oken": {"token": "abc", "validTo": null, "uses": [1, true]},
  "url": "https://ada:hunter2@example.com/x?apiKey=abc&page=2",
  "message": "see https://example.com/?page=2",
  "log": "Bearer abcdefgh\n",
  "half": "\ud83d Bearer abcdefgh",
  "token": "x", "token": 7, "after": "x"
}"#;
        let expected = r#"{
  "pipeline": {"badge_url": "***", "slug": "web"},
  "session\u0054oken": {"token": "***", "validTo": null, "uses": ["***", "***"]},
  "url": "https://***@example.com/x?apiKey=***&page=2",
  "message": "see https://example.com/?page=2",
  "log": "Bearer ***\n",
  "half": "***",
  "token": "***", "token": "***", "after": "x"
}"#;
        assert_eq!(text_of(body), expected);
    }

    #[test]
    fn what_is_not_json_is_shown_as_text() {
        assert_eq!(shown(b"\xef\xbb\xbf{\"a\":1}").get(), r#"{"a":1}"#);
        assert_eq!(text_of("hello \"you\""), r#""hello \"you\"""#);
        assert_eq!(
            text_of("https://x.example/?token=abc&page=2"),
            r#""https://x.example/?token=***&page=2""#
        );
        assert_eq!(text_of(""), "\"\"");
        let deep = format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000));
        assert!(text_of(&deep).starts_with('"'), "too deep for most readers");
    }

    #[test]
    fn a_body_leaves_in_a_log_as_it_was_sent_but_for_its_secrets() {
        for body in [
            b"\xef\xbb\xbf {\"a\" : 1}\n".as_slice(),
            b"{\"half\": \"\\ud83d\"}",
            b"\xff\x00binary",
            b"plain text",
            b"",
        ] {
            assert_eq!(masked(body), body, "{body:?}");
        }
        let secret = b"\xef\xbb\xbf {\"token\" : \"abc\"}\n".as_slice();
        assert_eq!(masked(secret), br#"{"token" : "***"}"#.as_slice());
        let broken = b"\xff {\"url\": \"https://x.example/?token=abc&page=2\"".as_slice();
        assert!(!masked(broken).windows(3).any(|letters| letters == b"abc"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"\\\\é]{0,6}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_secret_is_shown_and_all_else_is(around in any_json(), secret in "[A-Za-z0-9]{16}") {
            let body = json!({
                "around": around,
                "password": {"deep": [secret]},
                "text": format!("Server=x;Pwd={secret};y Bearer {secret}"),
            });
            for text in [body.to_string(), serde_json::to_string_pretty(&body).unwrap()] {
                let masked = text_of(&text);
                prop_assert!(!masked.contains(&secret), "{}", masked);
                let value: Value = serde_json::from_str(&masked).expect("still JSON");
                prop_assert_eq!(&value["password"], &json!({"deep": ["***"]}));
            }
            let alone = around.to_string();
            if text::masked(&alone).is_none() {
                prop_assert_eq!(text_of(&alone), alone);
            }
        }
    }
}
