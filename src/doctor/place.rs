//! The data directory: its rights, its files, and what ties them together.

use std::collections::HashSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::access::{ADDRESS_PURPOSE, PURPOSE};
use crate::keys::SIGNING_PURPOSE;
use crate::model::{EntryId, Timestamp};
use crate::secrets::{Sealer, is_rotating};
use crate::store::StoreError;
use crate::store::sqlite::beside::{Look, complaints, open_beside, schema_version};
use crate::store::sqlite::books::checkup::{InboxLine, lines_after, sealed_samples};
use crate::store::sqlite::books::retention::bodies_removed_up_to;
use crate::store::sqlite::books::{self as books_sql, ENTRIES, position};
use crate::store::sqlite::journal::read::{heads_after, span, without_entry};
use crate::store::sqlite::journal::withheld::holds_withheld;
use crate::store::sqlite::journal::{self as journal_sql};
use crate::store::sqlite::{Connection, Schema};

use super::{Finding, ago};

/// Lines of the inbox compared at a time.
const COMPARED_MAX: usize = 10_000;

/// Events that wait this long to be read have something before them.
const WAITING_MS_MAX: i64 = 10 * 60_000;

/// A database file that could be opened.
pub(super) struct Opened {
    pub connection: Connection,
    version: i64,
    known: i64,
}

impl Opened {
    /// Whether its schema is the one that this binary's questions are made for.
    pub fn is_present(&self) -> bool {
        self.version == self.known
    }
}

pub(super) fn directory(data: &Path) -> Vec<Finding> {
    let check = "directory";
    let metadata = match data.metadata() {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            let says = format!("{} is not a directory", data.display());
            return vec![Finding::trouble(check, says, "say with --data where the data is")];
        }
        Err(error) => {
            let says = format!("cannot look at {}: {error}", data.display());
            let hint = "say with --data where the data is; `creel serve` makes it";
            return vec![Finding::trouble(check, says, hint)];
        }
    };
    let mut findings = Vec::new();
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let says = format!("{} can be looked into by others (mode {mode:03o})", data.display());
        let hint = format!("chmod 700 {}", data.display());
        findings.push(Finding::trouble(check, says, hint));
    }
    // Root may look at everybody's.
    let me = rustix::process::geteuid();
    if metadata.uid() != me.as_raw() && !me.is_root() {
        let says = format!("{} belongs to another user ({})", data.display(), metadata.uid());
        let hint = "run this as the user that the server runs as";
        findings.push(Finding::note(check, says, hint));
    }
    if findings.is_empty() {
        findings.push(Finding::well(check, format!("{} is its owner's alone", data.display())));
    }
    findings
}

pub(super) fn journal(data: &Path, look: Look, findings: &mut Vec<Finding>) -> Option<Opened> {
    let hint = "restore a backup with `creel restore`; the books alone do not hold the bodies";
    open(data, "journal", &journal_sql::SCHEMA, look, hint, findings)
}

pub(super) fn books(data: &Path, look: Look, findings: &mut Vec<Finding>) -> Option<Opened> {
    let hint = "restore a backup with `creel restore`. Without one: stop the server, move books.db away, \
                and a start makes new ones of the journal; keys and people are then to be made anew";
    open(data, "books", &books_sql::SCHEMA, look, hint, findings)
}

fn open(
    data: &Path,
    check: &'static str,
    schema: &'static Schema,
    look: Look,
    mend: &str,
    findings: &mut Vec<Finding>,
) -> Option<Opened> {
    let path = data.join(schema.name);
    if !path.exists() {
        let says = format!("there is no {}", path.display());
        findings.push(Finding::trouble(check, says, mend));
        return None;
    }
    match examined(&path, schema, look) {
        Ok((opened, said)) if said.is_empty() => {
            let size = path.metadata().map_or(0, |file| file.len());
            let megabytes = size as f64 / 1e6;
            findings.push(Finding::well(
                check,
                format!("{} is sound ({megabytes:.1} MB, schema {})", schema.name, opened.version),
            ));
            if !opened.is_present() {
                let Opened { version, known, .. } = opened;
                let says =
                    format!("schema {version}; this version brings it to {known} at its start");
                let hint = "keys, sources and refusals are looked at after that";
                findings.push(Finding::note(check, says, hint));
            }
            Some(opened)
        }
        Ok((_, said)) => {
            let says = format!("{} is damaged: {}", path.display(), said.join("; "));
            findings.push(Finding::trouble(check, says, mend));
            None
        }
        Err(error) => {
            let hint = match error {
                StoreError::Newer { .. } => "use the newer Creel; this one would not understand it",
                _ => mend,
            };
            let says = match error {
                StoreError::Newer { .. } | StoreError::Foreign { .. } => error.to_string(),
                _ => format!("{} cannot be read: {error}", path.display()),
            };
            findings.push(Finding::trouble(check, says, hint));
            None
        }
    }
}

fn examined(path: &Path, schema: &Schema, look: Look) -> Result<(Opened, Vec<String>), StoreError> {
    let connection = open_beside(path)?;
    let version = schema_version(&connection, path, schema)?;
    let said = complaints(&connection, look)?;
    Ok((Opened { connection, version, known: schema.version() }, said))
}

/// What the books say of the journal.
pub(super) fn between(
    journal: &Opened,
    books: &Opened,
    is_running: bool,
    now: Timestamp,
) -> Vec<Finding> {
    let check = "places";
    // The books first: what they have read, the journal has had.
    let read = position(&books.connection, ENTRIES);
    let looked = read.and_then(|read| {
        let last = span(&journal.connection)?.map_or(0, |(_, last)| last.0);
        let waiting = heads_after(&journal.connection, EntryId(read), 1)?;
        Ok((read, last, waiting.first().map(|head| head.received_at)))
    });
    let (read, last, waiting_since) = match looked {
        Ok(looked) => looked,
        Err(error) => return vec![unreadable(check, &error)],
    };
    let mut findings = Vec::new();
    if read > last {
        findings.push(Finding::trouble(
            check,
            format!("the books have read up to entry {read}, the journal ends at {last}"),
            "put the journal.db back that belongs to these books, or restore a backup",
        ));
    }
    match lines_without_entry(journal, books) {
        Ok(None) => {}
        Ok(Some(Gone { count, newest })) => findings.push(Finding::trouble(
            check,
            format!(
                "{count} events have no entry in the journal any more; the newest is entry {} of {}",
                newest.entry, newest.received_at
            ),
            "what was read of them stays; if nobody removed them, restore a backup",
        )),
        Err(error) => findings.push(unreadable(check, &error)),
    }
    match waiting_since {
        Some(since) if is_running && now.0 - since.0 > WAITING_MS_MAX => {
            findings.push(Finding::trouble(
                check,
                format!(
                    "{} entries wait to be read, the oldest came {}",
                    last - read,
                    ago(since, now)
                ),
                "look into the server's log: the processor tells what it cannot write",
            ));
        }
        Some(_) if !is_running => findings.push(Finding::note(
            check,
            format!("{} entries wait to be read", last - read),
            "a server reads them when it starts",
        )),
        _ => {}
    }
    if findings.is_empty() {
        let says = format!("the books have read up to entry {read} of {last}");
        findings.push(Finding::well(check, says));
    }
    findings
}

/// Events whose entry is gone though that of an older one is there.
struct Gone {
    count: usize,
    newest: InboxLine,
}

fn lines_without_entry(journal: &Opened, books: &Opened) -> Result<Option<Gone>, StoreError> {
    // Up to there bodies were removed, and some stay that are still needed.
    let mut after = match books.is_present() {
        true => bodies_removed_up_to(&books.connection)?,
        false => EntryId(0),
    };
    let mut gone = None::<Gone>;
    // What was removed last may not be noted yet: it is the oldest that is left.
    let mut has_begun = false;
    loop {
        let lines = lines_after(&books.connection, after, COMPARED_MAX)?;
        let Some(last) = lines.last() else { return Ok(gone) };
        after = last.entry;
        let numbers: Vec<EntryId> = lines.iter().map(|line| line.entry).collect();
        let missing: HashSet<EntryId> =
            without_entry(&journal.connection, &numbers)?.into_iter().collect();
        for line in lines {
            match missing.contains(&line.entry) {
                true if has_begun => {
                    let count = gone.map_or(0, |gone| gone.count) + 1;
                    gone = Some(Gone { count, newest: line });
                }
                true => {}
                false => has_begun |= !line.is_parked,
            }
        }
    }
}

pub(super) fn secrets_key(
    path: &Path,
    journal: Option<&Opened>,
    books: Option<&Opened>,
) -> Vec<Finding> {
    let check = "secrets key";
    let samples = match books.map(|books| sealed_samples(&books.connection)) {
        Some(Ok(samples)) => samples,
        Some(Err(error)) => return vec![unreadable(check, &error)],
        None => return Vec::new(),
    };
    let withheld = match journal.map_or(Ok(false), |journal| holds_withheld(&journal.connection)) {
        Ok(withheld) => withheld,
        Err(error) => return vec![unreadable(check, &error)],
    };
    let sealed = [
        (SIGNING_PURPOSE, &samples.signing_key),
        (ADDRESS_PURPOSE, &samples.provider_token),
        (PURPOSE, &samples.access),
    ];
    let is_needed = withheld || sealed.iter().any(|(_, sample)| sample.is_some());
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_needed => {
            return vec![Finding::well(
                check,
                "nothing is sealed; there is none, and none is needed",
            )];
        }
        Err(error) => {
            let says = format!("{} cannot be read: {error}", path.display());
            let hint = "put it back (server.secrets_key says where it is looked for); a server does not \
                        start without it, since signing keys and provider tokens are sealed with it";
            return vec![Finding::trouble(check, says, hint)];
        }
    };
    let mut findings = Vec::new();
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let says = format!("{} can be read by others (mode {mode:03o})", path.display());
        let hint = format!("chmod 600 {}", path.display());
        findings.push(Finding::trouble(check, says, hint));
    }
    let opened = Sealer::open(path).and_then(|sealer| {
        for (purpose, sample) in sealed {
            if let Some(sample) = sample {
                sealer.unseal(purpose, sample)?;
            }
        }
        Ok(())
    });
    if let Err(error) = opened {
        let hint = "put the key back that belongs to this data, or restore with --without-secrets and \
                    set signing keys and provider tokens anew";
        findings.push(Finding::trouble(check, error.to_string(), hint));
    }
    if is_rotating(path) {
        let says = "a new secrets key is not in its place yet: its rotation was cut short";
        findings.push(Finding::note(check, says, "go on with it: creel secrets rotate"));
    }
    if findings.is_empty() {
        let says = match is_needed {
            true => "it opens what is sealed, and is its owner's alone",
            false => "it is its owner's alone; nothing is sealed with it yet",
        };
        findings.push(Finding::well(check, says));
    }
    findings
}

pub(super) fn unreadable(check: &'static str, error: &StoreError) -> Finding {
    Finding::trouble(
        check,
        format!("it cannot be looked at: {error}"),
        "see what is said of the files",
    )
}
