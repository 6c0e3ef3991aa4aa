//! Goals of logs: how fast one comes in and how small it becomes, and how long any part of it takes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use creel::logs::{Dialect, Intake, Query, Reader};
use creel::simulator::dice::Dice;

use crate::goals::{Scale, undisturbed};
use crate::histogram::Histogram;
use crate::report::Better::{Higher, Lower};
use crate::report::{Goal, Report};
use crate::server;

pub const INTAKE: Goal = Goal {
    number: "18",
    what: "a log comes in: packed, indexed and surveyed, one core",
    unit: " MB/s",
    floor: 50.0,
    aim: 100.0,
    better: Higher,
    in_quick: false,
};
pub const PACKED: Goal = Goal {
    number: "18",
    what: "bytes of a log / its file",
    unit: " x",
    floor: 3.0,
    aim: 4.0,
    better: Higher,
    in_quick: true,
};
pub const WINDOW: Goal = Goal {
    number: "18",
    what: "100 lines out of the middle of a log of 200 MB, opened each time, p99",
    unit: " ms",
    floor: 10.0,
    aim: 2.0,
    better: Lower,
    in_quick: false,
};

/// Bytes of the log.
const LOG_BYTES: usize = 200_000_000;
const QUICK_BYTES: usize = 40_000_000;

/// Windows that are read.
const WINDOWS: usize = 2_000;

/// As much as a network brings at a time.
const PIECE_BYTES: usize = 16 * 1024;

pub fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let bytes = if scale.is_quick { QUICK_BYTES } else { LOG_BYTES };
    eprintln!("logs: {} MB of make-believe", bytes / 1_000_000);
    let log = make_believe(bytes);
    let folder = server::folder()?;
    let path = folder.path().join("log");
    let (seconds, summary) = undisturbed(|| {
        let begin = Instant::now();
        let mut intake = Intake::new(Dialect::Buildkite, BufWriter::new(File::create(&path)?))?;
        for piece in log.chunks(PIECE_BYTES) {
            intake.take(piece)?;
        }
        let (summary, writer) = intake.finish()?;
        writer.into_inner().context("the log is written")?;
        Ok((begin.elapsed().as_secs_f64(), summary))
    })?;
    let rate = log.len() as f64 / 1e6 / seconds;
    let lines = summary.lines;
    report.add(INTAKE, rate, format!("{lines} lines in {seconds:.2} s"));
    let ratio = log.len() as f64 / summary.stored_bytes as f64;
    report.add(PACKED, ratio, format!("{} of {} bytes", summary.stored_bytes, log.len()));
    drop(log);

    let open = || -> Result<_> { Ok(Reader::open(BufReader::new(File::open(&path)?))?) };
    let mut dice = Dice::seeded(&[18]);
    let last = u32::try_from(lines - 100)?;
    let mut times = Histogram::default();
    for _ in 0..WINDOWS {
        let from = 1 + u64::from(dice.below(last));
        let begin = Instant::now();
        let found = open()?.lines(from, 100, 8_192)?;
        times.record(u64::try_from(begin.elapsed().as_micros())?);
        ensure!(found.len() == 100 && found[0].n == from, "the lines from {from} on are missing");
    }
    let begin = Instant::now();
    let query = Query::new("panicked at", false, false, 1_000)?;
    let found = open()?.search(&query, |_| None, || false)?;
    let search = begin.elapsed();
    ensure!(found.lines_searched == lines, "the search ended early");
    report.add(
        WINDOW,
        times.quantile(0.99) / 1e3,
        format!(
            "p50 {:.2} ms; a search through all of it takes {} ms",
            times.quantile(0.5) / 1e3,
            search.as_millis()
        ),
    );
    Ok(())
}

/// What a build of some language writes: times, colours, progress, groups, now and then an error.
fn make_believe(bytes: usize) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "compiling",
        "linking",
        "module",
        "cache",
        "artifact",
        "request",
        "worker",
        "queue",
        "resolve",
        "package",
        "index",
        "commit",
        "branch",
        "layer",
        "image",
        "verify",
    ];
    let mut dice = Dice::seeded(&[7]);
    let mut log = String::with_capacity(bytes + 1024);
    let mut at = 1_790_000_000_000_u64;
    while log.len() < bytes {
        at += u64::from(dice.below(30));
        let (one, other) = (*dice.pick(&WORDS), *dice.pick(&WORDS));
        let number = dice.below(100_000);
        let _ = write!(log, "\x1b_bk;t={at}\x07");
        let _ = match dice.below(200) {
            0 => write!(log, "--- :package: {one} {other}"),
            1 => write!(log, "\x1b[1;31merror[E0308]\x1b[0m: mismatched {one} in {other}"),
            2..6 => write!(log, "\x1b[33mwarning\x1b[0m: unused {one}: `{other}_{number}`"),
            6..10 => (0..100)
                .step_by(9)
                .try_for_each(|percent| write!(log, "\r{one} {percent}% of {number}\x1b[K")),
            10..110 => {
                write!(log, "   {one} {other}-{} v0.{}.{}", number % 97, number % 31, number % 7)
            }
            110..170 => write!(
                log,
                "test {one}::{other}::case_{number} ... \x1b[32mok\x1b[0m \x1b[90m({} ms)\x1b[0m",
                number % 977
            ),
            _ => write!(
                log,
                "{number:08x} {one}: {other} of /srv/{one}/{other}/{number}.bin was {one} again"
            ),
        };
        log.push_str("\r\n");
    }
    log.into_bytes()
}
