//! Jenkins. Numbers count per job, and a job of many branches is one per branch.

use crate::model::Ci;

use super::{Place, Variables, server, trailing_number};

pub fn place(variables: &Variables) -> Place {
    let address = variables.first(&["JENKINS_URL", "HUDSON_URL"]);
    let job = variables.text("JOB_NAME");
    let number = variables.text("BUILD_NUMBER");
    let change = variables.get("CHANGE_ID");
    let branch = match change {
        Some(_) => variables.branch("CHANGE_BRANCH"),
        None => variables.branch("BRANCH_NAME").or_else(|| checked_out(variables)),
    };
    let is_primary = variables.is("BRANCH_IS_PRIMARY") && change.is_none();
    let pipeline = job.as_deref().map(|job| pipeline(job, variables.get("BRANCH_NAME").is_some()));
    let plain = number.as_ref().map(|number| format!("#{number}"));
    let ci = Ci {
        provider: Some("jenkins".to_owned()),
        source: address.as_deref().and_then(server),
        source_url: address,
        pipeline_name: pipeline.clone(),
        pipeline,
        build: job.zip(number.as_ref()).map(|(job, number)| format!("{job}#{number}")),
        number: number.and_then(|number| number.parse().ok()),
        label: variables.text("BUILD_DISPLAY_NAME").filter(|name| Some(name) != plain.as_ref()),
        url: variables.text("BUILD_URL"),
        default_branch: branch.clone().filter(|_| is_primary),
        branch,
        commit: variables.commit("GIT_COMMIT"),
        // `12`, or with other hosts `PR-12`, `MR-12`.
        pull_request: change.and_then(trailing_number),
        pull_request_target: variables.branch("CHANGE_TARGET"),
        requested_by: variables.first(&[
            "BUILD_USER",
            "CHANGE_AUTHOR_DISPLAY_NAME",
            "CHANGE_AUTHOR",
        ]),
        // What runs after the stages is none of them.
        job: variables.text("STAGE_NAME").filter(|name| !name.starts_with("Declarative:")),
        agent: variables.text("NODE_NAME"),
        ..Ci::default()
    };
    Place {
        ci,
        is_fork: variables.get("CHANGE_FORK").is_some(),
        hint: Some(
            "Jenkins tells its address once it is set: Manage Jenkins > System > Jenkins URL; or say it \
             with --ci",
        ),
    }
}

/// The job without the branch at its end, which Jenkins adds for each branch.
fn pipeline(job: &str, is_multibranch: bool) -> String {
    match job.rsplit_once('/') {
        Some((pipeline, _)) if is_multibranch => pipeline.to_owned(),
        _ => job.to_owned(),
    }
}

/// `origin/main` and `detached` are how a working copy calls it.
fn checked_out(variables: &Variables) -> Option<String> {
    let name = variables.branch("GIT_LOCAL_BRANCH").or_else(|| variables.branch("GIT_BRANCH"))?;
    let name = name.strip_prefix("refs/remotes/").unwrap_or(&name);
    let name = name.strip_prefix("origin/").unwrap_or(name);
    (name != "detached" && name != "HEAD").then(|| name.to_owned())
}
