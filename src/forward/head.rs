//! A request's head as it was sent, put together from what its entry keeps and what was withheld.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::EntryId;

/// Names that begin with this are notes of ours among an entry's headers, not headers.
const NOTE: char = ':';

/// The note of path and query, masked.
const TARGET: &str = ":target";

/// Number of the entry, for the receiver.
const ENTRY: &str = "x-creel-entry";

/// Headers that speak of one connection and end with it, or that the next request makes anew.
const NOT_HANDED_ON: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    // Whoever sends one is another Creel at most: its numbers are not ours.
    ENTRY,
];

/// How a body packed with gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What an entry does not tell of its request's head. Values as one letter per byte, since a header's
/// bytes need not be text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Path and query, where the entry's are masked.
    pub target: Option<String>,
    /// Where the request came from.
    pub from: Option<IpAddr>,
    /// Place among the headers, name, value.
    headers: Vec<(usize, String, String)>,
}

/// A request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub from: Option<IpAddr>,
}

impl Withheld {
    /// What is in a head and not in an entry's headers (its notes among them).
    #[must_use]
    pub fn between(head: &Head, kept: &[(String, String)]) -> Self {
        let is_kept = kept.iter().any(|(name, kept)| name == TARGET && *kept == head.target);
        let kept: Vec<_> = kept.iter().filter(|(name, _)| !name.starts_with(NOTE)).collect();
        let headers = head.headers.iter().enumerate().filter(|(place, (_, value))| {
            kept.get(*place).is_none_or(|(_, kept)| kept.as_bytes() != value)
        });
        Self {
            target: (!is_kept).then(|| head.target.clone()),
            from: head.from,
            headers: headers
                .map(|(place, (name, value))| (place, name.clone(), letters(value)))
                .collect(),
        }
    }

    /// The head again, from an entry's headers (its notes among them).
    #[must_use]
    pub fn fill(self, kept: &[(String, String)]) -> Head {
        let kept_target = kept.iter().find(|(name, _)| name == TARGET);
        let mut headers: Vec<(String, Vec<u8>)> = kept
            .iter()
            .filter(|(name, _)| !name.starts_with(NOTE))
            .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
            .collect();
        for (place, name, value) in self.headers {
            let header = (name, bytes(&value));
            match headers.get_mut(place) {
                Some(masked) => *masked = header,
                // More than an entry keeps, in their order.
                None => headers.push(header),
            }
        }
        let target = self.target.or_else(|| kept_target.map(|(_, target)| target.clone()));
        Head { target: target.unwrap_or_else(|| "/".to_owned()), headers, from: self.from }
    }
}

impl Head {
    /// The headers that the next receiver gets.
    #[must_use]
    pub fn handed_on(&self, entry: EntryId, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let value_of = |name: &'static str| {
            let named = self.headers.iter().filter(move |(n, _)| n == name);
            named.map(|(_, value)| String::from_utf8_lossy(value).trim().to_owned())
        };
        let connection: Vec<String> = value_of("connection")
            .flat_map(|list| list.split(',').map(|n| n.trim().to_lowercase()).collect::<Vec<_>>())
            .collect();
        let is_unpacked = is_unpacked(value_of("content-encoding").next().as_deref(), body);
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| {
                NOT_HANDED_ON.binary_search(&name.as_str()).is_err()
                    && !connection.contains(name)
                    && name != "x-forwarded-for"
                    && !(is_unpacked && name == "content-encoding")
            })
            .cloned()
            .collect();
        let hops: Vec<String> =
            value_of("x-forwarded-for").chain(self.from.map(|ip| ip.to_string())).collect();
        if !hops.is_empty() {
            headers.push(("x-forwarded-for".to_owned(), hops.join(", ").into_bytes()));
        }
        headers.push((ENTRY.to_owned(), entry.to_string().into_bytes()));
        headers
    }
}

/// Whether a body is no longer packed as its header says: the journal keeps what was in it.
fn is_unpacked(encoding: Option<&str>, body: &[u8]) -> bool {
    let is_gzip = encoding.is_some_and(|encoding| {
        encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip")
    });
    is_gzip && !body.starts_with(&GZIP)
}

fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn bytes(letters: &str) -> Vec<u8> {
    letters.chars().filter_map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &[u8])]) -> Head {
        Head {
            target: "/hooks/receive?apiKey=not-a-real-secret".to_owned(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), v.to_vec())).collect(),
            from: Some("192.0.2.7".parse().unwrap()),
        }
    }

    fn text(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_head_comes_back_byte_for_byte_from_what_is_kept_and_what_is_not() {
        let sent = head(&[
            ("content-type", b"application/json"),
            ("x-hook-secret", b"gr\xfc\xdf dich\xff"),
            ("x-hook-secret", b"***"),
            ("one-too-many", b"x"),
        ]);
        let kept = text(&[
            (":target", "/hooks/receive?apiKey=***"),
            ("content-type", "application/json"),
            ("x-hook-secret", "***"),
            ("x-hook-secret", "***"),
            (":token-azure_devops", "0123"),
        ]);
        let withheld = Withheld::between(&sent, &kept);
        let text = serde_json::to_string(&withheld).unwrap();
        let read: Withheld = serde_json::from_str(&text).unwrap();
        assert_eq!(read.headers.len(), 2, "only what the entry does not hold: {text}");
        assert_eq!(read.fill(&kept), sent);
    }

    #[test]
    fn what_speaks_of_the_connection_stays_behind() {
        let sent = head(&[
            ("host", b"creel.example.com"),
            ("content-length", b"2"),
            ("connection", b"keep-alive, X-Hop"),
            ("x-hop", b"1"),
            ("expect", b"100-continue"),
            ("x-forwarded-for", b"198.51.100.1"),
            ("user-agent", b"VSServices/19.0"),
            ("x-webhook-secret", b"s"),
            ("x-creel-entry", b"4"),
        ]);
        let handed: Vec<(String, String)> = sent
            .handed_on(EntryId(7), b"{}")
            .into_iter()
            .map(|(name, value)| (name, String::from_utf8(value).unwrap()))
            .collect();
        let expected = text(&[
            ("user-agent", "VSServices/19.0"),
            ("x-webhook-secret", "s"),
            ("x-forwarded-for", "198.51.100.1, 192.0.2.7"),
            ("x-creel-entry", "7"),
        ]);
        assert_eq!(handed, expected);
    }

    #[test]
    fn the_encoding_goes_along_while_it_is_true() {
        for (encoding, body, handed) in [
            ("gzip", &b"{}"[..], false),
            ("GZIP", b"{}", false),
            ("gzip", b"\x1f\x8bbroken", true),
            ("br", b"{}", true),
        ] {
            let sent = head(&[("content-encoding", encoding.as_bytes())]);
            let headers = sent.handed_on(EntryId(1), body);
            let has = headers.iter().any(|(name, _)| name == "content-encoding");
            assert_eq!(has, handed, "{encoding}");
        }
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(NOT_HANDED_ON.is_sorted());
    }
}
