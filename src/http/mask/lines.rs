//! Logs on their way out: secrets in lines as they are shown, and in the bytes as they came.
//!
//! Providers mask the secrets they know of (`***`, `[REDACTED]`); what they missed and what looks like a secret is
//! masked here, by the same rules as other texts.

use crate::logs::{Dialect, Line, Run, has_control, head, seen};

use super::{MASK, text};

/// Longest line that is looked at as one. In a longer one a secret that lies over this place may be seen in part.
const LINE_BYTES_MAX: usize = 256 * 1024;

/// Mask what is secret in a line, whatever colours its parts have.
pub fn line(line: &mut Line) {
    for run in &mut line.runs {
        if let Some(masked) = run.href.as_deref().and_then(text::masked) {
            run.href = Some(masked.into());
        }
    }
    let whole = line.text();
    if !text::may_hold_secrets(whole.as_bytes()) {
        return;
    }
    let secrets = text::secrets(&whole);
    if secrets.is_empty() {
        return;
    }
    let mut at = 0;
    for run in &mut line.runs {
        let (begin, end) = (at, at + run.text.len());
        let mut masked = String::with_capacity(run.text.len());
        let mut shown_to = begin;
        for secret in secrets.iter().filter(|secret| secret.start < end && secret.end > begin) {
            masked.push_str(&whole[shown_to..secret.start.max(shown_to)]);
            // A secret that lies over several runs is masked once, where it begins.
            if secret.start >= begin {
                masked.push_str(MASK);
            }
            shown_to = secret.end.min(end);
        }
        masked.push_str(&whole[shown_to..end]);
        run.text = masked;
        at = end;
    }
    line.runs.retain(|run: &Run| !run.text.is_empty());
}

/// Masks a log that leaves byte for byte: each byte of a secret becomes a `*`, so that all places stay what they are.
#[derive(Debug)]
pub struct RawMask {
    dialect: Dialect,
    /// A line whose end has not come yet.
    begun: Vec<u8>,
}

impl RawMask {
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, begun: Vec::new() }
    }

    /// The next bytes; gives those that are ready to leave. With none, the rest is.
    pub fn next(&mut self, piece: Option<Vec<u8>>) -> Vec<u8> {
        let is_over = piece.is_none();
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend(piece.unwrap_or_default());
        let mut whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
        if is_over || bytes.len() - whole > LINE_BYTES_MAX {
            whole = bytes.len();
        }
        self.begun = bytes.split_off(whole);
        for line in bytes.split_inclusive_mut(|byte| *byte == b'\n') {
            raw_line(self.dialect, line);
        }
        bytes
    }
}

fn raw_line(dialect: Dialect, line: &mut [u8]) {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let head = head(dialect, &line[..end]);
    let content = &mut line[head..end];
    // What looks harmless may be put together by what a terminal makes of it: `pass`, a colour, `word=`.
    let is_plain = !has_control(content);
    if is_plain && !text::may_hold_secrets(content) {
        return;
    }
    match std::str::from_utf8(content) {
        Ok(plain) if is_plain => {
            for secret in text::secrets(plain) {
                content[secret].fill(b'*');
            }
        }
        // Where in these bytes the secret stands is not worth a mistake.
        _ => {
            let is_told = {
                let whole = String::from_utf8_lossy(content);
                let [drawn, printed] = seen(dialect, content);
                [&*whole, &drawn, &printed].iter().any(|text| !text::secrets(text).is_empty())
            };
            if is_told {
                content.fill(b'*');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::logs::{Intake, Reader};

    const KEY: &str = "creel_not-a-real-key-not-a-real-key-not-a-real-key";

    fn shown(log: &str) -> String {
        let mut intake = Intake::new(Dialect::Buildkite, Vec::new()).expect("begun");
        intake.take(log.as_bytes()).expect("taken");
        let file = intake.finish().expect("finished").1;
        let mut lines =
            Reader::open(Cursor::new(file)).expect("opened").lines(1, 1, 500).expect("read");
        line(&mut lines[0]);
        lines[0].runs.iter().map(|run| format!("[{}]", run.text)).collect::<Vec<_>>().concat()
    }

    fn raw(log: &str) -> String {
        let mut mask = RawMask::new(Dialect::Buildkite);
        let mut left = Vec::new();
        for piece in log.as_bytes().chunks(7) {
            left.extend(mask.next(Some(piece.to_vec())));
        }
        left.extend(mask.next(None));
        assert_eq!(left.len(), log.len());
        String::from_utf8_lossy(&left).into_owned()
    }

    #[test]
    fn a_secret_is_masked_whatever_its_colours() {
        assert_eq!(shown("plain text"), "[plain text]");
        assert_eq!(shown(&format!("key {KEY} end")), "[key *** end]");
        assert_eq!(shown("DB_PASSWORD=\x1b[31mnot-real\x1b[0m next"), "[DB_PASSWORD=][***][ next]");
        assert_eq!(shown("a \x1b[1mBearer abcdef\x1b[2mghijkl\x1b[0m z"), "[a ][Bearer ***][ z]");
        assert_eq!(shown("\x1b]8;;https://u:not-real@a.example/\x07link\x1b]8;;\x07"), "[link]");
    }

    #[test]
    fn bytes_keep_their_places() {
        assert_eq!(raw("one\ntwo\n"), "one\ntwo\n");
        assert_eq!(raw("Password=abc next\nmore"), "Password=*** next\nmore");
        assert_eq!(
            raw("\x1b_bk;t=1700000000000\x07export TOKEN_PWD=abc\r\n"),
            "\x1b_bk;t=1700000000000\x07export TOKEN_PWD=***\r\n"
        );
        assert_eq!(raw("a \x1b[1mPass\x1b[0mword=abc\r\nb"), format!("{}\r\nb", "*".repeat(22)));
        assert_eq!(raw("\x1b[32mgreen\x1b[0m a=b\n"), "\x1b[32mgreen\x1b[0m a=b\n");
    }

    #[test]
    fn what_a_terminal_would_not_show_is_no_way_out() {
        let stars = |text: &str| "*".repeat(text.len()) + "\n";
        for told in [
            // UTF-16, as tools of Windows write it.
            "P\0a\0s\0s\0w\0o\0r\0d\0=\0n\0o\0t\0-\0r\0e\0a\0l\0",
            // Coloured, and then written over.
            "Bearer \x1b[33mnot-a-real-one\x1b[0m\r\x1b[K",
            "Pass\x1b[1mword=not-real\rXXXXXXXXXXXXXXXXXX",
        ] {
            assert_eq!(raw(&format!("{told}\n")), stars(told), "{told:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_secret_of_a_line_leaves_in_either_shape(
            before in "[a-z ]{0,8}(\x1b\\[1m)?[a-z ]{0,8}",
            // Not of what stands around it, cut in two as it may be.
            secret in "[A-Z0-9]{12,20}",
            colour in prop::sample::select(vec!["", "\x1b[31m", "\x1b[0m"]),
            at in 0usize..=10,
        ) {
            let (first, second) = secret.split_at(at);
            let log = format!("{before} Password={first}{colour}{second} after\n");
            prop_assert!(!raw(&log).contains(&secret[at..]), "{}", raw(&log));
            prop_assert!(!shown(&log).replace("][", "").contains(&secret), "{}", shown(&log));
        }
    }
}
