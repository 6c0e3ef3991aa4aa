//! From what reporters send to what is said of tests: in whatever order it comes, however often, and
//! whatever becomes of the builds.

mod lists;
pub mod story;

use std::time::Duration;

use creel::workers::assessor::{Assessor, Progress};
use creel::workers::processor::Processor;
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};
use story::{Report, Told, assessed, case, hours_ago, send, settle};

/// All tests are to be assessed anew.
fn all_again(desk: &Desk) {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is of one lifetime, what is wanted is of any"
    )]
    desk.hub.books().write(|ledger| ledger.mark_all_tests()).expect("marked");
}

fn status_of(desk: &Desk, name: &str) -> String {
    case(desk, name)["status"].as_str().expect("a word").to_owned()
}

/// One build per letter, an hour apart, the newest an hour ago; in each `pay` ends as the letter says,
/// and `cart` passes.
fn builds(letters: &str) -> Vec<Report> {
    let count = letters.chars().count();
    let build = |(place, letter): (usize, char)| {
        let number = i64::try_from(place).expect("few") + 1;
        let hours = i64::try_from(count - place).expect("few");
        Report::of(number, hours_ago(hours)).with("pay", letter).with("cart", 'P')
    };
    letters.chars().enumerate().map(build).collect()
}

fn told(letters: &str) -> Desk {
    let desk = Desk::open();
    for report in builds(letters) {
        send(&desk, &report);
    }
    settle(&desk);
    desk
}

#[test]
fn a_test_that_keeps_failing_is_broken_until_it_passes() {
    let desk = Desk::open();
    let mut course = String::new();
    for report in builds("PPPPPPFFFFP") {
        send(&desk, &report);
        settle(&desk);
        course.push(status_of(&desk, "pay").chars().next().expect("a word"));
    }
    assert_eq!(course, "hhhhhhwwbbh");

    let desk = told("PPPPPPFFFF");
    let pay = case(&desk, "pay");
    assert_eq!((&pay["runs"], &pay["failed"]), (&json!(10), &json!(4)));
    assert_eq!(pay["alarms"][0]["monitor"], "broken");
    assert_eq!(pay["alarms"][0]["text"], "failed 4 times in a row on main");
    assert_eq!(pay["since"], json!(hours_ago(4).to_string()));
    let newest = &pay["strip"][0];
    assert_eq!((&newest["number"], &newest["outcome"]), (&json!(10), &json!("failed")));
    assert_eq!(pay["strip"].as_array().map(Vec::len), Some(10));
    assert_eq!(pay["last"]["number"], 10);
    assert_eq!(status_of(&desk, "cart"), "healthy");
    let summary = desk.get_json("/api/v1/tests")["summary"].clone();
    assert_eq!(summary, json!({"broken": 1, "flaky": 0, "watching": 0, "healthy": 1, "total": 2}));

    // The sentence under each failure is of that build.
    let sentence = |number: i64| -> Value {
        let id = story::build_id(&desk, number);
        let page = desk.get_json(&format!("/api/v1/builds/{id}/tests?status=failed"));
        assert_eq!(page["items"][0]["case_status"], "broken");
        page["items"][0]["sentence"].clone()
    };
    assert_eq!(sentence(7)["text"], "New failure: passed 6 of 6 on main, likely this change");
    assert_eq!(sentence(7)["build_id"], Value::Null);
    let last = sentence(10);
    assert_eq!((&last["kind"], &last["number"]), (&json!("broken_since"), &json!(7)));
    assert_eq!(last["text"], "Broken since #7 (4 runs)");
    assert_eq!(last["build_id"], json!(story::build_id(&desk, 7)));
    let passed = desk
        .get_json(&format!("/api/v1/builds/{}/tests?status=passed", story::build_id(&desk, 10)));
    assert_eq!(passed["items"][0]["sentence"], Value::Null);
}

#[test]
fn a_job_that_was_tried_again_is_both_ways_on_one_commit() {
    let desk = told("PPPPPP");
    let report = Report::of(7, hours_ago(0)).with("pay", 'F').with("cart", 'P');
    send(&desk, &report);
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "watching");
    send(&desk, &Report::of(7, hours_ago(0)).with("pay", 'P').with("cart", 'P').tried(2));
    settle(&desk);
    let pay = case(&desk, "pay");
    assert_eq!((&pay["status"], &pay["retried"]), (&json!("flaky"), &json!(1)));
    assert_eq!(pay["alarms"][0]["text"], "failed and passed within one build");
    assert_eq!(pay["alarms"][0]["build_id"], json!(story::build_id(&desk, 7)));
    assert_eq!(status_of(&desk, "cart"), "healthy");

    let id = pay["case_id"].as_str().expect("an id");
    let runs = desk.get_json(&format!("/api/v1/tests/{id}/runs?limit=2"));
    let of =
        |run: &Value| (run["attempt"].clone(), run["outcome"].clone(), run["is_counted"].clone());
    let tries: Vec<_> = runs["items"].as_array().expect("items").iter().map(of).collect();
    let first = (json!(1), json!("failed"), json!(false));
    assert_eq!(tries, [first, (json!(2), json!("passed"), json!(true))]);
}

#[test]
fn a_job_that_its_provider_retried_is_both_ways_on_one_commit() {
    // Retries of Buildkite may count no tries, but have ids of their own, and hooks tell which is one.
    let told = |job: i64, letter: char| {
        let id = format!("0196bbbb-0000-4000-8000-{job:012}");
        let report = Report::of(42, hours_ago(1)).with("pay", letter).buildkite(Told::Number);
        let report = report.set("build", "0196aaaa-0000-4000-8000-000000000042");
        report.set("source", "acme").set("job_id", id)
    };
    let desk = Desk::open();
    send(&desk, &told(1, 'F'));
    send(&desk, &told(2, 'P'));
    settle(&desk);
    let numbers = |pay: Value| (pay["failed"].clone(), pay["retried"].clone());
    assert_eq!(numbers(case(&desk, "pay")), (json!(1), json!(0)), "two machines of one job");
    desk.post_fixture("buildkite/job.finished.retried.json");
    settle(&desk);
    assert_eq!(numbers(case(&desk, "pay")), (json!(0), json!(1)));
}

#[test]
fn a_runner_that_tries_again_itself_tells_of_a_flake() {
    let desk = told("PPPPRP");
    assert_eq!(status_of(&desk, "pay"), "flaky");
}

#[test]
fn jobs_and_machines_that_do_not_agree_are_no_flake() {
    let desk = Desk::open();
    for number in 1..=6 {
        let at = hours_ago(10 - number);
        send(&desk, &Report::of(number, at).with("pay", 'P').on("linux", "vm-1"));
        send(&desk, &Report::of(number, at).with("pay", 'F').on("linux", "vm-2"));
    }
    settle(&desk);
    let pay = case(&desk, "pay");
    assert_eq!((&pay["status"], &pay["retried"]), (&json!("broken"), &json!(0)));
}

#[test]
fn what_is_said_does_not_depend_on_the_order_in_which_it_was_told() {
    let mut reports = builds("PPFPPFPPRPPFPPFPFFF");
    let again = Report::of(3, hours_ago(17)).with("pay", 'P').with("cart", 'P').tried(2);
    reports.push(again);
    let branch =
        |number| Report::of(number, hours_ago(number)).with("pay", 'F').branch("feature/x");
    reports.extend([branch(101), branch(102)]);
    let desk = Desk::open();
    for report in &reports {
        send(&desk, report);
        settle(&desk);
    }
    let expected = assessed(&desk);
    assert!(expected.contains("pay"), "{expected}");

    for stride in [1, 5, 7, 13] {
        let desk = Desk::open();
        // 23 reports, from the last to the first, and with leaps.
        let count = reports.len();
        assert_eq!(count % 23, 22, "a stride has to come by all of them");
        let places = (0..23).map(|step| 22 - step * stride % 23).filter(|place| *place < count);
        let shuffled: Vec<Report> = places.map(|place| reports[place].clone()).collect();
        assert_eq!(shuffled.len(), count);
        let half = shuffled.len() / 2;
        for report in &shuffled[..half] {
            send(&desk, report);
        }
        settle(&desk);
        // Some are told twice.
        for report in shuffled.iter().skip(half / 2) {
            send(&desk, report);
        }
        settle(&desk);
        assert_eq!(assessed(&desk), expected);
    }
}

#[test]
fn reading_everything_again_and_assessing_everything_again_change_nothing() {
    let desk = told("PPFPPRPPFPFFF");
    let expected = assessed(&desk);
    let replay = json!({}).to_string();
    let (status, answer) = desk.request("POST", "/api/v1/events/replay", &[], replay.as_bytes());
    assert!(status.is_success(), "{}", String::from_utf8_lossy(&answer));
    settle(&desk);
    assert_eq!(assessed(&desk), expected);

    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    books.execute_batch("delete from test_status").expect("deleted");
    drop(books);
    all_again(&desk);
    settle(&desk);
    assert_eq!(assessed(&desk), expected);
}

#[test]
fn an_end_in_the_middle_is_made_good_by_the_next_start() {
    let desk = Desk::open();
    for number in 1..=4 {
        let mut report = Report::of(number, hours_ago(5 - number));
        for test in 0..300 {
            report = report.with(&format!("test {test:03}"), if test % 2 == 0 { 'F' } else { 'P' });
        }
        send(&desk, &report);
    }
    story::file(&desk);
    let mut assessor = Assessor::of(&desk.hub);
    assert_eq!(assessor.step().expect("a step"), Progress::Assessed);
    let so_far = desk.get_json("/api/v1/tests")["summary"]["broken"].as_i64().expect("a number");
    assert!((1..150).contains(&so_far), "{so_far}");
    let waiting = |desk: &Desk| desk.get_json("/api/v1/test-monitors")["waiting"].clone();
    assert_eq!(waiting(&desk), 1);
    drop(assessor);
    let desk = desk.reopened_with(&[]);
    story::assess(&desk);
    assert_eq!(desk.get_json("/api/v1/tests")["summary"]["broken"], 150);
    assert_eq!(waiting(&desk), 0);
}

/// 25 tests, of which the first ones fail.
fn many(number: i64, failed: usize) -> Report {
    let mut report = Report::of(number, hours_ago(20 - number));
    for test in 0..25 {
        report = report.with(&format!("test {test:02}"), if test < failed { 'F' } else { 'P' });
    }
    report
}

#[test]
fn runs_that_say_nothing_of_the_tests_are_left_out_and_shown() {
    let desk = Desk::open();
    for number in 1..=6 {
        send(&desk, &many(number, 0));
    }
    for number in 7..=10 {
        send(&desk, &many(number, 25));
    }
    settle(&desk);
    assert_eq!(desk.get_json("/api/v1/tests")["summary"]["healthy"], 25);
    let test = case(&desk, "test 07");
    let strip = &test["strip"][0];
    assert_eq!((&strip["excluded"], &strip["outcome"]), (&json!(true), &json!("failed")));
    assert_eq!(test["runs"], 6);
    let id = test["case_id"].as_str().expect("an id");
    let runs = desk.get_json(&format!("/api/v1/tests/{id}/runs"));
    assert_eq!(runs["items"][0]["excluded_because"], "25 of 25 tests failed at once");
    assert_eq!(runs["items"][6]["excluded_because"], Value::Null);
    // Nor is it new, nor of any change.
    let build = story::build_id(&desk, 10);
    let results = desk.get_json(&format!("/api/v1/builds/{build}/tests?status=failed"));
    let sentence = &results["items"][7]["sentence"];
    assert_eq!(sentence["kind"], "left_out");
    assert_eq!(sentence["text"], "Tells nothing of the test: 25 of 25 tests failed at once");
}

#[test]
fn a_run_that_turns_out_to_be_no_outage_counts() {
    let desk = Desk::open();
    for number in 1..=3 {
        send(&desk, &many(number, 0));
    }
    for number in 4..=6 {
        send(&desk, &many(number, 25));
    }
    settle(&desk);
    let failed = || case(&desk, "test 00")["failed"].clone();
    assert_eq!((status_of(&desk, "test 00"), failed()), ("healthy".to_owned(), json!(0)));
    // Newer reports of the same files take the place of those.
    for number in 4..=6 {
        send(&desk, &many(number, 2));
    }
    settle(&desk);
    assert_eq!((status_of(&desk, "test 00"), failed()), ("broken".to_owned(), json!(3)));
    assert_eq!(status_of(&desk, "test 07"), "healthy");
    // And back again.
    for number in 4..=6 {
        send(&desk, &many(number, 25).set("message", "again"));
    }
    settle(&desk);
    assert_eq!((status_of(&desk, "test 00"), failed()), ("healthy".to_owned(), json!(0)));
}

#[test]
fn a_build_that_turns_out_not_to_be_cut_off_gives_its_failures_back() {
    let desk = Desk::open();
    let stopped = |report: Report| report.ended("aborted").set("job_status", "aborted");
    for report in builds("PPPPPPFFF") {
        let is_red = report.number > 6;
        send(&desk, &if is_red { stopped(report) } else { report });
    }
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "healthy");
    for report in builds("PPPPPPFFF").into_iter().skip(6) {
        // Its second try ran to the end.
        let again = report.tried(2).ended("failure").set("job_status", "failure");
        send(&desk, &again.set("finished_at", hours_ago(0).to_string()));
    }
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "broken");
}

#[test]
fn a_build_that_turns_out_to_be_cut_off_takes_its_failures_back() {
    let desk = told("PPPPPPFFF");
    assert_eq!(status_of(&desk, "pay"), "broken");
    // Somebody stopped it, which the job tells only when it has ended.
    let late = Report::of(8, hours_ago(2)).with("pay", 'F').with("cart", 'P').ended("aborted");
    let late = late.set("job_status", "aborted").set("finished_at", hours_ago(1).to_string());
    send(&desk, &late);
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "watching");
}

#[test]
fn what_becomes_known_of_a_build_later_counts() {
    let desk = Desk::open();
    for report in builds("PPPPPPFFF") {
        send(&desk, &report.branch("work"));
    }
    settle(&desk);
    // Most builds are of it, so it is taken for the default branch.
    assert_eq!(status_of(&desk, "pay"), "broken");
    let told =
        Report::of(10, hours_ago(0)).with("cart", 'P').branch("work").default_branch("stable");
    send(&desk, &told);
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "healthy", "nobody comes from a branch of one's own");
}

#[test]
fn two_builds_that_turn_out_to_be_one_are_one_run() {
    let desk = Desk::open();
    let words = |number: i64, told: Told| {
        Report::of(number, hours_ago(10 - number)).with("pay", 'F').buildkite(told)
    };
    send(&desk, &words(1, Told::Both));
    send(&desk, &words(2, Told::Both));
    send(&desk, &words(3, Told::Number).job("a"));
    send(&desk, &words(3, Told::Uuid).job("b"));
    settle(&desk);
    assert_eq!(case(&desk, "pay")["runs"], 4);
    send(&desk, &words(3, Told::Both).job("c"));
    settle(&desk);
    let pay = case(&desk, "pay");
    assert_eq!((&pay["runs"], &pay["status"]), (&json!(3), &json!("broken")));
    assert_eq!(pay["strip"].as_array().map(Vec::len), Some(3));
}

#[test]
fn results_go_along_when_the_pipeline_of_their_build_becomes_known() {
    let desk = Desk::open();
    for number in 1..=3 {
        let report = Report::of(number, hours_ago(5 - number)).with("pay", 'F');
        send(&desk, &report.job("first").set("pipeline", Value::Null));
    }
    settle(&desk);
    assert_eq!(case(&desk, "pay")["pipeline"], Value::Null);
    for number in 1..=3 {
        send(&desk, &Report::of(number, hours_ago(5 - number)).with("cart", 'P').job("second"));
    }
    settle(&desk);
    let page = desk.get_json("/api/v1/tests");
    let of = |item: &Value| (item["name"].clone(), item["pipeline"].clone(), item["runs"].clone());
    let items: Vec<_> = page["items"].as_array().expect("items").iter().map(of).collect();
    let known = |name: &str| (json!(name), json!("shop-ci"), json!(3));
    assert_eq!(items, [known("pay"), known("cart")], "and nothing is left where they were");
    assert_eq!(page["items"][0]["status"], "broken");
    let id = story::build_id(&desk, 3);
    let results = desk.get_json(&format!("/api/v1/builds/{id}/tests?status=failed"));
    assert_eq!(results["items"][0]["case_id"], page["items"][0]["case_id"]);
    assert_eq!(results["items"][0]["message"], "no pay");
}

#[test]
fn while_results_are_filed_nothing_is_assessed_but_not_for_long() {
    let desk = told("PPPPPP");
    send(&desk, &Report::of(7, hours_ago(0)).with("pay", 'R'));
    // Read, and not filed.
    let processor = Processor::of(&desk.hub);
    while !processor.step().expect("a step").idle() {}
    all_again(&desk);
    let mut assessor = Assessor::of(&desk.hub);
    assert_eq!(assessor.step().expect("a step"), Progress::Idle);
    desk.hub.clock().advance(Duration::from_secs(29));
    assert_eq!(assessor.step().expect("a step"), Progress::Idle);
    desk.hub.clock().advance(Duration::from_secs(1));
    assert_eq!(assessor.step().expect("a step"), Progress::Assessed);
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "flaky");
}

#[test]
fn marking_fixed_closes_alarms_and_a_new_one_came_back() {
    let desk = told("PPPPRPPPRP");
    let pay = case(&desk, "pay");
    assert_eq!(pay["status"], "flaky");
    let id = pay["case_id"].as_str().expect("an id").to_owned();
    let (status, answer) = desk.request("POST", &format!("/api/v1/tests/{id}/fixed"), &[], b"");
    assert_eq!(status, 200);
    let detail: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((&detail["status"], &detail["runs"]), (&json!("healthy"), &json!(0)));
    assert_eq!(detail["epoch_at"], json!(NOW.to_string()));
    assert_eq!(detail["marked_fixed_by"], json!({"kind": "key", "name": "test"}));
    assert_eq!(detail["past"][0]["because"], "marked_fixed");
    // Nothing that is assessed later takes it back.
    all_again(&desk);
    settle(&desk);
    assert_eq!(status_of(&desk, "pay"), "healthy");

    desk.hub.clock().advance(Duration::from_hours(48));
    let later = NOW.plus(Duration::from_hours(24));
    send(&desk, &Report::of(11, later).with("pay", 'R'));
    settle(&desk);
    let alarm = case(&desk, "pay")["alarms"][0].clone();
    assert_eq!((&alarm["came_back"], &alarm["monitor"]), (&json!(true), &json!("both_ways")));
    assert_eq!(alarm["text"], "came back: failed and passed within one build");
}

#[test]
fn what_waiting_mends_is_mended_without_a_run() {
    let desk = told("PPPPRP");
    assert_eq!(status_of(&desk, "pay"), "flaky");
    for (days, status) in [(1, "flaky"), (28, "flaky"), (2, "healthy")] {
        desk.hub.clock().advance(Duration::from_hours(days * 24));
        settle(&desk);
        assert_eq!(status_of(&desk, "pay"), status);
    }
    let id = case(&desk, "pay")["case_id"].as_str().expect("an id").to_owned();
    let detail = desk.get_json(&format!("/api/v1/tests/{id}"));
    assert_eq!(detail["past"][0]["because"], "quiet");
}

#[test]
fn a_preview_says_what_saving_does() {
    let desk = Desk::open();
    for report in builds("PPFPPFPPPFPPFPPPFPPP") {
        let number = report.number;
        let report = report.with("rare", if number == 3 { 'R' } else { 'P' });
        send(&desk, &report.with("bad", if number > 15 { 'F' } else { 'P' }));
    }
    settle(&desk);
    let flagged = |page: &Value| -> Vec<(String, String)> {
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        let items = page.as_array().expect("items").iter();
        let mut found: Vec<_> =
            items.map(|item| (word(&item["name"]), word(&item["status"]))).collect();
        found.sort();
        found
    };
    let listed = || {
        let mut found = Vec::new();
        for status in ["broken", "flaky"] {
            let page = desk.get_json(&format!("/api/v1/tests?status={status}"));
            found.extend(flagged(&page["items"]));
        }
        found.sort();
        found
    };
    let before = listed();
    let mut strict = desk.get_json("/api/v1/test-monitors")["monitors"].clone();
    strict["both_ways"]["on"] = json!(false);
    strict["flips"]["alarm"] = json!({"percent": 5.0, "flips": 1, "min_runs": 10});
    strict["broken"]["alarm"]["in_a_row"] = json!(9);
    strict["broken"]["alarm"]["percent"] = json!(100.0);
    let presets = desk.get_json("/api/v1/test-monitors")["presets"].clone();
    for settings in [strict, presets[1]["monitors"].clone(), presets[0]["monitors"].clone()] {
        let held = listed();
        let body = settings.to_string();
        let (status, answer) =
            desk.request("POST", "/api/v1/test-monitors/preview", &[], body.as_bytes());
        assert_eq!(status, 200);
        let preview: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(listed(), held, "a preview changes nothing");
        let (status, answer) = desk.request("PUT", "/api/v1/test-monitors", &[], body.as_bytes());
        assert_eq!(status, 200);
        let saved: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!((&saved["monitors"], &saved["waiting"]), (&settings, &json!(1)));
        settle(&desk);
        assert_eq!(flagged(&preview["flagged"]), listed());
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(name, _)| name.clone()).collect()
        };
        let (held, now) = (names(&held), names(&listed()));
        let is_new = preview["flagged"].as_array().expect("items").iter();
        let mut new: Vec<&str> = is_new
            .filter(|item| item["is_new"] == true)
            .map(|item| item["name"].as_str().expect("a word"))
            .collect();
        new.sort_unstable();
        let expected: Vec<&String> = now.iter().filter(|name| !held.contains(name)).collect();
        assert_eq!(new, expected);
        let gone: Vec<&String> = held.iter().filter(|name| !now.contains(name)).collect();
        let no_longer: Vec<String> = names(&flagged(&preview["no_longer"]));
        assert_eq!(no_longer.iter().collect::<Vec<_>>(), gone);
        let summary = desk.get_json("/api/v1/tests")["summary"].clone();
        for word in ["broken", "flaky", "watching", "healthy"] {
            assert_eq!(preview["counts"][word], summary[word], "{word}");
        }
    }
    assert_eq!(listed(), before, "and back again");
}

#[test]
fn settings_that_cannot_hold_are_refused_with_all_their_faults() {
    let desk = Desk::open();
    let body = json!({"flips": {"alarm": {"percent": 130.0}}, "failures": {"runs": 1}}).to_string();
    for (method, target) in
        [("PUT", "/api/v1/test-monitors"), ("POST", "/api/v1/test-monitors/preview")]
    {
        let (status, answer) = desk.request(method, target, &[], body.as_bytes());
        let problem: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid")));
        assert_eq!(problem["errors"][0]["pointer"], "#/flips/alarm/percent");
        assert_eq!(problem["errors"][0]["detail"], "is 130; it has to be from 0 to 100");
        assert!(problem["errors"].as_array().expect("faults").len() > 1);
    }
    assert_eq!(desk.get_json("/api/v1/test-monitors")["updated_at"], Value::Null);
}

#[test]
fn tests_go_with_the_last_of_their_results() {
    let desk = Desk::open_with(&[("CREEL_RETENTION__BUILDS", "6d")]);
    for report in builds("PPRPFFF") {
        send(&desk, &report);
    }
    settle(&desk);
    assert_eq!(desk.get_json("/api/v1/tests")["summary"]["total"], 2);
    desk.hub.clock().advance(Duration::from_hours(24 * 5));
    let late = Report::of(8, NOW.plus(Duration::from_hours(24 * 4))).with("cart", 'P');
    send(&desk, &late);
    settle(&desk);
    desk.hub.clock().advance(Duration::from_hours(24 * 4));
    desk.tidy_up();
    settle(&desk);
    let page = desk.get_json("/api/v1/tests");
    assert_eq!(
        page["summary"],
        json!({"broken": 0, "flaky": 0, "watching": 0, "healthy": 1, "total": 1})
    );
    assert_eq!((&page["items"][0]["name"], &page["items"][0]["runs"]), (&json!("cart"), &json!(1)));
    desk.hub.clock().advance(Duration::from_hours(24 * 30));
    // The newest build of all stays, whatever its age.
    let other = Report::of(9, NOW.plus(Duration::from_hours(24 * 38)));
    send(&desk, &other.with("elsewhere", 'P').set("pipeline", "other"));
    settle(&desk);
    desk.tidy_up();
    settle(&desk);
    let page = desk.get_json("/api/v1/tests");
    assert_eq!(
        (&page["items"][0]["name"], &page["summary"]["total"]),
        (&json!("elsewhere"), &json!(1))
    );
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    for (table, left) in [
        ("test_case", 1),
        ("test_set", 1),
        ("test_result", 1),
        ("test_failure", 0),
        ("test_status", 0),
        ("test_mark", 0),
    ] {
        let sql = format!("select count(*) from {table}");
        let rows: i64 = books.query_row(&sql, [], |row| row.get(0)).expect("a number");
        assert_eq!(rows, left, "{table}");
    }
}

#[test]
fn who_listens_hears_of_the_tests_whose_status_changed() {
    let desk = told("PPPPPPFF");
    let (_, _, mut rings) = desk.hub.bell().listen(None);
    send(&desk, &Report::of(9, hours_ago(0)).with("pay", 'F').with("cart", 'P'));
    settle(&desk);
    let mut heard = Vec::new();
    while let Ok(ring) = rings.try_recv() {
        let kinds = ring.changes.iter().map(|change| (change.kind, change.row.is_some()));
        heard.extend(kinds.filter(|(kind, _)| *kind == creel::live::ChangeKind::Test));
    }
    assert_eq!(heard, [(creel::live::ChangeKind::Test, true)]);
}
