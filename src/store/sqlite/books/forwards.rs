//! How far entries were handed on to receivers elsewhere, and how many each took.

use rusqlite::{Connection, OptionalExtension, params};

use super::{FORWARD, Ledger};
use crate::model::EntryId;
use crate::store::StoreError;

/// What became of the entries of a target, since it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ForwardCounts {
    pub taken: i64,
    pub refused: i64,
    pub failed: i64,
}

impl ForwardCounts {
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Ledger<'_> {
    /// Everything up to this entry is done with, and what became of it.
    pub fn forwarded(
        &self,
        target: &str,
        place: EntryId,
        counts: ForwardCounts,
    ) -> Result<(), StoreError> {
        self.set_position(&format!("{FORWARD}{target}"), place.0)?;
        for (word, count) in
            [("taken", counts.taken), ("refused", counts.refused), ("failed", counts.failed)]
        {
            if count > 0 {
                self.count(&format!("{FORWARD}{target}:{word}"), count)?;
            }
        }
        Ok(())
    }

    /// Forget the targets that are not among these. Returns their names, with the place of each.
    pub fn keep_forwards(&self, names: &[&str]) -> Result<Vec<(String, EntryId)>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select substr(name, length(?1) + 1), position
               from cursor
              where substr(name, 1, length(?1)) = ?1",
        )?;
        let rows = statement.query_map([FORWARD], |row| Ok((row.get(0)?, EntryId(row.get(1)?))))?;
        let all: Vec<(String, EntryId)> = rows.collect::<Result<_, _>>()?;
        let gone: Vec<_> =
            all.into_iter().filter(|(name, _)| !names.contains(&name.as_str())).collect();
        for (name, _) in &gone {
            self.transaction.execute(
                "delete from cursor
                  where name = ?1",
                [format!("{FORWARD}{name}")],
            )?;
            self.transaction.execute(
                "delete from counter
                  where name in (?1 || ':taken', ?1 || ':refused', ?1 || ':failed')",
                [format!("{FORWARD}{name}")],
            )?;
        }
        Ok(gone)
    }
}

/// The place of a target; `None` for one that never had any.
pub fn forward_place(connection: &Connection, target: &str) -> Result<Option<EntryId>, StoreError> {
    Ok(connection
        .prepare_cached("select position from cursor where name = ?1")?
        .query_row([format!("{FORWARD}{target}")], |row| Ok(EntryId(row.get(0)?)))
        .optional()?)
}

pub fn forward_counts(connection: &Connection, target: &str) -> Result<ForwardCounts, StoreError> {
    let one = |word: &str| -> Result<i64, StoreError> {
        Ok(connection
            .prepare_cached("select coalesce(max(count), 0) from counter where name = ?1")?
            .query_row(params![format!("{FORWARD}{target}:{word}")], |row| row.get(0))?)
    };
    Ok(ForwardCounts { taken: one("taken")?, refused: one("refused")?, failed: one("failed")? })
}
