//! Since which build a test fails on a branch, and which commits may have done it.

use std::collections::HashSet;

use serde::Serialize;

use super::figures::{counted, days_ms};
use super::history::{History, Point};
use super::{FLAKED_DAYS, Outcome, Run, TestedBuild, Verdict};
use crate::model::Timestamp;

/// What the runs on one branch tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBad<'a> {
    /// The newest run passed, or there is none.
    Passes,
    /// It fails, and was flaky within the 14 days before it began to: the build in which a flaky test
    /// fails is chance.
    Flaky { bad: &'a TestedBuild },
    /// It fails since a build.
    Found {
        /// The last that passed; `None` when it never did.
        good: Option<&'a TestedBuild>,
        bad: &'a TestedBuild,
        /// Failing runs, `bad` and all after it.
        runs: u32,
    },
}

/// Commits after the good build up to the bad one, as the provider lists them: the changes of `bad`
/// and of all builds of the branch between the two, whether the test ran in them or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Suspects {
    pub commits: u32,
    pub authors: u32,
}

/// Where the test began to fail on a branch; without a name on the default branch, and if there are
/// several on that with most runs. Late builds move it: nothing but the runs is remembered.
#[must_use]
pub fn first_bad<'a>(runs: &'a [Run], branch: Option<&str>, verdict: &Verdict) -> FirstBad<'a> {
    let history = History::of(runs);
    let default = history.default_branch();
    let of_branch = history.points.iter().filter(|point| match branch {
        Some(_) => point.build.branch.as_deref() == branch,
        None => Some(point.branch) == default,
    });
    let Some(Failing { good, bad, runs }) = Failing::at_the_end_of(of_branch) else {
        return FirstBad::Passes;
    };
    let lately = Timestamp(bad.at.0 - days_ms(FLAKED_DAYS));
    if verdict.was_flaky(lately, bad.at) {
        return FirstBad::Flaky { bad };
    }
    FirstBad::Found { good, bad, runs }
}

/// Failures that go on to the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failing<'a> {
    pub good: Option<&'a TestedBuild>,
    pub bad: &'a TestedBuild,
    pub runs: u32,
}

impl<'a> Failing<'a> {
    pub(super) fn at_the_end_of<'p>(
        points: impl DoubleEndedIterator<Item = &'p Point<'a>>,
    ) -> Option<Self>
    where
        'a: 'p,
    {
        let mut found: Option<Self> = None;
        for point in points.rev() {
            if point.outcome != Outcome::Failed {
                return found.map(|failing| Self { good: Some(point.build), ..failing });
            }
            let runs = found.map_or(0, |failing| failing.runs) + 1;
            found = Some(Self { good: None, bad: point.build, runs });
        }
        found
    }
}

impl FirstBad<'_> {
    /// A sentence without a full stop; `None` when it passes.
    #[must_use]
    pub fn text(&self, suspects: Option<Suspects>) -> Option<String> {
        Some(match self {
            Self::Passes => return None,
            Self::Flaky { bad } => format!(
                "Failing since {}; the test was flaky in the {FLAKED_DAYS} days before, so that \
                 build need not be to blame",
                bad.name()
            ),
            Self::Found { good: None, bad, .. } => {
                format!("Failing since {}, and never passed on this branch before", bad.name())
            }
            Self::Found { good: Some(good), bad, .. } => {
                let range = format!("passed in {}, failing since {}", good.name(), bad.name());
                match suspects {
                    _ if good.commit.is_some() && good.commit == bad.commit => {
                        format!("No change of the code: {range}, on the same commit")
                    }
                    Some(suspects) if suspects.is_exact() => format!("First bad commit: {range}"),
                    Some(Suspects { commits, .. }) if commits > 1 => {
                        format!("One of {commits} commits: {range}")
                    }
                    _ => format!("First bad build: {range}"),
                }
            }
        })
    }
}

impl Suspects {
    /// Commits with their authors; each counts once, however many builds list it.
    #[must_use]
    pub fn of<'c>(commits: impl IntoIterator<Item = (&'c str, Option<&'c str>)>) -> Self {
        let mut seen = HashSet::new();
        let mut authors = HashSet::new();
        for (commit, author) in commits {
            seen.insert(commit);
            authors.extend(author);
        }
        let count = |length| u32::try_from(length).unwrap_or(u32::MAX);
        Self { commits: count(seen.len()), authors: count(authors.len()) }
    }

    /// There is one, so it is the one.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.commits == 1
    }

    /// `3 commits, 2 authors`
    #[must_use]
    pub fn text(&self) -> String {
        let commits = counted(self.commits, "commit");
        match self.authors {
            0 => commits,
            authors => format!("{commits}, {}", counted(authors, "author")),
        }
    }
}

#[cfg(test)]
mod tests;
