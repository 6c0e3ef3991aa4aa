//! Who asks about one source, and what it may look up on the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::azure::Queues;
use crate::fetch::{Access, AskError, Messenger, Stream};
use crate::hub::Hub;
use crate::model::{BuildResult, BuildState, Rank, Timestamp};
use crate::providers::azure_devops::rest::{calls, queues};
use crate::providers::rest::{Answer, Call};
use crate::store::StoreError;
use crate::store::sqlite::books::read::builds::last_green;
use crate::store::sqlite::books::records;
use crate::store::sqlite::books::records::errands::{AskedBuild, ErrandRow};
use crate::store::sqlite::books::records::log_work::{LogWork, log_work};

/// Names of queues are asked for again after this.
const QUEUES_KEPT: Duration = Duration::from_hours(1);

/// Projects whose queues are remembered; of more, all are asked anew.
const PROJECTS_MAX: usize = 1_000;

/// What ended before this is history: nobody waits for it.
const FRESH_MS: i64 = 24 * 3_600_000;

/// A base and a project.
type Project = (String, String);

/// When they were asked for, and their names by their ids.
type Known = HashMap<Project, (Duration, Option<Arc<Queues>>)>;

/// What is remembered between errands. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    queues: Arc<Mutex<Known>>,
}

impl Memory {
    fn queues(&self, project: &Project, now: Duration) -> Option<Option<Arc<Queues>>> {
        let known = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, queues) = known.get(project)?;
        (now < *at + QUEUES_KEPT).then(|| queues.clone())
    }

    fn keep_queues(&self, project: Project, now: Duration, queues: Option<Arc<Queues>>) {
        let mut known = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PROJECTS_MAX {
            known.clear();
        }
        known.insert(project, (now, queues));
    }
}

/// Asks with one token.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    pub hub: &'a Hub,
    pub messenger: &'a Messenger,
    pub access: &'a Access,
    pub memory: &'a Memory,
}

impl Asker<'_> {
    pub async fn ask(&self, call: &Call) -> Result<Answer, AskError> {
        self.messenger.ask(self.access, call).await
    }

    pub async fn ask_stream(&self, call: &Call) -> Result<Stream, AskError> {
        self.messenger.ask_stream(self.access, call).await
    }

    pub fn base(&self) -> &str {
        self.access.vouched.base()
    }

    pub fn now(&self) -> Timestamp {
        self.hub.clock().now()
    }

    /// How soon what follows about a build is to be asked.
    pub fn rank(&self, build: &AskedBuild) -> Rank {
        let ended_at = build.finished_at.unwrap_or(build.sort_at);
        match (build.state, build.result) {
            _ if self.now().0 - ended_at.0 > FRESH_MS => Rank::History,
            (BuildState::Finished, Some(BuildResult::Success | BuildResult::Skipped)) => {
                Rank::Success
            }
            (BuildState::Finished, _) => Rank::Failure,
            _ => Rank::Running,
        }
    }

    /// Names of a project's queues. Nothing depends on them but how they are called: where they are
    /// not to be had, there are none.
    pub async fn queues(&self, project: &str) -> Option<Arc<Queues>> {
        let key = (self.base().to_owned(), project.to_owned());
        let now = self.hub.clock().up();
        if let Some(queues) = self.memory.queues(&key, now) {
            return queues;
        }
        let asked = self.ask(&calls::queues(project)).await;
        let told = match asked {
            Ok(answer) => queues(&answer).ok().map(Arc::new),
            // Not now, but maybe with the next build.
            Err(error) if error.is_passing() => return None,
            Err(error) => {
                tracing::debug!(%error, "The names of queues are not to be had");
                None
            }
        };
        self.memory.keep_queues(key, now, told.clone());
        told
    }

    /// Whether an answer of that name is kept already.
    pub async fn has_answer(&self, build: i64, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.read(move |books| records::has_answer(books, build, &name)).await
    }

    pub async fn log_work(&self, build: i64, key: &str) -> Result<Option<LogWork>, StoreError> {
        let key = key.to_owned();
        self.read(move |books| log_work(books, build, &key)).await
    }

    pub async fn errand_done(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        let errand = errand.clone();
        super::blocking(self.hub, move |hub| {
            hub.books().write(|ledger| ledger.errand_done(&errand))
        })
        .await
    }

    /// The last green build before one: its public id, and the provider's.
    pub async fn last_green(
        &self,
        build: i64,
    ) -> Result<Option<(String, Option<String>)>, StoreError> {
        self.read(move |books| {
            Ok(last_green(books, build)?.map(|green| (green.public_id, green.external_id)))
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&crate::store::sqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        super::blocking(self.hub, move |hub| hub.books().read(read)).await
    }
}
