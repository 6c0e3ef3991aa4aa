//! "Something changed", as server-sent events: kinds and ids only, under the number of the commit.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use crate::http::auth::Caller;
use crate::http::error::{Code, Problem};
use crate::hub::Hub;
use crate::live::{Change, ChangeKind, Missed, Ring};
use crate::model::CommitNo;
use crate::store::StoreError;
use crate::store::sqlite::books::read::cases::list::case_public_id;
use crate::store::sqlite::books::read::sources::source_id;
use crate::store::sqlite::books::read::subjects::subject_key;
use crate::store::sqlite::books::records::public_id;

use super::query::Asked;
use super::read_books;

/// Listeners at a time: each holds a connection and a task.
const LISTENERS_MAX: usize = 256;

/// Messages that wait for a slow listener before it stops hearing the bell.
const WAITING_MAX: usize = 64;

/// A comment this often keeps proxies from closing a quiet connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// Room for listeners.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LISTENERS_MAX)))
    }
}

/// What a message says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveMessage)]
pub struct Message {
    /// `build`, `event`, `source`, `subject`, `refused`, `key`, `user` or `test`.
    #[schema(value_type = String)]
    kind: ChangeKind,
    /// Of a build, source or subject the public one, else a number; `null`: several of this kind.
    id: Value,
    /// Number of the commit.
    version: i64,
}

/// Listen for changes. The last message of a commit carries the commit's number as its id: who comes
/// back with it as `Last-Event-ID` has missed nothing. `event: reset` says to look at everything
/// again. The stream ends when the server stops, the key is revoked, or the session has ended.
#[utoipa::path(
    get, path = "/api/v1/live", operation_id = "listen", tag = "live",
    params(
        ("Last-Event-ID" = Option<i64>, Header, description = "The last commit that was heard of"),
        ("last_event_id" = Option<i64>, Query, description = "The same, for clients that cannot set headers"),
    ),
    responses((status = 200, description = "A stream of server-sent events, each with a `Message` as data", body = Message, content_type = "text/event-stream"))
)]
pub async fn listen(
    State(hub): State<Hub>,
    Extension(places): Extension<Places>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers, &mut asked)?;
    asked.done()?;
    let Ok(place) = places.0.try_acquire_owned() else {
        return Err(Problem::new(Code::Busy, "too many are listening; come back later"));
    };
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    tokio::spawn(Listener { hub, caller, sender, _place: place }.run(after));
    let stream = Sse::new(ReceiverStream::new(receiver));
    Ok(stream.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The header that a browser sends by itself comes before the parameter of the first connection.
fn last_event_id(headers: &HeaderMap, asked: &mut Asked) -> Result<Option<CommitNo>, Problem> {
    let expected = "it is the number of a commit";
    let parse = |text: &str| text.trim().parse().ok().map(CommitNo);
    let asked = asked.parsed("last_event_id", expected, parse)?;
    let Some(header) = headers.get("last-event-id") else { return Ok(asked) };
    let header = header.to_str().ok().and_then(parse);
    // What is no number of ours is a place that is not known: the listener starts over.
    Ok(Some(header.unwrap_or(CommitNo(i64::MIN))))
}

/// One connection.
struct Listener {
    hub: Hub,
    caller: Caller,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    _place: OwnedSemaphorePermit,
}

/// The listener hung up, or something broke: nothing more can be told.
struct Gone;

impl Listener {
    async fn run(self, after: Option<CommitNo>) {
        let (missed, newest, rings) = self.hub.bell().listen(after);
        tokio::select! {
            Err(Gone) = self.tell_all(missed, newest, rings) => {}
            () = self.sender.closed() => {}
            () = self.hub.drained() => {}
            () = self.revoked() => {}
        }
    }

    async fn revoked(&self) {
        match &self.caller {
            Caller::Key(key) => self.hub.keys().revoked(key.id).await,
            Caller::Person { session, .. } => self.hub.people().ended(session.id).await,
            // The owner needs no leave, and the proxy's own sessions are not known here.
            Caller::Owner | Caller::Proxied { .. } => std::future::pending().await,
        }
    }

    async fn tell_all(
        &self,
        missed: Missed,
        newest: CommitNo,
        mut rings: broadcast::Receiver<Ring>,
    ) -> Result<Infallible, Gone> {
        match missed {
            Missed::TooMuch => self.reset(newest).await?,
            Missed::Rings(missed) => {
                if missed.is_empty() {
                    // The place is told at once, so that a listener that hears nothing and comes
                    // back misses nothing.
                    let hello = Event::default().comment("listening").retry(COME_BACK);
                    self.send(hello.id(newest.to_string())).await?;
                }
                for ring in missed {
                    self.tell(ring).await?;
                }
            }
        }
        loop {
            match rings.recv().await {
                Ok(ring) => self.tell(ring).await?,
                Err(RecvError::Lagged(_)) => {
                    rings = rings.resubscribe();
                    self.reset(self.hub.bell().newest()).await?;
                }
                Err(RecvError::Closed) => return Err(Gone),
            }
        }
    }

    async fn tell(&self, ring: Ring) -> Result<(), Gone> {
        let changes = Arc::clone(&ring.changes);
        let ids = read_books(&self.hub, move |books| {
            changes.iter().map(|change| shown_id(books, *change)).collect::<Result<Vec<_>, _>>()
        });
        let ids = ids.await.map_err(|_| Gone)?;
        let version = ring.commit.0;
        let last = ids.len().saturating_sub(1);
        for (place, (change, id)) in ring.changes.iter().zip(ids).enumerate() {
            let message = Message { kind: change.kind, id, version };
            let mut event = Event::default().json_data(message).map_err(|_| Gone)?;
            // Whoever is cut off in the middle comes back for the whole commit.
            if place == last {
                event = event.id(version.to_string());
            }
            self.send(event).await?;
        }
        Ok(())
    }

    async fn reset(&self, newest: CommitNo) -> Result<(), Gone> {
        let event = Event::default().event("reset").retry(COME_BACK).id(newest.to_string());
        let version = serde_json::json!({ "version": newest });
        self.send(event.json_data(version).map_err(|_| Gone)?).await
    }

    async fn send(&self, event: Event) -> Result<(), Gone> {
        self.sender.send(Ok(event)).await.map_err(|_| Gone)
    }
}

/// The id people know a thing by.
fn shown_id(books: &crate::store::sqlite::Connection, change: Change) -> Result<Value, StoreError> {
    let Some(row) = change.row else { return Ok(Value::Null) };
    Ok(match change.kind {
        ChangeKind::Build => public_id(books, row)?.into(),
        ChangeKind::Subject => subject_key(books, row)?.into(),
        ChangeKind::Source => source_id(books, row)?.map(|id| id.to_string()).into(),
        ChangeKind::Test => case_public_id(books, row)?.into(),
        ChangeKind::Event | ChangeKind::Refused | ChangeKind::Key | ChangeKind::User => row.into(),
    })
}
