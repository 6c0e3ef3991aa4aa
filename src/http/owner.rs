//! The owner's way in, for commands: through the running server's control socket, or by opening the
//! files themselves when no server runs. Both ways it is the same API.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
pub use axum::http::Method;
use axum::http::{Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tower::ServiceExt;

use crate::clock::Clock;
use crate::config::Config;
use crate::hub::{CONTROL_SOCKET, Hub, OpenError};
use crate::store::sqlite::books::Books;

use super::auth::Peer;

/// A server that says nothing for this long is in trouble itself.
const ASK_MAX: Duration = Duration::from_secs(5);

/// Why the owner got no answer.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The server understood and said no; its sentence.
    #[error("{0}")]
    Refused(String),
    /// The request itself was wrong; the server's sentence.
    #[error("{0}")]
    NotUnderstood(String),
    #[error("the running server does not answer on its control socket: {0}")]
    Gone(String),
    #[error("no server runs on this data directory")]
    NotRunning,
    /// Neither a server nor files: there is nothing to read.
    #[error("no Creel data at {}", .0.display())]
    NoData(PathBuf),
    #[error("{0}")]
    Broken(String),
}

fn broken(error: impl std::fmt::Display) -> OwnerError {
    OwnerError::Broken(error.to_string())
}

/// The API, wherever it is.
pub enum Client {
    /// A server runs on this data directory.
    Running(PathBuf),
    /// None does: the files are open here.
    Direct { hub: Hub, router: Router },
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Client {
    /// Open what is there already: who only looks makes no data directory.
    pub async fn open(config: Config) -> Result<Self, OwnerError> {
        if !Books::exist(&config.data) {
            return Err(OwnerError::NoData(config.data));
        }
        Self::open_or_create(config).await
    }

    /// Open, and make the data directory where there is none.
    pub async fn open_or_create(config: Config) -> Result<Self, OwnerError> {
        if let Some(running) = Self::running(&config.data).await {
            return Ok(running);
        }
        let hub = tokio::task::spawn_blocking(move || Hub::open(config, Clock::system()))
            .await
            .map_err(broken)??;
        let router = super::router(&hub);
        Ok(Self::Direct { hub, router })
    }

    /// The running server on a data directory, if there is one.
    pub async fn running(data: &Path) -> Option<Self> {
        let socket = data.join(CONTROL_SOCKET);
        UnixStream::connect(&socket).await.is_ok().then_some(Self::Running(socket))
    }

    /// An answer as it is, and whether it is a good one. Who asks how a server is does not wait for one
    /// that is stuck.
    pub async fn ask(&self, path: &str) -> Result<(bool, String), OwnerError> {
        let asked = tokio::time::timeout(ASK_MAX, self.send(Method::GET, path, None)).await;
        let answer = asked.map_err(|_| {
            OwnerError::Gone(format!("it has not answered for {} s", ASK_MAX.as_secs()))
        })??;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Ok((answer.status.is_success(), text))
    }

    pub async fn get(&self, path: &str) -> Result<Value, OwnerError> {
        self.json(Method::GET, path, None).await
    }

    /// The answer as it was written: what it shows of a body stays byte for byte.
    pub async fn text(&self, path: &str) -> Result<String, OwnerError> {
        let answer = self.accepted(Method::GET, path, None).await?;
        String::from_utf8(answer.body.to_vec()).map_err(broken)
    }

    /// Send a request and read the JSON of its answer; a problem becomes a failure.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, OwnerError> {
        let answer = self.accepted(method, path, body).await?;
        match answer.body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&answer.body).map_err(broken),
        }
    }

    async fn accepted(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, OwnerError> {
        let answer = self.send(method, path, body).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail =
            value.get("detail").and_then(Value::as_str).unwrap_or("the server gave no reason");
        Err(match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                OwnerError::NotUnderstood(detail.to_owned())
            }
            _ => OwnerError::Refused(detail.to_owned()),
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, OwnerError> {
        let body = body.map_or_else(Vec::new, |value| value.to_string().into_bytes());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "creel")
            .header(header::CONTENT_TYPE, "application/json");
        match self {
            Self::Direct { router, .. } => {
                let mut request = request.body(Body::from(body)).map_err(broken)?;
                request.extensions_mut().insert(Peer::Owner);
                let Ok(response) = router.clone().oneshot(request).await;
                let status = response.status();
                let body = response.into_body().collect().await.map_err(broken)?.to_bytes();
                Ok(Answer { status, body })
            }
            Self::Running(socket) => {
                let request = request.body(Full::new(Bytes::from(body))).map_err(broken)?;
                let response = connect(socket).await?.send_request(request).await.map_err(gone)?;
                let status = response.status();
                let body = response.into_body().collect().await.map_err(gone)?.to_bytes();
                Ok(Answer { status, body })
            }
        }
    }

    /// Follow a stream of server-sent events, handing on the data of each, until one of them is
    /// not wanted any more or the stream ends.
    pub async fn follow<E: From<OwnerError>>(
        &self,
        path: &str,
        mut each: impl AsyncFnMut(Value) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self::Running(socket) = self else {
            return Err(OwnerError::NotRunning.into());
        };
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, "creel")
            .body(Full::new(Bytes::new()))
            .map_err(broken)?;
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
        Err(OwnerError::Gone("it ended the stream".to_owned()).into())
    }

    /// Let go of files that were opened here.
    pub async fn close(self) -> Result<(), OwnerError> {
        if let Self::Direct { hub, .. } = self {
            tokio::task::spawn_blocking(move || hub.close()).await.map_err(broken)?;
        }
        Ok(())
    }
}

type Sender = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

async fn connect(socket: &Path) -> Result<Sender, OwnerError> {
    let stream = UnixStream::connect(socket).await.map_err(gone)?;
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    tokio::spawn(connection);
    Ok(sender)
}

fn gone(error: impl std::fmt::Display) -> OwnerError {
    OwnerError::Gone(error.to_string())
}
