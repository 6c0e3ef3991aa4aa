//! Halves of characters in JSON.
//!
//! JSON writes what lies beyond U+FFFF as two escapes, `\ud83d\ude00`. JavaScript cuts texts between
//! them and writes the half that is left, which is no character: readers of JSON refuse the text, and
//! all that stands behind it. Here U+FFFD takes its place, as wherever a text is not what it should be.

/// What stands for half a character.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Bytes of an escape, and of two.
const ESCAPE: usize = 6;
const PAIR: usize = 2 * ESCAPE;

/// JSON on its way to a parser, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Halves {
    /// An escape, or a half and what may be the other, as far as they are read.
    held: Vec<u8>,
}

impl Halves {
    /// Pass bytes on, but for an escape that goes on in the next piece.
    pub(super) fn mend(&mut self, piece: &[u8], into: &mut Vec<u8>) {
        for &byte in piece {
            self.take(byte, into);
        }
    }

    /// There are no more bytes.
    pub(super) fn end(&mut self, into: &mut Vec<u8>) {
        if self.held.len() >= ESCAPE {
            self.held.splice(..ESCAPE, REPLACEMENT.iter().copied());
        }
        into.append(&mut self.held);
    }

    fn take(&mut self, byte: u8, into: &mut Vec<u8>) {
        let at = self.held.len();
        let goes_on = match at % ESCAPE {
            0 => byte == b'\\',
            1 => byte == b'u',
            _ => byte.is_ascii_hexdigit(),
        };
        if !goes_on {
            // A half without the other, and another escape that begins with this backslash or is none.
            self.end(into);
            into.push(byte);
            return;
        }
        self.held.push(byte);
        match self.held.len() {
            ESCAPE => match half(&self.held) {
                Some(Half::First) => {}
                Some(Half::Second) => self.end(into),
                None => into.append(&mut self.held),
            },
            PAIR => match half(&self.held[ESCAPE..]) {
                Some(Half::Second) => into.append(&mut self.held),
                // That one may have its other half behind it.
                Some(Half::First) => {
                    self.held.drain(..ESCAPE);
                    into.extend_from_slice(REPLACEMENT);
                }
                None => self.end(into),
            },
            _ => {}
        }
    }
}

enum Half {
    First,
    Second,
}

/// Which half of a character an escape is, if it is one.
fn half(escape: &[u8]) -> Option<Half> {
    let digits = std::str::from_utf8(escape.get(2..ESCAPE)?).ok()?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

/// JSON without halves of characters.
#[must_use]
pub fn mended(json: &str) -> String {
    let mut whole = Vec::with_capacity(json.len());
    let mut halves = Halves::default();
    halves.mend(json.as_bytes(), &mut whole);
    halves.end(&mut whole);
    // Only escapes were exchanged, which are ASCII.
    String::from_utf8(whole).unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(&str, &str); 13] = [
        (r#""plain \n \u0041 \\ud83d""#, "plain \n A \\ud83d"),
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\uD83D\uDE00 and \u00e9""#, "😀 and é"),
        (r#""cut \ud83d""#, "cut \u{fffd}"),
        (r#""cut \ud83d here""#, "cut \u{fffd} here"),
        (r#""\ude00 alone""#, "\u{fffd} alone"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ud83d\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\ude00\ude00""#, "\u{fffd}\u{fffd}"),
        (r#""\ud83d\\ude00""#, "\u{fffd}\\ude00"),
        (r#""\ud83d\"""#, "\u{fffd}\""),
    ];

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_is_not() {
        for (json, text) in CASES {
            let read: Result<String, _> = serde_json::from_str(&mended(json));
            assert_eq!(read.expect(json), text, "{json}");
        }
    }

    #[test]
    fn it_makes_no_difference_where_the_pieces_end() {
        for (json, _) in CASES {
            for at in 0..=json.len() {
                let (mut halves, mut whole) = (Halves::default(), Vec::new());
                let (one, other) = json.as_bytes().split_at(at);
                halves.mend(one, &mut whole);
                halves.mend(other, &mut whole);
                halves.end(&mut whole);
                assert_eq!(String::from_utf8_lossy(&whole), mended(json), "{json} at {at}");
            }
        }
    }

    #[test]
    fn what_is_no_json_passes_as_it_is() {
        for text in [r"\", r"\u", r"\u12", r"\uzzzz", r"\u12\n", r"a\ud8", "\\\\\\"] {
            assert_eq!(mended(text), text);
        }
    }
}
