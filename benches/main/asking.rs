//! Goals of asking the providers: how much is brought home with one token, and that who sends hooks
//! meanwhile does not notice.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use creel::clock::Clock;
use creel::model::{Provider, Timestamp};
use creel::simulator::rest::limits::Limits;
use creel::simulator::rest::{Archive, Settings, TOKEN};
use creel::simulator::world::{Pace as WorldPace, World};
use creel::simulator::{Happening, Hook};
use rusqlite::Connection;
use serde_json::json;

use crate::goals::{ROUNDS, Scale, WARM_UP, closed, median, ratio, undisturbed};
use crate::loadgen::{Bodies, Load, Pace};
use crate::providers::Providers;
use crate::report::Better::{Higher, Lower};
use crate::report::{Goal, Report};
use crate::server::{self, Server};
use crate::shim::Disk;
use crate::{bulk, host};

pub const FETCHED: Goal = Goal {
    number: "23",
    what: "builds fetched whole with one token: jobs, logs, artifacts, annotations",
    unit: "/s",
    floor: 10.0,
    aim: 50.0,
    better: Higher,
    in_quick: false,
};
pub const FETCHED_CPU: Goal = Goal {
    number: "23",
    what: "server CPU per question asked, its answer kept",
    unit: " ms",
    floor: 6.0,
    aim: 2.0,
    better: Lower,
    in_quick: false,
};
pub const ACK_ASKING: Goal = Goal {
    number: "24",
    what: "ack p99 at 2,000/s while builds and logs are fetched / without a token",
    unit: " x",
    floor: 3.0,
    aim: 1.5,
    better: Lower,
    in_quick: false,
};

/// The 99th percentile has its moods; odd, so that there is a median.
const ACK_ROUNDS: usize = 5;

/// Hooks per second while builds are fetched.
const RATE: u32 = 2_000;

/// A plan whose limits are nobody's concern: what is measured is the asking and not the waiting.
const PLENTY: Limits = Limits { user: 1_000_000, organisation: 1_000_000, azure: 0 };

/// Longest that fetching may take.
const FETCH_MAX: Duration = Duration::from_mins(10);

/// Some hours at both organisations, over since an hour.
fn told(hours: i64) -> Vec<Happening> {
    let now = Timestamp::now();
    let ago = |hours: i64| Timestamp(now.0 - hours * Timestamp::MILLIS_PER_HOUR);
    World::new(23, ago(hours + 2), WorldPace::LIVELY).ending(ago(2)).collect()
}

fn providers(told: &[Happening]) -> Providers {
    let settings = Settings { limits: PLENTY, ..Settings::new(Clock::system()) };
    Providers::start(settings, Archive::of(told.iter().cloned(), Timestamp::now()))
}

fn set_token(server: &Server, provider: &str, base: &str) -> Result<()> {
    let wish = json!({"provider": provider, "base": base, "confirm_base": true, "token": TOKEN});
    let wish = wish.to_string();
    let request = format!(
        "PUT /api/v1/access HTTP/1.1\r\nhost: creel.example\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{wish}",
        server.key,
        wish.len()
    );
    let (status, answer) = server.exchange(request.as_bytes())?;
    ensure!(status < 300, "a token was refused: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Goal 23. Only Buildkite tells what a token may ask, and so can allow all of it.
pub fn fetching(scale: Scale, report: &mut Report) -> Result<()> {
    let told = told(if scale.is_quick { 2 } else { 8 });
    let of_buildkite = |one: &&Happening| one.hook.provider == Provider::Buildkite;
    let hooks: Arc<[Hook]> = told.iter().filter(of_buildkite).map(|one| one.hook.clone()).collect();
    eprintln!("fetching: what {} hooks tell of", hooks.len());
    let (mut rates, mut cpu) = (vec![], vec![]);
    let mut note = String::new();
    for _ in 0..ROUNDS {
        let fetched = undisturbed(|| fetch(&told, &hooks))?;
        rates.push(fetched.builds as f64 / fetched.seconds);
        cpu.push(fetched.cpu.as_secs_f64() * 1e3 / fetched.questions as f64);
        note = format!(
            "{} builds with {} logs ({:.1} MB) in {:.1} s, {:.0} questions/s",
            fetched.builds,
            fetched.logs,
            fetched.bytes as f64 / 1e6,
            fetched.seconds,
            fetched.questions as f64 / fetched.seconds
        );
    }
    report.add(FETCHED, median(&rates), format!("last round: {note}"));
    report.add(FETCHED_CPU, median(&cpu), "whoever answers runs beside it, and is not counted");
    Ok(())
}

struct Fetched {
    builds: u64,
    logs: u64,
    bytes: u64,
    questions: u64,
    seconds: f64,
    cpu: Duration,
}

fn fetch(told: &[Happening], hooks: &Arc<[Hook]>) -> Result<Fetched> {
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    post_all(&server, &data, hooks, hooks.len() as u64)?;
    let providers = providers(told);
    let (begin, before) = (Instant::now(), host::cpu(server.pid())?);
    set_token(&server, "buildkite", &providers.buildkite())?;
    wait("all is fetched", || Ok(number(&data, LEFT)? == 0))?;
    let (seconds, after) = (begin.elapsed().as_secs_f64(), host::cpu(server.pid())?);
    let tally = providers.rest.tally();
    ensure!(tally.by_status.keys().all(|status| *status == 200), "not all was answered: {tally:?}");
    Ok(Fetched {
        builds: number(&data, WHOLE)?,
        logs: number(&data, "select count(*) from log where state = 'done'")?,
        bytes: number(&data, "select coalesce(sum(bytes), 0) from log")?,
        questions: tally.requests,
        seconds,
        cpu: after.saturating_sub(before),
    })
}

const LEFT: &str = "select count(*) from errand where build <> 0";

const WHOLE: &str = "select count(*) from build
  where state = 'finished'
    and not exists (select 1 from enrichment e
                     where e.build = build.id and e.state <> 'done'
                       and e.aspect in ('steps', 'logs', 'artifacts', 'annotations'))";

fn number(data: &Path, sql: &str) -> Result<u64> {
    let books = Connection::open(data.join("books.db"))?;
    books.busy_timeout(Duration::from_secs(5))?;
    let number: i64 = books.query_row(sql, [], |row| row.get(0))?;
    Ok(u64::try_from(number)?)
}

fn wait(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !is_so()? {
        ensure!(begin.elapsed() < FETCH_MAX, "not within {FETCH_MAX:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Goal 24: hooks at a fixed rate while what earlier ones tell of is fetched, and what they tell of themselves;
/// and the same hooks where nobody may ask.
pub fn acks(scale: Scale, report: &mut Report) -> Result<()> {
    let before = if scale.is_quick { 2_000 } else { 8_000 };
    let needed = (WARM_UP + scale.paced()).as_secs_f64() * f64::from(RATE);
    let mut hours = 8;
    let mut told = told(hours);
    while (told.len() - before) as f64 <= needed {
        hours *= 2;
        told = self::told(hours);
    }
    let hooks: Arc<[Hook]> = told.iter().map(|one| one.hook.clone()).collect();
    eprintln!("acks while fetching: {} hooks of {hours} hours", hooks.len());
    let (mut with, mut without, mut questions) = (vec![], vec![], vec![]);
    for _ in 0..ACK_ROUNDS {
        let acks = |asked: Option<&Providers>| {
            undisturbed(|| ack_p99(&hooks, before as u64, scale.paced(), asked))
        };
        without.push(acks(None)?.0);
        let (p99, asked) = acks(Some(&providers(&told)))?;
        with.push(p99);
        questions.push(asked);
    }
    let note = format!(
        "{:.2} ms of {:.2} ms, at {:.0} questions/s",
        median(&with),
        median(&without),
        median(&questions)
    );
    report.add(ACK_ASKING, ratio(&with, &without), note);
    Ok(())
}

/// The 99th percentile in milliseconds, and questions per second meanwhile.
fn ack_p99(
    hooks: &Arc<[Hook]>,
    before: u64,
    length: Duration,
    asked: Option<&Providers>,
) -> Result<(f64, f64)> {
    let folder = server::folder()?;
    let data = folder.path().join("data");
    let key = server::make_key(&data)?;
    let server = Server::creel_in(&data, &key, &Disk::default())?;
    server.wait_until_ready()?;
    post_all(&server, &data, hooks, before)?;
    if let Some(providers) = asked {
        set_token(&server, "azure_devops", &providers.azure())?;
        set_token(&server, "buildkite", &providers.buildkite())?;
    }
    let load = Load {
        bodies: Bodies::These(Arc::clone(hooks)),
        pace: Pace::PerSecond(RATE),
        duration: WARM_UP,
        first: before,
        ..closed(&server, 64)
    };
    let warm = load.run()?;
    let requests = || asked.map_or(0, |providers| providers.rest.tally().requests);
    let earlier = requests();
    let harvest = Load { first: warm.next, duration: length, ..load }.run()?;
    ensure!(harvest.is_clean(), "refused: {:?}", harvest.refused);
    let questions = (requests() - earlier) as f64 / harvest.elapsed.as_secs_f64();
    Ok((harvest.p(99.0) / 1e3, questions))
}

/// The first of some hooks, all read.
fn post_all(server: &Server, data: &Path, hooks: &Arc<[Hook]>, count: u64) -> Result<()> {
    let bodies = Bodies::These(Arc::clone(hooks));
    let load = Load { bodies, hooks_max: count, first: 0, ..closed(server, 8) };
    let harvest = load.run()?;
    ensure!(harvest.is_clean(), "refused: {:?}", harvest.refused);
    wait("the hooks are read", || Ok(bulk::events_read(data)? >= count))
}
