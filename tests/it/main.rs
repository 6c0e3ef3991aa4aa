//! One integration binary; each module is a promise and the ways it could be broken.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may speak and may panic")]

mod access;
mod agents;
mod api;
mod artefacts;
mod audit;
mod backup;
mod build_logs;
mod corpus;
mod demo;
mod dist;
mod doctor;
mod enriching;
mod enriching_releases;
mod eventlog;
mod fetch;
mod flush;
mod folds;
mod forward;
mod forward_kill;
mod front_door;
mod guides;
mod heartbeat;
mod https;
mod kill;
mod log_keeping;
mod logs;
mod month;
mod openapi;
mod order;
mod payloads_azure;
mod payloads_azure_rest;
mod payloads_buildkite;
mod payloads_buildkite_rest;
mod payloads_logs;
mod people;
mod provider_rest;
mod proxies;
mod readers;
mod records;
mod releases;
mod restarts;
mod retention;
mod sample;
mod settings;
mod simulated;
mod startup;
mod support;
mod tidy;
#[cfg(feature = "otlp")]
mod traces;
mod units;
mod watching;
mod ways_in;
mod whys;
