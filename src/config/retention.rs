//! `[retention]`: what is kept for how long.

use std::time::Duration;

use super::{Reader, values};

const DAY: Duration = Duration::from_hours(24);

/// Nothing that came today is removed, so a shorter age could not be kept.
const AGE_MIN: Duration = DAY;

/// With less the tables themselves would be most of it.
const SIZE_BYTES_MIN: u64 = 16 << 20;

/// Ages and sizes of the classes of data; `None`: kept for ever, of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Headers and bodies. Never longer than the events they are of.
    pub bodies: Option<Duration>,
    /// In use in `journal.db`.
    pub bodies_size: Option<u64>,
    pub events: Option<Duration>,
    pub builds: Option<Duration>,
    /// Logs of builds. They go with their build at the latest.
    pub logs: Option<Duration>,
    /// Of the files of all logs.
    pub logs_size: Option<u64>,
    /// In use in `books.db`.
    pub records_size: Option<u64>,
    pub aggregates: Option<Duration>,
}

impl Retention {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let age = |name: &str| {
            reader.value(name, |text| {
                let expected = "the shortest age is 1d";
                let is_enough = |age: &Option<Duration>| age.is_none_or(|age| age >= AGE_MIN);
                values::sensible(values::age(text)?, is_enough, expected)
            })
        };
        let size = |name: &str| {
            let read = |text: &str| {
                let expected = "the smallest size is 16MiB; leave it out for no limit";
                values::sensible(values::bytes(text)?, |bytes| *bytes >= SIZE_BYTES_MIN, expected)
            };
            reader.optional(name, read)
        };
        let (mut bodies, events) = (age("retention.bodies"), age("retention.events"));
        let outlives = match (bodies, events) {
            (_, None) => false,
            (bodies, Some(events)) => bodies.is_none_or(|bodies| bodies > events),
        };
        if outlives {
            // Only where it was asked for; the default follows the events.
            reader.refuse(
                "retention.bodies",
                "a body is of no use without its event: keep it at most as long as retention.events",
            );
            bodies = events;
        }
        Self {
            bodies,
            bodies_size: size("retention.bodies_size"),
            events,
            builds: age("retention.builds"),
            logs: age("retention.logs"),
            logs_size: size("retention.logs_size"),
            records_size: size("retention.records_size"),
            aggregates: age("retention.aggregates"),
        }
    }
}
