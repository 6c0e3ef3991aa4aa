//! Make-believe hooks, taken in as the door takes in real ones, but for the way: they come from this
//! process, with the time of their receipt.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::mpsc;

use crate::hub::Hub;
use crate::journal::{AppendError, NewEntry};
use crate::keys::Key;
use crate::model::{EntryId, Provider, Route, Timestamp};
use crate::simulator::world::Happening;

use super::door::Taken;
use super::mask;

/// Appends that wait for one flush together. Few enough for one turn of a task: after 128 waits the
/// runtime makes it step back, and the rest would be handed over in another order.
const AT_A_TIME: usize = 30;

/// Hooks that are made before the journal has stored those before them.
const MADE_AHEAD: usize = 512;

/// What a world tells, made on a thread that may be busy with it.
pub fn made_ahead<W>(world: impl FnOnce() -> W + Send + 'static) -> mpsc::Receiver<Happening>
where
    W: Iterator<Item = Happening>,
{
    let (sender, receiver) = mpsc::channel(MADE_AHEAD);
    tokio::task::spawn_blocking(move || {
        for happening in world() {
            // Nobody listens any more.
            if sender.blocking_send(happening).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Store all that a world tells up to its end.
pub async fn take_in_all(
    hub: &Hub,
    key: &Key,
    mut told: mpsc::Receiver<Happening>,
) -> Result<(), AppendError> {
    // Entries stand in the order of their receipt, also behind those that came in the meantime.
    let last = hub.journal().last();
    let mut not_before = received_at(hub.clone(), last).await;
    let mut batch = Vec::with_capacity(MADE_AHEAD);
    while told.recv_many(&mut batch, MADE_AHEAD).await > 0 {
        for happening in &mut batch {
            not_before = not_before.max(happening.received_at);
            happening.received_at = not_before;
        }
        take_in(hub, key, batch.drain(..)).await?;
    }
    Ok(())
}

async fn received_at(hub: Hub, entry: EntryId) -> Timestamp {
    let found = tokio::task::spawn_blocking(move || hub.journal().entry(entry)).await;
    found.ok().and_then(Result::ok).flatten().map_or(Timestamp(0), |entry| entry.received_at)
}

/// Store hooks in their order. Those that were stored before are counted as repetitions.
pub async fn take_in(
    hub: &Hub,
    key: &Key,
    happenings: impl IntoIterator<Item = Happening>,
) -> Result<(), AppendError> {
    let mut happenings = happenings.into_iter().map(|happening| entry(key, happening)).peekable();
    while happenings.peek().is_some() {
        // Each is handed to the journal when it is first polled, which happens in their order.
        let appends = happenings.by_ref().take(AT_A_TIME).map(|entry| hub.journal().append(entry));
        for appended in join_all(appends).await {
            appended?;
        }
    }
    Ok(())
}

fn entry(key: &Key, happening: Happening) -> NewEntry {
    let hook = happening.hook;
    let target = (":target".to_owned(), hook.path().to_owned());
    let route = match hook.provider {
        Provider::Buildkite => Route::Buildkite,
        Provider::Reporter => Route::Reports,
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
    let taken = Taken { route, channel: None, headers, body, received_at };
    let looked = taken.look();
    taken.entry(key, looked).entry
}
