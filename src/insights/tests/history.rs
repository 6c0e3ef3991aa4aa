//! The runs of a test as monitors want them: in order, one per build, without what is excluded.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use super::{CameTo, Outcome, Run, TestedBuild};

/// One run of the test: what the results of one build come to.
#[derive(Debug, Clone)]
pub(super) struct Point<'a> {
    pub build: &'a TestedBuild,
    pub outcome: Outcome,
    /// Place in [`History::branches`].
    pub branch: usize,
    lanes: Range<usize>,
}

/// What the tries of one lane of a build come to, where anything is left of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaneResult<'a> {
    pub lane: &'a str,
    pub outcome: Outcome,
}

impl LaneResult<'_> {
    fn came_to(&self) -> CameTo {
        CameTo { outcome: self.outcome, excluded: false }
    }
}

#[derive(Debug, Default)]
pub(super) struct History<'a> {
    /// Oldest first.
    pub points: Vec<Point<'a>>,
    /// Some build of each branch, in the order in which branches first ran.
    pub branches: Vec<&'a TestedBuild>,
    /// Builds of which nothing is left.
    pub excluded: Vec<&'a TestedBuild>,
    lanes: Vec<LaneResult<'a>>,
}

impl TestedBuild {
    /// Which of two builds goes first.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |build: &Self| (build.at, build.number);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.commit.cmp(&other.commit))
            .then_with(|| self.branch.cmp(&other.branch))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl<'a> History<'a> {
    pub(super) fn of(runs: &'a [Run]) -> Self {
        let mut runs: Vec<&Run> = runs.iter().collect();
        if !runs.is_sorted_by(|a, b| a.order(b).is_le()) {
            runs.sort_unstable_by(|a, b| a.order(b));
        }
        let mut history = Self::default();
        let mut branches: HashMap<(Option<&str>, bool), usize> = HashMap::new();
        for of_build in runs.chunk_by(|a, b| a.build.id == b.build.id) {
            let build = &*of_build[0].build;
            let start = history.lanes.len();
            history.lanes.extend(of_build.chunk_by(|a, b| a.lane == b.lane).filter_map(|tries| {
                let came_to = CameTo::of_tries(tries.iter().map(|run| run.came_to()))?;
                let lane = &tries[0].lane;
                (!came_to.excluded).then_some(LaneResult { lane, outcome: came_to.outcome })
            }));
            let lanes = start..history.lanes.len();
            let of_lanes = history.lanes[lanes.clone()].iter().map(LaneResult::came_to);
            let Some(CameTo { outcome, .. }) = CameTo::of_jobs(of_lanes) else {
                history.excluded.push(build);
                continue;
            };
            let branch =
                *branches.entry((build.branch.as_deref(), build.on_default)).or_insert_with(|| {
                    history.branches.push(build);
                    history.branches.len() - 1
                });
            history.points.push(Point { build, outcome, branch, lanes });
        }
        history
    }

    /// Place of the branch that others come from; of several the one with most runs, and of those the
    /// one that ran first.
    pub(super) fn default_branch(&self) -> Option<usize> {
        let mut runs = vec![0_usize; self.branches.len()];
        for point in &self.points {
            runs[point.branch] += 1;
        }
        let places = (0..runs.len()).filter(|place| self.branches[*place].on_default);
        places.rev().max_by_key(|place| runs[*place])
    }

    pub(super) fn lanes_of(&self, point: &Point<'a>) -> &[LaneResult<'a>] {
        &self.lanes[point.lanes.clone()]
    }
}
