//! What the tests of this room share.

use crate::model::{Answer, Identity, KeyId, Provider, Route, Timestamp};
use crate::store::sqlite::journal::{PackedEntry, Way};

use super::Label;

/// One of three kilobytes, received so many seconds after the beginning.
pub(crate) fn entry(ordinal: i64) -> PackedEntry {
    PackedEntry {
        handed_on: None,
        received_at: Timestamp(ordinal * 1_000),
        label: label(Provider::AzureDevops),
        note: None,
        identity: Identity { scope: "s".to_owned(), ordinal, digest: [0; 16] },
        bytes: 3_000,
        dictionary: None,
        packed: vec![7; 3_000],
        way: Way::Received,
    }
}

pub(super) fn label(provider: Provider) -> Label {
    Label {
        provider,
        route: Route::Azure,
        channel: None,
        key: KeyId(1),
        event_type: None,
        answer: Answer::Stored,
        admitted: true,
        reason: None,
    }
}
