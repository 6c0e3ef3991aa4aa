//! What retention has done and seen: a row per class, sizes over time, since when bodies are gone.
//!
//! What is old enough to go is found in [`old`], and taken away in [`forget`].

pub mod forget;
pub mod logs;
pub mod old;

use rusqlite::{Connection, OptionalExtension, params};

use super::Ledger;
use crate::model::forecast::{FileSize, SizeSample};
use crate::model::{DataClass, EntryId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Freed;

/// Hours for which every size is kept; of older days one.
const HOURLY: i64 = 48;

/// What retention has done to a class of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassRow {
    pub class: DataClass,
    /// End of the last run that looked at all of it.
    pub last_run_at: Option<Timestamp>,
    /// Since the beginning.
    pub removed: i64,
    pub reclaimed_bytes: i64,
    /// Older than the limit, but still needed: as of the last run.
    pub held: i64,
}

/// A row for each class, those that were never looked at too.
pub fn classes(connection: &Connection) -> Result<[ClassRow; 5], StoreError> {
    let mut statement = connection.prepare_cached(
        "select last_run_at, removed, reclaimed_bytes, held
           from retention
          where class = ?1",
    )?;
    let mut rows = DataClass::ALL.map(|class| ClassRow {
        class,
        last_run_at: None,
        removed: 0,
        reclaimed_bytes: 0,
        held: 0,
    });
    for row in &mut rows {
        let found: Option<(Option<i64>, i64, i64, i64)> = statement
            .query_row([row.class.as_str()], |found| {
                Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?))
            })
            .optional()?;
        if let Some((last_run_at, removed, reclaimed_bytes, held)) = found {
            let last_run_at = last_run_at.map(Timestamp);
            *row = ClassRow { last_run_at, removed, reclaimed_bytes, held, ..*row };
        }
    }
    Ok(rows)
}

/// When the body of an entry was found to be gone: the end of the run that had passed it.
pub fn body_gone_since(
    connection: &Connection,
    entry: EntryId,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select at
               from body_removal
              where last_entry >= ?1
              order by last_entry
              limit 1",
        )?
        .query_row([entry.0], |row| Ok(Timestamp(row.get(0)?)))
        .optional()?)
}

/// Sizes from a time on, oldest first.
pub fn sizes(connection: &Connection, since: Timestamp) -> Result<Vec<SizeSample>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select hour, journal_bytes, journal_reclaimed_bytes, books_bytes,
                books_reclaimed_bytes, logs_bytes, logs_reclaimed_bytes, entries
           from storage_size
          where hour >= ?1
          order by hour",
    )?;
    let rows = statement.query_map([since.hour()], |row| {
        Ok(SizeSample {
            at: Timestamp(row.get::<_, i64>(0)? * Timestamp::MILLIS_PER_HOUR),
            journal: FileSize { used_bytes: row.get(1)?, reclaimed_bytes: row.get(2)? },
            books: FileSize { used_bytes: row.get(3)?, reclaimed_bytes: row.get(4)? },
            logs: FileSize { used_bytes: row.get(5)?, reclaimed_bytes: row.get(6)? },
            entries: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last entry whose body retention has noted as removed, 0 before the first.
pub fn bodies_removed_up_to(connection: &Connection) -> Result<EntryId, StoreError> {
    let last = "select coalesce(max(last_entry), 0) from body_removal";
    Ok(EntryId(connection.query_row(last, [], |row| row.get(0))?))
}

impl Ledger<'_> {
    /// Add to what was removed of a class.
    pub fn count_removed(&self, class: DataClass, freed: Freed) -> Result<(), StoreError> {
        if freed == Freed::default() {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into retention (class, removed, reclaimed_bytes)
                 values (?1, ?2, ?3)
                 on conflict (class) do update
                    set removed = removed + excluded.removed,
                        reclaimed_bytes = reclaimed_bytes + excluded.reclaimed_bytes",
            )?
            .execute(params![
                class.as_str(),
                i64::try_from(freed.rows).unwrap_or(i64::MAX),
                freed.bytes
            ])?;
        Ok(())
    }

    /// All of a class was looked at.
    pub fn end_run(&self, class: DataClass, at: Timestamp, held: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into retention (class, last_run_at, held)
                 values (?1, ?2, ?3)
                 on conflict (class) do update
                    set last_run_at = excluded.last_run_at, held = excluded.held",
            )?
            .execute(params![class.as_str(), at.0, held])?;
        Ok(())
    }

    /// Bodies are gone up to this entry, but for those that are held.
    pub fn bodies_gone(&self, last: EntryId, at: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into body_removal (last_entry, at)
                 select ?1, ?2
                  where ?1 > (select coalesce(max(last_entry), 0) from body_removal)",
            )?
            .execute(params![last.0, at.0])?;
        // Before the oldest line nobody can ask; the newest of those rows still answers for it.
        self.transaction
            .prepare_cached(
                "delete from body_removal
                  where last_entry < (select coalesce(min(entry), 0) from event)",
            )?
            .execute([])?;
        Ok(())
    }

    /// Keep how large everything is; of days that are over one size stays.
    pub fn keep_size(&self, size: &SizeSample) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into storage_size (hour, journal_bytes, journal_reclaimed_bytes,
                        books_bytes, books_reclaimed_bytes, entries, logs_bytes, logs_reclaimed_bytes)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 on conflict (hour) do nothing",
            )?
            .execute(params![
                size.at.hour(),
                size.journal.used_bytes,
                size.journal.reclaimed_bytes,
                size.books.used_bytes,
                size.books.reclaimed_bytes,
                size.entries,
                size.logs.used_bytes,
                size.logs.reclaimed_bytes,
            ])?;
        self.transaction
            .prepare_cached(
                "delete from storage_size
                  where hour < ?1
                    and exists (select 1
                                  from storage_size earlier
                                 where earlier.hour < storage_size.hour
                                   and earlier.hour >= storage_size.hour - storage_size.hour % 24)",
            )?
            .execute([size.at.hour() - HOURLY])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::books::{Books, ENTRIES, FORWARD, behind_all};

    fn books() -> (tempfile::TempDir, Books) {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        (directory, books)
    }

    #[test]
    fn sizes_are_hourly_for_two_days_and_daily_before() {
        let (_directory, books) = books();
        let first_hour = 24 * 20_000;
        for hour in first_hour..first_hour + 10 * 24 {
            let at = Timestamp(hour * Timestamp::MILLIS_PER_HOUR);
            let file = FileSize { used_bytes: hour, reclaimed_bytes: 0 };
            let size = SizeSample { at, journal: file, books: file, logs: file, entries: hour };
            books.write(|ledger| ledger.keep_size(&size)).unwrap();
        }
        let kept = books.read(|connection| sizes(connection, Timestamp(0))).unwrap();
        let hours: Vec<i64> = kept.iter().map(|size| size.at.hour() - first_hour).collect();
        let daily = (0..8).map(|day| day * 24);
        let hourly = (10 * 24 - 1 - HOURLY)..10 * 24;
        let mut expected: Vec<i64> = daily.chain(hourly).collect();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(hours, expected);
    }

    #[test]
    fn what_is_behind_all_is_behind_the_slowest_who_sends_on() {
        let (_directory, books) = books();
        let place = |name: &str, at: i64| {
            books.write(|ledger| ledger.set_position(name, at)).unwrap();
        };
        let behind = || books.read(behind_all).unwrap().0;
        assert_eq!(behind(), 0);
        place(&format!("{FORWARD}old-receiver"), 5);
        assert_eq!(behind(), 0, "the processor has read nothing yet");
        place(ENTRIES, 9);
        assert_eq!(behind(), 5);
        place(&format!("{FORWARD}another"), 7);
        place(&format!("{FORWARD}old-receiver"), 8);
        assert_eq!(behind(), 7);
        place("forwarded", 1);
        assert_eq!(behind(), 7, "another name");
    }

    #[test]
    fn since_when_a_body_is_gone_is_the_end_of_the_run_that_passed_it() {
        let (_directory, books) = books();
        books
            .write(|ledger| {
                ledger.bodies_gone(EntryId(10), Timestamp(1_000))?;
                ledger.bodies_gone(EntryId(10), Timestamp(2_000))?;
                ledger.bodies_gone(EntryId(30), Timestamp(3_000))
            })
            .unwrap();
        let since =
            |entry| books.read(|connection| body_gone_since(connection, EntryId(entry))).unwrap();
        assert_eq!([since(1), since(10)], [Some(Timestamp(1_000)); 2]);
        assert_eq!([since(11), since(31)], [Some(Timestamp(3_000)), None]);
    }
}
