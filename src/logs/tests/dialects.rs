//! What providers mark: times, levels, groups.

use insta::{assert_debug_snapshot, assert_snapshot};

use super::{lines, stored, texts};
use crate::logs::Dialect::{AzureDevOps, Buildkite};
use crate::logs::Level;

/// `1-4 0 open "title" from 1700000000000 took 5`.
fn groups(dialect: crate::logs::Dialect, log: &str) -> String {
    let outline = stored(dialect, log.as_bytes()).1.outline().expect("an outline");
    let shown = outline.groups.iter().map(|group| {
        format!(
            "{}-{} level {} {} {:?} from {:?} took {:?}",
            group.start,
            group.end,
            group.level,
            if group.is_open { "open" } else { "closed" },
            group.title,
            group.started_at.unwrap_or_default(),
            group.duration_ms.unwrap_or(-1),
        )
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_azure_line_begins_with_its_time_which_is_not_its_text() {
    let log = "2025-01-02T03:10:05.1234567Z hello\n\u{feff}2025-01-02T03:10:05.9Z \u{feff}marked\r\n\
        no time\n2025-13-02T03:10:05.1234567Z no month\n2024-02-29T23:59:59.9999999Z";
    let shown: Vec<_> = lines(AzureDevOps, log).iter().map(|line| (line.at, line.text())).collect();
    assert_debug_snapshot!(shown, @r#"
    [
        (
            Some(
                1735787405123,
            ),
            "hello",
        ),
        (
            Some(
                1735787405900,
            ),
            "marked",
        ),
        (
            None,
            "no time",
        ),
        (
            None,
            "2025-13-02T03:10:05.1234567Z no month",
        ),
        (
            Some(
                1709251199999,
            ),
            "",
        ),
    ]
    "#);
}

#[test]
fn azure_markers_make_levels_and_are_not_shown() {
    let log = "##[section]Starting: Build\n##[command]make all\n##[debug]x=1\n##[warning]old\n\
        ##[error]Bash exited with code '2'.\n##[group]More\n##[endgroup]\n##[other]stays\nplain";
    let shown: Vec<_> = lines(AzureDevOps, log)
        .iter()
        .map(|line| format!("{:?} {}", line.level, line.text()))
        .collect();
    assert_snapshot!(shown.join("\n"), @"
    Some(Section) Starting: Build
    Some(Command) make all
    Some(Debug) x=1
    Some(Warning) old
    Some(Error) Bash exited with code '2'.
    Some(Group) More
    Some(Group) 
    None ##[other]stays
    None plain
    ");
    // A command that mentions an error is a command.
    assert_eq!(lines(AzureDevOps, "##[command]echo error: x")[0].level, Some(Level::Command));
}

#[test]
fn azure_groups_lie_within_each_other_and_sections_end_by_name() {
    let log = "2025-01-02T00:00:00.0Z ##[section]Starting: Job\n\
        2025-01-02T00:00:01.0Z ##[section]Starting: Task\n\
        2025-01-02T00:00:02.0Z ##[group]Outer\n\
        2025-01-02T00:00:03.0Z ##[group]Inner\n\
        2025-01-02T00:00:04.0Z text\n\
        2025-01-02T00:00:05.0Z ##[endgroup]\n\
        2025-01-02T00:00:06.0Z ##[endgroup]\n\
        2025-01-02T00:00:07.0Z ##[endgroup]\n\
        2025-01-02T00:00:08.0Z ##[group]Never ended\n\
        2025-01-02T00:00:09.0Z ##[section]Finishing: Task\n\
        2025-01-02T00:00:10.0Z ##[section]Finishing: Other\n\
        2025-01-02T00:00:11.0Z the end";
    assert_snapshot!(groups(AzureDevOps, log), @r#"
    1-12 level 0 open "Job" from 1735776000000 took 11000
    2-10 level 1 open "Task" from 1735776001000 took 8000
    3-7 level 2 closed "Outer" from 1735776002000 took 4000
    4-6 level 3 closed "Inner" from 1735776003000 took 2000
    9-10 level 2 closed "Never ended" from 1735776008000 took 1000
    "#);
    let depths: Vec<u16> = lines(AzureDevOps, log).iter().map(|line| line.depth).collect();
    assert_eq!(depths, [0, 1, 2, 3, 4, 4, 3, 2, 2, 3, 1, 1]);
}

#[test]
fn buildkite_times_stand_anywhere_and_the_last_one_counts() {
    let log = "\x1b_bk;t=1700000000000\x07first\x1b_bk;t=1700000000500\x07\r\n\
        _bk;t=1700000001000\x07lost its escape\n\
        10%_bk;t=1700000002000\x07\r20%_bk;t=1700000003000\x07\r30%\n\
        _bk;t=abc\x07no time\nplain";
    let shown: Vec<_> = lines(Buildkite, log)
        .iter()
        .map(|line| format!("{} {}", line.at.unwrap_or_default(), line.text()))
        .collect();
    assert_snapshot!(shown.join("\n"), @"
    1700000000500 first
    1700000001000 lost its escape
    1700000003000 30%
    0 _bk;t=abcno time
    0 plain
    ");
}

#[test]
fn buildkite_headers_begin_groups() {
    let log = "\x1b_bk;t=1700000000000\x07~~~ Preparing\r\n\x1b_bk;t=1700000001000\x07$ git clone\r\n\
        \x1b_bk;t=1700000002000\x07--- :hammer: Build\r\nmaking\r\n\
        \x1b_bk;t=1700000007000\x07+++ Test\r\ntesting\r\n\
        \x1b_bk;t=1700000009000\x07--- Last\r\n---\r\n--- \r\n---no\r\nend";
    assert_snapshot!(groups(Buildkite, log), @r#"
    1-2 level 0 closed "Preparing" from 1700000000000 took 2000
    3-4 level 0 closed ":hammer: Build" from 1700000002000 took 5000
    5-6 level 0 open "Test" from 1700000007000 took 2000
    7-11 level 0 closed "Last" from 1700000009000 took 0
    "#);
    assert_eq!(lines(Buildkite, log)[2].level, Some(Level::Group));
    assert_eq!(lines(Buildkite, log)[3].depth, 1);
}

#[test]
fn which_buildkite_groups_are_open() {
    // The last one, when none asks for it; quiet ones never do.
    assert_snapshot!(groups(Buildkite, "--- a\n--- b\n~~~ c\n"), @r#"
    1-1 level 0 closed "a" from 0 took -1
    2-2 level 0 open "b" from 0 took -1
    3-3 level 0 closed "c" from 0 took -1
    "#);
    // One that failed opens itself afterwards.
    assert_snapshot!(groups(Buildkite, "--- a\nfails\n^^^ +++\n--- b\n"), @r#"
    1-3 level 0 open "a" from 0 took -1
    4-4 level 0 closed "b" from 0 took -1
    "#);
}

#[test]
fn a_command_of_the_agent_is_told_by_its_grey_prompt() {
    let log = "\x1b[90m$\x1b[0m make\n$ make\n\x1b[90m# comment\x1b[0m";
    let levels: Vec<_> = lines(Buildkite, log).iter().map(|line| line.level).collect();
    assert_eq!(levels, [Some(Level::Command), None, None]);
}

#[test]
fn a_failure_goes_before_the_header_it_looks_like() {
    let lines = lines(Buildkite, "--- FAIL: TestLogin (0.00s)\n");
    assert_eq!(lines[0].level, Some(Level::Error));
    assert_eq!(groups(Buildkite, "--- FAIL: TestLogin (0.00s)\n").lines().count(), 1);
}

#[test]
fn a_providers_words_mean_nothing_in_the_others_logs() {
    assert_eq!(
        texts(Buildkite, "2025-01-02T03:10:05.1234567Z x"),
        ["2025-01-02T03:10:05.1234567Z x"]
    );
    assert_eq!(lines(AzureDevOps, "--- title")[0].level, None);
    assert_eq!(texts(Buildkite, "##[group]x"), ["##[group]x"]);
}

#[test]
fn errors_and_warnings_are_listed_up_to_a_bound_and_counted_beyond() {
    let log = "error: one\nwarning: two\nplain\n".repeat(12_000);
    let (summary, mut reader) = stored(Buildkite, log.as_bytes());
    let outline = reader.outline().expect("an outline");
    assert_eq!((summary.error_count, summary.warning_count), (12_000, 12_000));
    assert_eq!((outline.error_count, outline.warning_count), (12_000, 12_000));
    assert_eq!((outline.errors.len(), outline.warnings.len()), (10_000, 10_000));
    assert_eq!((outline.errors[1].0, outline.warnings[1]), (4, 5));
}

#[test]
fn a_long_title_ends_with_a_whole_word() {
    let title = format!("--- {} Password=not-a-real-one", "w".repeat(180));
    let (_, mut reader) = stored(Buildkite, title.as_bytes());
    assert_eq!(reader.outline().expect("an outline").groups[0].title, "w".repeat(180));
}

#[test]
fn groups_are_listed_up_to_a_bound() {
    let (_, mut reader) = stored(Buildkite, "--- again\n".repeat(10_001).as_bytes());
    let outline = reader.outline().expect("an outline");
    assert_eq!((outline.groups.len(), outline.groups_cut), (10_000, true));
    let deep = "##[group]x\n".repeat(100) + &"##[endgroup]\n".repeat(100) + "##[group]after\n";
    let (_, mut reader) = stored(AzureDevOps, deep.as_bytes());
    let outline = reader.outline().expect("an outline");
    assert_eq!(outline.groups.iter().map(|group| group.level).max(), Some(31));
    assert_eq!(outline.groups.last().map(|group| (group.start, group.level)), Some((201, 0)));
}
