//! CircleCI. A build is a workflow, which runs the jobs that it names; running it again makes a new one.

use crate::model::Ci;

use super::{Place, Variables, trailing_number};

pub fn place(variables: &Variables) -> Place {
    // The number is there in builds of forks alone, the address in all of them.
    let pull_request = variables
        .number("CIRCLE_PR_NUMBER")
        .or_else(|| trailing_number(variables.get("CIRCLE_PULL_REQUEST")?));
    let repository = variables.text("CIRCLE_PROJECT_REPONAME");
    let job = variables.text("CIRCLE_JOB");
    let branch = variables.branch("CIRCLE_BRANCH");
    let ci = Ci {
        provider: Some("circleci".to_owned()),
        // Projects that came by an app have no name of their owner.
        source: variables.first(&["CIRCLE_PROJECT_USERNAME", "CIRCLE_ORGANIZATION_ID"]),
        pipeline: repository.clone().or_else(|| variables.text("CIRCLE_PROJECT_ID")),
        pipeline_id: variables.text("CIRCLE_PROJECT_ID"),
        pipeline_name: repository,
        build: variables.text("CIRCLE_WORKFLOW_ID"),
        // Not set by itself: the example hands it on from `<< pipeline.number >>`.
        number: variables.number("CIRCLE_PIPELINE_NUMBER"),
        url: variables.text("CIRCLE_BUILD_URL"),
        // In builds of forks it is called `pull/12`.
        branch: branch.filter(|branch| !branch.starts_with("pull/")),
        commit: variables.commit("CIRCLE_SHA1"),
        pull_request,
        requested_by: variables.text("CIRCLE_USERNAME"),
        step_key: job.clone(),
        job,
        // One for all nodes of a job that runs on several.
        job_id: variables.text("CIRCLE_WORKFLOW_JOB_ID"),
        shard: variables.shard("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
        ..Ci::default()
    };
    Place { ci, is_fork: variables.get("CIRCLE_PR_REPONAME").is_some(), hint: None }
}
