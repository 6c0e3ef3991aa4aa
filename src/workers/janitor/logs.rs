//! What goes of logs: files that have reached their age, the oldest where all together are too large, and files that no
//! row names.
//!
//! The row first, then the file: what a crash leaves between the two is a file without a row, which is found later.

use std::time::SystemTime;

use crate::hub::Hub;
use crate::model::DataClass;
use crate::store::StoreError;
use crate::store::sqlite::Freed;
use crate::store::sqlite::books::retention::logs::{KeptLog, kept_logs, log_files_of, logs_before};

use super::{Run, SIZE_SPARES, StepError, back};

/// Logs removed in one step.
const LOGS_MAX: usize = 64;

impl Run {
    /// Remove logs that are old, or too many; tells whether there are more.
    pub(super) fn old_logs(&mut self, hub: &Hub) -> Result<bool, StepError> {
        let keep = hub.config().retention;
        if let Some(before) = self.ages.logs {
            let old = hub.books().read(|books| logs_before(books, before, LOGS_MAX))?;
            if !old.is_empty() {
                let age = keep.logs.map_or(0, |age| age.as_secs() / 86_400);
                let why = format!("it was kept for {age} days (retention.logs)");
                return remove(hub, &old, &why).map(|()| true);
            }
        }
        let Some(most) = keep.logs_size else { return Ok(false) };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let last = back(self.now, SIZE_SPARES);
        let (kept, oldest) = hub
            .books()
            .read(|books| Ok((kept_logs(books)?, logs_before(books, last, LOGS_MAX)?)))?;
        let mut over = kept.stored_bytes - most;
        let going: Vec<KeptLog> = oldest
            .into_iter()
            .take_while(|log| {
                let goes = over > 0;
                over -= log.stored_bytes;
                goes
            })
            .collect();
        if going.is_empty() {
            if over > 0 {
                tracing::warn!(
                    used = kept.stored_bytes,
                    most,
                    "The logs of the last day alone take more than retention.logs_size"
                );
            }
            return Ok(false);
        }
        remove(hub, &going, "newer logs needed its room (retention.logs_size)")?;
        Ok(true)
    }
}

fn remove(hub: &Hub, logs: &[KeptLog], why: &str) -> Result<(), StepError> {
    let freed = Freed { rows: logs.len(), bytes: logs.iter().map(|log| log.stored_bytes).sum() };
    hub.books().write(|ledger| {
        for log in logs {
            ledger.give_up_log(log, why)?;
        }
        ledger.count_removed(DataClass::Logs, freed)
    })?;
    for log in logs {
        remove_file(hub, &log.file);
    }
    Ok(())
}

/// Groups of files that are looked through for those that nobody names.
pub(super) fn groups(hub: &Hub) -> Vec<String> {
    hub.logs().groups().unwrap_or_else(|error| {
        tracing::error!(%error, "The files of logs cannot be listed");
        Vec::new()
    })
}

/// Remove the files of a group that no row names.
pub(super) fn remove_unnamed(hub: &Hub, group: &str) -> Result<(), StoreError> {
    let named = hub.books().read(|books| log_files_of(books, group))?;
    match hub.logs().unnamed(group, &named, SystemTime::now()) {
        Ok(unnamed) => {
            let bytes: u64 = unnamed.iter().map(|file| remove_file(hub, file)).sum();
            let freed =
                Freed { rows: unnamed.len(), bytes: i64::try_from(bytes).unwrap_or(i64::MAX) };
            hub.books().write(|ledger| ledger.count_removed(DataClass::Logs, freed))?;
        }
        Err(error) => tracing::error!(%error, group, "Files of logs cannot be looked at"),
    }
    Ok(())
}

/// Remove a file that nobody names any more. One that stays is found again by the next run.
fn remove_file(hub: &Hub, file: &str) -> u64 {
    hub.logs().remove(file).unwrap_or_else(|error| {
        tracing::error!(%error, log.file = file, "The file of a log cannot be removed");
        0
    })
}
