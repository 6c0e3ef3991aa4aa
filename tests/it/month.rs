//! Five weeks of two organisations at work, in compressed time and on a disk that would not hold them:
//! what is old goes, nothing younger does, and the disk never comes near its mark.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use creel::http::feed;
use creel::keys::{Key, KeyLimits, KeyRequest};
use creel::model::{By, EntryId, Timestamp};
use creel::simulator::world::{Arrivals, Pace};
use creel::simulator::{Happening, World};
use creel::store::sqlite::books::retention::old::events_after;
use creel::store::sqlite::journal::read::heads_after;
use creel::store::sqlite::journal::upkeep::aged_after;

use crate::support::desk::{Desk, NOW, unpackable};
use crate::support::server::eventually;

const MIB: u64 = 1 << 20;
const SEED: u64 = 5;

/// What both files may take. What is written in five weeks does not fit.
const QUOTA: u64 = 32 * MIB;

/// What an entry may leave for longer than this takes: its identity, its share of the sums.
const LASTING: u64 = 64;

/// What their logs may take beside them: they are used again and again, and how far they grow between
/// depends on how busy the machine is.
const LOGS: u64 = 52 * MIB;

/// `limits.disk_low`.
const LOW: u64 = 8 * MIB;

/// Ages in days, as the settings of the test say.
const BODIES: i64 = 7;
const EVENTS: i64 = 14;

/// By how much more memory may be held in the end than when all ages have been reached.
const MEMORY_MAX: u64 = 24 * MIB;

const STEP: Duration = Duration::from_hours(6);

/// A file system of its own that has room for that and no more, where it can be had.
struct Disk {
    directory: Option<tempfile::TempDir>,
    mounted: Option<PathBuf>,
}

impl Disk {
    fn of(bytes: u64) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let size = format!("size={bytes}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "creel-test"])
            .arg(directory.path())
            .output();
        let is_mounted = mount.is_ok_and(|mount| mount.status.success());
        if !is_mounted {
            println!(
                "no right to mount a file system of its own: what needs a full disk is left out"
            );
        }
        let mounted = is_mounted.then(|| directory.path().to_owned());
        Self { directory: Some(directory), mounted }
    }

    fn path(&self) -> &Path {
        self.directory.as_ref().expect("it is there").path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(path) = &self.mounted {
            let unmounted = Command::new("umount").arg(path).status();
            if !unmounted.is_ok_and(|status| status.success()) {
                // Its directory could not be removed either.
                let left = self.directory.take().map(tempfile::TempDir::keep);
                println!("could not unmount {left:?}");
            }
        }
    }
}

fn key(desk: &Desk) -> Key {
    let request = KeyRequest {
        name: "world".to_owned(),
        scopes: "ingest".parse().expect("scopes"),
        signing: false,
        limits: KeyLimits::default(),
        value: None,
    };
    desk.hub.keys().create(&request, &By::creel(NOW)).expect("a key").key
}

fn world() -> impl Iterator<Item = Happening> {
    Arrivals::of(World::new(SEED, NOW, Pace::NORMAL))
}

fn days_before(at: Timestamp, days: i64) -> Timestamp {
    Timestamp(at.0 - days * 24 * Timestamp::MILLIS_PER_HOUR)
}

/// Bytes of both files.
fn used(data: &Path) -> u64 {
    let bytes = |name| std::fs::metadata(data.join(name)).expect("it is there").len();
    bytes("journal.db") + bytes("books.db")
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

/// What was received, in the order of the entries: their times.
#[derive(Default)]
struct Received(Vec<Timestamp>);

impl Received {
    fn note_new(&mut self, desk: &Desk) {
        let after = EntryId(i64::try_from(self.0.len()).expect("a number"));
        let heads = desk.hub.journal().read(|journal| heads_after(journal, after, usize::MAX));
        self.0.extend(heads.expect("read").into_iter().map(|head| head.received_at));
    }

    /// The entries that were received at a time or later; the newest is among them always.
    fn since(&self, at: Timestamp) -> Vec<i64> {
        let numbered = (1_i64..).zip(&self.0);
        let newest = i64::try_from(self.0.len()).expect("a number");
        numbered
            .filter(|(entry, received)| **received >= at || *entry == newest)
            .map(|(entry, _)| entry)
            .collect()
    }
}

/// Exactly what is promised is there.
fn check_kept(desk: &Desk, received: &Received, at: Timestamp) {
    let bodies = desk.hub.journal().read(|journal| aged_after(journal, EntryId(0), usize::MAX));
    let bodies: Vec<i64> = bodies.expect("read").into_iter().map(|body| body.entry.0).collect();
    assert_eq!(bodies, received.since(days_before(at, BODIES)), "bodies at {at}");
    let events = desk.hub.books().read(|books| events_after(books, EntryId(0), usize::MAX));
    let events: Vec<i64> = events.expect("read").into_iter().map(|event| event.entry.0).collect();
    assert_eq!(events, received.since(days_before(at, EVENTS)), "events at {at}");
}

/// Records are there as long as an event of theirs, and no longer.
fn check_records(desk: &Desk) {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    let count = |sql: &str| books.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count");
    assert_eq!(
        count("select count(*) from event where occasion like 'build/%' and build is null"),
        0
    );
    let without_events = "select count(*) from build b
                           where not exists (select 1 from event e where e.build = b.id)
                             and b.id < (select max(id) from build)";
    assert_eq!(count(without_events), 0);
    assert!(count("select count(*) from build") > 100);
    let orphans = "select count(*) from fact f
                    where not exists (select 1 from event e where e.entry = f.entry)
                      and f.subject is null
                      and not exists (select 1 from build b where b.id = f.build)";
    assert_eq!(count(orphans), 0);
}

#[test]
fn a_month_on_a_disk_that_would_not_hold_it() {
    let days: u64 =
        std::env::var("CREEL_MONTH_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(35);
    let disk = Disk::of(QUOTA + LOGS + LOW);
    let low = if disk.mounted.is_some() { LOW.to_string() } else { "1MiB".to_owned() };
    let inside = tempfile::tempdir_in(disk.path()).expect("a directory");
    let desk = Desk::open_on(
        inside,
        &[
            ("CREEL_RETENTION__BODIES", "7d"),
            ("CREEL_RETENTION__EVENTS", "14d"),
            ("CREEL_RETENTION__BUILDS", "14d"),
            ("CREEL_LIMITS__DISK_LOW", &low),
        ],
        NOW,
    );
    let key = key(&desk);
    let mut told = world().peekable();
    let mut received = Received::default();
    let (mut most_used, mut settled_memory) = (0, 0);
    let steps = days * 24 / (STEP.as_secs() / 3_600);
    for step in 1..=steps {
        let until = NOW.plus(STEP * u32::try_from(step).expect("a number"));
        let happenings: Vec<_> =
            std::iter::from_fn(|| told.next_if(|told| told.received_at < until)).collect();
        desk.wait(feed::take_in(&desk.hub, &key, happenings)).expect("the disk is never low");
        desk.hub.clock().advance(Duration::from_millis(
            (until.0 - desk.hub.clock().now().0).unsigned_abs() - 3_600_000,
        ));
        desk.step_all();
        most_used = most_used.max(used(&desk.data()));
        desk.tidy_up();
        assert_eq!(desk.hub.clock().now(), until);
        received.note_new(&desk);
        check_kept(&desk, &received, until);
        most_used = most_used.max(used(&desk.data()));
        let entries = u64::try_from(received.0.len()).expect("a number");
        let most = QUOTA + entries * LASTING;
        assert!(most_used <= most, "{most_used} bytes after step {step}");
        assert!(!desk.hub.journal().health().disk_is_low());
        if step == steps * 2 / 3 {
            settled_memory = memory();
        }
    }
    check_records(&desk);
    let grown = memory().saturating_sub(settled_memory);
    assert!(grown <= MEMORY_MAX, "memory grew by {grown} to {}", memory());
    let storage = desk.get_json("/api/v1/storage");
    let sum = |list: &str, member: &str| -> u64 {
        let items = storage[list].as_array().expect("a list").iter();
        items.filter_map(|item| item[member].as_u64()).sum()
    };
    let written = sum("files", "used_bytes") + sum("classes", "reclaimed_bytes");
    assert!(written > QUOTA, "{written} bytes would have fitted");
    println!(
        "{} entries in {days} days, {} MiB written; at most {} MiB on the disk; memory {} MiB, grown by \
         {} KiB; {}",
        received.0.len(),
        written / MIB,
        most_used / MIB,
        memory() / MIB,
        grown / 1_024,
        storage["forecast"]["sentence"],
    );

    // Everything that ever came is known, bodies or not.
    let again: Vec<_> = world().take(received.0.len() / 2).collect();
    let before = desk.hub.journal().last();
    desk.wait(feed::take_in(&desk.hub, &key, again)).expect("stored");
    assert_eq!(desk.hub.journal().last(), before, "a known delivery became an entry");
    drop(desk);
}

#[test]
fn a_size_lets_the_oldest_records_go_first_whole_days_at_a_time() {
    const MOST: u64 = 16 * MIB;
    let settings = [
        ("CREEL_RETENTION__BODIES", "1y"),
        ("CREEL_RETENTION__EVENTS", "forever"),
        ("CREEL_RETENTION__BUILDS", "1y"),
        ("CREEL_RETENTION__RECORDS_SIZE", "16MiB"),
    ];
    let desk = Desk::open_with(&settings);
    let key = key(&desk);
    let mut told = world().peekable();
    let mut received = Received::default();
    for day in 1..=14 {
        let until = NOW.plus(Duration::from_hours(24) * day);
        let happenings: Vec<_> =
            std::iter::from_fn(|| told.next_if(|told| told.received_at < until)).collect();
        desk.wait(feed::take_in(&desk.hub, &key, happenings)).expect("stored");
        desk.hub.clock().advance(Duration::from_hours(23));
        desk.step_all();
        desk.tidy_up();
        received.note_new(&desk);
        let used = desk.get_json("/api/v1/storage")["files"][1]["used_bytes"].as_u64();
        assert!(used <= Some(MOST), "{used:?} on day {day}");
    }
    let events = desk.hub.books().read(|books| events_after(books, EntryId(0), usize::MAX));
    let events: Vec<i64> = events.expect("read").into_iter().map(|event| event.entry.0).collect();
    let oldest = received.0[usize::try_from(events[0] - 1).expect("a place")];
    assert!(oldest > NOW && oldest < days_before(desk.hub.clock().now(), 1), "{oldest}");
    assert_eq!(events, received.since(oldest), "the newest, without a gap");
    // A line takes its body along: what is in the journal can be looked at.
    let bodies = desk.hub.journal().read(|journal| aged_after(journal, EntryId(0), 1));
    assert_eq!(bodies.expect("read")[0].entry.0, events[0]);
    check_records(&desk);
}

#[test]
fn below_the_mark_what_is_old_goes_and_its_room_is_given_back() {
    let disk = Disk::of(48 * MIB);
    if disk.mounted.is_none() {
        return;
    }
    let inside = tempfile::tempdir_in(disk.path()).expect("a directory");
    let low = LOW.to_string();
    let settings = [("CREEL_RETENTION__BODIES", "2d"), ("CREEL_LIMITS__DISK_LOW", &*low)];
    let desk = Desk::open_on(inside, &settings, NOW);
    for number in 0..16 {
        desk.post("/hooks/files", &[], &unpackable(number));
    }
    desk.step_all();
    desk.hub.clock().advance(Duration::from_hours(72));
    let journal = || std::fs::metadata(desk.data().join("journal.db")).expect("it is there").len();
    eventually("the log is moved into the file", || journal() > 16_000_000);
    // Something else fills the disk to half the mark.
    let free = || {
        let stat = rustix::fs::statvfs(disk.path()).expect("it says");
        stat.f_bavail * stat.f_frsize
    };
    let mut ballast = std::fs::File::create(disk.path().join("ballast")).expect("created");
    while free() > LOW / 2 {
        ballast.write_all(&[7; 8 * 1024]).expect("written");
    }
    let health = desk.hub.journal().health();
    eventually("the disk is low", || health.disk_is_low());
    let (status, problem) = desk.request("POST", "/hooks/files", &[], b"one more");
    assert_eq!(status, 503, "{}", String::from_utf8_lossy(&problem));
    let storage = desk.get_json("/api/v1/storage");
    assert_eq!(storage["forecast"]["outlook"], "low");
    let sentence = storage["forecast"]["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("below its low-water mark"), "{sentence}");

    desk.tidy_up();
    eventually("there is room", || !health.disk_is_low());
    assert!(journal() < 2_000_000, "{}", journal());
    assert_eq!(desk.post("/hooks/files", &[], b"one more")["received"], true);
    assert_eq!(desk.hub.journal().last(), EntryId(17));
}
