//! Reports of tests: what each format says, what is left of a spoiled one, and what a hostile one costs.

mod json;

use std::fmt::Write as _;
use std::fs;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

use creel::model::TestStatus::{Errored, Failed, Passed, Skipped};
use creel::model::TestTotals;
use creel::reports::{Format, Malformed, Summary, TestCase, read};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use crate::support::payloads;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports");
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Read through a window of few bytes, as a slow pipe would bring it, and count what arrives.
fn read_all(bytes: impl AsRef<[u8]>) -> (Vec<TestCase>, Summary) {
    let bytes = bytes.as_ref();
    let window = if bytes.len() < 10_000 { 7 } else { 9_973 };
    let mut cases = Vec::new();
    let summary = read(BufReader::with_capacity(window, bytes), &mut |case| {
        cases.push(case);
        ControlFlow::Continue(())
    });
    let mut totals = TestTotals::default();
    for case in &cases {
        totals.total += 1;
        *match case.status {
            Passed => &mut totals.passed,
            Failed => &mut totals.failed,
            Errored => &mut totals.errored,
            Skipped => &mut totals.skipped,
        } += 1;
        assert!(!case.name.is_empty() && case.attempt > 0, "{case:?}");
        assert!(case.duration_ms.is_none_or(|ms| ms.is_finite() && ms >= 0.0), "{case:?}");
        assert!(!case.is_retried || case.status == Passed, "{case:?}");
    }
    let flaky = cases.iter().filter(|case| case.is_retried).count() as u64;
    assert_eq!((summary.totals, summary.flaky), (totals, flaky), "the sink got what is counted");
    (cases, summary)
}

/// The cases of a report with nothing wrong in it.
fn cases(bytes: impl AsRef<[u8]>) -> Vec<TestCase> {
    let (cases, summary) = read_all(bytes);
    assert_eq!((summary.error, summary.cut), (None, None));
    cases
}

/// `suite | class | name: status`, with `?` for what is not told.
fn lines(cases: &[TestCase]) -> Vec<String> {
    let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "?".to_owned());
    let line = |case: &TestCase| {
        let (suite, class) = (word(&case.suite), word(&case.class));
        format!("{suite} | {class} | {}: {:?}", case.name, case.status)
    };
    cases.iter().map(line).collect()
}

fn texts(case: &TestCase) -> (&str, &str) {
    (case.message.as_deref().unwrap_or("?"), case.stack.as_deref().unwrap_or("?"))
}

fn ms(cases: &[TestCase]) -> Vec<Option<f64>> {
    cases.iter().map(|case| case.duration_ms).collect()
}

#[test]
fn each_format_is_told_by_its_content() {
    for (name, format, counts, suites) in [
        ("junit.xml", Format::Junit, [4, 2, 1, 2], 3),
        ("junit-flaky.xml", Format::Junit, [2, 1, 0, 0], 1),
        ("junit-latin1.xml", Format::Junit, [0, 1, 0, 0], 1),
        ("gtest.xml", Format::Gtest, [1, 1, 0, 2], 1),
        ("dotnet.trx", Format::Trx, [2, 1, 1, 2], 3),
        ("nunit2.xml", Format::Nunit2, [2, 2, 1, 2], 2),
        ("nunit3.xml", Format::Nunit3, [1, 1, 1, 3], 1),
        ("xunit1.xml", Format::Xunitnet, [1, 1, 0, 1], 1),
        ("xunit2.xml", Format::Xunitnet, [1, 1, 0, 2], 2),
        ("testng.xml", Format::Testng, [2, 1, 0, 2], 1),
        ("ctest.xml", Format::Ctest, [1, 2, 0, 1], 1),
        ("test-engine.json", Format::BuildkiteJson, [1, 1, 0, 2], 1),
        ("jest.json", Format::JestJson, [4, 2, 2, 2], 4),
        ("rspec.json", Format::RspecJson, [1, 2, 1, 1], 2),
        ("playwright.json", Format::PlaywrightJson, [3, 2, 2, 2], 3),
        ("cucumber.json", Format::CucumberJson, [2, 3, 2, 2], 2),
    ] {
        let (_, summary) = read_all(fixture(name));
        let TestTotals { passed, failed, errored, skipped, .. } = summary.totals;
        assert_eq!(summary.format, Some(format), "{name}");
        assert_eq!([passed, failed, errored, skipped], counts, "{name}");
        assert_eq!((summary.suites, summary.error, summary.cut), (suites, None, None), "{name}");
    }
}

#[test]
fn junit_tells_names_durations_and_what_went_wrong() {
    let cases = cases(fixture("junit.xml"));
    let expected = [
        r"unit > Harbour\GateTest | Harbour.GateTest | opens: Passed",
        r"unit > Harbour\GateTest | Harbour.GateTest | counts <boxes> & crates: Failed",
        r"unit > Harbour\GateTest::locks | Harbour.GateTest | locks #1: Passed",
        r"unit > Harbour\GateTest::locks | Harbour.GateTest | locks #2: Passed",
        "crane | Crane | lifts: Errored",
        "crane | Crane | turns: Skipped",
        "crane | Crane | rests: Skipped",
        "crane | Crane | rests: Passed",
        "crane | ? | unknown: Failed",
    ];
    assert_eq!(lines(&cases), expected);
    let [first, second, third, fourth, fifth, ..] = ms(&cases)[..] else { panic!() };
    let (thousands, exponent, negative, comma) = (second, third, fourth, fifth);
    assert_eq!((first, thousands), (Some(250.0), Some(2_503_100.0)));
    assert_eq!((exponent, negative, comma), (Some(0.045), Some(0.0), Some(1_500.0)));
    let opens = (cases[0].file.as_deref(), cases[0].line);
    assert_eq!(opens, (Some("tests/GateTest.php"), Some(12)));
    assert_eq!(texts(&cases[1]), ("expected 3\nwas 4", "GateTest.php:31\n  expected 3"));
    // The worst of several results speaks first, and none is lost but why it would have been skipped.
    assert_eq!(texts(&cases[4]), ("rope torn", "rope torn\n    at pull\ntoo heavy\nat lift"));
    assert_eq!((cases[6].attempt, cases[7].attempt), (1, 2));
}

#[test]
fn a_test_that_failed_before_it_passed_has_passed_and_says_so() {
    let cases = cases(fixture("junit-flaky.xml"));
    let retried: Vec<_> = cases.iter().map(|case| case.is_retried).collect();
    assert_eq!(retried, [true, false, false]);
    let stack =
        "java.lang.AssertionError: expected 2 but was 1\n\tat shop.CartTest.adds(CartTest.java:14)";
    assert_eq!(texts(&cases[0]), ("expected 2 but was 1", stack));
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "still full");
    assert!(
        stack.ends_with("still full, again\nat shop.CartTest.empties(CartTest.java:20)"),
        "{stack}"
    );
}

#[test]
fn google_test_tells_of_what_was_not_run() {
    let cases = cases(fixture("gtest.xml"));
    let names: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.status)).collect();
    let expected =
        [("Holds", Passed), ("Tears", Failed), ("DISABLED_Knots", Skipped), ("Floats", Skipped)];
    assert_eq!(names, expected);
    assert_eq!((cases[1].file.as_deref(), cases[1].line), (Some("rope_test.cc"), Some(12)));
    let torn = ("rope_test.cc:14\nExpected equality", "rope_test.cc:15\nValue of: torn");
    assert_eq!(texts(&cases[1]), torn);
    assert_eq!(texts(&cases[3]).0, "dry");
    assert_eq!(cases[0].started_at, None, "a time without a zone could be any hour");
}

#[test]
fn trx_finds_the_class_of_a_test_behind_the_results() {
    let cases = cases(fixture("dotnet.trx"));
    let expected = [
        "Shop.Tests.dll | Shop.CartTests | Adds: Passed",
        "Shop.Tests.dll | Shop.CartTests | Sums (3.5): Failed",
        "Shop.Tests.dll | Shop.DoorTests | Waits: Errored",
        "? | ? | Rests: Skipped",
        "? | ? | Silent: Skipped",
        "? | ? | Rows: Passed",
    ];
    assert_eq!(lines(&cases), expected);
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "Assert.Equal() Failure\nExpected: 3\nActual:   4");
    assert!(stack.starts_with("   at Shop.CartTests.Sums(Double d) in C:"), "{stack}");
    assert_eq!(texts(&cases[3]), ("?", "?"), "what was said besides is no failure");
    assert_eq!(cases[0].duration_ms, Some(1_500.0));
    assert_eq!(cases[0].started_at.unwrap().to_string(), "2026-03-01T09:00:01.000Z");
    // Visual Studio writes the definitions first.
    let text = String::from_utf8(fixture("dotnet.trx")).unwrap();
    let (head, rest) = text.split_once("  <Results>").unwrap();
    let (results, rest) = rest.split_once("  <TestDefinitions>").unwrap();
    let (definitions, tail) = rest.split_once("</TestDefinitions>\n").unwrap();
    let turned = format!(
        "{head}  <TestDefinitions>{definitions}</TestDefinitions>\n  <Results>{results}{tail}"
    );
    assert_eq!(read_all(turned).0, cases);
}

#[test]
fn nunit_of_both_versions_is_read() {
    let old = cases(fixture("nunit2.xml"));
    let expected = [
        "Shop.Tests.dll | Shop.CartTests | Adds(1.5): Passed",
        "Shop.Tests.dll | Shop.CartTests | Sums: Failed",
        "Shop.Tests.dll | Shop.CartTests | Breaks: Errored",
        "Shop.Tests.dll | Shop.CartTests | Rests: Skipped",
        "Shop.Tests.dll | Old.Fixture | Works: Passed",
        "Shop.Tests.dll | Old.Fixture | Fails: Failed",
        "Shop.Tests.dll | Old.Fixture | Sleeps: Skipped",
    ];
    assert_eq!(lines(&old), expected);
    let sums = ("Expected: 3\n  But was:  4", "at Shop.CartTests.Sums () in CartTests.cs:line 31");
    assert_eq!(texts(&old[1]), sums);
    assert_eq!(texts(&old[3]).0, "on purpose");
    let new = cases(fixture("nunit3.xml"));
    let statuses: Vec<_> = new.iter().map(|case| case.status).collect();
    assert_eq!(statuses, [Passed, Failed, Errored, Skipped, Skipped, Skipped]);
    assert_eq!(lines(&new)[0], "Shop.Tests.dll | Shop.CartTests | Adds(2): Passed");
    assert_eq!(texts(&new[1]).0, "Expected: 3\n  But was:  4");
    assert!(texts(&new[1]).1.starts_with("   at Shop.CartTests.Sums()"));
    assert_eq!((texts(&new[3]).0, texts(&new[5]).0), ("on purpose", "slow"));
    assert_eq!(new[0].started_at.unwrap().to_string(), "2026-03-01T09:00:01.500Z");
}

#[test]
fn xunit_net_of_all_versions_is_read() {
    let old = cases(fixture("xunit1.xml"));
    let expected = [
        "Shop.Tests.dll | Shop.CartTests | Adds: Passed",
        "Shop.Tests.dll | Shop.CartTests | Sums(d: 1.5): Failed",
        "Shop.Tests.dll | Shop.CartTests | Rests: Skipped",
    ];
    assert_eq!(lines(&old), expected);
    assert_eq!(texts(&old[1]), ("Expected: 3\nActual: 4", "at Shop.CartTests.Sums(Double d)"));
    assert_eq!(texts(&old[2]).0, "on purpose");
    let new = cases(fixture("xunit2.xml"));
    let expected = [
        "Shop.Tests.dll | Shop.CartTests | Adds: Passed",
        "Shop.Tests.dll | Shop.CartTests | adds with a name of its own: Failed",
        "Shop.Tests.dll | Shop.DoorTests | Rests: Skipped",
        "Shop.Tests.dll | Shop.DoorTests | Sleeps: Skipped",
    ];
    assert_eq!(lines(&new), expected);
    assert_eq!(texts(&new[1]).0, "System.Exception", "where there is no message");
    assert_eq!((new[3].file.as_deref(), new[3].line), (Some("Door.cs"), Some(9)));
}

#[test]
fn testng_names_each_row_and_counts_no_setting_up() {
    let cases = cases(fixture("testng.xml"));
    let expected = [
        "Harbour > firefox | harbour.GateTest | opens(1, harbour.Ship@): Passed",
        "Harbour > firefox | harbour.GateTest | opens(2, null): Failed",
        "Harbour > firefox | harbour.GateTest | closes: Skipped",
        "Harbour > firefox | harbour.GateTest | closes: Passed",
        "Harbour > firefox | harbour.GateTest | rests: Skipped",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!(texts(&cases[1]).0, "expected [2] but found [1]");
    assert_eq!((cases[3].is_retried, cases[3].attempt), (true, 2));
    assert_eq!(cases[0].duration_ms, Some(9.0));
}

#[test]
fn ctest_tells_how_a_test_ended_and_what_it_wrote() {
    let cases = cases(fixture("ctest.xml"));
    let expected = [
        "rope | ? | holds: Passed",
        "rope | ? | tears: Failed",
        "? | ? | hangs: Failed",
        "rope | ? | knots: Skipped",
    ];
    assert_eq!(lines(&cases), expected);
    assert_eq!(texts(&cases[0]), ("?", "?"));
    let (message, stack) = texts(&cases[1]);
    assert_eq!(message, "Failed, exit value 8");
    assert_eq!(stack.lines().filter(|line| *line == "rope torn at 12 m").count(), 20);
    assert_eq!(texts(&cases[2]), ("Timeout", "waiting..."));
    assert_eq!(texts(&cases[3]), ("Disabled", "?"));
    assert_eq!(ms(&cases), [Some(12.5), Some(1_500.0), None, None]);
}

#[test]
fn results_of_test_collectors_are_read_alone_and_within_an_upload() {
    let list = String::from_utf8(fixture("test-engine.json")).unwrap();
    let cases = cases(&list);
    let expected = [
        "? | Cart | adds: Passed",
        "? | Cart | sums 🚨: Failed",
        "? | Cart | 404: Skipped",
        "? | Cart | wonders: Skipped",
    ];
    assert_eq!(lines(&cases), expected);
    let sums = (
        "Failure/Error: expected 3",
        "expected: 3\n     got: 4\n./spec/cart_spec.rb:21:in `block'",
    );
    assert_eq!(texts(&cases[1]), sums);
    assert_eq!((cases[0].duration_ms, cases[0].line), (Some(250.0), Some(12)));
    let upload =
        format!(r#"{{"format": "json", "run_env": {{"key": "1"}}, "data": {list}, "tags": []}}"#);
    assert_eq!(read_all(upload).0, cases);
}

#[test]
fn every_encoding_reads_the_same() {
    let text = String::from_utf8(fixture("junit.xml")).unwrap().replace("crane", "Kräne 🚨");
    let expected = cases(&text);
    assert!(lines(&expected)[4].starts_with("Kräne 🚨 | Crane"));
    let wide = |mark: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = format!("{mark}{}", text.replace("UTF-8", "UTF-16"));
        text.encode_utf16().flat_map(order).collect()
    };
    for mark in ["", "\u{feff}"] {
        assert_eq!(cases(wide(mark, u16::to_le_bytes)), expected);
        assert_eq!(cases(wide(mark, u16::to_be_bytes)), expected);
        assert_eq!(cases(format!("{mark}{text}")), expected);
    }
    let latin = cases(fixture("junit-latin1.xml"));
    assert_eq!(lines(&latin), ["Grüße | Grüße | sagt «hallo»: Failed"]);
    assert_eq!(texts(&latin[0]), ("änderbar", "[31mrot[0m [1m"), "without what XML forbids");
}

#[test]
fn a_malformed_file_says_where_and_keeps_what_came_before() {
    let before = "<testsuite name='a'>\n  <testcase name='one'/>\n";
    for (rest, line, column, reason) in [
        ("  <testcase name='two'>", 3, 24, "the file ends before </testsuite>"),
        ("  <testcase name='two'><![CDATA[ ]]", 3, 24, "CDATA not closed"),
        ("\n ä</wrong>", 4, 3, "expected `</testsuite>`"),
        ("  <testcase name=two/>\n</testsuite>", 3, 3, "must be enclosed in"),
        ("</testsuite>\n<testsuite/>", 4, 1, "<testsuite> is a second root"),
        ("</testsuite>\nBye", 3, 13, "there is text after </testsuite>"),
    ] {
        let (cases, summary) = read_all(format!("{before}{rest}"));
        let Malformed { line: at, column: of, reason: why } = summary.error.clone().expect(rest);
        assert_eq!((at, of), (line, column), "{rest}: {why}");
        assert!(why.contains(reason), "{rest}: {why}");
        assert_eq!(lines(&cases)[0], "a | ? | one: Passed", "{rest}");
        assert!(summary.error.unwrap().to_string().starts_with(&format!("line {line}, column ")));
    }
    let (cases, summary) =
        read_all("[{\"name\": \"one\", \"result\": \"passed\"},\n  {\"name\": nope}]");
    let error = summary.error.unwrap();
    assert_eq!((cases.len(), error.line, summary.format), (1, 2, Some(Format::BuildkiteJson)));
    assert!((12..=15).contains(&error.column), "{error}");
}

#[test]
fn what_is_no_report_says_so() {
    for (text, reason) in [
        ("", "the file is empty"),
        (" \n\u{feff} ", "the file is empty"),
        ("PK\u{3}\u{4}", "not a test report: it begins with 'P'"),
        ("<html><testsuite/></html>", "not a test report: the root element is <html>"),
        ("<?xml version='1.0'?><!-- nothing -->", "there is no element in the file"),
        ("<Site><Build/></Site>", "not a test report: it is CTest's, but of something else"),
        ("<assembly xmlns='http://maven.apache.org/ASSEMBLY/2.2.0'/>", "element is <assembly>"),
        ("{\"name\": \"package\"}", "not a test report: an object without a list of tests"),
        ("[{\"id\": 7}]", "not a test report: what is in the list has no `name`"),
        ("[1, 2]", "expected a test result"),
        (
            "{\"testResults\": [{\"outcome\": 7}]}",
            "not a test report: what is in the list has no `assert",
        ),
        (
            "{\"examples\": [{\"input\": 7}]}",
            "not a test report: what is in the list has no `descript",
        ),
        ("{\"suites\": [{\"title\": 7}]}", "not a test report: what is in the list has no `specs`"),
        (
            "{\"suites\": [{\"specs\": [{}]}]}",
            "not a test report: what is in the list has no `tests`",
        ),
        ("{\"suites\": null}", "an object without a list of tests"),
    ] {
        let (cases, summary) = read_all(text);
        let error = summary.error.clone().expect(text);
        assert!(error.reason.contains(reason), "{text}: {error}");
        assert!(cases.is_empty() && summary.format.is_none(), "{text}: {summary:?}");
    }
    for text in [
        "<testsuites/>",
        "<TestRun/>",
        "[]",
        "<testsuite tests='7' failures='7'/>",
        "{\"testResults\": []}",
        "{\"version\": \"3.13.2\", \"examples\": []}",
        "{\"suites\": [], \"errors\": []}",
        "[{\"uri\": \"a.feature\", \"elements\": []}]",
    ] {
        assert_eq!(cases(text), [], "{text}: a report of no tests");
    }
}

#[test]
fn the_sink_ends_it() {
    let mut taken = 0;
    let summary = read(fixture("junit.xml").as_slice(), &mut |_| {
        taken += 1;
        if taken == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((taken, summary.totals.total, summary.error), (2, 2, None));
    for name in [
        "dotnet.trx",
        "test-engine.json",
        "ctest.xml",
        "jest.json",
        "rspec.json",
        "playwright.json",
        "cucumber.json",
    ] {
        let summary = read(fixture(name).as_slice(), &mut |_| ControlFlow::Break(()));
        assert_eq!((summary.totals.total, summary.error), (1, None), "{name}");
    }
}

#[test]
fn entities_stay_what_they_are() {
    let mut laughs = String::from("<?xml version='1.1'?>\n<!DOCTYPE lolz [<!ENTITY lol 'lol'>");
    for nth in 1..10 {
        let more = format!("&lol{};", nth - 1).repeat(10);
        write!(laughs, "<!ENTITY lol{nth} \"{more}\">").unwrap();
    }
    laughs += "<!ENTITY file SYSTEM 'file:///etc/passwd'>]>\n<testsuite name='&lol9;'>\
        <testcase name='a &file; b'><failure message='&lol9;'>&file;&lol9;</failure></testcase></testsuite>";
    let cases = cases(laughs);
    assert_eq!(lines(&cases), ["&lol9; | ? | a &file; b: Failed"]);
    assert_eq!(texts(&cases[0]), ("&lol9;", "&file;&lol9;"));
}

#[test]
fn what_is_too_much_is_left_out_and_said() {
    let long = "x".repeat(3_000_000);
    let report = format!(
        "<testsuite name='{long}'><testcase name='a' classname='c'><failure message='{long}'><![CDATA[y{long}]]>\
         </failure><system-out>{long}</system-out><!--{long}--></testcase><testcase name='b'/></testsuite>"
    );
    let (cases, summary) = read_all(report);
    assert_eq!((cases.len(), summary.error), (2, None));
    assert_eq!(summary.cut.as_deref(), Some("3 texts were too long, and end in …"));
    let (message, stack) = texts(&cases[0]);
    assert!(message.ends_with('…') && (65_000..=65_540).contains(&message.len()));
    assert!(stack.ends_with('…') && (65_000..=65_540).contains(&stack.len()));
    assert!(cases[1].suite.as_ref().is_some_and(|suite| suite.len() <= 4_100));
    let deep = "<testsuite>".repeat(100_000);
    let (_, summary) = read_all(deep);
    assert!(summary.error.unwrap().reason.contains("nested deeper than 256"));
    let string = "\\ud83d\\udea8".repeat(200_000);
    let list = format!(
        r#"[{{"name": "a", "result": "failed", "failure_reason": "{string}", "x": "{string}"}}]"#
    );
    let (cases, summary) = read_all(list);
    assert_eq!((cases.len(), summary.error), (1, None));
    assert!(texts(&cases[0]).0.starts_with("🚨🚨") && texts(&cases[0]).0.ends_with('…'));
    let (_, summary) = read_all(format!("[{}", "[".repeat(100_000)));
    assert!(summary.error.is_some());
    let suites = r#"{"title": "a", "suites": ["#.repeat(100_000);
    let (_, summary) = read_all(format!(r#"{{"suites": [{suites}"#));
    assert!(summary.error.unwrap().reason.contains("nested deeper than 100"));
    let nested = "<testcase name='a'><failure>why</failure>".repeat(120);
    let (cases, summary) =
        read_all(format!("<testsuite>{nested}{}</testsuite>", "</testcase>".repeat(120)));
    assert_eq!((cases.len(), summary.error), (120, None));
}

#[test]
fn tests_do_not_wait_for_the_name_of_their_file_without_bound() {
    let text = "x".repeat(60_000);
    let test = format!(r#"{{"title": "a", "status": "failed", "failureMessages": ["{text}"]}}"#);
    let tests = vec![test.as_str(); 300].join(",");
    let report = format!(
        r#"{{"testResults": [{{"assertionResults": [{tests}], "name": "a.js"}}, {{"assertionResults": [{test}], "name": "b.js"}}]}}"#
    );
    // Above 16 MiB what they said is shortened...
    let (cases, summary) = read_all(&report);
    assert_eq!((cases.len(), &summary.error), (301, &None));
    assert!(cases[0].message.as_ref().is_some_and(|text| text.len() == 60_000));
    assert!(cases[299].message.as_ref().is_some_and(|text| text.len() < 1_100));
    assert_eq!(cases[299].suite.as_deref(), Some("a.js"));
    assert!(cases[300].message.as_ref().is_some_and(|text| text.len() == 60_000));
    // ... and above 48 MiB they go.
    let names = (0..300_000).map(|nth| format!(r#"{{"title": "{nth}", "status": "passed"}}"#));
    let tests = names.collect::<Vec<_>>().join(",");
    let report =
        format!(r#"{{"testResults": [{{"assertionResults": [{tests}], "name": "a.js"}}]}}"#);
    let (cases, summary) = read_all(&report);
    assert_eq!((cases.len(), summary.error), (300_000, None));
    let cut = "a file has too many tests before its name: they have no suite";
    assert_eq!(summary.cut.as_deref(), Some(cut));
    assert_eq!((&cases[0].suite, cases[299_999].suite.as_deref()), (&None, Some("a.js")));
}

/// What `expected.json` says of the files collected elsewhere, by the rules it gives.
#[test]
fn all_collected_reports_have_the_counts_that_are_told_of_them() {
    let Some(folder) = payloads() else { return };
    let folder = folder.join("test-reports");
    let expected: Value =
        serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (name, told) in expected["files"].as_object().unwrap() {
        let (cases, summary) = read_all(fs::read(folder.join(name)).unwrap());
        if told["parse_error"] == true || told["not_a_report"] == true {
            if summary.error.is_none() {
                wrong.push(format!("{name}: read without an error"));
            }
            continue;
        }
        let format = summary.format.map_or("none", Format::as_str);
        let is_format = name.starts_with(format) || format == "gtest";
        let count = |word: &str| told[word].as_u64().unwrap();
        let counts = TestTotals {
            total: count("total"),
            passed: count("passed"),
            failed: count("failed"),
            errored: count("errored"),
            skipped: count("skipped"),
        };
        let extra = &told["extra"];
        let flaky = extra["flaky_passed"].as_u64().unwrap_or(0);
        let seen = (summary.totals, summary.flaky, summary.error.is_none());
        if !is_format || seen != (counts, flaky, true) {
            wrong.push(format!("{name}: {counts:?} expected, {summary:?}"));
        }
        if let Some(distinct) = extra["distinct_classname_name_pairs"].as_u64() {
            let pairs: std::collections::BTreeSet<_> =
                cases.iter().map(|case| (&case.class, &case.name)).collect();
            if pairs.len() as u64 != distinct {
                wrong.push(format!("{name}: {} of {distinct} distinct tests", pairs.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All that is spoiled below: ours, and the small ones of those collected elsewhere.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports");
        let mut folders = vec![ours];
        if let Some(folder) = payloads() {
            let formats = fs::read_dir(folder.join("test-reports")).unwrap();
            folders.extend(formats.map(|one| one.unwrap().path()).filter(|path| path.is_dir()));
        }
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.filter(|bytes| bytes.len() < 50_000).collect()
    })
}

#[derive(Debug, Clone)]
enum Wrong {
    /// A stretch is gone, or there twice.
    Cut(Index, usize),
    Twice(Index, usize),
    /// Something stands in the midst.
    With(Index, Vec<u8>),
    /// A byte is another.
    Byte(Index, u8),
    /// A part of another report.
    From(Index, Index, Index, usize),
    End(Index),
}

fn any_wrong() -> impl Strategy<Value = Wrong> {
    let words: Vec<&[u8]> = vec![
        b"<",
        b">",
        b"\"",
        b"'",
        b"&",
        b"&#0;",
        b"&#xffffffff;",
        b"&x;",
        b"]]>",
        b"<![CDATA[",
        b"-->",
        b"<!--",
        b"<?",
        b"?>",
        b"/>",
        b"</testsuite>",
        b"<testcase>",
        b"<testcase name='",
        b"<failure>",
        b"</failure>",
        b"<!DOCTYPE a [",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\\",
        b"\\u",
        b"\\ud83d",
        b"\0",
        b"\x1b",
        b"\xff\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
        b"1e999",
        b"null",
        b"{\"suites\":[",
        b"\"testResults\":[{",
        b"\"assertionResults\":[",
        b"\"examples\":[",
        b"\"elements\":[",
        b"\"name\":",
        b"-1,000.5",
        b"\r\n",
        "🚨".as_bytes(),
    ];
    let word = prop::sample::select(words).prop_map(<[u8]>::to_vec);
    let long = (any::<u8>(), 60_000_usize..800_000).prop_map(|(byte, count)| vec![byte; count]);
    let bytes = prop_oneof![
        12 => word,
        2 => prop::collection::vec(any::<u8>(), 1..8),
        1 => long,
    ];
    prop_oneof![
        3 => (any::<Index>(), 1_usize..200).prop_map(|(at, count)| Wrong::Cut(at, count)),
        2 => (any::<Index>(), 1_usize..400).prop_map(|(at, count)| Wrong::Twice(at, count)),
        6 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Wrong::With(at, bytes)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Wrong::Byte(at, byte)),
        2 => (any::<Index>(), any::<Index>(), any::<Index>(), 1_usize..2_000)
            .prop_map(|(at, which, from, count)| Wrong::From(at, which, from, count)),
        1 => any::<Index>().prop_map(Wrong::End),
    ]
}

fn spoil(bytes: &mut Vec<u8>, wrong: &Wrong) {
    let length = bytes.len();
    let place = |at: &Index| at.index(length + 1);
    match wrong {
        Wrong::Cut(at, count) => drop(bytes.drain(place(at)..(place(at) + count).min(length))),
        Wrong::Twice(at, count) => {
            let part = bytes[place(at)..(place(at) + count).min(length)].to_vec();
            bytes.splice(place(at)..place(at), part);
        }
        Wrong::With(at, more) => drop(bytes.splice(place(at)..place(at), more.iter().copied())),
        Wrong::Byte(at, byte) => {
            if let Some(one) = bytes.get_mut(place(at)) {
                *one = *byte;
            }
        }
        Wrong::From(at, which, from, count) => {
            let other = which.get(samples());
            let from = from.index(other.len() + 1);
            let part = other[from..(from + count).min(other.len())].to_vec();
            bytes.splice(place(at)..place(at), part);
        }
        Wrong::End(at) => bytes.truncate(place(at)),
    }
}

fn any_spoiled() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), prop::collection::vec(any_wrong(), 1..5)).prop_map(|(which, wrongs)| {
        let mut bytes = which.get(samples()).clone();
        for wrong in &wrongs {
            spoil(&mut bytes, wrong);
        }
        bytes
    })
}

/// No text of a case is longer than its bound, whatever the file is.
fn assert_bounded(cases: &[TestCase]) {
    let of = |texts: [&Option<String>; 4], max: usize| {
        let longest = texts.into_iter().flatten().map(String::len).max().unwrap_or(0);
        assert!(longest <= max + '…'.len_utf8(), "{longest}");
    };
    for case in cases {
        of([&case.suite, &case.class, &case.file, &Some(case.name.clone())], 4 * 1024);
        of([&case.message, &case.stack, &None, &None], 64 * 1024);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoiled_report_is_read_as_far_as_it_goes(bytes in any_spoiled()) {
        let (cases, summary) = read_all(&bytes);
        assert_bounded(&cases);
        // However the bytes come, the same is read. Of an unfinished file the last piece may be told otherwise.
        let mut whole = Vec::new();
        let again = read(bytes.as_slice(), &mut |case| {
            whole.push(case);
            ControlFlow::Continue(())
        });
        prop_assert_eq!((cases, &summary), (whole, &again));
        if let Some(error) = &summary.error {
            prop_assert!(error.line >= 1 && error.column >= 1 && !error.reason.is_empty());
        }
    }

    #[test]
    fn a_report_that_is_cut_off_has_the_first_of_its_cases(which in any::<Index>(), at in any::<Index>()) {
        let bytes = which.get(samples());
        let (mut all, summary) = read_all(bytes);
        let (mut some, _) = read_all(&bytes[..at.index(bytes.len() + 1)]);
        prop_assert!(some.len() <= all.len());
        all.truncate(some.len());
        match summary.format {
            // Classes stand at the end, and are part of the names until they are known.
            Some(Format::Trx) => return Ok(()),
            // What a test lies in stands behind it.
            Some(Format::JestJson | Format::PlaywrightJson | Format::CucumberJson) => {
                for case in all.iter_mut().chain(&mut some) {
                    (case.suite, case.class, case.attempt) = (None, None, 1);
                    (case.file, case.line) = (None, None);
                }
            }
            _ => {}
        }
        prop_assert_eq!(some, all);
    }
}

/// The statuses are closed: whoever adds one comes by here.
#[test]
fn samples_show_every_status_and_every_format() {
    let mut statuses = [0; 4];
    let mut formats = std::collections::BTreeSet::new();
    for sample in samples() {
        let (cases, summary) = read_all(sample);
        formats.extend(summary.format.map(Format::as_str));
        for case in cases {
            statuses[match case.status {
                Passed => 0,
                Failed => 1,
                Errored => 2,
                Skipped => 3,
            }] += 1;
        }
    }
    assert!(statuses.iter().all(|count| *count > 2), "{statuses:?}");
    assert_eq!(formats.len(), 13, "{formats:?}");
}
