//! How much room there is, and when files give theirs back.

use crate::hub::Hub;
use crate::model::DataClass;
use crate::model::forecast::{FileSize, SizeSample};
use crate::store::StoreError;
use crate::store::sqlite::books::retention::classes;
use crate::store::sqlite::books::retention::logs::kept_logs;
use crate::store::sqlite::{Space, space};

use super::StepError;

/// Free pages of this much are left alone: they are filled again within days.
const SPARE_BYTES: i64 = 64 << 20;

/// Times the low-water mark: with less room on the disk, files give back all they can.
const TIGHT: u64 = 2;

/// How the files are filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub journal: Space,
    pub books: Space,
    /// Bytes of the files of all logs.
    pub logs: i64,
}

impl Sizes {
    pub fn look(hub: &Hub) -> Result<Self, StoreError> {
        let (books, logs) = hub.books().read(|books| Ok((space(books)?, kept_logs(books)?)))?;
        Ok(Self { journal: hub.journal().read(space)?, books, logs: logs.stored_bytes })
    }

    /// For the record.
    pub fn sample(&self, hub: &Hub) -> Result<SizeSample, StoreError> {
        let rows = hub.books().read(classes)?;
        let file = |used_bytes, holds: fn(DataClass) -> bool| FileSize {
            used_bytes,
            reclaimed_bytes: rows
                .iter()
                .filter(|row| holds(row.class))
                .map(|row| row.reclaimed_bytes)
                .sum(),
        };
        Ok(SizeSample {
            at: hub.clock().now(),
            journal: file(self.journal.used_bytes(), |class| class == DataClass::Bodies),
            books: file(self.books.used_bytes(), |class| {
                !matches!(class, DataClass::Bodies | DataClass::Logs)
            }),
            logs: file(self.logs, |class| class == DataClass::Logs),
            entries: hub.journal().last().0,
        })
    }
}

/// Keep how large everything is.
pub(super) fn measure(hub: &Hub) -> Result<(), StoreError> {
    let size = Sizes::look(hub)?.sample(hub)?;
    hub.books().write(|ledger| ledger.keep_size(&size))
}

/// Which files give pages back in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shrinking {
    journal: bool,
    books: bool,
}

impl Shrinking {
    pub fn begin(hub: &Hub) -> Result<Self, StoreError> {
        let (sizes, is_tight) = (Sizes::look(hub)?, is_tight(hub));
        Ok(Self {
            journal: should_shrink(sizes.journal, is_tight),
            books: should_shrink(sizes.books, is_tight),
        })
    }

    /// Give some pages back; tells which files go on, if any.
    pub fn step(self, hub: &Hub) -> Result<Option<Self>, StepError> {
        let freed = match self {
            Self { journal: true, .. } => hub.journal().shrink()?,
            Self { books: true, .. } => hub.books().shrink()?,
            Self { .. } => return Ok(None),
        };
        let (sizes, is_tight) = (Sizes::look(hub)?, is_tight(hub));
        let goes_on = |space| freed.rows > 0 && should_go_on(space, is_tight);
        Ok(Some(match self.journal {
            true => Self { journal: goes_on(sizes.journal), ..self },
            false => Self { books: goes_on(sizes.books), ..self },
        }))
    }
}

/// Whether the disk is near its low-water mark.
pub(super) fn is_tight(hub: &Hub) -> bool {
    let low = hub.config().limits.disk_low_bytes;
    hub.journal().health().disk_free_bytes().is_some_and(|free| free < low.saturating_mul(TIGHT))
}

/// Whether a file should begin to give pages back. Giving back costs a move per page, and the file
/// grows again: it is worth it when much is free, or when the disk needs it.
fn should_shrink(space: Space, is_tight: bool) -> bool {
    match is_tight {
        true => space.free_pages > 0,
        false => space.free_bytes() > SPARE_BYTES && space.free_pages > space.pages / 4,
    }
}

/// Whether a file that has begun should go on: half of what makes it begin is left.
fn should_go_on(space: Space, is_tight: bool) -> bool {
    match is_tight {
        true => space.free_pages > 0,
        false => space.free_bytes() > SPARE_BYTES / 2 && space.free_pages > space.pages / 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(pages: i64, free_pages: i64) -> Space {
        Space { page_bytes: 4_096, pages, free_pages }
    }

    #[test]
    fn a_file_gives_back_when_much_of_it_is_free_and_stops_in_time() {
        assert!(!should_shrink(space(40_000, 9_000), false), "it is filled again");
        assert!(!should_shrink(space(4_000, 3_000), false), "little, though most of it");
        assert!(should_shrink(space(400_000, 110_000), false));
        assert!(should_go_on(space(350_000, 60_000), false));
        assert!(!should_go_on(space(330_000, 40_000), false));
    }

    #[test]
    fn near_the_mark_it_gives_back_everything() {
        assert!(should_shrink(space(40_000, 1), true) && should_go_on(space(40_000, 1), true));
        assert!(!should_shrink(space(40_000, 0), true));
    }
}
