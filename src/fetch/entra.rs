//! Tokens of Microsoft Entra: given out for an hour against the secret of an application.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded;

use super::credential::EntraApp;
use super::{AskError, Credential, Limits, start};
use crate::outbound::{Client, Method, Outgoing};
use crate::providers::rest::Refusal;
use crate::secrets::Secret;

/// Azure DevOps, as Entra calls it.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// A token is renewed so long before it ends: what is asked with it takes time.
const RENEW_AHEAD: Duration = Duration::from_mins(5);

/// An answer is at most this long.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What people get wrong, by the numbers that Entra gives its errors.
const PLAIN: [(u64, &str); 6] = [
    (7_000_215, "the client secret is wrong (its value is wanted, not its id)"),
    (7_000_222, "the client secret has expired: make a new one for the application"),
    (700_016, "the tenant has no application with this client id"),
    (90_002, "there is no such tenant"),
    (900_023, "there is no such tenant"),
    (53_003, "a conditional access policy of the tenant keeps the application out"),
];

/// A token, and until when (of [`crate::clock::Clock::up`]) it is used.
#[derive(Debug, Clone)]
struct Given {
    token: Secret,
    until: Duration,
}

/// Held while one is asked for, so that many who need it ask once.
type Slot = Arc<tokio::sync::Mutex<Option<Given>>>;

/// Keeps what was given out, by application.
#[derive(Debug, Default)]
pub(super) struct Desk {
    slots: Mutex<HashMap<String, Slot>>,
}

#[derive(Debug, Deserialize)]
struct Granted {
    access_token: String,
    expires_in: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
    error_codes: Vec<u64>,
}

impl Desk {
    /// A token that is good for a while yet.
    pub async fn token(
        &self,
        app: &EntraApp,
        client: &Client,
        limits: &Limits,
        now: Duration,
    ) -> Result<Secret, AskError> {
        let slot = self.slot(app);
        let mut kept = slot.lock().await;
        if let Some(given) = kept.as_ref().filter(|given| now < given.until) {
            return Ok(given.token.clone());
        }
        let given = ask(app, client, limits, now).await?;
        let token = given.token.clone();
        *kept = Some(given);
        Ok(token)
    }

    /// The provider did not take what was given out: the next question brings a new one.
    pub fn forget(&self, app: &EntraApp) {
        self.slots().remove(&name(app));
    }

    fn slot(&self, app: &EntraApp) -> Slot {
        Arc::clone(self.slots().entry(name(app)).or_default())
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(app: &EntraApp) -> String {
    Credential::Entra(app.clone()).fingerprint()
}

async fn ask(
    app: &EntraApp,
    client: &Client,
    limits: &Limits,
    now: Duration,
) -> Result<Given, AskError> {
    let outgoing = Outgoing {
        method: Method::POST,
        url: address(app)?,
        headers: vec![
            ("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec()),
            ("accept".to_owned(), b"application/json".to_vec()),
        ],
        body: form(app),
        timeout: limits.small,
    };
    let mut incoming = client.fetch(outgoing, limits.patience).await?;
    let body = start(&mut incoming, ANSWER_BYTES_MAX).await?;
    granted(incoming.status, &body, now).map_err(AskError::Refused)
}

/// `{authority}/{tenant}/oauth2/v2.0/token`.
fn address(app: &EntraApp) -> Result<Url, AskError> {
    let mistyped = || {
        AskError::Refused(Refusal::Credential(
            "the tenant of Microsoft Entra is a GUID or a domain name".to_owned(),
        ))
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if app.tenant.is_empty() || app.tenant.starts_with('.') || !app.tenant.chars().all(is_name) {
        return Err(mistyped());
    }
    let authority = super::guard::base_address(&app.authority)?;
    Url::parse(&format!("{authority}/{}/oauth2/v2.0/token", app.tenant)).map_err(|_| mistyped())
}

fn form(app: &EntraApp) -> Bytes {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", &app.client_id);
    form.append_pair("client_secret", app.secret.reveal());
    form.append_pair("scope", SCOPE);
    form.finish().into()
}

/// What an answer of Entra means.
fn granted(status: u16, body: &[u8], now: Duration) -> Result<Given, Refusal> {
    match status {
        200 => {
            let granted: Granted = serde_json::from_slice(body).map_err(|error| {
                let reason = format!("the answer of Microsoft Entra is no token: {error}");
                Refusal::Unreadable(crate::model::Unreadable { reason, path: ".".to_owned() })
            })?;
            // Old endpoints write it as a text.
            let seconds = match &granted.expires_in {
                serde_json::Value::String(text) => text.parse().ok(),
                number => number.as_u64(),
            };
            // It is asked for anew every day, whatever is promised.
            let lives = Duration::from_secs(seconds.unwrap_or(0)).min(Duration::from_hours(24));
            let until = now + lives.saturating_sub(RENEW_AHEAD).max(lives / 2);
            Ok(Given { token: Secret::new(granted.access_token), until })
        }
        429 => Err(Refusal::Throttled { wait: None }),
        500.. => Err(Refusal::Unwell { status, wait: None }),
        _ => {
            let denied: Denied = serde_json::from_slice(body).unwrap_or_default();
            let plain = PLAIN.iter().find(|(number, _)| denied.error_codes.contains(number));
            let own = denied.error_description.lines().next().unwrap_or_default();
            // What follows is for the vendor's support.
            let own = own.split(" Trace ID").next().unwrap_or_default().trim();
            let own: String = own.chars().take(300).collect();
            let words = match (plain, own.is_empty(), denied.error.is_empty()) {
                (Some((number, plain)), _, _) => format!("{plain} (AADSTS{number})"),
                (None, false, _) => own,
                (None, true, false) => denied.error,
                (None, true, true) => format!("it answered {status}"),
            };
            Err(Refusal::Credential(format!("Microsoft Entra gives no token: {words}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn app() -> EntraApp {
        EntraApp {
            tenant: "contoso.onmicrosoft.com".to_owned(),
            client_id: "4711".to_owned(),
            secret: Secret::new("not&a=real+secret"),
            authority: super::super::AUTHORITY.to_owned(),
        }
    }

    #[test]
    fn the_form_holds_what_the_secret_holds() {
        let form = String::from_utf8(form(&app()).to_vec()).unwrap();
        let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        assert!(pairs.contains(&("client_secret".to_owned(), "not&a=real+secret".to_owned())));
        assert!(pairs.contains(&("scope".to_owned(), SCOPE.to_owned())));
        assert_eq!(
            address(&app()).unwrap().as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
        );
        for tenant in ["", "..", "a/b", "a?b", "a@b"] {
            assert!(address(&EntraApp { tenant: tenant.to_owned(), ..app() }).is_err(), "{tenant}");
        }
    }

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        let until = |expires: &str| {
            let body =
                format!(r#"{{"token_type":"Bearer","expires_in":{expires},"access_token":"x"}}"#);
            granted(200, body.as_bytes(), NOW).unwrap().until
        };
        assert_eq!(until("3599"), NOW + Duration::from_secs(3_299));
        assert_eq!(until("\"3599\""), NOW + Duration::from_secs(3_299));
        assert_eq!(until("60"), NOW + Duration::from_secs(30));
    }

    #[test]
    fn what_is_wrong_is_said_plainly() {
        let told =
            |status, body: &str| granted(status, body.as_bytes(), NOW).unwrap_err().to_string();
        let denied = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1","error_codes":[7000215]}"#;
        assert_eq!(
            told(401, denied),
            "the token was refused: Microsoft Entra gives no token: the client secret is wrong \
             (its value is wanted, not its id) (AADSTS7000215)"
        );
        let other = r#"{"error":"invalid_request","error_description":"AADSTS1: Something. Trace ID: 2\r\nMore","error_codes":[1]}"#;
        assert_eq!(
            told(400, other),
            "the token was refused: Microsoft Entra gives no token: AADSTS1: Something."
        );
        assert_eq!(
            told(400, "<html>"),
            "the token was refused: Microsoft Entra gives no token: it answered 400"
        );
        assert_eq!(granted(503, b"", NOW).unwrap_err().code(), "provider_unwell");
        assert_eq!(granted(200, b"<html>", NOW).unwrap_err().code(), "unreadable");
    }
}
