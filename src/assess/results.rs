//! Results of tests, each in its set: which job it is of, which try of it, and whether it tells anything.

use std::collections::HashMap;
use std::sync::Arc;

use crate::insights::tests::{CameTo, Ended, Exclusion, Outcome, infrastructure};
use crate::model::{BuildResult, ResultDetail};
use crate::store::sqlite::books::read::cases::history::{Hit, SetOf};

/// How a build or a job ended.
pub(super) type Ending = (Option<BuildResult>, Option<ResultDetail>);

/// The sets of some builds.
#[derive(Debug, Default)]
pub(super) struct Sets {
    lanes: Vec<Arc<str>>,
    /// In order.
    by_id: Vec<(i64, Set)>,
}

/// Results that were told together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    build: i64,
    /// Place in [`Sets::lanes`].
    lane: usize,
    /// Which try of the job, as a number that no other try in [`Sets`] has.
    tried: usize,
    pub(super) excluded: Option<Exclusion>,
}

/// A result in its set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub hit: Hit,
    pub set: Set,
}

impl Sets {
    /// Sets of builds that ended so; those of other builds are left out.
    pub(super) fn of(sets: Vec<SetOf>, endings: &HashMap<i64, Ending>) -> Self {
        let mut found = Self::default();
        let (mut places, mut tries) = (HashMap::new(), HashMap::new());
        for SetOf { id, build, slot, attempt, retried_job, totals, job } in sets {
            let Some(of_build) = endings.get(&build) else { continue };
            let lane = *places.entry(lane(&slot)).or_insert_with_key(|lane| {
                found.lanes.push(lane.as_str().into());
                found.lanes.len() - 1
            });
            let known = tries.len();
            let tried = *tries.entry((attempt, retried_job)).or_insert(known);
            let (result, detail) = job.unwrap_or(*of_build);
            let excluded = infrastructure(&totals, result, detail);
            found.by_id.push((id, Set { build, lane, tried, excluded }));
        }
        found.by_id.sort_unstable_by_key(|(id, _)| *id);
        found
    }

    pub(super) fn get(&self, set: i64) -> Option<Set> {
        let place = self.by_id.binary_search_by_key(&set, |(id, _)| *id).ok()?;
        Some(self.by_id[place].1)
    }

    pub(super) fn lane(&self, set: Set) -> &Arc<str> {
        &self.lanes[set.lane]
    }

    /// Results with their sets; those of other sets are left out.
    pub(super) fn place(&self, hits: Vec<Hit>) -> Vec<Placed> {
        let placed = |hit: Hit| {
            let set = self.get(hit.set).filter(|set| set.build == hit.build)?;
            Some(Placed { hit, set })
        };
        hits.into_iter().filter_map(placed).collect()
    }
}

impl Placed {
    pub(super) fn ended(&self) -> Ended {
        Ended::of(self.hit.status, self.hit.is_retried)
    }
}

/// By test and build, the results of one job together, of that those of one try, and of that those of
/// one report in its order.
pub(super) fn sort(results: &mut [Placed]) {
    results.sort_unstable_by_key(|Placed { hit, set }| {
        (hit.case, hit.build, set.lane, set.tried, hit.set, hit.nth)
    });
}

/// The tries of one test in one build, sorted, with what each came to. One in which the test did not run
/// is none.
pub(super) fn tries(results: &[Placed]) -> impl Iterator<Item = (&[Placed], CameTo)> {
    let of_one_try =
        |a: &Placed, b: &Placed| (a.set.lane, a.set.tried) == (b.set.lane, b.set.tried);
    results.chunk_by(of_one_try).filter_map(|of_try| {
        let reports = of_try.chunk_by(|a, b| a.hit.set == b.hit.set);
        let came_to = CameTo::of_reports(reports.filter_map(|report| {
            let outcomes = report.iter().filter_map(|placed| placed.ended().outcome());
            let excluded = report[0].set.excluded.is_some();
            Some(CameTo { outcome: Outcome::of_report(outcomes)?, excluded })
        }))?;
        Some((of_try, came_to))
    })
}

/// What all results of one test in one build come to; they are sorted.
pub(super) fn came_to(results: &[Placed]) -> Option<CameTo> {
    CameTo::of_build(tries(results).map(|(of_try, came_to)| (of_try[0].set.lane, came_to)))
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

    #[test]
    fn a_lane_is_a_job_whatever_shard_it_is() {
        assert_eq!(lane("tests|3/8"), "tests");
        assert_eq!(lane("tests|3/8|linux"), "tests|linux");
        assert_eq!(lane("tests/unit"), "tests/unit");
        assert_eq!(lane(""), "");
    }
}
