//! JSON on its way to the parser: halves of characters mended, long strings shortened, depth bounded, and
//! where in the file we are.

use std::io::{self, BufRead, Read};

use super::halves::Halves;
use crate::reports::decode::Decoded;
use crate::reports::gate::Place;

const PAGE: usize = 64 * 1024;
/// Bytes of one string that pass; more than any text that is kept, also where six bytes stand for one: `\u001b`.
const STRING_MAX: usize = 512 * 1024;
/// Lists and objects within each other.
const DEPTH_MAX: usize = 100;

pub(super) struct Gate<R> {
    input: Decoded<R>,
    halves: Halves,
    /// As it comes.
    page: Box<[u8]>,
    /// What of it passes; from `at` on it is not read yet.
    passed: Vec<u8>,
    at: usize,
    /// Where the page begins.
    place: Place,
    state: State,
}

#[derive(Default)]
struct State {
    depth: usize,
    is_string: bool,
    /// Bytes of the string that is open.
    bytes: usize,
    /// Of an escape: how many bytes of it are to come.
    escape: u8,
    /// The last four bytes, as a number tells a half of a character: `\ud83d`.
    last: [u8; 4],
    is_half: bool,
}

impl<R: BufRead> Gate<R> {
    pub(super) fn new(input: Decoded<R>) -> Self {
        let page = vec![0; PAGE].into_boxed_slice();
        Self {
            input,
            halves: Halves::default(),
            page,
            passed: Vec::with_capacity(PAGE),
            at: 0,
            place: Place::START,
            state: State::default(),
        }
    }

    /// Where reading has come to, if no string was shortened on this page.
    pub(super) fn place(&self) -> Place {
        self.place.behind(&self.passed[..self.at])
    }

    fn turn(&mut self) -> io::Result<()> {
        while self.at == self.passed.len() {
            self.place = self.place();
            self.at = 0;
            self.passed.clear();
            let count = self.input.read(&mut self.page)?;
            match count {
                0 => self.halves.end(&mut self.passed),
                count => self.halves.mend(&self.page[..count], &mut self.passed),
            }
            self.passed.retain(|byte| self.state.passes(*byte));
            if count == 0 {
                break;
            }
            if self.state.depth > DEPTH_MAX {
                let reason = format!("lists and objects are nested deeper than {DEPTH_MAX}");
                return Err(io::Error::other(reason));
            }
        }
        Ok(())
    }
}

impl State {
    /// Whether the next byte is to be read. A string ends only between two characters.
    fn passes(&mut self, byte: u8) -> bool {
        if !self.is_string {
            match byte {
                b'"' => (self.is_string, self.bytes, self.is_half) = (true, 0, false),
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            return true;
        }
        let is_inside = self.escape > 0;
        match (self.escape, byte) {
            (0, b'"') => {
                self.is_string = false;
                return true;
            }
            (0, b'\\') => self.escape = 5,
            (0, _) => self.is_half = false,
            // After the backslash: `u` has four digits, any other stands alone.
            (5, b'u') => self.escape = 4,
            (5, _) => (self.escape, self.is_half) = (0, false),
            (left, _) => {
                self.escape = left - 1;
                self.last.rotate_left(1);
                self.last[3] = byte;
                if self.escape == 0 {
                    let is_high = matches!(self.last[1], b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
                    self.is_half = matches!(self.last[0], b'd' | b'D') && is_high;
                }
            }
        }
        let is_continued = is_inside || self.is_half || (byte & 0xc0) == 0x80;
        if self.bytes >= STRING_MAX && !(is_continued && self.bytes != usize::MAX) {
            // From here on to its end.
            self.bytes = usize::MAX;
            return false;
        }
        self.bytes += 1;
        true
    }
}

impl<R: BufRead> Read for Gate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.passed.len() {
            self.turn()?;
        }
        let count = (&self.passed[self.at..]).read(into)?;
        self.at += count;
        Ok(count)
    }
}
