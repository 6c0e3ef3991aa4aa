//! `POST /ingest/builds`: a build, as far as it has come.

use super::whose::Whose;
use super::words::Standing;
use crate::model::{
    Authority, BuildFact, BuildState, Ci, Completion, Phase, Provider, PullRequest, StepFact,
    StepKind, StepRef, Timestamp, Unreadable,
};
use crate::providers::members::Members;
use crate::providers::reporter::place;

/// A build as a body tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    pub whose: Whose,
    pub standing: Standing,
    /// The word that said so.
    pub raw: Option<String>,
    pub job: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub message: Option<String>,
    pub cause: Option<String>,
    pub instance: Option<String>,
    pub told_source: Option<String>,
    pub told_run: Option<String>,
    /// Who ran it.
    pub node: Option<String>,
    attempt: Option<u32>,
}

impl Build {
    /// Read a body whose client's own id is the member `client`.
    pub fn of(members: &Members<'_>, client: &str) -> Result<Self, Unreadable> {
        let whose = Whose::of(members, client)?;
        let raw = members.text("status");
        let (started, ended) = (members.time("startedAt"), members.time("completedAt"));
        let standing = Standing::of(raw.as_deref(), ended.is_some());
        let is_over = standing.result().is_some();
        let lasted = members.number("duration").filter(|ms| *ms >= 0);
        let plus = |at: Option<Timestamp>, ms: Option<i64>| at?.shifted(ms?);
        let started_at = started.or_else(|| plus(ended, lasted.map(|ms| -ms)));
        // What is not over has no end, whatever it says.
        let finished_at = ended.or_else(|| plus(started, lasted)).filter(|_| is_over);
        let waited = members.number("queueDuration").filter(|ms| *ms > 0);
        let node = members.object("nodeInfo").and_then(|node| node.text("nodeName"));
        let attempt = members.number("attempt").or_else(|| members.number("runAttempt"));
        Ok(Self {
            standing,
            queued_at: members.time("queuedAt").or_else(|| plus(started_at, waited.map(|ms| -ms))),
            started_at,
            finished_at,
            raw,
            job: members.text("jobName"),
            branch: members.text("branch"),
            commit: members.text("commitSha"),
            message: members.text("commitMessage"),
            cause: members.text("cause"),
            instance: members.text("jenkinsInstanceId"),
            told_source: members.text("source"),
            told_run: members.text("externalRunId"),
            node,
            attempt: attempt.and_then(|attempt| u32::try_from(attempt).ok()),
            whose,
        })
    }

    /// When it was so, as far as is told.
    pub fn at(&self) -> Option<Timestamp> {
        self.finished_at.or(self.started_at).or(self.queued_at)
    }

    /// What it says of the build. Hooks tell more, and go before it.
    #[must_use]
    pub fn fact(&self) -> BuildFact {
        let (branch, pull_request) = pull_request(self.whose.source.provider, &self.branch);
        let ci = Ci {
            branch,
            commit: self.commit.clone(),
            message: self.message.clone(),
            reason: self.cause.clone(),
            attempt: self.attempt,
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            ..self.whose.ci.clone()
        };
        // A run may be told of by each of its jobs: none of their ends is another attempt of it.
        let completion = self.standing.result().map(|result| Completion {
            authority: Authority::Run,
            at: self.finished_at,
            told_at: self.finished_at,
            result,
            raw: self.raw.clone(),
            detail: None,
        });
        BuildFact {
            at: self.at(),
            phase: Some(match self.standing {
                Standing::Queued => Phase::Queued,
                _ => Phase::Running,
            }),
            // What goes on and began after an end is a new try; of some, hooks tell that better.
            active_at: self.started_at.filter(|_| {
                self.standing == Standing::Running && !place::has_hooks(self.whose.source.provider)
            }),
            completion,
            pull_request,
            by_jobs: false,
            ..place::fact(&ci)
        }
    }

    /// The machine's part in it, where no hook tells of jobs.
    #[must_use]
    pub fn job(&self) -> Option<StepFact> {
        let node = self.node.clone()?;
        if place::has_hooks(self.whose.source.provider) {
            return None;
        }
        let name = self.job.clone().unwrap_or_else(|| "build".to_owned());
        let step = StepRef { key: format!("job:{name}"), attempt: 1 };
        Some(StepFact {
            name: Some(name),
            at: self.at(),
            state: Some(self.standing.state()),
            result: self.standing.result(),
            raw_result: self.raw.clone().filter(|_| self.standing.state() == BuildState::Finished),
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            agent: Some(node),
            ..StepFact::about(step, StepKind::Job)
        })
    }
}

/// In builds of pull requests GitHub calls the branch `12/merge`.
fn pull_request(
    provider: Provider,
    branch: &Option<String>,
) -> (Option<String>, Option<PullRequest>) {
    let short = branch.as_deref().map(|name| name.strip_prefix("refs/pull/").unwrap_or(name));
    let number = short.and_then(|name| name.strip_suffix("/merge")?.parse().ok());
    match number.filter(|_| provider == Provider::Github) {
        Some(number) => (None, Some(PullRequest { number, target: None })),
        None => (branch.clone(), None),
    }
}
