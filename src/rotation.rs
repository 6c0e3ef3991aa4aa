//! Another secrets key: everything that is sealed is sealed anew.
//!
//! The new key lies beside the old one until nothing needs the old any more. Cut at any point, all of it
//! still opens (`Sealer::open` takes both), and the same command goes on. Senders are answered meanwhile.

use std::path::PathBuf;

use serde_json::json;

use crate::access;
use crate::forward;
use crate::hub::Hub;
use crate::journal::AppendError;
use crate::keys::SIGNING_PURPOSE;
use crate::model::{Action, By, CommitNo, Deed, EntryId};
use crate::secrets::{Sealer, SecretsError};
use crate::store::StoreError;
use crate::store::sqlite::books::keys::{SealedIn, sealed_secrets};

/// Of what receivers still need, sealed anew at a time: senders wait for it.
const WITHHELD_MAX: usize = 200;

/// Times that everything is gone through: what was sealed with the old key a moment before the new one
/// came, and stored a moment after, is found by the second.
const PASSES: usize = 2;

/// What came of it.
#[derive(Debug)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub secrets: u64,
    /// Where the old key is kept: backups from before need it.
    pub old_key: PathBuf,
    pub commit: CommitNo,
}

#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the journal cannot be written now: {0}")]
    Journal(#[from] AppendError),
}

/// Make a new secrets key, seal everything with it, and put it in the place of the old.
pub async fn rotate(hub: &Hub, by: By) -> Result<Rotated, RotateError> {
    let _turn = hub.sealer().turn().await;
    let path = hub.config().secrets_key.clone();
    let begin = path.clone();
    hub.blocking(move |hub| hub.sealer().begin_rotation(&begin)).await?;
    let mut secrets = 0;
    for _ in 0..PASSES {
        secrets += hub.blocking(books).await?;
        secrets += journal(hub).await?;
    }
    let (old_key, commit) = hub
        .blocking(move |hub| -> Result<_, RotateError> {
            let old_key = hub.sealer().finish_rotation(&path)?;
            let commit = hub.books().write(|ledger| {
                let deed = Deed::of(Action::SecretsRotated).with(json!({"secrets": secrets}));
                ledger.audit(&by, &deed)?;
                ledger.next_commit()
            })?;
            Ok((old_key, commit))
        })
        .await?;
    Ok(Rotated { secrets, old_key, commit })
}

/// Keys and tokens, in one transaction.
fn books(hub: &Hub) -> Result<u64, RotateError> {
    let found = hub.books().read(sealed_secrets)?;
    let (mut anew, mut unopened) = (Vec::new(), 0_u64);
    for one in found {
        let purpose = match one.table {
            SealedIn::ApiKey => SIGNING_PURPOSE,
            SealedIn::ProviderToken => access::ADDRESS_PURPOSE,
            SealedIn::Access => access::PURPOSE,
        };
        match hub.sealer().reseal(purpose, &one.sealed) {
            Ok(Some(sealed)) => anew.push((one, sealed)),
            Ok(None) => {}
            // Sealed with a key that is no longer here: it stays as it is, and the others get their new key.
            Err(SecretsError::Sealed) => unopened += 1,
            Err(error) => return Err(error.into()),
        }
    }
    if unopened > 0 {
        tracing::warn!(
            count = unopened,
            "Secrets that the secrets key does not open stay as they are; set them anew"
        );
    }
    hub.books()
        .write(|ledger| {
            // One that was changed meanwhile was sealed with the new key then.
            let replaced = anew.iter().map(|(one, sealed)| ledger.reseal(one, sealed));
            replaced.sum::<Result<u64, StoreError>>()
        })
        .map_err(Into::into)
}

/// What is withheld for receivers elsewhere, piece by piece between two batches.
async fn journal(hub: &Hub) -> Result<u64, RotateError> {
    let (mut after, mut count) = (EntryId(0), 0);
    loop {
        let sealer = hub.sealer().clone();
        let piece = hub.journal().between_batches(move |writer| {
            writer.reseal_withheld(after, WITHHELD_MAX, |sealed| anew(&sealer, sealed))
        });
        let (done, last) = piece.await?;
        count += done;
        match last {
            Some(last) => after = last,
            None => return Ok(count),
        }
    }
}

/// What does not open at all stays as it is: its receiver is told when its turn comes.
fn anew(sealer: &Sealer, sealed: &[u8]) -> Option<Vec<u8>> {
    sealer.reseal(forward::PURPOSE, sealed).ok().flatten()
}
