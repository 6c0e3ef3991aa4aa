//! Every answer of Azure DevOps' REST API we have ever got hold of, read and compared with what was
//! read before.
//!
//! As with the bodies of hooks, the answers are other people's and stay outside the repository, under
//! `CREEL_PAYLOADS`; what is kept here is our own reading of them, without anybody's name or message.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use creel::model::{Pool, Provider, StepFact, Timestamp, Unreadable};
use creel::providers::azure_devops::rest as azure;
use creel::providers::azure_devops::rest::calls::{self, Results};
use creel::providers::dates;
use creel::providers::rest::{Answer, Call, Head, judge};
use serde_json::{Value, json};

use crate::support::payloads;

/// An answer, and the name its snapshot goes by.
struct Sample {
    name: String,
    whole: Value,
}

impl Sample {
    fn body(&self) -> &Value {
        &self.whole["body"]
    }

    fn answer(&self) -> Answer {
        let headers = self.whole["headers"].as_object().unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
            .collect();
        let body = match self.body() {
            Value::Null => Vec::new(),
            Value::String(text) => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        };
        let status = u16::try_from(self.whole["status"].as_u64().unwrap()).unwrap();
        Answer { head: Head { status, headers }, body, at: then() }
    }

    /// The objects that the answer is about.
    fn items(&self) -> Vec<&Value> {
        match &self.body()["value"] {
            Value::Array(items) => items.iter().collect(),
            _ => vec![self.body()],
        }
    }
}

/// When all of them were true, as far as these tests go.
fn then() -> Timestamp {
    dates::parse("2026-02-13T15:00:00Z").unwrap()
}

fn samples() -> Vec<Sample> {
    let Some(folder) = payloads() else { return Vec::new() };
    let mut samples: Vec<Sample> = std::fs::read_dir(folder.join("azure-devops-api"))
        .into_iter()
        .flatten()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let whole = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            Sample { name, whole }
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

type Read = fn(&Answer) -> Result<Value, Unreadable>;

/// Who reads a file, by the beginning of its name, and the members whose values all must be found in
/// what was read.
const READERS: &[(&str, Read, &[&str])] = &[
    ("agent-pools-list", pools, &["id", "name", "size"]),
    ("agent-queues-list", queues, &["id"]),
    ("agents-list", agents, &["id", "name", "version", "osDescription", "statusChangedOn"]),
    ("build-artifacts", artifacts, &["id", "name"]),
    ("build-get", build, BUILD),
    // What queueing a build answers is a build.
    ("build-queue-post", build, BUILD),
    ("build-list", builds, BUILD),
    ("build-logs-list", logs, &["id", "lineCount", "lastChangedOn"]),
    ("build-timeline", timeline, &[]),
    // Its `instanceId` is the documentation's own, which names nobody.
    ("connectiondata-get", connection, &[]),
    ("projects-list", projects, &["id", "name", "state"]),
    ("release-get", release, &["id", "name", "status"]),
    // What creating a release answers is a release.
    ("release-create", release, &["id", "name", "status"]),
    // Of the services only those that may live elsewhere are asked.
    ("resourceareas-list", areas, &[]),
    ("test-results-list", test_results, RESULT),
    ("test-runs-list", test_runs, &["id", "name", "totalTests", "startedDate", "completedDate"]),
];

const BUILD: &[&str] = &[
    "id",
    "buildNumber",
    "queueTime",
    "startTime",
    "finishTime",
    "result",
    "reason",
    "sourceVersion",
];

const RESULT: &[&str] = &["durationInMs", "startedDate", "computerName", "automatedTestStorage"];

/// Why nobody reads a file, by the beginning of its name.
const NOT_READ: &[(&str, &str)] = &[
    ("error.", "no answer but a refusal: `errors_are_told_apart`"),
    ("build-log-", "a log is text, and read by the room of logs; it is never asked for as JSON"),
    ("release-task-log-text", "a log, of which only the head was recorded"),
    ("hooks-", "subscriptions are not asked for"),
    ("git-pr", "pull requests are told by hooks; nothing is done to them"),
    ("workitem-patch", "work items are told by hooks; nothing is done to them"),
    ("build-workitems", "which work items a build closes is not shown"),
    ("pipeline-run-post", "runs are not started; a run's build tells more than the run"),
    ("test-attachment-create", "test attachments are not fetched"),
    ("test-run-attachments", "test attachments are not fetched"),
    ("testresults-testlog", "test attachments are not fetched"),
    ("test-run-get", "the list of a build has all its runs"),
    ("test-result-get", "the list of a run has all its results"),
    ("testresults-resultsummarybybuild", "results are counted here, once they are filed"),
    ("test-codecoverage", "coverage is not shown"),
];

fn serialised(told: impl serde::Serialize) -> Value {
    serde_json::to_value(told).unwrap()
}

fn page<T: serde::Serialize>(page: azure::Page<T>) -> Value {
    json!({"items": serialised(page.items), "next": page.next.map(|next| format!("{next:?}"))})
}

fn told(build: &azure::BuildTold) -> Value {
    json!({"subject": build.subject, "fact": build.fact, "queue": build.queue})
}

fn build(answer: &Answer) -> Result<Value, Unreadable> {
    Ok(azure::build(answer, None)?.as_ref().map_or(Value::Null, told))
}

fn builds(answer: &Answer) -> Result<Value, Unreadable> {
    let builds = azure::builds(answer, None)?;
    Ok(Value::Array(builds.items.iter().map(told).collect()))
}

fn logs(answer: &Answer) -> Result<Value, Unreadable> {
    azure::logs(answer).map(serialised)
}

/// One line for each step.
fn timeline(answer: &Answer) -> Result<Value, Unreadable> {
    let told = azure::timeline(answer, &azure::About::default())?;
    let lines: Vec<String> = told.steps.iter().map(line).collect();
    let earlier: Vec<String> =
        told.earlier.iter().map(|it| format!("{} in {}", it.attempt, it.timeline_id)).collect();
    let (attempt, is_over) = (told.attempt, told.is_over);
    Ok(json!({"attempt": attempt, "is_over": is_over, "earlier": earlier, "steps": lines}))
}

fn line(step: &StepFact) -> String {
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let counts = [step.error_count, step.warning_count].map(|it| it.unwrap_or(0));
    let lines: Vec<_> = step.issues.iter().flatten().filter_map(|issue| issue.line).collect();
    [
        format!("{}. {} #{}", step.order.unwrap(), step.step.key, step.step.attempt),
        format!("in {}", step.parent.as_ref().map_or("-", |parent| &parent.key)),
        text(&step.name),
        format!("{:?} {} {:?}", step.state, text(&step.raw_result), step.detail),
        format!("{} to {}", time(step.started_at), time(step.finished_at)),
        format!("by {}, {}, log {}", text(&step.agent), text(&step.task), text(&step.log)),
        format!("{} errors, {} warnings, at lines {lines:?}", counts[0], counts[1]),
        format!("retry of {}", text(&step.retry_of)),
    ]
    .join(" | ")
}

fn artifacts(answer: &Answer) -> Result<Value, Unreadable> {
    azure::artifacts(answer).map(serialised)
}

fn test_runs(answer: &Answer) -> Result<Value, Unreadable> {
    azure::test_runs(answer, None).map(page)
}

fn test_results(answer: &Answer) -> Result<Value, Unreadable> {
    let page = azure::test_cases(answer, Results::default(), None)?;
    let one = |it: azure::Tested| json!({"case": it.case, "agent": it.agent});
    Ok(Value::Array(page.items.into_iter().map(one).collect()))
}

fn pools(answer: &Answer) -> Result<Value, Unreadable> {
    azure::pools(answer).map(serialised)
}

fn queues(answer: &Answer) -> Result<Value, Unreadable> {
    azure::queues(answer).map(serialised)
}

fn agents(answer: &Answer) -> Result<Value, Unreadable> {
    let pool =
        Pool { key: "1".to_owned(), name: "Default".to_owned(), is_hosted: false, size: None };
    azure::agents(answer, &pool).map(serialised)
}

fn release(answer: &Answer) -> Result<Value, Unreadable> {
    azure::release(answer).map(|told| serialised(told.map(|told| told.facts)))
}

fn connection(answer: &Answer) -> Result<Value, Unreadable> {
    let told = azure::connection(answer)?;
    Ok(json!({"token": told.token, "collection": told.collection}))
}

fn projects(answer: &Answer) -> Result<Value, Unreadable> {
    let projects = azure::projects(answer, None)?.items;
    let one = |it: azure::ProjectTold| json!({"id": it.id, "name": it.name, "state": it.state});
    Ok(Value::Array(projects.into_iter().map(one).collect()))
}

fn areas(answer: &Answer) -> Result<Value, Unreadable> {
    let areas = azure::areas(&answer.body)?;
    let one = |(host, base)| format!("{host:?} at {base}");
    Ok(serialised(areas.into_iter().map(one).collect::<Vec<_>>()))
}

fn reader(name: &str) -> Option<&'static (&'static str, Read, &'static [&'static str])> {
    READERS.iter().find(|(start, _, _)| name.starts_with(start))
}

#[test]
fn every_recorded_answer_has_a_reader_or_a_reason() {
    for sample in samples() {
        let reason = NOT_READ.iter().find(|(start, _)| sample.name.starts_with(start));
        let is_one = reader(&sample.name).is_some() != reason.is_some();
        assert!(is_one, "{}: read it, or say in NOT_READ why not", sample.name);
    }
}

#[test]
fn every_recorded_answer_is_read_as_before() {
    for sample in samples() {
        let Some((_, read, _)) = reader(&sample.name) else { continue };
        let mut shown = match read(&sample.answer()) {
            Ok(shown) => shown,
            Err(error) => json!({"unreadable": error.to_string()}),
        };
        conceal(&mut shown);
        insta::with_settings!({
            snapshot_path => "snapshots/azure_devops_rest",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            let stem = Path::new(&sample.name).file_stem().unwrap().to_string_lossy();
            insta::assert_yaml_snapshot!(&*stem, shown);
        });
    }
}

/// Replace what people wrote by its length: it is theirs, and we only need to know it was found.
fn conceal(value: &mut Value) {
    const THEIRS: [&str; 5] = ["requested_by", "title", "message", "stack", "who"];
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if THEIRS.contains(&key.as_str()) => {
                        *text = format!("({} characters)", text.chars().count());
                    }
                    member => conceal(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(conceal),
        _ => {}
    }
}

/// A value as it is compared: times and ids have many spellings, and numbers may be told as words.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => {
            // `2` is no date, and a placeholder is none either.
            let time = dates::parse(text).map(|time| time.to_string());
            if time.is_none() && text.starts_with("0001-01-01") {
                return None;
            }
            Some(time.unwrap_or_else(|| text.to_lowercase()))
        }
        Value::Number(number) => Some(number.as_f64().unwrap().to_string()),
        _ => None,
    }
}

fn words(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                found.insert(key.to_lowercase());
                words(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        value => found.extend(plain(value)),
    }
}

#[test]
fn nothing_that_is_listed_is_lost() {
    for sample in samples() {
        let Some((_, read, members)) = reader(&sample.name) else { continue };
        let read = read(&sample.answer()).unwrap();
        let mut found = BTreeSet::new();
        words(&read, &mut found);
        // An agent's key has its pool in front.
        let is_found = |word: &String| {
            found.contains(word) || found.iter().any(|it| it.ends_with(&format!("/{word}")))
        };
        for item in sample.items() {
            for member in *members {
                let Some(word) = item.get(*member).and_then(plain) else { continue };
                assert!(is_found(&word), "{}: {member} {word} in {read}", sample.name);
            }
        }
    }
}

#[test]
fn every_record_of_a_timeline_is_a_step_or_folded_into_those_below_it() {
    for sample in samples().iter().filter(|sample| sample.name.starts_with("build-timeline")) {
        let name = &sample.name;
        let read = azure::timeline(&sample.answer(), &azure::About::default()).unwrap();
        let records = sample.body()["records"].as_array().unwrap();
        let mut folded = 0;
        for record in records {
            let id = record["id"].as_str().unwrap().to_lowercase();
            let stage = format!("stage:{}", record["identifier"].as_str().unwrap_or("?"));
            let is_stage = record["type"] == "Stage";
            let step = read
                .steps
                .iter()
                .find(|step| step.step.key.ends_with(&id) || (is_stage && step.step.key == stage));
            let Some(step) = step else {
                let is_above = records.iter().any(|other| other["parentId"] == record["id"]);
                assert!(is_above, "{name}: {record} is lost");
                folded += 1;
                continue;
            };
            let time = |member: &str| record[member].as_str().and_then(dates::parse);
            let count = |member: &str| record[member].as_i64();
            let own_name = record["name"].as_str().unwrap();
            assert!(own_name.ends_with(step.name.as_deref().unwrap()), "{name}: {record}");
            assert_eq!(step.started_at, time("startTime"), "{name}: {record}");
            assert_eq!(step.finished_at, time("finishTime"), "{name}: {record}");
            assert_eq!(step.raw_result.as_deref(), record["result"].as_str(), "{name}: {record}");
            assert_eq!(step.agent.as_deref(), record["workerName"].as_str(), "{name}: {record}");
            let log = record["log"]["id"].as_i64().map(|id| id.to_string());
            assert_eq!(step.log, log, "{name}: {record}");
            let issues = record["issues"].as_array().map_or(0, Vec::len);
            assert!(step.issues.as_ref().map_or(0, Vec::len) >= issues, "{name}: {record}");
            assert!(step.error_count >= count("errorCount"), "{name}: {record}");
            assert!(step.warning_count >= count("warningCount"), "{name}: {record}");
        }
        assert_eq!(read.steps.len() + folded, records.len(), "{name}");

        let mut turned = sample.whole.clone();
        turned["body"]["records"].as_array_mut().unwrap().reverse();
        let turned = Sample { name: name.clone(), whole: turned };
        assert_eq!(azure::timeline(&turned.answer(), &azure::About::default()).unwrap(), read);
    }
}

fn any_call() -> Call {
    calls::build("p", 1)
}

#[test]
fn errors_are_told_apart() {
    const CODES: &[(&str, &str)] = &[
        ("error.203-", "token_refused"),
        ("error.302-", "token_refused"),
        ("error.400-", "rejected"),
        ("error.401-", "token_refused"),
        ("error.404-", "not_found"),
        ("error.429-", "rate_limited"),
    ];
    for sample in samples().iter().filter(|sample| sample.name.starts_with("error.")) {
        let answer = sample.answer();
        let refusal =
            judge(Provider::AzureDevops, &any_call(), &answer.head, &answer.body).unwrap_err();
        let code = CODES.iter().find(|(start, _)| sample.name.starts_with(start));
        let expected = code.unwrap_or_else(|| panic!("what is {}?", sample.name)).1;
        assert_eq!(refusal.code(), expected, "{}", sample.name);
        // What the service itself says is passed on.
        if let Some(message) = sample.body()["message"].as_str() {
            let is_told = refusal.to_string().contains(message) || expected == "rate_limited";
            assert!(is_told, "{}: {refusal}", sample.name);
        }
    }
}

#[test]
fn answers_are_no_errors() {
    for sample in samples().iter().filter(|sample| !sample.name.starts_with("error.")) {
        let answer = sample.answer();
        let is_json = answer.head.header("content-type").is_some_and(|it| it.contains("json"));
        // Of some only the body was recorded.
        if is_json {
            let judged = judge(Provider::AzureDevops, &any_call(), &answer.head, &answer.body);
            assert_eq!(judged, Ok(()), "{}", sample.name);
        }
    }
}

/// Cut anywhere, and with any one byte another, it is read or refused, and nothing worse.
#[test]
fn damaged_answers_never_panic() {
    for sample in samples() {
        let Some((_, read, _)) = reader(&sample.name) else { continue };
        let whole = sample.answer();
        let step = (whole.body.len() / 200).max(1);
        for at in (0..whole.body.len()).step_by(step) {
            let mut cut = whole.clone();
            cut.body.truncate(at);
            let _ = read(&cut);
            for byte in [b'"', b'{', b']', b'0', 0xff] {
                let mut bent = whole.clone();
                bent.body[at] = byte;
                let _ = read(&bent);
            }
        }
    }
}
