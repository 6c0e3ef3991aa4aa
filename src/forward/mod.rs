//! Handing on: what was accepted also goes to receivers that were there before, as it was sent.
//!
//! [`Forwards`] knows the targets of the settings and how each of them is doing. The door asks it what
//! to seal beside an entry ([`Withheld`]); `workers::forwarder` asks what to send where ([`Target`],
//! [`Head`]) and what an answer means ([`answer`]). Nothing here sends or stores.

pub mod answer;
mod head;
mod standing;
mod target;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config;
use crate::journal::Label;
use crate::model::EntryId;
use crate::secrets::{Sealer, Secret, SecretsError};

pub use head::{Head, Withheld};
pub use standing::{Standing, Trouble};
pub use target::Target;

/// What is withheld of entries is sealed for this.
pub const PURPOSE: &str = "forward";

/// The targets of an installation.
#[derive(Debug)]
pub struct Forwards {
    targets: Vec<Arc<Target>>,
    standings: Mutex<Vec<Standing>>,
    /// Number of the newest entry when the process began: what is new begins behind it.
    begins_at: EntryId,
    sealer: Sealer,
}

impl Forwards {
    #[must_use]
    pub fn new(settings: &[config::Forward], begins_at: EntryId, sealer: Sealer) -> Self {
        let targets: Vec<_> =
            settings.iter().map(|setting| Arc::new(Target::from(setting))).collect();
        let standings = Mutex::new(vec![Standing::default(); targets.len()]);
        Self { targets, standings, begins_at, sealer }
    }

    /// Where a target begins that was never here before.
    #[must_use]
    pub fn begins_at(&self) -> EntryId {
        self.begins_at
    }

    #[must_use]
    pub fn targets(&self) -> &[Arc<Target>] {
        &self.targets
    }

    /// Names of the targets that get an entry of this label, with a comma between; `None`: nobody.
    #[must_use]
    pub fn wanted_by(&self, label: &Label) -> Option<String> {
        let wanting = self.targets.iter().filter(|target| target.wants(label));
        let names: Vec<&str> = wanting.map(|target| target.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(","))
    }

    pub fn seal(&self, withheld: &Withheld) -> Result<Vec<u8>, SecretsError> {
        let text = serde_json::to_string(withheld).map_err(|_| SecretsError::Sealed)?;
        self.sealer.seal(PURPOSE, &Secret::new(text))
    }

    pub fn unseal(&self, sealed: &[u8]) -> Result<Withheld, SecretsError> {
        let text = self.sealer.unseal(PURPOSE, sealed)?;
        serde_json::from_str(text.reveal()).map_err(|_| SecretsError::Sealed)
    }

    /// How a target is doing, in the order of the targets.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.lock().clone()
    }

    /// Change what is told of a target.
    pub fn note(&self, target: &Target, change: impl FnOnce(&mut Standing)) {
        let place = self.targets.iter().position(|one| one.name == target.name);
        if let Some(place) = place
            && let Some(standing) = self.lock().get_mut(place)
        {
            change(standing);
        }
    }

    /// The entry up to which every target is done; `None` while one has not begun.
    #[must_use]
    pub fn done_by_all(&self) -> Option<EntryId> {
        self.lock().iter().map(|standing| standing.place).min().flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
