//! What the tests of this room share.

use crate::model::{Answer, KeyId, Provider, Route};

use super::Label;

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
