//! Rows of builds, their keys, pipelines and projects.

use rusqlite::{Connection, OptionalExtension, params};

use super::{damaged, from_json, to_json};
use crate::model::{
    Build, BuildFold, BuildId, BuildResult, CommitNo, PipelineSaid, Provider, ResultDetail,
    Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Which word for a pipeline stays: the latest that has a name, of one time the greater.
pub(in crate::store::sqlite::books) const LATEST_PIPELINE: &str =
    "on conflict (source, key) do update
                    set slug = coalesce(excluded.slug, slug),
                        name = excluded.name,
                        said_at = excluded.said_at
                  where excluded.name is not null
                    and (pipeline.name is null
                         or (excluded.said_at, excluded.name) > (pipeline.said_at, pipeline.name))";

/// Which name of a project stays: the latest, of one time the greater.
pub(in crate::store::sqlite::books) const LATEST_PROJECT: &str =
    "on conflict (source, guid) do update
                    set name = excluded.name,
                        said_at = excluded.said_at
                  where (excluded.said_at, excluded.name) > (project.said_at, project.name)";

/// A build as the processor opens it.
#[derive(Debug)]
pub struct OpenedBuild {
    pub source: i64,
    pub fold: BuildFold,
    pub received_at: Timestamp,
}

/// What never changes with the facts of a build.
#[derive(Debug)]
pub struct NewBuild {
    pub public_id: BuildId,
    pub provider: Provider,
}

/// A build as the processor saves it.
#[derive(Debug)]
pub struct SavedBuild<'a> {
    pub source: i64,
    pub pipeline: Option<i64>,
    pub fold: &'a BuildFold,
    pub record: &'a Build,
    pub received_at: Timestamp,
    pub version: CommitNo,
}

/// Who told of build `?1`: hooks, if any did, before reporters of our own, before those of others. Null
/// where no event of it is kept.
const ORIGIN: &str = "case
    when exists (select 1 from event where build = ?1 and provider <> 'reporter') then 'hook'
    when exists (select 1 from event where build = ?1 and type in ('report', 'upload'))
      then 'reporter'
    when exists (select 1 from event where build = ?1) then 'ingest'
end";

impl Ledger<'_> {
    /// The build that each of the keys belongs to. A number is given once more when a pipeline is
    /// made anew under its old name: it leads to no build whose own id is another.
    pub fn builds_by_keys(
        &self,
        source: i64,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select build
               from build_key
              where source = ?1 and scheme = ?2 and key = ?3",
        )?;
        let mut found: Vec<Option<i64>> = Vec::with_capacity(keys.len());
        for (scheme, key) in keys {
            let build: Option<i64> =
                statement.query_row(params![source, scheme, key], |row| row.get(0)).optional()?;
            let is_doubtful = build.is_some()
                && !is_strong(scheme)
                && !found.contains(&build)
                && keys.iter().any(|(scheme, _)| is_strong(scheme));
            let is_other = match build {
                Some(build) if is_doubtful => self.has_other_id(build, keys)?,
                _ => false,
            };
            found.push(build.filter(|_| !is_other));
        }
        Ok(found)
    }

    /// Whether a build has an id of its own that is not among these keys.
    fn has_other_id(&self, build: i64, keys: &[(String, String)]) -> Result<bool, StoreError> {
        let held = self.keys_of_build(build)?;
        Ok(held.iter().any(|key| is_strong(&key.0) && !keys.contains(key)))
    }

    /// All keys that a build is known by.
    pub(in crate::store::sqlite::books) fn keys_of_build(
        &self,
        build: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("select scheme, key from build_key where build = ?1")?;
        let rows = statement.query_map([build], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The row after the last one.
    pub fn next_build(&self) -> Result<i64, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select coalesce(max(id), 0) + 1 from build")?
            .query_row([], |row| row.get(0))?)
    }

    /// The public id of a build that is known by these keys only.
    pub fn public_id_by_keys(
        &self,
        source: i64,
        keys: &[(String, String)],
    ) -> Result<BuildId, StoreError> {
        let strongest = keys
            .iter()
            .min_by_key(|(scheme, key)| (!is_strong(scheme), scheme, key))
            .ok_or_else(|| damaged("build_key", "a build without keys"))?;
        self.public_id(source, strongest)
    }

    fn public_id(&self, source: i64, key: &(String, String)) -> Result<BuildId, StoreError> {
        // A reporter that gives its build an id of its own asks for it by that.
        if key.0 == "client"
            && let Ok(id) = uuid::Uuid::try_parse(&key.1)
        {
            return Ok(BuildId(id));
        }
        let (provider, word) = self.identity_of(source)?;
        let scheme = word.scheme.as_str();
        Ok(BuildId::of(&[provider.as_str(), scheme, &word.key, &key.0, &key.1]))
    }

    /// Let a build be found by these keys too.
    pub fn add_build_keys<'k>(
        &self,
        source: i64,
        keys: impl IntoIterator<Item = &'k (String, String)>,
        build: i64,
    ) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "insert into build_key (source, scheme, key, build)
             values (?1, ?2, ?3, ?4)
             on conflict (source, scheme, key) do nothing",
        )?;
        for (scheme, key) in keys {
            statement.execute(params![source, scheme, key, build])?;
        }
        Ok(())
    }

    /// Let the public id follow from the strongest key that is known by now, whatever was told
    /// first; the id it had leads here from then on.
    pub fn settle_public_id(&self, build: i64, source: i64) -> Result<(), StoreError> {
        let settled = self.public_id_by_keys(source, &self.keys_of_build(build)?)?.to_string();
        self.settle_log_ids(build, &settled)?;
        let held = public_id(self.transaction, build)?.unwrap_or_default();
        if held == settled {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into build_alias (public_id, build)
                 values (?1, ?2)
                 on conflict (public_id) do update set build = excluded.build",
            )?
            .execute(params![held, build])?;
        self.transaction
            .prepare_cached("delete from build_alias where public_id = ?1")?
            .execute([&settled])?;
        self.transaction
            .prepare_cached("update build set public_id = ?2 where id = ?1")?
            .execute(params![build, settled])?;
        Ok(())
    }

    /// Open a build that is known to be there.
    pub fn open_build(&self, build: i64) -> Result<OpenedBuild, StoreError> {
        let (source, fold, received_at): (i64, String, i64) = self
            .transaction
            .prepare_cached("select source, fold, received_at from build where id = ?1")?
            .query_row([build], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let fold = from_json("build", &fold)?;
        Ok(OpenedBuild { source, fold, received_at: Timestamp(received_at) })
    }

    /// Source and first receipt of a build, if it is there. Its fold is not looked at: it is about
    /// to be made anew, whatever became of the old one.
    pub fn find_build(&self, build: i64) -> Result<Option<(i64, Timestamp)>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select source, received_at from build where id = ?1")?
            .query_row([build], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))
            .optional()?)
    }

    /// Write the row of a new build.
    pub fn insert_build(
        &self,
        build: i64,
        new: &NewBuild,
        saved: &SavedBuild<'_>,
    ) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "insert into build (id, pipeline, sort_at, received_at, state, result, result_detail,
                    raw_result, attempt, project, project_id, number, label, external_id, url,
                    branch, commit_id, message, reason, requested_by, pull_request,
                    pull_request_target, queued_at, started_at, finished_at, queue_ms,
                    duration_ms, fold, version, public_id, source, provider)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                    ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)",
        )?;
        saved.bind(build, &mut statement)?;
        statement.raw_bind_parameter(SAVED_PARAMETERS + 1, new.public_id.to_string())?;
        statement.raw_bind_parameter(SAVED_PARAMETERS + 2, saved.source)?;
        statement.raw_bind_parameter(SAVED_PARAMETERS + 3, new.provider.as_str())?;
        statement.raw_execute()?;
        self.settle_origin(build)
    }

    /// Let what is said of who told of a build follow from its events.
    fn settle_origin(&self, build: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(&format!(
                "update build
                    set origin = {ORIGIN}
                  where id = ?1 and origin <> {ORIGIN}"
            ))?
            .execute([build])?;
        Ok(())
    }

    /// Write what the facts of a build make of it now.
    pub fn update_build(&self, build: i64, saved: &SavedBuild<'_>) -> Result<(), StoreError> {
        let matters = self.matters_to_tests(build, saved)?;
        let moves = self.takes_tests_along(build, saved.pipeline)?;
        if moves {
            // What is left of its tests there.
            self.mark_tests_around(build)?;
        }
        let mut statement = self.transaction.prepare_cached(
            "update build
                set pipeline = ?2, sort_at = ?3, received_at = ?4, state = ?5, result = ?6,
                    result_detail = ?7, raw_result = ?8, attempt = ?9, project = ?10,
                    project_id = ?11, number = ?12, label = ?13, external_id = ?14, url = ?15,
                    branch = ?16, commit_id = ?17, message = ?18, reason = ?19,
                    requested_by = ?20, pull_request = ?21, pull_request_target = ?22,
                    queued_at = ?23, started_at = ?24, finished_at = ?25, queue_ms = ?26,
                    duration_ms = ?27, fold = ?28, version = ?29
              where id = ?1",
        )?;
        saved.bind(build, &mut statement)?;
        statement.raw_execute()?;
        self.settle_origin(build)?;
        if moves {
            self.rehome_tests(build)?;
        }
        if matters { self.mark_tests(build) } else { Ok(()) }
    }

    /// Whether a build comes to another pipeline, and has sets: those that are being filled, too.
    fn takes_tests_along(&self, build: i64, pipeline: Option<i64>) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select 1
                   from build
                  where id = ?1 and pipeline is not ?2
                    and exists (select 1 from test_set where build = ?1)",
            )?
            .exists(params![build, pipeline])?)
    }

    /// Whether a build has tests, and something becomes known that the history of a test depends on.
    fn matters_to_tests(&self, build: i64, saved: &SavedBuild<'_>) -> Result<bool, StoreError> {
        let record = saved.record;
        Ok(self
            .transaction
            .prepare_cached(
                "select 1
                   from build
                  where id = ?1 and tests is not null
                    and (pipeline, sort_at, started_at, number, branch, commit_id, pull_request,
                         result, result_detail)
                        is not (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .exists(params![
                build,
                saved.pipeline,
                record.first_at.unwrap_or(saved.received_at).0,
                record.started_at.map(|at| at.0),
                record.number,
                record.branch,
                record.commit,
                record.pull_request.as_ref().map(|pull| pull.number),
                record.result.map(BuildResult::as_str),
                record.result_detail.map(ResultDetail::as_str),
            ])?)
    }

    /// Remove a build that no fact speaks of any more.
    pub fn delete_build(&self, build: i64) -> Result<(), StoreError> {
        self.forget_told(build)?;
        self.orphan_sets(build)?;
        self.forget_reports(build)?;
        for sql in [
            "delete from step where build = ?1",
            "delete from build_key where build = ?1",
            "delete from build_alias where build = ?1",
            "update event set build = null where build = ?1",
            "delete from build where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([build])?;
        }
        Ok(())
    }

    /// Row of a pipeline, with what is said of it. The latest name wins, whatever came first.
    pub fn pipeline(
        &self,
        source: i64,
        pipeline: &PipelineSaid,
        said_at: Option<Timestamp>,
    ) -> Result<i64, StoreError> {
        let default_said_at = said_at.map_or(i64::MIN, |t| t.0);
        // Only a name has a time: a word without one must not stand in the way of an older name.
        let said_at = said_at.filter(|_| pipeline.name.is_some()).map_or(i64::MIN, |t| t.0);
        self.transaction
            .prepare_cached(&format!(
                "insert into pipeline (source, key, slug, name, said_at)
                 values (?1, ?2, ?3, ?4, ?5)
                 {LATEST_PIPELINE}"
            ))?
            .execute(params![source, pipeline.key, pipeline.slug, pipeline.name, said_at])?;
        let (id, held): (i64, Option<String>) = self
            .transaction
            .prepare_cached(
                "select id, default_branch from pipeline where source = ?1 and key = ?2",
            )?
            .query_row(params![source, pipeline.key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(branch) = &pipeline.default_branch {
            let is_taken = self
                .transaction
                .prepare_cached(
                    "update pipeline
                        set default_branch = ?2, default_said_at = ?3
                      where id = ?1
                        and (default_branch is null
                             or (?3, ?2) > (default_said_at, default_branch))",
                )?
                .execute(params![id, branch, default_said_at])?
                > 0;
            if is_taken && held.as_ref() != Some(branch) {
                self.mark_pipeline(id)?;
            }
        }
        Ok(id)
    }

    /// Learn the name of a project; builds whose messages hold only its GUID show it too.
    pub fn project(
        &self,
        source: i64,
        guid: &str,
        name: &str,
        said_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(&format!(
                "insert into project (source, guid, name, said_at)
                 values (?1, ?2, ?3, ?4)
                 {LATEST_PROJECT}"
            ))?
            .execute(params![source, guid, name, said_at.map_or(i64::MIN, |t| t.0)])?;
        Ok(())
    }
}

/// The builds among those found by keys, in the order of the keys, each once.
pub fn distinct(found: &[Option<i64>]) -> Vec<i64> {
    let mut builds = Vec::new();
    for build in found.iter().flatten() {
        if !builds.contains(build) {
            builds.push(*build);
        }
    }
    builds
}

/// Parameters that [`SavedBuild::bind`] sets.
const SAVED_PARAMETERS: usize = 29;

impl SavedBuild<'_> {
    fn bind(&self, build: i64, statement: &mut rusqlite::Statement<'_>) -> Result<(), StoreError> {
        let record = self.record;
        let values: [&dyn rusqlite::ToSql; SAVED_PARAMETERS] = [
            &build,
            &self.pipeline,
            &record.first_at.unwrap_or(self.received_at).0,
            &self.received_at.0,
            &record.state.as_str(),
            &record.result.map(BuildResult::as_str),
            &record.result_detail.map(ResultDetail::as_str),
            &record.raw_result,
            &record.attempt,
            &record.project,
            &record.project_id,
            &record.number,
            &record.label,
            &record.external_id,
            &record.url,
            &record.branch,
            &record.commit,
            &record.message,
            &record.reason,
            &record.requested_by,
            &record.pull_request.as_ref().map(|pull| pull.number),
            &record.pull_request.as_ref().and_then(|pull| pull.target.as_deref()),
            &record.queued_at.map(|t| t.0),
            &record.started_at.map(|t| t.0),
            &record.finished_at.map(|t| t.0),
            &record.queue_ms,
            &record.duration_ms,
            &to_json(self.fold)?,
            &self.version.0,
        ];
        for (index, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, value)?;
        }
        Ok(())
    }
}

/// The keys that a provider never gives twice, before those that only look like it.
fn is_strong(scheme: &str) -> bool {
    matches!(scheme, "uuid" | "build_id" | "run")
}

/// Public id of a build, by its row.
pub fn public_id(connection: &Connection, build: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("select public_id from build where id = ?1")?
        .query_row([build], |row| row.get(0))
        .optional()?)
}
