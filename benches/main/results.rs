//! Goals of test results: a build of a hundred thousand is shown as quickly as any other, whoever sends
//! hooks does not notice that they are filed, and how much each takes on the disk.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use creel::simulator::dice::Dice;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::goals::{Scale, WARM_UP, closed, median, ratio, time_pages, undisturbed};
use crate::loadgen::{Bodies, Load, Pace};
use crate::report::Better::Lower;
use crate::report::{Goal, Report};
use crate::server::{self, Server};
use crate::shim::Disk;

pub const ACK_FILING: Goal = Goal {
    number: "25",
    what: "ack p99 at 2,000/s while test results are filed / while none are",
    unit: " x",
    floor: 3.0,
    aim: 1.5,
    better: Lower,
    in_quick: false,
};
pub const PAGES: Goal = Goal {
    number: "26",
    what: "any page of a build with 100,000 test results, p99 over HTTP",
    unit: " ms",
    floor: 25.0,
    aim: 5.0,
    better: Lower,
    in_quick: false,
};
pub const BYTES: Goal = Goal {
    number: "27",
    what: "bytes on disk per test result, 100 builds of 1,000",
    unit: "",
    floor: 120.0,
    aim: 60.0,
    better: Lower,
    in_quick: false,
};

pub const HISTORIES: Goal = Goal {
    number: "28",
    what: "any page of tests with 587 builds behind each, p99 over HTTP",
    unit: " ms",
    floor: 25.0,
    aim: 5.0,
    better: Lower,
    in_quick: false,
};

/// Results of the large build, and how many are sent at a time: what fits a request.
const RESULTS: u32 = 100_000;
const PART: u32 = 20_000;

/// The 99th percentile has its moods; odd, so that there is a median.
const ACK_ROUNDS: usize = 5;

/// Hooks per second.
const RATE: u32 = 2_000;

/// Longest that filing may take.
const FILED_MAX: Duration = Duration::from_mins(2);

pub fn run(scale: Scale, report: &mut Report) -> Result<()> {
    pages(report)?;
    bytes(report)?;
    acks(scale, report)
}

/// Goal 26.
fn pages(report: &mut Report) -> Result<()> {
    eprintln!("results: a build with {RESULTS}");
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    let begin = Instant::now();
    let mut id = String::new();
    for part in 0..RESULTS / PART {
        id = send(&server, "large", part, PART)?;
    }
    let sent = begin.elapsed().as_secs_f64();
    wait_until_filed(&data)?;
    let filed = begin.elapsed().as_secs_f64();
    let page = |query: &str| format!("/api/v1/builds/{id}/tests?limit=50{query}");
    let (_, first) = server.get(&page(""))?;
    let first: Value = serde_json::from_slice(&first)?;
    ensure!(first["items"].as_array().is_some_and(|items| items.len() == 50), "{first}");
    let mut deep = String::new();
    for _ in 0..100 {
        let (_, body) = server.get(&page(&format!("&status=passed{deep}")))?;
        let answer: Value = serde_json::from_slice(&body)?;
        let next = answer["next_cursor"].as_str().context("the results ended early")?;
        deep = format!("&cursor={next}");
    }
    let pages = [
        ("the build", format!("/api/v1/builds/{id}")),
        ("its sets", format!("/api/v1/builds/{id}/test-sets")),
        ("results, the worst first", page("")),
        ("failed", page("&status=failed")),
        ("passed", page("&status=passed")),
        ("passed, 100 pages on", page(&format!("&status=passed{deep}"))),
        ("the longest", page("&sort=duration")),
        ("by name", page("&sort=name")),
        ("of a word that many have", page("&q=keeps")),
        ("of a word that one has", page("&q=promise%2077777%20")),
        ("of a word that none has", page("&q=nowhere")),
    ];
    let title = "page of a build with 100,000 results";
    let (p99, slowest) = time_pages(&server, title, &pages, report)?;
    let note =
        format!("slowest: {slowest}; sent in {sent:.1} s, filed {filed:.1} s after the first byte");
    report.add(PAGES, p99, note);
    Ok(())
}

/// Goal 28.
pub fn histories(report: &mut Report) -> Result<()> {
    let (builds, tests) = (587, 2_000);
    eprintln!("results: {tests} tests in {builds} builds");
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    let mut newest = String::new();
    for build in 0..builds {
        newest = send(&server, &format!("small-{build}"), 0, tests)?;
    }
    wait_until_filed(&data)?;
    wait_until(&data, "select count(*) from test_mark", 0)?;
    let test = |query: &str| -> Result<String> {
        let (_, page) = server.get(&format!("/api/v1/tests?limit=1&status={query}"))?;
        let page: Value = serde_json::from_slice(&page)?;
        Ok(page["items"][0]["case_id"].as_str().context("there is no such test")?.to_owned())
    };
    let (healthy, broken) = (test("healthy")?, test("broken")?);
    let pages = [
        ("the worst first", "/api/v1/tests?limit=50".to_owned()),
        ("healthy", "/api/v1/tests?limit=50&status=healthy".to_owned()),
        (
            "healthy, of one pipeline",
            "/api/v1/tests?limit=50&status=healthy&pipeline=shop".to_owned(),
        ),
        ("of a word that one has", "/api/v1/tests?limit=50&q=promise%201777%20".to_owned()),
        ("a healthy test", format!("/api/v1/tests/{healthy}")),
        ("a broken test", format!("/api/v1/tests/{broken}")),
        ("its runs", format!("/api/v1/tests/{broken}/runs?limit=50")),
        ("since when it fails", format!("/api/v1/tests/{broken}/first-bad")),
        ("what failed in a build", format!("/api/v1/builds/{newest}/tests?limit=50&status=failed")),
    ];
    let title = "page of tests with 587 builds behind each";
    let (p99, slowest) = time_pages(&server, title, &pages, report)?;
    report.add(HISTORIES, p99, format!("slowest: {slowest}; {tests} tests"));
    Ok(())
}

/// Goal 27.
fn bytes(report: &mut Report) -> Result<()> {
    let (builds, results) = (100, 1_000);
    eprintln!("results: {builds} builds of {results}");
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    // What the tests themselves take is there once.
    send(&server, "first", 0, results)?;
    wait_until_filed(&data)?;
    let before = used(&data, "books.db")?;
    let journal = used(&data, "journal.db")?;
    for build in 0..builds {
        send(&server, &format!("small-{build}"), 0, results)?;
    }
    wait_until_filed(&data)?;
    drop(server);
    let all = f64::from(builds * results);
    let per = |bytes: i64| bytes as f64 / all;
    let note = format!(
        "in the books, of which a failure in fifty has its stack; {:.0} more in the journal, until retention takes the report",
        per(used(&data, "journal.db")? - journal)
    );
    report.add(BYTES, per(used(&data, "books.db")? - before), note);
    Ok(())
}

/// Goal 25.
fn acks(scale: Scale, report: &mut Report) -> Result<()> {
    eprintln!("acks: while results are filed, and without");
    let (mut with, mut without, mut rates) = (vec![], vec![], vec![]);
    for _ in 0..ACK_ROUNDS {
        without.push(undisturbed(|| ack_p99(scale.paced(), false))?.0);
        let (p99, rate) = undisturbed(|| ack_p99(scale.paced(), true))?;
        with.push(p99);
        rates.push(rate);
    }
    let note = format!(
        "{:.2} ms of {:.2} ms, at {:.0} results/s",
        median(&with),
        median(&without),
        median(&rates)
    );
    report.add(ACK_FILING, ratio(&with, &without), note);
    Ok(())
}

/// The 99th percentile in milliseconds, and results filed per second meanwhile.
fn ack_p99(length: Duration, is_filing: bool) -> Result<(f64, f64)> {
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    let load = Load {
        bodies: Bodies::Mixed,
        pace: Pace::PerSecond(RATE),
        duration: WARM_UP,
        ..closed(&server, 64)
    };
    let warm = load.run()?;
    let is_over = AtomicBool::new(false);
    let (harvest, filed) = std::thread::scope(|scope| -> Result<_> {
        let feeding = scope.spawn(|| -> Result<()> {
            // There is always more to file: a build of a hundred thousand after the other.
            let mut build = 0;
            while is_filing && !is_over.load(Ordering::Acquire) {
                for part in 0..RESULTS / PART {
                    while number(&data, "select count(*) from filing")? > 1 {
                        if is_over.load(Ordering::Acquire) {
                            return Ok(());
                        }
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    send(&server, &format!("large-{build}"), part, PART)?;
                }
                build += 1;
            }
            Ok(())
        });
        let before = number(&data, FILED)?;
        let harvest = Load { first: warm.next, duration: length, ..load }.run();
        let filed = number(&data, FILED)? - before;
        is_over.store(true, Ordering::Release);
        feeding.join().map_err(|_| anyhow::anyhow!("the reporter panicked"))??;
        Ok((harvest?, filed))
    })?;
    ensure!(harvest.is_clean(), "refused: {:?}", harvest.refused);
    ensure!((filed > 0) == is_filing, "{filed} results were filed");
    Ok((harvest.p(99.0) / 1e3, filed as f64 / harvest.elapsed.as_secs_f64()))
}

const FILED: &str = "select coalesce(sum(total), 0) from test_set";

/// Send a report as `creel report` does. Returns the address of its build.
fn send(server: &Server, build: &str, part: u32, results: u32) -> Result<String> {
    let ci = json!({
        "provider": "jenkins", "source": "ci.example.com", "pipeline": "shop", "build": build,
        "status": "in_progress", "job": "tests",
        "part": {"index": part, "count": RESULTS / PART, "id": build},
    });
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"ci\"\r\n\r\n{ci}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"TEST-{part}.xml\"\r\n\r\n{}\r\n--edge--\r\n",
        junit(part, results)
    );
    let mut request = format!(
        "POST /api/v1/reports HTTP/1.1\r\nhost: creel.example\r\nx-api-key: {}\r\n\
         content-type: multipart/form-data; boundary=edge\r\ncontent-length: {}\r\n\r\n",
        server.key,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body.as_bytes());
    let (status, answer) = server.exchange(&request)?;
    ensure!(status == 200, "a report was refused: {status} {}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer)?;
    Ok(answer["build_id"].as_str().context("a report has no build")?.to_owned())
}

/// Many small tests, one in fifty failed with its stack.
fn junit(part: u32, results: u32) -> String {
    let mut dice = Dice::seeded(&[25, u64::from(part), u64::from(results)]);
    let mut text = String::from("<testsuites>\n");
    for nth in part * PART..part * PART + results {
        if nth % 100 == 0 {
            let end = if nth == part * PART { "" } else { "</testsuite>\n" };
            let _ = writeln!(text, "{end}<testsuite name=\"shop.Suite{}Test\">", nth / 100);
        }
        let suite = nth / 100;
        let _ = write!(
            text,
            "<testcase classname=\"shop.Suite{suite}Test\" name=\"keeps promise {nth} of the shop\" time=\"0.{:03}\"",
            dice.below(1_000)
        );
        if dice.below(50) > 0 {
            text += "/>\n";
            continue;
        }
        let _ = write!(text, "><failure message=\"expected {nth} but was {suite}\">");
        for line in 10..22 {
            let _ = writeln!(text, "at shop.Suite{suite}Test.check(Suite{suite}Test.java:{line})");
        }
        text += "</failure></testcase>\n";
    }
    text + "</testsuite></testsuites>"
}

/// Until nothing that was sent is left to be read or filed.
fn wait_until_filed(data: &Path) -> Result<()> {
    let begin = Instant::now();
    let last = {
        let journal = Connection::open(data.join("journal.db"))?;
        journal.busy_timeout(Duration::from_secs(5))?;
        journal
            .query_row("select coalesce(max(id), 0) from entry", [], |row| row.get::<_, i64>(0))?
    };
    while number(data, "select coalesce(max(entry), 0) from event")? < last {
        ensure!(begin.elapsed() < FILED_MAX, "reports were not read within {FILED_MAX:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    wait_until(data, "select count(*) from filing", 0)
}

/// Until the books say so.
fn wait_until(data: &Path, sql: &str, wanted: i64) -> Result<()> {
    let begin = Instant::now();
    while number(data, sql)? != wanted {
        ensure!(begin.elapsed() < FILED_MAX, "not {wanted} within {FILED_MAX:?}: {sql}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn number(data: &Path, sql: &str) -> Result<i64> {
    let books = Connection::open(data.join("books.db"))?;
    books.busy_timeout(Duration::from_secs(5))?;
    Ok(books.query_row(sql, [], |row| row.get(0))?)
}

/// Bytes of the pages in use.
fn used(data: &Path, name: &str) -> Result<i64> {
    let file = Connection::open(data.join(name))?;
    file.busy_timeout(Duration::from_secs(5))?;
    let word =
        |word: &str| file.query_row(&format!("pragma {word}"), [], |row| row.get::<_, i64>(0));
    Ok((word("page_count")? - word("freelist_count")?) * word("page_size")?)
}
