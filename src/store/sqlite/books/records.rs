//! Events, facts, and the records folded from them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Ledger;
use crate::model::{
    Answer, Build, BuildFact, BuildFold, BuildId, BuildResult, BuildState, CommitNo, Details,
    EntryId, EventKind, PipelineSaid, Provider, ResultDetail, SourceKey, SourceScheme, StateChange,
    StepFact, StepFold, StepKind, StepLine, StepRef, SubjectFact, SubjectFold, SubjectRecord,
    SubjectRef, Timestamp,
};
use crate::store::StoreError;

/// What the books keep of an entry that was read (or could not be).
#[derive(Debug, Clone)]
pub struct EventRow {
    pub entry: EntryId,
    pub received_at: Timestamp,
    pub provider: Provider,
    pub source: Option<i64>,
    pub type_name: Option<String>,
    pub kind: EventKind,
    pub build: Option<i64>,
    pub subject: Option<i64>,
    pub occasion: Option<String>,
    pub at: Option<Timestamp>,
    pub answer: Answer,
    pub reason: Option<String>,
    /// Where reading failed; makes the entry parked.
    pub path: Option<String>,
    pub decoder: i64,
    pub echo_of: Option<EntryId>,
    pub channel: Option<String>,
    pub bytes: i64,
    pub delay_ms: Option<i64>,
    pub details: Option<Details>,
}

/// What one fact says, as stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    Build(Box<BuildFact>),
    Step(Box<StepFact>),
    Subject(Box<SubjectFact>),
    Change(StateChange),
}

/// A stored fact with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRow {
    pub id: i64,
    pub entry: EntryId,
    pub build: Option<i64>,
    pub subject: Option<i64>,
    pub at: Option<Timestamp>,
    pub decoder: i64,
    pub says: Says,
}

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

/// What an entry had been read as, so that it can be taken back.
#[derive(Debug)]
pub struct TakenBack {
    pub event: EventRow,
    pub builds: Vec<i64>,
    pub subjects: Vec<i64>,
    pub changes: Vec<StateChange>,
}

fn damaged(table: &'static str, what: impl std::fmt::Display) -> StoreError {
    StoreError::Row { table, what: what.to_string() }
}

fn from_json<T: serde::de::DeserializeOwned>(
    table: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(table, error))
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| damaged("fact", error))
}

// ------------------------------------------------------------------ events

impl Ledger<'_> {
    pub fn insert_event(&self, event: &EventRow) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into event (entry, received_at, provider, source, type, kind, build, subject,
                        occasion, at, status, answer, reason, path, decoder, echo_of, channel,
                        bytes, delay_ms, details)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                        ?17, ?18, ?19, ?20)",
            )?
            .execute(params![
                event.entry.0,
                event.received_at.0,
                event.provider.as_str(),
                event.source,
                event.type_name,
                event.kind.as_str(),
                event.build,
                event.subject,
                event.occasion,
                event.at.map(|at| at.0),
                if event.path.is_some() { "parked" } else { "done" },
                event.answer.as_str(),
                event.reason,
                event.path,
                event.decoder,
                event.echo_of.map(|entry| entry.0),
                event.channel,
                event.bytes,
                event.delay_ms,
                event.details.map(Details::as_str),
            ])?;
        Ok(())
    }

    /// The newest entry that was read.
    pub fn newest_event(&self) -> Result<EntryId, StoreError> {
        Ok(EntryId(
            self.transaction
                .prepare_cached("select coalesce(max(entry), 0) from event")?
                .query_row([], |row| row.get(0))?,
        ))
    }

    /// Whether the entry has been read before.
    pub fn has_event(&self, entry: EntryId) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select 1 from event where entry = ?1")?
            .exists([entry.0])?)
    }

    /// Count a repetition of an entry; tells the source it belongs to.
    pub fn repeat_event(&self, entry: EntryId) -> Result<Option<i64>, StoreError> {
        let source: Option<Option<i64>> = self
            .transaction
            .prepare_cached(
                "update event
                    set duplicates = duplicates + 1
                  where entry = ?1
                 returning source",
            )?
            .query_row([entry.0], |row| row.get(0))
            .optional()?;
        Ok(source.flatten())
    }

    /// The entry that told of this happening first, this one if none did.
    pub fn happening(
        &self,
        hour: i64,
        digest: &[u8; 16],
        entry: EntryId,
    ) -> Result<EntryId, StoreError> {
        let inserted = self
            .transaction
            .prepare_cached(
                "insert into happening (hour, digest, entry)
                 values (?1, ?2, ?3)
                 on conflict (hour, digest) do nothing",
            )?
            .execute(params![hour, digest, entry.0])?;
        if inserted > 0 {
            return Ok(entry);
        }
        Ok(EntryId(
            self.transaction
                .prepare_cached("select entry from happening where hour = ?1 and digest = ?2")?
                .query_row(params![hour, digest], |row| row.get(0))?,
        ))
    }

    /// Undo what an entry was read as: its event, its facts. `None` when it was never read.
    pub fn take_back(&self, entry: EntryId) -> Result<Option<TakenBack>, StoreError> {
        let Some(event) = event(self.transaction, entry)? else { return Ok(None) };
        let facts = facts_of_entry(self.transaction, entry)?;
        let mut builds: Vec<i64> = facts.iter().filter_map(|fact| fact.build).collect();
        let mut subjects: Vec<i64> = facts.iter().filter_map(|fact| fact.subject).collect();
        builds.extend(event.build);
        subjects.extend(event.subject);
        builds.sort_unstable();
        builds.dedup();
        subjects.sort_unstable();
        subjects.dedup();
        let changes = facts
            .into_iter()
            .filter_map(|fact| match fact.says {
                Says::Change(change) => Some(change),
                _ => None,
            })
            .collect();
        self.transaction.prepare_cached("delete from fact where entry = ?1")?.execute([entry.0])?;
        self.transaction
            .prepare_cached("delete from event where entry = ?1")?
            .execute([entry.0])?;
        // The place as the first to tell stays: an echo must not become a first by a replay.
        Ok(Some(TakenBack { event, builds, subjects, changes }))
    }

    /// Keep the count of repetitions of an entry that is read again.
    pub fn set_duplicates(&self, entry: EntryId, duplicates: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update event set duplicates = ?2 where entry = ?1")?
            .execute(params![entry.0, duplicates])?;
        Ok(())
    }

    pub fn duplicates_of(&self, entry: EntryId) -> Result<i64, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("select coalesce(max(duplicates), 0) from event where entry = ?1")?
            .query_row([entry.0], |row| row.get(0))?)
    }
}

const EVENT_COLUMNS: &str = "entry, received_at, provider, source, type, kind, build, subject,
        occasion, at, answer, reason, path, decoder, echo_of, channel, bytes, delay_ms, details";

fn event_from_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let unknown = |index: usize, what: &str| {
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Text,
            format!("unknown word `{what}`").into(),
        )
    };
    let word = |index: usize| row.get_ref(index)?.as_str().map_err(rusqlite::Error::from);
    let (provider, kind, answer) = (word(2)?, word(5)?, word(10)?);
    Ok(EventRow {
        entry: EntryId(row.get(0)?),
        received_at: Timestamp(row.get(1)?),
        provider: Provider::parse(provider).ok_or_else(|| unknown(2, provider))?,
        source: row.get(3)?,
        type_name: row.get(4)?,
        kind: EventKind::parse(kind).ok_or_else(|| unknown(5, kind))?,
        build: row.get(6)?,
        subject: row.get(7)?,
        occasion: row.get(8)?,
        at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        answer: Answer::parse(answer).ok_or_else(|| unknown(10, answer))?,
        reason: row.get(11)?,
        path: row.get(12)?,
        decoder: row.get(13)?,
        echo_of: row.get::<_, Option<i64>>(14)?.map(EntryId),
        channel: row.get(15)?,
        bytes: row.get(16)?,
        delay_ms: row.get(17)?,
        details: row.get::<_, Option<String>>(18)?.as_deref().and_then(Details::parse),
    })
}

/// What an entry was read as.
pub fn event(connection: &Connection, entry: EntryId) -> Result<Option<EventRow>, StoreError> {
    Ok(connection
        .prepare_cached(&format!("select {EVENT_COLUMNS} from event where entry = ?1"))?
        .query_row([entry.0], event_from_row)
        .optional()?)
}

// ------------------------------------------------------------------ facts

impl Ledger<'_> {
    pub fn insert_fact(
        &self,
        entry: EntryId,
        build: Option<i64>,
        subject: Option<i64>,
        decoder: i64,
        says: &Says,
    ) -> Result<(), StoreError> {
        let (kind, at, text) = match says {
            Says::Build(fact) => ("build", fact.at, to_json(fact)?),
            Says::Step(fact) => ("step", fact.at, to_json(fact)?),
            Says::Subject(fact) => ("subject", fact.at, to_json(fact)?),
            Says::Change(change) => ("change", None, to_json(change)?),
        };
        self.transaction
            .prepare_cached(
                "insert into fact (entry, build, subject, kind, at, decoder, says)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![entry.0, build, subject, kind, at.map(|t| t.0), decoder, text])?;
        Ok(())
    }
}

impl Ledger<'_> {
    pub fn facts_of_build(&self, build: i64) -> Result<Vec<FactRow>, StoreError> {
        facts_of_build(self.transaction, build)
    }

    pub fn facts_of_subject(&self, subject: i64) -> Result<Vec<FactRow>, StoreError> {
        facts_of_subject(self.transaction, subject)
    }
}

fn facts_where(
    connection: &Connection,
    condition: &str,
    id: i64,
) -> Result<Vec<FactRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select id, entry, build, subject, kind, at, decoder, says
           from fact
          where {condition} = ?1
          order by id"
    ))?;
    let mut rows = statement.query([id])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(4)?;
        let text: String = row.get(7)?;
        let says = match kind.as_str() {
            "build" => Says::Build(Box::new(from_json("fact", &text)?)),
            "step" => Says::Step(Box::new(from_json("fact", &text)?)),
            "subject" => Says::Subject(Box::new(from_json("fact", &text)?)),
            "change" => Says::Change(from_json("fact", &text)?),
            other => return Err(damaged("fact", format!("kind `{other}`"))),
        };
        facts.push(FactRow {
            id: row.get(0)?,
            entry: EntryId(row.get(1)?),
            build: row.get(2)?,
            subject: row.get(3)?,
            at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            decoder: row.get(6)?,
            says,
        });
    }
    Ok(facts)
}

/// All facts of a build, in the order they were written.
pub fn facts_of_build(connection: &Connection, build: i64) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "build", build)
}

/// All facts of a subject, in the order they were written.
pub fn facts_of_subject(connection: &Connection, subject: i64) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "subject", subject)
}

/// All that one entry says.
pub fn facts_of_entry(connection: &Connection, entry: EntryId) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "entry", entry.0)
}

// ------------------------------------------------------------------ builds

impl Ledger<'_> {
    /// The build that each of the keys belongs to.
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
        keys.iter()
            .map(|(scheme, key)| {
                Ok(statement
                    .query_row(params![source, scheme, key], |row| row.get(0))
                    .optional()?)
            })
            .collect()
    }

    /// All keys that a build is known by.
    pub(super) fn keys_of_build(&self, build: i64) -> Result<Vec<(String, String)>, StoreError> {
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
        self.find_build(build)?.ok_or_else(|| damaged("build", format!("no row {build}")))
    }

    /// Open a build, if it is there.
    pub fn find_build(&self, build: i64) -> Result<Option<OpenedBuild>, StoreError> {
        let found: Option<(i64, String, i64)> = self
            .transaction
            .prepare_cached("select source, fold, received_at from build where id = ?1")?
            .query_row([build], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((source, fold, received_at)) = found else { return Ok(None) };
        let fold = from_json("build", &fold)?;
        Ok(Some(OpenedBuild { source, fold, received_at: Timestamp(received_at) }))
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
        Ok(())
    }

    /// Write what the facts of a build make of it now.
    pub fn update_build(&self, build: i64, saved: &SavedBuild<'_>) -> Result<(), StoreError> {
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
        Ok(())
    }

    /// Remove a build that no fact speaks of any more.
    pub fn delete_build(&self, build: i64) -> Result<(), StoreError> {
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

    /// Row of a pipeline, with what is said of it.
    pub fn pipeline(
        &self,
        source: i64,
        pipeline: &PipelineSaid,
        said_at: Option<Timestamp>,
    ) -> Result<i64, StoreError> {
        let said_at = said_at.map_or(i64::MIN, |t| t.0);
        self.transaction
            .prepare_cached(
                "insert into pipeline (source, key, slug, name, said_at)
                 values (?1, ?2, ?3, ?4, ?5)
                 on conflict (source, key) do update
                    set slug = coalesce(excluded.slug, slug),
                        name = coalesce(excluded.name, name),
                        said_at = excluded.said_at
                  where (excluded.said_at, coalesce(excluded.name, ''))
                      > (pipeline.said_at, coalesce(pipeline.name, ''))
                     or (pipeline.name is null and excluded.name is not null)",
            )?
            .execute(params![source, pipeline.key, pipeline.slug, pipeline.name, said_at])?;
        Ok(self
            .transaction
            .prepare_cached("select id from pipeline where source = ?1 and key = ?2")?
            .query_row(params![source, pipeline.key], |row| row.get(0))?)
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
            .prepare_cached(
                "insert into project (source, guid, name, said_at)
                 values (?1, ?2, ?3, ?4)
                 on conflict (source, guid) do update
                    set name = excluded.name,
                        said_at = excluded.said_at
                  where (excluded.said_at, excluded.name) > (project.said_at, project.name)",
            )?
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
    matches!(scheme, "uuid" | "build_id")
}

/// Public id of a build, by its row.
pub fn public_id(connection: &Connection, build: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("select public_id from build where id = ?1")?
        .query_row([build], |row| row.get(0))
        .optional()?)
}

// ------------------------------------------------------------------ steps

impl Ledger<'_> {
    pub fn open_step(&self, build: i64, step: &StepRef) -> Result<Option<StepFold>, StoreError> {
        let fold: Option<String> = self
            .transaction
            .prepare_cached(
                "select fold
                   from step
                  where build = ?1 and key = ?2 and attempt = ?3",
            )?
            .query_row(params![build, step.key, step.attempt], |row| row.get(0))
            .optional()?;
        fold.map(|text| from_json("step", &text)).transpose()
    }

    pub fn save_step(&self, build: i64, step: &StepRef, fold: &StepFold) -> Result<(), StoreError> {
        let record = fold.record();
        self.transaction
            .prepare_cached(
                "insert into step (build, key, attempt, kind, state, result, detail, soft_failed,
                        superseded, retry_of, fold)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 on conflict (build, key, attempt) do update
                    set kind = excluded.kind, state = excluded.state, result = excluded.result,
                        detail = excluded.detail, soft_failed = excluded.soft_failed,
                        superseded = excluded.superseded, retry_of = excluded.retry_of,
                        fold = excluded.fold",
            )?
            .execute(params![
                build,
                step.key,
                step.attempt,
                record.kind.as_str(),
                record.state.as_str(),
                record.result.map(BuildResult::as_str),
                record.detail.map(ResultDetail::as_str),
                record.soft_failed,
                record.superseded,
                record.retry_of,
                to_json(fold)?,
            ])?;
        Ok(())
    }

    pub fn delete_steps(&self, build: i64) -> Result<(), StoreError> {
        self.transaction.prepare_cached("delete from step where build = ?1")?.execute([build])?;
        Ok(())
    }

    pub fn step_lines(&self, build: i64) -> Result<Vec<StepLine>, StoreError> {
        step_lines(self.transaction, build)
    }
}

/// What a build wants to know of its steps.
pub fn step_lines(connection: &Connection, build: i64) -> Result<Vec<StepLine>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, attempt, kind, state, result, detail, soft_failed, superseded, retry_of
           from step
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(2)?;
        let state: String = row.get(3)?;
        lines.push(StepLine {
            step: StepRef { key: row.get(0)?, attempt: row.get(1)? },
            kind: StepKind::parse(&kind).ok_or_else(|| damaged("step", &kind))?,
            state: BuildState::parse(&state).ok_or_else(|| damaged("step", &state))?,
            result: row.get::<_, Option<String>>(4)?.as_deref().and_then(BuildResult::parse),
            detail: row.get::<_, Option<String>>(5)?.as_deref().and_then(ResultDetail::parse),
            soft_failed: row.get(6)?,
            superseded: row.get(7)?,
            retry_of: row.get(8)?,
        });
    }
    Ok(lines)
}

/// All steps of a build with their folds.
pub fn steps(connection: &Connection, build: i64) -> Result<Vec<(StepRef, StepFold)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, attempt, fold
           from step
          where build = ?1
          order by key, attempt",
    )?;
    let mut rows = statement.query([build])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let fold: String = row.get(2)?;
        steps.push((StepRef { key: row.get(0)?, attempt: row.get(1)? }, from_json("step", &fold)?));
    }
    Ok(steps)
}

// ------------------------------------------------------------------ subjects

impl Ledger<'_> {
    /// Find a subject or make it.
    pub fn subject(&self, source: i64, subject: &SubjectRef) -> Result<i64, StoreError> {
        let found: Option<i64> = self
            .transaction
            .prepare_cached("select id from subject where source = ?1 and kind = ?2 and key = ?3")?
            .query_row(params![source, subject.kind.as_str(), subject.key], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        let (provider, word) = self.identity_of(source)?;
        let public_key = public_key(provider, &word, subject.kind.as_str(), &subject.key);
        self.transaction
            .prepare_cached(
                "insert into subject (source, kind, key, public_key, last_event_at, fold, version)
                 values (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            )?
            .execute(params![
                source,
                subject.kind.as_str(),
                subject.key,
                public_key,
                i64::MIN,
                to_json(&SubjectFold::default())?,
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    pub fn open_subject(&self, subject: i64) -> Result<(SubjectFold, Timestamp), StoreError> {
        let (fold, at): (String, i64) = self
            .transaction
            .prepare_cached("select fold, last_event_at from subject where id = ?1")?
            .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((from_json("subject", &fold)?, Timestamp(at)))
    }

    pub fn save_subject(
        &self,
        subject: i64,
        fold: &SubjectFold,
        record: &SubjectRecord,
        last_event_at: Timestamp,
        version: CommitNo,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update subject
                    set title = ?2, state = ?3, project = ?4, url = ?5, last_event_at = ?6,
                        fold = ?7, version = ?8
                  where id = ?1",
            )?
            .execute(params![
                subject,
                record.title,
                record.state,
                record.project,
                record.url,
                last_event_at.0,
                to_json(fold)?,
                version.0,
            ])?;
        Ok(())
    }

    /// Let the public key follow from the word that the source is known by; the one it had leads
    /// here from then on.
    pub(super) fn settle_public_key(&self, subject: i64) -> Result<(), StoreError> {
        let (source, kind, key, held): (i64, String, String, String) = self
            .transaction
            .prepare_cached("select source, kind, key, public_key from subject where id = ?1")?
            .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let (provider, word) = self.identity_of(source)?;
        let settled = public_key(provider, &word, &kind, &key);
        if held == settled {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into subject_alias (public_key, subject)
                 values (?1, ?2)
                 on conflict (public_key) do update set subject = excluded.subject",
            )?
            .execute(params![held, subject])?;
        self.transaction
            .prepare_cached("delete from subject_alias where public_key = ?1")?
            .execute([&settled])?;
        self.transaction
            .prepare_cached("update subject set public_key = ?2 where id = ?1")?
            .execute(params![subject, settled])?;
        Ok(())
    }

    /// Remove a subject that no fact speaks of any more.
    pub fn delete_subject(&self, subject: i64) -> Result<(), StoreError> {
        for sql in [
            "delete from subject_alias where subject = ?1",
            "update event set subject = null where subject = ?1",
            "delete from subject where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([subject])?;
        }
        Ok(())
    }

    /// Time of the newest event that is about a subject, or brought a fact about it.
    pub fn last_event_of_subject(&self, subject: i64) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = self
            .transaction
            .prepare_cached(
                "select max(coalesce(at, received_at))
                   from event
                  where subject = ?1
                     or entry in (select entry from fact where subject = ?1)",
            )?
            .query_row([subject], |row| row.get(0))?;
        Ok(at.map(Timestamp))
    }
}

/// Address of a subject: readable, and unique over sources.
fn public_key(provider: Provider, source: &SourceKey, kind: &str, key: &str) -> String {
    // The strongest word of a provider's sources stands alone; no other can be taken for it.
    let strongest = match provider {
        Provider::AzureDevops => SourceScheme::Collection,
        _ => SourceScheme::Name,
    };
    let word = source.key.replace('%', "%25").replace(':', "%3A");
    let scheme = source.scheme.as_str();
    let source = if source.scheme == strongest { word } else { format!("{scheme}={word}") };
    format!("{}:{source}:{kind}:{key}", provider.as_str())
}

// ------------------------------------------------------------------ replay

impl Ledger<'_> {
    /// Queue entries to be read again; returns how many were not queued yet.
    pub fn queue_replay(&self, entries: &[EntryId], now: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "insert into replay (entry, queued_at)
             values (?1, ?2)
             on conflict (entry) do nothing",
        )?;
        let mut queued = 0;
        for entry in entries {
            queued += statement.execute(params![entry.0, now.0])?;
        }
        Ok(queued)
    }

    /// Queue every parked entry that an older decoder could not read.
    pub fn queue_parked_below(
        &self,
        provider: Provider,
        decoder: i64,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into replay (entry, queued_at)
                 select entry, ?3
                   from event
                  where status = 'parked' and provider = ?1 and decoder < ?2
                 on conflict (entry) do nothing",
            )?
            .execute(params![provider.as_str(), decoder, now.0])?)
    }

    pub fn next_replays(&self, limit: usize) -> Result<Vec<EntryId>, StoreError> {
        let mut statement =
            self.transaction.prepare_cached("select entry from replay order by entry limit ?1")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([limit], |row| Ok(EntryId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn replay_done(&self, entry: EntryId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from replay where entry = ?1")?
            .execute([entry.0])?;
        Ok(())
    }
}

/// Entries waiting to be read again.
pub fn replays_waiting(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached("select count(*) from replay")?.query_row([], |row| row.get(0))?)
}
