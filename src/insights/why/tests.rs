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

fn sentence_of(name: &str, log: &str) -> (WhyKind, Option<i64>, String) {
    let fact = StepFact { exit_status: Some(1), ..failed(name) };
    let why = why(&fact.step.clone(), &step(&fact), None, &lines(log));
    (why.kind, why.line, why.sentence)
}

#[test]
fn an_error_of_any_tool_goes_before_a_line_that_says_how_it_ended() {
    const ENDS: [&str; 6] = [
        "🚨 Error: The command exited with status 1",
        "🚨 Error: running \"git clone\": exit status 128",
        "Process completed with exit code 1.",
        "##[error]Bash exited with code '1'.",
        "make: *** [Makefile:3: all] Error 2",
        "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! shop@1.0.0 build: `./build`",
    ];
    for (line, kind) in [
        ("fatal: repository 'https://git.example/x/' not found", WhyKind::ScriptError),
        ("/tmp/x: line 2: foo: command not found", WhyKind::ScriptError),
        ("/bin/sh: 1: foo: not found", WhyKind::ScriptError),
        ("│ Error: creating S3 Bucket (x): AccessDenied", WhyKind::ScriptError),
        ("error: failed to push some refs to 'git@git.example:x.git'", WhyKind::ScriptError),
        (r#"error: error validating "k8s/a.yaml": unknown field"#, WhyKind::ScriptError),
        ("ERROR Unable to sign the image", WhyKind::ScriptError),
        ("KeyError: 'HOME'", WhyKind::ScriptError),
        ("##[error]The release has no artefact", WhyKind::ScriptError),
        ("curl: (22) The requested URL returned error: 404", WhyKind::ScriptError),
        ("curl: (7) Failed to connect to example.test port 443", WhyKind::Network),
        ("curl: (28) Operation timed out after 30001 milliseconds", WhyKind::Network),
        ("curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL", WhyKind::Network),
        ("ssh: Could not resolve hostname git.example", WhyKind::Network),
        ("wget: unable to resolve host address 'git.example'", WhyKind::Network),
        ("'foo' is not recognized as an internal or external command,", WhyKind::ScriptError),
        (
            "An error occurred (AccessDenied) when calling the PutObject operation",
            WhyKind::ScriptError,
        ),
        ("10:00:01: error: something broke", WhyKind::ScriptError),
    ] {
        assert_eq!(told(line), (kind, Some(1)), "{line}");
        for end in ENDS {
            assert_eq!(told(&format!("+ go\n{line}\n{end}")), (kind, Some(2)), "{line} {end}");
        }
    }
    for end in ENDS {
        assert_eq!(told(end), (WhyKind::ScriptError, Some(1)), "{end}");
    }
}

#[test]
fn of_the_errors_of_tools_the_last_complaint_tells() {
    let lived_with = "rm: gone\nerror: no such remote 'old'\nok\nok\nok\n";
    for (log, line) in [
        ("fatal: not a repository\nfatal: bad revision\nexited with status 1", 1),
        ("Traceback (most recent call last):\n  File \"x\"\nKeyError: 'HOME'", 3),
        ("Error: No such image\nnpm ERR! Missing script: \"x\"\nnpm ERR! code ELIFECYCLE", 1),
    ] {
        assert_eq!(told(log), (WhyKind::ScriptError, Some(line)), "{log}");
        let later = format!("{lived_with}{log}");
        assert_eq!(told(&later), (WhyKind::ScriptError, Some(line + 5)), "{later}");
    }
    // Of sums it is the first, and what a hook says after the agent's word is none.
    let log = "> Task :app:sign FAILED\n\n\n\nBUILD FAILED in 3s\nexited with status 1";
    assert_eq!(told(log), (WhyKind::ScriptError, Some(1)));
    let over =
        "🚨 Error: The command exited with status 1\nok\nok\nok\nError: No such container: x";
    assert_eq!(told(over), (WhyKind::ScriptError, Some(1)));
    assert_eq!(told(&format!("fatal: bad revision\n{over}")), (WhyKind::ScriptError, Some(1)));
    // What is known to be a cause goes before all of them.
    let log = "test cart::sum ... FAILED\nfatal: bad revision\nexited with status 1";
    assert_eq!(told(log), (WhyKind::TestFailure, Some(1)));
}

#[test]
fn a_bare_error_is_a_compilers_only_with_a_compilers_marks() {
    let (kind, line, sentence) = sentence_of("Release", "error: failed to push some refs to 'x'");
    assert_eq!((kind, line), (WhyKind::ScriptError, Some(1)));
    assert_eq!(sentence, "Release ended with status 1: error: failed to push some refs to 'x'");
    let (.., sentence) = sentence_of("Plan", "╷\n│ Error: creating S3 Bucket (x): AccessDenied\n╵");
    assert_eq!(sentence, "Plan ended with status 1: Error: creating S3 Bucket (x): AccessDenied");
    for log in [
        "error: expected `;`, found `}`\n --> src/a.rs:3:5",
        "src/a.c:1:2: error: expected ';'",
        "src/Cart.java:12: error: cannot assign",
        "Cart.cs(3,1): error CS1002: ; expected",
        "src/app.ts(12,5): error TS2322: Type 'string'",
        "error: could not compile `shop` (lib) due to 1 previous error",
        "error: linking with `cc` failed: exit status: 1",
        "ld.lld: error: undefined symbol: total",
        "clang: error: linker command failed",
        "/usr/bin/ld: cannot find -lshop",
    ] {
        assert_eq!(told(log), (WhyKind::CompileError, Some(1)), "{log}");
    }
}

fn noted(message: &str) -> Vec<Issue> {
    vec![Issue { kind: IssueKind::Error, message: message.to_owned(), line: None }]
}

#[test]
fn what_a_step_notes_itself_is_its_reason_where_its_log_tells_no_more() {
    let task = StepFact { issues: Some(noted("Real issue here")), ..failed("Publish") };
    let job = step(&StepFact { issues: Some(noted("Another task's")), ..failed("job") });
    assert!(tells_itself(&step(&task)) && !tells_itself(&step(&failed("Publish"))));
    let of = |log: &str| {
        let why = why(&task.step.clone(), &step(&task), Some(&job), &lines(log));
        (why.kind, why.line, why.sentence)
    };
    let wanted = "Publish failed: Real issue here".to_owned();
    assert_eq!(of(""), (WhyKind::ScriptError, None, wanted));
    assert_eq!(of("test cart::sum ... FAILED").0, WhyKind::TestFailure);
    let known =
        StepFact { issues: Some(noted("src/a.ts(1,2): error TS2304: no x")), ..task.clone() };
    let log = lines("##[error]Bash exited with code '1'.");
    let why = why(&known.step.clone(), &step(&known), Some(&job), &log);
    assert_eq!((why.kind, why.line), (WhyKind::CompileError, None));
    // A warning is no reason.
    let warning = Issue { kind: IssueKind::Warning, message: "old image".to_owned(), line: None };
    let warned = StepFact { issues: Some(vec![warning]), ..failed("Publish") };
    let why = super::why(&warned.step.clone(), &step(&warned), None, &lines(""));
    assert_eq!(why.kind, WhyKind::Unknown);
}

#[test]
fn a_job_that_failed_by_the_build_it_triggered_says_which() {
    let of = |url: &str, agent: Option<&str>| {
        let (url, agent) = (Some(url.to_owned()), agent.map(str::to_owned));
        let fact = StepFact { agent, url, ..failed("Deploy") };
        why(&fact.step.clone(), &step(&fact), None, &lines("")).sentence
    };
    let page = "https://buildkite.com/quay/deploy/builds/7";
    let told = format!("Deploy failed, since the build that it triggered did: {page}");
    assert_eq!(of(page, None), told);
    let nothing = "Deploy failed, and nothing tells why.";
    assert_eq!(of(&format!("{page}#0190"), None), nothing);
    assert_eq!(of(page, Some("linux-3")), nothing);
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
fn a_job_that_the_service_ended_is_what_its_stage_failed_by() {
    let at = |key: &str| StepRef { key: key.to_owned(), attempt: 1 };
    let part = |kind, key: &str, parent: Option<&str>, result, fact: StepFact| {
        let fact = StepFact {
            parent: parent.map(at),
            result: Some(result),
            name: Some(key.to_owned()),
            ..StepFact { kind, step: at(key), ..fact }
        };
        (at(key), step(&fact))
    };
    let (no, ended) = (BuildResult::Failure, BuildResult::Aborted);
    let stage = part(StepKind::Stage, "stage", None, no, failed(""));
    let long = "The job running on agent vm-1 ran longer than the maximum time of 60 minutes.";
    let limit = StepFact { detail: Some(ResultDetail::Timeout), ..failed("") };
    let limit = StepFact { issues: Some(noted(long)), ..limit };
    let job = part(StepKind::Job, "job", Some("stage"), ended, limit);
    let task = part(StepKind::Task, "task", Some("job"), ended, failed(""));
    let other = part(StepKind::Job, "other", Some("stage"), ended, failed(""));
    let keys = |steps: &[(StepRef, Step)]| -> Vec<String> {
        failing(steps).into_iter().map(|(at, _)| at.key.clone()).collect()
    };
    let steps = [stage.clone(), job.clone(), task, other.clone()];
    assert_eq!(keys(&steps), ["job"]);
    let why = why(&steps[1].0, &steps[1].1, Some(&stage.1), &lines(""));
    assert_eq!(
        (why.kind, why.sentence.as_str()),
        (WhyKind::Timeout, "job ran longer than it may.")
    );
    // A task that its end broke is no reason of its own; a job that failed beside it is.
    let broken = part(StepKind::Task, "task", Some("job"), no, failed(""));
    let beside = part(StepKind::Job, "beside", Some("stage"), no, failed(""));
    assert_eq!(keys(&[stage.clone(), job, broken, beside]), ["beside", "job"]);
    // By other words of the service only where nothing below the stage failed.
    let said = StepFact { issues: Some(noted("The pool was removed.")), ..failed("") };
    let said = part(StepKind::Job, "said", Some("stage"), ended, said);
    assert_eq!(keys(&[stage.clone(), said.clone(), other.clone()]), ["said"]);
    assert_eq!(keys(&[said]), [""; 0]);
    assert_eq!(keys(&[stage, other]), ["stage"]);
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
