//! The jobs of a run and the tasks in them: when each is at work, how it ends, and where its log stands.
//! All of it follows from the course of the run.

use super::task::{TaskEnd, TaskPlan, What, halves};
use crate::simulator::azure_devops::{self as azure, RunResult, STAGES};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::logs::{self, Part};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{JobTry, RunCourse, StageTry};
use crate::simulator::suites;
use crate::simulator::world::contoso;

const SALT_TASK: u64 = 81;
const SALT_PHASE: u64 = 82;
const SALT_TIMELINE: u64 = 83;
const SALT_JOB: u64 = 85;

/// A job and all that it does.
#[derive(Debug, Clone)]
pub struct JobPlan<'a> {
    pub stage: &'a StageTry,
    pub job: &'a JobTry,
    /// Place among the stage's jobs, from 1 on.
    pub order: usize,
    pub id: Guid,
    pub phase: Guid,
    pub name: String,
    pub tasks: Vec<TaskPlan>,
    /// The log that has all of its tasks' logs, in order; none where no agent came.
    pub log: Option<u64>,
}

/// Names the agent that a job runs on.
pub type Worker<'a> = &'a dyn Fn(usize, usize) -> String;

/// Every job of the run, whether it has begun or not, in the order of time.
pub fn jobs<'a>(course: &'a RunCourse, worker: Worker<'_>) -> Vec<JobPlan<'a>> {
    let mut log = 0;
    let mut plans = Vec::new();
    for (nth_stage, stage) in course.stages.iter().enumerate() {
        for (nth_job, job) in stage.jobs.iter().enumerate() {
            let name = job_name(stage, job);
            let id = job_id(course.build.id, stage, job);
            let mut tasks = tasks(course, stage, job, id, &worker(nth_stage, nth_job));
            for task in tasks.iter_mut().filter(|task| task.span.is_some()) {
                log += 1;
                task.log = Some(log);
            }
            let whole = job.began.map(|_| {
                log += 1;
                log
            });
            let phase = [stage.place as u64, job.place as u64, job.shard];
            let phase =
                Dice::seeded(&[SALT_PHASE, course.build.id, phase[0], phase[1], phase[2]]).guid();
            plans.push(JobPlan {
                stage,
                job,
                order: nth_job + 1,
                id,
                phase,
                name,
                tasks,
                log: whole,
            });
        }
    }
    plans
}

/// A job without what it does: enough for who only asks which agent is busy.
pub struct Head<'a> {
    /// Place of the stage, and of the job in it.
    pub place: (usize, usize),
    pub job: &'a JobTry,
    pub id: Guid,
    pub name: String,
}

pub fn heads(course: &RunCourse) -> impl Iterator<Item = Head<'_>> {
    course.stages.iter().enumerate().flat_map(move |(nth_stage, stage)| {
        stage.jobs.iter().enumerate().map(move |(nth_job, job)| Head {
            place: (nth_stage, nth_job),
            job,
            id: job_id(course.build.id, stage, job),
            name: job_name(stage, job),
        })
    })
}

pub fn job_name(stage: &StageTry, job: &JobTry) -> String {
    let name = STAGES[stage.place].2[job.place % 2];
    match job.shard {
        0 => name.to_owned(),
        shard => format!("{name} {shard}"),
    }
}

/// As the hooks tell it; jobs of many have ids of their own.
fn job_id(build: u64, stage: &StageTry, job: &JobTry) -> Guid {
    match job.shard {
        0 => azure::job_id(build, stage.place, STAGES[stage.place].2[job.place % 2], stage.attempt),
        shard => Dice::seeded(&[SALT_JOB, build, stage.place as u64, shard]).guid(),
    }
}

/// The timeline that holds what a later attempt took the place of.
pub fn older_timeline(build: u64, attempt: u64) -> Guid {
    Dice::seeded(&[SALT_TIMELINE, build, attempt]).guid()
}

fn purpose(stage: &StageTry) -> &'static [Part] {
    match stage.place {
        0 => &[Part::Restore, Part::Lint, Part::Build],
        1 => &[Part::Restore, Part::Test],
        _ => &[Part::Deploy],
    }
}

/// The part of the work that a cause hits.
fn hit(parts: &[Part], cause: Cause) -> Part {
    let wanted = match cause {
        Cause::Dependency | Cause::Network => Part::Restore,
        Cause::Lint => Part::Lint,
        _ => *parts.last().unwrap_or(&Part::Build),
    };
    if parts.contains(&wanted) { wanted } else { *parts.last().unwrap_or(&wanted) }
}

/// What a job does, one thing after the other, and what share of its time each takes.
fn work(course: &RunCourse, stage: &StageTry, job: &JobTry) -> Vec<(What, u32)> {
    let parts = purpose(stage);
    let mut list = vec![(What::Initialize, 2), (What::Checkout, 6)];
    // A job of many has a handful of small steps.
    let is_alone = job.shard == 0;
    if let Some(lines) = course.endless {
        list.push((What::Endless(lines), 80));
    } else {
        if stage.place < 2 && is_alone {
            list.push((What::Setup, 4));
        }
        list.extend(parts.iter().map(|part| {
            let share = if Some(part) == parts.last() { 60 } else { 14 };
            (What::Work(*part), share)
        }));
    }
    match stage.place {
        0 => list.push((What::PublishArtifacts, 5)),
        1 if is_alone => list.push((What::PublishResults, 5)),
        _ => {}
    }
    list.extend([(What::PostCheckout, 1), (What::Finalize, 1)]);
    list
}

/// How each thing that a job does ends, the one that is hit by the job's cause and those after it.
fn ends(list: &[(What, u32)], job: &JobTry, parts: &[Part]) -> Vec<TaskEnd> {
    let last = parts.last().copied();
    let hit = job.cause.map(|cause| hit(parts, cause));
    let mut has_failed = false;
    let mut end = |what: What| match (what, job.cause) {
        (What::Work(part), Some(cause)) if Some(part) == hit => {
            has_failed = true;
            match cause {
                Cause::Timeout | Cause::Canceled | Cause::AgentLost => TaskEnd::Canceled,
                _ => TaskEnd::Failed,
            }
        }
        // Without its agent nothing goes on; results are published unless somebody stopped it.
        (_, Some(Cause::AgentLost)) if has_failed => TaskEnd::Skipped,
        (What::PublishResults, Some(Cause::Timeout | Cause::Canceled)) => TaskEnd::Skipped,
        (What::PublishResults | What::PostCheckout | What::Finalize, _) => TaskEnd::Succeeded,
        _ if has_failed => TaskEnd::Skipped,
        (What::Work(part), None)
            if Some(part) == last && job.result == RunResult::PartiallySucceeded =>
        {
            TaskEnd::SucceededWithIssues
        }
        _ => TaskEnd::Succeeded,
    };
    list.iter().map(|(what, _)| end(*what)).collect()
}

fn tasks(
    course: &RunCourse,
    stage: &StageTry,
    job: &JobTry,
    id: Guid,
    worker: &str,
) -> Vec<TaskPlan> {
    // An agent makes the list; where none came there is none.
    let Some(began) = job.began else { return Vec::new() };
    let build = &course.build;
    let suite = suites::of_contoso(build.pipeline, job.place);
    let pipeline = &contoso().pipelines[build.pipeline].name;
    let tool = match stage.place {
        1 => suites::tool(pipeline, suite),
        _ => logs::tool_of(pipeline),
    };
    let product = &contoso().repository_of(build.pipeline).name;
    let list = work(course, stage, job);
    let ends = ends(&list, job, purpose(stage));

    let ran = |end: TaskEnd| end != TaskEnd::Skipped;
    let whole: u32 =
        list.iter().zip(&ends).filter(|(_, end)| ran(**end)).map(|(one, _)| one.1).sum();
    let span = (job.ended.0 - began.0).max(0);
    let at = |done: u32| Tick(began.0 + span * i64::from(done) / i64::from(whole.max(1)));
    let [high, low] = halves(id);
    let mut done = 0;
    let mut plans = Vec::with_capacity(list.len());
    for (nth, ((what, share), end)) in (0_u64..).zip(list.into_iter().zip(ends)) {
        let from = done;
        if ran(end) {
            done += share;
        }
        plans.push(TaskPlan {
            id: Dice::seeded(&[SALT_TASK, high, low, nth]).guid(),
            name: what.name(tool, product),
            task: what.reference(tool),
            span: ran(end).then(|| (at(from), at(done))),
            end,
            log: None,
            what,
            tool,
            suite,
            trouble: course.trouble,
            product: product.clone(),
            cause: job.cause.filter(|_| matches!(end, TaskEnd::Failed | TaskEnd::Canceled)),
            worker: worker.to_owned(),
        });
    }
    plans
}
