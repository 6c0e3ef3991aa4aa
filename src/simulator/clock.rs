//! Simulated time, and how each provider writes it.

use crate::model::Timestamp;

/// A moment in units of 100 ns since 1970: the grain of Azure DevOps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub i64);

impl Tick {
    /// 2 February 2026, a Monday: when simulated history begins.
    pub const BEGIN: Self = Self(1_770_019_200 * Self::PER_SECOND);
    pub const PER_SECOND: i64 = 10_000_000;

    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.0.saturating_mul(10_000))
    }

    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add_unsigned(ms.saturating_mul(10_000)))
    }

    #[must_use]
    pub fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub_unsigned(ms.saturating_mul(10_000)))
    }

    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp(self.0.div_euclid(10_000))
    }

    /// `2026-02-13T14:30:00.1234567Z`: up to seven decimals, without trailing zeros.
    pub fn write_azure(self, out: &mut Vec<u8>) {
        self.write_civil(out, b'T');
        let mut fraction = self.0.rem_euclid(Self::PER_SECOND);
        let mut digits = 7;
        while digits > 0 && fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        if digits > 0 {
            out.push(b'.');
            push_digits(out, fraction, digits);
        }
        out.push(b'Z');
    }

    /// `2026-02-13 14:30:00 UTC`: the form of Buildkite's webhooks.
    pub fn write_buildkite(self, out: &mut Vec<u8>) {
        self.write_civil(out, b' ');
        out.extend_from_slice(b" UTC");
    }

    /// `20260213`: the day in build numbers.
    pub fn write_day(self, out: &mut Vec<u8>) {
        let civil = self.civil();
        push_digits(out, civil.year().into(), 4);
        push_digits(out, civil.month().into(), 2);
        push_digits(out, civil.day().into(), 2);
    }

    fn write_civil(self, out: &mut Vec<u8>, between: u8) {
        let civil = self.civil();
        let parts: [(i64, usize, u8); 6] = [
            (civil.year().into(), 4, b'-'),
            (civil.month().into(), 2, b'-'),
            (civil.day().into(), 2, between),
            (civil.hour().into(), 2, b':'),
            (civil.minute().into(), 2, b':'),
            (civil.second().into(), 2, 0),
        ];
        for (value, digits, separator) in parts {
            push_digits(out, value, digits);
            if separator != 0 {
                out.push(separator);
            }
        }
    }

    fn civil(self) -> jiff::civil::DateTime {
        let second = self.0.div_euclid(Self::PER_SECOND);
        jiff::tz::Offset::UTC.to_datetime(
            jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        )
    }
}

/// A number without formatting machinery: bodies hold dozens.
pub fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn push_digits(out: &mut Vec<u8>, value: i64, digits: usize) {
    let start = out.len();
    out.resize(start + digits, b'0');
    let mut rest = value;
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_are_written_as_each_provider_writes_them() {
        let tick = Tick(Tick::BEGIN.0 + 39_631_234_500);
        assert_eq!(written(|o| tick.write_azure(o)), "2026-02-02T09:06:03.12345Z");
        assert_eq!(written(|o| Tick::BEGIN.write_azure(o)), "2026-02-02T08:00:00Z");
        assert_eq!(written(|o| tick.write_buildkite(o)), "2026-02-02 09:06:03 UTC");
        assert_eq!(written(|o| tick.write_day(o)), "20260202");
        assert_eq!(tick.timestamp().to_string(), "2026-02-02T09:06:03.123Z");
        assert_eq!(written(|o| push_number(o, 0)), "0");
        assert_eq!(written(|o| push_number(o, 98_765)), "98765");
    }
}
