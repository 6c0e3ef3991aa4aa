//! Builds: the build object of build and job events, in our words.

use super::address::{self, Address};
use super::decode::{event_id, missing, source};
use super::jobs;
use super::payload::{Body, Build, Person, Pipeline};
use crate::model::{
    Authority, BuildFact, BuildResult, Completion, Details, Event, EventKind, Phase, PipelineSaid,
    PullRequest, Reading, Subject, Timestamp, Unreadable,
};
use crate::providers::address::link;

/// A build event is about the build itself; its attributes win over those a job event brings along.
pub const WEIGHT_BUILD_EVENT: u8 = 2;
pub const WEIGHT_JOB_EVENT: u8 = 1;

/// Read an event whose subject is a build.
pub fn read(event_type: &str, body: &Body) -> Result<Reading, Unreadable> {
    let build = KnownBuild::of(body)?;
    let standing = Standing::of(build.payload, Some(event_type));
    let at = moment(event_type, build.payload, standing);
    Ok(Reading {
        event: Event {
            kind: kind(event_type, standing),
            provider_event_id: event_id(event_type, &build.id(), standing.word(build.payload), at),
            at: at.or_else(|| build.payload.newest_at()),
            source: source(body),
            subject: Some(build.subject()),
            details: details(build.payload),
        },
        build: Some(build.fact(standing, WEIGHT_BUILD_EVENT, build.payload.newest_at())),
        steps: build.payload.jobs.iter().flat_map(|job| jobs::facts(job, None)).collect(),
        subjects: Vec::new(),
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    })
}

/// Where a build stands at the time of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The body does not say.
    Untold,
    Queued,
    Running,
    /// Held by a block step. The result is the one so far.
    Blocked(BuildResult),
    Ended(BuildResult),
}

impl Standing {
    /// Read the state. The event's name counts only where the body tells no state.
    pub fn of(build: &Build, event_type: Option<&str>) -> Self {
        let is_over = build.finished_at.is_some();
        let is_blocked = build.blocked == Some(true);
        let Some(state) = build.state.as_deref() else {
            return match event_type {
                _ if is_over && is_blocked => Self::Blocked(BuildResult::Unknown),
                _ if is_over => Self::Ended(BuildResult::Unknown),
                Some("build.scheduled") => Self::Queued,
                Some("build.running" | "build.started" | "build.failing") => Self::Running,
                Some(event_type) if event_type.starts_with("build.") => {
                    Self::Ended(BuildResult::Unknown)
                }
                _ if build.started_at.is_some() => Self::Running,
                _ => Self::Untold,
            };
        };
        match state.to_ascii_lowercase().as_str() {
            "creating" | "scheduled" => Self::Queued,
            "running" | "failing" | "canceling" | "waiting" | "started" => Self::Running,
            // The hook has no state for a block: it keeps the last one, and raises a flag.
            "passed" if is_blocked => Self::Blocked(BuildResult::Success),
            "failed" if is_blocked => Self::Blocked(BuildResult::Failure),
            "blocked" => Self::Blocked(match build.blocked_state.as_deref() {
                Some("failed") => BuildResult::Failure,
                _ => BuildResult::Success,
            }),
            "passed" => Self::Ended(BuildResult::Success),
            "failed" => Self::Ended(BuildResult::Failure),
            "canceled" => Self::Ended(BuildResult::Aborted),
            "skipped" | "not_run" => Self::Ended(BuildResult::Skipped),
            "waiting_failed" if is_over => Self::Ended(BuildResult::Failure),
            // A word of the future: over when there is an end, in progress until then.
            _ if is_over && is_blocked => Self::Blocked(BuildResult::Unknown),
            _ if is_over => Self::Ended(BuildResult::Unknown),
            _ => Self::Running,
        }
    }

    /// What the end of a build is when a step of it was unblocked later: a block, whose flag is
    /// down already. Taken for an end, it would count as an attempt.
    pub fn at_unblock(self, build: &Build, unblocked_at: Option<Timestamp>) -> Self {
        match self {
            Self::Ended(result)
                if build.finished_at.is_some() && build.finished_at <= unblocked_at =>
            {
                Self::Blocked(result)
            }
            other => other,
        }
    }

    /// The provider's word for it. A block shares its state with an end, but is another happening.
    fn word(self, build: &Build) -> &str {
        match self {
            Self::Blocked(_) => "blocked",
            _ => build.state.as_deref().unwrap_or_default(),
        }
    }
}

/// Our kind of a build event. `build.failing` has none of its own: the build goes on, and its later
/// finish says failure.
fn kind(event_type: &str, standing: Standing) -> EventKind {
    match (event_type, standing) {
        ("build.scheduled", _) => EventKind::BuildQueued,
        ("build.running" | "build.started" | "build.failing", _) => EventKind::BuildStarted,
        // All others say that the build ended. A fast transition makes that untrue on the way.
        (_, Standing::Ended(_)) => EventKind::BuildFinished,
        (_, Standing::Blocked(_)) => EventKind::BuildWaiting,
        (_, Standing::Queued) => EventKind::BuildQueued,
        (_, Standing::Running | Standing::Untold) => EventKind::BuildStarted,
    }
}

/// The time that belongs to the event, or to the state where that is further on.
fn moment(event_type: &str, build: &Build, standing: Standing) -> Option<Timestamp> {
    match (event_type, standing) {
        ("build.scheduled", _) => build.scheduled_at.or(build.created_at),
        ("build.failing", _) => build.failing_at.or(build.started_at),
        ("build.running" | "build.started", _) => build.started_at,
        (_, Standing::Ended(_) | Standing::Blocked(_)) => build.finished_at,
        _ => build.started_at.or(build.scheduled_at),
    }
}

/// How much the hook brought along; all of Buildkite's own do.
fn details(build: &Build) -> Details {
    let told = build.branch.is_some() || build.commit.is_some() || build.created_at.is_some();
    if told { Details::All } else { Details::Minimal }
}

/// A build that a body identifies.
pub struct KnownBuild<'a> {
    pub payload: &'a Build,
    pipeline: Option<&'a Pipeline>,
    uuid: Option<String>,
    slug: Option<String>,
    number: Option<i64>,
}

impl<'a> KnownBuild<'a> {
    /// The build of a body, if the body says which one: by its id, or by pipeline and number.
    pub fn of(body: &'a Body) -> Result<Self, Unreadable> {
        let payload = body.build.as_ref().ok_or_else(|| missing("build"))?;
        let pipeline = body.pipeline();
        let own: Vec<Address<'_>> = [payload.url.as_deref(), payload.web_url.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(address::read)
            .collect();
        // The address is the truth: pipelines are renamed, and a sample may hold another's.
        let slug = own
            .iter()
            .find_map(|address| address.pipeline)
            .or_else(|| pipeline.and_then(|pipeline| pipeline.slug.as_deref()))
            .or_else(|| {
                [
                    pipeline.and_then(|p| p.url.as_deref()),
                    pipeline.and_then(|p| p.web_url.as_deref()),
                ]
                .into_iter()
                .flatten()
                .find_map(|url| address::read(url)?.pipeline)
            })
            .map(str::to_lowercase);
        let number = payload
            .number
            .or_else(|| own.iter().find_map(|address| address.number))
            .filter(|number| *number > 0);
        let uuid = payload.id.as_deref().map(|id| id.trim().to_lowercase());
        if uuid.is_none() && (slug.is_none() || number.is_none()) {
            return Err(missing("build.id"));
        }
        Ok(Self { payload, pipeline, uuid, slug, number })
    }

    pub fn subject(&self) -> Subject {
        Subject::Build { keys: self.keys() }
    }

    /// Words by which the build is known: `(scheme, key)`, strongest first.
    pub fn keys(&self) -> Vec<(String, String)> {
        let uuid = self.uuid.clone().map(|uuid| ("uuid".to_owned(), uuid));
        let number = self.by_number().map(|key| ("number".to_owned(), key));
        uuid.into_iter().chain(number).collect()
    }

    /// The strongest word for the build.
    fn id(&self) -> String {
        self.uuid.clone().or_else(|| self.by_number()).unwrap_or_default()
    }

    fn by_number(&self) -> Option<String> {
        Some(format!("{}/{}", self.slug.as_ref()?, self.number?))
    }

    /// What the body says of the build. `told_at` is the newest date of the whole body.
    pub fn fact(&self, standing: Standing, weight: u8, told_at: Option<Timestamp>) -> BuildFact {
        let build = self.payload;
        let completion = |authority, result| {
            Some(Completion {
                authority,
                at: build.finished_at,
                told_at,
                result,
                raw: build.state.clone(),
                detail: None,
            })
        };
        let (phase, completion) = match standing {
            Standing::Untold => (None, None),
            Standing::Queued => (Some(Phase::Queued), None),
            Standing::Running => (Some(Phase::Running), None),
            Standing::Blocked(result) => (None, completion(Authority::Block, result)),
            Standing::Ended(result) => (None, completion(Authority::Build, result)),
        };
        BuildFact {
            at: build.newest_at(),
            weight,
            phase,
            // A build that runs and started after a finish we know of is at work again. A body
            // that itself tells the end claims no work, whatever its clocks say.
            active_at: build.started_at.filter(|_| completion.is_none()),
            completion,
            queued_at: build.scheduled_at.or(build.created_at),
            started_at: build.started_at,
            pipeline: self.slug.clone().map(|slug| PipelineSaid {
                key: slug.clone(),
                slug: Some(slug),
                name: self.pipeline.and_then(|pipeline| pipeline.name.clone()),
                default_branch: self
                    .pipeline
                    .and_then(|pipeline| pipeline.default_branch.as_deref())
                    .map(|branch| without_heads(branch).to_owned()),
            }),
            number: self.number,
            external_id: self.uuid.clone(),
            url: build.web_url.as_deref().and_then(link),
            branch: build.branch.as_deref().map(|branch| without_heads(branch).to_owned()),
            commit: build.commit.as_deref().and_then(commit),
            message: build.message.clone(),
            reason: build.source.clone(),
            requested_by: build
                .creator
                .as_ref()
                .and_then(name)
                .or_else(|| build.author.as_ref().and_then(name)),
            pull_request: build.pull_request.as_ref().and_then(|pull_request| {
                Some(PullRequest {
                    number: pull_request.id?,
                    target: pull_request.base.as_deref().map(|b| without_heads(b).to_owned()),
                })
            }),
            ..BuildFact::default()
        }
    }
}

pub(super) fn name(person: &Person) -> Option<String> {
    person.name.clone().or_else(|| person.username.clone())
}

pub(super) fn without_heads(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}

/// `HEAD` says that nobody has looked yet which commit it is.
fn commit(word: &str) -> Option<String> {
    let word = word.trim();
    (!word.eq_ignore_ascii_case("HEAD")).then(|| word.to_lowercase())
}
