//! Logs of builds over the API: lines, outline, search, bytes, and what is not here.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use creel::logs::Dialect;
use creel::model::AspectState;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};
use crate::support::logs::{desk_with_build, keep, plan, row_of};

/// Plainly none of ours.
const KEY: &str = "creel_not-a-real-key-not-a-real-key-not-a-real-key";

const LOG: &str = "\x1b_bk;t=1790000000000\x07~~~ Preparing\r\n\
    \x1b_bk;t=1790000001000\x07\x1b[90m$\x1b[0m git clone https://u:not-real@git.example/a.git\r\n\
    \x1b_bk;t=1790000002000\x07+++ :rust: Test\r\n\
    \x1b_bk;t=1790000003000\x0710%\r50%\r\x1b[32mtest result: ok\x1b[0m. 3 passed\r\n\
    \x1b_bk;t=1790000004000\x07\x1b[1;31merror\x1b[0m: it broke, see \x1b]8;;https://docs.example/E1\x07E1\x1b]8;;\x07\r\n\
    \x1b_bk;t=1790000005000\x07🚨 Error: The command exited with status 1\r\n";

fn get(desk: &Desk, target: &str, range: Option<&str>) -> Response<Vec<u8>> {
    let mut request = Request::get(target).header("authorization", format!("Bearer {}", desk.key));
    if let Some(range) = range {
        request = request.header("range", range);
    }
    desk.send(request.body(Body::empty()).expect("a request"))
}

fn text_of(line: &Value) -> String {
    let runs = line["runs"].as_array().expect("runs");
    runs.iter().map(|run| run["text"].as_str().expect("text")).collect()
}

#[test]
fn lines_are_told_as_a_terminal_shows_them() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, LOG.as_bytes());
    let mut page = desk.get_json(&format!("/api/v1/logs/{id}?from=2&count=4"));
    assert_eq!((&page["id"], &page["build_id"]), (&json!(id), &json!(build)));
    for member in ["id", "build_id", "stored_bytes"] {
        page.as_object_mut().expect("an object").remove(member);
    }
    insta::assert_json_snapshot!(page);
}

#[test]
fn a_page_of_lines_is_a_part_of_the_whole() {
    let (desk, build) = desk_with_build();
    let log = (1..=12_000).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, log.as_bytes());
    let page = desk.get_json(&format!("/api/v1/logs/{id}"));
    assert_eq!(
        (page["items"].as_array().map(Vec::len), &page["lines"]),
        (Some(500), &json!(12_000))
    );
    let page = desk.get_json(&format!("/api/v1/logs/{id}?from=9000&count=5000"));
    let items = page["items"].as_array().expect("items");
    assert_eq!((items.len(), text_of(&items[0])), (3001, "line 9000".to_owned()));
    let page = desk.get_json(&format!("/api/v1/logs/{id}?from=12001"));
    assert_eq!(page["items"], json!([]));
    for (question, said) in [
        ("from=0", "the parameter `from` is `0`; it is the number of a line, from 1"),
        ("count=5001", "the parameter `count` is `5001`; it is a number from 1 to 5000"),
        ("lines=3", "the parameter `lines` is not a parameter of this address"),
    ] {
        let (status, body) =
            desk.request("GET", &format!("/api/v1/logs/{id}?{question}"), &[], b"");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, &body["detail"]), (StatusCode::BAD_REQUEST, &json!(said)));
    }
}

#[test]
fn a_long_line_is_shown_from_its_beginning() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, "ä".repeat(100_000).as_bytes());
    let page = desk.get_json(&format!("/api/v1/logs/{id}"));
    let line = &page["items"][0];
    assert_eq!((text_of(line).chars().count(), &line["cut"]), (8192, &json!(100_000)));

    // A secret that lies over the end is one, too.
    let log = format!("{} https://ada:not-real@a.example/", "x".repeat(8_170));
    let id = keep(&desk, &build, "b", Dialect::Buildkite, log.as_bytes());
    let page = desk.get_json(&format!("/api/v1/logs/{id}"));
    let text = text_of(&page["items"][0]);
    assert!(text.ends_with("x https://***@a.example"), "{}", &text[8_160..]);
}

#[test]
fn the_outline_tells_what_a_log_holds() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, LOG.as_bytes());
    let mut outline = desk.get_json(&format!("/api/v1/logs/{id}/outline"));
    for member in ["id", "build_id", "stored_bytes"] {
        outline.as_object_mut().expect("an object").remove(member);
    }
    insta::assert_json_snapshot!(outline);
}

#[test]
fn text_and_patterns_are_found() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, LOG.as_bytes());
    let found = |question: &str| {
        let found = desk.get_json(&format!("/api/v1/logs/{id}/search?{question}"));
        let items = found["items"].as_array().expect("items");
        let items: Vec<String> =
            items.iter().map(|item| format!("{} {}", item["n"], item["spans"])).collect();
        format!("{} of {}: {}", found["total"], found["lines_searched"], items.join(", "))
    };
    assert_snapshot!(found("q=error"), @"2 of 6: 5 [[0,5]], 6 [[3,8]]");
    assert_snapshot!(found("q=error&case=true"), @"1 of 6: 5 [[0,5]]");
    assert_snapshot!(found("q=%5Cd+passed&regex=true"), @"1 of 6: 4 [[17,25]]");
    // Nothing is found in what was written over, nor in what is not shown.
    assert_snapshot!(found("q=50%25"), @"0 of 6: ");
    assert_snapshot!(found("q=not-real"), @"0 of 6: ");
    for (question, said) in [
        ("", "the parameter `q`: there is nothing to look for"),
        (
            "q=a(b&regex=true",
            "the parameter `q`: the pattern is no regular expression: unclosed group",
        ),
        ("q=a&regex=yes", "the parameter `regex` is `yes`; it is true or false"),
    ] {
        let target = format!("/api/v1/logs/{id}/search?{question}");
        let (status, body) = desk.request("GET", &target, &[], b"");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(
            (status, &body["detail"]),
            (StatusCode::BAD_REQUEST, &json!(said)),
            "{question}"
        );
    }
}

#[test]
fn the_bytes_come_as_the_provider_gave_them_whole_and_in_ranges() {
    let (desk, build) = desk_with_build();
    // Some frames, not all of it text.
    let mut log: Vec<u8> = (0..40_000).flat_map(|n| format!("line {n}\r\n").into_bytes()).collect();
    log.extend(b"\xff\xfe\x1b[1A no text\n");
    log.extend((0..40_000).flat_map(|n| format!("more {n}\r\n").into_bytes()));
    let id = keep(&desk, &build, "a", Dialect::Buildkite, &log);
    let target = format!("/api/v1/logs/{id}/raw");
    let whole = get(&desk, &target, None);
    assert_eq!(whole.status(), StatusCode::OK);
    let header = |response: &Response<Vec<u8>>, name: &str| {
        response.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(header(&whole, "content-type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(header(&whole, "content-length"), Some(log.len().to_string()));
    assert_eq!(
        header(&whole, "content-disposition"),
        Some(format!("attachment; filename=\"{id}.log\""))
    );
    assert!(whole.body() == &log);
    let length = log.len();
    for (range, wanted) in [
        ("bytes=0-99", 0..100),
        ("bytes=300000-300099", 300_000..300_100),
        ("bytes=-50", length - 50..length),
        ("bytes=400000-", 400_000..length),
    ] {
        let part = get(&desk, &target, Some(range));
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let told = format!("bytes {}-{}/{length}", wanted.start, wanted.end - 1);
        assert_eq!(header(&part, "content-range"), Some(told));
        assert!(part.body() == &log[wanted], "{range}");
    }
    let beyond = get(&desk, &target, Some("bytes=99999999-"));
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&beyond, "content-range"), Some(format!("bytes */{length}")));
}

#[test]
fn no_secret_leaves_in_any_shape() {
    let (desk, build) = desk_with_build();
    let log = format!(
        "export API_KEY_PASSWORD=not-real-word\nkey \x1b[1m{KEY}\x1b[0m\n--- curl {KEY}\n{LOG}"
    );
    let id = keep(&desk, &build, "a", Dialect::Buildkite, log.as_bytes());
    for address in ["", "/outline", "/search?q=key", "/raw"] {
        let answer = get(&desk, &format!("/api/v1/logs/{id}{address}"), None);
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        for secret in [KEY, "not-real"] {
            assert!(!body.contains(secret), "{address}: {secret} in {body}");
        }
    }
    // A range that begins within a secret shows no more of it.
    let at = log.find("real-word").expect("it is there");
    let part =
        get(&desk, &format!("/api/v1/logs/{id}/raw"), Some(&format!("bytes={at}-{}", at + 8)));
    assert_eq!(String::from_utf8_lossy(part.body()), "*********");
}

#[test]
fn a_log_that_is_not_here_says_why() {
    let (desk, build) = desk_with_build();
    let id = plan(&desk, &build, "a");
    let page = desk.get_json(&format!("/api/v1/logs/{id}"));
    assert_eq!((&page["state"], &page["items"]), (&json!("pending"), &json!([])));
    let raw = get(&desk, &format!("/api/v1/logs/{id}/raw"), None);
    assert_eq!(raw.status(), StatusCode::NOT_FOUND);

    let row = row_of(&desk, &build);
    let missing = |state, code: &str, reason: &str| {
        desk.hub
            .books()
            .write(|ledger| {
                let log = ledger.log_work(row, "a")?.expect("it was planned");
                ledger.log_missing(log.id, state, code, reason, NOW)
            })
            .expect("written");
    };
    missing(AspectState::Unavailable, "gone", "the provider no longer has it");
    for address in ["", "/outline", "/search?q=x"] {
        let page = desk.get_json(&format!("/api/v1/logs/{id}{address}"));
        assert_eq!(page["state"], "unavailable", "{address}");
        assert_eq!(page["reason"], "the provider no longer has it", "{address}");
    }
    let raw = get(&desk, &format!("/api/v1/logs/{id}/raw"), None);
    let said: Value = serde_json::from_slice(raw.body()).expect("JSON");
    assert_eq!(raw.status(), StatusCode::NOT_FOUND);
    assert_eq!(said["detail"], "the provider no longer has it");

    let (status, _) = desk.request("GET", "/api/v1/logs/no-such-log", &[], b"");
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn a_newer_log_takes_the_place_of_an_older() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, b"first half\n");
    assert_eq!(keep(&desk, &build, "a", Dialect::Buildkite, b"first half\nsecond half\n"), id);
    let page = desk.get_json(&format!("/api/v1/logs/{id}"));
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_damaged_file_is_told_and_harms_nothing_else() {
    let (desk, build) = desk_with_build();
    let id = keep(&desk, &build, "a", Dialect::Buildkite, LOG.as_bytes());
    let other = keep(&desk, &build, "b", Dialect::Buildkite, LOG.as_bytes());
    let folder = desk.data().join("logs").join(&id[..2]);
    for file in std::fs::read_dir(folder).expect("listed") {
        let path = file.expect("a file").path();
        if path.to_string_lossy().contains(&id) {
            let mut bytes = std::fs::read(&path).expect("read");
            bytes[20] ^= 0xff;
            std::fs::write(&path, bytes).expect("written");
        }
    }
    let (status, body) = desk.request("GET", &format!("/api/v1/logs/{id}"), &[], b"");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_snapshot!(
        body["detail"].as_str().expect("words"),
        @"the file of this log cannot be read; `creel doctor` says what is wrong with it"
    );
    desk.get_json(&format!("/api/v1/logs/{other}"));
}
