//! Test runs of a build, their results, and the summary of all.

mod cases;

use serde::de::MapAccess;

use super::answers::{Cursor, Page, counted, object};
use super::calls::{RUNS_PAGE, Results};
use crate::model::{TestResult, TestRun, TestStatus, TestTotals, Timestamp, Unreadable};
use crate::providers::azure_devops::json::{Label, Shape, Told, shape};
use crate::providers::azure_devops::payload;
use crate::providers::rest::Answer;

pub use cases::{Tested, test_cases};

/// Longest message and longest stack trace that are kept, in characters.
const TEXT_MAX: usize = 64 * 1024;

/// Words for an outcome, of which the service knows fifteen.
const OUTCOMES_MAX: usize = 100;

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
        duration: String = "duration",
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
        completed: Timestamp = "completedDate",
        group: String = "resultGroupType",
        parts: Vec<Case> = "subResults",
    }
}

shape! {
    Named {
        name: String = "name",
    }
}

shape! {
    Summarised {
        analysis: Analysis = "aggregatedResultsAnalysis",
    }
}

shape! {
    Analysis {
        total: i64 = "totalTests",
        duration: String = "duration",
        by_outcome: ByOutcome = "resultsByOutcome",
    }
}

/// `{"Passed": {"count": 5}, ...}`
#[derive(Debug, Default)]
pub struct ByOutcome(Vec<(String, Counted)>);

impl<'de> Shape<'de> for ByOutcome {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let told: Told<Counted> = map.next_value()?;
        if self.0.len() < OUTCOMES_MAX {
            self.0.extend(told.0.map(|counted| (key.to_owned(), counted)));
        }
        Ok(())
    }
}

/// What all runs of a build come to, the tries of one test counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TestSummary {
    pub totals: TestTotals,
    /// All tests one after the other.
    pub duration_ms: Option<i64>,
}

/// `cursor` is the one that the page was asked with.
pub fn test_runs(answer: &Answer, cursor: Option<&Cursor>) -> Result<Page<TestRun>, Unreadable> {
    let (told, count) = counted::<Run>(answer)?;
    let items = told.into_iter().filter_map(run).collect();
    Ok(Page::by_length(items, count, RUNS_PAGE, skipped(cursor)))
}

/// One run by itself. Nobody asks for one: the list of a build has them all.
pub fn test_run(answer: &Answer) -> Result<Option<TestRun>, Unreadable> {
    Ok(object::<Run>(answer)?.and_then(run))
}

/// A page of results as the service tells them; `asked` and `cursor` are those that it was asked with. Of a
/// build, [`test_cases`] reads the same pages.
pub fn test_results(
    answer: &Answer,
    asked: Results,
    cursor: Option<&Cursor>,
) -> Result<Page<TestResult>, Unreadable> {
    let (told, count) = counted::<Case>(answer)?;
    let items = told.into_iter().filter_map(|case| result(case, None)).collect();
    Ok(Page::by_length(items, count, asked.page(), skipped(cursor)))
}

/// One result by itself. Nobody asks for one: the list of a run has them all.
pub fn test_result(answer: &Answer) -> Result<Option<TestResult>, Unreadable> {
    Ok(object::<Case>(answer)?.and_then(|case| result(case, None)))
}

/// `None` where nothing has been counted yet. Nobody asks for it: the results are here themselves.
pub fn test_summary(answer: &Answer) -> Result<Option<TestSummary>, Unreadable> {
    let told = object::<Summarised>(answer)?.and_then(|told| told.analysis);
    Ok(told.map(|told| {
        let mut totals = TestTotals::default();
        for (outcome, counted) in told.by_outcome.unwrap_or_default().0 {
            add(&mut totals, counted.outcome.as_deref().unwrap_or(&outcome), counted.count);
        }
        TestSummary {
            totals: filled(totals, told.total),
            duration_ms: told.duration.as_deref().and_then(span_ms),
        }
    }))
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

/// An outcome in our words. Lists and summaries differ in their capitals.
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
        raw: told.outcome,
        duration_ms: told.duration.filter(|duration| *duration >= 0.0),
        message: told.message.map(limited),
        stack: told.stack.map(limited),
        agent: told.computer,
        started_at: told.started,
        finished_at: told.completed,
        parts,
        is_rerun,
    })
}

/// Milliseconds of `00:01:15.5450000` and `1.02:00:00`.
fn span_ms(text: &str) -> Option<i64> {
    let mut parts = text.trim().rsplitn(3, ':');
    let seconds: f64 = parts.next()?.parse().ok().filter(|it: &f64| (0.0..60.0).contains(it))?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let hours = parts.next()?;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (days, hours): (u32, u32) = (days.parse().ok()?, hours.parse().ok()?);
    let whole = (i64::from(days) * 24 + i64::from(hours)) * 60 + i64::from(minutes);
    #[expect(clippy::cast_possible_truncation, reason = "less than a minute")]
    let part = (seconds * 1_000.0).round() as i64;
    Some(whole * 60_000 + part)
}

#[cfg(test)]
mod tests;
