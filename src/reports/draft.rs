//! A test whose element is open: what is known of it, and the texts that are being written down.

use std::ops::ControlFlow;

use crate::model::TestStatus;

use super::TestCase;
use super::out::Out;
use super::text::{TEXT_MAX, Text, first_line};
use super::xml::Words;

pub(super) struct Draft {
    /// Of its element.
    pub depth: usize,
    pub case: TestCase,
    /// A part whose children matter, and its depth.
    part: Option<(&'static str, usize)>,
    /// Where words go, down from the element of this depth.
    pen: Option<(Slot, usize)>,
    message: Text,
    stack: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Message,
    Stack,
}

impl Draft {
    pub(super) fn new(depth: usize) -> Self {
        Self {
            depth,
            case: passed(String::new()),
            part: None,
            pen: None,
            message: Text::default(),
            stack: Text::default(),
        }
    }

    /// A part opens whose children matter.
    pub(super) fn enter(&mut self, part: &'static str, depth: usize) {
        self.part = Some((part, depth));
    }

    /// Whether an element of this depth is a child of that part.
    pub(super) fn is_in(&self, part: &str, depth: usize) -> bool {
        self.part.is_some_and(|(name, at)| name == part && at + 1 == depth)
    }

    /// Take the words of the element that opens, unless there are some of that kind.
    pub(super) fn take(&mut self, slot: Slot, depth: usize) {
        let text = match slot {
            Slot::Message => &self.message,
            Slot::Stack => &self.stack,
        };
        if text.is_empty() && self.pen.is_none() {
            self.pen = Some((slot, depth));
        }
    }

    /// What stands for a message where there is no other.
    pub(super) fn default_message(&mut self, value: &str) {
        if self.case.message.is_none() && !value.trim().is_empty() {
            let mut text = Text::default();
            text.push_escaped(value, TEXT_MAX);
            self.case.message = text.trimmed();
        }
    }

    pub(super) fn words(&mut self, words: Words<'_>) {
        match self.pen {
            Some((Slot::Message, _)) => words.push_to(&mut self.message, TEXT_MAX),
            Some((Slot::Stack, _)) => words.push_to(&mut self.stack, TEXT_MAX),
            None => {}
        }
    }

    /// An element within it closes.
    pub(super) fn close(&mut self, depth: usize) {
        self.pen = self.pen.filter(|(_, at)| *at != depth);
        self.part = self.part.filter(|(_, at)| *at != depth);
    }

    /// An element closes, maybe that of the test that is open.
    pub(super) fn close_any(
        open: &mut Option<Self>,
        depth: usize,
        out: &mut Out<'_>,
    ) -> ControlFlow<()> {
        if let Some(draft) = open.take_if(|draft| draft.depth == depth) {
            return out.finish(draft);
        }
        if let Some(draft) = open {
            draft.close(depth);
        }
        ControlFlow::Continue(())
    }

    /// Its own element closed.
    pub(super) fn done(mut self, out: &mut Out<'_>) -> TestCase {
        out.took(&self.message);
        out.took(&self.stack);
        self.case.stack = self.stack.lines().or(self.case.stack);
        let first = || first_line(self.stack.as_str()).map(str::to_owned);
        self.case.message = self.message.trimmed().or(self.case.message).or_else(first);
        if self.case.name.trim().is_empty() {
            NAMELESS.clone_into(&mut self.case.name);
        }
        self.case
    }
}

/// A test of which nothing is told but its name.
pub(super) fn passed(name: String) -> TestCase {
    TestCase {
        suite: None,
        class: None,
        name,
        status: TestStatus::Passed,
        duration_ms: None,
        message: None,
        stack: None,
        is_retried: false,
        attempt: 1,
        file: None,
        line: None,
        started_at: None,
    }
}

/// The name of a test without one, as the clients of others call it, too.
pub(super) const NAMELESS: &str = "unknown";

/// The last part of a path of any system: `bin\Release\Shop.Tests.dll`.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

/// A name without its class before it, where it begins so.
pub fn without_class(name: String, class: Option<&str>) -> String {
    let rest = class.and_then(|class| name.strip_prefix(class)?.strip_prefix('.'));
    match rest.filter(|rest| !rest.is_empty()) {
        Some(rest) => rest.to_owned(),
        None => name,
    }
}

/// A full name of .NET into class and method, at the last dot that is in no brackets and no quotes:
/// `Shop.Cart("a.b").Adds(1.5)`.
pub fn split_name(full: &str) -> (Option<&str>, &str) {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_u32, false, false);
    let mut dot = None;
    for (at, byte) in full.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'(' | b'[' | b'<' => depth += 1,
            b')' | b']' | b'>' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => dot = Some(at),
            _ => {}
        }
    }
    match dot {
        Some(at) if at > 0 && at + 1 < full.len() => (Some(&full[..at]), &full[at + 1..]),
        _ => (None, full),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_is_split_where_its_method_begins() {
        for (full, class, name) in [
            ("Shop.Cart.Adds", Some("Shop.Cart"), "Adds"),
            ("Shop.Cart.Adds(1.5,\"a.b\")", Some("Shop.Cart"), "Adds(1.5,\"a.b\")"),
            ("Shop.Cart(\"x).y\").Adds", Some("Shop.Cart(\"x).y\")"), "Adds"),
            ("Shop.Cart<System.Int32>.Adds", Some("Shop.Cart<System.Int32>"), "Adds"),
            ("Adds", None, "Adds"),
            (".Adds", None, ".Adds"),
            ("Adds.", None, "Adds."),
        ] {
            assert_eq!(split_name(full), (class, name));
        }
    }
}
