//! What the service manager is told (`sd_notify`); where there is none, nothing.

use std::time::Duration;

use sd_notify::NotifyState;

pub(super) fn ready(address: std::net::SocketAddr) {
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("Listening on {address}"))]);
}

pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Finishing what was accepted")]);
}

/// Say now and then that the process does its work, if the manager waits for it (`WatchdogSec=`).
pub(super) async fn keep_alive() {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    // Three chances to be heard in time. A runtime that is stuck never gets here.
    let pause = (within / 3).max(Duration::from_millis(10));
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(pause).await;
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "The service manager could not be told");
    }
}
