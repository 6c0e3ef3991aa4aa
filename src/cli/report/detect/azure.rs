//! Azure Pipelines. The build is that of its service hooks: by its id, in the collection of its GUID.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::Ci;

use super::{Place, Variables};

pub fn place(variables: &Variables) -> Place {
    let collection =
        variables.first(&["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"]);
    // In a release these tell of the build whose artifact is released: other tests than its own.
    let is_release = variables.get("SYSTEM_HOSTTYPE").is_some_and(|host| {
        host.eq_ignore_ascii_case("release") || host.eq_ignore_ascii_case("deployment")
    });
    let build = variables.text("BUILD_BUILDID").filter(|_| !is_release);
    // Of a repository at GitHub the id is GitHub's own, and people know the number.
    let pull_request = variables
        .number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
        .or_else(|| variables.number("SYSTEM_PULLREQUEST_PULLREQUESTID"));
    let project = variables.text("SYSTEM_TEAMPROJECT");
    let definition = variables.text("BUILD_DEFINITIONNAME");
    let branch = match pull_request {
        Some(_) => variables.branch("SYSTEM_PULLREQUEST_SOURCEBRANCH"),
        None => variables.branch("BUILD_SOURCEBRANCH"),
    };
    let ci = Ci {
        provider: Some("azure_devops".to_owned()),
        source: collection.as_deref().and_then(organisation),
        source_id: variables.text("SYSTEM_COLLECTIONID"),
        url: page(collection.as_deref(), project.as_deref(), build.as_deref()),
        source_url: collection,
        project,
        project_id: variables.text("SYSTEM_TEAMPROJECTID"),
        pipeline: definition.clone(),
        pipeline_name: definition,
        pipeline_id: variables.text("SYSTEM_DEFINITIONID"),
        number: build.as_deref().and_then(|id| id.parse().ok()),
        build,
        label: variables.text("BUILD_BUILDNUMBER"),
        branch,
        commit: variables.commit("BUILD_SOURCEVERSION"),
        message: variables.text("BUILD_SOURCEVERSIONMESSAGE"),
        pull_request,
        pull_request_target: variables.branch("SYSTEM_PULLREQUEST_TARGETBRANCH"),
        reason: variables.get("BUILD_REASON").map(lower_first),
        requested_by: variables.text("BUILD_REQUESTEDFOR"),
        job: variables.first(&["AGENT_JOBNAME", "SYSTEM_JOBDISPLAYNAME"]),
        job_id: variables.text("SYSTEM_JOBID"),
        // A stage that is run again begins the attempts of its jobs anew.
        job_attempt: ["SYSTEM_STAGEATTEMPT", "SYSTEM_JOBATTEMPT"]
            .into_iter()
            .filter_map(|name| variables.number(name))
            .max(),
        job_status: variables.get("AGENT_JOBSTATUS").and_then(status).map(ToOwned::to_owned),
        step_key: step_key(variables),
        shard: variables.shard("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1),
        agent: variables.first(&["AGENT_NAME", "AGENT_MACHINENAME"]),
        os: variables.text("AGENT_OS"),
        arch: variables.text("AGENT_OSARCHITECTURE"),
        ..Ci::default()
    };
    Place {
        ci,
        is_fork: variables.is("SYSTEM_PULLREQUEST_ISFORK"),
        hint: is_release.then_some(
            "this is a classic release and not a build: say with --ci which build the tests belong to",
        ),
    }
}

/// `contoso` of `https://dev.azure.com/contoso/` and of `https://contoso.visualstudio.com/`; the
/// collection of a server.
fn organisation(address: &str) -> Option<String> {
    let server = super::server(address)?;
    let mut parts = server.split('/');
    let host = parts.next()?;
    if let Some((name, domain)) = host.split_once('.')
        && domain.eq_ignore_ascii_case("visualstudio.com")
    {
        return Some(name.to_owned());
    }
    parts.next_back().map(ToOwned::to_owned)
}

fn page(collection: Option<&str>, project: Option<&str>, build: Option<&str>) -> Option<String> {
    let collection = collection?.trim_end_matches('/');
    let project = utf8_percent_encode(project?, NON_ALPHANUMERIC);
    Some(format!("{collection}/{project}/_build/results?buildId={}", build?))
}

/// `IndividualCI` is `individualCI` everywhere else.
fn lower_first(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Stage, phase and job by their names in the file; those that it does not name are called `__default`.
fn step_key(variables: &Variables) -> Option<String> {
    let parts: Vec<&str> = ["SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME"]
        .iter()
        .filter_map(|name| variables.get(name))
        .filter(|part| *part != "__default")
        .collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

fn status(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "succeeded" => Some("success"),
        "succeededwithissues" => Some("unstable"),
        "failed" => Some("failure"),
        "canceled" => Some("aborted"),
        _ => None,
    }
}
