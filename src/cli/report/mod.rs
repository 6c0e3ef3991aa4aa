//! `creel report`: what tests said in a job of a CI, told to a server.
//!
//! The walk: variables and their surroundings make a place ([`detect`], [`surroundings`]); patterns find
//! files ([`files`]), which are read for what they say and packed into requests ([`bundle`]); these are
//! sent ([`send`]). A job does not fail by it: what goes wrong is told, and the command ends with 0 unless
//! `--strict` is given.

mod bundle;
mod detect;
mod files;
mod junit;
mod multipart;
mod parse;
mod send;
mod summary;
mod surroundings;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::model::{Ci, TestTotals};
use crate::outbound::Client;
use crate::secrets::Secret;

use self::bundle::Report;
use self::detect::{Place, Variables};
use self::send::Destination;

use super::{Failure, environment, say};

/// Report the tests of a CI job to a server
///
/// It knows Buildkite, Azure Pipelines, GitHub Actions, GitLab, Jenkins, TeamCity and CircleCI by their
/// variables. The server, the key and the files come from `CREEL_URL`, `CREEL_API_KEY` (or
/// `BUILDBUTLER_API_KEY`) and `TEST_RESULTS_GLOB`, or from the options. `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`
/// and the certificates of the system are used.
///
/// The job never fails by it: it ends with 0 and says why nothing was sent, unless --strict is given.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ReportArgs {
    #[command(subcommand)]
    command: Option<ReportCommand>,
    #[command(flatten)]
    send: SendArgs,
}

#[derive(Debug, Subcommand)]
enum ReportCommand {
    Parse(parse::ParseArgs),
}

#[derive(Debug, Args)]
struct SendArgs {
    /// Address of the server [default: `$CREEL_URL`]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Variable that holds the key [default: `env:CREEL_API_KEY`, then `env:BUILDBUTLER_API_KEY`]
    #[arg(long, value_name = "env:NAME")]
    api_key: Option<String>,
    /// Files with results of tests, by patterns: `**/TEST-*.xml` [default: `$TEST_RESULTS_GLOB`]
    ///
    /// `*` stays within a name, `**` crosses directories, `{a,b}` are alternatives; a directory stands for the
    /// reports below it. Several may stand in one text, with `;` between them. Quote them, so that the shell
    /// leaves them alone. Without any, the build alone is told.
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    files: Vec<String>,
    /// Name of this report within its job: one of the same name takes its place, one of another adds to it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What a matrix varies, such as the system or the browser: part of the tests' identity
    #[arg(long, value_name = "TEXT")]
    variant: Option<String>,
    /// How the build ended, where no hooks tell it [default: by its tests]
    ///
    /// In capitals as well, and in the words of Jenkins, GitLab and GitHub.
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<Status>,
    /// Name of the job [default: as the CI says]
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Where this runs, for CIs that are not known: JSON, or a file of it
    ///
    /// Its members go before what was found: provider, source, pipeline, build, number, branch, commit and so
    /// on, as POST /api/v1/reports takes them.
    #[arg(long, value_name = "JSON|FILE")]
    ci: Option<String>,
    /// End with 1 when not everything was sent
    #[arg(long)]
    strict: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Longest time for sending, all tries together
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Status {
    #[value(aliases = ["passed", "succeeded"])]
    Success,
    #[value(alias = "failed")]
    Failure,
    #[value(alias = "succeededwithissues")]
    Unstable,
    #[value(aliases = ["canceled", "cancelled"])]
    Aborted,
    #[value(alias = "not_built")]
    Skipped,
    #[value(alias = "running")]
    InProgress,
}

/// Why not everything was sent.
#[derive(Debug)]
struct Trouble {
    what: String,
    hint: Option<String>,
    /// Nobody in the job can help it.
    is_excused: bool,
}

impl Trouble {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, is_excused: false }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// What came of it, as far as it came.
#[derive(Debug, Default)]
struct Outcome {
    ci: Ci,
    reports: Vec<Report>,
    /// Requests, and how many of them were taken.
    requests: usize,
    taken: usize,
    answer: Value,
    /// The build's.
    page: Option<String>,
}

/// A command line that is not understood does not fail the job either: the binary comes from the server,
/// which may be newer than the pipeline that calls it.
pub fn forgives(words: &[OsString]) -> bool {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|given| given == word);
    is(1, "report") && !is(2, "parse") && !words.iter().any(|word| word == "--strict")
}

pub async fn run(args: ReportArgs) -> Result<(), Failure> {
    let args = match args.command {
        Some(ReportCommand::Parse(args)) => return parse::run(&args),
        None => args.send,
    };
    let (is_strict, wants_json) = (args.strict, args.json);
    // In a task of its own: what breaks in there breaks no job.
    let work = tokio::spawn(async move {
        let mut outcome = Outcome::default();
        let trouble = report(args, &mut outcome).await.err();
        (outcome, trouble)
    });
    let (outcome, trouble) = work
        .await
        .unwrap_or_else(|error| (Outcome::default(), Some(Trouble::new(error.to_string()))));
    if wants_json {
        say(outcome.told(trouble.as_ref()))?;
    }
    let Some(Trouble { what, hint, is_excused }) = trouble else { return Ok(()) };
    let what = match (outcome.taken, outcome.requests) {
        (0, _) => format!("nothing was sent: {what}"),
        (taken, all) if taken < all => format!("{taken} of {all} requests were taken: {what}"),
        _ => what,
    };
    if is_strict && !is_excused {
        let failure = Failure::new(what);
        return Err(match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        });
    }
    eprintln!("warning: {what}");
    if let Some(hint) = hint {
        eprintln!("hint: {hint}");
    }
    Ok(())
}

async fn report(args: SendArgs, outcome: &mut Outcome) -> Result<(), Trouble> {
    let variables = surroundings::variables(environment());
    let directory = PathBuf::from(".");
    let mut place = Place::of(&variables);
    args.tell(&mut place.ci)?;
    surroundings::complete(&mut place, &directory);
    outcome.ci = place.ci.clone();
    if place.ci.provider.is_some() {
        eprintln!("{}", summary::place(&place.ci));
    }

    let patterns = args.patterns(&variables);
    let wanted = patterns.clone();
    let looked = tokio::task::spawn_blocking(move || look(&directory, &wanted)).await;
    let (reports, notes) = looked.map_err(|error| Trouble::new(error.to_string()))?;
    outcome.reports = reports;
    for line in notes.iter().cloned().chain(summary::files(&outcome.reports)) {
        eprintln!("{line}");
    }

    let missing = place.missing();
    if !missing.is_empty() {
        let what =
            format!("it is not known which build this is: {} is missing", missing.join(", "));
        return Err(match place.hint {
            Some(hint) => Trouble::new(what).hint(hint),
            None => Trouble::new(what),
        });
    }
    let found = outcome.reports.iter().filter(|report| report.is_one()).count();
    let nothing = found == 0 && !patterns.is_empty();
    // Their hooks tell of the build; all that is left to tell are its tests.
    let has_hooks = matches!(place.ci.provider.as_deref(), Some("buildkite" | "azure_devops"));
    if found == 0 && has_hooks {
        let what = match nothing {
            true => "no report of tests was found",
            false => "nothing says which files to report",
        };
        return Err(Trouble::new(what).hint(
            "--files or TEST_RESULTS_GLOB names them by patterns, from the directory of the job on: \
             '**/TEST-*.xml'",
        ));
    }

    let requests = bundle::requests(&outcome.reports);
    outcome.requests = requests.len();
    let what = match found {
        0 => "the build".to_owned(),
        1 => format!("1 report, {}", summary::totals(outcome.totals())),
        _ => format!("{found} reports, {}", summary::totals(outcome.totals())),
    };
    let destination = args.destination(&variables, &place);
    if args.dry_run {
        let to = match &destination {
            Ok(destination) => destination.shown(),
            Err(trouble) => format!("nowhere yet: {}", trouble.what),
        };
        let told = bundle::told(&place.ci).map_err(|error| Trouble::new(error.to_string()))?;
        eprintln!("Would send {what}, in {} to {to}, with ci = {told}", counted(requests.len()));
        return Ok(());
    }
    let destination = destination?;
    let client = Client::through_proxies()
        .map_err(|error| Trouble::new(format!("cannot make requests: {error}")))?;
    let (begun, within) = (Instant::now(), Duration::from_secs(args.timeout));
    let mut meter = Meter::new();
    for (ci, pieces) in bundle::parts(&place.ci, requests.len()).into_iter().zip(requests) {
        meter.show(&format!("Sending request {} of {}", outcome.taken + 1, outcome.requests));
        let packed = tokio::task::spawn_blocking(move || bundle::body(&ci, &pieces)).await;
        let body = packed
            .map_err(std::io::Error::other)
            .and_then(|body| body)
            .map_err(|error| Trouble::new(format!("a file cannot be read any more: {error}")))?;
        let wait = |why: &str, pause: Duration| {
            meter.show(&format!("Trying again in {:.0} s: {why}", pause.as_secs_f64()));
        };
        let sent = send::send(&client, &destination, body, begun, within, wait).await;
        outcome.answer = sent.map_err(|error| {
            let trouble = Trouble::new(format!("{}: {error}", destination.shown()));
            match error.hint() {
                Some(hint) => trouble.hint(hint),
                None => trouble,
            }
        })?;
        outcome.taken += 1;
    }
    drop(meter);
    eprintln!("Sent {what}, to {}", destination.shown());
    // As the server tells it, else below the address that it was reached by.
    let page = || Some(destination.page_of(outcome.answer["build_id"].as_str()?));
    outcome.page = outcome.answer["url"].as_str().map(ToOwned::to_owned).or_else(page);
    if let Some(page) = &outcome.page {
        eprintln!("See {page}?tab=tests");
    }
    match nothing {
        true => Err(Trouble::new("no report of tests was found, so the build alone was told")),
        false => Ok(()),
    }
}

/// Read what the patterns find.
fn look(directory: &std::path::Path, patterns: &[String]) -> (Vec<Report>, Vec<String>) {
    let mut found = files::find(directory, patterns);
    let mut meter = Meter::new();
    let mut reports = Vec::new();
    for (at, file) in found.files.iter().enumerate() {
        meter.show(&format!("Reading file {} of {}", at + 1, found.files.len()));
        match Report::of(file) {
            Ok(report) => reports.push(report),
            Err(error) => found.notes.push(format!("{}: cannot be read: {error}", file.name)),
        }
    }
    (reports, found.notes)
}

fn counted(requests: usize) -> String {
    match requests {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    }
}

impl SendArgs {
    /// What the command line says of the place.
    fn tell(&self, ci: &mut Ci) -> Result<(), Trouble> {
        if let Some(given) = &self.ci {
            *ci = surroundings::told(ci, given).map_err(Trouble::new)?;
        }
        let words = [
            (&mut ci.name, &self.name),
            (&mut ci.variant, &self.variant),
            (&mut ci.job, &self.job),
        ];
        for (word, given) in words {
            let given = given.as_deref().map(str::trim).filter(|given| !given.is_empty());
            if let Some(given) = given {
                *word = Some(given.to_owned());
            }
        }
        if let Some(status) = self.status {
            ci.status = status.to_possible_value().map(|value| value.get_name().to_owned());
        }
        Ok(())
    }

    fn patterns(&self, variables: &Variables) -> Vec<String> {
        match self.files.is_empty() {
            true => variables.get("TEST_RESULTS_GLOB").map(files::patterns).unwrap_or_default(),
            false => self.files.iter().flat_map(|text| files::patterns(text)).collect(),
        }
    }

    fn destination(&self, variables: &Variables, place: &Place) -> Result<Destination, Trouble> {
        let url = self.url.as_deref().or_else(|| variables.get("CREEL_URL")).ok_or_else(|| {
            Trouble::new("CREEL_URL is not set").hint("it is the address of the server's pages")
        })?;
        let key = self.key(variables, place)?;
        let mut destination = Destination::new(url, key).map_err(Trouble::new)?;
        if place.ci.provider.as_deref() == Some("buildkite") {
            destination.buildkite_token = variables.get("BUILDKITE_API_TOKEN").map(Secret::new);
        }
        Ok(destination)
    }

    fn key(&self, variables: &Variables, place: &Place) -> Result<Secret, Trouble> {
        let names = match self.api_key.as_deref() {
            None => vec!["CREEL_API_KEY", "BUILDBUTLER_API_KEY"],
            Some(reference) => match reference.strip_prefix("env:") {
                Some(name) => vec![name],
                None => {
                    return Err(Trouble::new("--api-key takes env:NAME, the name of a variable").hint(
                        "a key on the command line is seen by everyone who lists processes and stays in the \
                         log: if that was one, revoke it",
                    ));
                }
            },
        };
        let Some(key) = names.iter().find_map(|name| variables.get(name)) else {
            let what = format!("{} is not set", names[0]);
            let is_pull_request = place.ci.pull_request.is_some();
            return Err(match place.is_fork || is_pull_request {
                true => Trouble {
                    // Not every CI says whether it is one; a key that is missing everywhere shows in
                    // the next build that is of no pull request.
                    is_excused: true,
                    ..Trouble::new(format!("{what}; builds of forks get no secrets"))
                },
                false => Trouble::new(what)
                    .hint("make one with `creel key create --name ci --scope ingest` and keep it as a secret of the CI"),
            });
        };
        match key.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Secret::new(key)),
            false => Err(Trouble::new(format!("{} holds more than a key", names[0]))
                .hint("there is a blank or a line's end within it")),
        }
    }
}

impl Outcome {
    fn totals(&self) -> TestTotals {
        self.reports.iter().map(|report| report.summary.totals).sum()
    }

    fn told(&self, trouble: Option<&Trouble>) -> Value {
        let items = self.reports.iter().map(|report| summary::item(&report.name, &report.summary));
        let told = bundle::told(&self.ci).ok();
        json!({
            "sent": self.requests > 0 && self.taken == self.requests,
            "reason": trouble.map(|trouble| &trouble.what),
            "build_id": self.answer["build_id"],
            "url": self.page,
            "ci": told.and_then(|told| serde_json::from_str::<Value>(&told).ok()),
            "files": items.collect::<Vec<_>>(),
            "tests": self.totals(),
            "requests": self.requests,
        })
    }
}

/// Tells a person at a terminal what goes on, in one line; nobody else.
struct Meter {
    is_watched: bool,
    is_shown: bool,
}

impl Meter {
    fn new() -> Self {
        Self { is_watched: std::io::stderr().is_terminal(), is_shown: false }
    }

    fn show(&mut self, text: &str) {
        if self.is_watched {
            eprint!("\r\x1b[K{text}");
            let _ = std::io::stderr().flush();
            self.is_shown = true;
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}
