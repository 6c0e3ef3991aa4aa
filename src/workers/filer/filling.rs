//! A set of results on its way into the books: piece by piece, and counted once it is whole.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::hub::Hub;
use crate::live::Change;
use crate::model::{CommitNo, TestStatus, TestTotals, Timestamp};
use crate::reports::{Summary, TestCase};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::test_sets::{CaseKey, NewSet, ResultRow, SetEnd};

/// Results written in one transaction: some 30 ms, in which nobody else writes the books.
const PIECE: usize = 2_000;

/// When so many hooks arrived while a whole piece was written, whoever sends them has the disk for a
/// while: for so many times as long as the piece took, so that a large report does not delay their answers.
const ARRIVED_BUSY: i64 = 8;
const REST: u32 = 3;

/// Longest rest: a stop waits for it.
const REST_MAX: Duration = Duration::from_millis(200);

/// Texts of results written in one transaction, in bytes: what waits for it is in memory.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// Results of one set. Who has more has them in several.
const RESULTS_MAX: u64 = 1_000_000;

/// A set that is being filled. Left before its end, it is removed. Blocks wherever it writes.
#[derive(Debug)]
pub struct Filling {
    hub: Hub,
    set: i64,
    at: Timestamp,
    variant: Option<String>,
    piece: Vec<(TestCase, u32)>,
    piece_bytes: usize,
    /// How often each test came, by its digest.
    seen: HashMap<[u8; 16], u32>,
    digest: Sha256,
    totals: TestTotals,
    retried: u64,
    duration_ms: Option<f64>,
    failed: Option<StoreError>,
    /// The build is gone.
    is_orphan: bool,
    /// All of it is written, and it is no longer for this to remove.
    is_finished: bool,
}

/// A set that is whole, and does not count yet.
#[derive(Debug)]
pub struct Filled {
    pub set: i64,
    pub end: SetEnd,
}

impl Filling {
    pub fn begin(hub: &Hub, build: i64, new: &NewSet) -> Result<Self, StoreError> {
        let set = hub.books().write(|ledger| ledger.begin_set(build, new))?;
        Ok(Self {
            hub: hub.clone(),
            set,
            at: new.at,
            variant: new.variant.clone(),
            piece: Vec::new(),
            piece_bytes: 0,
            seen: HashMap::new(),
            digest: Sha256::new(),
            totals: TestTotals::default(),
            retried: 0,
            duration_ms: None,
            failed: None,
            is_orphan: false,
            is_finished: false,
        })
    }

    /// Nothing more is taken: it is full, its build is gone, or it could not be written.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.failed.is_some() || self.is_orphan || self.totals.total >= RESULTS_MAX
    }

    /// What was taken until now.
    #[must_use]
    pub fn totals(&self) -> TestTotals {
        self.totals
    }

    pub fn take(&mut self, case: TestCase) -> ControlFlow<()> {
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
        let texts = [&case.suite, &case.class, &case.message, &case.stack];
        self.piece_bytes +=
            case.name.len() + texts.into_iter().flatten().map(String::len).sum::<usize>();
        self.piece.push((case, nth));
        if self.piece.len() == PIECE || self.piece_bytes >= PIECE_BYTES {
            self.flush();
        }
        match self.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Write the rest. `files` says what it came in, `mark` how it stood where a provider was asked.
    pub fn finish(mut self, files: &[Value], mark: String) -> Result<Filled, StoreError> {
        self.flush();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.is_finished = true;
        let end = SetEnd {
            totals: self.totals,
            retried: self.retried,
            duration_ms: self.duration_ms,
            digest: self.digest.finalize_reset().to_vec(),
            files: Value::from(files).to_string(),
            mark,
        };
        Ok(Filled { set: self.set, end })
    }

    /// Write what has gathered.
    fn flush(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        let bytes = std::mem::take(&mut self.piece_bytes);
        if piece.is_empty() || self.failed.is_some() {
            return;
        }
        let (begun, seen) = (Instant::now(), self.hub.journal().last());
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
        let arrived = self.hub.journal().last().0 - seen.0;
        let is_whole = piece.len() == PIECE || bytes >= PIECE_BYTES;
        if is_whole && arrived >= ARRIVED_BUSY {
            std::thread::sleep((begun.elapsed() * REST).min(REST_MAX));
        }
    }
}

/// What is said of a file that results came in.
#[must_use]
pub fn file_told(name: &str, read: &Summary) -> Value {
    json!({
        "file": name,
        "format": read.format,
        "total": read.totals.total,
        "error": read.error.as_ref().map(ToString::to_string),
        "cut": read.cut,
    })
}

impl Drop for Filling {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        let set = self.set;
        if let Err(error) = self.hub.books().write(|ledger| ledger.drop_set(set)) {
            // The next start finds it unfinished.
            tracing::debug!(%error, "Could not let go of a set that was not filled to its end");
        }
    }
}

impl Filled {
    /// Let it count, and write `also` with it.
    pub fn count(
        &self,
        hub: &Hub,
        also: impl FnOnce(&Ledger<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (commit, changes) = hub.books().write(|ledger| {
            let commit = ledger.next_commit()?;
            // Builds are merged, and removed, meanwhile.
            let build = ledger.build_of_set(self.set)?;
            ledger.end_set(self.set, &self.end)?;
            also(ledger)?;
            if let Some(build) = build {
                ledger.touch_build(build, commit.0)?;
            }
            Ok::<(CommitNo, Vec<Change>), StoreError>((
                commit,
                build.map(Change::build).into_iter().collect(),
            ))
        })?;
        hub.bell().ring(commit, changes);
        Ok(())
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
