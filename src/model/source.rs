//! Who sends events: an Azure DevOps organisation or collection, a Buildkite organisation.

use serde::{Deserialize, Serialize};

/// A family of senders. `Other` holds what arrives on routes whose decoder does not exist yet;
/// `Reporter` is a CI that only a reporter of its own tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    AzureDevops,
    Buildkite,
    Github,
    Gitlab,
    Jenkins,
    Teamcity,
    Circleci,
    Reporter,
    Other,
}

impl Provider {
    pub const ALL: [Self; 9] = [
        Self::AzureDevops,
        Self::Buildkite,
        Self::Github,
        Self::Gitlab,
        Self::Jenkins,
        Self::Teamcity,
        Self::Circleci,
        Self::Reporter,
        Self::Other,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AzureDevops => "azure_devops",
            Self::Buildkite => "buildkite",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::Teamcity => "teamcity",
            Self::Circleci => "circleci",
            Self::Reporter => "reporter",
            Self::Other => "other",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// What kind of word identifies a source. Ordered: the first is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceScheme {
    /// GUID of an Azure DevOps collection.
    Collection,
    /// GUID of an Azure DevOps account (cloud only; an on-premises server holds many collections).
    Account,
    /// A name that is unique in the world: a cloud organisation, a Buildkite slug.
    Name,
}

impl SourceScheme {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Account => "account",
            Self::Name => "name",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Collection, Self::Account, Self::Name].into_iter().find(|s| s.as_str() == text)
    }
}

/// One word that identifies a source. `key` is lower-case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceKey {
    pub scheme: SourceScheme,
    pub key: String,
}

/// How much of a resource the hooks of a source bring along. Ordered: more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Details {
    /// No resource at all: the event says only that something happened.
    None,
    /// Ids and addresses only.
    Minimal,
    All,
}

impl Details {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Minimal, Self::All].into_iter().find(|d| d.as_str() == text)
    }
}

/// What an event tells of its source: words that identify it, and attributes that may arrive late
/// or change (a GUID is identity, a name is an attribute).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceRef {
    pub provider: Provider,
    /// Strongest first; empty when the payload does not say where it comes from.
    pub keys: Vec<SourceKey>,
    /// What people call it: `contoso`.
    pub name: Option<String>,
    /// Where its REST API lives, without a trailing slash. Told by a payload, so never a reason to
    /// send a token there.
    pub base_url: Option<String>,
}

impl SourceRef {
    /// The words that identify the source, strongest first. A message that names nobody belongs to
    /// the source without a name.
    #[must_use]
    pub fn words(&self) -> Vec<SourceKey> {
        let mut words = self.keys.clone();
        words.sort();
        words.dedup();
        if words.is_empty() {
            words.push(SourceKey { scheme: SourceScheme::Name, key: String::new() });
        }
        words
    }
}
