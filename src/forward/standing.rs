//! How a target is doing, as far as this process knows.

use crate::model::{EntryId, Timestamp};

/// What is known of a target since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Everything up to this entry is done; `None` until its worker has looked.
    pub place: Option<EntryId>,
    pub last_taken_at: Option<Timestamp>,
    /// While an entry waits to be tried again.
    pub trouble: Option<Trouble>,
}

/// Why an entry waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub entry: EntryId,
    /// `connection refused`, `answered 503`.
    pub why: String,
    pub since: Timestamp,
    pub tries: u32,
    pub next_try_at: Timestamp,
}
