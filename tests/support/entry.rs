//! A hook on its way into a journal that no server uses. For the tests and the bench.

use creel::journal::{Label, NewEntry, Way};
use creel::model::{KeyId, Timestamp};
use creel::providers::{HookRequest, Route, look};

/// The entry that the door would make of a request.
pub fn entry(route: Route, headers: Vec<(String, String)>, body: Vec<u8>) -> NewEntry {
    let seen = look(&HookRequest { route, headers: &headers, body: &body }, None).peek;
    NewEntry {
        received_at: Timestamp::now(),
        label: Label {
            provider: seen.provider,
            route,
            channel: None,
            key: KeyId(1),
            event_type: seen.event_type,
            answer: seen.answer,
            admitted: true,
            reason: seen.reason,
        },
        note: None,
        identity: seen.identity,
        headers,
        body: body.into(),
        handed_on: None,
        way: Way::Received,
    }
}
