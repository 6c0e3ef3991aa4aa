//! Addresses of hooks, and what their senders are told.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::hub::Hub;
use crate::keys::Recognised;
use crate::providers::Route;
use crate::secrets::Secret;

use super::door::{Door, Stored};
use super::error::{Code, Problem};
use super::mask;

/// Longest channel word; the rest is cut, since losing the event would be worse.
const CHANNEL_LENGTH_MAX: usize = 200;

/// The answer to a stored hook.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    pub received: bool,
    pub queued: bool,
    /// `stored`, `skipped`, `test`, `parked` or `duplicate`.
    pub status: &'static str,
    pub duplicate: bool,
    /// Number of the entry; of a duplicate, that of the entry it repeats.
    pub entry_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

pub fn routes(door: Door) -> Router {
    let routes = [
        ("/webhooks/azure", hook(azure)),
        ("/webhooks/azure-devops", hook(azure)),
        ("/hooks/receive", hook(azure)),
        ("/webhooks/buildkite", hook(buildkite)),
        ("/webhooks/github", hook(github)),
        ("/webhooks/gitlab", hook(gitlab)),
        ("/hooks/{channel}", hook(channel)),
    ];
    let mut router = Router::new();
    for (path, methods) in routes {
        // Whoever configures a sender by hand leaves a slash at the end now and then.
        router = router.route(&format!("{path}/"), methods.clone()).route(path, methods);
    }
    // A channel may have the word of another page: that one is only ever asked for.
    router.route("/hooks/health", post(channel)).with_state(door)
}

fn hook<H, T>(handler: H) -> MethodRouter<Door>
where
    H: axum::handler::Handler<T, Door>,
    T: 'static,
{
    post(handler).fallback(only_post)
}

pub(super) async fn only_post() -> Problem {
    Problem {
        allow: Some("POST"),
        ..Problem::new(Code::MethodNotAllowed, "hooks are sent with POST")
    }
}

/// Azure DevOps service hooks.
#[utoipa::path(
    post, path = "/webhooks/azure", operation_id = "receiveAzureHook", tag = "hooks",
    request_body(content = serde_json::Value, description = "A service hook body, as Azure DevOps sends it"),
    responses((status = 200, description = "Stored, or already known", body = Accepted))
)]
pub async fn azure(State(door): State<Door>, request: Request) -> Response {
    receive(door, Route::Azure, None, request).await
}

/// Buildkite webhooks. Answers as `/webhooks/azure`.
#[utoipa::path(
    post, path = "/webhooks/buildkite", operation_id = "receiveBuildkiteHook", tag = "hooks",
    request_body(content = serde_json::Value, description = "A webhook body, as Buildkite sends it"),
    responses((status = 200, description = "Stored, or already known", body = Accepted))
)]
pub async fn buildkite(State(door): State<Door>, request: Request) -> Response {
    receive(door, Route::Buildkite, None, request).await
}

/// GitHub webhooks: stored whole, to be read when a decoder exists.
#[utoipa::path(
    post, path = "/webhooks/github", operation_id = "receiveGithubHook", tag = "hooks",
    request_body = serde_json::Value,
    responses((status = 200, description = "Stored, or already known", body = Accepted))
)]
pub async fn github(State(door): State<Door>, request: Request) -> Response {
    receive(door, Route::Github, None, request).await
}

/// GitLab webhooks. Pipeline and job events are read; answers as `/webhooks/azure`.
#[utoipa::path(
    post, path = "/webhooks/gitlab", operation_id = "receiveGitlabHook", tag = "hooks",
    request_body = serde_json::Value,
    responses((status = 200, description = "Stored, or already known", body = Accepted))
)]
pub async fn gitlab(State(door): State<Door>, request: Request) -> Response {
    receive(door, Route::Gitlab, None, request).await
}

/// Azure DevOps service hooks, or any other body, under a free word.
#[utoipa::path(
    post, path = "/hooks/{channel}", operation_id = "receiveChannelHook", tag = "hooks",
    params(("channel" = String, Path, description = "A free word, kept on the entry")),
    request_body = serde_json::Value,
    responses((status = 200, description = "Stored, or already known", body = Accepted))
)]
pub async fn channel(State(door): State<Door>, request: Request) -> Response {
    // Taken from the path by hand: a word that is no UTF-8 must not cost its sender the event.
    let path = request.uri().path();
    let word = path.strip_suffix('/').unwrap_or(path).rsplit('/').next().unwrap_or_default();
    let word = percent_encoding::percent_decode_str(word).decode_utf8_lossy();
    let word: String = word.chars().take(CHANNEL_LENGTH_MAX).collect();
    // A key put where everybody reads it by mistake: the event is kept, the key is not.
    let word = if is_key(&door.hub, &word) { mask::MASK.to_owned() } else { word };
    receive(door, Route::Channel, Some(word), request).await
}

/// Whether a word is a key, valid or not, or looks like one of ours.
fn is_key(hub: &Hub, word: &str) -> bool {
    let known = hub.keys().recognise(&Secret::new(word));
    !matches!(known, Recognised::Unknown) || mask::text::masked(word).is_some()
}

async fn receive(door: Door, route: Route, channel: Option<String>, request: Request) -> Response {
    match door.take(route, channel, request).await {
        Ok(Stored { accepted, .. }) => Json(accepted).into_response(),
        Err(problem) => problem.into_response(),
    }
}
