//! Secrets in free text: in addresses, after the words that announce one, and keys of our own.
//!
//! Each finder tells where secrets stand in the text as it came; what any of them finds is masked.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::MASK;

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

/// What a key of ours begins with, and how many letters follow at least. Names of metrics begin so,
/// too, but are shorter.
pub(super) const KEY_PREFIX: &str = "creel_";
const KEY_LETTERS_MIN: usize = 40;

/// Shortest credential after `Bearer` and `Basic`; shorter words are prose.
const CREDENTIAL_LETTERS_MIN: usize = 8;

/// Names before an `=`, as connection strings and command lines write them, also as the end of a
/// longer name (`DB_PASSWORD=`).
const SECRET_NAMES: [&str; 10] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "accountkey",
    "sharedaccesskey",
    "apikey",
    "azptoken",
    "buildkitetoken",
];

/// Base64 as senders write it, with or without padding, whatever the last bits are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The text with its secrets masked; `None` when there are none.
#[must_use]
pub fn masked(text: &str) -> Option<String> {
    let found = secrets(text);
    if found.is_empty() {
        return None;
    }
    let (mut masked, mut shown_to) = (String::with_capacity(text.len()), 0);
    for place in found {
        masked.push_str(&text[shown_to..place.start]);
        masked.push_str(MASK);
        shown_to = place.end;
    }
    masked.push_str(&text[shown_to..]);
    Some(masked)
}

/// Where secrets stand in a text, in their order and apart from each other.
#[must_use]
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    find_parameters(text, &mut found);
    find_user_parts(text, &mut found);
    find_keys(text, &mut found);
    // Lower-casing ASCII alone moves no byte, so places in one are places in the other.
    let lower = text.to_ascii_lowercase();
    find_credentials(text, &lower, &mut found);
    find_pairs(text, &lower, &mut found);
    found.retain(|place| !place.is_empty() && &text[place.clone()] != MASK);
    found.sort_by_key(|place| place.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for place in found {
        match apart.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

/// Whether a text is worth looking through: quick, and never wrong where there is a secret.
#[must_use]
pub fn may_hold_secrets(text: &[u8]) -> bool {
    let scheme = |at: usize| {
        [&b"bearer"[..], b"basic"].iter().any(|scheme| {
            text.get(at..at + scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme))
        })
    };
    memchr::memchr2(b'=', b'@', text).is_some()
        || memchr::memmem::find(text, KEY_PREFIX.as_bytes()).is_some()
        || memchr::memchr2_iter(b'b', b'B', text).any(scheme)
}

/// A text as it may be shown.
#[must_use]
pub fn shown(text: String) -> String {
    masked(&text).unwrap_or(text)
}

/// The next of some characters, asked for from ever later places: each character is looked at once,
/// so that no text, however it is made, costs more than its length.
struct Next<'t> {
    text: &'t str,
    wanted: fn(char) -> bool,
    from: usize,
    at: usize,
}

impl<'t> Next<'t> {
    fn of(text: &'t str, wanted: fn(char) -> bool) -> Self {
        Self { text, wanted, from: 0, at: text.find(wanted).unwrap_or(text.len()) }
    }

    /// Where the next one stands from `begin` on; the end of the text where there is none.
    fn from(&mut self, begin: usize) -> usize {
        if begin < self.from || begin > self.at {
            let rest = &self.text[begin..];
            self.at = rest.find(self.wanted).map_or(self.text.len(), |length| begin + length);
        }
        self.from = begin;
        self.at
    }
}

/// `?name=value` and `&name=value` of addresses.
fn find_parameters(text: &str, found: &mut Vec<Range<usize>>) {
    let mut ends =
        Next::of(text, |c| matches!(c, '&' | '#' | '"' | '\'' | '<') || c.is_whitespace());
    for (at, _) in text.match_indices(['?', '&']) {
        let begin = at + 1;
        let end = ends.from(begin);
        let pair = &text[begin..end];
        let value = SECRET_PARAMETERS.iter().find_map(|secret| {
            let name = pair.get(..secret.len())?;
            let value = pair[secret.len()..].strip_prefix('=')?;
            name.eq_ignore_ascii_case(secret).then_some(value)
        });
        if let Some(value) = value {
            found.push(end - value.len()..end);
        }
    }
}

/// `user:password@` of addresses.
fn find_user_parts(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, separator) in text.match_indices("://") {
        let begin = at + separator.len();
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '"' | '<') || c.is_whitespace();
        let end = text[begin..].find(ends).map_or(text.len(), |length| begin + length);
        let authority = &text[begin..end];
        if let Some(at) = authority.rfind('@')
            && authority[..at].contains(':')
        {
            found.push(begin..begin + at);
        }
    }
}

/// Keys of our own, wherever they stand.
fn find_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut ends = Next::of(text, |c| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    for (begin, prefix) in text.match_indices(KEY_PREFIX) {
        let letters = begin + prefix.len();
        let end = ends.from(letters);
        if end - letters >= KEY_LETTERS_MIN {
            found.push(begin..end);
        }
    }
}

/// `Bearer X` and `Basic X`.
fn find_credentials(text: &str, lower: &str, found: &mut Vec<Range<usize>>) {
    for (scheme, is_basic) in [("bearer", false), ("basic", true)] {
        for (at, _) in lower.match_indices(scheme) {
            let rest = &text[at + scheme.len()..];
            let credential = rest.trim_start_matches([' ', '\t']);
            if credential.len() == rest.len() {
                continue;
            }
            let begin = text.len() - credential.len();
            let ends = |c: char| !c.is_ascii_alphanumeric() && !"-._~+/=".contains(c);
            let length = credential.find(ends).unwrap_or(credential.len());
            let credential = &credential[..length];
            // Prose says "basic things", too: credentials are base64 of `user:password`.
            let is_one = !is_basic || is_user_and_password(credential);
            if length >= CREDENTIAL_LETTERS_MIN && is_one {
                found.push(begin..begin + length);
            }
        }
    }
}

fn is_user_and_password(credential: &str) -> bool {
    let letters = credential.trim_end_matches(['.', '-', '_', '~']);
    BASE64.decode(letters).is_ok_and(|plain| plain.contains(&b':'))
}

/// `Password=X` and its like.
fn find_pairs(text: &str, lower: &str, found: &mut Vec<Range<usize>>) {
    for name in SECRET_NAMES {
        let mut values = Values::of(text);
        for (at, _) in lower.match_indices(name) {
            let rest = text[at + name.len()..].trim_start_matches(' ');
            let Some(value) = rest.strip_prefix('=').filter(|value| !value.starts_with('=')) else {
                continue;
            };
            let begin = text.len() - value.trim_start_matches(' ').len();
            found.push(begin..values.end(at, begin));
        }
    }
}

/// Where the values of pairs end.
struct Values<'t> {
    text: &'t str,
    /// Where a quote, an apostrophe, a tag's end and a question mark stand first.
    first: [usize; 4],
    line_ends: Next<'t>,
    quotes: Next<'t>,
    apostrophes: Next<'t>,
    tags: Next<'t>,
    semicolons: Next<'t>,
    blanks: Next<'t>,
    ampersands: Next<'t>,
}

impl<'t> Values<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text,
            first: ['"', '\'', '>', '?'].map(|c| text.find(c).unwrap_or(text.len())),
            line_ends: Next::of(text, |c| matches!(c, '\n' | '\r')),
            quotes: Next::of(text, |c| c == '"'),
            apostrophes: Next::of(text, |c| c == '\''),
            tags: Next::of(text, |c| c == '<'),
            semicolons: Next::of(text, |c| c == ';'),
            blanks: Next::of(text, char::is_whitespace),
            ampersands: Next::of(text, |c| c == '&'),
        }
    }

    /// The end of the value that begins at `begin`; `at` is where its name begins.
    fn end(&mut self, at: usize, begin: usize) -> usize {
        let quoted = match self.text[begin..].chars().next() {
            Some('"') => Some(&mut self.quotes),
            Some('\'') => Some(&mut self.apostrophes),
            _ => None,
        };
        if let Some(quotes) = quoted {
            return (quotes.from(begin + 1) + 1).min(self.text.len());
        }
        let [is_quoted, is_in_apostrophes, is_in_tag, is_address] =
            self.first.map(|first| first < at);
        // A quote or a tag ends the value only where the pair stands inside one.
        let mut line = self.line_ends.from(begin);
        for (next, counts) in [
            (&mut self.quotes, is_quoted),
            (&mut self.apostrophes, is_in_apostrophes),
            (&mut self.tags, is_in_tag),
        ] {
            if counts {
                line = line.min(next.from(begin));
            }
        }
        // In a connection string a value may hold blanks, and goes on to the next semicolon.
        let semicolon = self.semicolons.from(begin);
        if semicolon < line {
            return semicolon;
        }
        if self.text[..at].trim_end().ends_with(';') {
            return line;
        }
        let blank = self.blanks.from(begin);
        let end = if is_address { blank.min(self.ampersands.from(begin)) } else { blank };
        end.min(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a key of ours is made, and plainly none.
    const KEY: &str = "creel_not-a-real-key-not-a-real-key-not-a-real-key";

    #[test]
    fn secrets_in_text_are_masked_and_nothing_else_is() {
        for (text, expected) in [
            (format!("the key is {KEY}."), "the key is ***."),
            (format!("({KEY})"), "(***)"),
            ("Authorization: Bearer abc.def-ghi_jkl".into(), "Authorization: Bearer ***"),
            // printf 'anyone:hunter2' | base64
            ("authorization: basic YW55b25lOmh1bnRlcjI=".into(), "authorization: basic ***"),
            ("Server=db;Password=a b&c;Database=x".into(), "Server=db;Password=***;Database=x"),
            ("Server=db;Uid=ada;Pwd=a b".into(), "Server=db;Uid=ada;Pwd=***"),
            ("set \"Password=abc\" and go".into(), "set \"Password=***\" and go"),
            ("pwd = 'a;b' rest".into(), "pwd = *** rest"),
            ("DB_PASSWORD=abc ./run".into(), "DB_PASSWORD=*** ./run"),
            ("<b>pwd=abc</b>".into(), "<b>pwd=***</b>"),
            (
                "two: https://a:b@x.example/?sig=1&page=2 http://c:d@y.example".into(),
                "two: https://***@x.example/?sig=***&page=2 http://***@y.example",
            ),
            ("user=a?token=x".into(), "user=a?token=***"),
        ] {
            assert_eq!(masked(&text).as_deref(), Some(expected), "{text}");
        }
        for harmless in [
            "",
            "basic authentication with a bearer of news",
            "creel_hooks_received_total went up",
            "if password == expected",
            "the password is in the safe",
            "https://lumen-works@dev.azure.com/lumen-works/_git/crane?path=/x&version=1",
            "Password=***",
        ] {
            assert_eq!(masked(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn no_text_costs_more_than_its_length() {
        // Each of these takes minutes where every find looks at the rest of the text again.
        for part in
            ["?", "?a", "creel_", "pwd=", "pwd=a ", "password=\"", "x'pwd=", ";secret=", "bearer "]
        {
            let text = part.repeat(1_000_000 / part.len());
            assert!(masked(&text).is_none_or(|masked| masked.contains(MASK)), "{part}");
        }
    }

    proptest! {
        #[test]
        fn a_masked_text_never_holds_the_secret(
            before in ".{0,40}",
            after in ".{0,40}",
            key in "[A-Za-z0-9_-]{43}",
            credential in "[A-Za-z0-9._~+/-]{12,60}",
            password in "[!-~&&[^\"'<;]]{12,40}",
            name in prop::sample::select(vec!["Password", "pwd", "PWD", "AccountKey"]),
            scheme in prop::sample::select(vec!["Bearer", "bearer", "BEARER"]),
        ) {
            let basic = base64::engine::general_purpose::STANDARD
                .encode(format!("anyone:{password}"));
            // `=` at the front would make a comparison of it.
            prop_assume!(!password.starts_with('='));
            let pair = format!("{before};{name}={password};{after}");
            for (secret, text) in [
                (&key, format!("{before} creel_{key} {after}")),
                (&credential, format!("{before} {scheme} {credential} {after}")),
                (&basic, format!("{before} Basic {basic} {after}")),
                (&password, pair),
                (&password, format!("x: {name}={password} {after}")),
            ] {
                let masked = masked(&text).expect("something is masked");
                prop_assert!(!masked.contains(secret.as_str()), "{} in {}", secret, masked);
            }
        }

        #[test]
        fn what_is_not_worth_looking_through_holds_no_secret(
            text in "(.|[?&=;:/@\"']|Pwd|token|a:b@|Basic |BEARER |abcdefgh|creel_|://){0,60}",
        ) {
            prop_assert!(may_hold_secrets(text.as_bytes()) || secrets(&text).is_empty());
        }

        #[test]
        fn no_text_makes_it_panic(text in "(.|[?&=;:/@\"']|Pwd|Basic |://){0,60}") {
            if let Some(once) = masked(&text) {
                prop_assert!(once.contains(MASK));
            }
        }
    }
}
