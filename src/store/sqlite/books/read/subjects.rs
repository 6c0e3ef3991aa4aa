//! Lists of subjects, and one subject.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Page, SOURCE_LABEL, holds, merge, text, word};
use crate::model::{Deployment, SubjectKind, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::records::from_json;

/// A subject as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRow {
    pub id: i64,
    pub public_key: String,
    pub kind: SubjectKind,
    pub title: Option<String>,
    pub state: Option<String>,
    pub source: Option<String>,
    pub project: Option<String>,
    pub url: Option<String>,
    /// Of the newest event that told of it, whatever that was about. `None` in books from before
    /// that was kept, until the next event.
    pub last_event_at: Option<Timestamp>,
    /// Of a deployment that was asked about.
    pub deployment: Option<Deployment>,
}

/// Which subjects are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct SubjectFilter {
    pub kind: Option<SubjectKind>,
    pub state: Option<String>,
    /// A word in title, key or project.
    pub text: Option<String>,
}

/// Place of a subject in lists: newest event first, ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubjectPlace {
    pub last_event_at: i64,
    pub id: i64,
}

/// One page of the wanted subjects after a place.
pub fn subjects(
    connection: &Connection,
    filter: &SubjectFilter,
    after: Option<SubjectPlace>,
    limit: usize,
) -> Result<Page<SubjectRow, SubjectPlace>, StoreError> {
    let after = after.unwrap_or(SubjectPlace { last_event_at: i64::MAX, id: i64::MAX });
    let condition = if filter.kind.is_some() { "u.kind = ?3 and" } else { "" };
    let mut statement = connection.prepare_cached(&subjects_sql(&format!(
        "{condition} (u.last_event_at, u.id) < (?1, ?2)
          order by u.last_event_at desc, u.id desc"
    )))?;
    let rows = match filter.kind {
        Some(kind) => statement.query(params![after.last_event_at, after.id, kind.as_str()])?,
        None => statement.query(params![after.last_event_at, after.id])?,
    };
    let lower = filter.text.as_ref().map(|text| text.to_lowercase());
    merge(vec![rows], limit, |row| {
        let place = SubjectPlace { id: row.get(0)?, last_event_at: row.get(8)? };
        let wanted = filter.state.is_none() || text(row, 4)? == filter.state.as_deref();
        let wanted = wanted && holds_text(row, lower.as_deref())?;
        Ok((place, if wanted { Some(subject_from_row(row)?) } else { None }))
    })
}

/// One subject, by a public key it has or had.
pub fn subject(
    connection: &Connection,
    public_key: &str,
) -> Result<Option<SubjectRow>, StoreError> {
    let Some(id) = subject_row(connection, public_key)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(&subjects_sql("u.id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(subject_from_row).transpose()
}

/// The row of a subject, by a public key it has or had.
pub fn subject_row(connection: &Connection, public_key: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select id from subject where public_key = ?1
              union all
             select subject from subject_alias where public_key = ?1
              limit 1",
        )?
        .query_row([public_key], |row| row.get(0))
        .optional()?)
}

/// Public key of a subject, by its row.
pub fn subject_key(connection: &Connection, id: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("select public_key from subject where id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

fn subjects_sql(condition: &str) -> String {
    format!(
        "select u.id, u.public_key, u.kind, u.title, u.state, {SOURCE_LABEL},
                coalesce(p.name, u.project), u.url, u.last_event_at, u.deployment
           from subject u
           join source s on s.id = u.source
           left join project p on p.source = u.source and p.guid = u.project
          where {condition}"
    )
}

fn subject_from_row(row: &Row<'_>) -> Result<SubjectRow, StoreError> {
    let deployment = text(row, 9)?.map(|says| from_json("subject", says)).transpose()?;
    Ok(SubjectRow {
        id: row.get(0)?,
        public_key: row.get(1)?,
        kind: word("subject", text(row, 2)?, SubjectKind::parse)?,
        title: row.get(3)?,
        state: row.get(4)?,
        source: row.get(5)?,
        project: row.get(6)?,
        url: row.get(7)?,
        last_event_at: Some(row.get(8)?).filter(|at| *at != i64::MIN).map(Timestamp),
        deployment,
    })
}

fn holds_text(row: &Row<'_>, lower: Option<&str>) -> Result<bool, StoreError> {
    let Some(lower) = lower else { return Ok(true) };
    for index in [1, 3, 6] {
        if holds(text(row, index)?, lower) {
            return Ok(true);
        }
    }
    Ok(false)
}
