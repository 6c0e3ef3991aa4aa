//! A window of lines that a log can still change, and the writing down of those that have left it.
//!
//! The screen reaches as far as something was written: a cursor goes one line below that and no further, so no
//! sequence makes lines out of nothing. What is cleared (`ESC [ 2 J`) scrolls away instead of being lost, as
//! terminals with a memory do it.

use std::collections::VecDeque;

use super::escape::Terminal;
use super::line::{LENGTH, Told, told, without_controls};
use super::pen::{Command, Pen};
use super::row::{Move, Row, move_in_line};
use super::style::{Style, whole};
use super::{Dialect, Millis};

/// Lines that can still be changed. Progress bars of a hundred images fit.
pub const ROWS: usize = 200;

/// Cells that all of them may hold: 4 MB. Lines leave earlier when they are long.
const CELLS_MAX: usize = 256 * 1024;

/// Characters that are kept of one line.
pub const ROW_CELLS: usize = 64 * 1024;

/// Columns of the terminal that Buildkite's agent gives a job: a longer line takes several rows, and programs that
/// go up again count them. Azure's agent gives none.
const BUILDKITE_WIDTH: usize = 160;

/// Bytes of links that are written down with a line; text that would take more is not linked. Each change of link
/// is written anew, so a few letters in turn could become a hundred times themselves.
const LINK_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, Default)]
struct Held {
    row: Row,
    weight: usize,
    /// The line goes on in the row below.
    is_continued: bool,
}

#[derive(Debug)]
pub struct Screen {
    dialect: Dialect,
    width: usize,
    rows: VecDeque<Held>,
    /// Rows that left the window.
    gone: u64,
    weight: usize,
    y: usize,
    column: usize,
    /// The cursor was put into the upper left corner and nothing has happened since.
    is_home: bool,
    pen: Pen,
    /// Row, counted from the first one there was, and column.
    saved: Option<(u64, usize)>,
    /// The beginning of a line whose other rows are still in the window.
    begun: Option<Row>,
    /// Lines that left the window and are not written down yet.
    leaving: VecDeque<Row>,
}

impl Screen {
    /// An empty one, in which is written with `pen`.
    pub fn new(dialect: Dialect, pen: Pen) -> Self {
        Self {
            dialect,
            width: match dialect {
                Dialect::AzureDevOps => usize::MAX,
                Dialect::Buildkite => BUILDKITE_WIDTH,
            },
            rows: VecDeque::new(),
            gone: 0,
            weight: 0,
            y: 0,
            column: 0,
            is_home: false,
            pen,
            saved: None,
            begun: None,
            leaving: VecDeque::new(),
        }
    }

    /// The time before a line.
    pub fn mark(&mut self, at: Millis) {
        self.row().at = Some(at);
    }

    /// A line that left the window, the oldest first.
    pub fn take_gone(&mut self) -> Option<Row> {
        self.leaving.pop_front()
    }

    /// The log is over: all rows leave.
    pub fn leave(&mut self) {
        for held in std::mem::take(&mut self.rows) {
            self.release(held);
        }
        self.leaving.extend(self.begun.take());
        (self.weight, self.y, self.column) = (0, 0, 0);
    }

    /// A row leaves the window, joined with those before it that are of the same line.
    fn release(&mut self, held: Held) {
        self.gone += 1;
        let line = match self.begun.take() {
            Some(mut line) => {
                line.append(&held.row, ROW_CELLS);
                line
            }
            None => held.row,
        };
        match held.is_continued {
            true => self.begun = Some(line),
            false => self.leaving.push_back(line),
        }
    }

    /// The row of the cursor; it comes into being.
    fn row(&mut self) -> &mut Row {
        while self.rows.len() <= self.y {
            self.rows.push_back(Held::default());
        }
        &mut self.rows[self.y].row
    }

    /// To another line of the window, at most the one below the last.
    fn go(&mut self, y: usize) {
        self.weigh();
        self.y = y.min(self.rows.len());
        self.is_home = false;
        while self.y >= ROWS || self.weight > CELLS_MAX && self.y > 0 {
            if let Some(oldest) = self.rows.pop_front() {
                self.weight -= oldest.weight;
                self.release(oldest);
            }
            self.y -= 1;
        }
    }

    fn weigh(&mut self) {
        if let Some(held) = self.rows.get_mut(self.y) {
            let weight = held.row.weight();
            self.weight = self.weight - held.weight + weight;
            held.weight = weight;
        }
    }

    fn line_feed(&mut self) {
        self.row();
        self.go(self.y + 1);
    }

    /// What the window shows scrolls away; blank lines at its end do not.
    fn scroll_away(&mut self) {
        let is_blank = |held: &Held| held.row.seen().length == 0;
        while self.rows.back().is_some_and(is_blank) {
            self.rows.pop_back();
        }
        self.leave();
    }

    /// `ESC [ n K`.
    fn erase_in_row(&mut self, how: u16) {
        let column = self.column;
        let row = self.row();
        row.erase(how, column);
        if how != 1 {
            self.rows[self.y].is_continued = false;
        }
    }

    /// Text in this row, and where it is full, in the next.
    fn write(&mut self, text: &str, pen: &Pen) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.column >= self.width {
                self.row();
                self.rows[self.y].is_continued = true;
                self.go(self.y + 1);
                self.column = 0;
            }
            let room = self.width - self.column;
            let end = rest.char_indices().nth(room).map_or(rest.len(), |(end, _)| end);
            let column = self.column;
            self.column = self.row().print(column, &rest[..end], pen, ROW_CELLS);
            rest = &rest[end..];
        }
    }

    /// `ESC [ n J`.
    fn erase(&mut self, how: u16) {
        match how {
            0 if self.is_home => self.scroll_away(),
            0 => {
                self.weigh();
                let column = self.column;
                while self.rows.len() > self.y + 1 {
                    if let Some(below) = self.rows.pop_back() {
                        self.weight -= below.weight;
                    }
                }
                if let Some(held) = self.rows.get_mut(self.y) {
                    held.row.erase(0, column);
                    held.is_continued = false;
                }
            }
            1 => {
                for held in self.rows.iter_mut().take(self.y) {
                    held.row.clear();
                    held.is_continued = false;
                }
                let column = self.column;
                self.row().erase(1, column);
            }
            _ => self.scroll_away(),
        }
    }

    fn restore(&mut self) {
        if let Some((line, column)) = self.saved {
            let y = usize::try_from(line.saturating_sub(self.gone)).unwrap_or(usize::MAX);
            self.go(y);
            self.column = column;
        }
    }
}

impl Terminal for Screen {
    fn print(&mut self, text: &str) {
        let pen = std::mem::take(&mut self.pen);
        self.write(text, &pen);
        self.pen = pen;
        self.is_home = false;
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.line_feed();
                self.column = 0;
            }
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            0x07 if self.dialect == Dialect::Buildkite => {
                let column = self.column;
                if let Some(column) = self.row().take_bare_mark(column) {
                    self.column = column;
                }
            }
            _ => {}
        }
    }

    fn csi(&mut self, parameters: &[u8], last: u8) {
        if let Some(moved) = move_in_line(parameters, last, self.column) {
            match moved {
                Move::To(column) => {
                    self.column = column.min(self.width - 1);
                    self.is_home = false;
                }
                Move::Erase(how) => self.erase_in_row(how),
                Move::Nothing => {}
            }
            return;
        }
        let mut numbers = parameters.split(|byte| *byte == b';').map(whole);
        let first = numbers.next().unwrap_or_default();
        let steps = usize::from(first.max(1));
        match last {
            b'm' => self.pen.style.apply(parameters),
            b'A' => self.go(self.y.saturating_sub(steps)),
            b'B' | b'e' => self.go(self.y + steps),
            b'E' => {
                self.go(self.y + steps);
                self.column = 0;
            }
            b'F' => {
                self.go(self.y.saturating_sub(steps));
                self.column = 0;
            }
            b'd' => self.go(steps - 1),
            b'H' | b'f' => {
                self.go(steps - 1);
                let column = usize::from(numbers.next().unwrap_or_default().max(1)) - 1;
                self.column = column.min(self.width - 1);
                self.is_home = self.y == 0 && self.column == 0;
            }
            b'J' => self.erase(first),
            b's' => self.saved = Some((self.gone + self.y as u64, self.column)),
            b'u' => self.restore(),
            _ => {}
        }
    }

    fn escape(&mut self, last: u8) {
        match last {
            b'7' => self.saved = Some((self.gone + self.y as u64, self.column)),
            b'8' => self.restore(),
            b'D' => self.line_feed(),
            b'E' => self.control(b'\n'),
            b'M' => self.go(self.y.saturating_sub(1)),
            b'c' => {
                self.scroll_away();
                self.pen = Pen::default();
            }
            _ => {}
        }
    }

    fn osc(&mut self, body: &[u8]) {
        match Command::of(body) {
            Command::Link(link) => self.pen.link = link,
            Command::Linked(link, text) => {
                let linked = Pen { style: self.pen.style, link };
                self.write(&without_controls(text), &linked);
            }
            Command::Image(text) => self.print(&without_controls(&text)),
            Command::Nothing => {}
        }
    }

    fn apc(&mut self, body: &[u8]) {
        if let Told::At(at) = told(body) {
            self.mark(at);
        }
    }
}

/// Whether a sequence leaves its line: from the first such on, a log needs a screen. `sequence` follows an ESC.
pub fn leaves_line(sequence: &[u8]) -> bool {
    match sequence.split_first() {
        Some((b'7' | b'8' | b'D' | b'E' | b'M' | b'c', _)) => true,
        Some((b'[', rest)) => {
            let length = rest.iter().position(|byte| !matches!(byte, 0x20..=0x3f));
            let Some((parameters, last)) = length.map(|length| (&rest[..length], rest[length]))
            else {
                return false;
            };
            let is_private = parameters.first().is_some_and(|byte| matches!(byte, b'<'..=b'?'));
            match last {
                _ if is_private => false,
                b'A' | b'B' | b'E' | b'F' | b'H' | b'd' | b'e' | b'f' | b's' | b'u' => true,
                b'J' => whole(parameters) != 0,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Write a row down as a line of its own: time, styles and links, none of which lasts beyond its end.
pub fn write_down(row: &Row, out: &mut Vec<u8>) {
    if let Some(at) = row.at {
        out.extend_from_slice(format!("\x1b_bk;t={at}\x07").as_bytes());
    }
    let seen = row.seen();
    let (mut style, mut link) = (Style::PLAIN, None);
    let mut link_bytes = LINK_BYTES_MAX;
    let mut letters = [0; 4];
    for cell in seen.cells() {
        if cell.style != style {
            style = cell.style;
            style.write(out);
        }
        let next = seen.link(cell);
        if next != link {
            let fits = next.is_none_or(|next| next.len() <= link_bytes);
            let next = next.filter(|_| fits);
            if next != link {
                link_bytes -= next.map_or(0, |next| next.len());
                write_link(next.map_or("", |next| next), out);
                link = next;
            }
        }
        out.extend_from_slice(cell.letter.encode_utf8(&mut letters).as_bytes());
    }
    if style != Style::PLAIN {
        out.extend_from_slice(b"\x1b[m");
    }
    if link.is_some() {
        write_link("", out);
    }
    if seen.length > seen.cells().len() {
        out.extend_from_slice(b"\x1b_");
        out.extend_from_slice(LENGTH);
        out.extend_from_slice(format!("{}\x07", seen.length).as_bytes());
    }
    out.push(b'\n');
}

fn write_link(address: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\x1b]8;;{address}\x07").as_bytes());
}
