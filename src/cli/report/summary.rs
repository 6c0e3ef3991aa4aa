//! What was found and sent, in words and as JSON.

use serde_json::{Value, json};

use crate::model::{Ci, TestTotals};
use crate::reports::Summary;

use super::bundle::Report;

/// Files that are listed; those with something to say go first.
const LISTED_MAX: usize = 20;

/// `Buildkite: acme / shop-ci #88, job "Tests", try 2, main at 9f3c2d1`.
pub fn place(ci: &Ci) -> String {
    let provider = ci.provider.as_deref().unwrap_or("unknown CI");
    let name = match provider {
        "buildkite" => "Buildkite",
        "azure_devops" => "Azure Pipelines",
        "github" => "GitHub Actions",
        "gitlab" => "GitLab",
        "jenkins" => "Jenkins",
        "teamcity" => "TeamCity",
        "circleci" => "CircleCI",
        other => other,
    };
    let names = [&ci.source, &ci.project, &ci.pipeline];
    let names: Vec<&str> = names.into_iter().filter_map(Option::as_deref).collect();
    let mut line = format!("{name}:");
    if !names.is_empty() {
        line.push_str(&format!(" {}", names.join(" / ")));
    }
    match (ci.number, &ci.build) {
        (Some(number), _) => line.push_str(&format!(" #{number}")),
        (None, Some(build)) => line.push_str(&format!(" {build}")),
        (None, None) => {}
    }
    if let Some(job) = &ci.job {
        line.push_str(&format!(", job \"{job}\""));
    }
    if let Some(shard) = ci.shard {
        line.push_str(&format!(", {} of {}", shard.index + 1, shard.count));
    }
    if let Some(attempt) = ci.job_attempt.filter(|attempt| *attempt > 1) {
        line.push_str(&format!(", try {attempt}"));
    }
    if let Some(variant) = &ci.variant {
        line.push_str(&format!(", on {variant}"));
    }
    if let Some(name) = &ci.name {
        line.push_str(&format!(", report \"{name}\""));
    }
    match (&ci.branch, ci.pull_request) {
        (Some(branch), Some(number)) => line.push_str(&format!(", {branch} (#{number})")),
        (Some(branch), None) => line.push_str(&format!(", {branch}")),
        (None, Some(number)) => line.push_str(&format!(", pull request {number}")),
        (None, None) => {}
    }
    if let Some(commit) = &ci.commit {
        line.push_str(&format!(" at {}", commit.get(..7).unwrap_or(commit)));
    }
    line
}

/// `643 tests: 640 passed, 1 failed, 1 errored, 1 skipped`; what is zero is left out.
pub fn totals(totals: TestTotals) -> String {
    let TestTotals { total, passed, failed, errored, skipped } = totals;
    let parts =
        [(passed, "passed"), (failed, "failed"), (errored, "errored"), (skipped, "skipped")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let tests = if total == 1 { "1 test".to_owned() } else { format!("{total} tests") };
    match parts.is_empty() {
        true => tests,
        false => format!("{tests}: {}", parts.join(", ")),
    }
}

/// A line for each file, aligned; of many, those with something to say.
pub fn files(reports: &[Report]) -> Vec<String> {
    let mut listed: Vec<&Report> = reports.iter().collect();
    // Stable: by name among their like.
    listed.sort_by_key(|report| !says_something(report));
    let left_out = listed.len().saturating_sub(LISTED_MAX);
    listed.truncate(LISTED_MAX);
    let width = listed.iter().map(|report| report.name.chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> = listed
        .iter()
        .map(|report| format!("  {:width$}  {}", report.name, file(&report.summary)))
        .collect();
    if left_out > 0 {
        lines.push(format!("  and {left_out} more"));
    }
    lines
}

fn says_something(report: &Report) -> bool {
    let Summary { format, totals, error, cut, .. } = &report.summary;
    let is_red = totals.failed + totals.errored > 0;
    format.is_none() || error.is_some() || cut.is_some() || is_red
}

fn file(summary: &Summary) -> String {
    let Some(format) = summary.format else {
        let why = summary.error.as_ref().map_or("not a test report", |error| &error.reason);
        return format!("left out: {why}");
    };
    let mut line = format!("{:9} {}", format.as_str(), totals(summary.totals));
    if let Some(error) = &summary.error {
        line.push_str(&format!("; broken at {error} (sent all the same)"));
    }
    if let Some(cut) = &summary.cut {
        line.push_str(&format!("; {cut}"));
    }
    line
}

/// A file as `POST /api/v1/reports` and `creel report parse` tell it.
pub fn item(name: &str, summary: &Summary) -> Value {
    let Summary { format, totals, error, cut, .. } = summary;
    let mut item = json!({
        "file": name,
        "format": format.map(crate::reports::Format::as_str),
        "total": totals.total,
        "passed": totals.passed,
        "failed": totals.failed,
        "errored": totals.errored,
        "skipped": totals.skipped,
        "error": error.as_ref().map(ToString::to_string),
    });
    if let Some(cut) = cut {
        item["cut"] = json!(cut);
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_line() {
        let text = |word: &str| Some(word.to_owned());
        let ci = Ci {
            provider: text("buildkite"),
            source: text("acme"),
            pipeline: text("shop-ci"),
            number: Some(88),
            job: text("Tests"),
            job_attempt: Some(2),
            branch: text("feature/till"),
            pull_request: Some(12),
            commit: text("9f3c2d1e0b4a59687f6e5d4c3b2a190817263544"),
            ..Ci::default()
        };
        assert_eq!(
            place(&ci),
            "Buildkite: acme / shop-ci #88, job \"Tests\", try 2, feature/till (#12) at 9f3c2d1"
        );
        assert_eq!(place(&Ci { build: text("42"), ..Ci::default() }), "unknown CI: 42");
    }

    #[test]
    fn totals_leave_out_what_is_not_there() {
        let counted = TestTotals { total: 4, passed: 3, failed: 1, ..TestTotals::default() };
        assert_eq!(totals(counted), "4 tests: 3 passed, 1 failed");
        assert_eq!(totals(TestTotals::default()), "0 tests");
    }
}
