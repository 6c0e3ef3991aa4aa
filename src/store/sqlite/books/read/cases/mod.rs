//! Tests across builds: what of them is looked back at, lists of them, two builds side by side.

pub mod compared;
pub mod history;
pub mod list;
pub mod runs;
