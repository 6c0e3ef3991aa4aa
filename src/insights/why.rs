//! Why a build is red: the step that decided it, the lines that tell, and a sentence.
//!
//! What a provider states (a timeout, a lost agent, a refused approval, an exit status) goes before
//! what a log suggests. Of a log only the failing step's own part is read, and of that the lines that
//! look like errors and the end, where programs sum up.

mod signs;

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::model::{BuildResult, ResultDetail, Step, StepKind, StepRef};

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
    let has_failed = |step: &Step| {
        step.result == Some(BuildResult::Failure) && !step.superseded && !step.soft_failed
    };
    let newest =
        |key: &str| steps.iter().filter(|(at, _)| at.key == key).map(|(at, _)| at.attempt).max();
    let mut found: Vec<&(StepRef, Step)> = steps
        .iter()
        .filter(|(at, step)| has_failed(step) && newest(&at.key) == Some(at.attempt))
        .collect();
    let around: Vec<StepRef> = found.iter().filter_map(|(_, step)| step.parent.clone()).collect();
    found.retain(|(at, _)| !around.contains(at));
    // What broke first broke the rest.
    found.sort_by_key(|(at, step)| {
        (step.finished_at.is_none(), step.finished_at, step.order, at.clone())
    });
    found
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
    let found = signs::decisive(&excerpt.lines);
    let kind = match (&found, is_killed) {
        // Killed, and the log says no better reason than that.
        (None | Some(Sign { kind: WhyKind::ScriptError, .. }), true) => WhyKind::OutOfMemory,
        (Some(sign), _) => sign.kind,
        (None, false) if step.exit_status.is_some() => WhyKind::ScriptError,
        (None, false) => match issues().next() {
            Some(_) => WhyKind::ScriptError,
            None => WhyKind::Unknown,
        },
    };
    // A checker of style complains in the words of a compiler.
    let kind = match kind {
        WhyKind::CompileError if signs::is_check_of_style(&name, step.task.as_deref()) => {
            WhyKind::Lint
        }
        kind => kind,
    };
    let index = found.as_ref().map(|sign| sign.index);
    let text = index.map(|index| excerpt.lines[index].text.trim());
    let words = text.map(str::to_owned).or_else(|| issues().next().map(str::to_owned));
    Why {
        line: index.map(|index| excerpt.lines[index].n),
        lines: index.map(|index| around(&excerpt.lines, index)).unwrap_or_default(),
        ..told(kind, sentence(kind, &name, step, words.as_deref()))
    }
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
