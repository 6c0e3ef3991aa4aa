//! Where the time comes from, so that tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::model::Timestamp;

/// The system's clock, or one that stands where it was put. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock {
    begun: Instant,
    set: Option<Arc<Standing>>,
}

/// A clock that only moves when told to.
#[derive(Debug)]
struct Standing {
    at_ms: AtomicI64,
    /// Time that has passed on it.
    up_ms: AtomicI64,
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self { begun: Instant::now(), set: None }
    }

    /// A clock that only moves when told to.
    #[must_use]
    pub fn standing_at(at: Timestamp) -> Self {
        let standing = Standing { at_ms: AtomicI64::new(at.0), up_ms: AtomicI64::new(0) };
        Self { set: Some(Arc::new(standing)), ..Self::system() }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.set {
            None => Timestamp::now(),
            Some(standing) => Timestamp(standing.at_ms.load(Ordering::Relaxed)),
        }
    }

    /// Time that has passed since the clock was made, whatever it was set to meanwhile.
    #[must_use]
    pub fn up(&self) -> Duration {
        match &self.set {
            None => self.begun.elapsed(),
            Some(standing) => {
                let passed = standing.up_ms.load(Ordering::Relaxed);
                Duration::from_millis(u64::try_from(passed).unwrap_or(0))
            }
        }
    }

    /// Let time pass on a standing clock. The system's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Some(standing) = &self.set {
            standing.up_ms.fetch_add(millis(by), Ordering::Relaxed);
        }
        self.leap(by);
    }

    /// Set a standing clock ahead, without time that passes: as one that was wrong.
    pub fn leap(&self, by: Duration) {
        if let Some(standing) = &self.set {
            standing.at_ms.fetch_add(millis(by), Ordering::Relaxed);
        }
    }
}

fn millis(by: Duration) -> i64 {
    i64::try_from(by.as_millis()).unwrap_or(0)
}
