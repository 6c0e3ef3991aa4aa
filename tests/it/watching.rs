//! Alert rules and dashboard: well formed, tried, and about metrics that a running server has.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::server::{Server, prepared};
use crate::support::tools::tool;

fn integrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every rule, as it stands in the file.
fn rules() -> Vec<Value> {
    let text = read(integrations().join("prometheus/creel.rules.yml"));
    let file: Value = serde_yaml_ng::from_str(&text).expect("YAML");
    let groups = file["groups"].as_array().expect("groups");
    let rules: Vec<Value> =
        groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect();
    assert!(rules.len() >= 12);
    rules
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member}: {value}"))
}

/// Names of metrics in an expression, without the endings of a histogram's series.
fn metrics(expression: &str) -> BTreeSet<String> {
    expression
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("creel_") || word.starts_with("process_"))
        .map(ToOwned::to_owned)
        .collect()
}

/// What `/metrics` answers once something has been received.
fn exported() -> String {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let push = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}},
        "resourceContainers":{"account":{"id":"a-1","baseUrl":"https://dev.azure.com/contoso/"}}}"#;
    assert_eq!(server.post("/webhooks/azure", &[("x-api-key", &key)], push).status, 200);
    server.wait_until_read(&key);
    let answer = server.get("/metrics", &key);
    assert_eq!(answer.status, 200);
    answer.text()
}

fn series(exported: &str) -> BTreeSet<String> {
    exported
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(ToOwned::to_owned)
        .collect()
}

/// Metrics that not every server has, or not from its first minute on, and which do.
const NOT_AT_ONCE: [(&str, &str); 11] = [
    ("creel_disk_days_left", "when there is a rate to go by"),
    ("creel_forward_failures_total", "with [forward]"),
    ("creel_forward_lag_entries", "with [forward]"),
    ("creel_forward_oldest_age_seconds", "with [forward]"),
    ("creel_forward_sent_total", "with [forward]"),
    ("creel_heartbeat_last_success_timestamp_seconds", "with [heartbeat]"),
    ("creel_provider_requests_total", "once a provider was asked"),
    ("creel_token_expiry_timestamp_seconds", "with a token whose end is known"),
    ("creel_retention_last_run_timestamp_seconds", "after the first run"),
    ("creel_tls_certificate_expiry_timestamp_seconds", "with [tls]"),
    ("creel_tls_last_reload_successful", "with [tls]"),
];

/// Those are looked for where all are described.
fn is_described(name: &str) -> bool {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/metrics.rs");
    read(code).contains(&format!("\"{name}\""))
}

#[test]
fn rules_and_dashboard_ask_for_metrics_that_are_there() {
    let exported = series(&exported());
    let mut asked: Vec<(String, BTreeSet<String>)> = rules()
        .iter()
        .map(|rule| (text(rule, "alert").to_owned(), metrics(text(rule, "expr"))))
        .collect();
    for (title, expression) in dashboard_expressions() {
        asked.push((title, metrics(&expression)));
    }
    for (who, names) in asked {
        for name in names {
            let comes_later = NOT_AT_ONCE.iter().any(|(metric, _)| *metric == name);
            let is_there = if comes_later { is_described(&name) } else { exported.contains(&name) };
            assert!(is_there, "{who} asks for {name}: there is none");
        }
    }
}

/// Title and expression of every question that the dashboard asks.
fn dashboard_expressions() -> Vec<(String, String)> {
    let dashboard = dashboard();
    let mut found = Vec::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().into_iter().flatten() {
            found.push((text(panel, "title").to_owned(), text(target, "expr").to_owned()));
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().expect("annotations") {
        found.push((text(annotation, "name").to_owned(), text(annotation, "expr").to_owned()));
    }
    for variable in dashboard["templating"]["list"].as_array().expect("variables") {
        if let Some(definition) = variable["definition"].as_str() {
            found.push((text(variable, "name").to_owned(), definition.to_owned()));
        }
    }
    assert!(found.len() > 15, "{found:?}");
    found
}

fn dashboard() -> Value {
    serde_json::from_str(&read(integrations().join("grafana/creel.json"))).expect("JSON")
}

/// What Grafana needs of a dashboard that is imported: panels with ids and places of their own, and no
/// data source but the one that is chosen.
#[test]
fn the_dashboard_can_be_imported_anywhere() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_i64().expect("a number") >= 36);
    assert!(dashboard.get("id").is_none(), "an id belongs to one Grafana");
    let variables: Vec<&str> = dashboard["templating"]["list"]
        .as_array()
        .expect("variables")
        .iter()
        .map(|variable| text(variable, "name"))
        .collect();
    assert_eq!(variables, ["datasource", "instance"]);

    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().expect("panels") {
        let title = text(panel, "title");
        assert!(ids.insert(panel["id"].as_i64().expect("an id")), "{title}");
        let place = &panel["gridPos"];
        let number = |name: &str| place[name].as_i64().expect("a number");
        for x in number("x")..number("x") + number("w") {
            assert!(x < 24, "{title} is wider than the page");
            for y in number("y")..number("y") + number("h") {
                assert!(places.insert((x, y)), "{title} lies on another panel");
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        let sources = std::iter::once(&panel["datasource"])
            .chain(panel["targets"].as_array().expect("targets").iter().map(|t| &t["datasource"]));
        for source in sources {
            assert_eq!(source["uid"], "${datasource}", "{title}");
        }
        for target in panel["targets"].as_array().expect("targets") {
            assert!(text(target, "expr").contains("$instance"), "{title} shows all instances");
        }
    }
}

/// Name, urgency, sentences, and a place in the handbook that exists.
#[test]
fn every_alert_says_what_is_and_what_to_do() {
    let handbook = read(integrations().join("../docs/operate/alerts.md"));
    let mut chapters: BTreeSet<String> = handbook
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(ToOwned::to_owned)
        .collect();
    for rule in rules() {
        let name = text(&rule, "alert");
        assert!(rule["for"].is_string(), "{name}: a moment is no alert");
        let severity = text(&rule["labels"], "severity");
        assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
        assert!(text(&rule["annotations"], "summary").len() > 10, "{name}");
        assert!(text(&rule["annotations"], "description").len() > 40, "{name}");
        let anchor = format!("docs/operate/alerts.md#{}", name.to_lowercase());
        assert_eq!(text(&rule["annotations"], "runbook"), anchor, "{name}");
        assert!(chapters.remove(name), "{name} has no chapter in docs/operate/alerts.md");
        let chapter = handbook.split(&format!("## {name}\n")).nth(1).expect("a chapter");
        assert!(chapter.trim_start().starts_with(&format!("*{severity}")), "{name}: {severity}");
    }
    assert!(chapters.is_empty(), "chapters without an alert: {chapters:?}");
}

/// Each alert has a case in which it is told and one in which it is not.
#[test]
fn every_alert_is_tried_both_ways() {
    let tests: Value =
        serde_yaml_ng::from_str(&read(integrations().join("prometheus/creel.test.yml")))
            .expect("YAML");
    let cases: Vec<&Value> = tests["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .flat_map(|test| test["alert_rule_test"].as_array().expect("cases"))
        .collect();
    for rule in rules() {
        let name = text(&rule, "alert");
        let of = |is_told: bool| {
            cases.iter().any(|case| {
                case["alertname"] == name
                    && case["exp_alerts"].as_array().is_some_and(|a| !a.is_empty()) == is_told
            })
        };
        assert!(of(true), "{name} is never told in creel.test.yml");
        assert!(of(false), "{name} is never quiet in creel.test.yml");
    }
}

#[test]
fn prometheus_reads_the_rules_and_they_ring_as_they_should() {
    let Some(promtool) = tool("promtool") else { return };
    for arguments in [
        &["check", "rules", "creel.rules.yml"] as &[&str],
        &["check", "config", "--syntax-only", "prometheus.yml"],
        &["test", "rules", "creel.test.yml"],
    ] {
        let output = Command::new(&promtool)
            .args(arguments)
            .current_dir(integrations().join("prometheus"))
            .output()
            .expect("promtool runs");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn prometheus_has_nothing_against_the_metrics() {
    let Some(promtool) = tool("promtool") else { return };
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    child.stdin.take().expect("piped").write_all(exported().as_bytes()).expect("read");
    let output = child.wait_with_output().expect("ends");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
