//! For those who run it: alive, ready, metrics.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::hub::Hub;
use crate::version;

use super::api::private;
use super::error::{Code, Problem, ProblemDocument};
use super::{auth, metrics, wrong_method};

pub fn routes(hub: Hub) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/healthz", get(livez))
        .route("/readyz", get(readyz))
        .route("/problems/{code}", get(problem))
        .merge(guarded(hub.clone()))
        .with_state(hub)
}

/// What only those with a key may see.
fn guarded(hub: Hub) -> Router<Hub> {
    Router::new()
        .route("/metrics", get(metrics::answer))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(hub, auth::guard_read))
        .layer(middleware::from_fn(private))
}

/// The process should not be restarted. Looks at nothing outside it: `?verbose` has one check, and says
/// which version runs.
#[utoipa::path(
    get, path = "/livez", operation_id = "getLivez", tag = "health",
    params(("verbose" = Option<String>, Query, description = "List the checks, and the version")),
    responses((status = 200, description = "Alive", body = String))
)]
pub async fn livez(RawQuery(query): RawQuery) -> String {
    if !is_verbose(&query.unwrap_or_default()) {
        return "ok".to_owned();
    }
    format!("[+]process ok\ncreel {}\n", version::full())
}

fn is_verbose(query: &str) -> bool {
    query.split('&').any(|pair| pair == "verbose" || pair.starts_with("verbose="))
}

/// Events can be stored now. `?verbose` lists the checks, `?exclude=NAME` skips one.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadyz", tag = "health",
    params(("verbose" = Option<String>, Query, description = "List the checks"),
           ("exclude" = Option<String>, Query, description = "Skip a check")),
    responses((status = 200, description = "Ready", body = String),
              (status = 503, description = "Not ready; a problem document for who asks for one", content(
                  (String = "text/plain"),
                  (ProblemDocument = "application/problem+json"),
              )))
)]
pub async fn readyz(
    State(hub): State<Hub>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let excluded: Vec<&str> =
        query.split('&').filter_map(|pair| pair.strip_prefix("exclude=")).collect();
    let checks: Vec<_> =
        hub.readiness().into_iter().filter(|(name, _)| !excluded.contains(name)).collect();
    let ready = checks.iter().all(|(_, problem)| problem.is_none());
    if !ready && wants_problem(&headers) {
        let failed: Vec<_> = checks
            .iter()
            .filter_map(|(name, problem)| Some(format!("{name}: {}", problem.as_ref()?)))
            .collect();
        return Problem::new(Code::CannotStore, failed.join("; ")).into_response();
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = if is_verbose(&query) || !ready {
        checks
            .iter()
            .map(|(name, problem)| match problem {
                None => format!("[+]{name} ok\n"),
                Some(problem) => format!("[-]{name} failed: {problem}\n"),
            })
            .collect()
    } else {
        "ok".to_owned()
    };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

/// What a problem's code means, and what to do about it: where its `type` leads.
#[utoipa::path(
    get, path = "/problems/{code}", operation_id = "getProblem", tag = "documents",
    params(("code" = Code, Path, description = "The `code` of a problem document")),
    responses((status = 200, description = "For people", body = String),
              (status = 404, description = "There is no such code", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn problem(Path(word): Path<String>) -> Result<String, Problem> {
    let code = Code::ALL.into_iter().find(|code| code.as_str() == word);
    code.map(Code::page).ok_or_else(|| Problem::new(Code::NotFound, "there is no such code"))
}

fn wants_problem(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/problem+json"))
}
