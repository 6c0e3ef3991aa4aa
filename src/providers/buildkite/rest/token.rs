//! Who a token is, and which rights it lacks.

use serde::Deserialize;

use super::super::fields::{date, object, text, texts};
use super::super::payload::{self, Person};
use crate::model::{Timestamp, TokenInfo, Unreadable};
use crate::providers::rest::Answer;

/// All that reading takes.
pub const RIGHTS: [&str; 5] =
    ["read_builds", "read_build_logs", "read_artifacts", "read_agents", "read_pipelines"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    #[serde(deserialize_with = "object")]
    user: Option<Person>,
    #[serde(deserialize_with = "text")]
    description: Option<String>,
    #[serde(deserialize_with = "texts::<_, 500>")]
    scopes: Option<Vec<String>>,
    #[serde(deserialize_with = "date")]
    expires_at: Option<Timestamp>,
}

/// Read what the API says of the token that asked.
pub fn token(answer: &Answer) -> Result<TokenInfo, Unreadable> {
    let Token { user, description, scopes, expires_at } = payload::one(&answer.body)?;
    let user = user.and_then(|user| user.name);
    let who = match (user, description) {
        (Some(user), Some(description)) => Some(format!("{user} ({description})")),
        (user, description) => user.or(description),
    };
    Ok(TokenInfo { who, scopes, expires_at })
}

/// Which of [`RIGHTS`] a token with these scopes lacks.
#[must_use]
pub fn missing_rights(scopes: &[String]) -> Vec<&'static str> {
    let has = |right: &str| scopes.iter().any(|scope| scope.trim() == right);
    // The vendor's own sample of this answer spells one of them without its last letter.
    let has = |right: &str| has(right) || (right == "read_builds" && has("read_build"));
    RIGHTS.into_iter().filter(|right| !has(right)).collect()
}
