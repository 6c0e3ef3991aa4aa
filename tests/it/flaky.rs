//! How well the monitors tell flaky tests from others, on histories of which the truth is known; and
//! what holds of every history.

mod histories;

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use creel::insights::tests::{
    FlipCount, Health, Monitor, Monitors, Outcome, Run, TestedBuild, Verdict, judge,
};
use creel::model::Timestamp;
use proptest::prelude::*;

use crate::support::committed::assert_committed;
use histories::{Case, END, Truth, world};

const WORLDS: u64 = 5;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| (1..=WORLDS).flat_map(world).collect());

fn verdict(case: &Case, monitors: &Monitors) -> Verdict {
    judge(&case.runs, &[], &monitors.for_pipeline(&["shop-ci"]), END)
}

/// How many of those that were flagged are flaky, and how many of the flaky ones were flagged.
struct Score {
    flagged: usize,
    rightly: usize,
    flaky: usize,
}

impl Score {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>, monitors: &Monitors) -> Self {
        let mut score = Self { flagged: 0, rightly: 0, flaky: 0 };
        for case in cases {
            let is_flagged = verdict(case, monitors).is_flaky();
            score.flagged += usize::from(is_flagged);
            score.rightly += usize::from(is_flagged && case.truth.is_flaky());
            score.flaky += usize::from(case.truth.is_flaky());
        }
        score
    }

    fn precision(&self) -> f64 {
        self.rightly as f64 * 100.0 / self.flagged.max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.rightly as f64 * 100.0 / self.flaky.max(1) as f64
    }
}

fn only(monitor: Monitor) -> Monitors {
    let mut monitors = Monitors::default();
    monitors.both_ways.on = monitor == Monitor::BothWays;
    monitors.flips.on = monitor == Monitor::Flips;
    monitors.failures.on = monitor == Monitor::Failures;
    monitors
}

fn changed(of: &Monitors, change: impl FnOnce(&mut Monitors)) -> Monitors {
    let mut monitors = of.clone();
    change(&mut monitors);
    assert_eq!(monitors.check(), Ok(()));
    monitors
}

/// Settings that are measured, with the words of the table.
fn measured() -> Vec<(&'static str, Monitors)> {
    let (both_ways, flips, failures) =
        (only(Monitor::BothWays), only(Monitor::Flips), only(Monitor::Failures));
    let percent = |percent: f64| changed(&flips, |monitors| monitors.flips.alarm.percent = percent);
    let above = |percent: f64| {
        changed(&failures, |monitors| monitors.failures.alarm.above_percent = percent)
    };
    vec![
        ("**all three, as they are**", Monitors::default()),
        ("`both_ways`, as it is", both_ways.clone()),
        ("with `alarm.events` 2", changed(&both_ways, |m| m.both_ways.alarm.events = 2)),
        ("with `alarm.events` 3", changed(&both_ways, |m| m.both_ways.alarm.events = 3)),
        ("`flips`, as it is (13 %)", flips.clone()),
        ("with `alarm.percent` 7", percent(7.0)),
        ("with `alarm.percent` 20", percent(20.0)),
        ("with `breakage` 0", changed(&flips, |m| m.flips.breakage = 0)),
        ("with `count` `both_directions`", {
            changed(&flips, |m| m.flips.count = FlipCount::BothDirections)
        }),
        ("`failures`, as it is (2 %)", failures.clone()),
        ("with `alarm.above_percent` 4", above(4.0)),
        ("with `alarm.above_percent` 8", above(8.0)),
        ("with `breakage` 0", changed(&failures, |m| m.failures.breakage = 0)),
        (
            "with `recover.quiet_days` 14",
            changed(&failures, |m| m.failures.recover.quiet_days = 14),
        ),
        ("all three, `failures` with `recover.quiet_days` 14", {
            changed(&Monitors::default(), |m| m.failures.recover.quiet_days = 14)
        }),
        ("`both_ways` and `flips` only", {
            changed(&Monitors::default(), |m| m.failures.on = false)
        }),
        ("**BuildButler's rule**", Monitors::buildbutler()),
    ]
}

/// What tests are really like, in the words of the table.
type Group = (&'static str, fn(&Case) -> bool);

const GROUPS: [Group; 13] = [
    ("flaky 1 %", |case| case.truth == Truth::Flaky(1)),
    ("flaky 2 %", |case| case.truth == Truth::Flaky(2)),
    ("flaky 5 %", |case| case.truth == Truth::Flaky(5)),
    ("flaky 10 %", |case| case.truth == Truth::Flaky(10) && !case.is_nightly),
    ("flaky 20 %", |case| case.truth == Truth::Flaky(20) && !case.is_nightly),
    ("flaky 40 %", |case| case.truth == Truth::Flaky(40) && !case.is_nightly),
    ("flaky 10 to 40 %, nightly", |case| case.truth.is_flaky() && case.is_nightly),
    ("flaky 5 %, tried again at once", |case| case.truth == Truth::Retried(5)),
    ("flaky 10 %, on branches only", |case| case.truth == Truth::FlakyOnBranches(10)),
    ("flaky until 25 days ago", |case| case.truth == Truth::FlakyOnce(15)),
    ("broken", |case| case.truth == Truth::Broken),
    ("broken, and fixed", |case| case.truth == Truth::BrokenOnce),
    ("stable", |case| case.truth == Truth::Stable),
];

fn table() -> String {
    let mut text =
        String::from("| settings | precision | recall | flagged |\n| --- | --- | --- | --- |\n");
    for (name, monitors) in measured() {
        let score = Score::of(CASES.iter(), &monitors);
        let (precision, recall) = (score.precision(), score.recall());
        let Score { flagged, .. } = score;
        writeln!(text, "| {name} | {precision:.1} % | {recall:.1} % | {flagged} |").unwrap();
    }
    text.push_str(
        "\nFlagged, by what the tests are really like:\n\n\
         | truth | tests | all three | `both_ways` | `flips` | `failures` | BuildButler's rule |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let settings = [
        Monitors::default(),
        only(Monitor::BothWays),
        only(Monitor::Flips),
        only(Monitor::Failures),
        Monitors::buildbutler(),
    ];
    for (name, is_of) in GROUPS {
        let group = || CASES.iter().filter(|case| is_of(case));
        let flagged = settings.iter().map(|monitors| Score::of(group(), monitors).flagged);
        let flagged: Vec<String> = flagged.map(|flagged| flagged.to_string()).collect();
        writeln!(text, "| {name} | {} | {} |", group().count(), flagged.join(" | ")).unwrap();
    }
    text
}

/// `docs/flaky-tests.md` with what was measured just now.
#[test]
fn the_document_tells_what_each_threshold_costs() {
    const BEGIN: &str = "<!-- measured by tests/it/flaky.rs -->\n";
    const END: &str = "<!-- end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/flaky-tests.md");
    let text = std::fs::read_to_string(path).expect("docs/flaky-tests.md");
    let (before, rest) = text.split_once(BEGIN).expect("a place for the table");
    let (_, after) = rest.split_once(END).expect("an end of the table");
    let table = table();
    println!("{table}");
    assert_committed("flaky-tests.md", &format!("{before}{BEGIN}\n{table}\n{END}{after}"));
}

/// Below this a change made them worse.
fn floors() -> [(&'static str, Monitors, f64, f64); 5] {
    [
        ("all three", Monitors::default(), 86.0, 90.0),
        ("both_ways", only(Monitor::BothWays), 99.0, 86.0),
        ("flips", only(Monitor::Flips), 99.0, 56.0),
        ("failures", only(Monitor::Failures), 78.0, 50.0),
        ("BuildButler's rule", Monitors::buildbutler(), 57.0, 34.0),
    ]
}

#[test]
fn monitors_tell_flaky_tests_from_others() {
    for (name, monitors, precision, recall) in floors() {
        let score = Score::of(CASES.iter(), &monitors);
        let found = (score.precision(), score.recall());
        println!("{name}: precision {:.1} %, recall {:.1} %", found.0, found.1);
        assert!(found.0 >= precision, "{name}: precision {:.1} %", found.0);
        assert!(found.1 >= recall, "{name}: recall {:.1} %", found.1);
    }
}

#[test]
fn what_is_broken_is_told_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for case in CASES.iter() {
        let status = verdict(case, &Monitors::default()).status;
        let is_told = status == Health::Broken;
        // One that fails at 40 % fails thrice in a row now and then.
        let may_be = matches!(case.truth, Truth::Flaky(20..));
        if is_told != (case.truth == Truth::Broken) && !may_be {
            wrong.push((case.truth, status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Some builds of three branches in any order, several of one commit, of one moment, of two lanes.
fn histories() -> impl Strategy<Value = Vec<Run>> {
    let run = (0..40_i64, 0..3_usize, 0..2_usize, 0..8_u8);
    prop::collection::vec(run, 0..80).prop_map(|runs| {
        let run = |(place, branch, lane, outcome): (i64, usize, usize, u8)| {
            // A build is on one branch, so the branch is part of what it is.
            let id = place * 3 + i64::try_from(branch).expect("small");
            let build = TestedBuild {
                id,
                // Several share a moment, and there are days between some.
                at: Timestamp((place / 2) * (place % 3 + 1) * 8 * Timestamp::MILLIS_PER_HOUR),
                number: (place % 5 > 0).then_some(id),
                label: None,
                on_default: branch == 0,
                branch: Some(["main", "pr/1", "pr/2"][branch].into()),
                commit: Some(format!("c{}", place / 4).into()),
                failed_tests: 1,
            };
            let outcome = match outcome {
                0..5 => Outcome::Passed,
                5..7 => Outcome::Failed,
                _ => Outcome::RetriedPass,
            };
            let lane = ["unit", "slow"][lane].into();
            Run { build: Arc::new(build), lane, outcome, excluded: place % 11 == 10 }
        };
        runs.into_iter().map(run).collect()
    })
}

fn at(runs: &[Run], monitors: &Monitors, days: i64) -> Verdict {
    let now = Timestamp(days * 24 * Timestamp::MILLIS_PER_HOUR);
    judge(runs, &[], &monitors.for_pipeline(&["shop-ci"]), now)
}

/// Settings under which short histories give alarm as well.
fn eager() -> Monitors {
    changed(&Monitors::default(), |monitors| {
        monitors.flips.alarm.min_runs = 2;
        monitors.failures.alarm.min_runs = 2;
        monitors.failures.runs = 10;
    })
}

fn open(verdict: &Verdict, monitor: Monitor) -> bool {
    verdict.alarms.iter().any(|alarm| alarm.monitor == monitor)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter_nor_that_something_came_twice(
        (runs, shuffled) in histories().prop_flat_map(|runs| {
            let twice = runs.iter().chain(runs.iter().take(5)).cloned().collect::<Vec<_>>();
            (Just(runs), Just(twice).prop_shuffle())
        }),
    ) {
        for monitors in [Monitors::default(), Monitors::buildbutler(), eager()] {
            prop_assert_eq!(at(&runs, &monitors, 30), at(&shuffled, &monitors, 30));
        }
    }

    #[test]
    fn a_preview_is_what_saving_does(runs in histories(), percent in 1..60_u32, events in 1..4_u32) {
        let previewed = changed(&eager(), |monitors| {
            monitors.flips.alarm.percent = 3.5 + f64::from(percent);
            monitors.both_ways.alarm.events = events;
        });
        let saved = serde_json::to_string(&previewed).unwrap();
        let saved: Monitors = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(at(&runs, &previewed, 30), at(&runs, &saved, 30));
    }

    #[test]
    fn a_stricter_alarm_flags_no_more_tests(
        runs in histories(),
        percent in 4..60_u32,
        flips in 1..4_u32,
        min_runs in 2..20_u32,
        above in 2..50_u32,
        events in 1..4_u32,
        in_a_row in 3..6_u32,
        days in 1..60_i64,
    ) {
        let lax = eager();
        let strict = changed(&lax, |monitors| {
            monitors.flips.alarm.percent = f64::from(percent).max(lax.flips.alarm.percent);
            monitors.flips.alarm.flips = flips;
            monitors.flips.alarm.min_runs = min_runs;
            monitors.failures.alarm.above_percent = f64::from(above);
            monitors.failures.alarm.min_runs = min_runs.min(10);
            monitors.both_ways.alarm.events = events;
            monitors.broken.alarm.in_a_row = in_a_row;
        });
        let (lax, strict) = (at(&runs, &lax, days), at(&runs, &strict, days));
        for monitor in Monitor::ALL {
            prop_assert!(!open(&strict, monitor) || open(&lax, monitor), "{monitor:?}");
        }
    }

    #[test]
    fn time_alone_ends_alarms_and_begins_none(runs in histories(), days in 14..40_i64, more in 0..40_i64) {
        let (before, after) = (at(&runs, &eager(), days), at(&runs, &eager(), days + more));
        let known: Vec<_> = before.alarms.iter().chain(&before.past).collect();
        for alarm in after.alarms.iter().chain(&after.past) {
            let is_known = |other: &&&_| {
                let other: &creel::insights::tests::Alarm = other;
                (other.monitor, other.since, other.build)
                    == (alarm.monitor, alarm.since, alarm.build)
            };
            prop_assert!(known.iter().any(|other| is_known(&other)), "{alarm:?}");
        }
        prop_assert_eq!(before.numbers.runs, after.numbers.runs);
    }

    #[test]
    fn a_healthy_test_did_not_fail_last_and_a_broken_one_did(runs in histories()) {
        // The newest run is of day 19 at most: nothing is forgotten for want of runs.
        let verdict = at(&runs, &Monitors::default(), 19);
        let newest = |runs: &[Run]| {
            let of_main = runs.iter().filter(|run| run.build.on_default && !run.excluded);
            let key = |run: &&Run| {
                let build = run.build.clone();
                (build.at, build.number, build.commit.clone(), build.id)
            };
            let id = of_main.clone().max_by_key(key)?.build.id;
            let tries = of_main.filter(|run| run.build.id == id);
            let lanes = ["unit", "slow"].map(|lane| {
                let mut tries = tries.clone().filter(|run| &*run.lane == lane).peekable();
                tries.peek().is_some() && tries.all(|run| run.outcome == Outcome::Failed)
            });
            Some(lanes.contains(&true))
        };
        match (verdict.status, newest(&runs)) {
            (Health::Broken, failed) => prop_assert_eq!(failed, Some(true)),
            (Health::Healthy, failed) => prop_assert_ne!(failed, Some(true)),
            (Health::Flaky | Health::Watching, _) => {}
        }
    }
}
