//! Who a token is, and which rights it lacks.

use serde::Deserialize;

use super::super::fields::{date, object, text, texts};
use super::super::payload::{self, Person};
use crate::model::{Timestamp, TokenInfo, Unreadable};
use crate::providers::rest::Answer;

/// All that reading takes.
pub const RIGHTS: [&str; 4] = ["read_builds", "read_build_logs", "read_artifacts", "read_agents"];

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{answer, at};
    use super::*;

    #[test]
    fn a_token_tells_who_it_is_what_it_may_and_until_when() {
        let body = json!({"uuid": "t1", "scopes": ["read_builds", "read_agents"],
            "description": "Creel", "user": {"name": "Ada", "email": "ada@example.com"},
            "expires_at": "2026-05-04 12:00:00 UTC"});
        let told = token(&answer(&body, "10:00:00")).unwrap();
        assert_eq!(told.who.as_deref(), Some("Ada (Creel)"));
        assert_eq!(told.expires_at, Some(at("12:00:00")));
        let missing = missing_rights(&told.scopes.unwrap());
        assert_eq!(missing, ["read_build_logs", "read_artifacts"]);
    }

    #[test]
    fn what_is_not_told_is_not_missing() {
        let told = token(&answer(&json!({"uuid": "t1"}), "10:00:00")).unwrap();
        assert_eq!(told, TokenInfo::default());
        assert!(missing_rights(&RIGHTS.map(str::to_owned)).is_empty());
        assert!(token(&answer(&json!([]), "10:00:00")).is_err());
    }
}
