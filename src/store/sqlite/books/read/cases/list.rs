//! Lists of tests: the bad ones first, then by name.
//!
//! Each status is walked along an index of names; healthy tests, which mostly have no row of their own,
//! along that of all.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::sources::sources_named;
use super::super::{EXAMINED_MAX, Page, SOURCE_LABEL, holds, text, word};
use crate::model::{Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::status::Assessed;

/// How a healthy test is stored, if it has a row at all.
const HEALTHY: i64 = 3;

/// A test, and what is kept of it if anything is.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    pub id: i64,
    pub public_id: String,
    pub suite: Option<String>,
    pub class: Option<String>,
    pub name: String,
    pub variant: Option<String>,
    /// 0: its builds tell none.
    pub pipeline: i64,
    pub first_at: Timestamp,
    pub assessed: Option<Assessed>,
}

/// What a pipeline is called, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPipeline {
    pub provider: Provider,
    pub source: Option<String>,
    pub pipeline: String,
    pub pipeline_name: Option<String>,
}

/// Which tests are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    pub pipelines: Option<Vec<i64>>,
    /// A part of suite, class or name.
    pub text: Option<String>,
    pub status: Option<i64>,
}

/// Place of a test: status, then name. The name is looked up by the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CasePlace {
    pub status: i64,
    pub case: i64,
}

/// How many tests are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub broken: i64,
    pub flaky: i64,
    pub watching: i64,
    pub total: i64,
}

const COLUMNS: &str =
    "c.id, c.public_id, c.suite, c.class, c.name, c.variant, c.pipeline, c.first_at,
                       a.status, a.since, a.alarms, a.figures";

fn case_from_row(row: &Row<'_>) -> Result<CaseRow, StoreError> {
    let id = row.get(0)?;
    let assessed = match row.get(8)? {
        None => None,
        Some(status) => Some(Assessed {
            case: id,
            status,
            since: row.get::<_, Option<i64>>(9)?.map(Timestamp),
            alarms: row.get(10)?,
            figures: row.get(11)?,
        }),
    };
    Ok(CaseRow {
        id,
        public_id: row.get(1)?,
        suite: row.get(2)?,
        class: row.get(3)?,
        name: row.get(4)?,
        variant: row.get(5)?,
        pipeline: row.get(6)?,
        first_at: Timestamp(row.get(7)?),
        assessed,
    })
}

/// The pipelines that are called so, of sources that are called so; `None`: all.
pub fn pipelines_named(
    connection: &Connection,
    source: Option<&str>,
    pipeline: Option<&str>,
) -> Result<Option<Vec<i64>>, StoreError> {
    if source.is_none() && pipeline.is_none() {
        return Ok(None);
    }
    let sources: Option<HashSet<i64>> = match source {
        Some(name) => Some(sources_named(connection, name)?.into_iter().collect()),
        None => None,
    };
    let mut statement = connection.prepare_cached(
        "select id, source
           from pipeline
          where ?1 is null or slug = ?1 or name = ?1 or key = ?1",
    )?;
    let mut rows = statement.query([pipeline])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let source: i64 = row.get(1)?;
        if sources.as_ref().is_none_or(|wanted| wanted.contains(&source)) {
            found.push(row.get(0)?);
        }
    }
    Ok(Some(found))
}

pub fn of_pipeline(
    connection: &Connection,
    pipeline: i64,
) -> Result<Option<OfPipeline>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select s.provider, {SOURCE_LABEL}, coalesce(l.slug, l.name, l.key), l.name
           from pipeline l
           join source s on s.id = l.source
          where l.id = ?1"
    ))?;
    let mut rows = statement.query([pipeline])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(OfPipeline {
        provider: word("source", text(row, 0)?, Provider::parse)?,
        source: row.get(1)?,
        pipeline: row.get(2)?,
        pipeline_name: row.get(3)?,
    }))
}

impl CaseFilter {
    fn wants(&self, row: &Row<'_>, lower: Option<&str>) -> Result<bool, StoreError> {
        if let Some(pipelines) = &self.pipelines
            && !pipelines.contains(&row.get(6)?)
        {
            return Ok(false);
        }
        let Some(lower) = lower else { return Ok(true) };
        Ok(holds(text(row, 2)?, lower)
            || holds(text(row, 3)?, lower)
            || holds(text(row, 4)?, lower))
    }
}

/// One page of the wanted tests after a place.
pub fn cases(
    connection: &Connection,
    filter: &CaseFilter,
    after: Option<CasePlace>,
    limit: usize,
) -> Result<Page<CaseRow, CasePlace>, StoreError> {
    let lower = filter.text.as_ref().map(|text| text.to_lowercase());
    let after = after.unwrap_or(CasePlace { status: -1, case: 0 });
    // Of a test that is gone by now the page begins anew with the first of its status.
    let mut named = connection.prepare_cached("select name from test_case where id = ?1")?;
    let name: Option<String> = named.query_row([after.case], |row| row.get(0)).optional()?;
    let (name, case) = name.map_or((String::new(), 0), |name| (name, after.case));

    let one = match filter.pipelines.as_deref() {
        Some([]) => return Ok(Page { items: Vec::new(), next: None }),
        Some([one]) => Some(*one),
        _ => None,
    };
    let (mut items, mut examined, mut last) = (Vec::new(), 0, None);
    for status in after.status.max(0)..=HEALTHY {
        if filter.status.is_some_and(|wanted| wanted != status) {
            continue;
        }
        let from = if status == after.status { (name.as_str(), case) } else { ("", 0) };
        let mut statement = connection.prepare_cached(&by_name(status, one.is_some()))?;
        let mut rows = statement.query(params![one, from.0, from.1])?;
        while let Some(row) = rows.next()? {
            if items.len() == limit || examined == EXAMINED_MAX {
                return Ok(Page { items, next: last });
            }
            examined += 1;
            last = Some(CasePlace { status, case: row.get(0)? });
            let is_of_it = row.get::<_, Option<i64>>(8)?.unwrap_or(HEALTHY) == status;
            if is_of_it && filter.wants(row, lower.as_deref())? {
                items.push(case_from_row(row)?);
            }
        }
    }
    Ok(Page { items, next: None })
}

/// The tests of one status by name, along an index that has them so. Those that may be healthy are
/// all of them.
fn by_name(status: i64, of_one_pipeline: bool) -> String {
    let tests = match (status, of_one_pipeline) {
        (HEALTHY, true) => {
            "test_case c indexed by test_case_by_pipeline
           left join test_status a on a.test_case = c.id
          where c.pipeline = ?1 and (c.name, c.id) > (?2, ?3)
          order by c.name, c.id"
        }
        (HEALTHY, false) => {
            "test_case c indexed by test_case_by_name
           left join test_status a on a.test_case = c.id
          where ?1 is null and (c.name, c.id) > (?2, ?3)
          order by c.name, c.id"
        }
        (bad, _) => &format!(
            "test_status a indexed by test_status_by_name
          cross join test_case c on c.id = a.test_case
          where a.status = {bad} and a.status < 3 and (a.name, a.test_case) > (?2, ?3)
            and a.pipeline is coalesce(?1, a.pipeline)
          order by a.name, a.test_case"
        ),
    };
    format!("select {COLUMNS} from {tests}")
}

/// How many tests of these pipelines are how.
pub fn tally(connection: &Connection, pipelines: Option<&[i64]>) -> Result<Tally, StoreError> {
    let mut statement = connection.prepare_cached(
        "select pipeline, status, count(*)
           from test_status indexed by test_status_by_name
          where status < 3
          group by pipeline, status",
    )?;
    let mut rows = statement.query([])?;
    let mut tally = Tally { total: case_count(connection, pipelines)?, ..Tally::default() };
    while let Some(row) = rows.next()? {
        let pipeline: i64 = row.get(0)?;
        if pipelines.is_some_and(|wanted| !wanted.contains(&pipeline)) {
            continue;
        }
        let count: i64 = row.get(2)?;
        match row.get(1)? {
            0 => tally.broken += count,
            1 => tally.flaky += count,
            _ => tally.watching += count,
        }
    }
    Ok(tally)
}

/// How many tests these pipelines have.
pub fn case_count(connection: &Connection, pipelines: Option<&[i64]>) -> Result<i64, StoreError> {
    let Some(pipelines) = pipelines else {
        return Ok(connection
            .prepare_cached("select count(*) from test_case")?
            .query_row([], |row| row.get(0))?);
    };
    let mut statement =
        connection.prepare_cached("select count(*) from test_case where pipeline = ?1")?;
    let mut count = 0;
    for pipeline in pipelines {
        count += statement.query_row([pipeline], |row| row.get::<_, i64>(0))?;
    }
    Ok(count)
}

/// The test of an address.
pub fn case_by_public_id(
    connection: &Connection,
    public_id: &str,
) -> Result<Option<CaseRow>, StoreError> {
    case_where(connection, "c.public_id = ?1", params![public_id])
}

/// A test by its row.
pub fn case(connection: &Connection, id: i64) -> Result<Option<CaseRow>, StoreError> {
    case_where(connection, "c.id = ?1", params![id])
}

fn case_where(
    connection: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> Result<Option<CaseRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {COLUMNS}
           from test_case c
           left join test_status a on a.test_case = c.id
          where {condition}"
    ))?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(case_from_row).transpose()
}

/// The address of a test.
pub fn case_public_id(connection: &Connection, id: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("select public_id from test_case where id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// Pipelines with tests that something speaks against.
pub fn assessed_pipelines(connection: &Connection) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("select distinct pipeline from test_status order by pipeline")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
