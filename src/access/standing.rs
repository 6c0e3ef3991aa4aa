//! How a token is doing, in one word.

use crate::model::Timestamp;
use crate::store::sqlite::books::access::AccessRow;

/// From so long before its end on, an end is told of.
pub const EXPIRING_MS: i64 = 14 * 24 * Timestamp::MILLIS_PER_HOUR;

/// The word. The first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Expired,
    /// Wrong, revoked, or ended without anybody knowing when.
    Refused,
    /// Within [`EXPIRING_MS`].
    Expiring,
    /// It cannot read all that is asked for.
    LacksScope,
    /// The provider is away, or too much was asked.
    Troubled,
    /// Never used and never looked at.
    Untried,
    Well,
}

impl State {
    /// Whether somebody has to do something, or will soon.
    #[must_use]
    pub fn needs_somebody(self) -> bool {
        matches!(self, Self::Expired | Self::Refused | Self::Expiring)
    }
}

#[must_use]
pub fn state(row: &AccessRow, now: Timestamp) -> State {
    let left = row.info.expires_at.map(|at| at.0 - now.0);
    match (left, row.trouble.as_ref().map(|trouble| trouble.code.as_str())) {
        (Some(..=0), _) => State::Expired,
        (_, Some("token_refused")) => State::Refused,
        (Some(..=EXPIRING_MS), _) => State::Expiring,
        _ if !row.missing.is_empty() => State::LacksScope,
        (_, Some("token_lacks_scope")) => State::LacksScope,
        (_, Some(_)) => State::Troubled,
        _ if row.last_ok_at.is_none() => State::Untried,
        _ => State::Well,
    }
}
