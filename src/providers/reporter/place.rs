//! Which build a reporter runs in, in the words that hooks tell it by: so hook and report meet in one
//! build, whichever comes first.

use uuid::Uuid;

use super::ingest::Standing;
use super::missing;
use crate::model::{
    Authority, BuildFact, BuildId, BuildResult, BuildState, Ci, Completion, Phase, PipelineSaid,
    Provider, PullRequest, SourceKey, SourceRef, SourceScheme, StepFact, StepKind, StepRef,
    TestTotals, Unreadable,
};
use crate::providers::address::link;
use crate::providers::azure_devops;

#[must_use]
pub fn provider(ci: &Ci) -> Provider {
    provider_of(ci.provider.as_deref().unwrap_or_default())
}

/// The CI that people call so.
pub(super) fn provider_of(word: &str) -> Provider {
    let word = word.trim().to_ascii_lowercase().replace(['-', ' ', '_'], "");
    match word.as_str() {
        "azuredevops" | "azure" | "azurepipelines" => Provider::AzureDevops,
        "buildkite" => Provider::Buildkite,
        "github" | "githubactions" => Provider::Github,
        "gitlab" | "gitlabci" => Provider::Gitlab,
        "jenkins" => Provider::Jenkins,
        "teamcity" => Provider::Teamcity,
        "circleci" => Provider::Circleci,
        _ => Provider::Reporter,
    }
}

/// Whose hooks tell how the build ended.
pub(super) fn has_hooks(provider: Provider) -> bool {
    matches!(provider, Provider::AzureDevops | Provider::Buildkite)
}

pub fn source(ci: &Ci) -> SourceRef {
    let provider = provider(ci);
    let base = ci.source_url.as_deref().and_then(azure_devops::address::base);
    let word = ci.source.as_deref().or(ci.source_url.as_deref()).unwrap_or_default();
    let word = word.trim().trim_end_matches('/');
    let name = |key: &str| SourceKey { scheme: SourceScheme::Name, key: key.to_lowercase() };
    let keys = match provider {
        Provider::AzureDevops => {
            let guid = ci.source_id.as_deref().and_then(azure_devops::address::guid);
            let collection = guid.map(|key| SourceKey { scheme: SourceScheme::Collection, key });
            // Only in the cloud is a name unique in the world; without an address it is taken for one.
            let is_cloud = base.as_ref().is_none_or(|base| base.is_cloud);
            let named = (is_cloud && !word.is_empty()).then(|| name(word));
            collection.into_iter().chain(named).collect()
        }
        _ => (!word.is_empty()).then(|| name(word)).into_iter().collect(),
    };
    SourceRef {
        provider,
        keys,
        name: (!word.is_empty()).then(|| word.to_owned()),
        base_url: match provider {
            Provider::AzureDevops => base.map(|base| base.url),
            _ => None,
        },
    }
}

/// Words by which the build is known: `(scheme, key)`, strongest first.
pub fn keys(ci: &Ci) -> Result<Vec<(String, String)>, Unreadable> {
    let word = |name, reason| missing(name, reason);
    let build = ci.build.as_deref().map(str::trim).filter(|build| !build.is_empty());
    if source(ci).keys.is_empty() {
        return Err(word("ci.source", "nothing says whose build this is"));
    }
    let key = |scheme: &str, key: String| (scheme.to_owned(), key);
    let by_number = || {
        let pipeline = ci.pipeline.as_ref().or(ci.pipeline_id.as_ref())?;
        Some(key("number", format!("{pipeline}/{}", ci.number?)))
    };
    let keys: Vec<_> = match provider(ci) {
        Provider::AzureDevops => {
            let id = build.and_then(|build| build.parse::<i64>().ok()).filter(|id| *id > 0);
            id.map(|id| key("build_id", id.to_string())).into_iter().collect()
        }
        Provider::Buildkite => {
            let uuid = build.and_then(|build| Uuid::try_parse(build).ok());
            let uuid = uuid.map(|uuid| key("uuid", uuid.hyphenated().to_string()));
            uuid.into_iter().chain(by_number()).collect()
        }
        _ => {
            build.map(|build| key("run", build.to_owned())).or_else(by_number).into_iter().collect()
        }
    };
    if keys.is_empty() {
        return Err(word("ci.build", "nothing that is an id of a build says which build this is"));
    }
    Ok(keys)
}

/// The address that the sender is told.
#[must_use]
pub fn address(ci: &Ci) -> Option<String> {
    let source = source(ci);
    let word = source.words().into_iter().next()?;
    let (scheme, key) = keys(ci).ok()?.into_iter().next()?;
    let parts = [source.provider.as_str(), word.scheme.as_str(), &word.key, &scheme, &key];
    Some(BuildId::of(&parts).to_string())
}

fn result(word: &str) -> Option<BuildResult> {
    Standing::of(Some(word), false).result()
}

/// How the job went, as far as it got: a job may fail before its tests, or after them; one whose
/// failures are allowed ends well all the same, and its tests do not. What was stopped says nothing.
fn job_result(ci: &Ci, totals: TestTotals) -> BuildResult {
    let by_tests = match totals {
        TestTotals { total: 0, .. } => BuildResult::Unknown,
        TestTotals { failed: 0, errored: 0, .. } => BuildResult::Success,
        _ => BuildResult::Failure,
    };
    let told = ci.job_status.as_deref().and_then(result);
    match told {
        Some(BuildResult::Aborted) => BuildResult::Aborted,
        Some(told) => told.max(by_tests),
        None => by_tests,
    }
}

/// What a report says of its build. Hooks tell more, and go before it.
#[must_use]
pub fn fact(ci: &Ci) -> BuildFact {
    let commit = ci.commit.as_deref().map(str::trim).filter(|commit| {
        (7..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let named = ci.pipeline_name.clone().or_else(|| ci.pipeline.clone());
    let key = match provider(ci) {
        // Hooks of Azure DevOps tell a pipeline by its number, those of Buildkite by its slug.
        Provider::Buildkite => ci.pipeline.clone(),
        _ => ci.pipeline_id.clone().or_else(|| ci.pipeline.clone()),
    };
    let slug = ci.pipeline.clone().filter(|_| provider(ci) != Provider::AzureDevops);
    let told = ci.status.as_deref().filter(|_| !has_hooks(provider(ci)));
    // Who says how it ended and not when says it once it has.
    let ended_at = ci.finished_at.or(ci.sent_at);
    let completion = told.and_then(result).map(|result| Completion {
        authority: Authority::Build,
        at: ended_at,
        told_at: ended_at,
        result,
        raw: ci.status.clone(),
        detail: None,
    });
    BuildFact {
        at: ci.finished_at,
        phase: Some(Phase::Running),
        completion,
        by_jobs: told.is_none() && !has_hooks(provider(ci)),
        attempt: ci.attempt.filter(|_| provider(ci) != Provider::AzureDevops),
        queued_at: ci.queued_at,
        started_at: ci.started_at,
        project: ci.project.clone(),
        project_id: ci.project_id.as_deref().and_then(azure_devops::address::guid),
        pipeline: key.map(|key| PipelineSaid {
            key,
            slug,
            name: named,
            default_branch: ci.default_branch.as_deref().map(short),
        }),
        number: ci.number,
        label: ci.label.clone(),
        external_id: ci.build.clone(),
        url: ci.url.as_deref().and_then(link),
        branch: ci.branch.as_deref().map(short),
        commit: commit.map(str::to_ascii_lowercase),
        message: ci.message.clone(),
        reason: ci.reason.clone(),
        requested_by: ci.requested_by.clone(),
        pull_request: ci.pull_request.map(|number| PullRequest {
            number,
            target: ci.pull_request_target.as_deref().map(short),
        }),
        ..BuildFact::default()
    }
}

/// The job that reports, where no hook tells of jobs; `totals` of its tests are asked for where they say
/// how it went.
#[must_use]
pub fn job(ci: &Ci, totals: impl FnOnce() -> TestTotals) -> Option<StepFact> {
    if has_hooks(provider(ci)) {
        return None;
    }
    let name = ci.job.as_ref().or(ci.step_key.as_ref()).or(ci.name.as_ref());
    // Whoever reports is done with the tests, unless it says otherwise.
    let is_over = ci.job_status.as_deref().is_none_or(|word| result(word).is_some());
    let key = match (provider(ci), &ci.job) {
        // As its hooks call it, who number the tries no more than its variables do.
        (Provider::Gitlab, Some(job)) => job.clone(),
        _ => slot(ci),
    };
    let step = StepRef { key: format!("job:{key}"), attempt: job_attempt(ci) };
    Some(StepFact {
        name: Some(name.map_or("tests", String::as_str).to_owned()),
        at: ci.finished_at,
        state: Some(if is_over { BuildState::Finished } else { BuildState::Running }),
        result: is_over.then(|| job_result(ci, totals())),
        finished_at: ci.finished_at.filter(|_| is_over),
        reported_at: ci.sent_at,
        turn: Some(turn(ci)).filter(|turn| *turn > 0),
        agent: ci.agent.clone(),
        ..StepFact::about(step, StepKind::Job)
    })
}

/// Which of its build's jobs it is, however often that is tried.
#[must_use]
pub fn slot(ci: &Ci) -> String {
    let shard = ci.shard.map(|shard| format!("{}/{}", shard.index, shard.count));
    // A mark that each try has anew says nothing of the job, unless it is all there is. Jobs of a
    // matrix share their key, and have names of their own.
    let job = ci.job.as_ref().filter(|job| ci.step_key.as_ref() != Some(*job));
    let mark = ci.job_id.as_ref().filter(|_| ci.step_key.is_none() && job.is_none());
    let words = [ci.step_key.as_ref(), job, mark, shard.as_ref(), ci.variant.as_ref()];
    words.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("|")
}

#[must_use]
pub fn job_attempt(ci: &Ci) -> u32 {
    ci.job_attempt.or(ci.attempt).unwrap_or(1).max(1)
}

/// Which of several tries of one attempt: GitLab does not number the tries of a job, whose ids grow.
#[must_use]
pub fn turn(ci: &Ci) -> i64 {
    let id = ci.job_id.as_deref().filter(|_| provider(ci) == Provider::Gitlab);
    id.and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn short(branch: &str) -> String {
    branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned()
}
