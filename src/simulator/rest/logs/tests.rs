use std::collections::HashSet;

use super::*;
use crate::simulator::clock::Tick;
use crate::simulator::suites;

const TOOLS: [Tool; 8] = [
    Tool::Rust,
    Tool::Node,
    Tool::Browser,
    Tool::Java,
    Tool::Go,
    Tool::Python,
    Tool::Dotnet,
    Tool::Terraform,
];
const PARTS: [Part; 5] = [Part::Restore, Part::Lint, Part::Build, Part::Test, Part::Deploy];

fn work(tool: Tool, part: Part, cause: Option<Cause>) -> Work<'static> {
    Work {
        seed: 7,
        tool,
        part,
        product: "shop",
        suite: 3,
        cause,
        trouble: Trouble::Chance,
        complains: false,
    }
}

#[test]
fn the_same_work_writes_the_same_page() {
    for tool in TOOLS {
        for part in PARTS {
            assert_eq!(page(&work(tool, part, None)), page(&work(tool, part, None)));
        }
    }
}

#[test]
fn each_cause_shows_in_a_line_that_no_good_page_has() {
    let causes = [
        Cause::CompileError,
        Cause::TestFailure,
        Cause::Lint,
        Cause::Dependency,
        Cause::Network,
        Cause::OutOfMemory,
        Cause::ScriptError,
        Cause::Infrastructure,
    ];
    for tool in TOOLS {
        let mut reasons = HashSet::new();
        for cause in causes {
            let bad = page(&work(tool, Part::Build, Some(cause)));
            let reason = bad.reason().unwrap_or_else(|| panic!("{tool:?} {cause:?}")).to_owned();
            for part in PARTS {
                let good = page(&work(tool, part, None));
                assert!(good.said.iter().all(|said| said.text != reason), "{tool:?}: {reason}");
            }
            assert!(reasons.insert(reason), "{tool:?} {cause:?} reads like another");
        }
    }
}

#[test]
fn good_pages_have_words_of_trouble_in_harmless_places() {
    let troubled = TOOLS.iter().filter(|tool| {
        PARTS.iter().any(|part| {
            let said = page(&work(**tool, *part, None)).said;
            said.iter().any(|said| said.text.to_lowercase().contains("error"))
        })
    });
    assert_eq!(troubled.count(), TOOLS.len());
}

#[test]
fn failing_tests_are_the_ones_that_the_log_names() {
    for tool in TOOLS.into_iter().filter(|tool| *tool != Tool::Terraform) {
        let bad = page(&work(tool, Part::Test, Some(Cause::TestFailure)));
        for number in suites::failing(3, Trouble::Chance, 7) {
            let name = suites::case(3, tool, number).name;
            assert!(bad.said.iter().any(|said| said.text.contains(&name)), "{tool:?}: {name}");
        }
    }
}

#[test]
fn lines_have_times_that_never_go_back() {
    let page = page(&work(Tool::Rust, Part::Test, None));
    let (from, to) = (Tick::BEGIN, Tick::BEGIN.plus_ms(61_234));
    let lines: Vec<Line> = page.timed(from, to).collect();
    assert!(lines.is_sorted_by_key(|line| line.at));
    assert!(lines.len() > 30 && lines.iter().all(|line| from <= line.at && line.at < to));
}

#[test]
fn each_provider_writes_lines_its_own_way() {
    let written = |kind, write: fn(&Line, &mut Vec<u8>)| {
        let line = Line { at: Tick::BEGIN.plus_ms(1_230), kind, text: "make build".to_owned() };
        let mut out = Vec::new();
        write(&line, &mut out);
        String::from_utf8(out).unwrap()
    };
    let azure = |kind| written(kind, azure::write);
    assert_eq!(azure(Kind::Command), "2026-02-02T08:00:01.2300000Z ##[command]make build");
    assert_eq!(azure(Kind::Error), "2026-02-02T08:00:01.2300000Z ##[error]make build");
    assert_eq!(azure(Kind::Progress), "2026-02-02T08:00:01.2300000Z make build");
    let buildkite = |kind| written(kind, buildkite::write);
    assert_eq!(buildkite(Kind::Group), "\u{1b}_bk;t=1770019201230\u{7}--- make build\r\n");
    assert!(buildkite(Kind::Progress).ends_with("make build\u{1b}[K\r"));
    assert!(buildkite(Kind::Over).contains("\u{1b}[1A\u{1b}[2Kmake build"));
}
