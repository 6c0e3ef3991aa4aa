//! Spans of Creel's own work: a hook that is taken in, a commit of the journal, a batch of the
//! processor, a request of the API.
//!
//! The rooms open them with `tracing`, where they cost next to nothing as long as nobody listens.
//! With the feature `otlp` they can be sent to a collector (`otlp`).

#[cfg(feature = "otlp")]
mod otlp;

#[cfg(feature = "otlp")]
pub use otlp::{StartError, Traces};

use tracing::Span;

/// What a request's sender says it belongs to is linked, not taken as the parent: whoever sends a
/// hook must not decide what is traced here.
#[cfg(feature = "otlp")]
pub fn link(span: &Span, traceparent: Option<&str>) {
    if let Some(traceparent) = traceparent
        && !span.is_disabled()
    {
        otlp::link(span, traceparent);
    }
}

/// Nobody listens in this build.
#[cfg(not(feature = "otlp"))]
pub fn link(_span: &Span, _traceparent: Option<&str>) {}
