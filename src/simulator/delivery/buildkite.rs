//! Buildkite's way: each delivery is made once. Nothing is documented about retries, and none were
//! seen; an endpoint that answers errors goes on being told. Reports of jobs go the same way: whoever
//! sends them has a build to end.

use std::collections::{BTreeMap, HashMap};

use super::{Answer, Attempt, Counts, Fate, State, Subscription};
use crate::model::{Provider, Timestamp};
use crate::simulator::Happening;
use crate::simulator::dice::Guid;

#[derive(Debug)]
pub struct Sender {
    provider: Provider,
    webhooks: BTreeMap<Guid, Counts>,
    waiting: BTreeMap<(Timestamp, u64), Happening>,
    in_flight: HashMap<u64, Guid>,
    number: u64,
}

impl Sender {
    pub fn new(provider: Provider) -> Self {
        Self {
            provider,
            webhooks: BTreeMap::new(),
            waiting: BTreeMap::new(),
            in_flight: HashMap::new(),
            number: 0,
        }
    }

    pub fn notify(&mut self, happening: Happening, now: Timestamp) {
        self.webhooks.entry(happening.subscription).or_default();
        self.number += 1;
        self.waiting.insert((now, self.number), happening);
    }

    pub fn due(&mut self, now: Timestamp, at_most: usize) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while attempts.len() < at_most {
            let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now)
            else {
                break;
            };
            let number = first.key().1;
            let happening = first.remove();
            self.in_flight.insert(number, happening.subscription);
            self.webhooks.entry(happening.subscription).or_default().sent += 1;
            attempts.push(Attempt {
                number,
                event: happening.event,
                before: 0,
                fate: Fate::Answered,
                hook: happening.hook,
            });
        }
        attempts
    }

    pub fn answered(&mut self, number: u64, answer: Answer) {
        let Some(webhook) = self.in_flight.remove(&number) else { return };
        let counts = self.webhooks.entry(webhook).or_default();
        if answer.is_success() {
            counts.delivered += 1;
        } else {
            counts.failed += 1;
            counts.lost += 1;
        }
    }

    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    pub fn webhooks(&self) -> impl Iterator<Item = Subscription> {
        self.webhooks.iter().map(|(id, counts)| Subscription {
            id: id.text(),
            provider: self.provider,
            event: None,
            state: State::Enabled,
            counts: *counts,
        })
    }
}
