//! What is behind tests that fail in a build: the dice choose it with the plot, and which tests fail
//! follows from it wherever they are shown.

/// What is behind tests that fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trouble {
    /// Tests that fail now and then, whatever was changed.
    #[default]
    Chance,
    /// What was changed breaks tests of its own, and only there. The number says which.
    Change(u64),
    /// A commit of `main` broke a test, until somebody mends it. The number says which.
    Broken(u64),
    /// Something that nearly all tests need was not there.
    Outage,
}
