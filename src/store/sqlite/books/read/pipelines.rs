//! Pipelines: each with the newest builds of the branch that matters most.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sources::{public_id, sources_named};
use super::{EXAMINED_MAX, Page, SOURCE_LABEL, holds, text, word};
use crate::model::{BuildResult, BuildState, Provider, ResultDetail, SourceId, Timestamp};
use crate::store::StoreError;

/// Builds of a history strip.
const STRIP_MAX: usize = 30;

/// Builds among which the busiest branch is looked for.
const BRANCHES_OF_MAX: usize = 50;

/// What teams call the branch that others come from, the commonest first, for where the provider does
/// not tell it (hooks of Azure DevOps do not with a build).
const DEFAULT_BRANCHES: [&str; 4] = ["main", "master", "trunk", "develop"];

/// The busiest branch of a pipeline is taken for its default with that many builds, if they are half
/// of all: a first build of somebody's own branch says nothing of how a pipeline is doing.
const BUSY_BUILDS: i64 = 5;

/// A pipeline as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineRow {
    pub id: i64,
    pub provider: Provider,
    pub source_id: SourceId,
    pub source: Option<String>,
    pub project: Option<String>,
    /// Slug, else name, else the provider's own key.
    pub pipeline: String,
    pub pipeline_name: Option<String>,
    /// The branch the strip is of: the default, else the busiest; `None`: of all builds.
    pub branch: Option<String>,
    /// The provider says so, or it is called as such branches are, or most builds are of it.
    pub branch_is_default: bool,
    pub running: i64,
    pub last_build_at: Timestamp,
    /// Newest first, without those of pull requests.
    pub builds: Vec<StripRow>,
}

/// A build in a history strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripRow {
    pub public_id: String,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub result_detail: Option<ResultDetail>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub queue_ms: Option<i64>,
    pub duration_ms: Option<i64>,
}

/// Which pipelines are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct PipelineFilter {
    /// Name, base address or GUID.
    pub source: Option<String>,
    /// Name or GUID.
    pub project: Option<String>,
    /// Slug, name or key.
    pub pipeline: Option<String>,
    /// Only those with builds of this branch, which the strips are of instead of the default.
    pub branch: Option<String>,
    /// A part of the name or slug.
    pub text: Option<String>,
}

/// Place of a pipeline: newest build first, ties by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PipelinePlace {
    pub last_at: i64,
    pub id: i64,
}

/// One page of the wanted pipelines after a place.
pub fn pipelines(
    connection: &Connection,
    filter: &PipelineFilter,
    after: Option<PipelinePlace>,
    limit: usize,
) -> Result<Page<PipelineRow, PipelinePlace>, StoreError> {
    let mut places = wanted(connection, filter)?;
    places.retain(|place| after.is_none_or(|after| *place < after));
    places.sort_unstable_by(|one, other| other.cmp(one));
    let running = running(connection)?;
    let (mut items, mut next) = (Vec::new(), None);
    let mut places = places.into_iter().peekable();
    // Cut where there is enough: those without a branch that is asked for do not count.
    while let Some(place) = places.next() {
        let running = running.get(&place.id).copied().unwrap_or(0);
        items.extend(pipeline(connection, place, running, filter.branch.as_deref())?);
        if items.len() == limit {
            next = places.peek().is_some().then_some(place);
            break;
        }
    }
    Ok(Page { items, next })
}

/// Thousands at most, each with one look into the index: milliseconds.
fn wanted(
    connection: &Connection,
    filter: &PipelineFilter,
) -> Result<Vec<PipelinePlace>, StoreError> {
    let sources: Option<HashSet<i64>> = match &filter.source {
        Some(name) => Some(sources_named(connection, name)?.into_iter().collect()),
        None => None,
    };
    let lower = filter.text.as_ref().map(|text| text.to_lowercase());
    let mut statement = connection.prepare_cached(
        "select l.id, l.source, l.slug, l.name, n.sort_at, n.project, n.project_id, p.name, l.key
           from pipeline l
           join build n on n.id =
                (select id
                   from build indexed by build_by_pipeline
                  where pipeline = l.id
                  order by sort_at desc, public_id desc
                  limit 1)
           left join project p on p.source = n.source and p.guid = n.project_id",
    )?;
    let mut rows = statement.query([])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        let source: i64 = row.get(1)?;
        let is_of_project = |wanted: &String| -> Result<bool, StoreError> {
            let is = |index| Ok::<_, StoreError>(text(row, index)?.is_some_and(|t| t == wanted));
            let guid = text(row, 6)?.is_some_and(|guid| guid.eq_ignore_ascii_case(wanted));
            Ok(is(5)? || guid || is(7)?)
        };
        let is_called = |wanted: &String| -> Result<bool, StoreError> {
            let is = |index| Ok::<_, StoreError>(text(row, index)?.is_some_and(|t| t == wanted));
            Ok(is(2)? || is(3)? || is(8)?)
        };
        let holds_text = match &lower {
            Some(lower) => holds(text(row, 2)?, lower) || holds(text(row, 3)?, lower),
            None => true,
        };
        let fits = sources.as_ref().is_none_or(|wanted| wanted.contains(&source))
            && filter.project.as_ref().map_or(Ok(true), is_of_project)?
            && filter.pipeline.as_ref().map_or(Ok(true), is_called)?
            && holds_text;
        if fits {
            places.push(PipelinePlace { last_at: row.get(4)?, id: row.get(0)? });
        }
    }
    Ok(places)
}

/// How many builds of each pipeline go on now.
fn running(connection: &Connection) -> Result<HashMap<i64, i64>, StoreError> {
    // Builds whose end was lost stay unfinished: only so many are looked at, newest first.
    let mut statement = connection.prepare_cached(
        "select pipeline, count(*)
           from (select pipeline, state
                   from build indexed by build_unfinished
                  where state <> 'finished'
                  order by sort_at desc, public_id desc
                  limit ?1)
          where state = 'running' and pipeline is not null
          group by pipeline",
    )?;
    let limit = i64::try_from(EXAMINED_MAX).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn pipeline(
    connection: &Connection,
    place: PipelinePlace,
    running: i64,
    wanted_branch: Option<&str>,
) -> Result<Option<PipelineRow>, StoreError> {
    let (default, is_known) = branch(connection, place.id)?;
    let branch = wanted_branch.map(str::to_owned).or_else(|| default.clone());
    let branch_is_default = is_known && branch == default;
    let builds = strip(connection, place.id, branch.as_deref())?;
    if wanted_branch.is_some() && builds.is_empty() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(&format!(
        "select s.provider, {SOURCE_LABEL}, coalesce(n.project, p.name, n.project_id),
                coalesce(l.slug, l.name, l.key), l.name, s.scheme, s.key
           from pipeline l
           join source s on s.id = l.source
           join build n on n.id =
                (select id
                   from build indexed by build_by_pipeline
                  where pipeline = l.id
                  order by sort_at desc, public_id desc
                  limit 1)
           left join project p on p.source = n.source and p.guid = n.project_id
          where l.id = ?1"
    ))?;
    let mut rows = statement.query([place.id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(PipelineRow {
        id: place.id,
        provider: word("source", text(row, 0)?, Provider::parse)?,
        source_id: public_id(row, [0, 5, 6])?,
        source: row.get(1)?,
        project: row.get(2)?,
        pipeline: row.get(3)?,
        pipeline_name: row.get(4)?,
        branch,
        branch_is_default,
        running,
        last_build_at: Timestamp(place.last_at),
        builds,
    }))
}

/// The branch whose builds tell how a pipeline is doing, and whether it is the default.
pub fn branch(
    connection: &Connection,
    pipeline: i64,
) -> Result<(Option<String>, bool), StoreError> {
    let mut told =
        connection.prepare_cached("select default_branch from pipeline where id = ?1")?;
    if let Some(name) = told.query_row([pipeline], |row| row.get(0))? {
        return Ok((Some(name), true));
    }
    let mut known = connection.prepare_cached(
        "select 1
           from build indexed by build_by_branch
          where pipeline = ?1 and branch = ?2 and pull_request is null
          limit 1",
    )?;
    for name in DEFAULT_BRANCHES {
        let found = known.query_row(params![pipeline, name], |_| Ok(())).optional()?;
        if found.is_some() {
            return Ok((Some(name.to_owned()), true));
        }
    }
    let mut busiest = connection.prepare_cached(
        "with looked_at as (
             select branch, sort_at
               from build indexed by build_by_pipeline
              where pipeline = ?1 and pull_request is null
              order by sort_at desc, public_id desc
              limit ?2)
         select branch, count(*) >= ?3 and count(*) * 2 >= (select count(*) from looked_at)
           from looked_at
          where branch is not null
          group by branch
          order by count(*) desc, max(sort_at) desc, branch
          limit 1",
    )?;
    let limit = i64::try_from(BRANCHES_OF_MAX).unwrap_or(i64::MAX);
    let found = busiest
        .query_row(params![pipeline, limit, BUSY_BUILDS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map_or((None, false), |(name, is_default)| (Some(name), is_default)))
}

fn strip(
    connection: &Connection,
    pipeline: i64,
    branch: Option<&str>,
) -> Result<Vec<StripRow>, StoreError> {
    let (index, condition) = match branch {
        Some(_) => ("build_by_branch", "branch = ?3 and pull_request is null"),
        None => ("build_by_pipeline", "?3 is null"),
    };
    let mut statement = connection.prepare_cached(&format!(
        "select public_id, number, label, state, result, started_at, finished_at, queue_ms,
                duration_ms, result_detail
           from build indexed by {index}
          where pipeline = ?1 and {condition}
          order by sort_at desc, public_id desc
          limit ?2"
    ))?;
    let limit = i64::try_from(STRIP_MAX).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![pipeline, limit, branch])?;
    let mut builds = Vec::new();
    while let Some(row) = rows.next()? {
        builds.push(strip_from_row(row)?);
    }
    Ok(builds)
}

fn strip_from_row(row: &Row<'_>) -> Result<StripRow, StoreError> {
    let time = |index: usize| Ok::<_, StoreError>(row.get::<_, Option<i64>>(index)?.map(Timestamp));
    Ok(StripRow {
        public_id: row.get(0)?,
        number: row.get(1)?,
        label: row.get(2)?,
        state: word("build", text(row, 3)?, BuildState::parse)?,
        result: text(row, 4)?.and_then(BuildResult::parse),
        result_detail: text(row, 9)?.and_then(ResultDetail::parse),
        started_at: time(5)?,
        finished_at: time(6)?,
        queue_ms: row.get(7)?,
        duration_ms: row.get(8)?,
    })
}
