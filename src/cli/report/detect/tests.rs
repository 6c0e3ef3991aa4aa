//! One job of each CI, with the variables that its documentation lists.

use serde_json::{Value, json};

use super::*;

const SHA: &str = "9f3c2d1e0b4a59687f6e5d4c3b2a190817263544";

fn place(variables: &[(&str, &str)]) -> Place {
    let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Place::of(&pairs.collect())
}

/// All that is known of a place.
fn told(variables: &[(&str, &str)]) -> Value {
    let mut told = serde_json::to_value(place(variables).ci).expect("JSON");
    told.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    told
}

/// The same variables, some of them otherwise.
fn but<'v>(
    variables: &[(&'v str, &'v str)],
    other: &[(&'v str, &'v str)],
) -> Vec<(&'v str, &'v str)> {
    variables.iter().chain(other).copied().collect()
}

const BUILDKITE: &[(&str, &str)] = &[
    ("BUILDKITE", "true"),
    ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
    ("BUILDKITE_PIPELINE_SLUG", "shop-ci"),
    ("BUILDKITE_PIPELINE_ID", "0189b2c4-0000-4000-8000-000000000001"),
    ("BUILDKITE_PIPELINE_NAME", "Shop CI"),
    ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
    ("BUILDKITE_BUILD_ID", "0192f1aa-0000-4000-8000-000000000088"),
    ("BUILDKITE_BUILD_NUMBER", "88"),
    ("BUILDKITE_BUILD_URL", "https://buildkite.com/acme/shop-ci/builds/88"),
    ("BUILDKITE_BRANCH", "main"),
    ("BUILDKITE_COMMIT", SHA),
    ("BUILDKITE_MESSAGE", "Sell more"),
    ("BUILDKITE_SOURCE", "webhook"),
    ("BUILDKITE_BUILD_CREATOR", "Ada"),
    ("BUILDKITE_PULL_REQUEST", "false"),
    ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", ""),
    ("BUILDKITE_REPO", "git@github.com:acme/shop.git"),
    ("BUILDKITE_JOB_ID", "0192f1aa-0000-4000-8000-0000000000aa"),
    ("BUILDKITE_STEP_KEY", "tests"),
    ("BUILDKITE_LABEL", ":test_tube: Tests"),
    ("BUILDKITE_RETRY_COUNT", "1"),
    ("BUILDKITE_PARALLEL_JOB", "2"),
    ("BUILDKITE_PARALLEL_JOB_COUNT", "4"),
    ("BUILDKITE_AGENT_NAME", "vm-07"),
];

#[test]
fn a_job_of_buildkite() {
    assert_eq!(
        told(BUILDKITE),
        json!({
            "provider": "buildkite", "source": "acme", "pipeline": "shop-ci", "pipeline_name": "Shop CI",
            "pipeline_id": "0189b2c4-0000-4000-8000-000000000001",
            "build": "0192f1aa-0000-4000-8000-000000000088", "number": 88,
            "url": "https://buildkite.com/acme/shop-ci/builds/88", "branch": "main", "commit": SHA,
            "message": "Sell more", "default_branch": "main", "reason": "webhook", "requested_by": "Ada",
            "job": ":test_tube: Tests", "job_id": "0192f1aa-0000-4000-8000-0000000000aa", "job_attempt": 2,
            "step_key": "tests", "shard": {"index": 2, "count": 4}, "agent": "vm-07",
        })
    );
}

#[test]
fn a_pull_request_of_buildkite_and_one_of_a_fork() {
    let other = [
        ("BUILDKITE_PULL_REQUEST", "12"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
        ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/acme/shop.git"),
        ("BUILDKITE_BRANCH", "feature/till"),
        ("BUILDKITE_COMMIT", "HEAD"),
    ];
    let found = place(&but(BUILDKITE, &other));
    assert_eq!(found.ci.branch.as_deref(), Some("feature/till"));
    assert_eq!((found.ci.pull_request, found.is_fork), (Some(12), false));
    assert_eq!(found.ci.pull_request_target.as_deref(), Some("main"));
    assert_eq!(found.ci.commit, None, "HEAD is no commit");
    let fork = [("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/mallory/shop.git")];
    assert!(place(&but(&but(BUILDKITE, &other), &fork)).is_fork);
}

#[test]
fn a_hook_of_buildkite_knows_how_the_command_ended() {
    for (exit, cancelled, word) in
        [("0", "false", "success"), ("1", "", "failure"), ("255", "true", "aborted")]
    {
        let hook =
            [("BUILDKITE_COMMAND_EXIT_STATUS", exit), ("BUILDKITE_JOB_CANCELLED", cancelled)];
        assert_eq!(place(&but(BUILDKITE, &hook)).ci.job_status.as_deref(), Some(word));
    }
}

const AZURE: &[(&str, &str)] = &[
    ("TF_BUILD", "True"),
    ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/contoso/"),
    ("SYSTEM_COLLECTIONID", "11111111-2222-4333-8444-555555555555"),
    ("SYSTEM_TEAMPROJECT", "Web Shop"),
    ("SYSTEM_TEAMPROJECTID", "66666666-2222-4333-8444-555555555555"),
    ("SYSTEM_DEFINITIONID", "12"),
    ("SYSTEM_HOSTTYPE", "build"),
    ("BUILD_DEFINITIONNAME", "shop-ci"),
    ("BUILD_BUILDID", "4711"),
    ("BUILD_BUILDNUMBER", "20261127.3"),
    ("BUILD_SOURCEBRANCH", "refs/heads/release/2"),
    ("BUILD_SOURCEVERSION", "9F3C2D1E0B4A59687F6E5D4C3B2A190817263544"),
    ("BUILD_SOURCEVERSIONMESSAGE", "Sell more"),
    ("BUILD_REASON", "IndividualCI"),
    ("BUILD_REQUESTEDFOR", "Ada"),
    ("AGENT_NAME", "Hosted Agent"),
    ("AGENT_MACHINENAME", "fv-az1"),
    ("AGENT_JOBNAME", "Test Linux"),
    ("AGENT_JOBSTATUS", "SucceededWithIssues"),
    ("AGENT_OS", "Linux"),
    ("AGENT_OSARCHITECTURE", "X64"),
    ("SYSTEM_JOBID", "77777777-2222-4333-8444-555555555555"),
    ("SYSTEM_JOBATTEMPT", "1"),
    ("SYSTEM_STAGENAME", "Test"),
    ("SYSTEM_PHASENAME", "Unit"),
    ("SYSTEM_JOBNAME", "__default"),
    ("SYSTEM_JOBPOSITIONINPHASE", "1"),
    ("SYSTEM_TOTALJOBSINPHASE", "1"),
];

#[test]
fn a_job_of_azure_pipelines() {
    assert_eq!(
        told(AZURE),
        json!({
            "provider": "azure_devops", "source": "contoso", "source_id": "11111111-2222-4333-8444-555555555555",
            "source_url": "https://dev.azure.com/contoso/", "project": "Web Shop",
            "project_id": "66666666-2222-4333-8444-555555555555", "pipeline": "shop-ci",
            "pipeline_name": "shop-ci", "pipeline_id": "12", "build": "4711", "number": 4711,
            "label": "20261127.3", "branch": "release/2", "commit": SHA, "message": "Sell more",
            "url": "https://dev.azure.com/contoso/Web%20Shop/_build/results?buildId=4711",
            "reason": "individualCI", "requested_by": "Ada", "job": "Test Linux",
            "job_id": "77777777-2222-4333-8444-555555555555", "job_attempt": 1, "job_status": "unstable",
            "step_key": "Test.Unit", "agent": "Hosted Agent", "os": "Linux", "arch": "X64",
        })
    );
}

#[test]
fn a_pull_request_of_azure_repos_and_one_of_github() {
    let other = [
        ("BUILD_SOURCEBRANCH", "refs/pull/62/merge"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "62"),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/feature/till"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("SYSTEM_PULLREQUEST_ISFORK", "False"),
        // What `env:` makes of a variable that is not there.
        ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "$(System.PullRequest.PullRequestNumber)"),
    ];
    let found = place(&but(AZURE, &other));
    assert_eq!((found.ci.pull_request, found.is_fork), (Some(62), false));
    assert_eq!(found.ci.branch.as_deref(), Some("feature/till"));
    assert_eq!(found.ci.pull_request_target.as_deref(), Some("main"));
    let github = [
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "1234567890"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "12"),
        ("SYSTEM_PULLREQUEST_ISFORK", "True"),
    ];
    let found = place(&but(&but(AZURE, &other), &github));
    assert_eq!((found.ci.pull_request, found.is_fork), (Some(12), true));
}

#[test]
fn other_homes_of_azure_devops() {
    for (address, source) in [
        ("https://contoso.visualstudio.com/", "contoso"),
        ("https://contoso.visualstudio.com/DefaultCollection/", "contoso"),
        ("https://tfs.example.com/tfs/Main/", "Main"),
    ] {
        let found = place(&but(AZURE, &[("SYSTEM_COLLECTIONURI", address)]));
        assert_eq!(found.ci.source.as_deref(), Some(source), "{address}");
    }
}

#[test]
fn a_classic_release_is_not_the_build_that_it_releases() {
    let found = place(&but(AZURE, &[("SYSTEM_HOSTTYPE", "release")]));
    assert_eq!(found.missing(), ["build"]);
    assert!(found.hint.expect("a hint").contains("classic release"));
}

const GITHUB: &[(&str, &str)] = &[
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "acme/shop"),
    ("GITHUB_WORKFLOW", "CI"),
    ("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/ci.yml@refs/heads/main"),
    ("GITHUB_RUN_ID", "9876543210"),
    ("GITHUB_RUN_NUMBER", "88"),
    ("GITHUB_RUN_ATTEMPT", "2"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_REF_NAME", "main"),
    ("GITHUB_REF_TYPE", "branch"),
    ("GITHUB_HEAD_REF", ""),
    ("GITHUB_BASE_REF", ""),
    ("GITHUB_SHA", SHA),
    ("GITHUB_EVENT_NAME", "push"),
    ("GITHUB_ACTOR", "ada"),
    ("GITHUB_TRIGGERING_ACTOR", "grace"),
    ("GITHUB_JOB", "test"),
    ("RUNNER_NAME", "GitHub Actions 7"),
    ("RUNNER_OS", "Linux"),
    ("RUNNER_ARCH", "X64"),
    ("RUNNER_TRACKING_ID", "github_88888888-2222-4333-8444-555555555555"),
];

#[test]
fn a_job_of_github_actions() {
    assert_eq!(
        told(GITHUB),
        json!({
            "provider": "github", "source": "acme/shop", "source_url": "https://github.com/acme/shop",
            "pipeline": "CI", "pipeline_name": "CI", "pipeline_id": ".github/workflows/ci.yml",
            "build": "9876543210", "number": 88, "attempt": 2, "branch": "main", "commit": SHA,
            "url": "https://github.com/acme/shop/actions/runs/9876543210", "reason": "push",
            "requested_by": "grace", "job": "test", "step_key": "test", "job_attempt": 2,
            "job_id": "88888888-2222-4333-8444-555555555555", "agent": "GitHub Actions 7", "os": "Linux",
            "arch": "X64",
        })
    );
}

#[test]
fn a_pull_request_and_a_tag_of_github() {
    let pull_request = [
        ("GITHUB_REF", "refs/pull/12/merge"),
        ("GITHUB_REF_NAME", "12/merge"),
        ("GITHUB_HEAD_REF", "feature/till"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_EVENT_NAME", "pull_request"),
    ];
    let ci = place(&but(GITHUB, &pull_request)).ci;
    assert_eq!((ci.branch.as_deref(), ci.pull_request), (Some("feature/till"), Some(12)));
    assert_eq!(ci.pull_request_target.as_deref(), Some("main"));
    let tag =
        [("GITHUB_REF", "refs/tags/v1"), ("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag")];
    assert_eq!(place(&but(GITHUB, &tag)).ci.branch, None);
}

const GITLAB: &[(&str, &str)] = &[
    ("GITLAB_CI", "true"),
    ("CI_SERVER_URL", "https://gitlab.example.com"),
    ("CI_SERVER_HOST", "gitlab.example.com"),
    ("CI_PROJECT_PATH", "web/shop"),
    ("CI_PROJECT_NAMESPACE", "web"),
    ("CI_PROJECT_NAME", "shop"),
    ("CI_PROJECT_TITLE", "Shop"),
    ("CI_PROJECT_ID", "42"),
    ("CI_PIPELINE_ID", "770012"),
    ("CI_PIPELINE_IID", "88"),
    ("CI_PIPELINE_URL", "https://gitlab.example.com/web/shop/-/pipelines/770012"),
    ("CI_PIPELINE_SOURCE", "push"),
    ("CI_PIPELINE_CREATED_AT", "2026-11-27T08:00:00Z"),
    ("CI_COMMIT_BRANCH", "main"),
    ("CI_COMMIT_SHA", SHA),
    ("CI_COMMIT_MESSAGE", "Sell more\n"),
    ("CI_DEFAULT_BRANCH", "main"),
    ("GITLAB_USER_NAME", "Ada"),
    ("CI_JOB_ID", "55001"),
    ("CI_JOB_NAME", "test 2/3"),
    ("CI_JOB_STATUS", "failed"),
    ("CI_NODE_INDEX", "2"),
    ("CI_NODE_TOTAL", "3"),
    ("CI_RUNNER_DESCRIPTION", "runner-1"),
    ("CI_RUNNER_EXECUTABLE_ARCH", "linux/amd64"),
];

#[test]
fn a_job_of_gitlab() {
    assert_eq!(
        told(GITLAB),
        json!({
            "provider": "gitlab", "source": "gitlab.example.com", "source_url": "https://gitlab.example.com",
            "project": "web", "pipeline": "web/shop", "pipeline_name": "Shop", "pipeline_id": "42",
            "build": "770012", "number": 88,
            "url": "https://gitlab.example.com/web/shop/-/pipelines/770012", "branch": "main", "commit": SHA,
            "message": "Sell more", "default_branch": "main", "reason": "push", "requested_by": "Ada",
            "queued_at": "2026-11-27T08:00:00.000Z", "job": "test 2/3", "job_id": "55001",
            "job_status": "failure", "shard": {"index": 1, "count": 3}, "agent": "runner-1", "os": "linux",
            "arch": "amd64",
        })
    );
}

#[test]
fn a_merge_request_of_gitlab() {
    let other = [
        ("CI_COMMIT_BRANCH", ""),
        ("CI_MERGE_REQUEST_IID", "12"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/till"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "43"),
    ];
    let found = place(&but(GITLAB, &other));
    assert_eq!((found.ci.branch.as_deref(), found.is_fork), (Some("feature/till"), true));
    assert_eq!(found.ci.pull_request, Some(12));
    assert_eq!(found.ci.pull_request_target.as_deref(), Some("main"));
}

const JENKINS: &[(&str, &str)] = &[
    ("JENKINS_URL", "https://ci.example.com/jenkins/"),
    ("JOB_NAME", "web/shop/feature%2Ftill"),
    ("BUILD_NUMBER", "88"),
    ("BUILD_DISPLAY_NAME", "#88"),
    ("BUILD_URL", "https://ci.example.com/jenkins/job/web/job/shop/job/feature%252Ftill/88/"),
    ("BRANCH_NAME", "feature/till"),
    ("GIT_BRANCH", "feature/till"),
    ("GIT_COMMIT", SHA),
    ("NODE_NAME", "agent-1"),
    ("STAGE_NAME", "Test"),
];

#[test]
fn a_job_of_jenkins() {
    assert_eq!(
        told(JENKINS),
        json!({
            "provider": "jenkins", "source": "ci.example.com/jenkins",
            "source_url": "https://ci.example.com/jenkins/", "pipeline": "web/shop",
            "pipeline_name": "web/shop", "build": "web/shop/feature%2Ftill#88", "number": 88,
            "url": "https://ci.example.com/jenkins/job/web/job/shop/job/feature%252Ftill/88/",
            "branch": "feature/till", "commit": SHA, "job": "Test", "agent": "agent-1",
        })
    );
}

#[test]
fn a_plain_job_of_jenkins_and_a_pull_request() {
    let plain = [
        ("JOB_NAME", "web/shop"),
        ("BRANCH_NAME", ""),
        ("GIT_BRANCH", "origin/main"),
        ("STAGE_NAME", "Declarative: Post Actions"),
    ];
    let ci = place(&but(JENKINS, &plain)).ci;
    assert_eq!((ci.pipeline.as_deref(), ci.branch.as_deref()), (Some("web/shop"), Some("main")));
    assert_eq!((ci.build.as_deref(), ci.job), (Some("web/shop#88"), None));
    let pull_request = [
        ("JOB_NAME", "web/shop/PR-12"),
        ("BRANCH_NAME", "PR-12"),
        ("CHANGE_ID", "12"),
        ("CHANGE_BRANCH", "feature/till"),
        ("CHANGE_TARGET", "main"),
        ("CHANGE_FORK", "mallory"),
    ];
    let found = place(&but(JENKINS, &pull_request));
    assert_eq!((found.ci.branch.as_deref(), found.is_fork), (Some("feature/till"), true));
    assert_eq!((found.ci.pull_request, found.ci.pipeline.as_deref()), (Some(12), Some("web/shop")));
}

#[test]
fn jenkins_without_an_address_says_what_to_set() {
    let mut variables = but(JENKINS, &[("JENKINS_HOME", "/var/jenkins_home")]);
    variables.retain(|(name, _)| *name != "JENKINS_URL");
    let found = place(&variables);
    assert_eq!(found.missing(), ["source"]);
    assert!(found.hint.expect("a hint").contains("Jenkins URL"));
}

const TEAMCITY: &[(&str, &str)] = &[
    ("TEAMCITY_VERSION", "2025.07"),
    ("TEAMCITY_PROJECT_NAME", "Web"),
    ("TEAMCITY_BUILDCONF_NAME", "Shop tests"),
    ("BUILD_NUMBER", "1.4.88"),
    ("BUILD_VCS_NUMBER", SHA),
    ("BUILD_URL", "https://tc.example.com/buildConfiguration/Web_Shop/9001"),
];

const TEAMCITY_FILES: &[(&str, &str)] = &[
    ("teamcity.serverUrl", "https://tc.example.com"),
    ("teamcity.build.id", "9001"),
    ("teamcity.buildType.id", "Web_Shop"),
    ("teamcity.project.id", "Web"),
    ("teamcity.build.branch", "main"),
    ("teamcity.build.branch.is_default", "true"),
    ("teamcity.build.triggeredBy.username", "ada"),
    ("teamcity.agent.name", "agent-1"),
    ("teamcity.agent.jvm.os.name", "Linux"),
    ("teamcity.agent.jvm.os.arch", "amd64"),
    ("build.counter", "88"),
];

#[test]
fn a_job_of_teamcity() {
    assert_eq!(
        told(&but(TEAMCITY, TEAMCITY_FILES)),
        json!({
            "provider": "teamcity", "source": "tc.example.com", "source_url": "https://tc.example.com",
            "project": "Web", "project_id": "Web", "pipeline": "Web_Shop", "pipeline_id": "Web_Shop",
            "pipeline_name": "Shop tests", "build": "9001", "number": 88, "label": "1.4.88",
            "url": "https://tc.example.com/buildConfiguration/Web_Shop/9001", "branch": "main",
            "default_branch": "main", "commit": SHA, "requested_by": "ada", "agent": "agent-1", "os": "Linux",
            "arch": "amd64",
        })
    );
}

#[test]
fn teamcity_without_its_files_is_known_by_the_page_of_the_build() {
    let ci = place(TEAMCITY).ci;
    assert_eq!((ci.source.as_deref(), ci.build.as_deref()), (Some("tc.example.com"), Some("9001")));
    let old = [("BUILD_URL", "https://tc.example.com/viewLog.html?buildId=9001&tab=log")];
    assert_eq!(place(&but(TEAMCITY, &old)).ci.build.as_deref(), Some("9001"));
    let none = place(&but(TEAMCITY, &[("BUILD_URL", "")]));
    assert_eq!(none.missing(), ["source", "build"]);
}

const CIRCLECI: &[(&str, &str)] = &[
    ("CIRCLECI", "true"),
    ("CIRCLE_PROJECT_USERNAME", "acme"),
    ("CIRCLE_PROJECT_REPONAME", "shop"),
    ("CIRCLE_PROJECT_ID", "99999999-2222-4333-8444-555555555555"),
    ("CIRCLE_WORKFLOW_ID", "aaaaaaaa-2222-4333-8444-555555555555"),
    ("CIRCLE_WORKFLOW_JOB_ID", "bbbbbbbb-2222-4333-8444-555555555555"),
    ("CIRCLE_BUILD_NUM", "501"),
    ("CIRCLE_BUILD_URL", "https://circleci.com/gh/acme/shop/501"),
    ("CIRCLE_BRANCH", "main"),
    ("CIRCLE_SHA1", SHA),
    ("CIRCLE_USERNAME", "ada"),
    ("CIRCLE_JOB", "test"),
    ("CIRCLE_NODE_INDEX", "1"),
    ("CIRCLE_NODE_TOTAL", "2"),
];

#[test]
fn a_job_of_circleci() {
    assert_eq!(
        told(CIRCLECI),
        json!({
            "provider": "circleci", "source": "acme", "pipeline": "shop", "pipeline_name": "shop",
            "pipeline_id": "99999999-2222-4333-8444-555555555555",
            "build": "aaaaaaaa-2222-4333-8444-555555555555", "url": "https://circleci.com/gh/acme/shop/501",
            "branch": "main", "commit": SHA, "requested_by": "ada", "job": "test", "step_key": "test",
            "job_id": "bbbbbbbb-2222-4333-8444-555555555555", "shard": {"index": 1, "count": 2},
        })
    );
    let fork = [
        ("CIRCLE_PULL_REQUEST", "https://github.com/acme/shop/pull/12"),
        ("CIRCLE_BRANCH", "pull/12"),
        ("CIRCLE_PR_REPONAME", "shop"),
    ];
    let found = place(&but(CIRCLECI, &fork));
    assert_eq!((found.ci.pull_request, found.ci.branch), (Some(12), None));
    assert!(found.is_fork);
}

#[test]
fn nowhere_is_a_place_that_has_to_be_told() {
    let found = place(&[("CI", "true"), ("BUILDKITE", "")]);
    assert_eq!(found.ci, Ci::default());
    assert_eq!(found.missing(), ["provider", "source", "build"]);
    assert!(found.hint.expect("a hint").contains("--ci"));
}

#[test]
fn what_an_agent_inherits_from_jenkins_is_not_where_it_runs() {
    let found = place(&but(JENKINS, BUILDKITE));
    assert_eq!(found.ci.provider.as_deref(), Some("buildkite"));
}

#[test]
fn a_commit_is_a_whole_hash() {
    assert_eq!(commit(&SHA.to_uppercase()).as_deref(), Some(SHA));
    for other in ["HEAD", "9f3c2d1", "", "refs/heads/main"] {
        assert_eq!(commit(other), None, "{other}");
    }
}
