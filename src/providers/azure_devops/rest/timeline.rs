//! The timeline of a build: stages, jobs, tasks and gates, in all their attempts.
//!
//! The service tells a flat list, in any order; `tree` makes a tree of it, and this file reads each
//! record's words. Stages are known by their identifier and jobs by their record's id, as in hooks.
//! A phase is folded into its jobs, a checkpoint into its gates.
//!
//! A stage or job that is run again gets a new attempt, and its records of before move to a timeline of
//! their own, which is asked for and read by the same function.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::object;
use super::builds::WEIGHT_API;
use super::causes;
use super::tree::{Role, Tree};
use crate::model::{
    BuildResult, BuildState, Issue, IssueKind, StepFact, StepKind, StepRef, Timestamp, Unreadable,
};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::{LONG_MAX, Label, Long, shape};
use crate::providers::azure_devops::payload;
use crate::providers::rest::Answer;

/// Other timelines that are told of: where more was run again, the tries before are told in part.
const EARLIER_MAX: usize = 500;

/// Longest message of an issue that is kept, in characters.
const MESSAGE_MAX: usize = 8_000;

/// Issues kept of one record. The service tells ten of each kind.
const ISSUES_MAX: usize = 100;

shape! {
    Answered {
        id: String = "id",
        records: Long<Record> = "records",
    }
}

shape! {
    /// One line of a timeline.
    Record {
        id: String = "id",
        parent_id: String = "parentId",
        kind: String = "type",
        name: String = "name",
        /// `Stage.Phase.Job`; of a stage its name in the pipeline.
        identifier: String = "identifier",
        ref_name: String = "refName",
        state: String = "state",
        result: String = "result",
        start_time: Timestamp = "startTime",
        finish_time: Timestamp = "finishTime",
        order: i64 = "order",
        attempt: i64 = "attempt",
        /// Grows with every change of the record.
        change_id: i64 = "changeId",
        worker: String = "workerName",
        queue_id: i64 = "queueId",
        log: RecordLog = "log",
        task: Task = "task",
        issues: Vec<RecordIssue> = "issues",
        error_count: i64 = "errorCount",
        warning_count: i64 = "warningCount",
        previous: Vec<Previous> = "previousAttempts",
    }
}

shape! {
    RecordLog {
        id: Label = "id",
    }
}

shape! {
    Task {
        name: String = "name",
        version: String = "version",
    }
}

shape! {
    RecordIssue {
        kind: String = "type",
        message: String = "message",
        data: IssueData = "data",
    }
}

shape! {
    IssueData {
        line: i64 = "logFileLineNumber",
    }
}

shape! {
    Previous {
        attempt: i64 = "attempt",
        timeline_id: String = "timelineId",
        record_id: String = "recordId",
    }
}

/// What a timeline is read with.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The build's page: steps have places on it.
    pub page: Option<&'a str>,
    /// Names of the project's queues by their ids; records tell ids only.
    pub queues: Option<&'a BTreeMap<i64, String>>,
    /// For an older timeline: what the newest one told.
    pub newest: Option<&'a Newest>,
}

/// All that one timeline tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    pub id: Option<String>,
    pub steps: Vec<StepFact>,
    /// Highest attempt of any step; 0 where there is none.
    pub attempt: u32,
    /// Timelines of attempts before: those that tell most come first, of these the latest.
    pub earlier: Vec<EarlierAttempt>,
    /// To read those with.
    pub newest: Newest,
    /// There are steps, and all have come to their end.
    pub is_over: bool,
    /// There were more records than are read.
    pub is_cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAttempt {
    pub attempt: u32,
    pub timeline_id: String,
}

/// What an older timeline leaves out because the newest has it: which steps still count, and where
/// the records belong whose parents are not told again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newest {
    steps: BTreeSet<StepRef>,
    places: BTreeMap<String, Place>,
    /// Record of a try -> record of the try before.
    before: BTreeMap<String, String>,
    /// Tries of stages that older timelines tell of.
    stages: BTreeSet<StepRef>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    parent: Option<StepRef>,
    order: Option<i64>,
    /// The step that those below this record belong to.
    below: Option<StepRef>,
}

/// A build that never started, or whose timeline is gone, has no steps; that is no error.
pub fn timeline(answer: &Answer, about: &About<'_>) -> Result<Timeline, Unreadable> {
    let Some(answered) = object::<Answered>(answer)? else { return Ok(Timeline::default()) };
    let records = answered.records.map(|records| records.0).unwrap_or_default();
    let is_cut = records.len() >= LONG_MAX;
    let tree = Tree::of(records);
    let id = answered.id.as_deref().and_then(address::guid);
    let mut reader = Reader { tree: &tree, about, at: answer.at, told: Timeline::default() };
    reader.read();
    let told = reader.told;
    Ok(Timeline {
        is_over: !told.steps.is_empty()
            && told.steps.iter().all(|step| step.state == Some(BuildState::Finished)),
        attempt: told.steps.iter().map(|step| step.step.attempt).max().unwrap_or(0),
        earlier: earlier(&tree, id.as_deref()),
        id,
        is_cut,
        ..told
    })
}

/// Each record that is run again has its own timeline for the try before. Those of phases and
/// checkpoints come last: what is folded tells little.
fn earlier(tree: &Tree, own: Option<&str>) -> Vec<EarlierAttempt> {
    let mut found: BTreeMap<String, (bool, u32)> = BTreeMap::new();
    for record in tree.records() {
        let is_step = !matches!(record.role(), Role::Holder | Role::Checkpoint);
        for previous in record.previous.iter().flatten() {
            let id = previous.timeline_id.as_deref().and_then(address::guid);
            if let Some(id) = id.filter(|id| Some(id.as_str()) != own) {
                let held = found.entry(id).or_default();
                *held = (held.0 || is_step, held.1.max(attempt_of(previous.attempt)));
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a_id, a), (b_id, b)| b.cmp(a).then_with(|| a_id.cmp(b_id)));
    found.truncate(EARLIER_MAX);
    let earlier = found.into_iter();
    earlier.map(|(timeline_id, (_, attempt))| EarlierAttempt { attempt, timeline_id }).collect()
}

fn attempt_of(told: Option<i64>) -> u32 {
    told.and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1).max(1)
}

struct Reader<'a> {
    tree: &'a Tree,
    about: &'a About<'a>,
    at: Timestamp,
    told: Timeline,
}

impl Reader<'_> {
    /// Parents before those below them, siblings in their order: each step's place is where it comes.
    fn read(&mut self) {
        let mut below: Vec<Option<StepRef>> = vec![None; self.tree.len()];
        for (place, index) in self.tree.walk().into_iter().enumerate() {
            let record = self.tree.record(index);
            let parent = match self.tree.parent(index) {
                Some(parent) => below[parent].clone(),
                None => self.parent_elsewhere(record),
            };
            let order = i64::try_from(place + 1).unwrap_or(i64::MAX);
            let Some(kind) = self.kind(index) else {
                self.note(record, &parent, None, parent.clone());
                below[index] = parent;
                continue;
            };
            let fact = self.fact(index, kind, parent.clone(), order);
            below[index] = Some(fact.step.clone());
            self.note(record, &parent, fact.order, below[index].clone());
            // What the newest timeline tells itself is not told again.
            let newest = self.about.newest;
            if newest.is_none_or(|newest| !newest.steps.contains(&fact.step)) {
                self.told.newest.steps.insert(fact.step.clone());
                self.told.steps.push(fact);
            }
        }
    }

    /// In an older timeline a phase may stand without its jobs, which have timelines of their own.
    fn kind(&self, index: usize) -> Option<StepKind> {
        let is_holder = matches!(self.tree.record(index).role(), Role::Holder | Role::Checkpoint);
        let is_told_elsewhere = self.about.newest.is_some() && self.tree.is_alone(index);
        self.tree.kind(index).filter(|_| !(is_holder && is_told_elsewhere))
    }

    /// Of an older timeline: a job is told there without its stage.
    fn parent_elsewhere(&self, record: &Record) -> Option<StepRef> {
        let newest = self.about.newest?;
        let of_parent = || newest.places.get(&key(record.parent_id.as_deref()?))?.below.clone();
        let of_own = || newest.places.get(&key(record.id.as_deref()?))?.parent.clone();
        let parent = of_parent().or_else(of_own)?;
        // The try of the stage that it was part of, if that is told.
        let then = StepRef { attempt: attempt_of(record.attempt), ..parent.clone() };
        Some(if newest.stages.contains(&then) { then } else { parent })
    }

    fn note(
        &mut self,
        record: &Record,
        parent: &Option<StepRef>,
        order: Option<i64>,
        below: Option<StepRef>,
    ) {
        let Some(id) = record.id.as_deref().map(key) else { return };
        let is_folded = order.is_none();
        let place = Place { parent: parent.clone(), order, below };
        let mut later = id.clone();
        for previous in tries(record) {
            // The try before has the same place; what is below it is its own, unless it is folded.
            let below = place.below.clone().filter(|_| is_folded);
            let place = Place { below, ..place.clone() };
            self.told.newest.places.entry(previous.clone()).or_insert(place);
            self.told.newest.before.insert(later, previous.clone());
            later = previous;
        }
        if record.role() == Role::Stage {
            let key = step_key(record, StepKind::Stage, &id);
            let attempts = record.previous.iter().flatten().map(|it| attempt_of(it.attempt));
            let tries = attempts.map(|attempt| StepRef { key: key.clone(), attempt });
            self.told.newest.stages.extend(tries);
        }
        self.told.newest.places.insert(id, place);
    }

    fn fact(&self, index: usize, kind: StepKind, parent: Option<StepRef>, order: i64) -> StepFact {
        let record = self.tree.record(index);
        let id = key(record.id.as_deref().unwrap_or_default());
        let newest = self.about.newest;
        let own_attempt = attempt_of(record.attempt);
        // Tasks do not count for themselves: one belongs to the try of its job.
        let attempt = match (kind, &parent) {
            (StepKind::Task, Some(parent)) => own_attempt.max(parent.attempt),
            _ => own_attempt,
        };
        let step = StepRef { key: step_key(record, kind, &id), attempt };
        let state = self.state(index, kind);
        let is_over = state == Some(BuildState::Finished);
        let raw = record.result.as_deref().filter(|_| is_over);
        let result = is_over.then(|| raw.and_then(payload::result).unwrap_or(BuildResult::Unknown));
        let folded = self.tree.folded_into(index);
        let mut told: Vec<Issue> = issues(record, true).collect();
        let own = told.len();
        for issue in folded.iter().flat_map(|record| issues(record, false)) {
            let is_known =
                told.iter().any(|it| (it.kind, &it.message) == (issue.kind, &issue.message));
            if !is_known {
                told.push(issue);
            }
        }
        // A phase counts what its jobs do, so of its own are only those that it lists.
        let count = |kind: IssueKind, counted: Option<i64>| {
            let more = told[own..].iter().filter(|issue| issue.kind == kind).count();
            let more = i64::try_from(more).unwrap_or(i64::MAX);
            let counted = counted.filter(|count| *count >= 0);
            if more == 0 { counted } else { Some(counted.unwrap_or(0).saturating_add(more)) }
        };
        let error_count = count(IssueKind::Error, record.error_count);
        let warning_count = count(IssueKind::Warning, record.warning_count);
        told.truncate(ISSUES_MAX);
        let issues = told;
        let retry_of = (kind == StepKind::Job)
            .then(|| tries(record).next().or_else(|| newest?.before.get(&id).cloned()))
            .flatten();
        StepFact {
            weight: WEIGHT_API,
            at: Some(self.at),
            parent,
            name: Some(name(record, kind)),
            order: newest.and_then(|newest| newest.places.get(&id)?.order).or(Some(order)),
            state,
            result,
            raw_result: raw.map(str::to_owned),
            detail: result.and_then(|result| causes::detail(record, kind, result, &issues)),
            started_at: record.start_time,
            finished_at: record.finish_time.filter(|_| is_over),
            agent: record.worker.clone(),
            // Whatever is told by an older timeline alone, a later try took the place of.
            superseded: newest.is_some(),
            retry_of: retry_of.map(|previous| format!("job:{previous}")),
            queue: record.queue_id.and_then(|id| self.about.queues?.get(&id).cloned()),
            task: record.task.as_ref().and_then(task),
            url: self.page(index, kind, &id),
            log: record.log.as_ref().and_then(|log| Some(log.id.as_ref()?.0.clone())),
            error_count,
            warning_count,
            issues: (!issues.is_empty()).then_some(issues),
            ..StepFact::about(step, kind)
        }
    }

    fn state(&self, index: usize, kind: StepKind) -> Option<BuildState> {
        let record = self.tree.record(index);
        let is = |word| payload::is(record.state.as_deref(), word);
        if is("completed") {
            return Some(BuildState::Finished);
        }
        if is("inProgress") {
            // A gate that is at work keeps others waiting.
            let is_gate = kind == StepKind::Gate;
            return Some(if is_gate { BuildState::Waiting } else { BuildState::Running });
        }
        if kind == StepKind::Stage && self.tree.is_held(index) {
            return Some(BuildState::Waiting);
        }
        if is("pending") {
            return Some(BuildState::Queued);
        }
        record.result.as_deref().and_then(payload::result).map(|_| BuildState::Finished)
    }

    /// Where the build's page shows it: `&view=logs&j=job&t=task`, as the service's own pages link.
    fn page(&self, index: usize, kind: StepKind, id: &str) -> Option<String> {
        let page = self.about.page.filter(|page| page.contains("?buildId="))?;
        match kind {
            StepKind::Job => Some(format!("{page}&view=logs&j={id}")),
            StepKind::Task => {
                let job = key(self.tree.record(self.tree.job_above(index)?).id.as_deref()?);
                Some(format!("{page}&view=logs&j={job}&t={id}"))
            }
            StepKind::Stage | StepKind::Gate => None,
        }
    }
}

/// Ids are compared without regard to capitals, and written as hooks write them.
pub(super) fn key(id: &str) -> String {
    address::guid(id).unwrap_or_else(|| id.trim().to_lowercase())
}

fn step_key(record: &Record, kind: StepKind, id: &str) -> String {
    match kind {
        StepKind::Stage => {
            let names = [&record.identifier, &record.ref_name, &record.name];
            let name = names.into_iter().flatten().next().map_or(id, String::as_str);
            format!("stage:{name}")
        }
        StepKind::Job => format!("job:{id}"),
        StepKind::Task => format!("task:{id}"),
        StepKind::Gate => format!("gate:{id}"),
    }
}

/// Records of the tries before, the latest first, where each has a record of its own.
fn tries(record: &Record) -> impl Iterator<Item = String> {
    let own = record.id.as_deref().map(key);
    let before = attempt_of(record.attempt);
    let mut tries: Vec<(u32, String)> = record
        .previous
        .iter()
        .flatten()
        .filter_map(|it| Some((attempt_of(it.attempt), key(it.record_id.as_deref()?))))
        .filter(|(attempt, id)| *attempt < before && Some(id) != own.as_ref())
        .collect();
    tries.sort_by(|a, b| b.cmp(a));
    tries.dedup_by(|a, b| a.1 == b.1);
    tries.into_iter().map(|(_, id)| id)
}

/// A gate is named for what it asks: `Checkpoint.Approval` is an approval.
fn name(record: &Record, kind: StepKind) -> String {
    let names = [&record.name, &record.ref_name, &record.identifier, &record.kind, &record.id];
    let name = names.into_iter().flatten().next().map_or("", String::as_str);
    let is_gate = kind == StepKind::Gate;
    name.strip_prefix("Checkpoint.").filter(|_| is_gate).unwrap_or(name).to_owned()
}

fn task(task: &Task) -> Option<String> {
    let name = task.name.as_ref()?;
    Some(task.version.as_ref().map_or_else(|| name.clone(), |version| format!("{name}@{version}")))
}

/// `has_log`: a line that is told counts in the record's own log.
fn issues(record: &Record, has_log: bool) -> impl Iterator<Item = Issue> {
    record.issues.iter().flatten().filter_map(move |issue| {
        let is_error = payload::is(issue.kind.as_deref(), "error");
        Some(Issue {
            kind: if is_error { IssueKind::Error } else { IssueKind::Warning },
            message: issue.message.as_ref()?.chars().take(MESSAGE_MAX).collect(),
            line: issue
                .data
                .as_ref()
                .and_then(|data| data.line)
                .filter(|line| has_log && *line > 0),
        })
    })
}

impl Record {
    pub(super) fn role(&self) -> Role {
        Role::of(self.kind.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
