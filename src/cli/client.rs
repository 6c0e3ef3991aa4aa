//! How commands reach the data: through the running server's control socket, or by opening the
//! files themselves when no server runs. Both ways it is the same API.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tower::ServiceExt;

use crate::clock::Clock;
use crate::config::Config;
use crate::http;
use crate::http::auth::Peer;
use crate::hub::{CONTROL_SOCKET, Hub};

use super::Failure;

/// The API, wherever it is.
pub enum Client {
    /// A server runs on this data directory.
    Running(std::path::PathBuf),
    /// None does: the files are open here.
    Direct { hub: Hub, router: Router },
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Client {
    pub async fn open(config: Config) -> Result<Self, Failure> {
        let socket = config.data.join(CONTROL_SOCKET);
        if UnixStream::connect(&socket).await.is_ok() {
            return Ok(Self::Running(socket));
        }
        let hub = tokio::task::spawn_blocking(move || Hub::open(config, Clock::system()))
            .await
            .map_err(Failure::new)??;
        let router = http::router(&hub);
        Ok(Self::Direct { hub, router })
    }

    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.json(Method::GET, path, None).await
    }

    /// Send a request and read the JSON of its answer; a problem becomes a failure.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let answer = self.send(method, path, body).await?;
        let value: Value = match answer.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&answer.body).map_err(Failure::new)?,
        };
        if answer.status.is_success() {
            return Ok(value);
        }
        let detail =
            value.get("detail").and_then(Value::as_str).unwrap_or("the server gave no reason");
        Err(Failure::new(detail))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let body = body.map_or_else(Vec::new, |value| value.to_string().into_bytes());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "creel")
            .header(header::CONTENT_TYPE, "application/json");
        match self {
            Self::Direct { router, .. } => {
                let mut request = request.body(Body::from(body)).map_err(Failure::new)?;
                request.extensions_mut().insert(Peer::Owner);
                let Ok(response) = router.clone().oneshot(request).await;
                let status = response.status();
                let body = response.into_body().collect().await.map_err(Failure::new)?.to_bytes();
                Ok(Answer { status, body })
            }
            Self::Running(socket) => {
                let request = request.body(Full::new(Bytes::from(body))).map_err(Failure::new)?;
                let response = connect(socket).await?.send_request(request).await.map_err(gone)?;
                let status = response.status();
                let body = response.into_body().collect().await.map_err(gone)?.to_bytes();
                Ok(Answer { status, body })
            }
        }
    }

    /// Follow a stream of server-sent events, handing on the data of each.
    pub async fn follow(
        &self,
        path: &str,
        mut each: impl AsyncFnMut(Value) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Self::Running(socket) = self else {
            return Err(Failure::new("no server runs on this data directory").hint(
                "start one with `creel serve`, or list what is stored with `creel events list`",
            ));
        };
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, "creel")
            .body(Full::new(Bytes::new()))
            .map_err(Failure::new)?;
        let response = connect(socket).await?.send_request(request).await.map_err(gone)?;
        let mut body = response.into_body();
        let mut pending = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(chunk) = frame.map_err(gone)?.into_data() else { continue };
            pending.extend_from_slice(&chunk);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                let Some(data) = line.strip_prefix(b"data:") else { continue };
                if let Ok(value) = serde_json::from_slice(data) {
                    each(value).await?;
                }
            }
        }
        Err(Failure::new("the server ended the stream"))
    }

    /// Let go of files that were opened here.
    pub async fn close(self) -> Result<(), Failure> {
        if let Self::Direct { hub, .. } = self {
            tokio::task::spawn_blocking(move || hub.close()).await.map_err(Failure::new)?;
        }
        Ok(())
    }
}

type Sender = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

async fn connect(socket: &Path) -> Result<Sender, Failure> {
    let stream = UnixStream::connect(socket).await.map_err(gone)?;
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    tokio::spawn(connection);
    Ok(sender)
}

fn gone(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("the running server does not answer on its control socket: {error}"))
        .hint("it may be stopping; try again in a moment")
}
