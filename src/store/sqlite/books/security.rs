//! Reports of security scanners.

use std::io::Read;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::Ledger;
use super::records::to_json;
use crate::model::{EntryId, SecurityReport, Timestamp};
use crate::store::StoreError;

/// Bytes of a report that is kept beside its entry.
pub const REPORT_BYTES_MAX: usize = 4 << 20;

/// Effort of compressing reports.
const LEVEL: i32 = 3;

/// Reports that are listed of one build.
const LISTED_MAX: i64 = 500;

/// A report as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    pub public_id: String,
    /// Public id of its build.
    pub build: String,
    pub entry: EntryId,
    pub tool: Option<String>,
    pub name: Option<String>,
    /// JSON.
    pub counts: Option<String>,
    pub bytes: i64,
    pub is_kept: bool,
    pub at: Timestamp,
}

impl Ledger<'_> {
    /// Keep a report, in place of an older one of the same tool and name.
    pub fn keep_report(
        &self,
        build: i64,
        entry: EntryId,
        at: Timestamp,
        report: &SecurityReport,
        body: &[u8],
    ) -> Result<(), StoreError> {
        let newer: bool = self
            .transaction
            .prepare_cached(
                "select 1
                   from security_report
                  where build = ?1 and tool is ?2 and name is ?3 and entry > ?4",
            )?
            .exists(params![build, report.tool, report.name, entry.0])?;
        if newer {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "delete from security_report where build = ?1 and tool is ?2 and name is ?3",
            )?
            .execute(params![build, report.tool, report.name])?;
        let content = (body.len() <= REPORT_BYTES_MAX)
            .then(|| zstd::bulk::compress(body, LEVEL))
            .transpose()
            .map_err(|error| damaged(&error))?;
        self.transaction
            .prepare_cached(
                "insert into security_report (public_id, build, entry, tool, name, counts, bytes,
                        content, at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                public_id(entry),
                build,
                entry.0,
                report.tool,
                report.name,
                report.counts.as_ref().map(to_json).transpose()?,
                i64::try_from(body.len()).unwrap_or(i64::MAX),
                content,
                at.0
            ])?;
        Ok(())
    }

    /// What an entry told is taken back.
    pub(in crate::store::sqlite::books) fn take_back_reports(
        &self,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from security_report where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }

    pub(in crate::store::sqlite::books) fn forget_reports(
        &self,
        build: i64,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from security_report where build = ?1")?
            .execute([build])?;
        Ok(())
    }

    /// A build takes over the reports of another; of one tool and name the later stays.
    pub(in crate::store::sqlite::books) fn move_reports(
        &self,
        winner: i64,
        loser: i64,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update security_report set build = ?1 where build = ?2")?
            .execute([winner, loser])?;
        self.transaction
            .prepare_cached(
                "delete from security_report
                  where build = ?1
                    and exists (select 1
                                  from security_report newer
                                 where newer.build = security_report.build
                                   and newer.tool is security_report.tool
                                   and newer.name is security_report.name
                                   and newer.entry > security_report.entry)",
            )?
            .execute([winner])?;
        Ok(())
    }
}

/// The address of a report: that of the entry which told it.
fn public_id(entry: EntryId) -> String {
    const NAMESPACE: Uuid = Uuid::from_u128(0x6372_6565_6c5f_4b73_8563_7572_6974_795f);
    Uuid::new_v5(&NAMESPACE, &entry.0.to_le_bytes()).to_string()
}

/// The reports of a build, the newest first.
pub fn reports(connection: &Connection, build: i64) -> Result<Vec<ReportRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select r.public_id, b.public_id, r.entry, r.tool, r.name, r.counts, r.bytes,
                r.content is not null, r.at
           from security_report r
           join build b on b.id = r.build
          where r.build = ?1
          order by r.entry desc
          limit ?2",
    )?;
    let rows = statement.query_map(params![build, LISTED_MAX], |row| {
        Ok(ReportRow {
            public_id: row.get(0)?,
            build: row.get(1)?,
            entry: EntryId(row.get(2)?),
            tool: row.get(3)?,
            name: row.get(4)?,
            counts: row.get(5)?,
            bytes: row.get(6)?,
            is_kept: row.get(7)?,
            at: Timestamp(row.get(8)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A report as it came; `None` inside of one that is too large to be kept.
pub fn report_content(
    connection: &Connection,
    public_id: &str,
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let packed: Option<Option<Vec<u8>>> = connection
        .prepare_cached("select content from security_report where public_id = ?1")?
        .query_row([public_id], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(None) };
    let Some(packed) = packed else { return Ok(Some(None)) };
    let decoder =
        zstd::stream::read::Decoder::new(packed.as_slice()).map_err(|error| damaged(&error))?;
    let mut content = Vec::new();
    let most = u64::try_from(REPORT_BYTES_MAX).unwrap_or(u64::MAX);
    decoder.take(most).read_to_end(&mut content).map_err(|error| damaged(&error))?;
    Ok(Some(Some(content)))
}

fn damaged(error: &std::io::Error) -> StoreError {
    StoreError::Row { table: "security_report", what: error.to_string() }
}
