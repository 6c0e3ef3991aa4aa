//! What the settings of the monitors look like, for the document of the API. The settings themselves are
//! `insights::tests::Monitors`; a test holds the two together.
#![allow(dead_code, reason = "shapes are described, never made")]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Monitors)]
#[serde(deny_unknown_fields)]
pub struct MonitorsShape {
    both_ways: BothWaysShape,
    flips: FlipsShape,
    failures: FailuresShape,
    broken: BrokenShape,
}

/// Pass and failure of one commit, or a pass on retry.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBothWays)]
#[serde(deny_unknown_fields)]
struct BothWaysShape {
    on: bool,
    /// Patterns: `*`, `?`, `!` takes out, `@default` is the default branch.
    branches: Vec<String>,
    pipelines: Vec<String>,
    alarm: BothWaysAlarmShape,
    recover: BothWaysRecoverShape,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBothWaysAlarm)]
#[serde(deny_unknown_fields)]
struct BothWaysAlarmShape {
    events: u32,
    within_days: u32,
}

/// So many days and clean runs, or so many clean runs, or so many days without failure.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBothWaysRecover)]
#[serde(deny_unknown_fields)]
struct BothWaysRecoverShape {
    days: u32,
    clean_runs: u32,
    or_clean_runs: u32,
    quiet_days: u32,
}

/// How often the outcome changes from build to build.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFlips)]
#[serde(deny_unknown_fields)]
struct FlipsShape {
    on: bool,
    branches: Vec<String>,
    pipelines: Vec<String>,
    /// Looks at so many runs.
    runs: u32,
    count: FlipCountShape,
    /// So many failures in a row are a breakage, and left out; 0: nothing is.
    breakage: u32,
    alarm: FlipsAlarmShape,
    recover: FlipsRecoverShape,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFlipCount)]
#[serde(rename_all = "snake_case")]
enum FlipCountShape {
    IntoFailing,
    BothDirections,
}

/// All of it has to hold.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFlipsAlarm)]
#[serde(deny_unknown_fields)]
struct FlipsAlarmShape {
    percent: f64,
    flips: u32,
    min_runs: u32,
}

/// One of it is enough.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFlipsRecover)]
#[serde(deny_unknown_fields)]
struct FlipsRecoverShape {
    percent: f64,
    flips: u32,
    quiet_days: u32,
}

/// How often the test fails.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFailures)]
#[serde(deny_unknown_fields)]
struct FailuresShape {
    on: bool,
    branches: Vec<String>,
    pipelines: Vec<String>,
    runs: u32,
    bounds: BoundsShape,
    breakage: u32,
    alarm: FailuresAlarmShape,
    recover: FailuresRecoverShape,
}

/// `wilson`: both ends of the 95 % interval; `plain`: failed of considered, as it is.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBounds)]
#[serde(rename_all = "snake_case")]
enum BoundsShape {
    Wilson,
    Plain,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFailuresAlarm)]
#[serde(deny_unknown_fields)]
struct FailuresAlarmShape {
    above_percent: f64,
    #[schema(required)]
    below_percent: Option<f64>,
    min_runs: u32,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorFailuresRecover)]
#[serde(deny_unknown_fields)]
struct FailuresRecoverShape {
    percent: f64,
    quiet_days: u32,
}

/// It fails now, and not for the first time.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBroken)]
#[serde(deny_unknown_fields)]
struct BrokenShape {
    on: bool,
    alarm: BrokenAlarmShape,
    recover: BrokenRecoverShape,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBrokenAlarm)]
#[serde(deny_unknown_fields)]
struct BrokenAlarmShape {
    in_a_row: u32,
    percent: f64,
    of_runs: u32,
    min_runs: u32,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = MonitorBrokenRecover)]
#[serde(deny_unknown_fields)]
struct BrokenRecoverShape {
    passes: u32,
    absent_days: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::tests::PRESETS;

    #[test]
    fn settings_look_as_they_are_described() {
        for preset in PRESETS {
            let settings = serde_json::to_value((preset.monitors)()).unwrap();
            let described: MonitorsShape = serde_json::from_value(settings.clone()).unwrap();
            assert_eq!(serde_json::to_value(described).unwrap(), settings, "{}", preset.key);
        }
    }
}
