//! `POST /ingest/build-logs`: the logs of all jobs of a run, one below the other.

use super::builds::Build;
use super::words::Standing;
use crate::model::{BuildResult, StepFact, StepKind, StepRef, Unreadable};
use crate::providers::members::Members;
use crate::providers::reporter::missing;

/// What stands before and after the name of a job, on a line of its own.
const HEAD: (&str, &str) = ("=== Job: ", " ===");

/// Jobs of one log. What comes after the last of them is part of it.
const JOBS_MAX: usize = 1_000;

/// Bytes of a job's name: a line that is longer names none.
const NAME_MAX: usize = 500;

/// What one job wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'t> {
    pub step: StepRef,
    pub name: String,
    pub text: &'t str,
}

/// Whether a body has a text.
pub fn is_told(members: &Members<'_>) -> Result<(), Unreadable> {
    let lacks = || missing("logContent", "`logContent` is missing");
    members.is_told("logContent").then_some(()).ok_or_else(lacks)
}

/// The text of a body.
pub fn text(members: &Members<'_>) -> Result<String, Unreadable> {
    members.verbatim("logContent").ok_or_else(|| missing("logContent", "`logContent` is no text"))
}

/// The parts of a text, in their order. One that names no job is that of `whole`.
#[must_use]
pub fn parts<'t>(text: &'t str, whole: &str) -> Vec<Part<'t>> {
    let mut heads: Vec<(usize, usize, &str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix(HEAD.0).and_then(|rest| rest.strip_suffix(HEAD.1));
        if let Some(name) = name.map(str::trim).filter(|name| (1..=NAME_MAX).contains(&name.len()))
            && heads.len() < JOBS_MAX
        {
            heads.push((at, at + line.len(), name));
        }
        at += line.len();
    }
    let first = heads.first().map_or(text.len(), |(head, _, _)| *head);
    let mut parts: Vec<Part<'t>> = Vec::new();
    if heads.is_empty() || !text[..first].trim().is_empty() {
        parts.push(part(&parts, whole, &text[..first]));
    }
    for (index, (_, from, name)) in heads.iter().enumerate() {
        let to = heads.get(index + 1).map_or(text.len(), |(next, _, _)| *next);
        let one = part(&parts, name, &text[*from..to]);
        parts.push(one);
    }
    parts
}

fn part<'t>(before: &[Part<'t>], name: &str, text: &'t str) -> Part<'t> {
    // Jobs of a matrix may be called the same.
    let same = before.iter().filter(|part| part.name == name).count();
    let key = match same {
        0 => format!("job:{name}"),
        same => format!("job:{name} ({})", same + 1),
    };
    Part { step: StepRef { key, attempt: 1 }, name: name.to_owned(), text }
}

/// The name of what a text without headers is the log of.
#[must_use]
pub fn whole(build: Option<&Build>) -> String {
    build.and_then(|build| build.job.clone()).unwrap_or_else(|| "build".to_owned())
}

/// The jobs whose logs these are. How each of them went is not told, unless it is the only one.
#[must_use]
pub fn steps(build: Option<&Build>, parts: &[Part<'_>]) -> Vec<StepFact> {
    let whole = whole(build);
    let standing = build.map_or(Standing::Ended(BuildResult::Unknown), |build| build.standing);
    let fact = |(order, part): (usize, &Part<'_>)| {
        let it = build.filter(|_| part.name == whole);
        StepFact {
            name: Some(part.name.clone()),
            order: i64::try_from(order).ok(),
            at: build.and_then(Build::at),
            state: Some(standing.state()),
            result: it.and_then(|build| build.standing.result()),
            started_at: it.and_then(|build| build.started_at),
            finished_at: it.and_then(|build| build.finished_at),
            ..StepFact::about(part.step.clone(), StepKind::Job)
        }
    };
    parts.iter().enumerate().map(fact).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let parts = parts(text, "CI");
        parts.into_iter().map(|part| (part.step.key, part.text.to_owned())).collect()
    }

    #[test]
    fn each_job_has_what_stands_below_its_head() {
        let text = "=== Job: build ===\none\ntwo\n=== Job: test (linux) ===\r\nthree\n\
                    === Job: build ===\nfour";
        let part = |key: &str, text: &str| (key.to_owned(), text.to_owned());
        assert_eq!(
            shown(text),
            [
                part("job:build", "one\ntwo\n"),
                part("job:test (linux)", "three\n"),
                part("job:build (2)", "four"),
            ]
        );
        assert_eq!(shown("no head\n"), [part("job:CI", "no head\n")]);
        assert_eq!(shown("a\n=== Job: b ===\nc"), [part("job:CI", "a\n"), part("job:b", "c")]);
        assert_eq!(shown(""), [part("job:CI", "")]);
    }
}
