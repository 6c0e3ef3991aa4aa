//! One line of a terminal while it can still be written over.

use std::sync::Arc;

use super::Millis;
use super::pen::Pen;
use super::style::{Style, whole};

/// Columns that a jump to the right may leave blank. Wider than any terminal that lines up its output, and
/// small enough that a log of jumps costs no more than its length.
const GAP_MAX: usize = 256;

/// Columns up to which erasing to the left is done: further right nobody means it, and it costs its width.
const ERASE_LEFT_MAX: usize = 1024;

/// Different links in one line; text of further ones is not linked.
const LINKS_MAX: usize = 256;

/// The last links of a line, among which a new one may be found again.
const LINKS_COMPARED: usize = 8;

/// One character. Two columns wide or combining, it is one cell: only jumps to columns could tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub letter: char,
    /// Place in the row's links, from 1; 0 for none.
    link: u16,
    pub style: Style,
}

const BLANK: Cell = Cell { letter: ' ', link: 0, style: Style::PLAIN };

#[derive(Debug, Default)]
pub struct Row {
    cells: Vec<Cell>,
    links: Vec<Arc<str>>,
    /// Characters it has, also those beyond what is kept.
    length: usize,
    /// The last time that was marked in it.
    pub at: Option<Millis>,
}

impl Row {
    /// Write over what is there from `column` on; says where the cursor is then. At most `kept` cells stay.
    pub fn print(&mut self, column: usize, text: &str, pen: &Pen, kept: usize) -> usize {
        let mut column = column.min(self.length + GAP_MAX);
        let link = self.link(pen);
        while self.cells.len() < column.min(kept) {
            self.cells.push(BLANK);
        }
        for letter in text.chars() {
            let cell = Cell { letter, link, style: pen.style };
            if column < self.cells.len() {
                self.cells[column] = cell;
            } else if column < kept {
                self.cells.push(cell);
            }
            column += 1;
        }
        self.length = self.length.max(column);
        column
    }

    fn link(&mut self, pen: &Pen) -> u16 {
        let Some(link) = &pen.link else { return 0 };
        // Text after text of one link has the same in memory; of those before, the last few are compared, since
        // long ones that begin alike would cost their length with every text.
        let is_same = |known: &Arc<str>| Arc::ptr_eq(known, link);
        let latest = self.links.len().saturating_sub(LINKS_COMPARED);
        let known = self.links.iter().rposition(is_same).or_else(|| {
            let alike = self.links[latest..].iter().rposition(|known| known == link)?;
            Some(latest + alike)
        });
        let place = known.or_else(|| {
            (self.links.len() < LINKS_MAX).then(|| {
                self.links.push(Arc::clone(link));
                self.links.len() - 1
            })
        });
        place.and_then(|place| u16::try_from(place + 1).ok()).unwrap_or_default()
    }

    /// Go on with the row below; at most `kept` cells stay.
    pub fn append(&mut self, below: &Self, kept: usize) {
        for cell in &below.cells {
            if self.cells.len() >= kept {
                break;
            }
            let pen = Pen { style: cell.style, link: below.seen().link(cell).cloned() };
            let link = self.link(&pen);
            self.cells.push(Cell { link, ..*cell });
        }
        self.length += below.length;
        self.at = below.at.or(self.at);
    }

    /// `ESC [ n K` with the cursor at `column`.
    pub fn erase(&mut self, how: u16, column: usize) {
        match how {
            0 => {
                self.cells.truncate(column);
                self.length = self.length.min(column);
            }
            1 if column <= ERASE_LEFT_MAX => {
                let end = (column + 1).min(self.cells.len());
                self.cells[..end].fill(BLANK);
            }
            2 => self.clear(),
            _ => {}
        }
    }

    pub fn clear(&mut self) {
        self.cells.clear();
        self.links.clear();
        self.length = 0;
    }

    /// Memory it holds, in cells.
    pub fn weight(&self) -> usize {
        let links: usize = self.links.iter().map(|link| link.len() + 32).sum();
        self.cells.capacity() + links / size_of::<Cell>() + 4
    }

    /// `_bk;t=1700000000000` just before the cursor, from a copy of a log that lost its ESC: taken out and
    /// heard. Says where the cursor is then.
    pub fn take_bare_mark(&mut self, column: usize) -> Option<usize> {
        const WORD: [char; 6] = ['_', 'b', 'k', ';', 't', '='];
        // Every bell looks back: further would cost a log of digits and bells its length each time.
        const DIGITS_MAX: usize = 15;
        let before = self.cells.get(..column)?;
        let digits = before
            .iter()
            .rev()
            .take(DIGITS_MAX + 1)
            .take_while(|cell| cell.letter.is_ascii_digit())
            .count();
        let begin = column.checked_sub(digits + WORD.len())?;
        let is_mark = before[begin..].iter().zip(WORD).all(|(cell, letter)| cell.letter == letter);
        if !is_mark || digits == 0 || digits > DIGITS_MAX {
            return None;
        }
        let number: String = before[column - digits..].iter().map(|cell| cell.letter).collect();
        self.at = number.parse().ok().or(self.at);
        if column == self.length {
            self.cells.truncate(begin);
            self.length = begin;
        }
        Some(begin)
    }

    /// What can be seen: blanks at the end that show nothing are not there.
    pub fn seen(&self) -> Seen<'_> {
        let mut end = self.cells.len();
        let mut length = self.length;
        if self.length <= self.cells.len() {
            while end > 0 {
                let cell = self.cells[end - 1];
                if cell.letter != ' ' || cell.link != 0 || cell.style.shows_blanks() {
                    break;
                }
                end -= 1;
            }
            length = end;
        }
        Seen { cells: &self.cells[..end], links: &self.links, length }
    }
}

/// A row as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'r> {
    cells: &'r [Cell],
    links: &'r [Arc<str>],
    /// Characters of the whole row.
    pub length: usize,
}

impl<'r> Seen<'r> {
    pub fn cells(&self) -> &'r [Cell] {
        self.cells
    }

    pub fn link(&self, cell: &Cell) -> Option<&'r Arc<str>> {
        usize::from(cell.link).checked_sub(1).and_then(|place| self.links.get(place))
    }

    pub fn text(&self, into: &mut String) {
        into.extend(self.cells.iter().map(|cell| cell.letter));
    }
}

/// What a control or a sequence does within a line, said as the column that follows and what is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    To(usize),
    Erase(u16),
    Nothing,
}

/// Sequences that stay in their line. `None`: it leaves the line, or means nothing here.
pub fn move_in_line(parameters: &[u8], last: u8, column: usize) -> Option<Move> {
    if parameters.first().is_some_and(|byte| matches!(byte, b'<'..=b'?')) {
        return Some(Move::Nothing);
    }
    let end = parameters.iter().position(|byte| *byte == b';').unwrap_or(parameters.len());
    let number = whole(&parameters[..end]);
    let steps = usize::from(number.max(1));
    match last {
        b'C' | b'a' => Some(Move::To(column + steps.min(GAP_MAX))),
        b'D' => Some(Move::To(column.saturating_sub(steps))),
        b'G' | b'`' => Some(Move::To(steps - 1)),
        b'K' => Some(Move::Erase(number)),
        _ => None,
    }
}
