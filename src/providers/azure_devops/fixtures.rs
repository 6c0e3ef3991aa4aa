//! Bodies of our own making for the tests of this room, and ways to bend them.

use std::path::Path;

use serde_json::Value;

use super::decode::decode;
use super::hook::peek;
use crate::model::{BuildFact, Reading, SubjectFact, Unreadable};
use crate::providers::{HookRequest, Peek, Route};

/// A body from `tests/fixtures/azure_devops`.
pub fn body(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/azure_devops")
        .join(name)
        .with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A body with some of its parts replaced: `("/resource/status", json!("stopped"))`; null removes.
pub fn bent(name: &str, changes: &[(&str, Value)]) -> Value {
    let mut body = body(name);
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent} in {name}"));
        let members = parent.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(key);
        } else {
            members.insert(key.to_owned(), value.clone());
        }
    }
    body
}

pub fn arriving(route: Route, body: &[u8]) -> HookRequest<'_> {
    HookRequest { route, headers: &[], body }
}

pub fn peek_at(body: &Value) -> Peek {
    peek(&arriving(Route::Azure, body.to_string().as_bytes()))
}

pub fn try_read(body: &Value) -> Result<Reading, Unreadable> {
    decode(&arriving(Route::Azure, body.to_string().as_bytes()))
}

pub fn read(body: &Value) -> Reading {
    try_read(body).unwrap()
}

pub fn read_fixture(name: &str) -> Reading {
    read(&body(name))
}

/// What a body says of its build.
pub fn build_of(body: &Value) -> BuildFact {
    read(body).build.expect("a build fact")
}

/// What a body says of the one subject it is about.
pub fn subject_of(body: &Value) -> SubjectFact {
    let mut subjects = read(body).subjects;
    assert_eq!(subjects.len(), 1);
    subjects.remove(0)
}
