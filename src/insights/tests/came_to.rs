//! What several results of one test in one build come to: one, whoever asks.
//!
//! Results are taken together from the inside out, each step by its own rule:
//!
//! 1. of one report, told in order: [`Outcome::of_report`];
//! 2. of the reports of one try of a job, which are shards, or machines that nobody tells apart: the
//!    worst, [`CameTo::of_reports`];
//! 3. of the tries of one job: what they agree on, and a pass on retry where they do not,
//!    [`CameTo::of_tries`];
//! 4. of the jobs of the build: the worst, [`CameTo::of_jobs`].
//!
//! What the infrastructure guard leaves out counts in a step only where there is nothing else. So a
//! build that is left out whole still says how the test ended in it, for those who look; whoever judges
//! passes it over. A skipped result is no run, and counts only where there is no run ([`Ended`]).

use serde::Serialize;

use super::Outcome;
use crate::model::TestStatus;

/// How a test ended in some part of a build, or in all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameTo {
    pub outcome: Outcome,
    /// By the infrastructure guard: there is nothing else to go by.
    pub excluded: bool,
}

/// How a test ended, also where it did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Skipped,
    Passed,
    RetriedPass,
    Failed,
}

impl Outcome {
    /// Of the results that one report tells of a test, in its order. A runner tries a test again until
    /// it passes, so a pass after failures is a pass on retry. A failure after a pass is no try: those
    /// are two tests of one name.
    #[must_use]
    pub fn of_report(results: impl IntoIterator<Item = Self>) -> Option<Self> {
        results.into_iter().reduce(|before, this| match (before, this) {
            (_, Self::Failed) => Self::Failed,
            (Self::Passed, Self::Passed) => Self::Passed,
            (_, Self::Passed | Self::RetriedPass) => Self::RetriedPass,
        })
    }

    /// Unlike within a report, in whatever order: a job is run again for other reasons as well.
    fn of_two_tries(self, other: Self) -> Self {
        if self == other { self } else { Self::RetriedPass }
    }
}

impl CameTo {
    /// Of the reports of one try of a job.
    #[must_use]
    pub fn of_reports(reports: impl IntoIterator<Item = Self>) -> Option<Self> {
        Self::together(reports, Outcome::max)
    }

    /// Of the tries of one job.
    #[must_use]
    pub fn of_tries(tries: impl IntoIterator<Item = Self>) -> Option<Self> {
        Self::together(tries, Outcome::of_two_tries)
    }

    /// Of tries with the jobs that they are of; those of one job stand together.
    #[must_use]
    pub fn of_build<J: PartialEq>(tries: impl IntoIterator<Item = (J, Self)>) -> Option<Self> {
        let (mut jobs, mut last): (Option<Self>, Option<(J, Self)>) = (None, None);
        for (job, this) in tries {
            last = match last {
                Some((same, held)) if same == job => Some((job, Self::of_tries([held, this])?)),
                other => {
                    jobs = Self::of_jobs(jobs.into_iter().chain(other.map(|(_, held)| held)));
                    Some((job, this))
                }
            };
        }
        Self::of_jobs(jobs.into_iter().chain(last.map(|(_, held)| held)))
    }

    /// Of the jobs of a build.
    #[must_use]
    pub fn of_jobs(jobs: impl IntoIterator<Item = Self>) -> Option<Self> {
        Self::together(jobs, Outcome::max)
    }

    fn together(
        parts: impl IntoIterator<Item = Self>,
        of_two: fn(Outcome, Outcome) -> Outcome,
    ) -> Option<Self> {
        parts.into_iter().reduce(|held, this| match (held.excluded, this.excluded) {
            (true, false) => this,
            (false, true) => held,
            (excluded, _) => Self { outcome: of_two(held.outcome, this.outcome), excluded },
        })
    }
}

impl Ended {
    /// Of a single result.
    #[must_use]
    pub fn of(status: TestStatus, is_retried: bool) -> Self {
        match status {
            TestStatus::Passed if is_retried => Self::RetriedPass,
            TestStatus::Passed => Self::Passed,
            TestStatus::Failed | TestStatus::Errored => Self::Failed,
            TestStatus::Skipped => Self::Skipped,
        }
    }

    /// `None` where it did not run.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Skipped => None,
            Self::Passed => Some(Outcome::Passed),
            Self::RetriedPass => Some(Outcome::RetriedPass),
            Self::Failed => Some(Outcome::Failed),
        }
    }
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::RetriedPass => Self::RetriedPass,
            Outcome::Failed => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(letter: char) -> Outcome {
        match letter {
            'P' | 'p' => Outcome::Passed,
            'R' | 'r' => Outcome::RetriedPass,
            _ => Outcome::Failed,
        }
    }

    /// Small letters are excluded.
    fn parts(letters: &str) -> impl Iterator<Item = CameTo> + Clone {
        letters
            .chars()
            .map(|letter| CameTo { outcome: outcome(letter), excluded: letter.is_lowercase() })
    }

    #[test]
    fn within_a_report_tries_end_with_a_pass_and_what_fails_after_one_is_another_test() {
        for (letters, expected) in [
            ("P", Outcome::Passed),
            ("PP", Outcome::Passed),
            ("R", Outcome::RetriedPass),
            ("RP", Outcome::RetriedPass),
            ("FP", Outcome::RetriedPass),
            ("FFP", Outcome::RetriedPass),
            ("PFP", Outcome::RetriedPass),
            ("F", Outcome::Failed),
            ("FF", Outcome::Failed),
            ("PF", Outcome::Failed),
            ("RF", Outcome::Failed),
        ] {
            let found = Outcome::of_report(letters.chars().map(outcome));
            assert_eq!(found, Some(expected), "{letters}");
        }
        assert_eq!(Outcome::of_report([]), None);
    }

    #[test]
    fn of_shards_and_of_jobs_the_worst_counts() {
        for (letters, expected) in [("PP", 'P'), ("PR", 'R'), ("RF", 'F'), ("PF", 'F')] {
            let expected = parts(&expected.to_string()).next();
            assert_eq!(CameTo::of_reports(parts(letters)), expected, "{letters}");
            assert_eq!(CameTo::of_jobs(parts(letters)), expected, "{letters}");
        }
    }

    #[test]
    fn tries_that_do_not_agree_are_a_pass_on_retry() {
        for (letters, expected) in
            [("PP", 'P'), ("FF", 'F'), ("FP", 'R'), ("PF", 'R'), ("FPF", 'R'), ("PR", 'R')]
        {
            let expected = parts(&expected.to_string()).next();
            assert_eq!(CameTo::of_tries(parts(letters)), expected, "{letters}");
        }
    }

    #[test]
    fn what_is_left_out_counts_only_where_there_is_nothing_else() {
        for (letters, tries, jobs) in [
            ("fP", 'P', 'P'),
            ("pF", 'F', 'F'),
            ("fpP", 'P', 'P'),
            ("fp", 'r', 'f'),
            ("f", 'f', 'f'),
        ] {
            let expected = |letter: char| parts(&letter.to_string()).next();
            assert_eq!(CameTo::of_tries(parts(letters)), expected(tries), "tries {letters}");
            assert_eq!(CameTo::of_reports(parts(letters)), expected(jobs), "reports {letters}");
            assert_eq!(CameTo::of_jobs(parts(letters)), expected(jobs), "jobs {letters}");
        }
        assert_eq!(CameTo::of_jobs([]), None);
    }

    #[test]
    fn a_build_comes_to_the_worst_of_its_jobs_each_with_its_tries() {
        for (jobs, expected) in [
            ("aF aP", 'R'),
            ("aF bP", 'F'),
            ("aP aF bP", 'R'),
            ("aF aP bF", 'F'),
            ("aP bf cR", 'R'),
            ("af bf bp", 'f'),
        ] {
            let tries = jobs.split(' ').filter_map(|word| word.split_at_checked(1));
            let tries = tries.filter_map(|(job, letter)| Some((job, parts(letter).next()?)));
            let expected = parts(&expected.to_string()).next();
            assert_eq!(CameTo::of_build(tries), expected, "{jobs}");
        }
    }

    #[test]
    fn but_within_a_report_the_order_does_not_matter() {
        let letters = ["P", "R", "F", "p", "r", "f"];
        for a in letters {
            for b in letters {
                for c in letters {
                    for of in [CameTo::of_reports, CameTo::of_tries, CameTo::of_jobs] {
                        let of = |text: String| of(parts(&text).collect::<Vec<_>>());
                        let expected = of(format!("{a}{b}{c}"));
                        assert_eq!(of(format!("{c}{a}{b}")), expected);
                        assert_eq!(of(format!("{b}{a}{c}")), expected);
                    }
                }
            }
        }
    }
}
