use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::model::Provider;

/// Monday, 16 March 2026, midnight.
const MONDAY: Timestamp = Timestamp(1_773_619_200_000);
const DAY_MS: i64 = 24 * 3_600_000;

fn days(count: i64) -> Timestamp {
    Timestamp(MONDAY.0 + count * DAY_MS)
}

fn request(happening: &Happening) -> String {
    match happening.hook.provider {
        Provider::Buildkite => happening.hook.headers.last().unwrap().1.clone(),
        // Sent once, and the same only of the same job.
        Provider::Reporter => String::from_utf8(happening.hook.body.clone()).unwrap(),
        _ => {
            let body: Value = serde_json::from_slice(&happening.hook.body).unwrap();
            assert_eq!(body["subscriptionId"], happening.subscription.text());
            format!("{} {}", body["subscriptionId"], body["notificationId"])
        }
    }
}

#[test]
fn the_same_seed_and_beginning_make_the_same_world_to_the_byte() {
    let hooks = |seed, begin| -> Vec<Hook> {
        World::new(seed, begin, Pace::NORMAL).take(600).map(|happening| happening.hook).collect()
    };
    assert_eq!(hooks(3, MONDAY), hooks(3, MONDAY));
    assert_ne!(hooks(3, MONDAY), hooks(4, MONDAY));
    assert_ne!(hooks(3, MONDAY), hooks(3, days(1)));
}

#[test]
fn two_weeks_hold_what_two_busy_organisations_do() {
    let began = std::time::Instant::now();
    let mut world = World::new(1, MONDAY, Pace::NORMAL);
    let (mut last, mut most) = (MONDAY, 0);
    let (mut hooks, mut bytes) = (0, 0);
    let mut events: BTreeMap<&str, usize> = BTreeMap::new();
    let mut builds: HashMap<String, Arc<Outcome>> = HashMap::new();
    let mut identities = HashSet::new();
    while let Some(happening) = world.next().filter(|happening| happening.at < days(14)) {
        assert!(last <= happening.at, "{} before {last}", happening.at);
        last = happening.at;
        most = most.max(world.under_way());
        hooks += 1;
        bytes += happening.hook.body.len();
        *events.entry(happening.event).or_default() += 1;
        assert!(identities.insert(request(&happening)), "{} repeats an identity", happening.event);
        if let Some(build) = happening.build {
            let body = std::str::from_utf8(&happening.hook.body).unwrap();
            assert!(body.contains(&build.external_id), "{} is not of its build", happening.event);
            builds.entry(build.external_id.clone()).or_insert(build);
        }
    }
    let figures = format!(
        "{hooks} hooks of {bytes} bytes, {} builds, {most} under way, {:?}\n{events:#?}",
        builds.len(),
        began.elapsed()
    );
    assert!((8_000..15_000).contains(&hooks), "{figures}");
    assert!((500..900).contains(&builds.len()), "{figures}");
    assert!(most < 2_000, "{figures}");
    assert!(events.len() >= 28, "{figures}");
    let endings: HashSet<_> = builds.values().map(|build| (build.provider, build.result)).collect();
    assert!(endings.len() >= 9, "{endings:?}");
    assert!(builds.values().any(|build| build.attempt > 1));
}

#[test]
fn builds_count_up_without_a_gap_and_one_pipeline_breaks_for_hours() {
    let mut numbers: HashMap<String, Vec<u64>> = HashMap::new();
    let mut infra: Vec<bool> = Vec::new();
    for happening in World::new(5, MONDAY, Pace::NORMAL).ending(days(14)) {
        let body: Value = serde_json::from_slice(&happening.hook.body).unwrap();
        if happening.event == "build.scheduled" {
            let slug = body["pipeline"]["slug"].as_str().unwrap().to_owned();
            numbers.entry(slug).or_default().push(body["build"]["number"].as_u64().unwrap());
        }
        let resource = &body["resource"];
        let is_infra = resource["definition"]["name"] == "platform-infra";
        if is_infra && resource["sourceBranch"] == "refs/heads/main" {
            infra.push(resource["result"] == "failed");
        }
    }
    assert_eq!(numbers.len(), acme().pipelines.len());
    for (pipeline, numbers) in numbers {
        let is_next = |pair: &[u64]| pair[1] == pair[0] + 1;
        assert!(numbers.windows(2).all(is_next), "{pipeline}: {numbers:?}");
    }
    let in_a_row = infra.chunk_by(|a, b| a == b).filter(|run| run[0]).map(<[bool]>::len).max();
    assert!(in_a_row.is_some_and(|run| run >= 3), "{infra:?}");
    assert!(infra.last().is_some() && infra.iter().filter(|failed| !**failed).count() > 10);
}

#[test]
fn a_world_that_stops_tells_nothing_of_later_and_leaves_builds_under_way() {
    let all: Vec<_> = World::new(2, MONDAY, Pace::NORMAL).ending(days(2)).collect();
    let told: Vec<_> = World::new(2, MONDAY, Pace::NORMAL).stopping(days(2)).collect();
    assert!(told.iter().all(|happening| happening.at <= days(2)));
    let until: Vec<_> = all.iter().filter(|happening| happening.at <= days(2)).collect();
    assert!(told.iter().map(|one| &one.hook).eq(until.iter().map(|one| &one.hook)));
    assert!(told.len() < all.len(), "something was under way");
}

#[test]
fn a_world_that_ends_tells_every_build_to_its_end() {
    let mut builds: HashMap<String, (Arc<Outcome>, usize)> = HashMap::new();
    let mut ends: HashMap<String, usize> = HashMap::new();
    for happening in World::new(2, MONDAY, Pace::NORMAL).ending(days(2)) {
        let Some(build) = happening.build else { continue };
        if matches!(happening.event, "build.complete" | "build.finished" | "build.skipped") {
            *ends.entry(build.external_id.clone()).or_default() += 1;
        }
        builds.entry(build.external_id.clone()).or_insert((build, 0)).1 += 1;
    }
    assert!(builds.len() > 60);
    for (id, (build, hooks)) in builds {
        assert!(ends.contains_key(&id), "{build:?} has no end");
        assert!(hooks >= 2);
    }
}

#[test]
fn a_fast_world_is_busy_at_midnight_and_its_builds_are_quick() {
    let hour = Timestamp(MONDAY.0 + 3_600_000);
    let hooks = World::new(7, MONDAY, Pace::LIVELY).take_while(|happening| happening.at < hour);
    assert!((600..3_000).contains(&hooks.count()));
}

#[test]
fn history_and_live_are_two_halves_of_one_world() {
    let now = Timestamp(days(16).0 + 10 * 3_600_000);
    let history: Vec<Happening> = World::history(9, now).collect();
    assert!(history.is_sorted_by_key(|happening| happening.received_at));
    assert!(history.iter().all(|h| h.at <= h.received_at && h.received_at < now));
    assert!(history[0].at.0 > now.0 - 14 * DAY_MS);
    assert!((8_000..16_000).contains(&history.len()), "{}", history.len());

    let mut seen = HashSet::new();
    let repeated = history.iter().filter(|h| !seen.insert(request(h))).count();
    assert!((10..200).contains(&repeated), "{repeated} duplicates");
    let mut told = HashSet::new();
    let events = history.iter().filter(|h| h.hook.provider == Provider::AzureDevops);
    let echoes = events.filter(|h| {
        let body: Value = serde_json::from_slice(&h.hook.body).unwrap();
        !told.insert(body["id"].as_str().unwrap().to_owned())
    });
    assert!(echoes.count() > repeated / 2);

    let soon = now.plus(Duration::from_hours(1));
    let live: Vec<Happening> =
        World::live(9, now).take_while(|happening| happening.received_at < soon).collect();
    assert!(live.len() > 300, "{}", live.len());
    let halves: Vec<String> = history.iter().chain(&live).map(request).collect();
    let whole: Vec<String> = arrivals::reported(9, now)
        .take_while(|told| told.received_at() < soon)
        .map(|told| request(&told.happening()))
        .collect();
    assert_eq!(halves, whole);
}

#[test]
fn a_build_that_is_under_way_goes_on_in_the_live_half() {
    let goes_on = (0..6).any(|hour| {
        let now = Timestamp(days(16).0 + (9 * 60 + hour * 37) * 60_000);
        let last_days = World::history(9, now).filter(|h| h.at.0 > now.0 - DAY_MS);
        let begun: HashSet<String> =
            last_days.filter_map(|h| Some(h.build?.external_id.clone())).collect();
        let soon = now.plus(Duration::from_mins(20));
        World::live(9, now).take_while(|happening| happening.received_at < soon).any(|happening| {
            let is_later = happening.at >= now;
            is_later && happening.build.is_some_and(|b| begun.contains(&b.external_id))
        })
    });
    assert!(goes_on);
}

#[test]
fn what_is_simulated_can_be_recognised() {
    let names = identities();
    for happening in World::new(11, MONDAY, Pace::NORMAL).take(300) {
        let body: Value = serde_json::from_slice(&happening.hook.body).unwrap();
        match happening.hook.provider {
            Provider::Buildkite => {
                let text = std::str::from_utf8(&happening.hook.body).unwrap();
                assert!(text.contains(&format!("/organizations/{}/", names.slug)));
            }
            _ => assert_eq!(body["resourceContainers"]["collection"]["id"], names.collection),
        }
    }
}

#[test]
fn what_arrives_arrives_in_order_whatever_the_moment() {
    for now in [1_795_597_795_123, 1_795_600_000_000, 1_795_555_555_555, 1_790_000_000_000] {
        let now = Timestamp(now);
        for half in
            [World::history(1, now).collect::<Vec<_>>(), World::live(1, now).take(400).collect()]
        {
            let times: Vec<i64> = half.iter().map(|happening| happening.received_at.0).collect();
            let broken: Vec<_> = times.windows(2).filter(|pair| pair[1] < pair[0]).collect();
            assert!(broken.is_empty(), "{now:?}: {broken:?}");
        }
    }
}
