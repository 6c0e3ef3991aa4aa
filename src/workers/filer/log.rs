//! Logs that reporters send: each part becomes the log of its job.

use super::{AGAIN, Filer, TRIES_MAX};
use crate::journal::Entry;
use crate::logs::{Dialect, Summary};
use crate::model::{Provider, StepRef, Unreadable};
use crate::providers::HookRequest;
use crate::providers::reporter::ingest::{self, Part};
use crate::store::StoreError;
use crate::store::sqlite::books::records::errands::asked_build;
use crate::store::sqlite::books::records::log_work::{FetchedLog, PlannedLog, log_public_id};
use crate::store::sqlite::books::test_sets::FilingRow;

/// A log that lies in its file and is in no book yet.
struct Here {
    step: StepRef,
    summary: Summary,
    cut: Option<String>,
    file: String,
}

impl Filer {
    pub(super) fn log(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        request: &HookRequest<'_>,
    ) -> Result<Result<(), StoreError>, Unreadable> {
        ingest::log(request, |parts, is_over| self.file_log(row, build, entry, parts, is_over))
    }

    fn file_log(
        &self,
        row: &FilingRow,
        build: i64,
        entry: &Entry,
        parts: &[Part<'_>],
        is_over: bool,
    ) -> Result<(), StoreError> {
        let Some(asked) = self.hub.books().read(|books| asked_build(books, build))? else {
            return self.hub.books().write(|ledger| ledger.filing_done(row.entry));
        };
        let dialect = match asked.provider {
            Provider::Buildkite => Dialect::Buildkite,
            // A time before each line, `##[group]`: GitHub's logs have both as well.
            _ => Dialect::AzureDevOps,
        };
        let mut here = Vec::with_capacity(parts.len());
        for part in parts {
            let name = log_public_id(&asked.public_id, &key(&part.step));
            match self.write_log(dialect, &name, part) {
                Ok(one) => here.push(one),
                Err(error) => {
                    self.remove(here.into_iter().map(|one| one.file));
                    return self.later(row, &error);
                }
            }
        }
        let mut unneeded = Vec::new();
        self.write_for(row, build, |ledger| {
            for Here { step, summary, cut, file } in here {
                let planned = PlannedLog { provider_key: key(&step), step };
                ledger.plan_log(build, &asked.public_id, &planned, entry.received_at)?;
                let Some(log) = ledger.log_work(build, &planned.provider_key)? else { continue };
                let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                let fetched = FetchedLog {
                    lines: number(summary.lines),
                    bytes: number(summary.bytes),
                    stored_bytes: number(summary.stored_bytes),
                    errors: number(summary.error_count),
                    warnings: number(summary.warning_count),
                    is_complete: is_over,
                    cut: cut.or(summary.cut),
                    parts: None,
                    file,
                };
                unneeded.extend(ledger.log_fetched(log.id, &fetched, entry.received_at)?);
            }
            Ok(())
        })?;
        self.remove(unneeded.into_iter());
        Ok(())
    }

    /// Write a part into a file. Of one that is longer than logs are kept, the end says more than the
    /// beginning.
    fn write_log(&self, dialect: Dialect, name: &str, part: &Part<'_>) -> std::io::Result<Here> {
        let (text, cut) = tail(part.text, self.hub.logs().bytes_max());
        let mut writer = self.hub.logs().begin(dialect, name)?;
        writer.take(text.as_bytes())?;
        let (summary, file) = writer.commit()?;
        Ok(Here { step: part.step.clone(), summary, cut, file })
    }

    /// The disk would not take it.
    fn later(&self, row: &FilingRow, error: &std::io::Error) -> Result<(), StoreError> {
        if row.tries >= TRIES_MAX {
            tracing::error!(entry.id = %row.entry, %error, "Gave up filing a log");
            return self.hub.books().write(|ledger| ledger.filing_done(row.entry));
        }
        tracing::warn!(entry.id = %row.entry, %error, "Could not file a log; trying again");
        let due_at = self.hub.clock().now().plus(AGAIN * 2_u32.pow(row.tries));
        let reason = error.to_string();
        self.hub.books().write(|ledger| ledger.filing_later(row.entry, due_at, &reason))
    }

    fn remove(&self, files: impl Iterator<Item = String>) {
        for file in files {
            if let Err(error) = self.hub.logs().remove(&file) {
                // It is found and removed with those that nobody names.
                tracing::debug!(%error, "Could not remove a log that another took the place of");
            }
        }
    }
}

/// A key that no provider has.
fn key(step: &StepRef) -> String {
    format!("ingest:{}", step.key)
}

/// The end of a text, from the begin of a line on, and a sentence where that is not all of it.
fn tail(text: &str, bytes_max: u64) -> (&str, Option<String>) {
    let max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    if text.len() <= max {
        return (text, None);
    }
    let from = text.ceil_char_boundary(text.len() - max);
    let from = text[from..].find('\n').map_or(from, |end| from + end + 1);
    let kept = &text[from..];
    (kept, Some(format!("the last {} of {} bytes are kept", kept.len(), text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_log_the_last_whole_lines_are_kept() {
        assert_eq!(tail("one\ntwo\n", 8), ("one\ntwo\n", None));
        let (kept, cut) = tail("one\ntwo\nthree\n", 11);
        assert_eq!(kept, "two\nthree\n");
        assert_eq!(cut.as_deref(), Some("the last 10 of 14 bytes are kept"));
        assert_eq!(tail("one\ntwo\nthree\n", 9).0, "three\n");
        assert_eq!(tail("äöü", 3).0, "ü");
    }
}
