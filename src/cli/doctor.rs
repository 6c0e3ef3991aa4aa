//! `creel doctor`: is all well, and if not, what is to be done.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::config::{Config, Overrides};
use crate::doctor::{Case, Finding, Mark};
use crate::eventlog::read::verify;
use crate::http::owner::{Client, OwnerError};
use crate::hub::DirectoryLock;
use crate::model::Timestamp;
use crate::store::sqlite::beside::Look;

use super::{DataArgs, Failure, environment, say};

/// A disk that is full sooner wants a person.
const ROOM_MIN: Duration = Duration::from_hours(14 * 24);

/// Look at the data and what is around it, and say what needs a person
///
/// Works with a running server and without one, and where things are broken; changes nothing. The
/// exit code is 1 when something needs a person.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Compare indexes with their tables as well; takes long on large files
    #[arg(long)]
    full: bool,
    /// Only verify a log that `creel events export` wrote
    #[arg(long, value_name = "FILE", conflicts_with = "full")]
    export: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: DoctorArgs) -> Result<(), Failure> {
    let findings = match args.export.clone() {
        Some(file) => {
            let work = tokio::task::spawn_blocking(move || vec![log(&file)]);
            work.await.map_err(Failure::new)?
        }
        None => examine(&args).await?,
    };
    let troubles = findings.iter().filter(|finding| finding.mark == Mark::Trouble).count();
    if args.json {
        let items: Vec<Value> = findings.iter().map(item).collect();
        say(json!({"well": troubles == 0, "items": items}))?;
    } else {
        for finding in &findings {
            say(line(finding))?;
        }
    }
    match troubles {
        0 => Ok(()),
        1 => Err(Failure::new("1 finding needs a person")),
        _ => Err(Failure::new(format!("{troubles} findings need a person"))),
    }
}

fn item(finding: &Finding) -> Value {
    json!({
        "check": finding.check,
        "mark": finding.mark.as_str(),
        "finding": finding.says,
        "hint": finding.hint,
    })
}

fn line(finding: &Finding) -> String {
    let Finding { check, mark, says, hint } = finding;
    let mut line = format!("{:<8} {check:<12} {says}", mark.as_str());
    if let Some(hint) = hint {
        line.push_str(&format!("\n{:22}hint: {hint}", ""));
    }
    line
}

async fn examine(args: &DoctorArgs) -> Result<Vec<Finding>, Failure> {
    let overrides = Overrides {
        data: args.data.data.clone(),
        file: args.data.config.clone(),
        ..Overrides::default()
    };
    let mut findings = Vec::new();
    let config = match Config::load(&overrides, &environment()) {
        Ok(config) => {
            findings.push(Finding::well("settings", "they are understood"));
            config
        }
        Err(errors) => {
            for error in &errors.0 {
                let hint = error.hint().unwrap_or("`creel config check` tells all of it");
                findings.push(Finding::trouble("settings", error.to_string(), hint));
            }
            without_settings(&overrides)?
        }
    };
    let (server, is_running) = ask_server(&config).await;
    findings.extend(server);
    let look = if args.full { Look::Full } else { Look::Quick };
    let work = tokio::task::spawn_blocking(move || {
        Case { config: &config, now: Timestamp::now(), look, is_running }.examine()
    });
    findings.extend(work.await.map_err(Failure::new)?);
    Ok(findings)
}

/// Where the settings cannot be read, the rest is looked at as if there were none.
fn without_settings(overrides: &Overrides) -> Result<Config, Failure> {
    let overrides = Overrides { file: Some(PathBuf::from("/dev/null")), ..overrides.clone() };
    Ok(Config::load(&overrides, &[])?)
}

/// Whether a server runs, and what it says of itself.
async fn ask_server(config: &Config) -> (Vec<Finding>, bool) {
    let check = "server";
    let Some(client) = Client::running(&config.data).await else {
        return (vec![nobody_answers(check, &config.data)], false);
    };
    let finding = match client.ask("/readyz?verbose").await {
        Ok((true, _)) => Finding::well(check, "it runs and takes what is sent"),
        Ok((false, said)) => {
            let failed: Vec<&str> =
                said.lines().filter_map(|line| line.strip_prefix("[-]")).collect();
            let says = format!("it runs, and takes nothing: {}", failed.join("; "));
            Finding::trouble(check, says, "senders are told to come back; mend it soon")
        }
        Err(error) => return (vec![silent(check, &error)], true),
    };
    let forecast = client.ask("/api/v1/storage").await.ok().and_then(|(_, said)| forecast(&said));
    ([Some(finding), forecast].into_iter().flatten().collect(), true)
}

/// How long the disk lasts, as the server reckons it.
fn forecast(storage: &str) -> Option<Finding> {
    let storage: Value = serde_json::from_str(storage).ok()?;
    let forecast = storage.get("forecast")?;
    let sentence = forecast.get("sentence")?.as_str()?.to_owned();
    let full_at =
        forecast.get("full_at").and_then(Value::as_str).and_then(Timestamp::parse_rfc3339);
    let is_soon = full_at.is_some_and(|at: Timestamp| at < Timestamp::now().plus(ROOM_MIN));
    Some(match is_soon {
        true => {
            Finding::trouble("forecast", sentence, "give it more room, or keep less ([retention])")
        }
        false => Finding::well("forecast", sentence),
    })
}

fn silent(check: &'static str, error: &OwnerError) -> Finding {
    Finding::trouble(check, error.to_string(), "it may be stopping, or be stuck: look into its log")
}

fn nobody_answers(check: &'static str, data: &Path) -> Finding {
    match DirectoryLock::holder(data) {
        None => Finding::note(check, "none runs on this data", "creel serve"),
        Some(pid) => {
            let says = format!("{pid} holds the data, and does not answer on its control socket");
            Finding::trouble(check, says, "it may be starting or stopping; else look into its log")
        }
    }
}

/// Whether a log is whole.
fn log(path: &Path) -> Finding {
    let check = "export";
    let verified =
        File::open(path).map_err(Into::into).and_then(|file| verify(BufReader::new(file)));
    match verified {
        Ok(verified) => {
            let says = format!(
                "{} is whole: {} entries of {}, head {}",
                path.display(),
                verified.footer.entries,
                verified.header.exported_at,
                verified.head
            );
            Finding::well(check, says)
        }
        Err(error) => {
            let says = format!("{}: {error}", path.display());
            let hint = error.hint().unwrap_or("name a file that can be read");
            Finding::trouble(check, says, hint)
        }
    }
}
