//! From bytes to text and terminal sequences, in any pieces: nothing here knows what a sequence means.
//!
//! What a sequence says is kept up to [`SEQUENCE_BYTES_MAX`]; the rest of a longer one is passed over. A line end
//! breaks off whatever sequence is open, so no forgotten terminator swallows the rest of a log.

/// Longest sequence whose meaning is heard. An image in the text is megabytes of base64; links are short.
const SEQUENCE_BYTES_MAX: usize = 4096;

/// Who hears what a log says.
pub trait Terminal {
    /// Text without control characters but tabs.
    fn print(&mut self, text: &str);
    /// A single control character.
    fn control(&mut self, byte: u8);
    /// `ESC [ parameters last`.
    fn csi(&mut self, parameters: &[u8], last: u8);
    /// `ESC last`, such as `ESC 7`.
    fn escape(&mut self, last: u8);
    /// `ESC ] body`, ended by BEL or `ESC \`.
    fn osc(&mut self, body: &[u8]);
    /// `ESC _ body`, ended the same way.
    fn apc(&mut self, body: &[u8]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Escape,
    /// After `ESC (` and its like: one more byte belongs to it.
    Designation,
    Csi,
    Osc,
    Apc,
    /// `ESC P`, `ESC X`, `ESC ^`: strings that say nothing a page could show.
    Other,
    /// `ESC` within a string: `\` ends it.
    StringEnd(Kind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Osc,
    Apc,
    Other,
}

#[derive(Debug)]
pub struct Parser {
    state: State,
    kept: Vec<u8>,
    /// The beginning of a character whose rest is in the next piece.
    half: Vec<u8>,
}

impl Default for Parser {
    fn default() -> Self {
        Self { state: State::Text, kept: Vec::new(), half: Vec::new() }
    }
}

/// Where the first byte stands that is not text. Tabs are.
pub fn first_control(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| is_control(*byte)).unwrap_or(bytes.len())
}

/// Whether a byte is a control character; written so that whole registers of bytes are looked at.
pub fn has_control(bytes: &[u8]) -> bool {
    bytes.chunks(64).any(|chunk| chunk.iter().fold(false, |any, byte| any | is_control(*byte)))
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 && byte != b'\t' || byte == 0x7f
}

impl Parser {
    /// Hear the next bytes. Line ends come as `control(b'\n')`.
    pub fn feed(&mut self, bytes: &[u8], terminal: &mut impl Terminal) {
        let mut rest = bytes;
        while let Some(first) = rest.first().copied() {
            if self.state == State::Text {
                let length = first_control(rest);
                let (text, after) = rest.split_at(length);
                if !text.is_empty() {
                    self.text(text, terminal);
                }
                if let Some((control, after)) = after.split_first() {
                    self.end_text(terminal);
                    match control {
                        0x1b => self.state = State::Escape,
                        control => terminal.control(*control),
                    }
                    rest = after;
                } else {
                    rest = after;
                }
                continue;
            }
            if first == b'\n' {
                self.kept.clear();
                self.state = State::Text;
                continue;
            }
            rest = &rest[1..];
            self.sequence(first, terminal);
        }
    }

    /// The log, or the line, is over: what is open is broken off.
    pub fn end(&mut self, terminal: &mut impl Terminal) {
        self.end_text(terminal);
        self.kept.clear();
        self.state = State::Text;
    }

    fn sequence(&mut self, byte: u8, terminal: &mut impl Terminal) {
        match self.state {
            State::Text => {}
            State::Escape => {
                self.kept.clear();
                self.state = match byte {
                    b'[' => State::Csi,
                    b']' => State::Osc,
                    b'_' => State::Apc,
                    b'P' | b'X' | b'^' => State::Other,
                    0x20..=0x2f => State::Designation,
                    0x1b => State::Escape,
                    0x30..=0x7e => {
                        terminal.escape(byte);
                        State::Text
                    }
                    // Not a sequence: the byte is text or a control of its own.
                    _ => {
                        self.state = State::Text;
                        self.feed(&[byte], terminal);
                        return;
                    }
                };
            }
            State::Designation => {
                if !matches!(byte, 0x20..=0x2f) {
                    self.state = State::Text;
                }
            }
            State::Csi => match byte {
                0x20..=0x3f => self.keep(byte),
                0x40..=0x7e => {
                    self.state = State::Text;
                    terminal.csi(&self.kept, byte);
                    self.kept.clear();
                }
                0x1b => self.state = State::Escape,
                _ => {
                    // A control within a sequence breaks it off.
                    self.state = State::Text;
                    self.kept.clear();
                    self.feed(&[byte], terminal);
                }
            },
            State::Osc => self.string(Kind::Osc, byte, terminal),
            State::Apc => self.string(Kind::Apc, byte, terminal),
            State::Other => self.string(Kind::Other, byte, terminal),
            State::StringEnd(kind) => {
                if byte == b'\\' {
                    self.end_string(kind, terminal);
                } else {
                    // `ESC` and something else: the string was never ended, this is the next sequence.
                    self.kept.clear();
                    self.state = State::Escape;
                    self.sequence(byte, terminal);
                }
            }
        }
    }

    fn string(&mut self, kind: Kind, byte: u8, terminal: &mut impl Terminal) {
        match byte {
            0x07 => self.end_string(kind, terminal),
            0x1b => self.state = State::StringEnd(kind),
            byte => self.keep(byte),
        }
    }

    fn end_string(&mut self, kind: Kind, terminal: &mut impl Terminal) {
        self.state = State::Text;
        match kind {
            Kind::Osc => terminal.osc(&self.kept),
            Kind::Apc => terminal.apc(&self.kept),
            Kind::Other => {}
        }
        self.kept.clear();
    }

    fn keep(&mut self, byte: u8) {
        if self.kept.len() < SEQUENCE_BYTES_MAX {
            self.kept.push(byte);
        }
    }

    fn text(&mut self, text: &[u8], terminal: &mut impl Terminal) {
        if self.half.is_empty() {
            self.characters(text, terminal);
        } else {
            let mut joined = std::mem::take(&mut self.half);
            joined.extend_from_slice(text);
            self.characters(&joined, terminal);
        }
    }

    fn characters(&mut self, text: &[u8], terminal: &mut impl Terminal) {
        let mut at = 0;
        for chunk in text.utf8_chunks() {
            if !chunk.valid().is_empty() {
                terminal.print(chunk.valid());
            }
            at += chunk.valid().len() + chunk.invalid().len();
            if chunk.invalid().is_empty() {
                continue;
            }
            let is_begun = at == text.len()
                && std::str::from_utf8(chunk.invalid())
                    .is_err_and(|error| error.error_len().is_none());
            if is_begun {
                self.half = chunk.invalid().to_vec();
            } else {
                terminal.print("\u{fffd}");
            }
        }
    }

    /// A character that was begun and never finished.
    fn end_text(&mut self, terminal: &mut impl Terminal) {
        if !self.half.is_empty() {
            self.half.clear();
            terminal.print("\u{fffd}");
        }
    }
}
