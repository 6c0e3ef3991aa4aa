//! Jobs and their stages, in our words.

use super::words::{Standing, detail};
use crate::model::{BuildResult, BuildState, StepFact, StepKind, StepRef, Timestamp};
use crate::providers::members::Members;

/// A job, from the list of a pipeline event or from an event of its own.
#[derive(Debug)]
pub(super) struct Job {
    pub name: String,
    pub stage: Option<String>,
    pub standing: Standing,
    raw: String,
    /// GitLab counts jobs of all tries together.
    order: Option<i64>,
    created_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    reason: Option<String>,
    may_fail: bool,
    is_manual: bool,
    runner: Option<String>,
    by: Option<String>,
}

impl Job {
    /// One of a pipeline's.
    pub(super) fn listed(job: &Members<'_>) -> Option<Self> {
        Self::of(job, "")
    }

    /// That of an event.
    pub(super) fn told(body: &Members<'_>) -> Option<Self> {
        Self::of(body, "build_")
    }

    fn of(members: &Members<'_>, prefix: &str) -> Option<Self> {
        let text = |name: &str| members.text(&format!("{prefix}{name}"));
        let time = |name: &str| members.time(&format!("{prefix}{name}"));
        let is = |name: &str| text(name).is_some_and(|word| word == "true");
        let runner = members.object("runner");
        let raw = text("status").unwrap_or_default();
        Some(Self {
            name: text("name")?,
            stage: text("stage"),
            standing: Standing::of(&raw),
            order: members.number(&format!("{prefix}id")),
            created_at: time("created_at"),
            started_at: time("started_at"),
            finished_at: time("finished_at"),
            reason: text("failure_reason"),
            may_fail: is("allow_failure"),
            is_manual: is("manual"),
            runner: runner.and_then(|runner| runner.text("description")),
            by: members.object("user").and_then(|user| user.text("name")),
            raw,
        })
    }

    /// The newest of its times.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.created_at.max(self.started_at).max(self.finished_at)
    }

    /// What it says of itself. Tried again it has another id and the same name: the newest end counts.
    pub(super) fn fact(&self) -> StepFact {
        let waits_for_a_person = self.is_manual && self.started_at.is_none();
        // A job that nobody has to start holds nobody up.
        let standing = match self.standing {
            Standing::Manual if self.may_fail => Standing::Ended(BuildResult::Skipped),
            standing => standing,
        };
        let is_over = standing.state() == BuildState::Finished;
        let result = standing.result();
        let is_soft = self.may_fail && result == Some(BuildResult::Failure);
        let stage = self.stage.as_deref().map(stage_ref);
        StepFact {
            parent: stage,
            at: self.at(),
            name: Some(self.name.clone()),
            order: self.order,
            state: Some(standing.state()),
            result: if is_soft { Some(BuildResult::Unstable) } else { result },
            raw_result: result.map(|_| self.raw.clone()),
            detail: self.reason.as_deref().and_then(detail).filter(|_| is_over),
            queued_at: self.created_at.filter(|_| !waits_for_a_person),
            started_at: self.started_at,
            finished_at: self.finished_at.filter(|_| is_over),
            agent: self.runner.clone(),
            soft_failed: is_soft,
            created_at: self.created_at,
            by: self.by.clone().filter(|_| self.is_manual && self.started_at.is_some()),
            ..StepFact::about(
                StepRef { key: format!("job:{}", self.name), attempt: 1 },
                StepKind::Job,
            )
        }
    }
}

pub(super) fn stage_ref(name: &str) -> StepRef {
    StepRef { key: format!("stage:{name}"), attempt: 1 }
}

/// The stages, in their order, as their jobs make them.
pub(super) fn stages(names: &[String]) -> impl Iterator<Item = StepFact> {
    names.iter().enumerate().map(|(order, name)| StepFact {
        name: Some(name.clone()),
        order: i64::try_from(order).ok(),
        ..StepFact::about(stage_ref(name), StepKind::Stage)
    })
}
