//! The make-believe providers' REST side: what one is answered who asks them.
//!
//! [`Archive`] keeps the courses of builds that a world told. [`Rest`] answers a request from it as
//! things stand at its clock's time: [`azure`] below `/contoso` (with the hosts for releases and test
//! results at `/vsrm/contoso` and `/vstmr/contoso`), [`buildkite`] below `/v2`. Nothing of an answer
//! is kept: task lists, logs and test results follow from the course each time they are asked for.
//!
//! [`limits`] and [`faults`] stand between a request and its answer; what was asked is counted, and
//! shown by [`super::status`].

mod archive;
mod ask;
pub(super) mod azure;
pub(super) mod buildkite;
pub mod faults;
mod giants;
pub mod limits;
pub(super) mod logs;
mod store;
mod tally;
mod truth;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::model::Timestamp;

pub use archive::{Archive, Run};
pub use ask::{Answer, Ask, Body};
pub use giants::{BIG_BUILD, BIG_LOG, GIANT_PIPELINE};
pub use tally::Tally;
pub use truth::{Truth, truth};

use super::clock::Tick;
use super::world::World;
use faults::RestFault;
use limits::{Limits, Meters};

/// The token that opens both providers.
pub const TOKEN: &str = "simulated-pat";

/// The secret of the make-believe application that gets tokens at `/entra`.
pub const ENTRA_SECRET: &str = "simulated-secret";

/// A world is looked after at least this often.
const FOLLOW_MS_MAX: u64 = 1_000;

/// How the REST side behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    pub clock: Clock,
    /// How far the providers' clocks are ahead, in milliseconds.
    pub ahead_ms: i64,
    pub limits: Limits,
    pub faults: Vec<RestFault>,
}

impl Settings {
    /// As the providers behave when all goes well.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, ahead_ms: 0, limits: Limits::default(), faults: Vec::new() }
    }
}

/// Both providers' REST side. Shared by those who ask and those who tell.
#[derive(Debug)]
pub struct Rest {
    settings: Settings,
    archive: Mutex<Archive>,
    meters: Mutex<Meters>,
    mishaps: Mutex<faults::Mishaps>,
    tally: Mutex<Tally>,
}

impl Rest {
    #[must_use]
    pub fn new(settings: Settings, archive: Archive) -> Arc<Self> {
        let begun = settings.clock.now();
        Arc::new(Self {
            archive: Mutex::new(archive),
            meters: Mutex::new(Meters::new(settings.limits)),
            mishaps: Mutex::new(faults::Mishaps::new(settings.faults.clone(), begun)),
            tally: Mutex::default(),
            settings,
        })
    }

    /// What is known of builds. Tell it what happens: [`Archive::note`].
    pub fn archive(&self) -> MutexGuard<'_, Archive> {
        hold(&self.archive)
    }

    /// Note what happens in a world as it happens, until the world ends.
    pub async fn follow(&self, mut world: World) {
        while let Some(next) = world.next_at() {
            let wait = u64::try_from(next.0 - self.now().0).unwrap_or(0).min(FOLLOW_MS_MAX);
            if wait > 0 {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                continue;
            }
            if let Some(happening) = world.next() {
                self.archive().note(&happening);
            }
        }
    }

    /// What was asked so far.
    pub fn tally(&self) -> Tally {
        hold(&self.tally).clone()
    }

    /// Change what goes wrong from now on.
    pub fn set_faults(&self, faults: Vec<RestFault>) {
        *hold(&self.mishaps) = faults::Mishaps::new(faults, self.settings.clock.now());
    }

    /// The providers' time.
    fn now(&self) -> Timestamp {
        Timestamp(self.settings.clock.now().0 + self.settings.ahead_ms)
    }

    /// What is answered when nothing goes wrong on the way.
    pub fn answer(&self, ask: &Ask) -> Answer {
        let now = self.now();
        let tick = Tick::of(now);
        let first = ask.parts.first().map(String::as_str);
        match first {
            Some("v2") => buildkite::answer(self, ask, tick),
            Some("store") => store::answer(self, ask),
            Some("entra") => azure::entra(ask, now),
            _ => azure::answer(self, ask, tick),
        }
    }

    fn count(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut hold(&self.tally));
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything below `/`: whatever is not a provider's is answered as unknown.
pub fn router(rest: Arc<Rest>) -> Router {
    Router::new().fallback(handle).with_state(rest)
}

/// Serve the REST side alone until the listener fails for good.
pub async fn serve(listener: TcpListener, rest: Arc<Rest>) {
    // Errors of single connections are dealt with inside.
    let _ = axum::serve(listener, router(rest)).await;
}

async fn handle(State(rest): State<Arc<Rest>>, request: Request) -> Response {
    let ask = match Ask::read(request).await {
        Ok(ask) => ask,
        Err(answer) => return answer.into_response(),
    };
    let mishap = hold(&rest.mishaps).befall(&ask, rest.settings.clock.now());
    let answer = match mishap {
        None => rest.answer(&ask),
        Some(mishap) => {
            rest.count(|tally| tally.faults += 1);
            faults::answer(&rest, &ask, mishap).await
        }
    };
    rest.count(|tally| tally.note(&ask, answer.status));
    answer.into_response()
}

#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;
