//! The ingest API of `BuildButler`, for its clients: stored before it is answered, as everything is, and
//! answered with what follows from the body alone. Clients stop sending after the first refusal, so only
//! what nobody can place is refused.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::builds::Tests;
use crate::http::api::read_books;
use crate::http::door::{Door, Stored};
use crate::http::error::{Code, Problem};
use crate::http::hooks;
use crate::http::ingest::unplaced;
use crate::http::mask;
use crate::http::view::{Time, time};
use crate::model::{Route, span_ms};
use crate::providers::reporter::Found;
use crate::providers::reporter::ingest::{Build, Seen};
use crate::store::sqlite::books::read::builds::is_known;

/// A build, in the words of `BuildButler`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IngestedBuild {
    /// The build: to be sent as `buildId`. An id that the client made is good for that, too.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    #[schema(required)]
    pub job_name: Option<String>,
    #[schema(required)]
    pub build_number: Option<i64>,
    /// `success`, `failure`, `unstable`, `aborted`, `not_built`, `in_progress`, `unknown`.
    pub status: &'static str,
    /// Milliseconds.
    #[schema(required)]
    pub duration: Option<i64>,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub completed_at: Option<Time>,
    #[schema(required)]
    pub jenkins_instance_id: Option<String>,
    #[schema(required)]
    pub branch: Option<String>,
    #[schema(required)]
    pub commit_sha: Option<String>,
    #[schema(required)]
    pub cause: Option<String>,
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub external_run_id: Option<String>,
    #[schema(required)]
    pub url: Option<String>,
    pub received: bool,
    #[serde(rename = "entry_id")]
    pub entry_id: i64,
}

/// What became of what belongs to a build.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ingested {
    pub received: bool,
    /// `stored`: it is on disk, and is read next.
    pub status: &'static str,
    pub entry_id: i64,
    /// The build, as it was named; `null` of agents.
    #[schema(required)]
    pub build_id: Option<String>,
    /// No build of that name is known yet: it waits for the one that will be.
    pub waiting: bool,
    /// Of a suite: how its tests ended.
    #[schema(required)]
    pub tests: Option<Tests>,
    /// Of stages and agents: how many were read.
    #[schema(required)]
    pub items: Option<usize>,
}

pub fn routes() -> Router<Door> {
    let routes = [
        ("builds", post(builds)),
        ("pipeline-stages", post(stages)),
        ("tests", post(tests)),
        ("agents", post(agents)),
        ("build-logs", post(logs)),
        ("security-reports", post(security)),
    ];
    let mut router = Router::new();
    for (name, methods) in routes {
        let methods = methods.fallback(hooks::only_post);
        for base in ["/ingest", "/api/v1/ingest"] {
            router = router
                .route(&format!("{base}/{name}/"), methods.clone())
                .route(&format!("{base}/{name}"), methods.clone());
        }
    }
    router
}

/// A build, as far as it has come. The same run again is the same build.
#[utoipa::path(
    post, path = "/ingest/builds", operation_id = "ingestBuild", tag = "ingest",
    request_body(content = serde_json::Value, description = "A build, as BuildButler's clients send it (docs/ingest.md)"),
    responses((status = 200, description = "Stored, and read next", body = IngestedBuild))
)]
pub async fn builds(State(door): State<Door>, request: Request) -> Response {
    match seen(&door, Route::IngestBuilds, request).await {
        Ok((seen, entry_id, _)) => match (seen.told, seen.build) {
            (Some(told), Some(id)) => Json(built(told, id, entry_id)).into_response(),
            _ => Problem::new(Code::BadRequest, "the body tells of no build").into_response(),
        },
        Err(problem) => problem.into_response(),
    }
}

/// Stages of a build.
#[utoipa::path(
    post, path = "/ingest/pipeline-stages", operation_id = "ingestStages", tag = "ingest",
    request_body(content = serde_json::Value, description = "`buildId` and `stages`"),
    responses((status = 200, description = "Stored, and read next", body = Ingested))
)]
pub async fn stages(State(door): State<Door>, request: Request) -> Response {
    answered(&door, Route::IngestStages, request).await
}

/// A suite of tests of a build.
#[utoipa::path(
    post, path = "/ingest/tests", operation_id = "ingestTests", tag = "ingest",
    request_body(content = serde_json::Value, description = "`buildId`, `name`, `testCases`"),
    responses((status = 200, description = "Stored, and filed next", body = Ingested))
)]
pub async fn tests(State(door): State<Door>, request: Request) -> Response {
    answered(&door, Route::IngestTests, request).await
}

/// Machines as they are: all of an instance, or some.
#[utoipa::path(
    post, path = "/ingest/agents", operation_id = "ingestAgents", tag = "ingest",
    request_body(content = serde_json::Value, description = "`jenkinsInstanceId` and `agents`"),
    responses((status = 200, description = "Stored, and filed next", body = Ingested))
)]
pub async fn agents(State(door): State<Door>, request: Request) -> Response {
    answered(&door, Route::IngestAgents, request).await
}

/// The log of a build.
#[utoipa::path(
    post, path = "/ingest/build-logs", operation_id = "ingestLogs", tag = "ingest",
    request_body(content = serde_json::Value, description = "`logContent`, and what tells the build"),
    responses((status = 200, description = "Stored, and filed next", body = Ingested))
)]
pub async fn logs(State(door): State<Door>, request: Request) -> Response {
    answered(&door, Route::IngestLogs, request).await
}

/// What a security scanner found.
#[utoipa::path(
    post, path = "/ingest/security-reports", operation_id = "ingestSecurityReport", tag = "ingest",
    request_body(content = serde_json::Value, description = "`buildId`, and a report in any shape"),
    responses((status = 200, description = "Stored, and filed next", body = Ingested))
)]
pub async fn security(State(door): State<Door>, request: Request) -> Response {
    answered(&door, Route::IngestSecurity, request).await
}

async fn answered(door: &Door, route: Route, request: Request) -> Response {
    let ingested = async {
        let (seen, entry_id, status) = seen(door, route, request).await?;
        let waiting = match seen.build.clone().filter(|_| seen.is_named) {
            Some(name) => !read_books(&door.hub, move |books| is_known(books, &name)).await?,
            None => false,
        };
        Ok::<_, Problem>(Ingested {
            received: true,
            status,
            entry_id,
            build_id: seen.build,
            waiting,
            tests: seen.tests.map(Into::into),
            items: seen.items,
        })
    };
    match ingested.await {
        Ok(ingested) => Json(ingested).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Take a request in, and look at what it holds.
async fn seen(
    door: &Door,
    route: Route,
    request: Request,
) -> Result<(Seen, i64, &'static str), Problem> {
    let taken = door.take(route, None, request).await;
    let Stored { accepted, found } = taken.map_err(|problem| match problem.code {
        Code::BodyTooLarge if route == Route::IngestLogs => {
            let hint =
                "of a log that is longer, send its end: that is where it says what went wrong";
            Problem { detail: format!("{}; {hint}", problem.detail), ..problem }
        }
        _ => problem,
    })?;
    match found {
        Some(Found::Ingest(seen)) => Ok((*seen, accepted.entry_id, accepted.status)),
        _ => Err(unplaced(accepted)),
    }
}

fn built(told: Build, id: String, entry_id: i64) -> IngestedBuild {
    let shown = |text: Option<String>| text.map(mask::text::shown);
    IngestedBuild {
        id,
        build_number: told.whose.ci.number,
        job_name: shown(told.job),
        status: told.standing.as_str(),
        duration: span_ms(told.started_at, told.finished_at),
        started_at: time(told.started_at),
        completed_at: time(told.finished_at),
        jenkins_instance_id: shown(told.instance),
        branch: shown(told.branch),
        commit_sha: told.commit,
        cause: shown(told.cause),
        source: shown(told.told_source),
        external_run_id: told.told_run,
        url: shown(told.whose.ci.url),
        received: true,
        entry_id,
    }
}
