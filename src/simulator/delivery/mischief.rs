//! What goes wrong on the way from a happening to a request.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use serde::Serialize;

use super::Fate;
use super::faults::{Fault, Faults, Whose};
use crate::model::{Provider, Timestamp};
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::world::Happening;
use crate::simulator::{azure_devops, buildkite};

const SALT_MISCHIEF: u64 = 51;
const SALT_OVERLAP: u64 = 52;

/// Follows a script of faults, with dice for what the script leaves to chance.
#[derive(Debug)]
pub struct Mischief {
    faults: Faults,
    dice: Dice,
    begin: Timestamp,
    /// What is on its way, by the time it is to be told.
    waiting: BinaryHeap<Reverse<Waiting>>,
    ordinal: u64,
    /// Notifications that overlapping subscriptions had.
    overlapping: BTreeMap<Guid, u64>,
    done: Done,
}

/// What went wrong so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    pub duplicates: u64,
    pub echoes: u64,
    /// Held back: reordered, delayed, or part of a burst.
    pub held: u64,
    pub swallowed: u64,
    pub cut: u64,
    pub wrong_keys: u64,
}

/// How a notification came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameOf {
    Happening,
    Duplicate,
    Echo,
}

#[derive(Debug)]
struct Waiting {
    at: Timestamp,
    ordinal: u64,
    came_of: CameOf,
    happening: Happening,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.ordinal == other.ordinal
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
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

impl Mischief {
    /// Follow a script whose moments are counted from `begin`, by the receiver's clock.
    #[must_use]
    pub fn new(faults: Faults, seed: u64, begin: Timestamp) -> Self {
        Self {
            faults,
            dice: Dice::seeded(&[SALT_MISCHIEF, seed]),
            begin,
            waiting: BinaryHeap::new(),
            ordinal: 0,
            overlapping: BTreeMap::new(),
            done: Done::default(),
        }
    }

    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Faults::default(), 0, Timestamp(0))
    }

    /// What the providers' clocks say at a moment of the receiver's.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0 + self.faults.clock_skew_s * 1_000)
    }

    /// Decide what becomes of a happening.
    pub(super) fn befall(&mut self, happening: Happening) {
        let provider = happening.hook.provider;
        // When it happened, by the receiver's clock.
        let at = Timestamp(happening.at.0 - self.faults.clock_skew_s * 1_000);
        let (rates, waits) = (self.faults.rates, self.faults.waits);
        if self.strikes(Fault::Lose, rates.lose, provider, at) {
            self.done.swallowed += 1;
            return;
        }
        let mut told_at = at;
        if self.strikes(Fault::Reorder, rates.reorder, provider, at) {
            told_at = self.later(told_at, waits.reorder_s);
        }
        if self.strikes(Fault::Delay, rates.delay, provider, at) {
            told_at = self.later(told_at, waits.delay_s);
        }
        if let Some(end) = self.end_of(Fault::Burst, provider, at) {
            told_at = told_at.max(end);
        }
        self.done.held += u64::from(told_at > at);
        if self.strikes(Fault::Echo, rates.echo, provider, at) {
            let echo = self.echo(&happening);
            self.wait(told_at, CameOf::Echo, echo);
        }
        if self.strikes(Fault::Duplicate, rates.duplicate, provider, at) {
            let again_at = self.later(told_at, waits.duplicate_s);
            self.wait(again_at, CameOf::Duplicate, happening.clone());
        }
        self.wait(told_at, CameOf::Happening, happening);
    }

    /// What a subscription is to be told by now.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<(Happening, CameOf)> {
        self.waiting.peek().filter(|Reverse(first)| first.at <= now)?;
        self.waiting.pop().map(|Reverse(first)| (first.happening, first.came_of))
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.peek().map(|Reverse(first)| first.at)
    }

    pub(super) fn count(&mut self, came_of: CameOf) {
        match came_of {
            CameOf::Happening => {}
            CameOf::Duplicate => self.done.duplicates += 1,
            CameOf::Echo => self.done.echoes += 1,
        }
    }

    /// Whether a request carries the wrong key, and whether its answer is seen.
    pub(super) fn of_attempt(&mut self, provider: Provider, now: Timestamp) -> (bool, Fate) {
        let is_wrong = self.end_of(Fault::WrongKey, provider, now).is_some();
        let is_cut = self.strikes(Fault::Cut, self.faults.rates.cut, provider, now);
        self.done.wrong_keys += u64::from(is_wrong);
        self.done.cut += u64::from(is_cut);
        (is_wrong, if is_cut { Fate::Cut } else { Fate::Answered })
    }

    #[must_use]
    pub(super) fn done(&self) -> Done {
        self.done
    }

    /// Whether a fault strikes: for sure in its moments, else as often as its rate says.
    fn strikes(&mut self, fault: Fault, rate: f64, provider: Provider, at: Timestamp) -> bool {
        // Thrown either way, so that a scripted moment leaves the rest of a run as it was.
        let roll = f64::from(self.dice.below(1_000_000)) / 1_000_000.0;
        roll < rate || self.end_of(fault, provider, at).is_some()
    }

    /// The end of the moment of this fault that a time falls into.
    fn end_of(&self, fault: Fault, provider: Provider, at: Timestamp) -> Option<Timestamp> {
        self.faults.moments.iter().find_map(|moment| {
            let is_theirs = match moment.provider {
                None => true,
                Some(Whose::Azure) => provider == Provider::AzureDevops,
                Some(Whose::Buildkite) => provider == Provider::Buildkite,
            };
            let from = self.begin.plus(Duration::from_secs(moment.after_s.into()));
            let to = from.plus(Duration::from_secs(moment.for_s.into()));
            (moment.fault == fault && is_theirs && (from..to).contains(&at)).then_some(to)
        })
    }

    fn later(&mut self, at: Timestamp, (low_s, high_s): (u32, u32)) -> Timestamp {
        at.plus(Duration::from_secs(self.dice.between(low_s, high_s).into()))
    }

    fn echo(&mut self, happening: &Happening) -> Happening {
        let mut echo = happening.clone();
        let id = happening.subscription.0;
        let halves = [id >> 64, id & u128::from(u64::MAX)];
        let [high, low] = halves.map(|half| u64::try_from(half).unwrap_or(0));
        echo.subscription = Dice::seeded(&[SALT_OVERLAP, high, low]).guid();
        match happening.hook.provider {
            Provider::AzureDevops => {
                let notification = self.overlapping.entry(echo.subscription).or_default();
                *notification += 1;
                let (subscription, notification) = (echo.subscription, *notification);
                echo.hook = azure_devops::told_to(&happening.hook, subscription, notification);
            }
            _ => {
                let request = self.dice.guid_at(echo.at);
                echo.hook = buildkite::told_anew(&happening.hook, request);
            }
        }
        echo
    }

    fn wait(&mut self, at: Timestamp, came_of: CameOf, happening: Happening) {
        self.ordinal += 1;
        self.waiting.push(Reverse(Waiting { at, ordinal: self.ordinal, came_of, happening }));
    }
}
