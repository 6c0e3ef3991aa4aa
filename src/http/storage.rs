//! How much is kept, since when, and how long the disk lasts: for the API, the pages and metrics.

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::hub::Hub;
use crate::model::forecast::{
    FileNow, Forecast, HORIZON_DAYS, PAST_MAX_MS, PAST_MIN_MS, SizeSample, StorageNow, forecast,
};
use crate::model::{DataClass, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::retention::logs::{KeptLogs, kept_logs};
use crate::store::sqlite::books::retention::old::{Oldest, oldest};
use crate::store::sqlite::books::retention::{ClassRow, classes, sizes};
use crate::store::sqlite::journal::upkeep::oldest_entry_at;
use crate::store::sqlite::{Space, space};

const DAY: Duration = Duration::from_hours(24);

/// The database files, and the directory of logs.
pub const JOURNAL: &str = "journal.db";
pub const BOOKS: &str = "books.db";
pub const LOGS: &str = "logs/";

/// All that is to be told of storage, of one moment.
#[derive(Debug)]
pub struct Storage {
    pub at: Timestamp,
    pub classes: [ClassRow; 5],
    pub journal: Space,
    pub books: Space,
    pub logs: KeptLogs,
    pub disk_free_bytes: Option<u64>,
    pub disk_low_bytes: u64,
    pub forecast: Option<Forecast>,
    /// Sizes of the last days, oldest first.
    pub past: Vec<SizeSample>,
    oldest: Oldest,
    oldest_body_at: Option<Timestamp>,
}

/// What the forecast comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// There is too little of a past.
    Unknown,
    Enough,
    /// The disk reaches its low-water mark within five years.
    RunsOut,
    /// It is below it now.
    Low,
}

impl Storage {
    /// Look at everything. `past`: how far back sizes are wanted. Blocks.
    pub fn look(hub: &Hub, past: Duration) -> Result<Self, StoreError> {
        let at = hub.clock().now();
        let wanted = past.max(Duration::from_millis(PAST_MAX_MS.unsigned_abs()));
        let since = Timestamp(at.0 - i64::try_from(wanted.as_millis()).unwrap_or(i64::MAX));
        let (classes, oldest, past, books, logs) = hub.books().read(|books| {
            let past = sizes(books, since)?;
            Ok((classes(books)?, oldest(books)?, past, space(books)?, kept_logs(books)?))
        })?;
        let (oldest_body_at, journal) =
            hub.journal().read(|journal| Ok((oldest_entry_at(journal)?, space(journal)?)))?;
        let mut storage = Self {
            at,
            classes,
            journal,
            books,
            logs,
            disk_free_bytes: hub.journal().health().disk_free_bytes(),
            disk_low_bytes: hub.config().limits.disk_low_bytes,
            forecast: None,
            past,
            oldest,
            oldest_body_at,
        };
        storage.forecast = forecast(&storage.past, &storage.now(hub));
        Ok(storage)
    }

    fn now(&self, hub: &Hub) -> StorageNow {
        let keep = hub.config().retention;
        let longer = |one: Option<Duration>, other: Option<Duration>| Some(one?.max(other?));
        let file = |space: Space, oldest_at, age_max, size_max| FileNow {
            file_bytes: space.bytes(),
            used_bytes: space.used_bytes(),
            oldest_at,
            age_max,
            size_max,
        };
        let oldest_record = [self.oldest.event, self.oldest.build].into_iter().flatten().min();
        StorageNow {
            at: self.at,
            journal: file(self.journal, self.oldest_body_at, keep.bodies, keep.bodies_size),
            // The longer age of the two: what each takes of the file is not known.
            books: file(
                self.books,
                oldest_record,
                longer(keep.events, keep.builds),
                keep.records_size,
            ),
            // Their files have no room that could be filled.
            logs: FileNow {
                file_bytes: self.logs.stored_bytes,
                used_bytes: self.logs.stored_bytes,
                oldest_at: self.logs.oldest_at,
                age_max: keep.logs,
                size_max: keep.logs_size,
            },
            entries: hub.journal().last().0,
            disk_free_bytes: self.disk_free_bytes,
            disk_low_bytes: self.disk_low_bytes,
        }
    }

    /// Time of the oldest that is kept of a class.
    #[must_use]
    pub fn oldest_at(&self, class: DataClass) -> Option<Timestamp> {
        match class {
            DataClass::Bodies => self.oldest_body_at,
            DataClass::Events => self.oldest.event,
            DataClass::Builds => self.oldest.build,
            DataClass::Logs => self.logs.oldest_at,
            DataClass::Aggregates => self.oldest.hour,
        }
    }

    #[must_use]
    pub fn outlook(&self) -> Outlook {
        match self.forecast {
            _ if self.is_low() => Outlook::Low,
            None => Outlook::Unknown,
            Some(Forecast { full_at: Some(_), .. }) => Outlook::RunsOut,
            Some(_) => Outlook::Enough,
        }
    }

    fn is_low(&self) -> bool {
        self.disk_free_bytes.is_some_and(|free| free < self.disk_low_bytes)
    }

    /// Days until the disk reaches its low-water mark, [`HORIZON_DAYS`] when that is beyond sight;
    /// `None` as long as nothing can be said.
    #[must_use]
    pub fn days_left(&self) -> Option<f64> {
        if self.is_low() {
            return Some(0.0);
        }
        let forecast = self.forecast.as_ref()?;
        Some(forecast.full_at.map_or(HORIZON_DAYS as f64, |full| {
            (full.0 - self.at.0).max(0) as f64 / DAY.as_millis() as f64
        }))
    }

    /// The forecast as a person would say it.
    #[must_use]
    pub fn sentence(&self, hub: &Hub) -> String {
        let keep = hub.config().retention;
        let advice = match keep.bodies_size {
            None => "give it more room, set retention.bodies_size, or keep less",
            Some(_) => "give it more room, or keep less",
        };
        let low = size(self.disk_low_bytes);
        if let Some(free) = self.disk_free_bytes.filter(|_| self.is_low()) {
            return format!(
                "The disk is below its low-water mark ({} free, limits.disk_low is {low}): nothing \
                 is accepted until there is room. What is old is being removed; if that is not \
                 enough, {advice}.",
                size(free)
            );
        }
        let Some(forecast) = self.forecast else {
            let hours = PAST_MIN_MS / Timestamp::MILLIS_PER_HOUR;
            return format!(
                "A forecast needs the sizes of {hours} hours, which are not there yet."
            );
        };
        let written = size(forecast.written_per_day.unsigned_abs());
        match (forecast.full_at, forecast.levels_off_at, forecast.levels_off_bytes) {
            (Some(full), _, _) if forecast.is_full_before_level() => format!(
                "At this rate ({written} a day) the disk reaches its low-water mark on {}, before \
                 enough is old enough to be removed: {advice}.",
                day(full)
            ),
            (Some(full), _, _) => format!(
                "At this rate ({written} a day) the disk reaches its low-water mark on {}, though \
                 what is old is removed: {advice}.",
                day(full)
            ),
            (None, Some(level), _) if level <= self.at.plus(DAY) => format!(
                "{written} are written a day, and as much reaches its age: the files stay as large \
                 as they are."
            ),
            (None, Some(level), Some(bytes)) => format!(
                "{written} are written a day. From {} on as much reaches its age, with about {} in \
                 use; the disk has room for that.",
                day(level),
                size(bytes.unsigned_abs())
            ),
            (None, _, _) => format!(
                "{written} are written a day, and some of it is kept for ever. The disk has room \
                 for five years of that."
            ),
        }
    }
}

/// Bytes of a file, of its log too; 0 where there is none.
#[must_use]
pub fn file_bytes(directory: &Path, name: &str) -> u64 {
    std::fs::metadata(directory.join(name)).map_or(0, |file| file.len())
}

/// Name of the log beside a database file.
#[must_use]
pub fn log_of(file: &str) -> String {
    format!("{file}-wal")
}

/// An age in words: `90 days`.
#[must_use]
pub fn age(age: Duration) -> String {
    let hours = age.as_secs() / 3_600;
    match (hours / 24, hours % 24) {
        (1, 0) => "one day".to_owned(),
        (days, 0) => format!("{days} days"),
        _ => format!("{hours} hours"),
    }
}

/// `1.5 GB`: decimal, as the pages count.
pub fn size(bytes: u64) -> String {
    let units =
        [("TB", 1_000_000_000_000_u64), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let unit = units.into_iter().find(|(_, factor)| bytes >= *factor);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, factor)| {
            let number = bytes as f64 / factor as f64;
            if number < 10.0 {
                format!("{number:.1} {unit}")
            } else {
                format!("{number:.0} {unit}")
            }
        },
    )
}

/// `2027-01-12`, in UTC.
fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.to_string(), |at| at.to_zoned(TimeZone::UTC).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_sizes_and_days_are_said_as_people_say_them() {
        assert_eq!(age(DAY * 90), "90 days");
        assert_eq!(age(DAY), "one day");
        assert_eq!(age(Duration::from_hours(36)), "36 hours");
        let sizes = [700, 5_000_000, 300_400_000, 1_500_000_000].map(size);
        assert_eq!(sizes, ["700 bytes", "5.0 MB", "300 MB", "1.5 GB"]);
        assert_eq!(day(Timestamp(1_790_000_000_000)), "2026-09-21");
    }
}
