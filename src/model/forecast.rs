//! When the disk will be full, and where growth ends: from sizes of the past and the ages that are
//! kept.
//!
//! What was written follows from what is in use and what retention had reclaimed by then. From now on
//! as much is written a day as lately, and what has reached its age goes; until the oldest has
//! reached it, nothing goes and the file grows. Identities of deliveries never go.

use std::time::Duration;

use super::Timestamp;

const DAY_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// With less of a past, a night or a test would be taken for the future.
pub const PAST_MIN_MS: i64 = 6 * Timestamp::MILLIS_PER_HOUR;

/// Whole weeks, so that a weekend is neither left out nor taken for the rule.
pub const PAST_MAX_MS: i64 = 14 * DAY_MS;

/// So far ahead one looks.
pub const HORIZON_DAYS: i64 = 5 * 365;

/// The first days are looked at by the hour.
const HOURLY_DAYS: i64 = 3;

/// What one delivery leaves for ever: the row of its identity. Measured, see
/// docs/operate/retention.md.
pub const IDENTITY_BYTES: i64 = 36;

/// A file at a time of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileSize {
    pub used_bytes: i64,
    /// What retention had reclaimed since the beginning.
    pub reclaimed_bytes: i64,
}

impl FileSize {
    fn written(self) -> i64 {
        self.used_bytes + self.reclaimed_bytes
    }
}

/// All files at a time of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeSample {
    pub at: Timestamp,
    pub journal: FileSize,
    pub books: FileSize,
    /// The files of all logs together.
    pub logs: FileSize,
    /// Number of the newest entry.
    pub entries: i64,
}

/// A file as it is now, and what bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNow {
    /// On the disk; free pages are filled before it grows.
    pub file_bytes: i64,
    pub used_bytes: i64,
    /// Of the oldest that can go.
    pub oldest_at: Option<Timestamp>,
    /// `None`: for ever.
    pub age_max: Option<Duration>,
    pub size_max: Option<u64>,
}

/// Everything now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageNow {
    pub at: Timestamp,
    pub journal: FileNow,
    pub books: FileNow,
    pub logs: FileNow,
    pub entries: i64,
    /// `None`: the file system does not say.
    pub disk_free_bytes: Option<u64>,
    pub disk_low_bytes: u64,
}

/// What is to be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Written a day, of late, all files together.
    pub written_per_day: i64,
    /// From when on as much goes as comes. `None`: some class is kept for ever.
    pub levels_off_at: Option<Timestamp>,
    /// In use by then, all files together.
    pub levels_off_bytes: Option<i64>,
    /// When the disk reaches its low-water mark, if within [`HORIZON_DAYS`].
    pub full_at: Option<Timestamp>,
}

impl Forecast {
    /// Whether the disk is full before everything has reached its age.
    #[must_use]
    pub fn is_full_before_level(&self) -> bool {
        match (self.full_at, self.levels_off_at) {
            (Some(full), Some(level)) => full < level,
            (full, None) => full.is_some(),
            (None, _) => false,
        }
    }
}

/// How a file goes on.
struct Course {
    file_bytes: i64,
    /// What stays for ever, and how much of that comes a day.
    lasting: f64,
    lasting_per_day: f64,
    /// What goes at an age.
    passing: f64,
    passing_per_day: f64,
    /// Days that what is there reaches back.
    kept_days: f64,
    age_days: Option<f64>,
    size_max: Option<f64>,
}

impl Course {
    fn of(file: &FileNow, at: Timestamp, written_per_day: f64, lasting: (f64, f64)) -> Self {
        let days = |ms: i64| ms as f64 / DAY_MS as f64;
        let age_days = file.age_max.map(|age| age.as_secs_f64() * 1_000.0 / DAY_MS as f64);
        let kept_days = file.oldest_at.map_or(0.0, |oldest| days((at.0 - oldest.0).max(0)));
        Self {
            file_bytes: file.file_bytes,
            lasting: lasting.0,
            lasting_per_day: lasting.1,
            passing: (file.used_bytes as f64 - lasting.0).max(0.0),
            passing_per_day: (written_per_day - lasting.1).max(0.0),
            // What is held beyond its age is little.
            kept_days: age_days.map_or(kept_days, |age| kept_days.min(age)),
            age_days,
            size_max: file.size_max.map(|bytes| bytes as f64),
        }
    }

    /// In use after some days.
    fn used(&self, day: f64) -> f64 {
        let lasting = self.lasting + self.lasting_per_day * day;
        let come = self.passing + self.passing_per_day * day;
        // What is there now is taken to be spread evenly over the time it reaches back.
        let gone = match self.age_days {
            None => 0.0,
            Some(age) if day >= age => self.passing + self.passing_per_day * (day - age),
            Some(age) if self.kept_days + day > age => {
                self.passing * (self.kept_days + day - age) / self.kept_days
            }
            Some(_) => 0.0,
        };
        let used = lasting + come - gone;
        self.size_max.map_or(used, |most| used.min(most.max(lasting)))
    }

    /// By how much the file is larger after some days than it is now.
    fn growth(&self, day: f64) -> f64 {
        (self.used(day) - self.file_bytes as f64).max(0.0)
    }

    /// After how many days as much goes as comes.
    fn levels_off(&self) -> Option<f64> {
        let by_size = self.size_max.map(|most| {
            let room = most - self.lasting - self.passing;
            match self.passing_per_day > 0.0 {
                true => (room / self.passing_per_day).max(0.0),
                false => f64::from(u32::MAX),
            }
        });
        let by_age = self.age_days.map(|age| (age - self.kept_days).max(0.0));
        match (by_age, by_size) {
            (Some(age), Some(size)) => Some(age.min(size)),
            (age, size) => age.or(size),
        }
    }
}

/// What is to be expected; `None` as long as there is too little of a past. `past` is oldest first.
#[must_use]
pub fn forecast(past: &[SizeSample], now: &StorageNow) -> Option<Forecast> {
    let first = past.iter().find(|sample| now.at.0 - sample.at.0 <= PAST_MAX_MS)?;
    let last = past.last()?;
    let span = last.at.0 - first.at.0;
    if span < PAST_MIN_MS {
        return None;
    }
    let per_day = |from: i64, to: i64| (to - from).max(0) as f64 * DAY_MS as f64 / span as f64;
    let journal_per_day = per_day(first.journal.written(), last.journal.written());
    let books_per_day = per_day(first.books.written(), last.books.written());
    let logs_per_day = per_day(first.logs.written(), last.logs.written());
    let identities = (now.entries * IDENTITY_BYTES) as f64;
    let identities_per_day = per_day(first.entries, last.entries) * IDENTITY_BYTES as f64;
    let courses = [
        Course::of(&now.journal, now.at, journal_per_day, (identities, identities_per_day)),
        Course::of(&now.books, now.at, books_per_day, (0.0, 0.0)),
        Course::of(&now.logs, now.at, logs_per_day, (0.0, 0.0)),
    ];
    let in_days = |days: f64| now.at.plus(Duration::from_secs_f64(days.max(0.0) * 86_400.0));
    let level = match courses.each_ref().map(Course::levels_off) {
        [Some(journal), Some(books), Some(logs)] => Some(journal.max(books).max(logs)),
        _ => None,
    };
    let is_full = |day: f64| {
        let growth: f64 = courses.iter().map(|course| course.growth(day)).sum();
        now.disk_free_bytes.is_some_and(|free| free as f64 - growth < now.disk_low_bytes as f64)
    };
    let hours = (0..HOURLY_DAYS * 24).map(|hour| hour as f64 / 24.0);
    let days = (HOURLY_DAYS..=HORIZON_DAYS).map(|day| day as f64);
    let used_at_level = |level: f64| courses.iter().map(|course| course.used(level)).sum::<f64>();
    Some(Forecast {
        written_per_day: whole(journal_per_day + books_per_day + logs_per_day),
        levels_off_at: level.map(in_days),
        levels_off_bytes: level.map(|level| whole(used_at_level(level))),
        full_at: hours.chain(days).find(|day| is_full(*day)).map(in_days),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "bytes of a disk are far below 2^63")]
fn whole(bytes: f64) -> i64 {
    bytes.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: i64 = 1_000_000;

    fn days(days: i64) -> Timestamp {
        Timestamp(days * DAY_MS)
    }

    fn age(days: u64) -> Duration {
        Duration::from_hours(24 * days)
    }

    /// Both files grew by so much a day since the beginning, which was some days ago, and nothing was
    /// old enough to go. No entries, so no identities.
    fn grown(since_days: i64, journal_per_day: i64, books_per_day: i64) -> Vec<SizeSample> {
        (0..=since_days)
            .map(|day| SizeSample {
                at: days(day),
                journal: FileSize { used_bytes: journal_per_day * day, reclaimed_bytes: 0 },
                books: FileSize { used_bytes: books_per_day * day, reclaimed_bytes: 0 },
                logs: FileSize::default(),
                entries: 0,
            })
            .collect()
    }

    fn file(used_bytes: i64, age_max: Option<Duration>) -> FileNow {
        let oldest_at = Some(days(0));
        FileNow { file_bytes: used_bytes, used_bytes, oldest_at, age_max, size_max: None }
    }

    /// As [`grown`] leaves it; the disk has so much above its mark.
    fn now(past: &[SizeSample], ages: [Option<Duration>; 2], free_mb: i64) -> StorageNow {
        let last = past.last().unwrap();
        StorageNow {
            at: last.at,
            journal: file(last.journal.used_bytes, ages[0]),
            books: file(last.books.used_bytes, ages[1]),
            logs: file(0, Some(age(1))),
            entries: 0,
            disk_free_bytes: Some(u64::try_from((free_mb + 256) * MB).unwrap()),
            disk_low_bytes: u64::try_from(256 * MB).unwrap(),
        }
    }

    #[test]
    fn a_class_that_has_not_reached_its_age_goes_on_growing_until_it_has() {
        let past = grown(30, 10 * MB, MB);
        let found =
            forecast(&past, &now(&past, [Some(age(90)), Some(age(365))], 1_000_000)).unwrap();
        assert_eq!(found.written_per_day, 11 * MB);
        assert_eq!(found.levels_off_at, Some(days(365)));
        assert_eq!(found.levels_off_bytes, Some(900 * MB + 365 * MB));
        assert_eq!(found.full_at, None);
    }

    #[test]
    fn a_disk_that_is_too_small_is_full_before_anything_is_old_enough() {
        let past = grown(30, 10 * MB, MB);
        // 300 MB are there; the bodies alone want 600 more.
        let found = forecast(&past, &now(&past, [Some(age(90)), Some(age(365))], 440)).unwrap();
        assert_eq!(found.full_at, Some(days(30 + 41)), "11 MB a day");
        assert!(found.is_full_before_level());
        let enough =
            forecast(&past, &now(&past, [Some(age(90)), Some(age(365))], 600 + 336)).unwrap();
        assert_eq!(enough.full_at, None);
    }

    #[test]
    fn what_goes_makes_room_for_what_comes() {
        // Level since day 10: as much is reclaimed as is written.
        let past: Vec<_> = grown(30, 10 * MB, 0)
            .into_iter()
            .map(|sample| {
                let used_bytes = sample.journal.used_bytes.min(100 * MB);
                let reclaimed_bytes = sample.journal.used_bytes - used_bytes;
                SizeSample { journal: FileSize { used_bytes, reclaimed_bytes }, ..sample }
            })
            .collect();
        let level = StorageNow {
            journal: FileNow { oldest_at: Some(days(20)), ..file(100 * MB, Some(age(10))) },
            ..now(&past, [Some(age(10)), Some(age(10))], 5)
        };
        let found = forecast(&past, &level).unwrap();
        assert_eq!((found.written_per_day, found.full_at), (10 * MB, None));
        assert_eq!(found.levels_off_at, Some(level.at), "it is level already");
        // A larger age is set: it grows again.
        let longer = FileNow { age_max: Some(age(20)), ..level.journal };
        let found = forecast(&past, &StorageNow { journal: longer, ..level }).unwrap();
        assert!(found.full_at.is_some_and(|full| full < days(32)), "{found:?}");
    }

    #[test]
    fn traffic_that_doubled_lately_fills_twice_the_room() {
        let mut past = grown(60, 10 * MB, 0);
        for sample in past.iter_mut().filter(|sample| sample.at > days(46)) {
            sample.journal.used_bytes += (sample.at.0 - days(46).0) / DAY_MS * 10 * MB;
        }
        let found =
            forecast(&past, &now(&past, [Some(age(90)), Some(age(90))], 1_000_000)).unwrap();
        assert_eq!(found.written_per_day, 20 * MB);
        // At the level some of what is there is still of the thinner days.
        let level = found.levels_off_bytes.unwrap();
        assert!((1_200 * MB..=1_800 * MB).contains(&level), "{level}");
    }

    #[test]
    fn kept_for_ever_is_growth_without_an_end() {
        let past = grown(30, 10 * MB, MB);
        let found = forecast(&past, &now(&past, [None, Some(age(365))], 1_000)).unwrap();
        assert_eq!((found.levels_off_at, found.levels_off_bytes), (None, None));
        assert!(found.full_at.is_some() && found.is_full_before_level());
    }

    #[test]
    fn a_size_ends_the_growth_before_the_age_does() {
        let past = grown(30, 10 * MB, 0);
        let ages = now(&past, [Some(age(90)), Some(age(30))], 150);
        assert!(forecast(&past, &ages).unwrap().full_at.is_some());
        let limited = FileNow { size_max: Some(400_000_000), ..ages.journal };
        let found = forecast(&past, &StorageNow { journal: limited, ..ages }).unwrap();
        assert_eq!((found.full_at, found.levels_off_at), (None, Some(days(40))));
        assert_eq!(found.levels_off_bytes, Some(400 * MB));
    }

    #[test]
    fn free_pages_are_filled_before_the_file_grows() {
        let past = grown(30, 10 * MB, 0);
        let full = now(&past, [None, None], 5);
        assert!(forecast(&past, &full).unwrap().full_at.unwrap() < days(31));
        let roomy = FileNow { file_bytes: full.journal.file_bytes + 200 * MB, ..full.journal };
        let found = forecast(&past, &StorageNow { journal: roomy, ..full }).unwrap();
        assert_eq!(found.full_at, Some(days(30 + 21)), "20 days in free pages");
    }

    #[test]
    fn logs_fill_the_disk_like_everything_else() {
        let mut past = grown(30, 0, 0);
        for sample in &mut past {
            sample.logs.used_bytes = sample.at.0 / DAY_MS * 10 * MB;
        }
        let found = |kept| {
            let logs = file(300 * MB, Some(age(kept)));
            forecast(&past, &StorageNow { logs, ..now(&past, [Some(age(1)); 2], 200) }).unwrap()
        };
        assert_eq!(found(90).full_at, Some(days(30 + 21)), "10 MB a day");
        let level = found(40);
        assert_eq!((level.full_at, level.levels_off_at), (None, Some(days(40))));
    }

    #[test]
    fn identities_grow_for_ever() {
        let per_day = 4 * MB / IDENTITY_BYTES;
        let mut past = grown(30, 10 * MB, 0);
        for sample in &mut past {
            sample.entries = sample.at.0 / DAY_MS * per_day;
        }
        let now =
            StorageNow { entries: 30 * per_day, ..now(&past, [Some(age(30)), Some(age(30))], 500) };
        let found = forecast(&past, &now).unwrap();
        // 4 MB a day are left of the 10 that come.
        assert_eq!(found.full_at, Some(days(30 + 126)));
    }

    #[test]
    fn a_disk_below_its_mark_is_full_now_and_a_short_past_tells_nothing() {
        let past = grown(30, MB, MB);
        let low = StorageNow {
            disk_free_bytes: Some(5),
            ..now(&past, [Some(age(90)), Some(age(90))], 0)
        };
        assert_eq!(forecast(&past, &low).unwrap().full_at, Some(low.at));
        assert_eq!(forecast(&past[30..], &low), None);
        assert_eq!(forecast(&[], &low), None);
        let silent = StorageNow { disk_free_bytes: None, ..low };
        assert_eq!(forecast(&past, &silent).unwrap().full_at, None);
    }
}
