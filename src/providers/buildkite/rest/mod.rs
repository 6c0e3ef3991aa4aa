//! Asking Buildkite: which calls there are, and what their answers mean.
//!
//! [`calls`] makes the questions, `answers` tells refusals and limits, and each of the other files
//! reads one kind of body. The objects of the API are those of the webhooks, so the readers are
//! theirs; what is added here is that an answer is the truth of its moment, and whole. Addresses
//! inside of answers are never called: of a next page only its number or cursor is taken.

mod agents;
mod answers;
mod builds;
pub mod calls;
mod leavings;
mod listed;
mod logs;
mod pages;
mod steps;
mod token;

pub use agents::{agent, agents};
pub use answers::{judge, pacing};
pub use builds::{BuildTold, build, builds};
pub use leavings::{annotations, artifacts};
pub use listed::{organizations, pipelines};
pub use logs::log_content;
pub use pages::Page;
pub use steps::JobsTold;
pub use token::{RIGHTS, missing_rights, token};

use crate::providers::address::parts;

/// Where its API lives, for all organisations.
pub const BASE: &str = "https://api.buildkite.com/v2";

/// Whether a token may go to this base unasked: the vendor's own host, encrypted, on its own port.
pub fn is_own_domain(base: &str) -> bool {
    base.starts_with("https://")
        && parts(base).is_some_and(|parts| {
            let host = parts.host_and_port.strip_suffix(":443").unwrap_or(parts.host_and_port);
            host.eq_ignore_ascii_case("api.buildkite.com")
        })
}

#[cfg(test)]
mod tests;
