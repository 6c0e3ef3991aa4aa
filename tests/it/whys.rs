//! How often *why it failed* is right, on made-up failures whose cause is known.

use std::collections::BTreeMap;

use creel::model::{BuildResult, Timestamp};
use creel::simulator::Happening;
use creel::simulator::rest::Archive;
use creel::simulator::rest::limits::Limits;
use creel::simulator::world::World;

use crate::enriching::Scene;
use crate::support::desk::NOW;

/// Worlds that are told: together they have more than 200 failures.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What failed within two weeks of a world.
fn failures(seed: u64) -> Vec<Happening> {
    let end = Timestamp(NOW.0 - 3 * Timestamp::MILLIS_PER_HOUR);
    World::before(seed, end)
        .filter(|happening| {
            let outcome = happening.build.as_ref();
            outcome.is_some_and(|outcome| outcome.result == Some(BuildResult::Failure))
        })
        .collect()
}

#[test]
fn nine_of_ten_failures_are_told_by_their_true_cause() {
    let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut total, mut right, mut steps, mut lines, mut with_line) = (0, 0, 0, 0, 0);
    let (mut wrong, mut missed) = (Vec::new(), Vec::new());
    for seed in SEEDS {
        let told = failures(seed);
        let archive = Archive::of(told.iter().cloned(), NOW);
        let scene = Scene::of(&told, archive, Limits::NONE, Vec::new());
        scene.ask_all();
        for build in scene.builds() {
            let external_id = build["external_id"].as_str().expect("an id");
            let Some(truth) = scene.providers.rest.archive().truth_of(external_id) else {
                continue;
            };
            let id = build["id"].as_str().expect("an id");
            let why = scene.desk.get_json(&format!("/api/v1/builds/{id}/why"));
            let first = &why["items"][0];
            let kind = first["kind"].as_str().unwrap_or("nothing").to_owned();
            let cause = truth.cause.as_str().to_owned();
            total += 1;
            right += usize::from(kind == cause);
            let step = first["step_id"].as_str().unwrap_or_default();
            steps += usize::from(step.contains(&truth.step));
            if let Some(line) = &truth.line {
                with_line += 1;
                let shown = first["lines"].to_string() + &first["sentence"].to_string();
                let shown = shown.replace("\\\"", "\"");
                let is_shown = shown.contains(line.trim());
                lines += usize::from(is_shown);
                if !is_shown {
                    missed.push(format!("{} has {:?}, told {}", cause, line, first["lines"]));
                }
            }
            if kind != cause {
                wrong.push(format!(
                    "{cause} was told as {kind}: {} ({:?})",
                    first["sentence"], truth.line
                ));
            }
            *confusion.entry((cause, kind)).or_default() += 1;
        }
    }
    println!(
        "{total} failures, {right} causes right, {steps} steps right, {lines} of {with_line} lines shown"
    );
    for ((cause, kind), count) in &confusion {
        let mark = if cause == kind { " " } else { "!" };
        println!("{mark} {cause:16} told as {kind:16} {count}");
    }
    for line in wrong.iter().take(40) {
        println!("  {line}");
    }
    for line in missed.iter().take(30) {
        println!("  another line: {line}");
    }
    assert!(total >= 200, "{total} failures are too few to tell");
    assert!(right * 10 >= total * 9, "{right} of {total} causes right");
    assert!(steps * 10 >= total * 9, "{steps} of {total} steps right");
}
