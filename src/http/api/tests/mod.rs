//! Tests across builds: how they are, their runs, what broke them, two builds side by side, and the
//! monitors that judge them.

pub mod compare;
pub mod item;
pub mod list;
pub mod monitors;
pub mod runs;
mod shape;
