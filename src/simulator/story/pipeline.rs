//! A Buildkite build, told as it goes.

use super::Outcome;
use super::cause::{Cause, Purpose};
use super::course::PipelineCourse;
use super::trouble::Trouble;
use crate::model::{BuildResult, BuildState, Provider};
use crate::simulator::buildkite::{Agent, Build, Job, Organisation, Scene, Shape};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};

/// The step behind a gate.
const DEPLOY: usize = 4;

pub struct Pipeline {
    organisation: &'static Organisation,
    dice: Dice,
    now: Tick,
    pub build: Build,
    attempt: u32,
    tempo: Tempo,
    /// Number of the first scene; those of two builds must stay apart.
    first_number: u64,
    /// Who runs the jobs, when it matters.
    pub agent: Option<Agent>,
    /// Whether what fails has a cause that shows in how the job ends.
    has_causes: bool,
    told_cause: Option<Cause>,
    pub said: Vec<Scene<'static>>,
    pub course: PipelineCourse,
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// What one job takes, from and to.
    pub job_s: (u32, u32),
    /// All is this many times as fast.
    pub speed: u32,
}

/// How one job of a Buildkite build ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    Passed,
    Failed,
    SoftFailed,
    TimedOut,
    Canceled,
}

/// What is to happen in a build.
#[derive(Debug, Clone, Copy)]
pub enum Plot {
    /// A newer build of the branch takes its place.
    Skipped,
    Built {
        /// Steps that pass before the last.
        steps: usize,
        /// The step that fails once and is repeated by the pipeline's own rule.
        flaky: Option<usize>,
        /// The step that may fail, and does.
        soft: Option<usize>,
        /// Somebody has to unblock the deployment, and takes this long.
        gate_s: Option<(u32, u32)>,
        end: JobEnd,
        /// A person retries the failed job after the end, and how that ends.
        again: Option<JobEnd>,
        /// Why the last job fails, where the dice are not asked.
        cause: Option<Cause>,
        /// What is behind tests that fail.
        trouble: Trouble,
    },
}

/// Why a job is tried once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Retry {
    of: Guid,
    how: &'static str,
}

impl Pipeline {
    /// A build that is created when it says so.
    pub fn new(
        organisation: &'static Organisation,
        build: Build,
        dice: Dice,
        first_number: u64,
    ) -> Self {
        Self {
            organisation,
            dice,
            now: build.created_at,
            build,
            attempt: 1,
            tempo: Tempo { job_s: (5, 600), speed: 1 },
            first_number,
            agent: None,
            has_causes: false,
            told_cause: None,
            said: Vec::new(),
            course: PipelineCourse::default(),
        }
    }

    /// How the build stands after all that was said.
    pub fn outcome(&self, state: BuildState, result: BuildResult) -> Outcome {
        Outcome {
            provider: Provider::Buildkite,
            external_id: self.build.id.text(),
            state,
            result: Some(result),
            attempt: self.attempt,
        }
    }

    /// Until the end that the dice choose, or until a gate that nobody opens.
    pub fn live(&mut self) -> (BuildState, BuildResult) {
        let idle = self.job(0, 0);
        self.say(Shape::BuildScheduled, &idle);
        if self.dice.percent(6) {
            return self.skip(&idle);
        }
        self.start(&idle);

        let mut soft_failed = false;
        let last = self.dice.between(1, 3) as usize;
        for step in 0..last {
            // A flaky job, repeated by the pipeline's own rule.
            let retry = self.dice.percent(15);
            if retry {
                // The highest attempt of any job is the build's.
                self.attempt = 2;
                self.work(step, 0, JobEnd::Failed, None, true);
            }
            let soft = self.dice.percent(10);
            soft_failed |= soft;
            let end = if soft { JobEnd::SoftFailed } else { JobEnd::Passed };
            let of = |p: &Self| Retry { of: p.job(step, 0).id, how: "automatic" };
            let retry = retry.then(|| of(self));
            self.work(step, u64::from(retry.is_some()), end, retry, false);
        }
        if self.dice.percent(30) {
            self.block(&idle);
            if self.dice.percent(30) {
                return (BuildState::Waiting, result(JobEnd::Passed, soft_failed));
            }
            self.pass(60, 3_000);
            self.unblock();
        }

        let end = match self.dice.below(10) {
            0..5 => JobEnd::Passed,
            5..8 => JobEnd::Failed,
            8 => JobEnd::TimedOut,
            _ => JobEnd::Canceled,
        };
        self.work(last, 0, end, None, false);
        let mut end = end;
        self.finish(end);

        if end == JobEnd::Failed && self.dice.percent(60) {
            self.reopen();
            end = if self.dice.percent(75) { JobEnd::Passed } else { JobEnd::Failed };
            let retry = Retry { of: self.job(last, 0).id, how: "manual" };
            self.work(last, 1, end, Some(retry), false);
            self.finish(end);
        }
        (BuildState::Finished, result(end, soft_failed))
    }

    /// Until the end of the plot.
    pub fn follow(&mut self, plot: &Plot, tempo: Tempo) -> (BuildState, BuildResult) {
        self.tempo = tempo;
        self.has_causes = true;
        self.course.agent = self.agent;
        let idle = self.job(0, 0);
        self.say(Shape::BuildScheduled, &idle);
        let Plot::Built { steps, flaky, soft, gate_s, end, again, cause, trouble } = *plot else {
            return self.skip(&idle);
        };
        self.told_cause = cause;
        self.course.trouble = trouble;
        self.start(&idle);

        for step in 0..steps {
            let mut retry = None;
            if flaky == Some(step) {
                self.attempt = 2;
                let of = self.work(step, 0, JobEnd::Failed, None, true);
                retry = Some(Retry { of, how: "automatic" });
            }
            let end = if soft == Some(step) { JobEnd::SoftFailed } else { JobEnd::Passed };
            self.work(step, u64::from(retry.is_some()), end, retry, false);
        }
        let mut last = steps;
        if let Some((low, high)) = gate_s {
            self.block(&idle);
            self.pass(low, high);
            self.unblock();
            last = DEPLOY;
        }
        let first = self.work(last, 0, end, None, false);
        self.finish(end);
        let mut end = end;
        if let (JobEnd::Failed, Some(again)) = (end, again) {
            self.reopen();
            end = again;
            self.work(last, 1, end, Some(Retry { of: first, how: "manual" }), false);
            self.finish(end);
        }
        (BuildState::Finished, result(end, soft.is_some()))
    }

    /// A newer build of the branch took its place.
    fn skip(&mut self, idle: &Job) -> (BuildState, BuildResult) {
        self.pass(1, 30);
        self.build.state = "skipped";
        self.say(Shape::BuildSkipped, idle);
        (BuildState::Finished, BuildResult::Skipped)
    }

    fn start(&mut self, idle: &Job) {
        self.pass(1, 60);
        self.build.state = "running";
        self.build.started_at = Some(self.now);
        self.say(Shape::BuildRunning, idle);
    }

    /// A person retries a job after the end: the same build goes on.
    fn reopen(&mut self) {
        self.pass(60, 900);
        self.attempt = 2;
        self.build.finished_at = None;
        self.build.failing_at = None;
        self.build.state = "running";
    }

    fn job(&self, step: usize, nth: u64) -> Job {
        Job::new(&self.build, step, nth, self.now)
    }

    /// One try of a step: scheduled, started, finished. `will_retry`: another try follows by itself.
    fn work(
        &mut self,
        step: usize,
        nth: u64,
        end: JobEnd,
        retry: Option<Retry>,
        will_retry: bool,
    ) -> Guid {
        let mut job = self.job(step, nth);
        job.retry_of = retry.map(|retry| (retry.of, retry.how));
        let cause = self.cause(step, end);
        self.say(Shape::JobScheduled, &job);
        self.pass(1, 40);
        if cause != Some(Cause::NoAgent) {
            job.state = "running";
            job.started_at = Some(self.now);
            self.say(Shape::JobStarted, &job);
        }
        if retry.is_some_and(|retry| retry.how == "manual") {
            // The build is told to be running again, from its first start on.
            self.say(Shape::BuildRunning, &job);
        }
        self.pass(self.tempo.job_s.0, self.tempo.job_s.1);
        job.finished_at = Some(self.now);
        job.soft_failed = end == JobEnd::SoftFailed;
        (job.state, job.exit_status, job.signal_reason) = match end {
            JobEnd::Passed => ("passed", Some(0), None),
            JobEnd::Failed => ("failed", Some(2), None),
            JobEnd::SoftFailed => ("failed", Some(1), None),
            JobEnd::TimedOut => ("timed_out", Some(-1), Some("cancel")),
            JobEnd::Canceled => ("canceled", Some(-1), Some("cancel")),
        };
        match (end, cause) {
            (JobEnd::Failed, Some(Cause::NoAgent)) => {
                (job.state, job.exit_status) = ("expired", None);
            }
            (JobEnd::Failed, Some(cause)) => {
                job.exit_status = cause.exit_status();
                job.signal_reason = (cause == Cause::AgentLost).then_some("agent_stop");
            }
            _ => {}
        }
        if will_retry {
            job.retried_in = Some((self.job(step, nth + 1).id, "automatic"));
            job.retries = 1;
        }
        if matches!(end, JobEnd::Failed | JobEnd::TimedOut) && !will_retry {
            self.build.state = "failing";
            self.build.failing_at = Some(self.now);
            self.say(Shape::BuildFailing, &job);
        }
        self.say(Shape::JobFinished, &job);
        let id = job.id;
        self.course.note_job(job, cause, false);
        id
    }

    /// Why a job ended badly. A retry that fails again fails of the same.
    fn cause(&self, step: usize, end: JobEnd) -> Option<Cause> {
        if !self.has_causes {
            return None;
        }
        let purpose = match step {
            0 => Purpose::Lint,
            1 => Purpose::Build,
            2 | 3 => Purpose::Test,
            _ => Purpose::Deploy,
        };
        match end {
            JobEnd::Passed => None,
            JobEnd::TimedOut => Some(Cause::Timeout),
            JobEnd::Canceled => Some(Cause::Canceled),
            JobEnd::Failed if self.told_cause.is_some() => self.told_cause,
            JobEnd::Failed | JobEnd::SoftFailed => {
                let key = [self.build.number, self.first_number, step as u64];
                match Cause::of(purpose, &key) {
                    // A soft failure is one of the code.
                    _ if end == JobEnd::SoftFailed => Some(match purpose {
                        Purpose::Lint => Cause::Lint,
                        Purpose::Test => Cause::TestFailure,
                        Purpose::Build | Purpose::Deploy => Cause::ScriptError,
                    }),
                    // That one has an end of its own here; agents that never come are told in its place.
                    Cause::Timeout => Some(Cause::NoAgent),
                    cause => Some(cause),
                }
            }
        }
    }

    /// A block step is reached: the build "finishes" with what it has.
    fn block(&mut self, idle: &Job) {
        self.pass(1, 5);
        self.build.blocked = true;
        self.build.state = "passed";
        self.build.finished_at = Some(self.now);
        self.say(Shape::BuildFinished, idle);
    }

    fn unblock(&mut self) {
        self.build.blocked = false;
        self.build.state = "running";
        self.build.finished_at = None;
        let mut gate = self.job(DEPLOY, 99);
        gate.state = "unblocked";
        gate.finished_at = Some(self.now);
        self.say(Shape::JobActivated, &gate);
        self.say(Shape::BuildRunning, &gate);
        self.course.note_job(gate, None, true);
    }

    fn finish(&mut self, end: JobEnd) {
        self.pass(1, 10);
        self.build.state = match end {
            JobEnd::Passed | JobEnd::SoftFailed => "passed",
            JobEnd::Failed | JobEnd::TimedOut => "failed",
            JobEnd::Canceled => "canceled",
        };
        self.build.finished_at = Some(self.now);
        let idle = self.job(0, 0);
        self.say(Shape::BuildFinished, &idle);
    }

    /// Whole seconds: Buildkite's webhooks know no finer time.
    fn pass(&mut self, low_s: u32, high_s: u32) {
        let seconds = self.dice.between(low_s, high_s).div_ceil(self.tempo.speed);
        self.now = self.now.plus_ms(u64::from(seconds) * 1_000);
    }

    fn say(&mut self, shape: Shape, job: &Job) {
        self.course.note_turn(self.now, &self.build);
        self.said.push(Scene {
            organisation: self.organisation,
            shape,
            sent_at: self.now.plus_ms(u64::from(self.dice.between(200, 900))),
            number: self.first_number + self.said.len() as u64,
            build: self.build.clone(),
            job: job.clone(),
            agent: self.agent,
        });
    }
}

fn result(end: JobEnd, soft_failed: bool) -> BuildResult {
    match end {
        JobEnd::Failed | JobEnd::TimedOut => BuildResult::Failure,
        JobEnd::Canceled => BuildResult::Aborted,
        JobEnd::Passed | JobEnd::SoftFailed if soft_failed => BuildResult::Unstable,
        JobEnd::Passed | JobEnd::SoftFailed => BuildResult::Success,
    }
}
