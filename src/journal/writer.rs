//! The thread that owns the writing connection.
//!
//! It packs and commits whatever waits, at most [`BATCH_MAX`] entries: batches form by themselves
//! under load, and a lone entry never waits for company. After any failure it answers
//! `Unavailable`, gives the connection up and opens the file anew; a failed flush is never tried
//! again on the same connection, since the kernel may have dropped the very pages it could not
//! write.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::journal::{Appended, PackedEntry, Writer};

use super::pack::Packer;
use super::{AppendError, NewEntry, State, checkpoint, learn, schedule};

/// Entries in one transaction: beyond this the rate gains nothing and the first waits longer.
const BATCH_MAX: usize = 512;

/// Packed bytes in one transaction.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Pause between two attempts to open the file after trouble.
const REOPEN_PAUSE: Duration = Duration::from_millis(250);

/// How old the last look at the disk may be when an entry is accepted.
const DISK_LOOK: Duration = Duration::from_millis(500);

/// What the writer is asked for.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are entries, and a box would cost each an allocation"
)]
pub(super) enum Letter {
    Entry(Append),
    Chore(Chore),
}

/// Something small to do between two batches.
pub(super) struct Chore(Work);

type Work = Box<dyn FnOnce(&Writer) -> Result<(), StoreError> + Send>;

impl Chore {
    /// Something to do, and where to hear what came of it.
    pub fn new<T: Send + 'static>(
        work: impl FnOnce(&Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T, AppendError>>) {
        let (reply, outcome) = oneshot::channel();
        let work = move |writer: &Writer| {
            let done = match work(writer) {
                Ok(done) => Ok(done),
                // Nothing was written, and nothing was lost: senders need not notice.
                Err(error @ StoreError::Full(_)) => {
                    Err(AppendError::Unavailable(error.to_string()))
                }
                Err(error) => return Err(error),
            };
            // Whoever asked may have ended meanwhile; what was done is done.
            let _ = reply.send(done);
            Ok(())
        };
        (Self(Box::new(work)), outcome)
    }

    /// Do it. Tells whether the file can still be trusted.
    fn carry_out(self, open: &Writer, state: &State) -> bool {
        if let Err(error) = (self.0)(open) {
            tracing::error!(%error, "Could not write beside the entries");
            tell_broken(&error, state);
            return false;
        }
        state.chores.fetch_add(1, Ordering::AcqRel);
        move_log(open, state);
        true
    }
}

/// One entry and where its answer goes.
pub(super) struct Append {
    pub entry: Waiting,
    pub reply: Reply,
}

/// An entry in the queue.
pub(super) enum Waiting {
    New(NewEntry),
    /// A large one, packed elsewhere.
    Packed(PackedEntry),
}

type Reply = oneshot::Sender<Result<Appended, AppendError>>;

/// Whether entries can be stored now.
#[derive(Debug)]
pub struct Health {
    directory: PathBuf,
    disk_low_bytes: u64,
    state: Mutex<HealthState>,
    disk: Mutex<(Instant, Option<u64>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthState {
    Writable,
    /// Since then nothing can be stored, for this reason.
    Broken {
        since: Timestamp,
        reason: String,
    },
}

impl Health {
    pub(super) fn new(directory: PathBuf, disk_low_bytes: u64) -> Self {
        let free = free_bytes(&directory);
        Self {
            directory,
            disk_low_bytes,
            state: Mutex::new(HealthState::Writable),
            disk: Mutex::new((Instant::now(), free)),
        }
    }

    #[must_use]
    pub fn state(&self) -> HealthState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes the file system still has for us, as of the last look; `None` when it does not say.
    #[must_use]
    pub fn disk_free_bytes(&self) -> Option<u64> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if disk.0.elapsed() > DISK_LOOK {
            *disk = (Instant::now(), free_bytes(&self.directory));
        }
        disk.1
    }

    #[must_use]
    pub fn disk_is_low(&self) -> bool {
        self.disk_free_bytes().is_some_and(|free| free < self.disk_low_bytes)
    }

    /// Refuse before writing fails.
    pub(super) fn accepts(&self) -> Result<(), AppendError> {
        if self.disk_is_low() {
            return Err(AppendError::DiskLow);
        }
        match self.state() {
            HealthState::Writable => Ok(()),
            HealthState::Broken { reason, .. } => Err(AppendError::Unavailable(reason)),
        }
    }

    fn set(&self, state: HealthState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

fn free_bytes(directory: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(directory).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Start the thread. It ends when all senders are gone and the queue is empty.
pub(super) fn start(
    path: PathBuf,
    writer: Writer,
    queue: mpsc::Receiver<Letter>,
    packer: Arc<Packer>,
    state: Arc<State>,
) -> std::thread::JoinHandle<()> {
    std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || run(&path, writer, queue, &packer, &state))
        .unwrap_or_else(|error| panic!("the system gives no thread to the journal: {error}"))
}

fn run(
    path: &Path,
    writer: Writer,
    mut queue: mpsc::Receiver<Letter>,
    packer: &Arc<Packer>,
    state: &Arc<State>,
) {
    if let Err(error) = schedule::ask_for_short_turns() {
        // A container may forbid it. Answers take a little longer without.
        tracing::debug!(%error, "The writer runs like every other thread");
    }
    let mut writer = Some(writer);
    // After the writer, so that they end first: the last connection to close ends the log.
    let _aside = [
        checkpoint::start(path.to_owned(), Arc::clone(state)),
        learn::start(path.to_owned(), Arc::clone(packer), Arc::clone(state)),
    ];
    while let Some(first) = queue.blocking_recv() {
        let Gathered { entries, replies, chore } = gather(first, &mut queue, packer);
        let is_whole = match writer.as_mut() {
            Some(open) => {
                let is_stored = entries.is_empty() || store(open, &entries, replies, packer, state);
                is_stored && chore.is_none_or(|chore| chore.carry_out(open, state))
            }
            None => {
                refuse(replies, "the file is being opened again");
                false
            }
        };
        if !is_whole {
            if let Some(broken) = writer.take() {
                broken.abandon();
            }
            writer = reopen(path, &mut queue, state);
        }
    }
}

/// Store a batch and answer its senders. Tells whether the file can still be trusted.
fn store(
    open: &mut Writer,
    entries: &[PackedEntry],
    replies: Vec<Reply>,
    packer: &Packer,
    state: &State,
) -> bool {
    let begun = Instant::now();
    let span = tracing::debug_span!("journal.commit", entries = entries.len());
    let appended = span.in_scope(|| open.append(entries));
    // What follows is not part of it: senders wait for the flush.
    drop(span);
    let outcome = match appended {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, entries = entries.len(), "Could not store a batch");
            tell_broken(&error, state);
            refuse(replies, &error.to_string());
            return false;
        }
    };
    metrics::histogram!("creel_journal_commit_duration_seconds").record(begun.elapsed());
    metrics::histogram!("creel_journal_batch_entries").record(entries.len() as f64);
    state.last.store(open.last().0, Ordering::Release);
    state.appended.notify_waiters();
    for (reply, one) in replies.into_iter().zip(outcome) {
        // A sender that hung up is no longer interested; its entry is stored.
        let _ = reply.send(Ok(one));
    }
    move_log(open, state);
    if let Err(error) = adopt_learned(open, packer, state) {
        tracing::error!(%error, "Could not store a dictionary");
        tell_broken(&error, state);
        return false;
    }
    true
}

/// End a long log of which little is left to be moved.
fn move_log(open: &Writer, state: &State) {
    if state.is_nearly_moved.swap(false, Ordering::AcqRel)
        && let Err(error) = open.checkpoint()
    {
        // Nothing is lost by it: what is not moved stays in the log.
        tracing::debug!(%error, "Could not move the journal's log");
    }
}

fn tell_broken(error: &StoreError, state: &State) {
    metrics::counter!("creel_journal_failures_total").increment(1);
    let (since, reason) = (Timestamp::now(), error.to_string());
    state.health.set(HealthState::Broken { since, reason });
}

/// Put on record what was learned, and pack with it from the next entry on.
fn adopt_learned(open: &Writer, packer: &Packer, state: &State) -> Result<(), StoreError> {
    let learned =
        std::mem::take(&mut *state.learned.lock().unwrap_or_else(PoisonError::into_inner));
    for learned in learned {
        let (provider, ratio) = (learned.provider, learned.ratio);
        packer.adopt(learned, open)?;
        tracing::info!(
            provider = provider.as_str(),
            ratio,
            "Learned what this team's hooks have in common: they pack to 1/{ratio:.0} from here on"
        );
    }
    Ok(())
}

/// A batch, and what is to be done after it.
#[derive(Default)]
struct Gathered {
    entries: Vec<PackedEntry>,
    replies: Vec<Reply>,
    /// One at most: nobody waits for several.
    chore: Option<Chore>,
}

/// Pack what waits, from `first` on. Never waits itself.
fn gather(first: Letter, queue: &mut mpsc::Receiver<Letter>, packer: &Packer) -> Gathered {
    let (mut gathered, mut bytes) = (Gathered::default(), 0);
    let mut next = Some(first);
    while let Some(letter) = next {
        let Append { entry, reply } = match letter {
            Letter::Entry(append) => append,
            Letter::Chore(chore) => {
                gathered.chore = Some(chore);
                break;
            }
        };
        let packed = match entry {
            Waiting::New(entry) => packer.pack(entry),
            Waiting::Packed(entry) => Ok(entry),
        };
        match packed {
            Ok(entry) => {
                bytes += entry.packed.len();
                gathered.entries.push(entry);
                gathered.replies.push(reply);
            }
            Err(error) => refuse(vec![reply], &error.to_string()),
        }
        let has_room = gathered.entries.len() < BATCH_MAX && bytes < BATCH_BYTES_MAX;
        next = if has_room { queue.try_recv().ok() } else { None };
    }
    gathered
}

fn refuse(replies: Vec<Reply>, reason: &str) {
    for reply in replies {
        let _ = reply.send(Err(AppendError::Unavailable(reason.to_owned())));
    }
}

/// Open the file again and prove with a write of its own that a flush works. Until then everything
/// that arrives is refused at once. `None` when the journal is closing meanwhile.
fn reopen(path: &Path, queue: &mut mpsc::Receiver<Letter>, state: &State) -> Option<Writer> {
    loop {
        std::thread::sleep(REOPEN_PAUSE);
        loop {
            match queue.try_recv() {
                Ok(Letter::Entry(append)) => {
                    refuse(vec![append.reply], "the file is being opened again");
                }
                Ok(Letter::Chore(_)) => {}
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
        match open_proven(path) {
            Ok(writer) => {
                // What survived is read anew: an entry whose answer was lost may be there.
                state.last.store(writer.last().0, Ordering::Release);
                state.health.set(HealthState::Writable);
                state.appended.notify_waiters();
                tracing::info!(last = writer.last().0, "The journal can be written again");
                return Some(writer);
            }
            Err(error) => {
                let since = match state.health.state() {
                    HealthState::Broken { since, .. } => since,
                    HealthState::Writable => Timestamp::now(),
                };
                state.health.set(HealthState::Broken { since, reason: error.to_string() });
                tracing::warn!(%error, "The journal still cannot be written");
            }
        }
    }
}

fn open_proven(path: &Path) -> Result<Writer, StoreError> {
    let writer = Writer::open(path)?;
    match writer.probe() {
        Ok(()) => Ok(writer),
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}
