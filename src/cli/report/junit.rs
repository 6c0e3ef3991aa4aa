//! A report that is too large for one request, written anew as JUnit in pieces that are not.

use std::fs::File;
use std::io::{self, Write};

use crate::model::TestStatus;
use crate::reports::TestCase;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
const TAIL: &str = "</testsuite>\n</testsuites>\n";

/// Writes tests one after the other; a piece ends where the next test would make it too large.
pub struct Pieces {
    bytes_max: usize,
    piece: String,
    /// The suite that is open in it; the name of one may be unknown.
    suite: Option<Option<String>>,
    file: File,
    lengths: Vec<u64>,
}

impl Pieces {
    pub fn new(bytes_max: usize) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self { bytes_max, piece: String::new(), suite: None, file, lengths: Vec::new() })
    }

    pub fn write(&mut self, case: &TestCase) -> io::Result<()> {
        let (text, suite) = (element(case), suite_head(case.suite.as_deref()));
        if self.piece.len() + suite.len() + text.len() + 2 * TAIL.len() > self.bytes_max {
            self.end()?;
        }
        if self.suite.as_ref() != Some(&case.suite) {
            self.piece.push_str(if self.suite.is_none() { HEAD } else { "</testsuite>\n" });
            self.piece.push_str(&suite);
            self.suite = Some(case.suite.clone());
        }
        self.piece.push_str(&text);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.suite.take().is_none() {
            return Ok(());
        }
        self.piece.push_str(TAIL);
        self.file.write_all(self.piece.as_bytes())?;
        self.lengths.push(self.piece.len() as u64);
        self.piece.clear();
        Ok(())
    }

    /// All pieces in one file without a name, one after the other, and how long each is.
    pub fn finish(mut self) -> io::Result<(File, Vec<u64>)> {
        self.end()?;
        Ok((self.file, self.lengths))
    }
}

fn suite_head(name: Option<&str>) -> String {
    let mut head = "<testsuite".to_owned();
    attribute(&mut head, "name", name);
    head + ">\n"
}

fn element(case: &TestCase) -> String {
    let mut text = "<testcase".to_owned();
    attribute(&mut text, "classname", case.class.as_deref());
    attribute(&mut text, "name", Some(&case.name));
    let seconds = case.duration_ms.map(|ms| format!("{}", ms / 1000.0));
    attribute(&mut text, "time", seconds.as_deref());
    attribute(&mut text, "file", case.file.as_deref());
    attribute(&mut text, "line", case.line.map(|line| line.to_string()).as_deref());
    let word = match case.status {
        TestStatus::Failed => Some("failure"),
        TestStatus::Errored => Some("error"),
        TestStatus::Skipped => Some("skipped"),
        TestStatus::Passed => case.is_retried.then_some("flakyFailure"),
    };
    let Some(word) = word else { return text + "/>\n" };
    text.push_str("><");
    text.push_str(word);
    attribute(&mut text, "message", case.message.as_deref());
    text.push('>');
    escape(&mut text, case.stack.as_deref().unwrap_or_default());
    text.push_str(&format!("</{word}></testcase>\n"));
    text
}

fn attribute(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        text.push_str(&format!(" {name}=\""));
        escape(text, value);
        text.push('"');
    }
}

/// As text and as a value: line ends are written as codes, since readers change those of a value.
fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\n' | '\r' | '\t' => text.push_str(&format!("&#{};", letter as u32)),
            // What XML has no way to say.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::ops::ControlFlow;

    use super::*;
    use crate::reports;

    fn case(number: usize) -> TestCase {
        let status = [
            TestStatus::Passed,
            TestStatus::Failed,
            TestStatus::Errored,
            TestStatus::Skipped,
            TestStatus::Passed,
        ][number % 5];
        let is_retried = number % 5 == 4;
        let says = status != TestStatus::Passed || is_retried;
        TestCase {
            suite: (!number.is_multiple_of(7)).then(|| format!("suite <{}>", number / 50)),
            class: Some("a.B & \"C\"".to_owned()),
            name: format!("test ü {number}\tof\nmany"),
            status,
            duration_ms: Some(12.0),
            message: says.then(|| "expected <1>\nbut was <2>".to_owned()),
            stack: says.then(|| format!("at A.b(A.java:{number})\nat C.d")),
            is_retried,
            attempt: 1,
            file: Some("src/a.rs".to_owned()),
            line: Some(7),
            started_at: None,
        }
    }

    #[test]
    fn the_pieces_together_say_what_the_whole_said() {
        let cases: Vec<TestCase> = (0..500).map(case).collect();
        let mut pieces = Pieces::new(8 * 1024).expect("a file");
        for case in &cases {
            pieces.write(case).expect("written");
        }
        let (mut file, lengths) = pieces.finish().expect("written");
        assert!(
            lengths.len() > 5 && lengths.iter().all(|length| *length <= 8 * 1024),
            "{lengths:?}"
        );
        let mut read = Vec::new();
        file.rewind().expect("rewound");
        for length in lengths {
            let piece = io::BufReader::new((&mut file).take(length));
            let summary = reports::read(piece, &mut |case| {
                read.push(case);
                ControlFlow::Continue(())
            });
            assert_eq!(summary.error, None);
        }
        assert_eq!(read.len(), cases.len());
        for (read, case) in read.iter().zip(&cases) {
            assert_eq!(read, case);
        }
    }
}
