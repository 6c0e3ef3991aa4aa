//! Which runs tell something of flakiness: not those in which the test was broken.

use super::super::history::{History, Point};
use super::super::{Outcome, Patterns, TestedBuild};

/// A run that is considered, and how the considered run before it on its branch ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Considered<'a> {
    pub build: &'a TestedBuild,
    pub outcome: Outcome,
    pub before: Option<Outcome>,
}

/// Takes the runs of the branches in scope, each branch for itself. A failure is held back until a
/// pass on its branch shows whether it was one of a few, or part of a breakage, which is passed over.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    /// Failures in a row that are a breakage; 0 for none.
    breakage: usize,
    is_in_scope: Vec<bool>,
    branches: Vec<Branch<'a>>,
}

#[derive(Debug, Clone, Default)]
struct Branch<'a> {
    before: Option<Outcome>,
    held_back: Vec<&'a TestedBuild>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(history: &History<'a>, scope: &Patterns, breakage: u32) -> Self {
        let is_in_scope = history.branches.iter().map(|build| scope.has_branch_of(build)).collect();
        Self {
            breakage: usize::try_from(breakage).unwrap_or(usize::MAX),
            is_in_scope,
            branches: vec![Branch::default(); history.branches.len()],
        }
    }

    pub(super) fn has(&self, point: &Point<'a>) -> bool {
        self.is_in_scope[point.branch]
    }

    /// What is considered now that this run is known, in order.
    pub(super) fn hear(&mut self, point: &Point<'a>, mut consider: impl FnMut(Considered<'a>)) {
        let branch = &mut self.branches[point.branch];
        if point.outcome == Outcome::Failed && self.breakage > 0 {
            if branch.held_back.len() < self.breakage {
                branch.held_back.push(point.build);
            }
            return;
        }
        let mut say = |build, outcome, before: &mut Option<Outcome>| {
            consider(Considered { build, outcome, before: *before });
            *before = Some(outcome);
        };
        let failures = std::mem::take(&mut branch.held_back);
        if failures.len() < self.breakage {
            for build in failures {
                say(build, Outcome::Failed, &mut branch.before);
            }
        }
        say(point.build, point.outcome, &mut branch.before);
    }

    pub(super) fn forget(&mut self) {
        self.branches.fill(Branch::default());
    }
}
