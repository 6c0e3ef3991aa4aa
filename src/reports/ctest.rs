//! `Test.xml` as CTest itself writes it: every `Test` of `Testing` with a status is a test.

use std::io::Read;
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{GzDecoder, ZlibDecoder};

use crate::model::TestStatus;

use super::Format;
use super::draft::Draft;
use super::numbers::seconds;
use super::out::Out;
use super::text::{NAME_MAX, TEXT_MAX, Text};
use super::xml::{Dialect, Tag, Words};

/// Of a text that is packed, as letters.
const PACKED_MAX: usize = 128 * 1024;

#[derive(Default)]
pub(super) struct Ctest {
    has_testing: bool,
    test: Option<Test>,
}

struct Test {
    draft: Draft,
    path: Text,
    name: Text,
    measure: Option<Measure>,
    time: Text,
    completion: Text,
    exit_code: Text,
    exit_value: Text,
    output: Text,
    is_base64: bool,
    is_packed: bool,
    pen: Option<(Pen, usize)>,
}

/// What the `Value` of a measurement means.
#[derive(Clone, Copy)]
enum Measure {
    Time,
    Completion,
    ExitCode,
    ExitValue,
    Output,
    Other,
}

#[derive(Clone, Copy)]
enum Pen {
    Name,
    Path,
    Measure(Measure),
}

impl Test {
    fn new(depth: usize, status: &str) -> Self {
        let mut draft = Draft::new(depth);
        draft.case.status = match status {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            _ => TestStatus::Skipped,
        };
        Self {
            draft,
            path: Text::default(),
            name: Text::default(),
            measure: None,
            time: Text::default(),
            completion: Text::default(),
            exit_code: Text::default(),
            exit_value: Text::default(),
            output: Text::default(),
            is_base64: false,
            is_packed: false,
            pen: None,
        }
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize) {
        let within = depth - self.draft.depth;
        match (within, tag.name) {
            (1, "Name") => self.pen = Some((Pen::Name, depth)),
            (1, "Path") => self.pen = Some((Pen::Path, depth)),
            (2, "Measurement") => self.measure = Some(Measure::Output),
            (2, "NamedMeasurement") => {
                self.measure = Some(match tag.get("name").unwrap_or_default() {
                    "Execution Time" => Measure::Time,
                    "Completion Status" => Measure::Completion,
                    "Exit Code" => Measure::ExitCode,
                    "Exit Value" => Measure::ExitValue,
                    _ => Measure::Other,
                });
            }
            (3, "Value") => {
                if let Some(measure) = self.measure {
                    self.pen = Some((Pen::Measure(measure), depth));
                }
                if let Some(Measure::Output) = self.measure {
                    self.is_base64 = tag.get("encoding") == Some("base64");
                    self.is_packed = tag.get("compression").is_some_and(|word| word != "none");
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, words: Words<'_>) {
        let Some((pen, _)) = self.pen else { return };
        let (text, max) = match pen {
            Pen::Name => (&mut self.name, NAME_MAX),
            Pen::Path => (&mut self.path, NAME_MAX),
            Pen::Measure(Measure::Time) => (&mut self.time, NAME_MAX),
            Pen::Measure(Measure::Completion) => (&mut self.completion, NAME_MAX),
            Pen::Measure(Measure::ExitCode) => (&mut self.exit_code, NAME_MAX),
            Pen::Measure(Measure::ExitValue) => (&mut self.exit_value, NAME_MAX),
            Pen::Measure(Measure::Output) if self.is_base64 => (&mut self.output, PACKED_MAX),
            Pen::Measure(Measure::Output) => (&mut self.output, TEXT_MAX),
            Pen::Measure(Measure::Other) => return,
        };
        words.push_to(text, max);
    }

    fn done(mut self, out: &mut Out<'_>) -> ControlFlow<()> {
        let why = self.why();
        let case = &mut self.draft.case;
        case.name = self.name.trimmed().unwrap_or_default();
        // Where it stands in the tree of the build: names repeat in other places.
        let path = self.path.trimmed();
        case.suite = path.map(|path| path.trim_start_matches("./").to_owned());
        case.suite.take_if(|path| path.is_empty() || path == ".");
        case.duration_ms = seconds(self.time.as_str());
        if case.status != TestStatus::Passed {
            case.message = why;
            let output = match self.is_base64 {
                true => unpacked(self.output.as_str(), self.is_packed),
                false => self.output,
            };
            out.took(&output);
            case.stack = output.lines();
            // Of a test that did not run, the output is the word again.
            if case.stack == case.message {
                case.stack = None;
            }
        }
        out.finish(self.draft)
    }

    /// `Timeout`, `SEGFAULT`, `Failed, exit value 3`.
    fn why(&self) -> Option<String> {
        let words = [&self.exit_code, &self.completion].map(Text::trimmed);
        let word = words.into_iter().flatten().find(|word| word != "Completed");
        match (word, self.exit_value.trimmed()) {
            (Some(word), Some(value)) if value != "0" => {
                Some(format!("{word}, exit value {value}"))
            }
            (None, Some(value)) if value != "0" => Some(format!("exit value {value}")),
            (word, _) => word,
        }
    }
}

/// As much of a packed text as is there and wanted. CTest says gzip and means zlib; both are taken.
fn unpacked(letters: &str, is_packed: bool) -> Text {
    let mut letters: Vec<u8> = letters.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    letters.retain(u8::is_ascii);
    letters.truncate(letters.len() / 4 * 4);
    let bytes = STANDARD.decode(&letters).unwrap_or_default();
    let mut plain = Vec::new();
    // One byte more, to see that there is more. What ends early has been read as far as it goes.
    let wanted = TEXT_MAX as u64 + 1;
    let _ = match (is_packed, bytes.starts_with(&[0x1f, 0x8b])) {
        (false, _) => bytes.as_slice().take(wanted).read_to_end(&mut plain),
        (true, true) => GzDecoder::new(bytes.as_slice()).take(wanted).read_to_end(&mut plain),
        (true, false) => ZlibDecoder::new(bytes.as_slice()).take(wanted).read_to_end(&mut plain),
    };
    let mut text = Text::default();
    text.push(&String::from_utf8_lossy(&plain), TEXT_MAX);
    text
}

impl Dialect for Ctest {
    fn format(&self) -> Format {
        Format::Ctest
    }

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        match (&mut self.test, depth, tag.name) {
            (Some(test), ..) => test.open(tag, depth),
            (None, 2, "Testing") => {
                self.has_testing = true;
                out.suites += 1;
            }
            (None, 3, "Test") if self.has_testing => {
                self.test = tag.get("Status").map(|status| Test::new(depth, status));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn words(&mut self, words: Words<'_>, _: usize) {
        if let Some(test) = &mut self.test {
            test.words(words);
        }
    }

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()> {
        if let Some(test) = self.test.take_if(|test| test.draft.depth == depth) {
            return test.done(out);
        }
        if let Some(test) = &mut self.test {
            test.pen.take_if(|(_, at)| *at == depth);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, out: &mut Out<'_>) -> Result<(), String> {
        if self.has_testing {
            return Ok(());
        }
        out.format = None;
        Err("not a test report: it is CTest's, but of something else than tests".to_owned())
    }
}
