//! Builds and their tests as a reporter tells of them.

use creel::model::Timestamp;
use creel::workers::assessor::{self, Assessor};
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};
use crate::support::reports::form;

pub fn hours_ago(hours: i64) -> Timestamp {
    Timestamp(NOW.0 - hours * Timestamp::MILLIS_PER_HOUR)
}

/// Which of its words a build of Buildkite is told by.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    Uuid,
    Number,
    Both,
}

/// A report of one job.
#[derive(Debug, Clone)]
pub struct Report {
    pub number: i64,
    pub ci: Value,
    tests: Vec<(String, char)>,
}

impl Report {
    pub fn of(number: i64, at: Timestamp) -> Self {
        let ci = json!({
            "provider": "github", "source": "acme/shop", "pipeline": "shop-ci",
            "build": number.to_string(), "number": number, "branch": "main",
            "commit": format!("{number:07x}{:033}", 0), "started_at": at.to_string(),
            "job": "test", "agent": "vm-1",
        });
        Self { number, ci, tests: Vec::new() }
    }

    /// A test that ended so: Passed, Failed, Errored, Skipped, or passed on Retry.
    pub fn with(mut self, name: &str, letter: char) -> Self {
        self.tests.push((name.to_owned(), letter));
        self
    }

    pub fn set(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.ci[member] = value.into();
        self
    }

    pub fn tried(self, attempt: u32) -> Self {
        self.set("attempt", attempt)
    }

    pub fn branch(self, name: &str) -> Self {
        self.set("branch", name)
    }

    pub fn default_branch(self, name: &str) -> Self {
        self.set("default_branch", name)
    }

    pub fn job(self, name: &str) -> Self {
        self.set("job", name)
    }

    pub fn ended(self, status: &str) -> Self {
        self.set("status", status)
    }

    pub fn on(self, job: &str, agent: &str) -> Self {
        self.set("job", job).set("agent", agent)
    }

    pub fn buildkite(self, told: Told) -> Self {
        let uuid = format!("0196bbbb-0000-4000-8000-{:012}", self.number);
        let number = self.number;
        let it = self.set("provider", "buildkite").set("source", "acme");
        match told {
            Told::Uuid => it.set("build", uuid).set("number", Value::Null),
            Told::Number => it.set("build", Value::Null),
            Told::Both => it.set("build", uuid).set("number", number),
        }
    }

    pub fn xml(&self) -> String {
        let mut xml = String::from("<testsuite name='unit'>");
        for (place, (name, letter)) in self.tests.iter().enumerate() {
            let inside = match letter {
                'P' => String::new(),
                'F' => format!("<failure message='no {name}'>at line {place}</failure>"),
                'E' => "<error message='broke off'/>".to_owned(),
                'S' => "<skipped/>".to_owned(),
                'R' => "<flakyFailure message='once'>at line 1</flakyFailure>".to_owned(),
                other => panic!("no test ends as {other}"),
            };
            let took = (place * 37) % 100;
            xml.push_str(&format!(
                "<testcase classname='acme.Shop' name='{name}' time='0.{took:02}'>{inside}</testcase>"
            ));
        }
        xml.push_str("</testsuite>");
        xml
    }
}

pub fn send(desk: &Desk, report: &Report) {
    let (kind, body) =
        form(&[("ci", None, &report.ci.to_string()), ("file", Some("junit.xml"), &report.xml())]);
    desk.post("/api/v1/reports", &[("content-type".to_owned(), kind)], &body);
}

/// Read and file what was sent.
pub fn file(desk: &Desk) {
    desk.step_all();
}

pub fn assess(desk: &Desk) {
    let mut assessor = Assessor::of(&desk.hub);
    while assessor.step().expect("a step") != assessor::Progress::Idle {}
}

pub fn settle(desk: &Desk) {
    file(desk);
    assess(desk);
}

/// The test of a name.
pub fn case(desk: &Desk, name: &str) -> Value {
    let name = name.replace(' ', "%20");
    let page = desk.get_json(&format!("/api/v1/tests?q={name}"));
    page["items"][0].clone()
}

pub fn build_id(desk: &Desk, number: i64) -> String {
    let page = desk.get_json("/api/v1/builds?limit=500");
    let mut items = page["items"].as_array().expect("items").iter();
    let found = items.find(|item| item["number"] == number).expect("a build of that number");
    found["id"].as_str().expect("an id").to_owned()
}

/// What is said of all tests, in words that do not depend on rows.
pub fn assessed(desk: &Desk) -> String {
    let page = desk.get_json("/api/v1/tests?limit=200");
    let mut items = page["items"].as_array().expect("items").clone();
    items.sort_by_key(|item| item["case_id"].to_string());
    let mut text = String::new();
    for item in items {
        let id = item["case_id"].as_str().expect("an id");
        let detail = desk.get_json(&format!("/api/v1/tests/{id}"));
        text.push_str(&serde_json::to_string_pretty(&json!([item, detail])).expect("JSON"));
    }
    text
}
