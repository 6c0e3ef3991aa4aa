//! What decoding a webhook means, as specifications. The bodies are our own, in Buildkite's
//! documented shapes; `tests/it/payloads_buildkite.rs` looks at other people's.

use serde_json::{Value, json};

use super::decode::decode;
use crate::model::{
    Authority, Build, BuildFact, BuildFold, BuildResult, BuildState, Details, EventKind, Phase,
    PipelineSaid, PullRequest, Reading, ResultDetail, SourceScheme, StepFact, StepFold, StepKind,
    StepSummary, Subject, SubjectFold, SubjectKind, Timestamp, Unreadable,
};
use crate::providers::{HookRequest, Route, dates};

const FINISHED_AT: &str = "2026-05-04 09:08:10 UTC";
const STARTED_AT: &str = "2026-05-04 09:00:10 UTC";

const JOB: &str = "job:0196bbbb-0000-4000-8000-000000000001";
const RETRY: &str = "job:0196bbbb-0000-4000-8000-000000000002";

fn fixture(name: &str) -> Value {
    let text = match name {
        "agent.lost" => include_str!("../../../tests/fixtures/buildkite/agent.lost.json"),
        "build.scheduled" => include_str!("../../../tests/fixtures/buildkite/build.scheduled.json"),
        "build.running" => include_str!("../../../tests/fixtures/buildkite/build.running.json"),
        "build.finished" => include_str!("../../../tests/fixtures/buildkite/build.finished.json"),
        "build.finished.blocked" => {
            include_str!("../../../tests/fixtures/buildkite/build.finished.blocked.json")
        }
        "build.finished.pull-request" => {
            include_str!("../../../tests/fixtures/buildkite/build.finished.pull-request.json")
        }
        "job.started" => include_str!("../../../tests/fixtures/buildkite/job.started.json"),
        "job.finished" => include_str!("../../../tests/fixtures/buildkite/job.finished.json"),
        "job.finished.retried" => {
            include_str!("../../../tests/fixtures/buildkite/job.finished.retried.json")
        }
        "job.started.retry" => {
            include_str!("../../../tests/fixtures/buildkite/job.started.retry.json")
        }
        "job.activated" => include_str!("../../../tests/fixtures/buildkite/job.activated.json"),
        "ping" => include_str!("../../../tests/fixtures/buildkite/ping.json"),
        "stub" => include_str!("../../../tests/fixtures/buildkite/stub.json"),
        "version-1" => include_str!("../../../tests/fixtures/buildkite/version-1.json"),
        _ => panic!("no fixture {name}"),
    };
    serde_json::from_str(text).unwrap()
}

/// A fixture with some keys of one of its objects set to other values.
fn fixture_with(name: &str, object: &str, changes: &Value) -> Value {
    let mut body = fixture(name);
    for (key, value) in changes.as_object().unwrap() {
        body[object][key] = value.clone();
    }
    body
}

fn try_read_under(header: Option<&str>, body: &[u8]) -> Result<Reading, Unreadable> {
    let headers: Vec<_> = header
        .map(|event| ("x-buildkite-event".to_owned(), event.to_owned()))
        .into_iter()
        .collect();
    decode(&HookRequest { route: Route::Buildkite, headers: &headers, body })
}

fn try_read(body: &Value) -> Result<Reading, Unreadable> {
    try_read_under(None, body.to_string().as_bytes())
}

fn read(body: &Value) -> Reading {
    try_read(body).unwrap()
}

fn build_of(body: &Value) -> BuildFact {
    read(body).build.unwrap()
}

/// The facts of the job that an event is about.
fn job_of(body: &Value) -> StepFact {
    let key = format!("job:{}", body["job"]["id"].as_str().unwrap());
    read(body).steps.into_iter().find(|step| step.step.key == key).unwrap()
}

/// The record that follows from some bodies; every order of them must give the same.
fn record(bodies: &[Value]) -> Build {
    let readings: Vec<Reading> = bodies.iter().map(read).collect();
    let fold = |readings: &mut dyn Iterator<Item = &Reading>| {
        let mut fold = BuildFold::default();
        for reading in readings {
            fold.absorb(reading.build.as_ref().unwrap());
        }
        fold.record(&StepSummary::default())
    };
    let record = fold(&mut readings.iter());
    for turn in 0..readings.len() {
        let (later, earlier) = readings.split_at(turn);
        assert_eq!(record, fold(&mut earlier.iter().chain(later)));
        assert_eq!(record, fold(&mut earlier.iter().chain(later).rev()));
    }
    record
}

/// A time, as facts hold it.
fn time(text: &str) -> Option<Timestamp> {
    dates::parse(text).or_else(|| panic!("{text} is no time"))
}

fn key(scheme: &str, key: &str) -> (String, String) {
    (scheme.to_owned(), key.to_owned())
}

// Builds.

#[test]
fn a_finished_build_tells_all_there_is_to_a_record() {
    let reading = read(&fixture("build.finished"));
    let fact = reading.build.unwrap();
    assert_eq!(reading.event.kind, EventKind::BuildFinished);
    assert_eq!(reading.event.at, time(FINISHED_AT));
    assert_eq!(reading.event.details, Details::All);
    assert_eq!(fact.at, time(FINISHED_AT));
    assert_eq!(fact.queued_at, time("2026-05-04 09:00:01 UTC"));
    assert_eq!(fact.started_at, time(STARTED_AT));
    assert_eq!(fact.number, Some(42));
    assert_eq!(fact.label, None);
    assert_eq!(fact.external_id.as_deref(), Some("0196aaaa-0000-4000-8000-000000000042"));
    assert_eq!(fact.url.as_deref(), Some("https://buildkite.com/acme/shop-ci/builds/42"));
    assert_eq!(fact.branch.as_deref(), Some("main"));
    assert_eq!(fact.commit.as_deref(), Some("5f0c1d2e3b4a59687786950a1b2c3d4e5f607182"));
    assert_eq!(fact.message.as_deref(), Some("Count the baskets\n\nThey were counted twice."));
    assert_eq!(fact.reason.as_deref(), Some("webhook"));
    assert_eq!(fact.requested_by.as_deref(), Some("Ada Example"));
    assert_eq!((fact.project, fact.pull_request), (None, None));
    assert_eq!(
        fact.pipeline,
        Some(PipelineSaid {
            key: "shop-ci".to_owned(),
            slug: Some("shop-ci".to_owned()),
            name: Some("Shop CI".to_owned()),
            default_branch: Some("main".to_owned()),
        })
    );
    let completion = fact.completion.unwrap();
    assert_eq!(completion.authority, Authority::Build);
    assert_eq!(completion.result, BuildResult::Success);
    assert_eq!(completion.raw.as_deref(), Some("passed"));
    assert_eq!(completion.at, time(FINISHED_AT));
}

#[test]
fn a_build_is_known_by_its_uuid_and_by_pipeline_and_number() {
    let Some(Subject::Build { keys }) = read(&fixture("build.finished")).event.subject else {
        panic!("the subject is no build");
    };
    assert_eq!(
        keys,
        [key("uuid", "0196aaaa-0000-4000-8000-000000000042"), key("number", "shop-ci/42")]
    );
}

#[test]
fn each_state_is_read_for_what_it_means() {
    let queued = (Some(Phase::Queued), None);
    let running = (Some(Phase::Running), None);
    let ended = |result| (None, Some(result));
    for (state, expected) in [
        ("creating", queued),
        ("scheduled", queued),
        ("running", running),
        ("failing", running),
        ("canceling", running),
        ("waiting", running),
        ("passed", ended(BuildResult::Success)),
        ("failed", ended(BuildResult::Failure)),
        ("canceled", ended(BuildResult::Aborted)),
        ("skipped", ended(BuildResult::Skipped)),
        ("not_run", ended(BuildResult::Skipped)),
        ("waiting_failed", ended(BuildResult::Failure)),
        ("a-word-of-the-future", ended(BuildResult::Unknown)),
    ] {
        let fact = build_of(&fixture_with("build.finished", "build", &json!({"state": state})));
        let result = fact.completion.as_ref().map(|completion| completion.result);
        assert_eq!((fact.phase, result), expected, "{state}");
        if let Some(completion) = fact.completion {
            assert_eq!(completion.raw.as_deref(), Some(state));
        }
    }
}

#[test]
fn an_unknown_state_without_an_end_is_in_progress() {
    for state in ["a-word-of-the-future", "waiting_failed"] {
        let body = fixture_with("build.running", "build", &json!({"state": state}));
        assert_eq!(build_of(&body).phase, Some(Phase::Running), "{state}");
    }
}

#[test]
fn the_state_is_trusted_and_not_the_name_of_the_event() {
    let body =
        fixture_with("build.finished", "build", &json!({"state": "running", "finished_at": null}));
    let reading = read(&body);
    let fact = reading.build.unwrap();
    assert_eq!(reading.event.kind, EventKind::BuildStarted);
    assert_eq!((fact.phase, fact.completion), (Some(Phase::Running), None));
    assert_eq!(record(&[body]).state, BuildState::Running);
}

#[test]
fn kinds_follow_the_event_and_for_a_finish_the_state() {
    for (event, state, expected) in [
        ("build.scheduled", "scheduled", EventKind::BuildQueued),
        ("build.running", "running", EventKind::BuildStarted),
        ("build.started", "running", EventKind::BuildStarted),
        ("build.failing", "failing", EventKind::BuildStarted),
        ("build.finished", "failed", EventKind::BuildFinished),
        ("build.finished", "not_run", EventKind::BuildFinished),
        ("build.skipped", "skipped", EventKind::BuildFinished),
        ("build.levitated", "passed", EventKind::Other),
    ] {
        let mut body = fixture_with("build.finished", "build", &json!({"state": state}));
        body["event"] = json!(event);
        assert_eq!(read(&body).event.kind, expected, "{event}");
    }
}

#[test]
fn a_blocked_build_waits_with_the_result_so_far() {
    let blocked = fixture("build.finished.blocked");
    assert_eq!(read(&blocked).event.kind, EventKind::BuildWaiting);
    assert_eq!(build_of(&blocked).completion.unwrap().authority, Authority::Block);
    let waiting = record(&[fixture("build.scheduled"), blocked]);
    assert_eq!(waiting.state, BuildState::Waiting);
    assert_eq!(waiting.result, Some(BuildResult::Success));
    assert_eq!(waiting.finished_at, None);

    let failed = fixture_with("build.finished.blocked", "build", &json!({"state": "failed"}));
    assert_eq!(record(&[failed]).result, Some(BuildResult::Failure));
}

#[test]
fn a_build_goes_on_after_it_is_unblocked_and_then_finishes() {
    let blocked = fixture("build.finished.blocked");
    let activated = fixture("job.activated");
    let going_on = record(&[blocked.clone(), activated.clone()]);
    assert_eq!((going_on.state, going_on.result), (BuildState::Running, None));

    let later = json!({"state": "passed", "started_at": "2026-05-04 09:30:05 UTC",
        "finished_at": "2026-05-04 09:40:00 UTC"});
    let finished = fixture_with("build.finished", "build", &later);
    let finished = record(&[blocked, activated, finished]);
    assert_eq!(finished.state, BuildState::Finished);
    assert_eq!(finished.attempt, 1);
}

#[test]
fn an_end_before_an_unblock_was_a_block_and_makes_no_attempt() {
    let before = json!({"state": "passed", "finished_at": "2026-05-04 09:29:59 UTC"});
    let activated = fixture_with("job.activated", "build", &before);
    assert_eq!(record(std::slice::from_ref(&activated)).state, BuildState::Running);
    let after = json!({"finished_at": "2026-05-04 09:40:00 UTC"});
    let finished = fixture_with("build.finished", "build", &after);
    assert_eq!(record(&[activated, finished]).attempt, 1);

    // Sent late, the same event tells the real end.
    let late = fixture_with(
        "job.activated",
        "build",
        &json!({"state": "passed",
        "finished_at": "2026-05-04 09:40:00 UTC"}),
    );
    assert_eq!(record(&[late]).state, BuildState::Finished);
}

#[test]
fn a_running_that_arrives_after_the_finish_does_not_reopen_the_build() {
    let record = record(&[
        fixture("build.finished"),
        fixture("build.running"),
        fixture("job.started"),
        fixture("job.finished"),
        fixture("build.scheduled"),
    ]);
    assert_eq!(record.state, BuildState::Finished);
    assert_eq!((record.attempt, record.duration_ms), (1, Some(480_000)));
}

#[test]
fn a_job_that_is_retried_after_the_finish_reopens_the_build() {
    let failed = fixture_with("build.finished", "build", &json!({"state": "failed"}));
    let retried = record(&[failed.clone(), fixture("job.started.retry")]);
    assert_eq!((retried.state, retried.result), (BuildState::Running, None));

    let second = json!({"finished_at": "2026-05-04 09:15:00 UTC"});
    let passed = fixture_with("build.finished", "build", &second);
    let done = record(&[failed, fixture("job.started.retry"), passed]);
    assert_eq!((done.state, done.attempt), (BuildState::Finished, 2));
    assert_eq!(done.result, Some(BuildResult::Success));
}

#[test]
fn a_retry_reopens_the_build_as_soon_as_it_is_scheduled() {
    let mut scheduled = fixture("job.started.retry");
    scheduled["event"] = json!("job.scheduled");
    scheduled["job"]["state"] = json!("scheduled");
    scheduled["job"]["started_at"] = json!(null);
    let record = record(&[fixture("build.finished"), scheduled]);
    assert_eq!(record.state, BuildState::Running);
}

#[test]
fn what_a_first_job_tells_after_the_end_reopens_nothing() {
    // It was never started: it waited until it expired, and the build had ended by then.
    let expired = fixture_with(
        "job.finished",
        "job",
        &json!({"state": "expired", "started_at": null, "scheduled_at": "2026-05-04 10:00:00 UTC",
            "expired_at": "2026-05-04 10:30:00 UTC", "finished_at": "2026-05-04 10:30:00 UTC"}),
    );
    assert_eq!(record(&[fixture("build.finished"), expired]).state, BuildState::Finished);
}

#[test]
fn a_start_after_its_own_finish_is_a_wrong_clock_and_not_work() {
    let started_at = json!({"started_at": "2026-05-04 09:08:12 UTC"});
    let running = fixture_with("build.running", "build", &started_at);
    let finished = fixture_with("build.finished", "build", &started_at);
    for bodies in [vec![finished.clone()], vec![running, finished]] {
        let record = record(&bodies);
        assert_eq!(record.state, BuildState::Finished);
        assert_eq!((record.finished_at, record.duration_ms), (time(FINISHED_AT), Some(0)));
    }
}

#[test]
fn an_end_without_its_time_ends_the_build_and_leaves_the_time_open() {
    let body = fixture_with("build.finished", "build", &json!({"finished_at": null}));
    let completion = build_of(&body).completion.unwrap();
    assert_eq!((completion.at, completion.told_at), (None, time(STARTED_AT)));
    let untimed = record(&[body.clone(), fixture("build.running")]);
    assert_eq!((untimed.state, untimed.finished_at), (BuildState::Finished, None));
    let timed = record(&[body, fixture("build.finished")]);
    assert_eq!(timed.finished_at, time(FINISHED_AT));
}

#[test]
fn a_skipped_build_is_finished_though_it_never_started() {
    let skipped = json!({"state": "skipped", "finished_at": "2026-05-04 09:00:03 UTC"});
    let mut body = fixture_with("build.scheduled", "build", &skipped);
    body["event"] = json!("build.skipped");
    let record = record(&[body, fixture("build.scheduled")]);
    assert_eq!(record.state, BuildState::Finished);
    assert_eq!(record.result, Some(BuildResult::Skipped));
    assert_eq!(record.started_at, None);
}

#[test]
fn a_pull_request_build_keeps_its_source_branch_and_knows_its_target() {
    let fact = build_of(&fixture("build.finished.pull-request"));
    assert_eq!(fact.branch.as_deref(), Some("fix/baskets"));
    let target = Some("main".to_owned());
    assert_eq!(fact.pull_request, Some(PullRequest { number: 77, target }));
    // Nobody has looked yet which commit it is, and only the author of the commit is known.
    assert_eq!(fact.commit, None);
    assert_eq!(fact.requested_by.as_deref(), Some("grace"));
}

#[test]
fn a_body_of_version_1_is_read_with_its_project_and_its_jobs() {
    let body = fixture("version-1").to_string();
    let reading = try_read_under(Some("build.finished"), body.as_bytes()).unwrap();
    let fact = reading.build.unwrap();
    assert_eq!(reading.event.source.name.as_deref(), Some("acme"));
    assert_eq!(reading.event.source.base_url, None);
    assert_eq!(fact.pipeline.unwrap().name.as_deref(), Some("Shop CI"));
    let keys =
        vec![key("uuid", "0100eeee-0000-4000-8000-000000000009"), key("number", "shop-ci/9")];
    assert_eq!(reading.event.subject, Some(Subject::Build { keys }));
    let [job] = &reading.steps[..] else { panic!("the waiter is no step: {:?}", reading.steps) };
    assert_eq!(
        (job.result, job.agent.as_deref()),
        (Some(BuildResult::Failure), Some("old-builder"))
    );
}

#[test]
fn only_an_address_is_needed_to_know_pipeline_and_number() {
    let body = json!({"event": "build.finished", "build": {
        "url": "https://api.buildkite.com/v2/organizations/Acme/pipelines/Shop-CI/builds/42",
        "state": "passed"}});
    let reading = read(&body);
    let keys = vec![key("number", "shop-ci/42")];
    assert_eq!(reading.event.subject, Some(Subject::Build { keys }));
    assert_eq!(reading.event.details, Details::Minimal);
}

#[test]
fn a_build_that_is_not_identified_cannot_be_read_and_says_why() {
    let missing = |body: &Value| {
        let unreadable = try_read(body).unwrap_err();
        (unreadable.reason, unreadable.path)
    };
    let of = |path: &str| (format!("{path} is missing"), path.to_owned());
    assert_eq!(missing(&fixture("stub")), of("build.id"));
    assert_eq!(missing(&json!({"event": "job.started", "job": {"id": "1"}})), of("build"));
    assert_eq!(missing(&json!({"event": "build.running", "build": []})), of("build"));
    assert_eq!(missing(&json!({"event": "agent.lost", "agent": {"...": "..."}})), of("agent.id"));
    assert_eq!(missing(&json!({"build": {"id": "1"}})), of("event"));
}

#[test]
fn what_is_not_json_cannot_be_read() {
    for body in [
        &b""[..],
        b"[]",
        b"[\"ping\"]",
        b"{\"event\":",
        b"{\"event\":\"ping\"}}",
        b"{\"a\":\"\xff\"}",
    ] {
        assert!(try_read_under(Some("build.finished"), body).is_err());
    }
}

#[test]
fn a_key_that_is_there_twice_is_told_last() {
    let body = r#"{"event": "build.finished", "build": {"id": "1", "state": "failed"},
        "build": {"id": "2", "state": "passed"}, "pipeline": {"slug": "shop"}}"#;
    let reading = try_read_under(None, body.as_bytes()).unwrap();
    assert_eq!(reading.build.unwrap().external_id.as_deref(), Some("2"));
}

#[test]
fn nothing_of_the_secret_addresses_is_read() {
    for name in ["build.finished", "job.started"] {
        let reading = serde_json::to_string(&read(&fixture(name))).unwrap();
        assert!(!reading.contains("not-a-real-secret"), "{reading}");
    }
}

// Sources.

#[test]
fn the_organisation_is_that_of_the_builds_own_address() {
    let body = fixture_with(
        "build.finished",
        "build",
        &json!({"url": "https://api.buildkite.com/v2/organizations/Other/pipelines/shop-ci/builds/42"}),
    );
    let source = read(&body).event.source;
    assert_eq!(source.keys[0].scheme, SourceScheme::Name);
    assert_eq!(source.keys[0].key, "other");
    assert_eq!(source.name.as_deref(), Some("Other"));
    let base_url = "https://api.buildkite.com/v2/organizations/Other";
    assert_eq!(source.base_url.as_deref(), Some(base_url));
}

#[test]
fn without_an_address_of_its_own_the_next_best_word_names_the_organisation() {
    let without = json!({"url": null, "web_url": null});
    let of = |body: &Value| read(body).event.source.name;
    let acme = Some("acme".to_owned());
    let by_page = json!({"url": null});
    assert_eq!(of(&fixture_with("build.finished", "build", &by_page)), acme);
    assert_eq!(of(&fixture_with("build.finished", "build", &without)), acme);
    assert_eq!(of(&fixture("ping")), acme);
    assert_eq!(of(&fixture("agent.lost")), acme);
    assert_eq!(of(&fixture_with("agent.lost", "agent", &without)), None);
}

#[test]
fn a_ping_says_only_which_organisation_it_comes_from() {
    let reading = read(&fixture("ping"));
    assert_eq!(reading.event.kind, EventKind::Other);
    assert_eq!(reading.event.provider_event_id, None);
    assert_eq!((reading.event.subject, reading.build), (None, None));
}

// Events.

#[test]
fn two_services_that_match_one_happening_tell_the_same_event_id() {
    let id = |body: &Value| read(body).event.provider_event_id;
    let mut other = fixture("build.finished");
    other["sender"]["name"] = json!("Another Hook Owner");
    assert_eq!(id(&fixture("build.finished")), id(&other));
    assert_eq!(
        id(&other).as_deref(),
        Some("build.finished:0196aaaa-0000-4000-8000-000000000042:passed:2026-05-04T09:08:10.000Z")
    );
    let later = json!({"finished_at": "2026-05-04 09:08:11 UTC"});
    assert_ne!(id(&other), id(&fixture_with("build.finished", "build", &later)));
    // A block and an end within one second are two happenings.
    let blocked = fixture_with("build.finished", "build", &json!({"blocked": true}));
    assert_ne!(id(&other), id(&blocked));
    assert_ne!(id(&fixture("job.started")), id(&fixture("job.started.retry")));
}

#[test]
fn an_event_without_a_time_is_nobodys_echo() {
    let mut body = json!({"event": "build.running", "build": {"id": "1", "state": "running"}});
    assert_eq!(try_read(&body).unwrap_err().path, ".", "it says nothing of whose it is");
    body["pipeline"] = json!({"slug": "shop"});
    assert_eq!(read(&body).event.provider_event_id, None);
}

// Jobs.

#[test]
fn a_job_tells_of_itself_of_its_group_and_of_the_build() {
    let body = fixture("job.finished");
    let reading = read(&body);
    assert_eq!(reading.event.kind, EventKind::StepFinished);
    let [stage, job] = &reading.steps[..] else { panic!("{:?}", reading.steps) };
    assert_eq!((stage.kind, stage.step.key.as_str()), (StepKind::Stage, "stage:tests"));
    assert_eq!((stage.name.as_deref(), stage.state), (Some("tests"), None));
    assert_eq!(job.parent.as_ref(), Some(&stage.step));
    assert_eq!((job.step.key.as_str(), job.step.attempt, job.kind), (JOB, 1, StepKind::Job));
    assert_eq!(job.name.as_deref(), Some(":package: Build"));
    assert_eq!(job.agent.as_deref(), Some("builder-7"));
    assert_eq!(job.queued_at, time("2026-05-04 09:00:05 UTC"));
    assert_eq!(job.started_at, time(STARTED_AT));
    assert_eq!(job.finished_at, time("2026-05-04 09:05:00 UTC"));
    assert_eq!(job.result, Some(BuildResult::Success));
    assert_eq!(job.raw_result.as_deref(), Some("passed"));
    assert!(!job.soft_failed && !job.superseded);

    let fact = reading.build.unwrap();
    assert_eq!(fact.phase, Some(Phase::Running));
    assert!(fact.weight < build_of(&fixture("build.running")).weight);
    assert!(reading.subjects.is_empty(), "agents of a job would flood the list");
}

#[test]
fn each_job_state_is_read_for_what_it_means() {
    use BuildState::{Finished, Queued, Running, Waiting};
    for (changes, state, result, detail) in [
        (json!({"state": "pending"}), Queued, None, None),
        (json!({"state": "waiting"}), Queued, None, None),
        (json!({"state": "limited"}), Queued, None, None),
        (json!({"state": "assigned"}), Queued, None, None),
        (json!({"state": "running"}), Running, None, None),
        (json!({"state": "canceling"}), Running, None, None),
        (json!({"state": "timing_out"}), Running, None, None),
        (json!({"state": "blocked"}), Waiting, None, None),
        (json!({"state": "passed"}), Finished, Some(BuildResult::Success), None),
        (json!({"state": "failed", "exit_status": 2}), Finished, Some(BuildResult::Failure), None),
        (
            json!({"state": "failed", "exit_status": 2, "soft_failed": true}),
            Finished,
            Some(BuildResult::Unstable),
            None,
        ),
        (
            json!({"state": "failed", "exit_status": -1, "signal_reason": null}),
            Finished,
            Some(BuildResult::Failure),
            Some(ResultDetail::Infrastructure),
        ),
        (
            json!({"state": "failed", "exit_status": null, "signal_reason": "agent_stop"}),
            Finished,
            Some(BuildResult::Failure),
            Some(ResultDetail::Infrastructure),
        ),
        (
            json!({"state": "failed", "exit_status": -1, "signal_reason": "cancel"}),
            Finished,
            Some(BuildResult::Failure),
            None,
        ),
        (
            json!({"state": "timed_out", "exit_status": -1, "signal_reason": "cancel"}),
            Finished,
            Some(BuildResult::Failure),
            Some(ResultDetail::Timeout),
        ),
        (
            json!({"state": "expired"}),
            Finished,
            Some(BuildResult::Failure),
            Some(ResultDetail::NoAgent),
        ),
        (json!({"state": "canceled"}), Finished, Some(BuildResult::Aborted), None),
        (json!({"state": "skipped"}), Finished, Some(BuildResult::Skipped), None),
        (json!({"state": "broken"}), Finished, Some(BuildResult::Skipped), None),
        (json!({"state": "blocked_failed"}), Finished, Some(BuildResult::Skipped), None),
        (json!({"state": "waiting_failed"}), Finished, Some(BuildResult::Skipped), None),
        (json!({"state": "finished", "passed": false}), Finished, Some(BuildResult::Failure), None),
        (json!({"state": "new", "finished_at": null}), Running, None, None),
        (json!({"state": "new"}), Finished, Some(BuildResult::Unknown), None),
    ] {
        let job = job_of(&fixture_with("job.finished", "job", &changes));
        assert_eq!((job.state, job.result, job.detail), (Some(state), result, detail), "{changes}");
        assert_eq!(job.finished_at.is_some(), result.is_some(), "{changes}");
    }
}

#[test]
fn a_soft_failure_makes_a_passed_build_unstable() {
    let changes = json!({"state": "failed", "exit_status": 42, "soft_failed": true});
    let job = job_of(&fixture_with("job.finished", "job", &changes));
    assert!(job.soft_failed);
    let mut fold = BuildFold::default();
    fold.absorb(&build_of(&fixture("build.finished")));
    let summary = StepSummary { soft_failed: true, ..StepSummary::default() };
    let record = fold.record(&summary);
    assert_eq!(record.result, Some(BuildResult::Unstable));
    assert_eq!(record.raw_result.as_deref(), Some("passed"));
}

#[test]
fn a_retry_and_the_job_it_replaces_point_at_each_other_from_both_sides() {
    let mut of_old = StepFold::default();
    let mut of_new = StepFold::default();
    for name in ["job.finished.retried", "job.started.retry"] {
        let steps = read(&fixture(name)).steps;
        let old = steps.iter().find(|step| step.step.key == JOB).unwrap();
        let new = steps.iter().find(|step| step.step.key == RETRY).unwrap();
        assert!(old.superseded && !new.superseded, "{name}");
        assert_eq!((old.retry_of.as_deref(), new.retry_of.as_deref()), (None, Some(JOB)), "{name}");
        of_old.absorb(old);
        of_new.absorb(new);
    }
    assert_eq!(of_old.record().result, Some(BuildResult::Failure));
    assert_eq!(of_new.record().state, BuildState::Running);
}

#[test]
fn a_job_is_called_by_its_label_else_by_what_it_runs() {
    for (changes, expected) in [
        (json!({"name": ":mag: Lint"}), ":mag: Lint"),
        (json!({"name": null, "label": "Lint"}), "Lint"),
        (json!({"name": "", "command": "\n  make lint\nmake more"}), "make lint"),
        (json!({"name": null, "command": null}), "build"),
    ] {
        let job = job_of(&fixture_with("job.started", "job", &changes));
        assert_eq!(job.name.as_deref(), Some(expected));
    }
}

#[test]
fn an_unblocked_step_is_a_gate_that_a_person_opened() {
    let body = fixture("job.activated");
    let reading = read(&body);
    let gate = job_of(&body);
    assert_eq!(reading.event.kind, EventKind::ApprovalFinished);
    assert_eq!(reading.event.at, time("2026-05-04 09:30:00 UTC"));
    assert_eq!((gate.kind, gate.name.as_deref()), (StepKind::Gate, Some("Deploy?")));
    assert_eq!(gate.result, Some(BuildResult::Success));
    assert_eq!(gate.finished_at, time("2026-05-04 09:30:00 UTC"));
}

#[test]
fn a_waiter_is_no_step() {
    let body = fixture_with("job.finished", "job", &json!({"type": "waiter"}));
    assert!(read(&body).steps.is_empty());
}

#[test]
fn a_promised_failure_has_no_kind_but_its_facts_count() {
    let promised = json!({"promised_exit_status": 1,
        "promised_exit_status_at": "2026-05-04T09:04:00.500Z"});
    let mut body = fixture_with("job.started", "job", &promised);
    body["event"] = json!("job.promised_exit_status");
    let reading = read(&body);
    assert_eq!(reading.event.kind, EventKind::Other);
    assert_eq!(reading.event.at, time("2026-05-04T09:04:00.500Z"));
    assert_eq!(reading.steps[0].state, Some(BuildState::Running));
    assert_eq!(reading.build.unwrap().phase, Some(Phase::Running));
}

#[test]
fn a_job_without_an_id_still_tells_of_its_build() {
    let reading = read(&fixture_with("job.finished", "job", &json!({"id": "..."})));
    assert!(reading.steps.is_empty());
    assert_eq!(reading.build.unwrap().number, Some(42));
}

// Agents.

#[test]
fn an_agent_has_a_state_of_its_own_and_its_latest_one_stays() {
    let lost = fixture("agent.lost");
    let reading = read(&lost);
    assert_eq!(reading.event.kind, EventKind::AgentLost);
    let [agent] = &reading.subjects[..] else { panic!("{:?}", reading.subjects) };
    assert_eq!(agent.subject.kind, SubjectKind::Agent);
    assert_eq!(agent.subject.key, "0196cccc-0000-4000-8000-000000000007");
    assert_eq!(agent.title.as_deref(), Some("builder-7"));
    assert_eq!(agent.at, time("2026-05-04 10:00:00 UTC"));

    let mut connected = lost.clone();
    connected["event"] = json!("agent.connected");
    connected["agent"]["lost_at"] = json!(null);
    connected["agent"]["disconnected_at"] = json!(null);
    let mut fold = SubjectFold::default();
    for body in [&lost, &connected] {
        fold.absorb(&read(body).subjects[0]);
    }
    assert_eq!(fold.record().state.as_deref(), Some("lost"));
}

#[test]
fn every_agent_event_has_its_state_and_kind() {
    for (event, state, kind) in [
        ("agent.connected", Some("connected"), EventKind::AgentConnected),
        ("agent.lost", Some("lost"), EventKind::AgentLost),
        ("agent.disconnected", Some("disconnected"), EventKind::AgentDisconnected),
        ("agent.stopping", Some("stopping"), EventKind::AgentDisconnected),
        ("agent.stopped", Some("stopped"), EventKind::AgentDisconnected),
        ("agent.blocked", Some("blocked"), EventKind::Other),
        ("agent.reborn", None, EventKind::Other),
    ] {
        let mut body = fixture("agent.lost");
        body["event"] = json!(event);
        let reading = read(&body);
        assert_eq!(reading.event.kind, kind, "{event}");
        assert_eq!(reading.subjects[0].state.as_deref(), state, "{event}");
    }
}
