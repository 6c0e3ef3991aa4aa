//! Why a build is red: the step that decided it, the lines that tell, and a sentence.
//!
//! What a provider states (a timeout, a lost agent, a refused approval, an exit status) goes before
//! what a log suggests. Of a log only the failing step's own part is read, and of that the lines that
//! look like errors and the end, where programs sum up.

mod signs;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::model::{BuildResult, IssueKind, ResultDetail, Step, StepKind, StepRef};

pub use signs::Sign;

/// What went wrong, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyKind {
    TestFailure,
    CompileError,
    Lint,
    /// Something that the build needs does not exist, or not in a version that fits.
    Dependency,
    /// Something that the build needs could not be reached.
    Network,
    OutOfMemory,
    Timeout,
    NoAgent,
    AgentLost,
    /// The machine or the service failed, not the code.
    Infrastructure,
    /// A person or a check said no.
    Rejected,
    Canceled,
    /// A command ended with a status that is not 0, and said nothing that is known here.
    ScriptError,
    Unknown,
}

impl WhyKind {
    pub const ALL: [Self; 14] = [
        Self::TestFailure,
        Self::CompileError,
        Self::Lint,
        Self::Dependency,
        Self::Network,
        Self::OutOfMemory,
        Self::Timeout,
        Self::NoAgent,
        Self::AgentLost,
        Self::Infrastructure,
        Self::Rejected,
        Self::Canceled,
        Self::ScriptError,
        Self::Unknown,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TestFailure => "test_failure",
            Self::CompileError => "compile_error",
            Self::Lint => "lint",
            Self::Dependency => "dependency",
            Self::Network => "network",
            Self::OutOfMemory => "out_of_memory",
            Self::Timeout => "timeout",
            Self::NoAgent => "no_agent",
            Self::AgentLost => "agent_lost",
            Self::Infrastructure => "infrastructure",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
            Self::ScriptError => "script_error",
            Self::Unknown => "unknown",
        }
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Counted from 1, in the whole log.
    pub n: i64,
    pub text: String,
}

/// What is read of the log of a failing step: lines that look like errors and the last lines, in
/// their order, none twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    pub lines: Vec<LogLine>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub kind: WhyKind,
    /// Whole, with a full stop.
    pub sentence: String,
    pub step: Option<StepRef>,
    /// The line that tells.
    pub line: Option<i64>,
    /// That line and what belongs to it.
    pub lines: Vec<LogLine>,
}

/// Steps that a reason is told for; a build that breaks in more places has one reason for most.
pub const TOLD_MAX: usize = 5;

/// Lines shown around the one that tells.
const AROUND: usize = 4;

/// The steps that a build failed by: for good, by themselves, without the stages and jobs around
/// them; in their order.
#[must_use]
pub fn failing(steps: &[(StepRef, Step)]) -> Vec<&(StepRef, Step)> {
    let newest =
        |key: &str| steps.iter().filter(|(at, _)| at.key == key).map(|(at, _)| at.attempt).max();
    let counts = |at: &StepRef, step: &Step| {
        !step.superseded && !step.soft_failed && newest(&at.key) == Some(at.attempt)
    };
    let mut found: Vec<&(StepRef, Step)> = steps
        .iter()
        .filter(|(at, step)| step.result == Some(BuildResult::Failure) && counts(at, step))
        .collect();
    let around: Vec<StepRef> = found.iter().filter_map(|(_, step)| step.parent.clone()).collect();
    found.retain(|(at, _)| !around.contains(at));
    // A job that the service ended is called canceled, and only what is around it failed.
    let parents: Parents<'_> = steps.iter().map(|(at, step)| (at, step.parent.as_ref())).collect();
    let stages: HashSet<&StepRef> =
        found.iter().filter(|(_, step)| step.kind == StepKind::Stage).map(|(at, _)| at).collect();
    let failed_by_it = |job: &Step| {
        errors(job).next().is_some() && above(&parents, job).any(|at| stages.contains(at))
    };
    let ended: Vec<&(StepRef, Step)> = steps
        .iter()
        .filter(|(at, step)| {
            step.kind == StepKind::Job
                && step.result == Some(BuildResult::Aborted)
                && counts(at, step)
                && (was_ended_by_service(step) || failed_by_it(step))
        })
        .collect();
    let jobs: HashSet<&StepRef> = ended.iter().map(|(at, _)| at).collect();
    let around: HashSet<&StepRef> =
        ended.iter().flat_map(|(_, job)| above(&parents, job)).collect();
    found.retain(|(at, step)| {
        !around.contains(at) && !above(&parents, step).any(|at| jobs.contains(at))
    });
    found.extend(ended);
    // What broke first broke the rest.
    found.sort_by_key(|(at, step)| {
        (step.finished_at.is_none(), step.finished_at, step.order, at.clone())
    });
    found
}

/// Whether a canceled job was canceled by no person: for its time, or for want of an agent.
fn was_ended_by_service(job: &Step) -> bool {
    matches!(
        job.detail,
        Some(ResultDetail::Timeout | ResultDetail::NoAgent | ResultDetail::Infrastructure)
    )
}

/// What each step stands in.
type Parents<'s> = HashMap<&'s StepRef, Option<&'s StepRef>>;

/// What is around a step, from the inside out. No chain is longer than all steps, whatever a provider
/// says of parents.
fn above<'s>(parents: &Parents<'s>, step: &'s Step) -> impl Iterator<Item = &'s StepRef> {
    let next = |at: &&'s StepRef| parents.get(at).copied().flatten();
    std::iter::successors(step.parent.as_ref(), next).take(parents.len())
}

/// The errors that the provider notes on a step.
fn errors(step: &Step) -> impl Iterator<Item = &str> {
    let of_errors = step.issues.iter().filter(|issue| issue.kind == IssueKind::Error);
    of_errors.map(|issue| issue.message.as_str())
}

/// Whether the provider notes itself what went wrong in a step. A log that the step shares with
/// others is then not asked: its errors may be theirs.
#[must_use]
pub fn tells_itself(step: &Step) -> bool {
    errors(step).next().is_some()
}

/// Page of a build that a job started and waited for. Buildkite's other jobs have pages that end in `#` and
/// the job, and ran on an agent.
fn triggered(step: &Step) -> Option<&str> {
    static PAGE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^https?://[^#?]+/builds/\d+$").expect("a pattern"));
    let had_agent = step.agent.is_some() || step.queue.is_some() || step.exit_status.is_some();
    let url = step.url.as_deref().filter(|url| PAGE.is_match(url));
    url.filter(|_| step.kind == StepKind::Job && !had_agent)
}

/// Why one step failed. `job` is the job around a task.
#[must_use]
pub fn why(at: &StepRef, step: &Step, job: Option<&Step>, excerpt: &Excerpt) -> Why {
    let name = named(step);
    let told = |kind, sentence| Why {
        kind,
        sentence,
        step: Some(at.clone()),
        line: None,
        lines: Vec::new(),
    };
    let detail = step.detail.or_else(|| job.and_then(|job| job.detail));
    let issues = || {
        let of_job = job.into_iter().flat_map(|job| &job.issues);
        step.issues.iter().chain(of_job).map(|issue| issue.message.as_str())
    };
    if step.kind == StepKind::Gate || detail == Some(ResultDetail::Rejected) {
        return told(WhyKind::Rejected, format!("{name} was refused."));
    }
    match detail {
        Some(ResultDetail::Timeout) => {
            return told(WhyKind::Timeout, format!("{name} ran longer than it may."));
        }
        Some(ResultDetail::NoAgent) => {
            let queue = step.queue.as_ref().map(|queue| format!(" of {queue}")).unwrap_or_default();
            return told(WhyKind::NoAgent, format!("No agent{queue} took {name} in time."));
        }
        _ => {}
    }
    if let Some(sign) = issues().find_map(signs::of_issue) {
        return told(sign, sentence(sign, &name, step, None));
    }
    if detail == Some(ResultDetail::Infrastructure) {
        return told(WhyKind::AgentLost, sentence(WhyKind::AgentLost, &name, step, None));
    }
    let is_killed = step.exit_status.or_else(|| job.and_then(|job| job.exit_status)) == Some(137);
    if let Some(url) = triggered(step).filter(|_| excerpt.lines.is_empty()) {
        let sentence = format!("{name} failed, since the build that it triggered did: {url}");
        return told(WhyKind::ScriptError, sentence);
    }
    let of_log = signs::decisive(&excerpt.lines);
    let notes = notes(step, job);
    let of_notes = signs::decisive(&notes);
    // A note goes before a line that only tells how a command ended, unless it tells no more.
    let is_noted = match (&of_log, &of_notes) {
        (None, _) => true,
        (Some(line), Some(note)) => line.is_end && !note.is_end,
        (Some(_), None) => false,
    };
    let found = if is_noted { of_notes } else { of_log };
    let is_own = found.is_none_or(|sign| sign.kind == WhyKind::ScriptError);
    // Killed, and nothing says a better reason than that: errors of tools are none.
    let is_out_of_memory = is_killed && is_own;
    let kind = match &found {
        _ if is_out_of_memory => WhyKind::OutOfMemory,
        Some(sign) => sign.kind,
        None if step.exit_status.is_some() || !notes.is_empty() => WhyKind::ScriptError,
        None => WhyKind::Unknown,
    };
    // A checker of style complains in the words of a compiler.
    let kind = match kind {
        WhyKind::CompileError if signs::is_check_of_style(&name, step.task.as_deref()) => {
            WhyKind::Lint
        }
        kind => kind,
    };
    let source = if is_noted { &notes } else { &excerpt.lines };
    let index = found.as_ref().map(|sign| sign.index);
    let line = source.get(index.unwrap_or(0)).filter(|_| is_noted || index.is_some());
    let words = line.map(|line| words(&line.text));
    let words = words.filter(|_| !is_out_of_memory || found.is_some_and(|sign| sign.is_end));
    let index = index.filter(|_| !is_noted);
    Why {
        line: index.map(|index| excerpt.lines[index].n),
        lines: index.map(|index| around(&excerpt.lines, index)).unwrap_or_default(),
        ..told(kind, sentence(kind, &name, step, words))
    }
}

/// What the provider notes as errors on a step and, where it notes none, on the job around it: line by line.
fn notes(step: &Step, job: Option<&Step>) -> Vec<LogLine> {
    let of_job = job.into_iter().filter(|_| !tells_itself(step)).flat_map(errors);
    let lines = errors(step).chain(of_job).flat_map(str::lines);
    let lines = lines.filter(|line| !line.trim().is_empty());
    (1..).zip(lines).map(|(n, line)| LogLine { n, text: line.to_owned() }).collect()
}

/// A line without the frame that a tool draws around it.
fn words(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '│' | '╷' | '╵'))
}

/// Why a build that nobody let finish ended.
#[must_use]
pub fn canceled() -> Why {
    Why {
        kind: WhyKind::Canceled,
        sentence: "It was canceled.".to_owned(),
        step: None,
        line: None,
        lines: Vec::new(),
    }
}

/// The line and its neighbours, as far as they follow on each other.
fn around(lines: &[LogLine], index: usize) -> Vec<LogLine> {
    let mut first = index;
    while first > 0 && index - first < 1 && lines[first - 1].n + 1 == lines[first].n {
        first -= 1;
    }
    let mut last = index;
    while last + 1 < lines.len() && last - index < AROUND && lines[last].n + 1 == lines[last + 1].n
    {
        last += 1;
    }
    lines[first..=last].to_vec()
}

/// Longest piece of a log in a sentence.
const WORDS_MAX: usize = 160;

fn sentence(kind: WhyKind, name: &str, step: &Step, words: Option<&str>) -> String {
    let told = words.map(|words| {
        let short: String = words.chars().take(WORDS_MAX).collect();
        if short.len() < words.len() { format!("{short}…") } else { short }
    });
    let told = told.map_or_else(|| ".".to_owned(), |told| format!(": {told}"));
    match kind {
        WhyKind::TestFailure => format!("Tests failed in {name}{told}"),
        WhyKind::CompileError => format!("{name} does not compile{told}"),
        WhyKind::Lint => format!("A check of style failed in {name}{told}"),
        WhyKind::Dependency => format!("{name} needs something that is not to be had{told}"),
        WhyKind::Network => format!("{name} could not reach something{told}"),
        WhyKind::OutOfMemory => match words {
            Some(_) => format!("{name} ran out of memory{told}"),
            None => format!("{name} was killed, most likely for want of memory."),
        },
        WhyKind::AgentLost => format!("The agent of {name} was lost or stopped."),
        WhyKind::Infrastructure => format!("The machine of {name} failed{told}"),
        WhyKind::Timeout => format!("{name} ran longer than it may."),
        WhyKind::NoAgent => format!("No agent took {name} in time."),
        WhyKind::Rejected => format!("{name} was refused."),
        WhyKind::Canceled => format!("{name} was canceled."),
        WhyKind::ScriptError => match step.exit_status {
            Some(status) => format!("{name} ended with status {status}{told}"),
            None => format!("{name} failed{told}"),
        },
        WhyKind::Unknown => format!("{name} failed, and nothing tells why."),
    }
}

/// A step's name within a sentence. Buildkite writes emoji as `:rocket:`: the name is what stands beside.
fn named(step: &Step) -> String {
    static EMOJI: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\B:[a-z_+-][a-z0-9_+-]*:\B").expect("a pattern"));
    let plain = step.name.as_deref().map(|name| {
        let mut plain = String::new();
        let mut rest = 0;
        for found in EMOJI.find_iter(name) {
            // A path such as `std::fmt::Write` has none.
            let is_path =
                name[..found.start()].ends_with(':') || name[found.end()..].starts_with(':');
            if !is_path {
                plain.push_str(&name[rest..found.start()]);
                plain.push(' ');
                rest = found.end();
            }
        }
        plain.push_str(&name[rest..]);
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let plain = plain.filter(|plain| !plain.is_empty()).or_else(|| step.name.clone());
    plain.unwrap_or_else(|| {
        match step.kind {
            StepKind::Stage => "a stage",
            StepKind::Job => "a job",
            StepKind::Task => "a task",
            StepKind::Gate => "an approval",
        }
        .to_owned()
    })
}

#[cfg(test)]
mod tests;
