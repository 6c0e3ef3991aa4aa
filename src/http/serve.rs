//! Listeners and connections: hyper driven directly, for its limits on slow and many clients.
//!
//! A stop goes through [`Stage`]s: what has begun is finished while the port still answers, then
//! the port is closed.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::auth::Peer;
use super::tls::{self, Accepted, Tls};

/// A request's head must be there by then; also how long an idle connection is kept.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// Whoever connected just before the port was closed has its request on the way: it is waited for that
/// long.
const FIRST_REQUEST_MAX: Duration = Duration::from_secs(1);

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What is read of a body that nobody wants, before its connection is closed instead.
const REST_BYTES_MAX: usize = 256 * 1024;
const REST_WAIT_MAX: Duration = Duration::from_secs(1);

/// Connections on the control socket.
const CONTROL_CONNECTIONS_MAX: usize = 64;

/// How far a stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Open,
    /// Everything is still accepted and answered; each answer asks its client to connect anew.
    Draining,
    /// Nothing new is accepted.
    Closed,
}

/// The requests that have begun while the port was open: a stop waits for them.
#[derive(Debug, Clone, Default)]
pub struct Begun(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    open: AtomicUsize,
    none_left: Notify,
}

impl Begun {
    /// Wait until all of them are answered.
    pub async fn answered(&self) {
        loop {
            let none_left = self.0.none_left.notified();
            if self.0.open.load(Ordering::Acquire) == 0 {
                return;
            }
            none_left.await;
        }
    }

    fn one(&self) -> OneBegun {
        self.0.open.fetch_add(1, Ordering::AcqRel);
        OneBegun(Self(Arc::clone(&self.0)))
    }
}

/// One of them; let go of when it is answered, or its client has left.
struct OneBegun(Begun);

impl Drop for OneBegun {
    fn drop(&mut self) {
        if self.0.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.0.none_left.notify_waiters();
        }
    }
}

/// What connections share.
#[derive(Debug, Clone)]
pub struct House {
    pub router: Router,
    /// With it the port speaks https; the control socket never does.
    pub tls: Option<Tls>,
    /// Connections at a time, all listeners together.
    pub places: Arc<Semaphore>,
    pub stage: watch::Receiver<Stage>,
    pub begun: Begun,
}

/// Accept until the port is closed, then let the open connections finish their requests.
pub async fn serve_tcp(listener: TcpListener, house: House) {
    let mut stage = house.stage.clone();
    let mut connections = JoinSet::new();
    loop {
        // A place first: beyond the limit, clients wait in the kernel's queue, nobody is refused.
        let place = tokio::select! {
            place = Arc::clone(&house.places).acquire_owned() => place,
            _ = stage.wait_for(|stage| *stage == Stage::Closed) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stage.wait_for(|stage| *stage == Stage::Closed) => break,
        };
        match accepted {
            Ok((stream, address)) => {
                // Answers are small; waiting to fill a packet only delays them.
                let _ = stream.set_nodelay(true);
                let house = house.clone();
                connections.spawn(async move {
                    greet(stream, address, house).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: those that end will free some.
                tracing::warn!(%error, "Could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serve a connection in what it speaks.
async fn greet(stream: TcpStream, address: SocketAddr, house: House) {
    let plain = Peer::Tcp { address, is_encrypted: false };
    let Some(tls) = &house.tls else { return run(stream, plain, house).await };
    // Whoever has not agreed on a key by then has sent nothing: a stop does not wait for it.
    let mut stage = house.stage.clone();
    let closed = async {
        let _ = stage.wait_for(|stage| *stage == Stage::Closed).await;
        tokio::time::sleep(FIRST_REQUEST_MAX).await;
    };
    let accepted = tokio::select! {
        accepted = tls.accept(stream) => accepted,
        () = closed => None,
    };
    match accepted {
        Some(Accepted::Encrypted(stream)) => {
            run(stream, Peer::Tcp { address, is_encrypted: true }, house).await;
        }
        Some(Accepted::Plain(stream)) => {
            run(stream, plain, House { router: tls::plain_router(), ..house }).await;
        }
        None => {}
    }
}

/// Listen on the control socket, which only its owner can open.
pub fn bind_control(path: &Path) -> std::io::Result<UnixListener> {
    // Left behind by a process that was killed; the directory's lock says that none lives.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serve the commands of the owner until told to stop.
pub async fn serve_control(listener: UnixListener, house: House) {
    let mut stage = house.stage.clone();
    let places = Arc::new(Semaphore::new(CONTROL_CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stage.wait_for(|stage| *stage == Stage::Closed) => break,
        };
        let Ok((stream, _)) = accepted else { continue };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let connection = run(stream, Peer::Owner, house.clone());
        connections.spawn(async move {
            connection.await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    while connections.join_next().await.is_some() {}
}

/// A request's body. What its reader leaves of it comes back.
struct Lent {
    /// `None` once it was read to its end.
    body: Option<Incoming>,
    home: Arc<Mutex<Option<Incoming>>>,
}

impl hyper::body::Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(hyper::body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

/// Read what a refused request still brings, if it is little and comes soon: the next request on
/// the connection begins behind it, and may be a good one. Tells whether that is so.
async fn read_rest(mut body: Incoming) -> bool {
    let read = async {
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > REST_BYTES_MAX {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(REST_WAIT_MAX, read).await.unwrap_or(false)
}

async fn run<S>(stream: S, peer: Peer, house: House)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stage = house.stage.clone();
    let house = Arc::new(house);
    let (asked, mut has_asked) = watch::channel(false);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        // Reading a body whose sender waits to be asked for it would ask for it.
        let waits_to_be_asked = request.headers().contains_key(header::EXPECT);
        let home = Arc::new(Mutex::new(None));
        let lend = |body| Body::new(Lent { body: Some(body), home: Arc::clone(&home) });
        let mut request = request.map(lend);
        request.extensions_mut().insert(peer);
        let house = Arc::clone(&house);
        asked.send_if_modified(|asked| !std::mem::replace(asked, true));
        async move {
            let stage_now = || *house.stage.borrow();
            let _begun = (stage_now() == Stage::Open).then(|| house.begun.one());
            let Ok(mut response) = house.router.clone().oneshot(request).await;
            let left = home.lock().unwrap_or_else(PoisonError::into_inner).take();
            let is_read = match left {
                Some(left) if left.is_end_stream() => true,
                Some(left) => !waits_to_be_asked && read_rest(left).await,
                None => true,
            };
            if stage_now() != Stage::Open || !is_read {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT_MAX)
        // A sender that has said all may close its side and wait: it is answered all the same. Nor
        // is each connection looked at for an early end while its entry is being stored.
        .half_close(true)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let closed = async {
        let _ = stage.wait_for(|stage| *stage == Stage::Closed).await;
        let first = has_asked.wait_for(|asked| *asked);
        let _ = tokio::time::timeout(FIRST_REQUEST_MAX, first).await;
    };
    tokio::pin!(closed);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "A connection ended early");
                }
                return;
            }
            () = closed.as_mut(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
