//! What lines of logs and notes of providers give away.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::{LogLine, WhyKind};

/// A line that tells what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    pub kind: WhyKind,
    /// Place of the line in what was read.
    pub index: usize,
}

/// What a line that matches stands for. The earlier row wins where a line matches several.
const SIGNS: &[(WhyKind, &str)] = &[
    // The machine.
    (
        WhyKind::Infrastructure,
        r"(?i)no space left on device|disk quota exceeded|read-only file system",
    ),
    (
        WhyKind::Infrastructure,
        r"(?i)cannot connect to the docker daemon|docker daemon is not running",
    ),
    (
        WhyKind::AgentLost,
        r"(?i)stopped hearing from agent|lost communication with the (server|agent)|agent .{0,60}(lost|did not connect)|runner has received a shutdown signal",
    ),
    // Memory.
    (
        WhyKind::OutOfMemory,
        r"(?i)\bout of memory\b|java\.lang\.OutOfMemoryError|heap out of memory|\boomkilled\b|cannot allocate memory|std::bad_alloc|System\.OutOfMemoryException|\(signal: 9, SIGKILL|exit(ed)?( with)?( status| code)? '?137\b",
    ),
    (WhyKind::OutOfMemory, r"^\s*(\S+: line \d+:\s+\d+ )?Killed\b"),
    // What could not be reached.
    (
        WhyKind::Network,
        r"(?i)could not resolve host|temporary failure in name resolution|name or service not known|getaddrinfo|\bE(NOTFOUND|CONNRESET|CONNREFUSED|TIMEDOUT|AI_AGAIN)\b",
    ),
    (
        WhyKind::Network,
        r"(?i)connection (timed out|refused|reset|was aborted)|network is unreachable|no route to host|tls handshake timeout|i/o timeout|read timed out|request timed out|connect timeout",
    ),
    (
        WhyKind::Network,
        r"(?i)\b(50[234]) (service unavailable|bad gateway|gateway time-?out)|unable to access '.+': |failed to download|spurious network error",
    ),
    // What does not exist.
    (
        WhyKind::Dependency,
        r"(?i)could not resolve dependenc|could not find artifact|no matching distribution found|could not find a version that satisfies|failed to select a version|no matching package (named|found)|unable to resolve dependency tree|\bERESOLVE\b|npm (ERR!|error) (code )?(E404|404|ETARGET|notarget)|package .+ is not in the npm registry",
    ),
    (
        WhyKind::Dependency,
        r"(?i)unable to (find package|locate package|resolve '?[\w.@/-]+)|\bNU110[0-9]\b|unknown revision|module .+: not found|cannot find module providing package|manifest (unknown|for .+ not found)|pull access denied",
    ),
    // Compilers.
    (WhyKind::CompileError, r"^\s*error(\[E\d{4}\])?: (?:.*)|: error(\[E\d{4}\])?: "),
    (WhyKind::CompileError, r"\berror (TS|CS|FS|BC|MSB|AL|LNK|C)\d{3,5}\b|\(\d+,\d+\): error "),
    (
        WhyKind::CompileError,
        r"(?i)compilation (error|failed|failure)|failed to compile|cannot find symbol|could not compile|undefined reference to|fatal error: .+: no such file|\.java:\d+: error:|\.kts?: \(\d+, \d+\): |^e: .+\.kts?\b",
    ),
    (WhyKind::CompileError, r"^(\./|[\w./-]+/)?[\w.-]+\.go:\d+:\d+: "),
    (
        WhyKind::CompileError,
        r"SyntaxError: |IndentationError: |Module not found: |Module parse failed",
    ),
    // Tests.
    (
        WhyKind::TestFailure,
        r"^\s*test .+ \.\.\. FAILED|test result: FAILED|panicked at |assertion `?.+`? failed",
    ),
    (WhyKind::TestFailure, r"^--- FAIL: |^FAIL\s+\S+|^\s*FAIL \S+\.(test|spec)\.|^\s*[●✕✗✘×] \S"),
    (
        WhyKind::TestFailure,
        r"^FAILED \S+::|^E\s{2,}\S|\d+ failed(,| in \d)|=+ FAILURES =+|AssertionError|AssertionFailedError|expect\(.+\)\.to",
    ),
    (
        WhyKind::TestFailure,
        r"Tests run: \d+, Failures: ([1-9]\d*|\d+, Errors: [1-9])|There (was|were) \d+ failures?|There were failing tests|There are test failures|<<< (FAILURE|ERROR)!|Tests?:\s+\d+ failed|\bFailed!\s+- Failed:\s+[1-9]|^\s*Failed \S+ \[\d|\d+ examples?, [1-9]\d* failures?|Failures: [1-9]|not ok \d+",
    ),
    // Style.
    (
        WhyKind::Lint,
        r"(?i)\d+ problems? \(\d+ errors?|would reformat|code style issues|not formatted|formatting (issues|differs)|^Diff in .+ (at|line)|rubocop|\d+ offenses? detected|golangci-lint|eslint|stylelint|shellcheck|\bSC\d{4}\b|clippy::|flake8|pylint|mypy|ruff|ktlint|checkstyle|prettier",
    ),
    (WhyKind::Lint, r"^\s*\d+:\d+\s+error\s+\S|^\S+\.py:\d+:\d+: [A-Z]\d{3,4} "),
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(SIGNS.iter().map(|(_, pattern)| pattern)).expect("patterns are tested")
});

/// What sounds like a sign and is none.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(0|no) (errors?|failures?|failed)\b|failures?: 0\b.*errors?: 0\b|\b(retry|retrying|attempt \d|will try again)\b|^\s*(warning|note|info|debug)\b|0 failed\b|ignored\)$|^\s*(ok|pass|passed)\b|\.\.\. ok$",
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
        Some(WhyKind::AgentLost)
    } else if says(&[
        "no agent found",
        "no agent could be found",
        "no image label",
        "no hosted parallelism",
    ]) {
        Some(WhyKind::NoAgent)
    } else if says(&["exit code '137'", "exit code 137"]) {
        Some(WhyKind::OutOfMemory)
    } else {
        None
    }
}

/// How much a kind explains, where a log shows signs of several: a test that cannot reach its
/// database failed by the network only if nothing else failed.
fn weight(kind: WhyKind) -> u8 {
    match kind {
        WhyKind::Infrastructure | WhyKind::AgentLost | WhyKind::OutOfMemory => 5,
        WhyKind::CompileError | WhyKind::TestFailure => 4,
        WhyKind::Dependency => 3,
        WhyKind::Network | WhyKind::Lint => 2,
        _ => 1,
    }
}

/// The line that decides. The strongest kind wins, and of its lines the first; a line that only
/// reports how a command ended is used when there is nothing better.
pub(super) fn decisive(lines: &[LogLine]) -> Option<Sign> {
    let mut best: Option<(u8, Sign)> = None;
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
        let (kind, _) = SIGNS[first];
        let weight = weight(kind);
        if best.is_none_or(|(held, _)| weight > held) {
            best = Some((weight, Sign { kind, index }));
        }
    }
    best.map(|(_, sign)| sign)
        .or_else(|| summary.map(|index| Sign { kind: WhyKind::ScriptError, index }))
}

/// A line without the marks that its CI puts before it.
fn plain(text: &str) -> &str {
    text.trim_start().strip_prefix("##[error]").unwrap_or(text)
}
