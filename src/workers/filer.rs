//! Files what entries hold beside facts: sets of test results, in pieces, in a lane of its own, so that
//! neither a sender nor what hooks tell waits for a hundred thousand of them.
//!
//! What is to be filed lies in the books, written with the facts of its entry. A set counts once it is
//! whole; a crash in the middle leaves one that is removed, and files the entry anew.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::hub::Hub;
use crate::journal::Entry;
use crate::live::Change;
use crate::model::{CommitNo, FilingKind, TestStatus, TestTotals, Timestamp};
use crate::providers::reporter::{Parcel, place};
use crate::providers::{self, HookRequest};
use crate::reports::{self, TestCase};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::{
    CaseKey, FilingRow, NewSet, Origin, ResultRow, SetEnd, next_filing,
};

/// Results written in one transaction: some 30 ms, in which nobody else writes the books.
const PIECE: usize = 2_000;

/// Rows of results removed in one transaction.
const SWEEP: i64 = 5_000;

/// Results of one set. Who has more has them in several.
const RESULTS_MAX: u64 = 1_000_000;

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

/// A set on its way into the books.
struct Filling<'h> {
    hub: &'h Hub,
    set: i64,
    at: Timestamp,
    variant: Option<String>,
    piece: Vec<(TestCase, u32)>,
    /// How often each test came, by its digest.
    seen: HashMap<[u8; 16], u32>,
    digest: Sha256,
    totals: TestTotals,
    retried: u64,
    duration_ms: Option<f64>,
    failed: Option<StoreError>,
    /// The build is gone.
    is_orphan: bool,
}

impl Filer {
    #[must_use]
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone() }
    }

    /// Once per start.
    pub fn begin(&self) -> Result<(), StoreError> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is of one lifetime, what is wanted is of any"
        )]
        self.hub.books().write(|ledger| ledger.drop_unfinished_sets())
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
        match self.file_entry(row, &entry) {
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
        match (row.kind, row.build, providers::reporter::parcel(&request)) {
            (FilingKind::Tests, Some(build), Ok(parcel)) => self.tests(row, build, entry, &parcel),
            // It was read once, when its facts were; what a newer reader does not read is its own.
            (_, _, read) => {
                if let Err(error) = read {
                    tracing::warn!(entry.id = %row.entry, %error, "Could not read what is to be filed");
                }
                self.hub.books().write(|ledger| ledger.filing_done(row.entry))
            }
        }
    }

    fn tests(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        parcel: &Parcel<'_>,
    ) -> Result<(), StoreError> {
        let new = new_set(entry, parcel);
        let set = self.hub.books().write(|ledger| ledger.begin_set(build, &new))?;
        let mut filling = Filling {
            hub: &self.hub,
            set,
            at: entry.received_at,
            variant: new.variant,
            piece: Vec::with_capacity(PIECE),
            seen: HashMap::new(),
            digest: Sha256::new(),
            totals: TestTotals::default(),
            retried: 0,
            duration_ms: None,
            failed: None,
            is_orphan: false,
        };
        let mut files = Vec::with_capacity(parcel.files.len());
        for file in &parcel.files {
            let read = reports::read(file.bytes.as_ref(), &mut |case| filling.take(case));
            files.push(json!({
                "file": file.name,
                "format": read.format,
                "total": read.totals.total,
                "error": read.error.map(|error| error.to_string()),
                "cut": read.cut,
            }));
            if filling.is_over() {
                break;
            }
        }
        filling.flush();
        if let Some(error) = filling.failed {
            return Err(error);
        }
        let end = SetEnd {
            totals: filling.totals,
            retried: filling.retried,
            duration_ms: filling.duration_ms,
            digest: filling.digest.finalize().to_vec(),
            files: serde_json::Value::from(files).to_string(),
        };
        let (commit, changes) = self.hub.books().write(|ledger| {
            let commit = ledger.next_commit()?;
            let build = ledger.build_of_set(set)?;
            ledger.end_set(set, &end)?;
            ledger.filing_done(row.entry)?;
            if let Some(build) = build {
                ledger.touch_build(build, commit.0)?;
            }
            Ok::<(CommitNo, Vec<Change>), StoreError>((
                commit,
                build.map(Change::build).into_iter().collect(),
            ))
        })?;
        self.hub.bell().ring(commit, changes);
        Ok(())
    }
}

/// The set that an entry tells.
fn new_set(entry: &Entry, parcel: &Parcel<'_>) -> NewSet {
    let ci = &parcel.ci;
    let slot = place::slot(ci);
    let attempt = place::job_attempt(ci);
    // Jobs of a matrix have one name: the runner's mark, or the machine, tells them apart.
    let who = ci.job_id.as_ref().or(ci.agent.as_ref());
    // Collectors send what they have in several uploads, each of tests of its own.
    let upload = parcel.is_collected.then(|| hex::encode(Sha256::digest(&entry.body)));
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

impl Filling<'_> {
    fn is_over(&self) -> bool {
        self.failed.is_some() || self.is_orphan || self.totals.total >= RESULTS_MAX
    }

    fn take(&mut self, case: TestCase) -> ControlFlow<()> {
        if self.is_over() {
            return ControlFlow::Break(());
        }
        let digest = key(&case, self.variant.as_deref()).digest();
        let nth = self.seen.entry(digest).or_default();
        *nth += 1;
        let nth = *nth;
        self.digest.update(digest);
        self.digest.update([status_byte(case.status), u8::from(case.is_retried)]);
        self.totals.count(case.status, 1);
        self.retried += u64::from(case.is_retried);
        if let Some(duration) = case.duration_ms {
            *self.duration_ms.get_or_insert(0.0) += duration;
        }
        self.piece.push((case, nth));
        if self.piece.len() == PIECE {
            self.flush();
        }
        match self.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Write what has gathered.
    fn flush(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() || self.failed.is_some() {
            return;
        }
        let (set, at) = (self.set, self.at);
        let rows = piece.iter().map(|(case, nth)| ResultRow {
            case: key(case, self.variant.as_deref()),
            status: case.status,
            nth: *nth,
            duration_ms: case.duration_ms,
            is_retried: case.is_retried,
            message: case.message.as_deref(),
            stack: case.stack.as_deref(),
        });
        let written = self.hub.books().write(|ledger| {
            let Some(build) = ledger.build_of_set(set)? else { return Ok(false) };
            let scope = ledger.scope_of_build(build)?;
            ledger.add_results((build, set), &scope, rows, at)?;
            Ok(true)
        });
        match written {
            Ok(true) => {}
            Ok(false) => self.is_orphan = true,
            Err(error) => self.failed = Some(error),
        }
    }
}

fn key<'a>(case: &'a TestCase, variant: Option<&'a str>) -> CaseKey<'a> {
    CaseKey {
        suite: case.suite.as_deref(),
        class: case.class.as_deref(),
        name: &case.name,
        variant,
    }
}

fn status_byte(status: TestStatus) -> u8 {
    match status {
        TestStatus::Passed => 0,
        TestStatus::Failed => 1,
        TestStatus::Errored => 2,
        TestStatus::Skipped => 3,
    }
}
