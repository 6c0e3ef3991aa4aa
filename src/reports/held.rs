//! Cases that wait for what their file tells of them later, in a bounded room.

use super::TestCase;
use super::out::Out;
use super::text::Text;

/// Bytes of waiting cases above which messages and stacks of further ones are shortened.
const TEXT_MAX: usize = 16 * 1024 * 1024;
/// Bytes above which nothing waits any longer.
const BYTES_MAX: usize = 48 * 1024 * 1024;
/// What is kept of a message or stack then.
const SHORT_MAX: usize = 1024;

/// Cases, each with what is needed to complete it.
pub(super) struct Held<T> {
    cases: Vec<(T, TestCase)>,
    bytes: usize,
    /// There was no room for more, once or again.
    is_full: bool,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { cases: Vec::new(), bytes: 0, is_full: false }
    }
}

impl<T> Held<T> {
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Let a case wait. False when that was the last one there is room for: they have to go, as they are.
    /// `lacks` says what they lack then.
    #[must_use]
    pub(super) fn push(
        &mut self,
        with: T,
        mut case: TestCase,
        out: &mut Out<'_>,
        lacks: &'static str,
    ) -> bool {
        if self.bytes > TEXT_MAX {
            for text in [&mut case.message, &mut case.stack].into_iter().flatten() {
                if text.len() > SHORT_MAX {
                    let mut short = Text::default();
                    short.push(text, SHORT_MAX);
                    out.took(&short);
                    short.as_str().clone_into(text);
                }
            }
        }
        let TestCase { suite, class, name, message, stack, file, .. } = &case;
        let texts = [suite, class, message, stack, file].into_iter().flatten();
        let bytes: usize = texts.map(String::len).sum();
        self.bytes += bytes + name.len() + size_of::<(T, TestCase)>();
        self.cases.push((with, case));
        let has_room = self.bytes <= BYTES_MAX;
        if !has_room && !std::mem::replace(&mut self.is_full, true) {
            out.cut(lacks.to_owned());
        }
        has_room
    }

    pub(super) fn len(&self) -> usize {
        self.cases.len()
    }

    /// Those that wait, from this one on.
    pub(super) fn since(&mut self, from: usize) -> impl Iterator<Item = &mut TestCase> {
        let cases = self.cases.get_mut(from..).unwrap_or_default();
        cases.iter_mut().map(|(_, case)| case)
    }

    /// All that wait, in their order.
    pub(super) fn take(&mut self) -> Vec<(T, TestCase)> {
        self.bytes = 0;
        std::mem::take(&mut self.cases)
    }
}
