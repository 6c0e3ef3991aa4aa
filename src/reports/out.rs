//! Where cases leave: counted, with their attempt, in a bounded number.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::ops::ControlFlow;

use crate::model::TestTotals;

use super::draft::Draft;
use super::text::{NAME_MAX, Text, unescaped};
use super::{Format, Malformed, Summary, TestCase};

/// Cases of one file.
const CASES_MAX: u64 = 2_000_000;

pub(super) struct Out<'a> {
    sink: &'a mut dyn FnMut(TestCase) -> ControlFlow<()>,
    pub format: Option<Format>,
    pub suites: u64,
    totals: TestTotals,
    flaky: u64,
    duration_ms: Option<f64>,
    tries: Tries,
    /// Texts that were longer than their bound.
    shortened: u64,
    /// Other sentences about what was left out.
    cuts: Vec<String>,
    is_stopped: bool,
}

impl<'a> Out<'a> {
    pub(super) fn new(sink: &'a mut dyn FnMut(TestCase) -> ControlFlow<()>) -> Self {
        Self {
            sink,
            format: None,
            suites: 0,
            totals: TestTotals::default(),
            flaky: 0,
            duration_ms: None,
            tries: Tries::default(),
            shortened: 0,
            cuts: Vec::new(),
            is_stopped: false,
        }
    }

    /// Pass a case on; which try it is, is told here.
    pub(super) fn case(&mut self, mut case: TestCase) -> ControlFlow<()> {
        if self.is_stopped {
            return ControlFlow::Break(());
        }
        if self.totals.total >= CASES_MAX {
            self.is_stopped = true;
            self.cut(format!("it has more than {CASES_MAX} tests: the others were not read"));
            return ControlFlow::Break(());
        }
        case.attempt = self.tries.next(&(&case.suite, &case.class, &case.name));
        self.totals.count(case.status, 1);
        self.flaky += u64::from(case.is_retried);
        if let Some(ms) = case.duration_ms {
            *self.duration_ms.get_or_insert(0.0) += ms;
        }
        let flow = (self.sink)(case);
        self.is_stopped = flow.is_break();
        flow
    }

    /// Pass on a test whose element closed.
    pub(super) fn finish(&mut self, draft: Draft) -> ControlFlow<()> {
        let case = draft.done(self);
        self.case(case)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Say that something was left out.
    pub(super) fn cut(&mut self, sentence: String) {
        self.cuts.push(sentence);
    }

    /// An attribute's value, as it is meant, in the length of a name.
    pub(super) fn name(&mut self, value: &str) -> String {
        let (name, is_cut) = unescaped(value, NAME_MAX);
        self.shortened += u64::from(is_cut);
        name
    }

    /// The same; blank is none.
    pub(super) fn some_name(&mut self, value: &str) -> Option<String> {
        (!value.trim().is_empty()).then(|| self.name(value))
    }

    /// A text is done: was it longer?
    pub(super) fn took(&mut self, text: &Text) {
        self.shortened += u64::from(text.is_cut());
    }

    /// A text of one line or a few is done; blank is none.
    pub(super) fn said(&mut self, text: &Text) -> Option<String> {
        self.took(text);
        text.trimmed()
    }

    pub(super) fn summary(mut self, error: Option<Malformed>) -> Summary {
        match self.shortened {
            0 => {}
            1 => self.cut("a text was too long, and ends in …".to_owned()),
            count => self.cut(format!("{count} texts were too long, and end in …")),
        }
        Summary {
            format: self.format,
            totals: self.totals,
            flaky: self.flaky,
            suites: self.suites,
            duration_ms: self.duration_ms,
            error,
            cut: (!self.cuts.is_empty()).then(|| self.cuts.join("; ")),
        }
    }
}

/// How often each test came: its hash, of which one byte chooses a table and seven are kept there, is eight bytes for
/// each that came once. Many small tables need no room beside themselves while they grow.
struct Tries {
    hasher: RandomState,
    seen: Vec<HashSet<Print, BuildHasherDefault<Itself>>>,
    again: HashMap<u64, u32>,
}

impl Default for Tries {
    fn default() -> Self {
        let seen = (0..=u8::MAX).map(|_| HashSet::default()).collect();
        Self { hasher: RandomState::new(), seen, again: HashMap::new() }
    }
}

impl Tries {
    fn next(&mut self, test: &impl Hash) -> u32 {
        let hash = self.hasher.hash_one(test);
        let [print @ .., table] = hash.to_le_bytes();
        if self.seen[usize::from(table)].insert(Print(print)) {
            return 1;
        }
        let times = self.again.entry(hash).or_insert(1);
        *times += 1;
        *times
    }
}

/// Seven bytes of a test's hash: the eighth is what the table adds for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Print([u8; 7]);

impl Hash for Print {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut bytes = [0; 8];
        bytes[..7].copy_from_slice(&self.0);
        state.write_u64(u64::from_le_bytes(bytes));
    }
}

/// For what is a hash already, and by a key of ours: nobody can aim at one place of the table. It only fills the
/// high bits, which the table looks at, too.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are looked up");
    }
}
