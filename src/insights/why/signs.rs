//! What lines of logs and notes of providers give away.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::{LogLine, WhyKind};
use Telling::{Name, Reason, Sum};
use WhyKind::{
    AgentLost, CompileError, Dependency, Infrastructure, Lint, Network, OutOfMemory, TestFailure,
};

/// A line that tells what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    pub kind: WhyKind,
    /// Place of the line in what was read.
    pub index: usize,
}

/// How much a line tells of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// That something of the kind happened, and how often.
    Sum,
    /// What it happened to.
    Name,
    /// What was wrong with it.
    Reason,
}

/// What a line that matches stands for. The earlier row wins where a line matches several.
#[rustfmt::skip]
const SIGNS: &[(WhyKind, Telling, &str)] = &[
    // The machine.
    (Infrastructure, Reason, r"(?i)no space left on device|disk quota exceeded|read-only file system"),
    (Infrastructure, Reason, r"(?i)cannot connect to the docker daemon|docker daemon is not running"),
    (Infrastructure, Reason, r"(?i)toomanyrequests|pull rate limit"),
    (AgentLost, Reason, r"(?i)stopped hearing from agent|lost communication with the (server|agent)"),
    (AgentLost, Reason, r"(?i)agent .{0,60}(was lost|did not connect)|runner has received a shutdown signal"),
    // Memory.
    (OutOfMemory, Reason, r"(?i)\bout of memory\b|heap out of memory|\boomkilled\b|cannot allocate memory"),
    (OutOfMemory, Reason, r"java\.lang\.OutOfMemoryError|System\.OutOfMemoryException|std::bad_alloc"),
    (OutOfMemory, Reason, r"^\s*(\S+: line \d+:\s+\d+ )?Killed\b|\(signal: 9, SIGKILL"),
    (OutOfMemory, Sum, r"(?i)exit(ed)?( with)?( status| code)? '?137\b"),
    // What could not be reached.
    (Network, Reason, r"(?i)could not resolve host|temporary failure in name resolution|name or service not known"),
    (Network, Reason, r"getaddrinfo|\bE(NOTFOUND|CONNRESET|CONNREFUSED|TIMEDOUT|AI_AGAIN)\b"),
    (Network, Reason, r"(?i)connection (timed out|refused|reset|was aborted)|network is unreachable|no route to host"),
    (Network, Reason, r"(?i)tls handshake timeout|i/o timeout|read timed out|request timed out|connect timeout"),
    (Network, Reason, r"(?i)\b(50[234]) (service unavailable|bad gateway|gateway time-?out)"),
    (Network, Name, r"(?i)unable to access '.+': |failed to download|spurious network error"),
    // What does not exist.
    (Dependency, Reason, r"(?i)could not resolve dependenc|could not find artifact|no matching distribution found"),
    (Dependency, Reason, r"(?i)could not find a version that satisfies|failed to select a version|no matching package (named|found)"),
    (Dependency, Reason, r"(?i)unable to resolve dependency tree|\bERESOLVE\b|package .+ is not in the npm registry"),
    (Dependency, Reason, r"(?i)npm (ERR!|error) (code )?(E404|404|ETARGET|notarget)|\bNU110[0-9]\b"),
    (Dependency, Reason, r"(?i)unable to (find package|locate package|resolve '?[\w.@/-]+)|cannot find module providing package"),
    (Dependency, Reason, r"(?i)unknown revision|module .+: not found|manifest (unknown|for .+ not found)|pull access denied"),
    (Dependency, Reason, r"(?i)failed to query available provider packages|failed to install provider"),
    // Compilers, and what reads definitions before anything runs.
    (CompileError, Reason, r"^\s*error(\[E\d{4}\])?: |: error(\[E\d{4}\])?: "),
    (CompileError, Reason, r"\berror (TS|CS|FS|BC|MSB|AL|LNK|C)\d{3,5}\b|\(\d+,\d+\): error "),
    (CompileError, Reason, r"(?i)cannot find symbol|undefined reference to|fatal error: .+: no such file"),
    (CompileError, Reason, r"\.java:(\d+: error:|\[\d+,\d+\])|\.kts?: \(\d+, \d+\): |^e: .+\.kts?\b"),
    (CompileError, Sum, r"(?i)compilation (error|failed|failure)|failed to compile|could not compile"),
    // A linter says in the end which of its rules it was.
    (Lint, Reason, r"^\S+:\d+(:\d+)?: .+ [\(\[][a-z][\w-]{2,}[\)\]]$|\((terraform|tflint)_\w+\)$"),
    (CompileError, Reason, r"^(\./|[\w./-]+/)?[\w.-]+\.go:\d+:\d+: "),
    (CompileError, Reason, r"SyntaxError: |IndentationError: |Module not found: |Module parse failed"),
    (CompileError, Reason, r"Error: (Unsupported (argument|block type|attribute)|Missing required argument|Reference to undeclared)"),
    (CompileError, Reason, r"Error: (Invalid (reference|expression|resource type|function argument)|Duplicate \w+ (configuration|definition))"),
    // Tests.
    (TestFailure, Reason, r"panicked at |assertion `?.+`? failed|AssertionError|AssertionFailedError|expect\(.+\)\.to"),
    (TestFailure, Reason, r"^\s*● .+ › |^FAILED \S+::|^E\s{2,}\S|^\s+\d+\) .+ › |\bfailed: \S*(Assert|expected)"),
    (TestFailure, Reason, r"^\[ERROR\]\s+\S+\.\S+:\d+ |<<< (FAILURE|ERROR)!|not ok \d+"),
    (TestFailure, Name, r"^\s*test .+ \.\.\. FAILED|^--- FAIL: |^\s*[✕✗✘×] \S|^\s*Failed \S+ \[\d"),
    (TestFailure, Name, r"^FAIL\s+\S+|^\s*FAIL \S+\.(test|spec)\."),
    (TestFailure, Sum, r"test result: FAILED|\d+ failed(,| in \d)|=+ FAILURES =+|There (was|were) \d+ failures?"),
    (TestFailure, Sum, r"Tests run: \d+, Failures: ([1-9]\d*|\d+, Errors: [1-9])|There (were failing|are) test"),
    (TestFailure, Sum, r"Tests?:\s+\d+ failed|\bFailed!\s+- Failed:\s+[1-9]|\d+ examples?, [1-9]\d* failures?|Failures: [1-9]"),
    // Style.
    (Lint, Reason, r"^\s*\d+:\d+\s+error\s+\S|^\S+\.py:\d+:\d+: [A-Z]\d{3,4} |\bSC\d{4}\b|clippy::"),
    (Lint, Name, r"(?i)would reformat|not formatted|code style issues|formatting (issues|differs)|^Diff in .+ (at|line)"),
    (Lint, Sum, r"(?i)\d+ problems? \(\d+ errors?|\d+ offenses? detected"),
    (Lint, Sum, r"(?i)\b(rubocop|golangci-lint|eslint|stylelint|shellcheck|flake8|pylint|mypy|ruff|ktlint|checkstyle|prettier)\b"),
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(SIGNS.iter().map(|(_, _, pattern)| pattern)).expect("patterns are tested")
});

/// What sounds like a sign and is none.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(0|no) (errors?|failures?|failed)\b|failures?: 0\b.*errors?: 0\b|\b(retry|retrying|attempt \d|will try again)\b|^\s*(warning|note|info|debug)\b[^()]*$|0 failed\b|ignored\)$|^\s*(ok|pass|passed)\b|\.\.\. ok$",
    )
    .expect("the pattern is tested")
});

/// Words by which a failed command is reported at its end: true, and of little help.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)##\[error\](bash|powershell|cmd\.exe|script|the process|process) .*(exit|code)|exited with (code|status)|command exited with status|process completed with exit code|returned a non-zero code|npm ERR! code ELIFECYCLE|make(\[\d+\])?: \*\*\* |exit status \d+",
    )
    .expect("the pattern is tested")
});

/// Whether a step is there to check style and nothing else, by what people call it.
pub(super) fn is_check_of_style(name: &str, task: Option<&str>) -> bool {
    static CHECKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(lint|linting|linter|clippy|eslint|format|fmt|prettier|style|checkstyle|rubocop|ruff|tflint)\b")
            .expect("the pattern is tested")
    });
    CHECKS.is_match(name) || task.is_some_and(|task| CHECKS.is_match(task))
}

/// What a provider's own note on a step says of machines and limits.
pub(super) fn of_issue(message: &str) -> Option<WhyKind> {
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&[
        "maximum execution time",
        "ran longer than the maximum",
        "timed out after",
        "exceeded the maximum time",
    ]) {
        Some(WhyKind::Timeout)
    } else if says(&[
        "stopped hearing from agent",
        "lost communication",
        "agent was lost",
        "shutdown signal",
    ]) {
        Some(AgentLost)
    } else if says(&[
        "no agent found",
        "no agent could be found",
        "no image label",
        "no hosted parallelism",
    ]) {
        Some(WhyKind::NoAgent)
    } else if says(&["exit code '137'", "exit code 137"]) {
        Some(OutOfMemory)
    } else {
        None
    }
}

/// How much a kind explains, where a log shows signs of several: a test that cannot reach its
/// database failed by the network only if nothing else failed.
fn weight(kind: WhyKind) -> u8 {
    match kind {
        Infrastructure | AgentLost | OutOfMemory => 5,
        CompileError | TestFailure => 4,
        Dependency => 3,
        Network | Lint => 2,
        _ => 1,
    }
}

/// The line that decides. The strongest kind wins, and of its lines the first of those that tell most; a
/// line that only reports how a command ended is used when there is nothing better.
pub(super) fn decisive(lines: &[LogLine]) -> Option<Sign> {
    let mut best: Option<((u8, Telling), Sign)> = None;
    let mut summary: Option<usize> = None;
    for (index, line) in lines.iter().enumerate() {
        let text = plain(&line.text);
        let found = SET.matches(text);
        if !found.matched_any() {
            if SUMMARY.is_match(text) {
                summary.get_or_insert(index);
            }
            continue;
        }
        if HARMLESS.is_match(text) {
            continue;
        }
        let Some(first) = found.iter().min() else { continue };
        let (kind, telling, _) = SIGNS[first];
        let standing = (weight(kind), telling);
        if best.is_none_or(|(held, _)| standing > held) {
            best = Some((standing, Sign { kind, index }));
        }
    }
    best.map(|(_, sign)| sign)
        .or_else(|| summary.map(|index| Sign { kind: WhyKind::ScriptError, index }))
}

/// A line without the marks that its CI puts before it.
fn plain(text: &str) -> &str {
    text.trim_start().strip_prefix("##[error]").unwrap_or(text)
}
