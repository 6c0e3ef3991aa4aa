//! Whole builds, told hook by hook, with their ending known beforehand.
//!
//! A story is consistent: ids, names and times of its hooks agree, and each hook shows the build as
//! it stood at that moment. Told in any order, and with any repetition, it must end in its
//! [`Outcome`].
//!
//! [`run`] tells of Azure DevOps, [`pipeline`] of Buildkite. [`build_story`] leaves the plot to the
//! dice; [`super::world`] hands them one.

pub mod cause;
pub mod course;
pub(super) mod pipeline;
pub(super) mod run;
pub mod trouble;

use super::Hook;
use super::azure_devops as azure;
use super::buildkite;
use super::clock::Tick;
use super::dice::Dice;
use crate::model::{BuildResult, BuildState, Provider};

use pipeline::Pipeline;
use run::Run;

const SALT_STORY: u64 = 31;

/// Pools of Azure DevOps subscriptions: one subscription per event type, and those that overlap.
const POOL_STORY: u64 = 3;
const POOL_ECHO: u64 = 4;

/// Most hooks a story has; numbers of different stories stay apart by it.
const HOOKS_MAX: u64 = 128;

/// Simulated time between the beginnings of two stories.
const STORY_EVERY_MS: u64 = 421_000;

/// Stories begin here, away from the numbers of [`super::stream`].
const FIRST_BUILD: u64 = 500_000_000;
const FIRST_NUMBER: u64 = 1 << 48;

#[derive(Debug, Clone)]
pub struct Story {
    /// In the order in which things happened.
    pub hooks: Vec<Hook>,
    pub outcome: Outcome,
}

/// How a build stands once every hook of its story is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub provider: Provider,
    /// The provider's own id: Azure DevOps' build id, Buildkite's UUID.
    pub external_id: String,
    pub state: BuildState,
    /// Of a blocked build: the result so far.
    pub result: Option<BuildResult>,
    pub attempt: u32,
}

/// The story of one build. Even seeds are told by `contoso`, odd ones by `acme`.
#[must_use]
pub fn build_story(seed: u64) -> Story {
    if seed.is_multiple_of(2) { story_of_contoso(seed) } else { story_of_acme(seed) }
}

fn begin(seed: u64) -> Tick {
    // Two years of stories, then the clock begins again: ids go on, so nothing collides.
    Tick::BEGIN.plus_ms(seed % 150_000 * STORY_EVERY_MS)
}

fn story_of_contoso(seed: u64) -> Story {
    let contoso = azure::Organisation::contoso();
    let now = begin(seed);
    let mut dice = Dice::seeded(&[SALT_STORY, seed]);
    let mut build = contoso.build(FIRST_BUILD + seed, now);
    build.queued_at = now;
    build.started_at = now.plus_ms(u64::from(dice.between(2_000, 30_000)));
    build.finished_at = build.started_at;
    let mut run = Run::new(contoso, build, dice, FIRST_NUMBER + seed * HOOKS_MAX);
    let end = run.live();
    let outcome = run.outcome(end);

    let mut hooks = Vec::new();
    for (told, mut said) in (1..).zip(run.said) {
        let shape = said.scene.shape as u64;
        said.scene.subscription = contoso.subscription(POOL_STORY, shape);
        said.scene.notification = seed * HOOKS_MAX + told;
        hooks.push(said.scene.hook());
        if said.echoes {
            // An overlapping subscription tells the same event again.
            said.scene.subscription = contoso.subscription(POOL_ECHO, shape);
            hooks.push(said.scene.hook());
        }
    }
    Story { hooks, outcome }
}

fn story_of_acme(seed: u64) -> Story {
    let acme = buildkite::Organisation::acme();
    let now = begin(seed);
    let dice = Dice::seeded(&[SALT_STORY, seed]);
    let build = acme.build(FIRST_BUILD + seed, now);
    let mut pipeline = Pipeline::new(acme, build, dice, FIRST_NUMBER + seed * HOOKS_MAX);
    let (state, result) = pipeline.live();
    Story {
        outcome: pipeline.outcome(state, result),
        hooks: pipeline.said.iter().map(buildkite::Scene::hook).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn a_story_is_told_the_same_every_time() {
        for seed in 0..20 {
            let (once, again) = (build_story(seed), build_story(seed));
            assert_eq!(once.hooks, again.hooks);
            assert_eq!(once.outcome, again.outcome);
        }
    }

    #[test]
    fn stories_speak_of_one_build_each_and_share_no_identity() {
        let mut identities = HashSet::new();
        let mut endings = HashSet::new();
        for seed in 0..400 {
            let story = build_story(seed);
            assert!(story.hooks.len() as u64 <= HOOKS_MAX);
            endings.insert((story.outcome.provider, story.outcome.state, story.outcome.result));
            for hook in &story.hooks {
                let body: Value = serde_json::from_slice(&hook.body).unwrap();
                let text = std::str::from_utf8(&hook.body).unwrap();
                assert!(text.contains(&story.outcome.external_id), "{text}");
                let identity = match hook.provider {
                    Provider::Buildkite => hook.headers.last().unwrap().1.clone(),
                    _ => format!("{}{}", body["subscriptionId"], body["notificationId"]),
                };
                assert!(identities.insert(identity), "seed {seed} repeats an identity");
            }
        }
        assert!(endings.len() >= 9, "{endings:?}");
    }

    #[test]
    fn the_last_completion_tells_the_outcome() {
        for seed in (0..200).step_by(2) {
            let story = build_story(seed);
            let mut completions = story.hooks.iter().filter_map(|hook| {
                let body: Value = serde_json::from_slice(&hook.body).unwrap();
                let is_2 = body["resourceVersion"] == "2.0";
                is_2.then(|| body["resource"]["result"].as_str().unwrap_or("").to_owned())
            });
            let said = completions.next_back();
            let expected = story.outcome.result.map(|result| match result {
                BuildResult::Success => "succeeded",
                BuildResult::Unstable => "partiallySucceeded",
                BuildResult::Aborted => "canceled",
                _ => "failed",
            });
            assert_eq!(said.as_deref(), expected);
        }
    }
}
