//! What RSpec writes with `--format json`: `examples`, and counts in `summary`.
//!
//! What went wrong outside of them (a file that does not load, a hook of the whole run) is only counted, and said among
//! other `messages`.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use serde::de::MapAccess;

use crate::model::TestStatus;
use crate::reports::draft::{NAMELESS, passed};
use crate::reports::numbers::seconds;
use crate::reports::out::Out;
use crate::reports::place::within_checkout;
use crate::reports::text::{NAME_MAX, Said, TEXT_MAX, Text, first_line, together};
use crate::reports::{Format, TestCase};

use super::members::{Fault, Listener, Object, number, pass_over, text, word};
use super::{further, strange};

/// Messages that are looked through for what went wrong outside of examples.
pub(super) const OUTSIDE_MAX: usize = 32;
/// How RSpec begins such a message.
const OUTSIDE: &str = "An error occurred";

#[derive(Default)]
pub(super) struct Rspec {
    pub messages: Vec<Text>,
    pub summary: Counts,
    /// Files that had an example, by their hashes: examples come in any order.
    files: HashSet<u64>,
    hasher: RandomState,
}

impl Rspec {
    pub(super) fn examples<'r, 's>(&'r mut self, out: &'r mut Out<'s>) -> Examples<'r, 's> {
        Examples { rspec: self, out, example: Example::default() }
    }

    pub(super) fn end(&mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        let count = self.summary.outside.unwrap_or(0) as usize;
        if count == 0 || out.format != Some(Format::RspecJson) {
            return ControlFlow::Continue(());
        }
        let is_one =
            |text: &Text| first_line(text.as_str()).is_some_and(|line| line.contains(OUTSIDE));
        let said: Vec<Text> =
            std::mem::take(&mut self.messages).into_iter().filter(is_one).take(count).collect();
        for text in &said {
            let case = outside(text, out);
            out.case(case)?;
        }
        // RSpec says each; where it was told to be quiet, that there are any.
        match said.is_empty() {
            true => {
                out.case(TestCase { status: TestStatus::Errored, ..passed(OUTSIDE.to_owned()) })
            }
            false => ControlFlow::Continue(()),
        }
    }
}

/// `An error occurred while loading ./spec/cart_spec.rb.`: a case of that name.
fn outside(text: &Text, out: &mut Out<'_>) -> TestCase {
    out.took(text);
    let (name, rest) = match text.as_str().trim().split_once('\n') {
        Some((name, rest)) => (name.trim(), rest),
        None => (text.as_str().trim(), ""),
    };
    let mut short = Text::default();
    short.push(name, NAME_MAX);
    let mut body = Text::default();
    body.push(rest, TEXT_MAX);
    let (message, stack) = together([Said::with_frames(&body)]);
    let name = out.said(&short).unwrap_or_else(|| OUTSIDE.to_owned());
    TestCase { status: TestStatus::Errored, message, stack, ..passed(name) }
}

#[derive(Default)]
pub(super) struct Counts {
    outside: Option<u32>,
}

impl Listener for Counts {
    const IS: &'static str = "counts";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "errors_outside_of_examples_count" => self.outside = number(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}

pub(super) struct Examples<'r, 's> {
    rspec: &'r mut Rspec,
    out: &'r mut Out<'s>,
    example: Example,
}

#[derive(Default)]
struct Example {
    id: Text,
    description: Option<Text>,
    full_description: Text,
    status: Option<Text>,
    file: Text,
    line: Option<u32>,
    /// In seconds.
    run_time: Text,
    pending: Text,
    exception: Fault,
}

impl Example {
    fn done(self, out: &mut Out<'_>) -> TestCase {
        let status = match self.status.as_ref().map_or("", Text::as_str) {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            // Pending.
            _ => TestStatus::Skipped,
        };
        let name = self.description.and_then(|name| out.said(&name));
        let full = out.said(&self.full_description);
        // The groups around it stand before its own description.
        let class = match (&full, &name) {
            (Some(full), Some(name)) => full.strip_suffix(name.as_str()).map(str::trim_end),
            _ => None,
        };
        let class = class.filter(|class| !class.is_empty()).map(str::to_owned);
        let file = out.said(&self.file);
        // `./spec/cart_spec.rb[1:2:1]`: a shared example lies in another file than the one that runs it.
        let id = out.said(&self.id);
        let runs = id.as_deref().and_then(|id| id.rsplit_once('[')).map(|(file, _)| file);
        let suite = runs.or(file.as_deref()).map(within_checkout);
        let Fault { class: kind, message, stack } = self.exception;
        out.took(&message);
        out.took(&stack);
        let (message, stack) = match status {
            TestStatus::Skipped => (out.said(&self.pending), None),
            _ => {
                let kind = out.said(&kind);
                let frames = stack.lines();
                let body = kind.iter().chain(&frames).map(String::as_str).collect::<Vec<_>>();
                let body = frames.as_ref().map(|_| body.join("\n"));
                together([Said::new(message.trimmed(), body, kind)])
            }
        };
        TestCase {
            suite,
            class,
            status,
            duration_ms: seconds(self.run_time.as_str()),
            message,
            stack,
            file: file.as_deref().map(within_checkout),
            line: self.line,
            ..passed(name.or(full).unwrap_or_else(|| NAMELESS.to_owned()))
        }
    }
}

impl Listener for Examples<'_, '_> {
    const IS: &'static str = "an example";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let example = &mut self.example;
        match key {
            "id" => example.id = word(object)?,
            "description" => example.description = Some(word(object)?),
            "full_description" => example.full_description = word(object)?,
            "status" => example.status = Some(word(object)?),
            "file_path" => example.file = word(object)?,
            "line_number" => example.line = number(object)?,
            "run_time" => example.run_time = word(object)?,
            "pending_message" => example.pending = text(object)?,
            "exception" => object.next_value_seed(Object(&mut example.exception))?,
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let example = std::mem::take(&mut self.example);
        if example.status.is_none() || example.description.is_none() {
            return Err(strange(self.out, "`description` and `status`"));
        }
        self.out.format = Some(Format::RspecJson);
        let case = example.done(self.out);
        let file = self.rspec.hasher.hash_one(&case.suite);
        self.out.suites += u64::from(self.rspec.files.insert(file));
        further(self.out.case(case))
    }
}
