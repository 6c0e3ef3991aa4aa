//! GitHub Actions. A build is a run of a workflow; running it again is another attempt of it.

use crate::model::Ci;

use super::{Place, Variables};

pub fn place(variables: &Variables) -> Place {
    let server = variables.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    let repository = variables.text("GITHUB_REPOSITORY");
    let page = repository.as_ref().map(|repository| format!("{server}/{repository}"));
    let run = variables.text("GITHUB_RUN_ID");
    let attempt = variables.number("GITHUB_RUN_ATTEMPT");
    let pull_request = variables.get("GITHUB_REF").and_then(pull_request);
    let branch = match variables.get("GITHUB_HEAD_REF") {
        Some(head) => Some(head.to_owned()),
        None if variables.get("GITHUB_REF_TYPE") == Some("branch") && pull_request.is_none() => {
            variables.text("GITHUB_REF_NAME")
        }
        None => None,
    };
    let job = variables.text("GITHUB_JOB");
    let ci = Ci {
        provider: Some("github".to_owned()),
        source: repository,
        pipeline: variables.text("GITHUB_WORKFLOW"),
        pipeline_id: variables.get("GITHUB_WORKFLOW_REF").and_then(workflow_file),
        pipeline_name: variables.text("GITHUB_WORKFLOW"),
        url: page
            .as_ref()
            .zip(run.as_ref())
            .map(|(page, run)| format!("{page}/actions/runs/{run}")),
        source_url: page,
        build: run,
        number: variables.number("GITHUB_RUN_NUMBER"),
        attempt,
        branch,
        commit: variables.commit("GITHUB_SHA"),
        pull_request,
        pull_request_target: variables.branch("GITHUB_BASE_REF"),
        reason: variables.text("GITHUB_EVENT_NAME"),
        requested_by: variables.first(&["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"]),
        step_key: job.clone(),
        job,
        // All jobs of a matrix have one name; this is the runner's mark of each.
        job_id: variables
            .get("RUNNER_TRACKING_ID")
            .and_then(|mark| mark.strip_prefix("github_"))
            .map(ToOwned::to_owned),
        job_attempt: attempt,
        agent: variables.text("RUNNER_NAME"),
        os: variables.text("RUNNER_OS"),
        arch: variables.text("RUNNER_ARCH"),
        ..Ci::default()
    };
    Place { ci, ..Place::default() }
}

/// The number of `refs/pull/12/merge`.
fn pull_request(reference: &str) -> Option<i64> {
    reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
}

/// `.github/workflows/ci.yml` of `acme/shop/.github/workflows/ci.yml@refs/heads/main`.
fn workflow_file(reference: &str) -> Option<String> {
    let path = reference.split('@').next()?;
    Some(path.splitn(3, '/').nth(2)?.to_owned())
}
