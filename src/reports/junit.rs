//! JUnit, in the dialects of all who write it, Google Test among them.
//!
//! Every `testcase` at any depth is a test; what suites say of their counts is not heard. The worst of its results
//! counts. Surefire's `flakyFailure` and its like tell of tries before: they change no status.

use std::ops::ControlFlow;

use crate::model::{TestStatus, Timestamp};

use super::draft::NAMELESS;
use super::numbers::{seconds, time};
use super::out::Out;
use super::place::is_place;
use super::text::{BETWEEN, NAME_MAX, Said, TEXT_MAX, Text, together};
use super::xml::{Dialect, Tag, Words};
use super::{Format, TestCase};

/// Results of one test whose texts are kept.
const RESULTS_MAX: usize = 8;
/// Tests within each other whose texts are kept.
const NESTED_MAX: usize = 4;

pub(super) struct Junit {
    format: Format,
    suites: Vec<Suite>,
    /// The tests that are open: mostly one.
    cases: Vec<Case>,
}

struct Suite {
    depth: usize,
    name: Option<String>,
    /// Its name after those of the suites around it.
    path: Option<String>,
    file: Option<String>,
    has_cases: bool,
}

struct Case {
    depth: usize,
    name: Option<String>,
    class: Option<String>,
    duration_ms: Option<f64>,
    file: Option<String>,
    line: Option<u32>,
    started_at: Option<Timestamp>,
    /// The worst of what was told so far.
    status: TestStatus,
    is_retried: bool,
    results: Vec<Told>,
    is_within_result: bool,
}

/// A child that says how the test, or a try of it, ended.
struct Told {
    kind: Kind,
    message: Option<String>,
    class: Option<String>,
    text: Text,
    /// The depth of a part that is not about what went wrong, while it is open.
    aside: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Is(TestStatus),
    /// A try of its own.
    Try,
}

impl Kind {
    fn of(element: &str) -> Option<Self> {
        Some(match element {
            "error" => Self::Is(TestStatus::Errored),
            "failure" => Self::Is(TestStatus::Failed),
            "skipped" | "disabled" => Self::Is(TestStatus::Skipped),
            "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => Self::Try,
            _ => return None,
        })
    }
}

impl Junit {
    pub(super) fn new() -> Self {
        Self { format: Format::Junit, suites: Vec::new(), cases: Vec::new() }
    }

    fn open_suite(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let (mut name, mut file) = (None, None);
        for (key, value) in tag.attributes() {
            match key {
                "name" if name.is_none() => name = out.some_name(value),
                "file" | "filepath" if file.is_none() => file = out.some_name(value),
                _ => {}
            }
        }
        let around = self.suites.last();
        let path = path(around, name.as_deref());
        let file = file.or_else(|| around.and_then(|suite| suite.file.clone()));
        self.suites.push(Suite { depth, name, path, file, has_cases: false });
    }

    fn open_case(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let mut case = Case::new(depth);
        let (mut status, mut result) = ("", "");
        let mut other_class = None;
        for (key, value) in tag.attributes() {
            match key {
                "name" if case.name.is_none() => case.name = out.some_name(value),
                "classname" if case.class.is_none() => case.class = out.some_name(value),
                "class" => other_class = Some(value),
                "time" if case.duration_ms.is_none() => case.duration_ms = seconds(value),
                "file" | "filepath" if case.file.is_none() => case.file = out.some_name(value),
                "line" | "lineno" if case.line.is_none() => case.line = value.trim().parse().ok(),
                "timestamp" => case.started_at = time(value),
                "status" => status = value,
                "result" => result = value,
                _ => {}
            }
        }
        if let (None, Some(class)) = (&case.class, other_class) {
            case.class = out.some_name(class);
        }
        let is_one_of =
            |word: &str, words: &[&str]| words.iter().any(|one| one.eq_ignore_ascii_case(word));
        if is_one_of(status, &["notrun", "disabled", "skipped"])
            || is_one_of(result, &["suppressed", "skipped"])
        {
            case.status = TestStatus::Skipped;
        }
        if is_one_of(status, &["run", "notrun"])
            && is_one_of(result, &["completed", "suppressed", "skipped"])
        {
            self.format = Format::Gtest;
        }
        if let Some(suite) = self.suites.last_mut()
            && !suite.has_cases
        {
            suite.has_cases = true;
            out.suites += 1;
        }
        self.cases.push(case);
    }

    fn open_result(&mut self, kind: Kind, tag: &Tag<'_>, out: &mut Out<'_>) {
        let is_kept = self.cases.len() <= NESTED_MAX;
        let Some(case) = self.cases.last_mut() else { return };
        match kind {
            Kind::Is(status) => case.status = worse(case.status, status),
            Kind::Try => case.is_retried = true,
        }
        case.is_within_result = is_kept && case.results.len() < RESULTS_MAX;
        if !case.is_within_result {
            return;
        }
        let mut told =
            Told { kind, message: None, class: None, text: Text::default(), aside: None };
        for (key, value) in tag.attributes() {
            match key {
                "message" if told.message.is_none() => {
                    let mut message = Text::default();
                    message.push_escaped(value, TEXT_MAX);
                    out.took(&message);
                    told.message = message.trimmed();
                }
                "type" if told.class.is_none() => told.class = out.some_name(value),
                _ => {}
            }
        }
        case.results.push(told);
    }
}

impl Dialect for Junit {
    fn format(&self) -> Format {
        self.format
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        let within = self.cases.last().map(|case| depth - case.depth);
        match (tag.name, within) {
            ("testcase", _) => self.open_case(tag, depth, out),
            ("testsuite", None) => self.open_suite(tag, depth, out),
            ("testsuites", None) if depth == 1 && tag.get("name") == Some("AllTests") => {
                self.format = Format::Gtest;
            }
            (name, Some(1)) => {
                if let Some(kind) = Kind::of(name) {
                    self.open_result(kind, tag, out);
                }
            }
            ("system-out" | "system-err" | "properties", Some(_)) => {
                if let Some(told) = self.cases.last_mut().and_then(Case::told) {
                    told.aside.get_or_insert(depth);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn words(&mut self, words: Words<'_>, _: usize) {
        if let Some(told) = self.cases.last_mut().and_then(Case::told)
            && told.aside.is_none()
        {
            words.push_to(&mut told.text, TEXT_MAX);
        }
    }

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        match self.cases.last_mut() {
            Some(case) if depth == case.depth => {
                let suite = self.suites.last();
                let case = self.cases.pop().map(|case| case.done(suite, out));
                return case.map_or(ControlFlow::Continue(()), |case| out.case(case));
            }
            Some(case) if depth == case.depth + 1 => case.is_within_result = false,
            Some(case) => {
                if let Some(told) = case.told().filter(|told| told.aside == Some(depth)) {
                    told.aside = None;
                }
            }
            None => drop(self.suites.pop_if(|suite| suite.depth == depth)),
        }
        ControlFlow::Continue(())
    }
}

impl Case {
    fn new(depth: usize) -> Self {
        Self {
            depth,
            name: None,
            class: None,
            duration_ms: None,
            file: None,
            line: None,
            started_at: None,
            status: TestStatus::Passed,
            is_retried: false,
            results: Vec::new(),
            is_within_result: false,
        }
    }

    /// The result whose element is open.
    fn told(&mut self) -> Option<&mut Told> {
        self.is_within_result.then(|| self.results.last_mut())?
    }

    fn done(self, suite: Option<&Suite>, out: &mut Out<'_>) -> TestCase {
        for told in &self.results {
            out.took(&told.text);
        }
        let (message, stack) = texts(self.status, self.results);
        TestCase {
            suite: suite.and_then(|suite| suite.path.clone()),
            class: self.class,
            name: self.name.unwrap_or_else(|| NAMELESS.to_owned()),
            status: self.status,
            duration_ms: self.duration_ms,
            message,
            stack,
            is_retried: self.is_retried && self.status == TestStatus::Passed,
            attempt: 1,
            file: self.file.or_else(|| suite.and_then(|suite| suite.file.clone())),
            line: self.line,
            started_at: self.started_at,
        }
    }
}

/// What a test says of itself: the worst of its results first.
fn texts(status: TestStatus, results: Vec<Told>) -> (Option<String>, Option<String>) {
    let is_worst = |told: &Told| told.kind == Kind::Is(status);
    let (mut order, others): (Vec<_>, Vec<_>) = results.into_iter().partition(is_worst);
    // Why it would have been skipped says nothing of a failure.
    order.extend(others.into_iter().filter(|told| told.kind != Kind::Is(TestStatus::Skipped)));
    together(order.into_iter().map(|told| Said::new(told.message, told.text.lines(), told.class)))
}

fn worse(one: TestStatus, other: TestStatus) -> TestStatus {
    let standing = |status| match status {
        TestStatus::Passed => 0,
        TestStatus::Skipped => 1,
        TestStatus::Failed => 2,
        TestStatus::Errored => 3,
    };
    if standing(other) > standing(one) { other } else { one }
}

/// The names of nested suites, from the outside. Two things say nothing of a suite: the path of a file on the machine
/// that ran it (`PHPUnit` begins with its settings'), and a name that the one within repeats.
fn path(around: Option<&Suite>, name: Option<&str>) -> Option<String> {
    let Some(around) = around else { return name.map(str::to_owned) };
    let (Some(before), Some(name)) = (&around.path, name) else {
        return name.map(str::to_owned).or_else(|| around.path.clone());
    };
    let own = around.name.as_deref().unwrap_or_default();
    let is_repeated = name.starts_with(own) || is_place(own);
    let before = match is_repeated {
        true => before.strip_suffix(own).unwrap_or(before).trim_end_matches(BETWEEN),
        false => before,
    };
    let mut path = Text::default();
    path.push(before, NAME_MAX);
    path.push(if before.is_empty() { "" } else { BETWEEN }, NAME_MAX);
    path.push(name, NAME_MAX);
    Some(path.as_str().to_owned())
}
