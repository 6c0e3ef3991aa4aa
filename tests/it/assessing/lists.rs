//! Lists of tests and of results, two builds side by side, the first bad commit.

use creel::model::{Change, Timestamp};
use creel::store::sqlite::books::records::NewAnswer;
use serde_json::{Value, json};

use super::story::{Report, build_id, case, hours_ago, send, settle};
use super::told;
use crate::support::desk::{Desk, NOW};

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

/// All pages of a list.
fn all(desk: &Desk, target: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = desk.get_json(&format!("{target}{cursor}"));
        found.extend(names(&page));
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

/// 3,000 tests in two builds: every 500th fails, every 700th is skipped.
fn many() -> Desk {
    let desk = Desk::open();
    for number in 1..=2 {
        let mut report = Report::of(number, hours_ago(3 - number));
        for test in 0..3_000_usize {
            let letter = match test {
                test if test % 500 == 7 => 'F',
                test if test % 700 == 8 => 'S',
                _ => 'P',
            };
            // Told in another order than that of their names.
            report = report.with(&format!("test {:04}", test * 7 % 3_000), letter);
        }
        send(&desk, &report);
    }
    settle(&desk);
    desk
}

#[test]
fn three_thousand_tests_are_listed_page_by_page_the_bad_ones_first() {
    let desk = many();
    let found = all(&desk, "/api/v1/tests?limit=200");
    assert_eq!(found.len(), 3_000);
    let (bad, healthy) = found.split_at(6);
    assert!(bad.is_sorted() && healthy.is_sorted());
    let mut unique = found.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 3_000);
    // A page that ends with the last bad one, and pages of one.
    assert_eq!(all(&desk, "/api/v1/tests?limit=6")[..12], found[..12]);
    assert_eq!(all(&desk, "/api/v1/tests?limit=1&q=test%2000"), {
        let wanted = |name: &&String| name.starts_with("test 00");
        found.iter().filter(wanted).cloned().collect::<Vec<_>>()
    });
    assert_eq!(all(&desk, "/api/v1/tests?status=watching&limit=4"), bad);
    assert_eq!(all(&desk, "/api/v1/tests?status=healthy&limit=200"), healthy);
    assert_eq!(all(&desk, "/api/v1/tests?pipeline=shop-ci&limit=200"), found);
    assert_eq!(all(&desk, "/api/v1/tests?source=acme/shop&status=watching"), bad);
    let nothing = desk.get_json("/api/v1/tests?pipeline=other");
    assert_eq!((&nothing["items"], &nothing["summary"]["total"]), (&json!([]), &json!(0)));
    let item = desk.get_json("/api/v1/tests?status=healthy&limit=1")["items"][0].clone();
    assert_eq!((&item["runs"], &item["failed"]), (&json!(2), &json!(0)));
    assert_eq!(item["strip"].as_array().map(Vec::len), Some(2));
}

#[test]
fn results_of_a_build_come_by_outcome_duration_or_name() {
    let desk = many();
    let id = build_id(&desk, 2);
    let target = |rest: &str| format!("/api/v1/builds/{id}/tests?limit=499{rest}");
    let by_outcome = all(&desk, &target(""));
    let by_name = all(&desk, &target("&sort=name"));
    assert_eq!((by_outcome.len(), by_name.len()), (3_000, 3_000));
    assert!(by_name.is_sorted());
    let page = desk.get_json(&target("&sort=duration"));
    let times = page["items"].as_array().expect("items").iter();
    let times: Vec<f64> = times.map(|item| item["duration_ms"].as_f64().expect("ms")).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    assert!(times[0] > 985.0, "{}", times[0]);
    let mut by_duration = all(&desk, &target("&sort=duration"));
    by_duration.sort();
    assert_eq!(by_duration, by_name);
    for sort in ["outcome", "duration", "name"] {
        let found = all(&desk, &target(&format!("&sort={sort}&status=failed")));
        assert_eq!(found.len(), 6, "{sort}");
        let found = all(&desk, &target(&format!("&sort={sort}&q=test%200001")));
        assert_eq!(found, ["test 0001"], "{sort}");
        let found = all(&desk, &target(&format!("&sort={sort}&job=test&status=skipped")));
        assert_eq!(found.len(), 5, "{sort}");
        assert!(all(&desk, &target(&format!("&sort={sort}&job=other"))).is_empty());
    }
    // A place in one order is none in another.
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let (status, _) = desk.request("GET", &target(&format!("&cursor={cursor}")), &[], b"");
    assert_eq!(status, 400);
}

#[test]
fn runs_of_a_test_are_listed_newest_first_page_by_page() {
    let desk = told("PFPSPRPF");
    let id = case(&desk, "pay")["case_id"].as_str().expect("an id").to_owned();
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = desk.get_json(&format!("/api/v1/tests/{id}/runs?limit=3{cursor}"));
        for item in page["items"].as_array().expect("items") {
            let outcome = item["outcome"].as_str().expect("a word").to_owned();
            found.push((item["build"]["number"].as_i64().expect("a number"), outcome));
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let outcomes =
        ["failed", "passed", "retried", "passed", "skipped", "passed", "failed", "passed"];
    let expected: Vec<(i64, String)> =
        outcomes.iter().zip((1..=8).rev()).map(|(word, n)| (n, (*word).to_owned())).collect();
    assert_eq!(found, expected);
    let page = desk.get_json(&format!("/api/v1/tests/{id}/runs?branch=other"));
    assert_eq!(page["items"], json!([]));
    let newest = desk.get_json(&format!("/api/v1/tests/{id}/runs?limit=1"))["items"][0].clone();
    assert_eq!((&newest["message"], &newest["stack"]), (&json!("no pay"), &json!("at line 0")));
    let detail = desk.get_json(&format!("/api/v1/tests/{id}"));
    assert_eq!(detail["messages"][0]["text"], "no pay");
    assert_eq!(detail["messages"][0]["count"], 2);
    assert_eq!(detail["messages"][0]["last_build_id"], json!(build_id(&desk, 8)));
    assert_eq!(detail["branches"], json!(["main"]));
    assert_eq!(detail["runs"], 7, "a skipped one is no run");
}

#[test]
fn two_builds_side_by_side_show_what_changed() {
    let desk = Desk::open();
    let base = Report::of(1, hours_ago(5))
        .with("breaks", 'P')
        .with("mended", 'F')
        .with("stays", 'P')
        .with("leaves", 'P')
        .with("flakes", 'R')
        .with("sleeps", 'P');
    let head = Report::of(2, hours_ago(4))
        .with("breaks", 'F')
        .with("mended", 'P')
        .with("stays", 'P')
        .with("comes", 'P')
        .with("flakes", 'F')
        .with("sleeps", 'S');
    let elsewhere = head.clone().set("pipeline", "nightly");
    send(&desk, &base);
    send(&desk, &head);
    send(&desk, &elsewhere.set("build", "77").set("number", 77));
    settle(&desk);
    let compared = |base: i64, head: i64| {
        let (base, head) = (build_id(&desk, base), build_id(&desk, head));
        desk.get_json(&format!("/api/v1/compare?base={base}&head={head}"))
    };
    let list = |answer: &Value, list: &str| -> Vec<String> {
        let items = answer[list].as_array().expect("a list").iter();
        items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    };
    for head in [2, 77] {
        let answer = compared(1, head);
        for (name, expected) in [
            ("regressions", "breaks"),
            ("fixed", "mended"),
            ("new", "comes"),
            ("gone", "leaves"),
            ("flaky", "flakes"),
            ("other", "sleeps"),
        ] {
            assert_eq!(list(&answer, name), [expected], "{name} of {head}");
            assert_eq!(answer["counts"][name], 1);
        }
        assert_eq!(answer["base"]["number"], 1);
        let regression = &answer["regressions"][0];
        assert_eq!(regression["base"]["outcome"], "passed");
        assert_eq!(regression["head"]["status"], "failed");
        assert_eq!(answer["gone"][0]["head"], Value::Null);
    }
    let same = compared(2, 2);
    assert_eq!(same["counts"]["regressions"], 0);
    let id = build_id(&desk, 1);
    for (target, status, word) in [
        (format!("/api/v1/compare?base={id}"), 400, "`head` is missing"),
        (format!("/api/v1/compare?base={id}&head={}", uuid::Uuid::nil()), 404, "`head`"),
    ] {
        let (found, answer) = desk.request("GET", &target, &[], b"");
        assert_eq!(found, status);
        assert!(String::from_utf8_lossy(&answer).contains(word));
    }
}

#[test]
fn a_build_beside_another_comes_to_what_its_history_says() {
    let desk = Desk::open();
    send(&desk, &Report::of(1, hours_ago(5)).with("pay", 'P').with("cart", 'P').with("tax", 'P'));
    // Of the second try are those alone that had failed.
    send(&desk, &Report::of(2, hours_ago(4)).with("pay", 'F').with("cart", 'P').with("tax", 'F'));
    send(&desk, &Report::of(2, hours_ago(4)).with("pay", 'P').with("tax", 'F').tried(2));
    settle(&desk);
    let (base, head) = (build_id(&desk, 1), build_id(&desk, 2));
    let answer = desk.get_json(&format!("/api/v1/compare?base={base}&head={head}"));
    let counts = json!({
        "regressions": 1, "fixed": 0, "new": 0, "gone": 0, "flaky": 1, "other": 0,
    });
    assert_eq!(answer["counts"], counts, "{answer}");
    assert_eq!(answer["regressions"][0]["name"], "tax");
    let pay = &answer["flaky"][0];
    assert_eq!((&pay["name"], &pay["head"]["outcome"]), (&json!("pay"), &json!("retried")));
    assert_eq!(pay["head"]["status"], "passed");
    for (name, outcome) in [("pay", "retried"), ("cart", "passed"), ("tax", "failed")] {
        assert_eq!(case(&desk, name)["strip"][0]["outcome"], outcome, "{name}");
    }
}

/// What the provider lists of a build, as it is kept when it was asked.
fn list_changes(desk: &Desk, number: i64, since: Option<&str>, commits: &[&str]) {
    let at = Timestamp(NOW.0);
    let change = |commit: &&str| Change {
        commit: (*commit).to_owned(),
        author: Some("Ada".to_owned()),
        message: Some(format!("change {commit}")),
        at: None,
        url: Some(format!("https://github.com/acme/shop/commit/{commit}")),
    };
    let items: Vec<Change> = commits.iter().map(change).collect();
    let says = json!({"since": since, "items": items});
    let row = desk
        .hub
        .books()
        .read(|books| {
            creel::store::sqlite::books::read::builds::build_row(books, &build_id(desk, number))
        })
        .expect("read")
        .expect("a build");
    let answer = NewAnswer { name: "changes", at, call: "GET /changes", decoder: 1 };
    desk.hub.books().write(|ledger| ledger.keep_answer(row, &answer, &says)).expect("kept");
}

#[test]
fn the_first_bad_commit_follows_from_what_the_provider_lists() {
    let desk = told("PPPPPPFFF");
    let id = case(&desk, "pay")["case_id"].as_str().expect("an id").to_owned();
    let found = || desk.get_json(&format!("/api/v1/tests/{id}/first-bad"));
    // Nobody was asked: the commits that builds were of.
    let answer = found();
    assert_eq!((&answer["kind"], &answer["branch"]), (&json!("found"), &json!("main")));
    assert_eq!((&answer["good"]["number"], &answer["bad"]["number"]), (&json!(6), &json!(7)));
    assert_eq!((&answer["is_exact"], &answer["runs"]), (&json!(false), &json!(3)));
    assert_eq!(answer["says"], "First bad build: passed in #6, failing since #7");
    assert_eq!(answer["commits"][0]["commit"], answer["bad"]["commit"]);

    let (good, bad) = (answer["good"]["commit"].clone(), answer["bad"]["commit"].clone());
    let (good, bad) = (good.as_str().expect("a hash"), bad.as_str().expect("a hash"));
    // It reaches back behind the good build, whose commit is among them.
    list_changes(&desk, 7, None, &[bad, good, "0000aaa"]);
    let answer = found();
    assert_eq!(answer["is_exact"], true);
    assert_eq!(answer["says"], "First bad commit: passed in #6, failing since #7");
    assert_eq!(answer["commits"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["commits"][0]["author"], "Ada");
    let url = format!("https://github.com/acme/shop/compare/{good}...{bad}");
    assert_eq!(answer["url"], json!(url));
    // It begins with the good build.
    list_changes(&desk, 7, Some(&build_id(&desk, 6)), &[bad, "0000bbb", "0000ccc"]);
    assert_eq!(found()["says"], "One of 3 commits: passed in #6, failing since #7");
    let page = desk.get_json(&format!("/api/v1/builds/{}/tests?status=failed", build_id(&desk, 9)));
    let sentence = &page["items"][0]["sentence"];
    assert_eq!(sentence["text"], "Broken since #7 (3 commits, 1 author)");
    // The good build was red for another reason, and lists a part of the same stretch.
    let since = build_id(&desk, 4);
    list_changes(&desk, 6, Some(&since), &["0000ccc"]);
    list_changes(&desk, 7, Some(&since), &[bad, "0000bbb", "0000ccc"]);
    assert_eq!(found()["says"], "One of 2 commits: passed in #6, failing since #7");

    let other = desk.get_json(&format!("/api/v1/tests/{id}/first-bad?branch=other"));
    assert_eq!((&other["kind"], &other["says"]), (&json!("passes"), &Value::Null));
}

#[test]
fn secrets_in_the_words_of_a_test_are_masked() {
    let desk = Desk::open();
    let name = "opens https://x.example/?token=not-a-secret-123";
    for number in 1..=3 {
        send(&desk, &Report::of(number, hours_ago(5 - number)).with(name, 'F'));
    }
    settle(&desk);
    let page = desk.get_json("/api/v1/tests");
    let id = page["items"][0]["case_id"].as_str().expect("an id").to_owned();
    let build = build_id(&desk, 3);
    for target in [
        "/api/v1/tests".to_owned(),
        format!("/api/v1/tests/{id}"),
        format!("/api/v1/tests/{id}/runs"),
        format!("/api/v1/tests/{id}/first-bad"),
        format!("/api/v1/compare?base={build}&head={}", build_id(&desk, 2)),
        format!("/api/v1/builds/{build}/tests"),
    ] {
        let answer = desk.get_json(&target).to_string();
        assert!(!answer.contains("not-a-secret"), "{target}: {answer}");
    }
    desk.request("POST", &format!("/api/v1/tests/{id}/fixed"), &[], b"");
    assert!(!desk.get_json("/api/v1/audit").to_string().contains("not-a-secret"));
}

#[test]
fn what_is_not_there_is_said() {
    let desk = Desk::open();
    for rest in ["", "/runs", "/first-bad"] {
        for id in ["7", "00000000-0000-4000-8000-000000000000"] {
            let (status, _) = desk.request("GET", &format!("/api/v1/tests/{id}{rest}"), &[], b"");
            assert_eq!(status, 404, "{id}{rest}");
        }
    }
    let (status, _) = desk.request("GET", "/api/v1/tests?status=bad", &[], b"");
    assert_eq!(status, 400);
    assert_eq!(desk.get_json("/api/v1/tests")["items"], json!([]));
}
