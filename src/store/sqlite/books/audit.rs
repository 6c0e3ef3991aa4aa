//! The audit trail: a row is written in the transaction that makes the change, and read newest first.

use rusqlite::{Connection, Row, params};

use super::Ledger;
use super::read::{Page, merge, text, word};
use crate::model::{Action, By, Deed, Thing, Timestamp};
use crate::store::StoreError;

/// One thing that was done, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub id: i64,
    pub at: Timestamp,
    pub who_kind: String,
    pub who_id: Option<i64>,
    pub who_name: Option<String>,
    pub address: Option<String>,
    pub action: Action,
    pub on: Option<Thing>,
    pub detail: serde_json::Value,
}

/// Which deeds are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// A name without regard to case, a word for who acts, or both with a number: `key:7`.
    pub who: Option<String>,
    pub action: Option<Action>,
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
}

/// Place of a deed: its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPlace(pub i64);

impl Ledger<'_> {
    /// Write down who does what, in the transaction that does it.
    pub fn audit(&self, by: &By, deed: &Deed) -> Result<(), StoreError> {
        let on = deed.on.as_ref();
        self.transaction
            .prepare_cached(
                "insert into audit (at, who_kind, who_id, who_name, address, action, on_kind, on_id,
                                    on_name, detail)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                by.at.0,
                by.actor.kind(),
                by.actor.id(),
                by.actor.name(),
                by.address,
                deed.action.as_str(),
                on.map(|on| on.kind.as_str()),
                on.and_then(|on| on.id.as_deref()),
                on.and_then(|on| on.name.as_deref()),
                deed.detail.to_string(),
            ])?;
        Ok(())
    }
}

/// One page of the wanted deeds after a place, newest first.
pub fn audit(
    connection: &Connection,
    filter: &AuditFilter,
    after: Option<AuditPlace>,
    limit: usize,
) -> Result<Page<AuditRow, AuditPlace>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, at, who_kind, who_id, who_name, address, action, on_kind, on_id, on_name, detail
           from audit
          where id < ?1
          order by id desc",
    )?;
    let rows = statement.query([after.map_or(i64::MAX, |place| place.0)])?;
    merge(vec![rows], limit, |row| {
        let place = AuditPlace(row.get(0)?);
        Ok((place, if filter.wants(row)? { Some(audit_from_row(row)?) } else { None }))
    })
}

impl AuditFilter {
    fn wants(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let at = Timestamp(row.get(1)?);
        let is_in_time =
            self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until);
        if !is_in_time {
            return Ok(false);
        }
        if let Some(action) = self.action
            && text(row, 6)? != Some(action.as_str())
        {
            return Ok(false);
        }
        let Some(who) = &self.who else { return Ok(true) };
        let kind = text(row, 2)?.unwrap_or_default();
        let id: Option<i64> = row.get(3)?;
        let is_called = text(row, 4)?.is_some_and(|name| name.to_lowercase() == who.to_lowercase());
        Ok(is_called || kind == who || id.is_some_and(|id| format!("{kind}:{id}") == *who))
    }
}

fn audit_from_row(row: &Row<'_>) -> Result<AuditRow, StoreError> {
    let damaged = |what: String| StoreError::Row { table: "audit", what };
    let on = match row.get::<_, Option<String>>(7)? {
        Some(kind) => Some(Thing { kind, id: row.get(8)?, name: row.get(9)? }),
        None => None,
    };
    let detail = text(row, 10)?.unwrap_or_default();
    Ok(AuditRow {
        id: row.get(0)?,
        at: Timestamp(row.get(1)?),
        who_kind: row.get(2)?,
        who_id: row.get(3)?,
        who_name: row.get(4)?,
        address: row.get(5)?,
        action: word("audit", text(row, 6)?, Action::parse)?,
        on,
        detail: serde_json::from_str(detail).map_err(|error| damaged(error.to_string()))?,
    })
}
