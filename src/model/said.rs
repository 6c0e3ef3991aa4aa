//! One slot of a record: a value, and the standing of the word that gave it.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A value with its standing. Of two, the one with the greater (weight, time, value) stays, so the
/// order of arrival does not matter and saying a thing twice changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said<T> {
    /// How far the kind of message is trusted for this slot; greater wins before time does.
    #[serde(rename = "w")]
    pub weight: u8,
    /// Provider time of the word; an unknown time is the weakest.
    #[serde(rename = "t")]
    pub at: i64,
    #[serde(rename = "v")]
    pub value: T,
}

impl<T: Ord> Said<T> {
    /// Let `slot` hear `value`; tells whether the slot now holds it.
    pub fn hear(
        slot: &mut Option<Self>,
        weight: u8,
        at: Option<Timestamp>,
        value: Option<T>,
    ) -> bool {
        let Some(value) = value else { return false };
        let said = Self { weight, at: at.map_or(i64::MIN, |t| t.0), value };
        if slot.as_ref().is_none_or(|held| *held < said) {
            *slot = Some(said);
            true
        } else {
            false
        }
    }
}

/// Keep the earlier of two times.
pub(super) fn earliest(slot: &mut Option<Timestamp>, other: Option<Timestamp>) -> bool {
    let Some(other) = other else { return false };
    let better = slot.is_none_or(|held| other < held);
    if better {
        *slot = Some(other);
    }
    better
}

/// Keep the later of two times.
pub(super) fn latest(slot: &mut Option<Timestamp>, other: Option<Timestamp>) -> bool {
    let Some(other) = other else { return false };
    let better = slot.is_none_or(|held| other > held);
    if better {
        *slot = Some(other);
    }
    better
}
