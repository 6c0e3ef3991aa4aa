//! `creel simulate`: make-believe providers that send hooks and answer who asks.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::Clock;
use crate::model::{Provider, Timestamp};
use crate::simulator::delivery::{Answer, Attempt, Fate, Faults, Key, Mischief, Senders, Totals};
use crate::simulator::post::{self, Poster, Reply, Target, Time};
use crate::simulator::rest::{Archive, Rest, Settings};
use crate::simulator::suites::reporters::Reporting;
use crate::simulator::world::{Hours, Pace, World};
use crate::simulator::{Happening, once, status};

use super::{Failure, environment, say};

/// How often a summary is shown on a terminal.
const SUMMARY_EVERY: Duration = Duration::from_secs(5);

/// How far back `--pace max` begins.
const HISTORY: Duration = Duration::from_hours(14 * 24);

/// Act as make-believe providers
///
/// Two organisations at work, `contoso` at Azure DevOps and `acme` at Buildkite, whose builds,
/// pull requests and work items are told by hooks, with the retries and the losses of the real
/// providers, and by reports of the tests that their jobs ran; whose REST APIs answer below `/contoso` and `/v2` for the token `simulated-pat`.
/// Without `--deliver-to` no hooks are sent.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Address of the status page and the REST APIs
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4100")]
    listen: SocketAddr,
    /// Server that hooks are sent to: `http://127.0.0.1:3000`
    #[arg(long, value_name = "BASE")]
    deliver_to: Option<String>,
    /// Key with scope `ingest` [default: `CREEL_API_KEY`]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Sign Buildkite's hooks with the key instead of sending it
    #[arg(long)]
    signed: bool,
    /// Send one hook of this type, show the answer and end: `build.complete`, `buildkite:ping`
    #[arg(long, value_name = "TYPE", requires = "deliver_to")]
    once: Option<String>,
    /// Script of what is to go wrong (docs/simulator.md)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Another seed makes other people do other things
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many times as fast all goes, or `max` for the last two weeks as fast as they are taken
    #[arg(long, value_name = "X", default_value = "1")]
    pace: Speed,
    /// One JSON object per request
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speed {
    Times(u32),
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times @ 1..=1_000) => Ok(Self::Times(times)),
            _ => Err("a whole number from 1 to 1000, or `max`".to_owned()),
        }
    }
}

pub async fn run(args: SimulateArgs) -> Result<(), Failure> {
    let target = match &args.deliver_to {
        Some(base) => Some(Target::parse(base).map_err(|error| {
            Failure::usage(error).hint("for example --deliver-to http://127.0.0.1:3000")
        })?),
        None => None,
    };
    let keys = keys(&args);
    let faults = match &args.faults {
        Some(file) => read_faults(file)?,
        None => Faults::default(),
    };
    if let (Some(word), Some(target)) = (&args.once, target.clone()) {
        return send_once(&args, word, keys, target).await;
    }

    let now = Timestamp::now();
    let begin = match args.pace {
        Speed::Max => Timestamp(now.0 - i64::try_from(HISTORY.as_millis()).unwrap_or(0)),
        Speed::Times(_) => now,
    };
    let mut settings = Settings::new(Clock::system());
    settings.ahead_ms = faults.clock_skew_s.saturating_mul(1_000);
    settings.faults.clone_from(&faults.rest);
    let mischief = Mischief::new(faults, args.seed, begin);
    let senders = Senders::new(keys, mischief);
    // By the providers' clocks.
    let (world_begin, world_end) = (senders.told(begin), senders.told(now));
    let senders = Arc::new(Mutex::new(senders));

    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::new(format!("cannot listen on {}: {error}", args.listen))
            .hint("choose another address with --listen")
    })?;
    let (world, time, archive) = match args.pace {
        Speed::Times(speed) => {
            let pace = Pace { hours: Hours::Busy, speed, ..Pace::LIVELY };
            let world = World::new(args.seed, world_begin, pace);
            (world, Time::Real, Archive::with_history(args.seed, world_begin))
        }
        Speed::Max => {
            let world = || World::new(args.seed, world_begin, Pace::NORMAL);
            let archive = Archive::of(world().ending(world_end), world_end);
            (world().stopping(world_end), Time::Jumping(begin), archive)
        }
    };
    let rest = Rest::new(settings, archive);
    eprintln!("The simulator's page is at http://{}/", listener.local_addr()?);
    let page = status::serve(listener, Arc::clone(&senders), Arc::clone(&rest));
    let Some(target) = target else {
        eprintln!("No hooks are sent: say where to with --deliver-to http://127.0.0.1:3000");
        tokio::select! {
            () = page => {}
            // A world that has ended is asked about all the same.
            () = async {
                rest.follow(world).await;
                std::future::pending::<()>().await;
            } => {}
            () = interrupted()? => {}
        }
        return Ok(());
    };
    let shows_lines = args.json || !std::io::stdout().is_terminal();
    let told = |attempt: &Attempt, reply: &Reply, at: Timestamp| {
        // The line of a reader that went away ends the command, see `say`.
        let _ = match (args.json, shows_lines) {
            (true, _) => say(line_json(attempt, reply, at)),
            (false, true) => say(line(attempt, reply, at)),
            (false, false) => Ok(()),
        };
    };
    let summaries = async {
        if !std::io::stderr().is_terminal() {
            std::future::pending::<()>().await;
        }
        let mut tick = tokio::time::interval(SUMMARY_EVERY);
        tick.tick().await;
        loop {
            tick.tick().await;
            eprintln!("{}", summary(totals(&senders)));
        }
    };
    let world = Reporting::of(world);
    let world = match args.pace {
        Speed::Times(_) => world,
        Speed::Max => world.stopping(world_end),
    };
    let happens = |happening: &Happening| rest.archive().note(happening);
    let poster = Poster::new(target);
    let work = post::run(world, Arc::clone(&senders), poster, time, interrupted()?, happens, told);
    tokio::select! {
        () = work => {}
        () = page => {}
        () = summaries => {}
    }
    eprintln!("{}", summary(totals(&senders)));
    Ok(())
}

fn totals(senders: &status::Shared) -> Totals {
    senders.lock().unwrap_or_else(PoisonError::into_inner).totals()
}

fn keys(args: &SimulateArgs) -> [Key; 2] {
    let from_environment =
        || environment().into_iter().find(|(name, _)| name == "CREEL_API_KEY").map(|(_, key)| key);
    match args.key.clone().or_else(from_environment).filter(|key| !key.is_empty()) {
        None => [Key::None, Key::None],
        Some(key) if args.signed => [Key::Password(key.clone()), Key::Signature(key)],
        Some(key) => [Key::Password(key.clone()), Key::Token(key)],
    }
}

fn read_faults(file: &PathBuf) -> Result<Faults, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    Faults::parse(&text).map_err(|error| {
        Failure::usage(format!("{}: {error}", file.display()))
            .hint("docs/simulator.md explains every word of a script")
    })
}

async fn send_once(
    args: &SimulateArgs,
    word: &str,
    keys: [Key; 2],
    target: Target,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    let happening = once(word, args.seed, now).map_err(Failure::usage)?;
    let (event, mut hook) = (happening.event, happening.hook);
    let [azure, buildkite] = keys;
    match hook.provider {
        Provider::AzureDevops => azure.sign(&mut hook, now),
        _ => buildkite.sign(&mut hook, now),
    }
    let attempt = Attempt { number: 1, event, before: 0, fate: Fate::Answered, hook };
    let reply = Poster::new(target).post(&attempt.hook, attempt.fate).await;
    if args.json {
        say(line_json(&attempt, &reply, now))?;
    } else {
        say(format!(
            "{} {}",
            word_of(reply.answer),
            String::from_utf8_lossy(&reply.body).trim_end()
        ))?;
    }
    match reply.answer {
        answer if answer.is_success() => Ok(()),
        Answer::Status(401) => Err(Failure::new(format!("{event} was refused: 401")).hint(
            "the key goes into --key or CREEL_API_KEY; make one with `creel key create --name \
             simulator --scope ingest`",
        )),
        Answer::NoConnection => Err(Failure::new("nobody answers there")
            .hint("start a server with `creel serve`, or say with --deliver-to where it is")),
        answer => Err(Failure::new(format!("{event} was refused: {}", word_of(answer)))),
    }
}

fn word_of(answer: Answer) -> String {
    match answer {
        Answer::Status(status) => status.to_string(),
        Answer::TimedOut => "timed out".to_owned(),
        Answer::NoConnection => "no connection".to_owned(),
    }
}

fn line(attempt: &Attempt, reply: &Reply, at: Timestamp) -> String {
    let again = match attempt.before {
        0 => String::new(),
        before => format!(" (repeated {before})"),
    };
    let provider = attempt.hook.provider.as_str();
    format!("{at} {provider} {} {}{again}", attempt.event, word_of(reply.answer))
}

fn line_json(attempt: &Attempt, reply: &Reply, at: Timestamp) -> Value {
    let body = serde_json::from_slice::<Value>(&reply.body).unwrap_or(Value::Null);
    json!({
        "at": at,
        "provider": attempt.hook.provider.as_str(),
        "type": attempt.event,
        "attempt": attempt.before + 1,
        "status": match reply.answer {
            Answer::Status(status) => Value::from(status),
            Answer::TimedOut | Answer::NoConnection => Value::Null,
        },
        "outcome": word_of(reply.answer),
        "answer": body,
    })
}

fn summary(totals: Totals) -> String {
    let (counts, mischief) = (totals.counts, totals.mischief);
    format!(
        "{} sent, {} delivered, {} retried, {} failed, {} lost, {} duplicates, {} echoes",
        counts.sent,
        counts.delivered,
        counts.retried,
        counts.failed,
        counts.lost,
        mischief.duplicates,
        mischief.echoes
    )
}

/// Done when somebody presses Ctrl-C or asks the process to end.
fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
