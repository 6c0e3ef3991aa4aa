//! A make-believe Azure DevOps organisation: who works there, and the bodies of its service hooks.
//!
//! [`Organisation`] is the place: people, projects, pipelines, all from one seed. A [`Scene`] is one
//! moment in it, a [`Shape`] one kind of event; together they make a [`Hook`]. The JSON is in the
//! files beside this one, in the shapes of resource versions 1.0, 2.0 and 5.1.

mod shape;

use std::sync::LazyLock;

pub use shape::Shape;

use super::Hook;
use super::clock::{Tick, push_number};
use super::dice::{Dice, Guid, Sha};
use super::template::Template;
use super::words;
use crate::model::Provider;

/// Salts keep the dice of one question from answering another.
const SALT_BUILD: u64 = 1;
const SALT_SCENE: u64 = 2;
const SALT_CHANGE: u64 = 3;
const SALT_STAGE: u64 = 4;
const SALT_SUBSCRIPTION: u64 = 5;

/// The organisation that the tests, the bench and the demo know.
static CONTOSO: LazyLock<Organisation> =
    LazyLock::new(|| Organisation::new("contoso", Home::Cloud, 0));

/// Where an organisation lives; the addresses in its bodies follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// `https://dev.azure.com/{name}/`
    Cloud,
    /// `https://{name}.visualstudio.com/`
    CloudOld,
    /// `https://tfs.{name}.example/tfs/DefaultCollection/`
    OnPremises,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub id: Guid,
    pub name: String,
    pub mail: String,
    pub descriptor: String,
}

#[derive(Debug, Clone)]
pub struct Project {
    pub id: Guid,
    pub name: String,
    revision: u64,
}

#[derive(Debug, Clone)]
pub struct Repository {
    pub id: Guid,
    pub name: String,
    size: u64,
}

#[derive(Debug, Clone)]
pub struct Pipeline {
    pub id: u64,
    pub name: String,
    revision: u64,
    project: usize,
    repository: usize,
    hosted: bool,
}

/// Everything that stays the same from event to event.
#[derive(Debug, Clone)]
pub struct Organisation {
    pub name: String,
    /// `https://dev.azure.com/contoso/`
    pub base: String,
    /// Parent of the base where the organisation is a server's collection.
    server: String,
    on_premises: bool,
    /// Where identities live.
    identities: String,
    /// Where classic releases live.
    releases: String,
    pub collection: Guid,
    pub account: Guid,
    service: Guid,
    pub people: Vec<Person>,
    pub projects: Vec<Project>,
    repositories: Vec<Repository>,
    pub pipelines: Vec<Pipeline>,
    seed: u64,
}

impl Organisation {
    /// `contoso`, the one everybody knows.
    #[must_use]
    pub fn contoso() -> &'static Self {
        &CONTOSO
    }

    /// Another organisation of the same kind: other people, projects, GUIDs and addresses.
    #[must_use]
    pub fn new(name: &str, home: Home, seed: u64) -> Self {
        let mut dice = Dice::seeded(&[0xa20e, seed]);
        let (collection, account, service) = (dice.guid(), dice.guid(), dice.guid());
        let base = match home {
            Home::Cloud => format!("https://dev.azure.com/{name}/"),
            Home::CloudOld => format!("https://{name}.visualstudio.com/"),
            Home::OnPremises => format!("https://tfs.{name}.example/tfs/DefaultCollection/"),
        };
        let on_premises = home == Home::OnPremises;
        let people = (0..24).map(|_| Person::new(&mut dice, name, on_premises)).collect();
        let projects = (0..6).map(|n| Project::new(&mut dice, n)).collect::<Vec<_>>();
        let repositories = (0..18).map(|_| Repository::new(&mut dice)).collect::<Vec<_>>();
        let pipelines = repositories.iter().enumerate().map(|(n, repository)| Pipeline {
            id: 20 + n as u64 * 7 + u64::from(dice.below(7)),
            name: format!("{}-ci", repository.name),
            revision: u64::from(dice.between(1, 90)),
            project: n % projects.len(),
            repository: n,
            hosted: dice.percent(60),
        });
        Self {
            pipelines: pipelines.collect(),
            name: name.to_owned(),
            server: format!("https://tfs.{name}.example/tfs/"),
            on_premises,
            identities: match home {
                Home::Cloud | Home::CloudOld => {
                    format!("https://spsprodweu1.vssps.visualstudio.com/A{}/", account.text())
                }
                Home::OnPremises => base.clone(),
            },
            releases: match home {
                Home::Cloud => format!("https://vsrm.dev.azure.com/{name}/"),
                Home::CloudOld => format!("https://{name}.vsrm.visualstudio.com/"),
                Home::OnPremises => base.clone(),
            },
            base,
            collection,
            account,
            service,
            people,
            projects,
            repositories,
            seed,
        }
    }

    /// The subscription of this number. `pool` keeps independent streams apart.
    #[must_use]
    pub fn subscription(&self, pool: u64, number: u64) -> Guid {
        Dice::seeded(&[SALT_SUBSCRIPTION, self.seed, pool, number]).guid()
    }

    /// The build of this id, as it is once it has ended at `ended_by` or before.
    #[must_use]
    pub fn build(&self, id: u64, ended_by: Tick) -> Build {
        let mut dice = Dice::seeded(&[SALT_BUILD, self.seed, id]);
        let pipeline = dice.below(u32::try_from(self.pipelines.len()).unwrap_or(u32::MAX)) as usize;
        let queued_at = ended_by.minus_ms(u64::from(dice.between(900_000, 1_200_000)));
        let queued_at = Tick(queued_at.0 + i64::from(dice.below(10_000)));
        let started_at = Tick(queued_at.0 + i64::from(dice.between(20_000_000, 600_000_000)));
        let finished_at = Tick(started_at.0 + i64::from(dice.below(2_000_000_000)) * 4 + 9_876_543);
        let result = match dice.below(100) {
            0..70 => RunResult::Succeeded,
            70..90 => RunResult::Failed,
            90..96 => RunResult::PartiallySucceeded,
            _ => RunResult::Canceled,
        };
        let is_pull_request = dice.percent(15);
        Build {
            id,
            sequence: u64::from(dice.between(1, 40)),
            pipeline,
            by: self.someone(&mut dice),
            branch: dice.throw(),
            commit: dice.sha(),
            plan: dice.guid(),
            pull_request: is_pull_request.then(|| u64::from(dice.between(100, 9_999))),
            reason: match dice.below(10) {
                _ if is_pull_request => "pullRequest",
                0..6 => "individualCI",
                6..8 => "batchedCI",
                8 => "schedule",
                _ => "manual",
            },
            result,
            queued_at,
            started_at,
            finished_at,
        }
    }

    fn someone(&self, dice: &mut Dice) -> usize {
        dice.below(u32::try_from(self.people.len()).unwrap_or(u32::MAX)) as usize
    }
}

impl Person {
    fn new(dice: &mut Dice, organisation: &str, on_premises: bool) -> Self {
        let (first, last) = words::person(dice);
        let login = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
        let code = dice.guid().text().replace('-', "");
        Self {
            id: dice.guid(),
            name: format!("{first} {last}"),
            mail: if on_premises {
                // A backslash, as JSON writes it.
                format!("CORP\\\\{login}")
            } else {
                format!("{login}@{organisation}.example")
            },
            descriptor: if on_premises {
                format!("win.{}", base64_like(&code))
            } else {
                format!("aad.{}", base64_like(&code))
            },
        }
    }
}

/// Letters as they come out of base64 of a GUID's text; what they spell is nobody's business.
fn base64_like(code: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(&code[..32])
}

impl Project {
    fn new(dice: &mut Dice, number: usize) -> Self {
        const NAMES: [&str; 6] = ["Web", "Mobile", "Platform", "Warehouse", "Payments", "Data"];
        Self {
            id: dice.guid(),
            name: NAMES[number % NAMES.len()].to_owned(),
            revision: u64::from(dice.between(20, 900)),
        }
    }
}

impl Repository {
    fn new(dice: &mut Dice) -> Self {
        let mut name = Vec::new();
        words::slug(dice, &mut name);
        Self {
            id: dice.guid(),
            name: String::from_utf8_lossy(&name).into_owned(),
            size: u64::from(dice.between(20_000, 9_000_000)),
        }
    }
}

/// How a run ends. `Rejected` is said of stages only: somebody refused the approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunResult {
    Succeeded,
    PartiallySucceeded,
    Failed,
    Canceled,
    Rejected,
    Skipped,
}

impl RunResult {
    /// `resource.result` of `build.complete` 2.0.
    fn of_build(self) -> &'static str {
        match self {
            Self::Succeeded | Self::Skipped => "succeeded",
            Self::PartiallySucceeded => "partiallySucceeded",
            Self::Failed | Self::Rejected => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// `resource.status` of `build.complete` 1.0.
    fn of_build_1(self) -> &'static str {
        match self {
            Self::Canceled => "stopped",
            other => other.of_build(),
        }
    }

    /// Runs know no partial success.
    fn of_run(self) -> &'static str {
        match self {
            Self::Succeeded | Self::PartiallySucceeded | Self::Skipped => "succeeded",
            Self::Failed | Self::Rejected => "failed",
            Self::Canceled => "canceled",
        }
    }

    fn of_step(self) -> &'static str {
        match self {
            Self::Succeeded | Self::PartiallySucceeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Succeeded | Self::Skipped => "succeeded",
            Self::PartiallySucceeded => "partially succeeded",
            Self::Failed | Self::Rejected => "failed",
            Self::Canceled => "has been canceled",
        }
    }
}

/// How far a run, stage or job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    NotStarted,
    Waiting,
    Running,
    Completed(RunResult),
}

impl Progress {
    fn of_run(self) -> &'static str {
        match self {
            Self::Completed(_) => "completed",
            Self::NotStarted | Self::Waiting | Self::Running => "inProgress",
        }
    }

    fn of_step(self) -> &'static str {
        match self {
            Self::NotStarted => "notStarted",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Completed(_) => "completed",
        }
    }

    fn result(self) -> Option<RunResult> {
        match self {
            Self::Completed(result) => Some(result),
            Self::NotStarted | Self::Waiting | Self::Running => None,
        }
    }

    fn step_result(self) -> &'static str {
        self.result().map_or("", RunResult::of_step)
    }

    fn verb(self) -> &'static str {
        match self {
            Self::NotStarted | Self::Waiting => "waiting to start",
            Self::Running => "in progress",
            Self::Completed(result) => result.verb(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Build {
    pub id: u64,
    sequence: u64,
    pub pipeline: usize,
    by: usize,
    /// Seed of the branch name.
    branch: u64,
    pub commit: Sha,
    plan: Guid,
    pull_request: Option<u64>,
    reason: &'static str,
    pub result: RunResult,
    pub queued_at: Tick,
    pub started_at: Tick,
    pub finished_at: Tick,
}

/// A stage or a job as an event shows it.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    pub progress: Progress,
    pub started_at: Option<Tick>,
    pub finished_at: Option<Tick>,
}

/// The stages of simulated pipelines, each with the name people see and its jobs.
pub const STAGES: [(&str, &str, [&str; 2]); 4] = [
    ("build", "Build and pack", ["Compile on Linux", "Compile on Windows"]),
    ("test", "Unit and browser tests", ["Unit tests", "Browser tests"]),
    ("staging", "Deploy to staging", ["Deploy to staging", "Smoke tests"]),
    ("production", "Deploy to production", ["Deploy to production", "Warm up"]),
];

/// Environments that approvals guard; `STAGES` deploy to them.
const ENVIRONMENTS: [&str; 4] = ["lab", "preview", "staging", "production"];

/// One moment in an organisation: all that an event of any shape could tell.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    pub organisation: &'a Organisation,
    pub shape: Shape,
    pub subscription: Guid,
    pub notification: u64,
    pub event: Guid,
    pub created_at: Tick,
    /// A build that is part of the scene, or that a push or a release belongs to.
    pub build: Build,
    pub run: Progress,
    pub run_finished_at: Tick,
    /// Place in [`STAGES`].
    pub stage_place: usize,
    pub stage: Step,
    pub job: Step,
    pub attempt: u64,
    pub approval: Option<Approval>,
    /// Reviewer, approver, assignee: never the one who did the thing.
    other: usize,
    /// Seed of a pull request, a work item: its title, text and branch.
    change: u64,
    change_id: u64,
    revision: u64,
    pull_request_status: &'static str,
}

/// An approval of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Approval {
    pub id: Guid,
    pub asked_at: Tick,
    /// When it was given or refused.
    pub answered: Option<(Tick, bool)>,
}

impl<'a> Scene<'a> {
    /// A scene around a build. `number` decides all that `build` and the caller leave open.
    #[must_use]
    pub fn new(organisation: &'a Organisation, shape: Shape, build: Build, number: u64) -> Self {
        let mut dice = Dice::seeded(&[SALT_SCENE, organisation.seed, number, shape as u64]);
        let event = dice.guid();
        let stage_place = dice.below(4) as usize;
        let (name, _, jobs) = STAGES[stage_place];
        let is_over = dice.percent(60);
        let progress = if is_over { Progress::Completed(build.result) } else { Progress::Running };
        let step = |name| Step {
            name,
            progress,
            started_at: Some(build.started_at.plus_ms(1_733)),
            finished_at: is_over.then_some(build.finished_at.minus_ms(2_117)),
        };
        let status = match shape {
            Shape::PullRequestMerged => "completed",
            Shape::PullRequestUpdated if dice.percent(15) => "abandoned",
            _ => "active",
        };
        let approval = Approval {
            id: dice.guid(),
            asked_at: build.started_at.plus_ms(40_000),
            answered: (shape == Shape::ApprovalCompleted)
                .then_some((build.finished_at.minus_ms(30_000), true)),
        };
        let other = match organisation.someone(&mut dice) {
            same if same == build.by => (same + 1) % organisation.people.len(),
            other => other,
        };
        Self {
            organisation,
            shape,
            subscription: organisation.subscription(0, 0),
            notification: number,
            event,
            created_at: build.finished_at.plus_ms(5_000),
            run: progress,
            run_finished_at: build.finished_at.plus_ms(113),
            stage_place,
            stage: step(name),
            job: step(*dice.pick(&jobs)),
            attempt: 1,
            approval: matches!(shape, Shape::ApprovalPending | Shape::ApprovalCompleted)
                .then_some(approval),
            other,
            change: Dice::seeded(&[SALT_CHANGE, number / 5]).throw(),
            change_id: 100 + number / 5,
            revision: 2 + number % 5,
            pull_request_status: status,
            build,
        }
    }

    /// The event's own time, shortly before it was told.
    fn happened_at(&self) -> Tick {
        Tick(self.created_at.0 - 21_234_567)
    }

    #[must_use]
    pub fn hook(&self) -> Hook {
        let mut body = Vec::with_capacity(8 * 1024);
        TEMPLATES[self.shape.template()].write(&mut body, |hole, out| hole(self, out));
        Hook {
            provider: Provider::AzureDevops,
            headers: vec![
                ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
                ("user-agent".to_owned(), "VSServices/20.256.36706.3".to_owned()),
            ],
            body,
        }
    }

    fn pipeline(&self) -> &'a Pipeline {
        &self.organisation.pipelines[self.build.pipeline]
    }

    fn project(&self) -> &'a Project {
        &self.organisation.projects[self.pipeline().project]
    }

    fn repository(&self) -> &'a Repository {
        &self.organisation.repositories[self.pipeline().repository]
    }

    fn by(&self) -> &'a Person {
        &self.organisation.people[self.build.by]
    }

    fn other(&self) -> &'a Person {
        &self.organisation.people[self.other]
    }

    fn is_closed(&self) -> bool {
        self.pull_request_status != "active"
    }

    /// Dice that throw the same for every event of one change.
    fn change(&self, what: u64) -> Dice {
        Dice::seeded(&[self.change, what])
    }

    fn work_item_state(&self) -> (&'static str, &'static str) {
        match self.shape {
            Shape::WorkItemCreated => ("New", "New"),
            _ if self.revision.is_multiple_of(2) => ("Active", "Implementation started"),
            _ => ("Closed", "Acceptance tests pass"),
        }
    }

    fn release_words(&self) -> (&'static str, &'static str) {
        match self.shape {
            Shape::ReleaseAbandoned => ("Release", "abandoned"),
            Shape::DeploymentStarted => ("Deployment of release", "started"),
            Shape::DeploymentCompleted => ("Deployment of release", self.build.result.verb()),
            Shape::DeploymentApprovalPending => ("Pre deployment approval for release", "pending"),
            Shape::DeploymentApprovalCompleted => {
                ("Pre deployment approval for release", "approved")
            }
            _ => ("Release", "created"),
        }
    }

    fn release_status(&self) -> &'static str {
        match (self.shape, self.build.result) {
            (Shape::DeploymentStarted, _) => "inProgress",
            (Shape::DeploymentCompleted, RunResult::Succeeded) => "succeeded",
            (Shape::DeploymentCompleted, RunResult::PartiallySucceeded) => "partiallySucceeded",
            (Shape::DeploymentCompleted, RunResult::Canceled) => "canceled",
            // A failed deployment reads `rejected`.
            (Shape::DeploymentCompleted, _) => "rejected",
            _ => "notStarted",
        }
    }
}

/// What fills a hole of a template.
type Hole = for<'s, 'a> fn(&'s Scene<'a>, &mut Vec<u8>);

static TEMPLATES: LazyLock<[Template<Hole>; 22]> = LazyLock::new(|| {
    [
        include_str!("azure_devops/build_complete_2.json"),
        include_str!("azure_devops/build_complete_1.json"),
        include_str!("azure_devops/run_state_changed.json"),
        include_str!("azure_devops/stage_state_changed.json"),
        include_str!("azure_devops/job_state_changed.json"),
        include_str!("azure_devops/approval.json"),
        include_str!("azure_devops/push.json"),
        include_str!("azure_devops/pull_request.json"),
        include_str!("azure_devops/pull_request_commented.json"),
        include_str!("azure_devops/work_item.json"),
        include_str!("azure_devops/work_item_updated.json"),
        include_str!("azure_devops/release_created.json"),
        include_str!("azure_devops/deployment.json"),
        include_str!("azure_devops/deployment_approval.json"),
        include_str!("azure_devops/repository_changed.json"),
        include_str!("azure_devops/checkin.json"),
        include_str!("azure_devops/alert.json"),
        include_str!("azure_devops/check_updated.json"),
        include_str!("azure_devops/agent_queue.json"),
        include_str!("azure_devops/pool_resized.json"),
        include_str!("azure_devops/endpoint.json"),
        include_str!("azure_devops/message_posted.json"),
    ]
    .map(|text| Template::compile(text, &PARTS, hole))
});

const PARTS: [(&str, &str); 30] = [
    ("approval_message", include_str!("azure_devops/approval_message.json")),
    ("approval_page", include_str!("azure_devops/approval_page.json")),
    ("build_message", include_str!("azure_devops/build_message.json")),
    ("build_page", include_str!("azure_devops/build_page.json")),
    ("build_page_plain", include_str!("azure_devops/build_page_plain.json")),
    ("envelope_head", include_str!("azure_devops/envelope_head.json")),
    ("envelope_message", include_str!("azure_devops/envelope_message.json")),
    ("envelope_tail", include_str!("azure_devops/envelope_tail.json")),
    ("identity", include_str!("azure_devops/identity.json")),
    ("identity_old", include_str!("azure_devops/identity_old.json")),
    ("pipeline", include_str!("azure_devops/pipeline.json")),
    ("project", include_str!("azure_devops/project.json")),
    ("pull_request_body", include_str!("azure_devops/pull_request_body.json")),
    ("pull_request_message", include_str!("azure_devops/pull_request_message.json")),
    ("pull_request_page", include_str!("azure_devops/pull_request_page.json")),
    ("push_message", include_str!("azure_devops/push_message.json")),
    ("release_body", include_str!("azure_devops/release_body.json")),
    ("release_environment", include_str!("azure_devops/release_environment.json")),
    ("release_message", include_str!("azure_devops/release_message.json")),
    ("release_page", include_str!("azure_devops/release_page.json")),
    ("repository", include_str!("azure_devops/repository.json")),
    ("run", include_str!("azure_devops/run.json")),
    ("run_links", include_str!("azure_devops/run_links.json")),
    ("run_page", include_str!("azure_devops/run_page.json")),
    ("run_repositories", include_str!("azure_devops/run_repositories.json")),
    ("stage", include_str!("azure_devops/stage.json")),
    ("work_item_fields", include_str!("azure_devops/work_item_fields.json")),
    ("work_item_messages", include_str!("azure_devops/work_item_messages.json")),
    ("work_item_page", include_str!("azure_devops/work_item_page.json")),
    ("work_item_page_plain", include_str!("azure_devops/work_item_page_plain.json")),
];

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Fills a hole that only asks whether.
fn push_if(out: &mut Vec<u8>, yes: bool) {
    push(out, if yes { "yes" } else { "" });
}

fn push_time(out: &mut Vec<u8>, at: Option<Tick>) {
    if let Some(at) = at {
        at.write_azure(out);
    }
}

/// The names that templates use, and what they stand for.
fn hole(name: &str) -> Option<Hole> {
    let hole: Hole = match name {
        "subscription" => |s, o| s.subscription.write(o),
        "notification" => |s, o| push_number(o, s.notification),
        "event" => |s, o| s.event.write(o),
        "kind" => |s, o| push(o, s.shape.event_type()),
        "publisher" => |s, o| push(o, s.shape.publisher()),
        "version" => |s, o| push(o, s.shape.version()),
        "created_at" => |s, o| s.created_at.write_azure(o),
        "happened_at" => |s, o| s.happened_at().write_azure(o),

        "name" => |s, o| push(o, &s.organisation.name),
        "base" => |s, o| push(o, &s.organisation.base),
        "server" => |s, o| push(o, &s.organisation.server),
        "on_premises" => |s, o| push(o, if s.organisation.on_premises { "yes" } else { "" }),
        "identities" => |s, o| push(o, &s.organisation.identities),
        "releases" => |s, o| push(o, &s.organisation.releases),
        "collection" => |s, o| s.organisation.collection.write(o),
        "account" => |s, o| s.organisation.account.write(o),
        "service" => |s, o| s.organisation.service.write(o),

        "by.id" => |s, o| s.by().id.write(o),
        "by.name" => |s, o| push(o, &s.by().name),
        "by.mail" => |s, o| push(o, &s.by().mail),
        "by.descriptor" => |s, o| push(o, &s.by().descriptor),
        "other.id" => |s, o| s.other().id.write(o),
        "other.name" => |s, o| push(o, &s.other().name),
        "other.mail" => |s, o| push(o, &s.other().mail),
        "other.descriptor" => |s, o| push(o, &s.other().descriptor),

        "project.id" => |s, o| s.project().id.write(o),
        "project.name" => |s, o| push(o, &s.project().name),
        "project.revision" => |s, o| push_number(o, s.project().revision),
        "repository.id" => |s, o| s.repository().id.write(o),
        "repository.name" => |s, o| push(o, &s.repository().name),
        "repository.size" => |s, o| push_number(o, s.repository().size),
        "repository.disabled" => {
            |s, o| push(o, if s.shape == Shape::RepositoryStatusChanged { "true" } else { "false" })
        }
        "repository.is_deleted" => |s, o| push_if(o, s.shape == Shape::RepositoryDeleted),
        "repository.is_forked" => |s, o| push_if(o, s.shape == Shape::RepositoryForked),
        "repository.is_renamed" => |s, o| push_if(o, s.shape == Shape::RepositoryRenamed),
        "repository.is_status" => |s, o| push_if(o, s.shape == Shape::RepositoryStatusChanged),
        // These events write an offset where all others write a `Z`.
        "repository.changed_at" => |s, o| {
            s.happened_at().write_azure(o);
            o.pop();
            push(o, "+00:00");
        },
        "fork.id" => |s, o| s.change(9).guid().write(o),
        "changeset.id" => |s, o| push_number(o, 1_000 + s.change_id),
        "pipeline.id" => |s, o| push_number(o, s.pipeline().id),
        "pipeline.name" => |s, o| push(o, &s.pipeline().name),
        "pipeline.revision" => |s, o| push_number(o, s.pipeline().revision),
        "queue.id" => |s, o| push_number(o, 9 + s.pipeline().project as u64),
        "queue.pool" => |s, o| push_number(o, if s.pipeline().hosted { 9 } else { 14 }),
        "queue.name" => {
            |s, o| push(o, if s.pipeline().hosted { "Azure Pipelines" } else { "Default" })
        }
        "queue.hosted" => |s, o| push(o, if s.pipeline().hosted { "true" } else { "false" }),

        "build.id" => |s, o| push_number(o, s.build.id),
        "build.label" => |s, o| {
            s.build.queued_at.write_day(o);
            o.push(b'.');
            push_number(o, s.build.sequence);
        },
        "build.verb" => |s, o| push(o, s.build.result.verb()),
        "build.result" => |s, o| push(o, s.build.result.of_build()),
        "build.status_1" => |s, o| push(o, s.build.result.of_build_1()),
        "build.reason" => |s, o| push(o, s.build.reason),
        "build.branch" => |s, o| words::branch(&mut Dice::seeded(&[s.build.branch]), o),
        "build.source" => |s, o| {
            if let Some(number) = s.build.pull_request {
                push(o, "refs/pull/");
                push_number(o, number);
                push(o, "/merge");
            } else {
                push(o, "refs/heads/");
                words::branch(&mut Dice::seeded(&[s.build.branch]), o);
            }
        },
        "build.commit" => |s, o| s.build.commit.write(o),
        "build.message" => |s, o| words::title(&mut Dice::seeded(&[s.build.branch, 1]), o),
        "build.plan" => |s, o| s.build.plan.write(o),
        "build.queued_at" => |s, o| s.build.queued_at.write_azure(o),
        "build.started_at" => |s, o| s.build.started_at.write_azure(o),
        "build.finished_at" => |s, o| s.build.finished_at.write_azure(o),
        "build.changed_at" => |s, o| s.build.finished_at.plus_ms(1_253).write_azure(o),
        // Git keeps seconds.
        "build.committed_at" => |s, o| {
            let at = s.build.queued_at.minus_ms(37_000);
            Tick(at.0 - at.0 % Tick::PER_SECOND).write_azure(o);
        },

        "run.state" => |s, o| push(o, s.run.of_run()),
        "run.result" => |s, o| push(o, s.run.result().map_or("", RunResult::of_run)),
        "run.verb" => |s, o| push(o, s.run.verb()),
        "run.finished_at" => |s, o| s.run_finished_at.write_azure(o),
        "stage.id" => |s, o| {
            Dice::seeded(&[SALT_STAGE, s.build.pipeline as u64, s.stage_place as u64])
                .guid()
                .write(o);
        },
        "stage.name" => |s, o| push(o, s.stage.name),
        "stage.display" => |s, o| push(o, STAGES[s.stage_place].1),
        "stage.attempt" => |s, o| push_number(o, s.attempt),
        "stage.state" => |s, o| push(o, s.stage.progress.of_step()),
        "stage.result" => |s, o| push(o, s.stage.progress.step_result()),
        "stage.verb" => |s, o| push(o, s.stage.progress.verb()),
        "stage.started_at" => |s, o| push_time(o, s.stage.started_at),
        "stage.finished_at" => |s, o| push_time(o, s.stage.finished_at),
        "job.id" => |s, o| {
            let job = s.job.name.len() as u64;
            Dice::seeded(&[SALT_STAGE, s.build.id, s.stage_place as u64, job, s.attempt])
                .guid()
                .write(o);
        },
        "job.name" => |s, o| push(o, s.job.name),
        "job.state" => |s, o| push(o, s.job.progress.of_step()),
        "job.result" => |s, o| push(o, s.job.progress.step_result()),
        "job.verb" => |s, o| push(o, s.job.progress.verb()),
        "job.started_at" => |s, o| push_time(o, s.job.started_at),
        "job.finished_at" => |s, o| push_time(o, s.job.finished_at),

        "approval.id" => |s, o| {
            if let Some(approval) = s.approval {
                approval.id.write(o);
            }
        },
        "approval.verb" => {
            |s, o| push(o, if s.shape == Shape::ApprovalPending { "pending" } else { "completed" })
        }
        "approval.status" => |s, o| {
            push(
                o,
                match s.approval.and_then(|a| a.answered) {
                    None => "pending",
                    Some((_, true)) => "approved",
                    Some((_, false)) => "rejected",
                },
            );
        },
        "approval.done" => {
            |s, o| push(o, s.approval.and_then(|a| a.answered).map_or("", |_| "yes"))
        }
        "approval.asked_at" => |s, o| push_time(o, s.approval.map(|a| a.asked_at)),
        "approval.answered_at" => {
            |s, o| push_time(o, s.approval.map(|a| a.answered.map_or(a.asked_at, |(at, _)| at)))
        }
        "approval.environment" => |s, o| push(o, ENVIRONMENTS[s.stage_place]),
        "approval.environment_id" => |s, o| push_number(o, 3 + s.stage_place as u64),

        "change.title" => |s, o| words::title(&mut s.change(1), o),
        "change.story" => |s, o| {
            let mut dice = s.change(2);
            let sentences = dice.between(2, 9);
            words::story(&mut dice, sentences, "\\n", o);
        },
        "change.branch" => |s, o| {
            push(o, "feature/");
            words::slug(&mut s.change(3), o);
        },
        "comment.text" => |s, o| words::story(&mut Dice::seeded(&[s.change, 4]), 2, " ", o),
        "comment.thread" => |s, o| push_number(o, 10_000 + s.change_id),
        "push.id" => |s, o| push_number(o, 30_000 + s.notification),
        "pull_request.build" => |s, o| push(o, s.build.pull_request.map_or("", |_| "yes")),
        // Of the build's own pull request, where the event is about a build.
        "pull_request.id" => |s, o| {
            let built = s.build.pull_request.filter(|_| s.shape == Shape::BuildComplete2);
            push_number(o, built.unwrap_or(s.change_id));
        },
        "pull_request.status" => |s, o| push(o, s.pull_request_status),
        "pull_request.verb" => |s, o| {
            push(
                o,
                match (s.shape, s.pull_request_status) {
                    (Shape::PullRequestCreated, _) => "created",
                    (_, "completed") => "completed",
                    (_, "abandoned") => "abandoned",
                    _ => "updated",
                },
            );
        },
        "pull_request.merge_status" => |s, o| {
            push(o, if s.shape == Shape::PullRequestCreated { "queued" } else { "succeeded" });
        },
        "pull_request.vote" => |s, o| push(o, if s.is_closed() { "10" } else { "0" }),
        "pull_request.created_at" => |s, o| {
            s.build.queued_at.minus_ms(3_600_000 + 1_237 * (s.change_id % 977)).write_azure(o);
        },
        "pull_request.closed_at" => |s, o| {
            if s.is_closed() {
                s.happened_at().write_azure(o);
            }
        },
        "merge.id" => |s, o| s.change(5).guid().write(o),
        "merge.source_commit" => |s, o| s.change(6).sha().write(o),
        "merge.target_commit" => |s, o| s.change(7).sha().write(o),
        "merge.commit" => |s, o| {
            if s.shape != Shape::PullRequestCreated {
                s.change(8).sha().write(o);
            }
        },

        "work_item.id" => |s, o| push_number(o, s.change_id),
        "work_item.type" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "Bug" } else { "User Story" })
        }
        "work_item.type_path" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "Bug" } else { "User%20Story" })
        }
        "work_item.verb" => |s, o| {
            push(
                o,
                match s.shape {
                    Shape::WorkItemCreated => "created",
                    Shape::WorkItemCommented => "commented on",
                    Shape::WorkItemDeleted => "deleted",
                    Shape::WorkItemRestored => "restored",
                    _ => "updated",
                },
            );
        },
        "work_item.state" => |s, o| push(o, s.work_item_state().0),
        "work_item.reason" => |s, o| push(o, s.work_item_state().1),
        "work_item.sprint" => |s, o| push_number(o, 1 + s.change_id % 26),
        "work_item.revision" => {
            |s, o| push_number(o, if s.shape == Shape::WorkItemCreated { 1 } else { s.revision })
        }
        "work_item.revision_before" => |s, o| push_number(o, s.revision - 1),
        "work_item.comments" => |s, o| push_number(o, s.revision / 2),
        "work_item.commented" => {
            |s, o| push(o, if s.shape == Shape::WorkItemCommented { "yes" } else { "" })
        }

        "alert.id" => |s, o| push_number(o, s.change_id),
        "alert.state" => |s, o| {
            push(o, if s.shape == Shape::AlertStateChanged { "fixed" } else { "active" });
        },
        "alert.severity" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "critical" } else { "high" })
        }
        "sentence" => |s, o| push(o, s.shape.sentence()),
        "pool.size" => |s, o| push_number(o, 2 + s.change_id % 6),
        "endpoint.id" => |s, o| s.change(10).guid().write(o),
        "room.id" => |s, o| push_number(o, 1 + s.change_id % 9),

        "release.id" => |s, o| push_number(o, s.build.id),
        "release.name" => |s, o| {
            push(o, "Release-");
            push_number(o, s.build.id);
        },
        "release.sentence" => |s, o| push(o, s.release_words().0),
        "release.verb" => |s, o| push(o, s.release_words().1),
        "release.where" => |s, o| {
            if !matches!(s.shape, Shape::ReleaseCreated | Shape::ReleaseAbandoned) {
                push(o, " on environment ");
                push(o, ENVIRONMENTS[s.stage_place]);
            }
        },
        "release.own_status" => |s, o| {
            push(o, if s.shape == Shape::ReleaseAbandoned { "abandoned" } else { "active" });
        },
        "release.status" => |s, o| push(o, s.release_status()),
        "release.approval" => |s, o| {
            let is_pending = s.shape == Shape::DeploymentApprovalPending;
            push(o, if is_pending { "pending" } else { "approved" });
        },
        "release.environment" => |s, o| push(o, ENVIRONMENTS[s.stage_place]),
        "release.environment_id" => |s, o| push_number(o, s.build.id * 4 + s.stage_place as u64),
        _ => return None,
    };
    Some(hole)
}
