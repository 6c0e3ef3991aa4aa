//! The loops of those workers that send to others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::FAILED_PAUSE;
use super::forwarder::{self, Forwarder, Progress};
use super::heartbeat::Heartbeat;
use crate::forward::Target;
use crate::hub::Hub;
use crate::outbound::Client;

/// How often a forwarder with nothing to do writes what is of no hurry.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// A stop waits this long for an answer that is on its way: without it the entry is sent again.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(3);

/// Run what the settings ask for until told to stop.
pub async fn run(hub: Hub, mut stop: watch::Receiver<bool>) {
    if let Err(error) = forwarder::tidy_up(&hub).await {
        tracing::warn!(%error, "Could not forget receivers that are no longer in [forward]");
    }
    let config = hub.config();
    if config.forwards.is_empty() && config.heartbeat.is_none() {
        return;
    }
    let client = match Client::new() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "Nothing is forwarded, and no heartbeat sent");
            let _ = stop.wait_for(|stop| *stop).await;
            return;
        }
    };
    let mut tasks = tokio::task::JoinSet::new();
    for target in hub.forwards().targets() {
        let (hub, target) = (hub.clone(), Arc::clone(target));
        tasks.spawn(keep_forwarding(hub, target, client.clone(), stop.clone()));
    }
    let settings = config.heartbeat.as_ref();
    let heart = settings.and_then(|set| Some((Heartbeat::new(&hub, set, client)?, set.every)));
    if let Some((heart, every)) = heart {
        tasks.spawn(keep_beating(heart, every, stop));
    }
    while tasks.join_next().await.is_some() {}
}

/// One target must not stand still for a bug that one entry brings to light.
async fn keep_forwarding(
    hub: Hub,
    target: Arc<Target>,
    client: Client,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let turn = forward(hub.clone(), Arc::clone(&target), client.clone(), stop.clone());
        match tokio::spawn(turn).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::error!(%error, "Could not note how far was forwarded"),
            Err(_) => tracing::error!("The forwarder panicked; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(FAILED_PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn forward(
    hub: Hub,
    target: Arc<Target>,
    client: Client,
    mut stop: watch::Receiver<bool>,
) -> Result<(), crate::store::StoreError> {
    let mut forwarder = Forwarder::begin(&hub, &target, &client).await?;
    while !*stop.borrow() {
        // Before the step: what arrives during it must not be slept over.
        let seen = hub.journal().last();
        let given_up = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(LAST_ANSWER_MAX).await;
        };
        let progress = tokio::select! {
            progress = forwarder.step() => progress?,
            () = given_up => break,
        };
        let pause = match progress {
            Progress::Moved => continue,
            Progress::Idle => LOOK_AROUND,
            Progress::Waiting(until) => {
                let left = u64::try_from(until.0 - hub.clock().now().0).unwrap_or(0);
                Duration::from_millis(left)
            }
        };
        tokio::select! {
            () = hub.journal().wait_for_more(seen), if progress == Progress::Idle => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    forwarder.settle().await
}

async fn keep_beating(mut heart: Heartbeat, every: Duration, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = heart.step() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
