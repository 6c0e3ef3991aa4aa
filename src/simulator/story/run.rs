//! A pipeline run of Azure DevOps, told as it goes.

use super::Outcome;
use super::cause::{Cause, Purpose};
use super::course::{Asked, JobTry, RunCourse, RunEnd, StageTry};
use super::trouble::Trouble;
use crate::model::{BuildResult, BuildState, Provider};
use crate::simulator::azure_devops::{
    Approval, Build, Organisation, Progress, RunResult, STAGES, Scene, Shape, Step,
};
use crate::simulator::clock::Tick;
use crate::simulator::dice::Dice;

pub struct Run {
    organisation: &'static Organisation,
    dice: Dice,
    now: Tick,
    /// Of the stage that goes on now.
    stage_began: Tick,
    /// Of the attempt that goes on now.
    attempt_began: Tick,
    pub build: Build,
    progress: Progress,
    approval: Option<Approval>,
    attempt: u64,
    tempo: Tempo,
    /// Number of the first scene; those of two runs must stay apart.
    first_number: u64,
    /// Whether what fails has a cause that shows in how the job is told.
    has_causes: bool,
    told_cause: Option<Cause>,
    pub said: Vec<Said>,
    pub course: RunCourse,
}

/// Something that happened, and whether an overlapping subscription would tell it again.
pub struct Said {
    pub scene: Scene<'static>,
    pub echoes: bool,
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// What one job takes, from and to.
    pub job_ms: (u32, u32),
    /// All is this many times as fast.
    pub speed: u32,
    /// Whether builds are told in the old version too.
    pub tells_version_1: bool,
}

impl Tempo {
    const OF_STORIES: Self = Self { job_ms: (5_000, 300_000), speed: 1, tells_version_1: true };
}

/// What is to happen in a run.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// Place of the stage that ends the run.
    pub last: usize,
    pub end: RunResult,
    /// Somebody must agree to the last stage.
    pub gate: Option<Gate>,
    /// Somebody reruns the last stage after the end, and how that ends.
    pub again: Option<RunResult>,
    /// Why the last stage fails, where the dice are not asked.
    pub cause: Option<Cause>,
    /// What is behind tests that fail.
    pub trouble: Trouble,
}

#[derive(Debug, Clone, Copy)]
pub struct Gate {
    pub wait_ms: (u32, u32),
    pub agreed: bool,
}

impl Run {
    /// A run that has started when its build says so.
    pub fn new(
        organisation: &'static Organisation,
        build: Build,
        dice: Dice,
        first_number: u64,
    ) -> Self {
        Self {
            organisation,
            dice,
            now: build.started_at,
            stage_began: build.started_at,
            attempt_began: build.started_at,
            course: RunCourse::new(build.clone()),
            build,
            progress: Progress::Running,
            approval: None,
            attempt: 1,
            tempo: Tempo::OF_STORIES,
            first_number,
            has_causes: false,
            told_cause: None,
            said: Vec::new(),
        }
    }

    /// How the build stands after all that was said; without an end it still waits.
    pub fn outcome(&self, end: Option<RunResult>) -> Outcome {
        Outcome {
            provider: Provider::AzureDevops,
            external_id: self.build.id.to_string(),
            state: if end.is_some() { BuildState::Finished } else { BuildState::Waiting },
            result: end.map(in_our_words),
            attempt: u32::try_from(self.attempt).unwrap_or(u32::MAX),
        }
    }

    /// Until the end that the dice choose; `None` when an approval is still awaited.
    pub fn live(&mut self) -> Option<RunResult> {
        self.say(Shape::Run, 0, Progress::Running, 0);
        let last = self.dice.below(4) as usize;
        let end = match self.dice.below(10) {
            0..5 => RunResult::Succeeded,
            5..8 => RunResult::Failed,
            8 => RunResult::PartiallySucceeded,
            _ => RunResult::Canceled,
        };
        for stage in 0..last {
            self.stage(stage, RunResult::Succeeded);
        }
        // The last stage goes to customers: somebody may have to agree.
        let is_guarded = last == 3 && self.dice.percent(60);
        let end = if is_guarded { self.ask_anybody(last, end)? } else { end };
        if end != RunResult::Rejected {
            self.stage(last, end);
        }
        self.finish(end);

        if matches!(end, RunResult::Failed | RunResult::Canceled) && self.dice.percent(60) {
            self.pass(120_000, 900_000);
            let again = |dice: &mut Dice| if dice.percent(75) { RunResult::Succeeded } else { end };
            return Some(self.rerun(last, again));
        }
        Some(end)
    }

    /// Until the end of the plot.
    pub fn follow(&mut self, plot: &Plot, tempo: Tempo) -> RunResult {
        self.tempo = tempo;
        self.has_causes = true;
        self.told_cause = plot.cause;
        self.course.trouble = plot.trouble;
        self.say(Shape::Run, 0, Progress::Running, 0);
        for stage in 0..plot.last {
            self.stage(stage, RunResult::Succeeded);
        }
        let mut end = plot.end;
        if let Some(gate) = plot.gate {
            self.ask(plot.last);
            self.pass(gate.wait_ms.0, gate.wait_ms.1);
            end = self.answer(plot.last, gate.agreed, end);
        }
        if end != RunResult::Rejected {
            self.stage(plot.last, end);
        }
        self.finish(end);
        match plot.again {
            Some(again) if matches!(end, RunResult::Failed | RunResult::Canceled) => {
                self.pass(120_000, 900_000);
                self.rerun(plot.last, |_| again)
            }
            _ => end,
        }
    }

    /// Ask for approval of a stage. `None`: nobody has answered yet.
    fn ask_anybody(&mut self, stage: usize, end: RunResult) -> Option<RunResult> {
        self.ask(stage);
        if self.dice.percent(25) {
            return None;
        }
        self.pass(60_000, 3_000_000);
        let agreed = self.dice.percent(80);
        Some(self.answer(stage, agreed, end))
    }

    fn ask(&mut self, stage: usize) {
        self.say(Shape::Stage, stage, Progress::Waiting, 0);
        let id = self.dice.guid();
        self.approval = Some(Approval { id, asked_at: self.now, answered: None });
        self.say(Shape::ApprovalPending, stage, Progress::Waiting, 0);
    }

    /// Somebody answers; what the run ends with then.
    fn answer(&mut self, stage: usize, agreed: bool, end: RunResult) -> RunResult {
        if let Some(approval) = &mut self.approval {
            approval.answered = Some((self.now, agreed));
            let (approval, attempt) = (*approval, self.attempt);
            self.course.asked.push(Asked { stage, attempt, approval });
        }
        self.say(Shape::ApprovalCompleted, stage, Progress::Waiting, 0);
        if agreed {
            return end;
        }
        self.say(Shape::Stage, stage, Progress::Completed(RunResult::Rejected), 0);
        RunResult::Rejected
    }

    /// Somebody reruns the failed stage: same build, next attempt, another finish.
    fn rerun(&mut self, stage: usize, again: impl FnOnce(&mut Dice) -> RunResult) -> RunResult {
        self.attempt += 1;
        self.attempt_began = self.now;
        self.progress = Progress::Running;
        self.say(Shape::Run, stage, Progress::Running, 0);
        let again = again(&mut self.dice);
        self.stage(stage, again);
        self.finish(again);
        again
    }

    fn stage(&mut self, stage: usize, end: RunResult) {
        let progress = Progress::Completed(end);
        self.stage_began = self.now;
        self.say(Shape::Stage, stage, Progress::Running, 0);
        let thrown = self.dice.between(1, 2) as usize;
        // Another try is of the same jobs; what is measured with stays as it was.
        let before =
            self.course.stages.iter().find(|tried| self.has_causes && tried.place == stage);
        let jobs = before.map_or(thrown, |tried| tried.jobs.len());
        let mut tried = Vec::new();
        for job in 0..jobs {
            let is_last = job + 1 == jobs;
            let result = if is_last { end } else { RunResult::Succeeded };
            let cause = self.cause(stage, result);
            let queued = self.now;
            self.say(Shape::Job, stage, Progress::Waiting, job);
            self.pass(1_000, 20_000);
            // Where no agent comes, it waits until somebody has had enough of it.
            let began = (cause != Some(Cause::NoAgent)).then_some(self.now);
            if began.is_some() {
                self.say(Shape::Job, stage, Progress::Running, job);
            }
            self.pass(self.tempo.job_ms.0, self.tempo.job_ms.1);
            self.say_of(Shape::Job, stage, Progress::Completed(result), job, began);
            let ended = self.now;
            tried.push(JobTry { place: job, shard: 0, queued, began, ended, result, cause });
        }
        self.pass(500, 2_000);
        self.say_of(Shape::Stage, stage, progress, 0, Some(self.stage_began));
        self.course.stages.push(StageTry {
            place: stage,
            attempt: self.attempt,
            began: self.stage_began,
            ended: self.now,
            result: end,
            jobs: tried,
        });
    }

    /// Why a job ended badly. A rerun that fails again fails of the same.
    fn cause(&self, stage: usize, result: RunResult) -> Option<Cause> {
        let purpose = match stage {
            0 => Purpose::Build,
            1 => Purpose::Test,
            _ => Purpose::Deploy,
        };
        match result {
            RunResult::Failed if self.told_cause.is_some() => self.told_cause,
            RunResult::Failed => {
                let cause = Cause::of(purpose, &[self.build.id, self.first_number]);
                // The provider's own machines are always there.
                let hosted = self.organisation.pipelines[self.build.pipeline].hosted;
                let may_wait = self.has_causes && !hosted;
                let is_sound = cause != Cause::NoAgent || may_wait;
                Some(if is_sound { cause } else { Cause::Infrastructure })
            }
            RunResult::Canceled => Some(Cause::Canceled),
            _ => None,
        }
    }

    /// The run's end, told by the run and by the build, which may speak two versions.
    fn finish(&mut self, end: RunResult) {
        self.pass(1_000, 5_000);
        self.build.finished_at = self.now;
        self.build.result = end;
        self.course.ends.push(RunEnd {
            attempt: self.attempt,
            began: self.attempt_began,
            ended: self.now,
            result: end,
        });
        self.progress = Progress::Completed(end);
        self.say(Shape::Run, 0, self.progress, 0);
        self.say(Shape::BuildComplete2, 0, self.progress, 0);
        if self.tempo.tells_version_1 {
            self.say(Shape::BuildComplete1, 0, self.progress, 0);
        }
    }

    fn pass(&mut self, low_ms: u32, high_ms: u32) {
        let ms = self.dice.between(low_ms, high_ms) / self.tempo.speed;
        self.now = self.now.plus_ms(u64::from(ms));
        self.now = Tick(self.now.0 + i64::from(self.dice.below(10_000)));
    }

    fn say(&mut self, shape: Shape, stage: usize, progress: Progress, job: usize) {
        self.say_of(shape, stage, progress, job, Some(self.now));
    }

    fn say_of(
        &mut self,
        shape: Shape,
        stage: usize,
        progress: Progress,
        job: usize,
        began: Option<Tick>,
    ) {
        let number = self.first_number + self.said.len() as u64;
        let mut scene = Scene::new(self.organisation, shape, self.build.clone(), number);
        let (name, _, jobs) = STAGES[stage];
        let has_begun = !matches!(progress, Progress::NotStarted | Progress::Waiting);
        let is_over = matches!(progress, Progress::Completed(_));
        let step = |name| Step {
            name,
            progress,
            started_at: began.filter(|_| has_begun),
            finished_at: is_over.then_some(self.now),
        };
        scene.stage_place = stage;
        scene.stage = step(name);
        scene.job = step(jobs[job]);
        if shape == Shape::Job {
            // While its jobs go on, the stage does too.
            scene.stage.progress = Progress::Running;
            scene.stage.started_at = Some(self.stage_began);
            scene.stage.finished_at = None;
        }
        scene.attempt = self.attempt;
        scene.run = self.progress;
        // The run's own clock differs from the build's by some milliseconds.
        scene.run_finished_at = self.build.finished_at.plus_ms(113);
        scene.approval = self.approval;
        scene.created_at = self.now.plus_ms(u64::from(self.dice.between(1_000, 9_000)));
        self.said.push(Said { scene, echoes: self.dice.percent(5) });
    }
}

pub fn in_our_words(result: RunResult) -> BuildResult {
    match result {
        RunResult::Succeeded => BuildResult::Success,
        RunResult::PartiallySucceeded => BuildResult::Unstable,
        RunResult::Failed | RunResult::Rejected => BuildResult::Failure,
        RunResult::Canceled => BuildResult::Aborted,
        RunResult::Skipped => BuildResult::Skipped,
    }
}
