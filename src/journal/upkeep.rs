//! What retention has the writer do between two batches, in pieces so small that no sender waits long.

use std::time::Duration;

use crate::model::EntryId;
use crate::store::StoreError;
use crate::store::sqlite::Freed;
use crate::store::sqlite::journal::Writer;

use super::writer::{Chore, Letter};
use super::{AppendError, Journal};

/// A removal ends after this long, or with the first entry: a commit takes about as long.
const SLICE_MAX: Duration = Duration::from_millis(1);

/// Pages given back in one piece: each may have to be moved, and goes through the log.
const SHRINK_PAGES: i64 = 32;

impl Journal {
    /// Remove the first of these entries (oldest first), as many as a slice of time allows; tells how
    /// many were dealt with. The newest entry stays, and so do all identities. Blocks.
    pub fn remove_entries(&self, entries: Vec<EntryId>) -> Result<Freed, AppendError> {
        self.upkeep(move |writer| writer.remove_entries(&entries, SLICE_MAX))
    }

    /// Remove repetitions up to a place in their own order. The newest stays. Blocks.
    pub fn remove_duplicates(&self, up_to: i64) -> Result<Freed, AppendError> {
        self.upkeep(move |writer| writer.remove_duplicates(up_to))
    }

    /// Give some of the freed pages back to the file system. Blocks.
    pub fn shrink(&self) -> Result<Freed, AppendError> {
        self.upkeep(|writer| writer.shrink(SHRINK_PAGES))
    }

    /// Goes through the queue like an entry, but also where the disk is below its low-water mark: what
    /// is removed makes room.
    fn upkeep(
        &self,
        work: impl FnOnce(&Writer) -> Result<Freed, StoreError> + Send + 'static,
    ) -> Result<Freed, AppendError> {
        let sender = self.sender().ok_or(AppendError::Busy)?;
        let (chore, outcome) = Chore::new(work);
        sender.blocking_send(Letter::Chore(chore)).map_err(|_| AppendError::Busy)?;
        // A closing journal waits for all senders to be gone.
        drop(sender);
        outcome.blocking_recv().unwrap_or_else(|_| Err(chore_left()))
    }
}

/// The writer gave its connection up, or the journal is closing.
pub(super) fn chore_left() -> AppendError {
    AppendError::Unavailable("the writer could not do it".to_owned())
}
