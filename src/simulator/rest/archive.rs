//! What is known of the builds that a world told: their courses, and who ran what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::giants;
use super::truth::{Truth, truth};
use crate::model::Timestamp;
use crate::simulator::Happening;
use crate::simulator::buildkite::{Agent, Shape};
use crate::simulator::clock::Tick;
use crate::simulator::dice::Dice;
use crate::simulator::story::course::{Course, JobTry, PipelineCourse, ReleaseCourse, RunCourse};
use crate::simulator::world::{World, contoso};

/// The most builds that are kept of either provider; the oldest go first.
const BUILDS_MAX: usize = 5_000;

/// Agents of `acme` that are remembered once they are gone.
const AGENTS_MAX: usize = 2_000;

/// Spans that are kept of an agent's work.
const SPANS_MAX: usize = 400;

const SALT_WORKER: u64 = 91;

/// Builds, releases and agents, as far as they have been told. Whoever shows a world to a receiver
/// ([`World::history`], then [`World::live`]) notes each happening here as well, and both agree.
#[derive(Debug, Default)]
pub struct Archive {
    runs: BTreeMap<u64, Arc<Run>>,
    /// By pipeline and number.
    builds: BTreeMap<(usize, u64), Arc<PipelineCourse>>,
    releases: BTreeMap<u64, Arc<ReleaseCourse>>,
    agents: BTreeMap<u64, Machine>,
    pools: [Pool; 2],
    /// Found by their ids only.
    giant_runs: BTreeMap<u64, Arc<Run>>,
    giant_builds: BTreeMap<(usize, u64), Arc<PipelineCourse>>,
}

/// A run and the agents of its jobs.
#[derive(Debug)]
pub struct Run {
    pub course: Arc<RunCourse>,
    /// Numbers of agents in the run's pool, by stage and job.
    workers: Vec<Vec<usize>>,
}

/// An agent of `acme`.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    pub agent: Agent,
    /// When and how it went.
    pub gone: Option<(Tick, Shape)>,
}

/// The machines of an Azure pool, and when each is busy.
#[derive(Debug, Default)]
struct Pool {
    busy: Vec<Vec<(i64, i64)>>,
}

/// Machines in the pool of the provider's own, and in that of one's own.
pub const HOSTED: usize = 10;
pub const OWN: usize = 8;

/// One's own that take no work: one is away, one is switched off.
pub const OUT_OF_WORK: usize = 2;

/// What the agent of this number in a pool is called.
pub fn worker_name(hosted: bool, number: usize) -> String {
    if hosted {
        format!("Azure Pipelines {}", number + 1)
    } else {
        format!("build-linux-{:02}", number + 1)
    }
}

impl Run {
    /// The agent that ran, or runs, a job.
    pub fn worker(&self, stage: usize, job: usize) -> String {
        let number = self.workers.get(stage).and_then(|jobs| jobs.get(job)).copied().unwrap_or(0);
        worker_name(contoso().pipelines[self.course.build.pipeline].hosted, number)
    }

    pub fn worker_number(&self, stage: usize, job: usize) -> usize {
        self.workers.get(stage).and_then(|jobs| jobs.get(job)).copied().unwrap_or(0)
    }
}

impl Archive {
    /// Nothing but the giants: builds of a size that tests ask for by their numbers.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let mut archive = Self::default();
        for run in giants::runs(Tick::of(now)) {
            archive
                .giant_runs
                .insert(run.build.id, Arc::new(Run { workers: Vec::new(), course: Arc::new(run) }));
        }
        for (number, build) in giants::builds(Tick::of(now)) {
            archive.giant_builds.insert((giants::PIPELINE, number), Arc::new(build));
        }
        archive
    }

    /// Two weeks of both organisations before a moment. What is under way then goes on to its end.
    #[must_use]
    pub fn with_history(seed: u64, now: Timestamp) -> Self {
        Self::of(World::before(seed, now), now)
    }

    /// All that is told by these, whenever it happens.
    #[must_use]
    pub fn of(happenings: impl Iterator<Item = Happening>, now: Timestamp) -> Self {
        let mut archive = Self::new(now);
        for happening in happenings {
            archive.note(&happening);
        }
        archive
    }

    /// Something happened that may be asked about. Safe to repeat.
    pub fn note(&mut self, happening: &Happening) {
        if let Some(course) = &happening.course {
            self.keep(course);
        }
    }

    /// Keep the course of something.
    pub fn keep(&mut self, course: &Course) {
        match course {
            Course::Run(run) if !self.runs.contains_key(&run.build.id) => {
                let workers = self.assign(run);
                let kept = Run { course: Arc::clone(run), workers };
                self.runs.insert(run.build.id, Arc::new(kept));
                trim(&mut self.runs, BUILDS_MAX);
            }
            Course::Pipeline(build) => {
                let key = (build.build().pipeline, build.build().number);
                self.builds.entry(key).or_insert_with(|| Arc::clone(build));
                if self.builds.len() > BUILDS_MAX {
                    let oldest =
                        self.builds.iter().min_by_key(|(_, build)| build.build().created_at);
                    if let Some(key) = oldest.map(|(key, _)| *key) {
                        self.builds.remove(&key);
                    }
                }
            }
            Course::Release(release) => {
                if let Some(first) = release.scenes.first() {
                    self.releases.entry(first.build.id).or_insert_with(|| Arc::clone(release));
                    trim(&mut self.releases, BUILDS_MAX);
                }
            }
            Course::Agent { agent, shape, at } => {
                let machine = self
                    .agents
                    .entry(agent.number)
                    .or_insert(Machine { agent: *agent, gone: None });
                if *shape != Shape::AgentConnected {
                    machine.gone = Some((*at, *shape));
                }
                trim(&mut self.agents, AGENTS_MAX);
            }
            Course::Run(_) => {}
        }
    }

    /// Give each job of a run a machine that is free then.
    fn assign(&mut self, run: &RunCourse) -> Vec<Vec<usize>> {
        let hosted = contoso().pipelines[run.build.pipeline].hosted;
        let (pool, size) = if hosted { (0, HOSTED) } else { (1, OWN - OUT_OF_WORK) };
        let pool = &mut self.pools[pool];
        pool.busy.resize(size, Vec::new());
        let mut nth = 0;
        let mut assign = |job: &JobTry| {
            nth += 1;
            let mut dice = Dice::seeded(&[SALT_WORKER, run.build.id, nth]);
            pool.assign(dice.below(u32::try_from(size).unwrap_or(1)) as usize, job)
        };
        run.stages.iter().map(|stage| stage.jobs.iter().map(&mut assign).collect()).collect()
    }

    /// The run of this id, if it was told or is a giant.
    pub fn run(&self, id: u64) -> Option<Arc<Run>> {
        self.runs.get(&id).or_else(|| self.giant_runs.get(&id)).map(Arc::clone)
    }

    /// Runs in the order of their ids, giants left out.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &Arc<Run>> {
        self.runs.values()
    }

    pub fn build(&self, pipeline: usize, number: u64) -> Option<Arc<PipelineCourse>> {
        let key = (pipeline, number);
        self.builds.get(&key).or_else(|| self.giant_builds.get(&key)).map(Arc::clone)
    }

    /// Builds of `acme`, by pipeline and number, giants left out.
    pub fn builds(&self) -> impl DoubleEndedIterator<Item = &Arc<PipelineCourse>> {
        self.builds.values()
    }

    pub fn giant_builds(&self) -> impl Iterator<Item = &Arc<PipelineCourse>> {
        self.giant_builds.values()
    }

    pub fn releases(&self) -> impl DoubleEndedIterator<Item = (u64, &Arc<ReleaseCourse>)> {
        self.releases.iter().map(|(id, release)| (*id, release))
    }

    pub fn release(&self, id: u64) -> Option<Arc<ReleaseCourse>> {
        self.releases.get(&id).map(Arc::clone)
    }

    pub fn machines(&self) -> impl Iterator<Item = Machine> {
        self.agents.values().copied()
    }

    /// Courses of all builds that are kept, by the providers' ids: what a test measures against.
    pub fn courses(&self) -> impl Iterator<Item = Course> {
        let runs = self.runs.values().map(|run| Course::Run(Arc::clone(&run.course)));
        runs.chain(self.builds.values().map(|build| Course::Pipeline(Arc::clone(build))))
    }

    /// Why the build of this id failed in the end, by the provider's own id; `None` if it did not.
    #[must_use]
    pub fn truth_of(&self, external_id: &str) -> Option<Truth> {
        let is_it = |course: &Course| course.external_id().as_deref() == Some(external_id);
        truth(&self.courses().find(is_it)?)
    }

    /// How many builds are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len() + self.builds.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn trim<V>(map: &mut BTreeMap<u64, V>, max: usize) {
    while map.len() > max {
        map.pop_first();
    }
}

impl Pool {
    /// The first machine from `start` on that is free while the job runs; `start` if none is.
    fn assign(&mut self, start: usize, job: &JobTry) -> usize {
        let size = self.busy.len();
        let Some(began) = job.began else { return start };
        let (from, to) = (began.0, job.ended.0);
        let is_free = |spans: &[(i64, i64)]| spans.iter().all(|(a, b)| *b <= from || to <= *a);
        let free = (0..size).map(|nth| (start + nth) % size).find(|nth| is_free(&self.busy[*nth]));
        let chosen = free.unwrap_or(start);
        let spans = &mut self.busy[chosen];
        spans.push((from, to));
        if spans.len() > SPANS_MAX {
            spans.remove(0);
        }
        chosen
    }
}
