//! The jobs of a build, and the stages they make, as the API lists them.
//!
//! A list is whole and in the order of the pipeline, which tells what no webhook does: places, names
//! of parallel jobs, and the parts between waits. Buildkite has no stages. A group is one; outside of
//! groups the jobs between two waits (or blocks, which are waited for alike) are one, where there is
//! any wait. The key of such a part is the id of the wait before it, so that it stays the same when
//! a step uploads more steps.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use super::super::fields::{object, objects, text};
use super::super::jobs;
use super::super::payload::{self, JOBS_MAX, Job};
use super::pages;
use crate::model::{ANSWERED, StepFact, StepKind, StepRef, Timestamp, Unreadable};
use crate::providers::rest::Answer;

/// Jobs read of one page.
const PAGE_MAX: usize = 100;

/// The list of jobs, page by page.
#[derive(Debug, Default)]
pub struct JobsTold {
    jobs: Vec<Job>,
    seen: HashSet<String>,
    cursors: HashSet<String>,
    is_cut: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JobsPage {
    #[serde(deserialize_with = "objects::<_, _, PAGE_MAX>")]
    items: Vec<Job>,
    #[serde(deserialize_with = "object")]
    links: Option<Links>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Links {
    #[serde(deserialize_with = "text")]
    next: Option<String>,
}

impl JobsTold {
    /// Add a page. Returns the cursor of the next one; none when this was the last, or when the
    /// cursors lead in a circle.
    pub fn add(&mut self, answer: &Answer) -> Result<Option<String>, Unreadable> {
        let JobsPage { items, links } = payload::one(&answer.body)?;
        for job in items {
            // A job that was made meanwhile moves the pages: some come twice.
            let is_new = job.id.as_ref().is_none_or(|id| self.seen.insert(id.clone()));
            match self.jobs.len() < JOBS_MAX {
                true if is_new => self.jobs.push(job),
                true => {}
                false => self.is_cut |= is_new,
            }
        }
        let next = links.and_then(|links| pages::word(&links.next?, "after"));
        Ok(next.filter(|cursor| self.cursors.insert(cursor.clone())))
    }

    /// Whether there are more jobs than are kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What all of it says, once the last page is there; `at` is when it was asked.
    #[must_use]
    pub fn facts(&self, at: Timestamp) -> Vec<StepFact> {
        facts(&self.jobs, at)
    }
}

/// All that a whole list of jobs says.
pub(super) fn facts(jobs: &[Job], at: Timestamp) -> Vec<StepFact> {
    let stages = stages(jobs);
    let names = Names::of(jobs);
    let mut facts = Vec::new();
    let mut told = HashSet::new();
    for ((job, stage), order) in jobs.iter().zip(stages).zip(0..) {
        let Some(own_key) = job.id.as_deref().map(jobs::key) else { continue };
        let mut of_job = jobs::facts(job, None);
        // Stages are told once each, with their place.
        of_job.retain(|fact| fact.kind != StepKind::Stage);
        if of_job.is_empty() {
            continue;
        }
        if let Some(stage) = &stage
            && told.insert(stage.key.clone())
        {
            facts.push(StepFact {
                name: Some(stage.name.clone()),
                order: Some(order),
                ..StepFact::about(step(&stage.key), StepKind::Stage)
            });
        }
        if let Some(own) = of_job.iter_mut().find(|fact| fact.step.key == own_key) {
            own.parent = stage.map(|stage| step(&stage.key));
            own.order = Some(order);
            own.name = names.of_job(job, own.name.take());
            own.log = log_key(job);
        }
        facts.append(&mut of_job);
    }
    for fact in &mut facts {
        fact.weight = ANSWERED;
        fact.at = Some(at);
    }
    facts
}

fn step(key: &str) -> StepRef {
    StepRef { key: key.to_owned(), attempt: 1 }
}

/// A job has a log from when an agent has begun it.
fn log_key(job: &Job) -> Option<String> {
    let has_begun = job.started_at.is_some() && jobs::is_command(job);
    job.id.as_deref().filter(|_| has_begun).map(|id| id.trim().to_lowercase())
}

#[derive(Debug, Clone)]
struct Stage {
    key: String,
    name: String,
}

/// The stage of each job, none of a gate.
fn stages(jobs: &[Job]) -> Vec<Option<Stage>> {
    let is_gate = |job: &Job| matches!(job.kind.as_deref(), Some("manual" | "block" | "input"));
    let is_wait =
        |job: &Job| matches!(job.kind.as_deref(), Some("waiter" | "wait")) || is_gate(job);
    let has_waits = jobs.iter().any(is_wait);

    let mut parts = Parts { number: 1, is_used: false, key: "stage:wait-0".to_owned() };
    let mut stages = Vec::with_capacity(jobs.len());
    let mut of_id: HashMap<&str, Option<Stage>> = HashMap::new();
    for job in jobs {
        let group = job
            .group_key
            .as_ref()
            .map(|group| Stage { key: format!("stage:{group}"), name: group.clone() });
        // Waits inside of a group part its jobs, not the build.
        let is_boundary = is_wait(job) && group.is_none();
        // A retry may be listed at the end: it belongs where its first try does.
        let source = job.retry_source.as_ref().and_then(|source| source.job_id.as_deref());
        let stage = match source.and_then(|source| of_id.get(source)) {
            _ if is_boundary => {
                parts.begin_after(job);
                None
            }
            _ if group.is_some() => group,
            Some(of_source) => of_source.clone(),
            None => has_waits.then(|| parts.stage()),
        };
        if let Some(id) = job.id.as_deref() {
            of_id.insert(id, stage.clone());
        }
        stages.push(stage);
    }
    stages
}

/// The parts of a build between its waits.
struct Parts {
    /// Of the present one, counting those that hold jobs.
    number: usize,
    is_used: bool,
    key: String,
}

impl Parts {
    fn begin_after(&mut self, wait: &Job) {
        self.number += usize::from(std::mem::take(&mut self.is_used));
        let id = wait.id.as_deref().map(|id| id.trim().to_lowercase());
        self.key = format!("stage:wait-{}", id.unwrap_or_else(|| self.number.to_string()));
    }

    fn stage(&mut self) -> Stage {
        self.is_used = true;
        Stage { key: self.key.clone(), name: format!("Stage {}", self.number) }
    }
}

/// Parallel jobs of one step share its label, unless people wrote their number into it.
struct Names<'a> {
    /// By label: the numbers of the jobs that have it.
    numbers: HashMap<&'a str, BTreeSet<i64>>,
}

impl<'a> Names<'a> {
    fn of(jobs: &'a [Job]) -> Self {
        let mut numbers: HashMap<&str, BTreeSet<i64>> = HashMap::new();
        for job in jobs {
            if let (Some(name), Some(index)) = (job.name.as_deref(), job.parallel_group_index) {
                numbers.entry(name).or_default().insert(index);
            }
        }
        Self { numbers }
    }

    fn of_job(&self, job: &Job, name: Option<String>) -> Option<String> {
        let numbers = job.name.as_deref().and_then(|name| self.numbers.get(name));
        let is_repeated = numbers.is_some_and(|numbers| numbers.len() > 1);
        match (name, job.parallel_group_index.zip(job.parallel_group_total)) {
            (Some(name), Some((index, total))) if is_repeated => {
                Some(format!("{name} ({}/{total})", index.saturating_add(1)))
            }
            (name, _) => name,
        }
    }
}
