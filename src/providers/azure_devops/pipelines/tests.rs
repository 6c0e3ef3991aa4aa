//! How runs, stages, jobs and approvals are read.

use serde_json::json;

use super::*;
use crate::model::{ResultDetail, StepFold};
use crate::providers::azure_devops::fixtures::{
    bent, body, build_of, read, read_fixture, try_read,
};

#[test]
fn a_started_run_is_a_running_build_and_its_stages_are_announced() {
    let reading = read_fixture("run_started");
    assert_eq!(reading.event.kind, EventKind::BuildStarted);
    insta::assert_yaml_snapshot!((reading.build, reading.steps), @r#"
    - at: "2026-02-13T14:20:12.100Z"
      weight: 2
      phase: running
      attempt: 1
      queued_at: "2026-02-13T14:20:11.310Z"
      project_id: 5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1
      pipeline:
        key: "88"
        name: crane-ci
      number: 7315
      label: "20260213.4"
      external_id: "7315"
      url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_build/results?buildId=7315"
      branch: main
      commit: 4f1c9a7e2b60d835fa91c4e07d3b8265ae90f1c2
      message: "crane: lift twice"
      requested_by: Mira Holt
    - - key: "stage:Build"
        attempt: 1
        kind: stage
        at: "2026-02-13T14:20:12.100Z"
        name: Build it
        state: queued
      - key: "stage:Ship"
        attempt: 1
        kind: stage
        at: "2026-02-13T14:20:12.100Z"
        name: Ship
        state: queued
    "#);
}

#[test]
fn a_completed_run_ends_the_build_with_the_runs_authority() {
    let reading = read_fixture("run_completed");
    assert_eq!(reading.event.kind, EventKind::BuildFinished);
    insta::assert_yaml_snapshot!((reading.build, reading.steps), @r#"
    - at: "2026-02-13T14:29:01.443Z"
      weight: 2
      completion:
        authority: run
        at: "2026-02-13T14:29:01.443Z"
        told_at: "2026-02-13T14:29:02.200Z"
        result: success
        raw: succeeded
      active_at: "2026-02-13T14:27:00.000Z"
      attempt: 2
      queued_at: "2026-02-13T14:20:11.310Z"
      project_id: 5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1
      pipeline:
        key: "88"
        name: crane-ci
      number: 7315
      label: "20260213.4"
      external_id: "7315"
      url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_build/results?buildId=7315"
      branch: main
      commit: 4f1c9a7e2b60d835fa91c4e07d3b8265ae90f1c2
      message: "crane: lift twice"
      requested_by: Mira Holt
    - - key: "stage:Build"
        attempt: 1
        kind: stage
        at: "2026-02-13T14:29:01.443Z"
        name: Build it
        state: finished
        result: success
        raw_result: succeeded
        started_at: "2026-02-13T14:21:02.500Z"
        finished_at: "2026-02-13T14:25:00.000Z"
      - key: "stage:Ship"
        attempt: 2
        kind: stage
        at: "2026-02-13T14:29:01.443Z"
        name: Ship
        state: finished
        result: unstable
        raw_result: succeededWithIssues
        started_at: "2026-02-13T14:27:00.000Z"
        finished_at: "2026-02-13T14:29:00.000Z"
    "#);
}

#[test]
fn a_job_event_tells_of_the_job_and_of_its_stage() {
    let reading = read_fixture("job_completed");
    assert_eq!(reading.event.kind, EventKind::StepFinished);
    insta::assert_yaml_snapshot!(reading.steps, @r#"
    - key: "stage:Ship"
      attempt: 2
      kind: stage
      at: "2026-02-13T14:28:14.126Z"
      name: Ship it
      state: running
      started_at: "2026-02-13T14:27:00.506Z"
    - key: "job:f3052e8d-6ac1-47b9-90de-8b24c7f15a60"
      attempt: 2
      kind: job
      parent:
        key: "stage:Ship"
        attempt: 2
      at: "2026-02-13T14:28:14.126Z"
      name: Lift
      state: finished
      result: failure
      raw_result: rejected
      detail: rejected
      started_at: "2026-02-13T14:27:05.596Z"
      finished_at: "2026-02-13T14:28:14.126Z"
    "#);
}

#[test]
fn a_stage_that_waits_asks_for_somebody() {
    let reading = read_fixture("stage_waiting");
    assert_eq!(reading.event.kind, EventKind::StepWaiting);
    assert_eq!(reading.steps[0].state, Some(BuildState::Waiting));
}

#[test]
fn what_only_waits_for_an_agent_or_its_turn_is_no_event_of_ours() {
    let job = bent("job_completed", &[("/resource/job/state", json!("waiting"))]);
    let reading = read(&job);
    assert_eq!(reading.event.kind, EventKind::Other);
    let told = reading.steps.iter().find(|step| step.kind == StepKind::Job).unwrap();
    assert_eq!((told.state, told.result), (Some(BuildState::Queued), None));
    let stage = bent("stage_waiting", &[("/resource/stage/state", json!("notStarted"))]);
    assert_eq!(read(&stage).event.kind, EventKind::Other);
}

#[test]
fn a_rejected_step_failed_because_somebody_said_no() {
    let reading = read_fixture("job_completed");
    let job = reading.steps.iter().find(|step| step.kind == StepKind::Job).unwrap();
    assert_eq!(job.result, Some(BuildResult::Failure));
    assert_eq!(job.detail, Some(ResultDetail::Rejected));
}

#[test]
fn a_job_without_an_id_is_known_by_its_place() {
    for id in [json!(null), json!("00000000-0000-0000-0000-000000000000")] {
        let reading = read(&bent("job_completed", &[("/resource/job/id", id)]));
        let job = reading.steps.iter().find(|step| step.kind == StepKind::Job).unwrap();
        assert_eq!(job.step, StepRef { key: "job:Ship/Lift".to_owned(), attempt: 2 });
    }
}

#[test]
fn the_run_is_found_wherever_its_id_stands() {
    let everything = ["id", "url", "_links"];
    for kept in [
        "/resource/run/id",
        "/resource/run/url",
        "/resource/run/_links",
        "/resource/runId",
        "/resource/runUrl",
    ] {
        let whole = body("run_completed");
        let mut body = whole.clone();
        for key in everything {
            body["resource"]["run"].as_object_mut().unwrap().remove(key);
        }
        for key in ["runId", "runUrl"] {
            body["resource"].as_object_mut().unwrap().remove(key);
        }
        let (parent, key) = kept.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = whole.pointer(kept).unwrap().clone();
        assert_eq!(read(&body).event.subject, Some(subject(7315)), "{kept}");
    }
}

#[test]
fn without_a_run_id_the_event_stands_alone() {
    // The documented sample of an approval: everything but the approval is null.
    let approval = json!({"approval": {"id": "d5c80f17-2e96-4ab3-87f4-60a1b9e32c5d"}, "run": null,
        "pipeline": null, "stage": null, "resource": null, "id": 0, "url": null, "attemptId": 0});
    let reading = read(&bent("approval_pending", &[("/resource", approval)]));
    assert_eq!(reading.event.kind, EventKind::ApprovalWaiting);
    assert_eq!((reading.event.subject, reading.build), (None, None));
    assert_eq!(reading.steps, []);
}

#[test]
fn an_approval_is_open_until_it_is_completed() {
    let id = "d5c80f17-2e96-4ab3-87f4-60a1b9e32c5d".to_owned();
    let pending = build_of(&body("approval_pending"));
    assert_eq!(pending.approval, Some(Approval { id: id.clone(), done: false }));
    let completed = json!("ms.vss-pipelinechecks-events.approval-completed");
    let body = bent("approval_pending", &[("/eventType", completed)]);
    let reading = read(&body);
    assert_eq!(reading.event.kind, EventKind::ApprovalFinished);
    assert_eq!(reading.build.unwrap().approval, Some(Approval { id, done: true }));
}

#[test]
fn a_run_of_a_pull_request_has_its_number_and_no_branch() {
    let pointer = "/resource/run/resources/repositories/self/refName";
    let fact = build_of(&bent("run_started", &[(pointer, json!("refs/pull/62/merge"))]));
    assert_eq!(fact.branch, None);
    assert_eq!(fact.pull_request, Some(PullRequest { number: 62, target: None }));
}

#[test]
fn a_skipped_stage_is_no_proof_of_work() {
    let skipped = [
        ("/resource/job/result", json!("skipped")),
        ("/resource/stage/state", json!("completed")),
        ("/resource/stage/result", json!("skipped")),
    ];
    assert_eq!(build_of(&bent("job_completed", &skipped)).active_at, None);
}

#[test]
fn a_run_event_without_a_state_we_know_is_no_event_of_ours() {
    let odd = bent("run_started", &[("/resource/run/state", json!("unknown"))]);
    assert_eq!(read(&odd).event.kind, EventKind::Other);
    let none = bent("run_started", &[("/resource", json!(null))]);
    assert_eq!(read(&none).event.kind, EventKind::Other);
}

#[test]
fn a_job_links_to_its_build() {
    let mut body = body("job_completed");
    for key in ["run", "runId", "runUrl", "stage"] {
        body["resource"].as_object_mut().unwrap().remove(key);
    }
    assert_eq!(read(&body).event.subject, Some(subject(7315)));
}

#[test]
fn a_stage_that_waited_and_runs_now_is_running() {
    let told = |state: &str| {
        let mut steps =
            read(&bent("stage_waiting", &[("/resource/stage/state", json!(state))])).steps;
        steps.remove(0)
    };
    for order in [["waiting", "running"], ["running", "waiting"]] {
        let mut fold = StepFold::default();
        for state in order {
            fold.absorb(&told(state));
        }
        assert_eq!(fold.record().state, BuildState::Running, "{order:?}");
    }
}

#[test]
fn a_run_id_that_is_no_id_cannot_be_read() {
    for (resource, path) in [
        (json!({"run": {"id": true}}), "resource.run.id"),
        (json!({"runId": -5}), "resource.runId"),
        (json!({"run": {"id": {}}, "runId": "x"}), "resource.run.id"),
    ] {
        for event_type in ["run", "stage", "job"] {
            let event_type = format!("ms.vss-pipelines.{event_type}-state-changed-event");
            let changes = [("/eventType", json!(event_type)), ("/resource", resource.clone())];
            let error = try_read(&bent("run_completed", &changes)).unwrap_err();
            assert_eq!(error.path, path, "{event_type}");
        }
    }
}

#[test]
fn a_stage_that_is_tried_again_is_under_way_without_a_start() {
    for (state, under_way) in [("running", Some(2)), ("waiting", Some(2)), ("completed", None)] {
        let stage =
            json!({"run": {"id": 9}, "stage": {"name": "Ship", "attempt": 2, "state": state}});
        let changes = [
            ("/eventType", json!("ms.vss-pipelines.stage-state-changed-event")),
            ("/resource", stage),
        ];
        let fact = read(&bent("run_completed", &changes)).build.unwrap();
        assert_eq!((fact.under_way, fact.active_at), (under_way, None), "{state}");
    }
}
