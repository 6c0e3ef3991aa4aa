//! Make-believe providers: the bodies of their hooks.
//!
//! In goes a number, out comes what Azure DevOps or Buildkite could have sent: same number, same
//! bytes, on every machine. [`stream`] has endless mixed traffic for measuring, [`story`] has whole
//! builds with their ending known beforehand, for tests of the record. The organisations are our
//! own, `contoso` and `acme`; who works there and what they build is in [`azure_devops`] and
//! [`buildkite`], the JSON in the folders beside them.
//!
//! Not here yet: *delivering* hooks (retries, probation, reordering, faults) and the providers' REST
//! side. They belong beside these modules and will ask them for bodies.

pub mod azure_devops;
pub mod buildkite;
pub mod clock;
pub mod dice;
pub mod story;
pub mod stream;
mod template;
mod words;

use crate::model::Provider;

pub use story::{Outcome, Story, build_story};
pub use stream::{build_complete, mixed_hook};

/// A request that a provider would send, but for the key: that is between sender and receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub provider: Provider,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Hook {
    /// Where such a hook is posted to.
    #[must_use]
    pub fn path(&self) -> &'static str {
        match self.provider {
            Provider::Buildkite => "/webhooks/buildkite",
            _ => "/webhooks/azure",
        }
    }
}
