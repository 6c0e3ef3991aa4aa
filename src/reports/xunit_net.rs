//! xUnit.net, all versions: every `test` is a test. What is wrong with an assembly is none.

use std::ops::ControlFlow;

use crate::model::TestStatus;

use super::Format;
use super::draft::{Draft, Slot, file_name, split_name, without_class};
use super::numbers::{seconds, time};
use super::out::Out;
use super::xml::{Dialect, Tag, Words};

#[derive(Default)]
pub(super) struct XunitNet {
    assembly: Option<String>,
    /// Whether the collection (version 1: the class) that is open has had a test.
    has_cases: bool,
    draft: Option<Draft>,
}

impl XunitNet {
    fn open_case(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let mut draft = Draft::new(depth);
        let case = &mut draft.case;
        let mut method = None;
        case.status = TestStatus::Skipped;
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = out.name(value),
                "type" => case.class = out.some_name(value),
                "method" => method = out.some_name(value),
                "time" => case.duration_ms = seconds(value),
                "result" if value.eq_ignore_ascii_case("Pass") => case.status = TestStatus::Passed,
                "result" if value.eq_ignore_ascii_case("Fail") => case.status = TestStatus::Failed,
                "source-file" => case.file = out.some_name(value),
                "source-line" => case.line = value.trim().parse().ok(),
                "start-rtf" => case.started_at = time(value),
                _ => {}
            }
        }
        let name = Some(std::mem::take(&mut case.name)).filter(|name| !name.trim().is_empty());
        case.name = name.or(method).unwrap_or_default();
        case.suite.clone_from(&self.assembly);
        match &case.class {
            Some(class) => case.name = without_class(std::mem::take(&mut case.name), Some(class)),
            None => {
                let (class, name) = split_name(&case.name);
                (case.class, case.name) = (class.map(str::to_owned), name.to_owned());
            }
        }
        out.suites += u64::from(!self.has_cases);
        self.has_cases = true;
        self.draft = Some(draft);
    }
}

impl Dialect for XunitNet {
    fn format(&self) -> Format {
        Format::Xunitnet
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        match (&mut self.draft, tag.name) {
            (None, "assembly") => {
                self.assembly = tag.get("name").and_then(|name| out.some_name(file_name(name)));
            }
            (None, "collection" | "class") => self.has_cases = false,
            (None, "test") => self.open_case(tag, depth, out),
            (None, _) => {}
            (Some(draft), "failure") if depth == draft.depth + 1 => {
                draft.default_message(tag.get("exception-type").unwrap_or_default());
                draft.enter("failure", depth);
            }
            (Some(draft), "reason") if depth == draft.depth + 1 => draft.take(Slot::Message, depth),
            (Some(draft), "message") if draft.is_in("failure", depth) => {
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
        Draft::close_any(&mut self.draft, depth, out)
    }
}
