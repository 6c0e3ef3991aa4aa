//! TeamCity. Little stands in the environment; the rest stands in two files that it names, whose entries
//! are among the variables by their own names, `teamcity.build.id`.

use crate::model::Ci;

use super::{Place, Variables, server};

/// What is taken out of the files; a password stands there as well.
pub const PROPERTIES: [&str; 15] = [
    "agent.name",
    "build.counter",
    "build.vcs.number",
    "teamcity.agent.jvm.os.arch",
    "teamcity.agent.jvm.os.name",
    "teamcity.agent.name",
    "teamcity.build.branch",
    "teamcity.build.branch.is_default",
    "teamcity.build.id",
    "teamcity.build.triggeredBy.username",
    "teamcity.buildType.id",
    "teamcity.project.id",
    "teamcity.pullRequest.number",
    "teamcity.pullRequest.target.branch",
    "teamcity.serverUrl",
];

pub fn place(variables: &Variables) -> Place {
    let page = variables.text("BUILD_URL");
    let address = variables.text("teamcity.serverUrl").or_else(|| home(page.as_deref()?));
    let build = variables.text("teamcity.build.id").or_else(|| build_of(page.as_deref()?));
    let number = variables.text("BUILD_NUMBER");
    let pull_request = variables.number("teamcity.pullRequest.number");
    let configuration = variables.text("TEAMCITY_BUILDCONF_NAME");
    let branch = variables
        .branch("teamcity.build.branch")
        // The default branch under no name of its own, and a pull request under its number.
        .filter(|branch| branch != "<default>" && pull_request.is_none());
    let is_default = variables.is("teamcity.build.branch.is_default");
    let url = page.or_else(|| {
        let address = address.as_deref()?.trim_end_matches('/');
        Some(format!("{address}/viewLog.html?buildId={}", build.as_deref()?))
    });
    let is_counted = number.as_deref().and_then(|number| number.parse().ok());
    let ci = Ci {
        provider: Some("teamcity".to_owned()),
        source: address.as_deref().and_then(server),
        source_url: address,
        project: variables.text("TEAMCITY_PROJECT_NAME"),
        project_id: variables.text("teamcity.project.id"),
        pipeline: variables.text("teamcity.buildType.id").or_else(|| configuration.clone()),
        pipeline_id: variables.text("teamcity.buildType.id"),
        pipeline_name: configuration,
        build,
        number: is_counted.or_else(|| variables.number("build.counter")),
        label: number.filter(|_| is_counted.is_none()),
        url,
        default_branch: branch.clone().filter(|_| is_default),
        branch,
        commit: variables
            .commit("BUILD_VCS_NUMBER")
            .or_else(|| variables.commit("build.vcs.number")),
        pull_request,
        pull_request_target: variables.branch("teamcity.pullRequest.target.branch"),
        requested_by: variables.text("teamcity.build.triggeredBy.username"),
        agent: variables.first(&["teamcity.agent.name", "agent.name"]),
        os: variables.text("teamcity.agent.jvm.os.name"),
        arch: variables.text("teamcity.agent.jvm.os.arch"),
        ..Ci::default()
    };
    Place {
        ci,
        is_fork: false,
        hint: Some(
            "the files that TEAMCITY_BUILD_PROPERTIES_FILE leads to tell of the server and the build: \
             a job in a container needs them mounted",
        ),
    }
}

/// The server's address out of that of a page of it.
fn home(page: &str) -> Option<String> {
    let at =
        ["/viewLog.html", "/build/", "/buildConfiguration/"].iter().find_map(|w| page.find(w))?;
    Some(page[..at].to_owned())
}

/// The build's id out of its page: `viewLog.html?buildId=12`, `/buildConfiguration/Shop_Test/12`.
fn build_of(page: &str) -> Option<String> {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("buildId="));
    let last = path.trim_end_matches('/').rsplit('/').next();
    let id = asked.or(last)?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}
