//! A make-believe Azure DevOps organisation: who works there, and the bodies of its service hooks.
//!
//! [`Organisation`] is the place: people, projects, pipelines, all from one seed. A [`Scene`] is one
//! moment in it, a [`Shape`] one kind of event; together they make a [`Hook`]. The JSON is in the
//! files beside this one, in the shapes of resource versions 1.0, 2.0 and 5.1.

mod body;
mod shape;

use std::sync::LazyLock;

pub use shape::Shape;

use super::Hook;
use super::clock::{Tick, push_number};
use super::dice::{Dice, Guid, Sha};
use super::words::{self, Change};
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
    pub(super) revision: u64,
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
    pub(super) revision: u64,
    pub(super) project: usize,
    repository: usize,
    pub(super) hosted: bool,
    /// Number of the queue that its jobs wait in.
    pub(super) queue: u64,
}

/// Queues of projects are counted from here; those of one's own machines follow on the provider's.
const QUEUES: u64 = 9;
const QUEUES_OWN: u64 = QUEUES + 100;

/// Number of a project's queue for the provider's own machines, or for those of one's own.
pub(super) fn queue_id(project: usize, hosted: bool) -> u64 {
    project as u64 + if hosted { QUEUES } else { QUEUES_OWN }
}

/// A pipeline that an organisation is given.
#[derive(Debug, Clone, Copy)]
pub struct Furniture {
    /// Name of one of the organisation's projects.
    pub project: &'static str,
    pub name: &'static str,
    pub repository: &'static str,
    /// Whether it runs on the provider's machines.
    pub hosted: bool,
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
            // One of a project, whatever its machines: bodies that speed is measured with stay.
            queue: QUEUES + (n % projects.len()) as u64,
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

    /// The same organisation with these pipelines in place of those that the dice made.
    #[must_use]
    pub fn furnished(mut self, pipelines: &[Furniture]) -> Self {
        let mut dice = Dice::seeded(&[0xf0a1, self.seed]);
        self.repositories.clear();
        self.pipelines.clear();
        for (number, wanted) in (0..).zip(pipelines) {
            let known = self.repositories.iter().position(|r| r.name == wanted.repository);
            let repository = known.unwrap_or_else(|| {
                let name = wanted.repository.to_owned();
                self.repositories.push(Repository { name, ..Repository::new(&mut dice) });
                self.repositories.len() - 1
            });
            let project = self.projects.iter().position(|p| p.name == wanted.project);
            let project = project.expect("a project of the organisation");
            self.pipelines.push(Pipeline {
                id: 21 + number * 7 + u64::from(dice.below(7)),
                name: wanted.name.to_owned(),
                revision: u64::from(dice.between(1, 90)),
                project,
                repository,
                hosted: wanted.hosted,
                queue: queue_id(project, wanted.hosted),
            });
        }
        self
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
            change: Change::Thrown(dice.throw()),
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

    /// The project of a pipeline.
    #[must_use]
    pub fn project_of(&self, pipeline: usize) -> &Project {
        &self.projects[self.pipelines[pipeline].project]
    }

    /// The repository that a pipeline builds.
    #[must_use]
    pub fn repository_of(&self, pipeline: usize) -> &Repository {
        &self.repositories[self.pipelines[pipeline].repository]
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

/// The same event as another subscription tells it: everything alike but who is told, and how many
/// notifications that one had before.
#[must_use]
pub fn told_to(hook: &Hook, subscription: Guid, notification: u64) -> Hook {
    const HEAD: &[u8] = b"{\"subscriptionId\":\"";
    const NUMBER: &[u8] = b"\",\"notificationId\":";
    let number_at = HEAD.len() + Guid::LENGTH + NUMBER.len();
    let digits = hook.body[number_at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut body = Vec::with_capacity(hook.body.len() + 8);
    body.extend_from_slice(HEAD);
    subscription.write(&mut body);
    body.extend_from_slice(NUMBER);
    push_number(&mut body, notification);
    body.extend_from_slice(&hook.body[number_at + digits..]);
    Hook { provider: hook.provider, headers: hook.headers.clone(), body }
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
    pub(super) fn of_build(self) -> &'static str {
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
    /// Which of its pipeline's this day.
    pub(super) sequence: u64,
    pub pipeline: usize,
    pub(super) by: usize,
    pub(super) change: Change,
    pub commit: Sha,
    pub(super) plan: Guid,
    pub(super) pull_request: Option<u64>,
    pub(super) reason: &'static str,
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

/// The id of a stage, the same in every run of a pipeline.
#[must_use]
pub(super) fn stage_id(pipeline: usize, stage_place: usize) -> Guid {
    Dice::seeded(&[SALT_STAGE, pipeline as u64, stage_place as u64]).guid()
}

/// The id of one try of a job.
#[must_use]
pub(super) fn job_id(build: u64, stage_place: usize, job: &str, attempt: u64) -> Guid {
    let name = job.len() as u64;
    Dice::seeded(&[SALT_STAGE, build, stage_place as u64, name, attempt]).guid()
}

/// Environments that approvals guard; `STAGES` deploy to them.
pub(super) const ENVIRONMENTS: [&str; 4] = ["lab", "preview", "staging", "production"];

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
    pub(super) other: usize,
    /// Seed of a pull request, a work item: its title, text and branch.
    pub(super) change: u64,
    pub(super) change_id: u64,
    /// When the pull request or the work item was opened.
    pub(super) opened_at: Tick,
    /// Commits of a pull request: its source, its target, and the two merged. A push goes from the
    /// first to the build's.
    pub(super) heads: [Sha; 3],
    /// Which of the comments on a pull request or a work item.
    pub(super) remark: u64,
    /// Where it is not left to the notification.
    pub(super) push_id: Option<u64>,
    pub(super) revision: u64,
    pub(super) pull_request_status: &'static str,
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
        let change = Dice::seeded(&[SALT_CHANGE, number / 5]).throw();
        let change_id = 100 + number / 5;
        let opened_ms = 3_600_000 + 1_237 * (change_id % 977);
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
            change,
            change_id,
            opened_at: build.queued_at.minus_ms(opened_ms),
            heads: [6, 7, 8].map(|what| Dice::seeded(&[change, what]).sha()),
            remark: 0,
            push_id: None,
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
        body::write(self, &mut body);
        Hook {
            provider: Provider::AzureDevops,
            headers: vec![
                ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
                ("user-agent".to_owned(), "VSServices/20.256.36706.3".to_owned()),
            ],
            body,
        }
    }

    /// The build alone, as `build.complete` 2.0 and the REST side show it.
    #[must_use]
    pub(super) fn build_body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(3 * 1024);
        body::write_build(self, &mut out);
        out
    }

    /// A release alone.
    #[must_use]
    pub(super) fn release_body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(3 * 1024);
        body::write_release(self, &mut out);
        out
    }

    fn pipeline(&self) -> &'a Pipeline {
        &self.organisation.pipelines[self.build.pipeline]
    }

    fn project(&self) -> &'a Project {
        self.organisation.project_of(self.build.pipeline)
    }

    fn repository(&self) -> &'a Repository {
        self.organisation.repository_of(self.build.pipeline)
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
