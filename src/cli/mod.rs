//! The commands, one file each. Data goes to stdout, words go to stderr.
//!
//! Exit codes: 0 done, 1 failed, 2 usage or configuration error.

mod audit;
mod backup;
mod completions;
mod config;
mod demo;
mod doctor;
mod events;
mod key;
mod logging;
mod man;
mod ready;
mod report;
mod restore;
mod secrets;
mod serve;
mod simulate;
mod source;
mod user;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, ConfigErrors, DATA_DEFAULT, Overrides};
use crate::http::handover::HandoverError;
use crate::http::owner::{Client, OwnerError};
use crate::http::tls::TlsError;
use crate::hub::OpenError;
use crate::store::sqlite::books::Books;
use crate::version;

/// Receives the webhooks of Azure DevOps and Buildkite, loses none, and keeps the history of builds
/// they tell of.
#[derive(Debug, Parser)]
#[command(name = "creel", version = version::full(), propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    #[command(subcommand)]
    Key(key::KeyCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Events(events::EventsCommand),
    #[command(subcommand)]
    Source(source::SourceCommand),
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Audit(audit::AuditArgs),
    Report(report::ReportArgs),
    Ready(ready::ReadyArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Doctor(doctor::DoctorArgs),
    Demo(demo::DemoArgs),
    Simulate(simulate::SimulateArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Where the data is, for every command that touches it.
#[derive(Debug, Clone, Args)]
struct DataArgs {
    /// Directory that holds the data [default: ./data]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Settings file [default: ./creel.toml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl DataArgs {
    fn load(&self) -> Result<Config, Failure> {
        let overrides = Overrides {
            data: self.data.clone(),
            file: self.config.clone(),
            ..Overrides::default()
        };
        Ok(Config::load(&overrides, &environment())?)
    }
}

/// The command that makes a first key in a data directory, from wherever it is typed.
fn key_create(data: &Path) -> String {
    let make = "creel key create --name azure --scope ingest";
    if data == Path::new(DATA_DEFAULT) {
        return make.to_owned();
    }
    let whole = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
    format!("{make} --data {}", whole.display())
}

/// Why a command failed: what, and what to do about it.
#[derive(Debug)]
struct Failure {
    what: String,
    hint: Option<String>,
    code: u8,
    /// The log has it.
    is_told: bool,
}

impl Failure {
    fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), hint: None, code: 1, is_told: false }
    }

    fn usage(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), hint: None, code: 2, is_told: false }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Tell it where programs read, and nowhere else.
    fn into_log(self) -> Self {
        tracing::error!(hint = self.hint, "{}", self.what);
        // RUST_LOG may have this room's errors left out: then it is told in plain lines.
        Self { is_told: tracing::enabled!(tracing::Level::ERROR), ..self }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let hint = errors.0.iter().find_map(ConfigError::hint);
        let failure = Self::usage(errors.to_string().replace('\n', "\nerror: "));
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let hint = error.hint();
        Self::new(error).hint(hint)
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        let hint = error.hint();
        Self::usage(error).hint(hint)
    }
}

impl From<HandoverError> for Failure {
    fn from(error: HandoverError) -> Self {
        Self::new(error).hint("it goes on; stop it first to start this one in its place")
    }
}

impl From<OwnerError> for Failure {
    fn from(error: OwnerError) -> Self {
        match error {
            OwnerError::Open(error) => error.into(),
            OwnerError::Gone(_) => {
                Self::new(error).hint("it may be stopping; try again in a moment")
            }
            OwnerError::NotRunning => Self::new(error).hint(
                "start one with `creel serve`, or list what is stored with `creel events list`",
            ),
            OwnerError::NoData(ref data) => {
                let hint = format!(
                    "start it with `creel serve --data {}`, or say with --data where the data is",
                    data.display()
                );
                Self::new(error).hint(hint)
            }
            OwnerError::NotUnderstood(_) => Self::usage(error),
            OwnerError::Refused(_) | OwnerError::Broken(_) => Self::new(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

/// The process's environment: read here once and handed on.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Run the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && report::forgives(&words) => {
            let _ = error.print();
            eprintln!("warning: nothing was sent, and the job goes on");
            return ExitCode::SUCCESS;
        }
        Err(error) => error.exit(),
    };
    let inherited = serve::inherited();
    // What a command makes is its owner's alone, also in a directory that others may look into.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args, inherited).await,
            Command::Key(command) => key::run(command).await,
            Command::User(command) => user::run(command).await,
            Command::Events(command) => events::run(command).await,
            Command::Secrets(command) => secrets::run(command).await,
            Command::Source(command) => source::run(command).await,
            Command::Config(command) => config::run(command),
            Command::Audit(args) => audit::run(args).await,
            Command::Report(args) => report::run(args).await,
            Command::Ready(args) => ready::run(args).await,
            Command::Backup(args) => backup::run(args).await,
            Command::Restore(args) => restore::run(args).await,
            Command::Doctor(args) => doctor::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Simulate(args) => simulate::run(args).await,
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => man::run(&args),
        }
    });
    // Blocking reads that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_told => ExitCode::from(failure.code),
        Err(failure) => {
            eprintln!("error: {}", failure.what);
            if let Some(hint) = failure.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(failure.code)
        }
    }
}

/// Open the data, and say so where that makes it: a server that runs elsewhere knows nothing of what
/// is added to it.
async fn open_or_make(config: Config) -> Result<Client, Failure> {
    let data = config.data.clone();
    let is_new = !Books::exist(&data);
    let client = Client::open_or_create(config).await?;
    if is_new {
        eprintln!("Made the data directory {}: no server uses it yet.", data.display());
    }
    Ok(client)
}

/// Write a line to stdout.
fn say(line: impl fmt::Display) -> Result<(), Failure> {
    write_out(format!("{line}\n").as_bytes())
}

/// Write to stdout; a reader that went away (`| head`) ends the command quietly.
fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    let mut stdout = std::io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
