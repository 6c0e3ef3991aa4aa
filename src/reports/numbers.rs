//! Durations and times as reports write them.

use crate::model::Timestamp;

/// No test takes longer: what is above is a fault of who wrote it, and sums stay numbers.
const MS_MAX: f64 = 10.0 * 365.0 * 86_400.0 * 1e3;

/// Seconds, or hours, minutes and seconds, in milliseconds. What is below zero is 0.
pub(super) fn seconds(text: &str) -> Option<f64> {
    if text.contains(':') {
        return span(text);
    }
    millis(number(text)? * 1e3)
}

pub(super) fn milliseconds(text: &str) -> Option<f64> {
    millis(number(text)?)
}

pub(super) fn nanoseconds(text: &str) -> Option<f64> {
    millis(number(text)? / 1e6)
}

fn millis(ms: f64) -> Option<f64> {
    // To the nanosecond, without the dust of multiplying; and no negative zero, which JSON would show.
    ms.is_finite().then(|| (ms.clamp(0.0, MS_MAX) * 1e6).round() / 1e6 + 0.0)
}

/// `[-][d.]hh:mm:ss[.fffffff]`, as .NET writes a time span, or `mm:ss`.
fn span(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut total = 0.0;
    for (nth, part) in text.split(':').enumerate() {
        // The days stand before the hours.
        if let (0, Some((days, hours))) = (nth, part.split_once('.')) {
            total = number(days)? * 24.0 + number(hours)?;
            continue;
        }
        total = total * 60.0 + number(part)?;
    }
    millis(sign * total * 1e3)
}

/// A number in whatever way a locale writes it: `1.5`, `1,5`, `2,503.1`, `2.503,1`, `1 503.1`, `4.5e-05`.
///
/// A comma with exactly three digits behind it parts thousands, unless nothing but 0 stands before it; any other
/// comma is the decimal sign.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    // What nearly all write, without a copy.
    if let (false, Ok(value)) = (text.contains(','), text.parse::<f64>()) {
        return Some(value);
    }
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '_')).collect();
    let plain = match (plain.rfind(','), plain.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => plain.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => plain.replace(',', ""),
        (Some(_), None) if are_thousands(&plain) => plain.replace(',', ""),
        (Some(_), None) => plain.replace(',', "."),
        _ => plain,
    };
    plain.parse().ok()
}

/// Whether the commas of a number part its thousands: `1,503`, `1,000,000`.
fn are_thousands(text: &str) -> bool {
    let mut groups = text.trim_start_matches(['-', '+']).split(',');
    let first = groups.next().unwrap_or_default();
    let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    is_first && digits(first) && groups.all(|group| group.len() == 3 && digits(group))
}

/// A time that tells its zone; without one it could be any hour.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text.trim())
}

/// Milliseconds since 1970, as JavaScript counts.
pub(super) fn since_1970(text: &str) -> Option<Timestamp> {
    Timestamp(0).shifted(text.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_as_any_locale_writes_them() {
        for (text, ms) in [
            ("0", 0.0),
            (" 1.5 ", 1_500.0),
            ("1,5", 1_500.0),
            ("0,123", 123.0),
            ("00,123", 123.0),
            ("1,503", 1_503_000.0),
            ("2,503.1", 2_503_100.0),
            ("2.503,1", 2_503_100.0),
            ("1,000,000.5", 1_000_000_500.0),
            ("1,000,000", 1_000_000_000.0),
            ("12,5034", 12_503.4),
            ("1234,567", 1_234_567.0),
            ("1\u{a0}503.1", 1_503_100.0),
            ("1'503.1", 1_503_100.0),
            ("4.5e-05", 0.045),
            ("1E2", 100_000.0),
            (".25", 250.0),
            ("-0.4", 0.0),
            ("-1,503.1", 0.0),
        ] {
            let read = seconds(text).unwrap_or(f64::NAN);
            assert!((read - ms).abs() < 1e-6, "{text}: {read}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_duration() {
        for text in ["", "NaN", "inf", "-inf", "1.2.3", "1,2,3", "soon", "1:x", ":", "1e999"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds("1e300"), Some(MS_MAX));
    }

    #[test]
    fn a_span_of_time_is_read() {
        for (text, ms) in [
            ("00:00:01.5", 1_500.0),
            ("01:02:03.0040000", 3_723_004.0),
            ("1.00:00:00", 86_400_000.0),
            ("02:03", 123_000.0),
            ("-00:00:01", 0.0),
        ] {
            assert_eq!(seconds(text), Some(ms), "{text}");
        }
    }
}
