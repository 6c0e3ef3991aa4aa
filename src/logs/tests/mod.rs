//! What a log shows, written as what goes in and what is seen.

mod dialects;
mod hostile;
mod signs;
mod storage;
mod terminal;

use std::io::Cursor;

use super::{Dialect, Intake, Line, Reader, Summary};

/// A log, stored and opened again.
fn stored(dialect: Dialect, bytes: &[u8]) -> (Summary, Reader<Cursor<Vec<u8>>>) {
    stored_in_pieces(dialect, bytes, usize::MAX)
}

fn stored_in_pieces(
    dialect: Dialect,
    bytes: &[u8],
    piece: usize,
) -> (Summary, Reader<Cursor<Vec<u8>>>) {
    let mut intake = Intake::new(dialect, Vec::new()).expect("begun");
    for piece in bytes.chunks(piece.min(bytes.len()).max(1)) {
        intake.take(piece).expect("taken");
    }
    let (summary, file) = intake.finish().expect("finished");
    (summary, Reader::open(Cursor::new(file)).expect("opened"))
}

fn all_lines(reader: &mut Reader<Cursor<Vec<u8>>>) -> Vec<Line> {
    let mut all = Vec::new();
    while (all.len() as u64) < reader.line_count() {
        all.extend(reader.lines(all.len() as u64 + 1, usize::MAX, usize::MAX).expect("read"));
    }
    all
}

fn lines(dialect: Dialect, log: &str) -> Vec<Line> {
    all_lines(&mut stored(dialect, log.as_bytes()).1)
}

fn texts(dialect: Dialect, log: &str) -> Vec<String> {
    lines(dialect, log).iter().map(Line::text).collect()
}

/// Lines with their styles: `{red bold}text{}`.
fn styled(log: &str) -> String {
    let lines = lines(Dialect::Buildkite, log);
    let shown = lines.iter().map(|line| line.runs.iter().map(shown_run).collect::<String>());
    shown.collect::<Vec<_>>().join("\n")
}

fn shown_run(run: &super::Run) -> String {
    let style = run.style;
    let mut words = Vec::new();
    words.extend(style.foreground().map(|colour| colour.to_string()));
    words.extend(style.background().map(|colour| format!("on {colour}")));
    for (is_on, word) in [
        (style.is_bold(), "bold"),
        (style.is_dim(), "dim"),
        (style.is_italic(), "italic"),
        (style.is_underlined(), "underline"),
        (style.is_struck(), "strike"),
        (style.is_inverse(), "inverse"),
    ] {
        if is_on {
            words.push(word.to_owned());
        }
    }
    words.extend(run.href.as_ref().map(|href| format!("-> {href}")));
    match words.is_empty() {
        true => run.text.clone(),
        false => format!("{{{}}}{}{{}}", words.join(" "), run.text),
    }
}
