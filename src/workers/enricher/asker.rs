//! Who asks about one source, and what it may look up on the way.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::azure::Queues;
use super::going::Going;
use crate::fetch::{Access, AskError, Messenger, Stream};
use crate::hub::Hub;
use crate::model::{Artifact, Rank, Step, StepKind, StepRef, Timestamp};
use crate::providers::azure_devops::rest::{calls, queues};
use crate::providers::rest::{Answer, Call};
use crate::store::StoreError;
use crate::store::sqlite::books::read::builds::last_green;
use crate::store::sqlite::books::records;
use crate::store::sqlite::books::records::errands::{AskedBuild, ErrandRow};
use crate::store::sqlite::books::records::log_work::{LogWork, log_work};
use crate::store::sqlite::books::records::releases::{AskedRelease, asked_release};
use crate::store::sqlite::books::test_sets::{Origin, marks};

/// Names of queues are asked for again after this.
const QUEUES_KEPT: Duration = Duration::from_hours(1);

/// Tries of an errand in which the names of queues are insisted upon.
const QUEUES_TRIES: u32 = 3;

/// Projects whose queues are remembered; of more, all are asked anew.
const PROJECTS_MAX: usize = 1_000;

/// A base and a project.
type Project = (String, String);

/// When they were asked for, and their names by their ids.
type Known = HashMap<Project, (Duration, Option<Arc<Queues>>)>;

/// What is remembered between errands. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    queues: Arc<Mutex<Known>>,
    answers: Arc<Mutex<Answers>>,
    /// Sets that are half filled, by their errands.
    going: Arc<Mutex<HashMap<i64, Going>>>,
}

/// Bytes of answers that are remembered. Beyond that, errands begin at their beginning again.
const ANSWERS_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Sets that are put by. Of more, all begin at their beginning again.
const GOING_MAX: usize = 64;

/// What errands were answered that are not done: a list of many pages takes longer than a token may ask
/// in one go.
#[derive(Debug, Default)]
struct Answers {
    by_errand: HashMap<i64, HashMap<String, Answer>>,
    bytes: usize,
}

impl Memory {
    fn answer(&self, errand: i64, question: &str) -> Option<Answer> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.by_errand.get(&errand)?.get(question).cloned()
    }

    fn keep_answer(&self, errand: i64, question: String, answer: &Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.bytes + answer.body.len() > ANSWERS_BYTES_MAX {
            *answers = Answers::default();
        }
        if answers.bytes + answer.body.len() <= ANSWERS_BYTES_MAX {
            answers.bytes += answer.body.len();
            answers.by_errand.entry(errand).or_default().insert(question, answer.clone());
        }
    }

    /// An errand has come to an end, whatever it was: the next is asked anew.
    pub fn forget(&self, errand: i64) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = answers.by_errand.remove(&errand).into_iter().flatten();
        let bytes: usize = gone.map(|(_, answer)| answer.body.len()).sum();
        answers.bytes = answers.bytes.saturating_sub(bytes);
    }

    /// Put a set by until its errand goes on: the token has to rest, or something passes. Of a long list
    /// nothing would ever come if each trouble led back to its beginning.
    pub fn put_by(&self, errand: i64, going: Going) {
        let mut all = self.going();
        if all.len() >= GOING_MAX {
            all.clear();
        }
        all.insert(errand, going);
    }

    /// An errand is given up: what it had begun goes with it.
    pub fn let_go(&self, errand: i64) {
        self.going().remove(&errand);
    }

    /// The set that an errand was filling, if what is asked for stands as it stood.
    pub fn resume(&self, errand: i64, key: &str, mark: &str) -> Option<Going> {
        let going = self.going().remove(&errand)?;
        (going.key == key && going.mark == mark).then_some(going)
    }

    fn going(&self) -> MutexGuard<'_, HashMap<i64, Going>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

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
    pub errand: &'a ErrandRow,
    pub messenger: &'a Messenger,
    pub access: &'a Access,
    pub memory: &'a Memory,
}

impl Asker<'_> {
    /// Ask. What an errand was answered before its token had to rest is not asked again.
    pub async fn ask(&self, call: &Call) -> Result<Answer, AskError> {
        let question = format!("{:?} {} {:?}", call.host, call.path, call.query);
        if let Some(answer) = self.memory.answer(self.errand.id, &question) {
            return Ok(answer);
        }
        let answer = self.messenger.ask(self.access, call).await?;
        self.memory.keep_answer(self.errand.id, question, &answer);
        Ok(answer)
    }

    /// Ask, and remember nothing: of a long list each page is worked off before the next is asked for.
    pub async fn ask_anew(&self, call: &Call) -> Result<Answer, AskError> {
        self.messenger.ask(self.access, call).await
    }

    /// Ask for something that the provider keeps with somebody else.
    pub async fn ask_elsewhere(&self, call: &Call) -> Result<Answer, AskError> {
        self.messenger.ask_elsewhere(self.access, call).await
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

    /// How soon what follows about a build is to be asked; what somebody wishes goes on as a wish.
    pub fn rank(&self, build: &AskedBuild) -> Rank {
        let ended_at = build.finished_at.unwrap_or(build.sort_at);
        let rank = Rank::of(build.state, build.result, ended_at, self.now());
        if self.errand.rank == Rank::Wish as i64 { rank.min(Rank::Wish) } else { rank }
    }

    /// Names of a project's queues. Nothing depends on them but how they are called: where they are
    /// not to be had, there are none. What passes is waited for, for a while.
    pub async fn queues(&self, project: &str) -> Result<Option<Arc<Queues>>, AskError> {
        let key = (self.base().to_owned(), project.to_owned());
        let now = self.hub.clock().up();
        if let Some(queues) = self.memory.queues(&key, now) {
            return Ok(queues);
        }
        let asked = self.ask(&calls::queues(project)).await;
        let told = match asked {
            Ok(answer) => queues(&answer).ok().map(Arc::new),
            Err(later @ AskError::Later(_)) => return Err(later),
            Err(error) if error.is_passing() && self.errand.tries < QUEUES_TRIES => {
                return Err(error);
            }
            // Not now, but maybe with the next build.
            Err(error) if error.is_passing() => return Ok(None),
            Err(error) => {
                tracing::debug!(%error, "The names of queues are not to be had");
                None
            }
        };
        self.memory.keep_queues(key, now, told.clone());
        Ok(told)
    }

    /// Whether an answer of that name is kept already.
    pub async fn has_answer(&self, build: i64, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.read(move |books| records::has_answer(books, build, &name)).await
    }

    /// The artifacts of a build, as they were listed last.
    pub async fn artifacts(&self, build: i64) -> Result<Vec<Artifact>, StoreError> {
        let kept = self.read(move |books| records::answer(books, build, "artifacts")).await?;
        Ok(kept.map(|(_, artifacts)| artifacts).unwrap_or_default())
    }

    /// The jobs of a build by their keys.
    pub async fn jobs(&self, build: i64) -> Result<BTreeMap<String, Step>, StoreError> {
        self.read(move |books| {
            let steps = records::steps(books, build)?.into_iter();
            let steps = steps.map(|(at, fold)| (at.key, fold.record()));
            Ok(steps.filter(|(_, step)| step.kind == StepKind::Job).collect())
        })
        .await
    }

    /// How what was asked for stood when its sets were filled, by their keys.
    pub async fn marks(
        &self,
        build: i64,
        origin: Origin,
    ) -> Result<HashMap<String, String>, StoreError> {
        self.read(move |books| marks(books, build, origin)).await
    }

    pub async fn log_work(&self, build: i64, key: &str) -> Result<Option<LogWork>, StoreError> {
        let key = key.to_owned();
        self.read(move |books| log_work(books, build, &key)).await
    }

    /// Whether a step has ended, as far as is known. Of one that nobody knows, nothing more is to come.
    pub async fn is_step_over(&self, build: i64, step: &StepRef) -> Result<bool, StoreError> {
        let step = step.clone();
        self.read(move |books| records::is_step_over(books, build, &step)).await
    }

    /// What asking about a release needs; `None` where its project is not known.
    pub async fn release(
        &self,
        source: i64,
        key: &str,
    ) -> Result<Option<AskedRelease>, StoreError> {
        let key = key.to_owned();
        self.read(move |books| asked_release(books, source, &key)).await
    }

    pub async fn errand_done(&self, errand: &ErrandRow) -> Result<(), StoreError> {
        let errand = errand.clone();
        self.hub.blocking(move |hub| hub.books().write(|ledger| ledger.errand_done(&errand))).await
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
        self.hub.blocking(move |hub| hub.books().read(read)).await
    }
}
