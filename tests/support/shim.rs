//! The disk under the server, made slow, broken or talkative: `fsync_shim.c` and who reads its diary.
//!
//! [`Shim::build`] compiles the C file once per version of it; [`Shim::preload`] puts it under a
//! command; [`set`] changes its mind while the command runs; [`check_order`] proves from the log that
//! no answer 200 left before its flush had ended.
//!
//! Used by the kill harness and by the bench (`#[path]`), each of which needs a part of it.

#![allow(dead_code, reason = "the tests and the bench each use a part")]

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// The compiled library.
#[derive(Debug, Clone)]
pub struct Shim {
    library: PathBuf,
}

/// What the disk shall be like from the start.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// Where to write what happened, for [`check_order`].
    pub log: Option<PathBuf>,
    /// Added to each flush.
    pub delay: Option<Duration>,
    /// The first flush that fails, counted from 1; all later ones fail too.
    pub fail_from: Option<u32>,
    /// File that [`set`] writes; overrules the two above while it exists.
    pub control: Option<PathBuf>,
    /// Part of a file's name: leave the flushes of other files alone.
    pub only: Option<String>,
}

/// What the disk shall be like from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    Failing,
    Slow(Duration),
}

impl Shim {
    pub fn build() -> Result<Self> {
        let library = compile("fsync_shim.c", "so", &["-shared", "-fPIC"], &["-ldl"])?;
        Ok(Self { library })
    }

    /// Let `command` run on such a disk.
    pub fn preload(&self, command: &mut Command, disk: &Disk) {
        command.env("LD_PRELOAD", &self.library);
        let delay = disk.delay.map(|delay| delay.as_millis().to_string());
        let settings = [
            ("CREEL_SHIM_LOG", disk.log.as_ref().map(|path| path.display().to_string())),
            ("CREEL_SHIM_CONTROL", disk.control.as_ref().map(|path| path.display().to_string())),
            ("CREEL_SHIM_FAIL_FROM", disk.fail_from.map(|nth| nth.to_string())),
            ("CREEL_SHIM_DELAY_MS", delay),
            ("CREEL_SHIM_ONLY", disk.only.clone()),
        ];
        for (name, value) in settings {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

/// Change the disk under a running command. `control` is what its [`Disk::control`] names.
pub fn set(control: &Path, mood: Mood) -> Result<()> {
    let word = match mood {
        Mood::Well => "ok".to_owned(),
        Mood::Failing => "fail".to_owned(),
        Mood::Slow(delay) => format!("delay_ms={}", delay.as_millis()),
    };
    // In one step: the shim may look at any moment.
    let new = control.with_extension("new");
    std::fs::write(&new, word)?;
    std::fs::rename(&new, control).context("change the shim's mind")
}

/// What a log that keeps the order shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// Answers 200 to hooks, each after a flush that covers it.
    pub acks: usize,
    /// Flushes of the journal that succeeded.
    pub flushes: usize,
}

/// Prove that no hook was acknowledged early.
///
/// For every write that begins an answer 200 to `POST /webhooks/...` or `POST /hooks/...` there must
/// be a successful flush of a file called `journal` (`journal.db-wal`) that began after the last
/// bytes of that request had been read and ended before the answer was written. Send each hook once
/// only: the answer to a repetition needs no flush, since the first one's has been.
///
/// A `-wal` file is meant; another name is taken as it is, for servers that are no database.
pub fn check_order(log: &Path, journal: &str) -> Result<Order> {
    let mut order = Order::default();
    let mut connections: HashMap<i32, Connection> = HashMap::new();
    let mut flushing: HashMap<(u64, i32), u64> = HashMap::new();
    // Begin of the flush that began last among those which have ended.
    let mut newest_flush: Option<u64> = None;
    for (at, line) in lines_by_time(log)?.into_iter().enumerate() {
        let is_flush = line.call == "fsync" || line.call == "fdatasync";
        match (line.phase, line.kind.as_str()) {
            _ if line.call == "close" => {
                connections.remove(&line.fd);
            }
            ('b', _) if is_flush => {
                if line.name == journal {
                    flushing.insert((line.thread, line.fd), line.ns);
                }
            }
            ('e', _) if is_flush => {
                let began = flushing.remove(&(line.thread, line.fd));
                if let Some(began) = began.filter(|_| line.bytes == 0) {
                    order.flushes += 1;
                    newest_flush = newest_flush.max(Some(began));
                }
            }
            ('e', "sock") => {
                let connection = connections.entry(line.fd).or_default();
                if connection.answered {
                    *connection = Connection::default();
                }
                connection.is_hook.get_or_insert(is_hook(&line.head));
                connection.read_at = line.ns;
            }
            ('b', "sock") => {
                let Some(connection) = connections.get_mut(&line.fd) else { continue };
                connection.answered = true;
                if line.is_ok && connection.is_hook == Some(true) {
                    ensure!(
                        newest_flush.is_some_and(|began| began > connection.read_at),
                        "line {at} of {}: descriptor {} was answered 200 at {} ns, but no flush of \
                         {journal} began after its request had been read at {} ns and ended before",
                        log.display(),
                        line.fd,
                        line.ns,
                        connection.read_at,
                    );
                    order.acks += 1;
                    // The body may follow in a write of its own.
                    connection.is_hook = Some(false);
                }
            }
            _ => {}
        }
    }
    Ok(order)
}

/// What the log has shown of one connection since its last answer.
#[derive(Debug, Default)]
struct Connection {
    is_hook: Option<bool>,
    read_at: u64,
    answered: bool,
}

fn is_hook(head: &[u8]) -> bool {
    head.starts_with(b"POST /webhooks/") || head.starts_with(b"POST /hooks/")
}

/// One line of the log, see `note` in `fsync_shim.c`.
#[derive(Debug)]
struct Line {
    ns: u64,
    thread: u64,
    call: String,
    phase: char,
    fd: i32,
    kind: String,
    name: String,
    bytes: i64,
    is_ok: bool,
    head: Vec<u8>,
}

/// Threads write their lines a moment after they took the time: sorted, the log is a history.
fn lines_by_time(log: &Path) -> Result<Vec<Line>> {
    let file = std::fs::File::open(log).with_context(|| format!("open {}", log.display()))?;
    let mut lines = Vec::new();
    for text in BufReader::new(file).lines() {
        let text = text?;
        // The last line of a killed process may be cut.
        if let Some(line) = parse(&text) {
            lines.push(line);
        }
    }
    lines.sort_by_key(|line| line.ns);
    Ok(lines)
}

fn parse(text: &str) -> Option<Line> {
    let mut words = text.split(' ');
    let line = Line {
        ns: words.next()?.parse().ok()?,
        thread: words.next()?.parse().ok()?,
        call: words.next()?.to_owned(),
        phase: words.next()?.chars().next()?,
        fd: words.next()?.parse().ok()?,
        kind: words.next()?.to_owned(),
        name: words.next()?.to_owned(),
        bytes: words.next()?.parse().ok()?,
        is_ok: words.next()? == "1",
        head: match words.next()? {
            "-" => Vec::new(),
            digits => hex::decode(digits).ok()?,
        },
    };
    words.next().is_none().then_some(line)
}

/// Compile a C file of this folder, unless this very version of it is there already.
fn compile(source: &str, extension: &str, flags: &[&str], libraries: &[&str]) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(source);
    let text = std::fs::read(&source).with_context(|| format!("read {}", source.display()))?;
    let mut hasher = DefaultHasher::new();
    (text, flags, libraries).hash(&mut hasher);
    let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("{stem}-{:016x}.{extension}", hasher.finish());
    let built = folder.join(&name);
    if built.exists() {
        return Ok(built);
    }
    std::fs::create_dir_all(folder)?;
    // Tests run beside each other: each compiles to a name of its own, the last rename wins.
    let mine = folder.join(format!("{}-{name}", uuid::Uuid::new_v4()));
    let output = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-pthread"])
        .args(flags)
        .arg("-o")
        .arg(&mine)
        .arg(&source)
        .args(libraries)
        .output()
        .context("run cc; a C compiler is needed, as for SQLite")?;
    if !output.status.success() {
        bail!("cc {}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
    }
    std::fs::rename(&mine, &built)?;
    Ok(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAL: &str = "journal.db-wal";

    struct Probe {
        folder: tempfile::TempDir,
        disk: Disk,
        arguments: Vec<&'static str>,
    }

    impl Probe {
        fn new(count: &'static str) -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let disk = Disk { log: Some(folder.path().join("log")), ..Disk::default() };
            Self { folder, disk, arguments: vec![count] }
        }

        /// Acknowledged requests, and the slowest flush.
        fn run(&self) -> (usize, Duration) {
            let probe = compile("shim_probe.c", "bin", &[], &[]).expect("the probe compiles");
            let mut command = Command::new(probe);
            command.arg(self.folder.path().join(WAL)).args(&self.arguments);
            Shim::build().expect("the shim compiles").preload(&mut command, &self.disk);
            let output = command.output().expect("the probe runs");
            assert!(output.status.success(), "{output:?}");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let (acks, slowest) = text.trim().split_once(' ').expect("two numbers");
            let slowest = Duration::from_micros(slowest.parse().expect("microseconds"));
            (acks.parse().expect("a count"), slowest)
        }

        fn order(&self) -> Result<Order> {
            check_order(self.disk.log.as_deref().expect("a log"), WAL)
        }
    }

    #[test]
    fn an_honest_server_keeps_the_order() {
        let probe = Probe::new("20");
        assert_eq!(probe.run().0, 20);
        assert_eq!(probe.order().expect("in order"), Order { acks: 20, flushes: 20 });
    }

    #[test]
    fn a_server_that_answers_before_its_flush_is_found_out() {
        let mut probe = Probe::new("20");
        probe.arguments.push("lie");
        assert_eq!(probe.run().0, 20);
        let complaint = probe.order().expect_err("out of order").to_string();
        assert!(complaint.contains("answered 200"), "{complaint}");
    }

    #[test]
    fn a_flush_of_another_file_covers_nothing() {
        let probe = Probe::new("3");
        probe.run();
        let log = probe.disk.log.as_deref().expect("a log");
        assert!(check_order(log, "books.db-wal").is_err());
    }

    #[test]
    fn flushes_fail_from_the_wanted_one_on() {
        let mut probe = Probe::new("10");
        probe.disk.fail_from = Some(4);
        assert_eq!(probe.run().0, 3);
        assert_eq!(probe.order().expect("in order"), Order { acks: 3, flushes: 3 });
    }

    #[test]
    fn a_slow_disk_is_slow_and_the_control_file_wins() {
        let mut probe = Probe::new("3");
        probe.disk.delay = Some(Duration::from_millis(30));
        assert!(probe.run().1 >= Duration::from_millis(30));

        let control = probe.folder.path().join("control");
        probe.disk.control = Some(control.clone());
        set(&control, Mood::Failing).expect("the word is written");
        assert_eq!(probe.run().0, 0);
        set(&control, Mood::Slow(Duration::from_millis(60))).expect("the word is written");
        assert!(probe.run().1 >= Duration::from_millis(60));
        set(&control, Mood::Well).expect("the word is written");
        assert_eq!(probe.run().0, 3);
    }

    #[test]
    fn other_files_are_left_alone_when_one_is_named() {
        let mut probe = Probe::new("3");
        probe.disk.fail_from = Some(1);
        probe.disk.only = Some("books".to_owned());
        assert_eq!(probe.run().0, 3);
    }
}
