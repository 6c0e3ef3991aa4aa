//! Creel: the basket that keeps what your hooks catch.
//!
//! Data moves one way: a hook is received (`http`), appended to the journal (`journal`), decoded
//! (`providers`), folded into records (`model`), committed (`store`) and told (`live`).
//! Rooms in reading order:

pub mod access;
pub mod assess;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod eventlog;
pub mod fetch;
pub mod forward;
pub mod html;
pub mod http;
pub mod hub;
pub mod insights;
pub mod journal;
pub mod keys;
pub mod live;
pub mod logs;
pub mod model;
pub mod outbound;
pub mod people;
pub mod providers;
pub mod reports;
pub mod rotation;
pub mod secrets;
pub mod signatures;
pub mod simulator;
pub mod store;
pub mod tally;
pub mod traces;
pub mod version;
pub mod workers;
