//! What can happen in an organisation: one shape per documented event, and per version of it.

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    BuildComplete2,
    BuildComplete1,
    Run,
    Stage,
    Job,
    ApprovalPending,
    ApprovalCompleted,
    Push,
    PullRequestCreated,
    PullRequestUpdated,
    PullRequestMerged,
    PullRequestCommented,
    WorkItemCreated,
    WorkItemUpdated,
    WorkItemCommented,
    ReleaseCreated,
    DeploymentStarted,
    DeploymentCompleted,
    DeploymentApprovalPending,
    DeploymentApprovalCompleted,
    RepositoryCreated,
    RepositoryForked,
    RepositoryRenamed,
    RepositoryDeleted,
    RepositoryUndeleted,
    RepositoryStatusChanged,
    Checkin,
    WorkItemDeleted,
    WorkItemRestored,
    ReleaseAbandoned,
    AlertCreated,
    AlertUpdated,
    AlertStateChanged,
    CheckUpdated,
    AgentQueueCreated,
    AgentQueueUpdated,
    PoolResized,
    EndpointCreated,
    EndpointUpdated,
    MessagePosted,
}

impl Shape {
    pub const ALL: [Self; 40] = [
        Self::BuildComplete2,
        Self::BuildComplete1,
        Self::Run,
        Self::Stage,
        Self::Job,
        Self::ApprovalPending,
        Self::ApprovalCompleted,
        Self::Push,
        Self::PullRequestCreated,
        Self::PullRequestUpdated,
        Self::PullRequestMerged,
        Self::PullRequestCommented,
        Self::WorkItemCreated,
        Self::WorkItemUpdated,
        Self::WorkItemCommented,
        Self::ReleaseCreated,
        Self::DeploymentStarted,
        Self::DeploymentCompleted,
        Self::DeploymentApprovalPending,
        Self::DeploymentApprovalCompleted,
        Self::RepositoryCreated,
        Self::RepositoryForked,
        Self::RepositoryRenamed,
        Self::RepositoryDeleted,
        Self::RepositoryUndeleted,
        Self::RepositoryStatusChanged,
        Self::Checkin,
        Self::WorkItemDeleted,
        Self::WorkItemRestored,
        Self::ReleaseAbandoned,
        Self::AlertCreated,
        Self::AlertUpdated,
        Self::AlertStateChanged,
        Self::CheckUpdated,
        Self::AgentQueueCreated,
        Self::AgentQueueUpdated,
        Self::PoolResized,
        Self::EndpointCreated,
        Self::EndpointUpdated,
        Self::MessagePosted,
    ];

    #[must_use]
    pub fn event_type(self) -> &'static str {
        match self {
            Self::BuildComplete2 | Self::BuildComplete1 => "build.complete",
            Self::Run => "ms.vss-pipelines.run-state-changed-event",
            Self::Stage => "ms.vss-pipelines.stage-state-changed-event",
            Self::Job => "ms.vss-pipelines.job-state-changed-event",
            Self::ApprovalPending => "ms.vss-pipelinechecks-events.approval-pending",
            Self::ApprovalCompleted => "ms.vss-pipelinechecks-events.approval-completed",
            Self::Push => "git.push",
            Self::PullRequestCreated => "git.pullrequest.created",
            Self::PullRequestUpdated => "git.pullrequest.updated",
            Self::PullRequestMerged => "git.pullrequest.merged",
            Self::PullRequestCommented => "ms.vss-code.git-pullrequest-comment-event",
            Self::WorkItemCreated => "workitem.created",
            Self::WorkItemUpdated => "workitem.updated",
            Self::WorkItemCommented => "workitem.commented",
            Self::ReleaseCreated => "ms.vss-release.release-created-event",
            Self::DeploymentStarted => "ms.vss-release.deployment-started-event",
            Self::DeploymentCompleted => "ms.vss-release.deployment-completed-event",
            Self::DeploymentApprovalPending => "ms.vss-release.deployment-approval-pending-event",
            Self::DeploymentApprovalCompleted => {
                "ms.vss-release.deployment-approval-completed-event"
            }
            Self::RepositoryCreated => "git.repo.created",
            Self::RepositoryForked => "git.repo.forked",
            Self::RepositoryRenamed => "git.repo.renamed",
            Self::RepositoryDeleted => "git.repo.deleted",
            Self::RepositoryUndeleted => "git.repo.undeleted",
            Self::RepositoryStatusChanged => "git.repo.statuschanged",
            Self::Checkin => "tfvc.checkin",
            Self::WorkItemDeleted => "workitem.deleted",
            Self::WorkItemRestored => "workitem.restored",
            Self::ReleaseAbandoned => "ms.vss-release.release-abandoned-event",
            Self::AlertCreated => "ms.vss-alerts.alert-created-event",
            Self::AlertUpdated => "ms.vss-alerts.alert-updated-event",
            Self::AlertStateChanged => "ms.vss-alerts.alert-state-changed-event",
            Self::CheckUpdated => "ms.vss-pipelinechecks-events.check-updated-event",
            Self::AgentQueueCreated => "agentqueue.created",
            Self::AgentQueueUpdated => "agentqueue.updated",
            Self::PoolResized => "elasticagentpool.resized",
            Self::EndpointCreated => "ms.vss-endpoint.endpoint-created",
            Self::EndpointUpdated => "ms.vss-endpoint.endpoint-updated",
            Self::MessagePosted => "message.posted",
        }
    }

    pub(super) fn publisher(self) -> &'static str {
        match self {
            Self::Run
            | Self::Stage
            | Self::Job
            | Self::ApprovalPending
            | Self::ApprovalCompleted
            | Self::CheckUpdated => "pipelines",
            Self::ReleaseCreated
            | Self::ReleaseAbandoned
            | Self::DeploymentStarted
            | Self::DeploymentCompleted
            | Self::DeploymentApprovalPending
            | Self::DeploymentApprovalCompleted => "rm",
            Self::AlertCreated | Self::AlertUpdated | Self::AlertStateChanged => "advsec",
            Self::AgentQueueCreated | Self::AgentQueueUpdated | Self::PoolResized => {
                "distributedtask"
            }
            _ => "tfs",
        }
    }

    pub(super) fn version(self) -> &'static str {
        match self.publisher() {
            _ if self == Self::CheckUpdated => "1.0-preview.1",
            "pipelines" => "5.1-preview.1",
            "distributedtask" => "1.0-preview.1",
            "rm" => "3.0-preview.1",
            _ if matches!(self, Self::BuildComplete2 | Self::PullRequestCommented) => "2.0",
            _ if self.event_type().starts_with("git.repo.") => "1.0-preview.1",
            _ => "1.0",
        }
    }

    /// What the message of a rarer event says.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::RepositoryCreated => "A repository was created.",
            Self::RepositoryForked => "A repository was forked.",
            Self::RepositoryRenamed => "A repository was renamed.",
            Self::RepositoryDeleted => "A repository was deleted.",
            Self::RepositoryUndeleted => "A repository was restored.",
            Self::RepositoryStatusChanged => "A repository was disabled.",
            Self::Checkin => "A changeset was checked in.",
            Self::AlertCreated => "An alert was created.",
            Self::AlertUpdated => "An alert was updated.",
            Self::AlertStateChanged => "An alert changed its state.",
            Self::CheckUpdated => "A check was updated.",
            Self::AgentQueueCreated => "A queue was created.",
            Self::AgentQueueUpdated => "A queue was updated.",
            Self::PoolResized => "A pool was resized.",
            Self::EndpointCreated => "A service connection was created.",
            Self::EndpointUpdated => "A service connection was updated.",
            _ => "Something happened.",
        }
    }

    /// Place of its body among the templates; shapes that differ in a few words share one.
    pub(super) fn template(self) -> usize {
        match self {
            Self::BuildComplete2 => 0,
            Self::BuildComplete1 => 1,
            Self::Run => 2,
            Self::Stage => 3,
            Self::Job => 4,
            Self::ApprovalPending | Self::ApprovalCompleted => 5,
            Self::Push => 6,
            Self::PullRequestCreated | Self::PullRequestUpdated | Self::PullRequestMerged => 7,
            Self::PullRequestCommented => 8,
            Self::WorkItemCreated
            | Self::WorkItemCommented
            | Self::WorkItemDeleted
            | Self::WorkItemRestored => 9,
            Self::WorkItemUpdated => 10,
            Self::ReleaseCreated | Self::ReleaseAbandoned => 11,
            Self::DeploymentStarted | Self::DeploymentCompleted => 12,
            Self::DeploymentApprovalPending | Self::DeploymentApprovalCompleted => 13,
            Self::RepositoryCreated
            | Self::RepositoryForked
            | Self::RepositoryRenamed
            | Self::RepositoryDeleted
            | Self::RepositoryUndeleted
            | Self::RepositoryStatusChanged => 14,
            Self::Checkin => 15,
            Self::AlertCreated | Self::AlertUpdated | Self::AlertStateChanged => 16,
            Self::CheckUpdated => 17,
            Self::AgentQueueCreated | Self::AgentQueueUpdated => 18,
            Self::PoolResized => 19,
            Self::EndpointCreated | Self::EndpointUpdated => 20,
            Self::MessagePosted => 21,
        }
    }
}
