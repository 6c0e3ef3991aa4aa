//! Cookies of people who signed in, and where a browser's request comes from.
//!
//! A cookie goes along with requests that another page makes a browser send. So whatever changes
//! something has to come from a page of ours: browsers say where a request was made
//! (`Sec-Fetch-Site`, `Origin`), and no page can forge that. What says neither is no browser, has
//! no cookies of anybody else, and is let through. `SameSite=Lax` is the second wall.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::hub::Hub;
use crate::people::Began;
use crate::secrets::Secret;

use super::auth::{Peer, from_trusted_proxy};
use super::error::{Code, Problem};

const COOKIE: &str = "creel_session";

/// Under https browsers hold this name to its promise: sent by this host alone, and encrypted.
const COOKIE_SECURE: &str = "__Host-creel_session";

/// The tokens in a request's cookies.
#[must_use]
pub fn tokens(headers: &HeaderMap) -> Vec<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, value)| [COOKIE, COOKIE_SECURE].contains(name) && !value.is_empty())
        .map(|(_, value)| Secret::new(value))
        .take(4)
        .collect()
}

/// The cookie of a session that has begun.
#[must_use]
pub fn cookie(hub: &Hub, peer: Peer, headers: &HeaderMap, began: &Began) -> Option<HeaderValue> {
    set_cookie(hub, peer, headers, began.token.reveal(), began.life_s)
}

/// What makes a browser forget its cookie.
#[must_use]
pub fn no_cookie(hub: &Hub, peer: Peer, headers: &HeaderMap) -> Option<HeaderValue> {
    set_cookie(hub, peer, headers, "", 0)
}

fn set_cookie(
    hub: &Hub,
    peer: Peer,
    headers: &HeaderMap,
    token: &str,
    life_s: i64,
) -> Option<HeaderValue> {
    let (name, secure) = match is_https(hub, peer, headers) {
        true => (COOKIE_SECURE, "; Secure"),
        false => (COOKIE, ""),
    };
    let text = format!("{name}={token}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).ok()
}

/// Whether the browser's side of the connection is encrypted: it is ours and is, a trusted proxy says
/// so, or the request is for the host of an https `server.public_url`.
#[must_use]
pub fn is_https(hub: &Hub, peer: Peer, headers: &HeaderMap) -> bool {
    if matches!(peer, Peer::Tcp { is_encrypted: true, .. }) {
        return true;
    }
    let said = || headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    if from_trusted_proxy(hub, peer) && said() == Some("https") {
        return true;
    }
    let public = hub.config().public_url.as_deref().and_then(|url| url.strip_prefix("https://"));
    public.is_some_and(|public| Some(public) == host(headers))
}

/// The host a request is for.
fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|value| value.to_str().ok())
}

/// Whether the request is for an address of numbers, or for this machine by its own name. Any other
/// name may be one that a page of somebody else has made to lead here.
#[must_use]
pub fn is_local_name(headers: &HeaderMap) -> bool {
    let Some(host) = host(headers) else { return false };
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok()
}

/// Where this server is found: `server.public_url`, else what the asker calls it.
#[must_use]
pub fn base_url(hub: &Hub, peer: Peer, headers: &HeaderMap) -> String {
    if let Some(url) = &hub.config().public_url {
        return url.clone();
    }
    // Commands call it by no name that a browser would find.
    match (peer, host(headers)) {
        (Peer::Tcp { .. }, Some(host)) => {
            let scheme = if is_https(hub, peer, headers) { "https" } else { "http" };
            format!("{scheme}://{host}")
        }
        _ => hub.config().local_url(),
    }
}

/// Refuse what a page of somebody else made a browser send.
pub fn refuse_foreign_pages(hub: &Hub, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == host(headers)
                || hub.config().public_url.as_deref() == Some(origin)
        }
        (None, None) => true,
    };
    match is_ours {
        true => Ok(()),
        false => Err(Problem::new(
            Code::ForeignOrigin,
            "this was sent by a page of another address: a session counts for pages of this server only",
        )),
    }
}
