//! From the journal to the books: decode what was received, fold it into records, commit.
//!
//! A batch is decoded first (pure) and written in one transaction together with the place reached,
//! so a crash anywhere repeats a batch and loses none. An entry that cannot be read is parked with
//! its reason; no entry can hold up the others.

pub(super) mod batch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::journal::{Entry, Journal};
use crate::live::{Bell, Change};
use crate::model::{Answer, CommitNo, EntryId, KeyId, Provider, Reading, SourceRef, Unreadable};
use crate::providers::{self, HookRequest};
use crate::store::StoreError;
use crate::store::sqlite::books::sample::{SampleKeys, sample_keys};
use crate::store::sqlite::books::{Books, DUPLICATES, ENTRIES, position, records};
use crate::store::sqlite::journal::duplicates_after;

use batch::Batch;

/// Entries in one transaction of the books.
const BATCH_MAX: usize = 500;

/// Bodies in memory at a time.
const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Entries read again in one transaction: each folds its records anew, which costs more.
const REPLAY_BATCH_MAX: usize = 100;

/// Repetitions counted in one transaction.
const DUPLICATES_MAX: usize = 1_000;

/// The processor's worker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Processor {
    pub journal: Journal,
    pub books: Arc<Books>,
    pub bell: Bell,
    pub clock: Clock,
}

/// What a step found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub entries: usize,
    pub replayed: usize,
    pub duplicates: usize,
    /// A batch was full: there may well be more.
    pub more: bool,
}

impl Progress {
    /// Nothing was left to do.
    #[must_use]
    pub fn idle(self) -> bool {
        self == Self::default()
    }
}

/// What reading an entry came to.
#[derive(Debug)]
enum Outcome {
    /// There is a decoder and it understood.
    Read(Box<Reading>),
    /// There is a decoder and it did not.
    /// The source is the one the envelope tells, where it does.
    Unreadable(Unreadable, Option<SourceRef>),
    /// Nobody can read this sender's bodies yet.
    NoDecoder,
    /// Sample data that was removed: it tells nothing any more.
    Forgotten,
}

/// An entry with what it was read as.
#[derive(Debug)]
struct Read {
    entry: Entry,
    decoder: i64,
    /// Made up, and handed over long after it is said to have happened.
    is_sample: bool,
    outcome: Outcome,
}

impl Processor {
    #[must_use]
    pub fn of(hub: &Hub) -> Self {
        Self {
            journal: hub.journal().clone(),
            books: Arc::clone(hub.books()),
            bell: hub.bell().clone(),
            clock: hub.clock().clone(),
        }
    }

    /// Once per start: what an older decoder could not read is read again.
    pub fn queue_parked(&self) -> Result<usize, StoreError> {
        self.books.write(|ledger| {
            let mut queued = 0;
            for provider in Provider::ALL {
                let decoder = providers::decoder_version(provider);
                queued += ledger.queue_parked_below(provider, decoder, self.clock.now())?;
            }
            Ok(queued)
        })
    }

    /// Work off one batch of each kind. Blocks.
    pub fn step(&self) -> Result<Progress, StoreError> {
        let entries = self.step_entries()?;
        let replayed = self.step_replays()?;
        let duplicates = self.step_duplicates()?;
        let more =
            entries >= BATCH_MAX || replayed >= REPLAY_BATCH_MAX || duplicates >= DUPLICATES_MAX;
        Ok(Progress { entries, replayed, duplicates, more })
    }

    /// Entries of the journal that were not read yet.
    pub fn backlog(&self) -> Result<i64, StoreError> {
        let reached = self.books.read(|connection| position(connection, ENTRIES))?;
        Ok(self.journal.last().0 - reached)
    }

    fn step_entries(&self) -> Result<usize, StoreError> {
        let reached = self.books.read(|connection| position(connection, ENTRIES))?;
        if self.journal.last().0 <= reached {
            return Ok(0);
        }
        let span = tracing::debug_span!("processor.batch", entries = tracing::field::Empty);
        let _inside = span.enter();
        let entries = self.journal.entries_after(EntryId(reached), BATCH_MAX, BATCH_BYTES_MAX)?;
        span.record("entries", entries.len());
        let samples = self.books.read(sample_keys)?;
        let reads: Vec<Read> = entries.into_iter().map(|entry| read(entry, &samples)).collect();
        self.commit_in_parts(&reads, Mode::First)?;
        Ok(reads.len())
    }

    fn step_replays(&self) -> Result<usize, StoreError> {
        if !self.books.read(records::has_replays)? {
            return Ok(0);
        }
        let ids = self.books.write(|ledger| ledger.next_replays(REPLAY_BATCH_MAX))?;
        let samples = self.books.read(sample_keys)?;
        let mut reads = Vec::with_capacity(ids.len());
        for id in &ids {
            match self.journal.entry(*id)? {
                Some(entry) => reads.push(read(entry, &samples)),
                // Its body is gone (retention): what was read of it stays.
                None => self.books.write(|ledger| ledger.replay_done(*id))?,
            }
        }
        self.commit_in_parts(&reads, Mode::Again)?;
        if !samples.removed.is_empty() && !self.books.read(records::has_replays)? {
            self.forget_sources_of(&samples.removed)?;
        }
        Ok(ids.len())
    }

    /// Once nothing that a removed load told is left, its sources go.
    fn forget_sources_of(&self, removed: &[KeyId]) -> Result<(), StoreError> {
        let (commit, changes) = self.books.write(|ledger| {
            let mut changes = Vec::new();
            for key in removed {
                changes.extend(ledger.forget_sources_of(*key)?.into_iter().map(Change::source));
            }
            Ok((ledger.next_commit()?, changes))
        })?;
        self.bell.ring(commit, changes);
        Ok(())
    }

    fn step_duplicates(&self) -> Result<usize, StoreError> {
        let (after, reached) = self.books.read(|connection| {
            Ok((position(connection, DUPLICATES)?, position(connection, ENTRIES)?))
        })?;
        let found =
            self.journal.read(|connection| duplicates_after(connection, after, DUPLICATES_MAX))?;
        // A repetition of an entry that is not read yet waits for it.
        let ready: Vec<_> =
            found.into_iter().take_while(|(_, entry, _)| entry.0 <= reached).collect();
        let Some((last, _, _)) = ready.last().copied() else { return Ok(0) };
        let (commit, changes) = self.books.write(|ledger| {
            let mut changes = Vec::new();
            let commit = ledger.next_commit()?;
            for (_, entry, at) in &ready {
                if let Some(source) = ledger.repeat_event(*entry)? {
                    ledger.repeat_source(source, *at)?;
                }
                changes.push(Change::event(*entry));
            }
            ledger.count("duplicates", i64::try_from(ready.len()).unwrap_or(0))?;
            ledger.set_position(DUPLICATES, last)?;
            Ok((commit, changes))
        })?;
        self.bell.ring(commit, changes);
        Ok(ready.len())
    }

    /// Write a batch; where an entry in it cannot be recorded, split until it stands alone, and
    /// park that one.
    fn commit_in_parts(&self, reads: &[Read], mode: Mode) -> Result<(), StoreError> {
        match self.commit(reads, mode) {
            Ok((commit, changes)) => {
                self.bell.ring(commit, changes);
                Ok(())
            }
            Err(error) if error.is_about_a_row() && reads.len() > 1 => {
                tracing::debug!(%error, entries = reads.len(), "Writing a batch in two halves");
                let (first, second) = reads.split_at(reads.len() / 2);
                self.commit_in_parts(first, mode)?;
                self.commit_in_parts(second, mode)
            }
            Err(error) if error.is_about_a_row() => {
                let Some(one) = reads.first() else { return Ok(()) };
                tracing::error!(entry.id = %one.entry.id, %error, "Could not record entry {}", one.entry.id);
                let unreadable = Unreadable {
                    reason: format!("could not be recorded: {error}"),
                    path: ".".to_owned(),
                };
                let parked = [Read {
                    entry: one.entry.clone(),
                    decoder: one.decoder,
                    is_sample: one.is_sample,
                    outcome: Outcome::Unreadable(unreadable, None),
                }];
                let (commit, changes) = self.commit(&parked, mode)?;
                self.bell.ring(commit, changes);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn commit(&self, reads: &[Read], mode: Mode) -> Result<(CommitNo, Vec<Change>), StoreError> {
        self.books.write(|ledger| {
            let commit = ledger.next_commit()?;
            let mut batch = Batch::new(ledger, commit, self.clock.now())?;
            for read in reads {
                match mode {
                    Mode::First => batch.apply(read)?,
                    Mode::Again => batch.replace(read)?,
                }
            }
            let changes = batch.finish()?;
            if mode == Mode::First
                && let Some(last) = reads.last()
            {
                ledger.set_position(ENTRIES, last.entry.id.0)?;
            }
            Ok((commit, changes))
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    First,
    Again,
}

/// Decode an entry. A decoder that panics parks the entry like any other failure to read.
fn read(entry: Entry, samples: &SampleKeys) -> Read {
    let provider = entry.label.provider;
    let decoder = providers::decoder_version(provider);
    let is_sample = samples.kept.contains(&entry.label.key);
    if samples.removed.contains(&entry.label.key) {
        return Read { entry, decoder, is_sample, outcome: Outcome::Forgotten };
    }
    let request =
        HookRequest { route: entry.label.route, headers: &entry.headers, body: &entry.body };
    let outcome = match catch_unwind(AssertUnwindSafe(|| providers::decode(provider, &request))) {
        Ok(Some(Ok(reading))) => Outcome::Read(Box::new(reading.with_bounded_texts())),
        Ok(Some(Err(unreadable))) => {
            // The door said why while the sender listened, and saw the transfer as well.
            let told = entry.note.clone().filter(|_| entry.label.answer == Answer::Parked);
            let reason = told.unwrap_or(unreadable.reason);
            let source = providers::origin(provider, &request);
            Outcome::Unreadable(Unreadable { reason, ..unreadable }, source)
        }
        Ok(None) => Outcome::NoDecoder,
        Err(_) => {
            tracing::error!(entry.id = %entry.id, "The decoder panicked on entry {}", entry.id);
            let unreadable = Unreadable {
                reason: "the decoder failed (a bug: please report it)".to_owned(),
                path: ".".to_owned(),
            };
            Outcome::Unreadable(unreadable, None)
        }
    };
    Read { entry, decoder, is_sample, outcome }
}
