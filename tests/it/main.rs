//! One integration binary; each module is a promise and the ways it could be broken.

mod api;
mod flush;
mod folds;
mod front_door;
mod kill;
mod openapi;
mod order;
mod payloads_azure;
mod payloads_buildkite;
mod startup;
mod support;
mod tidy;
