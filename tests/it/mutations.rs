//! What providers answer, with something wrong in it: members that are missing, of another kind, there twice or
//! in another's place, bodies cut off and bent. It is read as far as it goes or refused, and nothing worse.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use creel::clock::Clock;
use creel::model::{Pool, Timestamp};
use creel::providers::azure_devops::rest::{self as azure, About, calls};
use creel::providers::buildkite::rest::calls::{self as buildkite, BuildPlace};
use creel::providers::rest::{Answer, Call, Head, Host};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, Ask, Rest, Settings};
use creel::simulator::world::{Pace, World, contoso};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::payloads_buildkite_rest::read_by_all as read_buildkite;
use crate::support::desk::NOW;

/// Builds of either provider whose answers are spoiled.
const BUILDS: usize = 8;

/// Every question about some builds and about what runs them, answered by the make-believe providers.
fn bodies() -> &'static [Value] {
    static BODIES: OnceLock<Vec<Value>> = OnceLock::new();
    BODIES.get_or_init(|| {
        let ago = |hours: i64| Timestamp(NOW.0 - hours * Timestamp::MILLIS_PER_HOUR);
        let told: Vec<_> = World::new(5, ago(5), Pace::LIVELY).ending(ago(4)).collect();
        let settings = Settings { limits: Limits::NONE, ..Settings::new(Clock::standing_at(NOW)) };
        let rest = Rest::new(settings, Archive::of(told.iter().cloned(), NOW));
        let hooks = |event: &str| -> Vec<Value> {
            let of_event = told.iter().filter(|happening| happening.event == event);
            let bodies = of_event.map(|one| serde_json::from_slice(&one.hook.body).expect("JSON"));
            bodies.take(BUILDS).collect()
        };
        let mut answers = Vec::new();
        for hook in hooks("build.complete") {
            let build = &hook["resource"];
            let place =
                contoso().pipelines.iter().position(|one| build["definition"]["id"] == one.id);
            let project = &contoso().project_of(place.expect("a pipeline")).name;
            answers.extend(about_run(&rest, project, build["id"].as_i64().expect("an id")));
        }
        for hook in hooks("build.finished") {
            let at = BuildPlace {
                organization: "acme".to_owned(),
                pipeline: hook["pipeline"]["slug"].as_str().expect("a slug").to_owned(),
                number: hook["build"]["number"].as_i64().expect("a number"),
            };
            let calls = [at.whole(), at.jobs(None), at.artifacts(1), at.annotations(1)];
            answers.extend(calls.iter().map(|call| ask(&rest, call)));
        }
        let calls = [buildkite::agents("acme", 1), buildkite::token()];
        answers.extend(calls.iter().map(|call| ask(&rest, call)));
        let pools = ask(&rest, &calls::pools());
        let pool = pools["value"][0]["id"].to_string();
        let calls = [calls::pools(), calls::agents(&pool), calls::projects(None), calls::who()];
        answers.extend(calls.iter().map(|call| ask(&rest, call)));
        answers.push(ask(&rest, &calls::queues(&contoso().projects[0].name)));
        for project in &contoso().projects {
            let releases = ask(&rest, &calls::newest_releases(&project.name, BUILDS));
            let ids = releases["value"].as_array().expect("a list").iter().map(|one| &one["id"]);
            let calls = ids.map(|id| calls::release(&project.name, &id.to_string()));
            answers.extend(calls.map(|call| ask(&rest, &call)));
        }
        assert!(answers.len() > 8 * BUILDS, "{}", answers.len());
        answers
    })
}

fn about_run(rest: &Rest, project: &str, id: i64) -> Vec<Value> {
    let all = calls::Results { only_failed: false, with_parts: true };
    let mut answers: Vec<Value> = [
        calls::build(project, id),
        calls::timeline(project, id, None),
        calls::changes(project, id, None),
        calls::artifacts(project, id),
    ]
    .iter()
    .map(|call| ask(rest, call))
    .collect();
    let runs = ask(rest, &calls::test_runs(project, id, None));
    if let Some(run) = runs["value"][0]["id"].as_i64() {
        answers.push(ask(rest, &calls::test_results(project, &run.to_string(), all, None)));
    }
    answers.push(runs);
    answers
}

fn ask(rest: &Rest, call: &Call) -> Value {
    let azure = "Basic OnNpbXVsYXRlZC1wYXQ=";
    let (base, token) = match call.host {
        Host::Release => ("/vsrm/contoso", azure),
        Host::Main if call.path.contains("/_apis/") => ("/contoso", azure),
        Host::Main => ("/v2", "Bearer simulated-pat"),
    };
    let query: Vec<String> =
        call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let target = format!("{base}{}?{}", call.path, query.join("&"));
    let answer = rest.answer(&Ask::get(&target).with("authorization", token));
    assert_eq!(answer.status, 200, "{target}");
    serde_json::from_slice(&answer.whole()).expect("JSON")
}

fn answer(body: &[u8]) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Answer { head: Head { status: 200, headers }, body: body.to_vec(), at: NOW }
}

/// Everything that reads an answer of Azure DevOps. What comes of it does not matter here.
fn read_azure(body: &[u8]) {
    let answer = answer(body);
    let page = "https://dev.azure.com/contoso/p/_build/results?buildId=1";
    let queues = BTreeMap::from([(1, "harbour".to_owned())]);
    let about = About { page: Some(page), queues: Some(&queues), newest: None };
    if let Ok(told) = azure::timeline(&answer, &about) {
        let _ = azure::timeline(&answer, &About { newest: Some(&told.newest), ..about });
    }
    let pool = Pool { key: "1".to_owned(), name: "p".to_owned(), is_hosted: false, size: None };
    let all = calls::Results { only_failed: false, with_parts: true };
    let _ = azure::build(&answer, Some(page));
    let _ = azure::builds(&answer, None);
    let _ = azure::logs(&answer);
    let _ = azure::changes(&answer);
    let _ = azure::artifacts(&answer);
    let _ = azure::test_runs(&answer, None);
    let _ = azure::test_cases(&answer, all, None);
    let _ = azure::pools(&answer);
    let _ = azure::queues(&answer);
    let _ = azure::agents(&answer, &pool);
    let _ = azure::release(&answer);
    let _ = azure::connection(&answer);
    let _ = azure::projects(&answer, None);
    let _ = azure::areas(&answer.body);
}

/// What can be wrong with a part of a body.
#[derive(Debug, Clone)]
enum Wrong {
    Missing,
    Instead(Value),
    Twice,
    InAList,
    /// What stands elsewhere in the same body.
    From(Index),
}

fn any_wrong() -> impl Strategy<Value = Wrong> {
    let words = prop::sample::select(vec![
        "",
        "...",
        "0",
        "-1",
        "true",
        "completed",
        "failed",
        "running",
        "Stage",
        "Job",
        "waiter",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00",
        "1601-01-01T00:00:00Z",
        "\u{feff}",
        "\0",
        "ä🚨",
        "https://dev.azure.com@elsewhere.example/x",
        "https://api.buildkite.com/v2/organizations/../..",
        "00000000-0000-0000-0000-000000000000",
    ]);
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<u64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        words.prop_map(|it| json!(it)),
        any::<String>().prop_map(|it| json!(it)),
        Just(json!([])),
        Just(json!({})),
    ];
    prop_oneof![
        3 => Just(Wrong::Missing),
        6 => scalar.prop_map(Wrong::Instead),
        1 => Just(Wrong::Twice),
        1 => Just(Wrong::InAList),
        2 => any::<Index>().prop_map(Wrong::From),
    ]
}

fn parts(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(parts).sum(),
        Value::Object(members) => members.values().map(parts).sum::<usize>(),
        _ => 0,
    }
}

/// The part of this number, counted from the outside.
fn part(value: &Value, mut nth: usize) -> Option<&Value> {
    if nth == 0 {
        return Some(value);
    }
    nth -= 1;
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    for one in inner {
        let count = parts(one);
        if nth < count {
            return part(one, nth);
        }
        nth -= count;
    }
    None
}

/// The same body, its part of this number spoiled.
fn spoiled(value: &Value, nth: &mut usize, wrong: &Wrong, whole: &Value) -> Vec<Value> {
    if *nth == 0 {
        *nth = usize::MAX;
        return match wrong {
            Wrong::Missing => Vec::new(),
            Wrong::Instead(other) => vec![other.clone()],
            Wrong::Twice => vec![value.clone(), value.clone()],
            Wrong::InAList => vec![json!([value])],
            Wrong::From(from) => {
                part(whole, from.index(parts(whole))).cloned().into_iter().collect()
            }
        };
    }
    *nth -= 1;
    vec![match value {
        Value::Array(items) => {
            items.iter().flat_map(|item| spoiled(item, nth, wrong, whole)).collect()
        }
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                for (copy, value) in spoiled(member, nth, wrong, whole).into_iter().enumerate() {
                    kept.insert(format!("{name}{}", "2".repeat(copy)), value);
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }]
}

/// An answer in which up to four things are wrong.
fn any_spoiled() -> impl Strategy<Value = Vec<u8>> {
    let wrongs = prop::collection::vec((any::<Index>(), any_wrong()), 1..4);
    (any::<Index>(), wrongs).prop_map(|(which, wrongs)| {
        let mut body = which.get(bodies()).clone();
        for (place, wrong) in wrongs {
            let mut nth = place.index(parts(&body));
            body = spoiled(&body, &mut nth, &wrong, &body).pop().unwrap_or(Value::Null);
        }
        body.to_string().into_bytes()
    })
}

fn read(body: &[u8]) {
    read_azure(body);
    read_buildkite(body);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_with_something_wrong_in_it_never_panics(body in any_spoiled()) {
        read(&body);
    }

    #[test]
    fn an_answer_that_is_cut_off_or_bent_never_panics(
        mut body in any_spoiled(),
        at in any::<Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let at = at.index(body.len().max(1)).min(body.len());
        let end = (at + bytes.len()).min(body.len());
        body.splice(at..end, bytes.iter().copied());
        read(&body);
        body.truncate(at);
        read(&body);
    }
}

#[test]
fn what_is_not_spoiled_is_read() {
    let mut builds = (0, 0);
    for body in bodies() {
        let body = body.to_string().into_bytes();
        builds.0 +=
            usize::from(azure::build(&answer(&body), None).is_ok_and(|told| told.is_some()));
        let told = creel::providers::buildkite::rest::build(&answer(&body));
        builds.1 += usize::from(told.is_ok_and(|told| !told.steps.is_empty()));
        read(&body);
    }
    assert!(builds.0 >= BUILDS && builds.1 >= BUILDS, "{builds:?}: the readers see no builds");
}
