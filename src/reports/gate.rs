//! The gate before the XML reader: UTF-8 in pages, no piece longer than a bound, and where in the file we are.
//!
//! The reader behind it keeps a whole piece (a text, a tag, a CDATA section) in memory before it hands it on. The
//! gate lets at most [`PIECE_MAX`] bytes of one through and drops the rest up to where that piece ends, so a log of
//! a gigabyte within a report costs no memory. It looks into a piece only when that crosses the end of a page.

use std::io::{self, BufRead, Read};

use memchr::{memchr, memchr_iter, memchr2, memchr3, memchr3_iter};

use super::decode::Decoded;

const PAGE: usize = 64 * 1024;
/// Bytes of one piece that pass; more than any text that is kept, also where six bytes stand for one: `&quot;`.
const PIECE_MAX: u64 = 512 * 1024;
/// A tag of more bytes ends here, even within an attribute.
const TAG_MAX: u64 = 2 * 1024 * 1024;
/// Room before a page for the end of a piece whose last bytes were dropped: `"/>` and the like.
const ROOM: usize = 4;

/// A place in a file as an editor counts: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The place behind these bytes.
    pub(super) fn behind(self, bytes: &[u8]) -> Self {
        let lines = memchr_iter(b'\n', bytes).count() as u64;
        let last = memchr::memrchr(b'\n', bytes).map_or(bytes, |at| &bytes[at + 1..]);
        let characters = last.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u64;
        let from = if lines == 0 { self.column } else { 1 };
        Self { line: self.line + lines, column: from + characters }
    }
}

pub(super) struct Gate<R> {
    input: Decoded<R>,
    page: Box<[u8]>,
    /// What is not read yet: `page[at..end]`.
    at: usize,
    end: usize,
    /// From here on the page is what stands in the file, beginning at `place`.
    origin: usize,
    place: Place,
    piece: Piece,
}

/// The piece that the reader is in.
struct Piece {
    /// Where it begins in the page; where the page begins, when it began before.
    at: usize,
    /// Bytes of it on earlier pages.
    bytes: u64,
    /// Where in the file it begins, once that page is gone.
    place: Option<Place>,
    kind: Kind,
}

impl<R: BufRead> Gate<R> {
    pub(super) fn new(input: Decoded<R>) -> Self {
        Self {
            input,
            page: vec![0; ROOM + PAGE].into_boxed_slice(),
            at: ROOM,
            end: ROOM,
            origin: ROOM,
            place: Place::START,
            piece: Piece { at: ROOM, bytes: 0, place: None, kind: Kind::Unknown },
        }
    }

    /// What comes next is another piece.
    pub(super) fn next_piece(&mut self) {
        self.piece = Piece { at: self.at, bytes: 0, place: None, kind: Kind::Unknown };
    }

    /// Where the piece begins that was read last.
    pub(super) fn piece_place(&self) -> Place {
        self.piece.place.unwrap_or_else(|| self.place_at(self.piece.at))
    }

    /// Where reading has come to.
    pub(super) fn place(&self) -> Place {
        self.place_at(self.at)
    }

    fn place_at(&self, at: usize) -> Place {
        self.place.behind(&self.page[self.origin..at.max(self.origin)])
    }

    /// The next page, without what is too much of the piece that crosses into it.
    fn turn(&mut self) -> io::Result<()> {
        let is_within = self.piece.bytes > 0 || self.piece.at < self.end;
        if is_within {
            self.piece.place.get_or_insert(self.piece_place());
            self.piece.bytes += (self.end - self.piece.at) as u64;
        }
        loop {
            self.piece.kind.feed(&self.page[self.piece.at..self.end]);
            (self.place, self.origin) = (self.place_at(self.end), self.end);
            let count = self.input.read(&mut self.page[ROOM..])?;
            (self.at, self.origin, self.end, self.piece.at) = (ROOM, ROOM, ROOM + count, ROOM);
            if !is_within || self.piece.bytes <= PIECE_MAX || count == 0 {
                return Ok(());
            }
            if self.piece.kind == Kind::Doctype {
                let reason = format!("the document type is longer than {PIECE_MAX} bytes");
                return Err(io::Error::other(reason));
            }
            let is_large = self.piece.bytes > TAG_MAX;
            if let Some((at, end)) = self.piece.kind.seek(&self.page[ROOM..self.end], is_large) {
                let kept = ROOM + at;
                self.place = self.place_at(kept);
                (self.at, self.origin, self.piece.at) = (kept - end.len(), kept, kept);
                self.page[self.at..kept].copy_from_slice(end);
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> BufRead for Gate<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.turn()?;
        }
        Ok(&self.page[self.at..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl<R: BufRead> Read for Gate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

/// What a piece is, as far as its end is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    /// Its first bytes, fewer than tell what it is: the page ended there.
    Begun([u8; 3], usize),
    Text,
    Reference,
    Tag(Tag),
    /// A tag of which nothing passes any more, and the quote in which the reader was left.
    Rest(Tag, u8),
    /// The last two bytes.
    Cdata([u8; 2]),
    Comment([u8; 2]),
    Instruction([u8; 2]),
    Doctype,
}

/// Where in a tag we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag {
    /// The quote that is open, or 0.
    quote: u8,
    last: u8,
}

impl Tag {
    /// Where the tag ends in these bytes: at the first `>` that no quotes surround.
    fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        for at in memchr3_iter(b'"', b'\'', b'>', bytes) {
            match (self.quote, bytes[at]) {
                (0, b'>') => {
                    self.last = if at == 0 { self.last } else { bytes[at - 1] };
                    return Some(at);
                }
                (0, mark) => self.quote = mark,
                (open, mark) if open == mark => self.quote = 0,
                _ => {}
            }
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
        None
    }
}

impl Kind {
    /// Hear the next bytes of the piece, which does not end in them.
    fn feed(&mut self, bytes: &[u8]) {
        let Some(&first) = bytes.first() else { return };
        match self {
            Self::Unknown => {
                *self = match first {
                    b'<' => Self::Begun([0; 3], 0),
                    b'&' => Self::Reference,
                    _ => Self::Text,
                };
                self.feed(bytes);
            }
            Self::Begun(head, count) => {
                let taken = bytes.len().min(head.len() - *count);
                head[*count..*count + taken].copy_from_slice(&bytes[..taken]);
                *count += taken;
                *self = match &head[1..*count] {
                    [] | [b'!'] => return,
                    [b'?', ..] => Self::Instruction([0; 2]),
                    [b'!', b'[', ..] => Self::Cdata([0; 2]),
                    [b'!', b'-', ..] => Self::Comment([0; 2]),
                    [b'!', ..] => Self::Doctype,
                    _ => Self::Tag(Tag { quote: 0, last: 0 }),
                };
                self.feed(bytes);
            }
            Self::Text | Self::Reference | Self::Doctype => {}
            Self::Tag(tag) | Self::Rest(tag, _) => drop(tag.feed(bytes)),
            Self::Cdata(last) | Self::Comment(last) | Self::Instruction(last) => {
                *last = last_two(*last, bytes);
            }
        }
    }

    /// Where the piece, or the value that is open in its tag, comes to its end in these bytes. They are read again
    /// from there on, after the given end of what was dropped.
    fn seek(&mut self, bytes: &[u8], is_large: bool) -> Option<(usize, &'static [u8])> {
        let closed = |before: [u8; 2], by: fn([u8; 2]) -> bool| {
            let mut ends = memchr_iter(b'>', bytes);
            ends.find(|at| by(last_two(before, &bytes[..*at]))).map(|at| at + 1)
        };
        match *self {
            Self::Text => Some((memchr2(b'<', b'&', bytes)?, b"")),
            Self::Reference => Some((memchr3(b'<', b'&', b';', bytes)?, b"")),
            Self::Tag(Tag { quote: quote @ 1.., .. }) if !is_large => {
                Some((memchr(quote, bytes)?, b""))
            }
            Self::Tag(tag) => {
                *self = Self::Rest(tag, tag.quote);
                self.seek(bytes, is_large)
            }
            Self::Rest(mut tag, quote) => {
                let at = tag.feed(bytes)?;
                let end: &[u8] = match (quote, tag.last) {
                    (b'"', b'/') => b"\"/>",
                    (b'"', _) => b"\">",
                    (b'\'', b'/') => b"'/>",
                    (b'\'', _) => b"'>",
                    (_, b'/') => b"/>",
                    _ => b">",
                };
                Some((at + 1, end))
            }
            Self::Cdata(before) => Some((closed(before, |last| last == *b"]]")?, b"]]>")),
            Self::Comment(before) => Some((closed(before, |last| last == *b"--")?, b"-->")),
            Self::Instruction(before) => Some((closed(before, |last| last[1] == b'?')?, b"?>")),
            Self::Unknown | Self::Begun(..) | Self::Doctype => None,
        }
    }
}

fn last_two(before: [u8; 2], bytes: &[u8]) -> [u8; 2] {
    match bytes {
        [] => before,
        [one] => [before[1], *one],
        [.., one, two] => [*one, *two],
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::events::Event;
    use quick_xml::reader::Reader;

    use super::*;

    /// What comes through the gate: each piece by its kind and length, and the place behind the last.
    fn pieces(xml: &str) -> (Vec<(char, usize)>, Place) {
        let input = Decoded::new(io::BufReader::with_capacity(1000, xml.as_bytes()));
        let mut reader = Reader::from_reader(Gate::new(input));
        let (mut pieces, mut buffer) = (Vec::new(), Vec::new());
        loop {
            buffer.clear();
            let piece = match reader.read_event_into(&mut buffer).expect("well-formed") {
                Event::Eof => break,
                Event::Start(tag) => ('<', tag.len()),
                Event::Empty(tag) => ('/', tag.len()),
                Event::End(_) => ('>', 0),
                Event::Text(text) => ('t', text.len()),
                Event::CData(text) => ('c', text.len()),
                Event::Comment(text) => ('-', text.len()),
                Event::PI(text) => ('?', text.len()),
                other => panic!("{other:?}"),
            };
            pieces.push(piece);
            reader.get_mut().next_piece();
        }
        (pieces, reader.get_ref().place())
    }

    #[test]
    fn a_piece_of_any_length_ends_where_it_ends_and_no_later() {
        let most = usize::try_from(TAG_MAX).unwrap() + 2 * PAGE;
        for fill in ["x", "]", "]]", "-", "?", "<", "'", "ä", "/", "\n", " b='>' "] {
            for length in [10, PAGE - 30, PAGE, 3 * PAGE + 1, 40 * PAGE] {
                let fill = fill.repeat(length / fill.len());
                let text = fill.replace('<', "x");
                let words = format!(" {}", text.replace(['\'', '"', '/', '>', '?'], "x"));
                for (kind, piece) in [
                    ('t', text.clone()),
                    ('c', format!("<![CDATA[{fill}]]>")),
                    ('-', format!("<!--x{}x-->", fill.replace('-', "- "))),
                    ('?', format!("<?x {fill}?>")),
                    ('/', format!("<x a=\"{fill}\"/>")),
                    ('/', format!("<x a=\"{fill}\" b='{}' c=\"\"/>", fill.replace('\'', "\""))),
                    ('/', format!("<x{words}/>")),
                ] {
                    let xml = format!("<r>\n<s/>{piece}<e/></r>");
                    let (found, place) = pieces(&xml);
                    let kinds: String = found.iter().map(|piece| piece.0).collect();
                    assert_eq!(kinds, format!("<t/{kind}/>"), "{length} of {piece:.20}");
                    let longest = found.iter().map(|piece| piece.1).max().unwrap();
                    assert!(longest <= most, "{longest} of {length} of {piece:.20}");
                    if length <= PAGE {
                        assert!(found.contains(&(kind, found[3].1)) && found[3].1 + 20 >= length);
                    }
                    assert_eq!(place, Place::START.behind(xml.as_bytes()), "{piece:.20}");
                }
            }
        }
    }

    #[test]
    fn a_document_type_without_an_end_is_refused() {
        let xml = format!("<!DOCTYPE r [{}]><r/>", "<!ENTITY a 'b'>".repeat(60_000));
        let input = Decoded::new(xml.as_bytes());
        let mut reader = Reader::from_reader(Gate::new(input));
        let error = reader.read_event_into(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("document type is longer"), "{error}");
    }

    #[test]
    fn a_place_is_where_an_editor_would_find_it() {
        assert_eq!(Place::START.behind("äb\n🚨c".as_bytes()), Place { line: 2, column: 3 });
        assert_eq!(Place { line: 7, column: 3 }.behind(b"ab"), Place { line: 7, column: 5 });
    }
}
