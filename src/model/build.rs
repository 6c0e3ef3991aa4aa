//! Builds: what one message says of a build, the fold of all such words, and the record that
//! follows from the fold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::said::{earliest, latest};
use super::{Said, Timestamp, span_ms};

/// Distinct finish times kept per build; each is an attempt. A build that is finished more often
/// than this stops counting, it does not grow.
const FINISHES_MAX: usize = 256;

/// Approvals kept per build.
const APPROVALS_MAX: usize = 256;

/// A `run` finish this much after the newest `build.complete` is a new attempt whose own
/// `build.complete` has not arrived yet; below it, both tell of the same finish (they differ by
/// milliseconds).
const SAME_FINISH_MS: i64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    Queued,
    Running,
    /// For a person: an approval, or an unblock.
    Waiting,
    Finished,
}

impl BuildState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Waiting, Self::Finished];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Finished => "finished",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Ordered by which wins when two finishes have the same time: the worst news does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildResult {
    Unknown,
    Skipped,
    Success,
    Unstable,
    Aborted,
    Failure,
}

impl BuildResult {
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Skipped, Self::Success, Self::Unstable, Self::Aborted, Self::Failure];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Success => "success",
            Self::Unstable => "unstable",
            Self::Aborted => "aborted",
            Self::Failure => "failure",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// Why a build or step ended as it did, where the provider tells more than the result.
/// Ordered by which explains a build best when its steps differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultDetail {
    /// A person or an approval said no.
    Rejected,
    /// No agent took the job in time.
    NoAgent,
    /// It ran longer than allowed.
    Timeout,
    /// The agent or the service failed, not the code.
    Infrastructure,
}

impl ResultDetail {
    pub const ALL: [Self; 4] = [Self::Rejected, Self::NoAgent, Self::Timeout, Self::Infrastructure];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::NoAgent => "no_agent",
            Self::Timeout => "timeout",
            Self::Infrastructure => "infrastructure",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == text)
    }
}

/// How far a build has come, as one message tells while it is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Queued,
    Running,
}

/// Who reports a finish. A run's result is coarser than a build's (it knows no `unstable`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A pipeline run's state event: never adds an attempt, yields to a build's own word.
    Run,
    /// The build's own completion.
    Build,
    /// The build stands still behind a block step: it is waiting, not finished.
    Block,
}

/// A message that says a build came to an end (or to a block).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub authority: Authority,
    /// Provider's finish time; absent when the payload holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When the provider made the message: stands in for `at` when the two must be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    pub result: BuildResult,
    /// The provider's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ResultDetail>,
}

/// A pipeline as a build message names it. `key` identifies it within the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PipelineSaid {
    /// Azure: definition id; Buildkite: slug.
    pub key: String,
    /// The word used in addresses and filters; Azure has none and uses the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PullRequest {
    pub number: i64,
    /// Branch it wants to enter, without `refs/heads/`.
    pub target: Option<String>,
}

/// One approval of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub id: String,
    pub done: bool,
}

/// What one message says of a build. Everything it does not say is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildFact {
    /// Provider time of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far this kind of message is trusted for names and other attributes.
    pub weight: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<Completion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Proof of work going on at this time (a start, an unblock): later than a finish, it re-opens
    /// the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
    /// Highest attempt the message shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<PipelineSaid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
}

/// A finish as the fold holds it. Ordered by (time, result, word): the latest finish wins, at equal
/// times the worst news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Finish {
    /// `at`, else `told_at`, else the beginning of time.
    when: i64,
    result: BuildResult,
    raw: Option<String>,
    detail: Option<ResultDetail>,
    at: Option<Timestamp>,
    /// The end of what this finish knows of: itself, or the start its message tells where clocks
    /// put that later. Work up to here does not re-open the build.
    covers: i64,
}

/// The fold of all facts of a build. Absorbing is order-free; [`BuildFold::record`] reads it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildFold {
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    /// Times at which the build itself said it was done: one attempt each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    finishes: BTreeSet<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_finish: Option<Finish>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_finish: Option<Finish>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<Finish>,
    /// Approval id to whether it is done; done is final.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    approvals: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    /// Earliest provider time of any message, for builds that tell neither queue nor start.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_slug: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_name: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<Said<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<Said<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_request: Option<Said<PullRequest>>,
}

/// What the steps of a build add to its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSummary {
    /// Highest attempt of any step.
    pub attempt: u32,
    /// A last-attempt job failed softly.
    pub soft_failed: bool,
    /// A stage waits for a person or a check.
    pub waiting: bool,
    /// What all failed last-attempt steps together say of the reason: set only when each of them
    /// has one, since one plain failure is a failure of the code.
    pub detail: Option<ResultDetail>,
}

/// The record of a build: what lists and pages show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    pub attempt: u32,
    pub state: BuildState,
    /// `None` until there is one; a waiting build shows the result so far.
    pub result: Option<BuildResult>,
    pub result_detail: Option<ResultDetail>,
    pub raw_result: Option<String>,
    pub project: Option<String>,
    pub project_id: Option<String>,
    pub pipeline: Option<PipelineSaid>,
    pub number: Option<i64>,
    pub label: Option<String>,
    pub external_id: Option<String>,
    pub url: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub message: Option<String>,
    pub reason: Option<String>,
    pub requested_by: Option<String>,
    pub pull_request: Option<PullRequest>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub queue_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    /// Earliest known provider time: the place of the build in lists.
    pub first_at: Option<Timestamp>,
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
        let attempt_gains = fact.attempt > self.attempt;
        if attempt_gains {
            self.attempt = fact.attempt;
        }
        note("attempt", attempt_gains);
        if let Some(completion) = &fact.completion {
            note("result", self.absorb_completion(completion, fact.started_at));
        }
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

    fn absorb_completion(
        &mut self,
        completion: &Completion,
        started_at: Option<Timestamp>,
    ) -> bool {
        let when = completion.at.or(completion.told_at).map_or(i64::MIN, |t| t.0);
        let finish = Finish {
            when,
            result: completion.result,
            raw: completion.raw.clone(),
            detail: completion.detail,
            at: completion.at,
            covers: started_at.map_or(when, |t| when.max(t.0)),
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

    /// The finish that counts: the build's own word, unless a run finished clearly later (its own
    /// completion is then still on its way).
    fn finish(&self) -> Option<&Finish> {
        match (&self.build_finish, &self.run_finish) {
            (Some(build), Some(run)) => {
                let worked_between =
                    self.active_at.is_some_and(|t| build.when < t.0 && t.0 <= run.when);
                let is_later = run.when.saturating_sub(build.when) > SAME_FINISH_MS;
                // A build told of with minimal details knows no result; its run may.
                let run_knows_more =
                    build.result == BuildResult::Unknown && run.result != BuildResult::Unknown;
                let run_counts =
                    run_knows_more || build.when != i64::MIN && (worked_between || is_later);
                Some(if run_counts { run } else { build })
            }
            (build, run) => build.as_ref().or(run.as_ref()),
        }
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

    /// Read the record out of the fold.
    #[must_use]
    pub fn record(&self, steps: &StepSummary) -> Build {
        let active = self.active_at.map_or(i64::MIN, |t| t.0);
        let finish = self.finish();
        let block = self.block.as_ref();
        // A block as late as the finish belongs to it: the build got past it.
        let block = block.filter(|b| finish.is_none_or(|f| b.when > f.when));
        let asked = self.approvals.values().any(|done| !done) || steps.waiting;

        let (state, ended) = match (finish, block) {
            (_, Some(block)) if block.covers >= active => (BuildState::Waiting, Some(block)),
            (_, Some(_)) => (BuildState::Running, None),
            (Some(finish), None) if finish.covers >= active || finish.when == i64::MIN => {
                (BuildState::Finished, Some(finish))
            }
            (Some(_), None) => (BuildState::Running, None),
            (None, None) if asked => (BuildState::Waiting, None),
            (None, None) => match self.phase {
                Some(Phase::Running) => (BuildState::Running, None),
                Some(Phase::Queued) | None if self.active_at.is_some() => {
                    (BuildState::Running, None)
                }
                Some(Phase::Queued) | None => (BuildState::Queued, None),
            },
        };

        let mut result = ended.map(|f| f.result);
        if result == Some(BuildResult::Success) && steps.soft_failed {
            result = Some(BuildResult::Unstable);
        }
        let result_detail = ended.and_then(|f| f.detail).or_else(|| {
            steps
                .detail
                .filter(|_| state == BuildState::Finished && result == Some(BuildResult::Failure))
        });
        let finished_at = ended.filter(|_| state == BuildState::Finished).and_then(|f| f.at);
        let finishes = u32::try_from(self.finishes.len()).unwrap_or(u32::MAX);
        let attempt = [1, self.attempt.unwrap_or(1), steps.attempt, finishes].into_iter().max();

        Build {
            attempt: attempt.unwrap_or(1),
            state,
            result,
            result_detail,
            raw_result: ended.and_then(|f| f.raw.clone()),
            project: value(&self.project),
            project_id: value(&self.project_id),
            pipeline: value(&self.pipeline).map(|key| PipelineSaid {
                key,
                slug: value(&self.pipeline_slug),
                name: value(&self.pipeline_name),
            }),
            number: value(&self.number),
            label: value(&self.label),
            external_id: value(&self.external_id),
            url: value(&self.url),
            branch: value(&self.branch),
            commit: value(&self.commit),
            message: value(&self.message),
            reason: value(&self.reason),
            requested_by: value(&self.requested_by),
            pull_request: value(&self.pull_request),
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at,
            queue_ms: span_ms(self.queued_at, self.started_at),
            duration_ms: span_ms(self.started_at, finished_at),
            first_at: self.first_at,
        }
    }
}

fn value<T: Clone>(slot: &Option<Said<T>>) -> Option<T> {
    slot.as_ref().map(|said| said.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// A finish that the build itself tells, at a minute.
    fn finished(minute: i64, result: BuildResult) -> BuildFact {
        completed(Authority::Build, minute * MINUTE, result)
    }

    fn blocked(minute: i64, result: BuildResult) -> BuildFact {
        completed(Authority::Block, minute * MINUTE, result)
    }

    fn completed(authority: Authority, at_ms: i64, result: BuildResult) -> BuildFact {
        let at = Some(Timestamp(at_ms));
        let raw = Some(result.as_str().to_owned());
        let completion = Completion { authority, at, told_at: at, result, raw, detail: None };
        BuildFact { at, completion: Some(completion), ..BuildFact::default() }
    }

    fn running() -> BuildFact {
        BuildFact { phase: Some(Phase::Running), ..BuildFact::default() }
    }

    /// Work that is proven to go on at a minute.
    fn active(minute: i64) -> BuildFact {
        BuildFact { active_at: Some(Timestamp(minute * MINUTE)), ..running() }
    }

    fn approval(id: &str, done: bool) -> BuildFact {
        BuildFact { approval: Some(Approval { id: id.to_owned(), done }), ..BuildFact::default() }
    }

    /// The record of some facts, which must not depend on their order.
    fn record(facts: &[BuildFact]) -> Build {
        let fold = |facts: &mut dyn Iterator<Item = &BuildFact>| {
            let mut fold = BuildFold::default();
            for fact in facts {
                fold.absorb(fact);
            }
            fold.record(&StepSummary::default())
        };
        let record = fold(&mut facts.iter());
        assert_eq!(record, fold(&mut facts.iter().rev()));
        record
    }

    fn state_of(facts: &[BuildFact]) -> (BuildState, Option<BuildResult>, u32) {
        let record = record(facts);
        (record.state, record.result, record.attempt)
    }

    #[test]
    fn a_build_is_queued_until_something_says_more() {
        assert_eq!(state_of(&[BuildFact::default()]), (BuildState::Queued, None, 1));
        let queued = BuildFact { phase: Some(Phase::Queued), ..BuildFact::default() };
        assert_eq!(state_of(&[queued.clone(), running()]), (BuildState::Running, None, 1));
        assert_eq!(state_of(&[queued, active(1)]), (BuildState::Running, None, 1));
    }

    #[test]
    fn of_two_finishes_at_one_time_the_worst_news_wins() {
        use BuildResult::{Aborted, Failure, Skipped, Success, Unknown, Unstable};
        let best_to_worst = [Unknown, Skipped, Success, Unstable, Aborted, Failure];
        for (at, better) in best_to_worst.into_iter().enumerate() {
            for worse in best_to_worst.into_iter().skip(at) {
                let state = state_of(&[finished(5, better), finished(5, worse)]);
                assert_eq!(state, (BuildState::Finished, Some(worse), 1));
            }
        }
    }

    #[test]
    fn the_finish_of_a_run_yields_to_the_builds_own_some_milliseconds_before() {
        let own = finished(5, BuildResult::Unstable);
        let of_run = completed(Authority::Run, 5 * MINUTE + 83, BuildResult::Success);
        let state = state_of(&[own, of_run]);
        assert_eq!(state, (BuildState::Finished, Some(BuildResult::Unstable), 1));
    }

    #[test]
    fn the_finish_of_a_run_counts_while_the_builds_own_is_still_to_come() {
        let own = finished(5, BuildResult::Failure);
        let of_run = completed(Authority::Run, 9 * MINUTE, BuildResult::Success);
        let facts = [own, active(6), of_run.clone()];
        let record = record(&facts);
        assert_eq!(
            (record.state, record.result),
            (BuildState::Finished, Some(BuildResult::Success))
        );
        assert_eq!(record.finished_at, Some(Timestamp(9 * MINUTE)));
        // Alone, it is all there is.
        assert_eq!(state_of(&[of_run]), (BuildState::Finished, Some(BuildResult::Success), 1));
    }

    #[test]
    fn a_bare_running_after_a_finish_does_not_reopen_the_build() {
        let facts = [finished(5, BuildResult::Success), running()];
        assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 1));
    }

    #[test]
    fn work_later_than_the_finish_reopens_the_build_and_earlier_work_does_not() {
        let done = finished(5, BuildResult::Failure);
        assert_eq!(state_of(&[done.clone(), active(6)]), (BuildState::Running, None, 1));
        let finished = (BuildState::Finished, Some(BuildResult::Failure), 1);
        assert_eq!(state_of(&[done.clone(), active(5)]), finished);
        assert_eq!(state_of(&[done, active(4)]), finished);
    }

    #[test]
    fn a_later_finish_closes_a_reopened_build_again_as_its_second_attempt() {
        let facts =
            [finished(5, BuildResult::Failure), active(6), finished(8, BuildResult::Success)];
        assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 2));
        // Repetitions are no attempts.
        let twice = [&facts[..], &facts[..]].concat();
        assert_eq!(state_of(&twice).2, 2);
    }

    #[test]
    fn a_start_that_the_finish_itself_tells_of_is_no_later_work() {
        let mut done = finished(5, BuildResult::Success);
        done.started_at = Some(Timestamp(6 * MINUTE));
        let record = record(&[done, active(6)]);
        assert_eq!(record.state, BuildState::Finished);
        assert_eq!(record.duration_ms, Some(0));
    }

    #[test]
    fn a_finish_without_any_time_still_finishes() {
        let mut done = finished(0, BuildResult::Success);
        let completion = done.completion.as_mut().unwrap();
        (completion.at, completion.told_at) = (None, None);
        let record = record(&[done, active(3)]);
        assert_eq!((record.state, record.finished_at), (BuildState::Finished, None));
    }

    #[test]
    fn a_blocked_build_waits_with_its_result_so_far_and_no_end() {
        let record = record(&[running(), blocked(5, BuildResult::Success)]);
        assert_eq!(
            (record.state, record.result),
            (BuildState::Waiting, Some(BuildResult::Success))
        );
        assert_eq!((record.finished_at, record.duration_ms), (None, None));
    }

    #[test]
    fn a_build_gets_past_its_block() {
        let block = blocked(5, BuildResult::Success);
        assert_eq!(state_of(&[block.clone(), active(6)]), (BuildState::Running, None, 1));
        let done = finished(9, BuildResult::Failure);
        let finished = (BuildState::Finished, Some(BuildResult::Failure), 1);
        assert_eq!(state_of(&[block.clone(), active(6), done.clone()]), finished);
        assert_eq!(state_of(&[block, done]), finished);
    }

    #[test]
    fn a_block_later_than_the_finish_is_a_new_wait() {
        let facts = [finished(5, BuildResult::Success), blocked(7, BuildResult::Success)];
        assert_eq!(state_of(&facts), (BuildState::Waiting, Some(BuildResult::Success), 1));
        // At one time, the block belongs to the finish.
        let facts = [finished(5, BuildResult::Success), blocked(5, BuildResult::Success)];
        assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 1));
    }

    #[test]
    fn a_build_waits_while_an_approval_is_open_and_done_is_final() {
        let asked = approval("a", false);
        assert_eq!(state_of(&[running(), asked.clone()]).0, BuildState::Waiting);
        let (done, other) = (approval("a", true), approval("b", false));
        assert_eq!(state_of(&[running(), asked.clone(), done.clone()]).0, BuildState::Running);
        assert_eq!(state_of(&[running(), asked, done, other.clone()]).0, BuildState::Waiting);
        let over = finished(5, BuildResult::Aborted);
        assert_eq!(state_of(&[running(), other, over]).0, BuildState::Finished);
    }

    #[test]
    fn a_soft_failure_makes_success_unstable_and_nothing_else() {
        let steps = StepSummary { soft_failed: true, ..StepSummary::default() };
        for (told, shown) in [
            (BuildResult::Success, BuildResult::Unstable),
            (BuildResult::Failure, BuildResult::Failure),
        ] {
            let mut fold = BuildFold::default();
            fold.absorb(&finished(5, told));
            assert_eq!(fold.record(&steps).result, Some(shown));
        }
    }

    #[test]
    fn the_steps_explain_a_failure_that_does_not_explain_itself() {
        let detail = Some(ResultDetail::Infrastructure);
        let steps = StepSummary { detail, ..StepSummary::default() };
        for (result, shown) in [(BuildResult::Failure, detail), (BuildResult::Aborted, None)] {
            let mut fold = BuildFold::default();
            fold.absorb(&finished(5, result));
            assert_eq!(fold.record(&steps).result_detail, shown);
        }
    }

    #[test]
    fn the_word_of_greater_weight_names_the_build_whatever_its_time() {
        let told = |weight, minute: i64, branch: &str| BuildFact {
            at: Some(Timestamp(minute * MINUTE)),
            weight,
            branch: Some(branch.to_owned()),
            ..BuildFact::default()
        };
        let branch = |facts: &[BuildFact]| record(facts).branch.unwrap();
        assert_eq!(branch(&[told(2, 1, "main"), told(1, 9, "other")]), "main");
        assert_eq!(branch(&[told(1, 1, "main"), told(1, 9, "other")]), "other");
    }
}
