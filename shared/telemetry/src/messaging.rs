//! Spans of messages over the broker, by OpenTelemetry's conventions for messaging.

use tracing::{Span, field::Empty, info_span};

/// What is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A question to a service.
    Send,
    /// A doorbell for whoever listens.
    Publish,
    /// What a receiver makes of it.
    Process,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Publish => "publish",
            Self::Process => "process",
        }
    }

    /// The conventions know fewer types than brokers have names.
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Send | Self::Publish => ("send", "producer"),
            Self::Process => ("process", "consumer"),
        }
    }
}

/// A child of the current span. `destination` is a subject with names in place of ids.
///
/// Whoever knows more of the message records it: `messaging.message.id`, `messaging.message.conversation_id`,
/// `messaging.consumer.group.name`, `conversation.position`.
pub fn span(operation: Operation, destination: &str) -> Span {
    let name = operation.name();
    let (r#type, kind) = operation.kind();
    info_span!(
        "message",
        otel.name = format_args!("{name} {destination}"),
        otel.kind = kind,
        messaging.system = "nats",
        messaging.operation.name = name,
        "messaging.operation.type" = r#type,
        messaging.destination.name = destination,
        messaging.destination.template = destination,
        messaging.consumer.group.name = Empty,
        messaging.message.id = Empty,
        messaging.message.conversation_id = Empty,
        conversation.position = Empty,
    )
}
