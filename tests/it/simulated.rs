//! Two simulated organisations and one receiver: whatever goes wrong on the way, each build's
//! record ends as the world knows it did.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::process::{Command, Output};
use std::sync::Arc;

use creel::model::{BuildState, Provider, Timestamp};
use creel::simulator::delivery::{Answer, Attempt, Fate, Faults, Key, Mischief, Senders, State};
use creel::simulator::world::{Pace, World};
use creel::simulator::{Happening, Outcome};

use crate::support::desk::Desk;
use crate::support::server::{Server, prepared};

/// Tuesday, 17 March 2026, midnight.
const BEGIN: Timestamp = Timestamp(1_773_705_600_000);
const DAY_MS: i64 = 24 * 3_600_000;

/// All that a world told, by build.
#[derive(Default)]
struct Truth {
    outcomes: BTreeMap<String, Arc<Outcome>>,
    /// Builds of which a hook never arrived.
    incomplete: HashSet<String>,
}

impl Truth {
    fn note(&mut self, happening: &Happening) {
        if let Some(build) = &happening.build {
            self.outcomes.entry(build.external_id.clone()).or_insert_with(|| Arc::clone(build));
        }
    }
}

/// A world told to its end, each attempt answered by `receive`, on a clock that jumps.
fn tell(
    world: World,
    mut senders: Senders,
    mut receive: impl FnMut(&Attempt, Timestamp) -> Answer,
) -> (Truth, Senders) {
    let mut truth = Truth::default();
    let mut world = world;
    loop {
        let next = [world.next_at(), senders.next_due()].into_iter().flatten().min();
        let Some(now) = next else { break };
        while world.next_at().is_some_and(|at| at <= now) {
            let Some(happening) = world.next() else { break };
            truth.note(&happening);
            senders.notify(happening);
        }
        for attempt in senders.due(now, 1_000) {
            let answer = receive(&attempt, now);
            senders.answered(&attempt, answer, now);
        }
    }
    truth.incomplete.extend(senders.lost().iter().filter_map(|lost| lost.external_id.clone()));
    (truth, senders)
}

/// Builds as the books have them: state, result and attempt by the provider's id.
fn records(desk: &Desk) -> BTreeMap<String, (String, Option<String>, u32)> {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    let mut statement =
        books.prepare("select external_id, state, result, attempt from build").expect("prepared");
    let mut builds = BTreeMap::new();
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
        })
        .expect("queried");
    for row in rows {
        let (id, build) = row.expect("a row");
        assert!(builds.insert(id.clone(), build).is_none(), "build {id} has two records");
    }
    builds
}

fn expected(outcome: &Outcome) -> (String, Option<String>, u32) {
    let result = outcome.result.map(|result| result.as_str().to_owned());
    (outcome.state.as_str().to_owned(), result, outcome.attempt)
}

fn two_days() -> World {
    World::new(17, BEGIN, Pace::NORMAL).ending(Timestamp(BEGIN.0 + 2 * DAY_MS))
}

#[test]
fn two_days_with_faults_end_in_the_records_that_the_world_knows() {
    let script = "
        [rates]
        duplicate = 0.04
        echo = 0.04
        reorder = 0.15
        delay = 0.02
        cut = 0.03

        [[moments]]
        fault = 'burst'
        after_s = 36000
        for_s = 1800
    ";
    let mischief = Mischief::new(Faults::parse(script).expect("a script"), 17, BEGIN);
    let senders = Senders::new([Key::None, Key::None], mischief);
    let desk = Desk::open();
    let mut received = 0_usize;
    let (mut truth, senders) = tell(two_days(), senders, |attempt, _| {
        desk.post_hook(&attempt.hook);
        received += 1;
        if received.is_multiple_of(500) {
            desk.step_all();
        }
        match attempt.fate {
            Fate::Answered => Answer::Status(200),
            Fate::Cut => Answer::NoConnection,
        }
    });
    desk.step_all();

    let totals = senders.totals();
    assert!(totals.mischief.duplicates > 30, "{totals:?}");
    assert!(totals.mischief.echoes > 30, "{totals:?}");
    assert!(totals.mischief.held > 100, "{totals:?}");
    assert!(totals.mischief.cut > 20 && totals.counts.retried > 10, "{totals:?}");
    assert!(senders.subscriptions().iter().all(|told| told.state == State::Enabled));
    assert!(truth.incomplete.is_empty(), "nothing was lost");

    assert!(truth.outcomes.len() > 80, "{} builds", truth.outcomes.len());
    let mut records = records(&desk);
    for (id, outcome) in std::mem::take(&mut truth.outcomes) {
        assert_eq!(outcome.state, BuildState::Finished);
        let record = records.remove(&id);
        assert_eq!(record, Some(expected(&outcome)), "build {id} of {:?}", outcome.provider);
    }
    assert_eq!(records, BTreeMap::new(), "records of builds that never were");
}

#[test]
fn what_is_missing_after_an_outage_is_what_probation_lost() {
    let desk = Desk::open();
    let senders = Senders::new([Key::None, Key::None], Mischief::none());
    // The receiver answers 500 for ten minutes of a busy morning, as no receiver should.
    let from = Timestamp(BEGIN.0 + 10 * 3_600_000);
    let to = Timestamp(from.0 + 600_000);
    let (truth, senders) = tell(two_days(), senders, |attempt, now| {
        if (from..to).contains(&now) {
            return Answer::Status(500);
        }
        desk.post_hook(&attempt.hook);
        Answer::Status(200)
    });
    desk.step_all();

    let totals = senders.totals();
    assert!(totals.counts.lost > 0, "{totals:?}");
    assert!(senders.subscriptions().iter().all(|told| told.state == State::Enabled));
    let records = records(&desk);
    let of_azure = |outcome: &Outcome| outcome.provider == Provider::AzureDevops;
    let wrong: BTreeSet<&String> = truth
        .outcomes
        .iter()
        .filter(|(_, outcome)| of_azure(outcome))
        .filter(|(id, outcome)| records.get(*id) != Some(&expected(outcome)))
        .map(|(id, _)| id)
        .collect();
    let explained: BTreeSet<&String> =
        wrong.iter().filter(|id| truth.incomplete.contains(**id)).copied().collect();
    assert_eq!(wrong, explained, "records differ of which nothing was lost");
    let known: BTreeSet<&String> = truth.outcomes.keys().collect();
    assert!(records.keys().all(|id| known.contains(id)), "records of builds that never were");
}

/// Run `creel simulate` and wait for its end.
fn simulate(server: &Server, key: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_creel"))
        .args(["simulate", "--listen", "127.0.0.1:0"])
        .args(["--deliver-to", &format!("http://{}", server.address)])
        .args(arguments)
        .env_clear()
        .env("CREEL_API_KEY", key)
        .output()
        .expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn one_hook_of_any_type_is_sent_on_demand_and_its_answer_shown() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    for word in ["build.complete", "azure:git.push", "buildkite:build.finished", "ping"] {
        let output = simulate(&server, &key, &["--once", word, "--json"]);
        assert!(output.status.success(), "{word}: {}", said(&output));
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(line["status"], 200);
        assert_eq!(line["answer"]["received"], true, "{line}");
    }
    assert_eq!(server.all("/api/v1/events", &key).len(), 4);

    let refused = simulate(&server, "not-a-key", &["--once", "build.complete"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("was refused: 401"), "{}", said(&refused));

    let unknown = simulate(&server, &key, &["--once", "build.completed"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("the nearest is `build.complete`"), "{}", said(&unknown));
}

#[test]
fn a_script_that_cannot_be_followed_is_a_usage_error() {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    let script = directory.path().join("faults.toml");
    std::fs::write(&script, "[rates]\nduplicates = 0.5\n").expect("written");
    let output = simulate(&server, &key, &["--faults", &script.display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("the nearest is `duplicate`"), "{}", said(&output));
}
