//! What is kept for how long, by class of data.

/// A kind of data that has an age of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataClass {
    /// Headers and bodies of what was received.
    Bodies,
    /// The line of each event, and its repetitions.
    Events,
    /// Builds, pull requests, work items: the records, and the facts they are folded from.
    Builds,
    /// What the steps of builds wrote.
    Logs,
    /// Sums per source and hour, and the sizes of the past.
    Aggregates,
}

impl DataClass {
    pub const ALL: [Self; 5] =
        [Self::Bodies, Self::Events, Self::Builds, Self::Logs, Self::Aggregates];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bodies => "bodies",
            Self::Events => "events",
            Self::Builds => "builds",
            Self::Logs => "logs",
            Self::Aggregates => "aggregates",
        }
    }
}
