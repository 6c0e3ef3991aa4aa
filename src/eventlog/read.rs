//! Reads a log line by line and believes none that does not follow from those before it.

use std::io::{BufRead, Read};

use serde_json::Value;

use super::chain::Chain;
use super::{EntryLine, FORMAT, Footer, Header, LINE_BYTES_MAX, Line};

/// Why a log cannot be believed, and where.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("it cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("it is empty")]
    Empty,
    #[error(
        "line {line}: its hash does not follow from the lines before it; this line was changed, or one \
         was removed, added or moved before it"
    )]
    Broken { line: u64 },
    #[error("line {line}: {what}")]
    Unreadable { line: u64, what: String },
    #[error("line {line}: it is longer than {LINE_BYTES_MAX} bytes")]
    TooLong { line: u64 },
    #[error("it was written in format {format} by Creel {creel}; this one reads up to {FORMAT}")]
    Newer { format: u64, creel: String },
    #[error("it ends after line {line} without a footer: it was cut")]
    Cut { line: u64 },
    #[error("line {line}: it follows the footer")]
    AfterFooter { line: u64 },
    #[error("line {line}: the footer counts {told} entries, there are {found}")]
    Count { line: u64, told: u64, found: u64 },
}

impl ReadError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::File(_) => return None,
            Self::Newer { .. } => "use a Creel that is at least as new",
            Self::Empty | Self::Cut { .. } => {
                "export it again, or copy it again from where it is whole"
            }
            _ => "take another copy: this one is not what was exported",
        })
    }
}

/// A log that is being read.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    chain: Chain,
    line: u64,
    entries: u64,
    header: Header,
    footer: Option<Footer>,
}

/// A log that was read to its end and holds what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub header: Header,
    pub footer: Footer,
    /// Hash of the footer: stands for the whole log.
    pub head: String,
}

/// Read a log to its end.
pub fn verify(input: impl BufRead) -> Result<Verified, ReadError> {
    let mut reader = Reader::open(input)?;
    while reader.next_entry()?.is_some() {}
    reader.verified()
}

impl<R: BufRead> Reader<R> {
    /// Read the header.
    pub fn open(mut input: R) -> Result<Self, ReadError> {
        let mut chain = Chain::default();
        let Some(bytes) = read_line(&mut input, 1)? else { return Err(ReadError::Empty) };
        // Before all else: a newer format may be sealed in another way.
        refuse_newer(&bytes)?;
        let object = chain.unseal(&bytes).ok_or(ReadError::Broken { line: 1 })?;
        let Line::Header(header) = parse(&object, 1)? else {
            let what = "a log begins with a header".to_owned();
            return Err(ReadError::Unreadable { line: 1, what });
        };
        Ok(Self { input, chain, line: 1, entries: 0, header, footer: None })
    }

    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of the line that was read last, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next entry; `None` once the footer was read and nothing follows it.
    pub fn next_entry(&mut self) -> Result<Option<EntryLine>, ReadError> {
        if self.footer.is_some() {
            return Ok(None);
        }
        let line = self.line + 1;
        let Some(bytes) = read_line(&mut self.input, line)? else {
            return Err(ReadError::Cut { line: self.line });
        };
        self.line = line;
        let before = self.chain.head().to_owned();
        let object = self.chain.unseal(&bytes).ok_or(ReadError::Broken { line })?;
        match parse(&object, line)? {
            Line::Entry(entry) => {
                self.entries += 1;
                Ok(Some(*entry))
            }
            Line::Footer(footer) => {
                self.end(footer, &before)?;
                Ok(None)
            }
            Line::Header(_) => {
                let what = "a second header".to_owned();
                Err(ReadError::Unreadable { line, what })
            }
        }
    }

    fn end(&mut self, footer: Footer, before: &str) -> Result<(), ReadError> {
        let line = self.line;
        if footer.entries != self.entries {
            let (told, found) = (footer.entries, self.entries);
            return Err(ReadError::Count { line, told, found });
        }
        if footer.head != before {
            return Err(ReadError::Broken { line });
        }
        if read_line(&mut self.input, line + 1)?.is_some() {
            return Err(ReadError::AfterFooter { line: line + 1 });
        }
        self.footer = Some(footer);
        Ok(())
    }

    /// What the whole log holds, once it was read to its end.
    pub fn verified(self) -> Result<Verified, ReadError> {
        let footer = self.footer.ok_or(ReadError::Cut { line: self.line })?;
        Ok(Verified { header: self.header, footer, head: self.chain.head().to_owned() })
    }
}

/// A line without its end; `None` at the end of the file. A last line without its end was cut.
fn read_line(input: &mut impl BufRead, line: u64) -> Result<Option<Vec<u8>>, ReadError> {
    let mut bytes = Vec::new();
    let most = LINE_BYTES_MAX as u64 + 1;
    input.take(most).read_until(b'\n', &mut bytes)?;
    match bytes.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(bytes)),
        Some(_) if bytes.len() >= LINE_BYTES_MAX => Err(ReadError::TooLong { line }),
        Some(_) => Err(ReadError::Cut { line: line - 1 }),
    }
}

fn refuse_newer(bytes: &[u8]) -> Result<(), ReadError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| ReadError::Unreadable {
        line: 1,
        what: "it is not the header of an event log".to_owned(),
    })?;
    let format = value["format"].as_u64().unwrap_or(0);
    if format > u64::from(FORMAT) {
        let creel = value["creel"].as_str().unwrap_or("of an unknown version").to_owned();
        return Err(ReadError::Newer { format, creel });
    }
    Ok(())
}

fn parse(object: &[u8], line: u64) -> Result<Line, ReadError> {
    serde_json::from_slice(object).map_err(|error| ReadError::Unreadable {
        line,
        what: format!("it is not understood: {error}"),
    })
}
