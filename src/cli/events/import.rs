//! `creel events import`: a log that was exported, taken in.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::open_or_make;
use crate::eventlog::read::{ReadError, Reader, Verified, verify};
use crate::eventlog::{Bodies, EntryLine};
use crate::http::owner::{Client, Method};

use super::{DataArgs, Failure, read_here, say};

/// Entries sent at a time, and bytes of what they hold.
const ENTRIES_MAX: usize = 500;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Take in a log that `creel events export` wrote
///
/// It is read to its end first: a log that was changed or cut stores nothing. Entries keep the time
/// of their receipt and get new numbers; what is known already changes nothing, so an import can be
/// repeated.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The log
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: ImportArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    let mut file = File::open(&args.file)
        .map_err(|error| Failure::new(format!("cannot open {}: {error}", args.file.display())))?;
    let path = args.file.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<_, Failure> {
        let verified = verify(BufReader::new(&file)).map_err(|error| refused(&path, &error))?;
        file.rewind().map_err(|error| {
            Failure::new(format!("{} cannot be read twice: {error}", path.display())).hint(
                "name a file: what comes out of a pipe cannot be verified before it is stored",
            )
        })?;
        Ok((file, verified))
    });
    let (file, verified) = work.await.map_err(Failure::new)??;
    let client = open_or_make(config).await?;
    let imported = send(&client, &args.file, file, &verified).await;
    let imported = match imported {
        Ok(imported) => read_here(&client).await.map(|()| imported),
        Err(failure) => Err(failure),
    };
    client.close().await?;
    let Imported { stored, known } = imported?;
    if args.json {
        return say(json!({"stored": stored, "known": known}));
    }
    eprintln!("Imported {stored} entries; {known} were known already.");
    if verified.header.bodies == Bodies::Masked && stored > 0 {
        eprintln!("Secrets in their bodies were masked when they were exported.");
    }
    Ok(())
}

#[derive(Default)]
struct Imported {
    stored: u64,
    known: u64,
}

/// Send the entries on, some at a time. Verified once more on the way: it is another reading.
async fn send(
    client: &Client,
    path: &Path,
    file: File,
    verified: &Verified,
) -> Result<Imported, Failure> {
    let mut log = Reader::open(BufReader::new(file)).map_err(|error| refused(path, &error))?;
    let mut imported = Imported::default();
    let (mut batch, mut bytes): (Vec<EntryLine>, usize) = (Vec::new(), 0);
    loop {
        let entry = log.next_entry().map_err(|error| refused(path, &error))?;
        let is_end = entry.is_none();
        if let Some(entry) = entry {
            bytes += entry.body.as_ref().or(entry.body_base64.as_ref()).map_or(0, String::len);
            bytes +=
                entry.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
            batch.push(entry);
        }
        let is_full = batch.len() >= ENTRIES_MAX || bytes >= BYTES_MAX;
        if !batch.is_empty() && (is_full || is_end) {
            let wish = json!({"entries": std::mem::take(&mut batch)});
            bytes = 0;
            let answer = client.json(Method::POST, "/api/v1/events/import", Some(&wish)).await;
            let answer = answer.map_err(|error| {
                let done = imported.stored + imported.known;
                let of = verified.footer.entries;
                let failure = Failure::from(error);
                Failure {
                    what: format!("{} (after {done} of {of} entries)", failure.what),
                    ..failure
                }
                .hint("what was stored stays; import the same file again once that is mended")
            })?;
            let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
            imported.stored += count("stored");
            imported.known += count("known");
        }
        if is_end {
            return Ok(imported);
        }
    }
}

fn refused(path: &Path, error: &ReadError) -> Failure {
    let failure = Failure::new(format!("{} is not taken in: {error}", path.display()));
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
