//! What a reporter tells of the place it runs in.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The CI that a reporter found itself in. All of it but the first three words is optional; the
/// names are those of the part `ci` of `POST /api/v1/reports`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ci {
    /// `buildkite`, `azure_devops`, `github`, `gitlab`, `jenkins`, `teamcity`, `circleci`; any other
    /// word is a CI that nobody knows.
    pub provider: Option<String>,
    /// Whose builds: slug of an organisation, `owner/repo`, address of a server.
    pub source: Option<String>,
    /// GUID of an Azure DevOps collection.
    pub source_id: Option<String>,
    /// Address of the source.
    pub source_url: Option<String>,
    pub project: Option<String>,
    pub project_id: Option<String>,
    /// Slug or name of the pipeline.
    pub pipeline: Option<String>,
    /// The provider's own id of it.
    pub pipeline_id: Option<String>,
    /// What people call it.
    pub pipeline_name: Option<String>,
    /// The provider's own id of the build: with the source, its identity.
    #[serde(deserialize_with = "words")]
    pub build: Option<String>,
    #[serde(deserialize_with = "number")]
    pub number: Option<i64>,
    pub label: Option<String>,
    pub url: Option<String>,
    /// Which try of the build this is, from 1.
    #[serde(deserialize_with = "number")]
    pub attempt: Option<u32>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub message: Option<String>,
    #[serde(deserialize_with = "number")]
    pub pull_request: Option<i64>,
    /// The branch that the pull request wants to enter.
    pub pull_request_target: Option<String>,
    pub default_branch: Option<String>,
    /// Why it runs, as the CI says it: `push`, `schedule`.
    pub reason: Option<String>,
    pub requested_by: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// How the build ended, where the reporter was told: `success`, `failure`, `unstable`,
    /// `aborted`, `skipped`, or `in_progress`.
    pub status: Option<String>,
    /// What people call the job that reports.
    pub job: Option<String>,
    /// The provider's own id of the job.
    pub job_id: Option<String>,
    /// Which try of the job this is, from 1.
    #[serde(deserialize_with = "number")]
    pub job_attempt: Option<u32>,
    /// How the job has gone until now, where its CI tells: the words of `status`. Other jobs of the
    /// build may have gone otherwise.
    pub job_status: Option<String>,
    /// Which of several like it the job is. Some CIs give all of them one id.
    pub shard: Option<Shard>,
    /// Key of the step in the pipeline's file.
    pub step_key: Option<String>,
    pub agent: Option<String>,
    pub os: Option<String>,
    pub arch: Option<String>,
    /// An axis of a matrix: part of a test's identity.
    pub variant: Option<String>,
    /// Which report of the job: one of the same name takes its place.
    pub name: Option<String>,
    pub part: Option<Part>,
    /// When the report was made: a job that is over, and tells no end, was over by then.
    pub sent_at: Option<Timestamp>,
    /// What sends it: `creel 0.3.0`.
    pub reporter: Option<String>,
}

/// A report that is too large for one request comes in several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 0.
    pub index: u32,
    pub count: u32,
    /// The same for all parts of one report, and for no other report.
    pub id: String,
}

/// One of several jobs that share their work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    pub count: u32,
}

/// A number, or one in quotes, as variables of a shell give it: `false` is no pull request.
fn number<'de, D: serde::Deserializer<'de>, N>(from: D) -> Result<Option<N>, D::Error>
where
    N: std::str::FromStr,
{
    let word = words(from)?.unwrap_or_default();
    match word.trim() {
        "" | "false" => Ok(None),
        word => {
            let is_none = |_| serde::de::Error::custom(format!("`{word}` is no number"));
            word.parse().map(Some).map_err(is_none)
        }
    }
}

/// Text, or a number as text: people write ids as either.
fn words<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
