//! One line: what stands before its text, what a terminal shows of it, and what it means.

use std::sync::Arc;

use super::escape::{Parser, Terminal, has_control};
use super::groups::{Header, header};
use super::pen::{Command, Pen};
use super::row::{Move, Row, Seen, move_in_line};
use super::signs::{self, Sign};
use super::style::{Style, whole};
use super::{Dialect, Millis};

/// A byte order mark, which some tools put at the start of what they print.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Cells in which a line is drawn to be searched; a few bytes that jump to the right make many.
const CELLS_MAX: usize = 1 << 20;

/// Bytes of a line from which its head (mark, time) can be told.
pub(super) const HEAD_BYTES: usize = 40;

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Command,
    Section,
    Debug,
    Group,
}

impl Level {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Command => "command",
            Self::Section => "section",
            Self::Debug => "debug",
            Self::Group => "group",
        }
    }
}

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub style: Style,
    pub href: Option<Arc<str>>,
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub n: u64,
    pub at: Option<Millis>,
    pub level: Option<Level>,
    /// Why it counts as an error or a warning.
    pub sign: Option<Sign>,
    /// Groups it lies in.
    pub depth: u16,
    pub runs: Vec<Run>,
    /// Characters of the whole line, where only its beginning is here.
    pub cut: Option<usize>,
}

impl Line {
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

/// A line without its end and without what stands before its text.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'b> {
    pub at: Option<Millis>,
    pub rest: &'b [u8],
}

/// How the bytes of a line are to be read: as they came, or as [`super::screen`] wrote them down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Raw(Dialect),
    Settled(Dialect),
}

impl Script {
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Raw(dialect) | Self::Settled(dialect) => dialect,
        }
    }
}

/// Take the head off a line: byte order mark, the time before an Azure line, the time marks of Buildkite.
pub fn open(script: Script, line: &[u8]) -> Opened<'_> {
    let mut rest = line;
    while let Some((b'\r', before)) = rest.split_last() {
        rest = before;
    }
    open_head(script, rest)
}

pub fn open_head(script: Script, line: &[u8]) -> Opened<'_> {
    let is_raw = matches!(script, Script::Raw(_));
    let mut rest = line.strip_prefix(BOM).filter(|_| is_raw).unwrap_or(line);
    let mut at = None;
    if script == Script::Raw(Dialect::AzureDevOps) {
        if let Some((stamp, after)) = stamp(rest) {
            at = Some(stamp);
            rest = after.strip_prefix(BOM).unwrap_or(after);
        }
    } else {
        while let Some((mark, after)) = mark(rest) {
            at = Some(mark);
            rest = after;
        }
    }
    Opened { at, rest }
}

/// `ESC _ bk;t=1700000000000 BEL`, also where a copy lost the ESC.
fn mark(line: &[u8]) -> Option<(Millis, &[u8])> {
    let rest = line.strip_prefix(b"\x1b").unwrap_or(line).strip_prefix(b"_bk;t=")?;
    let digits = rest.iter().take(16).take_while(|byte| byte.is_ascii_digit()).count();
    let after = rest[digits..].strip_prefix(b"\x07")?;
    Some((millis(&rest[..digits])?, after))
}

/// The number of a time mark: up to 15 digits.
fn millis(digits: &[u8]) -> Option<Millis> {
    let is_number = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number
        .then(|| digits.iter().fold(0, |number, digit| number * 10 + Millis::from(digit - b'0')))
}

/// `2025-01-02T03:10:05.1234567Z ` before the text of a line.
fn stamp(line: &[u8]) -> Option<(Millis, &[u8])> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00.";
    let fits = line.len() > SHAPE.len()
        && line.iter().zip(SHAPE).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        });
    if !fits {
        return None;
    }
    let digits = line[SHAPE.len()..].iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    let after = line[SHAPE.len() + digits..].strip_prefix(b"Z")?;
    let number = |from: usize, to: usize| i64::from(whole(&line[from..to]));
    let fraction = &line[SHAPE.len()..SHAPE.len() + digits.min(3)];
    let scale = [1000, 100, 10, 1].get(fraction.len())?;
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let at = seconds * 1000 + i64::from(whole(fraction)) * scale;
    Some((at, after.strip_prefix(b" ").unwrap_or(after)))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar: a line has its time in ten nanoseconds this way.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// What `ESC _ body` tells: a time, or how long a settled line was.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    At(Millis),
    Length(usize),
    Nothing,
}

pub fn told(body: &[u8]) -> Told {
    if let Some(time) = body.strip_prefix(b"bk;t=") {
        // More may follow after another `;`.
        let end = time.iter().position(|byte| *byte == b';').unwrap_or(time.len());
        return millis(&time[..end]).map_or(Told::Nothing, Told::At);
    }
    let length = body.strip_prefix(LENGTH).and_then(millis);
    length.and_then(|length| usize::try_from(length).ok()).map_or(Told::Nothing, Told::Length)
}

/// Before the length of a line of which only the beginning was written down.
pub(super) const LENGTH: &[u8] = b"creel;length=";

/// A terminal of one line.
#[derive(Debug)]
pub struct Drawing<'p> {
    script: Script,
    row: Row,
    column: usize,
    pen: &'p mut Pen,
    kept: usize,
    /// How long the line was before it was written down.
    length: Option<usize>,
}

/// What is drawn of a line.
#[derive(Debug)]
pub struct Drawn {
    row: Row,
    length: Option<usize>,
}

impl Drawn {
    pub fn at(&self) -> Option<Millis> {
        self.row.at
    }

    pub fn seen(&self) -> Seen<'_> {
        let mut seen = self.row.seen();
        if let Some(length) = self.length {
            seen.length = seen.length.max(length);
        }
        seen
    }
}

/// Draw a line of which the head is off.
pub fn draw(script: Script, opened: Opened<'_>, pen: &mut Pen, kept: usize) -> Drawn {
    let mut row = Row::default();
    row.at = opened.at;
    let mut drawing = Drawing { script, row, column: 0, pen, kept, length: None };
    let mut parser = Parser::default();
    parser.feed(opened.rest, &mut drawing);
    parser.end(&mut drawing);
    Drawn { row: drawing.row, length: drawing.length }
}

impl Terminal for Drawing<'_> {
    fn print(&mut self, text: &str) {
        self.column = self.row.print(self.column, text, self.pen, self.kept);
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            0x07 if self.script == Script::Raw(Dialect::Buildkite) => {
                if let Some(column) = self.row.take_bare_mark(self.column) {
                    self.column = column;
                }
            }
            _ => {}
        }
    }

    fn csi(&mut self, parameters: &[u8], last: u8) {
        match (last, move_in_line(parameters, last, self.column)) {
            (_, Some(Move::To(column))) => self.column = column,
            (_, Some(Move::Erase(how))) => self.row.erase(how, self.column),
            (_, Some(Move::Nothing)) => {}
            (b'm', None) => self.pen.style.apply(parameters),
            // Nothing is below the last line: to its end is to the end of the screen.
            (b'J', None) => self.row.erase(0, self.column),
            (_, None) => {}
        }
    }

    fn escape(&mut self, _: u8) {}

    fn osc(&mut self, body: &[u8]) {
        match Command::of(body) {
            Command::Link(link) => self.pen.link = link,
            Command::Linked(link, text) => {
                let linked = Pen { style: self.pen.style, link };
                let text = without_controls(text);
                self.column = self.row.print(self.column, &text, &linked, self.kept);
            }
            Command::Image(text) => self.print(&without_controls(&text)),
            Command::Nothing => {}
        }
    }

    fn apc(&mut self, body: &[u8]) {
        match told(body) {
            Told::At(at) => self.row.at = Some(at),
            Told::Length(length) if matches!(self.script, Script::Settled(_)) => {
                self.length = Some(length);
            }
            Told::Length(_) | Told::Nothing => {}
        }
    }
}

/// Text that a sequence carries.
pub fn without_controls(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// What a line means.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Meaning<'t> {
    pub level: Option<Level>,
    pub sign: Option<Sign>,
    pub header: Option<Header<'t>>,
    /// Bytes at the start that only mark the level and are not shown.
    pub marker: usize,
}

/// The meaning of a line's text.
///
/// Azure's markers decide; elsewhere a sign of failure goes before the header that Buildkite makes of
/// `--- FAIL: TestLogin`.
pub fn meaning(dialect: Dialect, text: &str) -> Meaning<'_> {
    let header = header(dialect, text);
    if let Some((level, marker)) = marker(dialect, text) {
        let sign = match level {
            Level::Error => {
                let told = signs::sign(text).filter(|sign| !sign.is_warning());
                Some(told.unwrap_or(Sign::Marker))
            }
            Level::Warning => Some(Sign::Warning),
            _ => None,
        };
        return Meaning { level: Some(level), sign, header, marker };
    }
    let sign = signs::sign(text);
    let level = match sign {
        Some(sign) if sign.is_warning() => Some(Level::Warning),
        Some(_) => Some(Level::Error),
        None => header.is_some().then_some(Level::Group),
    };
    Meaning { level, sign, header, marker: 0 }
}

/// The level that a marker of Azure gives a line, and the length of the marker, which is not shown.
fn marker(dialect: Dialect, text: &str) -> Option<(Level, usize)> {
    if dialect != Dialect::AzureDevOps {
        return None;
    }
    let (word, rest) = marked(text)?;
    let level = match word {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "command" => Level::Command,
        "section" => Level::Section,
        "debug" => Level::Debug,
        "group" | "endgroup" => Level::Group,
        _ => return None,
    };
    Some((level, text.len() - rest.len()))
}

/// `##[word]rest`.
pub(super) fn marked(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.strip_prefix("##[")?.split_once(']')?;
    (word.len() <= 16).then_some((word, rest))
}

/// A line without escape sequences and nothing written over: its bytes are its text.
pub fn is_plain(rest: &[u8]) -> bool {
    !has_control(rest)
}

/// Text of plain bytes as it is shown.
pub fn plain_text(rest: &[u8]) -> std::borrow::Cow<'_, str> {
    let end = rest.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    String::from_utf8_lossy(&rest[..end])
}

/// Make a line for showing: `shown` characters of it at most.
pub fn line(script: Script, n: u64, bytes: &[u8], pen: &mut Pen, shown: usize) -> Line {
    let opened = open(script, bytes);
    if is_plain(opened.rest) && *pen == Pen::default() {
        let text = plain_text(opened.rest);
        let meaning = meaning(script.dialect(), &text);
        let text = &text[meaning.marker..];
        let mut line = Line {
            n,
            at: opened.at,
            level: meaning.level,
            sign: meaning.sign,
            depth: 0,
            runs: Vec::new(),
            cut: None,
        };
        let end = text.char_indices().nth(shown).map_or(text.len(), |(end, _)| end);
        if end < text.len() {
            line.cut = Some(text.chars().count());
        }
        if end > 0 {
            line.runs.push(Run { text: text[..end].to_owned(), style: Style::PLAIN, href: None });
        }
        return line;
    }
    // Markers are short, and what stands beyond what is shown is not worth its memory.
    let drawn = draw(script, opened, pen, shown.saturating_add(64));
    let seen = drawn.seen();
    let mut text = String::new();
    seen.text(&mut text);
    let meaning = meaning(script.dialect(), &text);
    let cells = &seen.cells()[meaning.marker.min(seen.cells().len())..];
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    for cell in &cells[..cells.len().min(shown)] {
        let link = seen.link(cell);
        match runs.last_mut() {
            Some(run) if last == Some((cell.style, link)) => run.text.push(cell.letter),
            _ => runs.push(Run {
                text: cell.letter.to_string(),
                style: cell.style,
                href: link.cloned(),
            }),
        }
        last = Some((cell.style, link));
    }
    let length = seen.length - meaning.marker.min(seen.length);
    let is_command = meaning.level.is_none()
        && script.dialect() == Dialect::Buildkite
        && (text.starts_with("$ ") || text.starts_with("> "))
        && cells.first().is_some_and(|cell| cell.style.is_grey());
    Line {
        n,
        at: drawn.at(),
        level: meaning.level.or(is_command.then_some(Level::Command)),
        sign: meaning.sign,
        depth: 0,
        runs,
        cut: (length > shown.min(cells.len())).then_some(length),
    }
}

/// The text of a line as it is shown, put into `text`.
pub fn shown_text(script: Script, bytes: &[u8], pen: &mut Pen, text: &mut String) {
    text.clear();
    let opened = open(script, bytes);
    if is_plain(opened.rest) {
        text.push_str(&plain_text(opened.rest));
    } else {
        draw(script, opened, pen, CELLS_MAX).seen().text(text);
    }
    if let Some((_, marker)) = marker(script.dialect(), text) {
        text.drain(..marker);
    }
}

/// Bytes of a line as it came, without its end, that stand before its text.
pub fn head(dialect: Dialect, line: &[u8]) -> usize {
    line.len() - open(Script::Raw(dialect), line).rest.len()
}

/// What a terminal shows of a line without its head, and everything that it printed on the way there, also what was
/// written over.
pub fn seen(dialect: Dialect, rest: &[u8]) -> [String; 2] {
    let script = Script::Raw(dialect);
    let opened = Opened { at: None, rest };
    let mut drawn = String::new();
    draw(script, opened, &mut Pen::default(), CELLS_MAX).seen().text(&mut drawn);
    let mut printed = Printed(String::new());
    let mut parser = Parser::default();
    parser.feed(rest, &mut printed);
    parser.end(&mut printed);
    [drawn, printed.0]
}

/// Hears text alone.
struct Printed(String);

impl Terminal for Printed {
    fn print(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn control(&mut self, byte: u8) {
        if byte == b'\r' {
            self.0.push('\n');
        }
    }

    fn csi(&mut self, _: &[u8], _: u8) {}

    fn escape(&mut self, _: u8) {}

    fn osc(&mut self, body: &[u8]) {
        match Command::of(body) {
            Command::Linked(_, text) => self.print(&without_controls(text)),
            Command::Image(text) => self.print(&without_controls(&text)),
            Command::Link(_) | Command::Nothing => {}
        }
    }

    fn apc(&mut self, _: &[u8]) {}
}
