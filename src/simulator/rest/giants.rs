//! Builds of a size that providers allow and people seldom make: for those who want to see whether
//! a reader bears them. They are found by their numbers, and stand in no list.

use crate::simulator::azure_devops::RunResult;
use crate::simulator::buildkite::{Build, Job};
use crate::simulator::clock::Tick;
use crate::simulator::story::course::{
    JobCourse, JobTry, PipelineCourse, RunCourse, RunEnd, StageTry,
};
use crate::simulator::world::{acme, contoso};

/// The run of `contoso` with 2,750 records in its timeline, and the build of `acme` with 4,000 jobs.
pub const BIG_BUILD: u64 = 1;
/// The run of `contoso` and the build of `acme` with a log of a million lines.
pub const BIG_LOG: u64 = 2;
/// Slug of the pipeline of `acme` that they are of; those of `contoso` are of `shop-ci` in `Web`.
pub const GIANT_PIPELINE: &str = "storefront";

/// Places of both pipelines among those of their organisations.
pub(super) const PIPELINE: usize = 0;

/// With the records around them they make 2,750.
const SHARDS: u64 = 342;
const JOBS: u64 = 4_000;
const LINES: u64 = 1_000_000;

/// They ended so long ago.
const AGO_MS: u64 = 20 * 24 * 3_600 * 1_000;
const JOB_MS: u64 = 240_000;

pub(super) fn runs(now: Tick) -> [RunCourse; 2] {
    let begin = now.minus_ms(AGO_MS);
    let mut many = run(BIG_BUILD, begin);
    many.stages.push(stage(0, begin, [job(0, begin)]));
    let then = begin.plus_ms(JOB_MS);
    many.stages.push(stage(1, then, (1..=SHARDS).map(|shard| job(shard, then))));
    let mut long = run(BIG_LOG, begin);
    long.endless = Some(LINES);
    long.stages.push(stage(0, begin, [job(0, begin)]));
    [many, long].map(|mut run| {
        let ended = run.stages.last().map_or(begin, |stage| stage.ended);
        run.ends.push(RunEnd { attempt: 1, began: begin, ended, result: RunResult::Succeeded });
        run
    })
}

fn run(id: u64, begin: Tick) -> RunCourse {
    let mut build = contoso().build(id, begin);
    build.id = id;
    build.pipeline = PIPELINE;
    build.queued_at = begin.minus_ms(9_000);
    build.started_at = begin;
    RunCourse::new(build)
}

fn stage(place: usize, began: Tick, jobs: impl IntoIterator<Item = JobTry>) -> StageTry {
    StageTry {
        place,
        attempt: 1,
        began,
        ended: began.plus_ms(JOB_MS),
        result: RunResult::Succeeded,
        jobs: jobs.into_iter().collect(),
    }
}

fn job(shard: u64, began: Tick) -> JobTry {
    JobTry {
        place: 0,
        shard,
        queued: began,
        began: Some(began.plus_ms(2_000)),
        ended: began.plus_ms(JOB_MS - 1_000),
        result: RunResult::Succeeded,
        cause: None,
    }
}

pub(super) fn builds(now: Tick) -> [(u64, PipelineCourse); 2] {
    let begin = now.minus_ms(AGO_MS);
    // Buildkite tells whole seconds.
    let begin = Tick(begin.0 - begin.0.rem_euclid(Tick::PER_SECOND));
    let jobs = |build: &Build, count: u64| -> Vec<JobCourse> {
        let parallel = |nth| (count > 1).then_some((nth, count));
        let job = |nth| JobCourse {
            job: passed(build, nth, begin),
            is_gate: false,
            parallel: parallel(nth),
            retried_at: None,
            cause: None,
        };
        (0..count).map(job).collect()
    };
    let course = |number, count, endless| {
        let mut build = acme().build(number, begin);
        build.pipeline = PIPELINE;
        let mut turns = vec![(begin, build.clone())];
        let jobs = jobs(&build, count);
        build.state = "running";
        build.started_at = Some(begin.plus_ms(5_000));
        turns.push((begin.plus_ms(5_000), build.clone()));
        build.state = "passed";
        build.finished_at = Some(begin.plus_ms(JOB_MS));
        turns.push((begin.plus_ms(JOB_MS), build));
        (number, PipelineCourse { turns, jobs, endless, ..PipelineCourse::default() })
    };
    [course(BIG_BUILD, JOBS, None), course(BIG_LOG, 1, Some(LINES))]
}

fn passed(build: &Build, nth: u64, begin: Tick) -> Job {
    // Unit tests.
    let mut job = Job::new(build, 2, nth, begin);
    job.state = "passed";
    job.exit_status = Some(0);
    job.retries = 0;
    job.started_at = Some(begin.plus_ms(5_000 + nth % 60 * 1_000));
    job.finished_at = Some(begin.plus_ms(JOB_MS - 5_000));
    job
}
