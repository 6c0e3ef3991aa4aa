//! For those who read elsewhere: monitors of builds (`/cctray.xml`), READMEs (`/badges/...`), feed
//! readers (`/builds.atom`).
//!
//! They ask again and again for what rarely changes, so each answer has a tag that they can ask
//! about. Most of them can hold a password or an address, and nothing else: a key comes as either.

pub mod atom;
pub mod badge;
pub mod cctray;
mod width;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::hub::Hub;

use super::error::{Code, Problem};
use super::{auth, tag, wrong_method};

/// Badges that strangers are given at a time: who reads builds goes before them.
const BADGES_MAX: usize = 4;

pub fn routes(hub: Hub) -> Router {
    let reads = middleware::from_fn_with_state(hub.clone(), auth::guard_read);
    let feeds = Router::new()
        .route("/cctray.xml", get(cctray::feed))
        .route("/builds.atom", get(atom::feed))
        .method_not_allowed_fallback(wrong_method)
        .layer(reads)
        .layer(middleware::from_fn(ask_for_password));
    let badges = Router::new()
        .route("/badges/{*file}", get(badge::badge))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            (hub.clone(), Arc::new(Semaphore::new(BADGES_MAX))),
            guard_badges,
        ));
    feeds.merge(badges).with_state(hub)
}

/// Readers send the password they hold only after they were asked for one.
async fn ask_for_password(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"creel\", charset=\"UTF-8\"");
        response.headers_mut().append(header::WWW_AUTHENTICATE, basic);
    }
    response
}

/// Badges are open to everybody where the settings say so.
async fn guard_badges(
    State((hub, places)): State<(Hub, Arc<Semaphore>)>,
    request: Request,
    next: Next,
) -> Response {
    if !hub.config().open_badges {
        return auth::guard_read(State(hub), request, next).await;
    }
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Problem::new(Code::Busy, "too many badges are being drawn").into_response(),
    }
}

/// An answer with a tag, or nothing but the tag for whoever has it already.
fn answer(asked: &HeaderMap, media_type: &'static str, body: String) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&body)[..12]));
    let is_known = tag::is_known(asked, &tag);
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body.into_response(),
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if !is_known {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    // Kept, but asked about each time: proxies of images would show last week's build otherwise.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What XML cannot hold at all, not even escaped, is left out.
fn in_xml(text: &str) -> Cow<'_, str> {
    let is_refused = |letter: char| {
        (letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    match text.contains(is_refused) {
        true => Cow::Owned(text.replace(is_refused, "")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(in_xml("a\u{0}b\u{1b}[31m\u{ffff}c\n<&>"), "ab[31mc\n<&>");
    }
}
