//! Two organisations at work: everything their people and pipelines do, in the order of time.
//!
//! A [`World`] is an endless iterator of [`Happening`]s, made from a seed and a beginning: same
//! seed and beginning, same bytes. It plans an hour at a time and keeps only what is under way, so
//! it needs little memory however long it runs. What a pipeline is like stands in [`places`], when
//! things begin in [`rhythm`], what begins and how it goes on in [`tales`]; builds are told by
//! [`super::story`], and how each will end is known from its first hook on.
//!
//! [`World::history`] and [`World::live`] are the two halves of one world as a receiver sees it:
//! the two weeks before a moment, and what comes after it, with the reports of jobs that ran tests. See
//! [`arrivals`], and [`script`] for what is certain to be in them.
//!
//! A world only knows what happens. Who is told, how often and how late is the work of
//! [`super::delivery`]; what is answered to those who ask, from the same courses of builds, that of
//! [`super::rest`].

mod arrivals;
mod places;
mod rhythm;
mod script;
mod tales;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::Hook;
use super::azure_devops as azure;
use super::buildkite;
use super::clock::Tick;
use super::dice::{Dice, Guid};
use super::story::Outcome;
use super::story::course::Course;
use super::words::Change;
use crate::model::Timestamp;

pub use arrivals::Arrivals;
pub use places::{acme, contoso, stages_of};
pub use rhythm::{Hours, Pace};

use places::Place;
use rhythm::Window;
use script::Script;
use tales::{Agent, Head, PartOf, Todo};

const SALT_WORLD: u64 = 41;
const SALT_DAY: u64 = 42;

/// The pool of the world's Azure DevOps subscriptions: one per event type.
const POOL_WORLD: u64 = 5;
/// The pool of subscriptions that overlap them.
const POOL_OVERLAP: u64 = 6;

/// 1 January 2025 and 2026: ids are counted from here, so that what begins later counts higher.
const IDS_SINCE: Tick = Tick(1_735_689_600 * Tick::PER_SECOND);
const NUMBERS_SINCE: Tick = Tick(1_767_225_600 * Tick::PER_SECOND);

/// Something that one of the providers tells.
#[derive(Debug, Clone)]
pub struct Happening {
    /// When the provider made the hook.
    pub at: Timestamp,
    /// When it arrived: later than `at`, where the world is seen by a receiver.
    pub received_at: Timestamp,
    /// The Azure DevOps subscription or the Buildkite webhook that tells it.
    pub subscription: Guid,
    /// The provider's own word: `git.push`, `build.finished`.
    pub event: &'static str,
    /// The build that the hook is part of, as it will stand in the end.
    pub build: Option<Arc<Outcome>>,
    /// What the hook is a moment of, for whoever answers questions about it.
    pub course: Option<Course>,
    pub hook: Hook,
}

/// What names the simulated organisations wherever records are kept of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identities {
    /// GUIDs of `contoso`'s collection and account, lower-case.
    pub collection: String,
    pub account: String,
    /// `contoso`
    pub organisation: String,
    /// `acme`, the slug at Buildkite.
    pub slug: String,
}

/// The names by which everything simulated can be recognised and taken away again.
#[must_use]
pub fn identities() -> Identities {
    Identities {
        collection: contoso().collection.text(),
        account: contoso().account.text(),
        organisation: contoso().name.clone(),
        slug: acme().slug.clone(),
    }
}

/// Both organisations, from a moment on. See the module.
#[derive(Debug)]
pub struct World {
    seed: u64,
    /// Tells worlds apart: of the seed and the beginning.
    key: u64,
    dice: Dice,
    pace: Pace,
    /// What is certain to happen.
    script: Option<Script>,
    /// From here on the world goes at another pace.
    turn: Option<(Tick, Pace)>,
    /// What is not planned yet begins here.
    planned_to: Tick,
    /// Nothing begins at or after this moment; what has begun goes on to its end.
    until: Option<Tick>,
    /// Nothing is told after this moment; what is under way then stays so.
    last: Option<Tick>,
    due: BinaryHeap<Reverse<Due>>,
    ordinal: u64,
    counters: Counters,
    /// Newest commit on `main`, by [`Place::index`].
    heads: Vec<Head>,
    agents: Vec<Agent>,
}

#[derive(Debug)]
struct Counters {
    build: u64,
    numbers: Vec<u64>,
    /// Builds of an Azure DevOps pipeline on its last day of building, by place: day and count.
    sequences: Vec<(i64, u64)>,
    pull_request: u64,
    work_item: u64,
    push: u64,
    agent: u64,
    notifications: [u64; azure::Shape::ALL.len()],
}

/// Ordered by time; at one time by when it was thought of.
#[derive(Debug)]
struct Due {
    at: Tick,
    ordinal: u64,
    todo: Todo,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.ordinal == other.ordinal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

impl World {
    /// Both organisations from `begin` on, when nothing is under way.
    #[must_use]
    pub fn new(seed: u64, begin: Timestamp, pace: Pace) -> Self {
        let begin = Tick::of(begin);
        let key = Dice::seeded(&[SALT_WORLD, seed, begin.0.unsigned_abs()]).throw();
        // What happens follows from the seed alone; what it is called also from when.
        let mut dice = Dice::seeded(&[SALT_WORLD, seed]);
        let since = |epoch: Tick, grain_s: i64| {
            1 + u64::try_from((begin.0 - epoch.0) / (grain_s * Tick::PER_SECOND)).unwrap_or(0)
        };
        // Where builds follow each other fast, a world that begins a little later must still count
        // on from above the one before.
        let (build, number) = match pace.hours {
            Hours::Calendar => (since(IDS_SINCE, 600), since(NUMBERS_SINCE, 7_200)),
            Hours::Busy => (since(IDS_SINCE, 30), since(NUMBERS_SINCE, 180)),
        };
        let counters = Counters {
            build,
            numbers: acme().pipelines.iter().map(|_| number).collect(),
            sequences: vec![(0, 0); contoso().pipelines.len()],
            pull_request: build / 8,
            work_item: build / 5,
            push: build,
            agent: number,
            notifications: [number; azure::Shape::ALL.len()],
        };
        let heads = Place::all()
            .map(|_| Head {
                commit: dice.sha(),
                change: Change::told("main", tales::title(&mut dice)),
            })
            .collect();
        Self {
            seed,
            key,
            dice,
            pace,
            script: None,
            turn: None,
            planned_to: begin,
            until: None,
            last: None,
            due: BinaryHeap::new(),
            ordinal: 0,
            counters,
            heads,
            agents: Vec::new(),
        }
    }

    /// What happens from `from` up to `to`, at the normal pace.
    pub fn between(
        seed: u64,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = Happening> + Send {
        Self::new(seed, from, Pace::NORMAL).take_while(move |happening| happening.at < to)
    }

    /// The same world, in which nothing begins any more from `end` on: once it is told, every build
    /// of it stands as its outcome says.
    #[must_use]
    pub fn ending(mut self, end: Timestamp) -> Self {
        self.until = Some(Tick::of(end));
        self
    }

    /// The same world as it is known at a moment: what is under way then is told no further.
    #[must_use]
    pub fn stopping(mut self, at: Timestamp) -> Self {
        self.until = Some(Tick::of(at));
        self.last = self.until;
        self
    }

    /// The same world, which goes on at another pace from a moment on.
    #[must_use]
    pub fn turning(mut self, at: Timestamp, pace: Pace) -> Self {
        self.turn = Some((Tick::of(at), pace));
        self
    }

    /// How much is kept for what is under way: the memory of the world.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.due.len()
    }

    /// The moment of what happens next, which nothing can come before any more.
    pub fn next_at(&mut self) -> Option<Timestamp> {
        self.plan();
        self.due.peek().filter(|due| self.is_told(due)).map(|Reverse(due)| due.at.timestamp())
    }

    fn is_told(&self, Reverse(due): &Reverse<Due>) -> bool {
        self.last.is_none_or(|last| due.at <= last)
    }

    /// Plan until what is due first can have nothing before it.
    fn plan(&mut self) {
        loop {
            let is_first = |Reverse(due): &Reverse<Due>| due.at < self.planned_to;
            if self.due.peek().is_some_and(is_first)
                || self.until.is_some_and(|until| self.planned_to >= until)
            {
                return;
            }
            let mut end = self.until;
            if let Some((turn, pace)) = self.turn {
                if self.planned_to >= turn {
                    self.pace = pace;
                } else {
                    end = Some(end.map_or(turn, |end| end.min(turn)));
                }
            }
            let window = Window::after(self.planned_to, end, self.pace);
            self.begin_things(&window);
            self.planned_to = window.to;
        }
    }

    fn schedule(&mut self, at: Tick, todo: Todo) {
        self.ordinal += 1;
        self.due.push(Reverse(Due { at, ordinal: self.ordinal, todo }));
    }

    /// A number that no other scene of any world has, and 127 after it.
    fn scene_number(&mut self) -> u64 {
        self.ordinal += 1;
        Dice::seeded(&[SALT_WORLD, self.key, self.ordinal]).throw() >> 8
    }

    fn told_by_contoso(&mut self, mut scene: azure::Scene<'static>, part: PartOf) -> Happening {
        let shape = scene.shape;
        let notification = &mut self.counters.notifications[shape as usize];
        scene.subscription = contoso().subscription(POOL_WORLD, shape as u64);
        scene.notification = *notification;
        *notification += 1;
        let at = scene.created_at.timestamp();
        Happening {
            at,
            received_at: at,
            subscription: scene.subscription,
            event: shape.event_type(),
            build: part.build,
            course: part.course,
            hook: scene.hook(),
        }
    }
}

fn told_by_acme(scene: &buildkite::Scene<'static>, part: PartOf) -> Happening {
    let at = scene.sent_at.timestamp();
    Happening {
        at,
        received_at: at,
        subscription: acme().webhook(),
        event: scene.shape.event(),
        build: part.build,
        course: part.course,
        hook: scene.hook(),
    }
}

impl Iterator for World {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        loop {
            self.plan();
            self.due.peek().filter(|due| self.is_told(due))?;
            let Reverse(due) = self.due.pop()?;
            match due.todo {
                Todo::Contoso(scene, part) => return Some(self.told_by_contoso(*scene, part)),
                Todo::Acme(scene, part) => return Some(told_by_acme(&scene, part)),
                todo => self.go_on(due.at, todo),
            }
        }
    }
}

#[cfg(test)]
mod tests;
