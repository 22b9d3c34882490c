//! Stories of one gateway, over real processes: who gets in, what a socket may say, how it ends.
#![cfg(test)]

mod commands;
mod delivery;
mod endings;
mod entrance;
mod limits;
mod rfc6455;

use serde_json::{Value, json};
use testkit::Person;
use uuid::Uuid;

/// A `send` from `person` to the story's peer.
fn send(person: &Person, r#ref: u64, text: &str) -> Value {
    json!({
        "type": "send",
        "ref": r#ref,
        "conversationId": person.conversation(),
        "id": Uuid::now_v7(),
        "text": text,
    })
}

fn hello() -> Value {
    json!({"type": "hello", "device": Uuid::new_v4()})
}

/// The code and field of an `error` frame, and the `ref` it answers.
fn refusal(frame: &Value) -> (&str, Option<&str>, Option<u64>) {
    (
        frame["code"].as_str().unwrap_or_default(),
        frame["field"].as_str(),
        frame["ref"].as_u64(),
    )
}
