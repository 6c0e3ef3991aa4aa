use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixtures::bytes;
use super::*;
use crate::model::Pool;

fn head(status: u16, headers: &[(&str, &str)]) -> Head {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Head { status, headers: headers.collect() }
}

const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8; api-version=7.1");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

fn code(head: &Head, start: &str) -> &'static str {
    match judge(&calls::build("p", 1), head, start.as_bytes()) {
        Ok(()) => "ok",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn every_status_has_its_meaning() {
    let page = "<!DOCTYPE html>";
    let sign_in = ("location", "https://spsprodsin2.vssps.visualstudio.com/_signin?realm=x");
    let renamed = ("location", "https://dev.azure.com/lumen-harbour/_apis/build/builds/1");
    for (head, start, expected) in [
        (head(200, &[JSON]), "{}", "ok"),
        (head(200, &[("content-type", "Application/JSON")]), "{}", "ok"),
        (head(200, &[("content-type", "application/problem+json")]), "{}", "ok"),
        (head(204, &[]), "", "ok"),
        (head(200, &[("content-length", "0")]), "", "ok"),
        (head(200, &[]), "", "unreadable"),
        (head(200, &[]), "{}", "unreadable"),
        (head(200, &[("content-type", "text/plain")]), "hello", "unreadable"),
        (head(200, &[HTML]), page, "token_refused"),
        (head(203, &[HTML]), page, "token_refused"),
        (head(203, &[JSON]), "{}", "token_refused"),
        (head(302, &[HTML, sign_in]), page, "token_refused"),
        (head(302, &[]), "", "token_refused"),
        (head(302, &[renamed]), "", "rejected"),
        (head(401, &[HTML]), "", "token_refused"),
        (head(403, &[JSON]), "{}", "token_lacks_scope"),
        (head(404, &[HTML]), page, "not_found"),
        (head(410, &[]), "", "gone"),
        (head(429, &[]), "", "rate_limited"),
        (head(500, &[HTML]), page, "provider_unwell"),
        (head(503, &[]), "", "provider_unwell"),
        (head(400, &[JSON]), "{}", "rejected"),
    ] {
        assert_eq!(code(&head, start), expected, "{head:?}");
    }
}

#[test]
fn a_log_may_be_any_text_but_no_page() {
    let log = calls::log("p", 1, "2", None);
    for kind in ["text/plain", "application/octet-stream", "application/json"] {
        assert_eq!(judge(&log, &head(200, &[("content-type", kind)]), b"x"), Ok(()), "{kind}");
    }
    assert!(judge(&log, &head(200, &[HTML]), b"<html>").is_err());
}

#[test]
fn what_the_service_says_is_passed_on() {
    let said = |status: u16, body: &str| {
        judge(&calls::build("p", 1), &head(status, &[JSON]), body.as_bytes())
            .unwrap_err()
            .to_string()
    };
    let body = r#"{"message": "TF200016: The following project does not exist: p."}"#;
    let bom = format!("\u{feff}{body}");
    for body in [body, &bom] {
        let expected = "not found, or hidden from this token: \
                        TF200016: The following project does not exist: p.";
        assert_eq!(said(404, body), expected);
    }
    assert!(said(401, body).contains("TF200016"));
    assert_eq!(said(403, "no JSON"), "the token lacks Build (read)");
    let long = json!({"message": "x".repeat(9_000)}).to_string();
    assert!(said(400, &long).len() < 600);
    let moved = head(301, &[("location", "https://elsewhere.test/x")]);
    let refusal = judge(&calls::build("p", 1), &moved, b"").unwrap_err().to_string();
    assert!(refusal.contains("elsewhere.test"), "{refusal}");
}

#[test]
fn how_often_may_be_asked_is_told_with_any_status() {
    let now = Timestamp(1_770_991_200_000);
    let reset = "1770991225";
    let told = [
        ("retry-after", "25"),
        ("x-ratelimit-delay", "2.500"),
        ("x-ratelimit-limit", "200"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset),
    ];
    let expected = Pacing {
        wait: Some(Duration::from_secs(25)),
        remaining: Some(0),
        limit: Some(200),
        reset: Some(Duration::from_secs(25)),
    };
    for status in [200, 429] {
        assert_eq!(pacing(&head(status, &told), now), expected);
    }
    assert_eq!(pacing(&head(200, &[JSON]), now), Pacing::default());
    let delayed = pacing(&head(200, &told[1..2]), now);
    assert_eq!(delayed.wait, Some(Duration::from_millis(2_500)));
    for odd in ["-1", "soon", "NaN", "inf", ""] {
        let odd = head(200, &[("retry-after", odd), ("x-ratelimit-delay", odd)]);
        assert_eq!(pacing(&odd, now).wait, None);
    }
    let long = head(429, &[("retry-after", "99999999999")]);
    assert_eq!(pacing(&long, now).wait, Some(WAIT_MAX));
    let past = head(200, &[("x-ratelimit-reset", "1")]);
    assert_eq!(pacing(&past, now).reset, Some(Duration::ZERO));
}

#[test]
fn the_hosts_of_an_organisation_follow_from_its_name() {
    for (base, release) in [
        ("https://dev.azure.com/lumen-works/", "https://vsrm.dev.azure.com/lumen-works"),
        ("https://Lumen.visualstudio.com/DefaultCollection", "https://lumen.vsrm.visualstudio.com"),
        ("https://tfs.lumen.test/tfs/Quay", "https://tfs.lumen.test/tfs/Quay"),
        ("https://dev.azure.com.evil.test/lumen", "https://dev.azure.com.evil.test/lumen"),
    ] {
        let hosts = hosts(base);
        assert_eq!(hosts.main, base.trim_end_matches('/'));
        assert_eq!(hosts.release, release);
    }
}

#[test]
fn a_token_goes_unasked_only_to_the_vendor() {
    for base in [
        "https://dev.azure.com/lumen-works",
        "https://DEV.azure.com/lumen-works",
        "https://lumen.visualstudio.com",
        "https://lumen.visualstudio.com/DefaultCollection",
    ] {
        assert!(is_own_domain(base), "{base}");
    }
    for base in [
        "http://dev.azure.com/lumen-works",
        "https://dev.azure.com",
        "https://dev.azure.com/",
        "https://dev.azure.com.evil.test/lumen",
        "https://dev.azure.com@evil.test/lumen",
        "https://evil.test/dev.azure.com/lumen",
        "https://evil.test\\dev.azure.com/lumen",
        "https://evil.test#.visualstudio.com",
        "https://evil.test?.visualstudio.com",
        "https://evilvisualstudio.com",
        "https://visualstudio.com",
        "https://lumen.visualstudio.com.evil.test",
        "https://tfs.lumen.test/tfs/Quay",
        "ftp://dev.azure.com/lumen",
        "",
    ] {
        assert!(!is_own_domain(base), "{base}");
    }
}

/// Everything that reads an answer, one after the other. What comes of it does not matter here.
fn read_all(body: &[u8]) {
    let answer = bytes(200, body);
    let pool = Pool { key: "1".into(), name: "p".into(), is_hosted: false, size: None };
    let queues = BTreeMap::from([(1, "harbour".to_owned())]);
    let page = "https://dev.azure.com/lumen-works/p/_build/results?buildId=1";
    let about = About { page: Some(page), queues: Some(&queues), newest: None };
    if let Ok(newest) = timeline(&answer, &about) {
        let _ = timeline(&answer, &About { newest: Some(&newest.newest), ..about });
    }
    let _ = build(&answer, Some(page));
    let _ = builds(&answer, None);
    let _ = logs(&answer);
    let _ = changes(&answer);
    let _ = artifacts(&answer);
    let _ = test_runs(&answer, None);
    let _ = test_cases(&answer, calls::Results::default(), Some(&Cursor::Skip(usize::MAX)));
    let _ = pools(&answer);
    let _ = super::queues(&answer);
    let _ = agents(&answer, &pool);
    let _ = release(&answer);
    let _ = connection(&answer);
    let _ = projects(&answer, None);
    let _ = areas(&answer.body);
    let _ = judge(&calls::build("p", 1), &answer.head, body);
}

/// Members that some reader looks at, with values that some of them have, in any nesting.
fn any_answer() -> impl Strategy<Value = Value> {
    const MEMBERS: [&str; 44] = [
        "value",
        "count",
        "records",
        "id",
        "parentId",
        "type",
        "name",
        "identifier",
        "order",
        "attempt",
        "previousAttempts",
        "timelineId",
        "recordId",
        "state",
        "result",
        "status",
        "startTime",
        "finishTime",
        "issues",
        "message",
        "data",
        "logFileLineNumber",
        "log",
        "task",
        "subResults",
        "resultGroupType",
        "sequenceId",
        "outcome",
        "durationInMs",
        "totalTests",
        "runStatistics",
        "aggregatedResultsAnalysis",
        "resultsByOutcome",
        "duration",
        "resource",
        "properties",
        "artifactsize",
        "assignedRequest",
        "owner",
        "environments",
        "release",
        "releaseEnvironment",
        "authenticatedUser",
        "locationUrl",
    ];
    let scalar = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        ".{0,12}".prop_map(|it| json!(it)),
        proptest::sample::select(vec![
            "Stage",
            "Job",
            "Checkpoint",
            "completed",
            "failed",
            "rerun",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00",
            "3d52c8f0-71aa-4e0b-8c19-000000000001",
            "99:99:99.9",
            "-1",
        ])
        .prop_map(|it| json!(it)),
    ];
    scalar.prop_recursive(6, 64, 8, |inner| {
        let member = (proptest::sample::select(MEMBERS.to_vec()), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::Array),
            proptest::collection::vec(member, 0..8).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_answers_never_panic(
        answer in any_answer(),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
        cut in any::<proptest::sample::Index>(),
    ) {
        let body = answer.to_string().into_bytes();
        read_all(&body);
        read_all(&body[..cut.index(body.len() + 1)]);
        read_all(&noise);
    }
}

#[test]
fn no_depth_of_nesting_hurts() {
    for (open, close) in [("[", "]"), (r#"{"subResults":["#, "]}"), (r#"{"unknown":"#, "}")] {
        let middle = if open.ends_with(':') { "1" } else { "" };
        read_all(format!("{}{middle}{}", open.repeat(20_000), close.repeat(20_000)).as_bytes());
    }
}
