//! Who may ask now: the standing of every token in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pace::Pace;
use crate::model::Provider;
use crate::providers::rest::Pacing;

/// Tokens whose standing is kept. Of more, those at rest are forgotten: they begin anew.
const TOKENS_MAX: usize = 1_000;

/// A token: whose it is, and its fingerprint.
type Token = (Provider, String);

/// The paces of all tokens. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Permits {
    paces: Arc<Mutex<HashMap<Token, Pace>>>,
}

/// Leave to ask once. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    permits: Permits,
    token: Token,
}

impl Permits {
    /// Leave to ask with a token now, or how long to wait.
    pub fn take(
        &self,
        provider: Provider,
        fingerprint: String,
        now: Duration,
    ) -> Result<Permit, Duration> {
        let mut paces = self.paces();
        if paces.len() >= TOKENS_MAX {
            paces.retain(|_, pace| !pace.is_idle(now));
        }
        let token = (provider, fingerprint);
        let pace = paces.entry(token.clone()).or_insert_with(|| Pace::new(provider, now));
        pace.begin(now)?;
        Ok(Permit { permits: self.clone(), token })
    }

    fn paces(&self) -> MutexGuard<'_, HashMap<Token, Pace>> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// What the answer told.
    pub fn told(&self, pacing: &Pacing, now: Duration) {
        if let Some(pace) = self.permits.paces().get_mut(&self.token) {
            pace.told(pacing, now);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(pace) = self.permits.paces().get_mut(&self.token) {
            pace.ended();
        }
    }
}
