//! One integration binary; each module is a promise and the ways it could be broken.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, and says where")]

mod folds;
mod payloads_buildkite;
