//! NUnit, versions 2 and 3: every `test-case` is a test.

use std::ops::ControlFlow;

use crate::model::TestStatus;

use super::Format;
use super::draft::{Draft, Slot, file_name, split_name, without_class};
use super::numbers::{seconds, time};
use super::out::Out;
use super::xml::{Dialect, Tag, Words};

pub(super) struct Nunit {
    format: Format,
    suites: Vec<Suite>,
    draft: Option<Draft>,
}

struct Suite {
    depth: usize,
    /// The file that its tests are in.
    assembly: Option<String>,
    has_cases: bool,
}

impl Nunit {
    pub(super) fn new(format: Format) -> Self {
        Self { format, suites: Vec::new(), draft: None }
    }

    fn open_suite(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let name = tag.get("name").unwrap_or_default();
        let is_file = [".dll", ".exe"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let is_assembly = is_file || tag.get("type") == Some("Assembly");
        let assembly = match is_assembly {
            true => out.some_name(file_name(name)),
            false => self.suites.last().and_then(|suite| suite.assembly.clone()),
        };
        self.suites.push(Suite { depth, assembly, has_cases: false });
    }

    fn open_case(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let mut draft = Draft::new(depth);
        let case = &mut draft.case;
        let (mut name, mut full) = (None, None);
        let mut outcome = Outcome::default();
        for (key, value) in tag.attributes() {
            match key {
                "name" => name = out.some_name(value),
                "fullname" => full = out.some_name(value),
                "classname" => case.class = out.some_name(value),
                "result" => outcome.result = value,
                "label" => outcome.label = value,
                "executed" => outcome.executed = value,
                "success" => outcome.success = value,
                "duration" | "time" => case.duration_ms = seconds(value),
                "start-time" => case.started_at = time(value),
                _ => {}
            }
        }
        case.status = outcome.status();
        let name = name.or(full).unwrap_or_default();
        (case.class, case.name) = match case.class.take() {
            Some(class) => (Some(class.clone()), without_class(name, Some(&class))),
            None => {
                let (class, name) = split_name(&name);
                (class.map(str::to_owned), name.to_owned())
            }
        };
        if let Some(suite) = self.suites.last_mut() {
            case.suite.clone_from(&suite.assembly);
            out.suites += u64::from(!suite.has_cases);
            suite.has_cases = true;
        }
        self.draft = Some(draft);
    }
}

/// What an element says of how its test ended; version 2.2 has no `result`.
#[derive(Default)]
struct Outcome<'a> {
    result: &'a str,
    label: &'a str,
    executed: &'a str,
    success: &'a str,
}

impl Outcome<'_> {
    fn status(&self) -> TestStatus {
        let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
        if is(self.label, "Error") || is(self.result, "Error") {
            return TestStatus::Errored;
        }
        if is(self.result, "Failed") || is(self.result, "Failure") {
            return TestStatus::Failed;
        }
        if is(self.executed, "False") {
            return TestStatus::Skipped;
        }
        match self.result {
            "" if is(self.success, "False") => TestStatus::Failed,
            "" if is(self.success, "True") => TestStatus::Passed,
            result if is(result, "Passed") || is(result, "Success") => TestStatus::Passed,
            // Skipped, Ignored, NotRunnable, Inconclusive, Warning: no verdict.
            _ => TestStatus::Skipped,
        }
    }
}

impl Dialect for Nunit {
    fn format(&self) -> Format {
        self.format
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        match (&mut self.draft, tag.name) {
            (None, "test-suite" | "test-results") => self.open_suite(tag, depth, out),
            (None, "test-case") => self.open_case(tag, depth, out),
            (None, _) => {}
            (Some(draft), "failure") if depth == draft.depth + 1 => draft.enter("failure", depth),
            (Some(draft), "reason") if depth == draft.depth + 1 => draft.enter("reason", depth),
            (Some(draft), "message")
                if draft.is_in("failure", depth) || draft.is_in("reason", depth) =>
            {
                draft.take(Slot::Message, depth);
            }
            (Some(draft), "stack-trace") if draft.is_in("failure", depth) => {
                draft.take(Slot::Stack, depth);
            }
            (Some(_), _) => {}
        }
        ControlFlow::Continue(())
    }

    fn words(&mut self, words: Words<'_>, _: usize) {
        if let Some(draft) = &mut self.draft {
            draft.words(words);
        }
    }

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        if self.draft.is_none() {
            self.suites.pop_if(|suite| suite.depth == depth);
        }
        Draft::close_any(&mut self.draft, depth, out)
    }
}
