//! What is still to be asked, and how far asking has come.

use rusqlite::{Connection, OptionalExtension, params};

use super::damaged;
use crate::model::{
    Aspect, AspectState, BuildResult, BuildState, Errand, ErrandKind, KeyId, Provider, Rank,
    Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// How far back is asked when a token is given, and about how many builds.
const HISTORY_MS: i64 = 14 * 24 * Timestamp::MILLIS_PER_HOUR;
const HISTORY_MAX: i64 = 5_000;

/// Reasons that a good token mends, as SQL writes a list.
const MENDED: &str = "'no_token', 'token_refused', 'token_lacks_scope', 'not_found', \
                      'base_not_confirmed'";

/// A row of what is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrandRow {
    pub id: i64,
    pub source: i64,
    /// `None`: about the source itself, or a release of it.
    pub build: Option<i64>,
    pub kind: ErrandKind,
    pub what: String,
    pub key: KeyId,
    pub rank: i64,
    pub due_at: Timestamp,
    pub tries: u32,
    /// Grows whenever it is wanted again.
    pub wanted: i64,
}

/// How far an aspect of a build has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AspectRow {
    pub aspect: Aspect,
    pub state: AspectState,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub tries: u32,
    pub at: Timestamp,
    /// When it is asked again, if it is.
    pub next_at: Option<Timestamp>,
}

/// What became of an aspect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AspectNote<'a> {
    pub state: AspectState,
    pub code: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub tries: u32,
}

impl AspectNote<'_> {
    pub const DONE: AspectNote<'static> =
        AspectNote { state: AspectState::Done, code: None, reason: None, tries: 0 };
}

/// What asking needs to know of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedBuild {
    pub id: i64,
    pub public_id: String,
    pub provider: Provider,
    pub source: i64,
    /// What people call the source: the organisation.
    pub source_name: Option<String>,
    pub url: Option<String>,
    pub state: BuildState,
    pub result: Option<BuildResult>,
    pub project: Option<String>,
    pub project_id: Option<String>,
    /// Of Buildkite the slug.
    pub pipeline: Option<String>,
    pub branch: Option<String>,
    pub number: Option<i64>,
    pub external_id: Option<String>,
    pub finished_at: Option<Timestamp>,
    pub sort_at: Timestamp,
    pub attempt: u32,
}

impl Ledger<'_> {
    /// Want something asked. What is wanted already is wanted sooner, or once more.
    pub fn want(
        &self,
        source: i64,
        build: Option<i64>,
        key: KeyId,
        errand: &Errand,
    ) -> Result<(), StoreError> {
        let known = "rank = min(rank, excluded.rank), due_at = min(due_at, excluded.due_at),
                     key_id = iif(excluded.key_id <> 0, excluded.key_id, key_id),
                     tries = 0, wanted = wanted + 1";
        self.put(source, build, key, errand, known)
    }

    /// Want something that nobody waits for more than before: what waits already keeps its time.
    pub fn want_too(
        &self,
        source: i64,
        build: i64,
        key: KeyId,
        errand: &Errand,
    ) -> Result<(), StoreError> {
        self.put(source, Some(build), key, errand, "rank = min(rank, excluded.rank)")
    }

    /// Write an errand; one that is known changes so.
    fn put(
        &self,
        source: i64,
        build: Option<i64>,
        key: KeyId,
        errand: &Errand,
        known: &'static str,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(&format!(
                "insert into errand (source, build, kind, what, key_id, rank, due_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 on conflict (source, build, kind, what) do update set {known}"
            ))?
            .execute(params![
                source,
                build.unwrap_or(0),
                errand.kind.as_str(),
                errand.what,
                key.0,
                errand.rank as i64,
                errand.due_at.0,
            ])?;
        Ok(())
    }

    /// A person wants a build asked about once more: all of it, also what was given up.
    pub fn ask_again(&self, build: i64, now: Timestamp) -> Result<(), StoreError> {
        let Some(asked) = self.asked_build(build)? else { return Ok(()) };
        // What could not be had is tried anew; what is here stays.
        self.transaction
            .prepare_cached(
                "update log
                    set state = 'pending', code = null, reason = null
                  where build = ?1 and state in ('failed', 'unavailable')",
            )?
            .execute([build])?;
        let key = self.key_of_source(asked.source)?;
        self.want_logs(&asked, key, Rank::Wish, now)?;
        self.want(asked.source, Some(build), key, &Errand::new(ErrandKind::Build, Rank::Wish, now))
    }

    /// Logs that are known of are asked for, whatever the build itself still has to say.
    fn want_logs(
        &self,
        build: &AskedBuild,
        key: KeyId,
        rank: Rank,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut pending = self.transaction.prepare_cached(
            "select provider_key from log where build = ?1 and state = 'pending'",
        )?;
        let keys: Vec<String> =
            pending.query_map([build.id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for what in keys {
            let errand = Errand { what, ..Errand::new(ErrandKind::Log, rank, now) };
            self.want(build.source, Some(build.id), key, &errand)?;
        }
        Ok(())
    }

    /// The agents of sources whose provider a token was set for are to be asked for, too. A sample has
    /// nobody to ask.
    pub fn want_agents(&self, now: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into errand (source, build, kind, what, key_id, rank, due_at)
                 select id, 0, ?1, '', 0, ?2, ?3
                   from source
                  where provider in (select provider from access where purpose = 'read')
                    and not exists (select 1
                                      from source_api_key used
                                      join sample on sample.key_id = used.key_id
                                     where used.source = source.id)
                 on conflict (source, build, kind, what) do nothing",
            )?
            .execute(params![ErrandKind::Agents.as_str(), Rank::Source as i64, now.0])?;
        Ok(())
    }

    /// Somebody has given a token: what happened lately is asked about, and what could not be had for
    /// want of a good token, newest first.
    pub fn want_history(&self, provider: Provider, now: Timestamp) -> Result<usize, StoreError> {
        let mut lately = self.transaction.prepare_cached(&format!(
            "select id
               from build
              where provider = ?1 and sort_at > ?2
                and (not exists (select 1 from enrichment where build = build.id)
                     or exists (select 1
                                  from enrichment e
                                 where e.build = build.id and e.code in ({MENDED})))
                and not exists (select 1
                                  from source_api_key used
                                  join sample on sample.key_id = used.key_id
                                 where used.source = build.source)
              order by sort_at desc
              limit ?3"
        ))?;
        let builds: Vec<i64> = lately
            .query_map(params![provider.as_str(), now.0 - HISTORY_MS, HISTORY_MAX], |row| {
                row.get(0)
            })?
            .collect::<Result<_, _>>()?;
        let mut mended = self.transaction.prepare_cached(&format!(
            "update log
                set state = 'pending', code = null, reason = null
              where build = ?1 and state in ('failed', 'unavailable') and code in ({MENDED})"
        ))?;
        self.want_releases_since(provider, Timestamp(now.0 - HISTORY_MS), now)?;
        for id in &builds {
            let Some(build) = self.asked_build(*id)? else { continue };
            let rank = Rank::of(build.state, build.result, build.sort_at, now);
            self.want(
                build.source,
                Some(*id),
                KeyId::NONE,
                &Errand::new(ErrandKind::Build, rank, now),
            )?;
            if mended.execute([id])? > 0 {
                self.want_logs(&build, KeyId::NONE, rank.of_logs(), now)?;
            }
        }
        Ok(builds.len())
    }

    /// The ingest key whose deliveries tell of a source and bring a token along, if there is one and no
    /// other: which of several a build came with, only its journal entries tell.
    pub(super) fn key_of_source(&self, source: i64) -> Result<KeyId, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "select distinct used.key_id
               from source_api_key used
               join source on source.id = used.source
               join provider_token token
                 on token.provider = source.provider and token.key_id = used.key_id
              where used.source = ?1 and used.key_id <> 0",
        )?;
        let keys: Vec<i64> =
            statement.query_map([source], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(KeyId(if let [only] = keys[..] { only } else { 0 }))
    }

    /// An errand was run: it goes, unless it was wanted again meanwhile.
    pub fn errand_done(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from errand where id = ?1 and wanted = ?2")?
            .execute(params![errand.id, errand.wanted])?;
        Ok(())
    }

    /// An errand is to be run later. A try that came to nothing counts, unless it was wanted again
    /// meanwhile: then it is as new.
    pub fn errand_later(
        &self,
        errand: &ErrandRow,
        due_at: Timestamp,
        tries: u32,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update errand set due_at = ?2, tries = ?3 where id = ?1 and wanted = ?4",
            )?
            .execute(params![errand.id, due_at.0, tries, errand.wanted])?;
        Ok(())
    }

    pub fn note_aspect(
        &self,
        build: i64,
        aspect: Aspect,
        note: &AspectNote<'_>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into enrichment (build, aspect, state, code, reason, tries, at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 on conflict (build, aspect) do update
                    set state = excluded.state, code = excluded.code, reason = excluded.reason,
                        tries = excluded.tries, at = excluded.at",
            )?
            .execute(params![
                build,
                aspect.as_str(),
                note.state.as_str(),
                note.code,
                note.reason,
                note.tries,
                at.0
            ])?;
        Ok(())
    }

    /// What of a build is here.
    pub fn aspects_done(&self, build: i64) -> Result<Vec<Aspect>, StoreError> {
        let rows = aspects(self.transaction, build)?;
        let done = rows.into_iter().filter(|row| row.state == AspectState::Done);
        Ok(done.map(|row| row.aspect).collect())
    }

    /// Totals of a build's tests, as JSON.
    pub fn set_tests(&self, build: i64, totals: Option<&str>) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update build set tests = ?2 where id = ?1")?
            .execute(params![build, totals])?;
        Ok(())
    }

    /// Mark a build as changed by a commit.
    pub fn touch_build(&self, build: i64, version: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update build set version = ?2 where id = ?1")?
            .execute(params![build, version])?;
        Ok(())
    }

    /// Whether it is of any use to note what could be asked of a provider.
    pub fn can_ask(&self, provider: Provider) -> Result<bool, StoreError> {
        can_ask(self.transaction, provider)
    }

    pub fn asked_build(&self, build: i64) -> Result<Option<AskedBuild>, StoreError> {
        asked_build(self.transaction, build)
    }
}

/// Whether somebody has given a token for a provider: without one, nothing is asked.
pub fn can_ask(connection: &Connection, provider: Provider) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "select 1 from access where provider = ?1
              union all
             select 1 from provider_token where provider = ?1
              limit 1",
        )?
        .exists([provider.as_str()])?)
}

/// What of a source is due, first what goes first: at most `limit`.
pub fn due(
    connection: &Connection,
    source: i64,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ErrandRow>, StoreError> {
    // Rank by rank, since what waits in one of them must not be looked at for the next.
    let mut statement = connection.prepare_cached(
        "select id, source, build, kind, what, key_id, rank, due_at, tries, wanted
           from errand
          where source = ?1 and rank = ?2 and due_at <= ?3
          order by due_at
          limit ?4",
    )?;
    let mut errands = Vec::new();
    for rank in Rank::ALL {
        let left = i64::try_from(limit - errands.len()).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![source, rank as i64, now.0, left])?;
        while let Some(row) = rows.next()? {
            errands.push(errand_from_row(row)?);
        }
        if errands.len() >= limit {
            break;
        }
    }
    Ok(errands)
}

fn errand_from_row(row: &rusqlite::Row<'_>) -> Result<ErrandRow, StoreError> {
    let kind: String = row.get(3)?;
    let build: i64 = row.get(2)?;
    Ok(ErrandRow {
        id: row.get(0)?,
        source: row.get(1)?,
        build: (build != 0).then_some(build),
        kind: ErrandKind::parse(&kind).ok_or_else(|| damaged("errand", &kind))?,
        what: row.get(4)?,
        key: KeyId(row.get(5)?),
        rank: row.get(6)?,
        due_at: Timestamp(row.get(7)?),
        tries: row.get(8)?,
        wanted: row.get(9)?,
    })
}

/// Sources about which something is to be asked, and when the first of it is due; soonest first.
pub fn waiting_sources(connection: &Connection) -> Result<Vec<(i64, Timestamp)>, StoreError> {
    let mut sources = connection.prepare_cached("select id from source")?;
    // Two steps along the index, however much is to be asked.
    let mut first = connection
        .prepare_cached("select min(due_at) from errand where source = ?1 and rank = ?2")?;
    let ids: Vec<i64> = sources.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut waiting = Vec::new();
    for source in ids {
        let mut soonest: Option<i64> = None;
        for rank in Rank::ALL {
            let due: Option<i64> =
                first.query_row(params![source, rank as i64], |row| row.get(0))?;
            soonest = soonest.into_iter().chain(due).min();
        }
        waiting.extend(soonest.map(|due_at| (source, Timestamp(due_at))));
    }
    waiting.sort_by_key(|(source, due_at)| (*due_at, *source));
    Ok(waiting)
}

/// How far each aspect of a build has come; what was never asked is not in it.
pub fn aspects(connection: &Connection, build: i64) -> Result<Vec<AspectRow>, StoreError> {
    let mut waiting =
        connection.prepare_cached("select kind, due_at from errand where build = ?1")?;
    let mut next: Vec<(Aspect, Timestamp)> = Vec::new();
    let mut rows = waiting.query([build])?;
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        if let Some(aspect) = ErrandKind::parse(&kind).and_then(ErrandKind::aspect) {
            next.push((aspect, Timestamp(row.get(1)?)));
        }
    }
    let mut statement = connection.prepare_cached(
        "select aspect, state, code, reason, tries, at
           from enrichment
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (aspect, state): (String, String) = (row.get(0)?, row.get(1)?);
        let aspect = Aspect::parse(&aspect).ok_or_else(|| damaged("enrichment", &aspect))?;
        found.push(AspectRow {
            aspect,
            state: AspectState::parse(&state).ok_or_else(|| damaged("enrichment", &state))?,
            code: row.get(2)?,
            reason: row.get(3)?,
            tries: row.get(4)?,
            at: Timestamp(row.get(5)?),
            next_at: next.iter().filter(|(of, _)| *of == aspect).map(|(_, at)| *at).min(),
        });
    }
    found.sort_by_key(|row| row.aspect);
    Ok(found)
}

/// Of a source, its provider and what people call it.
pub fn provider_and_name(
    connection: &Connection,
    source: i64,
) -> Result<Option<(Provider, Option<String>)>, StoreError> {
    let found: Option<(String, Option<String>)> = connection
        .prepare_cached("select provider, name from source where id = ?1")?
        .query_row([source], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((provider, name)) = found else { return Ok(None) };
    let provider = Provider::parse(&provider).ok_or_else(|| damaged("source", &provider))?;
    Ok(Some((provider, name)))
}

/// What asking needs to know of a build, if it is there.
pub fn asked_build(connection: &Connection, build: i64) -> Result<Option<AskedBuild>, StoreError> {
    let found = connection
        .prepare_cached(
            "select build.public_id, build.provider, build.source, build.state, build.result,
                    build.project, build.project_id, coalesce(pipeline.slug, pipeline.name),
                    build.branch, build.number, build.external_id, build.finished_at,
                    build.sort_at, build.attempt, source.name, build.url
               from build
               join source on source.id = build.source
               left join pipeline on pipeline.id = build.pipeline
              where build.id = ?1",
        )?
        .query_row([build], |row| {
            let (provider, state): (String, String) = (row.get(1)?, row.get(3)?);
            let result: Option<String> = row.get(4)?;
            Ok((
                provider,
                state,
                AskedBuild {
                    id: build,
                    public_id: row.get(0)?,
                    provider: Provider::Other,
                    source: row.get(2)?,
                    state: BuildState::Queued,
                    result: result.as_deref().and_then(BuildResult::parse),
                    project: row.get(5)?,
                    project_id: row.get(6)?,
                    pipeline: row.get(7)?,
                    branch: row.get(8)?,
                    number: row.get(9)?,
                    external_id: row.get(10)?,
                    finished_at: row.get::<_, Option<i64>>(11)?.map(Timestamp),
                    sort_at: Timestamp(row.get(12)?),
                    attempt: row.get(13)?,
                    source_name: row.get(14)?,
                    url: row.get(15)?,
                },
            ))
        })
        .optional()?;
    let Some((provider, state, mut asked)) = found else { return Ok(None) };
    asked.provider = Provider::parse(&provider).ok_or_else(|| damaged("build", &provider))?;
    asked.state = BuildState::parse(&state).ok_or_else(|| damaged("build", &state))?;
    Ok(Some(asked))
}
