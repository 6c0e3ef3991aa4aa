//! What runners write in JSON.

use std::cmp::Ordering;

use creel::reports::TestCase;
use serde_json::{Value, json};

use super::{cases, fixture, lines, ms, read_all, texts};

#[test]
fn what_runners_write_in_json_is_read_within_an_upload_too() {
    for name in ["jest.json", "rspec.json", "playwright.json", "cucumber.json"] {
        let report = String::from_utf8(fixture(name)).unwrap();
        let upload = format!(r#"{{"run_env": {{"key": "1"}}, "data": {report}, "tags": []}}"#);
        assert_eq!(cases(upload), cases(report), "{name}");
    }
}

#[test]
fn a_text_that_a_runner_cut_within_a_character_costs_nothing() {
    let one = r#"{"testResults": [{"name": "a.js", "assertionResults": [
        {"title": "adds", "status": "failed", "failureMessages": ["wanted \ud83d"]},
        {"title": "pays", "status": "passed"}]}]}"#;
    let cases = cases(one);
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0].message.as_deref(), Some("wanted \u{fffd}"));
}

#[test]
fn members_may_come_in_any_order() {
    for name in ["jest.json", "rspec.json", "playwright.json", "cucumber.json"] {
        let report: Value = serde_json::from_slice(&fixture(name)).unwrap();
        for text in [turned(&report, Ordering::reverse), turned(&report, |order| order)] {
            // Blocks may come before the tests beside them.
            let sorted = |mut cases: Vec<TestCase>| {
                cases.sort_by_cached_key(|case| format!("{case:?}"));
                cases
            };
            assert_eq!(sorted(cases(text)), sorted(cases(fixture(name))), "{name}");
        }
    }
}

/// The same JSON, the members of each object in the order of their names, or another one of them.
fn turned(value: &Value, order: fn(Ordering) -> Ordering) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_by(|one, other| order(one.cmp(other)));
            let member =
                |name: &String| format!("{}: {}", json!(name), turned(&members[name], order));
            format!("{{{}}}", list(names.into_iter().map(member).collect()))
        }
        Value::Array(entries) => {
            format!("[{}]", list(entries.iter().map(|entry| turned(entry, order)).collect()))
        }
        other => other.to_string(),
    }
}

#[test]
fn jest_tells_of_each_file_its_tests_and_whether_it_ran_at_all() {
    let cases = cases(fixture("jest.json"));
    let expected = [
        "src/cart.test.js | Cart > with goods | adds: Passed",
        "src/cart.test.js | Cart > with goods | sums 🚨: Failed",
        "src/cart.test.js | Cart | pays: Passed",
        "src/cart.test.js | ? | rests: Skipped",
        "src/cart.test.js | ? | dreams: Skipped",
        "src/door.test.js | ? | Test suite failed to run: Errored",
        "src/till/cart.test.js | Cart | pays: Passed",
        "src/till/cart.test.js | Cart | throws: Failed",
        "src/shop.test.js | Shop | opens: Passed",
        "src/shop.test.js | ? | Test suite failed to run: Errored",
    ];
    assert_eq!(lines(&cases), expected);
    let adds = &cases[0];
    assert_eq!((adds.file.as_deref(), adds.line), (Some("src/cart.test.js"), Some(12)));
    assert_eq!(adds.started_at.unwrap().to_string(), "2026-03-01T09:00:01.500Z");
    assert_eq!(ms(&cases)[..4], [Some(250.0), Some(4.5), Some(31.0), None]);
    // Of the colours that it wrote, what is left of them elsewhere, too.
    let (message, stack) = texts(&cases[1]);
    assert!(message.starts_with("Error: [2mexpect([22m"), "{message}");
    assert!(message.ends_with("Received: [31m4[39m"), "without the frames: {message}");
    assert!(stack.starts_with(message) && stack.ends_with("run.js:9:3)"), "{stack}");
    // It failed before it passed, and why is kept; nobody else is told to be flaky.
    assert_eq!(texts(&cases[2]).0, "Error: the till was closed");
    let retried: Vec<_> = cases.iter().map(|case| case.is_retried).collect();
    assert_eq!(retried.iter().position(|is| *is), Some(2));
    assert_eq!(retried.iter().filter(|is| **is).count(), 1);
    let door = "Cannot find module './door' from 'src/door.test.js'";
    assert_eq!(texts(&cases[5]).0, door);
    assert!(texts(&cases[5]).1.contains("Require stack:"));
    // A hook after all of its tests: none of them tells of it.
    assert_eq!(texts(&cases[9]).0, "Error: the door is stuck");
}

#[test]
fn jests_own_names_for_a_file_are_read_as_well() {
    let processed = r#"{"testResults": [
        {"testFilePath": "/app/a.test.js", "testResults": [{"title": "a", "status": "passed"}], "testExecError": null},
        {"testFilePath": "/app/b.test.js", "failureMessage": null, "testResults": [],
         "testExecError": {"message": "SyntaxError: no", "stack": "SyntaxError: no\n    at b.js:1:1"}}]}"#;
    let cases = cases(processed);
    let expected = [
        "/app/a.test.js | ? | a: Passed",
        "/app/b.test.js | ? | Test suite failed to run: Errored",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!(texts(&cases[1]), ("SyntaxError: no", "SyntaxError: no\n    at b.js:1:1"));
}

#[test]
fn rspec_tells_groups_exceptions_and_what_failed_outside_of_examples() {
    let cases = cases(fixture("rspec.json"));
    let expected = [
        "spec/cart_spec.rb | Cart with goods | adds: Passed",
        "spec/cart_spec.rb | Cart#total | sums 🚨: Failed",
        "spec/till_spec.rb | Till behaves like a counter | counts: Failed",
        "spec/cart_spec.rb | Cart | rests: Skipped",
        "? | ? | An error occurred while loading ./spec/door_spec.rb.: Errored",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!(ms(&cases), [Some(250.0), Some(4.5), Some(1_000.0), Some(0.1), None]);
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "expected: 3\n     got: 4\n\n(compared using ==)");
    let frames: Vec<_> = stack.lines().collect();
    assert_eq!(frames[0], "RSpec::Expectations::ExpectationNotMetError");
    assert_eq!((frames.len(), frames[2]), (3, "./spec/spec_helper.rb:9:in `block'"));
    // Where it says nothing else, what was thrown; a shared example lies in a file of its own.
    assert_eq!(texts(&cases[2]), ("NoMethodError", "?"));
    assert_eq!(
        (cases[2].file.as_deref(), cases[2].line),
        (Some("spec/support/counter.rb"), Some(3))
    );
    assert_eq!(texts(&cases[3]), ("on purpose", "?"));
    let (message, stack) = texts(&cases[4]);
    assert!(message.starts_with("Failure/Error: require \"door\""), "{message}");
    assert!(stack.contains("cannot load such file -- door"), "{stack}");
    // Without its messages, that there was one.
    let quiet = r#"{"examples": [], "summary": {"errors_outside_of_examples_count": 2}}"#;
    assert_eq!(lines(&read_all(quiet).0), ["? | ? | An error occurred: Errored"]);
}

#[test]
fn playwright_tells_projects_tries_and_what_was_expected() {
    let cases = cases(fixture("playwright.json"));
    let expected = [
        "chromium > cart.spec.ts | ? | opens: Passed",
        "webkit > cart.spec.ts | ? | opens: Passed",
        "chromium > cart.spec.ts | Cart > with goods | sums 🚨: Failed",
        "chromium > cart.spec.ts | Cart > with goods | rests: Skipped",
        "chromium > cart.spec.ts | Cart > with goods | fails on purpose: Passed",
        "webkit > cart.spec.ts | Cart > with goods | fails on purpose: Failed",
        "door.spec.ts | ? | closes: Skipped",
        "door.spec.ts | ? | closes: Errored",
        "e2e/setup.ts | ? | error outside of tests: Errored",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!((cases[0].file.as_deref(), cases[0].line), (Some("cart.spec.ts"), Some(5)));
    assert_eq!(cases[0].started_at.unwrap().to_string(), "2026-03-01T09:00:01.500Z");
    assert_eq!(texts(&cases[0]), ("?", "?"));
    // Flaky: one case with the length of the try that counts, and why the one before it failed.
    let retried: Vec<_> = cases.iter().map(|case| case.is_retried).collect();
    assert_eq!(retried, [false, true, false, false, false, false, false, false, false]);
    assert_eq!((cases[1].attempt, cases[1].duration_ms), (1, Some(300.0)));
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "Error: [2mexpect([22m[31mlocator[39m[2m)[22m.toBeVisible()");
    assert!(stack.ends_with("at /home/runner/work/shop/shop/e2e/cart.spec.ts:8:30"), "{stack}");
    // All that each try said.
    let all = "Error: expected 3\n    at e2e/cart.spec.ts:14:7\n\
               Error: and 5\n    at e2e/cart.spec.ts:15:7\nTest timeout of 30000ms exceeded.";
    assert_eq!(texts(&cases[2]), ("Error: expected 3", all));
    assert_eq!(cases[2].duration_ms, Some(30_000.0));
    assert_eq!(texts(&cases[3]), ("on purpose", "?"));
    assert_eq!(texts(&cases[4]), ("?", "?"));
    assert_eq!(texts(&cases[5]), ("passed, where failed was expected", "?"));
    assert_eq!(texts(&cases[6]), ("interrupted", "?"));
    assert_eq!(texts(&cases[7]).0, "stuck");
    assert_eq!((cases[7].attempt, cases[8].line), (2, Some(2)));
    assert_eq!(texts(&cases[8]).0, "Error: no shop to test");
}

#[test]
fn cucumber_makes_one_case_of_a_scenario_its_background_and_its_hooks() {
    let cases = cases(fixture("cucumber.json"));
    let expected = [
        "features/cart.feature | Cart | Adding: Passed",
        "features/cart.feature | Cart | Summing [#1]: Failed",
        "features/cart.feature | Cart | Summing [#2]: Failed",
        "features/till.feature | Till | Paying: Errored",
        "features/till.feature | Till | Paying [#2]: Errored",
        "features/till.feature | Till | Closing: Skipped",
        "features/till.feature | Till | Ringing: Failed",
        "features/till.feature | Till | Ringing: Passed",
        "features/till.feature | Till | Thinking: Skipped",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!(ms(&cases)[..4], [Some(5.25), Some(4.0), Some(1.0), Some(10.0)]);
    assert_eq!((cases[0].file.as_deref(), cases[0].line), (Some("features/cart.feature"), Some(6)));
    assert_eq!(cases[0].started_at.unwrap().to_string(), "2026-03-01T09:00:01.500Z");
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "java.lang.AssertionError: expected 3\nbut was 4 🚨");
    assert!(stack.contains("\tat shop.Steps.sum(Steps.java:31)"), "{stack}");
    assert_eq!(texts(&cases[2]), ("no shop", "?"));
    assert_eq!(texts(&cases[3]).0, "undefined step: When I pay");
    assert_eq!(texts(&cases[4]).0, "ambiguous step: When I pay");
    assert_eq!(texts(&cases[5]).0, "TODO (Cucumber::Pending)");
    // Tried again: two cases, as it is told.
    assert_eq!((cases[6].attempt, cases[7].attempt), (1, 2));
    assert_eq!(texts(&cases[8]), ("?", "?"));
}
