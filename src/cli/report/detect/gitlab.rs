//! GitLab CI. A build is a pipeline; its projects have one each, of no name.

use crate::model::{Ci, Timestamp};

use super::{Place, Variables, server};

pub fn place(variables: &Variables) -> Place {
    let address = variables.text("CI_SERVER_URL");
    let project = variables.text("CI_PROJECT_PATH");
    let pull_request = variables.number("CI_MERGE_REQUEST_IID");
    let branch = match pull_request {
        Some(_) => variables.branch("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        // Not there in pipelines of a tag.
        None => variables.branch("CI_COMMIT_BRANCH"),
    };
    let arch = variables.get("CI_RUNNER_EXECUTABLE_ARCH").and_then(|pair| pair.split_once('/'));
    let comes_from = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
    let ci = Ci {
        provider: Some("gitlab".to_owned()),
        source: address.as_deref().and_then(server).or_else(|| variables.text("CI_SERVER_HOST")),
        source_url: address,
        project: variables.text("CI_PROJECT_NAMESPACE"),
        pipeline: project,
        pipeline_id: variables.text("CI_PROJECT_ID"),
        pipeline_name: variables.first(&["CI_PROJECT_TITLE", "CI_PROJECT_NAME"]),
        build: variables.text("CI_PIPELINE_ID"),
        number: variables.number("CI_PIPELINE_IID"),
        label: variables.text("CI_PIPELINE_NAME"),
        url: variables.text("CI_PIPELINE_URL"),
        branch,
        commit: variables.commit("CI_COMMIT_SHA"),
        message: variables.first(&["CI_COMMIT_MESSAGE", "CI_COMMIT_TITLE"]),
        pull_request,
        pull_request_target: variables.branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        default_branch: variables.branch("CI_DEFAULT_BRANCH"),
        reason: variables.text("CI_PIPELINE_SOURCE"),
        requested_by: variables.first(&["GITLAB_USER_NAME", "GITLAB_USER_LOGIN"]),
        queued_at: variables.get("CI_PIPELINE_CREATED_AT").and_then(Timestamp::parse_rfc3339),
        job: variables.text("CI_JOB_NAME"),
        job_id: variables.text("CI_JOB_ID"),
        job_status: variables.get("CI_JOB_STATUS").and_then(status).map(ToOwned::to_owned),
        shard: variables.shard("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
        agent: variables.text("CI_RUNNER_DESCRIPTION"),
        os: arch.map(|(os, _)| os.to_owned()),
        arch: arch.map(|(_, arch)| arch.to_owned()),
        ..Ci::default()
    };
    Place {
        ci,
        is_fork: comes_from.is_some() && comes_from != variables.get("CI_PROJECT_ID"),
        hint: None,
    }
}

/// Of the job, and not of the pipeline; in `after_script` it says how the script ended.
fn status(word: &str) -> Option<&'static str> {
    match word {
        "success" => Some("success"),
        "failed" => Some("failure"),
        "canceled" => Some("aborted"),
        "running" => Some("in_progress"),
        _ => None,
    }
}
