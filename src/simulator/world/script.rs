//! What is certain to have happened when somebody looks at a world: a test of one pipeline is broken since
//! yesterday, one build of another lost the database of its tests last Friday, and builds are going on. All
//! else is chance.

use super::places::Place;
use super::tales::Todo;
use super::{Tick, Timestamp, World};
use crate::simulator::story::trouble::Trouble;

/// The pipeline of `acme` with the broken test: it is told by its slug.
const BROKEN: &str = "checkout-api";
/// The pipeline of `contoso` that lost its database: it has machines and a database of its own.
const LOST: &str = "payments-api";

/// Which test is broken.
const BREAK: u64 = 7;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// Pushes to `main`, the first of which broke the test, counted back from when somebody looks. Their
/// clocks show half past two on a Tuesday then: the first was yesterday at noon.
const PUSHES: [u64; 4] = [26 * HOUR_MS, 23 * HOUR_MS, 5 * HOUR_MS, 2 * HOUR_MS];

/// Of a hundred pull requests that are built after that, so many have the commit in them.
const REBASED: u32 = 60;

/// When the database was lost, and for how long.
const OUTAGE_AGO: u64 = 100 * HOUR_MS;
const OUTAGE: u64 = 40 * MINUTE_MS;

/// Pushes just before somebody looks, to pipelines whose builds take minutes: something is going on.
const GOING_ON_AGO: [u64; 2] = [MINUTE_MS / 2, MINUTE_MS];

/// A script, by the moment at which somebody looks.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    broken_since: Tick,
    lost_from: Tick,
    lost_to: Tick,
}

impl World {
    /// The same world with what is certain to have happened before a moment.
    #[must_use]
    pub(super) fn scripted(mut self, now: Timestamp) -> Self {
        let now = Tick::of(now);
        let lost_from = now.minus_ms(OUTAGE_AGO);
        self.script = Some(Script {
            broken_since: now.minus_ms(PUSHES[0]),
            lost_from,
            lost_to: lost_from.plus_ms(OUTAGE),
        });
        for ago in PUSHES {
            self.schedule(now.minus_ms(ago), Todo::Mend(Place::acme(BROKEN)));
        }
        let slow = [Place::acme("mobile-release"), Place::contoso("ledger-service")];
        for (place, ago) in slow.into_iter().zip(GOING_ON_AGO) {
            self.schedule(now.minus_ms(ago), Todo::Mend(place));
        }
        self.schedule(lost_from.plus_ms(MINUTE_MS), Todo::Mend(Place::contoso(LOST)));
        self
    }

    /// What is certain to make the tests of a build fail that begins now.
    pub(super) fn told_trouble(
        &mut self,
        place: Place,
        at: Tick,
        is_main: bool,
    ) -> Option<Trouble> {
        let script = self.script?;
        if place == Place::acme(BROKEN) && script.broken_since <= at {
            let has_it = is_main || self.dice.percent(REBASED);
            return has_it.then_some(Trouble::Broken(BREAK));
        }
        let is_lost = (script.lost_from..script.lost_to).contains(&at);
        (is_lost && place == Place::contoso(LOST)).then_some(Trouble::Outage)
    }
}
