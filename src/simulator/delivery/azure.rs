//! Azure DevOps' way: passing trouble is met with patience, lasting trouble with probation.
//!
//! * Passing (408, 502, 503, 504, no answer): the notification is sent again after 1, 2, 4 ... 60 s,
//!   eight times; then the trouble counts as lasting.
//! * Lasting (every other refusal): the subscription goes on probation. The failing notification is
//!   tried again after 20 min, 40 min ... 15 h, seven times; what happens meanwhile is lost. One
//!   success makes all well, the last failure disables the subscription.
//! * Final (410): the subscription is disabled at once.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Answer, Attempt, Counts, Fate, Lost, State, Subscription};
use crate::model::{Provider, Timestamp};
use crate::simulator::Happening;
use crate::simulator::dice::Guid;

/// Waits before the repetitions of a passing trouble, in seconds.
const PATIENCE_S: [u64; 8] = [1, 2, 4, 8, 16, 32, 60, 60];

/// Waits before the trials of a probation, in minutes.
const PROBATION_MIN: [u64; 7] = [20, 40, 80, 160, 320, 640, 900];

/// Losses that are remembered one by one; beyond this they are only counted.
const LOST_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub struct Sender {
    subscriptions: BTreeMap<Guid, Told>,
    /// Notifications by the time they are to be sent, then by number.
    waiting: BTreeMap<(Timestamp, u64), Notification>,
    in_flight: HashMap<u64, Notification>,
    number: u64,
    lost: Vec<Lost>,
}

/// A subscription.
#[derive(Debug)]
struct Told {
    event: &'static str,
    state: State,
    counts: Counts,
}

#[derive(Debug)]
struct Notification {
    happening: Happening,
    /// Requests made so far.
    sent: u32,
    /// Repetitions for passing trouble so far.
    patience: usize,
    /// It is the one that its subscription's probation hangs on.
    is_trial: bool,
}

/// What an answer means.
enum Verdict {
    Success,
    Passing,
    Lasting,
    Final,
}

fn judge(answer: Answer) -> Verdict {
    match answer {
        Answer::Status(200..=299) => Verdict::Success,
        Answer::Status(408 | 502 | 503 | 504) | Answer::TimedOut | Answer::NoConnection => {
            Verdict::Passing
        }
        Answer::Status(410) => Verdict::Final,
        Answer::Status(_) => Verdict::Lasting,
    }
}

impl Sender {
    /// Something happened that one of the subscriptions is for.
    pub fn notify(&mut self, happening: Happening, now: Timestamp) {
        let told = self.subscriptions.entry(happening.subscription).or_insert_with(|| Told {
            event: happening.event,
            state: State::Enabled,
            counts: Counts::default(),
        });
        if told.state != State::Enabled {
            self.lose(&happening);
            return;
        }
        let notification = Notification { happening, sent: 0, patience: 0, is_trial: false };
        self.wait_until(now, notification);
    }

    pub fn due(&mut self, now: Timestamp, at_most: usize) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while attempts.len() < at_most {
            let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now)
            else {
                break;
            };
            let number = first.key().1;
            let mut notification = first.remove();
            if self.is_disabled(notification.happening.subscription) {
                self.lose(&notification.happening);
                continue;
            }
            let before = notification.sent;
            notification.sent += 1;
            if let Some(told) = self.subscriptions.get_mut(&notification.happening.subscription) {
                told.counts.sent += 1;
                told.counts.retried += u64::from(before > 0);
            }
            attempts.push(Attempt {
                number,
                event: notification.happening.event,
                before,
                fate: Fate::Answered,
                hook: notification.happening.hook.clone(),
            });
            self.in_flight.insert(number, notification);
        }
        attempts
    }

    pub fn answered(&mut self, number: u64, answer: Answer, now: Timestamp) {
        let Some(mut notification) = self.in_flight.remove(&number) else { return };
        let subscription = notification.happening.subscription;
        let Some(told) = self.subscriptions.get_mut(&subscription) else { return };
        let verdict = judge(answer);
        match verdict {
            Verdict::Success => {
                told.counts.delivered += 1;
                if notification.is_trial {
                    told.state = State::Enabled;
                }
                return;
            }
            Verdict::Passing | Verdict::Lasting | Verdict::Final => told.counts.failed += 1,
        }
        if matches!(verdict, Verdict::Final) {
            told.state = State::Disabled;
        }
        // Who is on probation is not met with patience.
        let is_patient = matches!(verdict, Verdict::Passing) && !notification.is_trial;
        if is_patient && notification.patience < PATIENCE_S.len() {
            let wait = Duration::from_secs(PATIENCE_S[notification.patience]);
            notification.patience += 1;
            self.wait_until(now.plus(wait), notification);
            return;
        }
        let retries = match told.state {
            State::Enabled => 0,
            State::OnProbation { retries } if notification.is_trial => retries + 1,
            // Another notification is on trial already, or nothing is sent any more.
            State::OnProbation { .. } | State::Disabled => {
                self.lose(&notification.happening);
                return;
            }
        };
        let Some(wait) = PROBATION_MIN.get(retries as usize) else {
            told.state = State::Disabled;
            self.lose(&notification.happening);
            return;
        };
        told.state = State::OnProbation { retries };
        notification.is_trial = true;
        self.wait_until(now.plus(Duration::from_secs(wait * 60)), notification);
    }

    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    pub fn subscriptions(&self) -> impl Iterator<Item = Subscription> {
        self.subscriptions.iter().map(|(id, told)| Subscription {
            id: id.text(),
            provider: Provider::AzureDevops,
            event: Some(told.event),
            state: told.state,
            counts: told.counts,
        })
    }

    /// What was lost, the first hundred thousand.
    #[must_use]
    pub fn lost(&self) -> &[Lost] {
        &self.lost
    }

    fn wait_until(&mut self, at: Timestamp, notification: Notification) {
        self.number += 1;
        self.waiting.insert((at, self.number), notification);
    }

    fn is_disabled(&self, subscription: Guid) -> bool {
        self.subscriptions.get(&subscription).is_some_and(|told| told.state == State::Disabled)
    }

    fn lose(&mut self, happening: &Happening) {
        if let Some(told) = self.subscriptions.get_mut(&happening.subscription) {
            told.counts.lost += 1;
        }
        if self.lost.len() < LOST_MAX {
            let external_id = happening.build.as_ref().map(|build| build.external_id.clone());
            self.lost.push(Lost { subscription: happening.subscription, external_id });
        }
    }
}
