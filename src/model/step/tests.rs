use super::lines::RETRIES_MAX;
use super::*;
use crate::model::ANSWERED;

fn job(key: &str, result: BuildResult) -> StepLine {
    StepLine {
        step: StepRef { key: key.to_owned(), attempt: 1 },
        kind: StepKind::Job,
        state: BuildState::Finished,
        result: Some(result),
        detail: None,
        soft_failed: false,
        superseded: false,
        retry_of: None,
        finished_at: None,
    }
}

#[test]
fn a_try_that_tells_its_number_and_whose_retry_it_is_is_counted_once() {
    let first = StepLine { superseded: true, ..job("job:a", BuildResult::Failure) };
    let mut again =
        StepLine { retry_of: Some("job:a".to_owned()), ..job("job:b", BuildResult::Success) };
    again.step.attempt = 2;
    let tries = attempts(&[first.clone(), again.clone()]);
    assert_eq!((tries[&first.step], tries[&again.step]), (1, 2));
}

#[test]
fn a_soft_failure_counts_until_a_retry_takes_its_place() {
    let mut first = job("job:a", BuildResult::Unstable);
    first.soft_failed = true;
    assert!(summarise(&[first.clone()]).soft_failed);

    first.superseded = true;
    let retry =
        StepLine { retry_of: Some("job:a".to_owned()), ..job("job:b", BuildResult::Success) };
    let summary = summarise(&[first, retry]);
    assert!(!summary.soft_failed);
    assert_eq!(summary.attempt, 2);
}

#[test]
fn only_when_every_failed_job_has_a_reason_the_build_has_one() {
    let mut lost = job("job:a", BuildResult::Failure);
    lost.detail = Some(ResultDetail::Infrastructure);
    let mut late = job("job:b", BuildResult::Failure);
    late.detail = Some(ResultDetail::Timeout);
    assert_eq!(summarise(&[lost.clone(), late]).detail, Some(ResultDetail::Infrastructure));
    assert_eq!(summarise(&[lost, job("job:c", BuildResult::Failure)]).detail, None);
}

#[test]
fn an_older_attempt_of_the_same_step_no_longer_counts() {
    let old =
        StepLine { detail: Some(ResultDetail::Timeout), ..job("job:a", BuildResult::Failure) };
    let mut new = job("job:a", BuildResult::Success);
    new.step.attempt = 2;
    let summary = summarise(&[old, new]);
    assert_eq!((summary.attempt, summary.detail), (2, None));
}

/// The record of a step of which these facts were told, in this order and in the other.
fn told(facts: &[StepFact; 2]) -> Step {
    let record = |facts: &[&StepFact]| {
        let mut fold = StepFold::default();
        for fact in facts {
            fold.absorb(fact);
        }
        fold.record()
    };
    let [first, second] = facts;
    assert_eq!(record(&[first, second]), record(&[second, first]));
    record(&[first, second])
}

#[test]
fn of_ends_without_a_time_that_of_the_last_try_counts_and_of_one_try_the_worst() {
    let end = |turn, result| StepFact { result: Some(result), turn, ..fact(BuildState::Finished) };
    let tried_again =
        told(&[end(Some(7), BuildResult::Failure), end(Some(8), BuildResult::Success)]);
    assert_eq!(tried_again.result, Some(BuildResult::Success));
    let in_two = told(&[end(Some(7), BuildResult::Failure), end(Some(7), BuildResult::Success)]);
    assert_eq!(in_two.result, Some(BuildResult::Failure));
    let known_better =
        told(&[end(Some(9), BuildResult::Failure), finished(1, BuildResult::Success)]);
    assert_eq!(known_better.result, Some(BuildResult::Success));
}

#[test]
fn what_reports_that_it_is_over_was_over_by_then() {
    let report = |minute: i64, state, result| StepFact {
        result,
        reported_at: Some(Timestamp(minute * 60_000)),
        ..fact(state)
    };
    let over = |minute| report(minute, BuildState::Finished, Some(BuildResult::Success));
    assert_eq!(told(&[over(3), over(4)]).finished_at, Some(Timestamp(4 * 60_000)));
    let known_better = told(&[over(3), finished(2, BuildResult::Success)]);
    assert_eq!(known_better.finished_at, Some(Timestamp(2 * 60_000)));
    let under_way = report(3, BuildState::Running, None);
    assert_eq!(told(&[under_way.clone(), under_way]).finished_at, None);
}

#[test]
fn a_loop_of_retries_ends() {
    let a = StepLine { retry_of: Some("job:b".to_owned()), ..job("job:a", BuildResult::Success) };
    let b = StepLine { retry_of: Some("job:a".to_owned()), ..job("job:b", BuildResult::Success) };
    assert_eq!(summarise(&[a, b]).attempt, 1 + RETRIES_MAX);
}

fn fact(state: BuildState) -> StepFact {
    let step = StepRef { key: "stage:Deploy".to_owned(), attempt: 1 };
    StepFact { state: Some(state), ..StepFact::about(step, StepKind::Stage) }
}

fn finished(minute: i64, result: BuildResult) -> StepFact {
    StepFact {
        result: Some(result),
        finished_at: Some(Timestamp(minute * 60_000)),
        ..fact(BuildState::Finished)
    }
}

/// The record of some facts, which must not depend on their order.
fn record(facts: &[StepFact]) -> Step {
    let fold = |facts: &mut dyn Iterator<Item = &StepFact>| {
        let mut fold = StepFold::default();
        for fact in facts {
            fold.absorb(fact);
        }
        fold.record()
    };
    let record = fold(&mut facts.iter());
    assert_eq!(record, fold(&mut facts.iter().rev()));
    record
}

#[test]
fn a_step_that_waited_and_then_runs_is_running() {
    let (waiting, running) = (fact(BuildState::Waiting), fact(BuildState::Running));
    assert_eq!(record(std::slice::from_ref(&waiting)).state, BuildState::Waiting);
    let record = record(&[fact(BuildState::Queued), waiting, running]);
    assert_eq!(record.state, BuildState::Running);
}

#[test]
fn the_latest_end_of_a_step_counts_and_at_one_time_the_worst() {
    let (early, late) = (finished(1, BuildResult::Failure), finished(2, BuildResult::Success));
    assert_eq!(record(&[early, late.clone()]).result, Some(BuildResult::Success));
    let worse = finished(2, BuildResult::Aborted);
    assert_eq!(record(&[late, worse]).result, Some(BuildResult::Aborted));
}

#[test]
fn an_answer_of_the_provider_goes_before_what_messages_say_of_the_end() {
    let answer = StepFact { weight: ANSWERED, ..finished(1, BuildResult::Success) };
    let later = finished(2, BuildResult::Failure);
    let record = record(&[answer, later]);
    let told = (Some(BuildResult::Success), Some(Timestamp(60_000)));
    assert_eq!((record.result, record.finished_at), told);
}

#[test]
fn a_step_that_ended_without_a_word_on_how_ended_unknown() {
    let record = record(&[fact(BuildState::Finished), fact(BuildState::Running)]);
    let unknown = (BuildState::Finished, Some(BuildResult::Unknown));
    assert_eq!((record.state, record.result), unknown);
}

/// A stage that only its jobs tell of.
fn stage_of(jobs: &[(BuildState, Option<BuildResult>)]) -> Step {
    let about =
        |key: &str, kind| StepFact::about(StepRef { key: key.to_owned(), attempt: 1 }, kind);
    let record = |fact: StepFact| {
        let mut fold = StepFold::default();
        fold.absorb(&fact);
        (fact.step, fold.record())
    };
    let stage = about("stage", StepKind::Stage);
    let mut steps = vec![record(stage.clone())];
    for (number, (state, result)) in jobs.iter().enumerate() {
        steps.push(record(StepFact {
            parent: Some(stage.step.clone()),
            state: Some(*state),
            result: *result,
            ..about(&format!("job:{number}"), StepKind::Job)
        }));
    }
    settle_stages(&mut steps);
    steps.swap_remove(0).1
}

#[test]
fn a_stage_that_nobody_tells_of_is_what_its_jobs_make_of_it() {
    use BuildState::{Finished, Queued, Running, Waiting};
    let (passed, failed) = (Some(BuildResult::Success), Some(BuildResult::Failure));
    for (jobs, state, result) in [
        (vec![(Queued, None)], Queued, None),
        (vec![(Waiting, None), (Queued, None)], Waiting, None),
        (vec![(Running, None), (Queued, None)], Running, None),
        (vec![(Finished, passed), (Queued, None)], Running, None),
        (vec![(Finished, passed), (Finished, failed)], Finished, failed),
        (vec![(Finished, passed)], Finished, passed),
    ] {
        let stage = stage_of(&jobs);
        assert_eq!((stage.state, stage.result), (state, result), "{jobs:?}");
    }
}
