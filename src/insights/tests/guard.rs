//! The infrastructure guard: runs that tell nothing of the tests in them.

use serde::Serialize;

use crate::model::{BuildResult, ResultDetail, TestTotals};

/// With fewer tests a share says little.
const TESTS_MIN: u64 = 20;

/// Of 100 tests that ran.
const FAILED_PERCENT_MIN: u64 = 80;

/// Why a run is left out of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Exclusion {
    /// So many failed at once that it was not the tests.
    MostFailed {
        failed: u64,
        ran: u64,
    },
    Canceled,
    TimedOut,
    /// The agent or the service failed.
    MachineFailed,
}

impl Exclusion {
    /// Goes behind "excluded: ".
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::MostFailed { failed, ran } => format!("{failed} of {ran} tests failed at once"),
            Self::Canceled => "the run was canceled".to_owned(),
            Self::TimedOut => "the run took longer than allowed".to_owned(),
            Self::MachineFailed => "the agent or the service failed".to_owned(),
        }
    }
}

/// Whether a run of many tests tells nothing of them: its totals, and how the job ended, or the
/// build where nobody knows of the job.
#[must_use]
pub fn infrastructure(
    totals: &TestTotals,
    result: Option<BuildResult>,
    detail: Option<ResultDetail>,
) -> Option<Exclusion> {
    match (detail, result) {
        (Some(ResultDetail::Timeout), _) => return Some(Exclusion::TimedOut),
        (Some(ResultDetail::Infrastructure | ResultDetail::NoAgent), _) => {
            return Some(Exclusion::MachineFailed);
        }
        (Some(ResultDetail::Rejected) | None, Some(BuildResult::Aborted)) => {
            return Some(Exclusion::Canceled);
        }
        (Some(ResultDetail::Rejected) | None, _) => {}
    }
    let failed = totals.failed + totals.errored;
    let ran = failed + totals.passed;
    (ran >= TESTS_MIN && failed * 100 >= ran * FAILED_PERCENT_MIN)
        .then_some(Exclusion::MostFailed { failed, ran })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(passed: u64, failed: u64, errored: u64, skipped: u64) -> TestTotals {
        let total = passed + failed + errored + skipped;
        TestTotals { total, passed, failed, errored, skipped }
    }

    #[test]
    fn most_of_many_failing_at_once_is_not_the_tests() {
        let guard = |totals| infrastructure(&totals, Some(BuildResult::Failure), None);
        assert_eq!(guard(totals(4, 10, 6, 0)), Some(Exclusion::MostFailed { failed: 16, ran: 20 }));
        assert_eq!(guard(totals(5, 15, 0, 0)), None, "three of four may be one mistake");
        assert_eq!(guard(totals(0, 19, 0, 0)), None, "few tests");
        assert_eq!(guard(totals(0, 19, 0, 500)), None, "what was skipped did not run");
        assert_eq!(guard(totals(0, 0, 0, 0)), None);
    }

    #[test]
    fn a_run_that_was_cut_off_tells_nothing_whatever_passed_before() {
        let guard = |result, detail| infrastructure(&totals(50, 1, 0, 0), Some(result), detail);
        for (result, detail, why) in [
            (BuildResult::Aborted, None, Some(Exclusion::Canceled)),
            (BuildResult::Failure, Some(ResultDetail::Timeout), Some(Exclusion::TimedOut)),
            (BuildResult::Aborted, Some(ResultDetail::Timeout), Some(Exclusion::TimedOut)),
            (
                BuildResult::Failure,
                Some(ResultDetail::Infrastructure),
                Some(Exclusion::MachineFailed),
            ),
            (BuildResult::Failure, None, None),
            (BuildResult::Success, None, None),
        ] {
            assert_eq!(guard(result, detail), why, "{result:?} {detail:?}");
        }
    }
}
