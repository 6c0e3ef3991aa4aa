//! Ids are types, so that one cannot be handed over in place of another.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Position of an entry in the journal. Ascending, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub i64);

/// Number of a commit of the books. Ascending by one; the id of a message on `/live`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CommitNo(pub i64);

/// Public id of a build: a UUIDv5 made of its strongest key, the same on every installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BuildId(pub Uuid);

impl BuildId {
    /// The namespace of all build ids. It never changes: links to builds live in other systems.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6372_6565_6c5f_4b62_8d6f_7569_6c64_7331);

    /// The id that follows from an identity, for example
    /// `["azure_devops", "collection", "3fba1bb9-...", "4211"]`.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        // A separator that no part can hold keeps ("a", "bc") and ("ab", "c") apart.
        Self(Uuid::new_v5(&Self::NAMESPACE, parts.join("\u{1f}").as_bytes()))
    }
}

/// Public id of a source: a UUIDv5 made of the strongest word it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub Uuid);

impl SourceId {
    /// The namespace of all source ids. It never changes.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6372_6565_6c5f_4b73_8f75_7263_655f_6964);

    /// The id that follows from an identity, for example
    /// `["azure_devops", "collection", "3fba1bb9-..."]`.
    #[must_use]
    pub fn of(parts: [&str; 3]) -> Self {
        Self(Uuid::new_v5(&Self::NAMESPACE, parts.join("\u{1f}").as_bytes()))
    }
}

/// Number of an API key. Shown in listings, used to revoke it; never a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub i64);

/// Number of a person who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub i64);

/// Number of a session: a person in one browser. Shown in listings; never its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub i64);

impl KeyId {
    /// Of an entry that was imported, whose key has no namesake here. Stored keys begin at 1, those
    /// of the environment lie below 0.
    pub const NONE: Self = Self(0);
}

macro_rules! display_as_inner {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
display_as_inner!(EntryId, CommitNo, BuildId, SourceId, KeyId, PersonId, SessionId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_id_follows_from_its_parts_and_keeps_them_apart() {
        assert_eq!(BuildId::of(&["a", "bc"]), BuildId::of(&["a", "bc"]));
        assert_ne!(BuildId::of(&["a", "bc"]), BuildId::of(&["ab", "c"]));
    }
}
