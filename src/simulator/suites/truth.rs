//! What is known of each test in truth, for whoever guesses it from the reports.

use std::collections::BTreeMap;

use super::reporters::reports;
use super::{Outcome, case, junit};
use crate::model::Timestamp;
use crate::simulator::clock::Tick;
use crate::simulator::rest::Archive;
use crate::simulator::story::course::Course;
use crate::simulator::story::trouble::Trouble;

/// What a test is really like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Nature {
    /// Fails only when the code or the machines do.
    #[default]
    Stable,
    /// Has failed by chance.
    Flaky,
    /// A commit of `main` broke it, and nobody mended it yet.
    Broken,
}

/// A test with what it was in truth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// `azure_devops`, `buildkite`
    pub provider: String,
    /// Name or slug.
    pub pipeline: String,
    pub class: String,
    pub name: String,
    pub variant: Option<String>,
    pub nature: Nature,
    /// Runs that were not skipped, and how they went.
    pub runs: u32,
    pub failed_by_chance: u32,
    /// Passed only when their runner tried again.
    pub passed_again: u32,
    pub failed_by_change: u32,
    pub failed_by_break: u32,
    pub failed_by_outage: u32,
}

/// Provider, pipeline, variant, suite and number of a test.
type Key = (String, String, Option<String>, u64, u32);

/// Every test that reported by a moment, as the courses of builds tell.
#[must_use]
pub fn truth(courses: impl Iterator<Item = Course>, by: Timestamp) -> Vec<Known> {
    let by = Tick::of(by);
    let mut archive = Archive::default();
    // With the newest run on the main branch: when, and whether the break was in it.
    let mut known: BTreeMap<Key, (Known, Option<(Tick, bool)>)> = BTreeMap::new();
    for course in courses {
        archive.keep(&course);
        for report in reports(&archive, &course).into_iter().filter(|report| report.at <= by) {
            let (ci, ran) = (&report.ci, &report.ran);
            let word = |word: &Option<String>| word.clone().unwrap_or_default();
            let is_main = ci.branch.as_deref() == Some("main") && ci.pull_request.is_none();
            for number in 0..ran.size() {
                let outcome = ran.outcome(number);
                if outcome == Outcome::NotExecuted {
                    continue;
                }
                let (provider, pipeline) = (word(&ci.provider), word(&ci.pipeline));
                let key = (provider, pipeline, ci.variant.clone(), ran.suite, number);
                let (known, newest) = known.entry(key.clone()).or_insert_with(|| {
                    let case = case(ran.suite, ran.tool, number);
                    let class = junit::class(ran.tool, &case, &report.product);
                    let (provider, pipeline, variant, ..) = key;
                    let name = case.short;
                    (Known { provider, pipeline, class, name, variant, ..Known::default() }, None)
                });
                known.runs += 1;
                let is_broken =
                    outcome == Outcome::Failed && matches!(ran.trouble, Trouble::Broken(_));
                match (outcome, ran.trouble) {
                    (Outcome::PassedAgain, _) => known.passed_again += 1,
                    (Outcome::Failed, Trouble::Chance) => known.failed_by_chance += 1,
                    (Outcome::Failed, Trouble::Change(_)) => known.failed_by_change += 1,
                    (Outcome::Failed, Trouble::Broken(_)) => known.failed_by_break += 1,
                    (Outcome::Failed, Trouble::Outage) => known.failed_by_outage += 1,
                    (Outcome::Passed | Outcome::NotExecuted, _) => {}
                }
                if is_main && newest.is_none_or(|(at, _)| at <= report.at) {
                    *newest = Some((report.at, is_broken));
                }
            }
        }
    }
    let judged = known.into_values().map(|(mut known, newest)| {
        known.nature = match newest {
            Some((_, true)) => Nature::Broken,
            _ if known.failed_by_chance + known.passed_again > 0 => Nature::Flaky,
            _ => Nature::Stable,
        };
        known
    });
    judged.collect()
}
