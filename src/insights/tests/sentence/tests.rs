use super::super::fixtures::{day, hour, hourly, judged, main_runs, on_branch, on_main};
use super::super::{Health, Suspects, judge};
use super::*;

/// Under a failure in this build, after these runs, an hour later.
fn told(runs: &[Run], build: &TestedBuild) -> String {
    let found = sentence(runs, build, &judged(runs));
    found.text(Timestamp(build.at.0 + Timestamp::MILLIS_PER_HOUR))
}

fn on_feature(at: i64) -> TestedBuild {
    on_branch(at, "feature/x")
}

#[test]
fn a_failure_after_passes_is_new() {
    let runs = main_runs(&"P".repeat(41));
    let text = "New failure: passed 41 of 41 on main, likely this change";
    assert_eq!(told(&runs, &on_feature(41)), text);
    assert_eq!(told(&runs, &on_main(41)), text);
}

#[test]
fn four_passes_are_not_history_enough_and_five_are() {
    assert_eq!(told(&main_runs("PPPP"), &on_feature(9)), "Not enough history (4 runs)");
    assert_eq!(told(&[], &on_feature(9)), "Not enough history (0 runs)");
    let text = "New failure: passed 5 of 5 on main, likely this change";
    assert_eq!(told(&main_runs("PPPPP"), &on_feature(9)), text);
}

#[test]
fn where_main_tells_too_little_all_branches_are_counted() {
    let runs = hourly(0, "PPPPPPP", |at| on_branch(at, "feature/other"));
    let text = "New failure: passed 7 of 7 before, likely this change";
    assert_eq!(told(&runs, &on_feature(9)), text);
}

#[test]
fn the_second_failure_on_a_branch_names_the_first() {
    let mut runs = main_runs("PPPPPPPPPP");
    runs.extend(hourly(10, "PFF", on_feature));
    assert_eq!(told(&runs, &on_feature(13)), "Broken since #11 (3 runs)");
    let found = sentence(&runs, &on_feature(13), &judged(&runs));
    assert_eq!((found.kind(), found.build()), ("broken_since", Some(11)));
    let found = found.suspecting(Suspects { commits: 3, authors: 2 });
    assert_eq!(found.text(hour(14)), "Broken since #11 (3 commits, 2 authors)");
}

#[test]
fn what_fails_on_main_too_was_not_caused_here() {
    let mut runs = main_runs("PPPPPPPPPFF");
    let text = "Also failing on main since #9: not caused here";
    assert_eq!(told(&runs, &on_feature(12)), text);
    // Also when it is not the first failure here.
    runs.extend(hourly(20, "FF", on_feature));
    assert_eq!(told(&runs, &on_feature(22)), text);
    // On main itself it is simply broken.
    assert_eq!(told(&runs, &on_main(23)), "Broken since #9 (3 runs)");
}

#[test]
fn only_what_was_before_the_build_counts() {
    let runs = main_runs("PPPPPPPPPFF");
    let text = "New failure: passed 6 of 6 on main, likely this change";
    assert_eq!(told(&runs, &on_feature(6)), text, "main failed only later");
}

#[test]
fn a_flaky_test_is_known_with_its_numbers_and_its_last_flake() {
    let runs = main_runs("PPPPRPPPFPPPPPPPPRPP");
    assert_eq!(judged(&runs).status, Health::Flaky);
    assert_eq!(
        told(&runs, &on_feature(20)),
        "Known flaky: failed 3 of 20 in 14 days; last flake 4 h ago"
    );
    // One failure on main before it changes nothing.
    let runs = main_runs("PPPPRPPPFPPPPPPPPRPPF");
    let found = sentence(&runs, &on_feature(21), &judged(&runs));
    assert_eq!(found.kind(), "known_flaky");
}

#[test]
fn a_flaky_test_that_fails_thrice_in_a_row_is_broken_all_the_same() {
    let runs = main_runs("PPPPRPPPFPPPPPPPPRPPFF");
    assert!(judged(&runs).is_flaky());
    assert_eq!(told(&runs, &on_main(22)), "Broken since #20 (3 runs)");
    let runs = main_runs("PPPPRPPPFPPPPPPPPRPPFFF");
    let text = "Also failing on main since #20: not caused here";
    assert_eq!(told(&runs, &on_feature(23)), text);
}

#[test]
fn of_several_default_branches_the_busiest_speaks() {
    let mut runs = main_runs("PPPPPPPPPP");
    let release = |at| TestedBuild { branch: Some("release/1".into()), ..on_main(at) };
    runs.extend(hourly(10, "FF", release));
    let text = "New failure: passed 10 of 10 on main, likely this change";
    assert_eq!(told(&runs, &on_feature(13)), text);
}

#[test]
fn times_are_told_as_people_say_them() {
    for (minutes, text) in [
        (-5, "just now"),
        (0, "just now"),
        (59, "59 min ago"),
        (60, "1 h ago"),
        (2_879, "47 h ago"),
        (2_880, "2 days ago"),
    ] {
        assert_eq!(ago(Timestamp(0), Timestamp(minutes * 60_000)), text);
    }
}

#[test]
fn a_flaky_test_that_was_quiet_lately_says_so() {
    let monitors = super::super::Monitors::default();
    let runs = main_runs("RPPPP");
    let verdict = judge(&runs, &[], &monitors.for_pipeline(&[]), day(20));
    let build = on_feature(20 * 24);
    let found = sentence(&runs, &build, &verdict);
    let text = "Known flaky: failed 0 of 0 in 14 days; last flake 20 days ago";
    assert_eq!(found.text(day(20)), text);
}

#[test]
fn of_a_result_that_is_left_out_it_is_said_why() {
    let said = Sentence::LeftOut { because: Exclusion::MostFailed { failed: 16, ran: 20 } };
    assert_eq!(said.text(hour(0)), "Tells nothing of the test: 16 of 20 tests failed at once");
    assert_eq!((said.kind(), said.build()), ("left_out", None));
}
