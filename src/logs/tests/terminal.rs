//! What a terminal would show.

use insta::assert_snapshot;

use super::{lines, styled, texts};
use crate::logs::Dialect::Buildkite;

#[test]
fn colours_of_all_kinds_and_manners_are_told_apart() {
    let log = "\x1b[31mred\x1b[0m plain \x1b[1;94mbold\x1b[22m thin\x1b[39m\n\
        \x1b[38;5;48mof 256\x1b[48;5;232mon grey\x1b[m\n\
        \x1b[38;2;255;128;0mtrue\x1b[39m \x1b[38:2::1:2:3mwith colons\x1b[m\n\
        \x1b[2mdim\x1b[22m \x1b[3mitalic\x1b[23m \x1b[4munder\x1b[24m \x1b[9mstrike\x1b[29m \x1b[7minverse\x1b[27m\n\
        \x1b[4:3mwavy\x1b[4:0m none \x1b[58;5;1munderline's colour\x1b[m\n\
        \x1b[38;5mbroken\x1b[999mnumber\x1b[99999999999999mhuge";
    assert_snapshot!(styled(log), @"
    {red}red{} plain {bright-blue bold}bold{}{bright-blue} thin{}
    {#00ff87}of 256{}{#00ff87 on #080808}on grey{}
    {#ff8000}true{} {#010203}with colons{}
    {dim}dim{} {italic}italic{} {underline}under{} {strike}strike{} {inverse}inverse{}
    {underline}wavy{} none underline's colour
    brokennumberhuge
    ");
}

#[test]
fn a_colour_lasts_over_line_ends_until_it_is_taken_back() {
    assert_snapshot!(styled("\x1b[32mone\ntwo\x1b[0m\nthree"), @"
    {green}one{}
    {green}two{}
    three
    ");
}

#[test]
fn what_is_written_over_is_gone() {
    assert_eq!(texts(Buildkite, "10%\r50%\r100%\ndone"), ["100%", "done"]);
    assert_eq!(texts(Buildkite, "a long line\rshort\x1b[K\n"), ["short"]);
    assert_eq!(texts(Buildkite, "a long line\rshort\n"), ["shortg line"]);
    assert_eq!(texts(Buildkite, "abc\x08\x08X\n"), ["aXc"]);
    assert_eq!(texts(Buildkite, "abcdef\x1b[3DX\x1b[1GY\x1b[2CZ\n"), ["YbcZef"]);
    assert_eq!(texts(Buildkite, "abcdef\x1b[2Knew\n"), ["      new"]);
    assert_eq!(texts(Buildkite, "abcdef\x1b[2D\x1b[1KX\n"), ["    Xf"]);
    assert_eq!(texts(Buildkite, "progress\r\x1b[Jdone\n"), ["done"]);
}

#[test]
fn line_ends_come_in_three_ways_and_blanks_at_the_end_are_not_shown() {
    assert_eq!(
        texts(Buildkite, "one\r\ntwo\nthree\r\r\nfour   \n"),
        ["one", "two", "three", "four"]
    );
    assert_eq!(texts(Buildkite, "\n\nlast"), ["", "", "last"]);
    assert!(texts(Buildkite, "").is_empty());
    // But those that can be seen are.
    assert_snapshot!(styled("\x1b[41m  \x1b[0m  "), @"{on red}  {}");
}

#[test]
fn tabs_stay_and_other_controls_vanish() {
    assert_eq!(texts(Buildkite, "a\tb\x07\x0b\x00\x7fc\u{feff}"), ["a\tbc\u{feff}"]);
    assert_eq!(texts(Buildkite, "\u{feff}begins with a mark"), ["begins with a mark"]);
    let swallowed = "\x1b(B\x1b[?25l\x1b[?2004h\x1b]0;title\x07\x1bPq#0\x1b\\\x1b[5n\x1b=text";
    assert_eq!(texts(Buildkite, swallowed), ["text"]);
}

#[test]
fn what_is_not_utf8_is_seen_to_be_missing() {
    let (_, mut reader) = super::stored(Buildkite, b"a\xffb\xe2\x82\ncut \xf0\x9f");
    let lines = super::all_lines(&mut reader);
    assert_eq!(lines[0].text(), "a\u{fffd}b\u{fffd}");
    assert_eq!(lines[1].text(), "cut \u{fffd}");
}

#[test]
fn a_sequence_that_never_ends_takes_its_line_and_no_more() {
    assert_eq!(texts(Buildkite, "a\x1b]8;;http://x\nb\x1b[12\nc\x1b\nd"), ["a", "b", "c", "d"]);
}

#[test]
fn links_lead_to_the_web_or_nowhere() {
    let log = "\x1b]8;;https://a.example/x\x07here\x1b]8;;\x07 and \x1b]8;id=1;http://b.example\x1b\\there\x1b]8;;\x1b\\\n\
        \x1b]1339;url=https://c.example;content=a name\x07 \x1b]1339;url='https://d.example/?a;b'\x07\n\
        \x1b]1339;url=javascript:alert(1);content=bad\x07 \x1b]8;;file:///etc/passwd\x07file\x1b]8;;\x07 \
        \x1b]1339;url=artifact://a.txt;content=kept\x07";
    assert_snapshot!(styled(log), @"
    {-> https://a.example/x}here{} and {-> http://b.example}there{}
    {-> https://c.example}a name{} {-> https://d.example/?a;b}https://d.example/?a;b{}
    bad file kept
    ");
}

#[test]
fn an_image_is_what_stands_for_it() {
    let log = "\x1b]1338;url=artifact://a.gif;alt=Rainbows\x07|\x1b]1338;url=https://x.example/a.png\x07|\
        \x1b]1337;File=name=YQ==;inline=1;alt=\"a cat\":AAAA\x07|\x1b]1337;SetMark\x07";
    assert_eq!(texts(Buildkite, log), ["Rainbows|image|a cat|"]);
}

#[test]
fn a_cursor_that_goes_up_changes_lines_before() {
    let pull = "pulling\nlayer 1: waiting\nlayer 2: waiting\n\
        \x1b[2A\x1b[2K\rlayer 1: done\x1b[2B\r\x1b[1A\x1b[2Klayer 2: done\nready";
    assert_eq!(texts(Buildkite, pull), ["pulling", "layer 1: done", "layer 2: done", "ready"]);
    let saved = "one\ntwo\n\x1b7\x1b[2A\x1b[2KONE\x1b8three\n";
    assert_eq!(texts(Buildkite, saved), ["ONE", "two", "three"]);
    let erased = "head\na\nb\nc\n\x1b[3A\x1b[Jx\n";
    assert_eq!(texts(Buildkite, erased), ["head", "x"]);
    let next = "a\nb\n\x1b[2FA\x1b[1EB\n\x1b[sc\x1b[uC\n";
    assert_eq!(texts(Buildkite, next), ["A", "B", "C"]);
}

#[test]
fn styles_links_and_times_stay_where_lines_are_drawn() {
    let log = "\x1b_bk;t=1700000000000\x07old\n\x1b[1A\x1b_bk;t=1700000001000\x07\
        \x1b[31mred\x1b[0m \x1b]8;;https://a.example\x07link\x1b]8;;\x07\n\x1b[42mlast";
    assert_snapshot!(styled(log), @"
    {red}red{} {-> https://a.example}link{}
    {on green}last{}
    ");
    let times: Vec<_> = lines(Buildkite, log).iter().map(|line| line.at).collect();
    assert_eq!(times, [Some(1_700_000_001_000), None]);
}

#[test]
fn what_a_program_clears_is_not_lost() {
    for clear in ["\x1b[2J", "\x1b[H\x1b[J", "\x1bc", "\x1b[H\x1b[2J\x1b[3J"] {
        let log = format!("error: first run\n{clear}second run\n");
        assert_eq!(texts(Buildkite, &log), ["error: first run", "second run"], "{clear:?}");
    }
}

#[test]
fn a_cursor_goes_no_further_than_one_line_below_the_last() {
    assert_eq!(texts(Buildkite, "a\n\x1b[500Bb"), ["a", "b"]);
    assert_eq!(texts(Buildkite, "a\x1b[900Ab\n\x1b[99;99Hc\n").len(), 2);
}

#[test]
fn lines_far_above_the_cursor_are_settled() {
    let many = (1..=1000).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    let log = format!("{many}\x1b[9999A\x1b[2Kreached\n");
    let texts = texts(Buildkite, &log);
    assert_eq!(texts.len(), 1000);
    let changed = texts.iter().position(|text| text == "reached").expect("somewhere");
    assert!((750..=850).contains(&changed), "{changed}");
}

#[test]
fn a_long_line_takes_several_rows_which_programs_count() {
    let long = "x".repeat(200);
    // Two rows and one: up three is the first of them.
    let log =
        format!("{long}\nprogress 1\n\x1b[1A\x1b[2Kprogress 2\n\x1b[3A\x1b[2Kfirst\x1b[3Bend\n");
    assert_eq!(texts(Buildkite, &log)[0], "first");
    assert_eq!(texts(Buildkite, &log)[1].len(), 40);
    let untouched = format!("{long}\nprogress 1\n\x1b[1A\x1b[2Kprogress 2\n");
    assert_eq!(texts(Buildkite, &untouched), [long.as_str(), "progress 2"]);
    // Azure's agent has no terminal that would be too narrow.
    let log = format!("{long}\nsecond\n\x1b[2A\x1b[2Kfirst\n");
    assert_eq!(texts(crate::logs::Dialect::AzureDevOps, &log), ["first", "second"]);
}
