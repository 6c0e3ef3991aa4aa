//! What can be asked. Source: the vendor's published descriptions of its REST API, version 7.1.
//!
//! A project is named by its GUID where it is known, else by its name.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answers::Cursor;
use crate::providers::rest::{Accept, Call, Host};

/// Kept as they are in a part of a path (RFC 3986, unreserved).
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Largest answer of JSON that is read. Timelines of 2,750 records have 2 MB.
const JSON_MAX: u64 = 64 * 1024 * 1024;

/// Largest log that is read; it is streamed.
pub const LOG_MAX: u64 = 1024 * 1024 * 1024;

/// Items per page.
pub const CHANGES_PAGE: usize = 200;
pub const RUNS_PAGE: usize = 100;
/// The service gives at most 1,000 results a page, and 200 with their details.
pub const RESULTS_PAGE: usize = 1_000;
pub const DETAILED_RESULTS_PAGE: usize = 200;
pub const PROJECTS_PAGE: usize = 200;

const BUILD: &str = "Build (read)";
const TEST: &str = "Test Management (read)";
const RELEASE: &str = "Release (read)";
const AGENT_POOLS: &str = "Agent Pools (read)";
const PROJECT: &str = "Project and Team (read)";

fn get(what: &'static str, right: &'static str, path: String) -> Call {
    Call {
        host: Host::Main,
        path,
        query: vec![("api-version", "7.1".to_owned())],
        accept: Accept::Json,
        what,
        right,
        bytes_max: JSON_MAX,
    }
}

/// A project's path; a dot alone would be taken for a step of the path itself.
fn within(project: &str) -> Cow<'_, str> {
    match project {
        "." | ".." => Cow::Owned(project.replace('.', "%2E")),
        project => utf8_percent_encode(project, PART).into(),
    }
}

impl Call {
    fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, &value),
            None => self,
        }
    }

    /// A version that the vendor has not called final.
    fn preview(mut self, version: &str) -> Self {
        version.clone_into(&mut self.query[0].1);
        self
    }

    fn on(self, host: Host) -> Self {
        Self { host, ..self }
    }

    fn text(self, bytes_max: u64) -> Self {
        Self { accept: Accept::Text, bytes_max, ..self }
    }

    /// The next part of a list.
    fn from(self, cursor: Option<&Cursor>) -> Self {
        match cursor {
            Some(Cursor::Token(token)) => self.with("continuationToken", token),
            Some(Cursor::Skip(count)) => self.with("$skip", count),
            None => self,
        }
    }
}

fn of_build(project: &str, build: i64, rest: &str) -> String {
    format!("/{}/_apis/build/builds/{build}{rest}", within(project))
}

pub fn build(project: &str, build: i64) -> Call {
    get("the build", BUILD, of_build(project, build, ""))
}

/// The builds of a project that ended last, the latest first.
pub fn newest_builds(project: &str, count: usize) -> Call {
    get("the builds", BUILD, format!("/{}/_apis/build/builds", within(project)))
        .with("queryOrder", "finishTimeDescending")
        .with("$top", &count)
}

/// `timeline` is the id of an older one; `None` is the newest.
pub fn timeline(project: &str, build: i64, timeline: Option<&str>) -> Call {
    let older = timeline.map(|id| format!("/{}", within(id))).unwrap_or_default();
    get("the timeline", BUILD, of_build(project, build, &format!("/timeline{older}")))
}

/// `from` leaves out lines before that one. No source says whether the service counts from 0 or 1: ask
/// for a line that is known already, and go on after it.
pub fn log(project: &str, build: i64, log: &str, from: Option<u64>) -> Call {
    get("the log", BUILD, of_build(project, build, &format!("/logs/{}", within(log))))
        .with_some("startLine", from)
        .text(LOG_MAX)
}

/// What is new in a build since the one before it, as the service counts.
pub fn changes(project: &str, build: i64, cursor: Option<&Cursor>) -> Call {
    get("the changes", BUILD, of_build(project, build, "/changes"))
        .with("$top", &CHANGES_PAGE)
        .from(cursor)
}

/// What is new in the second build since the first, the latest change first.
pub fn changes_between(project: &str, from: i64, to: i64, limit: usize) -> Call {
    get("the changes", BUILD, format!("/{}/_apis/build/changes", within(project)))
        .preview("7.1-preview.2")
        .with("fromBuildId", &from)
        .with("toBuildId", &to)
        .with("$top", &limit)
}

pub fn artifacts(project: &str, build: i64) -> Call {
    get("the artifacts", BUILD, of_build(project, build, "/artifacts"))
}

/// Runs may still be published after a build has come to its end.
pub fn test_runs(project: &str, build: i64, cursor: Option<&Cursor>) -> Call {
    get("the test runs", TEST, format!("/{}/_apis/test/runs", within(project)))
        .with("buildUri", &format!("vstfs:///Build/Build/{build}"))
        .with("includeRunDetails", &true)
        .with("$top", &RUNS_PAGE)
        .from(cursor)
}

/// Which results of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Results {
    /// Those that did not pass: failed, broken off, timed out.
    pub only_failed: bool,
    /// Also the tries and rows of each test.
    pub with_parts: bool,
}

impl Results {
    /// How many a page has.
    pub fn page(self) -> usize {
        if self.with_parts { DETAILED_RESULTS_PAGE } else { RESULTS_PAGE }
    }
}

pub fn test_results(project: &str, run: &str, asked: Results, cursor: Option<&Cursor>) -> Call {
    let path = format!("/{}/_apis/test/Runs/{}/results", within(project), within(run));
    get("the test results", TEST, path)
        .with_some("outcomes", asked.only_failed.then_some("Failed,Error,Timeout,Aborted"))
        .with_some("detailsToInclude", asked.with_parts.then_some("subResults"))
        .with("$top", &asked.page())
        .from(cursor)
}

/// Of the whole organisation.
pub fn pools() -> Call {
    get("the agent pools", AGENT_POOLS, "/_apis/distributedtask/pools".to_owned())
}

pub fn agents(pool: &str) -> Call {
    let path = format!("/_apis/distributedtask/pools/{}/agents", within(pool));
    get("the agents", AGENT_POOLS, path)
        .with("includeCapabilities", &true)
        .with("includeAssignedRequest", &true)
        .with("includeLastCompletedRequest", &true)
}

/// A project's names for the pools it may use.
pub fn queues(project: &str) -> Call {
    let path = format!("/{}/_apis/distributedtask/queues", within(project));
    get("the agent queues", AGENT_POOLS, path).preview("7.1-preview.1")
}

/// A release, with its environments and the tries of its deployments.
pub fn release(project: &str, release: &str) -> Call {
    of_releases("the release", project, &format!("/releases/{}", within(release)))
}

/// The releases of a project that were made last, the latest first.
pub fn newest_releases(project: &str, count: usize) -> Call {
    of_releases("the releases", project, "/releases")
        .with("queryOrder", "descending")
        .with("$top", &count)
}

fn of_releases(what: &'static str, project: &str, rest: &str) -> Call {
    let path = format!("/{}/_apis/release{rest}", within(project));
    get(what, RELEASE, path).on(Host::Release)
}

/// Whose token it is; every token may ask.
pub fn who() -> Call {
    get("the connection", "", "/_apis/connectionData".to_owned()).preview("7.1-preview.1")
}

pub fn projects(cursor: Option<&Cursor>) -> Call {
    get("the projects", PROJECT, "/_apis/projects".to_owned())
        .with("$top", &PROJECTS_PAGE)
        .from(cursor)
}

/// Where the services of an organisation live. Without a version, which old servers do not all know.
pub fn resource_areas() -> Call {
    let path = "/_apis/resourceAreas".to_owned();
    Call { query: Vec::new(), ..get("where its services live", "", path) }
}

#[cfg(test)]
mod tests;
