//! TRX, of Visual Studio and `dotnet test`: every child of `Results` is a test. Rows within one are its parts.
//!
//! The class of a test stands in `TestDefinitions`, mostly behind the results; so results wait for them, within a
//! bound. Where the definitions come first nothing waits.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use uuid::Uuid;

use crate::model::TestStatus;

use super::draft::{Draft, Slot, file_name, without_class};
use super::held::Held;
use super::numbers::{seconds, time};
use super::out::Out;
use super::xml::{Dialect, Tag, Words};
use super::{Format, TestCase};

const DEFINITIONS_MAX: usize = 500_000;

#[derive(Default)]
pub(super) struct Trx {
    /// What is open of the root's children.
    section: Section,
    draft: Option<(Option<Uuid>, Draft)>,
    held: Held<Option<Uuid>>,
    /// The test whose definition is open, and its assembly.
    defined: Option<(Uuid, Option<String>)>,
    definitions: HashMap<Uuid, Home>,
    /// Classes and assemblies by number: they repeat.
    words: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Classes that had a test: they are the suites.
    classes: HashSet<Option<u32>>,
}

#[derive(Default, PartialEq, Eq)]
enum Section {
    Results,
    Definitions,
    #[default]
    Other,
}

/// Where a test is at home.
#[derive(Clone, Copy)]
struct Home {
    class: Option<u32>,
    assembly: Option<u32>,
}

impl Trx {
    fn open_result(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) {
        let mut draft = Draft::new(depth);
        let case = &mut draft.case;
        let mut id = None;
        case.status = TestStatus::Skipped;
        for (key, value) in tag.attributes() {
            match key {
                "testName" => case.name = out.name(value),
                "testId" => id = Uuid::try_parse(value).ok(),
                "outcome" => case.status = status(value),
                "duration" => case.duration_ms = seconds(value),
                "startTime" => case.started_at = time(value),
                _ => {}
            }
        }
        self.draft = Some((id, draft));
    }

    fn define(&mut self, tag: &Tag<'_>, out: &mut Out<'_>) {
        let Some((id, storage)) = &self.defined else { return };
        if self.definitions.len() >= DEFINITIONS_MAX {
            return;
        }
        let (id, storage) = (*id, storage.clone());
        let (mut class, mut assembly) = (None, None);
        for (key, value) in tag.attributes() {
            match key {
                // `Shop.Cart, Shop.Tests, Version=1.0.0.0` of older ones.
                "className" => class = out.some_name(value.split(", ").next().unwrap_or(value)),
                "codeBase" => assembly = out.some_name(file_name(value)),
                _ => {}
            }
        }
        let home = Home {
            class: class.map(|class| self.number(class)),
            // Windows writes the storage in small letters.
            assembly: assembly.or(storage).map(|assembly| self.number(assembly)),
        };
        self.definitions.insert(id, home);
    }

    fn number(&mut self, word: String) -> u32 {
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(word.clone());
        self.numbers.insert(word, number);
        number
    }

    /// A result is whole: it waits, or goes.
    fn pass(&mut self, id: Option<Uuid>, case: TestCase, out: &mut Out<'_>) -> ControlFlow<()> {
        if self.held.is_full() || !self.definitions.is_empty() {
            return self.send(id, case, out);
        }
        let lacks = "there are too many results before the definitions: tests have no class";
        match self.held.push(id, case, out, lacks) {
            true => ControlFlow::Continue(()),
            false => self.release(out),
        }
    }

    fn release(&mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        for (id, case) in self.held.take() {
            self.send(id, case, out)?;
        }
        ControlFlow::Continue(())
    }

    fn send(&mut self, id: Option<Uuid>, mut case: TestCase, out: &mut Out<'_>) -> ControlFlow<()> {
        let home = id.and_then(|id| self.definitions.get(&id).copied());
        if let Some(home) = home {
            let word = |number: u32| self.words.get(number as usize).cloned();
            case.class = home.class.and_then(word);
            case.suite = home.assembly.and_then(word);
            case.name = without_class(case.name, case.class.as_deref());
        }
        let is_new = self.classes.insert(home.and_then(|home| home.class));
        out.suites += u64::from(is_new);
        out.case(case)
    }
}

fn status(outcome: &str) -> TestStatus {
    match outcome {
        "Passed" | "PassedButRunAborted" | "Completed" | "Warning" => TestStatus::Passed,
        "Failed" => TestStatus::Failed,
        "Error" | "Timeout" | "Aborted" => TestStatus::Errored,
        // NotExecuted, Inconclusive, NotRunnable, Pending, Disconnected: no verdict.
        _ => TestStatus::Skipped,
    }
}

impl Dialect for Trx {
    fn format(&self) -> Format {
        Format::Trx
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        if let Some((_, draft)) = &mut self.draft {
            match (depth - draft.depth, tag.name) {
                (1, "Output") => draft.enter("Output", depth),
                (2, "ErrorInfo") if draft.is_in("Output", depth) => draft.enter("ErrorInfo", depth),
                (3, "Message") if draft.is_in("ErrorInfo", depth) => {
                    draft.take(Slot::Message, depth);
                }
                (3, "StackTrace") if draft.is_in("ErrorInfo", depth) => {
                    draft.take(Slot::Stack, depth);
                }
                _ => {}
            }
            return ControlFlow::Continue(());
        }
        match (depth, &self.section) {
            (2, _) => {
                self.section = match tag.name {
                    "Results" => Section::Results,
                    "TestDefinitions" => Section::Definitions,
                    _ => Section::Other,
                };
            }
            (3, Section::Results) => self.open_result(tag, depth, out),
            (3, Section::Definitions) => {
                let id = tag.get("id").and_then(|id| Uuid::try_parse(id).ok());
                let storage = tag.get("storage").and_then(|path| out.some_name(file_name(path)));
                self.defined = id.map(|id| (id, storage));
            }
            (4, Section::Definitions) if tag.name == "TestMethod" => self.define(tag, out),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn words(&mut self, words: Words<'_>, _: usize) {
        if let Some((_, draft)) = &mut self.draft {
            draft.words(words);
        }
    }

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        if let Some((id, draft)) = self.draft.take_if(|(_, draft)| draft.depth == depth) {
            let case = draft.done(out);
            return self.pass(id, case, out);
        }
        if let Some((_, draft)) = &mut self.draft {
            draft.close(depth);
            return ControlFlow::Continue(());
        }
        match (depth, &self.section) {
            // Some writers put the definitions first, some behind; all of them come together.
            (2, Section::Definitions) => self.release(out),
            _ => ControlFlow::Continue(()),
        }
    }

    fn end(&mut self, out: &mut Out<'_>) -> Result<(), String> {
        let _ = self.release(out);
        Ok(())
    }
}
