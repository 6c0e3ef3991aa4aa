//! Make-believe providers: what happens at them, and the hooks that tell of it.
//!
//! In goes a number, out comes what Azure DevOps or Buildkite could have sent: same number, same
//! bytes, on every machine. [`stream`] has endless mixed traffic for measuring, [`story`] has whole
//! builds with their ending known beforehand, for tests of the record, and [`world`] has two
//! organisations at work, day after day. The organisations are our own, `contoso` and `acme`; who
//! works there and what they build is in [`azure_devops`] and [`buildkite`], the JSON in the folders
//! beside them.
//!
//! [`suites`] has the tests that their builds run, and the reports that jobs send of them.
//! [`delivery`] sends hooks as the providers do, with their patience and their losses, and lets go
//! wrong what a script says; [`post`] does so over HTTP, and [`status`] shows how it goes. [`rest`]
//! answers whoever asks the providers about what the world told.

pub mod azure_devops;
pub mod buildkite;
pub mod clock;
pub mod delivery;
pub mod dice;
mod once;
pub mod post;
pub mod rest;
pub mod status;
pub mod story;
pub mod stream;
pub mod suites;
mod template;
mod words;
pub mod world;

use crate::model::Provider;

pub use once::{UnknownEvent, once};
pub use story::cause::Cause;
pub use story::course::Course;
pub use story::{Outcome, Story, build_story};
pub use stream::{build_complete, mixed_hook};
pub use world::{Happening, World};

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
            Provider::Reporter => "/api/v1/reports",
            _ => "/webhooks/azure",
        }
    }
}

/// The word that is most like another.
fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> &'w str {
    let likeness = |known: &str| likeness(word, known);
    known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

/// How much two words are alike: 1 for the same, 0 for nothing in common.
fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{Hook, build_complete, build_story, mixed_hook};

    fn digest(hooks: impl Iterator<Item = Hook>) -> String {
        let mut digest = Sha256::new();
        for hook in hooks {
            for (name, value) in &hook.headers {
                digest.update(name);
                digest.update(value);
            }
            digest.update(&hook.body);
        }
        hex::encode(&digest.finalize()[..8])
    }

    /// Figures of the bench are compared over years, so what it sends stays what it is.
    #[test]
    fn what_is_measured_with_stays_the_same_to_the_byte() {
        let streamed = (0..1_300).map(mixed_hook).chain((0..200).map(build_complete));
        let stories = (0..80).flat_map(|seed| build_story(seed).hooks);
        assert_eq!([digest(streamed), digest(stories)], ["d4281ef186a7953c", "fee38d2bf4c7be41"]);
    }
}
