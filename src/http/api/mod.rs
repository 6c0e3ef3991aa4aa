//! `/api/v1`: what Creel knows, for pages, scripts and the command line.
//!
//! Key and scope are judged before path, query and body, also where there is nothing. What blocks
//! (every look into the store) runs on a blocking thread, one page at a time.

mod access;
mod agents;
mod annotations;
mod asked;
pub mod asyncapi;
mod audit;
pub mod builds;
pub mod events;
mod facts;
pub mod forwards;
mod import;
mod keys;
mod live;
pub mod logs;
pub mod openapi;
mod pipelines;
pub mod query;
mod replay;
mod sample;
mod secrets;
mod security_reports;
mod sent;
pub mod session;
mod sources;
pub mod steps;
mod storage;
mod subjects;
mod test_results;
mod tests;
mod users;
mod why;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, delete, get, patch, post, put};
use tracing::Instrument;

use crate::hub::Hub;
use crate::store::StoreError;
use crate::traces;

use super::error::Problem;
use super::limits::SignIns;
use super::{auth, nothing_here, wrong_method};

pub fn routes(hub: Hub) -> Router {
    let guard = middleware::from_fn_with_state(hub.clone(), auth::guard_api);
    let places = live::Places::default();
    Router::new()
        .route("/api/v1/builds", get(builds::list))
        .route("/api/v1/builds/{id}", get(builds::one))
        .route("/api/v1/builds/{id}/steps", get(steps::list))
        .route("/api/v1/builds/{id}/facts", get(facts::list))
        .route("/api/v1/builds/{id}/enrichment", get(asked::standings).post(asked::ask_again))
        .route("/api/v1/builds/{id}/changes", get(asked::changes))
        .route("/api/v1/builds/{id}/why", get(why::one))
        .route("/api/v1/builds/{id}/tests", get(test_results::list))
        .route("/api/v1/builds/{id}/test-sets", get(test_results::sets))
        .route("/api/v1/security-reports", get(security_reports::list))
        .route("/api/v1/security-reports/{id}", get(security_reports::one))
        .route("/api/v1/builds/{id}/artifacts", get(asked::artifacts))
        .route("/api/v1/builds/{id}/annotations", get(annotations::list))
        .route("/api/v1/builds/{id}/last-green", get(asked::green))
        .route("/api/v1/logs/{id}", get(logs::lines))
        .route("/api/v1/logs/{id}/outline", get(logs::outline))
        .route("/api/v1/logs/{id}/search", get(logs::search))
        .route("/api/v1/logs/{id}/raw", get(logs::raw::raw))
        .route("/api/v1/tests", get(tests::list::list))
        .route("/api/v1/tests/{case_id}", get(tests::list::one))
        .route("/api/v1/tests/{case_id}/runs", get(tests::runs::list))
        .route("/api/v1/tests/{case_id}/first-bad", get(tests::runs::first_bad))
        .route("/api/v1/tests/{case_id}/fixed", post(tests::list::mark_fixed))
        .route("/api/v1/compare", get(tests::compare::show))
        .route("/api/v1/test-monitors", get(tests::monitors::show).put(tests::monitors::set))
        .route("/api/v1/test-monitors/preview", post(tests::monitors::look_ahead))
        .route("/api/v1/pipelines", get(pipelines::list))
        .route("/api/v1/events", get(events::list))
        .route("/api/v1/events/replay", post(replay::many))
        .route(
            "/api/v1/events/import",
            post(import::take_in).layer(DefaultBodyLimit::max(import::BYTES_MAX)),
        )
        .route("/api/v1/events/{entry_id}", get(events::one))
        .route("/api/v1/events/{entry_id}/replay", post(replay::one))
        .route("/api/v1/subjects", get(subjects::list))
        .route("/api/v1/subjects/{*key}", get(subjects::one))
        .route("/api/v1/agents", get(agents::list))
        .route("/api/v1/agents/runs", get(agents::runs))
        .route("/api/v1/queues", get(agents::queues))
        .route("/api/v1/sources", get(sources::list))
        .route("/api/v1/refusals", get(sources::refusals))
        .route("/api/v1/forwards", get(forwards::list))
        .route("/api/v1/storage", get(storage::show))
        .route("/api/v1/keys", get(keys::list).post(keys::create))
        .route("/api/v1/keys/{id}", delete(keys::revoke))
        .route("/api/v1/access", get(access::list).put(access::set))
        .route("/api/v1/access/{id}", delete(access::unset))
        .route("/api/v1/access/{id}/check", post(access::check))
        .route("/api/v1/secrets/rotate", post(secrets::rotate_key))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/sample", get(sample::show).post(sample::load).delete(sample::remove))
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/{id}", patch(users::change).delete(users::remove))
        .route("/api/v1/users/{id}/reset", post(users::reset))
        .route("/api/v1/sessions", get(session::list))
        .route("/api/v1/sessions/{id}", delete(session::end))
        .route("/api/v1/session/password", put(session::change_password))
        .route("/api/v1/live", get(live::listen))
        .route("/api/v1", any(nothing_here))
        .route("/api/v1/", any(nothing_here))
        .route("/api/v1/{*rest}", any(nothing_here))
        // Under the guard as well: a stranger does not even learn which methods there are.
        .method_not_allowed_fallback(wrong_method)
        .layer(guard)
        // Open: who is not known yet comes here first.
        .route(
            "/api/v1/session",
            get(session::here).post(session::sign_in).delete(session::sign_out),
        )
        .route("/api/v1/setup", post(session::set_up))
        .route("/api/v1/setup/link", post(session::look_at_link))
        .layer(middleware::from_fn(private))
        .layer(middleware::from_fn(traced))
        .layer(axum::Extension(places))
        .layer(axum::Extension(logs::Places::default()))
        .layer(axum::Extension(tests::monitors::Ahead::default()))
        .layer(axum::Extension(SignIns::default()))
        .layer(axum::Extension(sample::Loading::default()))
        .with_state(hub)
}

/// The documents that describe all this, open to everyone.
pub fn documents() -> Router {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/asyncapi.json", get(asyncapi::document))
}

/// Answers are for the one who asked, and are what they say they are.
pub async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A span per request, named for its address without what stands in it.
async fn traced(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("/api/v1", MatchedPath::as_str);
    let span = tracing::debug_span!(
        "request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    traces::link(&span, traceparent);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}

/// Run what blocks away from the threads that answer others.
pub async fn blocking<T, E>(
    hub: &Hub,
    work: impl FnOnce(&Hub) -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Send + 'static,
    Problem: From<E>,
{
    let hub = hub.clone();
    let done = tokio::task::spawn_blocking(move || work(&hub)).await;
    Ok(done.map_err(|error| Problem::internal(&error))??)
}

/// Run a read of the books.
pub async fn read_books<T: Send + 'static>(
    hub: &Hub,
    read: impl FnOnce(&crate::store::sqlite::Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    blocking(hub, move |hub| hub.books().read(read)).await
}
