//! Finding text in a log, as it is shown.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use regex::{Regex, RegexBuilder};

use super::file::DamagedLog;
use super::line::shown_text;
use super::reader::LogReader;

/// Memory that a compiled pattern may take: patterns come from whoever may read.
const PATTERN_BYTES_MAX: usize = 128 << 10;

/// Hits that are shown of one line.
const SPANS_MAX: usize = 100;

/// Lines, and bytes of them, between two looks at the clock.
const LINES_PER_LOOK: u64 = 1024;
const BYTES_PER_LOOK: usize = 1 << 20;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Query {
    pattern: Regex,
    /// Lines that are answered; all are counted.
    limit: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("there is nothing to look for")]
    Empty,
    #[error("the pattern is too large")]
    TooLarge,
    #[error("the pattern is no regular expression: {0}")]
    NoPattern(String),
}

impl Query {
    /// Patterns are matched in time that grows with the text alone, whatever they are.
    pub fn new(
        text: &str,
        is_pattern: bool,
        is_case_sensitive: bool,
        limit: usize,
    ) -> Result<Self, QueryError> {
        if text.is_empty() {
            return Err(QueryError::Empty);
        }
        let escaped;
        let pattern = match is_pattern {
            true => text,
            false => {
                escaped = regex::escape(text);
                &escaped
            }
        };
        let built = RegexBuilder::new(pattern)
            .case_insensitive(!is_case_sensitive)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build();
        match built {
            Ok(pattern) => Ok(Self { pattern, limit }),
            Err(regex::Error::CompiledTooBig(_)) => Err(QueryError::TooLarge),
            Err(error) => {
                // The message draws the place over several lines; its last one says what is wrong.
                let message = error.to_string();
                let last = message.lines().last().unwrap_or_default();
                Err(QueryError::NoPattern(last.trim_start_matches("error: ").to_owned()))
            }
        }
    }
}

/// A line in which it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub n: u64,
    /// From and to, in UTF-16 units of the line's text, as pages count.
    pub spans: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub lines_searched: u64,
    /// Lines in which it was found.
    pub total: u64,
    /// Some of them are not listed, or time was up before the end.
    pub is_cut: bool,
    pub items: Vec<Hit>,
}

impl<R: Read + Seek> LogReader<R> {
    /// Look through the log until its end, or until `is_over` says that time is up. A line is found in the words in
    /// which `shown` lets it be seen, if in others than its own.
    pub fn search(
        &mut self,
        query: &Query,
        shown: impl Fn(&str) -> Option<String>,
        mut is_over: impl FnMut() -> bool,
    ) -> Result<Found, DamagedLog> {
        let mut found = Found::default();
        let mut text = String::new();
        let mut unlooked = 0;
        self.walk(1, &mut |script, n, bytes, pen| {
            shown_text(script, bytes, pen, &mut text);
            found.lines_searched += 1;
            // In no other words than those that are shown: a pattern that fits both the secret and its mask would
            // tell the secret letter by letter.
            if let Some(shown) = shown(&text) {
                text = shown;
            }
            if query.pattern.is_match(&text) {
                found.total += 1;
                if found.items.len() < query.limit {
                    found.items.push(Hit { n, spans: spans(&query.pattern, &text) });
                } else {
                    found.is_cut = true;
                }
            }
            unlooked += bytes.len();
            if n % LINES_PER_LOOK == 0 || unlooked >= BYTES_PER_LOOK {
                unlooked = 0;
                if is_over() {
                    found.is_cut = true;
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

fn spans(pattern: &Regex, text: &str) -> Vec<(usize, usize)> {
    let (mut bytes, mut units) = (0, 0);
    let mut to_units = |place: usize| {
        units += text[bytes..place].encode_utf16().count();
        bytes = place;
        units
    };
    pattern
        .find_iter(text)
        .filter(|hit| !hit.is_empty())
        .take(SPANS_MAX)
        .map(|hit| (to_units(hit.start()), to_units(hit.end())))
        .collect()
}
