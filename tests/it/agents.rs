//! Agents and queues, put together of what lists, hooks and jobs tell.

use std::collections::BTreeMap;

use creel::model::{
    Agent, AgentJob, AgentState, BuildResult, BuildState, Pool, StepFact, StepFold, StepKind,
    StepRef, Timestamp,
};
use creel::store::sqlite::books::Ledger;
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};

const MINUTE: i64 = 60_000;

fn ago(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 - minutes * MINUTE)
}

fn post(desk: &Desk, body: &Value) {
    let event = body["event"].as_str().expect("an event").to_owned();
    let headers = [
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-buildkite-event".to_owned(), event),
    ];
    desk.post("/webhooks/buildkite", &headers, body.to_string().as_bytes());
}

fn agent_hook(event: &str, id: &str, name: &str, minutes_ago: i64) -> Value {
    let at = ago(minutes_ago).to_string();
    json!({"event": event, "agent": {
        "id": id, "name": name, "connected_at": at, "lost_at": at, "disconnected_at": at,
        "url": format!("https://api.buildkite.com/v2/organizations/acme/agents/{id}"),
        "web_url": format!("https://buildkite.com/organizations/acme/agents/{id}"),
    }})
}

/// A job of build 7 that began so many minutes ago, and ended when `finished` says so.
fn job_hook(id: &str, agent: &str, began: i64, finished: Option<(i64, &str)>) -> Value {
    let url = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/7";
    let (event, state) = match finished {
        Some((_, state)) => ("job.finished", state),
        None => ("job.started", "running"),
    };
    json!({
        "event": event,
        "job": {
            "id": id, "type": "script", "name": format!("Job {id}"), "state": state,
            "agent_query_rules": ["queue=big"], "agent": {"name": agent},
            "created_at": ago(began + 10).to_string(), "runnable_at": ago(began + 2).to_string(),
            "started_at": ago(began).to_string(),
            "finished_at": finished.map(|(ended, _)| ago(ended).to_string()),
        },
        "build": {
            "id": "0190c0de-0000-4000-8000-000000000007", "url": url, "number": 7,
            "state": "running", "created_at": ago(200).to_string(),
            "started_at": ago(190).to_string(),
        },
        "pipeline": {"slug": "shop", "name": "Shop"},
    })
}

/// The row of the only source.
fn source(desk: &Desk) -> i64 {
    let read = desk.hub.books().read(|books| {
        Ok(books.query_row("select id from source", [], |row| row.get(0)).expect("one source"))
    });
    read.expect("read")
}

fn listed(key: &str, name: &str, pool: &str, state: AgentState) -> Agent {
    Agent {
        key: key.to_owned(),
        name: name.to_owned(),
        pool: Some(pool.to_owned()),
        version: Some("3.90.0".to_owned()),
        os: Some("linux arm64".to_owned()),
        hostname: Some(format!("{name}.example.test")),
        state,
        is_enabled: state != AgentState::Paused,
        connected_at: Some(ago(600)),
        last_seen_at: Some(ago(30)),
        job: None,
        url: None,
    }
}

/// What the provider lists, pool by pool.
fn keep(desk: &Desk, lists: &[(Option<Pool>, Vec<Agent>)], at: Timestamp) {
    let source = source(desk);
    let write = |books: &Ledger<'_>| books.replace_agents(source, lists, at);
    desk.hub.books().write(write).expect("written");
}

/// All agents of the source, without pools.
fn list(desk: &Desk, agents: &[Agent], at: Timestamp) {
    keep(desk, &[(None, agents.to_vec())], at);
}

fn pool(name: &str, is_hosted: bool) -> Pool {
    Pool { key: name.to_owned(), name: name.to_owned(), is_hosted, size: Some(1) }
}

fn items(answer: &Value) -> &Vec<Value> {
    answer["items"].as_array().expect("items")
}

/// Agents by name: state, and who told of them.
fn roll(desk: &Desk) -> BTreeMap<String, (String, String)> {
    let answer = desk.get_json("/api/v1/agents?limit=500");
    let word = |item: &Value, key: &str| item[key].as_str().expect("a word").to_owned();
    items(&answer)
        .iter()
        .map(|item| (word(item, "name"), (word(item, "state"), word(item, "told_by"))))
        .collect()
}

fn of(state: &str, told_by: &str) -> (String, String) {
    (state.to_owned(), told_by.to_owned())
}

#[test]
fn without_a_token_hooks_and_jobs_tell_of_agents() {
    let desk = Desk::open();
    post(&desk, &agent_hook("agent.connected", "a1", "builder-1", 60));
    post(&desk, &agent_hook("agent.lost", "a2", "builder-2", 50));
    post(&desk, &job_hook("j1", "builder-1", 20, Some((15, "failed"))));
    post(&desk, &job_hook("j2", "builder-1", 5, None));
    post(&desk, &job_hook("j3", "passing-by", 40, Some((30, "passed"))));
    desk.step_all();

    let expected = [
        ("builder-1", of("busy", "hook")),
        ("builder-2", of("lost", "hook")),
        ("passing-by", of("unknown", "jobs")),
    ];
    assert_eq!(roll(&desk), expected.map(|(name, it)| (name.to_owned(), it)).into());

    let busy = desk.get_json("/api/v1/agents?state=busy");
    let [busy] = &items(&busy)[..] else { panic!("{busy}") };
    assert_eq!((&busy["jobs_24h"], &busy["failures_24h"]), (&json!(2), &json!(1)));
    assert_eq!(busy["pool"], "big");
    assert_eq!(busy["job"]["step_id"], "job:j2");
    assert_eq!(busy["job"]["since"], ago(5).to_string());
    let build = desk.get_json("/api/v1/builds");
    assert_eq!(busy["job"]["build_id"], items(&build)[0]["id"]);

    // It takes no more, and ends what it has.
    post(&desk, &agent_hook("agent.stopping", "a1", "builder-1", 3));
    desk.step_all();
    assert_eq!(roll(&desk)["builder-1"], of("busy", "hook"));
    post(&desk, &job_hook("j2", "builder-1", 5, Some((1, "passed"))));
    desk.step_all();
    assert_eq!(roll(&desk)["builder-1"], of("paused", "hook"));
}

#[test]
fn a_list_of_the_provider_tells_who_is_there_and_hooks_tell_what_came_after() {
    let desk = Desk::open();
    post(&desk, &agent_hook("agent.connected", "a1", "listed", 60));
    post(&desk, &agent_hook("agent.connected", "a2", "gone", 60));
    post(&desk, &agent_hook("agent.lost", "a3", "lost-since", 1));
    post(&desk, &agent_hook("agent.connected", "a9", "restarted", 1));
    post(&desk, &job_hook("j1", "passing-by", 40, Some((30, "passed"))));
    post(&desk, &job_hook("j2", "new-here", 1, None));
    desk.step_all();
    let agents = [
        listed("a1", "listed", "big", AgentState::Online),
        listed("a3", "lost-since", "big", AgentState::Online),
        listed("a4", "restarted", "big", AgentState::Offline),
        listed("a5", "paused", "small", AgentState::Paused),
    ];
    list(&desk, &agents, ago(5));

    let expected = [
        // It was there before the list, and is not on it.
        ("gone", of("offline", "hook")),
        ("listed", of("online", "api")),
        ("lost-since", of("lost", "api")),
        // It began a job after the list was made.
        ("new-here", of("busy", "jobs")),
        ("passing-by", of("offline", "jobs")),
        ("paused", of("paused", "api")),
        ("restarted", of("online", "api")),
    ];
    assert_eq!(roll(&desk), expected.map(|(name, it)| (name.to_owned(), it)).into());

    let small = desk.get_json("/api/v1/agents?pool=small");
    assert_eq!(items(&small).len(), 1);
    assert_eq!(items(&small)[0]["is_enabled"], false);
    let by_host = desk.get_json("/api/v1/agents?q=LISTED.example");
    assert_eq!(items(&by_host)[0]["hostname"], "listed.example.test");

    // The next list is the whole truth again.
    list(&desk, &agents[..1], NOW);
    let roll = roll(&desk);
    assert_eq!(roll["listed"], of("online", "api"));
    assert!(!roll.contains_key("paused"), "{roll:?}");
    // One that is a day old tells nothing, and nobody was heard of since.
    let desk = desk.reopened_at(&[], Timestamp(NOW.0 + 25 * 60 * MINUTE));
    assert_eq!(self::roll(&desk)["listed"], of("unknown", "hook"));
}

#[test]
fn what_a_listed_agent_is_busy_with_leads_to_its_build() {
    let desk = Desk::open();
    post(&desk, &job_hook("j1", "other", 40, Some((30, "passed"))));
    desk.step_all();
    let busy = |number: &str| AgentJob {
        build_keys: vec![("number".to_owned(), format!("shop/{number}"))],
        step: Some("job:j5".to_owned()),
        name: Some("Test".to_owned()),
        since: Some(ago(3)),
    };
    let agents = ["7", "404"].map(|number| Agent {
        job: Some(busy(number)),
        ..listed(number, number, "big", AgentState::Busy)
    });
    list(&desk, &agents, NOW);

    let answer = desk.get_json("/api/v1/agents?state=busy");
    let build = desk.get_json("/api/v1/builds");
    let job = |name: &str| {
        let found = items(&answer).iter().find(|agent| agent["name"] == name);
        found.expect("listed")["job"].clone()
    };
    let known = json!({"build_id": items(&build)[0]["id"], "step_id": "job:j5", "name": "Test",
        "since": ago(3).to_string()});
    assert_eq!(job("7"), known);
    let unknown =
        json!({"build_id": null, "step_id": null, "name": "Test", "since": ago(3).to_string()});
    assert_eq!(job("404"), unknown);

    // The job has ended since.
    post(&desk, &job_hook("j5", "7", 3, Some((1, "passed"))));
    desk.step_all();
    list(&desk, &agents, ago(2));
    assert_eq!(roll(&desk)["7"], of("online", "api"));
    assert_eq!(roll(&desk)["404"], of("busy", "api"));
}

#[test]
fn two_agents_of_one_name_are_told_apart_by_pool_and_by_key() {
    let desk = Desk::open();
    post(&desk, &job_hook("j1", "agent-1", 40, Some((30, "passed"))));
    desk.step_all();
    let of_pool = |name: &str| {
        (Some(pool(name, false)), vec![listed("1", "agent-1", name, AgentState::Online)])
    };
    keep(&desk, &[of_pool("small"), of_pool("big")], NOW);
    let answer = desk.get_json("/api/v1/agents");
    let jobs: Vec<_> = items(&answer).iter().map(|it| (&it["pool"], &it["jobs_24h"])).collect();
    assert_eq!(jobs, [(&json!("big"), &json!(1)), (&json!("small"), &json!(0))]);
    let runs = desk.get_json("/api/v1/agents/runs");
    assert_eq!(items(&runs)[0]["agent_id"], items(&answer)[0]["id"]);

    let twins = ["1", "2"].map(|key| listed(key, "twin", "big", AgentState::Online));
    keep(&desk, &[(Some(pool("big", false)), twins.to_vec())], NOW);
    let answer = desk.get_json("/api/v1/agents?q=twin");
    assert_eq!(items(&answer).len(), 2);
    assert_ne!(items(&answer)[0]["id"], items(&answer)[1]["id"]);
    // A pool that is gone took its agents along.
    assert_eq!(items(&desk.get_json("/api/v1/agents?pool=small")).len(), 0);
}

#[test]
fn runs_are_the_jobs_that_were_at_work_in_a_window() {
    let desk = Desk::open();
    for (id, agent, began, ended) in [
        ("j1", "builder-1", 300, Some((290, "passed"))),
        ("j2", "builder-1", 130, Some((110, "failed"))),
        ("j3", "builder-2", 60, Some((50, "passed"))),
        ("j4", "builder-1", 60, Some((40, "passed"))),
        ("j5", "builder-2", 60, None),
    ] {
        post(&desk, &job_hook(id, agent, began, ended));
    }
    desk.step_all();
    let steps = |answer: &Value| {
        let step = |item: &Value| item["step_id"].as_str().expect("a step").to_owned();
        items(answer).iter().map(step).collect::<Vec<_>>()
    };
    let all = desk.get_json("/api/v1/agents/runs");
    assert_eq!(steps(&all), ["job:j5", "job:j4", "job:j3", "job:j2", "job:j1"]);
    let failed = &items(&all)[3];
    assert_eq!((&failed["name"], &failed["pipeline"]), (&json!("Job j2"), &json!("shop")));
    assert_eq!((&failed["result"], &failed["pool"]), (&json!("failure"), &json!("big")));
    assert_eq!(failed["queued_at"], ago(132).to_string());
    assert_eq!(failed["finished_at"], ago(110).to_string());

    // Also what began before it and went on into it.
    let window = format!("since={}&until={}", ago(120), ago(100));
    assert_eq!(steps(&desk.get_json(&format!("/api/v1/agents/runs?{window}"))), ["job:j2"]);
    let id = failed["agent_id"].as_str().expect("an id");
    let own = desk.get_json(&format!("/api/v1/agents/runs?agent={id}"));
    assert_eq!(steps(&own), ["job:j4", "job:j2", "job:j1"]);
    assert_eq!(steps(&desk.get_json("/api/v1/agents/runs?pool=none")), [""; 0]);

    // Page by page, though three began in the same moment.
    let mut paged = Vec::new();
    let mut target = "/api/v1/agents/runs?limit=1".to_owned();
    loop {
        let page = desk.get_json(&target);
        paged.extend(steps(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        target = format!("/api/v1/agents/runs?limit=1&cursor={cursor}");
    }
    assert_eq!(paged, steps(&all));

    for query in ["since=2026-09-22&until=2026-09-21", "since=2026-01-01", "agent=7", "x=1"] {
        let (status, _) = desk.request("GET", &format!("/api/v1/agents/runs?{query}"), &[], b"");
        assert_eq!(status, 400, "{query}");
    }
}

#[test]
fn a_queue_tells_who_waits_who_works_and_how_long_jobs_waited() {
    let desk = Desk::open();
    for (id, began) in [("j1", 90), ("j2", 91), ("j3", 20)] {
        post(&desk, &job_hook(id, "builder-1", began, Some((began - 5, "passed"))));
    }
    post(&desk, &job_hook("j4", "builder-1", 3, None));
    for (id, since) in [("j5", 4), ("j6", 9)] {
        let mut waiting = job_hook(id, "builder-1", 0, None);
        waiting["event"] = json!("job.scheduled");
        waiting["job"]["state"] = json!("scheduled");
        waiting["job"]["runnable_at"] = json!(ago(since).to_string());
        waiting["job"]["started_at"] = Value::Null;
        waiting["job"]["agent"] = Value::Null;
        post(&desk, &waiting);
    }
    desk.step_all();
    let agents = [
        listed("a1", "builder-1", "big", AgentState::Busy),
        listed("a2", "builder-2", "big", AgentState::Online),
        listed("a3", "builder-3", "big", AgentState::Offline),
        listed("a4", "idle", "small", AgentState::Online),
    ];
    list(&desk, &agents, ago(1));

    let answer = desk.get_json("/api/v1/queues");
    let [big, small] = &items(&answer)[..] else { panic!("{answer}") };
    let mut waits = vec![Value::Null; 24];
    (waits[22], waits[23]) = (json!(2 * MINUTE), json!(2 * MINUTE));
    let expected = json!({
        "source_id": big["source_id"], "provider": "buildkite", "pool": "big", "is_hosted": false,
        "waiting": 2, "waiting_since": ago(9).to_string(), "running": 1, "online": 2, "busy": 1,
        "wait_p50_ms": 2 * MINUTE, "wait_p95_ms": 2 * MINUTE, "is_estimated": false, "waits": waits,
    });
    assert_eq!(*big, expected);
    assert_eq!((&small["pool"], &small["online"]), (&json!("small"), &json!(1)));
    assert_eq!((&small["waiting"], &small["wait_p95_ms"]), (&json!(0), &Value::Null));
    assert_eq!(items(&desk.get_json("/api/v1/queues?source=nobody")).len(), 0);
}

#[test]
fn where_no_queue_time_is_told_a_wait_is_at_least_as_long_as_since_the_last_end() {
    let desk = Desk::open();
    desk.post_fixture("azure_devops/build_complete.json");
    desk.step_all();
    // When it began does not matter here: all of it lies before the jobs.
    let build: i64 = desk
        .hub
        .books()
        .read(|books| {
            Ok(books.query_row("select id from build", [], |row| row.get(0)).expect("one"))
        })
        .expect("read");
    let step = |key: &str, kind, agent: Option<&str>, began: i64, ended: i64| {
        let step = StepRef { key: key.to_owned(), attempt: 1 };
        let mut fold = StepFold::default();
        fold.absorb(&StepFact {
            state: Some(BuildState::Finished),
            result: Some(BuildResult::Success),
            started_at: Some(ago(began)),
            finished_at: Some(ago(ended)),
            agent: agent.map(str::to_owned),
            queue: Some("harbour".to_owned()),
            ..StepFact::about(step.clone(), kind)
        });
        desk.hub.books().write(|books| books.save_step(build, &step, &fold)).expect("written");
    };
    step("gate:1", StepKind::Gate, None, 100, 90);
    step("job:1", StepKind::Job, Some("quay-1"), 80, 70);
    // It waited for the agent that job 1 kept, since the approval.
    step("job:2", StepKind::Job, Some("quay-1"), 69, 60);
    // It may have waited for job 2.
    step("job:3", StepKind::Job, Some("quay-2"), 57, 50);

    let answer = desk.get_json("/api/v1/queues");
    let [pool] = &items(&answer)[..] else { panic!("{answer}") };
    assert_eq!((&pool["pool"], &pool["is_estimated"]), (&json!("harbour"), &json!(true)));
    // Waits of 10, 21 and 3 minutes.
    assert_eq!(pool["wait_p50_ms"], 10 * MINUTE);
    assert_eq!(pool["wait_p95_ms"], 21 * MINUTE);
}

#[test]
fn pools_of_ones_own_are_queues_also_when_nothing_happens_in_them() {
    let desk = Desk::open();
    post(&desk, &job_hook("j1", "cloud-1", 40, Some((30, "passed"))));
    desk.step_all();
    let lists = [pool("quiet", false), pool("big", true), pool("cloud", true)];
    keep(&desk, &lists.map(|pool| (Some(pool), Vec::new())), NOW);
    let answer = desk.get_json("/api/v1/queues");
    let shown: Vec<_> = items(&answer).iter().map(|it| (&it["pool"], &it["is_hosted"])).collect();
    assert_eq!(shown, [(&json!("big"), &json!(true)), (&json!("quiet"), &json!(false))]);
}
