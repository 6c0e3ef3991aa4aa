//! The fold of all facts of a build: slot by slot, the word of greatest standing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    ANSWERED, Approval, Authority, BuildFact, BuildResult, Completion, Phase, PullRequest,
    ResultDetail,
};
use crate::model::said::{earliest, latest};
use crate::model::{Said, Timestamp};

/// Distinct finish times kept per build; each is an attempt. A build that is finished more often
/// than this stops counting, it does not grow.
const FINISHES_MAX: usize = 256;

/// Approvals kept per build.
const APPROVALS_MAX: usize = 256;

/// A finish as the fold holds it. Ordered by (time, result, word): the latest finish wins, at equal
/// times the worst news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Finish {
    /// `at`, else `told_at`, else the beginning of time.
    pub(super) when: i64,
    pub(super) result: BuildResult,
    pub(super) raw: Option<String>,
    pub(super) detail: Option<ResultDetail>,
    pub(super) at: Option<Timestamp>,
    /// The end of what this finish knows of: itself, or the start its message tells where clocks
    /// put that later, or the moment of the answer that tells it. Work up to here does not re-open the build.
    pub(super) covers: i64,
}

/// The fold of all facts of a build. Absorbing is order-free; [`BuildFold::record`] reads it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildFold {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<Phase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) active_at: Option<Timestamp>,
    /// Highest attempt that was shown under way, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) under_way: Option<(u32, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    /// Times at which the build itself said it was done: one attempt each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) finishes: BTreeSet<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) build_finish: Option<Finish>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run_finish: Option<Finish>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) block: Option<Finish>,
    /// Without any finish the jobs say how it ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) by_jobs: bool,
    /// Approval id to whether it is done; done is final.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) approvals: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_at: Option<Timestamp>,
    /// Earliest provider time of any message, for builds that tell neither queue nor start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project_id: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pipeline: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pipeline_slug: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pipeline_name: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<Said<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requested_by: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pull_request: Option<Said<PullRequest>>,
}

impl BuildFold {
    /// Let the fold hear a fact. Returns the names of the fields whose value the fact now gives;
    /// an empty list means that it says nothing new.
    pub fn absorb(&mut self, fact: &BuildFact) -> Vec<&'static str> {
        let mut given = Vec::new();
        let mut note = |name: &'static str, gives: bool| {
            if gives {
                given.push(name);
            }
        };

        let phase_gains = fact.phase > self.phase;
        if phase_gains {
            self.phase = fact.phase;
        }
        note("state", phase_gains);
        note("active_at", latest(&mut self.active_at, fact.active_at));
        let under_way = fact.under_way.map(|it| (it, fact.at.map_or(i64::MIN, |t| t.0)));
        let under_way_gains = under_way > self.under_way;
        if under_way_gains {
            self.under_way = under_way;
        }
        note("under_way", under_way_gains);
        let attempt_gains = fact.attempt > self.attempt;
        if attempt_gains {
            self.attempt = fact.attempt;
        }
        note("attempt", attempt_gains);
        if let Some(completion) = &fact.completion {
            // An answer tells of its own moment: up to then nothing went on after the end.
            let answered_at = completion.told_at.filter(|_| fact.weight >= ANSWERED);
            let covered = fact.started_at.max(answered_at);
            note("result", self.absorb_completion(completion, covered));
        }
        note("by_jobs", fact.by_jobs && !self.by_jobs);
        self.by_jobs |= fact.by_jobs;
        if let Some(approval) = &fact.approval {
            note("approvals", self.absorb_approval(approval));
        }
        note("queued_at", earliest(&mut self.queued_at, fact.queued_at));
        note("started_at", earliest(&mut self.started_at, fact.started_at));
        let told_first = [fact.queued_at, fact.started_at]
            .into_iter()
            .flatten()
            .chain(fact.completion.as_ref().and_then(|c| c.at.or(c.told_at)))
            .min()
            .or(fact.at);
        earliest(&mut self.first_at, told_first);

        let (w, at) = (fact.weight, fact.at);
        note("project", Said::hear(&mut self.project, w, at, fact.project.clone()));
        note("project_id", Said::hear(&mut self.project_id, w, at, fact.project_id.clone()));
        if let Some(said) = &fact.pipeline {
            note("pipeline", Said::hear(&mut self.pipeline, w, at, Some(said.key.clone())));
            Said::hear(&mut self.pipeline_slug, w, at, said.slug.clone());
            note("pipeline_name", Said::hear(&mut self.pipeline_name, w, at, said.name.clone()));
        }
        note("number", Said::hear(&mut self.number, w, at, fact.number));
        note("label", Said::hear(&mut self.label, w, at, fact.label.clone()));
        note("external_id", Said::hear(&mut self.external_id, w, at, fact.external_id.clone()));
        note("url", Said::hear(&mut self.url, w, at, fact.url.clone()));
        note("branch", Said::hear(&mut self.branch, w, at, fact.branch.clone()));
        note("commit", Said::hear(&mut self.commit, w, at, fact.commit.clone()));
        note("message", Said::hear(&mut self.message, w, at, fact.message.clone()));
        note("reason", Said::hear(&mut self.reason, w, at, fact.reason.clone()));
        note("requested_by", Said::hear(&mut self.requested_by, w, at, fact.requested_by.clone()));
        note("pull_request", Said::hear(&mut self.pull_request, w, at, fact.pull_request.clone()));
        given
    }

    fn absorb_completion(&mut self, completion: &Completion, covered: Option<Timestamp>) -> bool {
        let when = completion.at.or(completion.told_at).map_or(i64::MIN, |t| t.0);
        let finish = Finish {
            when,
            result: completion.result,
            raw: completion.raw.clone(),
            detail: completion.detail,
            at: completion.at,
            covers: covered.map_or(when, |t| when.max(t.0)),
        };
        let slot = match completion.authority {
            Authority::Run => &mut self.run_finish,
            Authority::Block => &mut self.block,
            Authority::Build => {
                if let Some(at) = completion.at {
                    self.finishes.insert(at.0);
                    if self.finishes.len() > FINISHES_MAX {
                        // The latest ones stay, whatever the order of arrival.
                        self.finishes.pop_first();
                    }
                }
                &mut self.build_finish
            }
        };
        let gains = slot.as_ref().is_none_or(|held| *held < finish);
        if gains {
            *slot = Some(finish);
        }
        gains
    }

    fn absorb_approval(&mut self, approval: &Approval) -> bool {
        if let Some(done) = self.approvals.get_mut(&approval.id) {
            let gains = approval.done && !*done;
            *done |= approval.done;
            return gains;
        }
        self.approvals.insert(approval.id.clone(), approval.done);
        if self.approvals.len() > APPROVALS_MAX {
            // The greatest ids stay, whatever the order of arrival.
            self.approvals.pop_first();
        }
        self.approvals.contains_key(&approval.id)
    }

    /// Which attempt a fact speaks of, as far as the fold knows by now: its own evidence, or the
    /// place of its finish among all finishes.
    #[must_use]
    pub fn attempt_of(&self, fact: &BuildFact) -> u32 {
        let place = fact
            .completion
            .as_ref()
            .and_then(|completion| completion.at)
            .map_or(0, |at| self.finishes.range(..=at.0).count());
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        fact.attempt.unwrap_or(1).max(place).max(1)
    }
}
