//! Writes what the door counted into the books, once a second.

use crate::hub::Hub;
use crate::live::Change;
use crate::store::StoreError;

/// Minutes a refusal is remembered: a week.
const REFUSAL_MINUTES: i64 = 7 * 24 * 60;

/// Write what was counted since the last time; tells whether there was anything. Blocks.
pub fn step(hub: &Hub) -> Result<bool, StoreError> {
    let counted = hub.tally().take();
    if counted.refusals.is_empty() && counted.keys.is_empty() && counted.sessions.is_empty() {
        return Ok(false);
    }
    let written = hub.books().write(|ledger| {
        let mut changes = Vec::new();
        for (refusal, refused) in &counted.refusals {
            let row =
                ledger.refuse(refusal, refused.count, refused.last_at, &refused.last_address)?;
            changes.push(Change::refused(row));
        }
        for (key, used) in counted.keys.iter().filter(|(key, _)| key.0 > 0) {
            ledger.key_used(*key, used.at, used.in_address_at)?;
        }
        for ((session, person), at) in &counted.sessions {
            ledger.session_seen(*session, *person, *at)?;
        }
        if !changes.is_empty() {
            let minute = hub.clock().now().0.div_euclid(60_000);
            ledger.forget_refusals_before(minute - REFUSAL_MINUTES)?;
        }
        let commit = if changes.is_empty() { None } else { Some(ledger.next_commit()?) };
        Ok((commit, changes))
    });
    match written {
        Ok((Some(commit), changes)) => {
            hub.bell().ring(commit, changes);
            Ok(true)
        }
        Ok((None, _)) => Ok(true),
        Err(error) => {
            hub.tally().put_back(counted);
            Err(error)
        }
    }
}
