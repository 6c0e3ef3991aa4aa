//! Agents as reporters saw them.

use super::Filer;
use crate::journal::Entry;
use crate::model::Unreadable;
use crate::providers::HookRequest;
use crate::providers::reporter::ingest;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::FilingRow;

impl Filer {
    pub(super) fn agents(
        &self,
        row: &FilingRow,
        entry: &Entry,
        request: &HookRequest<'_>,
    ) -> Result<Result<(), StoreError>, Unreadable> {
        let agents = ingest::agents(request)?;
        Ok(self.hub.books().write(|ledger| {
            if let Some(source) = ledger.source_of_event(row.entry)? {
                ledger.tell_agents(source, entry.id, entry.received_at, &agents)?;
            }
            ledger.filing_done(row.entry)
        }))
    }
}
