//! Lists of builds, and one build.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, Rows, Statement, params};
use uuid::Uuid;

use super::sources::{public_id, sources_named};
use super::{Page, SOURCE_LABEL, STREAMS_MAX, holds, merge, text, word};
use crate::model::{
    Aspect, AspectState, BuildId, BuildResult, BuildState, CommitNo, Provider, PullRequest,
    ResultDetail, SourceId, Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::records::errands::can_ask;

/// A build as it is shown, with the names that stand in other tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRow {
    pub id: i64,
    pub public_id: String,
    pub provider: Provider,
    pub source_id: SourceId,
    pub source: Option<String>,
    pub project: Option<String>,
    pub pipeline: Option<String>,
    pub pipeline_name: Option<String>,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub external_id: Option<String>,
    pub url: Option<String>,
    pub attempt: u32,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub result_detail: Option<ResultDetail>,
    pub raw_result: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub message: Option<String>,
    pub reason: Option<String>,
    pub requested_by: Option<String>,
    pub pull_request: Option<PullRequest>,
    pub origin: String,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub queue_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub version: CommitNo,
    /// Earliest time that the provider tells, else its receipt: never missing.
    pub first_known_at: Timestamp,
    /// Totals of its tests, as JSON.
    pub tests: Option<String>,
    pub asked: AskedRow,
}

/// How far asking the provider about a build has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedRow {
    /// What was asked at least once, with the reason where it is not done.
    pub aspects: Vec<(Aspect, AspectState, Option<String>)>,
    /// Something is still to be asked.
    pub is_wanted: bool,
    /// Somebody has given a token for this provider.
    pub can_ask: bool,
}

impl AskedRow {
    /// How an aspect stands of which nothing was noted.
    #[must_use]
    pub fn unasked(&self, provider: Provider, aspect: Aspect) -> AspectState {
        if self.is_wanted && Aspect::of(provider).contains(&aspect) {
            AspectState::Pending
        } else {
            AspectState::Unavailable
        }
    }
}

/// Which builds are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct BuildFilter {
    pub provider: Option<Provider>,
    /// Name, base address or GUID.
    pub source: Option<String>,
    /// Name or GUID.
    pub project: Option<String>,
    /// Slug, name or key.
    pub pipeline: Option<String>,
    pub branch: Option<String>,
    /// Number of the pull request that they are of.
    pub pull_request: Option<i64>,
    pub state: Option<BuildState>,
    pub result: Option<BuildResult>,
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
    /// A word in pipeline, label, number, branch, commit, message or person.
    pub text: Option<String>,
    pub external_id: Option<String>,
}

/// Place of a build in lists: newest first, ties by public id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildPlace {
    pub sort_at: i64,
    pub id: BuildId,
}

/// What a public id leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    Here(T),
    /// It was merged into the build with this public id.
    Moved(String),
    Nowhere,
}

/// One page of the wanted builds after a place.
pub fn builds(
    connection: &Connection,
    filter: &BuildFilter,
    after: Option<BuildPlace>,
    limit: usize,
) -> Result<Page<BuildRow, BuildPlace>, StoreError> {
    let wanted = Wanted::resolve(connection, filter)?;
    let after = after.unwrap_or(BuildPlace { sort_at: i64::MAX, id: BuildId(Uuid::max()) });
    let before = filter.until.map_or(after, |until| {
        after.min(BuildPlace { sort_at: until.0, id: BuildId(Uuid::nil()) })
    });
    let since = filter.since.map_or(i64::MIN, |since| since.0);

    let drivers = wanted.drivers();
    let mut statements = Vec::with_capacity(drivers.len());
    for driver in &drivers {
        statements.push(connection.prepare_cached(&driver.sql())?);
    }
    let mut streams = Vec::with_capacity(drivers.len());
    for (driver, statement) in drivers.iter().zip(&mut statements) {
        streams.push(driver.query(statement, since, before)?);
    }
    let page = merge(streams, limit, |row| {
        let id = word("build", text(row, 16)?, |text| Uuid::try_parse(text).ok())?;
        let place = BuildPlace { sort_at: row.get(1)?, id: BuildId(id) };
        Ok((place, if wanted.matches(row)? { Some(row.get(0)?) } else { None }))
    })?;
    let mut items = Vec::with_capacity(page.items.len());
    for id in page.items {
        items.extend(build(connection, id)?);
    }
    Ok(Page { items, next: page.next })
}

/// The result set that leads through a page, in the order of one index.
#[derive(Debug, Clone, Copy)]
enum Driver<'w> {
    Newest,
    Pipeline(i64),
    Branch(i64, &'w str),
    Source(i64),
    Result(BuildResult),
    ExternalId(&'w str),
    PullRequest(i64),
    /// Those that go on or wait: few of many.
    Unfinished,
}

impl Driver<'_> {
    fn sql(self) -> String {
        // By necessity named: without statistics SQLite takes the first index that fits, and of two
        // that begin alike it may take the shorter.
        let (index, condition) = match self {
            Self::Newest => ("build_newest", ""),
            Self::Pipeline(_) => ("build_by_pipeline", "pipeline = ?4 and"),
            Self::Branch(..) => ("build_by_branch", "pipeline = ?4 and branch = ?5 and"),
            Self::Source(_) => ("build_by_source", "source = ?4 and"),
            Self::Result(_) => ("build_by_result", "result = ?4 and"),
            Self::ExternalId(_) => ("build_by_external_id", "external_id = ?4 and"),
            Self::PullRequest(_) => ("build_by_pull_request", "pull_request = ?4 and"),
            Self::Unfinished => ("build_unfinished", "state <> 'finished' and"),
        };
        format!(
            "select id, sort_at, provider, source, pipeline, state, result, branch, project,
                    project_id, external_id, number, label, commit_id, message, requested_by,
                    public_id, pull_request
               from build indexed by {index}
              where {condition} sort_at >= ?1 and (sort_at, public_id) < (?2, ?3)
              order by sort_at desc, public_id desc"
        )
    }

    fn query<'s>(
        self,
        statement: &'s mut Statement<'_>,
        since: i64,
        before: BuildPlace,
    ) -> Result<Rows<'s>, StoreError> {
        // Hyphenated and in small letters, an id sorts as text as it does as a number.
        let (at, id) = (before.sort_at, before.id.to_string());
        Ok(match self {
            Self::Newest | Self::Unfinished => statement.query(params![since, at, id]),
            Self::Pipeline(key) | Self::Source(key) | Self::PullRequest(key) => {
                statement.query(params![since, at, id, key])
            }
            Self::Branch(key, branch) => statement.query(params![since, at, id, key, branch]),
            Self::Result(result) => statement.query(params![since, at, id, result.as_str()]),
            Self::ExternalId(key) => statement.query(params![since, at, id, key]),
        }?)
    }
}

/// A filter whose words became rows.
#[derive(Debug)]
struct Wanted<'f> {
    filter: &'f BuildFilter,
    sources: Option<HashSet<i64>>,
    pipelines: Option<HashSet<i64>>,
    /// Sources and GUIDs of the projects that are called so.
    projects: HashSet<(i64, String)>,
    text: Option<WantedText>,
}

#[derive(Debug)]
struct WantedText {
    lower: String,
    pipelines: HashSet<i64>,
}

impl<'f> Wanted<'f> {
    fn resolve(connection: &Connection, filter: &'f BuildFilter) -> Result<Self, StoreError> {
        let sources = match &filter.source {
            Some(name) => Some(sources_named(connection, name)?.into_iter().collect()),
            None => None,
        };
        let pipelines = match &filter.pipeline {
            Some(name) => Some(pipelines_named(connection, name)?),
            None => None,
        };
        let projects = match &filter.project {
            Some(name) => projects_named(connection, name)?,
            None => HashSet::new(),
        };
        let text = match &filter.text {
            Some(text) => Some(WantedText {
                lower: text.to_lowercase(),
                pipelines: pipelines_like(connection, text)?,
            }),
            None => None,
        };
        Ok(Self { filter, sources, pipelines, projects, text })
    }

    /// The narrowest index that has the order of the list.
    fn drivers(&self) -> Vec<Driver<'_>> {
        if let Some(id) = &self.filter.external_id {
            return vec![Driver::ExternalId(id)];
        }
        if let Some(number) = self.filter.pull_request {
            return vec![Driver::PullRequest(number)];
        }
        if self.filter.state.is_some_and(|state| state != BuildState::Finished) {
            return vec![Driver::Unfinished];
        }
        if let Some(pipelines) = few(self.pipelines.as_ref()) {
            return match &self.filter.branch {
                Some(branch) => pipelines.map(|id| Driver::Branch(id, branch)).collect(),
                None => pipelines.map(Driver::Pipeline).collect(),
            };
        }
        if let Some(sources) = few(self.sources.as_ref()) {
            return sources.map(Driver::Source).collect();
        }
        match self.filter.result {
            Some(result) => vec![Driver::Result(result)],
            None => vec![Driver::Newest],
        }
    }

    /// Whether a row of a driver is wanted. The driver's own condition holds twice, harmlessly.
    fn matches(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let filter = self.filter;
        let is = |index: usize, wanted: Option<&str>| match wanted {
            Some(wanted) => Ok(text(row, index)? == Some(wanted)),
            None => Ok::<_, StoreError>(true),
        };
        let among = |index: usize, wanted: Option<&HashSet<i64>>| match wanted {
            Some(wanted) => {
                Ok(row.get::<_, Option<i64>>(index)?.is_some_and(|id| wanted.contains(&id)))
            }
            None => Ok::<_, StoreError>(true),
        };
        Ok(is(2, filter.provider.map(Provider::as_str))?
            && among(3, self.sources.as_ref())?
            && among(4, self.pipelines.as_ref())?
            && is(5, filter.state.map(BuildState::as_str))?
            && is(6, filter.result.map(BuildResult::as_str))?
            && is(7, filter.branch.as_deref())?
            && self.is_of_project(row)?
            && is(10, filter.external_id.as_deref())?
            && match filter.pull_request {
                Some(wanted) => row.get::<_, Option<i64>>(17)? == Some(wanted),
                None => true,
            }
            && self.holds_text(row)?)
    }

    fn is_of_project(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let Some(wanted) = &self.filter.project else { return Ok(true) };
        let is = |index| Ok::<_, StoreError>(text(row, index)?.is_some_and(|t| t == wanted));
        if is(8)? {
            return Ok(true);
        }
        let Some(guid) = text(row, 9)? else { return Ok(false) };
        Ok(guid.eq_ignore_ascii_case(wanted)
            || self.projects.contains(&(row.get(3)?, guid.to_owned())))
    }

    fn holds_text(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let Some(wanted) = &self.text else { return Ok(true) };
        let pipeline: Option<i64> = row.get(4)?;
        if pipeline.is_some_and(|id| wanted.pipelines.contains(&id)) {
            return Ok(true);
        }
        let number: Option<i64> = row.get(11)?;
        if number.is_some_and(|number| number.to_string() == wanted.lower) {
            return Ok(true);
        }
        for index in [7, 8, 12, 13, 14, 15] {
            if holds(text(row, index)?, &wanted.lower) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The ids, when they are few enough to lead through a page each.
fn few(ids: Option<&HashSet<i64>>) -> Option<impl Iterator<Item = i64>> {
    ids.filter(|ids| ids.len() <= STREAMS_MAX).map(|ids| ids.iter().copied())
}

fn pipelines_named(connection: &Connection, name: &str) -> Result<HashSet<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id from pipeline where slug = ?1
          union
         select id from pipeline where name = ?1
          union
         select id from pipeline where key = ?1",
    )?;
    let rows = statement.query_map([name], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn pipelines_like(connection: &Connection, part: &str) -> Result<HashSet<i64>, StoreError> {
    // A table of thousands, not of millions: looking at all of it takes well under a millisecond.
    let mut statement = connection.prepare_cached(
        "select id
           from pipeline
          where instr(lower(coalesce(name, '')), lower(?1)) > 0
             or instr(lower(coalesce(slug, '')), lower(?1)) > 0",
    )?;
    let rows = statement.query_map([part], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn projects_named(
    connection: &Connection,
    name: &str,
) -> Result<HashSet<(i64, String)>, StoreError> {
    let mut statement =
        connection.prepare_cached("select source, guid from project where name = ?1")?;
    let rows = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One build, by its row.
pub fn build(connection: &Connection, id: i64) -> Result<Option<BuildRow>, StoreError> {
    build_where(connection, "b.id = ?1", params![id])
}

/// One build, by the id people know.
pub fn build_by_public_id(
    connection: &Connection,
    public_id: &str,
) -> Result<Found<BuildRow>, StoreError> {
    if let Some(row) = build_where(connection, "b.public_id = ?1", params![public_id])? {
        return Ok(Found::Here(row));
    }
    let moved = connection
        .prepare_cached(
            "select b.public_id
               from build_alias a
               join build b on b.id = a.build
              where a.public_id = ?1",
        )?
        .query_row([public_id], |row| row.get(0))
        .optional()?;
    Ok(moved.map_or(Found::Nowhere, Found::Moved))
}

/// Whether a build has this public id, or this name.
pub fn is_known(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "select 1 from build where public_id = ?1
             union all
             select 1 from build_alias where public_id = ?1",
        )?
        .exists([name])?)
}

/// Builds looked at for the last green one.
const GREEN_LOOK_MAX: i64 = 1_000;

/// The newest build of the same pipeline and branch before this one that ended well.
pub fn last_green(connection: &Connection, build: i64) -> Result<Option<BuildRow>, StoreError> {
    let found: Option<i64> = connection
        .prepare_cached(
            "select id
               from (select other.id, other.result, other.sort_at, other.public_id
                       from build this
                       join build other indexed by build_by_branch
                         on other.pipeline = this.pipeline and other.branch = this.branch
                        and (other.sort_at, other.public_id) < (this.sort_at, this.public_id)
                      where this.id = ?1
                      order by other.sort_at desc, other.public_id desc
                      limit ?2)
              where result = 'success'
              order by sort_at desc, public_id desc
              limit 1",
        )?
        .query_row(params![build, GREEN_LOOK_MAX], |row| row.get(0))
        .optional()?;
    found.map_or(Ok(None), |id| self::build(connection, id))
}

/// Builds of the same pipeline and branch after one and up to another, newest first.
pub fn builds_between(
    connection: &Connection,
    after: Option<i64>,
    up_to: i64,
    limit: usize,
) -> Result<Vec<BuildRow>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "select other.id
           from build this
           join build other indexed by build_by_branch
             on other.pipeline = this.pipeline and other.branch = this.branch
            and (other.sort_at, other.public_id) <= (this.sort_at, this.public_id)
           left join build green on green.id = ?2
          where this.id = ?1
            and (green.id is null
                 or (other.sort_at, other.public_id) > (green.sort_at, green.public_id))
          order by other.sort_at desc, other.public_id desc
          limit ?3",
    )?;
    let rows = statement.query_map(params![up_to, after, limit], |row| row.get(0))?;
    let ids: Vec<i64> = rows.collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(build(connection, id)?);
    }
    Ok(found)
}

/// The row of a build, by a public id it has or had.
pub fn build_row(connection: &Connection, public_id: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select id from build where public_id = ?1
              union all
             select build from build_alias where public_id = ?1
              limit 1",
        )?
        .query_row([public_id], |row| row.get(0))
        .optional()?)
}

fn build_where(
    connection: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> Result<Option<BuildRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select b.id, b.public_id, b.provider, {SOURCE_LABEL},
                coalesce(b.project, p.name, b.project_id),
                coalesce(l.slug, l.name, l.key), l.name, b.number, b.label, b.external_id, b.url,
                b.attempt, b.state, b.result, b.result_detail, b.raw_result, b.branch,
                b.commit_id, b.message, b.reason, b.requested_by, b.pull_request,
                b.pull_request_target, b.origin, b.queued_at, b.started_at, b.finished_at,
                b.queue_ms, b.duration_ms, b.version, s.provider, s.scheme, s.key, b.sort_at,
                b.tests,
                (select json_group_array(json_array(aspect, state, reason))
                   from enrichment
                  where build = b.id),
                exists (select 1 from errand where build = b.id and build <> 0)
           from build b
           join source s on s.id = b.source
           left join project p on p.source = b.source and p.guid = b.project_id
           left join pipeline l on l.id = b.pipeline
          where {condition}"
    ))?;
    let mut rows = statement.query(params)?;
    let Some(mut row) = rows.next()?.map(build_from_row).transpose()? else { return Ok(None) };
    row.asked.can_ask = can_ask(connection, row.provider)?;
    Ok(Some(row))
}

/// The aspects of a build, as `build_where` gathers them.
fn aspects_from(
    gathered: Option<&str>,
) -> Result<Vec<(Aspect, AspectState, Option<String>)>, StoreError> {
    let damaged = |what: String| StoreError::Row { table: "enrichment", what };
    let rows: Vec<(String, String, Option<String>)> =
        serde_json::from_str(gathered.unwrap_or("[]"))
            .map_err(|error| damaged(error.to_string()))?;
    let mut aspects = Vec::with_capacity(rows.len());
    for (aspect, state, reason) in rows {
        let aspect = word("enrichment", Some(&aspect), Aspect::parse)?;
        aspects.push((aspect, word("enrichment", Some(&state), AspectState::parse)?, reason));
    }
    Ok(aspects)
}

fn build_from_row(row: &Row<'_>) -> Result<BuildRow, StoreError> {
    let time = |index: usize| Ok::<_, StoreError>(row.get::<_, Option<i64>>(index)?.map(Timestamp));
    let pull_request = match row.get(21)? {
        Some(number) => Some(PullRequest { number, target: row.get(22)? }),
        None => None,
    };
    Ok(BuildRow {
        id: row.get(0)?,
        public_id: row.get(1)?,
        provider: word("build", text(row, 2)?, Provider::parse)?,
        source_id: public_id(row, [30, 31, 32])?,
        source: row.get(3)?,
        project: row.get(4)?,
        pipeline: row.get(5)?,
        pipeline_name: row.get(6)?,
        number: row.get(7)?,
        label: row.get(8)?,
        external_id: row.get(9)?,
        url: row.get(10)?,
        attempt: row.get(11)?,
        state: word("build", text(row, 12)?, BuildState::parse)?,
        result: text(row, 13)?.and_then(BuildResult::parse),
        result_detail: text(row, 14)?.and_then(ResultDetail::parse),
        raw_result: row.get(15)?,
        branch: row.get(16)?,
        commit: row.get(17)?,
        message: row.get(18)?,
        reason: row.get(19)?,
        requested_by: row.get(20)?,
        pull_request,
        origin: row.get(23)?,
        queued_at: time(24)?,
        started_at: time(25)?,
        finished_at: time(26)?,
        queue_ms: row.get(27)?,
        duration_ms: row.get(28)?,
        version: CommitNo(row.get(29)?),
        first_known_at: Timestamp(row.get(33)?),
        tests: row.get(34)?,
        asked: AskedRow {
            aspects: aspects_from(text(row, 35)?)?,
            is_wanted: row.get(36)?,
            can_ask: false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::books::Books;

    /// At ten million builds a list must be one walk along an index, never a sort.
    #[test]
    fn every_driver_walks_its_own_index_in_the_order_of_the_list() {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        let plan = |driver: Driver<'_>| {
            books
                .read(|connection| {
                    let sql = format!("explain query plan {}", driver.sql());
                    let mut statement = connection.prepare(&sql)?;
                    let before = BuildPlace { sort_at: 9, id: BuildId(Uuid::nil()) };
                    let mut rows = driver.query(&mut statement, 0, before)?;
                    let mut plan = String::new();
                    while let Some(row) = rows.next()? {
                        plan.push_str(&row.get::<_, String>(3)?);
                    }
                    Ok(plan)
                })
                .unwrap()
        };
        for (driver, index) in [
            (Driver::Newest, "build_newest"),
            (Driver::Pipeline(1), "build_by_pipeline"),
            (Driver::Branch(1, "main"), "build_by_branch"),
            (Driver::Source(1), "build_by_source"),
            (Driver::Result(BuildResult::Failure), "build_by_result"),
            (Driver::PullRequest(77), "build_by_pull_request"),
            (Driver::Unfinished, "build_unfinished"),
        ] {
            let plan = plan(driver);
            assert!(plan.contains(&format!("USING INDEX {index} ")), "{driver:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{driver:?}: {plan}");
        }
        // A build's own id belongs to a handful of builds: these few are sorted.
        assert!(plan(Driver::ExternalId("1")).contains("build_by_external_id"));
    }
}
