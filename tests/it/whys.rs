//! How often *why it failed* is right, on made-up failures whose cause is known.

use std::collections::BTreeMap;

use creel::logs::Dialect;
use creel::model::{BuildResult, StepFold, Timestamp};
use creel::providers::azure_devops::rest as azure;
use creel::providers::rest::{Answer, Head};
use creel::simulator::Happening;
use creel::simulator::rest::Archive;
use creel::simulator::rest::limits::Limits;
use creel::simulator::world::World;

use serde_json::{Value, json};

use crate::enriching::Scene;
use crate::support::desk::{Desk, NOW};
use crate::support::logs::{keep, row_of};

/// Worlds that are told: together they have more than 200 failures.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What failed within two weeks of a world.
fn failures(seed: u64) -> Vec<Happening> {
    let end = Timestamp(NOW.0 - 3 * Timestamp::MILLIS_PER_HOUR);
    World::before(seed, end)
        .filter(|happening| {
            let outcome = happening.build.as_ref();
            outcome.is_some_and(|outcome| outcome.result == Some(BuildResult::Failure))
        })
        .collect()
}

#[test]
fn nine_of_ten_failures_are_told_by_their_true_cause() {
    let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut total, mut right, mut steps, mut lines, mut with_line) = (0, 0, 0, 0, 0);
    let (mut wrong, mut missed) = (Vec::new(), Vec::new());
    for seed in SEEDS {
        let told = failures(seed);
        let archive = Archive::of(told.iter().cloned(), NOW);
        let scene = Scene::of(&told, archive, Limits::NONE, Vec::new());
        scene.ask_all();
        for build in scene.builds() {
            let external_id = build["external_id"].as_str().expect("an id");
            let Some(truth) = scene.providers.rest.archive().truth_of(external_id) else {
                continue;
            };
            let id = build["id"].as_str().expect("an id");
            let why = scene.desk.get_json(&format!("/api/v1/builds/{id}/why"));
            let first = &why["items"][0];
            let kind = first["kind"].as_str().unwrap_or("nothing").to_owned();
            let cause = truth.cause.as_str().to_owned();
            total += 1;
            right += usize::from(kind == cause);
            let step = first["step_id"].as_str().unwrap_or_default();
            steps += usize::from(step.contains(&truth.step));
            if let Some(line) = &truth.line {
                with_line += 1;
                let shown = first["lines"].to_string() + &first["sentence"].to_string();
                let shown = shown.replace("\\\"", "\"");
                let is_shown = shown.contains(line.trim());
                lines += usize::from(is_shown);
                if !is_shown {
                    missed.push(format!("{} has {:?}, told {}", cause, line, first["lines"]));
                }
            }
            if kind != cause {
                wrong.push(format!(
                    "{cause} was told as {kind}: {} ({:?})",
                    first["sentence"], truth.line
                ));
            }
            *confusion.entry((cause, kind)).or_default() += 1;
        }
    }
    println!(
        "{total} failures, {right} causes right, {steps} steps right, {lines} of {with_line} lines shown"
    );
    for ((cause, kind), count) in &confusion {
        let mark = if cause == kind { " " } else { "!" };
        println!("{mark} {cause:16} told as {kind:16} {count}");
    }
    for line in wrong.iter().take(40) {
        println!("  {line}");
    }
    for line in missed.iter().take(30) {
        println!("  another line: {line}");
    }
    assert!(total >= 200, "{total} failures are too few to tell");
    assert!(right * 10 >= total * 9, "{right} of {total} causes right");
    assert!(steps * 10 >= total * 9, "{steps} of {total} steps right");
}

/// A failed build of Azure DevOps with the steps of a timeline, and the build's id.
fn build_of(records: &Value) -> (Desk, String) {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/build_complete_of_pull_request.json");
    desk.step_all();
    let builds = desk.get_json("/api/v1/builds");
    let id = builds["items"][0]["id"].as_str().expect("a build").to_owned();
    let head = Head { status: 200, headers: Vec::new() };
    let body = json!({"id": "t", "records": records}).to_string().into_bytes();
    let answer = Answer { head, body, at: NOW };
    let told = azure::timeline(&answer, &azure::About::default()).expect("a timeline");
    let row = row_of(&desk, &id);
    desk.hub
        .books()
        .write(|ledger| {
            for fact in &told.steps {
                let mut fold = StepFold::default();
                fold.absorb(fact);
                ledger.save_step(row, &fact.step, &fold)?;
            }
            Ok(())
        })
        .expect("written");
    (desk, id)
}

fn record(kind: &str, id: &str, parent: Option<&str>, result: &str, error: Option<&str>) -> Value {
    let issues: Vec<Value> =
        error.iter().map(|message| json!({"type": "error", "message": message})).collect();
    json!({
        "id": id, "parentId": parent, "type": kind, "name": id, "identifier": id, "order": 1,
        "state": "completed", "result": result, "attempt": 1, "issues": issues, "log": null,
        "startTime": "2026-02-13T14:01:00Z", "finishTime": "2026-02-13T14:02:00Z",
    })
}

fn why_of(desk: &Desk, build: &str) -> Value {
    desk.get_json(&format!("/api/v1/builds/{build}/why"))
}

#[test]
fn a_job_that_ran_too_long_is_the_reason_though_only_its_stage_failed() {
    let long = "The job running on agent vm-1 ran longer than the maximum time of 60 minutes. \
                For more information, see https://docs.example/timeouts";
    let (desk, build) = build_of(&json!([
        record("Stage", "ship", None, "failed", None),
        record("Phase", "phase", Some("ship"), "canceled", None),
        record("Job", "pack", Some("phase"), "canceled", Some(long)),
        record("Task", "zip", Some("pack"), "canceled", Some("The operation was canceled.")),
    ]));
    let log = keep(&desk, &build, "pack", Dialect::AzureDevOps, b"zipping\n");
    let why = why_of(&desk, &build);
    let first = &why["items"][0];
    assert_eq!((&first["kind"], &why["failed_steps"]), (&json!("timeout"), &json!(1)), "{why}");
    assert_eq!(why["sentence"], "pack ran longer than it may.");
    assert!(first["step_id"].as_str().is_some_and(|id| id.contains("job:pack")), "{why}");
    assert_eq!(first["log_id"], log);
}

#[test]
fn a_task_that_says_what_is_wrong_is_not_blamed_with_the_log_of_its_neighbours() {
    let log = b"fatal: another task's\n##[error]Bash exited with code '1'.\n";
    let told_with = |issue: Option<&str>| {
        let (desk, build) = build_of(&json!([
            record("Stage", "ship", None, "failed", None),
            record("Job", "pack", Some("ship"), "failed", None),
            record("Task", "publish", Some("pack"), "failed", issue),
        ]));
        keep(&desk, &build, "pack", Dialect::AzureDevOps, log);
        why_of(&desk, &build)["items"][0].clone()
    };
    let told = told_with(Some("Real issue here"));
    assert_eq!(told["sentence"], "publish failed: Real issue here");
    assert_eq!((&told["line"], &told["lines"]), (&Value::Null, &json!([])));
    // The log is all that there is to go by.
    assert_eq!(told_with(None)["line"], 1);
}
