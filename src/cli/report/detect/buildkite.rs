//! Buildkite. The build is that of its webhooks: by its UUID, in the organisation of its slug.

use crate::model::Ci;

use super::{Place, Variables};

pub fn place(variables: &Variables) -> Place {
    // `false` in a build of no pull request.
    let pull_request = variables.number("BUILDKITE_PULL_REQUEST");
    let target = variables.branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH");
    let step_key = variables.text("BUILDKITE_STEP_KEY");
    let repository = variables.get("BUILDKITE_REPO").map(short_repository);
    let pulled_from = variables.get("BUILDKITE_PULL_REQUEST_REPO").map(short_repository);
    let ci = Ci {
        provider: Some("buildkite".to_owned()),
        source: variables.text("BUILDKITE_ORGANIZATION_SLUG"),
        pipeline: variables.text("BUILDKITE_PIPELINE_SLUG"),
        pipeline_id: variables.text("BUILDKITE_PIPELINE_ID"),
        pipeline_name: variables.text("BUILDKITE_PIPELINE_NAME"),
        build: variables.text("BUILDKITE_BUILD_ID"),
        number: variables.number("BUILDKITE_BUILD_NUMBER"),
        url: variables.text("BUILDKITE_BUILD_URL"),
        branch: variables.branch("BUILDKITE_BRANCH"),
        commit: variables.commit("BUILDKITE_COMMIT"),
        message: variables.text("BUILDKITE_MESSAGE"),
        pull_request,
        pull_request_target: target.filter(|_| pull_request.is_some()),
        default_branch: variables.branch("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        reason: variables.text("BUILDKITE_SOURCE"),
        requested_by: variables.text("BUILDKITE_BUILD_CREATOR"),
        job: variables.text("BUILDKITE_LABEL").or_else(|| step_key.clone()),
        job_id: variables.text("BUILDKITE_JOB_ID"),
        job_attempt: variables.number::<u32>("BUILDKITE_RETRY_COUNT").map(|retries| retries + 1),
        job_status: job_status(variables),
        shard: variables.shard("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
        step_key,
        agent: variables.text("BUILDKITE_AGENT_NAME"),
        ..Ci::default()
    };
    Place {
        is_fork: pull_request.is_some() && pulled_from.is_some() && pulled_from != repository,
        ci,
        hint: None,
    }
}

/// Known in hooks alone, of the command that went before.
fn job_status(variables: &Variables) -> Option<String> {
    let is_cancelled = variables.is("BUILDKITE_JOB_CANCELLED");
    let exit: i64 = variables.number("BUILDKITE_COMMAND_EXIT_STATUS")?;
    let word = match exit {
        _ if is_cancelled => "aborted",
        0 => "success",
        _ => "failure",
    };
    Some(word.to_owned())
}

/// `acme/shop` of an address of either kind: `git@github.com:acme/shop.git`, `https://github.com/acme/shop`.
fn short_repository(address: &str) -> String {
    let address = address.trim_end_matches('/').trim_end_matches(".git");
    let parts: Vec<&str> = address.rsplit(['/', ':']).take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/").to_ascii_lowercase()
}
