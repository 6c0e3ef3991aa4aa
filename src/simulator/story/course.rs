//! The course of a build: all that happens in it, known whole when it begins.
//!
//! Hooks tell it moment by moment. The providers' REST side ([`crate::simulator::rest`]) looks up
//! how it stands at any moment, so the two agree: same ids, same times, same ends.

use std::sync::Arc;

use super::cause::Cause;
use super::trouble::Trouble;
use crate::simulator::azure_devops::{self as azure, Approval, RunResult};
use crate::simulator::buildkite;
use crate::simulator::clock::Tick;

/// What a make-believe provider could be asked about later. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Course {
    Run(Arc<RunCourse>),
    Pipeline(Arc<PipelineCourse>),
    Release(Arc<ReleaseCourse>),
    /// An agent of `acme` that comes, goes or is lost.
    Agent {
        agent: buildkite::Agent,
        shape: buildkite::Shape,
        at: Tick,
    },
}

/// A run of `contoso`.
#[derive(Debug, Clone)]
pub struct RunCourse {
    /// As it was when it started.
    pub build: azure::Build,
    pub stages: Vec<StageTry>,
    pub asked: Vec<Asked>,
    /// One for each attempt.
    pub ends: Vec<RunEnd>,
    /// What is behind its failing tests, if any fail.
    pub trouble: Trouble,
    /// The work of its jobs is to write so many lines: a log that no memory should hold.
    pub endless: Option<u64>,
}

/// One attempt of a whole run, from its beginning, or from somebody's rerun, to its end.
#[derive(Debug, Clone, Copy)]
pub struct RunEnd {
    pub attempt: u64,
    pub began: Tick,
    pub ended: Tick,
    pub result: RunResult,
}

/// One try of a stage.
#[derive(Debug, Clone)]
pub struct StageTry {
    /// Place in [`azure::STAGES`].
    pub place: usize,
    pub attempt: u64,
    pub began: Tick,
    pub ended: Tick,
    pub result: RunResult,
    pub jobs: Vec<JobTry>,
}

#[derive(Debug, Clone)]
pub struct JobTry {
    /// Place among the stage's jobs.
    pub place: usize,
    /// Which of many jobs alike, from 1 on; 0 of a job that is alone.
    pub shard: u64,
    pub queued: Tick,
    /// `None` when no agent took it.
    pub began: Option<Tick>,
    pub ended: Tick,
    pub result: RunResult,
    /// Why it failed, if it did.
    pub cause: Option<Cause>,
}

/// Somebody was asked to agree to a stage.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub stage: usize,
    pub attempt: u64,
    pub approval: Approval,
}

/// A build of `acme`.
#[derive(Debug, Clone, Default)]
pub struct PipelineCourse {
    /// The build as it stood from each moment on, the first when it was created.
    pub turns: Vec<(Tick, buildkite::Build)>,
    /// In the order of the pipeline.
    pub jobs: Vec<JobCourse>,
    /// Who runs the jobs, when it matters.
    pub agent: Option<buildkite::Agent>,
    /// What is behind its failing tests, if any fail.
    pub trouble: Trouble,
    /// The work of its jobs is to write so many lines.
    pub endless: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct JobCourse {
    /// As it ended.
    pub job: buildkite::Job,
    /// A block step that somebody opens, not a command.
    pub is_gate: bool,
    /// Which of how many jobs alike.
    pub parallel: Option<(u64, u64)>,
    /// When a person let it run again: only from then on is it known that it was retried.
    pub retried_at: Option<Tick>,
    pub cause: Option<Cause>,
}

/// A classic release of what a run of `contoso` built.
#[derive(Debug, Clone)]
pub struct ReleaseCourse {
    pub scenes: Vec<azure::Scene<'static>>,
}

impl Course {
    /// The provider's own id of the build: Azure DevOps' number, Buildkite's UUID.
    #[must_use]
    pub fn external_id(&self) -> Option<String> {
        match self {
            Self::Run(run) => Some(run.build.id.to_string()),
            Self::Pipeline(pipeline) => Some(pipeline.build().id.text()),
            Self::Release(_) | Self::Agent { .. } => None,
        }
    }
}

impl RunCourse {
    #[must_use]
    pub fn new(build: azure::Build) -> Self {
        Self {
            build,
            stages: Vec::new(),
            asked: Vec::new(),
            ends: Vec::new(),
            trouble: Trouble::default(),
            endless: None,
        }
    }
}

impl PipelineCourse {
    /// The build stands so from now on.
    pub(super) fn note_turn(&mut self, now: Tick, build: &buildkite::Build) {
        match self.turns.last_mut() {
            Some((at, last)) if *at == now => *last = build.clone(),
            Some((_, last)) if last.stands_as(build) => {}
            _ => self.turns.push((now, build.clone())),
        }
    }

    /// A job has come to its end.
    pub(super) fn note_job(&mut self, job: buildkite::Job, cause: Option<Cause>, is_gate: bool) {
        if let Some((of, how)) = job.retry_of {
            for before in self.jobs.iter_mut().filter(|before| before.job.id == of) {
                if before.job.retried_in.is_none() {
                    before.job.retried_in = Some((job.id, how));
                    before.retried_at = Some(job.created_at);
                }
            }
        }
        self.jobs.push(JobCourse { job, is_gate, parallel: None, retried_at: None, cause });
    }

    /// The build as it was created.
    ///
    /// # Panics
    ///
    /// When it never was.
    #[must_use]
    pub fn build(&self) -> &buildkite::Build {
        &self.turns.first().expect("a build is created").1
    }
}
