//! The way out: requests to addresses that somebody vouches for.
//!
//! Each is tried once, with a limit on connecting and on the whole; redirects are not followed, and proxies
//! of the environment are used by a client of [`Client::through_proxies`] alone. [`Client::send`] keeps of
//! an answer no more than its status and `Retry-After`; [`Client::fetch`] gives it while it arrives. Private
//! addresses and plain http are in order: who may be asked, and when to try again, is for the callers to
//! decide.

mod incoming;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use url::Url;

pub use incoming::{Incoming, Patience};
pub use reqwest::Method;

/// Longest wait for a connection.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);

/// An answer is read up to here, so that its connection can be used again; of a longer one the rest is
/// left and the connection is closed.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Connections that nothing went over for this long are closed: many servers close theirs after five
/// seconds, and a request that meets such an end looks like a failure.
const IDLE_MAX: Duration = Duration::from_secs(4);

/// Makes requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
}

/// A request to be made.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: Method,
    pub url: Url,
    /// Names and values as they go out; those that are no header's are left out.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Bytes,
    /// From the first byte out to the last byte in.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The header as it came.
    pub retry_after: Option<String>,
}

impl Answer {
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer. The texts never hold the address, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// Nobody there, no such name, no trust in the certificate: in the system's own words.
    #[error("{0}")]
    Unreachable(String),
    /// It began and did not come to its end.
    #[error("the answer broke off: {0}")]
    Broken(String),
}

/// The client cannot be made, by necessity at start: its random numbers or certificates are missing.
#[derive(Debug, thiserror::Error)]
#[error("cannot make requests: {0}")]
pub struct ClientError(String);

impl Client {
    /// One whose requests go to their address alone.
    pub fn new() -> Result<Self, ClientError> {
        Self::made(reqwest::ClientBuilder::no_proxy)
    }

    /// One that runs on a machine of others and goes the way its environment says: through the proxy of
    /// `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, but for the hosts of `NO_PROXY`.
    pub fn through_proxies() -> Result<Self, ClientError> {
        Self::made(|builder| builder)
    }

    fn made(
        way: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, ClientError> {
        // For the whole process; that somebody was quicker is as good.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            way(reqwest::Client::builder())
                .user_agent(concat!("creel/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(CONNECT_WAIT_MAX)
                .pool_idle_timeout(IDLE_MAX)
        };
        let made = builder().build().or_else(|error| {
            // A small container has no certificates of the system. Plain http works without.
            tracing::warn!(
                error = root_cause(&error),
                "No certificate authorities of the system: https addresses will not be trusted"
            );
            builder().tls_certs_only([]).build()
        });
        Ok(Self { http: made.map_err(|error| ClientError(root_cause(&error)))? })
    }

    fn prepare(&self, outgoing: Outgoing) -> reqwest::RequestBuilder {
        let mut headers = HeaderMap::with_capacity(outgoing.headers.len());
        for (name, value) in &outgoing.headers {
            let pair = (HeaderName::try_from(name), HeaderValue::from_bytes(value));
            if let (Ok(name), Ok(value)) = pair {
                headers.append(name, value);
            }
        }
        self.http
            .request(outgoing.method, outgoing.url)
            .headers(headers)
            .body(outgoing.body)
            .timeout(outgoing.timeout)
    }

    /// Make a request, once.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, SendError> {
        let timeout = outgoing.timeout;
        let mut answer =
            self.prepare(outgoing).send().await.map_err(|error| unanswered(&error, timeout))?;
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let told = Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after.map(str::to_owned),
        };
        let mut length = 0;
        // The answer stands, also if its body ends early.
        while let Ok(Some(chunk)) = answer.chunk().await {
            length += chunk.len();
            if length > ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok(told)
    }
}

fn unanswered(error: &reqwest::Error, timeout: Duration) -> SendError {
    match error.is_timeout() && !error.is_connect() {
        true => SendError::Timeout(timeout),
        false => SendError::Unreachable(root_cause(error)),
    }
}

/// The innermost reason: `Connection refused (os error 111)`.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    // The number says nothing that the words do not.
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}
