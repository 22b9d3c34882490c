//! `docs/asyncapi.json`: the socket, frame by frame.

mod frames;

use protocol::{
    CloseCode, ErrorCode,
    frame::{ClientFrame, SUBPROTOCOL, ServerFrame},
};
use serde_json::{Map, Value, json};

use crate::{fixtures, printed, schemas::Components};

use self::frames::Described;
pub use self::frames::{CLIENT, SERVER};

const ABOUT: &str = "One WebSocket per device, subprotocol `chat.v1`, JSON text frames. The first frame is `hello`, \
    the answer `welcome`; then `sync` pages for what the device missed, then `synced`. Clients ignore frame types and \
    fields they do not know. No frame from the server is larger than 256 KiB.";

#[test]
fn asyncapi_is_printed_from_the_types() {
    printed::check("docs/asyncapi.json", &printed::json(&document()));
}

/// The key of a frame's message in the document: `clientSend`, `serverAck`.
pub fn message_key(side: &str, kind: &str) -> String {
    let (head, tail) = kind.split_at(1);
    format!("{side}{}{tail}", head.to_uppercase())
}

pub fn document() -> Value {
    let mut components = Components::default();
    let mut messages = Map::new();
    let mut operations = Map::new();
    let sides = [
        ("client", components.add_frames::<ClientFrame>(), frames::CLIENT),
        ("server", components.add_frames::<ServerFrame>(), frames::SERVER),
    ];
    for (side, schemas, described) in sides {
        assert_eq!(schemas.len(), described.len(), "each frame has one description");
        for (kind, payload) in schemas {
            let frame = described.iter().find(|frame| frame.kind == kind);
            let frame = frame.unwrap_or_else(|| panic!("`{kind}` has no description"));
            messages.insert(message_key(side, &kind), message(side, frame, &payload));
            operations.insert(message_key(side, &kind), operation(side, frame));
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Spotter: the socket",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"gateway": {"host": "localhost:7003", "protocol": "wss", "security": [{"$ref": "#/components/securitySchemes/bearer"}]}},
        "channels": {"chat": channel(&messages)},
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": components.into_value(),
            "securitySchemes": {"bearer": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "In `Authorization`, or as the second subprotocol `bearer.<JWT>`; never in the URL.",
            }},
        },
        "x-close-codes": close_codes(),
        "x-error-codes": error_codes(),
    })
}

fn channel(messages: &Map<String, Value>) -> Value {
    let messages: Map<_, _> = messages
        .keys()
        .map(|key| {
            (
                key.clone(),
                json!({"$ref": format!("#/components/messages/{key}")}),
            )
        })
        .collect();
    json!({
        "address": "/ws/chat",
        "title": "The socket of one device",
        "servers": [{"$ref": "#/servers/gateway"}],
        "messages": messages,
        "bindings": {"ws": {
            "method": "GET",
            "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": {
                "type": "string", "description": format!("`{SUBPROTOCOL}`, and `bearer.<JWT>` when there is no `Authorization`."),
            }}},
            "bindingVersion": "0.1.0",
        }},
    })
}

fn message(side: &str, frame: &Described, payload: &Value) -> Value {
    let examples: Vec<_> = fixtures::named(&format!("{side}."))
        .into_iter()
        .filter(|(_, value)| value["type"] == frame.kind)
        .map(|(name, value)| json!({"name": name, "payload": value}))
        .collect();
    json!({
        "name": frame.kind, "title": frame.kind, "summary": frame.says, "payload": payload, "examples": examples,
    })
}

/// The document speaks for the gateway: it receives what clients send.
fn operation(side: &str, frame: &Described) -> Value {
    let channel = json!({"$ref": "#/channels/chat"});
    let reference = |side: &str, kind: &str| json!({"$ref": format!("#/channels/chat/messages/{}", message_key(side, kind))});
    let mut operation = json!({
        "action": if side == "client" { "receive" } else { "send" },
        "channel": channel,
        "summary": frame.says,
        "messages": [reference(side, frame.kind)],
    });
    if !frame.answers.is_empty() {
        let answers: Vec<_> = frame
            .answers
            .iter()
            .map(|kind| reference("server", kind))
            .collect();
        operation["reply"] = json!({"channel": channel, "messages": answers});
    }
    operation
}

fn close_codes() -> Value {
    CloseCode::ALL
        .iter()
        .map(|code| json!({"code": code.code(), "reason": code.reason(), "reconnects": code.reconnects()}))
        .collect()
}

fn error_codes() -> Value {
    ErrorCode::ALL
        .iter()
        .map(|code| {
            json!({"code": code, "status": code.http_status(), "retryable": code.retryable(), "message": code.message()})
        })
        .collect()
}
