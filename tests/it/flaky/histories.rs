//! Histories of tests of which the truth is known: two pipelines, a busy one and a nightly one.

use std::sync::Arc;

use creel::insights::tests::{Outcome, Run, TestedBuild, infrastructure};
use creel::model::{BuildResult, TestTotals, Timestamp};

const HOUR: i64 = Timestamp::MILLIS_PER_HOUR;
const DAYS: i64 = 45;

/// When all is over and judged.
pub const END: Timestamp = Timestamp(DAYS * 24 * HOUR);

/// What a test is really like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth {
    Stable,
    /// Fails so often of 100 runs, by chance.
    Flaky(u32),
    /// Its runner tries a failure again at once.
    Retried(u32),
    /// By chance, and never on main.
    FlakyOnBranches(u32),
    /// By chance, until somebody mended it 25 days before the end.
    FlakyOnce(u32),
    /// Broken by a commit, for so many runs of main each time.
    BrokenOnce,
    /// Broken by a commit, to the end.
    Broken,
}

impl Truth {
    pub fn is_flaky(self) -> bool {
        matches!(self, Self::Flaky(_) | Self::Retried(_) | Self::FlakyOnBranches(_))
    }
}

pub struct Case {
    pub truth: Truth,
    pub is_nightly: bool,
    pub runs: Vec<Run>,
}

/// `SplitMix64`: the same histories on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// With a chance of so many in 1,000.
    fn hits(&mut self, of_thousand: u32) -> bool {
        self.below(1_000) < u64::from(of_thousand)
    }
}

struct Made {
    build: TestedBuild,
    /// Number of the run of main, or the pull request with the number of its commit.
    main: Option<i64>,
    pull_request: Option<(i64, i64)>,
}

/// Builds of main at even distances, and of pull requests of three commits each.
fn builds(main_a_day: i64, branch_a_day: i64) -> Vec<Made> {
    let at = |n: i64, a_day: i64| Timestamp(n * 24 * HOUR / a_day);
    let build = |id, at, on_default, branch: String, commit: String| TestedBuild {
        id,
        at,
        number: Some(id),
        label: None,
        on_default,
        branch: Some(branch.into()),
        commit: Some(commit.into()),
        failed_tests: 0,
    };
    let of_main = (0..DAYS * main_a_day).map(|n| Made {
        build: build(2 * n, at(n, main_a_day), true, "main".into(), format!("m{n}")),
        main: Some(n),
        pull_request: None,
    });
    let of_branches = (0..DAYS * branch_a_day).map(|n| Made {
        build: build(
            2 * n + 1,
            at(n, branch_a_day),
            false,
            format!("pr/{}", n / 3),
            format!("b{n}"),
        ),
        main: None,
        pull_request: Some((n / 3, n % 3)),
    });
    let mut all: Vec<Made> = of_main.chain(of_branches).collect();
    all.sort_by_key(|made| (made.build.at, made.build.id));
    all
}

/// A test, and when it is broken, by runs of main.
struct Subject {
    truth: Truth,
    broken: Vec<std::ops::Range<i64>>,
}

impl Subject {
    fn new(truth: Truth, main_runs: i64, dice: &mut Dice) -> Self {
        let mut below = |bound: i64| i64::try_from(dice.below(bound.unsigned_abs())).unwrap();
        let broken = match truth {
            Truth::Broken => {
                let start = main_runs - 3 - below(main_runs / 4);
                std::iter::once(start..main_runs).collect()
            }
            Truth::BrokenOnce => (0..=below(3))
                .map(|_| {
                    let start = 5 + below(main_runs - 20);
                    start..start + 1 + below(12)
                })
                .collect(),
            _ => Vec::new(),
        };
        Self { truth, broken }
    }

    fn tries(&self, made: &Made, dice: &mut Dice) -> Outcome {
        let fails = |percent: u32, dice: &mut Dice| match dice.hits(percent * 10) {
            true => Outcome::Failed,
            false => Outcome::Passed,
        };
        match self.truth {
            Truth::Stable => Outcome::Passed,
            Truth::Flaky(percent) => fails(percent, dice),
            Truth::Retried(percent) => match fails(percent, dice) {
                Outcome::Failed if fails(percent, dice) == Outcome::Passed => Outcome::RetriedPass,
                outcome => outcome,
            },
            Truth::FlakyOnBranches(percent) if made.main.is_none() => fails(percent, dice),
            Truth::FlakyOnBranches(_) => Outcome::Passed,
            Truth::FlakyOnce(percent) if made.build.at.0 < (DAYS - 25) * 24 * HOUR => {
                fails(percent, dice)
            }
            Truth::FlakyOnce(_) => Outcome::Passed,
            Truth::Broken | Truth::BrokenOnce => {
                let is_broken = made
                    .main
                    .is_some_and(|run| self.broken.iter().any(|broken| broken.contains(&run)));
                if is_broken { Outcome::Failed } else { Outcome::Passed }
            }
        }
    }
}

/// One pipeline to its end. Of red builds three in ten are run again; two builds in 100 lose their
/// database, and everything fails; one in 200 loses half a service, and every tenth test fails; a pull
/// request breaks a test in its first commit or its first two.
fn pipeline(truths: &[Truth], a_day: (i64, i64), is_nightly: bool, dice: &mut Dice) -> Vec<Case> {
    let main_runs = DAYS * a_day.0;
    let subjects: Vec<Subject> =
        truths.iter().map(|truth| Subject::new(*truth, main_runs, dice)).collect();
    let mut cases: Vec<Case> =
        truths.iter().map(|&truth| Case { truth, is_nightly, runs: Vec::new() }).collect();
    let lane: Arc<str> = "unit".into();
    for made in builds(a_day.0, a_day.1) {
        let (outage, brown_out) = (dice.hits(20), dice.hits(5));
        let broken_here = made.pull_request.and_then(|(pull_request, commit)| {
            let mut of_it = Dice(pull_request.unsigned_abs());
            let breaks = of_it.below(truths.len() as u64);
            (commit < 1 + i64::from(pull_request % 2 == 0)).then_some(breaks)
        });
        let build = Arc::new(made.build.clone());
        for attempt in 0..2 {
            let outcomes: Vec<Outcome> = (0_u64..)
                .zip(&subjects)
                .map(|(place, subject)| {
                    let outcome = subject.tries(&made, dice);
                    let is_hit = attempt == 0 && (outage || (brown_out && dice.hits(100)));
                    let is_broken = is_hit || broken_here == Some(place);
                    if is_broken { Outcome::Failed } else { outcome }
                })
                .collect();
            let failed = outcomes.iter().filter(|&&outcome| outcome == Outcome::Failed).count();
            let (total, failed) = (outcomes.len() as u64, failed as u64);
            let totals =
                TestTotals { total, failed, passed: total - failed, ..TestTotals::default() };
            let excluded = infrastructure(&totals, Some(BuildResult::Failure), None).is_some();
            for (case, outcome) in cases.iter_mut().zip(outcomes) {
                let (build, lane) = (build.clone(), lane.clone());
                case.runs.push(Run { build, lane, outcome, excluded });
            }
            if failed == 0 || !dice.hits(300) {
                break;
            }
        }
    }
    cases
}

/// Some 260 tests with what they are really like.
pub fn world(seed: u64) -> Vec<Case> {
    let mut dice = Dice(seed);
    let mut busy = vec![Truth::Stable; 100];
    busy.extend([Truth::Broken; 10]);
    busy.extend([Truth::BrokenOnce; 20]);
    for percent in [1, 2, 5, 10, 20, 40] {
        busy.extend([Truth::Flaky(percent); 6]);
    }
    busy.extend([Truth::FlakyOnBranches(10); 6]);
    busy.extend([Truth::FlakyOnce(15); 8]);
    busy.extend([Truth::Retried(5); 8]);
    let mut nightly = vec![Truth::Stable; 40];
    nightly.extend([Truth::BrokenOnce; 8]);
    for percent in [10, 20, 40] {
        nightly.extend([Truth::Flaky(percent); 4]);
    }
    let mut cases = pipeline(&busy, (4, 6), false, &mut dice);
    cases.extend(pipeline(&nightly, (1, 1), true, &mut dice));
    cases
}
