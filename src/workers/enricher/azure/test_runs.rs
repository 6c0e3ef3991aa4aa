//! The tests of a build, as its test runs tell them: each run is a set of results.
//!
//! Runs are listed anew with every look, which is cheap; the results of a run are asked for only where the
//! run stands otherwise than when they were filed. So a kill costs no more than the run it came into.

use std::time::Duration;

use serde_json::json;

use super::{Place, all_pages};
use crate::fetch::AskError;
use crate::model::{Aspect, TestRun};
use crate::providers::azure_devops::rest::{self, Cursor, Page, Tested, calls};
use crate::providers::rest::Refusal;
use crate::store::sqlite::books::records::errands::AskedBuild;
use crate::store::sqlite::books::test_sets::{NewSet, Origin};
use crate::workers::enricher::asker::Asker;
use crate::workers::enricher::finding::{Finding, Kept};
use crate::workers::enricher::going::Going;
use crate::workers::enricher::trouble::Trouble;

/// Test results may be published after the end of a build: it is asked again until then.
const LATE_MS: i64 = 15 * 60_000;
const AGAIN: Duration = Duration::from_mins(3);

/// Results of one build that are asked for: five thousand questions.
const RESULTS_MAX: u64 = 1_000_000;
const CUT: &str = "of tests, only the first 10,000 runs and 1,000,000 results";

/// Tries are told with their test, a fifth as many tests a page: otherwise a test that passed when it was
/// run again could not be told from one that passed.
const ALL: calls::Results = calls::Results { only_failed: false, with_parts: true };

pub async fn run(
    asker: &Asker<'_>,
    at: &Place<'_>,
    build: &AskedBuild,
) -> Result<Finding, Trouble> {
    let call = calls::test_runs(at.project, at.id, None);
    let listed = all_pages(asker, call.clone(), rest::test_runs, |cursor| {
        calls::test_runs(at.project, at.id, Some(cursor))
    })
    .await?;
    let filed = asker.marks(build.id, Origin::Api).await?;
    let mut results: u64 = 0;
    let mut is_cut = listed.is_cut;
    let mut missing: Vec<(&str, AskError)> = Vec::new();
    for run in listed.items.iter().filter(|run| run.totals.total > 0) {
        results = results.saturating_add(run.totals.total);
        if results > RESULTS_MAX {
            is_cut = true;
            break;
        }
        let mark = mark(run);
        if filed.get(&run.key) != Some(&mark) {
            match file(asker, at, build, run, mark).await? {
                Filed::Whole => {}
                Filed::Missing(error) => missing.push((&run.key, error)),
            }
        }
    }
    if !missing.is_empty() {
        // One that was deleted since is not listed any more. Of one that is, the results are still to come.
        let listed = all_pages(asker, call.clone(), rest::test_runs, |cursor| {
            calls::test_runs(at.project, at.id, Some(cursor))
        })
        .await?;
        let is_listed = |key: &str| listed.items.iter().any(|run| run.key == key);
        if let Some((_, error)) = missing.into_iter().find(|(key, _)| is_listed(key)) {
            return Err(error.into());
        }
    }
    let ended_at = build.finished_at.unwrap_or(build.sort_at);
    let is_fresh = asker.now().0 - ended_at.0 < LATE_MS;
    let kept = vec![Kept::of("tests", &call, &listed.answer, json!({"runs": listed.items}))];
    let finding = Finding { kept, again: is_fresh.then_some(AGAIN), ..Finding::default() };
    Ok(finding.done(Aspect::Tests).cut_if(is_cut, Aspect::Tests, CUT))
}

/// How a run stands. Results are added to it, and its end is told, as long as it is worked on.
fn mark(run: &TestRun) -> String {
    let ended_at = run.finished_at.map(|at| at.0);
    json!([run.is_complete, run.totals, ended_at]).to_string()
}

/// What came of the question for the results of a run.
enum Filed {
    Whole,
    /// There are none, it is said, of a run that was listed a moment ago.
    Missing(AskError),
}

/// Ask for the results of a run, and file them.
async fn file(
    asker: &Asker<'_>,
    at: &Place<'_>,
    build: &AskedBuild,
    run: &TestRun,
    mark: String,
) -> Result<Filed, Trouble> {
    let mut going = asker.memory.resume(asker.errand.id, &run.key, &mark);
    loop {
        let cursor = going.as_ref().map(|going| Cursor::Skip(going.next));
        let call = calls::test_results(at.project, &run.key, ALL, cursor.as_ref());
        let page = asker.ask_anew(&call).await.and_then(|answer| {
            let read = rest::test_cases(&answer, ALL, cursor.as_ref());
            read.map_err(|unreadable| AskError::Refused(Refusal::Unreadable(unreadable)))
        });
        let Page { items, next } = match page {
            Ok(page) => page,
            Err(error) => {
                if let (true, Some(going)) = (error.is_passing(), going) {
                    asker.memory.put_by(asker.errand.id, going);
                }
                return match error {
                    AskError::Refused(Refusal::Missing { .. } | Refusal::Gone) => {
                        Ok(Filed::Missing(error))
                    }
                    error => Err(error.into()),
                };
            }
        };
        let begun = match going {
            Some(going) => going,
            None => {
                let set = new_set(asker, run, &items);
                Going::begin(asker.hub, build.id, set, run.key.clone(), mark.clone()).await?
            }
        };
        let (mut begun, is_full) =
            begun.take(items.into_iter().map(|it| it.case).collect()).await?;
        match next {
            Some(Cursor::Skip(skip)) if !is_full => {
                begun.next = skip;
                going = Some(begun);
            }
            next => {
                let cut = next.is_some().then_some("only the first results are kept");
                let file = json!({
                    "file": format!("test run {}", run.key),
                    "format": "azure_devops",
                    "total": begun.total(),
                    "error": null,
                    "cut": cut,
                });
                begun.files.push(file);
                begun.finish().await?;
                return Ok(Filed::Whole);
            }
        }
    }
}

/// The set of a run. Its agent is that of its results, if they ran on one.
fn new_set(asker: &Asker<'_>, run: &TestRun, first: &[Tested]) -> NewSet {
    let agent = first.first().and_then(|tested| tested.agent.clone());
    let words: Vec<&str> =
        [&run.stage, &run.job].into_iter().flatten().map(String::as_str).collect();
    NewSet {
        origin: Origin::Api,
        key: run.key.clone(),
        slot: match words.is_empty() {
            // Who publishes by hand names no job: each such run stands for itself.
            true => format!("run {}", run.key),
            false => words.join("|"),
        },
        attempt: run.attempt.unwrap_or(1),
        turn: 0,
        job_id: None,
        part: None,
        entry: None,
        name: run.name.clone(),
        job: run.job.clone().or_else(|| run.stage.clone()),
        variant: None,
        agent: agent.filter(|agent| first.iter().all(|it| it.agent.as_ref() == Some(agent))),
        at: asker.now(),
    }
}
