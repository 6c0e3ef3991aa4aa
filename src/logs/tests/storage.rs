//! What is kept, and that it is found again whatever came.

use std::io::Cursor;

use proptest::prelude::*;

use super::{all_lines, stored, stored_in_pieces};
use crate::logs::Dialect::{AzureDevOps, Buildkite};
use crate::logs::{Dialect, Intake, Level, Line, Query, QueryError, Reader, Taken};

/// The log as it is given back from the frame of a byte on.
fn raw_from(reader: Reader<Cursor<Vec<u8>>>, from: u64) -> (u64, Vec<u8>) {
    let mut pieces = reader.into_pieces(from);
    let (mut begin, mut bytes) = (None, Vec::new());
    while let Some((at, piece)) = pieces.next_piece().expect("read") {
        assert_eq!(at, *begin.get_or_insert(at) + bytes.len() as u64);
        bytes.extend(piece);
    }
    (begin.unwrap_or_default(), bytes)
}

fn raw(reader: Reader<Cursor<Vec<u8>>>) -> Vec<u8> {
    raw_from(reader, 0).1
}

/// Pieces that logs are made of, the nasty ones among them.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = prop::sample::select(vec![
        "text",
        "error: it broke",
        "warning: w",
        "--- group",
        "+++ open",
        "^^^ +++",
        "##[group]g",
        "##[endgroup]",
        "##[section]Starting: s",
        "##[section]Finishing: s",
        "##[error]e",
        "   ",
        "\t",
        "äöü",
        "🚨",
        "\u{feff}",
        "2025-01-02T03:10:05.1234567Z ",
        "\x1b_bk;t=1700000000000\x07",
        "_bk;t=1700000000001\x07",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[1;48;2;1;2;3m",
        "\x1b]8;;https://a.example\x07",
        "\x1b]8;;\x07",
        "\x1b]1339;url=https://b.example;content=c\x07",
        "\x1b]unended",
        "\x1b[",
        "\x1b",
        "\x1b[K",
        "\x1b[1K",
        "\x1b[2K",
        "\x1b[J",
        "\x1b[3C",
        "\x1b[2D",
        "\x1b[5G",
        "\x08",
        "\r",
        "\x07",
    ]);
    let ends = prop::sample::select(vec!["\n", "\r\n", "\r\r\n", "\n\n"]);
    let moves = prop::sample::select(vec![
        "\x1b[A",
        "\x1b[2A",
        "\x1b[B",
        "\x1b[E",
        "\x1b[F",
        "\x1b[H",
        "\x1b[2J",
        "\x1b[1J",
        "\x1b7",
        "\x1b8",
        "\x1b[s",
        "\x1b[u",
        "\x1bM",
        "\x1bc",
        "\x1b[3;4H",
    ]);
    prop_oneof![
        8 => text.prop_map(|text| text.as_bytes().to_vec()),
        6 => ends.prop_map(|end| end.as_bytes().to_vec()),
        1 => moves.prop_map(|sequence| sequence.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

/// Sequences of every shape: numbers of any size and count, any final byte, strings that end and that do not.
fn sequences() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        "",
        "[0-9]",
        "[0-9]{1,3}",
        "[0-9]{1,25}",
        "38[;:][25][;:][0-9]{0,4}",
        "-1",
        "\\?25"
    ];
    let numbers = prop::collection::vec(number, 0..20).prop_map(|all| all.join(";"));
    let control = (numbers, "[ -/]{0,2}", "[@-~]")
        .prop_map(|(n, middle, end)| format!("\x1b[{n}{middle}{end}"));
    let string = (
        "[\\]P_^X]",
        "(8;;|8;[a-z]=[0-9];|1337;File=|1338;|1339;url=|bk;t=|0;)?",
        ".{0,20}",
        "(\x07|\x1b\\\\|)",
    )
        .prop_map(|(kind, what, text, end)| format!("\x1b{kind}{what}{text}{end}"));
    let single = "\x1b[ -~]".prop_map(|text| text);
    let mark = "(##\\[(group|endgroup|section|error|warning|command|debug)\\]|---|\\+\\+\\+|~~~|\\^\\^\\^ \\+\\+\\+)[ -~]{0,9}";
    let piece = prop_oneof![
        6 => control.prop_map(String::into_bytes),
        3 => string.prop_map(String::into_bytes),
        1 => single.prop_map(String::into_bytes),
        3 => "[ -~]{0,12}".prop_map(String::into_bytes),
        1 => mark.prop_map(String::into_bytes),
        3 => prop::sample::select(vec!["\n", "\r\n", "\r", "\x08", "\t", "\x0b", "\x0c"]).prop_map(|it| it.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..120).prop_map(|pieces| pieces.concat())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(vec![AzureDevOps, Buildkite])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn proptest_a_log_comes_back_byte_for_byte(bytes in log(), dialect in dialect()) {
        let (summary, reader) = stored(dialect, &bytes);
        prop_assert_eq!(summary.bytes, bytes.len() as u64);
        prop_assert_eq!(&raw(reader), &bytes);
    }

    #[test]
    fn proptest_pieces_make_no_difference(bytes in log(), piece in 1usize..40, dialect in dialect()) {
        let (whole, mut reader) = stored(dialect, &bytes);
        let (pieces, mut again) = stored_in_pieces(dialect, &bytes, piece);
        prop_assert_eq!(whole, pieces);
        prop_assert_eq!(all_lines(&mut reader), all_lines(&mut again));
        prop_assert_eq!(reader.outline().expect("told"), again.outline().expect("told"));
    }

    #[test]
    fn proptest_the_counts_are_those_of_the_lines(bytes in log(), dialect in dialect()) {
        let (summary, mut reader) = stored(dialect, &bytes);
        let lines = all_lines(&mut reader);
        prop_assert_eq!(summary.lines, lines.len() as u64);
        let of = |level| lines.iter().filter(|line| line.level == Some(level)).map(|line| line.n).collect::<Vec<_>>();
        let outline = reader.outline().expect("told");
        let errors: Vec<u64> = outline.errors.iter().map(|(n, _)| *n).collect();
        prop_assert_eq!(errors, of(Level::Error));
        prop_assert_eq!(outline.warnings, of(Level::Warning));
        for (n, line) in lines.iter().enumerate() {
            prop_assert_eq!(line.n, n as u64 + 1);
            prop_assert!(line.runs.iter().all(|run| !run.text.is_empty()), "no run is empty");
        }
    }

    #[test]
    fn proptest_a_window_is_part_of_the_whole(bytes in log(), from in 1u64..80, count in 0usize..30, dialect in dialect()) {
        let (_, mut reader) = stored(dialect, &bytes);
        let all = all_lines(&mut reader);
        let window = reader.lines(from, count, usize::MAX).expect("read");
        let wanted: Vec<Line> = all.into_iter().filter(|line| line.n >= from).take(count).collect();
        prop_assert_eq!(window, wanted);
    }

    #[test]
    fn proptest_what_is_seen_is_found(bytes in log(), dialect in dialect()) {
        let (_, mut reader) = stored(dialect, &bytes);
        let query = Query::new("e", false, true, 1000).expect("a query");
        let found = reader.search(&query, |_| None, || false).expect("searched");
        let with: Vec<u64> = all_lines(&mut reader).iter().filter(|line| line.text().contains('e')).map(|line| line.n).collect();
        prop_assert_eq!(found.items.iter().map(|hit| hit.n).collect::<Vec<_>>(), with);
    }

    #[test]
    fn proptest_no_escape_sequence_is_too_odd(bytes in sequences(), from in 1u64..40, count in 0usize..40, dialect in dialect()) {
        let (summary, mut reader) = stored(dialect, &bytes);
        prop_assert!(summary.lines <= bytes.len() as u64 + 1, "{} lines", summary.lines);
        let all = all_lines(&mut reader);
        let wanted: Vec<Line> = all.iter().filter(|line| line.n >= from).take(count).cloned().collect();
        prop_assert_eq!(reader.lines(from, count, usize::MAX).expect("read"), wanted);
        // No more than a terminal's width is skipped over for a byte.
        let cells: usize = all.iter().map(|line| line.text().chars().count()).sum();
        prop_assert!(cells <= 60 * bytes.len() + 1_000, "{cells} characters");
        reader.verify().expect("whole");
        prop_assert_eq!(&raw(reader), &bytes);
    }

    #[test]
    fn proptest_any_pattern_is_searched_or_refused(bytes in log(), text: String, odd in "[a\\\\(){}\\[\\]*+?|^$.\\-0-9wdsb]{0,12}", case: bool) {
        let (_, mut reader) = stored(Buildkite, &bytes);
        for (text, is_pattern) in [(&text, false), (&text, true), (&odd, true)] {
            if let Ok(query) = Query::new(text, is_pattern, case, 10) {
                let found = reader.search(&query, |_| None, || false).expect("searched");
                prop_assert!(found.items.len() <= 10 && found.total >= found.items.len() as u64);
                let lines = all_lines(&mut reader);
                for hit in &found.items {
                    let text = lines[usize::try_from(hit.n - 1).expect("small")].text();
                    let units = text.encode_utf16().count();
                    prop_assert!(hit.spans.iter().all(|(from, to)| from < to && *to <= units), "{hit:?} of {text:?}");
                }
            }
        }
    }

    #[test]
    fn proptest_any_file_is_refused_or_read(
        bytes in log(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut intake = Intake::new(AzureDevOps, Vec::new()).expect("begun");
        intake.take(&bytes).expect("taken");
        let mut file = intake.finish().expect("finished").1;
        for (at, with) in damage {
            let at = at.index(file.len());
            file[at] = with;
        }
        // Its ends are as they should be; what lies between is not.
        let end = file.len() - cut.index(file.len().min(64));
        let swapped = [&file[..end.min(12)], noise.as_slice(), &file[end.saturating_sub(40)..]].concat();
        for file in [file.clone(), file[..end].to_vec(), swapped, noise] {
            if let Ok(mut reader) = Reader::open(Cursor::new(file)) {
                let _ = reader.lines(1, 1000, 1000);
                let _ = reader.outline();
                let _ = reader.verify();
                let query = Query::new("e", false, false, 10).expect("a query");
                let _ = reader.search(&query, |_| None, || false);
                let mut pieces = reader.into_pieces(0);
                while let Ok(Some(_)) = pieces.next_piece() {}
            }
        }
    }

    #[test]
    fn proptest_a_damaged_file_is_an_error_or_reads_as_it_was(at in 0usize..2000, with in any::<u8>()) {
        let (_, file) = file(&"some text \x1b[31m of a log\n--- and a group\n".repeat(50));
        let mut whole = Reader::open(Cursor::new(file.clone())).expect("opened");
        let mut damaged = file.clone();
        damaged[at % file.len()] ^= with;
        // A few bits of a packed frame mean nothing; whatever means something is covered by a checksum.
        if let Ok(mut reader) = Reader::open(Cursor::new(damaged)) {
            if let Ok(lines) = reader.lines(1, 1000, 100) {
                prop_assert_eq!(lines, whole.lines(1, 1000, 100).expect("read"));
            }
            if let Ok(outline) = reader.outline() {
                prop_assert_eq!(outline, whole.outline().expect("told"));
            }
        }
    }
}

fn file(log: &str) -> (u64, Vec<u8>) {
    let mut intake = Intake::new(Buildkite, Vec::new()).expect("begun");
    intake.take(log.as_bytes()).expect("taken");
    let (summary, file) = intake.finish().expect("finished");
    (summary.lines, file)
}

/// Some megabytes that need many frames, with colours that last over their ends.
fn long_log() -> String {
    (0..60_000)
        .map(|n| match n % 997 {
            0 => format!("\x1b[3{}mcolour from here {n}\n", n % 8),
            1 => format!("--- part {n}\n"),
            2 => format!("error: {n}\n"),
            _ => format!("line {n} with some text to fill the frames\n"),
        })
        .collect()
}

#[test]
fn any_window_of_a_log_of_many_frames_is_as_in_the_whole() {
    for log in [
        long_log(),
        format!("{}\x1b[1A\x1b[2Klast\n", long_log()),
        format!("first\n\x1b[1Aup\n{}", long_log()),
    ] {
        let (summary, mut reader) = stored(Buildkite, log.as_bytes());
        let all = all_lines(&mut reader);
        assert_eq!(summary.lines, all.len() as u64);
        for from in [1, 2, 999, 1999, 2000, 2001, 31_337, 59_800, 59_801, 59_999, 60_000, 60_001] {
            let window = reader.lines(from, 150, usize::MAX).expect("read");
            let wanted: Vec<&Line> = all.iter().filter(|line| line.n >= from).take(150).collect();
            assert_eq!(window.iter().collect::<Vec<_>>(), wanted, "from {from}");
        }
        reader.verify().expect("whole");
        assert_eq!(raw(reader), log.as_bytes());
    }
}

#[test]
fn a_drawn_log_says_what_the_same_log_says_undrawn() {
    let log = long_log();
    let (_, mut plain) = stored(Buildkite, log.as_bytes());
    let (_, mut drawn) = stored(Buildkite, format!("{log}\x1b[1A\x1b[1B").as_bytes());
    let (_, mut drawn_from_the_start) = stored(Buildkite, format!("\x1b[A{log}").as_bytes());
    assert!(all_lines(&mut plain) == all_lines(&mut drawn));
    assert!(all_lines(&mut plain) == all_lines(&mut drawn_from_the_start));
    assert_eq!(plain.outline().expect("told"), drawn.outline().expect("told"));
}

#[test]
fn of_a_long_line_the_beginning_is_shown_and_its_length_told() {
    let log = format!("before\n{}\nafter\n", "x".repeat(100_000));
    let (summary, mut reader) = stored(Buildkite, log.as_bytes());
    assert_eq!(summary.lines, 3);
    let line = reader.lines(2, 1, 1000).expect("read").remove(0);
    assert_eq!((line.text().len(), line.cut), (1000, Some(100_000)));
    assert_eq!(reader.lines(2, 1, 200_000).expect("read")[0].cut, None);
}

#[test]
fn a_line_longer_than_a_frame_is_drawn_while_it_comes() {
    let bar = (0..200_000).map(|n| format!("\rprogress {n}")).collect::<Vec<_>>().concat();
    for (log, wanted) in [
        (format!("before\n{bar}\nafter\n"), "progress 199999".to_owned()),
        (format!("before\n{}\nafter\n", "y".repeat(3_000_000)), "y".repeat(1000)),
        (
            format!("before\n\x1b]1337;File=alt=cat:{}\x07\nafter\n", "A".repeat(3_000_000)),
            "cat".to_owned(),
        ),
    ] {
        let (summary, mut reader) = stored_in_pieces(Buildkite, log.as_bytes(), 70_001);
        assert_eq!(summary.lines, 3);
        let lines = reader.lines(1, 10, 1000).expect("read");
        assert_eq!(lines[0].text(), "before");
        assert_eq!(lines[1].text(), wanted);
        assert_eq!(lines[2].text(), "after");
        let is_cut = wanted.len() == 1000;
        assert_eq!(lines[1].cut, is_cut.then_some(3_000_000));
        assert_eq!(raw(reader), log.as_bytes());
    }
}

#[test]
fn a_log_is_kept_up_to_a_bound_and_says_so() {
    let mut intake = Intake::with_limit(Buildkite, Vec::new(), 1024).expect("begun");
    assert_eq!(intake.take(&b"0123456789abcde\n".repeat(64)).expect("taken"), Taken::All);
    assert_eq!(intake.take(b"more\n").expect("taken"), Taken::Full);
    let (summary, file) = intake.finish().expect("finished");
    assert_eq!((summary.bytes, summary.lines), (1024, 64));
    assert_eq!(summary.cut.as_deref(), Some("the first 1 KiB are kept"));
    let reader = Reader::open(Cursor::new(file)).expect("opened");
    assert_eq!(reader.cut(), summary.cut);
}

#[test]
fn an_empty_log_is_a_log() {
    let (summary, mut reader) = stored(AzureDevOps, b"");
    assert_eq!((summary.lines, summary.bytes, reader.line_count()), (0, 0, 0));
    assert!(all_lines(&mut reader).is_empty());
    assert!(raw(reader).is_empty());
}

#[test]
fn a_file_that_is_not_whole_says_what_is_wrong() {
    let (_, file) = file("a log\n");
    let said = |bytes: &[u8]| {
        Reader::open(Cursor::new(bytes.to_vec())).map(drop).expect_err("refused").to_string()
    };
    assert_eq!(said(b""), "it is no log of this Creel, or its end is missing: it is too short");
    assert_eq!(
        said(&file[..file.len() - 1]),
        "it is no log of this Creel, or its end is missing: it ends otherwise"
    );
    let mut other = file.clone();
    other[0] = b'X';
    assert_eq!(
        said(&other),
        "it is no log of this Creel, or its end is missing: it begins otherwise"
    );
    let mut torn = file.clone();
    let frame = 12;
    torn[frame] ^= 0xff;
    let mut reader = Reader::open(Cursor::new(torn)).expect("the index is whole");
    let error = reader.lines(1, 1, 10).expect_err("the frame is not").to_string();
    assert!(error.starts_with("a frame at byte 8 is damaged: "), "{error}");
}

#[test]
fn spans_are_counted_as_pages_count() {
    let log = "äö 🚨 Error here, error there\n\x1b[31mERR\x1b[0mor split\nnothing\n##[error]marked error\n";
    let (_, mut reader) = stored(AzureDevOps, log.as_bytes());
    let query = Query::new("error", false, false, 10).expect("a query");
    let found = reader.search(&query, |_| None, || false).expect("searched");
    let spans: Vec<_> = found.items.iter().map(|hit| (hit.n, hit.spans.clone())).collect();
    assert_eq!(spans, [(1, vec![(6, 11), (18, 23)]), (2, vec![(0, 5)]), (4, vec![(7, 12)])]);
    assert_eq!((found.lines_searched, found.total, found.is_cut), (4, 3, false));
    let query = Query::new("Error", false, true, 10).expect("a query");
    assert_eq!(reader.search(&query, |_| None, || false).expect("searched").total, 1);
    let query = Query::new(r"e\w+r\b", true, false, 1).expect("a query");
    let found = reader.search(&query, |_| None, || false).expect("searched");
    assert_eq!((found.items.len(), found.total, found.is_cut), (1, 3, true));
}

#[test]
fn a_log_is_given_back_from_any_place_on() {
    let log = long_log();
    for from in [0, 1, 100_000, 1_000_000, log.len() as u64 - 1] {
        let (begin, bytes) = raw_from(stored(Buildkite, log.as_bytes()).1, from);
        assert!(begin <= from && from - begin <= 3 * 96 * 1024, "{begin} for {from}");
        assert_eq!(bytes, &log.as_bytes()[usize::try_from(begin).expect("small")..]);
    }
}

#[test]
fn what_is_not_shown_is_not_found() {
    let (_, mut reader) = stored(Buildkite, b"key=abcdef here\nnothing here\n");
    let shown = |text: &str| text.contains("key=").then(|| text.replace("abcdef", "***"));
    let mut total = |text: &str| {
        let query = Query::new(text, false, false, 10).expect("a query");
        reader.search(&query, shown, || false).expect("searched").total
    };
    assert_eq!((total("abc"), total("here"), total("key")), (0, 2, 1));
    // Nor by a pattern that fits the line in both shapes if its guess is right.
    let mut total = |pattern: &str| {
        let query = Query::new(pattern, true, false, 10).expect("a query");
        reader.search(&query, shown, || false).expect("searched").total
    };
    for (right, wrong) in [(r"key=(a.*|\*\*\*)", r"key=(b.*|\*\*\*)"), ("key=[^z]* ", "key=[^f]* ")]
    {
        assert_eq!(total(right), total(wrong), "{right} and {wrong}");
    }
}

#[test]
fn a_search_ends_when_its_time_is_up() {
    let (_, mut reader) = stored(Buildkite, "x\n".repeat(10_000).as_bytes());
    let query = Query::new("x", false, false, 10).expect("a query");
    let found = reader.search(&query, |_| None, || true).expect("searched");
    assert_eq!((found.lines_searched, found.is_cut), (1024, true));
}

#[test]
fn patterns_that_cannot_be_say_why() {
    let error = |text: &str| Query::new(text, true, false, 1).expect_err("refused");
    assert!(matches!(error(""), QueryError::Empty));
    assert!(matches!(error("(((((\\w{100}){100}){100}){100}){100})"), QueryError::TooLarge));
    assert_eq!(error("a(b").to_string(), "the pattern is no regular expression: unclosed group");
}
