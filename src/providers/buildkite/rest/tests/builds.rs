//! Builds.

use proptest::prelude::*;

use super::*;

#[test]
fn a_build_is_known_by_the_words_of_its_webhooks() {
    let body = a_build(&json!({}));
    let told = build(&answer(&body, "10:02:00")).unwrap();
    let reading = hook("build.running", &json!({"build": body, "pipeline": body["pipeline"]}));
    assert_eq!(reading.event.subject, Some(crate::model::Subject::Build { keys: told.keys }));
    let of_hook = reading.build.unwrap();
    assert!(told.fact.weight > of_hook.weight);
    // Word for word the same, but for the standing and the moment.
    let leveled = BuildFact {
        weight: of_hook.weight,
        at: of_hook.at,
        active_at: of_hook.active_at,
        ..told.fact
    };
    assert_eq!(leveled, of_hook);
}

#[test]
fn an_answer_that_a_build_runs_reopens_what_was_finished() {
    let over = json!({"state": "failed", "finished_at": "2026-05-04T10:05:00.000Z"});
    let mut fold = BuildFold::default();
    fold.absorb(&hook("build.finished", &json!({"build": a_build(&over)})).build.unwrap());
    assert_eq!(state(&fold), (BuildState::Finished, Some(BuildResult::Failure)));

    fold.absorb(&build(&answer(&a_build(&json!({})), "10:07:00")).unwrap().fact);
    assert_eq!(state(&fold), (BuildState::Running, None));
    // A retry that waits for an agent is told as scheduled.
    let mut fold = BuildFold::default();
    fold.absorb(&hook("build.finished", &json!({"build": a_build(&over)})).build.unwrap());
    let again = a_build(&json!({"state": "scheduled"}));
    fold.absorb(&build(&answer(&again, "10:07:00")).unwrap().fact);
    assert_eq!(state(&fold), (BuildState::Running, None));
}

#[test]
fn a_build_that_has_not_begun_is_queued() {
    let body = a_build(&json!({"state": "scheduled", "started_at": null}));
    let mut fold = BuildFold::default();
    fold.absorb(&build(&answer(&body, "10:00:01")).unwrap().fact);
    assert_eq!(state(&fold), (BuildState::Queued, None));
}

#[test]
fn the_end_in_a_later_answer_ends_what_an_earlier_one_called_running() {
    let running = build(&answer(&a_build(&json!({})), "10:05:01")).unwrap().fact;
    // The build ended just before an answer that did not know of it yet.
    let over = json!({"state": "passed", "finished_at": "2026-05-04T10:05:00.000Z"});
    let ended = build(&answer(&a_build(&over), "10:06:00")).unwrap().fact;
    for order in [[&running, &ended], [&ended, &running]] {
        let mut fold = BuildFold::default();
        for fact in order {
            fold.absorb(fact);
        }
        assert_eq!(state(&fold), (BuildState::Finished, Some(BuildResult::Success)));
        // A retry after the answer is work again.
        let mut later = running.clone();
        later.active_at = Some(at("10:06:01"));
        fold.absorb(&later);
        assert_eq!(state(&fold).0, BuildState::Running);
    }
}

#[test]
fn a_blocked_build_waits_with_its_result_so_far() {
    for (said, result) in [
        (json!({"state": "blocked", "blocked": true, "blocked_state": "failed"}), "failure"),
        (json!({"state": "blocked", "blocked": true, "blocked_state": "passed"}), "success"),
        (json!({"state": "passed", "blocked": true}), "success"),
    ] {
        let mut fold = BuildFold::default();
        // The last job of it began later than the build tells.
        let running = BuildFact { active_at: Some(at("10:00:50")), ..BuildFact::default() };
        fold.absorb(&running);
        fold.absorb(&build(&answer(&a_build(&said), "10:02:00")).unwrap().fact);
        let (state, so_far) = state(&fold);
        assert_eq!(state, BuildState::Waiting, "{said}");
        assert_eq!(so_far.map(|result| json!(result)), Some(json!(result)), "{said}");
    }
}

#[test]
fn an_answer_that_names_no_build_is_unreadable() {
    for body in [json!({}), json!({"message": "hello"}), json!([]), json!(7)] {
        assert!(build(&answer(&body, "10:00:00")).is_err(), "{body}");
    }
    let twice =
        Answer { body: br#"{"id": "a", "id": "b"}"#.to_vec(), ..answer(&json!(0), "10:00:00") };
    assert_eq!(build(&twice).unwrap().keys, [("uuid".to_owned(), "b".to_owned())]);
    let broken = Answer { body: br#"{"id": "a""#.to_vec(), ..twice };
    assert!(matches!(build(&broken), Err(Unreadable { .. })));
}

#[test]
fn a_page_of_builds_leaves_out_what_names_none() {
    let list = json!([a_build(&json!({})), {"state": "passed"}, 7]);
    let mut answer = answer(&list, "10:00:00");
    let link = format!("<{BUILD_URL}?page=3>; rel=\"next\", <{BUILD_URL}?page=9>; rel=\"last\"");
    answer.head.headers.push(("link".to_owned(), link));
    let page = builds(&answer, 2).unwrap();
    assert_eq!((page.items.len(), page.next), (1, Some(3)));
    assert_eq!(builds(&answer, 3).unwrap().next, None, "a page does not follow on itself");
}

/// What is heard of one build, from both sides.
fn facts_of_both_sides() -> Vec<BuildFact> {
    let scheduled = json!({"state": "scheduled", "started_at": null});
    let over = json!({"state": "failed", "finished_at": "2026-05-04T10:05:00.000Z"});
    let hooks = [
        ("build.scheduled", a_build(&scheduled)),
        ("build.running", a_build(&json!({}))),
        ("build.finished", a_build(&over)),
    ];
    let of_hooks = hooks
        .into_iter()
        .map(|(event, build)| hook(event, &json!({"build": build})).build.expect("a build"));
    let answers = [
        (a_build(&scheduled), "10:00:01"),
        (a_build(&json!({})), "10:02:00"),
        (a_build(&over), "10:06:00"),
    ];
    let of_answers =
        answers.map(|(body, at)| build(&answer(&body, at)).expect("a build told").fact);
    of_hooks.chain(of_answers).collect()
}

proptest! {
    #[test]
    fn webhooks_and_answers_end_in_one_record_in_any_order(
        facts in Just(facts_of_both_sides()).prop_shuffle(),
    ) {
        let mut fold = BuildFold::default();
        for fact in &facts {
            fold.absorb(fact);
        }
        prop_assert_eq!(state(&fold), (BuildState::Finished, Some(BuildResult::Failure)));
        let mut in_order = BuildFold::default();
        for fact in &facts_of_both_sides() {
            in_order.absorb(fact);
        }
        prop_assert_eq!(fold, in_order);
    }
}
