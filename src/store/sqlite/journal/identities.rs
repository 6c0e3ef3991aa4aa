//! Which deliveries are known already.
//!
//! An identity is kept for ever in the table `identity`, in the order of what it is, so that it can
//! be found. Written there one by one, each would change a page of its own, and the log would
//! carry four kilobytes for every forty bytes. So a new one is written to `recent_identity`, in the
//! order of arrival, a hundred to a page, and held in memory; the oldest are moved over in sorted
//! slices, many to a page, with the commits that follow. Table and memory change in the same
//! transaction as the entries: after a crash the table says what the memory has to hold.

use std::collections::{HashMap, VecDeque};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::model::EntryId;
use crate::store::StoreError;

/// Identities held in memory before the oldest are moved; about a megabyte.
const RECENT_MAX: usize = 8_192;

/// Identities sorted together: the more, the more land on one page.
const MOVED_TOGETHER: usize = 4_096;

/// Moved in one step, one of them with most commits: a quarter of a millisecond, so that no sender waits for all of them.
const MOVED_PER_STEP: usize = 256;

/// Entries after which a further step is due: 21 steps move 4,096 identities, so 195 would do.
const ADDED_PER_STEP: usize = 128;

/// Rows of `recent_identity` removed in one step, after all of theirs have been moved.
const CLEARED_PER_STEP: i64 = 1_024;

/// An identity whose scope is interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Known {
    pub scope: i64,
    pub ordinal: i64,
    pub digest: [u8; 16],
}

/// Every identity on record: the recent ones in memory, the others in their table.
#[derive(Debug)]
pub(super) struct Identities {
    recent: HashMap<Known, i64>,
    /// The recent ones in the order of arrival, but for those that are being moved.
    arrived: VecDeque<(i64, Known)>,
    moving: Moving,
}

#[derive(Debug)]
enum Moving {
    Nothing,
    /// The greatest first; taken from the end. `last` is the newest entry among them.
    Sorted {
        left: Vec<(Known, i64)>,
        last: i64,
    },
    /// All are moved; their rows are removed from the oldest on, up to `last`.
    Clearing {
        next: i64,
        last: i64,
    },
}

impl Identities {
    /// Read what was not moved yet.
    pub fn open(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare(
            "select entry, scope, ordinal, digest
               from recent_identity
              order by entry",
        )?;
        let rows = statement.query_map([], |row| {
            let known = Known { scope: row.get(1)?, ordinal: row.get(2)?, digest: row.get(3)? };
            Ok((row.get(0)?, known))
        })?;
        let arrived: VecDeque<(i64, Known)> = rows.collect::<Result<_, _>>()?;
        let recent = arrived.iter().map(|(entry, known)| (*known, *entry)).collect();
        Ok(Self { recent, arrived, moving: Moving::Nothing })
    }

    /// The entry that brought an identity, if it is known.
    pub fn find(
        &self,
        transaction: &Transaction<'_>,
        known: &Known,
    ) -> Result<Option<EntryId>, StoreError> {
        if let Some(entry) = self.recent.get(known) {
            return Ok(Some(EntryId(*entry)));
        }
        Ok(transaction
            .prepare_cached(
                "select entry
                   from identity
                  where scope = ?1 and ordinal = ?2 and digest = ?3",
            )?
            .query_row(params![known.scope, known.ordinal, known.digest], |row| row.get(0))
            .optional()?
            .map(EntryId))
    }

    /// Remember a new identity.
    pub fn add(
        &mut self,
        transaction: &Transaction<'_>,
        known: Known,
        entry: i64,
    ) -> Result<(), StoreError> {
        transaction
            .prepare_cached(
                "insert into recent_identity (entry, scope, ordinal, digest)
                 values (?1, ?2, ?3, ?4)",
            )?
            .execute(params![entry, known.scope, known.ordinal, known.digest])?;
        self.recent.insert(known, entry);
        self.arrived.push_back((entry, known));
        Ok(())
    }

    /// Do one commit's share of the moving, after `added` entries: more than come, however large
    /// the batches are.
    pub fn tidy(&mut self, transaction: &Transaction<'_>, added: usize) -> Result<(), StoreError> {
        for _ in 0..=added / ADDED_PER_STEP {
            self.step(transaction)?;
        }
        Ok(())
    }

    fn step(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        match &mut self.moving {
            Moving::Nothing if self.arrived.len() <= RECENT_MAX => {}
            Moving::Nothing => {
                let mut left: Vec<(Known, i64)> = self
                    .arrived
                    .drain(..MOVED_TOGETHER)
                    .map(|(entry, known)| (known, entry))
                    .collect();
                let last = left.iter().map(|(_, entry)| *entry).max().unwrap_or(0);
                left.sort_unstable_by(|one, other| other.cmp(one));
                self.moving = Moving::Sorted { left, last };
            }
            Moving::Sorted { left, last } => {
                let last = *last;
                let slice = left.split_off(left.len().saturating_sub(MOVED_PER_STEP));
                let is_done = left.is_empty();
                for (known, entry) in slice.into_iter().rev() {
                    move_one(transaction, &known, entry)?;
                    self.recent.remove(&known);
                }
                if is_done {
                    self.moving = Moving::Clearing { next: oldest(transaction)?, last };
                }
            }
            Moving::Clearing { next, last } => {
                let until = (*next + CLEARED_PER_STEP).min(*last);
                transaction
                    .prepare_cached("delete from recent_identity where entry <= ?1")?
                    .execute([until])?;
                *next = until;
                if until == *last {
                    self.moving = Moving::Nothing;
                }
            }
        }
        Ok(())
    }
}

fn oldest(transaction: &Transaction<'_>) -> Result<i64, StoreError> {
    Ok(transaction
        .prepare_cached("select coalesce(min(entry), 0) from recent_identity")?
        .query_row([], |row| row.get(0))?)
}

fn move_one(transaction: &Transaction<'_>, known: &Known, entry: i64) -> Result<(), StoreError> {
    // After a crash between moving and clearing some are moved once more.
    transaction
        .prepare_cached(
            "insert into identity (scope, ordinal, digest, entry)
             values (?1, ?2, ?3, ?4)
             on conflict (scope, ordinal, digest) do nothing",
        )?
        .execute(params![known.scope, known.ordinal, known.digest, entry])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::journal::SCHEMA;
    use crate::store::sqlite::open_writer;

    /// Scattered over a few scopes, as subscriptions are.
    fn known(number: i64) -> Known {
        let digest = u128::try_from(number).unwrap().to_be_bytes();
        Known { scope: number % 7, ordinal: number / 7, digest }
    }

    fn commit_batches(
        connection: &Connection,
        identities: &mut Identities,
        numbers: std::ops::Range<i64>,
        size: usize,
    ) {
        for batch in numbers.collect::<Vec<_>>().chunks(size) {
            let transaction = connection.unchecked_transaction().unwrap();
            for number in batch {
                assert_eq!(identities.find(&transaction, &known(*number)).unwrap(), None);
                identities.add(&transaction, known(*number), *number).unwrap();
            }
            identities.tidy(&transaction, batch.len()).unwrap();
            transaction.commit().unwrap();
        }
    }

    fn assert_all_known(
        connection: &Connection,
        identities: &Identities,
        numbers: std::ops::Range<i64>,
    ) {
        let transaction = connection.unchecked_transaction().unwrap();
        for number in numbers {
            let found = identities.find(&transaction, &known(number)).unwrap();
            assert_eq!(found, Some(EntryId(number)), "{number}");
        }
    }

    #[test]
    fn what_came_once_is_known_for_ever_however_the_process_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut next = 1;
        // Ends at every stage of the moving: before it, in the middle, between moving and clearing.
        for length in [100, 8_500, 30, 300, 700, 450, 4_096, 9_000] {
            let connection = open_writer(&path, &SCHEMA).unwrap();
            connection.pragma_update(None, "synchronous", "off").unwrap();
            let mut identities = Identities::open(&connection).unwrap();
            assert_all_known(&connection, &identities, 1..next);
            commit_batches(&connection, &mut identities, next..next + length, 50);
            next += length;
            assert_all_known(&connection, &identities, 1..next);
        }
        let connection = open_writer(&path, &SCHEMA).unwrap();
        let count = |table: &str| -> i64 {
            connection
                .query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))
                .unwrap()
        };
        assert!(count("identity") > 8_000, "the oldest are moved");
        let (moved, waiting) = (count("identity"), count("recent_identity"));
        assert!(moved + waiting >= next - 1 && waiting < 3 * 8_192, "{moved} and {waiting}");
    }

    #[test]
    fn what_is_held_in_memory_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let connection = open_writer(&directory.path().join("journal.db"), &SCHEMA).unwrap();
        connection.pragma_update(None, "synchronous", "off").unwrap();
        let mut identities = Identities::open(&connection).unwrap();
        let mut next = 1;
        for (size, more) in [(1, 15_000), (50, 60_000), (512, 60_000)] {
            let numbers = next..next + more;
            next = numbers.end;
            commit_batches(&connection, &mut identities, numbers, size);
            assert!(identities.recent.len() < 2 * RECENT_MAX, "{}", identities.recent.len());
        }
        assert_all_known(&connection, &identities, 1..next);
    }
}
