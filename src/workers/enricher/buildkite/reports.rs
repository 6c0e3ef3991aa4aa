//! Reports of tests among the artifacts of a build: what each job left is a set of results.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::fetch::AskError;
use crate::model::{Artifact, Aspect, Step};
use crate::providers::buildkite::rest::calls::{BuildPlace, REPORT_BYTES_MAX};
use crate::providers::rest::Refusal;
use crate::reports::{self, Patterns, Summary};
use crate::store::sqlite::books::records::errands::AskedBuild;
use crate::store::sqlite::books::test_sets::{NewSet, Origin};
use crate::workers::enricher::asker::Asker;
use crate::workers::enricher::finding::Finding;
use crate::workers::enricher::going::Going;
use crate::workers::enricher::trouble::Trouble;
use crate::workers::filer::file_told;

/// Reports of one build that are fetched: a quarter of an hour's questions.
const REPORTS_MAX: usize = 500;
const CUT: &str = "of tests, only those of the first 500 reports";

const SHORT: &str = "of tests, those of some reports could not be had: beside the tests stands why";

/// Jobs of a build by their keys.
type Jobs = BTreeMap<String, Step>;

/// Whether an artifact is here to be read, and by its path a report.
pub fn is_one(artifact: &Artifact, patterns: &Patterns) -> bool {
    let is_here = artifact.state.as_deref().is_none_or(|state| state == "finished");
    let path = artifact.path.as_ref().unwrap_or(&artifact.name);
    is_here && artifact.step.is_some() && patterns.is_match(path)
}

pub async fn run(
    asker: &Asker<'_>,
    at: &BuildPlace,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let patterns = &asker.hub.config().test_artifacts;
    let mut found = asker.artifacts(build.id).await?;
    found.retain(|artifact| is_one(artifact, patterns));
    let jobs: Jobs = asker.jobs(build.id).await?;
    // Those of a job that was retried do not count: they come last.
    let is_retried = |key: &String| jobs.get(key).is_some_and(|job| job.superseded);
    found.sort_by_cached_key(|artifact| artifact.step.as_ref().is_some_and(is_retried));
    let is_cut = found.len() > REPORTS_MAX;
    found.truncate(REPORTS_MAX);
    let mut by_job: BTreeMap<(bool, String), Vec<Artifact>> = BTreeMap::new();
    for artifact in found {
        let Some(job) = artifact.step.clone() else { continue };
        by_job.entry((is_retried(&job), job)).or_default().push(artifact);
    }
    let filed = asker.marks(build.id, Origin::Artifact).await?;
    let mut is_short = false;
    for ((_, job), files) in &by_job {
        let mark = mark(files);
        if filed.get(job) != Some(&mark) {
            is_short |= file(asker, at, build, (job, &jobs), files, mark).await?;
        }
    }
    let found = Finding::default().done(Aspect::Tests).short_if(is_short, Aspect::Tests, SHORT);
    Ok(found.cut_if(is_cut, Aspect::Tests, CUT))
}

/// Which artifacts a set is of.
fn mark(files: &[Artifact]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(&file.key);
        digest.update([0]);
    }
    hex::encode(digest.finalize())
}

/// Fetch what a job left, and file it. What cannot be had or read says so with its file. Returns whether
/// something could not be had.
async fn file(
    asker: &Asker<'_>,
    at: &BuildPlace,
    build: &AskedBuild,
    (job, jobs): (&str, &Jobs),
    files: &[Artifact],
    mark: String,
) -> Result<bool, Trouble> {
    let mut going = match asker.memory.resume(asker.errand.id, job, &mark) {
        Some(going) => going,
        None => {
            let set = new_set(asker, job, jobs);
            Going::begin(asker.hub, build.id, set, job.to_owned(), mark).await?
        }
    };
    let mut is_full = false;
    while let Some(artifact) = files.get(going.next) {
        let read = match fetch(asker, at, job, artifact).await {
            Ok(body) => {
                let (back, (read, is_over)) = going
                    .with(move |filling| {
                        let read = reports::read(&body[..], &mut |case| filling.take(case));
                        (read, filling.is_over())
                    })
                    .await?;
                going = back;
                is_full = is_over;
                Ok(read)
            }
            Err(error) if is_of_this_file(&error) => Err(error.to_string()),
            Err(error) => {
                if error.is_passing() {
                    asker.memory.put_by(asker.errand.id, going);
                }
                return Err(error.into());
            }
        };
        let path = artifact.path.as_ref().unwrap_or(&artifact.name);
        let mut told = file_told(path, read.as_ref().unwrap_or(&Summary::default()));
        if let Err(reason) = read {
            told["error"] = reason.into();
            going.is_short = true;
        }
        going.files.push(told);
        going.next += 1;
        if is_full {
            break;
        }
    }
    let is_short = going.is_short;
    going.finish().await?;
    Ok(is_short)
}

async fn fetch(
    asker: &Asker<'_>,
    at: &BuildPlace,
    job: &str,
    artifact: &Artifact,
) -> Result<Vec<u8>, AskError> {
    if artifact.bytes.and_then(|bytes| u64::try_from(bytes).ok()) > Some(REPORT_BYTES_MAX) {
        return Err(AskError::Refused(Refusal::TooLarge { bytes_max: REPORT_BYTES_MAX }));
    }
    let job = job.strip_prefix("job:").unwrap_or(job);
    Ok(asker.ask_elsewhere(&at.artifact(job, &artifact.key)).await?.body)
}

/// Whether others can be had all the same, and this one no sooner by asking again.
fn is_of_this_file(error: &AskError) -> bool {
    match error {
        AskError::Refused(Refusal::Credential(_) | Refusal::Forbidden { .. }) => false,
        AskError::Refused(refusal) => !refusal.is_passing(),
        _ => false,
    }
}

fn new_set(asker: &Asker<'_>, key: &str, jobs: &Jobs) -> NewSet {
    let job = jobs.get(key);
    let (first, attempt) = first_try(key, jobs);
    let name = job.and_then(|job| job.name.clone());
    NewSet {
        origin: Origin::Artifact,
        key: key.to_owned(),
        // Parallel jobs have one name: a job and its retries are told by the first of them.
        slot: [name.as_deref().unwrap_or_default(), first].join("|"),
        attempt,
        turn: 0,
        job_id: key.strip_prefix("job:").map(str::to_lowercase),
        part: None,
        entry: None,
        name: None,
        job: name,
        variant: None,
        agent: job.and_then(|job| job.agent.clone()),
        at: asker.now(),
    }
}

/// The first of the tries of a job, and which of them it is.
fn first_try<'j>(key: &'j str, jobs: &'j Jobs) -> (&'j str, u32) {
    let (mut first, mut attempt) = (key, 1);
    while let Some(before) = jobs.get(first).and_then(|job| job.retry_of.as_deref()) {
        // What is told of retries may go in a circle.
        if attempt as usize > jobs.len() {
            break;
        }
        (first, attempt) = (before, attempt + 1);
    }
    (first, attempt)
}
