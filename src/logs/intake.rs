//! A log comes in: kept byte for byte in frames, and surveyed on the way.

use std::io::{self, Write};

use super::escape::Parser;
use super::file::{BEGIN, END, Frame, Index, packer};
use super::line::{HEAD_BYTES, Script, open_head};
use super::pen::Pen;
use super::screen::{ROWS, Screen, leaves_line, write_down};
use super::survey::Survey;
use super::{Dialect, Millis};

/// Bytes of a log that are kept. Providers keep no more themselves.
pub const LOG_BYTES_MAX: u64 = 1 << 30;

/// Where a frame is cut at the last line end before it. One is unpacked in 0.2 ms, and smaller ones pack worse.
const FRAME_BYTES: usize = 96 * 1024;

/// Longest line that lies in one frame. In a longer one something is usually written over and over: it is
/// drawn while it comes.
const LINE_BYTES_MAX: usize = 256 * 1024;

/// Bytes that are drawn between two looks at what has left the screen.
const DRAWN_BYTES: usize = 4096;

/// Whether there is any use in more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    All,
    /// The rest is not kept: what asks for it can stop.
    Full,
}

/// What has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub lines: u64,
    pub bytes: u64,
    pub stored_bytes: u64,
    pub error_count: u64,
    pub warning_count: u64,
    pub first_at: Option<Millis>,
    pub last_at: Option<Millis>,
    /// A sentence, where more came than is kept.
    pub cut: Option<String>,
}

/// How a log that is longer than it is kept is told of.
pub fn cut_sentence(bytes: u64) -> String {
    let (unit, name) = match bytes {
        bytes if bytes % (1 << 30) == 0 => (1 << 30, "GiB"),
        bytes if bytes % (1 << 20) == 0 => (1 << 20, "MiB"),
        bytes if bytes % (1 << 10) == 0 => (1 << 10, "KiB"),
        _ => (1, "bytes"),
    };
    format!("the first {} {name} are kept", bytes / unit)
}

/// Takes a log in pieces of any size and writes its file.
///
/// It holds two frames of bytes, and once a log moves its cursor to other lines, a window of those: some megabytes,
/// whatever comes.
pub struct Intake<W> {
    dialect: Dialect,
    output: Output<W>,
    bytes: u64,
    bytes_max: u64,
    is_cut: bool,
    /// Bytes that no frame was made of yet.
    buffer: Vec<u8>,
    raw: Vec<Frame>,
    survey: Survey,
    /// Lines that are surveyed, and the pen after them.
    lines: u64,
    pen: Pen,
    /// A frame is surveyed when the next one has come: until then its lines may turn out to be changed.
    held: Vec<u8>,
    drawn: Option<Box<Drawn>>,
}

/// The second stream, of lines as they stood in the end.
struct Drawn {
    from_line: u64,
    parser: Parser,
    screen: Screen,
    /// The beginning of a line, until its head can be told.
    head: Option<Vec<u8>>,
    settled: Vec<u8>,
    first_line: u64,
    frames: Vec<Frame>,
    /// Bytes of frames that are written.
    from: u64,
    text: String,
}

struct Output<W> {
    writer: W,
    at: u64,
    packer: zstd::bulk::Compressor<'static>,
}

impl<W: Write> Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Pack and write a part. Says where it lies and how long it is.
    fn part(&mut self, content: &[u8]) -> io::Result<(u64, u64)> {
        let packed = self.packer.compress(content)?;
        let at = self.at;
        self.write(&packed)?;
        Ok((at, packed.len() as u64))
    }
}

impl<W: Write> Intake<W> {
    pub fn new(dialect: Dialect, writer: W) -> io::Result<Self> {
        Self::with_limit(dialect, writer, LOG_BYTES_MAX)
    }

    /// One that keeps `bytes_max` bytes.
    pub fn with_limit(dialect: Dialect, writer: W, bytes_max: u64) -> io::Result<Self> {
        let mut output = Output { writer, at: 0, packer: packer()? };
        output.write(BEGIN)?;
        Ok(Self {
            dialect,
            output,
            bytes: 0,
            bytes_max,
            is_cut: false,
            buffer: Vec::new(),
            raw: Vec::new(),
            survey: Survey::new(dialect),
            lines: 0,
            pen: Pen::default(),
            held: Vec::new(),
            drawn: None,
        })
    }

    /// The next bytes of the log.
    pub fn take(&mut self, bytes: &[u8]) -> io::Result<Taken> {
        let room = usize::try_from(self.bytes_max - self.bytes).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(room)];
        self.is_cut |= kept.len() < bytes.len();
        self.bytes += kept.len() as u64;
        let mut rest = kept;
        while !rest.is_empty() {
            rest = match self.drawn {
                None => self.take_plain(rest)?,
                Some(_) => self.take_drawn(rest)?,
            };
        }
        Ok(if self.is_cut { Taken::Full } else { Taken::All })
    }

    /// The log is over. The writer comes back, written to its end but not flushed to any disk.
    pub fn finish(mut self) -> io::Result<(Summary, W)> {
        let last = std::mem::take(&mut self.buffer);
        if !last.is_empty() {
            match self.drawn {
                None => self.frame(last)?,
                Some(_) => self.raw_frame(&last, u64::MAX)?,
            }
        }
        match self.drawn.take() {
            None => {
                let held = std::mem::take(&mut self.held);
                self.lines += self.survey.lines(&held, self.lines + 1, &mut self.pen);
                self.end(None)
            }
            Some(mut drawn) => {
                if let Some(head) = drawn.head.take() {
                    drawn.begin_line(self.dialect, &head);
                }
                drawn.parser.end(&mut drawn.screen);
                drawn.screen.leave();
                drawn.settle(&mut self.lines, &mut self.survey, &mut self.output)?;
                drawn.write_settled(&mut self.output)?;
                self.end(Some(*drawn))
            }
        }
    }

    /// What is told of the log, after its last frame.
    fn end(mut self, drawn: Option<Drawn>) -> io::Result<(Summary, W)> {
        let outline = self.survey.finish(self.lines);
        let told = serde_json::to_vec(&outline).map_err(io::Error::other)?;
        let (outline_at, outline_stored) = self.output.part(&told)?;
        let index = Index {
            dialect: self.dialect,
            lines: self.lines,
            bytes: self.bytes,
            is_cut: self.is_cut,
            settled_from: drawn.as_ref().map(|drawn| drawn.from_line),
            raw: self.raw,
            settled: drawn.map(|drawn| drawn.frames).unwrap_or_default(),
            spans: outline.spans,
            outline_at,
            outline_stored,
        };
        let (_, length) = self.output.part(&index.write())?;
        self.output.write(&length.to_le_bytes())?;
        self.output.write(END)?;
        let summary = Summary {
            lines: self.lines,
            bytes: self.bytes,
            stored_bytes: self.output.at,
            error_count: outline.error_count,
            warning_count: outline.warning_count,
            first_at: outline.first_at,
            last_at: outline.last_at,
            cut: self.is_cut.then(|| cut_sentence(self.bytes)),
        };
        Ok((summary, self.output.writer))
    }

    /// Fill the buffer and cut frames off it. Where they are cut depends on the log alone, not on its pieces.
    fn take_plain<'b>(&mut self, bytes: &'b [u8]) -> io::Result<&'b [u8]> {
        if self.buffer.len() < FRAME_BYTES {
            let (part, rest) = bytes.split_at(bytes.len().min(FRAME_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(part);
            if self.buffer.len() == FRAME_BYTES
                && let Some(end) = memchr::memrchr(b'\n', &self.buffer)
            {
                let after = self.buffer.split_off(end + 1);
                let frame = std::mem::replace(&mut self.buffer, after);
                self.frame(frame)?;
            }
            return Ok(rest);
        }
        // One line fills the buffer: its end is looked for.
        let room = &bytes[..bytes.len().min(LINE_BYTES_MAX - self.buffer.len())];
        let end = memchr::memchr(b'\n', room).map_or(room.len(), |end| end + 1);
        self.buffer.extend_from_slice(&bytes[..end]);
        if self.buffer.ends_with(b"\n") {
            let frame = std::mem::take(&mut self.buffer);
            self.frame(frame)?;
        } else if self.buffer.len() == LINE_BYTES_MAX {
            let frame = std::mem::take(&mut self.buffer);
            self.raw_frame(&frame, u64::MAX)?;
            self.begin_drawing(frame, 0)?;
        }
        Ok(&bytes[end..])
    }

    /// A frame of whole lines; only the last of a log may end within one.
    fn frame(&mut self, frame: Vec<u8>) -> io::Result<()> {
        let leaves = memchr::memchr_iter(0x1b, &frame).find(|at| leaves_line(&frame[at + 1..]));
        self.raw_frame(&frame, u64::MAX)?;
        if let Some(leaves) = leaves {
            return self.begin_drawing(frame, leaves);
        }
        let held = std::mem::replace(&mut self.held, frame);
        self.lines += self.survey.lines(&held, self.lines + 1, &mut self.pen);
        self.begins_raw_lines();
        Ok(())
    }

    /// The frame written last begins with the line after those surveyed.
    fn begins_raw_lines(&mut self) {
        if let Some(frame) = self.raw.last_mut() {
            frame.first_line = self.lines + 1;
            frame.pen = self.pen.clone();
        }
    }

    fn raw_frame(&mut self, content: &[u8], first_line: u64) -> io::Result<()> {
        let from = self.raw.last().map_or(0, |frame| frame.from + frame.length);
        let (at, stored) = self.output.part(content)?;
        let length = content.len() as u64;
        self.raw.push(Frame { first_line, from, length, at, stored, pen: Pen::default() });
        Ok(())
    }

    /// Something at `place` of this frame reaches other lines. From up to [`ROWS`] lines before it on, the log is
    /// drawn; what is before those is settled.
    fn begin_drawing(&mut self, frame: Vec<u8>, place: usize) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.held);
        let held = bytes.len();
        bytes.extend_from_slice(&frame);
        drop(frame);
        let begins = memchr::memrchr_iter(b'\n', &bytes[..held + place]);
        let begin = begins.take(ROWS).enumerate().last();
        // Fewer lines than the window has: all of them are drawn.
        let begin = begin.filter(|(count, _)| count + 1 == ROWS).map_or(0, |(_, end)| end + 1);
        let before = begin.min(held);
        self.lines += self.survey.lines(&bytes[..before], self.lines + 1, &mut self.pen);
        if begin > held {
            self.begins_raw_lines();
            self.lines += self.survey.lines(&bytes[held..begin], self.lines + 1, &mut self.pen);
        }
        self.drawn = Some(Box::new(Drawn {
            from_line: self.lines + 1,
            parser: Parser::default(),
            screen: Screen::new(self.dialect, self.pen.clone()),
            head: Some(Vec::new()),
            settled: Vec::new(),
            first_line: self.lines + 1,
            frames: Vec::new(),
            from: 0,
            text: String::new(),
        }));
        self.draw(&bytes[begin..])?;
        let after = self.buffer.clone();
        self.draw(&after)
    }

    /// Lines are found in the settled frames; raw ones still end with a line where they can.
    fn take_drawn<'b>(&mut self, bytes: &'b [u8]) -> io::Result<&'b [u8]> {
        let (part, rest) = bytes.split_at(bytes.len().min(FRAME_BYTES - self.buffer.len()));
        self.buffer.extend_from_slice(part);
        if self.buffer.len() == FRAME_BYTES {
            let end = memchr::memrchr(b'\n', &self.buffer).map_or(FRAME_BYTES, |end| end + 1);
            let after = self.buffer.split_off(end);
            let frame = std::mem::replace(&mut self.buffer, after);
            self.raw_frame(&frame, u64::MAX)?;
        }
        self.draw(part)?;
        Ok(rest)
    }

    fn draw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(drawn) = &mut self.drawn else { return Ok(()) };
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = drawn.draw(self.dialect, rest);
            drawn.settle(&mut self.lines, &mut self.survey, &mut self.output)?;
        }
        Ok(())
    }
}

impl Drawn {
    /// Draw a piece: the head of a line, or up to its end. Says what is left.
    fn draw<'b>(&mut self, dialect: Dialect, bytes: &'b [u8]) -> &'b [u8] {
        if let Some(head) = &mut self.head {
            let room = &bytes[..bytes.len().min(HEAD_BYTES - head.len())];
            let end = memchr::memchr(b'\n', room);
            let (part, rest) = bytes.split_at(end.unwrap_or(room.len()));
            head.extend_from_slice(part);
            if (end.is_some() || head.len() == HEAD_BYTES)
                && let Some(head) = self.head.take()
            {
                self.begin_line(dialect, &head);
            }
            return rest;
        }
        let room = &bytes[..bytes.len().min(DRAWN_BYTES)];
        let end = memchr::memchr(b'\n', room);
        let (part, rest) = bytes.split_at(end.map_or(room.len(), |end| end + 1));
        self.parser.feed(part, &mut self.screen);
        if end.is_some() {
            self.head = Some(Vec::with_capacity(HEAD_BYTES));
        }
        rest
    }

    fn begin_line(&mut self, dialect: Dialect, head: &[u8]) {
        let opened = open_head(Script::Raw(dialect), head);
        if let Some(at) = opened.at {
            self.screen.mark(at);
        }
        self.parser.feed(opened.rest, &mut self.screen);
    }

    /// Write down what has left the screen.
    fn settle<W: Write>(
        &mut self,
        lines: &mut u64,
        survey: &mut Survey,
        output: &mut Output<W>,
    ) -> io::Result<()> {
        while let Some(row) = self.screen.take_gone() {
            *lines += 1;
            self.text.clear();
            row.seen().text(&mut self.text);
            survey.settled(*lines, &self.text, row.at);
            write_down(&row, &mut self.settled);
            if self.settled.len() >= FRAME_BYTES {
                self.write_settled(output)?;
                self.first_line = *lines + 1;
            }
        }
        Ok(())
    }

    fn write_settled<W: Write>(&mut self, output: &mut Output<W>) -> io::Result<()> {
        if self.settled.is_empty() {
            return Ok(());
        }
        let (at, stored) = output.part(&self.settled)?;
        let length = self.settled.len() as u64;
        self.frames.push(Frame {
            first_line: self.first_line,
            from: self.from,
            length,
            at,
            stored,
            pen: Pen::default(),
        });
        self.from += length;
        self.settled.clear();
        Ok(())
    }
}

impl<W> std::fmt::Debug for Intake<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake")
            .field("bytes", &self.bytes)
            .field("lines", &self.lines)
            .field("is_drawn", &self.drawn.is_some())
            .finish_non_exhaustive()
    }
}
