use serde_json::{Value, json};

use super::{decode, hook};
use crate::model::{
    Answer, Authority, BuildResult, BuildState, EventKind, Reading, Route, Subject, Unreadable,
};
use crate::providers::HookRequest;

fn fixture(name: &str) -> Value {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gitlab").join(name);
    serde_json::from_slice(&std::fs::read(path).expect("a fixture")).expect("JSON")
}

fn with<T>(body: &Value, work: impl FnOnce(&HookRequest<'_>) -> T) -> T {
    let body = body.to_string();
    work(&HookRequest { route: Route::Gitlab, headers: &[], body: body.as_bytes() })
}

fn read(body: &Value) -> Result<Reading, Unreadable> {
    with(body, decode::decode)
}

#[test]
fn a_pipeline_is_a_build_and_its_jobs_are_steps_of_their_stages() {
    let reading = read(&fixture("pipeline.success.json")).unwrap();
    assert_eq!(reading.event.kind, EventKind::BuildFinished);
    assert_eq!(reading.event.source.name.as_deref(), Some("git.example.com/tools"));
    assert_eq!(reading.event.source.base_url.as_deref(), Some("https://git.example.com/tools"));
    let keys = vec![("run".to_owned(), "91007".to_owned())];
    assert_eq!(reading.event.subject, Some(Subject::Build { keys }));
    let build = reading.build.unwrap();
    let completion = build.completion.unwrap();
    assert_eq!((completion.authority, completion.result), (Authority::Build, BuildResult::Success));
    assert_eq!(completion.raw.as_deref(), Some("passed with warnings"));
    assert_eq!(build.number, Some(42));
    assert_eq!(build.branch.as_deref(), Some("main"));
    assert_eq!(build.commit.as_deref(), Some("6e1b0c5d2f3a4b5c6d7e8f90112233445566778a"));
    assert_eq!(
        build.started_at.map(|at| at.to_string()).as_deref(),
        Some("2026-02-13T14:20:12.000Z")
    );
    let pipeline = build.pipeline.unwrap();
    assert_eq!((pipeline.key.as_str(), pipeline.slug.as_deref()), ("88", Some("harbour/crane")));
    let steps: Vec<_> = reading
        .steps
        .iter()
        .map(|step| {
            let parent = step.parent.as_ref().map(|parent| parent.key.as_str());
            (step.step.key.as_str(), parent, step.result, step.agent.as_deref())
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("stage:build", None, None, None),
            ("stage:test", None, None, None),
            ("stage:deploy", None, None, None),
            ("job:compile", Some("stage:build"), Some(BuildResult::Success), Some("runner-a")),
            ("job:lint", Some("stage:test"), Some(BuildResult::Unstable), Some("runner-b")),
            ("job:production", Some("stage:deploy"), Some(BuildResult::Skipped), None),
        ]
    );
    assert!(reading.steps[4].soft_failed);
}

#[test]
fn a_job_tells_of_its_pipeline() {
    let reading = read(&fixture("job.failed.json")).unwrap();
    assert_eq!(reading.event.kind, EventKind::StepFinished);
    let keys = vec![("run".to_owned(), "91007".to_owned())];
    assert_eq!(reading.event.subject, Some(Subject::Build { keys }));
    assert!(reading.build.unwrap().completion.is_none());
    let keys: Vec<&str> = reading.steps.iter().map(|step| step.step.key.as_str()).collect();
    assert_eq!(keys, ["stage:test", "job:lint"]);
    assert!(reading.steps[1].detail.is_some(), "a runner that failed is no failure of the code");
}

#[test]
fn a_pipeline_stands_as_its_word_says() {
    let kind = |status: &str| {
        let mut body = fixture("pipeline.success.json");
        body["object_attributes"]["status"] = status.into();
        let reading = read(&body).unwrap();
        (reading.event.kind, reading.build.unwrap())
    };
    assert_eq!(kind("pending").0, EventKind::BuildQueued);
    let (running, fact) = kind("running");
    assert_eq!((running, fact.completion.is_none()), (EventKind::BuildStarted, true));
    assert!(fact.active_at.is_some());
    let (waiting, fact) = kind("manual");
    assert_eq!(waiting, EventKind::BuildWaiting);
    assert_eq!(fact.completion.unwrap().authority, Authority::Block);
    for (word, result) in [
        ("failed", BuildResult::Failure),
        ("canceled", BuildResult::Aborted),
        ("skipped", BuildResult::Skipped),
    ] {
        assert_eq!(kind(word).1.completion.unwrap().result, result, "{word}");
    }
}

#[test]
fn of_a_merge_request_the_branch_is_its_source() {
    let mut body = fixture("pipeline.success.json");
    body["object_attributes"]["ref"] = "refs/merge-requests/12/head".into();
    body["merge_request"] = json!({"iid": 12, "source_branch": "lift", "target_branch": "main"});
    let build = read(&body).unwrap().build.unwrap();
    assert_eq!(build.branch.as_deref(), Some("lift"));
    let pull = build.pull_request.unwrap();
    assert_eq!((pull.number, pull.target.as_deref()), (12, Some("main")));
}

#[test]
fn what_is_lacking_is_named_and_other_events_are_kept_whole() {
    assert_eq!(read(&json!({"object_kind": "pipeline"})).unwrap_err().path, "object_attributes");
    let no_id = json!({"object_kind": "pipeline", "object_attributes": {"status": "success"}});
    assert_eq!(read(&no_id).unwrap_err().path, "object_attributes.id");
    let push = json!({"object_kind": "push", "project": {"web_url": "https://gitlab.com/a/b",
        "path_with_namespace": "a/b"}});
    let reading = read(&push).unwrap();
    assert_eq!((reading.event.kind, reading.event.subject), (EventKind::Other, None));
    assert_eq!(reading.event.source.name.as_deref(), Some("gitlab.com"));
    assert_eq!(with(&push, hook::peek).answer, Answer::Skipped);
    assert_eq!(with(&fixture("job.failed.json"), hook::peek).answer, Answer::Stored);
    let request = HookRequest { route: Route::Gitlab, headers: &[], body: b"{" };
    assert_eq!(hook::peek(&request).answer, Answer::Skipped);
    let waits = read(&fixture("pipeline.success.json")).unwrap().steps;
    assert!(waits.iter().all(|step| step.state != Some(BuildState::Running)));
}
