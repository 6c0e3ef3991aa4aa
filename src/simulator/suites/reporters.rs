//! Jobs that tell of their tests themselves, as `creel report` in a CI does: while builds are told by
//! hooks, a report comes at the end of each job that ran tests.
//!
//! [`Reporting`] stands between a world and whoever is told of it, and adds the reports.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use super::{Ran, drives_browsers, junit, of_acme, tool};
use crate::model::{Ci, Provider, Timestamp};
use crate::simulator::buildkite::{self, STEPS};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid, Sha};
use crate::simulator::rest::azure::{self, Tested};
use crate::simulator::rest::buildkite::{BROWSER_TESTS, seed};
use crate::simulator::rest::logs::Tool;
use crate::simulator::rest::{Archive, Run};
use crate::simulator::story::Outcome;
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{Course, JobCourse, PipelineCourse};
use crate::simulator::words::Change;
use crate::simulator::world::{World, acme, contoso};
use crate::simulator::{Happening, Hook};

const SALT_REPORT: u64 = 111;

/// The pipeline whose browser tests run in several browsers, each with a report of its own.
const IN_TWO_BROWSERS: &str = "storefront";
const BROWSERS: [&str; 2] = ["chromium", "firefox"];

/// What a job sends when its tests are over.
#[derive(Debug, Clone)]
pub struct Report {
    /// The end of the job.
    pub at: Tick,
    pub ci: Ci,
    /// What is tested.
    pub product: String,
    pub ran: Ran,
}

/// All reports of a build, in the order of its jobs. `archive` knows who ran them.
#[must_use]
pub fn reports(archive: &Archive, course: &Course) -> Vec<Report> {
    match course {
        Course::Run(run) => archive.run(run.build.id).map_or_else(Vec::new, |run| {
            azure::tested(&run).into_iter().filter_map(|one| of_contoso(&run, one)).collect()
        }),
        Course::Pipeline(build) => {
            build.jobs.iter().flat_map(|job| of_acme_job(build, job)).collect()
        }
        Course::Release(_) | Course::Agent { .. } => Vec::new(),
    }
}

fn of_contoso(run: &Run, tested: Tested) -> Option<Report> {
    let build = &run.course.build;
    let (place, organisation) = (build.pipeline, contoso());
    let pipeline = &organisation.pipelines[place];
    let project = organisation.project_of(place);
    let is_failed = !tested.ran.failing.is_empty();
    // Who describes infrastructure has a command for its tests and nobody who reports them.
    if tested.ran.tool == Tool::Terraform {
        return None;
    }
    let key = if drives_browsers(tested.ran.suite) { "browser" } else { "unit" };
    let ci = Ci {
        provider: Some("azure_devops".to_owned()),
        source: Some(organisation.name.clone()),
        source_id: Some(organisation.collection.text()),
        source_url: Some(organisation.base.clone()),
        project: Some(project.name.clone()),
        project_id: Some(project.id.text()),
        pipeline: Some(pipeline.name.clone()),
        pipeline_name: Some(pipeline.name.clone()),
        pipeline_id: Some(pipeline.id.to_string()),
        build: Some(build.id.to_string()),
        number: i64::try_from(build.id).ok(),
        label: Some(azure::label(build)),
        pull_request: build.pull_request.and_then(|number| i64::try_from(number).ok()),
        pull_request_target: build.pull_request.map(|_| "main".to_owned()),
        reason: Some(build.reason.to_owned()),
        job: Some(tested.job),
        job_id: Some(tested.job_id.text()),
        job_attempt: u32::try_from(tested.attempt).ok(),
        step_key: Some(format!("test.{key}")),
        agent: Some(tested.worker),
        ..common(&build.change, Some(build.commit), is_failed)
    };
    let product = organisation.repository_of(place).name.clone();
    Some(Report { at: tested.published, ci, product, ran: tested.ran })
}

/// What a job of `acme` reports: once for each of its browsers.
pub fn of_acme_job(course: &PipelineCourse, of: &JobCourse) -> Vec<Report> {
    let build = course.build();
    let pipeline = &acme().pipelines[build.pipeline];
    let job = &of.job;
    let (Some(ran), Some(to)) = (ran_at_acme(course, of), job.finished_at) else {
        return Vec::new();
    };
    if ran.tool == Tool::Terraform {
        return Vec::new();
    }
    let (key, label, _) = STEPS[job.step];
    let scene = buildkite::Scene {
        organisation: acme(),
        shape: buildkite::Shape::JobFinished,
        sent_at: to,
        number: 0,
        build: build.clone(),
        job: job.clone(),
        agent: course.agent,
    };
    let ci = Ci {
        provider: Some("buildkite".to_owned()),
        source: Some(acme().slug.clone()),
        pipeline: Some(pipeline.slug.clone()),
        pipeline_name: Some(pipeline.name.clone()),
        pipeline_id: Some(pipeline.id.text()),
        build: Some(build.id.text()),
        number: i64::try_from(build.number).ok(),
        pull_request: build.pull_request.and_then(|number| i64::try_from(number).ok()),
        pull_request_target: build.pull_request.map(|_| "main".to_owned()),
        default_branch: Some("main".to_owned()),
        reason: Some(build.source.to_owned()),
        job: Some(label.to_owned()),
        job_id: Some(job.id.text()),
        // Nothing is tried more than twice.
        job_attempt: Some(if job.retry_of.is_some() { 2 } else { 1 }),
        step_key: Some(key.to_owned()),
        agent: Some(scene.agent_name()),
        ..common(&build.change, build.commit, of.cause.is_some())
    };
    let report = Report { at: to, ci, product: pipeline.slug.clone(), ran };
    if report.ran.tool != Tool::Browser || pipeline.slug != IN_TWO_BROWSERS {
        return vec![report];
    }
    let in_browser = |browser: &str| {
        let mut report = report.clone();
        // The log tells of the first one.
        if browser != BROWSERS[0] {
            report.ran.failing.clear();
        }
        report.ci.variant = Some(browser.to_owned());
        report.ci.name = Some(browser.to_owned());
        report
    };
    BROWSERS.map(in_browser).into()
}

/// The tests of a job of `acme`, if it came to the end of them.
fn ran_at_acme(course: &PipelineCourse, of: &JobCourse) -> Option<Ran> {
    let job = &of.job;
    let is_testing = !of.is_gate && matches!(job.step, 2 | 3) && course.endless.is_none();
    let has_results = matches!(of.cause, None | Some(Cause::TestFailure));
    let span = job.started_at.zip(job.finished_at).filter(|_| is_testing && has_results)?;
    let pipeline = course.build().pipeline;
    let suite = of_acme(pipeline, job.step == BROWSER_TESTS);
    let tool = tool(&acme().pipelines[pipeline].slug, suite);
    Some(Ran::new((suite, tool), span, of.cause, course.trouble, seed(of)))
}

/// What a reporter tells in every CI.
fn common(change: &Change, commit: Option<Sha>, is_failed: bool) -> Ci {
    let text = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    Ci {
        branch: Some(text(&|out| change.write_branch(out))),
        commit: commit.map(|commit| text(&|out| commit.write(out))),
        job_status: Some(if is_failed { "failure" } else { "success" }.to_owned()),
        os: Some("Linux".to_owned()),
        arch: Some("X64".to_owned()),
        reporter: Some(concat!("creel ", env!("CARGO_PKG_VERSION")).to_owned()),
        ..Ci::default()
    }
}

impl Report {
    /// Where the file lies below the job's directory.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.ci.variant {
            Some(variant) => format!("reports/junit-{variant}.xml"),
            None => "reports/junit.xml".to_owned(),
        }
    }

    /// The file itself.
    #[must_use]
    pub fn junit(&self) -> String {
        junit::write(&self.ran, &self.product)
    }

    /// Who is behind all reports, where senders are told apart.
    fn sender() -> Guid {
        Dice::seeded(&[SALT_REPORT]).guid()
    }

    /// The request, with a part `ci` and a part `file`.
    #[must_use]
    pub fn hook(&self) -> Hook {
        let file = self.path();
        let ci = serde_json::to_string(&self.ci).unwrap_or_default();
        let junit = self.junit();
        // Nothing that is sent has it: names and messages are our own.
        let edge = "creel-report-edge";
        let body = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"ci\"\r\n\
             Content-Type: application/json\r\n\r\n{ci}\r\n\
             --{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{junit}\r\n--{edge}--\r\n"
        );
        let headers = [
            ("content-type", format!("multipart/form-data; boundary={edge}")),
            ("user-agent", concat!("creel/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        Hook {
            provider: Provider::Reporter,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: body.into_bytes(),
        }
    }
}

/// A hook, or a report that is written when it is wanted.
#[derive(Debug)]
pub enum Told {
    Hook(Box<Happening>),
    Report(Box<Waiting>),
}

/// A report on its way.
#[derive(Debug)]
pub struct Waiting {
    ordinal: u64,
    received_at: Timestamp,
    build: Option<Arc<Outcome>>,
    report: Report,
}

impl Told {
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        match self {
            Self::Hook(happening) => happening.received_at,
            Self::Report(waiting) => waiting.received_at,
        }
    }

    #[must_use]
    pub fn happening(self) -> Happening {
        match self {
            Self::Hook(happening) => *happening,
            Self::Report(waiting) => Happening {
                at: waiting.report.at.timestamp(),
                received_at: waiting.received_at,
                subscription: Report::sender(),
                event: "report",
                build: waiting.build,
                course: None,
                hook: waiting.report.hook(),
            },
        }
    }
}

/// A world, or its arrivals, with the reports of its jobs.
#[derive(Debug)]
pub struct Reporting<W> {
    world: W,
    ahead: Option<Happening>,
    archive: Archive,
    waiting: BinaryHeap<Reverse<Waiting>>,
    planned: u64,
    /// What would be sent later is not.
    last: Option<Timestamp>,
}

impl<W: Iterator<Item = Happening>> Reporting<W> {
    #[must_use]
    pub fn of(world: W) -> Self {
        Self {
            world,
            ahead: None,
            archive: Archive::default(),
            waiting: BinaryHeap::new(),
            planned: 0,
            last: None,
        }
    }

    /// Nothing is reported after this moment.
    #[must_use]
    pub fn stopping(mut self, at: Timestamp) -> Self {
        self.last = Some(at);
        self
    }

    /// Have a look at what the world tells next. All of a build is known from its first hook on.
    fn look(&mut self) {
        if self.ahead.is_some() {
            return;
        }
        self.ahead = self.world.next();
        let Some(Happening { course: Some(course), build, .. }) = &self.ahead else { return };
        let is_known = match course {
            Course::Run(run) => self.archive.run(run.build.id).is_some(),
            Course::Pipeline(course) => {
                let build = course.build();
                self.archive.build(build.pipeline, build.number).is_some()
            }
            Course::Release(_) | Course::Agent { .. } => true,
        };
        if is_known {
            return;
        }
        self.archive.keep(course);
        for report in reports(&self.archive, course) {
            self.planned += 1;
            let mut dice = Dice::seeded(&[SALT_REPORT, report.at.0.unsigned_abs(), self.planned]);
            let delay = Duration::from_millis(u64::from(dice.between(300, 2_500)));
            let received_at = report.at.timestamp().plus(delay);
            if self.last.is_some_and(|last| received_at > last) {
                continue;
            }
            let build = build.clone();
            self.waiting.push(Reverse(Waiting {
                ordinal: self.planned,
                received_at,
                build,
                report,
            }));
        }
    }

    /// Whether a report comes before whatever the world tells next.
    fn is_report_next(&self) -> bool {
        match (self.waiting.peek(), &self.ahead) {
            (Some(Reverse(first)), Some(ahead)) => first.received_at < ahead.received_at,
            (first, None) => first.is_some(),
            (None, Some(_)) => false,
        }
    }

    pub fn next_at(&mut self) -> Option<Timestamp> {
        self.look();
        let report = self.waiting.peek().map(|Reverse(first)| first.received_at);
        let hook = self.ahead.as_ref().map(|ahead| ahead.received_at);
        [report, hook].into_iter().flatten().min()
    }
}

impl<W: Iterator<Item = Happening>> Iterator for Reporting<W> {
    type Item = Told;

    fn next(&mut self) -> Option<Told> {
        self.look();
        if self.is_report_next() {
            return self.waiting.pop().map(|Reverse(waiting)| Told::Report(Box::new(waiting)));
        }
        self.ahead.take().map(|happening| Told::Hook(Box::new(happening)))
    }
}

/// What is told as time goes by.
pub trait Telling {
    /// The moment of what is told next, which nothing can come before any more.
    fn next_at(&mut self) -> Option<Timestamp>;

    fn tell(&mut self) -> Option<Happening>;
}

impl Telling for World {
    fn next_at(&mut self) -> Option<Timestamp> {
        Self::next_at(self)
    }

    fn tell(&mut self) -> Option<Happening> {
        self.next()
    }
}

impl Telling for Reporting<World> {
    fn next_at(&mut self) -> Option<Timestamp> {
        Self::next_at(self)
    }

    fn tell(&mut self) -> Option<Happening> {
        self.next().map(Told::happening)
    }
}

impl Waiting {
    fn rank(&self) -> (Timestamp, u64) {
        (self.received_at, self.ordinal)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}
