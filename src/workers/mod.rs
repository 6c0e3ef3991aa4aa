//! The hands: each worker is one loop with a `step` that tests can call by hand.

pub mod clerk;
pub mod processor;
