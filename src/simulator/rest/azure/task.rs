//! One task: what it is called, what it writes, and which line tells why it failed.

use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::logs::{self, Kind, Line, Page, Part, Tool, Work};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::trouble::Trouble;

const SALT_COMPLAINT: u64 = 84;

/// A task of a job.
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
    pub what: What,
    pub tool: Tool,
    pub suite: u64,
    /// What is behind its failing tests.
    pub trouble: Trouble,
    /// Name of what is built.
    pub product: String,
    /// What failed here, if it was this task.
    pub cause: Option<Cause>,
    /// The agent's name, which the first task of a job writes down.
    pub worker: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEnd {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
}

/// What a task is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
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

impl What {
    pub fn name(self, tool: Tool, product: &str) -> String {
        match self {
            Self::Initialize => "Initialize job".to_owned(),
            Self::Checkout => format!("Checkout {product}@main to s"),
            Self::Setup => match tool {
                Tool::Rust => "Install Rust 1.93",
                Tool::Node | Tool::Browser => "Use Node 22.x",
                Tool::Java => "Set up JDK 21",
                Tool::Go => "Use Go 1.25",
                Tool::Python => "Use Python 3.13",
                Tool::Dotnet => "Use .NET Core SDK 9.x",
                Tool::Terraform => "Install Terraform 1.14",
            }
            .to_owned(),
            Self::Work(part) => match part {
                Part::Restore => "Restore packages",
                Part::Lint => "Lint",
                Part::Build => "Build",
                Part::Test => "Run tests",
                Part::Deploy => "Deploy",
            }
            .to_owned(),
            Self::PublishResults => "Publish test results".to_owned(),
            Self::PublishArtifacts => "Publish drop".to_owned(),
            Self::PostCheckout => format!("Post-job: Checkout {product}@main to s"),
            Self::Finalize => "Finalize Job".to_owned(),
            Self::Endless(_) => "Import all rows".to_owned(),
        }
    }

    /// Which task of the marketplace.
    pub fn reference(self, tool: Tool) -> Option<[&'static str; 3]> {
        Some(match self {
            Self::Initialize | Self::Finalize => return None,
            Self::Checkout | Self::PostCheckout => {
                ["6d15af64-176c-496d-b583-fd2ae21d4df4", "Checkout", "1.0.0"]
            }
            Self::Setup => ["0a1b3c5d-0001-4a00-8a00-5e70f0000001", "UseTool", "1.8.2"],
            Self::Work(_) if tool == Tool::Dotnet => {
                ["5541a522-603c-47ad-91fc-a4b1d163081b", "DotNetCoreCLI", "2.249.0"]
            }
            Self::Work(_) if tool == Tool::Java => {
                ["ac4ee482-65da-4485-a532-7b085873e532", "Maven", "4.247.1"]
            }
            Self::Work(_) | Self::Endless(_) => {
                ["d9bafed4-0b18-4f58-968d-86655b4d2ce9", "CmdLine", "2.250.1"]
            }
            Self::PublishResults => {
                ["0b0f01ed-7dde-43ff-9cbb-e48954daf9b1", "PublishTestResults", "2.247.1"]
            }
            Self::PublishArtifacts => {
                ["ecdc45f6-832d-4ad9-b52b-ee49e94659be", "PublishPipelineArtifact", "1.240.2"]
            }
        })
    }
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
                    trouble: self.trouble,
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

/// An id as seeds of dice.
pub fn halves(id: Guid) -> [u64; 2] {
    let mask = u128::from(u64::MAX);
    [id.0 >> 64, id.0 & mask].map(|half| u64::try_from(half).unwrap_or(0))
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
