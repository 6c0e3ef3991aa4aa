//! Which commits may have broken a test: what the provider told of the changes of builds, between the
//! last that passed and the first that failed.

use std::collections::HashMap;

use serde::Deserialize;

use crate::insights::tests::{FirstBad, Run, Suspects, TestedBuild, Verdict, first_bad};
use crate::model::Change;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::builds::{BuildRow, build, builds_between};
use crate::store::sqlite::books::records::answer;

/// Builds looked at for changes that the provider does not list.
const BUILDS_MAX: usize = 100;

/// Changes kept of one build: so many may not be all.
const CHANGES_MAX: usize = 500;

/// What is known of the end of a test's runs on a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Passes,
    /// Flaky before it began to fail: where it did is chance.
    Flaky,
    Found,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Flaky => "flaky",
            Self::Found => "found",
        }
    }
}

/// Since when a test fails on a branch, and by which commits.
#[derive(Debug, Clone)]
pub struct Culprit {
    pub kind: Kind,
    /// Rows of builds.
    pub good: Option<i64>,
    pub bad: Option<i64>,
    pub runs: u32,
    pub commits: Vec<Change>,
    /// These are all commits between the two.
    pub is_exact: bool,
    /// A sentence without a full stop.
    pub says: Option<String>,
    /// Both commits side by side, at the provider.
    pub url: Option<String>,
}

/// What is kept of an answer about changes.
#[derive(Debug, Deserialize)]
struct Kept {
    /// The last green build, whose changes are not among them.
    since: Option<String>,
    /// Newest first.
    items: Vec<Change>,
}

/// Since when a test fails on a branch; without a name on the default branch.
pub fn culprit(
    connection: &Connection,
    runs: &[Run],
    branch: Option<&str>,
    verdict: &Verdict,
) -> Result<Culprit, StoreError> {
    let found = first_bad(runs, branch, verdict);
    let nothing = Culprit {
        kind: Kind::Passes,
        good: None,
        bad: None,
        runs: 0,
        commits: Vec::new(),
        is_exact: false,
        says: None,
        url: None,
    };
    Ok(match found {
        FirstBad::Passes => nothing,
        FirstBad::Flaky { bad } => {
            Culprit { kind: Kind::Flaky, bad: Some(bad.id), says: found.text(None), ..nothing }
        }
        FirstBad::Found { good, bad, runs } => {
            let between = match good {
                Some(good) => Between::of(connection, good.id, bad.id)?,
                None => Between::default(),
            };
            let url =
                good.and_then(|good| between.url(good.commit.as_deref()?, bad.commit.as_deref()?));
            Culprit {
                kind: Kind::Found,
                good: good.map(|good| good.id),
                bad: Some(bad.id),
                runs,
                says: found.text(between.suspects()),
                commits: between.commits,
                is_exact: between.is_exact,
                url,
            }
        }
    })
}

/// Suspects of many tests: most began to fail in the same few builds.
#[derive(Debug, Default)]
pub struct Culprits {
    /// By the last build that passed and the first that failed.
    known: HashMap<(i64, i64), Option<Suspects>>,
}

impl Culprits {
    /// Suspects of a test that fails in a build, and did before.
    pub fn up_to(
        &mut self,
        connection: &Connection,
        runs: &[Run],
        build: &TestedBuild,
        verdict: &Verdict,
    ) -> Result<Option<Suspects>, StoreError> {
        let runs: Vec<Run> = runs.iter().filter(|run| run.build.at <= build.at).cloned().collect();
        let FirstBad::Found { good: Some(good), bad, .. } =
            first_bad(&runs, build.branch.as_deref(), verdict)
        else {
            return Ok(None);
        };
        let between = (good.id, bad.id);
        if let Some(known) = self.known.get(&between) {
            return Ok(*known);
        }
        let suspects = Between::of(connection, good.id, bad.id)?.suspects();
        self.known.insert(between, suspects);
        Ok(suspects)
    }
}

/// What was committed after one build up to another.
#[derive(Debug, Default)]
struct Between {
    commits: Vec<Change>,
    is_exact: bool,
}

impl Between {
    fn of(connection: &Connection, good: i64, bad: i64) -> Result<Self, StoreError> {
        let (Some(good), Some(bad)) = (build(connection, good)?, build(connection, bad)?) else {
            return Ok(Self::default());
        };
        if good.commit.is_some() && good.commit == bad.commit {
            return Ok(Self { commits: Vec::new(), is_exact: true });
        }
        match answer::<Kept>(connection, bad.id, "changes")? {
            Some((_, told)) => Self::listed(connection, told, &good),
            None => Self::by_builds(connection, &good, &bad),
        }
    }

    /// Out of what the provider listed of the bad build, which reaches back to the last green one.
    fn listed(connection: &Connection, told: Kept, good: &BuildRow) -> Result<Self, StoreError> {
        let is_whole = told.items.len() < CHANGES_MAX;
        let mut commits = told.items;
        let here = commits.iter().position(|change| Some(&change.commit) == good.commit.as_ref());
        if let Some(here) = here {
            commits.truncate(here);
            return Ok(Self { commits, is_exact: true });
        }
        if told.since.as_ref() == Some(&good.public_id) {
            return Ok(Self { commits, is_exact: is_whole });
        }
        // The good build was red for other reasons: what it lists of the same stretch is not to blame.
        if let Some((_, before)) = answer::<Kept>(connection, good.id, "changes")?
            && before.since == told.since
        {
            commits.retain(|change| !before.items.iter().any(|it| it.commit == change.commit));
            let is_exact = is_whole && before.items.len() < CHANGES_MAX && told.since.is_some();
            return Ok(Self { commits, is_exact });
        }
        Ok(Self { commits, is_exact: false })
    }

    /// Without a list: the commits that builds between the two were of.
    fn by_builds(
        connection: &Connection,
        good: &BuildRow,
        bad: &BuildRow,
    ) -> Result<Self, StoreError> {
        let mut commits: Vec<Change> = Vec::new();
        for build in builds_between(connection, Some(good.id), bad.id, BUILDS_MAX)? {
            let Some(commit) = build.commit else { continue };
            let is_known = commits.iter().any(|change| change.commit == commit)
                || Some(&commit) == good.commit.as_ref();
            if !is_known {
                commits.push(Change {
                    commit,
                    author: build.requested_by,
                    message: build.message,
                    at: build.queued_at.or(build.started_at),
                    url: None,
                });
            }
        }
        Ok(Self { commits, is_exact: false })
    }

    /// Only who knows all of them may count them.
    fn suspects(&self) -> Option<Suspects> {
        let commits = self.commits.iter();
        let named = commits.map(|change| (change.commit.as_str(), change.author.as_deref()));
        self.is_exact.then(|| Suspects::of(named))
    }

    /// Where the provider shows two commits side by side, as far as the address of one of them tells.
    fn url(&self, good: &str, bad: &str) -> Option<String> {
        let known = self.commits.iter().find_map(|change| change.url.as_deref())?;
        compare_url(known, good, bad)
    }
}

fn compare_url(of_commit: &str, good: &str, bad: &str) -> Option<String> {
    let (repository, _) = of_commit.split_once("/commit/")?;
    if repository.contains("/_git/") {
        let query = format!("baseVersion=GC{good}&targetVersion=GC{bad}");
        return Some(format!("{repository}/branchCompare?{query}"));
    }
    // GitHub, and GitLab, which has `/-` before it.
    Some(format!("{repository}/compare/{good}...{bad}"))
}

#[cfg(test)]
mod tests {
    use super::compare_url;

    #[test]
    fn two_commits_are_compared_where_one_is_read() {
        for (commit, compare) in [
            (
                "https://github.com/acme/shop/commit/bbb",
                Some("https://github.com/acme/shop/compare/aaa...bbb"),
            ),
            (
                "https://gitlab.example/acme/shop/-/commit/bbb",
                Some("https://gitlab.example/acme/shop/-/compare/aaa...bbb"),
            ),
            (
                "https://dev.azure.com/contoso/Web/_git/shop/commit/bbb",
                Some(
                    "https://dev.azure.com/contoso/Web/_git/shop/branchCompare\
                     ?baseVersion=GCaaa&targetVersion=GCbbb",
                ),
            ),
            ("https://example.com/changes/bbb", None),
        ] {
            assert_eq!(compare_url(commit, "aaa", "bbb").as_deref(), compare);
        }
    }
}
