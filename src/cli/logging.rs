//! Where the log goes: to stderr, as lines for people or as one JSON object per event.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};
#[cfg(feature = "otlp")]
use crate::traces::Traces;

use super::Failure;
#[cfg(feature = "otlp")]
use super::environment;

/// The log of this process, and where the build can, the traces of its work.
#[derive(Debug)]
pub struct Logging {
    #[cfg(feature = "otlp")]
    traces: Option<Traces>,
}

impl Logging {
    /// Send what waits to be sent. Blocks, but not for long.
    #[cfg_attr(not(feature = "otlp"), expect(clippy::unused_self, reason = "nothing is sent"))]
    pub fn stop(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            traces.stop();
        }
    }
}

/// Variables of which one has to be set for traces to be sent anywhere.
#[cfg(feature = "otlp")]
const COLLECTOR: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// Start the log, and the traces if there is a collector for them.
pub fn start(log: Log) -> Result<Logging, Failure> {
    let lines = match log.format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(colours)
                .with_target(false)
                .boxed()
        }
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(log.level));
    #[cfg(feature = "otlp")]
    let traces =
        match environment().iter().any(|(n, v)| COLLECTOR.contains(&n.as_str()) && !v.is_empty()) {
            true => Some(Traces::start().map_err(Failure::usage)?),
            false => None,
        };
    let registry = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(feature = "otlp")]
    let registry = registry.with(traces.as_ref().map(Traces::layer));
    // A second start in one process (tests) keeps the first one's log.
    let _ = registry.try_init();
    if log.format == LogFormat::Json {
        // What reads objects must not meet the lines that a panic prints of itself.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let what = panic.payload_as_str().unwrap_or("no message");
            tracing::error!(panic.place = place, "A thread panicked: {what}");
        }));
    }
    Ok(Logging {
        #[cfg(feature = "otlp")]
        traces,
    })
}
