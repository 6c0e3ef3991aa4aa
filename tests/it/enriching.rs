//! Builds as their providers tell of them when they are asked: steps, logs, changes, tests. Hooks and the REST side
//! come from the same make-believe world; the clock is set by hand, and nobody waits.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use creel::model::{Provider, Timestamp};
use creel::simulator::clock::Tick;
use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, BIG_BUILD, BIG_LOG, GIANT_PIPELINE, Settings, TOKEN};
use creel::simulator::world::World;
use creel::simulator::{Course, Happening};
use creel::workers::enricher::{Enricher, Progress};
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};
use crate::support::providers::Providers;

/// Made-up hours of both organisations before now.
fn world(hours: i64) -> Vec<Happening> {
    let from = Timestamp(NOW.0 - (hours + 3) * Timestamp::MILLIS_PER_HOUR);
    let end = Timestamp(NOW.0 - 3 * Timestamp::MILLIS_PER_HOUR);
    World::new(7, from, creel::simulator::world::Pace::LIVELY).ending(end).collect()
}

/// A server that hooks have told of builds, and providers that can be asked about them.
pub struct Scene {
    pub desk: Desk,
    pub providers: Providers,
    pub enricher: Enricher,
}

impl Scene {
    /// Hooks have told of some hours, and an administrator has set a token for each provider.
    pub fn open(hours: i64, limits: Limits, faults: Vec<RestFault>) -> Self {
        let told = world(hours);
        let archive = Archive::of(told.iter().cloned(), NOW);
        Self::of(&told, archive, limits, faults)
    }

    pub fn of(
        told: &[Happening],
        archive: Archive,
        limits: Limits,
        faults: Vec<RestFault>,
    ) -> Self {
        Self::at(NOW, told, archive, limits, faults)
    }

    /// The same, at a moment of one's own.
    pub fn at(
        now: Timestamp,
        told: &[Happening],
        archive: Archive,
        limits: Limits,
        faults: Vec<RestFault>,
    ) -> Self {
        let desk = Desk::open_on(tempfile::tempdir().expect("a directory"), &[], now);
        let settings = Settings { limits, faults, ..Settings::new(desk.hub.clock().clone()) };
        let providers = Providers::start(settings, archive);
        for (provider, base) in
            [("azure_devops", providers.azure()), ("buildkite", providers.buildkite())]
        {
            set_token(&desk, provider, &base, TOKEN);
        }
        for happening in told {
            desk.post_hook(&happening.hook);
        }
        desk.step_all();
        let messenger = desk.hub.vault().messenger().expect("a client").clone();
        let enricher = Enricher::new(&desk.hub, messenger);
        Self { desk, providers, enricher }
    }

    /// Let the enricher ask until nothing is due within a day; tells how many errands were run.
    pub fn ask_all(&self) -> usize {
        self.ask_for(Duration::from_hours(24))
    }

    /// The same, until nothing is due within a while.
    fn ask_for(&self, while_: Duration) -> usize {
        let end = self.desk.hub.clock().now().plus(while_);
        let mut run = 0;
        while self.ask_one(end) {
            run += 1;
            assert!(run < 100_000, "it never ends");
        }
        run
    }

    /// Let the enricher run the next errand that is due until then, whenever that is.
    pub fn ask_one(&self, end: Timestamp) -> bool {
        loop {
            match self.desk.wait(self.enricher.step()).expect("a step") {
                Progress::Ran => return true,
                Progress::Idle => return false,
                Progress::Waiting(until) if until > end => return false,
                Progress::Waiting(until) => {
                    let now = self.desk.hub.clock().now();
                    let left = u64::try_from(until.0 - now.0).unwrap_or(0);
                    self.desk.hub.clock().advance(Duration::from_millis(left));
                }
            }
        }
    }

    pub fn builds(&self) -> Vec<Value> {
        let page = self.desk.get_json("/api/v1/builds?limit=500");
        page["items"].as_array().expect("a list").clone()
    }
}

fn set_token(desk: &Desk, provider: &str, base: &str, token: &str) {
    let wish = json!({"provider": provider, "base": base, "confirm_base": true, "token": token});
    let body = wish.to_string().into_bytes();
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let (status, answer) = desk.request("PUT", "/api/v1/access", &json, &body);
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&answer));
}

fn id(build: &Value) -> &str {
    build["id"].as_str().expect("an id")
}

/// Each finished build has steps that are over, and each of its logs is here or says why not.
fn assert_whole(scene: &Scene, build: &Value) {
    let enrichment = &build["enrichment"];
    let states: Vec<&str> = ["steps", "logs", "changes", "artifacts"]
        .map(|it| enrichment[it].as_str().expect("a word"))
        .into();
    assert!(!states.contains(&"pending"), "{build}");
    let is_done = states.iter().all(|state| *state == "done");
    assert!(is_done || enrichment["reason"].is_string(), "no reason: {build}");
    let steps = scene.desk.get_json(&format!("/api/v1/builds/{}/steps", id(build)));
    for step in steps["items"].as_array().expect("a list") {
        if enrichment["steps"] == "done" {
            assert_eq!(step["state"], "finished", "{step} of {build}");
        }
        if enrichment["logs"] == "done"
            && let Some(log) = step["log_id"].as_str()
        {
            let read = scene.desk.get_json(&format!("/api/v1/logs/{log}?count=5"));
            assert_eq!(read["state"], "done", "{read}");
        }
    }
}

#[test]
fn every_build_ends_with_all_that_its_provider_knows() {
    let scene = Scene::open(6, Limits::default(), Vec::new());
    scene.ask_all();
    let builds = scene.builds();
    assert!(builds.len() > 20, "{} builds", builds.len());
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for build in builds.iter().filter(|build| build["state"] == "finished") {
        assert_whole(&scene, build);
        let enrichment = &build["enrichment"];
        for aspect in ["steps", "logs", "changes", "artifacts"] {
            assert_eq!(enrichment[aspect], "done", "{build}");
        }
        let steps = scene.desk.get_json(&format!("/api/v1/builds/{}/steps", id(build)));
        for step in steps["items"].as_array().expect("a list") {
            *kinds.entry(step["kind"].as_str().expect("a word").to_owned()).or_default() += 1;
        }
    }
    assert!(kinds.contains_key("stage") && kinds.contains_key("task"), "{kinds:?}");
    let tally = scene.providers.rest.tally();
    assert_eq!(tally.over_limit, 0, "{tally:?}");
}

#[test]
fn agents_are_asked_for_where_a_token_was_set() {
    let scene = Scene::open(1, Limits::default(), Vec::new());
    scene.desk.wait(scene.enricher.look_after_sources()).expect("looked");
    scene.ask_all();
    let agents = scene.desk.get_json("/api/v1/agents?limit=500");
    let agents = agents["items"].as_array().expect("a list");
    for provider in ["azure_devops", "buildkite"] {
        let told = agents.iter().filter(|agent| agent["provider"] == provider);
        let told: Vec<_> = told.filter(|agent| agent["told_by"] == "api").collect();
        assert!(!told.is_empty(), "{provider}: {agents:?}");
    }
}

#[test]
fn asking_once_more_changes_nothing() {
    let scene = Scene::open(2, Limits::default(), Vec::new());
    scene.ask_all();
    let shown = |scene: &Scene| {
        scene
            .builds()
            .iter()
            .map(|build| {
                let steps = scene.desk.get_json(&format!("/api/v1/builds/{}/steps", id(build)));
                (build.clone(), steps)
            })
            .collect::<Vec<_>>()
    };
    let before = shown(&scene);
    for (build, _) in &before {
        let target = format!("/api/v1/builds/{}/enrichment", id(build));
        let (status, _) = scene.desk.request("POST", &target, &[], b"");
        assert_eq!(status, 202);
    }
    scene.ask_all();
    assert_eq!(shown(&scene), before);
}

/// All that can go wrong with an answer; together, one in ten.
const MISHAPS: [Mishap; 12] = [
    Mishap::Error,
    Mishap::Unavailable,
    Mishap::TooMany,
    Mishap::Hang,
    Mishap::Cut,
    Mishap::SignIn,
    Mishap::Hidden,
    Mishap::Forbidden,
    Mishap::Unauthorized,
    Mishap::Slow,
    Mishap::Garbage,
    Mishap::RetryAfter,
];

/// Each of them now and then; answers that ask for patience ask for so many seconds of it.
pub fn faults_of_every_kind(wait_s: u32) -> Vec<RestFault> {
    let of = |mishap| RestFault {
        share: 0.1 / MISHAPS.len() as f64,
        // Nobody is to wait for the test's own server.
        wait_s: if matches!(mishap, Mishap::Hang | Mishap::Slow) { 0 } else { wait_s },
        ..RestFault::new(mishap)
    };
    MISHAPS.map(of).into()
}

#[test]
fn with_faults_of_every_kind_every_build_ends_whole_or_with_a_true_reason() {
    let scene = Scene::open(3, Limits::default(), faults_of_every_kind(5));
    scene.ask_all();
    let tally = scene.providers.rest.tally();
    assert!(tally.faults > 0, "{tally:?}");
    assert_eq!(tally.over_limit, 0, "{tally:?}");
    for build in scene.builds().iter().filter(|build| build["state"] == "finished") {
        assert_whole(&scene, build);
    }
}

/// Hooks that tell of a build which only its provider knows more of.
fn tell_of_giant(desk: &Desk, number: u64) {
    let contoso = creel::simulator::world::contoso();
    let project = &contoso.projects.iter().find(|one| one.name == "Web").expect("a project");
    let pipeline = contoso.pipelines.iter().find(|one| one.name == "shop-ci").expect("a pipeline");
    let azure = json!({
        "subscriptionId": "5b2f3a70-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
        "notificationId": number,
        "id": format!("0d6c4f8e-1b7a-4a0d-9f43-2f6f4f0c1a{number:02}"),
        "eventType": "build.complete",
        "publisherId": "tfs",
        "resource": {
            "id": number, "buildNumber": format!("20260901.{number}"), "status": "completed",
            "result": "failed", "finishTime": "2026-09-01T10:00:00Z",
            "definition": {"id": pipeline.id, "name": pipeline.name},
            "project": {"id": project.id.text(), "name": project.name},
        },
        "resourceContainers": {
            "collection": {"id": contoso.collection.text(), "baseUrl": contoso.base},
            "project": {"id": project.id.text()},
        },
        "createdDate": "2026-09-01T10:00:01Z",
    });
    let json = ("content-type".to_owned(), "application/json".to_owned());
    desk.post("/webhooks/azure", std::slice::from_ref(&json), azure.to_string().as_bytes());
    let url = format!(
        "https://api.buildkite.com/v2/organizations/acme/pipelines/{GIANT_PIPELINE}/builds/{number}"
    );
    let buildkite = json!({
        "event": "build.finished",
        "build": {
            "id": format!("0190f000-0000-4000-8000-0000000000{number:02}"), "number": number,
            "state": "failed", "url": url, "finished_at": "2026-09-01 10:00:00 UTC",
        },
        "pipeline": {"slug": GIANT_PIPELINE, "name": "Storefront"},
    });
    let event = ("x-buildkite-event".to_owned(), "build.finished".to_owned());
    desk.post("/webhooks/buildkite", &[json, event], buildkite.to_string().as_bytes());
}

fn builds_of(scene: &Scene, provider: &str) -> Value {
    scene.builds().into_iter().find(|build| build["provider"] == provider).expect("a build")
}

/// Peak of this process's memory, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
fn builds_of_the_greatest_size_are_asked_for_and_shown() {
    let scene = Scene::of(&[], Archive::new(NOW), Limits::NONE, Vec::new());
    tell_of_giant(&scene.desk, BIG_BUILD);
    scene.desk.step_all();
    scene.ask_all();
    for (provider, steps_min) in [("azure_devops", 2_000), ("buildkite", 4_000)] {
        let build = builds_of(&scene, provider);
        assert_eq!(build["enrichment"]["steps"], "done", "{build}");
        assert_eq!(build["enrichment"]["logs"], "done", "{build}");
        let begun = Instant::now();
        let steps = scene.desk.get_json(&format!("/api/v1/builds/{}/steps", id(&build)));
        let count = steps["items"].as_array().expect("a list").len();
        println!("{provider}: {count} steps in {:?}; peak {} MB", begun.elapsed(), peak_mb());
        assert!(count >= steps_min, "{provider}: {count} steps");
        assert!(steps["next_cursor"].is_null());
    }
}

#[test]
fn a_log_of_a_million_lines_is_kept_and_opens_anywhere() {
    let scene = Scene::of(&[], Archive::new(NOW), Limits::NONE, Vec::new());
    tell_of_giant(&scene.desk, BIG_LOG);
    scene.desk.step_all();
    let before = peak_mb();
    scene.ask_all();
    println!("peak before {before} MB, after {} MB", peak_mb());
    for provider in ["azure_devops", "buildkite"] {
        let build = builds_of(&scene, provider);
        let steps = scene.desk.get_json(&format!("/api/v1/builds/{}/steps", id(&build)));
        let steps = steps["items"].as_array().expect("a list");
        let lines = |step: &&Value| step["log_lines"].as_i64().unwrap_or(0);
        let longest = steps.iter().max_by_key(lines).expect("a step");
        assert!(lines(&longest) >= 1_000_000, "{longest}");
        let log = longest["log_id"].as_str().expect("a log");
        let begun = Instant::now();
        let read = scene.desk.get_json(&format!("/api/v1/logs/{log}?from=734532&count=100"));
        println!("{provider}: 100 lines in {:?}", begun.elapsed());
        assert_eq!(read["items"].as_array().expect("lines").len(), 100);
        assert_eq!(read["items"][0]["n"], 734_532);
    }
}

#[test]
fn a_build_that_does_not_end_is_let_go_of_and_says_so() {
    let now = Timestamp(NOW.0 - 30 * Timestamp::MILLIS_PER_HOUR);
    let from = Timestamp(now.0 - 2 * Timestamp::MILLIS_PER_HOUR);
    let told: Vec<Happening> =
        World::new(7, from, creel::simulator::world::Pace::LIVELY).stopping(now).collect();
    let unfinished = |happening: &Happening| {
        let body = String::from_utf8_lossy(&happening.hook.body);
        body.contains("\"state\":\"running\"") || body.contains("\"inProgress\"")
    };
    // Only what tells of work going on: the provider, too, never hears of an end.
    let told: Vec<Happening> = told.into_iter().filter(unfinished).take(40).collect();
    let scene = Scene::of(&told, Archive::new(NOW), Limits::default(), Vec::new());
    let run = scene.ask_all();
    assert!(run < 5_000, "{run} errands are no end");
    for build in scene.builds() {
        let states = ["steps", "logs"].map(|aspect| build["enrichment"][aspect].clone());
        assert!(!states.contains(&json!("pending")), "{build}");
        assert!(build["enrichment"]["reason"].is_string(), "{build}");
    }
}

/// When the jobs of a build are at work.
fn spans(course: &Course) -> Vec<(Tick, Tick)> {
    match course {
        Course::Run(run) => {
            let jobs = run.stages.iter().flat_map(|stage| &stage.jobs);
            jobs.filter_map(|job| Some((job.began?, job.ended))).collect()
        }
        Course::Pipeline(build) => {
            let jobs = build.jobs.iter().filter(|job| !job.is_gate);
            jobs.filter_map(|job| Some((job.job.started_at?, job.job.finished_at?))).collect()
        }
        _ => Vec::new(),
    }
}

/// A moment in the middle of a provider's longest job: what the hooks of its build told before, and
/// what they tell after.
fn in_the_middle_of_a_job(provider: Provider) -> (Scene, Vec<Happening>) {
    let mut builds: BTreeMap<String, Vec<Happening>> = BTreeMap::new();
    for happening in world(2) {
        if let Some(build) = happening.build.clone().filter(|build| build.provider == provider) {
            builds.entry(build.external_id.clone()).or_default().push(happening);
        }
    }
    let job = |told: &[Happening]| {
        let spans = told.iter().filter_map(|one| one.course.as_ref()).flat_map(spans);
        spans.max_by_key(|(from, to)| to.0 - from.0).unwrap_or((Tick(0), Tick(0)))
    };
    let longest = builds.into_values().max_by_key(|told| job(told).1.0 - job(told).0.0);
    let told = longest.expect("a build");
    let (from, to) = job(&told);
    let now = Tick(from.0.midpoint(to.0)).timestamp();
    let archive = Archive::of(told.iter().cloned(), now);
    let (before, after): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|happening| happening.received_at <= now);
    (Scene::at(now, &before, archive, Limits::NONE, Vec::new()), after)
}

impl Scene {
    /// Steps of running builds that are at work and have a log to read.
    fn running_logs(&self, provider: &str) -> Vec<(String, Value)> {
        let running = self.builds().into_iter().filter(|build| build["state"] == "running");
        running
            .filter(|build| build["provider"] == provider)
            .flat_map(|build| {
                let steps = self.desk.get_json(&format!("/api/v1/builds/{}/steps", id(&build)));
                let steps = steps["items"].as_array().expect("a list").clone();
                steps.into_iter().map(move |step| (id(&build).to_owned(), step))
            })
            .filter(|(_, step)| step["state"] == "running" && step["log_id"].is_string())
            .collect()
    }

    fn outline(&self, log: &str) -> Value {
        self.desk.get_json(&format!("/api/v1/logs/{log}/outline"))
    }

    fn log_requests(&self) -> u64 {
        let tally = self.providers.rest.tally();
        let of_logs = |route: &str| route.contains("/logs/") || route.ends_with("/log.txt");
        tally.routes.iter().filter(|(route, _)| of_logs(route)).map(|(_, count)| count).sum()
    }
}

/// As long as the token has to rest between requests, and hooks of one moment are waited for.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn the_log_of_what_goes_on_is_fetched_while_somebody_reads_it_and_once_it_is_over() {
    for provider in [Provider::AzureDevops, Provider::Buildkite] {
        let (scene, after) = in_the_middle_of_a_job(provider);
        scene.ask_for(AT_ONCE);
        let (build, step) =
            scene.running_logs(provider.as_str()).into_iter().next().expect("one at work");
        let log = step["log_id"].as_str().expect("a log");
        let asked = scene.log_requests();
        scene.ask_for(AT_ONCE);
        assert_eq!(scene.log_requests(), asked, "nobody reads it");

        let outline = scene.outline(log);
        assert_eq!((&outline["state"], &outline["lines"]), (&json!("pending"), &json!(0)));
        scene.ask_for(AT_ONCE);
        let first = scene.outline(log);
        assert_eq!((&first["state"], &first["is_complete"]), (&json!("done"), &json!(false)));
        let lines = first["lines"].as_i64().expect("a number");
        assert!(lines > 0, "{first}");
        let asked = scene.log_requests();
        scene.ask_for(AT_ONCE);
        assert_eq!(scene.log_requests(), asked, "not again before ten seconds are over");

        scene.desk.hub.clock().advance(Duration::from_mins(1));
        scene.ask_for(AT_ONCE);
        let second = scene.outline(log);
        assert!(second["lines"].as_i64() > Some(lines), "{first} then {second}");

        let build_of = || {
            let shown = scene.desk.get_json(&format!("/api/v1/builds/{build}"));
            assert_ne!(shown["enrichment"]["logs"], "failed", "{shown}");
            shown
        };
        assert_eq!(build_of()["enrichment"]["logs"], "pending");
        scene.desk.hub.clock().advance(Duration::from_hours(3));
        for happening in &after {
            scene.desk.post_hook(&happening.hook);
        }
        scene.desk.step_all();
        scene.ask_all();
        let last = scene.outline(log);
        assert_eq!((&last["state"], &last["is_complete"]), (&json!("done"), &json!(true)));
        assert!(last["lines"].as_i64() > second["lines"].as_i64());
        let build = build_of();
        assert_eq!(build["enrichment"]["logs"], "done", "{build}");
        assert_whole(&scene, &build);
    }
}

#[test]
fn what_somebody_looks_at_goes_before_what_nobody_looks_at() {
    let scene = Scene::open(4, Limits::NONE, Vec::new());
    let green: Vec<Value> = scene.builds();
    let is_green =
        |build: &&Value| build["provider"] == "azure_devops" && build["result"] == "success";
    let green: Vec<&Value> = green.iter().filter(is_green).collect();
    let one = green.iter().min_by_key(|build| build["finished_at"].as_str()).expect("a build");
    let is_told = |build: &Value| {
        let shown = scene.desk.get_json(&format!("/api/v1/builds/{}", id(build)));
        shown["enrichment"]["steps"] == "done"
    };
    scene.desk.hub.clock().advance(Duration::from_secs(15));
    scene.desk.get_json(&format!("/api/v1/builds/{}/enrichment", id(one)));
    let end = scene.desk.hub.clock().now().plus(Duration::from_hours(1));
    while !is_told(one) {
        assert!(scene.ask_one(end), "it is asked about in the end");
    }
    let told = green.iter().filter(|build| is_told(build)).count();
    // Before it came only what was already asked for while it went on.
    assert!(told * 10 < green.len(), "{told} of {} that are green", green.len());
}

#[test]
fn what_was_told_once_stays_told_when_nobody_may_ask_any_more() {
    let scene = Scene::open(1, Limits::NONE, Vec::new());
    scene.ask_all();
    let build = builds_of(&scene, "azure_devops");
    let aspect = |name: &str| {
        let shown = scene.desk.get_json(&format!("/api/v1/builds/{}", id(&build)));
        shown["enrichment"][name].clone()
    };
    assert_eq!(aspect("changes"), "done");
    let again = format!("/api/v1/builds/{}/enrichment", id(&build));
    assert!(scene.desk.request("POST", &again, &[], b"").0.is_success());
    let end = scene.desk.hub.clock().now().plus(Duration::from_hours(1));
    while aspect("changes") != "pending" {
        assert!(scene.ask_one(end), "the build is asked about once more");
    }
    for token in scene.desk.get_json("/api/v1/access")["items"].as_array().expect("a list") {
        let target = format!("/api/v1/access/{}", token["id"].as_str().expect("an id"));
        assert!(scene.desk.request("DELETE", &target, &[], b"").0.is_success());
    }
    scene.ask_all();
    for name in ["changes", "artifacts", "tests"] {
        assert_eq!(aspect(name), "done", "{name}");
    }
}
