//! How the tests of one build ended, for two builds side by side.

use std::collections::{BTreeMap, HashMap};

use super::results::{Placed, Sets, came_to, sort};
use crate::insights::tests::{Ended, Outcome};
use crate::model::TestStatus;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::builds::BuildRow;
use crate::store::sqlite::books::read::cases::compared::results_of;
use crate::store::sqlite::books::read::cases::history::sets_of;

/// How a test ended in a build, all its results taken together.
#[derive(Debug, Clone, Copy)]
pub struct TestEnd {
    pub ended: Ended,
    /// Of the result that counts, the last of those that ended so.
    pub status: TestStatus,
    pub duration_us: Option<i64>,
}

/// The tests of a build, by their rows. Also of a build that the infrastructure guard leaves out:
/// how things ended in it is what is asked for.
pub fn ended_in(
    connection: &Connection,
    build: &BuildRow,
) -> Result<BTreeMap<i64, TestEnd>, StoreError> {
    let ending = HashMap::from([(build.id, (build.result, build.result_detail))]);
    let sets = Sets::of(sets_of(connection, build.id)?, &ending);
    let mut results = sets.place(results_of(connection, build.id)?);
    sort(&mut results);
    let of_tests = results.chunk_by(|a, b| a.hit.case == b.hit.case);
    Ok(of_tests.filter_map(|of_test| Some((of_test[0].hit.case, TestEnd::of(of_test)?))).collect())
}

impl TestEnd {
    fn of(results: &[Placed]) -> Option<Self> {
        let came_to = came_to(results);
        let counts = |placed: &&Placed| match (came_to, placed.ended().outcome()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(came_to), Some(outcome)) => {
                placed.set.excluded.is_some() == came_to.excluded
                    && (outcome == Outcome::Failed) == (came_to.outcome == Outcome::Failed)
            }
        };
        let last = results.iter().rfind(counts)?.hit;
        Some(Self {
            ended: came_to.map_or(Ended::Skipped, |came_to| came_to.outcome.into()),
            status: last.status,
            duration_us: last.duration_us,
        })
    }
}
