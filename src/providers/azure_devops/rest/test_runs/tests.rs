use serde_json::{Value, json};

use super::*;
use crate::providers::azure_devops::rest::fixtures::answer;

fn results(values: &Value) -> Vec<TestResult> {
    let (told, _) = counted::<Case>(&answer(&json!({"value": values}))).unwrap();
    told.into_iter().filter_map(|case| result(case, None)).collect()
}

fn runs(values: &Value) -> Page<TestRun> {
    test_runs(&answer(&json!({"value": values})), None).unwrap()
}

#[test]
fn statistics_count_what_the_plain_counters_do_not() {
    let run = json!({
        "id": 77, "name": "JUnit", "state": "Completed", "postProcessState": "Complete",
        "totalTests": 30, "passedTests": 20, "unanalyzedTests": 1, "incompleteTests": 0,
        "notApplicableTests": 0, "startedDate": "2026-02-13T14:01:00Z",
        "runStatistics": [
            {"state": "Completed", "outcome": "Passed", "count": 20},
            {"state": "Completed", "outcome": "Failed", "count": 3},
            {"state": "Completed", "outcome": "Timeout", "count": 2},
            {"state": "Completed", "outcome": "NotExecuted", "count": 5}
        ],
        "pipelineReference": {
            "stageReference": {"stageName": "Test", "attempt": 2},
            "phaseReference": {"phaseName": "Unit", "attempt": 1},
            "jobReference": {"jobName": "__default", "attempt": 2}
        }
    });
    insta::assert_yaml_snapshot!(runs(&json!([run])).items, @r#"
    - key: "77"
      name: JUnit
      is_complete: true
      totals:
        total: 30
        passed: 20
        failed: 3
        errored: 2
        skipped: 5
      stage: Test
      job: Unit
      attempt: 2
      started_at: "2026-02-13T14:01:00.000Z"
      finished_at: ~
    "#);
    let mut plain = run;
    plain["runStatistics"] = json!(null);
    let totals = runs(&json!([plain])).items[0].totals;
    let expected = TestTotals { total: 30, passed: 20, failed: 1, errored: 0, skipped: 9 };
    assert_eq!(totals, expected);
}

#[test]
fn a_run_is_whole_when_nothing_more_is_written_to_it() {
    for (state, post_state, is_complete) in [
        (json!("Completed"), json!("Complete"), true),
        (json!("Completed"), json!(null), true),
        (json!("completed"), json!("complete"), true),
        (json!("Completed"), json!("InProgress"), false),
        (json!("Aborted"), json!(null), true),
        (json!("NeedsInvestigation"), json!("Complete"), true),
        (json!("InProgress"), json!(null), false),
        (json!("Waiting"), json!(null), false),
        (json!(null), json!(null), false),
    ] {
        let run = json!({"id": 1, "state": state, "postProcessState": post_state});
        assert_eq!(runs(&json!([run])).items[0].is_complete, is_complete, "{state} {post_state}");
    }
}

#[test]
fn pages_go_on_until_one_is_short() {
    let asked = Results { only_failed: false, with_parts: true };
    let page = |count: usize, from: Option<Cursor>| {
        let results: Vec<_> = (0..count).map(|id| json!({"id": id, "outcome": "Passed"})).collect();
        test_cases(&answer(&json!({"value": results})), asked, from.as_ref()).unwrap().next
    };
    assert_eq!(page(200, None), Some(Cursor::Skip(200)));
    assert_eq!(page(200, Some(Cursor::Skip(400))), Some(Cursor::Skip(600)));
    assert_eq!(page(199, Some(Cursor::Skip(400))), None);
    assert_eq!(page(0, None), None);
    // One that is none has its place on the page.
    let mut results: Vec<_> = (0..200).map(|id| json!({"id": id})).collect();
    results[7] = json!(null);
    let body = answer(&json!({"count": 200, "value": results}));
    let page = test_cases(&body, asked, None).unwrap();
    assert_eq!((page.items.len(), page.next), (199, Some(Cursor::Skip(200))));
}

#[test]
fn tries_and_rows_of_a_test_are_its_parts() {
    let told = json!([
        {
            "id": 100_000, "outcome": "Passed", "automatedTestName": "Quay.Crane.Lifts",
            "testCaseTitle": "Lifts", "automatedTestStorage": "quay.dll", "durationInMs": 12.5,
            "computerName": "quay-7", "resultGroupType": "rerun",
            "subResults": [
                {"id": 2, "sequenceId": 2, "displayName": "Lifts", "outcome": "Passed"},
                {"id": 1, "sequenceId": 1, "displayName": "Lifts", "outcome": "Failed",
                    "errorMessage": "too heavy", "stackTrace": "at Crane.cs:7"}
            ]
        },
        {
            "id": 100_001, "resultGroupType": "dataDriven", "testCase": {"name": "Weighs"},
            "subResults": [{"id": 1, "displayName": "row 1", "outcome": "Failed", "subResults": [
                {"id": 9, "displayName": "deeper", "outcome": "Error"}
            ]}]
        },
        {"outcome": "Passed"}
    ]);
    insta::assert_yaml_snapshot!(results(&told), @r#"
    - key: "100000"
      suite: quay.dll
      name: Quay.Crane.Lifts
      status: passed
      duration_ms: 12.5
      message: ~
      stack: ~
      agent: quay-7
      started_at: ~
      parts:
        - key: 100000/1
          suite: ~
          name: Lifts
          status: failed
          duration_ms: ~
          message: too heavy
          stack: "at Crane.cs:7"
          agent: ~
          started_at: ~
          parts: []
          is_rerun: false
        - key: 100000/2
          suite: ~
          name: Lifts
          status: passed
          duration_ms: ~
          message: ~
          stack: ~
          agent: ~
          started_at: ~
          parts: []
          is_rerun: false
      is_rerun: true
    - key: "100001"
      suite: ~
      name: Weighs
      status: errored
      duration_ms: ~
      message: ~
      stack: ~
      agent: ~
      started_at: ~
      parts:
        - key: 100001/0
          suite: ~
          name: row 1
          status: failed
          duration_ms: ~
          message: ~
          stack: ~
          agent: ~
          started_at: ~
          parts:
            - key: 100001/0/0
              suite: ~
              name: deeper
              status: errored
              duration_ms: ~
              message: ~
              stack: ~
              agent: ~
              started_at: ~
              parts: []
              is_rerun: false
          is_rerun: false
      is_rerun: false
    "#);
}

#[test]
fn a_rerun_that_tells_no_outcome_has_that_of_its_last_try() {
    let part = |sequence: i64, outcome: &str| json!({"sequenceId": sequence, "outcome": outcome});
    let rerun = json!({"id": 1, "resultGroupType": "rerun",
        "subResults": [part(1, "Failed"), part(2, "Passed")]});
    assert_eq!(results(&json!([rerun]))[0].status, TestStatus::Passed);
}

#[test]
fn every_outcome_has_a_word_of_ours() {
    use TestStatus::{Errored, Failed, Passed, Skipped};
    for (outcome, expected) in [
        ("Passed", Passed),
        ("passed", Passed),
        ("Warning", Passed),
        ("Failed", Failed),
        ("NotExecuted", Skipped),
        ("NotApplicable", Skipped),
        ("NotImpacted", Skipped),
        ("Blocked", Skipped),
        ("Inconclusive", Skipped),
        ("Error", Errored),
        ("Timeout", Errored),
        ("Aborted", Errored),
        ("Paused", Errored),
        ("InProgress", Errored),
        ("None", Errored),
        ("Unspecified", Errored),
        ("vanished", Errored),
    ] {
        assert_eq!(status(outcome), expected, "{outcome}");
    }
}
