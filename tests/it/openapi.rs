//! The documents that describe the outside: complete, coherent, and the ones that are committed.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use creel::http::api::asyncapi::asyncapi;
use creel::http::api::openapi::openapi;
use serde_json::Value;

use crate::support::committed::assert_committed;
use crate::support::desk::Desk;

fn as_text(document: &Value) -> String {
    serde_json::to_string_pretty(document).expect("JSON") + "\n"
}

/// Every `$ref` in a document.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn assert_references_resolve(document: &Value) {
    let mut found = Vec::new();
    references(document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

/// Path, method and body of every operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("methods");
            methods
                .iter()
                .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[test]
fn the_openapi_document_is_the_committed_one() {
    assert_committed("openapi.json", &as_text(&openapi()));
}

#[test]
fn the_asyncapi_document_is_the_committed_one() {
    assert_committed("asyncapi.json", &as_text(&asyncapi()));
}

#[test]
fn the_openapi_document_is_coherent() {
    let document = openapi();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    assert_references_resolve(&document);

    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{at}: no id"));
        assert!(id.starts_with(char::is_lowercase), "{at}: {id}");
        assert!(id.chars().all(char::is_alphanumeric), "{at}: {id}");
        assert!(ids.insert(id.to_owned()), "{at}: {id} is used twice");

        let named: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let in_path: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect();
        assert_eq!(named, in_path, "{at}");

        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}: no success");
        for (status, response) in responses {
            assert!(!response["description"].as_str().unwrap_or_default().is_empty(), "{at}");
            if status.starts_with(['4', '5']) {
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(problem, "#/components/schemas/ProblemDocument", "{at}: {status}");
            }
        }
    }
}

/// Every operation of the document is answered, and by the method it names.
#[test]
fn every_operation_of_the_document_exists() {
    let desk = Desk::open();
    for (path, method, _) in operations(&openapi()) {
        let target = path
            .replace("{id}", "1")
            .replace("{entry_id}", "1")
            .replace("{key}", "x")
            .replace("{channel}", "x")
            .replace("{code}", "busy");
        if path == "/api/v1/live" {
            continue;
        }
        let (_, body) = desk.request(&method.to_uppercase(), &target, &[], b"{}");
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(!detail.starts_with("there is nothing at this address"), "{method} {path}");
        assert_ne!(body["code"], "method_not_allowed", "{method} {path}");
    }
}

#[test]
fn the_asyncapi_document_is_coherent_and_keeps_the_names_people_know() {
    let document = asyncapi();
    assert_eq!(document["asyncapi"], "3.0.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in [
        "workitem.created",
        "workitem.updated",
        "build.complete",
        "git.push",
        "git.pullrequest.created",
        "git.pullrequest.merged",
        "release.deployment.completed",
    ] {
        assert_eq!(document["channels"][name]["address"], "/webhooks/azure", "{name}");
    }
    let operations = document["operations"].as_object().expect("operations");
    assert_eq!(operations.len(), document["channels"].as_object().expect("channels").len());
    for (name, operation) in operations {
        assert_eq!(operation["action"], "receive", "{name}");
        assert!(operation["channel"]["$ref"].is_string(), "{name}");
    }
}

#[test]
fn the_documents_are_open_to_everyone() {
    let desk = Desk::open();
    for (target, document) in [("/openapi.json", openapi()), ("/asyncapi.json", asyncapi())] {
        let request = Request::get(target).body(Body::empty()).expect("a request");
        let answer = desk.send(request);
        assert_eq!(answer.status(), 200, "{target}");
        let served: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(served, document, "{target}");
    }
}
