//! What is to be filed: entries that hold more than facts, each once.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{EntryId, FilingKind, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Something to file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingRow {
    pub entry: EntryId,
    /// Agents are of no build.
    pub build: Option<i64>,
    pub kind: FilingKind,
    pub tries: u32,
}

impl Ledger<'_> {
    /// An entry is to be filed: for a build, or for one that nobody told of yet, by its name.
    pub fn want_filing(
        &self,
        entry: EntryId,
        build: Result<Option<i64>, &str>,
        kind: FilingKind,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into filing (entry, build, name, kind, due_at)
                 values (?1, ?2, ?3, ?4, ?5)
                 on conflict (entry) do update
                    set build = excluded.build, name = excluded.name, kind = excluded.kind,
                        due_at = excluded.due_at, tries = 0, reason = null",
            )?
            .execute(params![entry.0, build.ok().flatten(), build.err(), kind.as_str(), now.0])?;
        Ok(())
    }

    /// A build is known by these names too. What waited for one of them is read again, now that it is
    /// known of which build it is.
    pub fn name_build(
        &self,
        build: i64,
        names: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for name in names {
            self.transaction
                .prepare_cached(
                    "insert into build_alias (public_id, build)
                     values (?1, ?2)
                     on conflict (public_id) do update set build = excluded.build",
                )?
                .execute(params![name, build])?;
            self.transaction
                .prepare_cached(
                    "insert into replay (entry, queued_at)
                     select entry, ?2 from filing where name = ?1
                     on conflict (entry) do nothing",
                )?
                .execute(params![name, now.0])?;
            self.transaction
                .prepare_cached("delete from filing where name = ?1")?
                .execute([name])?;
        }
        Ok(())
    }

    /// The build that has a name, also one that this transaction has not written yet.
    pub fn build_of_name(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select id from build where public_id = ?1
                 union all
                 select build from build_alias where public_id = ?1
                 limit 1",
            )?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// The build that has a name, with its source.
    pub fn build_named(&self, name: &str) -> Result<Option<(i64, i64)>, StoreError> {
        let with_source = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = self
            .transaction
            .prepare_cached("select id, source from build where public_id = ?1")?
            .query_row([name], with_source)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
        Ok(self
            .transaction
            .prepare_cached(
                "select b.id, b.source
                   from build_alias a
                   join build b on b.id = a.build
                  where a.public_id = ?1",
            )?
            .query_row([name], with_source)
            .optional()?)
    }

    pub fn filing_done(&self, entry: EntryId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from filing where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }

    /// It could not be filed: once more, later.
    pub fn filing_later(
        &self,
        entry: EntryId,
        due_at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update filing
                    set tries = tries + 1, due_at = ?2, reason = ?3
                  where entry = ?1",
            )?
            .execute(params![entry.0, due_at.0, reason])?;
        Ok(())
    }
}

/// What is to be filed next. In the order of the entries: of two sets of one key the later counts.
pub fn next_filing(
    connection: &Connection,
    now: Timestamp,
) -> Result<Option<FilingRow>, StoreError> {
    let found = connection
        .prepare_cached(
            "select entry, build, kind, tries
               from filing
              where name is null and due_at <= ?1
              order by due_at, entry
              limit 1",
        )?
        .query_row([now.0], |row| {
            let kind: String = row.get(2)?;
            Ok((EntryId(row.get(0)?), row.get(1)?, kind, row.get(3)?))
        })
        .optional()?;
    found
        .map(|(entry, build, kind, tries)| {
            let kind = FilingKind::parse(&kind).ok_or_else(|| StoreError::Row {
                table: "filing",
                what: format!("kind `{kind}`"),
            })?;
            Ok(FilingRow { entry, build, kind, tries })
        })
        .transpose()
}

/// How many entries wait to be filed for a build.
pub fn waiting_filings(connection: &Connection, build: i64) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("select count(*) from filing where build = ?1 and kind = 'tests'")?
        .query_row([build], |row| row.get(0))?)
}
