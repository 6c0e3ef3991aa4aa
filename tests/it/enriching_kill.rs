//! The whole server is killed again and again while it asks the providers, who answer badly now and then:
//! every build ends whole, or says why it is not, nothing is there twice, and nobody is asked too often.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use creel::clock::Clock;
use creel::model::Timestamp;
use creel::simulator::dice::Dice;
use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, Settings, TOKEN};
use creel::simulator::world::{Pace, World};
use creel::simulator::{Happening, Hook};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::enriching::{Scene, faults_of_every_kind};
use crate::support::desk::Desk;
use crate::support::http::{Client, request};
use crate::support::load::post;
use crate::support::providers::Providers;
use crate::support::server::{Server, creel, eventually, make_key};

/// Kills in `make test`; `make torture` sets `CREEL_KILL_ROUNDS`.
const KILLS: u64 = 8;

/// Builds that somebody wants asked about once more in each round, so that there is something to ask.
const WISHES: usize = 3;

/// A plan with room: what a minute allows is not to be waited for.
const LIMITS: Limits = Limits { user: 600, organisation: 2_000, azure: 4_000 };

/// The longest that asking may take. Questions that fail are tried again after some 15 s, then 30.
const PATIENCE: Duration = Duration::from_mins(3);

/// What the make-believe providers' mishaps are called; `cut` where only some reports of tests could not be had.
const TROUBLES: [&str; 8] = [
    "cut",
    "token_refused",
    "token_lacks_scope",
    "not_found",
    "rate_limited",
    "provider_unwell",
    "unreadable",
    "unreachable",
];

fn kills() -> u64 {
    std::env::var("CREEL_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// Each kind now and then. A log that ends early and says that it is whole is one that ends there, for all that
/// anybody can tell: bodies are cut short where that can be seen.
fn faults() -> Vec<RestFault> {
    let (short, mut faults): (Vec<_>, Vec<_>) =
        faults_of_every_kind(1).into_iter().partition(|fault| fault.fault == Mishap::Garbage);
    for route in ["builds/*", "builds/*/timeline", "changes", "artifacts", "annotations"] {
        let at = |fault: &RestFault| RestFault { route: Some(route.to_owned()), ..fault.clone() };
        faults.extend(short.iter().map(at));
    }
    faults
}

/// What happened at both providers in some minutes of today. All of it is over.
fn told(now: Timestamp, minutes: i64) -> Vec<Happening> {
    let ago = |minutes: i64| Timestamp(now.0 - minutes * 60_000);
    World::new(11, ago(180 + minutes), Pace::LIVELY).ending(ago(180)).collect()
}

/// A directory whose server may ask, and whom it asks.
struct Stage {
    directory: TempDir,
    key: String,
    providers: Providers,
}

impl Stage {
    fn set(told: &[Happening], now: Timestamp, limits: Limits, faults: Vec<RestFault>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let key = make_key(&directory.path().join("data"), "ingest,read,admin");
        let settings = Settings { limits, faults, ..Settings::new(Clock::system()) };
        let providers = Providers::start(settings, Archive::of(told.iter().cloned(), now));
        Self { directory, key, providers }
    }

    fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    fn start(&self) -> Server {
        Server::start(&self.data())
    }

    fn set_token(&self, server: &Server, provider: &str, base: &str) {
        let wish =
            json!({"provider": provider, "base": base, "confirm_base": true, "token": TOKEN});
        self.send(server, "PUT", "/api/v1/access", wish.to_string().as_bytes());
    }

    /// Somebody wants a build asked about once more.
    fn wish(&self, server: &Server, build: &Value) {
        self.send(server, "POST", &format!("/api/v1/builds/{}/enrichment", id(build)), b"");
    }

    fn send(&self, server: &Server, method: &str, target: &str, body: &[u8]) {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = request(server.address, method, target, &headers, body);
        assert!((200..300).contains(&answer.status), "{target}: {}", answer.text());
    }

    fn post<'h>(&self, server: &Server, hooks: impl Iterator<Item = &'h Hook>) {
        let mut client = Client::connect(server.address).expect("connected");
        for hook in hooks {
            let (status, answer) = post(&mut client, hook, &self.key).expect("answered");
            assert_eq!(status, 200, "{answer}");
        }
    }

    fn requests(&self) -> u64 {
        self.providers.rest.tally().requests
    }

    fn finished(&self, server: &Server) -> Vec<Value> {
        let builds = server.all("/api/v1/builds", &self.key);
        builds.into_iter().filter(|build| build["state"] == "finished").collect()
    }
}

fn id(build: &Value) -> &str {
    build["id"].as_str().expect("an id")
}

/// Whether all that its provider has of a build is here. What it does not have is unavailable for no reason.
fn is_whole(build: &Value) -> bool {
    let enrichment = &build["enrichment"];
    let is_done =
        ["steps", "logs", "changes", "artifacts"].iter().all(|it| enrichment[it] == "done");
    let is_told = ["tests", "annotations"].iter().all(|it| enrichment[it] != "pending");
    is_done && is_told && enrichment["reason"].is_null()
}

/// Wait for what may take as long as questions that are asked again.
fn in_the_end(what: &str, mut left: impl FnMut() -> Vec<Value>) {
    let begun = Instant::now();
    loop {
        let left = left();
        if left.is_empty() {
            return;
        }
        let shown: Vec<String> = left.iter().take(3).map(ToString::to_string).collect();
        assert!(begun.elapsed() < PATIENCE, "not {what}: {} of {shown:#?}", left.len());
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// What is not here is still to be asked: nothing waits for ever. Logs of a build that was asked about while it went
/// on are fetched once somebody reads them, or when it is asked about at its end.
fn assert_nothing_is_forgotten(data: &Path) {
    let books = Connection::open(data.join("books.db")).expect("opens");
    for (what, sql) in [
        (
            "aspects",
            "select count(*) from enrichment e
              where e.state = 'pending'
                and not exists (select 1 from errand where errand.build = e.build)",
        ),
        (
            "logs",
            "select count(*) from log l
              where l.state = 'pending'
                and not exists (select 1 from errand e
                                 where e.build = l.build
                                   and (e.kind = 'log' and e.what = l.provider_key
                                        or e.kind in ('build', 'timeline')))",
        ),
    ] {
        let count: i64 = books.query_row(sql, [], |row| row.get(0)).expect("counted");
        assert_eq!(count, 0, "{what} are pending, and nobody will ask");
    }
}

/// What is still to be asked about builds that are over, but for what failed when it was asked once more: that
/// waits for its next try, and nobody sees it.
fn left_to_be_asked(data: &Path) -> Vec<Value> {
    let books = Connection::open(data.join("books.db")).expect("opens");
    let mut errands = books
        .prepare(
            "select e.kind || ' ' || e.what from errand e join build b on b.id = e.build
              where b.state = 'finished' and (e.tries = 0 or e.due_at <= ?1)",
        )
        .expect("prepared");
    let rows = errands.query_map([Timestamp::now().0], |row| row.get(0)).expect("queried");
    rows.map(|row| Value::String(row.expect("read"))).collect()
}

/// Everything that pages show of the builds and their logs, without the port of whom was asked.
fn shown(get: impl Fn(&str) -> Vec<u8>, builds: &[Value], port: u16) -> BTreeMap<String, Value> {
    let port = format!(":{port}/");
    let text = |target: &str| String::from_utf8_lossy(&get(target)).replace(&port, ":0/");
    let json = |target: &str| -> Value { serde_json::from_str(&text(target)).expect("JSON") };
    let mut shown = BTreeMap::new();
    for build in builds {
        let build = id(build);
        let mut steps = json(&format!("/api/v1/builds/{build}/steps"));
        for step in steps["items"].as_array_mut().expect("a list") {
            // What a queue is called is asked for now and then, and not insisted upon.
            step["queue"].take();
            if let Some(log) = step["log_id"].as_str() {
                let raw = format!("/api/v1/logs/{log}/raw");
                shown.entry(raw).or_insert_with_key(|raw| Value::String(text(raw)));
            }
        }
        shown.insert(format!("steps of {build}"), steps);
        for part in ["", "/artifacts", "/annotations"] {
            let target = format!("/api/v1/builds/{build}{part}");
            let answer = json(&target);
            shown.insert(target, answer);
        }
        for part in ["/tests?limit=500", "/test-sets"] {
            let target = format!("/api/v1/builds/{build}{part}");
            let mut answer = json(&target);
            for item in answer["items"].as_array_mut().expect("a list") {
                // Numbers of this installation, and when it asked.
                item["id"].take();
                item["at"].take();
                // What is said of a test follows behind, when it is assessed.
                item["case_status"].take();
                item["sentence"].take();
            }
            answer["next_cursor"].take();
            let items = answer["items"].as_array_mut().expect("a list");
            items.sort_by_cached_key(ToString::to_string);
            shown.insert(target, answer);
        }
    }
    shown
}

/// The same builds where nothing went wrong, asked about in one go.
fn undisturbed(told: &[Happening], now: Timestamp) -> BTreeMap<String, Value> {
    let archive = Archive::of(told.iter().cloned(), now);
    let scene = Scene::at(now, told, archive, Limits::NONE, Vec::new());
    scene.ask_all();
    let builds: Vec<Value> =
        scene.builds().into_iter().filter(|build| build["state"] == "finished").collect();
    assert!(builds.iter().all(is_whole), "the undisturbed run is not whole");
    let get = |target: &str| {
        let (status, body) = scene.desk.request("GET", target, &[], b"");
        assert!(status.is_success(), "{target}: {status}");
        body
    };
    shown(get, &builds, scene.providers.address.port())
}

/// Files of logs that no row names, as the doctor tells of them; and all of them.
fn files(data: &Path) -> (Vec<std::path::PathBuf>, usize) {
    let books = Connection::open(data.join("books.db")).expect("opens");
    let mut rows = books.prepare("select file from log where file is not null").expect("prepared");
    let named: HashSet<String> = rows
        .query_map([], |row| row.get(0))
        .expect("queried")
        .map(|row| row.expect("read"))
        .collect();
    let mut strays = Vec::new();
    let mut count = 0;
    let logs = data.join("logs");
    for group in std::fs::read_dir(&logs).expect("listed") {
        for file in std::fs::read_dir(group.expect("a group").path()).expect("listed") {
            let path = file.expect("a file").path();
            let name = path.strip_prefix(&logs).expect("below").to_string_lossy().into_owned();
            count += 1;
            if !named.contains(&name) {
                strays.push(path);
            }
        }
    }
    assert_eq!(count - strays.len(), named.len(), "each log that is named is there once");
    (strays, count)
}

/// Fails with the first line that differs: some of this is long.
fn assert_same(what: &str, after_kills: Option<&Value>, undisturbed: &Value) {
    let Some(after_kills) = after_kills else { panic!("{what} is missing") };
    if after_kills == undisturbed {
        return;
    }
    let lines = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    };
    let (ours, theirs) = (lines(after_kills), lines(undisturbed));
    let mut both = ours.lines().zip(theirs.lines());
    panic!("{what} differs: {:?}", both.find(|(ours, theirs)| ours != theirs));
}

/// What `creel doctor` says of the parts of a stopped server.
fn assert_the_doctor_is_content(data: &Path) {
    let output = creel(data, &["doctor", "--full", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.status.success(), "{report}");
    for check in ["journal", "books", "logs"] {
        let items = report["items"].as_array().expect("items");
        let mut found = items.iter().filter(|item| item["check"] == check).peekable();
        assert!(found.peek().is_some(), "{check} is not looked at: {report}");
        assert!(found.all(|item| item["mark"] == "ok"), "{report}");
    }
}

#[test]
fn killed_again_and_again_every_build_ends_whole_or_says_why_not() {
    let (now, kills) = (Timestamp::now(), kills());
    let told = told(now, 20);
    let stage = Stage::set(&told, now, LIMITS, faults());
    let mut dice = Dice::seeded(&[kills]);

    let mut killed_at = Vec::new();
    for round in 0..kills {
        let server = stage.start();
        if round == 0 {
            stage.set_token(&server, "azure_devops", &stage.providers.azure());
            stage.set_token(&server, "buildkite", &stage.providers.buildkite());
            stage.post(&server, told.iter().map(|happening| &happening.hook));
            server.wait_until_read(&stage.key);
        } else {
            assert_nothing_is_forgotten(&stage.data());
        }
        let builds = stage.finished(&server);
        let begun = stage.requests();
        let wanted = begun + u64::from(dice.between(4, 24));
        for nth in 0..WISHES {
            let nth = usize::try_from(round).expect("few") * WISHES + nth;
            stage.wish(&server, &builds[nth % builds.len()]);
        }
        eventually("it asks", || stage.requests() >= wanted);
        server.kill();
        killed_at.push(stage.requests());
    }

    // As long as the providers are unwell, what is missing has their reason.
    let server = stage.start();
    let unwell = |build: &Value| !is_whole(build) && !build["enrichment"]["reason"].is_string();
    in_the_end("whole or with a reason", || {
        stage.finished(&server).into_iter().filter(unwell).collect()
    });
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for build in stage.finished(&server).iter().filter(|build| !is_whole(build)) {
        let target = format!("/api/v1/builds/{}/enrichment", id(build));
        let standings = server.get(&target, &stage.key).json();
        for aspect in standings["items"].as_array().expect("a list") {
            if let Some(code) = aspect["code"].as_str() {
                assert!(TROUBLES.contains(&code), "no provider said so: {aspect}");
                assert!(aspect["reason"].is_string(), "{aspect}");
                *reasons.entry(code.to_owned()).or_default() += 1;
            }
        }
    }
    let tally = stage.providers.rest.tally();
    assert!(tally.faults > 0, "{tally:?}");

    // Once they are well, all of it can be had.
    stage.providers.rest.set_faults(Vec::new());
    let wanting: Vec<Value> =
        stage.finished(&server).into_iter().filter(|build| !is_whole(build)).collect();
    for build in &wanting {
        stage.wish(&server, build);
    }
    in_the_end("whole", || {
        stage.finished(&server).into_iter().filter(|build| !is_whole(build)).collect()
    });
    in_the_end("asked", || left_to_be_asked(&stage.data()));
    let builds = stage.finished(&server);
    let get = |target: &str| {
        let answer = server.get(target, &stage.key);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.body
    };
    let after_kills = shown(get, &builds, stage.providers.address.port());
    server.stop();
    let tally = stage.providers.rest.tally();
    assert_eq!(tally.over_limit, 0, "{tally:?}");

    let undisturbed = undisturbed(&told, now);
    for (what, as_it_is) in &undisturbed {
        assert_same(what, after_kills.get(what), as_it_is);
    }
    assert_eq!(after_kills.len(), undisturbed.len(), "there is more than there should be");
    let data = stage.data();
    // What a kill left between a file and its row goes with the next run of who tidies up.
    let (strays, count) = files(&data);
    for stray in &strays {
        let file = std::fs::File::options().write(true).open(stray).expect("opened");
        file.set_modified(SystemTime::now() - Duration::from_hours(2)).expect("set back");
    }
    println!(
        "{kills} kills at {killed_at:?} requests, {} faults in {}: {} builds, {count} logs, {} files \
         to tidy up; missing before the end: {reasons:?}",
        tally.faults,
        tally.requests,
        builds.len(),
        strays.len(),
    );
    let desk = Desk::open_on(stage.directory, &[], Timestamp::now());
    desk.tidy_up();
    assert_eq!(files(&desk.data()).0, Vec::<std::path::PathBuf>::new());
    let desk = desk.closed();
    assert_the_doctor_is_content(&desk.path().join("data"));
}

/// A server that is started again knows nothing of what it asked before: it hears it with its first answer.
#[test]
fn no_restart_makes_it_ask_more_than_it_may() {
    const RESTARTS: u64 = 6;
    // Of 50 that Buildkite allows a user, 40 are ours; of what is on its way, some count twice.
    const NEARLY_ALL: u64 = 35;
    let now = Timestamp::now();
    let told = told(now, 60);
    let stage = Stage::set(&told, now, Limits::default(), Vec::new());
    for round in 0..=RESTARTS {
        let before = stage.requests();
        let server = stage.start();
        if round == 0 {
            stage.set_token(&server, "buildkite", &stage.providers.buildkite());
            stage.post(&server, told.iter().map(|happening| &happening.hook));
            eventually("the minute's share is used up", || stage.requests() >= NEARLY_ALL);
        } else {
            // It asks what is left, and has to wait.
            eventually("it is held back", || {
                let metrics = server.get("/metrics", &stage.key).text();
                let waits = "creel_provider_waits_total{provider=\"buildkite\"}";
                stage.requests() > before && metrics.contains(waits)
            });
        }
        server.kill();
    }
    let tally = stage.providers.rest.tally();
    assert!((NEARLY_ALL + RESTARTS..=50).contains(&tally.requests), "{tally:?}");
    assert_eq!((tally.over_limit, tally.by_status.get(&429)), (0, None), "{tally:?}");
}
