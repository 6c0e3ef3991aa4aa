//! `POST /ingest/tests`: one suite of one build, with its tests or with nothing but their number.

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::words::{bounded, plain, test_status};
use crate::model::{TestStatus, TestTotals};
use crate::providers::members::Members;
use crate::reports::TestCase;

/// Bytes of a message or a stack trace, and of a name: as of reports.
const TEXT_MAX: usize = 64 * 1024;
const NAME_MAX: usize = 4 * 1024;

/// A suite, its tests unread.
#[derive(Debug)]
pub struct Suite<'a> {
    pub name: String,
    /// Told by no client that we know; two jobs of one build may have suites of one name.
    pub job: Option<String>,
    pub duration_ms: Option<f64>,
    told: TestTotals,
    cases: Vec<&'a RawValue>,
}

impl<'a> Suite<'a> {
    #[must_use]
    pub fn of(members: &Members<'a>) -> Self {
        let name = members.text("name").or_else(|| members.text("suiteName"));
        Self {
            name: bounded(name.unwrap_or_else(|| "unnamed".to_owned()), NAME_MAX),
            job: members.text("jobName").map(|name| bounded(name, NAME_MAX)),
            duration_ms: members.float("duration").filter(|ms| *ms >= 0.0),
            told: told(members),
            cases: members.list("testCases").unwrap_or_default(),
        }
    }

    /// Whether single tests are told.
    #[must_use]
    pub fn has_cases(&self) -> bool {
        !self.cases.is_empty()
    }

    /// The tests, one after the other.
    pub fn cases(&self) -> impl Iterator<Item = TestCase> {
        self.cases.iter().filter_map(|raw| Some(self.case(&Members::of(raw)?)))
    }

    fn case(&self, case: &Members<'_>) -> TestCase {
        let text = |name| {
            case.verbatim(name).filter(|text| !text.is_empty()).map(|text| bounded(text, TEXT_MAX))
        };
        let (message, stack) = (text("errorMessage"), text("stackTrace"));
        let name = case.text("testName").or_else(|| case.text("name"));
        TestCase {
            suite: Some(self.name.clone()),
            class: case.text("className").map(|name| bounded(name, NAME_MAX)),
            name: bounded(name.unwrap_or_else(|| "unknown".to_owned()), NAME_MAX),
            status: test_status(
                case.text("status").as_deref(),
                message.is_some() || stack.is_some(),
            ),
            duration_ms: case.float("duration").filter(|ms| *ms >= 0.0),
            message,
            stack,
            is_retried: false,
            attempt: 1,
            file: None,
            line: None,
            started_at: None,
        }
    }

    /// How many tests ended how: counted where they are told, since numbers beside a list disagree
    /// with it now and then.
    #[must_use]
    pub fn totals(&self) -> TestTotals {
        if !self.has_cases() {
            return self.told;
        }
        let mut totals = TestTotals::default();
        for case in self.cases.iter().filter_map(|raw| Members::of(raw)) {
            let is_told = |name| case.verbatim(name).is_some_and(|text| !text.is_empty());
            let has_message = is_told("errorMessage") || is_told("stackTrace");
            totals.count(test_status(case.text("status").as_deref(), has_message), 1);
        }
        totals
    }

    /// Which suite it is among those of its name: what its tests say. The same sent again is the same.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for case in &self.cases {
            digest.update(case.get().len().to_le_bytes());
            digest.update(case.get());
        }
        let TestTotals { total, passed, failed, errored, skipped } = self.told;
        for count in [total, passed, failed, errored, skipped] {
            digest.update(count.to_le_bytes());
        }
        digest.update(self.duration_ms.unwrap_or(-1.0).to_le_bytes());
        hex::encode(&digest.finalize()[..16])
    }
}

/// The numbers of a body. The number of failures holds those that broke off.
fn told(members: &Members<'_>) -> TestTotals {
    let count = |name| members.number(name).and_then(|count| u64::try_from(count).ok());
    let (failed, skipped) = (count("failCount").unwrap_or(0), count("skipCount").unwrap_or(0));
    let others = failed.saturating_add(skipped);
    let passed = count("passCount")
        .unwrap_or_else(|| count("totalCount").unwrap_or(0).saturating_sub(others));
    let mut totals = TestTotals::default();
    for (status, tests) in
        [(TestStatus::Passed, passed), (TestStatus::Failed, failed), (TestStatus::Skipped, skipped)]
    {
        // More is a slip of somebody's pen, and fits into no column.
        totals.count(status, tests.min(u64::from(u32::MAX)));
    }
    totals
}

/// Suites of one slot take each other's place.
#[must_use]
pub fn slot(suite: &Suite<'_>) -> String {
    let job = suite.job.as_deref().map(plain).unwrap_or_default();
    format!("{job}|{}", suite.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(body: &str) -> TestTotals {
        Suite::of(&Members::of_body(body.as_bytes()).unwrap()).totals()
    }

    #[test]
    fn tests_are_counted_where_they_are_told() {
        let body = r#"{"name": "unit", "totalCount": 99, "passCount": 99, "testCases": [
            {"className": "Cart", "testName": "adds", "status": "PASSED", "duration": 1.5},
            {"testName": "fails", "status": "FAILED", "errorMessage": 404, "stackTrace": 1.50},
            {"status": "ERROR", "errorMessage": ""},
            {"testName": "skips", "status": "SKIPPED", "duration": null}
        ]}"#;
        let members = Members::of_body(body.as_bytes()).unwrap();
        let suite = Suite::of(&members);
        let expected = TestTotals { total: 4, passed: 1, failed: 1, errored: 1, skipped: 1 };
        assert_eq!(suite.totals(), expected);
        let cases: Vec<TestCase> = suite.cases().collect();
        assert_eq!(cases[1].message.as_deref(), Some("404"));
        assert_eq!(cases[1].stack.as_deref(), Some("1.50"));
        assert_eq!((cases[2].name.as_str(), &cases[2].message), ("unknown", &None));
        assert!(cases.iter().all(|case| case.suite.as_deref() == Some("unit")));
    }

    #[test]
    fn numbers_have_to_do_where_no_tests_are_told() {
        let sum = TestTotals { total: 10, passed: 7, failed: 2, errored: 0, skipped: 1 };
        assert_eq!(totals(r#"{"totalCount": "10", "failCount": 2, "skipCount": 1}"#), sum);
        let body = r#"{"totalCount": 4, "passCount": 7, "failCount": 2, "skipCount": 1,
            "testCases": []}"#;
        assert_eq!(totals(body), sum);
        assert_eq!(totals(r#"{"totalCount": -4, "failCount": "many"}"#), TestTotals::default());
    }
}
