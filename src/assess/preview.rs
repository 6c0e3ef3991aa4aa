//! What other settings would say of the tests that there are.

use super::assessing::fixed_times;
use super::opinion::{Opinion, Status, opinion};
use super::past::Past;
use crate::insights::tests::Monitors;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::list::{assessed_pipelines, case_count};
use crate::store::sqlite::books::test_sets::marked::marked_cases;

/// Tests read at once.
const CHUNK: usize = 200;

/// A test under other settings.
#[derive(Debug, Clone)]
pub struct Previewed {
    pub case: i64,
    pub before: Status,
    pub opinion: Opinion,
}

/// All tests that something speaks against, under other settings.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    pub tests: Vec<Previewed>,
    /// All tests there are.
    pub total: i64,
}

impl Previewed {
    /// Whether it would be broken or flaky.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        is_bad(self.opinion.status)
    }

    #[must_use]
    pub fn was_flagged(&self) -> bool {
        is_bad(self.before)
    }
}

fn is_bad(status: Status) -> bool {
    matches!(status, Status::Broken | Status::Flaky)
}

/// What `other` settings would say, beside what `held` ones say at the same time of the same runs.
pub fn preview(
    connection: &Connection,
    held: &Monitors,
    other: &Monitors,
    now: Timestamp,
) -> Result<Preview, StoreError> {
    let mut tests = Vec::new();
    for pipeline in assessed_pipelines(connection)? {
        let past = Past::load(connection, pipeline)?;
        for cases in marked_cases(connection, pipeline, &[])?.chunks(CHUNK) {
            for (case, mut history) in past.histories(connection, cases)? {
                let fixed = fixed_times(connection, case)?;
                let (before, _) = opinion(&past, &mut history, &fixed, held, now);
                let (_, opinion) = opinion(&past, &mut history, &fixed, other, now);
                tests.push(Previewed { case, before: before.status, opinion });
            }
        }
    }
    // As lists are sorted, as far as it is known here.
    tests.sort_unstable_by_key(|test| (super::opinion::rank(test.opinion.status), test.case));
    Ok(Preview { tests, total: case_count(connection, None)? })
}
