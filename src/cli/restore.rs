//! `creel restore`: a backup put back, for a server to start on.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::backup::restore::{self, KeyState, RestoreError, Sealed, Wish};
use crate::backup::{Manifest, SecretsKey};
use crate::http::storage::size;
use crate::hub::DirectoryLock;

use super::backup::Meter;
use super::{DataArgs, Failure, say};

/// Put a backup into an empty data directory
///
/// Everything is copied and looked through before anything is put in its place. Keys that were
/// revoked and sessions that were ended after the backup was made count again.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Directory that `creel backup` made
    #[arg(value_name = "FROM")]
    from: PathBuf,
    /// Forget the secrets that only the lost secrets key opens
    ///
    /// Provider tokens are gone, and signing keys no longer check signatures; both can be set anew. What
    /// waits to be handed on to other receivers is not. A key that is sent as it is keeps working.
    #[arg(long)]
    without_secrets: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        let hint = error.hint();
        let failure = Self::new(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

pub async fn run(args: RestoreArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    let manifest = restore::manifest(&args.from)?;
    restore::refuse_unless_empty(&config.data)?;
    let (data, secrets_key) = (config.data.clone(), config.secrets_key.clone());
    let sealed = if args.without_secrets { Sealed::Forgotten } else { Sealed::Kept };
    let from = args.from.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<(Manifest, KeyState), Failure> {
        // Nobody starts a server on half of it.
        let _lock = DirectoryLock::take(&data)?;
        let mut meter = Meter::new("Restoring");
        let wish = Wish { from: &from, data: &data, secrets_key: &secrets_key, sealed };
        let key = wish.restore(&manifest, |progress| meter.show(progress))?;
        Ok((manifest, key))
    });
    let (manifest, key) = work.await.map_err(Failure::new)??;
    let data = std::fs::canonicalize(&config.data).unwrap_or(config.data);
    if args.json {
        return say(json!({
            "data": data,
            "secrets_key": match key {
                KeyState::Settled => "settled",
                KeyState::Missing => "missing",
            },
            "manifest": manifest,
        }));
    }
    eprintln!(
        "Restored {} of {} into {}",
        size(manifest.bytes()),
        manifest.made_at,
        data.display()
    );
    if key == KeyState::Missing {
        eprintln!(
            "The secrets key is missing: put it at {} (mode 0600) before you start the server, which \
             does not start without it.",
            config.secrets_key.display()
        );
        eprintln!(
            "If it is lost, restore into another directory with --without-secrets: signatures and \
             provider tokens then have to be set anew."
        );
    } else if args.without_secrets && manifest.secrets_key != SecretsKey::NotNeeded {
        eprintln!("Its sealed secrets are forgotten: set provider tokens and signing keys anew.");
    }
    eprintln!("Keys that were revoked since then count again: see `creel key list`.");
    Ok(())
}
