//! JSON that was sent along: what is wrong with it is said with its place.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::http::error::{Code, Problem};

/// A JSON body. An empty one reads as `{}`.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Problem::new(Code::BodyTooLarge, error.body_text()))?;
        let content = if bytes.trim_ascii().is_empty() { b"{}".as_slice() } else { &bytes };
        // A list would be taken for the members in their order.
        if content.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::new(
                Code::BadRequest,
                "the body is a list; it has to be an object",
            ));
        }
        let mut reader = serde_json::Deserializer::from_slice(content);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let place = error.path().to_string();
            // The reader's own words hold no part of a value but the unknown word itself.
            let what = match place.as_str() {
                "." | "?" => format!("the body is not understood: {}", error.inner()),
                place => format!("the member `{place}` is not understood: {}", error.inner()),
            };
            Problem::new(Code::BadRequest, what)
        })?;
        reader
            .end()
            .map_err(|_| Problem::new(Code::BadRequest, "the body goes on after its JSON"))?;
        Ok(Self(value))
    }
}
