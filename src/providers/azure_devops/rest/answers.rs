//! Reading an answer as a whole: one object, or a page of a list.

use serde::de::MapAccess;

use crate::model::Unreadable;
use crate::providers;
use crate::providers::azure_devops::json::{Long, Shape, Told, Tolerant};
use crate::providers::rest::{Answer, Head};

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// The service's own word, from `x-ms-continuationtoken`.
    Token(String),
    /// So many items have been read.
    Skip(usize),
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None`: that was all.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A part that more follows on only if the service says so.
    pub(super) fn by_token(head: &Head, items: Vec<T>) -> Self {
        let token = head.header("x-ms-continuationtoken").map(str::trim);
        let next = token.filter(|token| !token.is_empty()).map(str::to_owned).map(Cursor::Token);
        Self { items, next }
    }

    /// A part that more follows on unless it is short; `told` counts also those that are left out.
    pub(super) fn by_length(items: Vec<T>, told: usize, asked: usize, from: usize) -> Self {
        let next = (told >= asked && told > 0).then(|| Cursor::Skip(from.saturating_add(told)));
        Self { items, next }
    }
}

/// An object. `None` where the service has none to tell of: 204, nothing at all, or null.
pub(super) fn object<T: for<'de> Shape<'de>>(answer: &Answer) -> Result<Option<T>, Unreadable> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body).trim_ascii();
    if answer.head.status == 204 || body.is_empty() || body == b"null" {
        return Ok(None);
    }
    let told: Told<T> = providers::parse(body)?;
    told.0.map(Some).ok_or_else(|| not_as_documented("expected an object"))
}

pub(super) fn not_as_documented(reason: &str) -> Unreadable {
    Unreadable { reason: reason.to_owned(), path: ".".to_owned() }
}

/// The items of `{"count": 2, "value": [...]}`; a value of null is an empty list.
pub(super) fn list<T: for<'de> Tolerant<'de>>(answer: &Answer) -> Result<Vec<T>, Unreadable> {
    counted(answer).map(|(items, _)| items)
}

/// The items, and how many the service says there are: those that are none are left out.
pub(super) fn counted<T: for<'de> Tolerant<'de>>(
    answer: &Answer,
) -> Result<(Vec<T>, usize), Unreadable> {
    let told: Listed<T> = object(answer)?.unwrap_or_default();
    let items = told.value.map(|value| value.0).unwrap_or_default();
    let count = told.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    // A count of what is not there would be asked for without end.
    let count = if items.is_empty() { 0 } else { count.max(items.len()) };
    Ok((items, count))
}

/// Written out, because [`shape!`](crate::providers::azure_devops::json::shape) makes no generic types.
struct Listed<T> {
    count: Option<i64>,
    value: Option<Long<T>>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { count: None, value: None }
    }
}

impl<'de, T: Tolerant<'de>> Shape<'de> for Listed<T> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "value" => self.value = map.next_value::<Told<Long<T>>>()?.0,
            "count" => self.count = map.next_value::<Told<i64>>()?.0,
            _ => {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
