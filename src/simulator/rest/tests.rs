use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::*;
use crate::model::Provider;
use crate::simulator::world::{acme, contoso};
use crate::simulator::{Cause, Course, Happening};

/// Tuesday, 17 March 2026, 14:30.
pub(super) const NOW: Timestamp = Timestamp(1_773_757_800_000);

pub(super) fn unlimited() -> Settings {
    Settings { limits: Limits::NONE, ..Settings::new(Clock::standing_at(NOW)) }
}

pub(super) fn rest() -> Arc<Rest> {
    Rest::new(unlimited(), Archive::with_history(1, NOW))
}

pub(super) fn azure(target: &str) -> Ask {
    // `:simulated-pat`
    Ask::get(target).with("authorization", "Basic OnNpbXVsYXRlZC1wYXQ=")
}

pub(super) fn buildkite(target: &str) -> Ask {
    Ask::get(target).with("authorization", "Bearer simulated-pat")
}

pub(super) fn json(rest: &Rest, ask: &Ask) -> Value {
    let answer = rest.answer(ask);
    let status = answer.status;
    let body = answer.whole();
    assert_eq!(status, 200, "{ask:?}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

fn text(rest: &Rest, ask: &Ask) -> String {
    let answer = rest.answer(ask);
    assert_eq!(answer.status, 200, "{ask:?}");
    String::from_utf8(answer.whole()).unwrap()
}

pub(super) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The last hook of each kind about each thing, of builds that had ended by now.
fn hooks(provider: Provider, event: &str) -> Vec<Value> {
    let told: Vec<Happening> = World::before(1, NOW).filter(|one| one.at < NOW).collect();
    let of_event = told.iter().filter(|one| one.hook.provider == provider && one.event == event);
    of_event.map(|one| serde_json::from_slice(&one.hook.body).unwrap()).collect()
}

fn project_of(build: &Value) -> String {
    let id = build["definition"]["id"].as_u64().or(build["pipeline"]["id"].as_u64()).unwrap();
    let place = contoso().pipelines.iter().position(|one| one.id == id).unwrap();
    contoso().project_of(place).name.clone()
}

#[test]
fn builds_read_as_their_hooks_told_them() {
    let rest = rest();
    let mut last: HashMap<u64, Value> = HashMap::new();
    for body in hooks(Provider::AzureDevops, "build.complete") {
        let build = body["resource"].clone();
        last.insert(build["id"].as_u64().unwrap(), build);
    }
    assert!(last.len() > 200, "{}", last.len());
    for (id, told) in last {
        let project = project_of(&told);
        let read = json(&rest, &azure(&format!("/contoso/{project}/_apis/build/builds/{id}")));
        // Somebody may have started it again meanwhile.
        if read["status"] != "completed" {
            continue;
        }
        for name in [
            "id",
            "buildNumber",
            "status",
            "result",
            "queueTime",
            "startTime",
            "finishTime",
            "sourceBranch",
            "sourceVersion",
            "reason",
            "requestedFor",
            "queue",
            "triggerInfo",
            "uri",
            "repository",
            "_links",
        ] {
            assert_eq!(read[name], told[name], "{name} of {id}");
        }
    }
}

#[test]
fn jobs_and_stages_of_a_timeline_are_those_of_the_hooks() {
    let rest = rest();
    let told = hooks(Provider::AzureDevops, "ms.vss-pipelines.job-state-changed-event");
    let mut checked = 0;
    for body in told.iter().filter(|body| body["resource"]["job"]["state"] == "completed") {
        let resource = &body["resource"];
        let (job, stage) = (&resource["job"], &resource["stage"]);
        let id = resource["run"]["id"].as_u64().unwrap();
        let base = format!("/contoso/{}/_apis/build/builds/{id}/timeline", project_of(resource));
        let newest = json(&rest, &azure(&base));
        let find = |timeline: &Value, id: &Value| {
            timeline["records"].as_array().unwrap().iter().find(|one| one["id"] == *id).cloned()
        };
        let stage_record = find(&newest, &stage["id"]).unwrap();
        assert_eq!(stage_record["identifier"], stage["name"]);
        let record = find(&newest, &job["id"]).or_else(|| {
            // It was run again: the older try stands in an older timeline, which the newer names.
            let older = &stage_record["previousAttempts"][0]["timelineId"];
            let older = json(&rest, &azure(&format!("{base}/{}", older.as_str().unwrap())));
            find(&older, &job["id"])
        });
        let record = record.unwrap_or_else(|| panic!("{id} has no record of {job}"));
        let expected = match job["result"].as_str().unwrap() {
            "succeeded" => ["succeeded", "succeededWithIssues"],
            other => [other, other],
        };
        assert!(expected.contains(&record["result"].as_str().unwrap()), "{record} {job}");
        for name in ["name", "attempt", "startTime", "finishTime"] {
            let told = if name == "attempt" { &stage[name] } else { &job[name] };
            assert_eq!(record[name], *told, "{name} of {job}");
        }
        checked += 1;
    }
    assert!(checked > 400, "{checked}");
}

#[test]
fn a_job_log_is_the_sum_of_its_tasks_and_the_list_knows_its_lines() {
    let rest = rest();
    let builds = json(&rest, &azure("/contoso/Payments/_apis/build/builds?$top=12"));
    for build in builds["value"].as_array().unwrap() {
        let base = format!("/contoso/Payments/_apis/build/builds/{}", build["id"]);
        let timeline = json(&rest, &azure(&format!("{base}/timeline")));
        let records = timeline["records"].as_array().unwrap();
        let logs = json(&rest, &azure(&format!("{base}/logs")));
        let body = |id: &Value| text(&rest, &azure(&format!("{base}/logs/{id}")));
        for job in records.iter().filter(|one| one["type"] == "Job" && !one["log"].is_null()) {
            let whole = body(&job["log"]["id"]);
            let mut tasks: Vec<&Value> = records
                .iter()
                .filter(|one| one["parentId"] == job["id"] && !one["log"].is_null())
                .collect();
            tasks.sort_by_key(|one| one["order"].as_u64());
            let parts: Vec<String> = tasks
                .iter()
                .map(|task| body(&task["log"]["id"]).trim_start_matches('\u{feff}').to_owned())
                .collect();
            assert_eq!(whole.trim_start_matches('\u{feff}'), parts.concat());
            assert!(whole.starts_with('\u{feff}'));
            let listed = logs["value"].as_array().unwrap().iter();
            let listed = listed.clone().find(|one| one["id"] == job["log"]["id"]).unwrap();
            assert_eq!(listed["lineCount"].as_u64().unwrap(), whole.lines().count() as u64);
            // A window of lines, counted from 1, in both forms.
            let id = &job["log"]["id"];
            let window = format!("{base}/logs/{id}?startLine=20&endLine=22");
            let lines: Vec<&str> = whole.lines().skip(19).take(3).collect();
            assert_eq!(text(&rest, &azure(&window)).lines().collect::<Vec<_>>(), lines);
            let read = json(&rest, &azure(&window).with("accept", "application/json"));
            assert_eq!(read["value"], serde_json::json!(lines));
            for task in tasks {
                for issue in task["issues"].as_array().into_iter().flatten() {
                    let line = issue["data"]["logFileLineNumber"].as_str().unwrap();
                    let line: usize = line.parse().unwrap();
                    let log = body(&task["log"]["id"]);
                    let told = log.lines().nth(line - 1).unwrap();
                    assert!(told.contains(issue["message"].as_str().unwrap()), "{told} {issue}");
                }
            }
        }
    }
}

#[test]
fn jobs_of_a_build_are_those_of_the_hooks() {
    let rest = rest();
    let mut checked = 0;
    for body in hooks(Provider::Buildkite, "job.finished") {
        let (job, build) = (&body["job"], &body["build"]);
        let slug = body["pipeline"]["slug"].as_str().unwrap();
        let path = format!("/v2/organizations/acme/pipelines/{slug}/builds/{}", build["number"]);
        let read = json(&rest, &buildkite(&format!("{path}?include_retried_jobs=true")));
        assert_eq!(read["id"], build["id"]);
        let jobs = read["jobs"].as_array().unwrap();
        let read = jobs.iter().find(|one| one["id"] == job["id"]).unwrap();
        for name in [
            "type",
            "name",
            "step_key",
            "state",
            "exit_status",
            "signal_reason",
            "soft_failed",
            "command",
            "retry_source",
            "retries_count",
            "step",
        ] {
            assert_eq!(read[name], job[name], "{name}: {read} {job}");
        }
        for name in ["created_at", "started_at", "finished_at", "expired_at"] {
            let rest_form = job[name]
                .as_str()
                .map(|told| format!("{}.000Z", told.trim_end_matches(" UTC").replace(' ', "T")));
            assert_eq!(read[name].as_str(), rest_form.as_deref(), "{name}");
        }
        for name in ["id", "name", "hostname", "version"] {
            assert_eq!(read["agent"][name], job["agent"][name], "agent's {name}");
        }
        checked += 1;
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn a_build_under_way_reads_as_it_stands() {
    // Some moment at which something runs at both.
    let clock = Clock::standing_at(Timestamp(NOW.0 - 86_400_000));
    let settings = Settings { clock: clock.clone(), ..unlimited() };
    let rest = Rest::new(settings, Archive::with_history(1, NOW));
    let running = |rest: &Rest| {
        contoso()
            .projects
            .iter()
            .flat_map(|project| {
                let path =
                    format!("/contoso/{}/_apis/build/builds?statusFilter=inProgress", project.name);
                json(rest, &azure(&path))["value"].as_array().unwrap().clone()
            })
            .next()
    };
    let build = std::iter::repeat_with(|| {
        clock.advance(Duration::from_mins(1));
        running(&rest)
    })
    .take(600)
    .flatten()
    .next()
    .expect("something runs");
    assert!(build["result"].is_null() && build["finishTime"].is_null());
    let path = format!(
        "/contoso/{}/_apis/build/builds/{}",
        build["project"]["name"].as_str().unwrap(),
        build["id"]
    );
    let states = |rest: &Rest| {
        let timeline = json(rest, &azure(&format!("{path}/timeline")));
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        for record in timeline["records"].as_array().unwrap() {
            *states.entry(record["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        states
    };
    assert!(states(&rest).contains_key("inProgress"), "{:?}", states(&rest));
    let logs = |rest: &Rest| json(rest, &azure(&format!("{path}/logs")))["count"].as_u64();
    let before = logs(&rest);
    clock.advance(Duration::from_hours(30));
    let after = states(&rest);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["completed"]);
    assert!(logs(&rest) >= before);
    assert_eq!(json(&rest, &azure(&path))["status"], "completed");
}

#[test]
fn the_halves_of_a_world_make_one_archive() {
    let rest = Rest::new(unlimited(), Archive::of(World::history(3, NOW), NOW));
    // History ends lively: something runs at that moment.
    let running = "/v2/organizations/acme/builds?state=running";
    let running = json(&rest, &buildkite(running));
    let is_running = |job: &&Value| job["state"] == "running";
    assert!(
        running
            .as_array()
            .unwrap()
            .iter()
            .any(|build| { build["jobs"].as_array().unwrap().iter().any(|job| is_running(&job)) })
    );
    let before = rest.archive().len();
    let soon = NOW.plus(Duration::from_hours(1));
    for happening in World::live(3, NOW).take_while(|one| one.received_at < soon) {
        rest.archive().note(&happening);
    }
    let after = rest.archive().len();
    assert!(before + 20 < after && after < before + 500, "{before} {after}");
}

#[test]
fn pages_of_builds_hold_each_once_in_order() {
    let rest = rest();
    let base = "/contoso/Web/_apis/build/builds?queryOrder=finishTimeDescending";
    let all = json(&rest, &azure(base));
    let all: Vec<&Value> = all["value"].as_array().unwrap().iter().collect();
    assert!(
        all.is_sorted_by_key(|one| std::cmp::Reverse(
            one["finishTime"].as_str().unwrap().get(..19)
        ))
    );
    let mut ids = Vec::new();
    let mut token = String::new();
    loop {
        let answer = rest.answer(&azure(&format!("{base}&$top=7&continuationToken={token}")));
        let next = header(&answer, "x-ms-continuationtoken").map(str::to_owned);
        let page: Value = serde_json::from_slice(&answer.whole()).unwrap();
        ids.extend(page["value"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        let Some(next) = next else { break };
        token = next;
    }
    assert_eq!(ids, all.iter().map(|one| one["id"].clone()).collect::<Vec<_>>());

    let mut numbers = Vec::new();
    let mut target = "/v2/organizations/acme/pipelines/storefront/builds?per_page=10".to_owned();
    loop {
        let answer = rest.answer(&buildkite(&target));
        let link = header(&answer, "link").unwrap_or_default().to_owned();
        let page: Value = serde_json::from_slice(&answer.whole()).unwrap();
        numbers.extend(page.as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()));
        let next = link.split(", ").find(|one| one.ends_with("rel=\"next\""));
        let Some(next) = next else { break };
        let address = next.trim_start_matches('<').split('>').next().unwrap();
        target = address.trim_start_matches("http://127.0.0.1:4100").to_owned();
    }
    assert!(numbers.len() > 20);
    assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
}

#[test]
fn the_giants_are_as_large_as_is_said() {
    let rest = rest();
    let base = "/contoso/Web/_apis/build/builds";
    let timeline = json(&rest, &azure(&format!("{base}/{BIG_BUILD}/timeline")));
    assert_eq!(timeline["records"].as_array().unwrap().len(), 2_750);
    let logs = json(&rest, &azure(&format!("{base}/{BIG_LOG}/logs")));
    let lines =
        logs["value"].as_array().unwrap().iter().filter_map(|one| one["lineCount"].as_u64());
    assert!(lines.max() > Some(1_000_000));
    let end = text(&rest, &azure(&format!("{base}/{BIG_LOG}/logs/3?startLine=999999")));
    assert_eq!(end.lines().count(), 4);
    let path = format!("/v2/organizations/acme/pipelines/{GIANT_PIPELINE}/builds/{BIG_BUILD}");
    let build = json(&rest, &buildkite(&path));
    assert_eq!(build["jobs"].as_array().unwrap().len(), 4_000);
    let lists = json(&rest, &azure(&format!("{base}?queryOrder=queueTimeAscending&$top=1")));
    assert!(lists["value"][0]["id"].as_u64() > Some(1_000), "giants stand in no list");
}

#[test]
fn test_runs_count_what_their_results_hold() {
    let rest = rest();
    let mut failed = 0;
    for project in &contoso().projects {
        let base = format!("/contoso/{}/_apis/test/runs", project.name);
        let runs = json(&rest, &azure(&format!("{base}?includeRunDetails=true&$top=40")));
        for run in runs["value"].as_array().unwrap() {
            let results = json(&rest, &azure(&format!("{base}/{}/results", run["id"])));
            let results = results["value"].as_array().unwrap();
            let count = |word: &str| results.iter().filter(|one| one["outcome"] == word).count();
            assert_eq!(run["totalTests"], results.len());
            assert_eq!(run["passedTests"], count("Passed"));
            assert_eq!(run["unanalyzedTests"], count("Failed"));
            let wanted = azure(&format!("{base}/{}/results?outcomes=failed", run["id"]));
            assert_eq!(json(&rest, &wanted)["count"], count("Failed"));
            failed += count("Failed");
            let build = run["build"]["id"].as_str().unwrap();
            let of_build = format!("{base}?buildUri=vstfs%3A%2F%2F%2FBuild%2FBuild%2F{build}");
            let of_build = json(&rest, &azure(&of_build));
            assert!(of_build["value"].as_array().unwrap().iter().any(|one| one["id"] == run["id"]));
            let summary = json(
                &rest,
                &azure(&format!(
                    "/vstmr/contoso/{}/_apis/testresults/resultsummarybybuild?buildId={build}",
                    project.name
                )),
            );
            assert!(summary["aggregatedResultsAnalysis"]["totalTests"].as_u64() > Some(0));
        }
    }
    assert!(failed > 10, "{failed}");
}

#[test]
fn every_failed_build_has_a_cause_and_its_line_can_be_read() {
    // By then all that was begun has come to its end.
    let later = Clock::standing_at(Timestamp(NOW.0 + 3 * 86_400_000));
    let settings = Settings { clock: later, ..unlimited() };
    let rest = Rest::new(settings, Archive::with_history(1, NOW));
    let courses: Vec<Course> = rest.archive().courses().collect();
    let mut causes: BTreeMap<Cause, usize> = BTreeMap::new();
    for course in courses {
        let Some(Truth { cause, step, line }) = truth(&course) else { continue };
        *causes.entry(cause).or_default() += 1;
        let Some(line) = line else { continue };
        let found = match &course {
            Course::Run(run) => {
                let project = contoso().project_of(run.build.pipeline);
                let base = format!("/contoso/{}/_apis/build/builds/{}", project.name, run.build.id);
                let timeline = json(&rest, &azure(&format!("{base}/timeline")));
                let records = timeline["records"].as_array().unwrap();
                let record = records.iter().find(|one| one["id"] == *step).unwrap();
                // A job that no agent took has no log.
                let log = record["log"]["id"]
                    .as_u64()
                    .map(|log| text(&rest, &azure(&format!("{base}/logs/{log}"))));
                log.is_some_and(|log| log.contains(&line))
                    || record["issues"].to_string().contains(&line)
            }
            Course::Pipeline(build) => {
                let build = build.build();
                let slug = &acme().pipelines[build.pipeline].slug;
                let path = format!(
                    "/v2/organizations/acme/pipelines/{slug}/builds/{}/jobs/{step}/log.txt",
                    build.number
                );
                text(&rest, &buildkite(&path)).contains(&line)
            }
            _ => true,
        };
        assert!(found, "{cause:?} {step}: {line}");
    }
    assert!(causes.len() >= 10, "{causes:?}");
    assert!(causes.values().sum::<usize>() > 60, "{causes:?}");
}

#[test]
fn who_runs_a_job_is_told_alike_by_the_job_and_by_the_agent() {
    let clock = Clock::standing_at(Timestamp(NOW.0 - 5 * 3_600_000));
    let settings = Settings { clock: clock.clone(), ..unlimited() };
    let rest = Rest::new(settings, Archive::with_history(1, NOW));
    let (mut assigned, mut running) = (0, 0);
    for _ in 0..30 {
        clock.advance(Duration::from_mins(10));
        for pool in [9, 14] {
            let path = format!(
                "/contoso/_apis/distributedtask/pools/{pool}/agents?includeAssignedRequest=true"
            );
            for agent in json(&rest, &azure(&path))["value"].as_array().unwrap() {
                let request = &agent["assignedRequest"];
                if request.is_null() {
                    continue;
                }
                let project = request["scopeId"].as_str().unwrap();
                let path = format!(
                    "/contoso/{project}/_apis/build/builds/{}/timeline",
                    request["owner"]["id"]
                );
                let timeline = json(&rest, &azure(&path));
                let mut records = timeline["records"].as_array().unwrap().iter();
                let job = records.find(|one| one["id"] == request["jobId"]).unwrap();
                assert_eq!(
                    (&job["workerName"], &job["state"]),
                    (&agent["name"], &"inProgress".into())
                );
                assigned += 1;
            }
        }
        let agents = json(&rest, &buildkite("/v2/organizations/acme/agents?per_page=100"));
        for agent in agents.as_array().unwrap() {
            assert_eq!(agent["connection_state"], "connected");
            let job = &agent["job"];
            if job.is_null() {
                continue;
            }
            let id = job["id"].as_str().unwrap();
            let read = json(&rest, &buildkite(&format!("/v2/organizations/acme/jobs/{id}")));
            assert_eq!((&read["agent"]["id"], &read["state"]), (&agent["id"], &"running".into()));
            running += 1;
        }
    }
    assert!(assigned > 4 && running > 2, "{assigned} {running}");
}

#[test]
fn releases_stand_where_their_last_hooks_left_them() {
    let rest = rest();
    let mut last: BTreeMap<(u64, String), Value> = BTreeMap::new();
    for body in hooks(Provider::AzureDevops, "ms.vss-release.deployment-completed-event") {
        let environment = body["resource"]["environment"].clone();
        let release = environment["releaseId"].as_u64().unwrap();
        let name = environment["name"].as_str().unwrap().to_owned();
        last.insert((release, name), environment);
    }
    assert!(last.len() > 5, "{}", last.len());
    for ((release, name), told) in last {
        let path = format!("/vsrm/contoso/Warehouse/_apis/release/releases/{release}");
        let read = json(&rest, &azure(&path));
        let environments = read["environments"].as_array().unwrap();
        let environment = environments.iter().find(|one| one["name"] == *name).unwrap();
        assert_eq!(environment["status"], told["status"], "{release} {name}");
        assert_eq!(environment["id"], told["id"]);
    }
    let approved = "/vsrm/contoso/Warehouse/_apis/release/approvals?statusFilter=approved";
    assert!(json(&rest, &azure(approved))["count"].as_u64() > Some(3));
}

#[test]
fn the_same_seed_is_answered_the_same_to_the_byte() {
    let answers = || {
        let rest = rest();
        let list = "/v2/organizations/acme/builds?per_page=20&include_retried_jobs=true";
        let mut asks = vec![azure("/contoso/Web/_apis/build/builds"), buildkite(list)];
        for run in rest.archive().runs().take(10) {
            let project = &contoso().project_of(run.course.build.pipeline).name;
            let base = format!("/contoso/{project}/_apis/build/builds/{}", run.course.build.id);
            asks.push(azure(&format!("{base}/timeline")));
            asks.push(azure(&format!("{base}/logs/9")));
            asks.push(azure(&format!("{base}/artifacts")));
        }
        asks.iter().map(|ask| rest.answer(ask).whole()).collect::<Vec<_>>()
    };
    assert_eq!(answers(), answers());
}

#[test]
fn what_is_written_above_a_build_names_the_tests_that_failed() {
    // Tests of `acme` do not fail in every two weeks.
    let is_failed_test = |truth: &Truth, course: &Course| {
        truth.cause == Cause::TestFailure && matches!(course, Course::Pipeline(_))
    };
    let archive = (1..9)
        .map(|seed| Archive::with_history(seed, NOW))
        .find(|archive| {
            archive
                .courses()
                .any(|course| truth(&course).is_some_and(|t| is_failed_test(&t, &course)))
        })
        .unwrap();
    let rest = Rest::new(unlimited(), archive);
    let failed: Vec<(String, String)> = rest
        .archive()
        .courses()
        .filter_map(|course| match (truth(&course)?, course) {
            (Truth { cause: Cause::TestFailure, line, .. }, Course::Pipeline(build)) => {
                let build = build.build();
                let slug = &acme().pipelines[build.pipeline].slug;
                let path =
                    format!("/v2/organizations/acme/pipelines/{slug}/builds/{}", build.number);
                Some((path, line?))
            }
            _ => None,
        })
        .collect();
    assert!(!failed.is_empty());
    for (path, line) in failed {
        let notes = json(&rest, &buildkite(&format!("{path}/annotations")));
        let notes = notes.as_array().unwrap();
        let bad = notes.iter().find(|note| note["style"] == "error").unwrap();
        let html = bad["body_html"].as_str().unwrap();
        let name = html.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
        assert!(line.contains(&name.replace("&lt;", "<")), "{line}: {html}");
    }
}
