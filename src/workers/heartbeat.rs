//! Tells an outside watcher, again and again, that events can be stored. The watcher raises the alarm
//! when it hears nothing: the one thing that a server that is down cannot do itself.

use std::time::Duration;

use metrics::{counter, gauge};
use url::Url;

use crate::config;
use crate::hub::Hub;
use crate::outbound::{Client, Method, Outgoing};

/// A watcher answers at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The worker of a watcher.
#[derive(Debug)]
pub struct Heartbeat {
    hub: Hub,
    client: Client,
    url: Url,
    /// What went wrong last, so that it is said once.
    trouble: Option<String>,
}

/// What a beat came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    Heard,
    /// The watcher is left to wonder: events cannot be stored.
    Held(String),
    /// The watcher did not hear it.
    Lost(String),
}

impl Heartbeat {
    /// `None` when the address is none, which the settings have seen to.
    #[must_use]
    pub fn new(hub: &Hub, settings: &config::Heartbeat, client: Client) -> Option<Self> {
        counter!("creel_heartbeat_failures_total").increment(0);
        // Of a watcher that never heard anything, the alert has to find something.
        gauge!("creel_heartbeat_last_success_timestamp_seconds").set(0.0);
        let url = Url::parse(settings.url.reveal()).ok()?;
        Some(Self { hub: hub.clone(), client, url, trouble: None })
    }

    /// One beat, if all is well.
    pub async fn step(&mut self) -> Beat {
        let beat = self.beat().await;
        let trouble = match &beat {
            Beat::Heard => {
                let now = self.hub.clock().now();
                gauge!("creel_heartbeat_last_success_timestamp_seconds")
                    .set(now.0 as f64 / 1_000.0);
                None
            }
            Beat::Held(why) => Some(format!("The heartbeat is held back: {why}")),
            Beat::Lost(why) => {
                counter!("creel_heartbeat_failures_total").increment(1);
                Some(format!("The heartbeat is not heard: {why}"))
            }
        };
        match (&trouble, &self.trouble) {
            (Some(now), before) if before.as_ref() != Some(now) => tracing::warn!("{now}"),
            (None, Some(_)) => tracing::info!("The heartbeat is heard again"),
            _ => {}
        }
        self.trouble = trouble;
        beat
    }

    async fn beat(&self) -> Beat {
        let problems: Vec<String> = self
            .hub
            .readiness()
            .into_iter()
            .filter_map(|(name, problem)| Some(format!("{name}: {}", problem?)))
            .collect();
        if !problems.is_empty() {
            return Beat::Held(problems.join("; "));
        }
        let (url, timeout) = (self.url.clone(), TIMEOUT);
        let outgoing = Outgoing {
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: Vec::new().into(),
            timeout,
        };
        match self.client.send(outgoing).await {
            Ok(answer) if answer.is_success() => Beat::Heard,
            Ok(answer) => Beat::Lost(format!("answered {}", answer.status)),
            Err(error) => Beat::Lost(error.to_string()),
        }
    }
}
