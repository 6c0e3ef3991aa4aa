//! Buildkite's words: the parts of a webhook body, or of an answer of its API, that we read. The
//! objects of both are the same, but for what either leaves out.
//!
//! Every field is optional and lenient. What is not named here is never looked at, among it
//! `provider.webhook_url` and `badge_url`, which hold secrets in their paths.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fields::{Object, Objects, date, flag, number, object, objects, text, texts, word};
use crate::model::{Timestamp, Unreadable};
use crate::providers;

/// Jobs read of a build that embeds them. It has at most 4,000, retries included.
pub const JOBS_MAX: usize = 4000;
/// One more than that is read, to know that there are more.
const JOBS_READ_MAX: usize = JOBS_MAX + 1;

/// Rules and tags read of one job or agent.
const TAGS_MAX: usize = 100;

/// Read a body that is one object.
pub fn one<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    let Object(object) = read(body)?;
    object.ok_or_else(|| unexpected("the body is JSON, but not an object"))
}

/// Read a body that is a list of objects, at most `MAX` of them.
pub fn many<T: DeserializeOwned, const MAX: usize>(body: &[u8]) -> Result<Vec<T>, Unreadable> {
    let Objects::<T, MAX>(list) = read(body)?;
    list.ok_or_else(|| unexpected("the body is JSON, but not a list"))
}

/// A key that is there twice counts as told last, as most readers of JSON have it.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    providers::parse(body).or_else(|unreadable| {
        let value: Option<serde_json::Value> = providers::parse(body).ok();
        value.and_then(|value| T::deserialize(value).ok()).ok_or(unreadable)
    })
}

fn unexpected(reason: &str) -> Unreadable {
    Unreadable { reason: reason.to_owned(), path: ".".to_owned() }
}

/// A webhook body of any event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Body {
    #[serde(deserialize_with = "word")]
    pub event: Option<String>,
    /// The event of an Amazon `EventBridge` body, which is not a webhook.
    #[serde(rename = "detail-type", deserialize_with = "word")]
    pub detail_type: Option<String>,
    #[serde(deserialize_with = "object")]
    pub build: Option<Build>,
    #[serde(deserialize_with = "object")]
    pub job: Option<Job>,
    #[serde(deserialize_with = "object")]
    pub pipeline: Option<Pipeline>,
    /// What a pipeline was called in version 1.
    #[serde(deserialize_with = "object")]
    pub project: Option<Pipeline>,
    #[serde(deserialize_with = "object")]
    pub agent: Option<Agent>,
    #[serde(deserialize_with = "object")]
    pub organization: Option<Organization>,
    #[serde(deserialize_with = "object")]
    pub cluster_token: Option<ClusterToken>,
    #[serde(deserialize_with = "object")]
    pub detail: Option<Detail>,
}

impl Body {
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        one(body)
    }

    /// The pipeline of the build, wherever the body puts it.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref().or(self.project.as_ref()).or_else(|| {
            let build = self.build.as_ref()?;
            build.pipeline.as_ref().or(build.project.as_ref())
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Build {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
    #[serde(deserialize_with = "number")]
    pub number: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub state: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub blocked: Option<bool>,
    /// How the build went up to the block.
    #[serde(deserialize_with = "text")]
    pub blocked_state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub commit: Option<String>,
    #[serde(deserialize_with = "text")]
    pub branch: Option<String>,
    #[serde(deserialize_with = "text")]
    pub source: Option<String>,
    #[serde(deserialize_with = "object")]
    pub creator: Option<Person>,
    #[serde(deserialize_with = "object")]
    pub author: Option<Person>,
    #[serde(deserialize_with = "date")]
    pub created_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub scheduled_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub started_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub failing_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub finished_at: Option<Timestamp>,
    #[serde(deserialize_with = "object")]
    pub pull_request: Option<PullRequest>,
    #[serde(deserialize_with = "objects::<_, _, JOBS_READ_MAX>")]
    pub jobs: Vec<Job>,
    #[serde(deserialize_with = "object")]
    pub pipeline: Option<Pipeline>,
    #[serde(deserialize_with = "object")]
    pub project: Option<Pipeline>,
}

impl Build {
    /// The newest date the build tells: as late as the message must be.
    pub fn newest_at(&self) -> Option<Timestamp> {
        [self.created_at, self.scheduled_at, self.started_at, self.failing_at, self.finished_at]
            .into_iter()
            .max()
            .flatten()
    }
}

/// A creator (`name`) or an author of a commit (`name`, `username`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Person {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub username: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PullRequest {
    /// The number, as text.
    #[serde(deserialize_with = "number")]
    pub id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub base: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pipeline {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub slug: Option<String>,
    #[serde(deserialize_with = "text")]
    pub default_branch: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Job {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// What block steps have in place of a name.
    #[serde(deserialize_with = "text")]
    pub label: Option<String>,
    #[serde(deserialize_with = "text")]
    pub step_key: Option<String>,
    #[serde(deserialize_with = "text")]
    pub group_key: Option<String>,
    #[serde(deserialize_with = "text")]
    pub command: Option<String>,
    #[serde(deserialize_with = "text")]
    pub state: Option<String>,
    /// Told beside the state `finished`, which alone says nothing of the result.
    #[serde(deserialize_with = "flag")]
    pub passed: Option<bool>,
    #[serde(deserialize_with = "number")]
    pub exit_status: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub signal_reason: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub soft_failed: Option<bool>,
    #[serde(deserialize_with = "date")]
    pub promised_exit_status_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub created_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub scheduled_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub runnable_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub started_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub finished_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub expired_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub unblocked_at: Option<Timestamp>,
    /// Who let a block step go on.
    #[serde(deserialize_with = "object")]
    pub unblocked_by: Option<Person>,
    #[serde(deserialize_with = "flag")]
    pub retried: Option<bool>,
    /// The job that this one was retried in.
    #[serde(deserialize_with = "text")]
    pub retried_in_job_id: Option<String>,
    #[serde(deserialize_with = "object")]
    pub retry_source: Option<RetrySource>,
    #[serde(deserialize_with = "object")]
    pub agent: Option<Agent>,
    /// `queue=default` and other tags that an agent must have.
    #[serde(deserialize_with = "texts::<_, TAGS_MAX>")]
    pub agent_query_rules: Option<Vec<String>>,
    /// Counted from 0.
    #[serde(deserialize_with = "number")]
    pub parallel_group_index: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub parallel_group_total: Option<i64>,
    /// The build that a trigger step made.
    #[serde(deserialize_with = "object")]
    pub triggered_build: Option<TriggeredBuild>,
    #[serde(deserialize_with = "text")]
    pub build_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
}

impl Job {
    /// The newest date the job tells: as late as the message must be.
    pub fn newest_at(&self) -> Option<Timestamp> {
        [
            self.created_at,
            self.scheduled_at,
            self.runnable_at,
            self.started_at,
            self.promised_exit_status_at,
            self.unblocked_at,
            self.expired_at,
            self.finished_at,
        ]
        .into_iter()
        .max()
        .flatten()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TriggeredBuild {
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
}

/// Where a retry comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RetrySource {
    #[serde(deserialize_with = "text")]
    pub job_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Agent {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub connection_state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub hostname: Option<String>,
    /// `buildkite-agent/2.1.0 (linux; amd64)`.
    #[serde(rename = "user_agent", deserialize_with = "text")]
    pub software: Option<String>,
    #[serde(deserialize_with = "text")]
    pub version: Option<String>,
    #[serde(deserialize_with = "text")]
    pub os_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub arch: Option<String>,
    #[serde(deserialize_with = "text")]
    pub queue: Option<String>,
    /// `queue=default` and other tags.
    #[serde(deserialize_with = "texts::<_, TAGS_MAX>")]
    pub meta_data: Option<Vec<String>>,
    #[serde(deserialize_with = "flag")]
    pub paused: Option<bool>,
    #[serde(deserialize_with = "date")]
    pub paused_at: Option<Timestamp>,
    /// What it runs, or ran last.
    #[serde(deserialize_with = "object")]
    pub job: Option<Box<Job>>,
    #[serde(deserialize_with = "date")]
    pub created_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub connected_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub disconnected_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub lost_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub stopped_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    pub last_job_finished_at: Option<Timestamp>,
}

impl Agent {
    /// The newest date the agent tells: as late as the message must be.
    pub fn newest_at(&self) -> Option<Timestamp> {
        [
            self.created_at,
            self.connected_at,
            self.disconnected_at,
            self.lost_at,
            self.stopped_at,
            self.last_job_finished_at,
        ]
        .into_iter()
        .max()
        .flatten()
    }

    /// The queue it takes jobs from.
    pub fn queue(&self) -> Option<&str> {
        self.queue.as_deref().or_else(|| queue_of(self.meta_data.as_deref()?))
    }
}

/// The queue among tags of an agent, or among rules for one.
pub fn queue_of(tags: &[String]) -> Option<&str> {
    let mut queues = tags.iter().filter_map(|tag| tag.trim().strip_prefix("queue="));
    queues.find(|queue| !queue.is_empty())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Organization {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub web_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub slug: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClusterToken {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub cluster_url: Option<String>,
}

/// What an `EventBridge` body holds in place of everything else.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Detail {
    #[serde(deserialize_with = "object")]
    pub organization: Option<Organization>,
}
