use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::ResultDetail;
use crate::providers::azure_devops::fixtures::{bent, read as read_hook};
use crate::providers::azure_devops::rest::fixtures::{answer, bytes};

/// A GUID that ends in a number.
fn id(number: u32) -> String {
    format!("3d52c8f0-71aa-4e0b-8c19-{number:012}")
}

fn record(kind: &str, number: u32, parent: Option<u32>, name: &str, order: i64) -> Value {
    json!({
        "id": id(number), "parentId": parent.map(id), "type": kind, "name": name, "order": order,
        "state": "completed", "result": "succeeded", "attempt": 1,
        "startTime": "2026-02-13T14:01:00.1234567Z", "finishTime": "2026-02-13T14:02:00Z",
    })
}

fn with(mut record: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members of an object") };
    for (name, value) in members {
        record[name] = value;
    }
    record
}

/// Two stages; the first has a gate, two phases of which one has two jobs, and tasks.
fn pipeline() -> Vec<Value> {
    let log = |log: u32| json!({"log": {"id": log, "type": "Container"}});
    vec![
        with(record("Stage", 1, None, "Make it", 1), json!({"identifier": "Build"})),
        with(record("Checkpoint", 2, Some(1), "Checkpoint", 0), json!({"order": null})),
        record("Checkpoint.Approval", 3, Some(2), "Checkpoint.Approval", 1),
        record("Phase", 10, Some(1), "Compile", 1),
        with(record("Job", 11, Some(10), "Compile linux", 1), log(9)),
        record("Job", 12, Some(10), "Compile windows", 2),
        with(record("Task", 13, Some(11), "Get sources", 1), log(4)),
        with(record("Task", 14, Some(11), "Run make", 2), log(5)),
        with(
            record("Phase", 20, Some(1), "Publish", 2),
            json!({"result": "skipped", "startTime": null, "finishTime": null}),
        ),
        with(
            record("Stage", 30, None, "Ship it", 2),
            json!({"identifier": "Ship", "state": "pending", "result": null,
                "startTime": null, "finishTime": null}),
        ),
    ]
}

fn read_about(records: &[Value], about: &About<'_>) -> Timeline {
    let body = json!({"id": id(999), "records": records, "lastChangedOn": "2026-02-13T14:02:00Z"});
    timeline(&answer(&body), about).unwrap()
}

fn read(records: &[Value]) -> Timeline {
    read_about(records, &About::default())
}

fn step<'a>(timeline: &'a Timeline, name: &str) -> &'a StepFact {
    let found = timeline.steps.iter().find(|step| step.name.as_deref() == Some(name));
    found.unwrap_or_else(|| panic!("no step {name}"))
}

/// `kind parent/name`, in order.
fn outline(timeline: &Timeline) -> String {
    let name = |step: &StepRef| {
        let found = timeline.steps.iter().find(|it| it.step == *step);
        found.and_then(|it| it.name.clone()).unwrap_or_else(|| format!("?{}", step.key))
    };
    let mut steps: Vec<_> = timeline.steps.iter().collect();
    steps.sort_by_key(|step| step.order);
    let line = |step: &&StepFact| {
        let parent = step.parent.as_ref().map(|it| format!("{} / ", name(it)));
        let (kind, attempt) = (step.kind.as_str(), step.step.attempt);
        format!("{kind} {}{} #{attempt}", parent.unwrap_or_default(), name(&step.step))
    };
    steps.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn phases_fold_into_their_jobs_and_checkpoints_into_their_gates() {
    insta::assert_snapshot!(outline(&read(&pipeline())), @r"
    stage Make it #1
    gate Make it / Approval #1
    job Make it / Compile linux #1
    task Compile linux / Get sources #1
    task Compile linux / Run make #1
    job Make it / Compile windows #1
    job Make it / Publish #1
    stage Ship it #1
    ");
}

#[test]
fn a_step_says_all_that_its_record_does() {
    let records = [with(
        record("Task", 5, None, "Run tests", 3),
        json!({
            "result": "failed", "workerName": "quay-7", "log": {"id": 12}, "queueId": 4,
            "task": {"id": id(77), "name": "CmdLine", "version": "2.237.1"},
            "errorCount": 31, "warningCount": 1,
            "issues": [
                {"type": "error", "message": "exit 1", "data": {"logFileLineNumber": "214"}},
                {"type": "warning", "message": "slow", "data": {}},
                {"type": "error", "message": null}
            ],
        }),
    )];
    let queues = BTreeMap::from([(4, "harbour".to_owned())]);
    let read = read_about(&records, &About { queues: Some(&queues), ..About::default() });
    insta::assert_yaml_snapshot!(read.steps[0], @r#"
    key: "task:3d52c8f0-71aa-4e0b-8c19-000000000005"
    attempt: 1
    kind: task
    weight: 4
    at: "2026-02-13T15:00:00.000Z"
    name: Run tests
    order: 1
    state: finished
    result: failure
    raw_result: failed
    started_at: "2026-02-13T14:01:00.123Z"
    finished_at: "2026-02-13T14:02:00.000Z"
    agent: quay-7
    queue: harbour
    task: CmdLine@2.237.1
    log: "12"
    issues:
      - kind: error
        message: exit 1
        line: 214
      - kind: warning
        message: slow
    error_count: 31
    warning_count: 1
    "#);
}

#[test]
fn steps_have_places_on_the_page_of_their_build() {
    let page = "https://dev.azure.com/lumen-works/p/_build/results?buildId=7";
    let read = read_about(&pipeline(), &About { page: Some(page), ..About::default() });
    let url = |name: &str| step(&read, name).url.clone();
    assert_eq!(url("Run make").unwrap(), format!("{page}&view=logs&j={}&t={}", id(11), id(14)));
    assert_eq!(url("Compile windows").unwrap(), format!("{page}&view=logs&j={}", id(12)));
    assert_eq!(url("Make it"), None);
    let elsewhere = About { page: Some("https://example.test/builds/7"), ..About::default() };
    assert_eq!(step(&read_about(&pipeline(), &elsewhere), "Run make").url, None);
}

#[test]
fn a_hook_and_an_answer_meet_in_one_step() {
    let job = json!({
        "id": id(11).to_uppercase(), "name": "Compile", "displayName": "Compile linux",
        "state": "completed", "result": "succeeded", "attempt": 1,
        "finishTime": "2026-02-13T14:02:00Z"
    });
    let stage = json!({"id": id(1), "name": "Build", "displayName": "Make it", "attempt": 1});
    let body = bent("job_completed", &[("/resource/job", job), ("/resource/stage", stage)]);
    let told: BTreeSet<StepRef> = read(&pipeline()).steps.into_iter().map(|it| it.step).collect();
    let hook = read_hook(&body);
    assert_eq!(hook.steps.len(), 2);
    for fact in hook.steps {
        assert!(told.contains(&fact.step), "{:?}", fact.step);
    }
}

#[test]
fn a_stage_waits_for_its_gate_and_runs_without_it() {
    let held = |state: &str| {
        let stage = json!({"state": "pending", "result": null, "identifier": "Ship"});
        let gate = json!({"state": state, "result": null});
        let told = read(&[
            with(record("Stage", 1, None, "Ship", 1), stage),
            with(record("Checkpoint", 2, Some(1), "Checkpoint", 0), gate.clone()),
            with(record("Checkpoint.ExclusiveLock", 3, Some(2), "Lock", 0), gate),
        ]);
        (step(&told, "Ship").state.unwrap(), step(&told, "Lock").state.unwrap())
    };
    assert_eq!(held("inProgress"), (BuildState::Waiting, BuildState::Waiting));
    assert_eq!(held("pending"), (BuildState::Queued, BuildState::Queued));
}

#[test]
fn classic_builds_have_no_stage() {
    let flat = [record("Job", 1, None, "Build", 1), record("Task", 2, Some(1), "Make", 1)];
    insta::assert_snapshot!(outline(&read(&flat)), @r"
    job Build #1
    task Build / Make #1
    ");
    let process = [
        record("Process", 1, None, "Process", 1),
        record("Phase", 2, Some(1), "Phase 1", 1),
        record("Job", 3, Some(2), "Build", 1),
    ];
    insta::assert_snapshot!(outline(&read(&process)), @"job Build #1");
    // Of a server phase, whose tasks run on no agent.
    let server = [
        record("Stage", 1, None, "__default", 1),
        record("Phase", 2, Some(1), "Ask", 1),
        record("Task", 3, Some(2), "Manual validation", 1),
    ];
    insta::assert_snapshot!(outline(&read(&server)), @r"
    stage __default #1
    job __default / Ask #1
    task Ask / Manual validation #1
    ");
}

#[test]
fn an_unknown_type_is_a_step_for_its_place() {
    let odd = [
        record("Orbit", 1, None, "One", 1),
        record("Orbit", 2, Some(1), "Two", 1),
        record("Orbit", 3, Some(2), "Three", 1),
        record("Checkpoint", 4, Some(1), "Checkpoint", 0),
    ];
    insta::assert_snapshot!(outline(&read(&odd)), @r"
    job One #1
    gate One / Checkpoint #1
    task One / Two #1
    task Two / Three #1
    ");
}

#[test]
fn words_of_a_phase_are_kept_with_its_first_job() {
    let issue = |message: &str| {
        let issue = json!({"type": "error", "message": message, "data": {"logFileLineNumber": 3}});
        json!({"issues": [issue], "errorCount": 2})
    };
    let told = read(&[
        with(record("Phase", 1, None, "Compile", 1), issue("no such pool")),
        with(record("Job", 2, Some(1), "b", 2), issue("exit 1")),
        with(record("Job", 3, Some(1), "a", 1), issue("exit 1")),
    ]);
    let lines = |name: &str| {
        let issues = step(&told, name).issues.clone().unwrap();
        (issues.iter().map(|it| it.line).collect::<Vec<_>>(), step(&told, name).error_count)
    };
    assert_eq!(lines("a"), (vec![Some(3), None], Some(3)));
    assert_eq!(lines("b"), (vec![Some(3)], Some(2)));
    // A word that both say is said once.
    let told = read(&[
        with(record("Phase", 1, None, "Compile", 1), issue("exit 1")),
        with(record("Job", 2, Some(1), "b", 1), issue("exit 1")),
    ]);
    assert_eq!(step(&told, "b").issues.as_ref().unwrap().len(), 1);
    assert_eq!(step(&told, "b").error_count, Some(2));
}

/// The build of above after its first job was run again: each try has a record of its own.
fn rerun() -> (Vec<Value>, Vec<Value>) {
    let mut newest = pipeline();
    let previous = |attempt: u32, record: u32| json!({"attempt": attempt, "timelineId": id(500 + attempt), "recordId": id(record)});
    newest[0] =
        with(newest[0].clone(), json!({"attempt": 2, "previousAttempts": [previous(1, 1)]}));
    newest[4] = with(
        record("Job", 111, Some(10), "Compile linux", 1),
        json!({"attempt": 2, "previousAttempts": [previous(1, 11)]}),
    );
    newest[6] = record("Task", 113, Some(111), "Get sources", 1);
    newest[7] = record("Task", 114, Some(111), "Run make", 2);
    let failed = json!({"result": "failed"});
    let older = vec![
        with(record("Job", 11, Some(10), "Compile linux", 1), failed.clone()),
        record("Task", 13, Some(11), "Get sources", 1),
        with(record("Task", 14, Some(11), "Run make", 2), failed),
        // Told in both: it was not run again.
        record("Job", 12, Some(10), "Compile windows", 2),
    ];
    (newest, older)
}

#[test]
fn an_older_timeline_adds_the_tries_before() {
    let (newest, older) = rerun();
    let newest = read(&newest);
    assert_eq!(newest.attempt, 2);
    assert_eq!(newest.earlier, [EarlierAttempt { attempt: 1, timeline_id: id(501) }]);
    let about = About { newest: Some(&newest.newest), ..About::default() };
    let older = read_about(&older, &about);
    assert_eq!(older.steps.len(), 3);
    assert!(older.steps.iter().all(|step| step.superseded));
    let job = step(&older, "Compile linux");
    assert_eq!(job.step, StepRef { key: format!("job:{}", id(11)), attempt: 1 });
    assert_eq!(job.parent, Some(StepRef { key: "stage:Build".to_owned(), attempt: 1 }));
    let again = step(&newest, "Compile linux");
    assert_eq!(again.retry_of, Some(job.step.key.clone()));
    assert_eq!(job.order, again.order);
    assert_eq!(step(&older, "Run make").parent, Some(job.step.clone()));
}

#[test]
fn stages_and_phases_of_a_try_before_have_timelines_of_their_own() {
    let previous = |timeline: u32, record: u32| {
        json!({"attempt": 2, "previousAttempts": [
            {"attempt": 1, "timelineId": id(timeline), "recordId": id(record)}
        ]})
    };
    let stage = |number: u32| {
        with(record("Stage", number, None, "Make it", 1), json!({"identifier": "Build"}))
    };
    let newest = read(&[
        with(stage(101), previous(601, 1)),
        with(record("Phase", 110, Some(101), "Compile", 1), previous(610, 10)),
        with(record("Job", 111, Some(110), "Compile linux", 1), previous(611, 11)),
    ]);
    let order: Vec<_> = newest.earlier.iter().map(|it| it.timeline_id.clone()).collect();
    assert_eq!(order, [id(601), id(611), id(610)]);
    let about = About { newest: Some(&newest.newest), ..About::default() };
    let older = |records: &[Value]| outline(&read_about(records, &about));
    assert_eq!(older(&[stage(1)]), "stage Make it #1");
    assert_eq!(older(&[record("Phase", 10, Some(1), "Compile", 1)]), "");
    let job = record("Job", 11, Some(10), "Compile linux", 1);
    assert_eq!(older(&[job]), "job ?stage:Build / Compile linux #1");
    let read = read_about(&[record("Job", 11, Some(10), "Compile linux", 1)], &about);
    assert_eq!(read.steps[0].parent.as_ref().unwrap().attempt, 1);
}

#[test]
fn tries_of_one_record_are_told_apart_by_their_attempt() {
    let previous = json!([{"attempt": 1, "timelineId": id(501), "recordId": id(11)}]);
    let newest = read(&[
        with(
            record("Job", 11, None, "Compile", 1),
            json!({"attempt": 2, "previousAttempts": previous}),
        ),
        record("Task", 12, Some(11), "Make", 1),
    ]);
    assert_eq!(step(&newest, "Compile").retry_of, None);
    let about = About { newest: Some(&newest.newest), ..About::default() };
    let older = read_about(
        &[record("Job", 11, None, "Compile", 1), record("Task", 12, Some(11), "Make", 1)],
        &about,
    );
    let attempts = |timeline: &Timeline| -> Vec<u32> {
        timeline.steps.iter().map(|step| step.step.attempt).collect()
    };
    assert_eq!(attempts(&newest), [2, 2]);
    assert_eq!(attempts(&older), [1, 1]);
}

#[test]
fn of_many_tries_each_is_the_retry_of_the_one_before() {
    let previous = json!([
        {"attempt": 2, "timelineId": id(502), "recordId": id(22)},
        {"attempt": 1, "timelineId": id(501), "recordId": id(21)}
    ]);
    let newest = read(&[with(
        record("Job", 23, None, "Compile", 1),
        json!({"attempt": 3, "previousAttempts": previous}),
    )]);
    assert_eq!(newest.steps[0].retry_of, Some(format!("job:{}", id(22))));
    let second = with(record("Job", 22, None, "Compile", 1), json!({"attempt": 2}));
    let about = About { newest: Some(&newest.newest), ..About::default() };
    let older = read_about(&[second], &about);
    assert_eq!(older.steps[0].retry_of, Some(format!("job:{}", id(21))));
}

#[test]
fn a_build_without_a_timeline_has_no_steps() {
    for body in ["", "null", "{}", r#"{"records": null}"#, r#"{"records": []}"#] {
        let read = timeline(&bytes(200, body.as_bytes()), &About::default()).unwrap();
        assert_eq!(read.steps, [], "{body}");
        assert!(!read.is_over);
    }
    let read = timeline(&bytes(204, b""), &About::default()).unwrap();
    assert_eq!(read, Timeline::default());
    for body in ["<html></html>", "[]", "\"no\"", "{\"records\": ["] {
        assert!(timeline(&bytes(200, body.as_bytes()), &About::default()).is_err(), "{body}");
    }
}

#[test]
fn why_a_step_failed_is_told_where_the_service_says_it() {
    let detail = |kind: &str, result: &str, message: &str| {
        let members = json!({"result": result, "issues": [{"type": "error", "message": message}]});
        read(&[with(record(kind, 1, None, "x", 1), members)]).steps[0].detail
    };
    let timeout = "The job running on agent quay-7 ran longer than the maximum time of 60 minutes.";
    let lost = "We stopped hearing from agent quay-7. Verify the agent machine is running.";
    for (kind, result, message, expected) in [
        ("Job", "canceled", timeout, Some(ResultDetail::Timeout)),
        ("Job", "failed", lost, Some(ResultDetail::Infrastructure)),
        ("Job", "failed", "No agent found in pool quay.", Some(ResultDetail::NoAgent)),
        ("Task", "failed", "The task has timed out.", Some(ResultDetail::Timeout)),
        // A program may print what it likes.
        ("Task", "failed", lost, None),
        ("Job", "succeeded", lost, None),
        ("Job", "failed", "exit 1", None),
        ("Job", "rejected", "", Some(ResultDetail::Rejected)),
        ("Checkpoint.Approval", "failed", "", Some(ResultDetail::Rejected)),
    ] {
        assert_eq!(detail(kind, result, message), expected, "{kind} {message}");
    }
    let never_taken = json!({"result": "abandoned", "startTime": null, "finishTime": null});
    let job = with(record("Job", 1, None, "x", 1), never_taken);
    assert_eq!(read(&[job]).steps[0].detail, Some(ResultDetail::NoAgent));
}

#[test]
fn a_later_word_on_a_record_takes_the_place_of_an_earlier() {
    let running = json!({"state": "inProgress", "result": null, "changeId": 3});
    let records = [
        with(record("Job", 1, None, "Compile", 1), json!({"changeId": 5})),
        with(record("Job", 1, None, "Compile", 1), running),
    ];
    assert_eq!(read(&records).steps.len(), 1);
    assert_eq!(read(&records).steps[0].state, Some(BuildState::Finished));
}

#[test]
fn parents_that_go_round_in_a_ring_end() {
    let records = [
        record("Job", 1, Some(3), "a", 1),
        record("Job", 2, Some(1), "b", 1),
        record("Job", 3, Some(2), "c", 1),
        record("Job", 4, Some(4), "d", 1),
    ];
    assert_eq!(read(&records).steps.len(), 4);
}

/// Trees of any records below any others, rings included.
fn any_records() -> impl Strategy<Value = Vec<Value>> {
    let kinds = ["Stage", "Phase", "Job", "Task", "Checkpoint", "Checkpoint.Approval", "Odd", ""];
    let one = (
        0..12_u32,
        proptest::option::of(0..12_u32),
        proptest::sample::select(kinds.to_vec()),
        proptest::option::of(0..3_i64),
        proptest::sample::select(vec!["pending", "inProgress", "completed", "odd"]),
        0..4_i64,
    );
    let one = one.prop_map(|(number, parent, kind, order, state, change)| {
        let mut record = record(kind, number, parent, "same", 0);
        record["identifier"] = json!(number);
        record["refName"] = json!(number.to_string());
        record["order"] = json!(order);
        record["state"] = json!(state);
        record["changeId"] = json!(change);
        record["attempt"] = json!(change);
        record
    });
    proptest::collection::vec(one, 0..24)
}

proptest! {
    #[test]
    fn arbitrary_orders_of_records_give_the_same_steps(
        (records, shuffled) in any_records()
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
    ) {
        prop_assert_eq!(read(&records), read(&shuffled));
    }

    #[test]
    fn no_arbitrary_record_is_lost_and_none_is_told_twice(records in any_records()) {
        let read = read(&records);
        let told: BTreeSet<_> = read.steps.iter().map(|step| &step.step).collect();
        prop_assert_eq!(told.len(), read.steps.len());
        let ids: BTreeSet<_> = records.iter().map(|it| it["id"].as_str().unwrap()).collect();
        let parents: BTreeSet<_> = records.iter().filter_map(|it| it["parentId"].as_str()).collect();
        for id in ids {
            // Folded are only records that others lie below.
            let is_told = read.steps.iter().any(|step| step.step.key.ends_with(id));
            let is_stage = records.iter().any(|it| it["id"] == *id && it["type"] == "Stage");
            prop_assert!(is_told || is_stage || parents.contains(id), "{}", id);
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic(text in ".{0,200}", records in any_records()) {
        let _ = timeline(&bytes(200, text.as_bytes()), &About::default());
        let mut body = json!({"records": records}).to_string();
        body.truncate(body.len() / 2);
        let _ = timeline(&bytes(200, body.as_bytes()), &About::default());
    }
}
