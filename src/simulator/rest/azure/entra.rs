//! Tokens of a make-believe Entra tenant: what an application gets for its id and secret.

use serde_json::json;

use crate::model::Timestamp;
use crate::simulator::rest::{Answer, Ask, ENTRA_SECRET};

const TOKEN_S: i64 = 3_599;
const PREFIX: &str = "simulated-entra-";

/// The scope of Azure DevOps.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// `POST /entra/{tenant}/oauth2/v2.0/token`
pub fn answer(ask: &Ask, now: Timestamp) -> Answer {
    let parts = ask.path();
    let (["entra", _, "oauth2", "v2.0", "token"], "POST") = (parts.as_slice(), ask.method.as_str())
    else {
        return Answer::json(404, &json!({ "error": "not_found" }));
    };
    let body = String::from_utf8_lossy(&ask.body).into_owned();
    let form = Ask::get(&format!("/?{body}"));
    let refuse = |status, error: &str, why: &str| {
        Answer::json(status, &json!({ "error": error, "error_description": why }))
    };
    if form.query("grant_type") != Some("client_credentials") {
        return refuse(400, "unsupported_grant_type", "AADSTS70003: only client_credentials");
    }
    if form.query("scope") != Some(SCOPE) {
        return refuse(400, "invalid_scope", "AADSTS70011: the scope is not valid");
    }
    if form.query("client_id").is_none() || form.query("client_secret") != Some(ENTRA_SECRET) {
        return refuse(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
    }
    let token = format!("{PREFIX}{}", now.0 / 1_000 + TOKEN_S);
    Answer::json(
        200,
        &json!({
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "ext_expires_in": TOKEN_S,
            "access_token": token,
        }),
    )
}

/// Whether it is a token of ours that has not expired.
pub fn is_good(token: &str, now: Timestamp) -> bool {
    let ends = token.strip_prefix(PREFIX).and_then(|ends| ends.parse::<i64>().ok());
    ends.is_some_and(|ends| now.0 / 1_000 < ends)
}
