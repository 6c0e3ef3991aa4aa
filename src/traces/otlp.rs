//! Spans on their way to a collector: OTLP over HTTP, set up by the standard `OTEL_*` variables, which
//! the library reads.
//!
//! A span is put into a bounded queue and sent by a thread of its own: when the collector is slow or
//! away, spans are dropped, and no request waits.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter as ToCollector};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// What waits is sent within this time when the server stops; the rest is dropped.
const FLUSH_MAX: Duration = Duration::from_secs(2);

/// Spans by what became of them: what has ended and was neither exported nor failed was dropped, or
/// still waits.
const SPANS: &str = "creel_trace_spans_total";

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot send traces: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// Spans are being sent as long as this is not stopped.
#[derive(Debug, Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begin to send. An address that nobody listens on is no error: spans are dropped until somebody
    /// does.
    pub fn start() -> Result<Self, StartError> {
        // Whichever room comes first; all of them want ring.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let exporter = CountedExporter(ToCollector::builder().with_http().build()?);
        let processor = CountedProcessor(BatchSpanProcessor::builder(exporter).build());
        metrics::describe_counter!(SPANS, "Spans of Creel's own work, by what became of them");
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource())
            .build();
        Ok(Self { provider })
    }

    /// What hands spans of ours over, and nothing else: no events, and no spans of libraries.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        let ours =
            filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("creel"));
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("creel"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(ours.and(LevelFilter::DEBUG))
    }

    /// Send what waits, and end. Blocks, but not for long.
    pub fn stop(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH_MAX) {
            tracing::debug!(%error, "Some spans were not sent");
        }
    }
}

/// Who sends: `creel`, unless the variables say otherwise.
fn resource() -> Resource {
    let told = Resource::builder().build();
    let name = told.get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let builder = match is_named {
        true => Resource::builder(),
        false => Resource::builder().with_service_name("creel"),
    };
    builder.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

/// Link a span to what a `traceparent` header names.
pub(super) fn link(span: &tracing::Span, traceparent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    span.add_link(context.span().span_context().clone());
}

#[derive(Debug)]
struct CountedProcessor(BatchSpanProcessor);

impl SpanProcessor for CountedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        metrics::counter!(SPANS, "outcome" => "ended").increment(1);
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

#[derive(Debug)]
struct CountedExporter<E>(E);

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let exported = self.0.export(batch).await;
        let outcome = if exported.is_ok() { "exported" } else { "failed" };
        metrics::counter!(SPANS, "outcome" => outcome).increment(spans);
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
