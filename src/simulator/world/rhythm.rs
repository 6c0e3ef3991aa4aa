//! When things begin: working hours are busy, nights and weekends are quiet.

use crate::simulator::clock::Tick;

pub const HOUR: i64 = 3_600 * Tick::PER_SECOND;
pub const DAY: i64 = 24 * HOUR;

/// Whether the world keeps hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// Working days, nights, weekends.
    Calendar,
    /// Every hour is the busiest of the day, so that there is something to see at midnight too.
    Busy,
}

/// How much goes on, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub hours: Hours,
    /// By how much the organisations' clocks are ahead of UTC.
    pub ahead: i64,
    /// Twice as fast: twice as many builds begin, and each takes half as long. At least 1.
    pub speed: u32,
    /// How many times as many builds begin, each as long as ever. At least 1.
    pub crowd: u32,
}

impl Pace {
    /// Two organisations of some fifty people.
    pub const NORMAL: Self = Self { hours: Hours::Calendar, ahead: 0, speed: 1, crowd: 1 };
    /// Something to look at every few seconds.
    pub const LIVELY: Self = Self { hours: Hours::Busy, ahead: 0, speed: 3, crowd: 4 };

    /// The same pace by clocks on which a moment is half past two on a working day: builds run, some
    /// wait, and what broke in the morning is still broken.
    #[must_use]
    pub fn in_the_middle_of_a_day_at(self, moment: Tick) -> Self {
        // `Tick::BEGIN` is a Monday, at eight.
        let afternoon = Tick::BEGIN.0 + DAY + 6 * HOUR + HOUR / 2;
        Self { ahead: afternoon - moment.0, ..self }
    }

    /// What the organisations' clocks show.
    fn local(self, at: Tick) -> i64 {
        at.0 + self.ahead
    }
}

/// An hour of the world, or a part of one.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Tick,
    pub to: Tick,
    pub pace: Pace,
}

impl Window {
    /// From a moment to the next full hour, or to `end` if that comes first.
    pub fn after(from: Tick, end: Option<Tick>, pace: Pace) -> Self {
        let hour = Tick(pace.local(from).div_euclid(HOUR) * HOUR + HOUR - pace.ahead);
        Self { from, to: end.map_or(hour, |end| hour.min(end)), pace }
    }

    /// How busy it is, in percent of a busy hour.
    pub fn weight(&self) -> u32 {
        if self.pace.hours == Hours::Busy {
            return 100;
        }
        // 1 January 1970 was a Thursday.
        let is_weekend = (self.pace.local(self.from).div_euclid(DAY) + 3).rem_euclid(7) >= 5;
        let weight: u32 = match self.hour() {
            9..=11 | 13..=16 => 100,
            8 => 70,
            12 | 17 => 60,
            7 | 18 => 30,
            19..=21 => 10,
            _ => 3,
        };
        if is_weekend { weight.div_ceil(12) } else { weight }
    }

    /// Hour of the day.
    pub fn hour(&self) -> i64 {
        self.pace.local(self.from).div_euclid(HOUR).rem_euclid(24)
    }

    /// Whether the window holds the very beginning of its hour.
    pub fn is_whole(&self) -> bool {
        self.pace.local(self.from).rem_euclid(HOUR) == 0
    }

    /// Ten-thousandths of one thing that happens `rate` hundredths of times in a busy hour.
    pub fn expected(&self, rate: u32) -> u64 {
        let length = (self.to.0 - self.from.0).unsigned_abs();
        let share = length * 100 / HOUR.unsigned_abs();
        let share = share * u64::from(self.pace.speed) * u64::from(self.pace.crowd);
        u64::from(rate) * u64::from(self.weight()) * share / 100
    }
}

/// How far a pipeline's day has gone, in hundredths, and which of its days it is.
pub fn day(at: Tick, pace: Pace) -> (u64, i64) {
    let day = match pace.hours {
        Hours::Calendar => DAY,
        Hours::Busy => DAY / 8 / i64::from(pace.speed),
    };
    let local = pace.local(at);
    (local.div_euclid(day).unsigned_abs(), local.rem_euclid(day) * 100 / day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(hours_later: i64) -> Window {
        // `Tick::BEGIN` is a Monday, at eight.
        Window::after(Tick(Tick::BEGIN.0 + hours_later * HOUR), None, Pace::NORMAL)
    }

    #[test]
    fn working_hours_are_busy_and_nights_and_weekends_are_quiet() {
        assert_eq!(window(2).weight(), 100);
        assert_eq!(window(18).weight(), 3, "two in the morning");
        assert_eq!(window(5 * 24 + 2).weight(), 9, "Saturday at ten");
        assert_eq!(window(7 * 24 + 2).weight(), 100, "Monday at ten");
        assert_eq!(Window { pace: Pace::LIVELY, ..window(18) }.weight(), 100);
    }

    #[test]
    fn a_window_ends_with_its_hour_or_earlier() {
        let from = Tick(Tick::BEGIN.0 + HOUR / 4);
        assert_eq!(Window::after(from, None, Pace::NORMAL).to, Tick(Tick::BEGIN.0 + HOUR));
        let end = Tick(Tick::BEGIN.0 + HOUR / 2);
        let short = Window::after(from, Some(end), Pace::NORMAL);
        assert_eq!(short.to, end);
        assert_eq!(short.expected(200), 25 * 70 * 2);
    }
}
