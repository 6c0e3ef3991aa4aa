//! From the journal to a receiver elsewhere: one entry after the other, each as it was sent.
//!
//! The place reached is noted after each entry that was taken, without a flush: the end of this process
//! repeats at most the entry that was on its way, a power cut those since the last flush. A repetition
//! carries the same entry number. What the target would not take is passed over and remembered; while
//! the target is away, everything waits in its order. Nobody who sends waits for any of this.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;

use crate::forward::answer::{RETRY_AFTER_MAX, Verdict, away_pause, failed_pause, judge};
use crate::forward::{Target, Trouble};
use crate::hub::Hub;
use crate::journal::{PassedOutcome, PassedOver, handed_on_after};
use crate::model::{EntryId, Timestamp};
use crate::outbound::{Client, Method, Outgoing};
use crate::store::StoreError;
use crate::store::sqlite::books::forwards::{ForwardCounts, forward_place};

/// Entries looked up at a time: their numbers and what was withheld, not their bodies.
const AHEAD_MAX: usize = 64;

/// How often what is of no hurry is written: a place that moved over others' entries, what was passed
/// over, what need not be withheld any more.
const SETTLE_EVERY: Duration = Duration::from_secs(1);

/// Entries passed over that are remembered until then; of more, the first ones.
const PASSED_MAX: usize = 500;

/// Hands entries on to one target.
#[derive(Debug)]
pub struct Forwarder {
    hub: Hub,
    target: Arc<Target>,
    client: Client,
    /// Everything up to this entry is done with.
    place: EntryId,
    ahead: VecDeque<(EntryId, Vec<u8>)>,
    tries: Tries,
    /// Not written yet: what was passed over, and entries counted with the place.
    passed: Vec<PassedOver>,
    unwritten: ForwardCounts,
    written: EntryId,
    settled_at: Timestamp,
    forgotten: EntryId,
    /// Why the last entry was passed over, so that it is said once of many.
    said: Option<String>,
}

/// How often the entry in front was tried, by what came of it.
#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    away: u32,
    failed: u32,
    next_at: Option<Timestamp>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing waits.
    Idle,
    /// An entry is done with.
    Moved,
    /// The entry in front is tried again at this time.
    Waiting(Timestamp),
}

impl Forwarder {
    /// Go on where this target was left; a new one begins with what comes from now on.
    pub async fn begin(
        hub: &Hub,
        target: &Arc<Target>,
        client: &Client,
    ) -> Result<Self, StoreError> {
        let name = target.name.clone();
        let place = hub
            .blocking(move |hub| -> Result<_, StoreError> {
                if let Some(place) = hub.books().read(|books| forward_place(books, &name))? {
                    return Ok(place);
                }
                let place = hub.forwards().begins_at();
                let nothing = ForwardCounts::default();
                hub.books().write(|ledger| ledger.forwarded(&name, place, nothing))?;
                Ok(place)
            })
            .await?;
        for outcome in ["taken", "refused", "failed"] {
            counter!("creel_forward_sent_total", "target" => target.name.clone(), "outcome" => outcome)
                .increment(0);
        }
        counter!("creel_forward_failures_total", "target" => target.name.clone()).increment(0);
        hub.forwards().note(target, |standing| standing.place = Some(place));
        Ok(Self {
            hub: hub.clone(),
            target: Arc::clone(target),
            client: client.clone(),
            place,
            ahead: VecDeque::new(),
            tries: Tries::default(),
            passed: Vec::new(),
            unwritten: ForwardCounts::default(),
            written: place,
            settled_at: hub.clock().now(),
            forgotten: EntryId(0),
            said: None,
        })
    }

    /// Hand one entry on, if one waits and its time has come.
    pub async fn step(&mut self) -> Result<Progress, StoreError> {
        let now = self.hub.clock().now();
        // Farther ahead than a pause can be, it was set by a clock that was wrong.
        let is_ahead = |at: &Timestamp| *at > now && *at <= now.plus(RETRY_AFTER_MAX);
        if let Some(next_at) = self.tries.next_at.filter(is_ahead) {
            self.settle_now_and_then().await?;
            return Ok(Progress::Waiting(next_at));
        }
        let Some((entry, sealed)) = self.front().await? else {
            self.settle_now_and_then().await?;
            return Ok(Progress::Idle);
        };
        let verdict = match self.letter(entry, sealed).await? {
            Ok(letter) => judge(&self.client.send(letter).await, self.hub.clock().now()),
            Err(why) => {
                self.pass_over(entry, PassedOutcome::Failed, why).await?;
                return Ok(Progress::Moved);
            }
        };
        if verdict != Verdict::Taken {
            self.count_failure();
        }
        match verdict {
            Verdict::Taken => self.taken(entry).await?,
            Verdict::Refused { why } => {
                self.pass_over(entry, PassedOutcome::Refused, why).await?;
            }
            Verdict::Away { why, asked } => {
                self.tries.away = self.tries.away.saturating_add(1);
                let pause = asked.unwrap_or_else(|| away_pause(self.tries.away, dice()));
                return Ok(self.wait(entry, &why, pause));
            }
            Verdict::Failed { why } => {
                self.tries.failed += 1;
                match failed_pause(self.tries.failed) {
                    Some(pause) => return Ok(self.wait(entry, &why, pause)),
                    None => {
                        let why = format!("{why}, {} times", self.tries.failed);
                        self.pass_over(entry, PassedOutcome::Failed, why).await?;
                    }
                }
            }
        }
        self.settle_now_and_then().await?;
        Ok(Progress::Moved)
    }

    /// Write what waits to be written.
    pub async fn settle(&mut self) -> Result<(), StoreError> {
        self.settled_at = self.hub.clock().now();
        self.note_place().await?;
        let passed = std::mem::take(&mut self.passed);
        let done = self.hub.forwards().done_by_all().filter(|done| *done > self.forgotten);
        if passed.is_empty() && done.is_none() {
            return Ok(());
        }
        let written = self
            .hub
            .journal()
            .between_batches(move |writer| {
                writer.pass_over(&passed)?;
                done.map_or(Ok(true), |done| writer.forget_withheld(done))
            })
            .await;
        match (written, done) {
            (Ok(true), Some(done)) => self.forgotten = done,
            // The rest is forgotten with the next one.
            (Ok(_), _) => {}
            // The journal cannot be written, and says so itself. What was passed over is counted.
            (Err(error), _) => tracing::debug!(%error, "Could not write what was passed over"),
        }
        Ok(())
    }

    async fn settle_now_and_then(&mut self) -> Result<(), StoreError> {
        let now = self.hub.clock().now();
        // Also where the clock was set back.
        let is_recent = (self.settled_at..self.settled_at.plus(SETTLE_EVERY)).contains(&now);
        if is_recent { Ok(()) } else { self.settle().await }
    }

    /// The entry whose turn it is.
    async fn front(&mut self) -> Result<Option<(EntryId, Vec<u8>)>, StoreError> {
        if self.ahead.is_empty() {
            let (name, place) = (self.target.name.clone(), self.place);
            // Before the look: what comes after it may be for this target.
            let last = self.hub.journal().last();
            let found = self
                .hub
                .blocking(move |hub| -> Result<_, StoreError> {
                    hub.journal().read(|journal| handed_on_after(journal, &name, place, AHEAD_MAX))
                })
                .await?;
            self.ahead = found.into();
            if self.ahead.is_empty() {
                self.move_to(last.max(self.place));
            }
        }
        Ok(self.ahead.front().cloned())
    }

    /// The request as it was sent, to this target; or why it cannot be sent any more.
    async fn letter(
        &self,
        id: EntryId,
        sealed: Vec<u8>,
    ) -> Result<Result<Outgoing, String>, StoreError> {
        let target = Arc::clone(&self.target);
        self.hub
            .blocking(move |hub| -> Result<_, StoreError> {
                let Some(entry) = hub.journal().entry(id)? else {
                    return Ok(Err("its body is no longer kept".to_owned()));
                };
                // Every entry has at least the address it was sent to.
                if entry.headers.is_empty() {
                    return Ok(Err("the stored entry is damaged".to_owned()));
                }
                let withheld = match hub.forwards().unseal(&sealed) {
                    Ok(withheld) => withheld,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                let head = withheld.fill(&entry.headers);
                let headers = head.handed_on(id, &entry.body);
                Ok(target
                    .address(&head.target)
                    .map(|url| Outgoing {
                        method: Method::POST,
                        url,
                        headers,
                        body: entry.body.into(),
                        timeout: target.timeout,
                    })
                    .map_err(|error| format!("it has no address at the receiver: {error}")))
            })
            .await
    }

    async fn taken(&mut self, entry: EntryId) -> Result<(), StoreError> {
        self.count("taken");
        self.unwritten.taken += 1;
        self.said = None;
        let now = self.hub.clock().now();
        let mut trouble = None;
        self.hub.forwards().note(&self.target, |standing| {
            standing.last_taken_at = Some(now);
            trouble = standing.trouble.take();
        });
        if let Some(trouble) = trouble {
            let (name, since) = (&self.target.name, trouble.since);
            tracing::info!(target.name = %name, %since, "{name} takes events again");
        }
        self.done_with(entry);
        self.note_place().await
    }

    async fn pass_over(
        &mut self,
        entry: EntryId,
        outcome: PassedOutcome,
        reason: String,
    ) -> Result<(), StoreError> {
        let name = &self.target.name;
        if self.said.as_ref() != Some(&reason) {
            tracing::warn!(target.name = %name, entry.id = %entry, "{name} did not take entry {entry}: {reason}");
            self.said = Some(reason.clone());
        }
        self.count(outcome.as_str());
        match outcome {
            PassedOutcome::Refused => self.unwritten.refused += 1,
            PassedOutcome::Failed => self.unwritten.failed += 1,
        }
        if self.passed.len() < PASSED_MAX {
            let (target, at) = (name.clone(), self.hub.clock().now());
            self.passed.push(PassedOver { target, entry, at, outcome, reason });
        }
        self.hub.forwards().note(&self.target, |standing| standing.trouble = None);
        self.done_with(entry);
        self.note_place().await
    }

    fn wait(&mut self, entry: EntryId, why: &str, pause: Duration) -> Progress {
        let now = self.hub.clock().now();
        let next_try_at = now.plus(pause);
        self.tries.next_at = Some(next_try_at);
        let tries = self.tries.away.saturating_add(self.tries.failed);
        let mut is_new = false;
        self.hub.forwards().note(&self.target, |standing| {
            let since = standing.trouble.as_ref().map_or(now, |trouble| trouble.since);
            is_new = standing.trouble.as_ref().is_none_or(|trouble| trouble.why != why);
            let why = why.to_owned();
            standing.trouble = Some(Trouble { entry, why, since, tries, next_try_at });
        });
        if is_new {
            let name = &self.target.name;
            tracing::warn!(target.name = %name, entry.id = %entry, "{name} does not take entry {entry}: {why}; trying again");
        }
        Progress::Waiting(next_try_at)
    }

    fn done_with(&mut self, entry: EntryId) {
        self.ahead.pop_front();
        self.tries = Tries::default();
        self.move_to(entry);
    }

    fn move_to(&mut self, place: EntryId) {
        if place != self.place {
            self.place = place;
            self.hub.forwards().note(&self.target, |standing| standing.place = Some(place));
        }
    }

    /// Note how far it is and what became of the entries.
    async fn note_place(&mut self) -> Result<(), StoreError> {
        if self.place == self.written && self.unwritten.is_nothing() {
            return Ok(());
        }
        let (name, place, counts) = (self.target.name.clone(), self.place, self.unwritten);
        self.hub
            .blocking(move |hub| -> Result<_, StoreError> {
                hub.books().note(|ledger| ledger.forwarded(&name, place, counts))
            })
            .await?;
        self.written = place;
        self.unwritten = ForwardCounts::default();
        Ok(())
    }

    fn count(&self, outcome: &'static str) {
        let name = self.target.name.clone();
        counter!("creel_forward_sent_total", "target" => name, "outcome" => outcome).increment(1);
    }

    fn count_failure(&self) {
        counter!("creel_forward_failures_total", "target" => self.target.name.clone()).increment(1);
    }
}

/// Once per start: forget targets that the settings no longer name, and what waited for them alone.
pub async fn tidy_up(hub: &Hub) -> Result<(), StoreError> {
    let gone = hub
        .blocking(|hub| {
            let names: Vec<&str> =
                hub.forwards().targets().iter().map(|target| target.name.as_str()).collect();
            hub.books().write(|ledger| ledger.keep_forwards(&names))
        })
        .await?;
    for (name, place) in gone {
        let forgotten = name.clone();
        let forgotten =
            hub.journal().between_batches(move |writer| writer.forget_target(&forgotten)).await;
        if let Err(error) = forgotten {
            tracing::debug!(%error, "What it would not take stays on record");
        }
        tracing::warn!(target.name = %name, "{name} is no longer in [forward]: what came after entry {place} will not go there");
    }
    if !hub.forwards().targets().is_empty() {
        return Ok(());
    }
    let last = hub.journal().last();
    while hub.blocking(|hub| hub.journal().read(crate::journal::any_withheld)).await? {
        let forgotten = hub.journal().between_batches(move |writer| writer.forget_withheld(last));
        if !matches!(forgotten.await, Ok(false)) {
            break;
        }
    }
    Ok(())
}

/// A random number, so that those who wait do not come back together.
fn dice() -> u8 {
    let mut byte = [0];
    // Without random numbers they come back together, which is no harm.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
