//! Results of a run as tests of a pipeline: the same test has the same suite, class and name, whether the
//! service tells of it or a report does.
//!
//! The service keeps two words of a test: where it is stored, and its automated name.
//! * `Shop.Tests.dll` and `Shop.CartTests.Adds`: what TRX calls assembly, class and method. The title has
//!   the arguments of a row, as the report has them.
//! * `com.shop.CartTest` and `com.shop.CartTest.adds`, or `adds` alone: what JUnit calls class and name.
//!   The name of the suite is not kept; most writers of JUnit give it the name of the class, so that is
//!   what it gets here.

use super::{Case, Results, counted, result, skipped};
use crate::model::{TestResult, TestStatus, Unreadable};
use crate::providers::azure_devops::rest::answers::{Cursor, Page};
use crate::providers::rest::Answer;
use crate::reports::{TestCase, file_name, split_name, without_class};

/// A test, and the machine it ran on.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    pub case: TestCase,
    pub agent: Option<String>,
}

/// What makes a test the same test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Identity {
    suite: Option<String>,
    class: Option<String>,
    name: String,
}

/// A page of a run's results; `asked` and `cursor` are those that it was asked with.
pub fn test_cases(
    answer: &Answer,
    asked: Results,
    cursor: Option<&Cursor>,
) -> Result<Page<Tested>, Unreadable> {
    let (told, count) = counted::<Case>(answer)?;
    let items = told.into_iter().filter_map(tested).collect();
    Ok(Page::by_length(items, count, asked.page(), skipped(cursor)))
}

fn tested(told: Case) -> Option<Tested> {
    let (full, title) = (told.full_name.clone(), told.title.clone());
    let result = result(told, None)?;
    let full = full.as_deref().unwrap_or(&result.name);
    let Identity { suite, class, name } = identity(result.suite.as_deref(), full, title.as_deref());
    // The last try counts; what one before it said is kept of a test that passed in the end.
    let is_bad = |status| matches!(status, TestStatus::Failed | TestStatus::Errored);
    let failed: Option<&TestResult> =
        result.parts.iter().rev().filter(|_| result.is_rerun).find(|part| is_bad(part.status));
    let is_retried = result.is_rerun && result.status == TestStatus::Passed;
    let of_try =
        |text: fn(&TestResult) -> &Option<String>| failed.and_then(|part| text(part).clone());
    let case = TestCase {
        suite,
        class,
        name,
        status: result.status,
        duration_ms: result.duration_ms,
        message: result.message.or_else(|| of_try(|part| &part.message)),
        stack: result.stack.or_else(|| of_try(|part| &part.stack)),
        is_retried,
        attempt: 1,
        file: None,
        line: None,
        started_at: result.started_at,
    };
    Some(Tested { case, agent: result.agent })
}

fn identity(storage: Option<&str>, full: &str, title: Option<&str>) -> Identity {
    let some = |word: &str| Some(word.to_owned());
    match storage.map(str::trim).filter(|storage| !storage.is_empty()) {
        Some(storage) if is_assembly(storage) => {
            let (class, method) = split_name(full);
            let name = title.map(|title| without_class(title.to_owned(), class));
            Identity {
                suite: some(file_name(storage)),
                class: class.map(str::to_owned),
                name: name.unwrap_or_else(|| method.to_owned()),
            }
        }
        Some(storage) => Identity {
            suite: some(storage),
            class: some(storage),
            name: without_class(full.to_owned(), Some(storage)),
        },
        None => Identity { name: full.to_owned(), ..Identity::default() },
    }
}

fn is_assembly(storage: &str) -> bool {
    let lower = storage.to_ascii_lowercase();
    [".dll", ".exe"].iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use serde_json::{Value, json};

    use super::*;
    use crate::providers::azure_devops::rest::fixtures::answer;
    use crate::reports;

    fn told(results: &Value) -> Vec<Tested> {
        let asked = Results { only_failed: false, with_parts: true };
        test_cases(&answer(&json!({"value": results})), asked, None).unwrap().items
    }

    fn words(case: &TestCase) -> (Option<&str>, Option<&str>, &str) {
        (case.suite.as_deref(), case.class.as_deref(), &case.name)
    }

    fn reported(report: &str) -> TestCase {
        let mut cases = Vec::new();
        reports::read(report.as_bytes(), &mut |case| {
            cases.push(case);
            ControlFlow::Continue(())
        });
        assert_eq!(cases.len(), 1);
        cases.remove(0)
    }

    #[test]
    fn a_test_is_the_same_by_a_report_and_by_the_service() {
        let trx = |name: &str| {
            format!(
                r#"<TestRun><Results><UnitTestResult testId="6f8cbb45-0b2a-4f52-9a3c-0f4a0b6f3a01"
                     testName="{name}" outcome="Passed"/></Results><TestDefinitions>
                   <UnitTest id="6f8cbb45-0b2a-4f52-9a3c-0f4a0b6f3a01"><TestMethod
                     className="Shop.CartTests" codeBase="/src/bin/Shop.Tests.dll" name="Adds"/>
                   </UnitTest></TestDefinitions></TestRun>"#
            )
        };
        let junit = |suite: &str, class: &str| {
            format!(
                r#"<testsuite name="{suite}"><testcase classname="{class}" name="adds"/></testsuite>"#
            )
        };
        for (report, storage, full, title) in [
            (trx("Adds"), "Shop.Tests.dll", "Shop.CartTests.Adds", "Adds"),
            (trx("Adds(1.5)"), "Shop.Tests.dll", "Shop.CartTests.Adds", "Adds(1.5)"),
            (
                trx("Shop.CartTests.Adds(1)"),
                "Shop.Tests.dll",
                "Shop.CartTests.Adds",
                "Shop.CartTests.Adds(1)",
            ),
            (
                junit("com.shop.CartTest", "com.shop.CartTest"),
                "com.shop.CartTest",
                "com.shop.CartTest.adds",
                "adds",
            ),
            (junit("test/cart.ts", "test/cart.ts"), "test/cart.ts", "adds", "adds"),
        ] {
            let result = json!({"id": 100_000, "outcome": "Passed", "automatedTestStorage": storage,
                "automatedTestName": full, "testCaseTitle": title});
            let asked = told(&json!([result])).remove(0).case;
            assert_eq!(words(&asked), words(&reported(&report)), "{full}");
        }
    }

    #[test]
    fn a_test_that_passed_when_it_was_run_again_says_what_it_said_first() {
        let one = told(&json!([{
            "id": 100_000, "outcome": "Passed", "automatedTestName": "adds", "durationInMs": 12.5,
            "resultGroupType": "rerun", "computerName": "vm-1",
            "subResults": [
                {"id": 1, "sequenceId": 1, "outcome": "Failed", "errorMessage": "2 is not 3"},
                {"id": 2, "sequenceId": 2, "outcome": "Passed"}
            ]
        }]))
        .remove(0);
        assert_eq!(words(&one.case), (None, None, "adds"));
        assert_eq!((one.case.status, one.case.is_retried), (TestStatus::Passed, true));
        assert_eq!(one.case.message.as_deref(), Some("2 is not 3"));
        assert_eq!((one.case.duration_ms, one.agent.as_deref()), (Some(12.5), Some("vm-1")));
    }

    #[test]
    fn rows_of_a_test_are_no_tries() {
        let one = told(&json!([{
            "id": 100_000, "outcome": "Failed", "testCaseTitle": "adds", "errorMessage": "1 row",
            "resultGroupType": "dataDriven",
            "subResults": [{"sequenceId": 1, "outcome": "Failed", "errorMessage": "row 1"}]
        }]))
        .remove(0);
        assert_eq!((one.case.status, one.case.is_retried), (TestStatus::Failed, false));
        assert_eq!(one.case.message.as_deref(), Some("1 row"));
    }
}
