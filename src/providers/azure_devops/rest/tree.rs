//! The records of a timeline as a tree: which is below which, in which order, and which of them are
//! steps of ours.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::timeline::{Record, key};
use crate::model::{StepKind, Timestamp};
use crate::providers::azure_devops::payload;

/// How far up a job is looked for. Stages, phases, jobs and tasks are four.
const DEPTH_MAX: usize = 32;

/// What a record's type makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Stage,
    /// A phase, or the process of a classic build: it holds jobs.
    Holder,
    Job,
    Task,
    /// It holds gates.
    Checkpoint,
    Gate,
    /// A type that we do not know: its place tells what it is.
    Other,
}

impl Role {
    pub fn of(kind: &str) -> Self {
        const WORDS: [(&str, Role); 6] = [
            ("Stage", Role::Stage),
            ("Phase", Role::Holder),
            ("Process", Role::Holder),
            ("Job", Role::Job),
            ("Task", Role::Task),
            ("Checkpoint", Role::Checkpoint),
        ];
        let known = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(kind));
        let is_gate = || kind.get(..11).is_some_and(|it| it.eq_ignore_ascii_case("Checkpoint."));
        known.map_or_else(|| if is_gate() { Self::Gate } else { Self::Other }, |(_, role)| *role)
    }
}

pub(super) struct Tree {
    records: Vec<Record>,
    parents: Vec<Option<usize>>,
    /// In their order.
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
}

impl Tree {
    /// Of a record that is told twice the later word counts. Those without an id are no records.
    pub fn of(records: Vec<Record>) -> Self {
        let mut newest: HashMap<String, Record> = HashMap::new();
        for record in records {
            let Some(id) = record.id.as_deref().map(key) else { continue };
            match newest.get_mut(&id) {
                Some(held) if age(held) >= age(&record) => {}
                Some(held) => *held = record,
                None => {
                    newest.insert(id, record);
                }
            }
        }
        let mut records: Vec<Record> = newest.into_values().collect();
        records.sort_by(order);
        let index: HashMap<String, usize> = records
            .iter()
            .enumerate()
            .filter_map(|(index, record)| Some((key(record.id.as_deref()?), index)))
            .collect();
        let mut parents: Vec<Option<usize>> = records
            .iter()
            .map(|record| index.get(&key(record.parent_id.as_deref()?)).copied())
            .collect();
        cut_rings(&mut parents);
        let mut children = vec![Vec::new(); records.len()];
        let mut roots = Vec::new();
        for (index, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) => children[*parent].push(index),
                None => roots.push(index),
            }
        }
        Self { records, parents, children, roots }
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    pub fn record(&self, index: usize) -> &Record {
        &self.records[index]
    }

    pub fn parent(&self, index: usize) -> Option<usize> {
        self.parents[index]
    }

    /// All records, each before those below it.
    pub fn walk(&self) -> Vec<usize> {
        let mut walked = Vec::with_capacity(self.len());
        let mut ahead: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(index) = ahead.pop() {
            walked.push(index);
            ahead.extend(self.children[index].iter().rev());
        }
        walked
    }

    fn has(&self, index: usize, roles: &[Role]) -> bool {
        self.children[index].iter().any(|child| roles.contains(&self.records[*child].role()))
    }

    pub fn is_alone(&self, index: usize) -> bool {
        self.children[index].is_empty()
    }

    /// What kind of step a record is. `None`: it is folded into those below it. A phase without jobs
    /// (skipped, or not yet reached) is a job itself, a checkpoint without children a gate.
    pub fn kind(&self, index: usize) -> Option<StepKind> {
        match self.records[index].role() {
            Role::Stage => Some(StepKind::Stage),
            Role::Holder if self.has(index, &[Role::Stage, Role::Holder, Role::Job]) => None,
            Role::Holder | Role::Job => Some(StepKind::Job),
            Role::Task => Some(StepKind::Task),
            Role::Checkpoint if self.has(index, &[Role::Gate]) => None,
            Role::Checkpoint | Role::Gate => Some(StepKind::Gate),
            Role::Other => {
                let above = self.parents[index].map(|parent| self.records[parent].role());
                Some(match above {
                    Some(Role::Checkpoint | Role::Gate) => StepKind::Gate,
                    _ if self.job_above(index).is_some() => StepKind::Task,
                    _ => StepKind::Job,
                })
            }
        }
    }

    /// The nearest record above that is a job, or stands for one.
    pub fn job_above(&self, index: usize) -> Option<usize> {
        let mut above = self.parents[index];
        let mut found = None;
        for _ in 0..DEPTH_MAX {
            let Some(at) = above else { break };
            match self.records[at].role() {
                Role::Job => return Some(at),
                // The topmost of them is the job.
                Role::Other => found = Some(at),
                Role::Holder if self.kind(at).is_some() => return Some(at),
                Role::Stage | Role::Holder => return found,
                Role::Task | Role::Checkpoint | Role::Gate => {}
            }
            above = self.parents[at];
        }
        found
    }

    /// Whether a stage waits for one of its gates.
    pub fn is_held(&self, stage: usize) -> bool {
        let is_at_work =
            |index: usize| payload::is(self.records[index].state.as_deref(), "inProgress");
        self.children[stage].iter().any(|child| match self.records[*child].role() {
            Role::Gate => is_at_work(*child),
            Role::Checkpoint => {
                is_at_work(*child) || self.children[*child].iter().any(|gate| is_at_work(*gate))
            }
            _ => false,
        })
    }

    /// Records that have no step of their own, and whose issues this one takes over: it is the first
    /// one below them.
    pub fn folded_into(&self, index: usize) -> Vec<&Record> {
        let mut folded = Vec::new();
        let mut at = index;
        while let Some(parent) = self.parents[at] {
            let first = self.children[parent].iter().find(|child| {
                !matches!(self.records[**child].role(), Role::Checkpoint | Role::Gate)
            });
            let is_gate = self.records[parent].role() == Role::Checkpoint;
            let first = if is_gate { self.children[parent].first() } else { first };
            if self.kind(parent).is_some() || first != Some(&at) {
                break;
            }
            folded.push(&self.records[parent]);
            at = parent;
        }
        folded
    }
}

/// The later of two words on one record is the greater.
fn age(record: &Record) -> impl Ord + use<'_> {
    let is_over = payload::is(record.state.as_deref(), "completed");
    let attempt = record.attempt.unwrap_or(1);
    let time = record.finish_time.max(record.start_time);
    let words = (record.kind.as_deref(), record.parent_id.as_deref(), record.state.as_deref());
    (record.change_id, attempt, is_over, time, words, record.name.as_deref(), record.order)
}

/// Order of siblings: gates come before what they guard, the rest as the service numbers it, then
/// by start.
fn order(a: &Record, b: &Record) -> Ordering {
    let place = |record: &Record| {
        let is_gate = matches!(record.role(), Role::Checkpoint | Role::Gate);
        let start = record.start_time.unwrap_or(Timestamp(i64::MAX));
        (!is_gate, record.order.unwrap_or(i64::MAX), start)
    };
    let id = |record: &Record| record.id.as_deref().map(key);
    place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| id(a).cmp(&id(b)))
}

/// Parents that lead back to where one came from are no parents; nobody has seen that, and it would
/// end no walk.
fn cut_rings(parents: &mut [Option<usize>]) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; parents.len()];
    for start in 0..parents.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(index) = at.filter(|index| marks[*index] == Mark::New) {
            marks[index] = Mark::Open;
            path.push(index);
            at = parents[index];
        }
        if let Some(index) = at.filter(|index| marks[*index] == Mark::Open) {
            parents[index] = None;
        }
        for index in path {
            marks[index] = Mark::Done;
        }
    }
}
