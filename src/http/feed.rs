//! Make-believe hooks, taken in as the door takes in real ones, but for the way: they come from this
//! process, with the time of their receipt.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::future::join_all;

use crate::hub::Hub;
use crate::journal::{AppendError, NewEntry};
use crate::keys::Key;
use crate::model::{Provider, Route};
use crate::simulator::world::Happening;

use super::hooks::Taken;
use super::mask;

/// Appends that wait for one flush together.
const AT_A_TIME: usize = 256;

/// Store hooks in their order. Those that were stored before are counted as repetitions.
pub async fn take_in(
    hub: &Hub,
    key: &Key,
    happenings: impl IntoIterator<Item = Happening>,
) -> Result<usize, AppendError> {
    let mut happenings = happenings.into_iter().map(|happening| entry(key, happening)).peekable();
    let mut taken = 0;
    while happenings.peek().is_some() {
        // Each is handed to the journal when it is first polled, which happens in their order.
        let appends = happenings.by_ref().take(AT_A_TIME).map(|entry| hub.journal().append(entry));
        for appended in join_all(appends).await {
            appended?;
            taken += 1;
        }
    }
    Ok(taken)
}

fn entry(key: &Key, happening: Happening) -> NewEntry {
    let hook = happening.hook;
    let target = (":target".to_owned(), hook.path().to_owned());
    let route = match hook.provider {
        Provider::Buildkite => Route::Buildkite,
        _ => Route::Azure,
    };
    let sent: HeaderMap = hook
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        })
        .collect();
    let headers = std::iter::once(target).chain(mask::headers(&sent)).collect();
    let (body, received_at) = (Bytes::from(hook.body), happening.received_at);
    Taken { key, route, channel: None, headers, body, received_at }.entry().0
}
