//! Events, facts, and the records folded from them.

mod agents;
mod builds;
pub mod errands;
mod events;
mod facts;
pub mod log_work;
pub mod looked_at;
pub mod releases;
mod replays;
mod steps;
mod subjects;
mod told;

pub use agents::WHOLE_SOURCE;
pub(super) use builds::{LATEST_PIPELINE, LATEST_PROJECT};
pub use builds::{NewBuild, OpenedBuild, SavedBuild, distinct, public_id};
pub use events::{EventRow, Happening, TakenBack, event};
pub use facts::{
    FactOrigin, FactRow, Says, facts_of_build, facts_of_calls, facts_of_entry, facts_of_subject,
};
pub use replays::has_replays;
pub use steps::{is_step_over, step_lines, steps, tasks_of};
pub use told::{CallRow, NewAnswer, answer, answers, has_answer};

use crate::store::StoreError;

fn damaged(table: &'static str, what: impl std::fmt::Display) -> StoreError {
    StoreError::Row { table, what: what.to_string() }
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(
    table: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(table, error))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| damaged("fact", error))
}
