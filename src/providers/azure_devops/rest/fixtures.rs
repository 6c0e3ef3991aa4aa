//! What the tests of this room are made of: answers with bodies of our own.

use serde_json::Value;

use crate::model::Timestamp;
use crate::providers::rest::{Answer, Head};

/// When every answer of the tests was true.
pub fn then() -> Timestamp {
    crate::providers::dates::parse("2026-02-13T15:00:00Z").unwrap()
}

pub fn answer(body: &Value) -> Answer {
    bytes(200, body.to_string().as_bytes())
}

pub fn bytes(status: u16, body: &[u8]) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Answer { head: Head { status, headers }, body: body.to_vec(), at: then() }
}

/// An answer that says that more follows.
pub fn with_token(body: &Value, token: &str) -> Answer {
    let mut answer = answer(body);
    answer.head.headers.push(("x-ms-continuationtoken".to_owned(), token.to_owned()));
    answer
}
