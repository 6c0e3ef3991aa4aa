//! `/asyncapi.json`: the hooks that are understood, as `AsyncAPI` 3.0. Schemas hold the members that
//! are read; whatever else a sender puts in is kept as it is.

use axum::Json;
use serde_json::{Map, Value, json};

/// A kind of hook.
struct Channel {
    /// Event type, as the sender writes it; the seven names of the published 2.6 description stay.
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    sender: Sender,
    /// Other types that arrive in the same shape.
    also: &'static [&'static str],
    /// Members of the resource (Azure DevOps) or of the body (Buildkite) that are read.
    members: fn() -> Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    AzureDevops,
    Buildkite,
}

impl Sender {
    fn address(self) -> &'static str {
        match self {
            Self::AzureDevops => "/webhooks/azure",
            Self::Buildkite => "/webhooks/buildkite",
        }
    }
}

const CHANNELS: [Channel; 20] = [
    azure(
        "workitem.created",
        "receiveWorkItemCreated",
        "A work item was created",
        &["workitem.deleted", "workitem.restored", "workitem.commented"],
        work_item,
    ),
    azure(
        "workitem.updated",
        "receiveWorkItemUpdated",
        "Fields of a work item changed",
        &[],
        work_item_update,
    ),
    azure("build.complete", "receiveBuildComplete", "A build came to an end", &[], build),
    azure("git.push", "receiveGitPush", "Commits were pushed", &[], push),
    azure(
        "git.pullrequest.created",
        "receivePullRequestCreated",
        "A pull request was opened",
        &["git.pullrequest.updated"],
        pull_request,
    ),
    azure(
        "git.pullrequest.merged",
        "receivePullRequestMerged",
        "A merge was tried: see `mergeStatus`",
        &[],
        pull_request,
    ),
    azure(
        "release.deployment.completed",
        "receiveReleaseDeploymentCompleted",
        "A deployment came to an end",
        &["ms.vss-release.deployment-completed-event", "ms.vss-release.deployment-started-event"],
        deployment,
    ),
    azure(
        "ms.vss-release.release-created-event",
        "receiveReleaseCreated",
        "A release was created or abandoned",
        &["ms.vss-release.release-abandoned-event"],
        release,
    ),
    azure(
        "ms.vss-release.deployment-approval-pending-event",
        "receiveDeploymentApproval",
        "A deployment waits for an approval, or got one",
        &["ms.vss-release.deployment-approval-completed-event"],
        deployment,
    ),
    azure(
        "ms.vss-pipelines.run-state-changed-event",
        "receiveRunStateChanged",
        "A pipeline run changed its state",
        &[],
        run,
    ),
    azure(
        "ms.vss-pipelines.stage-state-changed-event",
        "receiveStageStateChanged",
        "A stage of a run changed its state",
        &[],
        stage,
    ),
    azure(
        "ms.vss-pipelines.job-state-changed-event",
        "receiveJobStateChanged",
        "A job of a run changed its state",
        &[],
        job,
    ),
    azure(
        "ms.vss-pipelinechecks-events.approval-pending",
        "receiveApproval",
        "A run waits for an approval, or got one",
        &["ms.vss-pipelinechecks-events.approval-completed"],
        approval,
    ),
    azure(
        "ms.vss-code.git-pullrequest-comment-event",
        "receivePullRequestComment",
        "A pull request was commented on",
        &[],
        comment,
    ),
    azure(
        "git.repo.created",
        "receiveRepositoryChanged",
        "A repository was created, renamed, forked, deleted, restored or disabled",
        &[
            "git.repo.renamed",
            "git.repo.forked",
            "git.repo.deleted",
            "git.repo.undeleted",
            "git.repo.statuschanged",
        ],
        repository,
    ),
    azure("tfvc.checkin", "receiveCheckin", "A changeset was checked in", &[], checkin),
    buildkite(
        "buildkite.build",
        "receiveBuildkiteBuild",
        "A build changed its state",
        &["build.scheduled", "build.running", "build.failing", "build.finished", "build.skipped"],
        buildkite_build,
    ),
    buildkite(
        "buildkite.job",
        "receiveBuildkiteJob",
        "A job changed its state",
        &[
            "job.scheduled",
            "job.started",
            "job.finished",
            "job.activated",
            "job.promised_exit_status",
        ],
        buildkite_job,
    ),
    buildkite(
        "buildkite.agent",
        "receiveBuildkiteAgent",
        "An agent came, went, or was lost",
        &[
            "agent.connected",
            "agent.lost",
            "agent.disconnected",
            "agent.stopping",
            "agent.stopped",
            "agent.blocked",
        ],
        buildkite_agent,
    ),
    buildkite(
        "buildkite.ping",
        "receiveBuildkitePing",
        "The notification service was set up",
        &["ping"],
        buildkite_ping,
    ),
];

const fn azure(
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    also: &'static [&'static str],
    members: fn() -> Value,
) -> Channel {
    Channel { name, operation, about, sender: Sender::AzureDevops, also, members }
}

const fn buildkite(
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    also: &'static [&'static str],
    members: fn() -> Value,
) -> Channel {
    Channel { name, operation, about, sender: Sender::Buildkite, also, members }
}

impl Channel {
    /// The event types of this channel, as senders write them.
    fn types(&self) -> Vec<&'static str> {
        let own = (self.sender == Sender::AzureDevops).then_some(self.name);
        own.into_iter().chain(self.also.iter().copied()).collect()
    }

    fn payload(&self) -> Value {
        match self.sender {
            Sender::AzureDevops => json!({
                "allOf": [
                    {"$ref": "#/components/schemas/ServiceHook"},
                    {"type": "object", "properties": {
                        "eventType": {"enum": self.types()},
                        "resource": object((self.members)()),
                    }},
                ]
            }),
            Sender::Buildkite => {
                let mut members = (self.members)();
                members["event"] = json!({"enum": self.types()});
                object(members)
            }
        }
    }
}

/// The hooks that are understood.
#[utoipa::path(
    get, path = "/asyncapi.json", operation_id = "getAsyncapi", tag = "documents",
    responses((status = 200, description = "An AsyncAPI 3.0 document", body = serde_json::Value))
)]
pub async fn document() -> Json<Value> {
    Json(asyncapi())
}

/// The document.
#[must_use]
pub fn asyncapi() -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for channel in &CHANNELS {
        let message = channel.operation.trim_start_matches("receive");
        channels.insert(
            channel.name.to_owned(),
            json!({
                "address": channel.sender.address(),
                "title": channel.about,
                "messages": {message: {"$ref": format!("#/components/messages/{message}")}},
            }),
        );
        // A `/` or `~` would need an escape in a reference; no name has one.
        let reference = format!("#/channels/{}", channel.name);
        operations.insert(
            channel.operation.to_owned(),
            json!({
                "action": "receive",
                "channel": {"$ref": reference},
                "summary": channel.about,
                "messages": [{"$ref": format!("{reference}/messages/{message}")}],
            }),
        );
        messages.insert(
            message.to_owned(),
            json!({
                "name": channel.name,
                "title": channel.about,
                "contentType": "application/json",
                "payload": channel.payload(),
            }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Creel: hooks that are understood",
            "version": crate::version::VERSION,
            "description": "Creel receives these and records what they say. Other hooks are stored \
                            whole. `POST` with a key, in any of the ways of the OpenAPI document.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"ServiceHook": service_hook()}},
    })
}

// ------------------------------------------------------------------ schemas

#[expect(clippy::needless_pass_by_value, reason = "always called with a literal")]
fn object(members: Value) -> Value {
    json!({"type": "object", "properties": members})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn number() -> Value {
    json!({"type": "integer"})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn identified() -> Value {
    object(json!({"id": text(), "name": text()}))
}

fn container() -> Value {
    object(json!({"id": text(), "baseUrl": text()}))
}

/// The envelope of all Azure DevOps service hooks.
fn service_hook() -> Value {
    json!({
        "type": "object",
        "required": ["eventType"],
        "properties": {
            "subscriptionId": text(),
            "notificationId": number(),
            "id": {"type": "string", "description": "Shared by all subscriptions that match the same event"},
            "eventType": text(),
            "publisherId": text(),
            "message": object(json!({"text": text(), "html": text(), "markdown": text()})),
            "resourceVersion": text(),
            "resourceContainers": object(json!({
                "collection": container(), "account": container(), "project": container(),
            })),
            "createdDate": moment(),
        },
    })
}

fn work_item() -> Value {
    json!({"id": number(), "rev": number(), "url": text(), "fields": {"type": "object"}})
}

fn work_item_update() -> Value {
    let change = object(json!({"oldValue": {}, "newValue": {}}));
    json!({
        "workItemId": number(),
        "rev": number(),
        "revisedDate": moment(),
        "fields": {"type": "object", "additionalProperties": change},
        "revision": object(work_item()),
    })
}

fn build() -> Value {
    json!({
        "id": number(),
        "buildNumber": text(),
        "status": text(),
        "result": {"enum": ["succeeded", "partiallySucceeded", "failed", "canceled"]},
        "queueTime": moment(),
        "startTime": moment(),
        "finishTime": moment(),
        "definition": object(json!({"id": number(), "name": text()})),
        "project": identified(),
        "sourceBranch": text(),
        "sourceVersion": text(),
        "reason": text(),
        "requestedFor": object(json!({"displayName": text()})),
    })
}

fn push() -> Value {
    let commit = object(json!({"commitId": text(), "comment": text()}));
    let update = object(json!({"name": text(), "oldObjectId": text(), "newObjectId": text()}));
    json!({
        "pushId": number(),
        "date": moment(),
        "pushedBy": object(json!({"displayName": text()})),
        "commits": {"type": "array", "items": commit},
        "refUpdates": {"type": "array", "items": update},
        "repository": identified(),
    })
}

fn pull_request() -> Value {
    json!({
        "pullRequestId": number(),
        "status": {"enum": ["active", "completed", "abandoned", "notSet"]},
        "mergeStatus": text(),
        "title": text(),
        "sourceRefName": text(),
        "targetRefName": text(),
        "isDraft": {"type": "boolean"},
        "creationDate": moment(),
        "closedDate": moment(),
        "repository": identified(),
    })
}

fn comment() -> Value {
    json!({
        "comment": object(json!({"id": number(), "content": text(), "publishedDate": moment()})),
        "pullRequest": object(pull_request()),
    })
}

fn repository() -> Value {
    json!({"repository": identified(), "initiatedBy": object(json!({"displayName": text()})), "utcTimestamp": moment()})
}

fn checkin() -> Value {
    json!({"changesetId": number(), "comment": text(), "createdDate": moment(), "author": object(json!({"displayName": text()}))})
}

fn release() -> Value {
    json!({"release": object(json!({"id": number(), "name": text(), "status": text()})), "project": identified()})
}

fn deployment() -> Value {
    json!({
        "deployment": object(json!({"id": number(), "deploymentStatus": text(), "completedOn": moment()})),
        "environment": object(json!({"id": number(), "name": text(), "status": text()})),
        "release": object(json!({"id": number(), "name": text()})),
        "approval": object(json!({"id": number(), "status": text()})),
        "project": identified(),
    })
}

fn pipeline() -> Value {
    object(json!({"id": number(), "name": text()}))
}

fn run() -> Value {
    json!({
        "run": object(json!({
            "id": number(), "name": text(), "state": text(), "result": text(),
            "createdDate": moment(), "finishedDate": moment(), "pipeline": pipeline(),
        })),
        "pipeline": pipeline(),
    })
}

fn stage() -> Value {
    json!({
        "stage": object(json!({"id": text(), "name": text(), "displayName": text(), "attempt": number(), "state": text(), "result": text()})),
        "run": object(json!({"id": number()})),
        "pipeline": pipeline(),
    })
}

fn job() -> Value {
    json!({
        "job": object(json!({
            "id": text(), "name": text(), "attempt": number(), "state": text(), "result": text(),
            "startTime": moment(), "finishTime": moment(),
        })),
        "stage": object(json!({"name": text()})),
        "run": object(json!({"id": number()})),
        "pipeline": pipeline(),
    })
}

fn approval() -> Value {
    json!({
        "approval": object(json!({"id": text(), "status": text(), "createdOn": moment()})),
        "stageName": text(),
        "runId": number(),
        "pipeline": pipeline(),
    })
}

fn buildkite_common() -> Map<String, Value> {
    let organisation = object(json!({"id": text(), "slug": text()}));
    let pipeline = object(json!({"id": text(), "slug": text(), "name": text()}));
    let common = [("organization", organisation), ("pipeline", pipeline)];
    common.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn buildkite_build_members() -> Value {
    json!({
        "id": text(),
        "number": number(),
        "state": text(),
        "blocked": {"type": "boolean"},
        "web_url": text(),
        "branch": text(),
        "commit": text(),
        "message": text(),
        "source": text(),
        "created_at": moment(),
        "scheduled_at": moment(),
        "started_at": moment(),
        "finished_at": moment(),
        "rebuilt_from": object(json!({"id": text(), "number": number()})),
    })
}

fn buildkite_build() -> Value {
    let mut members = buildkite_common();
    members.insert("build".to_owned(), object(buildkite_build_members()));
    members.into()
}

fn buildkite_job() -> Value {
    let mut members = buildkite_common();
    members.insert("build".to_owned(), object(buildkite_build_members()));
    let job = json!({
        "id": text(),
        "type": text(),
        "name": text(),
        "state": text(),
        "exit_status": number(),
        "soft_failed": {"type": "boolean"},
        "retried_in_job_id": text(),
        "runnable_at": moment(),
        "started_at": moment(),
        "finished_at": moment(),
        "agent": identified(),
    });
    members.insert("job".to_owned(), object(job));
    members.into()
}

fn buildkite_agent() -> Value {
    let agent = json!({
        "id": text(),
        "name": text(),
        "hostname": text(),
        "connection_state": text(),
        "lost_at": moment(),
    });
    json!({"agent": object(agent), "organization": object(json!({"slug": text()}))})
}

fn buildkite_ping() -> Value {
    json!({"service": object(json!({"id": text(), "provider": text()}))})
}
