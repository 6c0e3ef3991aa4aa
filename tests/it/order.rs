//! Any order, same record: hooks that arrive shuffled, repeated and by a second subscription end in
//! the very rows of an undisturbed run.

use creel::simulator::{Hook, Story, build_story};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::desk::Desk;

/// Each case opens a hub of its own on disk; more cases run in `make torture`.
const CASES: u32 = 24;

fn cases() -> u32 {
    std::env::var("CREEL_ORDER_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

fn records_of<'h>(hooks: impl IntoIterator<Item = &'h Hook>) -> String {
    let desk = Desk::open();
    for hook in hooks {
        desk.post_hook(hook);
    }
    desk.step_all();
    desk.records()
}

/// The same hook as a second subscription of the same provider would deliver it.
fn echo(hook: &Hook, number: usize) -> Hook {
    let mut echo = hook.clone();
    match serde_json::from_slice::<Value>(&hook.body) {
        Ok(mut body) if body.get("subscriptionId").is_some() => {
            body["subscriptionId"] = format!("5ec0d000-0000-4000-8000-{number:012}").into();
            echo.body = body.to_string().into_bytes();
        }
        _ => {
            for (name, value) in &mut echo.headers {
                if name == "x-buildkite-request" {
                    *value = format!("0199d3a0-0000-7000-8000-{number:012}");
                }
            }
        }
    }
    echo
}

#[test]
fn shuffled_repeated_and_echoed_hooks_make_the_same_records() {
    let strategy = (0_u64..40).prop_flat_map(|seed| {
        let hooks: Vec<Hook> =
            [seed, seed + 1].into_iter().flat_map(|seed| build_story(seed).hooks).collect();
        let count = hooks.len();
        let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        let repeated = prop::collection::vec((0..count, any::<bool>()), 0..8);
        // How many hooks are read at a time: between two, a crash could fall.
        (Just(hooks), order, repeated, 1_usize..20)
    });
    let mut runner = TestRunner::new(Config { cases: cases(), ..Config::default() });
    runner
        .run(&strategy, |(hooks, order, repeated, at_a_time)| {
            let expected = records_of(&hooks);

            let desk = Desk::open();
            let mut sent: Vec<Hook> = order.iter().map(|index| hooks[*index].clone()).collect();
            for (number, (index, by_another)) in repeated.iter().enumerate() {
                let again = match by_another {
                    true => echo(&hooks[*index], number),
                    false => hooks[*index].clone(),
                };
                sent.insert((index * 7) % sent.len(), again);
            }
            for some in sent.chunks(at_a_time) {
                for hook in some {
                    desk.post_hook(hook);
                }
                desk.step_all();
            }
            prop_assert_eq!(desk.records(), expected);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

const COLLECTIONS: [&str; 2] =
    ["c0000000-1111-4000-8000-000000000001", "c0000000-2222-4000-8000-000000000002"];
const ACCOUNTS: [&str; 2] =
    ["a0000000-1111-4000-8000-000000000001", "a0000000-2222-4000-8000-000000000002"];
const NAMES: [&str; 2] = ["contoso", "tailspin"];

/// How much a delivery knows of its source, and what it tells of.
#[derive(Debug, Clone)]
struct Told {
    collection: Option<&'static str>,
    account: Option<&'static str>,
    name: Option<&'static str>,
    /// Another delivery with the same number tells of the same happening.
    event: u32,
    build: bool,
}

fn told() -> impl Strategy<Value = Told> {
    (
        option::weighted(0.6, select(&COLLECTIONS)),
        option::weighted(0.5, select(&ACCOUNTS)),
        option::weighted(0.7, select(&NAMES)),
        0_u32..3,
        any::<bool>(),
    )
        .prop_map(|(collection, account, name, event, build)| Told {
            collection,
            account,
            name,
            event,
            build,
        })
}

impl Told {
    fn body(&self, number: usize) -> Value {
        let mut containers = json!({});
        if let Some(id) = self.collection {
            containers["collection"] = json!({"id": id});
        }
        if let Some(id) = self.account {
            containers["account"] = json!({"id": id});
        }
        let url = self.name.map(|name| format!("https://dev.azure.com/{name}/_apis/x"));
        let (kind, resource) = if self.build {
            let resource = json!({
                "id": 7 + self.event, "status": "completed", "result": "failed", "url": url,
                "finishTime": "2026-03-02T09:58:00Z", "definition": {"id": 7, "name": "shop-ci"}
            });
            ("build.complete", resource)
        } else {
            let resource = json!({
                "id": 1, "workItemId": 70 + self.event, "rev": 4, "url": url,
                "fields": {"System.State": {"oldValue": "Active", "newValue": "Resolved"}},
                "revision": {"id": 70 + self.event, "rev": 4, "fields": {"System.Title": "A leak"}}
            });
            ("workitem.updated", resource)
        };
        json!({
            "subscriptionId": format!("5b000000-0000-4000-8000-{number:012}"),
            "notificationId": 1,
            "id": format!("5b000000-0000-4000-9000-{:012}", self.event),
            "eventType": kind, "publisherId": "tfs", "resource": resource,
            "resourceContainers": containers,
            "createdDate": format!("2026-03-02T10:{number:02}:00Z")
        })
    }
}

fn records_of_bodies<'b>(bodies: impl IntoIterator<Item = &'b Value>, at_a_time: usize) -> String {
    let desk = Desk::open();
    for (number, body) in bodies.into_iter().enumerate() {
        desk.post("/webhooks/azure", &[], body.to_string().as_bytes());
        if number % at_a_time == 0 {
            desk.step_all();
        }
    }
    desk.step_all();
    desk.records()
}

/// Words for a source come in every mix, and only together tell which mean the same: whatever
/// comes first, sources, public ids, records and counts are the same in the end.
#[test]
fn sources_told_of_by_any_words_in_any_order_are_the_same_sources() {
    let strategy = prop::collection::vec(told(), 2..8).prop_flat_map(|told| {
        let bodies: Vec<Value> =
            told.iter().enumerate().map(|(number, told)| told.body(number)).collect();
        (Just(bodies.clone()), Just(bodies).prop_shuffle(), 1_usize..4)
    });
    let mut runner = TestRunner::new(Config { cases: 2 * cases(), ..Config::default() });
    runner
        .run(&strategy, |(bodies, shuffled, at_a_time)| {
            let expected = records_of_bodies(&bodies, 1);
            prop_assert_eq!(records_of_bodies(&shuffled, at_a_time), expected);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn every_story_ends_as_its_teller_knows() {
    for seed in 0..24 {
        let Story { hooks, outcome } = build_story(seed);
        let desk = Desk::open();
        for hook in hooks.iter().rev() {
            desk.post_hook(hook);
        }
        desk.step_all();
        let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
        let found: (String, Option<String>, u32) = books
            .query_row(
                "select state, result, attempt from build where external_id = ?1",
                [&outcome.external_id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap_or_else(|error| panic!("story {seed}, build {}: {error}", outcome.external_id));
        let expected = (
            outcome.state.as_str().to_owned(),
            outcome.result.map(|result| result.as_str().to_owned()),
            outcome.attempt,
        );
        assert_eq!(found, expected, "story {seed}");
    }
}

#[test]
fn reading_everything_again_changes_no_record() {
    let desk = Desk::open();
    for hook in (0..6).flat_map(|seed| build_story(seed).hooks) {
        desk.post_hook(&hook);
    }
    desk.step_all();
    let before = desk.records();
    let last = desk.hub.journal().last();
    let all: Vec<_> = (1..=last.0).map(creel::model::EntryId).collect();
    desk.hub
        .books()
        .write(|ledger| ledger.queue_replay(&all, desk.hub.clock().now()))
        .expect("queued");
    desk.step_all();
    assert_eq!(desk.records(), before);
}
