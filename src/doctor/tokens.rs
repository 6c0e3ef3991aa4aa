//! What the books tell of the tokens by which providers are asked.

use crate::access::{State, state};
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::access::{AccessRow, accesses, knows_access};

use super::Finding;

/// A token that did not come for this long is probably forgotten.
const UNUSED_MS: i64 = 30 * 24 * Timestamp::MILLIS_PER_HOUR;

pub(super) fn of_access(books: &Connection, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let check = "access";
    // Books that an older version left, which no server has opened since.
    if !knows_access(books)? {
        return Ok(Vec::new());
    }
    let rows = accesses(books)?;
    let set = rows.iter().filter(|row| row.base.is_some());
    let findings: Vec<Finding> = set.clone().filter_map(|row| finding(check, row, now)).collect();
    if findings.is_empty() && set.clone().count() > 0 {
        let says = format!("{} tokens can be used", set.count());
        return Ok(vec![Finding::well(check, says)]);
    }
    Ok(findings)
}

fn finding(check: &'static str, row: &AccessRow, now: Timestamp) -> Option<Finding> {
    let base = row.base.as_deref().unwrap_or_default();
    let name = format!("the token {} for {base}", row.id);
    let reason = row.trouble.as_ref().map(|trouble| trouble.reason.as_str()).unwrap_or_default();
    let ends = row.info.expires_at.map(|at| at.to_string()).unwrap_or_default();
    let renew = "make a new one and set it: creel source set (docs/operate/tokens.md)";
    Some(match state(row, now) {
        State::Expired => Finding::trouble(check, format!("{name} has ended at {ends}"), renew),
        State::Refused => Finding::trouble(check, format!("{name} is refused: {reason}"), renew),
        State::Expiring => Finding::note(check, format!("{name} ends at {ends}"), renew),
        State::LacksScope if row.missing.is_empty() => {
            Finding::note(check, format!("{name}: {reason}"), renew)
        }
        State::LacksScope => {
            let says = format!("{name} lacks {}", row.missing.join(", "));
            Finding::note(
                check,
                says,
                "edit it at the provider, or leave it: that is not asked for then",
            )
        }
        State::Troubled => {
            let hint = format!("try it: creel source check {}", row.id);
            Finding::note(check, format!("{name}: {reason}"), hint)
        }
        State::Untried if now.0 - row.set_at.0 > UNUSED_MS => {
            let hint =
                "creel source list shows which sources it serves; forget it: creel source unset";
            Finding::note(check, format!("{name} was never used"), hint)
        }
        State::Untried | State::Well => return None,
    })
}
