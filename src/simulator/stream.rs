//! Endless traffic for measuring: hooks of all shapes, no two alike.
//!
//! The `i`-th hook is a function of `i` alone, so any part of the stream can be made by anyone, in
//! any order, on any thread. Hooks come in blocks: each of the [`SUBSCRIPTIONS`] of `contoso` fires
//! once per block, the rest is `acme`'s. The hooks of a block speak of the same few builds.

use super::Hook;
use super::azure_devops::{self as azure, Shape as Azure};
use super::buildkite::{self, Shape as Buildkite};
use super::clock::Tick;
use super::dice::Dice;

/// Azure DevOps subscriptions in the stream. Each has one event type, as in life.
pub const SUBSCRIPTIONS: usize = 100;
const BUILDKITE_HOOKS: usize = 30;
const BLOCK: usize = SUBSCRIPTIONS + BUILDKITE_HOOKS;

/// Builds that the hooks of a block speak of, per provider.
const BUILDS_PER_BLOCK: u32 = 10;

/// Simulated time between two hooks: a busy organisation, and two weeks in 24 million hooks.
const HOOK_EVERY_MS: u64 = 50;

/// Pools of subscriptions: what is made here is never taken for what is made there.
const POOL_MIXED: u64 = 1;
const POOL_BUILD_COMPLETE: u64 = 2;

const SALT_STREAM: u64 = 21;

/// How many of the subscriptions are for which event.
const AZURE_SHARES: [(Azure, usize); 20] = [
    (Azure::BuildComplete2, 14),
    (Azure::BuildComplete1, 4),
    (Azure::Run, 9),
    (Azure::Stage, 12),
    (Azure::Job, 14),
    (Azure::ApprovalPending, 2),
    (Azure::ApprovalCompleted, 2),
    (Azure::Push, 9),
    (Azure::PullRequestCreated, 4),
    (Azure::PullRequestUpdated, 7),
    (Azure::PullRequestMerged, 4),
    (Azure::PullRequestCommented, 5),
    (Azure::WorkItemCreated, 2),
    (Azure::WorkItemUpdated, 5),
    (Azure::WorkItemCommented, 2),
    (Azure::ReleaseCreated, 1),
    (Azure::DeploymentStarted, 1),
    (Azure::DeploymentCompleted, 1),
    (Azure::DeploymentApprovalPending, 1),
    (Azure::DeploymentApprovalCompleted, 1),
];

const BUILDKITE_SHARES: [(Buildkite, usize); 12] = [
    (Buildkite::BuildScheduled, 3),
    (Buildkite::BuildRunning, 3),
    (Buildkite::BuildFailing, 1),
    (Buildkite::BuildFinished, 3),
    (Buildkite::BuildSkipped, 1),
    (Buildkite::JobScheduled, 4),
    (Buildkite::JobStarted, 5),
    (Buildkite::JobFinished, 6),
    (Buildkite::JobActivated, 1),
    (Buildkite::AgentConnected, 1),
    (Buildkite::AgentDisconnected, 1),
    (Buildkite::AgentLost, 1),
];

/// The `index`-th hook of the mixed stream: all shapes, mean about 4.8 kB.
#[must_use]
pub fn mixed_hook(index: u64) -> Hook {
    mixed_hook_of(azure::Organisation::contoso(), buildkite::Organisation::acme(), index)
}

/// The mixed stream of other organisations.
#[must_use]
pub fn mixed_hook_of(
    contoso: &azure::Organisation,
    acme: &buildkite::Organisation,
    index: u64,
) -> Hook {
    let block = index / BLOCK as u64;
    // A step that has no divisor in common with the block visits every place once.
    let place = (index % BLOCK as u64 * 47 + block * 29) % BLOCK as u64;
    let place = usize::try_from(place).unwrap_or(0);
    let now = Tick::BEGIN.plus_ms(index * HOOK_EVERY_MS);
    let began = Tick::BEGIN.plus_ms(block * BLOCK as u64 * HOOK_EVERY_MS);
    let mut dice = Dice::seeded(&[SALT_STREAM, index]);
    let build = 1_000 + block * u64::from(BUILDS_PER_BLOCK);
    let build = build + u64::from(dice.below(BUILDS_PER_BLOCK));

    if place < SUBSCRIPTIONS {
        let shape = share(&AZURE_SHARES, place);
        let mut scene = azure::Scene::new(contoso, shape, contoso.build(build, began), index);
        scene.subscription = contoso.subscription(POOL_MIXED, place as u64);
        scene.notification = block + 1;
        scene.created_at = Tick(now.0 + i64::from(dice.below(10_000)));
        scene.hook()
    } else {
        let shape = share(&BUILDKITE_SHARES, place - SUBSCRIPTIONS);
        let created_at = began.minus_ms(1_000_000 - build % 97 * 1_000);
        buildkite::Scene::new(acme, shape, acme.build(build, created_at), index, now).hook()
    }
}

/// The `index`-th hook of a stream that is `build.complete` 2.0 only, each of a build of its own and
/// close to 3,084 bytes: the body behind most figures in `docs/performance.md`.
#[must_use]
pub fn build_complete(index: u64) -> Hook {
    let contoso = azure::Organisation::contoso();
    let now = Tick::BEGIN.plus_ms(index * HOOK_EVERY_MS);
    let build = contoso.build(10_000_000 + index, now);
    let mut scene = azure::Scene::new(contoso, Azure::BuildComplete2, build, index);
    let subscriptions = SUBSCRIPTIONS as u64;
    scene.subscription = contoso.subscription(POOL_BUILD_COMPLETE, index % subscriptions);
    scene.notification = index / subscriptions + 1;
    scene.created_at = now;
    scene.hook()
}

fn share<T: Copy>(shares: &[(T, usize)], place: usize) -> T {
    let mut left = place;
    for (shape, count) in shares {
        if left < *count {
            return *shape;
        }
        left -= count;
    }
    unreachable!("the shares add up to the block, see the test")
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use serde_json::Value;

    use super::*;
    use crate::model::Provider;

    fn header<'a>(hook: &'a Hook, name: &str) -> &'a str {
        hook.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    fn identity(hook: &Hook, body: &Value) -> String {
        match hook.provider {
            Provider::Buildkite => header(hook, "x-buildkite-request").to_owned(),
            _ => format!("{} {}", body["subscriptionId"], body["notificationId"]),
        }
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(AZURE_SHARES.iter().map(|s| s.1).sum::<usize>(), SUBSCRIPTIONS);
        assert_eq!(BUILDKITE_SHARES.iter().map(|s| s.1).sum::<usize>(), BUILDKITE_HOOKS);
    }

    #[test]
    fn the_same_index_gives_the_same_hook() {
        for index in [0, 1, 129, 130, 1_000_003] {
            assert_eq!(mixed_hook(index), mixed_hook(index));
            assert_eq!(build_complete(index), build_complete(index));
        }
    }

    #[test]
    fn mixed_hooks_are_sound_and_no_two_have_one_identity() {
        let (mut identities, mut events) = (HashSet::new(), HashSet::new());
        let mut bytes = 0;
        let mut shapes: HashMap<String, usize> = HashMap::new();
        let hooks = 10 * BLOCK;
        for index in 0..hooks as u64 {
            let hook = mixed_hook(index);
            let body: Value = serde_json::from_slice(&hook.body).unwrap();
            assert!(identities.insert(identity(&hook, &body)), "hook {index} repeats an identity");
            let kind = if hook.provider == Provider::Buildkite {
                header(&hook, "x-buildkite-event")
            } else {
                assert!(events.insert(body["id"].as_str().unwrap().to_owned()));
                body["eventType"].as_str().unwrap()
            };
            *shapes.entry(kind.to_owned()).or_default() += 1;
            bytes += hook.body.len();
        }
        let mean = bytes / hooks;
        assert!((4_600..5_000).contains(&mean), "the mean body has {mean} bytes");
        // `build.complete` comes in two versions, every other shape has an event of its own.
        assert_eq!(shapes.len(), AZURE_SHARES.len() - 1 + BUILDKITE_SHARES.len());
    }

    #[test]
    fn build_completes_are_sound_and_of_one_size() {
        let mut identities = HashSet::new();
        let mut bytes = 0;
        for index in 0..500 {
            let hook = build_complete(index);
            let body: Value = serde_json::from_slice(&hook.body).unwrap();
            assert!(identities.insert(identity(&hook, &body)));
            assert_eq!(body["resource"]["id"].as_u64(), Some(10_000_000 + index));
            bytes += hook.body.len();
        }
        let mean = bytes / 500;
        assert!((3_034..3_134).contains(&mean), "the mean body has {mean} bytes");
    }

    #[test]
    fn every_shape_is_sound_json_with_its_event_type() {
        let contoso = azure::Organisation::new("contoso", azure::Home::OnPremises, 7);
        for shape in Azure::ALL {
            let scene = azure::Scene::new(&contoso, shape, contoso.build(5, Tick::BEGIN), 9);
            let body: Value = serde_json::from_slice(&scene.hook().body).unwrap();
            assert_eq!(body["eventType"], shape.event_type());
            assert!(body["resource"].is_object(), "{shape:?}");
        }
        let acme = buildkite::Organisation::acme();
        for shape in Buildkite::ALL {
            let build = acme.build(5, Tick::BEGIN);
            let scene = buildkite::Scene::new(acme, shape, build, 9, Tick::BEGIN);
            let body: Value = serde_json::from_slice(&scene.hook().body).unwrap();
            assert_eq!(body["event"], shape.event());
        }
    }
}
