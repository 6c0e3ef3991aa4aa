//! What the records mean, as far as it can be reckoned: pure, from values to values.

pub mod tests;
pub mod why;
