//! What goes out: files that were looked at, and the requests that they fit into.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use uuid::Uuid;

use crate::model::{Ci, Part};
use crate::reports::{self, Summary};

use super::files;
use super::junit::Pieces;
use super::multipart::Multipart;

/// Bytes of a request before it is packed: a server takes 16 MiB, and this leaves room for what names
/// the parts.
const REQUEST_BYTES_MAX: u64 = 15 * 1024 * 1024;

/// Files of a request.
const REQUEST_FILES_MAX: usize = 500;

/// A file as its reader saw it.
#[derive(Debug)]
pub struct Report {
    pub name: String,
    pub summary: Summary,
    pub pieces: Vec<Piece>,
}

/// What goes out as one file.
#[derive(Debug, Clone)]
pub struct Piece {
    name: String,
    source: Source,
    bytes: u64,
}

#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    /// From here on in what was written anew.
    Anew(Arc<File>, u64),
}

/// A request's body, packed.
#[derive(Debug)]
pub struct Body {
    pub content_type: String,
    pub packed: Vec<u8>,
}

impl Report {
    /// Read a file; one that is too large for a request is written anew in pieces.
    pub fn of(file: &files::File) -> io::Result<Self> {
        let input = BufReader::new(File::open(&file.path)?.take(file.bytes));
        if file.bytes <= REQUEST_BYTES_MAX {
            let summary = reports::read(input, &mut |_| ControlFlow::Continue(()));
            let source = Source::File(file.path.clone());
            let piece = Piece { name: file.name.clone(), source, bytes: file.bytes };
            return Ok(Self { name: file.name.clone(), summary, pieces: vec![piece] });
        }
        let mut pieces = Pieces::new(usize::try_from(REQUEST_BYTES_MAX).unwrap_or(usize::MAX))?;
        let mut written = Ok(());
        let summary = reports::read(input, &mut |case| {
            written = pieces.write(&case);
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        written?;
        let (anew, lengths) = pieces.finish()?;
        let (anew, mut at) = (Arc::new(anew), 0);
        let pieces = lengths.into_iter().map(|bytes| {
            let source = Source::Anew(Arc::clone(&anew), at);
            at += bytes;
            Piece { name: file.name.clone(), source, bytes }
        });
        let pieces = pieces.collect();
        Ok(Self { name: file.name.clone(), summary, pieces })
    }

    #[must_use]
    pub fn is_one(&self) -> bool {
        self.summary.format.is_some()
    }
}

impl Piece {
    fn open(&self) -> io::Result<Box<dyn Read>> {
        match &self.source {
            // No more than was looked at: somebody may still be writing.
            Source::File(path) => Ok(Box::new(File::open(path)?.take(self.bytes))),
            Source::Anew(file, at) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(*at))?;
                Ok(Box::new(BufReader::new(file).take(self.bytes)))
            }
        }
    }
}

/// The requests for these reports, in their order; one even when there are none, since the place itself
/// is told.
#[must_use]
pub fn requests(reports: &[Report]) -> Vec<Vec<Piece>> {
    let mut requests = vec![Vec::new()];
    let mut bytes = 0;
    for piece in reports.iter().filter(|report| report.is_one()).flat_map(|report| &report.pieces) {
        let request = requests.last().map_or(0, Vec::len);
        let is_full = bytes + piece.bytes > REQUEST_BYTES_MAX || request == REQUEST_FILES_MAX;
        if is_full && request > 0 {
            requests.push(Vec::new());
            bytes = 0;
        }
        bytes += piece.bytes;
        if let Some(last) = requests.last_mut() {
            last.push(piece.clone());
        }
    }
    requests
}

/// The place as the parts of one report tell it.
#[must_use]
pub fn parts(ci: &Ci, count: usize) -> Vec<Ci> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let id = Uuid::new_v4().to_string();
    let part = |index| Part { index, count, id: id.clone() };
    (0..count).map(|index| Ci { part: Some(part(index)), ..ci.clone() }).collect()
}

pub fn body(ci: &Ci, pieces: &[Piece]) -> io::Result<Body> {
    let boundary = format!("creel-{}", Uuid::new_v4().simple());
    let out = GzEncoder::new(Vec::new(), Compression::default());
    let mut form = Multipart::new(boundary, out);
    let content_type = form.content_type();
    form.json("ci", &told(ci)?)?;
    for piece in pieces {
        form.file("file", &piece.name, piece.open()?)?;
    }
    Ok(Body { content_type, packed: form.finish()?.finish()? })
}

/// What is known of a place, as JSON.
pub fn told(ci: &Ci) -> io::Result<String> {
    let mut told = serde_json::to_value(ci)?;
    if let Some(members) = told.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Ok(told.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, sizes: &[u64]) -> Report {
        let piece = |bytes: &u64| Piece {
            name: name.to_owned(),
            source: Source::File(PathBuf::new()),
            bytes: *bytes,
        };
        let summary = Summary { format: Some(reports::Format::Junit), ..Summary::default() };
        Report { name: name.to_owned(), summary, pieces: sizes.iter().map(piece).collect() }
    }

    #[test]
    fn requests_are_filled_in_order_and_none_is_too_large() {
        let (most, mib) = (REQUEST_BYTES_MAX, 1024 * 1024);
        let none = Report { summary: Summary::default(), ..report("notes.xml", &[mib]) };
        let reports = [
            report("a", &[mib]),
            none,
            report("b", &[most, most]),
            report("c", &[7]),
            report("d", &[8]),
        ];
        let requests = requests(&reports);
        let names: Vec<Vec<&str>> = requests
            .iter()
            .map(|request| request.iter().map(|piece| piece.name.as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["a"], vec!["b"], vec!["b"], vec!["c", "d"]]);
        let many: Vec<Report> = (0..1_001).map(|_| report("a", &[1])).collect();
        let counts: Vec<usize> = super::requests(&many).iter().map(Vec::len).collect();
        assert_eq!(counts, [500, 500, 1]);
        assert_eq!(super::requests(&[]).len(), 1, "the place alone");
    }
}
