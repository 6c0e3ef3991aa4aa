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
}

#[derive(Debug, Serialize)]
struct Organisation {
    provider: &'static str,
    name: &'static str,
    pipelines: Vec<&'static str>,
}

/// Serve the page until the listener fails for good.
pub async fn serve(listener: TcpListener, senders: Shared) {
    // Errors of single connections are dealt with inside.
    let _ = axum::serve(listener, router(senders)).await;
}

/// `GET /` for people, `GET /status` for programs.
pub fn router(senders: Shared) -> Router {
    Router::new().route("/", get(page)).route("/status", get(status)).with_state(senders)
}

async fn status(State(senders): State<Shared>) -> Json<Status> {
    Json(look(&senders))
}

async fn page(State(senders): State<Shared>) -> Html<String> {
    let Status { organisations, totals, subscriptions, now } = look(&senders);
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
         <p>The same as JSON: <a href=\"/status\">/status</a></p></html>\n",
        totals.mischief.duplicates, totals.mischief.echoes,
    ))
}

fn look(senders: &Shared) -> Status {
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
    }
}
