//! A make-believe Buildkite organisation and the bodies of its webhooks.
//!
//! Built like [`super::azure_devops`]: an [`Organisation`] is the place, a [`Scene`] one moment in
//! it, a [`Shape`] one kind of event. Two things are as in life: a body holds the state at the time
//! of *sending*, and a blocked build is told by `build.finished` with `blocked: true`.

use std::sync::LazyLock;

use super::Hook;
use super::clock::{Tick, push_number};
use super::dice::{Dice, Guid, Sha};
use super::template::Template;
use super::words::{self, Change};
use crate::model::Provider;

const SALT_BUILD: u64 = 11;
const SALT_JOB: u64 = 12;
const SALT_AGENT: u64 = 13;
const SALT_REQUEST: u64 = 14;

/// Carries the id of a delivery.
const REQUEST_HEADER: &str = "x-buildkite-request";

/// The organisation that the tests, the bench and the demo know.
static ACME: LazyLock<Organisation> = LazyLock::new(|| Organisation::new("acme", "Acme", 0));

#[derive(Debug, Clone)]
pub struct Person {
    pub id: Guid,
    pub name: String,
    pub mail: String,
    avatar: String,
    joined_at: Tick,
}

#[derive(Debug, Clone)]
pub struct Pipeline {
    pub id: Guid,
    pub slug: String,
    pub name: String,
    description: String,
    created_at: Tick,
    secret: String,
}

#[derive(Debug, Clone)]
pub struct Organisation {
    pub slug: String,
    pub name: String,
    pub(super) id: Guid,
    pub(super) cluster: Guid,
    pub(super) queue: Guid,
    service: Guid,
    pub people: Vec<Person>,
    pub pipelines: Vec<Pipeline>,
    seed: u64,
}

impl Organisation {
    /// `acme`, the one everybody knows.
    #[must_use]
    pub fn acme() -> &'static Self {
        &ACME
    }

    /// Another organisation of the same kind: other people, pipelines and ids.
    #[must_use]
    pub fn new(slug: &str, name: &str, seed: u64) -> Self {
        let mut dice = Dice::seeded(&[0xb17e, seed]);
        let people = (0..16).map(|_| Person::new(&mut dice, slug)).collect();
        let pipelines = (0..12).map(|_| Pipeline::new(&mut dice)).collect();
        Self {
            slug: slug.to_owned(),
            name: name.to_owned(),
            id: dice.guid(),
            cluster: dice.guid(),
            queue: dice.guid(),
            service: dice.guid(),
            people,
            pipelines,
            seed,
        }
    }

    /// The same organisation with these pipelines (slug, name, what it is for) in place of those that
    /// the dice made.
    #[must_use]
    pub fn furnished(mut self, pipelines: &[(&str, &str, &str)]) -> Self {
        let mut dice = Dice::seeded(&[0xf0a2, self.seed]);
        let furnish = |(slug, name, description): &(&str, &str, &str)| Pipeline {
            slug: (*slug).to_owned(),
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            ..Pipeline::new(&mut dice)
        };
        self.pipelines = pipelines.iter().map(furnish).collect();
        self
    }

    /// What the organisation's webhook is called by the provider.
    #[must_use]
    pub fn webhook(&self) -> Guid {
        self.service
    }

    /// The build of this number (counted over all pipelines), created at `created_at`.
    #[must_use]
    pub fn build(&self, number: u64, created_at: Tick) -> Build {
        let mut dice = Dice::seeded(&[SALT_BUILD, self.seed, number]);
        let is_pull_request = dice.percent(20);
        Build {
            id: dice.guid_at(created_at.timestamp()),
            number,
            pipeline: dice.below(u32::try_from(self.pipelines.len()).unwrap_or(u32::MAX)) as usize,
            by: dice.below(u32::try_from(self.people.len()).unwrap_or(u32::MAX)) as usize,
            change: Change::Thrown(dice.throw()),
            commit: (!dice.percent(5)).then(|| dice.sha()),
            source: if dice.percent(70) { "webhook" } else { "ui" },
            pull_request: is_pull_request.then(|| u64::from(dice.between(10, 4_000))),
            state: "scheduled",
            blocked: false,
            created_at,
            started_at: None,
            failing_at: None,
            finished_at: None,
        }
    }
}

impl Person {
    fn new(dice: &mut Dice, organisation: &str) -> Self {
        let (first, last) = words::person(dice);
        let login = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
        Self {
            id: dice.guid(),
            name: format!("{first} {last}"),
            mail: format!("{login}@{organisation}.example"),
            avatar: dice.guid().text().replace('-', ""),
            joined_at: long_ago(dice),
        }
    }
}

impl Pipeline {
    fn new(dice: &mut Dice) -> Self {
        let mut slug = Vec::new();
        words::slug(dice, &mut slug);
        let slug = String::from_utf8_lossy(&slug).into_owned();
        let mut description = Vec::new();
        words::title(dice, &mut description);
        Self {
            id: dice.guid(),
            name: slug.replace('-', " "),
            slug,
            description: String::from_utf8_lossy(&description).into_owned(),
            created_at: long_ago(dice),
            secret: dice.guid().text().replace('-', ""),
        }
    }
}

/// Some second of the years before simulated history begins.
fn long_ago(dice: &mut Dice) -> Tick {
    Tick::BEGIN.minus_ms(u64::from(dice.between(20_000_000, 150_000_000)) * 1_000)
}

/// A build as one body shows it. Its fields are moved on by whoever tells its story.
#[derive(Debug, Clone)]
pub struct Build {
    pub id: Guid,
    pub number: u64,
    pub pipeline: usize,
    pub(super) by: usize,
    pub(super) change: Change,
    /// `None` is written as `HEAD`.
    pub(super) commit: Option<Sha>,
    pub(super) source: &'static str,
    pub(super) pull_request: Option<u64>,
    pub state: &'static str,
    pub blocked: bool,
    pub created_at: Tick,
    pub started_at: Option<Tick>,
    pub failing_at: Option<Tick>,
    pub finished_at: Option<Tick>,
}

impl Build {
    /// Whether both stand alike.
    pub(super) fn stands_as(&self, other: &Self) -> bool {
        let stand = |build: &Self| {
            let times = [build.started_at, build.failing_at, build.finished_at];
            (build.state, build.blocked, times)
        };
        stand(self) == stand(other)
    }
}

/// A job as one body shows it.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: Guid,
    /// Place in [`STEPS`].
    pub step: usize,
    pub state: &'static str,
    pub exit_status: Option<i32>,
    pub signal_reason: Option<&'static str>,
    pub soft_failed: bool,
    pub created_at: Tick,
    pub started_at: Option<Tick>,
    pub finished_at: Option<Tick>,
    /// The job that this one repeats, and how that came about.
    pub retry_of: Option<(Guid, &'static str)>,
    /// The job that repeats this one, and how that came about.
    pub retried_in: Option<(Guid, &'static str)>,
    pub retries: u64,
}

impl Job {
    /// The `nth` try of a step of a build, waiting for an agent.
    #[must_use]
    pub fn new(build: &Build, step: usize, nth: u64, created_at: Tick) -> Self {
        let [high, low] = split(build.id);
        let mut dice = Dice::seeded(&[SALT_JOB, high, low, step as u64, nth]);
        Self {
            id: dice.guid_at(created_at.timestamp()),
            step,
            state: "scheduled",
            exit_status: None,
            signal_reason: None,
            soft_failed: false,
            created_at,
            started_at: None,
            finished_at: None,
            retry_of: None,
            retried_in: None,
            retries: nth,
        }
    }
}

/// The same event as another webhook tells it, or as the same one tells it anew.
#[must_use]
pub fn told_anew(hook: &Hook, request: Guid) -> Hook {
    let mut anew = hook.clone();
    for (name, value) in &mut anew.headers {
        if name == REQUEST_HEADER {
            *value = request.text();
        }
    }
    anew
}

fn split(id: Guid) -> [u64; 2] {
    let mask = u128::from(u64::MAX);
    [id.0 >> 64, id.0 & mask].map(|half| u64::try_from(half).unwrap_or(0))
}

/// The steps of simulated pipelines: key, label, command.
pub const STEPS: [(&str, &str, &str); 6] = [
    ("lint", ":lint-roller: Lint", "make lint"),
    ("build", ":package: Build", "make build"),
    ("unit", ":test_tube: Unit tests", "make test-unit SHARD=1"),
    ("browser", ":globe_with_meridians: Browser tests", "make test-browser"),
    ("deploy", ":rocket: Deploy", "scripts/deploy.sh production"),
    ("smoke", ":fire: Smoke tests", "scripts/smoke.sh https://shop.acme.example"),
];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    BuildScheduled,
    BuildRunning,
    BuildFailing,
    BuildFinished,
    BuildSkipped,
    JobScheduled,
    JobStarted,
    JobFinished,
    JobActivated,
    AgentConnected,
    AgentDisconnected,
    AgentLost,
    Ping,
    JobPromisedExitStatus,
    AgentStopping,
    AgentStopped,
    AgentBlocked,
    RegistrationBlocked,
}

impl Shape {
    pub const ALL: [Self; 18] = [
        Self::BuildScheduled,
        Self::BuildRunning,
        Self::BuildFailing,
        Self::BuildFinished,
        Self::BuildSkipped,
        Self::JobScheduled,
        Self::JobStarted,
        Self::JobFinished,
        Self::JobActivated,
        Self::AgentConnected,
        Self::AgentDisconnected,
        Self::AgentLost,
        Self::Ping,
        Self::JobPromisedExitStatus,
        Self::AgentStopping,
        Self::AgentStopped,
        Self::AgentBlocked,
        Self::RegistrationBlocked,
    ];

    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::BuildScheduled => "build.scheduled",
            Self::BuildRunning => "build.running",
            Self::BuildFailing => "build.failing",
            Self::BuildFinished => "build.finished",
            Self::BuildSkipped => "build.skipped",
            Self::JobScheduled => "job.scheduled",
            Self::JobStarted => "job.started",
            Self::JobFinished => "job.finished",
            Self::JobActivated => "job.activated",
            Self::AgentConnected => "agent.connected",
            Self::AgentDisconnected => "agent.disconnected",
            Self::AgentLost => "agent.lost",
            Self::Ping => "ping",
            Self::JobPromisedExitStatus => "job.promised_exit_status",
            Self::AgentStopping => "agent.stopping",
            Self::AgentStopped => "agent.stopped",
            Self::AgentBlocked => "agent.blocked",
            Self::RegistrationBlocked => "cluster_token.registration_blocked",
        }
    }

    fn template(self) -> &'static Template<Hole> {
        let place = match self {
            Self::BuildScheduled
            | Self::BuildRunning
            | Self::BuildFailing
            | Self::BuildFinished
            | Self::BuildSkipped => 0,
            Self::JobScheduled
            | Self::JobStarted
            | Self::JobFinished
            | Self::JobPromisedExitStatus => 1,
            Self::JobActivated => 2,
            Self::AgentConnected
            | Self::AgentDisconnected
            | Self::AgentLost
            | Self::AgentStopping
            | Self::AgentStopped
            | Self::AgentBlocked => 3,
            Self::Ping => 4,
            Self::RegistrationBlocked => 5,
        };
        &TEMPLATES[place]
    }
}

/// One moment in an organisation.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    pub organisation: &'a Organisation,
    pub shape: Shape,
    pub sent_at: Tick,
    /// Tells deliveries of one moment apart.
    pub number: u64,
    pub build: Build,
    pub job: Job,
    /// Who runs the job, or whom the event is about; one follows from the build where none is named.
    pub agent: Option<Agent>,
}

/// What of a scene is shown by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Build,
    Job,
    Pipeline,
    Agent,
}

/// A machine that runs jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    pub number: u64,
    pub connected_at: Tick,
}

impl<'a> Scene<'a> {
    /// A scene of the given shape in which build and job stand where the shape puts them.
    #[must_use]
    pub fn new(
        organisation: &'a Organisation,
        shape: Shape,
        mut build: Build,
        number: u64,
        sent_at: Tick,
    ) -> Self {
        let mut dice = Dice::seeded(&[SALT_JOB, organisation.seed, build.number, number]);
        let started_at = build.created_at.plus_ms(4_000);
        let finished_at = started_at.plus_ms(u64::from(dice.between(20, 900)) * 1_000);
        let failed = dice.percent(25);
        if !matches!(shape, Shape::BuildScheduled | Shape::BuildSkipped) {
            build.state = "running";
            build.started_at = Some(started_at);
        }
        let mut job = Job::new(&build, dice.below(6) as usize, 0, build.created_at);
        if matches!(shape, Shape::JobStarted | Shape::JobFinished | Shape::JobPromisedExitStatus) {
            job.state = "running";
            job.started_at = Some(started_at);
        }
        match shape {
            Shape::BuildSkipped => build.state = "skipped",
            Shape::BuildFailing => {
                build.state = "failing";
                build.failing_at = Some(started_at.plus_ms(9_000));
            }
            Shape::BuildFinished => {
                build.state = if failed { "failed" } else { "passed" };
                build.failing_at = failed.then(|| finished_at.minus_ms(3_000));
                build.finished_at = Some(finished_at);
            }
            Shape::JobFinished => {
                job.state = if failed { "failed" } else { "passed" };
                job.exit_status = Some(i32::from(failed));
                job.soft_failed = failed && dice.percent(20);
                job.finished_at = Some(finished_at);
            }
            Shape::JobActivated => {
                job.state = "unblocked";
                job.finished_at = Some(finished_at);
            }
            _ => {}
        }
        Self { organisation, shape, sent_at, number, build, job, agent: None }
    }

    #[must_use]
    pub fn hook(&self) -> Hook {
        let mut dice = Dice::seeded(&[SALT_REQUEST, self.organisation.seed, self.number]);
        let request = dice.guid_at(self.sent_at.timestamp());
        let mut body = Vec::with_capacity(8 * 1024);
        self.shape.template().write(&mut body, |hole, out| hole(self, out));
        let headers = [
            ("user-agent", "Buildkite-Request"),
            ("accept", "*/*"),
            ("accept-encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"),
            ("content-type", "application/json"),
            ("x-buildkite-event", self.shape.event()),
        ];
        let mut headers = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
        headers.push((REQUEST_HEADER.to_owned(), request.text()));
        Hook { provider: Provider::Buildkite, headers, body }
    }

    /// A part of a body alone, as the REST side shows it.
    #[must_use]
    pub(super) fn part(&self, part: Part) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 * 1024);
        ALONE[part as usize].write(&mut out, |hole, out| hole(self, out));
        out
    }

    fn pipeline(&self) -> &'a Pipeline {
        &self.organisation.pipelines[self.build.pipeline]
    }

    fn by(&self) -> &'a Person {
        &self.organisation.people[self.build.by]
    }

    /// Who set the webhook up: the sender of every body, whoever built.
    fn hook_owner(&self) -> &'a Person {
        &self.organisation.people[0]
    }

    /// Dice of the agent that runs the job, or that the event is about.
    fn agent(&self) -> Dice {
        let agent = match self.agent {
            Some(agent) => agent.number,
            None => (self.build.number + self.job.step as u64) % 40,
        };
        Dice::seeded(&[SALT_AGENT, self.organisation.seed, agent])
    }

    /// What the agent that runs the job is called.
    pub(super) fn agent_name(&self) -> String {
        format!("builder-{}", self.agent().throw() % 1_000)
    }

    fn agent_connected_at(&self) -> Tick {
        let hour = Tick::PER_SECOND * 3_600;
        let whole = || Tick(self.build.created_at.0 - self.build.created_at.0 % hour);
        self.agent.map_or_else(whole, |agent| agent.connected_at)
    }
}

/// What fills a hole of a template.
type Hole = for<'s, 'a> fn(&'s Scene<'a>, &mut Vec<u8>);

static TEMPLATES: LazyLock<[Template<Hole>; 6]> = LazyLock::new(|| {
    [
        include_str!("buildkite/build.json"),
        include_str!("buildkite/job.json"),
        include_str!("buildkite/job_activated.json"),
        include_str!("buildkite/agent.json"),
        include_str!("buildkite/ping.json"),
        include_str!("buildkite/registration_blocked.json"),
    ]
    .map(|text| Template::compile(text, &PARTS, hole))
});

/// Parts of bodies that the REST side shows by themselves.
static ALONE: LazyLock<[Template<Hole>; 4]> = LazyLock::new(|| {
    [
        include_str!("buildkite/build_body.json"),
        include_str!("buildkite/job_body.json"),
        include_str!("buildkite/pipeline.json"),
        include_str!("buildkite/agent_body.json"),
    ]
    .map(|text| Template::compile(text, &PARTS, hole))
});

const PARTS: [(&str, &str); 9] = [
    ("agent_body", include_str!("buildkite/agent_body.json")),
    ("build_body", include_str!("buildkite/build_body.json")),
    ("cluster_token", include_str!("buildkite/cluster_token.json")),
    ("job_body", include_str!("buildkite/job_body.json")),
    ("job_url", include_str!("buildkite/job_url.json")),
    ("pipeline", include_str!("buildkite/pipeline.json")),
    ("sender", include_str!("buildkite/sender.json")),
    ("user", include_str!("buildkite/user.json")),
    ("user_full", include_str!("buildkite/user_full.json")),
];

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_time(out: &mut Vec<u8>, at: Option<Tick>) {
    if let Some(at) = at {
        at.write_buildkite(out);
    }
}

fn push_bool(out: &mut Vec<u8>, value: bool) {
    push(out, if value { "true" } else { "false" });
}

/// A GraphQL id is base64 of the kind and the id.
fn push_graphql(out: &mut Vec<u8>, kind: &str, id: Guid) {
    use base64::Engine as _;
    let mut plain = Vec::with_capacity(64);
    push(&mut plain, kind);
    push(&mut plain, "---");
    id.write(&mut plain);
    let start = out.len();
    out.resize(start + 4 * plain.len().div_ceil(3), 0);
    let written = base64::engine::general_purpose::STANDARD
        .encode_slice(&plain, &mut out[start..])
        .unwrap_or(0);
    out.truncate(start + written);
}

/// The names that templates use, and what they stand for.
fn hole(name: &str) -> Option<Hole> {
    let hole: Hole = match name {
        "event" => |s, o| push(o, s.shape.event()),
        "org" => |s, o| push(o, &s.organisation.slug),
        "org_name" => |s, o| push(o, &s.organisation.name),
        "org_id" => |s, o| s.organisation.id.write(o),
        "org_graphql" => |s, o| push_graphql(o, "Organization", s.organisation.id),
        "cluster" => |s, o| s.organisation.cluster.write(o),
        "queue" => |s, o| s.organisation.queue.write(o),
        "service" => |s, o| s.organisation.service.write(o),

        "by.id" => |s, o| s.by().id.write(o),
        "by.graphql" => |s, o| push_graphql(o, "User", s.by().id),
        "by.name" => |s, o| push(o, &s.by().name),
        "by.mail" => |s, o| push(o, &s.by().mail),
        "by.avatar" => |s, o| push(o, &s.by().avatar),
        "by.joined_at" => |s, o| s.by().joined_at.write_buildkite(o),
        "hook_owner.id" => |s, o| s.hook_owner().id.write(o),
        "hook_owner.graphql" => |s, o| push_graphql(o, "User", s.hook_owner().id),
        "hook_owner.name" => |s, o| push(o, &s.hook_owner().name),
        "hook_owner.mail" => |s, o| push(o, &s.hook_owner().mail),
        "hook_owner.avatar" => |s, o| push(o, &s.hook_owner().avatar),
        "hook_owner.joined_at" => |s, o| s.hook_owner().joined_at.write_buildkite(o),

        "pipeline.id" => |s, o| s.pipeline().id.write(o),
        "pipeline.graphql" => |s, o| push_graphql(o, "Pipeline", s.pipeline().id),
        "pipeline.slug" => |s, o| push(o, &s.pipeline().slug),
        "pipeline.name" => |s, o| push(o, &s.pipeline().name),
        "pipeline.description" => |s, o| push(o, &s.pipeline().description),
        "pipeline.created_at" => |s, o| s.pipeline().created_at.write_buildkite(o),
        "pipeline.secret" => |s, o| push(o, &s.pipeline().secret),
        "pipeline.running_builds" => |s, o| push_number(o, s.build.number % 4),
        "pipeline.scheduled_jobs" => |s, o| push_number(o, s.number % 7),
        "pipeline.running_jobs" => |s, o| push_number(o, s.number % 5),

        "build.id" => |s, o| s.build.id.write(o),
        "build.graphql" => |s, o| push_graphql(o, "Build", s.build.id),
        "build.number" => |s, o| push_number(o, s.build.number),
        "build.state" => |s, o| push(o, s.build.state),
        "build.blocked" => |s, o| push_bool(o, s.build.blocked),
        "build.message" => |s, o| s.build.change.write_message(o),
        "build.commit" => |s, o| match s.build.commit {
            Some(commit) => commit.write(o),
            None => push(o, "HEAD"),
        },
        "build.branch" => |s, o| s.build.change.write_branch(o),
        "build.source" => |s, o| push(o, s.build.source),
        "build.has_meta" => |s, o| push(o, if s.build.number % 3 == 0 { "yes" } else { "" }),
        "build.pull_request" => |s, o| {
            if let Some(number) = s.build.pull_request {
                push_number(o, number);
            }
        },
        "build.created_at" => |s, o| s.build.created_at.write_buildkite(o),
        "build.started_at" => |s, o| push_time(o, s.build.started_at),
        "build.failing_at" => |s, o| push_time(o, s.build.failing_at),
        "build.finished_at" => |s, o| push_time(o, s.build.finished_at),

        "job.id" => |s, o| s.job.id.write(o),
        "job.graphql" => |s, o| push_graphql(o, "Job", s.job.id),
        "job.name" => |s, o| push(o, STEPS[s.job.step].1),
        "job.key" => |s, o| push(o, STEPS[s.job.step].0),
        "job.command" => |s, o| push(o, STEPS[s.job.step].2),
        "job.step" => |s, o| {
            let [high, low] = split(s.build.id);
            Dice::seeded(&[SALT_JOB, high, low, s.job.step as u64]).guid().write(o);
        },
        "job.state" => |s, o| push(o, s.job.state),
        "job.soft_failed" => |s, o| push_bool(o, s.job.soft_failed),
        "job.exit_status" => |s, o| match s.job.exit_status {
            Some(status) => push(o, &status.to_string()),
            None => push(o, "null"),
        },
        "job.signal_reason" => |s, o| push(o, s.job.signal_reason.unwrap_or("")),
        "job.created_at" => |s, o| s.job.created_at.write_buildkite(o),
        "job.started_at" => |s, o| push_time(o, s.job.started_at),
        "job.finished_at" => |s, o| push_time(o, s.job.finished_at),
        "job.expired_at" => |s, o| {
            push_time(o, s.job.finished_at.filter(|_| s.job.state == "expired"));
        },
        "job.retried" => |s, o| push_bool(o, s.job.retried_in.is_some()),
        "job.retried_in" => |s, o| {
            if let Some((job, _)) = s.job.retried_in {
                job.write(o);
            }
        },
        "job.own_retry_type" => |s, o| push(o, s.job.retried_in.map_or("", |(_, how)| how)),
        "job.retries" => |s, o| push_number(o, s.job.retries),
        "job.retry_of" => |s, o| {
            if let Some((job, _)) = s.job.retry_of {
                job.write(o);
            }
        },
        "job.retry_type" => |s, o| push(o, s.job.retry_of.map_or("", |(_, how)| how)),

        "agent.id" => |s, o| s.agent().guid().write(o),
        "agent.graphql" => |s, o| push_graphql(o, "Agent", s.agent().guid()),
        "agent.name" => |s, o| {
            push(o, "builder-");
            push_number(o, s.agent().throw() % 1_000);
        },
        "agent.host" => |s, o| {
            push(o, "ip-10-1-");
            push_number(o, s.agent().throw() % 250);
            push(o, "-");
            push_number(o, s.agent().throw() % 241);
        },
        "agent.address" => |s, o| {
            push(o, "192.0.2.");
            push_number(o, 1 + s.agent().throw() % 250);
        },
        "agent.minor" => |s, o| push_number(o, 90 + s.agent().throw() % 12),
        "agent.state" => |s, o| {
            push(
                o,
                match s.shape {
                    Shape::AgentDisconnected => "disconnected",
                    Shape::AgentLost => "lost",
                    Shape::AgentStopping => "stopping",
                    Shape::AgentStopped => "stopped",
                    _ => "connected",
                },
            );
        },
        "agent.connected_at" => |s, o| s.agent_connected_at().write_buildkite(o),
        "agent.disconnected_at" => |s, o| {
            if s.shape == Shape::AgentDisconnected {
                s.sent_at.write_buildkite(o);
            }
        },
        "agent.lost_at" => |s, o| {
            if s.shape == Shape::AgentLost {
                s.sent_at.write_buildkite(o);
            }
        },
        "agent.stopped_at" => |s, o| {
            if s.shape == Shape::AgentStopped {
                s.sent_at.write_buildkite(o);
            }
        },
        "blocked_ip" => |s, o| {
            if matches!(s.shape, Shape::AgentBlocked | Shape::RegistrationBlocked) {
                push(o, "198.51.100.");
                push_number(o, 1 + s.agent().throw() % 250);
            }
        },
        "token.id" => |s, o| Dice::seeded(&[SALT_AGENT, s.organisation.seed, 1]).guid().write(o),
        "job.promised" => |s, o| {
            if s.shape == Shape::JobPromisedExitStatus {
                s.sent_at.write_buildkite(o);
            }
        },
        _ => return None,
    };
    Some(hole)
}
