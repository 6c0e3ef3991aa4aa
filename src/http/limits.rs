//! Rates of senders, and of sign-ins.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use tokio::sync::Semaphore;

use crate::model::KeyId;
use crate::secrets::{self, Secret};

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

/// Sign-ins tried in a row from one address, and how many more a minute.
const TRIES_PER_ADDRESS: u32 = 10;

/// Sign-ins tried in a row under one name from anywhere, and how many more a minute: a guesser with
/// many addresses is slow, and the person whose name it is gets in between.
const TRIES_PER_NAME: u32 = 30;

/// Passwords that are compared at a time: each takes 19 MiB and tens of milliseconds.
const COMPARED_MAX: usize = 2;

/// Refused sign-ins that are written down, in a row and an hour: a person who mistypes and a guesser
/// are seen, and guessers with many addresses do not fill the disk.
const NOTED_PER_HOUR: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// How often sign-ins may be tried.
#[derive(Debug, Clone)]
pub struct SignIns {
    addresses: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    /// By the hash of the name: a name may be long.
    names: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    /// Refusals that the audit trail names one by one.
    noted: Arc<DefaultDirectRateLimiter>,
    /// A place to compare a password in.
    pub places: Arc<Semaphore>,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            addresses: Arc::new(RateLimiter::keyed(per_minute(TRIES_PER_ADDRESS))),
            names: Arc::new(RateLimiter::keyed(per_minute(TRIES_PER_NAME))),
            noted: Arc::new(RateLimiter::direct(Quota::per_hour(NOTED_PER_HOUR))),
            places: Arc::new(Semaphore::new(COMPARED_MAX)),
        }
    }
}

impl SignIns {
    /// Whether one more refusal is worth a row in the audit trail.
    #[must_use]
    pub fn is_worth_noting(&self) -> bool {
        self.noted.check().is_ok()
    }

    /// Count one more try; too many, and it says how long to wait.
    pub fn count(&self, address: Option<IpAddr>, name: &str) -> Result<(), Duration> {
        if self.addresses.len() > ADDRESSES_MAX || self.names.len() > ADDRESSES_MAX {
            self.addresses.retain_recent();
            self.names.retain_recent();
        }
        let clock = DefaultClock::default();
        let wait = |not_until: governor::NotUntil<_>| not_until.wait_time_from(clock.now());
        if let Some(address) = address {
            self.addresses.check_key(&address).map_err(wait)?;
        }
        let name = secrets::hash(&Secret::new(name.trim().to_lowercase()));
        self.names.check_key(&name).map_err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_refused_sign_ins_leaves_a_bounded_trail() {
        let sign_ins = SignIns::default();
        let noted = (0..10_000).filter(|_| sign_ins.is_worth_noting()).count();
        assert_eq!(noted, 60);
    }
}
