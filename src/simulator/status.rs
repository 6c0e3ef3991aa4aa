//! The simulator's own page: who is told what, and how that goes.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;

use super::delivery::{self, Senders, Subscription, Totals};
use super::rest::{self, Rest, Tally};
use super::world::{acme, contoso};
use crate::model::Timestamp;

/// The senders, shared by those who send and those who look.
pub type Shared = Arc<Mutex<Senders>>;

#[derive(Debug, Serialize)]
struct Status {
    now: Timestamp,
    organisations: [Organisation; 2],
    totals: Totals,
    subscriptions: Vec<Subscription>,
    rest: Tally,
}

#[derive(Debug, Serialize)]
struct Organisation {
    provider: &'static str,
    name: &'static str,
    pipelines: Vec<&'static str>,
}

/// Serve the page and the providers' REST side until the listener fails for good.
pub async fn serve(listener: TcpListener, senders: Shared, rest: Arc<Rest>) {
    // Errors of single connections are dealt with inside.
    let _ = axum::serve(listener, router(senders, rest)).await;
}

/// `GET /` for people, `GET /status` for programs; all else is asked of the providers.
pub fn router(senders: Shared, rest: Arc<Rest>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/status", get(status))
        .with_state((senders, Arc::clone(&rest)))
        .merge(rest::router(rest))
}

type Looked = State<(Shared, Arc<Rest>)>;

async fn status(State((senders, rest)): Looked) -> Json<Status> {
    Json(look(&senders, &rest))
}

async fn page(State((senders, rest)): Looked) -> Html<String> {
    let Status { organisations, totals, subscriptions, now, rest } = look(&senders, &rest);
    let mut rows = String::new();
    for subscription in subscriptions {
        let Subscription { id, provider, event, state, counts } = subscription;
        let state = match state {
            delivery::State::Enabled => "enabled".to_owned(),
            delivery::State::OnProbation { retries } => format!("on probation, {retries} retries"),
            delivery::State::Disabled => "disabled".to_owned(),
        };
        let delivery::Counts { sent, delivered, retried, lost, failed } = counts;
        let _ = writeln!(
            rows,
            "<tr><td>{}<td>{}<td>{id}<td>{state}<td>{sent}<td>{delivered}<td>{retried}<td>{failed}\
             <td>{lost}</tr>",
            provider.as_str(),
            event.unwrap_or("all"),
        );
    }
    let [contoso, acme] = organisations.map(|o| format!("{}: {}", o.name, o.pipelines.join(", ")));
    let delivery::Counts { sent, delivered, retried, lost, failed } = totals.counts;
    Html(format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Creel simulator</title>\n\
         <meta http-equiv=\"refresh\" content=\"5\">\n<h1>Make-believe providers</h1>\n\
         <p>{contoso}</p>\n<p>{acme}</p>\n\
         <p>{now}: {sent} sent, {delivered} delivered, {retried} retried, {failed} failed, {lost} \
         lost, {} duplicates, {} echoes.</p>\n\
         <table><thead><tr><th>Provider<th>Event<th>Subscription<th>State<th>Sent<th>Delivered\
         <th>Retried<th>Failed<th>Lost</tr></thead>\n<tbody>\n{rows}</tbody></table>\n\
         <p>Asked: {} requests, {} over the limit, {} without a good token, {} with one where none \
         should go, {} spoiled by the script.</p>\n\
         <p>The same as JSON: <a href=\"/status\">/status</a></p></html>\n",
        totals.mischief.duplicates,
        totals.mischief.echoes,
        rest.requests,
        rest.over_limit,
        rest.unauthorized,
        rest.stray_tokens,
        rest.faults,
    ))
}

fn look(senders: &Shared, rest: &Rest) -> Status {
    let senders = senders.lock().unwrap_or_else(PoisonError::into_inner);
    Status {
        now: Timestamp::now(),
        organisations: [
            Organisation {
                provider: "azure_devops",
                name: &contoso().name,
                pipelines: contoso().pipelines.iter().map(|p| p.name.as_str()).collect(),
            },
            Organisation {
                provider: "buildkite",
                name: &acme().slug,
                pipelines: acme().pipelines.iter().map(|p| p.slug.as_str()).collect(),
            },
        ],
        totals: senders.totals(),
        subscriptions: senders.subscriptions(),
        rest: rest.tally(),
    }
}
