//! Which lines tell of a failure, or warn: the documented set.
//!
//! Conservative: what counts is written the way compilers, test runners, agents and package managers write it,
//! mostly at the start of a line. `0 errors`, `error: 0` and prose about errors are none. The table below is the
//! whole of it; `docs/operate/logs.md` tells it to operators.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::{Deserialize, Serialize};

/// What a line gives itself away by, the telling ones first: of a failed step's lines, those of a smaller sign
/// say more about the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// A compiler or a linter points at a place: `error[E0308]: ...`, `a.c:1:2: error: ...`.
    Compiler,
    /// A test failed: `FAILED tests/...`, `--- FAIL: ...`, `test x ... FAILED`.
    Test,
    /// A program gave up: `panicked at`, `Traceback`, `SomeError: ...`.
    Exception,
    /// The machine did: `No space left on device`, `Segmentation fault`.
    System,
    /// A tool says so: `npm ERR!`, `fatal: ...`, `ERROR: ...`, `make: *** ...`.
    Tool,
    /// The agent's marker: `##[error]...`.
    Marker,
    /// That something else failed, which stands further up: `exited with status 1`.
    Exit,
    Warning,
}

impl Sign {
    #[must_use]
    pub fn is_warning(self) -> bool {
        self == Self::Warning
    }
}

/// A shape that lines of a sign have.
struct Shape {
    sign: Sign,
    has: &'static str,
    /// It may also introduce the news that there is no error.
    may_be_nothing: bool,
}

const fn shape(sign: Sign, has: &'static str) -> Shape {
    Shape { sign, has, may_be_nothing: false }
}

/// `error: 0`, `Error: none`, `errors: no errors`: a count or a word that says there is none.
const NOTHING: &str = r"(?i)\berrors?\b\W*:\s*(?:0|none|null|nil|false|undefined|no errors?(?: found)?)\s*[.,;)]?\s*$";

/// First match decides.
const SHAPES: &[Shape] = &[
    // Agents.
    shape(
        Sign::Exit,
        r"^(?:##\[error\]|🚨 )?(?:Error: )?(?:.*\b)?(?:[Ee]xited|[Cc]ompleted|[Ff]ailed|[Tt]erminated) with (?:exit )?(?:code|status):? ?'?-?[1-9]\d*\b",
    ),
    shape(Sign::Exit, r"^user command error: (?:exit status|signal)"),
    shape(Sign::Exit, r"^🚨 Error: "),
    shape(Sign::Exit, r"^(?:error )?Command failed with exit code [1-9]"),
    shape(Sign::Exit, r"ELIFECYCLE"),
    shape(Sign::Exit, r"^make(?:\[\d+\])?: \*\*\* .*\b(?:Error [1-9]\d*|Stop)"),
    shape(Sign::Exit, r"^error: aborting due to "),
    shape(Sign::Exit, r"^error: could not compile `"),
    shape(Sign::Exit, r"^error: (?:test failed, to rerun|\d+ targets? failed)"),
    // Compilers and linters.
    shape(Sign::Compiler, r"^\s*error\[[A-Za-z]\w*\](?::| )"),
    shape(Sign::Compiler, r"(?:^|[:)-] ?)(?:fatal )?error [A-Z]+\d+\b"),
    Shape {
        sign: Sign::Compiler,
        has: r"^\S.*[:(]\d+(?:[:,]\d+)?\)?: (?:fatal |internal compiler )?error: \S",
        may_be_nothing: true,
    },
    shape(Sign::Compiler, r"^\s+\d+:\d+\s+error\s+\S"),
    shape(Sign::Compiler, r"^e: (?:file://|/)\S+:\d+"),
    shape(Sign::Compiler, r"\bundefined reference to [`']"),
    shape(Sign::Compiler, r"^\[ERROR\] .*\.(?:java|kt|scala|groovy):\[\d+,\d+\]"),
    // Tests.
    shape(Sign::Test, r"^FAILED (?:\S+::|\(\w+=\d)"),
    shape(Sign::Test, r"^\s*\[\s*FAILED\s*\] \S"),
    shape(Sign::Test, r"^test .+ \.\.\. FAILED$"),
    shape(Sign::Test, r"^test result: FAILED\."),
    shape(Sign::Test, r"^\s*--- FAIL: "),
    shape(Sign::Test, r"^FAIL(?:\t|\s+\S+\.\w|:? \S+/|$)"),
    shape(Sign::Test, r"^(?:FAIL|ERROR): \w+ \([\w.]+\)$"),
    shape(Sign::Test, r"^E {3,}\S.*(?:Error|Exception|assert)"),
    shape(Sign::Test, r"^\s+Failed \S.* \[[^\]]*\d ?m?s\]$"),
    shape(Sign::Test, r"^Failed!\s+- Failed:\s+[1-9]"),
    shape(Sign::Test, r"^\S.* > \S.* FAILED$"),
    shape(Sign::Test, r"^\[ERROR\] Tests run: \d+, (?:Failures: [1-9]|Failures: 0, Errors: [1-9])"),
    shape(Sign::Test, r"^Tests?:\s+[1-9]\d* failed\b"),
    shape(Sign::Test, r"^not ok \d+\b"),
    // Programs that gave up.
    shape(Sign::Exception, r"^thread '.*' (?:\(\d+\) )?panicked at"),
    shape(Sign::Exception, r"^panic: \S"),
    shape(Sign::Exception, r"^\s*Traceback \(most recent call last\):"),
    shape(Sign::Exception, r#"^Exception in thread ""#),
    shape(Sign::Exception, r"^Unhandled (?:exception|rejection)\b"),
    Shape {
        sign: Sign::Exception,
        has: r"^\s*(?:Caused by: |Uncaught |\[?Unhandled\w*\]? )?(?:[A-Za-z_$][\w$]*[.:]{1,2})*[A-Z][\w$]*(?:Error|Exception)(?: \[\w+\])?: \S",
        may_be_nothing: true,
    },
    // The machine.
    shape(Sign::System, r"\bNo space left on device\b"),
    shape(Sign::System, r"\bSegmentation fault\b"),
    shape(
        Sign::System,
        r"\b(?:JavaScript heap out of memory|java\.lang\.OutOfMemoryError|Cannot allocate memory)\b",
    ),
    shape(Sign::System, r"(?:^|: )line \d+: +\d+ (?:Killed|Aborted)\b"),
    shape(Sign::System, r": command not found$|^zsh:(?:\d+:)? command not found: \S"),
    shape(
        Sign::System,
        r"^(?:\S+ : The term )?'?\S+'? is not recognized as (?:an internal|the name|a name)",
    ),
    shape(
        Sign::System,
        r"^\S+: (?:line )?\d+: \S.*: (?:not found|No such file or directory|Permission denied|unbound variable)$",
    ),
    // Tools.
    shape(Sign::Tool, r"^npm (?:ERR!|error) \S"),
    shape(Sign::Tool, r"^\s*ERR_PNPM_\w+"),
    shape(Sign::Tool, r"^ ?ERR! \S"),
    Shape {
        sign: Sign::Tool,
        has: r"^(?:│ |\s?\s?)?(?:error|Error|ERROR|fatal|FATAL|Fatal error|fatal error|FATAL ERROR): \S",
        may_be_nothing: true,
    },
    shape(Sign::Tool, r"^(?:ERROR|FATAL) (?:in |[A-Z(\[])"),
    shape(Sign::Tool, r"^An error occurred \(\w+\) when calling "),
    shape(Sign::Tool, r"^curl: \(\d+\) \S"),
    shape(Sign::Tool, r"^Error response from daemon: \S"),
    shape(Sign::Tool, r"^\[(?:ERROR|error|FATAL|fatal)\] \S"),
    shape(Sign::Tool, r"^error (?:Command|An unexpected error|Couldn't) "),
    shape(Sign::Tool, r"^FAILED: \S*[A-Za-z/]"),
    shape(Sign::Tool, r"^> Task \S+ FAILED$"),
    shape(Sign::Tool, r"^(?:\*\* )?(?:BUILD|Build|TEST) FAILED(?: \*\*|\.| in |$)"),
    shape(Sign::Tool, r"^FAILURE: Build failed with an exception"),
    shape(Sign::Tool, r"^\s*✖ \d+ problems? \([1-9]\d* errors?"),
    // Azure's own words.
    shape(Sign::Marker, r"^##\[error\]"),
    shape(Sign::Marker, r"^##vso\[task\.logissue [^\]]*type=error"),
    // Warnings.
    shape(Sign::Warning, r"^##\[warning\]"),
    shape(Sign::Warning, r"^##vso\[task\.logissue [^\]]*type=warning"),
    shape(Sign::Warning, r"^\s?\s?(?:warning|Warning|WARNING)(?:\[[^\]]+\])?: \S"),
    shape(Sign::Warning, r"^WARNING! \S"),
    shape(Sign::Warning, r"^\[(?:WARNING|warning|WARN|warn)\] \S"),
    shape(Sign::Warning, r"^npm (?:WARN|warn) \S"),
    shape(Sign::Warning, r"^WARN(?:\[\d+\])? \S"),
    shape(Sign::Warning, r"(?:^|[:)-] ?)warning [A-Z]+\d+\b"),
    shape(Sign::Warning, r"^\S.*[:(]\d+(?:[:,]\d+)?\)?: warning: \S"),
    shape(Sign::Warning, r"^\s+\d+:\d+\s+warning\s+\S"),
    shape(Sign::Warning, r"^\S.*: \w*Warning: \S"),
];

/// Words of which every line with a sign has one: what does not have any is not looked at closer.
pub(super) const CANDIDATES: &str = r"rror|ERR|FAIL|Fail|anic|Traceback|atal|FATAL|##[\[v]|xception|arning|WARN|npm warn|warn\]|\*\*\*| with (?:exit )?(?:code|status)|user command|ELIFECYCLE|egmentation|o space left|out of memory|OutOfMemory|annot allocate|Killed|Aborted|command not found|: not found|not recognized as|No such file or dir|Permission denied|unbound variable|curl: \(|undefined reference|^e: |^E   |not ok |Tests?: |Unhandled|🚨|✖";

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(SHAPES.iter().map(|shape| shape.has)).expect("the shapes are regular expressions")
});

static IS_NOTHING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(NOTHING).expect("it is a regular expression"));

static CANDIDATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(CANDIDATES).expect("it is a regular expression"));

/// Longest text that is looked at: what a line is shows at its beginning.
const TEXT_BYTES_MAX: usize = 2000;

/// The sign of a line's text, without styles and times.
#[must_use]
pub fn sign(text: &str) -> Option<Sign> {
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    if !CANDIDATE.is_match(text) {
        return None;
    }
    let shape = &SHAPES[SET.matches(text).iter().next()?];
    (!shape.may_be_nothing || !IS_NOTHING.is_match(text)).then_some(shape.sign)
}
