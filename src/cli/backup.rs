//! `creel backup`: a spare of the data, made while it is in use.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::backup::make::{BackupError, Wish};
use crate::backup::{Progress, SecretsKey};
use crate::http::storage::size;
use crate::model::Timestamp;

use super::{DataArgs, Failure, say};

/// Copy the data into a new directory, also while a server runs
///
/// The copy is one state of the journal and the books, looked through by nobody else: senders are
/// answered as ever meanwhile. `creel restore` puts it back.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// New directory for the backup
    #[arg(value_name = "TO")]
    to: PathBuf,
    /// Put the secrets key into it as well
    ///
    /// It opens the signing secrets and provider tokens in the data. Whoever gets a backup that holds
    /// it has those too; without it, keep a copy of the key elsewhere: a restored server needs it.
    #[arg(long)]
    with_secrets_key: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let hint = error.hint();
        let failure = Self::new(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

pub async fn run(args: BackupArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    let begun = Instant::now();
    let stop = Arc::new(AtomicBool::new(false));
    let (to, stopping) = (args.to.clone(), Arc::clone(&stop));
    let with_secrets_key = args.with_secrets_key;
    let mut work = tokio::task::spawn_blocking(move || {
        let mut meter = Meter::new("Copying");
        let wish = Wish {
            data: &config.data,
            secrets_key: &config.secrets_key,
            with_secrets_key,
            disk_low_bytes: config.limits.disk_low_bytes,
            to: &to,
            now: Timestamp::now(),
        };
        wish.make(|progress| {
            meter.show(progress);
            match stopping.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
    });
    let made = tokio::select! {
        made = &mut work => made,
        _ = tokio::signal::ctrl_c() => {
            stop.store(true, Ordering::Relaxed);
            work.await
        }
    };
    let manifest = made.map_err(Failure::new)??;
    let took = begun.elapsed();
    if args.json {
        return say(json!({
            "to": std::fs::canonicalize(&args.to).unwrap_or(args.to),
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "bytes": manifest.bytes(),
            "manifest": manifest,
        }));
    }
    let entries = match manifest.entries {
        Some(range) => format!("entries {} to {}", range.from, range.to),
        None => "no entry".to_owned(),
    };
    eprintln!(
        "Backed up {entries}, {} builds, {} in {:.1} s to {}",
        manifest.builds,
        size(manifest.bytes()),
        took.as_secs_f64(),
        args.to.display()
    );
    if !manifest.logs_left_out.is_empty() {
        eprintln!(
            "{} logs were left out: removed meanwhile, or damaged (`creel doctor --full` says more)",
            manifest.logs_left_out.len()
        );
    }
    match manifest.secrets_key {
        SecretsKey::Inside => {
            eprintln!("The secrets key is inside: keep this backup as you keep a password.");
        }
        SecretsKey::LeftOut => eprintln!(
            "The secrets key is not inside, and a restored server does not start without it: keep a \
             copy of it elsewhere."
        ),
        SecretsKey::NotNeeded => {}
    }
    Ok(())
}

/// Tells a person at a terminal how far it is, in one line.
pub(super) struct Meter {
    doing: &'static str,
    is_watched: bool,
    shown: Option<(String, u64)>,
}

impl Meter {
    pub fn new(doing: &'static str) -> Self {
        Self { doing, is_watched: std::io::stderr().is_terminal(), shown: None }
    }

    pub fn show(&mut self, progress: Progress<'_>) {
        let Progress { file, bytes, of } = progress;
        let percent = bytes.saturating_mul(100).checked_div(of).unwrap_or(100);
        let now = (file.to_owned(), percent);
        if !self.is_watched || self.shown.as_ref() == Some(&now) {
            return;
        }
        eprint!("\r\x1b[K{} {file}: {percent} % of {}", self.doing, size(of));
        let _ = std::io::stderr().flush();
        self.shown = Some(now);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
