//! The tasks of a run: which there are in each job, when each is at work, how it ends, and where its
//! log stands. All of it follows from the course of the run.

use crate::simulator::azure_devops::{self as azure, RunResult, STAGES};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::logs::{self, Kind, Line, Page, Part, Tool, Work};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{JobTry, RunCourse, StageTry};
use crate::simulator::world::contoso;

const SALT_TASK: u64 = 81;
const SALT_PHASE: u64 = 82;
const SALT_TIMELINE: u64 = 83;
const SALT_COMPLAINT: u64 = 84;
const SALT_JOB: u64 = 85;

/// A job and all that it does.
#[derive(Debug, Clone)]
pub struct JobPlan<'a> {
    pub stage: &'a StageTry,
    pub job: &'a JobTry,
    /// Place among the stage's jobs, from 1 on.
    pub order: usize,
    pub id: Guid,
    pub phase: Guid,
    pub name: String,
    pub tasks: Vec<TaskPlan>,
    /// The log that has all of its tasks' logs, in order; none where no agent came.
    pub log: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct TaskPlan {
    pub id: Guid,
    pub name: String,
    /// Which task of the marketplace: id, name, version.
    pub task: Option<[&'static str; 3]>,
    /// From and to; `None` when it never ran.
    pub span: Option<(Tick, Tick)>,
    pub end: TaskEnd,
    /// Number of its log; `None` when it never ran.
    pub log: Option<u64>,
    what: What,
    tool: Tool,
    suite: u64,
    product: String,
    cause: Option<Cause>,
    /// The agent's name, which its first task writes down.
    worker: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEnd {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Initialize,
    Checkout,
    Setup,
    Work(Part),
    PublishResults,
    PublishArtifacts,
    PostCheckout,
    Finalize,
    /// So many lines, made one by one.
    Endless(u64),
}

impl TaskEnd {
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::SucceededWithIssues => "succeededWithIssues",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
        }
    }
}

/// Names the agent that a job runs on.
pub type Worker<'a> = &'a dyn Fn(usize, usize) -> String;

/// Every job of the run, whether it has begun or not, in the order of time.
pub fn jobs<'a>(course: &'a RunCourse, worker: Worker<'_>) -> Vec<JobPlan<'a>> {
    let mut log = 0;
    let mut plans = Vec::new();
    for (nth_stage, stage) in course.stages.iter().enumerate() {
        for (nth_job, job) in stage.jobs.iter().enumerate() {
            let name = job_name(stage, job);
            let id = job_id(course.build.id, stage, job);
            let mut tasks = tasks(course, stage, job, id, &worker(nth_stage, nth_job));
            for task in tasks.iter_mut().filter(|task| task.span.is_some()) {
                log += 1;
                task.log = Some(log);
            }
            let whole = job.began.map(|_| {
                log += 1;
                log
            });
            let phase = [stage.place as u64, job.place as u64, job.shard];
            let phase =
                Dice::seeded(&[SALT_PHASE, course.build.id, phase[0], phase[1], phase[2]]).guid();
            plans.push(JobPlan {
                stage,
                job,
                order: nth_job + 1,
                id,
                phase,
                name,
                tasks,
                log: whole,
            });
        }
    }
    plans
}

/// A job without what it does: enough for who only asks which agent is busy.
pub struct Head<'a> {
    /// Place of the stage, and of the job in it.
    pub place: (usize, usize),
    pub job: &'a JobTry,
    pub id: Guid,
    pub name: String,
}

pub fn heads(course: &RunCourse) -> impl Iterator<Item = Head<'_>> {
    course.stages.iter().enumerate().flat_map(move |(nth_stage, stage)| {
        stage.jobs.iter().enumerate().map(move |(nth_job, job)| Head {
            place: (nth_stage, nth_job),
            job,
            id: job_id(course.build.id, stage, job),
            name: job_name(stage, job),
        })
    })
}

pub fn job_name(stage: &StageTry, job: &JobTry) -> String {
    let name = STAGES[stage.place].2[job.place % 2];
    match job.shard {
        0 => name.to_owned(),
        shard => format!("{name} {shard}"),
    }
}

/// As the hooks tell it; jobs of many have ids of their own.
fn job_id(build: u64, stage: &StageTry, job: &JobTry) -> Guid {
    match job.shard {
        0 => azure::job_id(build, stage.place, STAGES[stage.place].2[job.place % 2], stage.attempt),
        shard => Dice::seeded(&[SALT_JOB, build, stage.place as u64, shard]).guid(),
    }
}

/// The timeline that holds what a later attempt took the place of.
pub fn older_timeline(build: u64, attempt: u64) -> Guid {
    Dice::seeded(&[SALT_TIMELINE, build, attempt]).guid()
}

fn purpose(stage: &StageTry) -> &'static [Part] {
    match stage.place {
        0 => &[Part::Restore, Part::Lint, Part::Build],
        1 => &[Part::Restore, Part::Test],
        _ => &[Part::Deploy],
    }
}

/// The part of the work that a cause hits.
fn hit(parts: &[Part], cause: Cause) -> Part {
    let wanted = match cause {
        Cause::Dependency | Cause::Network => Part::Restore,
        Cause::Lint => Part::Lint,
        _ => *parts.last().unwrap_or(&Part::Build),
    };
    if parts.contains(&wanted) { wanted } else { *parts.last().unwrap_or(&wanted) }
}

fn tasks(
    course: &RunCourse,
    stage: &StageTry,
    job: &JobTry,
    id: Guid,
    worker: &str,
) -> Vec<TaskPlan> {
    // An agent makes the list; where none came there is none.
    let Some(began) = job.began else { return Vec::new() };
    let build = &course.build;
    let pipeline = &contoso().pipelines[build.pipeline];
    let tool = logs::tool_of(&pipeline.name);
    let product = contoso().repository_of(build.pipeline).name.clone();
    let parts = purpose(stage);
    let hit = job.cause.map(|cause| hit(parts, cause));
    let is_giant = job.shard > 0;

    let mut list: Vec<(What, u32)> = vec![(What::Initialize, 2), (What::Checkout, 6)];
    if let Some(lines) = course.endless {
        list.push((What::Endless(lines), 80));
    } else {
        if stage.place < 2 {
            list.push((What::Setup, 4));
        }
        list.extend(parts.iter().map(|part| {
            let share = if Some(part) == parts.last() { 60 } else { 14 };
            (What::Work(*part), share)
        }));
    }
    match stage.place {
        0 => list.push((What::PublishArtifacts, 5)),
        1 => list.push((What::PublishResults, 5)),
        _ => {}
    }
    list.extend([(What::PostCheckout, 1), (What::Finalize, 1)]);
    if is_giant {
        // A job of many has a handful of small steps in place of the long one.
        list.retain(|(what, _)| !matches!(what, What::Setup | What::PublishResults));
    }

    // What still runs once something went wrong.
    let is_gone = job.cause == Some(Cause::AgentLost);
    let mut has_failed = false;
    let ends: Vec<TaskEnd> = list
        .iter()
        .map(|(what, _)| {
            let always = matches!(what, What::PublishResults | What::PostCheckout | What::Finalize);
            if has_failed {
                let runs = always && !is_gone;
                let stopped = matches!(job.cause, Some(Cause::Timeout | Cause::Canceled));
                let results = *what == What::PublishResults && stopped;
                return if runs && !results { TaskEnd::Succeeded } else { TaskEnd::Skipped };
            }
            match (what, job.cause) {
                (What::Work(part), Some(cause)) if Some(*part) == hit => {
                    has_failed = true;
                    match cause {
                        Cause::Timeout | Cause::Canceled | Cause::AgentLost => TaskEnd::Canceled,
                        _ => TaskEnd::Failed,
                    }
                }
                (What::Work(part), None)
                    if Some(part) == parts.last()
                        && job.result == RunResult::PartiallySucceeded =>
                {
                    TaskEnd::SucceededWithIssues
                }
                _ => TaskEnd::Succeeded,
            }
        })
        .collect();

    let ran = |end: TaskEnd| end != TaskEnd::Skipped;
    let whole: u32 =
        list.iter().zip(&ends).filter(|(_, end)| ran(**end)).map(|(one, _)| one.1).sum();
    let span = (job.ended.0 - began.0).max(0);
    let at = |done: u32| Tick(began.0 + span * i64::from(done) / i64::from(whole.max(1)));
    let mut done = 0;
    let mut plans = Vec::with_capacity(list.len());
    for (nth, ((what, share), end)) in (0_u64..).zip(list.into_iter().zip(ends)) {
        let from = done;
        if ran(end) {
            done += share;
        }
        let [high, low] = halves(id);
        let key = [SALT_TASK, high, low, nth];
        plans.push(TaskPlan {
            id: Dice::seeded(&key).guid(),
            name: name(what, tool, &product),
            task: reference(what, tool),
            span: ran(end).then(|| (at(from), at(done))),
            end,
            log: None,
            what,
            tool,
            suite: build.pipeline as u64,
            product: product.clone(),
            cause: match what {
                What::Work(part) if Some(part) == hit && end != TaskEnd::Succeeded => job.cause,
                _ => None,
            },
            worker: worker.to_owned(),
        });
    }
    plans
}

pub fn halves(id: Guid) -> [u64; 2] {
    let mask = u128::from(u64::MAX);
    [id.0 >> 64, id.0 & mask].map(|half| u64::try_from(half).unwrap_or(0))
}

fn name(what: What, tool: Tool, product: &str) -> String {
    match what {
        What::Initialize => "Initialize job".to_owned(),
        What::Checkout => format!("Checkout {product}@main to s"),
        What::Setup => match tool {
            Tool::Rust => "Install Rust 1.93",
            Tool::Node | Tool::Browser => "Use Node 22.x",
            Tool::Java => "Set up JDK 21",
            Tool::Go => "Use Go 1.25",
            Tool::Python => "Use Python 3.13",
            Tool::Dotnet => "Use .NET Core SDK 9.x",
            Tool::Terraform => "Install Terraform 1.14",
        }
        .to_owned(),
        What::Work(part) => match part {
            Part::Restore => "Restore packages",
            Part::Lint => "Lint",
            Part::Build => "Build",
            Part::Test => "Run tests",
            Part::Deploy => "Deploy",
        }
        .to_owned(),
        What::PublishResults => "Publish test results".to_owned(),
        What::PublishArtifacts => "Publish drop".to_owned(),
        What::PostCheckout => format!("Post-job: Checkout {product}@main to s"),
        What::Finalize => "Finalize Job".to_owned(),
        What::Endless(_) => "Import all rows".to_owned(),
    }
}

fn reference(what: What, tool: Tool) -> Option<[&'static str; 3]> {
    Some(match what {
        What::Initialize | What::Finalize => return None,
        What::Checkout | What::PostCheckout => {
            ["6d15af64-176c-496d-b583-fd2ae21d4df4", "Checkout", "1.0.0"]
        }
        What::Setup => ["0a1b3c5d-0001-4a00-8a00-5e70f0000001", "UseTool", "1.8.2"],
        What::Work(_) if tool == Tool::Dotnet => {
            ["5541a522-603c-47ad-91fc-a4b1d163081b", "DotNetCoreCLI", "2.249.0"]
        }
        What::Work(_) if tool == Tool::Java => {
            ["ac4ee482-65da-4485-a532-7b085873e532", "Maven", "4.247.1"]
        }
        What::Work(_) | What::Endless(_) => {
            ["d9bafed4-0b18-4f58-968d-86655b4d2ce9", "CmdLine", "2.250.1"]
        }
        What::PublishResults => {
            ["0b0f01ed-7dde-43ff-9cbb-e48954daf9b1", "PublishTestResults", "2.247.1"]
        }
        What::PublishArtifacts => {
            ["ecdc45f6-832d-4ad9-b52b-ee49e94659be", "PublishPipelineArtifact", "1.240.2"]
        }
    })
}

impl TaskPlan {
    /// Whether it has something to say that is shown on its record.
    fn may_complain(&self) -> bool {
        let [high, low] = halves(self.id);
        self.end == TaskEnd::SucceededWithIssues
            || (self.end == TaskEnd::Succeeded
                && matches!(self.what, What::Work(Part::Build | Part::Test))
                && Dice::seeded(&[SALT_COMPLAINT, high, low]).percent(12))
    }

    pub fn has_issues(&self) -> bool {
        self.cause.is_some() || self.may_complain()
    }

    pub fn is_publishing_results(&self) -> bool {
        self.what == What::PublishResults
    }

    pub fn is_publishing_artifacts(&self) -> bool {
        self.what == What::PublishArtifacts
    }

    pub fn is_testing(&self) -> bool {
        self.what == What::Work(Part::Test)
    }

    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// Which of the suite's tests failed, by the seed of its log.
    pub fn seed(&self) -> u64 {
        halves(self.id)[0]
    }

    /// How many lines its log will have in the end.
    pub fn line_count(&self) -> u64 {
        match self.what {
            What::Endless(lines) => lines + FRAME,
            _ => u64::try_from(self.page().said.len()).unwrap_or(0),
        }
    }

    /// The lines of its log from a line on (from 0).
    pub fn lines(&self, skip: u64) -> Box<dyn Iterator<Item = Line> + Send> {
        let Some((from, to)) = self.span else { return Box::new(std::iter::empty()) };
        if let What::Endless(lines) = self.what {
            return Box::new(endless(&self.name, lines, from, to, skip));
        }
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Box::new(self.page().timed(from, to).skip(skip))
    }

    /// The text of the line that tells why it failed.
    pub fn reason(&self) -> Option<String> {
        self.page().reason().map(str::to_owned)
    }

    fn page(&self) -> Page {
        let mut page = Page::default();
        page.say(Kind::Section, format!("Starting: {}", self.name));
        if let Some([_, name, version]) = self.task {
            page.plain(
                "==============================================================================",
            );
            page.plain(format!("Task         : {name}"));
            page.plain(format!("Version      : {version}"));
            page.plain(
                "==============================================================================",
            );
        }
        self.body(&mut page);
        if self.cause != Some(Cause::AgentLost) {
            page.say(Kind::Section, format!("Finishing: {}", self.name));
        }
        page
    }

    fn body(&self, page: &mut Page) {
        let product = &self.product;
        match self.what {
            What::Initialize => {
                page.plain(format!("Agent name: '{}'", self.worker));
                page.plain(format!("Agent machine name: '{}'", self.worker.to_lowercase()));
                page.plain("Current agent version: '4.262.0'");
                page.say(Kind::Group, "Operating System");
                page.plainly("Ubuntu\n24.04.3\nLTS");
                page.say(Kind::EndGroup, "");
                page.plain("Agent running as: 'vsts'");
                page.plain("Prepare build directory.");
                page.plain("Set build variables.");
                page.plain("Download all required tasks.");
                page.plain("Checking job knob settings: ContinueAfterErrors = false");
            }
            What::Checkout => {
                page.plain(format!("Syncing repository: {product} (Git)"));
                page.say(Kind::Command, "git version");
                page.plain("git version 2.51.2");
                page.say(
                    Kind::Command,
                    "git -c http.extraheader=\"AUTHORIZATION: bearer ***\" fetch --force --depth=1 origin",
                );
                for done in ["0% (1/412)", "48% (198/412)", "100% (412/412), done."] {
                    page.plain(format!("remote: Compressing objects: {done}"));
                }
                page.say(Kind::Command, "git checkout --progress --force refs/remotes/origin/main");
                page.plain("HEAD is now at the commit that was asked for");
            }
            What::Setup => {
                page.plain("Found tool in cache: 1 match, 0 errors");
                page.plain(
                    "Prepending PATH environment variable with directory: /opt/hostedtoolcache/bin",
                );
            }
            What::Work(part) => {
                page.append(logs::page(&Work {
                    seed: self.seed(),
                    tool: self.tool,
                    part,
                    product,
                    suite: self.suite,
                    cause: self.cause,
                    complains: self.may_complain(),
                }));
                self.end_of_work(page);
            }
            What::PublishResults => {
                page.plain("Result Attachments will be stored in LogStore");
                page.plain(
                    "Failed tests, if any, are shown on the Tests tab: 0 errors while parsing",
                );
                page.plain("Async Command Start: Publish test results");
                page.plain("Async Command End: Publish test results");
            }
            What::PublishArtifacts => {
                page.plain("Artifact name input: drop");
                page.plain("Uploading pipeline artifact from /agent/_work/1/a");
                page.plain("Content upload is done! Uploaded 1.2 MB, 0 errors, 0 retries");
                page.plain("ApplicationInsights: artifact drop was published");
            }
            What::PostCheckout => {
                page.plain("Cleaning any cached credential from repository");
                page.say(Kind::Command, "git config --unset-all http.extraheader");
            }
            What::Finalize => {
                page.plain("Cleaning up task key");
                page.plain("Start cleaning up orphan processes.");
            }
            What::Endless(_) => {}
        }
    }

    /// What the runner adds to the words of the tools.
    fn end_of_work(&self, page: &mut Page) {
        match (self.cause, self.end) {
            (Some(Cause::Timeout | Cause::Canceled), _) => {
                let text = "The operation was canceled.";
                if self.cause == Some(Cause::Timeout) {
                    page.decide(Kind::Error, text);
                } else {
                    page.say(Kind::Error, text);
                }
            }
            (Some(cause), TaskEnd::Failed) => {
                let status = cause.exit_status().unwrap_or(1);
                page.say(Kind::Error, format!("Bash exited with code '{status}'."));
            }
            _ => {}
        }
    }
}

/// Lines around those of an endless log.
const FRAME: u64 = 2;

fn endless(
    name: &str,
    lines: u64,
    from: Tick,
    to: Tick,
    skip: u64,
) -> impl Iterator<Item = Line> + Send + use<> {
    let span = (to.0 - from.0).max(0);
    let (start, finish) = (format!("Starting: {name}"), format!("Finishing: {name}"));
    (skip..lines + FRAME).map(move |nth| {
        let share = i64::try_from(nth).unwrap_or(0);
        let all = i64::try_from(lines + FRAME).unwrap_or(1);
        let at = Tick(from.0 + span / all * share);
        let (kind, text) = if nth == 0 {
            (Kind::Section, start.clone())
        } else if nth > lines {
            (Kind::Section, finish.clone())
        } else if nth.is_multiple_of(50_000) {
            (Kind::Error, format!("row {nth} has no price"))
        } else {
            let hash = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (
                Kind::Plain,
                format!("imported row {nth} of {lines}: {hash:016x} in {} us", hash % 997),
            )
        };
        Line { at, kind, text }
    })
}
