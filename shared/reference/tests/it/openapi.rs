//! `docs/openapi.json`: every HTTP call, its parameters, bodies, answers and refusals.

mod call;
mod chat;
mod files;
mod roster;

use protocol::http::Problem;
use serde_json::{Map, Value, json};

use crate::{printed, schemas::Components};

use self::call::Call;

const ABOUT: &str = "Real-time messaging between trainers and their clients.\n\n\
    Every call but signed file links takes `Authorization: Bearer <JWT>`. Roles come from the token: `Trainer`, \
    `User`, and `Platform` for services. Refusals are `application/problem+json` with a `code` of one closed list. \
    Unknown fields are ignored. The socket at `/ws/chat` is described in `/docs/asyncapi.json`.";

#[test]
fn openapi_is_printed_from_the_types() {
    printed::check("docs/openapi.json", &printed::json(&document()));
}

pub fn document() -> Value {
    let mut api = Api::default();
    chat::describe(&mut api);
    roster::describe(&mut api);
    files::describe(&mut api);
    api.components.add::<Problem>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Spotter",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [
            {"name": "Conversations", "description": "The log of messages: history, catching up, sending without a socket."},
            {"name": "People", "description": "Who works with whom, and their names."},
            {"name": "Files", "description": "Uploads and the links they are served by."},
            {"name": "Directory", "description": "What the platform tells about users and bookings. Service tokens only."},
        ],
        "paths": api.paths,
        "components": {
            "schemas": api.components.into_value(),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "Issued by the platform; at most 4 KiB; `iss`, `aud`, `sub`, `iat`, `exp` required.",
                },
            },
        },
    })
}

#[derive(Default)]
pub struct Api {
    pub components: Components,
    paths: Map<String, Value>,
}

impl Api {
    pub fn add(&mut self, call: Call) {
        let (path, method, operation) = call.into_operation();
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation;
    }

    /// `{"data": […]}` of `item`s.
    pub fn list_of(item: &Value) -> Value {
        json!({
            "type": "object",
            "required": ["data"],
            "properties": {"data": {"type": "array", "items": item}},
        })
    }
}
