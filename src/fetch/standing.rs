//! How tokens fare, for who writes it down.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::AskError;
use crate::model::{AccessId, AccessTrouble, Timestamp};
use crate::providers::rest::Refusal;

/// How one token has fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the provider last answered what was asked.
    pub last_ok_at: Option<Timestamp>,
    /// What it came to after that, if to nothing good.
    pub trouble: Option<AccessTrouble>,
}

#[derive(Debug, Default)]
pub(super) struct Standings {
    kept: Mutex<HashMap<AccessId, Standing>>,
}

impl Standings {
    pub fn note(&self, id: AccessId, outcome: Result<(), &AskError>, now: Timestamp) {
        match outcome {
            Ok(()) => {
                let mut kept = self.kept();
                let standing = kept.entry(id).or_default();
                standing.last_ok_at = Some(now);
                standing.trouble = None;
            }
            Err(error) if is_about_the_token(error) => {
                let (code, reason) = (error.code().to_owned(), error.to_string());
                let mut kept = self.kept();
                kept.entry(id).or_default().trouble = Some(AccessTrouble { at: now, code, reason });
            }
            Err(_) => {}
        }
    }

    pub fn all(&self) -> Vec<(AccessId, Standing)> {
        self.kept().iter().map(|(id, standing)| (*id, standing.clone())).collect()
    }

    pub fn forget(&self, id: AccessId) {
        self.kept().remove(&id);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<AccessId, Standing>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error says something of the token or the way to the provider, and not only of the one
/// thing that was asked for.
fn is_about_the_token(error: &AskError) -> bool {
    match error {
        AskError::Refused(refusal) => matches!(
            refusal,
            Refusal::Credential(_)
                | Refusal::Forbidden { .. }
                | Refusal::Throttled { .. }
                | Refusal::Unwell { .. }
        ),
        AskError::Unreachable(_) | AskError::Timeout(_) | AskError::NotVouched(_) => true,
        AskError::Later(_) => false,
    }
}
