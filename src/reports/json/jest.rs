//! What Jest and Vitest write with `--json` and `--reporter=json`: `testResults`, a file of tests each.
//!
//! The name of a file stands behind its tests, so they wait for it. It is the path on the machine that ran them, of
//! which the suite is what lies within the checkout.

use std::ops::ControlFlow;

use serde::de::MapAccess;

use crate::model::{TestStatus, Timestamp};
use crate::reports::TestCase;
use crate::reports::draft::{NAMELESS, passed};
use crate::reports::held::Held;
use crate::reports::numbers::{milliseconds, since_1970};
use crate::reports::out::Out;
use crate::reports::place::within_checkout;
use crate::reports::text::{Said, Text, first_line, path, together};

use super::members::{
    Fault, Listener, Location, Object, Objects, Texts, number, pass_over, text, word,
};
use super::{further, strange};

/// Texts of one test that are kept.
const TEXTS_MAX: usize = 8;
/// Titles around one test; blocks lie no deeper in each other.
const TITLES_MAX: usize = 64;
/// The case of a file that failed by itself, as Jest says it.
const NOT_RUN: &str = "Test suite failed to run";

#[derive(Default)]
pub(super) struct Jest {
    held: Held<()>,
}

impl Jest {
    pub(super) fn files<'r, 's>(&'r mut self, out: &'r mut Out<'s>) -> Files<'r, 's> {
        Files { jest: self, out, file: File::default() }
    }

    pub(super) fn end(&mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        self.release(None, out)
    }

    fn hold(&mut self, case: TestCase, out: &mut Out<'_>) -> ControlFlow<()> {
        let lacks = "a file has too many tests before its name: they have no suite";
        match self.held.push((), case, out, lacks) {
            true => ControlFlow::Continue(()),
            false => self.release(None, out),
        }
    }

    fn release(&mut self, suite: Option<&str>, out: &mut Out<'_>) -> ControlFlow<()> {
        for ((), case) in self.held.take() {
            let suite = suite.map(str::to_owned);
            out.case(TestCase { file: suite.clone(), suite, ..case })?;
        }
        ControlFlow::Continue(())
    }
}

pub(super) struct Files<'r, 's> {
    jest: &'r mut Jest,
    out: &'r mut Out<'s>,
    file: File,
}

#[derive(Default)]
struct File {
    path: Text,
    status: Text,
    /// Of all that failed in it, or why it did not run.
    message: Text,
    fault: Fault,
    is_one: bool,
    has_cases: bool,
    has_failed: bool,
}

impl File {
    /// Whether something went wrong that no test of it tells: it does not compile, or a hook failed.
    fn is_broken(&self) -> bool {
        let is_silent = self.status.as_str() == "failed" && !self.has_failed;
        self.fault.is_told() || (is_silent && (!self.has_cases || !self.message.is_empty()))
    }

    fn broken(&self, out: &mut Out<'_>) -> TestCase {
        let Fault { message: why, stack, .. } = &self.fault;
        let told = [&self.message, stack, why].into_iter().find(|text| !text.is_empty());
        let Some(told) = told else {
            return TestCase { status: TestStatus::Errored, ..passed(NOT_RUN.to_owned()) };
        };
        out.took(told);
        // `● Test suite failed to run` says nothing more.
        let rest = told.as_str().split_once(NOT_RUN).map_or(told.as_str(), |(_, rest)| rest);
        let message = first_line(rest).map(str::to_owned);
        let (message, stack) = together([Said::new(message, told.lines(), None)]);
        TestCase { status: TestStatus::Errored, message, stack, ..passed(NOT_RUN.to_owned()) }
    }
}

impl Listener for Files<'_, '_> {
    const IS: &'static str = "a file of tests";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        // The other names are those that Jest has within, and that its results processors pass on.
        match key {
            "name" | "testFilePath" => self.file.path = word(object)?,
            "status" => self.file.status = word(object)?,
            "message" | "failureMessage" => self.file.message = text(object)?,
            "testExecError" => object.next_value_seed(Object(&mut self.file.fault))?,
            "assertionResults" | "testResults" => {
                let Self { jest, out, file } = self;
                let mut tests = Tests { jest, out, file, test: Test::default() };
                let is_list = object.next_value_seed(Objects(&mut tests))?;
                self.file.is_one |= is_list;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let file = std::mem::take(&mut self.file);
        if !file.is_one {
            return Err(strange(self.out, "`assertionResults`"));
        }
        let suite = self.out.said(&file.path).map(|path| within_checkout(&path));
        if file.is_broken() {
            let broken = file.broken(self.out);
            self.out.suites += u64::from(!file.has_cases);
            further(self.jest.hold(broken, self.out))?;
        }
        further(self.jest.release(suite.as_deref(), self.out))
    }
}

struct Tests<'r, 's> {
    jest: &'r mut Jest,
    out: &'r mut Out<'s>,
    file: &'r mut File,
    test: Test,
}

#[derive(Default)]
struct Test {
    /// The titles of what is around it.
    around: Vec<Text>,
    title: Text,
    status: Text,
    duration: Text,
    failures: Vec<Text>,
    /// Why it was tried again, each time.
    retries: Vec<Text>,
    invocations: Option<u32>,
    started_at: Option<Timestamp>,
    location: Location,
}

impl Test {
    fn done(self, out: &mut Out<'_>) -> TestCase {
        let status = match self.status.as_str() {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            // Pending, skipped, todo, disabled: it did not run.
            _ => TestStatus::Skipped,
        };
        let is_tried_again = !self.retries.is_empty() || self.invocations > Some(1);
        for text in self.failures.iter().chain(&self.retries) {
            out.took(text);
        }
        let is_retried = is_tried_again && status == TestStatus::Passed;
        let (message, stack) = match (status, is_retried) {
            (TestStatus::Passed, false) => (None, None),
            _ => together(self.failures.iter().chain(&self.retries).map(Said::with_frames)),
        };
        let titles = self.around.iter().map(Text::as_str);
        TestCase {
            class: path(titles),
            status,
            duration_ms: milliseconds(self.duration.as_str()),
            message,
            stack,
            is_retried,
            line: self.location.line,
            started_at: self.started_at,
            ..passed(out.said(&self.title).unwrap_or_else(|| NAMELESS.to_owned()))
        }
    }
}

impl Listener for Tests<'_, '_> {
    const IS: &'static str = "a test";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let test = &mut self.test;
        match key {
            "ancestorTitles" => object.next_value_seed(Texts(&mut test.around, TITLES_MAX))?,
            "title" => test.title = word(object)?,
            "status" => test.status = word(object)?,
            "duration" => test.duration = word(object)?,
            "failureMessages" => object.next_value_seed(Texts(&mut test.failures, TEXTS_MAX))?,
            "retryReasons" => object.next_value_seed(Texts(&mut test.retries, TEXTS_MAX))?,
            "invocations" => test.invocations = number(object)?,
            "startAt" => test.started_at = since_1970(word(object)?.as_str()),
            "location" => object.next_value_seed(Object(&mut test.location))?,
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let case = std::mem::take(&mut self.test).done(self.out);
        self.out.suites += u64::from(!self.file.has_cases);
        self.file.has_cases = true;
        self.file.has_failed |= case.status == TestStatus::Failed;
        further(self.jest.hold(case, self.out))
    }
}
