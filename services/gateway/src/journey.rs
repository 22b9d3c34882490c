//! What becomes of one event on this gateway: how long it took to its last socket, and its spans while the
//! message's trace is recorded. Counted once per event and not per socket: each socket costs one shared
//! pointer and one flag.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use boot::Latency;
use bus::{ChatKind, Headers};
use telemetry::messaging::{self, Operation};
use tracing::{Instrument, Span, info_span};

/// Ends with the last copy of its event.
#[derive(Debug)]
pub struct Journey {
    /// Disabled unless the message's trace is recorded.
    span: Span,
    trace: Option<String>,
    /// Unix time in microseconds, by the clock of the gateway that took the message.
    since: Option<u64>,
    /// Set by the first socket that wrote it; an event that no socket wrote was not delivered.
    written: AtomicBool,
    latency: Latency,
}

impl Journey {
    pub fn begin(headers: &Headers, latency: &Latency) -> Arc<Self> {
        let span = span(headers);
        let trace = span.in_scope(telemetry::context::recorded_trace);
        Arc::new(Self {
            trace: trace.filter(|_| !span.is_none()),
            span,
            since: headers.since,
            written: AtomicBool::new(false),
            latency: latency.clone(),
        })
    }

    /// Waits for one socket's write, inside of a span of its own if anybody looks.
    pub async fn write<F: Future>(&self, write: F) -> F::Output {
        let outcome = if self.span.is_none() {
            write.await
        } else {
            let span = info_span!(parent: &self.span, "write");
            write.instrument(span).await
        };
        self.written.store(true, Ordering::Relaxed);
        outcome
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        if let (true, Some(since)) = (*self.written.get_mut(), self.since) {
            // Clocks of two gateways differ: what seems to come from the future took no time.
            let since = UNIX_EPOCH + Duration::from_micros(since);
            let took = SystemTime::now().duration_since(since).unwrap_or_default();
            self.latency.observe(took.as_secs_f64(), self.trace.take());
        }
    }
}

/// A span costs more than the write: there is none unless the sender's gateway records the trace.
fn span(headers: &Headers) -> Span {
    let Some(parent) = headers
        .traceparent
        .as_deref()
        .filter(|parent| telemetry::context::is_sampled(parent))
    else {
        return Span::none();
    };
    let span = messaging::span(Operation::Process, ChatKind::Event.template());
    span.record("conversation.position", headers.position);
    telemetry::context::set_parent(&span, parent);
    span
}
