use super::super::fixtures::{HOUR, hour, hourly, judged, main_runs, on_branch, on_main, run};
use super::*;

fn found<'a>(runs: &'a [Run], branch: Option<&str>) -> FirstBad<'a> {
    first_bad(runs, branch, &judged(runs))
}

/// Numbers of the good and the bad build.
fn range(runs: &[Run]) -> Option<(Option<i64>, i64)> {
    match found(runs, None) {
        FirstBad::Found { good, bad, .. } => Some((good.map(|good| good.id), bad.id)),
        FirstBad::Passes | FirstBad::Flaky { .. } => None,
    }
}

#[test]
fn between_the_last_pass_and_the_first_failure_after_it() {
    assert_eq!(range(&main_runs("PPPFF")), Some((Some(2), 3)));
    assert_eq!(range(&main_runs("FFPFPPPFFF")), Some((Some(6), 7)), "no flaky alarm before it");
    assert_eq!(range(&main_runs("FFF")), Some((None, 0)));
    assert_eq!(range(&main_runs("FFFP")), None);
    assert_eq!(range(&[]), None);
    assert_eq!(range(&main_runs("PPxFF")), Some((Some(1), 3)), "excluded runs tell nothing");
}

#[test]
fn a_late_build_in_between_moves_it() {
    let mut runs = main_runs("PPPFF");
    let between =
        |letter, id| run(TestedBuild { at: Timestamp(2 * HOUR + id), ..on_main(id) }, letter);
    runs.push(between('F', 60));
    assert_eq!(range(&runs), Some((Some(2), 60)));
    runs.push(between('P', 70));
    assert_eq!(range(&runs), Some((Some(70), 3)));
}

#[test]
fn each_branch_has_its_own() {
    let mut runs = main_runs("PPPPP");
    runs.extend(hourly(10, "PFF", |at| on_branch(at, "feature/x")));
    assert_eq!(found(&runs, None), FirstBad::Passes);
    let FirstBad::Found { good, bad, runs } = found(&runs, Some("feature/x")) else {
        panic!("it fails there");
    };
    assert_eq!((good.map(|good| good.id), bad.id, runs), (Some(10), 11, 2));
}

#[test]
fn of_a_flaky_test_no_build_is_to_blame() {
    let runs = main_runs("PPPPRPPPPFFF");
    let found = found(&runs, None);
    assert!(matches!(found, FirstBad::Flaky { bad } if bad.id == 9), "{found:?}");
    let text = found.text(None).expect("it fails");
    assert!(text.starts_with("Failing since #9; the test was flaky in the 14 days"), "{text}");
}

#[test]
fn one_suspect_is_the_commit_and_several_are_suspects() {
    let runs = main_runs("PPPFF");
    let found = found(&runs, None);
    let text = |suspects| found.text(suspects).expect("it fails");
    assert_eq!(text(None), "First bad build: passed in #2, failing since #3");
    let one = Suspects::of([("c1", Some("ada")), ("c1", Some("ada"))]);
    assert_eq!(text(Some(one)), "First bad commit: passed in #2, failing since #3");
    let three = Suspects::of([("c1", Some("ada")), ("c2", None), ("c3", Some("bob"))]);
    assert_eq!(three.text(), "3 commits, 2 authors");
    assert_eq!(text(Some(three)), "One of 3 commits: passed in #2, failing since #3");
}

#[test]
fn where_the_commit_is_the_same_no_commit_did_it() {
    let same = |at| TestedBuild { commit: Some("abc".into()), ..on_main(at) };
    let mut runs = main_runs("PPP");
    runs.extend(hourly(3, "P", same));
    // In another lane, so that it is no contradiction of the test itself.
    runs.extend(hourly(4, "F", same).into_iter().map(|run| Run { lane: "slow".into(), ..run }));
    let text = found(&runs, None).text(None);
    let expected = "No change of the code: passed in #3, failing since #4, on the same commit";
    assert_eq!(text.as_deref(), Some(expected));
    assert_eq!(hour(4), runs[4].build.at);
}
