//! Where the time comes from, so that tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::model::Timestamp;

/// The system's clock, or one that stands where it was put. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    set: Option<Arc<AtomicI64>>,
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that only moves when told to.
    #[must_use]
    pub fn standing_at(at: Timestamp) -> Self {
        Self { set: Some(Arc::new(AtomicI64::new(at.0))) }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.set {
            None => Timestamp::now(),
            Some(at) => Timestamp(at.load(Ordering::Relaxed)),
        }
    }

    /// Move a standing clock. The system's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Some(at) = &self.set {
            at.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::Relaxed);
        }
    }
}
