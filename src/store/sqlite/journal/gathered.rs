//! Identities by entry. They are kept in the order of what they are, so that a repetition is found;
//! who wants them in the order of their entries sorts them first.

use std::collections::VecDeque;

use rusqlite::{Connection, OptionalExtension, params};

use super::identities::unpack;
use crate::model::{EntryId, Identity};
use crate::store::StoreError;

/// Identities sorted by entry, in a file of their own that goes with this.
#[derive(Debug)]
pub struct Gathered {
    /// Named "": on disk where it gets large, and removed by SQLite.
    sorted: Connection,
}

impl Gathered {
    /// Sort the identities of a range of entries. The journal's state is held while it lasts.
    pub fn new(journal: &Connection, first: EntryId, last: EntryId) -> Result<Self, StoreError> {
        let sorted = Connection::open("")?;
        sorted.execute_batch(
            "create table identity (
                 entry integer primary key,
                 scope text not null,
                 ordinal integer not null,
                 digest blob not null
             );
             begin;",
        )?;
        let snapshot = journal.unchecked_transaction()?;
        {
            let mut insert = sorted.prepare(
                "insert into identity (entry, scope, ordinal, digest)
                 values (?1, ?2, ?3, ?4)
                 on conflict (entry) do nothing",
            )?;
            let mut moved = snapshot.prepare(
                "select i.entry, s.name, i.ordinal, i.digest
                   from identity i
                   join scope s on s.id = i.scope
                  where i.entry between ?1 and ?2
                  order by i.entry",
            )?;
            let mut rows = moved.query([first.0, last.0])?;
            while let Some(row) = rows.next()? {
                let (entry, scope): (i64, String) = (row.get(0)?, row.get(1)?);
                let (ordinal, digest): (i64, [u8; 16]) = (row.get(2)?, row.get(3)?);
                insert.execute(params![entry, scope, ordinal, digest])?;
            }
            let mut scope = snapshot.prepare("select name from scope where id = ?1")?;
            let mut recent = snapshot.prepare(
                "select last, packed from recent_identities where last >= ?1 order by last",
            )?;
            let mut rows = recent.query([first.0])?;
            while let Some(row) = rows.next()? {
                let mut arrived = VecDeque::new();
                unpack(row.get(0)?, row.get_ref(1)?.as_blob().unwrap_or_default(), &mut arrived)?;
                for (entry, known) in arrived {
                    if (first.0..=last.0).contains(&entry) {
                        let name: String = scope.query_row([known.scope], |row| row.get(0))?;
                        insert.execute(params![entry, name, known.ordinal, known.digest])?;
                    }
                }
            }
        }
        sorted.execute_batch("commit")?;
        Ok(Self { sorted })
    }

    /// The identity that an entry brought.
    pub fn of(&self, entry: EntryId) -> Result<Option<Identity>, StoreError> {
        let mut statement = self
            .sorted
            .prepare_cached("select scope, ordinal, digest from identity where entry = ?1")?;
        let found = statement.query_row([entry.0], |row| {
            Ok(Identity { scope: row.get(0)?, ordinal: row.get(1)?, digest: row.get(2)? })
        });
        Ok(found.optional()?)
    }
}
