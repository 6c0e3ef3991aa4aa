//! Test runs of a build, and their results.

mod cases;

use super::answers::{Cursor, Page, counted};
use super::calls::{RUNS_PAGE, Results};
use crate::model::{TestResult, TestRun, TestStatus, TestTotals, Timestamp, Unreadable};
use crate::providers::azure_devops::json::{Label, shape};
use crate::providers::azure_devops::payload;
use crate::providers::rest::Answer;

pub use cases::{Tested, test_cases};

/// Longest message and longest stack trace that are kept, in characters.
const TEXT_MAX: usize = 64 * 1024;

shape! {
    Run {
        id: Label = "id",
        name: String = "name",
        state: String = "state",
        post_state: String = "postProcessState",
        total: i64 = "totalTests",
        passed: i64 = "passedTests",
        /// Failed, and nobody has looked at why.
        unanalyzed: i64 = "unanalyzedTests",
        not_applicable: i64 = "notApplicableTests",
        incomplete: i64 = "incompleteTests",
        statistics: Vec<Counted> = "runStatistics",
        started: Timestamp = "startedDate",
        completed: Timestamp = "completedDate",
        reference: Reference = "pipelineReference",
    }
}

shape! {
    Counted {
        outcome: String = "outcome",
        count: i64 = "count",
    }
}

shape! {
    Reference {
        stage: Stage = "stageReference",
        phase: Phase = "phaseReference",
        job: Job = "jobReference",
    }
}

shape! {
    Stage {
        name: String = "stageName",
        attempt: i64 = "attempt",
    }
}

shape! {
    Phase {
        name: String = "phaseName",
        attempt: i64 = "attempt",
    }
}

shape! {
    Job {
        name: String = "jobName",
        attempt: i64 = "attempt",
    }
}

shape! {
    /// A result, or a part of one.
    Case {
        id: Label = "id",
        sequence: i64 = "sequenceId",
        outcome: String = "outcome",
        full_name: String = "automatedTestName",
        title: String = "testCaseTitle",
        case: Named = "testCase",
        display_name: String = "displayName",
        storage: String = "automatedTestStorage",
        duration: f64 = "durationInMs",
        message: String = "errorMessage",
        stack: String = "stackTrace",
        computer: String = "computerName",
        started: Timestamp = "startedDate",
        group: String = "resultGroupType",
        parts: Vec<Case> = "subResults",
    }
}

shape! {
    Named {
        name: String = "name",
    }
}

/// `cursor` is the one that the page was asked with.
pub fn test_runs(answer: &Answer, cursor: Option<&Cursor>) -> Result<Page<TestRun>, Unreadable> {
    let (told, count) = counted::<Run>(answer)?;
    let items = told.into_iter().filter_map(run).collect();
    Ok(Page::by_length(items, count, RUNS_PAGE, skipped(cursor)))
}

fn skipped(cursor: Option<&Cursor>) -> usize {
    match cursor {
        Some(Cursor::Skip(count)) => *count,
        Some(Cursor::Token(_)) | None => 0,
    }
}

fn run(told: Run) -> Option<TestRun> {
    let is = |word: &Option<String>, expected| payload::is(word.as_deref(), expected);
    let is_written = is(&told.state, "Completed")
        && told.post_state.as_ref().is_none_or(|_| is(&told.post_state, "Complete"));
    let is_given_up = is(&told.state, "Aborted") || is(&told.state, "NeedsInvestigation");
    let (stage, job, attempt) = told.reference.map(place).unwrap_or_default();
    let mut totals = TestTotals::default();
    match told.statistics.as_deref().filter(|counts| !counts.is_empty()) {
        Some(counts) => {
            for counted in counts {
                add(&mut totals, counted.outcome.as_deref().unwrap_or_default(), counted.count);
            }
        }
        None => {
            add(&mut totals, "Passed", told.passed);
            add(&mut totals, "Failed", told.unanalyzed);
            add(&mut totals, "NotApplicable", told.not_applicable);
            add(&mut totals, "Aborted", told.incomplete);
        }
    }
    Some(TestRun {
        key: told.id?.0,
        name: told.name,
        is_complete: is_written || is_given_up,
        totals: filled(totals, told.total),
        stage,
        job,
        attempt,
        started_at: told.started,
        finished_at: told.completed,
    })
}

/// The stage, and the job as people know it: of a phase with one job the phase has the name. Whatever of
/// the three was tried again, it is a further try of the job.
fn place(told: Reference) -> (Option<String>, Option<String>, Option<u32>) {
    let stage = told.stage.unwrap_or_default();
    let phase = told.phase.unwrap_or_default();
    let job = told.job.unwrap_or_default();
    let attempt = stage.attempt.max(phase.attempt).max(job.attempt);
    let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok());
    let name = match (phase.name, job.name) {
        (Some(phase), Some(name)) if payload::is(Some(&name), "__default") => Some(phase),
        (Some(phase), Some(name)) => Some(format!("{phase} {name}")),
        (phase, name) => phase.or(name),
    };
    // A pipeline without stages has one of this name.
    let stage = stage.name.filter(|name| !payload::is(Some(name), "__default"));
    (stage, name, attempt.filter(|attempt| *attempt > 0))
}

fn add(totals: &mut TestTotals, outcome: &str, count: Option<i64>) {
    let count = count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    totals.count(status(outcome), count);
}

/// Tests that are in the total and under no outcome did not run: the plain counters have none for them.
fn filled(mut totals: TestTotals, told: Option<i64>) -> TestTotals {
    let told = told.and_then(|total| u64::try_from(total).ok()).unwrap_or(0);
    let rest = told.saturating_sub(totals.total);
    totals.skipped = totals.skipped.saturating_add(rest);
    totals.total = totals.total.max(told);
    totals
}

/// An outcome in our words. The service is not consistent in its capitals.
fn status(outcome: &str) -> TestStatus {
    const WORDS: [(&str, TestStatus); 10] = [
        ("Passed", TestStatus::Passed),
        // Passed, with a remark.
        ("Warning", TestStatus::Passed),
        ("Failed", TestStatus::Failed),
        ("NotExecuted", TestStatus::Skipped),
        ("NotApplicable", TestStatus::Skipped),
        ("NotImpacted", TestStatus::Skipped),
        ("Blocked", TestStatus::Skipped),
        // The test itself said that it cannot tell.
        ("Inconclusive", TestStatus::Skipped),
        ("Error", TestStatus::Errored),
        ("Timeout", TestStatus::Errored),
    ];
    let known = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(outcome));
    // Aborted, Paused, InProgress, None, Unspecified, and what is not known: no verdict.
    known.map_or(TestStatus::Errored, |(_, status)| *status)
}

fn result(told: Case, parent: Option<(&str, usize)>) -> Option<TestResult> {
    let key = match parent {
        None => told.id?.0,
        Some((parent, place)) => {
            let place = told.sequence.map_or(place.to_string(), |sequence| sequence.to_string());
            format!("{parent}/{place}")
        }
    };
    let is_rerun = payload::is(told.group.as_deref(), "rerun");
    let mut parts = told.parts.unwrap_or_default();
    // Those that tell no place keep theirs, behind those that do.
    parts.sort_by_key(|part| part.sequence.unwrap_or(i64::MAX));
    let parts: Vec<TestResult> = parts
        .into_iter()
        .enumerate()
        .filter_map(|(place, part)| result(part, Some((&key, place))))
        .collect();
    let last = parts.last().filter(|_| is_rerun).map(|part| part.status);
    let of_case = told.case.and_then(|case| case.name);
    let name = told.full_name.or(told.title).or(of_case).or(told.display_name);
    let limited = |text: String| -> String { text.chars().take(TEXT_MAX).collect() };
    Some(TestResult {
        name: name.unwrap_or_else(|| key.clone()),
        key,
        suite: told.storage,
        status: told.outcome.as_deref().map(status).or(last).unwrap_or(TestStatus::Errored),
        duration_ms: told.duration.filter(|duration| *duration >= 0.0),
        message: told.message.map(limited),
        stack: told.stack.map(limited),
        agent: told.computer,
        started_at: told.started,
        parts,
        is_rerun,
    })
}

#[cfg(test)]
mod tests;
