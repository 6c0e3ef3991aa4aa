use super::*;
use crate::model::Timestamp;

const MINUTE: i64 = 60_000;

/// A finish that the build itself tells, at a minute.
fn finished(minute: i64, result: BuildResult) -> BuildFact {
    completed(Authority::Build, minute * MINUTE, result)
}

fn blocked(minute: i64, result: BuildResult) -> BuildFact {
    completed(Authority::Block, minute * MINUTE, result)
}

fn completed(authority: Authority, at_ms: i64, result: BuildResult) -> BuildFact {
    let at = Some(Timestamp(at_ms));
    let raw = Some(result.as_str().to_owned());
    let completion = Completion { authority, at, told_at: at, result, raw, detail: None };
    BuildFact { at, completion: Some(completion), ..BuildFact::default() }
}

fn running() -> BuildFact {
    BuildFact { phase: Some(Phase::Running), ..BuildFact::default() }
}

/// Work that is proven to go on at a minute.
fn active(minute: i64) -> BuildFact {
    BuildFact { active_at: Some(Timestamp(minute * MINUTE)), ..running() }
}

fn approval(id: &str, done: bool) -> BuildFact {
    BuildFact { approval: Some(Approval { id: id.to_owned(), done }), ..BuildFact::default() }
}

/// The record of some facts, which must not depend on their order.
fn record(facts: &[BuildFact]) -> Build {
    let fold = |facts: &mut dyn Iterator<Item = &BuildFact>| {
        let mut fold = BuildFold::default();
        for fact in facts {
            fold.absorb(fact);
        }
        fold.record(&StepSummary::default())
    };
    let record = fold(&mut facts.iter());
    assert_eq!(record, fold(&mut facts.iter().rev()));
    record
}

fn state_of(facts: &[BuildFact]) -> (BuildState, Option<BuildResult>, u32) {
    let record = record(facts);
    (record.state, record.result, record.attempt)
}

#[test]
fn a_build_is_queued_until_something_says_more() {
    assert_eq!(state_of(&[BuildFact::default()]), (BuildState::Queued, None, 1));
    let queued = BuildFact { phase: Some(Phase::Queued), ..BuildFact::default() };
    assert_eq!(state_of(&[queued.clone(), running()]), (BuildState::Running, None, 1));
    assert_eq!(state_of(&[queued, active(1)]), (BuildState::Running, None, 1));
}

#[test]
fn of_two_finishes_at_one_time_the_worst_news_wins() {
    use BuildResult::{Aborted, Failure, Skipped, Success, Unknown, Unstable};
    let best_to_worst = [Unknown, Skipped, Success, Unstable, Aborted, Failure];
    for (at, better) in best_to_worst.into_iter().enumerate() {
        for worse in best_to_worst.into_iter().skip(at) {
            let state = state_of(&[finished(5, better), finished(5, worse)]);
            assert_eq!(state, (BuildState::Finished, Some(worse), 1));
        }
    }
}

#[test]
fn the_finish_of_a_run_yields_to_the_builds_own_some_milliseconds_before() {
    let own = finished(5, BuildResult::Unstable);
    let of_run = completed(Authority::Run, 5 * MINUTE + 83, BuildResult::Success);
    let state = state_of(&[own, of_run]);
    assert_eq!(state, (BuildState::Finished, Some(BuildResult::Unstable), 1));
}

#[test]
fn the_finish_of_a_run_counts_while_the_builds_own_is_still_to_come() {
    let own = finished(5, BuildResult::Failure);
    let of_run = completed(Authority::Run, 9 * MINUTE, BuildResult::Success);
    let facts = [own, active(6), of_run.clone()];
    let record = record(&facts);
    assert_eq!((record.state, record.result), (BuildState::Finished, Some(BuildResult::Success)));
    assert_eq!(record.finished_at, Some(Timestamp(9 * MINUTE)));
    // Alone, it is all there is.
    assert_eq!(state_of(&[of_run]), (BuildState::Finished, Some(BuildResult::Success), 1));
}

#[test]
fn a_bare_running_after_a_finish_does_not_reopen_the_build() {
    let facts = [finished(5, BuildResult::Success), running()];
    assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 1));
}

#[test]
fn work_later_than_the_finish_reopens_the_build_and_earlier_work_does_not() {
    let done = finished(5, BuildResult::Failure);
    assert_eq!(state_of(&[done.clone(), active(6)]), (BuildState::Running, None, 1));
    let finished = (BuildState::Finished, Some(BuildResult::Failure), 1);
    assert_eq!(state_of(&[done.clone(), active(5)]), finished);
    assert_eq!(state_of(&[done, active(4)]), finished);
}

/// An attempt that a message, made at a minute, shows under way without telling a start.
fn under_way(minute: i64, attempt: u32) -> BuildFact {
    let at = Some(Timestamp(minute * MINUTE));
    BuildFact { at, under_way: Some(attempt), attempt: Some(attempt), ..BuildFact::default() }
}

#[test]
fn an_attempt_above_the_finished_ones_reopens_the_build_without_a_start() {
    let first = finished(5, BuildResult::Failure);
    let again = under_way(6, 2);
    assert_eq!(state_of(&[first.clone(), again.clone()]), (BuildState::Running, None, 2));
    let asked = [first.clone(), again.clone(), approval("a", false)];
    assert_eq!(state_of(&asked), (BuildState::Waiting, None, 2));
    let second = finished(8, BuildResult::Success);
    let finished = (BuildState::Finished, Some(BuildResult::Success), 2);
    assert_eq!(state_of(&[first, again.clone(), second.clone()]), finished);
    // The first finish was missed: what was told before the second is over by it.
    assert_eq!(state_of(&[again, second]), finished);
}

#[test]
fn an_attempt_that_is_over_does_not_reopen_the_build() {
    let done = finished(5, BuildResult::Failure);
    let finished = (BuildState::Finished, Some(BuildResult::Failure), 1);
    assert_eq!(state_of(&[done, under_way(6, 1)]), finished);
    let of_run = completed(Authority::Run, 5 * MINUTE, BuildResult::Failure);
    assert_eq!(state_of(&[of_run.clone(), under_way(6, 1)]), finished);
    assert_eq!(state_of(&[of_run, under_way(6, 2)]), (BuildState::Running, None, 2));
}

#[test]
fn a_stage_that_runs_makes_its_build_run() {
    assert_eq!(state_of(&[under_way(1, 1)]), (BuildState::Running, None, 1));
}

#[test]
fn a_later_finish_closes_a_reopened_build_again_as_its_second_attempt() {
    let facts = [finished(5, BuildResult::Failure), active(6), finished(8, BuildResult::Success)];
    assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 2));
    // Repetitions are no attempts.
    let twice = [&facts[..], &facts[..]].concat();
    assert_eq!(state_of(&twice).2, 2);
}

#[test]
fn a_start_that_the_finish_itself_tells_of_is_no_later_work() {
    let mut done = finished(5, BuildResult::Success);
    done.started_at = Some(Timestamp(6 * MINUTE));
    let record = record(&[done, active(6)]);
    assert_eq!(record.state, BuildState::Finished);
    assert_eq!(record.duration_ms, Some(0));
}

#[test]
fn a_finish_without_any_time_still_finishes() {
    let mut done = finished(0, BuildResult::Success);
    let completion = done.completion.as_mut().unwrap();
    (completion.at, completion.told_at) = (None, None);
    let record = record(&[done, active(3)]);
    assert_eq!((record.state, record.finished_at), (BuildState::Finished, None));
}

#[test]
fn a_blocked_build_waits_with_its_result_so_far_and_no_end() {
    let record = record(&[running(), blocked(5, BuildResult::Success)]);
    assert_eq!((record.state, record.result), (BuildState::Waiting, Some(BuildResult::Success)));
    assert_eq!((record.finished_at, record.duration_ms), (None, None));
}

#[test]
fn a_build_gets_past_its_block() {
    let block = blocked(5, BuildResult::Success);
    assert_eq!(state_of(&[block.clone(), active(6)]), (BuildState::Running, None, 1));
    let done = finished(9, BuildResult::Failure);
    let finished = (BuildState::Finished, Some(BuildResult::Failure), 1);
    assert_eq!(state_of(&[block.clone(), active(6), done.clone()]), finished);
    assert_eq!(state_of(&[block, done]), finished);
}

#[test]
fn a_block_later_than_the_finish_is_a_new_wait() {
    let facts = [finished(5, BuildResult::Success), blocked(7, BuildResult::Success)];
    assert_eq!(state_of(&facts), (BuildState::Waiting, Some(BuildResult::Success), 1));
    // At one time, the block belongs to the finish.
    let facts = [finished(5, BuildResult::Success), blocked(5, BuildResult::Success)];
    assert_eq!(state_of(&facts), (BuildState::Finished, Some(BuildResult::Success), 1));
}

#[test]
fn a_build_waits_while_an_approval_is_open_and_done_is_final() {
    let asked = approval("a", false);
    assert_eq!(state_of(&[running(), asked.clone()]).0, BuildState::Waiting);
    let (done, other) = (approval("a", true), approval("b", false));
    assert_eq!(state_of(&[running(), asked.clone(), done.clone()]).0, BuildState::Running);
    assert_eq!(state_of(&[running(), asked, done, other.clone()]).0, BuildState::Waiting);
    let over = finished(5, BuildResult::Aborted);
    assert_eq!(state_of(&[running(), other, over]).0, BuildState::Finished);
}

#[test]
fn a_soft_failure_makes_success_unstable_and_nothing_else() {
    let steps = StepSummary { soft_failed: true, ..StepSummary::default() };
    for (told, shown) in [
        (BuildResult::Success, BuildResult::Unstable),
        (BuildResult::Failure, BuildResult::Failure),
    ] {
        let mut fold = BuildFold::default();
        fold.absorb(&finished(5, told));
        assert_eq!(fold.record(&steps).result, Some(shown));
    }
}

#[test]
fn the_steps_explain_a_failure_that_does_not_explain_itself() {
    let detail = Some(ResultDetail::Infrastructure);
    let steps = StepSummary { detail, ..StepSummary::default() };
    for (result, shown) in [(BuildResult::Failure, detail), (BuildResult::Aborted, None)] {
        let mut fold = BuildFold::default();
        fold.absorb(&finished(5, result));
        assert_eq!(fold.record(&steps).result_detail, shown);
    }
}

#[test]
fn the_word_of_greater_weight_names_the_build_whatever_its_time() {
    let told = |weight, minute: i64, branch: &str| BuildFact {
        at: Some(Timestamp(minute * MINUTE)),
        weight,
        branch: Some(branch.to_owned()),
        ..BuildFact::default()
    };
    let branch = |facts: &[BuildFact]| record(facts).branch.unwrap();
    assert_eq!(branch(&[told(2, 1, "main"), told(1, 9, "other")]), "main");
    assert_eq!(branch(&[told(1, 1, "main"), told(1, 9, "other")]), "other");
}
