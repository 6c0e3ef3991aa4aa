//! Assesses tests: which are broken, flaky, watched, whenever results came, a build changed, settings
//! did, or time passed. Behind the filer, on nobody's way: reading takes no lock, and what came out is
//! written in short transactions.
//!
//! What is to be assessed is marked in the books, by the transaction that changed it, and unmarked when
//! all of a pipeline was. A crash in between assesses it once more, which changes nothing.

use std::time::Duration;

use crate::assess::{Assessment, Past, assess, keep, monitors};
use crate::hub::Hub;
use crate::insights::tests::Monitors;
use crate::live::Change;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::gone::gone_cases;
use crate::store::sqlite::books::test_sets::marked::{
    Mark, due_cases, marked_cases, marked_pipeline, marks,
};
use crate::store::sqlite::books::test_sets::next_filing;

/// Tests assessed in one step: some 100 ms at worst, 1,000 builds of each.
const STEP_MAX: usize = 100;

/// What waiting mends is seen at most that much later.
const DUE_AFTER: Duration = Duration::from_hours(1);

/// While results are being filed, more is to be assessed soon: it waits for them, at most so long.
const BEHIND_FILING: Duration = Duration::from_secs(30);

/// How often it is looked for tests that nobody has results of any more, and how many are removed in
/// one transaction.
const TIDY_EVERY: Duration = Duration::from_hours(1);
const FORGET_MAX: usize = 500;

/// What a step found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Assessed,
    Idle,
}

/// The worker.
#[derive(Debug)]
pub struct Assessor {
    hub: Hub,
    under_way: Option<UnderWay>,
    /// The pipeline assessed last: each has its turn.
    last: i64,
    tidied_at: Option<Timestamp>,
    /// Since when it waits for the filer.
    waits_since: Option<Timestamp>,
}

/// A pipeline of which some tests are assessed.
#[derive(Debug)]
struct UnderWay {
    past: Past,
    monitors: Monitors,
    /// What is done with the last of the tests.
    marks: Vec<Mark>,
    /// Those that are left, in order.
    cases: Vec<i64>,
}

impl Assessor {
    #[must_use]
    pub fn of(hub: &Hub) -> Self {
        Self { hub: hub.clone(), under_way: None, last: -1, tidied_at: None, waits_since: None }
    }

    /// Assess some tests. Blocks.
    pub fn step(&mut self) -> Result<Progress, StoreError> {
        let now = self.hub.clock().now();
        let mut under_way = match self.under_way.take() {
            Some(under_way) => under_way,
            None if self.waits_for_filing(now)? => return Ok(Progress::Idle),
            None => match self.next(now)? {
                Some(next) => next,
                None => return self.tidy_up(now),
            },
        };
        let count = under_way.cases.len().min(STEP_MAX);
        let cases: Vec<i64> = under_way.cases.drain(..count).collect();
        self.assess(&under_way, &cases, now)?;
        if under_way.cases.is_empty() {
            let UnderWay { past, marks, .. } = under_way;
            if !marks.is_empty() {
                self.hub.books().write(|ledger| ledger.unmark_tests(past.pipeline, &marks))?;
            }
        } else {
            self.under_way = Some(under_way);
        }
        Ok(Progress::Assessed)
    }

    fn waits_for_filing(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let is_busy = self.hub.books().read(|books| Ok(next_filing(books, now)?.is_some()))?;
        if !is_busy {
            self.waits_since = None;
            return Ok(false);
        }
        let since = *self.waits_since.get_or_insert(now);
        let is_patient = now < since.plus(BEHIND_FILING);
        if !is_patient {
            self.waits_since = Some(now);
        }
        Ok(is_patient)
    }

    /// Remove some of the tests that nobody has results of any more.
    fn tidy_up(&mut self, now: Timestamp) -> Result<Progress, StoreError> {
        let is_due = self.tidied_at.is_none_or(|at| at.plus(TIDY_EVERY) <= now);
        if !is_due {
            return Ok(Progress::Idle);
        }
        let gone = self.hub.books().read(|books| gone_cases(books, FORGET_MAX))?;
        if gone.len() < FORGET_MAX {
            self.tidied_at = Some(now);
        }
        if gone.is_empty() {
            return Ok(Progress::Idle);
        }
        let (commit, removed) = self.hub.books().write(|ledger| {
            let removed = ledger.forget_cases(&gone)?;
            Ok::<_, StoreError>((ledger.next_commit()?, removed))
        })?;
        if removed == 0 {
            // Something is to be filed: later.
            self.tidied_at = Some(now);
            return Ok(Progress::Idle);
        }
        self.hub.bell().ring(commit, vec![Change::tests()]);
        Ok(Progress::Assessed)
    }

    fn next(&mut self, now: Timestamp) -> Result<Option<UnderWay>, StoreError> {
        let last = self.last;
        let found = self.hub.books().read(|books| {
            let (pipeline, marks, cases) = match marked_pipeline(books, last)? {
                Some(pipeline) => {
                    let marks = marks(books, pipeline)?;
                    let cases = marked_cases(books, pipeline, &marks)?;
                    (pipeline, marks, cases)
                }
                None => match due_cases(books, before(now), STEP_MAX)? {
                    Some((pipeline, cases)) => (pipeline, Vec::new(), cases),
                    None => return Ok(None),
                },
            };
            let (past, monitors) = (Past::load(books, pipeline)?, monitors(books)?);
            Ok(Some(UnderWay { past, monitors, marks, cases }))
        })?;
        if let Some(found) = &found {
            self.last = found.past.pipeline;
        }
        Ok(found)
    }

    fn assess(
        &self,
        under_way: &UnderWay,
        cases: &[i64],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let UnderWay { past, monitors, .. } = under_way;
        let found = self.hub.books().read(|books| assess(books, past, cases, monitors, now))?;
        if found.iter().all(Assessment::is_nothing) {
            return Ok(());
        }
        let (commit, changed) = self.hub.books().write(|ledger| {
            let changed = keep(ledger, past.pipeline, &found, now)?;
            Ok::<_, StoreError>((ledger.next_commit()?, changed))
        })?;
        let mut changes: Vec<Change> = changed.news.into_iter().map(Change::test).collect();
        changes.extend(changed.has_figures.then(Change::tests));
        if !changes.is_empty() {
            self.hub.bell().ring(commit, changes);
        }
        Ok(())
    }
}

fn before(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(DUE_AFTER.as_millis()).unwrap_or(i64::MAX)))
}
