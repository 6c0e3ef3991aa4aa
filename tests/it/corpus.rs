//! Every collected hook body, posted over the front door: the right answer, the right event and
//! record, and a duplicate the second time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use creel::simulator::clock::Tick;
use creel::simulator::{azure_devops, buildkite};
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

/// The event types that the providers document, with the kind that each is to us. Left out is
/// `manualintervention.pending`, whose one sample has no `eventType`.
const DOCUMENTED: [(&str, &str); 57] = [
    ("agent.blocked", "other"),
    ("agent.connected", "agent.connected"),
    ("agent.disconnected", "agent.disconnected"),
    ("agent.lost", "agent.lost"),
    ("agent.stopped", "agent.disconnected"),
    ("agent.stopping", "agent.disconnected"),
    ("agentqueue.created", "other"),
    ("agentqueue.updated", "other"),
    ("build.complete", "build.finished"),
    ("build.failing", "build.started"),
    ("build.finished", "build.finished"),
    ("build.running", "build.started"),
    ("build.scheduled", "build.queued"),
    ("build.skipped", "build.finished"),
    ("cluster_token.registration_blocked", "other"),
    ("elasticagentpool.resized", "other"),
    ("git.pullrequest.created", "pull_request.created"),
    ("git.pullrequest.merged", "pull_request.merged"),
    ("git.pullrequest.updated", "pull_request.updated"),
    ("git.push", "push"),
    ("git.repo.created", "repository.changed"),
    ("git.repo.deleted", "repository.changed"),
    ("git.repo.forked", "repository.changed"),
    ("git.repo.renamed", "repository.changed"),
    ("git.repo.statuschanged", "repository.changed"),
    ("git.repo.undeleted", "repository.changed"),
    ("job.activated", "approval.finished"),
    ("job.finished", "step.finished"),
    ("job.promised_exit_status", "other"),
    ("job.scheduled", "other"),
    ("job.started", "step.started"),
    ("message.posted", "other"),
    ("ms.vss-alerts.alert-created-event", "alert.changed"),
    ("ms.vss-alerts.alert-state-changed-event", "alert.changed"),
    ("ms.vss-alerts.alert-updated-event", "alert.changed"),
    ("ms.vss-code.git-pullrequest-comment-event", "pull_request.commented"),
    ("ms.vss-endpoint.endpoint-created", "other"),
    ("ms.vss-endpoint.endpoint-updated", "other"),
    ("ms.vss-pipelinechecks-events.approval-completed", "approval.finished"),
    ("ms.vss-pipelinechecks-events.approval-pending", "approval.waiting"),
    ("ms.vss-pipelinechecks-events.check-updated-event", "other"),
    ("ms.vss-pipelines.job-state-changed-event", "step.finished"),
    ("ms.vss-pipelines.run-state-changed-event", "build.finished"),
    ("ms.vss-pipelines.stage-state-changed-event", "step.started"),
    ("ms.vss-release.deployment-approval-completed-event", "other"),
    ("ms.vss-release.deployment-approval-pending-event", "deployment.waiting"),
    ("ms.vss-release.deployment-completed-event", "deployment.finished"),
    ("ms.vss-release.deployment-started-event", "deployment.started"),
    ("ms.vss-release.release-abandoned-event", "release.abandoned"),
    ("ms.vss-release.release-created-event", "release.created"),
    ("ping", "other"),
    ("tfvc.checkin", "push"),
    ("workitem.commented", "work_item.commented"),
    ("workitem.created", "work_item.created"),
    ("workitem.deleted", "work_item.deleted"),
    ("workitem.restored", "work_item.restored"),
    ("workitem.updated", "work_item.updated"),
];

#[test]
fn every_documented_event_type_is_simulated_answered_and_read() {
    let contoso = azure_devops::Organisation::contoso();
    let acme = buildkite::Organisation::acme();
    let desk = Desk::open();
    let azure = azure_devops::Shape::ALL.into_iter().zip(1_u64..).map(|(shape, number)| {
        let build = contoso.build(5, Tick::BEGIN);
        let mut scene = azure_devops::Scene::new(contoso, shape, build, number);
        scene.subscription = contoso.subscription(9, number);
        scene.created_at = Tick::BEGIN.plus_ms(number * 1_000);
        (shape.event_type(), scene.hook())
    });
    let buildkite = buildkite::Shape::ALL.into_iter().zip(1_u64..).map(|(shape, number)| {
        let build = acme.build(5, Tick::BEGIN);
        let sent_at = Tick::BEGIN.plus_ms(number * 1_000);
        let scene = buildkite::Scene::new(acme, shape, build, number, sent_at);
        (shape.event(), scene.hook())
    });
    let mut entries = Vec::new();
    for (event_type, hook) in azure.chain(buildkite) {
        let answer = desk.post_hook(&hook);
        let builds = event_type.starts_with("build.")
            || event_type.starts_with("job.")
            || event_type.starts_with("ms.vss-pipelines.")
            || event_type.starts_with("ms.vss-pipelinechecks-events.approval");
        let expected = if builds { "stored" } else { "skipped" };
        assert_eq!(answer["status"], expected, "{event_type}: {answer}");
        entries.push((event_type, answer["entry_id"].as_i64().expect("a number")));
    }
    desk.step_all();
    let mut read = BTreeSet::new();
    for (event_type, entry) in entries {
        let event = desk.get_json(&format!("/api/v1/events/{entry}"));
        assert_eq!(event["status"], "done", "{event_type}: {}", event["reason"]);
        assert_eq!(event["type"], event_type);
        read.insert((event_type, event["kind"].as_str().expect("a word").to_owned()));
    }
    let documented: BTreeSet<_> =
        DOCUMENTED.iter().map(|(event_type, kind)| (*event_type, (*kind).to_owned())).collect();
    assert_eq!(read, documented);
    let subjects = desk.get_json("/api/v1/subjects?limit=500");
    let of = |kind: &str, state: &str| {
        let items = subjects["items"].as_array().expect("items");
        assert!(
            items.iter().any(|it| it["kind"] == kind && it["state"] == state),
            "{kind} {state}"
        );
    };
    of("agent", "stopped");
    of("release", "abandoned");
    assert!(
        subjects["items"]
            .as_array()
            .expect("items")
            .iter()
            .all(|it| !it["last_event_at"].is_null())
    );
}
