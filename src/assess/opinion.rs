//! What is made of a test: its status, the alarms, and the figures that lists show.

use serde::{Deserialize, Serialize};

use super::damaged;
use super::past::{History, Past};
use crate::insights::tests::{
    Alarm, CameTo, Health, Monitors, Outcome, Run, Verdict, Watching, judge, percentiles,
};
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::status::Assessed;

/// Runs of a strip.
const STRIP_MAX: usize = 30;

/// How a test is.
pub type Status = Health;

/// An alarm as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidAlarm {
    pub monitor: String,
    pub since: i64,
    /// Row of the build that gave alarm.
    pub build: i64,
    pub text: String,
    pub came_back: bool,
    /// Of one that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Alarms of a test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Alarms {
    open: Vec<SaidAlarm>,
    past: Vec<SaidAlarm>,
    watching: Option<String>,
}

/// A build that the test ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// Its row.
    #[serde(rename = "b")]
    pub build: i64,
    #[serde(rename = "t")]
    pub at: i64,
    #[serde(rename = "o")]
    outcome: u8,
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_excluded: bool,
}

/// Figures of a test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub runs: u32,
    pub failed: u32,
    pub retried: u32,
    pub excluded: u32,
    /// Failed, considered, wanted at least.
    pub rate: [u32; 3],
    /// Flips, considered, wanted at least.
    pub flips: [u32; 3],
    pub p50_us: Option<i64>,
    pub p95_us: Option<i64>,
    pub last: Option<PastRun>,
    pub last_failed_at: Option<i64>,
    /// Newest first.
    pub strip: Vec<PastRun>,
}

/// What is made of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    pub status: Status,
    pub since: Option<Timestamp>,
    /// Those that are open.
    pub alarms: Vec<SaidAlarm>,
    /// The newest last.
    pub past: Vec<SaidAlarm>,
    /// Why it is watched.
    pub watching: Option<String>,
    pub figures: Figures,
}

/// What the history of a test comes to by these settings, with the verdict that it rests on.
#[must_use]
pub fn opinion(
    past: &Past,
    history: &mut History,
    fixed: &[Timestamp],
    monitors: &Monitors,
    now: Timestamp,
) -> (Verdict, Opinion) {
    let names = past.names();
    history.runs.sort_unstable_by(Run::order);
    let verdict = judge(&history.runs, fixed, &monitors.for_pipeline(&names), now);
    let opinion = Opinion {
        status: verdict.status,
        since: verdict.since,
        alarms: verdict.alarms.iter().map(SaidAlarm::of).collect(),
        past: verdict.past.iter().map(SaidAlarm::of).collect(),
        watching: verdict.watching.as_ref().map(Watching::text),
        figures: Figures::of(&verdict, history),
    };
    (verdict, opinion)
}

impl SaidAlarm {
    fn of(alarm: &Alarm) -> Self {
        let because = alarm.over.map(|over| serde_json::to_value(over.because));
        Self {
            monitor: alarm.monitor.as_str().to_owned(),
            since: alarm.since.0,
            build: alarm.build,
            text: alarm.text(),
            came_back: alarm.came_back.is_some(),
            until: alarm.over.map(|over| over.at.0),
            because: because.and_then(Result::ok).and_then(|word| word.as_str().map(str::to_owned)),
        }
    }
}

impl PastRun {
    /// What the runs of one build come to, in order.
    fn of(runs: &[Run]) -> Option<Self> {
        let CameTo { outcome, excluded } =
            CameTo::of_build(runs.iter().map(|run| (&*run.lane, run.came_to())))?;
        let outcome = match outcome {
            Outcome::Passed => 0,
            Outcome::RetriedPass => 1,
            Outcome::Failed => 2,
        };
        let build = &runs[0].build;
        Some(Self { build: build.id, at: build.at.0, outcome, is_excluded: excluded })
    }

    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.outcome {
            0 => Outcome::Passed,
            1 => Outcome::RetriedPass,
            _ => Outcome::Failed,
        }
    }
}

impl Figures {
    fn of(verdict: &Verdict, history: &mut History) -> Self {
        let numbers = &verdict.numbers;
        let durations = percentiles(&mut history.durations_us);
        let builds = || history.runs.chunk_by(|a, b| a.build.id == b.build.id).rev();
        let has_default = history.runs.iter().any(|run| run.build.on_default);
        let is_wanted = |build: &&[Run]| build[0].build.on_default || !has_default;
        Self {
            runs: numbers.runs,
            failed: numbers.failed,
            retried: numbers.retried,
            excluded: numbers.excluded,
            rate: [numbers.rate.failed, numbers.rate.considered, numbers.rate_wanted],
            flips: [numbers.flips.flips, numbers.flips.considered, numbers.flips.wanted],
            p50_us: durations.map(|durations| durations.p50),
            p95_us: durations.map(|durations| durations.p95),
            last: builds().filter_map(PastRun::of).find(|run| !run.is_excluded),
            last_failed_at: numbers.last_failed_at.map(|at| at.0),
            strip: builds().filter(is_wanted).filter_map(PastRun::of).take(STRIP_MAX).collect(),
        }
    }
}

impl Opinion {
    /// As it is kept.
    pub fn packed(&self, case: i64) -> Result<Assessed, StoreError> {
        let alarms = Alarms {
            open: self.alarms.clone(),
            past: self.past.clone(),
            watching: self.watching.clone(),
        };
        let json = |result: Result<String, serde_json::Error>| {
            result.map_err(|error| damaged("test_status", &error))
        };
        Ok(Assessed {
            case,
            status: rank(self.status),
            since: self.since,
            alarms: json(serde_json::to_string(&alarms))?,
            figures: json(serde_json::to_string(&self.figures))?,
        })
    }

    /// As it was kept.
    pub fn unpacked(kept: &Assessed) -> Result<Self, StoreError> {
        let damaged = |error: serde_json::Error| damaged("test_status", &error);
        let alarms: Alarms = serde_json::from_str(&kept.alarms).map_err(damaged)?;
        Ok(Self {
            status: status_of(kept.status),
            since: kept.since,
            alarms: alarms.open,
            past: alarms.past,
            watching: alarms.watching,
            figures: serde_json::from_str(&kept.figures).map_err(damaged)?,
        })
    }
}

/// How a status is stored: the worst first.
#[must_use]
pub fn rank(status: Status) -> i64 {
    match status {
        Health::Broken => 0,
        Health::Flaky => 1,
        Health::Watching => 2,
        Health::Healthy => 3,
    }
}

#[must_use]
pub fn status_of(rank: i64) -> Status {
    Health::ALL.into_iter().find(|status| self::rank(*status) == rank).unwrap_or(Health::Healthy)
}
