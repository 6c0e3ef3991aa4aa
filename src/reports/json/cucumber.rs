//! What Cucumber's formatter `json` writes: a list of features, whose `elements` are scenarios with their steps.
//!
//! A background is told as an element of its own before each scenario, and is part of it. What a feature is called
//! stands behind its elements where Java and JavaScript write it, so scenarios wait for it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde::de::MapAccess;

use crate::model::{TestStatus, Timestamp};
use crate::reports::TestCase;
use crate::reports::draft::{NAMELESS, passed};
use crate::reports::held::Held;
use crate::reports::numbers::{nanoseconds, time};
use crate::reports::out::Out;
use crate::reports::place::within_checkout;
use crate::reports::text::{NAME_MAX, Said, Text, together};

use super::further;
use super::members::{Listener, Object, Objects, number, pass_over, text, word};

#[derive(Default)]
pub(super) struct Cucumber {
    held: Held<()>,
    /// What came of the background that belongs to the scenario after it.
    background: Outcome,
}

impl Cucumber {
    pub(super) fn end(&mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        self.release(None, None, out)
    }

    fn hold(&mut self, case: TestCase, out: &mut Out<'_>) -> ControlFlow<()> {
        let lacks = "a feature has too many scenarios before its name: they have no suite";
        match self.held.push((), case, out, lacks) {
            true => ControlFlow::Continue(()),
            false => self.release(None, None, out),
        }
    }

    /// A feature is whole: its scenarios go.
    pub(super) fn release(
        &mut self,
        uri: Option<&str>,
        name: Option<&str>,
        out: &mut Out<'_>,
    ) -> ControlFlow<()> {
        self.background = Outcome::default();
        let held = self.held.take();
        out.suites += u64::from(!held.is_empty());
        let mut lines: HashMap<String, Vec<u32>> = HashMap::new();
        for ((), case) in &held {
            lines.entry(case.name.clone()).or_default().extend(case.line);
        }
        for lines in lines.values_mut() {
            lines.sort_unstable();
            lines.dedup();
        }
        let suite = uri.map(within_checkout);
        for ((), case) in held {
            let of_name = lines.get(&case.name).zip(case.line);
            let nth = of_name.and_then(|(lines, line)| lines.binary_search(&line).ok());
            let case_name = match nth {
                Some(nth) if nth > 0 => numbered(&case.name, "", nth + 1),
                _ => case.name,
            };
            let (suite, class) = (suite.clone(), name.map(str::to_owned));
            out.case(TestCase { file: suite.clone(), suite, class, name: case_name, ..case })?;
        }
        ControlFlow::Continue(())
    }
}

/// The elements of a feature, one after the other.
pub(super) struct Elements<'r, 's> {
    cucumber: &'r mut Cucumber,
    out: &'r mut Out<'s>,
    element: Element,
}

#[derive(Default)]
struct Element {
    id: Text,
    name: Text,
    kind: Text,
    line: Option<u32>,
    started_at: Option<Timestamp>,
    outcome: Outcome,
}

impl<'r, 's> Elements<'r, 's> {
    pub(super) fn new(cucumber: &'r mut Cucumber, out: &'r mut Out<'s>) -> Self {
        Self { cucumber, out, element: Element::default() }
    }
}

impl Listener for Elements<'_, '_> {
    const IS: &'static str = "a scenario";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let element = &mut self.element;
        match key {
            "id" => element.id = word(object)?,
            "name" => element.name = word(object)?,
            "type" => element.kind = word(object)?,
            "line" => element.line = number(object)?,
            "start_timestamp" => element.started_at = time(word(object)?.as_str()),
            "steps" | "before" | "after" | "around" => {
                let mut steps = Steps { outcome: &mut element.outcome, step: Step::default() };
                object.next_value_seed(Objects(&mut steps))?;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let Element { id, name, kind, line, started_at, outcome } =
            std::mem::take(&mut self.element);
        let mut whole = std::mem::take(&mut self.cucumber.background);
        whole.add(outcome);
        if kind.as_str() == "background" {
            self.cucumber.background = whole;
            return Ok(());
        }
        let name = self.out.said(&name).unwrap_or_else(|| NAMELESS.to_owned());
        // Every row of an outline has its name.
        let name = match row(id.as_str()) {
            Some((examples, nth)) => numbered(&name, examples, nth),
            None => name,
        };
        let (message, stack) = whole.texts(self.out);
        let case = TestCase {
            status: whole.verdict.status(),
            duration_ms: whole.duration_ms,
            message,
            stack,
            line,
            started_at,
            ..passed(name)
        };
        further(self.cucumber.hold(case, self.out))
    }
}

/// Which row of its examples a scenario is, by an id as Ruby and Java make it: `feature;scenario;examples;2`, where
/// the first row is that of the names.
fn row(id: &str) -> Option<(&str, usize)> {
    let mut parts = id.rsplitn(3, ';');
    let nth: usize = parts.next()?.parse().ok()?;
    let examples = parts.next()?;
    let is_outline = parts.next().is_some_and(|scenario| scenario.contains(';'));
    (is_outline && nth > 1).then_some((examples, nth - 1))
}

/// `adds [#2]`, `adds [large-numbers #2]`.
fn numbered(name: &str, examples: &str, nth: usize) -> String {
    let blank = if examples.is_empty() { "" } else { " " };
    let mut numbered = Text::default();
    numbered.push(name, NAME_MAX);
    numbered.push(&format!(" [{examples}{blank}#{nth}]"), NAME_MAX);
    numbered.as_str().to_owned()
}

/// What came of a step; of a scenario the worst, as Cucumber orders them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It has no steps, or was only looked through.
    #[default]
    Unknown,
    Passed,
    Skipped,
    Pending,
    /// Nothing says what to do in a step, or too much.
    Undefined,
    Ambiguous,
    Failed,
}

impl Verdict {
    fn of(word: &str) -> Self {
        match word {
            "passed" => Self::Passed,
            "skipped" => Self::Skipped,
            "pending" => Self::Pending,
            "undefined" => Self::Undefined,
            "ambiguous" => Self::Ambiguous,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }

    fn status(self) -> TestStatus {
        match self {
            Self::Passed => TestStatus::Passed,
            Self::Unknown | Self::Skipped | Self::Pending => TestStatus::Skipped,
            Self::Undefined | Self::Ambiguous => TestStatus::Errored,
            Self::Failed => TestStatus::Failed,
        }
    }

    /// What is said where Cucumber says nothing more.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Pending => Some("pending step"),
            Self::Undefined => Some("undefined step"),
            Self::Ambiguous => Some("ambiguous step"),
            Self::Unknown | Self::Passed | Self::Skipped | Self::Failed => None,
        }
    }
}

/// What came of steps and hooks together.
#[derive(Default)]
struct Outcome {
    verdict: Verdict,
    duration_ms: Option<f64>,
    /// The first of the worst: what it is called, and what went wrong.
    step: Text,
    error: Text,
}

impl Outcome {
    fn add(&mut self, more: Self) {
        if let Some(ms) = more.duration_ms {
            *self.duration_ms.get_or_insert(0.0) += ms;
        }
        if more.verdict > self.verdict {
            (self.verdict, self.step, self.error) = (more.verdict, more.step, more.error);
        }
    }

    fn texts(&self, out: &mut Out<'_>) -> (Option<String>, Option<String>) {
        if self.verdict <= Verdict::Passed {
            return (None, None);
        }
        let step = out.said(&self.step);
        out.took(&self.error);
        if !self.error.as_str().trim().is_empty() {
            return together([Said::with_frames(&self.error)]);
        }
        let message = self.verdict.word().map(|word| match step {
            Some(step) => format!("{word}: {step}"),
            None => word.to_owned(),
        });
        (message, None)
    }
}

/// Steps, or hooks, which are told alike.
struct Steps<'o> {
    outcome: &'o mut Outcome,
    step: Step,
}

#[derive(Default)]
struct Step {
    keyword: Text,
    name: Text,
    result: Told,
}

#[derive(Default)]
struct Told {
    verdict: Verdict,
    duration: Text,
    error: Text,
}

impl Listener for Steps<'_> {
    const IS: &'static str = "a step";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "keyword" => self.step.keyword = word(object)?,
            "name" => self.step.name = word(object)?,
            "result" => object.next_value_seed(Object(&mut self.step.result))?,
            // Hooks of the step alone.
            "before" | "after" => {
                let mut hooks = Steps { outcome: &mut *self.outcome, step: Step::default() };
                object.next_value_seed(Objects(&mut hooks))?;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let Step { keyword, name, result } = std::mem::take(&mut self.step);
        let mut step = Text::default();
        for part in [keyword.as_str().trim(), name.as_str().trim()] {
            step.push(if step.is_empty() { "" } else { " " }, NAME_MAX);
            step.push(part, NAME_MAX);
        }
        self.outcome.add(Outcome {
            verdict: result.verdict,
            duration_ms: nanoseconds(result.duration.as_str()),
            step,
            error: result.error,
        });
        Ok(())
    }
}

impl Listener for Told {
    const IS: &'static str = "a result";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "status" => self.verdict = Verdict::of(word(object)?.as_str()),
            "duration" => self.duration = word(object)?,
            "error_message" => self.error = text(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_by_its_id_where_that_says_it() {
        for (id, told) in [
            ("cart;adds;;2", Some(("", 1))),
            ("cart;adds;large-numbers;4", Some(("large-numbers", 3))),
            ("cart;adds", None),
            ("cart;adds;2", None),
            ("cart;adds;;1", None),
            ("", None),
        ] {
            assert_eq!(row(id), told, "{id}");
        }
    }
}
