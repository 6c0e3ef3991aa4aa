//! Whether a source is silent for longer than it used to be.

/// Hours looked back: four weeks hold weekends and a holiday.
pub const HOURS_BACK: i64 = 28 * 24;

/// A source that was heard in fewer hours has no habit yet.
const HEARD_MIN: usize = 12;

/// Silences shorter than this are nobody's trouble.
const SILENT_HOURS_MIN: i64 = 6;

/// A silence of this many times the longest one before it is unusual.
const TIMES: (i64, i64) = (3, 2);

/// How a source's present silence compares with those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It lasts no longer than others did.
    Usual,
    /// Too little is known of it.
    Unknown,
    /// It lasts longer than any before it.
    Unusual { hours: i64, longest_before: i64 },
}

/// Judge the silence up to `now`, from the hours (ascending) in which a source was heard.
#[must_use]
pub fn silence(hours: &[i64], now: i64) -> Silence {
    let Some(last) = hours.last() else { return Silence::Unknown };
    let hours_silent = now - last;
    if hours_silent < SILENT_HOURS_MIN {
        return Silence::Usual;
    }
    if hours.len() < HEARD_MIN {
        return Silence::Unknown;
    }
    let longest_before = hours.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let (times, of) = TIMES;
    match hours_silent * of > longest_before * times {
        true => Silence::Unusual { hours: hours_silent, longest_before },
        false => Silence::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten hours a day from Monday to Friday, for four weeks; the last one ends on a Friday.
    fn working_hours() -> Vec<i64> {
        (0..28)
            .filter(|day| day % 7 < 5)
            .flat_map(|day| (0..10).map(move |h| day * 24 + h))
            .collect()
    }

    #[test]
    fn a_weekend_is_no_silence_and_a_monday_without_a_word_is() {
        let hours = working_hours();
        let friday_evening = *hours.last().unwrap();
        assert_eq!(silence(&hours, friday_evening + 2), Silence::Usual);
        assert_eq!(silence(&hours, friday_evening + 63), Silence::Usual, "Monday morning");
        assert_eq!(silence(&hours, friday_evening + 94), Silence::Usual, "half as long again");
        assert_eq!(
            silence(&hours, friday_evening + 96),
            Silence::Unusual { hours: 96, longest_before: 63 },
            "Tuesday evening"
        );
    }

    #[test]
    fn a_source_that_never_rests_is_missed_after_some_hours() {
        let hours: Vec<i64> = (0..200).collect();
        assert_eq!(silence(&hours, 204), Silence::Usual);
        assert_eq!(silence(&hours, 205), Silence::Unusual { hours: 6, longest_before: 1 });
    }

    #[test]
    fn who_was_heard_a_few_times_has_no_habit() {
        assert_eq!(silence(&[], 5), Silence::Unknown);
        assert_eq!(silence(&[1, 2, 3], 500), Silence::Unknown);
    }
}
