//! The documents for those who come from elsewhere: each row of their tables is tried by the test whose
//! name begins with the row's, and each such test has a row.

mod buildbutler;
mod guides;
mod moves;

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, Response};
use creel::keys::{KeyLimits, KeyRequest};
use creel::model::By;
use creel::secrets::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::support::desk::{Desk, NOW};

/// Somebody's secret, as short and as odd as they are.
const OLD: &str = "my-0ld-w3bhook!";

/// A request with nothing but what its sender gives.
fn ask(
    desk: &Desk,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response<Vec<u8>> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    desk.send(request.body(Body::from(body.to_vec())).expect("a request"))
}

fn post(desk: &Desk, target: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let answer = ask(desk, "POST", target, headers, body);
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).expect("JSON"))
}

/// What is answered to somebody who may read.
fn read(desk: &Desk, target: &str, headers: &[(&str, &str)]) -> Value {
    let bearer = format!("Bearer {}", desk.key);
    let headers: Vec<_> =
        headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
    let answer = ask(desk, "GET", target, &headers, b"");
    serde_json::from_slice(answer.body()).expect("JSON")
}

/// A secret that is in use already, brought along.
fn bring_along(desk: &Desk, secret: &str, signing: bool) {
    let request = KeyRequest {
        name: "brought along".to_owned(),
        scopes: "ingest".parse().expect("a scope"),
        signing,
        limits: KeyLimits::default(),
        value: Some(Secret::new(secret)),
    };
    desk.hub.keys().create(&request, &By::creel(NOW)).expect("a key");
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(path).expect("a fixture")
}

fn hex_hmac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    std::fs::read_to_string(path).expect("a document")
}

/// The names of a document's rows: the first cell, where it is a letter and a number.
fn rows(document: &str, letter: char) -> Vec<String> {
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
        // `\|` stands in a cell.
        let line = inner.unwrap_or_default().replace("\\|", "/");
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let is_name =
        |cell: &str| cell.strip_prefix(letter).is_some_and(|rest| rest.parse::<u32>().is_ok());
    document
        .lines()
        .map(cells)
        .filter(|cells| cells.first().is_some_and(|cell| is_name(cell)))
        .map(|cells| {
            assert_eq!(cells.len(), 4, "name, before, here, why: {cells:?}");
            assert!(!cells[1].is_empty() && !cells[2].is_empty(), "{cells:?}");
            cells[0].clone()
        })
        .collect()
}

/// The rows that tests are named for.
fn tried(source: &str, letter: char) -> Vec<String> {
    let names = source.lines().filter_map(|line| line.strip_prefix("fn "));
    names
        .filter_map(|name| name.split('_').next())
        .filter(|row| row.strip_prefix(letter).is_some_and(|rest| rest.parse::<u32>().is_ok()))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn every_row_of_the_documents_has_its_test_and_every_test_its_row() {
    for (name, letter, source) in [
        ("from-buildbutler.md", 'b', include_str!("ways_in/buildbutler.rs")),
        ("from-the-guides.md", 'g', include_str!("ways_in/guides.rs")),
    ] {
        let (rows, tried) = (rows(&document(name), letter), tried(source, letter));
        let numbered: Vec<_> = (1..=rows.len()).map(|number| format!("{letter}{number}")).collect();
        assert_eq!(rows, numbered, "docs/{name}: rows are numbered in their order");
        assert!(rows.len() > 10);
        let (rows, once): (BTreeSet<_>, BTreeSet<_>) =
            (rows.into_iter().collect(), tried.iter().cloned().collect());
        assert_eq!(tried.len(), once.len(), "a row has one test: {tried:?}");
        let untried: Vec<_> = rows.difference(&once).collect();
        let rowless: Vec<_> = once.difference(&rows).collect();
        assert!(untried.is_empty(), "docs/{name}: nobody tries {untried:?}");
        assert!(rowless.is_empty(), "docs/{name} has no row for {rowless:?}");
    }
}
