//! The members of a JSON object, each read when it is asked for and as whatever it is: clients write
//! numbers as text and text as numbers, leave members out or say null, and add some of their own.
//! None of that may cost the rest of the body.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::dates;
use super::lenient::reads_as;
use crate::model::{Timestamp, Unreadable};
use crate::reports;

/// Numbers below this are seconds since 1970, from it on milliseconds.
const MILLIS_FROM: i64 = 100_000_000_000;

/// The years that a time can be of, in milliseconds: what is beyond is a number of something else.
const TIMES: std::ops::Range<i64> = 631_152_000_000..7_258_118_400_000;

/// An object. Names are found however they are spelled: `buildId`, `build_id`, `BuildID`.
#[derive(Debug, Default)]
pub struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// The members of a whole body.
    pub fn of_body(body: &'a [u8]) -> Result<Self, Unreadable> {
        let raw: &RawValue = crate::providers::parse(body)?;
        Self::of(raw).ok_or_else(|| Unreadable {
            reason: "the body is no JSON object".to_owned(),
            path: ".".to_owned(),
        })
    }

    /// The members of a value; `None` unless it is an object.
    pub fn of(raw: &'a RawValue) -> Option<Self> {
        let members: BTreeMap<String, &'a RawValue> = serde_json::from_str(raw.get()).ok()?;
        let named = members.into_iter().map(|(name, value)| (plain(&name), value));
        Some(Self(named.collect()))
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(&plain(name)).copied().filter(|raw| raw.get() != "null")
    }

    fn word(&self, name: &str) -> Option<Word> {
        let raw = self.raw(name)?.get();
        // A text that was cut within a character is a text all the same.
        serde_json::from_str(raw).or_else(|_| serde_json::from_str(&reports::mended(raw))).ok()
    }

    /// Whether it is told that there is nothing under a name.
    pub fn is_null(&self, name: &str) -> bool {
        self.0.get(&plain(name)).is_some_and(|raw| raw.get() == "null")
    }

    /// Whether anything is told under a name.
    pub fn is_told(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A text as it came, or a number as it is written.
    pub fn verbatim(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        match self.word(name)? {
            Word::Text(text) => Some(text),
            Word::Number(_) | Word::Flag => Some(raw.get().to_owned()),
            Word::Nothing => None,
        }
    }

    /// A text that says something.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = self.verbatim(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub fn float(&self, name: &str) -> Option<f64> {
        let number = match self.word(name)? {
            Word::Number(number) => number,
            Word::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// A whole number; of a fraction the whole before it.
    pub fn number(&self, name: &str) -> Option<i64> {
        if let Ok(exact) = self.text(name)?.parse() {
            return Some(exact);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        self.float(name).map(|number| number as i64)
    }

    /// A time: a date in any of the forms that providers write, or a count of milliseconds or seconds.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        if let Some(Word::Text(text)) = self.word(name)
            && let Some(date) = dates::parse(&text)
        {
            return Some(date);
        }
        let count = self.number(name)?;
        let millis = if count < MILLIS_FROM { count.checked_mul(1_000)? } else { count };
        TIMES.contains(&millis).then_some(Timestamp(millis))
    }

    /// The items of a list; `None` unless it is one.
    pub fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    pub fn object(&self, name: &str) -> Option<Members<'a>> {
        Self::of(self.raw(name)?)
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A value, as far as it is a single word.
enum Word {
    Text(String),
    Number(f64),
    Flag,
    Nothing,
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word;

    reads_as!(Word::Nothing; list, object);

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Word::Text(text.to_owned()))
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers are read from their text")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Word::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers are read from their text")]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Word::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Word::Number(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Word::Flag)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Word::Nothing)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{
        "buildNumber": "88", "total_count": 12.0, "duration": 2503.25, "errorMessage": 404,
        "stackTrace": 1.50, "missing": null, "other": {"deep": [1]}, "flag": true,
        "startedAt": "2026-11-22T07:11:05Z", "finishedAt": 1795331465123, "seconds": "1795331465",
        "zoneless": "2026-11-22T07:11:05.250", "list": [1, "two"]
    }"#;

    #[test]
    fn numbers_and_texts_are_read_as_either() {
        let members = Members::of_body(BODY.as_bytes()).unwrap();
        assert_eq!(members.number("buildNumber"), Some(88));
        assert_eq!(members.number("totalCount"), Some(12));
        assert_eq!(members.float("duration"), Some(2503.25));
        assert_eq!(members.text("errorMessage").as_deref(), Some("404"));
        assert_eq!(members.text("stackTrace").as_deref(), Some("1.50"));
        assert_eq!(members.text("flag").as_deref(), Some("true"));
        assert_eq!(members.text("missing"), None);
        assert_eq!(members.text("other"), None);
        assert_eq!(members.number("other"), None);
        assert_eq!(members.list("list").unwrap().len(), 2);
        assert!(members.object("OTHER").is_some());
    }

    #[test]
    fn times_are_dates_or_counts() {
        let members = Members::of_body(BODY.as_bytes()).unwrap();
        let time = |name| members.time(name).map(|at| at.to_string());
        assert_eq!(time("startedAt").as_deref(), Some("2026-11-22T07:11:05.000Z"));
        assert_eq!(time("zoneless").as_deref(), Some("2026-11-22T07:11:05.250Z"));
        assert_eq!(time("finishedAt").as_deref(), Some("2026-11-22T07:11:05.123Z"));
        assert_eq!(time("seconds").as_deref(), Some("2026-11-22T07:11:05.000Z"));
        assert_eq!(time("buildNumber"), None);
    }

    #[test]
    fn what_is_no_object_says_so() {
        for body in ["[]", "7", "\"text\""] {
            assert_eq!(Members::of_body(body.as_bytes()).unwrap_err().path, ".");
        }
        assert!(Members::of_body(b"{").is_err());
        // However deep: what nobody asked for is skipped.
        let deep = format!("{{\"x\": {}{}, \"y\": 1}}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(Members::of_body(deep.as_bytes()).unwrap().number("y"), Some(1));
    }
}
