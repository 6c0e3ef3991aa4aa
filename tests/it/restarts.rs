//! A restart refuses nobody and loses nothing: by handing the port over to a new process, and with the
//! port held by the service manager or a supervisor.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::http::Client;
use crate::support::server::{Server, creel, eventually, prepared};

/// Restarts in `make test`, by handover and with the port held; `make torture` sets `CREEL_RESTARTS`.
const RESTARTS: usize = 50;

const SENDERS: usize = 6;

fn restarts() -> usize {
    std::env::var("CREEL_RESTARTS").ok().and_then(|n| n.parse().ok()).unwrap_or(RESTARTS)
}

/// What the senders met.
#[derive(Default)]
struct Met {
    /// Connections that were not accepted.
    refused: AtomicUsize,
    /// Requests on a connection of their own that got no answer.
    cut: AtomicUsize,
    /// Requests on a connection that had been kept open and was closed meanwhile.
    kept_too_long: AtomicUsize,
    /// Longest wait from connecting to the answer.
    longest_ms: AtomicU64,
    /// Answers other than 200.
    other: Mutex<Vec<(u16, String)>>,
    /// Delivery number and the entry it was acknowledged as.
    acknowledged: Mutex<HashMap<usize, i64>>,
}

impl Met {
    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().expect("not poisoned").len()
    }
}

fn body(number: usize) -> Vec<u8> {
    format!(
        r#"{{"subscriptionId":"5b1d2f2c-0d3e-4b50-9d52-8f3a0f6c7e11","notificationId":{number},"id":"push-{number}",
           "eventType":"git.push","publisherId":"tfs","resource":{{"repository":{{"id":"r-1","name":"shop"}}}}}}"#
    )
    .into_bytes()
}

/// Send one hook after another until told to stop: on a new connection each, or on one that is kept as
/// long as the server does not ask to close it.
fn send(
    address: SocketAddr,
    key: &str,
    next: &AtomicUsize,
    stop: &AtomicBool,
    met: &Met,
    keep: bool,
) {
    let mut kept: Option<Client> = None;
    let mut number = next.fetch_add(1, Ordering::Relaxed);
    while !stop.load(Ordering::Relaxed) {
        let is_kept = kept.is_some();
        let begun = Instant::now();
        let mut client = match kept.take().map_or_else(|| Client::connect(address), Ok) {
            Ok(client) => client,
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::AddrNotAvailable, "too many connections");
                met.refused.fetch_add(1, Ordering::Relaxed);
                continue;
            }
        };
        // What got no answer is sent again, as senders do.
        let Ok(answer) =
            client.send("POST", "/webhooks/azure", &[("x-api-key", key)], &body(number))
        else {
            let counter = if is_kept { &met.kept_too_long } else { &met.cut };
            counter.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        if answer.status != 200 {
            met.other.lock().expect("not poisoned").push((answer.status, answer.text()));
            continue;
        }
        let took = u64::try_from(begun.elapsed().as_millis()).expect("not for ever");
        met.longest_ms.fetch_max(took, Ordering::Relaxed);
        let entry = answer.json()["entry_id"].as_i64().expect("an entry");
        met.acknowledged.lock().expect("not poisoned").insert(number, entry);
        number = next.fetch_add(1, Ordering::Relaxed);
        if keep && answer.header("connection") != Some("close") {
            kept = Some(client);
        }
    }
}

/// Keep senders busy while `restart` goes on, and tell what they met.
fn under_load(address: SocketAddr, key: &str, restart: impl FnOnce(&Met)) -> Met {
    let (met, next, stop) = (Met::default(), AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (met, next, stop) = (&met, &next, &stop);
            scope.spawn(move || send(address, key, next, stop, met, sender % 2 == 0));
        }
        // Also when it panics: the senders would go on for ever.
        let _stop = StopAtEnd(&stop);
        restart(&met);
    });
    met
}

struct StopAtEnd<'s>(&'s AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each acknowledged delivery is known, as the entry it was acknowledged as.
fn assert_all_known(address: SocketAddr, key: &str, met: &Met) {
    let mut client = Client::connect(address).expect("connected");
    for (number, entry) in met.acknowledged.lock().expect("not poisoned").iter() {
        let answer = client
            .send("POST", "/webhooks/azure", &[("x-api-key", key)], &body(*number))
            .expect("answered")
            .json();
        assert_eq!(answer["duplicate"], true, "delivery {number} is lost");
        assert_eq!(answer["entry_id"], *entry, "delivery {number} became another entry");
    }
}

/// Wait until the senders have got on by some hooks: each restart comes into the middle of the load.
fn let_some_through(met: &Met) {
    let before = met.acknowledged();
    eventually("hooks are acknowledged", || met.acknowledged() > before + SENDERS * 2);
}

#[test]
fn a_port_that_is_handed_over_refuses_nobody() {
    let (_directory, data, key) = prepared();
    let first = Server::start(&data);
    let address = first.address;
    let running = Mutex::new(Some(first));
    let met = under_load(address, &key, |met| {
        for _ in 0..restarts() {
            let_some_through(met);
            let old = running.lock().expect("not poisoned").take().expect("one runs");
            let new = Server::start_with(&data, |command| {
                command.arg("--take-over");
            });
            assert_eq!(new.address, address, "it has the same port");
            let said = old.ended();
            assert!(said.contains(&format!("Process {} ", new.pid())), "{said}");
            *running.lock().expect("not poisoned") = Some(new);
        }
        let_some_through(met);
    });
    assert_all_known(address, &key, &met);
    println!(
        "{} handovers: {} acknowledged, {} refused, {} cut, {} kept connections found closed, longest wait {} ms",
        restarts(),
        met.acknowledged(),
        met.refused.load(Ordering::Relaxed),
        met.cut.load(Ordering::Relaxed),
        met.kept_too_long.load(Ordering::Relaxed),
        met.longest_ms.load(Ordering::Relaxed),
    );
    assert_eq!(met.refused.into_inner(), 0, "connections that were refused");
    assert_eq!(met.cut.into_inner(), 0, "requests that got no answer");
    assert_eq!(met.other.into_inner().expect("not poisoned"), [], "answers other than 200");
}

/// A process that holds the port and starts a server on it again and again, as service managers do.
struct Supervisor {
    child: Child,
    address: SocketAddr,
    data: std::path::PathBuf,
}

/// Starts a server on the socket that is file 3, again whenever it ends.
const AGAIN_AND_AGAIN: &str = r#"while :; do LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$0" serve --data "$1"' "$0" "$1" 2>>"$2"; done"#;

impl Supervisor {
    fn start(data: &Path) -> Self {
        let log = data.with_file_name("supervised.log");
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("an address");
        let activate = Command::new("systemd-socket-activate").arg("--version").output();
        let mut command = if activate.is_ok_and(|output| output.status.success()) {
            drop(listener);
            let mut command = Command::new("systemd-socket-activate");
            command.args(["--listen", &address.to_string(), "sh", "-c", AGAIN_AND_AGAIN]);
            command
        } else {
            println!("systemd-socket-activate is not here: a shell holds the port instead");
            let mut command = Command::new("sh");
            let held = format!("exec 3<&0 0</dev/null; {AGAIN_AND_AGAIN}");
            command.arg("-c").arg(held).stdin(Stdio::from(OwnedFd::from(listener)));
            command
        };
        command.arg(env!("CARGO_BIN_EXE_creel")).arg(data).arg(log).stderr(Stdio::null());
        let child = command.spawn().expect("started");
        Self { child, address, data: data.to_owned() }
    }

    /// The server that runs now.
    fn server(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.data.join("creel.lock")).ok()?;
        let pid = text.trim().parse().ok()?;
        let is_server = std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.windows(5).any(|word| word == b"serve"));
        Pid::from_raw(pid).filter(|_| is_server)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(server) = self.server() {
            let _ = kill_process(server, Signal::KILL);
        }
    }
}

#[test]
fn a_port_that_is_held_for_it_refuses_nobody_while_it_is_stopped_or_killed() {
    let (_directory, data, key) = prepared();
    let supervisor = Supervisor::start(&data);
    // The service manager may wait for the first connection before it starts anything.
    eventually("somebody listens", || Client::connect(supervisor.address).is_ok());
    let met = under_load(supervisor.address, &key, |met| {
        for restart in 0..restarts() {
            let_some_through(met);
            let server = supervisor.server().expect("one runs");
            let cut_before = met.cut.load(Ordering::Relaxed);
            let how = if restart % 2 == 0 { Signal::TERM } else { Signal::KILL };
            kill_process(server, how).expect("it lives");
            eventually("another one runs", || supervisor.server().is_some_and(|now| now != server));
            let_some_through(met);
            let cut = met.cut.load(Ordering::Relaxed) - cut_before;
            assert!(how == Signal::KILL || cut == 0, "a stop cut {cut} requests");
        }
    });
    assert_all_known(supervisor.address, &key, &met);
    println!(
        "{} stops and kills: {} acknowledged, {} refused, {} cut by kills, {} kept connections found closed, longest wait {} ms",
        restarts(),
        met.acknowledged(),
        met.refused.load(Ordering::Relaxed),
        met.cut.load(Ordering::Relaxed),
        met.kept_too_long.load(Ordering::Relaxed),
        met.longest_ms.load(Ordering::Relaxed),
    );
    assert_eq!(met.refused.into_inner(), 0, "connections that were refused");
    assert_eq!(met.other.into_inner().expect("not poisoned"), [], "answers other than 200");
}

#[test]
fn a_take_over_that_cannot_work_leaves_the_running_server_alone() {
    let (directory, data, key) = prepared();
    let server = Server::start(&data);
    let said = |arguments: &[&str]| {
        let output = creel(&data, &[&["serve", "--take-over"], arguments].concat());
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };

    let elsewhere = said(&["--listen", "127.0.0.1:9"]);
    assert!(elsewhere.contains(&format!("listens on {}", server.address)), "{elsewhere}");
    let settings = directory.path().join("bad.toml");
    std::fs::write(
        &settings,
        "[server]\nsecrets_key = \"nowhere.key\"\n[tls]\ncert = \"a\"\nkey = \"b\"\n",
    )
    .expect("written");
    let without_certificate = said(&["--config", settings.to_str().expect("a path")]);
    assert!(without_certificate.contains("cannot read a"), "{without_certificate}");

    let journal = data.join("journal.db");
    let connection = rusqlite::Connection::open(&journal).expect("opens");
    connection.busy_timeout(Duration::from_secs(5)).expect("set");
    let version: i64 =
        connection.query_row("pragma user_version", [], |row| row.get(0)).expect("read");
    connection.pragma_update(None, "user_version", 999).expect("written");
    let newer = said(&[]);
    assert!(newer.contains("newer Creel") && newer.contains("hint:"), "{newer}");
    connection.pragma_update(None, "user_version", version).expect("written");

    // As a release that knew nothing of handing over would look.
    std::fs::remove_file(data.join("handover.sock")).expect("removed");
    let without = said(&[]);
    assert!(
        without.contains("in use") && without.contains("does not hand its port over"),
        "{without}"
    );

    let answer = server.get("/api/v1/builds", &key);
    assert_eq!(answer.status, 200, "it goes on");
    server.stop();
}

#[test]
fn a_take_over_where_nobody_runs_is_a_start() {
    let (_directory, data, key) = prepared();
    let server = Server::start_with(&data, |command| {
        command.arg("--take-over");
    });
    assert_eq!(server.get("/api/v1/builds", &key).status, 200);
    server.stop();
}

#[test]
fn the_service_manager_is_told_how_things_are() {
    let (directory, data, _) = prepared();
    let path = directory.path().join("notify.sock");
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let hear = || {
        let mut message = [0; 1_024];
        let length = socket.recv(&mut message).expect("told in time");
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let server = Server::start_with(&data, |command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000");
    });
    // The order of the first two is nobody's.
    let mut heard = [hear(), hear()];
    heard.sort();
    assert!(heard[0].contains("READY=1") && heard[0].contains("STATUS=Listening on"), "{heard:?}");
    assert!(heard[1].contains("WATCHDOG=1") && hear().contains("WATCHDOG=1"), "{heard:?}");
    server.terminate();
    while !hear().contains("STOPPING=1") {}
    server.ended();
}
