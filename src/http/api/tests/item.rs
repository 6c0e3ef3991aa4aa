//! A test as lists show it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::assess::{
    Figures, Opinion, Past, PastRun, SaidAlarm, Status, fixed_times, monitors, opinion, status_of,
};
use crate::http::mask;
use crate::http::view::{Provider, Time, time};
use crate::insights::tests::{Ended, Rate};
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::read::cases::history::{BuildName, build_names};
use crate::store::sqlite::books::read::cases::list::{CaseRow, OfPipeline, of_pipeline};

/// A test, whatever build it ran in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestCase {
    #[schema(value_type = uuid::Uuid)]
    pub case_id: String,
    #[schema(required)]
    pub suite: Option<String>,
    #[schema(required)]
    pub class: Option<String>,
    pub name: String,
    /// An axis of a matrix.
    #[schema(required)]
    pub variant: Option<String>,
    #[schema(required)]
    pub provider: Option<Provider>,
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub pipeline: Option<String>,
    #[schema(required)]
    pub pipeline_name: Option<String>,
    pub status: TestHealth,
    /// Since when it is so; of a healthy test, since the last alarm ended.
    #[schema(required)]
    pub since: Option<Time>,
    /// Those that are open.
    pub alarms: Vec<TestAlarm>,
    /// Why it is watched.
    #[schema(required)]
    pub watching: Option<String>,
    /// Builds that it ran in, and of those how many failed, or passed on retry: since it was marked fixed.
    pub runs: u32,
    pub failed: u32,
    pub retried: u32,
    pub rate: TestRate,
    #[schema(required)]
    pub p50_ms: Option<f64>,
    #[schema(required)]
    pub p95_ms: Option<f64>,
    #[schema(required)]
    pub last: Option<LastRun>,
    #[schema(required)]
    pub last_failed_at: Option<Time>,
    pub first_seen_at: Time,
    /// Newest first, at most 30: of the default branch, of all branches where it never ran on that.
    pub strip: Vec<StripRun>,
}

/// How a test is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestHealth {
    Broken,
    Flaky,
    Watching,
    Healthy,
}

/// An alarm of a monitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestAlarm {
    /// `broken`, `both_ways`, `flips`, `failures`.
    pub monitor: String,
    /// What speaks for it: of an open one as it stands now.
    pub text: String,
    pub since: Time,
    /// The build that gave alarm, while it is kept.
    #[schema(required)]
    pub build_id: Option<String>,
    /// Somebody had marked the test fixed less than 30 days before.
    pub came_back: bool,
}

/// How often it fails, as the monitor of failures sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestRate {
    pub failed: u32,
    pub considered: u32,
    /// With fewer there is not enough data.
    pub wanted: u32,
    /// In percent: between these the truth lies with 95 %.
    pub low: f64,
    pub high: f64,
}

/// How a run of a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    Passed,
    Failed,
    /// Passed on retry.
    Retried,
    Skipped,
}

/// The newest run that counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastRun {
    #[schema(value_type = uuid::Uuid)]
    pub build_id: String,
    #[schema(required)]
    pub number: Option<i64>,
    #[schema(required)]
    pub label: Option<String>,
    pub status: RunOutcome,
    pub at: Time,
}

/// A run in a strip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StripRun {
    #[schema(value_type = uuid::Uuid)]
    pub build_id: String,
    #[schema(required)]
    pub number: Option<i64>,
    #[schema(required)]
    pub label: Option<String>,
    pub outcome: RunOutcome,
    pub at: Time,
    /// By the infrastructure guard: left out of everything.
    pub excluded: bool,
}

impl From<Status> for TestHealth {
    fn from(status: Status) -> Self {
        match status {
            Status::Broken => Self::Broken,
            Status::Flaky => Self::Flaky,
            Status::Watching => Self::Watching,
            Status::Healthy => Self::Healthy,
        }
    }
}

impl From<Ended> for RunOutcome {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Skipped => Self::Skipped,
            Ended::Passed => Self::Passed,
            Ended::RetriedPass => Self::Retried,
            Ended::Failed => Self::Failed,
        }
    }
}

impl TestHealth {
    /// Out of what is kept of a test, if anything is.
    pub fn of_kept(status: Option<i64>) -> Self {
        status.map_or(Self::Healthy, |status| status_of(status).into())
    }
}

/// A test with what is made of it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub case: CaseRow,
    pub opinion: Opinion,
}

/// What is made of tests: as it is kept, and of those that nothing is kept of as their runs tell.
pub fn completed(
    connection: &Connection,
    cases: Vec<CaseRow>,
    now: Timestamp,
) -> Result<Vec<Shown>, StoreError> {
    let mut silent: HashMap<i64, Vec<i64>> = HashMap::new();
    for case in cases.iter().filter(|case| case.assessed.is_none()) {
        silent.entry(case.pipeline).or_default().push(case.id);
    }
    let settings = monitors(connection)?;
    let mut made: HashMap<i64, Opinion> = HashMap::new();
    for (pipeline, mut cases) in silent {
        cases.sort_unstable();
        let past = Past::load(connection, pipeline)?;
        for (case, mut history) in past.histories(connection, &cases)? {
            let fixed = fixed_times(connection, case)?;
            made.insert(case, opinion(&past, &mut history, &fixed, &settings, now).1);
        }
    }
    let mut shown = Vec::with_capacity(cases.len());
    for case in cases {
        let opinion = match &case.assessed {
            Some(kept) => Opinion::unpacked(kept)?,
            None => match made.remove(&case.id) {
                // Until it is assessed, which is soon, it counts as healthy: lists are sorted so.
                Some(opinion) => Opinion {
                    status: Status::Healthy,
                    since: None,
                    alarms: Vec::new(),
                    watching: None,
                    ..opinion
                },
                None => continue,
            },
        };
        shown.push(Shown { case, opinion });
    }
    Ok(shown)
}

/// Tests as lists show them.
pub fn items(connection: &Connection, shown: Vec<Shown>) -> Result<Vec<TestCase>, StoreError> {
    let builds = shown.iter().flat_map(|one| named_in(&one.opinion));
    let builds: HashSet<i64> = builds.collect();
    let names = build_names(connection, builds)?;
    let mut pipelines: HashMap<i64, Option<OfPipeline>> = HashMap::new();
    let mut items = Vec::with_capacity(shown.len());
    for Shown { case, opinion } in shown {
        let of = match pipelines.get(&case.pipeline) {
            Some(of) => of.clone(),
            None => {
                let of = of_pipeline(connection, case.pipeline)?;
                pipelines.insert(case.pipeline, of.clone());
                of
            }
        };
        items.push(TestCase::of(case, opinion, of, &names));
    }
    Ok(items)
}

fn named_in(opinion: &Opinion) -> impl Iterator<Item = i64> {
    let Opinion { alarms, past, figures, .. } = opinion;
    let alarms = alarms.iter().chain(past).map(|alarm| alarm.build);
    let runs = figures.strip.iter().chain(figures.last.iter()).map(|run| run.build);
    alarms.chain(runs)
}

impl TestCase {
    fn of(
        case: CaseRow,
        opinion: Opinion,
        of: Option<OfPipeline>,
        names: &HashMap<i64, BuildName>,
    ) -> Self {
        let shown = |text: Option<String>| text.map(mask::text::shown);
        let ms = |us: Option<i64>| us.map(|us| us as f64 / 1_000.0);
        let Opinion { status, since, alarms, watching, figures, .. } = opinion;
        let Figures { runs, failed, retried, rate, p50_us, p95_us, last, strip, .. } = figures;
        let provider = of.as_ref().map(|of| of.provider.into());
        let (source, pipeline, pipeline_name) = match of {
            Some(of) => (of.source, Some(of.pipeline), of.pipeline_name),
            None => (None, None, None),
        };
        Self {
            case_id: case.public_id,
            suite: shown(case.suite),
            class: shown(case.class),
            name: mask::text::shown(case.name),
            variant: shown(case.variant),
            provider,
            source,
            pipeline,
            pipeline_name,
            status: status.into(),
            since: time(since),
            alarms: alarms.into_iter().map(|alarm| TestAlarm::of(alarm, names)).collect(),
            watching,
            runs,
            failed,
            retried,
            rate: TestRate::of(rate),
            p50_ms: ms(p50_us),
            p95_ms: ms(p95_us),
            last: last.and_then(|run| LastRun::of(run, names)),
            last_failed_at: time(figures.last_failed_at.map(Timestamp)),
            first_seen_at: case.first_at.into(),
            strip: strip.into_iter().filter_map(|run| StripRun::of(run, names)).collect(),
        }
    }
}

impl TestAlarm {
    pub fn of(alarm: SaidAlarm, names: &HashMap<i64, BuildName>) -> Self {
        Self {
            monitor: alarm.monitor,
            text: mask::text::shown(alarm.text),
            since: Timestamp(alarm.since).into(),
            build_id: names.get(&alarm.build).map(|name| name.public_id.clone()),
            came_back: alarm.came_back,
        }
    }
}

impl TestRate {
    fn of([failed, considered, wanted]: [u32; 3]) -> Self {
        let Rate { low, high, .. } = Rate::of(failed, considered);
        Self { failed, considered, wanted, low, high }
    }
}

impl LastRun {
    fn of(run: PastRun, names: &HashMap<i64, BuildName>) -> Option<Self> {
        let name = names.get(&run.build)?;
        Some(Self {
            build_id: name.public_id.clone(),
            number: name.number,
            label: name.label.clone().map(mask::text::shown),
            status: Ended::from(run.outcome()).into(),
            at: Timestamp(run.at).into(),
        })
    }
}

impl StripRun {
    fn of(run: PastRun, names: &HashMap<i64, BuildName>) -> Option<Self> {
        let name = names.get(&run.build)?;
        Some(Self {
            build_id: name.public_id.clone(),
            number: name.number,
            label: name.label.clone().map(mask::text::shown),
            outcome: Ended::from(run.outcome()).into(),
            at: Timestamp(run.at).into(),
            excluded: run.is_excluded,
        })
    }
}
