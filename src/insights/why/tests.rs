use super::*;
use crate::model::{Issue, IssueKind, StepFact, StepFold, Timestamp};

fn step(fact: &StepFact) -> Step {
    let mut fold = StepFold::default();
    fold.absorb(fact);
    fold.record()
}

fn failed(name: &str) -> StepFact {
    let at = StepRef { key: format!("job:{name}"), attempt: 1 };
    StepFact {
        name: Some(name.to_owned()),
        result: Some(BuildResult::Failure),
        finished_at: Some(Timestamp(9)),
        ..StepFact::about(at, StepKind::Job)
    }
}

fn lines(text: &str) -> Excerpt {
    let lines = (1..).zip(text.lines());
    Excerpt { lines: lines.map(|(n, text)| LogLine { n, text: text.to_owned() }).collect() }
}

fn told(text: &str) -> (WhyKind, Option<i64>) {
    let fact = StepFact { exit_status: Some(1), ..failed("test") };
    let why = why(&fact.step.clone(), &step(&fact), None, &lines(text));
    (why.kind, why.line)
}

#[test]
fn the_first_line_of_the_strongest_kind_tells() {
    for (log, kind, line) in [
        (
            "   Compiling shop v0.1.0\nerror[E0308]: mismatched types\n --> src/a.rs:3",
            WhyKind::CompileError,
            2,
        ),
        (
            "src/app.ts(12,5): error TS2322: Type 'string'\nnpm ERR! code ELIFECYCLE",
            WhyKind::CompileError,
            1,
        ),
        ("./cart.go:14:2: undefined: total", WhyKind::CompileError, 1),
        (
            "running 3 tests\ntest cart::sum ... FAILED\ntest result: FAILED. 2 passed; 1 failed",
            WhyKind::TestFailure,
            2,
        ),
        ("FAILED tests/test_cart.py::test_sum - AssertionError: 1 != 2", WhyKind::TestFailure, 1),
        ("Tests run: 12, Failures: 1, Errors: 0, Skipped: 0", WhyKind::TestFailure, 1),
        ("curl: (6) Could not resolve host: registry.example", WhyKind::Network, 1),
        ("ERROR: No matching distribution found for shop==9.9", WhyKind::Dependency, 1),
        (
            "FATAL ERROR: Reached heap limit - JavaScript heap out of memory",
            WhyKind::OutOfMemory,
            1,
        ),
        ("write /tmp/x: no space left on device", WhyKind::Infrastructure, 1),
        ("  12:3  error  'x' is not defined  no-undef", WhyKind::Lint, 1),
        ("all good\n##[error]Bash exited with code '3'.", WhyKind::ScriptError, 2),
    ] {
        assert_eq!(told(log), (kind, Some(line)), "{log}");
    }
}

#[test]
fn harmless_words_are_no_signs() {
    for log in [
        "0 errors, 0 warnings",
        "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
        "test error_is_shown ... ok",
        "warning: connection refused, retrying in 2 s",
    ] {
        assert_eq!(told(log), (WhyKind::ScriptError, None), "{log}");
    }
}

#[test]
fn what_the_provider_states_goes_before_the_log() {
    let log = lines("test cart::sum ... FAILED");
    let of = |fact: StepFact| why(&fact.step.clone(), &step(&fact), None, &log).kind;
    let detail = |detail| StepFact { detail: Some(detail), ..failed("test") };
    assert_eq!(of(detail(ResultDetail::Timeout)), WhyKind::Timeout);
    assert_eq!(of(detail(ResultDetail::NoAgent)), WhyKind::NoAgent);
    assert_eq!(of(detail(ResultDetail::Rejected)), WhyKind::Rejected);
    assert_eq!(of(detail(ResultDetail::Infrastructure)), WhyKind::AgentLost);
    let issue =
        |message: &str| Issue { kind: IssueKind::Error, message: message.to_owned(), line: None };
    let lost = issue("We stopped hearing from agent linux-3.");
    assert_eq!(of(StepFact { issues: Some(vec![lost]), ..failed("test") }), WhyKind::AgentLost);
}

#[test]
fn a_killed_command_ran_out_of_memory_unless_its_log_knows_better() {
    let of = |log: &str| {
        let fact = StepFact { exit_status: Some(137), ..failed("test") };
        why(&fact.step.clone(), &step(&fact), None, &lines(log)).kind
    };
    assert_eq!(of("building"), WhyKind::OutOfMemory);
    assert_eq!(of("test cart::sum ... FAILED"), WhyKind::TestFailure);
}

#[test]
fn the_steps_that_failed_by_themselves_are_told_in_the_order_of_their_ends() {
    let part = |key: &str, parent: Option<&str>, end: i64| {
        let at = |key: &str| StepRef { key: key.to_owned(), attempt: 1 };
        let fact = StepFact {
            parent: parent.map(at),
            finished_at: Some(Timestamp(end)),
            step: at(key),
            ..failed(key)
        };
        (at(key), step(&fact))
    };
    let steps =
        [part("stage", None, 9), part("late", Some("stage"), 9), part("early", Some("stage"), 5)];
    let keys: Vec<&str> = failing(&steps).into_iter().map(|(at, _)| at.key.as_str()).collect();
    assert_eq!(keys, ["early", "late"]);
}

#[test]
fn a_sentence_names_a_step_without_the_codes_of_its_emoji() {
    for (name, shown) in [
        (":test_tube: Unit tests", "Unit tests"),
        ("Deploy :rocket: :flag-au: now", "Deploy now"),
        (":hammer:", ":hammer:"),
        ("check std::fmt::Write", "check std::fmt::Write"),
        ("at 10:30:15", "at 10:30:15"),
    ] {
        let fact = StepFact { exit_status: Some(2), ..failed(name) };
        let why = why(&fact.step.clone(), &step(&fact), None, &lines(""));
        assert_eq!(why.sentence, format!("{shown} ended with status 2."));
    }
}
