//! Every collected hook body, posted over the front door: the right answer, the right event and
//! record, and a duplicate the second time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::payloads_azure;
use crate::support::desk::Desk;
use crate::support::payloads;

fn bodies(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("listed")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("read"))
        })
        // Not bodies: a list of headers, a list of signatures.
        .filter(|(name, _)| !name.ends_with(".headers") && name != "signature-vectors")
        .collect()
}

/// The answer by the rules of the front door, found the slow and plain way.
fn expected(body: &Value, route: &str) -> &'static str {
    let event = if route == "/webhooks/buildkite" { "event" } else { "eventType" };
    let Some(event) = body[event].as_str() else { return "parked" };
    if route == "/webhooks/buildkite" {
        let builds = event.starts_with("build.") || event.starts_with("job.");
        return if builds { "stored" } else { "skipped" };
    }
    let containers = &body["resourceContainers"];
    let is_sample = ["collection", "account", "project"].iter().any(|name| {
        let id = containers[*name]["id"].as_str().unwrap_or_default();
        containers[*name]["baseUrl"].is_null()
            && ["c12d0eb8-", "f844ec47-", "be9b3917-"].iter().any(|start| id.starts_with(start))
    });
    let resource = body["resource"].to_string() + &containers.to_string();
    let names_fabrikam = resource.contains("://fabrikam") && resource.contains(".visualstudio.com");
    if is_sample || names_fabrikam {
        return "test";
    }
    let makes_builds = event == "build.complete"
        || event.starts_with("ms.vss-pipelines.")
        || event.starts_with("ms.vss-pipelinechecks-events.approval");
    if makes_builds { "stored" } else { "skipped" }
}

#[test]
fn every_collected_body_is_answered_recorded_and_known_the_second_time() {
    let Some(payloads) = payloads() else { return };
    let desk = Desk::open();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut entries = BTreeMap::new();
    let collected = [
        ("azure-devops", "/webhooks/azure"),
        ("azure-devops/captured", "/webhooks/azure-devops"),
        ("guides", "/hooks/receive"),
        ("buildkite/webhooks", "/webhooks/buildkite"),
    ]
    .map(|(folder, route)| (folder, route, bodies(&payloads.join(folder))));
    let described: Vec<_> = payloads_azure::samples()
        .into_iter()
        .filter(|sample| sample.name.starts_with("asyncapi__"))
        .map(|sample| (sample.name, sample.body))
        .collect();
    for (folder, route, bodies) in
        collected.into_iter().chain([("asyncapi", "/webhooks/azure", described)])
    {
        for (name, body) in bodies {
            let answer = desk.post(route, &[], &body);
            let parsed: Value = serde_json::from_slice(&body).expect("the collection is JSON");
            assert_eq!(answer["status"], expected(&parsed, route), "{folder}/{name}: {answer}");
            *answers.entry(answer["status"].to_string()).or_default() += 1;
            let again = desk.post(route, &[], &body);
            assert_eq!(again["status"], "duplicate", "{folder}/{name}: {again}");
            assert_eq!(again["entry_id"], answer["entry_id"], "{folder}/{name}");
            let entry = answer["entry_id"].as_i64().expect("a number");
            let before = entries.insert(entry, format!("{folder}/{name}"));
            assert_eq!(before, None, "{folder}/{name} was swallowed by another body");
        }
    }
    desk.step_all();

    let mut with_builds = 0;
    for (entry, name) in &entries {
        let (status, event) = desk.request("GET", &format!("/api/v1/events/{entry}"), &[], b"");
        assert_eq!(status, 200, "{name}");
        let event: Value = serde_json::from_slice(&event).expect("JSON");
        assert_eq!(event["duplicates"].as_array().map(Vec::len), Some(1), "{name}");
        let builds = event["builds"].as_array().expect("a list").len();
        match event["answer"].as_str().expect("a word") {
            "test" => assert_eq!(builds, 0, "{name}: a test made a build"),
            "stored" if event["status"] == "parked" => {
                // Documented stubs without the build's own id.
                assert!(name.contains("docs-stub"), "{name}: {}", event["reason"]);
            }
            // An approval that names no run, and an envelope that the guides print without content.
            "stored" if name.contains("approval") || name.contains("envelope") => {}
            "stored" => {
                assert_eq!(builds, 1, "{name} made no build");
                with_builds += 1;
            }
            _ => {}
        }
    }
    println!("{} bodies: {answers:?}, {with_builds} made or changed a build", entries.len());
    assert!(entries.len() > 90);
}
