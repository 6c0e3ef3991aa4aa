//! Whether the clock is to be believed.
//!
//! Ages are reckoned by it, and what is removed is gone. A machine whose clock is set only after it has
//! started may be years ahead for a minute: the newest entry, and the time that has passed since, say
//! what it should show.

use std::time::Duration;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::journal::read::latest_receipt;

/// So far ahead of what it should show, a clock is doubted. Where nothing came for a week, that is
/// doubted as well, and costs a day.
const AHEAD_MAX: Duration = Duration::from_hours(7 * 24);

/// A clock that stays as far ahead for this long is right: somebody would have set it.
const DOUBTED_FOR: Duration = Duration::from_hours(24);

/// Entries that are looked at for when the last one came.
const LOOKED_AT: usize = 1_000;

/// What the clock showed when it was last believed.
#[derive(Debug)]
pub(super) struct Trust {
    shown: Timestamp,
    /// Time since the start then.
    up: Duration,
    /// Time since the start when doubt began.
    doubted_at: Option<Duration>,
}

impl Trust {
    /// The latest of the newest entries came at a time that was believed: those that were imported last
    /// keep older ones.
    pub fn begin(hub: &Hub) -> Result<Self, StoreError> {
        let newest = hub.journal().read(|journal| latest_receipt(journal, LOOKED_AT))?;
        let clock = hub.clock();
        Ok(Self { shown: newest.unwrap_or(clock.now()), up: clock.up(), doubted_at: None })
    }

    /// The time by which ages are reckoned: the clock's, unless it is in doubt.
    pub fn now(&mut self, clock: &Clock) -> Timestamp {
        let (shown, up) = (clock.now(), clock.up());
        let expected = self.shown.plus(up.saturating_sub(self.up));
        let is_far_ahead = shown > expected.plus(AHEAD_MAX);
        if !is_far_ahead {
            *self = Self { shown, up, doubted_at: None };
            return shown;
        }
        match self.doubted_at {
            Some(since) if up.saturating_sub(since) >= DOUBTED_FOR => {
                tracing::info!("The clock has gone on from {shown}: ages are reckoned by it again");
                *self = Self { shown, up, doubted_at: None };
                shown
            }
            Some(_) => expected,
            None => {
                tracing::warn!(
                    "The clock shows {shown}, {} days after what is known here: for a day, nothing is removed \
                     that is young if the clock is wrong",
                    (shown.0 - expected.0) / Timestamp::MILLIS_PER_HOUR / 24
                );
                self.doubted_at = Some(up);
                expected
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn believed(clock: &Clock) -> Trust {
        Trust { shown: clock.now(), up: clock.up(), doubted_at: None }
    }

    #[test]
    fn time_that_passes_is_believed_and_a_leap_only_after_a_day() {
        let clock = Clock::standing_at(Timestamp(0));
        let mut trust = believed(&clock);
        clock.advance(100 * DAY);
        assert_eq!(trust.now(&clock), clock.now());

        let before = clock.now();
        clock.leap(400 * DAY);
        assert_eq!(trust.now(&clock), before, "it may be wrong");
        clock.advance(DAY / 2);
        assert_eq!(trust.now(&clock), before.plus(DAY / 2));
        clock.advance(DAY / 2);
        assert_eq!(trust.now(&clock), clock.now(), "nobody has set it back");
    }

    #[test]
    fn a_clock_that_is_set_right_is_believed_at_once() {
        let clock = Clock::standing_at(Timestamp(0));
        let mut trust = believed(&clock);
        let wrong = Clock::standing_at(Timestamp(0).plus(400 * DAY));
        assert_eq!(trust.now(&wrong), clock.now());
        clock.advance(DAY);
        assert_eq!(trust.now(&clock), clock.now());
        assert!(trust.doubted_at.is_none());
    }
}
