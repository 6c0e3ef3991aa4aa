//! Tests of builds that the providers are asked for: results of Azure DevOps' test runs, and reports among
//! Buildkite's artifacts.

use std::collections::BTreeMap;

use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use serde_json::{Value, json};

use crate::enriching::Scene;

/// Finished builds of a provider.
fn builds(scene: &Scene, provider: &str) -> Vec<Value> {
    let is_wanted = |build: &Value| build["provider"] == provider && build["state"] == "finished";
    scene.builds().into_iter().filter(is_wanted).collect()
}

fn items(scene: &Scene, build: &Value, part: &str) -> Vec<Value> {
    let id = build["id"].as_str().expect("an id");
    let page = scene.desk.get_json(&format!("/api/v1/builds/{id}/{part}"));
    page["items"].as_array().expect("a list").clone()
}

fn results(scene: &Scene, build: &Value) -> Vec<Value> {
    let id = build["id"].as_str().expect("an id");
    let mut found = Vec::new();
    let mut target = format!("/api/v1/builds/{id}/tests?limit=500");
    loop {
        let page = scene.desk.get_json(&target);
        found.extend(page["items"].as_array().expect("a list").iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return found };
        target = format!("/api/v1/builds/{id}/tests?limit=500&cursor={cursor}");
    }
}

fn of_origin(scene: &Scene, build: &Value, origin: &str) -> Vec<Value> {
    items(scene, build, "test-sets").into_iter().filter(|set| set["origin"] == origin).collect()
}

fn aspect(scene: &Scene, build: &Value, name: &str) -> Value {
    let of_name = |one: &Value| one["aspect"] == name;
    items(scene, build, "enrichment").into_iter().find(of_name).expect("the aspect")
}

/// Totals, sets and names of every build, but for numbers of this installation and the time of asking.
fn shown(scene: &Scene) -> BTreeMap<String, Value> {
    let mut shown = BTreeMap::new();
    for build in builds(scene, "azure_devops").iter().chain(&builds(scene, "buildkite")) {
        let mut sets = items(scene, build, "test-sets");
        for set in &mut sets {
            set["id"].take();
            set["at"].take();
        }
        sets.sort_by_cached_key(ToString::to_string);
        let mut results = results(scene, build);
        for result in &mut results {
            result["id"].take();
        }
        results.sort_by_cached_key(ToString::to_string);
        let id = build["id"].as_str().expect("an id").to_owned();
        shown.insert(id, json!([build["tests"], sets, results]));
    }
    shown
}

/// How often results and artifacts were asked for.
fn asked(scene: &Scene) -> u64 {
    let is_one = |route: &&String| route.ends_with("/results") || route.ends_with("/download");
    let routes = scene.providers.rest.tally().routes;
    routes.keys().filter(is_one).map(|route| routes[route]).sum()
}

fn fault(fault: Mishap, route: &str, share: f64, times: Option<u32>) -> RestFault {
    let route = Some(route.to_owned());
    RestFault { fault, provider: None, route, share, times, after_s: 0, for_s: None, wait_s: 5 }
}

/// Where every result of a build is a row, and its totals are theirs.
fn assert_adds_up(scene: &Scene, build: &Value, origin: &str) {
    let sets = of_origin(scene, build, origin);
    assert!(!sets.is_empty(), "{build}");
    let counted: i64 = sets
        .iter()
        .filter(|set| set["is_counted"] == true)
        .map(|set| set["total"].as_i64().expect("a number"))
        .sum();
    assert_eq!(build["tests"]["total"], counted, "{sets:?}");
    let results = results(scene, build);
    assert_eq!(i64::try_from(results.len()), Ok(counted));
    for status in ["passed", "failed", "errored", "skipped"] {
        let of_status = results.iter().filter(|result| result["status"] == status).count();
        assert_eq!(build["tests"][status], of_status, "{status} of {build}");
    }
}

#[test]
fn every_result_of_a_test_run_is_here_with_its_job_and_its_agent() {
    let scene = Scene::open(5, Limits::default(), Vec::new());
    scene.ask_all();
    let (mut with_tests, mut retried, mut failed) = (0, 0, 0);
    for build in builds(&scene, "azure_devops") {
        assert_eq!(build["enrichment"]["tests"], "done", "{build}");
        if build["tests"].is_null() {
            // Who published nothing has not passed nothing of nothing.
            assert!(of_origin(&scene, &build, "api").is_empty(), "{build}");
            continue;
        }
        with_tests += 1;
        assert_adds_up(&scene, &build, "api");
        for set in of_origin(&scene, &build, "api") {
            assert!(set["job"].is_string() && set["agent"].is_string(), "{set}");
            assert_eq!(set["files"][0]["format"], "azure_devops", "{set}");
        }
        for result in results(&scene, &build) {
            assert!(result["suite"].is_string(), "{result}");
            if result["is_retried"] == true {
                assert_eq!(result["status"], "passed", "{result}");
                assert!(result["message"].is_string(), "it says what it said first: {result}");
                retried += 1;
            }
            if result["status"] == "failed" {
                assert!(result["message"].is_string() && result["stack"].is_string(), "{result}");
                failed += 1;
            }
        }
    }
    assert!(with_tests > 3 && retried > 0 && failed > 0, "{with_tests} {retried} {failed}");
    assert_eq!(scene.providers.rest.tally().over_limit, 0);
}

#[test]
fn reports_among_artifacts_are_read_without_the_token_at_the_store() {
    let scene = Scene::open(5, Limits::default(), Vec::new());
    scene.ask_all();
    let (mut with_tests, mut failed) = (0, 0);
    for build in builds(&scene, "buildkite") {
        assert_eq!(build["enrichment"]["tests"], "done", "{build}");
        if build["tests"].is_null() {
            continue;
        }
        with_tests += 1;
        assert_adds_up(&scene, &build, "artifact");
        for set in of_origin(&scene, &build, "artifact") {
            let files = set["files"].as_array().expect("a list");
            let total: u64 = files.iter().filter_map(|file| file["total"].as_u64()).sum();
            assert_eq!(set["total"], total, "a job with two reports has both: {set}");
            for file in files {
                assert_eq!((&file["format"], &file["error"]), (&json!("junit"), &Value::Null));
            }
            assert!(set["job"].is_string() && set["agent"].is_string(), "{set}");
        }
        failed += build["tests"]["failed"].as_u64().expect("a number");
    }
    assert!(with_tests > 3 && failed > 0, "{with_tests} {failed}");
    let tally = scene.providers.rest.tally();
    assert_eq!((tally.stray_tokens, tally.over_limit), (0, 0), "{tally:?}");
}

#[test]
fn what_is_here_is_not_asked_for_again() {
    let scene = Scene::open(2, Limits::NONE, Vec::new());
    scene.ask_all();
    let (before, asked_before) = (shown(&scene), asked(&scene));
    assert!(asked_before > 0);
    for id in before.keys() {
        let again = format!("/api/v1/builds/{id}/enrichment");
        assert!(scene.desk.request("POST", &again, &[], b"").0.is_success());
    }
    scene.ask_all();
    assert_eq!(asked(&scene), asked_before);
    assert_eq!(shown(&scene), before);
}

/// What is shown in the end of the same hours where nothing goes wrong, and how often was asked
/// for it.
fn undisturbed(hours: i64) -> (BTreeMap<String, Value>, u64) {
    let scene = Scene::open(hours, Limits::NONE, Vec::new());
    scene.ask_all();
    (shown(&scene), asked(&scene))
}

fn assert_same(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>) {
    let differs = |build: &&String| ours.get(*build) != theirs.get(*build);
    assert_eq!(theirs.keys().find(differs), None, "a build that is not as it should be");
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn answers_that_break_off_change_nothing_in_the_end() {
    let faults = vec![
        fault(Mishap::Cut, "runs/*/results", 0.4, None),
        fault(Mishap::Garbage, "runs/*/results", 0.2, None),
        fault(Mishap::TooMany, "runs/*/results", 0.1, None),
        fault(Mishap::Cut, "store/**", 0.4, None),
        fault(Mishap::Unavailable, "artifacts/*/download", 0.2, None),
    ];
    let scene = Scene::open(2, Limits::NONE, faults);
    scene.ask_all();
    assert!(scene.providers.rest.tally().faults > 5);
    assert_same(&shown(&scene), &undisturbed(2).0);
}

#[test]
fn a_right_that_is_missing_is_named_with_the_build() {
    let faults = vec![
        fault(Mishap::Forbidden, "test/runs", 1.0, None),
        fault(Mishap::Forbidden, "artifacts/*/download", 1.0, None),
    ];
    let scene = Scene::open(2, Limits::NONE, faults);
    scene.ask_all();
    for (provider, right) in [("azure_devops", "Test Management"), ("buildkite", "read_artifacts")]
    {
        let mut lacking = 0;
        for build in builds(&scene, provider) {
            let tests = aspect(&scene, &build, "tests");
            assert!(build["tests"].is_null(), "{build}");
            if tests["state"] == "done" {
                continue;
            }
            assert_eq!(tests["code"], "token_lacks_scope", "{tests}");
            assert!(tests["reason"].as_str().expect("a reason").contains(right), "{tests}");
            lacking += 1;
        }
        assert!(lacking > 0, "{provider}");
    }
}

#[test]
fn a_report_that_is_gone_says_so_and_holds_up_nothing() {
    let faults = vec![fault(Mishap::Hidden, "store/**", 1.0, None)];
    let scene = Scene::open(2, Limits::NONE, faults);
    scene.ask_all();
    let mut gone = 0;
    for build in builds(&scene, "buildkite") {
        assert_eq!(build["enrichment"]["tests"], "done", "{build}");
        assert!(build["tests"].is_null(), "{build}");
        for set in of_origin(&scene, &build, "artifact") {
            let error = set["files"][0]["error"].as_str().expect("a reason");
            assert_eq!(error, "no longer kept by the provider");
            gone += 1;
        }
    }
    assert!(gone > 0);
}

/// Reports and what the provider is asked for meet in either order; who knows more counts.
#[test]
fn of_a_report_and_the_provider_the_one_with_more_results_counts() {
    let report = |scene: &Scene, build: &Value, tests: usize| {
        let cases: Vec<String> =
            (0..tests).map(|nth| format!("<testcase classname=\"a\" name=\"t{nth}\"/>")).collect();
        let cases = cases.concat();
        let url = build["url"].as_str().expect("an address");
        let parts: Vec<&str> = url.trim_end_matches('/').split('/').collect();
        let pipeline = parts[parts.len() - 3];
        let ci = json!({"provider": "buildkite", "source": "acme", "pipeline": pipeline,
            "number": build["number"], "build": build["external_id"], "name": "unit"});
        let body = format!(
            "--x\r\ncontent-disposition: form-data; name=\"ci\"\r\n\r\n{ci}\r\n--x\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n\r\n\
             <testsuite>{cases}</testsuite>\r\n--x--\r\n"
        );
        let kind = ("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned());
        let (status, answer) =
            scene.desk.request("POST", "/api/v1/reports", &[kind], body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(status.is_success(), "{answer}");
        assert_eq!(answer["build_id"], build["id"], "one build: {ci}");
        scene.desk.step_all();
    };
    let known = undisturbed(2).0;
    let id = |build: &Value| build["id"].as_str().expect("an id").to_owned();
    for is_first in [true, false] {
        for (tests, counts) in [(1, "artifact"), (2_500, "report")] {
            let scene = Scene::open(2, Limits::NONE, Vec::new());
            let has_tests = |build: &&Value| known[&id(build)][0].is_object();
            let all = builds(&scene, "buildkite");
            let build = all.iter().find(has_tests).expect("a build with tests");
            if is_first {
                report(&scene, build, tests);
            }
            scene.ask_all();
            if !is_first {
                report(&scene, build, tests);
            }
            let sets = items(&scene, build, "test-sets");
            let origins: Vec<&Value> = sets.iter().map(|set| &set["origin"]).collect();
            assert!(origins.contains(&&json!("report")) && origins.contains(&&json!("artifact")));
            // Of jobs that were retried, none counts.
            let counted: Vec<&Value> =
                sets.iter().filter(|set| set["is_counted"] == true).collect();
            assert!(!counted.is_empty(), "{sets:?}");
            for set in counted {
                assert_eq!(set["origin"], counts, "{tests} {is_first}: {set}");
            }
        }
    }
}

#[test]
fn a_token_that_has_to_rest_goes_on_where_it_was() {
    let resting = vec![fault(Mishap::RetryAfter, "runs/*/results", 1.0, None)];
    let scene = Scene::open(2, Limits::NONE, resting);
    scene.ask_all();
    assert!(scene.providers.rest.tally().faults > 0, "nothing had to rest");
    let (theirs, asked_there) = undisturbed(2);
    assert_eq!(asked(&scene), asked_there, "no page is asked for twice");
    assert_same(&shown(&scene), &theirs);
}
