//! Files what entries hold beside facts: sets of test results, in pieces, in a lane of its own, so that
//! neither a sender nor what hooks tell waits for a hundred thousand of them.
//!
//! What is to be filed lies in the books, written with the facts of its entry. A set counts once it is
//! whole; a crash in the middle leaves one that is removed, and files the entry anew.

mod agents;
mod filling;
mod log;
mod security;
mod suites;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::hub::Hub;
use crate::journal::Entry;
use crate::live::Change;
use crate::model::{FilingKind, Route, Timestamp};
use crate::providers::reporter::{Parcel, place};
use crate::providers::{self, HookRequest};
use crate::reports;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::test_sets::{FilingRow, NewSet, Origin, next_filing};

pub use filling::{Filled, Filling, file_told};

/// Rows of results removed in one transaction.
const SWEEP: i64 = 5_000;

/// What cannot be filed is tried again this often, with growing pauses, and then given up.
const TRIES_MAX: u32 = 8;
const AGAIN: Duration = Duration::from_secs(10);

/// What a step found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Filed,
    /// Something that had no place any more was removed.
    Swept,
    Idle,
}

/// The worker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Filer {
    hub: Hub,
}

impl Filer {
    #[must_use]
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone() }
    }

    /// Once per start.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.hub.books().write(|ledger| ledger.drop_unfinished_sets(&Origin::SENT))
    }

    /// File what is next, or remove a piece of what is gone. Blocks.
    pub fn step(&self) -> Result<Progress, StoreError> {
        let now = self.hub.clock().now();
        if let Some(row) = self.hub.books().read(|books| next_filing(books, now))? {
            self.file(&row, now)?;
            return Ok(Progress::Filed);
        }
        Ok(match self.hub.books().write(|ledger| ledger.sweep_sets(SWEEP))? {
            true => Progress::Swept,
            false => Progress::Idle,
        })
    }

    fn file(&self, row: &FilingRow, now: Timestamp) -> Result<(), StoreError> {
        let Some(entry) = self.hub.journal().entry(row.entry)? else {
            // Its body is gone (retention): what was filed of it stays.
            return self.hub.books().write(|ledger| ledger.filing_done(row.entry));
        };
        // No entry can hold up the others.
        let filed = catch_unwind(AssertUnwindSafe(|| self.file_entry(row, &entry)));
        let filed = filed.unwrap_or_else(|_| {
            let what = "filing failed (a bug: please report it)".to_owned();
            Err(StoreError::Row { table: "filing", what })
        });
        match filed {
            Err(error) if error.is_about_a_row() && row.tries < TRIES_MAX => {
                tracing::warn!(entry.id = %row.entry, %error, "Could not file an entry; trying again");
                let due_at = now.plus(AGAIN * 2_u32.pow(row.tries));
                let reason = error.to_string();
                self.hub.books().write(|ledger| ledger.filing_later(row.entry, due_at, &reason))
            }
            Err(error) if error.is_about_a_row() => {
                tracing::error!(entry.id = %row.entry, %error, "Gave up filing an entry");
                self.hub.books().write(|ledger| ledger.filing_done(row.entry))
            }
            other => other,
        }
    }

    fn file_entry(&self, row: &FilingRow, entry: &Entry) -> Result<(), StoreError> {
        let request =
            HookRequest { route: entry.label.route, headers: &entry.headers, body: &entry.body };
        let read = match (row.kind, row.build) {
            (FilingKind::Tests, Some(build)) if request.route == Route::IngestTests => {
                self.suite(row, build, entry, &request)
            }
            (FilingKind::Tests, Some(build)) => providers::reporter::parcel(&request)
                .map(|parcel| self.tests(row, build, entry, &parcel)),
            (FilingKind::Log, Some(build)) => self.log(row, build, entry, &request),
            (FilingKind::Agents, _) => self.agents(row, entry, &request),
            (FilingKind::Security, Some(build)) => self.security(row, build, entry, &request),
            _ => Ok(self.hub.books().write(|ledger| ledger.filing_done(row.entry))),
        };
        // It was read once, when its facts were; what a newer reader does not read is its own.
        read.unwrap_or_else(|error| {
            tracing::warn!(entry.id = %row.entry, %error, "Could not read what is to be filed");
            self.hub.books().write(|ledger| ledger.filing_done(row.entry))
        })
    }

    /// Write what was filed of an entry, and that it is; whoever looks at the build is told.
    fn write_for(
        &self,
        row: &FilingRow,
        build: i64,
        work: impl FnOnce(&Ledger<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (commit, changes) = self.hub.books().write(|ledger| {
            let commit = ledger.next_commit()?;
            ledger.filing_done(row.entry)?;
            // It may have gone while it was read.
            let is_there = ledger.find_build(build)?.is_some();
            if is_there {
                work(ledger)?;
                ledger.touch_build(build, commit.0)?;
            }
            let changes: Vec<Change> = is_there.then(|| Change::build(build)).into_iter().collect();
            Ok::<_, StoreError>((commit, changes))
        })?;
        self.hub.bell().ring(commit, changes);
        Ok(())
    }

    fn tests(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        parcel: &Parcel,
    ) -> Result<(), StoreError> {
        let new = new_set(entry, parcel);
        let mut filling = Filling::begin(&self.hub, build, &new)?;
        let mut files = Vec::with_capacity(parcel.files.len());
        for file in &parcel.files {
            let read = reports::read(file.bytes.as_ref(), &mut |case| filling.take(case));
            files.push(file_told(&file.name, &read));
            if filling.is_over() {
                break;
            }
        }
        let filled = filling.finish(&files, String::new())?;
        filled.count(&self.hub, |ledger| ledger.filing_done(row.entry))
    }
}

/// The set that an entry tells.
fn new_set(entry: &Entry, parcel: &Parcel) -> NewSet {
    let ci = &parcel.ci;
    let slot = place::slot(ci);
    let attempt = place::job_attempt(ci);
    // Jobs of a matrix have one name: the runner's mark, or the machine, tells them apart.
    let who = ci.job_id.as_ref().or(ci.agent.as_ref());
    // Collectors send what they have in several uploads, each of tests of its own. The same upload again
    // may be another form.
    let upload = parcel.is_collected.then(|| hex::encode(parcel.digest()));
    let attempt_word = attempt.to_string();
    let key = [Some(&slot), Some(&attempt_word), who, ci.name.as_ref(), upload.as_ref()]
        .map(|word| word.map_or("", String::as_str))
        .join("\u{1f}");
    NewSet {
        origin: if parcel.is_collected { Origin::Collector } else { Origin::Report },
        key,
        slot,
        attempt,
        turn: place::turn(ci),
        job_id: ci.job_id.as_ref().map(|id| id.to_lowercase()),
        part: ci.part.clone(),
        entry: Some(entry.id),
        name: ci.name.clone(),
        job: ci.job.clone(),
        variant: ci.variant.clone(),
        agent: ci.agent.clone(),
        at: entry.received_at,
    }
}
