//! What Playwright's reporter `json` writes: `suites` are files, with blocks within each other, `specs` in them, and of
//! each spec a test for every project.
//!
//! Titles may stand behind what they are of, so the tests of a file wait until it is whole.

use std::ops::ControlFlow;

use serde::de::MapAccess;

use crate::model::TestStatus;
use crate::reports::draft::{NAMELESS, passed};
use crate::reports::held::Held;
use crate::reports::numbers::{milliseconds, time};
use crate::reports::out::Out;
use crate::reports::place::within_checkout;
use crate::reports::text::{Said, Text, path, together};
use crate::reports::{Format, TestCase};

use super::members::{Fault, Listener, Location, Object, Objects, number, pass_over, text, word};
use super::{further, strange};

/// Tries of one test, and errors of one try, whose texts are kept.
const TEXTS_MAX: usize = 8;
/// Errors of the run itself that are told.
const ERRORS_MAX: usize = 32;
/// The case of what went wrong outside of tests.
const OUTSIDE: &str = "error outside of tests";

#[derive(Default)]
pub(super) struct Playwright {
    /// With their projects.
    held: Held<Option<String>>,
    pub errors: Errors,
}

impl Playwright {
    pub(super) fn files<'r, 's>(&'r mut self, out: &'r mut Out<'s>) -> Suites<'r, 's> {
        Suites { is_file: true, playwright: self, out, from: 0, suite: Suite::default() }
    }

    pub(super) fn end(&mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        self.release(None, out)?;
        if out.format == Some(Format::PlaywrightJson) {
            for error in std::mem::take(&mut self.errors.told) {
                let case = error.done(out);
                out.case(case)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn hold(
        &mut self,
        project: Option<String>,
        case: TestCase,
        out: &mut Out<'_>,
    ) -> ControlFlow<()> {
        let lacks = "a file has too many tests: some have no suite";
        match self.held.push(project, case, out, lacks) {
            true => ControlFlow::Continue(()),
            false => self.release(None, out),
        }
    }

    /// A file is whole: its tests go.
    fn release(&mut self, file: Option<&str>, out: &mut Out<'_>) -> ControlFlow<()> {
        for (project, case) in self.held.take() {
            let names = [project.as_deref(), file];
            let suite = path(names.into_iter().flatten());
            let file = case.file.or_else(|| file.map(str::to_owned));
            out.case(TestCase { suite, file, ..case })?;
        }
        ControlFlow::Continue(())
    }
}

/// Suites beside each other: files, or blocks in one.
pub(super) struct Suites<'r, 's> {
    is_file: bool,
    playwright: &'r mut Playwright,
    out: &'r mut Out<'s>,
    /// The first of the waiting tests that is of this suite.
    from: usize,
    suite: Suite,
}

#[derive(Default)]
struct Suite {
    title: Option<String>,
    file: Option<String>,
    is_one: bool,
}

impl Listener for Suites<'_, '_> {
    const IS: &'static str = "a suite";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let (playwright, out) = (&mut *self.playwright, &mut *self.out);
        let from = playwright.held.len();
        match key {
            "title" => self.suite.title = out.said(&word(object)?),
            "file" => self.suite.file = out.said(&word(object)?),
            "specs" => {
                let spec = Spec::default();
                let mut specs = Specs { playwright, out, from, has_cases: false, spec };
                self.suite.is_one |= object.next_value_seed(Objects(&mut specs))?;
            }
            "suites" => {
                let suite = Suite::default();
                let mut suites = Suites { is_file: false, playwright, out, from, suite };
                self.suite.is_one |= object.next_value_seed(Objects(&mut suites))?;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let Suite { title, file, is_one } = std::mem::take(&mut self.suite);
        if !is_one {
            return Err(strange(self.out, "`specs` and no `suites`"));
        }
        if self.is_file {
            let file = file.or(title).map(|file| within_checkout(&file));
            return further(self.playwright.release(file.as_deref(), self.out));
        }
        for case in self.playwright.held.since(self.from) {
            let names = [title.as_deref(), case.class.as_deref()];
            case.class = path(names.into_iter().flatten());
        }
        self.from = self.playwright.held.len();
        Ok(())
    }
}

struct Specs<'r, 's> {
    playwright: &'r mut Playwright,
    out: &'r mut Out<'s>,
    /// The first of the waiting tests that is of this spec.
    from: usize,
    has_cases: bool,
    spec: Spec,
}

#[derive(Default)]
struct Spec {
    title: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    is_one: bool,
}

impl Listener for Specs<'_, '_> {
    const IS: &'static str = "a spec";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "title" => self.spec.title = self.out.said(&word(object)?),
            "file" => self.spec.file = self.out.said(&word(object)?),
            "line" => self.spec.line = number(object)?,
            "tests" => {
                let Self { playwright, out, has_cases, spec, .. } = self;
                let title = spec.title.as_deref();
                let mut tests = Tests { title, playwright, out, has_cases, test: Test::default() };
                let is_list = object.next_value_seed(Objects(&mut tests))?;
                self.spec.is_one |= is_list;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let Spec { title, file, line, is_one } = std::mem::take(&mut self.spec);
        if !is_one {
            return Err(strange(self.out, "`tests`"));
        }
        let file = file.map(|file| within_checkout(&file));
        for case in self.playwright.held.since(self.from) {
            if let Some(title) = &title {
                case.name.clone_from(title);
            }
            (case.file, case.line) = (file.clone(), line);
        }
        self.from = self.playwright.held.len();
        Ok(())
    }
}

struct Tests<'r, 's> {
    /// Of the spec, if it is known yet.
    title: Option<&'r str>,
    playwright: &'r mut Playwright,
    out: &'r mut Out<'s>,
    has_cases: &'r mut bool,
    test: Test,
}

#[derive(Default)]
struct Test {
    project: Text,
    /// What came of all tries, as expected or not.
    status: Text,
    expected: Text,
    notes: Notes,
    tries: Tries,
}

impl Test {
    /// What became of it, and whether it was tried again for that.
    fn verdict(&self) -> (TestStatus, bool) {
        let last = self.last_word();
        match self.status.as_str() {
            "expected" => (TestStatus::Passed, false),
            "flaky" => (TestStatus::Passed, true),
            "skipped" => (TestStatus::Skipped, false),
            _ if matches!(last, "skipped" | "") => (TestStatus::Skipped, false),
            // Somebody or something stopped the run: no verdict of the test's own.
            _ if last == "interrupted" => (TestStatus::Errored, false),
            "unexpected" => (TestStatus::Failed, false),
            _ if last == self.expected() => (TestStatus::Passed, false),
            _ => (TestStatus::Failed, false),
        }
    }

    fn expected(&self) -> &str {
        if self.expected.is_empty() { "passed" } else { self.expected.as_str() }
    }

    /// How the last try ended.
    fn last_word(&self) -> &str {
        self.tries.kept.last().map_or("", |last| last.status.as_str())
    }

    fn texts(&self, out: &mut Out<'_>) -> (Option<String>, Option<String>) {
        let last = self.last_word();
        let (message, stack) = match self.verdict() {
            (TestStatus::Passed, false) => return (None, None),
            (TestStatus::Skipped, _) => {
                (self.notes.why.as_ref().and_then(|why| out.said(why)), None)
            }
            _ => together(self.tries.kept.iter().flat_map(|one| one.said(out)).collect::<Vec<_>>()),
        };
        let word = match last {
            "" | "skipped" => None,
            word if word == self.expected() => None,
            // It should have failed.
            "passed" => Some(format!("passed, where {} was expected", self.expected())),
            word => Some(word.to_owned()),
        };
        (message.or(word), stack)
    }

    fn done(self, title: Option<&str>, out: &mut Out<'_>) -> TestCase {
        let (status, is_retried) = self.verdict();
        let (message, stack) = self.texts(out);
        let last = self.tries.kept.last();
        TestCase {
            status,
            duration_ms: last.and_then(|last| milliseconds(last.duration.as_str())),
            message,
            stack,
            is_retried,
            started_at: last.and_then(|last| time(last.started.as_str())),
            ..passed(title.unwrap_or(NAMELESS).to_owned())
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
            "projectName" => test.project = word(object)?,
            "status" => test.status = word(object)?,
            "expectedStatus" => test.expected = word(object)?,
            "annotations" => drop(object.next_value_seed(Objects(&mut test.notes))?),
            "results" => drop(object.next_value_seed(Objects(&mut test.tries))?),
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let test = std::mem::take(&mut self.test);
        let project = self.out.said(&test.project);
        let case = test.done(self.title, self.out);
        self.out.format = Some(Format::PlaywrightJson);
        self.out.suites += u64::from(!*self.has_cases);
        *self.has_cases = true;
        further(self.playwright.hold(project, case, self.out))
    }
}

/// Why a test was left out.
#[derive(Default)]
struct Notes {
    why: Option<Text>,
    kind: Text,
    description: Text,
}

impl Listener for Notes {
    const IS: &'static str = "an annotation";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "type" => self.kind = word(object)?,
            "description" => self.description = text(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let (kind, description) =
            (std::mem::take(&mut self.kind), std::mem::take(&mut self.description));
        if matches!(kind.as_str(), "skip" | "fixme") && !description.is_empty() {
            self.why.get_or_insert(description);
        }
        Ok(())
    }
}

/// The tries of one test, in their order.
#[derive(Default)]
struct Tries {
    /// The first ones, and the last.
    kept: Vec<Try>,
    open: Try,
}

#[derive(Default)]
struct Try {
    status: Text,
    duration: Text,
    started: Text,
    /// The first error as it was thrown.
    fault: Fault,
    /// All errors, each as Playwright prints it.
    errors: Vec<Text>,
}

impl Try {
    fn said(&self, out: &mut Out<'_>) -> Vec<Said> {
        let mut said = Vec::new();
        let mut errors = self.errors.iter();
        if self.fault.is_told() {
            let first = errors.next();
            let body = if self.fault.stack.is_empty() { first } else { Some(&self.fault.stack) };
            out.took(&self.fault.message);
            if let Some(body) = body {
                out.took(body);
            }
            said.push(Said::new(self.fault.message.trimmed(), body.and_then(Text::lines), None));
        }
        for error in errors {
            out.took(error);
            said.push(Said::with_frames(error));
        }
        said
    }
}

impl Listener for Tries {
    const IS: &'static str = "a result";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let open = &mut self.open;
        match key {
            "status" => open.status = word(object)?,
            "duration" => open.duration = word(object)?,
            "startTime" => open.started = word(object)?,
            "error" => object.next_value_seed(Object(&mut open.fault))?,
            "errors" => {
                let mut errors = Messages { texts: &mut open.errors, fault: Fault::default() };
                object.next_value_seed(Objects(&mut errors))?;
            }
            _ => pass_over(object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        if self.kept.len() == TEXTS_MAX {
            self.kept.pop();
        }
        self.kept.push(std::mem::take(&mut self.open));
        Ok(())
    }
}

/// The messages of errors.
struct Messages<'t> {
    texts: &'t mut Vec<Text>,
    fault: Fault,
}

impl Listener for Messages<'_> {
    const IS: &'static str = Fault::IS;

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        self.fault.member(key, object)
    }

    fn whole(&mut self) -> Result<(), String> {
        let fault = std::mem::take(&mut self.fault);
        if self.texts.len() < TEXTS_MAX && !fault.message.is_empty() {
            self.texts.push(fault.message);
        }
        Ok(())
    }
}

/// What went wrong outside of tests: a file that does not load, a set-up of the whole run.
#[derive(Default)]
pub(super) struct Errors {
    told: Vec<Outside>,
    open: Outside,
}

#[derive(Default)]
struct Outside {
    fault: Fault,
    location: Location,
}

impl Outside {
    fn done(self, out: &mut Out<'_>) -> TestCase {
        let Self { fault, location } = self;
        let file = out.said(&location.file).map(|file| within_checkout(&file));
        out.took(&fault.message);
        out.took(&fault.stack);
        let said = Said::new(fault.message.trimmed(), fault.stack.lines(), None);
        let (message, stack) = together([said]);
        TestCase {
            suite: file.clone(),
            status: TestStatus::Errored,
            message,
            stack,
            file,
            line: location.line,
            ..passed(OUTSIDE.to_owned())
        }
    }
}

impl Listener for Errors {
    const IS: &'static str = Fault::IS;

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "location" => object.next_value_seed(Object(&mut self.open.location)),
            _ => self.open.fault.member(key, object),
        }
    }

    fn whole(&mut self) -> Result<(), String> {
        let open = std::mem::take(&mut self.open);
        if self.told.len() < ERRORS_MAX {
            self.told.push(open);
        }
        Ok(())
    }
}
