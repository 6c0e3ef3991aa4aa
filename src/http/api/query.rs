//! Query strings: every parameter is known, given once, and well-formed, or the answer says which
//! is not.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::http::auth;
use crate::http::error::{Code, Problem};
use crate::http::view::List;
use crate::model::Timestamp;

/// Items of a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;

/// Items of a page at most.
const LIMIT_MAX: usize = 500;

/// Letters of a value; longer ones are refused, not cut.
const VALUE_LENGTH_MAX: usize = 500;

/// What may stand in a query value as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parameters of a request that were not looked at yet.
#[derive(Debug)]
pub struct Asked {
    path: String,
    all: Vec<(String, String)>,
    open: Vec<(String, String)>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        // The key has been judged already, and must not be repeated in a link.
        let all: Vec<_> =
            auth::query_pairs(&parts.uri).into_iter().filter(|(n, _)| n != "apiKey").collect();
        Ok(Self { path: parts.uri.path().to_owned(), open: all.clone(), all })
    }
}

impl Asked {
    /// The value of a parameter; an empty one counts as not given.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut found = self.open.extract_if(.., |(n, _)| n == name).map(|(_, value)| value);
        let Some(value) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(bad(name, "is given more than once"));
        }
        if value.chars().count() > VALUE_LENGTH_MAX {
            return Err(bad(name, &format!("has more than {VALUE_LENGTH_MAX} letters")));
        }
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// Whether a parameter is given at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.open.iter().any(|(n, _)| n == name)
    }

    /// A value of a kind that not every text is.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.text(name)? else { return Ok(None) };
        let parsed = parse(&value);
        parsed.map(Some).ok_or_else(|| bad(name, &format!("is `{value}`; {expected}")))
    }

    /// A whole number.
    pub fn number(&mut self, name: &str) -> Result<Option<i64>, Problem> {
        self.parsed(name, "it is a whole number", |text| text.parse().ok())
    }

    /// A word of a closed list.
    pub fn word<T: Copy>(
        &mut self,
        name: &str,
        words: &[T],
        spell: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Problem> {
        let known: Vec<_> = words.iter().map(|word| spell(*word)).collect();
        let expected = format!("it is one of {}", known.join(", "));
        self.parsed(name, &expected, |text| words.iter().copied().find(|word| spell(*word) == text))
    }

    /// A moment: RFC 3339, or a day, which means its beginning in UTC.
    pub fn time(&mut self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.parsed(name, "a time is written as 2026-02-13T14:30:00Z or 2026-02-13", read_time)
    }

    pub fn limit(&mut self) -> Result<usize, Problem> {
        self.limit_up_to(LIMIT_MAX, LIMIT_DEFAULT)
    }

    /// The items of a page, where a list has limits of its own.
    pub fn limit_up_to(&mut self, max: usize, default: usize) -> Result<usize, Problem> {
        let expected = format!("it is a number from 1 to {max}");
        let limit = self.parsed("limit", &expected, |text| {
            text.parse().ok().filter(|limit| (1..=max).contains(limit))
        })?;
        Ok(limit.unwrap_or(default))
    }

    /// The place where the page before ended, if this is not the first.
    pub fn cursor<P: Place>(&mut self) -> Result<Option<P>, Problem> {
        self.parsed("cursor", "take it from the `next_cursor` of the page before", open_cursor)
    }

    /// No parameter is left over.
    pub fn done(self) -> Result<Link, Problem> {
        match self.open.first() {
            Some((name, _)) => Err(bad(name, "is not a parameter of this address")),
            None => Ok(Link { path: self.path, query: self.all }),
        }
    }
}

fn bad(name: &str, what: &str) -> Problem {
    let name: String = name.chars().take(100).collect();
    Problem::new(Code::BadRequest, format!("the parameter `{name}` {what}"))
}

/// Read RFC 3339, or a day.
#[must_use]
pub fn read_time(text: &str) -> Option<Timestamp> {
    // A `+` of a zone arrives as a blank when it was not encoded.
    let text = text.replace(' ', "+");
    Timestamp::parse_rfc3339(&text)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

/// Where a page of a list ended.
pub trait Place: Sized {
    /// Tells lists apart, so that one's cursor is not taken for another's.
    const LIST: &'static str;
    fn numbers(&self) -> Vec<i64>;
    fn from_numbers(numbers: &[i64]) -> Option<Self>;
}

fn close_cursor<P: Place>(place: &P) -> String {
    let numbers: Vec<_> = place.numbers().iter().map(ToString::to_string).collect();
    URL_SAFE_NO_PAD.encode(format!("{}:{}", P::LIST, numbers.join(":")))
}

fn open_cursor<P: Place>(text: &str) -> Option<P> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let mut parts = text.split(':');
    if parts.next() != Some(P::LIST) {
        return None;
    }
    let numbers: Vec<i64> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    P::from_numbers(&numbers)
}

/// The address a page was asked at, to tell where the next one is.
#[derive(Debug)]
pub struct Link {
    path: String,
    query: Vec<(String, String)>,
}

impl Link {
    /// Answer with a page of a list.
    pub fn page<T: Serialize, P: Place>(self, items: Vec<T>, next: Option<&P>) -> Response {
        let next_cursor = next.map(close_cursor);
        let link = next_cursor.as_deref().and_then(|cursor| self.next(cursor));
        let headers = AppendHeaders(link.map(|link| (header::LINK, link)));
        (headers, Json(List { items, next_cursor })).into_response()
    }

    /// What was asked, with its question mark, without the key; empty when nothing was.
    #[must_use]
    pub fn query(&self) -> String {
        let query = encoded_query(&self.pairs());
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn next(&self, cursor: &str) -> Option<HeaderValue> {
        let mut query = self.pairs();
        query.retain(|(name, _)| *name != "cursor");
        query.push(("cursor", cursor));
        let query = encoded_query(&query);
        HeaderValue::try_from(format!("<{}?{query}>; rel=\"next\"", self.path)).ok()
    }
}

/// A query string of names and values, whatever letters they have.
#[must_use]
pub fn encoded_query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text| utf8_percent_encode(text, KEPT);
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// A cursor for answers that hold a list among other things.
pub fn cursor_text<P: Place>(place: Option<&P>) -> Option<String> {
    place.map(close_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Spot(i64, i64);

    impl Place for Spot {
        const LIST: &'static str = "spot";
        fn numbers(&self) -> Vec<i64> {
            vec![self.0, self.1]
        }
        fn from_numbers(numbers: &[i64]) -> Option<Self> {
            let [a, b] = numbers else { return None };
            Some(Self(*a, *b))
        }
    }

    fn asked(query: &str) -> Asked {
        let uri: axum::http::Uri = format!("/x?{query}").parse().unwrap();
        let all = auth::query_pairs(&uri);
        Asked { path: "/x".to_owned(), open: all.clone(), all }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went_and_belongs_to_its_list() {
        let cursor = close_cursor(&Spot(-5, i64::MAX));
        assert_eq!(open_cursor(&cursor), Some(Spot(-5, i64::MAX)));
        for bad in ["", "%%%", "c3BvdDox", &URL_SAFE_NO_PAD.encode("other:1:2")] {
            assert_eq!(open_cursor::<Spot>(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_parameter_is_said_by_name() {
        let detail = |problem: Problem| problem.detail;
        assert_eq!(
            detail(asked("limit=501").limit().unwrap_err()),
            "the parameter `limit` is `501`; it is a number from 1 to 500"
        );
        assert_eq!(
            detail(asked("q=a&q=b").text("q").unwrap_err()),
            "the parameter `q` is given more than once"
        );
        assert_eq!(
            detail(asked("colour=red").done().unwrap_err()),
            "the parameter `colour` is not a parameter of this address"
        );
        assert_eq!(asked("q=").text("q").unwrap(), None);
        assert_eq!(asked("").limit().unwrap(), 50);
    }

    #[test]
    fn a_time_is_a_moment_or_a_day() {
        let at = |query: &str| asked(query).time("since").map(|at| at.map(|at| at.to_string()));
        assert_eq!(at("since=2026-02-13").unwrap().unwrap(), "2026-02-13T00:00:00.000Z");
        assert_eq!(
            at("since=2026-02-13T15:00:00+01:00").unwrap().unwrap(),
            "2026-02-13T14:00:00.000Z"
        );
        assert!(at("since=yesterday").is_err());
    }

    #[test]
    fn the_next_page_is_asked_with_the_same_words() {
        let link = asked("branch=a%26b&cursor=old&limit=2").done();
        // Nothing was looked at, so each parameter is left over.
        assert!(link.is_err());
        let mut asked = asked("branch=a%26b&limit=2");
        asked.text("branch").unwrap();
        asked.limit().unwrap();
        let link = asked.done().unwrap().next("new").unwrap();
        assert_eq!(link, "</x?branch=a%26b&limit=2&cursor=new>; rel=\"next\"");
    }
}
