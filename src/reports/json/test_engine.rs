//! The JSON of Buildkite's test collectors: a list of results.

use std::ops::ControlFlow;

use serde::de::MapAccess;

use crate::model::TestStatus;
use crate::reports::TestCase;
use crate::reports::draft::{NAMELESS, passed};
use crate::reports::numbers::seconds;
use crate::reports::out::Out;
use crate::reports::text::{Text, first_line};

use super::members::{Listener, Object, lines, pass_over, text, word};

/// One result, as it is told.
#[derive(Default)]
pub(super) struct Told {
    scope: Text,
    pub name: Option<Text>,
    location: Text,
    file: Text,
    result: Option<Text>,
    reason: Text,
    expanded: Text,
    history: History,
}

/// The span of the whole test.
#[derive(Default)]
struct History {
    /// In seconds.
    duration: Text,
}

impl Told {
    pub(super) fn is_test(&self) -> bool {
        self.name.is_some() || self.result.is_some()
    }

    pub(super) fn send(self, out: &mut Out<'_>) -> ControlFlow<()> {
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
            class: self.scope.trimmed(),
            status,
            duration_ms: seconds(self.history.duration.as_str()),
            message: message.filter(|_| status != TestStatus::Passed),
            stack: stack.filter(|_| status != TestStatus::Passed),
            file: self.file.trimmed().or(place),
            line,
            ..passed(name.trimmed().unwrap_or_else(|| NAMELESS.to_owned()))
        })
    }
}

impl Listener for Told {
    const IS: &'static str = "a test result";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "scope" => self.scope = word(object)?,
            "name" => self.name = Some(word(object)?),
            "location" => self.location = word(object)?,
            "file_name" => self.file = word(object)?,
            "result" => self.result = Some(word(object)?),
            "failure_reason" => self.reason = text(object)?,
            // `[{"expanded": [...], "backtrace": [...]}]`
            "failure_expanded" => self.expanded = lines(object)?,
            "history" => object.next_value_seed(Object(&mut self.history))?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}

impl Listener for History {
    const IS: &'static str = "the spans of a test";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "duration" => self.duration = word(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}
