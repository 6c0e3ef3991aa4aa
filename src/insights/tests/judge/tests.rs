use super::super::fixtures::{
    DAY, HOUR, day, hour, hourly, judged, judged_by, main_runs, on_branch, on_main, run,
};
use super::super::{Bounds, FlipCount, Monitors, Patterns, TestedBuild};
use super::*;

fn monitors_of(verdict: &Verdict) -> Vec<&'static str> {
    verdict.alarms.iter().map(|alarm| alarm.monitor.as_str()).collect()
}

fn only(monitor: Monitor) -> Monitors {
    let mut monitors = Monitors::default();
    monitors.both_ways.on = monitor == Monitor::BothWays;
    monitors.flips.on = monitor == Monitor::Flips;
    monitors.failures.on = monitor == Monitor::Failures;
    monitors.broken.on = monitor == Monitor::Broken;
    monitors
}

/// Status and monitors in alarm after each run.
fn course(letters: &str, monitors: &Monitors) -> String {
    let runs = main_runs(letters);
    let sign = |upto| {
        let newest: &Run = &runs[upto];
        match judged_by(&runs[..=upto], monitors, newest.build.at).status {
            Health::Broken => 'B',
            Health::Flaky => 'F',
            Health::Watching => 'w',
            Health::Healthy => '.',
        }
    };
    (0..runs.len()).map(sign).collect()
}

#[test]
fn a_test_without_runs_or_failures_is_healthy_and_says_how_little_is_known() {
    let verdict = judge(&[], &[], &Monitors::default().for_pipeline(&[]), hour(1));
    assert_eq!((verdict.status, verdict.since), (Health::Healthy, None));
    assert_eq!((verdict.numbers.runs, verdict.numbers.rate.considered), (0, 0));

    let verdict = judged(&main_runs("PPPPPP"));
    assert_eq!((verdict.status, verdict.since), (Health::Healthy, None));
    assert_eq!((verdict.numbers.rate.considered, verdict.numbers.rate_wanted), (6, 20));
}

// Broken.

#[test]
fn three_failures_in_a_row_are_broken_since_the_first_of_them_until_a_pass() {
    let broken = only(Monitor::Broken);
    assert_eq!(course("PPPFFFFPPFP", &broken), "...wwBB..w.");
    let verdict = judged(&main_runs("PPPFFFF"));
    assert_eq!((verdict.status, verdict.since), (Health::Broken, Some(hour(3))));
    let alarm = &verdict.alarms[0];
    assert_eq!((alarm.build, alarm.text().as_str()), (3, "failed 4 times in a row on main"));
    let verdict = judged(&main_runs("PPPFFFFP"));
    assert_eq!((verdict.status, verdict.since), (Health::Healthy, Some(hour(7))));
    assert_eq!(verdict.past[0].text(), "failed 4 times in a row on main");
    let over = verdict.past[0].over.expect("over");
    assert_eq!((over.at, over.because), (hour(7), Because::Runs));
}

#[test]
fn a_breakage_that_wants_two_passes_says_how_often_it_failed_meanwhile() {
    let mut broken = only(Monitor::Broken);
    broken.broken.recover.passes = 2;
    let text = |letters: &str| {
        let verdict = judged_by(&main_runs(letters), &broken, hour(20));
        (verdict.status, verdict.alarms.first().map(Alarm::text))
    };
    let open = |text: &str| (Health::Broken, Some(text.to_owned()));
    assert_eq!(text("PPPFFFF"), open("failed 4 times in a row on main"));
    assert_eq!(text("PPPFFFFP"), open("failed 4 of 8 times on main"));
    assert_eq!(text("PPPFFFFPF"), open("failed 5 of 9 times on main"));
    assert_eq!(text("PPPFFFFPP"), (Health::Healthy, None));
}

#[test]
fn what_fails_four_times_of_five_is_broken_whenever_it_fails() {
    assert_eq!(course("FFPFF", &only(Monitor::Broken)), "ww.wB");
    assert_eq!(course("PFPFF", &only(Monitor::Broken)), ".w.ww");
    let verdict = judged_by(&main_runs("FFPFF"), &only(Monitor::Broken), hour(5));
    assert_eq!(verdict.since, Some(hour(3)));
    assert_eq!(verdict.alarms[0].text(), "failed 2 times in a row on main");
}

#[test]
fn what_fails_on_other_branches_only_is_not_broken() {
    let runs = hourly(0, "FFFFFF", |at| on_branch(at, "feature/x"));
    assert_eq!(judged(&runs).status, Health::Healthy);
}

#[test]
fn each_branch_that_others_come_from_is_broken_for_itself() {
    let release = |at| TestedBuild { branch: Some("release/1".into()), ..on_main(at) };
    let mut runs = hourly(0, "PPPPPP", |at| on_main(at * 2));
    runs.extend(hourly(0, "PPFFFF", |at| release(at * 2 + 1)));
    let verdict = judged(&runs);
    assert_eq!((verdict.status, verdict.since), (Health::Broken, Some(hour(5))));
    assert_eq!(monitors_of(&verdict), ["broken"], "changing branches is no flip");
}

#[test]
fn a_test_that_is_gone_does_not_stay_broken_for_ever() {
    let runs = main_runs("PPFFF");
    let defaults = Monitors::default();
    let after = |days| judged_by(&runs, &defaults, Timestamp(hour(4).0 + days * DAY - 1));
    assert_eq!(after(30).status, Health::Broken);
    let verdict = judged_by(&runs, &defaults, Timestamp(hour(4).0 + 30 * DAY));
    assert_eq!(verdict.status, Health::Healthy);
    assert_eq!(verdict.past[0].over.map(|over| over.because), Some(Because::Quiet));
}

// Both ways on one commit.

#[test]
fn a_pass_on_retry_is_both_ways_in_one_build() {
    let verdict = judged(&main_runs("PPPRP"));
    assert_eq!((verdict.status, verdict.since), (Health::Flaky, Some(hour(3))));
    assert_eq!(verdict.alarms[0].text(), "failed and passed within one build");
    assert_eq!(verdict.numbers.retried, 1);
}

#[test]
fn tries_of_one_lane_that_do_not_agree_are_a_pass_on_retry_in_any_order() {
    for letters in ["FP", "PF", "FFP"] {
        let runs: Vec<Run> =
            letters.chars().map(|letter| run(on_branch(5, "feature/x"), letter)).collect();
        let verdict = judged(&runs);
        assert_eq!(monitors_of(&verdict), ["both_ways"], "{letters}");
        assert_eq!((verdict.numbers.runs, verdict.numbers.retried), (1, 1), "{letters}");
    }
}

#[test]
fn lanes_that_do_not_agree_are_no_contradiction() {
    let mut runs = Vec::new();
    for at in 0..20 {
        runs.push(Run { lane: "linux".into(), ..run(on_main(at), 'P') });
        runs.push(Run { lane: "windows".into(), ..run(on_main(at), 'F') });
    }
    let verdict = judged(&runs);
    assert_eq!(monitors_of(&verdict), ["broken"]);
    assert_eq!((verdict.numbers.runs, verdict.numbers.failed), (20, 20));
}

#[test]
fn two_builds_of_one_commit_that_do_not_agree_are_both_ways() {
    let commit: std::sync::Arc<str> = "9f3c2a77d0".into();
    let of_commit = |at| TestedBuild { commit: Some(commit.clone()), ..on_branch(at, "feature/x") };
    let runs = hourly(3, "FP", of_commit);
    let verdict = judged(&runs);
    assert_eq!(monitors_of(&verdict), ["both_ways"]);
    assert_eq!(verdict.alarms[0].text(), "failed and passed on commit 9f3c2a77");
    let Evidence::BothWays { other_build, events, .. } = verdict.alarms[0].evidence else {
        panic!("{verdict:?}");
    };
    assert_eq!((verdict.alarms[0].build, other_build, events), (4, 3, 1));

    let later = |at| of_commit(if at == 3 { 3 } else { 3 + 15 * 24 });
    assert_eq!(judged(&hourly(3, "FP", later)).status, Health::Healthy, "15 days later");
    let without = |at| TestedBuild { commit: None, ..on_branch(at, "feature/x") };
    assert_eq!(judged(&hourly(3, "FP", without)).status, Health::Healthy);
}

#[test]
fn both_ways_recovers_after_a_week_with_twenty_passes_or_after_a_hundred() {
    let rules = only(Monitor::BothWays);
    let runs = main_runs(&format!("R{}", "P".repeat(20)));
    let at = |now| judged_by(&runs, &rules, now);
    assert_eq!(at(Timestamp(7 * DAY - 1)).status, Health::Flaky);
    let verdict = at(day(7));
    assert_eq!((verdict.status, verdict.since), (Health::Healthy, Some(day(7))));
    // Asked much later: it was over then all the same.
    assert_eq!(at(day(20)).since, Some(day(7)));

    let runs = main_runs(&format!("R{}", "P".repeat(19)));
    assert_eq!(judged_by(&runs, &rules, day(29)).status, Health::Flaky, "19 passes");
    let verdict = judged_by(&runs, &rules, day(30));
    assert_eq!(verdict.past[0].over.map(|over| over.because), Some(Because::Quiet));

    let runs = main_runs(&format!("R{}", "P".repeat(100)));
    assert_eq!(judged_by(&runs[..100], &rules, hour(99)).status, Health::Flaky);
    assert_eq!(judged_by(&runs, &rules, hour(100)).since, Some(hour(100)));
}

// Flips.

#[test]
fn four_flips_in_thirty_runs_give_alarm_once_each_failure_has_passed_again() {
    let rules = only(Monitor::Flips);
    let base = "P".repeat(14) + &"FPPP".repeat(3);
    let three = judged_by(&main_runs(&base), &rules, hour(26));
    assert_eq!((three.status, three.numbers.flips.flips), (Health::Healthy, 3));
    let open = judged_by(&main_runs(&format!("{base}F")), &rules, hour(27));
    assert_eq!((open.status, open.numbers.flips.flips), (Health::Watching, 3), "it may be broken");
    let four = judged_by(&main_runs(&format!("{base}FP")), &rules, hour(28));
    assert_eq!((four.status, four.since), (Health::Flaky, Some(hour(27))));
    assert_eq!(four.alarms[0].text(), "4 flips in 28 runs");
    let Evidence::Flips { builds, .. } = &four.alarms[0].evidence else { panic!("{four:?}") };
    assert_eq!(builds, &[14, 18, 22, 26]);
    // Recovered only when none is left in the window.
    let later = format!("{base}FP{}", "P".repeat(28));
    let open = judged_by(&main_runs(&later), &rules, hour(56));
    assert_eq!((open.status, open.alarms[0].text().as_str()), (Health::Flaky, "1 flip in 30 runs"));
    let later = format!("{later}P");
    let over = judged_by(&main_runs(&later), &rules, hour(57));
    assert_eq!(
        (over.status, over.past[0].text().as_str()),
        (Health::Healthy, "4 flips in 28 runs")
    );
}

#[test]
fn breakages_are_no_flips() {
    let rules = only(Monitor::Flips);
    let runs = main_runs(&"PPPPFFFF".repeat(5));
    let numbers = judged_by(&runs, &rules, hour(40)).numbers;
    assert_eq!((numbers.flips.flips, numbers.flips.considered), (0, 20));
    let runs = main_runs(&"PPPPFF".repeat(5));
    let numbers = judged_by(&runs, &rules, hour(40)).numbers;
    assert_eq!((numbers.flips.flips, numbers.flips.considered), (4, 28), "the newest are open");
}

#[test]
fn with_too_few_runs_a_flipping_test_is_watched() {
    let verdict = judged_by(&main_runs("PFPFP"), &only(Monitor::Flips), hour(5));
    assert_eq!(verdict.status, Health::Watching);
    assert_eq!(verdict.watching.expect("a reason").text(), "not enough data: 5 of 10 runs");
    assert_eq!(verdict.since, Some(hour(2)));
    assert_eq!(course("PFPFPPPPPP", &only(Monitor::Flips)), ".wwwwwwwwF");
}

#[test]
fn other_branches_count_where_the_scope_says_so_each_for_itself() {
    let mut rules = only(Monitor::Flips);
    let feature = |at| on_branch(at, if at % 2 == 0 { "feature/a" } else { "feature/b" });
    let letters = "PF".repeat(6) + "PPPPPPPP";
    let runs = hourly(0, &letters, feature);
    assert_eq!(judged_by(&runs, &rules, hour(20)).numbers.flips.considered, 0);
    rules.flips.branches = Patterns(vec!["feature/*".into()]);
    let numbers = judged_by(&runs, &rules, hour(20)).numbers;
    assert_eq!(
        (numbers.flips.flips, numbers.flips.considered),
        (0, 14),
        "b was broken, then fixed"
    );
}

// Failures.

#[test]
fn a_failure_rate_that_is_surely_above_two_percent_gives_alarm() {
    let rules = only(Monitor::Failures);
    let runs = main_runs(&("PPPPPPPPPF".repeat(3) + "P"));
    let verdict = judged_by(&runs, &rules, hour(31));
    assert_eq!(verdict.status, Health::Flaky);
    // Alarm was given at 2 of 21; what it says is what is known now.
    assert_eq!(verdict.since, Some(hour(20)));
    assert_eq!(verdict.alarms[0].text(), "failed 3 of 31 (3 to 25 %)");
    assert_eq!(verdict.numbers.rate.text(), verdict.alarms[0].text());
    // 30 days without a failure, and the slate is clean.
    let quiet = judged_by(&runs, &rules, Timestamp(hour(29).0 + 30 * DAY));
    assert_eq!((quiet.status, quiet.numbers.rate.considered), (Health::Healthy, 0));
    // Or so many passes that the upper bound is below 2 %.
    let passes = "P".repeat(199);
    let runs = main_runs(&("PPPPPPPPPF".repeat(3) + "P" + &passes));
    assert_eq!(judged_by(&runs[..229], &rules, hour(229)).status, Health::Flaky);
    assert_eq!(judged_by(&runs, &rules, hour(230)).status, Health::Healthy);
}

#[test]
fn a_breakage_that_was_fixed_is_not_a_failure_rate() {
    let runs = main_runs(&format!("{}{}{}", "P".repeat(30), "F".repeat(12), "P".repeat(10)));
    let verdict = judged(&runs);
    assert_eq!(verdict.status, Health::Healthy);
    assert_eq!(verdict.past.len(), 1, "it was broken, and that is all");
    assert_eq!(verdict.numbers.rate.failed, 0);
}

// BuildButler.

#[test]
fn buildbutlers_rule_is_five_changes_in_thirty_runs() {
    let rules = Monitors::buildbutler();
    // Changes at 3 and 4, 9 and 10, and 15.
    let four = "PPPFPPPPPFPPPPP";
    let status = |letters: &str| {
        let runs = main_runs(letters);
        judged_by(&runs, &rules, hour(100)).status
    };
    assert_eq!(status(four), Health::Healthy);
    let five = format!("{four}F");
    let verdict = judged_by(&main_runs(&five), &rules, hour(16));
    assert_eq!(monitors_of(&verdict), ["flips"]);
    assert_eq!(verdict.alarms[0].text(), "5 flips in 16 runs");
    // The first change leaves the window.
    assert_eq!(status(&format!("{five}{}", "P".repeat(17))), Health::Flaky, "6 and 5 changes");
    assert_eq!(status(&format!("{five}{}", "P".repeat(19))), Health::Healthy);
}

#[test]
fn buildbutlers_rule_is_a_pass_rate_below_eighty_percent() {
    let rules = Monitors::buildbutler();
    let status = |letters: &str| judged_by(&main_runs(letters), &rules, hour(100)).status;
    let passes = "P".repeat(24);
    assert_eq!(status(&format!("FFFFFF{passes}")), Health::Healthy, "exactly 80 %");
    assert_eq!(status(&format!("FFFFFFF{passes}")), Health::Healthy, "of the last 30");
    assert_eq!(status(&format!("FFFFFFF{}", "P".repeat(23))), Health::Flaky);
    assert_eq!(status("FP"), Health::Flaky, "of two runs as well");
    assert_eq!(status("PPPPFFF"), Health::Broken);
}

// What is left out, and epochs.

#[test]
fn excluded_runs_are_as_if_they_had_not_been() {
    let with = main_runs("PPxPPPxxxxPP");
    let without: Vec<Run> = with.iter().filter(|run| !run.excluded).cloned().collect();
    let (with, without) = (judged(&with), judged(&without));
    assert_eq!((with.status, with.numbers.excluded), (Health::Healthy, 5));
    assert_eq!(with.numbers.runs, without.numbers.runs);
    assert_eq!(judged(&main_runs("PFFx")).status, Health::Watching);
}

#[test]
fn a_build_is_left_out_only_when_all_of_it_is() {
    let mut runs = main_runs("PPP");
    runs.push(Run { lane: "windows".into(), excluded: true, ..run(on_main(2), 'F') });
    let verdict = judged(&runs);
    assert_eq!((verdict.numbers.runs, verdict.numbers.failed, verdict.numbers.excluded), (3, 0, 0));
}

#[test]
fn marked_fixed_closes_all_alarms_and_what_was_before_counts_no_more() {
    let runs = main_runs("PRPFPFPFPFPFFF");
    let rules = Monitors::default();
    let rules = rules.for_pipeline(&["shop-ci"]);
    let before = judge(&runs, &[], &rules, hour(14));
    assert_eq!(monitors_of(&before), ["broken", "both_ways", "flips"]);
    let after = judge(&runs, &[hour(14)], &rules, hour(15));
    assert_eq!((after.status, after.since), (Health::Healthy, Some(hour(14))));
    assert_eq!(after.numbers.runs, 0);
    let why: Vec<_> = after.past.iter().filter_map(|alarm| alarm.over).collect();
    assert!(why.iter().all(|over| over.because == Because::MarkedFixed), "{why:?}");
}

#[test]
fn an_alarm_within_thirty_days_of_the_mark_came_back() {
    let mut runs = main_runs("PRP");
    let again = 3 + 24 * 29;
    runs.extend(hourly(again, "PR", on_main));
    let rules = Monitors::default();
    let judge_at = |fixed: i64| {
        let rules = rules.for_pipeline(&["shop-ci"]);
        judge(&runs, &[hour(fixed)], &rules, hour(again + 2))
    };
    let verdict = judge_at(3);
    assert_eq!(verdict.alarms[0].came_back, Some(hour(3)));
    assert_eq!(verdict.alarms[0].text(), "came back: failed and passed within one build");
    let runs = hourly(24 * 40, "PR", on_main);
    let rules = rules.for_pipeline(&["shop-ci"]);
    let late = judge(&runs, &[hour(3)], &rules, hour(24 * 40 + 2));
    assert_eq!(late.alarms[0].came_back, None);
}

#[test]
fn a_mark_in_the_future_is_no_mark_yet() {
    let runs = main_runs("PR");
    let rules = Monitors::default();
    let rules = rules.for_pipeline(&["shop-ci"]);
    assert_eq!(judge(&runs, &[hour(9)], &rules, hour(3)).status, Health::Flaky);
}

// Scope.

#[test]
fn a_monitor_gives_alarm_only_where_it_is_on() {
    let runs = main_runs("PPRPP");
    let status = |monitors: &Monitors| judged_by(&runs, monitors, hour(6)).status;
    let mut monitors = Monitors::default();
    assert_eq!(status(&monitors), Health::Flaky);
    monitors.both_ways.pipelines = Patterns(vec!["*".into(), "!shop-*".into()]);
    assert_eq!(status(&monitors), Health::Watching, "one flip in five runs");
    monitors.flips.on = false;
    assert_eq!(status(&monitors), Health::Healthy);
}

#[test]
fn branches_out_of_scope_tell_a_monitor_nothing() {
    let runs = hourly(0, "PPRPP", |at| on_branch(at, "renovate/serde"));
    let mut monitors = Monitors::default();
    monitors.both_ways.branches = Patterns(vec!["*".into(), "!renovate/*".into()]);
    assert_eq!(judged_by(&runs, &monitors, hour(6)).status, Health::Healthy);
}

// Order.

#[test]
fn builds_of_one_moment_go_by_number_and_ids_never_matter() {
    let build = |id, number| TestedBuild { id, number: Some(number), ..on_main(1) };
    let runs = |ids: [i64; 4]| -> Vec<Run> {
        let letters = ['P', 'F', 'F', 'F'];
        let builds = (1..).zip(ids).map(|(number, id)| build(id, number));
        builds.zip(letters).map(|(build, letter)| run(build, letter)).collect()
    };
    for ids in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3]] {
        let mut runs = runs(ids);
        runs.reverse();
        let verdict = judged(&runs);
        assert_eq!((verdict.status, verdict.alarms[0].build), (Health::Broken, ids[1]));
    }
}

#[test]
fn a_build_that_arrives_late_is_heard_in_its_place() {
    let runs = main_runs("PPPFFF");
    assert_eq!(judged(&runs).status, Health::Broken);
    let mut late = runs.clone();
    late.push(run(TestedBuild { at: Timestamp(4 * HOUR + 1), ..on_main(99) }, 'P'));
    assert_eq!(judged(&late).status, Health::Watching);
}

#[test]
fn settings_that_say_nothing_new_change_nothing() {
    let letters = "PPFPPRPPFFPPPFPFPPPPFFFFPPPPPPPPPPFPP";
    let spelled = Monitors {
        flips: super::super::FlipRate {
            count: FlipCount::IntoFailing,
            ..super::super::FlipRate::default()
        },
        failures: super::super::FailureRate {
            bounds: Bounds::Wilson,
            ..super::super::FailureRate::default()
        },
        ..Monitors::default()
    };
    let runs = main_runs(letters);
    assert_eq!(judged(&runs), judged_by(&runs, &spelled, hour(37)));
}
