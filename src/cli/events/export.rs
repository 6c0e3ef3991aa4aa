//! `creel events export`: the journal as a file that shows whether it was changed.

use std::collections::{HashMap, HashSet};
use std::io::{BufWriter, IsTerminal};
use std::path::Path;

use clap::Args;

use crate::eventlog::export::{ExportError, Wish};
use crate::eventlog::{Bodies, Footer, Range};
use crate::http::mask;
use crate::journal::Beside;
use crate::model::{EntryId, KeyId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::beside::{open_beside, schema_version};
use crate::store::sqlite::books::checkup::key_names;
use crate::store::sqlite::books::sample::sample_keys;
use crate::store::sqlite::{books, journal};

use super::{DataArgs, Failure};

/// Write what was received to stdout, one entry per line, also while a server runs
///
/// A line is JSON and ends with a hash over itself and all lines before it: `creel doctor --export
/// FILE` tells whether a log is whole, `creel events import` takes one in. Sample data is left out.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// First entry
    #[arg(long, value_name = "ENTRY")]
    from: Option<i64>,
    /// Last entry
    #[arg(long, value_name = "ENTRY")]
    to: Option<i64>,
    /// Received at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Received before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Leave secrets in bodies as they were sent
    #[arg(long)]
    verbatim: bool,
    #[command(flatten)]
    data: DataArgs,
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| "a time is written as 2026-02-13T14:30:00Z".to_owned())
}

/// What the books know of the keys that entries came with.
#[derive(Default)]
struct Keys {
    names: HashMap<KeyId, String>,
    samples: HashSet<KeyId>,
}

pub async fn run(args: ExportArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    if !config.data.join(journal::SCHEMA.name).exists() {
        let what = format!("no Creel data at {}", config.data.display());
        return Err(Failure::new(what).hint("say with --data where the data is"));
    }
    let bodies = if args.verbatim { Bodies::Verbatim } else { Bodies::Masked };
    if args.verbatim {
        eprintln!("Bodies are written as they were sent: the log may hold secrets of its senders.");
    }
    if std::io::stdout().is_terminal() {
        eprintln!("(a log is meant for a file: creel events export > FILE)");
    }
    let range = Range {
        from: args.from.map(EntryId),
        to: args.to.map(EntryId),
        since: args.since,
        until: args.until,
    };
    let work = tokio::task::spawn_blocking(move || export(&config.data, range, bodies));
    let footer = work.await.map_err(Failure::new)??;
    eprintln!("Exported {} entries.", footer.entries);
    if footer.samples > 0 {
        eprintln!("{} entries of sample data were left out.", footer.samples);
    }
    if footer.damaged.is_empty() {
        return Ok(());
    }
    let first: Vec<String> = footer.damaged.iter().take(10).map(EntryId::to_string).collect();
    let what = format!(
        "{} entries are damaged on disk and were left out; the first are {}",
        footer.damaged.len(),
        first.join(", ")
    );
    Err(Failure::new(what).hint("restore a backup that still has them: `creel restore`"))
}

fn export(data: &Path, range: Range, bodies: Bodies) -> Result<Footer, Failure> {
    // The books may be what is broken: the log is worth more than the names of its keys.
    let known = keys_of(data).unwrap_or_else(|error| {
        eprintln!("The names of keys are missing in the log: {error}");
        Keys::default()
    });
    let mut journal = Beside::open(data).map_err(Failure::new)?;
    let wish = Wish {
        range,
        bodies,
        mask: mask::body::masked,
        keys: &known.names,
        samples: &known.samples,
        now: Timestamp::now(),
    };
    match wish.write(&mut journal, BufWriter::new(std::io::stdout().lock())) {
        // A reader that went away (`| head`) ends the command quietly.
        Err(ExportError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            std::process::exit(0)
        }
        other => other.map_err(Failure::new),
    }
}

fn keys_of(data: &Path) -> Result<Keys, StoreError> {
    let path = data.join(books::SCHEMA.name);
    let books = open_beside(&path)?;
    schema_version(&books, &path, &books::SCHEMA)?;
    let samples = sample_keys(&books)?;
    Ok(Keys {
        names: key_names(&books)?,
        samples: samples.kept.into_iter().chain(samples.removed).collect(),
    })
}
