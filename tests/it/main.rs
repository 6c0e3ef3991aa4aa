//! One integration binary; each module is a promise and the ways it could be broken.

mod folds;
mod kill;
mod order;
mod payloads_azure;
mod payloads_buildkite;
mod support;
