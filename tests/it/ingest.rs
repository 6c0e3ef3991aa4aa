//! Clients of `BuildButler`, odd ones too: whatever they send, in whatever order and however often, is
//! one build with its numbers once, and answered 2xx as long as anybody could understand it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use creel::model::EntryId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::desk::Desk;

const GITHUB: &str = "https://github.com/acme/shop";
const FIRST: &str = "AAAAAAAA-1111-4000-8000-000000000001";
const SECOND: &str = "bbbbbbbb-2222-4000-8000-000000000002";

fn try_send(desk: &Desk, what: &str, body: &Value) -> (StatusCode, Value) {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let (status, answer) =
        desk.request("POST", &format!("/ingest/{what}"), &headers, body.to_string().as_bytes());
    (status, serde_json::from_slice(&answer).expect("JSON"))
}

fn send(desk: &Desk, what: &str, body: &Value) -> Value {
    let (status, answer) = try_send(desk, what, body);
    assert_eq!(status, StatusCode::OK, "{what} {body}: {answer}");
    answer
}

fn with(body: &Value, more: Value) -> Value {
    let (mut body, Value::Object(more)) = (body.clone(), more) else { panic!("an object") };
    body.as_object_mut().expect("an object").extend(more);
    body
}

/// As the vendor's action sends it from a workflow of GitHub.
fn build() -> Value {
    json!({
        "id": FIRST, "jobName": "CI", "buildNumber": "88", "status": "SUCCESS", "duration": 61_000,
        "startedAt": "2026-02-13T07:11:05Z", "completedAt": "2026-02-13T07:12:06.250Z",
        "jenkinsInstanceId": GITHUB, "branch": "main", "commitSha": "6E1B0C5D2F3A4B5C6D7E8F90112233445566778A",
        "cause": "workflow_dispatch", "source": "github", "externalRunId": "12345678901",
        "url": "https://github.com/acme/shop/actions/runs/12345678901", "queueDuration": 4_000,
        "nodeInfo": {"nodeName": "vm-7", "nodeLabels": ["linux"], "isBuiltIn": false},
        "nobodyKnows": {"this": [1]}
    })
}

fn suite(build: &str, name: &str, cases: &[(&str, &str)]) -> Value {
    let cases: Vec<Value> = cases
        .iter()
        .map(|(test, status)| {
            let message = if *status == "PASSED" { Value::Null } else { json!(404) };
            json!({"className": "Till", "testName": test, "status": status, "duration": 1.5,
                   "errorMessage": message})
        })
        .collect();
    json!({"buildId": build, "name": name, "totalCount": 99, "passCount": 99, "failCount": 0,
           "skipCount": 0, "duration": null, "testCases": cases})
}

fn builds(desk: &Desk) -> Vec<Value> {
    desk.get_json("/api/v1/builds")["items"].as_array().expect("items").clone()
}

fn only_build(desk: &Desk) -> Value {
    let builds = builds(desk);
    assert_eq!(builds.len(), 1, "{builds:?}");
    builds[0].clone()
}

fn totals(desk: &Desk) -> Value {
    let build = only_build(desk);
    let sets =
        desk.get_json(&format!("/api/v1/builds/{}/test-sets", build["id"].as_str().unwrap()));
    assert_eq!(sets["waiting"], 0, "{sets}");
    build["tests"].clone()
}

fn steps(desk: &Desk) -> Vec<Value> {
    let id = only_build(desk)["id"].as_str().unwrap().to_owned();
    desk.get_json(&format!("/api/v1/builds/{id}/steps"))["items"].as_array().unwrap().clone()
}

fn counts(total: u64, passed: u64, failed: u64, errored: u64, skipped: u64) -> Value {
    json!({"total": total, "passed": passed, "failed": failed, "errored": errored, "skipped": skipped})
}

#[test]
fn an_odd_client_makes_one_build_whatever_it_does() {
    let desk = Desk::open();
    let cases = [("adds", "PASSED"), ("pays", "FAILED"), ("breaks", "ERROR"), ("waits", "SKIPPED")];
    let tests = suite(FIRST, "unit", &cases);
    let stages = json!({"buildId": FIRST.to_lowercase(), "stages": [
        {"stageName": "Build", "stageOrder": 0, "status": "SUCCESS", "duration": "1200"},
        {"stageName": "Test", "stageOrder": "1", "status": "FAILURE", "extra": null}
    ]});
    let log = json!({"buildId": FIRST, "jobName": "CI", "buildNumber": 88, "status": "SUCCESS",
        "jenkinsInstanceId": "acme/shop",
        "logContent": "=== Job: build ===\n2026-02-13T07:11:06.000Z one\n=== Job: test ===\ntwo\nthree\n"});
    let begun = with(&build(), json!({"status": "BUILDING", "completedAt": null, "duration": 0}));
    let again = with(
        &build(),
        json!({"id": SECOND, "jenkinsInstanceId": "acme/shop", "status": "success"}),
    );

    for _ in 0..2 {
        let answer = send(&desk, "tests", &tests);
        assert_eq!((&answer["waiting"], &answer["tests"]), (&json!(true), &counts(4, 1, 1, 1, 1)));
        assert_eq!(send(&desk, "pipeline-stages", &stages)["waiting"], true);
    }
    desk.step_all();
    assert_eq!(builds(&desk), Vec::<Value>::new());

    let id = send(&desk, "builds", &begun)["id"].as_str().expect("an id").to_owned();
    for body in [&begun, &build(), &again, &build(), &begun] {
        let answer = send(&desk, "builds", body);
        assert_eq!(answer["id"], id.as_str(), "one answer for one run");
        assert_eq!(answer["externalRunId"], "12345678901");
    }
    desk.step_all();
    // By its second id, and by the one that was answered.
    for name in [SECOND, &id, FIRST] {
        assert_eq!(send(&desk, "tests", &suite(name, "unit", &cases))["waiting"], false, "{name}");
    }
    for _ in 0..2 {
        assert_eq!(send(&desk, "build-logs", &log)["waiting"], false);
    }
    desk.step_all();

    let build = only_build(&desk);
    assert_eq!(build["id"], id.as_str());
    assert_eq!((&build["provider"], &build["source"]), (&json!("github"), &json!("acme/shop")));
    assert_eq!((&build["state"], &build["result"]), (&json!("finished"), &json!("success")));
    assert_eq!((&build["number"], &build["attempt"]), (&json!(88), &json!(1)));
    assert_eq!(build["duration_ms"], 61_250);
    assert_eq!((&build["queue_ms"], &build["origin"]), (&json!(4_000), &json!("ingest")));
    assert_eq!(build["commit"], "6e1b0c5d2f3a4b5c6d7e8f90112233445566778a");
    assert_eq!(totals(&desk), counts(4, 1, 1, 1, 1));

    let failed = desk.get_json(&format!("/api/v1/builds/{id}/tests?status=failed"));
    assert_eq!(failed["items"][0]["message"], "404", "{failed}");
    let steps = steps(&desk);
    let keys: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    for name in ["Build", "Test", "CI", "build", "test"] {
        assert!(keys.contains(&name), "{name}: {keys:?}");
    }
    let of = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap();
    assert_eq!((&of("CI")["agent"], &of("Test")["result"]), (&json!("vm-7"), &json!("failure")));
    let log = of("test")["log_id"].as_str().expect("a log");
    let lines = desk.get_json(&format!("/api/v1/logs/{log}"));
    assert_eq!(lines["lines"], 2, "{lines}");
    assert_eq!(lines["items"][0]["runs"][0]["text"], "two");

    let (status, _) = desk.request("GET", &format!("/api/v1/builds/{SECOND}"), &[], b"");
    assert_eq!(status, StatusCode::MOVED_PERMANENTLY);
    let stored = desk.get_json("/api/v1/events?status=parked");
    assert_eq!(stored["items"], json!([]), "nothing is parked");
}

#[test]
fn both_base_paths_and_an_api_key_header_do() {
    let desk = Desk::open();
    for target in ["/api/v1/ingest/builds", "/ingest/builds", "/ingest/builds/"] {
        let answer = desk.post(target, &[], build().to_string().as_bytes());
        assert_eq!(answer["received"], true, "{target}");
    }
    let request = |name: &str, value: String| {
        Request::post("/ingest/builds")
            .header(name, value)
            .body(Body::from(build().to_string()))
            .expect("a request")
    };
    for (name, value, expected) in [
        ("x-api-key", desk.key.clone(), 200),
        ("authorization", format!("Token token=\"{}\"", desk.key), 200),
        ("authorization", "Token token=\"none-of-ours\"".to_owned(), 401),
        ("x-nothing", String::new(), 401),
    ] {
        assert_eq!(desk.send(request(name, value)).status(), expected, "{name}");
    }
    desk.step_all();
    only_build(&desk);
}

#[test]
fn a_client_that_only_makes_ids_has_its_build_by_its_own() {
    let desk = Desk::open();
    let body = json!({"id": FIRST, "jobName": "nightly", "buildNumber": 5, "status": "FAILURE",
                      "jenkinsInstanceId": "build-master", "startedAt": 1_770_966_665,
                      "completedAt": "1770966665500"});
    assert_eq!(send(&desk, "builds", &body)["id"], FIRST.to_lowercase());
    send(&desk, "builds", &body);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!(
        (&build["id"], &build["provider"]),
        (&json!(FIRST.to_lowercase()), &json!("reporter"))
    );
    assert_eq!((&build["source"], &build["result"]), (&json!("build-master"), &json!("failure")));
    assert_eq!(build["duration_ms"], 500);
    // The run's own id is told later: the build has another address, and is found by its old one.
    let known = send(&desk, "builds", &with(&body, json!({"externalRunId": "run-9"})));
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!(build["id"], known["id"]);
    send(&desk, "tests", &suite(FIRST, "unit", &[("adds", "PASSED")]));
    desk.step_all();
    assert_eq!(totals(&desk), counts(1, 1, 0, 0, 0));
}

/// A hook, and what a client in the same build sends.
fn meets(hook: &str, body: &Value) {
    let mut seen = Vec::new();
    for hook_first in [true, false] {
        let desk = Desk::open();
        let tell = |desk: &Desk| {
            send(desk, "tests", &suite(SECOND, "unit", &[("adds", "PASSED"), ("pays", "FAILED")]));
            send(desk, "builds", body);
            send(desk, "builds", body);
            send(desk, "tests", &suite(SECOND, "unit", &[("adds", "PASSED"), ("pays", "FAILED")]));
        };
        if hook_first {
            desk.post_fixture(hook);
            desk.step_all();
        }
        tell(&desk);
        desk.step_all();
        if !hook_first {
            desk.post_fixture(hook);
            desk.step_all();
        }
        assert_eq!(totals(&desk), counts(2, 1, 1, 0, 0), "{hook}");
        let mut build = only_build(&desk);
        assert_eq!(build["origin"], "hook");
        let (status, _) = desk.request("GET", &format!("/api/v1/builds/{SECOND}"), &[], b"");
        assert_eq!(status, StatusCode::MOVED_PERMANENTLY);
        build["enrichment"] = Value::Null;
        seen.push(build);
    }
    assert_eq!(seen[0], seen[1], "{hook}");
}

#[test]
fn hook_and_client_of_buildkite_meet_in_either_order() {
    let hook = "buildkite/build.finished.json";
    let told = json!({"id": SECOND, "jobName": "Shop CI", "buildNumber": 42, "status": "FAILURE",
        "startedAt": "2026-02-13T14:20:00Z", "completedAt": "2026-02-13T14:21:00Z", "source": "buildkite",
        "branch": "somewhere-else"});
    // By the build's own id; by its page; by nothing but its name and number.
    for more in [
        json!({"jenkinsInstanceId": "https://buildkite.com/acme",
               "externalRunId": "0196AAAA-0000-4000-8000-000000000042"}),
        json!({"jenkinsInstanceId": "https://buildkite.com/acme", "jobName": "another name",
               "url": "https://buildkite.com/acme/shop-ci/builds/42",
               "externalRunId": "2ed6657d-e927-568b-95e1-2665a8aea6a2"}),
        json!({"jenkinsInstanceId": "acme"}),
    ] {
        meets(hook, &with(&told, more));
    }
}

/// What `creel report` sends of a job, without any files.
fn report(desk: &Desk, ci: &Value) {
    let part = "--x\r\nContent-Disposition: form-data; name=\"ci\"";
    let body = format!("{part}\r\n\r\n{ci}\r\n--x--\r\n");
    let kind = ("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned());
    desk.post("/api/v1/reports", &[kind], body.as_bytes());
}

#[test]
fn who_told_of_a_build_is_said_the_hook_before_all_others() {
    let desk = Desk::open();
    let told = json!({"jenkinsInstanceId": "https://buildkite.com/acme", "status": "in_progress",
        "externalRunId": "0196aaaa-0000-4000-8000-000000000042"});
    send(&desk, "builds", &told);
    desk.step_all();
    assert_eq!(only_build(&desk)["origin"], "ingest");
    let ci = json!({"provider": "buildkite", "source": "acme",
                    "build": "0196aaaa-0000-4000-8000-000000000042"});
    report(&desk, &ci);
    desk.step_all();
    assert_eq!(only_build(&desk)["origin"], "reporter");
    desk.post_fixture("buildkite/build.finished.json");
    desk.step_all();
    assert_eq!(only_build(&desk)["origin"], "hook");
    send(&desk, "builds", &told);
    desk.step_all();
    assert_eq!(only_build(&desk)["origin"], "hook");
}

#[test]
fn hook_and_client_of_azure_devops_meet_in_either_order() {
    let hook = "azure_devops/build_complete.json";
    let told = json!({"id": SECOND, "jobName": "crane-ci", "status": "success", "source": "azure-devops",
        "startedAt": "2026-02-13T14:21:00Z", "completedAt": "2026-02-13T14:28:00Z"});
    for more in [
        json!({"jenkinsInstanceId": "https://dev.azure.com/lumen-works", "externalRunId": 7315}),
        json!({"jenkinsInstanceId": "https://dev.azure.com/lumen-works/Harbour", "buildNumber": "7315"}),
        json!({"jenkinsInstanceId": "lumen-works/Harbour", "externalRunId": "20260213.4",
               "url": "https://dev.azure.com/lumen-works/Harbour/_build/results?buildId=7315&view=results"}),
    ] {
        meets(hook, &with(&told, more));
    }
}

fn gitlab_hook(desk: &Desk, fixture: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/gitlab")
        .join(fixture);
    let body = std::fs::read(path).expect("a fixture");
    let request = Request::post("/webhooks/gitlab")
        .header("x-gitlab-token", &desk.key)
        .header("x-gitlab-event", "Pipeline Hook")
        .body(Body::from(body))
        .expect("a request");
    let answer = desk.send(request);
    assert_eq!(answer.status(), 200);
    serde_json::from_slice(answer.body()).expect("JSON")
}

#[test]
fn hook_and_client_of_gitlab_meet_in_either_order() {
    let told = json!({"id": SECOND, "jobName": "Crane", "buildNumber": 42, "status": "SUCCESS",
        "jenkinsInstanceId": "https://git.example.com/tools/harbour/crane", "source": "gitlab",
        "startedAt": "2026-02-13T14:20:12Z", "completedAt": "2026-02-13T14:29:00Z",
        "externalRunId": "91007"});
    // A server below a path is known by its host alone: clients do not tell where the path ends.
    let told = with(&told, json!({"jenkinsInstanceId": "https://git.example.com/harbour/crane"}));
    let mut fixture: Value = serde_json::from_slice(
        &std::fs::read("tests/fixtures/gitlab/pipeline.success.json").expect("a fixture"),
    )
    .expect("JSON");
    fixture["project"]["web_url"] = "https://git.example.com/harbour/crane".into();
    let hook = fixture.to_string();
    for hook_first in [true, false] {
        let desk = Desk::open();
        let post = || desk.post("/webhooks/gitlab", &[], hook.as_bytes());
        if hook_first {
            assert_eq!(post()["status"], "stored");
        }
        send(&desk, "builds", &told);
        send(&desk, "tests", &suite(SECOND, "unit", &[("adds", "PASSED")]));
        desk.step_all();
        if !hook_first {
            post();
            desk.step_all();
        }
        assert_eq!(post()["status"], "duplicate");
        let build = only_build(&desk);
        assert_eq!((&build["result"], &build["number"]), (&json!("unstable"), &json!(42)));
        assert_eq!(build["origin"], "hook");
        assert_eq!(totals(&desk), counts(1, 1, 0, 0, 0));
    }
}

#[test]
fn hooks_of_gitlab_become_builds_with_stages_and_jobs() {
    let desk = Desk::open();
    assert_eq!(gitlab_hook(&desk, "job.failed.json")["status"], "stored");
    assert_eq!(gitlab_hook(&desk, "pipeline.success.json")["status"], "stored");
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!(
        (&build["provider"], &build["source"]),
        (&json!("gitlab"), &json!("git.example.com/tools"))
    );
    assert_eq!(
        (&build["pipeline"], &build["project"]),
        (&json!("harbour/crane"), &json!("harbour"))
    );
    assert_eq!(
        (&build["result"], &build["requested_by"]),
        (&json!("unstable"), &json!("Ada Example"))
    );
    let steps = steps(&desk);
    let lint = steps.iter().find(|step| step["name"] == "lint").expect("a job");
    assert_eq!((&lint["kind"], &lint["agent"]), (&json!("job"), &json!("runner-b")));
    let stage = steps.iter().find(|step| step["id"] == lint["parent_id"]).expect("a stage");
    assert_eq!(stage["name"], "test");
    // A report of that job is of the same build, and of the same step.
    let told = json!({"provider": "gitlab", "source": "git.example.com/tools", "build": "91007",
        "pipeline": "harbour/crane", "pipeline_id": "88", "job": "lint", "job_status": "failure"});
    report(&desk, &told);
    desk.step_all();
    assert_eq!(only_build(&desk)["id"], build["id"]);
    assert_eq!(self::steps(&desk).len(), steps.len());
}

/// What version 0.2 left unread is read when the books are brought up to date.
#[test]
fn hooks_of_gitlab_that_were_kept_unread_are_read_once_there_is_a_reader() {
    let desk = Desk::open();
    let entry = gitlab_hook(&desk, "pipeline.success.json")["entry_id"].as_i64().expect("a number");
    desk.step_all();
    let read = only_build(&desk);
    let migration = std::fs::read_to_string("migrations/sqlite/books/0016_tests.sql").expect("SQL");
    let at = migration.find("insert into replay").expect("the statement that queues them");
    {
        let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
        books
            .execute_batch(
                "update event
                    set decoder = 0, build = null, source = null, answer = 'skipped',
                        reason = 'kept whole: no decoder for this sender exists yet';
                 delete from fact; delete from step; delete from build_key; delete from build_alias;
                 delete from build;",
            )
            .expect("as it was");
        books.execute_batch(&migration[at..]).expect("queued");
    }
    desk.step_all();
    assert_eq!(only_build(&desk)["id"], read["id"]);
    let event = desk.get_json(&format!("/api/v1/events/{entry}"));
    assert_eq!((&event["builds"][0], &event["reason"]), (&read["id"], &Value::Null), "{event}");
}

#[test]
fn suites_of_one_name_replace_each_other_only_where_they_share_tests() {
    let desk = Desk::open();
    send(&desk, "builds", &build());
    let first = suite(FIRST, "unit", &[("adds", "PASSED"), ("pays", "FAILED")]);
    let other_file = suite(FIRST, "unit", &[("prints", "PASSED")]);
    let empty = suite(FIRST, "unit", &[]);
    let numbers =
        json!({"buildId": FIRST, "name": "e2e", "totalCount": 5, "failCount": 1, "passCount": 4});
    for body in [&first, &other_file, &numbers, &first, &other_file, &numbers] {
        send(&desk, "tests", body);
        desk.step_all();
    }
    assert_eq!(totals(&desk), counts(8, 6, 2, 0, 0));
    // A file without tests says nothing of the other files.
    send(&desk, "tests", &with(&empty, json!({"totalCount": 0, "passCount": 0})));
    desk.step_all();
    assert_eq!(totals(&desk), counts(8, 6, 2, 0, 0));
    // The run is tried again: what it tells takes the place of what it told.
    send(&desk, "tests", &suite(FIRST, "unit", &[("adds", "PASSED"), ("pays", "PASSED")]));
    send(&desk, "tests", &with(&numbers, json!({"failCount": 0, "passCount": 5})));
    desk.step_all();
    assert_eq!(totals(&desk), counts(8, 8, 0, 0, 0));
    let id = only_build(&desk)["id"].as_str().unwrap().to_owned();
    let rows = desk.get_json(&format!("/api/v1/builds/{id}/tests?attempts=all"));
    assert_eq!(rows["items"].as_array().unwrap().len(), 3, "{rows}");
}

/// The id of the build that another of its names leads to.
fn leads_to(desk: &Desk, name: &str) -> String {
    let request = Request::get(format!("/api/v1/builds/{name}")).header("x-api-key", &desk.key);
    let answer = desk.send(request.body(Body::empty()).expect("a request"));
    match answer.headers().get("location") {
        Some(place) => {
            place.to_str().expect("an address").rsplit('/').next().expect("an id").to_owned()
        }
        None => {
            let build: Value = serde_json::from_slice(answer.body()).expect("JSON");
            build["id"].as_str().expect("an id").to_owned()
        }
    }
}

/// What two calls of one client come to, in either order: one build that is over, found by the client's id.
fn come_to_one(what: &str, one: &Value, other: &Value) -> Value {
    let mut seen: Option<Value> = None;
    for bodies in [[one, other], [other, one]] {
        for in_between in [true, false] {
            let desk = Desk::open();
            for body in bodies {
                send(&desk, "builds", body);
                if in_between {
                    desk.step_all();
                }
            }
            send(&desk, "tests", &suite(SECOND, "unit", &[("adds", "PASSED"), ("pays", "FAILED")]));
            desk.step_all();
            let parked = desk.get_json("/api/v1/events?status=parked");
            assert_eq!(parked["items"], json!([]), "{what}");
            assert_eq!(totals(&desk), counts(2, 1, 1, 0, 0), "{what}");
            let build = only_build(&desk);
            assert_eq!(leads_to(&desk, SECOND), build["id"], "{what}");
            assert_eq!(
                (&build["state"], &build["result"]),
                (&json!("finished"), &json!("success")),
                "{what}"
            );
            let place = json!({
                "provider": build["provider"], "source": build["source"], "pipeline": build["pipeline"],
                "id": build["id"],
            });
            assert_eq!(*seen.get_or_insert_with(|| place.clone()), place, "{what}");
        }
    }
    seen.expect("a build")
}

#[test]
fn an_id_is_of_one_build_wherever_its_client_says_that_is() {
    let begun = json!({
        "id": SECOND, "jobName": "CI", "buildNumber": 7, "status": "in_progress",
        "startedAt": "2026-02-13T07:11:05Z",
    });
    let ended = with(
        &begun,
        json!({"status": "SUCCESS", "completedAt": "2026-02-13T07:12:05Z", "duration": 5}),
    );
    for (what, one, other, home) in [
        (
            "an instance later",
            json!({}),
            json!({"jenkinsInstanceId": "shelf-4"}),
            ("reporter", "shelf-4"),
        ),
        (
            "an instance first",
            json!({"jenkinsInstanceId": "shelf-4"}),
            json!({"jenkinsInstanceId": null}),
            ("reporter", "shelf-4"),
        ),
        (
            "two instances",
            json!({"jenkinsInstanceId": "shelf-4"}),
            json!({"jenkinsInstanceId": "shelf-5"}),
            ("reporter", "shelf-4"),
        ),
        (
            "the CI later",
            json!({"jenkinsInstanceId": "http://ci.example.com/one"}),
            json!({"jenkinsInstanceId": "https://ci.example.com/one", "source": "jenkins"}),
            ("jenkins", "https://ci.example.com/one"),
        ),
        ("the CI alone", json!({}), json!({"source": "jenkins"}), ("jenkins", "jenkins")),
        (
            "another CI",
            json!({"jenkinsInstanceId": "shelf-4", "source": "buildkite"}),
            json!({"jenkinsInstanceId": "shelf-4", "source": "gitlab"}),
            ("buildkite", "shelf-4"),
        ),
        (
            "a run later",
            json!({}),
            json!({"jenkinsInstanceId": "shelf-4", "externalRunId": "91"}),
            ("reporter", "shelf-4"),
        ),
    ] {
        let place = come_to_one(what, &with(&begun, one), &with(&ended, other));
        assert_eq!(
            (place["provider"].as_str(), place["source"].as_str()),
            (Some(home.0), Some(home.1)),
            "{what}"
        );
    }
}

#[test]
fn what_a_language_writes_for_nothing_is_no_id() {
    let desk = Desk::open();
    for (number, id) in
        [(1, "undefined"), (2, "null"), (3, "00000000-0000-0000-0000-000000000000"), (4, "None")]
    {
        let body = json!({"id": id, "jobName": "CI", "buildNumber": number, "status": "SUCCESS"});
        send(&desk, "builds", &body);
    }
    desk.step_all();
    assert_eq!(builds(&desk).len(), 4);
}

#[test]
fn a_text_that_was_cut_within_a_character_is_read_all_the_same() {
    let desk = Desk::open();
    let build = build().to_string().replace("\"CI\"", "\"CI \\ud83d\"");
    let tests = suite(FIRST, "unit", &[("adds", "PASSED"), ("pays", "FAILED")])
        .to_string()
        .replace("\"pays\"", "\"pays \\ude00\"")
        .replace("404", "\"expected \\ud83d\"");
    for (what, body) in [("builds", build), ("tests", tests)] {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let (status, _) =
            desk.request("POST", &format!("/ingest/{what}"), &headers, body.as_bytes());
        assert_eq!(status, StatusCode::OK, "{what}");
    }
    desk.step_all();
    assert_eq!(totals(&desk), counts(2, 1, 1, 0, 0));
    let build = only_build(&desk);
    assert_eq!(build["pipeline_name"], "CI \u{fffd}");
    let id = build["id"].as_str().unwrap();
    let failed = desk.get_json(&format!("/api/v1/builds/{id}/tests?status=failed"));
    assert_eq!(failed["items"][0]["name"], "pays \u{fffd}");
    assert_eq!(failed["items"][0]["message"], "expected \u{fffd}");
}

#[test]
fn numbers_that_count_for_each_job_lead_to_a_build_of_each() {
    let desk = Desk::open();
    for (job, id) in [("lint", FIRST), ("deploy", SECOND)] {
        let body = json!({
            "id": id, "jobName": job, "buildNumber": 17, "status": "SUCCESS", "source": "gitlab",
            "jenkinsInstanceId": "https://gitlab.example.com/harbour/crane",
        });
        send(&desk, "builds", &body);
    }
    desk.step_all();
    assert_eq!(builds(&desk).len(), 2);
}

#[test]
fn of_azure_devops_the_number_of_a_job_is_not_taken_for_an_id_where_the_build_is_told_by_name() {
    let place = json!({
        "jobName": "crane-ci", "buildNumber": 17, "source": "azure-devops",
        "jenkinsInstanceId": "https://dev.azure.com/lumen-works/Harbour",
    });
    let build = with(
        &place,
        json!({"id": FIRST, "externalRunId": "7315", "status": "SUCCESS",
               "startedAt": "2026-02-13T07:11:05Z", "completedAt": "2026-02-13T07:12:05Z"}),
    );
    let log = with(&place, json!({"buildId": FIRST, "logContent": "one\n", "status": "SUCCESS"}));
    let tests = suite(FIRST, "unit", &[("adds", "PASSED")]);
    let calls = [("builds", &build), ("build-logs", &log), ("tests", &tests)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let desk = Desk::open();
        for (what, body) in order.map(|which| calls[which]) {
            send(&desk, what, body);
            desk.step_all();
        }
        assert_eq!(totals(&desk), counts(1, 1, 0, 0, 0), "{order:?}");
        assert_eq!(only_build(&desk)["external_id"], "7315", "{order:?}");
    }
}

#[test]
fn what_nobody_can_place_is_refused_by_its_member_and_kept() {
    let desk = Desk::open();
    for (what, body, member) in [
        ("builds", "{\"jenkinsInstanceId\": \"x\"}", "externalRunId"),
        ("builds", "{\"jobName\": \"CI\"}", "buildNumber"),
        ("builds", "not json", "the body is not JSON: expected ident"),
        ("builds", "[]", "no JSON object"),
        ("tests", "{\"name\": \"unit\"}", "buildId"),
        ("pipeline-stages", "{\"buildId\": \"x\"}", "stages"),
        ("agents", "{\"agents\": []}", "jenkinsInstanceId"),
        ("build-logs", "{\"buildId\": \"x\"}", "logContent"),
        ("security-reports", "{}", "buildId"),
    ] {
        let (status, answer) =
            desk.request("POST", &format!("/ingest/{what}"), &[], body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what} {body}");
        let detail = answer["detail"].as_str().expect("a sentence");
        assert!(detail.contains(member) && detail.contains("kept as entry"), "{what}: {detail}");
    }
    desk.step_all();
    let parked = desk.get_json("/api/v1/events?status=parked");
    assert_eq!(parked["items"].as_array().unwrap().len(), 9, "{parked}");
}

#[test]
fn of_a_log_that_is_too_long_the_sender_is_told_what_to_do() {
    let desk = Desk::open_with(&[("CREEL_LIMITS__LOG_BYTES", "1MiB")]);
    let log = |bytes: usize| {
        let line = "a line of a log that is repeated\n";
        let text = line.repeat(bytes / line.len()) + "the end\n";
        json!({"buildId": FIRST, "jobName": "CI", "buildNumber": 88, "jenkinsInstanceId": GITHUB,
               "status": "FAILURE", "logContent": text})
    };
    let (status, answer) = try_send(&desk, "build-logs", &log(17 << 20));
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer["detail"].as_str().unwrap().contains("send its end"), "{answer}");
    // It makes its build, and of what is longer than logs are kept the end stays.
    assert_eq!(send(&desk, "build-logs", &log(2 << 20))["waiting"], false);
    desk.step_all();
    let build = only_build(&desk);
    assert_eq!((&build["result"], &build["number"]), (&json!("failure"), &json!(88)));
    let log = steps(&desk)[0]["log_id"].as_str().expect("a log").to_owned();
    let head = desk.get_json(&format!("/api/v1/logs/{log}?from=1&count=1"));
    assert!(head["cut"].as_str().expect("a sentence").starts_with("the last "), "{head}");
    let last = head["lines"].as_i64().unwrap();
    let end = desk.get_json(&format!("/api/v1/logs/{log}?from={last}&count=1"));
    assert_eq!(end["items"][0]["runs"][0]["text"], "the end");
}

#[test]
fn what_names_its_build_by_other_words_makes_it() {
    let desk = Desk::open();
    let of = json!({"buildId": null, "jenkinsInstanceId": GITHUB, "externalRunId": "12345678901"});
    let tests = suite(FIRST, "unit", &[("adds", "PASSED")]);
    let Value::Object(of) = of else { panic!("an object") };
    assert_eq!(send(&desk, "tests", &with(&tests, Value::Object(of)))["waiting"], false);
    desk.step_all();
    assert_eq!(only_build(&desk)["state"], "running");
    let last = desk.hub.journal().last();
    let now = desk.hub.clock().now();
    desk.hub.books().write(|ledger| ledger.queue_replay(&[last], now)).expect("queued");
    desk.step_all();
    assert_eq!(totals(&desk), counts(1, 1, 0, 0, 0));
    send(&desk, "builds", &build());
    desk.step_all();
    assert_eq!(
        (totals(&desk), &only_build(&desk)["result"]),
        (counts(1, 1, 0, 0, 0), &json!("success"))
    );
}

#[test]
fn a_log_by_a_name_alone_waits_for_its_build() {
    let desk = Desk::open();
    let log = json!({"buildId": FIRST, "logContent": "one\n"});
    assert_eq!(send(&desk, "build-logs", &log)["waiting"], true);
    desk.step_all();
    send(&desk, "builds", &build());
    desk.step_all();
    let steps = steps(&desk);
    assert!(steps.iter().any(|step| step["log_id"].is_string()), "{steps:?}");
}

#[test]
fn what_waited_for_a_build_that_never_came_goes_with_its_event() {
    let desk = Desk::open();
    let entry =
        send(&desk, "tests", &suite(FIRST, "unit", &[("adds", "PASSED")]))["entry_id"].clone();
    desk.step_all();
    let waiting = || -> i64 {
        let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
        books.query_row("select count(*) from filing", [], |row| row.get(0)).expect("a number")
    };
    assert_eq!(waiting(), 1);
    let entry = EntryId(entry.as_i64().expect("a number"));
    desk.hub.books().write(|ledger| ledger.forget_event(entry)).expect("forgotten");
    assert_eq!(waiting(), 0);
}

#[test]
fn agents_are_there_as_long_as_somebody_tells_of_them() {
    let desk = Desk::open();
    let told =
        |agents: Value| json!({"jenkinsInstanceId": GITHUB, "agents": agents, "queueItems": []});
    let fleet = told(json!([
        {"name": "vm-1", "status": "BUILDING", "currentJob": "CI #88", "labels": "linux,x64", "os": "Linux",
         "arch": "X64", "executors": 1},
        {"name": "vm-2", "status": "OFFLINE"}, {"name": "vm-3", "status": "ONLINE"}
    ]));
    assert_eq!(send(&desk, "agents", &fleet)["items"], 3);
    desk.step_all();
    // One of them tells of itself: the others are not gone.
    send(&desk, "agents", &told(json!([{"name": "vm-1", "status": "online"}])));
    desk.step_all();
    let states = |desk: &Desk| -> Vec<(String, String)> {
        let agents = desk.get_json("/api/v1/agents");
        let word = |agent: &Value, name: &str| agent[name].as_str().unwrap().to_owned();
        agents["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|agent| (word(agent, "name"), word(agent, "state")))
            .collect()
    };
    let pair = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    assert_eq!(
        states(&desk),
        [pair("vm-1", "online"), pair("vm-2", "offline"), pair("vm-3", "online")]
    );
    let first = &desk.get_json("/api/v1/agents")["items"][0];
    assert_eq!((&first["os"], &first["told_by"]), (&json!("Linux X64"), &json!("reporter")));
    assert_eq!(first["provider"], "github");
    // Nobody tells that a machine has gone.
    desk.hub.clock().advance(std::time::Duration::from_hours(2));
    assert_eq!(
        states(&desk),
        [pair("vm-1", "unknown"), pair("vm-2", "offline"), pair("vm-3", "unknown")]
    );
    desk.hub.clock().advance(std::time::Duration::from_hours(24));
    assert_eq!(states(&desk), []);
}

#[test]
fn a_security_report_is_listed_with_its_build_and_goes_with_it() {
    let desk = Desk::open();
    let report = json!({"buildId": FIRST, "name": "images", "report": {"ArtifactName": "shop", "Results": [
        {"Vulnerabilities": [{"Severity": "CRITICAL", "PkgName": "zlib"}, {"Severity": "LOW"}]}]}});
    assert_eq!(send(&desk, "security-reports", &report)["waiting"], true);
    send(&desk, "builds", &build());
    send(&desk, "security-reports", &report);
    let odd = json!({"buildId": FIRST, "anything": ["at all"]});
    send(&desk, "security-reports", &odd);
    desk.step_all();
    let id = only_build(&desk)["id"].as_str().unwrap().to_owned();
    let listed = desk.get_json(&format!("/api/v1/security-reports?build={FIRST}"));
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{listed}");
    assert_eq!((&items[0]["tool"], &items[0]["counts"]), (&Value::Null, &Value::Null));
    assert_eq!((&items[1]["tool"], &items[1]["name"]), (&json!("Trivy"), &json!("images")));
    assert_eq!(items[1]["counts"], json!({"critical": 1, "low": 1}));
    let whole =
        desk.get_json(&format!("/api/v1/security-reports/{}", items[1]["id"].as_str().unwrap()));
    assert_eq!(whole, report);
    desk.hub
        .books()
        .write(|ledger| {
            let row = ledger.build_named(&id)?.expect("a build").0;
            ledger.forget_build(row)
        })
        .expect("forgotten");
    let (status, _) =
        desk.request("GET", &format!("/api/v1/security-reports?build={id}"), &[], b"");
    assert_eq!(status, StatusCode::NOT_FOUND);
    let target = format!("/api/v1/security-reports/{}", items[1]["id"].as_str().unwrap());
    assert_eq!(desk.request("GET", &target, &[], b"").0, StatusCode::NOT_FOUND);
}

/// All that is to be seen of the build.
fn outcome(desk: &Desk) -> Value {
    let mut build = only_build(desk);
    let id = build["id"].as_str().unwrap().to_owned();
    build["tests"] = totals(desk);
    let tests = desk.get_json(&format!("/api/v1/builds/{id}/tests?limit=500"));
    let mut tests: Vec<String> = tests["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| format!("{} {} {}", test["suite"], test["name"], test["status"]))
        .collect();
    tests.sort();
    let mut steps = steps(desk);
    for step in &mut steps {
        step["log_lines"] = if step["log_id"].is_null() { json!(null) } else { json!("told") };
    }
    steps.sort_by_key(ToString::to_string);
    let reports = desk.get_json(&format!("/api/v1/security-reports?build={id}"));
    let reports: Vec<String> = reports["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|report| format!("{} {}", report["tool"], report["counts"]))
        .collect();
    json!({"build": build, "tests": tests, "steps": steps, "reports": reports})
}

/// A whole run, as a client with two ids tells it.
fn calls() -> Vec<(&'static str, Value)> {
    let begun = with(&build(), json!({"status": "in_progress", "completedAt": null, "id": FIRST}));
    vec![
        ("builds", begun),
        ("builds", build()),
        ("builds", with(&build(), json!({"id": SECOND}))),
        ("tests", suite(FIRST, "unit", &[("adds", "PASSED"), ("pays", "FAILED")])),
        ("tests", suite(SECOND, "e2e", &[("buys", "ERROR")])),
        ("tests", suite(SECOND, "unit", &[("prints", "SKIPPED")])),
        (
            "pipeline-stages",
            json!({"buildId": SECOND, "stages": [{"stageName": "Build", "stageOrder": 0,
            "status": "SUCCESS", "startedAt": "2026-02-13T07:11:10Z", "duration": 900}]}),
        ),
        (
            "build-logs",
            json!({"buildId": FIRST, "jobName": "CI", "buildNumber": 88, "status": "SUCCESS",
            "jenkinsInstanceId": GITHUB, "startedAt": "2026-02-13T07:11:05Z",
            "completedAt": "2026-02-13T07:12:06.250Z", "logContent": "=== Job: a ===\none\n"}),
        ),
        ("build-logs", json!({"buildId": SECOND, "logContent": "=== Job: b ===\ntwo\n"})),
        ("security-reports", json!({"buildId": FIRST, "tool": "own", "critical": 2})),
    ]
}

#[test]
fn the_order_of_calls_and_their_repetition_change_nothing() {
    let calls = calls();
    let desk = Desk::open();
    for (what, body) in &calls {
        send(&desk, what, body);
    }
    desk.step_all();
    let expected = outcome(&desk);
    assert_eq!(expected["build"]["tests"], counts(4, 1, 1, 1, 1), "{expected}");

    let count = calls.len();
    let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
    let strategy = (order, prop::collection::vec(0..count, 0..6), 1_usize..5);
    let mut runner = TestRunner::new(Config { cases: 16, ..Config::default() });
    runner
        .run(&strategy, |(mut order, again, at_a_time)| {
            for (place, index) in again.into_iter().enumerate() {
                order.insert((place * 5 + index) % order.len(), index);
            }
            let desk = Desk::open();
            for some in order.chunks(at_a_time) {
                for index in some {
                    let (what, body) = &calls[*index];
                    send(&desk, what, body);
                }
                desk.step_all();
            }
            prop_assert_eq!(outcome(&desk), expected.clone());
            // Read once more, all of it tells the same.
            let last = desk.hub.journal().last();
            let all: Vec<_> = (1..=last.0).map(EntryId).collect();
            let now = desk.hub.clock().now();
            desk.hub.books().write(|ledger| ledger.queue_replay(&all, now)).expect("queued");
            desk.step_all();
            prop_assert_eq!(outcome(&desk), expected.clone());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_length_beyond_the_calendar_leaves_a_build_that_can_be_told_of_again() {
    let desk = Desk::open();
    let endless = json!({"completedAt": null, "duration": i64::MAX, "queueDuration": i64::MAX});
    send(&desk, "builds", &with(&build(), endless));
    let stages = json!({"buildId": FIRST, "stages": [
        {"stageName": "Build", "stageOrder": 0, "startedAt": "2026-02-13T07:11:05Z", "duration": i64::MAX}
    ]});
    send(&desk, "pipeline-stages", &stages);
    desk.step_all();
    send(&desk, "builds", &build());
    desk.step_all();
    assert_eq!(only_build(&desk)["result"], "success");
    assert_eq!(desk.get_json("/api/v1/events?status=parked")["items"], json!([]));
}

#[test]
fn a_key_for_some_projects_makes_no_builds_of_others_by_reports_either() {
    let desk = Desk::open();
    let limits = creel::keys::KeyLimits { projects: vec!["Web".to_owned()], ..Default::default() };
    let request = creel::keys::KeyRequest {
        name: "web".to_owned(),
        scopes: "ingest".parse().expect("a scope"),
        signing: false,
        limits,
        value: None,
    };
    let by = creel::model::By::creel(crate::support::desk::NOW);
    let key = desk.hub.keys().create(&request, &by).expect("a key").secret;
    let report = |project: &str, build: &str| {
        let ci = json!({"provider": "azure_devops", "source": "contoso", "project": project,
                        "pipeline": "ci", "pipeline_id": "7", "build": build});
        let suite = "<testsuite name='a'><testcase name='b'/></testsuite>";
        let (kind, body) = crate::support::reports::form(&[
            ("ci", None, &ci.to_string()),
            ("file", Some("a.xml"), suite),
        ]);
        let request = Request::post("/api/v1/reports")
            .header("x-api-key", key.reveal())
            .header("content-type", kind)
            .body(Body::from(body))
            .expect("a request");
        let answer = desk.send(request);
        let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
        answer["status"].as_str().expect("a word").to_owned()
    };
    assert_eq!(report("Secret", "1"), "skipped");
    assert_eq!(report("web", "2"), "stored");
    desk.step_all();
    assert_eq!(only_build(&desk)["project"], "web");
}
