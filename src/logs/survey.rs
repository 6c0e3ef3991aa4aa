//! What a log holds, told while it comes in: groups, errors and warnings, times.
//!
//! Most lines are only copied: the text of a whole frame is put together without its escape sequences, and one
//! search over it finds the few lines worth a closer look.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::escape::{Parser, Terminal};
use super::file::{Outline, Span};
use super::groups::{GROUPS_MAX, Groups, Header};
use super::line::{Level, Meaning, Script, Told, draw, is_plain, meaning, open, plain_text, told};
use super::pen::{Command, Pen};
use super::row::{Move, move_in_line};
use super::signs::{CANDIDATES, Sign};
use super::{Dialect, Millis};

/// Line numbers that are remembered of errors, and of warnings; all are counted.
const LISTED_MAX: usize = 10_000;

static WORTH_A_LOOK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("(?m){CANDIDATES}")).expect("the candidates are a regular expression")
});

/// Characters of a line that are looked at for its meaning.
const LOOKED_AT: usize = 4096;

#[derive(Debug)]
pub struct Survey {
    script: Script,
    groups: Groups,
    errors: Vec<(u64, Sign)>,
    warnings: Vec<u64>,
    error_count: u64,
    warning_count: u64,
    first_at: Option<Millis>,
    last_at: Option<Millis>,
    /// Texts of the lines of a frame, each ended by a line end, and where each begins.
    texts: Vec<u8>,
    begins: Vec<(usize, Option<Millis>)>,
}

impl Survey {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            script: Script::Raw(dialect),
            groups: Groups::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
            error_count: 0,
            warning_count: 0,
            first_at: None,
            last_at: None,
            texts: Vec::new(),
            begins: Vec::new(),
        }
    }

    /// Whole lines as they came, the first of them number `first`. Says how many there are.
    pub fn lines(&mut self, bytes: &[u8], first: u64, pen: &mut Pen) -> u64 {
        self.texts.clear();
        self.begins.clear();
        let mut from = 0;
        while from < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at);
            self.line(&bytes[from..end], pen);
            from = end + 1;
        }
        self.look(first);
        self.begins.len() as u64
    }

    fn line(&mut self, line: &[u8], pen: &mut Pen) {
        let opened = open(self.script, line);
        let begin = self.texts.len();
        let mut at = opened.at;
        if is_plain(opened.rest) {
            self.texts.extend_from_slice(opened.rest);
        } else {
            let before = pen.clone();
            let mut only = TextOnly { texts: &mut self.texts, pen, at, is_drawn_over: false };
            let mut parser = Parser::default();
            parser.feed(opened.rest, &mut only);
            parser.end(&mut only);
            let is_drawn_over = only.is_drawn_over;
            at = only.at;
            if is_drawn_over {
                *pen = before;
                self.texts.truncate(begin);
                let drawn = draw(self.script, opened, pen, LOOKED_AT);
                let mut text = String::new();
                drawn.seen().text(&mut text);
                self.texts.extend_from_slice(text.as_bytes());
                at = drawn.at();
            }
        }
        self.texts.push(b'\n');
        self.begins.push((begin, at));
        if at.is_some() {
            self.first_at = self.first_at.or(at);
            self.last_at = at;
        }
    }

    /// Look closer at those lines of a frame that may mean something, in their order.
    fn look(&mut self, first: u64) {
        let texts = std::mem::take(&mut self.texts);
        let begins = std::mem::take(&mut self.begins);
        let mut place = 0;
        let mut next = WORTH_A_LOOK.find(&texts).map(|found| found.start());
        while place < begins.len() {
            let begin = begins[place].0;
            let end = begins.get(place + 1).map_or(texts.len(), |(begin, _)| *begin) - 1;
            let has_sign = next.is_some_and(|next| next < end);
            let is_header = self.script.dialect() == Dialect::Buildkite
                && matches!(texts[begin], b'-' | b'+' | b'~' | b'^');
            if has_sign || is_header {
                let text = plain_text(&texts[begin..end]);
                self.judge(first + place as u64, &text, begins[place].1);
            }
            if has_sign {
                next = WORTH_A_LOOK.find_at(&texts, end).map(|found| found.start());
            }
            place += 1;
            // On to the next line that may be one, where no line can be a header.
            if self.script.dialect() == Dialect::AzureDevOps {
                let Some(next) = next else { break };
                let ahead = begins[place..].partition_point(|(begin, _)| *begin <= next);
                place += ahead.saturating_sub(1);
            }
        }
        self.texts = texts;
        self.begins = begins;
    }

    /// A settled line.
    pub fn settled(&mut self, n: u64, text: &str, at: Option<Millis>) {
        if at.is_some() {
            self.first_at = self.first_at.or(at);
            self.last_at = at;
        }
        self.judge(n, text, at);
    }

    fn judge(&mut self, n: u64, text: &str, at: Option<Millis>) {
        let Meaning { level, sign, header, .. } = meaning(self.script.dialect(), text);
        if let Some(header) = header {
            // A group that nobody timed itself ends when the last line before it was printed.
            let ends_others = matches!(header, Header::Closed { .. } | Header::Open(_));
            self.groups.hear(header, n, if ends_others { at.or(self.last_at) } else { at });
        }
        match (level, sign) {
            (Some(Level::Error), sign) => {
                self.error_count += 1;
                if self.errors.len() < LISTED_MAX {
                    self.errors.push((n, sign.unwrap_or(Sign::Marker)));
                }
            }
            (Some(Level::Warning), _) => {
                self.warning_count += 1;
                if self.warnings.len() < LISTED_MAX {
                    self.warnings.push(n);
                }
            }
            _ => {}
        }
    }

    /// All that was found in `lines` lines.
    pub fn finish(self, lines: u64) -> Outline {
        let (groups, groups_cut) = self.groups.finish(lines, self.last_at);
        debug_assert!(groups.len() <= GROUPS_MAX);
        Outline {
            spans: groups.iter().map(|group| Span { start: group.start, end: group.end }).collect(),
            groups,
            groups_cut,
            errors: self.errors,
            warnings: self.warnings,
            error_count: self.error_count,
            warning_count: self.warning_count,
            first_at: self.first_at,
            last_at: self.last_at,
        }
    }
}

/// A terminal for lines in which nothing is written over: colours, times and text.
struct TextOnly<'t> {
    texts: &'t mut Vec<u8>,
    pen: &'t mut Pen,
    at: Option<Millis>,
    /// It is not such a line: it has to be drawn.
    is_drawn_over: bool,
}

impl Terminal for TextOnly<'_> {
    fn print(&mut self, text: &str) {
        self.texts.extend_from_slice(text.as_bytes());
    }

    fn control(&mut self, byte: u8) {
        // A bell may end a time mark that lost its ESC.
        self.is_drawn_over |= matches!(byte, b'\r' | 0x08)
            || byte == 0x07 && self.texts.last().is_some_and(u8::is_ascii_digit);
    }

    fn csi(&mut self, parameters: &[u8], last: u8) {
        match (last, move_in_line(parameters, last, 0)) {
            (b'm', None) => self.pen.style.apply(parameters),
            // At the end of a line there is nothing to erase.
            (_, None | Some(Move::Nothing | Move::Erase(0))) => {}
            (_, Some(Move::To(_) | Move::Erase(_))) => self.is_drawn_over = true,
        }
    }

    fn escape(&mut self, _: u8) {}

    fn osc(&mut self, body: &[u8]) {
        match Command::of(body) {
            Command::Link(link) => self.pen.link = link,
            Command::Nothing => {}
            Command::Linked(..) | Command::Image(_) => self.is_drawn_over = true,
        }
    }

    fn apc(&mut self, body: &[u8]) {
        if let Told::At(at) = told(body) {
            self.at = Some(at);
        }
    }
}
