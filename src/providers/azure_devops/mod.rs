//! The interpreter of Azure DevOps: service hook bodies in, readings in our words out.
//!
//! In reading order: [`hook`] looks at the envelope while the sender waits, [`decode`] reads the
//! whole body later, one file per family of events. The provider's words live in `payload` and
//! end here. [`rest`] says what can be asked, and reads the answers. Which fact comes from where, and
//! what is left out on purpose: `README.md`.

pub(super) mod address;
mod builds;
pub mod decode;
mod details;
mod git;
pub mod hook;
mod json;
mod payload;
mod pipelines;
mod releases;
pub mod rest;
mod work_items;

#[cfg(test)]
mod fixtures;
