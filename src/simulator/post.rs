//! Attempts as HTTP requests: connections are kept, requests are few at a time, and every trouble
//! of the network is an answer to the senders.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Hook;
use super::delivery::{Answer, Attempt, Fate, Senders};
use super::status::Shared;
use super::suites::reporters::Telling;
use super::world::Happening;
use crate::model::{Provider, Timestamp};

/// Requests under way at one time.
const IN_FLIGHT_MAX: usize = 16;

/// Azure DevOps' limit is not documented; this is what its users see.
const AZURE_WAIT_MAX: Duration = Duration::from_secs(20);
/// Buildkite says so itself when it is over.
const BUILDKITE_WAIT_MAX: Duration = Duration::from_secs(5);

/// A connection that is to break is given this long to get its request across.
const CUT_AFTER: Duration = Duration::from_millis(250);

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The longest sleep: the machine's clock may be set, or the machine may have slept.
const SLEEP_MAX: Duration = Duration::from_mins(1);

/// Where hooks are sent: `http://127.0.0.1:3000`, with or without a path before `/webhooks`. The
/// address of a hook itself is one as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    authority: String,
    /// With a port in any case.
    address: String,
    path: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("`{0}` is no address of a server")]
    NoAddress(String),
    #[error("`{0}` does not begin with http://; the simulator speaks plain HTTP only")]
    NotHttp(String),
}

impl Target {
    pub fn parse(base: &str) -> Result<Self, TargetError> {
        let uri: Uri = base.parse().map_err(|_| TargetError::NoAddress(base.to_owned()))?;
        if uri.scheme_str().is_some_and(|scheme| scheme != "http") {
            return Err(TargetError::NotHttp(base.to_owned()));
        }
        let (Some(_), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(TargetError::NotHttp(base.to_owned()));
        };
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: authority.to_string(),
            address: format!("{}:{port}", authority.host()),
            path: without_hook(uri.path()).to_owned(),
        })
    }
}

/// The path before that of a hook: somebody copied the provider's whole address.
fn without_hook(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let hooks = ["/webhooks/azure", "/webhooks/azure-devops", "/webhooks/buildkite"];
    hooks.into_iter().find_map(|hook| path.strip_suffix(hook)).unwrap_or(path)
}

/// An answer and what it said.
#[derive(Debug, Clone)]
pub struct Reply {
    pub answer: Answer,
    pub body: Bytes,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, body: Bytes::new() }
    }
}

/// Sends requests over connections that it keeps.
#[derive(Debug)]
pub struct Poster {
    target: Target,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Poster {
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target, idle: Mutex::new(Vec::new()) }
    }

    /// Send a hook and wait for the answer as long as its provider would.
    pub async fn post(&self, hook: &Hook, fate: Fate) -> Reply {
        let wait_max = match hook.provider {
            Provider::Buildkite => BUILDKITE_WAIT_MAX,
            _ => AZURE_WAIT_MAX,
        };
        let wait_max = if fate == Fate::Cut { CUT_AFTER } else { wait_max };
        match (tokio::time::timeout(wait_max, self.exchange(hook)).await, fate) {
            (_, Fate::Cut) => Answer::NoConnection.into(),
            (Ok(Ok(reply)), Fate::Answered) => reply,
            (Ok(Err(_)), Fate::Answered) => Answer::NoConnection.into(),
            (Err(_), Fate::Answered) => Answer::TimedOut.into(),
        }
    }

    async fn exchange(
        &self,
        hook: &Hook,
    ) -> Result<Reply, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::post(format!("{}{}", self.target.path, hook.path()))
            .header("host", &self.target.authority);
        for (name, value) in &hook.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(hook.body.clone())))?;
        let mut connection = self.connection().await?;
        let response = connection.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        // Where the answer was read to its end, the connection can be used again.
        if body.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok(Reply { answer: Answer::Status(status), body })
    }

    async fn connection(
        &self,
    ) -> Result<SendRequest<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut kept) = kept else { break };
            // One that the receiver closed meanwhile says so here.
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(&self.target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// What time it is for a world.
#[derive(Debug, Clone, Copy)]
pub enum Time {
    Real,
    /// As fast as answers come: the time of whatever is next.
    Jumping(Timestamp),
}

impl Time {
    fn now(self) -> Timestamp {
        match self {
            Self::Real => Timestamp::now(),
            Self::Jumping(now) => now,
        }
    }
}

/// Tell a receiver all that happens in a world, until it ends or `stop` does.
///
/// `happens` hears of all that happens, `told` of each request and what came of it.
pub async fn run(
    mut world: impl Telling,
    senders: Shared,
    poster: Poster,
    mut time: Time,
    stop: impl Future<Output = ()>,
    mut happens: impl FnMut(&Happening),
    mut told: impl FnMut(&Attempt, &Reply, Timestamp),
) {
    let poster = Arc::new(poster);
    let mut requests = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (attempts, next) = {
            let mut senders = senders.lock().unwrap_or_else(PoisonError::into_inner);
            if let Time::Jumping(now) = &mut time {
                let next = next_moment(&mut world, &senders);
                *now = next.map_or(*now, |next| next.max(*now));
            }
            let now = time.now();
            let told_now = senders.told(now);
            while world.next_at().is_some_and(|at| at <= told_now) {
                let Some(happening) = world.tell() else { break };
                happens(&happening);
                senders.notify(happening);
            }
            let attempts = senders.due(now, IN_FLIGHT_MAX - requests.len());
            (attempts, next_moment(&mut world, &senders))
        };
        for attempt in attempts {
            let poster = Arc::clone(&poster);
            requests.spawn(async move {
                let reply = poster.post(&attempt.hook, attempt.fate).await;
                (attempt, reply)
            });
        }
        let is_full = requests.len() >= IN_FLIGHT_MAX;
        if next.is_none() && requests.is_empty() {
            return;
        }
        let wait = match time {
            _ if is_full => SLEEP_MAX,
            Time::Real => until(next),
            Time::Jumping(_) if next.is_some() => Duration::ZERO,
            Time::Jumping(_) => SLEEP_MAX,
        };
        tokio::select! {
            biased;
            () = &mut stop => return,
            Some(done) = requests.join_next(), if !requests.is_empty() => {
                // A request that panicked is a bug; its attempt stays unanswered.
                let Ok((attempt, reply)) = done else { continue };
                let now = time.now();
                let mut senders = senders.lock().unwrap_or_else(PoisonError::into_inner);
                senders.answered(&attempt, reply.answer, now);
                drop(senders);
                told(&attempt, &reply, now);
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// When the next thing happens or is to be sent, by the receiver's clock.
fn next_moment(world: &mut impl Telling, senders: &Senders) -> Option<Timestamp> {
    let ahead = senders.told(Timestamp(0)).0;
    let happens = world.next_at().map(|at| Timestamp(at.0 - ahead));
    [happens, senders.next_due()].into_iter().flatten().min()
}

fn until(next: Option<Timestamp>) -> Duration {
    let Some(next) = next else { return SLEEP_MAX };
    let ms = u64::try_from(next.0 - Timestamp::now().0).unwrap_or(0);
    // A timer may fire within the millisecond before.
    Duration::from_millis(ms + 1).min(SLEEP_MAX)
}

#[cfg(test)]
mod tests;
