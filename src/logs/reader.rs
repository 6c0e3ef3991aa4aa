//! Any line of a stored log, in the time one frame takes.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::Dialect;
use super::escape::{Parser, Terminal};
use super::file::{DamagedLog, Frame, Index, Outline, Span, read_index, unpack};
use super::intake::cut_sentence;
use super::line::{Line, Run, Script, line};
use super::pen::{Command, Pen};

/// Memory of the lines that are given at a time, counted as their texts, their links, and this for each change of style.
const LINES_BYTES_MAX: usize = 8 << 20;
const RUN_BYTES: usize = 64;

/// Who is shown line after line: how it is to be read, its number, its bytes, and the pen that it begins with and
/// has to move on.
pub(super) type Visit<'v> = dyn FnMut(Script, u64, &[u8], &mut Pen) -> ControlFlow<()> + 'v;

/// A stored log, open.
#[derive(Debug)]
pub struct LogReader<R> {
    input: R,
    index: Index,
    size: u64,
}

impl<R: Read + Seek> LogReader<R> {
    pub fn open(mut input: R) -> Result<Self, DamagedLog> {
        let (index, size) = read_index(&mut input)?;
        Ok(Self { input, index, size })
    }

    pub fn dialect(&self) -> Dialect {
        self.index.dialect
    }

    /// Lines it has.
    pub fn line_count(&self) -> u64 {
        self.index.lines
    }

    /// Bytes of the log as it came.
    pub fn bytes(&self) -> u64 {
        self.index.bytes
    }

    pub fn stored_bytes(&self) -> u64 {
        self.size
    }

    /// A sentence, where more came than is kept.
    pub fn cut(&self) -> Option<String> {
        self.index.is_cut.then(|| cut_sentence(self.index.bytes))
    }

    /// Groups, errors, warnings, times.
    pub fn outline(&mut self) -> Result<Outline, DamagedLog> {
        let (at, stored) = (self.index.outline_at, self.index.outline_stored);
        let told = unpack(&mut self.input, "its outline", at, stored, None)?;
        serde_json::from_slice(&told).map_err(|error| DamagedLog::Part {
            part: "its outline",
            at,
            what: error.to_string(),
        })
    }

    /// Up to `count` lines from line `from` on, `shown` characters of each at most. There are fewer where they are very
    /// long, or every letter has a style of its own; one there always is.
    pub fn lines(
        &mut self,
        from: u64,
        count: usize,
        shown: usize,
    ) -> Result<Vec<Line>, DamagedLog> {
        let mut lines = Vec::new();
        if count == 0 {
            return Ok(lines);
        }
        let mut weight = 0;
        self.walk(from.max(1), &mut |script, n, bytes, pen| {
            let line = line(script, n, bytes, pen, shown);
            weight += line.runs.iter().map(weight_of).sum::<usize>();
            lines.push(line);
            match lines.len() < count && weight < LINES_BYTES_MAX {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        tell_depths(&mut lines, &self.index.spans);
        Ok(lines)
    }

    /// The log as it came, frame by frame: from the frame before that of byte `from` on, since a line may begin
    /// there.
    pub fn into_pieces(self, from: u64) -> Pieces<R> {
        let place = self.index.raw.partition_point(|frame| frame.from <= from);
        Pieces { place: place.saturating_sub(2), reader: self }
    }

    /// Unpack every frame; says whether what is there is the whole log.
    pub fn verify(&mut self) -> Result<(), DamagedLog> {
        self.outline()?;
        let frames: Vec<Frame> =
            self.index.raw.iter().chain(&self.index.settled).cloned().collect();
        for frame in frames {
            self.content(&frame)?;
        }
        Ok(())
    }

    fn content(&mut self, frame: &Frame) -> Result<Vec<u8>, DamagedLog> {
        unpack(&mut self.input, "a frame", frame.at, frame.stored, Some(frame.length))
    }

    /// Visit lines from `from` on.
    pub(super) fn walk(&mut self, from: u64, visit: &mut Visit<'_>) -> Result<(), DamagedLog> {
        let settled_from = self.index.settled_from.unwrap_or(self.index.lines + 1);
        let mut next = from;
        while next <= self.index.lines {
            let is_settled = next >= settled_from;
            let (script, frames, end) = match is_settled {
                true => {
                    (Script::Settled(self.index.dialect), &self.index.settled, self.index.lines)
                }
                false => (Script::Raw(self.index.dialect), &self.index.raw, settled_from - 1),
            };
            let place = frames.partition_point(|frame| frame.first_line <= next);
            let Some(frame) = place.checked_sub(1).map(|place| frames[place].clone()) else {
                return Err(self.missing(next));
            };
            let content = self.content(&frame)?;
            let mut pen = frame.pen.clone();
            let skipped = skip(&content, next - frame.first_line, &mut pen, is_settled);
            let before = next;
            for line in lines_of(&content[skipped..]) {
                if next > end {
                    break;
                }
                if visit(script, next, line, &mut pen).is_break() {
                    return Ok(());
                }
                next += 1;
            }
            if next == before {
                return Err(self.missing(next));
            }
        }
        Ok(())
    }

    fn missing(&self, line: u64) -> DamagedLog {
        DamagedLog::Part {
            part: "its index",
            at: self.size,
            what: format!("line {line} of {} is in no frame", self.index.lines),
        }
    }
}

fn weight_of(run: &Run) -> usize {
    run.text.len() + run.href.as_ref().map_or(0, |href| href.len()) + RUN_BYTES
}

/// Where the lines of a frame begin after `count` of them, of which only the pen matters.
fn skip(content: &[u8], count: u64, pen: &mut Pen, is_settled: bool) -> usize {
    let Some(last) = count.checked_sub(1) else { return 0 };
    let last = usize::try_from(last).unwrap_or(usize::MAX);
    let end = memchr::memchr_iter(b'\n', content).nth(last).map_or(content.len(), |end| end + 1);
    // Settled lines leave no pen behind.
    if !is_settled && memchr::memchr(0x1b, &content[..end]).is_some() {
        let mut only = PenOnly(pen);
        Parser::default().feed(&content[..end], &mut only);
    }
    end
}

fn lines_of(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}

/// In how many groups each line lies, its own header not counted. Groups lie within each other or apart.
fn tell_depths(lines: &mut [Line], spans: &[Span]) {
    let mut ahead = spans.iter().peekable();
    let mut ends: Vec<u64> = Vec::new();
    for line in lines {
        while let Some(span) = ahead.next_if(|span| span.start < line.n) {
            while ends.last().is_some_and(|end| *end < span.start) {
                ends.pop();
            }
            ends.push(span.end);
        }
        while ends.last().is_some_and(|end| *end < line.n) {
            ends.pop();
        }
        line.depth = u16::try_from(ends.len()).unwrap_or(u16::MAX);
    }
}

/// Hears colours and links alone.
struct PenOnly<'p>(&'p mut Pen);

impl Terminal for PenOnly<'_> {
    fn print(&mut self, _: &str) {}

    fn control(&mut self, _: u8) {}

    fn csi(&mut self, parameters: &[u8], last: u8) {
        let is_private = parameters.first().is_some_and(|byte| matches!(byte, b'<'..=b'?'));
        if last == b'm' && !is_private {
            self.0.style.apply(parameters);
        }
    }

    fn escape(&mut self, _: u8) {}

    fn osc(&mut self, body: &[u8]) {
        if let Command::Link(link) = Command::of(body) {
            self.0.link = link;
        }
    }

    fn apc(&mut self, _: &[u8]) {}
}

/// The bytes of a log as they came.
#[derive(Debug)]
pub struct Pieces<R> {
    reader: LogReader<R>,
    place: usize,
}

impl<R: Read + Seek> Pieces<R> {
    /// The next frame and where it begins in the log; nothing after the last.
    pub fn next_piece(&mut self) -> Result<Option<(u64, Vec<u8>)>, DamagedLog> {
        let Some(frame) = self.reader.index.raw.get(self.place).cloned() else { return Ok(None) };
        self.place += 1;
        let content = self.reader.content(&frame)?;
        Ok(Some((frame.from, content)))
    }
}
