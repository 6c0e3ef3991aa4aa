//! What goes from the books: lines of events, builds, subjects, sums of hours.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::hub::Hub;
use crate::model::{DataClass, EntryId};
use crate::store::StoreError;
use crate::store::sqlite::Freed;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::retention::old::{
    OldEvent, OldRecord, RecordPlace, builds_after, events_after, subjects_after,
};
use crate::store::sqlite::journal::upkeep::{Aged, aged};

use super::guard::Guard;
use super::{Run, StepError};

/// Lines of events looked at in one step.
const EVENTS_MAX: usize = 128;

/// Builds or subjects looked at in one step; each may have a hundred facts.
const RECORDS_MAX: usize = 64;

/// Rows of sums removed per source in one step.
const HOURS_MAX: usize = 500;

/// A transaction ends after this long, or with the first record: the processor waits for it.
const SLICE_MAX: Duration = Duration::from_millis(8);

impl Run {
    /// Remove lines of events, after an entry; tells where to go on. A line never goes before its
    /// body: what is in the journal can be looked at.
    pub(super) fn old_events(
        &mut self,
        hub: &Hub,
        after: EntryId,
    ) -> Result<Option<EntryId>, StepError> {
        let Some(before) = self.events_before else { return Ok(None) };
        let newest = hub.journal().last();
        let slice = hub.books().read(|books| events_after(books, after, EVENTS_MAX))?;
        let is_old = |event: &&OldEvent| event.received_at < before && event.entry < newest;
        let old: Vec<EntryId> = slice.iter().filter(is_old).map(|event| event.entry).collect();
        let Some(last) = slice.last().filter(|_| !old.is_empty()) else {
            if let Some(before) = self.ages.events {
                hub.books().write(|ledger| ledger.forget_old_refusals(before))?;
            }
            return Ok(None);
        };
        let bodies = hub.journal().read(|journal| aged(journal, &old))?;
        let (going, staying): (Vec<Aged>, Vec<Aged>) = match bodies.is_empty() {
            true => (Vec::new(), Vec::new()),
            false => {
                let guard = Guard::load(hub, &bodies, self.ages.events)?;
                bodies.into_iter().partition(|body| guard.lets_go(body, self.why))
            }
        };
        let going: Vec<EntryId> = going.into_iter().map(|body| body.entry).collect();
        let staying: HashSet<EntryId> = staying.into_iter().map(|body| body.entry).collect();
        let until = self.remove_bodies(hub, &going)?.unwrap_or(last.entry);
        let lines: Vec<EntryId> =
            old.into_iter().filter(|entry| *entry <= until && !staying.contains(entry)).collect();
        let held = staying.iter().filter(|entry| **entry <= until).count();
        self.held += i64::try_from(held).unwrap_or(0);
        let handled = in_one_slice(hub, DataClass::Events, &lines, |ledger, entry| {
            ledger.forget_event(*entry)
        })?;
        Ok(Some(match lines.get(handled) {
            // The next one is looked at once more.
            Some(next) => EntryId(next.0 - 1),
            None => until,
        }))
    }

    /// Remove builds, after a place in the order of their beginning; tells where to go on.
    pub(super) fn old_builds(
        &mut self,
        hub: &Hub,
        after: &RecordPlace,
    ) -> Result<Option<RecordPlace>, StepError> {
        let Some(before) = self.builds_before else { return Ok(None) };
        let slice = hub.books().read(|books| builds_after(books, after, before, RECORDS_MAX))?;
        let old: Vec<_> = slice.iter().filter(|build| build.last_at < before).collect();
        records(hub, &slice, &old, |ledger, build| ledger.forget_build(build.id))
    }

    /// Remove pull requests, work items and others; tells where to go on.
    pub(super) fn old_subjects(
        &mut self,
        hub: &Hub,
        after: &RecordPlace,
    ) -> Result<Option<RecordPlace>, StepError> {
        let Some(before) = self.builds_before else { return Ok(None) };
        let slice = hub.books().read(|books| subjects_after(books, after, before, RECORDS_MAX))?;
        let old: Vec<_> = slice.iter().filter(|subject| subject.last_at < before).collect();
        records(hub, &slice, &old, |ledger, subject| ledger.forget_subject(subject.id))
    }

    /// Remove sums of hours; tells whether there are more.
    pub(super) fn old_hours(&mut self, hub: &Hub) -> Result<bool, StepError> {
        let Some(before) = self.ages.aggregates else { return Ok(false) };
        let removed = hub.books().write(|ledger| {
            let space = ledger.space()?;
            let rows = ledger.forget_hours(before.hour(), HOURS_MAX)?;
            let bytes = ledger.space()?.freed_since(space);
            ledger.count_removed(DataClass::Aggregates, Freed { rows, bytes })?;
            Ok(rows)
        })?;
        Ok(removed > 0)
    }
}

/// Remove the old ones of a slice; tells where to go on.
fn records(
    hub: &Hub,
    slice: &[OldRecord],
    old: &[&OldRecord],
    forget: impl Fn(&Ledger<'_>, &OldRecord) -> Result<(), StoreError>,
) -> Result<Option<RecordPlace>, StepError> {
    let Some(last) = slice.last() else { return Ok(None) };
    let handled =
        in_one_slice(hub, DataClass::Builds, old, |ledger, record| forget(ledger, record))?;
    let reached = match handled.checked_sub(1) {
        Some(reached) if handled < old.len() => &old[reached].place,
        _ => &last.place,
    };
    Ok(Some(reached.clone()))
}

/// Remove as many as a slice of time allows, in one transaction; tells how many.
fn in_one_slice<T>(
    hub: &Hub,
    class: DataClass,
    old: &[T],
    forget: impl Fn(&Ledger<'_>, &T) -> Result<(), StoreError>,
) -> Result<usize, StoreError> {
    if old.is_empty() {
        return Ok(0);
    }
    hub.books().write(|ledger| {
        let space = ledger.space()?;
        let begun = Instant::now();
        let mut rows = 0;
        for one in old {
            forget(ledger, one)?;
            rows += 1;
            if begun.elapsed() >= SLICE_MAX {
                break;
            }
        }
        let bytes = ledger.space()?.freed_since(space);
        ledger.count_removed(class, Freed { rows, bytes })?;
        Ok(rows)
    })
}
