//! What is asked of Buildkite about a build, and what follows from the answers.

mod reports;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;

use super::asker::Asker;
use super::finding::{Finding, Kept, Listed, WantedLog};
use super::trouble::Trouble;
use crate::fetch::AskError;
use crate::model::{Aspect, Errand, ErrandKind, Rank, Told, Unreadable};
use crate::providers::buildkite::rest::{self, JobsTold, Page, calls::BuildPlace};
use crate::providers::rest::{Answer, Call, Refusal};
use crate::store::sqlite::books::records::errands::{AskedBuild, ErrandRow};

/// How often a build that goes on is asked about: its hooks tell of every job.
const RUNNING_AGAIN: Duration = Duration::from_mins(2);

/// A build that has told nothing new for this long is no longer followed.
const RUNNING_MAX_MS: i64 = 24 * 3_600_000;

/// Pages of one list that are followed.
const PAGES_MAX: u32 = 100;

/// Where a build is found.
pub fn place(build: &AskedBuild) -> Result<BuildPlace, Trouble> {
    let by_words = || {
        Some(BuildPlace {
            organization: build.source_name.clone()?,
            pipeline: build.pipeline.clone()?,
            number: build.number?,
        })
    };
    let found = by_words().or_else(|| BuildPlace::of(build.url.as_deref()?));
    found.ok_or_else(|| Trouble::Impossible {
        code: "not_found",
        reason: "the hooks tell neither the build's pipeline nor its number".to_owned(),
    })
}

/// Run an errand about a build.
pub async fn run(
    asker: &Asker<'_>,
    errand: &ErrandRow,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let at = place(build)?;
    match errand.kind {
        ErrandKind::Build => the_build(asker, &at, build).await,
        ErrandKind::Artifacts => {
            let first = at.artifacts(1);
            let mut listed =
                all_pages(asker, &first, rest::artifacts, |page| at.artifacts(page)).await?;
            // Pages shift while artifacts arrive: one may come twice.
            let mut seen = HashSet::new();
            listed.items.retain(|artifact| seen.insert(artifact.key.clone()));
            let kept = vec![Kept::of("artifacts", &first, &listed.answer, json!(listed.items))];
            let finding = Finding { kept, ..Finding::default() }.done(Aspect::Artifacts);
            let finding = finding.cut_if(listed.is_cut, Aspect::Artifacts, "only 10,000 artifacts");
            let patterns = &asker.hub.config().test_artifacts;
            Ok(match listed.items.iter().any(|artifact| reports::is_one(artifact, patterns)) {
                true => {
                    let mut finding = finding.pending(Aspect::Tests);
                    let rank = asker.rank(build).max(Rank::Success);
                    finding.errands.push(Errand::new(ErrandKind::Tests, rank, asker.now()));
                    finding
                }
                false => finding.done(Aspect::Tests),
            })
        }
        ErrandKind::Tests => reports::run(asker, &at, build).await,
        ErrandKind::Annotations => {
            let first = at.annotations(1);
            let listed =
                all_pages(asker, &first, rest::annotations, |page| at.annotations(page)).await?;
            let kept = vec![Kept::of("annotations", &first, &listed.answer, json!(listed.items))];
            let finding = Finding { kept, ..Finding::default() }.done(Aspect::Annotations);
            Ok(finding.cut_if(listed.is_cut, Aspect::Annotations, "only 3,000 annotations"))
        }
        kind => Err(Trouble::Impossible {
            code: "not_found",
            reason: format!("Buildkite has no {} of a build", kind.as_str()),
        }),
    }
}

async fn the_build(
    asker: &Asker<'_>,
    at: &BuildPlace,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let mut call = at.whole();
    let (answer, told, steps, jobs_call, is_cut) = match asker.ask(&call).await {
        Ok(answer) => {
            let told = rest::build(&answer)?;
            let (steps, is_cut) = (told.steps.clone(), told.is_cut);
            (answer, told, steps, None, is_cut)
        }
        // Too many jobs for one answer: page by page.
        Err(AskError::Refused(Refusal::TooLarge { .. }) | AskError::Timeout(_)) => {
            call = at.alone();
            let answer = asker.ask(&call).await?;
            let told = rest::build(&answer)?;
            let mut jobs = JobsTold::default();
            let first = at.jobs(None);
            let mut next = jobs.add(&asker.ask(&first).await?)?;
            for _ in 1..PAGES_MAX {
                let Some(cursor) = next else { break };
                next = jobs.add(&asker.ask(&at.jobs(Some(&cursor))).await?)?;
            }
            let steps = jobs.facts(answer.at);
            (answer, told, steps, Some(first), jobs.is_cut() || next.is_some())
        }
        Err(error) => return Err(error.into()),
    };
    let is_over = told.fact.completion.is_some();
    let now = asker.now();
    let rank = asker.rank(build);
    let logs = steps.iter().filter_map(|step| WantedLog::of(step, is_over)).collect();
    let mut finding = Finding { logs, is_all_of_logs: is_over, ..Finding::default() };
    if is_over {
        for (kind, aspect) in [
            (ErrandKind::Artifacts, Aspect::Artifacts),
            (ErrandKind::Annotations, Aspect::Annotations),
        ] {
            finding.errands.push(Errand::new(kind, rank.max(Rank::Success), now));
            finding = finding.pending(aspect);
        }
        finding = finding.pending(Aspect::Tests);
    } else {
        match now.0 - build.sort_at.0 < RUNNING_MAX_MS {
            true => finding.again = Some(RUNNING_AGAIN),
            false => finding.is_unfollowed = true,
        }
    }
    let fact = Told { build: Some(told.fact), steps: Vec::new() };
    finding.told.push(Kept::of("build", &call, &answer, fact));
    let says = Told { build: None, steps };
    finding.told.push(Kept::of("jobs", jobs_call.as_ref().unwrap_or(&call), &answer, says));
    finding = finding.cut_if(is_cut, Aspect::Steps, "only 4,000 jobs");
    Ok(match is_over {
        true => finding.done(Aspect::Steps).done(Aspect::Changes),
        false => finding.pending(Aspect::Steps),
    })
}

/// A list, page by page.
async fn all_pages<T>(
    asker: &Asker<'_>,
    first: &Call,
    read: impl Fn(&Answer, u32) -> Result<Page<T>, Unreadable>,
    page_at: impl Fn(u32) -> Call,
) -> Result<Listed<T>, Trouble> {
    let answer = asker.ask(first).await?;
    let Page { mut items, mut next } = read(&answer, 1)?;
    for _ in 1..PAGES_MAX {
        let Some(number) = next else { break };
        let page = read(&asker.ask(&page_at(number)).await?, number)?;
        items.extend(page.items);
        next = page.next;
    }
    Ok(Listed { answer, items, is_cut: next.is_some() })
}
