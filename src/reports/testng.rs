//! `testng-results.xml`: every `test-method` is a test, but for those that only set up and clean up.
//!
//! A data provider calls one method many times; its parameters are part of a test's name, or each row would look like
//! one more try of the first.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::model::TestStatus;

use super::Format;
use super::draft::{Draft, Slot};
use super::numbers::{milliseconds, time};
use super::out::Out;
use super::text::{NAME_MAX, Text, path};
use super::xml::{Dialect, Tag, Words};

/// Bytes of one parameter within a name.
const PARAMETER_MAX: usize = 200;
/// Tests that are remembered as tried in vain, until they pass.
const RETRIED_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct Testng {
    suite: Option<String>,
    test: Option<String>,
    class: Option<String>,
    has_cases: bool,
    draft: Option<Method>,
    /// Tests of which the report says that they were tried again.
    retried: HashSet<(Option<String>, Option<String>, String)>,
}

struct Method {
    draft: Draft,
    is_config: bool,
    is_tried_again: bool,
    parameters: Vec<String>,
    /// The value that is open, and its depth.
    value: Option<(Text, usize)>,
}

impl Testng {
    fn open_method(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let mut draft = Draft::new(depth);
        let case = &mut draft.case;
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        let (mut is_config, mut is_tried_again) = (false, false);
        case.status = TestStatus::Skipped;
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = out.name(value),
                "status" if value.eq_ignore_ascii_case("PASS") => case.status = TestStatus::Passed,
                "status" if value.to_ascii_uppercase().contains("FAIL") => {
                    case.status = TestStatus::Failed;
                }
                "is-config" => is_config = is_true(value),
                "retried" => is_tried_again = is_true(value),
                "duration-ms" => case.duration_ms = milliseconds(value),
                "started-at" => case.started_at = time(value),
                _ => {}
            }
        }
        case.class.clone_from(&self.class);
        case.suite = match (&self.suite, &self.test) {
            (Some(suite), Some(test)) if suite != test => path([suite.as_str(), test]),
            (suite, test) => suite.clone().or_else(|| test.clone()),
        };
        let (parameters, value) = (Vec::new(), None);
        self.draft = Some(Method { draft, is_config, is_tried_again, parameters, value });
    }

    fn done(&mut self, method: Method, out: &mut Out<'_>) -> ControlFlow<()> {
        if method.is_config {
            return ControlFlow::Continue(());
        }
        out.suites += u64::from(!self.has_cases);
        self.has_cases = true;
        let mut draft = method.draft;
        let case = &mut draft.case;
        if !method.parameters.is_empty() {
            let mut name = Text::default();
            let parameters = method.parameters.join(", ");
            for part in [&case.name, "(", &parameters, ")"] {
                name.push(part, NAME_MAX);
            }
            name.as_str().clone_into(&mut case.name);
        }
        if method.is_tried_again || case.status == TestStatus::Passed {
            let key = (case.suite.clone(), case.class.clone(), case.name.clone());
            if case.status == TestStatus::Passed {
                case.is_retried = self.retried.remove(&key);
            } else if self.retried.len() < RETRIED_MAX {
                self.retried.insert(key);
            }
        }
        out.finish(draft)
    }
}

/// A parameter as part of a name: without the address that Java prints of an object, which is another one each time.
fn parameter(text: &str) -> String {
    let mut named = String::new();
    let mut parts = text.trim().split('@');
    named.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        named.push('@');
        named.push_str(if digits >= 5 { &part[digits..] } else { part });
    }
    named
}

impl Dialect for Testng {
    fn format(&self) -> Format {
        Format::Testng
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        let Some(method) = &mut self.draft else {
            let mut name = || tag.get("name").and_then(|name| out.some_name(name));
            match tag.name {
                "suite" => (self.suite, self.test) = (name(), None),
                "test" => self.test = name(),
                "class" => (self.class, self.has_cases) = (name(), false),
                "test-method" => self.open_method(tag, depth, out),
                _ => {}
            }
            return ControlFlow::Continue(());
        };
        let draft = &mut method.draft;
        match tag.name {
            "exception" if depth == draft.depth + 1 => {
                draft.default_message(tag.get("class").unwrap_or_default());
                draft.enter("exception", depth);
            }
            "message" if draft.is_in("exception", depth) => draft.take(Slot::Message, depth),
            "full-stacktrace" | "short-stacktrace" if draft.is_in("exception", depth) => {
                draft.take(Slot::Stack, depth);
            }
            "params" if depth == draft.depth + 1 => draft.enter("params", depth),
            "value" if draft.is_in("params", depth - 1) => {
                let mut value = Text::default();
                if tag.get("is-null") == Some("true") {
                    value.push("null", PARAMETER_MAX);
                }
                method.value = Some((value, depth));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn words(&mut self, words: Words<'_>, _: usize) {
        match &mut self.draft {
            Some(Method { value: Some((text, _)), .. }) => words.push_to(text, PARAMETER_MAX),
            Some(method) => method.draft.words(words),
            None => {}
        }
    }

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        let Some(mut method) = self.draft.take() else { return ControlFlow::Continue(()) };
        if method.draft.depth == depth {
            return self.done(method, out);
        }
        if let Some((text, _)) = method.value.take_if(|(_, at)| *at == depth)
            // As many as a name has room for.
            && method.parameters.len() * 2 < NAME_MAX
        {
            method.parameters.push(parameter(text.as_str()));
        }
        method.draft.close(depth);
        self.draft = Some(method);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_named_alike_in_every_run() {
        assert_eq!(parameter(" shop.Cart@1b2c3d4e "), "shop.Cart@");
        assert_eq!(parameter("[shop.Cart@1b2c3d4e, 7]"), "[shop.Cart@, 7]");
        assert_eq!(parameter("ada@example.org"), "ada@example.org");
    }
}
