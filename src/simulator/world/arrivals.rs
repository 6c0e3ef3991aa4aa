//! The world as a receiver sees it: what happened arrives a little later, now and then twice.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use super::{Happening, POOL_OVERLAP, Pace, World, contoso};
use crate::model::{Provider, Timestamp};
use crate::simulator::azure_devops as azure;
use crate::simulator::buildkite;
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::suites::reporters::{Reporting, Told};

const SALT_ARRIVAL: u64 = 43;

/// How far back [`World::history`] goes.
const HISTORY: Duration = Duration::from_hours(14 * 24);

/// So long before the end of the history it becomes lively, so that builds are going on there.
const LIVELY_BEFORE: Duration = Duration::from_mins(20);

/// How long after a first delivery the same one comes again: its answer was not seen in time.
const AGAIN_AFTER: Duration = Duration::from_secs(21);

/// Happenings in the order of their arrival.
pub struct Arrivals {
    world: World,
    dice: Dice,
    waiting: BinaryHeap<Reverse<Waiting>>,
    arrived: u64,
    /// Notifications of the overlapping subscriptions.
    overlapping: HashMap<Guid, u64>,
}

struct Waiting {
    ordinal: u64,
    happening: Happening,
}

impl Waiting {
    fn rank(&self) -> (Timestamp, u64) {
        (self.happening.received_at, self.ordinal)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl World {
    /// Two weeks of both organisations, up to `now`, as they arrived. It is the middle of a working day
    /// for them, whatever the time is elsewhere: what is looked at should have something to show.
    pub fn history(seed: u64, now: Timestamp) -> impl Iterator<Item = Happening> + Send {
        reported(seed, now).take_while(move |told| told.received_at() < now).map(Told::happening)
    }

    /// What happened in two weeks before `now`, and what was begun by then to its end: what a
    /// provider remembers, told to nobody. It was the middle of a working day then too.
    pub fn before(seed: u64, now: Timestamp) -> impl Iterator<Item = Happening> + Send {
        let begin = Timestamp(now.0 - i64::try_from(HISTORY.as_millis()).unwrap_or(0));
        let pace = Pace::NORMAL.in_the_middle_of_a_day_at(Tick::of(now));
        Self::new(seed, begin, pace).scripted(now).ending(now)
    }

    /// What arrives from `now` on: [`World::history`] goes on without a gap, livelier.
    pub fn live(seed: u64, now: Timestamp) -> impl Iterator<Item = Happening> + Send {
        reported(seed, now).skip_while(move |told| told.received_at() < now).map(Told::happening)
    }
}

/// One world, of which history and live are the two halves, with the reports of jobs that ran tests.
pub(super) fn reported(seed: u64, now: Timestamp) -> Reporting<Arrivals> {
    let begin = Timestamp(now.0 - i64::try_from(HISTORY.as_millis()).unwrap_or(0));
    let pace = Pace::NORMAL.in_the_middle_of_a_day_at(Tick::of(now));
    let lively_from = Timestamp(now.0 - i64::try_from(LIVELY_BEFORE.as_millis()).unwrap_or(0));
    let world = World::new(seed, begin, pace).scripted(now).turning(lively_from, Pace::LIVELY);
    Reporting::of(Arrivals::of(world))
}

impl Arrivals {
    /// The arrivals of a world.
    #[must_use]
    pub fn of(world: World) -> Self {
        Self {
            dice: Dice::seeded(&[SALT_ARRIVAL, world.key]),
            world,
            waiting: BinaryHeap::new(),
            arrived: 0,
            overlapping: HashMap::new(),
        }
    }

    /// Send one happening on its way.
    fn send(&mut self, mut happening: Happening) {
        let delay = match self.dice.below(100) {
            0 => (8_000, 60_000),
            1..6 => (2_000, 8_000),
            _ => (150, 1_400),
        };
        let delay = u64::from(self.dice.between(delay.0, delay.1));
        happening.received_at = happening.at.plus(Duration::from_millis(delay));
        let again = match self.dice.below(200) {
            0 => Some(happening.clone()),
            1 | 2 => self.overlap(&happening),
            _ => None,
        };
        self.wait(happening);
        if let Some(mut again) = again {
            again.received_at = again.received_at.plus(AGAIN_AFTER);
            self.wait(again);
        }
    }

    /// The same as an overlapping subscription tells it.
    fn overlap(&mut self, happening: &Happening) -> Option<Happening> {
        let mut echo = happening.clone();
        match happening.hook.provider {
            Provider::AzureDevops => {
                let pool = POOL_OVERLAP ^ u64::try_from(happening.subscription.0 >> 96).ok()?;
                echo.subscription = contoso().subscription(pool, 0);
                let notification = self.overlapping.entry(echo.subscription).or_default();
                *notification += 1;
                echo.hook = azure::told_to(&happening.hook, echo.subscription, *notification);
            }
            _ => echo.hook = buildkite::told_anew(&happening.hook, self.dice.guid_at(echo.at)),
        }
        Some(echo)
    }

    fn wait(&mut self, happening: Happening) {
        self.arrived += 1;
        self.waiting.push(Reverse(Waiting { ordinal: self.arrived, happening }));
    }
}

impl Iterator for Arrivals {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        // Nothing arrives before it happens: once the world is past what waits first, that is next.
        loop {
            let first = self.waiting.peek().map(|Reverse(first)| first.happening.received_at);
            let upcoming = self.world.next_at();
            match (first, upcoming) {
                (Some(first), Some(upcoming)) if first <= upcoming => break,
                (_, None) => break,
                _ => {
                    let Some(happening) = self.world.next() else { break };
                    self.send(happening);
                }
            }
        }
        self.waiting.pop().map(|Reverse(waiting)| waiting.happening)
    }
}
