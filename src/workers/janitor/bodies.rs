//! What goes from the journal: entries with their headers and bodies, and repetitions.

use crate::hub::Hub;
use crate::model::{EntryId, Timestamp};
use crate::store::sqlite::books::{DUPLICATES, position};
use crate::store::sqlite::journal::duplicates_after;
use crate::store::sqlite::journal::upkeep::{Aged, aged_after};

use super::guard::{Guard, Why};
use super::room::Sizes;
use super::{Run, SIZE_SPARES, StepError, TELL_EVERY, back};

/// Entries looked at in one step.
const ENTRIES_MAX: usize = 64;

/// Repetitions removed in one step.
const REPETITIONS_MAX: usize = 64;

/// How many bodies are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    /// The oldest, of so many bytes together.
    Bytes(i64),
}

impl Wanted {
    fn why(self) -> Why {
        match self {
            Self::All => Why::Age,
            Self::Bytes(_) => Why::Size,
        }
    }

    /// The first of these that are wanted; the last of them where others follow that are not.
    fn first_of(self, bodies: &[Aged]) -> (Vec<EntryId>, Option<EntryId>) {
        let mut left = match self {
            Self::All => i64::MAX,
            Self::Bytes(bytes) => bytes,
        };
        let wanted = bodies.iter().take_while(|body| {
            let is_wanted = left > 0;
            left -= body.packed_bytes;
            is_wanted
        });
        let wanted: Vec<EntryId> = wanted.map(|body| body.entry).collect();
        let end = wanted.last().copied().filter(|_| wanted.len() < bodies.len());
        (wanted, end)
    }
}

impl Run {
    /// Remove bodies that have reached their age, after an entry; tells where to go on.
    pub(super) fn old_bodies(
        &mut self,
        hub: &Hub,
        after: EntryId,
        before: Option<Timestamp>,
    ) -> Result<Option<EntryId>, StepError> {
        let Some(before) = before else { return Ok(None) };
        self.bodies_before(hub, after, before, Wanted::All)
    }

    /// Remove the oldest bodies as long as the journal is larger than it may be.
    pub(super) fn too_many_bodies(
        &mut self,
        hub: &Hub,
        after: EntryId,
    ) -> Result<Option<EntryId>, StepError> {
        let Some(most) = hub.config().retention.bodies_size else { return Ok(None) };
        let used = Sizes::look(hub)?.journal.used_bytes();
        let beyond = used.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
        if beyond <= 0 {
            return Ok(None);
        }
        let before = back(self.now, SIZE_SPARES);
        let next = self.bodies_before(hub, after, before, Wanted::Bytes(beyond))?;
        if next.is_none() {
            tracing::warn!(
                used,
                most,
                "The journal is larger than retention.bodies_size, though all older bodies are gone: \
                 what is left is of the last day, still needed, or identities, which stay for ever"
            );
        }
        Ok(next)
    }

    fn bodies_before(
        &mut self,
        hub: &Hub,
        after: EntryId,
        before: Timestamp,
        wanted: Wanted,
    ) -> Result<Option<EntryId>, StepError> {
        let slice = hub.journal().read(|journal| aged_after(journal, after, ENTRIES_MAX))?;
        // The newest stays for its number.
        let newest = hub.journal().last();
        let is_old = |body: &Aged| body.received_at < before && body.entry < newest;
        let old: Vec<Aged> = slice.iter().copied().filter(is_old).collect();
        // A whole slice of young ones: a clock that was wrong for a moment does not end the search.
        let Some(last) = slice.last().filter(|_| !old.is_empty()) else { return Ok(None) };
        let guard = Guard::load(hub, &old, self.ages.events)?;
        let (going, staying): (Vec<Aged>, Vec<Aged>) =
            old.into_iter().partition(|body| guard.lets_go(body, wanted.why()));
        let (going, end) = wanted.first_of(&going);
        let reached = self.remove_bodies(hub, &going)?.or(end).unwrap_or(last.entry);
        if wanted == Wanted::All {
            let held = staying.iter().filter(|body| body.entry <= reached).count();
            self.held += i64::try_from(held).unwrap_or(0);
        }
        Ok(Some(reached))
    }

    /// Remove bodies, oldest first. Where the slice of time was too short for all of them: the last
    /// that was dealt with.
    pub(super) fn remove_bodies(
        &mut self,
        hub: &Hub,
        going: &[EntryId],
    ) -> Result<Option<EntryId>, StepError> {
        if going.is_empty() {
            return Ok(None);
        }
        let freed = hub.journal().remove_entries(going.to_vec())?;
        let last = freed.rows.checked_sub(1).and_then(|last| going.get(last)).copied();
        self.untold.bodies += freed;
        self.untold.last_body = self.untold.last_body.max(last);
        self.removed(hub)?;
        Ok(last.filter(|last| Some(last) != going.last()))
    }

    /// Remove repetitions that have reached the age of events, after a place; tells where to go on.
    pub(super) fn old_repetitions(
        &mut self,
        hub: &Hub,
        after: i64,
    ) -> Result<Option<i64>, StepError> {
        let Some(before) = self.ages.events else { return Ok(None) };
        let counted = hub.books().read(|books| position(books, DUPLICATES))?;
        let slice =
            hub.journal().read(|journal| duplicates_after(journal, after, REPETITIONS_MAX))?;
        let old = slice.iter().take_while(|(place, _, at)| *at < before && *place <= counted);
        let Some((last, ..)) = old.last() else { return Ok(None) };
        self.untold.repetitions += hub.journal().remove_duplicates(*last)?;
        self.removed(hub)?;
        Ok(Some(*last))
    }

    fn removed(&mut self, hub: &Hub) -> Result<(), StepError> {
        self.untold.removals += 1;
        if self.untold.removals >= TELL_EVERY {
            self.tell(hub)?;
        }
        Ok(())
    }
}
