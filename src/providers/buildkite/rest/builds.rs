//! A build as the API tells it: the truth of the moment it was asked.

use super::super::builds::{KnownBuild, Standing};
use super::super::payload::{self, Body, JOBS_MAX};
use super::pages::{Page, next_page};
use super::steps;
use crate::model::{ANSWERED, BuildFact, StepFact, Timestamp, Unreadable};
use crate::providers::rest::Answer;

/// Builds read of one page.
const PAGE_MAX: usize = 100;

/// What an answer says of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildTold {
    /// Words by which the build is known: `(scheme, key)`, as webhooks name it.
    pub keys: Vec<(String, String)>,
    pub fact: BuildFact,
    /// Its jobs and stages; none where they were not asked for.
    pub steps: Vec<StepFact>,
    /// It has more jobs than are read.
    pub is_cut: bool,
}

/// Read one build.
pub fn build(answer: &Answer) -> Result<BuildTold, Unreadable> {
    told(payload::one(&answer.body)?, answer.at)
}

/// Read a page of builds; `page` is its number. Nobody asks for lists yet: it is read because it is
/// documented, and builds that no hook told of will be found in it. One that does not say which it is, is left out.
pub fn builds(answer: &Answer, page: u32) -> Result<Page<BuildTold>, Unreadable> {
    let builds = payload::many::<payload::Build, PAGE_MAX>(&answer.body)?;
    let items = builds.into_iter().filter_map(|build| told(build, answer.at).ok()).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

fn told(mut build: payload::Build, at: Timestamp) -> Result<BuildTold, Unreadable> {
    let mut jobs = std::mem::take(&mut build.jobs);
    let is_cut = jobs.len() > JOBS_MAX;
    jobs.truncate(JOBS_MAX);
    let body = Body { build: Some(build), ..Body::default() };
    let build = KnownBuild::of(&body)?;
    let standing = Standing::of(build.payload, None);
    let mut fact = build.fact(standing, ANSWERED, Some(at));
    fact.at = Some(at);
    // It is at work now: whatever end of it is known, it was not the last. One that is queued may
    // just not have begun, unless something of it was done before.
    let has_begun = build.payload.started_at.is_some()
        || jobs.iter().any(|job| job.started_at.is_some() || job.unblocked_at.is_some());
    if standing == Standing::Running || standing == Standing::Queued && has_begun {
        fact.active_at = Some(at);
    }
    Ok(BuildTold { keys: build.keys(), fact, steps: steps::facts(&jobs, at), is_cut })
}
