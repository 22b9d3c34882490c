//! W3C `traceparent` strings in and out of spans, so that one message is one trace.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Returns the `traceparent` of the current span, for a header or a message to another service.
pub fn current() -> Option<String> {
    let span = current_span()?;
    Some(format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        span.trace_flags().to_u8()
    ))
}

/// Makes `span` a child of a span in another service, which is trusted to have decided about sampling.
///
/// Must come before anything else touches the span. Garbage is ignored: the span then begins a trace.
pub fn set_parent(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        // Fails only where no subscriber listens or the span has already begun: then it stays a root.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Points from `span` to a span of someone who is not trusted, a client's or another batch's. Garbage is ignored.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(other) = parse(traceparent) {
        span.add_link(other);
    }
}

/// Whether the sender of this `traceparent` records its trace.
pub fn is_sampled(traceparent: &str) -> bool {
    parse(traceparent).is_some_and(|span| span.is_sampled())
}

/// Returns the id of the current trace if it is recorded: where a figure may point to.
pub fn recorded_trace() -> Option<String> {
    let span = current_span().filter(SpanContext::is_sampled)?;
    Some(span.trace_id().to_string())
}

/// Returns the id of the current trace, which people quote when they report a failure.
pub fn trace_id() -> Option<String> {
    Some(current_span()?.trace_id().to_string())
}

fn current_span() -> Option<SpanContext> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// Reads `00-<32 hex>-<16 hex>-<2 hex>`; later versions may add fields after a dash.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let version = hex(parts.next()?, 2)?;
    let trace = TraceId::from_hex(hex(parts.next()?, 32)?).ok()?;
    let span = SpanId::from_hex(hex(parts.next()?, 16)?).ok()?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

fn hex(part: &str, digits: usize) -> Option<&str> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (part.len() == digits && part.bytes().all(lower)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::{is_sampled, parse};

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_names_trace_span_and_sampling() {
        let context = parse(GOOD).unwrap();

        assert_eq!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
        assert!(context.is_sampled() && context.is_remote());
    }

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        let later = format!("{}-what-comes-later", GOOD.replacen("00", "cc", 1));

        assert!(parse(&later).is_some());
    }

    #[test]
    fn only_a_traceparent_that_says_so_is_recorded() {
        assert!(is_sampled(GOOD));
        assert!(!is_sampled(&GOOD.replace("-01", "-00")));
        assert!(!is_sampled("garbage"));
    }

    #[test]
    fn garbage_is_no_traceparent() {
        for garbage in [
            "",
            "-",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é1",
        ] {
            assert!(parse(garbage).is_none(), "{garbage}");
        }
    }
}
