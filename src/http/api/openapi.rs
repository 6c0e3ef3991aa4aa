//! `/openapi.json`: the HTTP API as `OpenAPI` 3.1, made from the handlers.

use axum::Json;
use axum::http::Method;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::http::access::{self, Permit};
use crate::http::ingest::buildbutler;
use crate::http::{download, guides, hooks, ingest, metrics, ops, readers, view};

use super::{
    access as tokens, agents, annotations, asked, asyncapi, audit, builds, events, facts, forwards,
    import, keys, live, logs, pipelines, replay, sample, secrets, security_reports, session,
    sources, steps, storage, subjects, test_results, tests, users, why,
};
use crate::http::error::{Code, ProblemDocument};
use crate::keys::Scope;

#[derive(OpenApi)]
#[openapi(
    paths(
        hooks::azure, hooks::buildkite, hooks::github, hooks::gitlab, hooks::channel,
        builds::list, builds::one, steps::list, facts::list, logs::lines, logs::outline, logs::search, logs::raw::raw, pipelines::list,
        asked::standings, asked::ask_again, asked::changes, asked::artifacts, asked::green,
        annotations::list, why::one, test_results::list, test_results::sets,
        tests::list::list, tests::list::one, tests::list::mark_fixed, tests::runs::list,
        tests::runs::first_bad, tests::compare::show,
        tests::monitors::show, tests::monitors::set, tests::monitors::look_ahead,
        ingest::report, ingest::upload,
        buildbutler::builds, buildbutler::stages, buildbutler::tests, buildbutler::agents, buildbutler::logs,
        buildbutler::security, security_reports::list, security_reports::one,
        events::list, events::one, replay::one, replay::many, import::take_in,
        subjects::list, subjects::one,
        agents::list, agents::runs, agents::queues,
        sources::list, sources::refusals, forwards::list,
        keys::list, keys::create, keys::revoke,
        tokens::list, tokens::set, tokens::unset, tokens::check, secrets::rotate_key,
        session::here, session::sign_in, session::sign_out, session::change_password,
        session::set_up, session::look_at_link, session::list, session::end,
        sample::show, sample::load, sample::remove,
        users::list, users::create, users::change, users::remove, users::reset,
        audit::list,
        live::listen,
        guides::webhooks_health, guides::webhooks_metrics, guides::hooks_health, guides::logs,
        readers::cctray::feed, readers::badge::badge, readers::atom::feed,
        storage::show, metrics::answer, download::binary, download::checksum, ops::livez, ops::readyz, ops::problem,
        document, asyncapi::document,
    ),
    components(schemas(ProblemDocument, Code, view::Time)),
    tags(
        (name = "hooks", description = "Where senders send"),
        (name = "builds", description = "What the hooks told of builds"),
        (name = "tests", description = "What the tests of builds came to"),
        (name = "ingest", description = "Where reporters send"),
        (name = "logs", description = "What the steps of builds wrote"),
        (name = "events", description = "What arrived, and what it was read as"),
        (name = "subjects", description = "Pull requests, work items, repositories, releases, deployments, agents"),
        (name = "agents", description = "Machines that run jobs, and jobs that wait for them"),
        (name = "sources", description = "Who sends, and who was turned away"),
        (name = "keys", description = "Who may send, read and administer"),
        (name = "access", description = "Tokens by which providers are asked"),
        (name = "people", description = "Who signs in, and what they may do"),
        (name = "audit", description = "Who changed what"),
        (name = "sample", description = "Made-up data to try it with"),
        (name = "live", description = "What changes, as it changes"),
        (name = "guides", description = "The receivers that Creel replaces, in their shapes"),
        (name = "readers", description = "For monitors of builds, READMEs and feed readers"),
        (name = "operations", description = "How it runs"),
        (name = "health", description = "Whether it runs"),
        (name = "documents", description = "These documents"),
    )
)]
struct Handlers;

/// Addresses that answer without a key.
const OPEN: [&str; 13] = [
    "/api/v1/session",
    "/api/v1/setup",
    "/api/v1/setup/link",
    "/livez",
    "/healthz",
    "/readyz",
    "/webhooks/health",
    "/hooks/health",
    "/openapi.json",
    "/asyncapi.json",
    "/problems/{code}",
    "/download/creel",
    "/download/creel.sha256",
];

/// Other addresses of an operation, and their ids.
const ALIASES: [(&str, &str, &str); 9] = [
    ("/api/v1/ingest/builds", "/ingest/builds", "ingestBuildV1"),
    ("/api/v1/ingest/pipeline-stages", "/ingest/pipeline-stages", "ingestStagesV1"),
    ("/api/v1/ingest/tests", "/ingest/tests", "ingestTestsV1"),
    ("/api/v1/ingest/agents", "/ingest/agents", "ingestAgentsV1"),
    ("/api/v1/ingest/build-logs", "/ingest/build-logs", "ingestLogsV1"),
    ("/api/v1/ingest/security-reports", "/ingest/security-reports", "ingestSecurityReportV1"),
    ("/webhooks/azure-devops", "/webhooks/azure", "receiveAzureDevopsHook"),
    ("/hooks/receive", "/webhooks/azure", "receiveHook"),
    ("/healthz", "/livez", "getHealthz"),
];

/// What a request at a hook address can be refused with.
const HOOK_REFUSALS: [(&str, &str); 8] = [
    ("400", "The body ended before its declared length; nothing stored"),
    ("401", "No, wrong or revoked key, bad or stale signature; nothing stored"),
    ("403", "The key lacks `ingest`, or its network is not allowed; nothing stored"),
    ("405", "Hooks are sent with POST"),
    ("408", "The body took longer than `limits.slow_sender`; nothing stored"),
    ("413", "Larger than 16 MiB, also after decompression; nothing stored"),
    ("429", "A sender without a valid key over its rate; nothing stored"),
    ("503", "Cannot be stored now, or a known sender over its rate: send it again"),
];

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "getOpenapi", tag = "documents",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value))
)]
pub async fn document() -> Json<Value> {
    Json(openapi())
}

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut document = serde_json::to_value(Handlers::openapi()).unwrap_or_default();
    document["info"] = json!({
        "title": "Creel",
        "version": crate::version::VERSION,
        "description": "Receives the webhooks of CI systems, stores each before it answers, and \
                        keeps the history of builds they tell of.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    document["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "basic": {"type": "http", "scheme": "basic", "description": "The key as password; any user name"},
        "query": {"type": "apiKey", "in": "query", "name": "apiKey"},
        "session": {
            "type": "apiKey", "in": "cookie", "name": "creel_session",
            "description": "Set by signing in; `__Host-creel_session` under https",
        },
    });
    document["security"] =
        json!([{"bearer": []}, {"header": []}, {"basic": []}, {"query": []}, {"session": []}]);
    name_items(&mut document);
    add_aliases(&mut document);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete(path, method, operation);
            }
        }
    }
    document
}

/// The items of a list are named, not repeated in it.
fn name_items(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let names: Vec<String> = schemas.keys().cloned().collect();
    for (name, schema) in schemas {
        if let Some(item) = name.strip_prefix("List_")
            && names.iter().any(|name| name == item)
        {
            let reference = format!("#/components/schemas/{item}");
            schema["properties"]["items"]["items"] = json!({"$ref": reference});
        }
    }
}

/// Addresses that answer as another one does.
fn add_aliases(document: &mut Value) {
    for (alias, original, id) in ALIASES {
        let mut item = document["paths"][original].clone();
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            operation["operationId"] = id.into();
            operation["summary"] = format!("The same as `{original}`.").into();
        }
        document["paths"][alias] = item;
    }
}

/// Add what all operations have in common: who may ask, and how refusals look.
fn complete(path: &str, method: &str, operation: &mut Value) {
    if OPEN.contains(&path) {
        operation["security"] = json!([]);
    }
    let is_ingest = operation["tags"][0] == "ingest";
    if is_ingest {
        // No person sends: a key does.
        operation["x-needs"] = json!({"scope": Scope::Ingest.as_str(), "role": null});
    }
    let guarded = (path.starts_with("/api/v1/") && !is_ingest && !OPEN.contains(&path))
        || ["/logs", "/metrics", "/webhooks/metrics"].contains(&path)
        || operation["tags"][0] == "readers";
    if guarded {
        let permit = Method::from_bytes(method.to_uppercase().as_bytes())
            .map_or(Permit::Admin, |method| access::needed(&method, path));
        // Least of each: a key needs the scope, a person who signed in the role.
        operation["x-needs"] =
            json!({"scope": permit.scope().as_str(), "role": permit.role().as_str()});
    }
    let mut refusals = Vec::new();
    if is_ingest || operation["tags"][0] == "hooks" {
        refusals.extend(HOOK_REFUSALS);
    }
    if is_ingest && path.contains("/ingest/") {
        refusals.push((
            "400",
            "Not JSON, or it identifies nothing: `detail` names the member; kept as it came",
        ));
    }
    if guarded {
        refusals.push(("401", "No, wrong or revoked key, and no session that counts"));
        refusals
            .push(("403", "The key's scope or network, or the person's role, does not allow this"));
    }
    if !is_ingest && path.starts_with("/api/v1/")
        || path == "/logs"
        || operation["tags"][0] == "readers"
    {
        refusals.push(("400", "A parameter or the body is not understood: `detail` names it"));
    }
    if path.starts_with("/api/v1/") && path.contains('{') {
        refusals.push(("404", "There is nothing here"));
    }
    if path == "/api/v1/keys" && method == "post" {
        refusals.push(("409", "The secret is a key already, or there are too many signing keys"));
    }
    if path == "/api/v1/live" {
        refusals.push(("503", "Too many are listening"));
    }
    if guarded || path.ends_with("/health") {
        refusals.push(("500", "Something failed on our side"));
    }
    for (status, description) in refusals {
        let content = json!({"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/ProblemDocument"},
        }});
        operation["responses"][status] = json!({"description": description, "content": content});
    }
    if operation["responses"].get("301").is_some() {
        operation["responses"]["301"]["headers"] = json!({
            "Location": {"schema": {"type": "string"}, "description": "The build it is now"},
        });
    }
}
