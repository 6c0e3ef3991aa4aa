//! Writes a log of the entries of a journal, read beside whoever writes it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::Write;

use crate::journal::Beside;
use crate::model::{EntryId, KeyId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::journal::read::Wanted;

use super::chain::Chain;
use super::{Bodies, EntryLine, FORMAT, Footer, Header, Line, Range};

/// Entries read at a time, and bytes of their bodies: what the memory holds.
const ENTRIES_MAX: usize = 500;
const BODIES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is exported, and how.
pub struct Wish<'a> {
    pub range: Range,
    pub bodies: Bodies,
    /// Masks the secrets of a body.
    pub mask: fn(&[u8]) -> Cow<'_, [u8]>,
    /// Names of the keys that entries came with.
    pub keys: &'a HashMap<KeyId, String>,
    /// Keys of sample data, which is left out.
    pub samples: &'a HashSet<KeyId>,
    pub now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("cannot write the log: {0}")]
    Write(#[from] std::io::Error),
}

impl Wish<'_> {
    /// Write the log; returns its last line. Blocks.
    pub fn write(&self, journal: &mut Beside, to: impl Write) -> Result<Footer, ExportError> {
        let mut log = Log { chain: Chain::default(), to, line: Vec::new() };
        let header = Header {
            format: FORMAT,
            creel: env!("CARGO_PKG_VERSION").to_owned(),
            exported_at: self.now,
            range: self.range,
            bodies: self.bodies,
        };
        log.write(&Line::Header(header))?;
        let mut footer =
            Footer { entries: 0, damaged: Vec::new(), samples: 0, head: String::new() };
        if let Some((first, last)) = journal.span()? {
            // What arrives meanwhile is not part of it, or it might never end.
            let first = self.range.from.map_or(first, |from| from.max(first));
            let last = self.range.to.map_or(last, |to| to.min(last));
            self.write_entries(journal, (first, last), &mut log, &mut footer)?;
        }
        log.chain.head().clone_into(&mut footer.head);
        log.write(&Line::Footer(footer.clone()))?;
        log.to.flush()?;
        Ok(footer)
    }

    fn write_entries(
        &self,
        journal: &mut Beside,
        (first, last): (EntryId, EntryId),
        log: &mut Log<impl Write>,
        footer: &mut Footer,
    ) -> Result<(), ExportError> {
        let identities = journal.identities(first, last)?;
        let mut wanted = Wanted {
            after: EntryId(first.0 - 1),
            last,
            since: self.range.since,
            until: self.range.until,
        };
        loop {
            let entries = journal.entries(&wanted, ENTRIES_MAX, BODIES_BYTES_MAX)?;
            let Some((last_read, _)) = entries.last() else { return Ok(()) };
            wanted.after = *last_read;
            for (id, entry) in entries {
                let Ok(entry) = entry else {
                    footer.damaged.push(id);
                    continue;
                };
                if self.samples.contains(&entry.label.key) {
                    footer.samples += 1;
                    continue;
                }
                let body = entry.body.clone();
                let body = match self.bodies {
                    Bodies::Masked => (self.mask)(&body),
                    Bodies::Verbatim => Cow::Borrowed(body.as_slice()),
                };
                let key = self.keys.get(&entry.label.key).map(String::as_str);
                let line = EntryLine::new(entry, key, identities.of(id)?, &body);
                log.write(&Line::Entry(Box::new(line)))?;
                footer.entries += 1;
            }
        }
    }
}

/// A log that is being written.
struct Log<W> {
    chain: Chain,
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Log<W> {
    fn write(&mut self, line: &Line) -> Result<(), std::io::Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.chain.seal(&mut self.line);
        self.line.push(b'\n');
        self.to.write_all(&self.line)
    }
}
