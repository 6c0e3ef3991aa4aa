//! Acknowledged means stored: the server is killed again and again under load, and every
//! acknowledged hook is there exactly once, in the records that an undisturbed run makes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use creel::simulator::Hook;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::http::Client;
use crate::support::load::{builds, post, stories};
use crate::support::server::{Server, prepared};

/// Rounds in `make test`; `make torture` sets `CREEL_KILL_ROUNDS`.
const ROUNDS: u64 = 20;

/// Hooks that are offered in each round; a round ends before all are through.
const HOOKS_PER_ROUND: usize = 400;

const SENDERS: usize = 8;

fn rounds() -> u64 {
    std::env::var("CREEL_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS)
}

/// What the senders know: which hook was acknowledged as which entry.
#[derive(Default)]
struct Acknowledged {
    entries: Mutex<HashMap<usize, i64>>,
}

impl Acknowledged {
    fn note(&self, hook: usize, answer: &Value) {
        let entry = answer["entry_id"].as_i64().expect("an entry id");
        let before = self.entries.lock().expect("not poisoned").insert(hook, entry);
        if let Some(before) = before {
            assert_eq!(before, entry, "hook {hook} was acknowledged as two entries");
        }
    }

    fn has(&self, hook: usize) -> bool {
        self.entries.lock().expect("not poisoned").contains_key(&hook)
    }

    fn count(&self) -> usize {
        self.entries.lock().expect("not poisoned").len()
    }
}

/// Offer the hooks that are not acknowledged yet, with several senders, until `stop`.
fn offer(
    server: &Server,
    hooks: &[Hook],
    range: std::ops::Range<usize>,
    key: &str,
    known: &Acknowledged,
    stop: &AtomicBool,
    kill_after: impl FnOnce() + Send,
) {
    let next = AtomicUsize::new(range.start);
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let Ok(mut client) = Client::connect(server.address) else { return };
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= range.end {
                        return;
                    }
                    if known.has(index) {
                        continue;
                    }
                    // Only a complete answer counts: a cut connection acknowledges nothing.
                    let Ok((status, answer)) = post(&mut client, &hooks[index], key) else {
                        return;
                    };
                    assert_eq!(status, 200, "{answer}");
                    known.note(index, &answer);
                }
            });
        }
        scope.spawn(kill_after);
    });
}

fn undisturbed(hooks: &[Hook]) -> Vec<String> {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let mut client = Client::connect(server.address).expect("connected");
    for hook in hooks {
        let (status, answer) = post(&mut client, hook, &key).expect("answered");
        assert_eq!(status, 200, "{answer}");
    }
    server.wait_until_read(&key);
    builds(&server, &key)
}

fn integrity(database: &Path) {
    let connection = Connection::open(database).expect("opens");
    let verdict: String =
        connection.query_row("pragma integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(verdict, "ok", "{}", database.display());
}

#[test]
fn every_acknowledged_hook_survives_any_kill_exactly_once() {
    let (_directory, data, key) = prepared();
    let rounds = rounds();
    let hooks = stories(HOOKS_PER_ROUND * usize::try_from(rounds).expect("few"));
    let known = Acknowledged::default();

    let mut offered = 0;
    for round in 0..rounds {
        let server = Mutex::new(Some(Server::start(&data)));
        let stop = AtomicBool::new(false);
        // A seeded moment: early in the batch, in the middle, near the end.
        let pause = Duration::from_millis(20 + (round * 7_919) % 480);
        let end = (offered + HOOKS_PER_ROUND).min(hooks.len());
        let live = server.lock().expect("not poisoned").take().expect("started");
        let pid = live.pid();
        offer(&live, &hooks, 0..end, &key, &known, &stop, || {
            std::thread::park_timeout(pause);
            let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid"));
            let _ =
                rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::KILL);
            stop.store(true, Ordering::Relaxed);
        });
        live.kill();
        offered = end;
    }
    let acknowledged = known.count();
    assert!(acknowledged > 0, "the rounds were too short to acknowledge anything");

    let server = Server::start(&data);
    let mut client = Client::connect(server.address).expect("connected");
    let mut repeated = 0;
    for (index, hook) in hooks.iter().enumerate() {
        let was_known = known.has(index);
        let (status, answer) = post(&mut client, hook, &key).expect("answered");
        assert_eq!(status, 200, "{answer}");
        if was_known {
            assert_eq!(answer["status"], "duplicate", "hook {index} was acknowledged and is lost");
        }
        repeated += usize::from(answer["duplicate"] == true);
        known.note(index, &answer);
    }
    // Stored but not acknowledged is allowed: the sender asks again and is told so.
    assert!(repeated >= acknowledged);
    server.wait_until_read(&key);
    let after_kills = builds(&server, &key);
    let stored = known.count();
    server.stop();

    integrity(&data.join("journal.db"));
    integrity(&data.join("books.db"));
    let journal = Connection::open(data.join("journal.db")).expect("opens");
    let count =
        |sql: &str| -> i64 { journal.query_row(sql, [], |row| row.get(0)).expect("counted") };
    assert_eq!(count("select count(*) from entry"), i64::try_from(stored).expect("few"));
    assert_eq!(identities(&journal).len(), stored);

    println!("{rounds} kills: {acknowledged} acknowledged, 0 missing, {stored} hooks stored once");
    assert_eq!(after_kills, undisturbed(&hooks), "the records differ from an undisturbed run");
}

/// All identities of a journal: scope, ordinal, digest.
fn identities(journal: &Connection) -> HashSet<(i64, i64, Vec<u8>)> {
    let rows = |sql: &str| -> Vec<(i64, i64, Vec<u8>)> {
        let mut statement = journal.prepare(sql).expect("prepared");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.expect("queried").map(|row| row.expect("read")).collect()
    };
    let mut found: HashSet<_> =
        rows("select scope, ordinal, digest from identity").into_iter().collect();
    let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    for (_, _, packed) in rows("select last, 0, packed from recent_identities") {
        for one in packed.chunks_exact(34) {
            found.insert((number(&one[2..10]), number(&one[10..18]), one[18..].to_vec()));
        }
    }
    found
}
