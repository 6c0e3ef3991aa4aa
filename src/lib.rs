//! Creel: the basket that keeps what your hooks catch.
//!
//! Data moves one way: a hook is received (`http`), appended to the journal (`journal`), decoded
//! (`providers`), folded into records (`model`), committed (`store`) and told (`live`).
//! Rooms in reading order:

pub mod model;
pub mod providers;
pub mod signatures;
