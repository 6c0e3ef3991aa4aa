//! The shape in which collectors of test results send to Buildkite's Test Engine: a form with `data`,
//! `format` and `run_env[...]`, or the same as JSON (facts: Buildkite's documentation of its upload
//! API).

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::form::{self, File};
use super::place::{has_hooks, provider_of};
use super::{Parcel, missing};
use crate::model::{Ci, Unreadable};
use crate::providers::HookRequest;
use crate::providers::address::link;

/// What a collector tells of the place it runs in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RunEnv {
    #[serde(rename = "CI")]
    ci: Option<String>,
    /// The same for all uploads of one run.
    key: Option<String>,
    number: Option<String>,
    url: Option<String>,
    branch: Option<String>,
    commit_sha: Option<String>,
    job_id: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Json<'a> {
    #[serde(default)]
    run_env: RunEnv,
    #[serde(borrow)]
    data: &'a RawValue,
}

pub fn parcel(request: &HookRequest<'_>) -> Result<Parcel, Unreadable> {
    let is_json = request.header("content-type").is_some_and(|kind| kind.contains("json"));
    if is_json {
        let Json { run_env, data } = crate::providers::parse(request.body)?;
        let file =
            File { name: "data".to_owned(), bytes: Bytes::copy_from_slice(data.get().as_bytes()) };
        return Ok(Parcel { ci: place(run_env)?, files: vec![file], is_collected: true });
    }
    let form = form::read(request)?;
    let word = |name: &str| form.word(&format!("run_env[{name}]"));
    let run_env = RunEnv {
        ci: word("CI"),
        key: word("key"),
        number: word("number"),
        url: word("url"),
        branch: word("branch"),
        commit_sha: word("commit_sha"),
        job_id: word("job_id"),
        message: word("message"),
    };
    Ok(Parcel { ci: place(run_env)?, files: form.files(&["data"]), is_collected: true })
}

/// The build of a run. What Buildkite's own collectors send is the build of its hooks: `key` is the
/// build's id, and its address tells organisation and pipeline.
fn place(run: RunEnv) -> Result<Ci, Unreadable> {
    let key = run.key.ok_or_else(|| missing("run_env[key]", "nothing says which run this is"))?;
    let address = run.url.as_deref().and_then(link);
    let path: Vec<String> = address
        .as_deref()
        .and_then(|url| url.split_once("://"))
        .map(|(_, rest)| rest.split(['/', '?', '#']).map(str::to_owned).collect())
        .unwrap_or_default();
    let at = |index: usize| path.get(index).filter(|part| !part.is_empty()).cloned();
    let host = at(0).map(|host| host.to_ascii_lowercase());
    let number = |word: String| word.trim().parse().ok();
    let mut ci = Ci {
        build: Some(key),
        number: run.number.and_then(number),
        branch: run.branch,
        commit: run.commit_sha,
        message: run.message,
        job_id: run.job_id,
        ..Ci::default()
    };
    match host.as_deref() {
        // https://buildkite.com/acme/shop/builds/12
        Some("buildkite.com") => {
            ci.provider = Some("buildkite".to_owned());
            (ci.source, ci.pipeline) = (at(1), at(2));
            ci.number = ci.number.or_else(|| at(4).and_then(number));
        }
        // https://github.com/acme/shop/actions/runs/12
        Some("github.com") => {
            ci.provider = Some("github".to_owned());
            ci.source = at(1).zip(at(2)).map(|(owner, name)| format!("{owner}/{name}"));
            if let Some(run) = at(5).filter(|_| at(4).as_deref() == Some("runs")) {
                ci.build = Some(run);
            }
        }
        host => {
            // Without an address nobody can tell which build of the hooks it is, if any.
            let ci_word = run.ci.as_deref().unwrap_or_default();
            if !has_hooks(provider_of(ci_word)) {
                ci.provider.clone_from(&run.ci);
            }
            ci.source = host.map(str::to_owned);
        }
    }
    ci.source = ci.source.or_else(|| Some("collectors".to_owned()));
    ci.pipeline = ci.pipeline.or_else(|| Some(run.ci.unwrap_or_else(|| "tests".to_owned())));
    ci.url = address;
    Ok(ci)
}
