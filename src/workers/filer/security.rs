//! Reports of security scanners: kept as they came, beside what they say of themselves.

use super::Filer;
use crate::journal::Entry;
use crate::model::Unreadable;
use crate::providers::HookRequest;
use crate::providers::reporter::ingest;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::FilingRow;

impl Filer {
    pub(super) fn security(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        request: &HookRequest<'_>,
    ) -> Result<Result<(), StoreError>, Unreadable> {
        let report = ingest::security(request)?;
        let (id, at, body) = (entry.id, entry.received_at, entry.body.as_ref());
        Ok(self.write_for(row, build, |ledger| ledger.keep_report(build, id, at, &report, body)))
    }
}
