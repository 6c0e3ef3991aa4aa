//! Reports of tests, from the file a runner wrote to one case after the other.
//!
//! [`read`] takes a file of any known format, told by what is in it and not by its name, and hands each test to a
//! sink in one pass. It never fails: what went wrong, and where, is in the [`Summary`], and what was read before has
//! gone to the sink. Memory is bounded whatever comes: long texts end in `…`, and no entity is ever expanded or
//! fetched (there is nobody here who could fetch).
//!
//! The walk of a file: bytes are decoded ([`decode`]), kept in measure ([`gate`]) and taken apart ([`xml`]); the
//! dialect of the root element (`junit.rs` and its neighbours) makes cases of it; [`out`] counts and passes on. JSON
//! has a gate of its own ([`json`]), and the list that holds the tests says whose it is.
//!
//! One element of a report is one case, also where the same test comes several times: which try it was is its
//! `attempt`, and what to make of tries is for others to say. Pure over `BufRead`.

mod ctest;
mod decode;
mod draft;
mod gate;
mod held;
mod json;
mod junit;
mod numbers;
mod nunit;
mod out;
mod patterns;
mod place;
mod testng;
mod text;
mod trx;
mod xml;
mod xunit_net;

use std::fmt;
use std::io::BufRead;
use std::ops::ControlFlow;

use serde::Serialize;

use crate::model::{TestStatus, TestTotals, Timestamp};

pub use patterns::Patterns;

pub use draft::{file_name, split_name, without_class};
pub use json::mended;

use decode::Decoded;
use out::Out;

/// Who writes reports like this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Junit,
    /// Google Test's dialect of it.
    Gtest,
    /// Visual Studio and `dotnet test`.
    Trx,
    Nunit2,
    Nunit3,
    /// xUnit.net, version 1 and later.
    Xunitnet,
    Testng,
    /// `Test.xml` of CTest itself.
    Ctest,
    /// The JSON of Buildkite's test collectors.
    BuildkiteJson,
    /// The JSON of Jest, and of Vitest after it.
    JestJson,
    RspecJson,
    /// That of Playwright's reporter `json`.
    PlaywrightJson,
    /// That of Cucumber's formatter `json`, in all its languages.
    CucumberJson,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Junit => "junit",
            Self::Gtest => "gtest",
            Self::Trx => "trx",
            Self::Nunit2 => "nunit2",
            Self::Nunit3 => "nunit3",
            Self::Xunitnet => "xunitnet",
            Self::Testng => "testng",
            Self::Ctest => "ctest",
            Self::BuildkiteJson => "buildkite_json",
            Self::JestJson => "jest_json",
            Self::RspecJson => "rspec_json",
            Self::PlaywrightJson => "playwright_json",
            Self::CucumberJson => "cucumber_json",
        }
    }
}

/// One test as a report tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestCase {
    /// Assembly, file, or the names of nested suites with ` > ` between them.
    pub suite: Option<String>,
    pub class: Option<String>,
    pub name: String,
    pub status: TestStatus,
    pub duration_ms: Option<f64>,
    pub message: Option<String>,
    pub stack: Option<String>,
    /// It failed before it passed, and the report says so of this very test.
    pub is_retried: bool,
    /// Which test of that suite, class and name it is within the file, from 1.
    pub attempt: u32,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub started_at: Option<Timestamp>,
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// `None` when it is no report of tests that we know.
    pub format: Option<Format>,
    pub totals: TestTotals,
    /// Cases with `is_retried`.
    pub flaky: u64,
    /// Suites that have cases of their own.
    pub suites: u64,
    /// All durations together; `None` when no test tells one.
    pub duration_ms: Option<f64>,
    /// Why reading ended before the file did.
    pub error: Option<Malformed>,
    /// What was left out to stay within bounds, in a sentence.
    pub cut: Option<String>,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Malformed {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    pub reason: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl std::error::Error for Malformed {}

/// Read a report; each test goes to the sink as soon as it is whole. The sink ends it with a break.
pub fn read(input: impl BufRead, sink: &mut dyn FnMut(TestCase) -> ControlFlow<()>) -> Summary {
    let mut out = Out::new(sink);
    let error = read_into(Decoded::new(input), &mut out).err();
    out.summary(error)
}

fn read_into(mut input: Decoded<impl BufRead>, out: &mut Out<'_>) -> Result<(), Malformed> {
    let at_start = |reason| Malformed { line: 1, column: 1, reason };
    let first = input.peek().map_err(|error| at_start(format!("it cannot be read: {error}")))?;
    match first {
        Some('<') => xml::read(input, out),
        Some('[' | '{') => json::read(input, out),
        None => Err(at_start("the file is empty".to_owned())),
        Some(other) => Err(at_start(format!(
            "not a test report: it begins with {other:?}, where XML begins with '<' and JSON with '[' or '{{'"
        ))),
    }
}
