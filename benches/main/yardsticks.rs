//! What to measure against: two servers that do less, in processes of their own.
//!
//! * *no-op*: the same HTTP stack reads the body and answers 200. The ceiling of the machine.
//! * *log*: key, envelope, in-memory dedupe, one writer that appends whatever waits to a file and
//!   flushes before the answers. The practical limit of durable ingest: what a database is asked to
//!   come close to while it can also be searched, reopened without a scan and read while written.
//!
//! Both use the allocator and runtime that Creel uses.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rustix::fs::fdatasync;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::{mpsc, oneshot};

/// As many as Creel lets wait and commits at once.
const QUEUE_MAX: usize = 8_192;
const BATCH_MAX: usize = 512;

/// The key that both servers take.
pub const KEY: &str = "bench-key-of-the-yardsticks";

/// Serve the no-op until killed.
pub fn serve_noop(port: u16) -> Result<()> {
    let count = Arc::new(AtomicU64::new(0));
    let hook = |State(count): State<Arc<AtomicU64>>, body: Bytes| async move {
        let entry = count.fetch_add(1, Ordering::Relaxed) + 1;
        std::hint::black_box(body.len());
        answer(entry, false)
    };
    let routes = Router::new()
        .route("/webhooks/azure", post(hook))
        .route("/webhooks/buildkite", post(hook))
        .route("/readyz", get(|| async { "ok" }))
        .with_state(count);
    serve(port, routes)
}

/// Serve the log in `folder` until killed.
pub fn serve_log(port: u16, folder: &Path) -> Result<()> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let file = File::create(folder.join("log")).context("create the log")?;
    std::thread::spawn(move || write_batches(file, receiver));
    let door = Arc::new(Door { key: Sha256::digest(KEY).into(), sender });
    let routes = Router::new()
        .route("/webhooks/azure", post(receive))
        .route("/webhooks/buildkite", post(receive))
        .route("/readyz", get(|| async { "ok" }))
        .with_state(door);
    serve(port, routes)
}

fn serve(port: u16, routes: Router) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = tokio::net::TcpListener::bind(address).await?;
        axum::serve(listener, routes).await?;
        Ok(())
    })
}

fn answer(entry: u64, is_duplicate: bool) -> Response {
    let body = format!(
        r#"{{"received":true,"queued":true,"status":"stored","duplicate":{is_duplicate},"entry_id":{entry}}}"#
    );
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

struct Door {
    key: [u8; 32],
    sender: mpsc::Sender<Append>,
}

struct Append {
    identity: [u8; 16],
    body: Bytes,
    reply: oneshot::Sender<(u64, bool)>,
}

/// What must be known of a body before it is stored; reading it also proves the JSON sound.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    subscription_id: Option<&'a str>,
    notification_id: Option<u64>,
}

async fn receive(State(door): State<Arc<Door>>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("x-api-key").map_or(&b""[..], |value| value.as_bytes());
    if !bool::from(Sha256::digest(key).as_slice().ct_eq(&door.key)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut hasher = Sha256::new();
    match headers.get("x-buildkite-request") {
        Some(request) => hasher.update(request.as_bytes()),
        None => {
            hasher.update(envelope.subscription_id.unwrap_or(""));
            hasher.update(envelope.notification_id.unwrap_or(0).to_le_bytes());
        }
    }
    let mut identity = [0; 16];
    identity.copy_from_slice(&hasher.finalize()[..16]);
    let (reply, stored) = oneshot::channel();
    if door.sender.try_send(Append { identity, body, reply }).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match stored.await {
        Ok((entry, is_duplicate)) => answer(entry, is_duplicate),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn write_batches(mut file: File, mut receiver: mpsc::Receiver<Append>) {
    let mut known = HashSet::new();
    let mut batch = Vec::with_capacity(BATCH_MAX);
    let mut bytes = Vec::new();
    let mut entry = 0;
    while receiver.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
        bytes.clear();
        let mut replies = Vec::with_capacity(batch.len());
        for append in batch.drain(..) {
            let is_new = known.insert(append.identity);
            if is_new {
                let length = u32::try_from(append.body.len()).unwrap_or(u32::MAX);
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(&append.body);
                entry += 1;
            }
            replies.push((append.reply, (entry, !is_new)));
        }
        // Without its flush a batch has no answers: the senders see a closed channel.
        if file.write_all(&bytes).is_err() || fdatasync(&file).is_err() {
            return;
        }
        for (reply, answer) in replies {
            let _ = reply.send(answer);
        }
    }
}
