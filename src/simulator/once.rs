//! One hook of a type that somebody asks for.

use super::azure_devops as azure;
use super::buildkite;
use super::clock::Tick;
use super::dice::Dice;
use super::world::{Happening, acme, contoso};
use super::{likeness, nearest};
use crate::model::Timestamp;

/// The pool of subscriptions that such hooks come from.
const POOL_ONCE: u64 = 7;

const SALT_ONCE: u64 = 61;

/// Words that are less alike have nothing to do with each other.
const LIKE_MIN: f64 = 0.7;

/// Nobody sends such an event.
#[derive(Debug, thiserror::Error)]
#[error(
    "no provider sends `{word}`; {}",
    match nearest {
        Some(nearest) => format!("the nearest is `{nearest}`"),
        None => "for example `build.complete` (Azure DevOps), `build.finished` (Buildkite)".to_owned(),
    }
)]
pub struct UnknownEvent {
    pub word: String,
    /// The word that was meant, if any is like it.
    pub nearest: Option<&'static str>,
}

/// A hook of the type that is called so: `build.complete`, `buildkite:ping`, `azure:git.push`.
pub fn once(word: &str, seed: u64, now: Timestamp) -> Result<Happening, UnknownEvent> {
    let (provider, event) = match word.split_once(':') {
        Some((provider @ ("azure" | "buildkite"), event)) => (Some(provider), event),
        _ => (None, word),
    };
    let azure = azure::Shape::ALL.into_iter().find(|shape| shape.event_type() == event);
    let buildkite = buildkite::Shape::ALL.into_iter().find(|shape| shape.event() == event);
    let at = Tick::of(now);
    let number = Dice::seeded(&[SALT_ONCE, seed, at.0.unsigned_abs()]).throw() >> 8;
    match (azure, buildkite) {
        (Some(shape), _) if provider != Some("buildkite") => Ok(of_contoso(shape, number, at)),
        (_, Some(shape)) if provider != Some("azure") => Ok(of_acme(shape, number, at)),
        _ => {
            let azure = azure::Shape::ALL.into_iter().map(azure::Shape::event_type);
            let buildkite = buildkite::Shape::ALL.into_iter().map(buildkite::Shape::event);
            let nearest = match provider {
                Some("azure") => nearest(event, azure),
                Some(_) => nearest(event, buildkite),
                None => nearest(event, azure.chain(buildkite)),
            };
            let nearest = Some(nearest).filter(|known| likeness(event, known) >= LIKE_MIN);
            Err(UnknownEvent { word: word.to_owned(), nearest })
        }
    }
}

/// Seconds since 2025: a number that nothing else has, and that a person can read.
fn second(at: Tick) -> u64 {
    (at.0 / Tick::PER_SECOND - 1_735_689_600).unsigned_abs()
}

fn of_contoso(shape: azure::Shape, number: u64, at: Tick) -> Happening {
    let mut build = contoso().build(number, at);
    build.id = second(at);
    // It has just ended.
    let ahead = (build.finished_at.0 - at.0).unsigned_abs() / 10_000 + 4_000;
    build.queued_at = build.queued_at.minus_ms(ahead);
    build.started_at = build.started_at.minus_ms(ahead);
    build.finished_at = build.finished_at.minus_ms(ahead);
    let mut scene = azure::Scene::new(contoso(), shape, build, number);
    scene.subscription = contoso().subscription(POOL_ONCE, shape as u64);
    scene.notification = second(at);
    scene.change_id = second(at) % 100_000;
    scene.push_id = Some(second(at));
    scene.created_at = at;
    happening(at, scene.subscription, shape.event_type(), scene.hook())
}

fn of_acme(shape: buildkite::Shape, number: u64, at: Tick) -> Happening {
    let scene = |created_at: Tick| {
        let mut build = acme().build(second(at), created_at);
        build.pipeline = usize::try_from(number).unwrap_or(0) % acme().pipelines.len();
        buildkite::Scene::new(acme(), shape, build, number, at)
    };
    // Buildkite tells whole seconds. What it shows last has just happened.
    let now = Tick(at.0 - at.0.rem_euclid(Tick::PER_SECOND));
    let begun_now = scene(now);
    let (build, job) = (&begun_now.build, &begun_now.job);
    let shown = [build.finished_at, build.started_at, job.finished_at, job.started_at];
    let last = shown.into_iter().flatten().max().unwrap_or(now);
    let scene = scene(now.minus_ms((last.0 - now.0).unsigned_abs() / 10_000));
    happening(at, acme().webhook(), shape.event(), scene.hook())
}

fn happening(
    at: Tick,
    subscription: super::dice::Guid,
    event: &'static str,
    hook: super::Hook,
) -> Happening {
    let at = at.timestamp();
    Happening { at, received_at: at, subscription, event, build: None, course: None, hook }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const NOW: Timestamp = Timestamp(1_773_619_200_123);

    #[test]
    fn every_type_of_both_providers_can_be_asked_for() {
        for shape in azure::Shape::ALL {
            let happening = once(shape.event_type(), 1, NOW).unwrap();
            let body: Value = serde_json::from_slice(&happening.hook.body).unwrap();
            assert_eq!(body["eventType"], shape.event_type());
        }
        for shape in buildkite::Shape::ALL {
            let happening = once(&format!("buildkite:{}", shape.event()), 1, NOW).unwrap();
            let body: Value = serde_json::from_slice(&happening.hook.body).unwrap();
            assert_eq!(body["event"], shape.event());
        }
        let later = Timestamp(NOW.0 + 1);
        let [one, other] = [NOW, later].map(|at| once("git.push", 1, at).unwrap().hook);
        assert_ne!(one, other, "each is a delivery of its own");
    }

    #[test]
    fn an_unknown_type_names_the_nearest() {
        let nearest = |word| once(word, 1, NOW).unwrap_err().nearest;
        assert_eq!(nearest("build.completed"), Some("build.complete"));
        assert_eq!(nearest("buildkite:build.complete"), Some("build.scheduled"));
        assert_eq!(nearest("azure:pull_request.created"), Some("git.pullrequest.created"));
        assert_eq!(nearest("nonsense"), None);
    }
}
