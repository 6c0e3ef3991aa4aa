//! Bytes of any encoding into UTF-8, a page at a time.
//!
//! What a file says of its own encoding is believed where it can be true: a byte order mark first, then the pattern
//! that UTF-16 leaves in ASCII, then the XML declaration. Bytes that are no characters become U+FFFD.

use std::io::{self, BufRead};

use encoding_rs::{CoderResult, Decoder, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that are looked at for the encoding: an XML declaration is far shorter.
const HEAD_MAX: usize = 1024;

/// A file, decoded as it is read.
pub(super) struct Decoded<R> {
    input: R,
    /// What was read to tell the encoding and is not decoded yet.
    head: Vec<u8>,
    decoder: Option<Decoder>,
    is_done: bool,
}

impl<R: BufRead> Decoded<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, head: Vec::new(), decoder: None, is_done: false }
    }

    /// The first character that is not blank. Where a whole head is blank, XML may follow.
    pub(super) fn peek(&mut self) -> io::Result<Option<char>> {
        self.decoder()?;
        let (text, _, _) = encoding_of(&self.head).decode(&self.head);
        let is_whole = self.head.len() < HEAD_MAX;
        let mut marks = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}');
        Ok(marks.next().or((!is_whole).then_some('<')))
    }

    /// Decode into `page` until it is full or the file ends; nothing more is 0. Whole characters only.
    pub(super) fn read(&mut self, page: &mut [u8]) -> io::Result<usize> {
        self.decoder()?;
        let decoder = self.decoder.as_mut().expect("made above");
        let mut filled = 0;
        while !self.is_done {
            let from_head = !self.head.is_empty();
            let bytes: &[u8] = match from_head {
                true => &self.head,
                false => match self.input.fill_buf() {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    // What is decoded already goes out first; the error comes again.
                    Err(_) if filled > 0 => break,
                    read => read?,
                },
            };
            let is_last = bytes.is_empty();
            let (result, read, written, _) =
                decoder.decode_to_utf8(bytes, &mut page[filled..], is_last);
            filled += written;
            match from_head {
                true => drop(self.head.drain(..read)),
                false => self.input.consume(read),
            }
            match result {
                CoderResult::OutputFull => break,
                CoderResult::InputEmpty => self.is_done = is_last,
            }
        }
        Ok(filled)
    }

    /// See to it that the encoding is known.
    fn decoder(&mut self) -> io::Result<()> {
        if self.decoder.is_some() {
            return Ok(());
        }
        while self.head.len() < HEAD_MAX {
            let bytes = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if bytes.is_empty() {
                break;
            }
            let count = bytes.len().min(HEAD_MAX - self.head.len());
            self.head.extend_from_slice(&bytes[..count]);
            self.input.consume(count);
        }
        self.decoder = Some(encoding_of(&self.head).new_decoder_with_bom_removal());
        Ok(())
    }
}

fn encoding_of(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    match head {
        [0, one, 0, other, ..] if *one != 0 && *other != 0 => UTF_16BE,
        [one, 0, other, 0, ..] if *one != 0 && *other != 0 => UTF_16LE,
        _ => declared(head).unwrap_or(UTF_8),
    }
}

/// The encoding that an XML declaration names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let declaration = head[start..].strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // The declaration was read byte by byte, so UTF-16 it is not: .NET writes the word of the string it came from.
    let is_possible = encoding != UTF_16LE && encoding != UTF_16BE && encoding != REPLACEMENT;
    is_possible.then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read through a window of `step` bytes and into pages of `page` bytes.
    fn decoded(bytes: &[u8], step: usize, page: usize) -> String {
        let mut file = Decoded::new(io::BufReader::with_capacity(step, bytes));
        let (mut text, mut room) = (Vec::new(), vec![0; page]);
        loop {
            match file.read(&mut room).unwrap() {
                0 => return String::from_utf8(text).expect("whole characters on every page"),
                count => {
                    std::str::from_utf8(&room[..count]).expect("whole characters on this page");
                    text.extend_from_slice(&room[..count]);
                }
            }
        }
    }

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_encoding_that_a_report_comes_in_reads_the_same() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a n=\"süß 🚨\"/>";
        let mut files = vec![text.as_bytes().to_vec()];
        for mark in ["", "\u{feff}"] {
            files.push(wide(&format!("{mark}{text}"), u16::to_le_bytes));
            files.push(wide(&format!("{mark}{text}"), u16::to_be_bytes));
            files.push(format!("{mark}{text}").into_bytes());
        }
        for file in files {
            for (step, page) in [(1, 4), (3, 7), (64, 5), (4096, 4096)] {
                assert_eq!(decoded(&file, step, page), text, "{step} {page} {file:x?}");
            }
        }
    }

    #[test]
    fn a_declared_encoding_is_believed_where_it_can_be_true() {
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1' ?><a>gr\xfc\xdfe</a>";
        assert!(decoded(latin, 9, 11).ends_with("<a>grüße</a>"));
        let unknown = "<?xml version='1.0' encoding='klingon'?><a>ü</a>";
        assert_eq!(decoded(unknown.as_bytes(), 9, 11), unknown);
        let undeclared = b"<a>gr\xfc\xdfe</a>";
        assert_eq!(decoded(undeclared, 9, 11), "<a>gr\u{fffd}\u{fffd}e</a>");
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(decoded(b"", 16, 16), "");
        assert_eq!(decoded(b"\xef\xbb\xbf", 16, 16), "");
    }
}
