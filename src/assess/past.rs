//! The tested builds of a pipeline as far as they are looked back at, and the runs of tests in them.

use std::collections::HashMap;
use std::sync::Arc;

use super::results::{Placed, Sets, sort, tries};
use crate::insights::tests::{CameTo, Exclusion, Outcome, Run, TestedBuild};
use crate::model::{TestStatus, TestTotals, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::history::{
    Called, TestedRow, bad_hits, called, passes_since, sets_since, tested_builds,
};

/// What of a pipeline is looked back at.
#[derive(Debug)]
pub struct Past {
    pub pipeline: i64,
    pub called: Called,
    since: Timestamp,
    builds: HashMap<i64, Tested>,
    sets: Sets,
}

/// A build that has tests.
#[derive(Debug)]
pub struct Tested {
    pub build: Arc<TestedBuild>,
    pub duration_ms: Option<i64>,
}

/// The runs of one test.
#[derive(Debug, Default)]
pub struct History {
    pub runs: Vec<Run>,
    /// Of results that passed.
    pub durations_us: Vec<i64>,
    /// It failed, or passed on retry, in a run that counts.
    pub speaks: bool,
}

impl Past {
    pub fn load(connection: &Connection, pipeline: i64) -> Result<Self, StoreError> {
        let called = called(connection, pipeline)?;
        let rows = tested_builds(connection, pipeline)?;
        let since = rows.last().map_or(Timestamp(i64::MAX), |oldest| oldest.sort_at);
        let mut endings = HashMap::with_capacity(rows.len());
        let mut builds = HashMap::with_capacity(rows.len());
        for row in rows {
            endings.insert(row.id, (row.result, row.detail));
            builds.insert(row.id, Tested::of(row, &called));
        }
        // Of the same moment as the oldest there may be more builds than are looked back at.
        let sets = Sets::of(sets_since(connection, pipeline, since)?, &endings);
        Ok(Self { pipeline, called, since, builds, sets })
    }

    #[must_use]
    pub fn build(&self, build: i64) -> Option<&Tested> {
        self.builds.get(&build)
    }

    /// Why the results of a set are left out of everything.
    #[must_use]
    pub fn exclusion(&self, set: i64) -> Option<Exclusion> {
        self.sets.get(set)?.excluded
    }

    /// The settings see a pipeline under all its names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.called.names.iter().map(String::as_str).collect()
    }

    /// The runs of tests, which are in order.
    pub fn histories(
        &self,
        connection: &Connection,
        cases: &[i64],
    ) -> Result<HashMap<i64, History>, StoreError> {
        let bad = self.sets.place(bad_hits(connection, cases)?);
        self.with_passes(connection, cases, bad)
    }

    /// The same, of those alone that something speaks against.
    pub fn telling(
        &self,
        connection: &Connection,
        cases: &[i64],
    ) -> Result<HashMap<i64, History>, StoreError> {
        let mut bad = self.sets.place(bad_hits(connection, cases)?);
        let speaks = bad.iter().filter(|placed| placed.set.excluded.is_none());
        let mut cases: Vec<i64> = speaks.map(|placed| placed.hit.case).collect();
        cases.sort_unstable();
        cases.dedup();
        bad.retain(|placed| cases.binary_search(&placed.hit.case).is_ok());
        self.with_passes(connection, &cases, bad)
    }

    fn with_passes(
        &self,
        connection: &Connection,
        cases: &[i64],
        mut results: Vec<Placed>,
    ) -> Result<HashMap<i64, History>, StoreError> {
        let passes = passes_since(connection, self.pipeline, self.since, cases)?;
        results.extend(self.sets.place(passes));
        sort(&mut results);
        let mut histories: HashMap<i64, History> =
            cases.iter().map(|case| (*case, History::default())).collect();
        for of_case in results.chunk_by(|a, b| a.hit.case == b.hit.case) {
            let Some(history) = histories.get_mut(&of_case[0].hit.case) else { continue };
            for of_build in of_case.chunk_by(|a, b| a.hit.build == b.hit.build) {
                let Some(tested) = self.builds.get(&of_build[0].hit.build) else { continue };
                for (of_try, came_to) in tries(of_build) {
                    self.add(history, tested, of_try, came_to);
                }
            }
        }
        Ok(histories)
    }

    fn add(&self, history: &mut History, tested: &Tested, of_try: &[Placed], came_to: CameTo) {
        let CameTo { outcome, excluded } = came_to;
        if !excluded {
            let passed = of_try.iter().filter(|placed| placed.hit.status == TestStatus::Passed);
            history.durations_us.extend(passed.filter_map(|placed| placed.hit.duration_us));
            history.speaks |= outcome != Outcome::Passed;
        }
        let lane = Arc::clone(self.sets.lane(of_try[0].set));
        history.runs.push(Run { build: Arc::clone(&tested.build), lane, outcome, excluded });
    }
}

impl Tested {
    fn of(row: TestedRow, called: &Called) -> Self {
        let totals = row.totals.as_deref().and_then(|json| serde_json::from_str(json).ok());
        let TestTotals { failed, errored, .. } = totals.unwrap_or_default();
        let is_default = match &called.default_branch {
            Some(name) => row.branch.as_ref() == Some(name),
            // Where nobody tells branches there is only one.
            None => !called.has_branches && row.branch.is_none(),
        };
        let build = TestedBuild {
            id: row.id,
            at: row.started_at.unwrap_or(row.sort_at),
            number: row.number,
            label: row.label.map(Into::into),
            on_default: is_default && !row.is_of_pull_request,
            branch: row.branch.map(Into::into),
            commit: row.commit.map(Into::into),
            failed_tests: failed + errored,
        };
        Self { build: Arc::new(build), duration_ms: row.duration_ms }
    }
}
