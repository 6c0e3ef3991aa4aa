//! Tokens by which providers are asked: what they are called, and what they are for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A token that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessId {
    /// Set by an administrator.
    Set(i64),
    /// Came in the address of a delivery.
    Address(i64),
}

impl AccessId {
    const ADDRESS: &'static str = "address-";

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(Self::ADDRESS) {
            Some(number) => number.parse().ok().map(Self::Address),
            None => text.parse().ok().map(Self::Set),
        }
    }
}

impl fmt::Display for AccessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(number) => number.fmt(f),
            Self::Address(number) => write!(f, "{}{number}", Self::ADDRESS),
        }
    }
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Asking.
    Read,
    /// Changing something at the provider. Never used for asking.
    Write,
}

impl Purpose {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Read, Self::Write].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    /// A personal access token of Azure DevOps.
    Pat,
    /// An application that is registered with Microsoft Entra.
    Entra,
    /// An API access token of Buildkite.
    Token,
}

impl AccessKind {
    pub const ALL: [Self; 3] = [Self::Pat, Self::Entra, Self::Token];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::Entra => "entra",
            Self::Token => "token",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Why a token did not do what it is for, the last time it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTrouble {
    pub at: Timestamp,
    /// A stable word, as `Refusal::code` of the providers.
    pub code: String,
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for id in [AccessId::Set(7), AccessId::Address(7)] {
            assert_eq!(AccessId::parse(&id.to_string()), Some(id));
        }
        for text in ["", "seven", "address-", "address-x", "key-7"] {
            assert_eq!(AccessId::parse(text), None, "{text}");
        }
    }
}
