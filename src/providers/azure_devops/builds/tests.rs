//! How `build.complete` is read.

use serde_json::{Value, json};

use super::*;
use crate::model::Details;
use crate::providers::azure_devops::fixtures::{
    bent, body, build_of, read, read_fixture, try_read,
};

const SHA: &str = "4f1c9a7e2b60d835fa91c4e07d3b8265ae90f1c2";

fn result(body: &Value) -> (BuildResult, Option<String>) {
    let completion = build_of(body).completion.expect("a completion");
    (completion.result, completion.raw)
}

#[test]
fn a_rest_build_tells_everything() {
    let reading = read_fixture("build_complete");
    assert_eq!(reading.event.kind, EventKind::BuildFinished);
    assert_eq!(reading.event.subject, Some(subject(7315)));
    insta::assert_yaml_snapshot!(reading.build, @r#"
    at: "2026-02-13T14:29:01.441Z"
    weight: 3
    completion:
      authority: build
      at: "2026-02-13T14:29:01.441Z"
      told_at: "2026-02-13T14:29:03.118Z"
      result: unstable
      raw: partiallySucceeded
    queued_at: "2026-02-13T14:20:11.310Z"
    started_at: "2026-02-13T14:20:59.830Z"
    project: Harbour
    project_id: 5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1
    pipeline:
      key: "88"
      name: crane-ci
    number: 7315
    label: "20260213.4"
    external_id: "7315"
    url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_build/results?buildId=7315"
    branch: main
    commit: 4f1c9a7e2b60d835fa91c4e07d3b8265ae90f1c2
    reason: individualCI
    requested_by: Mira Holt
    "#);
}

#[test]
fn the_older_shape_tells_the_same_build_in_other_words() {
    insta::assert_yaml_snapshot!(build_of(&body("build_complete_1_0")), @r#"
    at: "2026-02-13T14:29:01.441Z"
    weight: 1
    completion:
      authority: build
      at: "2026-02-13T14:29:01.441Z"
      told_at: "2026-02-13T14:29:03.200Z"
      result: unstable
      raw: partiallySucceeded
    started_at: "2026-02-13T14:20:59.830Z"
    project_id: 5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1
    pipeline:
      key: "88"
      name: crane-ci
    number: 7315
    label: "20260213.4"
    external_id: "7315"
    url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_build/results?buildId=7315"
    branch: main
    commit: 4f1c9a7e2b60d835fa91c4e07d3b8265ae90f1c2
    reason: individualCI
    requested_by: Mira Holt
    "#);
}

#[test]
fn every_word_for_a_result_is_understood_in_either_version() {
    for (word, expected) in [
        ("succeeded", BuildResult::Success),
        ("partiallySucceeded", BuildResult::Unstable),
        ("failed", BuildResult::Failure),
        ("canceled", BuildResult::Aborted),
        ("stopped", BuildResult::Aborted),
        ("Succeeded", BuildResult::Success),
    ] {
        let raw = Some(word.to_owned());
        let new = bent("build_complete", &[("/resource/result", json!(word))]);
        assert_eq!(result(&new), (expected, raw.clone()), "{word}");
        let old = bent("build_complete_1_0", &[("/resource/status", json!(word))]);
        assert_eq!(result(&old), (expected, raw), "{word}");
    }
}

#[test]
fn a_result_nobody_knows_is_kept_as_it_came() {
    let odd = bent("build_complete", &[("/resource/result", json!("exploded"))]);
    assert_eq!(result(&odd), (BuildResult::Unknown, Some("exploded".to_owned())));
    for missing in [json!(null), json!(3), json!({})] {
        let body = bent("build_complete", &[("/resource/result", missing)]);
        assert_eq!(result(&body), (BuildResult::Unknown, None));
    }
}

#[test]
fn of_a_status_and_a_result_the_known_word_counts() {
    let both = [("/resource/status", json!("canceled")), ("/resource/result", json!("string"))];
    let (result, raw) = result(&bent("build_complete", &both));
    assert_eq!((result, raw.as_deref()), (BuildResult::Aborted, Some("canceled")));
}

#[test]
fn a_build_that_still_runs_is_not_finished() {
    for (status, kind, phase) in [
        ("inProgress", EventKind::BuildStarted, Phase::Running),
        ("cancelling", EventKind::BuildStarted, Phase::Running),
        ("notStarted", EventKind::BuildQueued, Phase::Queued),
    ] {
        let body = bent("build_complete", &[("/resource/status", json!(status))]);
        let reading = read(&body);
        assert_eq!(reading.event.kind, kind, "{status}");
        let fact = reading.build.unwrap();
        assert_eq!((fact.phase, fact.completion), (Some(phase), None), "{status}");
    }
}

#[test]
fn a_pull_request_build_has_the_branch_that_wants_in() {
    let fact = build_of(&body("build_complete_of_pull_request"));
    assert_eq!(fact.branch.as_deref(), Some("feature/winch"));
    assert_eq!(fact.pull_request, Some(PullRequest { number: 62, target: None }));
    // Without a link of its own, the page's address is made of base, project and id.
    assert_eq!(
        fact.url.as_deref(),
        Some(
            "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1\
             /_build/results?buildId=7316"
        )
    );
    let unknown = bent("build_complete_of_pull_request", &[("/resource/triggerInfo", json!({}))]);
    let fact = build_of(&unknown);
    assert_eq!(fact.branch, None);
    assert_eq!(fact.pull_request, Some(PullRequest { number: 62, target: None }));
}

#[test]
fn branches_and_commits_are_read_in_all_their_forms() {
    for (packed, branch, commit) in [
        (format!("LG:refs/heads/release/2.1:{SHA}"), Some("release/2.1"), Some(SHA)),
        (format!("LG:refs/tags/v1:{SHA}"), Some("refs/tags/v1"), Some(SHA)),
        ("C123".to_owned(), None, Some("c123")),
        ("123".to_owned(), None, Some("123")),
        ("HEAD".to_owned(), None, None),
        ("LG::".to_owned(), None, None),
    ] {
        let old = bent("build_complete_1_0", &[("/resource/sourceGetVersion", json!(packed))]);
        let fact = build_of(&old);
        assert_eq!((fact.branch.as_deref(), fact.commit.as_deref()), (branch, commit), "{packed}");
    }
}

#[test]
fn a_build_is_found_by_its_addresses_when_its_id_is_missing() {
    for gone in [&["id"][..], &["id", "uri"]] {
        let mut body = body("build_complete_minimal");
        for key in gone {
            body["resource"].as_object_mut().unwrap().remove(*key);
        }
        assert_eq!(read(&body).event.subject, Some(subject(7315)), "{gone:?}");
    }
    let nothing = bent("build_complete_minimal", &[("/resource", json!({}))]);
    let reading = read(&nothing);
    assert_eq!((reading.event.subject, reading.build), (None, None));
    assert_eq!(reading.event.kind, EventKind::BuildFinished);
}

#[test]
fn a_minimal_body_says_that_it_ended_but_not_how() {
    let reading = read_fixture("build_complete_minimal");
    assert_eq!(reading.event.details, Details::Minimal);
    let completion = reading.build.unwrap().completion.unwrap();
    assert_eq!((completion.result, completion.at), (BuildResult::Unknown, None));
    assert!(completion.told_at.is_some());
}

#[test]
fn a_page_is_not_guessed_when_the_collection_is_not_known() {
    let bare = json!("https://tfs.lumen.test/tfs/");
    let unnamed = bent(
        "build_complete_of_pull_request",
        &[
            ("/resourceContainers/collection/baseUrl", bare.clone()),
            ("/resourceContainers/account/baseUrl", bare.clone()),
            ("/resourceContainers/project/baseUrl", bare),
        ],
    );
    assert_eq!(build_of(&unnamed).url, None);
}

#[test]
fn a_pipeline_without_a_number_is_known_by_its_name() {
    let fact = build_of(&bent("build_complete", &[("/resource/definition/id", json!(null))]));
    assert_eq!(fact.pipeline.unwrap().key, "name=crane-ci");
}

#[test]
fn requesters_are_taken_in_order() {
    let by = |gone: &[(&str, Value)]| build_of(&bent("build_complete", gone)).requested_by;
    assert_eq!(by(&[]).as_deref(), Some("Mira Holt"));
    let service = by(&[("/resource/requestedFor", json!(null))]);
    assert_eq!(service.as_deref(), Some("Project Collection Build Service"));
}

#[test]
fn an_id_that_is_no_id_cannot_be_read_and_a_missing_one_is_not_told() {
    let odd =
        [json!(-5), json!(0), json!(12.5), json!(true), json!({}), json!("five"), json!(1e30)];
    for id in odd {
        let mut body = body("build_complete");
        for key in ["uri", "url"] {
            body["resource"].as_object_mut().unwrap().remove(key);
        }
        body["resource"]["id"] = id.clone();
        let error = try_read(&body).unwrap_err();
        let told = (error.path.as_str(), error.reason.as_str());
        assert_eq!(told, ("resource.id", "the id of a build is a whole number above 0"), "{id}");
    }
    for id in [Value::Null, json!("")] {
        let body = bent("build_complete", &[("/resource", json!({"id": id}))]);
        assert_eq!(read(&body).event.subject, None, "{id}");
    }
}
