//! The front door: hooks come in, answers go out. Only this room knows status codes.
//!
//! `hooks` takes requests into the journal; `api` reads the books; `guides` answers in the shapes
//! of the receivers that Creel replaces, `readers` in those of monitors, READMEs and feed readers;
//! `ops` is for those who run it.

pub mod access;
mod admission;
pub mod api;
pub mod auth;
pub mod body;
mod by;
mod door;
mod download;
pub mod error;
pub mod feed;
pub mod guides;
pub mod handover;
pub mod hooks;
pub mod ingest;
pub mod limits;
pub mod mask;
pub mod metrics;
pub mod notice;
pub mod ops;
pub mod owner;
pub mod readers;
pub mod serve;
pub mod session;
pub mod storage;
mod tag;
pub mod tls;
pub mod view;
mod web;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;

use tokio::sync::Semaphore;

use crate::hub::Hub;

use self::body::BodyBudget;
use self::door::Door;
use self::error::{Code, Problem};
use self::limits::Rates;

/// Everything the server answers.
pub fn router(hub: &Hub) -> Router {
    let limits = &hub.config().limits;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let door = Door {
        hub: hub.clone(),
        rates: Arc::new(Rates::new(limits.unknown_per_minute)),
        budget: BodyBudget::new(limits.bodies_bytes, limits.slow_sender),
        looks: Arc::new(Semaphore::new(cores)),
    };
    metrics::install();
    hooks::routes(door.clone())
        .merge(ingest::routes(door))
        .merge(ops::routes(hub.clone()))
        .merge(guides::routes(hub.clone()))
        .merge(readers::routes(hub.clone()))
        .merge(api::routes(hub.clone()))
        .merge(api::documents())
        .merge(download::routes())
        .merge(web::routes(hub.clone()))
        .fallback({
            let hub = hub.clone();
            move |request: Request| {
                door::note_mistyped(&hub, &request);
                std::future::ready(web::nothing_here(&request))
            }
        })
        .method_not_allowed_fallback(wrong_method)
}

async fn nothing_here() -> Problem {
    Problem::nothing_here()
}

async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, "this address does not answer that method")
}
