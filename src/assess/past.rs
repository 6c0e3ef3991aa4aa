//! The tested builds of a pipeline as far as they are looked back at, and the runs of tests in them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::insights::tests::{Exclusion, Outcome, Run, TestedBuild, infrastructure};
use crate::model::{TestTotals, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::history::{
    Called, Hit, SetOf, TestedRow, bad_hits, called, passes_since, sets_since, tested_builds,
};

/// What of a pipeline is looked back at.
#[derive(Debug)]
pub struct Past {
    pub pipeline: i64,
    pub called: Called,
    since: Timestamp,
    builds: HashMap<i64, Tested>,
    lanes: Vec<Arc<str>>,
    sets: HashMap<i64, Set>,
}

/// A build that has tests.
#[derive(Debug)]
pub struct Tested {
    pub build: Arc<TestedBuild>,
    pub duration_ms: Option<i64>,
}

/// Results that were told together.
#[derive(Debug, Clone, Copy)]
struct Set {
    build: i64,
    /// Place in [`Past::lanes`].
    lane: usize,
    /// Which try of the job, as a number that no other try in [`Past::sets`] has.
    tried: usize,
    excluded: Option<Exclusion>,
}

/// A result in its set.
#[derive(Debug, Clone, Copy)]
struct Placed {
    hit: Hit,
    set: Set,
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
        let mut guards = HashMap::with_capacity(rows.len());
        let mut builds = HashMap::with_capacity(rows.len());
        for row in rows {
            guards.insert(row.id, (row.result, row.detail));
            builds.insert(row.id, Tested::of(row, &called));
        }
        let (mut lanes, mut places) = (Vec::new(), HashMap::new());
        let mut tries = HashMap::new();
        let mut sets = HashMap::new();
        for set in sets_since(connection, pipeline, since)? {
            // Of the same moment as the oldest there may be more builds than are looked back at.
            let Some(of_build) = guards.get(&set.build) else { continue };
            let lane = *places.entry(lane(&set.slot)).or_insert_with_key(|lane| {
                lanes.push(lane.as_str().into());
                lanes.len() - 1
            });
            let SetOf { id, build, attempt, retried_job, totals, job, .. } = set;
            let known = tries.len();
            let tried = *tries.entry((attempt, retried_job)).or_insert(known);
            let (result, detail) = job.unwrap_or(*of_build);
            let excluded = infrastructure(&totals, result, detail);
            sets.insert(id, Set { build, lane, tried, excluded });
        }
        Ok(Self { pipeline, called, since, builds, lanes, sets })
    }

    #[must_use]
    pub fn build(&self, build: i64) -> Option<&Tested> {
        self.builds.get(&build)
    }

    /// Why the results of a set are left out of everything.
    #[must_use]
    pub fn exclusion(&self, set: i64) -> Option<Exclusion> {
        self.sets.get(&set)?.excluded
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
        let bad = self.placed(bad_hits(connection, cases)?);
        self.with_passes(connection, cases, bad)
    }

    /// The same, of those alone that something speaks against.
    pub fn telling(
        &self,
        connection: &Connection,
        cases: &[i64],
    ) -> Result<HashMap<i64, History>, StoreError> {
        let mut bad = self.placed(bad_hits(connection, cases)?);
        let speaks = bad.iter().filter(|placed| placed.set.excluded.is_none());
        let mut cases: Vec<i64> = speaks.map(|placed| placed.hit.case).collect();
        cases.sort_unstable();
        cases.dedup();
        bad.retain(|placed| cases.binary_search(&placed.hit.case).is_ok());
        self.with_passes(connection, &cases, bad)
    }

    /// With their sets; those of sets that do not count are left out.
    fn placed(&self, hits: Vec<Hit>) -> Vec<Placed> {
        let placed = |hit: Hit| {
            let set = *self.sets.get(&hit.set).filter(|set| set.build == hit.build)?;
            Some(Placed { hit, set })
        };
        hits.into_iter().filter_map(placed).collect()
    }

    fn with_passes(
        &self,
        connection: &Connection,
        cases: &[i64],
        mut results: Vec<Placed>,
    ) -> Result<HashMap<i64, History>, StoreError> {
        let passes = passes_since(connection, self.pipeline, self.since, cases)?;
        results.extend(self.placed(passes));
        results.sort_unstable_by_key(|Placed { hit, set }| {
            (hit.case, hit.build, set.lane, set.tried, hit.set, hit.nth)
        });
        let mut histories: HashMap<i64, History> =
            cases.iter().map(|case| (*case, History::default())).collect();
        for of_case in results.chunk_by(|a, b| a.hit.case == b.hit.case) {
            let Some(history) = histories.get_mut(&of_case[0].hit.case) else { continue };
            for of_build in of_case.chunk_by(|a, b| a.hit.build == b.hit.build) {
                let Some(tested) = self.builds.get(&of_build[0].hit.build) else { continue };
                let one_try =
                    |a: &Placed, b: &Placed| (a.set.lane, a.set.tried) == (b.set.lane, b.set.tried);
                for tries in of_build.chunk_by(one_try) {
                    self.add(history, tested, tries);
                }
            }
        }
        Ok(histories)
    }

    /// One run: what the results of one try of a job come to. Sets of one try are shards, or machines
    /// that nobody tells apart: of those the worst counts.
    fn add(&self, history: &mut History, tested: &Tested, tries: &[Placed]) {
        let worst = |excluded: bool| {
            let of_sets = tries.chunk_by(|a, b| a.hit.set == b.hit.set);
            let wanted = of_sets.filter(|of_set| of_set[0].set.excluded.is_some() == excluded);
            wanted.map(outcome_of_set).max_by_key(|outcome| badness(*outcome))
        };
        let counted = worst(false);
        let excluded = counted.is_none();
        let Some(outcome) = counted.or_else(|| worst(true)) else { return };
        if !excluded {
            let passed = tries.iter().filter(|placed| !placed.hit.has_failed);
            history.durations_us.extend(passed.filter_map(|placed| placed.hit.duration_us));
            history.speaks |= outcome != Outcome::Passed;
        }
        let lane = Arc::clone(&self.lanes[tries[0].set.lane]);
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

/// A runner tries a test again until it passes: a pass after failures is a pass on retry. A failure
/// after a pass is no try; those are two tests of one name.
fn outcome_of_set(results: &[Placed]) -> Outcome {
    match results {
        [.., last] if last.hit.has_failed => Outcome::Failed,
        results if results.iter().any(|one| one.hit.has_failed || one.hit.is_retried) => {
            Outcome::RetriedPass
        }
        _ => Outcome::Passed,
    }
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::RetriedPass => 1,
        Outcome::Failed => 2,
    }
}

/// The job of a slot, without the number of its shard (`tests|3/8|linux`): a test may run in another
/// shard next time.
fn lane(slot: &str) -> String {
    let is_shard = |word: &str| {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        word.split_once('/').is_some_and(|(index, count)| is_number(index) && is_number(count))
    };
    let words: Vec<&str> = slot.split('|').filter(|word| !is_shard(word)).collect();
    words.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(letters: &str) -> Vec<Placed> {
        let set = Set { build: 1, lane: 0, tried: 0, excluded: None };
        let result = |(nth, letter): (usize, char)| Hit {
            case: 1,
            build: 1,
            set: 1,
            nth: i64::try_from(nth).unwrap() + 1,
            has_failed: letter == 'F',
            is_retried: letter == 'R',
            duration_us: None,
        };
        letters.chars().enumerate().map(|one| Placed { hit: result(one), set }).collect()
    }

    #[test]
    fn tries_end_with_a_pass_and_what_fails_after_one_is_another_test_of_that_name() {
        for (letters, outcome) in [
            ("P", Outcome::Passed),
            ("PP", Outcome::Passed),
            ("R", Outcome::RetriedPass),
            ("FP", Outcome::RetriedPass),
            ("FFP", Outcome::RetriedPass),
            ("F", Outcome::Failed),
            ("FF", Outcome::Failed),
            ("PF", Outcome::Failed),
        ] {
            assert_eq!(outcome_of_set(&results(letters)), outcome, "{letters}");
        }
    }

    #[test]
    fn a_lane_is_a_job_whatever_shard_it_is() {
        assert_eq!(lane("tests|3/8"), "tests");
        assert_eq!(lane("tests|3/8|linux"), "tests|linux");
        assert_eq!(lane("tests/unit"), "tests/unit");
        assert_eq!(lane(""), "");
    }
}
