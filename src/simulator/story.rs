//! Whole builds, told hook by hook, with their ending known beforehand.
//!
//! A story is consistent: ids, names and times of its hooks agree, and each hook shows the build as
//! it stood at that moment. Told in any order, and with any repetition, it must end in its
//! [`Outcome`].

use super::Hook;
use super::azure_devops::{self as azure, Progress, RunResult, STAGES, Shape as Azure};
use super::buildkite::{self, Shape as Buildkite};
use super::clock::Tick;
use super::dice::Dice;
use crate::model::{BuildResult, BuildState, Provider};

const SALT_STORY: u64 = 31;

/// Pools of Azure DevOps subscriptions: one subscription per event type, and those that overlap.
const POOL_STORY: u64 = 3;
const POOL_ECHO: u64 = 4;

/// Most hooks a story has; numbers of different stories stay apart by it.
const HOOKS_MAX: u64 = 128;

/// Simulated time between the beginnings of two stories.
const STORY_EVERY_MS: u64 = 421_000;

/// Stories begin here, away from the numbers of [`super::stream`].
const FIRST_BUILD: u64 = 500_000_000;
const FIRST_NUMBER: u64 = 1 << 48;

#[derive(Debug, Clone)]
pub struct Story {
    /// In the order in which things happened.
    pub hooks: Vec<Hook>,
    pub outcome: Outcome,
}

/// How a build stands once every hook of its story is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub provider: Provider,
    /// The provider's own id: Azure DevOps' build id, Buildkite's UUID.
    pub external_id: String,
    pub state: BuildState,
    /// Of a blocked build: the result so far.
    pub result: Option<BuildResult>,
    pub attempt: u32,
}

/// The story of one build. Even seeds are told by `contoso`, odd ones by `acme`.
#[must_use]
pub fn build_story(seed: u64) -> Story {
    if seed.is_multiple_of(2) { Run::tell(seed) } else { Pipeline::tell(seed) }
}

fn begin(seed: u64) -> Tick {
    // Two years of stories, then the clock begins again: ids go on, so nothing collides.
    Tick::BEGIN.plus_ms(seed % 150_000 * STORY_EVERY_MS)
}

/// A pipeline run of Azure DevOps as it goes.
struct Run {
    seed: u64,
    dice: Dice,
    now: Tick,
    build: azure::Build,
    progress: Progress,
    approval: Option<azure::Approval>,
    attempt: u64,
    hooks: Vec<Hook>,
    told: u64,
}

impl Run {
    fn tell(seed: u64) -> Story {
        let contoso = azure::Organisation::contoso();
        let now = begin(seed);
        let mut dice = Dice::seeded(&[SALT_STORY, seed]);
        let mut build = contoso.build(FIRST_BUILD + seed, now);
        build.queued_at = now;
        build.started_at = now.plus_ms(u64::from(dice.between(2_000, 30_000)));
        build.finished_at = build.started_at;
        let mut run = Self {
            seed,
            now: build.started_at,
            dice,
            build,
            progress: Progress::Running,
            approval: None,
            attempt: 1,
            hooks: Vec::new(),
            told: 0,
        };
        let end = run.live();
        Story {
            outcome: Outcome {
                provider: Provider::AzureDevops,
                external_id: run.build.id.to_string(),
                state: if end.is_some() { BuildState::Finished } else { BuildState::Waiting },
                result: end.map(in_our_words),
                attempt: u32::try_from(run.attempt).unwrap_or(u32::MAX),
            },
            hooks: run.hooks,
        }
    }

    /// Until the end; `None` when an approval is still awaited.
    fn live(&mut self) -> Option<RunResult> {
        self.say(Azure::Run, 0, Progress::Running, 0);
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
        let end = if is_guarded { self.ask(last, end)? } else { end };
        if end != RunResult::Rejected {
            self.stage(last, end);
        }
        self.finish(end);

        if matches!(end, RunResult::Failed | RunResult::Canceled) && self.dice.percent(60) {
            // Somebody reruns the failed stage: same build, next attempt, another finish.
            self.pass(120_000, 900_000);
            self.attempt += 1;
            self.progress = Progress::Running;
            self.say(Azure::Run, last, Progress::Running, 0);
            let again = if self.dice.percent(75) { RunResult::Succeeded } else { end };
            self.stage(last, again);
            self.finish(again);
            return Some(again);
        }
        Some(end)
    }

    /// Ask for approval of a stage. `None`: nobody has answered yet.
    fn ask(&mut self, stage: usize, end: RunResult) -> Option<RunResult> {
        self.say(Azure::Stage, stage, Progress::Waiting, 0);
        let id = self.dice.guid();
        let asked_at = self.now;
        self.approval = Some(azure::Approval { id, asked_at, answered: None });
        self.say(Azure::ApprovalPending, stage, Progress::Waiting, 0);
        if self.dice.percent(25) {
            return None;
        }
        self.pass(60_000, 3_000_000);
        let agreed = self.dice.percent(80);
        let answered = Some((self.now, agreed));
        self.approval = Some(azure::Approval { id, asked_at, answered });
        self.say(Azure::ApprovalCompleted, stage, Progress::Waiting, 0);
        if agreed {
            return Some(end);
        }
        self.say(Azure::Stage, stage, Progress::Completed(RunResult::Rejected), 0);
        Some(RunResult::Rejected)
    }

    fn stage(&mut self, stage: usize, end: RunResult) {
        let progress = Progress::Completed(end);
        let began = self.now;
        self.say(Azure::Stage, stage, Progress::Running, 0);
        let jobs = self.dice.between(1, 2);
        for job in 0..jobs as usize {
            self.say(Azure::Job, stage, Progress::Waiting, job);
            self.pass(1_000, 20_000);
            self.say(Azure::Job, stage, Progress::Running, job);
            self.pass(5_000, 300_000);
            let is_last = job + 1 == jobs as usize;
            let end = if is_last { progress } else { Progress::Completed(RunResult::Succeeded) };
            self.say(Azure::Job, stage, end, job);
        }
        self.pass(500, 2_000);
        self.say_of(Azure::Stage, stage, progress, 0, began);
    }

    /// The run's end, told three times: by the run, and by the build in both versions.
    fn finish(&mut self, end: RunResult) {
        self.pass(1_000, 5_000);
        self.build.finished_at = self.now;
        self.build.result = end;
        self.progress = Progress::Completed(end);
        self.say(Azure::Run, 0, self.progress, 0);
        self.say(Azure::BuildComplete2, 0, self.progress, 0);
        self.say(Azure::BuildComplete1, 0, self.progress, 0);
    }

    fn pass(&mut self, low_ms: u32, high_ms: u32) {
        self.now = self.now.plus_ms(u64::from(self.dice.between(low_ms, high_ms)));
        self.now = Tick(self.now.0 + i64::from(self.dice.below(10_000)));
    }

    fn say(&mut self, shape: Azure, stage: usize, progress: Progress, job: usize) {
        self.say_of(shape, stage, progress, job, self.now);
    }

    fn say_of(&mut self, shape: Azure, stage: usize, progress: Progress, job: usize, began: Tick) {
        let contoso = azure::Organisation::contoso();
        let number = FIRST_NUMBER + self.seed * HOOKS_MAX + self.told;
        let mut scene = azure::Scene::new(contoso, shape, self.build.clone(), number);
        let (name, _, jobs) = STAGES[stage];
        let has_begun = !matches!(progress, Progress::NotStarted | Progress::Waiting);
        let is_over = matches!(progress, Progress::Completed(_));
        let step = |name| azure::Step {
            name,
            progress,
            started_at: has_begun.then_some(began),
            finished_at: is_over.then_some(self.now),
        };
        scene.stage_place = stage;
        scene.stage = step(name);
        scene.job = step(jobs[job]);
        if shape == Azure::Job {
            // While its jobs go on, the stage does too.
            scene.stage.progress = Progress::Running;
            scene.stage.started_at = Some(began);
            scene.stage.finished_at = None;
        }
        scene.attempt = self.attempt;
        scene.run = self.progress;
        // The run's own clock differs from the build's by some milliseconds.
        scene.run_finished_at = self.build.finished_at.plus_ms(113);
        scene.approval = self.approval;
        scene.subscription = contoso.subscription(POOL_STORY, shape as u64);
        scene.notification = self.seed * HOOKS_MAX + self.told + 1;
        scene.created_at = self.now.plus_ms(u64::from(self.dice.between(1_000, 9_000)));
        self.told += 1;
        self.hooks.push(scene.hook());
        if self.dice.percent(5) {
            // An overlapping subscription tells the same event again.
            scene.subscription = contoso.subscription(POOL_ECHO, shape as u64);
            self.hooks.push(scene.hook());
        }
    }
}

fn in_our_words(result: RunResult) -> BuildResult {
    match result {
        RunResult::Succeeded => BuildResult::Success,
        RunResult::PartiallySucceeded => BuildResult::Unstable,
        RunResult::Failed | RunResult::Rejected => BuildResult::Failure,
        RunResult::Canceled => BuildResult::Aborted,
        RunResult::Skipped => BuildResult::Skipped,
    }
}

/// A Buildkite build as it goes.
struct Pipeline {
    seed: u64,
    dice: Dice,
    now: Tick,
    build: buildkite::Build,
    attempt: u32,
    hooks: Vec<Hook>,
    told: u64,
}

/// How one job of a Buildkite build ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JobEnd {
    Passed,
    Failed,
    SoftFailed,
    TimedOut,
    Canceled,
}

impl Pipeline {
    fn tell(seed: u64) -> Story {
        let acme = buildkite::Organisation::acme();
        let now = begin(seed);
        let mut pipeline = Self {
            seed,
            dice: Dice::seeded(&[SALT_STORY, seed]),
            now,
            build: acme.build(FIRST_BUILD + seed, now),
            attempt: 1,
            hooks: Vec::new(),
            told: 0,
        };
        let (state, result) = pipeline.live();
        Story {
            outcome: Outcome {
                provider: Provider::Buildkite,
                external_id: pipeline.build.id.text(),
                state,
                result: Some(result),
                attempt: pipeline.attempt,
            },
            hooks: pipeline.hooks,
        }
    }

    fn live(&mut self) -> (BuildState, BuildResult) {
        let idle = self.job(0, 0);
        self.say(Buildkite::BuildScheduled, &idle);
        if self.dice.percent(6) {
            // A newer build of the branch took its place.
            self.pass(1, 30);
            self.build.state = "skipped";
            self.say(Buildkite::BuildSkipped, &idle);
            return (BuildState::Finished, BuildResult::Skipped);
        }
        self.pass(1, 60);
        self.build.state = "running";
        self.build.started_at = Some(self.now);
        self.say(Buildkite::BuildRunning, &idle);

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
            self.work(step, u64::from(retry), end, retry.then_some("automatic"), false);
        }
        if self.dice.percent(30) {
            let so_far = self.block(&idle);
            if self.dice.percent(30) {
                let result = if soft_failed { BuildResult::Unstable } else { so_far };
                return (BuildState::Waiting, result);
            }
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
            // A person retries the job after the end: the same build goes on.
            self.pass(60, 900);
            self.attempt = 2;
            self.build.finished_at = None;
            self.build.failing_at = None;
            self.build.state = "running";
            end = if self.dice.percent(75) { JobEnd::Passed } else { JobEnd::Failed };
            self.work(last, 1, end, Some("manual"), false);
            self.finish(end);
        }
        let result = match end {
            JobEnd::Failed | JobEnd::TimedOut => BuildResult::Failure,
            JobEnd::Canceled => BuildResult::Aborted,
            JobEnd::Passed | JobEnd::SoftFailed if soft_failed => BuildResult::Unstable,
            JobEnd::Passed | JobEnd::SoftFailed => BuildResult::Success,
        };
        (BuildState::Finished, result)
    }

    fn job(&self, step: usize, nth: u64) -> buildkite::Job {
        buildkite::Job::new(&self.build, step, nth, self.now)
    }

    /// One try of a step: scheduled, started, finished. `will_retry`: another try follows by itself.
    fn work(
        &mut self,
        step: usize,
        nth: u64,
        end: JobEnd,
        retry: Option<&'static str>,
        will_retry: bool,
    ) {
        let mut job = self.job(step, nth);
        if let Some(how) = retry {
            job.retry_of = Some((self.job(step, nth - 1).id, how));
        }
        self.say(Buildkite::JobScheduled, &job);
        self.pass(1, 40);
        job.state = "running";
        job.started_at = Some(self.now);
        self.say(Buildkite::JobStarted, &job);
        if retry == Some("manual") {
            // The build is told to be running again, from its first start on.
            self.say(Buildkite::BuildRunning, &job);
        }
        self.pass(5, 600);
        job.finished_at = Some(self.now);
        job.soft_failed = end == JobEnd::SoftFailed;
        (job.state, job.exit_status, job.signal_reason) = match end {
            JobEnd::Passed => ("passed", Some(0), None),
            JobEnd::Failed => ("failed", Some(2), None),
            JobEnd::SoftFailed => ("failed", Some(1), None),
            JobEnd::TimedOut => ("timed_out", Some(-1), Some("cancel")),
            JobEnd::Canceled => ("canceled", Some(-1), Some("cancel")),
        };
        if will_retry {
            job.retried_in = Some((self.job(step, nth + 1).id, "automatic"));
            job.retries = 1;
        }
        if matches!(end, JobEnd::Failed | JobEnd::TimedOut) && !will_retry {
            self.build.state = "failing";
            self.build.failing_at = Some(self.now);
            self.say(Buildkite::BuildFailing, &job);
        }
        self.say(Buildkite::JobFinished, &job);
    }

    /// A block step is reached: the build "finishes" with what it has.
    fn block(&mut self, idle: &buildkite::Job) -> BuildResult {
        self.pass(1, 5);
        self.build.blocked = true;
        self.build.state = "passed";
        self.build.finished_at = Some(self.now);
        self.say(Buildkite::BuildFinished, idle);
        BuildResult::Success
    }

    fn unblock(&mut self) {
        self.pass(60, 3_000);
        self.build.blocked = false;
        self.build.state = "running";
        self.build.finished_at = None;
        let mut gate = self.job(4, 99);
        gate.state = "unblocked";
        gate.finished_at = Some(self.now);
        self.say(Buildkite::JobActivated, &gate);
        self.say(Buildkite::BuildRunning, &gate);
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
        self.say(Buildkite::BuildFinished, &idle);
    }

    /// Whole seconds: Buildkite's webhooks know no finer time.
    fn pass(&mut self, low_s: u32, high_s: u32) {
        self.now = self.now.plus_ms(u64::from(self.dice.between(low_s, high_s)) * 1_000);
    }

    fn say(&mut self, shape: Buildkite, job: &buildkite::Job) {
        let scene = buildkite::Scene {
            organisation: buildkite::Organisation::acme(),
            shape,
            sent_at: self.now.plus_ms(u64::from(self.dice.between(200, 900))),
            number: FIRST_NUMBER + self.seed * HOOKS_MAX + self.told,
            build: self.build.clone(),
            job: job.clone(),
        };
        self.told += 1;
        self.hooks.push(scene.hook());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn a_story_is_told_the_same_every_time() {
        for seed in 0..20 {
            let (once, again) = (build_story(seed), build_story(seed));
            assert_eq!(once.hooks, again.hooks);
            assert_eq!(once.outcome, again.outcome);
        }
    }

    #[test]
    fn stories_speak_of_one_build_each_and_share_no_identity() {
        let mut identities = HashSet::new();
        let mut endings = HashSet::new();
        for seed in 0..400 {
            let story = build_story(seed);
            assert!(story.hooks.len() as u64 <= HOOKS_MAX);
            endings.insert((story.outcome.provider, story.outcome.state, story.outcome.result));
            for hook in &story.hooks {
                let body: Value = serde_json::from_slice(&hook.body).unwrap();
                let text = std::str::from_utf8(&hook.body).unwrap();
                assert!(text.contains(&story.outcome.external_id), "{text}");
                let identity = match hook.provider {
                    Provider::Buildkite => hook.headers.last().unwrap().1.clone(),
                    _ => format!("{}{}", body["subscriptionId"], body["notificationId"]),
                };
                assert!(identities.insert(identity), "seed {seed} repeats an identity");
            }
        }
        assert!(endings.len() >= 9, "{endings:?}");
    }

    #[test]
    fn the_last_completion_tells_the_outcome() {
        for seed in (0..200).step_by(2) {
            let story = build_story(seed);
            let mut completions = story.hooks.iter().filter_map(|hook| {
                let body: Value = serde_json::from_slice(&hook.body).unwrap();
                let is_2 = body["resourceVersion"] == "2.0";
                is_2.then(|| body["resource"]["result"].as_str().unwrap_or("").to_owned())
            });
            let said = completions.next_back();
            let expected = story.outcome.result.map(|result| match result {
                BuildResult::Success => "succeeded",
                BuildResult::Unstable => "partiallySucceeded",
                BuildResult::Aborted => "canceled",
                _ => "failed",
            });
            assert_eq!(said.as_deref(), expected);
        }
    }
}
