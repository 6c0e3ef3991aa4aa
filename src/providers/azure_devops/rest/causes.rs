//! Why a step ended as it did, where the service's own words leave no doubt.

use super::timeline::Record;
use crate::model::{BuildResult, Issue, IssueKind, ResultDetail, StepKind};
use crate::providers::azure_devops::payload;

/// Parts of sentences that the service and its agent write, lower-case. Source: threads of users
/// of its agent; names and numbers in them differ, these parts do not.
const SENTENCES: [(&str, ResultDetail); 12] = [
    ("exceeded the maximum execution time", ResultDetail::Timeout),
    ("ran longer than the maximum time", ResultDetail::Timeout),
    ("the task has timed out.", ResultDetail::Timeout),
    ("stopped hearing from agent", ResultDetail::Infrastructure),
    ("lost communication with the server", ResultDetail::Infrastructure),
    ("lost communication with the agent", ResultDetail::Infrastructure),
    ("the agent did not connect within the alloted time", ResultDetail::Infrastructure),
    ("received a shutdown signal", ResultDetail::Infrastructure),
    // Captured as a warning: the hosted machine was taken away in the middle of the job.
    ("received request to deprovision", ResultDetail::Infrastructure),
    ("no agent could be found", ResultDetail::NoAgent),
    ("no agent found in pool", ResultDetail::NoAgent),
    ("no hosted parallelism has been purchased", ResultDetail::NoAgent),
];

pub(super) fn detail(
    record: &Record,
    kind: StepKind,
    result: BuildResult,
    issues: &[Issue],
) -> Option<ResultDetail> {
    if !matches!(result, BuildResult::Failure | BuildResult::Aborted) {
        return None;
    }
    let word = record.result.as_deref();
    let is = |of: Option<&str>, expected| payload::is(of, expected);
    // The word `failed` at an approval is somebody's no, or nobody's yes.
    let is_approval = is(record.kind.as_deref(), "Checkpoint.Approval");
    if is_approval && is(word, "failed") {
        return Some(ResultDetail::Rejected);
    }
    // Given up before any agent began with it.
    let was_never_taken = record.start_time.is_none() && record.worker.is_none();
    let found = payload::detail(word).or_else(|| said(kind, issues));
    found.or_else(|| {
        let is_given_up = kind == StepKind::Job && is(word, "abandoned") && was_never_taken;
        is_given_up.then_some(ResultDetail::NoAgent)
    })
}

/// Of jobs, where these words come from the service. A task's issues are its own program's, which may
/// print what it likes; of those only what its agent says of the task's time is believed.
fn said(kind: StepKind, issues: &[Issue]) -> Option<ResultDetail> {
    let is_job = kind == StepKind::Job;
    let is_believed =
        |issue: &&Issue| is_job || (kind == StepKind::Task && issue.kind == IssueKind::Error);
    issues
        .iter()
        .filter(is_believed)
        .filter_map(|issue| {
            let message = issue.message.to_ascii_lowercase();
            SENTENCES.iter().find(|(part, _)| message.contains(part)).map(|(_, detail)| *detail)
        })
        .filter(|detail| is_job || *detail == ResultDetail::Timeout)
        .max()
}
