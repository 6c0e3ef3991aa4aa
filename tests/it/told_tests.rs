//! Tests of builds: told by reporters, filed as sets, of which those of the last tries count. Whoever
//! tells of a build first, and however often: one build, and its numbers once.

use axum::http::StatusCode;
use creel::model::Timestamp;
use creel::store::sqlite::books::test_sets::{CaseKey, NewSet, Origin, ResultRow};
use serde_json::{Value, json};

use crate::support::desk::Desk;
use crate::support::reports::form;
use crate::support::server::{Server, eventually, prepared};

const BUILDKITE_HOOK: &str = "buildkite/build.finished.json";
const AZURE_HOOK: &str = "azure_devops/build_complete.json";

/// The job of Buildkite that the fixtures tell of.
fn buildkite() -> Value {
    json!({
        "provider": "buildkite", "source": "acme", "pipeline": "shop-ci", "pipeline_name": "Shop CI",
        "build": "0196aaaa-0000-4000-8000-000000000042", "number": 42, "branch": "main",
        "job": ":package: Build", "job_id": "0196bbbb-0000-4000-8000-000000000001",
        "job_attempt": 1, "step_key": "build", "agent": "builder-7",
    })
}

/// A job of the Azure build that the fixtures tell of.
fn azure() -> Value {
    json!({
        "provider": "azure_devops", "source": "lumen-works",
        "source_url": "https://dev.azure.com/lumen-works/", "project": "Harbour",
        "pipeline": "crane-ci", "pipeline_id": "88", "build": "7315", "label": "20260213.4",
        "branch": "refs/heads/main", "job": "Test", "job_attempt": 1,
    })
}

/// A job of a CI whose hooks nobody reads.
fn jenkins() -> Value {
    json!({
        "provider": "jenkins", "source": "ci.example.com", "pipeline": "shop", "build": "shop#7",
        "number": 7, "branch": "main", "job": "test", "agent": "node-1",
    })
}

fn with(mut ci: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object") };
    ci.as_object_mut().expect("an object").extend(more);
    ci
}

/// JUnit of tests by their names: `-` before one that fails, `~` before one that is skipped.
fn junit(tests: &[&str]) -> String {
    let cases: String = tests
        .iter()
        .map(|test| match test.split_at(1) {
            ("-", name) => format!(
                "<testcase classname='Till' name='{name}' time='0.5'><failure message='no {name}'>\
                 at {name}:1</failure></testcase>"
            ),
            ("~", name) => {
                format!("<testcase classname='Till' name='{name}'><skipped/></testcase>")
            }
            _ => format!("<testcase classname='Till' name='{test}' time='0.25'/>"),
        })
        .collect();
    format!("<testsuite name='unit'>{cases}</testsuite>")
}

fn try_report(desk: &Desk, ci: &Value, files: &[(&str, &str)]) -> (StatusCode, Value) {
    let ci = ci.to_string();
    let mut parts = vec![("ci", None, ci.as_str())];
    parts.extend(files.iter().map(|(name, text)| ("file", Some(*name), *text)));
    let (kind, body) = form(&parts);
    let headers = [("content-type".to_owned(), kind)];
    let (status, answer) = desk.request("POST", "/api/v1/reports", &headers, &body);
    (status, serde_json::from_slice(&answer).expect("JSON"))
}

fn report(desk: &Desk, ci: &Value, files: &[(&str, &str)]) -> Value {
    let (status, answer) = try_report(desk, ci, files);
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// One file of these tests.
fn tell(desk: &Desk, ci: &Value, tests: &[&str]) -> Value {
    report(desk, ci, &[("TEST-unit.xml", &junit(tests))])
}

fn only_build(desk: &Desk) -> Value {
    let builds = desk.get_json("/api/v1/builds");
    let [build] = &builds["items"].as_array().expect("items")[..] else {
        panic!("not one build: {builds}")
    };
    build.clone()
}

/// Where the address of a build leads: to itself, or to what it turned out to be.
fn led(desk: &Desk, id: &str) -> String {
    let led = ["", "/tests", "/test-sets"].map(|below| {
        let request = axum::http::Request::get(format!("/api/v1/builds/{id}{below}"))
            .header("authorization", format!("Bearer {}", desk.key))
            .body(axum::body::Body::empty())
            .expect("a request");
        let answer = desk.send(request);
        match answer.headers().get("location") {
            Some(place) => {
                let place = place.to_str().expect("text").strip_prefix("/api/v1/builds/");
                let place = place.and_then(|place| place.strip_suffix(below));
                place.expect("the same below another build").to_owned()
            }
            None => {
                assert_eq!(answer.status(), StatusCode::OK);
                id.to_owned()
            }
        }
    });
    assert!(led.iter().all(|place| *place == led[0]), "{led:?}");
    led[0].clone()
}

/// `total passed failed errored skipped`.
fn numbers(tests: &Value) -> String {
    ["total", "passed", "failed", "errored", "skipped"]
        .map(|word| tests[word].to_string())
        .join(" ")
}

fn results(desk: &Desk, more: &str) -> Vec<String> {
    let id = only_build(desk)["id"].as_str().expect("an id").to_owned();
    let list = desk.get_json(&format!("/api/v1/builds/{id}/tests?limit=500{more}"));
    let items = list["items"].as_array().expect("items").iter();
    items
        .map(|item| {
            let word = |member: &str| item[member].as_str().unwrap_or("-").to_owned();
            format!("{} {} #{}", word("name"), word("status"), item["attempt"])
        })
        .collect()
}

fn sets(desk: &Desk) -> Value {
    let id = only_build(desk)["id"].as_str().expect("an id").to_owned();
    desk.get_json(&format!("/api/v1/builds/{id}/test-sets"))
}

// Whose build it is.

#[test]
fn hook_and_report_meet_in_one_build_whichever_comes_first() {
    for (hook, ci, result) in
        [(BUILDKITE_HOOK, buildkite(), "success"), (AZURE_HOOK, azure(), "unstable")]
    {
        let ask = |is_hook_first: bool| {
            let desk = Desk::open();
            if is_hook_first {
                desk.post_fixture(hook);
                desk.step_all();
            }
            let answer = tell(&desk, &ci, &["adds", "-subtracts"]);
            desk.step_all();
            if !is_hook_first {
                assert_eq!(only_build(&desk)["state"], "running", "the hook says how it ends");
                desk.post_fixture(hook);
                desk.step_all();
            }
            let build = only_build(&desk);
            assert_eq!(build["result"], result, "{build}");
            assert_eq!(numbers(&build["tests"]), "2 1 1 0 0");
            assert_eq!(results(&desk, ""), ["subtracts failed #1", "adds passed #1"]);
            let told = answer["build_id"].as_str().expect("an id");
            assert_eq!(led(&desk, told), build["id"], "the address that the reporter was told");
            desk.records()
        };
        assert_eq!(ask(true), ask(false));
    }
}

#[test]
fn an_address_that_was_told_early_leads_on_when_the_build_turns_out_to_have_another() {
    let desk = Desk::open();
    // Only the number, as jobs of old agents tell it.
    let ci = with(buildkite(), json!({"build": null}));
    let early = tell(&desk, &ci, &["adds"])["build_id"].as_str().expect("an id").to_owned();
    desk.step_all();
    desk.post_fixture(BUILDKITE_HOOK);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!(numbers(&build["tests"]), "1 1 0 0 0");
    assert_eq!(led(&desk, &early), build["id"]);
}

#[test]
fn builds_that_turn_out_to_be_one_have_the_tests_of_both() {
    let desk = Desk::open();
    // Of one job nobody knows but the number of its build, of the other but its id.
    tell(&desk, &with(buildkite(), json!({"build": null})), &["adds", "-subtracts"]);
    let other = json!({"number": null, "step_key": "lint", "job": "Lint", "job_id": "2"});
    report(&desk, &with(buildkite(), other), &[("TEST-lint.xml", &junit(&["lints"]))]);
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/builds")["items"].as_array().map(Vec::len), Some(2));
    desk.post_fixture(BUILDKITE_HOOK);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "3 2 1 0 0");
    assert_eq!(results(&desk, "").len(), 3);
}

#[test]
fn without_a_hook_a_build_ends_as_its_reporters_say() {
    for (ci, tests, expected) in [
        (json!({}), &["adds"][..], "success"),
        (json!({}), &["adds", "-subtracts"], "failure"),
        (json!({}), &[], "unknown"),
        (json!({"status": "unstable"}), &["adds", "-subtracts"], "unstable"),
        // It broke off before its tests could fail.
        (json!({"job_status": "failure"}), &["adds"], "failure"),
        (json!({"job_status": "aborted"}), &[], "aborted"),
        (json!({"job_status": "success"}), &[], "success"),
        (json!({"job_status": "success"}), &["-subtracts"], "failure"),
    ] {
        let desk = Desk::open();
        tell(&desk, &with(jenkins(), ci.clone()), tests);
        desk.step_all();
        let build = only_build(&desk);
        assert_eq!(build["result"], expected, "{ci} {tests:?}: {build}");
        assert_eq!(build["provider"], "jenkins");
        assert_eq!(build["number"], 7);
        // No tests are not tests of which none passed.
        assert_eq!(build["tests"].is_null(), tests.is_empty(), "{build}");
    }
}

#[test]
fn of_the_jobs_of_one_build_the_worst_says_how_it_ended() {
    for order in [[0, 1], [1, 0]] {
        let desk = Desk::open();
        let jobs = [("unit", &["adds"][..]), ("ui", &["-clicks"])];
        for (job, tests) in order.map(|which| jobs[which]) {
            tell(&desk, &with(jenkins(), json!({"job": job})), tests);
            desk.step_all();
        }
        assert_eq!(only_build(&desk)["result"], "failure");
    }
}

#[test]
fn a_report_that_names_no_build_is_refused_with_the_reason_and_kept() {
    let desk = Desk::open();
    let (kind, body) = form(&[("file", Some("a.xml"), &junit(&["adds"]))]);
    let headers = [("content-type".to_owned(), kind)];
    let (status, answer) = desk.request("POST", "/api/v1/reports", &headers, &body);
    let problem: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["detail"], "nothing says which build this is at ci; it is kept as entry 1");
    let cases = [
        (json!({"source": "x"}), "ci.build"),
        (json!({"build": "7"}), "ci.source"),
        (with(azure(), json!({"build": "seven"})), "ci.build"),
        (json!({"provider": {"a": 1}}), "ci.provider"),
    ];
    for (ci, path) in cases {
        let (status, problem) = try_report(&desk, &ci, &[("a.xml", &junit(&["adds"]))]);
        assert_eq!(status, StatusCode::BAD_REQUEST, "{ci}");
        assert!(problem["detail"].as_str().expect("a sentence").contains(path), "{problem}");
    }
    desk.step_all();
    assert_eq!(
        desk.get_json("/api/v1/events?status=parked")["items"].as_array().map(Vec::len),
        Some(5)
    );
    assert_eq!(desk.get_json("/api/v1/builds")["items"], json!([]));
}

#[test]
fn numbers_may_be_words_as_variables_of_a_shell_are() {
    let desk = Desk::open();
    let words = json!({"number": "42", "job_attempt": "2", "pull_request": "false", "build": 9});
    tell(&desk, &with(jenkins(), words), &["adds"]);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!((&build["number"], &build["pull_request"]), (&json!(42), &Value::Null), "{build}");
    assert_eq!(results(&desk, ""), ["adds passed #2"]);
}

// What counts.

#[test]
fn everything_twice_changes_nothing() {
    let (once, twice) = (Desk::open(), Desk::open());
    for (desk, times) in [(&once, 1), (&twice, 2)] {
        for _ in 0..times {
            desk.post_fixture(BUILDKITE_HOOK);
            tell(desk, &buildkite(), &["adds", "-subtracts", "~divides"]);
            desk.step_all();
        }
    }
    assert_eq!(numbers(&only_build(&twice)["tests"]), "3 1 1 0 1");
    assert_eq!(once.records(), twice.records());
}

#[test]
fn the_last_try_of_a_job_counts_and_those_before_are_kept() {
    let first = with(jenkins(), json!({"step_key": "unit", "job_attempt": 1, "job_id": "a"}));
    let again = with(jenkins(), json!({"step_key": "unit", "job_attempt": 2, "job_id": "b"}));
    let tell_in = |order: [usize; 2]| {
        let desk = Desk::open();
        for (ci, tests) in order.map(|which| {
            [(&first, &["adds", "-subtracts"][..]), (&again, &["adds", "subtracts"][..])][which]
        }) {
            tell(&desk, ci, tests);
            desk.step_all();
        }
        assert_eq!(numbers(&only_build(&desk)["tests"]), "2 2 0 0 0");
        assert_eq!(results(&desk, ""), ["adds passed #2", "subtracts passed #2"]);
        let mut all = results(&desk, "&attempts=all");
        all.sort();
        assert_eq!(
            all,
            ["adds passed #1", "adds passed #2", "subtracts failed #1", "subtracts passed #2"]
        );
        let counted: Vec<Value> = sets(&desk)["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|set| json!([set["attempt"], set["is_counted"]]))
            .collect();
        assert_eq!(json!(counted), json!([[2, true], [1, false]]));
        only_build(&desk)["result"].clone()
    };
    assert_eq!((tell_in([0, 1]), tell_in([1, 0])), (json!("success"), json!("success")));
}

#[test]
fn a_report_takes_the_place_of_another_of_its_name_whatever_its_files_are_called() {
    let desk = Desk::open();
    let tell_named = |name: Option<&str>, file: &str, tests: &[&str]| {
        let ci = name.map_or(jenkins(), |name| with(jenkins(), json!({"name": name})));
        report(&desk, &ci, &[(file, &junit(tests))]);
        desk.step_all();
        numbers(&only_build(&desk)["tests"])
    };
    assert_eq!(tell_named(Some("unit"), "TEST-a.xml", &["adds", "-pays"]), "2 1 1 0 0");
    assert_eq!(tell_named(Some("unit"), "TEST-b.xml", &["adds"]), "1 1 0 0 0");
    assert_eq!(tell_named(Some("smoke"), "TEST-b.xml", &["opens"]), "2 2 0 0 0");
    // Without a name, files of other names are of other tests.
    assert_eq!(tell_named(None, "TEST-c.xml", &["prints"]), "3 3 0 0 0");
    assert_eq!(tell_named(None, "TEST-d.xml", &["scans"]), "4 4 0 0 0");
}

#[test]
fn the_tries_of_one_test_are_asked_for_by_its_id() {
    let desk = Desk::open();
    for attempt in [1, 2] {
        let job =
            json!({"step_key": "unit", "job_attempt": attempt, "job_id": attempt.to_string()});
        tell(&desk, &with(jenkins(), job), &["adds", "adds twice", "~adds thrice"]);
        desk.step_all();
    }
    let build = only_build(&desk)["id"].as_str().expect("an id").to_owned();
    let address = format!("/api/v1/builds/{build}/tests");
    let all = desk.get_json(&address);
    let adds = all["items"].as_array().expect("items").iter().find(|it| it["name"] == "adds");
    let id = adds.expect("the test")["case_id"].as_str().expect("an id").to_owned();
    for sort in ["outcome", "duration", "name"] {
        let query = format!("&case_id={id}&sort={sort}");
        assert_eq!(results(&desk, &query), ["adds passed #2"], "{sort}");
        let mut tries = results(&desk, &format!("{query}&attempts=all"));
        tries.sort();
        assert_eq!(tries, ["adds passed #1", "adds passed #2"], "{sort}");
        assert!(results(&desk, &format!("{query}&status=failed")).is_empty(), "{sort}");
    }
    let of_nobody = "&case_id=0196cccc-0000-4000-8000-000000000001";
    assert!(results(&desk, of_nobody).is_empty());
    let (status, answer) = desk.request("GET", &format!("{address}?case_id=7"), &[], b"");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let said = "the parameter `case_id` is `7`; it is the `case_id` of a result";
    assert_eq!(answer["detail"], said);
}

#[test]
fn a_job_of_gitlab_is_tried_again_under_a_greater_id() {
    let desk = Desk::open();
    let job = |id: &str| {
        json!({
            "provider": "gitlab", "source": "gitlab.example.com/acme/shop", "pipeline": "shop",
            "build": "900", "job": "rspec 1/3", "job_id": id,
        })
    };
    tell(&desk, &job("10002"), &["adds"]);
    desk.step_all();
    tell(&desk, &job("9001"), &["-adds"]);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!(numbers(&build["tests"]), "1 1 0 0 0");
    assert_eq!(build["result"], "success");
    assert_eq!(results(&desk, "&attempts=all").len(), 2);
}

#[test]
fn a_job_of_gitlab_is_one_step_whoever_tells_of_it() {
    let ci = json!({
        "provider": "gitlab", "source": "git.example.com/tools", "pipeline": "harbour/crane",
        "pipeline_id": "88", "build": "91007", "number": 42, "job": "compile", "job_id": "501",
        "shard": {"index": 0, "count": 1}, "sent_at": "2026-02-13T14:22:59Z",
    });
    let tell_in = |is_hook_first: bool| {
        let desk = Desk::open();
        for is_hook in [is_hook_first, !is_hook_first] {
            match is_hook {
                true => drop(desk.post_fixture("gitlab/pipeline.success.json")),
                // Its script lets these fail.
                false => drop(tell(&desk, &ci, &["adds", "-subtracts"])),
            }
            desk.step_all();
        }
        let build = only_build(&desk);
        assert_eq!(numbers(&build["tests"]), "2 1 1 0 0");
        let id = build["id"].as_str().expect("an id");
        let steps = desk.get_json(&format!("/api/v1/builds/{id}/steps"));
        let jobs = steps["items"].as_array().expect("items").iter();
        let ends: Vec<Value> = jobs
            .filter(|step| step["name"] == "compile")
            .map(|step| json!([step["result"], step["finished_at"]]))
            .collect();
        (build["result"].clone(), ends)
    };
    let told = (json!("unstable"), vec![json!(["success", "2026-02-13T14:23:00.000Z"])]);
    assert_eq!((tell_in(true), tell_in(false)), (told.clone(), told));
}

#[test]
fn without_a_hook_a_build_was_over_when_its_last_job_said_so() {
    let desk = Desk::open();
    for (job, at) in [("unit", "2026-02-13T14:22:59Z"), ("browser", "2026-02-13T14:25:00Z")] {
        tell(&desk, &with(jenkins(), json!({"job": job, "sent_at": at})), &["adds"]);
    }
    desk.step_all();
    assert_eq!(only_build(&desk)["finished_at"], "2026-02-13T14:25:00.000Z");
}

#[test]
fn who_says_how_a_build_ended_and_not_when_says_it_at_its_end() {
    let desk = Desk::open();
    let ended = json!({"status": "failure", "sent_at": "2026-02-13T14:22:59Z"});
    tell(&desk, &with(jenkins(), ended), &["adds"]);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!((&build["state"], &build["result"]), (&json!("finished"), &json!("failure")));
    assert_eq!(build["finished_at"], "2026-02-13T14:22:59.000Z");
}

#[test]
fn a_job_that_buildkite_says_was_retried_does_not_count_whenever_that_is_known() {
    // A collector knows the job's id and no attempt.
    let upload = |desk: &Desk, job: &str, tests: &str| {
        let (kind, body) = form(&[
            ("format", None, "json"),
            ("run_env[CI]", None, "buildkite"),
            ("run_env[key]", None, "0196aaaa-0000-4000-8000-000000000042"),
            ("run_env[number]", None, "42"),
            ("run_env[url]", None, "https://buildkite.com/acme/shop-ci/builds/42"),
            ("run_env[job_id]", None, job),
            ("data", None, tests),
        ]);
        let headers = [
            ("content-type".to_owned(), kind),
            ("authorization".to_owned(), format!("Bearer {}", desk.key)),
        ];
        let (status, answer) = desk.request("POST", "/v1/uploads", &headers[..1], &body);
        assert_eq!(status, StatusCode::ACCEPTED, "{}", String::from_utf8_lossy(&answer));
    };
    let test = |name: &str, result: &str| {
        json!([{"scope": "Till", "name": name, "result": result, "history": {"duration": 0.5}}])
            .to_string()
    };
    for is_told_first in [true, false] {
        let desk = Desk::open();
        if is_told_first {
            desk.post_fixture("buildkite/job.finished.retried.json");
            desk.step_all();
        }
        // What is too much for one upload comes in two.
        upload(&desk, "0196BBBB-0000-4000-8000-000000000001", &test("adds", "failed"));
        upload(&desk, "0196bbbb-0000-4000-8000-000000000001", &test("subtracts", "passed"));
        upload(&desk, "0196bbbb-0000-4000-8000-000000000001", &test("subtracts", "passed"));
        desk.step_all();
        if !is_told_first {
            assert_eq!(numbers(&only_build(&desk)["tests"]), "2 1 1 0 0");
            desk.post_fixture("buildkite/job.finished.retried.json");
            desk.step_all();
        }
        assert!(only_build(&desk)["tests"].is_null(), "its retry has told nothing yet");
        upload(&desk, "0196bbbb-0000-4000-8000-000000000002", &test("adds", "passed"));
        desk.step_all();
        assert_eq!(numbers(&only_build(&desk)["tests"]), "1 1 0 0 0");
    }
}

/// Upload as a collector does, with more parts; returns the status.
fn upload(desk: &Desk, more: &[(&str, Option<&str>, &str)], data: &str) -> StatusCode {
    let mut parts = vec![("format", None, "junit")];
    parts.extend(more);
    parts.push(("data", Some("a.xml"), data));
    let (kind, body) = form(&parts);
    desk.request("POST", "/v1/uploads", &[("content-type".to_owned(), kind)], &body).0
}

#[test]
fn a_collector_may_send_what_the_runner_wrote() {
    for (format, report, counted) in [
        ("jest-json", include_str!("../fixtures/reports/jest.json"), "10 4 2 2 2"),
        ("rspec-json", include_str!("../fixtures/reports/rspec.json"), "5 1 2 1 1"),
        ("playwright-json", include_str!("../fixtures/reports/playwright.json"), "9 3 2 2 2"),
        ("cucumber-json", include_str!("../fixtures/reports/cucumber.json"), "9 2 3 2 2"),
    ] {
        let desk = Desk::open();
        let (kind, body) = form(&[
            ("format", None, format),
            ("run_env[key]", None, "1"),
            ("data", Some("report.json"), report),
        ]);
        let headers = [("content-type".to_owned(), kind)];
        let (status, answer) = desk.request("POST", "/v1/uploads", &headers, &body);
        let told: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!((status, &told["files"][0]["error"]), (StatusCode::ACCEPTED, &Value::Null));
        assert_eq!(told["files"][0]["format"], format.replace('-', "_"), "{told}");
        desk.step_all();
        assert_eq!(numbers(&only_build(&desk)["tests"]), counted, "{format}");
        let mut form = json!({"format": format, "run_env": {"key": "2"}});
        form["data"] = serde_json::from_str(report).expect("JSON");
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let (_, answer) =
            desk.request("POST", "/v1/uploads", &headers, form.to_string().as_bytes());
        let again: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(again["tests"], told["tests"], "{format}, as JSON");
    }
}

#[test]
fn an_upload_that_is_repeated_in_another_form_counts_once() {
    let desk = Desk::open();
    let run = ("run_env[key]", None, "kk1");
    for more in [&[run][..], &[run, ("tags[try]", None, "2")]] {
        assert_eq!(upload(&desk, more, &junit(&["adds", "-subtracts"])), StatusCode::ACCEPTED);
        desk.step_all();
    }
    assert_eq!(numbers(&only_build(&desk)["tests"]), "2 1 1 0 0");
}

#[test]
fn a_file_that_is_uploaded_again_in_another_form_is_the_same_upload() {
    let desk = Desk::open();
    for more in [&[][..], &[("note", None, "again")]] {
        let text = junit(&["adds"]);
        let mut parts = vec![("file", Some("a.xml"), text.as_str())];
        parts.extend(more);
        let (kind, body) = form(&parts);
        let headers = [("content-type".to_owned(), kind)];
        let (status, _) = desk.request("POST", "/api/v1/results", &headers, &body);
        assert_eq!(status, StatusCode::OK);
        desk.step_all();
    }
    assert_eq!(numbers(&only_build(&desk)["tests"]), "1 1 0 0 0");
}

#[test]
fn a_collector_that_does_not_say_whose_build_it_is_makes_one_of_its_own_that_ends() {
    for ci in ["buildkite", "azure", "codeship"] {
        let desk = Desk::open();
        let run = [("run_env[CI]", None, ci), ("run_env[key]", None, "opaque-17")];
        assert_eq!(upload(&desk, &run, &junit(&["-adds"])), StatusCode::ACCEPTED, "{ci}");
        desk.step_all();
        let build = only_build(&desk);
        assert_eq!((&build["source"], &build["pipeline"]), (&json!("collectors"), &json!(ci)));
        assert_eq!((&build["state"], &build["result"]), (&json!("finished"), &json!("failure")));
    }
}

#[test]
fn jobs_of_a_matrix_add_up() {
    let desk = Desk::open();
    for (agent, variant) in [("vm-1", "linux"), ("vm-2", "windows")] {
        let leg = with(jenkins(), json!({"agent": agent, "variant": variant, "step_key": "test"}));
        tell(&desk, &leg, &["adds", "-subtracts"]);
    }
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "4 2 2 0 0");
    // One leg is tried again, the other stands.
    let again =
        json!({"agent": "vm-9", "variant": "windows", "step_key": "test", "job_attempt": 2});
    tell(&desk, &with(jenkins(), again), &["adds", "subtracts"]);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "4 3 1 0 0");
}

#[test]
fn legs_that_nothing_but_their_runner_tells_apart_add_up_too() {
    let desk = Desk::open();
    for mark in ["a", "b", "a"] {
        tell(&desk, &with(jenkins(), json!({"job_id": mark})), &["adds"]);
    }
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "2 2 0 0 0");
}

#[test]
fn a_report_takes_the_place_of_one_of_the_same_files_and_adds_to_others() {
    let desk = Desk::open();
    let ci = jenkins();
    let both = [("a.xml", junit(&["-a"])), ("b.xml", junit(&["-b", "-c"]))];
    let both: Vec<(&str, &str)> = both.iter().map(|(name, text)| (*name, text.as_str())).collect();
    report(&desk, &ci, &both);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "3 0 3 0 0");
    report(&desk, &ci, &[("other.xml", &junit(&["d"]))]);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "4 1 3 0 0");
    report(&desk, &ci, &[("a.xml", &junit(&["a"])), ("b.xml", &junit(&["b"]))]);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "3 3 0 0 0");
    // Under a name of its own the same file is another one.
    report(&desk, &with(ci, json!({"name": "again"})), &[("a.xml", &junit(&["a"]))]);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "4 4 0 0 0");
}

#[test]
fn a_report_in_parts_is_one_in_any_order() {
    let desk = Desk::open();
    let part = |id: &str, index: u32, tests: &[&str]| {
        let part = json!({"part": {"index": index, "count": 2, "id": id}});
        tell(&desk, &with(jenkins(), part), tests);
        desk.step_all();
    };
    // All parts are of one file.
    part("first", 1, &["c"]);
    part("first", 0, &["a", "-b"]);
    assert_eq!(numbers(&only_build(&desk)["tests"]), "3 2 1 0 0");
    part("first", 0, &["a", "-b"]);
    assert_eq!(numbers(&only_build(&desk)["tests"]), "3 2 1 0 0");
    // Another report of the same file goes in its place, also when it has fewer parts.
    part("second", 0, &["a"]);
    assert_eq!(numbers(&only_build(&desk)["tests"]), "1 1 0 0 0");
}

#[test]
fn a_broken_file_says_where_and_what_stands_before_counts() {
    let desk = Desk::open();
    let broken = "<testsuite name='unit'>\n<testcase name='adds'/>\n<testcase name='subtracts";
    let answer =
        report(&desk, &jenkins(), &[("a.xml", broken), ("b.txt", "no report"), ("c.xml", "")]);
    assert_eq!(answer["status"], "stored");
    assert_eq!(answer["files"][0]["total"], 1);
    let said = answer["files"][0]["error"].as_str().expect("a sentence").to_owned();
    assert!(said.starts_with("line 3, column "), "{said}");
    assert_eq!(answer["files"][1]["format"], Value::Null);
    desk.step_all();
    assert_eq!(numbers(&only_build(&desk)["tests"]), "1 1 0 0 0");
    assert_eq!(sets(&desk)["items"][0]["files"][0]["error"], said);
}

// What a result tells.

#[test]
fn a_failed_test_says_what_failed() {
    let desk = Desk::open();
    tell(&desk, &jenkins(), &["adds", "-subtracts"]);
    desk.step_all();
    let id = only_build(&desk)["id"].as_str().expect("an id").to_owned();
    let list = desk.get_json(&format!("/api/v1/builds/{id}/tests"));
    let mut failed = list["items"][0].clone();
    let members = failed.as_object_mut().expect("an object");
    assert!(members.remove("id").is_some() && members.remove("case_id").is_some());
    // What its history tells is specified elsewhere.
    assert!(members.remove("sentence").is_some() && members.remove("case_status").is_some());
    members.retain(|_, value| !value.is_null());
    assert_eq!(
        failed,
        json!({
            "suite": "unit", "class": "Till", "name": "subtracts", "status": "failed",
            "duration_ms": 500.0, "message": "no subtracts", "stack": "at subtracts:1", "attempt": 1,
            "agent": "node-1", "job": "test", "is_retried": false,
        })
    );
    assert_eq!(results(&desk, "&status=passed"), ["adds passed #1"]);
    assert_eq!(results(&desk, "&q=SUB"), ["subtracts failed #1"]);
    let (status, answer) =
        desk.request("GET", &format!("/api/v1/builds/{id}/tests?status=red"), &[], b"");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_test_is_the_same_in_every_build_of_its_pipeline_and_on_every_installation() {
    let ids = |numbers: [i64; 2]| {
        let desk = Desk::open();
        for number in numbers {
            let build = json!({"build": format!("shop#{number}"), "number": number});
            tell(&desk, &with(jenkins(), build), &["adds"]);
        }
        let other = json!({"pipeline": "till", "build": "till#1", "number": 1});
        tell(&desk, &with(jenkins(), other), &["adds"]);
        desk.step_all();
        let builds = desk.get_json("/api/v1/builds");
        let mut ids: Vec<String> = builds["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|build| {
                let id = build["id"].as_str().expect("an id");
                let list = desk.get_json(&format!("/api/v1/builds/{id}/tests"));
                list["items"][0]["case_id"].as_str().expect("an id").to_owned()
            })
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let first = ids([7, 8]);
    assert_eq!(first.len(), 2, "one in each pipeline");
    assert_eq!(first, ids([8, 9]));
}

#[test]
fn many_results_come_page_by_page_each_once() {
    let desk = Desk::open();
    let names: Vec<String> = (0..1_203).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    tell(&desk, &jenkins(), &names);
    desk.step_all();
    let id = only_build(&desk)["id"].as_str().expect("an id").to_owned();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk.get_json(&format!("/api/v1/builds/{id}/tests?limit=500{cursor}"));
        for item in page["items"].as_array().expect("items") {
            seen.push(item["name"].as_str().expect("a name").to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, names);
}

// Nothing is lost, and nothing is left behind.

#[test]
fn a_set_that_was_not_filed_to_its_end_is_begun_anew() {
    let desk = Desk::open();
    tell(&desk, &jenkins(), &["adds", "-subtracts"]);
    desk.step_all();
    let before = desk.records();
    // As a crash in the middle leaves it: results without an end.
    let half = NewSet {
        origin: Origin::Report,
        key: "k".to_owned(),
        slot: "test".to_owned(),
        attempt: 2,
        turn: 0,
        job_id: None,
        part: None,
        entry: None,
        name: None,
        job: None,
        variant: None,
        agent: None,
        at: Timestamp(1_000),
    };
    let row = ResultRow {
        case: CaseKey { suite: Some("unit"), class: Some("Till"), name: "adds", variant: None },
        status: creel::model::TestStatus::Failed,
        nth: 1,
        duration_ms: None,
        is_retried: false,
        message: Some("half"),
        stack: None,
    };
    desk.hub
        .books()
        .write(|ledger| {
            let set = ledger.begin_set(1, &half)?;
            let scope = ledger.scope_of_build(1)?;
            ledger.add_results((1, set), &scope, [row.clone()], Timestamp(1_000))
        })
        .expect("written");
    assert_eq!(desk.records(), before, "it does not count");
    let desk = desk.reopened_with(&[]);
    desk.step_all();
    assert_eq!(desk.records(), before);
    let left: i64 = count(&desk, "select count(*) from test_failure where message = 'half'");
    assert_eq!(left, 0, "it is removed");
}

#[test]
fn reading_everything_again_files_the_same() {
    let desk = Desk::open();
    desk.post_fixture(BUILDKITE_HOOK);
    tell(&desk, &buildkite(), &["adds", "-subtracts"]);
    tell(
        &desk,
        &with(buildkite(), json!({"job_attempt": 2, "job_id": "2"})),
        &["adds", "subtracts"],
    );
    desk.step_all();
    let before = desk.records();
    let (status, _) = desk.request("POST", "/api/v1/events/replay", &[], b"{}");
    assert_eq!(status, StatusCode::OK);
    desk.step_all();
    assert_eq!(desk.records(), before);
    assert_eq!(count(&desk, "select count(*) from test_set"), 2, "what was replaced is removed");
}

#[test]
fn the_tests_of_a_build_go_with_it() {
    let desk = Desk::open_with(&[
        ("CREEL_RETENTION__BODIES", "2d"),
        ("CREEL_RETENTION__EVENTS", "4d"),
        ("CREEL_RETENTION__BUILDS", "6d"),
    ]);
    tell(&desk, &jenkins(), &["adds", "-subtracts"]);
    desk.step_all();
    desk.hub.clock().advance(std::time::Duration::from_hours(24 * 3));
    desk.post_fixture("azure_devops/push.json");
    desk.tidy_up();
    assert_eq!(count(&desk, "select count(*) from test_result"), 2, "they outlive their report");
    desk.hub.clock().advance(std::time::Duration::from_hours(24 * 9));
    // Another build, whose row is newer.
    desk.post_fixture("buildkite/build.running.json");
    desk.step_all();
    desk.tidy_up();
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/builds")["items"].as_array().map(Vec::len), Some(1));
    for table in ["test_set", "test_result", "test_failure", "filing"] {
        assert_eq!(count(&desk, &format!("select count(*) from {table}")), 0, "{table}");
    }
}

fn count(desk: &Desk, query: &str) -> i64 {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    books.query_row(query, [], |row| row.get(0)).expect("a number")
}

// From a job to the page.

#[test]
fn what_the_reporter_sends_is_on_the_page_of_the_build_that_it_names() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "900"),
        ("GITHUB_RUN_NUMBER", "88"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_WORKFLOW", "CI"),
        ("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/ci.yml@refs/heads/main"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REF_NAME", "main"),
        ("GITHUB_JOB", "test"),
        ("CREEL_API_KEY", key.as_str()),
    ];
    // Twice: as a job that runs the command in two steps.
    for _ in 0..2 {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
            .env_clear()
            .envs(variables)
            .env("CREEL_URL", format!("http://{}", server.address))
            .args(["report", "--strict", "--files", "*.xml", "*.trx", "*.json"])
            .current_dir(&fixtures)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("GitHub Actions: acme/shop / CI #88"), "{said}");
    }
    let build = || server.get("/api/v1/builds", &key).json()["items"][0].clone();
    eventually("the tests are on the build", || !build()["tests"].is_null());
    let build = build();
    assert_eq!(
        (&build["provider"], &build["number"], &build["result"]),
        (&json!("github"), &json!(88), &json!("failure")),
        "{build}"
    );
    let tests =
        server.all(&format!("/api/v1/builds/{}/tests", build["id"].as_str().expect("id")), &key);
    assert_eq!(json!(tests.len()), build["tests"]["total"]);
    assert!(tests.iter().any(|test| test["name"] == "counts <boxes> & crates"), "{tests:?}");
}
