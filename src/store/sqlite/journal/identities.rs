//! Which deliveries are known already.
//!
//! An identity is kept for ever in the table `identity`, in the order of what it is, so that it can
//! be found. Written there one by one, each would change a page of its own, and the log would
//! carry four kilobytes for every forty bytes. So the new ones of a commit are written to
//! `recent_identities` as one row, and held in memory; the oldest are moved over in sorted slices,
//! many to a page, with the commits that follow. Table and memory change in the same transaction as
//! the entries: after a crash the table says what the memory has to hold.

use std::collections::{HashMap, VecDeque};

use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params};

use super::REMEMBERED_MAX;
use crate::model::EntryId;
use crate::store::StoreError;

/// Identities held in memory before the oldest are moved; about a megabyte.
const RECENT_MAX: usize = 8_192;

/// Identities sorted together: the more, the more land on one page.
const MOVED_TOGETHER: usize = 4_096;

/// Moved in one step, one of them with most commits: a quarter of a millisecond, so that no sender
/// waits for all of them.
const MOVED_PER_STEP: usize = 256;

/// Entries after which a further step is due: 21 steps move 4,096 identities, so 195 would do.
const ADDED_PER_STEP: usize = 128;

/// Entries whose rows of `recent_identities` are removed in one step, after all have been moved.
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
    /// The greatest ordinal in the table, of scopes that were asked for. Most senders count up: what
    /// lies above needs no search.
    highest: HashMap<i64, i64>,
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

/// One commit's searches and additions.
pub(super) struct Batch<'i, 't> {
    identities: &'i mut Identities,
    transaction: &'t Transaction<'t>,
    search: CachedStatement<'t>,
    /// As they will be written.
    added: Vec<(i64, Known)>,
}

impl Identities {
    /// Read what was not moved yet.
    pub fn open(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare(
            "select last, packed
               from recent_identities
              order by last",
        )?;
        let mut rows = statement.query([])?;
        let mut arrived = VecDeque::new();
        while let Some(row) = rows.next()? {
            unpack(row.get(0)?, row.get_ref(1)?.as_blob().unwrap_or_default(), &mut arrived)?;
        }
        let recent = arrived.iter().map(|(entry, known)| (*known, *entry)).collect();
        Ok(Self { recent, arrived, moving: Moving::Nothing, highest: HashMap::new() })
    }

    pub fn batch<'i, 't>(
        &'i mut self,
        transaction: &'t Transaction<'t>,
    ) -> Result<Batch<'i, 't>, StoreError> {
        if self.highest.len() > REMEMBERED_MAX {
            self.highest.clear();
        }
        let search = transaction.prepare_cached(
            "select entry
               from identity
              where scope = ?1 and ordinal = ?2 and digest = ?3",
        )?;
        Ok(Batch { identities: self, transaction, search, added: Vec::new() })
    }
}

impl Batch<'_, '_> {
    /// The entry that brought an identity, if it is known.
    pub fn find(&mut self, known: &Known) -> Result<Option<EntryId>, StoreError> {
        if let Some(entry) = self.identities.recent.get(known) {
            return Ok(Some(EntryId(*entry)));
        }
        if known.ordinal > self.highest(known.scope)? {
            return Ok(None);
        }
        Ok(self
            .search
            .query_row(params![known.scope, known.ordinal, known.digest], |row| row.get(0))
            .optional()?
            .map(EntryId))
    }

    fn highest(&mut self, scope: i64) -> Result<i64, StoreError> {
        if let Some(highest) = self.identities.highest.get(&scope) {
            return Ok(*highest);
        }
        let highest: Option<i64> = self
            .transaction
            .prepare_cached("select max(ordinal) from identity where scope = ?1")?
            .query_row([scope], |row| row.get(0))?;
        let highest = highest.unwrap_or(i64::MIN);
        self.identities.highest.insert(scope, highest);
        Ok(highest)
    }

    /// Remember a new identity.
    pub fn add(&mut self, known: Known, entry: i64) {
        self.identities.recent.insert(known, entry);
        self.identities.arrived.push_back((entry, known));
        self.added.push((entry, known));
    }

    /// Write what was added, and do this commit's share of the moving: more than come, however
    /// large the batches are.
    pub fn end(self) -> Result<(), StoreError> {
        if let Some((last, _)) = self.added.last() {
            self.transaction
                .prepare_cached("insert into recent_identities (last, packed) values (?1, ?2)")?
                .execute(params![last, pack(*last, &self.added)?])?;
        }
        for _ in 0..=self.added.len() / ADDED_PER_STEP {
            self.identities.step(self.transaction)?;
        }
        Ok(())
    }
}

impl Identities {
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
                // After a crash between moving and clearing some are moved once more.
                let mut insert = transaction.prepare_cached(
                    "insert into identity (scope, ordinal, digest, entry)
                     values (?1, ?2, ?3, ?4)
                     on conflict (scope, ordinal, digest) do nothing",
                )?;
                for (known, entry) in slice.into_iter().rev() {
                    insert.execute(params![known.scope, known.ordinal, known.digest, entry])?;
                    if let Some(highest) = self.highest.get_mut(&known.scope) {
                        *highest = known.ordinal.max(*highest);
                    }
                    self.recent.remove(&known);
                }
                if is_done {
                    self.moving = Moving::Clearing { next: oldest(transaction)?, last };
                }
            }
            Moving::Clearing { next, last } => {
                let until = (*next + CLEARED_PER_STEP).min(*last);
                transaction
                    .prepare_cached("delete from recent_identities where last <= ?1")?
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
        .prepare_cached("select coalesce(min(last), 0) from recent_identities")?
        .query_row([], |row| row.get(0))?)
}

/// Bytes of one identity in a row: how far its entry lies before the row's last one (2), scope (8),
/// ordinal (8), digest (16), little-endian.
const PACKED_BYTES: usize = 34;

fn pack(last: i64, added: &[(i64, Known)]) -> Result<Vec<u8>, StoreError> {
    let mut packed = Vec::with_capacity(added.len() * PACKED_BYTES);
    for (entry, known) in added {
        let before = u16::try_from(last - entry)
            .map_err(|_| damaged("a commit of more entries than a row can tell".to_owned()))?;
        packed.extend_from_slice(&before.to_le_bytes());
        packed.extend_from_slice(&known.scope.to_le_bytes());
        packed.extend_from_slice(&known.ordinal.to_le_bytes());
        packed.extend_from_slice(&known.digest);
    }
    Ok(packed)
}

pub(super) fn unpack(
    last: i64,
    packed: &[u8],
    arrived: &mut VecDeque<(i64, Known)>,
) -> Result<(), StoreError> {
    let damaged = || damaged(format!("identities up to entry {last} of {} bytes", packed.len()));
    let (identities, rest) = packed.as_chunks::<PACKED_BYTES>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    for mut one in identities.iter().map(<[u8; PACKED_BYTES]>::as_slice) {
        let before = u16::from_le_bytes(take(&mut one).ok_or_else(damaged)?);
        let known = Known {
            scope: i64::from_le_bytes(take(&mut one).ok_or_else(damaged)?),
            ordinal: i64::from_le_bytes(take(&mut one).ok_or_else(damaged)?),
            digest: take(&mut one).ok_or_else(damaged)?,
        };
        arrived.push_back((last - i64::from(before), known));
    }
    Ok(())
}

fn damaged(what: String) -> StoreError {
    StoreError::Row { table: "recent_identities", what }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
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
        for numbers in numbers.collect::<Vec<_>>().chunks(size) {
            let transaction = connection.unchecked_transaction().unwrap();
            let mut batch = identities.batch(&transaction).unwrap();
            for number in numbers {
                assert_eq!(batch.find(&known(*number)).unwrap(), None);
                batch.add(known(*number), *number);
            }
            batch.end().unwrap();
            transaction.commit().unwrap();
        }
    }

    fn assert_all_known(
        connection: &Connection,
        identities: &mut Identities,
        numbers: std::ops::Range<i64>,
    ) {
        let transaction = connection.unchecked_transaction().unwrap();
        let mut batch = identities.batch(&transaction).unwrap();
        for number in numbers {
            let found = batch.find(&known(number)).unwrap();
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
            assert_all_known(&connection, &mut identities, 1..next);
            commit_batches(&connection, &mut identities, next..next + length, 50);
            next += length;
            assert_all_known(&connection, &mut identities, 1..next);
        }
        let connection = open_writer(&path, &SCHEMA).unwrap();
        let count = |table: &str| -> i64 {
            connection
                .query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))
                .unwrap()
        };
        assert!(count("identity") > 8_000, "the oldest are moved");
        let waiting = i64::try_from(Identities::open(&connection).unwrap().arrived.len()).unwrap();
        let moved = count("identity");
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
        assert_all_known(&connection, &mut identities, 1..next);
    }
}
