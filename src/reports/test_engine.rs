//! The JSON of Buildkite's test collectors: a list of results, alone or as `data` of an object.

use std::fmt;
use std::io::BufRead;
use std::ops::ControlFlow;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::TestStatus;

use super::decode::Decoded;
use super::draft::NAMELESS;
use super::json::Json;
use super::numbers::seconds;
use super::out::Out;
use super::text::{NAME_MAX, TEXT_MAX, Text, first_line};
use super::{Format, Malformed, TestCase};

pub(super) fn read(input: Decoded<impl BufRead>, out: &mut Out<'_>) -> Result<(), Malformed> {
    let mut input = Json::new(input);
    let mut json = serde_json::Deserializer::from_reader(&mut input);
    let mut report = Report { out, has_list: false };
    let result = json.deserialize_any(&mut report).and_then(|()| json.end());
    let Report { out, has_list } = report;
    let reason = match result {
        _ if out.is_stopped() => return Ok(()),
        Ok(()) if has_list => return Ok(()),
        Ok(()) => "not a test report: an object without a list `data`".to_owned(),
        Err(error) => plain(&error),
    };
    let place = input.place();
    Err(Malformed { line: place.line, column: place.column, reason })
}

/// The parser's words without its place: it counts bytes, and not those that were left out.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) if error.line() > 0 => text[..at].to_owned(),
        _ => text,
    }
}

struct Report<'o, 's> {
    out: &'o mut Out<'s>,
    has_list: bool,
}

impl<'de> Visitor<'de> for &mut Report<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of test results")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.has_list = true;
        let mut is_first = true;
        while let Some(told) = list.next_element_seed(One)? {
            if !told.is_test() {
                return Err(A::Error::custom(match is_first {
                    true => "not a test report: what is in the list has no `name` and no `result`",
                    false => "an entry of the list has no `name` and no `result`",
                }));
            }
            self.out.format = Some(Format::BuildkiteJson);
            self.out.suites += u64::from(is_first);
            is_first = false;
            if told.pass(self.out).is_break() {
                return Err(A::Error::custom("enough"));
            }
        }
        self.out.format = Some(Format::BuildkiteJson);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key_seed(Word(NAME_MAX))? {
            match key.as_str() {
                "data" if !self.has_list => object.next_value_seed(List(self))?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct List<'r, 'o, 's>(&'r mut Report<'o, 's>);

impl<'de> DeserializeSeed<'de> for List<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self.0)
    }
}

/// One result, as it is told.
#[derive(Default)]
struct Told {
    scope: Text,
    name: Option<Text>,
    location: Text,
    file: Text,
    result: Option<Text>,
    reason: Text,
    expanded: Text,
    duration: Text,
}

impl Told {
    fn is_test(&self) -> bool {
        self.name.is_some() || self.result.is_some()
    }

    fn pass(self, out: &mut Out<'_>) -> ControlFlow<()> {
        let name = self.name.unwrap_or_default();
        for text in [&self.scope, &name, &self.reason, &self.expanded] {
            out.took(text);
        }
        let status = match self.result.as_ref().map_or("", Text::as_str) {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            "error" | "errored" => TestStatus::Errored,
            // Skipped, pending, unknown: no verdict.
            _ => TestStatus::Skipped,
        };
        // `./spec/cart_spec.rb:12`
        let location = self.location.trimmed();
        let (place, line) = match location.as_deref().and_then(|text| text.rsplit_once(':')) {
            Some((place, line)) => (Some(place.to_owned()), line.parse().ok()),
            None => (location, None),
        };
        let stack = self.expanded.lines();
        let first = || first_line(self.expanded.as_str()).map(str::to_owned);
        let message = self.reason.trimmed().or_else(first);
        out.case(TestCase {
            suite: None,
            class: self.scope.trimmed(),
            name: name.trimmed().unwrap_or_else(|| NAMELESS.to_owned()),
            status,
            duration_ms: seconds(self.duration.as_str()),
            message: message.filter(|_| status != TestStatus::Passed),
            stack: stack.filter(|_| status != TestStatus::Passed),
            is_retried: false,
            attempt: 1,
            file: self.file.trimmed().or(place),
            line,
            started_at: None,
        })
    }
}

struct One;

impl<'de> DeserializeSeed<'de> for One {
    type Value = Told;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Told, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a test result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Told, A::Error> {
        let mut told = Told::default();
        while let Some(key) = object.next_key_seed(Word(NAME_MAX))? {
            match key.as_str() {
                "scope" => told.scope = object.next_value_seed(Word(NAME_MAX))?,
                "name" => told.name = Some(object.next_value_seed(Word(NAME_MAX))?),
                "location" => told.location = object.next_value_seed(Word(NAME_MAX))?,
                "file_name" => told.file = object.next_value_seed(Word(NAME_MAX))?,
                "result" => told.result = Some(object.next_value_seed(Word(NAME_MAX))?),
                "failure_reason" => told.reason = object.next_value_seed(Word(TEXT_MAX))?,
                "failure_expanded" => {
                    let (text, max, is_deep) = (&mut told.expanded, TEXT_MAX, true);
                    object.next_value_seed(Words { text, max, is_deep })?;
                }
                "history" => object.next_value_seed(History(&mut told.duration))?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(told)
    }
}

/// A text, or a number or a flag as text; anything else is none.
struct Word(usize);

impl<'de> DeserializeSeed<'de> for Word {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Text, D::Error> {
        let mut text = Text::default();
        Words { text: &mut text, max: self.0, is_deep: false }.deserialize(from)?;
        Ok(text)
    }
}

/// Texts, each on a line; those within lists and objects only where it goes deep:
/// `[{"expanded": [...], "backtrace": [...]}]`.
struct Words<'t> {
    text: &'t mut Text,
    max: usize,
    is_deep: bool,
}

impl<'de> DeserializeSeed<'de> for Words<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Words<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if !self.text.is_empty() {
            self.text.push("\n", self.max);
        }
        self.text.push(text, self.max);
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.visit_str(&flag.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { text, max, is_deep } = self;
        if !is_deep {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while list.next_element_seed(Words { text: &mut *text, max, is_deep })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { text, max, is_deep } = self;
        while object.next_key::<IgnoredAny>()?.is_some() {
            match is_deep {
                true => object.next_value_seed(Words { text: &mut *text, max, is_deep })?,
                false => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The seconds that the span of the whole test took.
struct History<'t>(&'t mut Text);

impl<'de> DeserializeSeed<'de> for History<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for History<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the spans of a test")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key_seed(Word(NAME_MAX))? {
            match key.as_str() {
                "duration" => *self.0 = object.next_value_seed(Word(NAME_MAX))?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
