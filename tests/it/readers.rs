//! What others read: monitors of builds, READMEs, feed readers. In their formats, with any name in
//! it, and for nobody without a key.

use axum::body::Body;
use axum::http::{Request, Response};
use base64::Engine;
use insta::assert_snapshot;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

use crate::people::{call, with_ada};
use crate::support::desk::{Desk, NOW};

/// A build to be told of, as Azure DevOps does.
#[derive(Clone, Copy)]
struct Told {
    organisation: &'static str,
    pipeline: &'static str,
    number: u64,
    branch: &'static str,
    result: &'static str,
}

const PASSED: Told = Told {
    organisation: "harbour",
    pipeline: "shop-ci",
    number: 1,
    branch: "main",
    result: "succeeded",
};

/// Names as people give them: with what XML and addresses take for their own.
const ODD: &str = "team/<shop> & \"co\" ü";

fn tell(desk: &Desk, told: Told) {
    let Told { organisation, pipeline, number, branch, result } = told;
    let at = format!("2026-03-02T10:{:02}:00Z", number % 60);
    let digit = organisation.len() % 10;
    let guid = |kind: u64| format!("7f9c0c1e-000{digit}-4000-{kind}000-000000000001");
    let body = json!({
        "subscriptionId": guid(8), "notificationId": number, "id": format!("{digit}f9c0c1e-0000-4000-9000-{number:012}"),
        "eventType": "build.complete", "publisherId": "tfs",
        "resource": {
            "id": number, "buildNumber": format!("20260302.{number}"), "status": "completed", "result": result,
            "queueTime": at, "startTime": at, "finishTime": at,
            "definition": {"id": pipeline.bytes().map(u64::from).sum::<u64>(), "name": pipeline},
            "project": {"id": guid(9), "name": "Web"},
            "sourceBranch": format!("refs/heads/{branch}"),
            "sourceVersion": "9f3c0000000000000000000000000000000000aa",
            "requestedFor": {"displayName": "Ada <ada@example.com>"},
        },
        "resourceVersion": "2.0",
        "resourceContainers": {
            "collection": {"id": guid(5)},
            "account": {"id": guid(6), "baseUrl": format!("https://dev.azure.com/{organisation}/")},
            "project": {"id": guid(9)},
        },
        "createdDate": at,
    });
    desk.post("/webhooks/azure", &[], body.to_string().as_bytes());
}

/// Two organisations: a pipeline of one name in both, one of an odd name, one that fails beside its
/// main branch.
fn told_desk(settings: &[(&str, &str)]) -> Desk {
    let mut environment = vec![("CREEL_SERVER__PUBLIC_URL", "https://creel.test")];
    environment.extend(settings);
    let desk = Desk::open_with(&environment);
    for told in [
        PASSED,
        Told { number: 2, branch: "topic", result: "failed", ..PASSED },
        Told { number: 3, pipeline: ODD, result: "partiallySucceeded", ..PASSED },
        Told { number: 4, pipeline: "nightly", result: "canceled", ..PASSED },
        Told { number: 5, organisation: "quay", result: "failed", ..PASSED },
    ] {
        tell(&desk, told);
    }
    desk.post_fixture("buildkite/build.running.json");
    desk.step_all();
    desk
}

fn get(desk: &Desk, target: &str, headers: &[(&str, &str)]) -> Response<Vec<u8>> {
    let mut request = Request::get(target).header("host", "creel.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    desk.send(request.body(Body::empty()).expect("a request"))
}

fn read(desk: &Desk, target: &str) -> String {
    let answer = get(desk, target, &[("x-api-key", &desk.key)]);
    let text = String::from_utf8(answer.body().clone()).expect("text");
    assert_eq!(answer.status(), 200, "{target}: {text}");
    // Whatever it holds, it is XML.
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    while !matches!(reader.read_event().unwrap_or_else(|e| panic!("{e}: {text}")), Event::Eof) {}
    text
}

fn header<'r>(answer: &'r Response<Vec<u8>>, name: &str) -> &'r str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[test]
fn a_monitor_sees_every_pipeline_by_its_default_branch() {
    let desk = told_desk(&[]);
    assert_snapshot!("cctray", read(&desk, "/cctray.xml"));
    let topic = read(&desk, "/cctray.xml?branch=topic");
    assert_eq!(topic.matches("<Project ").count(), 1, "{topic}");
    assert!(topic.contains("name=\"harbour/Web/shop-ci (topic)\""), "{topic}");
    assert!(topic.contains("lastBuildStatus=\"Failure\""), "{topic}");
    let quay = read(&desk, "/cctray.xml?source=quay&project=Web&pipeline=shop-ci");
    assert_eq!(quay.matches("<Project ").count(), 1, "{quay}");
    let none = read(&desk, "/cctray.xml?pipeline=shop");
    assert!(!none.contains("<Project "), "a name is a whole name: {none}");
    let answer = get(&desk, "/cctray.xml?colour=red", &[("x-api-key", &desk.key)]);
    assert_eq!(answer.status(), 400);
}

#[test]
fn a_feed_tells_of_builds_as_the_pages_do() {
    let desk = told_desk(&[]);
    let key = desk.make_key("a reader", "read");
    let feed = read(&desk, "/builds.atom?result=failure&source=quay");
    assert_snapshot!("atom", feed.replace(env!("CARGO_PKG_VERSION"), "VERSION"));

    // Addresses in a feed are read by others than the one who holds the key.
    let target = format!("/builds.atom?q=shop&limit=1&apiKey={key}");
    let answer = get(&desk, &target, &[]);
    let text = String::from_utf8(answer.body().clone()).expect("text");
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), "application/atom+xml; charset=utf-8");
    assert!(text.contains("href=\"https://creel.test/builds.atom?q=shop&amp;limit=1\""), "{text}");
    assert!(!text.contains(&key), "{text}");
    assert_eq!(text.matches("<entry>").count(), 1);
    let odd = read(&desk, "/builds.atom?result=unstable");
    assert!(odd.contains("<title>team/&lt;shop&gt; &amp; "), "{odd}");
    let empty = read(&desk, "/builds.atom?pipeline=nothing");
    assert!(empty.contains("<updated>1970-01-01T00:00:00.000Z</updated>"), "{empty}");
}

#[test]
fn a_badge_says_how_a_branch_is_doing() {
    let desk = told_desk(&[]);
    assert_snapshot!("badge", read(&desk, "/badges/nightly.svg"));
    let word = |target: &str| {
        let text = read(&desk, target);
        let title = text.split_once("<title>").expect("a title").1;
        title.split_once("</title>").expect("its end").0.to_owned()
    };
    assert_eq!(word("/badges/shop-ci.svg?source=harbour"), "shop-ci: passing on main");
    assert_eq!(
        word("/badges/shop-ci.svg?source=harbour&branch=topic"),
        "shop-ci: failing on topic"
    );
    assert_eq!(
        word("/badges/shop-ci.svg?source=quay&style=flat-square"),
        "shop-ci: failing on main"
    );
    assert_eq!(word("/badges/nightly.svg?label=build"), "nightly: aborted on main");
    // By its slug as well; nothing of it has ended yet.
    assert_eq!(word("/badges/shop-ci.svg?source=acme"), "Shop CI: unknown on main");
    let odd = "/badges/team%2F%3Cshop%3E%20%26%20%22co%22%20%C3%BC.svg";
    assert_eq!(word(odd), "team/&lt;shop&gt; &amp; &quot;co&quot; ü: unstable on main");
    assert_eq!(word(&odd.replacen("%2F", "/", 1)), word(odd), "a slash is a slash");
}

#[test]
fn what_xml_cannot_hold_breaks_no_badge() {
    let desk = told_desk(&[]);
    tell(&desk, Told { number: 6, pipeline: "bell\u{7}", ..PASSED });
    desk.step_all();
    let image = read(&desk, "/badges/bell%07.svg?source=harbour");
    assert!(image.contains("<title>bell: passing on main</title>"), "{image:?}");
}

#[test]
fn of_several_pipelines_the_one_that_has_the_branch_is_found() {
    let desk = Desk::open();
    tell(&desk, Told { organisation: "a1", branch: "topic", ..PASSED });
    for organisation in ["b23", "c456"] {
        tell(&desk, Told { organisation, ..PASSED });
    }
    desk.step_all();
    let image = read(&desk, "/badges/shop-ci.svg?branch=topic");
    assert!(image.contains("<title>shop-ci: passing on topic</title>"), "{image}");
}

#[test]
fn a_build_that_tells_no_time_is_dated_by_its_receipt() {
    let desk = Desk::open();
    let build = r#"{"event":"build.running","organization":{"slug":"acme"},"pipeline":{"slug":"shop"},
        "build":{"id":"0198c0de-0000-7000-8000-000000000001","number":1,"state":"running"}}"#;
    let event = [("x-buildkite-event".to_owned(), "build.running".to_owned())];
    let (status, answer) = desk.request("POST", "/webhooks/buildkite", &event, build.as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    desk.step_all();
    let feed = read(&desk, "/builds.atom");
    assert!(feed.contains(&format!("<updated>{NOW}</updated>")), "{feed}");
    assert!(!feed.contains("1970"), "{feed}");
}

#[test]
fn a_badge_of_what_is_not_known_is_an_image_that_says_so() {
    let desk = told_desk(&[]);
    for (target, why) in [
        ("/badges/nothing.svg", "no builds of it are known"),
        ("/badges/shop-ci.svg", "several pipelines are called so; add ?source= or ?project="),
        ("/badges/nightly.svg?branch=gone", "no builds of it are known"),
    ] {
        let answer = get(&desk, target, &[("x-api-key", &desk.key)]);
        let text = String::from_utf8(answer.body().clone()).expect("text");
        assert_eq!(answer.status(), 404, "{target}");
        assert_eq!(header(&answer, "content-type"), "image/svg+xml; charset=utf-8");
        assert!(text.contains(why) && text.contains(">unknown</text>"), "{text}");
    }
    for (target, status) in [("/badges/nightly", 404), ("/badges/nightly.svg?style=round", 400)] {
        let answer = get(&desk, target, &[("x-api-key", &desk.key)]);
        assert_eq!(answer.status(), status, "{target}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
    }
}

const ALL: [&str; 3] = ["/cctray.xml", "/builds.atom", "/badges/nightly.svg"];

#[test]
fn whoever_has_the_answer_is_told_so() {
    let desk = told_desk(&[]);
    for (target, number) in ALL.into_iter().zip([10, 20, 30]) {
        let first = get(&desk, target, &[("x-api-key", &desk.key)]);
        assert_eq!(header(&first, "cache-control"), "no-cache", "{target}");
        let tag = header(&first, "etag").to_owned();
        let asked = [("x-api-key", desk.key.as_str()), ("if-none-match", &tag)];
        let again = get(&desk, target, &asked);
        assert_eq!((again.status().as_u16(), again.body().len()), (304, 0), "{target}");
        assert_eq!(header(&again, "etag"), tag);
        let result = if number == 20 { "failed" } else { "succeeded" };
        tell(&desk, Told { number, pipeline: "nightly", result, ..PASSED });
        desk.step_all();
        assert_eq!(get(&desk, target, &asked).status(), 200, "{target}: it is another one now");
    }
}

#[test]
fn a_key_comes_as_each_reader_can_hold_it_and_nobody_reads_without() {
    let desk = told_desk(&[]);
    let ada = with_ada(&desk);
    let reader = desk.make_key("reader", "read");
    let sender = desk.make_key("sender", "ingest");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("anyone:{reader}"));
    let basic = format!("Basic {basic}");
    for target in ALL {
        let status = |headers: &[(&str, &str)]| get(&desk, target, headers).status().as_u16();
        assert_eq!(status(&[("authorization", &basic)]), 200, "{target}");
        assert_eq!(status(&[("cookie", &ada)]), 200, "{target}");
        assert_eq!(status(&[("x-api-key", &sender)]), 403, "{target}");
        let by_address = get(&desk, &format!("{target}?apiKey={reader}"), &[]);
        assert_eq!(by_address.status(), 200, "{target}");
        let refused = get(&desk, target, &[]);
        assert_eq!(refused.status(), 401, "{target}");
        let asks = refused.headers().get_all("www-authenticate").iter();
        let asks_for_password =
            asks.filter_map(|v| v.to_str().ok()).any(|v| v.starts_with("Basic"));
        assert_eq!(asks_for_password, target != "/badges/nightly.svg", "{target}");
        let posted = call(&desk, "POST", target, &[("x-api-key", &reader)], &json!(null));
        assert_eq!(posted.status(), 405, "{target}");
    }
}

#[test]
fn badges_alone_are_open_where_the_settings_say_so() {
    let desk = told_desk(&[("CREEL_SERVER__OPEN_BADGES", "true")]);
    let status = |target: &str| get(&desk, target, &[]).status().as_u16();
    assert_eq!(status("/badges/nightly.svg"), 200);
    assert_eq!(status("/badges/nothing.svg"), 404);
    assert_eq!((status("/cctray.xml"), status("/builds.atom")), (401, 401));
    assert_eq!(status("/api/v1/pipelines"), 401);
}
