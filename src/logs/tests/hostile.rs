//! Logs that want more than their length in lines, memory or time.

use super::{all_lines, stored, stored_in_pieces};
use crate::logs::Dialect::{AzureDevOps, Buildkite};

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
        from += lines.len() as u64;
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
        "\x1b]8;;https://a.example/\x07x",
        "_bk;t=1\x07",
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

#[test]
fn digits_and_bells_cost_no_more_than_their_length() {
    // Minutes, where every bell counts the digits before it.
    let log = "1".repeat(250_000) + &"\x07".repeat(250_000);
    let (summary, mut reader) = stored(Buildkite, log.as_bytes());
    assert_eq!(summary.lines, 1);
    assert_eq!(reader.lines(1, 1, 10).expect("read")[0].cut, Some(250_000));
}

#[test]
fn letters_that_are_linked_in_turn_are_written_down_in_bounds() {
    let link = |host: &str| format!("\x1b]8;;https://{host}.example/{}\x07", "l".repeat(2_000));
    let cells =
        format!("{}{}\r{}{}", link("a"), "x".repeat(50_000), link("b"), "y\x1b[C".repeat(25_000));
    // A cursor that goes up makes it a log whose lines are written down anew.
    let log = format!("begin\n{cells}\nend\x1b[A\n");
    let (summary, mut reader) = stored(AzureDevOps, log.as_bytes());
    assert!(summary.stored_bytes < 1 << 20, "{} bytes", summary.stored_bytes);
    let lines = all_lines(&mut reader);
    assert_eq!((lines.len(), lines[1].text().len()), (3, 50_000));
    let linked = lines[1].runs.iter().filter(|run| run.href.is_some()).count();
    assert!((20..100).contains(&linked), "{linked}");
}

#[test]
fn a_page_of_very_long_lines_is_a_short_one() {
    let log = format!("{}\n", "w".repeat(10_000)).repeat(3_000);
    let (_, mut reader) = stored(Buildkite, log.as_bytes());
    let page = reader.lines(1, 3_000, 10_000).expect("read");
    assert!((500..1_000).contains(&page.len()), "{}", page.len());
    let next = reader.lines(page.len() as u64 + 1, 3_000, 10_000).expect("read");
    assert_eq!(next[0].n, page.len() as u64 + 1);
}
