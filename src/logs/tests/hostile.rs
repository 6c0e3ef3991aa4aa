//! Logs that want more than their length in lines, memory or time.

use super::stored_in_pieces;
use crate::logs::Dialect::Buildkite;

/// Store a sequence again and again. Says how many lines and cells came of each byte.
fn amplified(sequence: &str) -> (f64, f64) {
    let log = sequence.repeat(400_000 / sequence.len());
    let (summary, mut reader) = stored_in_pieces(Buildkite, log.as_bytes(), 8191);
    reader.verify().expect("whole");
    let bytes = log.len() as f64;
    let mut cells = 0;
    let mut from = 1;
    while from <= summary.lines {
        let lines = reader.lines(from, 1000, usize::MAX).expect("read");
        cells += lines.iter().map(|line| line.text().len()).sum::<usize>();
        from += 1000;
    }
    (summary.lines as f64 / bytes, cells as f64 / bytes)
}

#[test]
fn no_sequence_makes_lines_or_text_without_bound() {
    for sequence in [
        "\x1b[999B",
        "\x1b[999Bx",
        "\x1b[999Bx\x1b[2J",
        "\x1b[999;999Hx\x1b[2J",
        "\x1b[99E\n",
        "\x1bc",
        "\x1b[2J\n",
        "\x1b7\x1b8\n",
        "\x1b[999A\x1b[999B",
        "\x1b[99999Cx\n",
        "\x1b[99999Gx\r",
        "\x1b[2Kx",
        "x\x1b[2K",
        "x\x1b[1K",
        "\x1bM",
        "\x1b[H\x1b[J",
        "\x1b[999Cx\x1b[999D",
        "\x1b[A\x1b[999Cx\x1b[2J",
    ] {
        let (lines, cells) = amplified(sequence);
        assert!(lines <= 1.0, "{sequence:?}: {lines} lines of a byte");
        assert!(cells <= 60.0, "{sequence:?}: {cells} characters of a byte");
    }
}

#[test]
fn wide_lines_in_the_window_leave_it_early() {
    let wide = "\x1b[A\n".to_owned() + &format!("{}\n", "z".repeat(60_000)).repeat(40);
    let (summary, mut reader) = stored_in_pieces(Buildkite, wide.as_bytes(), 4093);
    assert_eq!(summary.lines, 41);
    assert_eq!(reader.lines(41, 1, usize::MAX).expect("read")[0].text().len(), 60_000);
}
