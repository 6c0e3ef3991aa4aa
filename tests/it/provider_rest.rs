//! The make-believe providers' REST side as others see it: over the wire, and by the vendor's own
//! libraries.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use creel::clock::Clock;
use creel::model::Timestamp;
use creel::simulator::rest::faults::{Mishap, RestFault};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, BIG_LOG, GIANT_PIPELINE, Settings};
use creel::simulator::world::contoso;

use serde_json::{Value, json};

use crate::support::http::{Client, request};
use crate::support::providers::Providers;
use crate::support::server::Server;
use crate::support::tools::{fetched, tool};

/// Tuesday, 17 March 2026, 14:30.
const NOW: Timestamp = Timestamp(1_773_757_800_000);

// `:simulated-pat`
const AZURE: (&str, &str) = ("authorization", "Basic OnNpbXVsYXRlZC1wYXQ=");
const BUILDKITE: (&str, &str) = ("authorization", "Bearer simulated-pat");

fn providers() -> Providers {
    let clock = Clock::standing_at(NOW);
    let settings = Settings { limits: Limits::NONE, ..Settings::new(clock) };
    Providers::start(settings, Archive::with_history(1, NOW))
}

#[test]
fn a_log_of_a_million_lines_is_made_while_it_is_sent() {
    let providers = providers();
    let project = &contoso().projects[0].name;
    let target = format!("/contoso/{project}/_apis/build/builds/{BIG_LOG}/logs/3");
    let answer = request(providers.address, "GET", &target, &[AZURE], b"");
    assert_eq!(answer.status, 200);
    // The last piece is what follows the last line's end: nothing.
    let lines = answer.body.split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(lines, 1_000_002);
    let path = format!("/v2/organizations/acme/pipelines/{GIANT_PIPELINE}/builds/{BIG_LOG}");
    let build = request(providers.address, "GET", &path, &[BUILDKITE], b"").json();
    let job = build["jobs"][0]["id"].as_str().expect("a job");
    let target = format!("{path}/jobs/{job}/log.txt");
    let mut client = Client::connect(providers.address).expect("a connection");
    let ask =
        format!("HEAD {target} HTTP/1.1\r\nhost: x\r\n{}: {}\r\n\r\n", BUILDKITE.0, BUILDKITE.1);
    client.write(ask.as_bytes()).expect("sent");
    let head = client.read_head().expect("a head");
    let tail = [BUILDKITE, ("range", "bytes=-400")];
    let tail = request(providers.address, "GET", &target, &tail, b"");
    assert_eq!((tail.status, tail.body.len()), (206, 400));
    let range = tail.header("content-range").expect("a range");
    assert!(range.ends_with(head.header("content-length").expect("a length")), "{range}");
}

#[test]
fn addresses_in_answers_lead_back_to_where_was_asked() {
    let providers = providers();
    let get = |target: &str, proof| request(providers.address, "GET", target, &[proof], b"");
    let areas = get("/contoso/_apis/resourceAreas", AZURE).json();
    let build = areas["value"].as_array().unwrap().iter().find(|area| area["name"] == "build");
    assert_eq!(build.unwrap()["locationUrl"], format!("{}/", providers.azure()));
    let builds = get("/v2/organizations/acme/builds?per_page=1", BUILDKITE);
    let next = builds.header("link").expect("a link").split('>').next().expect("an address");
    assert!(next.starts_with(&format!("<{}/organizations/acme/builds?", providers.buildkite())));
    // The newest has perhaps not begun its first job.
    let builds = get("/v2/organizations/acme/builds?per_page=100", BUILDKITE).json();
    let jobs =
        builds.as_array().expect("builds").iter().filter_map(|build| build["jobs"].as_array());
    let mut logs = jobs.flatten().filter_map(|job| job["raw_log_url"].as_str());
    let log = logs.next().expect("an address");
    assert!(log.starts_with(&providers.buildkite()), "{log}");
}

#[test]
fn what_the_script_spoils_is_spoiled_on_the_wire() {
    let providers = providers();
    let route = "_apis/projects";
    let get = || request(providers.address, "GET", "/contoso/_apis/projects", &[AZURE], b"");
    let whole = get();
    assert_eq!(whole.status, 200);
    for (mishap, status) in [
        (Mishap::Error, 500),
        (Mishap::Unavailable, 503),
        (Mishap::TooMany, 429),
        (Mishap::SignIn, 203),
        (Mishap::Hidden, 404),
        (Mishap::Forbidden, 403),
        (Mishap::Unauthorized, 401),
        (Mishap::RetryAfter, 200),
        (Mishap::Slow, 200),
    ] {
        let fault = RestFault { wait_s: 1, ..RestFault::first(mishap, 1, route) };
        providers.rest.set_faults(vec![fault]);
        let answer = get();
        assert_eq!(answer.status, status, "{mishap:?}");
        if matches!(mishap, Mishap::RetryAfter | Mishap::Unavailable) {
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(get().status, 200, "{mishap:?} comes once");
    }
    providers.rest.set_faults(vec![RestFault::first(Mishap::Cut, 1, route)]);
    let mut client = Client::connect(providers.address).expect("a connection");
    let cut = client.send("GET", "/contoso/_apis/projects", &[AZURE], b"");
    assert!(cut.is_err(), "the connection breaks in the middle");
    providers.rest.set_faults(vec![RestFault::first(Mishap::Garbage, 1, route)]);
    let half = get();
    assert!(whole.body.starts_with(&half.body) && half.body.len() < whole.body.len());
    let tally = providers.rest.tally();
    assert_eq!(tally.faults, 11);
    assert_eq!(tally.routes["GET contoso/_apis/projects"], tally.requests);
}

/// What a program of a library prints that was shown where `contoso` is.
fn read_by(mut command: Command, address: SocketAddr) -> Value {
    let output = command
        .args([&format!("http://{address}/contoso"), "simulated-pat"])
        .output()
        .expect("the library's program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sdk").join(name)
}

fn names(list: &Value, name: &str) -> Value {
    let mut names: Vec<&str> =
        list["value"].as_array().unwrap().iter().filter_map(|one| one[name].as_str()).collect();
    names.sort_unstable();
    json!(names)
}

/// What both libraries read is what stands there, read without them.
fn compare(read: &Value, address: SocketAddr) {
    let get = |target: &str| request(address, "GET", target, &[AZURE], b"").json();
    assert_eq!(read["projects"], names(&get("/contoso/_apis/projects"), "name"));
    let build = format!("/contoso/Payments/_apis/build/builds/{}", read["build"][0]);
    let shown = get(&build);
    assert_eq!(read["build"][1], shown["buildNumber"]);
    assert_eq!(shown["result"], "failed");
    let finished = read["build"][3].as_str().unwrap().get(..19);
    assert_eq!(finished, shown["finishTime"].as_str().unwrap().get(..19));
    let timeline = get(&format!("{build}/timeline"));
    let records = timeline["records"].as_array().unwrap();
    assert_eq!(read["records"], records.len());
    let mut jobs: Vec<[&Value; 3]> = records
        .iter()
        .filter(|record| record["type"] == "Job")
        .map(|job| [&job["id"], &job["name"], &job["workerName"]])
        .collect();
    jobs.sort_by_key(|[id, ..]| id.as_str());
    let read_jobs = read["jobs"].as_array().unwrap().iter();
    let read_jobs: Vec<[&Value; 3]> = read_jobs.map(|job| [&job[0], &job[1], &job[3]]).collect();
    assert_eq!(read_jobs, jobs);
    let log = format!("{build}/logs/{}", read["log"][0]);
    let log = request(address, "GET", &log, &[AZURE], b"").text();
    assert_eq!(read["log"][1], log.lines().count());
    assert_eq!(read["log"][2], log.lines().last().unwrap());
    assert_eq!(read["changes"][0], shown["sourceVersion"]);
    let run = get(&format!("/contoso/Payments/_apis/test/runs/{}", read["run"][0]));
    assert_eq!(read["run"], json!([run["id"], run["totalTests"], run["passedTests"]]));
    assert_eq!(read["results"], json!([run["totalTests"], run["passedTests"]]));
    assert_eq!(read["pools"], json!([[9, "Azure Pipelines", true], [14, "Default", false]]));
    let agents = read["agents"].as_array().unwrap();
    assert_eq!((agents.len(), &agents[0][0]), (8, &json!("build-linux-01")));
    assert_eq!(agents[7][2], false, "the last is switched off");
    let release = format!("/vsrm/contoso/Warehouse/_apis/release/releases/{}", read["release"][0]);
    assert_eq!(read["release"][1], get(&release)["name"]);
}

#[test]
fn the_vendors_python_library_reads_from_the_simulator() {
    let Some(python) = tool("python3") else { return };
    let Some(packages) = fetched("azure-devops-7.1.0b4", "azure-devops (Python)") else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let simulator = Server::simulator(directory.path());
    let mut command = Command::new(python);
    // It keeps what it discovers for half a day.
    command.arg(script("read.py")).env("AZURE_DEVOPS_CACHE_DIR", directory.path());
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    let read = read_by(command, simulator.address);
    compare(&read, simulator.address);
    assert_eq!(read["definition"], "payments-api");
    assert_eq!(read["definitions"], json!(["ledger-service", "payments-api"]));
    assert_eq!(read["queues"], json!(["Azure Pipelines", "Default"]));
    assert_eq!(read["deployments"], true);
}

#[test]
fn the_vendors_node_library_reads_from_the_simulator() {
    let Some(node) = tool("node") else { return };
    let place = "azure-devops-node-api-17.0.1";
    let Some(modules) = fetched(place, "azure-devops-node-api (Node)") else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let simulator = Server::simulator(directory.path());
    let mut command = Command::new(node);
    command.arg(script("read.cjs")).env("NODE_PATH", modules);
    let read = read_by(command, simulator.address);
    compare(&read, simulator.address);
    let who = request(simulator.address, "GET", "/contoso/_apis/connectionData", &[AZURE], b"");
    assert_eq!(read["who"], who.json()["authenticatedUser"]["providerDisplayName"]);
    // It reads words as the numbers of its own lists.
    assert_eq!(read["build"][2], 8);
    // A build's summary counts all its runs: one of every attempt that ran tests.
    let build = read["summary"][0].as_str().unwrap();
    let runs = format!(
        "/contoso/Payments/_apis/test/runs?includeRunDetails=true\
         &buildUri=vstfs%3A%2F%2F%2FBuild%2FBuild%2F{build}"
    );
    let runs = request(simulator.address, "GET", &runs, &[AZURE], b"").json();
    let totals = runs["value"].as_array().unwrap().iter().map(|run| run["totalTests"].as_u64());
    assert_eq!(read["summary"][1].as_u64(), totals.sum::<Option<u64>>());
}
