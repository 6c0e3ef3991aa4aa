//! The date forms providers really send.

use jiff::civil;

use crate::model::Timestamp;

/// Years before this are placeholders (`0001-01-01`), years after [`YEAR_MAX`] mean "for ever"
/// (`9999-01-01`): neither is a time.
const YEAR_MIN: i16 = 1990;
const YEAR_MAX: i16 = 2200;

/// Read a provider's date. Understood: RFC 3339 with any number of decimals and any zone, the same
/// without a zone (Azure DevOps, read as UTC), and `2018-07-01 20:14:39 UTC` (Buildkite hooks).
/// Placeholder dates and anything else are `None`: a date that cannot be read is a date not told.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let zoneless =
            text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")).unwrap_or(text);
        if let Some((rest, offset)) = split_numeric_offset(zoneless) {
            return format!("{rest}{offset}").parse().ok();
        }
        let civil: civil::DateTime = zoneless.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    let year = instant.to_zoned(jiff::tz::TimeZone::UTC).year();
    (YEAR_MIN..=YEAR_MAX).contains(&year).then(|| Timestamp(instant.as_millisecond()))
}

/// `2018-07-01 20:14:39 +0200` as ("2018-07-01 20:14:39", "+02:00").
fn split_numeric_offset(text: &str) -> Option<(&str, String)> {
    let (rest, offset) = text.rsplit_once(' ')?;
    let sign = offset.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some((rest, format!("{sign}{}:{}", &digits[..2], &digits[2..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|t| t.to_string())
    }

    #[test]
    fn both_providers_forms_are_read() {
        for (text, expected) in [
            ("2026-02-13T14:30:00Z", "2026-02-13T14:30:00.000Z"),
            ("2026-02-13T14:30:00.83Z", "2026-02-13T14:30:00.830Z"),
            ("2026-02-13T14:30:00.7761408Z", "2026-02-13T14:30:00.776Z"),
            ("2026-02-13T14:30:00.7494088+00:00", "2026-02-13T14:30:00.749Z"),
            ("2026-02-13T14:30:00.7494088+02:00", "2026-02-13T12:30:00.749Z"),
            ("2026-02-13T14:30:00", "2026-02-13T14:30:00.000Z"),
            ("2026-02-13 14:30:00 UTC", "2026-02-13T14:30:00.000Z"),
            ("2026-02-13 14:30:00 +0100", "2026-02-13T13:30:00.000Z"),
            ("2026-02-13 14:30:00 -05:30", "2026-02-13T20:00:00.000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn placeholders_and_nonsense_are_no_time() {
        for text in
            ["0001-01-01T00:00:00", "9999-01-01T00:00:00Z", "", "soon", "2026-13-01T00:00:00Z"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
