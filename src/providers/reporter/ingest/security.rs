//! `POST /ingest/security-reports`: what a scanner found. What a body holds is documented nowhere, so
//! it is kept as it came, and read as far as its shape is one of those that scanners write.

use std::collections::BTreeMap;

use serde_json::Value;

use super::words::plain;
use crate::model::{SecurityReport, Severity};
use crate::providers::members::Members;

/// Bytes of a word that is told of a report.
const WORD_MAX: usize = 200;

/// Lists of findings, wherever they stand.
const LISTS: [&str; 9] = [
    "vulnerabilities",
    "findings",
    "issues",
    "results",
    "misconfigurations",
    "secrets",
    "alerts",
    "advisories",
    "matches",
];

/// Objects of counts by severity.
const COUNTS: [&str; 7] =
    ["counts", "summary", "severities", "severitycounts", "vulnerabilities", "totals", "bylevel"];

/// How deep is looked for findings.
const DEPTH_MAX: usize = 8;

/// What a body says of itself.
#[must_use]
pub fn read(members: &Members<'_>, body: &[u8]) -> SecurityReport {
    let whole: Value = crate::providers::parse(body).unwrap_or_default();
    // Where the report is a text, it is JSON more often than not.
    let inner = ["report", "content", "data", "sarif"]
        .iter()
        .find_map(|name| serde_json::from_str::<Value>(&members.verbatim(name)?).ok());
    let told = |names: &[&str]| names.iter().find_map(|name| members.text(name));
    let tool = told(&["tool", "toolName", "scanner", "scannerName"])
        .or_else(|| tool(&whole, 0))
        .or_else(|| inner.as_ref().and_then(|report| tool(report, 0)));
    let mut counts = BTreeMap::new();
    for report in inner.iter().chain([&whole]) {
        if counts.is_empty() {
            count(report, &mut counts, 0);
        }
    }
    let short = |text: String| text.chars().take(WORD_MAX).collect();
    SecurityReport {
        tool: tool.map(short),
        name: told(&["name", "reportName", "scanType", "type", "category"]).map(short),
        counts: (!counts.is_empty()).then_some(counts),
    }
}

/// The scanner, in the places where scanners write their names.
fn tool(value: &Value, depth: usize) -> Option<String> {
    let name = |value: &Value| value.as_str().or_else(|| value["name"].as_str()).map(str::to_owned);
    // SARIF; GitLab's reports; Trivy's, which names nobody.
    let sarif = name(&value["runs"][0]["tool"]["driver"]);
    let gitlab = || name(&value["scan"]["scanner"]);
    let plain = || ["tool", "scanner"].iter().find_map(|member| name(&value[*member]));
    let trivy = || value["ArtifactName"].as_str().map(|_| "Trivy".to_owned());
    let found = sarif.or_else(gitlab).or_else(plain).or_else(trivy);
    found.or_else(|| match value {
        Value::Object(members) if depth < 2 => {
            members.values().find_map(|value| tool(value, depth + 1))
        }
        _ => None,
    })
}

fn count(value: &Value, counts: &mut BTreeMap<Severity, u64>, depth: usize) {
    let Value::Object(members) = value else { return };
    if depth > DEPTH_MAX {
        return;
    }
    // What is counted is not counted again item by item.
    let mut sums = members.iter().filter(|(name, _)| COUNTS.contains(&plain(name).as_str()));
    if sums.any(|(_, value)| add_counts(value, counts)) {
        return;
    }
    for (name, value) in members {
        let name = plain(name);
        match value {
            Value::Array(items) if LISTS.contains(&name.as_str()) => {
                for item in items {
                    match severity(item) {
                        Some(severity) => add(counts, severity, 1),
                        None => count(item, counts, depth + 1),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| count(item, counts, depth + 1)),
            value => count(value, counts, depth + 1),
        }
    }
    // `{"critical": 1, "high": 2}` beside other members.
    if counts.is_empty() {
        add_counts(value, counts);
    }
}

fn add(counts: &mut BTreeMap<Severity, u64>, severity: Severity, number: u64) {
    let held = counts.entry(severity).or_default();
    *held = held.saturating_add(number);
}

/// Add numbers that stand under the names of severities; says whether there were any.
fn add_counts(value: &Value, counts: &mut BTreeMap<Severity, u64>) -> bool {
    let mut found = false;
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = plain(name);
        let name = name.strip_suffix("count").unwrap_or(&name);
        if let (Some(severity), Some(number)) = (Severity::of(name), value.as_u64()) {
            add(counts, severity, number);
            found = true;
        }
    }
    found
}

/// How bad a finding is, in its own words.
fn severity(item: &Value) -> Option<Severity> {
    let Value::Object(members) = item else { return None };
    let word = |name: &str| {
        let found = members.iter().find(|(member, _)| plain(member) == name)?;
        Severity::of(&plain(found.1.as_str()?))
    };
    // SARIF's findings have a level, and a rule where none is said: that is a warning.
    let sarif = || (members.contains_key("ruleId")).then_some(Severity::Medium);
    // Grype tells it of the vulnerability that was matched.
    let matched = || severity(members.get("vulnerability")?);
    word("severity").or_else(|| word("level")).or_else(matched).or_else(sarif)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(body: &Value) -> (Option<String>, Vec<(Severity, u64)>) {
        let text = body.to_string();
        let members = Members::of_body(text.as_bytes()).unwrap();
        let report = read(&members, text.as_bytes());
        (report.tool, report.counts.unwrap_or_default().into_iter().collect())
    }

    #[test]
    fn what_is_counted_is_not_counted_again() {
        use Severity::High;
        for body in [
            json!({"buildId": "x", "findings": [{"severity": "high"}], "summary": {"high": 1}}),
            json!({"buildId": "x", "matches": [{"vulnerability": {"severity": "High"}}]}),
        ] {
            assert_eq!(read_json(&body).1, [(High, 1)], "{body}");
        }
        let most = json!({"buildId": "x", "critical": u64::MAX, "criticalCount": 1});
        assert_eq!(read_json(&most).1, [(Severity::Critical, u64::MAX)]);
    }

    #[test]
    fn findings_are_counted_in_the_shapes_that_scanners_write() {
        use Severity::{Critical, High, Low, Medium};
        let sarif = json!({"runs": [{"tool": {"driver": {"name": "CodeQL"}}, "results": [
            {"ruleId": "a", "level": "error"}, {"ruleId": "b"}, {"ruleId": "c", "level": "note"}
        ]}]});
        let counted = vec![(High, 1), (Medium, 1), (Low, 1)];
        assert_eq!(
            read_json(&json!({"buildId": "x", "report": sarif})),
            (Some("CodeQL".to_owned()), counted.clone())
        );
        assert_eq!(
            read_json(&json!({"buildId": "x", "report": sarif.to_string()})),
            (Some("CodeQL".to_owned()), counted)
        );
        let trivy = json!({"ArtifactName": "shop", "Results": [
            {"Vulnerabilities": [{"Severity": "CRITICAL"}, {"Severity": "LOW"}]},
            {"Target": "x"}
        ]});
        assert_eq!(read_json(&trivy), (Some("Trivy".to_owned()), vec![(Critical, 1), (Low, 1)]));
        let gitlab = json!({"scan": {"scanner": {"name": "Semgrep"}},
            "vulnerabilities": [{"severity": "High"}, {"severity": "Medium"}]});
        assert_eq!(read_json(&gitlab), (Some("Semgrep".to_owned()), vec![(High, 1), (Medium, 1)]));
        let npm =
            json!({"metadata": {"vulnerabilities": {"critical": 2, "moderate": 1, "total": 3}}});
        assert_eq!(read_json(&npm), (None, vec![(Critical, 2), (Medium, 1)]));
        let plain = json!({"toolName": "own", "criticalCount": 1, "highCount": 0});
        assert_eq!(read_json(&plain), (Some("own".to_owned()), vec![(Critical, 1), (High, 0)]));
        assert_eq!(read_json(&json!({"anything": [1, 2]})), (None, vec![]));
    }
}
