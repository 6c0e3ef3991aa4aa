//! What is counted at the door in memory and written to the books once a second: requests that were
//! turned away, and when each key and session was last used. A flood of bad requests costs one row a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{KeyId, PersonId, SessionId, Timestamp};
use crate::store::sqlite::books::sources::Refusal;

/// Kinds of refusal remembered between two writes; more are counted in the metrics only.
const REFUSALS_MAX: usize = 1_000;

/// What was counted since the last write.
#[derive(Debug, Default)]
pub struct Tally {
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
pub struct Counted {
    pub refusals: HashMap<Refusal, Refused>,
    pub keys: HashMap<KeyId, Used>,
    pub sessions: HashMap<(SessionId, PersonId), Timestamp>,
}

/// When a key was used last, and when it came in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    pub at: Timestamp,
    pub in_address_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Refused {
    pub count: i64,
    pub last_at: Timestamp,
    pub last_address: String,
}

impl Tally {
    pub fn refused(&self, refusal: Refusal, at: Timestamp, address: &str) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.refusals.len() >= REFUSALS_MAX && !counted.refusals.contains_key(&refusal) {
            return;
        }
        let held = counted.refusals.entry(refusal).or_insert_with(|| Refused {
            count: 0,
            last_at: at,
            last_address: String::new(),
        });
        held.count += 1;
        held.last_at = held.last_at.max(at);
        address.clone_into(&mut held.last_address);
    }

    pub fn key_used(&self, key: KeyId, at: Timestamp, is_in_address: bool) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let held = counted.keys.entry(key).or_insert(Used { at, in_address_at: None });
        held.at = at;
        if is_in_address {
            held.in_address_at = Some(at);
        }
    }

    pub fn session_used(&self, session: SessionId, person: PersonId, at: Timestamp) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.sessions.insert((session, person), at);
    }

    /// Take what was counted.
    pub fn take(&self) -> Counted {
        std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Put back what could not be written.
    pub fn put_back(&self, back: Counted) {
        for (refusal, refused) in back.refusals {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.refusals.len() >= REFUSALS_MAX {
                break;
            }
            let held = counted
                .refusals
                .entry(refusal)
                .or_insert_with(|| Refused { count: 0, ..refused.clone() });
            held.count += refused.count;
        }
    }
}
