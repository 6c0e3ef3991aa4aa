//! Where a delivery arrives, and what makes it the same delivery.

use sha2::{Digest, Sha256};

use super::Timestamp;

/// Where a request arrived: decides who interprets it and what an unreadable body is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `/webhooks/azure`, `/webhooks/azure-devops`, `/hooks/receive`.
    Azure,
    /// `/webhooks/buildkite`.
    Buildkite,
    /// `/webhooks/github`: stored whole until a decoder exists.
    Github,
    /// `/webhooks/gitlab`: pipelines and jobs are read.
    Gitlab,
    /// `/hooks/{channel}`: an Azure DevOps envelope, or anything else.
    Channel,
    /// `/ingest/builds` and the five beside it: reporters of `BuildButler`.
    IngestBuilds,
    IngestStages,
    IngestTests,
    IngestAgents,
    IngestLogs,
    IngestSecurity,
    /// `/api/v1/reports`, `/api/v1/results`: files of test reports.
    Reports,
    /// `/v1/uploads`: collectors of test results.
    Uploads,
}

impl Route {
    const ALL: [Self; 13] = [
        Self::Azure,
        Self::Buildkite,
        Self::Github,
        Self::Gitlab,
        Self::Channel,
        Self::IngestBuilds,
        Self::IngestStages,
        Self::IngestTests,
        Self::IngestAgents,
        Self::IngestLogs,
        Self::IngestSecurity,
        Self::Reports,
        Self::Uploads,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Buildkite => "buildkite",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Channel => "channel",
            Self::IngestBuilds => "ingest/builds",
            Self::IngestStages => "ingest/pipeline-stages",
            Self::IngestTests => "ingest/tests",
            Self::IngestAgents => "ingest/agents",
            Self::IngestLogs => "ingest/build-logs",
            Self::IngestSecurity => "ingest/security-reports",
            Self::Reports => "reports",
            Self::Uploads => "uploads",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// Where those send who run in somebody's CI and tell of it by themselves.
    #[must_use]
    pub fn is_of_reporters(self) -> bool {
        !matches!(self, Self::Azure | Self::Buildkite | Self::Github | Self::Gitlab | Self::Channel)
    }
}

/// What makes a delivery the same delivery. Unique for ever, in the commit that stores it.
///
/// Ordered by (scope, ordinal, digest): `ordinal` grows with time, so that new identities land at
/// the end of their index instead of all over it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Interned by the journal: `azure:<subscription>`, `buildkite:request`, `channel:<name>`.
    pub scope: String,
    /// A number that counts up (notification), or the hour of the happening.
    pub ordinal: i64,
    pub digest: [u8; 16],
}

impl Identity {
    /// The first 16 bytes of a SHA-256 over the parts, each with its length in front.
    #[must_use]
    pub fn digest(parts: &[&[u8]]) -> [u8; 16] {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize()[..16]);
        digest
    }

    /// Identity of a body that carries no id of its own: its digest, under the hour it tells of.
    #[must_use]
    pub fn of_body(scope: &str, hour: Option<Timestamp>, parts: &[&[u8]]) -> Self {
        Self {
            scope: scope.to_owned(),
            ordinal: hour.map_or(0, Timestamp::hour),
            digest: Self::digest(parts),
        }
    }
}
