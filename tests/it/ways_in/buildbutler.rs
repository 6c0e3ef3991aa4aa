//! `docs/from-buildbutler.md`, row by row.

use serde_json::{Value, json};

use super::{OLD, ask, bring_along, document, fixture, hex_hmac, post, read};
use crate::support::desk::{Desk, NOW};
use crate::support::receiver::Receiver;
use crate::support::server::{Server, creel, make_key};

/// Their key, brought along.
fn tenant() -> Desk {
    let desk = Desk::open();
    bring_along(&desk, OLD, false);
    desk
}

/// A completed build of Azure DevOps, of its own.
fn completed(number: u64, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value =
        serde_json::from_slice(&fixture("azure_devops/build_complete.json")).expect("JSON");
    body["notificationId"] = number.into();
    body["id"] = format!("7f9c0c1e-0000-4000-9000-{number:012}").into();
    change(&mut body);
    body.to_string().into_bytes()
}

fn azure(desk: &Desk, body: &[u8]) -> (u16, Value) {
    post(desk, &format!("/webhooks/azure?apiKey={OLD}"), &[], body)
}

fn buildkite(desk: &Desk, event: &str, body: &[u8]) -> (u16, Value) {
    let headers = [("x-buildkite-token", OLD), ("x-buildkite-event", event)];
    post(desk, "/webhooks/buildkite", &headers, body)
}

fn builds(desk: &Desk) -> Vec<Value> {
    desk.step_all();
    desk.get_json("/api/v1/builds")["items"].as_array().expect("items").clone()
}

#[test]
fn b1_a_hook_of_azure_devops_comes_with_its_key_in_the_address() {
    let desk = tenant();
    let (status, answer) = azure(&desk, &completed(1, |_| {}));
    assert_eq!((status, &answer["status"]), (200, &json!("stored")), "{answer}");
    let event = desk.get_json(&format!("/api/v1/events/{}", answer["entry_id"])).to_string();
    assert!(event.contains("apiKey=***") && !event.contains(OLD), "{event}");
}

#[test]
fn b2_a_token_of_azure_devops_in_the_address_is_sealed() {
    let desk = tenant();
    let token = "not-a-real-pat-of-52-letters";
    let target = format!("/webhooks/azure?apiKey={OLD}&azpToken={token}");
    let (status, answer) = post(&desk, &target, &[], &completed(1, |_| {}));
    assert_eq!(status, 200, "{answer}");
    let event = desk.get_json(&format!("/api/v1/events/{}", answer["entry_id"])).to_string();
    assert!(event.contains("azpToken=***"), "{event}");
    for file in ["journal.db", "journal.db-wal", "books.db", "books.db-wal"] {
        let bytes = std::fs::read(desk.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|part| part == token.as_bytes()), "{file}");
    }
}

#[test]
fn b3_buildkite_comes_with_its_token_or_with_a_signature() {
    let desk = tenant();
    let finished = fixture("buildkite/build.finished.json");
    assert_eq!(buildkite(&desk, "build.finished", &finished).1["status"], "stored");

    let desk = Desk::open();
    bring_along(&desk, OLD, true);
    let seconds = (NOW.0 / 1_000).to_string();
    let signature = hex_hmac(OLD, &[seconds.as_bytes(), b".", &finished]);
    let signed = format!("timestamp={seconds},signature={signature}");
    let headers = [("x-buildkite-signature", signed.as_str())];
    assert_eq!(post(&desk, "/webhooks/buildkite", &headers, &finished).1["status"], "stored");
    let headers = [("x-buildkite-signature", "timestamp=1790000000,signature=00")];
    assert_eq!(post(&desk, "/webhooks/buildkite", &headers, &finished).0, 401);
}

#[test]
fn b4_a_hook_of_gitlab_makes_its_build() {
    let desk = tenant();
    let headers = [("x-gitlab-token", OLD), ("x-gitlab-event", "Pipeline Hook")];
    let finished = fixture("gitlab/pipeline.success.json");
    let (status, answer) = post(&desk, "/webhooks/gitlab", &headers, &finished);
    assert_eq!((status, &answer["status"]), (200, &json!("stored")), "{answer}");
    assert_eq!(builds(&desk)[0]["pipeline"], "harbour/crane");
    // What tells of neither a pipeline nor a job is kept whole.
    let push = b"{\"object_kind\": \"push\",  \"ref\": \"refs/heads/main\"}";
    let (status, answer) = post(&desk, "/webhooks/gitlab", &headers, push);
    assert_eq!((status, &answer["status"]), (200, &json!("skipped")), "{answer}");
    let event = desk.get_json(&format!("/api/v1/events/{}", answer["entry_id"]));
    assert_eq!(event["body"]["ref"], "refs/heads/main", "{event}");
    assert_eq!(builds(&desk).len(), 1);
}

#[test]
fn b5_the_key_is_found_in_every_place_that_clients_use() {
    let desk = tenant();
    let bearer = format!("Bearer {OLD}");
    let basic = {
        use base64::Engine;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("any:{OLD}"));
        format!("Basic {pair}")
    };
    let places = [
        ("x-api-key", OLD),
        ("authorization", &bearer),
        ("authorization", OLD),
        ("authorization", &basic),
    ];
    for (number, place) in (1..).zip(places) {
        let (status, answer) = post(&desk, "/webhooks/azure", &[place], &completed(number, |_| {}));
        assert_eq!(status, 200, "{place:?}: {answer}");
    }
    let both = [("x-api-key", "wrong"), ("authorization", bearer.as_str())];
    assert_eq!(post(&desk, "/webhooks/azure", &both, &completed(9, |_| {})).0, 200);
}

#[test]
fn b6_the_key_in_the_providers_form_cannot_read() {
    let desk = tenant();
    let answer = ask(&desk, "GET", "/api/v1/builds", &[("x-api-key", OLD)], b"");
    assert_eq!(answer.status(), 403);
}

#[test]
fn b7_an_existing_key_is_brought_along_and_judged_by_its_length() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
        .args(["key", "create", "--name", "buildbutler", "--scope", "ingest"])
        .args(["--value", "env:OLD_KEY", "--data"])
        .arg(&data)
        .env("OLD_KEY", OLD)
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("short enough to be guessed"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), OLD);
    let server = Server::start(&data);
    let answer = server.post(&format!("/webhooks/azure?apiKey={OLD}"), &[], &completed(1, |_| {}));
    assert_eq!(answer.json()["status"], "stored", "{}", answer.text());
    let listed = creel(&data, &["key", "list"]);
    assert!(!String::from_utf8_lossy(&listed.stdout).contains(OLD));
}

#[test]
fn b8_the_port_is_the_same_and_open_to_this_machine_alone() {
    let config = creel::config::Config::load(&creel::config::Overrides::default(), &[]);
    assert_eq!(config.expect("defaults").listen.to_string(), "127.0.0.1:3000");
}

#[test]
fn b9_a_wrong_key_is_told_in_a_problem_document_and_listed() {
    let desk = tenant();
    let answer = ask(&desk, "POST", "/webhooks/azure?apiKey=wrong", &[], &completed(1, |_| {}));
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(problem["code"], "key_unknown");
    assert_eq!(problem["error"], problem["detail"]);
    desk.step_all();
    let refused = desk.get_json("/api/v1/refusals");
    assert_eq!(refused["items"][0]["code"], "key_unknown", "{refused}");
}

#[test]
fn b10_a_second_delivery_is_told_and_changes_nothing_also_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "ingest,read");
    let target = format!("/webhooks/azure?apiKey={key}");
    let server = Server::start(&data);
    assert_eq!(server.post(&target, &[], &completed(1, |_| {})).json()["duplicate"], false);
    server.stop();
    let server = Server::start(&data);
    let again = server.post(&target, &[], &completed(1, |_| {})).json();
    assert_eq!((&again["status"], &again["duplicate"]), (&json!("duplicate"), &json!(true)));
    server.wait_until_read(&key);
    assert_eq!(server.all("/api/v1/builds", &key).len(), 1);
}

#[test]
fn b11_every_event_of_buildkite_is_stored_and_jobs_make_the_steps() {
    let desk = tenant();
    for (event, status) in [
        ("build.scheduled", "stored"),
        ("build.running", "stored"),
        ("job.started", "stored"),
        ("agent.lost", "skipped"),
        ("ping", "skipped"),
    ] {
        let body = fixture(&format!("buildkite/{event}.json"));
        let (code, answer) = buildkite(&desk, event, &body);
        assert_eq!((code, &answer["status"]), (200, &json!(status)), "{event}: {answer}");
    }
    desk.step_all();
    assert_eq!(desk.get_json("/api/v1/events")["items"].as_array().map(Vec::len), Some(5));
}

#[test]
fn b12_other_events_of_azure_devops_are_taken_as_well() {
    let desk = tenant();
    for name in ["run_started", "stage_waiting", "job_completed", "push", "pull_request_merged"] {
        let (status, answer) = azure(&desk, &fixture(&format!("azure_devops/{name}.json")));
        assert_eq!(status, 200, "{name}: {answer}");
    }
    let states: Vec<_> = builds(&desk).iter().map(|build| build["state"].clone()).collect();
    assert!(states.iter().any(|state| state == "running" || state == "waiting"), "{states:?}");
}

#[test]
fn b13_a_body_that_cannot_be_used_is_kept_and_answered_200() {
    let desk = tenant();
    let (status, answer) = azure(&desk, b"{\"half\": ");
    assert_eq!((status, &answer["status"]), (200, &json!("parked")), "{answer}");
    assert!(answer["reason"].as_str().is_some_and(|reason| reason.contains("JSON")), "{answer}");
}

#[test]
fn b14_trouble_of_ours_asks_to_be_sent_again() {
    let desk = Desk::open_with(&[("CREEL_LIMITS__DISK_LOW", "1024TiB"), ("WEBHOOK_SECRET", OLD)]);
    let target = format!("/webhooks/azure?apiKey={OLD}");
    let answer = ask(&desk, "POST", &target, &[], &completed(1, |_| {}));
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[test]
fn b15_results_have_the_same_words() {
    let desk = tenant();
    for (number, (theirs, ours)) in (1..).zip([
        ("succeeded", "success"),
        ("failed", "failure"),
        ("partiallySucceeded", "unstable"),
        ("canceled", "aborted"),
    ]) {
        let body = completed(number, |body| {
            body["resource"]["id"] = (5_000 + number).into();
            body["resource"]["result"] = theirs.into();
        });
        azure(&desk, &body);
        let all = builds(&desk);
        let id = (5_000 + number).to_string();
        let build = all.iter().find(|build| build["external_id"] == id).expect("recorded");
        assert_eq!((&build["result"], &build["raw_result"]), (&json!(ours), &json!(theirs)));
    }
}

#[test]
fn b16_pipelines_of_one_name_in_two_projects_stay_apart() {
    let desk = tenant();
    for (number, project) in [(1, "Web"), (2, "Shop")] {
        let body = completed(number, |body| {
            body["resource"]["id"] = (6_000 + number).into();
            body["resource"]["definition"]["id"] = number.into();
            body["resource"]["project"]["name"] = project.into();
            let id = format!("6c0d8f4e-1b7a-4a0d-9f43-{number:012}");
            body["resource"]["project"]["id"] = id.clone().into();
            body["resourceContainers"]["project"]["id"] = id.into();
        });
        assert_eq!(azure(&desk, &body).0, 200);
    }
    assert_eq!(builds(&desk).len(), 2);
    let pipelines = desk.get_json("/api/v1/pipelines");
    let pipelines = pipelines["items"].as_array().expect("items");
    assert_eq!(pipelines.len(), 2, "{pipelines:?}");
    assert_eq!(pipelines[0]["pipeline_name"], pipelines[1]["pipeline_name"]);
}

#[test]
fn b17_name_status_duration_branch_and_commit_come_from_the_payload() {
    let desk = tenant();
    azure(&desk, &completed(1, |_| {}));
    let build = builds(&desk).remove(0);
    for member in ["pipeline_name", "state", "result", "duration_ms", "branch", "commit"] {
        assert!(!build[member].is_null(), "{member}: {build}");
    }
}

#[test]
fn b18_the_history_begins_with_the_first_hook() {
    let desk = tenant();
    assert_eq!(builds(&desk), Vec::<Value>::new());
    azure(&desk, &completed(1, |_| {}));
    assert_eq!(builds(&desk).len(), 1);
}

#[test]
fn b19_the_reporting_step_runs_behind_a_failed_one_without_a_condition_on_status() {
    let text = document("from-buildbutler.md");
    let snippet = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let pipeline: Value = serde_yaml_ng::from_str(snippet.expect("a snippet")).expect("YAML");
    let steps = pipeline["steps"].as_array().expect("steps");
    let report = &steps[1];
    assert_eq!(report["depends_on"][0]["step"], steps[0]["key"]);
    assert_eq!(report["depends_on"][0]["allow_failure"], true);
    assert_eq!(report["soft_fail"], true);
    assert!(report.get("if").is_none(), "Buildkite judges it before anything has run");
}

#[test]
fn the_document_hands_on_to_what_was_there_before() {
    let receiver = Receiver::start();
    let text = document("from-buildbutler.md");
    let snippet = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let indent = snippet.expect("a snippet").replace("\n   ", "\n");
    let settings = indent.replace("http://127.0.0.1:3100", &receiver.url(""));
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("creel.toml");
    std::fs::write(&file, settings.trim()).expect("written");
    let overrides = creel::config::Overrides { file: Some(file), ..Default::default() };
    let config = creel::config::Config::load(&overrides, &[]).expect("settings");
    assert_eq!(config.forwards.len(), 1);
    // Read here, so that the listing of answers is known to be JSON.
    assert_eq!(read(&tenant(), "/api/v1/forwards", &[])["items"], json!([]));
}

// What clients send.

/// A build as the vendor's client tells it.
fn told(more: &Value) -> Value {
    let mut body = json!({
        "id": "aaaaaaaa-1111-4000-8000-000000000001", "jobName": "CI", "buildNumber": 88,
        "status": "SUCCESS", "duration": 61_000, "startedAt": "2026-02-13T07:11:05Z",
        "completedAt": "2026-02-13T07:12:06.250Z", "externalRunId": "12345678901",
        "jenkinsInstanceId": "https://github.com/acme/shop", "source": "github",
    });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn suite(build: &str, tests: &[(&str, &str)]) -> Value {
    let case = |(name, status): &(&str, &str)| json!({"className": "Till", "testName": name, "status": status, "duration": 1.5});
    let cases: Vec<Value> = tests.iter().map(case).collect();
    json!({"buildId": build, "name": "unit", "testCases": cases})
}

fn ingest(desk: &Desk, what: &str, body: &Value) -> (u16, Value) {
    let target = format!("/ingest/{what}");
    post(desk, &target, &[("x-api-key", OLD)], body.to_string().as_bytes())
}

#[test]
fn b20_all_six_addresses_count_both_ways_and_with_the_key_in_any_place() {
    let bodies = [
        ("builds", told(&json!({}))),
        (
            "pipeline-stages",
            json!({"buildId": "x", "stages": [{"stageName": "Test", "stageOrder": 0}]}),
        ),
        ("tests", suite("x", &[("adds", "PASSED")])),
        (
            "agents",
            json!({"jenkinsInstanceId": "acme/shop", "agents": [{"name": "vm-7", "status": "ONLINE"}], "queueItems": []}),
        ),
        ("build-logs", json!({"buildId": "x", "logContent": "one\ntwo"})),
        ("security-reports", json!({"buildId": "x", "critical": 1})),
    ];
    let bearer = format!("Bearer {OLD}");
    for base in ["/ingest", "/api/v1/ingest"] {
        for (what, body) in &bodies {
            for key in
                [("x-api-key", OLD), ("authorization", bearer.as_str()), ("authorization", OLD)]
            {
                let target = format!("{base}/{what}");
                let (status, answer) =
                    post(&tenant(), &target, &[key], body.to_string().as_bytes());
                assert!((200..300).contains(&status), "{target}: {answer}");
            }
            let (status, _) =
                post(&tenant(), &format!("{base}/{what}"), &[], body.to_string().as_bytes());
            assert_eq!(status, 401, "{base}/{what}");
        }
    }
}

#[test]
fn b21_every_id_of_a_build_leads_to_it() {
    let desk = tenant();
    let second = json!({"id": "bbbbbbbb-2222-4000-8000-000000000002"});
    let first = ingest(&desk, "builds", &told(&json!({}))).1["id"].clone();
    assert_eq!(ingest(&desk, "builds", &told(&second)).1["id"], first);
    assert_eq!(builds(&desk).len(), 1);
    for (number, id) in [
        "aaaaaaaa-1111-4000-8000-000000000001",
        "BBBBBBBB-2222-4000-8000-000000000002",
        first.as_str().expect("an id"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("test {number}");
        ingest(&desk, "tests", &suite(id, &[(&name, "PASSED")]));
    }
    assert_eq!(builds(&desk)[0]["tests"]["total"], 3);

    let desk = tenant();
    let alone = told(&json!({"externalRunId": null}));
    assert_eq!(
        ingest(&desk, "builds", &alone).1["id"],
        alone["id"],
        "no run: its own id is the build's"
    );
}

#[test]
fn b22_tests_wait_for_their_build() {
    let desk = tenant();
    let id = "aaaaaaaa-1111-4000-8000-000000000001";
    let (status, answer) = ingest(&desk, "tests", &suite(id, &[("adds", "PASSED")]));
    assert_eq!((status, &answer["waiting"]), (200, &json!(true)), "{answer}");
    assert_eq!(builds(&desk), Vec::<Value>::new());
    ingest(&desk, "builds", &told(&json!({})));
    assert_eq!(builds(&desk)[0]["tests"]["total"], 1);
}

#[test]
fn b23_odd_values_are_read_as_they_are_meant() {
    let desk = tenant();
    let odd =
        json!({"status": "Unstable", "buildNumber": "88", "duration": "61000.5", "unheard": [1]});
    assert_eq!(ingest(&desk, "builds", &told(&odd)).0, 200);
    let build = builds(&desk).remove(0);
    assert_eq!((&build["result"], &build["number"]), (&json!("unstable"), &json!(88)));
    let mut tests = suite("aaaaaaaa-1111-4000-8000-000000000001", &[("pays", "failed")]);
    tests["testCases"][0]["errorMessage"] = json!(404);
    ingest(&desk, "tests", &tests);
    let build = builds(&desk).remove(0);
    let id = build["id"].as_str().expect("an id");
    assert_eq!(desk.get_json(&format!("/api/v1/builds/{id}/tests"))["items"][0]["message"], "404");
}

#[test]
fn b24_a_run_that_is_sent_again_does_not_double_its_tests() {
    let desk = tenant();
    let id = "aaaaaaaa-1111-4000-8000-000000000001";
    for status in ["FAILED", "PASSED"] {
        ingest(&desk, "builds", &told(&json!({})));
        ingest(&desk, "tests", &suite(id, &[("adds", "PASSED"), ("pays", status)]));
        desk.step_all();
    }
    let tests = builds(&desk)[0]["tests"].clone();
    assert_eq!((&tests["total"], &tests["passed"]), (&json!(2), &json!(2)));
    // Of another file.
    ingest(&desk, "tests", &suite(id, &[("clicks", "PASSED")]));
    assert_eq!(builds(&desk)[0]["tests"]["total"], 3);
}

#[test]
fn b25_what_cannot_be_understood_is_refused_with_the_reason_and_kept() {
    let desk = tenant();
    let (status, answer) = ingest(&desk, "builds", &json!({"status": "success"}));
    assert_eq!(status, 400, "{answer}");
    assert!(
        answer["detail"].as_str().is_some_and(|detail| detail.contains("externalRunId")),
        "{answer}"
    );
    desk.step_all();
    assert_eq!(
        desk.get_json("/api/v1/events?status=parked")["items"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn b26_a_file_alone_is_a_build_of_its_own() {
    let desk = tenant();
    let file = "<testsuite name='unit'><testcase name='adds'/></testsuite>";
    let (kind, body) = crate::support::reports::form(&[("file", Some("junit.xml"), file)]);
    let bearer = format!("Bearer {OLD}");
    let headers = [("content-type", kind.as_str()), ("authorization", bearer.as_str())];
    for _ in 0..2 {
        let (status, answer) = post(&desk, "/api/v1/results", &headers, &body);
        assert_eq!((status, &answer["tests"]["total"]), (200, &json!(1)), "{answer}");
    }
    let builds = builds(&desk);
    assert_eq!(builds.len(), 1, "the same file is the same upload");
    assert_eq!(builds[0]["tests"]["passed"], 1);
}

#[test]
fn b27_the_reporter_goes_by_the_same_variables() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "ingest,read");
    let server = Server::start(&data);
    let job = directory.path().join("job");
    std::fs::create_dir(&job).expect("made");
    std::fs::write(
        job.join("TEST-a.xml"),
        "<testsuite name='unit'><testcase name='adds'/></testsuite>",
    )
    .expect("written");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
        .arg("report")
        .env_clear()
        .envs([
            ("BUILDKITE", "true"),
            ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
            ("BUILDKITE_PIPELINE_SLUG", "shop-ci"),
            ("BUILDKITE_BUILD_ID", "0196aaaa-0000-4000-8000-000000000042"),
            ("BUILDKITE_API_TOKEN", "not-a-real-token"),
            ("TEST_RESULTS_GLOB", "*.xml"),
            ("BUILDBUTLER_API_KEY", key.as_str()),
        ])
        .env("CREEL_URL", format!("http://{}", server.address))
        .current_dir(&job)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    crate::support::server::eventually("the tests are on the build", || {
        server.get("/api/v1/builds", &key).json()["items"][0]["tests"]["passed"] == 1
    });
}

#[test]
fn b28_their_rule_is_a_preset() {
    let presets = tenant().get_json("/api/v1/test-monitors")["presets"].clone();
    let names: Vec<_> = presets.as_array().expect("a list").iter().map(|one| &one["key"]).collect();
    assert!(names.contains(&&json!("buildbutler")), "{presets}");
}
