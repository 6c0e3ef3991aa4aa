//! Asks the providers for what hooks do not tell: steps, logs, changes, artifacts, tests, agents.
//!
//! What is to be asked lies in the books as errands, written with the hook that caused them. Each is one
//! question (with its pages); what the answer says, what follows from it, and that the errand is done go
//! into one transaction, so a crash repeats an errand and loses none, and repeating changes nothing. Of
//! all that is due, what goes first is taken first ([`Rank`]); how often one token may ask is for `fetch`
//! to know. Nobody who sends a hook waits for any of this.

mod asker;
mod azure;
mod buildkite;
mod finding;
mod going;
mod logs;
mod record;
mod releases;
mod sources;
mod trouble;

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::asker::{Asker, Memory};
use self::trouble::{Next, Trouble};
use crate::access::NoAccess;
use crate::fetch::{Access, Messenger};
use crate::hub::Hub;
use crate::model::{AccessId, Aspect, AspectState, ErrandKind, Provider, Purpose, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::records::errands::{
    AskedBuild, AspectNote, ErrandRow, asked_build, due, provider_and_name, waiting_sources,
};
use crate::store::sqlite::books::test_sets::Origin;

/// Errands under way at the same time.
const AT_ONCE_MAX: usize = 6;

/// Of one source.
const AT_ONCE_PER_SOURCE_MAX: usize = 3;

/// Sources looked at for the next errand.
const SOURCES_MAX: usize = 100;

/// A source whose agents could not be had is asked for them again after this.
const SOURCE_AGAIN: Duration = Duration::from_hours(1);

/// How often it is looked for sources that nothing is asked about yet.
const SOURCES_EVERY: Duration = Duration::from_mins(1);

/// How often it is looked whether something is to be asked.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// What came of a look for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// An errand was run, to whatever end.
    Ran,
    /// Nothing is to be asked before this time.
    Waiting(Timestamp),
    /// There is nothing to be asked at all.
    Idle,
}

/// The worker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Enricher {
    hub: Hub,
    messenger: Messenger,
    memory: Memory,
    /// Errands under way, with their sources.
    under_way: Arc<Mutex<HashMap<i64, i64>>>,
    /// Sources whose token has to rest, and until when.
    resting: Arc<Mutex<HashMap<i64, Timestamp>>>,
}

/// An errand that was taken. Given back when it is dropped.
#[derive(Debug)]
struct Taken {
    errand: ErrandRow,
    under_way: Arc<Mutex<HashMap<i64, i64>>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.errand.id);
    }
}

/// What a look for work found.
enum Look {
    Found(Taken),
    Nothing(Progress),
}

impl Enricher {
    #[must_use]
    pub fn new(hub: &Hub, messenger: Messenger) -> Self {
        Self {
            hub: hub.clone(),
            messenger,
            memory: Memory::default(),
            under_way: Arc::default(),
            resting: Arc::default(),
        }
    }

    /// Ask what is to be asked until told to stop. What is under way then is left: its errands are still
    /// in the books.
    pub async fn run_until(&self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.begin().await {
            tracing::warn!(%error, "Could not let go of sets that were half filled");
        }
        let mut tasks: JoinSet<Result<(), StoreError>> = JoinSet::new();
        let mut looked_at: Option<Duration> = None;
        while !*stop.borrow() {
            let mut pause = LOOK_AROUND;
            let up = self.hub.clock().up();
            if looked_at.is_none_or(|at| up >= at + SOURCES_EVERY) {
                looked_at = Some(up);
                if let Err(error) = self.look_after_sources().await {
                    tracing::warn!(%error, "Could not look after what is asked about sources");
                }
            }
            while tasks.len() < AT_ONCE_MAX {
                match self.take().await {
                    Ok(Look::Found(taken)) => {
                        let enricher = self.clone();
                        tasks.spawn(async move { enricher.run(&taken.errand).await });
                    }
                    Ok(Look::Nothing(_)) => break,
                    Err(error) => {
                        tracing::warn!(%error, "Could not look for what is to be asked");
                        pause = super::FAILED_PAUSE;
                        break;
                    }
                }
            }
            tokio::select! {
                Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                    let trouble = match ended {
                        Ok(Ok(())) => continue,
                        Ok(Err(error)) => error.to_string(),
                        Err(error) => error.to_string(),
                    };
                    tracing::warn!(error = trouble, "Could not write down what a provider answered");
                    // Its errand is still due: without a rest it would be run at once, for ever.
                    tokio::time::sleep(super::FAILED_PAUSE).await;
                }
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Once per start: what was half filled is asked for anew.
    async fn begin(&self) -> Result<(), StoreError> {
        let drop_sets =
            |hub: &Hub| hub.books().write(|ledger| ledger.drop_unfinished_sets(&Origin::ASKED));
        self.hub.blocking(drop_sets).await
    }

    /// Want the agents of every source asked for that somebody set a token for.
    pub async fn look_after_sources(&self) -> Result<(), StoreError> {
        self.hub
            .blocking(|hub| {
                let now = hub.clock().now();
                hub.books().write(|ledger| ledger.want_agents(now))
            })
            .await
    }

    /// Take what goes first and run it.
    pub async fn step(&self) -> Result<Progress, StoreError> {
        match self.take().await? {
            Look::Found(taken) => {
                self.run(&taken.errand).await?;
                Ok(Progress::Ran)
            }
            Look::Nothing(progress) => Ok(progress),
        }
    }

    /// Take what goes first of all that is due and may be asked.
    async fn take(&self) -> Result<Look, StoreError> {
        let now = self.hub.clock().now();
        let resting = self.rest_until(now);
        let busy: HashSet<i64> = self.busy().keys().copied().collect();
        let sources_busy = self.busy().values().fold(HashMap::new(), |mut counts, source| {
            *counts.entry(*source).or_insert(0_usize) += 1;
            counts
        });
        let found = self
            .hub
            .blocking(move |hub| {
                hub.books().read(|books| {
                    let mut first: Option<ErrandRow> = None;
                    let mut wait: Option<Timestamp> = None;
                    for (source, due_at) in waiting_sources(books)?.into_iter().take(SOURCES_MAX) {
                        let due_at = resting.get(&source).copied().unwrap_or(due_at).max(due_at);
                        if due_at > now {
                            wait = Some(wait.map_or(due_at, |wait: Timestamp| wait.min(due_at)));
                            continue;
                        }
                        if sources_busy.get(&source).is_some_and(|n| *n >= AT_ONCE_PER_SOURCE_MAX) {
                            continue;
                        }
                        let errands = due(books, source, now, AT_ONCE_PER_SOURCE_MAX + 1)?;
                        let free = errands.into_iter().find(|errand| !busy.contains(&errand.id));
                        if let Some(errand) = free
                            && first.as_ref().is_none_or(|held| {
                                (errand.rank, errand.due_at) < (held.rank, held.due_at)
                            })
                        {
                            first = Some(errand);
                        }
                    }
                    Ok((first, wait))
                })
            })
            .await?;
        Ok(match found {
            (Some(errand), _) => {
                self.busy().insert(errand.id, errand.source);
                Look::Found(Taken { errand, under_way: Arc::clone(&self.under_way) })
            }
            (None, Some(until)) => Look::Nothing(Progress::Waiting(until)),
            (None, None) => Look::Nothing(Progress::Idle),
        })
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashMap<i64, i64>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_resting(&self, source: i64) -> bool {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&source)
    }

    fn rest_until(&self, now: Timestamp) -> HashMap<i64, Timestamp> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| *until > now);
        resting.clone()
    }

    /// Run an errand. One that brings a bug of ours to light must not come again and again.
    async fn run(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        let ended = AssertUnwindSafe(self.try_errand(errand)).catch_unwind().await;
        if !self.is_resting(errand.source) {
            self.memory.forget(errand.id);
        }
        match ended {
            Ok(ended) => ended,
            Err(_) => {
                tracing::error!(errand.kind = errand.kind.as_str(), "An errand panicked");
                let build = self.build_of(errand).await?;
                self.bear(errand, build, &Trouble::Bug).await
            }
        }
    }

    async fn build_of(&self, errand: &ErrandRow) -> Result<Option<AskedBuild>, StoreError> {
        let Some(id) = errand.build else { return Ok(None) };
        self.hub.blocking(move |hub| hub.books().read(|books| asked_build(books, id))).await
    }

    async fn try_errand(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        let Some(_) = errand.build else {
            return match self.about_source(errand).await {
                Ok(()) => Ok(()),
                Err(trouble) => self.bear(errand, None, &trouble).await,
            };
        };
        let Some(build) = self.build_of(errand).await? else {
            return self.done(errand).await;
        };
        let outcome = self.about_build(errand, &build).await;
        match outcome {
            Ok(()) => Ok(()),
            Err(trouble) => self.bear(errand, Some(build), &trouble).await,
        }
    }

    async fn about_build(&self, errand: &ErrandRow, build: &AskedBuild) -> Result<(), Trouble> {
        let access = self.access(errand).await?;
        let asker = self.asker(errand, &access);
        if errand.kind == ErrandKind::Log {
            return logs::fetch(&asker, errand, build).await;
        }
        let finding = match build.provider {
            Provider::AzureDevops => azure::run(&asker, errand, build).await?,
            Provider::Buildkite => buildkite::run(&asker, errand, build).await?,
            _ => {
                return Err(Trouble::Impossible {
                    code: "no_token",
                    reason: "nobody knows how to ask this provider".to_owned(),
                });
            }
        };
        let rank = asker.rank(build);
        let (errand, build) = (errand.clone(), build.clone());
        Ok(self
            .hub
            .blocking(move |hub| record::write(hub, &errand, &build, &finding, rank))
            .await?)
    }

    async fn about_source(&self, errand: &ErrandRow) -> Result<(), Trouble> {
        let access = self.access(errand).await?;
        if errand.kind == ErrandKind::Release {
            return releases::run(&self.asker(errand, &access), errand).await;
        }
        // What came in an address is for what its deliveries tell of, not for the whole organisation.
        let AccessId::Set(_) = access.id else {
            return Ok(self.done(errand).await?);
        };
        self.agents(errand, &access).await?;
        let due_at = self.hub.clock().now().plus(sources::AGENTS_AGAIN);
        let errand = errand.clone();
        let later = self.hub.blocking(move |hub| {
            hub.books().write(|ledger| ledger.errand_later(&errand, due_at, 0))
        });
        Ok(later.await?)
    }

    async fn agents(&self, errand: &ErrandRow, access: &Access) -> Result<(), Trouble> {
        let row = errand.source;
        let found =
            self.hub.blocking(move |hub| hub.books().read(|books| provider_and_name(books, row)));
        let Some((provider, name)) = found.await? else { return Ok(()) };
        let asker = self.asker(errand, access);
        let told = sources::agents(&asker, provider, name.as_deref()).await?;
        Ok(self.hub.blocking(move |hub| sources::keep(hub, row, &told)).await?)
    }

    fn asker<'a>(&'a self, errand: &'a ErrandRow, access: &'a Access) -> Asker<'a> {
        let (hub, messenger, memory) = (&self.hub, &self.messenger, &self.memory);
        Asker { hub, errand, messenger, access, memory }
    }

    /// The token that an errand may use.
    async fn access(&self, errand: &ErrandRow) -> Result<Access, Trouble> {
        let (source, key) = (errand.source, errand.key);
        let found =
            self.hub.blocking(move |hub| hub.vault().access_for(source, Purpose::Read, key)).await;
        found.map_err(|no| match no {
            NoAccess::Store(error) => error.into(),
            no => Trouble::Impossible { code: no.code(), reason: no.to_string() },
        })
    }

    /// Bear what went wrong: once more later, or never again, and say so where people look.
    async fn bear(
        &self,
        errand: &ErrandRow,
        build: Option<AskedBuild>,
        trouble: &Trouble,
    ) -> Result<(), StoreError> {
        let tries = errand.tries.saturating_add(1);
        let now = self.hub.clock().now();
        let next = trouble.next(tries, errand.id.unsigned_abs());
        let (state, code, reason, due_at) = match next {
            Next::Rest(wait) => {
                let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
                resting.insert(errand.source, now.plus(wait));
                return Ok(());
            }
            Next::Again { after, code, reason } => {
                (AspectState::Pending, code, reason, Some(now.plus(after)))
            }
            Next::GivenUp { state, code, reason } => {
                self.memory.let_go(errand.id);
                (state, code, reason, None)
            }
        };
        // Agents are asked for as long as there is a token for their provider.
        let due_at =
            due_at.or_else(|| (errand.kind == ErrandKind::Agents).then(|| now.plus(SOURCE_AGAIN)));
        tracing::debug!(
            errand.kind = errand.kind.as_str(),
            code,
            reason,
            tries,
            "An errand failed"
        );
        let errand = errand.clone();
        self.hub
            .blocking(move |hub| {
                let settle = |ledger: &Ledger<'_>| match due_at {
                    Some(due_at) => ledger.errand_later(&errand, due_at, tries),
                    None => ledger.errand_done(&errand),
                };
                let Some(build) = build else { return hub.books().write(settle) };
                record::in_batch(hub, build.id, |_, ledger, now| {
                    let note = AspectNote {
                        state,
                        code: Some(code.as_str()),
                        reason: Some(reason.as_str()),
                        tries,
                    };
                    note_trouble(ledger, &errand, &build, &note, now)?;
                    settle(ledger)
                })
            })
            .await
    }

    async fn done(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        let errand = errand.clone();
        self.hub.blocking(move |hub| hub.books().write(|ledger| ledger.errand_done(&errand))).await
    }
}

/// Say of a build what an errand came to. What is here already stays.
fn note_trouble(
    ledger: &Ledger<'_>,
    errand: &ErrandRow,
    build: &AskedBuild,
    note: &AspectNote<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if errand.kind == ErrandKind::Log {
        if let Some(log) = ledger.log_work(build.id, &errand.what)? {
            let (code, reason) = (note.code.unwrap_or_default(), note.reason.unwrap_or_default());
            // What is not there while its step goes on, may be once it has ended.
            let is_over = ledger.is_step_over(build.id, &log.step)?;
            let state = if is_over { note.state } else { AspectState::Pending };
            ledger.log_missing(log.id, state, code, reason, now)?;
        }
        return record::settle_logs(ledger, build.id, now);
    }
    let told = ledger.aspects_done(build.id)?;
    for aspect in concerned(errand.kind, build.provider).iter().filter(|it| !told.contains(it)) {
        // What was told once is still here, though nobody may ask for it again.
        let is_here = note.state != AspectState::Pending
            && !matches!(aspect, Aspect::Steps | Aspect::Logs)
            && (ledger.has_answer(build.id, aspect.as_str())?
                || *aspect == Aspect::Tests && ledger.has_sets_of(build.id, Origin::Artifact)?);
        let note = if is_here { &AspectNote::DONE } else { note };
        ledger.note_aspect(build.id, *aspect, note, now)?;
    }
    Ok(())
}

/// What cannot be told as long as an errand is not done.
fn concerned(kind: ErrandKind, provider: Provider) -> &'static [Aspect] {
    match kind {
        ErrandKind::Build => Aspect::of(provider),
        ErrandKind::Timeline => &[Aspect::Steps, Aspect::Logs],
        ErrandKind::Changes => &[Aspect::Changes],
        // Reports of tests are among the artifacts.
        ErrandKind::Artifacts if provider == Provider::Buildkite => {
            &[Aspect::Artifacts, Aspect::Tests]
        }
        ErrandKind::Artifacts => &[Aspect::Artifacts],
        ErrandKind::Annotations => &[Aspect::Annotations],
        ErrandKind::Tests => &[Aspect::Tests],
        ErrandKind::Log | ErrandKind::Agents | ErrandKind::Release => &[],
    }
}
