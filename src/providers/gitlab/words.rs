//! GitLab's words for how pipelines and jobs stand.

use crate::model::{BuildResult, BuildState, ResultDetail};

/// How a pipeline or a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Queued,
    Running,
    /// For a person.
    Manual,
    Ended(BuildResult),
}

impl Standing {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "running" | "canceling" => Self::Running,
            "manual" => Self::Manual,
            "success" | "passed" => Self::Ended(BuildResult::Success),
            "failed" => Self::Ended(BuildResult::Failure),
            "canceled" => Self::Ended(BuildResult::Aborted),
            "skipped" => Self::Ended(BuildResult::Skipped),
            // created, preparing, pending, scheduled, waiting for a resource or for somebody's call.
            _ => Self::Queued,
        }
    }

    pub(super) fn state(self) -> BuildState {
        match self {
            Self::Queued => BuildState::Queued,
            Self::Running => BuildState::Running,
            Self::Manual => BuildState::Waiting,
            Self::Ended(_) => BuildState::Finished,
        }
    }

    pub(super) fn result(self) -> Option<BuildResult> {
        match self {
            Self::Ended(result) => Some(result),
            _ => None,
        }
    }
}

/// Why a job failed, where it was not its script.
pub(super) fn detail(reason: &str) -> Option<ResultDetail> {
    match reason {
        "job_execution_timeout" => Some(ResultDetail::Timeout),
        "stuck_or_timeout_failure" | "no_matching_runner" => Some(ResultDetail::NoAgent),
        "runner_system_failure"
        | "scheduler_failure"
        | "data_integrity_failure"
        | "runner_unsupported"
        | "stale_schedule"
        | "api_failure"
        | "runner_provisioning_timeout" => Some(ResultDetail::Infrastructure),
        _ => None,
    }
}
