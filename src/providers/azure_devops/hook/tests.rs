//! How the envelope is looked at.

use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::providers::azure_devops::fixtures::{arriving, bent, body, peek_at};

const SAMPLE_CONTAINERS: &str = r#"{"collection": {"id": "c12d0eb8-e382-443b-9f9c-c52cba5014c2"}}"#;

fn peek_text(route: Route, body: &str) -> Peek {
    peek(&arriving(route, body.as_bytes()))
}

fn projects_at(body: &Value) -> Vec<String> {
    projects(&arriving(Route::Azure, body.to_string().as_bytes()))
}

#[test]
fn what_tells_of_builds_is_stored_and_needs_no_reason() {
    for name in ["build_complete", "build_complete_1_0", "build_complete_minimal", "run_started"] {
        let peek = peek_at(&body(name));
        assert_eq!((peek.answer, peek.reason), (Answer::Stored, None), "{name}");
    }
    for event_type in BUILD_TYPES {
        let peek = peek_at(&bent("build_complete", &[("/eventType", json!(event_type))]));
        assert_eq!(peek.answer, Answer::Stored, "{event_type}");
    }
}

#[test]
fn other_event_types_are_skipped_and_told_so() {
    for event_type in [
        "git.push",
        "release.deployment.completed",
        "ms.vss-pipelinechecks-events.check-updated-event",
        "ms.azure-devops-release.release-abandoned-event",
        "no.such-event",
    ] {
        let peek = peek_at(&bent("push", &[("/eventType", json!(event_type))]));
        assert_eq!(peek.answer, Answer::Skipped, "{event_type}");
        let expected = format!("event type `{event_type}` makes no build record");
        assert_eq!(peek.reason, Some(expected));
    }
}

#[test]
fn a_body_without_an_event_type_is_parked() {
    for event_type in [json!(null), json!(7), json!(""), json!(["build.complete"])] {
        let mut body = body("build_complete");
        body["eventType"] = event_type.clone();
        let peek = peek_at(&body);
        assert_eq!(peek.answer, Answer::Parked, "{event_type}");
        assert_eq!(peek.event_type, None);
        assert!(peek.reason.unwrap().contains("eventType"));
    }
}

#[test]
fn what_is_no_json_is_parked_with_the_place() {
    let peek = peek_text(Route::Azure, "{]");
    assert_eq!(peek.answer, Answer::Parked);
    assert_eq!(
        peek.reason.unwrap(),
        "the body is not JSON: key must be a string at line 1 column 2"
    );
    for (text, reason) in [
        ("", "EOF while parsing"),
        ("{\"eventType\": \"git.push\"} x", "trailing characters"),
        ("[]", "not a JSON object"),
        ("\"build.complete\"", "not a JSON object"),
        ("payload=%7B%7D", "expected value"),
    ] {
        let peek = peek_text(Route::Azure, text);
        assert_eq!(peek.answer, Answer::Parked, "{text}");
        assert!(peek.reason.unwrap().contains(reason), "{text}");
    }
    let broken = super::peek(&arriving(Route::Azure, b"{\"eventType\": \"\xff\"}"));
    assert_eq!(broken.reason.unwrap(), "the body is not UTF-8: byte 15 fits nothing");
}

#[test]
fn on_a_channel_a_body_of_someone_else_is_kept_whole() {
    for text in ["not json", "{\"any\": \"thing\"}", "[1]"] {
        let peek = peek_text(Route::Channel, text);
        assert_eq!((peek.provider, peek.answer), (Provider::Other, Answer::Skipped), "{text}");
        assert_eq!(peek.identity.scope, "channel:body");
        assert!(peek.reason.is_some());
    }
    let text = body("build_complete").to_string();
    let peek = peek_text(Route::Channel, &text);
    assert_eq!((peek.provider, peek.answer), (Provider::AzureDevops, Answer::Stored));
}

#[test]
fn the_test_button_is_known_by_its_containers() {
    let peek = peek_at(&body("test_button"));
    assert_eq!(peek.answer, Answer::Test);
    assert!(peek.reason.unwrap().starts_with("test delivery: "));
    // With an address they are a copy of the sample's ids in someone's own test set-up.
    let sample = "f844ec47-a9db-4511-8281-8b63f4eaf94e";
    let with_address = bent("push", &[("/resourceContainers/account/id", json!(sample))]);
    assert_eq!(peek_at(&with_address).answer, Answer::Skipped);
}

#[test]
fn a_sample_is_known_by_any_of_its_addresses() {
    let url = json!("https://Fabrikam-fiber-inc.visualstudio.com/x");
    let pull_request = "pull_request_comment";
    for (name, pointer) in [
        ("push", "/resourceContainers/collection/baseUrl"),
        ("push", "/resource/url"),
        ("push", "/resource/repository/url"),
        ("repository_deleted", "/resource/project/url"),
        (pull_request, "/resource/pullRequest/url"),
        (pull_request, "/resource/pullRequest/repository/url"),
        ("run_started", "/resource/run/url"),
    ] {
        let peek = peek_at(&bent(name, &[(pointer, url.clone())]));
        assert_eq!(peek.answer, Answer::Test, "{pointer}");
        assert!(peek.reason.unwrap().contains("`Fabrikam-fiber-inc.visualstudio.com`"));
    }
}

#[test]
fn a_sample_is_known_however_its_host_is_spelled() {
    let text = bent("build_complete", &[("/resource/url", json!("https://HOST/x"))]).to_string();
    for host in ["FABRIKAM-fiber-inc.example", "\\u0066abrikam.example", "fabri\\u006Bam.example"] {
        let peek = peek_text(Route::Azure, &text.replace("HOST", host));
        assert_eq!(peek.answer, Answer::Test, "{host}");
    }
    let peek = peek_text(Route::Azure, &text.replace("HOST", "kk.example/fabrikam"));
    assert_eq!(peek.answer, Answer::Stored);
}

#[test]
fn a_name_in_a_path_and_a_subscription_of_zeros_are_no_marks_of_a_test() {
    let zeros = "00000000-0000-0000-0000-000000000000";
    let real = bent(
        "build_complete",
        &[
            ("/subscriptionId", json!(zeros)),
            ("/resource/url", json!("https://dev.azure.com/FabrikamFiber/web/_apis/x/1")),
        ],
    );
    assert_eq!(peek_at(&real).answer, Answer::Stored);
}

#[test]
fn a_test_without_an_event_type_is_a_test_all_the_same() {
    let text = format!(r#"{{"resourceContainers": {SAMPLE_CONTAINERS}}}"#);
    for route in [Route::Azure, Route::Channel] {
        let peek = peek_text(route, &text);
        assert_eq!((peek.provider, peek.answer), (Provider::AzureDevops, Answer::Test));
    }
}

#[test]
fn a_delivery_is_its_subscription_number_event_and_type() {
    let first = peek_at(&body("build_complete")).identity;
    assert_eq!(first.scope, "azure:e13a7b40-6c2d-4f95-8b0e-d47a91c35f28");
    assert_eq!(first.ordinal, 41);
    let again = bent("build_complete", &[("/message", json!("worded anew"))]);
    assert_eq!(peek_at(&again).identity, first);
    for (pointer, value) in [
        ("/subscriptionId", json!("test-sub-1")),
        ("/notificationId", json!(42)),
        ("/id", json!("another")),
        ("/eventType", json!("git.push")),
    ] {
        let other = peek_at(&bent("build_complete", &[(pointer, value)])).identity;
        assert_ne!(other, first, "{pointer}");
    }
}

#[test]
fn a_notification_number_may_stand_in_quotes_and_a_subscription_in_capitals() {
    let first = peek_at(&body("build_complete")).identity;
    let capitals = "E13A7B40-6C2D-4F95-8B0E-D47A91C35F28";
    let odd = [("/notificationId", json!("41")), ("/subscriptionId", json!(capitals))];
    assert_eq!(peek_at(&bent("build_complete", &odd)).identity, first);
}

#[test]
fn without_all_three_ids_the_body_is_its_own_identity() {
    for (pointer, value) in [
        ("/subscriptionId", json!(null)),
        ("/subscriptionId", json!("00000000-0000-0000-0000-000000000000")),
        ("/notificationId", json!(null)),
        ("/notificationId", json!("many")),
        ("/id", json!(null)),
        ("/id", json!(5)),
    ] {
        let identity = peek_at(&bent("build_complete", &[(pointer, value)])).identity;
        assert_eq!(identity.scope, "azure:body", "{pointer}");
        let hour = crate::providers::dates::parse("2026-02-13T14:29:03Z").unwrap().hour();
        assert_eq!(identity.ordinal, hour, "{pointer}");
    }
}

#[test]
fn a_subscription_of_any_length_makes_a_short_scope() {
    let long = json!("s".repeat(10_000));
    let first = peek_at(&bent("push", &[("/subscriptionId", long)])).identity;
    let other = peek_at(&bent("push", &[("/subscriptionId", json!("s".repeat(10_001)))])).identity;
    assert!(first.scope.len() < 80);
    assert_ne!(first.scope, other.scope);
}

#[test]
fn projects_are_named_by_id_and_by_name() {
    let id = "5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1".to_owned();
    let harbour = "Harbour".to_owned();
    for name in ["build_complete", "push", "pull_request_comment", "work_item_updated"] {
        assert_eq!(projects_at(&body(name)), [id.clone(), harbour.clone()], "{name}");
    }
    for name in ["run_started", "build_complete_1_0", "build_complete_without_resource"] {
        assert_eq!(projects_at(&body(name)), [id.as_str()], "{name}");
    }
    assert_eq!(peek_at(&body("deployment_completed")).publisher.as_deref(), Some("rm"));
}

#[test]
fn odd_members_and_any_depth_cost_nothing_but_themselves() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let text = format!(
        "\u{feff}{{\"eventType\": \"build.complete\", \"message\": {deep}, \"publisherId\": 1,
           \"resource\": {{\"id\": 1, \"x\": {deep}}}, \"resourceContainers\": [], \"createdDate\": {{}}}}"
    );
    let peek = peek_text(Route::Azure, &text);
    assert_eq!((peek.answer, peek.publisher), (Answer::Stored, None));
    let text = body("build_complete").to_string().replace("\"resource\":{", "\"resource\":[{");
    assert_eq!(peek_text(Route::Azure, &text).answer, Answer::Parked);
}

#[test]
fn a_long_event_type_is_told_in_part() {
    let peek = peek_at(&bent("push", &[("/eventType", Value::from("é".repeat(5_000)))]));
    assert!(peek.event_type.unwrap().len() <= EVENT_TYPE_LEN_MAX);
    assert!(peek.reason.unwrap().len() < 300);
}

/// Not a measurement: a guard against reading the body more than a few times over.
#[test]
fn peeking_takes_no_time_to_speak_of() {
    let text = body("build_complete").to_string();
    let begun = Instant::now();
    for _ in 0..100 {
        peek_text(Route::Azure, &text);
    }
    let each = begun.elapsed() / 100;
    assert!(each.as_millis() < 2, "{each:?} for {} bytes", text.len());
}
