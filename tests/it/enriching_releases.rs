//! Classic releases and their deployments as their provider tells of them: what hooks leave out, and what
//! lost hooks never told.

use std::collections::BTreeMap;

use creel::model::Timestamp;
use creel::simulator::Happening;
use creel::simulator::rest::Archive;
use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use creel::simulator::world::{Pace, World};
use serde_json::Value;

use crate::enriching::Scene;
use crate::support::desk::NOW;

const STARTED: &str = "ms.vss-release.deployment-started-event";
const COMPLETED: &str = "ms.vss-release.deployment-completed-event";

/// Made-up hours of both organisations around now.
fn world(seed: u64, before: i64, after: i64) -> Vec<Happening> {
    let from = Timestamp(NOW.0 - before * Timestamp::MILLIS_PER_HOUR);
    let end = Timestamp(NOW.0 + after * Timestamp::MILLIS_PER_HOUR);
    World::new(seed, from, Pace::LIVELY).ending(end).collect()
}

/// Those hooks of a world that arrive, and a provider that knows all of it.
fn scene(told: &[Happening], arrives: impl Fn(&Happening) -> bool) -> Scene {
    let archive = Archive::of(told.iter().cloned(), NOW);
    let heard: Vec<Happening> = told.iter().filter(|one| arrives(one)).cloned().collect();
    Scene::of(&heard, archive, Limits::default(), Vec::new())
}

/// How deployments ended, by release and environment, as the hooks told that should have arrived.
fn ends(told: &[Happening]) -> BTreeMap<String, &'static str> {
    let completed = told.iter().filter(|happening| happening.event == COMPLETED);
    completed
        .map(|happening| {
            let body: Value = serde_json::from_slice(&happening.hook.body).expect("JSON");
            let environment = &body["resource"]["environment"];
            let state = match environment["status"].as_str().expect("a word") {
                "succeeded" => "success",
                "rejected" => "failure",
                other => panic!("{other}"),
            };
            (format!("{}/{}", environment["releaseId"], environment["id"]), state)
        })
        .collect()
}

/// Deployments by release and environment.
fn deployments(scene: &Scene) -> BTreeMap<String, Value> {
    let page = scene.desk.get_json("/api/v1/subjects?kind=deployment&limit=500");
    let items = page["items"].as_array().expect("a list").iter();
    items
        .map(|item| {
            let key = item["key"].as_str().expect("a key");
            (key.rsplit(':').next().expect("a part").to_owned(), item.clone())
        })
        .collect()
}

#[test]
fn a_deployment_whose_end_no_hook_told_is_asked_about() {
    let told = world(7, 12, -3);
    let ends = ends(&told);
    assert!(ends.len() > 4, "{ends:?}");
    let scene = scene(&told, |one| one.event != COMPLETED);
    for deployment in deployments(&scene).values() {
        assert_eq!(deployment["deployment"], Value::Null, "{deployment}");
    }
    scene.ask_all();
    let found = deployments(&scene);
    for (key, state) in &ends {
        let deployment = found.get(key).unwrap_or_else(|| panic!("{key} is not there"));
        assert_eq!(deployment["state"], *state, "{deployment}");
        let told = &deployment["deployment"];
        assert_eq!(told["attempt"], 1, "{deployment}");
        for member in ["environment", "requested_by", "queued_at", "started_at", "finished_at"] {
            assert!(told[member].is_string(), "{member}: {deployment}");
        }
        // It is in the list where it happened, not where it was asked about.
        assert_eq!(deployment["last_event_at"], told["finished_at"]);
    }
    let tally = scene.providers.rest.tally();
    assert_eq!(tally.over_limit, 0, "{tally:?}");
}

#[test]
fn a_release_is_followed_until_it_is_over_though_hooks_stay_away() {
    // Everything that happens from now on is known to the provider alone.
    let is_past = |one: &Happening| one.received_at < NOW;
    let count = |told: &[Happening], event| {
        told.iter().filter(|one| is_past(one) && one.event == event).count()
    };
    let goes_on = |told: &Vec<Happening>| count(told, STARTED) > count(told, COMPLETED);
    let told = (1..50).map(|seed| world(seed, 4, 6)).find(goes_on).expect("a deployment goes on");
    let scene = scene(&told, is_past);
    let begun: Vec<String> = deployments(&scene)
        .into_iter()
        .filter(|(_, one)| one["state"] == "running" || one["state"] == "waiting")
        .map(|(key, _)| key)
        .collect();
    assert!(!begun.is_empty());
    scene.ask_all();
    let (found, ends) = (deployments(&scene), ends(&told));
    for key in begun {
        assert_eq!(found[&key]["state"], ends[&key], "{key}");
    }
}

#[test]
fn a_deployment_is_told_of_by_its_release_though_its_own_hooks_were_all_lost() {
    let told = world(7, 12, -3);
    let of_releases = |one: &Happening| one.event.starts_with("ms.vss-release.");
    let scene = scene(&told, |one| {
        !of_releases(one) || one.event == "ms.vss-release.release-created-event"
    });
    assert!(deployments(&scene).is_empty());
    scene.ask_all();
    let found = deployments(&scene);
    for (key, state) in &ends(&told) {
        assert_eq!(found[key]["state"], *state, "{key}");
    }
}

#[test]
fn a_hook_that_was_read_again_does_not_take_back_what_was_asked() {
    let told = world(7, 12, -3);
    let scene = scene(&told, |one| one.event != COMPLETED);
    scene.ask_all();
    let before = deployments(&scene);
    let events = scene.desk.get_json("/api/v1/events?kind=deployment.started&limit=500");
    for event in events["items"].as_array().expect("a list") {
        let target = format!("/api/v1/events/{}/replay", event["entry_id"]);
        let (status, _) = scene.desk.request("POST", &target, &[], b"");
        assert!(status.is_success(), "{status}");
    }
    scene.desk.step_all();
    assert_eq!(deployments(&scene), before);
}

#[test]
fn a_token_without_the_right_leaves_what_the_hooks_told() {
    let told = world(7, 12, -3);
    let archive = Archive::of(told.iter().cloned(), NOW);
    let forbidden = RestFault {
        route: Some("release/releases/*".to_owned()),
        ..RestFault::new(Mishap::Forbidden)
    };
    let scene = Scene::of(&told, archive, Limits::default(), vec![forbidden]);
    let before = deployments(&scene);
    scene.ask_all();
    assert_eq!(deployments(&scene), before);
    // It is let go of: the page of tokens says what is missing.
    assert_eq!(scene.ask_all(), 0);
}
