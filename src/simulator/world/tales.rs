//! What begins in the world, and how it goes on: pushes, pull requests, builds, work items,
//! releases, agents.
//!
//! A tale is told step by step: each [`Todo`] that falls due says something, begins something, or
//! both. Builds are told whole when they begin, and wait in the queue hook by hook.

use std::sync::Arc;

use super::places::{self, Place, Temper};
use super::rhythm::{self, Window};
use super::{SALT_DAY, SALT_WORLD, World};
use crate::simulator::azure_devops::{self as azure, RunResult, Shape as Azure};
use crate::simulator::buildkite::{self, Shape as Buildkite};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Sha};
use crate::simulator::story::Outcome;
use crate::simulator::story::cause::Cause as Why;
use crate::simulator::story::course::{Course, ReleaseCourse};
use crate::simulator::story::pipeline::{self, JobEnd, Pipeline};
use crate::simulator::story::run::{self, Gate, Run};
use crate::simulator::story::trouble::Trouble;
use crate::simulator::words::{self, Change};

/// The stage of `contoso`'s pipelines that tests, and those that deploy: places in [`azure::STAGES`].
const TEST: usize = 1;
const STAGING: usize = 2;
const PRODUCTION: usize = 3;

/// The step of `acme`'s pipelines that runs the unit tests, its place in [`buildkite::STEPS`].
const UNIT_TESTS: usize = 2;

/// Of a hundred builds of `main` that fail for a reason of their own, so many have a change in them that
/// breaks tests; others met a test that fails now and then.
const CHANGES: u32 = 50;

const SALT_TROUBLE: u64 = 45;

/// Work items that somebody opens in a busy hour, in hundredths.
const WORK_ITEMS: u32 = 70;

/// Something that falls due.
#[derive(Debug)]
pub enum Todo {
    Contoso(Box<azure::Scene<'static>>, PartOf),
    Acme(Box<buildkite::Scene<'static>>, PartOf),
    Push(Place),
    /// Somebody pushes what should mend `main`.
    Mend(Place),
    Nightly(Place),
    Build(Place, Cause),
    PullRequestOpens(Place),
    PullRequest(Arc<PullRequest>, Step),
    WorkItem,
    AgentComes,
    AgentGoes(Buildkite),
}

/// What a scene is a moment of.
#[derive(Debug, Clone, Default)]
pub struct PartOf {
    pub build: Option<Arc<Outcome>>,
    pub course: Option<Course>,
}

impl PartOf {
    fn course(course: Course) -> Self {
        Self { build: None, course: Some(course) }
    }
}

/// Why there is a build, and of what.
#[derive(Debug, Clone)]
pub struct Cause {
    by: usize,
    change: Change,
    commit: Sha,
    pull_request: Option<u64>,
    /// Azure DevOps' word for it.
    reason: &'static str,
}

/// The newest of `main`.
#[derive(Debug, Clone)]
pub struct Head {
    pub commit: Sha,
    pub change: Change,
}

#[derive(Debug)]
pub struct PullRequest {
    place: Place,
    id: u64,
    /// Title, story and branch follow from it.
    seed: u64,
    by: usize,
    reviewer: usize,
    opened_at: Tick,
    /// Where it branched off.
    target: Sha,
}

/// What happens to a pull request; the number says how many pushes it has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Pushed(u64),
    Commented(u64, u64),
    Merged(u64),
    Abandoned(u64),
}

/// A machine of `acme` and until when it has work.
#[derive(Debug, Clone, Copy)]
pub struct Agent {
    agent: buildkite::Agent,
    busy_until: Tick,
}

/// The title of a change, ready for a JSON string.
pub fn title(dice: &mut Dice) -> String {
    let mut title = Vec::new();
    words::title(dice, &mut title);
    String::from_utf8_lossy(&title).into_owned()
}

fn topic(dice: &mut Dice) -> String {
    let mut branch = b"feature/".to_vec();
    words::slug(dice, &mut branch);
    String::from_utf8_lossy(&branch).into_owned()
}

impl PullRequest {
    fn branch(&self) -> String {
        topic(&mut Dice::seeded(&[self.seed, 3]))
    }

    fn title(&self) -> String {
        title(&mut Dice::seeded(&[self.seed, 1]))
    }

    /// The commit that its branch points to after so many pushes.
    fn source(&self, pushes: u64) -> Sha {
        Dice::seeded(&[self.seed, 60 + pushes]).sha()
    }

    fn merge(&self) -> Sha {
        Dice::seeded(&[self.seed, 8]).sha()
    }

    fn cause(&self, pushes: u64) -> Cause {
        Cause {
            by: self.by,
            change: Change::told(self.branch(), self.title()),
            commit: self.source(pushes),
            pull_request: Some(self.id),
            reason: "pullRequest",
        }
    }
}

impl World {
    /// Let begin what begins in this window.
    pub(super) fn begin_things(&mut self, window: &Window) {
        for place in Place::all() {
            let temper = place.temper();
            for _ in 0..self.count(window, temper.pushes) {
                let at = self.somewhen(window);
                self.schedule(at, Todo::Push(place));
            }
            for _ in 0..self.count(window, temper.pull_requests) {
                let at = self.somewhen(window);
                self.schedule(at, Todo::PullRequestOpens(place));
            }
            let is_time = match window.pace.hours {
                rhythm::Hours::Calendar => {
                    window.is_whole() && temper.nightly == Some(window.hour())
                }
                rhythm::Hours::Busy => temper.nightly.is_some() && self.count(window, 8) > 0,
            };
            if is_time {
                self.schedule(window.from.plus_ms(2_000), Todo::Nightly(place));
            }
        }
        for _ in 0..self.count(window, WORK_ITEMS) {
            let at = self.somewhen(window);
            self.schedule(at, Todo::WorkItem);
        }
        self.plan_agents(window);
    }

    /// How often something happens in a window that happens `rate` hundredths of times in a busy hour.
    fn count(&mut self, window: &Window, rate: u32) -> u64 {
        let expected = window.expected(rate);
        let rest = u32::try_from(expected % 10_000).unwrap_or(0);
        expected / 10_000 + u64::from(self.dice.below(10_000) < rest)
    }

    fn somewhen(&mut self, window: &Window) -> Tick {
        let ms = (window.to.0 - window.from.0).unsigned_abs() / 10_000;
        let ms = self.dice.below(u32::try_from(ms).unwrap_or(u32::MAX));
        Tick(window.from.plus_ms(u64::from(ms)).0 + i64::from(self.dice.below(10_000)))
    }

    /// A while after a moment: from and to in seconds, shorter where the world is fast.
    fn after(&mut self, at: Tick, low_s: u32, high_s: u32) -> Tick {
        let speed = u64::from(self.pace.speed);
        let ms = u64::from(self.dice.between(low_s, high_s)) * 1_000 / speed;
        Tick(at.plus_ms(ms).0 + i64::from(self.dice.below(10_000_000)))
    }

    /// Somebody of the handful of people who work on a pipeline.
    fn somebody(&mut self, place: Place) -> usize {
        let people = match place {
            Place::Contoso(_) => places::contoso().people.len(),
            Place::Acme(_) => places::acme().people.len(),
        };
        (place.index() * 5 + self.dice.below(6) as usize) % people
    }

    fn plan_agents(&mut self, window: &Window) {
        let wanted = match window.weight() {
            60.. => 8,
            8.. => 4,
            _ => 2,
        };
        for _ in self.agents.len()..wanted {
            let at = self.somewhen(window);
            self.schedule(at, Todo::AgentComes);
        }
        for _ in wanted..self.agents.len() {
            let at = self.somewhen(window);
            self.schedule(at, Todo::AgentGoes(Buildkite::AgentDisconnected));
        }
        if self.count(window, 12) > 0 {
            let at = self.somewhen(window);
            self.schedule(at, Todo::AgentGoes(Buildkite::AgentLost));
        }
    }

    /// Do what falls due at this moment, other than saying something.
    pub(super) fn go_on(&mut self, at: Tick, todo: Todo) {
        match todo {
            Todo::Contoso(..) | Todo::Acme(..) => {}
            Todo::Push(place) => {
                let is_main = self.dice.percent(70);
                self.push(at, place, is_main);
            }
            Todo::Mend(place) => self.push(at, place, true),
            Todo::Nightly(place) => {
                let Head { commit, change } = self.heads[place.index()].clone();
                let by = self.somebody(place);
                let cause = Cause { by, change, commit, pull_request: None, reason: "schedule" };
                self.build(at, place, cause);
            }
            Todo::Build(place, cause) => self.build(at, place, cause),
            Todo::PullRequestOpens(place) => self.open_pull_request(at, place),
            Todo::PullRequest(pull_request, step) => {
                if self.until.is_none_or(|until| at < until) {
                    self.move_pull_request(at, &pull_request, step);
                }
            }
            Todo::WorkItem => self.work_item(at),
            Todo::AgentComes => {
                self.counters.agent += 1;
                let agent = buildkite::Agent { number: self.counters.agent, connected_at: at };
                self.agents.push(Agent { agent, busy_until: at });
                self.say_of_agent(at, Buildkite::AgentConnected, agent);
            }
            Todo::AgentGoes(how) => {
                // Only one without work: its jobs have told their end already.
                if let Some(idle) = self.agents.iter().position(|agent| agent.busy_until < at) {
                    let agent = self.agents.remove(idle).agent;
                    self.say_of_agent(at, how, agent);
                }
            }
        }
    }

    fn push(&mut self, at: Tick, place: Place, is_main: bool) {
        let by = self.somebody(place);
        let title = title(&mut self.dice);
        let commit = self.dice.sha();
        let branch = if is_main { "main".to_owned() } else { topic(&mut self.dice) };
        let reason = if self.dice.percent(80) { "individualCI" } else { "batchedCI" };
        let change = Change::told(branch, title);
        let head = &mut self.heads[place.index()];
        let old = head.commit;
        if is_main {
            *head = Head { commit, change: change.clone() };
        }
        let cause = Cause { by, change, commit, pull_request: None, reason };
        self.say_pushed(at, place, &cause, old);
        let at = self.after(at, 3, 15);
        self.schedule(at, Todo::Build(place, cause));
    }

    /// Azure DevOps keeps the repositories of `contoso`; those of `acme` are elsewhere.
    fn say_pushed(&mut self, at: Tick, place: Place, cause: &Cause, old: Sha) {
        let Some(mut scene) = self.scene(at, place, Azure::Push, cause) else { return };
        self.counters.push += 1;
        scene.push_id = Some(self.counters.push);
        scene.heads[0] = old;
        self.say(scene);
    }

    /// A scene of `contoso` that is not told by a build.
    fn scene(
        &mut self,
        at: Tick,
        place: Place,
        shape: Azure,
        cause: &Cause,
    ) -> Option<azure::Scene<'static>> {
        let Place::Contoso(pipeline) = place else { return None };
        let number = self.scene_number();
        let mut build = places::contoso().build(number, at);
        build.pipeline = pipeline;
        build.by = cause.by;
        build.change = cause.change.clone();
        build.commit = cause.commit;
        build.pull_request = cause.pull_request;
        build.queued_at = at;
        let mut scene = azure::Scene::new(places::contoso(), shape, build, number);
        scene.created_at = at.plus_ms(u64::from(self.dice.between(2_200, 5_000)));
        scene.opened_at = at;
        Some(scene)
    }

    fn say(&mut self, scene: azure::Scene<'static>) {
        self.schedule(scene.created_at, Todo::Contoso(Box::new(scene), PartOf::default()));
    }

    fn open_pull_request(&mut self, at: Tick, place: Place) {
        self.counters.pull_request += 1;
        let by = self.somebody(place);
        let reviewer = match self.somebody(place) {
            same if same == by => (by + 1) % 6,
            other => other,
        };
        let pull_request = Arc::new(PullRequest {
            place,
            id: self.counters.pull_request,
            seed: self.dice.throw(),
            by,
            reviewer,
            opened_at: at,
            target: self.heads[place.index()].commit,
        });
        let step = |step| Todo::PullRequest(Arc::clone(&pull_request), step);
        self.schedule(at, step(Step::Pushed(0)));

        let pushes = u64::from(self.dice.below(3));
        let (mut now, mut remarks) = (at, 0);
        for pushed in 0..=pushes {
            if self.dice.percent(60) {
                remarks += 1;
                now = self.after(now, 600, 7_200);
                self.schedule(now, step(Step::Commented(pushed, remarks)));
            }
            if pushed < pushes {
                now = self.after(now, 1_200, 10_000);
                self.schedule(now, step(Step::Pushed(pushed + 1)));
            }
        }
        let later = if self.dice.percent(70) { (900, 9_000) } else { (60_000, 90_000) };
        now = self.after(now, later.0, later.1);
        match self.dice.below(100) {
            0..84 => self.schedule(now, step(Step::Merged(pushes))),
            84..92 => self.schedule(now, step(Step::Abandoned(pushes))),
            // Nobody looks at it any more.
            _ => {}
        }
    }

    fn move_pull_request(&mut self, at: Tick, pull_request: &PullRequest, step: Step) {
        let place = pull_request.place;
        match step {
            Step::Pushed(pushes) => {
                let cause = pull_request.cause(pushes);
                let old = match pushes {
                    0 => pull_request.target,
                    _ => pull_request.source(pushes - 1),
                };
                self.say_pushed(at, place, &cause, old);
                let shape = match pushes {
                    0 => Azure::PullRequestCreated,
                    _ => Azure::PullRequestUpdated,
                };
                let told_at = self.after(at, 4, 40);
                self.say_of_pull_request(told_at, pull_request, shape, pushes, |_| {});
                let at = self.after(told_at, 3, 15);
                self.schedule(at, Todo::Build(place, cause));
            }
            Step::Commented(pushes, remark) => {
                let shape = Azure::PullRequestCommented;
                self.say_of_pull_request(at, pull_request, shape, pushes, |scene| {
                    scene.remark = remark;
                });
            }
            Step::Merged(pushes) => {
                self.say_of_pull_request(
                    at,
                    pull_request,
                    Azure::PullRequestMerged,
                    pushes,
                    |_| {},
                );
                let title = match place {
                    Place::Contoso(_) => {
                        format!("Merged PR {}: {}", pull_request.id, pull_request.title())
                    }
                    Place::Acme(_) => format!("{} (#{})", pull_request.title(), pull_request.id),
                };
                let (commit, change) = (pull_request.merge(), Change::told("main", title));
                let head = Head { commit, change: change.clone() };
                let old = std::mem::replace(&mut self.heads[place.index()], head).commit;
                let by = pull_request.by;
                let reason = "individualCI";
                let cause = Cause { by, change, commit, pull_request: None, reason };
                self.say_pushed(at, place, &cause, old);
                let at = self.after(at, 3, 15);
                self.schedule(at, Todo::Build(place, cause));
            }
            Step::Abandoned(pushes) => {
                let shape = Azure::PullRequestUpdated;
                self.say_of_pull_request(at, pull_request, shape, pushes, |scene| {
                    scene.pull_request_status = "abandoned";
                });
            }
        }
    }

    fn say_of_pull_request(
        &mut self,
        at: Tick,
        pull_request: &PullRequest,
        shape: Azure,
        pushes: u64,
        more: impl FnOnce(&mut azure::Scene<'static>),
    ) {
        let cause = pull_request.cause(pushes);
        let Some(mut scene) = self.scene(at, pull_request.place, shape, &cause) else { return };
        scene.change = pull_request.seed;
        scene.change_id = pull_request.id;
        scene.opened_at = pull_request.opened_at;
        scene.other = pull_request.reviewer;
        scene.heads = [pull_request.source(pushes), pull_request.target, pull_request.merge()];
        scene.pull_request_status = match shape {
            Azure::PullRequestMerged => "completed",
            _ => "active",
        };
        more(&mut scene);
        self.say(scene);
    }

    /// A work item from its first line to its last.
    fn work_item(&mut self, at: Tick) {
        self.counters.work_item += 1;
        let places = u32::try_from(places::contoso().pipelines.len()).unwrap_or(1);
        let place = Place::Contoso(self.dice.below(places) as usize);
        let (by, other) = (self.somebody(place), self.somebody(place));
        let (seed, id) = (self.dice.throw(), self.counters.work_item);
        let Head { commit, change } = self.heads[place.index()].clone();
        let cause = Cause { by, change, commit, pull_request: None, reason: "manual" };
        let steps = [
            (Azure::WorkItemCreated, 1, (0, 0), 100),
            (Azure::WorkItemUpdated, 2, (600, 20_000), 85),
            (Azure::WorkItemCommented, 4, (600, 20_000), 60),
            (Azure::WorkItemUpdated, 5, (1_000, 80_000), 70),
        ];
        let mut now = at;
        for (shape, revision, (low, high), chance) in steps {
            now = self.after(now, low, high);
            if !self.dice.percent(chance) {
                continue;
            }
            let Some(mut scene) = self.scene(now, place, shape, &cause) else { return };
            scene.change = seed;
            scene.change_id = id;
            scene.revision = revision;
            scene.remark = revision;
            scene.opened_at = at;
            scene.other = other;
            self.say(scene);
        }
    }

    fn say_of_agent(&mut self, at: Tick, shape: Buildkite, agent: buildkite::Agent) {
        let number = self.scene_number();
        let build = places::acme().build(agent.number, at);
        let job = buildkite::Job::new(&build, 0, 0, at);
        let scene = buildkite::Scene {
            organisation: places::acme(),
            shape,
            sent_at: at,
            number,
            build,
            job,
            agent: Some(agent),
        };
        let part = PartOf::course(Course::Agent { agent, shape, at });
        self.schedule(at, Todo::Acme(Box::new(scene), part));
    }

    fn build(&mut self, at: Tick, place: Place, cause: Cause) {
        match place {
            Place::Contoso(pipeline) => self.run(at, pipeline, cause),
            Place::Acme(pipeline) => self.pipeline(at, pipeline, cause),
        }
    }

    /// Whether `main` of a pipeline is broken just now.
    fn is_broken(&self, place: Place, at: Tick) -> bool {
        let (day, hundredths) = rhythm::day(at, self.pace);
        let mut dice = Dice::seeded(&[SALT_DAY, self.seed, place.index() as u64, day]);
        let breaks = dice.percent(place.temper().breaks);
        let from = i64::from(dice.between(38, 55));
        let to = from + i64::from(dice.between(14, 28));
        breaks && (from..to).contains(&hundredths)
    }

    fn run(&mut self, at: Tick, pipeline: usize, cause: Cause) {
        let place = Place::Contoso(pipeline);
        let temper = place.temper();
        let day = at.0.div_euclid(rhythm::DAY);
        let (last_day, sequence) = &mut self.counters.sequences[pipeline];
        *sequence = if *last_day == day { *sequence + 1 } else { 1 };
        *last_day = day;
        let sequence = *sequence;
        self.counters.build += 1;

        let number = self.scene_number();
        let mut build = places::contoso().build(number, at);
        build.id = self.counters.build;
        build.sequence = sequence;
        build.pipeline = pipeline;
        build.by = cause.by;
        build.change = cause.change;
        build.commit = cause.commit;
        build.pull_request = cause.pull_request;
        build.reason = cause.reason;
        build.queued_at = at;
        // The provider's machines are there at once; one's own may be busy.
        let wait = if self.dice.percent(8) { (60, 600) } else { (2, 30) };
        build.started_at = self.after(at, wait.0, wait.1);
        build.finished_at = build.started_at;

        let is_main = cause.pull_request.is_none() && is_main(&build.change);
        let plot = self.plot_of_run(place, at, is_main);
        let tempo = run::Tempo {
            job_ms: (temper.job_s * 800, temper.job_s * 1_250),
            speed: self.pace.speed,
            tells_version_1: false,
        };
        let mut dice = Dice::seeded(&[SALT_WORLD, self.key, number]);
        dice.throw();
        let mut run = Run::new(places::contoso(), build, dice, number);
        let end = run.follow(&plot, tempo);
        let part = PartOf {
            build: Some(Arc::new(run.outcome(Some(end)))),
            course: Some(Course::Run(Arc::new(run.course))),
        };
        if temper.releases && is_main && end == RunResult::Succeeded {
            self.release(&run.build);
        }
        for said in run.said {
            let at = said.scene.created_at;
            self.schedule(at, Todo::Contoso(Box::new(said.scene), part.clone()));
        }
    }

    /// What is behind the tests that fail in a build that ends so, if any do.
    fn trouble(&self, place: Place, at: Tick, is_main: bool, end: End) -> Trouble {
        if end != End::Bad {
            return Trouble::Chance;
        }
        if is_main && self.is_broken(place, at) {
            let (day, _) = rhythm::day(at, self.pace);
            return Trouble::Broken(day);
        }
        let mut dice = Dice::seeded(&[SALT_TROUBLE, self.key, self.ordinal]);
        match !is_main || dice.percent(CHANGES) {
            true => Trouble::Change(dice.throw()),
            false => Trouble::Chance,
        }
    }

    fn plot_of_run(&mut self, place: Place, at: Tick, is_main: bool) -> run::Plot {
        let temper = place.temper();
        if let Some(trouble) = self.told_trouble(place, at, is_main) {
            let (end, cause) = (RunResult::Failed, Some(Why::TestFailure));
            return run::Plot { last: TEST, end, gate: None, again: None, cause, trouble };
        }
        let whole = temper.steps - 1;
        let end = self.end(place, temper, at, is_main);
        let trouble = self.trouble(place, at, is_main, end);
        let (end, again) = match end {
            End::Good => (RunResult::Succeeded, None),
            End::Middling => (RunResult::PartiallySucceeded, None),
            End::Bad => (RunResult::Failed, self.dice.percent(8).then_some(RunResult::Failed)),
            End::Unlucky => {
                let again = self.dice.percent(75).then_some(RunResult::Succeeded);
                (RunResult::Failed, again)
            }
            End::Canceled => (RunResult::Canceled, None),
        };
        let goes_through = matches!(end, RunResult::Succeeded | RunResult::PartiallySucceeded);
        let last = match goes_through {
            true => whole,
            false => self.dice.below(u32::try_from(temper.steps).unwrap_or(1)) as usize,
        };
        // What is not of `main` is not deployed.
        let last = if is_main { last } else { last.min(1) };
        let has_gate = is_main && last == PRODUCTION && self.dice.percent(temper.gated);
        let gate = has_gate.then(|| {
            let wait_s = self.gate();
            let ms = |s: u32| s.saturating_mul(1_000);
            Gate { wait_ms: (ms(wait_s.0), ms(wait_s.1)), agreed: self.dice.percent(92) }
        });
        run::Plot { last, end, gate, again, cause: None, trouble }
    }

    /// How long somebody who must agree takes, in seconds: most look soon, some sleep over it.
    fn gate(&mut self) -> (u32, u32) {
        if self.dice.percent(85) { (60, 3_000) } else { (10_000, 50_000) }
    }

    fn end(&mut self, place: Place, temper: Temper, at: Tick, is_main: bool) -> End {
        if is_main && self.is_broken(place, at) {
            if self.dice.percent(70) {
                let at = self.after(at, 600, 2_400);
                self.schedule(at, Todo::Mend(place));
            }
            return End::Bad;
        }
        let red = if is_main { temper.red } else { temper.red * 2 };
        let roll = self.dice.below(100);
        if roll < red {
            End::Bad
        } else if roll < red + temper.flaky {
            End::Unlucky
        } else if roll < red + temper.flaky + 3 {
            End::Canceled
        } else if roll < red + temper.flaky + 6 {
            End::Middling
        } else {
            End::Good
        }
    }

    /// A classic release of what was built: to staging, and after a nod to production.
    fn release(&mut self, build: &azure::Build) {
        let id = build.id;
        let mut now = build.finished_at;
        let steps = [
            (Azure::ReleaseCreated, STAGING, (20, 60)),
            (Azure::DeploymentStarted, STAGING, (5, 20)),
            (Azure::DeploymentCompleted, STAGING, (60, 300)),
            (Azure::DeploymentApprovalPending, PRODUCTION, (5, 10)),
            (Azure::DeploymentApprovalCompleted, PRODUCTION, (300, 6_000)),
            (Azure::DeploymentStarted, PRODUCTION, (5, 20)),
            (Azure::DeploymentCompleted, PRODUCTION, (120, 500)),
        ];
        let fails = self.dice.percent(10);
        let number = self.scene_number();
        let mut scenes = Vec::new();
        for (nth, (shape, stage, (low, high))) in (0..).zip(steps) {
            now = self.after(now, low, high);
            let mut build = build.clone();
            if fails && stage == PRODUCTION {
                build.result = RunResult::Failed;
            }
            let mut scene = azure::Scene::new(places::contoso(), shape, build, number + nth);
            scene.stage_place = stage;
            scene.change_id = id;
            scene.created_at = now.plus_ms(2_500);
            scenes.push(scene);
        }
        let part =
            PartOf::course(Course::Release(Arc::new(ReleaseCourse { scenes: scenes.clone() })));
        for scene in scenes {
            self.schedule(scene.created_at, Todo::Contoso(Box::new(scene), part.clone()));
        }
    }

    fn pipeline(&mut self, at: Tick, pipeline: usize, cause: Cause) {
        let place = Place::Acme(pipeline);
        let temper = place.temper();
        // Buildkite tells whole seconds.
        let at = Tick(at.0 - at.0.rem_euclid(Tick::PER_SECOND)).plus_ms(1_000);
        let build_number = self.counters.numbers[pipeline];
        self.counters.numbers[pipeline] += 1;

        let number = self.scene_number();
        let mut dice = Dice::seeded(&[SALT_WORLD, self.key, number]);
        let mut build = places::acme().build(build_number, at);
        build.id = dice.guid_at(at.timestamp());
        build.pipeline = pipeline;
        build.by = cause.by;
        build.commit = Some(cause.commit);
        build.pull_request = cause.pull_request;
        build.source = match cause.reason {
            "schedule" => "schedule",
            _ => "webhook",
        };
        let is_main = cause.pull_request.is_none() && is_main(&cause.change);
        build.change = cause.change;

        let plot = self.plot_of_pipeline(place, at, is_main);
        let tempo = pipeline::Tempo {
            job_s: (temper.job_s * 4 / 5, temper.job_s * 5 / 4),
            speed: self.pace.speed,
        };
        let mut told = Pipeline::new(places::acme(), build, dice, number);
        let idle = self.agents.iter_mut().min_by_key(|agent| agent.busy_until);
        told.agent = idle.as_ref().map(|agent| agent.agent);
        let (state, result) = told.follow(&plot, tempo);
        if let (Some(agent), Some(last)) = (idle, told.said.last()) {
            agent.busy_until = last.sent_at.max(agent.busy_until);
        }
        let part = PartOf {
            build: Some(Arc::new(told.outcome(state, result))),
            course: Some(Course::Pipeline(Arc::new(told.course))),
        };
        for scene in told.said {
            self.schedule(scene.sent_at, Todo::Acme(Box::new(scene), part.clone()));
        }
    }

    fn plot_of_pipeline(&mut self, place: Place, at: Tick, is_main: bool) -> pipeline::Plot {
        if self.dice.percent(3) {
            return pipeline::Plot::Skipped;
        }
        if let Some(trouble) = self.told_trouble(place, at, is_main) {
            return pipeline::Plot::Built {
                steps: UNIT_TESTS,
                flaky: None,
                soft: None,
                gate_s: None,
                end: JobEnd::Failed,
                again: None,
                cause: Some(Why::TestFailure),
                trouble,
            };
        }
        let temper = place.temper();
        let end = self.end(place, temper, at, is_main);
        let trouble = self.trouble(place, at, is_main, end);
        let number = usize::try_from(self.ordinal).unwrap_or(0);
        let mut step = || self.dice.below(u32::try_from(temper.steps).unwrap_or(1)) as usize;
        let (flaky, soft, end, again) = match end {
            End::Good => (None, None, JobEnd::Passed, None),
            End::Middling => (None, Some(step()), JobEnd::Passed, None),
            End::Unlucky => (Some(step()), None, JobEnd::Passed, None),
            End::Bad => match step() {
                0 if number.is_multiple_of(3) => (None, None, JobEnd::TimedOut, None),
                1 => (None, None, JobEnd::Failed, Some(JobEnd::Passed)),
                _ => (None, None, JobEnd::Failed, None),
            },
            End::Canceled => (None, None, JobEnd::Canceled, None),
        };
        let has_gate = is_main && self.dice.percent(temper.gated);
        let gate_s = has_gate.then(|| self.gate());
        // What fails fails in any of its steps; behind a gate only what came so far.
        let steps = match end {
            JobEnd::Failed => number % (temper.steps + 1),
            _ => temper.steps,
        };
        let gate_s = gate_s.filter(|_| steps == temper.steps);
        // What passes when it is tried again was no fault of the change.
        let trouble = if again.is_some() { Trouble::Chance } else { trouble };
        pipeline::Plot::Built { steps, flaky, soft, gate_s, end, again, cause: None, trouble }
    }
}

/// How a build ends, before either provider has a word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Good,
    /// With something that is allowed to fail.
    Middling,
    Bad,
    /// A second try does not meet it again.
    Unlucky,
    Canceled,
}

fn is_main(change: &Change) -> bool {
    matches!(change, Change::Told(told) if told.branch == "main")
}
