use serde_json::{Value, json};

use super::*;
use crate::model::{BuildFold, BuildResult, BuildState, StepSummary};
use crate::providers::azure_devops::fixtures::{body, read as read_hook};
use crate::providers::azure_devops::rest::answers::Cursor;
use crate::providers::azure_devops::rest::fixtures::{answer, bytes, then, with_token};

/// The build that a hook of ours tells of.
fn told() -> Value {
    body("build_complete")["resource"].clone()
}

fn with(members: &Value) -> Value {
    let mut body = told();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn read_one(body: &Value) -> BuildTold {
    build(&answer(body), Some("https://dev.azure.com/lumen-works")).unwrap().unwrap()
}

#[test]
fn an_answer_says_of_a_build_what_a_hook_does_and_is_believed_before_it() {
    let hook = read_hook(&body("build_complete"));
    let hooked = hook.build.unwrap();
    let asked = read_one(&told());
    assert_eq!(Some(asked.subject), hook.event.subject);
    assert!(asked.fact.weight > hooked.weight);
    let same_words = BuildFact { at: hooked.at, weight: hooked.weight, ..asked.fact.clone() };
    let completion = hooked
        .completion
        .clone()
        .map(|completion| crate::model::Completion { told_at: Some(then()), ..completion });
    assert_eq!(same_words, BuildFact { completion, ..hooked });
}

#[test]
fn every_status_is_a_phase_or_an_end() {
    for (status, result, phase, is_over) in [
        (json!("completed"), json!("failed"), None, true),
        (json!("inProgress"), json!(null), Some(Phase::Running), false),
        (json!("cancelling"), json!(null), Some(Phase::Running), false),
        (json!("notStarted"), json!(null), Some(Phase::Queued), false),
        (json!("postponed"), json!(null), Some(Phase::Queued), false),
        (json!("none"), json!(null), None, false),
        (json!(null), json!(null), None, false),
        (json!(null), json!("succeeded"), None, true),
    ] {
        let asked = read_one(&with(&json!({"status": status, "result": result})));
        assert_eq!((asked.fact.phase, asked.is_over()), (phase, is_over), "{status}");
    }
}

#[test]
fn a_build_that_is_seen_running_after_its_end_runs_again() {
    let mut fold = BuildFold::default();
    fold.absorb(&read_hook(&body("build_complete")).build.unwrap());
    let state = |fold: &BuildFold| fold.record(&StepSummary::default()).state;
    assert_eq!(state(&fold), BuildState::Finished);
    let again = with(&json!({"status": "inProgress", "result": null, "finishTime": null}));
    fold.absorb(&read_one(&again).fact);
    assert_eq!(state(&fold), BuildState::Running);
}

#[test]
fn an_unknown_result_is_kept_as_it_is() {
    let asked = read_one(&with(&json!({"result": "vanished"})));
    let completion = asked.fact.completion.unwrap();
    assert_eq!(completion.result, BuildResult::Unknown);
    assert_eq!(completion.raw.as_deref(), Some("vanished"));
}

#[test]
fn the_queue_is_told_with_its_name() {
    let asked = read_one(&with(&json!({"queue": {"id": 9, "name": "harbour", "pool": {"id": 2}}})));
    assert_eq!(asked.queue, Some((9, "harbour".to_owned())));
    assert_eq!(read_one(&with(&json!({"queue": "harbour"}))).queue, None);
}

#[test]
fn a_build_that_is_none_cannot_be_read() {
    for body in [json!({"status": "completed"}), json!({"id": 0}), json!([]), json!("x")] {
        assert!(build(&answer(&body), None).is_err(), "{body}");
    }
    assert_eq!(build(&bytes(204, b""), None).unwrap(), None);
}

#[test]
fn a_list_goes_on_where_the_service_says() {
    let list = json!({"count": 3, "value": [told(), {"status": "completed"}, null]});
    let page = builds(&with_token(&list, "2026-02-13T14:00:00Z"), None).unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.next, Some(Cursor::Token("2026-02-13T14:00:00Z".to_owned())));
    let last = builds(&answer(&json!({"count": 0, "value": null})), None).unwrap();
    assert_eq!((last.items.len(), last.next), (0, None));
}
