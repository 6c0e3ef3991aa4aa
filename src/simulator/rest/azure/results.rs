//! Test runs of builds, their results page by page, and the summary of a build's tests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::builds::{known, label};
use super::plan;
use super::{Answer, Call, bad_request, error, list, nowhere, page, person, time, words};
use crate::simulator::azure_devops::{Project, STAGES};
use crate::simulator::clock::Tick;
use crate::simulator::dice::Guid;
use crate::simulator::rest::archive::Run;
use crate::simulator::story::cause::Cause;
use crate::simulator::suites::{self, Case, Outcome, Ran};
use crate::simulator::world::contoso;

/// Results are counted from here, in each run anew.
const FIRST_RESULT: u32 = 100_000;

/// Results of a page, and of one that shows more of each.
const RESULTS_MAX: u64 = 1_000;
const DETAILED_MAX: u64 = 200;

/// Runs are asked for by a span of days no longer than this.
const WINDOW_MS_MAX: u64 = 7 * 86_400_000;

/// Runs of one build have numbers below this.
const RUNS_MAX: u64 = 1_000;

/// A job that ran tests to their end.
pub struct Tested {
    pub job: String,
    pub job_id: Guid,
    stage: usize,
    pub attempt: u64,
    pub worker: String,
    /// When its results are published.
    pub published: Tick,
    pub ran: Ran,
}

/// The same, as the provider shows it.
struct TestRun {
    id: u64,
    run: Arc<Run>,
    tested: Tested,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Passed | Self::PassedAgain => "Passed",
            Self::Failed => "Failed",
            Self::NotExecuted => "NotExecuted",
        }
    }
}

impl TestRun {
    fn count(&self, wanted: &str) -> u32 {
        let ran = &self.tested.ran;
        let count = (0..ran.size()).filter(|number| ran.outcome(*number).word() == wanted).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// Jobs of a run that ran tests to their end.
pub fn tested(run: &Run) -> Vec<Tested> {
    let course = &run.course;
    let worker = |stage, job| run.worker(stage, job);
    let plans = plan::jobs(course, &worker);
    let mut found = Vec::new();
    for plan in plans.into_iter().filter(|plan| plan.job.shard == 0) {
        let publishing = plan.tasks.iter().find(|task| task.is_publishing_results());
        let Some((_, published)) = publishing.and_then(|task| task.span) else { continue };
        let Some(testing) = plan.tasks.iter().find(|task| task.is_testing()) else { continue };
        // Who was stopped in the middle has no file to publish.
        let has_results = matches!(plan.job.cause, None | Some(Cause::TestFailure));
        let Some(span) = testing.span.filter(|_| has_results) else { continue };
        let what = (testing.suite, testing.tool);
        found.push(Tested {
            stage: plan.stage.place,
            attempt: plan.stage.attempt,
            worker: testing.worker.clone(),
            published,
            ran: Ran::new(what, span, plan.job.cause, course.trouble, testing.seed()),
            job: plan.name,
            job_id: plan.id,
        });
    }
    found
}

/// Runs of a build that have been published by now.
fn runs_of(call: &Call<'_>, run: &Arc<Run>) -> Vec<TestRun> {
    let known = tested(run).into_iter().filter(|tested| tested.published <= call.now);
    (1..)
        .zip(known)
        .map(|(nth, tested)| TestRun {
            id: run.course.build.id * RUNS_MAX + nth,
            run: Arc::clone(run),
            tested,
        })
        .collect()
}

/// Below `{project}/_apis/test`.
pub fn route(call: &Call<'_>, project: usize, of: &Project, path: &[&str]) -> Answer {
    match path {
        ["runs"] => runs(call, project, of),
        ["runs", id, rest @ ..] => {
            let found = id.parse::<u64>().ok().and_then(|id| {
                let run = known(call, project, id / RUNS_MAX)?;
                runs_of(call, &run).into_iter().find(|run| run.id == id)
            });
            let Some(run) = found else {
                let message = format!("Test run {id} cannot be found.");
                return error(404, &message, "TestObjectNotFoundException");
            };
            match rest {
                [] => Answer::json(200, &shown(call, of, &run, true)),
                ["statistics"] => {
                    let statistics = statistics(&run);
                    Answer::json(
                        200,
                        &json!({ "run": reference(call, of, &run), "runStatistics": statistics }),
                    )
                }
                ["results"] => results(call, of, &run),
                ["results", number] => result_of(call, of, &run, number),
                _ => nowhere(call),
            }
        }
        _ => nowhere(call),
    }
}

/// `GET {project}/_apis/test/runs`: of a build, or of the days that are named.
fn runs(call: &Call<'_>, project: usize, of: &Project) -> Answer {
    let ask = call.ask;
    let details = ask.is_true("includeRunDetails");
    let ids: Vec<u64> = match (ask.query("buildUri"), ask.query("buildIds")) {
        (Some(uri), _) => {
            let id = uri.strip_prefix("vstfs:///Build/Build/").and_then(|id| id.parse().ok());
            let Some(id) = id else {
                return bad_request(&format!("The build uri '{uri}' is not valid."));
            };
            vec![id]
        }
        (None, Some(list)) => list.split(',').filter_map(|id| id.trim().parse().ok()).collect(),
        (None, None) => {
            let archive = call.rest.archive();
            let here = archive
                .runs()
                .rev()
                .filter(|run| contoso().pipelines[run.course.build.pipeline].project == project);
            here.map(|run| run.course.build.id).collect()
        }
    };
    let moment = |name| ask.moment(name).ok().flatten();
    let span = match (moment("minLastUpdatedDate"), moment("maxLastUpdatedDate")) {
        (None, None) => None,
        (Some(from), Some(to)) if from <= to && to <= from.plus_ms(WINDOW_MS_MAX) => {
            Some((from, to))
        }
        _ => {
            return bad_request(
                "minLastUpdatedDate and maxLastUpdatedDate must both be there, seven days apart at \
                 most.",
            );
        }
    };
    let wanted = |run: &TestRun| {
        span.is_none_or(|(from, to)| from <= run.tested.ran.to && run.tested.ran.to <= to)
    };
    let most = ask.number("$top").unwrap_or(100).min(1_000);
    let enough = usize::try_from(ask.number("$skip").unwrap_or(0) + most).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for id in ids {
        let Some(run) = known(call, project, id) else { continue };
        let runs = runs_of(call, &run).into_iter().filter(wanted);
        found.extend(runs.map(|run| shown(call, of, &run, details)));
        if found.len() >= enough {
            break;
        }
    }
    list(&page(call, &found, most))
}

fn reference(call: &Call<'_>, of: &Project, run: &TestRun) -> Value {
    json!({
        "id": run.id.to_string(),
        "name": name(run),
        "url": format!("{}{}/_apis/test/Runs/{}", call.base(), of.name, run.id),
    })
}

fn name(run: &TestRun) -> String {
    format!("{} {}", run.tested.job, label(&run.run.course.build))
}

fn build_reference(call: &Call<'_>, run: &TestRun) -> Value {
    let build = &run.run.course.build;
    json!({
        "id": build.id.to_string(),
        "name": label(build),
        "url": format!("{}_apis/build/Builds/{}", call.base(), build.id),
    })
}

fn statistics(run: &TestRun) -> Vec<Value> {
    ["Passed", "Failed", "NotExecuted"]
        .into_iter()
        .map(|outcome| (outcome, run.count(outcome)))
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| json!({ "state": "Completed", "outcome": outcome, "count": count }))
        .collect()
}

fn shown(call: &Call<'_>, of: &Project, run: &TestRun, details: bool) -> Value {
    let build = &run.run.course.build;
    let phase = run.tested.job.replace(' ', "");
    let mut shown = json!({
        "id": run.id,
        "name": name(run),
        "url": format!("{}{}/_apis/test/Runs/{}", call.base(), of.name, run.id),
        "build": build_reference(call, run),
        "buildConfiguration": { "id": build.id, "number": label(build), "uri": format!("vstfs:///Build/Build/{}", build.id) },
        "isAutomated": true,
        "owner": person(0),
        "project": { "id": of.id.text(), "name": of.name },
        "startedDate": time(run.tested.ran.from),
        "completedDate": time(run.tested.ran.to),
        "createdDate": time(run.tested.ran.from),
        "lastUpdatedDate": time(run.tested.ran.to),
        "lastUpdatedBy": person(0),
        "state": "Completed",
        "postProcessState": "Complete",
        "totalTests": run.tested.ran.size(),
        "passedTests": run.count("Passed"),
        "unanalyzedTests": run.count("Failed"),
        "notApplicableTests": run.count("NotExecuted"),
        "incompleteTests": 0,
        "revision": 3,
        "webAccessUrl": format!(
            "{}{}/_TestManagement/Runs?runId={}&_a=runCharts", contoso().base, of.name, run.id
        ),
        "pipelineReference": {
            "pipelineId": build.id,
            "stageReference": { "stageName": STAGES[run.tested.stage].0, "attempt": run.tested.attempt },
            "phaseReference": { "phaseName": phase, "attempt": run.tested.attempt },
            "jobReference": { "jobName": "__default", "attempt": run.tested.attempt },
        },
    });
    if details {
        shown["runStatistics"] = Value::from(statistics(run));
    }
    shown
}

/// `GET …/test/Runs/{id}/results?$top&$skip&outcomes&detailsToInclude`
fn results(call: &Call<'_>, of: &Project, run: &TestRun) -> Answer {
    let ask = call.ask;
    let details = words::flags(ask.query("detailsToInclude"), words::DETAILS);
    let details: Vec<String> = details.into_iter().filter(|word| word != "none").collect();
    let most = if details.is_empty() { RESULTS_MAX } else { DETAILED_MAX };
    let outcomes = words::named(ask.query("outcomes"), words::OUTCOMES);
    let numbers: Vec<u32> = (0..run.tested.ran.size())
        .filter(|number| {
            let word = run.tested.ran.outcome(*number).word().to_lowercase();
            outcomes.is_empty() || outcomes.contains(&word)
        })
        .collect();
    let with_more = details.iter().any(|word| word == "subresults");
    let numbers = page(call, &numbers, most);
    let shown: Vec<Value> =
        numbers.into_iter().map(|number| result(call, of, run, number, with_more)).collect();
    list(&shown)
}

fn result_of(call: &Call<'_>, of: &Project, run: &TestRun, wanted: &str) -> Answer {
    let number = wanted.parse::<u32>().ok().and_then(|id| id.checked_sub(FIRST_RESULT));
    match number.filter(|number| *number < run.tested.ran.size()) {
        Some(number) => Answer::json(200, &result(call, of, run, number, true)),
        None => error(
            404,
            &format!("Test result {wanted} of run {} cannot be found.", run.id),
            "TestObjectNotFoundException",
        ),
    }
}

fn result(call: &Call<'_>, of: &Project, run: &TestRun, number: u32, with_more: bool) -> Value {
    let Case { storage, name: full, title, .. } =
        suites::case(run.tested.ran.suite, run.tested.ran.tool, number);
    let outcome = run.tested.ran.outcome(number);
    let ms = run.tested.ran.duration_ms(number);
    let id = FIRST_RESULT + number;
    let begun = run.tested.ran.from.plus_ms(u64::from(number) * 3);
    let (expected, got) = suites::assertion(number);
    let mut shown = json!({
        "id": id,
        "project": { "id": of.id.text(), "name": of.name },
        "startedDate": time(begun),
        "completedDate": time(begun.plus_ms(ms.into())),
        "durationInMs": f64::from(ms),
        "outcome": outcome.word(),
        "revision": 1,
        "state": "Completed",
        "testCase": { "name": title },
        "testRun": reference(call, of, run),
        "lastUpdatedDate": time(run.tested.ran.to),
        "priority": 255,
        "computerName": run.tested.worker,
        "build": build_reference(call, run),
        "createdDate": time(run.tested.ran.to),
        "url": format!("{}{}/_apis/test/Runs/{}/Results/{id}", call.base(), of.name, run.id),
        "failureType": "None",
        "automatedTestStorage": storage,
        "automatedTestType": "JUnit",
        "automatedTestName": full,
        "testCaseTitle": title,
        "testCaseReferenceId": 500 + number,
    });
    if outcome == Outcome::Failed {
        shown["errorMessage"] = Value::from(format!("expected {expected}, got {got}"));
        shown["stackTrace"] = Value::from(format!("at {full} ({storage}:{})", 20 + number % 300));
    }
    if outcome == Outcome::PassedAgain && with_more {
        let attempt = |nth: u32, outcome: &str| {
            json!({
                "id": nth,
                "sequenceId": nth,
                "parentId": 0,
                "displayName": format!("Attempt #{nth} - {title}"),
                "outcome": outcome,
                "durationInMs": ms / 2,
                "errorMessage": (outcome == "Failed")
                    .then(|| format!("expected {expected}, got {got}")),
                "testResult": { "id": id.to_string(), "runId": run.id },
                "lastUpdatedDate": time(run.tested.ran.to),
            })
        };
        shown["resultGroupType"] = Value::from("rerun");
        shown["subResults"] = json!([attempt(1, "Failed"), attempt(2, "Passed")]);
    }
    shown
}

/// Below `{project}/_apis/testresults`, on the host for test results.
pub fn report(call: &Call<'_>, project: usize, of: &Project, path: &[&str]) -> Answer {
    let Some(id) = call.ask.number("buildId") else {
        return bad_request("Value cannot be null. Parameter name: buildId");
    };
    let Some(run) = known(call, project, id) else {
        let message = format!("The requested build {id} could not be found.");
        return error(404, &message, "BuildNotFoundException");
    };
    let runs = runs_of(call, &run);
    match path {
        ["resultsummarybybuild"] => Answer::json(200, &summary(of, &run, &runs)),
        ["resultdetailsbybuild"] => Answer::json(200, &details(&runs)),
        _ => nowhere(call),
    }
}

fn summary(of: &Project, run: &Run, runs: &[TestRun]) -> Value {
    let mut by_outcome = serde_json::Map::new();
    let (mut total, mut all_ms) = (0_u64, 0_u64);
    for outcome in ["Passed", "Failed", "NotExecuted"] {
        let (mut count, mut ms) = (0_u64, 0_u64);
        for run in runs {
            let numbers = (0..run.tested.ran.size())
                .filter(|number| run.tested.ran.outcome(*number).word() == outcome);
            for number in numbers {
                count += 1;
                ms += u64::from(run.tested.ran.duration_ms(number));
            }
        }
        total += count;
        all_ms += ms;
        if count > 0 {
            let counted = json!({
                "outcome": outcome.to_lowercase(), "count": count, "duration": duration(ms)
            });
            by_outcome.insert(outcome.to_owned(), counted);
        }
    }
    let failures: Vec<Value> = failures(runs).collect();
    json!({
        "aggregatedResultsAnalysis": {
            "previousContext": null,
            "resultsDifference": null,
            "totalTests": total,
            "duration": duration(all_ms),
            "resultsByOutcome": by_outcome,
            "runSummaryByState": { "Completed": { "state": "completed", "runsCount": runs.len() } },
        },
        "testFailures": {
            "newFailures": { "count": failures.len(), "testResults": failures },
            "existingFailures": { "count": 0, "testResults": [] },
            "fixedTests": { "count": 0, "testResults": [] },
        },
        "testResultsContext": {
            "contextType": "build",
            "build": { "id": run.course.build.id, "number": label(&run.course.build) },
            "release": null,
        },
        "teamProject": { "id": of.id.text(), "name": of.name },
    })
}

fn failures(runs: &[TestRun]) -> impl Iterator<Item = Value> {
    runs.iter().flat_map(|run| {
        let failing = run.tested.ran.failing.iter();
        failing.map(|number| json!({ "testRunId": run.id, "testResultId": FIRST_RESULT + number }))
    })
}

fn details(runs: &[TestRun]) -> Value {
    let results: Vec<Value> = runs
        .iter()
        .flat_map(|run| {
            run.tested.ran.failing.iter().map(|number| {
                json!({
                    "id": FIRST_RESULT + number,
                    "outcome": "Failed",
                    "testRun": { "id": run.id.to_string() },
                    "automatedTestName": suites::case(run.tested.ran.suite, run.tested.ran.tool, *number).name,
                    "durationInMs": f64::from(run.tested.ran.duration_ms(*number)),
                })
            })
        })
        .collect();
    json!({
        "groupByField": "TestRun",
        "resultsForGroup": [{ "groupByValue": "all", "resultsCountByOutcome": {}, "results": results }],
    })
}

/// `hh:mm:ss.fffffff`
fn duration(ms: u64) -> String {
    let (seconds, rest) = (ms / 1_000, ms % 1_000);
    format!("{:02}:{:02}:{:02}.{rest:03}0000", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
