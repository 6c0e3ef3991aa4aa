//! What is asked of Azure DevOps about a build, and what follows from the answers.

mod test_runs;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::json;

use super::asker::Asker;
use super::finding::{Finding, Kept, Listed, WantedLog};
use super::trouble::Trouble;
use crate::model::{
    Aspect, BuildState, Change, Errand, ErrandKind, Rank, StepFact, StepKind, StepRef, Told,
    Unreadable,
};
use crate::providers::azure_devops::rest::{self, About, Cursor, Page, calls};
use crate::providers::rest::{Answer, Call};
use crate::store::sqlite::books::records::errands::{AskedBuild, ErrandRow};

/// How often a build that goes on is asked about.
const RUNNING_AGAIN: Duration = Duration::from_mins(1);

/// How soon a timeline is asked for again that lags behind its build.
const UNFINISHED_AGAIN: Duration = Duration::from_secs(20);

/// It lags no longer than this: what has not ended by then was given up with its build.
const LAG_MAX_MS: i64 = 10 * 60_000;

/// A build that has told nothing new for this long is no longer followed.
const RUNNING_MAX_MS: i64 = 24 * 3_600_000;

/// Pages of one list that are followed.
const PAGES_MAX: usize = 100;

/// Changes kept of one build.
const CHANGES_MAX: usize = 500;
const CHANGES_CUT: &str = "only the first changes";

const STEPS_CUT: &str = "only the first steps of a very long timeline";

/// Older timelines that are read in one go.
const EARLIER_MAX: usize = 20;

/// The words a build is asked for by.
pub struct Place<'b> {
    pub project: &'b str,
    pub id: i64,
}

pub fn place(build: &AskedBuild) -> Result<Place<'_>, Trouble> {
    let impossible =
        |reason: &str| Trouble::Impossible { code: "not_found", reason: reason.into() };
    let project = build.project_id.as_deref().or(build.project.as_deref());
    let id = build.external_id.as_deref().and_then(|id| id.parse().ok());
    Ok(Place {
        project: project.ok_or_else(|| impossible("the hooks do not tell the build's project"))?,
        id: id.ok_or_else(|| impossible("the hooks do not tell the build's id"))?,
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
        ErrandKind::Timeline => timeline(asker, &at, build).await,
        ErrandKind::Changes => changes(asker, &at, build).await,
        ErrandKind::Artifacts => artifacts(asker, &at).await,
        ErrandKind::Tests => test_runs::run(asker, &at, build).await,
        kind => Err(Trouble::Impossible {
            code: "not_found",
            reason: format!("Azure DevOps has no {} of a build", kind.as_str()),
        }),
    }
}

async fn the_build(
    asker: &Asker<'_>,
    at: &Place<'_>,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let call = calls::build(at.project, at.id);
    let answer = asker.ask(&call).await?;
    let told = rest::build(&answer, Some(asker.base()))?.ok_or_else(|| Trouble::Impossible {
        code: "not_found",
        reason: "the provider knows nothing of this build".to_owned(),
    })?;
    let is_over = told.is_over();
    let now = asker.now();
    let rank = asker.rank(build);
    let mut finding = Finding {
        errands: vec![Errand::new(ErrandKind::Timeline, rank, now)],
        ..Finding::default()
    };
    if is_over {
        let later = rank.max(Rank::Success);
        for (kind, aspect) in [
            (ErrandKind::Changes, Aspect::Changes),
            (ErrandKind::Artifacts, Aspect::Artifacts),
            (ErrandKind::Tests, Aspect::Tests),
        ] {
            finding.errands.push(Errand::new(kind, later, now));
            finding = finding.pending(aspect);
        }
    } else if now.0 - build.sort_at.0 < RUNNING_MAX_MS {
        finding.again = Some(RUNNING_AGAIN);
    } else {
        finding.is_unfollowed = true;
    }
    let fact = Told { build: Some(told.fact), steps: Vec::new() };
    finding.told.push(Kept::of("build", &call, &answer, fact));
    Ok(finding.pending(Aspect::Steps).pending(Aspect::Logs))
}

async fn timeline(
    asker: &Asker<'_>,
    at: &Place<'_>,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let queues = asker.queues(at.project).await?;
    let about = About { page: build.url.as_deref(), queues: queues.as_deref(), newest: None };
    let call = calls::timeline(at.project, at.id, None);
    let answer = asker.ask(&call).await?;
    let told = rest::timeline(&answer, &about)?;
    let mut finding = Finding::default();
    let mut read = 0;
    for earlier in &told.earlier {
        let name = format!("timeline:{}", earlier.timeline_id);
        if asker.has_answer(build.id, &name).await? {
            continue;
        }
        read += 1;
        if read > EARLIER_MAX {
            // The rest with the next look.
            finding.again = Some(UNFINISHED_AGAIN);
            break;
        }
        let call = calls::timeline(at.project, at.id, Some(&earlier.timeline_id));
        let answer = asker.ask(&call).await?;
        let before = rest::timeline(&answer, &About { newest: Some(&told.newest), ..about })?;
        finding.logs.extend(logs_of(&before.steps, true));
        let says = Told { build: None, steps: before.steps };
        finding.told.push(Kept::of(name, &call, &answer, says));
    }
    let ended_at = build.finished_at.unwrap_or(build.sort_at);
    finding = finding.cut_if(told.is_cut, Aspect::Steps, STEPS_CUT);
    let is_told = told.is_over || told.steps.is_empty();
    let is_over =
        build.state == BuildState::Finished && (is_told || asker.now().0 - ended_at.0 > LAG_MAX_MS);
    finding.logs.extend(logs_of(&told.steps, is_over));
    finding.is_all_of_logs = is_over;
    let says = Told { build: None, steps: told.steps };
    finding.told.push(Kept::of("timeline", &call, &answer, says));
    if is_over {
        return Ok(finding.done(Aspect::Steps));
    }
    if build.state == BuildState::Finished {
        // The build is over, but its timeline is not yet told to the end.
        finding.again = Some(UNFINISHED_AGAIN);
    }
    // What is pending then, the answer about the build has said.
    Ok(finding)
}

/// The logs to keep: a job's own, which holds those of its tasks; else those of its tasks.
fn logs_of(steps: &[StepFact], is_build_over: bool) -> Vec<WantedLog> {
    let jobs: HashSet<&StepRef> = steps
        .iter()
        .filter(|step| step.kind == StepKind::Job && step.log.is_some())
        .map(|step| &step.step)
        .collect();
    let is_part = |step: &StepFact| {
        step.kind == StepKind::Task && step.parent.as_ref().is_some_and(|job| jobs.contains(job))
    };
    let mut seen = HashSet::new();
    steps
        .iter()
        .filter(|step| !is_part(step))
        .filter_map(|step| WantedLog::of(step, is_build_over))
        .filter(|wanted| seen.insert(wanted.log.provider_key.clone()))
        .collect()
}

async fn changes(
    asker: &Asker<'_>,
    at: &Place<'_>,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let green = asker.last_green(build.id).await?;
    let green_id = green.as_ref().and_then(|(_, id)| id.as_deref()?.parse().ok());
    let mut items: Vec<Change> = Vec::new();
    let mut is_cut = false;
    let (call, answer) = match green_id {
        Some(from) => {
            let call = calls::changes_between(at.project, from, at.id, CHANGES_MAX + 1);
            let answer = asker.ask(&call).await?;
            items.extend(rest::changes(&answer)?.items);
            (call, answer)
        }
        None => {
            let first = calls::changes(at.project, at.id, None);
            let listed = all_pages(
                asker,
                first.clone(),
                |answer, _| rest::changes(answer),
                |cursor| calls::changes(at.project, at.id, Some(cursor)),
            )
            .await?;
            items.extend(listed.items);
            is_cut = listed.is_cut;
            (first, listed.answer)
        }
    };
    is_cut |= items.len() > CHANGES_MAX;
    items.truncate(CHANGES_MAX);
    let since = green.filter(|_| green_id.is_some()).map(|(public_id, _)| public_id);
    let says = json!({"since": since, "items": items});
    let kept = vec![Kept::of("changes", &call, &answer, says)];
    let finding = Finding { kept, ..Finding::default() }.done(Aspect::Changes);
    Ok(finding.cut_if(is_cut, Aspect::Changes, CHANGES_CUT))
}

async fn artifacts(asker: &Asker<'_>, at: &Place<'_>) -> Result<Finding, Trouble> {
    let call = calls::artifacts(at.project, at.id);
    let answer = asker.ask(&call).await?;
    let says = json!(rest::artifacts(&answer)?);
    let kept = vec![Kept::of("artifacts", &call, &answer, says)];
    Ok(Finding { kept, ..Finding::default() }.done(Aspect::Artifacts))
}

/// A list, page by page.
async fn all_pages<T>(
    asker: &Asker<'_>,
    first: Call,
    read: impl Fn(&Answer, Option<&Cursor>) -> Result<Page<T>, Unreadable>,
    then: impl Fn(&Cursor) -> Call,
) -> Result<Listed<T>, Trouble> {
    let answer = asker.ask(&first).await?;
    let Page { mut items, mut next } = read(&answer, None)?;
    for _ in 1..PAGES_MAX {
        let Some(cursor) = next else { break };
        let page = read(&asker.ask(&then(&cursor)).await?, Some(&cursor))?;
        items.extend(page.items);
        next = page.next;
    }
    Ok(Listed { answer, items, is_cut: next.is_some() })
}

/// Names of a project's queues by their ids.
pub type Queues = BTreeMap<i64, String>;
