//! Jobs and the stages they make.

use super::*;

#[test]
fn a_job_tells_of_its_wait_its_run_and_its_end() {
    let facts = steps_of(&[a_job("J1", &json!({"state": "failed", "exit_status": 137}))]);
    let job = step(&facts, "job:j1");
    assert_eq!(job.kind, StepKind::Job);
    assert_eq!(job.created_at, Some(at("10:00:00")));
    assert_eq!(job.queued_at, Some(at("10:00:02")));
    assert_eq!(job.started_at, Some(at("10:00:05")));
    assert_eq!(job.finished_at, Some(at("10:01:00")));
    assert_eq!(job.result, Some(BuildResult::Failure));
    assert_eq!(job.exit_status, Some(137));
    assert_eq!((job.queue.as_deref(), job.agent.as_deref()), (Some("big"), Some("builder-1")));
    assert_eq!(job.url.as_deref(), Some("https://buildkite.com/acme/shop/builds/7#J1"));
    assert_eq!(job.log.as_deref(), Some("j1"));
    assert_eq!((job.order, job.parent.as_ref()), (Some(0), None));
    assert_eq!((job.weight, job.at), (ANSWERED, Some(at("10:02:00"))));
}

#[test]
fn every_state_of_a_job_is_one_of_ours() {
    let open = json!({"exit_status": null, "finished_at": null});
    for (state, expected) in [
        ("pending", BuildState::Queued),
        ("waiting", BuildState::Queued),
        ("limiting", BuildState::Queued),
        ("limited", BuildState::Queued),
        ("platform_limiting", BuildState::Queued),
        ("platform_limited", BuildState::Queued),
        ("scheduled", BuildState::Queued),
        ("reserved", BuildState::Queued),
        ("assigned", BuildState::Queued),
        ("accepted", BuildState::Queued),
        ("blocked", BuildState::Waiting),
        ("running", BuildState::Running),
        ("canceling", BuildState::Running),
        ("timing_out", BuildState::Running),
        ("levitating", BuildState::Running),
    ] {
        let facts = steps_of(&[a_job("j1", &with(open.clone(), &json!({"state": state})))]);
        assert_eq!(step(&facts, "job:j1").state, Some(expected), "{state}");
        assert_eq!(step(&facts, "job:j1").result, None, "{state}");
    }
    let ended = |more: Value| {
        let facts = steps_of(&[a_job("j1", &more)]);
        let job = step(&facts, "job:j1");
        assert_eq!(job.state, Some(BuildState::Finished), "{more}");
        (job.result.unwrap(), job.detail)
    };
    for (said, result, detail) in [
        (json!({"state": "passed"}), BuildResult::Success, None),
        (json!({"state": "failed", "exit_status": 1}), BuildResult::Failure, None),
        (
            json!({"state": "failed", "exit_status": 1, "soft_failed": true}),
            BuildResult::Unstable,
            None,
        ),
        (
            json!({"state": "failed", "exit_status": -1, "signal_reason": "agent_stop"}),
            BuildResult::Failure,
            Some(ResultDetail::Infrastructure),
        ),
        (json!({"state": "timed_out"}), BuildResult::Failure, Some(ResultDetail::Timeout)),
        (json!({"state": "expired"}), BuildResult::Failure, Some(ResultDetail::NoAgent)),
        (json!({"state": "canceled"}), BuildResult::Aborted, None),
        (json!({"state": "skipped"}), BuildResult::Skipped, None),
        (json!({"state": "broken"}), BuildResult::Skipped, None),
        (json!({"state": "waiting_failed"}), BuildResult::Skipped, None),
        (json!({"state": "blocked_failed"}), BuildResult::Skipped, None),
        (json!({"state": "unblocked_failed"}), BuildResult::Skipped, None),
        (json!({"state": "finished", "exit_status": 2}), BuildResult::Failure, None),
        (json!({"state": "levitated"}), BuildResult::Unknown, None),
    ] {
        assert_eq!(ended(said.clone()), (result, detail), "{said}");
    }
}

#[test]
fn only_what_an_agent_began_has_a_log() {
    for (said, has_log) in [
        (json!({"state": "running", "finished_at": null}), true),
        (json!({"state": "expired", "started_at": null, "agent": null}), false),
        (json!({"state": "assigned", "started_at": null, "finished_at": null}), false),
        (json!({"type": "trigger"}), false),
        (json!({"type": "manual", "state": "unblocked"}), false),
    ] {
        let facts = steps_of(&[a_job("j1", &said)]);
        assert_eq!(step(&facts, "job:j1").log.is_some(), has_log, "{said}");
    }
}

#[test]
fn a_trigger_step_leads_to_the_build_that_it_made() {
    let page = "https://buildkite.com/acme/deploy/builds/15";
    let facts = steps_of(&[
        a_job("j1", &json!({"type": "trigger", "triggered_build": {"web_url": page}})),
        a_job("j2", &json!({"type": "trigger", "triggered_build": null, "agent_query_rules": []})),
    ]);
    assert_eq!(step(&facts, "job:j1").url.as_deref(), Some(page));
    let not_yet = step(&facts, "job:j2");
    assert_eq!(not_yet.url.as_deref(), Some("https://buildkite.com/acme/shop/builds/7#j2"));
    assert_eq!(not_yet.queue, None);
}

#[test]
fn without_a_tag_for_a_queue_a_job_waits_in_the_default_one() {
    for (said, queue) in [
        (json!({"agent_query_rules": []}), Some("default")),
        (json!({"agent_query_rules": ["*"]}), Some("default")),
        (json!({"agent_query_rules": ["os=mac", "queue=mac"]}), Some("mac")),
        (json!({"agent_query_rules": null}), None),
        (
            json!({"agent_query_rules": [], "agent": {"meta_data": ["a=b", "queue=hosted"]}}),
            Some("hosted"),
        ),
        (json!({"agent_query_rules": null, "agent": {"queue": "small"}}), Some("small")),
    ] {
        let facts = steps_of(&[a_job("j1", &said)]);
        assert_eq!(step(&facts, "job:j1").queue.as_deref(), queue, "{said}");
    }
}

#[test]
fn retries_are_tied_to_what_they_retry_and_share_its_stage() {
    let facts = steps_of(&[
        a_job("j1", &json!({"retried": true, "retried_in_job_id": "j9", "state": "failed"})),
        json!({"id": "w1", "type": "waiter", "state": "waiting"}),
        a_job("j2", &json!({})),
        a_job("j9", &json!({"retry_source": {"job_id": "j1", "retry_type": "manual"}})),
    ]);
    assert!(step(&facts, "job:j1").superseded);
    assert_eq!(parent_of(&facts, "job:j1").as_deref(), Some("stage:wait-0"));
    assert_eq!(parent_of(&facts, "job:j2").as_deref(), Some("stage:wait-w1"));
    let retries: Vec<_> = facts.iter().filter(|fact| fact.step.key == "job:j9").collect();
    assert!(retries.iter().all(|fact| fact.retry_of.as_deref() == Some("job:j1")));
    let own = retries.iter().find(|fact| fact.name.is_some()).unwrap();
    assert_eq!(own.parent.as_ref().unwrap().key, "stage:wait-0");
}

#[test]
fn groups_are_stages_and_so_are_the_parts_between_waits() {
    let facts = steps_of(&[
        a_job("j1", &json!({"name": "Upload"})),
        a_job("j2", &json!({"group_key": "tests"})),
        json!({"id": "w0", "type": "waiter", "group_key": "tests"}),
        a_job("j3", &json!({"group_key": "tests"})),
        json!({"id": "w1", "type": "waiter"}),
        json!({"id": "w2", "type": "waiter"}),
        a_job("j4", &json!({})),
        json!({"id": "b1", "type": "manual", "label": "Ship?", "state": "unblocked",
            "unblocked_by": {"name": "Ada"}, "unblocked_at": "2026-05-04T10:01:30Z"}),
        a_job("j5", &json!({})),
    ]);
    let stages: Vec<_> = facts
        .iter()
        .filter(|fact| fact.kind == StepKind::Stage)
        .map(|fact| (fact.step.key.as_str(), fact.name.as_deref().unwrap(), fact.order.unwrap()))
        .collect();
    let expected = [
        ("stage:wait-0", "Stage 1", 0),
        ("stage:tests", "tests", 1),
        ("stage:wait-w2", "Stage 2", 6),
        ("stage:wait-b1", "Stage 3", 8),
    ];
    assert_eq!(stages, expected);
    let parents = ["j1", "j2", "j3", "j4", "b1", "j5"]
        .map(|job| parent_of(&facts, &format!("job:{job}")).unwrap_or_default());
    let expected =
        ["stage:wait-0", "stage:tests", "stage:tests", "stage:wait-w2", "", "stage:wait-b1"];
    assert_eq!(parents, expected);
    let gate = step(&facts, "job:b1");
    assert_eq!((gate.kind, gate.order), (StepKind::Gate, Some(7)));
    assert_eq!((gate.by.as_deref(), gate.finished_at), (Some("Ada"), Some(at("10:01:30"))));
    assert!(facts.iter().all(|fact| !fact.step.key.starts_with("job:w")), "waits are no steps");
}

#[test]
fn the_stage_of_a_job_stays_when_a_step_uploads_more() {
    let wait = json!({"id": "w1", "type": "waiter"});
    let before = steps_of(&[a_job("up", &json!({})), wait.clone(), a_job("ship", &json!({}))]);
    let after = steps_of(&[
        a_job("up", &json!({})),
        a_job("test", &json!({})),
        json!({"id": "w0", "type": "waiter"}),
        a_job("pack", &json!({})),
        wait,
        a_job("ship", &json!({})),
    ]);
    for job in ["job:up", "job:ship"] {
        assert_eq!(parent_of(&before, job), parent_of(&after, job), "{job}");
    }
}

#[test]
fn a_build_without_waits_and_groups_has_no_stages() {
    let facts = steps_of(&[a_job("j1", &json!({})), a_job("j2", &json!({}))]);
    assert!(facts.iter().all(|fact| fact.kind == StepKind::Job && fact.parent.is_none()));
}

#[test]
fn parallel_jobs_are_told_apart_where_their_label_does_not() {
    let parallel = |id: &str, name: &str, index: u32| {
        let more = json!({"name": name, "parallel_group_index": index, "parallel_group_total": 3});
        a_job(id, &more)
    };
    let facts = steps_of(&[
        parallel("a0", "Test", 0),
        parallel("a1", "Test", 1),
        parallel("a2", "Test", 2),
        parallel("b0", "Lint 1", 0),
        parallel("b1", "Lint 2", 1),
    ]);
    let names = ["a0", "a1", "a2", "b0", "b1"]
        .map(|job| step(&facts, &format!("job:{job}")).name.clone().unwrap());
    assert_eq!(names, ["Test (1/3)", "Test (2/3)", "Test (3/3)", "Lint 1", "Lint 2"]);
}

#[test]
fn a_webhook_and_an_answer_meet_in_one_key() {
    let job = a_job("0190C0DE-0000-4000-8000-00000000000A", &json!({"group_key": "tests"}));
    let told = steps_of(std::slice::from_ref(&job));
    let reading = hook("job.finished", &json!({"job": job, "build": a_build(&json!({}))}));
    let keys = |facts: &[StepFact]| {
        let mut keys: Vec<_> = facts.iter().map(|fact| (fact.step.clone(), fact.kind)).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&told), keys(&reading.steps));
    let own = step(&reading.steps, "job:0190c0de-0000-4000-8000-00000000000a");
    // Without an API, a webhook has to say for itself where the job waited.
    assert_eq!(own.queue.as_deref(), Some("big"));
    assert_eq!(own.parent, step(&told, &own.step.key).parent);
}

#[test]
fn jobs_in_pages_say_what_jobs_in_a_build_say() {
    let jobs: Vec<Value> = (0..5)
        .map(|number| match number {
            2 => json!({"id": "w", "type": "waiter"}),
            _ => a_job(&format!("j{number}"), &json!({})),
        })
        .collect();
    let whole = steps_of(&jobs);
    for cut in 0..=jobs.len() {
        let mut told = JobsTold::default();
        let (first, second) = jobs.split_at(cut);
        let next = format!("{BUILD_URL}/jobs?per_page=100&after=c%2B1&include_retried_jobs=true");
        let page = json!({"items": first, "links": {"next": next}});
        assert_eq!(told.add(&answer(&page, "10:01:58")).unwrap().as_deref(), Some("c+1"));
        // One comes twice: a job was made between the two questions.
        let again: Vec<_> = first.last().into_iter().chain(second).collect();
        let page = json!({"items": again, "links": {"next": null}});
        assert_eq!(told.add(&answer(&page, "10:01:59")).unwrap(), None);
        assert_eq!(told.facts(at("10:02:00")), whole, "cut at {cut}");
    }
}

#[test]
fn cursors_that_lead_in_a_circle_come_to_an_end() {
    let mut told = JobsTold::default();
    let page = |after: &str| {
        let next = format!("https://elsewhere.example/steal?after={after}");
        answer(&json!({"items": [], "links": {"next": next}}), "10:00:00")
    };
    assert_eq!(told.add(&page("a")).unwrap().as_deref(), Some("a"));
    assert_eq!(told.add(&page("b")).unwrap().as_deref(), Some("b"));
    assert_eq!(told.add(&page("a")).unwrap(), None);
    let list = answer(&json!([]), "10:00:00");
    assert!(told.add(&list).is_err());
}

#[test]
fn a_job_that_waits_for_others_does_not_wait_for_an_agent_yet() {
    let early = json!({"runnable_at": null, "started_at": null, "finished_at": null});
    for (state, queued_at) in [
        ("pending", None),
        ("waiting", None),
        ("limited", None),
        ("scheduled", Some(at("10:00:01"))),
        ("assigned", Some(at("10:00:01"))),
    ] {
        let facts = steps_of(&[a_job("j1", &with(early.clone(), &json!({"state": state})))]);
        assert_eq!(step(&facts, "job:j1").queued_at, queued_at, "{state}");
    }
}
