use super::*;

fn wrong(json: &str) -> Vec<String> {
    let monitors: Monitors = serde_json::from_str(json).expect("read");
    let invalid = monitors.check().expect_err("wrong");
    invalid.iter().map(Invalid::to_string).collect()
}

#[test]
fn what_is_left_out_is_as_by_default() {
    let empty: Monitors = serde_json::from_str("{}").expect("read");
    assert_eq!(empty, Monitors::default());
    let some: Monitors =
        serde_json::from_str(r#"{"flips": {"pipelines": ["shop-*"], "alarm": {"percent": 20}}}"#)
            .expect("read");
    assert_eq!(
        some.flips.branches,
        Patterns::default_branch(),
        "scope is two lists, not one value"
    );
    assert_eq!((some.flips.alarm.percent, some.flips.alarm.min_runs), (20.0, 10));
    assert_eq!(some.both_ways, BothWays::default());
}

#[test]
fn settings_are_read_as_they_are_written() {
    for preset in PRESETS {
        let monitors = (preset.monitors)();
        assert_eq!(monitors.check(), Ok(()), "{}", preset.key);
        let json = serde_json::to_string(&monitors).expect("written");
        assert_eq!(serde_json::from_str::<Monitors>(&json).expect("read"), monitors);
    }
    let json = serde_json::to_value(Monitors::default().flips).expect("written");
    let expected = serde_json::json!({
        "on": true,
        "branches": ["@default"],
        "pipelines": ["*"],
        "runs": 30,
        "count": "into_failing",
        "breakage": 3,
        "alarm": {"percent": 13.0, "flips": 1, "min_runs": 10},
        "recover": {"percent": 3.0, "flips": 0, "quiet_days": 30},
    });
    assert_eq!(json, expected);
}

#[test]
fn a_name_that_nobody_knows_is_refused_rather_than_passed_over() {
    let error = serde_json::from_str::<Monitors>(r#"{"flips": {"alarm": {"procent": 20}}}"#);
    let error = error.expect_err("refused").to_string();
    assert!(error.contains("unknown field `procent`"), "{error}");
}

#[test]
fn what_cannot_hold_is_named_with_its_field_and_all_at_once() {
    let wrong = wrong(
        r#"{
            "both_ways": {"branches": [], "alarm": {"events": 0}, "recover": {"quiet_days": 0}},
            "flips": {"runs": 5, "alarm": {"percent": 120, "min_runs": 10}},
            "failures": {"runs": 501, "alarm": {"below_percent": 1}},
            "broken": {"alarm": {"of_runs": 3}}
        }"#,
    );
    assert_eq!(
        wrong,
        [
            "`both_ways.branches` names nothing; hint: `*` stands for all",
            "`both_ways.alarm.events` is 0; it has to be from 1 to 500",
            "`both_ways.recover.quiet_days` is 0; it has to be from 1 to 365",
            "`flips.alarm.percent` is 120; it has to be from 0 to 100",
            "`flips.alarm.min_runs` is 10, and `flips.runs` is 5: it could never hold",
            "`failures.runs` is 501; it has to be from 2 to 500",
            "`failures.alarm.below_percent` is 1; it has to be above \
             `failures.alarm.above_percent` (2)",
            "`broken.alarm.min_runs` is 5, and `broken.alarm.of_runs` is 3: it could never hold",
        ]
    );
}

#[test]
fn alarm_and_recovery_must_not_hold_at_once() {
    assert_eq!(
        wrong(
            r#"{
                "flips": {"alarm": {"flips": 2}, "recover": {"percent": 13, "flips": 2}},
                "failures": {"recover": {"percent": 2.5}}
            }"#
        ),
        [
            "`flips.recover.percent` is 13; it has to be below `flips.alarm.percent` (13)",
            "`flips.recover.flips` is 2; it has to be below `flips.alarm.flips` (2)",
            "`failures.recover.percent` is 2.5; it must not be above \
             `failures.alarm.above_percent` (2)",
        ]
    );
}

#[test]
fn a_number_that_is_none_is_refused() {
    let mut monitors = Monitors::default();
    monitors.flips.alarm.percent = f64::NAN;
    assert!(monitors.check().is_err());
}
