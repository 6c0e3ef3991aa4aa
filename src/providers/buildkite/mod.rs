//! Buildkite: notification-service webhooks in the form of 2015 and of today.
//!
//! [`hook`] looks at the envelope before the answer is given; [`decode`] turns a stored request into
//! a [`Reading`](crate::model::Reading). Between them: `fields` (fields of any type that never
//! fail), `payload` (Buildkite's words), `address` (what its links tell), `builds`, `jobs`,
//! `agents` (from those words to ours, one file per object). [`rest`] says what can be asked for that
//! a webhook does not tell, and reads the answers. No I/O. `README.md` says what is odd about the
//! provider.

mod address;
mod agents;
mod builds;
pub mod decode;
mod fields;
pub mod hook;
mod jobs;
mod payload;
pub mod rest;
#[cfg(test)]
mod tests;
