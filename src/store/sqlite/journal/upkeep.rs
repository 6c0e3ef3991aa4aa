//! What retention reads of the journal, and what the writer removes for it.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Writer;
use crate::model::{EntryId, KeyId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::{Freed, shrink, space};

/// An entry as retention looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aged {
    pub entry: EntryId,
    pub received_at: Timestamp,
    /// The key it came with.
    pub key: KeyId,
    /// Headers and body as they are stored.
    pub packed_bytes: i64,
}

const AGED_COLUMNS: &str = "e.id, e.received_at, l.key_id, length(e.packed)";

fn aged_from_row(row: &Row<'_>) -> Result<Aged, rusqlite::Error> {
    Ok(Aged {
        entry: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        key: KeyId(row.get(2)?),
        packed_bytes: row.get(3)?,
    })
}

/// Entries after a place, oldest first.
pub fn aged_after(
    connection: &Connection,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Aged>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {AGED_COLUMNS}
           from entry e
           join label l on l.id = e.label
          where e.id > ?1
          order by e.id
          limit ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.0, limit], aged_from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of the entries that are there, in the shape in which retention looks at them.
pub fn aged(connection: &Connection, entries: &[EntryId]) -> Result<Vec<Aged>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {AGED_COLUMNS}
           from entry e
           join label l on l.id = e.label
          where e.id = ?1"
    ))?;
    let mut found = Vec::new();
    for entry in entries {
        found.extend(statement.query_row([entry.0], aged_from_row).optional()?);
    }
    Ok(found)
}

/// Receipt of the oldest entry.
pub fn oldest_entry_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    Ok(connection
        .prepare_cached("select received_at from entry order by id limit 1")?
        .query_row([], |row| Ok(Timestamp(row.get(0)?)))
        .optional()?)
}

impl Writer {
    /// Remove entries, one after the other until `patience` is at an end, but one at least; tells
    /// how many were dealt with. Their identities stay.
    pub fn remove_entries(
        &self,
        entries: &[EntryId],
        patience: Duration,
    ) -> Result<Freed, StoreError> {
        let newest = self.last();
        self.removing(|connection| {
            let mut statement = connection.prepare_cached("delete from entry where id = ?1")?;
            let begun = Instant::now();
            let mut done = 0;
            for entry in entries {
                // Without it the next start would give its number once more.
                if *entry < newest {
                    statement.execute([entry.0])?;
                }
                done += 1;
                if begun.elapsed() >= patience {
                    break;
                }
            }
            Ok(done)
        })
    }

    /// Remove repetitions up to a place in their own order; the newest stays for its number.
    pub fn remove_duplicates(&self, up_to: i64) -> Result<Freed, StoreError> {
        self.removing(|connection| {
            Ok(connection
                .prepare_cached(
                    "delete from duplicate
                      where id <= ?1 and id < (select max(id) from duplicate)",
                )?
                .execute([up_to])?)
        })
    }

    /// Give freed pages back to the file system, at most so many.
    pub fn shrink(&self, pages: i64) -> Result<Freed, StoreError> {
        shrink(&self.connection, pages)
    }

    fn removing(
        &self,
        remove: impl FnOnce(&Connection) -> Result<usize, StoreError>,
    ) -> Result<Freed, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let before = space(&transaction)?;
        let rows = remove(&transaction)?;
        let after = space(&transaction)?;
        transaction.commit()?;
        Ok(Freed { rows, bytes: after.freed_since(before) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::testing::entry;
    use crate::store::sqlite::journal::{entries_after, first_entry_since};

    fn filled() -> (tempfile::TempDir, Writer) {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("journal.db")).unwrap();
        for ordinal in 1..=20 {
            let appended = writer.append(&[entry(ordinal)]).unwrap();
            assert!(!appended[0].duplicate);
        }
        (directory, writer)
    }

    fn ids(range: std::ops::RangeInclusive<i64>) -> Vec<EntryId> {
        range.map(EntryId).collect()
    }

    #[test]
    fn an_entry_goes_and_its_identity_stays() {
        let (_directory, mut writer) = filled();
        let freed = writer.remove_entries(&ids(1..=10), Duration::from_secs(9)).unwrap();
        assert_eq!(freed.rows, 10);
        assert!(freed.bytes > 0, "pages are free for others");
        let left = entries_after(&writer.connection, EntryId(0), 99, usize::MAX).unwrap();
        assert_eq!(left.first().map(|entry| entry.id), Some(EntryId(11)));
        let again = writer.append(&[entry(3)]).unwrap();
        assert_eq!((again[0].entry, again[0].duplicate), (EntryId(3), true));
    }

    #[test]
    fn the_newest_entry_stays_so_that_no_number_is_given_twice() {
        let (directory, writer) = filled();
        writer.remove_entries(&ids(1..=20), Duration::from_secs(9)).unwrap();
        drop(writer);
        let writer = Writer::open(&directory.path().join("journal.db")).unwrap();
        assert_eq!(writer.last(), EntryId(20));
        assert_eq!(aged_after(&writer.connection, EntryId(0), 9).unwrap().len(), 1);
    }

    #[test]
    fn a_restart_writes_no_label_anew() {
        let (directory, writer) = filled();
        drop(writer);
        let mut writer = Writer::open(&directory.path().join("journal.db")).unwrap();
        writer.append(&[entry(21)]).unwrap();
        let labels: i64 = writer
            .connection
            .query_row("select count(*) from label", [], |row| row.get(0))
            .unwrap();
        assert_eq!(labels, 1);
    }

    #[test]
    fn a_slice_ends_when_its_time_is_up() {
        let (_directory, writer) = filled();
        let freed = writer.remove_entries(&ids(1..=10), Duration::ZERO).unwrap();
        assert_eq!(freed.rows, 1, "one at least");
        let left = aged(&writer.connection, &ids(1..=3)).unwrap();
        assert_eq!(left.iter().map(|aged| aged.entry).collect::<Vec<_>>(), ids(2..=3));
    }

    #[test]
    fn the_newest_repetition_stays_as_well() {
        let (_directory, mut writer) = filled();
        for _ in 0..5 {
            writer.append(&[entry(7)]).unwrap();
        }
        assert_eq!(writer.remove_duplicates(99).unwrap().rows, 4);
        assert_eq!(writer.remove_duplicates(99).unwrap().rows, 0);
    }

    #[test]
    fn a_place_in_time_is_found_where_entries_are_missing() {
        let (_directory, writer) = filled();
        // Received a second apart; some were kept of those that went.
        let gone: Vec<EntryId> = ids(1..=14).into_iter().filter(|id| id.0 % 6 != 0).collect();
        writer.remove_entries(&gone, Duration::from_secs(9)).unwrap();
        let since = |second: i64| {
            let found = first_entry_since(&writer.connection, Timestamp(second * 1_000)).unwrap();
            let after = found.map(|entry| EntryId(entry.0 - 1))?;
            aged_after(&writer.connection, after, 1).unwrap().first().map(|aged| aged.entry.0)
        };
        assert_eq!(
            [since(0), since(6), since(7), since(13), since(16)],
            [6, 6, 12, 15, 16].map(Some)
        );
        assert_eq!(since(21), None);
    }

    #[test]
    fn a_file_gives_back_what_is_free() {
        let (_directory, writer) = filled();
        writer.remove_entries(&ids(1..=19), Duration::from_secs(9)).unwrap();
        let free = space(&writer.connection).unwrap().free_pages;
        assert!(free > 4, "{free}");
        let page = space(&writer.connection).unwrap().page_bytes;
        assert_eq!(writer.shrink(3).unwrap(), Freed { rows: 3, bytes: 3 * page });
        assert_eq!(space(&writer.connection).unwrap().free_pages, free - 3);
    }
}
