//! SQL of `books.db`: records, their facts, and what the product knows about itself.

pub mod access;
pub mod audit;
pub mod checkup;
pub mod forwards;
mod identity;
pub mod keys;
pub mod merge;
pub mod people;
pub mod read;
pub mod records;
pub mod retention;
pub mod sample;
pub mod security;
pub mod sources;
pub mod test_sets;
mod told_agents;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{Freed, ReadPool, Schema, checkpoint, open_reader, open_writer, shrink};
use crate::model::{CommitNo, EntryId};
use crate::store::StoreError;

pub const SCHEMA: Schema = Schema {
    name: "books.db",
    cache_kib: 32 * 1024,
    log_pages_max: 4_000,
    migrations: &[
        include_str!("../../../../migrations/sqlite/books/0001_records.sql"),
        include_str!("../../../../migrations/sqlite/books/0002_source_identity.sql"),
        include_str!("../../../../migrations/sqlite/books/0003_list_order.sql"),
        include_str!("../../../../migrations/sqlite/books/0004_delays.sql"),
        include_str!("../../../../migrations/sqlite/books/0005_people.sql"),
        include_str!("../../../../migrations/sqlite/books/0006_sample.sql"),
        include_str!("../../../../migrations/sqlite/books/0007_pipelines.sql"),
        include_str!("../../../../migrations/sqlite/books/0008_retention.sql"),
        include_str!("../../../../migrations/sqlite/books/0009_keys.sql"),
        include_str!("../../../../migrations/sqlite/books/0010_audit.sql"),
        include_str!("../../../../migrations/sqlite/books/0011_enrichment.sql"),
        include_str!("../../../../migrations/sqlite/books/0012_access.sql"),
        include_str!("../../../../migrations/sqlite/books/0013_agents.sql"),
        include_str!("../../../../migrations/sqlite/books/0014_subjects_told.sql"),
        include_str!("../../../../migrations/sqlite/books/0015_asked_base.sql"),
        include_str!("../../../../migrations/sqlite/books/0016_tests.sql"),
        include_str!("../../../../migrations/sqlite/books/0017_test_status.sql"),
    ],
};

/// Pages given back in one piece: each may have to be moved, and the processor waits meanwhile.
const SHRINK_PAGES: i64 = 256;

/// The books of one data directory: one writing connection, several reading ones.
#[derive(Debug)]
pub struct Books {
    writer: Mutex<Connection>,
    readers: ReadPool,
}

impl Books {
    /// Whether a directory has books.
    #[must_use]
    pub fn exist(directory: &Path) -> bool {
        // An empty file is one that was cut, or made and never written.
        directory.join(SCHEMA.name).metadata().is_ok_and(|file| file.len() > 0)
    }

    /// One read of books that somebody else may have open. Blocks.
    pub fn look<T>(
        directory: &Path,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        read(&open_reader(&directory.join(SCHEMA.name))?)
    }

    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(SCHEMA.name);
        let writer = open_writer(&path, &SCHEMA)?;
        Ok(Self { writer: Mutex::new(writer), readers: ReadPool::new(path) })
    }

    /// Run one write transaction; on disk when this returns. Blocks.
    pub fn write<T>(
        &self,
        write: impl FnOnce(&Ledger<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        in_transaction(&mut writer, write)
    }

    /// Run one small write transaction that is not flushed: it survives the end of the process, and
    /// a power cut takes it back, with those after it, unless something was flushed since. For places
    /// that are reached again by repeating what led there. Blocks.
    pub fn note<T>(
        &self,
        write: impl FnOnce(&Ledger<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer =
            Unflushed { writer: self.writer.lock().unwrap_or_else(PoisonError::into_inner) };
        writer.writer.pragma_update(None, "synchronous", "normal")?;
        in_transaction(&mut writer.writer, write)
    }

    /// Give some of the freed pages back to the file system. Blocks.
    pub fn shrink(&self) -> Result<Freed, StoreError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let freed = shrink(&writer, SHRINK_PAGES)?;
        // The file itself gets shorter when the log is moved into it.
        checkpoint(&writer)?;
        Ok(freed)
    }

    /// Run one read. Blocks.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(read)
    }

    /// Move the log into the file and let go of it. Blocks.
    pub fn close(&self) {
        self.readers.forget();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writer.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())) {
            tracing::debug!(%error, "Left the log of the books for the next start");
        }
    }
}

/// The writing connection while it does not flush. However it is left, it flushes again.
struct Unflushed<'b> {
    writer: MutexGuard<'b, Connection>,
}

impl Drop for Unflushed<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.writer.pragma_update(None, "synchronous", "full") {
            tracing::error!(%error, "The books are not flushed at every commit any more");
        }
    }
}

fn in_transaction<T>(
    writer: &mut Connection,
    write: impl FnOnce(&Ledger<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcome = write(&Ledger { transaction: &transaction })?;
    transaction.commit()?;
    Ok(outcome)
}

/// An open write transaction on the books.
#[derive(Debug)]
pub struct Ledger<'t> {
    pub(super) transaction: &'t Transaction<'t>,
}

/// Place of the processor in the journal.
pub const ENTRIES: &str = "entries";
/// Place of the processor among the journal's duplicates.
pub const DUPLICATES: &str = "duplicates";
/// Begins the name of the place of a receiver elsewhere in the journal.
pub const FORWARD: &str = "forward:";
const COMMITS: &str = "commit";

/// Where a worker is, 0 before its first step.
pub fn position(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("select coalesce(max(position), 0) from cursor where name = ?1")?
        .query_row([name], |row| row.get(0))?)
}

/// How far everybody has come who needs what the journal holds: of what lies behind all of them,
/// nobody waits for a body.
pub fn behind_all(connection: &Connection) -> Result<EntryId, StoreError> {
    // The processor's place, and those of all who send on; the semicolon follows on the colon.
    let everybody = "select min(position)
                       from cursor
                      where name = ?1 or (name >= ?2 and name < ?3)";
    let slowest: Option<i64> = connection
        .prepare_cached(everybody)?
        .query_row([ENTRIES, FORWARD, &FORWARD.replace(':', ";")], |row| row.get(0))?;
    // The processor has a place from its first step on; before that nothing is behind it.
    Ok(EntryId(slowest.unwrap_or(0).min(position(connection, ENTRIES)?)))
}

/// Number of the newest commit.
pub fn last_commit(connection: &Connection) -> Result<CommitNo, StoreError> {
    position(connection, COMMITS).map(CommitNo)
}

impl Ledger<'_> {
    pub fn set_position(&self, name: &str, position: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into cursor (name, position)
                 values (?1, ?2)
                 on conflict (name) do update set position = excluded.position",
            )?
            .execute(params![name, position])?;
        Ok(())
    }

    pub fn position(&self, name: &str) -> Result<i64, StoreError> {
        position(self.transaction, name)
    }

    /// The number this commit will have.
    pub fn next_commit(&self) -> Result<CommitNo, StoreError> {
        let number = self.position(COMMITS)? + 1;
        self.set_position(COMMITS, number)?;
        Ok(CommitNo(number))
    }

    /// Add to a counter; never below 0.
    pub fn count(&self, name: &str, by: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into counter (name, count)
                 values (?1, max(0, ?2))
                 on conflict (name) do update set count = max(0, count + ?2)",
            )?
            .execute(params![name, by])?;
        if by < 0 {
            // What was all taken back was never counted.
            self.transaction
                .prepare_cached("delete from counter where name = ?1 and count = 0")?
                .execute([name])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Provider, SourceKey, SourceRef, SourceScheme};

    /// Books as the first schema left them: an organisation known by GUID and name, another by
    /// name, and a work item of each.
    const FILLED: &str = "
        insert into source (id, provider, name, base_url, said_at, first_seen_at, last_event_at)
        values (1, 'azure_devops', 'contoso', 'https://dev.azure.com/contoso', 5, 1, 9),
               (2, 'azure_devops', 'tailspin', null, 6, 1, 9);
        insert into source_key (provider, scheme, key, source)
        values ('azure_devops', 'collection', 'c1', 1),
               ('azure_devops', 'name', 'contoso', 1),
               ('azure_devops', 'name', 'tailspin', 2);
        insert into subject (source, kind, key, public_key, last_event_at, fold, version)
        values (1, 'work_item', '7', 'azure_devops:1:work_item:7', 5, '{}', 1),
               (2, 'work_item', '7', 'azure_devops:2:work_item:7', 5, '{}', 1);
        insert into source_lag (source, hour, bucket, events)
        values (1, 1, 0, 1), (1, 1, 2, 2), (1, 1, 3, 3), (1, 1, 7, 4);";

    #[test]
    fn filled_books_of_the_first_schema_are_brought_up_to_date() {
        let directory = tempfile::tempdir().unwrap();
        let first = Schema { migrations: &SCHEMA.migrations[..1], ..SCHEMA };
        let old = open_writer(&directory.path().join("books.db"), &first).unwrap();
        old.execute_batch(FILLED).unwrap();
        drop(old);

        let books = Books::open(directory.path()).unwrap();
        let key = |scheme, key: &str| SourceKey { scheme, key: key.to_owned() };
        let known = |keys: Vec<SourceKey>| {
            let provider = Provider::AzureDevops;
            let words = SourceRef { provider, keys, name: None, base_url: None };
            books.write(|ledger| ledger.known_source(&words)).unwrap()
        };
        let (collection, name) = (SourceScheme::Collection, SourceScheme::Name);
        assert_eq!(known(vec![key(collection, "c1"), key(name, "contoso")]), Some(1));
        assert_eq!(known(vec![key(name, "tailspin")]), Some(2));
        let lags: Vec<(i64, i64)> = books
            .read(|connection| {
                let mut rows = connection.prepare("select bucket, events from source_lag")?;
                let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .unwrap();
        assert_eq!(lags, [(0, 1), (3, 2), (7, 3), (127, 4)]);
        for (old, new) in [
            ("azure_devops:1:work_item:7", "azure_devops:c1:work_item:7"),
            ("azure_devops:2:work_item:7", "azure_devops:name=tailspin:work_item:7"),
        ] {
            let found = books.read(|connection| read::subjects::subject(connection, old)).unwrap();
            assert_eq!(found.unwrap().public_key, new);
        }
    }
}
