//! What lines of logs and notes of providers give away.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::{LogLine, WhyKind};
use crate::logs::signs as of_logs;
use Telling::{Name, Reason, Sum};
use WhyKind::{
    AgentLost, CompileError, Dependency, Infrastructure, Lint, Network, OutOfMemory, ScriptError,
    TestFailure,
};

/// A line that tells what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    pub kind: WhyKind,
    /// Place of the line in what was read.
    pub index: usize,
    /// It tells only how a command ended: true, and of little help.
    pub is_end: bool,
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
    (Network, Reason, r"(?i)(could not|unable to) resolve (host|proxy|address)|temporary failure in name resolution|name or service not known"),
    (Network, Reason, r"getaddrinfo|\bE(NOTFOUND|CONNRESET|CONNREFUSED|TIMEDOUT|AI_AGAIN)\b"),
    (Network, Reason, r"(?i)connection (timed out|refused|reset|was aborted)|network is unreachable|no route to host"),
    (Network, Reason, r"(?i)tls handshake timeout|i/o timeout|read timed out|request timed out|connect timeout"),
    (Network, Reason, r"(?i)\b(50[234]) (service unavailable|bad gateway|gateway time-?out)"),
    // Its numbers for: host unknown, no connection, time over, no TLS, no answer, connection lost.
    (Network, Reason, r"^curl: \((5|6|7|28|35|52|55|56)\) "),
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
    (CompileError, Reason, r"^\s*error\[E\d{4}\]: |^\S.*\.\w+[:(]\d+([:,]\d+)?\)?: (fatal |internal compiler )?error(\[E\d{4}\])?: "),
    (CompileError, Reason, r"^\[error\] \S+\.(scala|java):\d+"),
    (CompileError, Reason, r"^error: (linking with `|failed to run custom build command)"),
    (CompileError, Reason, r"^(\S*/)?(ld(\.\w+)?|gcc|g\+\+|cc|c\+\+|clang(\+\+)?|cc1\w*|javac|swiftc|rustc|kotlinc): (fatal )?error: |^(\S*/)?ld(\.\w+)?: cannot find "),
    (CompileError, Reason, r"\berror (TS|CS|FS|BC|MSB|AL|LNK|C)\d{3,5}\b|\(\d+,\d+\): error "),
    (CompileError, Reason, r"(?i)cannot find symbol|undefined reference to|fatal error: .+: no such file"),
    (CompileError, Reason, r"\.java:(\d+: error:|\[\d+,\d+\])|\.kts?: \(\d+, \d+\): |^e: .+\.kts?\b"),
    (CompileError, Sum, r"(?i)compilation (error|failed|failure)|failed to compile|could not compile|^collect2: error: "),
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

/// Words by which a failed command is reported at its end: true, and of little help. `npm` adds a
/// whole paragraph of them.
static END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)##\[error\](bash|powershell|cmd\.exe|script|the process|process) .*(exit|code)|exited with (code|status)|command exited with status|process completed with exit code|returned a non-zero code|npm ERR! code ELIFECYCLE|make(\[\d+\])?: \*\*\* |exit status \d+|^npm (ERR!|error) (code \d|errno|exit status|failed at |a complete log|this is probably not|there is likely|lifecycle script|path |command |workspace |location |signal |\S+@\S+ \S+: |\s|in workspace)",
    )
    .expect("the pattern is tested")
});

/// Error lines that sum up what stands above them, or announce what stands below.
static SUM_OF_TOOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^npm |^\[|^> Task |^(\*\* )?(BUILD|Build|TEST) FAILED|^FAILURE: |^FAILED: |✖|^\s*Traceback |^error (Command|An unexpected) ")
        .expect("the pattern is tested")
});

/// Where a compiler of Rust puts the place that its `error: ...` is about.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*--> \S+:\d+:\d+").expect("the pattern is tested"));

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

/// What a line stands for that the table does not know, and the list of errors of its log does.
fn of_error(lines: &[LogLine], index: usize) -> Option<(WhyKind, Telling)> {
    let (line, text) = (&lines[index], plain(&lines[index].text));
    let found = of_logs::sign(text).or_else(|| of_logs::sign(line.text.trim_start()))?;
    let next = lines.get(index + 1).filter(|next| next.n == line.n + 1);
    match found {
        // What begins with a time of day looks like a place in a file.
        of_logs::Sign::Compiler if text.starts_with(|c: char| c.is_ascii_digit()) => {
            Some((ScriptError, Reason))
        }
        of_logs::Sign::Compiler => Some((CompileError, Name)),
        of_logs::Sign::Test => Some((TestFailure, Sum)),
        of_logs::Sign::Tool if next.is_some_and(|next| PLACE.is_match(&next.text)) => {
            Some((CompileError, Reason))
        }
        of_logs::Sign::Exception | of_logs::Sign::System | of_logs::Sign::Tool => {
            let telling = if SUM_OF_TOOL.is_match(text) { Sum } else { Reason };
            Some((ScriptError, telling))
        }
        of_logs::Sign::Marker => Some((ScriptError, Name)),
        of_logs::Sign::Exit | of_logs::Sign::Warning => None,
    }
}

/// Whether a line only says how a command ended.
fn is_end(text: &str) -> bool {
    END.is_match(text) || of_logs::sign(text) == Some(of_logs::Sign::Exit)
}

/// Lines between two errors of a tool that still belong to one complaint.
const APART_MAX: i64 = 2;

/// The line that decides. The strongest kind wins, and of its lines the first of those that tell most. Of a
/// tool's own errors, which many a script lives with, it is the last complaint before the end. A line
/// that only reports how a command ended is used when there is nothing better.
pub(super) fn decisive(lines: &[LogLine]) -> Option<Sign> {
    let mut best: Option<((u8, Telling), Sign)> = None;
    let mut end: Option<usize> = None;
    // Where the complaint that is chosen was last heard.
    let mut heard = 0;
    // What follows on the agent's word are hooks that clean up.
    let mut is_over = false;
    for (index, line) in lines.iter().enumerate() {
        let text = plain(&line.text);
        let known = SET.matches(text).iter().next().map(|first| (SIGNS[first].0, SIGNS[first].1));
        if known.is_none() && (is_end(text) || is_end(line.text.trim_start())) {
            end.get_or_insert(index);
            is_over |= text.starts_with("🚨 ");
            continue;
        }
        if HARMLESS.is_match(text) {
            continue;
        }
        let Some((kind, telling)) = known.or_else(|| of_error(lines, index)) else { continue };
        let standing = (weight(kind), telling);
        let is_own = kind == ScriptError;
        if is_own && is_over {
            continue;
        }
        let is_better = best.is_none_or(|(held, _)| {
            let is_new = held == standing && line.n > heard + APART_MAX;
            standing > held || (is_new && is_own && telling > Sum)
        });
        if is_better {
            best = Some((standing, Sign { kind, index, is_end: false }));
        }
        if best.is_some_and(|(held, _)| held == standing) {
            heard = line.n;
        }
    }
    let end = end.map(|index| Sign { kind: ScriptError, index, is_end: true });
    best.map(|(_, sign)| sign).or(end)
}

/// A line without the marks that its CI puts before it.
fn plain(text: &str) -> &str {
    text.trim_start().strip_prefix("##[error]").unwrap_or(text)
}
