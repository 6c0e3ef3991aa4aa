//! Rates of senders.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::model::KeyId;

/// Addresses remembered before those at rest are forgotten.
const ADDRESSES_MAX: usize = 50_000;

/// How many requests who may send.
#[derive(Debug)]
pub struct Rates {
    unknown: DefaultKeyedRateLimiter<IpAddr>,
    known: Mutex<std::collections::HashMap<(KeyId, u32), DefaultDirectRateLimiter>>,
}

impl Rates {
    #[must_use]
    pub fn new(unknown_per_minute: u32) -> Self {
        Self {
            unknown: RateLimiter::keyed(per_minute(unknown_per_minute)),
            known: Mutex::default(),
        }
    }

    /// Whether one more request without a valid key is answered with what is wrong with it.
    pub fn unknown(&self, address: IpAddr) -> bool {
        if self.unknown.len() > ADDRESSES_MAX {
            self.unknown.retain_recent();
        }
        self.unknown.check_key(&address).is_ok()
    }

    /// Whether a key is within its own rate.
    pub fn known(&self, key: KeyId, limit: u32) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry((key, limit))
            .or_insert_with(|| RateLimiter::direct(per_minute(limit)))
            .check()
            .is_ok()
    }
}

fn per_minute(limit: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN))
}
