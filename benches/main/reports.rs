//! Goals of test reports: how fast JUnit becomes cases, beside what Python's junitparser takes, and in how much memory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use creel::simulator::dice::Dice;

use crate::goals::{ROUNDS, Scale, median, ratio, undisturbed};
use crate::host;
use crate::report::Better::{Higher, Lower};
use crate::report::{Goal, Report};
use crate::server;

pub const READ: Goal = Goal {
    number: "16",
    what: "JUnit into cases, one core / Python's junitparser",
    unit: " x",
    floor: 8.0,
    aim: 15.0,
    better: Higher,
    in_quick: true,
};
pub const MEMORY: Goal = Goal {
    number: "17",
    what: "resident memory while 100 MB of JUnit are read",
    unit: " MB",
    floor: 64.0,
    aim: 16.0,
    better: Lower,
    in_quick: true,
};

/// Bytes of the report.
const BYTES: u64 = 100_000_000;
const QUICK_BYTES: u64 = 20_000_000;

/// What we are compared with, and its version.
const OTHER: &str = "junitparser==5.0.3";

/// Read all, and touch what we hand on of each case. The process says how long that took.
const SCRIPT: &str = "
import sys, time
from junitparser import JUnitXml, TestCase
begin = time.perf_counter()
count = 0
def cases(suite):
    for one in suite:
        if isinstance(one, TestCase):
            yield one
        else:
            yield from cases(one)
for case in cases(JUnitXml.fromfile(sys.argv[1])):
    count += 1
    result = [(type(one).__name__, one.message, one.text) for one in case.result]
    row = (case.classname, case.name, case.time, result)
print(count, time.perf_counter() - begin)
";

pub fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let bytes = if scale.is_quick { QUICK_BYTES } else { BYTES };
    let folder = server::folder()?;
    let path = folder.path().join("junit.xml");
    let cases = make_believe(&path, bytes)?;
    eprintln!("reports: {} MB of JUnit with {cases} tests", bytes / 1_000_000);
    let mut ours = Vec::new();
    let mut memory = 0;
    let other = other()?;
    let mut theirs = Vec::new();
    // Turn by turn, so that a slow minute is slow for both.
    for _ in 0..ROUNDS {
        let round = undisturbed(|| {
            ask(Command::new(std::env::current_exe()?).arg("--read-report"), &path)
        })?;
        ensure!(round.cases == cases, "{} of {cases} tests were read", round.cases);
        ours.push(round.seconds);
        memory = memory.max(round.memory);
        if let Some(python) = &other {
            let round = undisturbed(|| ask(Command::new(python).args(["-c", SCRIPT]), &path))?;
            ensure!(round.cases == cases, "{OTHER} read {} of {cases} tests", round.cases);
            theirs.push(round.seconds);
        }
    }
    let seconds = median(&ours);
    let rate = bytes as f64 / 1e6 / seconds;
    match theirs.is_empty() {
        false => {
            let other = median(&theirs);
            let note = format!(
                "{rate:.0} MB/s, {cases} tests in {seconds:.2} s; {OTHER} takes {other:.2} s"
            );
            report.add(READ, ratio(&theirs, &ours), note);
        }
        true => eprintln!(
            "  goal 16 is not judged: no Python with {OTHER}. {rate:.0} MB/s, {cases} tests in {seconds:.2} s"
        ),
    }
    let note = format!("the whole process, {} MB of JUnit", bytes / 1_000_000);
    report.add(MEMORY, memory as f64 / 1e6, note);
    Ok(())
}

struct Round {
    cases: u64,
    seconds: f64,
    memory: u64,
}

/// A process that reads the report and prints how many tests it has, the seconds, and its memory if it knows.
fn ask(command: &mut Command, path: &Path) -> Result<Round> {
    let output = command.arg(path).output().context("start a reader")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    let mut word = || words.next().context("a reader said too little");
    let (cases, seconds) = (word()?.parse()?, word()?.parse()?);
    Ok(Round { cases, seconds, memory: word().map_or(Ok(0), str::parse)? })
}

/// What `--read-report` does: the process of a round.
pub fn read(path: &Path) -> Result<String> {
    let begin = Instant::now();
    let mut bytes = 0;
    let summary = creel::reports::read(BufReader::new(File::open(path)?), &mut |case| {
        // As one who stores them would, look at each.
        bytes += case.name.len() + case.message.map_or(0, |text| text.len());
        ControlFlow::Continue(())
    });
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(summary.error.is_none() && bytes > 0, "{:?}", summary.error);
    let memory = host::memory_peak(std::process::id())?;
    Ok(format!("{} {seconds} {memory}", summary.totals.total))
}

/// A Python that has the other reader; it is put beside the build, once.
fn other() -> Result<Option<PathBuf>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-python");
    let python = folder.join("bin/python");
    let has = || {
        let mut command = Command::new(&python);
        command.args(["-c", "import junitparser"]).output().is_ok_and(|it| it.status.success())
    };
    if has() {
        return Ok(Some(python));
    }
    let steps = [
        ("python3", vec!["-m".into(), "venv".into(), folder.clone().into_os_string()]),
        (
            python.to_str().context("a path in UTF-8")?,
            ["-m", "pip", "install", "--quiet", OTHER].map(Into::into).into(),
        ),
    ];
    for (program, arguments) in steps {
        let output = Command::new(program).args(&arguments).output();
        if let Some(trouble) = match output {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Some(error.to_string()),
        } {
            eprintln!("  {program}: {}", trouble.trim());
            return Ok(None);
        }
    }
    Ok(has().then_some(python))
}

/// A report as build tools of Java write it: many small tests, one in fifty failed with its stack.
fn make_believe(path: &Path, bytes: u64) -> Result<u64> {
    let mut dice = Dice::seeded(&[16]);
    let mut file = BufWriter::new(File::create(path)?);
    let mut written = 0;
    let mut cases = 0_u64;
    let mut suite = 0;
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    while written < bytes {
        suite += 1;
        let package =
            ["shop.cart", "shop.ledger", "harbour.gate", "harbour.crane"][dice.below(4) as usize];
        writeln!(
            text,
            "  <testsuite name=\"org.example.{package}.Suite{suite}Test\" tests=\"100\">"
        )?;
        for nth in 0..100 {
            cases += 1;
            let (millis, name) = (dice.below(5_000), dice.below(1_000));
            write!(
                text,
                "    <testcase name=\"keeps promise {nth} of {name}\" classname=\"org.example.{package}.Suite{suite}Test\" \
                 time=\"{}.{:03}\"",
                millis / 1000,
                millis % 1000
            )?;
            if dice.below(50) > 0 {
                text += "/>\n";
                continue;
            }
            write!(
                text,
                ">\n      <failure message=\"expected &lt;{name}&gt; but was &lt;{millis}&gt;\" \
                 type=\"org.opentest4j.AssertionFailedError\"><![CDATA[org.opentest4j.AssertionFailedError: expected \
                 <{name}> but was <{millis}>\n"
            )?;
            for line in 10..22 {
                writeln!(
                    text,
                    "\tat org.example.{package}.Suite{suite}Test.check(Suite{suite}Test.java:{line})"
                )?;
            }
            text += "]]></failure>\n    </testcase>\n";
        }
        text += "  </testsuite>\n";
        written += text.len() as u64;
        file.write_all(text.as_bytes())?;
        text.clear();
    }
    file.write_all(b"</testsuites>\n")?;
    file.into_inner().context("the report is written")?;
    Ok(cases)
}
