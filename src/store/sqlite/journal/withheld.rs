//! What receivers elsewhere still need of entries, and what they would not take.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::Writer;
use crate::model::{EntryId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::FLAGS;

/// Rows looked at to count how many wait; of more, the rest is known by entry number only.
const COUNTED_MAX: i64 = 100_000;

/// Rows removed in one transaction: senders wait for it.
const FORGOTTEN_MAX: i64 = 500;

/// Entries remembered per target of those it would not take.
const PASSED_OVER_MAX: i64 = 1_000;

/// Whose entries are meant: a name among those with a comma between.
const IS_FOR: &str = "instr(',' || targets || ',', ',' || ?1 || ',') > 0";

/// What is stored beside an entry for those it is handed on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    /// Names of targets, with a comma between.
    pub targets: String,
    pub sealed: Vec<u8>,
}

/// An entry that a target would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    pub target: String,
    pub entry: EntryId,
    pub at: Timestamp,
    pub outcome: PassedOutcome,
    pub reason: String,
}

/// Who did not get along with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedOutcome {
    /// The target said that it does not want it.
    Refused,
    /// The target failed on it again and again, or it cannot be sent as it came.
    Failed,
}

impl PassedOutcome {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Refused, Self::Failed].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// What waits for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitingEntries {
    pub entries: i64,
    /// Receipt of the first of them.
    pub oldest_at: Option<Timestamp>,
}

impl Writer {
    /// Forget what was withheld of entries up to one. Tells whether that is all of it.
    pub fn forget_withheld(&self, up_to: EntryId) -> Result<bool, StoreError> {
        let removed = self
            .connection
            .prepare_cached(
                "delete from withheld
                  where entry in (select entry
                                    from withheld
                                   where entry <= ?1
                                   order by entry
                                   limit ?2)",
            )?
            .execute(params![up_to.0, FORGOTTEN_MAX])?;
        Ok(i64::try_from(removed).unwrap_or(i64::MAX) < FORGOTTEN_MAX)
    }

    /// Seal anew what is withheld of entries after one, `limit` of them; what `anew` gives nothing for
    /// stays. Tells how many were, and the last entry that was looked at: `None` at the end.
    pub fn reseal_withheld(
        &self,
        after: EntryId,
        limit: usize,
        anew: impl Fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(u64, Option<EntryId>), StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut found = transaction.prepare_cached(
            "select entry, sealed
               from withheld
              where entry > ?1
              order by entry
              limit ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows =
            found.query_map(params![after.0, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        drop(found);
        let mut count = 0;
        let mut update =
            transaction.prepare_cached("update withheld set sealed = ?2 where entry = ?1")?;
        for (entry, sealed) in &rows {
            if let Some(sealed) = anew(sealed) {
                update.execute(params![entry, sealed])?;
                count += 1;
            }
        }
        drop(update);
        transaction.commit()?;
        Ok((count, rows.last().map(|(entry, _)| EntryId(*entry))))
    }

    /// Forget a target that is none any more.
    pub fn forget_target(&self, target: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("delete from passed_over where target = ?1")?
            .execute([target])?;
        Ok(())
    }

    /// Remember what a target would not take; the oldest beyond the bound are forgotten.
    pub fn pass_over(&self, passed: &[PassedOver]) -> Result<(), StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut insert = transaction.prepare_cached(
            "insert into passed_over (target, entry, at, outcome, reason)
             values (?1, ?2, ?3, ?4, ?5)",
        )?;
        for one in passed {
            insert.execute(params![
                one.target,
                one.entry.0,
                one.at.0,
                one.outcome.as_str(),
                one.reason
            ])?;
        }
        if let Some(last) = passed.last() {
            transaction
                .prepare_cached(
                    "delete from passed_over
                      where target = ?1
                        and id <= (select id
                                     from passed_over
                                    where target = ?1
                                    order by id desc
                                    limit 1 offset ?2)",
                )?
                .execute(params![last.target, PASSED_OVER_MAX])?;
        }
        drop(insert);
        transaction.commit()?;
        Ok(())
    }
}

/// Whether anything is withheld at all.
pub fn any_withheld(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("select 1 from withheld limit 1")?;
    Ok(statement.exists([])?)
}

/// Whether a journal holds anything withheld; also one of a schema that had no such thing.
pub fn holds_withheld(connection: &Connection) -> Result<bool, StoreError> {
    let is_known = connection
        .prepare("select 1 from sqlite_schema where type = 'table' and name = 'withheld'")?
        .exists([])?;
    if is_known { any_withheld(connection) } else { Ok(false) }
}

/// Forget, in a journal that nobody has open, what only a secrets key opens.
pub fn forget_all_withheld(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(path, FLAGS)?;
    if holds_withheld(&connection)? {
        connection.execute("delete from withheld", [])?;
        connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    }
    Ok(())
}

/// Entries after `after` that a target gets, oldest first, each with what is sealed of it.
pub fn handed_on_after(
    connection: &Connection,
    target: &str,
    after: EntryId,
    limit: usize,
) -> Result<Vec<(EntryId, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select entry, sealed
           from withheld
          where entry > ?2 and {IS_FOR}
          order by entry
          limit ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![target, after.0, limit], |row| {
        Ok((EntryId(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What waits for a target beyond a place, the newest entry being `last`.
pub fn waiting_entries(
    connection: &Connection,
    target: &str,
    after: EntryId,
    last: EntryId,
) -> Result<WaitingEntries, StoreError> {
    let (looked_at, reached, entries): (i64, i64, i64) = connection
        .prepare_cached(&format!(
            "select count(*), coalesce(max(entry), 0), coalesce(sum({IS_FOR}), 0)
               from (select entry, targets
                       from withheld
                      where entry > ?2
                      order by entry
                      limit ?3)"
        ))?
        .query_row(params![target, after.0, COUNTED_MAX], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let beyond = if looked_at < COUNTED_MAX { 0 } else { (last.0 - reached).max(0) };
    let oldest_at = connection
        .prepare_cached(&format!(
            "select e.received_at
               from withheld w
               join entry e on e.id = w.entry
              where w.entry > ?2 and {IS_FOR}
              order by w.entry
              limit 1"
        ))?
        .query_row(params![target, after.0], |row| Ok(Timestamp(row.get(0)?)))
        .optional()?;
    Ok(WaitingEntries { entries: entries + beyond, oldest_at })
}

/// Entries that a target would not take, newest first.
pub fn passed_over(
    connection: &Connection,
    target: &str,
    limit: usize,
) -> Result<Vec<PassedOver>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select target, entry, at, outcome, reason
           from passed_over
          where target = ?1
          order by id desc
          limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![target, limit], |row| {
        Ok(PassedOver {
            target: row.get(0)?,
            entry: EntryId(row.get(1)?),
            at: Timestamp(row.get(2)?),
            outcome: super::word(row, 3, PassedOutcome::parse)?,
            reason: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::super::{PackedEntry, Way};
    use super::*;
    use crate::model::{Answer, Identity, KeyId, Provider, Route};
    use crate::store::sqlite::journal::Label;
    use crate::store::sqlite::open_reader;

    fn entry(number: i64, targets: &str) -> PackedEntry {
        let label = Label {
            provider: Provider::Other,
            route: Route::Azure,
            channel: None,
            key: KeyId(1),
            event_type: None,
            answer: Answer::Stored,
            admitted: true,
            reason: None,
        };
        PackedEntry {
            received_at: Timestamp(number),
            label,
            note: None,
            identity: Identity { scope: "test".to_owned(), ordinal: number, digest: [0; 16] },
            bytes: 1,
            dictionary: None,
            packed: vec![0],
            handed_on: Some(HandedOn { targets: targets.to_owned(), sealed: vec![1] }),
            way: Way::Received,
        }
    }

    #[test]
    fn each_target_finds_its_own_entries_and_all_are_forgotten_in_slices() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut writer = Writer::open(&path).unwrap();
        let batch: Vec<_> = (1..=700)
            .map(|number| entry(number, if number % 7 == 0 { "old,older" } else { "older" }))
            .collect();
        writer.append(&batch).unwrap();
        let reader = open_reader(&path).unwrap();
        let waiting =
            |target, after| waiting_entries(&reader, target, EntryId(after), EntryId(700)).unwrap();
        assert_eq!(
            waiting("old", 0),
            WaitingEntries { entries: 100, oldest_at: Some(Timestamp(7)) }
        );
        assert_eq!(waiting("older", 697).entries, 3);
        assert_eq!(waiting("olde", 0), WaitingEntries::default());
        let found = handed_on_after(&reader, "old", EntryId(7), 2).unwrap();
        assert_eq!(found, [(EntryId(14), vec![1]), (EntryId(21), vec![1])]);

        assert!(!writer.forget_withheld(EntryId(600)).unwrap(), "there is more");
        assert!(writer.forget_withheld(EntryId(600)).unwrap());
        assert_eq!(waiting("older", 0).entries, 100);
        assert!(any_withheld(&reader).unwrap());
        assert!(writer.forget_withheld(EntryId(700)).unwrap());
        assert!(!any_withheld(&reader).unwrap());
    }

    #[test]
    fn of_what_a_target_would_not_take_the_newest_are_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let writer = Writer::open(&path).unwrap();
        let one = |target: &str, number| PassedOver {
            target: target.to_owned(),
            entry: EntryId(number),
            at: Timestamp(number),
            outcome: PassedOutcome::Refused,
            reason: "answered 400".to_owned(),
        };
        writer.pass_over(&[one("other", 1)]).unwrap();
        for slice in 0..5 {
            let many: Vec<_> = (1..=300).map(|number| one("old", slice * 300 + number)).collect();
            writer.pass_over(&many).unwrap();
        }
        let reader = open_reader(&path).unwrap();
        let kept = passed_over(&reader, "old", 5_000).unwrap();
        assert_eq!(kept.len(), usize::try_from(PASSED_OVER_MAX).unwrap());
        assert_eq!(kept[0], one("old", 1_500));
        assert_eq!(passed_over(&reader, "other", 10).unwrap(), [one("other", 1)]);
        writer.forget_target("old").unwrap();
        assert_eq!(passed_over(&reader, "old", 10).unwrap(), []);
        assert_eq!(passed_over(&reader, "other", 10).unwrap().len(), 1);
    }
}
