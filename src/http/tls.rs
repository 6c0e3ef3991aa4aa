//! The certificate of the port, read again when its files change.
//!
//! Whoever renews a certificate replaces two files, not both in one instant: a pair that does not
//! belong together is left alone, and the one in use stays in use.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};
use x509_cert::der::Decode;

use crate::config::TlsFiles;
use crate::model::Timestamp;

use super::error::{Code, Problem};

/// How often the files are looked at. Renewals happen weeks before the end.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A client that has not agreed on a key by then is given up.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// First byte of every connection that begins with a handshake.
const HANDSHAKE: u8 = 0x16;

/// Why the port cannot speak https with what the files hold.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} holds no {what} in PEM form", path.display())]
    Nothing { path: PathBuf, what: &'static str },
    #[error("{} does not go with {}: {source}", key.display(), cert.display())]
    Unfit { cert: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("cannot speak TLS: {0}")]
    Unable(#[from] rustls::Error),
}

impl TlsError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "let the user that runs Creel read both files",
            Self::Nothing { .. } => {
                "a certificate file begins with -----BEGIN CERTIFICATE-----, its own first and then \
                 its chain; a key file holds -----BEGIN PRIVATE KEY-----, not encrypted"
            }
            Self::Unfit { .. } => "name the key that the certificate was made for",
            Self::Unable(_) => "the message says what is missing",
        }
    }
}

/// The port's certificate and how it is spoken with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tls {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    files: TlsFiles,
    current: Arc<Current>,
    seen: Mutex<Stamps>,
    server: Arc<ServerConfig>,
}

/// The pair that new connections get.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// By what a change of the files is noticed, of the files that links lead to: which file it is, its
/// length, and when it or its rights were changed last.
type Stamps = [Option<(u64, u64, i64, i64)>; 2];

/// A look at the files.
#[derive(Debug)]
pub enum Look {
    Unchanged,
    Renewed { ends_at: Option<Timestamp> },
}

impl Tls {
    /// Read both files.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let seen = stamps(files);
        let pair = read(files)?;
        let current = Arc::new(Current(RwLock::new(Arc::new(pair))));
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let (files, server) = (files.clone(), Arc::new(server));
        Ok(Self { inner: Arc::new(Inner { files, current, seen: Mutex::new(seen), server }) })
    }

    /// End of the certificate in use.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        ends_at(&self.inner.current.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Read the files again if they have changed. After an error, what was in use stays in use, and
    /// the files are looked into again when they change once more.
    pub fn look(&self) -> Result<Look, TlsError> {
        let now = stamps(&self.inner.files);
        {
            let mut seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now {
                return Ok(Look::Unchanged);
            }
            *seen = now;
        }
        let pair = read(&self.inner.files).inspect_err(|_| {
            gauge!("creel_tls_last_reload_successful").set(0.0);
        })?;
        let ends_at = ends_at(&pair);
        tell_end(ends_at);
        gauge!("creel_tls_last_reload_successful").set(1.0);
        *self.inner.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
        Ok(Look::Renewed { ends_at })
    }

    /// Read the files at the next look, also where nothing seems to have changed.
    pub fn forget(&self) {
        *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner) = [None; 2];
    }

    /// Look at the files for ever.
    pub async fn watch(self) {
        // The certificate was read before anything counted.
        tell_end(self.ends_at());
        gauge!("creel_tls_last_reload_successful").set(1.0);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look_and_tell().await;
        }
    }

    /// One look, told in the log.
    pub async fn look_and_tell(&self) {
        let tls = self.clone();
        match tokio::task::spawn_blocking(move || tls.look()).await {
            Ok(Ok(Look::Unchanged)) => {}
            Ok(Ok(Look::Renewed { ends_at: Some(ends_at) })) => {
                tracing::info!("The certificate was read again; it counts until {ends_at}");
            }
            Ok(Ok(Look::Renewed { ends_at: None })) => {
                tracing::info!("The certificate was read again");
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "The certificate could not be read again; the old one stays in use");
            }
            Err(error) => tracing::error!(%error, "The look at the certificate failed"),
        }
    }

    /// Agree on a key with a client. `None`: it was none, or took too long.
    pub(super) async fn accept(&self, stream: TcpStream) -> Option<Accepted> {
        let agreed = async {
            if !begins_with_handshake(&stream).await {
                return Some(Accepted::Plain(stream));
            }
            let acceptor = TlsAcceptor::from(Arc::clone(&self.inner.server));
            match acceptor.accept(stream).await {
                Ok(stream) => Some(Accepted::Encrypted(Box::new(stream))),
                Err(error) => {
                    tracing::debug!(%error, "A client did not agree on a key");
                    None
                }
            }
        };
        tokio::time::timeout(HANDSHAKE_MAX, agreed).await.ok().flatten()
    }
}

/// What a client on the https port speaks.
pub(super) enum Accepted {
    Encrypted(Box<dyn Encrypted>),
    /// Plain http: it is told so in words it understands.
    Plain(TcpStream),
}

pub(super) trait Encrypted: AsyncRead + AsyncWrite + Unpin + Send {}

impl Encrypted for tokio_rustls::server::TlsStream<TcpStream> {}

async fn begins_with_handshake(stream: &TcpStream) -> bool {
    let mut first = [0];
    // A client that sends nothing is none of plain http either.
    !matches!(stream.peek(&mut first).await, Ok(1) if first[0] != HANDSHAKE)
}

/// Answers those who speak plain http to the https port.
pub(super) fn plain_router() -> Router {
    Router::new().fallback(|request: Request| std::future::ready(use_https(&request)))
}

/// A page is sent on to its https address; what carries something has to be sent there at once, since
/// it has crossed the network in the clear.
fn use_https(request: &Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let target = host.and_then(|host| HeaderValue::try_from(format!("https://{host}{path}")).ok());
    match target.filter(|_| request.method().is_safe()) {
        Some(target) => {
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
        None => Problem::new(Code::HttpsOnly, "this port speaks https only").into_response(),
    }
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let content = |path: &PathBuf| {
        std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.clone(), source })
    };
    let nothing = |path: &PathBuf, what| TlsError::Nothing { path: path.clone(), what };
    let chain = CertificateDer::pem_slice_iter(&content(&files.cert)?)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| nothing(&files.cert, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&content(&files.key)?)
        .map_err(|_| nothing(&files.key, "private key"))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|source| {
        TlsError::Unfit { cert: files.cert.clone(), key: files.key.clone(), source }
    })
}

fn stamps(files: &TlsFiles) -> Stamps {
    [&files.cert, &files.key].map(|path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.ino(), file.len(), file.ctime(), file.ctime_nsec()))
    })
}

fn ends_at(pair: &CertifiedKey) -> Option<Timestamp> {
    let own = x509_cert::Certificate::from_der(pair.end_entity_cert().ok()?).ok()?;
    let end = own.tbs_certificate().validity().not_after.to_unix_duration();
    i64::try_from(end.as_millis()).ok().map(Timestamp)
}

fn tell_end(ends_at: Option<Timestamp>) {
    if let Some(end) = ends_at {
        gauge!("creel_tls_certificate_expiry_timestamp_seconds").set(end.0 as f64 / 1_000.0);
    }
}

#[cfg(test)]
mod tests;
