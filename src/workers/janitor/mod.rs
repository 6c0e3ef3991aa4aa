//! The janitor: removes what has reached its age or exceeds its size, a slice at a time.
//!
//! A run passes through all classes of data, once an hour. Each step of it is small: removing from the
//! journal goes through the journal's writer, between two batches; removing from the books is one
//! short transaction. Where it is in a run is kept in memory alone: after a restart a run begins anew
//! and finds what is left.

mod bodies;
mod guard;
mod logs;
mod records;
mod room;
mod trust;

use std::time::Duration;

use crate::hub::Hub;
use crate::journal::AppendError;
use crate::model::{DataClass, EntryId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Freed;
use crate::store::sqlite::books::retention::classes;
use crate::store::sqlite::books::retention::old::{RecordPlace, oldest};
use crate::store::sqlite::books::{ENTRIES, position};

use room::{Shrinking, Sizes, is_tight};
use trust::Trust;

/// From the end of a run to the next.
const RUN_EVERY_MS: i64 = Timestamp::MILLIS_PER_HOUR;

/// Nothing that was received in this time is removed for a size.
const SIZE_SPARES: Duration = Duration::from_hours(24);

/// By how much at a time a size shortens the time that records are kept.
const SIZE_STRIDE: Duration = Duration::from_hours(24);

/// Removals from the journal after which the books are told, which costs a commit.
const TELL_EVERY: u32 = 64;

/// Entries that wait to be read from which on the processor is left alone.
const BACKLOG_BUSY: i64 = 1_000;

/// Appends that wait for the journal's writer from which on it is left alone.
const QUEUE_BUSY: usize = 64;

/// The janitor's worker.
#[derive(Debug)]
pub struct Janitor {
    hub: Hub,
    run: Option<Run>,
    /// `None` before the first run.
    trust: Option<Trust>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is due.
    Idle,
    /// There is more.
    Worked,
}

/// Why a step failed. It is tried again later; what was removed before it stays removed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] AppendError),
}

/// One pass through everything.
#[derive(Debug)]
struct Run {
    stage: Stage,
    /// By which ages are reckoned.
    now: Timestamp,
    ages: Cutoffs,
    /// Records go before this time: their age, or less where their size asks for it.
    events_before: Option<Timestamp>,
    builds_before: Option<Timestamp>,
    why: guard::Why,
    /// Of the class that is looked at: older than its limit, but needed.
    held: i64,
    /// Removed from the journal and not told to the books yet.
    untold: Untold,
}

#[derive(Debug, Default)]
struct Untold {
    bodies: Freed,
    repetitions: Freed,
    /// The last body among them.
    last_body: Option<EntryId>,
    removals: u32,
}

/// What was received before these times has reached its age; `None`: it never does.
#[derive(Debug, Clone, Copy)]
struct Cutoffs {
    bodies: Option<Timestamp>,
    events: Option<Timestamp>,
    builds: Option<Timestamp>,
    logs: Option<Timestamp>,
    aggregates: Option<Timestamp>,
}

/// Where a run is, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Bodies {
        after: EntryId,
    },
    Repetitions {
        after: i64,
    },
    Events {
        after: EntryId,
    },
    Builds {
        after: RecordPlace,
    },
    Subjects {
        after: RecordPlace,
    },
    Logs,
    /// Files that nobody names, group by group: those of builds that went, and what crashes left.
    LogFiles {
        groups: Vec<String>,
    },
    Hours,
    RecordsSize,
    BodiesSize {
        after: EntryId,
    },
    Shrink(Shrinking),
    Measure,
}

impl Stage {
    /// Where a run goes on when this cannot be finished.
    fn following(&self) -> Self {
        match self {
            Self::Bodies { .. } => Self::Repetitions { after: 0 },
            Self::Repetitions { .. } => Self::Events { after: EntryId(0) },
            Self::Events { .. } => Self::Builds { after: RecordPlace::first() },
            Self::Builds { .. } => Self::Subjects { after: RecordPlace::first() },
            Self::Subjects { .. } => Self::Logs,
            Self::Logs | Self::LogFiles { .. } => Self::Hours,
            Self::Hours => Self::RecordsSize,
            Self::RecordsSize => Self::BodiesSize { after: EntryId(0) },
            Self::BodiesSize { .. } | Self::Shrink(_) | Self::Measure => Self::Measure,
        }
    }
}

impl Janitor {
    #[must_use]
    pub fn of(hub: &Hub) -> Self {
        Self { hub: hub.clone(), run: None, trust: None }
    }

    /// Do a piece of the run that is on, or begin one if it is due. Blocks.
    pub fn step(&mut self) -> Result<Progress, StepError> {
        let mut run = match self.run.take() {
            Some(run) => run,
            None if self.is_due()? => {
                let now = self.believed_now()?;
                Run::begin(&self.hub, now)
            }
            None => return Ok(Progress::Idle),
        };
        let mut outcome = run.step(&self.hub);
        if let Err(StepError::Store(error)) = &outcome
            && error.is_about_a_row()
        {
            // The other classes and the measuring must not wait for it for ever.
            tracing::error!(%error, stage = ?run.stage, "What is old of this class stays for now");
            run.stage = run.stage.following();
            outcome = Ok(());
        }
        // Also after a failure: it goes on where it was.
        if run.stage != Stage::Measure || outcome.is_err() {
            self.run = Some(run);
            outcome?;
            return Ok(Progress::Worked);
        }
        room::measure(&self.hub)?;
        Ok(Progress::Worked)
    }

    /// The time by which ages are reckoned.
    fn believed_now(&mut self) -> Result<Timestamp, StoreError> {
        let trust = match &mut self.trust {
            Some(trust) => trust,
            None => self.trust.insert(Trust::begin(&self.hub)?),
        };
        Ok(trust.now(self.hub.clock()))
    }

    fn is_due(&self) -> Result<bool, StoreError> {
        let now = self.hub.clock().now();
        let rows = self.hub.books().read(classes)?;
        // A time ahead of the clock is one of a clock that was set back.
        let is_recent = |at: Timestamp| (0..RUN_EVERY_MS).contains(&(now.0 - at.0));
        Ok(!rows.iter().all(|row| row.last_run_at.is_some_and(is_recent)))
    }

    /// Whether others have so much to do that the janitor should rest: never where the disk is about
    /// to be full.
    pub fn should_rest(&self) -> Result<bool, StoreError> {
        if is_tight(&self.hub) {
            return Ok(false);
        }
        let read = self.hub.books().read(|books| position(books, ENTRIES))?;
        let backlog = self.hub.journal().last().0 - read;
        Ok(backlog > BACKLOG_BUSY || self.hub.journal().queued() > QUEUE_BUSY)
    }
}

impl Run {
    fn begin(hub: &Hub, now: Timestamp) -> Self {
        let before = |age: Option<Duration>| age.map(|age| back(now, age));
        let keep = hub.config().retention;
        let ages = Cutoffs {
            bodies: before(keep.bodies),
            events: before(keep.events),
            builds: before(keep.builds),
            logs: before(keep.logs),
            aggregates: before(keep.aggregates),
        };
        Self {
            stage: Stage::Bodies { after: EntryId(0) },
            now,
            ages,
            events_before: ages.events,
            builds_before: ages.builds,
            why: guard::Why::Age,
            held: 0,
            untold: Untold::default(),
        }
    }

    fn step(&mut self, hub: &Hub) -> Result<(), StepError> {
        let next = match self.stage.clone() {
            Stage::Bodies { after } => {
                let before = self.ages.bodies;
                match self.old_bodies(hub, after, before)? {
                    Some(after) => Stage::Bodies { after },
                    None => {
                        self.end_class(hub, DataClass::Bodies)?;
                        Stage::Repetitions { after: 0 }
                    }
                }
            }
            Stage::Repetitions { after } => match self.old_repetitions(hub, after)? {
                Some(after) => Stage::Repetitions { after },
                None => Stage::Events { after: EntryId(0) },
            },
            Stage::Events { after } => match self.old_events(hub, after)? {
                Some(after) => Stage::Events { after },
                None => {
                    self.end_class(hub, DataClass::Events)?;
                    Stage::Builds { after: RecordPlace::first() }
                }
            },
            Stage::Builds { after } => match self.old_builds(hub, &after)? {
                Some(after) => Stage::Builds { after },
                None => Stage::Subjects { after: RecordPlace::first() },
            },
            Stage::Subjects { after } => match self.old_subjects(hub, &after)? {
                Some(after) => Stage::Subjects { after },
                None => {
                    self.end_class(hub, DataClass::Builds)?;
                    Stage::Logs
                }
            },
            Stage::Logs => match self.old_logs(hub)? {
                true => Stage::Logs,
                false => Stage::LogFiles { groups: logs::groups(hub) },
            },
            Stage::LogFiles { mut groups } => match groups.pop() {
                Some(group) => {
                    logs::remove_unnamed(hub, &group)?;
                    Stage::LogFiles { groups }
                }
                None => {
                    self.end_class(hub, DataClass::Logs)?;
                    Stage::Hours
                }
            },
            Stage::Hours => match self.old_hours(hub)? {
                true => Stage::Hours,
                false => {
                    hub.vault().forget_unseen(self.now)?;
                    self.end_class(hub, DataClass::Aggregates)?;
                    Stage::RecordsSize
                }
            },
            Stage::RecordsSize => match self.shorten_for_size(hub)? {
                true => Stage::Events { after: EntryId(0) },
                false => Stage::BodiesSize { after: EntryId(0) },
            },
            Stage::BodiesSize { after } => match self.too_many_bodies(hub, after)? {
                Some(after) => Stage::BodiesSize { after },
                None => {
                    self.tell(hub)?;
                    Stage::Shrink(Shrinking::begin(hub)?)
                }
            },
            Stage::Shrink(shrinking) => match shrinking.step(hub)? {
                Some(shrinking) => Stage::Shrink(shrinking),
                None => Stage::Measure,
            },
            Stage::Measure => Stage::Measure,
        };
        self.stage = next;
        Ok(())
    }

    /// Where the books are larger than they may be: a day less is kept. Whether another pass is due.
    fn shorten_for_size(&mut self, hub: &Hub) -> Result<bool, StepError> {
        let Some(most) = hub.config().retention.records_size else { return Ok(false) };
        let used = Sizes::look(hub)?.books.used_bytes();
        if u64::try_from(used).is_ok_and(|used| used <= most) {
            return Ok(false);
        }
        let found = hub.books().read(oldest)?;
        let last = back(self.now, SIZE_SPARES);
        let oldest = [found.event, found.build].into_iter().flatten().min().unwrap_or(last);
        let reached = [self.events_before, self.builds_before]
            .into_iter()
            .flatten()
            // The other one stands at its own, shorter age.
            .min()
            .filter(|_| self.why == guard::Why::Size)
            .unwrap_or(oldest);
        if reached >= last {
            tracing::warn!(
                used,
                most,
                "The records of the last day alone take more than retention.records_size"
            );
            return Ok(false);
        }
        let before = reached.max(oldest).plus(SIZE_STRIDE).min(last);
        self.why = guard::Why::Size;
        // Never longer than the age.
        self.events_before = self.ages.events.max(Some(before));
        self.builds_before = self.ages.builds.max(Some(before));
        Ok(true)
    }

    /// Tell the books what was removed from the journal.
    fn tell(&mut self, hub: &Hub) -> Result<(), StoreError> {
        let now = hub.clock().now();
        let untold = &self.untold;
        if untold.removals > 0 {
            hub.books().write(|ledger| {
                ledger.count_removed(DataClass::Bodies, untold.bodies)?;
                ledger.count_removed(DataClass::Events, untold.repetitions)?;
                untold.last_body.map_or(Ok(()), |last| ledger.bodies_gone(last, now))
            })?;
        }
        self.untold = Untold::default();
        Ok(())
    }

    /// All of a class was looked at.
    fn end_class(&mut self, hub: &Hub, class: DataClass) -> Result<(), StoreError> {
        self.tell(hub)?;
        let (now, held) = (hub.clock().now(), self.held);
        hub.books().write(|ledger| ledger.end_run(class, now, held))?;
        self.held = 0;
        Ok(())
    }
}

fn back(now: Timestamp, age: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)))
}
