//! No answer before its flush: shown on a disk that keeps a diary, is slow, fails, fills up, or
//! loses its tail. (A kill alone cannot show a missing flush: what the kernel holds survives it.)

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use creel::journal::Packer;
use creel::providers::Route;
use creel::store::sqlite::journal::Writer;
use rusqlite::Connection;

use crate::support::entry::entry;
use crate::support::http::Client;
use crate::support::server::{Server, creel, eventually, prepared};
use crate::support::shim::{Disk, Mood, Shim, check_order, set};

fn hook(number: u64) -> Vec<u8> {
    format!(
        r#"{{"subscriptionId":"f1u50000-0000-4000-8000-000000000001","notificationId":{number},"id":"f1u50000-0000-4000-9000-{number:012}","eventType":"git.push","publisherId":"tfs","resource":{{"repository":{{"id":"r","name":"shop"}}}},"createdDate":"2026-03-02T10:00:00Z"}}"#
    )
    .into_bytes()
}

fn post(client: &mut Client, key: &str, number: u64) -> std::io::Result<u16> {
    let answer = client.send("POST", "/webhooks/azure", &[("x-api-key", key)], &hook(number))?;
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "a 503 says when to come back");
    }
    Ok(answer.status)
}

fn on(disk: &Disk, data: &Path) -> Server {
    let shim = Shim::build().expect("a C compiler");
    Server::start_with(data, |command| shim.preload(command, disk))
}

fn entries(data: &Path) -> i64 {
    let connection = Connection::open(data.join("journal.db")).expect("opens");
    connection.query_row("select count(*) from entry", [], |row| row.get(0)).expect("counted")
}

#[test]
fn every_200_is_written_after_a_flush_that_covers_it() {
    let (directory, data, key) = prepared();
    let log = directory.path().join("diary");
    let server = on(&Disk { log: Some(log.clone()), ..Disk::default() }, &data);
    const EACH: u64 = 60;
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let (server, key) = (&server, &key);
            scope.spawn(move || {
                let mut client = Client::connect(server.address).expect("connected");
                for number in 0..EACH {
                    let status = post(&mut client, key, sender * EACH + number + 1);
                    assert_eq!(status.expect("answered"), 200);
                }
            });
        }
    });
    server.stop();
    let order = check_order(&log, "journal.db-wal").expect("no answer left before its flush");
    assert_eq!(order.acks, 480);
    println!("{} answers after {} flushes, none early", order.acks, order.flushes);
}

#[test]
fn a_system_call_trace_shows_a_flush_for_every_lone_hook() {
    let (directory, data, key) = prepared();
    let trace = directory.path().join("trace");
    let allowed = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        println!(
            "strace is not allowed or not here: skipped (the diary of the disk shows the same)"
        );
        return;
    }
    let server = Server::start(&data);
    let mut strace = Command::new("strace")
        .args(["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o"])
        .arg(&trace)
        .args(["-p", &server.pid().to_string()])
        .spawn()
        .expect("traces");
    let flushes = || {
        let text = std::fs::read_to_string(&trace).unwrap_or_default();
        text.lines().filter(|line| line.contains("journal.db-wal>")).count()
    };
    let mut client = Client::connect(server.address).expect("connected");
    let mut number = 0;
    // The tracer takes a moment to attach; the first flush it sees is where counting begins.
    eventually("the tracer sees a flush", || {
        number += 1;
        assert_eq!(post(&mut client, &key, number).expect("answered"), 200);
        flushes() > 0
    });
    let before = flushes();
    for _ in 0..20 {
        number += 1;
        assert_eq!(post(&mut client, &key, number).expect("answered"), 200);
    }
    eventually("twenty flushes more", || flushes() >= before + 20);
    server.stop();
    let _ = strace.wait();
}

#[test]
fn a_slow_flush_is_waited_for() {
    let (_directory, data, key) = prepared();
    let delay = Duration::from_millis(200);
    let disk = Disk { delay: Some(delay), only: Some("journal".to_owned()), ..Disk::default() };
    let server = on(&disk, &data);
    let mut client = Client::connect(server.address).expect("connected");
    for number in 1..=5 {
        let begun = Instant::now();
        assert_eq!(post(&mut client, &key, number).expect("answered"), 200);
        assert!(begun.elapsed() >= delay, "acknowledged after {:?}", begun.elapsed());
    }
}

#[test]
fn a_failed_flush_is_no_answer_200_and_not_tried_again_until_the_file_is_opened_anew() {
    let (directory, data, key) = prepared();
    let control = directory.path().join("mood");
    set(&control, Mood::Well).expect("set");
    let disk = Disk {
        control: Some(control.clone()),
        only: Some("journal".to_owned()),
        ..Disk::default()
    };
    let server = on(&disk, &data);
    let mut client = Client::connect(server.address).expect("connected");
    for number in 1..=20 {
        assert_eq!(post(&mut client, &key, number).expect("answered"), 200);
    }

    set(&control, Mood::Failing).expect("set");
    let patience = Instant::now();
    let mut refused = 0;
    while patience.elapsed() < Duration::from_millis(1_500) {
        assert_eq!(post(&mut client, &key, 21).expect("answered"), 503, "no flush worked");
        refused += 1;
    }
    assert!(refused > 1);
    let ready = server.get("/readyz", &key);
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("[-]journal"), "{}", ready.text());
    assert_eq!(server.get("/livez", &key).status, 200, "a restart would not help the disk");

    set(&control, Mood::Well).expect("set");
    eventually("the journal is written again", || server.get("/readyz", &key).status == 200);
    for number in 1..=40 {
        let headers = [("x-api-key", key.as_str())];
        let answer =
            client.send("POST", "/webhooks/azure", &headers, &hook(number)).expect("answered");
        assert_eq!(answer.status, 200);
        if number <= 20 {
            assert_eq!(answer.json()["status"], "duplicate", "hook {number} was acknowledged");
        }
    }
    server.stop();
    assert_eq!(entries(&data), 40, "each once");
}

#[test]
fn a_disk_that_fails_from_some_flush_on_gets_no_further_answer_200() {
    for fail_from in [3, 5, 9] {
        let (_directory, data, key) = prepared();
        let disk = Disk {
            fail_from: Some(fail_from),
            only: Some("journal.db-wal".to_owned()),
            ..Disk::default()
        };
        let server = on(&disk, &data);
        let mut client = Client::connect(server.address).expect("connected");
        let codes: Vec<u16> =
            (1..=12).map(|n| post(&mut client, &key, n).expect("answered")).collect();
        let good = codes.iter().take_while(|code| **code == 200).count();
        assert!(codes[good..].iter().all(|code| *code == 503), "{codes:?}");
        assert!(good < usize::try_from(fail_from).expect("small"), "{codes:?} with {fail_from}");
        drop(server);
        assert!(entries(&data) >= i64::try_from(good).expect("few"));
    }
}

#[test]
fn a_cut_tail_of_the_log_opens_and_loses_nothing_but_the_tail() {
    let (directory, data, _) = prepared();
    // No server: it would move the log into the file meanwhile, and what is flushed there is not lost
    // with the log's tail.
    let mut writer = Writer::open(&data.join("journal.db")).expect("opens");
    let packer = Packer::open(&mut writer).expect("its dictionaries");
    for number in 1..=200 {
        let entry = entry(Route::Azure, Vec::new(), hook(number));
        writer.append(&[packer.pack(entry).expect("packed")]).expect("stored");
    }
    let wal = std::fs::read(data.join("journal.db-wal")).expect("the log is there after a kill");
    for cut in [1, 17, 100, 1_000, 4_095, 4_096] {
        let copy = directory.path().join(format!("cut-{cut}"));
        std::fs::create_dir(&copy).expect("made");
        for name in ["journal.db", "books.db", "books.db-wal", "secrets.key"] {
            if data.join(name).exists() {
                std::fs::copy(data.join(name), copy.join(name)).expect("copied");
            }
        }
        std::fs::write(copy.join("journal.db-wal"), &wal[..wal.len() - cut]).expect("cut");
        let listed = creel(&copy, &["events", "list", "--limit", "1", "--json"]);
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let connection = Connection::open(copy.join("journal.db")).expect("opens");
        let (count, last): (i64, i64) = connection
            .query_row("select count(*), max(id) from entry", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("counted");
        assert_eq!(count, last, "what is left is a beginning without holes");
        // A page of the log is the grain: one hook was one commit of a few pages.
        assert!(count >= 198, "{cut} bytes cost {} entries", 200 - count);
        let verdict: String =
            connection.query_row("pragma integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(verdict, "ok");
    }
}

#[test]
fn a_full_disk_is_503_without_a_lie_and_mends_itself() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let mut client = Client::connect(server.address).expect("connected");
    let mut number = 0;
    let mut acknowledged = Vec::new();
    for _ in 0..50 {
        number += 1;
        assert_eq!(post(&mut client, &key, number).expect("answered"), 200);
        acknowledged.push(number);
    }
    // A limit on the size of files, just above the log's size now, is a disk with no room left.
    let size = std::fs::metadata(data.join("journal.db-wal")).expect("there").len();
    limit_files(&server, Some(size + 64 * 1024));
    let mut refused = 0;
    while refused < 20 {
        number += 1;
        match post(&mut client, &key, number).expect("answered") {
            200 => acknowledged.push(number),
            503 => refused += 1,
            other => panic!("answered {other}"),
        }
        assert!(number < 5_000, "the limit was never met");
    }
    assert_eq!(server.get("/readyz", &key).status, 503);

    limit_files(&server, None);
    eventually("it can be written again", || server.get("/readyz", &key).status == 200);
    for number in &acknowledged {
        let answer = client
            .send("POST", "/webhooks/azure", &[("x-api-key", &key)], &hook(*number))
            .expect("answered");
        assert_eq!(answer.json()["status"], "duplicate", "hook {number} was acknowledged and lost");
    }
    server.wait_until_read(&key);
    server.stop();
}

fn limit_files(server: &Server, bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_raw(i32::try_from(server.pid()).expect("a pid"));
    // Only the soft limit: the hard one could not be raised again.
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(pid, Resource::Fsize, limit).expect("limited");
}

#[test]
fn below_the_low_water_mark_nothing_is_accepted_and_readiness_says_so() {
    let (_directory, data, key) = prepared();
    // A mark that no disk reaches stands for a disk that is nearly full.
    let server = Server::start_with(&data, |command| {
        command.env("CREEL_LIMITS__DISK_LOW", "900000GiB");
    });
    let answer = server.post("/webhooks/azure", &[("x-api-key", &key)], &hook(1));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("disk_low")));
    assert!(answer.header("retry-after").is_some());
    let ready = server.get("/readyz", &key);
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("[-]disk failed: below the low-water mark"), "{}", ready.text());
}
