use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::model::{Provider, Timestamp};
use crate::simulator::Happening;
use crate::simulator::azure_devops::RunResult;
use crate::simulator::rest::Archive;
use crate::simulator::story::course::Course;
use crate::simulator::world::World;

/// A Wednesday.
const NOW: Timestamp = Timestamp(1_773_844_200_000);

fn reports(seed: u64) -> Vec<Happening> {
    let of_reporters = |one: &Happening| one.hook.provider == Provider::Reporter;
    World::history(seed, NOW).filter(of_reporters).collect()
}

fn known(seed: u64) -> Vec<Known> {
    truth(Archive::of(World::history(seed, NOW), NOW).courses(), NOW)
}

#[test]
fn the_same_seed_and_moment_report_the_same_to_the_byte() {
    let hooks = |seed| reports(seed).into_iter().map(|one| one.hook).collect::<Vec<_>>();
    let once = hooks(1);
    assert_eq!(once, hooks(1));
    assert_ne!(once, hooks(2));
    let bytes: usize = once.iter().map(|hook| hook.body.len()).sum();
    // Few enough for a demo to start at once.
    assert!((500..1_300).contains(&once.len()), "{} reports", once.len());
    assert!(bytes < 8_000_000, "{bytes} bytes");
}

#[test]
fn no_two_tests_of_a_pipeline_have_one_name() {
    for pipeline in 0..16 {
        let mut names = HashSet::new();
        for suite in [of_contoso(pipeline, 0), of_contoso(pipeline, 1)] {
            for number in 0..size(suite) {
                assert!(names.insert(case(suite, Tool::Browser, number).name), "{suite} {number}");
            }
            assert!((SIZE.0..=SIZE.1).contains(&size(suite)));
            assert!(
                flaky(suite).iter().all(|number| !is_skipped(*number) && *number < size(suite))
            );
        }
    }
}

#[test]
fn what_fails_follows_from_what_is_behind_it() {
    let suite = of_acme(1, false);
    for seed in 0..50 {
        let by_chance = failing(suite, Trouble::Chance, seed);
        assert!(by_chance.iter().all(|number| flaky(suite).contains(number)));
        for trouble in [Trouble::Change(seed), Trouble::Broken(seed)] {
            let failing = failing(suite, trouble, 1);
            assert!(failing.iter().all(|number| !flaky(suite).contains(number)));
            assert_eq!(failing, super::failing(suite, trouble, 2), "each try fails alike");
        }
    }
    let lost = failing(suite, Trouble::Outage, 1).len();
    assert!(lost * 10 > size(suite) as usize * 8, "{lost} of {}", size(suite));
}

#[test]
fn a_build_whose_tests_failed_is_not_green_unless_it_was_tried_again() {
    let (mut failed, mut failed_on_branches) = (0, 0);
    let courses: Vec<_> = Archive::of(World::history(1, NOW), NOW).courses().collect();
    let mut archive = Archive::default();
    for course in &courses {
        archive.keep(course);
        let reports = reporters::reports(&archive, course);
        // Of a job that was tried again the last try counts.
        let last = |report: &reporters::Report| {
            let tries = reports.iter().filter(|other| other.ci.step_key == report.ci.step_key);
            tries.map(|other| other.ci.job_attempt).max().flatten()
        };
        let is_failed = reports
            .iter()
            .any(|report| report.ci.job_attempt == last(report) && !report.ran.failing.is_empty());
        if !is_failed {
            continue;
        }
        failed += 1;
        failed_on_branches += usize::from(reports[0].ci.branch.as_deref() != Some("main"));
        let is_red = match course {
            // Its tests are told while it goes on.
            Course::Run(run) => run.ends.last().is_none_or(|end| end.result == RunResult::Failed),
            Course::Pipeline(build) => {
                let last = build.turns.last().map(|(_, build)| build.state);
                last != Some("passed") || build.jobs.iter().any(|job| job.job.soft_failed)
            }
            Course::Release(_) | Course::Agent { .. } => false,
        };
        assert!(is_red, "{:?}", course.external_id());
    }
    assert!(failed > 15 && failed_on_branches > 3, "{failed}, {failed_on_branches} on branches");
}

#[test]
fn two_weeks_have_something_of_everything() {
    for seed in 1..4 {
        let known = known(seed);
        let all = |is: &dyn Fn(&Known) -> bool| known.iter().filter(|known| is(known)).count();
        let nature = |wanted| all(&|known| known.nature == wanted);
        let figures = format!(
            "seed {seed}: {} tests, {} flaky, {} broken",
            known.len(),
            nature(Nature::Flaky),
            nature(Nature::Broken)
        );
        assert!((300..1_500).contains(&known.len()), "{figures}");
        assert!((4..40).contains(&nature(Nature::Flaky)), "{figures}");
        assert!((1..4).contains(&nature(Nature::Broken)), "{figures}");
        assert!(all(&|known| known.passed_again > 0) > 2, "{figures}");
        assert!(all(&|known| known.failed_by_chance > 0) > 2, "{figures}");
        assert!(all(&|known| known.failed_by_change > 0) > 2, "{figures}");
        assert!(all(&|known| known.failed_by_outage > 0) >= 20, "{figures}");
        assert!(all(&|known| known.variant.is_some()) > 20, "{figures}");
        let broken: BTreeMap<&str, u32> = known
            .iter()
            .filter(|known| known.nature == Nature::Broken)
            .map(|known| (known.pipeline.as_str(), known.failed_by_break))
            .collect();
        assert!(broken.get("checkout-api").is_some_and(|failed| *failed >= 3), "{broken:?}");
        // Who builds a site or describes machines has no tests.
        let without = ["docs-site", "platform-infra", "infra-terraform"];
        assert!(known.iter().all(|known| !without.contains(&known.pipeline.as_str())));
    }
}
