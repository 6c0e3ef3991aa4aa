//! Signatures of webhooks: is this body, as received, what the holder of the secret sent?
//!
//! Pure functions over raw bytes, before anything is parsed. Which secrets are tried for which
//! request is decided at the front door; here one secret is held against one signature. Every
//! comparison takes the same time whether the first or the last byte differs.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::model::Timestamp;

/// How far a signed time may lie from ours, in both directions. The usual figure: long enough for
/// clocks that drift, short enough that a captured request soon is worth nothing.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Prefix of a secret that is written in base64 (Standard Webhooks).
const BASE64_SECRET_PREFIX: &str = "whsec_";

/// Signatures looked at in one `webhook-signature` header; a rotation sends two.
const SIGNATURES_MAX: usize = 16;

/// Base64 as senders write it, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not the scheme's grammar: another secret will not help.
    #[error("the signature is malformed: {0}")]
    Malformed(&'static str),
    /// Signed too long ago, or by a clock that runs ahead: perhaps a captured request.
    #[error("the signature is not of this time")]
    Stale,
    /// Made with another secret, or over another body.
    #[error("the signature does not match")]
    Mismatch,
}

/// Check `X-Buildkite-Signature: timestamp=<unix seconds>,signature=<lower-case hex>`, an
/// HMAC-SHA256 over `<timestamp>.<body>`.
pub fn verify_buildkite(
    header: &str,
    secret: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), SignatureError> {
    let (mut timestamp, mut signature) = (None, None);
    for part in header.split(',') {
        let (name, value) = part
            .split_once('=')
            .ok_or(SignatureError::Malformed("a part is not of the form name=value"))?;
        let slot = match name.trim() {
            "timestamp" => &mut timestamp,
            "signature" => &mut signature,
            _ => continue,
        };
        if slot.replace(value.trim()).is_some() {
            return Err(SignatureError::Malformed("a part is there twice"));
        }
    }
    let timestamp = timestamp.ok_or(SignatureError::Malformed("the timestamp is missing"))?;
    let signature = signature.ok_or(SignatureError::Malformed("the signature is missing"))?;
    if signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(SignatureError::Malformed("the signature is not lower-case hex"));
    }
    let signature = sha256_from_hex(signature)?;
    must_be_recent(timestamp, now, tolerance)?;
    let expected = hmac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), b".", body])?;
    must_match(&expected, &signature)
}

/// Check `X-Hub-Signature` or `X-Hub-Signature-256`: an HMAC-SHA256 over the body as hex, with or
/// without `sha256=`, in either case. The scheme signs no time, so a captured request stays good; that is the
/// sender's choice.
pub fn verify_hub(header: &str, secret: &str, body: &[u8]) -> Result<(), SignatureError> {
    let header = header.trim();
    let hex = match header.split_once('=') {
        Some((name, hex)) if name.trim().eq_ignore_ascii_case("sha256") => hex.trim(),
        Some((name, _)) if name.trim().eq_ignore_ascii_case("sha1") => {
            return Err(SignatureError::Malformed("SHA-1 signatures are not accepted"));
        }
        Some(_) => return Err(SignatureError::Malformed("the algorithm is not sha256")),
        None => header,
    };
    let signature = sha256_from_hex(hex)?;
    must_match(&hmac_sha256(secret.as_bytes(), &[body])?, &signature)
}

/// Check a request of the Standard Webhooks scheme: `webhook-id`, `webhook-timestamp`, and
/// `webhook-signature` with a list of `v1,<base64>`, each an HMAC-SHA256 over
/// `<id>.<timestamp>.<body>`. One that matches is enough: during a rotation there are two.
///
/// A secret with the prefix `whsec_` is base64; any other is taken as the text it is.
pub fn verify_standard_webhooks(
    id: &str,
    timestamp: &str,
    signatures: &str,
    secret: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), SignatureError> {
    if id.is_empty() {
        return Err(SignatureError::Malformed("the id is missing"));
    }
    must_be_recent(timestamp, now, tolerance)?;
    let key = secret
        .strip_prefix(BASE64_SECRET_PREFIX)
        .and_then(|encoded| BASE64.decode(encoded).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec());
    let expected = hmac_sha256(&key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])?;

    let mut found = Err(SignatureError::Malformed("the list holds no signature of version v1"));
    for listed in signatures.split_ascii_whitespace().take(SIGNATURES_MAX) {
        // Other versions (`v1a` is ed25519) are for receivers that hold other keys.
        let Some(("v1", encoded)) = listed.split_once(',') else { continue };
        found = match BASE64.decode(encoded) {
            Ok(signature) => must_match(&expected, &signature),
            Err(_) => Err(SignatureError::Malformed("a signature is not base64")),
        };
        if found.is_ok() {
            break;
        }
    }
    found
}

fn hmac_sha256(key: &[u8], message: &[&[u8]]) -> Result<[u8; 32], SignatureError> {
    if key.is_empty() {
        // An empty key is one that everybody knows.
        return Err(SignatureError::Malformed("the secret is empty"));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| SignatureError::Malformed("the secret cannot be used"))?;
    for part in message {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

fn sha256_from_hex(text: &str) -> Result<[u8; 32], SignatureError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| SignatureError::Malformed("the signature is not 64 hex digits"))?;
    Ok(bytes)
}

fn must_match(expected: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    if bool::from(expected.ct_eq(signature)) { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// `seconds` is digits only: a sign or a blank would be a second way to write one time.
fn must_be_recent(
    seconds: &str,
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), SignatureError> {
    let malformed = SignatureError::Malformed("the timestamp is not a number of seconds");
    if seconds.is_empty() || !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed);
    }
    let seconds: i64 = seconds.parse().map_err(|_| malformed)?;
    let distance_ms = u128::from(seconds.saturating_mul(1000).abs_diff(now.0));
    if distance_ms > tolerance.as_millis() { Err(SignatureError::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "not-a-real-secret";
    const BODY: &[u8] = br#"{"event":"ping"}"#;
    /// A moment in seconds; `NOW` is the same one.
    const SECONDS: i64 = 1_760_000_000;
    const NOW: Timestamp = Timestamp(SECONDS * 1000);

    /// The published vector of Standard Webhooks signing that we hold ourselves to.
    mod standard {
        pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        pub const ID: &str = "msg_01J0000000000000000000000A";
        pub const BODY: &[u8] =
            br#"{"type":"build.finished","timestamp":"2025-10-09T08:53:20Z","data":{"id":42}}"#;
        pub const SIGNATURE: &str = "v1,Wj/KQh2QWZG9r6x7gl4lqsjVlW4biawqihKlva8McXo=";
    }

    fn signed(parts: &[&[u8]]) -> String {
        hex::encode(hmac_sha256(SECRET.as_bytes(), parts).unwrap())
    }

    fn buildkite_header(seconds: i64) -> String {
        let seconds = seconds.to_string();
        let signature = signed(&[seconds.as_bytes(), b".", BODY]);
        format!("timestamp={seconds},signature={signature}")
    }

    fn buildkite(header: &str, body: &[u8]) -> Result<(), SignatureError> {
        verify_buildkite(header, SECRET, body, NOW, TOLERANCE)
    }

    fn standard(id: &str, seconds: &str, list: &str, secret: &str) -> Result<(), SignatureError> {
        verify_standard_webhooks(id, seconds, list, secret, standard::BODY, NOW, TOLERANCE)
    }

    #[test]
    fn the_published_buildkite_vector_is_accepted() {
        let header = "timestamp=1760000000,\
                      signature=a5d232181dfac8b228b29a20d55bc3e7ee7cfa4cecd4903658bf879585e4880f";
        let body = br#"{"event":"ping","service":{"id":"x"}}"#;
        let verify = |secret| verify_buildkite(header, secret, body, NOW, TOLERANCE);
        assert_eq!(verify("s3cr3t-token"), Ok(()));
        assert_eq!(verify("s3cr3t-tokem"), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_buildkite_header_may_have_blanks_another_order_and_parts_we_do_not_know() {
        let header = buildkite_header(SECONDS);
        let (timestamp, signature) = header.split_once(',').unwrap();
        assert_eq!(buildkite(&format!(" {timestamp} , {signature} "), BODY), Ok(()));
        assert_eq!(buildkite(&format!("{signature},version=2,{timestamp}"), BODY), Ok(()));
    }

    #[test]
    fn a_buildkite_header_without_one_of_its_parts_is_malformed() {
        let header = buildkite_header(SECONDS);
        let (timestamp, signature) = header.split_once(',').unwrap();
        for malformed in [
            "",
            "invalid",
            timestamp,
            signature,
            "timestamp=,signature=",
            &format!("timestamp=soon,{signature}"),
            &format!("timestamp=-1,{signature}"),
            &format!("timestamp=99999999999999999999,{signature}"),
            &format!("{timestamp},signature=abc"),
            &format!("{timestamp},{timestamp},{signature}"),
            &format!("{header},{signature}"),
            &header[..header.len() - 1],
            &format!("{timestamp},signature={}", signature["signature=".len()..].to_uppercase()),
        ] {
            let verified = buildkite(malformed, BODY);
            assert!(
                matches!(verified, Err(SignatureError::Malformed(_))),
                "{malformed}: {verified:?}"
            );
        }
    }

    #[test]
    fn five_minutes_are_the_tolerance_in_both_directions() {
        for (distance, expected) in [
            (0, Ok(())),
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-301, Err(SignatureError::Stale)),
        ] {
            let seconds = SECONDS + distance;
            assert_eq!(buildkite(&buildkite_header(seconds), BODY), expected, "{distance} s");
        }
        let far = format!("timestamp={},signature={}", i64::MAX, "0".repeat(64));
        assert_eq!(buildkite(&far, BODY), Err(SignatureError::Stale));
    }

    #[test]
    fn a_hub_signature_is_hex_of_either_case_with_or_without_its_algorithm() {
        let hex = signed(&[BODY]);
        let upper = hex.to_uppercase();
        for header in [
            hex.clone(),
            upper.clone(),
            format!("sha256={hex}"),
            format!("SHA256={hex}"),
            format!("Sha256={upper}"),
            format!("sha256= {upper} "),
        ] {
            assert_eq!(verify_hub(&header, SECRET, BODY), Ok(()), "{header}");
        }
        assert_eq!(verify_hub(&hex, "another-secret", BODY), Err(SignatureError::Mismatch));
        for header in
            ["", "SHA256=", &hex[1..], &format!("SHA1={}", &hex[..40]), &format!("md5={hex}")]
        {
            let verified = verify_hub(header, SECRET, BODY);
            assert!(matches!(verified, Err(SignatureError::Malformed(_))), "{header}");
        }
    }

    #[test]
    fn the_published_standard_webhooks_vector_is_accepted() {
        let verify = |list: &str| standard(standard::ID, "1760000000", list, standard::SECRET);
        assert_eq!(verify(standard::SIGNATURE), Ok(()));
        assert_eq!(verify(standard::SIGNATURE.trim_end_matches('=')), Ok(()));
    }

    #[test]
    fn one_matching_signature_of_a_standard_webhooks_list_is_enough() {
        let old = format!("v1,{}", BASE64.encode([7; 32]));
        let list = format!("v1a,bm90IGZvciB1cw== v1,%%% {old} {}", standard::SIGNATURE);
        assert_eq!(standard(standard::ID, "1760000000", &list, standard::SECRET), Ok(()));
        assert_eq!(
            standard(standard::ID, "1760000000", &old, standard::SECRET),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn a_standard_webhooks_secret_without_the_prefix_is_taken_as_text() {
        // The text that the published secret is the base64 of.
        let secret = "0123456789abcdef0123456789abcdef";
        assert_eq!(standard(standard::ID, "1760000000", standard::SIGNATURE, secret), Ok(()));
    }

    #[test]
    fn a_standard_webhooks_request_without_one_of_its_parts_is_refused() {
        let (id, list, secret) = (standard::ID, standard::SIGNATURE, standard::SECRET);
        for (id, seconds, list) in [
            ("", "1760000000", list),
            (id, "", list),
            (id, "now", list),
            (id, "1760000000", ""),
            (id, "1760000000", "v1"),
            (id, "1760000000", "v2,Wj/KQh2QWZG9r6x7gl4lqsjVlW4biawqihKlva8McXo="),
            (id, "1760000000", "v1,not base64"),
        ] {
            let verified = standard(id, seconds, list, secret);
            assert!(
                matches!(verified, Err(SignatureError::Malformed(_))),
                "{id} {seconds} {list}: {verified:?}"
            );
        }
        for seconds in ["1759999699", "1760000301"] {
            assert_eq!(standard(id, seconds, list, secret), Err(SignatureError::Stale));
        }
    }

    #[test]
    fn an_empty_secret_accepts_nothing() {
        let empty = Err(SignatureError::Malformed("the secret is empty"));
        assert_eq!(verify_hub(&signed(&[BODY]), "", BODY), empty);
        for secret in ["", "whsec_"] {
            assert_eq!(standard(standard::ID, "1760000000", standard::SIGNATURE, secret), empty);
        }
    }

    proptest! {
        #[test]
        fn no_changed_byte_of_body_header_or_secret_is_accepted(
            place in 0_usize..4096,
            flip in 1_u8..=255,
        ) {
            let flipped = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                let place = place % bytes.len();
                bytes[place] ^= flip;
                bytes
            };
            let header = buildkite_header(SECONDS);
            let hub = signed(&[BODY]);

            let body = flipped(BODY);
            prop_assert!(buildkite(&header, &body).is_err());
            prop_assert!(verify_hub(&hub, SECRET, &body).is_err());
            let verify_standard = |list: &str, body: &[u8]| {
                verify_standard_webhooks(
                    standard::ID, "1760000000", list, standard::SECRET, body, NOW, TOLERANCE,
                )
            };
            prop_assert!(
                verify_standard(standard::SIGNATURE, &flipped(standard::BODY)).is_err()
            );

            // Only text can arrive in a header.
            if let Ok(header) = String::from_utf8(flipped(header.as_bytes())) {
                prop_assert!(buildkite(&header, BODY).is_err(), "{}", header);
            }
            if let Ok(list) = String::from_utf8(flipped(standard::SIGNATURE.as_bytes())) {
                // Padding that became a blank is padding left out: the same signature.
                let bare = |list: &str| list.trim_end().trim_end_matches('=').to_owned();
                prop_assume!(bare(&list) != bare(standard::SIGNATURE));
                prop_assert!(verify_standard(&list, standard::BODY).is_err(), "{}", list);
            }
            if let Ok(changed) = String::from_utf8(flipped(hub.as_bytes())) {
                // The other case of the same digit is the same digit.
                prop_assume!(!changed.trim().eq_ignore_ascii_case(&hub));
                prop_assert!(verify_hub(&changed, SECRET, BODY).is_err(), "{}", changed);
            }
            if let Ok(secret) = String::from_utf8(flipped(SECRET.as_bytes())) {
                prop_assert!(verify_hub(&hub, &secret, BODY).is_err());
            }
        }

        #[test]
        fn no_header_makes_the_verifiers_panic(header: String, id: String, seconds: String) {
            prop_assert!(buildkite(&header, BODY).is_err());
            prop_assert!(verify_hub(&header, SECRET, BODY).is_err());
            prop_assert!(standard(&id, &seconds, &header, standard::SECRET).is_err());
        }
    }
}
