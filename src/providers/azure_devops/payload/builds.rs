//! Builds, and the pipeline runs that are builds by another name.

use super::{Identity, Links, Project};
use crate::model::Timestamp;
use crate::providers::azure_devops::json::{Label, Tolerant, shape};
use crate::providers::lenient::Scalar;

/// What stands where the id of a build belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildId {
    Known(i64),
    /// Something, but no whole number above 0: which build is meant cannot be told.
    Unreadable,
}

impl BuildId {
    pub fn known(self) -> Option<i64> {
        match self {
            Self::Known(id) => Some(id),
            Self::Unreadable => None,
        }
    }
}

impl<'de> Tolerant<'de> for BuildId {
    fn read<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let told = <Scalar<'_> as serde::Deserialize>::deserialize(deserializer)?;
        let id = told.number().filter(|id| *id > 0);
        Ok(match told {
            Scalar::Null => None,
            Scalar::Text(text) if text.trim().is_empty() => None,
            _ => Some(id.map_or(Self::Unreadable, Self::Known)),
        })
    }
}

shape! {
    /// A pipeline, under both of its names.
    Definition {
        id: Label = "id",
        name: String = "name",
        project: Project = "project",
    }
}

shape! {
    /// `build.complete` in both versions. 2.0 is the REST build; in 1.0 the `status` holds the
    /// result, and branch and commit are packed in `sourceGetVersion`.
    Build {
        id: BuildId = "id",
        uri: String = "uri",
        url: String = "url",
        build_number: Label = "buildNumber",
        /// The build number, before there was a version 1.0.
        name: String = "name",
        status: String = "status",
        result: String = "result",
        reason: String = "reason",
        queue_time: Timestamp = "queueTime",
        start_time: Timestamp = "startTime",
        finish_time: Timestamp = "finishTime",
        definition: Definition = "definition",
        project: Project = "project",
        source_branch: String = "sourceBranch",
        source_version: String = "sourceVersion",
        source_get_version: String = "sourceGetVersion",
        requested_for: Identity = "requestedFor",
        requested_by: Identity = "requestedBy",
        requests: Vec<BuildRequest> = "requests",
        trigger: TriggerInfo = "triggerInfo",
        queue: Queue = "queue",
        links: Links = "_links",
    }
}

shape! {
    /// Where jobs of a project wait: its name for a pool.
    Queue {
        id: i64 = "id",
        name: String = "name",
        pool: Pool = "pool",
    }
}

shape! {
    Pool {
        id: i64 = "id",
        name: String = "name",
        is_hosted: bool = "isHosted",
        size: i64 = "size",
    }
}

shape! {
    BuildRequest {
        requested_for: Identity = "requestedFor",
    }
}

shape! {
    TriggerInfo {
        pull_request_number: i64 = "pr.number",
        pull_request_branch: String = "pr.sourceBranch",
        pull_request_target: String = "pr.targetBranch",
    }
}

shape! {
    /// Run, stage, job and approval events of the pipelines publisher. Documented samples are much
    /// thinner than what arrives.
    PipelineEvent {
        run: Run = "run",
        stage: Stage = "stage",
        job: Stage = "job",
        stages: Vec<Stage> = "stages",
        pipeline: Definition = "pipeline",
        repositories: Vec<UsedRepository> = "repositories",
        requested_for: Identity = "requestedFor",
        requested_by: Identity = "requestedBy",
        project_id: String = "projectId",
        run_id: BuildId = "runId",
        run_url: String = "runUrl",
        stage_name: String = "stageName",
        attempt: i64 = "attemptId",
        approval: RunApproval = "approval",
    }
}

shape! {
    /// A run is a build: `id` is the build id, `name` the build number.
    Run {
        id: BuildId = "id",
        name: Label = "name",
        url: String = "url",
        state: String = "state",
        /// Absent while running; coarser than a build's.
        result: String = "result",
        created_date: Timestamp = "createdDate",
        finished_date: Timestamp = "finishedDate",
        pipeline: Definition = "pipeline",
        resources: RunResources = "resources",
        links: Links = "_links",
    }
}

shape! {
    RunResources {
        repositories: RunRepositories = "repositories",
    }
}

shape! {
    RunRepositories {
        own: RunRepository = "self",
    }
}

shape! {
    RunRepository {
        ref_name: String = "refName",
        version: String = "version",
    }
}

shape! {
    /// A stage or a job.
    Stage {
        id: String = "id",
        name: String = "name",
        display_name: String = "displayName",
        /// Grows when the stage is run again.
        attempt: i64 = "attempt",
        state: String = "state",
        result: String = "result",
        start_time: Timestamp = "startTime",
        finish_time: Timestamp = "finishTime",
        links: Links = "_links",
    }
}

shape! {
    UsedRepository {
        alias: String = "alias",
        change: Change = "change",
    }
}

shape! {
    Change {
        message: String = "message",
        version: String = "version",
    }
}

shape! {
    RunApproval {
        id: Label = "id",
        created_on: Timestamp = "createdOn",
        modified_on: Timestamp = "lastModifiedOn",
    }
}
