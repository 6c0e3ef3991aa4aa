//! The letter box: every request we accept is written here before we answer it.
//!
//! [`Journal::append`] returns once the entry would survive a power cut. Nothing in this module
//! looks inside a payload; that is the work of [`crate::providers`]. One thread owns the writing
//! connection and commits whatever waits, so that many senders share one flush; readers have
//! connections of their own.

mod aside;
mod beside;
mod checkpoint;
mod learn;
mod pack;
mod schedule;
#[cfg(test)]
pub(crate) mod testing;
mod upkeep;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::model::{Answer, EntryId, Identity, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::journal as sql;
use crate::store::sqlite::{Connection, ReadPool};

pub use crate::store::sqlite::journal::withheld::{
    HandedOn, PassedOutcome, PassedOver, WaitingEntries, any_withheld, handed_on_after,
    passed_over, waiting_entries,
};
pub use crate::store::sqlite::journal::{Appended, Label, Way};
pub use beside::{Beside, Identities};
pub use learn::{Learned, learn};
pub use pack::{Packer, Unpacked};
pub use writer::{Health, HealthState};

use writer::Waiting;

/// Appends that may wait for the writer. More than this and senders are asked to come back.
const QUEUE_MAX: usize = 8_192;

/// A sender gives up after 5 s (Buildkite) to 20 s (Azure DevOps); it is better retried than kept.
const APPEND_WAIT_MAX: Duration = Duration::from_secs(4);

/// Bodies up to this are packed by the writer, one after the other: its tables stay in the cache,
/// which halves the time, and what arrives meanwhile shares the flush. Larger ones would hold the
/// others up.
pub const PACKED_BY_WRITER_MAX: usize = 64 * 1024;

/// An accepted request, on its way into the journal. Headers and address are masked already.
#[derive(Debug)]
pub struct NewEntry {
    pub received_at: Timestamp,
    pub label: Label,
    pub note: Option<String>,
    pub identity: Identity,
    pub headers: Vec<(String, String)>,
    pub body: bytes::Bytes,
    /// Stored beside it, for those it is handed on to.
    pub handed_on: Option<HandedOn>,
    pub way: Way,
}

/// An entry, unpacked: what decoders and pages read.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EntryId,
    pub received_at: Timestamp,
    pub label: Label,
    pub note: Option<String>,
    pub bytes: i64,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why the writer did not do what it was asked. Each is our trouble, never the sender's fault: 503.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("too many requests are waiting to be stored")]
    Busy,
    #[error("the disk is below its low-water mark")]
    DiskLow,
    #[error("the journal cannot be written: {0}")]
    Unavailable(String),
}

/// The journal of one data directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// `None` once the journal is closing.
    queue: std::sync::Mutex<Option<mpsc::Sender<writer::Letter>>>,
    thread: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
    packer: Arc<Packer>,
    readers: ReadPool,
    state: Arc<State>,
}

/// What the writer thread tells the others.
#[derive(Debug)]
struct State {
    last: AtomicI64,
    /// Chores that were done: they go through the log as well.
    chores: AtomicI64,
    appended: Notify,
    /// Little of a long log is left: the writer should move it and start the log anew.
    is_nearly_moved: AtomicBool,
    /// Dictionaries to put on record and to pack with from then on.
    learned: std::sync::Mutex<Vec<Learned>>,
    health: Health,
}

impl State {
    fn new(last: EntryId, health: Health) -> Self {
        Self {
            last: AtomicI64::new(last.0),
            chores: AtomicI64::new(0),
            appended: Notify::new(),
            is_nearly_moved: AtomicBool::new(false),
            learned: std::sync::Mutex::default(),
            health,
        }
    }
}

impl Journal {
    /// Open the journal in `directory` and start its writer.
    pub fn open(directory: &Path, disk_low_bytes: u64) -> Result<Self, StoreError> {
        let path: PathBuf = directory.join("journal.db");
        let mut opened = sql::Writer::open(&path)?;
        let packer = Arc::new(Packer::open(&mut opened)?);
        let health = Health::new(directory.to_owned(), disk_low_bytes);
        let state = Arc::new(State::new(opened.last(), health));
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let readers = ReadPool::new(path.clone());
        let thread = writer::start(path, opened, receiver, Arc::clone(&packer), Arc::clone(&state));
        Ok(Self {
            shared: Arc::new(Shared {
                queue: std::sync::Mutex::new(Some(sender)),
                thread: std::sync::Mutex::new(Some(thread)),
                packer,
                readers,
                state,
            }),
        })
    }

    /// Store an entry. When this returns `Ok`, the entry (or the one it repeats) is on disk.
    pub async fn append(&self, entry: NewEntry) -> Result<Appended, AppendError> {
        self.shared.state.health.accepts()?;
        let sender = self.sender().ok_or(AppendError::Busy)?;
        let waited = tokio::time::timeout(APPEND_WAIT_MAX, sender.reserve()).await;
        let Ok(Ok(permit)) = waited else { return Err(AppendError::Busy) };
        let entry = if entry.body.len() <= PACKED_BY_WRITER_MAX {
            Waiting::New(entry)
        } else {
            let packer = Arc::clone(&self.shared.packer);
            tokio::task::spawn_blocking(move || packer.pack(entry))
                .await
                .map_err(|error| AppendError::Unavailable(error.to_string()))?
                .map(Waiting::Packed)
                .map_err(|error| AppendError::Unavailable(error.to_string()))?
        };
        let (reply, answer) = oneshot::channel();
        permit.send(writer::Letter::Entry(writer::Append { entry, reply }));
        // The writer answers every append or closes the channel: a batch in flight is waited for,
        // however slow the disk, since giving up would leave a stored entry without its answer.
        answer
            .await
            .unwrap_or_else(|_| Err(AppendError::Unavailable("the writer stopped".to_owned())))
    }

    /// Have the writer do something small between two batches: every sender waits for it.
    pub async fn between_batches<T: Send + 'static>(
        &self,
        chore: impl FnOnce(&sql::Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AppendError> {
        let sender = self.sender().ok_or(AppendError::Busy)?;
        let (chore, outcome) = writer::Chore::new(chore);
        sender.send(writer::Letter::Chore(chore)).await.map_err(|_| AppendError::Busy)?;
        drop(sender);
        outcome.await.unwrap_or_else(|_| Err(upkeep::chore_left()))
    }

    /// Number of the newest entry on disk, 0 when there is none.
    #[must_use]
    pub fn last(&self) -> EntryId {
        EntryId(self.shared.state.last.load(Ordering::Acquire))
    }

    /// Wait until something is appended after `seen` (or repeated).
    pub async fn wait_for_more(&self, seen: EntryId) {
        let notified = self.shared.state.appended.notified();
        if self.last() > seen {
            return;
        }
        notified.await;
    }

    /// Whether entries can be stored now, and since when not.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.shared.state.health
    }

    /// Appends that wait for the writer now.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.sender().map_or(0, |sender| QUEUE_MAX - sender.capacity())
    }

    /// Run a read on the journal. Blocks: call it from a blocking thread.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.shared.readers.read(read)
    }

    /// Entries after `after`, oldest first, until `limit` entries or `bytes_max` of bodies. Blocks.
    pub fn entries_after(
        &self,
        after: EntryId,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let stored =
            self.read(|connection| sql::entries_after(connection, after, limit, bytes_max))?;
        Ok(stored.into_iter().map(|entry| self.unpack(entry)).collect())
    }

    /// One entry. Blocks.
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        let stored = self.read(|connection| sql::entry(connection, id))?;
        Ok(stored.map(|entry| self.unpack(entry)))
    }

    /// Unpack an entry that was read by other means. One whose bytes are damaged comes without
    /// headers and body, and parked with what is wrong: it must not hold up the others. Blocks.
    #[must_use]
    pub fn unpack(&self, entry: sql::StoredEntry) -> Entry {
        let (id, label, received_at, bytes) =
            (entry.id, entry.label.clone(), entry.received_at, entry.bytes);
        self.shared.packer.unpack(entry).unwrap_or_else(|error| {
            tracing::error!(%id, %error, "Entry {id} is damaged");
            Entry {
                id,
                received_at,
                label: Label { answer: Answer::Parked, ..label },
                note: Some(format!("the stored entry is damaged: {error}")),
                bytes,
                headers: Vec::new(),
                body: Vec::new(),
            }
        })
    }

    /// Finish what waits, move the log into the file, close. Blocks.
    pub fn close(&self) {
        let queue =
            self.shared.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        drop(queue);
        let thread =
            self.shared.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("The journal's writer ended in a panic");
        }
        self.shared.readers.forget();
    }

    fn sender(&self) -> Option<mpsc::Sender<writer::Letter>> {
        self.shared.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
