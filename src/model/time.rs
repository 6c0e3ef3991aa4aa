//! A moment in time, to the millisecond: what providers agree on and what fits an integer column.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970 (UTC). Written as RFC 3339 with `Z` and three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const MILLIS_PER_HOUR: i64 = 3_600_000;

    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Whole hours since 1970; the grain of rollups and of identities without a number.
    #[must_use]
    pub fn hour(self) -> i64 {
        self.0.div_euclid(Self::MILLIS_PER_HOUR)
    }

    /// So many milliseconds later. `None` beyond the calendar, which no row must hold.
    #[must_use]
    pub fn shifted(self, ms: i64) -> Option<Self> {
        let at = self.0.checked_add(ms)?;
        jiff::Timestamp::from_millisecond(at).ok().map(|_| Self(at))
    }

    /// Read RFC 3339 with any zone. Providers' own dialects are read in `providers::dates`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            // Out of the calendar's range: only a damaged row can hold this.
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

/// The time from `from` to `to`. Providers' clocks disagree; a negative span reads as 0.
#[must_use]
pub fn span_ms(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some((to?.0 - from?.0).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_three_decimals() {
        let t = Timestamp::parse_rfc3339("2026-02-13T15:30:00.1239999+01:00").unwrap();
        assert_eq!(t.to_string(), "2026-02-13T14:30:00.123Z");
        assert_eq!(serde_json::to_string(&t).unwrap(), "\"2026-02-13T14:30:00.123Z\"");
    }

    #[test]
    fn a_span_is_never_negative_and_unknown_when_an_end_is() {
        let (a, b) = (Some(Timestamp(5)), Some(Timestamp(7)));
        assert_eq!(span_ms(a, b), Some(2));
        assert_eq!(span_ms(b, a), Some(0));
        assert_eq!(span_ms(None, b), None);
    }
}
