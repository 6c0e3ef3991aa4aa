//! One transaction's worth of readings: resolve whom they concern, fold, write.

mod told;
mod wanting;
mod whom;
mod writing;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::live::Change;
use crate::model::{
    Answer, BuildFold, CommitNo, EntryId, EventKind, FilingKind, Identity, KeyId, PipelineSaid,
    Provider, Reading, SourceRef, StateChange, StepFact, StepFold, StepRef, Subject, SubjectFold,
    Timestamp,
};
use crate::providers;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::records::{EventRow, Happening, NewBuild, Says};
use crate::store::sqlite::books::sources::{Heard, Hearing};

use super::{Outcome, Read};
pub(in crate::workers) use told::Steps;

/// A build whose fold is in memory until the batch is written.
struct OpenBuild {
    source: i64,
    /// Of a build that this batch made: its row is written with the first fold, once.
    new: Option<NewBuild>,
    fold: BuildFold,
    received_at: Timestamp,
    /// Steps that this batch touched.
    steps: BTreeMap<StepRef, StepFold>,
}

/// A source that this batch has met, by the words it was told with.
struct MetSource {
    id: i64,
    /// Latest time of these words; described once per batch.
    said_at: Option<Timestamp>,
}

struct OpenSubject {
    fold: SubjectFold,
    last_event_at: Timestamp,
}

/// Readings on their way into one commit.
pub(in crate::workers) struct Batch<'l> {
    ledger: &'l Ledger<'l>,
    commit: CommitNo,
    /// The newest entry that had been read before this batch.
    read_until: EntryId,
    sources: HashMap<SourceRef, MetSource>,
    /// Pipelines with the time of their latest word in this batch.
    pipelines: HashMap<(i64, PipelineSaid), (i64, Option<Timestamp>)>,
    projects: HashMap<(i64, String, String), Option<Timestamp>>,
    /// Row of the next new build.
    next_build: Option<i64>,
    builds: HashMap<i64, OpenBuild>,
    subjects: HashMap<i64, OpenSubject>,
    /// Records whose facts were taken back: folded anew at the end.
    stale_builds: HashSet<i64>,
    stale_subjects: HashSet<i64>,
    used_keys: HashSet<(i64, KeyId)>,
    hearing: Hearing,
    counts: BTreeMap<String, i64>,
    changes: Vec<Change>,
    now: Timestamp,
    /// An entry is read anew: what it tells was asked about when it was read first.
    is_again: bool,
    can_ask: HashMap<Provider, bool>,
    /// Builds that deliveries of this batch told of and that can be asked about, with the key that the
    /// last delivery came with.
    tellers: HashMap<i64, KeyId>,
}

impl<'l> Batch<'l> {
    pub(in crate::workers) fn new(
        ledger: &'l Ledger<'l>,
        commit: CommitNo,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            ledger,
            commit,
            read_until: ledger.newest_event()?,
            sources: HashMap::new(),
            pipelines: HashMap::new(),
            projects: HashMap::new(),
            next_build: None,
            builds: HashMap::new(),
            subjects: HashMap::new(),
            stale_builds: HashSet::new(),
            stale_subjects: HashSet::new(),
            used_keys: HashSet::new(),
            hearing: Hearing::default(),
            counts: BTreeMap::new(),
            changes: Vec::new(),
            now,
            is_again: false,
            can_ask: HashMap::new(),
            tellers: HashMap::new(),
        })
    }

    /// Record an entry that is read for the first time.
    pub(super) fn apply(&mut self, read: &Read) -> Result<(), StoreError> {
        // A crash between the commit and the next step cannot happen (the place is part of the
        // commit); a rebuilt journal under old books can.
        if read.entry.id <= self.read_until && self.ledger.has_event(read.entry.id)? {
            return self.replace(read);
        }
        if matches!(read.outcome, Outcome::Forgotten) {
            return Ok(());
        }
        self.count_receipt(read, 1);
        self.record(read)
    }

    fn count_receipt(&mut self, read: &Read, by: i64) {
        let type_name = read.entry.label.event_type.as_deref().unwrap_or("(none)");
        self.count(format!("type:{type_name}"), by);
        self.count("received".to_owned(), by);
    }

    /// Record an entry anew: what it was read as before is taken back.
    pub(super) fn replace(&mut self, read: &Read) -> Result<(), StoreError> {
        self.is_again = true;
        let replaced = self.take_back_and_record(read);
        self.is_again = false;
        replaced
    }

    fn take_back_and_record(&mut self, read: &Read) -> Result<(), StoreError> {
        let id = read.entry.id;
        self.ledger.replay_done(id)?;
        let duplicates = self.ledger.duplicates_of(id)?;
        // Folds held in memory may contain the facts that go: written out first, folded anew last.
        self.write_out()?;
        let is_forgotten = matches!(read.outcome, Outcome::Forgotten);
        let Some(before) = self.ledger.take_back(id)? else {
            return if is_forgotten { Ok(()) } else { self.record(read) };
        };
        // What could not be read until now was never asked about.
        self.is_again = before.event.path.is_none();
        if let Some(source) = before.event.source {
            self.hearing.add(source, heard(&before.event), -1);
        }
        if before.event.echo_of.is_none() {
            for change in &before.changes {
                self.count(change_name(change), -1);
            }
        }
        if before.event.path.is_some() {
            self.count("parked".to_owned(), -1);
        }
        self.stale_builds.extend(before.builds);
        self.stale_subjects.extend(before.subjects);
        if is_forgotten {
            self.count_receipt(read, -1);
            self.count("duplicates".to_owned(), -duplicates);
            self.changes.push(Change::event(id));
            return self.ledger.forget_happening(id);
        }
        self.record(read)?;
        self.ledger.set_duplicates(id, duplicates)
    }

    fn record(&mut self, read: &Read) -> Result<(), StoreError> {
        let mut event = Self::bare_event(read);
        match &read.outcome {
            Outcome::Read(reading) => self.record_reading(read, reading, &mut event)?,
            Outcome::Unreadable(unreadable, source) => {
                if let Some(words) = source.as_ref().filter(|_| is_recorded(read)) {
                    event.source = Some(self.source(read, words, None)?);
                }
                event.reason = Some(unreadable.reason.clone());
                event.path = Some(unreadable.path.clone());
                self.count("parked".to_owned(), 1);
            }
            Outcome::NoDecoder | Outcome::Forgotten => {}
        }
        if let Some(source) = event.source {
            self.hearing.add(source, heard(&event), 1);
            let key = read.entry.label.key;
            if key != KeyId::NONE && self.used_keys.insert((source, key)) {
                self.ledger.source_uses_key(source, key)?;
            }
            self.changes.push(Change::source(source));
        }
        self.ledger.insert_event(&event)?;
        self.changes.push(Change::event(event.entry));
        Ok(())
    }

    fn bare_event(read: &Read) -> EventRow {
        let entry = &read.entry;
        EventRow {
            entry: entry.id,
            received_at: entry.received_at,
            provider: entry.label.provider,
            source: None,
            type_name: entry.label.event_type.clone(),
            kind: EventKind::Other,
            build: None,
            subject: None,
            occasion: None,
            at: None,
            answer: entry.label.answer,
            reason: entry.note.clone().or_else(|| entry.label.reason.clone()),
            path: None,
            decoder: read.decoder,
            echo_of: None,
            channel: entry.label.channel.clone(),
            bytes: entry.bytes,
            delay_ms: None,
            details: None,
        }
    }

    fn record_reading(
        &mut self,
        read: &Read,
        reading: &Reading,
        event: &mut EventRow,
    ) -> Result<(), StoreError> {
        event.kind = reading.event.kind;
        event.at = reading.event.at;
        event.details = Some(reading.event.details);
        // A test tells of nothing real, and what a key does not allow is only kept: neither makes
        // a source, a record or an echo.
        if !is_recorded(read) {
            return Ok(());
        }
        if let Some(Subject::Named { name }) = &reading.event.subject {
            return self.record_named(read, reading, name, event);
        }
        let delay = |at: Timestamp| (read.entry.received_at.0 - at.0).max(0);
        event.delay_ms = reading.event.at.map(delay).filter(|_| !read.is_sample);
        let mut source = self.source(read, &reading.event.source, reading.event.at)?;
        if let Some(Subject::Build { keys }) = &reading.event.subject {
            source = self.home(source, keys)?;
        }
        event.source = Some(source);
        event.echo_of = self.echo_of(source, reading, event)?;

        // Who tells of a build is not always whose it is.
        let provider = reading.event.source.provider;
        let happened_at = reading.event.at.unwrap_or(read.entry.received_at);
        match &reading.event.subject {
            Some(Subject::Build { keys }) => {
                let build = self.build(source, provider, keys, read.entry.received_at)?;
                event.build = Some(build);
                if event.answer == Answer::Skipped {
                    // Nobody could read it when it came, and its sender was told so.
                    event.reason = None;
                }
                self.wonder(read, provider, build)?;
                event.occasion = self.record_build(read, reading, source, build)?;
                self.ledger.name_build(build, &reading.names, self.now)?;
                if let Some(kind) = reading.filing {
                    self.ledger.want_filing(read.entry.id, Ok(Some(build)), kind, self.now)?;
                }
            }
            Some(Subject::Other(subject)) => {
                let id = self.subject(source, subject)?;
                event.subject = Some(id);
                self.touch_subject(id, happened_at)?;
                self.want_release(read, source, subject, happened_at)?;
            }
            // Told apart above.
            Some(Subject::Named { .. }) => {}
            None if reading.filing.is_some() => {
                if let Some(kind) = reading.filing {
                    self.ledger.want_filing(read.entry.id, Ok(None), kind, self.now)?;
                }
            }
            None if event.answer == Answer::Stored && event.reason.is_none() => {
                event.reason = Some("the event does not name its build: no record".to_owned());
            }
            None => {}
        }
        if event.occasion.is_none() {
            event.occasion.clone_from(&reading.event.provider_event_id);
        }
        for fact in &reading.subjects {
            let id = self.subject(source, &fact.subject)?;
            let says = Says::Subject(Box::new(fact.clone()));
            self.ledger.insert_fact(read.entry.id, None, Some(id), read.decoder, &says)?;
            self.touch_subject(id, happened_at)?.fold.absorb(fact);
        }
        for change in &reading.changes {
            let says = Says::Change(change.clone());
            self.ledger.insert_fact(
                read.entry.id,
                event.build,
                event.subject,
                read.decoder,
                &says,
            )?;
            if event.echo_of.is_none() {
                self.count(change_name(change), 1);
            }
        }
        Ok(())
    }

    /// What is told of a build by a name alone. Where nobody knows the name yet, what is to be filed
    /// waits for who does.
    fn record_named(
        &mut self,
        read: &Read,
        reading: &Reading,
        name: &str,
        event: &mut EventRow,
    ) -> Result<(), StoreError> {
        let mut known = self.ledger.build_named(name)?;
        if known.is_none() && self.builds.values().any(|open| open.new.is_some()) {
            // It may be one that this batch has made.
            self.write_out()?;
            known = self.ledger.build_named(name)?;
        }
        let id = read.entry.id;
        let Some((build, source)) = known else {
            event.reason = Some("waits for its build, of which nobody has told yet".to_owned());
            let kind = reading.filing.unwrap_or(FilingKind::Facts);
            return self.ledger.want_filing(id, Err(name), kind, self.now);
        };
        event.build = Some(build);
        event.source = Some(source);
        event.occasion = self.record_build(read, reading, source, build)?;
        match reading.filing {
            Some(kind) => self.ledger.want_filing(id, Ok(Some(build)), kind, self.now),
            None => Ok(()),
        }
    }

    /// Facts about a build and its steps; returns the occasion.
    fn record_build(
        &mut self,
        read: &Read,
        reading: &Reading,
        source: i64,
        build: i64,
    ) -> Result<Option<String>, StoreError> {
        let entry = read.entry.id;
        let mut attempt = 1;
        if let Some(fact) = &reading.build {
            let says = Says::Build(Box::new(fact.clone()));
            self.ledger.insert_fact(entry, Some(build), None, read.decoder, &says)?;
            // Names are the latest message's, so they count with its own time.
            if let Some(said) = &fact.pipeline {
                self.pipeline(source, said, fact.at)?;
            }
            if let (Some(guid), Some(name)) = (&fact.project_id, &fact.project) {
                self.project(source, guid, name, fact.at)?;
            }
            let open = self.open_build(build)?;
            open.fold.absorb(fact);
            attempt = open.fold.attempt_of(fact);
        }
        for fact in &reading.steps {
            let says = Says::Step(Box::new(fact.clone()));
            self.ledger.insert_fact(entry, Some(build), None, read.decoder, &says)?;
            attempt = attempt.max(fact.step.attempt);
            self.hear_step(build, fact)?;
        }
        let step = match reading.steps.as_slice() {
            [one] => format!("/{}", one.step.key),
            _ => String::new(),
        };
        Ok(Some(format!("build/{build}/{attempt}/{}{step}", reading.event.kind.as_str())))
    }

    fn hear_step(&mut self, build: i64, fact: &StepFact) -> Result<(), StoreError> {
        let known = match self.open_build(build)?.steps.remove(&fact.step) {
            Some(fold) => Some(fold),
            None => self.ledger.open_step(build, &fact.step)?,
        };
        let mut fold = known.unwrap_or_default();
        fold.absorb(fact);
        self.open_build(build)?.steps.insert(fact.step.clone(), fold);
        Ok(())
    }

    /// The first entry that told of the same happening, if it was another one.
    fn echo_of(
        &self,
        source: i64,
        reading: &Reading,
        event: &EventRow,
    ) -> Result<Option<EntryId>, StoreError> {
        let Some(id) = &reading.event.provider_event_id else { return Ok(None) };
        let type_name = event.type_name.as_deref().unwrap_or_default();
        let happening = Happening {
            hour: reading.event.at.map_or(0, Timestamp::hour),
            digest: Identity::digest(&[&source.to_le_bytes(), type_name.as_bytes(), id.as_bytes()]),
            told_within_ms: providers::echo_window_ms(event.provider, reading.event.kind),
        };
        let first = self.ledger.happening(&happening, event.entry, event.received_at)?;
        Ok((first != event.entry).then_some(first))
    }
}

/// Whether an entry tells of something real that its key allows.
fn is_recorded(read: &Read) -> bool {
    read.entry.label.answer != Answer::Test && read.entry.label.admitted
}

fn heard(event: &EventRow) -> Heard {
    Heard {
        received_at: event.received_at,
        parked: event.path.is_some(),
        details: event.details,
        delay_ms: event.delay_ms,
    }
}

/// The counter's name, as the guides print it.
fn change_name(change: &StateChange) -> String {
    format!("state-change:{}->{}", change.from, change.to)
}

#[cfg(test)]
mod tests;
