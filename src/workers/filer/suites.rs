//! Suites of `BuildButler`'s clients: one set each. Which of them take each other's place is decided in
//! the books, by what they hold.

use serde_json::json;

use super::{Filer, Filling};
use crate::journal::Entry;
use crate::model::{TestTotals, Unreadable};
use crate::providers::HookRequest;
use crate::providers::reporter::ingest::{self, Suite};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::{FilingRow, NewSet, Origin};

impl Filer {
    pub(super) fn suite(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        request: &HookRequest<'_>,
    ) -> Result<Result<(), StoreError>, Unreadable> {
        ingest::suite(request, |suite| self.file_suite(row, build, entry, suite))
    }

    fn file_suite(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        suite: &Suite<'_>,
    ) -> Result<(), StoreError> {
        let slot = ingest::slot(suite);
        let new = NewSet {
            origin: Origin::Ingest,
            key: format!("{slot}|{}", suite.digest()),
            slot,
            attempt: 1,
            turn: 0,
            job_id: None,
            part: None,
            entry: Some(entry.id),
            name: Some(suite.name.clone()),
            job: suite.job.clone(),
            variant: None,
            agent: None,
            at: entry.received_at,
        };
        let is_known = self.hub.books().write(|ledger| {
            let is_known = ledger.told_again(build, &new)?;
            if is_known {
                ledger.filing_done(row.entry)?;
            }
            Ok::<_, StoreError>(is_known)
        })?;
        if is_known {
            return Ok(());
        }
        let mut filling = Filling::begin(&self.hub, build, &new)?;
        for case in suite.cases() {
            if filling.take(case).is_break() {
                break;
            }
        }
        let totals = match suite.has_cases() {
            true => filling.totals(),
            false => suite.totals(),
        };
        let file = json!({
            "file": suite.name, "format": null, "total": totals.total, "error": null,
            "cut": cut(suite, &totals),
        });
        let mut filled = filling.finish(&[file], String::new())?;
        filled.end.totals = totals;
        filled.end.duration_ms = suite.duration_ms.or(filled.end.duration_ms);
        self.write_for(row, build, |ledger| ledger.end_suite(filled.set, &filled.end))
    }
}

/// What is not told of a suite.
fn cut(suite: &Suite<'_>, totals: &TestTotals) -> Option<&'static str> {
    (!suite.has_cases() && totals.total > 0).then_some("its numbers were told, and no tests")
}
